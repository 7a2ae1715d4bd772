"""`accepted lint --fix`, `--diff` and `--overlay` as a user runs them."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from accepted.documents.source import load
from accepted.lint.run import run

BAD = load(Path(__file__).parents[1] / "lint" / "bad_202.yaml")


def test_the_command_shows_mends_and_overlays(machine) -> None:
    path = machine.folder / "openapi.yaml"
    path.write_text(BAD.text, encoding="utf-8")
    shown = machine.run("lint", "openapi.yaml", "--diff")
    assert (shown.code, path.read_text(encoding="utf-8")) == (1, BAD.text)
    assert "+      tags: [Renders, Async Request-Reply]" in shown.out
    overlaid = machine.run("lint", "openapi.yaml", "--fix", "--overlay", "overlay.json", "--fail-on", "never")
    assert (overlaid.code, path.read_text(encoding="utf-8")) == (0, BAD.text)
    mended = machine.run("lint", "openapi.yaml", "--fix", "--json", "--fail-on", "never")
    assert mended.code == 0, mended.err
    assert "6 findings mended: openapi.yaml" in mended.err
    assert len(json.loads(mended.out)["findings"]) == len(run([str(path)]).findings)
    overlay = json.loads((machine.folder / "overlay.json").read_text())
    assert overlay["overlay"] == "1.0.0"
    assert {"target": "$.paths['/renders'].post.tags", "update": "Async Request-Reply"} in overlay["actions"]
    assert machine.run("lint", "openapi.yaml", "--diff").code == 0


def test_stdin_is_shown_and_overlaid(machine) -> None:
    shown = machine.run("lint", "-", "--stdin-name", "openapi.yaml", "--diff", stdin=BAD.text)
    assert (shown.code, shown.out.startswith("--- a/openapi.yaml")) == (1, True)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("openapi.yaml", "--overlay", "o.yaml"), 2),
        (("-", "--fix"), 2),
        (("openapi.yaml", "other.yaml", "--fix", "--overlay", "o.yaml"), 2),
        (("openapi.yaml", "--fix", "--overlay", "no/such/folder/o.yaml"), 3),
        (("openapi.yaml", "--fix", "--overlay", "openapi.yaml"), 2),
        (("openapi.yaml", "--fix", "--overlay", "./other.yaml"), 2),
        (("openapi.yaml", "--fix", "--overlay", "notes.json"), 2),
        (("openapi.yaml", "--fix", "--overlay", "o.txt"), 2),
        (("openapi.yaml", "--fix", "--diff", "--overlay", "o.yaml"), 2),
        (("client.py", "--fix", "--overlay", "o.yaml"), 2),
        (("openapi.yaml", "--fix", "--operations"), 2),
        (("openapi.yaml", "--diff", "--operations"), 2),
        (("openapi.yaml", "--diff", "--json"), 2),
        (("openapi.yaml", "--diff", "--format", "sarif"), 2),
        (("openapi.yaml", "--diff", "--write-baseline"), 2),
        (("none.yaml", "openapi.yaml", "--diff"), 3),
    ],
)
def test_what_cannot_be_done_is_refused_and_nothing_is_written(machine, words, code) -> None:
    there = {"openapi.yaml": BAD.text, "other.yaml": BAD.text, "client.py": CLIENT, "notes.json": '{"mine": 1}'}
    for name, text in there.items():
        (machine.folder / name).write_text(text, encoding="utf-8")
    ran = machine.run("lint", *words)
    assert ran.code == code
    assert "--fix" in ran.err or "--diff" in ran.err or code == 3
    assert {path.name: path.read_text(encoding="utf-8") for path in machine.folder.glob("*.*")} == there


CLIENT = '''\
"""Reports."""


def create_task(title):
    """Create a report."""


def poll_task(task_id, timeout=60):
    """Wait."""
'''


def test_an_overlay_may_be_written_anew(machine) -> None:
    (machine.folder / "openapi.yaml").write_text(BAD.text, encoding="utf-8")
    words = ("lint", "openapi.yaml", "--fix", "--overlay", "o.yaml", "--fail-on", "never")
    assert [machine.run(*words).code for _ in range(2)] == [0, 0]


def test_beside_an_overlay_places_are_those_of_the_file_on_disk(machine) -> None:
    (machine.folder / "openapi.yaml").write_text(BAD.text, encoding="utf-8")
    found = json.loads(machine.run("lint", "openapi.yaml", "--json", "--fail-on", "never").out)["findings"]
    words = ("--fix", "--overlay", "o.yaml", "--json", "--fail-on", "never")
    left = json.loads(machine.run("lint", "openapi.yaml", *words).out)["findings"]
    assert 0 < len(left) < len(found)
    assert all({**one, "fixable": False} in [{**other, "fixable": False} for other in found] for one in left)


def test_fix_with_diff_is_diff(machine) -> None:
    path = machine.folder / "openapi.yaml"
    path.write_text(BAD.text, encoding="utf-8")
    alone = machine.run("lint", "openapi.yaml", "--diff")
    both = machine.run("lint", "openapi.yaml", "--fix", "--diff")
    assert (both.code, both.out, path.read_text(encoding="utf-8")) == (1, alone.out, BAD.text)


AWKWARD = {
    "CRLF": ("openapi.yaml", BAD.text.replace("\n", "\r\n")),
    "a mark": ("openapi.yaml", "\ufeff" + BAD.text),
    "a line separator": ("openapi.json", json.dumps({**BAD.data, "x-said": "a\u2028b"}, indent=1, ensure_ascii=False)),
    "no end": ("openapi.yaml", BAD.text.rstrip("\n")),
    "a form feed": ("client.py", CLIENT.replace("\n\n\n", "\n\n\f\n")),
    "code with CRLF": ("client.py", CLIENT.replace("\n", "\r\n")),
    "a space in its name": ("my client.py", CLIENT),
}


@pytest.mark.skipif(shutil.which("git") is None, reason="git applies the patch")
@pytest.mark.parametrize("absolute", [False, True])
@pytest.mark.parametrize(("name", "text"), AWKWARD.values(), ids=AWKWARD)
def test_a_diff_is_a_patch_that_applies(machine, name, text, absolute) -> None:
    path = machine.folder / name
    path.write_bytes(text.encode())
    ran = machine.run("lint", str(path) if absolute else name, "--diff")
    assert ran.code == 1
    git = ("git", "-c", "core.autocrlf=false", "apply", "--whitespace=nowarn", "-")
    subprocess.run(git, input=ran.out.encode(), cwd=machine.folder, check=True)
    assert machine.run("lint", name, "--diff").code == 0


def test_what_is_left_for_want_of_a_fact_is_told_in_one_line(machine) -> None:
    (machine.folder / "client.py").write_text(CLIENT)
    told = machine.run("lint", "client.py", "--select", "FN201,FN203,FN204", "--diff").err
    assert "not mended, for want of a written fact, or of a docstring in triple quotes: FN203 (1), FN204 (2)" in told
    (machine.folder / "client.ex").write_text(ELIXIR)
    told = machine.run("lint", "client.ex", "--select", "FN201", "--diff").err
    assert "docstring in triple quotes: FN201 (2)" in told


ELIXIR = """\
defmodule Acme.Reports do
  @doc "Create a report."
  def create_task(title), do: send(title)

  @doc "Wait."
  def poll_task(task_id), do: wait(task_id)
end
"""

HIDING = CLIENT.replace('"""Reports."""', '"""Reports.\n\n    >>> a = (\n"""')


def test_a_fix_that_would_not_be_seen_says_so_in_plain_words(machine) -> None:
    (machine.folder / "client.py").write_text(HIDING)
    told = machine.run("lint", "client.py", "--select", "MD108", "--diff").err
    assert "MD108 not mended: what stands there already hides what would be added" in told


def test_what_nothing_proves_is_to_be_checked(machine) -> None:
    text = f"{BAD.text}\n  headers:\n    Retry-After: {{schema: {{type: integer}}}}\n"
    (machine.folder / "openapi.yaml").write_text(text, encoding="utf-8")
    told = machine.run("lint", "openapi.yaml", "--select", "OA504", "--diff").err
    assert "check that your service does this: it sends `Retry-After` with the 202 (createRender)" in told
