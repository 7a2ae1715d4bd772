"""Where the machine stands in a turn, and the ways in which a turn ends: save, sleep, fail.

What may live here: what every part of the machine needs and what decides nothing about a service's answer.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, cast

from accepted.core import codec
from accepted.core.contract import SENT_AGAIN, Act, Ask, Contract, Idempotent, Marked, Operation, Step
from accepted.core.events import Action, Fail, Finish, Forget, Save, Sleep, Tell, Turn, Wait
from accepted.core.schedule import Retries
from accepted.core.task import Task
from accepted.errors import (
    AcceptedError,
    ConnectionFailed,
    CreateUnknown,
    PollTimeout,
    Unsupported,
)

RETRIES = {"look": Retries(limit=0), "answer": Retries(limit=3), "final": Retries(limit=12)}
"""How many errors in a row are borne, by what the wait is for: a long wait outlives an outage of minutes."""

PATIENCE = 60.0
"""Seconds for which a create, a list, a cancel or an act bears being told to wait before it gives up."""

LAST_LOOK = 0.25
"""Seconds before the deadline at which a task whose next poll would come too late is asked once more."""


@dataclass(frozen=True, slots=True)
class At:
    """Where the machine stands: what `advance` was given, in one hand."""

    contract: Contract[..., Any]
    task: Task[Any]
    wait: Wait
    now: float

    @property
    def operation(self) -> Operation:
        """The steps of the operation that is under way."""
        return operation_of(self.contract, self.task.doing.operation)

    @property
    def step(self) -> Step:
        """The current one of them."""
        return self.operation[self.task.doing.step]

    @property
    def looking(self) -> bool:
        """Whether a create may exist that this task does not wholly know yet."""
        doing = self.task.doing
        doubt = doing.looking_since is not None or doing.committed
        return doing.operation == "find" or (doing.operation == "create" and doubt)

    @property
    def not_before(self) -> float:
        """The service's own wish for the next request. A clock that was set back since does not prolong it."""
        return min(self.task.doing.not_before, self.now + (self.task.retry_after or 0.0))

    def become(self, **changes: Any) -> At:
        """The same with these changes of the task."""
        return replace(self, task=replace(self.task, **changes))

    def doing(self, **changes: Any) -> At:
        """The same with these changes of where the machine stands with the task."""
        return self.become(doing=replace(self.task.doing, **changes))


@dataclass(frozen=True, slots=True)
class Onward:
    """Not the end of a turn yet: these actions, then step `index` of the operation, or its end."""

    at: At
    index: int
    first: tuple[Action, ...] = ()


Next = Turn | Onward
"""What a part of the machine answers; `machine` turns an Onward into a Turn."""


def operation_of(contract: Contract[..., Any], name: str) -> Operation:
    """The steps of an operation of the contract.

    Raises:
        Unsupported: the contract has no such operation; the ones that it has are named.
    """
    steps = contract.operations().get(name)
    if steps is not None:
        return steps
    kind, _, one = name.partition(":")
    if one:
        known = ", ".join(known[len(kind) + 1 :] for known in contract.operations() if known.startswith(f"{kind}:"))
        told = f"{contract.title} has no {kind.removesuffix('s')} {one!r}; it has: {known or 'none'}"
        raise Unsupported(told, service=contract.name)
    known = ", ".join(dict.fromkeys(known.partition(":")[0] for known in contract.operations() if known != "find"))
    raise Unsupported(f"{contract.title} has no {name}; it has: {known}", service=contract.name)


def act_of(contract: Contract[..., Any], operation: str) -> Act | None:
    """The act that an operation name stands for, or None."""
    return contract.acts.get(operation.removeprefix("act:")) if operation.startswith("act:") else None


def ask(at: At) -> Ask:
    """What the request of the current step is built from."""
    shape = _inputs_of(at.contract, at.task.doing.operation)
    raw = at.task.private.inputs
    inputs: Any = codec.decode(raw, cast("type[Any]", shape)) if shape is not None and raw is not None else None
    return Ask(inputs=inputs, task=at.task, callback_url=at.task.private.callback_url)


def _inputs_of(contract: Contract[..., Any], operation: str) -> Any:
    """The type of what the caller gave to an operation."""
    act = act_of(contract, operation)
    match operation:
        case "list":
            return contract.listing.filters if contract.listing else None
        case "find":
            return None  # a whole list is looked through, whatever the create was given
        case _ if act:
            return act.inputs
        case _:
            return contract.inputs


def committing(at: At) -> int:
    """The index of the step that commits a create."""
    return next(index for index, step in enumerate(at.contract.create) if step.commits)


# ---- the ends of a turn


