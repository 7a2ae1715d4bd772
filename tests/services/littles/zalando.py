"""201 with a job resource at Location, polled with 200.

https://opensource.zalando.com/restful-api-guidelines/#253
"""

import json

from accepted.core.wire import Request, Response

PATH = "/report-jobs"
INPUTS = {"body": {"name": "Q3"}}
RESULT = {"pages": 3}


class Server:
    def __init__(self) -> None:
        self.polls = 0

    def __call__(self, request: Request) -> Response:
        match request.method, "/" + request.url.split("/", 3)[3]:
            case "POST", "/report-jobs":
                return answer(201, {"id": "r1", "status": "SCHEDULED"}, ("Location", "/report-jobs/r1"))
            case "GET", "/report-jobs/r1":
                self.polls += 1
                if self.polls < 3:
                    return answer(200, {"id": "r1", "status": "RUNNING"})
                return answer(200, {"id": "r1", "status": "SUCCEEDED", "result": RESULT})
            case _:
                return answer(404, {"title": "Not Found", "status": 404})


def answer(status: int, document: object, *fields: tuple[str, str]) -> Response:
    kind = ("Content-Type", "application/json")
    return Response(status=status, headers=(kind, *fields), body=json.dumps(document).encode())
