"""The store on one machine: SQLite in WAL mode, one file, any number of processes, threads and asyncio loops.

Changes go through `writer.py`, one commit for many; questions are asked in the calling thread, on a connection of
their own, for a point read is faster than the way to another thread. The SQL is in `sql/queries.sql`.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
import threading
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict, fields
from functools import cache, partial
from itertools import chain
from pathlib import Path
from typing import Any

from accepted.core import codec
from accepted.core.task import Status
from accepted.drivers import forks
from accepted.server.database import Connect, Database, Rows, Synchronous, connect, statements, unhurried
from accepted.server.store import Accepted, Begun, Ending, Figures, Kept, Key, New, Page, Record, Removed
from accepted.server.writer import Writer

REMEMBERED = 30 * 24 * 3600.0
"""Seconds that a removed record answers 410."""

_COLUMNS = tuple(field.name for field in fields(Record))
_SQL = statements("queries.sql", {"record": ", ".join(_COLUMNS)})

_LISTS = {
    (False, False): "list",
    (True, False): "list_of_type",
    (False, True): "list_of_status",
    (True, True): "list_of_both",
}
"""Which query lists: by whether a type and a status are asked for."""

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
        forks.follow(self)

    async def accept(self, new: New) -> Accepted:
        """Keep a task and its idempotency key."""
        return await self._writer.do_together(_accept, new)

    async def get(self, tenant: str, task_id: str) -> Record | Removed | None:
        """A task of this tenant; Removed where there was one."""
        whose = {"id": task_id, "tenant": tenant}
        rows = self._ask("get", whose)
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
        # One more than is wanted tells whether there are more.
        rows = self._ask(name, {**values, "limit": limit + 1})
        records = tuple(self._record(row) for row in rows[:limit])
        return Page(records, records[-1].seq if len(rows) > limit else None)

    async def request_cancel(self, tenant: str, task_id: str, now: float) -> Record | Removed | None:
        """Note that a task is to be cancelled."""
        return await self._writer.do(partial(_request_cancel, tenant=tenant, task_id=task_id, now=now))

    async def remove(self, tenant: str, task_id: str, now: float) -> Record | Removed | None:
        """Remove a final record."""
        return await self._writer.do(partial(_remove, tenant=tenant, task_id=task_id, now=now))

    async def ready(self, type: str, *, limit: int, now: float) -> tuple[str, ...]:
        """Ids of queued tasks of a type that may begin, oldest first."""
        return tuple(row[0] for row in self._ask("ready", {"type": type, "limit": limit, "now": now}))

    async def next_retry(self, now: float) -> float | None:
        """When the next queued task that has to wait may begin."""
        return next((row[0] for row in self._ask("next_retry", {"now": now})), None)

    async def begin(self, task_id: str, now: float) -> Begun | None:
        """The right to execute a queued task, as its next attempt."""
        return await self._writer.do(partial(_begin, task_id=task_id, now=now))

    async def progress(self, task_id: str, token: str, progress: bytes) -> bool:
        """Note how far an attempt is."""
        return await self._change("progress", {"id": task_id, "token": token, "progress": progress}) > 0

    async def finish(self, task_id: str, token: str, ending: Ending, now: float) -> bool:
        """End an attempt."""
        name = "again" if ending.status is Status.QUEUED else "finish"
        return await self._change(name, {**_ending(ending), "id": task_id, "token": token, "now": now}) > 0

    async def cancelling(self) -> tuple[str, ...]:
        """Ids of tasks in progress that are to be cancelled."""
        return tuple(row[0] for row in self._ask("cancelling", {}))

    async def recover(self, now: float) -> int:
        """End what a dead executor left in progress."""
        return await self._change("recover", {"now": now})

    async def expire(self, now: float, *, limit: int = 500) -> tuple[str, ...]:
        """Remove records whose time is over, and forget those whose time has been over for 30 days."""
        return await self._writer.do(partial(_expire, now=now, limit=limit))

    def changes(self) -> int:
        """SQLite's own count of commits by other connections: the writer's is another one too."""
        return int(self._ask("changes", {})[0][0])

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
            if self._reader is None:
                self._reader = self._database.open()
            try:
                return unhurried(partial(_SQL[name].rows, self._reader, values))
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


def _accept(db: sqlite3.Connection, news: list[New]) -> list[Accepted]:
    """All of a commit in a handful of statements."""
    before = {"before": _SQL["newest"].rows(db, {})[0][0]}
    rows = [tuple(getattr(new, name) for name in _SQL["accept"].names) for new in news]
    while rows:
        # Powers of two: few different statements, which SQLite therefore need not read again.
        some = 1 << (len(rows).bit_length() - 1)
        db.execute(_accepting(some), [*chain(*rows[:some])])
        rows = rows[some:]
    created = dict(codec.decode(_SQL["accepted"].rows(db, before)[0][0].encode(), list[tuple[str, int]]))
    return [_accepted(db, new, created.get(new.id)) for new in news]


@cache
def _accepting(count: int) -> str:
    """The statement that accepts so many at once."""
    one = f"({', '.join('?' * len(_SQL['accept'].names))})"
    return _SQL["accept"].sql.replace(one, ", ".join([one] * count))


def _accepted(db: sqlite3.Connection, new: New, seq: int | None) -> Accepted:
    if seq is not None:
        return Accepted(_fresh(new, seq), "created")
    fingerprint, *there = _SQL["by_key"].rows(db, {"tenant": new.tenant, "key": new.key})[0]
    return Accepted(_record(there), "replayed" if fingerprint == new.fingerprint else "conflict")


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


def _begin(db: sqlite3.Connection, task_id: str, now: float) -> Begun | None:
    token = secrets.token_hex(8)
    rows = _SQL["begin"].rows(db, {"id": task_id, "now": now, "token": token})
    return Begun(_record(rows[0]), token) if rows else None


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


def _ending(ending: Ending) -> dict[str, Any]:
    return {
        "status": ending.status,
        "result": ending.result,
        "error": ending.error,
        "artifacts": codec.encode(ending.artifacts) if ending.artifacts else None,
        "expires_at": ending.expires_at,
        "not_before": ending.not_before,
    }


def _key(row: Sequence[Any]) -> Key:
    key_id, name, tenant, created_at, revoked_at = row
    return Key(id=key_id, name=name, tenant=tenant, created_at=created_at, revoked_at=revoked_at)
