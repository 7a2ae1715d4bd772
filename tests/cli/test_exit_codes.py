"""Every exit code, produced by the real command line over real HTTP."""

import pytest

from accepted.cli._exits import of_task, worst
from accepted.core.task import Status, Task
from accepted.core.wire import Dropped, Response


@pytest.mark.parametrize(
    ("scenario", "words", "code"),
    [
        ("happy", ("run", "jules", "prompt=Fix it"), 0),
        ("happy", ("status", "jules:1"), 1),  # no such task
        ("happy", ("create", "jules"), 2),  # an input is missing
        ("failed", ("poll", "{ref}"), 3),
        ("stuck", ("poll", "{ref}", "--timeout", "0.2"), 5),
        ("needs-input", ("poll", "{ref}"), 6),
        ("happy", ("create", "jules", "prompt=x", "--token-env", "NOT_SET"), 7),
    ],
)
def test_exit_code(shell, scenario, words, code) -> None:
    machine, service = shell(scenario, duration=0)
    ran = machine.spawn(*(word.format(ref=service.create()) for word in words))
    assert ran.code == code, ran.err
    assert ran.err if code not in {0, 3} else True  # that it failed stands on stdout


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("create", "jules", "prompt=Fix it"), 0),  # its task runs on
        (("list", "jules"), 0),
        (("poll", "jules:1", "--timeout", "1"), 1),
        (("cancel", "jules:1"), 2),  # the service cannot
        (("act", "jules:1", "explode"), 2),
        (("poll",), 2),  # usage
        (("list", "jules", "--status", "done"), 2),
        (("list", "jules", "--limit", "0"), 2),
    ],
)
def test_exit_code_of_other_commands(shell, words, code) -> None:
    machine, _ = shell("slow")
    ran = machine.run(*words)
    assert ran.code == code, ran.err


@pytest.mark.parametrize(
    ("state", "words", "code"),
    [
        ("half", (), 3),
        ("half", ("--allow-partial",), 0),
        ("none", ("--allow-partial",), 3),
        ("stopped", (), 4),
        ("late", (), 4),
    ],
)
def test_exit_code_of_an_outcome(toy, state, words, code) -> None:
    machine, _ = toy(state)
    assert machine.run("run", "toy:contract", "name=x", *words).code == code


def test_gone_is_4(shell) -> None:
    machine, service = shell("gone", duration=3.0)  # it is there for half of that
    ran = machine.run("poll", service.create(), "--no-journal", "--timeout", "2", "--json")
    assert (ran.code, ran.document["status"]) == (4, "gone")


def test_a_missing_credential_is_7_and_says_how_to_get_one(machine, jules) -> None:
    service = jules()
    ran = machine.run("create", "jules", "prompt=x", "--base-url", service.base_url)
    assert ran.code == 7
    assert "ACCEPTED_JULES_TOKEN or JULES_API_KEY" in ran.err
    assert "https://jules.google.com/settings" in ran.err
    assert service.counts()["requests"] == 0


def test_a_refused_credential_is_7(machine, jules) -> None:
    service = jules()
    ran = machine.at(service.base_url, ACCEPTED_JULES_TOKEN="bad-key").run("list", "jules")
    assert ran.code == 7
    assert service.counts()["unauthorised"] == 1


def test_a_limit_is_8_and_says_when_to_come_again(machine, serving) -> None:
    limited = Response(status=429, headers=(("retry-after", "7"),))
    ran = machine.at(serving(lambda _: limited)).spawn("status", "jules:1", "--json")
    assert ran.code == 8
    assert ran.document["error"]["retry_after"] == 7
    assert "try again in 7 s" in ran.err


def lose_creates(request):
    """Creates are lost on the way back, and the list cannot be read."""
    return Dropped(reason="lost") if request.method == "POST" else Response(status=403)


def test_a_create_of_unknown_outcome_is_9_and_kept(machine, serving) -> None:
    machine = machine.at(serving(lose_creates))
    ran = machine.spawn("create", "jules", "prompt=x", "--json")
    assert ran.code == 9
    assert ran.document["error"]["kind"] == "CreateUnknown"
    assert ran.document["ref"].startswith("jules:@accepted-")
    assert "accepted resume" in ran.err
    (kept,) = machine.run("tasks", "--json").documents
    assert (kept["ref"], kept["status"]) == (ran.document["ref"], "submitting")


def test_an_act_of_unknown_outcome_is_9(machine, serving) -> None:
    machine = machine.at(serving(lose_creates))
    ran = machine.spawn("act", "jules:1", "send_message", "prompt=hello")
    assert ran.code == 9
    assert "accepted status jules:1" in ran.err


def test_nobody_there_is_1_and_names_the_address(machine) -> None:
    ran = machine.at("http://127.0.0.1:9/v1alpha").run("status", "jules:1")
    assert ran.code == 1
    assert "127.0.0.1:9" in ran.err
    assert "accepted doctor jules" in ran.err


@pytest.mark.parametrize(
    ("codes", "code"),
    [
        ([], 0),
        ([0, 0], 0),
        ([0, 5], 5),
        ([5, 6], 6),
        ([6, 4], 4),
        ([4, 3], 3),
        ([3, 2], 2),  # a refused request stands where other errors do
        ([2, 1], 1),
        ([1, 8], 8),
        ([8, 7], 7),
        ([7, 9], 9),
        ([0, 5, 6, 4, 3, 2, 1, 8, 7, 9], 9),
    ],
)
def test_of_several_codes_the_most_urgent_counts(codes, code) -> None:
    assert worst(codes) == code
    assert worst(reversed(codes)) == code


@pytest.mark.parametrize("status", list(Status))
def test_every_status_has_an_exit_code(status) -> None:
    expected = {"completed": 0, "failed": 3, "cancelled": 4, "expired": 4, "gone": 4, "input_required": 6}
    assert of_task(Task(service="jules", status=status)) == expected.get(status, 5)


def test_of_several_refs_the_worst_one_counts_and_all_are_told(shell) -> None:
    machine, service = shell(duration=0)
    good = service.create()
    ran = machine.run("poll", good, "jules:1", "--json")
    assert ran.code == 1
    assert {document["ref"]: document.get("status") for document in ran.documents} == {
        good: "completed",
        "jules:1": None,
    }
