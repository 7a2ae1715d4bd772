"""SIGKILL of `accepted serve` under load: acknowledged tasks missing 0, stuck 0, outcomes recorded twice 0.

Real processes, one or with four workers, on one file; raw HTTP. The clients note what was acknowledged, the tasks note
each attempt, and the file itself counts by a trigger how often an outcome was written.
"""

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from random import Random
from threading import Barrier, Event
from typing import Any

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="who executes is read from /proc")

HERE = Path(__file__).parent
CLIENTS = 3
PAUSE = 0.02
"""Seconds between two creates of a client: together they ask for less than is executed meanwhile."""
SPAN = 1.0
"""Seconds in which a server is killed, after it answered."""
STUCK = 30.0
"""Seconds after the last restart: what is not final by then is stuck."""
AT_ONCE = 5
"""Kills until all that was accepted must be final: fewer than the losses after which a task is given up."""

AUDIT = """
CREATE TABLE outcomes (id TEXT NOT NULL, status TEXT NOT NULL);
CREATE TRIGGER outcomes_written AFTER UPDATE ON tasks WHEN new.finished_at IS NOT NULL BEGIN
    INSERT INTO outcomes VALUES (new.id, new.status);
END;
"""


class Server:
    """`accepted serve` in a process group of its own, each time on the same port and file."""

    def __init__(self, folder: Path, workers: int) -> None:
        self.file = folder / "tasks.db"
        self.notes = folder / "notes"
        self.log = folder / "log"
        self.workers = workers
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start it, and wait until it answers."""
        options = ["--port", str(self.port), "--db", str(self.file), "--workers", str(self.workers), "--json"]
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "accepted", "serve", "counted:api", *options],
                env={**os.environ, "NOTES": str(self.notes)},
                cwd=HERE,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,
            )
        assert self.process.stdout
        assert self.process.stdout.readline(), self.log.read_text()

    def kill(self) -> None:
        """All of its processes at once."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.communicate()
        self.process = None

    def kill_executor(self, executor_of: Callable[[Path], int | None]) -> None:
        """Only the worker that executes, as soon as there is one; the server replaces it."""
        deadline = time.monotonic() + STUCK
        while (pid := executor_of(self.file)) is None:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        os.kill(pid, signal.SIGKILL)

    def rows(self, sql: str) -> list[Any]:
        with closing(sqlite3.connect(self.file, timeout=10)) as db:
            return db.execute(sql).fetchall()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[[int], Server]]:
    started: list[Server] = []

    def start(workers: int) -> Server:
        started.append(Server(tmp_path, workers))
        started[-1].start()
        return started[-1]

    yield start
    for server in started:
        server.kill()
        assert "Traceback" not in server.log.read_text()


@dataclass
class Kills:
    """So many kills of one server, and what there was to see of them."""

    server: Server
    wire: Any
    executor_of: Callable[[Path], int | None]
    chance: Random
    ids: dict[str, str] = field(default_factory=dict[str, str])
    cancelled: set[str] = field(default_factory=set[str])
    how: Counter[str] = field(default_factory=Counter[str])
    stuck: int = 0
    slowest: float = 0.0

    def happen(self, wanted: int) -> None:
        """Kill until there were as many as wanted; every few kills all that was accepted has to become final."""
        with closing(sqlite3.connect(self.server.file)) as db:
            db.executescript(AUDIT)
        while self.how.total() < wanted:
            self._round(min(AT_ONCE, wanted - self.how.total()))

    def _round(self, kills: int) -> None:
        stop, before = Event(), len(self.ids)
        with ThreadPoolExecutor(CLIENTS) as pool:
            clients = [pool.submit(self._create_until, stop, f"{before}-{number}") for number in range(CLIENTS)]
            for _ in range(kills):
                time.sleep(self.chance.uniform(0.05, SPAN))
                self._kill()
            restarted = time.monotonic()
            stop.set()
            for client in clients:
                client.result()
        self._settle(restarted)

    def _kill(self) -> None:
        if self.server.workers > 1 and self.chance.random() < 0.5:
            self.server.kill_executor(self.executor_of)
            self.how["the worker that executes"] += 1
            return
        self.server.kill()
        self.how["all of it"] += 1
        self.server.start()

    def _create_until(self, stop: Event, name: str) -> None:
        """Creates as a careful client does: with a key, and again with that key until there is an answer."""
        number = 0
        while not stop.is_set():
            key = f"{name}-{number}"
            self.ids[key] = self.create(key)
            if number % 7 == 0:
                self._cancel(self.ids[key])
            number += 1
            stop.wait(PAUSE)

    def create(self, key: str) -> str:
        """The id under this key, which decides what is asked for."""
        number, deadline = int(key.rpartition("-")[2]), time.monotonic() + STUCK
        body = {"type": "nap" if number % 2 else "nap_sync", "input": {"seconds": 0.02 * (number % 6)}}
        while True:
            try:
                answer = self.wire.ask("POST", "/api/tasks", body, Idempotency_Key=key)
            except (OSError, HTTPException):
                assert time.monotonic() < deadline
                time.sleep(0.05)
            else:
                assert answer.status == 202, answer.body
                return answer.json["id"]

    def _cancel(self, task_id: str) -> None:
        """Ask for its end, once; it may be over before, or the answer be lost."""
        with suppress(OSError, HTTPException):
            answer = self.wire.ask("POST", f"/api/tasks/{task_id}/cancel")
            assert answer.status in (200, 202, 409), answer.body
            if answer.status != 409 and answer.json["status"] == "cancelled":
                self.cancelled.add(task_id)

    def _settle(self, restarted: float) -> None:
        while open_tasks := self.server.rows("SELECT id FROM tasks WHERE finished_at IS NULL"):
            if time.monotonic() > restarted + STUCK:
                break
            time.sleep(0.1)
        self.stuck += len(open_tasks)
        self.slowest = max(self.slowest, time.monotonic() - restarted)

    # ---- what is left

    @property
    def missing(self) -> list[str]:
        """Acknowledged ids that the file does not have."""
        return sorted(set(self.ids.values()) - {task_id for (task_id,) in self.server.rows("SELECT id FROM tasks")})

    @property
    def twice(self) -> list[str]:
        """Tasks whose outcome was written more than once."""
        more = "SELECT id FROM outcomes GROUP BY id HAVING count(*) > 1"
        return [task_id for (task_id,) in self.server.rows(more)]

    @property
    def again(self) -> int:
        """Tasks that took more than one attempt."""
        return self.server.rows("SELECT count(*) FROM tasks WHERE attempt > 1")[0][0]

    def __repr__(self) -> str:
        how = ", ".join(f"{number} of {what}" for what, number in self.how.items())
        return (
            f"{self.server.workers} workers, {self.how.total()} kills ({how}): {len(self.ids)} tasks acknowledged, "
            f"{len(self.cancelled)} cancels too, "
            f"{len(self.missing)} missing, {self.stuck} stuck, {len(self.twice)} recorded twice; "
            f"{self.again} executed again, all final {self.slowest:.1f} s after a restart at the latest"
        )


