"""Many tasks over one loop: a heap of due times, list pages, errors that stop nobody, and an end that is an end."""

import threading
import tracemalloc
from collections import Counter
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from anyio.lowlevel import checkpoint

from accepted import AsyncClient, Client, auth
from accepted.core import verbs
from accepted.core.contract import Limits
from accepted.core.task import Status, Task
from accepted.core.wire import Dropped, Request, Response
from accepted.drivers.async_ import AsyncDriver
from accepted.drivers.exchange import Lane, Pacer
from accepted.drivers.jobs import Done, Job
from accepted.drivers.journal import NoJournal
from accepted.drivers.performance import Performance
from accepted.drivers.transport import AsyncMemoryTransport, AsyncTransport
from accepted.errors import AuthenticationFailed, ContractBroken, TaskGone, TaskNotFound, Unsupported
from accepted.simulate import handler
from accepted.testing import EPOCH, simulation


def perform(jobs: list[Job]) -> list[Done]:
    with Performance(jobs) as performance:
        return list(performance)


def asked(bench: Any) -> list[tuple[float, str]]:
    return [(at, path.partition("?")[0]) for at, _, path, _, _ in bench.carried]


def workers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "accepted-many"]


# ---- the heap


def test_each_of_a_few_tasks_is_asked_exactly_when_it_would_be_alone(bench: Any) -> None:
    alone = []
    for number in range(3):
        one = bench()
        tasks = one.created(3, apart=7.5)
        perform([one.job(tasks[number])])
        alone += asked(one)
    together = bench()
    perform([together.job(task) for task in together.created(3, apart=7.5)])
    assert Counter(asked(together)) == Counter(alone)
    assert [at for at, _ in asked(together)] == sorted(at for at, _ in alone)


def test_tasks_are_handed_over_in_the_order_in_which_they_end(bench: Any) -> None:
    here = bench()
    tasks = here.created(3, apart=20.0)
    ended = perform([here.job(task) for task in reversed(tasks)])
    assert [done.task.id for done in ended if done.task] == [task.id for task in tasks]
    assert all(done.task and done.task.ok for done in ended)


# ---- list pages


def test_one_list_page_stands_for_many_polls(bench: Any) -> None:
    alone = bench()
    perform([alone.job(alone.created(1)[0])])
    together = bench()
    ended = perform([together.job(task) for task in together.created(30)])
    assert {done.task.status for done in ended if done.task} == {Status.COMPLETED}
    counts = together.double.counts()
    assert counts["lists"] > 0
    assert counts["polls"] + counts["lists"] < 30 * alone.double.counts()["polls"] / 5


@pytest.mark.parametrize(("count", "paged"), [(3, False), (4, True)])
def test_pages_are_worth_it_from_four_tasks_on(bench: Any, count: int, paged: bool) -> None:
    here = bench()
    perform([here.job(task) for task in here.created(count)])
    assert (here.double.counts()["lists"] > 0) is paged


def test_a_task_that_the_page_does_not_show_is_asked_for_by_itself(bench: Any) -> None:
    here = bench()
    tasks = here.created(5)
    here.driver().run(here.operate(tasks[2], "act:archive"))  # archived sessions are hidden from lists
    here.carried.clear()
    ended = perform([here.job(task) for task in tasks])
    assert all(done.task and done.task.ok for done in ended)
    singles = [path for _, path in asked(here) if path.startswith("/sessions/") and "/activities" not in path]
    assert singles
    assert set(singles) == {f"/sessions/{tasks[2].id}"}


def test_a_page_that_is_no_page_falls_back_to_single_polls(bench: Any) -> None:
    here = bench()
    tasks = here.created(5)

    def proxy(request: Request) -> Response | None:
        page = Response(status=200, headers=(("content-type", "text/html"),), body=b"<html>maintenance</html>")
        return page if request.url.partition("?")[0].endswith("/sessions") else None

    here.handle = proxy
    ended = perform([here.job(task) for task in tasks])
    assert all(done.task and done.task.ok for done in ended)


# ---- errors


def test_an_error_of_one_task_stops_no_other_and_is_raised_at_the_end() -> None:
    service = simulation("jules")
    client = service.client
    tasks: list[Any] = [client.create_task(prompt="one"), "jules:404", client.create_task(prompt="two"), "jules:405"]
    seen: list[Task[Any]] = []
    with pytest.raises(TaskNotFound) as caught:
        seen.extend(client.poll_tasks(tasks))
    assert [task.status for task in seen] == [Status.COMPLETED] * 2
    assert caught.value.ref in {"jules:404", "jules:405"}
    assert any("also: " in note and "404" in note for note in caught.value.__notes__)


def test_outcomes_are_no_errors() -> None:
    service = simulation("jules", "failed")
    tasks = [service.client.create_task(prompt=f"number {number}") for number in range(5)]
    assert [task.status for task in service.client.poll_tasks(tasks)] == [Status.FAILED] * 5


