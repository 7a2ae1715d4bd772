"""An ASGI app on a loopback port, by uvicorn (extra `server`; imported only when something is served).

Only the loopback: what is served here (doubles, demo, tests) has no authentication worth the name.
"""

from __future__ import annotations

import ipaddress
import logging
import socket
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from queue import SimpleQueue
from typing import TYPE_CHECKING

from accepted.asgi.app import App

if TYPE_CHECKING:
    from uvicorn import Server

_STOP_WITHIN = 5.0
"""Seconds that `running` waits for its thread to end."""

_DROPPED = "ASGI callable returned without completing response."
"""uvicorn's error line for what `application` does on purpose to drop a connection (uvicorn 0.54)."""


def serve(app: App, *, host: str = "127.0.0.1", port: int = 0, ready: Callable[[str], None] | None = None) -> None:
    """Serve `app` until SIGINT or SIGTERM; blocks.

    `port` 0 takes a free one. `ready` is called once, with the base URL, as soon as connections are accepted.
    Raises `ValueError` for a host that is not the loopback, `OSError` where the port is taken and
    `ModuleNotFoundError` where uvicorn is not installed.
    """
    with _listening(host, port) as listener:
        _server(app, ready or _nobody, listener).run(sockets=[listener])


@contextmanager
def running(app: App, *, host: str = "127.0.0.1", port: int = 0) -> Generator[str]:
    """Serve `app` from a daemon thread for the length of the block; yields the base URL.

    Raises as `serve` does, and `RuntimeError` where the app failed to start.
    """
    with _listening(host, port) as listener:
        started: SimpleQueue[str | None] = SimpleQueue()
        server = _server(app, started.put, listener)

        def serve_then_tell() -> None:
            try:
                with suppress(SystemExit):  # uvicorn's way to end after a failed start-up, logged
                    server.run(sockets=[listener])
            finally:
                started.put(None)  # only seen where the server ended without ever being ready

        thread = threading.Thread(target=serve_then_tell, name="accepted-asgi", daemon=True)
        thread.start()
        try:
            yield _base_url(started.get())
        finally:
            server.should_exit = True
            thread.join(_STOP_WITHIN)


def _base_url(started: str | None) -> str:
    if started is None:
        raise RuntimeError("the server ended before it was ready; its log says why")
    return started


def _listening(host: str, port: int) -> socket.socket:
    if not is_loopback(host):
        raise ValueError(f"{host} is not a loopback address; this serves 127.0.0.1, ::1 or localhost only")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family)


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches what listens there; other names than `localhost` are not looked up."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _server(app: App, ready: Callable[[str], None], listener: socket.socket) -> Server:
    import uvicorn

    class Telling(uvicorn.Server):
        """uvicorn has no event for "accepts connections now"; the end of `startup` is that moment."""

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started:
                ready(_url_of(listener))

    logging.getLogger("uvicorn.error").addFilter(_unless_dropped)
    return Telling(
        uvicorn.Config(
            app,
            log_config=None,
            log_level="error",
            access_log=False,
            ws="none",
            server_header=False,
            timeout_graceful_shutdown=1,
        )
    )


def _url_of(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _unless_dropped(record: logging.LogRecord) -> bool:
    return record.getMessage() != _DROPPED


def _nobody(_base_url: str) -> None:
    pass
