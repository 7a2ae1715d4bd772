"""The Codex contract against its documents: every answer is from our notes of the wire, read through the contract.

Sources: the official CLI 0.150.0 to 0.169.0 and its source (https://github.com/openai/codex), run against a local
server, and notes of third parties who hold an account; checked 2026-11-22. The live service was never asked.
"""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from accepted import (
    AuthenticationFailed,
    BadRequest,
    Client,
    ContractBroken,
    RateLimited,
    ServiceError,
    Status,
    TaskCancelled,
    TaskFailed,
)
from accepted.core.learn import learn
from accepted.core.read import Answer, meaning
from accepted.core.task import Task
from accepted.core.wire import Request, Response
from accepted.drivers.transport import MemoryTransport
from accepted.services.codex import (
    STATUS_SOURCES,
    Attempt,
    FileSnapshot,
    PullRequest,
    TurnError,
    Usage,
    Window,
    contract,
)
from accepted.testing import EPOCH, VirtualClock

BASE = "https://codex.example/backend-api/wham"
ID = "task_e_1"
TURN = "task_e_1~assttrn_e_9"

Json = Any


def raw(document: Json) -> bytes:
    return json.dumps(document).encode()


def read(document: Json) -> Any:
    return contract.read(Answer(raw=raw(document)))


def learned(document: Json) -> Task[Any]:
    return learn(Task(service="codex"), read(document), contract.words, 0.0)


class Recorded:
    """A service that answers from a table: `METHOD path` to a document, or to a code, a document and fields."""

    def __init__(self, answers: dict[str, Json], **settings: Any) -> None:
        self.answers = answers
        self.sent: list[Request] = []
        self.client: Client[..., Any] = Client(
            contract,
            base_url=BASE.removesuffix("/wham"),
            auth="a-recorded-token",
            journal=None,
            transport=MemoryTransport(self.answer),
            clock=VirtualClock(),
            **settings,
        )

    def answer(self, request: Request) -> Response:
        self.sent.append(request)
        found = self.answers[f"{request.method} {request.url.removeprefix(BASE).partition('?')[0]}"]
        code, document, fields = found if isinstance(found, tuple) else (200, found, ())
        return Response(status=code, headers=fields, body=document if isinstance(document, bytes) else raw(document))

    @property
    def asked(self) -> list[str]:
        return [f"{one.method} {one.url.removeprefix(BASE)}" for one in self.sent]

    def body(self, path: str = "/tasks") -> str:
        """The only body that was posted there."""
        (only,) = [one.body for one in self.sent if one.method == "POST" and one.url == BASE + path]
        assert isinstance(only, bytes)
        return only.decode()


# ---- statuses


def turn(word: Json) -> Json:
    return {"current_assistant_turn": {"turn_status": word}}


def top(word: Json, state: Json = None) -> Json:
    return {"task_status_display": {"latest_turn_status_display": {"turn_status": word}, "state": state}}


def inner(word: Json, state: Json = None) -> Json:
    return {"task": {"id": ID, **top(word, state)}}


WORDS: list[tuple[str | None, Status]] = [
    ("pending", Status.QUEUED),
    ("in_progress", Status.IN_PROGRESS),
    ("completed", Status.COMPLETED),
    ("ready", Status.COMPLETED),
    ("applied", Status.COMPLETED),
    ("failed", Status.FAILED),
    ("error", Status.FAILED),
    ("cancelled", Status.CANCELLED),
    ("queued", Status.UNKNOWN),  # the founding guide's word; the service has it not
    ("QUEUED", Status.UNKNOWN),
    ("Completed", Status.UNKNOWN),
    ("canceled", Status.UNKNOWN),
    ("verifying", Status.UNKNOWN),
    ("", Status.UNKNOWN),
    (None, Status.UNKNOWN),
]
PLACES = {"turn": turn, "display on top": top, "display in task": inner, "state": lambda word: top(None, word)}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(("word", "status"), WORDS, ids=[repr(row[0]) for row in WORDS])
def test_a_word_means_the_same_wherever_it_stands(place: str, word: str | None, status: Status) -> None:
    task = learned(PLACES[place](word))
    assert (task.status, task.service_status) == (status, word or None)


def test_every_declared_word_is_in_the_table_above() -> None:
    assert set(contract.words) == {word for word, status in WORDS if status is not Status.UNKNOWN}


@pytest.mark.parametrize(
    ("document", "word"),
    [
        ({**turn("failed"), **top("completed", "ready")}, "failed"),
        ({**turn("in_progress"), **top("failed", "error")}, "in_progress"),
        ({**turn("verifying"), **top("completed")}, "verifying"),  # an unknown word is not passed over for a known one
        ({**turn(None), **top("completed", "error")}, "completed"),
        ({**turn(None), **top("cancelled", "error")}, "cancelled"),
        ({**turn(None), **top(None, "error")}, "error"),
        ({**turn(None), **inner("failed"), **top("completed")}, "completed"),
        ({"current_assistant_turn": None, **inner("pending")}, "pending"),
        ({"current_assistant_turn": None, "task_status_display": None, "task": {"id": ID}}, ""),
        ({"task": {}}, ""),
        ({}, ""),
    ],
)
def test_the_first_source_that_speaks_wins(document: Json, word: str) -> None:
    assert read(document).service_status == word
    assert list(STATUS_SOURCES) == ["current_assistant_turn", "latest_turn_status_display", "state"]


