"""The login that another program keeps in a file: read, renewed when it is about to expire, and written back.

Several processes, ours and that program's, may renew one file, and renewal tokens rotate: using one twice logs
everybody out. So the file is read again under our lock, renewed only if what stands there then is (nearly) expired
(or was refused, and its end cannot be told), and replaced in one step; what else stands in it stays.
Between the answer to a renewal and its new file a kill costs the login: the service knows the new token alone.
"""

from __future__ import annotations

import json
import logging
import os
import tempfile
from collections.abc import Callable, Generator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, cast

from accepted.auth.grants import Aside, Do, Grant, Rest, Wish, told_apart
from accepted.core import codec
from accepted.core.contract import Login, LoginFile
from accepted.core.read import problem_of
from accepted.core.wire import Dropped, Request, Response
from accepted.errors import AuthenticationFailed
from accepted.locks import FileLock

log = logging.getLogger("accepted")

_MOMENT = 0.05
_PATIENCE = 600
"""Tries for the lock, a moment apart: half a minute, in which whoever holds it has renewed the file or given up."""

_LOOKS = 60
"""Looks at the file, a moment apart, before a login is called over: whoever has just renewed it is about to write."""

_NEW = ".accepted-new"
_ROOM = 4096
"""Bytes by which a login may grow, beside its own length."""


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
        """The login as the file has it, renewed where it is about to expire; read again where it was refused.

        Raises:
            AuthenticationFailed: there is no login, or it cannot be renewed any more; only a person can log in again.
        """
        login: Login = yield Do(self._read)
        lock, tries = self._lock(), 0
        while self.renews and self._stale(login, now, refused) and tries < _PATIENCE:
            held: bool | OSError = yield Do(partial(_acquired, lock))
            if held is True:
                try:
                    settled = yield from self._renewed(now, refused)
                finally:
                    lock.release()
                return self._granted((yield from self._looked_for(settled, now, refused)))
            if isinstance(held, OSError):
                log.warning("%s: not renewed, its folder has no place for our lock (%s)", self.where, held)
                break
            yield Rest(_MOMENT)
            login, tries = (yield Do(self._read)), tries + 1
        return self._granted(login)

    def _granted(self, login: Login) -> Grant:
        if not login.token:
            raise AuthenticationFailed(f"{login.why}. {self.how}")
        return Grant(login.token, login.fields)

    def _renewed(self, now: float, refused: Grant | None) -> Generator[Wish, Any, Login | _Spent]:
        """Under the lock: another process may have done it, so the file is read first."""
        login: Login = yield Do(self._read)
        if not self._stale(login, now, refused):
            return login
        request = self._renewal(login)
        place: Path | None = (yield Do(self._reserved)) if request else None
        if request is None or place is None:
            return login
        try:
            settled: Login | _Spent = yield Aside(request, partial(self._settled, login, place, now))
        finally:
            _remove(place)
        return settled

    def _renewal(self, login: Login) -> Request | None:
        try:
            return self.file.renewal(login.refresh or "")
        except Exception as error:  # noqa: BLE001  # a contract's function, and what it says may show a secret
            log.warning("%s: not renewed, its contract cannot ask for it (%s)", self.where, type(error).__name__)
            return None

    def _stale(self, login: Login, now: float, refused: Grant | None) -> bool:
        """Whether the login has to be renewed.

        That it was refused does not tell: who is always refused would spend a token each time. Its end does.
        """
        if not login.refresh:
            return False
        if login.expires_at is None:
            return refused is not None and login.token == refused.secret
        return login.expires_at - self.file.early <= now

    def _looked_for(self, settled: Login | _Spent, now: float, refused: Grant | None) -> Generator[Wish, Any, Login]:
        """The login, also where its renewal token was refused for good: another program may just have renewed it.

        Without the lock: all who wait for it would wait for one another.
        """
        if isinstance(settled, Login):
            return settled
        spent = settled.login
        if refused is None and spent.expires_at is not None and spent.expires_at > now:
            log.warning("%s: the login was not renewed (%s), its token is used until it ends", self.where, settled.code)
            return spent
        found: Login = spent
        for _ in range(_LOOKS):
            yield Rest(_MOMENT)
            found = yield Do(self._read)
            if found.token and (found.token, found.refresh) != (spent.token, spent.refresh):
                return found
        return Login(why=f"the login in {self.where} is over ({settled.code})") if found.token else found

    def _settled(self, spent: Login, place: Path, now: float, answer: Response | Dropped) -> Login | _Spent:
        """The login after a renewal was answered."""
        found, document = self._look()
        if found.refresh != spent.refresh:
            return found  # somebody who knows no lock of ours renewed it, logged in anew or out: theirs stands
        if isinstance(answer, Response) and 200 <= answer.status < 300:
            renewed = self._with(document, answer.body, now)
            return self._put(renewed, place) if renewed else spent
        if found.token != spent.token:
            return found
        final = isinstance(answer, Response) and self.file.permanent.intersection(problem_of(answer).codes)
        if final:
            return _Spent(spent, min(final))
        # Whether the old token still does is for the service to say.
        said = answer.status if isinstance(answer, Response) else "no answer"
        log.warning("%s: the login was not renewed (%s), the next request tries again", self.where, said)
        return spent

    def _with(self, document: Mapping[str, Any], answer: bytes, now: float) -> Mapping[str, Any] | None:
        """The document as it is now, with the tokens of an answer; None where it holds none."""
        try:
            return self.file.renewed(document, codec.anything(answer), now)
        except Exception as error:  # noqa: BLE001  # a contract's function, over documents of any form
            why = "" if isinstance(error, ValueError) else f" that can be taken ({type(error).__name__})"
            log.warning("%s: the login was not renewed, the answer holds no tokens%s", self.where, why)
            return None

    def _put(self, document: Mapping[str, Any], place: Path) -> Login:
        """The renewed login, written into the file; what was fetched is used even if it cannot be kept."""
        try:
            self._replace(place, json.dumps(document, indent=2).encode())
        except (OSError, TypeError, ValueError, RecursionError) as error:
            log.error(  # noqa: TRY400  # the traceback would say no more
                "%s: the login was renewed and cannot be written (%s): soon you have to log in again",
                self.where,
                error.strerror if isinstance(error, OSError) else type(error).__name__,
            )
        return self._look(lambda: document)[0]

    def _read(self) -> Login:
        return self._look()[0]

    def _look(self, get: Callable[[], Mapping[str, Any]] | None = None) -> tuple[Login, Mapping[str, Any]]:
        """What the file (or a document that stands for it) says, and the document."""
        try:
            document = (get or self._document)()
            return self.file.read(document), document
        except FileNotFoundError:
            return Login(why=f"missing: {self.where}"), {}
        except Exception as error:  # noqa: BLE001  # a contract's function, over a document of any form
            # Of the file's text nothing is repeated: it is a secret.
            reason = error.strerror if isinstance(error, OSError) else "it is not what its program writes"
            return Login(why=f"{self.where} cannot be read: {reason}"), {}

    def _document(self) -> dict[str, Any]:
        found: Any = json.loads(self.path.read_bytes())
        if not isinstance(found, dict):
            raise ValueError("no object")  # noqa: TRY004  # to the caller it is one more file of another shape
        return cast("dict[str, Any]", found)

    def _reserved(self) -> Path | None:
        """A file beside ours for what will be in it, with room for that; None where there cannot be one.

        It is made before the request, for a renewal token must not be spent where its successor cannot be kept.
        """
        try:
            target = self.path.resolve()  # a link stays a link
            for left in target.parent.glob(f"{target.name}.*{_NEW}"):
                left.unlink()  # by a process that was killed: whoever lives and makes one has the lock
            return _made_beside(target)
        except OSError as error:
            log.warning("%s: not renewed, its folder cannot be written to (%s)", self.where, error.strerror)
            return None

    def _replace(self, place: Path, text: bytes) -> None:
        """A reader sees the old file or the new one, whole."""
        with place.open("r+b") as file:
            file.write(text)
            file.truncate()
            file.flush()
            os.fsync(file.fileno())
        target = self.path.resolve()
        place.chmod(target.stat().st_mode & 0o777)
        place.replace(target)

    def _lock(self) -> FileLock:
        """The lock of all who may renew the file that is really meant."""
        place = self.path.resolve()
        return FileLock(place.with_name(f"{place.name}.accepted-lock"))


