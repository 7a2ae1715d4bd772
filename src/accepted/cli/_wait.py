"""Waiting for tasks of any services together, and telling what came of each."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from typing import Any

from accepted.cli import _exits, _show
from accepted.cli._live import board
from accepted.client import Client, poll_across
from accepted.core import codec
from accepted.core.task import Status, Task
from accepted.drivers.jobs import Done  # so that its loop is imported before anything is under way

Wanted = tuple[Client[..., Any], Task[Any] | str]


def wait_for(wanted: Iterable[Wanted], options: argparse.Namespace) -> int:
    """Poll all of these until each has ended, print each as it does, and return the exit code."""
    tasks = [(client.with_options(min_interval=options.interval or 0.0), task) for client, task in wanted]
    options.underway.update({task if isinstance(task, str) else task.ref: None for _, task in tasks})
    # On a terminal the table and what is printed would write over each other.
    held = sys.stdout.isatty() and sys.stderr.isatty()
    later: list[Done] = []
    codes: list[int] = []
    try:
        with (
            board() as shown,
            poll_across(tasks, timeout=options.timeout, on_update=shown.update) as performance,
        ):
            for done in performance:
                codes.append(_code(done, options))
                _note_end(done, options)
                shown.remove(done.task or done.job.task)
                if held:
                    later.append(done)
                else:
                    _tell(done, options, alone=len(tasks) == 1)
    finally:
        for done in later:
            _tell(done, options, alone=len(tasks) == 1)
    return _exits.worst(codes)


def _code(done: Done, options: argparse.Namespace) -> int:
    if done.error is not None:
        return done.error.exit_code
    return 0 if done.task is None else _exits.of_task(done.task, allow_partial=options.allow_partial)


def _note_end(done: Done, options: argparse.Namespace) -> None:
    for task in (done.job.task, done.task):
        if task is not None:
            options.underway.pop(task.ref, None)


def _tell(done: Done, options: argparse.Namespace, *, alone: bool) -> None:
    if done.error is not None:
        done.error.ref = done.error.ref or done.job.task.ref
        _show.error(done.error, as_json=options.json)
    if done.task is not None:
        _show.task(done.task, as_json=options.json)
        if alone and not options.json:
            _show.result(done.task, whole=False)
        _next_step(done)


def _next_step(done: Done) -> None:
    """What a person can do about a task whose wait ended before the task did."""
    task = done.task
    if task is None or task.status.final:
        return
    if task.status is Status.INPUT_REQUIRED:
        _show.say(f"{task.ref} waits for an answer ({task.reason or 'input'})")
        for name, act in done.job.driver.lane.contract.acts.items():
            print(f"  accepted act {task.ref} {_call(name, act.inputs)}   {act.summary}", file=sys.stderr)
    else:
        _show.say(f"{task.ref} is still {task.status}: the wait ended, the task goes on\n  accepted poll {task.ref}")


def _call(name: str, shape: Any) -> str:
    required = (one.name for one in codec.fields(shape) if one.required) if shape else ()
    return " ".join((name, *(f"{one}=..." for one in required)))
