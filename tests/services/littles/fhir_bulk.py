"""A kick-off by GET with Prefer; 202 with a Content-Location; 202 with X-Progress; 200 with the manifest.

https://hl7.org/fhir/uv/bulkdata/export.html
"""

import json

from accepted.core.wire import Request, Response, header

PATH = "/fhir/Patient/$export"
INPUTS = {"method": "GET", "headers": {"Accept": "application/fhir+json", "Prefer": "respond-async"}}
RESULT = {
    "transactionTime": "2026-11-22T00:00:00Z",
    "request": "http://localhost/fhir/Patient/$export",
    "requiresAccessToken": False,
    "output": [{"type": "Patient", "url": "http://localhost/files/patients.ndjson"}],
    "error": [],
}


class Server:
    def __init__(self) -> None:
        self.polls = 0

    def __call__(self, request: Request) -> Response:
        origin = request.url.partition("/fhir")[0]
        match request.method, request.url.removeprefix(origin):
            case "GET", "/fhir/Patient/$export" if header(request.headers, "prefer") == "respond-async":
                return Response(status=202, headers=(("Content-Location", f"{origin}/fhir/bulkstatus/1"),))
            case "GET", "/fhir/bulkstatus/1":
                self.polls += 1
                if self.polls < 3:
                    return Response(status=202, headers=(("X-Progress", "50% done"), ("Retry-After", "1")))
                body = json.dumps(RESULT).encode()
                return Response(status=200, headers=(("Content-Type", "application/json"),), body=body)
            case _:
                return Response(status=404, body=b'{"resourceType": "OperationOutcome", "issue": []}')