@pytest.mark.parametrize(
    ("document", "told"),
    [
        (
            {**turn("in_progress"), **top("failed", "error")},  # openai/codex issue 46174
            (
                "Codex contradicts itself: current_assistant_turn says in_progress, "
                "latest_turn_status_display says failed, state says error"
            ),
        ),
        (
            {**turn("verifying"), **top("completed")},
            (
                "Codex contradicts itself: current_assistant_turn says verifying, "
                "latest_turn_status_display says completed"
            ),
        ),
        ({**turn("completed"), **top("completed", "ready")}, None),  # two vocabularies, one meaning
        (
            top("cancelled", "error"),
            "Codex contradicts itself: latest_turn_status_display says cancelled, state says error",
        ),
        (turn("failed"), None),
    ],
)
def test_sources_that_contradict_each_other_are_all_quoted(document: Json, told: str | None) -> None:
    assert read(document).message == told


def test_no_contradiction_ends_a_wait_and_the_timeout_does() -> None:
    service = Recorded({f"GET /tasks/{ID}": {**turn("in_progress"), **top("failed"), "task": {"id": ID}}})
    task = service.client.poll_task(ID, timeout=600, check=False)
    assert (task.status, task.ok) == (Status.IN_PROGRESS, False)
    assert task.message is not None
    assert "latest_turn_status_display says failed" in task.message


@pytest.mark.parametrize("document", [{"task": {"id": ID}}, {**turn("verifying"), "task": {"id": ID}}])
def test_what_nobody_declared_is_no_end(document: Json) -> None:
    service = Recorded({f"GET /tasks/{ID}": document})
    task = service.client.poll_task(ID, timeout=600, check=False)
    assert task.status is Status.UNKNOWN
    assert len(service.sent) > 3


@pytest.mark.parametrize("status", contract.examples)
def test_an_example_reads_as_the_status_under_which_it_stands(status: Status) -> None:
    reading = read(contract.examples[status])
    assert meaning(contract.words, reading.service_status).status is status
    assert reading.id == ID


def test_there_is_an_example_of_every_status_that_a_word_means() -> None:
    assert set(contract.examples) == {meaning(contract.words, word).status for word in contract.words}


# ---- what a task says of itself


@pytest.mark.parametrize(
    ("error", "reason", "message"),
    [
        ({"code": "setup_failed", "message": "It failed."}, "setup_failed", "It failed."),
        ({"code": 7, "message": None, "trace": []}, "7", None),
        ("The environment is gone.", None, "The environment is gone."),
        (["what", "is", "this"], None, None),
        ({}, None, None),
        (None, None, None),
    ],
)
def test_the_error_of_a_turn_may_have_any_form(error: Json, reason: str | None, message: str | None) -> None:
    reading = read({"current_assistant_turn": {"turn_status": "failed", "error": error}})
    assert (reading.service_status, reading.reason, reading.message) == ("failed", reason, message)


def test_the_error_of_the_turn_is_told_rather_than_a_contradiction() -> None:
    failed = {"turn_status": "failed", "error": {"code": "x", "message": "It failed."}}
    assert read({"current_assistant_turn": failed, **top("in_progress")}).message == "It failed."


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        (1795000000.25, "2026-11-18T11:06:40.250000+00:00"),
        (1795000000, "2026-11-18T11:06:40+00:00"),
        ("2026-11-18T11:06:40Z", "2026-11-18T11:06:40+00:00"),
        ("2026-11-18T12:06:40+01:00", "2026-11-18T11:06:40+00:00"),
        ("2026-11-18T11:06:40", "2026-11-18T11:06:40+00:00"),
        ("yesterday", None),
        (1.795e15, None),  # no moment of ours: it must not end a wait
        (None, None),
        ([], None),
    ],
)
def test_moments(value: Json, moment: str | None) -> None:
    for document in ({"task": {"id": ID, "updated_at": value}}, {"id": ID, "updated_at": value}):
        found = read(document).updated_at
        assert (found.isoformat() if found else None) == moment


def test_a_task_and_an_item_of_a_list_say_the_same() -> None:
    facts = {"id": ID, "title": "T", "created_at": 1.0, "updated_at": 2.0}
    details, item = read({"task": facts, **top("completed")}), read({**facts, **top("completed")})
    assert details == item
    assert (item.id, item.title, item.created_at) == (ID, "T", datetime.fromtimestamp(1, UTC))


# ---- base URLs

ROOTS = [
    ("https://chatgpt.com/backend-api", "https://chatgpt.com/backend-api/wham"),
    ("https://chatgpt.com/backend-api/", "https://chatgpt.com/backend-api/wham"),
    ("https://chatgpt.com/backend-api///", "https://chatgpt.com/backend-api/wham"),
    ("https://chatgpt.com", "https://chatgpt.com/backend-api/wham"),
    ("https://chatgpt.com/", "https://chatgpt.com/backend-api/wham"),
    ("https://chat.openai.com", "https://chat.openai.com/backend-api/wham"),
    ("https://codex.example", "https://codex.example/api/codex"),
    ("https://codex.example/", "https://codex.example/api/codex"),
    ("https://codex.example/v2", "https://codex.example/v2/api/codex"),
    ("https://codex.example/api/codex", "https://codex.example/api/codex"),  # the official client doubles it: 404
    ("https://codex.example/api/codex/", "https://codex.example/api/codex"),
    ("https://proxy.example/chatgpt.com/backend-api", "https://proxy.example/chatgpt.com/backend-api/wham"),
    ("https://notchatgpt.com", "https://notchatgpt.com/api/codex"),
]


