"""200 with an id, and tasks that are asked about elsewhere: nothing in an answer says where.

https://docs.dev.runwayml.com/api/ (create at /v1/image_to_video, ask at /v1/tasks/{id})
"""

import json

from accepted.core.wire import Request, Response

PATH = "/v1/image_to_video"
INPUTS = {"body": {"promptImage": "https://files.example/cat.png"}}
NEEDS = {"poll_path": "/v1/tasks/{id}"}
RESULT = ["https://files.example/cat.mp4"]


class Server:
    def __init__(self) -> None:
        self.polls = 0

    def __call__(self, request: Request) -> Response:
        match request.method, "/" + request.url.split("/", 3)[3]:
            case "POST", "/v1/image_to_video":
                return answer(200, {"id": "t1"})
            case "GET", "/v1/tasks/t1":
                self.polls += 1
                if self.polls < 3:
                    return answer(200, {"id": "t1", "status": "RUNNING", "progress": 0.4})
                return answer(200, {"id": "t1", "status": "SUCCEEDED", "output": RESULT})
            case _:
                return answer(404, {"error": "not found"})


def answer(status: int, document: object) -> Response:
    return Response(status=status, headers=(("Content-Type", "application/json"),), body=json.dumps(document).encode())
