import asyncio
import json
import queue
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from accepted.server import Progress, Rate, TaskAPI
from accepted.server import face as face_module


@dataclass
class Report:
    title: str
    pages: int


PAGE = "naïve 5% one.html"


class Bench:
    """An API whose tasks do what the test says, and a way to speak to it."""

    def __init__(self, db: Path, **options: Any) -> None:
        self.orders: queue.Queue[str | None] = queue.Queue()
        self.api = TaskAPI("Reports", db=db, **options)
        self.api.drain = 0.5

        @self.api.task(path="/reports", retry_after=3)
        def render(name: str, pages: int = 1, *, progress: Progress) -> Report:
            """Render a report."""
            if name == "broken":
                raise ValueError("no such template")
            progress(done=pages, total=pages)
            progress.artifact("report.txt", "0123456789" * pages)
            progress.artifact(PAGE, b"<script>alert(1)</script>", "text/html")
            return Report(name, pages)

        @self.api.task(retry_after=0.2)
        async def obey(*, progress: Progress) -> int:
            """Report what it is told until it is told to end."""
            done = 0
            while True:
                try:
                    order = self.orders.get_nowait()
                except queue.Empty:
                    await asyncio.sleep(0.005)
                    continue
                if order is None:
                    return done
                done += 1
                progress(done=done, message=order)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path / "tasks.db")


@pytest.fixture
def wire(bench: Bench, serving: Any) -> Iterator[Any]:
    with serving(bench.api) as wire:
        yield wire


@pytest.fixture
def idle(tmp_path: Path, serving: Any) -> Iterator[Any]:
    """A server that accepts and does not execute, so that tasks stay queued."""
    with serving(Bench(tmp_path / "tasks.db", execute=False).api) as wire:
        yield wire


# ---- create


def test_a_create_is_accepted_with_where_and_when_to_look(idle: Any) -> None:
    answer = idle.ask("POST", "/api/tasks", {"type": "render", "input": {"name": "q3", "pages": 2}})
    task = answer.json
    assert answer.status == 202
    assert answer.headers["location"] == f"/api/tasks/{task['id']}"
    assert answer.headers["retry-after"] == "3"
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["preference-applied"] is None
    assert task == {
        "id": task["id"],
        "type": "render",
        "status": "queued",
        "progress": None,
        "created_at": task["created_at"],
        "started_at": None,
        "finished_at": None,
        "attempt": 0,
        "expires_at": None,
        "links": {name: f"/api/tasks/{task['id']}{end}" for name, end in _LINKS.items()},
    }
    assert task["created_at"].endswith("Z")


_LINKS = {"self": "", "events": "/events", "cancel": "/cancel"}


def test_a_type_has_a_path_of_its_own(wire: Any) -> None:
    answer = wire.ask("POST", "/api/reports", {"name": "q3"})
    assert (answer.status, answer.headers["retry-after"]) == (202, "3")
    assert wire.final(answer.headers["location"])["result"] == {"title": "q3", "pages": 1}


def test_the_type_may_be_left_out_where_there_is_one(tmp_path: Path, serving: Any) -> None:
    api = TaskAPI(db=tmp_path / "tasks.db", execute=False)

    @api.task
    def only(name: str) -> str:
        return name

    with serving(api) as wire:
        assert wire.ask("POST", "/api/tasks", {"input": {"name": "x"}}).json["type"] == "only"


@pytest.mark.parametrize(
    "media_type",
    [
        "application/json; charset=utf-8",
        "Application/JSON",
        "application/vnd.acme+json",
        'application/json;charset="UTF-8"',
    ],
)
def test_json_by_every_name_is_taken(idle: Any, media_type: str) -> None:
    body = {"type": "render", "input": {"name": "q3"}}
    assert idle.ask("POST", "/api/tasks", body, Content_Type=media_type).status == 202


def test_chunked_bodies_are_taken(idle: Any) -> None:
    connection = idle.connection()
    parts = iter([b'{"type": "render", ', b'"input": {"name": "q3"}}'])
    headers = {"Content-Type": "application/json"}
    connection.request("POST", "/api/tasks", parts, headers, encode_chunked=True)
    assert connection.getresponse().status == 202
    connection.close()


