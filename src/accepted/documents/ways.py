"""The ways from a create to the operation that tells what became of it, in the order in which they are trusted.

What may live here: one function a way, from a create to candidates, each with its reason in words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import chain, islice

from accepted.documents.book import Book, is_job_like
from accepted.documents.phrases import SURELY_LATER
from accepted.documents.signals import EARLIER, IDS, LATEST, Signals
from accepted.documents.subjects import Subject
from accepted.documents.words import (
    ALSO_THINGS,
    ATTEMPT_NOUNS,
    CHANGE_VERBS,
    ID_NOUNS,
    JOB_NOUNS,
    READ_NOUNS,
    READ_VERBS,
    RESULT_NOUNS,
    START_VERBS,
    STATUS_NOUNS,
    TASK_NOUNS,
    WORK_NOUNS,
    head,
    joined,
    nouns,
    singular,
    tokens,
)

_PROSE_LIMIT = 4000
_FEW = 3
"""Properties of an answer that says no more than which task was begun."""

_MOST_IDS = 50
_NO_WORK = frozenset({"account", "api", "company", "customer", "name", "organization", "project", "tenant", "user"})
"""Whose work it is, or what it is called, and not which one it is."""

_NEAR = 4
"""Parts of a path, from its end, that may be a verb."""

_ANOTHERS = 2
"""Parameters behind a path from which on it leads to what is begun in the thing that is made there."""

_HIGHEST = 8
"""Parts of a path, above what is acted on, that are looked at."""

_MENTIONED = re.compile(r"\bGET\b[`'\"\s]*((?:/|[\w-]{1,60}/)[^\s`'\"),.]+)")
_LINK = re.compile(r"\[([^\[\]]{1,80})\]\(")
"""The text that leads to another page."""

_PAGE = re.compile(r"\]\((?:[^\s()]*[^\w\s()-])?([\w-]+)/?\)")
"""The last part of the address that a text leads to."""

_SENTENCE = re.compile(r"(?<=[.!?;])\s+|\n\s*\n")
_FOLLOWS = re.compile(
    r"\b(?:check(?:s|ed|ing)?|finish(?:es|ed)?|follow(?:ed|ing)?|monitor(?:s|ed|ing)?|poll(?:s|ed|ing)?|progress|state"
    r"|status|track(?:s|ed|ing)?|wait(?:ing)?|whether)\b",
    re.IGNORECASE,
)
"""What a sentence is about that tells how to follow what was begun."""


@dataclass(frozen=True, slots=True)
class Partner:
    """An operation that was found for another, why, and whether the document itself says so.

    `carried` is the property of the other's answer that is a job which this one tells of; `told` whether the other's
    prose names this one where it says how to follow what was begun.
    """

    signals: Signals
    why: str
    sure: bool = False
    carried: str = ""
    told: bool = False


_LONG_RUNNING = re.compile(r"long[- ]running", re.IGNORECASE)
_PLAIN_CHANGES = CHANGE_VERBS - {"modify"}
"""Those of which a status says nothing: what is `updating` may be busy with anything."""


Way = Callable[[Book, Signals], Iterator[Partner]]


def _linked(book: Book, create: Signals) -> Iterator[Partner]:
    """An OpenAPI link leads to it."""
    for answer in create.operation.successes:
        for name, link in answer.links.items():
            target = book.description.linked(link)
            if target is not None and target.method == "GET":
                yield Partner(book.of[id(target)], f"the link `{name}` leads to it", sure=True)


def _told(book: Book, create: Signals) -> Iterator[Partner]:
    """The prose, or the text of an id, names it where it says how to follow what was begun."""
    sentences = (*_SENTENCE.split(create.operation.description[:_PROSE_LIMIT]), create.follows_with)
    named = _named_in(book, " ".join(one for one in sentences if _FOLLOWS.search(one)))
    yield from (replace(one, told=True) for one in named)


def _mentioned(book: Book, create: Signals) -> Iterator[Partner]:
    """The prose names it, for whatever reason."""
    yield from _named_in(book, create.operation.description[:_PROSE_LIMIT])


def _named_in(book: Book, prose: str) -> Iterator[Partner]:
    """The reads that a text names, by path, by operationId or by what their page is called."""
    for path in _MENTIONED.findall(prose):
        one = book.by_ending.get(tuple("{}" if part[:1] in "{:<" else part.lower() for part in path.split("/") if part))
        if one is not None:
            yield Partner(one, f"the description names `GET {path}`")
    for word in dict.fromkeys(re.findall(r"\w+", prose)):
        one = book.by_name.get(word) or _in_other_order(book, word)
        if one is not None:
            yield Partner(one, f"the description names `{word}`")
    for text in _LINK.findall(prose):
        one = book.by_summary.get(text.lower())
        if one is not None:
            yield Partner(one, f"the description leads to `{text}`")
    for page in _PAGE.findall(prose):
        one = book.by_words_of_summary.get(nouns(page))
        if one is not None:
            yield Partner(one, f"the description leads to the page `{page}`")


def _in_other_order(book: Book, word: str) -> Signals | None:
    """The read whose operationId has the words of a name that is no operationId: `GetJobStatus`, `JobStatus_Get`."""
    plain = word.islower() and "_" not in word
    if plain or len(tokens(word)) < _FEW or word in book.description.by_id:
        return None
    return book.by_words_of_name.get(nouns(word))


def _below(book: Book, create: Signals) -> Iterator[Partner]:
    """It has the create's path and an id behind it, which may be one of several parts."""
    behind = (one for parts in (1, 2, 3) for one in book.gets((*create.shape, *["{}"] * parts), create.query))
    for one in behind:
        tells = one.subject is not None or one.vocabulary is not None or one.operation_shaped or one.accepts
        if tells and not one.only_begins:
            yield Partner(one, f"`GET {one.operation.path}` reads one of `{create.operation.path}`")


