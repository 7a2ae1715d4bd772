"""Answers that take their time: a wait that ends when the client goes, the events of a task, a file."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Coroutine, Generator
from contextlib import suppress
from pathlib import Path
from typing import Any, Generic, TypeVar, cast
from urllib.parse import quote

from accepted.asgi import Left, Receive, Streamed
from accepted.core.wire import Headers, Response
from accepted.server import answers
from accepted.server.answers import Answer
from accepted.server.documents import task_json
from accepted.server.faults import Fault
from accepted.server.reading import Fields, Unsatisfiable, byte_range, has_tag
from accepted.server.store import Kept, Record
from accepted.server.tasks import Tasks

T = TypeVar("T")

HEARTBEAT = 15.0
"""Seconds of silence after which a comment is sent, so that proxies keep the connection."""

LASTS = 30.0
"""Seconds after which a stream ends, so that no ASGI server that stops waits for ever for one to close.

An EventSource connects again by itself, and says which event it saw last.
"""

_CROWDED = 1.0
"""Seconds between two looks where so many wait that nobody more is told."""

_CHUNK = 256 * 1024


async def in_time(work: Coroutine[Any, Any, T], timeout: float) -> T:
    """What `work` gives; raises TimeoutError after so many seconds.

    A timer takes a quarter of the time of a whole create, and most need none: the body is there before it is asked for.
    So the first step is made here, and a timer is set only where that step has to wait.
    """
    try:
        waits_for = work.send(None)
    except StopIteration as done:
        return cast("T", done.value)
    async with asyncio.timeout(timeout):
        return await _Begun(work, waits_for)


class _Begun(Generic[T]):
    """A coroutine whose first step has been made, and waits for something."""

    def __init__(self, work: Coroutine[Any, Any, T], waits_for: Any) -> None:
        self._work = work
        self._waits_for = waits_for

    def __await__(self) -> Generator[Any, Any, T]:
        try:
            yield self._waits_for
            return (yield from self._work.__await__())
        finally:
            self._work.close()


async def while_there(receive: Receive, work: Coroutine[Any, Any, T]) -> T:
    """What `work` gives, as long as the client is there; raises Left where it goes before. The body must be read."""
    working = asyncio.ensure_future(work)
    watching = asyncio.ensure_future(_gone(receive))
    try:
        await asyncio.wait((working, watching), return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise Left
        return working.result()
    finally:
        await _stopped(working, watching)


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _stopped(*futures: asyncio.Future[Any]) -> None:
    for future in futures:
        if not future.done():
            future.cancel()
            with suppress(asyncio.CancelledError):
                await future


# ---- events


def events(tasks: Tasks, record: Record, links_base: str, seen: int | None) -> Answer:
    """The changes of a task from now on, for a client that saw the version `seen` last.

    204 where it saw the final one: it is what makes an EventSource stop asking.
    """
    if record.status.final and record.version == seen:
        return answers.empty(answers.NO_STORE)
    # The last field is for nginx, which otherwise collects an answer before it passes it on.
    headers = (("Content-Type", "text/event-stream"), answers.NO_STORE, ("X-Accel-Buffering", "no"))
    return Streamed(status=200, headers=headers, chunks=_events(tasks, record, links_base, seen))


async def _events(tasks: Tasks, record: Record, links_base: str, seen: int | None) -> AsyncGenerator[bytes]:
    ends = time.monotonic() + LASTS
    yield b": nothing new\n\n" if record.version == seen else _event(record, links_base)
    while not (record.status.final or tasks.draining or (now := time.monotonic()) >= ends):
        until, before = min(now + HEARTBEAT, ends), record.version
        try:
            record = await tasks.changed(record.tenant, record.id, before, until - now)
        except Fault:  # it was removed meanwhile: the next request is told so
            return
        if record.version != before:
            yield _event(record, links_base)
        elif not tasks.draining:
            await asyncio.sleep(min(max(until - time.monotonic(), 0.0), _CROWDED))
            yield b": still there\n\n"


def _event(record: Record, links_base: str) -> bytes:
    return b"id: %d\nevent: task\ndata: %s\n\n" % (record.version, task_json(record, links_base))


# ---- files


async def artifact(folder: Path, record: Record, name: str, fields: Fields) -> Answer:
    """A file of a task, or the range of it that is asked for. `folder` is the one of its last attempt.

    Raises:
        Fault: `unknown`: it wrote no such file, or the file is lost.
    """
    kept = next((one for one in record.artifacts if one.name == name), None)
    if kept is None:
        raise Fault("unknown", "the task has no such artifact")
    tag = f'"{record.attempt}-{kept.size}"'
    if has_tag(fields.get(b"if-none-match"), tag):
        return Response(status=304, headers=(("ETag", tag),))
    try:
        wanted = byte_range(fields, kept.size, tag)
    except Unsatisfiable:
        size = ("Content-Range", f"bytes */{kept.size}")
        return answers.plain_problem(416, "Range Not Satisfiable", "the file has no such bytes", size)
    begin, end = wanted or (0, kept.size - 1)
    part = (("Content-Range", f"bytes {begin}-{end}/{kept.size}"),) if wanted else ()
    headers = (*_about(kept), ("ETag", tag), ("Content-Length", str(end - begin + 1)), *part)
    path = folder / name
    if not await asyncio.to_thread(path.is_file):
        raise Fault("unknown", "the file of this artifact is not there any more")
    return Streamed(status=206 if wanted else 200, headers=headers, chunks=_bytes(path, begin, end - begin + 1))


async def _bytes(path: Path, begin: int, count: int) -> AsyncGenerator[bytes]:
    with await asyncio.to_thread(path.open, "rb") as file:
        await asyncio.to_thread(file.seek, begin)
        while count and (chunk := await asyncio.to_thread(file.read, min(count, _CHUNK))):
            count -= len(chunk)
            yield chunk


def _about(kept: Kept) -> Headers:
    """A task's file may hold anything: it is saved under its name, and never shown as a page of this origin."""
    plain = "".join(one if one.isascii() and one.isprintable() and one not in '"\\%' else "_" for one in kept.name)
    named = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(kept.name, safe='')}"
    sane = kept.media_type.isascii() and kept.media_type.isprintable()
    return (
        ("Content-Type", kept.media_type if sane else "application/octet-stream"),
        ("Content-Disposition", named),
        ("Accept-Ranges", "bytes"),
        ("X-Content-Type-Options", "nosniff"),
        ("Cache-Control", "private, no-cache"),
    )
