"""Services that kill their clients, and clients that are there to be killed.

Everything that is started here is waited for with a bound and ended at the end of its test.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest

from accepted.asgi import application, running
from accepted.core.task import Task
from accepted.core.wire import Dropped, Request, Response, header
from accepted.drivers.journal import Journal
from accepted.simulate import CONTROL_PATH, Counts, handler, load

HERE = Path(__file__).parent
TOKEN = "a-simulated-key"
LATE = 0.5
"""Seconds after which a request is carried out whose client was killed when it arrived (`late`)."""

_MARK = re.compile(r" \[(accepted-[0-9a-f]+)\]$")

if sys.platform == "win32":
    collect_ignore_glob = ["test_*"]  # no SIGKILL and no fork


@dataclass(frozen=True)
class Commit:
    """A task that a create made. `name` is what the caller called it, `marker` what our client put behind it.

    Codex takes no marker: it is empty then, and a task is known by the key with which it was created, its name.
    """

    name: str
    marker: str
    id: str


def _of_jules(body: Any) -> tuple[str, str]:
    marked = _MARK.search(body["title"])
    assert marked, body
    return body["title"][: marked.start()], marked[1]


def _of_codex(body: Any) -> tuple[str, str]:
    return body["input_items"][0]["content"][0]["text"], ""


@dataclass(frozen=True)
class Kind:
    """A service as it is killed here: whose simulator, the contract's name, a create's words, who made a task."""

    simulator: str
    contract: str
    inputs: tuple[str, ...]
    named: Callable[[Any], tuple[str, str]]


KINDS = {
    "jules": Kind("jules", "hasty", ("prompt={}", "title={}"), _of_jules),
    "codex": Kind("codex", "codex", ("prompt={}", "environment=acme/widget"), _of_codex),
}


@dataclass
class Service:
    """A simulated service on a loopback port, that kills a client where a request asks for it.

    `hold`: seconds for which the answer to a create is on its way back, so that a kill can come before it.
    """

    scenarios: str = "happy"
    seed: int = 0
    duration: float = 0.3
    grace: float = 0.8
    kind: str = "jules"
    hold: float = 0.0
    commits: list[Commit] = field(default_factory=list[Commit])
    requested: Callable[[Request], None] = lambda request: None
    base_url: str = ""

    def __post_init__(self) -> None:
        factory = load(self.about.simulator)
        self.base_path = factory.base_path
        self._handle = handler(factory(self.scenarios, seed=self.seed, duration=self.duration, grace=self.grace))

    @property
    def about(self) -> Kind:
        """What kind of service this is."""
        return KINDS[self.kind]

    async def __call__(self, request: Request) -> Response | Dropped:
        self.requested(request)
        pid, moment = (header(request.headers, "x-die") or "0 never").split()
        if moment in {"arrived", "late"}:
            os.kill(int(pid), signal.SIGKILL)
        if moment == "late":
            await asyncio.sleep(LATE)
        answer = self._carried_out(request)
        if moment == "answered":
            os.kill(int(pid), signal.SIGKILL)
        if self.hold and request.method == "POST":
            await asyncio.sleep(self.hold)
        return answer

    def counts(self) -> Counts:
        """The simulator's own figures."""
        answer = self._handle(Request(method="GET", url=f"http://127.0.0.1{CONTROL_PATH}"))
        assert isinstance(answer, Response)
        assert isinstance(answer.body, bytes)
        return json.loads(answer.body)

    def committed(self, name: str) -> list[str]:
        """The ids of what exists because somebody wanted a task of this name."""
        return [commit.id for commit in self.commits if commit.name == name]

    def created_twice(self) -> int:
        """Tasks beyond the first of each name: by a second create with the same marker, or with another one."""
        return len(self.commits) - len({commit.name for commit in self.commits})

    def _carried_out(self, request: Request) -> Response | Dropped:
        before = len(self.counts()["ids"])
        answer = self._handle(request)
        for made in self.counts()["ids"][before:]:
            body = json.loads(request.body)  # pyright: ignore[reportArgumentType]  # a create's body is bytes
            self.commits.append(Commit(*self.about.named(body), made))
        return answer


class Victims:
    """The process of `victim.py`, and the clients that it makes; may be used from many threads."""

    BOUND = 60.0
    """Seconds that an order may take."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(HERE / "victim.py")],
            env={**os.environ, "PYTHONWARNINGS": "error"},
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert self._process.stdout
        with self._process.stdout as told:
            self._port = int(told.readline())

    def perform(self, verb: str, *, fatal: str | None = None, **order: Any) -> dict[str, Any]:
        """Have an order performed; `fatal` names the point at which the client dies, None: none."""
        with self._asked(verb, fatal=fatal, pause=None, **order) as answers:
            return next(answers)

    @contextmanager
    def paused(self, verb: str, *, at: str, **order: Any) -> Iterator[Callable[[], dict[str, Any]]]:
        """A client that stands still at a point for the length of the block; call what is given to let it go on."""
        with self._asked(verb, fatal=None, pause=at, **order) as answers:
            paused = next(answers)
            assert "paused" in paused, f"{verb} never came to {at!r}: {paused}"

            def go_on() -> dict[str, Any]:
                os.kill(paused["paused"], signal.SIGCONT)
                return next(answers)

            yield go_on

    def close(self) -> None:
        """End it, and whatever it made: they are a process group of their own."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    @contextmanager
    def _asked(self, verb: str, **order: Any) -> Iterator[Iterator[dict[str, Any]]]:
        with (
            socket.create_connection(("127.0.0.1", self._port), timeout=self.BOUND) as connection,
            connection.makefile("rw", encoding="utf-8") as stream,
        ):
            print(json.dumps({"verb": verb, "key": None, "auth": TOKEN, **order}), file=stream, flush=True)
            yield map(json.loads, stream)


