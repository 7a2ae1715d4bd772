"""What a credential is once it is had, and what the auth flow may ask of a driver to have it.

The flow is a generator; whatever blocks is an action that it yields, so that neither driver blocks its loop or decides.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from accepted.core.wire import Dropped, Request, Response


@dataclass(frozen=True, slots=True)
class Do:
    """Report what this returns. It may block (a file, a user's own function), unless it is `at_hand`."""

    work: Callable[[], Any] = field(repr=False)
    at_hand: bool = False


@dataclass(frozen=True, slots=True)
class Rest:
    """Wait so many seconds; report nothing."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Aside:
    """A request of the flow's own (a token's renewal): report what `then`, which may block, makes of its whole answer.

    Both are done to their end, although the caller is cancelled meanwhile: the answer comes but once.
    """

    request: Request = field(repr=False)
    then: Callable[[Response | Dropped], Any] = field(repr=False)


Wish = Do | Rest | Aside


@dataclass(frozen=True, slots=True)
class Grant:
    """A credential as it is sent: the secret, and the header fields that go with it (an account id)."""

    secret: str | None = field(repr=False)
    fields: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)


class Source(Protocol):
    """Where a credential comes from."""

    @property
    def where(self) -> str:
        """Its name in messages: never the credential."""
        ...

    @property
    def origins(self) -> tuple[str, ...] | None:
        """The only origins that may see it; None: the base URL's, whatever that is."""
        ...

    def account(self) -> str:
        """A word that tells two accounts apart and does not tell what they are; empty where that is not known."""
        ...

    def missing(self) -> str | None:
        """Why there is no credential and how to get one, or None where there is one. Asks nobody."""
        ...

    def granted(self, now: float, refused: Grant | None = None) -> Generator[Wish, Any, Grant]:
        """The credential; after a refusal another one, if one can be had."""
        ...


def told_apart(identity: str) -> str:
    """A word for an account or a secret that does not reveal it."""
    return hashlib.blake2b(identity.encode(), key=b"accepted account", digest_size=8).hexdigest() if identity else ""


def clean(secret: str | None) -> str:
    """The secret as it is sent, and so as it may come back: a line break would end its field and is never meant."""
    return "".join((secret or "").split())


@dataclass(frozen=True, slots=True)
class Given:
    """A secret that was given, or stands in the environment. `get` gets it and is never shown.

    `lasting` is False where the secret is expected to change while the account stays the same.
    """

    where: str
    get: Callable[[], str | None] = field(repr=False)
    lasting: bool = True
    fields: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    origins: tuple[str, ...] | None = None

    def account(self) -> str:
        """As `Source.account`: an account's id that was given with the secret outlives it."""
        if self.fields:
            return told_apart("\n".join(self.fields.values()))
        return told_apart(clean(self.get())) if self.lasting else ""

    def missing(self) -> str | None:
        """As `Source.missing`."""
        return None if self.get() else f"missing: {self.where}"

    def granted(self, now: float, refused: Grant | None = None) -> Generator[Wish, Any, Grant]:  # noqa: ARG002  # whoever gets it knows best
        """It is got anew each time, so that it can be renewed."""
        secret: str | None = yield Do(self.get, at_hand=self.lasting)
        return Grant(secret, self.fields)