def attempts(notes: Path, word: str) -> Counter[tuple[str, int]]:
    """How often each attempt noted that it had `begun` or `ended`."""
    lines = (line.split() for line in notes.read_text().splitlines())
    return Counter((task_id, int(attempt)) for said, task_id, attempt in lines if said == word)


@pytest.mark.parametrize(
    ("workers", "kills"),
    [
        (1, 2),
        (4, 1),
        pytest.param(1, 25, marks=pytest.mark.soak),
        pytest.param(4, 25, marks=pytest.mark.soak),
    ],
)
def test_kills_lose_nothing_leave_nothing_stuck_and_record_nothing_twice(
    serve: Any, wire_to: Any, executor_of: Any, workers: int, kills: int
) -> None:
    server = serve(workers)
    tally = Kills(server, wire_to(server.url), executor_of, Random(workers * 1000 + kills))
    tally.happen(kills)
    print(tally)
    assert (tally.missing, tally.stuck, tally.twice) == ([], 0, []), tally

    assert server.rows("SELECT count(*) FROM outcomes") == [(len(tally.ids),)], tally

    # One task for each key: nothing was created beside what was acknowledged.
    assert dict(server.rows("SELECT key, id FROM tasks")) == tally.ids, tally
    for key in tally.chance.sample(sorted(tally.ids), 5):
        assert tally.create(key) == tally.ids[key]

    # What is recorded is what the attempt of that number did, and no attempt ran twice.
    begun, ended = attempts(server.notes, "begun"), attempts(server.notes, "ended")
    assert set(begun.values()) == set(ended.values()) == {1}, tally
    recorded = {row[0]: row[1:] for row in server.rows("SELECT id, status, attempt, json(result) FROM tasks")}
    assert {status for status, _, _ in recorded.values()} <= {"completed", "cancelled"}, tally
    assert {recorded[task_id][0] for task_id in tally.cancelled} <= {"cancelled"}, tally
    for task_id, (status, attempt, result) in recorded.items():
        assert (task_id, attempt + 1) not in begun
        if status == "completed":
            assert json.loads(result) == attempt
            assert (task_id, attempt) in ended


def every_worker_serves(server: Server, wire: Any) -> None:
    """Ask until each worker was asked: the first answers before the others are there."""
    deadline = time.monotonic() + STUCK
    with ThreadPoolExecutor(20) as pool:
        while len(attempts(server.notes, "serves")) < server.workers:
            assert time.monotonic() < deadline
            list(pool.map(lambda _: wire.ask("GET", "/api/tasks"), range(20)))


def test_concurrent_creates_with_one_key_make_one_task_across_workers_and_a_restart(serve: Any, wire_to: Any) -> None:
    server, together = serve(4), Barrier(50)
    wire = wire_to(server.url)
    every_worker_serves(server, wire)
    body = {"type": "nap", "input": {"seconds": 0.0}}

    def create(_: int) -> tuple[int, str]:
        together.wait(20)
        answer = wire.ask("POST", "/api/tasks", body, Idempotency_Key="the-one")
        return answer.status, answer.json["id"]

    with ThreadPoolExecutor(50) as pool:
        answers = set(pool.map(create, range(50)))
    ((status, task_id),) = answers
    assert status == 202
    assert server.rows("SELECT id FROM tasks") == [(task_id,)]

    server.kill()
    server.start()
    again = wire.ask("POST", "/api/tasks", body, Idempotency_Key="the-one")
    assert (again.status, again.json["id"]) == (202, task_id)
    other = wire.ask("POST", "/api/tasks", {"type": "nap", "input": {"seconds": 1.0}}, Idempotency_Key="the-one")
    assert (other.status, other.kind) == (422, "key")
    assert server.rows("SELECT id FROM tasks") == [(task_id,)]
