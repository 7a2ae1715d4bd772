"""Where the many-task driver runs: a private thread with a loop of its own, or the caller's own loop (asyncio).

A thread, so that a blocking caller and any kind of loop can use it alike; only a transport that belongs to the
caller's loop is used there.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import suppress
from typing import Self

from accepted.drivers import threads
from accepted.drivers.jobs import Done, Job
from accepted.drivers.many import Many
from accepted.drivers.transport import AsyncTransport


def on_asyncio() -> bool:
    """Whether the loop that runs here is one of asyncio."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


async def on_this_loop(jobs: Sequence[Job]) -> AsyncGenerator[Done]:
    """The same on the loop that runs already (asyncio), for a transport that is bound to it."""
    ended: asyncio.Queue[Done | None] = asyncio.Queue()

    async def perform() -> None:
        try:
            if jobs:
                await Many(jobs, ended.put_nowait).run()
        finally:
            ended.put_nowait(None)

    main = asyncio.create_task(perform())
    try:
        while (done := await ended.get()) is not None:
            yield done
        await main
    finally:
        main.cancel()
        await asyncio.gather(main, return_exceptions=True)


class Performance:
    """Jobs performed in a thread with a loop of its own: an iterator of how they end, which `close` stops.

    `owned` transports are closed at its end.
    """

    def __init__(self, jobs: Sequence[Job], owned: Sequence[AsyncTransport] = ()) -> None:
        self._ended: queue.SimpleQueue[Done | BaseException | None] = queue.SimpleQueue()
        self._jobs = jobs
        self._owned = owned
        self._loop: asyncio.AbstractEventLoop | None = None
        self._main: asyncio.Task[None] | None = None
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="accepted-many", daemon=True)
        threads.start(self._thread)

    def __iter__(self) -> Iterator[Done]:
        return self

    def __next__(self) -> Done:
        ended = self.next()
        if ended is None:
            raise StopIteration
        return ended

    def next(self) -> Done | None:
        """The next one that ended, or None after the last; blocks."""
        ended = self._ended.get()
        if isinstance(ended, BaseException):
            raise ended
        return ended

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop what is under way; every task goes on at its service."""
        self._ready.wait()
        if self._loop is not None and self._main is not None:
            with suppress(RuntimeError):  # the loop has ended by itself
                self._loop.call_soon_threadsafe(self._main.cancel)
        self._thread.join()

    def _run(self) -> None:
        try:
            asyncio.run(self._perform())
        except asyncio.CancelledError:
            pass
        except BaseException as error:  # noqa: BLE001  # whatever it is belongs to the caller's thread
            self._ended.put(error)
        finally:
            self._ready.set()
            self._ended.put(None)

    async def _perform(self) -> None:
        self._loop, self._main = asyncio.get_running_loop(), asyncio.current_task()
        self._ready.set()
        try:
            if self._jobs:
                await Many(self._jobs, self._ended.put).run()
        finally:
            for transport in self._owned:
                await transport.close()
