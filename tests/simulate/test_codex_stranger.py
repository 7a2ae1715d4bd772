"""A client of Codex cloud by a stranger, who has only our notes of the wire facts and Python's own library.

Nothing of our client is in it: what it gets right by the facts alone, the double gets right too.
"""

import base64
import json
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from typing import Any
from urllib.parse import quote, urlsplit

import pytest

from accepted.asgi import application, running
from accepted.simulate import handler
from accepted.simulate.codex import Simulator

Json = Any

CLIENT_ID = "app_EMoamEEZ73f0CkXaXp7hrann"
BASES = ("/backend-api", "")


class Refused(Exception):
    def __init__(self, status: int, body: Json) -> None:
        super().__init__(status, body)
        self.status, self.body = status, body


class Stranger:
    """Sections 1 to 4, as `codex cloud` does it: one request at a time, no retries."""

    def __init__(self, base: str, token: str) -> None:
        self.base = base.rstrip("/")
        self.style = "/wham" if "/backend-api" in self.base else "/api/codex"
        self.token = token

    def ask(self, method: str, path: str, body: Json = None) -> Json:
        headers = {
            "authorization": f"Bearer {self.token}",
            "chatgpt-account-id": "acct-123",
            "user-agent": "codex_cli_rs/0.151.0 (Linux; x86_64) xterm (codex_cloud_tasks_exec)",
            "accept": "*/*",
        }
        return send(method, self.base + self.style + path, headers, body)

    def environment(self, owner: str, repo: str, label: str) -> str:
        near = self.ask("GET", f"/environments/by-repo/github/{owner}/{repo}")
        every = near + self.ask("GET", "/environments")
        [found] = {each["id"] for each in every if label in (each["id"], (each.get("label") or "").lower())}
        return found

    def create(self, environment: str, prompt: str, attempts: int = 1) -> str:
        body: Json = {
            "new_task": {"environment_id": environment, "branch": "main", "run_environment_in_qa_mode": False},
            "input_items": [{"type": "message", "role": "user", "content": [{"content_type": "text", "text": prompt}]}],
        }
        if attempts > 1:
            body["metadata"] = {"best_of_n": attempts}
        made = self.ask("POST", "/tasks", body)
        return made["task"]["id"] if "task" in made else made["id"]

    def status(self, task: str) -> str:
        details = self.ask("GET", f"/tasks/{task}")
        display = details.get("task_status_display") or details["task"].get("task_status_display") or {}
        return display.get("latest_turn_status_display", {}).get("turn_status", "?")

    def words_until_final(self, task: str) -> list[str]:
        words = [self.status(task)]
        for _ in range(500):
            if words[-1] in {"completed", "failed", "cancelled"}:
                return words
            time.sleep(0.02)
            words.append(self.status(task))
        raise AssertionError(words)

    def tasks(self, limit: int, environment: str) -> Iterator[Json]:
        cursor = None
        while True:
            at = f"&cursor={quote(cursor, safe='')}" if cursor else ""
            query = f"limit={limit}&task_filter=current{at}&environment_id={environment}"
            page = self.ask("GET", f"/tasks/list?{query}")
            assert len(page["items"]) <= limit
            yield from page["items"]
            assert page.get("cursor") != cursor or cursor is None
            cursor = page.get("cursor")
            if not cursor:
                return

    def diffs(self, task: str) -> list[str]:
        """`--attempt N` is the N-th of these, from 1."""
        details = self.ask("GET", f"/tasks/{task}")
        turn = details["current_assistant_turn"]
        found = diff((details["current_diff_task_turn"] or {}).get("output_items")) or diff(turn["output_items"])
        attempts = [(turn["attempt_placement"], turn["created_at"], found)]
        reply = self.ask("GET", f"/tasks/{task}/turns/{turn['id']}/sibling_turns")
        attempts += [
            (each["attempt_placement"], each["created_at"], diff(each["output_items"]))
            for each in reply["sibling_turns"]
        ]
        return [text for _, _, text in sorted(attempts) if text]


def send(method: str, url: str, headers: dict[str, str], body: Json = None) -> Json:
    parts = urlsplit(url)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=10)
    target = f"{parts.path}?{parts.query}" if parts.query else parts.path
    if body is not None:
        headers = headers | {"content-type": "application/json"}
    try:
        connection.request(method, target, None if body is None else json.dumps(body), headers)
        answer = connection.getresponse()
        text = answer.read()
    finally:
        connection.close()
    is_json = (answer.getheader("content-type") or "").startswith("application/json")
    document = json.loads(text) if is_json else text
    if not 200 <= answer.status < 300:
        raise Refused(answer.status, document)
    return document


