"""The one thread of a process that changes the file: whatever was asked for while it committed is its next commit.

So a commit that reaches the disk costs the same for one change as for two hundred, and nobody waits for company.
A change is a function of a connection that may be called again. One that fails leaves no trace and does not fail its
neighbours; where the commit itself fails, everybody in it hears of it, and the next is tried on a new connection.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import threading
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from queue import SimpleQueue
from typing import Any, NamedTuple, TypeVar

from accepted.server.database import Database, roll_back, unhurried
from accepted.server.store import StoreFailed

A = TypeVar("A")
T = TypeVar("T")

Work = Callable[[sqlite3.Connection], T]

_MOST = 256
"""Changes after which a commit takes no more."""

log = logging.getLogger("accepted")


class _Asked(NamedTuple):
    """`change(connection, [value, ...])` returns an outcome for each value."""

    change: Callable[[sqlite3.Connection, list[Any]], list[Any]]
    value: Any
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Any]


class Writer:
    """Changes a file, for any thread and any asyncio loop. Its thread begins with the first change."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._turn = _Turn()
        self._queue: SimpleQueue[list[_Asked]] | None = None
        self._gathered: dict[asyncio.AbstractEventLoop, list[_Asked]] = {}

    async def do(self, work: Work[T]) -> T:
        """What the work returned, once it is committed.

        Raises:
            StoreFailed: it is not committed.
        """
        return await self.do_together(_each, work)

    async def do_together(self, change: Callable[[sqlite3.Connection, list[A]], list[T]], value: A) -> T:
        """The same for a change that is made at once for all values of a commit: it returns an outcome for each."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        gathered = self._gathered.get(loop)
        if gathered is None:
            gathered = self._gathered[loop] = []
            loop.call_soon(self._hand_over, loop)
        gathered.append(_Asked(change, value, loop, future))
        return await future

    async def close(self) -> None:
        """Finish what was asked for, and let go of the file. The next change would open it again."""
        loop = asyncio.get_running_loop()
        asked = _Asked(_each, _stop, loop, loop.create_future())
        self._hand_over(loop)
        with self._lock:
            if self._queue is None:
                return
            self._queue.put([asked])
            self._queue = None
        with suppress(StoreFailed):  # whoever asked for something has heard of it
            await asked.future

    def hold(self) -> None:
        """As `drivers.forks.Follower`: a commit that is under way ends first."""
        self._lock.acquire()
        self._turn.lock.acquire()

    def go_on(self) -> None:
        """As `drivers.forks.Follower`."""
        self._turn.lock.release()
        self._lock.release()

    def begin_anew(self) -> None:
        """A child has no such thread; it closes what the thread had open, and begins one of its own."""
        self._turn.close()
        self._turn, self._queue = _Turn(), None
        self._gathered.clear()
        self._lock.release()

    def _hand_over(self, loop: asyncio.AbstractEventLoop) -> None:
        """Give the thread what one step of a loop asked for.

        It is not woken for each: it would want the interpreter's lock while the loop still needs it.
        """
        gathered = self._gathered.pop(loop, [])
        with self._lock:
            for start in range(0, len(gathered), _MOST):
                self._started().put(gathered[start : start + _MOST])

    def _started(self) -> SimpleQueue[list[_Asked]]:
        if self._queue is None:
            self._queue = SimpleQueue()
            serve = partial(_serve, self._database, self._queue, self._turn)
            # A daemon: what it has not committed was not acknowledged, and a process need not wait for it to end.
            threading.Thread(target=serve, name="accepted-writer", daemon=True).start()
        return self._queue


def _each(connection: sqlite3.Connection, works: list[Work[T]]) -> list[T]:
    return [work(connection) for work in works]


def _stop(_: sqlite3.Connection) -> None:
    """The last work of a writer."""


class _Turn:
    """The thread's connection, and a lock that it holds while it uses it: between two turns a process may fork."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.connection: sqlite3.Connection | None = None

    def close(self) -> None:
        """Let go of the file."""
        if self.connection is not None:
            with suppress(Exception):  # it may be what is broken, and this thread must not end of it
                self.connection.close()
        self.connection = None


