"""A server's SQLite file: opened, of the right form, or refused with a sentence.

What may live here: how a connection comes to be and what its errors mean. `writer.py` changes the file, `sqlite.py`
knows what is in it.
"""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Any, Literal, TypeVar

from accepted.locks import private_file
from accepted.server.store import StoreFailed

T = TypeVar("T")

_NAMED = r":(\w+)"

Rows = list[Any]
"""What a query yields: a tuple a row."""

Connect = Callable[[Path], sqlite3.Connection]
Synchronous = Literal["FULL", "NORMAL"]

_SQL = files("accepted.server") / "sql"

_WHAT = (
    "SELECT user_version, application_id, (SELECT count(*) FROM sqlite_master) "
    "FROM pragma_user_version, pragma_application_id"
)

_OURS = int.from_bytes(b"accp", "big")
"""The application_id of a file of ours."""

_BUSY = 10.0
"""Seconds to wait for another process's write."""

_MOMENT = 0.001
"""Seconds between two tries. SQLite's own waiting grows to 0.1 s, and whoever waits long then comes last."""


def connect(path: Path) -> sqlite3.Connection:
    """A connection as the standard library makes it, for one thread at a time. Waiting is `unhurried`'s."""
    return sqlite3.connect(path, timeout=0, check_same_thread=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """A file, and how it is opened.

    Attributes:
        synchronous: `FULL`: a commit is on disk when it returns. `NORMAL`: a power cut may take the last ones.
    """

    path: Path
    connect: Connect = connect
    synchronous: Synchronous = "FULL"

    def open(self) -> sqlite3.Connection:
        """A connection to the file, which is made, readable by its owner only, and brought up to date where needed.

        Raises:
            StoreFailed: it cannot be used.
        """
        try:
            # Made by us before SQLite opens it: its own files take their mode from this one.
            private_file(self.path)
            connection = self.connect(self.path)
            try:
                unhurried(partial(self._prepare, connection))
            except BaseException:
                connection.close()
                raise
        except (sqlite3.Error, OSError) as error:
            raise self.failed(error) from error
        return connection

    def failed(self, error: Exception) -> StoreFailed:
        """What an error means: which file it is about and what to do."""
        if isinstance(error, StoreFailed):
            return StoreFailed(*error.args)
        match _code(error):
            case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
                what = f"{self.path} is damaged or no database ({error}): put a backup in its place"
            case sqlite3.SQLITE_FULL:
                what = f"the disk of {self.path} is full: make room there"
            case sqlite3.SQLITE_BUSY:
                what = f"another process has been writing to {self.path} for {_BUSY:g} s: end it, or ask again"
            case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM:
                what = f"{self.path} cannot be written ({error}): give this user the right to, with its folder"
            case _:
                what = f"{self.path} cannot be used: {error}. ACCEPTED_DB names another one"
        return StoreFailed(what)

    def _prepare(self, connection: sqlite3.Connection) -> None:
        connection.isolation_level = None
        if self._version(connection) < len(_MIGRATIONS):
            # The change to WAL is not possible inside of a transaction.
            connection.execute("PRAGMA journal_mode=WAL").fetchall()
            connection.execute("BEGIN EXCLUSIVE")
            try:
                self._migrate(connection)
                connection.execute("COMMIT")
            except BaseException:
                roll_back(connection)
                raise
        connection.execute(f"PRAGMA synchronous={self.synchronous}")

    def _migrate(self, connection: sqlite3.Connection) -> None:
        """Apply what is missing. Asked again here: another process may have been first."""
        for script in _MIGRATIONS[self._version(connection) :]:
            for statement in _split(script):
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version={len(_MIGRATIONS)}")

    def _version(self, connection: sqlite3.Connection) -> int:
        # In one statement, which sees one moment: another process may be making the file.
        ((version, owner, things),) = connection.execute(_WHAT).fetchall()
        if owner != _OURS and (version or things):
            raise StoreFailed(f"{self.path} is the database of another program. ACCEPTED_DB names another one")
        if version > len(_MIGRATIONS):
            raise StoreFailed(
                f"{self.path} was written by a newer `accepted` ({version}, not {len(_MIGRATIONS)}): update it"
            )
        return int(version)


def unhurried(work: Callable[[], T]) -> T:
    """Do it again while another process is at it, for 10 s at most: what found the file busy has done nothing yet."""
    until = time.monotonic() + _BUSY
    while True:
        try:
            return work()
        except sqlite3.OperationalError as error:
            if _code(error) != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(_MOMENT)


def roll_back(connection: sqlite3.Connection) -> None:
    """Undo the transaction, if SQLite has not done so itself (it does on a full disk, for example)."""
    if connection.in_transaction:
        connection.execute("ROLLBACK")


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL, and which value stands at each of its question marks.

    The standard library looks every named parameter up without the interpreter's lock, which another thread may then
    take for 5 ms: so names are for people, in the `.sql` files, and what is executed has places.
    """

    sql: str
    names: tuple[str, ...]

    def rows(self, connection: sqlite3.Connection, values: Mapping[str, Any]) -> Rows:
        """All its rows: a statement that is not done keeps the file from being tidied up."""
        return self.begun(connection, values).fetchall()

    def begun(self, connection: sqlite3.Connection, values: Mapping[str, Any]) -> sqlite3.Cursor:
        """Its rows one by one, for who closes the cursor."""
        return connection.execute(self.sql, [values[name] for name in self.names])


def statements(name: str, words: Mapping[str, str]) -> dict[str, Statement]:
    """The named statements of a file in `sql/`, with `$word` for every one of `words`."""
    text = re.sub(r"^--(?! name:).*\n", "", (_SQL / name).read_text(encoding="utf-8"), flags=re.MULTILINE)
    parts = re.split(r"^-- name: (\w+)\n", Template(text).substitute(words), flags=re.MULTILINE)[1:]
    return {name: _placed(sql.strip()) for name, sql in zip(parts[::2], parts[1::2], strict=True)}


def _placed(sql: str) -> Statement:
    return Statement(re.sub(_NAMED, "?", sql), tuple(re.findall(_NAMED, sql)))


def _migrations() -> tuple[str, ...]:
    found = sorted(
        (one for one in (_SQL / "migrations").iterdir() if one.name.endswith(".sql")), key=lambda one: one.name
    )
    return tuple(one.read_text(encoding="utf-8") for one in found)


_MIGRATIONS = _migrations()
"""In order; as many as are applied is the file's user_version."""


def _split(script: str) -> Iterator[str]:
    """One statement after the other; `executescript` would commit first."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def _code(error: Exception) -> int | None:
    """The primary result code."""
    code = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF
