"""Codex through both clients: every scenario of its simulator, in virtual time, and what was sent for it."""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from accepted import (
    AuthenticationFailed,
    BadRequest,
    CreateUnknown,
    PollTimeout,
    RateLimited,
    ServiceError,
    Status,
    TaskFailed,
    TaskGone,
    TaskNotFound,
    Unsupported,
)
from accepted.core.wire import Dropped, Response
from accepted.simulate import scenarios
from accepted.testing import EPOCH

INPUTS = {"prompt": "Fix it", "environment": "acme/widget"}
POST = "POST /wham/tasks"


@pytest.fixture
def codex(bench: Callable[..., Any]) -> Callable[..., Any]:
    """As `bench`, with Codex behind it."""
    return partial(bench, service="codex")


def create(here: Any, **inputs: Any) -> Any:
    return here.client().create_task(**{**INPUTS, **inputs})


def allowed(here: Any) -> Any:
    return here.client().with_options(experimental=True)


# ---- every scenario


@dataclass(frozen=True)
class Ends:
    """How each verb ends in one scenario: a status, a kind of error, or a number of rows."""

    created: Any = Status.QUEUED
    polled: Any = Status.COMPLETED
    listed: Any = field(default_factory=lambda: [Status.COMPLETED])
    looked: Any = Status.COMPLETED
    followed: Any = Status.QUEUED
    cancelled: Any = Status.CANCELLING
    ended: Any = Status.CANCELLED
    events: Any = 7
    logs: Any = 3
    usage: Any = True
    attempts: Any = (0, 2)


NEVER_CREATED = {"polled": None, "looked": None, "followed": None, "cancelled": None, "ended": None}
REFUSED = dict.fromkeys(("listed", "looked", "followed", "cancelled", "ended", "events", "logs", "usage"), 401)
WITHOUT = {"events": None, "logs": None, "attempts": None}

SCENARIOS: dict[str, Ends] = {
    "happy": Ends(),
    "slow": Ends(),
    "throttled": Ends(),
    "flaky": Ends(),
    "eventual": Ends(),
    "unknown-word": Ends(),
    "huge": Ends(),
    "usage-limit": Ends(),
    "cdn": Ends(),
    "no-display": Ends(listed=[Status.UNKNOWN]),
    "failed": Ends(polled=Status.FAILED, listed=[Status.FAILED], looked=Status.FAILED, attempts=()),
    "cancelled": Ends(polled=Status.CANCELLED, listed=[Status.CANCELLED], looked=Status.CANCELLED, attempts=()),
    "stuck": Ends(
        polled=Status.IN_PROGRESS,
        listed=[Status.IN_PROGRESS],
        looked=Status.IN_PROGRESS,
        followed=Status.IN_PROGRESS,
        events=2,
        logs=2,
        attempts=None,
    ),
    "conflicting": Ends(  # the list says one thing, the task another: both are told, neither ends the wait
        polled=Status.IN_PROGRESS,
        listed=[Status.FAILED],
        looked=Status.IN_PROGRESS,
        followed=Status.IN_PROGRESS,
        events=6,
        attempts=None,
    ),
    "no-turn": Ends(
        polled=Status.UNKNOWN,
        listed=[Status.UNKNOWN],
        looked=Status.UNKNOWN,
        followed=BadRequest,
        cancelled=BadRequest,  # it has ended, which nobody is told
        ended=Status.UNKNOWN,
        events=BadRequest,
        logs=BadRequest,
        attempts=None,
    ),
    "gone": Ends(
        polled=Status.GONE,
        listed=[],
        looked=Status.GONE,
        followed=TaskNotFound,
        cancelled=TaskNotFound,
        ended=Status.GONE,
        events=TaskNotFound,
        logs=TaskNotFound,
        attempts=None,
    ),
    "expired-token": Ends(
        polled=AuthenticationFailed,
        attempts=None,
        **dict.fromkeys(REFUSED, AuthenticationFailed),
    ),
    "lost-answer": Ends(created=CreateUnknown, listed=[Status.QUEUED], **NEVER_CREATED, **WITHOUT),
    "no-id": Ends(created=CreateUnknown, listed=[Status.QUEUED], **NEVER_CREATED, **WITHOUT),
    "no-environments": Ends(created=BadRequest, listed=[], **NEVER_CREATED, **WITHOUT),
}


def test_the_table_has_every_scenario() -> None:
    assert SCENARIOS.keys() == scenarios("codex").keys()


def came(here: Any, verb: Callable[[], Any]) -> tuple[Any, Any]:
    """What a verb gave, and the kind of its error; a limit is waited for, and a page asked past."""
    for _ in range(3):
        try:
            found = verb()
        except (RateLimited, ServiceError) as error:
            here.clock.sleep_until(here.clock.now() + (error.retry_after or 0.0))
            continue
        except Exception as error:  # noqa: BLE001  # its kind is what the table says
            return None, type(error)
        return found, None
    raise AssertionError("refused three times")


@pytest.mark.parametrize(
    "scenario", [pytest.param(one, marks=pytest.mark.slow if one == "huge" else ()) for one in SCENARIOS]
)
def test_how_every_verb_ends(codex: Callable[..., Any], scenario: str) -> None:
    expected, here = SCENARIOS[scenario], codex(scenario)
    client = allowed(here)

    task, created = came(here, lambda: client.create_task(**INPUTS, attempts=3))
    assert (task.status if task else created) == expected.created
    if task is not None:
        polled, kind = came(here, lambda: client.poll_task(task, timeout=900.0, check=False))
        assert (polled.status if polled else kind) == expected.polled
        if expected.attempts is not None:
            assert tuple(one.placement for one in polled.result.attempts) == expected.attempts
            assert (polled.result.diff is not None) is bool(expected.attempts)
        task = polled or task
    listed, kind = came(here, lambda: [one.status for one in client.list_tasks()])
    assert (kind if listed is None else listed) == expected.listed
    usage, kind = came(here, client.get_usage)
    assert (usage.allowed if usage else kind) == expected.usage
    if task is None:
        assert here.counts()["committed"] == (scenario != "no-environments")
        return
    for name in ("events", "logs"):
        rows, kind = came(here, lambda name=name: list(client.iter_items(task, name)))
        assert (kind if rows is None else len(rows)) == getattr(expected, name)
    looked, kind = came(here, lambda: client.get_task(task))
    assert (looked.status if looked else kind) == expected.looked
    followed, kind = came(here, lambda: client.act(task, "follow_up", prompt="More"))
    assert (followed.status if followed else kind) == expected.followed
    stopped, kind = came(here, lambda: client.cancel_task(followed or task))
    assert (stopped.status if stopped else kind) == expected.cancelled
    ended, kind = came(here, lambda: client.poll_task(stopped or task, timeout=900.0, check=False))
    assert (ended.status if ended else kind) == expected.ended
    assert (here.counts()["committed"], here.counts()["created_twice"]) == (1, 0)
    assert here.counts()["too_early"] == 0


OUTCOMES = [
    ("failed", TaskFailed, "tests_failed: The tests still fail after 3 attempts"),
    ("gone", TaskGone, "Task not found"),
    ("stuck", PollTimeout, "is still in_progress"),
    ("conflicting", PollTimeout, "is still in_progress"),
    ("no-turn", PollTimeout, "is still unknown"),
]


@pytest.mark.parametrize(("scenario", "kind", "told"), OUTCOMES)
def test_what_did_not_complete_is_raised(codex: Callable[..., Any], scenario: str, kind: Any, told: str) -> None:
    here = codex(scenario)
    with pytest.raises(kind, match=told):
        here.client().poll_task(create(here), timeout=900.0)
    assert here.clock.now() <= EPOCH + 900.0


def test_a_contradiction_is_told_to_whoever_watches(codex: Callable[..., Any]) -> None:
    here = codex("conflicting")
    messages: list[str | None] = []
    with pytest.raises(PollTimeout) as caught:
        here.client().poll_task(create(here), timeout=900.0, on_update=lambda task: messages.append(task.message))
    told = "current_assistant_turn says in_progress, latest_turn_status_display says failed"
    assert told in str(messages[-1])
    assert told in caught.value.task.message


# ---- waits


@pytest.mark.parametrize(("duration", "polls"), [(45.0, 15), (600.0, 45), (3600.0, 145)])
def test_a_wait_is_cheap(codex: Callable[..., Any], duration: float, polls: int) -> None:
    here = codex(duration=duration)
    task = here.client().poll_task(create(here))
    assert task.ok
    assert here.counts()["polls"] <= polls
    assert here.clock.now() <= EPOCH + duration + max(6.0, min(33.0, 0.11 * duration))


