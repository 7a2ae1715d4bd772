"""A process that executes the tasks of one file, for tests that kill it. Says `executing` as soon as it is the one."""

import asyncio
import os
import signal
import sys
import time
from pathlib import Path

from accepted.server.context import Progress, TaskInfo
from accepted.server.engine import Embedded
from accepted.server.sqlite import SqliteStore
from accepted.server.tasks import Tasks
from accepted.server.tasktype import declared


async def nap(seconds: float, *, info: TaskInfo) -> int:
    _note(info)
    await asyncio.sleep(seconds)
    return os.getpid()


def nap_sync(seconds: float, *, info: TaskInfo, progress: Progress) -> int:
    _note(info)
    time.sleep(seconds)
    progress.artifact("note.txt", f"attempt {info.attempt}")
    return os.getpid()


async def deadly(*, info: TaskInfo) -> None:
    _note(info)
    os.kill(os.getpid(), signal.SIGKILL)


def _note(info: TaskInfo) -> None:
    """One line for each beginning, as far as a process that is killed comes."""
    with Path(f"{sys.argv[1]}.begun").open("a") as file:
        print(info.id, info.attempt, os.getpid(), file=file)


TYPES = {one.__name__: declared(one) for one in (nap, nap_sync, deadly)}


def tasks_of(path: Path) -> Tasks:
    return Tasks(SqliteStore(path), TYPES, files=path.with_name(path.name + ".files"))


def main(path: Path) -> None:
    tasks = tasks_of(path)
    assert tasks.files
    engine = Embedded(tasks, lock=path.with_name(path.name + ".executor-lock"), files=tasks.files)
    engine.start()
    while not engine.executing:
        time.sleep(0.01)
    print("executing", flush=True)
    time.sleep(600)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
