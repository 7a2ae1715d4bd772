"""Figures in the text format of Prometheus (version 0.0.4).

What may live here: one pure function from figures to text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol

from accepted.server.store import Figures

Sample = tuple[Mapping[str, object], float]
"""Labels and a value."""


class Counted(Protocol):
    """What this process has counted: answers by operation and HTTP code."""

    @property
    def answers(self) -> Mapping[tuple[str, int], int]:
        """How many there were of each."""
        ...


def metrics(figures: Figures, counters: Counted) -> str:
    """What the store keeps and what this process answered, as a collector reads it.

    `accepted_tasks` is the same in every process that serves one file; `accepted_http_answers_total` is of this one.
    """
    kept: list[Sample] = [
        ({"type": name, "status": status}, count) for (name, status), count in sorted(figures.tasks.items())
    ]
    oldest: list[Sample] = [] if figures.oldest_queued_at is None else [({}, figures.oldest_queued_at)]
    answered: list[Sample] = [
        ({"operation": name, "code": code}, count) for (name, code), count in sorted(counters.answers.items())
    ]
    lines = (
        *_family("accepted_tasks", "gauge", "Tasks that are kept.", kept),
        *_family("accepted_oldest_queued_timestamp_seconds", "gauge", "When the oldest queued task came.", oldest),
        *_family("accepted_http_answers_total", "counter", "Answers of this process.", answered),
    )
    return "".join(f"{line}\n" for line in lines)


def _family(name: str, kind: str, told: str, samples: list[Sample]) -> Iterator[str]:
    yield f"# HELP {name} {told}"
    yield f"# TYPE {name} {kind}"
    for labels, value in samples:
        said = ",".join(f'{label}="{_escaped(str(text))}"' for label, text in labels.items())
        yield f"{name}{{{said}}} {value!r}" if said else f"{name} {value!r}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
