"""The embedded engine: real threads, a real file, few and short waits."""

import asyncio
import json
import logging
import os
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Annotated, Any

import pytest

from accepted.core.task import Status
from accepted.server import attempt as attempt_module
from accepted.server import engine as engine_module
from accepted.server import runner as runner_module
from accepted.server.context import Cancelled, Progress, Resource, TaskInfo
from accepted.server.engine import Embedded
from accepted.server.faults import Fault
from accepted.server.runner import LOST, Runner, doubling
from accepted.server.sqlite import SqliteStore
from accepted.server.store import Record, StoreFailed
from accepted.server.tasks import Tasks
from accepted.server.tasktype import declared

LONG = 10.0
"""Seconds in which anything that happens at all has happened."""


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Clock:
    """Goes with the time, and can be moved on."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead


class Bench:
    """A store, its tasks and an engine."""

    def __init__(self, folder: Path, **options: Any) -> None:
        self.clock = Clock()
        self.store = SqliteStore(folder / "tasks.db", synchronous="NORMAL")
        self.files = folder / "tasks.db.files"
        self.types: dict[str, Any] = {}
        self.tasks = Tasks(self.store, self.types, clock=self.clock, files=self.files)
        self.engine = Embedded(self.tasks, lock=folder / "lock", files=self.files, **options)

    def declare(self, function: Callable[..., Any], **options: Any) -> None:
        self.types[function.__name__] = declared(function, **options)

    async def create(self, function: Callable[..., Any], **inputs: Any) -> str:
        made = await self.tasks.create(function.__name__, json.dumps(inputs).encode(), tenant="")
        return made.record.id

    async def get(self, task_id: str) -> Record:
        return await self.tasks.get("", task_id)

    async def until(self, task_id: str, fits: Callable[[Record], bool]) -> Record:
        """The record as soon as it fits."""
        until, record = time.monotonic() + LONG, await self.get(task_id)
        while not fits(record):
            assert time.monotonic() < until, record
            record = await self.tasks.changed("", task_id, record.version, 1.0)
        return record

    async def final(self, task_id: str) -> Record:
        return await self.until(task_id, lambda record: record.status.final)

    async def begun(self, task_id: str) -> Record:
        return await self.until(task_id, lambda record: record.status is Status.IN_PROGRESS)

    async def idle(self) -> None:
        await soon(lambda: self.engine.running == 0)


async def soon(happened: Callable[[], object]) -> None:
    until = time.monotonic() + LONG
    while not happened():
        assert time.monotonic() < until
        await asyncio.sleep(0.01)


def problem(record: Record) -> dict[str, Any]:
    assert record.error
    return json.loads(record.error)


Make = Callable[..., Bench]


@pytest.fixture
async def make(tmp_path: Path) -> AsyncIterator[Make]:
    made: list[Bench] = []

    def make_one(**options: Any) -> Bench:
        made.append(Bench(tmp_path, **options))
        return made[-1]

    yield make_one
    for one in made:
        await asyncio.to_thread(one.engine.stop, 0.0)
        await one.store.close()


@pytest.fixture
def bench(make: Make) -> Bench:
    return make()


# ---- functions


async def double(number: int) -> int:
    return 2 * number


def double_sync(number: int) -> int:
    return 2 * number


@pytest.mark.parametrize("function", [double, double_sync])
async def test_a_task_is_executed(bench: Bench, function: Callable[..., Any]):
    bench.declare(function)
    bench.engine.start()
    record = await bench.final(await bench.create(function, number=21))
    assert (record.status, record.result, record.attempt) == (Status.COMPLETED, b"42", 1)
    assert record.started_at is not None
    assert record.finished_at is not None
    assert record.expires_at is not None


async def test_tasks_accepted_before_the_start_are_executed(bench: Bench):
    bench.declare(double)
    ids = [await bench.create(double, number=number) for number in range(20)]
    bench.engine.start()
    assert [(await bench.final(one)).result for one in ids] == [b"%d" % (2 * number) for number in range(20)]


async def test_what_another_process_accepts_is_executed_soon(bench: Bench, tmp_path: Path):
    bench.declare(double)
    bench.engine.start()
    await soon(lambda: bench.engine.executing)
    elsewhere = SqliteStore(tmp_path / "tasks.db", synchronous="NORMAL")
    accepted = await Tasks(elsewhere, bench.types).create("double", b'{"number": 4}', tenant="")
    before = time.monotonic()
    assert (await bench.final(accepted.record.id)).result == b"8"
    assert time.monotonic() - before < 1
    await elsewhere.close()


@pytest.mark.parametrize("is_async", [True, False])
async def test_progress_is_seen_while_it_runs_and_the_last_report_is_kept(bench: Bench, is_async: bool):
    go_on = threading.Event()

    async def count(progress: Progress) -> None:
        for step in range(1000):
            progress(step, 1000, "counting")
        await asyncio.to_thread(go_on.wait)
        progress(1000, 1000, "done")

    def count_sync(progress: Progress) -> None:
        for step in range(1000):
            progress(step, 1000, "counting")
        go_on.wait()
        progress(1000, 1000, "done")

    function = count if is_async else count_sync
    bench.declare(function)
    bench.engine.start()
    task_id = await bench.create(function)
    seen = await bench.until(task_id, lambda record: b"999" in (record.progress or b""))
    assert json.loads(seen.progress or b"") == {"done": 999, "total": 1000, "message": "counting"}
    assert seen.version < 8, "reports are not written each"
    go_on.set()
    assert json.loads((await bench.final(task_id)).progress or b"")["message"] == "done"


async def test_what_a_function_raises_is_said_without_internals(bench: Bench, caplog: pytest.LogCaptureFixture):
    async def fail() -> None:
        raise LookupError("page 3 is missing")

    bench.declare(fail)
    bench.engine.start()
    task_id = await bench.create(fail)
    record = await bench.final(task_id)
    assert record.status is Status.FAILED
    assert problem(record) == {
        "type": "#error",
        "title": "The task failed",
        "detail": "LookupError: page 3 is missing",
        "reason": "error",
    }
    logged = next(one for one in caplog.records if one.levelno == logging.ERROR)
    assert logged.exc_info
    assert (logged.task, logged.type, logged.attempt) == (task_id, "fail", 1)  # type: ignore[attr-defined]


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt(), StopIteration(), asyncio.CancelledError()])
@pytest.mark.parametrize("is_async", [True, False])
async def test_nothing_that_a_function_raises_ends_the_engine(bench: Bench, error: BaseException, is_async: bool):
    async def fail() -> None:
        raise error

    def fail_sync() -> None:
        raise error

    function = fail if is_async else fail_sync
    bench.declare(function)
    bench.declare(double)
    bench.engine.start()
    assert (await bench.final(await bench.create(function))).status is Status.FAILED
    assert (await bench.final(await bench.create(double, number=1))).status is Status.COMPLETED


async def test_a_task_ends_whatever_its_texts_are(bench: Bench, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.CRITICAL, "accepted.server")  # pytest cannot report what is no UTF-8
    wild = "\udcff"

    class Odd(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    async def fail(how: str, progress: Progress) -> None:
        match how:
            case "raise":
                raise ValueError(wild)
            case "report":
                progress(message=wild)
            case "keep":
                progress.artifact(f"{wild}.txt", "content")
            case _:
                raise Odd

    bench.declare(fail)
    bench.engine.start()
    ended = {
        how: problem(await bench.final(await bench.create(fail, how=how))) for how in ("raise", "report", "keep", "odd")
    }
    assert {how: document["reason"] for how, document in ended.items()} == {
        "raise": "error",
        "report": "error",
        "keep": "error",
        "odd": "internal",
    }
    assert ended["raise"]["detail"] == "ValueError: ?"


async def test_a_result_that_is_none_or_too_large_fails_with_a_reason(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    async def wrong() -> int:
        return "seven"  # type: ignore[return-value]

    async def large() -> str:
        return "x" * 100

    monkeypatch.setattr(runner_module, "MAX_RESULT", 100)
    bench.declare(wrong)
    bench.declare(large)
    bench.engine.start()
    for function in (wrong, large):
        assert problem(await bench.final(await bench.create(function)))["reason"] == "result"


async def test_a_stored_input_that_the_function_no_longer_takes_is_rejected(bench: Bench):
    async def page(number: int) -> int:
        return number

    bench.declare(page)
    task_id = await bench.create(page, number=1)

    async def page(number: str) -> str:  # type: ignore[no-redef]
        return number

    bench.declare(page)
    bench.engine.start()
    assert problem(await bench.final(task_id))["reason"] == "rejected"


# ---- what is injected


async def test_a_function_is_told_which_task_it_is(bench: Bench):
    async def who(info: TaskInfo) -> dict[str, Any]:
        return {"id": info.id, "tenant": info.tenant, "attempt": info.attempt, "deadline": info.deadline}

    bench.declare(who, timeout=60)
    bench.engine.start()
    record = await bench.final(await bench.create(who))
    told = json.loads(record.result or b"")
    assert record.started_at is not None
    assert told == {"id": record.id, "tenant": "", "attempt": 1, "deadline": pytest.approx(record.started_at + 60)}


def _factories(log: list[str]) -> dict[str, Callable[[], Any]]:
    def plain() -> str:
        return "plain"

    def generator():
        yield "generator"
        log.append("generator closed")

    @contextmanager
    def manager():
        yield "manager"
        log.append("manager closed")

    async def coroutine() -> str:
        return "coroutine"

    async def async_generator():
        yield "async_generator"
        log.append("async_generator closed")

    @asynccontextmanager
    async def async_manager():
        yield "async_manager"
        log.append("async_manager closed")

    return {one.__name__: one for one in (plain, generator, manager, coroutine, async_generator, async_manager)}


@pytest.mark.parametrize("kind", _factories([]))
@pytest.mark.parametrize("is_async", [True, False])
async def test_resources_are_made_for_an_attempt_and_closed_after_it(bench: Bench, kind: str, is_async: bool):
    log: list[str] = []
    factory = _factories(log)[kind]

    async def use(it: Annotated[str, Resource(factory)]) -> str:
        log.append("used")
        return it

    def use_sync(it: Annotated[str, Resource(factory)]) -> str:
        log.append("used")
        return it

    function = use if is_async else use_sync
    bench.declare(function)
    bench.engine.start()
    assert json.loads((await bench.final(await bench.create(function))).result or b"") == kind
    assert log == (["used"] if kind in ("plain", "coroutine") else ["used", f"{kind} closed"])


@pytest.mark.parametrize("is_async", [True, False])
async def test_a_resource_sees_what_was_raised_and_its_own_failure_is_the_tasks(bench: Bench, is_async: bool):
    seen: list[str] = []

    @contextmanager
    def session():
        try:
            yield
        except ValueError as error:
            seen.append(str(error))
            raise
        raise LookupError("no commit")

    async def use(it: Annotated[None, Resource(session)], wrong: bool) -> None:
        if wrong:
            raise ValueError("wrong")

    def use_sync(it: Annotated[None, Resource(session)], wrong: bool) -> None:
        if wrong:
            raise ValueError("wrong")

    function = use if is_async else use_sync
    bench.declare(function)
    bench.engine.start()
    assert problem(await bench.final(await bench.create(function, wrong=True)))["detail"] == "ValueError: wrong"
    assert problem(await bench.final(await bench.create(function, wrong=False)))["detail"] == "LookupError: no commit"
    assert seen == ["wrong"]


async def test_what_a_sync_function_borrows_is_made_in_its_thread(bench: Bench):
    def thread():
        made_in = threading.get_ident()
        yield made_in
        assert threading.get_ident() == made_in

    def same(it: Annotated[int, Resource(thread)]) -> bool:
        return it == threading.get_ident()

    bench.declare(same)
    bench.engine.start()
    assert (await bench.final(await bench.create(same))).result == b"true"


async def test_files_are_kept_with_the_attempt_that_ended_the_task(bench: Bench, tmp_path: Path):
    whole = tmp_path / "whole.bin"
    whole.write_bytes(b"\0" * 10)

    def write(progress: Progress, info: TaskInfo) -> None:
        progress.artifact("a.txt", "first")
        progress.artifact("a.txt", f"attempt {info.attempt}")
        if info.attempt == 1:
            raise ConnectionError
        progress.artifact("whole.bin", whole)

    bench.declare(write, retries=1, retry_on=(ConnectionError,))
    bench.engine.start()
    task_id = await bench.create(write)
    await bench.until(task_id, lambda record: record.not_before > 0)
    bench.clock.ahead = 60
    bench.engine.wake()
    record = await bench.final(task_id)
    assert [(one.name, one.size) for one in record.artifacts] == [("a.txt", 9), ("whole.bin", 10)]
    await bench.idle()
    assert sorted(str(one.relative_to(bench.files / task_id)) for one in bench.files.rglob("*.*")) == [
        "2/a.txt",
        "2/whole.bin",
    ]
    await bench.tasks.remove("", task_id)
    assert not (bench.files / task_id).exists()


# ---- cancellation


@pytest.mark.parametrize("at_deadline", [False, True])
async def test_a_file_that_is_late_changes_nothing(bench: Bench, monkeypatch: pytest.MonkeyPatch, at_deadline: bool):
    go_on, late, refused = threading.Event(), threading.Event(), threading.Event()
    write = attempt_module._write

    def slow(place: Path, content: bytes | Path) -> None:
        write(place, content)
        if content == b"longer":
            late.set()
            go_on.wait(LONG)

    def overwrite(progress: Progress) -> None:
        try:
            progress.artifact("a.txt", "longer")
        except Cancelled:
            refused.set()
            raise

    def function(progress: Progress) -> None:
        progress.artifact("a.txt", "a")
        other = threading.Thread(target=overwrite, args=[progress], daemon=True)
        other.start()
        late.wait(LONG)
        if at_deadline:
            other.join(LONG)

    monkeypatch.setattr(attempt_module, "_write", slow)
    monkeypatch.setattr(threading, "excepthook", lambda _: None)
    bench.declare(function, timeout=0.5)
    bench.engine.start()
    task_id = await bench.create(function)
    record = await bench.final(task_id)
    go_on.set()
    await soon(refused.is_set)
    await bench.idle()
    assert [(one.name, one.size) for one in record.artifacts] == [("a.txt", 1)]
    await soon(lambda: [one.name for one in (bench.files / task_id / "1").iterdir()] == ["a.txt"])
    assert (bench.files / task_id / "1" / "a.txt").read_text() == "a"


async def test_a_queued_task_is_cancelled_without_being_begun(bench: Bench):
    bench.declare(double)
    task_id = await bench.create(double, number=1)
    assert (await bench.tasks.cancel("", task_id)).status is Status.CANCELLED
    bench.engine.start()
    await soon(lambda: bench.engine.executing)
    assert (await bench.get(task_id)).attempt == 0


async def test_a_task_that_is_cancelled_while_it_is_being_begun_is_cancelled(bench: Bench):
    async def sleep() -> None:
        await asyncio.sleep(LONG)

    bench.declare(sleep, concurrency=50)
    bench.engine.start()
    await soon(lambda: bench.engine.executing)
    ids = [await bench.create(sleep) for _ in range(30)]
    for one in ids:
        await bench.tasks.cancel("", one)
    assert {(await bench.final(one)).status for one in ids} == {Status.CANCELLED}


@pytest.mark.parametrize("is_async", [False, True])
async def test_a_task_that_is_cancelled_between_its_begin_and_its_call_is_not_called(bench: Bench, is_async: bool):
    called = threading.Event()

    def at_once() -> None:
        called.set()

    async def later() -> None:
        called.set()

    function = later if is_async else at_once
    bench.declare(function)
    runner = Runner(bench.tasks, bench.files)
    task_id = await bench.create(function)
    [attempt] = await runner.begin([task_id])
    runner.cancel(task_id)
    await runner.perform(attempt)
    assert ((await bench.get(task_id)).status, called.is_set()) == (Status.CANCELLED, False)


async def test_an_async_task_is_cancelled(bench: Bench):
    cleaned: list[str] = []

    async def sleep() -> None:
        try:
            await asyncio.sleep(LONG)
        finally:
            cleaned.append("yes")

    bench.declare(sleep)
    bench.engine.start()
    task_id = await bench.create(sleep)
    await bench.begun(task_id)
    assert (await bench.tasks.cancel("", task_id)).status is Status.CANCELLING
    assert (await bench.final(task_id)).status is Status.CANCELLED
    assert cleaned == ["yes"]


async def test_a_task_that_another_process_cancels_is_cancelled(bench: Bench, tmp_path: Path):
    async def sleep() -> None:
        await asyncio.sleep(LONG)

    bench.declare(sleep)
    bench.engine.start()
    task_id = await bench.create(sleep)
    await bench.begun(task_id)
    elsewhere = SqliteStore(tmp_path / "tasks.db", synchronous="NORMAL")
    await Tasks(elsewhere, bench.types).cancel("", task_id)
    assert (await bench.final(task_id)).status is Status.CANCELLED
    await elsewhere.close()


async def test_a_sync_task_is_cancelled_when_it_reports(bench: Bench):
    def count(progress: Progress) -> None:
        try:
            for step in range(1000):
                progress(step)
                time.sleep(0.01)
        except Exception:  # noqa: BLE001  # such a line must not keep it from ending
            time.sleep(LONG)

    bench.declare(count)
    bench.engine.start()
    task_id = await bench.create(count)
    await bench.until(task_id, lambda record: record.progress is not None)
    await bench.tasks.cancel("", task_id)
    assert (await bench.final(task_id)).status is Status.CANCELLED


async def test_a_sync_task_that_never_reports_may_complete_although_it_is_to_be_cancelled(bench: Bench):
    go_on = threading.Event()

    def stubborn() -> str:
        go_on.wait(LONG)
        return "done"

    bench.declare(stubborn)
    bench.engine.start()
    task_id = await bench.create(stubborn)
    await bench.begun(task_id)
    await bench.tasks.cancel("", task_id)
    assert (await bench.get(task_id)).status is Status.CANCELLING
    go_on.set()
    assert (await bench.final(task_id)).status is Status.COMPLETED
    with pytest.raises(Fault) as refused:
        await bench.tasks.cancel("", task_id)
    assert refused.value.kind == "conflict"


async def test_a_task_that_is_to_be_cancelled_is_not_retried(bench: Bench):
    async def unwilling() -> None:
        try:
            await asyncio.sleep(LONG)
        except asyncio.CancelledError:
            raise ConnectionError from None

    bench.declare(unwilling, retries=3, retry_on=(ConnectionError,))
    bench.engine.start()
    task_id = await bench.create(unwilling)
    await bench.begun(task_id)
    await bench.tasks.cancel("", task_id)
    assert (await bench.final(task_id)).status is Status.CANCELLED


# ---- deadlines


async def test_an_async_task_is_ended_at_its_deadline(bench: Bench):
    async def sleep() -> None:
        await asyncio.sleep(LONG)

    bench.declare(sleep, timeout=0.05)
    bench.engine.start()
    record = await bench.final(await bench.create(sleep))
    assert (record.status, problem(record)["reason"]) == (Status.FAILED, "deadline")
    await bench.idle()


async def test_a_thread_is_fenced_at_its_deadline_and_holds_its_slot_until_it_returns(bench: Bench):
    go_on, refused = threading.Event(), threading.Event()

    def stubborn(progress: Progress) -> str:
        go_on.wait(LONG)
        try:
            progress.artifact("late.txt", "late")
        except Cancelled:
            refused.set()
        return "late"

    bench.declare(stubborn, timeout=0.05, concurrency=1)
    bench.engine.start()
    first = await bench.create(stubborn)
    record = await bench.final(first)
    assert problem(record)["reason"] == "deadline"
    second = await bench.create(stubborn)
    await asyncio.sleep(0.15)
    assert (await bench.get(second)).status is Status.QUEUED, "the only slot is still held"
    assert bench.engine.running == 1
    go_on.set()
    assert (await bench.final(second)).attempt == 1
    assert refused.is_set()
    assert await bench.get(first) == record, "a final record never changes"


# ---- retries, slots


async def test_what_is_declared_retryable_is_retried_later_each_time(bench: Bench):
    tries: list[int] = []

    async def flaky(info: TaskInfo) -> int:
        tries.append(info.attempt)
        if info.attempt < 3:
            raise ConnectionError
        return info.attempt

    bench.declare(flaky, retries=2, retry_on=(ConnectionError,))
    bench.engine.start()
    task_id = await bench.create(flaky)
    for attempt in (1, 2):
        waiting = await bench.until(
            task_id, lambda record, attempt=attempt: record.attempt == attempt and record.status is Status.QUEUED
        )
        assert waiting.not_before - bench.clock() == pytest.approx(doubling(attempt), abs=0.5)
        assert tries == list(range(1, attempt + 1))
        bench.clock.ahead += doubling(attempt)
        bench.engine.wake()
    assert (await bench.final(task_id)).result == b"3"


def test_retries_wait_twice_as_long_each_time_up_to_a_bound():
    assert [doubling(attempt) for attempt in (1, 2, 3, 9, 10, 5000)] == [1, 2, 4, 256, 300, 300]


@pytest.mark.parametrize(("retries", "error"), [(0, ConnectionError), (1, KeyError)])
async def test_other_failures_are_not_retried(bench: Bench, retries: int, error: type[Exception]):
    async def fail() -> None:
        raise error

    bench.declare(fail, retries=retries, retry_on=(ConnectionError,))
    bench.engine.start()
    record = await bench.final(await bench.create(fail))
    assert (record.status, record.attempt) == (Status.FAILED, 1)


async def test_each_type_has_its_own_slots(bench: Bench):
    go_on = threading.Event()
    at_once: dict[str, int] = {"narrow": 0, "wide": 0}
    most = dict(at_once)

    async def _held(name: str) -> None:
        at_once[name] += 1
        most[name] = max(most[name], at_once[name])
        await asyncio.to_thread(go_on.wait)
        at_once[name] -= 1

    async def narrow() -> None:
        await _held("narrow")

    async def wide() -> None:
        await _held("wide")

    bench.declare(narrow, concurrency=1)
    bench.declare(wide, concurrency=3)
    ids = [await bench.create(function) for function in (narrow, wide) for _ in range(5)]
    bench.engine.start()
    await soon(lambda: bench.engine.running == 4)
    await asyncio.sleep(0.15)
    assert bench.engine.running == 4
    go_on.set()
    for one in ids:
        assert (await bench.final(one)).status is Status.COMPLETED
    assert most == {"narrow": 1, "wide": 3}


async def test_a_task_that_was_lost_too_often_fails(bench: Bench):
    bench.declare(double)
    task_id = await bench.create(double, number=1)
    for _ in range(LOST + 1):
        assert await bench.store.begin(task_id, bench.clock())
        await bench.store.recover(bench.clock())
    bench.engine.start()
    record = await bench.final(task_id)
    assert problem(record)["reason"] == "attempts"


@pytest.mark.parametrize("is_async", [True, False])
async def test_what_is_given_back_by_a_stop_is_neither_lost_nor_a_failure(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, is_async: bool
):
    go_on = threading.Event()

    async def flaky(info: TaskInfo) -> int:
        if info.attempt <= LOST + 2:
            await asyncio.sleep(LONG)
        if info.attempt == LOST + 3:
            raise ConnectionError
        return info.attempt

    def stubborn(info: TaskInfo) -> int:
        if info.attempt <= LOST + 2:
            go_on.wait(LONG)
        if info.attempt == LOST + 3:
            raise ConnectionError
        return info.attempt

    function = flaky if is_async else stubborn
    monkeypatch.setattr(engine_module, "_GRACE", 0.05)
    bench.declare(function, retries=1, retry_on=(ConnectionError,))
    task_id = await bench.create(function)
    for _ in range(LOST + 2):  # as often as it is deployed
        bench.engine.start()
        await bench.begun(task_id)
        await asyncio.to_thread(bench.engine.stop, 0.0)
        assert (await bench.get(task_id)).status is Status.QUEUED
    go_on.set()
    bench.engine.start()
    record = await bench.final(task_id)
    assert (record.status, record.attempt) == (Status.COMPLETED, LOST + 4), record.error


async def test_a_retry_does_not_wait_for_a_clock_that_was_set_back(bench: Bench):
    async def flaky(info: TaskInfo) -> None:
        if info.attempt == 1:
            raise ConnectionError

    bench.declare(flaky, retries=1, retry_on=(ConnectionError,))
    bench.engine.start()
    task_id = await bench.create(flaky)
    await bench.until(task_id, lambda record: record.not_before > 0)
    bench.clock.ahead = -3600
    assert (await bench.final(task_id)).status is Status.COMPLETED


# ---- the life of the engine


async def test_the_lifespan_is_open_around_every_task_on_their_loop(make: Make):
    log: list[str] = []
    shared: dict[str, Any] = {}

    @asynccontextmanager
    async def lifespan():
        log.append("open")
        yield {"loop": asyncio.get_running_loop()}
        log.append("closed")

    async def use() -> bool:
        log.append("used")
        return shared["loop"] is asyncio.get_running_loop()

    bench = make(lifespan=lifespan, resources=shared)
    bench.declare(use)
    bench.engine.start()
    assert (await bench.final(await bench.create(use))).result == b"true"
    await asyncio.to_thread(bench.engine.stop, 1.0)
    assert log == ["open", "used", "closed"]
    assert shared == {}


async def test_a_stop_is_heard_between_two_turns(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    async def nap() -> None:
        await asyncio.sleep(LONG)

    monkeypatch.setattr(engine_module, "_GATHERED", 0.3)
    monkeypatch.setattr(engine_module, "_JOIN", 1.0)
    bench.declare(nap)
    bench.engine.start()
    task_id = await bench.create(nap)
    await bench.begun(task_id)
    bench.engine.wake()
    await asyncio.sleep(0.1)  # the next turn has begun, and gathers
    await asyncio.to_thread(bench.engine.stop, 0.0)
    assert "does not end" not in caplog.text
    assert (await bench.get(task_id)).status is Status.QUEUED


async def test_a_lifespan_that_fails_is_opened_again(make: Make):
    tries: list[int] = []

    @asynccontextmanager
    async def lifespan():
        tries.append(1)
        if len(tries) == 1:
            raise ConnectionError("not there yet")
        yield None

    bench = make(lifespan=lifespan)
    bench.declare(double)
    bench.engine.start()
    assert (await bench.final(await bench.create(double, number=1))).status is Status.COMPLETED


async def test_tasks_of_a_type_that_is_not_declared_here_wait_and_that_is_said(
    bench: Bench, caplog: pytest.LogCaptureFixture
):
    bench.declare(double)
    task_id = await bench.create(double, number=1)
    kept = bench.types.pop("double")
    bench.engine.start()
    await soon(lambda: bench.engine.executing)
    assert "type double wait" in caplog.text
    assert (await bench.get(task_id)).status is Status.QUEUED
    bench.types["double"] = kept
    bench.engine.wake()
    await bench.final(task_id)


async def test_a_drain_waits_for_what_is_in_progress_and_begins_nothing(bench: Bench):
    async def sleep() -> str:
        await asyncio.sleep(0.2)
        return "done"

    bench.declare(sleep, concurrency=1)
    bench.engine.start()
    first, second = await bench.create(sleep), await bench.create(sleep)
    await bench.begun(first)
    await asyncio.to_thread(bench.engine.stop, LONG)
    assert (await bench.get(first)).status is Status.COMPLETED
    assert (await bench.get(second)).status is Status.QUEUED
    bench.engine.start()
    assert (await bench.final(second)).attempt == 1


async def test_what_a_drain_does_not_wait_for_is_executed_by_the_next(bench: Bench):
    first_time = threading.Event()
    go_on = threading.Event()

    async def sleep() -> None:
        if not first_time.is_set():
            await asyncio.sleep(LONG)

    def stubborn() -> None:
        if not first_time.is_set():
            go_on.wait(LONG)

    bench.declare(sleep)
    bench.declare(stubborn)
    bench.engine.start()
    ids = [await bench.create(sleep), await bench.create(stubborn)]
    for one in ids:
        await bench.begun(one)
    await asyncio.to_thread(bench.engine.stop, 0.0)
    assert [(await bench.get(one)).status for one in ids] == [Status.QUEUED, Status.QUEUED]
    first_time.set()
    bench.engine.start()
    ended = [await bench.final(one) for one in ids]
    assert [(one.status, one.attempt) for one in ended] == [(Status.COMPLETED, 2)] * 2
    go_on.set()
    await asyncio.sleep(0.1)
    assert await bench.get(ids[1]) == ended[1], "the thread that returns late changes nothing"


async def test_an_engine_that_does_not_end_keeps_the_next_one_from_beginning(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    go_on = threading.Event()

    async def block() -> None:
        go_on.wait(LONG)

    monkeypatch.setattr(engine_module, "_JOIN", 0.1)
    monkeypatch.setattr(engine_module, "_GRACE", 0.1)
    bench.declare(block)
    bench.declare(double)
    bench.engine.start()
    blocking = await bench.create(block)
    await bench.begun(blocking)
    await asyncio.to_thread(bench.engine.stop, 0.0)
    assert "blocks its loop" in caplog.text
    bench.engine.start()
    waiting = await bench.create(double, number=1)
    await asyncio.sleep(0.2)
    assert (await bench.get(waiting)).status is Status.QUEUED
    go_on.set()
    assert (await bench.final(waiting)).status is Status.COMPLETED
    assert (await bench.final(blocking)).status is Status.COMPLETED


async def test_a_store_that_fails_for_a_while_loses_nothing(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    broken = {"finish": 2, "begin_all": 1, "ready": 1, "recover": 1}

    def failing(name: str) -> Callable[..., Awaitable[Any]]:
        real = getattr(bench.store, name)

        async def call(*args: Any, **options: Any) -> Any:
            if broken[name]:
                broken[name] -= 1
                raise StoreFailed("the disk is full")
            return await real(*args, **options)

        return call

    for name in broken:
        monkeypatch.setattr(bench.store, name, failing(name))
    bench.declare(double)
    bench.engine.start()
    record = await bench.final(await bench.create(double, number=3))
    assert (record.status, record.attempt) == (Status.COMPLETED, 1)
    assert not any(broken.values())


async def test_records_whose_time_is_over_go_with_their_files(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(engine_module, "_SWEEP", 0.05)

    def write(progress: Progress) -> None:
        progress.artifact("a.txt", "a")

    bench.declare(write, retention=100)
    bench.engine.start()
    task_id = await bench.create(write)
    await bench.final(task_id)
    assert (bench.files / task_id).exists()
    bench.clock.ahead = 200
    bench.engine.wake()
    await soon(lambda: not (bench.files / task_id).exists())
    with pytest.raises(Fault) as refused:
        await bench.get(task_id)
    assert refused.value.kind == "gone"


async def test_a_clock_that_is_set_back_does_not_keep_records(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(engine_module, "_SWEEP", 0.05)
    bench.declare(double, retention=0.5)
    bench.clock.ahead = 3600
    bench.engine.start()
    await bench.final(await bench.create(double, number=1))
    bench.clock.ahead = 0
    task_id = await bench.create(double, number=2)
    until = time.monotonic() + LONG
    while isinstance(await bench.store.get("", task_id), Record):
        assert time.monotonic() < until
        await asyncio.sleep(0.02)


async def test_files_whose_record_is_gone_are_removed_at_the_start(bench: Bench):
    def write(progress: Progress) -> None:
        progress.artifact("a.txt", "a")

    bench.declare(write)
    bench.engine.start()
    gone, kept = await bench.create(write), await bench.create(write)
    for one in (gone, kept):
        await bench.final(one)
    await asyncio.to_thread(bench.engine.stop, 1.0)
    await bench.store.remove("", gone, bench.clock())  # and here the process dies
    bench.engine.start()
    await soon(lambda: not (bench.files / gone).exists())
    assert (bench.files / kept / "1" / "a.txt").exists()


def test_an_engine_is_not_started_in_a_child_but_can_be(tmp_path: Path):
    """In a process of its own: a fork of the test's own process would take its threads' locks along."""
    program = textwrap.dedent(
        """
        import asyncio, os, signal, sys, time
        from pathlib import Path
        from accepted.server.engine import Embedded
        from accepted.server.sqlite import SqliteStore
        from accepted.server.tasks import Tasks
        from accepted.server.tasktype import declared

        async def pid() -> int:
            return os.getpid()

        folder = Path(sys.argv[1])
        tasks = Tasks(SqliteStore(folder / "tasks.db"), {"pid": declared(pid)})
        engine = Embedded(tasks, lock=folder / "lock", files=folder / "files")

        def executed():
            made = asyncio.run(tasks.create("pid", b"{}", tenant="")).record
            async def final():
                while not (record := await tasks.changed("", made.id, made.version, 1)).status.final:
                    pass
                return record
            return int(asyncio.run(final()).result)

        engine.start()
        assert executed() == os.getpid()
        time.sleep(0.3)  # a fork while a thread is inside of SQLite would leave SQLite's own locks held in the child
        child = os.fork()
        signal.alarm(20)
        if child == 0:
            assert not engine.executing
            engine.start()
            time.sleep(0.2)
            assert not engine.executing, "the parent has the lock"
            os.kill(os.getppid(), 9)
            assert executed() == os.getpid()
            print("well", flush=True)
            os._exit(0)
        time.sleep(30)
        """
    )
    environ = {**os.environ, "PYTHONWARNINGS": "error,ignore:This process:DeprecationWarning"}
    ended = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)],
        env=environ,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert ended.stdout == "well\n", ended.stderr
