"""Create a task and print its ref at once, while its work goes on (Step 1/2).

accepted create jules prompt="Fix the flaky test" source=github/acme/widget
accepted create jules prompt=@task.txt --key nightly-2026-11-22
accepted create jules --each prompts.jsonl --json
"""

from __future__ import annotations

import argparse

from accepted.cli import _options


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    _options.service(parser)
    _options.inputs(parser)
    _options.creating(parser)
    _options.output(parser)
    _options.connection(parser)


words = _options.words


def run(options: argparse.Namespace) -> int:
    """Create, and print the ref."""
    from accepted.cli import _create, _exits
    from accepted.cli._clients import Clients

    with Clients(options) as clients:
        created = _create.create(clients.of(options.service), options)
        return _exits.worst(code for _, code in created)
