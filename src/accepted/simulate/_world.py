"""What every double of a service shares: scenario names, faults, counts and the control path.

What may live here: what is true of *any* service.
A double (one public module of this package) classifies a request into a `Call` and carries it out; `World`
decides whether it gets that far, whether its answer gets back, and keeps the figures.

No clock, socket or shared random state: the moment comes with each call, chance is a function of the seed and
the number of the request, so the same requests at the same moments get the same bytes.
Not safe for threads by itself; `simulate.handler` holds the lock.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from difflib import get_close_matches
from email.utils import format_datetime
from math import ceil
from random import Random
from typing import Literal, Protocol, TypedDict

from accepted.core.wire import Dropped, Request, Response

CONTROL_PATH = "/_simulator"
"""GET answers the counts as JSON, without a credential and without being counted or made to fail."""

Verb = Literal["create", "poll", "list", "act", "read"]


class Counts(TypedDict):
    """What a double was asked and did. Routes, codes and titles appear once they occurred."""

    requests: int
    """all but those of the control path"""
    creates: int
    """creates asked, whatever became of them"""
    polls: int
    """requests for one task"""
    lists: int
    """pages of the task list"""
    acts: int
    """requests that change a task"""
    committed: int
    """tasks that exist because of a create"""
    created_twice: int
    """tasks beyond the first of the same title; our client's marker is in the title, so this should be 0"""
    throttled: int
    """429 answers"""
    too_early: int
    """those of them that came before the moment that the first one had named"""
    dropped: int
    """answers that never arrived whole"""
    unauthorised: int
    """refused credentials: missing, bad or expired"""
    routes: dict[str, int]
    """requests per method and route"""
    answers: dict[str, int]
    """whole answers per HTTP code"""
    titles: dict[str, int]
    """committed tasks per title that the client chose"""
    ids: list[str]
    """committed tasks, oldest first"""


class Double(Protocol):
    """What `simulate.load` returns makes these."""

    def answer(self, request: Request, now: float) -> Response | Dropped:
        """The service's answer at `now`, in seconds since the epoch; never before an earlier `now`."""
        ...

    def counts(self) -> Counts:
        """The figures so far."""
        ...


# --- scenarios -------------------------------------------------------------------------------------------


def parse_scenarios(wanted: str | Iterable[str], known: Mapping[str, str]) -> frozenset[str]:
    """The scenario names in `wanted`: names, or names with commas between (`"lost-answer,eventual"`).

    Raises `ValueError` for a name that is not `known`, with the nearest one and all of them.
    """
    groups = (wanted,) if isinstance(wanted, str) else wanted
    names = frozenset(name.strip() for group in groups for name in group.split(",") if name.strip())
    for name in sorted(names - known.keys()):
        raise ValueError(unknown_name("scenario", name, known))
    return names


