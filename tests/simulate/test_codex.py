"""The double through `answer()` alone: no socket, no clock, no sleep. Times are seconds after `T`."""

import base64
import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import pytest

from accepted import simulate
from accepted.core.wire import Dropped, Request, Response, header
from accepted.simulate.codex import ENVIRONMENTS, SCENARIOS, Simulator

T = 1_800_000_000.25
WIDGET, GADGET = ENVIRONMENTS[0], ENVIRONMENTS[1]
STYLES = ("/backend-api/wham", "/api/codex")
AUTH = "https://api.openai.com/auth"
Json = dict[str, Any]


def items(prompt: str = "Fix it") -> list[Json]:
    return [{"type": "message", "role": "user", "content": [{"content_type": "text", "text": prompt}]}]


def new_task(prompt: str = "Fix it", best_of_n: int = 1, **fields: object) -> Json:
    body: Json = {
        "new_task": {
            "environment_id": WIDGET.id,
            "branch": "dev",
            "run_environment_in_qa_mode": False,
            **fields,
        },
        "input_items": items(prompt),
    }
    return body | ({"metadata": {"best_of_n": best_of_n}} if best_of_n > 1 else {})


class Codex:
    """A client of ten lines: sends JSON at a moment, reads JSON."""

    def __init__(self, scenarios: str = "happy", **options: float) -> None:
        self.simulator = Simulator(scenarios, **options)  # type: ignore[arg-type]

    def raw(
        self, method: str, path: str, at: float = 0.0, body: object = None, token: str | None = "k"
    ) -> Response | Dropped:
        request = Request(
            method=method,
            url=f"https://chatgpt.com{path}",
            headers=() if token is None else (("authorization", f"Bearer {token}"),),
            body=body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode(),
        )
        return self.simulator.answer(request, T + at)

    def ask(self, method: str, path: str, at: float = 0.0, body: object = None, **more: Any) -> Response:
        answer = self.raw(method, f"/backend-api/wham{path}", at, body, **more)
        assert isinstance(answer, Response)
        return answer

    def json(self, method: str, path: str, at: float = 0.0, body: object = None, **more: Any) -> Any:
        answer = self.ask(method, path, at, body, **more)
        assert answer.status in {200, 201}, answer.body
        return json.loads(answer.body)

    def code(self, method: str, path: str, at: float = 0.0, body: object = None, **more: Any) -> int:
        return self.ask(method, path, at, body, **more).status

    def create(self, prompt: str = "Fix it", at: float = 0.0, **fields: Any) -> str:
        answer = self.json("POST", "/tasks", at, new_task(prompt, **fields))
        return answer.get("task", answer)["id"]

    def get(self, task: str, at: float) -> Json:
        return self.json("GET", f"/tasks/{task}", at)

    def word(self, task: str, at: float) -> str:
        return self.get(task, at)["current_assistant_turn"]["turn_status"]

    def shown(self, task: str, at: float) -> str:
        return display(self.get(task, at))["latest_turn_status_display"]["turn_status"]

    def turn(self, task: str, at: float = 0.0) -> str:
        return self.get(task, at)["current_assistant_turn"]["id"]

    def siblings(self, task: str, at: float) -> list[Json]:
        return self.json("GET", f"/tasks/{task}/turns/{self.turn(task, at)}/sibling_turns", at)["sibling_turns"]

    def pages(self, query: str, at: float = 0.0) -> Iterator[list[Json]]:
        cursor = ""
        while cursor is not None:
            page = self.json("GET", f"/tasks/list?{query}{cursor and '&cursor=' + quote(cursor)}", at)
            yield page["items"]
            assert page["cursor"] != cursor  # else it goes on for ever
            cursor = page["cursor"]

    def listed(self, query: str = "", at: float = 0.0) -> list[str]:
        return [item["id"] for page in self.pages(query, at) for item in page]

    def refresh(self, token: str, at: float = 0.0, **fields: object) -> tuple[int, Json]:
        body = {"client_id": "app_x", "grant_type": "refresh_token", "refresh_token": token, **fields}
        answer = self.raw("POST", "/oauth/token", at, body, token=None)
        assert isinstance(answer, Response)
        return answer.status, json.loads(answer.body)


def display(details: Json) -> Json:
    return details.get("task_status_display") or details["task"]["task_status_display"]


def kinds(turn: Json | None) -> list[str]:
    return [item["type"] for item in turn["output_items"]] if turn else []


def diffs(turn: Json | None) -> list[str]:
    """As the CLI chooses them."""
    found = [item for item in turn["output_items"] if item["type"] in {"pr", "output_diff"}] if turn else []
    return [item["output_diff"]["diff"] if item["type"] == "pr" else item["diff"] for item in found]


def detail(answer: Response) -> str:
    assert header(answer.headers, "content-type") == "application/json"
    document = json.loads(answer.body)
    assert list(document) == ["detail"]
    return document["detail"]


def claims(token: str) -> Json:
    head, payload, signature = token.split(".")
    assert head
    assert signature
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


def jwt(**payload: object) -> str:
    return f"e30.{base64.urlsafe_b64encode(json.dumps(payload).encode()).decode().rstrip('=')}.x"


# --- create and its errors -------------------------------------------------------------------------------


def test_create_answers_both_shapes_that_the_cli_takes() -> None:
    codex = Codex()
    odd = codex.ask("POST", "/tasks", 0, new_task())
    even = codex.ask("POST", "/tasks", 0, new_task())
    assert (odd.status, json.loads(odd.body)) == (200, {"task": {"id": codex.simulator.counts()["ids"][0]}})
    assert (even.status, json.loads(even.body)) == (201, {"id": codex.simulator.counts()["ids"][1]})
    assert all(made.startswith("task_e_") for made in codex.simulator.counts()["ids"])


