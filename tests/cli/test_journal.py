"""The journal as a user meets it: what is in flight, resuming, and what is said when it cannot be used."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from accepted.core.wire import Response

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="signals and modes as POSIX has them")
LINUX = pytest.mark.skipif(
    sys.platform != "linux", reason="only there a signal can be meant for one thread of another process"
)


def journal_of(machine):
    return machine.folder / "accepted-home" / "journal.db"


def test_what_is_in_flight_is_listed_resumed_and_then_gone_from_the_list(shell) -> None:
    machine, _ = shell(duration=1)
    refs = [machine.run("create", "jules", f"prompt=task {number}").out.strip() for number in range(2)]
    assert [one["ref"] for one in machine.run("tasks", "--json").documents] == refs
    ran = machine.run("resume", "--json")
    assert ran.code == 0, ran.err
    assert sorted(one["ref"] for one in ran.documents) == sorted(refs)
    assert machine.run("tasks", "--json").documents == []
    assert len(machine.run("tasks", "--all", "--json").documents) == 2
    assert "nothing in flight" in machine.run("resume").err


def test_resume_goes_to_the_place_where_a_task_was_created(machine, jules) -> None:
    one, other = jules(duration=0), jules("failed", duration=0, seed=1)
    for service in (one, other):
        machine.at(service.base_url).run("create", "jules", "prompt=x")
    ran = machine.at("http://127.0.0.1:9").run("resume", "--json")
    assert sorted(one["status"] for one in ran.documents) == ["completed", "failed"]
    assert ran.code == 3


def test_a_ref_is_looked_for_where_it_was_created(machine, jules) -> None:
    service = jules(duration=0)
    ref = machine.at(service.base_url).run("create", "jules", "prompt=x").out.strip()
    assert machine.at("http://127.0.0.1:9").run("status", ref).code == 0
    assert machine.at(service.base_url).run("status", ref, "--base-url", "http://127.0.0.1:9").code == 1


def test_resume_of_some_leaves_the_others(shell) -> None:
    machine, _ = shell(duration=0)
    first, second = (machine.run("create", "jules", f"prompt={name}").out.strip() for name in "ab")
    assert machine.run("resume", first).code == 0
    assert [one["ref"] for one in machine.run("tasks", "--json").documents] == [second]
    ran = machine.run("resume", "jules:1")
    assert (ran.code, "is not in the journal" in ran.err) == (1, True)


def test_a_service_that_is_not_installed_any_more_stops_nobody_else(toy, jules) -> None:
    machine, _ = toy("half")
    machine.run("create", "toy:contract", "name=x")
    machine = machine.at(jules(duration=0).base_url)
    machine.run("create", "jules", "prompt=x")
    ran = machine.run("resume", "--json")
    assert {one["service"]: one.get("status") for one in ran.documents} == {"toy": None, "jules": "completed"}
    assert ran.code == 2


def test_a_lost_create_is_adopted_and_never_repeated(shell) -> None:
    machine, service = shell("lost-answer,eventual", grace=0.5)
    ran = machine.run("create", "jules", "prompt=x")
    assert ran.code == 0, ran.err
    assert ran.out == f"jules:{service.counts()['ids'][0]}\n"
    assert (service.counts()["creates"], service.counts()["committed"]) == (1, 1)


@POSIX
def test_a_create_that_was_killed_is_adopted_by_resume(shell) -> None:
    machine, service = shell("lost-answer,eventual", grace=3, duration=0)
    process = machine.start("create", "jules", "prompt=x")
    while not service.counts()["committed"]:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    assert machine.end(process).code == -signal.SIGKILL
    (left,) = machine.run("tasks", "--json").documents
    assert (left["status"], left["id"]) == ("submitting", None)
    ran = machine.run("resume", "--json")
    assert ran.code == 0, ran.err
    assert ran.document["id"] == service.counts()["ids"][0]
    assert service.counts()["committed"] == 1


def test_forget_takes_a_task_out_and_asks_nobody(shell) -> None:
    machine, service = shell("slow")
    ref = machine.run("create", "jules", "prompt=x").out.strip()
    asked = service.counts()["requests"]
    assert machine.run("tasks", "--forget", ref).code == 0
    assert machine.run("tasks", "--json").documents == []
    assert machine.run("tasks", "--forget", ref).code == 1
    assert service.counts()["requests"] == asked
    assert machine.run("status", ref).code == 0


def test_without_a_journal_nothing_is_kept(shell) -> None:
    machine, _ = shell()
    assert machine.run("create", "jules", "prompt=x", "--no-journal").code == 0
    assert not journal_of(machine).exists()


def damaged(path) -> None:
    path.write_bytes(b"this is no database, whatever its name says" * 100)


def newer(path) -> None:
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version=99")
    db.close()


def a_folder(path) -> None:
    path.mkdir()


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (damaged, "is damaged (file is not a database). Move it away"),
        (newer, "was written by a newer `accepted` (99, not 1): update it"),
        (a_folder, "cannot be used"),
    ],
)
def test_a_journal_that_cannot_be_used_stops_a_create_before_it_is_sent(shell, spoil, told) -> None:
    machine, service = shell()
    path = journal_of(machine)
    path.parent.mkdir()
    spoil(path)
    for words in (("create", "jules", "prompt=x"), ("tasks",), ("resume",)):
        ran = machine.run(*words)
        assert (ran.code, ran.out) == (1, "")
        assert told in ran.err
        assert str(path) in ran.err
    assert service.counts()["requests"] == 0
    assert "--no-journal" in ran.err
    assert machine.run("create", "jules", "prompt=x", "--no-journal").code == 0
    assert machine.run("doctor", "jules").code == 1


@POSIX
@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may write anywhere")
def test_an_unwritable_journal_stops_a_create(shell) -> None:
    machine, service = shell()
    journal_of(machine).parent.mkdir(mode=0o500)
    ran = machine.run("create", "jules", "prompt=x")
    assert (ran.code, "ACCEPTED_HOME moves it" in ran.err) == (1, True)
    assert service.counts()["requests"] == 0


def test_a_home_that_is_a_file_stops_a_create(shell) -> None:
    machine, service = shell()
    journal_of(machine).parent.write_text("a file")
    ran = machine.run("create", "jules", "prompt=x")
    assert (ran.code, "ACCEPTED_HOME moves it" in ran.err) == (1, True)
    assert service.counts()["requests"] == 0


# ---- Ctrl-C


async def never(_request) -> Response:
    import asyncio

    await asyncio.sleep(60)
    return Response(status=500)


@POSIX
def test_ctrl_c_ends_a_poll_and_names_the_command_that_goes_on(shell) -> None:
    machine, service = shell("stuck")
    ref = service.create()
    process = machine.start("poll", ref)
    assert process.stderr.readline().startswith(ref)
    process.send_signal(signal.SIGINT)
    ran = machine.end(process)
    assert ran.code == 130
    assert f"the task goes on\n  accepted poll {ref}" in ran.err
    assert ran.out == ""


@POSIX
def test_ctrl_c_at_a_create_names_what_the_journal_has(machine, serving) -> None:
    seen: list[str] = []

    async def handler(request) -> Response:
        seen.append(request.method)
        return await never(request)

    machine = machine.at(serving(handler))
    process = machine.start("create", "jules", "prompt=x")
    while not seen:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    ran = machine.end(process)
    assert ran.code == 130
    (left,) = machine.run("tasks", "--json").documents
    assert left["ref"].startswith("jules:@accepted-")
    assert f"accepted resume {left['ref']}" in ran.err


@POSIX
def test_ctrl_c_at_many_creates_ends_at_once(machine, serving) -> None:
    machine = machine.at(serving(never))
    (machine.folder / "lines.jsonl").write_text('{"prompt": "x"}\n' * 9)
    process = machine.start("create", "jules", "--each", "lines.jsonl")
    while len(machine.run("tasks", "--json").documents) < 5:
        time.sleep(0.05)
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    ran = machine.end(process)
    assert ran.code == 130
    assert "5 tasks go on\n  accepted resume" in ran.err
    assert time.monotonic() - began < 20  # none of them was waited for


@LINUX
@pytest.mark.parametrize("words", [("create", "jules", "--each", "lines.jsonl"), ("poll", "jules:1", "jules:2")])
def test_ctrl_c_is_heard_whatever_thread_the_system_hands_it_to(machine, serving, words) -> None:
    seen: list[str] = []

    async def handler(request) -> Response:
        seen.append(request.url)
        return await never(request)

    machine = machine.at(serving(handler))
    (machine.folder / "lines.jsonl").write_text('{"prompt": "x"}\n' * 2)
    process = machine.start(*words)
    while not seen:
        time.sleep(0.01)
    threads = {int(one.name) for one in Path(f"/proc/{process.pid}/task").iterdir()}
    os.kill(max(threads - {process.pid}), signal.SIGINT)  # a thread's number: it is asked first, if it takes signals
    assert machine.end(process).code == 130


AMID_AN_EXEC = """
import runpy
import accepted.cli
accepted.cli._main = lambda _: exec("raise KeyboardInterrupt")
runpy.run_module("accepted", run_name="__main__")
"""


@POSIX
def test_ctrl_c_amid_an_exec_ends_with_130_too(tmp_path) -> None:
    (tmp_path / "interrupted.py").write_text(AMID_AN_EXEC, encoding="utf-8")
    ended = subprocess.run([sys.executable, "-m", "interrupted"], cwd=tmp_path, check=False)
    assert ended.returncode == 130


@POSIX
@pytest.mark.parametrize("delay", [0.1, 0.2, 0.3, 0.4, 0.6])
def test_ctrl_c_at_any_moment_ends_with_130(shell, delay) -> None:
    machine, _ = shell("stuck")
    process = machine.start("run", "jules", "prompt=x")
    time.sleep(delay)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    if not err:  # nothing had begun yet, perhaps not even Python
        assert process.returncode in {130, -signal.SIGINT}
    elif "Traceback" in err:  # it was still Python that began: no command was there yet
        assert ", in perform\n" not in err
    else:
        assert process.returncode == 130
        assert err.splitlines()[-1].startswith(("accepted: interrupted", "  accepted "))
