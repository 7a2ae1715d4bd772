"""How surely an operation is asynchronous: the tiers, and the rules of each.

What may live here: pure functions from the signals of an operation and its partner to a tier and its reasons.

| tier | a create because |
|---|---|
| A | it answers 202, is called long-running by an extension, names a monitor in a header, or answers an Operation |
| B | what it began can be polled for a status of work, and there is enough beside (`_evidence`) |
| B | its text or its answer says outright that its work is done later, its name says `async`, or an input does |
| B | its text may say so, beside a word for work, a verb that starts it or a URL to report to |
| C | the pair alone, or prose alone that may say so |
| D | a word for a job alone |

A and B are reported; C and D are suggestions. Records that people or money move on (`_record`: the caller sets the
status, the noun is that of a record, there is money) are one tier lower, and no suggestion at all without more.

What was tuned on what. The tiers are those of the project's rules. The weights of `_evidence`, what `_NEEDED` asks for
and the strengths of `statuses.Vocabulary` were chosen on nine labelled public descriptions: three of AI services, one
of transcription, one of a cloud, one of file storage, one Azure service of Swagger 2, and two without tasks. What was
wrong on about twenty further public descriptions, which nobody labelled, was mended too, and the small documents in
other styles that the tests hold were written beside it. Later 1,187 more were labelled before the detector saw
them, in fifty-three sets, each looked into only after it was measured: `docs/lint.md` has those figures. By now
all have been looked into, so no figure measured on any of these again holds for a new one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Literal

from accepted.documents.book import Book, is_job_like, nouns_at_end
from accepted.documents.openapi import Operation
from accepted.documents.pairs import cancel_of, poll_of
from accepted.documents.phrases import SURELY_LATER, TAKES_LONG
from accepted.documents.signals import LATEST, NEWEST, Signals
from accepted.documents.ways import Partner, in_path, moved_to
from accepted.documents.words import (
    ALSO_THINGS,
    ASK_VERBS,
    ATTEMPT_NOUNS,
    CANCEL_VERBS,
    CHANGE_VERBS,
    CREATE_VERBS,
    FINISH_VERBS,
    JOB_NOUNS,
    LIST_VERBS,
    READ_NOUNS,
    READ_VERBS,
    START_VERBS,
    STATUS_NOUNS,
    STRICT_CANCEL_VERBS,
    TASK_NOUNS,
    WORK_NOUNS,
    nouns,
    singular,
    tokens,
)

Role = Literal["create", "poll", "cancel", "list"]
Tier = Literal["A", "B", "C", "D"]

_REPORTED = frozenset({"A", "B"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmed:
    """What the user's configuration says of operations, by operationId or `METHOD path`.

    Attributes:
        roles: operations whose role is known.
        dismissed: operations that are not asynchronous, whatever they look like.
    """

    roles: Mapping[str, Role] = field(default_factory=dict[str, Role])
    dismissed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Detected:
    """An operation with its role.

    Attributes:
        operation: the operation.
        role: what it does to a task.
        tier: how surely; A where it is declared.
        why: the reasons, in words.
        declared: whether the document or the configuration says so, rather than we.
        creates: of a poll, cancel or list: the creates that it belongs to.
        poll, cancel, listing: of a create: its partners, where there are any.
    """

    operation: Operation
    role: Role
    tier: Tier
    why: tuple[str, ...]
    declared: bool = False
    creates: tuple[Operation, ...] = ()
    poll: Operation | None = None
    cancel: Operation | None = None
    listing: Operation | None = None

    @property
    def reported(self) -> bool:
        """Whether it is sure enough for findings; else it is a suggestion to confirm or dismiss."""
        return self.tier in _REPORTED

    @property
    def pair(self) -> Operation | None:
        """Of a create its poll, of the others the first create that they belong to."""
        return self.poll if self.role == "create" else next(iter(self.creates), None)


Made = tuple[Signals, Detected, Partner | None]
"""A create, what it is detected as, and its poll."""


# ---- creates


def create_of(one: Signals, book: Book) -> Made | None:
    """What an operation is as a create, by the first tier whose rule it meets."""
    writes = one.operation.method in {"POST", "PUT", "PATCH", "DELETE"} or one.begins_by_get
    if not writes or _only_asks(one) or _only_stops(one, book):
        return None
    certain = _certain(one)
    partner = poll_of(book, one)
    if certain:
        return one, detected_as(one, "create", "A", *certain), partner
    if (
        _gets(one, partner)
        or one.waits
        or _has_async_twin(one, book)
        or one.streams
        or (one.strength < _TOLD and not (one.later or one.flag) and _has_twin(one, book))
    ):
        return None
    asked = one.asks_async and one.operation.method == "POST"
    goes_on = (
        one.later
        or asked
        or _gives_job(one, partner)
        or _puts_job(one)
        or (one.deletes and moved_to(one, one))
        or _gives_task(one, partner)
    )
    if goes_on or (one.operation.method in {"POST", "PUT"} and not _changes(one, partner)):
        return _likely(one, book, partner)
    return None


def _gets(one: Signals, partner: Partner | None) -> bool:
    """Whether it only gets what is there, as its summary says, and nothing of it says that it begins something."""
    told = one.says or one.later or one.flag or one.callback
    given = bool(one.job_id) and not in_path(one, one.job_id)
    begins = told or given or (partner and _is_created(one, partner.signals))
    return one.says_it_gets and not begins


def _has_twin(one: Signals, book: Book) -> bool:
    """Whether tasks of the same are added to below it, and it says no status: `/embed`, `/embed/tasks`."""
    below = (other for word in _TWINS for other in book.posts((*one.shape, word)))
    return not one.on_item and any(other.operation.method == "POST" for other in below)


def _has_async_twin(one: Signals, book: Book) -> bool:
    """Whether its path says `sync`, or nothing, where that of another says `async`: `/convert`, `/convert/async`."""
    other = tuple(_SYNC.sub("async", part) for part in one.shape)
    named = other != one.shape and bool(book.posts(other))
    return not one.later and (named or _answers_at_once(one, book))


def _answers_at_once(one: Signals, book: Book) -> bool:
    """Whether it has a twin that does not, and nothing that is made by it is read: `/convert`, `/convert/async`."""
    twin = any(other.operation.method == "POST" for other in book.posts((*one.shape, "async")))
    return twin and not (one.flag or any(book.gets((*one.shape, "{}"))))


_SYNC = re.compile(r"(?<![a-z])sync(?![a-z])")
_TOLD = 2
_TWINS = ("async", "job", "jobs", "task", "tasks")


def _gives_job(one: Signals, partner: Partner | None) -> bool:
    """Whether it answers with a job that it has begun, and what reads that, if anything does, tells how far it is."""
    read = partner.signals if partner else None
    plain = read is not None and read.strength < 0 and read.answer is not None and bool(read.answer.properties)
    told = read is not None and read.strength >= 2 and is_job_like(read)
    given = one.gives_job or (told and one.deletes and one.begins_with_id and one.only_names)
    return given and not (plain or (read is not None and read.shape == one.shape))


def _puts_job(one: Signals) -> bool:
    """Whether it is a PUT that only ever makes a job, with the caller's own id: `PUT /print-commands/{commandId}`."""
    made = "create" in one.name and nouns_at_end(one) == frozenset({"job"})
    jobs = made or (ATTEMPT_NOUNS | {"command"}) & nouns_at_end(one)
    return one.operation.method == "PUT" and one.on_item and bool(jobs) and one.codes == frozenset({"201"})


