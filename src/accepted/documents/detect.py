"""Which operations of an API are asynchronous, in what role, how surely, and why.

What may live here: the search through a document, and what beats inference. Pure: the same document gives the same
answer. The tiers and their rules stand in `tiers`, the ways to a partner in `pairs`.

A poll, cancel or list has the tier of its create; one without a create is reported where its own words are enough.
What is declared beats what is inferred, in this order: the configuration (`Confirmed`), the extension
`x-async-request-reply`, the tag `Async Request-Reply`. An extension without a role that there is declares nothing; a
rule tells its author.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from accepted.documents.book import Book, is_job_like
from accepted.documents.nodes import mapping
from accepted.documents.openapi import Description, Operation
from accepted.documents.pairs import cancel_of, list_of, poll_of
from accepted.documents.signals import LATEST, Signals
from accepted.documents.tiers import (
    Confirmed,
    Detected,
    Role,
    Tier,
    cancels_alone,
    create_of,
    detected_as,
    poll_alone,
    poll_reasons,
    says_status,
    stops_by_deleting,
    tells_more,
    works,
)
from accepted.documents.ways import Partner
from accepted.documents.words import READ_NOUNS, READ_VERBS, START_VERBS, STATUS_NOUNS, joined, tokens

TAG = "Async Request-Reply"
EXTENSION = "x-async-request-reply"

_OURS: Mapping[str, Role | None] = {
    "create": "create",
    "poll": "poll",
    "cancel": "cancel",
    "list": "list",
    "result": None,
}
"""The roles of the extension, and ours; what yields the result needs no rule of its own, and is nothing else."""

ROLES = tuple(_OURS)
"""The roles that the extension may name."""


@dataclass(frozen=True)
class Detection:
    """Everything that was detected, in the document's order."""

    operations: tuple[Detected, ...]

    @cached_property
    def _by_operation(self) -> dict[int, Detected]:
        return {id(one.operation): one for one in self.operations}

    def of(self, operation: Operation) -> Detected | None:
        """What an operation was detected as, or None."""
        return self._by_operation.get(id(operation))

    def with_role(self, role: Role) -> tuple[Detected, ...]:
        """Those of a role, suggestions included."""
        return tuple(one for one in self.operations if one.role == role)


def detect(description: Description, confirmed: Confirmed | None = None) -> Detection:
    """The asynchronous operations of a document, every create with its partners.

    Example:
        `[(one.operation.key, one.role, one.tier) for one in detect(Description(data)).operations]`
    """
    return _Search(Book(description), confirmed or Confirmed()).run()


