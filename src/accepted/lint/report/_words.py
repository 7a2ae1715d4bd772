"""What several formats say in the same words."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from accepted.lint.config import below
from accepted.lint.rule import Finding, Rule
from accepted.lint.run import Report, RuleFailed
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
    broken = sum(isinstance(one, RuleFailed) for one in report.failures)
    if broken:
        text += f"; {counted(broken, 'rule')} failed"
    if len(report.failures) > broken:
        text += f"; {counted(len(report.failures) - broken, 'file')} not read"
    return text


def _counted(number: int, severity: Severity) -> str:
    return f"{number} information" if severity is Severity.INFORMATION else counted(number, severity)


def concerned(finding: Finding) -> str:
    """Who is concerned, and its companion: `getJob (with createJob)`, or ""."""
    return finding.operation + (f" (with {finding.pair})" if finding.pair else "")


def unsaid(finding: Finding) -> str:
    """Who is concerned, where the message does not name it already; with its companion, where that is not named."""
    names = (one for one in (finding.operation, finding.pair) if one)
    said = all(re.search(rf"(?<!\w){re.escape(one)}(?!\w)", finding.message) for one in names)
    return "" if said else concerned(finding)


def page(rule: Rule, report: Report) -> str:
    """The address of a rule's page; a name without a place where the configuration knows none (`pages`)."""
    base = report.config.pages
    return f"{base.rstrip('/')}/{rule.id}.md" if base else f"urn:accepted:rule:{rule.id}"


def slashed(path: str) -> str:
    """A path from the current folder where it is below it, else as it was named; with slashes, whatever the machine."""
    return below(path, Path.cwd())