def _plural(book: Book, create: Signals) -> Iterator[Partner]:
    """It reads one of what the act at the end of the create's path makes: `/compose`, `/composes/{id}`."""
    if not create.act or create.operation.method != "POST":
        return
    for one in book.items_of.get(create.shape[:-1], ()):
        if one.last_word != create.last_word == singular(one.last_word) and one.strength >= 1:
            yield Partner(one, f"`GET {one.operation.path}` reads one of what `{create.operation.path}` makes")


def _status_below(book: Book, create: Signals) -> Iterator[Partner]:
    """It has the create's path and a word for status behind it."""
    for word in ("status", "progress", "state", "last_operation"):
        for behind in ((word,), ("{}", word), (word, "{}")):
            for one in book.gets((*create.shape, *behind), create.query):
                yield Partner(one, f"`GET {one.operation.path}` tells the status")
    for one in book.gets((*create.shape, "check"), create.query):
        if one.strength >= 1:
            yield Partner(one, f"`GET {one.operation.path}` checks it")
    for one in book.named_status.get(create.shape, ()):
        yield Partner(one, f"`GET {one.operation.path}` tells the status")


def _called_after(book: Book, create: Signals) -> Iterator[Partner]:
    """It is called after the status of what the create is called after: `startBackup`, `getBackupProgress`."""
    for one in book.gets(create.shape) if not create.on_item else ():
        if STATUS_NOUNS & {*one.name[-1:]}:
            yield Partner(one, f"`{one.operation.key}` reads its status")
    called = book.status_of.find(create.object, create) if create.object and not _adds_thing(create) else None
    if called is not None and {*called.name[:-1]} & {*create.name}:
        yield Partner(called, f"`{called.operation.key}` is called after its status")


def _adds_thing(create: Signals) -> bool:
    """Whether its name says that it adds a thing, whose status may be that of what the thing does later."""
    return bool(_ADDS & {*create.name[:1], *create.name[-1:]}) and not create.object & TASK_NOUNS


_ADDS = frozenset({"add", "create", "new"})


def _above(book: Book, create: Signals) -> Iterator[Partner]:
    """It reads the task that the create's path starts: `/jobs/{id}/start`, `/jobs/{id}`."""
    if create.accepts or (_ends_in_verb(create) and not _tells_itself(book, create)):
        yield from (one for one in _acted_on(book, create) if one.signals.strength >= 1 and is_job_like(one.signals))


