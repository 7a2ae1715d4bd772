"""Look for what is wrong, without creating anything: journal, credential, network, clock, and one read.

accepted doctor
accepted doctor jules
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from accepted.cli import _options

if TYPE_CHECKING:
    from accepted.cli._clients import Clients
    from accepted.client import Client

_SKEW = 60.0
"""Seconds by which clocks may differ before it is worth a word: Retry-After may be a date."""

Finding = tuple[str, str, int]
"""What was looked at, what was seen, and the exit code that it is worth."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("name", metavar="SERVICE", nargs="?", help="only this one; all services by default")
    _options.output(parser)
    _options.connection(parser)


def run(options: argparse.Namespace) -> int:
    """Look at one thing after the other and say what was seen."""
    from accepted import services
    from accepted.cli import _exits, _show
    from accepted.cli._clients import Clients

    codes: list[int] = []
    with Clients(options) as clients:
        names = [options.name] if options.name else services.names()
        checks = {"": _journal(clients), **{name: _service(clients, name, options) for name in names}}
        for service, findings in checks.items():
            for what, seen, code in findings:
                codes.append(code)
                if options.json:
                    _show.emit({"service": service or None, "check": what, "ok": not code, "seen": seen})
                else:
                    _show.put(f"{'ok' if not code else '!!':3} {' '.join(filter(None, (service, what))):18} {seen}")
    return _exits.worst(codes)


def _journal(clients: Clients) -> Iterator[Finding]:
    from accepted.drivers.journal import Journal
    from accepted.errors import JournalFailed

    journal = clients.journal
    if not isinstance(journal, Journal):
        yield "journal", "turned off", 0
        return
    try:
        yield "journal", f"{journal.path}, {len(journal.in_flight())} in flight", 0
    except JournalFailed as error:
        yield "journal", str(error), error.exit_code


def _service(clients: Clients, name: str, options: argparse.Namespace) -> Iterator[Finding]:
    """Everything about one service; what hangs on something that is wrong is not looked at."""
    from accepted import auth, services
    from accepted.cli.services import base_url, credential
    from accepted.errors import AcceptedError, AuthenticationFailed, BadRequest

    if not options.base_url and not base_url(services.find(name)):
        yield "base URL", f"only you know it: --base-url or {auth.prefix(name)}_BASE_URL", BadRequest.exit_code
        return
    try:
        client = clients.of(name)
    except AuthenticationFailed as error:
        yield "credential", str(error), error.exit_code
        return
    told = credential(client.contract)
    found = told["found"] or options.token_env or not told["needed"]
    where = options.token_env or told["from"] or "none needed"
    missing = f"{told['missing']}. {told['how']}"
    if not options.token_env and (astray := _astray(client)) is not None:
        found, missing = False, astray
    yield "credential", where if found else missing, 0 if found else AuthenticationFailed.exit_code
    reached = list(_reached(client, options))
    yield from reached
    if not found or any(code for _, _, code in reached) or client.contract.listing is None:
        return
    try:
        seen = len(list(client.list_tasks(limit=1)))
        yield "read", "the list was read" if seen else "the list was read, it is empty", 0
    except AcceptedError as error:
        yield "read", str(error), error.exit_code


def _astray(client: Client[..., Any]) -> str | None:
    """Why the credential that is found by itself may not go to this base URL, and what may; None where it may go."""
    from accepted import auth

    return auth.out_of_place(client.contract, client.base_url, auth.source(client.contract, None))


def _reached(client: Client[..., Any], options: argparse.Namespace) -> Iterator[Finding]:
    """Whether anything answers at the base URL, and what time it is there. No credential is sent."""
    from accepted.cli._clients import network
    from accepted.core.wire import Dropped, Request, header
    from accepted.drivers.http import HttpTransport, Settings

    transport = HttpTransport(Settings(**network(options)))
    began = time.perf_counter()
    answer = transport.send(Request(method="GET", url=client.base_url), options.request_timeout)
    transport.close()
    if isinstance(answer, Dropped):
        yield "network", f"{client.base_url}: {answer.reason}", 1
        return
    yield "network", f"{client.base_url} answers in {1000 * (time.perf_counter() - began):.0f} ms", 0
    told = header(answer.headers, "date")
    skew = _skew(told) if told else None
    if skew is not None:
        off = abs(skew) > _SKEW
        yield "clock", f"{abs(skew):.0f} s {'behind' if skew > 0 else 'ahead of'} it" if off else "agrees", int(off)


def _skew(date: str) -> float | None:
    """Seconds by which their clock is ahead of ours; None where the date is none."""
    try:
        return parsedate_to_datetime(date).timestamp() - time.time()
    except ValueError:
        return None
