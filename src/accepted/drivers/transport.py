"""What carries a request: one small protocol a colour, and a transport that needs no network.

An error on the way is a value (`Dropped`), not an exception: what follows from it is for the machine to say.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

from accepted.core.wire import Dropped, Request, Response, Upload

Handler = Callable[[Request], Response | Dropped]
"""A whole service as a function: what simulators are."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A streamed answer: its head (whole where it is no 2xx) and what follows it."""

    head: Response | Dropped
    chunks: Iterator[bytes]
    close: Callable[[], None]


@dataclass(frozen=True, slots=True)
class AsyncOpened:
    """The same, asynchronously."""

    head: Response | Dropped
    chunks: AsyncIterator[bytes]
    close: Callable[[], Awaitable[None]]


class Transport(Protocol):
    """Carries requests and blocks meanwhile. Used by many threads at once."""

    def send(self, request: Request, timeout: float) -> Response | Dropped:
        """The whole answer, at most `wire.MAX_ANSWER` bytes of it, within `timeout` seconds."""
        ...

    def open(self, request: Request, timeout: float) -> Opened:
        """The head of an answer of any size; `timeout` bounds each wait for more of it."""
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...


class AsyncTransport(Protocol):
    """Carries requests without blocking the loop."""

    async def send(self, request: Request, timeout: float) -> Response | Dropped:
        """As `Transport.send`."""
        ...

    async def open(self, request: Request, timeout: float) -> AsyncOpened:
        """As `Transport.open`."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...


class MemoryTransport:
    """A service in memory: every request is answered by `handler`, without a network."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler

    def send(self, request: Request, timeout: float) -> Response | Dropped:  # noqa: ARG002  # answers take no time
        """The handler's answer; the body of an upload is read for it."""
        if isinstance(request.body, Upload):
            content = Path(request.body.path).read_bytes()
            request = Request(method=request.method, url=request.url, headers=request.headers, body=content)
        return self._handler(request)

    def open(self, request: Request, timeout: float) -> Opened:
        """The handler's answer, its body in one chunk."""
        answer = self.send(request, timeout)
        body = answer.body if isinstance(answer, Response) else b""
        return Opened(answer, iter((body,) if body else ()), lambda: None)

    def close(self) -> None:
        """Nothing to let go of."""


class AsyncMemoryTransport:
    """A service in memory, asked asynchronously."""

    def __init__(self, handler: Handler) -> None:
        self._memory = MemoryTransport(handler)

    async def send(self, request: Request, timeout: float) -> Response | Dropped:
        """The handler's answer."""
        return self._memory.send(request, timeout)

    async def open(self, request: Request, timeout: float) -> AsyncOpened:
        """The handler's answer, its body in one chunk."""
        opened = self._memory.open(request, timeout)
        return AsyncOpened(opened.head, _later(opened.chunks), nothing_to_close)

    async def close(self) -> None:
        """Nothing to let go of."""


class ThreadedTransport:
    """A blocking transport, asked from a loop: each request takes a thread."""

    def __init__(self, blocking: Transport) -> None:
        self._blocking = blocking

    async def send(self, request: Request, timeout: float) -> Response | Dropped:
        """As `Transport.send`, in a thread."""
        from anyio.to_thread import run_sync

        return await run_sync(self._blocking.send, request, timeout)

    async def open(self, request: Request, timeout: float) -> AsyncOpened:
        """As `Transport.open`, in a thread."""
        from anyio.to_thread import run_sync

        opened = await run_sync(self._blocking.open, request, timeout)
        return AsyncOpened(opened.head, _later(opened.chunks), partial(run_sync, opened.close))

    async def close(self) -> None:
        """The blocking transport is its owner's to close."""


async def nothing_to_close() -> None:
    """What closes an answer that was read whole."""


async def _later(chunks: Iterator[bytes]) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk
