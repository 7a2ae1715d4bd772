"""The login in front of the simulated Codex: bearer tokens, and refresh tokens that rotate.

Requests, claims and the codes of a lost family are those of the CLI (seen by running it, and its source; checked
2026-11-23). Any opaque bearer is good, because whose tokens they are is no business of a double; a JWT is read for
`exp` and the account alone, its signature is not looked at.
A refresh token that begins with `rt_` and was never seen starts a family. Each is good once: its second use ends
the family. Lifetimes, the texts of errors and the codes of malformed requests are unverified.
"""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any, cast

from accepted.core.wire import Response

Document = dict[str, Any]

PLAN = "plus"

_BAD_KEY = "bad-key"
_AUTH = "https://api.openai.com/auth"
_LIFETIME = 3600
"""Seconds that an access token is good for."""


class Login:
    """The refresh tokens in use, known by their digests only."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._family: dict[str, str] = {}
        self._newest: dict[str, str] = {}
        self._generation: dict[str, int] = {}
        self._ended: set[str] = set()

    def refresh(self, body: bytes, now: float) -> Response:
        """The answer of `POST /oauth/token` to this body."""
        asked = _read(body)
        token = asked.get("refresh_token")
        if asked.get("grant_type") != "refresh_token" or not asked.get("client_id") or not isinstance(token, str):
            return _refusal(400, "invalid_request")
        key = digest(token)
        if key not in self._family and not token.startswith("rt_"):
            return _refusal(401, "refresh_token_invalidated")
        family = self._family.setdefault(key, key)
        if self._newest.setdefault(family, key) != key:
            self._ended.add(family)
            return _refusal(401, "refresh_token_reused")
        if family in self._ended:
            return _refusal(401, "refresh_token_invalidated")
        return _json(200, self._rotate(family, now))

    def _rotate(self, family: str, now: float) -> Document:
        generation = self._generation[family] = self._generation.get(family, 0) + 1
        token = f"rt_{digest(f'{self._seed}/{family}/{generation}')}"
        self._family[digest(token)] = family
        self._newest[family] = digest(token)
        user = family[:12]
        claims = {
            "jti": f"{user}-{generation}",
            "iat": int(now),
            "exp": int(now) + _LIFETIME,
            "email": f"{user}@example.com",
            _AUTH: {
                "chatgpt_account_id": f"acct-{user}",
                "chatgpt_plan_type": PLAN,
                "chatgpt_user_id": f"user-{user}",
            },
        }
        return {"id_token": _jwt(claims | {"aud": "id"}), "access_token": _jwt(claims), "refresh_token": token}


def bearer(authorization: str | None) -> str | None:
    """The token of an Authorization header, or None."""
    scheme, _, token = (authorization or "").strip().partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


def is_good(token: str | None, now: float) -> bool:
    """Whether the service would take it."""
    if not token or token == _BAD_KEY:
        return False
    expires = _claims(token).get("exp")
    return not isinstance(expires, int | float) or expires >= now


def account(token: str) -> str:
    """Whose limits these are: the account that a JWT names, so that a refresh refills nothing; else the token's."""
    owner: object = _claims(token).get(_AUTH)
    named: object = cast("Document", owner).get("chatgpt_account_id") if isinstance(owner, dict) else None
    return digest(named if isinstance(named, str) else token)


def digest(text: str) -> str:
    """Stands for a secret, which is stored nowhere."""
    return hashlib.blake2s(text.encode("utf-8", "replace"), digest_size=16).hexdigest()


def _claims(token: str) -> Document:
    """The payload of a JWT; empty for an opaque token."""
    parts = token.split(".")
    if len(parts) != 3:
        return {}
    try:
        return _read(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except ValueError:
        return {}


def _jwt(claims: Document) -> str:
    parts = (
        json.dumps({"alg": "RS256", "typ": "JWT"}).encode(),
        json.dumps(claims).encode(),
        b"simulated",
    )
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


def _read(body: bytes) -> Document:
    """The JSON object in it; empty where there is none."""
    try:
        value: object = json.loads(body)
    except ValueError:
        return {}
    return cast("Document", value) if isinstance(value, dict) else {}


def _refusal(status: int, code: str) -> Response:
    fault = {"code": code, "message": f"{code.replace('_', ' ').capitalize()}. Please sign in again."}
    return _json(status, {"error": fault | {"type": "invalid_request_error", "param": None}})


def _json(status: int, value: Document) -> Response:
    return Response(status=status, headers=(("content-type", "application/json"),), body=json.dumps(value).encode())