def _moved(book: Book, create: Signals) -> Iterator[Partner]:
    """It reads the thing that the create acts on, and its status has a word for that act: `/convert`, `converting`."""
    base = create.shape[:-2] if create.shape[-2:-1] in _ACTS else create.shape[:-1]
    shapes = [] if create.on_item else [base, *((*base, word) for word in sorted(STATUS_NOUNS))]
    for one in (one for shape in shapes for one in book.gets(shape, create.query)):
        word = moved_to(create, one)
        if word and (one.on_item or one.last_word in STATUS_NOUNS):
            yield Partner(one, f"`{word}` of `{one.operation.key}` is what `{create.operation.path}` begins")


_ACTS = (("action",), ("actions",))


def moved_to(create: Signals, read: Signals) -> str:
    """The word of a status for the act that a create's path or name says, while it goes on, or ""."""
    if read.vocabulary is None:
        return ""
    *of, own = map(tokens, create.called.split(".")[-2:])
    changes = _PLAIN_CHANGES & {*own[:1]} or (_PLAIN_CHANGES - _ALSO_NOUNS) & {*own}
    starts = START_VERBS & {*own[:1]}
    last, things = {*own[-1:]}, {singular(part) for part in create.shape[:-1]}
    said = own[:1] if last & _TELLS else own[:-1] if last <= things else own
    named = () if changes else (*chain.from_iterable(of if starts else ()), *said)
    verbs = {"delete"} if create.deletes else {singular((*create.act, "")[0]), *named} - _OF_NO_MACHINE
    stems = {stem for verb in verbs for stem in (verb, verb.removeprefix("re")) if len(stem) > 3}
    acts = {f"{form}ing" for stem in stems for form in (stem.removesuffix("e"), f"{stem}{stem[-1]}")}
    if not acts & read.vocabulary.going:
        return ""
    return next(word for word in read.vocabulary.words if acts & {*tokens(word)[-1:]})


_TELLS = frozenset({"count", "history", "log", "metrics", "report", "usage"})
"""What a name is about that tells of something: what else it says is what that is about, and no act."""

_OF_NO_MACHINE = frozenset({"create", "delete", "send"})
"""Acts whose `-ing` says nothing of work: what is created is told otherwise, and what is sent waits for people."""

_ALSO_NOUNS = frozenset({"change", "patch", "set"})


def _acted_on(book: Book, create: Signals) -> Iterator[Partner]:
    """It reads the thing that the create's path acts on, and the thing may be busy."""
    for one in () if create.on_item else book.gets(create.shape[:-1], create.query):
        if one.on_item and (one.strength >= (0 if create.later or create.accepts else 1) or _moves(one)):
            yield Partner(one, f"`GET {one.operation.path}` reads what `{create.operation.path}` acts on")


def _unworded(book: Book, create: Signals) -> Iterator[Partner]:
    """It says no status of its own, but reads what the create says that there is to wait for."""
    if not create.followed:
        return
    for one in book.gets((*create.shape, "{}"), create.query) if not create.job_id else ():
        yield Partner(one, f"`GET {one.operation.path}` reads one of `{create.operation.path}`")
    yield from _asked_with(book, create, create.job_id)


def _any_id(book: Book, create: Signals) -> Iterator[Partner]:
    """It takes the id of a task or a request that 202 answers with, whatever it tells."""
    for name in islice(create.ids.values(), _MOST_IDS) if create.accepts else ():
        if ID_NOUNS & set(map(singular, tokens(name)[-2:])):
            yield from _asked_with(book, create, name)


def _asked_with(book: Book, create: Signals, name: str) -> Iterator[Partner]:
    """It reads what an id of the answer is the id of: `workflow_run_id` is also a `run_id`."""
    words = tuple(map(singular, tokens(name)))
    if EARLIER & {*words} or create.takes(name):
        return
    shorter = ["".join(words[-2:])] if {*words[:-2]} <= TASK_NOUNS else []
    for taken in dict.fromkeys(("".join(words), *shorter)):
        one = book.by_job_param.find(taken, create) if taken and taken not in create.path_ids else None
        if one is not None:
            yield Partner(one, f"`{name}` of the answer is the id that `{one.operation.key}` takes")