@pytest.mark.parametrize(("given", "root"), ROOTS)
def test_both_styles_of_path(given: str, root: str) -> None:
    assert contract.root(given) == root
    assert contract.root(root) == root


@pytest.mark.parametrize("given", [given for given, _ in ROOTS])
def test_a_client_asks_below_the_root(given: str) -> None:
    sent: list[str] = []

    def answer(request: Request) -> Response:
        sent.append(request.url)
        return Response(status=200, body=raw({"task": {"id": ID}, **turn("completed")}))

    with Client(contract, base_url=given, auth="k", journal=None, transport=MemoryTransport(answer)) as client:
        client.get_status(ID)
    assert sent == [f"{contract.root(given)}/tasks/{ID}"]


# ---- environments

WIDGET = {"id": "env_abc", "label": "acme/widget", "is_pinned": False, "task_count": 3}


def environment(name: str, label: str | None = None, *, pinned: bool = False, count: int = 0, **more: Json) -> Json:
    return {"id": name, "label": label, "is_pinned": pinned, "task_count": count, **more}


def repository(name: str = "acme/widget", branch: str | None = "trunk") -> Json:
    return {"github-1": {"repository_full_name": name, "clone_url": "x", "default_branch": branch}}


def created(environments: Json, by_repo: Json = None, **inputs: Any) -> Recorded:
    answers = {"GET /environments": environments, "POST /tasks": {"task": {"id": ID}}}
    if by_repo is not None:
        answers["GET /environments/by-repo/github/acme/widget"] = by_repo
    service = Recorded(answers)
    assert service.client.create_task(prompt="go", **inputs).id == ID
    return service


def environment_of(service: Recorded) -> str:
    return json.loads(service.body())["new_task"]["environment_id"]


A, B, C = environment("a", "One"), environment("b", "Two", pinned=True, count=1), environment("c", "Three", count=9)
BY_NAME = [
    ("a", [A, B], "a"),
    ("one", [A, B], "a"),
    ("ONE", [A, B], "a"),
    ("Two", [A, B], "b"),
    ("only-an-id", [{"id": "only-an-id"}], "only-an-id"),
    ("b", [environment("a", "b"), B], "b"),  # an id stands before a label
    ("a", [environment("a", "Same"), environment("b", "same")], "a"),  # the id tells two of one label apart
]


@pytest.mark.parametrize(("wanted", "known", "found"), BY_NAME)
def test_an_environment_by_id_or_label(wanted: str, known: list[Json], found: str) -> None:
    service = created(known, environment=wanted)
    assert environment_of(service) == found
    assert service.asked == ["GET /environments", "POST /tasks"]


BY_REPOSITORY = [
    ([A], "a"),  # the only one
    ([A, B], "b"),  # pinned
    ([A, C], "c"),  # most tasks
    ([C, B], "b"),  # pinned stands before most tasks
    ([environment("p", pinned=True, count=1), environment("q", pinned=True, count=2)], "q"),
    ([{"id": "bare"}, {"id": "null", "label": None, "is_pinned": None, "task_count": None}], "bare"),
]


@pytest.mark.parametrize(("known", "found"), BY_REPOSITORY)
def test_an_environment_by_repository(known: list[Json], found: str) -> None:
    service = created(None, by_repo=known, repository="acme/widget")
    assert environment_of(service) == found
    assert service.asked == ["GET /environments/by-repo/github/acme/widget", "POST /tasks"]


FULL = [
    environment("other", "acme/other"),
    environment("labelled", "Acme/Widget", count=2),
    environment("mapped", "Ours", count=5, repo_map=repository()),
]


@pytest.mark.parametrize(
    "by_repo",
    [[], (404, {"detail": "Not Found"}, ()), (500, b"", ()), (403, b"<html>", (("content-type", "text/html"),)), b"{}"],
    ids=["empty", "404", "500", "page", "another shape"],
)
def test_where_the_list_by_repository_fails_the_full_list_is_taken(by_repo: Json) -> None:
    service = created(FULL, by_repo=by_repo, repository="acme/widget")
    assert environment_of(service) == "mapped"
    assert service.asked == ["GET /environments/by-repo/github/acme/widget", "GET /environments", "POST /tasks"]


def test_a_label_within_a_repository() -> None:
    known = [environment("x", "Tests"), environment("y", "Docs", pinned=True)]
    service = created(None, by_repo=known, repository="acme/widget", environment="tests")
    assert environment_of(service) == "x"


REFUSED = [
    ([A, B], {"environment": "Four"}, "no environment 'Four'; there are: One, Two"),
    ([environment("x", "Same"), environment("y", "same")], {"environment": "same"}, "'same': x, y"),
    ([], {"environment": "One"}, "no cloud environment for this account"),
    ([A], {"repository": "acme/widget"}, "no environment 'acme/widget'; there are: One"),
]


@pytest.mark.parametrize(("known", "inputs", "told"), REFUSED)
def test_an_environment_that_is_none_or_several_is_refused_and_nothing_created(
    known: Json, inputs: dict[str, Any], told: str
) -> None:
    service = Recorded({"GET /environments": known, "GET /environments/by-repo/github/acme/widget": []})
    with pytest.raises(BadRequest, match=told):
        service.client.create_task(prompt="go", **inputs)
    assert service.asked[-1] == "GET /environments"


def test_a_list_that_is_no_bare_array_is_refused() -> None:
    service = Recorded({"GET /environments": {"items": []}})
    with pytest.raises(ContractBroken, match="another shape"):
        service.client.create_task(prompt="go", environment="a")


