"""Codex as a user of the command line meets it: real processes, real HTTP, a real journal and a real git."""

import json
import subprocess
from pathlib import Path

import pytest

from accepted.core.wire import Dropped, Response

pytestmark = pytest.mark.slow  # many processes

WIDGET = "environment=acme/widget"
ENVIRONMENTS = json.dumps([{"id": "env_1", "label": "acme/widget"}]).encode()


@pytest.fixture
def codex(machine, simulated):
    """A function that makes a machine and the Codex that it is pointed at."""

    def make(scenario: str = "happy", **options: float):
        service = simulated("codex", scenario, **options)
        return machine.at(service.base_url, service="codex", CODEX_HOME=str(machine.folder / "codex")), service

    return make


@pytest.fixture
def answered(machine, serving):
    """A function that makes a machine whose Codex answers every POST and every other request as given."""

    def make(post, other=None):
        def answer(request):
            if request.method == "POST":
                return post
            return other or Response(status=200, body=ENVIRONMENTS)

        return machine.at(serving(answer) + "/backend-api", service="codex", CODEX_HOME=str(machine.folder / "codex"))

    return make


# ---- from create to a changed repository


def git(folder: Path, *words: str, stdin=None) -> str:
    folder.mkdir(exist_ok=True)
    command = ["git", "-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "init.defaultBranch=main", *words]
    done = subprocess.run(command, cwd=folder, stdin=stdin, capture_output=True, text=True, timeout=30, check=True)
    return done.stdout


def piped(machine, folder: Path, *words: str) -> int:
    """`accepted ... | git apply`, with a pipe between two processes."""
    process = machine.start(*words)
    git(folder, "apply", stdin=process.stdout)
    process.stdout.close()
    process.stdin.close()
    process.stderr.close()
    return process.wait(timeout=30)


@pytest.mark.parametrize("seed", [0, 2], ids=["a pr in both turns", "an output_diff in the diff turn"])
def test_create_poll_and_apply_the_diff_to_a_repository(codex, seed) -> None:
    machine, service = codex(seed=seed)
    created = machine.spawn("create", "codex", "prompt=Fix the flaky test", WIDGET)
    ref = f"codex:{service.counts()['ids'][0]}"
    assert (created.code, created.out) == (0, f"{ref}\n")
    polled = machine.spawn("poll", ref, "--json")
    assert (polled.code, polled.document["status"]) == (0, "completed")
    assert polled.document["result"]["message"] == "Done, attempt 1: Fix the flaky test"

    repository = machine.folder / "repository"
    git(repository, "init")
    assert piped(machine, repository, "result", ref, "--diff") == 0
    (name,) = git(repository, "ls-files", "--others").split()
    assert (repository / name).read_text() == "# Fix the flaky test\nAttempt 1\nFix the flaky test\n"


def test_one_attempt_of_several(codex) -> None:
    machine, service = codex(duration=0)
    ref = service.create(attempts=3)
    repository = machine.folder / "repository"
    git(repository, "init")
    assert piped(machine, repository, "result", ref, "--diff", "--attempt", "2") == 0
    (name,) = git(repository, "ls-files", "--others").split()
    assert "Attempt 3\n" in (repository / name).read_text()  # the second brought no diff, which shifts the numbers

    refused = machine.spawn("result", ref, "--diff", "--attempt", "9")
    assert refused.code == 2
    assert "has 2 attempts with a diff, no attempt 9" in refused.err
    assert refused.out == ""


@pytest.mark.parametrize("extra", [(), ("--json",), ("--download", "patches")])
def test_an_attempt_is_shown_alone(codex, extra) -> None:
    machine, service = codex(duration=0)
    ref = service.create(attempts=2)
    ran = machine.run("result", ref, "--attempt", "2", *extra)
    assert (ran.code, ran.err) == (0, "")
    if "--download" in extra:
        assert ran.out == "patches/attempt-2.patch\n"
        assert [path.name for path in (machine.folder / "patches").iterdir()] == ["attempt-2.patch"]
        assert "+Attempt 2" in (machine.folder / "patches" / "attempt-2.patch").read_text()
    elif extra:
        document = ran.document
        assert (document["ref"], document["attempt"], document["status"]) == (ref, 2, "completed")
        assert "+Attempt 2" in document["diff"]
        assert "attempts" not in document
    else:
        assert "+Attempt 2" in ran.out
        assert "Attempt 1" not in ran.out
        assert "attempts:" not in ran.out


@pytest.mark.parametrize("extra", [(), ("--json",), ("--download", "patches"), ("--message",)])
def test_an_attempt_that_is_not_there_is_refused_whatever_was_asked_of_it(codex, extra) -> None:
    machine, service = codex(duration=0)
    ran = machine.run("result", service.create(attempts=2), "--attempt", "3", *extra)
    assert ran.code == 2
    assert "has 2 attempts with a diff, no attempt 3" in ran.err
    assert not (machine.folder / "patches").exists()


def test_files_of_several_attempts(codex) -> None:
    machine, service = codex(duration=0)
    ran = machine.run("result", service.create(attempts=2), "--download", "patches", "--json")
    assert [one["name"] for one in ran.documents] == ["attempt-1.patch", "attempt-2.patch"]
    assert all(Path(machine.folder, one["path"]).read_text().startswith("diff --git") for one in ran.documents)


def test_an_answer_without_a_diff_is_no_empty_patch(codex) -> None:
    machine, service = codex(duration=0)
    ran = machine.run("result", service.create(qa_mode=True), "--diff")
    assert (ran.code, ran.out) == (1, "")
    assert "yielded no diff" in ran.err


# ---- other commands


def test_status_is_one_look(codex) -> None:
    machine, service = codex("slow")
    ran = machine.spawn("status", service.create(), "--json")
    said = (ran.document["status"], ran.document["service_status"])
    assert ran.code == 0
    assert said in {("queued", "pending"), ("in_progress", "in_progress")}  # as fast as this machine is
    assert service.counts()["polls"] == 1


def test_a_list_with_filters(codex) -> None:
    machine, service = codex(duration=0)
    widget, gadget = service.create(), service.create(environment="acme/gadget")
    assert [one["ref"] for one in machine.spawn("list", "codex", "--json").documents] == [gadget, widget]
    narrowed = machine.spawn("list", "codex", "environment_id=env_68f1c2a4", "--json")
    assert [one["ref"] for one in narrowed.documents] == [widget]
    assert machine.run("list", "codex", "task_filter=archived", "--json").documents == []
    refused = machine.run("list", "codex", "task_filter=mine")
    assert refused.code == 2
    assert "filter 'task_filter': expected all, archived, code_review or current, got \"mine\"" in refused.err
    assert "codex list: unknown filter 'foo'" in machine.run("list", "codex", "foo=1").err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((WIDGET, "attempts=9"), "input 'attempts': expected a whole number from 1 to 4, got 9"),
        ((WIDGET, "attempts=two"), "input 'attempts': expected a whole number from 1 to 4, got 'two'"),
        ((WIDGET, "qa_mode:=3"), "input 'qa_mode': expected true or false, got 3"),
        ((WIDGET, "branch="), "input 'branch' is empty"),
        (("repository=widget",), "input 'repository': expected text such as owner/repo, got \"widget\""),
        ((), "environment is missing: its id or label; or repository, as owner/repo"),
        (("environment=acme/none",), "acme/gadget, acme/monorepo (env_"),
    ],
)
def test_a_wrong_input_is_told_in_plain_words(codex, words, told) -> None:
    machine, service = codex()
    ran = machine.run("create", "codex", "prompt=x", *words)
    assert ran.code == 2
    assert told in ran.err
    assert service.counts()["creates"] == 0