def _said(book: Book, create: Signals) -> Iterator[Partner]:
    """It reads one of what the create's prose says that it starts: "Start a job", `/jobs/{id}`."""
    noun = next((word for word in map(singular, reversed(tokens(create.later))) if word in JOB_NOUNS), "")
    one = book.by_job.find(noun, create) if noun and not _is_other(create, noun) else None
    if one is not None and one.shape[:-2] == create.shape[: len(one.shape) - 2]:
        yield Partner(one, f"`{one.operation.key}` reads one {noun}")


def _is_other(create: Signals, noun: str) -> bool:
    """Whether what a create answers with is the id of another job: what reads those of the noun does not tell of it."""
    job = JOB_NOUNS & {*map(singular, tokens(create.job_id))}
    return bool(job) and noun not in job and not in_path(create, create.job_id)


def _moves(one: Signals) -> bool:
    """Whether its status has words for what goes on, though none for how it may end."""
    return one.vocabulary is not None and bool(one.vocabulary.running)


def _accepted(book: Book, create: Signals) -> Iterator[Partner]:
    """It reads what is acted on, where nothing but 202 or prose says that there is something to wait for."""
    if create.accepts or create.says or create.later:
        yield from _acted_on(book, create)
    if (create.accepts or create.later) and not create.extension:
        for length in range(len(create.shape) - 2, max(1, len(create.shape) - _HIGHEST), -1):
            for one in book.gets(create.shape[:length]) if create.shape[length - 1] == "{}" else ():
                if one.strength >= 1 and not create.on_item:
                    yield Partner(one, f"`GET {one.operation.path}` reads what `{create.operation.path}` is in")


def _itself(book: Book, create: Signals) -> Iterator[Partner]:
    """It reads the thing that is changed or removed, where nothing but 202 says that this goes on."""
    least = 0 if create.extension or create.operation.method == "DELETE" else -1
    for one in book.gets(create.shape, create.query) if create.accepts and create.on_item else ():
        if one.strength >= least:
            yield Partner(one, f"`GET {one.operation.path}` reads it")


def _one_of_those(book: Book, create: Signals) -> Iterator[Partner]:
    """It reads one of the collection that the create's path begins with: `/datasets/upload`, `/datasets/{id}`."""
    if create.operation.method != "POST" or not (create.accepts or create.later or create.named_async):
        return
    for length in range(len(create.shape) - 1, max(0, len(create.shape) - _HIGHEST), -1):
        collection = create.shape[length - 1]
        if "{}" not in {create.shape[length], collection} and not _is_other(create, singular(collection)):
            for one in book.gets((*create.shape[:length], "{}"), create.query):
                if one.accepts or one.strength >= 0:
                    yield Partner(one, f"`GET {one.operation.path}` reads one of what `{create.operation.path}` is in")


def _result(book: Book, create: Signals) -> Iterator[Partner]:
    """It reads what came of it, where nothing tells a status."""
    for word in sorted(RESULT_NOUNS) if create.accepts or create.followed else ():
        for behind in ((word,), ("{}", word), (word, "{}")):
            for one in book.gets((*create.shape, *behind), create.query):
                yield Partner(one, f"`GET {one.operation.path}` reads what came of it")


def _newest(book: Book, create: Signals) -> Iterator[Partner]:
    """It reads the last one of those that the create adds to: `/builds`, `/builds/latest`."""
    for word in sorted(LATEST) if create.accepts or create.followed else ():
        for one in book.gets((*create.shape, word), create.query):
            if one.strength >= 0:
                yield Partner(one, f"`GET {one.operation.path}` reads the one that was begun last")


