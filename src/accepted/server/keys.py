"""API keys: how one is made, and who a request with one is. Only the hash of a secret is ever kept."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from hashlib import sha256

from accepted.core.wire import Request, header
from accepted.server.store import Key, TaskStore

PREFIX = "acc_"
"""Every secret begins with it, so that a leaked one is found by scanners and told from others."""

_BYTES = 32
_LONGEST = 256
_CACHED = 1000


def make_key(name: str, tenant: str, *, clock: Callable[[], float] = time.time) -> tuple[str, Key, bytes]:
    """A new key: its secret (shown once, kept nowhere), what is kept of it, and the digest it is kept by."""
    secret = PREFIX + secrets.token_urlsafe(_BYTES)
    kept = Key(id="key_" + secrets.token_hex(6), name=name, tenant=tenant, created_at=clock())
    return secret, kept, digest(secret)


def digest(secret: str) -> bytes:
    """What a secret is kept by: SHA-256 (it is 256 random bits, so that a slow hash would add nothing)."""
    return sha256(secret.encode()).digest()


class KeyAuthenticator:
    """Says whose request it is by `Authorization: Bearer acc_...` or `X-API-Key: acc_...`.

    Answers are remembered only until anything in the store changes, so that a key which another process revokes is
    refused from the next request on.
    """

    def __init__(self, store: TaskStore) -> None:
        self._store = store
        self._known: dict[bytes, str] = {}
        self._as_of: int | None = None

    async def __call__(self, request: Request) -> str | None:
        """The tenant of the request's key, or None. Raises StoreFailed."""
        secret = _secret(request)
        if secret is None:
            return None
        now = self._store.changes()
        if now != self._as_of or len(self._known) > _CACHED:
            self._known, self._as_of = {}, now
        found = digest(secret)
        tenant = self._known.get(found)
        return await self._ask(found) if tenant is None else tenant

    async def _ask(self, found: bytes) -> str | None:
        known = self._known  # replaced meanwhile where anything changed, and then this answer is of no use to others
        key = await self._store.key(found)
        if key is None:
            return None
        known[found] = key.tenant
        return key.tenant


def _secret(request: Request) -> str | None:
    scheme, _, token = (header(request.headers, "authorization") or "").partition(" ")
    secret = token.strip() if scheme.lower() == "bearer" else header(request.headers, "x-api-key")
    whole = secret is not None and secret.startswith(PREFIX) and len(secret) <= _LONGEST and secret.isascii()
    return secret if whole else None
