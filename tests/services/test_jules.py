"""The Jules contract against its documents: every answer below is from the sources, read through the contract.

Sources: https://jules.google/docs/api/reference and npm `@google/jules-sdk` 0.2.0, checked 2026-11-22.
"""

import json
from dataclasses import replace
from typing import Any

import pytest

from accepted import AuthenticationFailed, BadRequest, Client, InputRequired, RateLimited, Status, TaskFailed
from accepted.core import codec
from accepted.core.contract import Ask, Marked
from accepted.core.learn import learn
from accepted.core.read import Answer, meaning
from accepted.core.task import Task
from accepted.core.wire import Request, Response
from accepted.drivers.transport import MemoryTransport
from accepted.services.jules import Inputs, Message, PullRequest, Result, contract
from accepted.testing import VirtualClock, simulation

BASE = "https://jules.googleapis.com/v1alpha"
MARKER = "accepted-0123456789ab"

SESSION = {
    "name": "sessions/314",
    "id": "314",
    "prompt": "x",
    "title": "t",
    "state": "COMPLETED",
    "url": "https://jules.google.com/session/314",
    "createTime": "2026-01-15T10:30:00.1Z",
    "updateTime": "2026-01-15T10:40:00Z",
    "archived": False,
}
PULL_REQUEST = {
    "url": "https://github.com/o/r/pull/1",
    "title": "Fix",
    "description": "It was flaky.",
    "baseRef": "main",
    "headRef": "b",
}
CHANGE_SET = {
    "source": "sources/github/o/r",
    "gitPatch": {"unidiffPatch": "diff --git", "baseCommitId": "c0ffee", "suggestedCommitMessage": "Fix it"},
}


def raw(document: Any) -> bytes:
    return json.dumps(document).encode()


def read(document: Any) -> Any:
    return contract.read(Answer(raw=raw(document)))


class Recorded:
    """A service that answers from a table: `METHOD path` to a document, or to a code and a document."""

    def __init__(self, answers: dict[str, Any]) -> None:
        self.answers = answers
        self.sent: list[Request] = []
        self.client: Client[..., Any] = Client(
            contract, auth="a-recorded-key", journal=None, transport=MemoryTransport(self.answer), clock=VirtualClock()
        )

    def answer(self, request: Request) -> Response:
        self.sent.append(request)
        found = self.answers[f"{request.method} {request.url.removeprefix(BASE).partition('?')[0]}"]
        code, document = found if isinstance(found, tuple) else (200, found)
        return Response(status=code, body=raw(document))


# ---- states

STATES: list[tuple[Any, Status, str | None]] = [
    (None, Status.QUEUED, None),  # absent just after the create: the official quickstart's answer has none
    ("", Status.QUEUED, None),
    ("STATE_UNSPECIFIED", Status.QUEUED, None),
    ("QUEUED", Status.QUEUED, None),
    ("PLANNING", Status.IN_PROGRESS, None),
    ("IN_PROGRESS", Status.IN_PROGRESS, None),
    ("AWAITING_PLAN_APPROVAL", Status.INPUT_REQUIRED, "approve"),
    ("AWAITING_USER_FEEDBACK", Status.INPUT_REQUIRED, "message"),
    ("PAUSED", Status.PAUSED, None),
    ("COMPLETED", Status.COMPLETED, None),
    ("FAILED", Status.FAILED, None),
    ("REVIEWING", Status.UNKNOWN, None),  # neither final nor taken for a known one
    ("completed", Status.UNKNOWN, None),
    ("CANCELLED", Status.UNKNOWN, None),
]


@pytest.mark.parametrize(("state", "status", "reason"), STATES, ids=[repr(row[0]) for row in STATES])
def test_states(state: str | None, status: Status, reason: str | None) -> None:
    session = {**SESSION, "state": state}
    if state is None:
        del session["state"]
    task = learn(Task(service="jules"), read(session), contract.words, 0.0)
    assert (task.status, task.reason) == (status, reason)
    assert task.service_status == (state or None)


def test_every_declared_word_is_in_the_table_above() -> None:
    assert {word for word in contract.words if word} <= {str(row[0]) for row in STATES}


@pytest.mark.parametrize("status", contract.examples)
def test_an_example_reads_as_the_status_under_which_it_stands(status: Status) -> None:
    reading = read(contract.examples[status])
    assert meaning(contract.words, reading.service_status or "").status is status
    assert reading.id == "314"


