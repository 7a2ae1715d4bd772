"""What the answers of a 202 API yield for the requests to come: places, and how each was found.

What may live here: pure functions of a task and an answer; their names are what `--explain` shows.
"""

from __future__ import annotations

from typing import Any

from accepted.core import codec
from accepted.core.monitor import kept_as, known_as
from accepted.core.read import Answer
from accepted.core.task import Status, Task
from accepted.core.wire import header
from accepted.errors import ContractBroken
from accepted.services import _monitors as monitors
from accepted.services import _words as words
from accepted.services._kept import create_url, given_of, monitor_url, yielded
from accepted.services._words import Given, Word

CANCELS = ("POST", "DELETE", "PUT")
"""The methods by which tasks are cancelled."""


def kept(task: Task[Any], _: Answer) -> str | None:
    """What was said about this task, for the polls to come; nothing where nothing was."""
    said = codec.encode(codec.decode(task.private.inputs or b"{}", Given)).decode()
    return None if said == "{}" else said


def _found(task: Task[Any], answer: Answer) -> monitors.Monitor:
    return monitors.monitor_of(answer, given_of(task, Given()), create_url(task))


def take_monitor(task: Task[Any], answer: Answer) -> str:
    """Where the task is asked about; kept apart where the URL is signed."""
    return kept_as(_found(task, answer).url)


def take_id(task: Task[Any], answer: Answer) -> str:
    """The task id: the same place, as it may be shown."""
    return known_as(_found(task, answer).url, task.base_url)


def found_in(task: Task[Any], answer: Answer) -> str:
    """Where that stood."""
    return _found(task, answer).found_in


def own_id(task: Task[Any], answer: Answer) -> str:
    """The service's own id, where the answer has one."""
    return _found(task, answer).id


def id_found_in(task: Task[Any], answer: Answer) -> str:
    """Where the service's own id stood."""
    found = _found(task, answer)
    return found.id_found_in if found.id else ""


def status_at(default: Given, task: Task[Any], answer: Answer) -> str | None:
    """Where the status stands."""
    word = words.first(monitors.document_of(answer), given_of(task, default))
    return word.at if word else None


# ---- what a poll yields


def _moved(_: Task[Any], answer: Answer) -> bool:
    return answer.code == 202 and bool(_named(answer))


def _named(answer: Answer) -> str:
    return monitors.named_in(answer, "operation-location") or monitors.named_in(answer, "location")


def new_monitor(task: Task[Any], answer: Answer) -> str | None:
    """A 202 that names a place replaces the one before."""
    if not _moved(task, answer):
        return None
    return kept_as(monitors.placed(_named(answer), monitor_url(task)))


def seen_202(_: Task[Any], answer: Answer) -> str | None:
    """Whether a poll was answered 202: then the code is the status, and 200 the end."""
    return "yes" if answer.code == 202 else None


def result_at(default: Given, task: Task[Any], answer: Answer) -> str | None:
    """Where the result would be fetched. It does not hang on the status: a signed URL is masked from the start."""
    given, monitor = given_of(task, default), monitor_url(task)
    link = monitors.result_link(monitors.document_of(answer))
    if answer.code == 303:
        return kept_as(monitors.placed(header(answer.headers, "location") or "", monitor))
    if given.result_path:
        service_id = task.doing.yields.get("own_id", "")
        return kept_as(monitors.placed(monitors.beside(given.result_path, monitor, service_id), monitor))
    return kept_as(place) if link and (place := _place(link, monitor)) else None


def _place(link: monitors.Link, monitor: str) -> str | None:
    """The URL of a link, or None where it is no place that can be asked: not every link is meant for us."""
    try:
        return monitors.placed(link.href, monitor)
    except ContractBroken:
        return None


FETCHED = ("Location of the 303", "result_path", "link ")
"""What `result_found_in` begins with where the result is fetched."""


def result_found_in(default: Given, task: Task[Any], answer: Answer) -> str | None:
    """Where the result of a completed task is: what is given, then in the document itself, then a link."""
    given, document = given_of(task, default), monitors.document_of(answer)
    if task.status is not Status.COMPLETED:
        return None
    if answer.code == 303:
        return FETCHED[0]
    if given.result_path:
        return FETCHED[1]
    if given.result_pointer:
        return given.result_pointer
    word = words.first(document, given)
    if word is None:
        return "the body"
    inline = _inline(document, word)
    link = monitors.result_link(document)
    return inline or (f"{FETCHED[2]}{link.at}" if link else "nowhere")


_INLINE = ("result", "results", "output", "outputs", "response", "data")


def _inline(document: Any, word: Word) -> str | None:
    """The pointer of a result that stands in the status document; an object that the status stands in is none."""
    places = (f"{home}/{name}" for home in dict.fromkeys((word.home, "")) for name in _INLINE)
    there = (place for place in places if codec.at(document, place) is not None)
    return next((place for place in there if not f"{word.at}/".startswith(f"{place}/")), None)


def _cancel_of(default: Given, task: Task[Any], answer: Answer) -> tuple[str, str] | None:
    """The method and URL of a cancel: as given, else as a link says; POST where the link does not say."""
    given = given_of(task, default)
    monitor = yielded(task, "monitor") or _monitor_now(task, answer)
    if given.cancel:
        method, _, path = given.cancel.partition(" ")
        service_id = task.doing.yields.get("own_id") or ""
        return method.upper(), monitors.placed(monitors.beside(path.strip(), monitor, service_id), monitor)
    link = monitors.cancel_link(monitors.document_of(answer))
    place = _place(link, monitor) if link else None
    if link is None or place is None:
        return None
    return link.method if link.method in CANCELS else "POST", place


def _monitor_now(task: Task[Any], answer: Answer) -> str:
    return _found(task, answer).url if task.doing.operation == "create" else monitor_url(task)


def cancel_at(default: Given, task: Task[Any], answer: Answer) -> str | None:
    """Where the task is cancelled."""
    found = _cancel_of(default, task, answer)
    return kept_as(found[1]) if found else None


def cancel_by(default: Given, task: Task[Any], answer: Answer) -> str | None:
    """By which method."""
    found = _cancel_of(default, task, answer)
    return found[0] if found else None
