"""SIGKILL of real `accepted` processes at random moments, several at a time over one journal and real HTTP.

The seed decides what is run and in which part of its life it is killed; `KILLS` says how many kills there are.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from subprocess import TimeoutExpired
from threading import Lock
from typing import Any

import pytest

from accepted.core.wire import Request

AT_ONCE = 3
SPANS = {"jules": 1.2, "codex": 0.5}
"""Seconds after its first request in which a process may be killed: enough to send, and with Jules to look for what
was lost and to poll. With Codex nothing can be looked for, so that a process ends soon after its create is answered.
"""
HOLD = 0.3
"""Seconds for which an answer of Codex is on its way."""


@dataclass(frozen=True)
class Job:
    """A command that is to be killed: `early`, about when it sends its create, or in the time that follows."""

    words: tuple[str, ...]
    key: str
    early: bool
    part: float

    def moment(self, start: float, span: float) -> float:
        """Seconds after its beginning; `start` is how many it takes to its first create."""
        return start * (0.4 + 0.8 * self.part) if self.early else start + span * self.part


def jobs(seed: int, kind: Any) -> Iterator[Job]:
    """What is run, without end: creates and runs, some of them with a key that was used before, and resumes."""
    chance = Random(seed)
    keys: list[str] = []
    while True:
        verb = chance.choices(("run", "create", "resume"), (5, 4, 2))[0]
        early, part = chance.random() < 0.35, chance.random()
        if verb == "resume":
            yield Job(("resume", "--timeout", "20", "--request-timeout", "1"), "", early, part)
            continue
        if not keys or chance.random() < 0.75:
            keys.append(f"k{len(keys)}")
        key = chance.choice(keys[-3:])
        yield Job((*asked(verb, kind, key), "--request-timeout", "1"), key, early, part)


def asked(verb: str, kind: Any, key: str) -> tuple[str, ...]:
    """A create of this name, under a key that is its name."""
    return verb, kind.contract, *(one.format(key) for one in kind.inputs), "--key", key


@dataclass
class Kills:
    """So many kills, and what there was to see of them."""

    service: Any
    shell: Any
    read_journal: Callable[[Path], list[Any]]
    wanted: int
    seed: int
    keys: set[str] = field(default_factory=set[str])
    phases: Counter[str] = field(default_factory=Counter[str])
    ended: Counter[int] = field(default_factory=Counter[int])
    tracebacks: list[str] = field(default_factory=list[str])

    def happen(self) -> None:
        """Kill until there were as many as wanted."""
        self._start, self._lock = self._measured_start(), Lock()
        self._jobs, self._span = jobs(self.seed, self.service.about), SPANS[self.service.kind]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for worker in [pool.submit(self._work) for _ in range(AT_ONCE)]:
                worker.result()

    def _measured_start(self) -> float:
        """Seconds from the start of a process to its first create, with as many beside it as later."""
        came: list[float] = []

        def note(request: Request) -> None:
            came.extend([time.monotonic()] if request.method == "POST" else [])

        self.service.requested = note
        began = time.monotonic()
        names = [f"measured-{number}" for number in range(AT_ONCE)]
        kind = self.service.about
        for process in [self.shell.start(*asked("create", kind, name)) for name in names]:
            assert self.shell.end(process).code == (0 if kind.simulator == "jules" else 9)
        return came[0] - began

    def _work(self) -> None:
        while (job := self._next()) is not None:
            process = self.shell.start(*job.words)
            try:
                _, err = process.communicate(timeout=job.moment(self._start, self._span))
            except TimeoutExpired:
                process.kill()
                _, err = process.communicate()
            with self._lock:
                self._note(job, process.returncode, err)

    def _next(self) -> Job | None:
        with self._lock:
            begun = self.phases.total() + self.ended.total()
            assert begun < 5 * self.wanted + 20, f"too few lived to be killed: {self}"
            return next(self._jobs) if self.phases.total() < self.wanted else None

    def _note(self, job: Job, code: int, err: str) -> None:
        self.keys.update([job.key] if job.key else [])
        self.tracebacks.extend([err] if "Traceback" in err else [])
        if code != -9:
            self.ended[code] += 1
            self._start *= 0.85  # the machine is faster than it was
            return
        phase = self._phase(job)
        self.phases[phase] += 1
        self._start *= 1.05 if phase == "before its journal" else 1.0

    def _phase(self, job: Job) -> str:
        """How far the task of a killed process is known to the journal."""
        if not job.key:
            return "resuming"
        match [row for row in self.read_journal(self.shell.journal) if row.key == job.key]:
            case []:
                return "before its journal"
            case [row] if row.doing.sent_at is None:
                return "before its create"
            case [row] if row.id is None:
                return "created, unheard of" if self.service.committed(job.key) else "about to create"
            case _:
                return "with its id"


@dataclass(frozen=True, repr=False)
class Tally:
    """What there is after everything in the journal was resumed once."""

    kills: Kills
    code: int
    reported: set[str]
    rows: dict[str, Any]

    @property
    def adopted(self) -> int:
        """Tasks that exist and whose id the journal knows."""
        return sum(self._id(commit) == commit.id for commit in self.kills.service.commits)

    @property
    def lost(self) -> list[Any]:
        """Tasks that exist, that the journal does not know, and of which exit 9 told nobody: there must be none."""
        unknown = [one for one in self.kills.service.commits if self._id(one) != one.id]
        return [one for one in unknown if (row := self._row(one)) is None or row.ref not in self.reported]

    @property
    def unsettled(self) -> set[str]:
        """Rows without an id."""
        return {row.ref for row in self.rows.values() if row.id is None}

    def _row(self, commit: Any) -> Any:
        """The journal's row of a task: of its marker, else of its key."""
        if commit.marker:
            return self.rows.get(commit.marker)
        return next((row for row in self.rows.values() if row.key == commit.name), None)

    def _id(self, commit: Any) -> str | None:
        row = self._row(commit)
        return row.id if row else None

    def __repr__(self) -> str:
        kills = self.kills
        phases = ", ".join(f"{number} {phase}" for phase, number in kills.phases.most_common())
        return (
            f"seed {kills.seed} ({kills.service.kind}, {kills.service.scenarios}): "
            f"{kills.phases.total()} kills ({phases}); "
            f"{kills.ended.total()} ended by themselves {dict(kills.ended)}; "
            f"{len(kills.service.commits)} committed, {self.adopted} adopted, {len(self.reported)} reported as exit 9, "
            f"{len(self.lost)} lost, {kills.service.created_twice()} created twice"
        )


