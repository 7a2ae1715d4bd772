"""An array of links, each with rel and href, and a result that is not there at once.

https://datatracker.ietf.org/doc/html/rfc8288 for the relations, in the form of
https://docs.ogc.org/is/18-062r2/18-062r2.html#toc38 (a result that is not ready is 404)
"""

import json

from accepted.core.wire import Request, Response

PATH = "/processes/buffer"
INPUTS = {"body": {"inputs": {"distance": 3}}}
RESULT = {"area": 28.3}


class Server:
    def __init__(self) -> None:
        self.polls = self.fetches = 0

    def __call__(self, request: Request) -> Response:
        match request.method, "/" + request.url.split("/", 3)[3]:
            case "POST", "/processes/buffer":
                return answer(202, {"links": [{"rel": "monitor", "href": "/jobs/b"}]})
            case "GET", "/jobs/b":
                self.polls += 1
                results = "http://www.opengis.net/def/rel/ogc/1.0/results"
                page = {"rel": results, "href": "/jobs/b/results.html", "type": "text/html"}
                data = {"rel": results, "href": "/jobs/b/results", "type": "application/json"}
                done = self.polls > 2
                return answer(200, {"status": "successful" if done else "running", "links": [page, data] * done})
            case "GET", "/jobs/b/results":
                self.fetches += 1
                return answer(*((404, {"type": "not-ready"}), (202, {"status": "running"}), (200, RESULT))[self.next()])
            case _:
                return answer(404, {})

    def next(self) -> int:
        return min(self.fetches - 1, 2)


def answer(status: int, document: object) -> Response:
    return Response(status=status, headers=(("Content-Type", "application/json"),), body=json.dumps(document).encode())
