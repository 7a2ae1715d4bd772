"""Our server beside a hello-world and beside what does the same job, on the same ASGI server: parts of `run.py`.

uvicorn (uvloop, httptools, one worker) on 127.0.0.1, and one load generator, `load.py`. A server begins anew for every
measure, on files of its own, and ends with it. Ours runs with what it has: validation, one Idempotency-Key a request,
synchronous=FULL. The peers need `make peers`, Celery a Redis besides; without them they are left out, with a sentence.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from rounds import Figures, interleaved, show

from accepted.server.database import Database
from accepted.server.reading import cursor_of

HERE = Path(__file__).parent
PEERS = HERE.parent / ".venv-bench" / "bin"
REDIS = ("127.0.0.1", 6379)
REDIS_DB = 15
"""Emptied at the end, so used only where it is empty."""

CONNECTIONS = 64
SECONDS = 3.0
WARM = 0.5
ONE_BY_ONE = 100
"""Tasks that are created and waited for one after the other."""

BODY = json.dumps({"type": "report", "input": {"name": "quarter", "pages": 3}})
CREATE = {"method": "POST", "path": "/api/tasks", "headers": {"idempotency-key": "{u}"}, "body": BODY}

NO_PEERS = "DBOS and Celery: not installed (make peers)"


@dataclass(frozen=True, slots=True)
class Contestant:
    """An app of this folder, the Python that serves it, and the arguments of a worker that it needs, if any."""

    app: str
    python: Path = Path(sys.executable)
    worker: tuple[str, ...] = ()


HELLO = {"hello-world, Starlette": Contestant("hello:starlette_app"), "hello-world, bare ASGI": Contestant("hello:app")}
EXECUTING = {"ours": Contestant("ours:api")}
OURS = {"ours, executing": Contestant("ours:api"), "ours, accept only": Contestant("ours:accepting")}

_WORKER = ("-W", "ignore", "-m", "celery", "-q", "-A", "recipe:celery", "worker", "-c", "2", "-l", "ERROR")
"""Quiet, also about being run as root."""


def _peers() -> tuple[dict[str, Contestant], list[str]]:
    """Those that can run here, and a sentence about each that cannot."""
    python = PEERS / "python"
    if not python.exists():
        return {}, [NO_PEERS]
    dbos = {"DBOS, SQLite": Contestant("dbos_recipe:app", python)}
    if (why := _no_redis()) is not None:
        return dbos, [f"FastAPI + Celery + Redis: {why}"]
    return {**dbos, "FastAPI + Celery + Redis": Contestant("recipe:app", python, _WORKER)}, []


def _no_redis() -> str | None:
    try:
        used = _redis("DBSIZE")
    except OSError:
        return f"no Redis at {REDIS[0]}:{REDIS[1]}"
    return None if used == ":0" else f"database {REDIS_DB} of the Redis here is in use"


def _redis(command: str) -> str:
    with socket.create_connection(REDIS, timeout=5) as connection:
        connection.sendall(f"SELECT {REDIS_DB}\r\n{command}\r\n".encode())
        lines = connection.makefile("r", newline="\r\n")
        return [lines.readline().strip(), lines.readline().strip()][1]


# ---- a server


@dataclass(frozen=True, slots=True)
class Running:
    """A server that answers."""

    port: int
    process: subprocess.Popen[bytes]

    def load(self, requests: Sequence[Mapping[str, Any]], seconds: float = SECONDS) -> dict[str, Any]:
        """The load generator's report; raises where anything but 200 or 202 was answered."""
        command = [sys.executable, str(HERE / "load.py"), f"http://127.0.0.1:{self.port}"]
        done = subprocess.run(
            [*command, "--connections", str(CONNECTIONS), "--seconds", str(seconds)],
            input="\n".join(map(json.dumps, requests)),
            stdout=subprocess.PIPE,
            text=True,
            check=True,
            timeout=120,
        )
        report: dict[str, Any] = json.loads(done.stdout)
        if not report["codes"].keys() <= {"200", "202"}:
            raise RuntimeError(f"the server answered {report['codes']}")
        return report

    def memory(self) -> float:
        """MB that are resident."""
        command = ["ps", "-o", "rss=", "-p", str(self.process.pid)]
        return int(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout) / 1024


@contextmanager
def serving(contestant: Contestant, db: Path | None = None) -> Generator[Running]:
    """A contestant for the length of the block; `db`: its file, where it is not to be its own."""
    with ExitStack() as stack:
        own = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="accepted-bench-"))) / "tasks.db"
        redis = f"redis://{REDIS[0]}:{REDIS[1]}/{REDIS_DB}"
        environment = {**os.environ, "ACCEPTED_DB": str(db or own), "BENCH_REDIS": redis}
        if contestant.worker:
            stack.callback(_redis, "FLUSHDB")
            stack.enter_context(_process([contestant.python, *contestant.worker], environment))
            time.sleep(3.0)  # it says nowhere that it is ready
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            port = taken.getsockname()[1]
        uvicorn = ["-m", "uvicorn", contestant.app, "--app-dir", HERE, "--port", port, "--loop", "uvloop"]
        quiet = ["--http", "httptools", "--workers", "1", "--log-level", "error", "--no-access-log"]
        process = stack.enter_context(_process([contestant.python, *uvicorn, *quiet], environment))
        _await(port, process)
        yield Running(port, process)


