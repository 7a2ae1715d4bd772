"""Many real processes with one login file, and SIGKILL of those that renew it.

After a kill the file is whole, the old one or the new one, and nobody holds the lock.
There is one loss that no client can prevent: a renewal that was carried out, and whose answer died with its process,
took the old renewal token along (tokens rotate). The next process is then told that the login is over, and says so.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from base64 import urlsafe_b64encode
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from sqlite3 import connect
from tempfile import mkdtemp
from typing import Any

import pytest

from accepted.asgi import application, running
from accepted.core.wire import Dropped, Request, Response
from accepted.simulate import handler
from accepted.simulate.codex import Simulator

RENEWER = Path(__file__).with_name("renewer.py")
BOUND = 120.0
"""Seconds for whatever a process does: many times more than it needs, for a machine with much else to do."""

POINTS = {
    "before the renewal": "works",
    "answered": "is over",
    "in the middle of the write": "is over",
    "written": "is over",
    "before the replacement": "is over",
    "after the replacement": "works",
}
"""Where a process is killed, and what becomes of the login."""


def jwt(**claims: Any) -> str:
    return ".".join(urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in ({}, claims, {}))


@dataclass
class Place:
    """A simulated Codex on a loopback port, a login file that has expired, and the processes that use both."""

    origin: str
    simulator: Simulator
    home: Path
    started: list[subprocess.Popen[str]] = field(default_factory=list[subprocess.Popen[str]])

    def __post_init__(self) -> None:
        self._before = self._asked()
        self.old = {
            "auth_mode": "chatgpt",
            "OPENAI_API_KEY": None,
            "tokens": {
                "id_token": jwt(),
                "access_token": jwt(exp=1_000_000_000),
                "refresh_token": f"rt_{self.home.name}",
                "account_id": "acct-123",
            },
            "last_refresh": "2026-11-22T19:00:00Z",
            "of-another-program": ["ünï", 1.0],
        }
        (self.home / "auth.json").write_text(json.dumps(self.old))
        (self.home / "auth.json").chmod(0o600)

    def start(self, point: str = "-") -> subprocess.Popen[str]:
        """Start a process; it waits until it is let go."""
        process = subprocess.Popen(
            [sys.executable, str(RENEWER), self.origin, point],
            env={**os.environ, "CODEX_HOME": str(self.home), "PYTHONWARNINGS": "error"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.started.append(process)
        return process

    def go(self, *processes: subprocess.Popen[str]) -> None:
        """Let them begin, all as soon as the last one is ready."""
        for process in processes:
            assert process.stdout
            assert process.stdout.readline() == "ready\n", process.communicate(timeout=BOUND)
        for process in processes:
            assert process.stdin
            process.stdin.write("go\n")
            process.stdin.flush()

    def told(self, process: subprocess.Popen[str]) -> dict[str, Any]:
        """What a process says at its end."""
        out, err = process.communicate(timeout=BOUND)
        assert process.returncode == 0, err
        assert "Traceback" not in err
        return json.loads(out)

    def next(self) -> str:
        """What another process makes of the file: it `works` or the login `is over`."""
        process = self.start()
        self.go(process)
        told = self.told(process)
        if told == {"plan": "plus"}:
            return "works"
        assert told["error"] == "AuthenticationFailed", told
        assert "codex login" in told["told"]
        return "is over"

    def looked_at(self) -> str:
        """Whether the file is the `old` or a `new` one. It is whole, and nobody holds the lock."""
        found = json.loads((self.home / "auth.json").read_bytes())
        assert (self.home / "auth.json").stat().st_mode & 0o777 == 0o600
        with closing(connect(self.home / "auth.json.accepted-lock", timeout=0, isolation_level=None)) as lock:
            lock.execute("BEGIN EXCLUSIVE")
        if found == self.old:
            return "old"
        fresh = ("tokens", "last_refresh")
        assert {**found, **{name: self.old[name] for name in fresh}} == self.old
        assert found["tokens"].keys() == self.old["tokens"].keys()
        assert found["tokens"]["refresh_token"] != self.old["tokens"]["refresh_token"]
        return "new"

    @property
    def refreshes(self) -> int:
        """Renewals that were asked for since this file is there."""
        return self._asked() - self._before

    def _asked(self) -> int:
        return self.simulator.counts()["routes"].get("POST /oauth/token", 0)

    def left_over(self) -> list[str]:
        """Files of processes that were killed, named as such."""
        return sorted(one.name for one in self.home.glob("*.accepted-new"))

    def close(self) -> None:
        for process in self.started:
            if process.poll() is None:
                process.kill()
            process.communicate()


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Callable[..., Place]]:
    """A function that makes a `Place`."""
    with ExitStack() as stack:

        def make(pause: float = 0.0) -> Place:
            simulator = Simulator()
            answer = handler(simulator)

            async def handle(request: Request) -> Response | Dropped:
                came = answer(request)
                if request.url.endswith("/oauth/token"):
                    await asyncio.sleep(pause)  # a renewal over a real network takes a while
                return came

            origin = stack.enter_context(running(application(handle)))
            made = Place(origin, simulator, Path(mkdtemp(dir=tmp_path)))
            stack.callback(made.close)
            return made

        yield make


@pytest.mark.slow
def test_twenty_processes_with_one_expired_file_renew_it_once(place: Callable[..., Place]) -> None:
    here = place(pause=0.5)
    processes = [here.start() for _ in range(20)]
    here.go(*processes)
    assert [here.told(process) for process in processes] == [{"plan": "plus"}] * 20
    counts = here.simulator.counts()
    assert here.refreshes == 1, counts
    assert (counts["unauthorised"], counts["routes"]["GET /backend-api/wham/usage"]) == (0, 20), counts
    assert (here.looked_at(), here.left_over()) == ("new", [])


@pytest.mark.slow
@pytest.mark.parametrize("point", POINTS)
def test_killed_at_a_point_leaves_a_whole_file_and_a_free_lock(place: Callable[..., Place], point: str) -> None:
    """Between the answer and the new file the login is lost (see above): the next one says to log in again."""
    here = place()
    process = here.start(point)
    here.go(process)
    process.communicate(timeout=BOUND)
    assert process.returncode == -signal.SIGKILL
    assert here.refreshes == (0 if point == "before the renewal" else 1)
    assert here.looked_at() == ("new" if point == "after the replacement" else "old")
    assert len(here.left_over()) == (0 if point == "after the replacement" else 1)
    asked = here.refreshes
    assert here.next() == POINTS[point]
    assert here.refreshes == asked + (0 if point == "after the replacement" else 1)
    assert here.left_over() == []  # the next renewal removes what the killed one left


def test_interrupted_while_it_renews_leaves_the_new_file(place: Callable[..., Place]) -> None:
    """Ctrl-C, and again by one who cannot wait: what the renewal brings is written first."""
    here = place(pause=1.0)
    process = here.start()
    here.go(process)
    deadline = time.monotonic() + BOUND
    while not here.refreshes and time.monotonic() < deadline:
        time.sleep(0.01)
    for _ in range(3):
        process.send_signal(signal.SIGINT)
        time.sleep(0.1)
    out, err = process.communicate(timeout=BOUND)
    assert (process.returncode, out) == (-signal.SIGINT, ""), err
    assert "KeyboardInterrupt" in err
    assert (here.looked_at(), here.left_over()) == ("new", [])
    assert (here.next(), here.refreshes) == ("works", 1)


def killed_at(here: Place, moment: float) -> str:
    """Kill a process so many seconds after it was let go; what state the login is in."""
    process = here.start()
    here.go(process)
    try:
        process.wait(timeout=moment)
    except subprocess.TimeoutExpired:
        process.kill()
    process.communicate(timeout=BOUND)
    looks = here.looked_at()
    came = here.next()
    if looks == "new":
        assert (came, here.refreshes) == ("works", 1)
    elif came == "works":
        assert here.looked_at() == "new"
    else:
        assert here.refreshes == 2  # the killed one had asked: its answer was lost after the rotation
    assert here.left_over() == []
    return f"{'killed' if process.returncode else 'ended'}, {looks}, {came}"


@pytest.mark.parametrize(
    "number", [pytest.param(10, marks=pytest.mark.slow), pytest.param(200, marks=pytest.mark.soak)]
)
def test_killed_at_a_random_moment_leaves_a_whole_file_and_a_free_lock(
    place: Callable[..., Place], number: int
) -> None:
    chance, seen = Random(20261124), Counter[str]()
    here = place(pause=0.02)
    process = here.start()
    here.go(process)
    began = time.monotonic()
    here.told(process)
    takes = time.monotonic() - began
    for _ in range(number):
        other = Place(here.origin, here.simulator, Path(mkdtemp(dir=here.home)))
        try:
            seen[killed_at(other, takes * chance.random())] += 1
        finally:
            other.close()
    print(dict(seen))
    assert sum(count for name, count in seen.items() if name.startswith("killed")) >= number // 10, seen