BAD_CREATES = [
    ({"new_task": new_task()["new_task"]}, 400, "input_items"),
    ({**new_task(), "input_items": []}, 400, "input_items"),
    ({"input_items": items()}, 400, "must specify one of follow_up, new_task, review_fix"),
    ({**new_task(), "metadata": {"best_of_n": 5}}, 400, "best_of_n"),
    ({**new_task(), "metadata": {"best_of_n": 0}}, 400, "best_of_n"),
    ({**new_task(), "metadata": {"best_of_n": True}}, 400, "best_of_n"),
    (new_task(environment_id="acme/widget"), 500, "Internal Server Error"),  # a label is no id
    (new_task(environment_id="env_nobody"), 500, "Internal Server Error"),
    (b"{", 400, "JSON"),
    (b"[]", 400, "input_items"),
    (b"\xff", 400, "JSON"),
    ({"follow_up": {"task_id": "task_e_0", "turn_id": "x"}, "input_items": items()}, 404, "Task"),
]


@pytest.mark.parametrize(("body", "code", "part"), BAD_CREATES)
def test_bad_creates_are_refused_with_a_detail_and_commit_nothing(body: object, code: int, part: str) -> None:
    codex = Codex()
    answer = codex.ask("POST", "/tasks", 0, body)
    assert answer.status == code
    assert part in detail(answer)
    assert codex.simulator.counts()["committed"] == 0


def test_starting_diff_is_taken_and_echoed_and_is_no_prompt() -> None:
    codex = Codex()
    patch = {"type": "pre_apply_patch", "output_diff": {"diff": "--- a\n+++ b\n"}}
    body = new_task("Do it")
    body["input_items"].append(patch)
    task = codex.json("POST", "/tasks", 0, body)["task"]["id"]
    assert codex.get(task, 0)["current_user_turn"]["input_items"] == body["input_items"]
    assert codex.simulator.counts()["titles"] == {"Do it": 1}


def test_a_question_is_answered_without_a_diff() -> None:
    codex = Codex(duration=10)
    task = codex.create(run_environment_in_qa_mode=True)
    details = codex.get(task, 10)
    assert kinds(details["current_assistant_turn"]) == ["message", "partial_repo_snapshot"]
    assert details["current_diff_task_turn"] is None
    assert "diff_stats" not in display(details)["latest_turn_status_display"]


# --- who asks, and where ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("token", "code"),
    [
        (None, 401),
        ("", 401),
        ("bad-key", 401),
        (jwt(exp=T - 1), 401),
        (jwt(exp=T + 1), 200),
        (jwt(sub="no exp"), 200),
        ("anything", 200),
        ("a.b.c", 200),  # three parts do not make a JWT
        ("a.bbbb.c", 200),
    ],
)
def test_bearer_tokens(token: str | None, code: int) -> None:
    codex = Codex()
    answer = codex.ask("GET", "/usage", token=token)
    assert answer.status == code
    assert codex.simulator.counts()["unauthorised"] == (code == 401)
    if code == 401:
        assert detail(answer) == "Unauthorized"


def test_other_schemes_are_no_bearer() -> None:
    request = Request(method="GET", url="https://x/api/codex/usage", headers=(("Authorization", "Basic k"),))
    answer = Simulator().answer(request, T)
    assert isinstance(answer, Response)
    assert answer.status == 401


@pytest.mark.parametrize("style", STYLES)
def test_both_path_styles_see_the_same_tasks(style: str) -> None:
    codex = Codex()
    made = codex.raw("POST", f"{style}/tasks", 0, new_task())
    assert isinstance(made, Response)
    task = json.loads(made.body)["task"]["id"]
    for other in STYLES:
        read = codex.raw("GET", f"{other}/tasks/{task}")
        assert isinstance(read, Response)
        assert json.loads(read.body)["task"]["id"] == task
    assert codex.simulator.counts()["routes"][f"POST {style}/tasks"] == 1


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/tasks",
        "/wham/tasks",
        "/api/codex/api/codex/tasks",  # a base that already ends in /api/codex
        "/backend-api/wham/tasks/",
        "/backend-api/wham/tasks/a/b",
        "/backend-api/wham/accounts/check",
    ],
)
def test_elsewhere_is_a_page_even_without_a_token(path: str) -> None:
    codex = Codex()
    answer = codex.raw("GET", path, token=None)
    assert isinstance(answer, Response)
    assert answer.status == 404
    assert answer.body.startswith(b"<!DOCTYPE html>")
    assert codex.simulator.counts()["routes"] == {"elsewhere": 1}


# --- environments ----------------------------------------------------------------------------------------


def test_environments_are_a_bare_array_and_two_share_a_label() -> None:
    codex = Codex()
    codex.create()
    found = codex.json("GET", "/environments")
    labels = [each["label"] for each in found]
    assert {"acme/widget", "acme/gadget", "octo/hello-world"} < set(labels)
    assert len({each["id"] for each in found}) == len(found) == len(set(labels)) + 1
    first = found[0]
    assert (first["id"], first["is_pinned"], first["task_count"]) == (WIDGET.id, True, 1)
    [key] = first["repos"]
    assert first["repo_map"][key] == {
        "repository_full_name": "acme/widget",
        "clone_url": "https://github.com/acme/widget.git",
        "default_branch": "main",
    }


