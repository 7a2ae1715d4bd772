"""A double of an API with long-running operations (AIP-151), wire-exact as far as its proto says.

Sources: https://google.aip.dev/151 and 155, the HTTP bindings of
https://github.com/googleapis/googleapis/blob/master/google/longrunning/operations.proto, checked 2026-11-24.
google-api-core 2.44.0 does its work against this double (`tests/sdk`); nothing was compared with a live API.
Whatever is sent to a path that is no binding begins an operation, as each API's own methods do; the rest of such an
API (its resources, its checks) is not here.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from accepted.core.wire import Dropped, Request, Response, Upload, header
from accepted.simulate import _google as google
from accepted.simulate._world import (
    CONTROL_PATH,
    FAULTS,
    Call,
    Counts,
    Verb,
    World,
    parse_scenarios,
    proxy_page,
)

Document = dict[str, Any]

SCENARIOS: Mapping[str, str] = {
    "happy": "every operation is done after --duration seconds, with a response; after a DELETE with an empty one",
    "slow": "everything takes ten times as long",
    "failed": "every operation ends with an error; the codes take turns",
    "cancelled": "every operation is cancelled by somebody else: it is done with code 1",
    "deaf": "a cancel is answered, and not heeded",
    "neither": "an operation is done with neither an error nor a response, which the proto rules out",
    "both": "an operation is done with an error and a response, which the proto rules out, too",
    **FAULTS,
    "eventual": "a new operation is 404, and missing from the list, for --grace seconds",
    "gone": "an operation is 404, and missing from the list, from half of its duration on",
    "unknown-field": "fields that no proto has, in the operation and in its metadata",
    "at-once": "the request is carried out at once, and answered with the resource and no operation",
    "bare-names": "a name is a number, found at /operations/{name}, as some older APIs do it",
    "get-only": "cancel, delete, wait and list are not implemented: 501",
}
"""Every scenario and what it does; they combine."""

METADATA = "type.googleapis.com/accepted.simulated.v1.OperationMetadata"
"""The type of the metadata; its fields are those that Google's APIs have in common, and `progressPercent`."""

FAILURES: tuple[tuple[int, str], ...] = (
    (9, "The publisher is not empty."),
    (3, "The title is too long."),
    (4, "The deadline of the operation was exceeded."),
    (5, "The source was not found."),
    (7, "The service account may not read the source."),
    (8, "The quota of the project is used up."),
    (10, "A later update took the place of this one."),
    (13, "Internal error."),
    (14, "The backend was unavailable."),
)
"""Code and message of `failed`, in turn."""

_BAD = "bad-key"
_SERVICE = "library.googleapis.com"
_SLOWER = 10
_CANCELLING = 0.1
"""The part of its duration that an operation takes to be cancelled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request, taken apart. `path` holds the decoded names of the route."""

    method: str
    path: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes
    now: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """An operation: what it was made from, and what somebody asked of it since."""

    place: str
    number: int
    method: str
    target: str
    made_of: Document
    created: float
    cancelled: float | None = None


