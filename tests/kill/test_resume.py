"""Two processes and one journal: nothing is created twice, whoever is slow, stands still, or is told to stop."""

from __future__ import annotations

import re
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from threading import Event, Timer
from typing import Any

import pytest

from accepted.core.events import Forget, Save
from accepted.core.task import Doing, Status, Task
from accepted.core.verbs import Claim
from accepted.core.wire import Request, header
from accepted.drivers.journal import Journal
from accepted.errors import JournalFailed

COMMIT = "POST /sessions"


# ---- a client that stands still (a suspended laptop, a busy machine) while another takes over, and then goes on

POINTS = [
    "after Claim",  # nothing says yet that it will send
    "before Save must",
    "after Save must",  # it looks as if it had sent
    f"before {COMMIT}",
    f"after {COMMIT}",  # it has its answer, and nobody else knows
    "before Save queued",
]


@pytest.mark.slow
@pytest.mark.parametrize("other", ["create", "settle", "resume"])
def test_a_client_that_stood_still_creates_nothing_twice(scene: Callable[..., Any], other: str) -> None:
    stage = scene("happy")

    def stand_still(point: str) -> None:
        order = stage.order(point, key="a key")
        with stage.victims.paused("create", at=point, **order) as go_on:
            meanwhile = stage.perform(other, order)["told"]
            in_the_end = go_on()["told"]
        settled = stage.perform("settle", order)["told"]
        told = f"it stood still {point}; meanwhile {other}: {meanwhile}; in the end: {in_the_end}; settled: {settled}"
        assert "traceback" not in {meanwhile.get("error"), in_the_end.get("error")}, told
        assert stage.service.committed(order["name"]) == [row.id for row in stage.rows(order)], told

    with ThreadPoolExecutor(len(POINTS)) as pool:
        list(pool.map(stand_still, POINTS))
    assert stage.service.created_twice() == 0


@pytest.mark.parametrize("verb", ["settle", "resume", "look"])
def test_only_a_create_sends_what_was_never_sent(scene: Callable[..., Any], verb: str) -> None:
    """Whoever put it into the journal may be about to send it; to recover is no reason to do it for them."""
    stage = scene("happy")
    order = stage.order("a task", key="a key")
    assert stage.perform("create", order, fatal="after Claim")["killed"]
    assert "CreateUnknown" in str(stage.perform(verb, order)["told"])
    assert stage.service.counts()["requests"] == 0
    made = stage.perform("create", order)["told"]
    assert stage.service.committed("a task") == [made["id"]]


@pytest.mark.parametrize("until", ["before Forget", "after Forget", "before Claim (2)"])
def test_who_takes_over_a_key_gives_way_to_who_was_first_after_all(scene: Callable[..., Any], until: str) -> None:
    """The first stood still for so long that it was given up; it goes on while the second is about to begin anew."""
    stage = scene("happy")
    order = stage.order("a task", key="a key")
    with (
        stage.victims.paused("create", at="after Claim", **order) as first_goes_on,
        stage.victims.paused("create", at=until, **order) as second_goes_on,
    ):
        first = first_goes_on()["told"]
        second = second_goes_on()["told"]
    (row,) = stage.rows(order)
    assert stage.service.committed("a task") == [row.id], (first, second)
    assert first == second == {"id": row.id}


# ---- two at the same time


def test_two_processes_that_resume_one_journal_agree(scene: Callable[..., Any]) -> None:
    stage = scene("lost-answer,eventual", duration=2.0)
    both = stage.order("of both")
    ends = {
        "unsent": "after Save must",  # its create never left
        "unheard of": f"answered {COMMIT}",
        "not found yet": "after GET /sessions",
        "known": None,
    }
    for name, point in ends.items():
        stage.perform("create", {**both, "name": name}, fatal=point)
    with ThreadPoolExecutor(2) as pool:
        one, other = (told["told"] for told in pool.map(lambda _: stage.perform("resume", both), range(2)))
    assert one == other
    assert one.pop("error") == "CreateUnknown"  # of the one that never left
    assert one == {
        commit.marker: {"id": commit.id, "status": "completed", "message": f"Done: {commit.name}"}
        for commit in stage.service.commits
    }
    assert {commit.name for commit in stage.service.commits} == set(ends) - {"unsent"}
    assert stage.service.created_twice() == 0


