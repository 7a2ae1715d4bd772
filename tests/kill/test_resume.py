"""Two processes and one journal: nothing is created twice, whoever is slow, stands still, or is told to stop."""

from __future__ import annotations

import signal
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from random import Random
from typing import Any

import pytest

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

    def interrupted(key: str) -> tuple[Any, dict[str, Any]]:
        words = ("run", "hasty", f"prompt={key}", f"title={key}", "--key", key, "--request-timeout", "1")
        # As users have it: what Python itself leaves open where an import is interrupted is no warning then.
        process = line.start(*words, program=("-c", UP), PYTHONWARNINGS="")
        assert process.stdout.readline() == "up\n"
        time.sleep(moments[key])
        process.send_signal(signal.SIGINT)
        ended = line.end(process)
        order = {"base_url": service.base_url, "journal": str(line.journal), "name": key, "key": key}
        return ended, victims.perform("create", **order)["told"]

    with ThreadPoolExecutor(4) as pool:
        ends = dict(zip(moments, pool.map(interrupted, moments), strict=True))
    print(f"{number} times Ctrl-C: {dict(Counter(ended.code for ended, _ in ends.values()))} (exit code: how often)")
    for key, (ended, again) in ends.items():
        told = f"{key}, Ctrl-C after {moments[key]:.3f} s: {ended}, then {again}"
        assert "Traceback" not in ended.err, told
        assert ended.code in {130, 0}, told
        assert service.committed(key) == ([again["id"]] if "id" in again else []), told
    assert service.created_twice() == 0


def test_poll_that_was_killed_is_polled_again(serve: Callable[..., Any], shell: Callable[..., Any]) -> None:
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
