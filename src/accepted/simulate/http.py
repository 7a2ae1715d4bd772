"""A double of an API that follows the 202 pattern: one convention a scenario, as `docs/http.md` lists them.

It is nobody's API: the conventions are those of RFC 9110, Microsoft's guidelines, JSON:API, HAL and AIP-151, whose
texts are linked where they are played. `POST {base}` makes a report; everything else is told by its answer.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from random import Random
from typing import Any
from urllib.parse import urlsplit

from accepted.core.wire import Dropped, Request, Response, Upload, header
from accepted.simulate._world import CONTROL_PATH, FAULTS, Call, Counts, Verb, World, parse_scenarios

SCENARIOS: Mapping[str, str] = {
    "happy": "202 with a Location; polls are 200 with a status, and the result inside",
    "operation-location": "202 with an Operation-Location, as Azure's data plane answers",
    "content-location": "202 with a Content-Location, a job resource, and 303 when it is done, as JSON:API recommends",
    "codes": "202 with a Location and no body; polls are 202 without one, then 303 (RFC 9110)",
    "links": "202 with HAL links in the body: status, cancel, and in the end result",
    "id": "200 with an id, and nothing that says where to ask: below the path of the create",
    "google": "200 with an Operation (AIP-151)",
    "slow": "everything takes ten times as long",
    "failed": "every report fails",
    "cancelled": "every report is cancelled by somebody else",
    "contradiction": "a finished report says completed in one field and running in another",
    "unknown-word": "a finished report says `done`, which means nothing yet",
    **FAULTS,
    "gone": "a report is 404 from half of its duration on",
}
"""Every scenario and what it does; they combine, but of the conventions one is played."""

_STYLES = ("operation-location", "content-location", "codes", "links", "id", "google")
_SLOWER = 10
_JSON = ("content-type", "application/json")

Document = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A report: its id, what it was made from, when, and since when it is to be cancelled."""

    id: str
    made_of: Any
    created: float
    cancelled: float | None = None