@pytest.mark.parametrize(
    ("repository", "count"), [("acme/gadget", 1), ("acme/monorepo", 2), ("acme/nothing", 0), ("acme/widget", 1)]
)
def test_environments_by_repository(repository: str, count: int) -> None:
    found = Codex().json("GET", f"/environments/by-repo/github/{repository}")
    assert [each["label"] for each in found] == [repository] * count


def test_a_workspace_without_environments_takes_no_task() -> None:
    codex = Codex("no-environments")
    assert codex.json("GET", "/environments") == []
    assert codex.json("GET", "/environments/by-repo/github/acme/widget") == []
    assert codex.code("POST", "/tasks", 0, new_task()) == 500


# --- a life ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scenarios", "words"),
    [
        ("happy", ["pending", "in_progress", "in_progress", "completed"]),
        ("failed", ["pending", "in_progress", "in_progress", "failed"]),
        ("cancelled", ["pending", "in_progress", "in_progress", "cancelled"]),
        ("stuck", ["pending", "in_progress", "in_progress", "in_progress"]),
        ("unknown-word", ["pending", "in_progress", "verifying", "completed"]),
        ("slow", ["pending", "pending", "pending", "in_progress"]),
    ],
)
def test_words_of_a_life(scenarios: str, words: list[str]) -> None:
    codex = Codex(scenarios, duration=10)
    task = codex.create()
    moments = (0.9, 1, 5, 10)
    assert [codex.word(task, at) for at in moments] == words
    assert [codex.shown(task, at) for at in moments] == words


def test_there_is_no_progress_to_see_before_the_end() -> None:
    codex = Codex(duration=10)
    task = codex.create(best_of_n=2)
    details = codex.get(task, 9.9)
    turn = details["current_assistant_turn"]
    assert (turn["output_items"], turn["worklog"], turn["error"]) == ([], {"messages": []}, None)
    assert details["current_diff_task_turn"] is None
    assert [each["output_items"] for each in codex.siblings(task, 9.9)] == [[]]


def test_no_duration_ends_at_once() -> None:
    codex = Codex(duration=0)
    assert codex.word(codex.create(), 0) == "completed"


def test_details_of_a_completed_task() -> None:
    codex = Codex(duration=10)
    task = codex.create("Fix it\nplease")
    details = codex.get(task, 10)
    assert details["task"] == {
        "id": task,
        "title": "Fix it",
        "created_at": T,
        "updated_at": T + 10,
        "environment_id": WIDGET.id,
    }
    turn = details["current_assistant_turn"]
    assert turn["id"].startswith(f"{task}~assttrn_e_")
    assert (turn["attempt_placement"], turn["turn_status"], turn["sibling_turn_ids"]) == (0, "completed", [])
    message, snapshot, pr = turn["output_items"]
    assert [part["content_type"] for part in message["content"]] == [
        "text",
        "repo_file_citation",
        "terminal_chunk_citation",
    ]
    assert snapshot["files"][0].keys() >= {"path", "line_range_contents"}
    assert pr.keys() == {"type", "pr_title", "pr_message", "output_diff"}
    assert pr["output_diff"].keys() == {
        "type",
        "repo_id",
        "base_commit_sha",
        "diff",
        "files_modified",
        "lines_added",
        "lines_removed",
        "commit_message",
        "external_storage_diff",
    }
    assert turn["worklog"]["messages"]
    assert display(details) == {
        "environment_label": "acme/widget",
        "branch_name": "dev",
        "latest_turn_status_display": {
            "turn_id": turn["id"],
            "turn_status": "completed",
            "sibling_turn_ids": [],
            "diff_stats": {
                "files_modified": 1,
                "lines_added": pr["output_diff"]["diff"].count("\n+") - 1,
                "lines_removed": 0,
            },
        },
    }


@pytest.mark.parametrize("seed", range(4))
def test_every_legal_place_of_display_and_diff_occurs(seed: int) -> None:
    codex = Codex(seed=seed, duration=10)
    places = set()
    for number in range(1, 5):
        details = codex.get(codex.create(), 10)
        assert ("task_status_display" in details) is (number % 2 == 1)
        own, shown = details["current_assistant_turn"], details["current_diff_task_turn"]
        assert len(diffs(shown)) == 1
        assert diffs(own) in ([], diffs(shown))
        assert "message" in kinds(own)
        places.add((number % 2, kinds(shown)[-1]))
    assert places == {(0, "pr"), (0, "output_diff"), (1, "pr"), (1, "output_diff")}


def test_error_of_a_failed_task_is_in_the_turn() -> None:
    codex = Codex("failed", duration=10)
    turn = codex.get(codex.create(), 10)["current_assistant_turn"]
    assert turn["error"].keys() == {"code", "message"}
    assert turn["output_items"] == []


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
@pytest.mark.parametrize("prompt", ["Fix it", "Fenêtre\r\n--- a\n\n+++", "\n", "x" * 200])
def test_git_applies_the_diff(tmp_path: Path, prompt: str) -> None:
    codex = Codex(duration=0)
    [diff] = diffs(codex.get(codex.create(prompt), 0)["current_diff_task_turn"])
    run = ("git", "-c", "core.autocrlf=false")
    subprocess.run([*run, "init", "-q", tmp_path], check=True)
    (tmp_path / "the.diff").write_bytes(diff.encode())
    subprocess.run([*run, "apply", "--3way", "the.diff"], check=True, cwd=tmp_path)
    assert len(list(tmp_path.glob("NOTES-*.md"))) == 1


# --- attempts and turns ----------------------------------------------------------------------------------