def _status_near(book: Book, create: Signals) -> Iterator[Partner]:
    """It tells a status below the path of what says that it goes on, or below what that path ends in a verb of."""
    if not (create.accepts or create.job_id or create.followed):
        return
    above = create.shape[:-1]
    here = create.last_word.endswith("s") or len(above) < 2 or not (create.job_id or create.followed)
    bases = [create.shape] if here else [create.shape, above]
    for base in bases:
        near = book.telling_below.get(base, ())
        if len(near) == 1 and (create.followed or near[0].shape[len(base) :].count("{}") < _ANOTHERS):
            yield Partner(near[0], f"only `{near[0].operation.key}` tells a status below `/{'/'.join(base)}`")
            return


def _named_after(book: Book, create: Signals) -> Iterator[Partner]:
    """It stands beside the create and is named after it: `/layout/analyze`, `/layout/analyzeResults/{id}`."""
    for one in book.items_of.get(create.shape[:-1], ()) if create.act and create.accepts else ():
        if one.last_word.startswith(create.last_word) and one.strength >= 1:
            yield Partner(one, f"`GET {one.operation.path}` is named after `{create.operation.path}`")


def _verb_replaced(book: Book, create: Signals) -> Iterator[Partner]:
    """A word for status stands where the create's path has its verb: `/scans/start/dns`, `/scans/status/dns`."""
    near = max(0, len(create.shape) - _NEAR)
    for at, part in enumerate(create.shape[near:], near):
        for word in sorted(STATUS_NOUNS) if part in START_VERBS - {"restart"} else ():
            for one in book.at_shape.get((*create.shape[:at], word, *create.shape[at + 1 :]), ()):
                if one.operation.method in {"GET", "POST"}:
                    yield Partner(one, f"`{one.operation.path}` has `{word}` in the place of `{part}`", sure=True)


def _tells_itself(book: Book, create: Signals) -> bool:
    """Whether a read of the create's own path tells a status."""
    return any(one.strength >= 1 for one in book.gets(create.shape, create.query))


def _beside(book: Book, create: Signals) -> Iterator[Partner]:
    """The verb that ends the create's path is a word for status, or an id, in its own."""
    if create.on_item or not _ends_in_verb(create) or _tells_itself(book, create):
        return
    base = create.shape[:-1]
    endings = _BESIDE if create.act[0] in START_VERBS | WORK_NOUNS | {"async"} or _makes(create) else _TELLING
    for ending in endings:
        for one in book.gets((*base, *ending), create.query):
            if one.subject is not None and (base or len(ending) > 1):
                yield Partner(one, f"`GET {one.operation.path}` stands beside `{create.operation.path}`")


_TELLING = (("status",), ("status", "{}"), ("{}", "status"), ("progress",), ("state",))
_BESIDE = (*_TELLING, ("{}",), ("info",), ("{}", "info"), ("get",), ("get", "{}"))
"""A thing beside an act is what the act makes only where that says so, or starts something."""


def _same_subject(book: Book, create: Signals) -> Iterator[Partner]:
    """It answers with the same schema."""
    if create.subject is not None and not create.subject.several:
        yield from _of_schema(book, create, create.subject)


def _same_task(book: Book, create: Signals) -> Iterator[Partner]:
    """It reads one of the tasks of the API, and answers with the same schema: `/tasks/{id}`, whatever began them."""
    if create.subject is not None and not create.subject.several:
        one = book.by_task.find(create.subject.schema.home, create)
        if one is not None:
            yield Partner(one, f"`{one.operation.key}` reads one, and answers with the same schema")


def _referred(book: Book, create: Signals) -> Iterator[Partner]:
    """It reads what a text of the answer is the id or the URL of: `{operation: "/operations/1"}`."""
    texts = (
        (singular(name.lower()), name)
        for name, one in create.carried.items()
        if one.type == "string" and not one.values
    )
    for noun, name in texts if create.accepts else ():
        one = book.by_job.find(noun, create) if noun != "action" else None
        if one is not None and singular(one.last_word) == noun and one.strength >= 0:
            yield Partner(one, f"`{name}` of the answer is what `{one.operation.key}` reads", sure=True)