def test_attempts_are_asked_for_once_and_only_at_the_end(codex: Callable[..., Any]) -> None:
    here = codex()
    task = here.client().poll_task(create(here, attempts=4))
    assert len(task.result.attempts) == 3  # the second of them brought nothing
    assert len({one.diff for one in task.result.attempts}) == 3
    assert sum(path.endswith("/sibling_turns") for path in here.asked()) == 1
    assert here.asked()[-1].endswith("/sibling_turns")


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_every_legal_place_of_a_diff_is_read(codex: Callable[..., Any], number: int) -> None:
    """The simulator puts it into both turns, or into the diff turn alone, by turns."""
    here = codex(seed=number)
    task = here.client().poll_task(create(here, prompt=f"number {number}"))
    assert task.result.diff.count("diff --git") == 1
    assert [one.path for one in task.result.files] == ["README.md"]
    assert task.result.message == f"Done, attempt 1: number {number}"


def test_a_permanent_401_stops_polling_at_once(codex: Callable[..., Any]) -> None:
    here = codex()
    task = create(here)
    here.instead = lambda _: Response(status=401, body=b'{"detail":"Unauthorized"}')
    here.sent.clear()
    with pytest.raises(AuthenticationFailed, match="codex login"):
        here.client().poll_task(task)
    assert len(here.sent) == 1


def test_an_expired_token_is_renewed_by_the_function_that_gave_it(codex: Callable[..., Any]) -> None:
    here = codex("expired-token")
    renewing = here.client(auth=lambda: "a-new-token" if here.counts()["unauthorised"] else "an-old-token")
    assert renewing.poll_task(renewing.create_task(**INPUTS)).ok
    assert here.counts()["unauthorised"] == 1
    assert here.counts()["committed"] == 1


# ---- creates that nobody knows of


@pytest.mark.parametrize("scenario", ["lost-answer", "no-id"])
def test_a_create_without_a_usable_answer_is_unknown_and_never_sent_again(
    codex: Callable[..., Any], scenario: str, tmp_path: Path
) -> None:
    here = codex(scenario, journal=tmp_path / "journal.db")
    client = here.client()
    with pytest.raises(CreateUnknown) as caught:
        client.create_task(**INPUTS)
    assert caught.value.ref.startswith("codex:@accepted-")
    assert caught.value.exit_code == 9
    kept = here.client()
    journal = (kept.client if here.portal else kept)._bench.journal
    assert [(task.ref, task.status) for task in journal.in_flight()] == [(caught.value.ref, Status.SUBMITTING)]

    for verb in (
        lambda: client.poll_task(caught.value.ref),
        lambda: kept.poll_task(caught.value.task),
        lambda: kept.get_task(caught.value.ref),
        lambda: kept.get_status(caught.value.ref),
        lambda: list(kept.poll_tasks([caught.value.ref])),
    ):
        with pytest.raises(CreateUnknown):
            verb()
    assert here.asked().count(POST) == 1
    assert (here.counts()["creates"], here.counts()["committed"]) == (1, 1)
    assert [task.ref for task in journal.in_flight()] == [caught.value.ref]


def test_a_key_does_not_send_an_unknown_create_again(codex: Callable[..., Any], tmp_path: Path) -> None:
    here = codex("lost-answer", journal=tmp_path / "journal.db")
    client = here.client().with_options(key="nightly")
    for _ in range(3):
        with pytest.raises(CreateUnknown):
            client.create_task(**INPUTS)
    assert here.counts()["creates"] == 1


@pytest.mark.parametrize("code", [500, 502, 503])
def test_a_create_that_met_an_error_of_the_service_is_unknown(codex: Callable[..., Any], code: int) -> None:
    """The bare 500 that users see: its body is told, and it is not repeated."""
    here = codex()
    failed = Response(status=code, body=b'{"detail":"Internal Server Error"}', headers=(("x-request-id", "r-1"),))
    here.instead = lambda request: failed if request.method == "POST" else None
    with pytest.raises(CreateUnknown, match=rf"answered {code} .*Internal Server Error"):
        create(here)
    assert here.asked().count(POST) == 1