def attempts(codex: Codex, task: str, at: float) -> list[Json]:
    """As the CLI numbers them: those with a diff, by placement, then creation."""
    details = codex.get(task, at)
    current = details["current_assistant_turn"]
    current["output_items"] = current["output_items"] + (details["current_diff_task_turn"] or current)["output_items"]
    every = [current, *codex.siblings(task, at)]
    return sorted((each for each in every if diffs(each)), key=lambda x: (x["attempt_placement"], x["created_at"]))


@pytest.mark.parametrize(("best_of_n", "placements"), [(1, [0]), (2, [0, 1]), (3, [0, 2]), (4, [0, 2, 3])])
@pytest.mark.parametrize("seed", [0, 2])
def test_attempts_without_a_diff_shift_the_numbers(best_of_n: int, placements: list[int], seed: int) -> None:
    codex = Codex(seed=seed, duration=10)
    task = codex.create(best_of_n=best_of_n)
    found = attempts(codex, task, 10)
    assert [each["attempt_placement"] for each in found] == placements
    assert len({diffs(each)[0] for each in found}) == len(placements)
    assert len(display(codex.get(task, 10))["latest_turn_status_display"]["sibling_turn_ids"]) == best_of_n - 1


def test_siblings_come_in_no_useful_order_and_know_each_other() -> None:
    codex = Codex(duration=10)
    task = codex.create(best_of_n=4)
    found = codex.siblings(task, 10)
    assert [each["attempt_placement"] for each in found] == [3, 2, 1]
    assert [each["turn_status"] for each in found] == ["completed", "completed", "failed"]
    ids = codex.get(task, 10)["current_assistant_turn"]["sibling_turn_ids"]
    assert sorted(ids) == sorted(each["id"] for each in found)
    others = codex.json("GET", f"/tasks/{task}/turns/{ids[0]}/sibling_turns", 10)["sibling_turns"]
    assert codex.turn(task) in [each["id"] for each in others]


@pytest.mark.parametrize("tail", ["", "/sibling_turns", "/logs", "/stream"])
def test_a_tilde_may_be_sent_raw_or_encoded(tail: str) -> None:
    codex = Codex(duration=10)
    task = codex.create()
    turn = codex.turn(task)
    assert "~" in turn
    for sent in (turn, turn.replace("~", "%7E"), turn.replace("~", "%7e")):
        assert codex.code("GET", f"/tasks/{task}/turns/{sent}{tail}", 10) == 200
    assert codex.code("GET", f"/tasks/{task}/turns/{task}~assttrn_e_0{tail}", 10) == 404


def test_turns_and_one_turn() -> None:
    codex = Codex(duration=10)
    task = codex.create(best_of_n=2)
    turns = codex.json("GET", f"/tasks/{task}/turns", 10)
    current = codex.turn(task)
    assert turns["current_turn_id"] == current
    assert len(turns["turn_mapping"]) == 3  # two attempts and the user's half
    one = codex.json("GET", f"/tasks/{task}/turns/{current}", 10)
    assert one.keys() == {"task", "turn", "user_turn"}
    assert one["turn"] == turns["turn_mapping"][current] == codex.get(task, 10)["current_assistant_turn"]
    assert turns["turn_mapping"][one["turn"]["previous_turn_id"]] == one["user_turn"]


def follow_up(codex: Codex, task: str, at: float, mode: str = "code", prompt: str = "And more") -> Response:
    turn = codex.turn(task, at)
    body = {
        "follow_up": {"task_id": task, "turn_id": turn, "environment_mode": mode},
        "input_items": items(prompt),
    }
    return codex.ask("POST", "/tasks", at, body)


def test_follow_up_keeps_the_task_and_begins_a_turn() -> None:
    codex = Codex(duration=10)
    task = codex.create()
    first = codex.turn(task)
    answer = follow_up(codex, task, 20)
    assert json.loads(answer.body) == {"task": {"id": task}}
    assert codex.turn(task) != first
    assert [codex.word(task, at) for at in (20, 22, 30)] == ["pending", "in_progress", "completed"]
    assert codex.json("GET", f"/tasks/{task}/turns/{first}", 22)["turn"]["turn_status"] == "completed"
    counts = codex.simulator.counts()
    assert (counts["committed"], counts["creates"], counts["acts"]) == (1, 1, 1)
    assert codex.listed(at=30) == [task]


def test_a_follow_up_may_only_ask() -> None:
    codex = Codex(duration=10)
    task = codex.create()
    follow_up(codex, task, 20, mode="ask")
    assert codex.get(task, 30)["current_diff_task_turn"] is None


def test_follow_up_to_a_foreign_turn_is_404() -> None:
    codex = Codex()
    task, other = codex.create(), codex.create()
    body = {"follow_up": {"task_id": task, "turn_id": codex.turn(other)}, "input_items": items()}
    assert codex.code("POST", "/tasks", 0, body) == 404


# --- logs and the stream ---------------------------------------------------------------------------------


def events(codex: Codex, task: str, at: float, query: str = "?item_type=thread_event&item_type=log") -> list[Json]:
    answer = codex.ask("GET", f"/tasks/{task}/turns/{codex.turn(task)}/stream{query}", at)
    assert (header(answer.headers, "content-type") or "").startswith("text/event-stream")
    frames = [frame.split("\n") for frame in answer.body.decode().split("\n\n")[:-1]]
    found = [json.loads(data.removeprefix("data: ")) for _, data in frames]
    assert [line.removeprefix("event: ") for line, _ in frames] == [event["item_type"] for event in found]
    return found


def test_stream_replays_from_the_start_and_its_end_is_not_the_end() -> None:
    codex = Codex(duration=10)
    task = codex.create()
    assert events(codex, task, 0) == []
    half, whole = events(codex, task, 5), events(codex, task, 10)
    assert half
    assert whole[: len(half)] == half
    assert "turn.completed" not in str(half)
    assert whole[-1]["payload"] == {"type": "turn.completed"}
    assert len({event["id"] for event in whole}) == len(whole)


