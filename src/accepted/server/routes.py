"""Which path is which operation, and the methods that each takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Name = Literal["tasks", "own", "task", "cancel", "events", "artifact", "openapi", "healthz", "readyz", "metrics"]

ALLOWED: dict[Name, tuple[str, ...]] = {
    "tasks": ("GET", "HEAD", "POST", "OPTIONS"),
    "own": ("POST", "OPTIONS"),
    "task": ("GET", "HEAD", "DELETE", "OPTIONS"),
    "cancel": ("POST", "OPTIONS"),
    "events": ("GET", "HEAD", "OPTIONS"),
    "artifact": ("GET", "HEAD", "OPTIONS"),
    "openapi": ("GET", "HEAD", "OPTIONS"),
    "healthz": ("GET", "HEAD", "OPTIONS"),
    "readyz": ("GET", "HEAD", "OPTIONS"),
    "metrics": ("GET", "HEAD", "OPTIONS"),
}

OPEN: frozenset[Name] = frozenset({"openapi", "healthz", "readyz"})
"""What is answered to everybody: they say nothing about any task."""

_LONGEST = 255


@dataclass(frozen=True, slots=True)
class Route:
    """An operation, with the task and the file that its path names."""

    name: Name
    id: str = ""
    file: str = ""


_TASKS = Route("tasks")


def find(path: str) -> Route | None:
    """The operation at a path below the base path; None where there is none. Types' own paths are not known here."""
    match path.split("/"):
        case ["", "tasks"]:
            return _TASKS
        case ["", "tasks", id] if _is_name(id):
            return Route("task", id)
        case ["", "tasks", id, "cancel" | "events" as act] if _is_name(id):
            return Route(act, id)
        case ["", "tasks", id, "artifacts", name] if _is_name(id) and _is_file(name):
            return Route("artifact", id, name)
        case ["", "openapi.json"]:
            return Route("openapi")
        case _:
            return at_root(path)


def at_root(path: str) -> Route | None:
    """What is found without the base path too, where load balancers and collectors look for it."""
    return _AT_ROOT.get(path)


_AT_ROOT = {"/healthz": Route("healthz"), "/readyz": Route("readyz"), "/metrics": Route("metrics")}


def _is_name(text: str) -> bool:
    """Whether it can be an id of ours; what cannot is not even looked up."""
    return 0 < len(text) <= _LONGEST and text.isascii() and text.isprintable() and text not in (".", "..")


def _is_file(text: str) -> bool:
    return 0 < len(text) <= _LONGEST and text.isprintable() and text not in (".", "..")
