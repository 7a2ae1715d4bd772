"""`accepted lint` as a user runs it: what it prints where, and its exit code."""

import json
from pathlib import Path

import pytest

BARE = """\
openapi: 3.1.0
info: {title: Reports, version: "1"}
paths:
  /reports:
    post:
      operationId: createReport
      responses: {"202": {description: Accepted}}
"""
ONE = ("--select", "OA521")


@pytest.fixture
def document(machine) -> Path:
    path = machine.folder / "openapi.yaml"
    path.write_text(BARE)
    return path


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("openapi.yaml", *ONE), 1),
        (("openapi.yaml", "--select", "MD"), 0),
        (("openapi.yaml", "--ignore", "OA"), 0),
        (("openapi.yaml", *ONE, "--fail-on", "never"), 0),
        (("openapi.yaml", "--select", "OA524,OA521", "--ignore", "OA521", "--fail-on", "information"), 0),
        ((".", *ONE), 1),
        ((), 2),  # no file
        (("openapi.yaml", "--select", "OA9"), 2),
        (("openapi.yaml", "--format", "xml"), 2),
        (("openapi.yaml", "--operations", "--format", "sarif"), 2),
        (("notes.md",), 3),
        (("notes.md", "--skip-others"), 0),
        (("--explain", "OA9"), 2),
        (("openapi.yaml", "--config", "none.toml"), 2),
        (("openapi.yaml", "--baseline", "none.json"), 2),
        (("none.yaml",), 3),
        (("package.json",), 3),
        (("package.json", "--skip-others"), 0),
        (("broken.yaml", "openapi.yaml", *ONE), 3),  # what could not be read is more urgent than what was found
    ],
)
@pytest.mark.usefixtures("document")
def test_exit_code(machine, words, code) -> None:
    (machine.folder / "package.json").write_text("{}")
    (machine.folder / "notes.md").write_text("notes")
    (machine.folder / "broken.yaml").write_text("openapi: [" if "broken.yaml" in words else "a: 1")
    ran = machine.run("lint", *words)
    assert ran.code == code, ran.out + ran.err


@pytest.mark.parametrize(
    ("severity", "codes"), [("error", (1, 1, 1)), ("warning", (0, 1, 1)), ("information", (0, 0, 1))]
)
def test_fail_on_is_as_grave_or_graver(machine, document, severity, codes) -> None:
    (machine.folder / "accepted.toml").write_text(f"[lint]\nselect = ['OA521']\nseverity.OA521 = '{severity}'\n")
    wanted = ("error", "warning", "information")
    assert tuple(machine.run("lint", str(document), "--fail-on", one).code for one in wanted) == codes


def test_it_is_found_in_a_process_of_its_own(machine, document) -> None:
    ran = machine.spawn("lint", str(document), *ONE)
    assert ran.code == 1
    assert f"{document}:5:5: error OA521 no-poll: no operation returns the status of `createReport`" in ran.out


def test_stdin_is_read_under_its_name(machine) -> None:
    ran = machine.run("lint", "-", *ONE, stdin=BARE)
    assert ran.code == 1
    assert "<stdin>:5:5: error OA521" in ran.out
    ran = machine.run("lint", "-", "--stdin-name", "api.py", stdin=BARE)
    assert ran.code == 3
    assert "api.py" in ran.out


@pytest.mark.usefixtures("document")
def test_json_is_one_document_and_nothing_else_on_stdout(machine) -> None:
    assert machine.run("lint", ".", *ONE, "--json").document["summary"]["error"] == 1
    assert (
        machine.run("lint", ".", *ONE, "--format", "json").document == machine.run("lint", ".", *ONE, "--json").document
    )


@pytest.mark.usefixtures("document")
def test_operations_are_told_with_role_tier_pair_and_why(machine) -> None:
    (row,) = machine.run("lint", "--operations", "--json", "openapi.yaml").document
    assert row.pop("why")
    assert row == {
        "file": "openapi.yaml",
        "method": "POST",
        "path": "/reports",
        "operation_id": "createReport",
        "role": "create",
        "tier": "A",
        "pair": None,
    }
    shown = machine.run("lint", "--operations", "openapi.yaml")
    assert (shown.code, shown.out.split()[:6]) == (0, ["ROLE", "TIER", "OPERATION", "NAME", "PAIR", "WHY"])
    assert "POST /reports" in shown.out
    failed = machine.run("lint", "--operations", "--json", "none.yaml")
    assert (failed.code, failed.document) == (3, [])
    assert "none.yaml" in failed.err


@pytest.mark.usefixtures("document")
def test_a_baseline_is_written_and_then_counts(machine) -> None:
    wrote = machine.run("lint", ".", *ONE, "--write-baseline")
    assert (wrote.code, wrote.out) == (0, "")
    assert "1 finding written to" in wrote.err
    (machine.folder / "accepted.toml").write_text("[lint]\nbaseline = 'accepted-baseline.json'\n")
    ran = machine.run("lint", ".", *ONE)
    assert (ran.code, ran.out) == (0, "no findings in 1 file; 1 more in the baseline\n")
    other = machine.run("lint", ".", *ONE, "--baseline", "other.json", "--write-baseline")
    assert other.code == 0
    assert json.loads((machine.folder / "other.json").read_text())["findings"]


@pytest.mark.usefixtures("document")
def test_a_baseline_keeps_what_a_part_of_the_files_cannot_tell(machine) -> None:
    (machine.folder / "accepted.toml").write_text("[lint]\nbaseline = 'known.json'\n")
    (machine.folder / "other.yaml").write_text(BARE)
    machine.run("lint", "openapi.yaml", *ONE, "--write-baseline")
    wrote = machine.run("lint", "other.yaml", *ONE, "--write-baseline")
    assert wrote.err.endswith("known.json, beside 1 of files and rules that were not looked at\n")
    assert machine.run("lint", "openapi.yaml", *ONE).out == "no findings in 1 file; 1 more in the baseline\n"
    assert machine.run("lint", ".", *ONE).out == "no findings in 2 files; 2 more in the baseline\n"


