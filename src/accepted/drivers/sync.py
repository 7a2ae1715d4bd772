"""The blocking driver: performs what a verb yields, in the calling thread but for what no interrupt may end."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any, TypeVar

from accepted.auth import Aside, Do, Rest, Wish
from accepted.core.events import Event, Forget, Page, Save, Send, Sleep, Tell, Warn, Woke
from accepted.core.verbs import Claim, Effect, Flow, Now, Read, Recall
from accepted.core.wire import Request
from accepted.drivers.clock import Clock
from accepted.drivers.exchange import Lane, exchange, log
from accepted.drivers.journal import Journal, NoJournal
from accepted.drivers.shielded import through_interrupts
from accepted.drivers.transport import Opened, Transport

T = TypeVar("T")


class Driver:
    """Performs verbs over one transport, journal and clock."""

    def __init__(self, lane: Lane, transport: Transport, journal: Journal | NoJournal, clock: Clock) -> None:
        self.lane = lane
        self.transport = transport
        self.journal = journal
        self.clock = clock

    def run(self, flow: Flow[T], tell: Callable[[Any], object] | None = None) -> T:
        """Perform a verb to its end; `tell` is called with whatever it shows."""
        shown = self.each(flow)
        while True:
            try:
                what = next(shown)
            except StopIteration as done:
                result: T = done.value
                return result
            if tell:
                tell(what)

    def each(self, flow: Flow[T]) -> Generator[Any, None, T]:
        """Perform a verb, yielding whatever it shows; returns what the verb returns."""
        opened: list[Opened] = []
        reply: Any = None
        try:
            while True:
                effect = flow.send(reply)
                if isinstance(effect, Tell):
                    yield effect.what
                reply = self._act(effect, opened), self.clock.now()
        except StopIteration as done:
            result: T = done.value
            return result
        finally:
            flow.close()
            for stream in opened:
                stream.close()

    def _act(self, effect: Effect, opened: list[Opened]) -> Any:
        match effect:
            case Send():
                return self._exchange(effect, opened)
            case Sleep(until=until):
                self.clock.sleep_until(until)
                return Woke()
            case Read():
                return next(opened[-1].chunks, b"")
            case Save() | Forget() | Claim() | Recall():
                return self.journal.perform(effect)
            case Warn():
                log.warning(effect.text, extra={"ref": effect.task.ref})
            case Now() | Tell() | Page():
                pass
        return None

    def _exchange(self, send: Send, opened: list[Opened]) -> Event:
        flow = exchange(self.lane, send, self.clock.now())
        reply: Any = None
        try:
            while True:
                wanted = flow.send(reply)
                reply = self._carry(wanted, send, opened), self.clock.now()
        except StopIteration as done:
            event: Event = done.value
            return event
        finally:
            flow.close()

    def _carry(self, wanted: Request | Wish, send: Send, opened: list[Opened]) -> Any:
        match wanted:
            case Do(work=work):
                return work()
            case Rest(seconds=seconds):
                return self.clock.sleep_until(self.clock.now() + seconds)
            case Aside(request=request, then=then):
                return through_interrupts(lambda: then(self.transport.send(request, send.timeout)))
            case Request() if send.step.streamed:
                opened.append(self.transport.open(wanted, send.timeout))
                return opened[-1].head
            case Request():
                return self.transport.send(wanted, send.timeout)
