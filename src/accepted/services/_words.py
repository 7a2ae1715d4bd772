"""Where the status stands in a document that nobody declared, and what its word means.

What may live here: pure functions of one document and of what a person has said about it.
One rule stands above all: no guess may lead to `completed`. What is unknown is `unknown`, what contradicts itself is
an error that names the one input which decides it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

from accepted.core import codec
from accepted.core.codec import Struct
from accepted.core.read import Meaning, Words
from accepted.core.task import Status
from accepted.errors import ContractBroken

Spelled = str | list[str]
"""Words as a person writes them: a list, or one text with commas between."""


class Given(Struct, kw_only=True, omit_defaults=True):
    """What a person said instead of having it found; what is empty is looked for. `http.Inputs` tells what each is."""

    poll_path: str = ""
    id_pointer: str = ""
    status_pointer: str = ""
    result_pointer: str = ""
    result_path: str = ""
    error_pointer: str = ""
    cancel: str = ""
    final_words: Spelled = ""
    failed_words: Spelled = ""
    cancelled_words: Spelled = ""
    pending_words: Spelled = ""
    key_header: str = ""


WORDS: Words = {
    **dict.fromkeys(
        (
            *("queued", "validating", "starting", "in_queue", "pending", "throttled", "submitted", "runnable"),
            *("scheduled", "validated", "not_started", "accepted"),
        ),
        Status.QUEUED,
    ),
    **dict.fromkeys(
        ("in_progress", "finalizing", "processing", "running", "updating", "working"),
        Status.IN_PROGRESS,
    ),
    **dict.fromkeys(("requires_action", "requires_continuation", "input_required"), Status.INPUT_REQUIRED),
    "auth_required": Meaning(Status.INPUT_REQUIRED, reason="auth"),
    "paused": Status.PAUSED,
    **dict.fromkeys(
        (
            *("cancelling", "canceling", "cancellation_requested", "stopping"),
            *("cancellation_in_progress", "deletion_in_progress"),
        ),
        Status.CANCELLING,
    ),
    **dict.fromkeys(("completed", "succeeded", "success", "successful"), Status.COMPLETED),
    **dict.fromkeys(("partially_completed", "partially_succeeded"), Meaning(Status.COMPLETED, outcome="some")),
    "failed": Status.FAILED,
    "rejected": Meaning(Status.FAILED, reason="rejected"),
    "budget_exceeded": Meaning(Status.FAILED, reason="budget"),
    **dict.fromkeys(("cancelled", "canceled", "stopped", "dismissed"), Status.CANCELLED),
    **dict.fromkeys(("expired", "timeout_exceeded", "aborted"), Status.EXPIRED),
}
"""The words that need no declaration; case, hyphens, underscores and spaces do not count.

