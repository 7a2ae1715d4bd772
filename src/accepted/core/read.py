"""What an answer says: places in it, readings of it, and the problem in it.

A reading is what one document says about a task, in canonical words and with the service's word beside it.
Contracts declare places and words, or a pure function from an answer to a reading.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar, cast
from urllib.parse import unquote

from accepted.core import codec
from accepted.core.task import Counts, Outcome, Progress, Status, Task
from accepted.core.wire import MONITORS, Headers, Response, header

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A 2xx answer, or one item of a list, ready to be read."""

    code: int = 200
    headers: Headers = ()
    raw: bytes = b""

    def read_as(self, shape: type[T]) -> T:
        """The body as `shape`; an empty body reads as an empty object. Raises WrongShape."""
        return codec.decode(self.raw or b"{}", shape)


def answer_of(response: Response) -> Answer:
    """The answer in a response."""
    return Answer(code=response.status, headers=response.headers, raw=response.body)


@dataclass(frozen=True, slots=True)
class Body:
    """A place in the JSON body: a pointer, and the part of the text that `match` takes (its first group)."""

    pointer: str
    match: str | None = None

    def find(self, answer: Answer) -> str | None:
        """The text at this place, or None. Raises WrongShape where the body is not JSON."""
        found = codec.at(codec.anything(answer.raw or b"null"), self.pointer)
        return (
            None if found is None or isinstance(found, dict | list) else _part(str(cast("object", found)), self.match)
        )


@dataclass(frozen=True, slots=True)
class Header:
    """A place in a header field: its value, and the part of it that `match` takes (its first group).

    A part of a field that holds a URL is decoded: a path that names it encodes it again.
    """

    name: str
    match: str | None = None

    def find(self, answer: Answer) -> str | None:
        """The text at this place, or None."""
        text = header(answer.headers, self.name)
        part = None if text is None else _part(text, self.match)
        return unquote(part) if part and self.match and self.name.lower() in MONITORS else part


def _part(text: str, pattern: str | None) -> str | None:
    if pattern is None:
        return text
    found = re.search(pattern, text)
    return found.group(1) if found else None


Place = Body | Header


class Secret(str):
    """A text that is kept apart and masked, under whatever name a step yields it."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Found:
    """A place computed from the task and the answer, where no pointer can say it; a `Secret` is kept apart."""

    take: Callable[[Task[Any], Answer], str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What one document says about a task. A field left out says nothing, and changes nothing.

    `service_status` is the service's word; the empty text stands for a word that is absent where one belongs,
    None for a document that does not speak of the status at all.
    `over` is True where the service calls the task finished although no word says how it ended:
    with status `unknown` the wait then ends with ContractBroken, which quotes the word.
    `attempt_id` is the service's own id of what it speaks of (a turn, a run's attempt), where a task can be reopened:
    what is final in the one that was reopened is not final in the next.
    """

    id: str | None = None
    attempt_id: str | None = None
    status: Status | None = None
    service_status: str | None = None
    over: bool = False
    outcome: Outcome | None = None
    reason: str | None = None
    message: str | None = None
    progress: Progress | None = None
    counts: Counts | None = None
    retry_after: float | None = None
    title: str | None = None
    page_url: str | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    finished_at: datetime | None = None
    expires_at: datetime | None = None

    def __post_init__(self) -> None:
        """A time without a zone is UTC."""
        for name in ("created_at", "updated_at", "finished_at", "expires_at"):
            moment: datetime | None = getattr(self, name)
            if moment is not None and moment.tzinfo is None:
                object.__setattr__(self, name, aware(moment))


@dataclass(frozen=True, slots=True)
class OfTask:
    """A reader that needs the task, too: where what was asked for, or said before, decides what an answer means."""

    read: Callable[[Task[Any], Answer], Reading]


Reader = Callable[[Answer], Reading] | OfTask


