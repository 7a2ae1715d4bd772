"""Locks of the operating system on files, and what keeps them.

`FileLock` is held by one process at a time and let go when that process dies. It is an exclusive SQLite transaction:
the one such lock that the standard library has on every platform.
`private_file` makes a database's file without ever closing it: to close a file, however it was opened, drops every
lock that this process has on it (POSIX), and a database whose locks are gone can lose what it acknowledged.
"""

from __future__ import annotations

import errno
import os
import sqlite3
import tempfile
from contextlib import suppress
from pathlib import Path


class FileLock:
    """A lock on a file of its own, which is made where it is missing and never removed.

    Two locks of one process on the same file exclude each other too. A child of a fork does not have its parent's.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._held: sqlite3.Connection | None = None
        self._pid = os.getpid()

    def acquire(self) -> bool:
        """Take the lock if it is free, without waiting; True where it is held now.

        Raises:
            OSError: the file cannot be used, so that nobody can have the lock.
        """
        self._leave_to_parent()
        if self._held is None:
            self._held = _taken(self.path)
        return self._held is not None

    def release(self) -> None:
        """Let it go; nothing happens where it is not held."""
        self._leave_to_parent()
        if self._held is not None:
            self._held.close()
        self._held = None

    def _leave_to_parent(self) -> None:
        """In a child: the system's lock is the parent's alone, only SQLite remembers it here, and would for ever.

        So the connection that came through the fork is closed. With a database that would be wrong: it would undo what
        the parent is about to write. Nothing is ever written here.
        """
        if self._pid == os.getpid():
            return
        if self._held is not None:
            self._held.close()
        self._held, self._pid = None, os.getpid()


def _taken(path: Path) -> sqlite3.Connection | None:
    lock: sqlite3.Connection | None = None
    try:
        lock = sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False)
        lock.execute("BEGIN EXCLUSIVE")
    except sqlite3.Error as error:
        if lock:
            lock.close()
        if getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY:
            return None
        raise OSError(f"the lock {path} cannot be used: {error}") from error
    return lock


def private_file(path: Path) -> None:
    """Make an empty file that its owner alone may read, with its folder; one that is there is not touched.

    Raises:
        OSError: it cannot be made.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if path.exists():
        return
    # Opened and closed under another name, and then put in its place.
    descriptor, name = tempfile.mkstemp(prefix=f"{path.name}.", dir=path.parent)
    os.close(descriptor)
    try:
        with suppress(FileExistsError):  # another process was faster
            Path(path).hardlink_to(name)
    finally:
        Path(name).unlink()
