"""What our client makes of each answer of a service: asked of the machine, with that service's contract."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from core_pages import NOW, raised_for
from text import code, lines, number, table

from accepted.core import codec
from accepted.core.contract import SENT_AGAIN, Contract, Idempotent, Keyed, Marked, Named
from accepted.core.events import Action, Answered, Event, Fail, Finish, Sleep, Wait
from accepted.core.machine import advance
from accepted.core.task import Doing, Private, Status, Task
from accepted.core.wire import Dropped, Response

MANY = 40
"""Errors in a row after which a repetition is taken to have no end but the timeout."""

AnyContract = Contract[..., Any]

_CODES = (400, 401, 403, 404, 409, 410, 422, 429, 500, 503)
_EVENTS: Mapping[str, Event] = {
    **{str(status): Answered(Response(status=status)) for status in _CODES},
    "200 that is not JSON": Answered(Response(status=200, body=b"<html>")),
    "lost on the way": Dropped(reason="the connection broke"),
    "service not reached": Dropped(reason="no connection", sent=False),
}
_GOOD = {"create": "returns the task with its id", "poll": "asked again by the schedule, until final"}


def decisions(contract: AnyContract) -> Iterator[str]:
    """The table of answers and what follows, and what the table does not say."""
    wanted = dict(_columns(contract))
    rows = (
        (label, *(what_follows(contract, one, event) for one in wanted.values())) for label, event in _EVENTS.items()
    )
    yield "Repeated means with growing pauses, and never before the Retry-After of the answer."
    yield table(" | ".join(("answer", *wanted)), (*_good_row(wanted.values()), *rows))
    yield lines(
        f"A 404 to a poll within {number(contract.grace)} of our own create means not yet." if contract.grace else "",
        "A 401 is asked once more where the credential can be read anew and has changed.",
    )
    yield table(
        "the service's own error word | error", ((code(a), code(b.__name__)) for a, b in contract.refusals.items())
    )


def _columns(contract: AnyContract) -> Iterator[tuple[str, str]]:
    yield "`create_task`", "create"
    if contract.poll:
        yield "`poll_task`", "poll"
    for name, act in contract.acts.items():
        if any(step.commits for step in act.steps):
            yield f"`act`, as `{name}`", f"act:{name}"
            return


def _good_row(operations: Iterable[str]) -> Iterator[tuple[str, ...]]:
    yield "2xx", *(_GOOD.get(operation, "returns the task") for operation in operations)


def what_follows(contract: AnyContract, operation: str, event: Event) -> str:
    """What the machine does about an event of this operation, in words: asked of it after 0, 1, 2, ... errors."""
    for failures in range(MANY):
        task, action = _turn(contract, operation, event, failures)
        if not isinstance(action, Sleep):
            first = f"repeated {failures} times, then " if failures else ""
            return first + _in_words(task, action, operation)
    return "repeated until the timeout"


def _in_words(task: Task[Any], action: Action, operation: str) -> str:
    match action:
        case Fail(error=error):
            return f"`{type(error).__name__}`"
        case Finish() if operation == "poll" and (error := raised_for(task)):
            return f"`{type(error).__name__}`"
        case Finish():
            return "returns the task"
        case _:
            return "looked for by its marker, then adopted or `CreateUnknown`"


def _turn(contract: AnyContract, operation: str, event: Event, failures: int) -> tuple[Task[Any], Action]:
    """One turn for a task that is being created, or was long ago."""
    steps = contract.operations()[operation]
    creating = operation == "create"
    resend = creating and isinstance(contract.safe, SENT_AGAIN)
    doing = Doing(
        operation=operation,
        step=next((index for index, step in enumerate(steps) if step.commits), 0),
        sent_at=NOW if creating else 0.0,
        failures=failures,
    )
    task: Task[Any] = Task(
        service=contract.name,
        id=None if creating else re.sub(r"\{\+?\w+\}", "1", contract.id_template),
        status=Status.SUBMITTING if creating else Status.IN_PROGRESS,
        marker="accepted-0",
        base_url=contract.base_url or "https://api.example.com",
        doing=doing,
        private=Private(inputs=codec.encode(dict(contract.example_inputs)) if resend else None),
    )
    wait = Wait(goal="final" if operation == "poll" else "answer")
    changed, actions = advance(contract, task, wait, event, NOW)
    return changed, actions[-1]


# ---- my create timed out


def lost_create(contract: AnyContract) -> str:
    """How not to start two tasks."""
    return lines(
        "A create whose answer is lost may or may not have made a task; it is never simply sent again.",
        "The task stands in the journal as `submitting` before the create leaves, so a killed process loses nothing.",
        *_WAYS[type(contract.safe)](contract),
        *_unknown(contract),
        "To make a script safe to run again, give each create a key of your own: `client.with_options(key=...)`.",
    )


def _unknown(contract: AnyContract) -> Iterator[str]:
    if contract.safe:
        yield "If that does not find it, `CreateUnknown` is raised (exit code 9) and the task stays in the journal:"
        yield "`accepted resume` looks again, and `accepted tasks --forget REF` gives it up."
        return
    yield "So `CreateUnknown` is raised (exit code 9), and the task stays in the journal until a person has looked:"
    listed = f", as `accepted list {contract.name}` may show it" if contract.listing else ""
    yield f"`accepted tasks --forget REF` gives it up, whether it was made{listed}, or not."


def _no_way(_: AnyContract) -> Iterator[str]:
    yield "This service offers no way to find it again: neither a key that it honours nor a list that shows our mark."


def _keyed(contract: AnyContract) -> Iterator[str]:
    header = contract.safe.header if isinstance(contract.safe, Keyed) else ""
    yield f"This service honours a key in the field `{header}`: the same create is sent again with the same key."


def _named(_: AnyContract) -> Iterator[str]:
    yield "Here the client chooses the name: sent again, the create is refused as taken, which means that it exists."


def _marked(contract: AnyContract) -> Iterator[str]:
    yield "There is no idempotency key here, so our own marker travels in the create and is looked for in the list,"
    yield f"for {number(contract.grace)}: exactly one match is adopted; none, or several, are not."


def _idempotent(_: AnyContract) -> Iterator[str]:
    yield "A create that may be repeated as it is (a PUT or DELETE, or one with a key of its own) is sent again;"
    yield "one that may not is the create of the table above."


_WAYS: Mapping[type, Callable[[AnyContract], Iterator[str]]] = {
    type(None): _no_way,
    Keyed: _keyed,
    Named: _named,
    Marked: _marked,
    Idempotent: _idempotent,
}
