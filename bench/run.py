"""Ours beside the peers', on this machine, interleaved: medians and ratios. It asserts nothing and writes no file.

    make bench                               everything, about twenty minutes
    make peers                               what our server is measured beside, into .venv-bench (once)
    make sdk                                 what our linter is measured beside, into tests/sdk (once)
    make bench ARGS="--only start,machine"   a part of it
    make bench ARGS="--rounds 9"

In each round every contestant has its turn, in another order than in the round before, so that a machine that
becomes slow meanwhile does so for all. All traffic is on 127.0.0.1: the client's goes to our simulator of Jules, the
server's parts are in `server.py`, the linter's, which reads files, in `lint.py`.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lint import LINT
from rounds import Figures, interleaved, show
from server import SERVER

from accepted.asgi import application, running
from accepted.core.events import Answered, Event, Wait, Woke
from accepted.core.machine import advance
from accepted.core.task import Doing, Status, Task
from accepted.core.wire import Request, Response
from accepted.services import jules
from accepted.simulate import Counts, Double, handler, load

HERE = Path(__file__).parent
BASE_PATH = load("jules").base_path
KEY = ("x-goog-api-key", "a-simulated-key")

# ---- 1: start


def start(rounds: int) -> None:
    """How long a process takes that does next to nothing."""
    commands = {
        "python -c pass": ["-c", "pass"],
        'python -c "import accepted"': ["-c", "import accepted"],
        "python -m accepted --help": ["-m", "accepted", "--help"],
        'python -c "import httpx2"': ["-c", "import httpx2"],
    }
    works = {name: command for name, command in commands.items() if _python(command).returncode == 0}
    found = interleaved({name: _timed(command) for name, command in works.items()}, rounds * 5)
    missing = (f"{name}: does not work here" for name in commands.keys() - works.keys())
    show("1. Start of a process", found, base="python -c pass", notes=missing)


def _python(command: Sequence[str]) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([sys.executable, *command], capture_output=True, check=False, timeout=60)


def _timed(command: Sequence[str]) -> Callable[[], Figures]:
    def measure() -> Figures:
        began = time.perf_counter()
        _python(command)
        return {"ms": (time.perf_counter() - began) * 1000}

    return measure


# ---- 2: one task


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What a contestant reported, and what the simulator counted meanwhile. `over` is when each task ended, by id."""

    noticed: Mapping[str, float]
    cpu: float
    peak_mb: float
    counts: Counts
    over: Mapping[str, float]

    @property
    def lags(self) -> list[float]:
        """Seconds by which each end was noticed late."""
        return sorted(self.noticed[task_id] - moment for task_id, moment in self.over.items())


def ran(name: str, double: Double, duration: float, created: dict[str, float]) -> Ran:
    """A contestant in a process of its own, against this simulator; `created` are tasks that are there already."""
    answer = handler(double)
    born = dict(created)

    def watched(request: Request) -> Any:
        given = answer(request)
        if len(ids := double.counts()["ids"]) > len(born) and request.method == "POST":
            born[ids[-1]] = time.time()
        return given

    with running(application(watched)) as origin, tempfile.TemporaryDirectory() as home:
        command = [sys.executable, str(HERE / "contestants.py"), name, origin + BASE_PATH]
        done = subprocess.run(
            command,
            input="\n".join(created),
            env={**os.environ, "ACCEPTED_HOME": home},
            stdout=subprocess.PIPE,
            text=True,
            check=True,
            timeout=300,
        )
    report = json.loads(done.stdout)
    return Ran(
        noticed=report["noticed"],
        cpu=report["cpu"],
        peak_mb=report["peak_mb"] or 0.0,
        counts=double.counts(),
        over={task_id: moment + duration for task_id, moment in born.items()},
    )


def one(rounds: int) -> None:
    """One task from its create to its result."""
    contestants = {"ours, sync": "ours_one", "ours, async": "ours_async_one"}
    notes = [
        "CPU is that of the whole client process, imports included; lag is from the end of the task to its result.",
        "Ours asks for the first time after 2 s, which suits a task of 2 s; the SDK asks at once, then every 5 s.",
        "Ours also asks for activities (progress) when the task has moved on; the SDK and ours both at the end.",
    ]
    if importlib.util.find_spec("jules_agent_sdk"):
        contestants["jules-agent-sdk 0.1.1"] = "sdk_one"
    else:
        notes.append("jules-agent-sdk: not installed (pip install -r requirements-oracles.txt, or make test-all)")
    for duration in (2.0, 6.0):
        measures = {label: _one(name, duration) for label, name in contestants.items()}
        found = interleaved(measures, rounds)
        show(f"2. One task of {duration:g} s, create to result", found, base="ours, sync", notes=notes)


