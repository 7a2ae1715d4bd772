"""The embedded engine: executes in this process, while it holds the file's lock, on a thread and loop of its own.

What may live here: what is begun when, and when the engine starts, takes over, drains and ends. One attempt is
`runner`'s. Nothing that a task does can block the loop that answers HTTP, and no error ends the engine.
"""

from __future__ import annotations

import asyncio
import logging
import math
import shutil
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Any

from accepted.core.task import Status
from accepted.drivers import forks
from accepted.locks import FileLock
from accepted.server.attempt import Attempt
from accepted.server.resources import Lifespan, living
from accepted.server.runner import Runner
from accepted.server.store import StoreFailed
from accepted.server.tasks import Tasks

_AGAIN = 1.0
"""Seconds until the lock, or a store that failed, is tried again."""

_LOOK = 0.05
"""Seconds after which the engine looks for what other processes accepted or cancelled."""

_GATHERED = 0.005
"""Seconds between two turns at least while anything is under way: what is there by then is begun in one commit."""

_SWEEP = 60.0
"""Seconds between two looks for records whose time is over."""

_SWEPT = 500
"""Records removed by one sweep."""

_CLEARED = 2 * _SWEPT
"""Removed records whose files are looked for at the start: a sweep's, and of those that were removed since."""

_GRACE = 1.0
"""Seconds that attempts have to end after they were told to stop."""

_JOIN = 5.0
"""Seconds more until `stop` no longer waits: something blocks the engine's loop."""

log = logging.getLogger("accepted.server")


class Embedded:
    """Executes tasks in this process. Safe for threads; in the child of a fork it is not started.

    Args:
        tasks: whose store and types; its `wake` is set to this engine's.
        lock: the file whose lock decides which process executes, None: this one. `files`: the folder of artifacts.
        lifespan: opened around all that is executed. `resources`: filled with what it gives, for as long.
    """

    def __init__(
        self,
        tasks: Tasks,
        *,
        lock: Path | None,
        files: Path,
        lifespan: Lifespan | None = None,
        resources: dict[str, Any] | None = None,
    ) -> None:
        self._tasks = tasks
        self._files = files
        self._lock = lock
        self._lifespan = lifespan
        self._resources: dict[str, Any] = {} if resources is None else resources
        self._guard = threading.Lock()
        self._life: _Life | None = None
        self._inherited: list[_Life] = []
        tasks.wake = self.wake
        forks.follow(self)

    @property
    def executing(self) -> bool:
        """Whether this process is the one that executes."""
        life = self._life
        return life is not None and life.executing

    @property
    def running(self) -> int:
        """Attempts that are under way here, with those that ended for the record but have not returned."""
        life = self._life
        return 0 if life is None else life.running

    def start(self) -> None:
        """Begin, unless it began already; returns at once."""
        with self._guard:
            if self._life is None:
                while self._inherited:
                    self._inherited.pop().release()
                self._life = _Life(self._tasks, self._files, self._lock, self._lifespan, self._resources)
                self._life.start()

    def wake(self) -> None:
        """Look now for what is to be done; from any thread."""
        life = self._life
        if life is not None:
            life.wake()

    def stop(self, drain: float) -> None:
        """Begin nothing more, wait at most `drain` seconds for what is under way, leave the rest; blocks.

        What did not end is executed again by the next executor.
        """
        with self._guard:
            life, self._life = self._life, None
        if life is not None:
            life.stop(drain)

    def hold(self) -> None:
        """As `drivers.forks.Follower`."""
        self._guard.acquire()

    def go_on(self) -> None:
        """As `drivers.forks.Follower`."""
        self._guard.release()

    def begin_anew(self) -> None:
        """This is the child: the thread and the lock are its parent's. A process that serves starts it by itself."""
        self._guard.release()
        if self._life is not None:
            self._inherited.append(self._life)
        self._life = None