def _gives_task(one: Signals, partner: Partner | None) -> bool:
    """Whether it answers with a task that is read elsewhere, whatever its method does to the thing at its path."""
    if partner is not None and partner.carried:
        return True
    if partner is None or partner.signals.last_word in one.shape or (one.on_item and one.sets_status):
        return False
    if one.on_item and one.last_param == partner.signals.last_param:
        return False
    read = partner.signals
    same = one.subject is not None and read.subject is not None and one.subject.schema.home == read.subject.schema.home
    of_work = is_job_like(read) or (same and bool(nouns_at_end(read) & WORK_NOUNS))
    return min(one.strength, read.strength) >= 2 and of_work


def _only_asks(one: Signals) -> bool:
    """An RPC operation that is called after reading or searching is no create."""
    if one.last_word == "wait":
        return True
    if (one.last_word == "next" or one.name[:2] == ("batch", "get")) and not (one.accepts or one.monitor_header):
        return True
    lists = one.rpc_verb == "query" and one.listed is not None and one.strength < 1
    asks = lists or one.rpc_verb in (READ_VERBS | LIST_VERBS) - {"query"}
    begins = one.later and CREATE_VERBS & {*one.name[:1]}
    flagged = one.flag and one.listed is None
    return asks and not (one.extension or one.accepts or flagged or begins)


