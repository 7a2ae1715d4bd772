"""Two processes and one journal: nothing is created twice, whoever is slow, stands still, or is told to stop."""

from __future__ import annotations

import re
import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pytest

COMMIT = "POST /sessions"
Order = dict[str, Any]


@dataclass(frozen=True)
class Scene:
    """One service and its clients; `order` makes an order about a task of that name, in a journal of that name."""

    service: Any
    victims: Any
    folder: Path
    read_journal: Callable[[Path], list[Any]]

    def order(self, name: str, **more: Any) -> Order:
        journal = self.folder / (re.sub(r"\W", "-", name) + ".db")
        return {"base_url": self.service.base_url, "journal": str(journal), "name": name, **more}

    def row(self, order: Order) -> Any:
        """The one row of a journal."""
        (row,) = self.read_journal(order["journal"])
        return row

    def ids(self, order: Order) -> list[str]:
        """What exists because of an order."""
        return [commit.id for commit in self.service.committed(order["name"])]


@pytest.fixture
def scene(
    serve: Callable[..., Any], victims: Any, tmp_path: Path, read_journal: Callable[[Path], list[Any]]
) -> Callable[..., Scene]:
    return lambda *scenarios, **options: Scene(serve(*scenarios, **options), victims, tmp_path, read_journal)


# ---- a client that stands still (a suspended laptop, a busy machine) while another takes over, and then goes on

POINTS = [
    "after Claim",  # nothing says yet that it will send
    "before Save must",
    "after Save must",  # it looks as if it had sent
    f"before {COMMIT}",
    f"after {COMMIT}",  # it has its answer, and nobody else knows
    "before Save queued",
]


@pytest.mark.parametrize("other", ["create", "settle", "resume"])
def test_a_client_that_stood_still_creates_nothing_twice(scene: Callable[..., Scene], other: str) -> None:
    stage = scene("happy")

    def stand_still(point: str) -> None:
        order = stage.order(point, key="a key")
        with stage.victims.paused("create", at=point, **order) as go_on:
            meanwhile = stage.victims.perform(other, **order)["told"]
            in_the_end = go_on()["told"]
        settled = stage.victims.perform("settle", **order)["told"]
        told = f"it stood still {point}; meanwhile {other}: {meanwhile}; in the end: {in_the_end}; settled: {settled}"
        assert "traceback" not in {meanwhile.get("error"), in_the_end.get("error")}, told
        assert stage.ids(order) == [stage.row(order).id], told

    with ThreadPoolExecutor(len(POINTS)) as pool:
        list(pool.map(stand_still, POINTS))
    assert stage.service.created_twice() == 0


@pytest.mark.parametrize("until", ["before Forget", "after Forget", "before Claim (2)"])
def test_who_takes_over_a_key_gives_way_to_who_was_first_after_all(scene: Callable[..., Scene], until: str) -> None:
    """The first stood still for so long that it was given up; it goes on while the second is about to begin anew."""
    stage = scene("happy")
    order = stage.order("a task", key="a key")
    with stage.victims.paused("create", at="after Claim", **order) as first_goes_on:
        with stage.victims.paused("create", at=until, **order) as second_goes_on:
            first = first_goes_on()["told"]
            second = second_goes_on()["told"]
    assert stage.ids(order) == [stage.row(order).id], (first, second)
    assert first["id"] == second["id"] == stage.row(order).id


# ---- two at the same time


def test_two_processes_that_resume_one_journal_agree(scene: Callable[..., Scene]) -> None:
    stage = scene("lost-answer,eventual", duration=1.5)
    journal = {"journal": stage.order("of both")["journal"]}
    ends = {
        "unsent": "after Save must",  # its create never left
        "unheard of": f"answered {COMMIT}",
        "unheard of, too": "after GET /sessions",
        "known": "after Save queued",
    }
    for name, point in ends.items():
        stage.victims.perform("create", fatal=point, **stage.order(name) | journal)
    order = stage.order("of both")
    with ThreadPoolExecutor(2) as pool:
        one, other = (dead["told"] for dead in pool.map(lambda _: stage.victims.perform("resume", **order), range(2)))
    assert one == other
    assert one.pop("error") == "CreateUnknown"  # of the one that never left
    commits = {commit.marker: commit for commit in stage.service.commits}
    assert one == {
        marker: {"id": commit.id, "status": "completed", "message": f"Done: {commit.name}"}
        for marker, commit in commits.items()
    }
    assert {commit.name for commit in commits.values()} == set(ends) - {"unsent"}
    assert stage.service.created_twice() == 0


# ---- Ctrl-C, and a poll that is killed, of the real command line

UP = "import sys; from accepted.cli import main; print('up', flush=True); sys.exit(main(sys.argv[1:]))"
"""Before this line Ctrl-C meets Python's own start, where nobody can do anything about it."""


@pytest.mark.parametrize("number", [8, pytest.param(120, marks=pytest.mark.soak)])
def test_ctrl_c_at_any_moment_shows_no_traceback_and_creates_nothing_twice(
    serve: Callable[..., Any], shell: Callable[..., Any], victims: Any, number: int
) -> None:
    service = serve("lost-answer,eventual")
    line = shell(service)
    chance = Random(number)
    moments = {f"k{one}": chance.random() * (0.4 if one % 2 else 2.0) for one in range(number)}

    def interrupted(key: str) -> Any:
        words = ("run", "hasty", f"prompt={key}", f"title={key}", "--key", key, "--request-timeout", "1")
        process = line.start(*words, program=("-c", UP))
        assert process.stdout.readline() == "up\n"
        time.sleep(moments[key])
        process.send_signal(signal.SIGINT)
        return line.end(process)

    with ThreadPoolExecutor(4) as pool:
        ends = dict(zip(moments, pool.map(interrupted, moments), strict=True))
    codes = [end.code for end in ends.values()]
    print(f"{number} times Ctrl-C: exit codes {({code: codes.count(code) for code in set(codes)})}")
    for key, end in ends.items():
        told = f"{key}, Ctrl-C after {moments[key]:.3f} s: {end}"
        assert "Traceback" not in end.err, told
        assert end.code in {130, 0}, told
        order = {"base_url": service.base_url, "journal": str(line.journal), "name": key, "key": key}
        again = victims.perform("create", **order)["told"]
        assert [one.id for one in service.committed(key)] == ([again["id"]] if "id" in again else []), (told, again)
    assert service.created_twice() == 0


def test_poll_that_was_killed_is_polled_again(
    serve: Callable[..., Any], shell: Callable[..., Any]
) -> None:
    service = serve("happy", duration=2.0)
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