def _serve(database: Database, queue: SimpleQueue[list[_Asked]], turn: _Turn) -> None:
    stopped = False
    while not stopped:
        batch = _gathered(queue)
        stopped = batch[-1].value is _stop
        with turn.lock:
            outcomes = _committed(database, turn, batch)
            if stopped:
                turn.close()
        _deliver(batch, outcomes)
        del batch, outcomes  # what they hold must not live until the next change


def _committed(database: Database, turn: _Turn, batch: list[_Asked]) -> list[Any]:
    try:
        turn.connection = turn.connection or database.open()
        return unhurried(partial(_commit, database, turn.connection, batch))
    except Exception as error:  # noqa: BLE001  # whatever it was, everybody hears of it and the writer lives on
        turn.close()
        return _refused(database, error, batch)


def _gathered(queue: SimpleQueue[list[_Asked]]) -> list[_Asked]:
    """What is queued, at least one. Nothing follows `_stop`."""
    batch = queue.get()
    while len(batch) < _MOST and not queue.empty():
        batch += queue.get()
    return batch


def _commit(database: Database, connection: sqlite3.Connection, batch: list[_Asked]) -> list[Any]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        outcomes = _outcomes(database, connection, batch)
        connection.execute("COMMIT")
    except BaseException:
        roll_back(connection)
        raise
    return outcomes


def _outcomes(database: Database, connection: sqlite3.Connection, batch: list[_Asked]) -> list[Any]:
    """What they returned. Only where one of them fails, all begin again, each behind a savepoint of its own.

    Each statement lets go of the interpreter's lock, and beside a busy event loop it takes long to have it again: that
    is what a commit takes its time for, not the disk. So no savepoint is set before one is needed.
    """
    try:
        return _together(connection, batch)
    except Exception:
        if not connection.in_transaction:
            raise  # SQLite has undone it all: on a full disk, for example
        connection.execute("ROLLBACK")
        connection.execute("BEGIN IMMEDIATE")
        return [_outcome(database, connection, asked) for asked in batch]


def _together(connection: sqlite3.Connection, batch: list[_Asked]) -> list[Any]:
    """All of one kind of change after the other. That they were asked for at once is why their order is free."""
    places: dict[Any, list[int]] = defaultdict(list)
    for place, asked in enumerate(batch):
        places[asked.change].append(place)
    outcomes: dict[int, Any] = {}
    for change, which in places.items():
        outcomes |= zip(which, change(connection, [batch[place].value for place in which]), strict=True)
    return [outcomes[place] for place in range(len(batch))]


def _outcome(database: Database, connection: sqlite3.Connection, asked: _Asked) -> Any:
    """What it returned, or the StoreFailed that it ended with."""
    connection.execute("SAVEPOINT item")
    try:
        (outcome,) = asked.change(connection, [asked.value])
    except Exception as error:
        if not connection.in_transaction:
            raise
        connection.execute("ROLLBACK TO item")
        outcome = database.failed(error)
        outcome.__cause__ = error
    connection.execute("RELEASE item")
    return outcome


def _refused(database: Database, error: Exception, batch: list[_Asked]) -> list[Any]:
    log.error("%s; changes that did not happen: %d", database.failed(error), len(batch))
    return [database.failed(error) for _ in batch]


def _deliver(batch: list[_Asked], outcomes: list[Any]) -> None:
    """Tell every waiter; one call for each loop, however many wait there."""
    by_loop: dict[asyncio.AbstractEventLoop, list[tuple[asyncio.Future[Any], Any]]] = defaultdict(list)
    for asked, outcome in zip(batch, outcomes, strict=True):
        by_loop[asked.loop].append((asked.future, outcome))
    for loop, told in by_loop.items():
        with suppress(RuntimeError):  # the loop is closed, and nobody waits
            loop.call_soon_threadsafe(_tell, told)


def _tell(told: list[tuple[asyncio.Future[Any], Any]]) -> None:
    for future, outcome in told:
        if future.done():  # its waiter was cancelled
            continue
        if isinstance(outcome, StoreFailed):
            future.set_exception(outcome)
        else:
            future.set_result(outcome)
