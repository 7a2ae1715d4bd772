"""A project accepts what it has, and hears of what is new."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from accepted.lint import baseline
from accepted.lint.config import BadConfig
from accepted.lint.run import accept, without_known

OTHER = """\
  /others:
    post:
      operationId: createOther
      responses: {"202": {description: Accepted}}
"""
SELECT = "select = ['OA521']"
PLACE = Path("known.json")


def test_what_is_known_is_left_out_wherever_it_moves(lint, bare) -> None:
    report = lint({"openapi.yaml": bare}, SELECT)
    assert baseline.write(PLACE, report.findings, report.config) == 1
    moved = "\n\n# a comment\n" + bare.replace("/reports:\n", "/reports:\n    summary: Reports\n")
    again = without_known(lint({"openapi.yaml": moved}, SELECT), PLACE)
    assert (again.findings, again.accepted, again.stale) == ((), 1, 0)


def test_what_is_new_is_told_and_what_is_gone_is_counted(lint, bare) -> None:
    report = lint({"openapi.yaml": bare}, SELECT)
    baseline.write(PLACE, report.findings, report.config)
    more = without_known(lint({"openapi.yaml": bare + OTHER}, SELECT), PLACE)
    assert [one.operation for one in more.findings] == ["createOther"]
    assert (more.accepted, more.stale) == (1, 0)
    other = without_known(lint({"openapi.yaml": bare.replace("createReport", "makeReport")}, SELECT), PLACE)
    assert [one.operation for one in other.findings] == ["makeReport"]
    assert (other.accepted, other.stale) == (0, 1)


def test_each_is_accepted_as_often_as_it_was_there(lint, bare) -> None:
    report = lint({"openapi.yaml": bare}, SELECT)
    (one,) = report.findings
    baseline.write(PLACE, [one, one], report.config)
    thrice = replace(report, findings=(one, one, one))
    assert len(without_known(thrice, PLACE).findings) == 1


def test_the_file_is_sorted_and_has_no_lines(lint, bare) -> None:
    report = lint({"b.yaml": bare, "a.yaml": bare + OTHER}, SELECT)
    baseline.write(PLACE, report.findings, report.config)
    rows = json.loads(PLACE.read_text())["findings"]
    assert [(row["path"], row["operation"]) for row in rows] == [
        ("a.yaml", "createOther"),
        ("a.yaml", "createReport"),
        ("b.yaml", "createReport"),
    ]
    assert rows[0] == {
        "path": "a.yaml",
        "rule": "OA521",
        "severity": "error",
        "operation": "createOther",
        "pointer": "/paths/~1others/post",
        "message": "no operation returns the status of ...; add one, or say that there is no status to poll",
        "count": 1,
    }


POLL = """
  /reports/{id}:
    get:
      operationId: getReport
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses:
        "200":
          description: The report
          content: {application/json: {schema: {properties: %s}}}
