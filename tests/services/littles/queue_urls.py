"""Where things are stands in fields of the body: status_url, response_url, cancel_url; a status may come with 202.

https://docs.fal.ai/model-apis/model-endpoints/queue
"""

import json

from accepted.core.wire import Request, Response

PATH = "/fal-ai/flux"
INPUTS = {"body": {"prompt": "a cat"}}
RESULT = {"images": [{"url": "https://files.example/cat.png"}]}


class Server:
    def __init__(self) -> None:
        self.polls = 0

    def __call__(self, request: Request) -> Response:
        origin = request.url.partition("/fal-ai")[0]
        place = f"{origin}/fal-ai/flux/requests/r1"
        urls = {"request_id": "r1", "status_url": f"{place}/status", "response_url": place}
        match request.method, request.url.removeprefix(origin):
            case "POST", "/fal-ai/flux":
                return answer(200, {"status": "IN_QUEUE", **urls, "cancel_url": f"{place}/cancel"})
            case "GET", "/fal-ai/flux/requests/r1/status":
                self.polls += 1
                if self.polls < 3:
                    return answer(202, {"status": "IN_PROGRESS", **urls})
                return answer(200, {"status": "COMPLETED", **urls})
            case "GET", "/fal-ai/flux/requests/r1":
                return answer(200, RESULT)
            case _:
                return answer(404, {"detail": "not found"})


def answer(status: int, document: object) -> Response:
    return Response(status=status, headers=(("Content-Type", "application/json"),), body=json.dumps(document).encode())