@pytest.mark.parametrize(
    ("inputs", "told"),
    [
        ({"prompt": "go"}, "environment is missing"),
        ({"environment": "a"}, "missing input 'prompt'"),
        ({"prompt": "", "environment": "a"}, "'prompt'"),
        ({"prompt": "go", "repository": "widget"}, "'repository'"),
        ({"prompt": "go", "repository": "a/b/c"}, "'repository'"),
        ({"prompt": "go", "environment": "a", "attempts": 0}, "'attempts'"),
        ({"prompt": "go", "environment": "a", "attempts": 5}, "'attempts'"),
        ({"prompt": "go", "environment": "a", "best_of_n": 2}, "unknown input 'best_of_n'"),
    ],
)
def test_wrong_inputs_are_refused_before_they_are_sent(inputs: dict[str, Any], told: str) -> None:
    service = Recorded({})
    with pytest.raises(BadRequest, match=told):
        service.client.create_task(**inputs)
    assert service.sent == []


# ---- the create

HEAD = '{"new_task":{"environment_id":"env_abc",'
SAID = '"input_items":[{"type":"message","role":"user","content":[{"content_type":"text","text":"go"}]}'
BODIES: list[tuple[dict[str, Any], Json, str]] = [
    # byte for byte what the official CLI sends
    ({"branch": "feature-x"}, {}, f'{HEAD}"branch":"feature-x","run_environment_in_qa_mode":false}},{SAID}]}}'),
    (
        {"branch": "feature-x", "attempts": 3},
        {},
        f'{HEAD}"branch":"feature-x","run_environment_in_qa_mode":false}},{SAID}],"metadata":{{"best_of_n":3}}}}',
    ),
    ({"branch": "b", "qa_mode": True}, {}, f'{HEAD}"branch":"b","run_environment_in_qa_mode":true}},{SAID}]}}'),
    (
        {"branch": "b", "starting_diff": "diff --git a/x b/x\n"},
        {},
        (
            f'{HEAD}"branch":"b","run_environment_in_qa_mode":false}},{SAID},'
            '{"type":"pre_apply_patch","output_diff":{"diff":"diff --git a/x b/x\\n"}}]}'
        ),
    ),
    # the branch: of the environment's only repository, else main
    (
        {},
        {"repo_map": repository(branch="trunk")},
        f'{HEAD}"branch":"trunk","run_environment_in_qa_mode":false}},{SAID}]}}',
    ),
    (
        {},
        {"repo_map": repository(branch=None)},
        f'{HEAD}"branch":"main","run_environment_in_qa_mode":false}},{SAID}]}}',
    ),
    (
        {},
        {"repo_map": {"1": {"default_branch": "one"}, "2": {"default_branch": "two"}}},
        f'{HEAD}"branch":"main","run_environment_in_qa_mode":false}},{SAID}]}}',
    ),
    ({}, {"repo_map": None}, f'{HEAD}"branch":"main","run_environment_in_qa_mode":false}},{SAID}]}}'),
]


@pytest.mark.parametrize(("inputs", "more", "body"), BODIES)
def test_a_create_is_byte_for_byte(inputs: dict[str, Any], more: Json, body: str) -> None:
    assert created([{**WIDGET, **more}], environment="acme/widget", **inputs).body() == body


def test_a_create_by_repository_takes_its_default_branch() -> None:
    service = created(None, by_repo=[environment("e", repo_map=repository(branch="trunk"))], repository="acme/widget")
    assert json.loads(service.body())["new_task"]["branch"] == "trunk"


def test_a_create_has_no_key_that_the_service_would_not_know() -> None:
    service = created([WIDGET], environment="env_abc")
    names = {name.lower() for name, _ in service.sent[-1].headers}
    assert not {name for name in names if "idempot" in name}


@pytest.mark.parametrize("code", [200, 201, 202])
@pytest.mark.parametrize(
    "document",
    [
        {"task": {"id": ID}},
        {"id": ID},
        {"task": {"id": ID}, "id": "other"},
        {"task": {}, "id": ID},
        {"task": None, "id": ID},
    ],
)
def test_the_id_from_both_places_and_any_2xx(code: int, document: Json) -> None:
    service = Recorded({"GET /environments": [WIDGET], "POST /tasks": (code, document, ())})
    assert service.client.create_task(prompt="go", environment="env_abc").id == ID


# ---- lists


def page(*ids: str, cursor: str | None = None) -> Json:
    items = [{"id": one, "title": one, "archived": False, "has_unread_turn": False, **top("completed")} for one in ids]
    return {"items": items, "cursor": cursor}


@pytest.mark.parametrize(
    ("filters", "first", "second"),
    [
        ({}, "limit=20&task_filter=current", "limit=20&task_filter=current&cursor=%2BRID%3Aa%3D"),
        (
            {"task_filter": "archived", "environment_id": "env_abc"},
            "limit=20&task_filter=archived&environment_id=env_abc",
            "limit=20&task_filter=archived&cursor=%2BRID%3Aa%3D&environment_id=env_abc",
        ),
    ],
)
def test_a_list_is_asked_in_the_official_order(filters: dict[str, str], first: str, second: str) -> None:
    asked: list[str] = []

    def answer(request: Request) -> Response:
        asked.append(request.url)
        last = page("task_e_1") if "cursor=" in request.url else page("task_e_3", "task_e_2", cursor="+RID:a=")
        return Response(status=200, body=raw(last))

    client = Client(contract, base_url="https://codex.example/backend-api", auth="k", journal=None,
                    transport=MemoryTransport(answer))  # fmt: skip
    assert [task.id for task in client.list_tasks(**filters)] == ["task_e_3", "task_e_2", "task_e_1"]
    assert asked == [f"{BASE}/tasks/list?{first}", f"{BASE}/tasks/list?{second}"]


