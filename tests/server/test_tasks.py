"""The operations on tasks: what is refused, and how a change is waited for. Nothing is executed here."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from accepted.core.task import Status
from accepted.server import tasks as tasks_module
from accepted.server.faults import Fault
from accepted.server.sqlite import SqliteStore
from accepted.server.store import Ending
from accepted.server.tasks import Tasks
from accepted.server.tasktype import declared


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def render(name: str, pages: int = 1) -> str:
    return name * pages


def sweep(days: int) -> int:
    return days


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    made = SqliteStore(tmp_path / "tasks.db", synchronous="NORMAL")
    yield made
    await made.close()


@pytest.fixture
async def elsewhere(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    """The same file, as another process sees it."""
    made = SqliteStore(tmp_path / "tasks.db", synchronous="NORMAL")
    yield made
    await made.close()


@pytest.fixture
def tasks(store: SqliteStore) -> Tasks:
    return Tasks(store, {"render": declared(render), "sweep": declared(sweep, max_queued=3)})


async def accepted(tasks: Tasks, raw: bytes = b'{"name": "a"}') -> str:
    return (await tasks.create("render", raw, tenant="acme")).record.id


# type, input -> where it is wrong
_INVALID = [
    (None, b"{}", "/type"),  # there are two
    ("rendr", b"{}", "/type"),
    ("render", b"{}", "/name"),
    ("render", b'{"name": "a", "pages": "two"}', "/pages"),
]


@pytest.mark.parametrize(("type", "raw", "where"), _INVALID)
async def test_what_is_invalid_is_said_with_its_place(tasks: Tasks, type: str | None, raw: bytes, where: str):
    with pytest.raises(Fault) as refused:
        await tasks.create(type, raw, tenant="acme")
    assert refused.value.kind == "invalid"
    assert [one.where for one in refused.value.wrong] == [where]
    assert (await tasks.list("acme", limit=1)).records == ()


async def test_the_type_may_be_left_out_where_there_is_one(store: SqliteStore):
    tasks = Tasks(store, {"render": declared(render)})
    assert (await tasks.create(None, b'{"name": "a"}', tenant="")).record.type == "render"


async def test_a_key_is_of_what_was_sent_in_whatever_order(tasks: Tasks):
    first = await tasks.create("render", b'{"name": "a", "pages": 1}', tenant="acme", key="k")
    again = await tasks.create("render", b' {"pages":1,"name":"\\u0061"}', tenant="acme", key="k")
    assert (first.how, again.how, again.record.id) == ("created", "replayed", first.record.id)


# type, input, callback -> each another body than the one that took the key
_OTHERS = [
    ("sweep", b'{"days": 1}', None),
    ("render", b'{"name": "b"}', None),
    ("render", b'{"name": "a"}', "https://caller.example/other"),
]


@pytest.mark.parametrize(("type", "raw", "callback_url"), _OTHERS)
async def test_a_key_with_another_body_is_refused(tasks: Tasks, type: str, raw: bytes, callback_url: str | None):
    await tasks.create("render", b'{"name": "a"}', tenant="acme", key="k")
    with pytest.raises(Fault) as refused:
        await tasks.create(type, raw, tenant="acme", key="k", callback_url=callback_url)
    assert refused.value.kind == "key"


async def test_a_repeated_create_outlives_a_deployment_that_changes_the_type(tasks: Tasks, store: SqliteStore):
    first = await tasks.create("render", b'{"name": "a"}', tenant="acme", key="k")

    def more(name: str, pages: int = 1, colour: str = "black") -> str:
        return name * pages + colour

    def stricter(name: int) -> int:
        return name

    for function in (more, stricter):
        deployed = Tasks(store, {"render": declared(function, name="render")})
        again = await deployed.create("render", b'{"name": "a"}', tenant="acme", key="k")
        assert (again.how, again.record.id) == ("replayed", first.record.id)


async def test_a_repeated_create_is_answered_although_the_queue_is_full(tasks: Tasks):
    made = [await tasks.create("sweep", b'{"days": 1}', tenant="acme", key=f"k{i}") for i in range(3)]
    again = await tasks.create("sweep", b'{"days": 1}', tenant="acme", key="k0")
    assert (again.how, again.record.id) == ("replayed", made[0].record.id)
    for key, days, kind in (("new", 1, "busy"), ("k0", 2, "key")):
        with pytest.raises(Fault) as refused:
            await tasks.create("sweep", b'{"days": %d}' % days, tenant="acme", key=key)
        assert refused.value.kind == kind


async def test_ids_do_not_repeat_and_fit_into_a_path(tasks: Tasks):
    ids = {await accepted(tasks) for _ in range(50)}
    assert len(ids) == 50
    assert all(one.replace("-", "").replace("_", "").isalnum() and one.isascii() for one in ids)


async def test_a_full_queue_takes_nothing_until_there_is_room(tasks: Tasks, store: SqliteStore):
    made = await asyncio.gather(
        *(tasks.create("sweep", b'{"days": 1}', tenant="acme") for _ in range(10)), return_exceptions=True
    )
    busy = [one for one in made if isinstance(one, Fault)]
    assert len(made) - len(busy) == 3
    assert {(one.kind, one.retry_after) for one in busy} == {("busy", 2.0)}
    assert await accepted(tasks), "other types have room"
    (oldest,) = await store.ready("sweep", limit=1, now=time.time())
    await tasks.cancel("acme", oldest)
    await tasks.create("sweep", b'{"days": 1}', tenant="acme")


async def test_who_drains_takes_nothing(tasks: Tasks):
    tasks.draining = True
    with pytest.raises(Fault) as refused:
        await accepted(tasks)
    assert refused.value.status == 503


async def test_only_final_tasks_are_removed_and_then_they_are_gone(tasks: Tasks):
    task_id = await accepted(tasks)
    with pytest.raises(Fault) as refused:
        await tasks.remove("acme", task_id)
    assert refused.value.kind == "conflict"
    await tasks.cancel("acme", task_id)
    assert (await tasks.cancel("acme", task_id)).status is Status.CANCELLED
    with pytest.raises(Fault) as refused:
        await tasks.remove("other", task_id)
    assert refused.value.kind == "unknown"
    await tasks.remove("acme", task_id)
    for ask in (tasks.get, tasks.cancel, tasks.remove):
        with pytest.raises(Fault) as refused:
            await ask("acme", task_id)
        assert refused.value.kind == "gone"


# ---- waiting


async def test_a_waiter_is_told_of_a_change_at_once(tasks: Tasks, store: SqliteStore):
    task_id = await accepted(tasks)
    waiting = asyncio.create_task(tasks.changed("acme", task_id, 1, 10))
    await asyncio.sleep(0.02)
    await tasks.cancel("acme", task_id)
    async with asyncio.timeout(0.04):  # less than a look at the store takes
        assert (await waiting).status is Status.CANCELLED


async def test_a_waiter_hears_of_changes_by_other_processes(tasks: Tasks, elsewhere: SqliteStore):
    task_id = await accepted(tasks)
    waiting = asyncio.create_task(tasks.changed("acme", task_id, 1, 10))
    await asyncio.sleep(0.02)
    begun = await elsewhere.begin(task_id, time.time())
    assert begun
    async with asyncio.timeout(1):
        record = await waiting
    assert record.status is Status.IN_PROGRESS
    waiting = asyncio.create_task(tasks.changed("acme", task_id, record.version, 10))
    await elsewhere.finish(task_id, begun.token, Ending(status=Status.COMPLETED, result=b"1"), time.time())
    async with asyncio.timeout(1):
        assert (await waiting).status is Status.COMPLETED


async def test_a_waiter_does_not_wait_for_what_cannot_come(tasks: Tasks):
    task_id = await accepted(tasks)
    async with asyncio.timeout(1):
        assert (await tasks.changed("acme", task_id, 7, 10)).version == 1, "the version is another one already"
        assert (await tasks.changed("acme", task_id, 1, 0.06)).version == 1, "the time is over"
        version = (await tasks.cancel("acme", task_id)).version
        await tasks.changed("acme", task_id, version, 10)
        with pytest.raises(Fault):
            await tasks.changed("acme", "task_none", 1, 10)


async def test_a_change_of_another_task_wakes_nobody(tasks: Tasks):
    task_id = await accepted(tasks)
    waiting = asyncio.create_task(tasks.changed("acme", task_id, 1, 0.3))
    await asyncio.sleep(0.02)
    await accepted(tasks)
    await asyncio.sleep(0.15)
    assert not waiting.done()
    assert (await waiting).version == 1


async def test_a_removed_task_is_gone_for_those_who_wait(tasks: Tasks, elsewhere: SqliteStore):
    task_id = await accepted(tasks)
    waiting = asyncio.create_task(tasks.changed("acme", task_id, 1, 10))
    await asyncio.sleep(0.02)
    await elsewhere.request_cancel("acme", task_id, time.time())
    await elsewhere.remove("acme", task_id, time.time())
    with pytest.raises(Fault) as refused:
        await waiting
    assert refused.value.kind == "gone"


async def test_those_who_wait_are_let_go_when_the_server_stops(tasks: Tasks):
    task_id = await accepted(tasks)
    waiting = asyncio.create_task(tasks.changed("acme", task_id, 1, 10))
    await asyncio.sleep(0.02)
    tasks.draining = True
    async with asyncio.timeout(1):
        assert (await waiting).version == 1


async def test_no_more_wait_than_is_bearable(tasks: Tasks, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(tasks_module, "MOST_WAITING", 2)
    task_id = await accepted(tasks)
    waiting = [asyncio.create_task(tasks.changed("acme", task_id, 1, 10)) for _ in range(2)]
    await asyncio.sleep(0.02)
    async with asyncio.timeout(0.5):
        assert (await tasks.changed("acme", task_id, 1, 10)).version == 1
    await tasks.cancel("acme", task_id)
    assert [(await one).status for one in waiting] == [Status.CANCELLED] * 2