def test_a_refusal_names_what_was_asked_for(codex) -> None:
    machine, _ = codex()
    ran = machine.run("status", "codex:task_e_0")
    assert ran.code == 1
    assert "answered 404 to GET /tasks/task_e_0" in ran.err


def test_services_say_what_codex_needs(codex) -> None:
    machine, service = codex()
    told = machine.run("services", "codex").out
    for line in (
        "One of `environment` and `repository` is needed",
        "attempts       a whole number from 1 to 4",
        "task_filter     all, archived, code_review or current",
        "cancel               yes (experimental)",
        "items                events (experimental), logs (experimental); from Python",
        "goes on with a new turn (experimental)",
        f"{service.base_url} (ACCEPTED_CODEX_BASE_URL), instead of https://chatgpt.com/backend-api",
    ):
        assert line in told


def test_usage(codex) -> None:
    machine, _ = codex()
    usage = machine.spawn("usage", "codex", "--json")
    assert (usage.code, usage.document["plan"], usage.document["windows"]["primary"]["minutes"]) == (0, "plus", 299)
    assert "plan: plus" in machine.run("usage", "codex").out


def test_a_follow_up_needs_a_word_first(codex) -> None:
    machine, service = codex(duration=0)
    ref = service.create()
    refused = machine.spawn("act", ref, "follow_up", "prompt=More")
    assert refused.code == 2
    assert "known from third parties only" in refused.err
    assert "--experimental" in refused.err
    assert service.counts()["acts"] == 0
    done = machine.spawn("act", ref, "follow_up", "prompt=More", "--experimental", "--json")
    assert done.code == 0
    assert machine.run("result", ref, "--message").out == "Done, attempt 1: More\n"
    assert (service.counts()["acts"], service.counts()["committed"]) == (1, 1)


