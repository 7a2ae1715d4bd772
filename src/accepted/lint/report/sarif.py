"""SARIF 2.1.0 (OASIS), for code scanning: every rule with its page, every finding with its place and what mends it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from accepted import __version__
from accepted.core import codec
from accepted.documents.source import Unreadable
from accepted.lint.baseline import fingerprints
from accepted.lint.config import absolute, below
from accepted.lint.fix import each_alone
from accepted.lint.report._words import page, unsaid
from accepted.lint.rule import Edit, Finding, Rule
from accepted.lint.run import Report
from accepted.lint.severity import Severity

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFORMATION: "note"}


def render(report: Report) -> str:
    """One log with one run."""
    driver = {
        "name": "accepted",
        "semanticVersion": __version__,
        "rules": [_rule(one, report) for one in report.rules],
    }
    numbers = {one.id: number for number, one in enumerate(report.rules)}
    fixes = {id(finding): _fix(finding, edits) for finding, edits in each_alone(report)}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(report.failures)],
        "results": [
            _result(one, known, numbers, fixes.get(id(one)))
            for one, known in zip(report.findings, fingerprints(report.findings, report.config), strict=True)
        ],
    }
    return codec.encode({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}).decode() + "\n"


def _rule(rule: Rule, report: Report) -> dict[str, Any]:
    plain = "\n\n".join(f"{name}: {text}" for name, text in rule.told.items())
    markdown = "\n\n".join(f"## {name}\n\n{text}" for name, text in rule.told.items())
    return {
        "id": rule.id,
        "name": "".join(word.capitalize() for word in rule.alias.split("-")),
        "shortDescription": {"text": rule.title},
        "help": {"text": plain, "markdown": markdown},
        "helpUri": page(rule, report),
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
    }


def _result(finding: Finding, known: str, numbers: dict[str, int], fix: dict[str, Any] | None) -> dict[str, Any]:
    about = unsaid(finding)
    named = {"fullyQualifiedName": finding.pointer} if finding.pointer else {}
    logical = [{"name": finding.operation, **named}] if finding.operation else []
    return {
        "ruleId": finding.rule.id,
        "ruleIndex": numbers[finding.rule.id],
        "level": _LEVELS[finding.severity],
        "message": {"text": finding.message + (f" ({about})" if about else "")},
        "locations": [{"physicalLocation": _location(finding), **({"logicalLocations": logical} if logical else {})}],
        "partialFingerprints": {"accepted/v1": known},
        **({"fixes": [fix]} if fix else {}),
    }


def _location(finding: Finding) -> dict[str, Any]:
    place, end = finding.place, finding.source.at(finding.place.end)
    region = {
        "startLine": place.line,
        "startColumn": place.column,
        "endLine": end.line,
        "endColumn": end.column,
        "charOffset": place.start,
        "charLength": place.end - place.start,
    }
    return {"artifactLocation": {"uri": _uri(finding.path)}, "region": region}


def _fix(finding: Finding, edits: Iterable[Edit]) -> dict[str, Any]:
    replacements = [
        {
            "deletedRegion": {"charOffset": one.start, "charLength": one.end - one.start},
            "insertedContent": {"text": one.text},
        }
        for one in edits
    ]
    change = {"artifactLocation": {"uri": _uri(finding.path)}, "replacements": replacements}
    return {"description": {"text": "accepted lint --fix"}, "artifactChanges": [change]}


def _invocation(failures: Iterable[Unreadable]) -> dict[str, Any]:
    told = [
        {
            "level": "error",
            "message": {"text": one.why},
            "locations": [
                {
                    "physicalLocation": {
                        "artifactLocation": {"uri": _uri(one.path)},
                        **({"region": {"startLine": one.line, "startColumn": max(1, one.column)}} if one.line else {}),
                    }
                }
            ],
        }
        for one in failures
    ]
    return {"executionSuccessful": not told, **({"toolExecutionNotifications": told} if told else {})}


def _uri(path: str) -> str:
    """From the current folder where it is below it; else absolute, since `..` leads out of what is scanned."""
    named = Path(below(path, Path.cwd()))
    outside = named.is_absolute() or named.parts[:1] == ("..",)
    return absolute(path).as_uri() if outside else quote(named.as_posix())
