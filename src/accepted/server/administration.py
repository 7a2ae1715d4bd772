"""What an operator may do with a server's file while servers use it, whoever's task it is.

What may live here: operations beyond the tenants that the store's own are about. They end where the store begins:
every change is one of `TaskStore`'s.
"""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from accepted.core.task import Status
from accepted.server.database import Database, statements, unhurried
from accepted.server.ids import new_id
from accepted.server.sqlite import SqliteStore
from accepted.server.store import New, Record

_SQL = statements("admin.sql", {})
_PAGE = 500
_NEWEST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose a task is, and for how many seconds after its end it is kept (None: for ever)."""

    tenant: str
    retention: float | None


class Administration:
    """Operations on the file of a store. Every method raises StoreFailed where the file cannot be used."""

    def __init__(self, path: Path) -> None:
        self.store = SqliteStore(path)
        self._database = Database(path=path)

    async def get(self, task_id: str) -> Record | None:
        """A task of whoever."""
        whose = self.whose(task_id)
        found = None if whose is None else await self.store.get(whose.tenant, task_id)
        return found if isinstance(found, Record) else None

    def whose(self, task_id: str) -> Whose | None:
        """Whose a task is; None where there is no such task."""
        rows = self._ask("whose", {"id": task_id})
        return Whose(*rows[0]) if rows else None

    async def tasks(
        self, *, tenant: str | None = None, type: str | None = None, status: Status | None = None
    ) -> AsyncIterator[Record]:
        """Tasks of every tenant or one, newest first, as each is when it is read."""
        wanted = {"tenant": tenant, "type": type, "status": status, "limit": _PAGE}
        after = _NEWEST
        while rows := self._ask("newest", {**wanted, "after": after}):
            for after, whose, task_id in rows:  # noqa: B007  # the last one is where the next page begins
                record = await self.store.get(whose, task_id)
                if isinstance(record, Record):
                    yield record

    async def again(self, record: Record, now: float) -> Record:
        """A new task with the type, input and owner of one that ended; what that one came to stays as it is."""
        whose = self.whose(record.id)
        new = New(
            id=new_id(now),
            tenant=record.tenant,
            type=record.type,
            input=record.input,
            created_at=now,
            retention=whose.retention if whose else None,
            callback_url=record.callback_url,
        )
        return (await self.store.accept(new)).record

    def _ask(self, name: str, values: dict[str, Any]) -> list[Any]:
        try:
            with closing(self._database.open()) as connection:
                return unhurried(lambda: _SQL[name].rows(connection, values))
        except sqlite3.Error as error:
            raise self._database.failed(error) from error
