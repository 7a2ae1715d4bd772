"""What to ask next when many tasks wait: a poll each, or one list page that stands for many polls."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from accepted.core import build, codec
from accepted.core.contract import Ask, Contract, Step
from accepted.core.events import Send, Sleep
from accepted.core.pace import Budget
from accepted.core.read import Answer
from accepted.core.task import Task
from accepted.core.wire import Response

WORTH_A_PAGE = 4
"""So many tasks of one lane are asked for by one list page, where a list item says as much as a poll."""

SOON = 2.0
"""Seconds by which a poll may come early for the sake of a page, if neither the service nor the user forbids it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A task that sleeps. `lane` names its credential and host; `who` is the driver's own handle of it."""

    sleep: Sleep
    lane: Hashable
    contract: Contract[..., Any]
    who: Any


@dataclass(frozen=True, slots=True)
class Single:
    """Ask for this task by itself."""

    one: Waiting


@dataclass(frozen=True, slots=True)
class ListPage:
    """Send this once, and tell each of these tasks what it says; those that it does not show are asked for singly."""

    send: Send
    all: tuple[Waiting, ...]


@dataclass(frozen=True, slots=True)
class Park:
    """Let this task sleep on until a moment (epoch seconds)."""

    one: Waiting
    until: float


Plan = list[Single | ListPage | Park]


def plan(waiting: Iterable[Waiting], budgets: Mapping[Hashable, Budget], now: float) -> Plan:
    """What follows at `now` for tasks that are due or will be within `SOON`; each is in exactly one of the plans."""
    by_place = [list(group) for _, group in groupby(sorted(waiting, key=_place), key=_place)]
    return [step for group in by_place for step in _of(group, budgets.get(group[0].lane, Budget()), now)]


def _place(one: Waiting) -> tuple[str, int, str]:
    """What one list speaks for: a credential and host may have several places, and several contracts."""
    return repr(one.lane), id(one.contract), one.sleep.task.base_url


def _of(group: list[Waiting], budget: Budget, now: float) -> Plan:
    if budget.not_before > now:
        return [Park(one, max(one.sleep.until, budget.not_before)) for one in group]
    due = [one for one in group if one.sleep.until <= now]
    listing = group[0].contract.listing
    listed = [one for one in group if _may_be_listed(one, now)] if due and listing and listing.full else []
    if listing is None or len(listed) < WORTH_A_PAGE:
        return _singly(group, now)
    rest = [one for one in group if not _may_be_listed(one, now)]
    return [ListPage(_page_request(listed[0], listing.step), tuple(listed)), *_singly(rest, now)]


def _singly(group: list[Waiting], now: float) -> Plan:
    return [Single(one) if one.sleep.until <= now else Park(one, one.sleep.until) for one in group]


def _may_be_listed(one: Waiting, now: float) -> bool:
    task = one.sleep.task
    return task.doing.operation == "poll" and not task.status.final and one.sleep.earliest <= now


def _page_request(one: Waiting, step: Step) -> Send:
    nobody: Task[Any] = Task(service=one.contract.name, base_url=one.sleep.task.base_url)
    request = build.request_for(one.contract, step, Ask(inputs=None, task=nobody))
    return Send(request, step, _TIMEOUT, nobody)


_TIMEOUT = 30.0


def shown(contract: Contract[..., Any], response: Response) -> dict[str, Answer]:
    """The tasks that a list page shows, by id; none where it is not what the contract says: then each is polled."""
    if contract.listing is None or response.status != 200:
        return {}
    try:
        items = [Answer(raw=raw) for raw in codec.split(response.body, contract.listing.step.items or "")]
        return {task_id: item for item in items if (task_id := contract.read(item).id)}
    except codec.WrongShape:
        return {}