# ---- Ctrl-C, and a poll that is killed, of the real command line

RUN = ("run", "hasty", "--request-timeout", "1")
UP = "import sys; from accepted.cli import main; print('up', flush=True); sys.exit(main(sys.argv[1:]))"
"""Before this line Ctrl-C meets Python's own start, where nobody can do anything about it."""


@dataclass(frozen=True)
class CtrlC:
    """Runs that are interrupted, each with a key and a credential of its own."""

    service: Any
    shell: Any
    victims: Any

    def run(self, name: str, *, program: Sequence[str] = ("-m", "accepted")) -> Any:
        """A process that creates a task and waits for it."""
        words = (*RUN, f"prompt={name}", f"title={name}", "--key", name)
        # As users have it: what Python itself leaves open where an import is interrupted is no warning then.
        return self.shell.start(*words, program=program, ACCEPTED_HASTY_TOKEN=_token(name), PYTHONWARNINGS="")

    def check(self, name: str, process: Any) -> int:
        """No traceback, and its key still stands for one task; the exit code."""
        ended = self.shell.end(process)
        order = {"base_url": self.service.base_url, "journal": str(self.shell.journal), "auth": _token(name)}
        again = self.victims.perform("create", name=name, key=name, **order)["told"]
        told = f"{name}: {ended}, then {again}"
        assert "Traceback" not in ended.err, told
        assert ended.code in {130, -signal.SIGINT}, told
        assert self.service.committed(name) == ([again["id"]] if "id" in again else []), told
        return ended.code


def _token(name: str) -> str:
    return re.sub(r"\W", "-", f"the key of {name}")


@pytest.fixture
def ctrl_c(serve: Callable[..., Any], shell: Callable[..., Any], victims: Any) -> CtrlC:
    service = serve("lost-answer,eventual", duration=8.0)
    return CtrlC(service, shell(service), victims)


def test_ctrl_c_at_a_request_or_between_two_creates_nothing_twice(ctrl_c: CtrlC) -> None:
    """At the first requests of a run (its create, then looks for it, then polls), and a little after each."""
    moments = {f"{later} s after request {number}": (number, later) for number in range(4) for later in (0.0, 0.3)}
    arrived: dict[str, int] = dict.fromkeys(map(_token, moments), -1)
    fatal: dict[str, tuple[int, float, Any]] = {}
    known = {token: Event() for token in arrived}

    def note(request: Request) -> None:
        token = header(request.headers, "x-goog-api-key") or ""
        if token in arrived:
            known[token].wait(30)
            arrived[token] += 1
            number, later, process = fatal[token]
            if arrived[token] == number and not later:
                process.send_signal(signal.SIGINT)  # before the answer, which it waits for
            elif arrived[token] == number:
                Timer(later, process.send_signal, [signal.SIGINT]).start()

    ctrl_c.service.requested = note
    with ThreadPoolExecutor(len(moments)) as pool:
        started: dict[str, Any] = {}
        for name, moment in moments.items():
            started[name] = ctrl_c.run(name)
            fatal[_token(name)] = (*moment, started[name])
            known[_token(name)].set()  # a request that waits longer is carried out after its client gave up
        codes = list(pool.map(ctrl_c.check, started, started.values()))
    assert codes == [130] * len(moments)
    assert ctrl_c.service.created_twice() == 0