class Simulator:
    """An API of its own: an empty store, a credential for everybody, and the scenarios it was asked to play."""

    base_path: str = "/v1"

    def __init__(
        self,
        scenarios: str | Iterable[str] = "happy",
        seed: int = 0,
        duration: float = 2.0,
        grace: float = 1.5,
    ) -> None:
        """Scenarios are names of `SCENARIOS`, also joined by commas; they combine.

        `duration` is the seconds from create to the end (0 ends at once), `grace` those for which `eventual`
        hides a new operation. The same seed, requests and moments give the same bytes.
        Raises `ValueError` for an unknown scenario or a negative time.
        """
        if duration < 0 or grace < 0:
            raise ValueError("duration and grace are seconds, 0 or more")
        self._scenarios = parse_scenarios(scenarios, SCENARIOS)
        self._duration = duration * (_SLOWER if "slow" in self._scenarios else 1)
        self._grace = grace if "eventual" in self._scenarios else 0.0
        self._seed = seed
        self._records: dict[str, Record] = {}
        self._requests: dict[str, str] = {}
        self._made = 0
        self._world = World(self._scenarios, seed, google.error)

    def answer(self, request: Request, now: float) -> Response | Dropped:
        """The API's answer at `now` (seconds since the epoch); no other clock is read, nothing waits."""
        url = urlsplit(request.url)
        if url.path == CONTROL_PATH:
            return self._world.report()
        route, path = _route(request.method, url.path)
        body = b"" if isinstance(request.body, Upload) else request.body
        query = dict(parse_qsl(url.query, keep_blank_values=True))
        asked = Asked(method=request.method, path=path, query=query, body=body, now=now)
        return self._world.answer(_call(request, route, query), now, partial(self._work, route, asked))

    def counts(self) -> Counts:
        """What was asked and done so far; also at `GET /_simulator`."""
        return self._world.counts()

    def _work(self, route: Route, asked: Asked) -> Response:
        if "get-only" in self._scenarios and route.optional:
            return google.error(501, "Operation is not implemented, or supported, or enabled.", status="UNIMPLEMENTED")
        try:
            return route.serve(self, asked)
        except google.Refused as refused:
            return refused.answer

    # --- what begins an operation ---

    def create(self, asked: Asked) -> Response:
        """200 with an Operation; a known request id is answered with the first one (AIP-155)."""
        body = google.read_json(asked.body)
        request_id = asked.query.get("requestId") or str(body.get("requestId") or "")
        known = self._records.get(self._requests.get(request_id, ""))
        record = known or self._new(asked, body, request_id)
        if "at-once" in self._scenarios:
            return google.document({"name": record.target, "createTime": google.timestamp(record.created)})
        return google.document(self._document(record, asked.now))

    def _new(self, asked: Asked, body: Document, request_id: str) -> Record:
        self._made += 1
        target = asked.path["target"]
        found = re.match(r"projects/[^/]+/locations/[^/:]+", target)
        parent = f"{found[0]}/" if found and "bare-names" not in self._scenarios else ""
        place = f"{parent}operations/{_number(self._seed, self._made)}"
        made_of = {name: value for name, value in body.items() if name != "requestId"}
        record = Record(
            place=place, number=self._made, method=asked.method, target=target, made_of=made_of, created=asked.now
        )
        self._records[place] = record
        if request_id:
            self._requests[request_id] = place
        self._world.committed(self._name(record), request_id or None)
        return record

    # --- the bindings of google.longrunning.Operations ---

    def get(self, asked: Asked) -> Response:
        """The whole operation."""
        return google.document(self._document(self._record(asked), asked.now))

    def list(self, asked: Asked) -> Response:
        """The operations of a parent, newest first; `done = true` or `done = false` is the only filter."""
        done = google.flag_filter(asked.query.get("filter", ""), "done")
        place = f"{asked.path['parent'] or ''}operations"
        found = [
            (-record.number, record)
            for record in reversed(self._records.values())
            if record.place.rpartition("/")[0] == place
            and self._is_visible(record, asked.now)
            and done in {None, self._is_done(record, asked.now)}
        ]
        shown, token = google.page(found, asked.query, default=50)
        answer: Document = {"operations": [self._document(record, asked.now) for record in shown]} if shown else {}
        return google.document(answer | ({"nextPageToken": token} if token else {}))

    def cancel(self, asked: Asked) -> Response:
        """Empty; of an operation that is done nothing changes."""
        record = self._record(asked)
        google.read_json(asked.body)
        if "deaf" not in self._scenarios and record.cancelled is None and not self._is_done(record, asked.now):
            self._records[record.place] = replace(record, cancelled=asked.now)
        return google.document({})

    def delete(self, asked: Asked) -> Response:
        """Empty; the work goes on, and nobody can ask for it any more."""
        del self._records[self._record(asked).place]
        return google.document({})

    def wait(self, asked: Asked) -> Response:
        """The latest state, at once: a double does not wait, and the proto allows an answer before the timeout."""
        record = self._record(asked)
        timeout = google.read_json(asked.body).get("timeout", "0s")
        if not re.fullmatch(r"\d+(\.\d{1,9})?s", str(timeout), re.ASCII):
            text = f"Invalid value at 'timeout' (type.googleapis.com/google.protobuf.Duration), \"{timeout}\""
            raise google.invalid([("timeout", text)])
        return google.document(self._document(record, asked.now))

    # --- the life of an operation ---

    def _record(self, asked: Asked) -> Record:
        record = self._records.get(asked.path["operation"])
        if record is None or not self._is_visible(record, asked.now):
            raise google.Refused(google.error(404))
        return record

    def _is_visible(self, record: Record, now: float) -> bool:
        age = now - record.created
        is_gone = "gone" in self._scenarios and age >= self._duration / 2
        return age >= self._grace and not is_gone

    def _end(self, record: Record) -> float:
        end = record.created + self._duration
        return end if record.cancelled is None else min(end, record.cancelled + self._duration * _CANCELLING)

    def _is_done(self, record: Record, now: float) -> bool:
        return now >= self._end(record)

    def _name(self, record: Record) -> str:
        return record.place.rpartition("/")[2] if "bare-names" in self._scenarios else record.place

    def _document(self, record: Record, now: float) -> Document:
        """As JSON of a protocol buffer: what is false or empty is left out."""
        answer: Document = {"name": self._name(record), "metadata": self._metadata(record, now)}
        if self._is_done(record, now):
            answer |= {"done": True, **self._ending(record)}
        if "unknown-field" in self._scenarios:
            answer |= {"priority": "PRIORITY_HIGH", "telemetry": {"units": 1234, "models": ["m1", None]}}
        return answer

    def _metadata(self, record: Record, now: float) -> Document:
        done = self._is_done(record, now)
        verb = record.target.partition(":")[2] or _VERBS[record.method]
        told: Document = {
            "@type": METADATA,
            "createTime": google.timestamp(record.created),
            "target": record.target,
            "verb": verb,
            "apiVersion": "v1",
        }
        optional = {
            "endTime": google.timestamp(self._end(record)) if done else None,
            "requestedCancellation": record.cancelled is not None,
            "progressPercent": self._percent(record, now),
            "mood": "cheerful" if "unknown-field" in self._scenarios else None,
        }
        return told | {name: value for name, value in optional.items() if value}

    def _percent(self, record: Record, now: float) -> int:
        if self._duration == 0:
            return 100
        return min(100, round(100 * (min(now, self._end(record)) - record.created) / self._duration))

    def _ending(self, record: Record) -> Document:
        error, response = self._error(record), _response(record)
        match self._scenarios & {"neither", "both"}:
            case left if "neither" in left:
                return {}
            case left if "both" in left:
                return {"error": error or _status(13, "Internal error."), "response": response}
            case _:
                return {"error": error} if error else {"response": response}

    def _error(self, record: Record) -> Document | None:
        if "cancelled" in self._scenarios or self._end(record) < record.created + self._duration:
            return _status(1, "The operation was cancelled.")
        return _status(*FAILURES[(record.number - 1) % len(FAILURES)]) if "failed" in self._scenarios else None


