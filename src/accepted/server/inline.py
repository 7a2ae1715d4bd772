"""Tasks that run where they are created, for tests of code that creates them: `api.testing()`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from accepted.server.runner import Runner
from accepted.server.store import Accepted, TaskStore
from accepted.server.tasks import Tasks
from accepted.server.tasktype import TaskType


class InlineTasks(Tasks):
    """The operations on tasks, with a create that returns when the task is final. Retries do not wait.

    `opened` opens what tasks need, around each.
    """

    def __init__(
        self,
        store: TaskStore,
        types: Mapping[str, TaskType],
        files: Path,
        opened: Callable[[], AbstractAsyncContextManager[None]],
    ) -> None:
        super().__init__(store, types, files=files)
        self._place = files
        self._opened = opened

    async def create(
        self, type: str | None, raw: bytes, *, tenant: str, key: str | None = None, callback_url: str | None = None
    ) -> Accepted:
        """Accept a task, and perform it."""
        accepted = await super().create(type, raw, tenant=tenant, key=key, callback_url=callback_url)
        record = accepted.record
        if accepted.how == "created":
            async with self._opened():
                runner = Runner(self, self._place, delay=lambda _: 0.0)
                while not record.status.final:
                    await runner.run(record.id)
                    record = await self.get(tenant, record.id)
        return Accepted(record, accepted.how)
