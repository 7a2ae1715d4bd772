"""The many-task driver: thousands of verbs over one loop, a heap of due times instead of a sleeper each.

It performs; `core.plan` says what is asked when several are due, one by one or by a list page for many.
The loop runs in a thread of its own, so that a blocking caller and any kind of loop can use it alike;
only a transport that belongs to the caller's loop is used there.
"""

from __future__ import annotations

import asyncio
import heapq
import queue
import threading
from collections.abc import AsyncGenerator, Callable, Coroutine, Hashable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from typing import Any, Self

from accepted.core.events import Answered, Event, Seen, Send, Sleep, Tell, Woke
from accepted.core.pace import Budget
from accepted.core.plan import SOON, ListPage, Park, Single, Waiting, plan, shown
from accepted.core.read import Answer
from accepted.core.task import Task
from accepted.core.verbs import Effect, Flow
from accepted.drivers.async_ import AsyncDriver
from accepted.drivers.transport import AsyncTransport
from accepted.errors import AcceptedError, ContractBroken


@dataclass(frozen=True, slots=True, eq=False)
class Job:
    """One verb to perform, about `task`; `driver` knows its lane.

    `tell` is called, in the loop's thread, with the task whenever something about it changed,
    and with the moment (epoch seconds) of the next poll whenever that is known.
    """

    task: Task[Any]
    flow: Flow[Task[Any]]
    driver: AsyncDriver
    tell: Callable[[Task[Any], float | None], object] | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """How a job ended: with a task, or with an error that is no outcome."""

    job: Job
    task: Task[Any] | None = None
    error: AcceptedError | None = None


class Many:
    """Performs jobs until all have ended, calling `out` with each as it does."""

    def __init__(self, jobs: Sequence[Job], out: Callable[[Done], None]) -> None:
        self._jobs = jobs
        self._out = out
        self._clock = jobs[0].driver.clock
        self._pacers = {job.driver.lane.pacer for job in jobs}
        self._places: dict[Hashable, asyncio.Semaphore] = {}
        self._heap: list[tuple[float, int, Job, Sleep]] = []
        self._numbers = count()
        self._busy: set[asyncio.Task[None]] = set()
        self._woken = asyncio.Event()
        self._broken: BaseException | None = None

    async def run(self) -> None:
        """Perform all jobs."""
        for job in self._jobs:
            self._spawn(self._go_on(job, None))
        try:
            while self._busy or self._heap:
                await self._round()
        finally:
            for busy in self._busy:
                busy.cancel()
            await asyncio.gather(*self._busy, return_exceptions=True)

    async def _round(self) -> None:
        """Start what is due, then wait until something ends or the next one is due."""
        budgets: dict[Hashable, Budget] = {
            key: budget for pacer in self._pacers for key, budget in pacer.budgets().items()
        }
        for step in plan(self._near(), budgets, self._clock.now()):
            match step:
                case Single(one=one):
                    self._spawn(self._go_on(one.who, Woke()))
                case ListPage():
                    self._spawn(self._page(step))
                case Park(one=one, until=until):
                    self._park(one.who, until, one.sleep)
        if not self._busy and self._heap:
            await self._clock.wait_until(self._heap[0][0])
        elif self._busy:
            timeout = max(0.0, self._heap[0][0] - self._clock.now()) if self._heap else None
            await self._until_something_ends(timeout)

    def _near(self) -> list[Waiting]:
        """Those that are due, with those that soon will be; nothing where none is due."""
        near: list[Waiting] = []
        now = self._clock.now()
        until = now + SOON if self._heap and self._heap[0][0] <= now else now
        while self._heap and self._heap[0][0] <= until:
            _, _, job, sleep = heapq.heappop(self._heap)
            near.append(Waiting(sleep=sleep, lane=job.driver.lane.key, contract=job.driver.lane.contract, who=job))
        return near

    def _park(self, job: Job, until: float, sleep: Sleep) -> None:
        heapq.heappush(self._heap, (until, next(self._numbers), job, sleep))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._busy.add(task)
        task.add_done_callback(self._over)

    def _over(self, task: asyncio.Task[None]) -> None:
        self._busy.discard(task)
        self._broken = self._broken or (None if task.cancelled() else task.exception())
        self._woken.set()

    async def _until_something_ends(self, timeout: float | None) -> None:
        """One event for all: to watch each of thousands anew in every round would take time by their square."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._woken.wait(), timeout)
        self._woken.clear()
        if self._broken is not None:
            raise self._broken

    async def _page(self, page: ListPage) -> None:
        seen: dict[str, Answer] = {}
        with suppress(Exception):  # whatever it is, each job meets it again, or not, when it asks by itself
            seen = await self._shown(page)
        for one in page.all:
            answer = seen.get(one.sleep.task.id or "")
            self._spawn(self._go_on(one.who, Seen(answer) if answer else Woke()))

    async def _shown(self, page: ListPage) -> dict[str, Answer]:
        driver: AsyncDriver = page.all[0].who.driver
        event = await self._act(driver, page.send)
        return shown(driver.lane.contract, event.response) if isinstance(event, Answered) else {}

    async def _go_on(self, job: Job, event: Event | None) -> None:
        """Perform a job's effects until it sleeps or ends. However it ends, it ends no other."""
        try:
            await self._until_it_sleeps(job, event)
        except AcceptedError as error:
            self._out(Done(job, error=error))
        except Exception as error:  # noqa: BLE001  # of a contract's function, the journal, or whoever is told
            self._out(Done(job, error=_broken(job, error)))

    async def _until_it_sleeps(self, job: Job, event: Event | None) -> None:
        reply = None if event is None else (event, self._clock.now())
        while True:
            try:
                effect = job.flow.send(reply)
            except StopIteration as done:
                return self._out(Done(job, task=done.value))
            if job.tell and isinstance(effect, Tell | Sleep):
                _tell(job.tell, effect)
            if isinstance(effect, Sleep):
                return self._park(job, effect.until, effect)
            reply = await self._act(job.driver, effect), self._clock.now()

    async def _act(self, driver: AsyncDriver, effect: Effect) -> Any:
        """Only a request takes a place among those of its lane."""
        if not isinstance(effect, Send):
            return await driver.act(effect, [])
        at_once = driver.lane.contract.limits.requests_at_once
        async with self._places.setdefault(driver.lane.key, asyncio.Semaphore(at_once)):
            return await driver.act(effect, [])


def _broken(job: Job, error: Exception) -> ContractBroken:
    """An error that nobody foresaw, as one that names its task."""
    task = job.task
    said = task.private.hide(f"{type(error).__name__}: {error}")
    broken = ContractBroken(f"{task.ref} cannot be followed: {said}", service=task.service, ref=task.ref, task=task)
    broken.__cause__ = error
    return broken


def _tell(tell: Callable[[Task[Any], float | None], object], effect: Tell | Sleep) -> None:
    match effect:
        case Tell(what=what):
            tell(what, None)
        case Sleep(task=task, until=until):
            tell(task, until)


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
        self._thread.start()

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
