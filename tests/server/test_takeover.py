"""What survives the death of the process that executes: real processes, really killed."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest

from accepted.core.task import Status
from accepted.server.runner import LOST
from accepted.server.store import Record
from accepted.server.tasks import Tasks

PROGRAM = Path(__file__).with_name("executor.py")
SOON = 2.0
"""Seconds in which another process takes over."""

LONG = 20.0


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Executor:
    """A process of `executor.py`."""

    def __init__(self, path: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(PROGRAM), str(path)],
            env={**os.environ, "PYTHONWARNINGS": "error"},
            stdout=subprocess.PIPE,
            text=True,
        )

    def executing(self) -> bool:
        """Whether it executes; blocks until it does, or has died."""
        assert self.process.stdout
        return self.process.stdout.readline() == "executing\n"

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.fixture
def execute(tmp_path: Path) -> Iterator[Callable[[], Executor]]:
    started: list[Executor] = []

    def start() -> Executor:
        started.append(Executor(tmp_path / "tasks.db"))
        return started[-1]

    yield start
    for one in started:
        one.kill()
        assert one.process.stdout
        one.process.stdout.close()


@pytest.fixture
async def tasks(tmp_path: Path) -> AsyncIterator[Tasks]:
    """What accepts and reads, in the process of the test, which never executes."""
    spec = spec_from_file_location("executor", PROGRAM)
    assert spec
    assert spec.loader
    module: Any = module_from_spec(spec)
    spec.loader.exec_module(module)
    made: Tasks = module.tasks_of(tmp_path / "tasks.db")
    yield made
    await made.store.close()


async def create(tasks: Tasks, type: str, raw: bytes = b"{}") -> str:
    return (await tasks.create(type, raw, tenant="")).record.id


async def until(tasks: Tasks, task_id: str, fits: Callable[[Record], bool]) -> Record:
    end, record = time.monotonic() + LONG, await tasks.get("", task_id)
    while not fits(record):
        assert time.monotonic() < end, record
        record = await tasks.changed("", task_id, record.version, 1.0)
    return record


async def final(tasks: Tasks, task_id: str) -> Record:
    return await until(tasks, task_id, lambda record: record.status.final)


async def test_what_a_killed_process_had_in_progress_is_executed_by_the_next(
    tasks: Tasks, execute: Callable[[], Executor], tmp_path: Path
):
    ids = [await create(tasks, name, b'{"seconds": 0.2}') for name in ("nap", "nap_sync") for _ in range(8)]
    first = execute()
    for one in (ids[0], ids[8]):
        await until(tasks, one, lambda record: record.status is Status.IN_PROGRESS)
    first.kill()
    left = [one for one in ids if not (await tasks.get("", one)).status.final]
    begun = [one for one in left if (await tasks.get("", one)).status is Status.IN_PROGRESS]
    assert begun
    second = execute()
    ended = {one: await final(tasks, one) for one in ids}
    assert {record.status for record in ended.values()} == {Status.COMPLETED}
    for one in left:
        assert ended[one].result == b"%d" % second.process.pid
        assert ended[one].attempt == (2 if one in begun else 1)
    lines = (tmp_path / "tasks.db.begun").read_text().splitlines()
    assert len(lines) <= len(ids) + len(begun), "nothing ran twice but what was in progress"
    artifact = tmp_path / "tasks.db.files" / ids[8] / str(ended[ids[8]].attempt) / "note.txt"
    assert artifact.read_text() == f"attempt {ended[ids[8]].attempt}"


async def test_another_process_takes_over_from_one_that_was_killed(tasks: Tasks, execute: Callable[[], Executor]):
    first = execute()
    assert await asyncio.to_thread(first.executing)
    second = execute()
    task_id = await create(tasks, "nap", b'{"seconds": 0.5}')
    await until(tasks, task_id, lambda record: record.status is Status.IN_PROGRESS)
    await asyncio.sleep(1.5)  # the second looks for the lock, and does not get it
    assert (await final(tasks, task_id)).result == b"%d" % first.process.pid
    task_id = await create(tasks, "nap", b'{"seconds": 0.5}')
    await until(tasks, task_id, lambda record: record.status is Status.IN_PROGRESS)
    first.kill()
    killed = time.monotonic()
    assert await asyncio.to_thread(second.executing)
    await until(tasks, task_id, lambda record: record.attempt == 2)
    assert time.monotonic() - killed < SOON
    ended = await final(tasks, task_id)
    assert (ended.status, ended.result) == (Status.COMPLETED, b"%d" % second.process.pid)


async def test_what_was_to_be_cancelled_when_the_process_died_is_cancelled(
    tasks: Tasks, execute: Callable[[], Executor]
):
    first = execute()
    task_id = await create(tasks, "nap_sync", b'{"seconds": 30}')
    await until(tasks, task_id, lambda record: record.status is Status.IN_PROGRESS)
    assert (await tasks.cancel("", task_id)).status is Status.CANCELLING
    first.kill()
    execute()
    assert (await final(tasks, task_id)).status is Status.CANCELLED


async def test_a_task_that_kills_its_process_does_not_do_so_for_ever(tasks: Tasks, execute: Callable[[], Executor]):
    poison = await create(tasks, "deadly")
    for _ in range(LOST + 1):
        execute().process.wait(LONG)
    other = await create(tasks, "nap", b'{"seconds": 0}')
    execute()
    assert (await final(tasks, other)).status is Status.COMPLETED
    ended = await final(tasks, poison)
    assert ended.status is Status.FAILED
    assert b'"attempts"' in (ended.error or b"")
