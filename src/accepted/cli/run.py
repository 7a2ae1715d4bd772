"""Create a task and wait for it: create and poll in one.

accepted run jules prompt="Fix the flaky test" source=github/acme/widget --timeout 1800
"""

from __future__ import annotations

import argparse

from accepted.cli import _options


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    _options.service(parser)
    _options.inputs(parser)
    _options.creating(parser)
    _options.waiting(parser)
    _options.output(parser)
    _options.connection(parser)


words = _options.words


def run(options: argparse.Namespace) -> int:
    """Create, say the ref at once, wait."""
    from accepted.cli import _create, _exits
    from accepted.cli._clients import Clients
    from accepted.cli._wait import wait_for

    with Clients(options) as clients:
        client = clients.of(options.service)
        created = list(_create.create(client, options, quiet=True))
        waited = wait_for([(client, task) for task, _ in created if task is not None], options)
        return _exits.worst([waited, *(code for _, code in created)])