def test_stream_and_logs_of_one_kind() -> None:
    codex = Codex(duration=10)
    task = codex.create()
    only = events(codex, task, 10, "?item_type=log")
    assert {event["item_type"] for event in only} == {"log"}
    lines = codex.json("GET", f"/tasks/{task}/turns/{codex.turn(task)}/logs", 10)["logs"]
    assert [line["message"] for line in lines] == [event["payload"]["message"] for event in only]


def test_stuck_and_cancelled_say_nothing_more() -> None:
    stuck = Codex("stuck", duration=10)
    task = stuck.create()
    assert events(stuck, task, 3) == events(stuck, task, 1000) != []
    assert stuck.get(task, 1000)["task"]["updated_at"] == T + 1
    codex = Codex(duration=10)
    task = codex.create()
    codex.ask("POST", f"/tasks/{task}/cancel", 2)
    assert events(codex, task, 100)[-1]["payload"] == {"type": "turn.cancelled"}
    assert events(codex, task, 100)[-2]["timestamp"] <= T + 2


# --- acts ------------------------------------------------------------------------------------------------


def test_cancel_reads_cancelled_a_second_later() -> None:
    codex = Codex(duration=10)
    task = codex.create(best_of_n=2)
    assert codex.json("POST", f"/tasks/{task}/cancel", 9.5) == {"success": True}
    assert codex.json("POST", f"/tasks/{task}/cancel", 10.2) == {"success": True}  # moves nothing
    assert [codex.word(task, at) for at in (9.6, 10.4, 10.5)] == ["in_progress", "in_progress", "cancelled"]
    assert [each["turn_status"] for each in codex.siblings(task, 10.5)] == ["cancelled"]
    assert codex.json("POST", f"/tasks/{task}/cancel", 11) == {"success": False}
    assert codex.word(task, 1000) == "cancelled"
    assert codex.get(task, 1000)["task"]["updated_at"] == T + 10.5


def test_cancel_of_a_finished_task_does_nothing() -> None:
    codex = Codex(duration=10)
    task = codex.create()
    assert codex.json("POST", f"/tasks/{task}/cancel", 10) == {"success": False}
    assert codex.word(task, 20) == "completed"
    assert codex.code("POST", "/tasks/task_e_0/cancel") == 404


def test_a_stuck_task_can_be_cancelled() -> None:
    codex = Codex("stuck", duration=10)
    task = codex.create()
    codex.json("POST", f"/tasks/{task}/cancel", 100)
    assert codex.word(task, 101) == "cancelled"


def test_archived_tasks_are_listed_apart_and_recover_is_no_retry() -> None:
    codex = Codex()
    first, second = codex.create(), codex.create()
    codex.json("POST", f"/tasks/{first}/archive", 1)
    lists = {name: codex.listed(f"task_filter={name}", 1) for name in ("all", "current", "archived", "code_review")}
    assert lists == {"all": [second, first], "current": [second], "archived": [first], "code_review": []}
    codex.json("POST", f"/tasks/{first}/recover", 2)
    assert codex.listed("task_filter=current", 2) == [second, first]


def item(codex: Codex, at: float) -> Json:
    [found] = [item for page in codex.pages("limit=1", at) for item in page]
    return found


def test_unread_until_marked_and_again_after_a_follow_up() -> None:
    codex = Codex(duration=10)
    task = codex.create()
    assert [item(codex, at)["has_unread_turn"] for at in (5, 10)] == [False, True]
    codex.json("POST", f"/tasks/{task}/mark_read", 11)
    assert item(codex, 11)["has_unread_turn"] is False
    follow_up(codex, task, 20)
    assert item(codex, 30)["has_unread_turn"] is True


def test_pull_request_is_made_once_and_listed() -> None:
    codex = Codex(duration=10)
    task = codex.create()
    turn = codex.turn(task)
    assert codex.code("POST", f"/tasks/{task}/turns/{turn}/pr", 5) == 400
    for _ in range(2):
        assert codex.code("POST", f"/tasks/{task}/turns/{turn}/pr", 10) == 200
    [made] = item(codex, 10)["pull_requests"]
    assert made["assistant_turn_id"] == turn
    assert made["pull_request"]["url"] == "https://github.com/acme/widget/pull/1"


# --- the list --------------------------------------------------------------------------------------------


def test_list_item() -> None:
    codex = Codex(duration=10)
    task = codex.create(best_of_n=2)
    found = item(codex, 10)
    assert found.keys() >= {"id", "title", "archived", "has_unread_turn", "pull_requests", "task_status_display"}
    assert found["updated_at"] == T + 10
    latest = found["task_status_display"]["latest_turn_status_display"]
    assert latest == display(codex.get(task, 10))["latest_turn_status_display"]
    assert latest["diff_stats"].keys() == {"files_modified", "lines_added", "lines_removed"}


@pytest.mark.parametrize("size", [1, 2, 3, 7, 20])
def test_every_page_newest_first(size: int) -> None:
    codex = Codex()
    made = [codex.create(str(number)) for number in range(7)]
    pages = list(codex.pages(f"limit={size}&task_filter=current"))
    assert [item["id"] for page in pages for item in page] == made[::-1]
    assert {len(page) for page in pages[:-1]} <= {size}