def test_there_is_an_example_of_every_status_that_a_word_means() -> None:
    assert set(contract.examples) == {meaning(contract.words, word).status for word in contract.words}


# ---- a session


@pytest.mark.parametrize(
    ("names", "found"),
    [
        ({"id": "314", "name": "sessions/314"}, "314"),
        ({"id": "314"}, "314"),
        ({"name": "sessions/314"}, "314"),
        ({"name": "1234567"}, "1234567"),  # one of the two sets of documents prints it bare
        ({}, None),
    ],
)
def test_ids(names: dict[str, str], found: str | None) -> None:
    assert read({"state": "QUEUED", **names}).id == found


def test_what_a_session_says() -> None:
    reading = read(SESSION)
    assert (reading.title, reading.page_url) == ("t", "https://jules.google.com/session/314")
    assert reading.created_at.isoformat() == "2026-01-15T10:30:00.100000+00:00"
    assert reading.finished_at == reading.updated_at


def test_a_running_session_has_no_end() -> None:
    assert read({**SESSION, "state": "IN_PROGRESS"}).finished_at is None


TITLES = [
    (f"Fix the flaky test [{MARKER}]", "Fix the flaky test"),
    ("Fix [the] flaky test", "Fix [the] flaky test"),
    (f"[{MARKER}] at the beginning", f"[{MARKER}] at the beginning"),  # ours stands at the end
    ("[accepted-not-hex]", "[accepted-not-hex]"),
    ("", None),
]


@pytest.mark.parametrize(("title", "shown"), TITLES)
def test_our_marker_is_taken_off_a_title(title: str, shown: str | None) -> None:
    assert read({**SESSION, "title": title}).title == shown


def test_a_session_carries_the_marker_that_it_was_created_with() -> None:
    assert isinstance(contract.safe, Marked)
    carries = contract.safe.carries
    assert carries(Answer(raw=raw({"title": f"t [{MARKER}]"})), MARKER)
    for title in ("t", f"t [{MARKER}0]", MARKER, None):
        assert not carries(Answer(raw=raw({"title": title})), MARKER)


# ---- requests

CREATES: list[tuple[dict[str, Any], str]] = [
    (  # byte for byte what the official SDK sends, but for the title, which carries our marker
        {
            "prompt": "x",
            "title": "t",
            "source": "github/o/r",
            "branch": "main",
            "auto_create_pr": True,
            "require_plan_approval": False,
        },
        (
            '{"prompt":"x","title":"t [MARKER]","sourceContext":{"source":"sources/github/o/r","githubRepoContext":'
            '{"startingBranch":"main"}},"automationMode":"AUTO_CREATE_PR","requirePlanApproval":false}'
        ),
    ),
    (  # without a repository, as the SDK does it: no sourceContext
        {"prompt": "Explain 202"},
        '{"prompt":"Explain 202","title":"Explain 202 [MARKER]","requirePlanApproval":false}',
    ),
    (
        {"prompt": "x", "source": "sources/github/o/r", "branch": "dev", "require_plan_approval": True},
        (
            '{"prompt":"x","title":"x [MARKER]","sourceContext":{"source":"sources/github/o/r","githubRepoContext":'
            '{"startingBranch":"dev"}},"requirePlanApproval":true}'
        ),
    ),
    (
        {"prompt": 'Zoë \\ "quoted"\nsecond line', "title": ""},
        (
            '{"prompt":"Zoë \\\\ \\"quoted\\"\\nsecond line","title":"Zoë \\\\ \\"quoted\\" second line [MARKER]",'
            '"requirePlanApproval":false}'
        ),
    ),
]


@pytest.mark.parametrize(("inputs", "body"), CREATES)
def test_a_create_is_byte_for_byte(inputs: dict[str, Any], body: str) -> None:
    (step,) = contract.create
    assert step.body
    made = step.body(Ask(inputs=Inputs(**inputs), task=Task(service="jules", marker=MARKER)))
    assert codec.encode(made).decode() == body.replace("MARKER", MARKER)


def test_a_long_prompt_makes_a_short_title() -> None:
    (step,) = contract.create
    assert step.body
    made: Any = step.body(Ask(inputs=Inputs(prompt="word " * 1000), task=Task(service="jules", marker=MARKER)))
    assert len(made["title"]) < 160
    assert made["title"].endswith(f" [{MARKER}]")
    assert len(made["prompt"]) == 5000


