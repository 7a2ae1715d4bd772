"""One attempt under way: how a user's function is called, told to end, and heard.

What may live here: threads, cancellation, what is injected, reports and files. What an end means is `runner`'s.
A sync function has a thread of its own, a daemon: one that never returns must not keep the process from ending.
"""

from __future__ import annotations

import asyncio
import contextvars
import logging
import os
import shutil
import tempfile
import threading
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, ExitStack, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

from accepted.core import codec
from accepted.server import resources
from accepted.server.context import Cancelled, Progress, ProgressDocument, Resource, TaskInfo
from accepted.server.store import Begun, Kept, StoreFailed
from accepted.server.tasks import Tasks
from accepted.server.tasktype import TaskType

Stop = Literal["cancel", "deadline", "drain", "lost"]
"""Why an attempt is told to end; `lost`: another attempt has the task."""

_BETWEEN = 0.2
"""Seconds between two writes of an attempt's progress."""

log = logging.getLogger("accepted.server")


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a function ended: what it returned, or what it raised."""

    value: Any = None
    error: BaseException | None = None


class Swallowed(Exception):
    """A resource kept back what the function raised, so that there is neither a result nor a reason."""

    def __init__(self) -> None:
        super().__init__("a resource kept back what the function raised")


class Attempt:
    """One attempt under way: what it is told, and what it tells. Made on the engine's loop."""

    def __init__(self, begun: Begun, declared: TaskType, files: Path, tasks: Tasks) -> None:
        self.id = begun.id
        self.number = begun.attempt
        self.failures = begun.failures
        self.lost = begun.lost
        self.token = begun.token
        self.type = declared
        self.facts = {"task": self.id, "type": declared.name, "attempt": self.number}
        self.stopped: Stop | None = None
        self.kept: dict[str, Kept] = {}
        self._fenced = False
        self._lock = threading.Lock()
        self._begun = begun
        self._files = files
        self._loop = asyncio.get_running_loop()
        self._work: asyncio.Task[Outcome] | None = None
        self._returned: asyncio.Future[None] = self._loop.create_future()
        self._reports = _Reports(self._put, self._loop)
        self._tasks = tasks

    def start(self) -> None:
        """Call the function, in a task of its own: whatever it does to that is not done to us.

        It is not called where it was told to end before.
        """
        self._work = asyncio.create_task(self._performed())
        self._work.add_done_callback(lambda _: self._returned.set_result(None))
        if self.stopped is not None:
            self._work.cancel()

    async def returned(self, timeout: float | None = None) -> bool:
        """Wait until the function has returned, at most so many seconds; whether it has."""
        if timeout is None:
            await self._returned
        else:
            await asyncio.wait([self._returned], timeout=timeout)
        return self._returned.done()

    def outcome(self) -> Outcome:
        """How the function ended, once it has."""
        if self._work is None or self._work.cancelled():  # before its first step
            return Outcome(error=asyncio.CancelledError())
        return self._work.result()

    def stop(self, why: Stop) -> None:
        """Tell the function to end: an async one is cancelled, a sync one hears of it when it reports or asks."""
        self.stopped = self.stopped or why
        # The task of a sync one only waits for its thread.
        if self._work is not None and self.type.is_async:
            self._work.cancel()

    def fence(self, why: Stop) -> None:
        """Stop, and take nothing more from it."""
        self.seal()
        self.stop(why)

    def seal(self) -> None:
        """Take no more files: those that are there are what is recorded. A thread of the function's may live on."""
        with self._lock:
            self._fenced = True

    async def tell_the_last(self) -> None:
        """Write the last report."""
        await self._reports.close()

    @property
    def may_have_files(self) -> bool:
        """Whether this attempt wrote files, or one before it may have."""
        return bool(self.kept) or self.number > 1

    @property
    def _folder(self) -> Path:
        return self._files / self.id / str(self.number)

    def sync(self) -> None:
        """Bring the files to the disk. Raises OSError."""
        for name in self.kept:
            _sync(self._folder / name)
        for folder in (self._folder, self._folder.parent, self._folder.parent.parent):
            _sync(folder)

    def tidy(self, *, final: bool) -> None:
        """Remove files that belong to nothing: this attempt's where it was not the last, else all others'."""
        everything = list(self._folder.parent.iterdir()) if self._folder.parent.exists() else []
        for folder in everything:
            if final != (folder == self._folder):
                shutil.rmtree(folder, ignore_errors=True)

    # ---- the function

    async def _performed(self) -> Outcome:
        try:
            return Outcome(await (self._awaited() if self.type.is_async else self._threaded()))
        except BaseException as error:  # noqa: BLE001  # whatever a function raises ends its task, never the engine
            return Outcome(error=error)

    async def _awaited(self) -> Any:
        async with AsyncExitStack() as stack:
            arguments = self.type.arguments(self._begun.input)
            for name, what in self.type.injected.items():
                given = await resources.opened(what.factory(), stack) if isinstance(what, Resource) else self._own(what)
                arguments[name] = given
            return await self.type.function(**arguments)
        raise Swallowed

    async def _threaded(self) -> Any:
        async with AsyncExitStack() as stack:
            return await _in_thread(partial(self._called, stack), f"{self.type.name}-{self.id}")
        raise Swallowed

    def _called(self, on_loop: AsyncExitStack) -> Any:
        """In a thread of its own: what needs no loop is opened and closed there, connections may depend on it."""
        with ExitStack() as stack:
            arguments = self.type.arguments(self._begun.input)
            for name, what in self.type.injected.items():
                given = self._opened(what, stack, on_loop) if isinstance(what, Resource) else self._own(what)
                arguments[name] = given
            return self.type.function(**arguments)
        raise Swallowed

    def _opened(self, what: Resource, stack: ExitStack, on_loop: AsyncExitStack) -> Any:
        made = what.factory()
        if not resources.is_async(made):
            return resources.opened_here(made, stack)
        return asyncio.run_coroutine_threadsafe(resources.opened(made, on_loop), self._loop).result()

    def _own(self, what: Literal["progress", "info"]) -> Progress | TaskInfo:
        if what == "progress":
            return Progress(self._reports.note, lambda: self.stopped is not None, self._keep)
        timeout = self.type.timeout
        return TaskInfo(
            id=self.id,
            type=self.type.name,
            tenant=self._begun.tenant,
            attempt=self.number,
            deadline=None if timeout is None else self._begun.started_at + timeout,
        )

    # ---- what it tells

    async def _put(self, document: bytes) -> None:
        try:
            ours = await self._tasks.store.progress(self.id, self.token, document)
        except StoreFailed as error:
            log.warning("%s: progress not kept: %s", self.id, error, extra=self.facts)
            return
        if ours:
            self._tasks.touched(self.id)
        elif not self._fenced:
            self.stop("lost")

    def _keep(self, name: str, content: bytes | Path, media_type: str) -> None:
        if self._fenced:
            raise Cancelled
        name.encode()  # raises here, not when the record is written
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Beside its place, for writing takes time, and the attempt may end meanwhile. No artifact has a dot in front.
        descriptor, part = tempfile.mkstemp(prefix=".", dir=self._folder)
        os.close(descriptor)
        try:
            _write(Path(part), content)
            self._put_in_place(Path(part), name, media_type)
        finally:
            Path(part).unlink(missing_ok=True)

    def _put_in_place(self, part: Path, name: str, media_type: str) -> None:
        """Once sealed, what a name stands for never changes under the size that is recorded."""
        size = part.stat().st_size
        with self._lock:
            if self._fenced:
                raise Cancelled
            part.replace(self._folder / name)
            self.kept[name] = Kept(name=name, media_type=media_type, size=size)