_VERBS = {"POST": "create", "PUT": "update", "PATCH": "update", "DELETE": "delete"}


def _status(code: int, message: str) -> Document:
    return {"code": code, "message": message}


def _response(record: Record) -> Document:
    """What a DELETE yields is empty; anything else yields a document that every protobuf client can read."""
    if record.method == "DELETE":
        return {"@type": "type.googleapis.com/google.protobuf.Empty"}
    value = {"name": record.target, **({"madeOf": record.made_of} if record.made_of else {})}
    return {"@type": "type.googleapis.com/google.protobuf.Struct", "value": value}


def _number(seed: int, number: int) -> str:
    digest = hashlib.blake2b(f"{seed}/operation/{number}".encode(), digest_size=8).digest()
    return str(int.from_bytes(digest))


# --- routes ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Route:
    """What one method and path does; `template` is the path as counted. `optional`: an API need not have it."""

    method: str
    template: str
    verb: Verb
    serve: Callable[[Simulator, Asked], Response]
    optional: bool = False

    @property
    def name(self) -> str:
        """As in the counts."""
        return f"{self.method} {self.template}".strip()


def _nothing_here(_simulator: Simulator, _asked: Asked) -> Response:
    return proxy_page(404)


_ELSEWHERE = Route("", "elsewhere", "read", _nothing_here)

_NAME = r"(?P<operation>(?:.+/)?operations/[^/:]+)"
_ROUTES: tuple[tuple[str, Route], ...] = (
    (rf"/v1/{_NAME}", Route("GET", "/v1/{name}", "poll", Simulator.get)),
    (rf"/v1/{_NAME}", Route("DELETE", "/v1/{name}", "act", Simulator.delete, optional=True)),
    (rf"/v1/{_NAME}:cancel", Route("POST", "/v1/{name}:cancel", "act", Simulator.cancel, optional=True)),
    (rf"/v1/{_NAME}:wait", Route("POST", "/v1/{name}:wait", "act", Simulator.wait, optional=True)),
    (r"/v1/(?P<parent>.+/)?operations", Route("GET", "/v1/{parent}/operations", "list", Simulator.list, optional=True)),
    *(
        (r"/v1/(?P<target>(?!operations(?:/|$)).+)", Route(method, "/v1/{target}", "create", Simulator.create))
        for method in _VERBS
    ),
)
"""The first that matches, so that whatever is no binding begins an operation."""


def _route(method: str, path: str) -> tuple[Route, Mapping[str, str]]:
    for pattern, route in _ROUTES:
        if route.method == method and (found := re.fullmatch(pattern, path)):
            return route, {name: unquote(value or "") for name, value in found.groupdict().items()}
    return _ELSEWHERE, {}


def _call(request: Request, route: Route, query: Mapping[str, str]) -> Call:
    token = (header(request.headers, "authorization") or "").removeprefix("Bearer ")
    key = header(request.headers, "x-goog-api-key") or query.get("key", "")
    body = b"" if isinstance(request.body, Upload) else request.body
    return Call(
        verb=route.verb,
        route=route.name,
        credential=token or key,
        fingerprint=hash((request.method, request.url, body)),
        denied=_denial(token, key),
    )


def _denial(token: str, key: str) -> Response | None:
    """Every token and key is good but one; whose they are is no business of a double."""
    match token, key:
        case "", "":
            return google.error(403)
        case "", bad if bad == _BAD:
            return google.bad_key(_SERVICE)
        case bad, _ if bad == _BAD:
            return google.error(401)
        case _:
            return None
