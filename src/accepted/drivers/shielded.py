"""Work that is done to its end although whoever waits for it is cancelled: what it brings comes but once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextvars import copy_context
from threading import Lock, Thread
from typing import TypeVar

from accepted.drivers import threads

T = TypeVar("T")


async def to_its_end(work: Callable[[], Awaitable[T]]) -> T:
    """What `work` returns; a cancellation takes effect after it.

    In a task of its own: asyncio's `cancel` knows no shield, but a group waits for its tasks.
    Its error is handed over by hand, for a group would wrap it.
    """
    from anyio import CancelScope, create_task_group  # whoever blocks has no use for it

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


def through_interrupts(work: Callable[[], T]) -> T:
    """The same for whoever blocks; an interrupt takes effect after it.

    In a thread of its own: Ctrl-C strikes the main thread alone, wherever that stands. So may a second one.
    """
    done: list[T] = []
    failed: list[BaseException] = []
    interrupts: list[BaseException] = []
    begun, going_on = Lock(), Lock()
    going_on.acquire()

    def whole() -> None:
        if not begun.acquire(blocking=False):
            return
        try:
            done.append(work())
        except BaseException as error:  # noqa: BLE001  # whatever it is belongs to whoever waits
            failed.append(error)
        finally:
            going_on.release()

    try:
        threads.start(Thread(target=copy_context().run, args=(whole,), daemon=False))
    except RuntimeError:  # no thread is to be had, mostly because the process is about to end
        whole()
    except BaseException as error:
        if begun.acquire(blocking=False):
            raise  # the work had not begun, and now it never will
        interrupts.append(error)
    while not (done or failed):
        try:
            going_on.acquire()
        except BaseException as error:  # noqa: BLE001  # an interrupt is whatever a signal's handler raises
            interrupts.append(error)
    for first in (*interrupts, *failed):
        raise first
    return done[0]
