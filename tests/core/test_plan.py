"""What is asked next when many tasks wait: a poll each, or one list page that stands for many."""

import json
from dataclasses import replace

import pytest

from accepted.core.events import Sleep
from accepted.core.pace import Budget
from accepted.core.plan import SOON, WORTH_A_PAGE, ListPage, Park, Single, Waiting, plan, shown
from accepted.core.task import Doing, Status, Task
from accepted.core.wire import Response

NOW = 1000.0
LANE = ("https://toy.test", "me")


@pytest.fixture
def waiting(toys):
    def make(name, until, *, toy="bare", earliest=0.0, lane=LANE, status=Status.QUEUED, operation="poll"):
        contract = toys[toy]
        task = Task(service=toy, id=name, base_url=contract.base_url, status=status, doing=Doing(operation=operation))
        return Waiting(sleep=Sleep(until, task, earliest), lane=lane, contract=contract, who=name)

    return make


def told(steps):
    """The plan in words."""
    words = []
    for step in steps:
        match step:
            case Single(one=one):
                words.append(f"ask {one.who}")
            case Park(one=one, until=until):
                words.append(f"park {one.who} {until - NOW:g}")
            case ListPage(all=every):
                words.append("list " + " ".join(one.who for one in every))
    return words


def test_few_tasks_are_asked_one_by_one(waiting):
    assert told(plan([waiting("a", NOW), waiting("b", NOW + 1)], {}, NOW)) == ["ask a", "park b 1"]


def test_many_tasks_are_asked_by_one_page(waiting):
    many = [waiting(name, NOW + number / 2) for number, name in enumerate("abcd")]
    assert len(many) == WORTH_A_PAGE
    (page,) = plan(many, {}, NOW)
    assert told([page]) == ["list a b c d"]
    assert page.send.request.url == "https://toy.test/api/tasks?limit=10"


def test_nothing_is_asked_before_somebody_is_due(waiting):
    many = [waiting(name, NOW + 1) for name in "abcde"]
    assert told(plan(many, {}, NOW)) == [f"park {name} 1" for name in "abcde"]


@pytest.mark.parametrize(
    "odd",
    [
        {"earliest": NOW + 1},  # the service or the user wants it later
        {"status": Status.COMPLETED},  # it waits for its result
        {"operation": "result"},
        {"operation": "create"},
    ],
)
def test_a_page_does_not_stand_for_what_it_cannot(waiting, odd):
    many = [*(waiting(name, NOW) for name in "abcd"), waiting("e", NOW + SOON, **odd)]
    assert told(plan(many, {}, NOW)) == ["list a b c d", "park e 2"]


def test_one_too_few_for_a_page(waiting):
    many = [*(waiting(name, NOW) for name in "abc"), waiting("d", NOW, earliest=NOW + 1)]
    assert told(plan(many, {}, NOW)) == ["ask a", "ask b", "ask c", "ask d"]


@pytest.mark.parametrize("toy", ["odd", "mute"])
def test_without_a_list_everybody_is_asked_alone(waiting, toy):
    assert told(plan([waiting(name, NOW, toy=toy) for name in "abcd"], {}, NOW)) == [f"ask {name}" for name in "abcd"]


def test_a_list_that_says_less_than_a_poll_is_no_substitute(waiting, toys):
    poor = replace(toys["bare"], listing=replace(toys["bare"].listing, full=False))
    many = [replace(waiting(name, NOW), contract=poor) for name in "abcd"]
    assert told(plan(many, {}, NOW)) == [f"ask {name}" for name in "abcd"]


def test_a_pause_parks_its_whole_lane_and_no_other(waiting):
    other = ("https://toy.test", "you")
    both = [waiting("a", NOW), waiting("b", NOW + 20), waiting("c", NOW, lane=other)]
    steps = plan(both, {LANE: Budget(not_before=NOW + 9)}, NOW)
    assert sorted(told(steps)) == ["ask c", "park a 9", "park b 20"]


def test_lanes_do_not_share_a_page(waiting):
    many = [waiting(f"{name}{lane}", NOW, lane=lane) for name in "abc" for lane in (1, 2)]
    assert {word.split()[0] for word in told(plan(many, {}, NOW))} == {"ask"}


def test_everybody_is_in_exactly_one_place(waiting):
    many = [waiting(str(number), NOW + number % 3, lane=number % 2, earliest=NOW + number % 2) for number in range(40)]
    names = [name for word in told(plan(many, {0: Budget(not_before=NOW + 1)}, NOW)) for name in word.split()[1:]]
    assert {name for name in names if "." not in name} >= {str(number) for number in range(40)}
    assert sum(len(step.all) if isinstance(step, ListPage) else 1 for step in plan(many, {}, NOW)) == 40


def test_nobody_waits():
    assert plan([], {}, NOW) == []


@pytest.mark.parametrize(
    ("code", "body", "ids"),
    [
        (200, {"items": [{"id": "a", "state": "done"}, {"id": "b"}]}, ["a", "b"]),
        (200, {"items": [{"state": "done"}, {"id": "b"}]}, ["b"]),
        (200, {}, []),
        (200, {"items": [{"id": 7}]}, []),  # another shape: each is polled
        (200, [], []),
        (500, {"items": [{"id": "a"}]}, []),
    ],
)
def test_what_a_page_shows(toys, code, body, ids):
    answer = Response(status=code, body=json.dumps(body).encode())
    assert list(shown(toys["bare"], answer)) == ids
    assert shown(toys["mute"], answer) == {}


def test_a_page_speaks_for_one_place_and_one_contract_only(waiting):
    one, other = ([waiting(f"{place}{number}", NOW) for number in range(4)] for place in "ab")
    there = [
        replace(each, sleep=replace(each.sleep, task=replace(each.sleep.task, base_url="https://toy.test/b")))
        for each in other
    ]
    assert sorted(told(plan([*one, *there], {}, NOW))) == ["list a0 a1 a2 a3", "list b0 b1 b2 b3"]
    contract = replace(other[0].contract)
    theirs = [replace(each, contract=contract) for each in other]
    assert sorted(told(plan([*one, *theirs], {}, NOW))) == ["list a0 a1 a2 a3", "list b0 b1 b2 b3"]
