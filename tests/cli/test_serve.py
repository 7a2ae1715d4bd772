"""`accepted serve` as a user runs it: a process of its own, real sockets, real signals."""

import json
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

MODULE = '''
import asyncio, os, time
from accepted.server import Progress, TaskAPI, TaskInfo

api = TaskAPI("Reports")
other = TaskAPI("Guarded", authenticate=lambda request: None)
number = 7

@api.task(path="/reports", retry_after=1)
async def render(name: str, seconds: float = 0.0, *, progress: Progress, task: TaskInfo) -> dict[str, int]:
    """Render a report."""
    progress(0, 1)
    await asyncio.sleep(seconds)
    return {"pid": os.getpid(), "attempt": task.attempt}
'''


class Served:
    """A server that runs, and what it said of itself."""

    def __init__(self, process: subprocess.Popen[str], told: Any) -> None:
        self.process = process
        self.told = told
        self.url: str = told["url"]

    def ask(self, path: str, body: Any = None, **fields: str) -> tuple[int, Any]:
        data = None if body is None else json.dumps(body).encode()
        sent = {name.replace("_", "-"): value for name, value in fields.items()}
        request = Request(self.url + path, data, {"Content-Type": "application/json", **sent})
        try:
            with urlopen(request, timeout=20) as answer:
                return answer.status, json.loads(answer.read())
        except HTTPError as refused:
            return refused.code, json.loads(refused.read())

    def create(self, **inputs: Any) -> str:
        code, document = self.ask("/reports", {"name": "x", **inputs})
        assert code == 202
        return document["id"]

    def final(self, task_id: str, within: float = 20.0) -> Any:
        deadline = time.monotonic() + within
        while time.monotonic() < deadline:
            _, document = self.ask(f"/tasks/{task_id}", Prefer="wait=5")
            if document["finished_at"]:
                return document
        raise AssertionError(f"{task_id} is not final after {within} s")

    def end(self, number: int = signal.SIGTERM) -> tuple[int, str]:
        """End it; its exit code and what it said on stderr."""
        self.process.send_signal(number)
        _, said = self.process.communicate(timeout=30)
        assert "Traceback" not in said
        return self.process.returncode, said


Serve = Callable[..., Served]


@pytest.fixture
def folder(machine: Any) -> Path:
    (machine.folder / "reports.py").write_text(MODULE)
    return machine.folder


@pytest.fixture
def serve(machine: Any, folder: Path) -> Iterator[Serve]:
    processes: list[subprocess.Popen[str]] = []

    def start(*words: str) -> Served:
        process = machine.start("serve", "reports:api", "--port", "0", "--json", *words)
        processes.append(process)
        told = process.stdout.readline()
        assert told, process.communicate(timeout=10)
        return Served(process, json.loads(told))

    yield start
    for process in processes:
        if process.poll() is None:
            process.terminate()
            process.communicate(timeout=30)


def test_it_serves_and_ends_on_sigterm(serve: Serve, folder: Path) -> None:
    server = serve()
    assert server.told == {
        "title": "Reports",
        "url": server.url,
        "openapi": f"{server.url}/openapi.json",
        "db": str(folder / "accepted-tasks.db"),
        "types": ["render"],
        "executes": True,
        "authentication": "none",
    }
    assert server.final(server.create())["result"]["attempt"] == 1
    assert server.ask("/openapi.json")[1]["openapi"] == "3.1.0"
    assert server.end()[0] == 0


def test_ctrl_c_is_a_good_end(serve: Serve) -> None:
    assert serve().end(signal.SIGINT)[0] == 0


def test_people_are_told_what_is_served_and_a_command_that_works(machine: Any, folder: Path) -> None:
    process = machine.start("serve", "reports:api", "--port", "0", "--db", "mine.db")
    lines: list[str] = []
    while not lines or not lines[-1].strip().startswith("-d"):
        lines.append(process.stdout.readline())
        assert lines[-1], process.communicate()
    told = "".join(lines)
    for part in ("Reports 0.1.0 at http://127.0.0.1:", f"{folder}/mine.db", "synchronous=FULL", "at least once"):
        assert part in told
    command = told[told.index("curl") :].replace("curl -i", "curl -s -o /dev/null -w %{http_code}")
    ran = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=20, check=True)
    assert ran.stdout == "202"
    process.terminate()
    process.communicate(timeout=20)


def test_what_was_in_progress_when_it_was_killed_is_executed_again(serve: Serve) -> None:
    server = serve()
    task_id = server.create(seconds=1.0)
    while server.ask(f"/tasks/{task_id}")[1]["status"] != "in_progress":
        time.sleep(0.02)
    server.process.kill()
    server.process.communicate()
    assert serve().final(task_id)["result"]["attempt"] == 2