class _Search:
    """One run: declared operations first, then creates with their partners, then polls that stand alone."""

    def __init__(self, book: Book, confirmed: Confirmed) -> None:
        self.book = book
        self.found: dict[int, Detected] = {}
        self.creates: dict[int, dict[Operation, None]] = defaultdict(dict)
        self.declared = {id(one): _declared(one, book, confirmed) for one in book.all}
        self.polls = [one for one in book.all if self.declared[id(one)].role == "poll"]

    def run(self) -> Detection:
        declared = [one for one in self.book.all if self.declared[id(one)].role]
        for one in sorted(declared, key=lambda one: self.declared[id(one)].role == "create"):
            self._declare(one)
        creates = [made for one in self.book.all if self._free(one) and (made := create_of(one, self.book))]
        for signals, detected, partner in creates:
            self._add_create(signals, detected, self._rather_declared(signals, partner))
        for one in self.book.reads:
            if self._free(one) and (alone := poll_alone(one, self.book)):
                self._add(one, alone)
                self.creates[id(one.operation)] = self._creates_of(self._poll_beside(one))
                self._add_partners(one, None, alone.tier)
        for one in self.book.all:
            if self._free(one) and tells_more(one) and (beside := self._poll_beside(one)):
                told = f"tells of the same task as `{beside.operation.key}`"
                self._add(one, detected_as(one, "poll", beside.tier, told))
                self.creates[id(one.operation)] = self._creates_of(beside)
        for one in self.book.all:
            if self._free(one) and cancels_alone(one):
                self._add(one, detected_as(one, "cancel", "B", f"its name says `{one.cancels}`"))
        known = (self.found.get(id(one.operation)) for one in self.book.all)
        return Detection(tuple(replace(one, creates=self._surest(one.operation)) for one in known if one))

    def _poll_beside(self, one: Signals) -> Detected | None:
        """The poll of the same task: of `/jobs/{id}/info` that is `/jobs/{id}`, else `/jobs/{id}/status`.

        Of `/jobs/latest` it is `/jobs/{id}`.
        """
        task = one.shape[:-1]
        last = LATEST & {*one.shape[-1:]}
        beside = ("{}",) if last else sorted(READ_NOUNS) if task[-1:] == ("{}",) else ()
        shapes = (task, *((*task, word) for word in beside))
        reads = (read for shape in shapes for read in self.book.gets(shape, one.query))
        known = (self.found.get(id(read.operation)) for read in reads)
        return next((poll for poll in known if poll and poll.role == "poll"), None)

    def _creates_of(self, poll: Detected | None) -> dict[Operation, None]:
        return {**self.creates[id(poll.operation)]} if poll else {}

    def _surest(self, one: Operation) -> tuple[Operation, ...]:
        """The creates of an operation, the surest first."""
        creates = self.creates[id(one)]
        return tuple(sorted(creates, key=lambda one: self.found[id(one)].tier if id(one) in self.found else "D"))

    def _free(self, one: Signals) -> bool:
        """Whether its role is still to be inferred."""
        return id(one.operation) not in self.found and not self.declared[id(one)].settled

    def _add(self, one: Signals, detected: Detected) -> None:
        self.found.setdefault(id(one.operation), detected)

    def _declare(self, one: Signals) -> None:
        """Enter a declared operation; the poll of a create is the one that it names, else the one that is found."""
        told = self.declared[id(one)]
        assert told.role is not None  # noqa: S101 - asked for only where there is a role
        detected = replace(detected_as(one, told.role, "A", told.why), declared=True)
        if told.role != "create":
            self._add(one, detected)
            return
        named = self.book.description.by_id.get(told.poll)
        sure = Partner(self.book.of[id(named)], f"`{EXTENSION}` names it", sure=True) if named else None
        partner = sure or self._rather_declared(one, poll_of(self.book, one))
        self._add_create(one, detected, partner)

    def _rather_declared(self, create: Signals, partner: Partner | None) -> Partner | None:
        """The partner that the document itself leads to, else a declared poll of the same collection, else another."""
        if partner and (partner.sure or partner.signals in self.polls):
            return partner
        told = next((poll for poll in self.polls if _of_one(create, poll)), None)
        return Partner(told, f"`{told.operation.key}` is declared to be a poll", sure=True) if told else partner

    def _add_create(self, one: Signals, detected: Detected, partner: Partner | None) -> None:
        """Enter a create with its poll, cancel and list, unless it is already known as the cancel of another."""
        if partner is None:
            self._add(one, detected)
            return
        poll = partner.signals
        weak = poll.strength < (1 if one.deletes else 0) and not (
            partner.sure or says_status(poll) or is_job_like(poll) or poll.job_id
        )
        tier: Tier = "C" if weak and detected.tier == "A" and not detected.declared else detected.tier
        self._join(poll, detected_as(poll, "poll", tier, *poll_reasons(partner)), one)
        others = self._add_partners(poll, one, detected.tier)
        why = (*detected.why, partner.why)
        cancel, listing = others.get("cancel"), others.get("list")
        self._add(one, replace(detected, poll=poll.operation, cancel=cancel, listing=listing, why=why))

    def _add_partners(self, poll: Signals, create: Signals | None, tier: Tier) -> dict[Role, Operation]:
        """Enter the cancel and the list of what a poll tells of."""
        partners: dict[Role, Partner | None] = {
            "cancel": cancel_of(self.book, poll),
            "list": list_of(self.book, poll),
        }
        known: dict[Role, Partner] = {role: one for role, one in partners.items() if one and one.signals is not create}
        for role, one in known.items():
            # The list of what is no work of itself (servers, users) is one of the pattern only to who created there.
            if role != "list" or is_job_like(poll) or works(poll):
                self._join(one.signals, detected_as(one.signals, role, tier, one.why), create)
        return {role: one.signals.operation for role, one in known.items()}

    def _join(self, one: Signals, detected: Detected, create: Signals | None) -> None:
        """Enter a partner of a create, or add the create to what is known of it; the surest tier wins."""
        if self.declared[id(one)].dismissed:
            return
        known = self.found.get(id(one.operation))
        if known is None or (known.role == "create" and not known.declared):
            known = detected
        self.found[id(one.operation)] = replace(known, tier=min(known.tier, detected.tier))
        if create:
            self.creates[id(one.operation)][create.operation] = None


