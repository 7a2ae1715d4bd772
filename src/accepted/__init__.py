"""`accepted`: Async Request-Reply task APIs. Create a task, get an id at once, ask until it is done, take the result.

Async Request-Reply Pattern, asynchronous and long-running:
Step 1/2: `Client.create_task` - `POST` -> 202 (or 200, 201), returns immediately.
Step 2/2: `Client.poll_task` - `GET` -> 200, blocks until the task is final; then `task.result`.

The public names, and nothing else; each is imported when it is first used.
"""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False  # `typing` alone takes as long to import as everything else that `accepted --help` needs

if TYPE_CHECKING:
    from typing import Any

    from accepted import errors, testing
    from accepted.client import AsyncClient, Client, Options, Settings
    from accepted.core.contract import Contract
    from accepted.core.task import Artifact, Status, Task
    from accepted.errors import (
        AcceptedError,
        AuthenticationFailed,
        BadRequest,
        ConnectionFailed,
        ContractBroken,
        CreateUnknown,
        InputRequired,
        JournalFailed,
        OutcomeUnknown,
        PollTimeout,
        RateLimited,
        ServiceError,
        TaskCancelled,
        TaskError,
        TaskExpired,
        TaskFailed,
        TaskGone,
        TaskNotFound,
        Unsupported,
    )

__version__ = "0.1.0"

__all__ = [
    "AcceptedError",
    "Artifact",
    "AsyncClient",
    "AuthenticationFailed",
    "BadRequest",
    "Client",
    "ConnectionFailed",
    "Contract",
    "ContractBroken",
    "CreateUnknown",
    "InputRequired",
    "JournalFailed",
    "Options",
    "OutcomeUnknown",
    "PollTimeout",
    "RateLimited",
    "ServiceError",
    "Settings",
    "Status",
    "Task",
    "TaskCancelled",
    "TaskError",
    "TaskExpired",
    "TaskFailed",
    "TaskGone",
    "TaskNotFound",
    "Unsupported",
    "errors",
    "testing",
]

_HOMES = {
    "client": ("AsyncClient", "Client", "Options", "Settings"),
    "core.contract": ("Contract",),
    "core.task": ("Artifact", "Status", "Task"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name in {"errors", "testing"}:
        return import_module(f"{__name__}.{name}")
    return getattr(import_module(f"{__name__}.{_HOME_OF.get(name, 'errors')}"), name)