def _only_stops(one: Signals, book: Book) -> bool:
    """An operation that stops a task is its cancel, also where it answers 202."""
    if not one.cancels and one.operation.method == "DELETE" and one.on_item and singular(one.last_word) in JOB_NOUNS:
        return stops_by_deleting(one, book)
    if not one.cancels:
        return False
    above = one.shape[:-1] if not one.on_item else one.shape
    polls = [poll for poll in book.gets(above) if poll.on_item and is_job_like(poll)]
    return bool(polls) or one.cancels in STRICT_CANCEL_VERBS or _stops_work(one)


def stops_by_deleting(one: Signals, book: Book) -> bool:
    """Whether it deletes a task, and no other operation stops that: else it only removes what is over."""
    task = next((poll for poll in book.gets(one.shape) if is_job_like(poll)), None)
    other = cancel_of(book, task) if task else None
    return task is not None and (other is None or other.signals is one)


def _stops_work(one: Signals) -> bool:
    """Whether what is stopped is work: `/scans/{id}/stop` or `stopScan`, not `/servers/{id}/stop`."""
    before = [part for part in one.segments[:-1] if "{" not in part][-1:]
    words = {singular(word) for part in before for word in tokens(part)}
    if {one.rpc_verb, *one.name[:1]} & CANCEL_VERBS and one.object & TASK_NOUNS:
        return True
    return one.last_word in CANCEL_VERBS and not one.on_item and bool(words & TASK_NOUNS)


def _certain(one: Signals) -> list[str]:
    """The reasons of tier A."""
    reasons = {
        "answers 202": one.accepts,
        f"`{one.extension}` calls it long-running": one.extension,
        f"the header `{one.monitor_header}` names a status monitor": one.monitor_header,
        "answers with an Operation": one.operation_shaped and not _waits(one),
    }
    return [told for told, so in reasons.items() if so]


def _waits(one: Signals) -> bool:
    """An operation below an operation (`:wait`, `:cancel`) begins none."""
    return nouns_at_end(one) & {"operation"} != frozenset() or one.last_word in {"wait", "cancel"}


def _changes(one: Signals, partner: Partner | None) -> bool:
    """Whether it only changes what is there: a write to what the poll reads, or an act below it that begins nothing."""
    if one.act[:1] and one.act[0] in FINISH_VERBS:
        return True
    if ASK_VERBS & {*one.name, *tokens(one.last_word)} and not (one.starts_job or one.says or one.begins_with_id):
        return True
    begins = (
        one.starts
        or one.verb in START_VERBS | {"create"}
        or singular(one.last_word) in WORK_NOUNS
        or one.callback
        or one.flag
        or one.later
        or moved_to(one, partner.signals if partner else one)
    )
    if one.operation.method == "PUT" and not (begins and not one.on_item):
        return True
    if partner is None:
        return one.on_item
    poll = partner.signals
    if (
        CHANGE_VERBS & {*one.name[:1]}
        and poll.shape[:-1] == one.shape
        and not (begins or CHANGE_VERBS & nouns(one.last_word))
    ):
        return True
    inside = poll.on_item and one.shape[: len(poll.shape)] == poll.shape
    return (inside and not begins) or (one.shape == poll.shape and poll.on_item and not one.starts_job)


