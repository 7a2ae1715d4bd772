"""Findings that a project accepts for now: it may adopt the rules and mend its API later.

What may live here: the file, and what it matches. A finding is known by its file, rule, operation and pointer (or the
qualified name of a function), never by its line: what stands above it may change.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from accepted.lint.config import BadConfig, Config
from accepted.lint.rule import Finding

_Key = tuple[str, str, str, str]
_FIELDS = ("path", "rule", "operation", "pointer")


@dataclass(frozen=True, slots=True)
class Matched:
    """What is new, and how much of the baseline is no longer found."""

    new: list[Finding]
    accepted: int
    stale: int


def key(finding: Finding, config: Config) -> _Key:
    """What a finding is known by."""
    return config.relative(finding.path), finding.rule.id, finding.operation, finding.pointer


def write(path: Path, findings: Iterable[Finding], config: Config) -> int:
    """Write the baseline of these findings, and tell how many they are."""
    known = Counter(key(one, config) for one in findings)
    rows = [{**dict(zip(_FIELDS, one, strict=True)), "count": known[one]} for one in sorted(known)]
    document = {"version": 1, "findings": rows}
    path.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8", newline="\n")
    return known.total()


def read(path: Path) -> Counter[_Key]:
    """The findings of a baseline, and how often each was there.

    Raises:
        BadConfig: it cannot be read, or is none.
    """
    try:
        document: Any = json.loads(path.read_bytes())
        rows = [(tuple(row[name] for name in _FIELDS), row["count"]) for row in document["findings"]]
    except OSError as error:
        raise BadConfig(f"the baseline {path}: {error.strerror}; --write-baseline makes one") from None
    except (ValueError, KeyError, TypeError, RecursionError):
        raise BadConfig(f"{path} is no baseline; --write-baseline makes one") from None
    return Counter(cast("dict[_Key, int]", dict(rows)))


def match(known: Counter[_Key], findings: Iterable[Finding], config: Config) -> Matched:
    """Leave out what is known, each as often as it was there."""
    left, new = Counter(known), list[Finding]()
    for one in findings:
        if left[key(one, config)] > 0:
            left[key(one, config)] -= 1
        else:
            new.append(one)
    stale = left.total()
    return Matched(new, known.total() - stale, stale)