class Simulator:
    """An API of its own: an empty store, a credential for everybody, and the scenarios it was asked to play."""

    base_path: str = "/v1/reports"

    def __init__(
        self,
        scenarios: str | Iterable[str] = "happy",
        seed: int = 0,
        duration: float = 2.0,
        grace: float = 1.5,  # noqa: ARG002  # every double takes it; here nothing is late
    ) -> None:
        """Scenarios are names of `SCENARIOS`, also joined by commas; they combine. `duration` is in seconds.

        Raises `ValueError` for an unknown scenario or a negative time.
        """
        if duration < 0:
            raise ValueError("duration is seconds, 0 or more")
        self._scenarios = parse_scenarios(scenarios, SCENARIOS)
        self._style = next((name for name in _STYLES if name in self._scenarios), "happy")
        self._duration = duration * (_SLOWER if "slow" in self._scenarios else 1)
        self._seed = seed
        self._reports: dict[str, Report] = {}
        self._keys: dict[str, str] = {}
        self._world = World(self._scenarios, seed, _error)

    def answer(self, request: Request, now: float) -> Response | Dropped:
        """The API's answer at `now` (seconds since the epoch); no other clock is read, nothing waits."""
        path = urlsplit(request.url).path
        if path == CONTROL_PATH:
            return self._world.report()
        verb, report_id = _route(request.method, path)
        call = Call(
            verb=verb or "read",
            route=f"{request.method} {path.replace(report_id, '{id}') if report_id else path}",
            credential=header(request.headers, "authorization") or "",
            fingerprint=hash((request.method, request.url, request.body if isinstance(request.body, bytes) else b"")),
        )
        return self._world.answer(call, now, partial(self._work, request, verb, report_id, now))

    def counts(self) -> Counts:
        """What was asked and done so far; also at `GET /_simulator`."""
        return self._world.counts()

    def _work(self, request: Request, verb: Verb | None, report_id: str, now: float) -> Response:
        if verb == "create":
            return self._made(self._new(request, now), now)
        report = self._reports.get(report_id)
        if report is None or verb is None or self._is_gone(report, now):
            return _error(404)
        match verb:
            case "act":
                return self._cancelling(report, now)
            case "read":
                done = self._state(report, now) == "completed"
                return _says(200, _result(report)) if done else _error(404)
            case _:
                return self._polled(report, now)

    def _new(self, request: Request, now: float) -> Report:
        """A new report, or the one of the same Idempotency-Key."""
        key = header(request.headers, "idempotency-key")
        if key in self._keys:
            return self._reports[self._keys[key]]
        number = len(self._reports) + 1
        report_id = f"{Random(f'{self._seed}/{number}').randrange(16**8):08x}"  # noqa: S311  # repeatable on purpose
        raw = b"" if isinstance(request.body, Upload) else request.body
        report = self._reports[report_id] = Report(id=report_id, made_of=_read(raw), created=now)
        if key:
            self._keys[key] = report_id
        self._world.committed(report_id, key)
        return report

    def _is_gone(self, report: Report, now: float) -> bool:
        return "gone" in self._scenarios and now >= report.created + self._duration / 2

    def _state(self, report: Report, now: float) -> str:
        age = now - report.created
        match report:
            case Report(cancelled=moment) if moment is not None:
                return "cancelled"
            case _ if age < self._duration / 5:
                return "queued"
            case _ if age < self._duration:
                return "running"
            case _ if "failed" in self._scenarios:
                return "failed"
            case _:
                return "cancelled" if "cancelled" in self._scenarios else "completed"

    def _cancelling(self, report: Report, now: float) -> Response:
        if self._state(report, now) in {"queued", "running"}:
            self._reports[report.id] = replace(report, cancelled=now)
            return Response(status=202)
        return _error(409)

    # --- the answer to a create ---

    def _made(self, report: Report, now: float) -> Response:
        place = f"{self.base_path}/{report.id}"
        document = self._document(report, now)
        match self._style:
            case "operation-location":
                return _says(202, document, ("operation-location", place))
            case "content-location":
                return _says(202, document, ("content-location", place))
            case "codes":
                return Response(status=202, headers=(("location", place), ("retry-after", "1")))
            case "links":
                return _says(202, document)
            case "id" | "google":
                return _says(200, document)
            case _:
                return _says(202, document, ("location", place), ("retry-after", "1"))

    # --- the answer to a poll ---

    def _polled(self, report: Report, now: float) -> Response:
        state, place = self._state(report, now), f"{self.base_path}/{report.id}"
        other = self._style in {"content-location", "codes"}
        if other and state == "completed":
            return Response(status=303, headers=(("location", f"{place}/result"),))
        if self._style == "codes" and state in {"queued", "running"}:
            return Response(status=202, headers=(("retry-after", "1"),))
        return _says(200, self._document(report, now))

    def _document(self, report: Report, now: float) -> Document:
        state, place = self._state(report, now), f"{self.base_path}/{report.id}"
        word = "done" if state == "completed" and "unknown-word" in self._scenarios else state
        failed: Document = {"error": {"message": "there is no ink"}} if state == "failed" else {}
        done = {"result": _result(report)} if state == "completed" else {}
        match self._style:
            case "content-location":
                # https://jsonapi.org/recommendations/#asynchronous-processing
                return {"data": {"type": "jobs", "id": report.id, "attributes": {"status": word, **failed}}}
            case "links":
                # https://datatracker.ietf.org/doc/html/draft-kelly-json-hal-11
                links = {"status": {"href": place}, "cancel": {"href": place, "method": "DELETE"}}
                ended = {"result": {"href": f"{place}/result"}} if done else links
                return {"state": word, "_links": ended, **failed}
            case "google":
                return _operation(report, state)
            case _:
                twice = {"state": "running"} if done and "contradiction" in self._scenarios else {}
                return {"id": report.id, "status": word, **twice, **failed, **done}


def _operation(report: Report, state: str) -> Document:
    """https://google.aip.dev/151: of `response` and `error` exactly one is set in the end."""
    ended: Mapping[str, Document] = {
        "completed": {"done": True, "response": _result(report)},
        "failed": {"done": True, "error": {"code": 13, "message": "there is no ink"}},
        "cancelled": {"done": True, "error": {"code": 1, "message": "cancelled"}},
    }
    return {"name": f"reports/{report.id}", "done": False, **ended.get(state, {})}


def _route(method: str, path: str) -> tuple[Verb | None, str]:
    """What a request is, and which report it is about."""
    match method, *path.removeprefix(Simulator.base_path).strip("/").split("/"):
        case "POST", "":
            return "create", ""
        case "GET", report_id if report_id:
            return "poll", report_id
        case "GET", report_id, "result":
            return "read", report_id
        case ("DELETE", report_id) | ("POST", report_id, "cancel"):
            return "act", report_id
        case _:
            return None, ""


def _result(report: Report) -> Document:
    return {"pages": 3, "of": report.made_of}


def _read(raw: bytes) -> Any:
    try:
        return json.loads(raw or b"null")
    except ValueError:
        return None


def _says(status: int, document: object, *fields: tuple[str, str]) -> Response:
    return Response(status=status, headers=(_JSON, *fields), body=json.dumps(document).encode())


def _error(status: int) -> Response:
    """A problem document (RFC 9457)."""
    body = json.dumps({"status": status, "title": f"simulated {status}"}).encode()
    return Response(status=status, headers=(("content-type", "application/problem+json"),), body=body)
