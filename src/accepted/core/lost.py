"""A create or act that may have been seen and whose answer is lost: it is never simply sent again.

The contract's declared way: the same key or name is sent again; our marker is looked for in the list
(exactly one match is adopted); otherwise the outcome is unknown, and a person decides.
"""

from __future__ import annotations

from dataclasses import replace

from accepted.core import codec
from accepted.core.contract import Idempotent, Marked
from accepted.core.events import Sleep
from accepted.core.learn import learn
from accepted.core.read import Answer, Reading
from accepted.core.schedule import Retries
from accepted.core.turn import (
    PATIENCE,
    RETRIES,
    At,
    Next,
    Onward,
    after,
    asked_only,
    committing,
    fail,
    save,
    sent_again,
    sleep,
    too_long,
    unknown,
)
from accepted.errors import AcceptedError, CreateUnknown, OutcomeUnknown

CLOCK_SKEW = 3600.0
"""Seconds by which a service's clock may differ from ours when an old list item ends a search."""

_SEARCH = Retries(limit=0, first=0.5, longest=10.0)


def recover(at: At) -> Next:
    """A create that was sent before: the contract's declared way to its answer, and never another create."""
    doing, first = at.task.doing, committing(at)
    if doing.committed:
        return Onward(at.doing(operation="create", step=first, page=0, cursor=None, failures=0), first + 1)
    if at.task.id is not None or doing.sent_at is None:
        return asked_only(at)
    # The request may have been processed until its time was up; the grace counts from there.
    since = min(at.now, (doing.left or 0.0) + at.wait.request_timeout)
    lost = CreateUnknown("its answer was never recorded")
    return ambiguous(at.doing(operation="create", step=first, looking_since=since, failures=0), lost)


def ambiguous(at: At, error: AcceptedError, *, answered: bool = False) -> Next:
    """A committing step may have been seen, or was (`answered`, though not readably): it is never simply sent again."""
    since = at.task.doing.looking_since
    at = at.doing(looking_since=at.now if since is None else since)
    if at.task.doing.operation != "create":
        return fail(at, OutcomeUnknown(f"{error}. The act may or may not have happened; look before repeating it."))
    failures = at.task.doing.failures + 1
    match at.contract.safe:
        case Idempotent() if answered:
            # Without its inputs it cannot be sent again later either.
            return unknown(at.become(private=replace(at.task.private, inputs=None)), str(error))
        case _ if failures <= RETRIES["answer"].limit and at.task.private.inputs is not None and sent_again(at):
            until = max(at.now + RETRIES["answer"].delay(failures, at.wait.seed), at.not_before)
            return after((save(at),), sleep(at.doing(failures=failures), until, until, error))
        case Marked():
            found = at.doing(operation="find", step=0, page=0, cursor=None, failures=0, searches=0, found=())
            return Onward(found, 0, (save(at),))
        case _:
            return unknown(at, str(error))


def matched(at: At, items: list[bytes]) -> At:
    """Note which of these list items carry our marker."""
    found = {
        reading.id: item for item in items if _carries(at, item) and (reading := _reading(at, item)) and reading.id
    }
    known = dict.fromkeys((*at.task.doing.found, *(one for one in found if one)))
    return at.become(raw=next(iter(found.values()), at.task.raw)).doing(found=tuple(known))


def _carries(at: At, item: bytes) -> bool:
    try:
        return isinstance(at.contract.safe, Marked) and at.contract.safe.carries(Answer(raw=item), at.task.marker)
    except codec.WrongShape:
        return False  # an item that cannot be read is somebody else's


def _reading(at: At, item: bytes) -> Reading | None:
    try:
        return at.contract.read(Answer(raw=item))
    except codec.WrongShape:
        return None


def far_enough(at: At, items: list[bytes]) -> bool:
    """Whether a search has come to items that are older than the create."""
    listing, sent_at = at.contract.listing, at.task.doing.sent_at
    if at.task.doing.operation != "find" or not items or listing is None or sent_at is None:
        return False
    oldest = _reading(at, items[-1])
    created_at = oldest.created_at if oldest else None
    return listing.newest_first and created_at is not None and created_at.timestamp() < sent_at - CLOCK_SKEW


def searched(at: At) -> Next:
    """A pass over the list is over: exactly one match is adopted."""
    doing = at.task.doing
    match doing.found:
        case (only,):
            return _adopted(at, only)
        case ():
            return search_again(at, "no task in the list carries its marker")
        case several:
            return unknown(at, f"{len(several)} tasks carry its marker: {', '.join(several)}")


def _adopted(at: At, task_id: str) -> Next:
    reading = at.contract.read(Answer(raw=at.task.raw or b"null"))
    task = learn(replace(at.task, id=task_id), reading, at.contract.words, at.now)
    doing = replace(task.doing, operation="create", found=())
    return Onward(replace(at, task=replace(task, doing=doing)), committing(at) + 1)


def search_again(at: At, why: str, *, failed: bool = False) -> Next:
    """A pass without a match: another one, until the grace is over. The last one is made when it ends, not before.

    A pass that failed has seen nothing, so that one more is made for it: a few, even beyond the grace.
    """
    doing, retries = at.task.doing, RETRIES["answer"]
    end = (at.now if doing.looking_since is None else doing.looking_since) + at.contract.grace
    if at.now < end:
        failures, over = 0, False
        until = min(at.now + _SEARCH.delay(doing.searches + 1, at.wait.seed), end)
    else:
        failures = doing.failures + 1
        over = not failed or failures > retries.limit or at.now >= end + PATIENCE
        until = at.now + retries.delay(failures, at.wait.seed)
    until = max(until, at.not_before)
    if at.wait.goal == "look" or over or too_long(at, until):
        return unknown(at, why)
    at = at.doing(searches=doing.searches + 1, failures=failures, step=0, page=0, cursor=None, found=())
    return at.task, (Sleep(until, at.task, until),)