@pytest.mark.usefixtures("document")
def test_what_is_selected_on_the_command_line_beats_what_the_file_ignores(machine) -> None:
    (machine.folder / "accepted.toml").write_text("[lint]\nignore = ['OA5']\n")
    assert machine.run("lint", ".").code == 0
    assert machine.run("lint", ".", *ONE).code == 1
    assert machine.run("lint", ".", *ONE, "--ignore", "no-poll").code == 0


@pytest.mark.usefixtures("document")
def test_an_unknown_rule_is_told_with_the_file_that_names_it(machine) -> None:
    (machine.folder / "accepted.toml").write_text("[lint]\nignore = ['OA999']\n")
    assert f"{machine.folder / 'accepted.toml'}: ignore: no rule 'OA999'" in machine.run("lint", ".").err
    assert machine.run("lint", ".", "--select", "OA998").err.startswith("accepted: no rule 'OA998'")


@pytest.mark.usefixtures("document")
def test_names_of_the_configuration_that_mean_nothing_are_told_unless_others_chose_the_files(machine) -> None:
    (machine.folder / "accepted.toml").write_text("[lint]\ndismiss = ['createReprot', 'xyz']\n")
    assert machine.run("lint", ".", *ONE).err.count("nothing that was linted is called") == 2
    near = machine.run("lint", "openapi.yaml", *ONE).err
    assert near.endswith("dismiss: nothing that was linted is called 'createReprot'; did you mean 'createReport'?\n")
    assert near.count("\n") == 1
    assert machine.run("lint", "openapi.yaml", *ONE, "--skip-others").err == ""
    assert machine.run("lint", "-", *ONE, stdin=BARE).err == ""


def test_operations_of_what_has_none_are_told_to_be_none(machine) -> None:
    (machine.folder / "x.py").write_text("x = 1\n")
    ran = machine.run("lint", "--operations", "x.py")
    assert (ran.code, ran.out) == (0, "")
    assert "only OpenAPI documents are searched" in ran.err


@pytest.mark.parametrize("name", ["OA521", "oa521", "no-poll"])
def test_a_rule_is_explained(machine, name) -> None:
    told = machine.run("lint", "--explain", name).out
    head = ("# OA521 no-poll", "No operation tells what became of the task.", "Severity: error; an author is needed.")
    assert told.startswith("\n\n".join((*head, "## What it does\n")))
    assert "```yaml" in told


def test_an_unknown_rule_is_named_with_the_nearest(machine) -> None:
    assert "no rule 'no-pol'; did you mean 'no-poll'?" in machine.run("lint", "--explain", "no-pol").err


@pytest.mark.usefixtures("document")
def test_configuration_is_that_of_the_folder_or_the_named_file(machine) -> None:
    (machine.folder / "pyproject.toml").write_text("[tool.accepted.lint]\nselect = ['OA521']\nignore = ['no-poll']\n")
    assert machine.run("lint", ".").code == 0
    (machine.folder / "other.toml").write_text("[lint]\nselect = ['OA521']\n")
    assert machine.run("lint", ".", "--config", "other.toml").code == 1
    (machine.folder / "pyproject.toml").write_text("[tool.accepted.lint]\nprofle = 'aip'\n")
    ran = machine.run("lint", ".")
    assert ran.code == 2
    assert "no setting 'profle'; did you mean 'profile'?" in ran.err


def test_what_a_document_says_cannot_move_the_cursor(machine) -> None:
    document = BARE.replace("createReport", '"create\\e[2JReport"')
    ran = machine.run("lint", "-", *ONE, stdin=document)
    assert "create" in ran.out
    assert "\x1b" not in ran.out


def test_a_file_of_every_kind_is_bounded(machine) -> None:
    (machine.folder / "deep.json").write_text('{"openapi":' + "[" * 100_000)
    (machine.folder / "laughs.yaml").write_text(
        "openapi: &a0 [x]\n" + "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 9))
    )
    (machine.folder / "deep.py").write_text("x = " + "(" * 100_000)
    (machine.folder / "wide.json").write_bytes('{"openapi": 1}'.encode("utf-16"))
    (machine.folder / "circle.yaml").write_text("openapi: 3.1.0\npaths: &p {/a: *p}\n")
    for name in ("deep.json", "laughs.yaml", "deep.py", "wide.json", "circle.yaml"):
        ran = machine.run("lint", name)
        assert ran.code == 3, name
        assert f"{name}" in ran.out


def test_references_in_circles_end(machine) -> None:
    circles = """\
openapi: 3.1.0
info: {title: x, version: "1"}
paths:
  /a: {$ref: "#/paths/~1b"}
  /b: {$ref: "#/paths/~1a"}
  /c:
    post:
      operationId: createC
      requestBody: {$ref: "#/components/requestBodies/A"}
      responses:
        "202": {description: x, content: {application/json: {schema: {$ref: "#/components/schemas/A"}}}}
components:
  requestBodies:
    A: {$ref: "#/components/requestBodies/A"}
  schemas:
    A: {allOf: [{$ref: "#/components/schemas/B"}], properties: {a: {$ref: "#/components/schemas/A"}}}
    B: {anyOf: [{$ref: "#/components/schemas/A"}, {$ref: "nowhere.yaml#/x"}]}
"""
    (machine.folder / "x.yaml").write_text(circles)
    assert machine.run("lint", "x.yaml").code in {0, 1}