@pytest.mark.parametrize(
    "last", [{"items": []}, {"items": [], "cursor": None}, {"items": [], "cursor": ""}, {"items": None}]
)
def test_no_cursor_is_the_last_page(last: Json) -> None:
    service = Recorded({"GET /tasks/list": last})
    assert list(service.client.list_tasks()) == []
    assert len(service.sent) == 1


def test_an_item_of_a_list_needs_only_its_id() -> None:
    service = Recorded(
        {"GET /tasks/list": {"items": [{"id": ID, "mood": "good", "pull_requests": None}], "cursor": None}}
    )
    (task,) = service.client.list_tasks()
    assert (task.ref, task.status) == (f"codex:{ID}", Status.UNKNOWN)


# ---- results


def text(words: str) -> Json:
    return {"content_type": "text", "text": words}


def message(*words: str) -> Json:
    return {"type": "message", "role": "assistant", "content": [text(one) for one in words]}


def pr(diff: Json = "diff --git pr\n", **more: Json) -> Json:
    return {
        "type": "pr",
        "pr_title": "Fix",
        "pr_message": "It was.",
        "output_diff": {"type": "git", "diff": diff, **more},
    }


def output_diff(diff: Json = "diff --git od\n") -> Json:
    return {"type": "output_diff", "diff": diff}


def snapshot(path: str, **file: Json) -> Json:
    return {"type": "partial_repo_snapshot", "files": [{"path": path, **file}]}


def ended(items: Json = None, changed: Json = None, siblings: Json = (), word: str = "completed", **more: Json) -> Any:
    """The task as it ended with these items in its assistant turn, in its diff turn, and these siblings."""
    current = {"id": TURN, "attempt_placement": 0, "turn_status": word, "sibling_turn_ids": ["s"], **more}
    document = {
        "task": {"id": ID},
        "current_assistant_turn": {**current, "output_items": items},
        "current_diff_task_turn": None if changed is None else {"output_items": changed},
    }
    answers = {f"GET /tasks/{ID}": document, f"GET /tasks/{ID}/turns/{TURN}/sibling_turns": {"sibling_turns": siblings}}
    return Recorded(answers).client.poll_task(ID, check=False)


DIFFS = [
    ([output_diff()], None, "diff --git od\n"),
    ([pr()], None, "diff --git pr\n"),
    (None, [output_diff()], "diff --git od\n"),
    (None, [pr()], "diff --git pr\n"),
    ([output_diff("diff a\n")], [output_diff("diff b\n")], "diff b\n"),  # the diff turn stands first
    ([pr()], [pr()], "diff --git pr\n"),  # the same one in both
    ([output_diff("diff a\n")], [output_diff(""), pr(None), output_diff(" \n")], "diff a\n"),  # without text: none
    ([output_diff("diff a\n")], [], "diff a\n"),
    ([pr(), output_diff()], None, "diff --git pr\n"),  # the first one
    ([{"type": "diff", "diff": "diff --git\n"}], None, None),  # the founding guide's name; the CLI does not know it
    ([{"type": "pr", "output_diff": None}], None, None),
    ([{"type": "pr", "output_diff": "text"}], None, None),
    ([{"type": "output_diff", "diff": {"diff": "x"}}], None, None),
    ([pr(None, external_storage_diff={"file_id": "f", "ttl": 1})], None, None),  # kept outside of the answer
    (None, None, None),
    ([], [], None),
]


@pytest.mark.parametrize(("items", "changed", "diff"), DIFFS)
def test_the_diff_is_the_first_one_with_text(items: Json, changed: Json, diff: str | None) -> None:
    result = ended(items, changed).result
    assert result.diff == diff
    assert [one.diff for one in result.attempts] == ([diff] if diff else [])


CITATION = {"content_type": "repo_file_citation", "path": "README.md", "line_range_start": 1, "line_range_end": 2}
MESSAGES = [
    ([message("Done.")], None, "Done."),
    ([message("One. ", "Two.")], None, "One. Two."),
    ([message("One."), message("Two.")], None, "One.\n\nTwo."),
    ([message("One.")], [message("One.")], "One."),  # the same item in both turns
    ([{"type": "message", "content": [text("See "), CITATION, text("there.")]}], None, "See there."),
    ([{"type": "message", "content": ["Bare."]}], None, "Bare."),
    ([{"type": "message", "content": "Bare."}], None, "Bare."),
    ([{"type": "message", "content": None}, {"type": "message"}], None, None),
    ([message(" ")], None, None),
    ([{"type": "hologram", "content": [text("no message")]}, None, 7, "text"], None, None),
]


@pytest.mark.parametrize(("items", "changed", "said"), MESSAGES)
def test_messages(items: Json, changed: Json, said: str | None) -> None:
    assert ended(items, changed).result.message == said


def test_a_pull_request_is_a_proposal_with_its_figures() -> None:
    figures = {"files_modified": 1, "lines_added": 2, "lines_removed": 3}
    item = pr(base_commit_sha="c0ffee", commit_message="Fix it", repo_id="r", **figures)
    assert ended([item], [item]).result.pull_request == PullRequest(
        title="Fix", text="It was.", base_commit="c0ffee", commit_message="Fix it", **figures
    )