def test_asynchronous_by_preference(idle: Any) -> None:
    answer = idle.ask(
        "POST", "/api/tasks", {"type": "render", "input": {"name": "q3"}}, Prefer="wait=10, respond-async"
    )
    assert answer.headers["preference-applied"] == "respond-async"


def test_the_same_key_and_body_give_the_same_task_as_it_is_now(wire: Any) -> None:
    body = {"type": "render", "input": {"name": "q3"}}
    first = wire.ask("POST", "/api/tasks", body, Idempotency_Key="nightly")
    wire.final(first.headers["location"])
    again = wire.ask("POST", "/api/reports", {"name": "q3"}, Idempotency_Key='"nightly"')
    assert (again.status, again.json["id"], again.json["status"]) == (202, first.json["id"], "completed")
    assert again.headers["location"] == first.headers["location"]
    other = wire.ask("POST", "/api/reports", {"name": "q4"}, Idempotency_Key="nightly")
    assert (other.status, other.kind) == (422, "key")
    assert len(wire.ask("GET", "/api/tasks").json["items"]) == 1


def test_fifty_concurrent_creates_with_one_key_make_one_task(wire: Any) -> None:
    barrier = threading.Barrier(50)

    def create(_: int) -> Any:
        barrier.wait()
        return wire.ask("POST", "/api/tasks", {"type": "render", "input": {"name": "q3"}}, Idempotency_Key="one")

    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(create, range(50)))
    assert {answer.status for answer in answers} == {202}
    assert len({answer.json["id"] for answer in answers}) == 1
    assert len(wire.ask("GET", "/api/tasks").json["items"]) == 1


# ---- poll


def test_a_poll_says_when_to_ask_again_until_it_is_final(bench: Bench, wire: Any) -> None:
    task = wire.create("obey")
    path = task["links"]["self"]
    running = wire.ask("GET", path)
    assert (running.status, running.headers["retry-after"], running.headers["cache-control"]) == (200, "1", "no-store")
    bench.orders.put(None)
    wire.final(path)
    done = wire.ask("GET", path)
    assert (done.headers["retry-after"], done.headers["cache-control"]) == (None, "no-store")
    assert (done.json["status"], done.json["result"], done.json["attempt"]) == ("completed", 0, 1)
    assert "cancel" not in done.json["links"]
    assert done.json["created_at"] <= done.json["started_at"] <= done.json["finished_at"] < done.json["expires_at"]


def test_a_failed_task_is_200_with_a_problem_inside(wire: Any) -> None:
    task = wire.final(wire.create(name="broken")["links"]["self"])
    assert (task["status"], task["error"]["reason"]) == ("failed", "error")
    assert "result" not in task


def test_an_unchanged_task_is_304(idle: Any) -> None:
    path = idle.create(name="q3")["links"]["self"]
    tag = idle.ask("GET", path).headers["etag"]
    for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        answer = idle.ask("GET", path, If_None_Match=known)
        assert (answer.status, answer.body, answer.headers["etag"]) == (304, b"", tag)
        assert answer.headers["retry-after"] == "3"
    assert idle.ask("GET", path, If_None_Match='"other"').status == 200
    idle.ask("POST", f"{path}/cancel")
    assert idle.ask("GET", path, If_None_Match=tag).status == 200


def test_an_answer_is_held_until_the_task_changes(bench: Bench, wire: Any) -> None:
    path = wire.create("obey")["links"]["self"]
    bench.orders.put("begun")
    while not (known := wire.ask("GET", path)).json["progress"]:
        pass
    with ThreadPoolExecutor(1) as pool:
        held = pool.submit(wire.ask, "GET", path, Prefer="wait=100", If_None_Match=known.headers["etag"])
        bench.orders.put(None)
        answer = held.result(10)
    assert (answer.status, answer.headers["preference-applied"]) == (200, "wait=60")
    assert answer.json["status"] == "completed"


def test_a_held_answer_comes_in_the_end(idle: Any) -> None:
    path = idle.create(name="q3")["links"]["self"]
    waited = idle.ask("GET", path, Prefer="wait=1")
    assert (waited.status, waited.json["status"], waited.headers["preference-applied"]) == (200, "queued", "wait=1")
    waited = idle.ask("GET", path, Prefer="wait=0", If_None_Match=waited.headers["etag"])
    assert waited.status == 304


