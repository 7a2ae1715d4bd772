"""200 with an id in the body; the task is asked about below the path that made it; output inside.

https://platform.openai.com/docs/guides/background
"""

import json

from accepted.core.wire import Request, Response

PATH = "/v1/responses"
INPUTS = {"body": {"model": "m", "input": "hello", "background": True}}
RESULT = [{"type": "message", "content": "hi"}]
OPTIONS = {"cancel": "POST cancel"}
CANCELLED = "POST /v1/responses/resp_1/cancel"


class Server:
    def __init__(self) -> None:
        self.polls = 0
        self.asked: list[str] = []

    def __call__(self, request: Request) -> Response:
        path = "/" + request.url.split("/", 3)[3]
        self.asked.append(f"{request.method} {path}")
        match request.method, path:
            case "POST", "/v1/responses":
                return answer(200, {"id": "resp_1", "status": "queued", "error": None, "output": []})
            case "GET", "/v1/responses/resp_1":
                self.polls += 1
                if self.polls < 3:
                    return answer(200, {"id": "resp_1", "status": "in_progress", "error": None, "output": []})
                return answer(200, {"id": "resp_1", "status": "completed", "error": None, "output": RESULT})
            case "POST", "/v1/responses/resp_1/cancel":
                return answer(200, {"id": "resp_1", "status": "cancelled", "error": None})
            case _:
                return answer(404, {"error": {"message": "no such response"}})


def answer(status: int, document: object) -> Response:
    return Response(status=status, headers=(("Content-Type", "application/json"),), body=json.dumps(document).encode())
