"""SIGKILL at every point of a client's life, over real HTTP: nothing is created twice, and nothing is lost.

`victim.py` says what a point is. A first, unharmed run tells which points there are; then a client is killed at each,
another process recovers from what the journal holds, and the simulator's own store says what exists.
In the soak every poll of a wait counts as a point of its own; otherwise the first one stands for its like.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest

COMMIT = "POST /sessions"
MANY, FEW = 16, 4
"""Clients of one scene that live at the same time. They mostly wait; but whoever is slow polls less often, and does not
come to every point of the unharmed run: few of them where every poll counts."""

Order = dict[str, Any]


@dataclass(frozen=True, repr=False)
class Death:
    """A client that was to die at a point, and what the next process told.

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
        """Whether the journal knows the one task that exists, and nothing else."""
        return [commit.id for commit in self.commits] == [row.id for row in self.rows] != []

    @property
    def status(self) -> str:
        """What the journal says of its one task."""
        (row,) = self.rows
        return row.status

    def __repr__(self) -> str:
        rows = [(row.id, str(row.status), f"sent={row.doing.sent_at is not None}") for row in self.rows]
        return f"killed {self.point!r} ({self.got_to}), then {self.after}; rows {rows}, {self.commits}"


def deaths(
    scene: Any,
    verb: str,
    recovery: str,
    prepare: Callable[[Order], Order] = lambda order: order,
    *,
    every: bool = True,
    at_once: int = MANY,
) -> list[Death]:
    """Kill a client at each point of a verb, each with a journal of its own, and recover from it. Tells the figures."""
    unharmed = scene.perform(verb, prepare(scene.order("unharmed")))
    assert not unharmed["killed"]
    assert unharmed["told"].get("error") != "traceback", unharmed["told"]

    def die(point: str) -> Death:
        order = prepare(scene.order(point))
        dead = scene.perform(verb, order, fatal=point)
        after = scene.perform(recovery, order)["told"]
        return Death(point, dead["killed"], dead["points"], after, scene.rows(order), scene.commits(order))

    with ThreadPoolExecutor(at_once) as pool:
        all_ = list(pool.map(die, [point for point in unharmed["points"] if every or not point.endswith(")")]))
    told = f"{verb}, then {recovery} ({scene.service.scenarios}): {figures(all_, scene.service, verb)}"
    print(told)
    assert scene.service.created_twice() == scene.service.counts()["created_twice"] == 0, told
    return all_


def figures(all_: Sequence[Death], service: Any, verb: str) -> str:
    counts = {
        "points": len(all_),
        "killed": sum(death.killed for death in all_),
        **Counter(death.got_to for death in all_ if verb == "create"),
        "committed": sum(len(death.commits) for death in all_),
        "adopted": sum(death.adopted for death in all_),
        "created twice": service.created_twice(),
    }
    return ", ".join(f"{number} {name}" for name, number in counts.items())


def beside_each_other(work: Callable[[Any], list[Death]], several: Sequence[Any]) -> list[Death]:
    """The deaths of several scenes, which happen beside each other."""
    with ThreadPoolExecutor(len(several)) as pool:
        return [death for some in pool.map(work, several) for death in some]


SCENARIOS = pytest.mark.parametrize(
    "scenarios",
    [
        pytest.param(("happy", "lost-answer,eventual"), id="some"),
        pytest.param(
            ("happy", "failed", "lost-answer", "eventual", "lost-answer,eventual"), id="all", marks=pytest.mark.soak
        ),
    ],
)
EVERY = pytest.mark.parametrize(
    "every", [pytest.param(False, id="first"), pytest.param(True, id="every", marks=pytest.mark.soak)]
)


# ---- create