def _likely(one: Signals, book: Book, partner: Partner | None) -> Made | None:
    """Tiers B, C and D, or nothing."""
    poll = partner.signals if partner else None
    strength = _strength(one, partner)
    record = _record(one, poll, book)
    if partner is None and strength < 3 and not (moved_to(one, one) or _gives_job(one, partner)):
        return None if record and not one.later else _by_words(one, None)
    evidence = _evidence(one, poll, strength, book) | _by_partner(one, partner)
    alone = partner is None and not moved_to(one, one)
    unsure = alone or (partner is not None and _is_silent(partner) and not (one.job_id or one.begins_run))
    again = _is_done_again(one, poll)
    tier = _weighed(evidence, strength, more=unsure + _SEVERAL * again - _SHOWN * bool(one.shows))
    if record and not one.flag:
        tier = "C" if tier == "B" else None
    if tier is None or (tier != "B" and one.later):
        return None if record and not one.later else _by_words(one, partner)
    shows = f"answers with {one.vocabulary}" if one.vocabulary else f"answers {'/'.join(sorted(one.codes))}"
    if poll is not None and poll.vocabulary is not None:
        shows = f"`{poll.operation.key}` exposes {poll.vocabulary}"
    return one, detected_as(one, "create", tier, shows, *evidence), partner


def _is_done_again(one: Signals, poll: Signals | None) -> bool:
    """Whether what is made stays and is done time and again: then its status is that of the last time."""
    told = poll or one
    made = one.shape[-2:-1] != ("{}",) and not nouns_at_end(one) & WORK_NOUNS
    coming = told.vocabulary is not None and bool(told.vocabulary.coming)
    return bool(told.done_again or one.done_again) and made and not coming


def _strength(one: Signals, partner: Partner | None) -> int:
    """How much the status of a pair tells of a task.

    Where the noun is one of work, being ready is an end of it, and so is what can be fetched.
    """
    strength = max(one.strength, _told_by(one, partner), 0 if _gives_job(one, partner) else -1)
    told = partner.signals if partner else one
    words = told.vocabulary
    made = words and words.waiting and ((words.settled and words.failed) or (words.succeeded and told.yields))
    return 2 if strength == 1 and made and nouns_at_end(one) & WORK_NOUNS else strength


def _told_by(one: Signals, partner: Partner | None) -> int:
    """How much a poll tells of a task; where it has no status, but is surely one, as much as a bare field."""
    if partner is None:
        return -1
    poll = partner.signals
    sure = partner.sure or poll.accepts or says_status(poll) or (_is_silent(partner) and one.followed)
    return max(poll.strength, 0) if sure else poll.strength


def _is_silent(partner: Partner) -> bool:
    """Whether nothing that a poll answers with is a status."""
    return partner.signals.vocabulary is None and not says_status(partner.signals)


def _weighed(evidence: Mapping[str, int], strength: int, *, more: int) -> Tier | None:
    """The tier of a pair: a weak status needs more beside it, and one strong reason; no partner needs a little more."""
    enough = sum(evidence.values()) >= _NEEDED.get(strength, _NEVER) + more
    if enough and (strength >= 2 or max(evidence.values(), default=0) >= 2):
        return "B"
    return "C" if strength >= 1 or enough else None


_NEEDED = {3: 2, 2: 3, 1: 4, 0: 4}
_NEVER = 99
_SEVERAL = 2
"""How much more is needed where what is made is done time and again, and its status is that of the last time."""

_SHOWN = 2
"""How much less is needed beside a status where the answer shows no word but one that says that work is not over."""


def _by_words(one: Signals, partner: Partner | None) -> Made | None:
    """What its prose and its names alone make of it: B, C, or D by a word for a job."""
    if one.later:
        return one, detected_as(one, "create", "B", f"the text says `{one.later}`"), partner
    if one.asks_async and one.operation.method == "POST":
        return one, detected_as(one, "create", "B", f"`{one.flag}` asks for it"), partner
    if one.says and (one.operation.method == "POST" or (one.named_async and one.operation.method == "PUT")):
        beside = one.starts or one.callback or one.work_noun
        surely = one.named_async or (beside and (one.starts or TAKES_LONG.search(one.says)))
        tier: Tier = "B" if surely else "C"
        told = f"its name says `{one.named_async}`" if one.named_async else f"the text says `{one.says}`"
        reasons = (told, *([f"`{beside}` says that there is work"] if beside else []))
        return one, detected_as(one, "create", tier, *reasons), partner if tier == "B" else None
    noun = singular((tokens(one.last_word) or ("",))[-1])
    if noun in JOB_NOUNS and not one.on_item and one.operation.method == "POST":
        return (
            one,
            detected_as(one, "create", "D", f"its path ends in `{one.last_word}`, which often stands for tasks"),
            None,
        )
    return None


def _evidence(one: Signals, poll: Signals | None, strength: int, book: Book) -> dict[str, int]:
    """What speaks for work that goes on after the answer, beside its status, with its weight."""
    told = poll or one
    job = one.job_noun or told.job_noun
    work = one.work_noun or told.work_noun
    cancel = cancel_of(book, poll) if poll else None
    coming = told.vocabulary.coming if poll and told.vocabulary and _is_created(one, poll) else ""
    failed = _can_fail(told, strength) or _can_fail(one)
    moved = moved_to(one, told) or moved_to(one, one)
    weights = {
        f"`{one.flag}` asks for it": 3 if one.flag else 0,
        f"`{job}` often stands for a task": _job(job, one) if job else 0,
        f"the answer has `{one.job_id}`": _given(one),
        f"the answer is nothing but `{one.job_id}`": 1 if _is_but_an_id(one) else 0,
        f"`{one.monitor}` of the answer leads to a status": 3 if one.monitor and one.monitor != one.job_id else 0,
        f"`{one.callback}` takes a URL to report to": (4 if one.vocabulary else 2) if one.callback else 0,
        f"the text says `{one.says}`": (3 if SURELY_LATER.search(one.says) else 2) if one.says else 0,
        f"what it acts on can be `{moved}`": 4 if moved else 0,
        f"what it creates is `{coming}` at first": (4 if _lives(one, told) else 2) if coming else 0,
        f"`{one.starts}` starts work": 1 if one.starts else 0,
        f"`{work}` is a word for work": 1 if work else 0,
        f"`{told.operation.key}` is named for a status": 1 if poll and says_status(poll) else 0,
        f"`{told.times}` tells how far it is": 1 if told.times else 0,
        f"the answer is a `{one.answers_job}`, of which the path says nothing": 1 if one.answers_job else 0,
        f"`{told.yields}` leads to what comes of it": 2 if told.yields else 0,
        f"`{told.outcome}` tells why it failed": (2 if "fail" in told.outcome.lower() else 1) if told.outcome else 0,
        f"it can be `{failed}`": _failing(told, strength) if failed else 0,
        f"`{cancel.signals.operation.key if cancel else ''}` stops it": 1 if cancel else 0,
    }
    return {reason: weight for reason, weight in weights.items() if weight}


def _is_but_an_id(one: Signals) -> bool:
    """Whether it answers with nothing but the id of work that is no thing of its path (`/lists/{id}/tasks`)."""
    things = {singular(word) for part in one.segments for word in tokens(part)}
    return one.gives_job and one.only_names and not nouns(one.job_id) & JOB_NOUNS & things


def _job(noun: str, one: Signals) -> int:
    """What a word for a job weighs: most where each is one time that it is done, least where it may be a plan."""
    return 3 if noun in ATTEMPT_NOUNS and noun != one.starts else 1 if noun in ALSO_THINGS else 2


