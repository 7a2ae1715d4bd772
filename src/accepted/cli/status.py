"""Look at tasks once, without waiting. Exit 0 says that the look worked, whatever was seen.

accepted status jules:314
"""

from __future__ import annotations

import argparse

from accepted.cli import _options


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    _options.refs(parser)
    _options.output(parser)
    _options.connection(parser)


def run(options: argparse.Namespace) -> int:
    """One look at each."""
    from accepted.cli._clients import Clients
    from accepted.cli._each import for_each

    with Clients(options) as clients:
        return for_each(options, clients, lambda client, task: client.get_task(task))
