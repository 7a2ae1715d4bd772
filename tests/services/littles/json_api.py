"""202 with a Content-Location; the job resource; 303 to the resource that was made.

https://jsonapi.org/recommendations/#asynchronous-processing
"""

import json

from accepted.core.wire import Request, Response

PATH = "/photos"
INPUTS = {"body": {"data": {"type": "photos", "attributes": {"title": "Ember"}}}}
RESULT = {"data": {"type": "photos", "id": "550", "attributes": {"title": "Ember"}}}
JOB = "/photos/queue-jobs/5234"


class Server:
    def __init__(self) -> None:
        self.polls = 0

    def __call__(self, request: Request) -> Response:
        match request.method, "/" + request.url.split("/", 3)[3]:
            case "POST", "/photos":
                return answer(202, job("Pending request, waiting other process"), ("Content-Location", JOB))
            case "GET", "/photos/queue-jobs/5234":
                self.polls += 1
                if self.polls < 3:
                    return answer(200, job("Pending request, waiting other process"), ("Retry-After", "1"))
                return Response(status=303, headers=(("Location", "/photos/550"),))
            case "GET", "/photos/550":
                return answer(200, RESULT)
            case _:
                return answer(404, {"errors": [{"status": "404"}]})


def job(status: str) -> object:
    return {"data": {"type": "queue-jobs", "id": "5234", "attributes": {"status": status}, "links": {"self": JOB}}}


def answer(status: int, document: object, *fields: tuple[str, str]) -> Response:
    kind = ("Content-Type", "application/vnd.api+json")
    return Response(status=status, headers=(kind, *fields), body=json.dumps(document).encode())
