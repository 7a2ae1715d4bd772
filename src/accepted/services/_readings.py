"""What the answers of a 202 API say about a task, where nobody declared how they look.

What may live here: pure functions of a task and an answer. No guess may lead to `completed`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

from accepted.core import codec
from accepted.core.monitor import known_as
from accepted.core.read import Answer, Reading
from accepted.core.task import Progress, Status, Task
from accepted.core.wire import header
from accepted.errors import ContractBroken
from accepted.services import _monitors as monitors
from accepted.services import _words as words
from accepted.services._kept import given_of
from accepted.services._words import Given, Word


def read_create(task: Task[Any], answer: Answer) -> Reading:
    """What the answer to a create says; it is never an end: its `success` is mostly that of the request."""
    word = words.first(monitors.document_of(answer), given_of(task, Given()))
    if word is None or word.meaning.status.final:
        return Reading()
    return _reading(word, None)


def _reading(word: Word, message: str | None) -> Reading:
    said = word.meaning
    return Reading(
        status=said.status, service_status=word.word, outcome=said.outcome, reason=said.reason, message=message
    )


def read_poll(default: Given, task: Task[Any], answer: Answer) -> Reading:
    """What an answer to a poll says.

    Raises:
        ContractBroken: it contradicts itself, or says nothing; the message names the input that is needed.
    """
    given = given_of(task, default)
    if answer.code == 303:
        return _read_other(answer)
    document = monitors.document_of(answer)
    if answer.code == 202 and not given.status_pointer:
        return _under_way(words.first(document, given), document)
    word = words.find(document, given)
    if word is None:
        return _without_word(task, answer, given, document)
    over = word.word == "done: true" and not word.meaning.status.final
    reading = _reading(word, words.why(document, word, given) if _unhappy(word) else None)
    return replace(reading, over=True) if over else _with_progress(reading, document, word)


def _read_other(answer: Answer) -> Reading:
    if not header(answer.headers, "location"):
        raise ContractBroken("a poll was answered 303 without a Location: the result is nowhere")
    return Reading(status=Status.COMPLETED)


def _unhappy(word: Word) -> bool:
    return word.meaning.status.final and word.meaning.status is not Status.COMPLETED


def _under_way(word: Word | None, document: Any) -> Reading:
    """A 202 is not over (RFC 9110 15.3.3), whatever its body says; a word that says otherwise is warned about."""
    if word is None:
        return Reading(status=Status.IN_PROGRESS)
    doubt = Status.UNKNOWN if word.meaning.status.final else Status.IN_PROGRESS
    known = not word.meaning.status.final and word.meaning.status is not Status.UNKNOWN
    status = word.meaning.status if known else doubt
    return _with_progress(Reading(status=status, service_status=word.word, reason=word.meaning.reason), document, word)


def _with_progress(reading: Reading, document: Any, word: Word) -> Reading:
    found = (codec.at(document, f"{home}/progress") for home in dict.fromkeys((word.home, "")))
    text = next((str(one) for one in found if isinstance(one, str | int | float) and not isinstance(one, bool)), None)
    # What a number counts, parts or percent, nobody says: it is told as it is.
    return replace(reading, progress=Progress(text=text)) if text else reading


def _without_word(task: Task[Any], answer: Answer, given: Given, document: Any) -> Reading:
    """A 200 or 204 without a status is the end only where the codes themselves are the status (the Location style)."""
    code = str(answer.code)
    if code in words.spelled(given.final_words):
        return Reading(status=Status.COMPLETED, service_status=code)
    doubt = _doubt(task, answer, document)
    if doubt is None:
        failed = isinstance(document, dict) and words.is_error(cast("dict[str, Any]", document).get("error"))
        failed |= (header(answer.headers, "content-type") or "").startswith("application/problem+")
        return Reading(
            status=Status.FAILED if failed else Status.COMPLETED,
            service_status=code,
            message=words.why(document, None, given) if failed else None,
        )
    told = f"the answer to a poll ({code}) {doubt}: {words.outline(answer.raw)}. Say where the status stands "
    raise ContractBroken(f"{told}with status_pointer, or final_words={code} where {code} itself is the end")


def _doubt(task: Task[Any], answer: Answer, document: Any) -> str | None:
    """Why an answer without a status is not taken for the end, or None where it is."""
    found_in = task.doing.yields.get("monitor_found_in")
    asked_again = "seen_202" in task.doing.yields
    by_code = found_in in {"Location", "Content-Location"} or (found_in is None and asked_again)
    if not by_code or answer.code not in {200, 204}:
        return "has no status at any usual place"
    kind = (header(answer.headers, "content-type") or "").partition(";")[0].strip().lower()
    if kind == "text/html":
        return "is a page, not a status"
    if asked_again:
        return None
    if "status_at" in task.doing.yields:
        return "has no status, which the answers before had"
    told = words.may_be_a_status(document) or (kind == "text/plain" and answer.raw)
    return "may tell a status in a way that is not known" if told else None


def read_look(default: Given, task: Task[Any], answer: Answer) -> Reading:
    """What a look before a cancel says; what it cannot say is for the next poll to complain of."""
    try:
        return read_poll(default, task, answer)
    except ContractBroken:
        return Reading()


def read_cancel(default: Given, task: Task[Any], answer: Answer) -> Reading:
    """The answer to a cancel counts only where it says that the task is cancelled."""
    word = words.first(monitors.document_of(answer), given_of(task, default))
    if answer.code == 202 or word is None or word.meaning.status is not Status.CANCELLED:
        return Reading()
    return _reading(word, None)


def read_item(default: Given, list_url: str, answer: Answer) -> Reading:
    """What an item of a list says; its id is the place at which its task is asked about."""
    word = words.first(monitors.document_of(answer), default)
    place = known_as(monitors.monitor_of(answer, default, list_url).url, list_url)
    return replace(_reading(word, None) if word else Reading(status=Status.UNKNOWN), id=place)


def advice(task: Task[Any], code: int | None) -> str:
    """What a person can do about a word that is not known, or about a place that was only guessed."""
    word = task.service_status or ""
    if code is None and words.meaning(word, Given()).status.final:
        return "A 202 is not over, whatever it says; where its word counts all the same, say status_pointer"
    if code is None:
        return f"If it is the end, say final_words={word} (failed_words, cancelled_words); else pending_words={word}"
    guessed = task.doing.yields.get("monitor_found_in", "").startswith(monitors.GUESSED)
    if code in {404, 405} and guessed and task.doing.operation == "poll" and not task.doing.polls:
        own = task.doing.yields.get("own_id", "")
        return f"That place was a guess: say where tasks are asked about with poll_path, as in /jobs/{{id}} (id {own})"
    return ""