@pytest.mark.parametrize(
    "item",
    [
        {"type": "pr"},
        {"type": "pr", "output_diff": {}},
        {"type": "pr", "pr_title": 7, "output_diff": {"lines_added": "many"}},
    ],
)
def test_a_pull_request_may_say_nothing(item: Json) -> None:
    assert ended([item]).result.pull_request == PullRequest()


def lines(*found: str) -> Json:
    return {"line_range_start": 1, "line_range_end": 2, "contains_end_of_file": False, "content": list(found)}


FILES = [
    ("a.py", {"contents": "x = 1\n"}, FileSnapshot(path="a.py", language="python", content="x = 1\n")),
    ("A.PY", {"contents": ""}, FileSnapshot(path="A.PY", language="python", content="")),
    (
        "a.rs",
        {"line_range_contents": [lines("one", "two")]},
        FileSnapshot(path="a.rs", language="rust", content="one\ntwo"),
    ),
    (
        "dir/a.tsx",
        {"contents": None, "line_range_contents": [lines("one"), lines("nine")]},
        FileSnapshot(path="dir/a.tsx", language="typescript", content="one\nnine"),
    ),
    ("a.xyz", {"line_range_contents": ["one", {"content": "two"}]}, FileSnapshot(path="a.xyz", content="one\ntwo")),
    ("Makefile", {"line_range_contents": None}, FileSnapshot(path="Makefile")),
    ("Makefile", {"line_range_contents": 7}, FileSnapshot(path="Makefile")),
    ("Makefile", {"line_range_contents": [None, {"content": None}, lines()]}, FileSnapshot(path="Makefile")),
]


@pytest.mark.parametrize(("path", "file", "found"), FILES)
def test_snapshots(path: str, file: Json, found: FileSnapshot) -> None:
    item = snapshot(path, **file)
    assert ended([item]).result.files == (found,)
    assert ended([item], [item]).result.files == (found,)  # in both turns it is the same one


@pytest.mark.parametrize("files", [None, [], 7, "a.py", [None, 7, {}, {"path": None}]])
def test_a_snapshot_without_files_is_none(files: Json) -> None:
    assert ended([{"type": "partial_repo_snapshot", "files": files}]).result.files == ()


def sibling(name: str, placement: int | None, created_at: Json = None, diff: str | None = "diff", **more: Json) -> Json:
    items = [message(f"I am {name}."), *([output_diff(f"{diff} {name}\n")] if diff else [])]
    return {"id": name, "attempt_placement": placement, "created_at": created_at, "output_items": items, **more}


def test_attempts_stand_by_placement_then_by_their_making_and_those_without_a_diff_are_none() -> None:
    siblings = [
        sibling("late", None, 30.0),
        sibling("third", 2),
        sibling("early", None, 20.0),
        sibling("barren", 1, diff=None),  # it shifts the numbers, as in the CLI
        sibling("second", 2, None),
    ]
    attempts = ended([message("I am first."), output_diff("diff first\n")], siblings=siblings).result.attempts
    assert [one.diff for one in attempts] == [
        f"diff {name}\n" for name in ("first", "third", "second", "early", "late")
    ]
    assert attempts[0] == Attempt(
        turn_id=TURN, placement=0, status="completed", message="I am first.", diff="diff first\n"
    )


@pytest.mark.parametrize(
    ("placement", "siblings", "order"),
    [  # as the official client counts them; it knows no moment of the current turn
        (None, [("b", None, 20.0), ("a", None, 10.0)], "a b current"),
        (None, [("b", None, None), ("a", None, None), ("z", None, 9.0)], "z current a b"),
        (None, [("b", 7, 20.0), ("a", 7, 10.0)], "b a current"),  # one place: as the service lists them
        (7, [("b", 7, None), ("a", 0, None)], "a current b"),
        (1, [("", 0, None), ("a", 2, None)], "current a"),  # a turn without an id is none
    ],
)
def test_attempts_are_numbered_as_the_official_client_does(placement: int | None, siblings: Json, order: str) -> None:
    others = [sibling(*one, "diff") for one in siblings]
    task = ended([output_diff("diff current\n")], siblings=others, attempt_placement=placement, created_at=1.0)
    assert [one.diff.split()[-1] for one in task.result.attempts] == order.split()


def test_the_current_turn_need_not_be_the_first_attempt() -> None:
    task = ended([output_diff("diff current\n")], siblings=[sibling("other", 0)], attempt_placement=1)
    assert [one.diff for one in task.result.attempts] == ["diff other\n", "diff current\n"]
    assert task.result.diff == "diff current\n"
    assert [(one.name, one.content) for one in task.artifacts] == [
        ("attempt-1.patch", b"diff other\n"),
        ("attempt-2.patch", b"diff current\n"),
    ]


def test_the_diff_of_the_diff_turn_belongs_to_the_current_attempt() -> None:
    task = ended([message("Hi")], [output_diff()], siblings=[])
    assert [one.turn_id for one in task.result.attempts] == [TURN]
    assert [one.name for one in task.artifacts] == ["changes.patch"]


@pytest.mark.parametrize("siblings", [None, []])
def test_no_siblings(siblings: Json) -> None:
    assert len(ended([output_diff()], siblings=siblings).result.attempts) == 1


