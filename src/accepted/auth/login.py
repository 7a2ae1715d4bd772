"""The login that another program keeps in a file: read, renewed when it is about to expire, and written back.

Several processes, ours and that program's, may renew one file, and renewal tokens rotate: using one twice logs
everybody out. So the file is read again under our lock, renewed only if what stands there then is (nearly) expired,
and replaced in one step; what else stands in it stays.
"""

from __future__ import annotations

import json
import logging
import os
import sqlite3
import tempfile
from collections.abc import Generator, Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, cast

from accepted.auth.grants import Aside, Do, Grant, Rest, Wish, told_apart
from accepted.core import codec
from accepted.core.contract import Login, LoginFile
from accepted.core.read import problem_of
from accepted.core.wire import Response
from accepted.errors import AuthenticationFailed

log = logging.getLogger("accepted")

_MOMENT = 0.05
_PATIENCE = 600
"""Tries for the lock, a moment apart: half a minute, in which whoever holds it has renewed the file or given up."""


@dataclass(frozen=True, slots=True)
class Kept:
    """The source that such a file is. `how`: one sentence on how to log in. `renews`: whether we may write to it."""

    file: LoginFile
    path: Path
    how: str
    renews: bool = True

    @property
    def where(self) -> str:
        """The file's name."""
        return str(self.path)

    @property
    def origins(self) -> tuple[str, ...]:
        """The vendor's own: another program's login is not ours to show to anybody else."""
        return self.file.origins

    def account(self) -> str:
        """As `Source.account`: the account's id outlives its tokens."""
        return told_apart(self._read().account)

    def missing(self) -> str | None:
        """As `Source.missing`."""
        login = self._read()
        return None if login.token else login.why

    def granted(self, now: float, refused: Grant | None = None) -> Generator[Wish, Any, Grant]:
        """The login as the file has it, renewed where it is about to expire or was refused.

        Raises:
            AuthenticationFailed: there is no login, or it cannot be renewed any more; only a person can log in again.
        """
        login: Login = yield Do(self._read)
        if not (self.renews and self._stale(login, now, refused)):
            return self._granted(login)
        lock: sqlite3.Connection | None = yield Do(self._try_lock)
        tries = 0
        while lock is None and tries < _PATIENCE:
            yield Rest(_MOMENT)
            login, tries = (yield Do(self._read)), tries + 1
            if not self._stale(login, now, refused):
                return self._granted(login)
            lock = yield Do(self._try_lock)
        if lock is None:
            return self._granted(login)
        with closing(lock):
            return (yield from self._renewed(now, refused))

    def _granted(self, login: Login) -> Grant:
        if not login.token:
            raise AuthenticationFailed(f"{login.why}. {self.how}")
        return Grant(login.token, login.fields)

    def _renewed(self, now: float, refused: Grant | None) -> Generator[Wish, Any, Grant]:
        """Under the lock: another process may have done it, so the file is read first."""
        login: Login = yield Do(self._read)
        if not login.refresh or not self._stale(login, now, refused):
            return self._granted(login)
        answer = yield Aside(self.file.renewal(login.refresh))
        if isinstance(answer, Response) and 200 <= answer.status < 300:
            return self._granted((yield Do(partial(self._write, answer.body, now))))
        final = isinstance(answer, Response) and self.file.permanent.intersection(problem_of(answer).codes)
        if not final:
            # Whether the old token still does is for the service to say.
            log.warning("%s: the login was not renewed, the next request tries again", self.where)
            return self._granted(login)
        fresh: Login = yield Do(self._read)
        if fresh.token != login.token:  # a program that knows no lock of ours was faster
            return self._granted(fresh)
        raise AuthenticationFailed(f"the login in {self.where} is over ({min(final)}). {self.how}")

    def _stale(self, login: Login, now: float, refused: Grant | None) -> bool:
        if refused is not None:
            return login.token == refused.secret
        return login.expires_at is not None and login.expires_at - self.file.early <= now

    def _read(self) -> Login:
        try:
            return self.file.read(self._document())
        except FileNotFoundError:
            return Login(why=f"missing: {self.where}")
        except (OSError, ValueError) as error:
            # Of the file's text nothing is repeated: it is a secret.
            reason = error.strerror if isinstance(error, OSError) else "it is not what its program writes"
            return Login(why=f"{self.where} cannot be read: {reason}")

    def _document(self) -> dict[str, Any]:
        found: Any = json.loads(self.path.read_bytes())
        if not isinstance(found, dict):
            raise ValueError("no object")  # noqa: TRY004  # to the caller it is one more file of another shape
        return cast("dict[str, Any]", found)

    def _write(self, answer: bytes, now: float) -> Login:
        """Put the renewed tokens into the file as it is now; a reader sees the old one or the new one, whole."""
        document = self.file.renewed(self._document(), codec.anything(answer), now)
        target = self.path.resolve()  # a link stays a link
        text = json.dumps(document, indent=2, ensure_ascii=False).encode()
        descriptor, name = tempfile.mkstemp(prefix=f"{target.name}.", suffix=".new", dir=target.parent)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            Path(name).chmod(target.stat().st_mode & 0o777)
            Path(name).replace(target)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        return self.file.read(document)

    def _try_lock(self) -> sqlite3.Connection | None:
        """The lock, or None where another process has it. It is let go when it is closed, or with its process.

        An exclusive transaction on a file of ours: the one lock that the standard library has on every platform.
        """
        place = self.path.resolve()
        lock = sqlite3.connect(
            place.with_name(f"{place.name}.accepted-lock"), timeout=0, isolation_level=None, check_same_thread=False
        )
        try:
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError:
            lock.close()
            return None
        return lock


def kept(file: LoginFile, environ: Mapping[str, str], how: str, *, renews: bool) -> Kept:
    """The source for a declared file, where the environment says it is."""
    folder = environ.get(file.variable) or file.folder
    return Kept(file, Path(folder).expanduser() / file.name, how, renews)
