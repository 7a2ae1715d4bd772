"""The store on one machine: SQLite in WAL mode, one file, any number of processes, threads and asyncio loops.

Changes go through `writer.py`, one commit for many; questions are asked in the calling thread, on a connection of
their own, for a point read is faster than the way to another thread. The SQL is in `sql/queries.sql`.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
import threading
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import asdict
from functools import cache, partial
from itertools import chain
from operator import attrgetter
from pathlib import Path
from typing import Any, TypeVar

from accepted.core import codec
from accepted.core.task import Status
from accepted.drivers import forks
from accepted.server.database import Connect, Database, Rows, Synchronous, connect, statements, unhurried
from accepted.server.store import Accepted, Begun, Ending, Figures, Kept, Key, New, Page, Record, Removed
from accepted.server.writer import Writer

T = TypeVar("T")

REMEMBERED = 30 * 24 * 3600.0
"""Seconds that a removed record answers 410."""

_COLUMNS = tuple(field.name for field in codec.fields(Record))
_SHOWN = tuple("x'' AS input" if name == "input" else name for name in _COLUMNS)
_SQL = statements("queries.sql", {"record": ", ".join(_COLUMNS), "shown": ", ".join(_SHOWN)})

_new_row = attrgetter(*_SQL["accept"].names)

_LISTS = {
    (False, False): "list",
    (True, False): "list_of_type",
    (False, True): "list_of_status",
    (True, True): "list_of_both",
}
"""Which query lists: by whether a type and a status are asked for."""

_RESULT = _COLUMNS.index("result")

_PAGE = 1024 * 1024
"""Bytes of results after which a page ends, so that a hundred of 8 MiB are no answer."""

_NEWEST = 2**63 - 1
"""Above every `seq`."""


class SqliteStore:
    """A `TaskStore` in one file. Opened when it is first needed; safe after a fork.

    Args:
        path: the file. Artifacts lie beside it, in `<name>.files/<task id>/<attempt>/<name>`.
        connect: makes a connection, for one thread at a time.
        synchronous: `FULL`: what is acknowledged survives a power cut. `NORMAL`: only the end of the process.
    """

    def __init__(self, path: Path, *, connect: Connect = connect, synchronous: Synchronous = "FULL") -> None:
        self.path = path
        self._database = Database(path=path, connect=connect, synchronous=synchronous)
        self._writer = Writer(self._database)
        self._lock = threading.Lock()
        self._reader: sqlite3.Connection | None = None
        self._opened = 0
        forks.follow(self)

    async def accept(self, new: New) -> Accepted:
        """Keep a task and its idempotency key."""
        return await self._writer.do_together(_accept, new)

    async def keyed(self, tenant: str, key: str, fingerprint: str) -> Accepted | None:
        """What an accept with this key would find."""
        rows = self._ask("by_key", {"tenant": tenant, "key": key})
        return _found(rows[0], fingerprint) if rows else None

    async def get(self, tenant: str, task_id: str) -> Record | Removed | None:
        """A task of this tenant; Removed where there was one."""
        return self._one("get", tenant, task_id)

    async def look(self, tenant: str, task_id: str) -> Record | Removed | None:
        """The same without its input."""
        return self._one("look", tenant, task_id)

    def _one(self, name: str, tenant: str, task_id: str) -> Record | Removed | None:
        whose = {"id": task_id, "tenant": tenant}
        rows = self._ask(name, whose)
        return self._record(rows[0]) if rows else _removed(task_id, self._ask("removed", whose))

    async def list(
        self,
        tenant: str,
        *,
        limit: int,
        after: int | None = None,
        type: str | None = None,
        status: Status | None = None,
    ) -> Page:
        """The tenant's tasks, newest first, those with a `seq` below `after`."""
        name = _LISTS[type is not None, status is not None]
        values = {"tenant": tenant, "type": type, "status": status, "after": _NEWEST if after is None else after}
        with self._lock:
            # One more than is wanted tells whether there are more.
            rows, more = self._read(partial(_page, name, limit), {**values, "limit": limit + 1})
        records = tuple(self._record(row) for row in rows)
        return Page(records, records[-1].seq if more else None)

    async def request_cancel(self, tenant: str, task_id: str, now: float) -> Record | Removed | None:
        """Note that a task is to be cancelled."""
        return await self._writer.do(partial(_request_cancel, tenant=tenant, task_id=task_id, now=now))

    async def remove(self, tenant: str, task_id: str, now: float) -> Record | Removed | None:
        """Remove a final record."""
        return await self._writer.do(partial(_remove, tenant=tenant, task_id=task_id, now=now))

    async def ready(self, type: str, *, limit: int, now: float) -> tuple[str, ...]:
        """Ids of queued tasks of a type that may begin, oldest first."""
        ((ids,),) = self._ask("ready", {"type": type, "limit": limit, "now": now})
        return codec.decode(ids.encode(), tuple[str, ...])

    async def next_retry(self, now: float) -> float | None:
        """When the next queued task that has to wait may begin."""
        return next((row[0] for row in self._ask("next_retry", {"now": now})), None)

    async def begin(self, task_id: str, now: float) -> Begun | None:
        """The right to execute a queued task, as its next attempt."""
        return next(iter(await self.begin_all([task_id], now)), None)

    async def begin_all(self, task_ids: Sequence[str], now: float) -> tuple[Begun, ...]:
        """The rights to execute those that are queued."""
        # One token is enough for them, for it is valid only beside an id.
        what = {"ids": codec.encode(task_ids).decode(), "now": now, "token": secrets.token_hex(8)}
        return await self._writer.do(partial(_begin, what=what))

    async def progress(self, task_id: str, token: str, progress: bytes) -> bool:
        """Note how far an attempt is."""
        return await self._change("progress", {"id": task_id, "token": token, "progress": progress}) > 0

    async def finish(self, task_id: str, token: str, ending: Ending, now: float) -> bool:
        """End an attempt."""
        if ending.status is Status.QUEUED:
            again = {"id": task_id, "token": token, "error": ending.error, "not_before": ending.not_before, "now": now}
            return await self._change("again", again) > 0
        artifacts = codec.encode(ending.artifacts) if ending.artifacts else None
        # In the order of the statement's values.
        row = (task_id, token, ending.status, ending.result, ending.error, artifacts, now, ending.expires_at)
        return await self._writer.do_together(_finish, row)

    async def cancelling(self) -> tuple[str, ...]:
        """Ids of tasks in progress that are to be cancelled."""
        return tuple(row[0] for row in self._ask("cancelling", {}))

    async def recover(self, now: float) -> int:
        """End what a dead executor left in progress."""
        return await self._change("recover", {"now": now})

    async def expire(self, now: float, *, limit: int = 500) -> tuple[str, ...]:
        """Remove records whose time is over, and forget those whose time has been over for 30 days."""
        return await self._writer.do(partial(_expire, now=now, limit=limit))

    async def recently_removed(self, *, limit: int) -> tuple[str, ...]:
        """Ids of the records that were removed last."""
        return tuple(row[0] for row in self._ask("recently_removed", {"limit": limit}))

    def changes(self) -> int:
        """SQLite's own count of commits by other connections: the writer's is another one too.

        It begins anew with each connection, so how often one was opened is the higher half of the number.
        """
        with self._lock:
            count = int(self._read(_SQL["changes"].rows, {})[0][0])
            return self._opened << 32 | count

    async def figures(self) -> Figures:
        """Counts of what is kept."""
        tasks = {(name, Status(status)): count for name, status, count in self._ask("counts", {})}
        return Figures(tasks=tasks, oldest_queued_at=self._ask("oldest", {})[0][0])

    async def add_key(self, key: Key, digest: bytes) -> None:
        """Keep an API key by the SHA-256 of its secret."""
        await self._change("add_key", {**asdict(key), "digest": digest})

    async def key(self, digest: bytes) -> Key | None:
        """The key with this digest that is not revoked."""
        rows = self._ask("key", {"digest": digest})
        return _key(rows[0]) if rows else None

    async def keys(self) -> tuple[Key, ...]:
        """Every key, oldest first."""
        return tuple(_key(row) for row in self._ask("keys", {}))

    async def revoke_key(self, key_id: str, now: float) -> bool:
        """Revoke a key."""
        return await self._change("revoke_key", {"id": key_id, "now": now}) > 0

    async def close(self) -> None:
        """Finish what is under way and let go of the files. Whatever is asked for later opens them again."""
        await self._writer.close()
        with self._lock:
            if self._reader is not None:
                self._reader.close()
            self._reader = None

    def backup(self, target: Path) -> None:
        """Copy the records, as they are at one moment, to a file, while the store is in use. Artifacts are not in it.

        Raises:
            StoreFailed: there is no copy; what was at `target` before is untouched.
        """
        part = target.with_name(target.name + ".part")
        try:
            part.unlink(missing_ok=True)
            os.close(os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
            with closing(self._database.open()) as source, closing(sqlite3.connect(part)) as copy:
                source.backup(copy)
            part.replace(target)
        except (sqlite3.Error, OSError) as error:
            raise Database(path=target).failed(error) from error

    def hold(self) -> None:
        """As `drivers.forks.Follower`."""
        self._lock.acquire()
        self._writer.hold()

    def go_on(self) -> None:
        """As `drivers.forks.Follower`."""
        self._writer.go_on()
        self._lock.release()

    def begin_anew(self) -> None:
        """A child closes what it inherited before it opens its own; the locks on the file are its parent's alone."""
        if self._reader is not None:
            self._reader.close()
        self._reader = None
        self._writer.begin_anew()
        self._lock.release()

    async def _change(self, name: str, values: dict[str, Any]) -> int:
        """How many rows it changed."""
        return await self._writer.do(lambda db: len(_SQL[name].rows(db, values)))

    def _ask(self, name: str, values: dict[str, Any]) -> Rows:
        with self._lock:
            return self._read(_SQL[name].rows, values)

    def _read(self, ask: Callable[[sqlite3.Connection, dict[str, Any]], T], values: dict[str, Any]) -> T:
        """For whoever holds the lock."""
        if self._reader is None:
            self._reader = self._database.open()
            self._opened += 1
        try:
            return unhurried(partial(ask, self._reader, values))
        except sqlite3.Error as error:
            # The next question is asked on a new connection: the file may have been mended.
            self._reader.close()
            self._reader = None
            raise self._database.failed(error) from error

    def _record(self, row: Sequence[Any]) -> Record:
        try:
            return _record(row)
        except ValueError as error:
            raise self._database.failed(error) from error


def _begin(db: sqlite3.Connection, what: dict[str, Any]) -> tuple[Begun, ...]:
    _SQL["begin"].rows(db, what)
    ((found,),) = _SQL["begun"].rows(db, what)
    rows = codec.decode(found.encode(), list[tuple[str, str, str, int, int, int, str]])
    return tuple(
        Begun(name, what["token"], kind, tenant, attempt, failures, lost, what["now"], given.encode())
        for name, kind, tenant, attempt, failures, lost, given in rows
    )


def _page(name: str, limit: int, db: sqlite3.Connection, values: dict[str, Any]) -> tuple[Rows, bool]:
    """The rows of one page, read until it is full, and whether there are more."""
    rows: Rows = []
    size = 0
    # Closed, since a statement that is not done keeps the file from being tidied up.
    with closing(_SQL[name].begun(db, values)) as cursor:
        for row in cursor:
            if len(rows) == limit or size > _PAGE:
                return rows, True
            rows.append(row)
            size += len(row[_RESULT] or b"")
    return rows, False


def _accept(db: sqlite3.Connection, news: list[New]) -> list[Accepted]:
    """All of a commit in one statement, if nothing stands in the way."""
    done = _repeated(db, "accept", [_new_row(new) for new in news])
    if done.rowcount < len(news) or done.lastrowid is None:
        return [_accepted(db, new) for new in news]
    # They stand one after the other: `seq` counts up, and nobody else writes meanwhile.
    return [Accepted(_fresh(new, seq), "created") for seq, new in enumerate(news, done.lastrowid - len(news) + 1)]


def _repeated(db: sqlite3.Connection, name: str, rows: list[tuple[Any, ...]]) -> sqlite3.Cursor:
    """A statement that takes a row, executed once for several: the interpreter's lock is let go of once, not often."""
    # A power of two: few different statements, which SQLite therefore need not read again. Rows of NULL do nothing.
    places = 1 << (len(rows) - 1).bit_length()
    none = [None] * (places - len(rows)) * len(rows[0])
    return db.execute(_repeating(name, places), [*chain(*rows), *none])


@cache
def _repeating(name: str, places: int) -> str:
    one = f"({', '.join('?' * len(_SQL[name].names))})"
    return _SQL[name].sql.replace(one, ", ".join([one] * places))


def _accepted(db: sqlite3.Connection, new: New) -> Accepted:
    """What became of one among which there were keys that are taken."""
    created = _SQL["place"].rows(db, {"id": new.id})
    if created:
        return Accepted(_fresh(new, created[0][0]), "created")
    return _found(_SQL["by_key"].rows(db, {"tenant": new.tenant, "key": new.key})[0], new.fingerprint)


def _found(row: Sequence[Any], fingerprint: str) -> Accepted:
    """The task of a key, for a body with this fingerprint."""
    made_it, *there = row
    return Accepted(_record(there), "replayed" if made_it == fingerprint else "conflict")


def _request_cancel(db: sqlite3.Connection, tenant: str, task_id: str, now: float) -> Record | Removed | None:
    whose = {"id": task_id, "tenant": tenant}
    changed = _SQL["cancel"].rows(db, {**whose, "now": now})
    return _record(changed[0]) if changed else _get(db, whose)


def _remove(db: sqlite3.Connection, tenant: str, task_id: str, now: float) -> Record | Removed | None:
    whose = {"id": task_id, "tenant": tenant}
    found = _get(db, whose)
    if not isinstance(found, Record) or not found.status.final:
        return found
    _SQL["remove"].rows(db, whose)
    _SQL["bury"].rows(db, {**whose, "at": now})
    return Removed(task_id, now)


def _finish(db: sqlite3.Connection, endings: list[tuple[Any, ...]]) -> list[bool]:
    """All of a commit in one statement."""
    count = _repeated(db, "finish", endings).rowcount
    if 1 < len(endings) != count:
        raise _NotAll
    return [count > 0] * len(endings)


class _NotAll(Exception):
    """Some attempts have lost their task. Which, only one by one tells, as the writer does it after any exception."""


def _expire(db: sqlite3.Connection, now: float, limit: int) -> tuple[str, ...]:
    gone = _SQL["expire"].rows(db, {"now": now, "limit": limit})
    for task_id, tenant in gone:
        _SQL["bury"].rows(db, {"id": task_id, "tenant": tenant, "at": now})
    _SQL["forget"].rows(db, {"before": now - REMEMBERED, "limit": limit})
    return tuple(task_id for task_id, _ in gone)


def _get(db: sqlite3.Connection, whose: dict[str, Any]) -> Record | Removed | None:
    rows = _SQL["get"].rows(db, whose)
    return _record(rows[0]) if rows else _removed(whose["id"], _SQL["removed"].rows(db, whose))


def _fresh(new: New, seq: int) -> Record:
    """The record of a task that was accepted just now; it need not be read again."""
    return Record(
        seq=seq,
        id=new.id,
        tenant=new.tenant,
        type=new.type,
        status=Status.QUEUED,
        input=new.input,
        created_at=new.created_at,
        callback_url=new.callback_url,
    )


def _record(row: Sequence[Any]) -> Record:
    facts = dict(zip(_COLUMNS, row, strict=True))
    facts["status"] = Status(facts["status"])
    facts["artifacts"] = codec.decode(facts["artifacts"], tuple[Kept, ...]) if facts["artifacts"] else ()
    return Record(**facts)


def _removed(task_id: str, rows: Rows) -> Removed | None:
    return Removed(task_id, rows[0][0]) if rows else None


def _key(row: Sequence[Any]) -> Key:
    key_id, name, tenant, created_at, revoked_at = row
    return Key(id=key_id, name=name, tenant=tenant, created_at=created_at, revoked_at=revoked_at)
