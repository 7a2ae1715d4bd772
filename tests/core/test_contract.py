"""A contract that contradicts itself is refused where it is written."""

from dataclasses import replace

import pytest

from accepted.core.contract import Keyed, Marked, Named, Step


def step(name="create", repeat="safe"):
    return Step(name=name, method="POST", path="/x", repeat=repeat)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"name": ""}, "name"),
        ({"name": "Jules"}, "name"),
        ({"name": "my_service"}, "name"),
        ({"name": "9lives"}, "name"),
        ({"name": "a b"}, "name"),
        ({"name": "toy\n"}, "name"),
        ({"create": ()}, "exactly one step of create"),
        ({"create": (step(),)}, "exactly one step of create"),
        ({"create": (step("a", "once"), step("b", "once"))}, "at most one step may commit"),
        ({"create": (step("a"), step("a", "once"))}, "step names must differ"),
        ({"poll": (step("a"), step("a"))}, "step names must differ"),
        ({"cancel": (step("a", "once"), step("b", "keyed"))}, "only a create has a key"),
        ({"listing": None, "safe": Marked(lambda *_: True)}, "no listing"),
        ({"safe": Keyed()}, "repeat='keyed'"),
        ({"safe": Named(lambda _: "x")}, "repeat='keyed'"),
    ],
)
def test_contradictions(toys, changes, told):
    with pytest.raises(ValueError, match=told):
        replace(toys["bare"], **changes)


def test_a_key_without_a_way_to_honour_it(toys):
    with pytest.raises(ValueError, match="keyed"):
        replace(toys["bare"], create=(step("create", "keyed"),))


@pytest.mark.parametrize("name", ["a", "openai-batch", "s3"])
def test_names(toys, name):
    assert replace(toys["bare"], name=name).name == name


@pytest.mark.parametrize(
    ("toy", "operations"),
    [
        ("mute", {"create"}),
        ("bare", {"create", "poll", "cancel", "list", "act:rerun", "act:approve", "act:note", "act:nudge"}),
        ("marked", {"create", "poll", "cancel", "list", "find", "act:rerun", "act:approve", "act:note", "act:nudge"}),
        ("odd", {"create", "poll", "result", "cancel", "items:rows", "download", "usage"}),
    ],
)
def test_operations(toys, toy, operations):
    assert toys[toy].operations().keys() == operations


def test_what_is_looked_for_is_the_list(toys):
    operations = toys["marked"].operations()
    assert operations["find"] == operations["list"] == (toys["marked"].listing.step,)


@pytest.mark.parametrize(("repeat", "commits"), [("safe", False), ("keyed", True), ("once", True)])
def test_which_steps_commit(repeat, commits):
    assert step(repeat=repeat).commits == commits