@pytest.mark.parametrize(
    ("name", "inputs", "path", "body"),
    [
        ("approve_plan", {}, "approvePlan", b"{}"),
        ("send_message", {"prompt": "Use pytest"}, "sendMessage", b'{"prompt":"Use pytest"}'),
        ("archive", {}, "archive", b"{}"),
        ("unarchive", {}, "unarchive", b"{}"),
    ],
)
def test_acts(name: str, inputs: dict[str, str], path: str, body: bytes) -> None:
    service = Recorded({f"POST /sessions/314:{path}": {}})
    service.client.act("jules:314", name, **inputs)
    (request,) = service.sent
    assert (request.method, request.url, request.body) == ("POST", f"{BASE}/sessions/314:{path}", body)


@pytest.mark.parametrize("empty", [b"", b"{}"], ids=["nothing", "object"])
def test_an_act_may_be_answered_with_nothing(empty: bytes) -> None:
    client = Client(
        contract, auth="k", journal=None, transport=MemoryTransport(lambda _: Response(status=200, body=empty))
    )
    assert client.act("jules:314", "approve_plan").id == "314"


def test_a_message_is_not_empty() -> None:
    with pytest.raises(BadRequest, match="'prompt'"):
        Recorded({}).client.act("jules:314", "send_message", prompt="")
    assert codec.encode(Message(prompt="x")) == b'{"prompt":"x"}'


@pytest.mark.parametrize("source", ["github/o/r", "sources/github/o/r"])
def test_both_forms_of_a_source_are_taken(source: str) -> None:
    service = Recorded({"POST /sessions": {"id": "314"}})
    service.client.create_task(prompt="x", source=source)
    assert json.loads(service.sent[0].body)["sourceContext"]["source"] == "sources/github/o/r"  # type: ignore[arg-type]


@pytest.mark.parametrize("source", ["o/r", "github-o-r", "github/o/r/x", "gitlab/o/r", "github//r", ""])
def test_other_sources_are_refused_before_they_are_sent(source: str) -> None:
    service = Recorded({})
    with pytest.raises(BadRequest, match="input 'source'"):
        service.client.create_task(prompt="x", source=source)
    assert service.sent == []


# ---- conversations


def said(text: str, at: str = "2026-01-15T10:39:00Z") -> dict[str, Any]:
    return {"name": "a", "id": "a", "createTime": at, "originator": "agent", "agentMessaged": {"agentMessage": text}}


RESULTS: list[tuple[Any, Any, Result]] = [
    ({}, {}, Result()),  # absent lists are empty lists, as proto JSON leaves them out
    ({"outputs": []}, {"activities": []}, Result()),
    ({}, {"activities": [said("first"), said("last")]}, Result(message="last")),
    (
        {"outputs": [{"pullRequest": PULL_REQUEST}, {"changeSet": CHANGE_SET}]},
        {},
        Result(
            diff="diff --git",
            base_commit="c0ffee",
            commit_message="Fix it",
            pull_requests=(
                PullRequest(
                    url="https://github.com/o/r/pull/1",
                    title="Fix",
                    description="It was flaky.",
                    base_ref="main",
                    head_ref="b",
                ),
            ),
        ),
    ),
    (  # the change set may stand in the activities only
        {},
        {"activities": [{"artifacts": [{"changeSet": CHANGE_SET}]}]},
        Result(diff="diff --git", base_commit="c0ffee", commit_message="Fix it"),
    ),
    ({"outputs": [{"changeSet": {"source": "sources/github/o/r"}}]}, {}, Result()),
    ({"outputs": [{"changeSet": {"gitPatch": {}}}]}, {}, Result()),
    ({"outputs": [{"knowledgeGraph": {"nodes": 3}}]}, {}, Result()),  # an output that nobody documented
    (  # the "Session started" of the service's own documents has no known member; the SDK throws on it
        {},
        {"activities": [{"id": "1", "description": "Session started"}, {"id": "2", "sessionPondered": {"depth": 3}}]},
        Result(),
    ),
    (
        {},
        {"activities": [{"artifacts": [{"bashOutput": {"command": "ls", "exitCode": 0}}, {"hologram": {}}]}]},
        Result(),
    ),
]


