"""The many-task driver: thousands of verbs over one loop, a heap of due times instead of a sleeper each.

It performs; `core.plan` says what is asked when several are due, one by one or by a list page for many.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable, Sequence
from contextlib import suppress
from typing import Any

from accepted.core.events import Answered, Event, Seen, Send, Sleep, Tell, Woke
from accepted.core.pace import Budget
from accepted.core.plan import ListPage, Park, Single, plan, shown
from accepted.core.read import Answer
from accepted.core.verbs import Effect
from accepted.drivers.async_ import AsyncDriver
from accepted.drivers.jobs import Busy, Done, Job, Sleepers, broken
from accepted.errors import AcceptedError


class Many:
    """Performs jobs until all have ended, calling `out` with each as it does."""

    def __init__(self, jobs: Sequence[Job], out: Callable[[Done], None]) -> None:
        self._jobs = jobs
        self._out = out
        self._clock = jobs[0].driver.clock
        self._pacers = {job.driver.lane.pacer for job in jobs}
        self._places: dict[Hashable, asyncio.Semaphore] = {}
        self._sleepers = Sleepers()
        self._busy = Busy()

    async def run(self) -> None:
        """Perform all jobs."""
        for job in self._jobs:
            self._busy.start(self._go_on(job, None))
        try:
            while self._busy or self._sleepers:
                self._start_what_is_due()
                await self._until_something_happens()
        finally:
            await self._busy.stop()

    def _start_what_is_due(self) -> None:
        now = self._clock.now()
        budgets: dict[Hashable, Budget] = {
            key: budget for pacer in self._pacers for key, budget in pacer.budgets().items()
        }
        for step in plan(self._sleepers.near(now), budgets, now):
            match step:
                case Single(one=one):
                    self._busy.start(self._go_on(one.who, Woke()))
                case ListPage():
                    self._busy.start(self._page(step))
                case Park(one=one, until=until):
                    self._sleepers.park(one.who, until, one.sleep)

    async def _until_something_happens(self) -> None:
        """Until a job sleeps or ends, or the next one is due."""
        due = self._sleepers.due
        if self._busy:
            await self._busy.until_one_ends(None if due is None else max(0.0, due - self._clock.now()))
        elif due is not None:
            await self._clock.wait_until(due)

    async def _page(self, page: ListPage) -> None:
        seen: dict[str, Answer] = {}
        with suppress(Exception):  # whatever it is, each job meets it again, or not, when it asks by itself
            driver: AsyncDriver = page.all[0].who.driver
            event = await self._act(driver, page.send)
            seen = shown(driver.lane.contract, event.response) if isinstance(event, Answered) else {}
        for one in page.all:
            answer = seen.get(one.sleep.task.id or "")
            self._busy.start(self._go_on(one.who, Seen(answer) if answer else Woke()))

    async def _go_on(self, job: Job, event: Event | None) -> None:
        """Perform a job's effects until it sleeps or ends. However it ends, it ends no other."""
        try:
            await self._until_it_sleeps(job, event)
        except AcceptedError as error:
            self._out(Done(job, error=error))
        except Exception as error:  # noqa: BLE001  # of a contract's function, the journal, or whoever is told
            self._out(broken(job, error))

    async def _until_it_sleeps(self, job: Job, event: Event | None) -> None:
        reply = None if event is None else (event, self._clock.now())
        while True:
            try:
                effect = job.flow.send(reply)
            except StopIteration as done:
                return self._out(Done(job, task=done.value))
            if isinstance(effect, Tell | Sleep):
                job.show(effect)
            if isinstance(effect, Sleep):
                return self._sleepers.park(job, effect.until, effect)
            reply = await self._act(job.driver, effect), self._clock.now()

    async def _act(self, driver: AsyncDriver, effect: Effect) -> Any:
        """Only a request takes a place among those of its lane."""
        if not isinstance(effect, Send):
            return await driver.act(effect, [])
        at_once = driver.lane.contract.limits.requests_at_once
        async with self._places.setdefault(driver.lane.key, asyncio.Semaphore(at_once)):
            return await driver.act(effect, [])
