"""Print every change of a task until it is final.

accepted watch jules:314
accepted watch jules:314 --json | jq .status
"""

from __future__ import annotations

import argparse

from accepted.cli import _options


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    _options.refs(parser, many=False)
    _options.waiting(parser)
    _options.output(parser)
    _options.connection(parser)


def run(options: argparse.Namespace) -> int:
    """Print changes as they come."""
    from accepted.cli import _exits, _show
    from accepted.cli._clients import Clients
    from accepted.errors import PollTimeout

    with Clients(options) as clients:
        client, wanted = clients.locate(options.ref)
        options.underway[options.ref] = None
        waiting = client.with_options(timeout=options.timeout, min_interval=options.interval or 0.0)
        code = PollTimeout.exit_code
        for task in waiting.watch_task(wanted):
            _show.task(task, as_json=options.json)
            code = _exits.of_task(task, allow_partial=options.allow_partial)
        return code
