"""Everything that may go wrong at once, over real HTTP: many tasks of several people through `poll_tasks`.

A limit that closes at every fifth request, answers that are lost or broken, tasks that do not show at first.
Each credential has a limit of its own, so that the figures grow and the time does not.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest

from accepted import Client, CreateUnknown, RateLimited, Task
from accepted.core.retry_after import retry_after
from accepted.core.wire import Dropped, Request, Response
from accepted.drivers.http import HttpTransport

PEOPLE = 15
CREATES = 5
"""Creates of one person at once, as the contract advises."""
UNDER_WAY = 0.5
"""Seconds in which a request may have been on its way already when another one was told to wait."""


class Watched(HttpTransport):
    """Counts the requests that leave although the limit's end, as it was told, has not come.

    The simulator's own count knows when requests arrive, and takes two that are alike for one that is repeated;
    here it is known when they left.
    """

    def __init__(self) -> None:
        super().__init__()
        self._heard = self._until = 0.0
        self.too_early = 0

    def send(self, request: Request, timeout: float) -> Response | Dropped:
        left = time.time()
        self.too_early += self._heard + UNDER_WAY < left < self._until - 0.01
        answer = super().send(request, timeout)
        if isinstance(answer, Response) and answer.status == 429:
            now = time.time()
            self._heard = now if now > self._until else self._heard
            self._until = max(self._until, now + (retry_after(answer.headers, now) or 0.0))
        return answer


@pytest.fixture
def contract() -> Any:
    spec = spec_from_file_location("hasty", Path(__file__).parent / "hasty.py")
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.contract


@dataclass
class Person:
    """One credential: its client, and what came of its tasks."""

    client: Client[..., Any]
    transport: Watched
    names: list[str]
    bound: float
    tasks: list[Task[Any]] = field(default_factory=list[Task[Any]])
    unknown: dict[str, Task[Any]] = field(default_factory=dict[str, "Task[Any]"])
    limited: int = 0
    ended: list[Task[Any]] = field(default_factory=list[Task[Any]])

    def live(self) -> None:
        """Create all, wait for all; what stayed unknown is looked for once more."""
        with ThreadPoolExecutor(CREATES) as pool:
            for known in pool.map(self._created, self.names):
                self.tasks.extend([known] if known else [])
        self._wait([*self.tasks, *self.unknown.values()])
        self._wait(list(self.unknown.values()))

    def _created(self, name: str) -> Task[Any] | None:
        try:
            return self.client.create_task(prompt=name, title=name)
        except CreateUnknown as error:
            self.unknown[error.task.marker] = error.task
        except RateLimited:
            self.limited += 1
        return None

    def _wait(self, tasks: list[Task[Any]]) -> None:
        try:
            for task in self.client.poll_tasks(tasks, timeout=self.bound):
                self.unknown.pop(task.marker, None)
                self.ended.append(task)
        except CreateUnknown:
            pass  # those that are unknown still are in `unknown`


@pytest.fixture
def people(
    serve: Callable[..., Any], contract: Any, tmp_path: Path
) -> Iterator[Callable[[int, float], tuple[Any, list[Person]]]]:
    everybody: list[Person] = []

    def make(number: int, bound: float) -> tuple[Any, list[Person]]:
        service = serve("flaky,throttled,eventual,lost-answer", seed=number)
        for one in range(PEOPLE):
            where = {"base_url": service.base_url, "auth": f"the key of {one}", "journal": tmp_path / "journal.db"}
            transport = Watched()
            client = Client(contract, **where, transport=transport, request_timeout=5.0)
            names = [f"task {task} of {one}" for task in range(one, number, PEOPLE)]
            everybody.append(Person(client, transport, names, bound))
        return service, everybody

    yield make
    for person in everybody:
        person.transport.close()


@pytest.mark.parametrize(
    ("number", "bound"),
    [pytest.param(30, 60.0, marks=pytest.mark.slow), pytest.param(300, 600.0, marks=pytest.mark.soak, id="300-600.0")],
)
def test_chaos(people: Callable[[int, float], tuple[Any, list[Person]]], number: int, bound: float) -> None:
    service, everybody = people(number, bound)
    began = time.monotonic()
    with ThreadPoolExecutor(PEOPLE) as pool:
        list(pool.map(Person.live, everybody))
    took = time.monotonic() - began

    counts = service.counts()
    ended = {task.marker: task for person in everybody for task in person.ended}
    unknown = {marker for person in everybody for marker in person.unknown}
    limited = sum(person.limited for person in everybody)
    too_early = sum(person.transport.too_early for person in everybody)
    shown = {name: counts[name] for name in ("requests", "committed", "throttled", "dropped")}
    told = (
        f"{number} tasks in {took:.1f} s: {len(ended)} ended, {len(unknown)} unknown, {limited} limited; "
        f"{shown}, {too_early} too early, {service.created_twice()} created twice"
    )
    print(told)
    assert too_early == 0, told
    assert service.created_twice() == counts["created_twice"] == 0, told
    assert len(ended) + len(unknown) + limited == number, told
    for commit in service.commits:
        assert commit.marker in unknown or ended[commit.marker].id == commit.id, (commit, told)
    for task in ended.values():
        assert task.status == "completed", (task, told)
        assert task.result.message == f"Done: {task.title}", (task, told)
    assert took < bound * 2, told