def test_a_refused_credential_ends_every_task_and_asks_no_more() -> None:
    service = simulation("jules", "expired-token")
    tasks = [service.client.create_task(prompt=f"number {number}") for number in range(3)]
    with pytest.raises(AuthenticationFailed):
        list(service.client.poll_tasks(tasks))
    assert service.counts()["requests"] == 6


def test_a_wait_that_ends_leaves_the_tasks_running() -> None:
    service = simulation("jules", "slow")
    tasks = [service.client.create_task(prompt=f"number {number}") for number in range(6)]
    ended = list(service.client.poll_tasks(tasks, timeout=30.0))
    assert {task.status.final for task in ended} == {False}
    assert service.clock.now() <= EPOCH + 31.0


def test_no_tasks_end_at_once() -> None:
    assert list(simulation("jules").client.poll_tasks([])) == []


@pytest.mark.parametrize("where", ["journal", "listener"])
def test_an_error_that_nobody_foresaw_ends_its_own_task_only(bench: Any, where: str) -> None:
    here = bench()
    tasks = here.created(2)

    class Broken(NoJournal):
        def perform(self, wish: Any) -> Task[Any] | None:
            raise KeyError("nobody", wish)

    def fail(*_: Any) -> Any:
        raise KeyError("nobody")

    bad = here.job(tasks[0])
    if where == "journal":
        bad.driver.journal = Broken()
    else:
        bad = replace(bad, tell=fail)
    ended = {done.job.task.id: done for done in perform([bad, here.job(tasks[1])])}
    error = ended[tasks[0].id].error
    assert isinstance(error, ContractBroken)
    assert (error.ref, type(error.__cause__)) == (tasks[0].ref, KeyError)
    assert ended[tasks[1].id].task.ok


# ---- a transport that belongs to the caller's loop


class Bound(AsyncTransport):
    """As real ones are: it works on the loop where it was used first, and on no other."""

    def __init__(self, handle: Any) -> None:
        self._memory = AsyncMemoryTransport(handle)
        self._thread = threading.get_ident()

    async def send(self, request: Request, timeout: float) -> Response | Dropped:
        if threading.get_ident() != self._thread:
            raise RuntimeError("bound to a different event loop")
        return await self._memory.send(request, timeout)


async def test_a_transport_of_the_callers_own_is_used_on_its_own_loop_only(anyio_backend_name: str) -> None:
    service = simulation("jules")
    tasks = [service.client.create_task(prompt=f"number {number}") for number in range(6)]
    transport = Bound(handler(service.double, service.clock.now))
    client = AsyncClient(service.contract, **service.settings, transport=transport)
    if anyio_backend_name == "trio":
        with pytest.raises(Unsupported, match="asyncio"):
            await anext(client.poll_tasks(tasks))
        return
    ended = client.poll_tasks(tasks)
    assert (await anext(ended)).ok
    await ended.aclose()  # type: ignore[attr-defined]
    assert [task.ok async for task in client.poll_tasks(tasks)] == [True] * 6
    assert [task async for task in client.poll_tasks([])] == []


# ---- ending early


def test_closing_the_iterator_stops_its_thread_and_its_requests() -> None:
    service = simulation("jules")
    tasks = [service.client.create_task(prompt="soon")]
    service.clock.sleep_until(service.clock.now() + 30.0)
    tasks += [service.client.create_task(prompt=f"late {number}") for number in range(3)]
    ended = service.client.poll_tasks(tasks)
    first = next(iter(ended))
    assert first.id == tasks[0].id
    ended.close()  # type: ignore[attr-defined]
    assert not workers()
    before = service.counts()["requests"]
    assert service.client.get_status(tasks[1]) is not None
    assert service.counts()["requests"] == before + 1


async def test_leaving_an_async_iteration_stops_its_thread() -> None:
    service = simulation("jules")
    tasks = [service.client.create_task(prompt=f"number {number}") for number in range(4)]
    ended = service.async_client.poll_tasks(tasks)
    assert (await anext(ended)).ok
    await ended.aclose()  # type: ignore[attr-defined]
    assert not workers()


def test_an_iterator_that_is_never_started_starts_no_thread() -> None:
    service = simulation("jules")
    task = service.client.create_task(prompt="one")
    before = service.counts()["requests"]
    service.client.poll_tasks([task])
    assert not workers()
    assert service.counts()["requests"] == before


# ---- many


def of_a_minute(count: int) -> tuple[Client[..., Any], list[Task[Any]]]:
    """Tasks that take a minute, and a client that asks for each of them once, after 70 seconds."""
    client = simulation("jules", duration=60.0).client.with_options(min_interval=70.0)
    return client, [client.create_task(prompt=f"number {number}") for number in range(count)]