def test_sigterm_lets_tasks_end_and_answers_that_wait_return(serve: Serve) -> None:
    server = serve("--drain", "10")
    task_id = server.create(seconds=1.0)
    while server.ask(f"/tasks/{task_id}")[1]["status"] != "in_progress":
        time.sleep(0.02)
    with socket.create_connection(("127.0.0.1", int(server.url.split(":")[2].split("/")[0]))) as held:
        held.sendall(f"GET /api/tasks/{task_id}?x HTTP/1.1\r\nHost: x\r\nPrefer: wait=60\r\n\r\n".encode())
        time.sleep(0.2)
        began = time.monotonic()
        assert server.end()[0] == 0
        assert time.monotonic() - began < 5
        assert held.recv(20).startswith(b"HTTP/1.1 ")
    assert serve().ask(f"/tasks/{task_id}")[1]["result"]["attempt"] == 1


def test_several_workers_accept_and_one_executes(serve: Serve) -> None:
    server = serve("--workers", "3")
    pids = {server.final(one)["result"]["pid"] for one in [server.create() for _ in range(12)]}
    assert len(pids) == 1
    assert server.end()[0] == 0


def test_reload_serves_what_the_file_says_now(serve: Serve, folder: Path) -> None:
    server = serve("--reload")
    task_id = server.create()
    # Of another length: Python takes a file of the same size and second for the one that it has compiled.
    changed = MODULE.replace('TaskAPI("Reports")', 'TaskAPI("Changed title")')
    # Again, should the reloader not have looked at it before the first time.
    for _ in range(5):
        (folder / "reports.py").write_text(changed)
        if titled(server, "Changed title", within=4):
            break
    else:
        raise AssertionError("it was not reloaded")
    assert server.final(task_id)["status"] == "completed"


def titled(server: Served, title: str, *, within: float) -> bool:
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        time.sleep(0.1)
        try:
            if server.ask("/openapi.json")[1]["info"]["title"] == title:
                return True
        except OSError:  # between the two
            pass
    return False


def test_without_executing_tasks_stay_queued_until_somebody_does(serve: Serve) -> None:
    server = serve("--no-execute")
    assert server.told["executes"] is False
    task_id = server.create()
    assert server.ask(f"/tasks/{task_id}", Prefer="wait=1")[1]["status"] == "queued"
    assert serve().final(task_id)["status"] == "completed"


def test_with_an_api_key_in_the_file_everybody_is_asked_for_one(serve: Serve, machine: Any) -> None:
    key = machine.run("admin", "keys", "create", "ci", "--json").document
    server = serve()
    assert server.told["authentication"] == "keys"
    assert server.ask("/tasks")[0] == 401
    assert server.ask("/tasks", Authorization=f"Bearer {key['secret']}") == (200, {"items": [], "next_cursor": None})
    assert machine.run("admin", "keys", "revoke", key["id"]).code == 0
    assert server.ask("/tasks", Authorization=f"Bearer {key['secret']}")[0] == 401


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["reports:api", "--host", "0.0.0.0"], "--without-authentication"),
        (["reports:api", "--host", "::"], "--without-authentication"),
        (["reports:api", "--reload", "--workers", "2"], "--reload serves from one process"),
        (["reports"], "no module:name"),
        (["missing:api"], "there is no module missing in"),
        (["reports:nothing"], "reports has no nothing"),
        (["reports:number"], "reports:number is a int, no TaskAPI"),
        (["reports:api", "--port", "99999"], "0 to 65535"),
    ],
)
def test_what_cannot_be_served_is_a_usage_error(words, told, machine: Any, folder: Path) -> None:
    ran = machine.spawn("serve", *words)
    assert ran.code == 2
    assert told in ran.err


@pytest.mark.parametrize("words", [["reports:api", "--without-authentication"], ["reports:other"]])
def test_beyond_this_machine_it_listens_where_that_was_said_or_authenticated(words, machine, folder) -> None:
    process = machine.start("serve", *words, "--host", "0.0.0.0", "--port", "0", "--json")
    assert json.loads(process.stdout.readline())["url"].startswith("http://0.0.0.0:")
    process.terminate()
    assert machine.end(process).code == 0


def test_a_taken_port_is_said(machine: Any, folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ran = machine.spawn("serve", "reports:api", "--port", str(taken.getsockname()[1]))
    assert ran.code == 2
    assert "cannot listen on 127.0.0.1" in ran.err


def test_a_module_that_fails_says_where(machine: Any, folder: Path) -> None:
    (folder / "broken.py").write_text("import json\n\napi = jsn.dumps\n")
    ran = machine.spawn("serve", "broken:api")
    assert ran.code == 1
    assert "NameError: name 'jsn' is not defined" in ran.err
    assert "broken.py, line 3" in ran.err


def test_a_file_that_is_no_database_of_ours_is_said(machine: Any, folder: Path) -> None:
    (folder / "notes.db").write_text("not a database, but long enough to be taken for one " * 100)
    ran = machine.spawn("serve", "reports:api", "--db", "notes.db")
    assert ran.code == 1
    assert "notes.db" in ran.err


def test_the_demo_of_the_server_holds(machine: Any) -> None:
    began = time.monotonic()
    ran = machine.spawn("demo", "--server")
    assert ran.code == 0, ran.out
    assert "Everything held" in ran.out
    assert time.monotonic() - began < 20
