"""What the many-task driver performs: jobs, how they end, those that sleep and what is under way."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from typing import Any

from accepted.core.events import Sleep, Tell
from accepted.core.plan import SOON, Waiting
from accepted.core.task import Task
from accepted.core.verbs import Flow
from accepted.drivers.async_ import AsyncDriver
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

    def show(self, effect: Tell | Sleep) -> None:
        """Tell whoever watches."""
        match effect:
            case _ if self.tell is None:
                pass
            case Tell(what=what):
                self.tell(what, None)
            case Sleep(task=task, until=until):
                self.tell(task, until)


@dataclass(frozen=True, slots=True)
class Done:
    """How a job ended: with a task, or with an error that is no outcome."""

    job: Job
    task: Task[Any] | None = None
    error: AcceptedError | None = None


def broken(job: Job, error: Exception) -> Done:
    """A job that ended with an error that nobody foresaw: as one that names its task."""
    task = job.task
    said = task.private.hide(f"{type(error).__name__}: {error}")
    told = ContractBroken(f"{task.ref} cannot be followed: {said}", service=task.service, ref=task.ref, task=task)
    told.__cause__ = error
    return Done(job, error=told)


class Sleepers:
    """Jobs that sleep, the one that is due next first: a heap of moments (epoch seconds)."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Job, Sleep]] = []
        self._numbers = count()

    def __bool__(self) -> bool:
        return bool(self._heap)

    @property
    def due(self) -> float | None:
        """When the next one is due, or None where none sleeps."""
        return self._heap[0][0] if self._heap else None

    def park(self, job: Job, until: float, sleep: Sleep) -> None:
        """Let a job sleep until a moment."""
        heapq.heappush(self._heap, (until, next(self._numbers), job, sleep))

    def near(self, now: float) -> list[Waiting]:
        """Take those that are due, with those that soon will be; nothing where none is due."""
        near: list[Waiting] = []
        until = now + SOON if self._heap and self._heap[0][0] <= now else now
        while self._heap and self._heap[0][0] <= until:
            _, _, job, sleep = heapq.heappop(self._heap)
            near.append(Waiting(sleep=sleep, lane=job.driver.lane.key, contract=job.driver.lane.contract, who=job))
        return near


class Busy:
    """Work that is under way on this loop."""

    def __init__(self) -> None:
        self._under_way: set[asyncio.Task[None]] = set()
        self._woken = asyncio.Event()
        self._broken: BaseException | None = None

    def __bool__(self) -> bool:
        return bool(self._under_way)

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Put one more under way."""
        task = asyncio.ensure_future(work)
        self._under_way.add(task)
        task.add_done_callback(self._over)

    def _over(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        self._broken = self._broken or (None if task.cancelled() else task.exception())
        self._woken.set()

    async def until_one_ends(self, timeout: float | None) -> None:
        """At most `timeout` seconds; raises what broke out of it.

        One event for all: to watch each of thousands anew in every round would take time by their square.
        """
        with suppress(TimeoutError):
            await asyncio.wait_for(self._woken.wait(), timeout)
        self._woken.clear()
        if self._broken is not None:
            raise self._broken

    async def stop(self) -> None:
        """Cancel it all, and wait until it is over."""
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)
