"""What the documents of Azure say about an operation: which fields are read, what their words mean, what wins.

What may live here: pure functions of a document. No word but Succeeded may lead to `completed`, and that one only where
nothing beside it says otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, cast

from accepted.core import codec
from accepted.core.read import Words
from accepted.core.task import Status
from accepted.services._words import is_error

Said = tuple[Status | None, str | None]
"""The status that a document tells and the service's word for it; None where it tells none."""

WORDS: Words = {
    "NotStarted": Status.QUEUED,
    "Running": Status.IN_PROGRESS,
    "InProgress": Status.IN_PROGRESS,
    "Accepted": Status.IN_PROGRESS,
    "Creating": Status.IN_PROGRESS,
    "Updating": Status.IN_PROGRESS,
    "Deleting": Status.IN_PROGRESS,
    "Canceling": Status.CANCELLING,
    "Succeeded": Status.COMPLETED,
    "Failed": Status.FAILED,
    "Canceled": Status.CANCELLED,
    # Nobody documents it; azure-core polls on for ever.
    "Cancelled": Status.CANCELLED,
}
"""Words that were seen. Their case and the white space around them do not matter, and any other is in progress."""

_STATUSES: Mapping[str, Any] = {word.lower(): status for word, status in WORDS.items()}

_ILL = re.compile(
    r"fail|error|fault|abort|cancel|reject|denied|timed?.?out|expir|partial|terminat|crash", re.IGNORECASE
)

_UNFINISHED = re.compile(
    r"ing\b|^not|^in.?progress|pend|queue|wait|start|process|progress|\brun|accept|submit|schedul|request|initiat|paus"
    r"|suspend|hold|defer|delay|retr|incomplete|^succeeded$",
    re.IGNORECASE,
)
"""A `status` in a document that may be a result: one with such a word in it, or a bad one, is taken for an operation's;
others, such as `Active`, are the document's own."""

_GOING_ON = re.compile(r"ing\b", re.IGNORECASE)

_OWN = re.compile(r"running|started", re.IGNORECASE)
"""What a resource says of itself for as long as it lives."""

_NAMED = frozenset({"id", "name", "type", "properties", "provisioningstate"})
"""Fields of which one says that a document is a resource."""


def status_of(word: str) -> Status:
    """What a word means; one that nobody documented is never final."""
    bare = word.strip().lower()
    return _STATUSES.get(bare) or (Status.CANCELLING if "cancel" in bare else Status.IN_PROGRESS)


def of_operation(document: Mapping[str, Any]) -> Said:
    """What the document of a status monitor tells: its `status` decides, and must be there.

    Where it says Succeeded, the states of what it worked on must not say otherwise.

    Raises:
        WrongShape: no status, or one beside Succeeded that contradicts it.
    """
    words = [text(found, "$.status") for found in _fields(document, "status")]
    if not words:
        raise codec.WrongShape("expected a word", "$.status", "null")
    first = status_of(words[0])
    states = _states(document) if first is Status.COMPLETED else ()
    return _weighed(document, (*words, *states))


def of_result(document: Any, *, resource: bool) -> Said:
    """What a document tells that may be a result: a `provisioningState`, a `status` as operations have it.

    `resource`: it is the answer of a resource. Where it names itself, `Running` is its own, and no operation's.

    Raises:
        WrongShape: a state that is no text, or two that contradict each other.
    """
    own = resource and any(name.lower() in _NAMED for name in _object(document))
    told = (found for found in _fields(document, "status") if isinstance(found, str))
    words = [word for word in told if _of_an_operation(word) and not (own and _OWN.fullmatch(word.strip()))]
    return _weighed(document, (*_states(document), *words))


def _of_an_operation(word: str) -> bool:
    return bool(_UNFINISHED.search(word.strip()) or _ILL.search(word))


def _weighed(document: Any, words: Iterable[str]) -> Said:
    """One status of several words: what is unfinished before what ended, and no success beside its contrary."""
    said = [(status_of(word), word) for word in words]
    going_on = [one for one in said if not one[0].final]
    ill = [one for one in said if one[0] in {Status.FAILED, Status.CANCELLED}]
    well = [one for one in said if one[0] is Status.COMPLETED]
    wrong = error_of(document) is not None if said else is_error(codec.at(document, "/error"))
    match going_on, ill, well:
        case [(Status.IN_PROGRESS, word), *_], _, [] if wrong and _ILL.search(word) and not _GOING_ON.search(word):
            return Status.FAILED, word
        case [first, *_], _, _:
            return first
        case _, _, [(_, word), *_] if ill or wrong:
            other = ill[0][1] if ill else "an error"
            raise codec.WrongShape("expected words that agree", "$", codec.shorten(f"{word} beside {other}"))
        case _, [first, *_], _:
            return first
        case _, _, [first, *_]:
            return first
        case _:
            return (Status.FAILED if wrong else None), None


def error_of(document: Any) -> Any:
    """The error in a document, or None; an object in which nothing is filled in is none."""
    places = ("/error", "/properties/error")
    return next((found for place in places if is_error(found := codec.at(document, place))), None)


def _states(document: Any) -> Iterator[str]:
    """Every `provisioningState`, on top and in the properties, however it is spelled."""
    for home in (document, *_fields(document, "properties")):
        for found in _fields(home, "provisioningstate"):
            yield text(found, "$.provisioningState" if home is document else "$.properties.provisioningState")


def _fields(document: Any, name: str) -> Iterator[Any]:
    """What stands under a name in any case; null says nothing."""
    return (found for key, found in _object(document).items() if key.lower() == name and found is not None)


def _object(document: Any) -> dict[str, Any]:
    return cast("dict[str, Any]", document) if isinstance(document, dict) else {}


def text(found: object, where: str) -> str:
    """A text that is not blank.

    Raises:
        WrongShape: it is none.
    """
    if isinstance(found, str) and found.strip():
        return found
    raise codec.WrongShape("expected a word", where, codec.shorten(codec.encode(found)))
