"""202 with a Location, and a status in a field that no convention knows.

https://www.rfc-editor.org/rfc/rfc9110#name-202-accepted says nothing of the monitor's form.
"""

import json

from accepted.core.wire import Request, Response

PATH = "/renderings"
INPUTS = {"body": {"scene": "cave"}}
NEEDS = {"status_pointer": "/work/phase"}
RESULT = "https://files.example/cave.png"


class Server:
    def __init__(self) -> None:
        self.polls = 0

    def __call__(self, request: Request) -> Response:
        match request.method, "/" + request.url.split("/", 3)[3]:
            case "POST", "/renderings":
                return Response(status=202, headers=(("Location", "/renderings/1"),))
            case "GET", "/renderings/1":
                self.polls += 1
                if self.polls < 3:
                    return answer(200, {"work": {"phase": "running"}})
                return answer(200, {"work": {"phase": "succeeded"}, "result": RESULT})
            case _:
                return answer(404, {})


def answer(status: int, document: object) -> Response:
    return Response(status=status, headers=(("Content-Type", "application/json"),), body=json.dumps(document).encode())