def diff(items: list[Json] | None) -> str:
    """The first `output_diff` or `pr` with text."""
    for item in items or []:
        found = {"output_diff": item, "pr": item.get("output_diff")}.get(item["type"]) or {}
        if found.get("diff"):
            return found["diff"]
    return ""


def refresh(origin: str, token: str) -> Json:
    body = {"client_id": CLIENT_ID, "grant_type": "refresh_token", "refresh_token": token}
    return send("POST", f"{origin}/oauth/token", {}, body)


def claims(token: str) -> Json:
    _, payload, _ = token.split(".")
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    with running(application(handler(Simulator(duration=0.2)))) as url:
        yield url


@pytest.mark.parametrize("base", BASES)
def test_a_stranger_finds_creates_waits_and_reads_two_attempts(origin: str, base: str) -> None:
    codex = Stranger(origin + base, "opaque")
    environment = codex.environment("acme", "widget", "acme/widget")
    for prompt in ("Fix it", "Fix it again"):  # one of each shape
        task = codex.create(environment, f"{prompt} {base}", attempts=3)
        words = codex.words_until_final(task)
        assert words[-1] == "completed"
        assert sorted(set(words), key=words.index) == [w for w in ("pending", "in_progress", "completed") if w in words]
        first, second = codex.diffs(task)  # of three attempts one brought nothing
        assert first.startswith("diff --git a/")
        assert ("Attempt 1" in first, "Attempt 3" in second) == (True, True)


@pytest.mark.parametrize("base", BASES)
def test_a_stranger_pages_the_list(origin: str, base: str) -> None:
    codex = Stranger(origin + base, "opaque")
    environment = codex.environment("octo", "hello-world", "octo/hello-world")
    before = [item["id"] for item in codex.tasks(2, environment)]
    made = [codex.create(environment, f"{base} {number}") for number in range(5)]
    found = list(codex.tasks(2, environment))
    assert [item["id"] for item in found] == [*made[::-1], *before]
    for item in found:
        assert isinstance(item["title"], str)
        assert isinstance(item["updated_at"], float)
        assert (item["archived"], type(item["has_unread_turn"])) == (False, bool)


@pytest.mark.parametrize("base", BASES)
def test_a_stranger_is_told_what_was_wrong(origin: str, base: str) -> None:
    codex = Stranger(origin + base, "opaque")
    with pytest.raises(Refused) as label:
        codex.create("acme/widget", "Fix it")
    assert (label.value.status, label.value.body) == (500, {"detail": "Internal Server Error"})
    with pytest.raises(ValueError, match="too many values"):
        codex.environment("acme", "monorepo", "acme/monorepo")  # two share that label
    with pytest.raises(Refused) as forgotten:
        codex.status("task_e_0")
    assert (forgotten.value.status, forgotten.value.body.keys()) == (404, {"detail"})
    with pytest.raises(Refused) as key:
        Stranger(origin + base, "bad-key").ask("GET", "/usage")
    assert key.value.status == 401


def test_a_base_that_already_ends_in_the_path_is_a_page(origin: str) -> None:
    with pytest.raises(Refused) as refused:
        Stranger(f"{origin}/api/codex", "opaque").ask("GET", "/tasks/list?limit=20&task_filter=current")
    assert (refused.value.status, type(refused.value.body)) == (404, bytes)


def test_a_stranger_refreshes_and_is_caught_reusing(origin: str) -> None:
    first = refresh(origin, "rt_x")
    second = refresh(origin, first["refresh_token"])
    owners = {claims(each["id_token"])["https://api.openai.com/auth"]["chatgpt_account_id"] for each in (first, second)}
    assert len(owners) == 1
    assert claims(second["access_token"])["exp"] > time.time()
    assert Stranger(f"{origin}/backend-api", second["access_token"]).ask("GET", "/usage")["rate_limit"]["allowed"]
    with pytest.raises(Refused) as reused:
        refresh(origin, "rt_x")
    assert (reused.value.status, reused.value.body["error"]["code"]) == (401, "refresh_token_reused")
    with pytest.raises(Refused) as ended:
        refresh(origin, second["refresh_token"])
    assert ended.value.body["error"]["code"] == "refresh_token_invalidated"
