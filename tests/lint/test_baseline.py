"""A project accepts what it has, and hears of what is new."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from accepted.lint import baseline
from accepted.lint.config import BadConfig
from accepted.lint.run import without_known

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
        "operation": "createOther",
        "pointer": "/paths/~1others/post",
        "count": 1,
    }


@pytest.mark.parametrize("content", [None, "[]", "{}", '{"findings": [{}]}', '{"findings": 1}', "[" * 100_000, b"\xff"])
def test_one_that_is_none_is_an_error(lint, content) -> None:
    report = lint({})
    if content is not None:
        PLACE.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(BadConfig, match="--write-baseline makes one"):
        without_known(report, PLACE)