@pytest.mark.soak
def test_ctrl_c_at_any_moment_shows_no_traceback_and_creates_nothing_twice(ctrl_c: CtrlC) -> None:
    chance = Random(20261122)

    def interrupted(number: int) -> int:
        name, later = f"k{number}", chance.random() * (0.4 if number % 2 else 3.0)
        process = ctrl_c.run(name, program=("-c", UP))
        assert process.stdout.readline() == "up\n"
        time.sleep(later)
        process.send_signal(signal.SIGINT)
        return ctrl_c.check(name, process)

    with ThreadPoolExecutor(4) as pool:
        codes = Counter(pool.map(interrupted, range(120)))
    print(f"120 times Ctrl-C, exit codes: {dict(codes)}")
    assert ctrl_c.service.created_twice() == 0


def test_poll_that_was_killed_is_polled_again(serve: Callable[..., Any], shell: Callable[..., Any]) -> None:
    service = serve("happy", duration=8.0)
    line = shell(service)
    ref = line.run("create", "hasty", "prompt=x", "title=x").out.strip()
    polled = line.start("poll", ref)
    assert polled.stderr.readline().startswith(ref)  # it has asked, and waits
    polled.kill()
    assert line.end(polled).code == -signal.SIGKILL
    ended = line.run("poll", ref, "--json")
    assert ended.code == 0, ended
    (document,) = ended.documents
    assert (document["ref"], document["status"], document["result"]["message"]) == (ref, "completed", "Done: x")
    assert line.run("resume").code == 0
    assert len(service.commits) == 1


# ---- the journal between two processes that know different things


@pytest.fixture
def two_journals(tmp_path: Path) -> Iterator[tuple[Journal, Journal]]:
    both = (Journal(tmp_path / "journal.db"), Journal(tmp_path / "journal.db"))
    yield both
    for journal in both:
        journal.close()


UNSENT: Task[Any] = Task(service="hasty", marker="accepted-1", key="a key")
SENT = replace(UNSENT, doing=Doing(sent_at=1_800_000_000.1))
SENT_BY_ANOTHER = replace(UNSENT, doing=Doing(sent_at=1_800_000_000.2))
KNOWN = replace(SENT, id="314", status=Status.IN_PROGRESS)
OVER = replace(KNOWN, status=Status.COMPLETED)
REOPENED = replace(KNOWN, attempt=2)


@pytest.mark.parametrize(
    ("first", "then", "kept"),
    [
        (Claim(UNSENT), Save(SENT, must=True), SENT),
        (Save(SENT, must=True), Save(SENT, must=True), SENT),  # sent again after a 429
        (Save(SENT, must=True), Save(KNOWN), KNOWN),
        (Save(KNOWN), Save(SENT), KNOWN),  # an id is not unlearned by who still looks for it
        (Save(KNOWN), Save(OVER), OVER),
        (Save(OVER), Save(KNOWN), OVER),  # an answer from before the end, saved after it
        (Save(OVER), Save(REOPENED), REOPENED),
        (Claim(UNSENT), Forget(UNSENT), None),
        (Save(SENT, must=True), Forget(SENT), None),  # refused
        (Save(SENT, must=True), Forget(UNSENT), SENT),  # it was given up as unsent, and had been sent meanwhile
        (Save(KNOWN), Forget(SENT), KNOWN),
    ],
)
def test_what_another_process_wrote_meanwhile(
    two_journals: tuple[Journal, Journal], first: Any, then: Any, kept: Task[Any] | None
) -> None:
    one, other = two_journals
    one.perform(first)
    other.perform(then)
    assert one.tasks() == ([] if kept is None else [kept])


@pytest.mark.parametrize("task", [SENT_BY_ANOTHER, replace(SENT_BY_ANOTHER, marker="accepted-2")])
def test_a_create_that_another_process_has_sent_is_not_sent(
    two_journals: tuple[Journal, Journal], task: Task[Any]
) -> None:
    one, other = two_journals
    one.perform(Save(SENT, must=True))
    with pytest.raises(JournalFailed, match="another process"):
        other.perform(Save(task, must=True))
    assert one.tasks() == [SENT]