def test_tasks_added_between_two_pages_do_not_shift_them() -> None:
    codex = Codex()
    made = [codex.create() for _ in range(4)]
    first = codex.json("GET", "/tasks/list?limit=2&task_filter=current")
    codex.create()
    rest = codex.json("GET", f"/tasks/list?limit=2&task_filter=current&cursor={quote(first['cursor'])}")
    assert [task["id"] for task in first["items"] + rest["items"]] == made[::-1]
    assert rest["cursor"] is None


def test_cursors_must_be_encoded() -> None:
    codex = Codex()
    for _ in range(2):
        codex.create()
    cursor = codex.json("GET", "/tasks/list?limit=1")["cursor"]
    assert unquote(quote(cursor)) == cursor != quote(cursor)
    assert codex.code("GET", f"/tasks/list?limit=1&cursor={quote(cursor)}") == 200
    assert codex.code("GET", f"/tasks/list?limit=1&cursor={cursor}") == 400


def test_tasks_of_one_environment() -> None:
    codex = Codex()
    codex.create()
    gadget = codex.create(environment_id=GADGET.id)
    assert codex.listed(f"limit=20&task_filter=current&environment_id={GADGET.id}") == [gadget]


def test_twenty_to_a_page_where_no_limit_is_given() -> None:
    codex = Codex()
    for _ in range(21):
        codex.create()
    assert [len(page) for page in codex.pages("")] == [20, 1]


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=21", "limit=x", "limit=-1", "cursor=garbage", "cursor=%C3%A9", "task_filter=mine"]
)
def test_bad_queries_are_400(query: str) -> None:
    answer = Codex().ask("GET", f"/tasks/list?{query}")
    assert answer.status == 400
    assert detail(answer)


# --- usage -----------------------------------------------------------------------------------------------


def test_usage_windows_are_under_rate_limit() -> None:
    usage = Codex().json("GET", "/usage")
    assert usage["plan_type"] == "plus"
    assert (usage["rate_limit"]["allowed"], usage["rate_limit"]["limit_reached"]) == (True, False)
    for name in ("primary_window", "secondary_window"):
        window = usage["rate_limit"][name]
        assert all(type(value) is int for value in window.values())
        assert window.keys() == {"used_percent", "limit_window_seconds", "reset_after_seconds", "reset_at"}
    assert usage["rate_limit_reached_type"] is None


def test_rate_limit_counts_down() -> None:
    codex = Codex()
    before = codex.json("GET", "/tasks/rate_limit")
    codex.create()
    after = codex.json("GET", "/tasks/rate_limit")
    assert after["remaining"] == before["remaining"] - 1
    assert after.keys() == {
        "allowed",
        "limit",
        "remaining",
        "resets_after",
        "resets_after_text",
        "user_plan_type",
        "windows",
    }


def test_usage_limit_after_three_creates_and_for_ten_minutes() -> None:
    codex = Codex("usage-limit")
    assert codex.code("POST", "/tasks", 0, new_task(environment_id="label")) == 500  # spends nothing
    for _ in range(3):
        codex.create()
    answer = codex.ask("POST", "/tasks", 0, new_task())
    assert (answer.status, header(answer.headers, "retry-after")) == (429, None)
    assert json.loads(answer.body) == {
        "error": {
            "type": "usage_limit_reached",
            "message": "The usage limit has been reached",
            "plan_type": "plus",
            "resets_at": 1_800_000_601,
            "resets_in_seconds": 600,
        }
    }
    later = json.loads(codex.ask("POST", "/tasks", 100.5, new_task()).body)["error"]
    assert (later["resets_at"], later["resets_in_seconds"]) == (1_800_000_601, 500)
    usage = codex.json("GET", "/usage", 100)
    assert (usage["rate_limit"]["allowed"], usage["rate_limit"]["limit_reached"]) == (False, True)
    assert usage["rate_limit"]["primary_window"]["used_percent"] == 100
    assert usage["rate_limit"]["primary_window"]["reset_after_seconds"] == 500
    assert usage["rate_limit_reached_type"] == {"type": "rate_limit_reached"}
    assert codex.json("GET", "/tasks/rate_limit", 100)["allowed"] is False
    assert codex.json("GET", "/usage", 600)["rate_limit"]["limit_reached"] is False
    assert codex.create(at=600)
    assert codex.simulator.counts()["throttled"] == 2


def test_usage_belongs_to_the_account_so_that_a_refresh_refills_nothing() -> None:
    codex = Codex("usage-limit")
    _, first = codex.refresh("rt_x")
    _, second = codex.refresh(first["refresh_token"])
    for token, code in [(first, 200), (first, 201), (second, 200), (second, 429)]:
        assert codex.code("POST", "/tasks", 0, new_task(), token=token["access_token"]) == code
    assert codex.code("POST", "/tasks", 0, new_task(), token="another") == 201


# --- the login -------------------------------------------------------------------------------------------


def test_refresh_gives_new_tokens_of_the_same_account() -> None:
    codex = Codex()
    status, first = codex.refresh("rt_x")
    assert status == 200
    assert first.keys() == {"id_token", "access_token", "refresh_token"}
    _, second = codex.refresh(first["refresh_token"], 5)
    _, other = codex.refresh("rt_y")
    read = [claims(each[name]) for each in (first, second, other) for name in ("id_token", "access_token")]
    assert all(each[AUTH].keys() == {"chatgpt_account_id", "chatgpt_plan_type", "chatgpt_user_id"} for each in read)
    assert len({each[AUTH]["chatgpt_account_id"] for each in read[:4]}) == 1
    assert len({each[AUTH]["chatgpt_account_id"] for each in read}) == 2
    assert len({first["access_token"], second["access_token"], other["access_token"]}) == 3
    assert all("@" in each["email"] and each["exp"] > T for each in read)