@pytest.mark.parametrize(
    ("current", "asked"),
    [
        ({"id": TURN, "sibling_turn_ids": ["s"]}, True),
        ({"id": TURN}, True),  # it does not say that there are none
        ({"id": TURN, "sibling_turn_ids": None}, True),
        ({"id": TURN, "sibling_turn_ids": []}, False),
        ({"sibling_turn_ids": ["s"]}, False),  # there is no turn to ask for
    ],
)
def test_siblings_are_asked_for_once_and_where_there_may_be_some(current: Json, asked: bool) -> None:
    path = f"/tasks/{ID}/turns/{TURN}/sibling_turns"
    document = {"task": {"id": ID}, "current_assistant_turn": {**current, "turn_status": "completed"}}
    service = Recorded({f"GET /tasks/{ID}": document, f"GET {path}": {"sibling_turns": []}})
    assert service.client.poll_task(ID).ok
    assert service.asked == [f"GET /tasks/{ID}", *([f"GET {path}"] if asked else [])]  # with a raw tilde


@pytest.mark.parametrize(
    ("worklog", "found"),
    [
        ({"messages": [{"content": "a"}, "b"]}, ({"content": "a"}, "b")),
        ({"messages": []}, ()),
        ({"messages": None}, ()),
        ({}, ()),
        (None, ()),
        (["x"], ()),
    ],
)
def test_worklog(worklog: Json, found: tuple[Any, ...]) -> None:
    assert ended([], worklog=worklog).result.worklog == found


def test_a_failed_turn_has_its_error_in_the_result_and_in_the_exception() -> None:
    why = {"code": "setup_failed", "message": "The setup script failed."}
    task = ended(None, word="failed", error=why)
    assert task.result.error == TurnError(**why)
    service = Recorded({f"GET /tasks/{ID}": {"task": {"id": ID}, **contract.examples[Status.FAILED]}})
    with pytest.raises(TaskFailed, match=r"setup_failed: The setup script failed\."):
        service.client.poll_task(ID)


def test_whatever_is_unknown_is_passed_over_and_null_lists_are_empty() -> None:
    document = {
        "task": {"id": ID, "tags": [None], "task_status_display": None},
        "priority": 3,
        "current_user_turn": {"input_items": None},
        "current_assistant_turn": {
            "id": TURN,
            "turn_status": "completed",
            "sibling_turn_ids": None,
            "output_items": None,
            "worklog": None,
            "error": None,
            "telemetry": {"tokens": [1]},
        },
        "current_diff_task_turn": {"output_items": None, "turn_status": None},
        "current_speculative_turn": {"id": None},
    }
    path = f"GET /tasks/{ID}/turns/{TURN}/sibling_turns"
    siblings = {"sibling_turns": [{"id": None, "output_items": None, "worklog": 7, "mood": 1}], "more": 1}
    result = Recorded({f"GET /tasks/{ID}": document, path: siblings}).client.poll_task(ID).result
    assert (result.message, result.diff, result.attempts, result.files) == (None, None, (), ())


# ---- usage

WINDOWS = {
    "primary_window": {
        "used_percent": 8,
        "limit_window_seconds": 17940,
        "reset_after_seconds": 6625,
        "reset_at": 1761548349,
    },
    "secondary_window": {
        "used_percent": 15,
        "limit_window_seconds": 604740,
        "reset_after_seconds": 54618,
        "reset_at": 1761596280,
    },
}
CAPTURE = {
    "plan_type": "pro",
    "rate_limit": {"allowed": True, "limit_reached": False, **WINDOWS},
    "credits": None,
    "additional_rate_limits": [{"limit_name": "x", "metered_feature": "codex_other", "rate_limit": None}],
    "rate_limit_reached_type": {"type": "rate_limit_reached"},
}
USAGES = [
    (
        CAPTURE,
        Usage(
            plan="pro",
            windows={
                "primary": Window(used_percent=8, minutes=299, resets_at=datetime.fromtimestamp(1761548349, UTC)),
                "secondary": Window(used_percent=15, minutes=10079, resets_at=datetime.fromtimestamp(1761596280, UTC)),
            },
        ),
    ),
    ({"plan_type": "free"}, Usage(plan="free")),
    ({"plan_type": "a-new-plan", "rate_limit": None}, Usage(plan="a-new-plan")),
    (
        {"plan_type": "plus", "rate_limit": {"allowed": False, "limit_reached": True, "primary_window": None}},
        Usage(plan="plus", allowed=False, limit_reached=True),
    ),
    ({**WINDOWS, "plan_type": "plus"}, Usage(plan="plus")),  # at top level, where the founding guide reads them
]


@pytest.mark.parametrize(("document", "usage"), USAGES)
def test_usage(document: Json, usage: Usage) -> None:
    assert Recorded({"GET /usage": document}).client.get_usage() == usage


def reached(**window: Json) -> Json:
    """A usage that is used up, for so long."""
    return {"plan_type": "plus", "rate_limit": {"allowed": False, "limit_reached": True, **window}}


def full(ends: float, percent: float = 100) -> Json:
    return {"used_percent": percent, "limit_window_seconds": 18000, "reset_after_seconds": 1, "reset_at": ends}


def limit(**members: Json) -> Json:
    return {"error": {"type": "usage_limit_reached", "message": "The usage limit has been reached", **members}}


