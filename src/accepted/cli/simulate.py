"""Serve a local double of a service until Ctrl-C: to try, test and demonstrate without an account.

It prints its base URL and the variables that point the client at it. GET /_simulator tells what it was asked.

accepted simulate jules
accepted simulate jules --scenario lost-answer,eventual --seed 7
"""

from __future__ import annotations

import argparse
from typing import Any

from accepted.cli import _options


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("service", metavar="SERVICE", help="the service to play")
    parser.add_argument("--scenario", metavar="A,B", default="happy", help="what it plays; `help` lists them")
    parser.add_argument("--port", type=_options.port, default=0, help="on 127.0.0.1; a free one by default")
    parser.add_argument("--seed", type=int, default=0, help="of everything that looks random")
    told = "seconds that a task takes"
    parser.add_argument("--duration", metavar="SECONDS", type=_options.seconds, default=10.0, help=told)
    told = "seconds for which the scenario `eventual` hides a new task"
    parser.add_argument("--grace", metavar="SECONDS", type=_options.seconds, default=1.5, help=told)
    _options.output(parser)


def run(options: argparse.Namespace) -> int:
    """Serve."""
    from accepted import asgi, simulate
    from accepted.cli import _show
    from accepted.cli._command import begin
    from accepted.errors import BadRequest

    try:
        scenarios, factory = simulate.scenarios(options.service), simulate.load(options.service)
        if options.scenario == "help":
            _show.table(("SCENARIO", "WHAT IT PLAYS"), scenarios.items())
            return 0
        double = factory(options.scenario, seed=options.seed, duration=options.duration, grace=options.grace)
    except ValueError as error:
        raise BadRequest(str(error)) from None
    app = asgi.application(simulate.handler(double))
    begin()
    try:
        asgi.serve(app, port=options.port, ready=lambda url: _ready(options, url, url + factory.base_path))
    except KeyboardInterrupt:
        _show.say(_figures(double.counts()))
    return 0


def _ready(options: argparse.Namespace, origin: str, base_url: str) -> None:
    from accepted.auth import prefix
    from accepted.cli import _show

    variables = {
        f"{prefix(options.service)}_BASE_URL": base_url,
        f"{prefix(options.service)}_TOKEN": "simulated",
    }
    if options.json:
        _show.emit({"base_url": base_url, "environment": variables, "control": f"{origin}/_simulator"})
        return
    _show.put(f"{options.service} is simulated at {base_url} ({options.scenario}); Ctrl-C ends it.")
    _show.put("In another terminal:\n")
    for name, value in variables.items():
        _show.put(f"  export {name}={value}")
    _show.put(f"  {_example(options.service)}")
    _show.put(f"\n{origin}/_simulator tells what it was asked and did.")


def _example(service: str) -> str:
    from accepted import services
    from accepted.cli import _inputs

    return _inputs.command("create", services.find(service))


def _figures(counts: Any) -> str:
    told = "{requests} requests, {committed} tasks, {created_twice} created twice, {throttled} times throttled"
    return told.format_map(counts)