class Shell:
    """Runs the real command line with a journal of its own; whatever still runs at the end is killed.

    Jules is `hasty` here, installed as anybody's contract is: by an entry point.
    """

    def __init__(self, folder: Path, service: Service) -> None:
        plugin = folder / "plugin"
        installed = plugin / "hasty-1.dist-info"
        installed.mkdir(parents=True, exist_ok=True)
        shutil.copy(HERE / "hasty.py", plugin)
        (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: hasty\nVersion: 1\n")
        (installed / "entry_points.txt").write_text("[accepted.contracts]\nhasty = hasty:contract\n")
        self.home = folder / "home"
        self.journal = self.home / "journal.db"
        self._environ = {
            **os.environ,
            "PYTHONPATH": str(plugin),
            "PYTHONWARNINGS": "error",
            "ACCEPTED_HOME": str(self.home),
            f"ACCEPTED_{service.about.contract.upper()}_BASE_URL": service.base_url,
            f"ACCEPTED_{service.about.contract.upper()}_TOKEN": TOKEN,
        }
        self._started: list[subprocess.Popen[str]] = []

    def start(self, *words: str, program: Sequence[str] = ("-m", "accepted"), **environ: str) -> subprocess.Popen[str]:
        """Start a command; nothing waits for it yet."""
        process = subprocess.Popen(
            [sys.executable, *program, *words],
            env=self._environ | environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._started.append(process)
        return process

    def run(self, *words: str, timeout: float = 60.0) -> Ended:
        """Run a command to its end."""
        return self.end(self.start(*words), timeout)

    def end(self, process: subprocess.Popen[str], timeout: float = 60.0) -> Ended:
        """How a command ends."""
        out, err = process.communicate(timeout=timeout)
        return Ended(process.returncode, out, err)

    def close(self) -> None:
        for process in self._started:
            if process.poll() is None:
                process.kill()
                process.communicate()


@dataclass(frozen=True)
class Scene:
    """One service and the clients that it sees. An order is about one task, in a journal that has its name."""

    service: Service
    victims: Victims
    folder: Path

    def order(self, name: str, **more: Any) -> dict[str, Any]:
        """What every order about this task has in common."""
        journal = self.folder / (re.sub(r"\W", "-", name) + ".db")
        return {"base_url": self.service.base_url, "journal": str(journal), "name": name, **more}

    def perform(self, verb: str, order: dict[str, Any], *, fatal: str | None = None) -> dict[str, Any]:
        """As `Victims.perform`."""
        return self.victims.perform(verb, fatal=fatal, **order)

    def rows(self, order: dict[str, Any]) -> list[Task[Any]]:
        """The journal."""
        return rows(order["journal"])

    def commits(self, order: dict[str, Any]) -> list[Commit]:
        """What exists because of an order."""
        return [commit for commit in self.service.commits if commit.name == order["name"]]


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def documents(self) -> list[dict[str, Any]]:
        """What `--json` printed."""
        return [json.loads(line) for line in self.out.splitlines()]


def rows(journal: Path | str) -> list[Task[Any]]:
    """What a journal holds now."""
    reader = Journal(Path(journal))
    try:
        return reader.tasks()
    finally:
        reader.close()


@pytest.fixture
def serve() -> Iterator[Callable[..., Service]]:
    """A function that starts a `Service`."""
    with ExitStack() as stack:

        def start(scenarios: str = "happy", **options: Any) -> Service:
            service = Service(scenarios, **options)
            origin = stack.enter_context(running(application(service)))
            service.base_url = origin + service.base_path
            return service

        yield start


@pytest.fixture(scope="module")
def victims() -> Iterator[Victims]:
    started = Victims()
    yield started
    started.close()


@pytest.fixture
def scene(serve: Callable[..., Service], victims: Victims, tmp_path: Path) -> Callable[..., Scene]:
    """A function that makes a `Scene`; its arguments are those of `Service`."""
    return lambda *scenarios, **options: Scene(serve(*scenarios, **options), victims, Path(mkdtemp(dir=tmp_path)))


@pytest.fixture
def read_journal() -> Callable[[Path | str], list[Task[Any]]]:
    return rows


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Callable[[Service], Shell]]:
    """A function that makes a `Shell` for a service."""
    with ExitStack() as stack:

        def make(service: Service) -> Shell:
            made = Shell(tmp_path, service)
            stack.callback(made.close)
            return made

        yield make
