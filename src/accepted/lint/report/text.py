"""For people: every finding with the line that it is at."""

from __future__ import annotations

from collections.abc import Iterator
from unicodedata import east_asian_width

from accepted.lint.report._words import summary, unsaid
from accepted.lint.rule import Finding
from accepted.lint.run import Report

_WIDEST = 110
_BEFORE = 40
"""How much of a long line is shown, and how much of that before the place."""


def render(report: Report) -> str:
    """One paragraph a finding, then what could not be read, then the sum and what to do."""
    parts = ["\n".join(_finding(one)) + "\n" for one in report.findings]
    parts += [f"{failure}\n" for failure in report.failures]
    mendable = sum(bool(one.fix) for one in report.findings)
    hint = f"--fix can mend {mendable} of them, and --diff shows how\n" if mendable else ""
    return "\n".join((*parts, f"{summary(report)}\n{hint}"))


def _finding(finding: Finding) -> Iterator[str]:
    place, rule = finding.place, finding.rule
    yield f"{finding.path}:{place.line}:{place.column}: {finding.severity} {rule.id} {rule.alias}: {finding.message}"
    yield from excerpt(finding)
    about = unsaid(finding)
    yield "     = " + "; ".join(filter(None, (about, f"accepted lint --explain {rule.id}")))


def excerpt(finding: Finding) -> Iterator[str]:
    """The line of a finding, and carets below its place; nothing where there is no text."""
    line = finding.source.line(finding.place.line)
    first = finding.place.column - 1
    length = min(finding.place.end - finding.place.start, len(line) - first)
    if not line.strip():
        return
    cut = max(0, first - _BEFORE) if len(line) > _WIDEST else 0
    shown = line[cut : cut + _WIDEST]
    before, after = "..." if cut else "", "..." if len(line) > cut + _WIDEST else ""
    number = f"{finding.place.line:4}"
    yield f"{number} | {before}{shown}{after}"
    carets = "^" * max(1, min(_width(line[first : first + length]), _WIDEST - (first - cut)))
    yield f"{' ' * len(number)} | {' ' * len(before)}{_blank(line[cut:first])}{carets}"


def _blank(text: str) -> str:
    """As wide as the text, and empty; tabs stay."""
    return "".join("\t" if letter == "\t" else " " * _width(letter) for letter in text)


def _width(text: str) -> int:
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)
