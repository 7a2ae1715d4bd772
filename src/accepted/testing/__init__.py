"""What our own tests use, for yours: a service in memory, a clock that does not wait, pytest fixtures.

Async Request-Reply code is tested here without a network and without a real second:
`create_task` (Step 1/2) returns immediately, `poll_task` (Step 2/2) blocks only in virtual time.

Example:
    >>> from accepted.testing import simulator
    >>> with simulator("jules", "throttled") as client:
    ...     task = client.run_task(prompt="Fix the flaky test")
    >>> task.ok
    True
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from accepted import services
from accepted.auth import Auth
from accepted.client import AsyncClient, Client
from accepted.core.contract import Contract
from accepted.drivers.transport import AsyncMemoryTransport, MemoryTransport
from accepted.simulate import Counts, Double, handler, load

__all__ = ["EPOCH", "Simulation", "VirtualClock", "simulation", "simulator"]

EPOCH = 1_800_000_000.0
"""Where virtual time begins: 2027-01-15 08:00:00 UTC."""


class VirtualClock:
    """A clock that moves only when somebody waits: waiting takes no time."""

    def __init__(self, now: float = EPOCH) -> None:
        self._now = now

    def now(self) -> float:
        """The present moment, in epoch seconds."""
        return self._now

    def sleep_until(self, moment: float) -> None:
        """Move on to the moment."""
        self._now = max(self._now, moment)

    async def wait_until(self, moment: float) -> None:
        """Move on to the moment, letting others run before."""
        from anyio.lowlevel import checkpoint

        await checkpoint()
        self._now = max(self._now, moment)


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulation:
    """A simulated service in memory, with clients of both colours and the clock that they share.

    Attributes:
        double: the simulator itself. `clock`: virtual time.
        client, async_client: ready to use; they need no closing.
    """

    double: Double
    clock: VirtualClock
    settings: dict[str, Any] = field(repr=False)
    contract: Contract[..., Any]

    @property
    def client(self) -> Client[..., Any]:
        """A blocking client."""
        return Client(self.contract, **self.settings, transport=MemoryTransport(self._handler()))

    @property
    def async_client(self) -> AsyncClient[..., Any]:
        """A client for a loop."""
        return AsyncClient(self.contract, **self.settings, transport=AsyncMemoryTransport(self._handler()))

    def counts(self) -> Counts:
        """What the service committed and was asked."""
        return self.double.counts()

    def _handler(self) -> Any:
        return handler(self.double, self.clock.now)


def simulation(
    service: str,
    *scenarios: str,
    seed: int = 0,
    duration: float = 60.0,
    journal: str | Path | None = None,
    auth: Auth = "a-simulated-key",
) -> Simulation:
    """A simulated service: its double, clients and clock. Makes no request.

    Args:
        service: its name. `scenarios`: what it plays; they combine (`accepted simulate SERVICE --help` lists them).
        seed: of everything that looks random. `duration`: virtual seconds that a task takes.
        journal: a path; by default none is kept.

    Raises:
        ValueError: unknown service or scenario; the nearest is named.
    """
    factory, contract = load(service), services.find(service)
    double = factory(scenarios or ("happy",), seed=seed, duration=duration)
    clock = VirtualClock()
    base_url = f"http://{contract.name}.localhost{factory.base_path}"
    settings = {"base_url": base_url, "auth": auth, "journal": journal, "clock": clock}
    return Simulation(double=double, clock=clock, settings=settings, contract=contract)


@contextmanager
def simulator(service: str, *scenarios: str, **options: Any) -> Generator[Client[..., Any]]:
    """A client of a simulated service, in memory and in virtual time; arguments as `simulation`.

    Example:
        >>> with simulator("jules", "failed") as client:
        ...     task = client.create_task(prompt="Fix the flaky test")  # Step 1/2
        ...     client.poll_task(task, check=False).status  # Step 2/2
        <Status.FAILED: 'failed'>
    """
    yield simulation(service, *scenarios, **options).client
