"""A task as it is shown: its document, and the mark of its version.

What may live here: pure functions from a record to what a client reads.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from urllib.parse import quote

import msgspec

from accepted.core import codec
from accepted.core.task import Status
from accepted.server.store import Record


def task_document(record: Record, links_base: str) -> dict[str, Any]:
    """The document of a task as plain values.

    `links_base` is the path below which the operations are (`/api`, or `/mounted/api`). Moments are RFC 3339 in UTC.
    `result` is there where the task is completed, `error` (a problem, RFC 9457) where it has one.
    """
    return _document(record, links_base, codec.anything)


def task_json(record: Record, links_base: str) -> bytes:
    """The same as JSON; what is kept as JSON is taken over as it is."""
    return codec.encode(_document(record, links_base, msgspec.Raw))


def page_json(records: tuple[Record, ...], links_base: str, next_cursor: str | None) -> bytes:
    """A page of a list as JSON."""
    items = [_document(record, links_base, msgspec.Raw) for record in records]
    return codec.encode({"items": items, "next_cursor": next_cursor})


def etag(record: Record) -> str:
    """The entity tag of a task's document: it changes with the task and with nothing else."""
    return f'"{record.version}"'


def task_path(record: Record, links_base: str) -> str:
    """Where a task is polled."""
    return f"{links_base}/tasks/{record.id}"


def _document(record: Record, links_base: str, embed: Callable[[bytes], Any]) -> dict[str, Any]:
    document: dict[str, Any] = {
        "id": record.id,
        "type": record.type,
        "status": record.status.value,
        "progress": None if record.progress is None else embed(record.progress),
        "created_at": _moment(record.created_at),
        "started_at": _moment(record.started_at),
        "finished_at": _moment(record.finished_at),
        "attempt": record.attempt,
        "expires_at": _moment(record.expires_at),
        "links": _links(record, links_base),
    }
    if record.status is Status.COMPLETED:
        document["result"] = embed(record.result or b"null")
    if record.error is not None:
        document["error"] = embed(record.error)
    return document


def _links(record: Record, links_base: str) -> dict[str, Any]:
    own = task_path(record, links_base)
    links: dict[str, Any] = {"self": own, "events": own + "/events"}
    if not record.status.final:
        links["cancel"] = own + "/cancel"
    if record.artifacts:
        links["artifacts"] = [
            {
                "name": kept.name,
                "media_type": kept.media_type,
                "size": kept.size,
                "url": f"{own}/artifacts/{quote(kept.name, safe='')}",
            }
            for kept in record.artifacts
        ]
    return links


def _moment(epoch: float | None) -> str | None:
    if epoch is None:
        return None
    second, microseconds = divmod(round(epoch * 1e6), 1_000_000)
    return f"{_second(second)}.{microseconds // 1000:03d}Z"


@lru_cache(maxsize=256)
def _second(epoch: int) -> str:
    """Kept, since most moments that are told lie within a few seconds."""
    return datetime.fromtimestamp(epoch, UTC).isoformat(timespec="seconds").removesuffix("+00:00")
