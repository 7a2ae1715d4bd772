"""Rounds, medians, ratios: what every part of the bench measures and prints by."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence

Figures = dict[str, float]
Rounds = dict[str, list[Figures]]


def interleaved(measures: Mapping[str, Callable[[], Figures]], rounds: int) -> Rounds:
    """Every measure once a round, the order turned by one each time."""
    names = list(measures)
    found: Rounds = {name: [] for name in names}
    for number in range(rounds):
        turned = names[number % len(names) :] + names[: number % len(names)]
        for name in turned:
            found[name].append(measures[name]())
            _progress(f"round {number + 1}/{rounds}: {name}")
    _progress("")
    return found


def medians(rounds: Sequence[Figures]) -> Figures:
    """The median of each figure."""
    return {name: statistics.median(one[name] for one in rounds) for name in rounds[0]}


def show(title: str, found: Rounds, *, base: str, notes: Iterable[str] = ()) -> None:
    """A table: each figure with its ratio to that of `base`; a line each, or a line a figure if those are many."""
    middle = {name: medians(rounds) for name, rounds in found.items()}
    rows = [["", *middle[base]]]
    rows += [[name, *(_cell(one[head], middle[base][head]) for head in one)] for name, one in middle.items()]
    if len(rows[0]) > len(rows):
        rows = [list(column) for column in zip(*rows, strict=True)]
    print(f"\n{title} (medians of {len(found[base])}; in brackets: times {base})\n")
    for first, *others in rows:
        print(f"{first:32}" + "".join(f"{other:>24}" for other in others))
    for note in notes:
        print(f"  {note}")


def _cell(value: float, base: float) -> str:
    shown = f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
    return f"{shown} [{value / base:.2f}]" if base > 0 else shown


def _progress(text: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)