def test_cancel_needs_a_word_first(codex) -> None:
    machine, service = codex("stuck")
    ref = service.create()
    assert machine.spawn("cancel", ref).code == 2
    cancelled = machine.spawn("cancel", ref, "--experimental", "--json")
    assert cancelled.code == 0, cancelled
    assert cancelled.document["status"] == "cancelling"
    ended = machine.run("poll", ref, "--no-journal", "--timeout", "20", "--json")
    assert (ended.code, ended.document["status"]) == (4, "cancelled")


def test_a_workspace_without_environments_says_so_at_the_create_and_its_list_is_empty(codex) -> None:
    machine, service = codex("no-environments")
    assert machine.run("list", "codex", "--json").documents == []
    ran = machine.spawn("create", "codex", "prompt=x", WIDGET)
    assert ran.code == 2
    assert "no cloud environment for this account" in ran.err
    assert service.counts()["creates"] == 0


def test_a_contradiction_is_shown(codex) -> None:
    machine, service = codex("conflicting", duration=0)
    ran = machine.spawn("status", service.create())
    told = "current_assistant_turn says in_progress, latest_turn_status_display says failed"
    assert (ran.code, told in ran.out) == (0, True)


# ---- exit codes


@pytest.mark.parametrize(
    ("scenario", "words", "code"),
    [
        ("happy", ("poll", "{ref}"), 0),
        ("no-display", ("poll", "{ref}"), 0),
        ("happy", ("poll", "codex:task_e_0"), 1),  # no such task
        ("happy", ("create", "codex", "prompt=x"), 2),  # where?
        ("happy", ("create", "codex", "prompt=x", WIDGET, "model=gpt-5"), 2),
        ("happy", ("create", "codex", "prompt=x", "environment=acme/monorepo"), 2),  # ambiguous
        ("failed", ("poll", "{ref}"), 3),
        ("cancelled", ("poll", "{ref}"), 4),
        ("stuck", ("poll", "{ref}", "--timeout", "0.2"), 5),
        ("no-turn", ("poll", "{ref}", "--timeout", "0.2"), 5),
        ("conflicting", ("poll", "{ref}", "--timeout", "0.2"), 5),
        ("happy", ("create", "codex", "prompt=x", WIDGET, "--token-env", "NOT_SET"), 7),
    ],
)
def test_exit_code(codex, scenario, words, code) -> None:
    machine, service = codex(scenario, duration=0)
    ran = machine.spawn(*(word.format(ref=service.create()) for word in words))
    assert ran.code == code, ran.err
    assert ran.err if code not in {0, 3, 4} else True  # how it ended stands on stdout


def test_gone_is_4(codex) -> None:
    machine, service = codex("gone", duration=2.0)
    ran = machine.run("poll", service.create(), "--no-journal", "--timeout", "10", "--json")
    assert (ran.code, ran.document["status"]) == (4, "gone")