def resumed(kills: Kills) -> Tally:
    """Resume what is in the journal, once."""
    ended = kills.shell.run("resume", "--json", "--timeout", "40", "--request-timeout", "1")
    assert "Traceback" not in ended.err, ended.err
    reported = {one["ref"] for one in ended.documents if "error" in one and one["error"]["exit_code"] == 9}
    rows = {row.marker: row for row in kills.read_journal(kills.shell.journal)}
    return Tally(kills, ended.code, reported, rows)


def run_again(victims: Any, kills: Kills) -> dict[str, Any]:
    """Create each key once more; what came of it."""
    kind = kills.service.about
    place = {"base_url": kills.service.base_url, "journal": str(kills.shell.journal), "contract": kind.contract}

    def again(key: str) -> Any:
        inputs = dict(one.format(key).split("=", 1) for one in kind.inputs)
        return victims.perform("create", key=key, name=key, inputs=inputs, **place)["told"]

    with ThreadPoolExecutor(8) as pool:
        return dict(zip(kills.keys, pool.map(again, kills.keys), strict=True))


@pytest.fixture
def massacre(
    serve: Callable[..., Any], shell: Callable[..., Any], read_journal: Callable[[Path], list[Any]]
) -> Callable[[str, int, int], Kills]:
    def make(scenarios: str, number: int, seed: int, **options: Any) -> Kills:
        service = serve(scenarios, seed=seed, **options)
        return Kills(service, shell(service), read_journal, int(os.environ.get("KILLS", number)), seed)

    return make


@pytest.mark.parametrize(
    "number", [pytest.param(12, marks=pytest.mark.slow), pytest.param(200, marks=pytest.mark.soak)]
)
def test_random_kills_create_nothing_twice_and_lose_nothing(
    massacre: Callable[[str, int, int], Kills], victims: Any, number: int
) -> None:
    kills = massacre("lost-answer,eventual", number, 20261122)
    kills.happen()
    tally = resumed(kills)
    print(tally)
    assert kills.tracebacks == [], tally
    assert tally.lost == [], tally
    assert tally.adopted == len(kills.service.commits), tally  # every commit shows within the grace
    assert tally.unsettled == tally.reported, tally
    assert tally.code == (9 if tally.reported else 0), tally

    again = run_again(victims, kills)
    for key, told in again.items():
        assert kills.service.committed(key) == ([told["id"]] if "id" in told else []), (told, tally)
    assert kills.service.created_twice() == 0, tally
    assert kills.service.counts()["created_twice"] == 0, tally


@pytest.mark.parametrize(
    "number", [pytest.param(12, marks=pytest.mark.slow), pytest.param(200, marks=pytest.mark.soak)]
)
def test_random_kills_of_creates_that_cannot_be_found_again(
    massacre: Callable[..., Kills], victims: Any, number: int
) -> None:
    """Codex takes no key and no marker: a create whose answer is lost is exit 9 and kept, and never repeated."""
    kills = massacre("lost-answer", number, 20261124, kind="codex", hold=HOLD)
    kills.happen()
    tally = resumed(kills)
    print(tally)
    assert kills.tracebacks == [], tally
    assert tally.lost == [], tally
    assert tally.adopted == 0, tally  # nothing tells which task of the list is whose
    assert tally.unsettled == tally.reported == {row.ref for row in tally.rows.values()}, tally
    assert kills.ended.keys() <= {9, 0}, tally  # a resume may have nothing to do
    assert kills.service.created_twice() == kills.service.counts()["created_twice"] == 0, tally

    left = {row.key for row in tally.rows.values() if row.doing.sent_at is not None}
    for key, told in run_again(victims, kills).items():
        assert told.get("exit") == 9, (key, told, tally)
        # One, but for a create that was saved and whose process was killed before it left: nobody can know that.
        assert len(kills.service.committed(key)) in ({0, 1} if key in left else {1}), (key, told, tally)
    assert kills.service.created_twice() == kills.service.counts()["created_twice"] == 0, tally


@pytest.mark.soak
@pytest.mark.parametrize("seed", [1, 2])
def test_random_kills_under_a_limit(massacre: Callable[[str, int, int], Kills], victims: Any, seed: int) -> None:
    """Where 429 ends a search too, a task may stay unknown for now; it is told, and found by another resume."""
    kills = massacre("lost-answer,eventual,throttled", 60, seed)
    kills.happen()
    tally = resumed(kills)
    print(tally)
    assert kills.tracebacks == [], tally
    assert tally.lost == [], tally
    again = run_again(victims, kills)
    for key, told in again.items():
        assert len(kills.service.committed(key)) <= 1, (told, tally)
    assert kills.service.created_twice() == 0, tally
