"""The journal: what survives the process. SQLite in WAL mode, one file a user, many processes, threads and forks.

It performs the core's wishes (Save, Claim, Recall, Forget) and decides nothing.
Credentials never come here. What may be a secret is in one column, `private`, which is emptied when a task is final.
"""

from __future__ import annotations

import logging
import os
import re
import sqlite3
import sys
import threading
import time
from collections.abc import Callable, Mapping
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar

from accepted.core import codec
from accepted.core.events import Forget, Save
from accepted.core.task import Task, load, make_ref, store
from accepted.core.verbs import Claim, Recall
from accepted.drivers import forks
from accepted.errors import BadRequest, JournalFailed
from accepted.locks import private_file

T = TypeVar("T")

VERSION = 1
KEPT = 30 * 24 * 3600.0
"""Seconds that a finished task is kept."""

_BUSY = 10.0
"""Seconds to wait for another process's write."""

_MOMENT = 0.01
"""Seconds between two tries where SQLite itself does not wait."""

log = logging.getLogger("accepted")


def _statements() -> dict[str, str]:
    text = (files("accepted.drivers") / "journal.sql").read_text(encoding="utf-8")
    parts = re.split(r"^-- name: (\w+)\n", text, flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


_SQL = _statements()


def home(environ: Mapping[str, str] | None = None) -> Path:
    """The folder of everything that `accepted` keeps: ACCEPTED_HOME, else the platform's place for it."""
    known = os.environ if environ is None else environ
    if known.get("ACCEPTED_HOME"):
        return Path(known["ACCEPTED_HOME"]).expanduser()
    match sys.platform:
        case "win32":
            return Path(known.get("LOCALAPPDATA") or Path.home() / "AppData/Local") / "accepted"
        case "darwin":
            return Path.home() / "Library/Application Support/accepted"
        case _:
            return Path(known.get("XDG_STATE_HOME") or Path.home() / ".local/state") / "accepted"


class Journal:
    """Tasks in one file. Opened when it is first needed; safe for threads and after a fork."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or home() / "journal.db"
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        forks.follow(self)

    def perform(self, wish: Save | Forget | Claim | Recall) -> Task[Any] | None:
        """Do what the core wishes.

        Raises:
            JournalFailed: it cannot be done; for a Save that may fail, a Recall of a task whose id is known, and
                a Forget, a warning is logged instead: the task itself is not in danger then.
        """
        match wish:
            case Save(task=task):
                self._save(task, must=wish.must)
            case Forget(task=task):
                self._withdraw(task)
            case Claim(task=task):
                return self._run(lambda db: self._claim(db, task))
            case Recall():
                return self._recall(wish)
        return None

    def tasks(self) -> list[Task[Any]]:
        """Every task that is kept, oldest change first."""
        return self._run(lambda db: [_loaded(row) for row in db.execute(_SQL["all"])])

    def in_flight(self) -> list[Task[Any]]:
        """Every task that is not final as far as is known here, oldest change first."""
        return self._run(lambda db: [_loaded(row) for row in db.execute(_SQL["in_flight"])])

    def find(self, service: str, name: str, base_url: str) -> Task[Any] | None:
        """The task with this id (or `@marker`), wherever it is: at `base_url` first, else where it changed last."""
        marker = name[1:] if name.startswith("@") else None
        return self._only("anywhere", {"service": service, "id": name, "marker": marker, "base_url": base_url})

    def forget(self, marker: str) -> None:
        """Take a task out. The service is not asked."""
        self._run(lambda db: db.execute(_SQL["forget"], {"marker": marker}))

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
            self._connection = None

    def hold(self) -> None:
        """As `forks.Follower`: every transaction is whole before a fork."""
        self._lock.acquire()

    def go_on(self) -> None:
        """As `forks.Follower`."""
        self._lock.release()

    def begin_anew(self) -> None:
        """A child closes what it inherited before it opens its own; the locks on the file are its parent's alone."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None
        self._lock.release()

    def _save(self, task: Task[Any], *, must: bool) -> None:
        if not task.marker:
            return
        try:
            saved = self._run(lambda db: db.execute(_SQL["save"], _row(task)).rowcount)
        except JournalFailed as error:
            if must:
                raise
            log.warning("%s is not in the journal: %s", task.ref, error, extra={"ref": task.ref})
        else:
            if must and not saved:
                raise JournalFailed(_TAKEN)

    def _withdraw(self, task: Task[Any]) -> None:
        try:
            self._run(lambda db: db.execute(_SQL["withdraw"], _row(task)))
        except JournalFailed as error:
            # Why the create was refused is what the caller must hear of.
            log.warning("%s, which was refused, stays in the journal: %s", task.ref, error, extra={"ref": task.ref})

    def _claim(self, db: sqlite3.Connection, task: Task[Any]) -> Task[Any]:
        if task.key is None:
            return task
        row = _row(task)
        db.execute(_SQL["claim"], row)
        return _loaded(db.execute(_SQL["by_key"], row).fetchone())

    def _recall(self, wish: Recall) -> Task[Any] | None:
        try:
            return self._recalled(wish)
        except JournalFailed as error:
            if wish.task_id is None:
                raise
            ref = make_ref(wish.service, wish.task_id)
            log.warning("%s is not looked for in the journal: %s", ref, error, extra={"ref": ref})
            return None

    def _recalled(self, wish: Recall) -> Task[Any] | None:
        found: Task[Any] | None = None
        if wish.marker:
            found = self._one("by_marker", {"marker": wish.marker})
        if found is None and wish.task_id is not None:
            place = {"service": wish.service, "base_url": wish.base_url, "id": wish.task_id}
            found = self._only("by_id", place)
        return found

    def _one(self, name: str, values: Mapping[str, Any]) -> Task[Any] | None:
        found = self._run(lambda db: [_loaded(row) for row in db.execute(_SQL[name], values)])
        return found[0] if found else None

    def _only(self, name: str, values: Mapping[str, Any]) -> Task[Any] | None:
        """The task that an id stands for.

        Raises:
            BadRequest: it stands for several, each of which is asked about in a way of its own.
        """
        found = self._run(lambda db: [_loaded(row) for row in db.execute(_SQL[name], values)])
        here = [task for task in found if task.base_url == found[0].base_url]
        ways = {codec.encode((task.private.yields, task.private.cookies)) for task in here if not task.status.final}
        if len(ways) > 1:
            several = ", ".join(f"{task.service}:@{task.marker}" for task in here)
            raise BadRequest(f"{here[0].ref} stands for {len(here)} tasks; name one: {several}")
        return found[0] if found else None

    def _run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Work in one transaction."""
        try:
            with self._lock, self._opened() as db:
                return work(db)
        except sqlite3.Error as error:
            raise JournalFailed(_advice(self.path, error)) from error
        except OSError as error:
            raise JournalFailed(f"the journal {self.path} cannot be used: {error}. ACCEPTED_HOME moves it") from error
        except codec.WrongShape as error:
            raise JournalFailed(f"the journal {self.path} holds what nobody wrote: {error}. {_ASIDE}") from error

    def _opened(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = _open(self.path)
        return self._connection


_ASIDE = "Move it away to begin a new one; its tasks live on at their services"
_TAKEN = "another process has taken this create over; nothing was sent by this one. The same key gives its task"


def _advice(path: Path, error: sqlite3.Error) -> str:
    match getattr(error, "sqlite_errorcode", None):
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return f"the journal {path} is damaged ({error}). {_ASIDE}"
        case sqlite3.SQLITE_CONSTRAINT_UNIQUE:
            return _TAKEN
        case sqlite3.SQLITE_FULL:
            return f"the disk of the journal {path} is full"
        case _:
            return f"the journal {path} cannot be used: {error}. ACCEPTED_HOME moves it"


def _open(path: Path) -> sqlite3.Connection:
    # Made by us before SQLite opens it: its own files take their mode from this one.
    private_file(path)
    connection = sqlite3.connect(path, timeout=_BUSY, check_same_thread=False)
    try:
        _unhurried(partial(_prepare, connection, path))
    except BaseException:
        connection.close()
        raise
    return connection


def _unhurried(work: Callable[[], object]) -> None:
    """Do it again while another process is at it: the change to WAL is refused at once, whatever the time-out."""
    until = time.monotonic() + _BUSY
    while True:
        try:
            work()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(_MOMENT)
        else:
            return


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > VERSION:
        raise JournalFailed(
            f"the journal {path} was written by a newer `accepted` ({version}, not {VERSION}): update it"
        )
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    if version < VERSION:
        connection.executescript(_SQL["schema"])
        connection.execute(f"PRAGMA user_version={VERSION}")
    old = {"before": time.time() - KEPT}
    # Asked first: a mere reader does not wait for another process's write.
    if connection.execute(_SQL["old"], old).fetchone()[0]:
        with connection:
            connection.execute(_SQL["prune"], old)


def _row(task: Task[Any]) -> dict[str, Any]:
    record, private = store(task)
    columns = ("marker", "service", "base_url", "account", "key", "id", "attempt")
    facts = {name: getattr(task, name) for name in columns}
    facts["sent_at"] = task.doing.sent_at
    return {**facts, "final": task.status.final, "saved_at": time.time(), "record": record, "private": private}


def _loaded(row: tuple[bytes, bytes]) -> Task[Any]:
    return load(*row)


class NoJournal:
    """The journal that was turned off: it keeps nothing."""

    def perform(self, wish: Save | Forget | Claim | Recall) -> Task[Any] | None:
        """A claim is granted, everything else does nothing."""
        return wish.task if isinstance(wish, Claim) else None

    def tasks(self) -> list[Task[Any]]:
        """None."""
        return []

    def in_flight(self) -> list[Task[Any]]:
        """None."""
        return []

    def find(self, service: str, name: str, base_url: str) -> Task[Any] | None:  # noqa: ARG002  # nothing is kept
        """None."""
        return None

    def forget(self, marker: str) -> None:
        """There is nothing to forget."""

    def close(self) -> None:
        """There is nothing to close."""