def _given(one: Signals) -> int:
    """What it weighs that the answer has the id of a job: less where that may be only the name of what is done."""
    if not one.job_id or in_path(one, one.job_id):
        return 0
    return 1 if ALSO_THINGS & JOB_NOUNS & {*map(singular, tokens(one.job_id))} else 2


def _by_partner(one: Signals, partner: Partner | None) -> dict[str, int]:
    """What speaks for it in the way that leads to its poll."""
    if partner is None:
        return {}
    poll = partner.signals
    named = one.name[:1] == ("start",) and one.rpc and poll.rpc and one.object == poll.object
    weights = {
        f"the answer has `{partner.carried}`": 3 if partner.carried else 0,
        f"its name starts what that of `{poll.operation.key}` reads": 3 if named and one.object & TASK_NOUNS else 0,
        f"its text says how `{poll.operation.key}` follows it": 2 if partner.told else 0,
        f"`{poll.operation.key}` tells the status of one {{{poll.asked_for}}}": 3 if _asks_for_job(one, poll) else 0,
    }
    return {reason: weight for reason, weight in weights.items() if weight}


def _asks_for_job(one: Signals, poll: Signals) -> bool:
    """Whether a status of one of what it adds to is asked for by the id of a job: `/films/{job_id}/status`."""
    below = poll.shape[:-1] == (*one.shape, "{}") and poll.last_word in STATUS_NOUNS
    return below and bool(JOB_NOUNS & {*map(singular, tokens(poll.asked_for))})


def _is_created(one: Signals, poll: Signals) -> bool:
    """Whether a poll reads one of what a create adds to."""
    return poll.shape[:-1] == one.shape or (one.rpc and poll.rpc and one.object == poll.object)


_OF_ITSELF = frozenset({"current", "lifecycle", "provisioning", "run"})


def _lives(one: Signals, told: Signals) -> bool:
    """Whether a machine takes what is created, and no part of it, from one state to another."""
    words = told.vocabulary
    if words is None or not words.lives:
        return False
    return {*tokens(words.field)} - STATUS_NOUNS - _OF_ITSELF <= {*one.object, *map(singular, tokens(one.last_word))}


def _failing(one: Signals, strength: int) -> int:
    """What it weighs that work may fail: more where its status says no more than that it waits, is done, or failed."""
    words = one.vocabulary
    bare = words is not None and bool(words.waiting and words.succeeded) and not (words.running or words.other)
    return 3 if bare else 2 if strength == 2 or _whole(one) else 1


def _whole(one: Signals) -> bool:
    """Whether its status has every stage of work: it waits, runs, succeeds and fails."""
    words = one.vocabulary
    return words is not None and all((words.waiting, words.running, words.succeeded, words.failed))


def _can_fail(one: Signals, strength: int = -1) -> str:
    """The word by which its status says that work went wrong; people cancel, but only work fails."""
    if one.vocabulary is None or max(one.strength, strength) < 2:
        return ""
    return next(
        (word for word in one.vocabulary.failed if {"failed", "error", "errored", "failure"} & {*tokens(word)}), ""
    )


def _record(one: Signals, poll: Signals | None, book: Book) -> bool:
    """Whether it is rather a record that people or money move on."""
    told = poll or one
    fails = bool((one.says or one.gives_job or one.follows_with) and told.outcome and _can_fail(told))
    of_work = one.work_noun and told.work_noun and singular(one.last_word) not in STATUS_NOUNS
    work = told.job_noun or of_work or (one.starts and (one.work_noun or told.work_noun))
    acted = moved_to(one, told)
    acts = one.shape[-2:-1] == ("{}",) and one.last_word in WORK_NOUNS - ALSO_THINGS
    works = fails or acted or acts or _starts_run(one) or (work and _whole(told))
    moved = one.sets_status or book.sets_status(told)
    named = told.record_noun or (one.record_noun and not told.job_noun)
    named = named and not (fails or acted)
    return bool((moved and not works) or named or one.money or told.money)


