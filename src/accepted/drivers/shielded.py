"""Work that is done to its end although whoever waits for it is cancelled: what it brings comes but once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from anyio import CancelScope, create_task_group

T = TypeVar("T")


async def to_its_end(work: Callable[[], Awaitable[T]]) -> T:
    """What `work` returns; a cancellation takes effect after it.

    In a task of its own: asyncio's `cancel` knows no shield, but a group waits for its tasks.
    Its error is handed over by hand, for a group would wrap it.
    """
    done: list[T] = []
    failed: list[Exception] = []

    async def whole() -> None:
        with CancelScope(shield=True):
            try:
                done.append(await work())
            except Exception as error:  # noqa: BLE001  # whatever it is belongs to whoever waits
                failed.append(error)

    async with create_task_group() as group:
        group.start_soon(whole)
    if failed:
        raise failed[0]
    return done[0]
