"""202 with a Location, 202 while it works, then 303 to the result.

https://www.rfc-editor.org/rfc/rfc9110#name-202-accepted and #name-303-see-other, as in
https://learn.microsoft.com/azure/architecture/patterns/async-request-reply
"""

import json

from accepted.core.wire import Request, Response

PATH = "/api/reports"
INPUTS = {"body": {"name": "Q3"}}
RESULT = {"report": "Q3", "pages": 3}


class Server:
    def __init__(self) -> None:
        self.polls = 0

    def __call__(self, request: Request) -> Response:
        match request.method, request.url.partition("/api")[2]:
            case "POST", "/reports":
                return Response(status=202, headers=(("Location", "/api/work/7"), ("Retry-After", "1")))
            case "GET", "/work/7":
                self.polls += 1
                done = self.polls > 2
                return Response(status=303 if done else 202, headers=(("Location", "/api/reports/7"),) if done else ())
            case "GET", "/reports/7" if self.polls > 2:
                body = json.dumps(RESULT).encode()
                return Response(status=200, headers=(("Content-Type", "application/json"),), body=body)
            case _:
                return Response(status=404)
