"""The same key gives back the same task: in one process, in the next one, and while another is creating it."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from accepted import BadRequest, Client, CreateUnknown, Status
from accepted.core.contract import Keyed
from accepted.core.events import Save
from accepted.core.task import Task
from accepted.core.verbs import Claim
from accepted.core.wire import Dropped, Request, Response
from accepted.drivers.journal import Journal
from accepted.testing import EPOCH, VirtualClock

WIDGET = "github/acme/widget"


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Journal]:
    journal = Journal(tmp_path / "journal.db")
    yield journal
    journal.close()


def keyed(here: Any, journal: Journal | None, key: str | None = "nightly", **settings: Any) -> Any:
    return here.client(journal=journal, **settings).with_options(key=key)


def test_the_same_key_and_inputs_give_back_the_task(bench: Any, kept: Journal) -> None:
    here = bench()
    first = keyed(here, kept).create_task(prompt="Fix it", source=WIDGET)
    again = keyed(here, kept).create_task(prompt="Fix it", source=WIDGET)
    assert (again.id, again.key) == (first.id, "nightly")
    assert here.asked() == ["POST /sessions"]


def test_a_key_is_good_for_a_finished_task_too(bench: Any, kept: Journal) -> None:
    here = bench()
    done = keyed(here, kept).run_task(prompt="Fix it")
    again = keyed(here, kept).run_task(prompt="Fix it")
    assert (again.id, again.result.message) == (done.id, "Done: Fix it")
    assert here.counts()["creates"] == 1


def test_a_key_with_other_inputs_is_refused(bench: Any, kept: Journal) -> None:
    here = bench()
    first = keyed(here, kept).create_task(prompt="Fix it")
    with pytest.raises(BadRequest, match="'nightly' was used with other inputs") as caught:
        keyed(here, kept).create_task(prompt="Break it")
    assert (caught.value.ref, caught.value.task.id) == (first.ref, first.id)
    assert here.counts()["creates"] == 1


DIFFERENT: list[dict[str, Any]] = [{"key": "weekly"}, {"key": None}, {"auth": "the-key-of-somebody-else"}]


@pytest.mark.parametrize("other", DIFFERENT, ids=["key", "none", "credential"])
def test_another_key_or_credential_is_another_task(bench: Any, kept: Journal, other: dict[str, Any]) -> None:
    here = bench()
    keyed(here, kept).create_task(prompt="Fix it")
    keyed(here, kept, **other).create_task(prompt="Fix it")
    assert here.counts()["committed"] == 2


def test_a_key_that_nobody_would_keep_is_refused(bench: Any) -> None:
    here = bench()
    with pytest.raises(BadRequest, match="a key needs a journal"):
        keyed(here, None)
    assert here.asked() == []


def test_a_service_that_honours_keys_needs_no_journal_for_them(bench: Any) -> None:
    there = bench()
    (commits,) = there.contract.create
    contract = replace(there.contract, safe=Keyed(), create=(replace(commits, repeat="keyed"),))
    here = bench(contract=contract)
    assert keyed(here, None).create_task(prompt="Fix it").key == "nightly"


def test_a_refused_create_frees_its_key(bench: Any, kept: Journal) -> None:
    here = bench()
    with pytest.raises(BadRequest):
        keyed(here, kept).create_task(prompt="Fix it", source="github/nobody/nothing")
    assert keyed(here, kept).create_task(prompt="Fix it", source=WIDGET).id
    assert here.counts()["committed"] == 1


def test_a_key_whose_create_was_lost_looks_for_it_and_never_creates_again(bench: Any, kept: Journal) -> None:
    here = bench("lost-answer")
    hidden = Response(status=503)
    here.instead = lambda request: hidden if request.method == "GET" else None
    with pytest.raises(CreateUnknown):
        keyed(here, kept).create_task(prompt="Fix it")
    here.instead = lambda _: None
    found = keyed(here, kept).create_task(prompt="Fix it")
    assert found.id == here.counts()["ids"][0]
    assert here.counts()["creates"] == 1


# ---- another process is creating it


def elsewhere(here: Any, **facts: Any) -> Task[Any]:
    """What another process wrote before it began: the same key and inputs."""
    task = here.client(journal=None).create_task(prompt="Fix it")
    here.sent.clear()
    known = {name: getattr(task, name) for name in ("service", "base_url", "account", "digest")}
    return Task(**known, key="nightly", marker="accepted-0123456789ab", **facts)


class Meanwhile(VirtualClock):
    """A clock during whose first wait past 5 seconds something happens elsewhere."""

    def __init__(self, happens: Callable[[], object]) -> None:
        super().__init__()
        self._happens: Callable[[], object] | None = happens

    def sleep_until(self, moment: float) -> None:
        super().sleep_until(moment)
        if self._happens and self.now() >= EPOCH + 5.0:
            happens, self._happens = self._happens, None
            happens()

    async def wait_until(self, moment: float) -> None:
        self.sleep_until(moment)


def test_a_create_that_is_under_way_elsewhere_is_waited_for(bench: Any, kept: Journal) -> None:
    here = bench()
    theirs = elsewhere(here)
    kept.perform(Claim(theirs))
    answered = replace(theirs, id="314", status=Status.QUEUED)
    clock = Meanwhile(lambda: kept.perform(Save(answered)))
    task = keyed(here, kept, clock=clock).create_task(prompt="Fix it")
    assert (task.id, task.marker) == ("314", theirs.marker)
    assert here.sent == []


def test_a_create_that_was_refused_elsewhere_is_ours_to_make(bench: Any, kept: Journal) -> None:
    here = bench()
    theirs = elsewhere(here)
    kept.perform(Claim(theirs))
    clock = Meanwhile(lambda: kept.forget(theirs.marker))
    task = keyed(here, kept, clock=clock).create_task(prompt="Fix it")
    assert task.marker != theirs.marker
    assert here.asked() == ["POST /sessions"]
    assert EPOCH + 5.0 <= clock.now() < EPOCH + 10.0


def test_a_create_whose_process_died_before_sending_is_sent_once(bench: Any, kept: Journal) -> None:
    """It was claimed and never left: after the time that a request may take it is ours to send."""
    here = bench()
    kept.perform(Claim(elsewhere(here)))
    task = keyed(here, kept).create_task(prompt="Fix it")
    assert task.id
    assert here.asked().count("POST /sessions") == 1
    assert here.clock.now() >= EPOCH + 29.0


# ---- several clients, one task


def test_two_clients_resuming_one_task_both_see_its_end(bench: Any, kept: Journal) -> None:
    here = bench()
    ref = here.client(journal=kept).create_task(prompt="Fix it").ref
    ends = [here.client(journal=kept).poll_task(ref) for _ in range(2)]
    assert [task.result.message for task in ends] == ["Done: Fix it"] * 2
    assert ends[0].status is Status.COMPLETED


def test_two_clients_resuming_one_lost_create_adopt_the_same(bench: Any, kept: Journal) -> None:
    here = bench("lost-answer")
    here.instead = lambda request: Response(status=503) if request.method == "GET" else None
    with pytest.raises(CreateUnknown) as caught:
        here.client(journal=kept).create_task(prompt="Fix it")
    here.instead = lambda _: None
    ids = {here.client(journal=kept).poll_task(caught.value.ref).id for _ in range(2)}
    assert ids == {here.counts()["ids"][0]}
    assert here.counts()["creates"] == 1


def test_two_clients_at_once_neither_disturb_nor_double(bench: Any, kept: Journal) -> None:
    """Each sees the other's writes: what one read first is not taken back by the other."""
    here = bench()
    task = here.client(journal=kept).create_task(prompt="Fix it")
    first, second = (iter(here.client(journal=kept).watch_task(task.ref)) for _ in range(2))
    seen = [next(first), next(second), *first, *second]
    assert seen[-1].status is Status.COMPLETED
    (row,) = kept.tasks()
    assert (row.status, row.anomalies) == (Status.COMPLETED, ())
    assert here.counts()["committed"] == 1


