"""Ask the service to stop tasks. A task may still complete; where a service cannot cancel, nothing is sent.

accepted cancel codex:42
"""

from __future__ import annotations

import argparse

from accepted.cli import _options


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    _options.refs(parser)
    _options.experimental(parser)
    _options.output(parser)
    _options.connection(parser)


def run(options: argparse.Namespace) -> int:
    """Ask for each."""
    from accepted.cli._clients import Clients
    from accepted.cli._each import for_each

    with Clients(options) as clients:
        allowed = options.experimental
        return for_each(
            options, clients, lambda client, task: client.with_options(experimental=allowed).cancel_task(task)
        )
