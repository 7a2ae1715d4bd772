"""What a request to the simulated Codex may say, and what is refused.

The usual error body is `{"detail": ...}` (third-party notes and issues of openai/codex). Of the 400s two of a create
are known from third-party notes of 2025; every other one, and most texts, are unverified.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from accepted.core.wire import Response
from accepted.simulate._codex_life import Task, Turn

Document = dict[str, Any]

_MAX_PAGE = 20
"""What the CLI sends, and its own bound; another source says that the service stops at 19."""

_MAX_ATTEMPTS = 4

_DETAILS: Mapping[int, str] = {
    401: "Unauthorized",
    404: "Task not found",
    429: "Rate limit exceeded",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
}


class Refused(Exception):
    """Carries the error answer out of whatever depth found the fault."""

    def __init__(self, answer: Response) -> None:
        super().__init__(answer.status)
        self.answer = answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request, taken apart. `path` holds the decoded ids of the route."""

    path: Mapping[str, str]
    query: Mapping[str, list[str]]
    body: bytes
    now: float
    account: str
    """whose usage it is, as a digest"""


def document(value: object, status: int = 200) -> Response:
    """A JSON answer."""
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    return Response(status=status, headers=(("content-type", "application/json"),), body=body)


def error(status: int, detail: str | None = None) -> Response:
    """The error document; `detail` defaults to the usual text of that code."""
    return document({"detail": detail or _DETAILS[status]}, status)


# --- what a create may say -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The body of a create, valid; one of `new_task` and `follow_up` is not empty."""

    input_items: tuple[Document, ...]
    attempts: int
    new_task: Document
    follow_up: Document

    @property
    def environment_id(self) -> str:
        """An id, or whatever was sent for one."""
        return str(self.new_task.get("environment_id", ""))

    @property
    def branch(self) -> str:
        """Where it starts."""
        return str(self.new_task.get("branch") or "main")

    @property
    def task_id(self) -> str:
        """The task that is followed up."""
        return str(self.follow_up.get("task_id", ""))

    @property
    def turn_id(self) -> str:
        """The attempt that is followed up."""
        return str(self.follow_up.get("turn_id", ""))

    def turn(self, task_id: str, number: int, now: float) -> Turn:
        """The turn that this begins."""
        qa_mode = self.new_task.get("run_environment_in_qa_mode") is True
        return Turn(
            task_id=task_id,
            number=number,
            started=now,
            input_items=self.input_items,
            attempts=self.attempts,
            asks=qa_mode or self.follow_up.get("environment_mode") == "ask",
        )


def wanted(body: bytes) -> Wanted:
    """The body, checked. Raises `Refused`: two of its 400s were seen in 2025, the text of the second is quoted."""
    asked = _read(body)
    items = _objects(asked.get("input_items"))
    if not items:
        raise Refused(error(400, "missing input_items"))
    new_task, follow_up = (_object(asked.get(name)) for name in ("new_task", "follow_up"))
    if not new_task and not follow_up:
        # nobody documented the body of a review_fix, so it is refused as if it were not there
        raise Refused(error(400, "must specify one of follow_up, new_task, review_fix"))
    attempts = _object(asked.get("metadata")).get("best_of_n", 1)
    if type(attempts) is not int or not 1 <= attempts <= _MAX_ATTEMPTS:
        raise Refused(error(400, f"best_of_n must be between 1 and {_MAX_ATTEMPTS}"))
    return Wanted(input_items=items, attempts=attempts, new_task=new_task, follow_up=follow_up)


def is_follow_up(body: bytes) -> bool:
    """Whether it continues a task; then it makes none."""
    try:
        return bool(_object(_read(body).get("follow_up")))
    except Refused:
        return False


def _read(body: bytes) -> Document:
    try:
        value: object = json.loads(body)
    except ValueError as cause:
        raise Refused(error(400, "Invalid JSON")) from cause
    return _object(value)


def _object(value: object) -> Document:
    return cast("Document", value) if isinstance(value, dict) else {}


def _objects(value: object) -> tuple[Document, ...]:
    every = cast("list[object]", value) if isinstance(value, list) else []
    return tuple(cast("Document", each) for each in every if isinstance(each, dict))


# --- paging ----------------------------------------------------------------------------------------------

_FILTERS: Mapping[str, Callable[[Task], bool]] = {
    "all": lambda _task: True,
    "current": lambda task: not task.archived,
    "archived": lambda task: task.archived,
    "code_review": lambda _task: False,
}
"""No task here is a code review. Which of them stands where none is asked for is unverified."""


def task_filter(asked: Asked) -> Callable[[Task], bool]:
    """The test that a listed task passes. Raises `Refused`."""
    name = asked.query.get("task_filter", ["current"])[0]
    if name not in _FILTERS:
        raise Refused(error(400, f"task_filter must be one of {', '.join(_FILTERS)}"))
    return _FILTERS[name]


def limit(asked: Asked) -> int:
    """The length of a page. Raises `Refused`."""
    text = asked.query.get("limit", [str(_MAX_PAGE)])[0]
    if not re.fullmatch(r"\d{1,3}", text, re.ASCII) or not 1 <= int(text) <= _MAX_PAGE:
        raise Refused(error(400, f"limit must be between 1 and {_MAX_PAGE}"))
    return int(text)


_CURSOR = "+RID:"
"""How the service's opaque cursors begin, in a third-party catalogue of captured traffic: a `+` that is not
encoded arrives as a space."""


def cursor(number: int) -> str:
    """Where the page after this task begins."""
    return _CURSOR + base64.urlsafe_b64encode(f"before:{number}".encode()).decode()


def position(asked: Asked) -> int | None:
    """The number of the last task given: what is added between two pages is neither repeated nor shifts them."""
    given = asked.query.get("cursor", [""])[0]
    if not given:
        return None
    try:
        start, mark, number = given.partition(_CURSOR)
        text = base64.urlsafe_b64decode(number).decode() if mark and not start else ""
        return int(text.removeprefix("before:"))
    except ValueError as cause:
        raise Refused(error(400, "Invalid cursor")) from cause