@dataclass(frozen=True, slots=True)
class _Spent:
    """A login whose renewal token was refused for good. `code`: the service's word for why."""

    login: Login
    code: str


def _acquired(lock: FileLock) -> bool | OSError:
    """Whether the lock is ours now, or why nobody can have it."""
    try:
        return lock.acquire()
    except OSError as error:
        return error


def _made_beside(target: Path) -> Path:
    """A new file for the owner and the mode of this one, with room for more than it holds."""
    standing = target.stat()
    descriptor, name = tempfile.mkstemp(prefix=f"{target.name}.", suffix=_NEW, dir=target.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(bytes(2 * standing.st_size + _ROOM))
            file.flush()
            os.fsync(file.fileno())
        if hasattr(os, "chown") and standing.st_uid != os.geteuid():
            os.chown(name, standing.st_uid, standing.st_gid)  # root must not take it from its user
        Path(name).chmod(standing.st_mode & 0o777 | 0o600)  # before the request it is known that this can be done
    except BaseException:
        _remove(Path(name))
        raise
    return Path(name)


def _remove(place: Path) -> None:
    """Remove what is no longer needed, if it can be; the next renewal removes what is left."""
    with suppress(OSError):
        place.unlink(missing_ok=True)


def kept(file: LoginFile, environ: Mapping[str, str], how: str, *, renews: bool) -> Kept:
    """The source for a declared file, where the environment says it is."""
    folder = environ.get(file.variable) or file.folder
    # Where nobody knows the home, `Path.expanduser` would raise; this leaves the ~ for the message to show.
    return Kept(file, Path(os.path.expanduser(folder)) / file.name, how, renews)  # noqa: PTH111
