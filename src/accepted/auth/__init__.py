"""How a declared credential becomes header fields, written once for both colours of driver.

The flow is a generator (as in httpx): it yields requests and wishes for the secret, is sent what came of them,
and returns the answer. It lives for one request, so it never needs to be saved.
The secret never leaves it: whatever comes back with the secret in it is masked here, before anyone else sees it.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Generator, Iterable, Mapping
from dataclasses import replace
from functools import partial, reduce
from typing import Any

from accepted.auth.grants import Aside, Do, Given, Grant, Rest, Source, Wish, clean
from accepted.auth.login import kept
from accepted.core import codec
from accepted.core.contract import Contract, Credential
from accepted.core.wire import Dropped, Request, Response, may_see_credentials, origin, with_headers, without_headers
from accepted.errors import AuthenticationFailed

__all__ = [
    "Aside",
    "Auth",
    "Do",
    "Given",
    "Grant",
    "Rest",
    "Source",
    "Wish",
    "authorised",
    "out_of_place",
    "prefix",
    "source",
    "variables",
]

log = logging.getLogger("accepted")

_SHORTEST = 6

Auth = str | Callable[[], str]
"""A secret, or a function that gets one; the function is called again after a 401."""


def source(contract: Contract[..., Any], auth: Auth | None, environ: Mapping[str, str] | None = None) -> Source:
    """Where the credential of a service comes from: what was given, else the environment, else its program's file."""
    known = os.environ if environ is None else environ
    fields = _fields(contract, known)
    if isinstance(auth, str):
        return Given("auth", lambda: auth, fields=fields)
    if auth is not None:
        return Given("auth", partial(_called, auth), lasting=False, fields=fields)
    names = variables(contract)
    found = next((name for name in names if known.get(name)), None)
    declared = contract.credential
    if found is None and declared and declared.file:
        return kept(declared.file, known, declared.how, renews=known.get(f"{prefix(contract.name)}_REFRESH") != "never")
    return Given(found or " or ".join(names), lambda: known.get(found) if found else None, fields=fields)


def _fields(contract: Contract[..., Any], known: Mapping[str, str]) -> dict[str, str]:
    """What goes with a secret that was given: each in a variable of its own."""
    if contract.credential is None:
        return {}
    declared = contract.credential.fields
    named = {name: clean(known.get(f"{prefix(contract.name)}_{suffix}")) for name, suffix in declared.items()}
    return {name: value for name, value in named.items() if value}


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


def authorised(
    contract: Contract[..., Any], request: Request, base_url: str, given: Source, now: float
) -> Generator[Request | Wish, Any, Response | Dropped]:
    """Send a request with the credential, where its origin may see it; once more after a 401 if the secret changed.

    A 401 is a refusal, so that even a create may be sent again after it. `now` is epoch seconds.

    Raises:
        AuthenticationFailed: there is no credential, none that a header can carry, or none for this origin; the ways
            to give one are in the message. Nothing was sent that was not refused.
    """
    credential = contract.credential
    if not may_see_credentials(request.url, base_url, contract.trusted):
        elsewhere: Response | Dropped = yield without_headers(request, ("cookie",))
        return elsewhere
    if credential is None:
        unsigned: Response | Dropped = yield request
        return unsigned
    yield from _check_origin(contract, request, given)
    granted = yield from given.granted(now)
    if credential.optional and not clean(granted.secret):
        bare: Response | Dropped = yield request
        return bare
    grant = _sendable(contract, credential, granted, given.where)
    answer = masked((yield _signed(credential, request, grant)), *_secrets(grant))
    if isinstance(answer, Dropped) or answer.status != 401:
        return answer
    renewed = yield from given.granted(now, grant)
    if clean(renewed.secret) in ("", clean(grant.secret)):
        return answer
    renewed = _sendable(contract, credential, renewed, given.where)
    # A log line that a proxy repeats may be about the request before.
    return masked((yield _signed(credential, request, renewed)), *_secrets(renewed), *_secrets(grant))


def _check_origin(contract: Contract[..., Any], request: Request, given: Source) -> Generator[Wish, Any, None]:
    """A login that belongs to another program goes to its vendor only, wherever a base URL points."""
    if given.origins is None or origin(request.url) in given.origins:
        return
    why: str = yield Do(partial(out_of_place, contract, request.url, given))
    raise AuthenticationFailed(f"{contract.title}: {why}", service=contract.name)


def out_of_place(contract: Contract[..., Any], url: str, given: Source) -> str | None:
    """Why a source has nothing for the origin of a URL, and what would be something; None where it may go there.

    It may read a file: a login that does not exist is not spoken of.
    """
    place = origin(url)
    if given.origins is None or place in given.origins:
        return None
    wanted = f"for {place}. Give a token for that place in {variables(contract)[0]}"
    if given.missing() is not None:
        return f"there is no credential {wanted}"
    return f"the login in {given.where} is for {' and '.join(given.origins)} only, not {wanted}"


def _signed(credential: Credential, request: Request, grant: Grant) -> Request:
    return with_headers(request, {**grant.fields, credential.header: credential.prefix + clean(grant.secret)})


def _sendable(contract: Contract[..., Any], credential: Credential, grant: Grant, where: str) -> Grant:
    secret = clean(grant.secret)
    if secret and all(text.isascii() and text.isprintable() for text in (secret, *grant.fields.values())):
        return grant
    # Whoever refused it further on would show it.
    fault = "has characters that no header carries" if secret else "is missing"
    told = f"{contract.title}: the credential {fault} ({where}). {credential.how}"
    raise AuthenticationFailed(told, service=contract.name)


def masked(answer: Response | Dropped, *secrets: str) -> Response | Dropped:
    """The answer without the secrets, should a service or a proxy have repeated them.

    A secret of a few characters (in tests, mostly) stands in every text by chance and is none.
    The longest goes first, for one may stand in another.
    """
    hidden = sorted((secret for secret in secrets if len(secret) >= _SHORTEST), key=len, reverse=True)
    if not hidden:
        return answer
    if isinstance(answer, Dropped):
        return replace(answer, reason=_without(answer.reason, hidden))
    headers = tuple((name, _without(value, hidden)) for name, value in answer.headers)
    return replace(answer, headers=headers, body=codec.without(answer.body, hidden))


def _without(text: str, secrets: Iterable[str]) -> str:
    return reduce(lambda left, secret: left.replace(secret, codec.MASK), secrets, text)


def _secrets(grant: Grant) -> tuple[str, ...]:
    """What of a grant nobody else gets to see: an account's id is no secret, and yet nobody's business."""
    return (clean(grant.secret), *grant.fields.values())
