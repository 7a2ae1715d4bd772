"""What people and programs read: JSON documents and lines on stdout, messages on stderr."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from accepted import errors
from accepted.core import codec
from accepted.core.task import Status, Task, document
from accepted.errors import AcceptedError

_KEPT = "\n\t"
_CLEAN = {code: None for code in (*range(0x20), 0x7F, *range(0x80, 0xA0)) if chr(code) not in _KEPT}


def emit(value: Any) -> None:
    """One JSON document, on a line of its own."""
    raw(codec.encode(value) + b"\n")


def raw(content: bytes) -> None:
    """Bytes exactly as they are, at once."""
    sys.stdout.flush()
    sys.stdout.buffer.write(content)
    sys.stdout.buffer.flush()


def put(text: str = "") -> None:
    """A line for people, at once. What a service said cannot move the cursor or change colours."""
    raw(clean(text).encode(errors="replace") + b"\n")


def say(text: str) -> None:
    """A message on stderr."""
    print(f"accepted: {clean(text)}", file=sys.stderr, flush=True)


def clean(text: str) -> str:
    """The text without control characters."""
    return text.translate(_CLEAN)


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Rows under a header, aligned; nothing where there is no row. The last column is as long as it is."""
    lines = [header, *rows]
    if len(lines) == 1:
        return
    widths = [max(len(line[column]) for line in lines) for column in range(len(header) - 1)]
    for line in lines:
        put("  ".join((*(f"{text:{width}}" for text, width in zip(line, widths, strict=False)), line[-1])).rstrip())


# ---- tasks


HEADER = ("REF", "STATUS", "SERVICE SAYS", "AGE", "TITLE")


def row(task: Task[Any]) -> tuple[str, ...]:
    """A task as a row under `HEADER`."""
    about = codec.shorten(task.title or told(task))
    return task.ref, status(task), task.service_status or "-", age(task), about


def line(task: Task[Any]) -> str:
    """A task in one line."""
    said = f"({task.service_status})" if task.service_status else ""
    return "  ".join(filter(None, (task.ref, status(task), said, age(task), codec.shorten(told(task)))))


def status(task: Task[Any]) -> str:
    """The status, with the outcome where it is not whole."""
    return f"{task.status}, {task.outcome}" if task.outcome in ("some", "none") else str(task.status)


def told(task: Task[Any]) -> str:
    """What there is to say about a task beside its status: how far it is, or why it stands where it stands."""
    if task.progress is None or task.status.final or task.status is Status.INPUT_REQUIRED:
        return ": ".join(filter(None, (task.reason, task.message)))
    share = "" if task.progress.fraction is None else f"{task.progress.fraction:.0%}"
    return " ".join(filter(None, (share, task.progress.text)))


def age(task: Task[Any]) -> str:
    """How long a task took, or has taken so far; `-` where nobody knows."""
    began = task.created_at.timestamp() if task.created_at else task.doing.sent_at
    if began is None:
        return "-"
    return duration((task.finished_at.timestamp() if task.finished_at else time.time()) - began)


def duration(seconds: float) -> str:
    """Seconds as people say them."""
    whole = max(0, round(seconds))
    match whole:
        case _ if whole < 120:
            return f"{whole} s"
        case _ if whole < 7200:
            return f"{whole // 60} min"
        case _ if whole < 48 * 3600:
            return f"{whole // 3600} h"
        case _:
            return f"{whole // 86400} d"


def task(shown: Task[Any], *, as_json: bool, extra: Mapping[str, Any] | None = None) -> None:
    """A task on stdout, in one line."""
    if as_json:
        emit({**(extra or {}), **document(shown)})
    else:
        put(line(shown))


# ---- results


_BRIEF = 12
"""Lines of one part of a result that are shown where nobody asked for exactly that part."""


def result(shown: Task[Any], *, whole: bool, only: Mapping[str, Any] | None = None) -> None:
    """What a task yielded, part by part, or `only` these parts; unless `whole`, long ones are only named."""
    if shown.value is None:
        return
    for name, part in (parts(shown) if only is None else only).items():
        if part not in (None, "", [], (), {}):
            _part(shown.ref, name, part, whole=whole)


def parts(shown: Task[Any]) -> dict[str, Any]:
    """The parts of a result by name; one that has none is its own only part."""
    value = codec.plain(shown.value)
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {"result": value}


def _part(ref: str, name: str, part: Any, *, whole: bool) -> None:
    lines = as_text(part).rstrip("\n").split("\n")
    if len(lines) == 1 and len(lines[0]) <= 100:
        put(f"{name}: {lines[0]}")
    elif whole or (len(lines) <= _BRIEF and sum(map(len, lines)) < 2000):
        put(f"{name}:")
        put("\n".join(f"  {each}" for each in lines))
    else:
        put(f"{name}: {len(lines)} lines; accepted result {ref} --field {name}")


def part(name: str, value: Any) -> None:
    """One part of an answer, whole."""
    _part("", name, value, whole=True)


def as_text(part: Any) -> str:
    """A part of a result as text: itself, or JSON."""
    return part if isinstance(part, str) else json.dumps(part, indent=2, ensure_ascii=False)


# ---- errors


def error(failure: AcceptedError, *, as_json: bool, extra: Mapping[str, Any] | None = None) -> None:
    """An error: what happened and what to do on stderr; with `--json` also as a document on stdout."""
    where = f"line {extra['line']}: " if extra and "line" in extra else ""
    say(where + str(failure))
    for note in (*getattr(failure, "__notes__", ()), *what_to_do(failure)):
        print(f"  {clean(note)}", file=sys.stderr, flush=True)
    if as_json:
        emit({**(extra or {}), **error_document(failure)})


def error_document(failure: AcceptedError) -> dict[str, Any]:
    """An error as a JSON document."""
    facts = {name: getattr(failure, name) for name in ("status_code", "request_id", "retry_after")}
    told = {"kind": type(failure).__name__, "message": str(failure), **facts, "exit_code": failure.exit_code}
    return {"ref": failure.ref, "service": failure.service, "error": told}


def what_to_do(failure: AcceptedError) -> list[str]:
    """The next step after an error, where the message does not say it already."""
    service = failure.service or "SERVICE"
    advice: list[str] = []
    match failure:
        case errors.AuthenticationFailed():
            advice = [f"accepted doctor {service}   says where the credential is looked for"]
        case errors.RateLimited(retry_after=float(wait)):
            advice = [f"try again in {duration(wait)}"]
        case errors.TaskNotFound() if failure.service:
            advice = [f"accepted list {service}   shows the tasks that it has"]
        case errors.ConnectionFailed():
            advice = [f"accepted doctor {service}   shows where it stops"]
        case errors.JournalFailed():
            advice = ["--no-journal does without it"]
        case errors.OutcomeUnknown(ref=str(ref)):
            advice = [f"accepted status {ref}   looks"]
        case _:
            pass
    if failure.request_id and failure.status_code and failure.status_code >= 500:
        advice.append(f"its support will ask for the request id: {failure.request_id}")
    return advice
