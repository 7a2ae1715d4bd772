"""What is left of an account's limits, where the service says it. Creates nothing.

accepted usage codex
"""

from __future__ import annotations

import argparse
from typing import cast

from accepted.cli import _options


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    _options.service(parser)
    _options.output(parser)
    _options.connection(parser)


def run(options: argparse.Namespace) -> int:
    """Ask, and print."""
    from accepted.cli import _show
    from accepted.cli._clients import Clients
    from accepted.core import codec

    with Clients(options) as clients:
        usage = clients.of(options.service).get_usage()
        if options.json:
            _show.emit(usage)
        else:
            for name, value in cast("dict[str, object]", codec.plain(usage)).items():
                _show.part(name, value)
        return 0