def too_long(at: At, until: float) -> bool:
    """Whether a sleep until then is more than this wait bears."""
    late = at.wait.deadline is not None and until > at.wait.deadline
    return late or (at.wait.goal == "answer" and until - at.now > PATIENCE)


def sleep(at: At, until: float, earliest: float, error: AcceptedError | None = None) -> Turn:
    """Sleep until a moment, or until one last look before the deadline where that is sooner and allowed.

    `earliest` is the part of the wait that is not ours to shorten.
    Whoever sleeps until the deadline itself wakes after it, so nobody sleeps past the last look.
    """
    deadline = at.wait.deadline
    if at.wait.goal == "final" and deadline is not None:
        edge = deadline - LAST_LOOK
        until = min(until, max(edge, earliest)) if at.now < edge else until
    if at.wait.goal != "look" and not too_long(at, until):
        return at.task, (Sleep(until, at.task, earliest),)
    return timed_out(at, error)


def timed_out(at: At, error: AcceptedError | None) -> Turn:
    """The wait is over; the task is not."""
    at = _without_half_a_result(at)
    if at.looking:
        return unknown(at, str(error or "the time to look for it is over"))
    if at.wait.goal != "final" or at.task.status.final:
        return fail(at, error or ConnectionFailed(f"{at.contract.title}: no answer in the time allowed"))
    because = f" ({error})" if error else ""
    told = f"{at.task.ref} is still {at.task.status}: the wait ended, the task goes on{because}"
    wish = max(0.0, at.not_before - at.now) or None
    task, failed = fail(at, PollTimeout(told, retry_after=wish))
    return task, (save(at), *failed)


def fail(at: At, error: AcceptedError) -> Turn:
    """End with an error. A create that was refused does not exist, and the journal forgets it."""
    at = _without_half_a_result(at)
    actions: tuple[Action, ...] = (Fail(_about(at.task, error)),)
    refused = at.task.doing.operation == "create" and at.task.id is None and not at.looking
    return at.task, (Forget(at.task), *actions) if refused else actions


def _without_half_a_result(at: At) -> At:
    """Documents that did not all come are fetched anew the next time."""
    return at.become(documents={}) if at.task.doing.operation == "result" else at


def unknown(at: At, why: str) -> Turn:
    """Give up looking for a create: it stays in the journal, and a person decides."""
    at = at.doing(operation="create", step=committing(at))
    ref, name = at.task.ref, at.contract.name
    look = f"`accepted list {name}` shows what there is" if at.contract.listing else "look at the service"
    again = "`accepted resume` looks again" if isinstance(at.contract.safe, Marked) or sent_again(at) else look
    told = (
        f"{at.contract.title}: the create was sent and may or may not have made a task ({why}). "
        f"It is kept as {ref}: {again}, `accepted tasks --forget {ref}` gives it up."
    )
    return at.task, (save(at), Fail(_about(at.task, CreateUnknown(told))))


def _about(task: Task[Any], error: AcceptedError) -> AcceptedError:
    """The error with what the caller needs to act on it."""
    error.service = task.service
    error.ref = task.ref if task.id is not None or isinstance(error, CreateUnknown) else error.ref
    if task.id is not None or isinstance(error, CreateUnknown):
        error.task = task
    return error


def same_facts(source: AcceptedError, target: AcceptedError) -> AcceptedError:
    """Another error for the same answer."""
    target.status_code, target.request_id = source.status_code, source.request_id
    target.retry_after, target.problem = source.retry_after, source.problem
    return target


def done(at: At) -> Turn:
    """The operation is over: save the task, show it, finish."""
    return at.task, (save(at), Tell(at.task), Finish())


def asked_only(at: At) -> Turn:
    """Lists and other questions that are about no single task: nothing to save, nothing to tell."""
    return at.task, (Finish(),)


def save(at: At, *, must: bool = False) -> Save:
    """What the journal may keep: inputs only where sending them again is safe."""
    resend = sent_again(at)
    return Save(at.task if resend else replace(at.task, private=replace(at.task.private, inputs=None)), must)


def sent_again(at: At) -> bool:
    """Whether the create is sent once more where its answer was lost."""
    doing = at.task.doing
    match at.contract.safe:
        case Idempotent(applies=applies, within=within):
            fresh = doing.left is None or at.now - doing.left <= within
            return fresh and doing.operation == "create" and at.task.private.inputs is not None and applies(ask(at))
        case safe:
            return isinstance(safe, SENT_AGAIN)


def after(actions: tuple[Action, ...], following: Next) -> Next:
    """What follows, with these actions before its own."""
    if isinstance(following, Onward):
        return replace(following, first=(*actions, *following.first))
    task, then = following
    return task, (*actions, *then)