def _carried(book: Book, create: Signals) -> Iterator[Partner]:
    """It answers with what the create's answer has as a job beside the thing itself; a read of the thing has none."""
    reads = [*book.gets(create.shape), *book.gets((*create.shape, "{}")), *book.gets(create.shape[:-1])]
    for name, schema in create.carried.items():
        one = book.by_subject.find(schema.home, create)
        if one is not None and _waits_as(name, one) and not any(name in read.carried for read in reads):
            why = f"`{name}` of the answer is what `{one.operation.key}` tells of"
            yield Partner(one, why, sure=True, carried=name)


def _waits_as(name: str, read: Signals) -> bool:
    """Whether what a property of an answer is called, and a read tells of, has a status of work; a change may wait."""
    waits = read.vocabulary is not None and bool(read.vocabulary.waiting)
    return read.strength >= 2 or (head(name) == "change" and waits)


def _same_items(book: Book, create: Signals) -> Iterator[Partner]:
    """It answers with one of what the create answers several of."""
    if create.subject is not None and create.subject.several:
        yield from _of_schema(book, create, create.subject)


def _of_schema(book: Book, create: Signals, subject: Subject) -> Iterator[Partner]:
    schema = subject.schema
    here = (one for one in book.gets(create.shape, create.query) if not one.on_item and one.strength >= 1)
    same = [one for one in here if one.subject and one.subject.schema.home == schema.home]
    nearest = book.by_subject.find(schema.home, create)
    for one in (*same, *([nearest] if nearest else [])):
        yield Partner(one, f"`{one.operation.key}` answers with the same schema{_named(schema.name)}")


def _same_job(book: Book, create: Signals) -> Iterator[Partner]:
    """It reads one of the jobs that the create says that it accepts."""
    one = book.by_job.find(singular(create.last_word), create) if _sends(create) else None
    if one is not None and {*one.shape[:-2]} <= {*create.shape, "{}"}:
        yield Partner(one, f"`{one.operation.key}` reads one of `{create.last_word}`")


def _one_run(book: Book, create: Signals) -> Iterator[Partner]:
    """It reads one run of what the create's path runs: `/jobs/{id}/run`, `/runs/{run}`."""
    above = {singular(word) for part in create.shape[-3:-2] for word in tokens(part)}
    if create.shape[-2:-1] == ("{}",) and _ends_in_verb(create) and above & TASK_NOUNS:
        found = (book.by_job.find(noun, create) for noun in sorted(ATTEMPT_NOUNS))
        one = next((one for one in found if one), None)
        if one is not None:
            yield Partner(one, f"`{one.operation.key}` reads one run of `{create.shape[-3]}`")


def _sends(create: Signals) -> bool:
    return bool(create.accepts or create.followed or create.shows) and not create.on_item


def _job_below(book: Book, create: Signals) -> Iterator[Partner]:
    """A word for a job and an id stand behind the path of what starts work, unless jobs are added to there."""
    if create.starts or create.says or create.accepts or create.work_noun:
        for noun in sorted(JOB_NOUNS - {"batch"}):
            for several in (noun, f"{noun}s"):
                for one in () if book.posts((*create.shape, several)) else book.gets((*create.shape, several, "{}")):
                    yield Partner(one, f"`GET {one.operation.path}` reads one of its {noun}s")


def _same_words(book: Book, create: Signals) -> Iterator[Partner]:
    """It tells the same status; rather of a collection of the same name (`/rules/{id}/runs`, `/runs/{id}`)."""
    for collection in (create.last_word, "") if create.strength >= 2 else ():
        one = book.by_words.find((collection, create.vocabulary), create)
        if one is not None:
            yield Partner(one, f"`{one.operation.key}` tells the same status")