def read_with(reader: Reader, task: Task[Any], answer: Answer) -> Reading:
    """What an answer says, to either kind of reader."""
    return reader.read(task, answer) if isinstance(reader, OfTask) else reader(answer)


def aware(moment: datetime) -> datetime:
    """A time that has a zone; without one it is UTC."""
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Meaning:
    """What one word of a service means, where the status alone does not say it."""

    status: Status
    reason: str | None = None
    outcome: Outcome | None = None


Words = Mapping[str, Status | Meaning]
"""A service's words and what they mean; the empty word stands for an absent one."""


def meaning(words: Words, word: str) -> Meaning:
    """What a word means; one that nobody declared is `unknown`, never final."""
    found = words.get(word, Status.UNKNOWN)
    return found if isinstance(found, Meaning) else Meaning(found)


def by_word(pointer: str, **places: str) -> Callable[[Answer], Reading]:
    """A reader for documents that say everything at fixed pointers: the status word, and other facts by name.

    Example:
        `by_word("/state", id="/id", message="/error/message")`
    """

    def read(answer: Answer) -> Reading:
        document = codec.anything(answer.raw or b"null")
        facts = {name: codec.at(document, place) for name, place in places.items()}
        word = codec.at(document, pointer)
        found = {"service_status": "" if word is None else word, **facts}
        return cast("Reading", codec.convert(found, Reading))

    return read


def utc(seconds: float | None) -> datetime | None:
    """Epoch seconds as an aware datetime, None as None."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What an error body says: a sentence, the service's own codes in it, and the document."""

    message: str = ""
    codes: tuple[str, ...] = ()
    document: Mapping[str, Any] = field(default_factory=dict[str, Any])


def problem_of(response: Response) -> Problem:
    """The problem in an answer: RFC 9457, Google's and OpenAI's `error` objects, `detail`, `message`, or plain text.

    Whatever is not understood is shown shortened rather than thrown away.
    """
    try:
        document: Any = codec.anything(response.body or b"null")
    except codec.WrongShape:
        return Problem(message=_text_of(response))
    if not isinstance(document, dict):
        return Problem(message="" if document is None else codec.shorten(response.body))
    body = cast("dict[str, Any]", document)
    error: Any = body.get("error")
    inner = cast("dict[str, Any]", error) if isinstance(error, dict) else body
    return Problem(message=_sentence(inner, error), codes=tuple(_codes(inner)), document=body)


def _text_of(response: Response) -> str:
    kind = (header(response.headers, "content-type") or "").partition(";")[0]
    return f"{kind or 'a body that is not JSON'}: {codec.shorten(response.body)}"


def _sentence(inner: dict[str, Any], error: Any) -> str:
    candidates = (*(inner.get(name) for name in ("message", "detail", "title", "error_description")), error)
    text = next((one for one in candidates if isinstance(one, str) and one), codec.shorten(codec.encode(inner)))
    return "; ".join((text, *_fields(inner)))


def _fields(inner: dict[str, Any]) -> list[str]:
    """The named fields of google.rpc.BadRequest and of our own problem documents."""
    details = _objects(inner, "details", "errors")
    violations = [row for one in details for row in _objects(one, "fieldViolations") or [one]]
    named = (
        (row.get("field") or row.get("pointer"), row.get("description") or row.get("detail")) for row in violations
    )
    return [f"{name}: {why}" for name, why in named if name and why]


def _codes(inner: dict[str, Any]) -> list[str]:
    values = [one.get("reason") for one in _objects(inner, "details")]
    values += [inner.get(name) for name in ("code", "type", "status", "error")]
    return [str(value) for value in values if isinstance(value, str | int) and value]


def _objects(inner: dict[str, Any], *names: str) -> list[dict[str, Any]]:
    """The objects in the first of these lists that is there."""
    lists = [cast("list[Any]", inner[name]) for name in names if isinstance(inner.get(name), list)]
    return [one for one in (lists or [[]])[0] if isinstance(one, dict)]
