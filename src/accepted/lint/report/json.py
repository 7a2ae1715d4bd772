"""For programs: one document."""

from __future__ import annotations

from typing import Any

from accepted.core import codec
from accepted.lint.report._words import page, slashed
from accepted.lint.rule import Finding
from accepted.lint.run import Report
from accepted.lint.severity import Severity

VERSION = 1
"""Raised when a member is removed or changes its meaning."""


def render(report: Report) -> str:
    """The report: `version`, `findings`, `failures`, `summary`."""
    findings = [_finding(one, report) for one in report.findings]
    failures = [{"path": one.path, "line": one.line, "column": one.column, "why": one.why} for one in report.failures]
    sums = {str(each): sum(one.severity is each for one in report.findings) for each in Severity}
    summary = {"files": len(report.sources), **sums, "baseline": report.accepted, "stale": report.stale}
    document = {"version": VERSION, "findings": findings, "failures": failures, "summary": summary}
    return codec.encode(document).decode() + "\n"


def _finding(finding: Finding, report: Report) -> dict[str, Any]:
    end = finding.source.at(finding.place.end)
    return {
        "rule": finding.rule.id,
        "alias": finding.rule.alias,
        "severity": str(finding.severity),
        "path": slashed(finding.path),
        "line": finding.place.line,
        "column": finding.place.column,
        "end_line": end.line,
        "end_column": end.column,
        "pointer": finding.pointer,
        "operation": finding.operation,
        "pair": finding.pair,
        "message": finding.message,
        "fixable": bool(finding.fix),
        "page": page(finding.rule, report),
    }


def operations(report: Report) -> list[dict[str, Any]]:
    """What was detected, as rows: what `--operations --json` prints."""
    return [
        {
            "file": slashed(source.path),
            "method": one.operation.method,
            "path": one.operation.path,
            "operation_id": one.operation.operation_id or None,
            "role": one.role,
            "tier": one.tier,
            "pair": one.pair.key if one.pair else None,
            "why": list(one.why),
        }
        for source, one in report.operations
    ]