def _same_id(book: Book, create: Signals) -> Iterator[Partner]:
    """It takes an id that the create answers with."""
    begins = create.starts or create.strength >= 2
    few = create.accepts and create.answer is not None and len(create.answer.properties) < _FEW
    for taken, name in islice(create.ids.items(), _MOST_IDS):
        given = in_path(create, name) or (create.takes(name) and not create.starts)
        one = book.by_param.find(taken, create) if not given and len(tokens(name)) > 1 else None
        only = few and (name == create.job_id or (len(create.ids) == 1 and not _NO_WORK & {*tokens(name)}))
        of_task = (ID_NOUNS - WORK_NOUNS - ALSO_THINGS) & set(map(singular, tokens(name)[-2:])) or name == create.job_id
        works = begins or (one is not None and moved_to(create, one))
        if one is not None and (only or of_task or (works and one.on_item and one.strength >= 2)):
            yield Partner(one, f"`{name}` of the answer is the id that `{one.operation.key}` takes", sure=only)


def _by_header(book: Book, create: Signals) -> Iterator[Partner]:
    """It takes the id of a task that a header has, where it may answer 202: `Reload-ID`, `/reloads/{id}`."""
    for header in sorted(create.headers) if create.accepts else ():
        *_, what, last = ("", "", *map(singular, tokens(header)))
        followed = last in IDS and what not in _TRACED | _NO_WORK
        one = book.by_param.find(f"{what}{last}", create) if followed else None
        if one is not None and one.strength >= 2 and is_job_like(one):
            yield Partner(one, f"the header `{header}` is the id that `{one.operation.key}` takes", sure=True)


_TRACED = frozenset({"", "call", "client", "correlation", "request", "session", "trace"})
"""What an id in a header tells of that is no work."""


def in_path(create: Signals, name: str) -> bool:
    """Whether an id of the answer is one that stands in the path already."""
    return joined(name) in create.path_ids


def _same_path(book: Book, create: Signals) -> Iterator[Partner]:
    """It reads what the create changes."""
    for one in book.gets(create.shape, create.query):
        shared = [name for taken, name in create.ids.items() if taken in one.ids and ID_NOUNS & nouns(name)]
        tells = one.subject is not None and not one.subject.several and not one.lists
        if tells and _outlives(one, create):
            yield Partner(one, f"`GET {one.operation.path}` reads it")
        elif shared and not one.on_item:
            yield Partner(one, f"`GET {one.operation.path}` answers with the same `{shared[0]}`")


def _status_beside(book: Book, create: Signals) -> Iterator[Partner]:
    """A word for status stands where the path of an act ends otherwise, or behind what stands before it."""
    told = create.accepts or create.callback
    if create.on_item or not (told or create.followed):
        return
    for cut in (1, 2) if told else ():
        base = create.shape[:-cut]
        if len(base) > cut:
            for one in book.gets((*base, "status")):
                if one.listed is None or one.vocabulary is not None:
                    yield Partner(one, f"`GET {one.operation.path}` tells the status")
    for one in book.gets((*create.shape[:-1], "{}", "status")) if len(create.shape) > 1 else ():
        yield Partner(one, f"`GET {one.operation.path}` tells the status")


def _outlives(one: Signals, create: Signals) -> bool:
    """Whether it tells of the work: what is deleted only where its status is one of work, or says that it goes on."""
    words = one.vocabulary.words if one.vocabulary else ()
    going = one.strength >= 2 or any(word.lower().startswith("delet") for word in words)
    return create.operation.method != "DELETE" or going


def _rpc(book: Book, create: Signals) -> Iterator[Partner]:
    """Its name says that it reads what the create's name says that it starts, or moves: `RebootServer`, `rebooting`."""
    least = 0 if create.name[:1] == ("start",) else 1
    about = create.object if create.rpc else create.object - {*create.name[:1]}
    for one in book.rpc_by_object.get(about, ()) if about or create.rpc else ():
        reads = one.rpc_verb in READ_VERBS and not one.lists and (one.strength >= least or is_job_like(one))
        if reads and (create.rpc or moved_to(create, one)):
            yield Partner(one, f"`{one.operation.key}` reads what `{create.operation.key}` starts")


def _rpc_beside(book: Book, create: Signals) -> Iterator[Partner]:
    """A word for asking stands where the create's path ends otherwise: `/exports/activity`, `/exports/info`."""
    base = create.shape[:-1]
    for word in sorted(READ_NOUNS) if base and create.operation.method == "POST" else ():
        for one in book.at_shape.get((*base, word), ()):
            if one.rpc_verb in READ_VERBS and one.strength >= 2:
                yield Partner(one, f"`{one.operation.key}` tells the status")


