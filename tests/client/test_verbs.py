"""Every method of both clients over a simulated service, in virtual time; what was sent is looked at as well."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from anyio import CancelScope

from accepted import (
    AcceptedError,
    Artifact,
    AsyncClient,
    BadRequest,
    Client,
    ConnectionFailed,
    CreateUnknown,
    InputRequired,
    OutcomeUnknown,
    PollTimeout,
    RateLimited,
    ServiceError,
    Status,
    TaskFailed,
    TaskGone,
    TaskNotFound,
    Unsupported,
)
from accepted.core.wire import Dropped, Request, Response
from accepted.drivers.journal import Journal
from accepted.drivers.transport import AsyncMemoryTransport, MemoryTransport
from accepted.services import jules
from accepted.simulate import handler
from accepted.testing import EPOCH, simulation

WIDGET = "github/acme/widget"


# ---- create


def test_create_returns_at_once_while_the_task_runs_on(bench: Any) -> None:
    here = bench()
    task = here.client().create_task(prompt="Fix it", source=WIDGET)
    assert (here.asked(), here.clock.now()) == (["POST /sessions"], EPOCH)
    assert (task.service, task.status, task.ok) == ("jules", Status.QUEUED, False)
    assert task.id == here.counts()["ids"][0]
    assert task.ref == f"jules:{task.id}"
    assert task.created_at.timestamp() == EPOCH
    with pytest.raises(BadRequest, match="poll_task"):
        _ = task.result


def test_two_creates_are_two_tasks(bench: Any) -> None:
    here = bench()
    client = here.client()
    assert client.create_task(prompt="Fix it").id != client.create_task(prompt="Fix it").id
    assert here.counts()["committed"] == 2


def test_a_throttled_create_waits_and_creates_once(bench: Any) -> None:
    here = bench("throttled")
    here.client().create_task(prompt="Fix it")
    assert here.asked() == ["POST /sessions"] * 2
    assert here.clock.now() >= EPOCH + 1.0
    assert (here.counts()["committed"], here.counts()["too_early"]) == (1, 0)


def test_a_create_whose_answer_is_lost_is_found_again(bench: Any) -> None:
    here = bench("lost-answer", "eventual")
    task = here.client().create_task(prompt="Fix it", title="mine")
    assert (task.id, task.title) == (here.counts()["ids"][0], "mine")
    assert here.counts()["creates"] == 1


def test_a_create_that_cannot_be_found_again_is_unknown(bench: Any) -> None:
    here = bench()
    here.instead = lambda request: Dropped(reason="reset") if request.method == "POST" else None
    with pytest.raises(CreateUnknown) as caught:
        here.client().create_task(prompt="Fix it")
    assert here.asked().count("POST /sessions") == 1
    assert here.clock.now() >= EPOCH + jules.contract.grace
    assert caught.value.ref.startswith("jules:@accepted-")
    assert caught.value.task.status is Status.SUBMITTING
    assert caught.value.exit_code == 9


# ---- poll


def test_poll_waits_until_the_end(bench: Any) -> None:
    here = bench()
    client = here.client()
    task = client.poll_task(client.create_task(prompt="Fix it", source=WIDGET, auto_create_pr=True))
    assert (task.status, task.ok) == (Status.COMPLETED, True)
    assert EPOCH + 60.0 <= here.clock.now() <= EPOCH + 68.0  # noticed within a tenth of its duration
    assert task.result.message == "Done: Fix it"
    assert task.result.diff.startswith("diff --git")
    assert task.result.pull_requests[0].url.startswith("https://github.com/acme/widget/pull/")
    assert task.finished_at is not None


def test_the_first_wait_counts_too(bench: Any) -> None:
    here = bench()
    client = here.client()
    task = client.create_task(prompt="Fix it")
    here.instead = lambda request: pytest.fail("too early") if here.clock.now() < EPOCH + 2.0 else None
    assert client.poll_task(task).ok


OUTCOMES = [
    ("failed", TaskFailed, Status.FAILED, 3, "The tests still fail after 3 attempts"),
    ("gone", TaskGone, Status.GONE, 4, "Requested entity was not found"),
    ("needs-input", InputRequired, Status.INPUT_REQUIRED, 6, "Which branch should this go to?"),
    ("stuck", PollTimeout, Status.IN_PROGRESS, 5, "the task goes on"),
]


@pytest.mark.parametrize("row", OUTCOMES, ids=[row[0] for row in OUTCOMES])
def test_what_did_not_complete_is_raised(bench: Any, row: Any) -> None:
    scenario, kind, status, code, told = row
    client = bench(scenario).client()
    task = client.create_task(prompt="Fix it")
    with pytest.raises(kind) as caught:
        client.poll_task(task, timeout=600.0)
    assert told in str(caught.value)
    assert (caught.value.task.status, caught.value.ref, caught.value.exit_code) == (status, task.ref, code)


@pytest.mark.parametrize(("scenario", "status"), [(row[0], row[2]) for row in OUTCOMES])
def test_unless_that_is_not_wanted(bench: Any, scenario: str, status: Status) -> None:
    client = bench(scenario).client()
    task = client.poll_task(client.create_task(prompt="Fix it"), timeout=600.0, check=False)
    assert (task.status, task.ok) == (status, False)


def test_other_errors_are_raised_all_the_same(bench: Any) -> None:
    with pytest.raises(TaskNotFound):
        bench().client().poll_task("jules:404", check=False)


def test_on_update_is_told_of_changes_only(bench: Any) -> None:
    here = bench()
    client = here.client()
    told: list[Any] = []
    client.poll_task(client.create_task(prompt="Fix it"), on_update=told.append)
    assert [task.status for task in told][-1] is Status.COMPLETED
    assert {task.progress.text for task in told if task.progress} >= {"the plan is ready", "Ran the tests"}
    seen = [(task.status, task.service_status, task.progress, task.message) for task in told]
    assert all(one != other for one, other in pairwise(seen))
    assert len(told) < here.counts()["polls"] + 2


def test_no_request_leaves_after_the_timeout(bench: Any) -> None:
    here = bench("stuck")
    client = here.client()
    task = client.create_task(prompt="Fix it")
    moments: list[float] = []
    here.instead = lambda request: moments.append(here.clock.now())
    with pytest.raises(PollTimeout):
        client.poll_task(task, timeout=100.0)
    assert EPOCH + 99.0 < moments[-1] <= EPOCH + 100.0  # one last look before it
    assert here.clock.now() <= EPOCH + 100.0


def test_a_timeout_of_nothing_looks_once(bench: Any) -> None:
    here = bench()
    client = here.client()
    with pytest.raises(PollTimeout):
        client.poll_task(client.create_task(prompt="Fix it"), timeout=0.0)
    assert here.counts()["polls"] <= 1


def test_an_outage_of_minutes_is_borne(bench: Any) -> None:
    here = bench()
    client = here.client()
    task = client.create_task(prompt="Fix it")
    down = Response(status=502, headers=(("content-type", "text/html"),), body=b"<html>Bad gateway")
    here.instead = lambda _: down if EPOCH + 10.0 < here.clock.now() < EPOCH + 130.0 else None
    assert client.poll_task(task).ok


# ---- one look


@pytest.mark.parametrize("scenario", ["happy", "throttled", "eventual", "stuck", "unknown-word", "failed"])
def test_get_status_is_one_request_and_no_wait(bench: Any, scenario: str) -> None:
    here = bench(scenario)
    client = here.client()
    task = client.create_task(prompt="Fix it")
    here.clock.sleep_until(EPOCH + 200.0)
    here.sent.clear()
    assert client.get_status(task) is not None
    assert here.asked() == [f"GET /sessions/{task.id}", *here.asked()[1:]]
    assert [path for path in here.asked() if "/activities" not in path] == [f"GET /sessions/{task.id}"]
    assert here.clock.now() == EPOCH + 200.0


def test_get_status_makes_exactly_one_request(bench: Any) -> None:
    """Also while the session says that something new happened: a look at the status needs no progress."""
    here = bench()
    client = here.client()
    task = client.create_task(prompt="Fix it")
    for seconds in (5.0, 30.0, 70.0):
        here.clock.sleep_until(EPOCH + seconds)
        here.sent.clear()
        client.get_status(task)
        assert here.asked() == [f"GET /sessions/{task.id}"]


def test_a_look_reports_what_a_wait_would_bear(bench: Any) -> None:
    here = bench()
    client = here.client()
    task = client.create_task(prompt="Fix it")
    for answer, kind in [
        (Response(status=503), ServiceError),
        (Response(status=429, headers=(("retry-after", "7"),)), RateLimited),
        (Dropped(reason="reset"), ConnectionFailed),
    ]:
        here.instead = lambda _, answer=answer: answer
        here.sent.clear()
        with pytest.raises(kind):
            client.get_status(task)
        assert len(here.sent) == 1
        here.clock.sleep_until(here.clock.now() + 60.0)


def test_get_task_has_the_result_where_it_is_final(bench: Any) -> None:
    here = bench()
    client = here.client()
    task = client.create_task(prompt="Fix it", source=WIDGET)
    assert client.get_task(task).value is None
    here.clock.sleep_until(EPOCH + 60.0)
    done = client.get_task(task)
    assert (done.status, done.result.message) == (Status.COMPLETED, "Done: Fix it")
    assert here.clock.now() == EPOCH + 60.0


# ---- many


def test_run_task_creates_and_waits(bench: Any) -> None:
    here = bench()
    assert here.client().run_task(prompt="Fix it").result.message == "Done: Fix it"
    assert here.counts()["creates"] == 1


def test_run_task_keeps_to_the_timeout_of_its_client(bench: Any) -> None:
    here = bench("stuck")
    with pytest.raises(PollTimeout):
        here.client().with_options(timeout=30.0).run_task(prompt="Fix it")
    assert here.clock.now() <= EPOCH + 30.0


def test_poll_tasks_yields_each_as_it_ends(bench: Any) -> None:
    here = bench()
    client = here.client()
    first = client.create_task(prompt="first")
    here.clock.sleep_until(EPOCH + 30.0)
    second = client.create_task(prompt="second")
    ended = list(client.poll_tasks([second, first.ref]))
    assert [task.id for task in ended] == [first.id, second.id]
    assert [task.result.message for task in ended] == ["Done: first", "Done: second"]


def test_watch_task_shows_every_change(bench: Any) -> None:
    here = bench()
    client = here.client()
    task = client.create_task(prompt="Fix it")
    statuses = [seen.status for seen in client.watch_task(task)]
    assert statuses[0] in {Status.QUEUED, Status.IN_PROGRESS}
    assert statuses[-1] is Status.COMPLETED


@pytest.mark.parametrize("scenario", ["failed", "gone", "needs-input"])
def test_watch_task_raises_for_no_outcome(bench: Any, scenario: str) -> None:
    client = bench(scenario).client()
    *_, last = client.watch_task(client.create_task(prompt="Fix it"))
    assert last.status in {Status.FAILED, Status.GONE, Status.INPUT_REQUIRED}


# ---- lists


def test_list_pages_by_itself_and_only_as_far_as_it_is_read(bench: Any) -> None:
    here = bench()
    client = here.client()
    ids = [client.create_task(prompt=f"number {number}").id for number in range(230)]
    here.sent.clear()
    found = iter(client.list_tasks())
    assert next(found).id == ids[-1]
    assert len(here.sent) == 1
    assert [task.id for task in found] == ids[-2::-1]
    assert len(here.sent) == 3


@pytest.mark.parametrize(("limit", "pages"), [(1, 1), (100, 1), (101, 2), (1000, 3)])
def test_list_stops_at_its_limit(bench: Any, limit: int, pages: int) -> None:
    here = bench()
    client = here.client()
    for number in range(230):
        client.create_task(prompt=f"number {number}")
    here.sent.clear()
    assert len(list(client.list_tasks(limit=limit))) == min(limit, 230)
    assert len(here.sent) == pages


@pytest.mark.parametrize("status", [Status.COMPLETED, "completed"], ids=["member", "word"])
def test_list_of_one_status(bench: Any, status: Any) -> None:
    here = bench()
    client = here.client()
    old = client.create_task(prompt="old")
    here.clock.sleep_until(EPOCH + 60.0)
    client.create_task(prompt="new")
    assert [task.id for task in client.list_tasks(status=status)] == [old.id]
    assert [task.id for task in client.list_tasks(status=status, limit=1)] == [old.id]
    assert list(client.list_tasks(status="failed")) == []


def test_list_of_no_such_status(bench: Any) -> None:
    here = bench()
    with pytest.raises(BadRequest, match=r"'done'.*completed"):
        list(here.client().list_tasks(status="done"))
    assert here.sent == []


def test_listed_tasks_can_be_used_as_they_are(bench: Any) -> None:
    here = bench()
    client = here.client()
    client.create_task(prompt="Fix it", title="mine")
    (task,) = client.list_tasks()
    assert task.title == "mine"
    assert client.poll_task(task).ok


# ---- acts, items, files, usage


def test_cancel_is_unsupported_before_any_request(bench: Any) -> None:
    here = bench()
    client = here.client()
    task = client.create_task(prompt="Fix it")
    here.sent.clear()
    for ask in (
        lambda: client.cancel_task(task),
        lambda: client.cancel_task("jules:314"),
        client.get_usage,
        lambda: client.act(task, "rerun"),
    ):
        with pytest.raises(
            Unsupported, match=r"Google Jules has no .*(it has: create, poll|it has: approve_plan)"
        ) as caught:
            ask()
        assert (caught.value.service, caught.value.exit_code) == ("jules", 2)
    assert here.sent == []


def test_an_act_goes_on_with_the_task(bench: Any) -> None:
    here = bench()
    client = here.client()
    task = client.poll_task(client.create_task(prompt="Fix it", require_plan_approval=True), check=False)
    assert (task.status, task.reason) == (Status.INPUT_REQUIRED, "approve")
    task = client.act(task, "approve_plan")
    assert task.status is Status.IN_PROGRESS
    assert client.poll_task(task).ok


def test_an_act_reopens_what_was_final_as_the_next_attempt(bench: Any) -> None:
    client = bench().client()
    task = client.run_task(prompt="Fix it")
    task = client.act(task, "send_message", prompt="Rename it")
    assert (task.status.final, task.attempt) == (False, 2)
    task = client.poll_task(task)
    assert (task.attempt, task.result.message) == (2, "Done: Fix it")


@pytest.mark.parametrize(
    ("name", "inputs", "told"),
    [
        ("send_message", {}, "missing input 'prompt'"),
        ("send_message", {"prompt": 7}, "input 'prompt'"),
        ("send_message", {"prompt": "x", "tone": "kind"}, "unknown input 'tone'"),
        ("approve_plan", {"plan": "p"}, "takes no inputs"),
    ],
)
def test_inputs_of_an_act_are_checked_before_it_is_sent(
    bench: Any, name: str, inputs: dict[str, Any], told: str
) -> None:
    here = bench()
    with pytest.raises(BadRequest, match=told):
        here.client().act("jules:314", name, **inputs)
    assert here.sent == []


def test_an_act_whose_answer_is_lost_is_not_repeated(bench: Any) -> None:
    here = bench()
    client = here.client()
    task = client.create_task(prompt="Fix it")
    here.instead = lambda _: Dropped(reason="reset")
    here.sent.clear()
    with pytest.raises(OutcomeUnknown) as caught:
        client.act(task, "send_message", prompt="Rename it")
    assert len(here.sent) == 1
    assert (caught.value.ref, caught.value.exit_code) == (task.ref, 9)


def test_items_are_read_page_by_page(bench: Any) -> None:
    here = bench("huge")
    client = here.client()
    task = client.create_task(prompt="Fix it")
    here.clock.sleep_until(EPOCH + 60.0)
    here.sent.clear()
    items = client.iter_items(task)
    first = next(iter(items))
    assert first["name"].startswith(f"sessions/{task.id}/activities/")
    assert len(here.sent) == 1
    rest = list(items)
    assert len(rest) > 300
    assert len(here.sent) == 4
    times = [item["createTime"] for item in rest]
    assert times == sorted(times)


def test_artifacts_are_written_whole_or_not_at_all(bench: Any, tmp_path: Path) -> None:
    here = bench()
    client = here.client()
    task = client.run_task(prompt="Fix it", source=WIDGET)
    here.sent.clear()
    patch = next(one for one in task.artifacts if one.name == "changes.patch")
    assert client.download(patch, tmp_path) == tmp_path / "changes.patch"
    assert client.download(patch, tmp_path / "mine.diff").read_text() == task.result.diff
    assert here.sent == []  # Jules gives them inline
    with pytest.raises(BadRequest):
        client.download(Artifact(name="nothing"), tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == ["changes.patch", "mine.diff"]


def test_an_artifact_is_fetched_from_its_url(bench: Any, tmp_path: Path) -> None:
    here = bench()
    here.instead = lambda request: Response(status=200, body=b"content") if "/files/" in request.url else None
    url = f"{here.service.settings['base_url']}/files/1"
    path = here.client().download(Artifact(name="a.txt", url=url), tmp_path)
    assert path.read_bytes() == b"content"


@pytest.mark.parametrize(("name", "file"), [("../../evil", "evil"), ("/etc/passwd", "passwd"), ("a/b/c.txt", "c.txt")])
def test_the_name_of_an_artifact_leads_nowhere_else(bench: Any, tmp_path: Path, name: str, file: str) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    assert bench().client().download(Artifact(name=name, content=b"x"), folder) == folder / file


def test_a_download_that_is_refused_leaves_no_file(bench: Any, tmp_path: Path) -> None:
    here = bench()
    here.instead = lambda _: Response(status=403, body=b'{"error": {"message": "the link has expired"}}')
    with pytest.raises(AcceptedError, match="the link has expired"):
        here.client().download(Artifact(name="a", url=f"{here.service.settings['base_url']}/files/1"), tmp_path / "a")
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == []


# ---- options


def test_min_interval_is_kept_between_two_polls(bench: Any) -> None:
    here = bench()
    client = here.client().with_options(min_interval=25.0)
    task = client.create_task(prompt="Fix it")
    moments: list[float] = []
    path = f"/sessions/{task.id}"
    here.instead = lambda request: moments.append(here.clock.now()) if request.url.endswith(path) else None
    client.poll_task(task)
    gaps = [after - before for before, after in zip([EPOCH, *moments[:-1]], moments, strict=True)]
    assert min(gaps) >= 25.0


def test_options_are_added_to_those_that_were_there(bench: Any) -> None:
    here = bench("stuck")
    client = here.client().with_options(timeout=50.0).with_options(min_interval=20.0)
    task = client.poll_task(client.create_task(prompt="Fix it"), check=False)
    assert here.clock.now() <= EPOCH + 50.0
    assert here.counts()["polls"] <= 4
    assert not task.status.final


def test_a_timeout_of_the_call_wins(bench: Any) -> None:
    here = bench("stuck")
    client = here.client().with_options(timeout=500.0)
    client.poll_task(client.create_task(prompt="Fix it"), timeout=20.0, check=False)
    assert here.clock.now() <= EPOCH + 20.0


# ---- names of a task


def test_a_task_a_ref_and_an_id_are_the_same(bench: Any) -> None:
    here = bench()
    client = here.client()
    task = client.create_task(prompt="Fix it")
    here.clock.sleep_until(EPOCH + 60.0)
    for name in (task, task.ref, task.id):
        assert client.get_status(name) is Status.COMPLETED
        assert client.get_task(name).result.message == "Done: Fix it"
        assert client.poll_task(name).ok
        assert [one.ok for one in client.poll_tasks([name])] == [True]
        assert [one.status for one in client.watch_task(name)][-1] is Status.COMPLETED
        assert len(list(client.iter_items(name))) > 3
        assert client.act(name, "archive").id == task.id


ODD_IDS = ["a/b", "..%2f", "jules", "x:y", "ü", "a b", "%41", "@x"]


@pytest.mark.parametrize("name", ODD_IDS)
def test_an_id_is_encoded_on_its_way(bench: Any, name: str) -> None:
    here = bench()
    with pytest.raises(TaskNotFound):
        here.client().get_status(name)
    path = here.asked()[0].removeprefix("GET /sessions/")
    assert set(path) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789%-._~")
    assert path.count("/") == 0


@pytest.mark.parametrize("name", [".", ".."])
def test_an_id_that_would_lead_elsewhere_is_refused(bench: Any, name: str) -> None:
    here = bench()
    with pytest.raises(BadRequest):
        here.client().get_status(name)
    assert here.sent == []


def test_a_task_of_another_service_is_refused(bench: Any) -> None:
    here = bench()
    other: Any = replace(jules.contract, name="toy")
    toy = bench(contract=other).client()
    task = here.client().create_task(prompt="Fix it")
    here.sent.clear()
    for name in (task, task.ref):
        with pytest.raises(BadRequest, match="jules"):
            toy.get_status(name)
    with pytest.raises(BadRequest, match="toy"):
        here.client().get_status(replace(task, service="toy"))
    assert here.sent == []


def test_a_ref_without_an_id_needs_the_journal(bench: Any) -> None:
    here = bench()
    with pytest.raises(BadRequest, match="not in the journal") as caught:
        here.client().poll_task("jules:@accepted-0123456789ab")
    assert (caught.value.service, caught.value.ref) == ("jules", "jules:@accepted-0123456789ab")
    assert here.sent == []


# ---- what errors carry

ERRORS: list[tuple[int, tuple[tuple[str, str], ...], type[AcceptedError], float | None]] = [
    (400, (), BadRequest, None),
    (401, (), AcceptedError, None),
    (403, (), AcceptedError, None),
    (404, (), TaskNotFound, None),
    (409, (), BadRequest, None),
    (410, (), TaskGone, None),
    (418, (), BadRequest, None),
    (422, (), BadRequest, None),
    (429, (("retry-after", "7"),), RateLimited, 7.0),
    (500, (), ServiceError, None),
    (503, (("retry-after", "11"),), ServiceError, 11.0),
    (504, (), ServiceError, None),
]


@pytest.mark.parametrize(("code", "fields", "kind", "wish"), ERRORS, ids=[str(row[0]) for row in ERRORS])
def test_an_error_carries_what_is_needed_to_act(
    bench: Any, code: int, fields: Any, kind: type[AcceptedError], wish: float | None
) -> None:
    here = bench()
    client = here.client()
    body = b'{"error": {"code": %d, "message": "because of reasons", "status": "X"}}' % code
    here.instead = lambda _: Response(status=code, headers=(*fields, ("x-request-id", "req-42")), body=body)
    with pytest.raises(kind) as caught:
        client.act("jules:314", "archive")
    error = caught.value
    assert "because of reasons" in str(error)
    assert (error.service, error.ref, error.status_code, error.request_id) == ("jules", "jules:314", code, "req-42")
    assert error.retry_after == wish
    assert error.problem["error"]["message"] == "because of reasons"


def test_a_lost_connection_names_service_and_task(bench: Any) -> None:
    here = bench()
    here.instead = lambda _: Dropped(reason="not reached: refused", sent=False)
    with pytest.raises(ConnectionFailed, match="Google Jules: not reached: refused") as caught:
        here.client().get_status("jules:314")
    assert (caught.value.service, caught.value.ref, caught.value.status_code) == ("jules", "jules:314", None)


def test_a_request_that_never_left_is_sent_again(bench: Any) -> None:
    here = bench()
    here.instead = lambda _: Dropped(reason="refused", sent=False) if len(here.sent) < 3 else None
    assert here.client().create_task(prompt="Fix it").id
    assert here.counts()["committed"] == 1


def test_closing_does_not_close_what_was_given(bench: Any) -> None:
    here = bench()
    client = here.client()
    client.close()
    assert client.create_task(prompt="Fix it").id


def request_of(here: Any) -> Request:
    return here.sent[-1]


def test_a_request_says_what_it_takes(bench: Any) -> None:
    here = bench()
    here.client().create_task(prompt="Fix it")
    fields = {name.lower(): value for name, value in request_of(here).headers}
    assert (fields["accept"], fields["content-type"]) == ("application/json", "application/json")


OWN = [
    ({}, ["journal"]),
    ({"journal": "given"}, []),
    ({"transport": None}, ["journal", "transport"]),
    ({"transport": None, "journal": "given"}, ["transport"]),
]


@pytest.mark.parametrize(("settings", "closed"), OWN, ids=["transport", "both", "nothing", "journal"])
async def test_each_thing_is_closed_by_whoever_made_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: dict[str, Any], closed: list[str]
) -> None:
    monkeypatch.setenv("ACCEPTED_HOME", str(tmp_path))
    told: list[str] = []

    async def later() -> None:
        told.append("transport")

    for kind, memory in ((Client, MemoryTransport), (AsyncClient, AsyncMemoryTransport)):
        told.clear()
        every = {"transport": memory(lambda _: Response(status=500)), **settings}
        if "journal" in every:
            every["journal"] = Journal(tmp_path / "given.db")
        client: Any = kind(jules.contract, **every)
        monkeypatch.setattr(client._bench.journal, "close", lambda: told.append("journal"))
        close = later if kind is AsyncClient else lambda: told.append("transport")
        monkeypatch.setattr(client._bench.transport, "close", close)
        other = client.with_options(timeout=1.0)
        for one in (other, client):
            assert told == []
            if kind is AsyncClient:
                await one.close()
            else:
                one.close()
        assert sorted(told) == closed


async def test_an_answer_that_came_with_a_cancellation_is_kept(tmp_path: Path) -> None:
    service = simulation("jules", journal=tmp_path / "journal.db")
    scope = CancelScope()

    class Late(AsyncMemoryTransport):
        async def send(self, request: Request, timeout: float) -> Response | Dropped:
            answer = await super().send(request, timeout)
            scope.cancel()
            return answer

    transport = Late(handler(service.double, service.clock.now))
    client = AsyncClient(service.contract, **service.settings, transport=transport)
    with scope:
        await client.create_task(prompt="Fix it")
    assert [task.id is not None for task in client._bench.journal.tasks()] == [True]
    await client.close()
