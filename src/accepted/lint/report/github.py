"""For GitHub Actions: workflow commands that become annotations beside the changed lines.

The words are those of https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands; what has to be
escaped stands in the runner's own code (actions/toolkit, packages/core/src/command.ts): `%`, CR and LF everywhere, `:`
and `,` in properties too.
"""

from __future__ import annotations

from collections.abc import Mapping

from accepted.documents.source import Unreadable
from accepted.lint.report._words import slashed, unsaid
from accepted.lint.rule import Finding
from accepted.lint.run import Report
from accepted.lint.severity import Severity

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFORMATION: "notice"}
_DATA = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"})


def render(report: Report) -> str:
    """One line a finding, and one for each file that could not be read."""
    return "".join((*map(_finding, report.findings), *map(_failure, report.failures)))


def _finding(finding: Finding) -> str:
    end = finding.source.at(finding.place.end)
    columns = {"col": finding.place.column, "endColumn": end.column} if end.line == finding.place.line else {}
    properties = {
        "file": slashed(finding.path),
        "line": finding.place.line,
        "endLine": end.line,
        **columns,  # the runner takes columns only where a place is within one line
        "title": f"{finding.rule.id} {finding.rule.alias}",
    }
    about = unsaid(finding)
    return _command(_COMMANDS[finding.severity], properties, finding.message + (f" ({about})" if about else ""))


def _failure(failure: Unreadable) -> str:
    place = {"line": failure.line, "col": failure.column} if failure.line else {}
    return _command("error", {"file": slashed(failure.path), **place, "title": "not read"}, failure.why)


def _command(name: str, properties: Mapping[str, object], message: str) -> str:
    told = ",".join(f"{key}={str(value).translate(_PROPERTY)}" for key, value in properties.items())
    return f"::{name} {told}::{message.translate(_DATA)}\n"
