"""The server: a function becomes a durable API that answers 202, embedded in one process, on one SQLite file.

Async Request-Reply Pattern:
Step 1/2: `POST {base}/tasks` -> 202 + Location + Retry-After, once the record is on disk; in code, `api.create_task`.
Step 2/2: `GET {base}/tasks/{id}` -> 200, until `status` is final; in code, `api.get_task`.

The public names, and nothing else; each is imported when it is first used.
"""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False

if TYPE_CHECKING:
    from typing import Any

    from accepted.server.app import TaskAPI
    from accepted.server.context import Cancelled, Progress, TaskInfo
    from accepted.server.faults import Fault
    from accepted.server.limits import Rate
    from accepted.server.store import StoreFailed

__all__ = ["Cancelled", "Fault", "Progress", "Rate", "StoreFailed", "TaskAPI", "TaskInfo"]

_HOME_OF = {
    "Cancelled": "context",
    "Fault": "faults",
    "Progress": "context",
    "Rate": "limits",
    "StoreFailed": "store",
    "TaskAPI": "app",
    "TaskInfo": "context",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)
