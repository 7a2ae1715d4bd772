"""The command line as a user runs it: real sockets, a real journal, and a process of its own where that matters."""

import contextlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock
from urllib.parse import urlsplit

import pytest

from accepted.asgi import Handler, application, running
from accepted.cli import main
from accepted.client import Client
from accepted.core.wire import Request, Response
from accepted.simulate import Counts, Double, handler, load

SECRET = "planted-secret-7319"


@dataclass(frozen=True)
class Ran:
    """How a process ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def documents(self) -> list[Any]:
        """Every line of stdout as JSON: anything else there is an error."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def document(self) -> Any:
        (only,) = self.documents
        return only


INPUTS = {
    "jules": {"prompt": "Fix it", "source": "github/acme/widget"},
    "codex": {"prompt": "Fix it", "environment": "acme/widget"},
}
"""What a create needs, by service."""


@dataclass(frozen=True)
class Service:
    """A simulated service on a loopback port."""

    base_url: str
    double: Double
    name: str = "jules"

    def counts(self) -> Counts:
        return self.double.counts()

    def create(self, **inputs: Any) -> str:
        """A task that somebody else created: this machine's journal does not know it. Returns its ref."""
        with Client(self.name, base_url=self.base_url, auth=SECRET, journal=None) as client:
            return client.create_task(**{**INPUTS[self.name], **inputs}).ref


@dataclass(frozen=True)
class Machine:
    """Where commands run: environment and folder."""

    folder: Path
    environment: dict[str, str]

    def at(self, base_url: str, *, service: str = "jules", **more: str) -> "Machine":
        """The same machine with a service there, and a credential."""
        stem = f"ACCEPTED_{service.upper()}"
        place = {f"{stem}_BASE_URL": base_url, f"{stem}_TOKEN": SECRET}
        return self.with_variables(**{**place, **more})

    def with_variables(self, **more: str) -> "Machine":
        """The same machine with these environment variables."""
        return Machine(self.folder, {**self.environment, **more})

    def run(self, *words: str, stdin: str = "") -> Ran:
        """Run a command to its end in this process: its own `main`, files, sockets and environment."""
        out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in "oe")
        given = io.TextIOWrapper(io.BytesIO(stdin.encode()), encoding="utf-8")
        with (
            mock.patch.dict(os.environ, self.environment, clear=True),
            mock.patch.object(sys, "stdin", given),
            contextlib.chdir(self.folder),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            try:
                code = main(words)
            except SystemExit as usage:
                code = usage.code
        told = [stream.buffer.getvalue().decode() for stream in (out, err) if stream.flush() is None]
        return checked(Ran(code, *told))

    def spawn(self, *words: str) -> Ran:
        """Run a command to its end in a process of its own."""
        return self.end(self.start(*words))

    def start(self, *words: str, **streams: Any) -> subprocess.Popen[str]:
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **streams}
        command = [sys.executable, "-m", "accepted", *words]
        return subprocess.Popen(command, cwd=self.folder, env=self.environment, text=True, **pipes)

    def end(self, process: subprocess.Popen[str]) -> Ran:
        out, err = process.communicate(timeout=60)
        return checked(Ran(process.returncode, out, err))


def checked(ran: Ran) -> Ran:
    """No command may ever show a traceback or the credential."""
    assert "Traceback" not in ran.err, ran.err
    assert SECRET not in ran.out + ran.err
    return ran


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path, dict(os.environ))  # tests/conftest.py has cleared it and set ACCEPTED_HOME


@pytest.fixture(scope="session")
def _janitor() -> Iterator[ThreadPoolExecutor]:
    """Closes servers beside the tests: each takes a moment to end."""
    with ThreadPoolExecutor(8) as janitor:
        yield janitor


@pytest.fixture
def serving(_janitor: ThreadPoolExecutor) -> Iterator[Callable[[Handler], str]]:
    """Serves any handler on a loopback port, and returns its origin."""
    stack = ExitStack()
    yield lambda answer: stack.enter_context(running(application(answer)))
    _janitor.submit(stack.close)


@pytest.fixture
def simulated(serving: Callable[[Handler], str]) -> Callable[..., Service]:
    """Makes simulated services: `simulated("codex", "failed", duration=0.3)`."""

    def make(name: str, scenario: str = "happy", **options: float) -> Service:
        factory = load(name)
        double = factory(scenario, **{"duration": 0.3, **options})  # type: ignore[arg-type]
        return Service(serving(handler(double)) + factory.base_path, double, name)

    return make


@pytest.fixture
def jules(simulated: Callable[..., Service]) -> Callable[..., Service]:
    """Makes simulated Jules: `jules("failed", duration=0.3)`."""
    return partial(simulated, "jules")


@pytest.fixture
def shell(machine: Machine, jules: Callable[..., Service]) -> Callable[..., tuple[Machine, Service]]:
    """A machine and the service that it is pointed at."""

    def make(scenario: str = "happy", **options: float) -> tuple[Machine, Service]:
        service = jules(scenario, **options)
        return machine.at(service.base_url), service

    return make


@dataclass
class Toy:
    """The server of `toy.py`; every task is in `state`."""

    state: str = "half"
    bodies: list[Any] = field(default_factory=list)

    def __call__(self, request: Request) -> Response:
        match request.method, urlsplit(request.url).path:
            case "POST", "/tasks":
                self.bodies.append(json.loads(request.body))
                answer = {"id": str(len(self.bodies)), "state": "running"}
            case "GET", _:
                answer = {"state": self.state}
            case _:
                answer = {}
        return Response(status=200, body=json.dumps(answer).encode())


@pytest.fixture
def toy(
    machine: Machine, serving: Callable[[Handler], str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[Machine, Toy]]:
    """A machine that knows the service `toy:contract`, and its server."""
    monkeypatch.syspath_prepend(Path(__file__).parent)

    def make(state: str = "half") -> tuple[Machine, Toy]:
        service = Toy(state)
        place = {"ACCEPTED_TOY_BASE_URL": serving(service)}
        return machine.with_variables(**place), service

    return make
