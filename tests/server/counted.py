"""The app that test_kills.py has killed: every attempt notes its beginning and its end in the file $NOTES.

Nothing is buffered: what is noted has happened, whenever the process dies.
"""

import asyncio
import os
import time

from accepted.core.wire import Request
from accepted.server import TaskAPI, TaskInfo

NOTES = os.open(os.environ["NOTES"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
_serving: set[int] = set()


def note(*words: object) -> None:
    os.write(NOTES, (" ".join(map(str, words)) + "\n").encode())


def everybody(request: Request) -> str:
    """Lets everybody in, and notes once which process it was that was asked."""
    del request
    if os.getpid() not in _serving:
        _serving.add(os.getpid())
        note("serves", os.getpid(), 0)
    return ""


api = TaskAPI("Counted", authenticate=everybody)


@api.task(concurrency=8)
async def nap(seconds: float, *, info: TaskInfo) -> int:
    note("begun", info.id, info.attempt)
    await asyncio.sleep(seconds)
    note("ended", info.id, info.attempt)
    return info.attempt


@api.task(concurrency=8)
def nap_sync(seconds: float, *, info: TaskInfo) -> int:
    note("begun", info.id, info.attempt)
    time.sleep(seconds)
    note("ended", info.id, info.attempt)
    return info.attempt
