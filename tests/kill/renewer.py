"""A client that renews a login file, to be started many at once or killed: one request for the usage, told as JSON.

Its arguments are the origin of a simulated Codex and the point at which it kills itself (`-`: none).
`CODEX_HOME` names its folder, as ever. It says `ready` and begins when it is sent a line.
No variable moves the address of renewals, on purpose: this program has a contract of its own for it.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn, Self

from accepted.client import Client
from accepted.core.wire import Dropped, Request, Response
from accepted.drivers.http import HttpTransport
from accepted.drivers.http import Settings as HttpSettings
from accepted.errors import AcceptedError
from accepted.services import codex


def die(*_: Any, **__: Any) -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("unreachable")


def die_after(what: Any) -> Any:
    """What is done, and then no more."""

    def done(*args: Any, **kwargs: Any) -> NoReturn:
        what(*args, **kwargs)
        die()

    return done


class Half:
    """An open file of which only the first half is ever written."""

    def __init__(self, file: Any) -> None:
        self._file = file

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def write(self, text: bytes) -> NoReturn:
        self._file.write(text[: len(text) // 2])
        self._file.flush()
        die()


def half_open(path: Path, *args: Any, **kwargs: Any) -> Any:
    """As `Path.open`, but nobody gets to write a whole file."""
    file = OPEN(path, *args, **kwargs)
    return Half(file) if file.writable() else file


OPEN = Path.open


class Transport(HttpTransport):
    """Dies around a renewal where it is told to."""

    point = "-"

    def send(self, request: Request, timeout: float) -> Response | Dropped:
        renews = request.url.endswith("/oauth/token")
        if renews and self.point == "before the renewal":
            die()
        answer = super().send(request, timeout)
        if renews and self.point == "answered":
            die()
        if renews:
            arm(self.point)
        return answer


def arm(point: str) -> None:
    """Have this process die at a point between the answer and its end."""
    match point:
        case "in the middle of the write":
            Path.open = half_open  # type: ignore[method-assign,assignment]
        case "written":
            os.fsync = die
        case "before the replacement":
            Path.replace = die  # type: ignore[method-assign,assignment]
        case "after the replacement":
            Path.replace = die_after(Path.replace)  # type: ignore[method-assign]


def main(origin: str, point: str) -> None:
    credential = codex.contract.credential
    assert credential
    assert credential.file

    def renewal(refresh: str) -> Request:
        return replace(codex.LOGIN.renewal(refresh), url=f"{origin}/oauth/token")

    file = replace(codex.LOGIN, origins=(origin,), renewal=renewal)
    contract = replace(codex.contract, credential=replace(credential, file=file))
    Transport.point = point
    transport = Transport(HttpSettings(verify=False))  # plain HTTP only; reading certificates takes time
    print("ready", flush=True)
    sys.stdin.readline()
    client = Client(contract, base_url=f"{origin}/backend-api", journal=None, transport=transport, request_timeout=60.0)
    try:
        print(json.dumps({"plan": client.get_usage().plan}), flush=True)
    except AcceptedError as error:
        print(json.dumps({"error": type(error).__name__, "told": str(error)}), flush=True)
    finally:
        transport.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
