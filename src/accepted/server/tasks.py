"""The operations on tasks, the same for HTTP and for code: who may see what, and what is refused with which fault.

What may live here: rules that hold whoever asks. HTTP is `face`, keeping is the store, executing is `engine`.

Async Request-Reply Pattern:
Step 1/2: `Tasks.create` - `POST` -> 202, returns as soon as the record is durable.
Step 2/2: `Tasks.get` and `Tasks.changed` - `GET` -> 200, until the status is final.
"""

from __future__ import annotations

import asyncio
import hashlib
import math
import shutil
import threading
import time
from collections.abc import AsyncGenerator, Callable, Generator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from accepted.core.task import Status
from accepted.server.faults import Fault, Wrong
from accepted.server.ids import new_id
from accepted.server.shapes import canonical, strict
from accepted.server.store import Accepted, New, Page, Record, Removed, TaskStore
from accepted.server.tasktype import TaskType

MOST_WAITING = 1000
"""Requests that are held until a task changes; further ones are answered at once."""

_LOOK = 0.05
"""Seconds after which a waiter looks for changes by other processes, while few wait."""

_EACH = 0.001
"""Seconds more for every other waiter, so that all together look at most about a thousand times a second."""

_COUNTED = 1.0
"""Seconds for which a count of queued tasks is believed: other processes accept too."""

_LATER = 2.0
"""Seconds after which a client may try again where this server stops."""


class Tasks:
    """What may be done with tasks. Every method may be called on any loop; all raise Fault for what they refuse.

    Args:
        store: where records are kept. `types`: what may be created, by name; may grow.
        clock: gives epoch seconds. `files`: the folder of artifacts, removed with their task; None: there are none.

    Attributes:
        draining: nothing new is accepted, and nobody is held waiting any more.
        wake: called when something is there to be done; the engine of this process puts itself there.
    """

    def __init__(
        self,
        store: TaskStore,
        types: Mapping[str, TaskType],
        *,
        clock: Callable[[], float] = time.time,
        files: Path | None = None,
    ) -> None:
        self.store = store
        self.types = types
        self.clock = clock
        self.files = files
        self.draining = False
        self.wake: Callable[[], None] = _nothing
        self._rooms: dict[str, _Room] = {}
        self._waiters = _Waiters()

    async def create(
        self, type: str | None, raw: bytes, *, tenant: str, key: str | None = None, callback_url: str | None = None
    ) -> Accepted:
        """Accept a task; when this returns it is on disk. The same key and body give the task that is there.

        `type` may be None where there is exactly one; `raw` is the input as JSON. A body is the same where the same
        JSON was sent: what is made of it may change with a deployment, what a client repeats does not.

        Raises:
            Fault: `invalid` type or input; `key`: used with another body; `busy`: the queue is full, or draining.
        """
        if self.draining:
            raise Fault("busy", "the server is about to stop; another one will take the task", retry_after=_LATER)
        declared = self._declared(type)
        document = strict(raw)
        fingerprint = "" if key is None else _fingerprint(declared.name, document, callback_url)
        try:
            checked = declared.check_read(raw, document)
            accepted = await self._accept(
                declared, checked, tenant=tenant, key=key, fingerprint=fingerprint, callback_url=callback_url
            )
        except Fault:
            # A repeated create gets its task although a new one would be refused by now. Asked only here: it is rare.
            found = None if key is None else await self.store.keyed(tenant, key, fingerprint)
            if found is None:
                raise
            accepted = found
        if accepted.how == "conflict":
            raise Fault("key", "the Idempotency-Key was used before with another type, input or callback_url")
        self.wake()
        return accepted

    async def _accept(
        self,
        declared: TaskType,
        input: bytes,
        *,
        tenant: str,
        key: str | None,
        fingerprint: str,
        callback_url: str | None,
    ) -> Accepted:
        """Accept what is valid if it finds room."""
        now = self.clock()
        new = New(
            id=new_id(now),
            tenant=tenant,
            type=declared.name,
            input=input,
            created_at=now,
            retention=declared.retention,
            key=key,
            fingerprint=fingerprint,
            callback_url=callback_url,
        )
        if declared.max_queued is None:
            return await self.store.accept(new)
        async with self._room(declared).place(declared.max_queued):
            return await self.store.accept(new)

    async def get(self, tenant: str, task_id: str) -> Record:
        """One look at a task; its `input` is left out.

        Raises:
            Fault: `unknown` (also another tenant's), `gone`.
        """
        return _there(await self.store.look(tenant, task_id), task_id)

    async def list(
        self,
        tenant: str,
        *,
        limit: int,
        after: int | None = None,
        type: str | None = None,
        status: Status | None = None,
    ) -> Page:
        """The tenant's tasks, newest first."""
        return await self.store.list(tenant, limit=limit, after=after, type=type, status=status)

    async def cancel(self, tenant: str, task_id: str) -> Record:
        """Ask for the end of a task: a queued one is cancelled at once, one in progress may still complete.

        Raises:
            Fault: `unknown`, `gone`; `conflict`: it has ended otherwise.
        """
        record = _there(await self.store.request_cancel(tenant, task_id, self.clock()), task_id)
        if record.status.final and record.status is not Status.CANCELLED:
            raise Fault("conflict", f"the task is {record.status} already; it cannot be cancelled")
        self.touched(task_id)
        self.wake()
        return record

    async def remove(self, tenant: str, task_id: str) -> None:
        """Remove a final task with its files; it is `gone` from then on.

        Raises:
            Fault: `unknown`, `gone`; `conflict`: it is not final.
        """
        await self.get(tenant, task_id)
        found = await self.store.remove(tenant, task_id, self.clock())
        if isinstance(found, Record):
            raise Fault("conflict", f"the task is {found.status}; only a final one can be removed. Cancel it first")
        await self.discard(task_id)
        self.touched(task_id)

    async def changed(self, tenant: str, task_id: str, version: int, timeout: float) -> Record:
        """The task, as soon as its version is another one or it is final, at the latest after `timeout` seconds.

        A change by another process is seen within 50 ms, or later where many wait. Beyond MOST_WAITING waiters,
        and while the server drains, it returns at once.

        Raises:
            Fault: as `get`; `gone` also where the task is removed meanwhile.
        """
        until = time.monotonic() + timeout
        with self._waiters.waiting(task_id) as waiter:
            while True:
                seen = self.store.changes()
                record = await self.get(tenant, task_id)
                if record.version != version or record.status.final or waiter is None:
                    return record
                while not waiter.told.is_set() and self.store.changes() == seen:
                    left = until - time.monotonic()
                    if left <= 0 or self.draining:
                        return record
                    await waiter.rest(min(left, self._waiters.interval))
                waiter.told.clear()

    def touched(self, task_id: str) -> None:
        """Tell whoever waits for this task in this process; from any thread."""
        self._waiters.tell(task_id)

    async def discard(self, task_id: str) -> None:
        """Remove what a task wrote."""
        if self.files is not None:
            await asyncio.to_thread(shutil.rmtree, self.files / task_id, ignore_errors=True)

    def _declared(self, name: str | None) -> TaskType:
        if name is None and len(self.types) == 1:
            return next(iter(self.types.values()))
        if name is not None and name in self.types:
            return self.types[name]
        known = ", ".join(self.types) or "none"
        near = get_close_matches((name or "")[:100], self.types, 1)
        said = "is needed" if name is None else f"is unknown; did you mean {near[0]}?" if near else "is unknown"
        raise Fault("invalid", f"the type {said}", wrong=[Wrong("/type", f"{said}; the types are: {known}")])

    def _room(self, declared: TaskType) -> _Room:
        return self._rooms.setdefault(declared.name, _Room(self.store, declared))