def test_who_knows_an_old_version_does_not_wait(idle: Any) -> None:
    path = idle.create(name="q3")["links"]["self"]
    assert idle.ask("GET", path, Prefer="wait=60", If_None_Match='"0"').status == 200


@pytest.mark.parametrize("nonsense", ["wait", "wait=soon", "wait=-1", "wait=1.5", ";", "=,=", "respond-async"])
def test_a_preference_that_is_none_is_ignored(idle: Any, nonsense: str) -> None:
    path = idle.create(name="q3")["links"]["self"]
    answer = idle.ask("GET", path, Prefer=nonsense)
    assert (answer.status, answer.headers["preference-applied"]) == (200, None)


# ---- list


def test_a_list_is_paged_newest_first(idle: Any) -> None:
    made = [idle.create(name=str(number))["id"] for number in range(5)]
    target, seen, pages = "/api/tasks?limit=2", [], 0
    while target:
        page = idle.ask("GET", target)
        seen += [task["id"] for task in page.json["items"]]
        pages += 1
        link = page.headers["link"]
        assert (link is None) == (page.json["next_cursor"] is None)
        target = link and link.removeprefix("<").removesuffix('>; rel="next"')
        assert not target or f"cursor={page.json['next_cursor']}" in target
    assert (seen, pages) == (made[::-1], 3)


def test_a_list_is_filtered(idle: Any) -> None:
    one, two, other = idle.create(name="1"), idle.create(name="2"), idle.create("obey")
    idle.ask("POST", one["links"]["cancel"])

    def listed(query: str) -> list[str]:
        return [task["id"] for task in idle.ask("GET", f"/api/tasks?{query}").json["items"]]

    assert listed("status=cancelled") == [one["id"]]
    assert listed("type=obey") == [other["id"]]
    assert listed("type=render&status=queued") == [two["id"]]
    assert listed("status=completed") == []
    assert listed("type=none") == []


def test_the_next_page_keeps_its_filter(idle: Any) -> None:
    one, _, three = idle.create(name="1"), idle.create("obey"), idle.create(name="3")
    page = idle.ask("GET", "/api/tasks?limit=1&type=render&status=queued")
    assert [task["id"] for task in page.json["items"]] == [three["id"]]
    following = page.headers["link"].removeprefix("<").partition(">")[0]
    page = idle.ask("GET", following)
    assert [task["id"] for task in page.json["items"]] == [one["id"]]
    assert page.json["next_cursor"] is None


def test_an_empty_list(idle: Any) -> None:
    answer = idle.ask("GET", "/api/tasks")
    assert (answer.status, answer.json) == (200, {"items": [], "next_cursor": None})


# ---- cancel and remove


def test_a_queued_task_is_cancelled_at_once(idle: Any) -> None:
    links = idle.create(name="q3")["links"]
    for _ in range(2):
        answer = idle.ask("POST", links["cancel"])
        assert (answer.status, answer.json["status"], answer.headers["retry-after"]) == (200, "cancelled", None)


def test_a_running_task_is_asked_to_end(wire: Any) -> None:
    links = wire.create("obey")["links"]
    while wire.ask("GET", links["self"]).json["status"] == "queued":
        pass
    asked = wire.ask("POST", links["cancel"])
    assert (asked.status, asked.json["status"], asked.headers["retry-after"]) == (202, "cancelling", "1")
    assert wire.final(links["self"])["status"] == "cancelled"
    assert wire.ask("POST", links["cancel"]).status == 200


def test_what_is_completed_cannot_be_cancelled(wire: Any) -> None:
    links = wire.create(name="q3")["links"]
    wire.final(links["self"])
    answer = wire.ask("POST", links["cancel"])
    assert (answer.status, answer.kind) == (409, "conflict")


def test_a_final_task_can_be_removed(bench: Bench, wire: Any) -> None:
    path = wire.create("obey")["links"]["self"]
    early = wire.ask("DELETE", path)
    assert (early.status, early.kind) == (409, "conflict")
    bench.orders.put(None)
    wire.final(path)
    removed = wire.ask("DELETE", path)
    assert (removed.status, removed.body, removed.headers["content-length"]) == (204, b"", None)
    for method, target in (
        ("GET", path),
        ("DELETE", path),
        ("POST", f"{path}/cancel"),
        ("GET", f"{path}/events"),
        ("GET", f"{path}/artifacts/report.txt"),
    ):
        gone = wire.ask(method, target)
        assert (gone.status, gone.kind) == (410, "gone"), (method, target)
    assert wire.ask("GET", "/api/tasks").json["items"] == []


