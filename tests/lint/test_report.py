"""Every format says what was found, and nothing in a document can break out of it."""

import json
import re
from pathlib import Path

import jsonschema_rs
import pytest

from accepted.documents.source import load
from accepted.lint.report import FORMATS, render
from accepted.lint.report import sarif as sarif_format
from accepted.lint.report.text import excerpt
from accepted.lint.rule import Finding, find
from accepted.lint.run import Report
from accepted.lint.severity import Severity

HERE = Path(__file__).parent
BAD = (HERE / "bad_202.yaml").read_text(encoding="utf-8")
SCHEMA = json.loads((HERE / "sarif" / "sarif-2.1.0.json").read_text(encoding="utf-8"))
NASTY = "a|b `c`\n::error::x\r%0A <b>, [d](e): \x1b[31m\u202e"


@pytest.fixture
def report(lint, bare) -> Report:
    """Findings of every severity, in files of ordinary and odd names, and a file that cannot be read."""
    twice = bare.replace("paths:", "paths:\n  /reports: {}")
    return lint(
        {"api/openapi.yaml": twice, "broken.yaml": "a: [}", "x, y:%é.yaml": twice}, "select = ['OA521', 'LN003']"
    )


@pytest.fixture
def nasty(report) -> Report:
    """The same with texts that mean something to the formats."""
    odd = [
        Finding(
            rule=one.rule,
            severity=one.severity,
            source=one.source,
            place=one.place,
            pointer=one.pointer,
            message=NASTY,
            operation=NASTY,
            pair=NASTY,
        )
        for one in report.findings
    ]
    return Report(
        config=report.config,
        findings=tuple(odd),
        failures=report.failures,
        operations=(),
        rules=report.rules,
        sources=report.sources,
    )


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_tells_every_finding_and_failure(report, form) -> None:
    text = render(report, form)
    assert text.endswith("\n")
    assert len(report.findings) == 4
    for one in report.findings:
        assert one.rule.id in text
    assert "not YAML" in text


@pytest.mark.parametrize("form", FORMATS)
def test_a_report_of_nothing_is_a_report(lint, form) -> None:
    text = render(lint({}), form)
    assert text == "" if form == "github" else text.endswith("\n")


# ---- text


def excerpts(text: str, start: int, end: int) -> list[str]:
    source = load("x.py", text)
    rule = find("OA521")
    assert rule
    place = source.at(start, end)
    return list(
        excerpt(Finding(rule=rule, severity=rule.severity, source=source, place=place, pointer="", message="x"))
    )


def test_text_shows_the_line_with_carets_below_the_place(report) -> None:
    shown = render(report, "text").splitlines()
    assert shown[0].startswith("api/openapi.yaml:5:3: warning LN003 duplicate-name: '/reports' stands more than once")
    assert shown[1:4] == ["   5 |   /reports:", "     |   ^^^^^^^^", "     = accepted lint --explain LN003"]
    assert "     = accepted lint --explain OA521" in shown
    assert shown[-1] == "4 findings (2 errors, 2 warnings) in 2 files; 1 file not read"


@pytest.mark.parametrize(
    ("text", "start", "end", "line", "carets"),
    [
        ("ab cd", 3, 5, "ab cd", "   ^^"),
        ("ab cd\nef", 3, 8, "ab cd", "   ^^"),  # to the end of the first line
        ("\tab", 1, 3, "\tab", "\t^^"),
        ("日本 ab", 3, 5, "日本 ab", "     ^^"),  # letters that are two wide
        ("ab", 2, 2, "ab", "  ^"),
        ("x" * 300 + "ab" + "y" * 300, 300, 302, "..." + "x" * 40 + "ab" + "y" * 68 + "...", " " * 43 + "^^"),
        ("ab" + "y" * 300, 0, 302, "ab" + "y" * 108 + "...", "^" * 110),
    ],
)
def test_an_excerpt(text, start, end, line, carets) -> None:
    shown, below = excerpts(text, start, end)
    assert shown == f"   1 | {line}"
    assert below == f"     | {carets}"


def test_an_empty_line_has_no_excerpt() -> None:
    assert excerpts("\nx", 0, 0) == []


# ---- JSON


def test_json_is_one_document_with_all_there_is(report) -> None:
    document = json.loads(render(report, "json"))
    assert document["version"] == 1
    assert document["summary"] == {"files": 2, "error": 2, "warning": 2, "information": 0, "baseline": 0, "stale": 0}
    assert [one["why"] for one in document["failures"]] == ["not YAML: did not find expected node content"]
    found = next(one for one in document["findings"] if one["rule"] == "OA521")
    assert found == {
        "rule": "OA521",
        "alias": "no-poll",
        "severity": "error",
        "path": "api/openapi.yaml",
        "line": 6,
        "column": 5,
        "end_line": 6,
        "end_column": 9,
        "pointer": "/paths/~1reports/post",
        "operation": "createReport",
        "pair": "",
        "message": "no operation returns the status of `createReport`; add one, or say that there is no status to poll",
        "fixable": False,
        "page": "urn:accepted:rule:OA521",
    }


