"""202 with an Operation-Location; the status monitor answers 200 with id, status, error and result.

https://github.com/microsoft/api-guidelines/blob/vNext/azure/Guidelines.md#long-running-operations--jobs
"""

import json

from accepted.core.wire import Request, Response

PATH = "/texts:translate?api-version=2024-03-01"
INPUTS = {"body": {"text": "hello"}}
RESULT = {"text": "hallo"}


class Server:
    def __init__(self) -> None:
        self.polls = 0

    def __call__(self, request: Request) -> Response:
        origin = request.url.partition("/texts")[0].partition("/operations")[0]
        match request.method, request.url.removeprefix(origin):
            case "POST", "/texts:translate?api-version=2024-03-01":
                place = f"{origin}/operations/o-1?api-version=2024-03-01"
                return answer(202, {"id": "o-1", "status": "NotStarted"}, ("Operation-Location", place))
            case "GET", "/operations/o-1?api-version=2024-03-01":
                self.polls += 1
                if self.polls < 3:
                    return answer(200, {"id": "o-1", "status": "Running"}, ("Retry-After", "1"))
                return answer(200, {"id": "o-1", "status": "Succeeded", "result": RESULT})
            case _:
                return answer(404, {"error": {"code": "NotFound", "message": "no such operation"}})


def answer(status: int, document: object, *fields: tuple[str, str]) -> Response:
    kind = ("Content-Type", "application/json")
    return Response(status=status, headers=(kind, *fields), body=json.dumps(document).encode())
