"""What stands on stdout and on stderr: for programs, for people, and never a secret or a traceback."""

import json
import os
import shlex
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from accepted.core.wire import Response
from accepted.simulate import names


def test_json_is_all_that_stands_on_stdout(shell) -> None:
    machine, service = shell(duration=0.5)
    created = machine.run("create", "jules", "prompt=Fix it", "source=github/acme/widget", "--json")
    ref = created.document["ref"]
    commands = [
        ("poll", ref),
        ("status", ref),
        ("result", ref),
        ("list", "jules"),
        ("tasks", "--all"),
        ("resume",),
        ("services",),
        ("services", "jules"),
        ("doctor", "jules"),
        ("act", ref, "archive"),
        ("cancel", ref),
        ("watch", ref),
        ("run", "jules", "prompt=x", "--timeout", "0.1"),
    ]
    told = {words[0]: machine.run(*words, "--json").documents for words in commands}
    assert [task["ref"] for task in told["list"]] == [ref]
    assert {name: documents[-1].get("status") for name, documents in told.items() if name in {"poll", "status"}} == {
        "poll": "completed",
        "status": "completed",
    }
    assert told["poll"][0]["result"]["message"] == "Done: Fix it"
    assert told["resume"] == []
    assert told["cancel"][0]["error"]["kind"] == "Unsupported"
    assert told["services"][0]["name"] == "jules"
    assert told["tasks"][0]["base_url"] == service.base_url


def test_a_ref_is_all_that_create_prints(shell) -> None:
    machine, service = shell()
    ran = machine.run("create", "jules", "prompt=Fix it")
    assert ran.out == f"jules:{service.counts()['ids'][0]}\n"
    assert ran.err == ""


def test_poll_shows_changes_on_stderr_and_the_result_on_stdout(shell) -> None:
    machine, service = shell(duration=3)  # the first poll is after 2 s
    ran = machine.spawn("run", "jules", "prompt=Fix it")
    assert ran.code == 0
    ref = f"jules:{service.counts()['ids'][0]}"
    told, *changes = ran.err.splitlines()
    assert told == f"accepted: created {ref}"
    assert changes
    assert all(line.startswith(f"{ref}  in_progress") for line in changes)
    assert len(set(changes)) == len(changes)
    assert ran.out.startswith(f"{ref}  completed")
    assert "message: Done: Fix it\n" in ran.out


def test_a_timeout_leaves_the_task_and_says_how_to_go_on(shell) -> None:
    machine, _ = shell("slow")
    ran = machine.run("run", "jules", "prompt=x", "--timeout", "0.1")
    assert ran.code == 5
    ref = ran.out.split()[0]
    assert f"created {ref}" in ran.err
    assert f"accepted poll {ref}" in ran.err


def test_input_required_names_the_acts_and_an_act_lets_it_go_on(shell) -> None:
    machine, service = shell("needs-input", duration=0)
    ran = machine.run("poll", ref := service.create())
    assert ran.code == 6
    assert "Which branch should this go to?" in ran.out
    assert f"accepted act {ref} send_message prompt=..." in ran.err
    assert machine.run("act", ref, "send_message", "prompt=main").code == 0
    assert machine.run("poll", ref).code == 0


def test_watch_prints_every_change(shell) -> None:
    machine, service = shell(duration=1)
    ran = machine.run("watch", service.create(), "--json")
    assert ran.code == 0
    assert [one["status"] for one in ran.documents][-1] == "completed"
    assert len({json.dumps(one) for one in ran.documents}) == len(ran.documents) > 1


# ---- results


def test_one_field_is_printed_as_it_is_so_that_git_takes_it(shell) -> None:
    machine, service = shell(duration=0)
    ref = service.create()
    diff = machine.run("result", ref, "--diff").out
    assert diff == machine.run("result", ref, "--field", "diff").out
    (machine.folder / "a.patch").write_text(diff)
    subprocess.run(["git", "init", "-q"], cwd=machine.folder, check=True)
    subprocess.run(["git", "apply", "--check", "a.patch"], cwd=machine.folder, check=True)
    assert machine.run("result", ref, "--message").out == "Done: Fix it\n"


def test_files_are_saved(shell) -> None:
    machine, service = shell(duration=0)
    ref = service.create()
    ran = machine.run("result", ref, "--download", "out")
    paths = [machine.folder / line for line in ran.out.splitlines()]
    assert {path.name for path in paths} == {"changes.patch", "media-1.png"}
    assert all(path.stat().st_size for path in paths)


@pytest.mark.parametrize(
    ("inputs", "words", "code", "told"),
    [
        ({}, ("--field", "dif"), 2, "it has: message, diff"),
        ({"source": None}, ("--diff",), 1, "yielded no diff"),
    ],
)
def test_a_field_that_is_not_there(shell, inputs, words, code, told) -> None:
    machine, service = shell(duration=0)
    ran = machine.run("result", service.create(**inputs), *words)
    assert (ran.code, ran.out, told in ran.err) == (code, "", True)


