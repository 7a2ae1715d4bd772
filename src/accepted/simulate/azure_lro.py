"""A double of a service of Azure with long-running operations, wire-exact as far as that is known.

Sources: https://learn.microsoft.com/azure/azure-resource-manager/management/async-operations and azure-core 1.41.0,
azure-mgmt-core 1.6.0 and their test server, checked 2026-11-24. Their pollers complete against this double
(`tests/sdk`); nothing was compared with the live service.
Any path is a resource: PUT makes it, PATCH changes it, DELETE removes it, POST does something with it.
What is answered is decided here; how an operation goes on is in `_azure_life`, what every double shares in `_world`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from random import Random
from typing import Any
from urllib.parse import parse_qs, urlsplit

from accepted.core.wire import Dropped, Request, Response, Upload, header
from accepted.simulate._azure_life import Document, Operation, end_of
from accepted.simulate._world import CONTROL_PATH, FAULTS, Call, Counts, Verb, World, parse_scenarios

SCENARIOS: Mapping[str, str] = {
    "happy": "a status monitor in Azure-AsyncOperation, and Succeeded after --duration seconds",
    "operation-location": "the monitor is in Operation-Location",
    "location": "there is a Location alone: 202 while the work goes on, then the result",
    "provisioning-state": "there is no monitor: a resource shows its state, a POST or DELETE is done at once",
    "both-headers": "beside the status monitor, Location is where the result will be",
    "resource-location": "the status monitor says in resourceLocation where the result is",
    "inline": "everything is done in the first answer",
    "slow": "everything takes ten times as long",
    "failed": "every operation ends Failed, with an error",
    "cancelled": "every operation ends Canceled",
    "two-l": "every operation ends Cancelled, with two l, which no client of Azure knows",
    "unknown-word": "until its end an operation is Wobbling, which nobody documented",
    "stuck": "operations never end",
    **FAULTS,
    "eventual": "a new monitor is 404 for --grace seconds",
    "no-monitor": "202 names no monitor",
    "missing-status": "the status monitor is an object without a status",
    "broken-json": "the status monitor is half a JSON text",
    "moved-location": "each 202 of a Location names another one, relative to itself",
    "late-document": "the resource, or the Location, is not ready for --grace seconds after the operation succeeded",
    "failed-resource": "the operation succeeds, and its resource says Failed",
    "lost-document": "the operation succeeds, and its result is 404",
    "cookies": "the monitor is 403 without the cookie that the create set",
    "signed": "the monitor's URL is signed, and 403 without its signature",
}
"""Every scenario and what it does; they combine."""

_SLOWER = 10
_NEVER = 10.0**12
_BAD_TOKEN = "bad-token"  # noqa: S105 - refused on purpose
_CREATES = frozenset({"PUT", "PATCH", "POST", "DELETE"})
_FIELDS: Mapping[str, str] = {"operation-location": "Operation-Location", "location": "Location"}

_MESSAGES: Mapping[int, tuple[str, str]] = {
    401: ("AuthenticationFailed", "Authentication failed. The 'Authorization' header is missing or invalid."),
    403: ("AuthorizationFailed", "The client does not have authorization to perform the action."),
    404: ("ResourceNotFound", "The resource was not found."),
    405: ("MethodNotAllowed", "The method is not allowed."),
    429: ("TooManyRequests", "The request was throttled."),
    500: ("InternalServerError", "The server encountered an internal error."),
    503: ("ServiceUnavailable", "The service is currently unavailable."),
}


def error(code: int) -> Response:
    """The error document of ARM and of the guidelines: `error` with `code` and `message`."""
    name, message = _MESSAGES.get(code, ("Error", "An error occurred."))
    return _answer(code, {"error": {"code": name, "message": message}})


class Simulator:
    """A service of its own: no resources yet, a token for everybody, and the scenarios that it was asked to play."""

    base_path: str = ""

    def __init__(
        self,
        scenarios: str | Iterable[str] = "happy",
        seed: int = 0,
        duration: float = 2.0,
        grace: float = 1.5,
    ) -> None:
        """Scenarios are names of `SCENARIOS`, also joined by commas; they combine.

        `duration` is the seconds from create to the end (0 ends at once), `grace` those of `eventual` and
        `late-document`. The same seed, requests and moments give the same bytes.
        Raises `ValueError` for an unknown scenario or a negative time.
        """
        if duration < 0 or grace < 0:
            raise ValueError("duration and grace are seconds, 0 or more")
        self._scenarios = parse_scenarios(scenarios, SCENARIOS)
        self._lasts = _NEVER if self._plays("stuck") else duration * (_SLOWER if self._plays("slow") else 1)
        self._grace = grace
        self._seed = seed
        self._operations: dict[str, Operation] = {}
        self._resources: dict[str, Operation] = {}
        self._repeated: dict[str, Response] = {}
        self._world = World(self._scenarios, seed, error)

    def answer(self, request: Request, now: float) -> Response | Dropped:
        """The service's answer at `now` (seconds since the epoch); no other clock is read, nothing waits."""
        path = urlsplit(request.url).path
        if path == CONTROL_PATH:
            return self._world.report()
        verb, route, serve = self._route(request.method, path)
        body = b"" if isinstance(request.body, Upload) else request.body
        token = header(request.headers, "authorization") or ""
        call = Call(
            verb=verb,
            route=route,
            credential=token,
            fingerprint=hash((request.method, request.url, body)),
            denied=error(401) if not token or token.endswith(_BAD_TOKEN) else None,
        )
        return self._world.answer(call, now, partial(serve, request, now))

    def counts(self) -> Counts:
        """What was asked and done so far; also at `GET /_simulator`."""
        return self._world.counts()

    def _plays(self, scenario: str) -> bool:
        return scenario in self._scenarios

    def _route(self, method: str, path: str) -> tuple[Verb, str, Callable[[Request, float], Response]]:
        match method, path.strip("/").split("/"):
            case "GET", ["operations", _]:
                return "poll", "GET /operations/{id}", self._monitor
            case "GET", ["results", *_]:
                return "poll", "GET /results/{id}", self._result
            case "GET", _:
                return "read", "GET {resource}", self._resource
            case _ if method in _CREATES:
                return "create", f"{method} {{resource}}", self._create
            case _:
                return "read", "elsewhere", lambda _request, _now: error(405)

    # --- creates ---

    def _create(self, request: Request, now: float) -> Response:
        """The same answer again for a Repeatability-Request-ID that is known."""
        key = header(request.headers, "repeatability-request-id")
        if key is not None and key in self._repeated:
            return self._repeated[key]
        operation = self._begun(request, now)
        self._world.committed(operation.id, key)
        self._resources[operation.path] = operation
        at_once = self._plays("inline") or (self._plays("provisioning-state") and request.method in {"POST", "DELETE"})
        answer = self._done(operation) if at_once else self._accepted(operation, request)
        if key is not None:
            self._repeated[key] = answer
        return answer

    def _begun(self, request: Request, now: float) -> Operation:
        number = len(self._operations) + 1
        url = urlsplit(request.url)
        operation = Operation(
            id=f"{Random(f'{self._seed}/operation/{number}').getrandbits(64):016x}",  # noqa: S311 - repeatable on purpose
            number=number,
            method=request.method,
            path=url.path,
            version=parse_qs(url.query).get("api-version", [""])[0],
            body=_json(request.body),
            created=now,
            done=now + self._lasts,
            end=end_of(self._scenarios),
        )
        self._operations[operation.id] = operation
        return operation

    def _done(self, operation: Operation) -> Response:
        match operation.method:
            case "DELETE":
                return Response(status=204)
            case "POST":
                return _answer(200, operation.result())
            case _:
                return _answer(200, operation.resource(operation.done))

    def _accepted(self, operation: Operation, request: Request) -> Response:
        resource = operation.method in {"PUT", "PATCH"}
        shown = _answer(201 if operation.method == "PUT" else 200, operation.resource(operation.created - 1))
        if self._plays("no-monitor"):
            return Response(status=202)
        named = self._named(operation, request)
        cookies = (
            (("set-cookie", f"affinity=at-{operation.number}; Path=/; HttpOnly"),) if self._plays("cookies") else ()
        )
        head = shown if resource and not self._plays("location") else Response(status=202)
        return Response(status=head.status, headers=(*head.headers, *named, *cookies), body=head.body)

    def _named(self, operation: Operation, request: Request) -> tuple[tuple[str, str], ...]:
        if self._plays("provisioning-state"):
            return ()
        field = next((_FIELDS[name] for name in _FIELDS if self._plays(name)), "Azure-AsyncOperation")
        origin = _origin(request)
        place = "results" if field == "Location" else "operations"
        signed = f"&sig={self._signature(operation)}" if self._plays("signed") else ""
        monitor = f"{origin}/{place}/{operation.id}?api-version={operation.version}{signed}"
        beside = (("Location", f"{origin}/results/{operation.id}"),) if self._plays("both-headers") else ()
        return ((field, monitor), *beside)

    def _signature(self, operation: Operation) -> str:
        return f"{Random(f'{self._seed}/signature/{operation.id}').getrandbits(128):032x}"  # noqa: S311 - no secret

    # --- what is asked later ---

    def _monitor(self, request: Request, now: float) -> Response:
        operation = self._operations.get(urlsplit(request.url).path.rpartition("/")[2])
        if operation is None or self._is_hidden(operation, now):
            return error(404)
        if not self._may_see(operation, request):
            return error(403)
        if self._plays("missing-status"):
            return _answer(200, {"id": operation.id})
        if self._plays("broken-json"):
            return Response(status=200, headers=_JSON, body=b'{"status": "Succeeded"')
        document = operation.status(now, strange=self._plays("unknown-word"))
        if self._plays("resource-location") and operation.completed(now):
            document["resourceLocation"] = f"{_origin(request)}/results/{operation.id}"
        return _answer(200, document)

    def _result(self, request: Request, now: float) -> Response:
        """What a Location names: nothing while the work goes on, then the result."""
        operation = self._operations.get(urlsplit(request.url).path.split("/")[2])
        if operation is None or self._is_hidden(operation, now):
            return error(404)
        if self._plays("location") and not self._may_see(operation, request):
            return error(403)
        if now < operation.done + self._late:
            return Response(status=202, headers=self._moved(operation, request))
        return self._ended(operation, now)

    def _ended(self, operation: Operation, now: float) -> Response:
        if self._plays("lost-document"):
            return error(404)
        if operation.end != "Succeeded":
            return _answer(200, operation.status(now, strange=False))
        match operation.method:
            case "DELETE":
                return Response(status=204)
            case "POST":
                return _answer(200, operation.result())
            case _:
                return _answer(200, operation.resource(now, end=self._other_end))

    def _resource(self, request: Request, now: float) -> Response:
        operation = self._resources.get(urlsplit(request.url).path)
        removed = operation is not None and operation.method == "DELETE" and operation.completed(now)
        if operation is None or removed or (self._plays("lost-document") and operation.over(now)):
            return error(404)
        return _answer(200, operation.resource(now, settled=self._late, end=self._other_end))

    @property
    def _late(self) -> float:
        return self._grace if self._plays("late-document") else 0.0

    @property
    def _other_end(self) -> str | None:
        return "Failed" if self._plays("failed-resource") else None

    def _is_hidden(self, operation: Operation, now: float) -> bool:
        return self._plays("eventual") and now < operation.created + self._grace

    def _may_see(self, operation: Operation, request: Request) -> bool:
        cookie = header(request.headers, "cookie") or ""
        unknown = self._plays("cookies") and f"affinity=at-{operation.number}" not in cookie
        unsigned = self._plays("signed") and self._signature(operation) not in request.url
        return not (unknown or unsigned)

    def _moved(self, operation: Operation, request: Request) -> tuple[tuple[str, str], ...]:
        if not self._plays("moved-location"):
            return ()
        parts = urlsplit(request.url).path.split("/")
        hop = int(parts[3]) + 1 if len(parts) > 3 else 1
        query = f"?sig={self._signature(operation)}" if self._plays("signed") else ""
        return (("Location", f"/results/{operation.id}/{hop}{query}"),)


_JSON = (("content-type", "application/json; charset=utf-8"),)


def _origin(request: Request) -> str:
    url = urlsplit(request.url)
    return f"{url.scheme}://{url.netloc}"


def _answer(code: int, document: Document) -> Response:
    body = json.dumps(document, ensure_ascii=False).encode("utf-8", "replace")
    return Response(status=code, headers=_JSON, body=body)


def _json(body: object) -> Any:
    """What was sent; the double takes anything."""
    try:
        return json.loads(body) if isinstance(body, bytes) and body else None
    except ValueError:
        return None
