"""The whole idea in about 13 s: real clients, simulated services on loopback ports, no account.

Tasks are created; the clients that wait for them and that create another one are killed with SIGKILL;
a new client picks all of them up from the journal. The figures at the end are those that the simulators counted.
With --server it is a server of your own that is killed in the middle of its tasks, and started again.
Nothing leaves this machine, and nothing is kept: all files are in a temporary folder.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from accepted.core.task import Task

WANTED = (
    ("jules", {"prompt": "Fix the flaky test", "source": "github/acme/widget"}),
    ("codex", {"prompt": "Speed up the import", "environment": "acme/widget", "attempts": 2}),
    ("jules", {"prompt": "Write the changelog", "source": "github/acme/widget"}),
    ("codex", {"prompt": "Explain the cache", "environment": "acme/gadget"}),
)
LOST = "Rename the module"
DURATION = 5.0
_PATIENCE = 10.0
"""Seconds after which something that should have happened has not."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("--server", action="store_true", help="show the server: a function as a durable API")


def run(options: argparse.Namespace) -> int:
    """Show it; 0 only if the figures hold."""
    from accepted.cli._command import begin

    began = time.monotonic()
    begin()
    held = _show_server() if options.server else _show_clients()
    _put(f"\n{'Everything held' if held else 'NOT AS PROMISED'}, in {time.monotonic() - began:.0f} s.")
    return 0 if held else 1


def _show_server() -> bool:
    from accepted.cli import _demo_server

    _title("A task API of your own, on this machine; its tasks take 2.5 s.")
    with TemporaryDirectory(prefix="accepted-demo-") as folder:
        return _demo_server.show(Path(folder), put=_put, step=_step)


def _show_clients() -> bool:
    with (
        TemporaryDirectory(prefix="accepted-demo-") as folder,
        _serving("jules", "happy") as jules,
        _serving("codex", "happy") as codex,
        _serving("jules", "throttled,lost-answer,eventual") as rough,
    ):
        demo = _Demo(Path(folder), {"jules": jules, "codex": codex}, rough)
        try:
            return demo.show()
        finally:
            demo.stop()


@contextmanager
def _serving(service: str, scenarios: str) -> Generator[str]:
    """A simulator on a loopback port; yields the base URL of its service."""
    from accepted import asgi, simulate

    factory = simulate.load(service)
    double = factory(scenarios, seed=len(scenarios), duration=DURATION)
    with asgi.running(asgi.application(simulate.handler(double))) as origin:
        yield origin + factory.base_path