@pytest.mark.parametrize(
    ("post", "code", "told"),
    [
        (Response(status=400, body=b'{"detail":"missing input_items"}'), 2, "missing input_items"),
        (Response(status=401, body=b'{"detail":"Unauthorized"}'), 7, "codex login"),
        (Response(status=432, body=b'{"detail":"Workspace routing is unavailable"}'), 7, "Workspace routing"),
        (Response(status=403, headers=(("content-type", "text/html"),), body=b"<html>"), 1, "answered 403"),
    ],
)
def test_exit_code_of_a_refused_create_of_which_nothing_is_kept(answered, post, code, told) -> None:
    machine = answered(post)
    ran = machine.spawn("create", "codex", "prompt=x", WIDGET)
    assert ran.code == code, ran.err
    assert told in ran.err
    assert machine.run("tasks", "--all", "--json").documents == []


def test_a_used_up_quota_is_8_and_says_when_to_come_again(codex) -> None:
    machine, service = codex("usage-limit")
    for _ in range(3):
        service.create()
    ran = machine.spawn("create", "codex", "prompt=x", WIDGET, "--json")
    assert ran.code == 8
    assert 590 < ran.document["error"]["retry_after"] <= 600
    assert "The usage limit has been reached" in ran.err
    assert (service.counts()["creates"], service.counts()["throttled"]) == (4, 1)


def test_a_missing_login_is_7_and_says_how_to_get_one(machine, simulated) -> None:
    service = simulated("codex")
    machine = machine.with_variables(CODEX_HOME=str(machine.folder / "nobody"))
    ran = machine.spawn("create", "codex", "prompt=x", WIDGET, "--base-url", service.base_url)
    assert ran.code == 7
    assert "ACCEPTED_CODEX_TOKEN" in ran.err
    assert service.counts()["requests"] == 0


@pytest.mark.parametrize("scenario", ["lost-answer", "no-id"])
def test_a_create_of_unknown_outcome_is_9_and_kept(codex, scenario) -> None:
    machine, service = codex(scenario)
    ran = machine.spawn("create", "codex", "prompt=x", WIDGET, "--json")
    assert (ran.code, ran.document["error"]["kind"]) == (9, "CreateUnknown")
    ref = ran.document["ref"]
    assert "accepted list codex" in ran.err
    (kept,) = machine.spawn("tasks", "--json").documents
    assert (kept["ref"], kept["status"]) == (ref, "submitting")

    assert machine.run("resume", "--timeout", "1").code == 9
    assert machine.run("poll", ref, "--timeout", "1").code == 9
    assert (service.counts()["creates"], service.counts()["committed"]) == (1, 1)
    assert machine.run("tasks", "--forget", ref).code == 0
    assert machine.run("tasks", "--json").documents == []


def test_a_bare_500_is_9_with_its_body_and_is_not_repeated(answered) -> None:
    """openai/codex issues 13338, 21179, 3544 and 21319."""
    machine = answered(Response(status=500, body=b'{"detail":"Internal Server Error"}'))
    ran = machine.spawn("create", "codex", "prompt=x", WIDGET)
    assert ran.code == 9
    assert "answered 500" in ran.err
    assert "Internal Server Error" in ran.err


def test_a_lost_act_is_9(answered) -> None:
    task = {"task": {"id": "task_e_1"}, "current_assistant_turn": {"id": "t", "turn_status": "completed"}}
    machine = answered(Dropped(reason="lost"), Response(status=200, body=json.dumps(task).encode()))
    ran = machine.spawn("act", "codex:task_e_1", "follow_up", "prompt=x", "--experimental")
    assert ran.code == 9
    assert "accepted status codex:task_e_1" in ran.err


def test_no_command_writes_into_the_folder_that_it_runs_in(codex) -> None:
    """The official client leaves an `error.log` there on every run, with the account's id in it."""
    machine, service = codex(duration=0)
    folder = machine.folder / "elsewhere"
    folder.mkdir()
    there = type(machine)(folder, machine.environment)
    there.spawn("poll", service.create())
    assert list(folder.iterdir()) == []