def test_a_create_that_did_not_leave_is_repeated(codex: Callable[..., Any]) -> None:
    here, failures = codex(), iter([Dropped(reason="refused", sent=False)] * 2)
    here.instead = lambda request: next(failures, None) if request.method == "POST" else None
    assert create(here).id
    assert here.counts()["committed"] == 1


def test_a_lost_follow_up_is_unknown_too(codex: Callable[..., Any]) -> None:
    here = codex()
    client = allowed(here)
    task = client.poll_task(client.create_task(**INPUTS))
    here.sent.clear()
    here.instead = lambda request: Dropped(reason="reset") if request.method == "POST" else None
    with pytest.raises(Exception, match="may or may not have happened"):
        client.act(task, "follow_up", prompt="More")
    assert here.asked().count(POST) == 1


# ---- limits


def test_a_used_up_quota_refuses_creates_and_lets_polls_go_on(codex: Callable[..., Any]) -> None:
    here = codex("usage-limit")
    client = here.client()
    tasks = [client.create_task(**{**INPUTS, "prompt": f"number {number}"}) for number in range(3)]
    here.sent.clear()
    with pytest.raises(RateLimited, match="The usage limit has been reached") as caught:
        client.create_task(**INPUTS)
    assert here.asked().count(POST) == 1
    assert 595.0 <= caught.value.retry_after <= 600.0
    assert caught.value.problem["error"]["type"] == "usage_limit_reached"

    here.sent.clear()
    for _ in range(3):
        with pytest.raises(RateLimited) as again:
            client.create_task(**INPUTS)
        assert again.value.retry_after > 500.0
    assert here.sent == []
    assert all(client.poll_task(task).ok for task in tasks)
    assert here.clock.now() < EPOCH + 120.0
    assert not client.get_usage().allowed
    here.clock.sleep_until(EPOCH + 601.0)
    assert client.create_task(**INPUTS).id
    assert here.counts()["committed"] == 4


def test_a_usage_that_says_used_up_holds_creates_back_until_it_says_otherwise(codex: Callable[..., Any]) -> None:
    here = codex()
    client = here.client()
    window = {"used_percent": 100, "limit_window_seconds": 18000, "reset_after_seconds": 900, "reset_at": EPOCH + 900}
    full = {"plan_type": "plus", "rate_limit": {"allowed": False, "limit_reached": True, "primary_window": window}}
    answers = iter([Response(status=200, body=json.dumps(full).encode())])
    here.instead = lambda request: next(answers, None)
    assert not client.get_usage().allowed
    here.sent.clear()
    with pytest.raises(RateLimited) as caught:
        client.create_task(**INPUTS)
    assert (caught.value.retry_after, here.sent) == (900.0, [])
    assert client.get_usage().allowed
    assert client.create_task(**INPUTS).id


def test_a_create_that_meets_a_page_of_the_cdn_is_refused_and_not_as_authentication(codex: Callable[..., Any]) -> None:
    here = codex()
    page = Response(status=403, headers=(("content-type", "text/html"),), body=b"<!DOCTYPE html>Just a moment...")
    here.instead = lambda request: page if request.method == "POST" else None
    with pytest.raises(ServiceError, match="answered 403") as caught:
        create(here)
    assert not isinstance(caught.value, AuthenticationFailed)
    assert here.asked().count(POST) == 1


def test_polls_survive_the_pages_of_the_cdn(codex: Callable[..., Any]) -> None:
    here = codex("cdn")
    assert here.client().poll_task(create(here)).ok
    assert here.counts()["answers"]["403"] >= 3


def test_a_workspace_without_environments_is_told_before_anything_is_created(codex: Callable[..., Any]) -> None:
    """openai/codex issue 15544: the official client shows an empty list and nothing else."""
    here = codex("no-environments")
    with pytest.raises(BadRequest, match="no cloud environment for this account"):
        create(here)
    assert here.asked() == ["GET /wham/environments"]


# ---- environments, lists, experiments


