"""The operations of a document, by what they can be found by.

What may live here: `Book`, an index that is made once, so that finding a partner is no search through the document, and
what makes an operation one that can be polled.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator
from functools import cached_property

from accepted.documents.openapi import Description
from accepted.documents.parts import Parameter
from accepted.documents.signals import IDS, Signals
from accepted.documents.words import (
    JOB_NOUNS,
    LIST_VERBS,
    READ_VERBS,
    RESULT_NOUNS,
    STATUS_NOUNS,
    TASK_NOUNS,
    head,
    joined,
    nouns,
    singular,
    tokens,
)

_MOST_ALIKE = 50
_SUMMARY_LIMIT = 80
_ANY_TASK = ("command", "job", "operation", "request", "task")
"""What is said of tasks of whatever kind."""


class Nearest:
    """Operations under keys; of several under one key, that is found whose path has most in common with another."""

    def __init__(self) -> None:
        self._found: dict[tuple[Hashable, str | None, tuple[str, ...]], Signals] = {}

    def add(self, key: Hashable, one: Signals) -> None:
        """Enter an operation under every beginning of its path, so that finding it needs no search."""
        for length in range(len(one.shape) + 1):
            for query in (one.query, None):
                self._found.setdefault((key, query, one.shape[:length]), one)

    def find(self, key: Hashable, near: Signals) -> Signals | None:
        """The operation that is nearest; one with the same query in its path is nearer than any other."""
        beginnings = [near.shape[:length] for length in range(len(near.shape), -1, -1)]
        keys = ((key, query, beginning) for query in (near.query, None) for beginning in beginnings)
        return next((self._found[one] for one in keys if one in self._found), None)


class Book:
    """The operations of a document, by what a partner is found by."""

    def __init__(self, description: Description) -> None:
        self.description = description
        self.all = tuple(Signals(one) for one in description.operations)
        self.of = {id(one.operation): one for one in self.all}
        self.at_shape: dict[tuple[str, ...], list[Signals]] = defaultdict(list)
        self.at_unversioned: dict[tuple[str, ...], list[Signals]] = defaultdict(list)
        for one in self.all:
            _append(self.at_shape[one.shape], one)
            _append(self.at_unversioned[_unversioned(one.shape)], one)

    @cached_property
    def reads(self) -> tuple[Signals, ...]:
        """The GETs of one thing that has a status, and RPC operations that are called after reading one."""
        return tuple(one for one in self.all if self._reads(one))

    @cached_property
    def by_ending(self) -> dict[tuple[str, ...], Signals]:
        """The GETs that read one thing by the ends of their paths: prose leaves out what all paths begin with."""
        reads = [one for one in self.reads if one.operation.method == "GET"]
        return {one.shape[start:]: one for one in reads for start in range(len(one.shape))}

    @cached_property
    def by_name(self) -> dict[str, Signals]:
        """The reads by their operationId, where it is more than one word that prose may have for itself."""
        named = ((one.operation.operation_id, one) for one in self.reads)
        return {name: one for name, one in named if len(tokens(name)) > 1}

    @cached_property
    def by_words_of_name(self) -> dict[frozenset[str], Signals]:
        """The reads by the words of their operationId, in whatever order prose has them: `JobStatus_Get`.

        Where several have the same words, none is meant.
        """
        return _only_ones((nouns(one.operation.operation_id), one) for one in self.reads)

    @cached_property
    def by_words_of_summary(self) -> dict[frozenset[str], Signals]:
        """The same by the words of their summary: `get-video-details` is the page of "Get video details"."""
        return _only_ones((nouns(one.operation.summary[:_SUMMARY_LIMIT].lower()), one) for one in self.reads)

    @cached_property
    def by_summary(self) -> dict[str, Signals]:
        """The reads of tasks by their summary, in small letters, where no other operation has the same."""
        said: dict[str, list[Signals]] = defaultdict(list)
        for one in self.all:
            said[one.operation.summary.lower()].append(one)
        alone = (one for text, (one, *more) in said.items() if text and not more)
        return {one.operation.summary.lower(): one for one in alone if self._reads(one) and is_job_like(one)}

    @cached_property
    def telling(self) -> tuple[Signals, ...]:
        """The reads that tell a status of work, by their words or by answering 202 until it is done."""
        works = (one for one in self.reads if one.accepts or (one.strength >= 2 and is_job_like(one)))
        return tuple(one for one in works if not one.record_noun)

    @cached_property
    def general(self) -> tuple[Signals, ...]:
        """The reads of one task, by its path or by a query, that nothing is added to at the same path."""
        reads = (one for one in self.reads if one.operation.method == "GET" and one.strength >= 0)
        asked = (one for one in reads if one.on_item or any(_is_asked(other) for other in one.operation.parameters))
        tasks = (one for one in asked if not self.is_owned(one))
        plain = (one for one in tasks if len(tokens(one.last_word)) == 1)
        return tuple(one for one in plain if singular(one.last_word).endswith(_ANY_TASK))

    @cached_property
    def named_status(self) -> dict[tuple[str, ...], list[Signals]]:
        """The GETs of `/merge/task-status/{id}` and the like, by what stands before."""
        found: dict[tuple[str, ...], list[Signals]] = defaultdict(list)
        for one in self.all:
            if one.operation.method == "GET" and one.on_item and STATUS_NOUNS & {*tokens(one.last_word)}:
                _append(found[one.shape[:-2]], one)
        return found

    @cached_property
    def status_of(self) -> Nearest:
        """The GETs that are called after a status, by what it is the status of: `getBackupProgress`."""
        found = Nearest()
        for one in sorted(self.all, key=lambda one: -one.strength):
            if one.operation.method == "GET" and STATUS_NOUNS & {*one.name[-1:]} and one.object:
                found.add(one.object, one)
        return found

    @cached_property
    def items_of(self) -> dict[tuple[str, ...], list[Signals]]:
        """The GETs of one thing, by what stands before its collection."""
        found: dict[tuple[str, ...], list[Signals]] = defaultdict(list)
        for one in self.reads:
            if one.operation.method == "GET" and one.on_item:
                _append(found[one.shape[:-2]], one)
        return found

    @cached_property
    def statuses(self) -> tuple[Signals, ...]:
        """The reads that can say "not yet"."""
        return tuple(one for one in self.reads if one.strength >= 1)

    @cached_property
    def telling_below(self) -> dict[tuple[str, ...], list[Signals]]:
        """The reads that tell a status of work, by what their paths begin with, up to three parts before their end."""
        found: dict[tuple[str, ...], list[Signals]] = defaultdict(list)
        for one in self.telling:
            for cut in range(min(len(one.shape), 4)):
                _append(found[one.shape[: len(one.shape) - cut]], one)
        return found

    def sets_status(self, poll: Signals) -> bool:
        """Whether a write to what a poll reads says what its status is to be."""
        field = poll.vocabulary.field if poll.vocabulary else ""
        writes = (one for one in self.at_shape.get(poll.shape, ()) if one.operation.method in {"PATCH", "POST", "PUT"})
        return bool(field) and any(one.takes(field) for one in writes)

    @cached_property
    def by_subject(self) -> Nearest:
        """The reads of one thing by the schema that they are about."""
        found = Nearest()
        for one in sorted(self.reads, key=self.is_owned):
            if one.subject and (one.on_item or one.rpc):
                found.add(one.subject.schema.home, one)
        return found

    @cached_property
    def by_task(self) -> Nearest:
        """The GETs of one task, called so by the path (`/jobs/{id}`), that tell how far it is, by their schema."""
        found = Nearest()
        for one in self.reads:
            named = one.on_item and one.operation.method == "GET" and singular(one.last_word) in JOB_NOUNS
            if named and one.subject and one.strength >= 1:
                found.add(one.subject.schema.home, one)
        return found

    @cached_property
    def by_words(self) -> Nearest:
        """The reads of work by their status, with the collection that they read one of and without."""
        found = Nearest()
        for one in sorted(self.reads, key=self.is_owned):
            asked = one.on_item or one.rpc or any(other.where == "query" for other in one.operation.parameters)
            named = {*map(singular, tokens(one.last_param)[-1:])} <= IDS | TASK_NOUNS
            asked = asked and (named or one.shape[-2:] != ("{}", "{}"))
            if asked and one.strength >= 2 and is_job_like(one):
                found.add((one.last_word, one.vocabulary), one)
                found.add(("", one.vocabulary), one)
        return found

    @cached_property
    def by_param(self) -> Nearest:
        """The reads by the words of the parameter that they are asked with; what is below a thing comes after it."""
        found = Nearest()
        for one in sorted(self.reads, key=lambda one: (not (one.on_item or one.rpc), -one.strength, len(one.shape))):
            for name in _asked_by(one):
                words = list(map(singular, tokens(name)))
                found.add("".join(words[: words.index("or")] if "or" in words else words), one)
        return found

    @cached_property
    def by_job(self) -> Nearest:
        """The GETs of one job, whether or not they say what they answer with, by the word for it; short paths first."""
        found = Nearest()
        for one in sorted(self.all, key=lambda one: len(one.shape)):
            reads = one.operation.method == "GET" and one.on_item and not one.lists
            if reads and head(one.last_word) in TASK_NOUNS:
                found.add(singular(one.last_word), one)
        return found

    @cached_property
    def by_job_param(self) -> Nearest:
        """The same by the words of the parameter that their path ends in; what reads a result comes last."""
        found = Nearest()
        for one in sorted(self.all, key=lambda one: one.last_word in RESULT_NOUNS):
            if one.operation.method == "GET" and one.on_item:
                found.add(joined(one.last_param), one)
        return found

    @cached_property
    def services(self) -> tuple[Signals, ...]:
        """The reads that tell of any operation of the API, whatever began it; short paths first.

        They are called so; where none is, those of a thing that answer with an operation.
        """
        gets = [one for one in sorted(self.all, key=lambda one: len(one.shape)) if one.operation.method == "GET"]
        return tuple(filter(_names_operation, gets)) or tuple(
            one for one in gets if one.operation_shaped and one.on_item
        )

    @cached_property
    def by_any_name(self) -> tuple[Signals, ...]:
        """The reads of whatever has a name."""
        return tuple(one for one in self.all if _by_name(one))

    @cached_property
    def rpc_by_object(self) -> dict[frozenset[str], list[Signals]]:
        """The RPC operations by what they are about; those for several at once come last."""
        found: dict[frozenset[str], list[Signals]] = defaultdict(list)
        for one in sorted(self.all, key=lambda one: one.name[:1] == ("batch",)):
            if one.rpc:
                _append(found[one.object], one)
        return found

    def _reads(self, one: Signals) -> bool:
        """Whether it can be a poll: it reads one thing that has a status, and is no list."""
        if one.operation.method != "GET":
            return _asks_status(one)
        tells = one.vocabulary is not None or (one.subject is not None and not one.subject.several)
        until = one.accepts and (one.on_item or bool(STATUS_NOUNS & {*one.name}))
        return (tells or one.operation_shaped or until) and not (one.only_begins or self._acts(one))

    def _acts(self, one: Signals) -> bool:
        """Whether it is a GET that does something, and reads nothing: its name says so, or a POST has the same."""
        twins = self.at_shape.get(one.shape, ()) if one.called != one.operation.operation_id else ()
        same = any(other is not one and (other.called, other.query) == (one.called, one.query) for other in twins)
        return one.begins_by_get or (same and not {*one.name[:1]} & (READ_VERBS | LIST_VERBS))

    def posts(self, shape: tuple[str, ...]) -> list[Signals]:
        """The POSTs and PUTs of a path."""
        return [one for one in self.at_shape.get(shape, ()) if one.operation.method in {"POST", "PUT"}]

    def is_owned(self, poll: Signals) -> bool:
        """Whether what a poll reads one of is added to at its own path."""
        return bool(self.posts(poll.shape[:-1] if poll.on_item else poll.shape))

    def gets(self, shape: tuple[str, ...], query: str = "") -> Iterator[Signals]:
        """The reads of a path, or of the same path in another version; those with the same query in the path first."""
        exact = self.at_shape.get(shape) or self.at_unversioned.get(_unversioned(shape), [])
        found = [one for one in exact if (one.operation.method == "GET" and not self._acts(one)) or _asks_status(one)]
        yield from sorted(found, key=lambda one: one.query != query)


def _only_ones(named: Iterable[tuple[frozenset[str], Signals]]) -> dict[frozenset[str], Signals]:
    """Reads by three words or more, one of them a verb of reading, that no other has."""
    found: dict[frozenset[str], list[Signals]] = defaultdict(list)
    for words, one in named:
        found[words].append(one)
    return {words: one for words, (one, *more) in found.items() if len(words) > 2 and words & READ_VERBS and not more}


_VERSION = re.compile(r"v\d+\w*")


def _unversioned(shape: tuple[str, ...]) -> tuple[str, ...]:
    """A path without the versions in it (`/v2/jobs`, `/jobs`)."""
    return tuple(part for part in shape if not _VERSION.fullmatch(part))


def _asks_status(one: Signals) -> bool:
    """Whether a POST is called after reading one thing, and answers with a status."""
    begins = one.operation_shaped and "operation" not in nouns_at_end(one)
    begins = begins or one.codes == frozenset({"202"})
    return one.rpc_verb in READ_VERBS and not begins and (one.strength >= 0 or bool(STATUS_NOUNS & set(one.name)))


def _names_operation(one: Signals) -> bool:
    """Whether its path says that it reads an operation."""
    named = nouns_at_end(one) & {"operation", "operationresult", "operationstatus"}
    return bool(named) and (one.on_item or one.operation_shaped)


def _is_asked(parameter: Parameter) -> bool:
    return parameter.where == "query" and parameter.required


def _by_name(one: Signals) -> bool:
    """Whether it reads whatever has a name (`/v1/{name}`): where all do, a description keeps one of them."""
    return one.operation.method == "GET" and one.last_param == "name" and len(_unversioned(one.shape)) == 1


def nouns_at_end(one: Signals) -> frozenset[str]:
    """The last words of the path in the singular, joined and apart."""
    words = [singular(word) for word in tokens(one.last_word)]
    return frozenset({*words, "".join(words)})


def _asked_by(one: Signals) -> Iterable[str]:
    """The names by which it is asked for one thing."""
    if one.on_item:
        named = f"{singular(one.last_word)}_{one.last_param}"
        return (one.last_param, named) if one.last_param in IDS else (one.last_param,)
    if one.operation.method == "GET":
        inside = [part.strip("{}") for part in one.segments if "{" in part][-1:]
        return (
            *inside,
            *(other.name for other in one.operation.parameters if other.where == "query" and other.required),
        )
    body = one.operation.body.schema if one.operation.body else None
    return tuple(body.properties) if body else ()


def is_job_like(one: Signals) -> bool:
    """Whether a read tells of a job and not of a thing that stays: by its noun, or by words that only work has."""
    named = bool(one.job_noun or nouns_at_end(one) & JOB_NOUNS)
    thing = one.vocabulary is not None and "provisioning" in tokens(one.vocabulary.field)
    return one.operation_shaped or named or (one.strength >= 3 and not thing)


def _append(several: list[Signals], one: Signals) -> None:
    """Add one, unless there are so many alike that no reader would tell them apart (and looking would take long)."""
    if len(several) < _MOST_ALIKE:
        several.append(one)