# ---- what is declared


@dataclass(frozen=True, slots=True)
class _Told:
    """What the configuration, the extension or the tag says of an operation."""

    role: Role | None = None
    why: str = ""
    poll: str = ""
    dismissed: bool = False

    @property
    def settled(self) -> bool:
        return self.role is not None or self.dismissed


def _declared(one: Signals, book: Book, confirmed: Confirmed) -> _Told:
    operation = one.operation
    names = {operation.operation_id, f"{operation.method} {operation.path}"} - {""}
    if names & confirmed.dismissed:
        return _Told(dismissed=True)
    said = mapping(operation.extensions.get(EXTENSION))
    role, poll = said.get("role"), str(said.get("poll") or "")
    configured: Role | None = next((confirmed.roles[name] for name in sorted(names) if name in confirmed.roles), None)
    if configured is not None:
        return _Told(configured, "the configuration says so", poll)
    if isinstance(role, str) and role in _OURS:
        return _Told(_OURS[role], f"`{EXTENSION}` says so", poll, dismissed=_OURS[role] is None)
    if TAG in operation.tags:
        return _Told(_tagged(one, book), f"the tag `{TAG}` says so", poll)
    return _Told()


def _tagged(one: Signals, book: Book) -> Role | None:
    """The role of an operation that has the tag and nothing more; None where that is no role of a task."""
    if one.cancels:
        return "cancel"
    match one.operation.method:
        case "GET":
            return _tagged_read(one)
        case "POST" if one.rpc_verb in READ_VERBS:
            return "poll"
        case "DELETE":
            return _tagged_deletion(one, book)
        case _:
            return "create"


def _tagged_read(one: Signals) -> Role | None:
    """Of one thing it is a poll, of several a list; what answers with a file or a stream tells no status."""
    bodies = [media.media_type for answer in one.operation.successes for media in answer.content]
    if bodies and not any("json" in body or "xml" in body for body in bodies):
        return None
    if one.subject is not None:
        return "list" if one.subject.several else "poll"
    return "poll" if one.on_item or STATUS_NOUNS & {*one.shape} else "list"


def _tagged_deletion(one: Signals, book: Book) -> Role | None:
    """To delete a thing is work that begins; to delete a task stops it, or only removes it where another one stops."""
    if stops_by_deleting(one, book):
        return "cancel"
    return None if any(is_job_like(poll) for poll in book.gets(one.shape)) else "create"


def _of_one(create: Signals, poll: Signals) -> bool:
    """Whether a poll reads one of what a create's path names, or takes an id that it answers with."""
    asked = [part for part in poll.shape if part != "{}" and part not in STATUS_NOUNS]
    made = [part for part in create.shape if part != "{}" and not START_VERBS & {*tokens(part)[:1]}]
    taken = joined(poll.last_param)
    return (bool(asked) and asked[-1:] == made[-1:]) or taken in {*create.ids} - {"id"}
