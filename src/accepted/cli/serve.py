"""Serve a TaskAPI: durable tasks over HTTP, from one process or several on one file. Ends gracefully on SIGTERM.

Beyond this machine it listens only with authentication: API keys (`accepted admin keys create`) or `authenticate`.

accepted serve reports:api
accepted serve reports:api --port 8080 --db /var/lib/reports.db --workers 4
accepted serve reports:api --reload
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from accepted.cli import _options

if TYPE_CHECKING:
    from accepted.cli._served import Served
    from accepted.server import TaskAPI

_TRIED = 0.02
"""Seconds between two looks whether the server answers."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("target", metavar="MODULE:API", help="a TaskAPI, imported from this folder")
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on; 127.0.0.1 by default")
    parser.add_argument("--port", type=_options.port, default=8000, help="8000 by default; 0 takes a free one")
    parser.add_argument(
        "--db", metavar="FILE", help="the SQLite file; ACCEPTED_DB, or accepted-tasks.db in this folder"
    )
    parser.add_argument(
        "--workers", metavar="N", type=_options.count, default=1, help="processes; one of them executes"
    )
    parser.add_argument("--reload", action="store_true", help="start anew when a Python file here changes")
    parser.add_argument("--no-execute", action="store_true", help="accept and answer only; another process executes")
    told = "what tasks in progress are given to end, after SIGTERM; 10 by default. The rest is executed again"
    parser.add_argument("--drain", metavar="SECONDS", type=_options.seconds, help=told)
    told = "listen beyond this machine although nobody is asked who they are"
    parser.add_argument("--without-authentication", action="store_true", help=told)
    _options.output(parser)


def run(options: argparse.Namespace) -> int:
    """Serve until SIGTERM or Ctrl-C."""
    import os
    import signal

    import uvicorn

    from accepted.cli import _served, _show
    from accepted.cli._command import begin
    from accepted.core import codec
    from accepted.errors import AcceptedError, BadRequest

    if options.reload and options.workers > 1:
        raise BadRequest("--reload serves from one process; leave --workers away")
    served = _described(options)
    _served.log(served)
    api = _served.load(served)
    authentication = _authentication(api)
    _allowed(options, authentication)
    origin, options.port = _free(options.host, options.port)
    os.environ[_served.VARIABLE] = codec.encode(served).decode()
    begin()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    told = _when_it_answers(options, lambda: _announce(options, api, origin, authentication))
    try:
        uvicorn.run(_served.APPLICATION, factory=True, **_settings(options, api, served))
    except KeyboardInterrupt:
        pass
    except SystemExit:
        raise AcceptedError("the server did not start; it said why above") from None
    if not told():
        raise AcceptedError("the server did not start; it said why above")
    _show.say("stopped; what was in progress is executed when it is served again")
    return 0


def _described(options: argparse.Namespace) -> Served:
    from pathlib import Path

    from accepted.cli._served import Served

    return Served(
        target=options.target,
        folder=str(Path.cwd()),
        db=None if options.db is None else str(Path(options.db).absolute()),
        execute=not options.no_execute,
        drain=options.drain,
        verbose=options.verbose,
    )


def _settings(options: argparse.Namespace, api: TaskAPI, served: Served) -> dict[str, Any]:
    import math
    from importlib.util import find_spec

    return {
        # By its name: workers are started anew, and import it themselves.
        "http": "accepted.asgi.heads:BoundedHeads" if find_spec("httptools") else "auto",
        "host": options.host,
        "port": options.port,
        "workers": options.workers,
        "reload": options.reload,
        **({"reload_dirs": [served.folder]} if options.reload else {}),
        "log_config": None,
        "access_log": options.verbose,
        "ws": "none",
        "server_header": False,
        # Answers that wait end by themselves; a client that does not read its own would keep the server from ending.
        "timeout_graceful_shutdown": max(1, math.ceil(api.drain)),
    }


# ---- who may ask