# ---- SARIF


def valid(text: str) -> dict:
    document = json.loads(text)
    jsonschema_rs.validator_for(SCHEMA, validate_formats=True).validate(document)
    return document["runs"][0]


def test_sarif_is_valid_by_its_schema_whatever_a_document_says(report, nasty, lint) -> None:
    for one in (report, nasty, lint({})):
        valid(render(one, "sarif"))


def test_sarif_tells_places_levels_and_what_could_not_be_read(report) -> None:
    run = valid(render(report, "sarif"))
    result = next(one for one in run["results"] if one["ruleId"] == "OA521")
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == "OA521"
    assert result["level"] == "error"
    location = result["locations"][0]["physicalLocation"]
    assert location["artifactLocation"]["uri"] == "api/openapi.yaml"
    assert (location["region"]["startLine"], location["region"]["startColumn"]) == (6, 5)
    assert {one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for one in run["results"]} == {
        "api/openapi.yaml",
        "x%2C%20y%3A%25%C3%A9.yaml",
    }
    (invocation,) = run["invocations"]
    assert not invocation["executionSuccessful"]
    (told,) = invocation["toolExecutionNotifications"]
    assert told["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "broken.yaml"


def test_sarif_knows_a_finding_when_its_line_moves_and_tells_findings_apart(lint, bare) -> None:
    def prints(text: str) -> set[str]:
        run = valid(render(lint({"x.yaml": text}), "sarif"))
        return {one["partialFingerprints"]["accepted/v1"] for one in run["results"]}

    assert prints(bare) == prints(f"# moved\n\n{bare}")
    assert prints(bare).isdisjoint(prints(bare.replace("createReport", "createOther")))


def test_sarif_has_every_rule_with_its_page(lint) -> None:
    (rule,) = valid(render(lint({}, "select = ['OA521']"), "sarif"))["tool"]["driver"]["rules"]
    assert rule["name"] == "NoPoll"
    assert rule["helpUri"] == "urn:accepted:rule:OA521"
    assert "## How to fix" in rule["help"]["markdown"]
    (rule,) = valid(render(lint({}, "select = ['OA521']\npages = 'https://example.org/rules/'"), "sarif"))["tool"][
        "driver"
    ]["rules"]
    assert rule["helpUri"] == "https://example.org/rules/OA521.md"


def test_sarif_of_a_file_outside_of_the_folder_has_an_absolute_address(lint, bare, tmp_path, monkeypatch) -> None:
    lint({"openapi.yaml": bare, "sub/x.py": ""})
    monkeypatch.chdir(tmp_path / "sub")
    for way in (str(tmp_path / "openapi.yaml"), "../openapi.yaml"):
        run = valid(render(lint({}, given=[way]), "sarif"))
        uri = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        assert uri == (tmp_path / "openapi.yaml").as_uri()


def test_a_file_is_the_same_however_it_is_named(lint, bare, tmp_path) -> None:
    lint({"api/openapi.yaml": bare})
    (tmp_path / "link").symlink_to(tmp_path, target_is_directory=True)
    ways = ("api/openapi.yaml", "./api/openapi.yaml", "api/../api/openapi.yaml", str(tmp_path / "api" / "openapi.yaml"))
    for form in ("sarif", "json", "github"):
        assert len({render(lint({}, given=[way]), form) for way in ways}) == 1
    linked = valid(render(lint({}, given=["link/api/openapi.yaml"]), "sarif"))["results"]
    plain = valid(render(lint({}, given=["api"]), "sarif"))["results"]
    prints = [[one["partialFingerprints"] for one in results] for results in (linked, plain)]
    assert prints[0] == prints[1]


def test_sarif_tells_findings_of_one_rule_and_place_apart(lint) -> None:
    results = valid(render(lint({"client.py": CLIENT}), "sarif"))["results"]
    prints = [one["partialFingerprints"]["accepted/v1"] for one in results]
    twice = [one["ruleId"] for one in results]
    assert len({*prints}) == len(prints) > len({*twice})


def test_a_message_begins_with_whom_it_is_about_and_no_report_says_it_again(lint) -> None:
    report = lint({"bad_202.yaml": BAD}, "select = ['OA519']")
    poll = next(one for one in report.findings if "get" in one.operation.lower())
    assert poll.message.startswith(f"`{poll.operation}` (the poll of `{poll.pair}`): it does not declare")
    create = next(one for one in report.findings if one.operation == poll.pair)
    assert create.message.startswith(f"`{create.operation}` (polled by `{create.pair}`): it does not declare")
    for form in FORMATS:
        lines = [line for line in render(report, form).splitlines() if "does not declare" in line]
        assert all(line.count(f"({poll.pair}") + line.count(f"(with {poll.pair}") == 0 for line in lines)


CLIENT = '''\
"""Reports."""


def create_task(title):
    """Create a report."""


def poll_task(task_id, timeout=60):
    """Wait for a report."""
'''


@pytest.mark.parametrize(("name", "text"), [("bad_202.yaml", BAD), ("client.py", CLIENT)])
def test_sarif_has_what_mends_each_finding_by_itself(lint, name, text) -> None:
    results = valid(render(lint({name: text}), "sarif"))["results"]
    mended = [one for one in results if "fixes" in one]
    assert len(mended) >= 6
    for one in mended:
        ((change,),) = (fix["artifactChanges"] for fix in one["fixes"])
        new = text
        for edit in reversed(change["replacements"]):
            start, length = edit["deletedRegion"]["charOffset"], edit["deletedRegion"]["charLength"]
            new = new[:start] + edit["insertedContent"]["text"] + new[start + length :]
        left = valid(render(lint({name: new}), "sarif"))["results"]
        assert (one["ruleId"], one["message"]) not in [(other["ruleId"], other["message"]) for other in left]


def test_sarif_has_no_fix_that_cannot_be_put_in_safely(lint) -> None:
    twice = BAD.replace("paths:\n", "paths: &all\n", 1) + "x-again: *all\n"  # what is added would be there, too
    fixed = [one["ruleId"] for one in valid(render(lint({"a.yaml": twice}), "sarif"))["results"] if "fixes" in one]
    assert fixed == []


def test_the_schema_that_is_named_is_that_of_the_version() -> None:
    assert sarif_format.SCHEMA.endswith("/sarif-schema-2.1.0.json")
    assert SCHEMA["properties"]["version"]["enum"] == ["2.1.0"]


# ---- GitHub

COMMAND = re.compile(r"::(error|warning|notice) ((?:\w+=[^,:\r\n]*)(?:,\w+=[^,:\r\n]*)*)::([^\r\n]*)")


def unescaped(text: str) -> str:
    for code, letter in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(code, letter)
    return text


def test_github_has_one_command_a_line_and_gives_back_what_was_said(nasty) -> None:
    commands = [COMMAND.fullmatch(line) for line in render(nasty, "github").splitlines()]
    assert all(commands)
    assert len(commands) == len(nasty.findings) + 1
    first = commands[0]
    assert first
    told = dict(pair.split("=") for pair in first[2].split(","))
    assert told == {
        "file": "api/openapi.yaml",
        "line": "5",
        "endLine": "5",
        "col": "3",
        "endColumn": "11",
        "title": "LN003 duplicate-name",
    }
    assert unescaped(first[3]).startswith(NASTY)
    files = {dict(pair.split("=") for pair in one[2].split(","))["file"] for one in commands if one}
    assert {unescaped(one) for one in files} == {"api/openapi.yaml", "broken.yaml", "x, y:%é.yaml"}


def test_github_knows_three_severities(lint, bare) -> None:
    words = {"error": "error", "warning": "warning", "information": "notice"}
    for severity in Severity:
        report = lint({"x.yaml": bare}, f"select = ['OA521']\nseverity.OA521 = '{severity}'")
        assert render(report, "github").startswith(f"::{words[severity]} ")


# ---- Markdown


def test_a_text_says_who_is_concerned_where_the_message_does_not_and_what_fix_can_do(lint) -> None:
    text = render(lint({"bad_202.yaml": BAD}), "text")
    assert "     = accepted lint --explain OA507\n" in text  # its message begins with both
    assert text.endswith(" in 1 file\n--fix can mend 6 of them, and --diff shows how\n")
    text = render(lint({"client.py": CLIENT}, "select = ['MD101']"), "text")
    assert "     = create_task (with poll_task); accepted lint --explain MD101\n" in text
    assert "--fix can mend 1 of them" in text
    assert "--fix" not in render(lint({"client.py": CLIENT}, "select = ['MD102']"), "text")


def test_markdown_has_a_table_a_file(report) -> None:
    text = render(report, "markdown")
    assert text.count("| place | severity | rule | finding | concerns |") == 2
    told = "no operation returns the status of `createReport`; add one, or say that there is no status to poll"
    assert f"| 6:5 | error | OA521 no-poll | {told} |  |" in text
    assert "- broken.yaml:1:5: not YAML" in text


def test_markdown_keeps_its_tables_whatever_a_document_says(nasty) -> None:
    rows = [line for line in render(nasty, "markdown").splitlines() if line.startswith("| ")]
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {6}
    assert "<b>" not in "".join(rows).replace("\\<b\\>", "")
    assert "[d](e)" not in "".join(rows)


def test_markdown_links_pages_where_they_are_published(lint, bare) -> None:
    report = lint({"x.yaml": bare}, "select = ['OA521']\npages = 'https://example.org/rules'")
    assert "[OA521](https://example.org/rules/OA521.md)" in render(report, "markdown")
