"""Which operation tells the status of what another one began; which one cancels it, and which lists it.

What may live here: which of several partners is the one. How a poll is found stands in `ways`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from accepted.documents.book import Book, is_job_like, nouns_at_end
from accepted.documents.signals import Signals
from accepted.documents.ways import LAST_WAYS, WAYS, Partner, Way
from accepted.documents.words import (
    CANCEL_VERBS,
    LIST_VERBS,
    STATUS_NOUNS,
    STRICT_CANCEL_VERBS,
    TASK_NOUNS,
    singular,
    tokens,
)


def poll_of(book: Book, create: Signals) -> Partner | None:
    """The operation that tells what became of a create; of several, the first that tells about as much as it does."""
    first: Partner | None = None
    for found in _candidates(book, create, WAYS):
        if _is_enough(found, create):
            return found
        if first is None or first.signals.strength < 1 <= found.signals.strength:
            first = found
    weak = first if first and (first.signals.strength >= 1 or not _records(create, first.signals)) else None
    last = (found for found in _candidates(book, create, LAST_WAYS) if not _tells_less(create, found.signals))
    silent = weak or next(last, None)
    return _status_of(book, silent) if silent and silent.signals.vocabulary is None else silent


def _status_of(book: Book, silent: Partner) -> Partner:
    """What tells the status of what is read, where the read itself tells none: `/tasks/{id}`, `/tasks/{id}/status`."""
    for one in book.gets((*silent.signals.shape, "status")):
        if one.strength >= 0:
            return replace(silent, signals=one, why=f"{silent.why}; `GET {one.operation.path}` tells its status")
    return silent


def _is_enough(found: Partner, create: Signals) -> bool:
    told = found.signals.strength
    given = told >= 0 and _is_given(found.signals, create)
    return found.sure or given or found.signals.operation_shaped or told >= min(max(create.strength, 1), 2)


def _is_given(read: Signals, create: Signals) -> bool:
    """Whether a read tells of what a create answers with, and that is neither what is acted on nor what is added."""
    told, given = read.subject, create.subject
    same = told is not None and given is not None and told.schema.home == given.schema.home
    return same and create.shape not in {read.shape[:-1], (*read.shape, create.shape[-1])}


def _records(create: Signals, read: Signals) -> bool:
    """Whether what reads the record that a create keeps tells of no work: the answer is nothing, or tells more."""
    kept = create.answer is None and bool(read.record_noun) and not is_job_like(read)
    return kept or _tells_less(create, read)


def _tells_less(create: Signals, read: Signals) -> bool:
    """Whether a create answers with a status of work, and the read of a thing with none."""
    works = is_job_like(read) or read.accepts or read.job_id or nouns_at_end(read) & TASK_NOUNS
    told = read.answer is not None and bool(read.answer.properties)
    return create.strength >= 2 and told and read.vocabulary is None and not works


def cancel_of(book: Book, poll: Signals) -> Partner | None:
    """The operation that asks to stop what a poll tells of."""
    return next(iter(_cancels(book, poll)), None)


def list_of(book: Book, poll: Signals) -> Partner | None:
    """The operation that lists what a poll tells of one by one."""
    if poll.rpc:
        return _rpc_partner(book, poll, LIST_VERBS, "lists")
    above = _collection(poll.shape)
    if not above:
        return None
    found = (one for one in book.gets(above, poll.query) if one.listed is not None or one.lists)
    return next((Partner(one, f"lists what `{poll.operation.key}` tells of") for one in found), None)


def _candidates(book: Book, create: Signals, ways: Sequence[Way]) -> Iterator[Partner]:
    found = (one for way in ways for one in way(book, create))
    return (one for one in found if one.signals is not create)


def _cancels(book: Book, poll: Signals) -> Iterator[Partner]:
    told = f"stops what `{poll.operation.key}` tells of"
    verbs = _verbs(book, poll)
    if poll.rpc and (found := _rpc_partner(book, poll, verbs, "stops")):
        yield found
    for shape in _cancel_shapes(poll, verbs):
        for one in sorted(book.at_shape.get(shape, ()), key=lambda one: one.query != poll.query):
            if one.operation.method != "GET":
                yield Partner(one, told)
    for one in book.at_shape.get(poll.shape, ()):
        if one.operation.method in {"DELETE", "POST"} and _says_cancel(one):
            yield Partner(one, told)


def _verbs(book: Book, poll: Signals) -> frozenset[str]:
    """The verbs that stop what a poll tells of; of a thing, which can be started again, only those for work."""
    things = poll.shape[-2:-1] == ("{}",) and not poll.job_noun
    again = things and any(book.posts((*poll.shape[:-1], verb)) for verb in ("deploy", "restart", "start"))
    above = {singular(word) for part in poll.shape[:-1] for word in tokens(part)}
    return CANCEL_VERBS if is_job_like(poll) and not (again and not above & TASK_NOUNS) else STRICT_CANCEL_VERBS


def _rpc_partner(book: Book, one: Signals, verbs: frozenset[str], does: str) -> Partner | None:
    several = book.rpc_by_object.get(one.object, ())
    found = (other for other in several if other is not one and other.rpc_verb in verbs)
    return next((Partner(other, f"{does} what `{one.operation.key}` tells of") for other in found), None)


# ---- what the paths of a cancel and a list look like


def _cancel_shapes(poll: Signals, verbs: frozenset[str]) -> Iterator[tuple[str, ...]]:
    """The paths at which what a poll tells of may be stopped: a verb behind it, or instead of its word for status."""
    base = poll.shape if poll.on_item else poll.shape[:-1]
    for verb in sorted(verbs):
        yield (*base, verb)
        if STATUS_NOUNS & {*poll.shape}:
            yield tuple(verb if part in STATUS_NOUNS else part for part in poll.shape)


def _collection(shape: tuple[str, ...]) -> tuple[str, ...]:
    """The path of the collection that a poll reads one of (`/jobs/{}`, `/jobs/{}/status`), or nothing."""
    match shape:
        case (*above, "{}"):
            return tuple(above)
        case (*above, "{}", word) if word in STATUS_NOUNS:
            return tuple(above)
        case _:
            return ()


def _says_cancel(one: Signals) -> bool:
    said = {*one.name, *tokens(one.operation.summary)}
    return bool(said & {"abort", "aborts", "cancel", "cancels", "dismiss", "stop", "stops"})
