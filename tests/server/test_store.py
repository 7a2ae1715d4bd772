"""What every store promises. A further store runs this file with a `store` fixture of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from msgspec import structs

from accepted.core.task import Status
from accepted.server.sqlite import REMEMBERED, SqliteStore
from accepted.server.store import Begun, Ending, Kept, Key, New, Record, Removed, StoreFailed, TaskStore

NOW = 1_800_000_000.0
DONE = Ending(status=Status.COMPLETED, result=b'{"pages":3}', expires_at=NOW + 100)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[TaskStore]:
    opened = SqliteStore(tmp_path / "tasks.db")
    yield opened
    await opened.close()


def new(name: str, **facts: Any) -> New:
    usual: dict[str, Any] = {"tenant": "ada", "type": "render", "input": b'{"name":"x"}', "created_at": NOW}
    return New(id=name, **{**usual, **facts})


async def begun(store: TaskStore, name: str, **facts: Any) -> Begun:
    await store.accept(new(name, **facts))
    right = await store.begin(name, NOW + 1)
    assert right is not None
    return right


def right_to(record: Record, token: str) -> Begun:
    """What `begin` gives to the attempt that this record is in the midst of."""
    facts = {name: getattr(record, name) for name in Begun.__struct_fields__ if name != "token"}
    return Begun(**facts, token=token)


async def record(store: TaskStore, name: str, tenant: str = "ada") -> Record:
    found = await store.get(tenant, name)
    assert isinstance(found, Record)
    return found


async def names(store: TaskStore, **asked: Any) -> list[str]:
    return [one.id for one in (await store.list("ada", **{"limit": 100, **asked})).records]


# ---- accept


async def test_what_is_accepted_is_found_as_it_was_answered(store: TaskStore) -> None:
    answer = await store.accept(new("a", callback_url="https://caller.example/done", key="k", fingerprint="f"))

    assert answer.how == "created"
    assert answer.record == await record(store, "a")
    assert answer.record == Record(
        seq=answer.record.seq,
        id="a",
        tenant="ada",
        type="render",
        status=Status.QUEUED,
        input=b'{"name":"x"}',
        created_at=NOW,
        callback_url="https://caller.example/done",
    )


async def test_a_look_is_the_record_without_its_input(store: TaskStore) -> None:
    right = await begun(store, "a", input=b'{"name":"a"}')
    await store.finish("a", right.token, DONE, NOW)
    whole = await record(store, "a")

    assert whole.input == b'{"name":"a"}'
    assert await store.look("ada", "a") == structs.replace(whole, input=b"")
    assert await store.look("bob", "a") is None
    await store.remove("ada", "a", NOW)
    assert await store.look("ada", "a") == Removed("a", NOW)


async def test_a_key_tells_whose_it_is_without_an_accept(store: TaskStore) -> None:
    assert await store.keyed("ada", "k", "f") is None
    await store.accept(new("a", key="k", fingerprint="f"))
    for fingerprint, how in (("f", "replayed"), ("another", "conflict")):
        found = await store.keyed("ada", "k", fingerprint)
        assert found is not None
        assert (found.how, found.record) == (how, await record(store, "a"))
    assert await store.keyed("bob", "k", "f") is None


async def test_a_key_gives_its_task_as_it_is_now(store: TaskStore) -> None:
    right = await begun(store, "a", key="k", fingerprint="f")
    await store.finish("a", right.token, DONE, NOW + 2)

    answer = await store.accept(new("b", key="k", fingerprint="f"))

    assert (answer.how, answer.record) == ("replayed", await record(store, "a"))
    assert await names(store) == ["a"]


async def test_a_key_with_another_body_is_a_conflict(store: TaskStore) -> None:
    await store.accept(new("a", key="k", fingerprint="f"))

    answer = await store.accept(new("b", key="k", fingerprint="another"))

    assert (answer.how, answer.record.id) == ("conflict", "a")
    assert await store.get("ada", "b") is None


async def test_fifty_at_once_with_one_key_are_one_task(store: TaskStore) -> None:
    answers = await asyncio.gather(*(store.accept(new(f"t{i}", key="k", fingerprint="f")) for i in range(50)))

    assert len({one.record.id for one in answers}) == 1
    assert sorted(one.how for one in answers) == ["created"] + ["replayed"] * 49
    assert len(await names(store)) == 1


async def test_a_key_belongs_to_its_tenant(store: TaskStore) -> None:
    await store.accept(new("a", key="k", fingerprint="f"))

    assert (await store.accept(new("b", tenant="bob", key="k", fingerprint="f"))).how == "created"


async def test_tasks_without_a_key_are_all_different(store: TaskStore) -> None:
    answers = await asyncio.gather(*(store.accept(new(f"t{i}")) for i in range(20)))

    assert [one.how for one in answers] == ["created"] * 20
    assert [one.record.seq for one in answers] == sorted(one.record.seq for one in answers)


async def test_an_id_that_is_taken_fails_alone(store: TaskStore) -> None:
    ids = ["a", "b", "b", "c"]

    answers = await asyncio.gather(*(store.accept(new(one)) for one in ids), return_exceptions=True)

    assert [isinstance(one, StoreFailed) for one in answers] == [False, False, True, False]
    assert sorted(await names(store)) == ["a", "b", "c"]


# ---- tenants


async def test_another_tenant_sees_and_changes_nothing(store: TaskStore) -> None:
    right = await begun(store, "done")
    await store.finish("done", right.token, DONE, NOW + 2)
    await store.accept(new("a"))
    before = [await record(store, "done"), await record(store, "a")]

    for name in ("done", "a"):
        assert await store.get("bob", name) is None
        assert await store.request_cancel("bob", name, NOW) is None
        assert await store.remove("bob", name, NOW) is None
    assert (await store.list("bob", limit=10)).records == ()
    assert [await record(store, "done"), await record(store, "a")] == before

    await store.remove("ada", "done", NOW)
    assert await store.get("bob", "done") is None


# ---- attempts


async def test_begin_gives_what_an_attempt_needs_and_a_fresh_token(store: TaskStore) -> None:
    right = await begun(store, "a")

    found = await record(store, "a")
    assert right == right_to(found, right.token)
    assert (found.status, found.attempt, found.version) == (Status.IN_PROGRESS, 1, 2)
    assert found.started_at == NOW + 1
    assert right.token != (await begun(store, "b")).token


@pytest.mark.parametrize(
    "raw", [b"{}", b'{"a":[1.5,"\\u0000 \\"quoted\\" \xc3\xbc \xf0\x9f\x98\x80"]}', b'{"n":' + b"9" * 40 + b"}"]
)
async def test_an_input_comes_back_as_it_was_kept(store: TaskStore, raw: bytes) -> None:
    await store.accept(new("a", input=raw))
    right = await store.begin("a", NOW)
    assert right is not None
    assert right.input == raw


async def test_one_of_many_begins(store: TaskStore) -> None:
    await store.accept(new("a"))

    rights = await asyncio.gather(*(store.begin("a", NOW) for _ in range(20)))

    assert sum(one is not None for one in rights) == 1


async def test_what_is_not_queued_or_not_known_does_not_begin(store: TaskStore) -> None:
    right = await begun(store, "a")
    assert await store.begin("a", NOW) is None
    await store.finish("a", right.token, DONE, NOW)
    assert await store.begin("a", NOW) is None
    assert await store.begin("unknown", NOW) is None


async def test_finish_records_the_outcome(store: TaskStore) -> None:
    right = await begun(store, "a")
    files = (Kept(name="report.pdf", media_type="application/pdf", size=12), Kept(name="ü", media_type="x/y", size=0))

    assert await store.finish("a", right.token, structs.replace(DONE, artifacts=files), NOW + 2)

    found = await record(store, "a")
    assert (found.status, found.result, found.error, found.artifacts) == (
        Status.COMPLETED,
        DONE.result,
        None,
        files,
    )
    assert (found.finished_at, found.expires_at, found.version) == (NOW + 2, NOW + 100, 3)
    assert (await store.list("ada", limit=1)).records == (structs.replace(found, input=b""),)


async def test_only_the_token_of_this_attempt_ends_it(store: TaskStore) -> None:
    old = await begun(store, "a")
    await store.recover(NOW + 2)
    current = await store.begin("a", NOW + 3)
    assert current is not None
    assert current.attempt == 2

    for token in (old.token, "", "made up"):
        assert not await store.progress("a", token, b"1")
        assert not await store.finish("a", token, DONE, NOW + 4)
    assert right_to(await record(store, "a"), current.token) == current
    assert await store.finish("a", current.token, DONE, NOW + 4)


async def test_an_outcome_is_recorded_once(store: TaskStore) -> None:
    right = await begun(store, "a")

    ends = await asyncio.gather(*(store.finish("a", right.token, DONE, NOW + i) for i in range(10)))
    final = await record(store, "a")

    assert sum(ends) == 1
    assert not await store.progress("a", right.token, b"1")
    assert await record(store, "a") == final


async def test_an_end_that_comes_too_late_takes_nothing_from_those_beside_it(store: TaskStore) -> None:
    rights = [await begun(store, name) for name in "abc"]
    tokens = [rights[0].token, "another attempt's", rights[2].token]

    ends = await asyncio.gather(*(store.finish(*which, DONE, NOW) for which in zip("abc", tokens, strict=True)))

    assert ends == [True, False, True]
    statuses = [(await record(store, name)).status for name in "abc"]
    assert statuses == [Status.COMPLETED, Status.IN_PROGRESS, Status.COMPLETED]


async def test_several_begin_at_once_those_that_are_queued(store: TaskStore) -> None:
    right = await begun(store, "a")
    await store.accept(new("b"))
    await store.accept(new("c"))

    rights = await store.begin_all(["a", "c", "unknown", "b"], NOW)

    assert {one.id for one in rights} == {"b", "c"}
    assert [*rights] == [right_to(await record(store, one.id), one.token) for one in rights]
    assert await store.finish("a", right.token, DONE, NOW)


async def test_progress_is_noted_and_gone_with_the_next_attempt(store: TaskStore) -> None:
    right = await begun(store, "a")
    assert await store.progress("a", right.token, b'{"done":1}')
    found = await record(store, "a")
    assert (found.progress, found.version) == (b'{"done":1}', 3)

    await store.recover(NOW)
    again = await store.begin("a", NOW)
    assert again is not None
    assert (await record(store, "a")).progress is None


async def test_a_retry_waits_for_its_time(store: TaskStore) -> None:
    right = await begun(store, "a")

    assert await store.finish("a", right.token, Ending(status=Status.QUEUED, not_before=NOW + 10), NOW + 2)

    found = await record(store, "a")
    assert (found.status, found.not_before, found.finished_at, found.expires_at) == (
        Status.QUEUED,
        NOW + 10,
        None,
        None,
    )
    assert await store.ready("render", limit=10, now=NOW + 9) == ()
    assert await store.begin("a", NOW + 9) is None
    assert await store.next_retry(NOW + 9) == NOW + 10
    assert await store.next_retry(NOW + 10) is None
    assert await store.ready("render", limit=10, now=NOW + 10) == ("a",)
    second = await store.begin("a", NOW + 10)
    assert second is not None
    assert second.attempt == 2


async def test_a_retry_does_not_wait_for_a_clock_that_was_set_back(store: TaskStore) -> None:
    right = await begun(store, "a")
    assert await store.finish("a", right.token, Ending(status=Status.QUEUED, not_before=NOW + 300), NOW)
    assert await store.ready("render", limit=10, now=NOW) == ()
    assert await store.begin("a", NOW) is None

    earlier = NOW - 3600
    assert await store.next_retry(earlier) is None
    assert await store.ready("render", limit=10, now=earlier) == ("a",)
    assert await store.begin("a", earlier) is not None


async def test_what_failed_and_what_was_lost_is_counted_and_not_what_was_given_back(store: TaskStore) -> None:
    right = await begun(store, "a")
    for ending in (Ending(status=Status.QUEUED), Ending(status=Status.QUEUED, not_before=NOW), None):
        if ending is None:
            await store.recover(NOW + 1)
        else:
            assert await store.finish("a", right.token, ending, NOW + 1)
        again = await store.begin("a", NOW + 1)
        assert again is not None
        right = again
    assert (right.attempt, right.failures, right.lost) == (4, 1, 1)


async def test_ready_is_the_oldest_of_a_type_from_all_tenants(store: TaskStore) -> None:
    await store.accept(new("other", type="mail"))
    retried = await begun(store, "retried")
    await store.accept(new("b", tenant="bob"))
    await begun(store, "running")
    await store.accept(new("c"))
    await store.finish("retried", retried.token, Ending(status=Status.QUEUED, not_before=NOW + 5), NOW)

    assert await store.ready("render", limit=10, now=NOW) == ("b", "c")
    assert await store.ready("render", limit=10, now=NOW + 5) == ("retried", "b", "c")
    assert await store.ready("render", limit=2, now=NOW + 5) == ("retried", "b")
    assert await store.ready("unknown", limit=2, now=NOW + 5) == ()


# ---- cancel


async def test_a_queued_task_is_cancelled_at_once_and_kept_for_its_retention(store: TaskStore) -> None:
    await store.accept(new("a", retention=50.0))

    found = await store.request_cancel("ada", "a", NOW + 1)

    assert isinstance(found, Record)
    assert found == await record(store, "a")
    assert (found.status, found.finished_at, found.expires_at, found.cancel_requested_at, found.version) == (
        Status.CANCELLED,
        NOW + 1,
        NOW + 51,
        NOW + 1,
        2,
    )
    assert await store.begin("a", NOW + 2) is None
    assert await store.ready("render", limit=10, now=NOW + 2) == ()


async def test_a_task_in_progress_is_to_be_cancelled(store: TaskStore) -> None:
    await begun(store, "a")

    first = await store.request_cancel("ada", "a", NOW + 2)
    second = await store.request_cancel("ada", "a", NOW + 3)

    assert isinstance(first, Record)
    assert (first.status, first.cancel_requested_at, first.finished_at) == (Status.CANCELLING, NOW + 2, None)
    assert second == first
    assert await store.cancelling() == ("a",)


@pytest.mark.parametrize("status", [Status.COMPLETED, Status.FAILED, Status.CANCELLED])
async def test_whatever_a_task_says_that_was_to_be_cancelled_is_believed(store: TaskStore, status: Status) -> None:
    right = await begun(store, "a")
    await store.request_cancel("ada", "a", NOW + 2)

    assert await store.progress("a", right.token, b"1")
    assert await store.finish("a", right.token, Ending(status=status), NOW + 3)

    assert (await record(store, "a")).status is status
    assert await store.cancelling() == ()


async def test_a_task_that_is_to_be_cancelled_is_not_tried_again(store: TaskStore) -> None:
    right = await begun(store, "a", retention=50.0)
    await store.request_cancel("ada", "a", NOW + 2)

    assert await store.finish("a", right.token, Ending(status=Status.QUEUED, not_before=NOW + 9), NOW + 3)

    found = await record(store, "a")
    assert (found.status, found.finished_at, found.expires_at) == (Status.CANCELLED, NOW + 3, NOW + 53)


async def test_a_final_or_unknown_task_is_not_cancelled(store: TaskStore) -> None:
    right = await begun(store, "a")
    await store.finish("a", right.token, DONE, NOW + 2)
    final = await record(store, "a")

    assert await store.request_cancel("ada", "a", NOW + 3) == final
    assert await store.request_cancel("ada", "unknown", NOW + 3) is None
    await store.remove("ada", "a", NOW + 4)
    assert await store.request_cancel("ada", "a", NOW + 5) == Removed("a", NOW + 4)


# ---- removal and expiry


async def test_only_a_final_record_is_removed(store: TaskStore) -> None:
    right = await begun(store, "a", key="k")
    running = await record(store, "a")
    assert await store.remove("ada", "a", NOW + 2) == running
    await store.finish("a", right.token, DONE, NOW + 3)

    assert await store.remove("ada", "a", NOW + 4) == Removed("a", NOW + 4)

    assert await store.get("ada", "a") == Removed("a", NOW + 4)
    assert await store.remove("ada", "a", NOW + 5) == Removed("a", NOW + 4)
    assert await store.remove("ada", "unknown", NOW + 5) is None
    assert await names(store) == []
    assert not await store.finish("a", right.token, DONE, NOW + 6)


async def test_records_expire_those_longest_over_first_and_their_keys_with_them(store: TaskStore) -> None:
    for i in range(4):
        right = await begun(store, f"t{i}", key=f"k{i}")
        ending = structs.replace(DONE, expires_at=None if i == 0 else NOW + 100 - i)
        await store.finish(f"t{i}", right.token, ending, NOW)
    await store.accept(new("queued"))

    assert await store.expire(NOW + 96) == ()
    assert await store.expire(NOW + 98.5, limit=1) == ("t3",)
    assert await store.expire(NOW + 98.5, limit=1) == ("t2",)
    assert await store.expire(NOW + 98.5, limit=1) == ()
    assert await store.get("ada", "t2") == Removed("t2", NOW + 98.5)
    assert await names(store) == ["queued", "t1", "t0"]
    assert (await store.accept(new("again", key="k2"))).how == "created"


async def test_what_went_answers_so_for_thirty_days(store: TaskStore) -> None:
    right = await begun(store, "a")
    await store.finish("a", right.token, DONE, NOW)
    await store.expire(NOW + 200)

    await store.expire(NOW + 200 + REMEMBERED)
    assert await store.get("ada", "a") == Removed("a", NOW + 200)
    await store.expire(NOW + 201 + REMEMBERED)
    assert await store.get("ada", "a") is None


async def test_what_was_removed_last_is_told(store: TaskStore) -> None:
    for i in range(3):
        right = await begun(store, f"t{i}")
        await store.finish(f"t{i}", right.token, DONE, NOW)
        await store.remove("ada", f"t{i}", NOW + i)

    assert await store.recently_removed(limit=2) == ("t2", "t1")


async def test_a_place_in_the_order_is_never_given_twice(store: TaskStore) -> None:
    right = await begun(store, "a")
    await store.finish("a", right.token, DONE, NOW)
    gone = (await record(store, "a")).seq
    await store.remove("ada", "a", NOW)

    assert (await store.accept(new("b"))).record.seq > gone


# ---- lists


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, ["t5", "t4", "t3", "t2", "t1", "t0"]),
        ({"type": "render"}, ["t4", "t2", "t0"]),
        ({"status": Status.QUEUED}, ["t5", "t4", "t3", "t2"]),
        ({"type": "mail", "status": Status.QUEUED}, ["t5", "t3"]),
        ({"type": "mail", "status": Status.COMPLETED}, []),
        ({"type": "unknown"}, []),
    ],
)
async def test_a_list_is_paged_newest_first(store: TaskStore, asked: dict[str, Any], expected: list[str]) -> None:
    for i in range(6):
        await store.accept(new(f"t{i}", type="mail" if i % 2 else "render"))
        await store.accept(new(f"of-bob-{i}", tenant="bob"))
    for name in ("t0", "t1"):
        await store.begin(name, NOW)

    for limit in (1, 2, 3, 6, 100):
        pages, after = [], None
        while True:
            page = await store.list("ada", limit=limit, after=after, **asked)
            pages.append([one.id for one in page.records])
            after = page.after
            if after is None:
                break
        assert [name for page in pages for name in page] == expected
        assert all(len(page) == limit for page in pages[:-1])
        assert pages == [[]] or pages[-1], "no page after the last one"


async def test_a_page_ends_early_where_its_results_are_long(store: TaskStore) -> None:
    for i in range(7):
        right = await begun(store, f"t{i}", input=b'"%s"' % (b"x" * 100_000))
        await store.finish(f"t{i}", right.token, structs.replace(DONE, result=b'"%s"' % (b"x" * 400_000)), NOW)

    pages: list[list[str]] = []
    after: int | None = None
    while not pages or after is not None:
        page = await store.list("ada", limit=5, after=after)
        pages.append([one.id for one in page.records])
        after = page.after
    assert pages == [["t6", "t5", "t4"], ["t3", "t2", "t1"], ["t0"]]


async def test_a_result_that_is_longer_than_a_page_is_a_page(store: TaskStore) -> None:
    for i in range(2):
        right = await begun(store, f"t{i}")
        await store.finish(f"t{i}", right.token, structs.replace(DONE, result=b'"%s"' % (b"x" * 2_000_000)), NOW)

    first = await store.list("ada", limit=5)
    second = await store.list("ada", limit=5, after=first.after)
    assert [[one.id for one in page.records] for page in (first, second)] == [["t1"], ["t0"]]
    assert second.after is None


async def test_a_page_stays_where_it_was_while_tasks_come(store: TaskStore) -> None:
    for i in range(4):
        await store.accept(new(f"t{i}"))
    first = await store.list("ada", limit=2)
    await store.accept(new("t4"))

    assert await names(store, after=first.after) == ["t1", "t0"]


# ---- the executor dies


async def test_recover_queues_again_and_cancels_what_was_to_be_cancelled(store: TaskStore) -> None:
    await begun(store, "running")
    await begun(store, "cancelling", retention=50.0)
    await store.request_cancel("ada", "cancelling", NOW + 2)
    done = await begun(store, "done")
    await store.finish("done", done.token, DONE, NOW + 2)
    await store.accept(new("queued"))
    others = [await record(store, "done"), await record(store, "queued")]

    assert await store.recover(NOW + 5) == 2

    running, cancelled = await record(store, "running"), await record(store, "cancelling")
    assert (running.status, running.attempt, running.finished_at) == (Status.QUEUED, 1, None)
    assert (cancelled.status, cancelled.finished_at, cancelled.expires_at) == (Status.CANCELLED, NOW + 5, NOW + 55)
    assert [await record(store, "done"), await record(store, "queued")] == others
    assert await store.recover(NOW + 6) == 0
    assert await store.ready("render", limit=9, now=NOW + 5) == ("running", "queued")


# ---- figures, changes, keys


async def test_figures_count_every_transition(store: TaskStore) -> None:
    await store.accept(new("t0", created_at=NOW))
    await store.accept(new("t1", created_at=NOW + 1))
    await store.accept(new("mail", type="mail", created_at=NOW + 2))
    await store.accept(new("t2"))
    right = await store.begin("t0", NOW + 3)
    assert right is not None
    await store.finish("t0", right.token, DONE, NOW + 4)
    await store.request_cancel("ada", "t2", NOW + 4)
    await store.begin("t1", NOW + 4)

    figures = await store.figures()
    assert figures.tasks == {
        ("render", Status.COMPLETED): 1,
        ("render", Status.IN_PROGRESS): 1,
        ("render", Status.CANCELLED): 1,
        ("mail", Status.QUEUED): 1,
    }
    assert figures.oldest_queued_at == NOW + 2

    await store.recover(NOW + 5)
    await store.remove("ada", "t2", NOW + 5)
    await store.expire(NOW + 1000)
    figures = await store.figures()
    assert figures.tasks == {("render", Status.QUEUED): 1, ("mail", Status.QUEUED): 1}
    assert figures.oldest_queued_at == NOW + 1


async def test_figures_of_an_empty_store(store: TaskStore) -> None:
    figures = await store.figures()

    assert (figures.tasks, figures.oldest_queued_at) == ({}, None)


async def test_changes_is_another_number_after_every_change_and_no_other_time(store: TaskStore) -> None:
    seen = [store.changes(), store.changes()]
    assert seen[0] == seen[1]
    right = await begun(store, "a")
    seen.append(store.changes())
    await store.progress("a", right.token, b"1")
    seen.append(store.changes())
    await store.get("ada", "a")
    await store.begin("a", NOW)
    assert store.changes() == seen[-1]
    assert len(set(seen)) == 3


async def test_an_api_key_is_found_by_its_digest_until_it_is_revoked(store: TaskStore) -> None:
    first = Key(id="k1", name="laptop", tenant="ada", created_at=NOW)
    second = Key(id="k2", name="ci", tenant="bob", created_at=NOW - 1)
    await store.add_key(first, b"1" * 32)
    await store.add_key(second, b"2" * 32)

    assert await store.key(b"1" * 32) == first
    assert await store.key(b"3" * 32) is None
    assert await store.keys() == (first, second)
    assert await store.revoke_key("k1", NOW + 1)
    assert not await store.revoke_key("k1", NOW + 2)
    assert not await store.revoke_key("unknown", NOW + 2)
    assert await store.key(b"1" * 32) is None
    assert await store.keys() == (replace(first, revoked_at=NOW + 1), second)


# ---- any sequence


class AnySequence(RuleBasedStateMachine):
    """Whatever happens in whatever order: final never changes, one key one task, tokens fence, versions grow."""

    which = st.integers(0, 3)
    endings = st.sampled_from([Status.COMPLETED, Status.FAILED, Status.CANCELLED, Status.QUEUED])

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.runner = asyncio.Runner()
        self.store: TaskStore = SqliteStore(Path(self.folder.name) / "tasks.db", synchronous="NORMAL")
        self.accepted = 0
        self.tokens: list[tuple[str, str]] = []
        self.holders: dict[str, str] = {}
        self.seen: dict[str, Record] = {}
        self.by_key: dict[str, str] = {}
        self.now = NOW

    def teardown(self) -> None:
        self.do(self.store.close())
        self.runner.close()
        self.folder.cleanup()

    def do(self, what: Any) -> Any:
        return self.runner.run(what)

    def pick(self, which: int) -> str:
        return list(self.seen)[which % len(self.seen)] if self.seen else "unknown"

    @rule(seconds=st.sampled_from([1, 4]))
    def time_goes_by(self, seconds: int) -> None:
        self.now += seconds

    @rule(key=st.sampled_from([None, "k", "l"]), body=st.sampled_from(["f", "g"]))
    def accept(self, key: str | None, body: str) -> None:
        self.accepted += 1
        name = f"t{self.accepted}"
        answer = self.do(self.store.accept(new(name, key=key, fingerprint=body, retention=5.0)))
        if key in self.by_key:
            assert answer.how in ("replayed", "conflict")
            assert answer.record.id == self.by_key[key]
        else:
            assert answer.how == "created"
            self.by_key |= {} if key is None else {key: name}

    @rule(which=which)
    def begin(self, which: int) -> None:
        name = self.pick(which)
        before = self.seen.get(name)
        right = self.do(self.store.begin(name, self.now))
        may = before is not None and before.status is Status.QUEUED and before.not_before <= self.now
        assert (right is not None) == may
        if right is not None:
            self.tokens.append((name, right.token))
            self.holders[name] = right.token

    @precondition(lambda self: self.tokens)
    @rule(which=st.integers(0, 9), status=endings, wait=st.integers(-3, 3))
    def finish(self, which: int, status: Status, wait: int) -> None:
        name, token = self.tokens[-1 - which % len(self.tokens)]
        ending = Ending(status=status, expires_at=self.now + 5, not_before=self.now + wait)
        holds = self.holders.get(name) == token
        assert self.do(self.store.finish(name, token, ending, self.now)) == holds
        if holds:
            del self.holders[name]

    @precondition(lambda self: self.tokens)
    @rule(which=st.integers(0, 9))
    def progress(self, which: int) -> None:
        name, token = self.tokens[-1 - which % len(self.tokens)]
        assert self.do(self.store.progress(name, token, b"1")) == (self.holders.get(name) == token)

    @rule(which=which)
    def cancel(self, which: int) -> None:
        self.do(self.store.request_cancel("ada", self.pick(which), self.now))

    @rule(which=which)
    def remove(self, which: int) -> None:
        name = self.pick(which)
        before = self.seen.get(name)
        self.do(self.store.remove("ada", name, self.now))
        if before is not None and before.status.final:
            self.gone(name)

    @rule()
    def recover(self) -> None:
        assert self.do(self.store.recover(self.now)) == len(self.holders)
        self.holders.clear()

    @rule()
    def expire(self) -> None:
        for name in self.do(self.store.expire(self.now)):
            assert self.seen[name].status.final
            self.gone(name)

    def gone(self, name: str) -> None:
        del self.seen[name]
        self.by_key = {key: whose for key, whose in self.by_key.items() if whose != name}
        assert isinstance(self.do(self.store.get("ada", name)), Removed)

    @invariant()
    def nothing_is_undone(self) -> None:
        page = self.do(self.store.list("ada", limit=100))
        now = {one.id: one for one in page.records}
        for name, old in self.seen.items():
            assert name in now
            assert now[name].version >= old.version
            assert now[name].version > old.version or now[name] == old
            assert not old.status.final or now[name] == old
        for name, one in now.items():
            running = one.status in (Status.IN_PROGRESS, Status.CANCELLING)
            assert running == (name in self.holders)
            assert one.status.final == (one.finished_at is not None)
            assert structs.replace(self.do(record(self.store, name)), input=b"") == one
        counted: dict[tuple[str, Status], int] = {}
        for one in page.records:
            counted[one.type, one.status] = counted.get((one.type, one.status), 0) + 1
        assert self.do(self.store.figures()).tasks == counted
        self.seen = now


AnySequence.TestCase.settings = settings(
    max_examples=40, stateful_step_count=40, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
test_any_sequence = AnySequence.TestCase