@pytest.mark.parametrize(("session", "activities", "result"), RESULTS)
def test_results(session: Any, activities: Any, result: Result) -> None:
    service = Recorded({"GET /sessions/314": {**SESSION, **session}, "GET /sessions/314/activities": activities})
    assert service.client.poll_task("jules:314").result == result


def test_pictures_and_the_diff_are_artifacts() -> None:
    picture = {"media": {"data": "iVBORw0KGgo=", "mimeType": "image/png"}}
    service = Recorded(
        {
            "GET /sessions/314": {**SESSION, "outputs": [{"changeSet": CHANGE_SET}]},
            "GET /sessions/314/activities": {
                "activities": [{"artifacts": [picture, {"media": {"data": "not base64"}}]}]
            },
        }
    )
    made = service.client.poll_task("jules:314").artifacts
    assert [(one.name, one.media_type, one.content) for one in made] == [
        ("changes.patch", "text/x-diff", b"diff --git"),
        ("media-1.png", "image/png", b"\x89PNG\r\n\x1a\n"),
        ("media-2.octet-stream", "application/octet-stream", b""),
    ]


def test_the_reason_of_a_failure_stands_in_the_activities() -> None:
    activities = [said("I try"), {"sessionFailed": {"reason": "no tests"}}, {"sessionFailed": {"reason": "quota"}}]
    service = Recorded(
        {
            "GET /sessions/314": {**SESSION, "state": "FAILED"},
            "GET /sessions/314/activities": {"activities": activities},
        }
    )
    with pytest.raises(TaskFailed, match="quota") as caught:
        service.client.poll_task("jules:314")
    assert caught.value.task.message == "quota"


def test_a_failure_without_activities_is_a_failure_all_the_same() -> None:
    answers: dict[str, Any] = {"GET /sessions/314": {**SESSION, "state": "FAILED"}, "GET /sessions/314/activities": {}}
    with pytest.raises(TaskFailed):
        Recorded(answers).client.poll_task("jules:314")


@pytest.mark.parametrize(
    ("activities", "text"),
    [
        ([{"progressUpdated": {"title": "Ran the tests", "description": "All of them."}}], "Ran the tests"),
        ([{"progressUpdated": {"description": "All of them."}}], "All of them."),
        ([{"planGenerated": {"plan": {"id": "p", "steps": []}}}], "the plan is ready"),
        ([{"description": "Session started"}], "Session started"),
        ([{"progressUpdated": {"title": "one"}}, {"progressUpdated": {"title": "two"}}, said("x")], "two"),
        ([{"sessionPondered": {}}], None),
        ([], None),
    ],
)
def test_progress(activities: list[Any], text: str | None) -> None:
    session = {**SESSION, "state": "AWAITING_USER_FEEDBACK"}
    answers: dict[str, Any] = {"GET /sessions/314": session}
    answers["GET /sessions/314/activities"] = {"activities": activities}
    task = Recorded(answers).client.poll_task("jules:314", check=False)
    assert (task.progress.text if task.progress else None) == text


def test_what_jules_asks_is_the_message() -> None:
    answers: dict[str, Any] = {"GET /sessions/314": {**SESSION, "state": "AWAITING_USER_FEEDBACK"}}
    answers["GET /sessions/314/activities"] = {"activities": [said("Hello"), said("Which branch?")]}
    task = Recorded(answers).client.poll_task("jules:314", check=False)
    assert (task.status, task.reason, task.message) == (Status.INPUT_REQUIRED, "message", "Which branch?")


def test_activities_that_are_not_there_yet_are_passed_over() -> None:
    """404 on activities just after a create (jules-sdk issue 19)."""
    missing = (404, {"error": {"code": 404, "message": "Requested entity was not found.", "status": "NOT_FOUND"}})
    service = Recorded(
        {"GET /sessions/314": {**SESSION, "state": "AWAITING_PLAN_APPROVAL"}, "GET /sessions/314/activities": missing}
    )
    assert service.client.poll_task("jules:314", check=False).status is Status.INPUT_REQUIRED


