"""One request after the other for each of several tasks: what looks and cancels have in common."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from accepted.cli import _exits, _show
from accepted.cli._clients import Clients
from accepted.client import Client
from accepted.core.task import Task
from accepted.errors import AcceptedError


def for_each(
    options: argparse.Namespace,
    clients: Clients,
    ask: Callable[[Client[..., Any], Task[Any] | str], Task[Any]],
) -> int:
    """Ask about each ref and print what came of it; an error of one does not keep the others from being asked."""
    codes = [0]
    for client, task in [clients.locate(ref) for ref in dict.fromkeys(options.refs)]:
        try:
            _show.task(ask(client, task), as_json=options.json)
        except AcceptedError as error:
            error.ref = error.ref or (task if isinstance(task, str) else task.ref)
            _show.error(error, as_json=options.json)
            codes.append(error.exit_code)
    return _exits.worst(codes)
