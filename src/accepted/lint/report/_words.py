"""What several formats say in the same words."""

from __future__ import annotations

from collections import Counter
from pathlib import PurePath

from accepted.lint.rule import Finding, Rule
from accepted.lint.run import Report
from accepted.lint.severity import Severity


def counted(number: int, word: str) -> str:
    """`1 file`, `2 files`."""
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def summary(report: Report) -> str:
    """How much was found, in how many files, in one sentence."""
    by = Counter(one.severity for one in report.findings)
    told = ", ".join(_counted(by[one], one) for one in Severity if by[one])
    text = f"{counted(len(report.findings), 'finding')} ({told})" if told else "no findings"
    text += f" in {counted(len(report.sources), 'file')}"
    if report.accepted:
        text += f"; {report.accepted} more in the baseline"
    if report.stale:
        text += f"; {counted(report.stale, 'finding')} of the baseline no longer there (--write-baseline)"
    if report.failures:
        text += f"; {counted(len(report.failures), 'file')} not read"
    return text


def _counted(number: int, severity: Severity) -> str:
    return f"{number} information" if severity is Severity.INFORMATION else counted(number, severity)


def concerned(finding: Finding) -> str:
    """Who is concerned: `createJob -> getJob`, or ""."""
    return " -> ".join(filter(None, (finding.operation, finding.pair)))


def unsaid(finding: Finding) -> str:
    """Who is concerned, where the message does not name them all already."""
    said = all(one in finding.message for one in (finding.operation, finding.pair))
    return "" if said else concerned(finding)


def page(rule: Rule, report: Report) -> str:
    """The address of a rule's page; a name without a place where the configuration knows none (`pages`)."""
    base = report.config.pages
    return f"{base.rstrip('/')}/{rule.id}.md" if base else f"urn:accepted:rule:{rule.id}"


def slashed(path: str) -> str:
    """A path with slashes, whatever the machine."""
    return PurePath(path).as_posix()
