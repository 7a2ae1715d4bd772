"""A bench for drivers: one service in memory, with a record of what the transport carried and the journal was told."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import anyio
import pytest

from accepted import auth, services
from accepted.core import verbs
from accepted.core.contract import Contract
from accepted.core.events import Forget, Save
from accepted.core.task import Task, store
from accepted.core.verbs import Claim, Flow, Recall, Terms
from accepted.core.wire import Dropped, Request, Response
from accepted.drivers.async_ import AsyncDriver
from accepted.drivers.exchange import Lane, Pacer
from accepted.drivers.jobs import Done, Job
from accepted.drivers.journal import NoJournal
from accepted.drivers.performance import Performance
from accepted.drivers.sync import Driver
from accepted.drivers.transport import AsyncMemoryTransport, MemoryTransport
from accepted.errors import AcceptedError
from accepted.simulate import load
from accepted.testing import EPOCH, VirtualClock

MARKER = "accepted-000000000001"
SECRET = "a-simulated-key"


class Ledger(NoJournal):
    """A journal that keeps nothing but a list of what it was told, word for word."""

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock
        self.told: list[tuple[object, ...]] = []

    def perform(self, wish: Save | Forget | Claim | Recall) -> Task[Any] | None:
        match wish:
            case Recall():
                self.told.append((self._clock.now() - EPOCH, "Recall", wish))
            case _:
                self.told.append((self._clock.now() - EPOCH, type(wish).__name__, store(wish.task)))
        return super().perform(wish)


@dataclass
class Bench:
    """One simulated service, and every colour of driver over it."""

    scenarios: str = "happy"
    seed: int = 0
    duration: float = 60.0
    clock: VirtualClock = field(default_factory=VirtualClock)
    carried: list[tuple[Any, ...]] = field(default_factory=list)
    handle: Callable[[Request], Response | Dropped] | None = None

    def __post_init__(self) -> None:
        factory = load("jules")
        self.double = factory(self.scenarios, seed=self.seed, duration=self.duration, grace=10.0)
        self.base_url = f"http://jules.localhost{factory.base_path}"
        self.ledger = Ledger(self.clock)
        self.contract: Contract[..., Any] = services.find("jules")
        self.lane = Lane(self.contract, self.base_url, auth.source(self.contract, SECRET), "account", Pacer())
        self.terms = Terms(contract=self.contract, base_url=self.base_url, account="account", seed=7)

    def answer(self, request: Request) -> Response | Dropped:
        fields = tuple((name, "(secret)" if value == SECRET else value) for name, value in request.headers)
        path = request.url.removeprefix(self.base_url)
        self.carried.append((round(self.clock.now() - EPOCH, 6), request.method, path, fields, request.body))
        ours = self.handle(request) if self.handle else None
        return ours or self.double.answer(request, self.clock.now())

    def driver(self) -> Driver:
        return Driver(self.lane, MemoryTransport(self.answer), self.ledger, self.clock)

    def async_driver(self) -> AsyncDriver:
        return AsyncDriver(self.lane, AsyncMemoryTransport(self.answer), self.ledger, self.clock)

    def create(self, marker: str = MARKER, **inputs: Any) -> Flow[Task[Any]]:
        return verbs.create(self.terms, {"prompt": "Fix the flaky test", **inputs}, marker)

    def poll(self, task: Task[Any], timeout: float | None = None) -> Flow[Task[Any]]:
        return verbs.poll(self.terms, task, timeout, check=False)

    def job(self, task: Task[Any], timeout: float | None = None) -> Job:
        return Job(task, self.poll(task, timeout), self.async_driver())

    def operate(self, task: Task[Any], name: str, **inputs: Any) -> Flow[Task[Any]]:
        return verbs.operate(self.terms, task, name, inputs)

    def created(self, count: int, apart: float = 0.0, **inputs: Any) -> list[Task[Any]]:
        """Tasks that exist, `apart` seconds one after the other; the record is then empty."""
        tasks: list[Task[Any]] = []
        for number in range(count):
            tasks.append(self.driver().run(self.create(f"accepted-{number:012x}", **inputs)))
            self.clock.sleep_until(self.clock.now() + apart)
        self.carried.clear()
        self.ledger.told.clear()
        return tasks


@pytest.fixture
def bench() -> type[Bench]:
    return Bench


# ---- the colours: each performs a flow and reports its task or error, and what it showed

Ended = tuple[Task[Any] | AcceptedError | None, list[Any]]
Perform = Callable[[Bench, Flow[Any]], Ended]


def _blocking(bench: Bench, flow: Flow[Any]) -> Ended:
    shown: list[Any] = []
    try:
        return bench.driver().run(flow, shown.append), shown
    except AcceptedError as error:
        return error, shown


def _awaited(bench: Bench, flow: Flow[Any], *, backend: str) -> Ended:
    shown: list[Any] = []

    async def run() -> Ended:
        try:
            return await bench.async_driver().run(flow, shown.append), shown
        except AcceptedError as error:
            return error, shown

    return anyio.run(run, backend=backend)


def _among_many(bench: Bench, flow: Flow[Any]) -> Ended:
    shown: list[Any] = []

    def tell(what: Any, until: float | None) -> None:
        """A change comes without a moment; with one, it is only said how long the task sleeps."""
        if until is None:
            shown.append(what)

    with Performance([Job(verbs.nameless(bench.terms), flow, bench.async_driver(), tell)]) as performance:
        ended: list[Done] = list(performance)
    assert len(ended) == 1
    return ended[0].error or ended[0].task, shown


COLOURS: dict[str, Perform] = {
    "sync": _blocking,
    "asyncio": partial(_awaited, backend="asyncio"),
    "trio": partial(_awaited, backend="trio"),
    "many": _among_many,
}


@pytest.fixture
def colours() -> dict[str, Perform]:
    return COLOURS