def test_a_result_that_is_not_there_yet(shell) -> None:
    machine, service = shell("slow")
    ran = machine.run("result", service.create())
    assert (ran.code, ran.out, "has no result" in ran.err) == (5, "", True)


def test_a_finished_task_of_the_journal_is_told_without_a_request(shell) -> None:
    machine, service = shell()
    ref = machine.run("create", "jules", "prompt=x").out.strip()
    machine.run("poll", ref)
    asked = service.counts()["requests"]
    assert machine.run("result", ref).out
    assert machine.run("poll", ref).code == 0
    assert service.counts()["requests"] == asked


def test_a_huge_result_is_named_by_poll_and_printed_by_result(shell) -> None:
    machine, service = shell("huge", duration=0)
    ref = service.create()
    brief = machine.run("poll", ref)
    assert len(brief.out) < 2000
    assert f"accepted result {ref} --field diff" in brief.out
    assert len(machine.run("result", ref, "--diff").out) > 4_000_000


# ---- what a service says is not trusted


def test_what_a_service_says_cannot_move_the_cursor(machine, serving) -> None:
    evil = {"name": "sessions/1", "id": "1", "state": "IN_PROGRESS", "title": "\x1b[2Jgone\x07\x9b1m\r\nnext"}
    answer = Response(status=200, body=json.dumps({"sessions": [evil]}).encode())
    ran = machine.at(serving(lambda _: answer)).run("list", "jules")
    assert ran.code == 0
    assert not {"\x1b", "\x07", "\x9b", "\r"} & set(ran.out)
    assert len(ran.out.splitlines()) == 2


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (Response(status=200, body=b"<html>Log in</html>"), "expected JSON at $: <html>Log in</html>"),
        (Response(status=200, body=b'{"state": 7}'), "at $.state: 7"),
        (Response(status=503, body=b"<h1>busy</h1>"), "503"),
        (Response(status=302, headers=(("location", "/v1alpha/sessions/1"),)), "redirected"),
        (Response(status=403, body=b'{"error": {"message": "not planted-secret-7319"}}'), "not ***"),
    ],
)
def test_a_wrong_answer_is_quoted(machine, serving, answer, told) -> None:
    ran = machine.at(serving(lambda _: answer)).run("status", "jules:1")
    assert ran.code in {1, 7}
    assert told in ran.err


def test_verbose_tells_every_request_and_no_secret(shell) -> None:
    machine, service = shell()
    ran = machine.spawn("list", "jules", "-v")
    assert "GET /v1alpha/sessions -> 200" in ran.err
    assert "GET" not in ran.out
    assert service.counts()["requests"] == 1


def test_no_reader_no_traceback(shell) -> None:
    machine, _ = shell()
    reader, writer = os.pipe()
    os.close(reader)
    process = machine.start("services", "jules", stdout=writer)
    os.close(writer)
    assert process.communicate(timeout=60) == (None, "")
    assert process.returncode == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a full disk, as Linux has it")
def test_a_full_disk_is_told(machine) -> None:
    with Path("/dev/full").open("w") as full:
        process = machine.start("services", "jules", stdout=full)
    assert process.communicate(timeout=60) == (None, "accepted: [Errno 28] No space left on device\n")
    assert process.returncode == 1


# ---- the terminal


def in_terminal(machine, *words: str) -> tuple[int, str]:
    """What a command shows on a terminal of 100 columns."""
    pty = pytest.importorskip("pty", reason="a terminal is made the POSIX way")
    leader, follower = pty.openpty()
    process = machine.with_variables(COLUMNS="100", LINES="30", TERM="xterm").start(
        *words, stdin=follower, stdout=follower, stderr=follower
    )
    os.close(follower)
    shown = bytearray()

    def read() -> None:
        try:
            while chunk := os.read(leader, 65536):
                shown.extend(chunk)
        except OSError:  # the other end is closed
            pass

    reader = threading.Thread(target=read)
    reader.start()
    code = process.wait(60)
    reader.join(5)
    os.close(leader)
    return code, shown.decode()


def test_a_terminal_shows_a_live_table_and_then_the_result(shell) -> None:
    pytest.importorskip("rich")
    machine, service = shell(duration=1)
    refs = [service.create(), service.create()]
    code, shown = in_terminal(machine, "poll", *refs)
    assert code == 0
    table, _, rest = shown.rpartition("service says")
    assert table
    assert all(f"{ref}  completed" in rest for ref in refs)


# ---- the rest


