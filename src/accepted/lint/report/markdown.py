"""For a summary of a job, or a comment on a change: a table a file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby

from accepted.lint.report._words import page, slashed, summary, unsaid
from accepted.lint.rule import Finding
from accepted.lint.run import Report

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~!])")
_CODE = re.compile(r"(`[^`]+`)")


def render(report: Report) -> str:
    """A heading and a sentence, then a table a file, then what could not be read."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: Report) -> Iterator[str]:
    yield from ("## accepted lint", "", f"{summary(report)[:1].upper()}{summary(report)[1:]}.")
    for path, found in groupby(report.findings, key=lambda one: one.path):
        yield from ("", f"### {_text(slashed(path))}", "", "| place | severity | rule | finding | concerns |")
        yield "|---|---|---|---|---|"
        yield from (_row(one, report) for one in found)
    if report.failures:
        yield from ("", "### Not read", "", *(f"- {_text(str(one))}" for one in report.failures))


def _row(finding: Finding, report: Report) -> str:
    rule = finding.rule
    linked = f"[{rule.id}]({page(rule, report)})" if report.config.pages else rule.id
    cells = (
        f"{finding.place.line}:{finding.place.column}",
        finding.severity,
        f"{linked} {rule.alias}",
        _sentence(finding.message),
        _text(unsaid(finding)),
    )
    return f"| {' | '.join(cells)} |"


def _sentence(message: str) -> str:
    """A message, in which only what stands between backticks is Markdown."""
    parts = _CODE.split(message)
    told = (one.replace("|", "\\|") if number % 2 else _escaped(one) for number, one in enumerate(parts))
    return " ".join("".join(told).split())


def _text(text: str) -> str:
    return " ".join(_escaped(text).split())


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", text)
