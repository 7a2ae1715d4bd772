"""Inputs as they are written on a command line. Whatever is wrong with them is said before anything is sent."""

import json

import pytest

from accepted.cli._inputs import gather
from accepted.errors import BadRequest


@pytest.mark.parametrize(
    ("words", "sent"),
    [
        (["name=x"], {"name": "x"}),
        (["name=a=b"], {"name": "a=b"}),
        (["name="], {"name": ""}),
        (["name=ä \U0001f600"], {"name": "ä \U0001f600"}),
        (["name=null"], {"name": "null"}),  # a text is never taken for JSON
        (["name=@file.txt"], {"name": "from a file\n"}),
        (['name:="@x"'], {"name": "@x"}),  # how a text that begins with @ is written
        (["name=x", "pages=3"], {"pages": 3}),
        (["name=x", "share=2"], {"share": 2.0}),
        (["name=x", "draft=true"], {"draft": True}),
        (["name=x", "draft=No"], {"draft": False}),
        (["name=x", 'tags:=["a"]'], {"tags": ["a"]}),
        (["name=x", "word=1"], {"word": "1"}),  # where a text is fine, it stays one
        (["name=x", "word:=1"], {"word": 1}),
    ],
)
def test_a_value_becomes_what_the_input_is_declared_as(toy, words, sent) -> None:
    machine, service = toy()
    (machine.folder / "file.txt").write_text("from a file\n")
    ran = machine.run("create", "toy:contract", *words)
    assert ran.code == 0, ran.err
    assert service.bodies[0].items() >= sent.items()


@pytest.mark.parametrize(
    "words", [["--name", "x", "--pages=3"], ["name=x", "--pages", "3"], ["--pages", "3", "--explain", "--name=x"]]
)
def test_an_input_may_be_written_as_an_option(toy, words) -> None:
    machine, service = toy()
    ran = machine.run("create", "toy:contract", *words)
    assert ran.code == 0, ran.err
    assert service.bodies[0].items() >= {"name": "x", "pages": 3}.items()


def test_an_option_that_is_neither_is_refused(toy) -> None:
    machine, service = toy()
    ran = machine.run("create", "toy:contract", "--name", "x", "--paegs", "3")
    assert (ran.code, service.bodies) == (2, [])
    assert "--paegs" in ran.err


def test_explain_tells_what_the_answer_yielded(toy) -> None:
    machine, _ = toy()
    ran = machine.run("create", "toy:contract", "name=x", "--explain")
    assert "accepted: id: 1" in ran.err.splitlines()
    assert ran.out == "toy:1\n"


def test_inputs_come_from_a_file_and_from_stdin_and_words_win(toy) -> None:
    machine, service = toy()
    (machine.folder / "input.json").write_text('{"name": "file", "pages": 2}')
    machine.run("create", "toy:contract", "--input", "input.json", "name=word")
    machine.run("create", "toy:contract", "--input", "-", stdin='{"name": "stdin"}')
    assert [(body["name"], body["pages"]) for body in service.bodies] == [("word", 2), ("stdin", 1)]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["jule", "prompt=x"], "did you mean 'jules'"),
        (["nothing-like-it"], "known are azure-lro, codex, "),
        (["nowhere:contract"], "cannot load the contract"),
        (["jules"], "missing input 'prompt'"),
        (["jules", "promt=x"], "unknown input 'promt'; missing input 'prompt'"),
        (["jules", "prompt="], "input 'prompt'"),
        (
            ["jules", "prompt=x", "auto_create_pr=perhaps"],
            "input 'auto_create_pr': expected true or false, got 'perhaps'",
        ),
        (["jules", "prompt:=3"], "input 'prompt'"),
        (["jules", "prompt=x", "source=widget"], "input 'source'"),
        (["jules", "prompt=x", "prompt=y"], "given twice"),
        (["jules", "a prompt"], "is no input: write name=text"),
        (["jules", "prompt=@missing.txt"], "cannot read missing.txt: No such file"),
        (["jules", "prompt=@."], "cannot read .: Is a directory"),
        (["jules", "prompt=@binary"], "binary is not UTF-8"),
        (["jules", "prompt:={oops"], "input 'prompt': not JSON"),
        (["jules", "--input", "list.json"], "expected a JSON object"),
        (["jules", "--each", "lines.jsonl"], "lines.jsonl, line 3: jules: missing input 'prompt'"),
        (["jules", "prompt=x", "--base-url", "jules.example"], "begins with http:// or https://"),
        (["jules", "prompt=x", "--base-url", "http://[::"], "Invalid IPv6 URL"),
        (["jules", "prompt=x", "--base-url", "http://"], "it names no host"),
        (["jules", "prompt=x", "--base-url", "http://localhost:99999"], "Port out of range"),
        (["jules", "prompt=\udcff"], "is not UTF-8 text"),  # how Python hands over bytes that are none
        (["jules", "prompt:=NaN"], "not JSON"),
        (["jules", "prompt=x", "--key", " "], "argument --key"),
        (["jules", "prompt=x", "--proxy", "proxy.example:3128"], "--proxy"),
        (["jules", "prompt=x", "--ca-file", "missing.pem"], "no such file"),
        (["jules", "prompt=x", "--ca-file", "list.json"], "--ca-file list.json"),
        (["jules", "prompt=x", "--request-timeout", "soon"], "argument --request-timeout"),
        (["jules", "prompt=x", "--request-timeout", "nan"], "argument --request-timeout"),
        (["jules", "prompt=x", "--tokenenv", "X"], "unrecognized arguments"),
    ],
)
def test_bad_input_is_named_before_anything_is_sent(shell, words, told) -> None:
    machine, service = shell()
    (machine.folder / "binary").write_bytes(b"\xff\xfe\x00")
    (machine.folder / "list.json").write_text("[1]")
    (machine.folder / "lines.jsonl").write_text('{"prompt": "a"}\n\n{"title": "no prompt"}\n')
    ran = machine.run("create", *words)
    assert ran.code == 2, ran.err
    assert told in " ".join(ran.err.split())
    assert ran.out == ""
    assert service.counts()["requests"] == 0


