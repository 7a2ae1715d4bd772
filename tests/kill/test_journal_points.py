"""SIGKILL at every point of a client's life, over real HTTP: nothing is created twice, and nothing is lost.

`victim.py` says what a point is. A first, unharmed run tells which points there are; then a client is killed at each,
another process recovers from what the journal holds, and the simulator's own store says what exists.
In the soak every poll of a wait counts as a point of its own; otherwise the first one stands for its like.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

COMMIT = "POST /sessions"
AT_ONCE = 16
"""Clients that live at the same time; they mostly wait."""

Order = dict[str, Any]


@dataclass(frozen=True)
class Death:
    """A client that was meant to die at a point, and what another process told after it.

    `killed` is False where it did not come to that point: two waits may differ by a poll.
    """

    point: str
    killed: bool
    passed: list[str]
    after: dict[str, Any]
    rows: list[Any]
    commits: list[Any]

    @property
    def got_to(self) -> str:
        """How far its create came: `unsaved`, then `saved`, then `arrived` at the service."""
        if f"arrived {COMMIT}" in self.passed:
            return "arrived"
        return "saved" if "after Save must" in self.passed else "unsaved"

    @property
    def adopted(self) -> bool:
        """Whether the journal knows the one task that exists."""
        return [commit.id for commit in self.commits] == [row.id for row in self.rows]

    def __str__(self) -> str:
        rows = [(row.id, str(row.status), f"sent={row.doing.sent_at is not None}") for row in self.rows]
        return f"killed {self.point!r} ({self.got_to}), then {self.after}; rows {rows}, {self.commits}"


@dataclass(frozen=True)
class Scene:
    """One service, and the clients that it sees die."""

    service: Any
    victims: Any
    folder: Path
    read_journal: Callable[[Path], list[Any]]

    def deaths(
        self, verb: str, recovery: str, prepare: Callable[[Order], Order] = lambda order: order, *, every: bool = True
    ) -> list[Death]:
        """Kill a client at each point of a verb, each with a journal of its own, and recover from it."""
        unharmed = self.victims.perform(verb, **prepare(self._order("unharmed")))
        assert not unharmed["killed"]
        assert "error" not in unharmed["told"], unharmed
        points = [point for point in unharmed["points"] if every or not point.endswith(")")]

        def die(point: str) -> Death:
            order = prepare(self._order(point))
            dead = self.victims.perform(verb, fatal=point, **order)
            after = self.victims.perform(recovery, **order)["told"]
            commits = self.service.committed(order["name"])
            return Death(point, dead["killed"], dead["points"], after, self.read_journal(order["journal"]), commits)

        with ThreadPoolExecutor(AT_ONCE) as pool:
            return list(pool.map(die, points))

    def known(self, order: Order) -> Order:
        """An order about a task that exists, and that the journal knows."""
        told = self.victims.perform("create", **order)["told"]
        return {**order, "ref": f"hasty:{told['id']}"}

    def lost(self, order: Order) -> Order:
        """An order about a task that exists, and whose creator died before it knew."""
        assert self.victims.perform("create", fatal=f"answered {COMMIT}", **order)["killed"]
        return order

    def report(self, what: str, deaths: list[Death]) -> None:
        """The figures in a line, which `make soak` keeps."""
        figures = {
            "points": len(deaths),
            "killed": sum(death.killed for death in deaths),
            **Counter(death.got_to for death in deaths),
            "committed": sum(len(death.commits) for death in deaths),
            "adopted": sum(bool(death.commits) and death.adopted for death in deaths),
            "created twice": self.service.created_twice(),
        }
        told = ", ".join(f"{number} {name}" for name, number in figures.items())
        print(f"{what} ({self.service.scenarios}): {told}")

    def _order(self, name: str) -> Order:
        journal = self.folder / (re.sub(r"\W", "-", name) + ".db")
        return {"base_url": self.service.base_url, "journal": str(journal), "name": name}


@pytest.fixture
def scene(
    serve: Callable[..., Any], victims: Any, tmp_path: Path, read_journal: Callable[[Path], list[Any]]
) -> Callable[..., Scene]:
    return lambda *scenarios, **options: Scene(serve(*scenarios, **options), victims, tmp_path, read_journal)


EVERY = pytest.mark.parametrize(
    "every", [pytest.param(False, id="first"), pytest.param(True, id="every", marks=pytest.mark.soak)]
)
SCENARIOS = pytest.mark.parametrize(
    "scenarios", ["happy", "lost-answer,eventual", *(pytest.param(one, marks=pytest.mark.soak) for one in ("lost-answer", "eventual"))]
)


# ---- create


@SCENARIOS
def test_create_killed_anywhere_is_adopted_or_reported(scene: Callable[..., Scene], scenarios: str) -> None:
    stage = scene(scenarios)
    deaths = stage.deaths("create", "settle")
    stage.report("create", deaths)
    for death in deaths:
        match death.got_to:
            case "unsaved":  # nothing was sent, so there is nothing to know
                assert (death.rows, death.commits) == ([], []), death
            case "saved":  # it never left, which no one can know: a person decides
                assert death.commits == [], death
                assert [told["exit"] for told in death.after.values()] == [9], death
                assert [row.status for row in death.rows] == ["submitting"], death
            case _:
                assert len(death.commits) == 1, death
                assert death.adopted, death
    assert stage.service.created_twice() == 0


@SCENARIOS
def test_create_killed_anywhere_and_run_again_with_its_key_makes_one_task(
    scene: Callable[..., Scene], scenarios: str
) -> None:
    stage = scene(scenarios)
    deaths = stage.deaths("create", "create", lambda order: {**order, "key": order["name"]})
    stage.report("create with a key", deaths)
    for death in deaths:
        assert len(death.rows) == 1, death
        if death.got_to == "saved":
            assert death.commits == [], death
            assert death.after["exit"] == 9, death
        else:
            assert [commit.id for commit in death.commits] == [death.after["id"]], death
            assert death.adopted, death
    assert stage.service.created_twice() == 0


# ---- poll and resume


@EVERY
def test_poll_killed_anywhere_is_taken_up_by_another_process(scene: Callable[..., Scene], *, every: bool) -> None:
    stage = scene("eventual", duration=1.5)
    deaths = stage.deaths("poll", "poll", stage.known, every=every)
    stage.report("poll", deaths)
    for death in deaths:
        (commit,) = death.commits
        assert death.after == _completed(commit), death
        assert death.adopted, death
        assert [row.status for row in death.rows] == ["completed"], death
    assert stage.service.created_twice() == 0


@EVERY
@pytest.mark.parametrize("verb", ["settle", "resume"])
def test_recovery_killed_anywhere_is_itself_recovered_from(
    scene: Callable[..., Scene], verb: str, *, every: bool
) -> None:
    stage = scene("lost-answer,eventual", duration=1.5)
    deaths = stage.deaths(verb, "resume", stage.lost, every=every)
    stage.report(verb, deaths)
    for death in deaths:
        (commit,) = death.commits
        assert death.after == {commit.marker: _completed(commit)}, death
        assert death.adopted, death
        assert [row.status for row in death.rows] == ["completed"], death
    assert stage.service.created_twice() == 0


def _completed(commit: Any) -> dict[str, Any]:
    return {"id": commit.id, "status": "completed", "message": f"Done: {commit.name}"}