def _service(book: Book, create: Signals) -> Iterator[Partner]:
    """It tells of every operation of the API."""
    told = create.accepts and _LONG_RUNNING.search(create.says)
    for one in book.services if told or create.extension or create.operation_shaped or create.monitor_header else ():
        yield Partner(one, f"`{one.operation.key}` tells of every operation of this API", sure=True)
    for one in book.by_any_name if create.operation_shaped and not book.services else ():
        yield Partner(one, f"`GET {one.operation.path}` reads whatever has a name", sure=True)


def _monitored(book: Book, create: Signals) -> Iterator[Partner]:
    """The answer has a URL of a status, and nothing else in the API tells one."""
    if create.monitor and len(book.statuses) == 1:
        yield Partner(book.statuses[0], f"only `{book.statuses[0].operation.key}` tells a status")


def _general(book: Book, create: Signals) -> Iterator[Partner]:
    """It is the one read of tasks in the API that nothing adds to at their own path: what others begin stands there."""
    adds = create.operation.method == "POST" and create.shape[-2:-1] != ("{}",) and not create.on_item
    told = len(create.answer.properties) if create.answer else 0
    poll = book.general[0] if len(book.general) == 1 else None
    if poll and create.accepts and adds and told <= _FEW and _is_in(create, poll):
        yield Partner(poll, f"only `{poll.operation.key}` tells of tasks that others begin")


def _is_in(create: Signals, poll: Signals) -> bool:
    """Whether a create stands in whatever a poll stands in: `/projects/{id}/jobs/{id}` tells of no other project."""
    owner = poll.shape[:-1]
    depth = max((at for at, part in enumerate(owner, 1) if part == "{}"), default=0)
    return create.shape[:depth] == owner[:depth]


def _only(book: Book, create: Signals) -> Iterator[Partner]:
    """Nothing else in the API tells a status of work."""
    if len(book.telling) != 1:
        return
    poll = book.telling[0]
    surely = len(create.ids) == 1 and SURELY_LATER.search(create.says)
    told = create.says and (surely or ("id" in create.ids and poll.job_noun in create.prose_words))
    if not (create.accepts or create.monitor_header or told):
        return
    if create.monitor_header or "location" in create.headers or told or create.object & poll.object:
        yield Partner(poll, f"only `{poll.operation.key}` tells a status of work")


WAYS: tuple[Way, ...] = (
    _linked,
    _carried,
    _referred,
    _told,
    _below,
    _called_after,
    _moved,
    _status_below,
    _by_header,
    _same_task,
    _beside,
    _same_subject,
    _rpc,
    _verb_replaced,
    _same_id,
    _mentioned,
    _same_items,
    _rpc_beside,
    _status_beside,
    _above,
    _same_path,
    _same_words,
    _job_below,
    _same_job,
    _plural,
    _one_run,
    _service,
)
LAST_WAYS: tuple[Way, ...] = (
    _newest,
    _named_after,
    _status_near,
    _monitored,
    _only,
    _accepted,
    _general,
    _unworded,
    _any_id,
    _said,
    _itself,
    _result,
    _one_of_those,
)
"""Those that are tried where nothing else leads anywhere."""


def _ends_in_verb(one: Signals) -> bool:
    begins = bool(one.act) and one.act[0] in START_VERBS | {"async", "create", "new"}
    return begins or (len(one.act) == 1 and one.act[0] in WORK_NOUNS and one.shape[-2:-1] == ("{}",))


def _makes(one: Signals) -> bool:
    """Whether the end of its path says that it makes what stands before: `/films/create`, `/films/createFilm`."""
    before = tokens(one.shape[-2]) if len(one.shape) > 1 else ()
    return one.act[:1] in (("create",), ("new",)) and {*map(singular, one.act[1:])} <= {*map(singular, before), "async"}


def _named(schema: str) -> str:
    return f", `{schema}`" if schema else ""
