"""What time it is, and waiting for it. The only place that asks the machine."""

from __future__ import annotations

import time
from functools import partial
from typing import Protocol

_STEADY = next((getattr(time, name) for name in ("CLOCK_BOOTTIME", "CLOCK_MONOTONIC") if hasattr(time, name)), None)
_steady = time.monotonic if _STEADY is None else partial(time.clock_gettime, _STEADY)
"""The steady clock that goes on while the machine is suspended, where the platform has one."""


class Clock(Protocol):
    """A clock that a driver waits by. Moments are epoch seconds."""

    def now(self) -> float:
        """The present moment."""
        ...

    def sleep_until(self, moment: float) -> None:
        """Block until the moment has come."""
        ...

    async def wait_until(self, moment: float) -> None:
        """The same without blocking the loop."""
        ...


class SystemClock:
    """The machine's clock, read once: from then on only the steady one moves it.

    So a clock that is set forth or back while a task is waited for neither ends nor prolongs the wait.
    """

    def __init__(self) -> None:
        self._offset = time.time() - _steady()

    def now(self) -> float:
        """The present moment, in epoch seconds."""
        return _steady() + self._offset

    def sleep_until(self, moment: float) -> None:
        """Block until the moment has come."""
        time.sleep(max(0.0, moment - self.now()))

    async def wait_until(self, moment: float) -> None:
        """Wait for the moment without blocking the loop (asyncio or trio)."""
        import anyio

        await anyio.sleep(max(0.0, moment - self.now()))
