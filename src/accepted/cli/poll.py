"""Wait until tasks are final, and print what they yielded (Step 2/2).

accepted poll jules:314
accepted poll jules:314 jules:315 --timeout 1800 --json
"""

from __future__ import annotations

import argparse

from accepted.cli import _options


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    _options.refs(parser)
    _options.waiting(parser)
    _options.output(parser)
    _options.connection(parser)


def run(options: argparse.Namespace) -> int:
    """Wait, and print each task as it ends."""
    from accepted.cli._clients import Clients
    from accepted.cli._wait import wait_for

    with Clients(options) as clients:
        return wait_for([clients.locate(ref) for ref in dict.fromkeys(options.refs)], options)
