"""Do what only this service can do to a task; `accepted services NAME` lists its acts.

accepted act jules:314 approve_plan
accepted act jules:314 send_message prompt="Use pytest, please"
"""

from __future__ import annotations

import argparse

from accepted.cli import _options


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    _options.refs(parser, many=False)
    parser.add_argument("name", metavar="ACT", help="what to do")
    _options.inputs(parser)
    _options.experimental(parser)
    _options.output(parser)
    _options.connection(parser)


def run(options: argparse.Namespace) -> int:
    """Do it, and print the task as it is then known."""
    from accepted.cli import _inputs, _show
    from accepted.cli._clients import Clients

    with Clients(options) as clients:
        client, task = clients.locate(options.ref)
        act = client.contract.acts.get(options.name)
        inputs = _inputs.gather(options.inputs, options.input, act.inputs if act else None)
        allowed = client.with_options(experimental=options.experimental)
        _show.task(allowed.act(task, options.name, **inputs), as_json=options.json)
        return 0
