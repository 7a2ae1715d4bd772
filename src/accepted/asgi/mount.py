"""Where an app stands in the address space of its server: the part of a path that is its own, and what is before it.

Servers and frameworks tell it in three ways. Starlette and FastAPI leave the whole path and put the prefix into
`root_path`; a server behind a proxy may name a `root_path` that is not in the path; Litestar cuts the prefix off,
says nothing, and adds a slash at the end. `raw_path` is what was sent, in all of them.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

from accepted.asgi.app import Scope


def place(scope: Scope) -> tuple[str, str]:
    """The prefix (as the client knows it, without a slash at the end) and the app's own path, decoded once."""
    path: str = scope["path"]
    root: str = scope.get("root_path", "").rstrip("/")
    if root:
        return root, _below(path, root) or _below(path, root.removeprefix(scope.get("app_root_path", ""))) or path
    raw: bytes | None = scope.get("raw_path")
    if not raw or raw == path.encode(errors="replace"):
        return "", path
    return _cut(path, unquote(raw.decode("latin-1")))


def encoded_slash(scope: Scope) -> bool:
    """Whether a `%2F` was sent in the path, which is no slash although the decoded path shows one."""
    raw: Any = scope.get("raw_path") or b""
    return b"%" in raw and b"%2f" in raw.lower()


def _below(path: str, root: str) -> str | None:
    """What follows a prefix; None where the path does not begin with it."""
    return path[len(root) :] if root and path.startswith(root + "/") else None


def _cut(path: str, sent: str) -> tuple[str, str]:
    """For a framework that cut the prefix off: it is found in what was sent."""
    if path.endswith("/") and not sent.endswith("/"):
        path = path[:-1]
    return (sent[: -len(path)] if path else sent, path) if sent.endswith(path) else ("", path)
