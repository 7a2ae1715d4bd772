"""200 with an Operation: its name is where it is asked about, `done` says whether it is over.

https://google.aip.dev/151 and
https://github.com/googleapis/googleapis/blob/master/google/longrunning/operations.proto
"""

import json

from accepted.core.wire import Request, Response

PATH = "/v1/publishers/p/books:import"
INPUTS = {"body": {"source": "gs://books"}}
RESULT = {"@type": "type.googleapis.com/library.ImportBooksResponse", "count": 3}


class Server:
    def __init__(self) -> None:
        self.polls = 0

    def __call__(self, request: Request) -> Response:
        match request.method, "/" + request.url.split("/", 3)[3]:
            case "POST", "/v1/publishers/p/books:import":
                return answer(200, {"name": "operations/abc", "metadata": {"state": "RUNNING"}, "done": False})
            case "GET", "/v1/operations/abc":
                self.polls += 1
                if self.polls < 3:
                    return answer(200, {"name": "operations/abc", "metadata": {"state": "RUNNING"}})
                return answer(200, {"name": "operations/abc", "done": True, "response": RESULT})
            case _:
                return answer(404, {"error": {"code": 404, "message": "not found", "status": "NOT_FOUND"}})


def answer(status: int, document: object) -> Response:
    return Response(status=status, headers=(("Content-Type", "application/json"),), body=json.dumps(document).encode())