def _one(name: str, duration: float) -> Callable[[], Figures]:
    def measure() -> Figures:
        done = ran(name, load("jules")("happy", duration=duration), duration, {})
        return {"requests": done.counts["requests"], "CPU ms": done.cpu * 1000, "lag ms": done.lags[0] * 1000}

    return measure


# ---- 3: many tasks


def many(rounds: int, tasks: int = 1000) -> None:
    """Many tasks waited for at once; they were created one after the other in the last ten seconds."""
    contestants = {"ours, poll_tasks": "ours_many", "naive, a loop a task": "naive_many"}
    measures = {label: _many(name, tasks) for label, name in contestants.items()}
    notes = (
        "Each task takes 15 s. The naive loops sleep 2 s between two polls, and ask for activities only at the end;",
        "ours asks for them (progress) whenever the task has moved on, and for all of them at the end.",
    )
    show(f"3. {tasks:,} tasks at once", interleaved(measures, rounds), base="ours, poll_tasks", notes=notes)


def _many(name: str, tasks: int) -> Callable[[], Figures]:
    def measure() -> Figures:
        double = load("jules")("happy", duration=15.0)
        done = ran(name, double, 15.0, _created(double, tasks))
        routes = done.counts["routes"]
        return {
            "requests": done.counts["requests"] - tasks,
            "of them polls": done.counts["polls"],
            "lists": done.counts["lists"],
            "activities": routes.get(f"GET {BASE_PATH}/sessions/{{session}}/activities", 0),
            "CPU s": done.cpu,
            "peak MB": done.peak_mb,
            "lag s": statistics.median(done.lags),
            "worst lag s": done.lags[-1],
        }

    return measure


def _created(double: Double, tasks: int) -> dict[str, float]:
    """Tasks in the simulator, and when each was created."""
    began = time.time() - 10.0
    moments = [began + 10.0 * number / tasks for number in range(tasks)]
    for number, moment in enumerate(moments):
        body = json.dumps({"prompt": f"task {number}"}).encode()
        url = f"http://127.0.0.1{BASE_PATH}/sessions"
        double.answer(Request(method="POST", url=url, headers=(KEY,), body=body), moment)
    return dict(zip(double.counts()["ids"], moments, strict=True))


# ---- 4: the machine


def machine(rounds: int) -> None:
    """How many decisions the pure core takes in a second, for the two turns of a poll."""
    wait = Wait(goal="final", seed=1)
    now = 1_800_000_000.0
    body = json.dumps(jules.contract.examples[Status.IN_PROGRESS]).encode()
    task: Task[Any] = Task(
        service="jules",
        id="314",
        status=Status.IN_PROGRESS,
        base_url=jules.contract.base_url,
        doing=Doing(operation="poll", sent_at=now - 60.0),
    )
    turns: tuple[tuple[str, Event], ...] = (("Woke", Woke()), ("Answered", Answered(Response(status=200, body=body))))

    def turn(event: Event) -> Callable[[], object]:
        return lambda: advance(jules.contract, task, wait, event, now)

    measures = {f"advance, {name}": _per_second(turn(event)) for name, event in turns}
    measures["json.loads of the same answer"] = _per_second(lambda: json.loads(body))
    show("4. The machine, one poll", interleaved(measures, rounds), base="json.loads of the same answer")


def _per_second(call: Callable[[], object]) -> Callable[[], Figures]:
    def measure() -> Figures:
        calls, began = 0, time.perf_counter()
        while (took := time.perf_counter() - began) < 0.3:
            for _ in range(200):
                call()
            calls += 200
        return {"calls/s": calls / took, "us a call": took / calls * 1e6}

    return measure


PARTS: dict[str, Callable[[int], None]] = {
    "start": start,
    "one": one,
    "many": many,
    "machine": machine,
    **SERVER,
    **LINT,
}


def main() -> None:
    """Run the parts that are asked for."""
    parser = argparse.ArgumentParser(description="Ours beside the peers', interleaved, as medians and ratios.")
    parser.add_argument("--only", default=",".join(PARTS), help="parts, with commas between")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of each part (default 3)")
    options = parser.parse_args()
    wanted = options.only.split(",")
    for name in wanted:
        if name not in PARTS:
            parser.error(f"no part {name!r}; there are: {', '.join(PARTS)}")
    if options.rounds < 1:
        parser.error("at least one round")
    print(
        f"{platform.python_implementation()} {platform.python_version()}, {os.cpu_count()} cores, {platform.system()}"
    )
    for name in wanted:
        PARTS[name](options.rounds)


if __name__ == "__main__":
    main()