# ---- events


class Events:
    """A stream of server-sent events, read one by one."""

    def __init__(self, wire: Any, path: str, **headers: str) -> None:
        self._connection = wire.connection()
        self._connection.request(
            "GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()}
        )
        self.answer = self._connection.getresponse()

    def __iter__(self) -> Iterator[tuple[int, Any]]:
        """The number and the document of each; comments are left out."""
        event: dict[str, str] = {}
        for line in self.answer:
            name, _, value = line.decode().rstrip("\n").partition(": ")
            if name:
                event[name] = value
            elif "data" in event:
                assert event["event"] == "task"
                yield int(event["id"]), json.loads(event["data"])
                event = {}

    def close(self) -> None:
        # The answer holds the socket as well.
        self.answer.close()
        self._connection.close()


def test_events_tell_every_change_and_end_with_the_last(bench: Bench, wire: Any) -> None:
    links = wire.create("obey")["links"]
    stream = Events(wire, links["events"])
    assert stream.answer.status == 200
    assert stream.answer.headers["content-type"] == "text/event-stream"
    assert stream.answer.headers["cache-control"] == "no-store"
    seen: list[tuple[int, Any]] = []
    for number, document in stream:
        seen.append((number, document))
        if len(seen) == 1:
            bench.orders.put("half")
        elif document["progress"] and document["status"] == "in_progress":
            bench.orders.put(None)
    assert seen[-1][1]["status"] == "completed"
    assert any(document["progress"] and document["progress"]["message"] == "half" for _, document in seen)
    numbers = [number for number, _ in seen]
    assert numbers == sorted(set(numbers))
    stream.close()


def test_a_stream_goes_on_where_it_ended(bench: Bench, wire: Any) -> None:
    links = wire.create("obey")["links"]
    bench.orders.put("one")
    stream = Events(wire, links["events"])
    last = next(number for number, document in stream if document["progress"])
    stream.close()

    resumed = Events(wire, links["events"], Last_Event_ID=str(last))
    bench.orders.put("two")
    bench.orders.put(None)
    events = list(resumed)
    resumed.close()
    assert last not in [number for number, _ in events]
    assert events[-1][1]["status"] == "completed"

    over = wire.ask("GET", links["events"], Last_Event_ID=str(events[-1][0]))
    assert (over.status, over.body) == (204, b"")
    again = Events(wire, links["events"], Last_Event_ID=str(last))
    assert [number for number, _ in again] == [events[-1][0]]
    again.close()