def test_access_tokens_expire() -> None:
    codex = Codex()
    _, tokens = codex.refresh("rt_x")
    expires = claims(tokens["access_token"])["exp"] - T
    assert codex.code("GET", "/usage", expires, token=tokens["access_token"]) == 200
    assert codex.code("GET", "/usage", expires + 1, token=tokens["access_token"]) == 401


def test_reuse_is_caught_and_ends_the_family() -> None:
    codex = Codex()
    _, first = codex.refresh("rt_x")
    _, second = codex.refresh(first["refresh_token"])
    for used in ("rt_x", first["refresh_token"]):
        status, answer = codex.refresh(used)
        assert (status, answer["error"]["code"]) == (401, "refresh_token_reused")
    status, answer = codex.refresh(second["refresh_token"])
    assert (status, answer["error"]["code"]) == (401, "refresh_token_invalidated")
    assert codex.refresh("rt_other")[0] == 200
    counts = codex.simulator.counts()
    assert counts["routes"] == {"POST /oauth/token": 6}
    assert counts["answers"] == {"200": 3, "401": 3}


@pytest.mark.parametrize(
    ("token", "fields", "code"),
    [
        ("opaque", {}, 401),
        ("rt_x", {"grant_type": "password"}, 400),
        ("rt_x", {"client_id": None}, 400),
        ("rt_x", {"refresh_token": 7}, 400),
    ],
)
def test_bad_refreshes_use_nothing_up(token: str, fields: Json, code: int) -> None:
    codex = Codex()
    assert codex.refresh(token, **fields)[0] == code
    assert codex.refresh("rt_x")[0] == 200


def test_a_refresh_that_is_no_json_is_refused() -> None:
    answer = Codex().raw("POST", "/oauth/token", 0, b"{", token=None)
    assert isinstance(answer, Response)
    assert (answer.status, json.loads(answer.body)["error"]["code"]) == (400, "invalid_request")


def test_a_refresh_does_not_expire_so_the_new_token_works() -> None:
    codex = Codex("expired-token")
    _, tokens = codex.refresh("rt_x")
    token = tokens["access_token"]
    assert [codex.code("GET", "/usage", token=token) for _ in range(5)] == [200, 200, 200, 401, 401]
    status, tokens = codex.refresh(tokens["refresh_token"])
    assert status == 200
    assert {codex.code("GET", "/usage", token=tokens["access_token"]) for _ in range(9)} == {200}


# --- scenarios -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_scenario_has_a_sentence_and_does_something(name: str) -> None:
    assert len(SCENARIOS[name]) > 20

    def story(scenarios: str) -> list[bytes | str]:
        codex = Codex(scenarios, duration=10, grace=3, seed=4)
        answers = [codex.raw("POST", "/backend-api/wham/tasks", 0, new_task()) for _ in range(4)]
        task = (codex.simulator.counts()["ids"] or ["none"])[0]
        answers += [codex.raw("GET", f"/backend-api/wham/tasks/{task}", at) for at in range(1, 12)]
        return [answer.body if isinstance(answer, Response) else answer.reason for answer in answers]

    assert (story(name) == story("happy")) is (name == "happy")


def test_throttled_says_so_in_a_detail_with_retry_after() -> None:
    codex = Codex("throttled")
    answer = codex.ask("POST", "/tasks", 0, new_task())
    assert (answer.status, detail(answer), header(answer.headers, "retry-after")) == (429, "Rate limit exceeded", "1")
    assert codex.code("POST", "/tasks", 1, new_task()) == 200


def test_lost_answer_loses_creates_but_no_follow_up() -> None:
    codex = Codex("lost-answer", duration=0)
    for _ in range(2):
        assert isinstance(codex.raw("POST", "/backend-api/wham/tasks", 0, new_task("[m-1] mine")), Dropped)
    assert codex.simulator.counts()["created_twice"] == 1
    [_, first] = codex.listed()
    assert follow_up(codex, first, 1).status == 200


def test_eventual_hides_a_new_task_for_the_grace() -> None:
    codex = Codex("eventual", grace=5)
    task = codex.create()
    paths = (f"/tasks/{task}", f"/tasks/{task}/turns")
    assert [codex.code("GET", path, 4.9) for path in paths] == [404, 404]
    assert detail(codex.ask("GET", paths[0], 4.9)) == "Task not found"
    assert codex.listed(at=4.9) == []
    assert [codex.code("GET", path, 5) for path in paths] == [200, 200]
    assert codex.listed(at=5) == [task]


def test_gone_forgets_after_half_of_the_duration() -> None:
    codex = Codex("gone", duration=10)
    task = codex.create()
    assert codex.word(task, 4.9) == "in_progress"
    assert codex.code("GET", f"/tasks/{task}", 5) == 404
    assert codex.listed(at=5) == []


def test_unknown_word_adds_items_and_members() -> None:
    codex = Codex("unknown-word", duration=10)
    details = codex.get(codex.create(), 10)
    assert "hologram" in kinds(details["current_assistant_turn"])
    assert "telemetry" in details["current_assistant_turn"]
    assert "priority" in details


def test_huge_is_huge_and_still_fits() -> None:
    codex = Codex("huge", duration=10)
    task = codex.create(best_of_n=4)
    answer = codex.ask("GET", f"/tasks/{task}", 10)
    details = json.loads(answer.body)
    [diff] = diffs(details["current_diff_task_turn"])
    assert 4_000_000 < len(diff) < 5_000_000
    assert len(details["current_assistant_turn"]["worklog"]["messages"]) > 300
    assert len(answer.body) < 32 * 1024 * 1024
    path = f"/tasks/{task}/turns/{details['current_assistant_turn']['id']}/sibling_turns"
    assert len(codex.ask("GET", path, 10).body) < 32 * 1024 * 1024