@pytest.mark.parametrize(
    ("inputs", "environment"),
    [
        ({"environment": "env_68f1c2a4"}, "env_68f1c2a4"),
        ({"environment": "Acme/Widget"}, "env_68f1c2a4"),
        ({"environment": None, "repository": "acme/gadget"}, "68f1c2b7e0d48191a3c5"),
        ({"environment": None, "repository": "acme/monorepo"}, "env_68f1c2d2"),  # the pinned one
    ],
)
def test_environments(codex: Callable[..., Any], inputs: dict[str, Any], environment: str) -> None:
    here = codex()
    create(here, **inputs)
    (post,) = [request for request in here.sent if request.method == "POST"]
    assert json.loads(post.body)["new_task"]["environment_id"] == environment


def test_an_ambiguous_label_is_refused_before_anything_is_created(codex: Callable[..., Any]) -> None:
    here = codex()
    with pytest.raises(BadRequest, match="env_68f1c2d1, env_68f1c2d2"):
        create(here, environment="acme/monorepo")
    assert here.counts()["creates"] == 0


def test_lists_page_by_themselves_and_are_narrowed_by_the_service(codex: Callable[..., Any]) -> None:
    here = codex()
    client = here.client()
    ids = [create(here, prompt=f"number {number}").id for number in range(25)]
    other = create(here, environment="acme/gadget").id
    here.sent.clear()
    assert [task.id for task in client.list_tasks()] == [other, *reversed(ids)]
    assert len(here.sent) == 2
    gadget = list(client.list_tasks(environment_id="68f1c2b7e0d48191a3c5"))
    assert [task.id for task in gadget] == [other]
    assert list(client.list_tasks(task_filter="archived")) == []
    with pytest.raises(BadRequest, match="task_filter"):
        list(client.list_tasks(task_filter="mine"))


EXPERIMENTS: dict[str, Callable[[Any], Any]] = {
    "cancel": lambda client: client.cancel_task("codex:task_e_1"),
    "follow_up": lambda client: client.act("codex:task_e_1", "follow_up", prompt="More"),
    "events": lambda client: list(client.iter_items("codex:task_e_1", "events")),
    "logs": lambda client: list(client.iter_items("codex:task_e_1", "logs")),
}


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_what_only_third_parties_saw_needs_a_word_first(codex: Callable[..., Any], name: str) -> None:
    here = codex()
    with pytest.raises(Unsupported, match=rf"{name} of OpenAI Codex cloud is known from third parties only"):
        EXPERIMENTS[name](here.client())
    assert here.sent == []


def test_events_replay_the_turn_and_their_end_is_not_its_end(codex: Callable[..., Any]) -> None:
    here = codex()
    client = allowed(here)
    task = client.create_task(**INPUTS)
    here.clock.sleep_until(EPOCH + 20.0)
    early = list(client.iter_items(task, "events"))
    assert client.get_status(task) is Status.IN_PROGRESS
    client.poll_task(task)
    late = list(client.iter_items(task, "events"))
    assert late[: len(early)] == early
    assert late[-1]["payload"] == {"type": "turn.completed"}


def test_a_follow_up_is_the_next_attempt_with_a_result_of_its_own(codex: Callable[..., Any]) -> None:
    here = codex()
    client = allowed(here)
    first = client.poll_task(client.create_task(**INPUTS))
    again = client.poll_task(client.act(first, "follow_up", prompt="Rename it"))
    assert (again.id, again.attempt) == (first.id, 2)
    assert again.result.message == "Done, attempt 1: Rename it"
    assert again.result.diff != first.result.diff
    assert here.counts()["committed"] == 1


def test_a_cancelled_task_reads_so_a_moment_later(codex: Callable[..., Any]) -> None:
    here = codex("stuck")
    client = allowed(here)
    task = client.cancel_task(client.create_task(**INPUTS))
    assert task.status is Status.CANCELLING
    assert client.poll_task(task, check=False).status is Status.CANCELLED
    assert here.clock.now() < EPOCH + 10.0


def test_the_account_of_a_token_is_not_needed(codex: Callable[..., Any]) -> None:
    """A token that is given goes out as it is; whose it is, the service reads from it."""
    claims = base64.urlsafe_b64encode(json.dumps({"sub": "u"}).encode()).decode().rstrip("=")
    here = codex(auth=f"e30.{claims}.x")
    create(here)
    fields = {name.lower(): value for name, value in here.sent[0].headers}
    assert fields["authorization"] == f"Bearer e30.{claims}.x"
    assert "chatgpt-account-id" not in fields