def unknown_name(kind: str, name: str, known: Iterable[str]) -> str:
    """The sentence for a name that does not exist, with the nearest that does."""
    every = sorted(known)
    near = get_close_matches(name, every, n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    return f"unknown {kind} {name!r}{hint} (known: {', '.join(every)})"


# --- faults ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request as the faults see it."""

    verb: Verb
    route: str
    """method and path template: what is counted"""
    credential: str
    """whose limits and expiry these are, empty where none is asked for; never shown"""
    fingerprint: int
    """equal for a repeated request"""
    denied: Response | None = None
    """the refusal of the credential, which comes before every fault"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What happens to one call instead of its answer."""

    status: int | None
    """None closes the connection in the middle of the answer"""
    retry_after: str | None = None
    html: bool = False
    """the page of a proxy in front of the service, not the service's own error document"""
    after: bool = False
    """the work is done first: only the good news is lost (a refusal still arrives)"""
    too_early: bool = False


Trouble = Callable[[Call, float], Fault | None]
"""One scenario at work; it may remember what it did before."""


class _Expiry:
    """The first credential seen expires; a new one is good for ever."""

    GOOD_FOR = 3

    def __init__(self, _seed: int) -> None:
        self._first: str | None = None
        self._asked = 0

    def __call__(self, call: Call, _now: float) -> Fault | None:
        self._first = self._first or call.credential
        if not call.credential or call.credential != self._first:
            return None
        self._asked += 1
        return Fault(status=401) if self._asked > self.GOOD_FOR else None


@dataclass(slots=True)
class _Gate:
    """One credential's limit: closed from `since` until `until`."""

    since: float = 0.0
    until: float = 0.0
    retry_after: str = ""
    admitted: int = 0
    closed: int = 0
    created: bool = False
    refused: set[int] = field(default_factory=set[int])


class _Throttle:
    """Refuses the first create and then every fifth request of a credential, for a second or two."""

    EVERY = 5
    WAIT = 1
    """seconds; as HTTP-date the wait is up to one second longer, because a date has no fraction"""
    TOLERANCE = 0.01
    """seconds by which two clocks may differ before a retry counts as early"""
    IN_FLIGHT = 0.1
    """seconds in which another request may have been sent before the refusal arrived"""

    def __init__(self, _seed: int) -> None:
        self._gates: dict[str, _Gate] = {}
        self._closings = 0

    def __call__(self, call: Call, now: float) -> Fault | None:
        gate = self._gates.setdefault(call.credential, _Gate())
        if now < gate.until - self.TOLERANCE:
            return self._still_closed(gate, call, now)
        gate.admitted += 1
        first_create = call.verb == "create" and not gate.created
        gate.created |= first_create
        if first_create or gate.admitted == self.EVERY:
            return self._close(gate, call, now)
        return None

    def _still_closed(self, gate: _Gate, call: Call, now: float) -> Fault:
        too_early = call.fingerprint in gate.refused or now > gate.since + self.IN_FLIGHT
        gate.refused.add(call.fingerprint)
        return Fault(status=429, retry_after=gate.retry_after, too_early=too_early)

    def _close(self, gate: _Gate, call: Call, now: float) -> Fault:
        as_date = self._closings % 2 == 1
        self._closings += 1
        gate.since, gate.admitted, gate.refused = now, 0, {call.fingerprint}
        gate.until = float(ceil(now) + self.WAIT) if as_date else now + self.WAIT
        gate.retry_after = _http_date(gate.until) if as_date else str(self.WAIT)
        return Fault(status=429, retry_after=gate.retry_after)


class _Flaky:
    """About one request in five meets one row of the table; which one hangs on the seed alone."""

    ODDS = 0.2
    TABLE = (
        Fault(status=500),
        Fault(status=500, after=True),
        Fault(status=502, html=True),
        Fault(status=503),
        Fault(status=503, html=True),
        Fault(status=None),
        Fault(status=None, after=True),
    )

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._asked = 0

    def __call__(self, _call: Call, _now: float) -> Fault | None:
        self._asked += 1
        chance = Random(f"{self._seed}/flaky/{self._asked}")  # noqa: S311 - repeatable on purpose, no secret
        return chance.choice(self.TABLE) if chance.random() < self.ODDS else None


class _LostAnswer:
    """Every create is carried out and none is heard of."""

    def __init__(self, _seed: int) -> None:
        pass

    def __call__(self, call: Call, _now: float) -> Fault | None:
        return Fault(status=None, after=True) if call.verb == "create" else None


_TROUBLES: Mapping[str, tuple[Callable[[int], Trouble], str]] = {
    "expired-token": (
        _Expiry,
        "the first key seen is refused with 401 after 3 requests, for ever; another key works",
    ),
    "throttled": (
        _Throttle,
        "429 for the first create and then every 5th request, Retry-After in turn as seconds and as a date",
    ),
    "flaky": (
        _Flaky,
        "about 1 request in 5 meets a 500, 502 or 503, an HTML page or a dropped connection (--seed)",
    ),
    "lost-answer": (_LostAnswer, "every create is carried out, and its answer never arrives"),
}
"""In the order in which they are asked; the first that strikes wins."""

FAULTS: Mapping[str, str] = {name: sentence for name, (_, sentence) in _TROUBLES.items()}
"""The scenarios that every double has, with a sentence each."""


# --- the world -------------------------------------------------------------------------------------------


class World:
    """Faults and figures of one double; `scenarios` are names that `parse_scenarios` let pass."""

    def __init__(self, scenarios: frozenset[str], seed: int, error: Callable[[int], Response]) -> None:
        self._troubles = [make(seed) for name, (make, _) in _TROUBLES.items() if name in scenarios]
        self._error = error
        self._plain: Counter[str] = Counter()
        self._routes: Counter[str] = Counter()
        self._answers: Counter[str] = Counter()
        self._titles: Counter[str] = Counter()
        self._ids: list[str] = []

    def answer(self, call: Call, now: float, work: Callable[[], Response]) -> Response | Dropped:
        """What comes back for `call`, which is carried out by `work` if nothing prevents it."""
        self._plain["requests"] += 1
        self._plain[call.verb] += 1
        self._routes[call.route] += 1
        answer = self._answer(call, now, work)
        self._heard(answer)
        return answer

    def committed(self, task_id: str, title: str | None) -> None:
        """A create made this task; `title` is None where the client chose none."""
        self._ids.append(task_id)
        if title is not None:
            self._titles[title] += 1

    def counts(self) -> Counts:
        """A copy of the figures so far."""
        return Counts(
            requests=self._plain["requests"],
            creates=self._plain["create"],
            polls=self._plain["poll"],
            lists=self._plain["list"],
            acts=self._plain["act"],
            committed=len(self._ids),
            created_twice=self._titles.total() - len(self._titles),
            throttled=self._answers["429"],
            too_early=self._plain["too_early"],
            dropped=self._plain["dropped"],
            unauthorised=self._plain["unauthorised"],
            routes=dict(sorted(self._routes.items())),
            answers=dict(sorted(self._answers.items())),
            titles=dict(self._titles),
            ids=list(self._ids),
        )

    def report(self) -> Response:
        """The answer of the control path."""
        body = json.dumps(self.counts(), indent=2, ensure_ascii=False).encode("utf-8", "replace")
        return Response(status=200, headers=(("content-type", "application/json"),), body=body + b"\n")

    def _answer(self, call: Call, now: float, work: Callable[[], Response]) -> Response | Dropped:
        if call.denied is not None:
            self._plain["unauthorised"] += 1
            return call.denied
        fault = next((struck for trouble in self._troubles if (struck := trouble(call, now))), None)
        if fault is None:
            return work()
        self._plain["too_early"] += fault.too_early
        self._plain["unauthorised"] += fault.status == 401
        if fault.after and (done := work()).status >= 300:
            return done
        return self._suffer(fault)

    def _suffer(self, fault: Fault) -> Response | Dropped:
        if fault.status is None:
            when = "after" if fault.after else "before"
            return Dropped(reason=f"simulated: the connection closed {when} the request was carried out")
        answer = proxy_page(fault.status) if fault.html else self._error(fault.status)
        extra = (("retry-after", fault.retry_after),) if fault.retry_after else ()
        return Response(status=answer.status, headers=answer.headers + extra, body=answer.body)

    def _heard(self, answer: Response | Dropped) -> None:
        match answer:
            case Dropped():
                self._plain["dropped"] += 1
            case Response(status=status):
                self._answers[str(status)] += 1


def proxy_page(status: int) -> Response:
    """What stands in front of a service answers with a page, not with the service's error document."""
    title = f"<!DOCTYPE html>\n<html lang=en><title>Error {status}</title>\n"
    page = f"{title}<p><b>{status}.</b> <ins>That's an error.</ins>\n</html>\n"
    return Response(status=status, headers=(("content-type", "text/html; charset=UTF-8"),), body=page.encode())


def _http_date(at: float) -> str:
    return format_datetime(datetime.fromtimestamp(at, UTC), usegmt=True)