def test_conflicting_sources_of_status() -> None:
    codex = Codex("conflicting", duration=10)
    task = codex.create()
    assert (codex.shown(task, 5), codex.word(task, 5)) == ("in_progress", "in_progress")
    assert (codex.shown(task, 10), codex.word(task, 10)) == ("failed", "in_progress")
    assert item(codex, 1000)["task_status_display"]["latest_turn_status_display"]["turn_status"] == "failed"
    assert codex.word(task, 1000) == "in_progress"


def test_no_display_leaves_the_turn_alone_to_tell() -> None:
    codex = Codex("no-display", duration=10)
    for task in (codex.create(), codex.create()):
        details = codex.get(task, 10)
        assert "task_status_display" not in details | details["task"]
        assert details["current_assistant_turn"]["turn_status"] == "completed"
    assert not [one for page in codex.pages("", 10) for one in page if "task_status_display" in one]


def test_no_turn_never_tells() -> None:
    codex = Codex("no-turn", duration=10)
    assert codex.get(codex.create(), 1000).keys() == {"task"}


def test_no_id_makes_a_task_that_is_only_in_the_list() -> None:
    codex = Codex("no-id")
    assert codex.json("POST", "/tasks", 0, new_task()) == {"task": {}}
    assert codex.json("POST", "/tasks", 0, new_task()) == {}
    assert codex.listed() == codex.simulator.counts()["ids"][::-1]


def test_cdn_answers_every_second_poll_with_a_page() -> None:
    codex = Codex("cdn")
    task = codex.create()
    answers = [codex.ask("GET", f"/tasks/{task}") for _ in range(4)]
    assert [answer.status for answer in answers] == [200, 403, 200, 403]
    assert answers[1].body.startswith(b"<!DOCTYPE html>")
    assert codex.code("GET", "/tasks/list") == 200


def test_slow_and_usage_limit_together() -> None:
    codex = Codex("slow,usage-limit", duration=2)
    task = [codex.create() for _ in range(3)][-1]
    assert codex.code("POST", "/tasks", 0, new_task()) == 429
    assert (codex.word(task, 19.9), codex.word(task, 20)) == ("in_progress", "completed")


# --- figures, purity, discovery --------------------------------------------------------------------------


def test_counts_are_readable_without_a_token_and_titles_are_prompts() -> None:
    codex = Codex()
    task = codex.create("[m-1] mine")
    codex.create("[m-1] mine")
    codex.get(task, 1)
    codex.listed()
    codex.json("POST", f"/tasks/{task}/cancel", 1)
    answer = codex.raw("GET", "/_simulator", token=None)
    assert isinstance(answer, Response)
    counts = codex.simulator.counts()
    assert json.loads(answer.body) == counts
    assert (counts["creates"], counts["polls"], counts["lists"], counts["acts"]) == (2, 1, 1, 1)
    assert (counts["titles"], counts["created_twice"]) == ({"[m-1] mine": 2}, 1)
    assert counts["routes"] == {
        "GET /backend-api/wham/tasks/list": 1,
        "GET /backend-api/wham/tasks/{task}": 1,
        "POST /backend-api/wham/tasks": 2,
        "POST /backend-api/wham/tasks/{task}/cancel": 1,
    }


def test_tokens_are_nowhere_in_the_counts() -> None:
    codex = Codex("usage-limit,throttled")
    for at in range(9):
        codex.ask("POST", "/tasks", at, new_task(), token="s3cret-token")
    codex.refresh("rt_s3cret")
    shown = [codex.simulator.counts(), vars(codex.simulator), vars(codex.simulator._login)]
    assert "s3cret" not in repr(shown)


EVERYTHING = "flaky,throttled,eventual,unknown-word,cdn"


def conversation(seed: int, scenarios: str = EVERYTHING) -> list[Response | Dropped]:
    codex = Codex(scenarios, seed=seed)
    answers: list[Response | Dropped] = []
    for number in range(40):
        at = number * 0.9
        answers.append(codex.raw("POST", "/backend-api/wham/tasks", at, new_task(f"p{number}", best_of_n=2)))
        answers += [codex.raw("GET", f"/api/codex/tasks/{task}", at) for task in codex.simulator.counts()["ids"]]
        answers.append(codex.raw("GET", "/api/codex/tasks/list?limit=3", at))
        body = {"client_id": "c", "grant_type": "refresh_token", "refresh_token": f"rt_{number}"}
        answers.append(codex.raw("POST", "/oauth/token", at, body))
    return answers


def test_same_seed_and_requests_give_the_same_bytes() -> None:
    assert conversation(7) == conversation(7)
    assert conversation(7) != conversation(8)


def test_asking_changes_nothing() -> None:
    codex = Codex(duration=10)
    task = codex.create()
    later = codex.get(task, 10)
    assert codex.word(task, 1) == "in_progress"  # even an earlier moment is answered
    assert codex.get(task, 10) == later


def test_no_clock_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden() -> float:
        raise AssertionError("a clock was read")

    monkeypatch.setattr("time.time", forbidden)
    monkeypatch.setattr("time.monotonic", forbidden)
    conversation(3)


def test_negative_times_are_refused() -> None:
    with pytest.raises(ValueError, match="seconds"):
        Simulator(duration=-1)


def test_found_by_file_name() -> None:
    assert "codex" in simulate.names()
    assert simulate.load("codex") is Simulator
    assert simulate.scenarios("codex") == SCENARIOS