"""


def test_a_graver_finding_of_the_same_rule_and_place_is_new(lint, bare) -> None:
    config = "select = ['OA506']\nconfirm = {createReport = 'create', getReport = 'poll'}"
    milder = bare + POLL % "{status: {enum: [queued, running, completed]}}"
    graver = bare + POLL % "{title: {type: string}}"
    before = lint({"openapi.yaml": milder}, config)
    baseline.write(PLACE, before.findings, before.config)
    after = without_known(lint({"openapi.yaml": graver}, config), PLACE)
    assert {str(one.severity) for one in before.findings} == {"warning"}
    assert [str(one.severity) for one in after.findings] == ["error"]
    assert after.stale == len(before.findings)


CREATE = '"""Reports."""\n\n\ndef create_task(title):\n    """%s"""\n\n\ndef poll_task(task_id, timeout=60): ...\n'


def test_another_message_of_the_same_rule_and_function_is_new(lint) -> None:
    config = "select = ['FN203']\nper-operation-ignores = {poll_task = ['FN203']}"
    before = lint({"x.py": CREATE % "Create a report."}, config)
    baseline.write(PLACE, before.findings, before.config)
    after = without_known(lint({"x.py": CREATE % "Create a report; blocks until it is done."}, config), PLACE)
    assert len(before.findings) == len(after.findings) == 1
    assert before.findings[0].message != after.findings[0].message


def test_what_is_half_mended_is_still_known(lint, bare) -> None:
    config = "select = ['OA519']"
    before = lint({"x.yaml": bare}, config)
    baseline.write(PLACE, before.findings, before.config)
    half = bare.replace("Accepted}", 'Accepted}, "400": {description: Wrong}')
    after = lint({"x.yaml": half}, config)
    assert after.findings[0].message != before.findings[0].message
    assert without_known(after, PLACE).findings == ()


# ---- a run over a part


def test_what_was_not_looked_at_is_kept_and_not_called_gone(lint, bare) -> None:
    files = {"a.yaml": bare, "b.yaml": bare + OTHER}
    assert accept(lint(files, SELECT), PLACE) == 3
    part = without_known(lint({}, SELECT, given=["a.yaml"]), PLACE)
    assert (part.findings, part.accepted, part.stale) == ((), 1, 0)
    other = lint({}, "select = ['OA524']", given=["."])
    assert without_known(other, PLACE).stale == 0
    assert accept(other, PLACE) == 3 + len(other.findings)
    assert accept(lint({"b.yaml": bare}, SELECT, given=["b.yaml"]), PLACE) == 2 + len(other.findings)


def test_what_is_gone_with_its_file_is_gone(lint, bare) -> None:
    accept(lint({"a.yaml": bare, "b.yaml": bare}, SELECT), PLACE)
    Path("b.yaml").unlink()
    part = lint({}, SELECT, given=["a.yaml"])
    assert without_known(part, PLACE).stale == 1
    assert accept(part, PLACE) == 1


def test_what_is_mended_in_a_file_that_a_document_refers_to_is_gone(lint, bare) -> None:
    head, _, item = bare.partition("  /reports:\n")
    whole, part = head + "  /reports: {$ref: parts/reports.yaml}\n", "\n".join(one[4:] for one in item.splitlines())
    accept(lint({"api.yaml": whole, "parts/reports.yaml": part}, SELECT, given=["api.yaml"]), PLACE)
    mended = part.replace("202", "200").replace("post", "get")
    assert without_known(lint({"parts/reports.yaml": mended}, SELECT, given=["api.yaml"]), PLACE).stale == 1


@pytest.mark.parametrize("way", ["../api", "link/api", "sub/../api"])
def test_a_file_is_known_however_it_is_named(lint, bare, tmp_path, monkeypatch, way) -> None:
    accept(lint({"api/openapi.yaml": bare, "sub/x.py": ""}, SELECT, given=["api"]), PLACE)
    (tmp_path / "link").symlink_to(tmp_path, target_is_directory=True)
    monkeypatch.chdir(tmp_path / "sub" if way.startswith("..") else tmp_path)
    assert without_known(lint({}, SELECT, given=[way]), tmp_path / PLACE).findings == ()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ('{"version": 99, "findings": []}', "version 99"),
        ('{"version": 1, "findings": [{ROW, "count": "x"}]}', "is no baseline"),
        ('{"version": 1, "findings": [{ROW, "count": 0}]}', "is no baseline"),
        ('{"version": 1, "findings": [{ROW, "count": true}]}', "is no baseline"),
        ('{"findings": []}', "is no baseline"),
    ],
)
def test_what_is_no_baseline_of_this_version_is_refused_and_left_as_it_is(lint, content, why) -> None:
    fields = ("path", "rule", "severity", "operation", "pointer", "message")
    text = content.replace("ROW", ", ".join(f'"{name}": ""' for name in fields))
    PLACE.write_text(text)
    for act in (without_known, accept):
        with pytest.raises(BadConfig, match=why):
            act(lint({}), PLACE)
    assert PLACE.read_text() == text


@pytest.mark.parametrize("content", [None, "[]", "{}", '{"findings": [{}]}', '{"findings": 1}', "[" * 100_000, b"\xff"])
def test_one_that_is_none_is_an_error(lint, content) -> None:
    report = lint({})
    if content is not None:
        PLACE.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(BadConfig, match="--write-baseline makes one"):
        without_known(report, PLACE)
