"""Pick up everything that is in flight, over all services: after a crash, a kill or a reboot.

A create whose answer was lost is looked for first, never repeated; everything else is polled until it is final.

accepted resume
accepted resume jules:314 --timeout 600
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from accepted.cli import _options

if TYPE_CHECKING:
    from accepted.cli._clients import Clients
    from accepted.cli._wait import Wanted
    from accepted.core.task import Task


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    told = "only these; everything in flight where none is given"
    parser.add_argument("refs", metavar="REF", nargs="*", help=told)
    _options.waiting(parser)
    _options.output(parser)
    _options.connection(parser, place=False)


def run(options: argparse.Namespace) -> int:
    """Read the journal, and wait for what is in it."""
    from accepted.cli import _exits, _show
    from accepted.cli._clients import Clients
    from accepted.cli._wait import wait_for

    with Clients(options) as clients:
        tasks = _wanted(clients, options.refs)
        if not tasks:
            _show.say("nothing in flight")
            return 0
        found, codes = _places(clients, tasks, as_json=options.json)
        return _exits.worst([*codes, wait_for(found, options)])


def _wanted(clients: Clients, refs: list[str]) -> list[Task[Any]]:
    from accepted.errors import TaskNotFound

    if not refs:
        return clients.journal.in_flight()
    kept = {task.ref: task for task in clients.journal.tasks()}
    for ref in refs:
        if ref not in kept:
            raise TaskNotFound(f"{ref} is not in the journal; accepted poll {ref} waits for it all the same", ref=ref)
    return [kept[ref] for ref in dict.fromkeys(refs)]


def _places(clients: Clients, tasks: list[Task[Any]], *, as_json: bool) -> tuple[list[Wanted], list[int]]:
    """Each task with the client of its service and place; a service that is not installed any more is told."""
    from accepted.cli import _show
    from accepted.errors import AcceptedError

    found: list[Wanted] = []
    codes: list[int] = []
    for task in tasks:
        try:
            found.append((clients.of(task.service, task.base_url), task))
        except AcceptedError as error:
            error.service, error.ref = task.service, task.ref
            _show.error(error, as_json=as_json)
            codes.append(error.exit_code)
    return found, codes