NOW = EPOCH
QUOTAS: list[tuple[int, Json, tuple[tuple[str, str], ...], float | None]] = [
    (429, limit(resets_in_seconds=600, resets_at=NOW + 900), (("retry-after", "30"),), 30.0),  # Retry-After first
    (429, limit(), (("retry-after", "30"),), 30.0),
    (429, limit(resets_in_seconds=600, resets_at=NOW + 900), (), 600.0),
    (429, limit(resets_at=NOW + 900), (), 900.0),
    (429, limit(resets_at=NOW - 900), (), 0.0),
    (429, limit(resets_in_seconds=-1), (), 0.0),
    (429, limit(), (), None),
    (429, {"error": {"type": "rate_limit_exceeded", "resets_in_seconds": 9}}, (), None),  # a limit of bursts
    (429, {"detail": "Too Many Requests"}, (("retry-after", "30"),), None),
    (200, CAPTURE, (), 0.0),
    (200, {"plan_type": "plus"}, (), None),  # it says nothing, and so lifts nothing
    (200, reached(primary_window=full(NOW + 60)), (), 60.0),
    (200, reached(primary_window=full(NOW + 60), secondary_window=full(NOW + 9000)), (), 9000.0),
    (200, reached(primary_window=full(NOW + 60), secondary_window=full(NOW + 9000, 40)), (), 60.0),
    (200, reached(primary_window=full(NOW - 60)), (), 0.0),
    (200, reached(), (), None),
]


@pytest.mark.parametrize(("code", "document", "fields", "seconds"), QUOTAS)
def test_quota(code: int, document: Json, fields: Any, seconds: float | None) -> None:
    assert contract.quota
    assert contract.quota(Answer(code=code, headers=fields, raw=raw(document)), NOW) == seconds


# ---- refusals

PAGE = b"<!DOCTYPE html><title>Just a moment...</title>"
HTML = (("content-type", "text/html; charset=UTF-8"),)
REFUSALS = [
    ((400, {"detail": "missing input_items"}, ()), BadRequest, "missing input_items"),
    ((401, {"detail": "Unauthorized"}, ()), AuthenticationFailed, "codex login"),
    ((403, {"detail": "not you"}, ()), AuthenticationFailed, "not you"),
    ((403, PAGE, HTML), ServiceError, "answered 403"),  # of the CDN in front: no word about the credential
    ((432, {"detail": "Workspace routing is unavailable"}, ()), AuthenticationFailed, "Workspace routing"),
    ((429, limit(resets_in_seconds=600), ()), RateLimited, "The usage limit has been reached"),
]


@pytest.mark.parametrize(("answer", "kind", "told"), REFUSALS)
def test_refusals_of_a_create(answer: Any, kind: Any, told: str) -> None:
    service = Recorded({"GET /environments": [WIDGET], "POST /tasks": answer})
    with pytest.raises(kind) as caught:
        service.client.create_task(prompt="go", environment="env_abc")
    assert told in str(caught.value)
    assert caught.value.status_code == answer[0]
    assert service.asked.count("POST /tasks") == 1


@pytest.mark.parametrize(("answer", "kind", "told"), REFUSALS[1:3] + REFUSALS[4:5])
def test_a_permanent_refusal_stops_polling_at_once(answer: Any, kind: Any, told: str) -> None:
    service = Recorded({f"GET /tasks/{ID}": answer})
    with pytest.raises(kind, match=told):
        service.client.poll_task(ID)
    assert len(service.sent) == 1


def test_a_cancelled_task_is_raised_as_such() -> None:
    service = Recorded({f"GET /tasks/{ID}": contract.examples[Status.CANCELLED]})
    with pytest.raises(TaskCancelled):
        service.client.poll_task(ID)


# ---- acts


def test_a_follow_up_is_byte_for_byte_and_a_new_turn_of_the_same_task() -> None:
    answers = {f"GET /tasks/{ID}": contract.examples[Status.COMPLETED], "POST /tasks": {"task": {"id": ID}}}
    service = Recorded(answers)
    client = service.client.with_options(experimental=True)
    task = client.act(client.poll_task(ID), "follow_up", prompt="More", mode="ask")
    assert service.body() == (
        f'{{"follow_up":{{"task_id":"{ID}","turn_id":"{TURN}","environment_mode":"ask"}},'
        '"input_items":[{"type":"message","role":"user","content":[{"content_type":"text","text":"More"}]}]}'
    )
    assert (task.id, task.status, task.attempt) == (ID, Status.QUEUED, 2)


def test_without_a_turn_nothing_can_be_followed_up() -> None:
    service = Recorded({f"GET /tasks/{ID}": {"task": {"id": ID}}})
    with pytest.raises(BadRequest, match="no turn"):
        service.client.with_options(experimental=True).act(ID, "follow_up", prompt="More")
    assert service.asked == [f"GET /tasks/{ID}"]


@pytest.mark.parametrize("answer", [{"success": True}, {}, {"success": None, "more": 1}])
def test_a_cancel_has_no_body(answer: Json) -> None:
    service = Recorded({f"POST /tasks/{ID}/cancel": answer})
    assert service.client.with_options(experimental=True).cancel_task(ID).status is Status.CANCELLING
    (request,) = service.sent
    assert (request.url, request.body) == (f"{BASE}/tasks/{ID}/cancel", b"")


def test_a_cancel_that_was_not_taken_is_told() -> None:
    service = Recorded({f"POST /tasks/{ID}/cancel": {"success": False}})
    with pytest.raises(BadRequest, match="was not cancelled; it may have ended before"):
        service.client.with_options(experimental=True).cancel_task(ID)


# ---- promises


def test_what_the_contract_promises() -> None:
    assert contract.safe is None  # nothing makes a create safe to repeat
    assert contract.experimental == {"cancel", "act:follow_up", "items:events", "items:logs"}
    assert contract.limits.creates_at_once <= 2
    assert {step.name: step.repeat for step in contract.create}["task"] == "once"
    assert "against the live service: not yet" in contract.facts.verified