class _Life:
    """One thread with its loop, from start to stop."""

    def __init__(
        self,
        tasks: Tasks,
        files: Path,
        lock: Path | None,
        lifespan: Lifespan | None,
        resources: dict[str, Any],
    ) -> None:
        self.executing = False
        self._tasks = tasks
        self._store = tasks.store
        self._files = files
        self._runner = Runner(tasks, files)
        # Its own: a life that does not end keeps it, and a second one in this process waits as another process does.
        self._lock = None if lock is None else FileLock(lock)
        self._lifespan = lifespan
        self._resources = resources
        self._works: dict[str, asyncio.Task[None]] = {}
        self._busy: Counter[str] = Counter()
        self._sweep_at = -math.inf
        self._turned_at = -math.inf
        self._drain = 0.0
        self._stopping = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._woken = asyncio.Event()
        self._told = False
        self._stopped = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="accepted-engine", daemon=True)

    @property
    def running(self) -> int:
        return len(self._works)

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        # Told once a turn: every accept does this, and it is a call into another thread.
        if not self._told:
            self._told = True
            self._call(self._woken.set)

    def stop(self, drain: float) -> None:
        self._drain, self._stopping = drain, True
        self._call(self._stopped.set)
        self._call(self._woken.set)
        self._thread.join(drain + _GRACE + _JOIN)
        if self._thread.is_alive():
            log.error("the engine does not end: something blocks its loop. It ends with the process")

    def release(self) -> None:
        """Let go of the lock."""
        if self._lock is not None:
            self._lock.release()

    def _call(self, what: Callable[[], None]) -> None:
        if self._loop is not None:
            with suppress(RuntimeError):  # it was closed meanwhile
                self._loop.call_soon_threadsafe(what)

    # ---- all below is on the engine's own loop

    def _run(self) -> None:
        asyncio.run(self._main())

    async def _main(self) -> None:
        self._loop = asyncio.get_running_loop()
        while not self._stopping:
            try:
                await self._execute_if_free()
            except StoreFailed as error:
                log.error("the store failed; it is tried again: %s", error)  # noqa: TRY400  # it says all
            except Exception:
                log.exception("the engine failed; it begins again")
            await self._pause()

    async def _pause(self) -> None:
        if not self._stopping:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopped.wait(), _AGAIN)

    async def _execute_if_free(self) -> None:
        if self._lock is not None and not self._lock.acquire():
            return
        try:
            await self._execute()
        finally:
            self.executing = False
            self.release()

    async def _execute(self) -> None:
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(living(self._lifespan, self._resources))
            stack.push_async_callback(self._end_attempts)
            left = await self._store.recover(self._tasks.clock())
            log.info("executing; %d tasks were left by the last executor", left)
            await self._clear()
            await self._tell_of_strangers()
            self.executing = True
            while not self._stopping:
                await self._turn()

    async def _clear(self) -> None:
        """Remove files that a process left which died after it had removed their record."""
        removed = await self._store.recently_removed(limit=_CLEARED)
        await asyncio.to_thread(_remove, [self._files / task_id for task_id in removed])

    async def _tell_of_strangers(self) -> None:
        queued = {name for name, status in (await self._store.figures()).tasks if status is Status.QUEUED}
        for name in sorted(queued - set(self._tasks.types)):
            log.warning("tasks of the type %s wait, and it is not declared here", name, extra={"type": name})

    async def _end_attempts(self) -> None:
        """Wait as long as was granted, then tell those that can hear it to stop."""
        if self._works:
            await asyncio.wait(self._works.values(), timeout=self._drain)
        self._runner.drain()
        if self._works:
            await asyncio.wait(self._works.values(), timeout=_GRACE)
        try:
            await self._runner.give_back()
        except StoreFailed as error:
            log.error("what does not end could not be queued again: %s", error)  # noqa: TRY400  # it says all
        for task_id, work in self._works.items():
            log.warning("%s did not end; it will be executed again", task_id, extra={"task": task_id})
            work.cancel()

    async def _turn(self) -> None:
        """Do what is due, then wait for more."""
        await self._gather()
        self._woken.clear()
        self._told = False
        seen = self._store.changes()
        try:
            due = await self._what_is_due()
        except StoreFailed as error:
            log.error("the store failed; it is tried again: %s", error)  # noqa: TRY400  # it says all
            await self._pause()
        else:
            await self._until(due, seen)

    async def _gather(self) -> None:
        left = self._turned_at + _GATHERED - time.monotonic()
        if self._works and left > 0:
            await asyncio.sleep(left)
        self._turned_at = time.monotonic()

    async def _what_is_due(self) -> float:
        """Do it; when the next is due, by the clock that nobody sets."""
        now = self._tasks.clock()
        await self._cancel()
        await self._begin(now)
        await self._sweep(now)
        if self._woken.is_set():  # there is more to be done now, whatever is due later
            return self._sweep_at
        retry = await self._store.next_retry(now)
        return self._sweep_at if retry is None else min(time.monotonic() + retry - now, self._sweep_at)

    async def _until(self, due: float, seen: int) -> None:
        # A stop that was told while the turn began is not in `_woken` any more.
        while not (self._woken.is_set() or self._stopping) and time.monotonic() < due:
            try:
                await asyncio.wait_for(self._woken.wait(), _LOOK)
            except TimeoutError:
                if self._store.changes() != seen:
                    return

    async def _begin(self, now: float) -> None:
        """Begin what is ready and has a free slot, in one commit."""
        ready: list[str] = []
        for declared in list(self._tasks.types.values()):
            free = declared.concurrency - self._busy[declared.name]
            if free > 0:
                found = await self._store.ready(declared.name, limit=free, now=now)
                # One whose last attempt is still tidying up has to wait.
                ready += [task_id for task_id in found if task_id not in self._works]
        for attempt in await self._runner.begin(ready) if ready else ():
            self._busy[attempt.type.name] += 1
            self._works[attempt.id] = asyncio.create_task(self._perform(attempt))

    async def _perform(self, attempt: Attempt) -> None:
        try:
            await self._runner.perform(attempt)
        except Exception:
            log.exception("%s could not be executed", attempt.id, extra=attempt.facts)
        finally:
            self._busy[attempt.type.name] -= 1
            del self._works[attempt.id]
            self._woken.set()

    async def _cancel(self) -> None:
        """Tell those that are to be cancelled."""
        if self._works:
            for task_id in await self._store.cancelling():
                self._runner.cancel(task_id)

    async def _sweep(self, now: float) -> None:
        if time.monotonic() < self._sweep_at:
            return
        removed = await self._store.expire(now, limit=_SWEPT)
        for task_id in removed:
            await self._tasks.discard(task_id)
        self._sweep_at = time.monotonic() + (0.0 if len(removed) == _SWEPT else _SWEEP)


def _remove(folders: list[Path]) -> None:
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