def test_a_task_that_finished_elsewhere_is_known_to_be_final(bench: Any, kept: Journal) -> None:
    here = bench()
    task = here.client(journal=kept).create_task(prompt="Fix it")
    here.client(journal=kept).poll_task(task)
    here.sent.clear()
    assert here.client(journal=kept).poll_task(task).result.message == "Done: Fix it"
    assert here.sent == []  # its result documents are in the journal, too


# ---- clocks


class Jumpy:
    """A clock whose wall time is set while somebody waits: by `jump` seconds at the first sleep."""

    def __init__(self, now: float, jump: float) -> None:
        self._now = now
        self._jump = jump

    def now(self) -> float:
        return self._now

    def sleep_until(self, moment: float) -> None:
        self._now = max(self._now, moment) + self._jump
        self._jump = 0.0

    async def wait_until(self, moment: float) -> None:
        self.sleep_until(moment)


DAY = 86400.0


@pytest.mark.parametrize("jump", [DAY, 3600.0, -3600.0, -DAY])
def test_a_clock_that_jumps_while_a_task_is_waited_for_loses_nothing(bench: Any, jump: float) -> None:
    """The service's time goes on as it did; ours says something else from the first sleep on."""
    here = bench("happy")
    task = here.client().create_task(prompt="Fix it")
    clock = Jumpy(EPOCH, jump)
    began = EPOCH

    def handle(request: Request) -> Response | Dropped | None:
        real = clock.now() - (jump if clock._jump == 0.0 else 0.0)
        return here.service.double.answer(request, max(began, real))

    here.instead = handle
    ended = here.client(clock=clock).poll_task(task, timeout=30 * DAY, check=False)
    assert ended.status is Status.COMPLETED
    assert 0 < len(here.sent) < 60


@pytest.mark.parametrize("jump", [DAY, -DAY])
def test_a_task_is_resumed_under_a_clock_that_was_set(bench: Any, kept: Journal, jump: float) -> None:
    """A task created before the clock was set is neither asked in a rush nor left alone for a day."""
    here = bench()
    task = here.client(journal=kept).create_task(prompt="Fix it")
    here.instead = lambda request: here.service.double.answer(request, max(EPOCH, clock.now() - jump))
    clock = Jumpy(EPOCH + jump, 0.0)
    client: Client[..., Any] = here.client(journal=kept, clock=clock)
    assert client.poll_task(task.ref, timeout=600.0).ok
    assert clock.now() - jump < EPOCH + 130.0
    assert len(here.sent) < 40
