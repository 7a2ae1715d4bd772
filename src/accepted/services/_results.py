"""What a task of a 202 API yielded: a value, or a file.

What may live here: pure functions of a final task and its documents.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from accepted.core import codec
from accepted.core.codec import Struct
from accepted.core.task import Artifact, Status, Task
from accepted.services._kept import given_of, monitor_url, yielded
from accepted.services._words import Given
from accepted.services._yields import FETCHED


class Result(Struct, kw_only=True):
    """What a task yielded.

    Attributes:
        value: its result: JSON as it is, else a text; None where the API tells none. What is neither is a file.
        document: the last status document.
    """

    value: Any = None
    document: Any = None


def is_fetched(task: Task[Any]) -> bool:
    return task.status is Status.COMPLETED and task.doing.yields.get("result_found_in", "").startswith(FETCHED)


def result_of(default: Given, task: Task[Any]) -> Result:
    return Result(value=_value(task, given_of(task, default)), document=_decoded(task.raw or b"")[0])


def _value(task: Task[Any], given: Given) -> Any:
    found_in = task.doing.yields.get("result_found_in", "nowhere")
    if task.status is not Status.COMPLETED or found_in == "nowhere":
        return None
    if not (found_in == "the body" or found_in.startswith(FETCHED)):
        return _at(_decoded(task.raw or b"")[0], found_in)
    value = _decoded(_body(task))[0]
    return _at(value, given.result_pointer) if given.result_pointer else value


def _body(task: Task[Any]) -> bytes:
    """The bytes that are the result as a whole."""
    (fetched,) = task.documents.get("result", (b"",))
    return fetched if task.doing.yields.get("result_found_in", "").startswith(FETCHED) else task.raw or b""


def _at(document: Any, pointer: str) -> Any:
    found = codec.at(document, pointer)
    if found is None:
        raise ValueError(f"nothing stands at {pointer} (result_pointer)")
    return found


def _decoded(raw: bytes) -> tuple[Any, bool]:
    """JSON, else a text, else None; and whether it is JSON."""
    try:
        return codec.anything(raw or b"null"), True
    except codec.WrongShape:
        pass
    try:
        return raw.decode(), False
    except UnicodeDecodeError:
        return None, False


def artifacts_of(task: Task[Any]) -> tuple[Artifact, ...]:
    """A result that is no JSON, as a file: it came with the answer, so that a download makes no request."""
    yields = task.doing.yields
    whole = yields.get("result_found_in", "") == "the body" or is_fetched(task)
    if not whole or not _body(task) or _decoded(_body(task))[1]:
        return ()
    kind = (yields.get("result_type", "") or "application/octet-stream").partition(";")[0].strip()
    name = urlsplit(yielded(task, "result_at") or monitor_url(task)).path.rpartition("/")[2]
    named = name if "." in name.strip(".") else f"result.{kind.rpartition('/')[2] or 'bin'}"
    return (Artifact(name=named, media_type=kind, content=_body(task)),)
