"""What a reading changes in a task.

Two rules live here: a final status is absorbing within an attempt,
and an unknown word is `unknown`, never final and never mistaken for a known one.
"""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from accepted.core.read import Meaning, Reading, Words, meaning
from accepted.core.task import Status, Task, moment

_FACTS = tuple(
    field.name
    for field in fields(Reading)
    if field.name not in {"id", "attempt_id", "status", "service_status", "over", "outcome"}
)
UNMAPPED = "unmapped"


def learn(task: Task[Any], reading: Reading, words: Words, now: float, grace: float = 0.0) -> Task[Any]:
    """The task after a reading. `now` is epoch seconds; `grace` as in the contract.

    Fields that the reading leaves out stay as they were.
    """
    if reading.attempt_id is not None:
        task = replace(task, doing=replace(task.doing, attempt_id=reading.attempt_id))
    said = _said(reading, words)
    if said is None:
        return _with_facts(task, reading)
    if _from_before_reopening(task, reading, said, now, grace):
        return task
    if task.status.final:
        return _contradicted(task, said, reading)
    changed = replace(
        _with_facts(task, reading),
        id=task.id or reading.id,
        status=said.status,
        service_status=reading.service_status or None,
        outcome=reading.outcome or said.outcome,
        reason=reading.reason or said.reason or (UNMAPPED if said.status is Status.UNKNOWN and reading.over else None),
        # A sentence that another step told stays as long as the status that it explains.
        message=reading.message or (task.message if said.status is task.status else None),
    )
    return ended(changed, now) if said.status.final else changed


def ended(task: Task[Any], now: float) -> Task[Any]:
    """A task that became final: the moment is noted."""
    return replace(task, finished_at=task.finished_at or moment(now), retry_after=None)


def reopened(task: Task[Any], now: float) -> Task[Any]:
    """A final task that an act made go on: its next attempt."""
    doing = replace(
        task.doing,
        reopened_at=now,
        reopened_after=task.updated_at,
        reopened_attempt=task.doing.attempt_id,
        asked_at=now,
    )
    fresh = replace(
        task,
        attempt=task.attempt + 1,
        status=Status.QUEUED,
        service_status=None,
        documents={},
        value=None,
        artifacts=(),
    )
    return replace(fresh, outcome=None, reason=None, message=None, finished_at=None, doing=doing)


def _said(reading: Reading, words: Words) -> Meaning | None:
    """What the reading says about the status: its own verdict, else its word; None where it says nothing."""
    if reading.status is not None:
        return Meaning(reading.status)
    return None if reading.service_status is None else meaning(words, reading.service_status)


def _with_facts(task: Task[Any], reading: Reading) -> Task[Any]:
    told = {name: value for name in _FACTS if (value := getattr(reading, name)) is not None}
    return replace(task, **told)


def _contradicted(task: Task[Any], said: Meaning, reading: Reading) -> Task[Any]:
    """A later answer about a final task: recorded where it disagrees, and not believed."""
    if said.status is task.status:
        return task
    note = f"{task.status} was final, then the service said {reading.service_status or said.status}"
    return task if note in task.anomalies else replace(task, anomalies=(*task.anomalies, note))


def _from_before_reopening(task: Task[Any], reading: Reading, said: Meaning, now: float, grace: float) -> bool:
    doing = task.doing
    if doing.reopened_at is None or not said.status.final:
        return False
    if reading.attempt_id is not None and doing.reopened_attempt is not None:
        return reading.attempt_id == doing.reopened_attempt and not task.status.final
    if now > doing.reopened_at + grace:
        return False
    older = reading.updated_at is None or doing.reopened_after is None or reading.updated_at <= doing.reopened_after
    return older and not task.status.final
