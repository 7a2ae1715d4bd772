"""How fast one credential may ask one host: a budget shared by all its tasks.

A 429 or 503 pauses everything of that credential and host, not one task,
and no more creates are under way at once than the contract's limits say.
A quota that is used up (for hours, often) holds up creates only: polls cost nothing and go on.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

from accepted.core.contract import Limits

_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 60.0
_LOOK_AGAIN = 0.1
"""Seconds after which a place among the requests under way is looked for again."""

_PAUSING = frozenset({429, 503})


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What is known about one credential and host.

    Attributes:
        not_before: nothing is asked before it (epoch seconds). `pauses`: how many in a row.
        creates_from: nothing is created before it.
        creating, asking: creates and requests under way.
    """

    not_before: float = 0.0
    pauses: int = 0
    creates_from: float = 0.0
    creating: int = 0
    asking: int = 0


@dataclass(frozen=True, slots=True)
class Wanted:
    """A request would leave; `creates` where it commits a create, `spends` where a quota counts it or what follows."""

    creates: bool = False
    spends: bool = False


@dataclass(frozen=True, slots=True)
class Ended:
    """A request ended. `code` is None where no answer came; `retry_after` and `quota` are in seconds."""

    creates: bool = False
    code: int | None = None
    throttled: bool = False
    retry_after: float | None = None
    quota: float | None = None


class Allowed(NamedTuple):
    """Nothing may be asked before `moment` (epoch seconds); `limited`: because the service asked for a pause."""

    moment: float
    limited: bool = False


def pace(budget: Budget, limits: Limits, event: Wanted | Ended, now: float) -> tuple[Budget, Allowed]:
    """The budget after an event, and from when on something may be asked.

    For `Wanted`, a moment that is not after `now` means: go; the request is then counted as under way.
    """
    match event:
        case Wanted():
            return _wanted(budget, limits, event, now)
        case Ended():
            return _ended(budget, event, now)


def _wanted(budget: Budget, limits: Limits, event: Wanted, now: float) -> tuple[Budget, Allowed]:
    creates = event.creates
    earliest = max(budget.not_before, budget.creates_from if event.spends else 0.0)
    if now < earliest:
        return budget, Allowed(earliest, limited=True)
    if budget.asking >= limits.requests_at_once or (creates and budget.creating >= limits.creates_at_once):
        return budget, Allowed(now + _LOOK_AGAIN)
    return replace(budget, asking=budget.asking + 1, creating=budget.creating + creates), Allowed(now)


def _ended(budget: Budget, event: Ended, now: float) -> tuple[Budget, Allowed]:
    freed = replace(budget, asking=max(0, budget.asking - 1), creating=max(0, budget.creating - event.creates))
    if event.quota is not None:
        freed = replace(freed, creates_from=now + event.quota)
        if event.quota > 0:
            return freed, Allowed(freed.not_before)
    if not (event.throttled or event.code in _PAUSING):
        # Only an answer that came after the pause says that the pause is over.
        calm = replace(freed, pauses=0) if event.code is not None and now >= budget.not_before else freed
        return calm, Allowed(calm.not_before, limited=now < calm.not_before)
    pauses = budget.pauses + (now >= budget.not_before)
    guess = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2.0 ** min(max(pauses - 1, 0), 10))
    wished = now + (guess if event.retry_after is None else event.retry_after)
    paused = replace(freed, pauses=pauses, not_before=max(budget.not_before, wished))
    return paused, Allowed(paused.not_before, limited=now < paused.not_before)
