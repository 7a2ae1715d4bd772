"""The tasks that a service has, whoever created them; newest first where the service lists them so.

accepted list jules --limit 5
accepted list jules --status failed --json
accepted list codex task_filter=archived
"""

from __future__ import annotations

import argparse

from accepted.cli import _options


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    _options.service(parser)
    _options.filters(parser)
    parser.add_argument("--limit", metavar="N", type=_options.count, default=20, help="so many at most; 20 by default")
    parser.add_argument("--all", action="store_true", help="all of them, page after page")
    parser.add_argument("--status", metavar="WORD", help="only those with this status (queued, completed, ...)")
    _options.output(parser)
    _options.connection(parser)


def run(options: argparse.Namespace) -> int:
    """List."""
    from accepted.cli import _inputs, _show
    from accepted.cli._clients import Clients

    with Clients(options) as clients:
        limit = None if options.all else options.limit
        client = clients.of(options.service)
        shape = client.contract.listing.filters if client.contract.listing else None
        filters = _inputs.gather(options.filters, None, shape)
        tasks = client.list_tasks(limit=limit, status=options.status, **filters)
        if options.json:
            for task in tasks:
                _show.task(task, as_json=True)
        else:
            _show.table(_show.HEADER, map(_show.row, tasks))
        return 0
