"""`accepted lint --fix`, `--diff` and `--overlay` as a user runs them."""

import json
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
    assert "7 findings mended: openapi.yaml" in mended.err
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
        (("openapi.yaml", "--fix", "--diff"), 2),
        (("-", "--fix"), 2),
        (("openapi.yaml", "other.yaml", "--fix", "--overlay", "o.yaml"), 2),
        (("openapi.yaml", "--fix", "--overlay", "no/such/folder/o.yaml"), 3),
        (("none.yaml", "openapi.yaml", "--diff"), 3),
    ],
)
def test_what_cannot_be_done_is_refused_and_nothing_is_written(machine, words, code) -> None:
    names = ["openapi.yaml", "other.yaml"]
    for name in names:
        (machine.folder / name).write_text(BAD.text, encoding="utf-8")
    assert machine.run("lint", *words).code == code
    assert sorted(path.name for path in machine.folder.glob("*.yaml")) == names
    assert (machine.folder / "openapi.yaml").read_text(encoding="utf-8") == BAD.text
