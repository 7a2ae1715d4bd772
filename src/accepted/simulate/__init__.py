"""Doubles of real services, one public module each, found by file name: adding one is adding a file.

A double's module offers `Simulator`, whose `answer(request, now)` is a function of the requests, the moments
given with them and the seed, and `SCENARIOS`, a sentence for each scenario it can play (they combine).
Serve it on a socket with `asgi.running(asgi.application(handler(simulator)))`, or hand `handler` to an
in-memory transport with a virtual clock. Modules with a leading underscore are what the doubles share.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from pkgutil import iter_modules
from threading import Lock
from types import ModuleType
from typing import Protocol

from accepted.core.wire import Dropped, Request, Response
from accepted.simulate._world import CONTROL_PATH, Counts, Double, unknown_name

__all__ = ["CONTROL_PATH", "Counts", "Double", "Factory", "handler", "load", "names", "scenarios"]


class Factory(Protocol):
    """A double's `Simulator` class."""

    base_path: str
    """what follows the origin in the base URL that a client is given"""

    def __call__(
        self,
        scenarios: str | Iterable[str] = "happy",
        seed: int = 0,
        duration: float = 2.0,
        grace: float = 1.5,
    ) -> Double:
        """A double with an empty store; times in seconds. Raises `ValueError` for an unknown scenario."""
        ...


def names() -> tuple[str, ...]:
    """The services that have a double, sorted."""
    every = (module.name for module in iter_modules(__path__))
    return tuple(sorted(name.replace("_", "-") for name in every if not name.startswith("_")))


def load(name: str) -> Factory:
    """The `Simulator` class of that service. Raises `ValueError`, naming the nearest, where there is none."""
    simulator: Factory = _module(name).Simulator
    return simulator


def scenarios(name: str) -> Mapping[str, str]:
    """What that service's double can play: a sentence for each scenario. Raises as `load` does."""
    known: Mapping[str, str] = _module(name).SCENARIOS
    return known


def handler(double: Double, clock: Callable[[], float] = time.time) -> Callable[[Request], Response | Dropped]:
    """`double.answer` with the time of `clock` (seconds since the epoch), safe to call from many threads."""
    lock = Lock()

    def handle(request: Request) -> Response | Dropped:
        with lock:
            return double.answer(request, clock())

    return handle


def _module(name: str) -> ModuleType:
    if name not in names():
        raise ValueError(unknown_name("simulator", name, names()))
    return import_module(f"{__name__}.{name.replace('-', '_')}")
