"""The figures are what a collector of Prometheus reads."""

from dataclasses import dataclass, field

import pytest

from accepted.core.task import Status
from accepted.server.metrics import metrics
from accepted.server.store import Figures


@dataclass(frozen=True)
class Counted:
    answers: dict[tuple[str, int], int] = field(default_factory=dict)


def samples(text: str) -> dict[str, float]:
    """Every sample of a text; anything else than samples and comments is an error."""
    assert text.endswith("\n")
    lines = [line for line in text.splitlines() if not line.startswith(("# HELP ", "# TYPE "))]
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}


def test_nothing_yet() -> None:
    assert samples(metrics(Figures(), Counted())) == {}


def test_tasks_and_answers_are_counted() -> None:
    figures = Figures(
        tasks={("render", Status.QUEUED): 3, ("render", Status.COMPLETED): 1_000_000}, oldest_queued_at=1.5e9 + 0.25
    )
    assert samples(metrics(figures, Counted({("tasks", 202): 7}))) == {
        'accepted_tasks{type="render",status="queued"}': 3,
        'accepted_tasks{type="render",status="completed"}': 1_000_000,
        "accepted_oldest_queued_timestamp_seconds": 1.5e9 + 0.25,
        'accepted_http_answers_total{operation="tasks",code="202"}': 7,
    }


def test_every_family_is_described_once() -> None:
    told = metrics(Figures(), Counted()).splitlines()
    kinds = {line.split()[2]: line.split()[3] for line in told if line.startswith("# TYPE")}
    assert kinds == {
        "accepted_tasks": "gauge",
        "accepted_oldest_queued_timestamp_seconds": "gauge",
        "accepted_http_answers_total": "counter",
    }


@pytest.mark.parametrize(("name", "shown"), [('a"b', r"a\"b"), ("a\\b", r"a\\b"), ("a\nb", r"a\nb")])
def test_labels_are_escaped(name, shown) -> None:
    assert f'type="{shown}",' in metrics(Figures(tasks={(name, Status.QUEUED): 1}), Counted())
