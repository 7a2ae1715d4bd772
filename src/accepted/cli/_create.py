"""Creating one task, or one for every line of a file."""

from __future__ import annotations

import argparse
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from typing import Any

from accepted.cli import _inputs, _show
from accepted.client import Client
from accepted.core.task import Task
from accepted.core.verbs import checked_inputs
from accepted.drivers import threads
from accepted.errors import (
    AcceptedError,
    AuthenticationFailed,
    BadRequest,
    ConnectionFailed,
    JournalFailed,
    RateLimited,
)

_HOPELESS = (AuthenticationFailed, RateLimited, ConnectionFailed, JournalFailed)
"""What one create met, the next ones would meet too."""

Line = tuple[int, dict[str, Any]]


def create(
    client: Client[..., Any], options: argparse.Namespace, *, quiet: bool = False
) -> Iterator[tuple[Task[Any] | None, int]]:
    """Create what the options say; yields every task with its exit code, after printing it unless `quiet`.

    Raises:
        BadRequest: an input is wrong, in whichever line; nothing was sent.
    """
    given = _inputs.gather(options.inputs, options.input, client.contract.inputs)
    ready = client.with_options(key=options.key, callback_url=options.callback_url)
    if options.each is None:
        task = ready.create_task(**given)
        _created(task, options, quiet=quiet)
        yield task, 0
    else:
        yield from _each(ready, given, options, quiet=quiet)


def _created(task: Task[Any], options: argparse.Namespace, *, quiet: bool, line: int | None = None) -> None:
    if quiet:
        _show.say(f"created {task.ref}")
    elif options.json:
        _show.task(task, as_json=True, extra={} if line is None else {"line": line})
    else:
        _show.put(task.ref)
        if line is None and sys.stderr.isatty():
            _show.say(f"its work goes on; accepted poll {task.ref} waits for it")
    if options.explain:
        for name, text in task.doing.yields.items():
            _show.say(f"{name.replace('_', ' ')}: {text}")
    options.underway.pop(task.ref, None)


def _each(
    client: Client[..., Any], given: dict[str, Any], options: argparse.Namespace, *, quiet: bool
) -> Iterator[tuple[Task[Any] | None, int]]:
    """One task a line, so many at once as the contract allows, told in the order of the lines."""
    lines = [(number, {**given, **line}) for number, line in _inputs.lines(options.each)]
    for number, inputs in lines:
        _check(client, inputs, f"{options.each}, line {number}")

    def one(line: Line) -> Task[Any]:
        number, inputs = line
        key = f"{options.key}/{number}" if options.key else None
        return client.with_options(key=key).create_task(**inputs)

    unsent = 0
    for (number, _), came in _at_once(one, lines, client.contract.limits.creates_at_once):
        match came:
            case None:
                unsent += 1
            case AcceptedError():
                _show.error(came, as_json=options.json, extra={"line": number})
                yield None, came.exit_code
            case Task():
                _created(came, options, quiet=quiet, line=number)
                yield came, 0
    if unsent:
        again = "" if options.key else " (with --key a second run creates only what is missing)"
        _show.say(f"{unsent} of {len(lines)} lines were not sent{again}")


def _check(client: Client[..., Any], inputs: dict[str, Any], where: str) -> None:
    try:
        checked_inputs(client.contract.name, client.contract.inputs, inputs)
    except BadRequest as error:
        raise BadRequest(f"{where}: {error}", service=error.service) from None


def _at_once(
    work: Callable[[Line], Task[Any]], lines: Sequence[Line], workers: int
) -> Iterator[tuple[Line, Task[Any] | AcceptedError | None]]:
    """What came of each line, in order; None for those that were not tried after a hopeless error.

    The threads are daemons: Ctrl-C need not wait for their answers, what they sent is in the journal.
    """
    promised: list[tuple[Line, Future[Task[Any] | AcceptedError | None]]] = [(line, Future()) for line in lines]
    rest, lock, hopeless = iter(promised), threading.Lock(), threading.Event()

    def worker() -> None:
        while True:
            with lock:
                line, future = next(rest, (None, None))
            if line is None or future is None:
                return
            future.set_result(None if hopeless.is_set() else attempt(line))

    def attempt(line: Line) -> Task[Any] | AcceptedError:
        try:
            return work(line)
        except AcceptedError as error:
            if isinstance(error, _HOPELESS):
                hopeless.set()
            return error

    for _ in range(min(workers, len(lines))):
        threads.start(threading.Thread(target=worker, daemon=True))
    for line, future in promised:
        yield line, future.result()
