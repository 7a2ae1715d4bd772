"""A HAL document: the links are in the body, each an object with an href.

https://datatracker.ietf.org/doc/html/draft-kelly-json-hal-11 and the link relations `status` and `self`,
https://www.iana.org/assignments/link-relations/link-relations.xhtml
"""

import json

from accepted.core.wire import Request, Response

PATH = "/exports"
INPUTS = {"body": {"table": "orders"}}
RESULT = {"rows": 3}
CANCELLED = "DELETE /jobs/9"


class Server:
    def __init__(self) -> None:
        self.polls = 0
        self.asked: list[str] = []

    def __call__(self, request: Request) -> Response:
        path = "/" + request.url.split("/", 3)[3]
        self.asked.append(f"{request.method} {path}")
        match request.method, path:
            case "POST", "/exports":
                return answer(202, {"state": "pending", "_links": {"self": {"href": "/exports"}, **LINKS}})
            case "GET", "/jobs/9":
                self.polls += 1
                if self.polls < 3:
                    return answer(200, {"state": "running", "_links": {"self": {"href": "/jobs/9"}, **LINKS}})
                links = {"self": {"href": "/jobs/9"}, "result": {"href": "/jobs/9/rows"}}
                return answer(200, {"state": "succeeded", "_links": links})
            case "GET", "/jobs/9/rows":
                return answer(200, RESULT)
            case "DELETE", "/jobs/9":
                return Response(status=204)
            case _:
                return answer(404, {})


LINKS = {"status": {"href": "/jobs/9"}, "cancel": {"href": "/jobs/9", "method": "DELETE"}}


def answer(status: int, document: object) -> Response:
    kind = ("Content-Type", "application/hal+json")
    return Response(status=status, headers=(kind,), body=json.dumps(document).encode())