def test_a_quiet_stream_is_kept_alive(idle: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("accepted.server.streams.HEARTBEAT", 0.05)
    stream = Events(idle, idle.create(name="q3")["links"]["events"])
    lines = (line for line in stream.answer if line.startswith(b":"))
    assert [next(lines), next(lines)] == [b": still there\n"] * 2
    stream.close()


def test_a_stream_ends_after_a_while_and_goes_on_when_it_is_asked_for_again(
    bench: Bench, wire: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("accepted.server.streams.LASTS", 0.2)
    links = wire.create("obey")["links"]
    stream = Events(wire, links["events"])
    seen = [number for number, _ in stream]
    stream.close()

    bench.orders.put(None)
    resumed = Events(wire, links["events"], Last_Event_ID=str(seen[-1]))
    events = list(resumed)
    resumed.close()
    assert [document["status"] for _, document in events] == ["completed"]
    assert events[0][0] > seen[-1]


def test_a_stream_ends_where_the_task_is_removed(idle: Any) -> None:
    links = idle.create(name="q3")["links"]
    stream = Events(idle, links["events"])
    seen = [next(iter(stream))[1]["status"]]
    idle.ask("POST", links["cancel"])
    idle.ask("DELETE", links["self"])
    seen += [document["status"] for _, document in stream]
    assert seen in (["queued"], ["queued", "cancelled"])
    stream.close()


def test_whoever_goes_away_waits_no_longer(tmp_path: Path, serving: Any, caplog: pytest.LogCaptureFixture) -> None:
    api = Bench(tmp_path / "tasks.db", execute=False).api
    with serving(api) as wire:
        links = wire.create(name="q3")["links"]
        for target, more in ((links["self"], b"Prefer: wait=60\r\n"), (links["events"], b"")):
            with socket.create_connection(wire.address) as sock:
                sock.sendall(b"GET %s HTTP/1.1\r\nHost: x\r\n%s\r\n" % (target.encode(), more))
                until(lambda: api.tasks._waiters._count == 1)
            until(lambda: api.tasks._waiters._count == 0)
    assert not caplog.records


def until(true: Callable[[], bool]) -> None:
    """Look again and again, for ten seconds at most."""
    deadline = time.monotonic() + 10
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.005)


# ---- artifacts


@pytest.fixture
def report(wire: Any) -> Any:
    task = wire.final(wire.create(name="q3", pages=3)["links"]["self"])
    return {one["name"]: one for one in task["links"]["artifacts"]}


def test_a_file_is_given_whole(wire: Any, report: Any) -> None:
    one = report["report.txt"]
    answer = wire.ask("GET", one["url"])
    assert (answer.status, answer.body) == (200, b"0123456789" * 3)
    assert (one["size"], answer.headers["content-length"], one["media_type"]) == (
        30,
        "30",
        answer.headers["content-type"],
    )
    assert answer.headers["accept-ranges"] == "bytes"
    assert wire.ask("GET", one["url"], If_None_Match=answer.headers["etag"]).status == 304


@pytest.mark.parametrize(
    "row",
    [
        ("bytes=0-9", 206, b"0123456789", "bytes 0-9/30"),
        ("bytes=28-", 206, b"89", "bytes 28-29/30"),
        ("bytes=-3", 206, b"789", "bytes 27-29/30"),
        ("bytes=-99", 206, b"0123456789" * 3, "bytes 0-29/30"),
        ("bytes=5-999", 206, (b"0123456789" * 3)[5:], "bytes 5-29/30"),
        ("BYTES=1-1", 206, b"1", "bytes 1-1/30"),
        ("bytes=30-", 416, None, "bytes */30"),
        ("bytes=99-100", 416, None, "bytes */30"),
        ("bytes=-0", 416, None, "bytes */30"),
        # What is no single range is ignored, as RFC 9110 says
        ("bytes=9-0", 200, b"0123456789" * 3, None),
        ("bytes=0-1,3-4", 200, b"0123456789" * 3, None),
        ("bytes=-", 200, b"0123456789" * 3, None),
        ("bytes=a-b", 200, b"0123456789" * 3, None),
        ("rows=0-1", 200, b"0123456789" * 3, None),
    ],
)
def test_a_range_of_a_file(wire: Any, report: Any, row: tuple[str, int, bytes | None, str | None]) -> None:
    wanted, status, content, said = row
    answer = wire.ask("GET", report["report.txt"]["url"], Range=wanted)
    assert (answer.status, answer.headers["content-range"]) == (status, said)
    assert content is None or answer.body == content


def test_a_range_of_another_version_is_the_whole(wire: Any, report: Any) -> None:
    url = report["report.txt"]["url"]
    tag = wire.ask("HEAD", url).headers["etag"]
    assert wire.ask("GET", url, Range="bytes=0-1", If_Range=tag).status == 206
    assert wire.ask("GET", url, Range="bytes=0-1", If_Range='"other"').status == 200


def test_a_file_is_never_shown_as_a_page(wire: Any, report: Any) -> None:
    answer = wire.ask("GET", report[PAGE]["url"])
    assert answer.headers["content-disposition"] == (
        "attachment; filename=\"na_ve 5_ one.html\"; filename*=UTF-8''na%C3%AFve%205%25%20one.html"
    )
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_file_that_is_lost_is_not_found(bench: Bench, wire: Any, report: Any) -> None:
    for path in bench.api.files.rglob("report.txt"):
        path.unlink()
    answer = wire.ask("GET", report["report.txt"]["url"])
    assert (answer.status, answer.kind) == (404, "unknown")


def test_a_large_file_comes_in_parts(wire: Any) -> None:
    task = wire.final(wire.create(name="big", pages=100_000)["links"]["self"])
    url = next(one["url"] for one in task["links"]["artifacts"] if one["name"] == "report.txt")
    assert wire.ask("GET", url).body == b"0123456789" * 100_000


# ---- methods and services


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/api/tasks", "GET, HEAD, POST, OPTIONS"),
        ("/api/reports", "POST, OPTIONS"),
        ("/api/tasks/x", "GET, HEAD, DELETE, OPTIONS"),
        ("/api/tasks/x/cancel", "POST, OPTIONS"),
        ("/api/tasks/x/events", "GET, HEAD, OPTIONS"),
        ("/api/tasks/x/artifacts/y", "GET, HEAD, OPTIONS"),
        ("/api/openapi.json", "GET, HEAD, OPTIONS"),
        ("/healthz", "GET, HEAD, OPTIONS"),
    ],
)
def test_methods_that_are_allowed_are_told(idle: Any, path: str, allowed: str) -> None:
    told = idle.ask("OPTIONS", path)
    assert (told.status, told.body, told.headers["allow"]) == (204, b"", allowed)
    refused = idle.ask("PATCH", path)
    assert (refused.status, refused.kind, refused.headers["allow"]) == (405, "method", allowed)