@SCENARIOS
def test_create_killed_anywhere_is_adopted_or_reported(scene: Callable[..., Any], scenarios: tuple[str, ...]) -> None:
    for death in beside_each_other(lambda one: deaths(one, "create", "settle"), [scene(one) for one in scenarios]):
        match death.got_to:
            case "unsaved":  # nothing was sent, so there is nothing to know
                assert (death.rows, death.commits) == ([], []), death
            case "saved":  # it never left, which no one can know: a person decides
                assert death.commits == [], death
                assert [told["exit"] for told in death.after.values()] == [9], death
                assert death.status == "submitting", death
            case _:
                assert death.adopted, death
                assert death.status in {"completed", "failed"}, death


@SCENARIOS
def test_create_killed_anywhere_and_run_again_with_its_key_makes_one_task(
    scene: Callable[..., Any], scenarios: tuple[str, ...]
) -> None:
    def with_key(order: Order) -> Order:
        return {**order, "key": order["name"]}

    for death in beside_each_other(
        lambda one: deaths(one, "create", "create", with_key), [scene(one) for one in scenarios]
    ):
        if death.got_to == "saved":
            assert death.commits == [], death
            assert death.after["exit"] == 9, death
            assert death.status == "submitting", death
        else:
            assert death.adopted, death
            assert death.after == {"id": death.commits[0].id}, death


@pytest.mark.slow
def test_taking_over_a_key_killed_anywhere_makes_one_task(scene: Callable[..., Any]) -> None:
    """The first died before its create could leave, the second while it took its place; a third makes the task."""

    def claimed(order: Order) -> Order:
        order = {**order, "key": order["name"]}
        assert stage.perform("create", order, fatal="after Claim")["killed"]
        return order

    stage = scene("happy")
    all_ = deaths(stage, "create", "create", claimed)
    assert {"before Forget", "after Forget"} < {death.point for death in all_}
    for death in all_:
        if death.got_to == "saved":
            assert (death.commits, death.after["exit"]) == ([], 9), death
        else:
            assert death.adopted, death


def test_refused_create_killed_anywhere_leaves_nothing(scene: Callable[..., Any]) -> None:
    """What was refused does not exist; a row that stayed behind says no more than that it was sent."""

    def refused(order: Order) -> Order:
        return {**order, "source": "github/nobody/nothing"}

    all_ = deaths(scene("happy"), "create", "settle", refused)
    assert {"before Forget", "after Forget"} < {death.point for death in all_}
    for death in all_:
        assert death.commits == [], death
        forgotten = death.point == "after Forget" or death.got_to == "unsaved"
        assert [told["exit"] for told in death.after.values()] == ([] if forgotten else [9]), death


# ---- poll and resume


@EVERY
def test_poll_killed_anywhere_is_taken_up_by_another_process(scene: Callable[..., Any], *, every: bool) -> None:
    def known(order: Order) -> Order:
        return {**order, "ref": f"hasty:{stage.perform('create', order)['told']['id']}"}

    stage = scene("eventual", duration=1.2)
    for death in deaths(stage, "poll", "poll", known, every=every, at_once=FEW if every else MANY):
        assert death.adopted, death
        assert death.after == _completed(death.commits[0]), death
        assert death.status == "completed", death


@EVERY
def test_recovery_killed_anywhere_is_itself_recovered_from(scene: Callable[..., Any], *, every: bool) -> None:
    """Both ways to look for what was lost: one task after the other, and many at once."""

    def killed(verb: str) -> list[Death]:
        stage = stages[verb]

        def lost(order: Order) -> Order:
            assert stage.perform("create", order, fatal=f"answered {COMMIT}")["killed"]
            return order

        return deaths(stage, verb, "resume", lost, every=every, at_once=FEW if every else MANY)

    stages = {verb: scene("lost-answer,eventual", duration=1.2) for verb in ("settle", "resume")}
    for death in beside_each_other(killed, list(stages)):
        assert death.adopted, death
        assert death.after == {death.commits[0].marker: _completed(death.commits[0])}, death
        assert death.status == "completed", death


def _completed(commit: Any) -> dict[str, Any]:
    return {"id": commit.id, "status": "completed", "message": f"Done: {commit.name}"}
