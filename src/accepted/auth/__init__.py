"""How a declared credential becomes a header, written once for both colours of driver.

The flow is a generator (as in httpx): it yields requests and wishes for the secret, is sent what came of them,
and returns the answer. It lives for one request, so it never needs to be saved.
The secret never leaves it: whatever comes back with the secret in it is masked here, before anyone else sees it.
"""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from accepted.core import codec
from accepted.core.contract import Contract, Credential
from accepted.core.wire import Dropped, Request, Response, may_see_credentials, with_headers, without_headers
from accepted.errors import AuthenticationFailed

log = logging.getLogger("accepted")

_SHORTEST = 6

Auth = str | Callable[[], str]
"""A secret, or a function that gets one; the function is called again after a 401."""


@dataclass(frozen=True, slots=True)
class Fetch:
    """Report the secret, or None; `fresh`: read it anew, the last one was refused."""

    fresh: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """Where a secret comes from. `where` names it in messages; `get` gets it and is never shown.

    `lasting` is False where the secret is expected to change while the account stays the same.
    """

    where: str
    get: Callable[[], str | None] = field(repr=False)
    lasting: bool = True


def source(contract: Contract[..., Any], auth: Auth | None, environ: Mapping[str, str] | None = None) -> Source:
    """Where the credential of a service comes from: what was given, else the environment."""
    if isinstance(auth, str):
        return Source("auth", lambda: auth)
    if auth is not None:
        return Source("auth", partial(_called, auth), lasting=False)
    known = os.environ if environ is None else environ
    names = variables(contract)
    found = next((name for name in names if known.get(name)), None)
    return Source(found or " or ".join(names), lambda: known.get(found) if found else None)


def _called(get: Callable[[], str]) -> str | None:
    """The secret that the user's own function gets. Its failure means that there is none; the log says why."""
    try:
        return get()
    except Exception:  # whatever it raises, the create must end as one that never left
        log.warning("the auth function failed", exc_info=True)
        return None


def variables(contract: Contract[..., Any]) -> tuple[str, ...]:
    """The environment variables that may hold the secret, first one first."""
    declared = contract.credential.variables if contract.credential else ()
    return (f"{prefix(contract.name)}_TOKEN", *declared)


def prefix(service: str) -> str:
    """What the environment variables of a service begin with."""
    return f"ACCEPTED_{service.upper().replace('-', '_')}"


def account(found: Source) -> str:
    """A word that tells two credentials apart and does not tell what they are."""
    secret = _clean(found.get()) if found.lasting else ""
    if not secret:
        return ""
    return hashlib.blake2b(secret.encode(), key=b"accepted account", digest_size=8).hexdigest()


def authorised(
    contract: Contract[..., Any], request: Request, base_url: str, where: str
) -> Generator[Request | Fetch, Any, Response | Dropped]:
    """Send a request with the credential, where its origin may see it; once more after a 401 if the secret changed.

    A 401 is a refusal, so that even a create may be sent again after it.

    Raises:
        AuthenticationFailed: there is no credential, or none that a header can carry; the ways to give one are
            in the message. Nothing was sent that was not refused.
    """
    credential = contract.credential
    if not may_see_credentials(request.url, base_url, contract.trusted):
        elsewhere: Response | Dropped = yield without_headers(request, ("cookie",))
        return elsewhere
    if credential is None:
        unsigned: Response | Dropped = yield request
        return unsigned
    secret = _sendable(contract, credential, (yield Fetch()), where)
    answer = masked((yield _signed(credential, request, secret)), secret)
    if isinstance(answer, Dropped) or answer.status != 401:
        return answer
    renewed = _clean((yield Fetch(fresh=True)))
    if renewed in ("", secret):
        return answer
    renewed = _sendable(contract, credential, renewed, where)
    # A log line that a proxy repeats may be about the request before.
    return masked(masked((yield _signed(credential, request, renewed)), renewed), secret)


def _signed(credential: Credential, request: Request, secret: str) -> Request:
    return with_headers(request, {credential.header: credential.prefix + secret})


def _sendable(contract: Contract[..., Any], credential: Credential, given: str | None, where: str) -> str:
    secret = _clean(given)
    if secret.isascii() and secret.isprintable() and secret:
        return secret
    # Whoever refused it further on would show it.
    fault = "has characters that no header carries" if secret else "is missing"
    told = f"{contract.title}: the credential {fault} ({where}). {credential.how}"
    raise AuthenticationFailed(told, service=contract.name)


def _clean(secret: str | None) -> str:
    """The secret as it is sent, and so as it may come back: a line break would end its field and is never meant."""
    return "".join((secret or "").split())


def masked(answer: Response | Dropped, secret: str) -> Response | Dropped:
    """The answer without the secret, should a service or a proxy have repeated it.

    A secret of a few characters (in tests, mostly) stands in every text by chance and is none.
    """
    if len(secret) < _SHORTEST:
        return answer
    if isinstance(answer, Dropped):
        return replace(answer, reason=answer.reason.replace(secret, codec.MASK))
    clean = tuple((name, value.replace(secret, codec.MASK)) for name, value in answer.headers)
    return replace(answer, headers=clean, body=codec.without(answer.body, (secret,)))
