"""The tasks that were created on this machine, over all services; those in flight unless --all. Asks no service.

accepted tasks
accepted tasks --forget jules:314
"""

from __future__ import annotations

import argparse
from contextlib import closing
from typing import TYPE_CHECKING

from accepted.cli import _options

if TYPE_CHECKING:
    from accepted.drivers.journal import Journal


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("--all", action="store_true", help="finished ones too (they are kept 30 days)")
    parser.add_argument("--forget", metavar="REF", help="take a task out of the journal; its service is not told")
    _options.output(parser)


def run(options: argparse.Namespace) -> int:
    """Read the journal."""
    from accepted.cli import _show
    from accepted.core.task import document
    from accepted.drivers.journal import Journal

    with closing(Journal()) as journal:
        if options.forget:
            _forget(journal, options.forget)
            return 0
        tasks = journal.tasks() if options.all else journal.in_flight()
    if options.json:
        for task in tasks:
            _show.emit({**document(task), "base_url": task.base_url})
    else:
        _show.table(_show.HEADER, map(_show.row, tasks))
        if not tasks:
            _show.say("nothing in flight" if not options.all else "no tasks")
    return 0


def _forget(journal: Journal, ref: str) -> None:
    from accepted.cli import _show
    from accepted.errors import TaskNotFound

    found = [task for task in journal.tasks() if task.ref == ref]
    for task in found:
        journal.forget(task.marker)
    if not found:
        raise TaskNotFound(f"{ref} is not in the journal {journal.path}", ref=ref)
    _show.say(f"forgot {ref}; its service was not told")