class _Reports:
    """Reports of one attempt, written at most five times a second, the last one always."""

    def __init__(self, put: Callable[[bytes], Awaitable[None]], loop: asyncio.AbstractEventLoop) -> None:
        self._put = put
        self._loop = loop
        self._latest = b""
        self._noted = False
        self._closed = asyncio.Event()
        self._writer: asyncio.Task[None] | None = None

    def note(self, document: ProgressDocument) -> None:
        """Take a report; from any thread, at any rate. Raises ValueError for a text that is none in UTF-8."""
        self._latest = codec.encode(document)
        if not self._noted:
            self._noted = True
            with suppress(RuntimeError):  # the loop is closed: another executor will have the task
                self._loop.call_soon_threadsafe(self._start)

    async def close(self) -> None:
        """Write what is not written yet; nothing is written afterwards."""
        self._closed.set()
        if self._writer is not None:
            await self._writer
        await self._write()

    def _start(self) -> None:
        if not self._closed.is_set() and (self._writer is None or self._writer.done()):
            self._writer = self._loop.create_task(self._write_on())

    async def _write_on(self) -> None:
        while self._noted and not self._closed.is_set():
            await self._write()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._closed.wait(), _BETWEEN)

    async def _write(self) -> None:
        if self._noted:
            # Before the latest is read: whoever notes another one from now on starts another write.
            self._noted = False
            await self._put(self._latest)


async def _in_thread(call: Callable[[], Any], name: str) -> Any:
    loop = asyncio.get_running_loop()
    over: asyncio.Future[Outcome] = loop.create_future()
    context = contextvars.copy_context()

    def run() -> None:
        try:
            outcome = Outcome(context.run(call))
        except BaseException as error:  # noqa: BLE001  # it is raised again where it is awaited
            outcome = Outcome(error=error)
        with suppress(RuntimeError):  # the loop is closed, and nobody waits
            loop.call_soon_threadsafe(_tell, over, outcome)

    threading.Thread(target=run, name=name, daemon=True).start()
    outcome = await over
    if outcome.error is not None:
        raise outcome.error
    return outcome.value


def _tell(over: asyncio.Future[Outcome], outcome: Outcome) -> None:
    if not over.done():
        over.set_result(outcome)


def _write(place: Path, content: bytes | Path) -> None:
    if isinstance(content, Path):
        shutil.copyfile(content, place)
    else:
        place.write_bytes(content)


def _sync(place: Path) -> None:
    """Bring a file or a folder to the disk."""
    if place.is_dir() and os.name == "nt":  # which cannot open a folder
        return
    # Windows syncs only what is open for writing, and no system opens a folder so.
    descriptor = os.open(place, os.O_RDONLY if place.is_dir() else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