def test_head_has_the_head_of_get(wire: Any, report: Any) -> None:
    task = wire.ask("GET", "/api/tasks").json["items"][0]["links"]
    for target in (
        "/api/tasks",
        task["self"],
        task["events"],
        report["report.txt"]["url"],
        "/api/openapi.json",
        "/healthz",
        "/readyz",
    ):
        head, get = wire.ask("HEAD", target), wire.ask("GET", target)
        assert (head.status, head.body) == (200, b"")
        for name in ("content-type", "content-length", "etag", "cache-control"):
            assert head.headers[name] == get.headers[name], (target, name)


def test_services_are_at_the_root_and_below_the_base_path(wire: Any) -> None:
    wire.final(wire.create(name="q3")["links"]["self"])
    for base in ("", "/api"):
        assert wire.ask("GET", f"{base}/healthz").json == {"status": "ok", "title": "Reports"}
        assert wire.ask("GET", f"{base}/readyz").json == {"status": "ready"}
        figures = wire.ask("GET", f"{base}/metrics")
        assert figures.headers["content-type"].startswith("text/plain; version=0.0.4")
        assert 'accepted_tasks{type="render",status="completed"} 1' in figures.body.decode()
        assert 'accepted_http_answers_total{operation="tasks",code="202"} 1' in figures.body.decode()
    assert wire.ask("GET", "/api/openapi.json").json["openapi"].startswith("3.1")


def test_a_base_path_of_none(tmp_path: Path, serving: Any) -> None:
    with serving(Bench(tmp_path / "tasks.db", base_path="/").api) as wire:
        answer = wire.ask("POST", "/tasks", {"type": "render", "input": {"name": "q3"}})
        assert answer.headers["location"] == f"/tasks/{answer.json['id']}"
        assert wire.final(answer.headers["location"])["status"] == "completed"
        assert wire.ask("GET", "/healthz").status == 200


def test_a_draining_server_takes_no_task_and_says_so(bench: Bench, wire: Any) -> None:
    task = wire.create(name="q3")
    bench.api.tasks.draining = True
    for method, target, body in (
        ("POST", "/api/reports", {"name": "q4"}),
        ("GET", "/readyz", None),
    ):
        answer = wire.ask(method, target, body)
        assert (answer.status, answer.kind) == (503, "busy")
        assert int(answer.headers["retry-after"]) > 0
    assert wire.ask("GET", task["links"]["self"]).status == 200


# ---- limits


def test_a_tenant_beyond_its_rate_is_told_when(tmp_path: Path, serving: Any) -> None:
    async def whose(request: Any) -> str | None:
        return next((value for name, value in request.headers if name == "x-tenant"), None)

    api = Bench(tmp_path / "tasks.db", rate=Rate(2, 3600), authenticate=whose, execute=False).api
    with serving(api) as wire:
        first, second, third = (wire.ask("GET", "/api/tasks", X_Tenant="a") for _ in range(3))
        assert (first.status, first.headers["ratelimit-policy"]) == (200, '"tenant";q=2;w=3600')
        assert first.headers["ratelimit"].startswith('"tenant";r=1;t=')
        assert (second.status, second.headers["ratelimit"].split(";")[1]) == (200, "r=0")
        assert (third.status, third.kind) == (429, "limited")
        assert 0 < int(third.headers["retry-after"]) <= 1800
        assert third.headers["ratelimit"].startswith('"tenant";r=0;t=')
        assert wire.ask("GET", "/api/tasks", X_Tenant="b").status == 200
        assert wire.ask("GET", "/healthz").status == 200