class _Room:
    """How many more tasks of a type may be queued. Counted now and then, so that most creates need not ask.

    The bound holds in one process; several that accept at once may each go beyond it for a second.
    """

    def __init__(self, store: TaskStore, declared: TaskType) -> None:
        self._store = store
        self._type = declared
        self._left = 0
        self._under_way = 0
        self._until = -math.inf

    @asynccontextmanager
    async def place(self, most: int) -> AsyncGenerator[None]:
        """A place in a queue of so many, for the create in the block. Raises Fault where there is none."""
        if self._left <= 0 or time.monotonic() > self._until:
            await self._count(most)
        if self._left <= 0:
            raise Fault("busy", f"the queue of {self._type.name} is full", retry_after=self._type.retry_after)
        self._left -= 1
        self._under_way += 1
        try:
            yield
        finally:
            self._under_way -= 1

    async def _count(self, most: int) -> None:
        queued = (await self._store.figures()).tasks.get((self._type.name, Status.QUEUED), 0)
        # One that is under way may be among the queued already: in doubt there is less room.
        self._left = most - queued - self._under_way
        self._until = time.monotonic() + _COUNTED


class _Waiter:
    """One request that waits, on its loop."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.told = asyncio.Event()

    def tell(self) -> None:
        with suppress(RuntimeError):  # its loop was closed
            self._loop.call_soon_threadsafe(self.told.set)

    async def rest(self, timeout: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self.told.wait(), timeout)


class _Waiters:
    """Who waits for which task, in this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._of: dict[str, set[_Waiter]] = {}
        self._count = 0

    @property
    def interval(self) -> float:
        """Seconds between two looks of one waiter."""
        return _LOOK + _EACH * self._count

    @contextmanager
    def waiting(self, task_id: str) -> Generator[_Waiter | None]:
        """A waiter for the length of the block; None where too many wait."""
        with self._lock:
            waiter = _Waiter() if self._count < MOST_WAITING else None
            if waiter:
                self._count += 1
                self._of.setdefault(task_id, set()).add(waiter)
        try:
            yield waiter
        finally:
            if waiter:
                self._leave(task_id, waiter)

    def tell(self, task_id: str) -> None:
        if task_id not in self._of:  # whoever begins to wait now has not looked yet
            return
        with self._lock:
            waiters = list(self._of.get(task_id, ()))
        for waiter in waiters:
            waiter.tell()

    def _leave(self, task_id: str, waiter: _Waiter) -> None:
        with self._lock:
            self._count -= 1
            others = self._of[task_id]
            others.discard(waiter)
            if not others:
                del self._of[task_id]


def _there(found: Record | Removed | None, task_id: str) -> Record:
    match found:
        case Record():
            return found
        case Removed():
            raise Fault("gone", f"the task {task_id} was removed")
        case None:
            raise Fault("unknown", f"there is no task {task_id}")


def _fingerprint(type: str, document: Any, callback_url: str | None) -> str:
    """Of what was sent, whatever the order of its names."""
    return hashlib.sha256(canonical([type, callback_url, document])).hexdigest()


def _nothing() -> None:
    """Nothing executes here."""
