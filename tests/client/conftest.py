"""Both colours of client behind one blocking face, so that every test asks the same of each."""

from collections.abc import AsyncGenerator, Callable, Iterator
from functools import partial
from inspect import isasyncgen
from typing import Any, Self

import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal

from accepted import AsyncClient, Client
from accepted.core.contract import Contract
from accepted.core.wire import Dropped, Request, Response
from accepted.drivers.transport import AsyncMemoryTransport, MemoryTransport
from accepted.testing import Simulation, simulation


class Awaited:
    """An `AsyncClient` whose methods are awaited elsewhere."""

    def __init__(self, client: AsyncClient[..., Any], portal: BlockingPortal) -> None:
        self.client = client
        self.portal = portal

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.client, name)
        return partial(self._call, found) if callable(found) else found

    def with_options(self, **options: Any) -> Self:
        return type(self)(self.client.with_options(**options), self.portal)

    def _call(self, method: Callable[..., Any], *args: Any, **inputs: Any) -> Any:
        made = self.portal.call(partial(method, *args, **inputs))
        return self._each(made) if isasyncgen(made) else made

    def _each(self, made: AsyncGenerator[Any]) -> Iterator[Any]:
        async def following() -> list[Any]:
            try:
                return [await anext(made)]
            except StopAsyncIteration:
                return []

        try:
            while found := self.portal.call(following):
                yield from found
        finally:
            self.portal.call(made.aclose)


class Bench:
    """A simulated service, a client of one colour, and everything that was sent."""

    def __init__(self, service: Simulation, contract: Contract[..., Any] | None, portal: BlockingPortal | None) -> None:
        self.service = service
        self.contract = contract or service.contract
        self.portal = portal
        self.sent: list[Request] = []
        self.instead: Callable[[Request], Response | Dropped | None] = lambda _: None

    def handle(self, request: Request) -> Response | Dropped:
        self.sent.append(request)
        return self.instead(request) or self.service.double.answer(request, self.service.clock.now())

    def client(self, **settings: Any) -> Any:
        every: dict[str, Any] = {**self.service.settings, **settings}
        if self.portal is None:
            return Client(self.contract, **{"transport": MemoryTransport(self.handle), **every})
        client = AsyncClient(self.contract, **{"transport": AsyncMemoryTransport(self.handle), **every})
        return Awaited(client, self.portal)

    @property
    def clock(self) -> Any:
        return self.service.clock

    def asked(self) -> list[str]:
        """Method and path of everything that was sent."""
        base = self.service.settings["base_url"]
        return [f"{one.method} {one.url.removeprefix(base).partition('?')[0]}" for one in self.sent]

    def counts(self) -> Any:
        return self.service.counts()


@pytest.fixture(params=["sync", "asyncio", pytest.param("trio", marks=pytest.mark.slow)])
def bench(request: pytest.FixtureRequest) -> Iterator[Callable[..., Bench]]:
    """A function that makes benches: `bench("throttled", service="codex", contract=...)`."""

    def make(
        portal: BlockingPortal | None, *scenarios: str, service: str = "jules", contract: Any = None, **options: Any
    ) -> Bench:
        return Bench(simulation(service, *scenarios, **options), contract, portal)

    if request.param == "sync":
        yield partial(make, None)
        return
    with start_blocking_portal(request.param) as portal:
        yield partial(make, portal)