def test_a_body_that_does_not_come_is_not_waited_for(idle: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(face_module, "BODY_WITHIN", 0.05)
    head = b"POST /api/tasks HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n"
    answer = idle.raw(head + b'{"type":')
    assert (answer.status, answer.headers["connection"], answer.json["type"]) == (408, "close", "about:blank")


def test_a_client_that_leaves_within_its_body_makes_nothing(idle: Any, caplog: pytest.LogCaptureFixture) -> None:
    with socket.create_connection(idle.address) as sock:
        sock.sendall(b"POST /api/reports HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n")
        sock.sendall(b'Content-Length: 15\r\n\r\n{"name": "q3"')
    assert idle.ask("GET", "/api/tasks").json["items"] == []
    assert not caplog.records


def test_what_fails_inside_is_told_by_an_id_only(
    idle: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        raise ZeroDivisionError("a secret of the house")

    monkeypatch.setattr("accepted.server.tasks.Tasks.list", broken)
    answer = idle.ask("GET", "/api/tasks")
    assert (answer.status, answer.kind) == (500, "internal")
    assert answer.json["instance"].startswith("urn:uuid:")
    assert b"secret" not in answer.body
    assert answer.json["instance"] in caplog.text
    assert "a secret of the house" in caplog.text


# ---- mounted


def mounted_in_starlette(api: TaskAPI) -> Any:
    from starlette.applications import Starlette
    from starlette.routing import Mount

    return Starlette(routes=[Mount("/svc", api)])


def mounted_in_fastapi(api: TaskAPI) -> Any:
    from fastapi import FastAPI

    app = FastAPI()
    app.mount("/svc", api)
    return app


def mounted_in_litestar(api: TaskAPI) -> Any:
    from litestar import Litestar, asgi

    @asgi("/svc", is_mount=True, copy_scope=True)
    async def mounted(scope: Any, receive: Any, send: Any) -> None:
        await api(scope, receive, send)

    return Litestar([mounted], openapi_config=None)


def behind_a_proxy_that_strips(api: TaskAPI) -> Any:
    """`root_path` is told, and is not in the path."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            scope = {**scope, "root_path": "/svc", "path": scope["path"].removeprefix("/svc")}
        await api(scope, receive, send)

    return app


@pytest.mark.parametrize(
    "mount",
    [
        pytest.param(mounted_in_starlette, marks=pytest.mark.oracle("starlette")),
        pytest.param(mounted_in_fastapi, marks=pytest.mark.oracle("fastapi")),
        pytest.param(mounted_in_litestar, marks=pytest.mark.oracle("litestar")),
        behind_a_proxy_that_strips,
    ],
)
def test_mounted_it_is_where_the_client_sees_it(bench: Bench, serving: Any, mount: Any) -> None:
    with serving(mount(bench.api)) as wire:
        answer = wire.ask("POST", "/svc/api/tasks", {"type": "render", "input": {"name": "q3"}})
        path = answer.headers["location"]
        assert (answer.status, path) == (202, f"/svc/api/tasks/{answer.json['id']}")
        task = wire.final(path)
        assert (task["status"], task["links"]["self"]) == ("completed", path)
        events = Events(wire, task["links"]["events"])
        assert [document["status"] for _, document in events] == ["completed"]
        events.close()
        assert wire.ask("GET", task["links"]["artifacts"][0]["url"]).body
        wire.ask("POST", "/svc/api/reports", {"name": "q4"})
        page = wire.ask("GET", "/svc/api/tasks?limit=1")
        assert page.headers["link"].startswith("</svc/api/tasks?limit=1&cursor=")
        assert wire.ask("GET", "/svc/healthz").status == 200
        assert wire.ask("GET", "/svc/api/openapi.json").json["servers"] == [{"url": "/svc/api"}]
        assert wire.ask("GET", "/svc/api/tasks/").status == 404
        assert wire.ask("DELETE", path).status == 204
    asyncio.run(bench.api.stop())
