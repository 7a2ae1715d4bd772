"""Findings that a project accepts for now: it may adopt the rules and mend its API later.

What may live here: the file, and what it matches. A finding is known by its file and by what `Finding.known_by` tells,
never by its line: what stands above it may change. A graver finding of the same rule and place is another one.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from accepted.lint.config import BadConfig, Config
from accepted.lint.rule import Finding

Key = tuple[str, ...]
"""What a finding is known by, in the order of `_FIELDS`."""

VERSION = 1
_FIELDS = ("path", "rule", "severity", "operation", "pointer", "message")


@dataclass(frozen=True, slots=True)
class Matched:
    """What is new, and which entries are no longer found."""

    new: list[Finding]
    accepted: int
    left: Counter[Key]


def key(finding: Finding, config: Config) -> Key:
    """What a finding is known by."""
    return config.relative(finding.path), *finding.known_by


def fingerprints(findings: Iterable[Finding], config: Config) -> Iterator[str]:
    """One for each finding: its key, and which of those with that key it is."""
    seen = Counter[Key]()
    for one in findings:
        known = key(one, config)
        seen[known] += 1
        yield hashlib.sha256("\n".join((*known, str(seen[known]))).encode()).hexdigest()[:32]


def write(path: Path, findings: Iterable[Finding], config: Config, kept: Iterable[Key] = ()) -> int:
    """Write the baseline of these findings, beside entries that are kept, and tell how many it has."""
    known = Counter([*(key(one, config) for one in findings), *kept])
    rows = [{**dict(zip(_FIELDS, one, strict=True)), "count": known[one]} for one in sorted(known)]
    document = {"version": VERSION, "findings": rows}
    path.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8", newline="\n")
    return known.total()


def read(path: Path) -> Counter[Key]:
    """The findings of a baseline, and how often each was there.

    Raises:
        BadConfig: it cannot be read, or is none.
    """
    try:
        document: Any = json.loads(path.read_bytes())
        version, rows = document["version"], dict(map(_row, document["findings"]))
    except OSError as error:
        raise BadConfig(f"the baseline {path}: {error.strerror}; --write-baseline makes one") from None
    except (ValueError, KeyError, TypeError, RecursionError):
        raise BadConfig(f"{path} is no baseline; remove it, and --write-baseline makes one") from None
    if version != VERSION:
        raise BadConfig(f"{path} is a baseline of version {version!r}, and {VERSION} is read")
    return Counter(rows)


def _row(row: dict[str, Any]) -> tuple[Key, int]:
    known, count = tuple(row[name] for name in _FIELDS), row["count"]
    if not all(isinstance(one, str) for one in known) or type(count) is not int or count < 1:
        raise TypeError
    return cast("Key", known), count


def match(known: Counter[Key], findings: Iterable[Finding], config: Config) -> Matched:
    """Leave out what is known, each as often as it was there."""
    left, new = Counter(known), list[Finding]()
    for one in findings:
        if left[key(one, config)] > 0:
            left[key(one, config)] -= 1
        else:
            new.append(one)
    return Matched(new, known.total() - left.total(), +left)


def parted(entries: Counter[Key], judges: Callable[[str, str], bool]) -> tuple[Counter[Key], Counter[Key]]:
    """Entries that a run could have found again (`judges` is asked with their path and rule), and the others."""
    judged = Counter({one: count for one, count in entries.items() if judges(one[0], one[1])})
    return judged, entries - judged
