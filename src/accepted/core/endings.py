"""What follows when the last step of an operation was answered: one function an operation, one table of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from accepted.core import codec
from accepted.core.contract import Named
from accepted.core.events import Finish, Tell, Warn
from accepted.core.learn import UNMAPPED, learn, reopened
from accepted.core.lost import ambiguous, searched
from accepted.core.task import Private, Status
from accepted.core.turn import At, Next, Onward, act_of, after, ask, asked_only, committing, done, fail, save, sleep
from accepted.core.verdict import advice
from accepted.errors import ContractBroken


def _made(at: At) -> Next:
    """The create is over: from here on the task has an id, and its inputs are no longer needed."""
    if at.task.id is None and isinstance(at.contract.safe, Named):
        at = at.become(id=at.contract.safe.task_id(ask(at)))
    if at.task.id is None:
        at = at.doing(step=committing(at))
        return ambiguous(at, ContractBroken(f"{at.contract.title} accepted the task but gave no id"), answered=True)
    status = Status.QUEUED if at.task.status is Status.SUBMITTING else at.task.status
    private = replace(at.task.private, inputs=None)
    at = at.become(status=status, private=private).doing(
        failures=0, made_at=at.now, looking_since=None, committed=False, cursor=None, page=0
    )
    return at.task, (save(at), Tell(at.task), Finish())


def polled(at: At) -> Next:
    """A poll said what there is to say: it is over, or the next one is due."""
    word = at.task.service_status
    strange = at.task.status is Status.UNKNOWN and at.task.reason != UNMAPPED
    if not strange or word is None or word == at.task.doing.warned:
        return _went_on(at)
    told = f"{at.task.ref}: {at.contract.title} says {word!r}, which is not declared; it is not taken for an end"
    told += advice(at.contract, at.task, None)
    return after((Warn(at.task, told),), _went_on(at.doing(warned=word)))


def _went_on(at: At) -> Next:
    if at.task.status.final:
        return ended_poll(at)
    if at.task.status is Status.UNKNOWN and at.task.reason == UNMAPPED:
        word = at.task.service_status or codec.shorten(at.task.raw or b"")
        told = f"{at.contract.title} calls {at.task.ref} over, in a word that nobody documented: {word!r}"
        return after((save(at), Tell(at.task)), fail(at, ContractBroken(told)))
    if at.wait.goal == "look" or at.task.status is Status.INPUT_REQUIRED:
        return done(at)
    return after((save(at), Tell(at.task)), sleep(at.doing(step=0), *due(at)))


def due(at: At) -> tuple[float, float]:
    """When the next poll is due, and before when it must not come: for the service's wish, and for the user's."""
    doing = at.task.doing
    asked = doing.asked_at if doing.asked_at is not None else doing.left
    if asked is None:
        return at.now, at.now
    # A clock that was set back must not make a task wait for the future to come again.
    asked = min(asked, at.now)
    born = doing.reopened_at or doing.left or (at.task.created_at.timestamp() if at.task.created_at else asked)
    delay = at.contract.schedule.delay(at.now - born, at.wait.seed, doing.polls)
    earliest = max(at.not_before, asked + at.wait.min_interval)
    return max(asked + delay, earliest), earliest


def ended_poll(at: At) -> Next:
    """The task is final: its result documents follow, where they are wanted and not there yet."""
    if at.wait.results and at.contract.results and not at.task.documents and at.task.status is not Status.GONE:
        at = at.doing(operation="result", step=0, page=0, cursor=None)
        return Onward(at, 0, (save(at),))
    return _concluded(at)


def _concluded(at: At) -> Next:
    at = at.doing(operation="poll", step=0, page=0, cursor=None)
    if not at.wait.results or at.task.status is Status.GONE:
        return done(at)
    try:
        if at.contract.conclude:
            reading = at.contract.conclude(at.task)
            at = replace(at, task=learn(at.task, reading, at.contract.words, at.now))
        files = at.contract.artifacts(at.task) if at.contract.artifacts else ()
        at = at.become(value=at.contract.result(at.task), artifacts=files, private=Private())
        settled = at.contract.settled is None or at.contract.settled(at.task)
        return done(at if settled else at.become(documents={}))
    except Exception as error:  # noqa: BLE001  # a contract's function, over a document of any form
        told = f"{at.contract.title}: the result of {at.task.ref} has another shape: {error}"
        return fail(at, ContractBroken(told))


def _cancelled(at: At) -> Next:
    return done(at if at.task.status.final else at.become(status=Status.CANCELLING))


def _acted(at: At) -> Next:
    act = act_of(at.contract, at.task.doing.operation)
    at = at.become(private=replace(at.task.private, inputs=None))
    if act and act.reopens and at.task.status.final:
        at = replace(at, task=reopened(at.task, at.now))
    elif act and any(step.commits for step in act.steps) and at.task.status is Status.INPUT_REQUIRED:
        at = at.become(status=Status.IN_PROGRESS, reason=None, message=None)
    return done(at)


ENDINGS: dict[str, Callable[[At], Next]] = {
    "create": _made,
    "find": searched,
    "poll": polled,
    "result": _concluded,
    "cancel": _cancelled,
    "act": _acted,
    "list": asked_only,
    "items": asked_only,
    "usage": asked_only,
    "download": asked_only,
}