def test_an_id_alone_needs_its_service(shell) -> None:
    machine, service = shell()
    ref = service.create()
    assert machine.run("status", "--service", "jules", ref.partition(":")[2]).code == 0
    ran = machine.run("status", ref.partition(":")[2])
    assert (ran.code, "--service" in ran.err) == (2, True)
    assert "did you mean 'jules'" in machine.run("status", "jule:1").err


@pytest.mark.parametrize("ref", ["jules:", ":1", "", "jules:..", "jules:."])
def test_what_is_no_ref_is_never_asked_for(shell, ref) -> None:
    machine, service = shell()
    assert machine.run("status", ref).code == 2
    assert service.counts()["requests"] == 0


def test_the_inputs_of_an_act_are_checked_too(shell) -> None:
    machine, service = shell(duration=30)
    ref = service.create()
    asked = service.counts()["requests"]
    assert "missing input 'prompt'" in machine.run("act", ref, "send_message").err
    assert "takes no inputs" in machine.run("act", ref, "archive", "now=true").err
    assert service.counts()["requests"] == asked
    assert machine.run("act", ref, "send_message", "prompt=Use pytest").code == 0
    assert service.counts()["acts"] == 1


# ---- many creates


def test_each_line_becomes_a_task_in_the_order_of_the_lines(shell) -> None:
    machine, service = shell()
    lines = "".join(json.dumps({"prompt": f"task {number}"}) + "\n" for number in range(12))
    ran = machine.run("create", "jules", "--each", "-", "--json", "source=github/acme/widget", stdin=lines)
    assert ran.code == 0, ran.err
    assert [(one["line"], one["title"]) for one in ran.documents] == [(n + 1, f"task {n}") for n in range(12)]
    assert service.counts()["committed"] == 12


def test_the_same_key_gives_back_the_same_task(shell) -> None:
    machine, service = shell()
    command = ("create", "jules", "prompt=nightly", "--key", "2026-11-22")
    first, second = machine.run(*command), machine.run(*command)
    assert first.out == second.out
    assert service.counts()["committed"] == 1
    other = machine.run("create", "jules", "prompt=other", "--key", "2026-11-22")
    assert (other.code, "used with other inputs" in other.err) == (2, True)


def test_with_a_key_a_second_run_of_a_file_creates_only_what_is_missing(shell) -> None:
    machine, service = shell()
    first = machine.run("create", "jules", "--each", "-", "--key", "k", stdin='{"prompt": "a"}\n')
    both = machine.run("create", "jules", "--each", "-", "--key", "k", stdin='{"prompt": "a"}\n{"prompt": "b"}\n')
    assert both.out.splitlines()[0] == first.out.strip()
    assert service.counts()["committed"] == 2


def test_what_one_line_met_the_next_ones_are_spared(machine, jules) -> None:
    service = jules()
    lines = '{"prompt": "x"}\n' * 40
    ran = machine.at(service.base_url, ACCEPTED_JULES_TOKEN="bad-key").run(
        "create", "jules", "--each", "-", stdin=lines
    )
    assert ran.code == 7
    assert service.counts()["creates"] <= 5  # those that were under way at once
    assert "of 40 lines were not sent" in ran.err


def test_a_task_of_run_each_is_waited_for(toy) -> None:
    machine, _ = toy("half")
    ran = machine.run("run", "toy:contract", "--each", "-", "--json", stdin='{"name": "a"}\n{"name": "b"}\n')
    assert sorted(one["id"] for one in ran.documents) == ["1", "2"]
    assert ran.code == 3


# ---- without a process


def test_a_name_is_needed() -> None:
    for word in ("=x", ":=1"):
        with pytest.raises(BadRequest):
            gather([word], None, None)