@pytest.mark.parametrize("count", [200, pytest.param(2000, marks=pytest.mark.soak)])
def test_very_many_tasks_end(count: int) -> None:
    client, tasks = of_a_minute(count)
    assert Counter(task.status for task in client.poll_tasks(tasks)) == {Status.COMPLETED: count}


@pytest.mark.soak
def test_memory_grows_by_a_few_kilobytes_a_task() -> None:
    client, tasks = of_a_minute(300)
    tracemalloc.start()
    try:
        assert sum(task.ok for task in client.poll_tasks(tasks)) == 300
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 300 * 64 * 1024


# ---- lanes


def test_retry_after_parks_only_its_own_lane(bench: Any) -> None:
    """Two credentials of one service: one is told to wait 100 seconds, the other is not disturbed."""
    here = bench()
    tasks = here.created(2)
    told: list[float] = []

    def handle(request: Request) -> Response | None:
        if dict(request.headers)["X-Goog-Api-Key"] == "the-other-key" and not told:
            told.append(round(here.clock.now() - EPOCH, 6))
            return Response(status=429, headers=(("retry-after", "100"),))
        return None

    here.handle = handle
    other = here.job(tasks[1])
    other.driver.lane = Lane(here.contract, here.base_url, auth.source(here.contract, "the-other-key"), "o", Pacer())
    ended = perform([here.job(tasks[0]), other])
    assert all(done.task and done.task.ok for done in ended)
    calm, paused = ([at for at, path in asked(here) if str(task.id) in path] for task in tasks)
    (refused_at,) = told
    assert any(refused_at < at < refused_at + 50.0 for at in calm)
    assert not any(refused_at < at < refused_at + 100.0 for at in paused)
    assert [done.job.task.id for done in ended] == [tasks[0].id, tasks[1].id]


def test_retry_after_parks_every_task_of_its_lane(bench: Any) -> None:
    here = bench()
    tasks = here.created(6, apart=1.0)
    told: list[float] = []

    def handle(request: Request) -> Response | None:
        if not told:
            told.append(here.clock.now())
            return Response(status=429, headers=(("retry-after", "100"),))
        return None

    here.handle = handle
    ended = perform([here.job(task) for task in tasks])
    assert all(done.task and done.task.status is Status.COMPLETED for done in ended)
    refused_at = round(told[0] - EPOCH, 6)
    assert not any(refused_at < at < refused_at + 100.0 for at, _ in asked(here))


def test_gone_is_an_outcome_of_its_own(bench: Any) -> None:
    here = bench("gone")
    ended = perform([here.job(task) for task in here.created(5)])
    assert {done.task.status for done in ended if done.task} == {Status.GONE}
    assert TaskGone.exit_code == 4


# ---- places among the requests


class Counting(AsyncMemoryTransport):
    """Counts how many requests are under way at once."""

    now = most = 0

    async def send(self, request: Request, timeout: float) -> Response | Dropped:
        self.now += 1
        self.most = max(self.most, self.now)
        for _ in range(3):
            await checkpoint()
        self.now -= 1
        return await super().send(request, timeout)


def looks(here: Any, tasks: list[Task[Any]], at_once: int, transport: AsyncTransport) -> list[Job]:
    """Jobs that ask at once, under a contract that allows so many requests."""
    here.contract = replace(here.contract, limits=Limits(requests_at_once=at_once))
    here.lane = replace(here.lane, contract=here.contract)
    driver = partial(AsyncDriver, here.lane, transport, here.ledger, here.clock)
    return [Job(task, verbs.look(here.terms, task, results=False), driver()) for task in tasks]


@pytest.mark.parametrize("at_once", [1, 3, 40])
def test_as_many_requests_are_under_way_as_the_contract_allows(bench: Any, at_once: int) -> None:
    here = bench()
    transport = Counting(here.answer)
    ended = perform(looks(here, here.created(50), at_once, transport))
    assert [done.error for done in ended] == [None] * 50
    assert transport.most <= at_once
    assert transport.most > at_once * 0.7  # how many meet at one moment is for the loop to say


def test_a_slow_journal_takes_no_place_of_a_request(bench: Any) -> None:
    """The journal of one task stands still until the other has been asked for, with one place for both."""
    here = bench()
    asked_for = threading.Event()

    class Slow(NoJournal):
        def perform(self, wish: Any) -> Task[Any] | None:
            assert asked_for.wait(10)
            return super().perform(wish)

    def handle(_: Request) -> None:
        asked_for.set()

    tasks = here.created(2)
    here.handle = handle
    jobs = looks(here, tasks, 1, AsyncMemoryTransport(here.answer))
    jobs[0].driver.journal = Slow()
    assert [done.error for done in perform(jobs)] == [None, None]
