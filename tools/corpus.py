"""Precision and recall of the detector on labelled descriptions, per document, role and tier.

    python tools/corpus.py FOLDER [--misses]

FOLDER holds descriptions (JSON or YAML, also gzipped) and `labels.json`: under `documents`, for each file, the keys
(operationId, or `METHOD path`) of its `submit`, `poll`, `cancel`, `list` and `ambiguous` operations. Ambiguous ones are
not counted. A role counts as found at the tiers that are reported (A and B); the columns C and D say how many of the
suggestions of that tier are right, of how many.

Where the labels of a document have `pairs` (a create, and the polls any of which tells what became of it), the row
`pair` says of the creates that are reported with a poll how many have one of these, and of how many creates with
such a poll it was found. A poll that is itself ambiguous is no wrong pair.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from accepted.documents.detect import detect
from accepted.documents.openapi import Description, Operation
from accepted.documents.source import load
from accepted.documents.tiers import Detected, Role, Tier

LABELS: dict[Role, str] = {"create": "submit", "poll": "poll", "cancel": "cancel", "list": "list"}
_PAIR = "pair"


@dataclass
class Score:
    """What was found of one role, by tier, and what was not."""

    wanted: int = 0
    right: dict[Tier, list[str]] = field(default_factory=lambda: {"A": [], "B": [], "C": [], "D": []})
    wrong: dict[Tier, list[str]] = field(default_factory=lambda: {"A": [], "B": [], "C": [], "D": []})
    missed: list[str] = field(default_factory=list)

    def add(self, other: Score) -> None:
        """Count another document's too."""
        self.wanted += other.wanted
        self.missed += other.missed
        for tier in self.right:
            self.right[tier] += other.right[tier]
            self.wrong[tier] += other.wrong[tier]

    @property
    def row(self) -> str:
        """Precision and recall of what is reported, then right/all of every tier."""
        right, wrong = (len(several["A"]) + len(several["B"]) for several in (self.right, self.wrong))
        tiers = (f"{len(self.right[tier])}/{len(self.right[tier]) + len(self.wrong[tier])}" for tier in self.right)
        shares = (_share(right, right + wrong), _share(right, self.wanted))
        return f"{self.wanted:>6} {shares[0]:>9} {shares[1]:>6} " + " ".join(f"{one:>7}" for one in tiers)


def main(argv: Sequence[str] | None = None) -> int:
    """Print the table; the exit code says nothing about the figures."""
    parser = argparse.ArgumentParser(description="Precision and recall of the detector on labelled descriptions.")
    parser.add_argument("folder", type=Path, help="descriptions and labels.json")
    parser.add_argument("--misses", action="store_true", help="name what was wrong and what was missed")
    options = parser.parse_args(argv)
    labels = json.loads((options.folder / "labels.json").read_text(encoding="utf-8"))["documents"]
    total = {row: Score() for row in (*LABELS, _PAIR)}
    print(f"{'document':40} {'role':7} {'wanted':>6} {'precision':>9} {'recall':>6} " + _HEADS)
    for name, label in labels.items():
        started = time.perf_counter()
        scores = score(options.folder / name, label)
        print(f"{name} ({time.perf_counter() - started:.2f} s with loading)")
        _print(scores, misses=options.misses)
        for role, one in scores.items():
            total[role].add(one)
    print("all")
    _print(total, misses=False)
    return 0


_HEADS = " ".join(f"{tier:>7}" for tier in "ABCD")


def score(path: Path, label: Mapping[str, Any]) -> dict[str, Score]:
    """What the detector finds in one document, against its labels."""
    found = detect(Description(read(path))).operations
    scores: dict[str, Score] = {}
    for role, column in LABELS.items():
        wanted = set(label[column])
        scores[role] = one = Score(wanted=len(wanted), missed=sorted(wanted))
        for detected in (one for one in found if one.role == role):
            names = set(_names(detected.operation))
            if names & set(label["ambiguous"]):
                continue
            (one.right if names & wanted else one.wrong)[detected.tier].append(detected.operation.key)
            if detected.reported:
                one.missed = [name for name in one.missed if name not in names]
    return scores | ({_PAIR: _paired(found, label)} if "pairs" in label else {})


def _paired(found: Sequence[Detected], label: Mapping[str, Any]) -> Score:
    """The creates that are reported with a poll, against the polls that they may have."""
    pairs: Mapping[str, Sequence[str]] = {name: polls for name, polls in label["pairs"].items() if polls}
    one = Score(wanted=len(pairs), missed=sorted(pairs))
    for create in found:
        names = set(_names(create.operation))
        if create.role != "create" or not create.reported or create.poll is None or names & set(label["ambiguous"]):
            continue
        polls = {poll for name in names & set(pairs) for poll in pairs[name]}
        told = set(_names(create.poll))
        if told & polls:
            one.right[create.tier].append(create.operation.key)
            one.missed = [name for name in one.missed if name not in names]
        elif not told & set(label["ambiguous"]):
            one.wrong[create.tier].append(f"{create.operation.key} with {create.poll.key}")
    return one


def read(path: Path) -> Any:
    """The values of a description."""
    raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return load(path.name.removesuffix(".gz"), raw).data


def _names(operation: Operation) -> Iterator[str]:
    yield operation.operation_id
    yield f"{operation.method} {operation.path}"


def _print(scores: Mapping[str, Score], *, misses: bool) -> None:
    for role, one in scores.items():
        print(f"{'':40} {role:7} {one.row}")
        if misses:
            wrong = [*one.wrong["A"], *one.wrong["B"]]
            print("".join(f"{'':48} wrong  {name}\n" for name in wrong), end="")
            print("".join(f"{'':48} missed {name}\n" for name in one.missed), end="")


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.3f}" if whole else "-"


if __name__ == "__main__":
    sys.exit(main())
