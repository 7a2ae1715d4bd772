"""Exit codes: of one task, and of several things at once. Those of errors stand on the errors themselves."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from accepted import errors
from accepted.core.task import Status, Task

ORDER = (9, 7, 8, 1, 2, 3, 4, 6, 5, 0)
"""Of several codes, the first of these that occurred: what a person must look at first."""

_CODES = {
    Status.FAILED: errors.TaskFailed.exit_code,
    Status.CANCELLED: errors.TaskCancelled.exit_code,
    Status.EXPIRED: errors.TaskExpired.exit_code,
    Status.GONE: errors.TaskGone.exit_code,
    Status.INPUT_REQUIRED: errors.InputRequired.exit_code,
}


def of_task(task: Task[Any], *, allow_partial: bool = False) -> int:
    """The exit code of a command that wanted this task to complete."""
    if task.status is not Status.COMPLETED:
        return _CODES.get(task.status, errors.PollTimeout.exit_code)
    return 0 if task.ok or (allow_partial and task.outcome == "some") else errors.TaskFailed.exit_code


def worst(codes: Iterable[int]) -> int:
    """The exit code for several."""
    occurred = set(codes)
    return next((code for code in ORDER if code in occurred), 0)
