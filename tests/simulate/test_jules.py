"""The double through `answer()` alone: no socket, no clock, no sleep. Times are seconds after `T`."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from datetime import datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from accepted import simulate
from accepted.core.wire import Dropped, Request, Response, header
from accepted.simulate.jules import REPOSITORIES, SCENARIOS, Simulator

T = 1_800_000_000.25
WIDGET = {"source": "sources/github/acme/widget", "githubRepoContext": {"startingBranch": "dev"}}
Json = dict[str, Any]


class Jules:
    """A client of ten lines: sends JSON at a moment, reads JSON."""

    def __init__(self, scenarios: str = "happy", **options: float) -> None:
        self.simulator = Simulator(scenarios, **options)  # type: ignore[arg-type]

    def raw(
        self, method: str, path: str, at: float = 0.0, body: object = None, key: str | None = "k"
    ) -> Response | Dropped:
        request = Request(
            method=method,
            url=f"https://jules.googleapis.com{path}",
            headers=() if key is None else (("x-goog-api-key", key),),
            body=body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode(),
        )
        return self.simulator.answer(request, T + at)

    def ask(self, method: str, path: str, at: float = 0.0, body: object = None, **more: Any) -> Response:
        answer = self.raw(method, f"/v1alpha{path}", at, body, **more)
        assert isinstance(answer, Response)
        return answer

    def json(self, method: str, path: str, at: float = 0.0, body: object = None, **more: Any) -> Json:
        answer = self.ask(method, path, at, body, **more)
        assert answer.status == 200, answer.body
        return json.loads(answer.body)

    def create(self, at: float = 0.0, **fields: object) -> str:
        return self.json("POST", "/sessions", at, {"prompt": "Fix it", **fields})["id"]

    def get(self, task: str, at: float) -> Json:
        return self.json("GET", f"/sessions/{task}", at)

    def state(self, task: str, at: float) -> str:
        return self.get(task, at)["state"]

    def act(self, task: str, verb: str, at: float, body: object = None) -> Response:
        return self.ask("POST", f"/sessions/{task}:{verb}", at, {} if body is None else body)

    def activities(self, task: str, at: float, size: int = 100) -> list[Json]:
        return list(self.pages(f"/sessions/{task}/activities?pageSize={size}", "activities", at))

    def pages(self, path: str, name: str, at: float) -> Iterator[Json]:
        page = self.json("GET", path, at)
        yield from page.get(name, [])
        while token := page.get("nextPageToken"):
            page = self.json("GET", f"{path}&pageToken={quote(token)}", at)
            yield from page[name]

    def code(self, method: str, path: str, at: float = 0.0, body: object = None, **more: Any) -> int:
        return self.ask(method, path, at, body, **more).status


def members(activities: list[Json]) -> list[str]:
    """Which union member each activity has."""
    common = {"name", "id", "createTime", "originator", "description", "artifacts"}
    return [" ".join(activity.keys() - common) for activity in activities]


def error(answer: Response) -> Json:
    document = json.loads(answer.body)["error"]
    assert document["code"] == answer.status
    return document


# --- create and its errors -------------------------------------------------------------------------------


def test_create_answers_200_at_once_with_everything_but_the_state() -> None:
    jules = Jules()
    asked = {"prompt": "Fix it\nplease", "title": "[m-1] mine", "sourceContext": WIDGET}
    answer = jules.ask("POST", "/sessions", 0, asked)
    session = json.loads(answer.body)
    assert header(answer.headers, "content-type") == "application/json; charset=UTF-8"
    assert session == {
        "name": f"sessions/{session['id']}",
        "id": session["id"],
        "prompt": "Fix it\nplease",
        "title": "[m-1] mine",
        "url": f"https://jules.google.com/session/{session['id']}",
        "createTime": "2027-01-15T08:00:00.250000Z",
        "updateTime": "2027-01-15T08:00:00.250000Z",
        "sourceContext": WIDGET,
    }
    assert session["id"].isdigit()


def test_title_comes_from_the_prompt_where_none_is_given() -> None:
    jules = Jules()
    assert jules.get(jules.create(prompt="First line\nand more"), 0)["title"] == "First line"


def test_null_is_an_absent_field() -> None:
    assert Jules().create(title=None, sourceContext=None, requirePlanApproval=None, automationMode=None)


BAD_CREATES = [
    ({}, 400, ["prompt"]),
    ({"prompt": "  "}, 400, ["prompt"]),
    ({"prompt": 7}, 400, ["session.prompt"]),
    ({"prompt": "x", "automationMode": "AUTO_PR"}, 400, ["session.automation_mode"]),
    ({"prompt": "x", "requirePlanApproval": "yes"}, 400, ["session.require_plan_approval"]),
    ({"prompt": "x", "colour": 1}, 400, ["session"]),
    (
        {"automationMode": "NO", "sourceContext": {}},
        400,
        ["prompt", "session.automation_mode", "source_context.source"],
    ),
    ({"prompt": "x", "sourceContext": {"source": "sources/github/no/body"}}, 404, None),
    (b"{", 400, None),
    (b"[]", 400, None),
    (b"\xff", 400, None),
    # nothing of it is committed
]


@pytest.mark.parametrize(("body", "code", "fields"), BAD_CREATES)
def test_create_refuses(body: object, code: int, fields: list[str] | None) -> None:
    jules = Jules()
    answer = jules.ask("POST", "/sessions", 0, body)
    document = error(answer)
    assert (answer.status, document["status"]) == (code, {400: "INVALID_ARGUMENT", 404: "NOT_FOUND"}[code])
    if fields is not None:
        [detail] = document["details"]
        assert detail["@type"] == "type.googleapis.com/google.rpc.BadRequest"
        assert [violation["field"] for violation in detail["fieldViolations"]] == fields
    assert jules.simulator.counts()["committed"] == 0


# --- credentials -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", [None, ""])
def test_no_key_is_403(key: str | None) -> None:
    answer = Jules().ask("GET", "/sessions", key=key)
    assert (answer.status, error(answer)["status"]) == (403, "PERMISSION_DENIED")


def test_bad_key_is_400_with_its_reason() -> None:
    document = error(Jules().ask("GET", "/sessions", key="bad-key"))
    assert (document["code"], document["details"][0]["reason"]) == (400, "API_KEY_INVALID")


def test_credential_comes_before_every_fault() -> None:
    jules = Jules("throttled,lost-answer,flaky,expired-token")
    assert {jules.code("POST", "/sessions", 0, {"prompt": "x"}, key=None) for _ in range(20)} == {403}
    assert jules.simulator.counts()["unauthorised"] == 20


# --- what does not exist ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/sessions/4711"),
        ("GET", "/sessions/4711/activities"),
        ("GET", "/sessions/4711/activities/1"),
        ("POST", "/sessions/4711:approvePlan"),
        ("POST", "/sessions/4711:sendMessage"),
        ("POST", "/sessions/4711:archive"),
        ("POST", "/sessions/4711:unarchive"),
        ("GET", "/sources/github/no/body"),
        ("GET", "/sources/gitlab/acme/widget"),
        ("GET", "/sources/acme/widget"),
    ],
)
def test_what_does_not_exist_is_the_404_of_the_live_service(method: str, path: str) -> None:
    answer = Jules().ask(method, path, 0, None)
    assert answer.status == 404
    assert error(answer) == {"code": 404, "message": "Requested entity was not found.", "status": "NOT_FOUND"}


def test_unknown_activity_is_404() -> None:
    jules = Jules()
    assert jules.code("GET", f"/sessions/{jules.create()}/activities/nope", 9) == 404


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1alpha"),
        ("DELETE", "/v1alpha/sessions/1"),
        ("GET", "/api/tasks"),
        ("POST", "/v1alpha/sessions/1:cancel"),
    ],
)
def test_outside_the_api_is_a_page(method: str, path: str) -> None:
    jules = Jules()
    answer = jules.raw(method, path)
    assert isinstance(answer, Response)
    assert (answer.status, header(answer.headers, "content-type")) == (404, "text/html; charset=UTF-8")
    assert jules.simulator.counts()["answers"] == {"404": 1}


# --- a life ----------------------------------------------------------------------------------------------

LIVES = [
    # scenarios, fields of the create, (age, state) in order; duration 10
    (
        "happy",
        {},
        [(0, "QUEUED"), (1, "PLANNING"), (2.5, "IN_PROGRESS"), (9.9, "IN_PROGRESS"), (10, "COMPLETED")],
    ),
    ("slow", {}, [(9.9, "QUEUED"), (10, "PLANNING"), (99, "IN_PROGRESS"), (100, "COMPLETED")]),
    ("failed", {}, [(0, "QUEUED"), (9.9, "IN_PROGRESS"), (10, "FAILED"), (1e6, "FAILED")]),
    (
        "happy",
        {"requirePlanApproval": True},
        [(2, "PLANNING"), (2.5, "AWAITING_PLAN_APPROVAL"), (1e6, "AWAITING_PLAN_APPROVAL")],
    ),
    (
        "needs-input",
        {"requirePlanApproval": True},
        [(2.5, "AWAITING_PLAN_APPROVAL"), (1e6, "AWAITING_PLAN_APPROVAL")],
    ),
    (
        "needs-input",
        {},
        [(4.9, "IN_PROGRESS"), (5, "AWAITING_USER_FEEDBACK"), (1e6, "AWAITING_USER_FEEDBACK")],
    ),
    ("stuck", {}, [(1, "PLANNING"), (2.5, "IN_PROGRESS"), (1e6, "IN_PROGRESS")]),
    (
        "unknown-word",
        {},
        [(4, "IN_PROGRESS"), (4.5, "REVIEWING"), (6.4, "REVIEWING"), (6.5, "IN_PROGRESS"), (10, "COMPLETED")],
    ),
    ("failed,slow", {}, [(10, "PLANNING"), (99, "IN_PROGRESS"), (100, "FAILED")]),
    ("stuck,failed", {}, [(1e6, "IN_PROGRESS")]),
    ("unknown-word,needs-input", {}, [(4.9, "REVIEWING"), (5, "AWAITING_USER_FEEDBACK")]),
]


@pytest.mark.parametrize(("scenarios", "fields", "states"), LIVES)
def test_state_is_a_function_of_age(scenarios: str, fields: Json, states: list[tuple[float, str]]) -> None:
    jules = Jules(scenarios, duration=10)
    task = jules.create(**fields)
    assert [(age, jules.state(task, age)) for age, _ in states] == states


def test_duration_of_zero_ends_at_once() -> None:
    jules = Jules(duration=0)
    assert jules.state(jules.create(), 0) == "COMPLETED"


def test_update_time_moves_until_the_end_and_not_beyond() -> None:
    jules = Jules(duration=10)
    task = jules.create()
    seen = [jules.get(task, age)["updateTime"] for age in range(13)]
    assert seen == sorted(seen)
    assert len(set(seen)) > 6
    assert seen[10] == seen[12]


def test_stuck_freezes_update_time() -> None:
    jules = Jules("stuck", duration=10)
    task = jules.create()
    assert jules.get(task, 5)["updateTime"] == jules.get(task, 1e6)["updateTime"]


def test_activities_of_a_life_with_a_source() -> None:
    jules = Jules(duration=10)
    found = jules.activities(jules.create(sourceContext=WIDGET), 10)
    progress = ["progressUpdated"] * 4
    assert members(found) == ["planGenerated", "planApproved", *progress, "agentMessaged", "sessionCompleted"]
    assert [list(each) for activity in found for each in activity.get("artifacts", [])] == [
        ["bashOutput"],
        ["changeSet"],
        ["media"],
    ]
    assert found[0]["planGenerated"]["plan"]["id"] == found[1]["planApproved"]["planId"]
    assert [each["createTime"] for each in found] == sorted(each["createTime"] for each in found)


def test_activities_appear_with_time_and_never_change() -> None:
    jules = Jules(duration=10)
    task = jules.create(sourceContext=WIDGET)
    whole = jules.activities(task, 99)
    for age in (0, 2, 3, 6, 9, 10):
        now = jules.activities(task, age)
        assert now == whole[: len(now)]
    assert jules.json("GET", f"/sessions/{task}/activities") == {}  # an empty list is left out


def test_one_activity_is_the_one_listed() -> None:
    jules = Jules(duration=10)
    task = jules.create()
    listed = jules.activities(task, 10)
    assert [jules.json("GET", f"/{activity['name']}", 10) for activity in listed] == listed


def test_failed_says_why_only_in_the_last_activity() -> None:
    jules = Jules("failed", duration=10)
    task = jules.create(sourceContext=WIDGET)
    last = jules.activities(task, 10)[-1]
    assert last["sessionFailed"]["reason"].startswith("The tests still fail")
    assert "outputs" not in jules.get(task, 10)
    assert "fail" not in json.dumps(jules.get(task, 10) | {"state": ""})


@pytest.mark.parametrize(
    ("fields", "kinds"),
    [
        ({}, []),
        ({"automationMode": "AUTO_CREATE_PR"}, []),  # no repository, nothing to open a pull request in
        ({"sourceContext": WIDGET}, ["changeSet"]),
        ({"sourceContext": WIDGET, "automationMode": "AUTOMATION_MODE_UNSPECIFIED"}, ["changeSet"]),
        ({"sourceContext": WIDGET, "automationMode": "AUTO_CREATE_PR"}, ["pullRequest", "changeSet"]),
    ],
)
def test_outputs(fields: Json, kinds: list[str]) -> None:
    jules = Jules(duration=10)
    task = jules.create(**fields)
    assert "outputs" not in jules.get(task, 9.9)
    assert [next(iter(output)) for output in jules.get(task, 10).get("outputs", [])] == kinds


def test_pull_request_names_repository_and_branches() -> None:
    jules = Jules(duration=0)
    task = jules.create(title="t", sourceContext=WIDGET, automationMode="AUTO_CREATE_PR")
    made = jules.get(task, 0)["outputs"][0]["pullRequest"]
    assert (made["url"], made["baseRef"]) == ("https://github.com/acme/widget/pull/1", "dev")


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not on the PATH")
@pytest.mark.parametrize(
    ("scenarios", "prompt"),
    [("happy", "Fix it"), ("happy", "a\r\nb\n\n+c\n--- d\n\u2028é\ud800"), ("huge", "Much")],
)
def test_the_diff_applies(scenarios: str, prompt: str, tmp_path: Path) -> None:
    jules = Jules(scenarios, duration=0)
    task = jules.create(prompt=prompt, sourceContext=WIDGET)
    diff: str = jules.get(task, 0)["outputs"][0]["changeSet"]["gitPatch"]["unidiffPatch"]
    git = ["git", "-C", str(tmp_path)]
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "apply", "--index", "-"], input=diff.encode(), check=True)
    staged = subprocess.run([*git, "ls-files", "-s"], check=True, capture_output=True, text=True).stdout
    assert diff.split("index 0000000..")[1][:7] == staged.split()[1][:7]  # even the blob's name is true
    text = (tmp_path / f"NOTES-{task}.md").read_bytes()
    assert text.count(b"\n") >= 3


# --- people ----------------------------------------------------------------------------------------------


def test_approval_lets_it_go_on_from_where_it_stood() -> None:
    jules = Jules(duration=10)
    task = jules.create(requirePlanApproval=True)
    answer = jules.act(task, "approvePlan", 100)
    assert (answer.status, json.loads(answer.body)) == (200, {})
    assert [jules.state(task, at) for at in (100, 107.4, 107.5)] == [
        "IN_PROGRESS",
        "IN_PROGRESS",
        "COMPLETED",
    ]
    [approved] = [each for each in jules.activities(task, 108) if "planApproved" in each]
    assert approved["originator"] == "user"


def test_approval_without_need_is_refused_and_after_the_end_taken() -> None:
    jules = Jules(duration=10)
    task = jules.create()
    answer = jules.act(task, "approvePlan", 5)
    assert (answer.status, error(answer)["status"]) == (400, "FAILED_PRECONDITION")
    assert jules.act(task, "approvePlan", 11).status == 200
    assert jules.state(task, 11) == "COMPLETED"


def test_message_answers_the_question() -> None:
    jules = Jules("needs-input", duration=10)
    task = jules.create()
    assert "Which branch" in jules.activities(task, 5)[-1]["agentMessaged"]["agentMessage"]
    assert jules.act(task, "sendMessage", 50, {"prompt": "main"}).status == 200
    assert jules.activities(task, 50)[-1]["userMessaged"] == {"userMessage": "main"}
    assert [jules.state(task, at) for at in (50, 54.9, 55)] == ["IN_PROGRESS", "IN_PROGRESS", "COMPLETED"]


def test_message_does_not_approve_a_plan() -> None:
    jules = Jules(duration=10)
    task = jules.create(requirePlanApproval=True)
    jules.act(task, "sendMessage", 20, {"prompt": "also the docs"})
    assert jules.state(task, 100) == "AWAITING_PLAN_APPROVAL"
    assert members(jules.activities(task, 100))[-2:] == ["userMessaged", "agentMessaged"]
    jules.act(task, "approvePlan", 100)
    assert jules.state(task, 200) == "COMPLETED"


@pytest.mark.parametrize(("scenarios", "end"), [("happy", "COMPLETED"), ("failed", "FAILED")])
def test_message_reopens_what_was_over(scenarios: str, end: str) -> None:
    jules = Jules(scenarios, duration=10)
    task = jules.create(sourceContext=WIDGET)
    before = jules.activities(task, 20)
    jules.act(task, "sendMessage", 20, {"prompt": "once more"})
    assert [jules.state(task, at) for at in (20, 29.9, 30)] == ["IN_PROGRESS", "IN_PROGRESS", end]
    assert jules.activities(task, 30)[: len(before)] == before
    assert ("outputs" in jules.get(task, 25)) is (end == "COMPLETED")


@pytest.mark.parametrize("body", [{}, {"prompt": ""}, {"prompt": 1}, {"text": "x"}, b"nonsense"])
def test_message_needs_a_prompt(body: object) -> None:
    jules = Jules()
    assert jules.act(jules.create(), "sendMessage", 1, body).status == 400


def test_archived_is_hidden_from_the_list_and_stays_readable() -> None:
    jules = Jules()
    kept, hidden = jules.create(), jules.create()
    jules.act(hidden, "archive", 1)
    assert jules.get(hidden, 1)["archived"] is True

    def listed(wanted: str) -> list[str]:
        found = jules.json("GET", f"/sessions?filter={quote(wanted)}", 1)
        return [session["id"] for session in found.get("sessions", [])]

    assert (listed(""), listed("archived = true"), listed("archived=false")) == ([kept], [hidden], [kept])
    jules.act(hidden, "unarchive", 2)
    assert listed("") == [hidden, kept]
    assert "archived" not in jules.get(hidden, 2)  # proto JSON leaves out what is false


# --- lists -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("size", "pages"), [(1, 7), (3, 3), (7, 1), (100, 1), (5000, 1)])
def test_every_page_newest_first_without_a_duplicate(size: int, pages: int) -> None:
    jules = Jules()
    made = [jules.create(at=number) for number in range(7)]
    listed = [session["id"] for session in jules.pages(f"/sessions?pageSize={size}", "sessions", 10)]
    assert listed == made[::-1]
    assert jules.simulator.counts()["lists"] == pages


def test_sessions_made_between_two_pages_do_not_shift_them() -> None:
    jules = Jules()
    made = [jules.create() for _ in range(4)]
    first = jules.json("GET", "/sessions?pageSize=2")
    jules.create()
    jules.act(made[3], "archive", 0)
    rest = jules.json("GET", f"/sessions?pageSize=2&pageToken={first['nextPageToken']}")
    assert [session["id"] for session in first["sessions"] + rest["sessions"]] == made[::-1]


def test_default_page_sizes() -> None:
    jules = Jules("huge", duration=10)
    task = jules.create()
    assert len(jules.json("GET", f"/sessions/{task}/activities", 10)["activities"]) == 50
    plain = Jules()
    for _ in range(31):
        plain.create()
    assert len(plain.json("GET", "/sessions")["sessions"]) == 30


@pytest.mark.parametrize("size", [1, 2, 100])
def test_every_page_of_activities(size: int) -> None:
    jules = Jules(duration=10)
    task = jules.create(sourceContext=WIDGET)
    assert jules.activities(task, 10, size) == jules.activities(task, 10)


@pytest.mark.parametrize(
    ("compare", "kept"),
    [(">", slice(3, None)), (">=", slice(2, None)), ("<", slice(0, 2)), ("=", slice(2, 3))],
)
def test_activities_since(compare: str, kept: slice) -> None:
    jules = Jules(duration=10)
    task = jules.create()
    found = jules.activities(task, 10)
    wanted = quote(f'create_time{compare}"{found[2]["createTime"]}"')
    path = f"/sessions/{task}/activities?pageSize=1&filter={wanted}"
    assert list(jules.pages(path, "activities", 10)) == found[kept]


@pytest.mark.parametrize(
    "query",
    [
        "pageSize=x",
        "pageSize=-1",
        "pageToken=garbage",
        "pageToken=%C3%A9",
        "filter=state%3DX",
        "filter=create_time%3E%22yesterday%22",
    ],
)
@pytest.mark.parametrize("path", ["/sessions", "/sessions/{}/activities"])
def test_bad_queries_are_400(path: str, query: str) -> None:
    jules = Jules()
    answer = jules.ask("GET", f"{path.format(jules.create())}?{query}")
    assert (answer.status, error(answer)["status"]) == (400, "INVALID_ARGUMENT")


def test_sources_page_and_get() -> None:
    jules = Jules()
    listed = list(jules.pages("/sources?pageSize=2", "sources", 0))
    assert [source["id"] for source in listed] == [f"github/{name}" for name in REPOSITORIES]
    assert [jules.json("GET", f"/{source['name']}") for source in listed] == listed
    assert jules.json("GET", "/sources/github%2Facme%2Fwidget") == listed[0]  # {name=**}, escaped or not


# --- scenarios -------------------------------------------------------------------------------------------


def test_unknown_scenario_names_the_nearest_and_all() -> None:
    with pytest.raises(ValueError, match=r"'throtled'; did you mean throttled\? \(known: eventual, .*unknown-word"):
        Simulator("happy,throtled")


@pytest.mark.parametrize("wanted", ["lost-answer,eventual", ["lost-answer", "eventual"], " eventual , lost-answer,"])
def test_scenarios_come_as_text_or_list(wanted: str | list[str]) -> None:
    Simulator(wanted)


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_scenario_has_a_sentence_and_does_something(name: str) -> None:
    assert len(SCENARIOS[name]) > 20

    def story(scenarios: str) -> list[bytes | str]:
        jules = Jules(scenarios, duration=10, grace=3, seed=4)
        answers = [jules.raw("POST", "/v1alpha/sessions", 0, {"prompt": "x", "sourceContext": WIDGET})]
        [task] = jules.simulator.counts()["ids"] or ["none"]
        answers += [jules.raw("GET", f"/v1alpha/sessions/{task}", at) for at in range(1, 12)]
        return [answer.body if isinstance(answer, Response) else answer.reason for answer in answers]

    assert (story(name) == story("happy")) is (name == "happy")


def test_throttled_first_create_in_seconds_then_every_fifth_as_date() -> None:
    jules = Jules("throttled")
    first = jules.ask("POST", "/sessions", 0, {"prompt": "x"})
    assert (first.status, error(first)["status"]) == (429, "RESOURCE_EXHAUSTED")
    assert header(first.headers, "retry-after") == "1"
    task = jules.create(at=1)
    assert [jules.code("GET", f"/sessions/{task}", 2) for _ in range(3)] == [200] * 3
    fifth = jules.ask("GET", f"/sessions/{task}", 2)
    assert fifth.status == 429
    until = parsedate_to_datetime(header(fifth.headers, "retry-after") or "").timestamp() - T
    assert 1 <= until - 2 <= 2
    assert [jules.code("GET", f"/sessions/{task}", until) for _ in range(5)] == [200] * 4 + [429]
    assert header(jules.ask("GET", f"/sessions/{task}", until + 0.1).headers, "retry-after") == "1"
    counts = jules.simulator.counts()
    assert (counts["throttled"], counts["too_early"], counts["committed"]) == (4, 1, 1)


TOO_EARLY = [
    # (path, seconds after the first refusal, counted as too early)
    ("/sessions?a", 0.0, True),  # the same request again is a retry, however soon
    ("/sessions?b", 0.05, False),  # another may have been on its way
    ("/sessions?b", 0.5, True),
    ("/sessions?a", 0.98, True),
    ("/sessions?a", 0.995, None),  # within the tolerance of two clocks: let through
    ("/sessions?a", 1.0, None),
]


@pytest.mark.parametrize(("path", "after", "counted"), TOO_EARLY)
def test_too_early_is_refused_again_and_counted(path: str, after: float, counted: bool | None) -> None:
    jules = Jules("throttled")
    for _ in range(4):
        assert jules.code("GET", "/sources") == 200
    assert jules.code("GET", "/sessions?a") == 429
    assert jules.code("GET", path, after) == (200 if counted is None else 429)
    assert jules.simulator.counts()["too_early"] == (counted is True)


def test_early_retries_do_not_move_the_moment() -> None:
    jules = Jules("throttled")
    for tenth in range(10):
        assert jules.code("POST", "/sessions", tenth / 10, {"prompt": "x"}) == 429
    assert jules.code("POST", "/sessions", 1.0, {"prompt": "x"}) == 200


def test_credentials_are_throttled_each_for_itself() -> None:
    jules = Jules("throttled")
    assert jules.code("POST", "/sessions", 0, {"prompt": "x"}, key="a") == 429
    assert jules.code("GET", "/sessions", 0, key="b") == 200


def test_flaky_is_about_one_in_five_of_every_kind() -> None:
    jules = Jules("flaky", seed=1)
    answers = [jules.raw("POST", "/v1alpha/sessions", 0, {"prompt": "x", "title": "t"}) for _ in range(1000)]
    faults = [answer for answer in answers if isinstance(answer, Dropped) or answer.status != 200]
    assert 150 < len(faults) < 250
    kinds = {"dropped" if isinstance(fault, Dropped) else fault.status for fault in faults}
    assert kinds == {"dropped", 500, 502, 503}
    pages = [fault for fault in faults if isinstance(fault, Response) and fault.body.startswith(b"<!DOCTYPE html>")]
    assert pages
    assert all(fault.sent for fault in faults if isinstance(fault, Dropped))
    committed = jules.simulator.counts()["committed"]
    assert 1000 - len(faults) < committed < 1000  # some were carried out, some were not


def test_a_fault_after_the_work_never_hides_a_refusal() -> None:
    jules = Jules("lost-answer")
    assert jules.code("POST", "/sessions", 0, {"prompt": ""}) == 400


def test_lost_answer_commits_and_drops_every_create_and_nothing_else() -> None:
    jules = Jules("lost-answer")
    for _ in range(3):
        assert isinstance(jules.raw("POST", "/v1alpha/sessions", 0, {"prompt": "x", "title": "marker"}), Dropped)
    assert [session["title"] for session in jules.json("GET", "/sessions")["sessions"]] == ["marker"] * 3
    counts = jules.simulator.counts()
    assert (counts["committed"], counts["dropped"], counts["created_twice"]) == (3, 3, 2)
    assert counts["titles"] == {"marker": 3}


def test_eventual_hides_a_new_session_for_the_grace() -> None:
    jules = Jules("eventual", grace=5)
    task = jules.create()
    paths = (f"/sessions/{task}", f"/sessions/{task}/activities")
    assert [jules.code("GET", path, 4.9) for path in paths] == [404, 404]
    assert jules.json("GET", "/sessions", 4.9) == {}
    assert [jules.code("GET", path, 5) for path in paths] == [200, 200]
    assert len(jules.json("GET", "/sessions", 5)["sessions"]) == 1


def test_expired_token_dies_after_three_requests_and_another_lives() -> None:
    jules = Jules("expired-token")
    codes = [jules.code("GET", "/sessions") for _ in range(6)]
    assert codes == [200, 200, 200, 401, 401, 401]
    assert error(jules.ask("GET", "/sessions"))["status"] == "UNAUTHENTICATED"
    assert {jules.code("GET", "/sessions", key="new") for _ in range(9)} == {200}
    assert jules.simulator.counts()["unauthorised"] == 4


def test_unknown_word_is_in_everything() -> None:
    jules = Jules("unknown-word", duration=10)
    task = jules.create()
    kinds = members(jules.activities(task, 10))
    assert kinds[0] == ""  # no member at all
    assert "sessionPondered" in kinds
    session = jules.get(task, 10)
    assert session["outputs"] == [{"knowledgeGraph": {"nodes": 3}}]
    assert "telemetry" in session


def test_gone_forgets_after_half_of_the_duration() -> None:
    jules = Jules("gone", duration=10)
    task = jules.create()
    assert jules.state(task, 4.9) == "IN_PROGRESS"
    paths = (f"/sessions/{task}", f"/sessions/{task}/activities")
    assert [jules.code("GET", path, 5) for path in paths] == [404, 404]
    assert jules.json("GET", "/sessions", 5) == {}


def test_huge_is_huge_and_its_pages_still_fit() -> None:
    jules = Jules("huge", duration=10)
    tasks = [jules.create(sourceContext=WIDGET) for _ in range(6)]
    diff = jules.get(tasks[0], 10)["outputs"][0]["changeSet"]["gitPatch"]["unidiffPatch"]
    assert 4_000_000 < len(diff) < 5_000_000
    assert len(jules.activities(tasks[0], 10)) > 300
    assert len(jules.ask("GET", "/sessions?pageSize=100", 10).body) < 32 * 1024 * 1024
    assert len(list(jules.pages("/sessions?pageSize=100", "sessions", 10))) == 6


def test_slow_and_throttled_together() -> None:
    jules = Jules("slow,throttled", duration=2)
    assert jules.code("POST", "/sessions", 0, {"prompt": "x"}) == 429
    task = jules.create(at=1)
    assert (jules.state(task, 1 + 19.9), jules.state(task, 1 + 20)) == ("IN_PROGRESS", "COMPLETED")


def test_lost_answer_and_eventual_together() -> None:
    jules = Jules("lost-answer,eventual", grace=5)
    assert isinstance(jules.raw("POST", "/v1alpha/sessions", 0, {"prompt": "x", "title": "marker"}), Dropped)
    assert jules.json("GET", "/sessions", 4) == {}
    [session] = jules.json("GET", "/sessions", 5)["sessions"]
    assert (session["title"], session["state"]) == ("marker", "COMPLETED")


# --- figures, purity, discovery --------------------------------------------------------------------------


def test_counts_are_readable_without_a_key_and_count_no_reading() -> None:
    jules = Jules()
    task = jules.create(title="t")
    jules.state(task, 1)
    jules.json("GET", "/sessions")
    jules.act(task, "archive", 1)
    answer = jules.raw("GET", "/_simulator", key=None)
    assert isinstance(answer, Response)
    counts = jules.simulator.counts()
    assert json.loads(answer.body) == counts
    assert counts == {
        "requests": 4,
        "creates": 1,
        "polls": 1,
        "lists": 1,
        "acts": 1,
        "committed": 1,
        "created_twice": 0,
        "throttled": 0,
        "too_early": 0,
        "dropped": 0,
        "unauthorised": 0,
        "routes": {
            "GET /v1alpha/sessions": 1,
            "GET /v1alpha/sessions/{session}": 1,
            "POST /v1alpha/sessions": 1,
            "POST /v1alpha/sessions/{session}:archive": 1,
        },
        "answers": {"200": 4},
        "titles": {"t": 1},
        "ids": [task],
    }


def test_sessions_without_a_title_of_their_own_are_no_duplicates() -> None:
    jules = Jules()
    jules.create()
    jules.create()
    assert jules.simulator.counts()["created_twice"] == 0


def test_keys_are_nowhere_in_the_counts() -> None:
    jules = Jules("throttled,expired-token")
    for _ in range(9):
        jules.code("GET", "/sessions", key="s3cret-key")
    answer = jules.raw("GET", "/_simulator")
    assert isinstance(answer, Response)
    assert b"s3cret" not in answer.body + repr(vars(jules.simulator)).encode()


EVERYTHING = "flaky,throttled,eventual,needs-input,unknown-word"


def conversation(seed: int, scenarios: str = EVERYTHING) -> list[Response | Dropped]:
    jules = Jules(scenarios, seed=seed)
    answers: list[Response | Dropped] = []
    for number in range(60):
        at = number * 0.9
        answers.append(jules.raw("POST", "/v1alpha/sessions", at, {"prompt": f"p{number}", "sourceContext": WIDGET}))
        answers += [jules.raw("GET", f"/v1alpha/sessions/{task}", at) for task in jules.simulator.counts()["ids"]]
        answers.append(jules.raw("GET", "/v1alpha/sessions?pageSize=3", at))
    return answers


def test_same_seed_and_requests_give_the_same_bytes() -> None:
    assert conversation(7) == conversation(7)
    assert conversation(7) != conversation(8)


def test_asking_changes_nothing() -> None:
    jules = Jules(duration=10)
    task = jules.create()
    later = jules.get(task, 9)
    assert jules.state(task, 1) == "PLANNING"  # even an earlier moment is answered
    assert jules.get(task, 9) == later


def test_no_clock_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden() -> float:
        raise AssertionError("a clock was read")

    monkeypatch.setattr("time.time", forbidden)
    monkeypatch.setattr("time.monotonic", forbidden)
    conversation(3)


def test_times_are_fixed_width_so_that_the_sdk_may_compare_strings() -> None:
    jules = Jules(duration=10)
    times = {each["createTime"] for each in jules.activities(jules.create(), 10)}
    assert {len(each) for each in times} == {len("2027-01-15T08:00:00.250000Z")}
    assert all(datetime.fromisoformat(each).tzinfo for each in times)


def test_negative_times_are_refused() -> None:
    with pytest.raises(ValueError, match="seconds"):
        Simulator(duration=-1)


def test_doubles_are_found_by_file_name() -> None:
    assert "jules" in simulate.names()
    assert not [name for name in simulate.names() if name.startswith("_")]
    assert simulate.load("jules") is Simulator
    assert simulate.scenarios("jules") == SCENARIOS
    with pytest.raises(ValueError, match="did you mean jules"):
        simulate.load("juels")


def test_handler_gives_the_time_of_its_clock() -> None:
    ticks = iter([T, T + 1])
    handle = simulate.handler(Simulator(duration=1), lambda: next(ticks))
    headers = (("x-goog-api-key", "k"),)
    url = "http://127.0.0.1:1/v1alpha/sessions"
    made = handle(Request(method="POST", url=url, headers=headers, body=b'{"prompt": "x"}'))
    assert isinstance(made, Response)
    read = handle(Request(method="GET", url=f"{url}/{json.loads(made.body)['id']}", headers=headers))
    assert isinstance(read, Response)
    assert json.loads(read.body)["state"] == "COMPLETED"
