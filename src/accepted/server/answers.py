"""What is answered, as wire values: tasks, pages, refusals. Pure, and the same for our own face and for a framework's.

What may live here: functions from records and faults to answers.
"""

from __future__ import annotations

import math
from dataclasses import replace

from accepted.asgi import Streamed
from accepted.core import codec
from accepted.core.wire import Headers, Response
from accepted.server.documents import etag, page_json, task_json, task_path
from accepted.server.faults import Fault, Wrong, problem
from accepted.server.store import Record

Answer = Response | Streamed

JSON = ("Content-Type", "application/json")
PROBLEM = ("Content-Type", "application/problem+json")
NO_STORE = ("Cache-Control", "no-store")
CLOSE = ("Connection", "close")
"""The rest of a body stays unread, so this connection cannot carry another request."""

_MOST_WRONG = 100
_LONGEST = 500
"""Wrong fields that are named, and characters of what is said: a hostile body must not make an endless answer."""


def accepted(record: Record, links_base: str, retry_after: float, *more: tuple[str, str]) -> Response:
    """202: the task is on disk; where it is polled, and when. The status may be final for a repeated create."""
    headers = (JSON, ("Location", task_path(record, links_base)), _later(retry_after), NO_STORE, *more)
    return Response(status=202, headers=headers, body=task_json(record, links_base))


def task(record: Record, links_base: str, retry_after: float, *more: tuple[str, str], status: int = 200) -> Response:
    """A task as it is now."""
    headers = (JSON, *_monitor(record, retry_after), *more)
    return Response(status=status, headers=headers, body=task_json(record, links_base))


def unchanged(record: Record, retry_after: float, *more: tuple[str, str]) -> Response:
    """304: the task is as the client knows it."""
    return Response(status=304, headers=(*_monitor(record, retry_after), *more))


def page(records: tuple[Record, ...], links_base: str, next_cursor: str | None, following: str | None) -> Response:
    """A page of tasks; `following` is the path of the next one."""
    link = (("Link", f'<{following}>; rel="next"'),) if following else ()
    return Response(status=200, headers=(JSON, NO_STORE, *link), body=page_json(records, links_base, next_cursor))


def empty(*headers: tuple[str, str]) -> Response:
    """204."""
    return Response(status=204, headers=headers)


def refusal(fault: Fault, *, instance: str | None = None) -> Response:
    """The problem document of a fault (RFC 9457); `instance` is the id under which the server logged it."""
    later = () if fault.retry_after is None else (_later(fault.retry_after),)
    wrong = [Wrong(one.where[:_LONGEST], one.why[:_LONGEST]) for one in fault.wrong[:_MOST_WRONG]]
    document = problem(fault.kind, fault.detail[:_LONGEST], wrong=wrong)
    body = codec.encode(document if instance is None else {**document, "instance": instance})
    return Response(status=fault.status, headers=(PROBLEM, NO_STORE, *later, *fault.headers), body=body)


def plain_problem(status: int, title: str, detail: str, *headers: tuple[str, str]) -> Response:
    """A problem that says no more than its code does (its type is `about:blank`)."""
    document = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    return Response(status=status, headers=(PROBLEM, NO_STORE, *headers), body=codec.encode(document))


def with_more(answer: Answer, more: Headers) -> Answer:
    """The same answer with these fields besides."""
    return replace(answer, headers=answer.headers + more) if more else answer


def _monitor(record: Record, retry_after: float) -> Headers:
    told = (("ETag", etag(record)), NO_STORE)
    return told if record.status.final else (*told, _later(retry_after))


def _later(seconds: float) -> tuple[str, str]:
    """Whole seconds, never less than what is meant."""
    return ("Retry-After", str(math.ceil(seconds)))