Left out on purpose: `incomplete`, `done`, `finished`, `complete`, `ready`, `ok`. One API ends with them, the next one
begins with them.
"""


def plain(name: str) -> str:
    """A name or word as it is compared: `InProgress`, `in-progress` and `in progress` are one."""
    return re.sub(r"[-_\s]", "", name).lower()


def _bare(word: str) -> str:
    """A status word as it is compared: `TASK_STATE_IN_PROGRESS` is `in_progress`, too."""
    return re.sub(r"^(task|job|batch)state", "", plain(word))


_KNOWN: Mapping[str, Meaning] = {
    _bare(word): meaning if isinstance(meaning, Meaning) else Meaning(meaning) for word, meaning in WORDS.items()
}

_GIVEN = {
    "final_words": Status.COMPLETED,
    "failed_words": Status.FAILED,
    "cancelled_words": Status.CANCELLED,
    "pending_words": Status.IN_PROGRESS,
}


def spelled(words: Spelled) -> list[str]:
    """The words in what a person wrote."""
    every = words.split(",") if isinstance(words, str) else words
    return [word.strip() for word in every if word.strip()]


def meaning(word: str, given: Given) -> Meaning:
    """What a word means: as the person said, else as the table does; otherwise `unknown`, which is never final."""
    for name, status in _GIVEN.items():
        if _bare(word) in map(_bare, spelled(getattr(given, name))):
            return Meaning(status)
    return _KNOWN.get(_bare(word), Meaning(Status.UNKNOWN))


# ---- where it stands


@dataclass(frozen=True, slots=True)
class Word:
    """A status word: the pointer at which it stands, the word itself, and what it means."""

    at: str
    word: str
    meaning: Meaning

    @property
    def home(self) -> str:
        """The pointer of the object that it stands in: what else is said of the task stands there, too."""
        return self.at.rpartition("/")[0]


HOMES = ("", "/status", "/data", "/data/attributes", "/task", "/job", "/operation", "/properties", "/attributes")
"""The objects in which a status is looked for, the first one first."""

NAMES = (
    *("status", "state", "task_status", "job_status", "task_state", "job_state"),
    *("operation_status", "runtime_status", "provisioning_state"),
)
"""The fields that are taken for one, however they are spelled (`jobStatus`, `Job-Status`)."""

_PLAIN = tuple(map(plain, NAMES))
_UNFINISHED = frozenset({"done", "finished", "isfinished", "completed", "complete", "iscomplete", "ready"})
_JSEND = ("success", "fail", "error")
_ENVELOPE = frozenset({"status", "data", "message", "code"})


def find(document: Any, given: Given) -> Word | None:
    """The status of a document, or None where it speaks of none.

    Raises:
        ContractBroken: two places contradict each other, or the given pointer leads nowhere. The message names the
            input that decides it.
    """
    if given.status_pointer:
        return _pointed(document, given)
    every = list(words_in(document, given))
    if not every:
        return None
    final = [one for one in every if one.meaning.status.final]
    if not final:
        return next((one for one in every if one.meaning.status is not Status.UNKNOWN), every[0])
    others = [one for one in every if one.meaning.status is not final[0].meaning.status]
    others += list(_doubts(document, final[0], given))
    if others:
        raise _contradicted(final[0], others[0])
    return _with_error(document, final[0])


def first(document: Any, given: Given) -> Word | None:
    """The first status of a document, whatever else it says: for what is not final anyway."""
    if given.status_pointer:
        text = _text(codec.at(document, given.status_pointer))
        return None if text is None else Word(given.status_pointer, text, meaning(text, given))
    return next(words_in(document, given), None)


def words_in(document: Any, given: Given) -> Iterator[Word]:
    """Every status word at the usual places, in the order in which they are believed."""
    for home, fields in _homes(document):
        named = {plain(name): name for name in reversed(list(fields)) if isinstance(fields[name], str) and fields[name]}
        for wanted in _PLAIN:
            if wanted in named:
                name = named[wanted]
                yield Word(f"{home}/{_escaped(name)}", fields[name], meaning(fields[name], given))
    yield from _operation(document, given)


def _homes(document: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    for home in HOMES:
        found = codec.at(document, home) if home else document
        if isinstance(found, dict) and not _is_envelope(cast("dict[str, Any]", found)):
            yield home, cast("dict[str, Any]", found)


def _is_envelope(fields: dict[str, Any]) -> bool:
    """Whether a status is that of the request: JSend (https://github.com/omniti-labs/jsend), the task is in `data`."""
    return fields.get("status") in _JSEND and len(fields) > 1 and fields.keys() <= _ENVELOPE


def _operation(document: Any, given: Given) -> Iterator[Word]:
    """What `done` says (https://google.aip.dev/151): it alone is no success, what stands beside it tells."""
    match document:
        case {"done": False}:
            yield Word("/done", "done: false", Meaning(Status.IN_PROGRESS))
        case {"done": True, "error": error} if error:
            cancelled = isinstance(error, dict) and cast("dict[str, Any]", error).get("code") == 1
            yield Word("/done", "done: error", Meaning(Status.CANCELLED if cancelled else Status.FAILED))
        case {"done": True, "response": _}:
            yield Word("/done", "done: response", Meaning(Status.COMPLETED))
        case {"done": True} if not any(_named(document)):
            yield Word("/done", "done: true", meaning("done: true", given))
        case {"name": str(name)} if "/" in name and document.keys() <= {"name", "metadata"}:
            yield Word("/done", "done: false", Meaning(Status.IN_PROGRESS))  # false is left out in the JSON of a proto
        case _:
            pass


def _named(document: dict[str, Any]) -> Iterator[str]:
    """The fields of any home that a status stands in, `done` apart."""
    return (name for _, fields in _homes(document) for name in fields if plain(name) in _PLAIN)


def _pointed(document: Any, given: Given) -> Word:
    text = _text(codec.at(document, given.status_pointer))
    if text is None:
        raise ContractBroken(f"nothing stands at {given.status_pointer} (status_pointer): {outline(document)}")
    return Word(given.status_pointer, text, meaning(text, given))


def _text(found: Any) -> str | None:
    """What stands at a given pointer, as a word: a text, a number, or true or false."""
    match found:
        case None | dict() | list():
            return None
        case bool():
            return str(found).lower()
        case _:
            return str(found)


# ---- what contradicts a success


def _doubts(document: Any, word: Word, given: Given) -> Iterator[Word]:
    """What else in the document says that the task has not succeeded, although its status word does."""
    if word.meaning.status is not Status.COMPLETED or not isinstance(document, dict):
        return
    fields = cast("dict[str, Any]", document)
    for home in dict.fromkeys(("", word.home)):
        yield from _unfinished(home, codec.at(document, home) if home else document, word)
    for name, value in fields.items():
        if isinstance(value, dict) and f"/{name}" not in HOMES and word.at != "/done":
            yield from _nested(f"/{_escaped(name)}", cast("dict[str, Any]", value), given)


def _unfinished(home: str, found: Any, word: Word) -> Iterator[Word]:
    if not isinstance(found, dict):
        return
    for name, value in cast("dict[str, Any]", found).items():
        at, said = f"{home}/{_escaped(name)}", plain(name)
        if value is False and (said in _UNFINISHED or said in {"success", "successful", "succeeded"}):
            yield Word(at, "false", Meaning(Status.UNKNOWN))
        if said == "progress" and word.word.lower() == "success" and _partly(value):
            yield Word(at, str(value), Meaning(Status.IN_PROGRESS))
        if said == "conclusion" and isinstance(value, str) and plain(value) not in {"success", "succeeded", "neutral"}:
            yield Word(at, value, Meaning(Status.UNKNOWN))


def _partly(value: Any) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and (0 < value < 1 or 1 < value < 100)


def _nested(home: str, fields: dict[str, Any], given: Given) -> Iterator[Word]:
    """A status in an object that is no usual place counts only against a success, and only where its word is known."""
    for name, value in fields.items():
        if plain(name) in _PLAIN and isinstance(value, str):
            said = meaning(value, given)
            if said.status not in {Status.UNKNOWN, Status.COMPLETED}:
                yield Word(f"{home}/{_escaped(name)}", value, said)


def _with_error(document: Any, word: Word) -> Word:
    """Completed with an error is failed: fal says so of a task that ran to its end and came to nothing."""
    homes = (codec.at(document, home) if home else document for home in dict.fromkeys((word.home, "")))
    errors = (cast("dict[str, Any]", home).get("error") for home in homes if isinstance(home, dict))
    if word.meaning.status is Status.COMPLETED and any(map(is_error, errors)):
        return replace(word, meaning=Meaning(Status.FAILED))
    return word


def is_error(value: Any) -> bool:
    """Whether what stands in a field named `error` is one: a sentence, an object that says something, or true."""
    match value:
        case dict():
            return any(cast("dict[str, Any]", value).values())
        case str() | bool():
            return bool(value)
        case _:
            return False


def _contradicted(word: Word, other: Word) -> ContractBroken:
    told = (
        f"the answer contradicts itself: {codec.shorten(word.word)!r} at {word.at}, "
        f"{codec.shorten(other.word)!r} at {other.at}. Say which is the status: "
        f"status_pointer={word.at}, or where else it stands"
    )
    return ContractBroken(told)


# ---- documents that speak of no status


_SPEAKS = re.compile(
    r"stat(e|us)|progress|percent|phase|stage|done|finish|complet|pending|queue|^eta$|running|remaining"
)
_SMALL_TALK = frozenset(
    {"message", "msg", "detail", "details", "info", "description", "title", "code", "id", "links", "type", "name"}
)


def may_be_a_status(document: Any) -> bool:
    """Whether a document looks as if it told how a task is, in fields that are not known: it is then no result."""
    if not isinstance(document, dict):
        return document is not None and not isinstance(document, list)
    fields = cast("dict[str, Any]", document)
    inner = [cast("dict[str, Any]", one) for one in fields.values() if isinstance(one, dict)]
    names = [plain(name) for some in (fields, *inner) for name in some]
    return any(map(_SPEAKS.search, names)) or (bool(fields) and {plain(name) for name in fields} <= _SMALL_TALK)


# ---- what went wrong


_SENTENCES = (
    *("/error/message", "/error/detail", "/error/title", "/error", "/errors/0/detail", "/errors/0/message"),
    *("/exception/message", "/failure/message", "/detail", "/message", "/status_message", "/statusMessage"),
    *("/failure_reason", "/failureReason", "/failure", "/title", "/reason"),
)


def why(document: Any, word: Word | None, given: Given) -> str | None:
    """The sentence in which a document says why a task failed, or None."""
    if given.error_pointer:
        found = codec.at(document, given.error_pointer)
        return None if found is None else found if isinstance(found, str) else codec.shorten(codec.encode(found))
    homes = dict.fromkeys((word.home if word else "", ""))
    found = (codec.at(document, home + pointer) for home in homes for pointer in _SENTENCES)
    return next((text for text in found if isinstance(text, str) and text), None)


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def outline(document: Any) -> str:
    """What a document is made of, fit for a message: its values may hold what is nobody's business."""
    if isinstance(document, bytes):
        try:
            document = codec.anything(document or b"null")
        except codec.WrongShape:
            return "it is no JSON"
    match document:
        case None:
            return "it is empty"
        case dict():
            return f"its fields are {codec.shorten(', '.join(cast('dict[str, Any]', document))) or 'none'}"
        case _:
            return "it is no JSON object"