def test_only_newer_activities_are_asked_for() -> None:
    """The filter that the official SDK sends."""
    documents = iter(
        [
            {**SESSION, "state": "IN_PROGRESS", "updateTime": "2026-01-15T10:31:00Z"},
            {**SESSION, "state": "IN_PROGRESS", "updateTime": "2026-01-15T10:32:00Z"},
            {**SESSION, "state": "PAUSED", "updateTime": "2026-01-15T10:32:00Z"},
            {**SESSION, "state": "COMPLETED", "updateTime": "2026-01-15T10:33:00Z"},
        ]
    )
    service = Recorded({"GET /sessions/314/activities": {"activities": [said("x", "2026-01-15T10:30:59.5Z")]}})
    recorded = service.answer

    def answer(request: Request) -> Response:
        if request.url.endswith("/sessions/314"):
            service.sent.append(request)
            return Response(status=200, body=raw(next(documents)))
        return recorded(request)

    client = Client(contract, auth="k", journal=None, transport=MemoryTransport(answer), clock=VirtualClock())
    assert client.poll_task("jules:314", on_update=print).ok
    asked = [request.url.partition("/activities")[2] for request in service.sent if "/activities" in request.url]
    assert asked == [
        "?pageSize=100",
        "?pageSize=100&filter=create_time%3E%222026-01-15T10%3A30%3A59.500000Z%22",
        "?pageSize=100",  # the result takes all of them
    ]


# ---- errors


def problem(code: int, status: str, message: str, *details: Any) -> tuple[int, Any]:
    error = {"code": code, "message": message, "status": status}
    return code, {"error": {**error, **({"details": list(details)} if details else {})}}


INFO = "type.googleapis.com/google.rpc.ErrorInfo"

REFUSALS = [
    (
        problem(400, "INVALID_ARGUMENT", "API key not valid.", {"@type": INFO, "reason": "API_KEY_INVALID"}),
        AuthenticationFailed,
        "https://jules.google.com/settings",
    ),
    (
        problem(
            400,
            "INVALID_ARGUMENT",
            "bad",
            {"fieldViolations": [{"field": "session.automation_mode", "description": "Invalid value"}]},
        ),
        BadRequest,
        "session.automation_mode: Invalid value",
    ),
    (problem(401, "UNAUTHENTICATED", "who?"), AuthenticationFailed, "JULES_API_KEY"),
    (problem(403, "PERMISSION_DENIED", "not you"), AuthenticationFailed, "not you"),
    (problem(404, "NOT_FOUND", "Requested entity was not found."), BadRequest, "Requested entity was not found"),
    (problem(429, "RESOURCE_EXHAUSTED", "Resource has been exhausted"), RateLimited, "Resource has been exhausted"),
]


@pytest.mark.parametrize(("answer", "kind", "told"), REFUSALS)
def test_refusals(answer: Any, kind: Any, told: str) -> None:
    service = Recorded({"POST /sessions": answer})
    with pytest.raises(kind) as caught:
        service.client.create_task(prompt="x")
    assert told in str(caught.value)
    assert caught.value.status_code == answer[0]
    assert caught.value.problem == answer[1]


# ---- lists


def test_a_list_is_paged_as_documented() -> None:
    pages = {"": {"sessions": [{"id": "3"}, {"id": "2"}], "nextPageToken": "p2"}, "p2": {"sessions": [{"id": "1"}]}}
    asked: list[str] = []

    def answer(request: Request) -> Response:
        asked.append(request.url.removeprefix(BASE))
        return Response(status=200, body=raw(pages[request.url.partition("pageToken=")[2]]))

    client = Client(contract, auth="k", journal=None, transport=MemoryTransport(answer))
    assert [task.id for task in client.list_tasks()] == ["3", "2", "1"]
    assert asked == ["/sessions?pageSize=100", "/sessions?pageSize=100&pageToken=p2"]


def test_an_empty_list_has_no_member() -> None:
    assert list(Recorded({"GET /sessions": {}}).client.list_tasks()) == []


def test_what_the_contract_promises() -> None:
    assert (contract.cancel, contract.usage, contract.grace) == (None, None, 60.0)
    assert contract.limits.creates_at_once <= 5
    assert {name for name, act in contract.acts.items() if act.reopens} >= {"send_message"}
    assert "against the live service: not yet" in contract.facts.verified
    assert replace(contract, name="another").name == "another"


def test_where_nobody_watches_progress_is_not_asked_for() -> None:
    service = simulation("jules", duration=60)
    assert service.client.run_task(prompt="x").result.message
    assert service.counts()["routes"]["GET /v1alpha/sessions/{session}/activities"] == 1  # for the result


def test_a_question_is_fetched_also_where_nobody_watches() -> None:
    service = simulation("jules", "needs-input", duration=60)
    with pytest.raises(InputRequired, match="Which branch"):
        service.client.run_task(prompt="x")