class _Demo:
    """One run. `calm` are the base URLs of a simulator for each service, `rough` that of one more Jules."""

    def __init__(self, folder: Path, calm: dict[str, str], rough: str) -> None:
        self._folder = folder
        self._calm = calm
        self._rough = rough
        self._tasks: list[Task[Any]] = []
        self._milliseconds: list[float] = []
        self._processes: list[subprocess.Popen[bytes]] = []

    def show(self) -> bool:
        """All of it; True if the figures hold."""
        _title("Two task APIs on this machine: a simulated Google Jules and OpenAI Codex, which take 5 s for a task.")
        self._create()
        self._kill()
        finished = self._resume()
        self._result()
        return self._figures() and finished

    def stop(self) -> None:
        """End every client that still runs: no process outlives the demo."""
        for process in self._processes:
            if process.poll() is None:
                process.kill()
            process.wait()

    def _create(self) -> None:
        from accepted.client import Client

        _step(1, "create: returns at once, while the task goes on")
        journal = self._folder / "journal.db"
        clients = {
            name: Client(name, base_url=base_url, auth="demo", journal=journal) for name, base_url in self._calm.items()
        }
        for client in clients.values():
            next(client.list_tasks(limit=1), None)  # opens the connection, which is no part of a create
        for name, inputs in WANTED:
            began = time.perf_counter()
            self._tasks.append(clients[name].create_task(**inputs))
            self._milliseconds.append(1000 * (time.perf_counter() - began))
            call = f'{name}.create_task(prompt="{inputs["prompt"]}")'
            _put(f"{call:47} {self._tasks[-1].ref:46} {self._milliseconds[-1]:3.0f} ms")
        for client in clients.values():
            client.close()

    def _kill(self) -> None:
        _step(2, "kill -9: one client that waits for all, one whose create was just lost on the way")
        poll = self._start("poll", *(task.ref for task in self._tasks))
        create = self._start("create", "jules", f"prompt={LOST}", "source=github/acme/widget", jules=self._rough)
        # Its create is carried out, but never answered: only the simulator and the journal know of it.
        _until(lambda: _counts(self._rough)["committed"] == 1)
        create.kill()
        _put(f'$ accepted create jules prompt="{LOST}"   killed before its answer')
        _until(lambda: self._polls() >= len(WANTED))
        poll.kill()
        _put(f"$ accepted poll {self._tasks[0].ref} ...   killed after {self._polls()} polls")
        self.stop()

    def _polls(self) -> int:
        return sum(_counts(base_url)["polls"] for base_url in self._calm.values())

    def _resume(self) -> bool:
        _step(3, "resume: a new client picks up all five from the journal, whatever their service")
        _put("$ accepted tasks")
        self._start("tasks", visible=True).wait()
        _put("\n$ accepted resume")
        return self._start("resume", "--timeout", "30", visible=True).wait() == 0

    def _result(self) -> None:
        _step(4, "what two of them yielded")
        jules, codex = self._tasks[:2]
        for words in (("result", jules.ref), ("result", codex.ref, "--diff", "--attempt", "2")):
            _put(f"$ accepted {' '.join(words)}")
            self._start(*words, visible=True).wait()

    def _figures(self) -> bool:
        counts = [_counts(base_url) for base_url in (*self._calm.values(), self._rough)]
        rough = counts[-1]
        total = {name: sum(each[name] for each in counts) for name in rough if isinstance(rough[name], int)}
        asked = len(WANTED) + 1
        slowest = max(self._milliseconds)
        facts = (
            (slowest < 1000, "create", f"returned in {slowest:.0f} ms, its task ran on for {DURATION:.0f} s"),
            (total["polls"] > 0, "polls", f"{total['polls']} for {asked} tasks, by a client and its successor"),
            (rough["throttled"] > 0, "throttled", f"{rough['throttled']} times (429), and waited"),
            (total["too_early"] == 0, "too early", f"{total['too_early']} requests before a Retry-After was over"),
            (
                total["committed"] == asked,
                "lost",
                f"{asked - total['committed']} of {asked} tasks, with 2 clients killed",
            ),
            (total["created_twice"] == 0, "twice", f"{total['created_twice']} tasks created, with 1 answer lost"),
        )
        _step(5, "what was shown, as the simulators counted it")
        for holds, name, told in facts:
            _put(f"{'ok' if holds else 'NOT':4}{name:11}{told}")
        return all(holds for holds, _, _ in facts)

    def _start(self, *words: str, visible: bool = False, **elsewhere: str) -> subprocess.Popen[bytes]:
        """A real client in a process of its own, seen or not; `elsewhere` are other base URLs than the calm ones."""
        ours = {name: value for name, value in os.environ.items() if not name.startswith("ACCEPTED_")}
        for name, base_url in {**self._calm, **elsewhere}.items():
            ours |= {f"ACCEPTED_{name.upper()}_BASE_URL": base_url, f"ACCEPTED_{name.upper()}_TOKEN": "demo"}
        sys.stdout.flush()
        seen = None if visible else subprocess.DEVNULL
        process = subprocess.Popen(  # noqa: S603  # our own interpreter with our own words
            [sys.executable, "-m", "accepted", *words],
            env={**ours, "ACCEPTED_HOME": str(self._folder)},
            stdin=subprocess.DEVNULL,
            stdout=seen,
            stderr=seen,
        )
        self._processes.append(process)
        return process


def _counts(base_url: str) -> Any:
    from urllib.request import urlopen

    from accepted.core import codec
    from accepted.core.wire import join
    from accepted.simulate import CONTROL_PATH

    with urlopen(join(base_url, CONTROL_PATH), timeout=_PATIENCE) as answer:  # noqa: S310  # our own simulator
        return codec.anything(answer.read())


def _until(happened: Callable[[], bool]) -> None:
    from accepted.errors import AcceptedError

    deadline = time.monotonic() + _PATIENCE
    while not happened():
        if time.monotonic() > deadline:
            raise AcceptedError("the demo waited in vain; is this machine very busy?")
        time.sleep(0.02)


def _title(text: str) -> None:
    _put(_bold(text))


def _step(number: int, text: str) -> None:
    _put()
    _put(_bold(f"{number}. {text}"))
    _put()


def _bold(text: str) -> str:
    return f"\033[1m{text}\033[0m" if sys.stdout.isatty() and "NO_COLOR" not in os.environ else text


def _put(text: str = "") -> None:
    print(text, flush=True)