def _authentication(api: TaskAPI) -> str:
    """How requests are authenticated: `function`, `keys` or `none`."""
    import asyncio

    from accepted.errors import AcceptedError
    from accepted.server import StoreFailed

    async def keys() -> bool:
        try:
            return bool(await api.store.keys())
        finally:
            await api.store.close()

    try:
        has_keys = asyncio.run(keys())
    except StoreFailed as error:
        raise AcceptedError(str(error)) from None
    return "function" if api.authenticate is not None else "keys" if has_keys else "none"


def _allowed(options: argparse.Namespace, authentication: str) -> None:
    from accepted.asgi import is_loopback
    from accepted.errors import BadRequest

    if authentication == "none" and not is_loopback(options.host) and not options.without_authentication:
        raise BadRequest(
            f"{options.host} is reached from other machines, and nobody would be asked who they are. Make an API key "
            "(accepted admin keys create NAME), give TaskAPI an authenticate=, or say --without-authentication"
        )


# ---- what is told


def _free(host: str, port: int) -> tuple[str, int]:
    """The origin and the port, once it is sure that it can be had: uvicorn would end with a traceback."""
    import socket

    from accepted.errors import BadRequest

    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.create_server((host, port), family=family) as listener:
            port = listener.getsockname()[1]
    except OSError as error:
        raise BadRequest(f"cannot listen on {host}, port {port}: {error.strerror}") from None
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}", port


def _when_it_answers(options: argparse.Namespace, tell: Callable[[], None]) -> Callable[[], bool]:
    """Call `tell` once connections are accepted, by whichever process; the answer is whether that happened."""
    import socket
    import threading
    import time
    from contextlib import suppress

    anywhere = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  # what others call us by, not where we listen
    answered = threading.Event()

    def look() -> None:
        while not answered.is_set():
            try:
                socket.create_connection((anywhere.get(options.host, options.host), options.port), 1).close()
            except OSError:
                time.sleep(_TRIED)
            else:
                answered.set()
                with suppress(BrokenPipeError):  # whoever read our output has seen enough
                    tell()

    threading.Thread(target=look, name="accepted-announce", daemon=True).start()
    return answered.is_set


def _announce(options: argparse.Namespace, api: TaskAPI, origin: str, authentication: str) -> None:
    from accepted.cli import _show

    place = origin + api.base_path
    path = getattr(api.store, "path", None)
    if options.json:
        facts = {"url": place, "openapi": f"{place}/openapi.json", "db": path and str(path), "types": list(api.types)}
        _show.emit({"title": api.title, **facts, "executes": api.execute, "authentication": authentication})
        return
    _show.put(f"{api.title} {api.version} at {place}, until Ctrl-C\n")
    for name, told in {
        "tasks": ", ".join(api.types) or "none is declared",
        "document": f"{place}/openapi.json",
        "database": f"{path}: a 202 is sent when the task is on disk (synchronous=FULL)",
        "executes": _executes(options, api),
        "who may": _WHO[authentication],
    }.items():
        _show.put(f"  {name:10}{told}")
    if api.types:
        _show.put(f"\n{_curl(api, place, authentication)}")


_WHO = {
    "none": "everybody who reaches it; from the first API key on (accepted admin keys create NAME), those who have one",
    "keys": "who has an API key (accepted admin keys list)",
    "function": "whom its authenticate= lets in",
}


def _executes(options: argparse.Namespace, api: TaskAPI) -> str:
    if not api.execute:
        return "not here: another process that serves this file has to"
    who = f"one of the {options.workers} processes" if options.workers > 1 else "this process"
    return f"{who}, at least once: after a crash a task runs again, its outcome is recorded once"


def _curl(api: TaskAPI, place: str, authentication: str) -> str:
    """A command that creates a task."""
    import shlex

    from accepted import docs
    from accepted.core import codec

    one = next(iter(api.types.values()))
    inputs = docs.example_of(one.input_schema)
    body = inputs if one.path else {"type": one.name, "input": inputs}
    asked = {"none": "", "keys": ' -H "Authorization: Bearer $ACCEPTED_KEY"', "function": " ..."}[authentication]
    words = shlex.quote(codec.encode(body).decode())
    return f"  curl -i {place}{one.path or '/tasks'}{asked} -H 'Content-Type: application/json' \\\n    -d {words}"