def _starts_run(one: Signals) -> bool:
    """Whether its name says that it starts what only machines do."""
    return one.starts_job and one.job_noun not in {"command", "task"}


# ---- polls and cancels


def says_status(one: Signals) -> bool:
    """Whether its path, its name or the text of a GET says that it tells a status."""
    named = STATUS_NOUNS & {*_told(tokens(one.last_word)), *_told(one.name)}
    return bool(named or (one.operation.method == "GET" and one.tells_status))


def _told(words: Sequence[str]) -> Iterator[str]:
    """What is told, without by what it is looked up (`statistics_by_state`)."""
    return takewhile(lambda word: word not in {"by", "per"}, words)


def poll_reasons(partner: Partner) -> Iterator[str]:
    """Why an operation is the poll of a create."""
    yield partner.why
    if partner.signals.vocabulary is not None:
        yield f"exposes {partner.signals.vocabulary}"


def poll_alone(one: Signals, book: Book) -> Detected | None:
    """A poll whose create is not in the document, or was not seen: its words have to be enough."""
    named = bool((nouns_at_end(one) | set(one.name)) & JOB_NOUNS)
    asks = says_status(one) and named and (one.vocabulary is not None or one.rpc)
    work = (one.strength >= 2 and named) or (one.strength == 3 and (bool(one.job_noun) or works(one) or _of_work(one)))
    tells = work and not _record(one, one, book)
    waits = one.accepts and (bool(one.says) or says_status(one))
    item = one.on_item or says_status(one) or one.rpc or one.shape[-1] in NEWEST or LATEST & {*one.name}
    asked = one.strength >= 2 and one.last_word in STATUS_NOUNS and not _record(one, one, book)
    if ASK_VERBS & {*one.name} - {"check"} or _GETS_FILES & {*map(singular, one.name[-1:])}:
        return None
    if not item or not (asks or tells or waits or asked):
        return None
    told = f"exposes {one.vocabulary}" if one.vocabulary else _UNWORDED[one.accepts]
    return detected_as(one, "poll", "B", told)


_GETS_FILES = frozenset({"link", "url"})
"""What is asked for beside a task, whatever else is told of it."""

_UNWORDED = {True: "answers 202 until it is done", False: "its name says that it tells a status"}


def _of_work(one: Signals) -> bool:
    """Whether its status is called that of work: `JobStatus`, `exportStatus`."""
    return one.vocabulary is not None and bool((TASK_NOUNS - ALSO_THINGS) & nouns(one.vocabulary.field))


def tells_more(one: Signals) -> bool:
    """Whether it tells a status of the one thing above it (`/jobs/{id}/progress`), or of the last one that there is."""
    ends = one.shape[-2:] if one.operation.method == "GET" else ()
    below = one.last_word in READ_NOUNS and ends[:1] == ("{}",)
    newest = bool(LATEST & {*ends[1:]}) and one.strength >= 0
    least = {"status": -1, "progress": -1, "state": -1, "info": 2}.get(one.last_word, 1)
    return newest or (below and one.strength >= least)


def works(one: Signals) -> bool:
    """Whether what it is about is work: by its noun, and by what only work has."""
    return bool(nouns_at_end(one) & WORK_NOUNS) and bool(one.times or one.outcome or _can_fail(one))


def cancels_alone(one: Signals) -> bool:
    """A cancel whose poll is not in the document."""
    if one.operation.method not in {"POST", "PUT", "DELETE"}:
        return False
    return _stops_work(one) or (one.cancels in {"abort", "cancel"} and bool(one.job_noun or one.accepts))


def detected_as(one: Signals, role: Role, tier: Tier, *why: str) -> Detected:
    """The operation with its role; a reason counts once."""
    return Detected(operation=one.operation, role=role, tier=tier, why=tuple(dict.fromkeys(why)))
