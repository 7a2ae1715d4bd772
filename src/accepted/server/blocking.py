"""The verbs of a TaskAPI for code without a loop: `api.sync.create_task(...)`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from accepted.server.app import TaskAPI

T = TypeVar("T")


class Blocking:
    """The same verbs under the same names, each blocking until it is done.

    Each raises what its twin does, and RuntimeError where a loop runs in this thread: await the twin there.
    """

    def __init__(self, api: TaskAPI) -> None:
        self._api = api

    def create_task(
        self,
        function: Callable[..., Any] | str,
        /,
        *,
        tenant: str = "",
        key: str | None = None,
        callback_url: str | None = None,
        **inputs: Any,
    ) -> dict[str, Any]:
        """Step 1/2: accept a task, and return its document as soon as it is on disk."""
        options: dict[str, Any] = {"tenant": tenant, "key": key, "callback_url": callback_url}
        return _wait(lambda: self._api.create_task(function, **options, **inputs))

    def get_task(self, task_id: str, *, tenant: str = "") -> dict[str, Any]:
        """Step 2/2: one look at a task."""
        return _wait(lambda: self._api.get_task(task_id, tenant=tenant))

    def list_tasks(
        self,
        *,
        tenant: str = "",
        limit: int | None = None,
        cursor: str | None = None,
        type: str | None = None,
        status: str | None = None,
    ) -> dict[str, Any]:
        """One page of tasks, newest first."""
        return _wait(lambda: self._api.list_tasks(tenant=tenant, limit=limit, cursor=cursor, type=type, status=status))

    def cancel_task(self, task_id: str, *, tenant: str = "") -> dict[str, Any]:
        """Ask for the end of a task."""
        return _wait(lambda: self._api.cancel_task(task_id, tenant=tenant))


def _wait(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work())
    raise RuntimeError("a loop runs in this thread: leave out `.sync` and await")