def test_services_tell_where_the_credential_comes_from_and_not_what_it_is(machine) -> None:
    missing = machine.run("services").out
    assert "missing: ACCEPTED_JULES_TOKEN or JULES_API_KEY" in missing
    found = machine.at("http://127.0.0.1:9").run("services", "jules").out
    assert "found in ACCEPTED_JULES_TOKEN" in found
    for told in ("against the live service: not yet", "prompt", "required", "AWAITING_PLAN_APPROVAL", "send_message"):
        assert told in found


@pytest.mark.parametrize(
    ("base_url", "key", "code", "checks"),
    [
        (None, "a-good-key", 0, {"journal": True, "credential": True, "network": True, "clock": True, "read": True}),
        (None, "", 7, {"journal": True, "credential": False, "network": True, "clock": True}),
        (None, "bad-key", 7, {"journal": True, "credential": True, "network": True, "clock": True, "read": False}),
        ("http://127.0.0.1:9", "a-good-key", 1, {"journal": True, "credential": True, "network": False}),
    ],
)
def test_the_doctor_finds_what_is_wrong_and_creates_nothing(shell, base_url, key, code, checks) -> None:
    machine, service = shell()
    machine = machine.at(base_url or service.base_url, ACCEPTED_JULES_TOKEN=key)
    ran = machine.run("doctor", "jules", "--json")
    assert {one["check"]: one["ok"] for one in ran.documents} == checks
    assert ran.code == code
    assert service.counts()["creates"] == 0


class Slow(BaseHTTPRequestHandler):
    """A server whose clock stands still."""

    def date_time_string(self, timestamp: float | None = None) -> str:
        return "Sun, 22 Nov 2020 12:00:00 GMT"

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


def test_the_doctor_compares_clocks(machine) -> None:
    with HTTPServer(("127.0.0.1", 0), Slow) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        base_url = f"http://127.0.0.1:{server.server_port}"
        ran = machine.at(base_url, ACCEPTED_JULES_TOKEN="").run("doctor", "jules", "--json")
    assert [one["ok"] for one in ran.documents if one["check"] == "clock"] == [False]


@pytest.mark.parametrize("service", names())
def test_what_simulate_prints_works_as_it_stands(machine, service) -> None:
    process = machine.start("simulate", service, "--duration", "0.2")
    told: list[str] = []
    while not (told and told[-1].startswith("  accepted ")):
        told.append(process.stdout.readline())
        assert told[-1], "it ended"
    settings = [shlex.split(line)[1].split("=", 1) for line in told if line.startswith("  export ")]
    words = shlex.split(told[-1])
    assert words[:3] == ["accepted", "create", service]
    ran = machine.with_variables(**dict(settings)).run(*words[1:])
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(f"{service}:")
    process.send_signal(2)
    assert "1 tasks, 0 created twice" in machine.end(process).err


def test_simulate_prints_what_points_a_client_at_it(machine) -> None:
    process = machine.start("simulate", "jules", "--scenario", "failed", "--duration", "0.2", "--json")
    told = json.loads(process.stdout.readline())
    machine = machine.with_variables(**told["environment"])
    assert machine.run("run", "jules", "prompt=x").code == 3
    process.send_signal(2)
    ran = machine.end(process)
    assert ran.code == 0
    assert "1 tasks, 0 created twice" in ran.err


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("jule",), 2, "did you mean jules?"),
        (("jules", "--scenario", "faild"), 2, "did you mean failed?"),
        (("jules", "--scenario", "help"), 0, "lost-answer"),
    ],
)
def test_simulate_names_what_it_can_play(machine, words, code, told) -> None:
    ran = machine.run("simulate", *words)
    assert (ran.code, told in ran.out + ran.err) == (code, True)


@pytest.mark.parametrize("command", [("simulate", "jules"), ("demo",)])
def test_a_missing_extra_names_its_install_command(machine, command) -> None:
    # Found before the real one, because the folder that a module is run from stands first.
    (machine.folder / "uvicorn.py").write_text("raise ModuleNotFoundError('no uvicorn', name='uvicorn')")
    ran = machine.spawn(*command)
    assert (ran.code, "python -m pip install 'accepted[server]'" in ran.err) == (2, True)


@pytest.mark.slow
def test_the_demo_holds_and_leaves_nothing(machine) -> None:
    folder = machine.folder / "tmp"
    folder.mkdir()
    home = machine.folder / "home"
    where = {"TMPDIR": str(folder), "TEMP": str(folder), "HOME": str(home), "ACCEPTED_HOME": str(home)}
    ran = machine.with_variables(**where).spawn("demo")
    assert ran.code == 0, ran.out
    assert "0 tasks created, with 1 answer lost" in ran.out
    assert "diff --git" in ran.out
    assert list(folder.iterdir()) == []
    assert not Path(home).exists()