@contextmanager
def _process(command: Sequence[object], environment: Mapping[str, str]) -> Generator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([str(one) for one in command], env=environment, cwd=HERE, stdout=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _await(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 30.0
    while time.monotonic() < until and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("a server did not start")


# ---- 5: creates


def creates(rounds: int) -> None:
    """How many tasks a second are accepted."""
    peers, notes = _peers()
    measures = {name: _creates(one) for name, one in {**HELLO, **OURS, **peers}.items()}
    notes += [
        "A 202 of ours is on disk (FULL) before it is sent; one of Celery's is in the memory of Redis.",
        "Ours and the peers check and keep the input and look the Idempotency-Key up; all but `accept only` run a task",
        "that does nothing meanwhile. MB is what the server process has in memory after it (Redis, workers apart).",
    ]
    found = interleaved(measures, rounds)
    show(f"5. POST to 202, {CONNECTIONS} connections", found, base="hello-world, Starlette", notes=notes)


def _creates(contestant: Contestant) -> Callable[[], Figures]:
    def measure() -> Figures:
        with serving(contestant) as server:
            server.load([CREATE], WARM)
            report = server.load([CREATE])
            return {
                "202/s": report["per_second"],
                "p50 ms": report["p50"] * 1000,
                "p99 ms": report["p99"] * 1000,
                "MB": server.memory(),
            }

    return measure


# ---- 6: one task


def done(rounds: int) -> None:
    """How long it is from the create of a task that does nothing to the poll that says it is completed."""
    peers, notes = _peers()
    measures = {name: _done(one) for name, one in {**EXECUTING, **peers}.items()}
    notes.append(f"{ONE_BY_ONE} tasks, one at a time; each is polled again as soon as its last poll was answered.")
    show("6. Create to completed, one at a time", interleaved(measures, rounds), base="ours", notes=notes)


def _done(contestant: Contestant) -> Callable[[], Figures]:
    def measure() -> Figures:
        with serving(contestant) as server, closing(http.client.HTTPConnection("127.0.0.1", server.port)) as client:
            for _ in range(5):
                _completed(client)
            took = sorted(_completed(client) for _ in range(ONE_BY_ONE))
        return {"p50 ms": took[len(took) // 2] * 1000, "p99 ms": took[int(len(took) * 0.99)] * 1000}

    return measure


def _completed(client: http.client.HTTPConnection) -> float:
    """Seconds."""
    began = time.perf_counter()
    headers = {"content-type": "application/json", "idempotency-key": uuid4().hex}
    task = _asked(client, "POST", "/api/tasks", BODY, headers)
    while task["status"] != "completed":
        if time.perf_counter() - began > 30.0:
            raise RuntimeError(f"a task is still {task['status']}")
        task = _asked(client, "GET", f"/api/tasks/{task['id']}")
    return time.perf_counter() - began


def _asked(client: http.client.HTTPConnection, *request: Any) -> dict[str, Any]:
    client.request(*request)
    document: dict[str, Any] = json.load(client.getresponse())
    return document


# ---- 7: many tasks kept

KEPT = (10_000, 100_000, 1_000_000)
POLLED = 1000


def kept(rounds: int) -> None:
    """What a poll and a list cost while many tasks are kept."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="accepted-bench-")))
        measures: dict[str, Callable[[], Figures]] = {}
        for count in KEPT:
            db = folder / f"{count}.db"
            _fill(db, count)
            server = stack.enter_context(serving(Contestant("ours:accepting"), db))
            measures[f"{count:,} kept"] = _kept(server, count)
        notes = [
            f"Polls go to {POLLED} tasks anywhere in the file; a list is the newest 20, a deep one begins half-way."
        ]
        show("7. Polls and lists", interleaved(measures, rounds), base=f"{KEPT[0]:,} kept", notes=notes)


def _kept(server: Running, count: int) -> Callable[[], Figures]:
    some = random.Random(count).choices(range(1, count + 1), k=POLLED)
    polls = [{"method": "GET", "path": f"/api/tasks/{_id(seq)}"} for seq in some]
    lists = {"method": "GET", "path": "/api/tasks"}
    deep = {"method": "GET", "path": f"/api/tasks?cursor={cursor_of(count // 2, '', None, None)}"}

    def measure() -> Figures:
        return {
            "polls/s": server.load(polls)["per_second"],
            "lists/s": server.load([lists])["per_second"],
            "deep lists/s": server.load([deep])["per_second"],
            "MB": server.memory(),
        }

    return measure


def _id(seq: int) -> str:
    return f"task_{seq:012x}AAAAAAAAAAAAAAAA"


_FILL = """
WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers LIMIT :count)
INSERT INTO tasks (id, tenant, type, status, created_at, attempt, version, started_at, finished_at, key, fingerprint,
    input, result)
SELECT printf('task_%012xAAAAAAAAAAAAAAAA', n), '', 'report', 'completed', 1.8e9 + n, 1, 3, 1.8e9 + n, 1.8e9 + n,
    hex(randomblob(16)), hex(randomblob(32)), CAST('{"name":"quarter","pages":3}' AS BLOB), CAST('"done"' AS BLOB)
FROM numbers
"""


def _fill(db: Path, count: int) -> None:
    """A file with so many tasks that are completed."""
    with closing(Database(path=db).open()) as connection:
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute("PRAGMA cache_size=-200000")
        connection.execute(_FILL, {"count": count})
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    with closing(sqlite3.connect(db)) as connection:
        assert connection.execute("SELECT max(seq) FROM tasks").fetchone() == (count,)


SERVER: dict[str, Callable[[int], None]] = {"creates": creates, "done": done, "kept": kept}
