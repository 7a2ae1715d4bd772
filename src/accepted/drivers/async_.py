"""The asynchronous driver: performs what a verb yields without blocking the loop (asyncio or trio)."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Any, TypeVar

from anyio.to_thread import run_sync

from accepted.auth import Aside, Do, Rest, Wish
from accepted.core.events import Event, Forget, Page, Save, Send, Sleep, Tell, Warn, Woke
from accepted.core.verbs import Claim, Effect, Flow, Now, Read, Recall
from accepted.core.wire import Request
from accepted.drivers.clock import Clock
from accepted.drivers.exchange import Lane, exchange, log
from accepted.drivers.journal import Journal, NoJournal
from accepted.drivers.shielded import to_its_end
from accepted.drivers.transport import AsyncOpened, AsyncTransport

T = TypeVar("T")


class AsyncDriver:
    """Performs verbs over one transport, journal and clock."""

    def __init__(self, lane: Lane, transport: AsyncTransport, journal: Journal | NoJournal, clock: Clock) -> None:
        self.lane = lane
        self.transport = transport
        self.journal = journal
        self.clock = clock

    async def run(self, flow: Flow[T], tell: Callable[[Any], object] | None = None) -> T:
        """Perform a verb to its end; `tell` is called with whatever it shows."""
        result: list[T] = []
        async with aclosing(self.each(_returning(flow, result))) as shown:
            async for what in shown:
                if tell:
                    tell(what)
        return result[0]

    async def each(self, flow: Flow[Any]) -> AsyncGenerator[Any]:
        """Perform a verb, yielding whatever it shows."""
        opened: list[AsyncOpened] = []
        reply: Any = None
        try:
            while True:
                effect = flow.send(reply)
                if isinstance(effect, Tell):
                    yield effect.what
                reply = await self.act(effect, opened), self.clock.now()
        except StopIteration:
            return
        finally:
            flow.close()
            for stream in opened:
                await stream.close()

    async def act(self, effect: Effect, opened: list[AsyncOpened]) -> Any:
        """Perform one effect and report what came of it."""
        match effect:
            case Send():
                return await self._exchange(effect, opened)
            case Sleep(until=until):
                await self.clock.wait_until(until)
                return Woke()
            case Read():
                return await anext(opened[-1].chunks, b"")
            case Save() | Forget() | Claim() | Recall():
                # What the service answered is kept, although the caller is cancelled meanwhile.
                return await to_its_end(lambda: run_sync(self.journal.perform, effect))
            case Warn():
                log.warning(effect.text, extra={"ref": effect.task.ref})
            case Now() | Tell() | Page():
                pass
        return None

    async def _exchange(self, send: Send, opened: list[AsyncOpened]) -> Event:
        flow = exchange(self.lane, send, self.clock.now())
        reply: Any = None
        try:
            while True:
                wanted = flow.send(reply)
                reply = await self._carry(wanted, send, opened), self.clock.now()
        except StopIteration as done:
            event: Event = done.value
            return event
        finally:
            flow.close()

    async def _carry(self, wanted: Request | Wish, send: Send, opened: list[AsyncOpened]) -> Any:
        match wanted:
            case Do(work=work):
                # For what is at hand a thread would cost more than the request's own work.
                return work() if wanted.at_hand else await run_sync(work)
            case Rest(seconds=seconds):
                return await self.clock.wait_until(self.clock.now() + seconds)
            case Aside():
                return await to_its_end(lambda: self._aside(wanted, send.timeout))
            case Request() if send.step.streamed:
                opened.append(await self.transport.open(wanted, send.timeout))
                return opened[-1].head
            case Request():
                return await self.transport.send(wanted, send.timeout)

    async def _aside(self, wanted: Aside, timeout: float) -> Any:
        return await run_sync(wanted.then, await self.transport.send(wanted.request, timeout))


def _returning(flow: Flow[T], result: list[T]) -> Flow[None]:
    result.append((yield from flow))
