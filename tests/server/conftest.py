"""A served API and a client that is not ours: `http.client` for what it can say, a bare socket for the rest."""

import http.client
import json
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import Message
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from accepted.asgi import App, running

TIMEOUT = 10.0


@dataclass(frozen=True)
class Answered:
    status: int
    headers: Message
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def kind(self) -> str:
        assert self.headers["content-type"] == "application/problem+json"
        assert self.json["status"] == self.status
        return self.json["type"].removeprefix("#")

    @property
    def wrong(self) -> list[str]:
        """The places that a problem names."""
        return [one["pointer"] for one in self.json.get("errors", ())]


class Wire:
    """Speaks to one server; every request on a connection of its own unless `connection` is used."""

    def __init__(self, base_url: str, headers: Mapping[str, str] | None = None) -> None:
        self.base_url = base_url
        self.address = (str(urlsplit(base_url).hostname), int(urlsplit(base_url).port or 0))
        self.headers = dict(headers or {})

    def connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(*self.address, timeout=TIMEOUT)

    def ask(self, method: str, target: str, body: Any = None, **headers: str) -> Answered:
        """One request. A body that is no bytes is sent as JSON; `Content_Type=""` sends none."""
        fields = self.headers | {name.replace("_", "-"): value for name, value in headers.items()}
        if body is not None:
            fields = {"Content-Type": "application/json"} | fields
            body = body if isinstance(body, bytes) else json.dumps(body).encode()
        connection = self.connection()
        try:
            connection.request(method, target, body, {name: value for name, value in fields.items() if value})
            return read(connection.getresponse())
        finally:
            connection.close()

    def raw(self, request: bytes, *, method: str = "GET") -> Answered:
        """What is answered to these bytes."""
        with socket.create_connection(self.address, timeout=TIMEOUT) as sock:
            sock.sendall(request)
            answer = http.client.HTTPResponse(sock, method=method)
            answer.begin()
            return read(answer)

    def create(self, type: str = "render", **inputs: Any) -> Any:
        """The document of a new task."""
        answer = self.ask("POST", "/api/tasks", {"type": type, "input": inputs})
        assert answer.status == 202, answer.body
        return answer.json

    def final(self, path: str) -> Any:
        """The document of a task when it is final."""
        answer = self.ask("GET", path, Prefer="wait=10")
        while answer.json["status"] not in ("completed", "failed", "cancelled", "expired"):
            answer = self.ask("GET", path, Prefer="wait=10")
        return answer.json


def read(answer: http.client.HTTPResponse) -> Answered:
    return Answered(answer.status, answer.headers, answer.read())


@contextmanager
def _serving(app: App, **headers: str) -> Iterator[Wire]:
    with running(app) as base_url:
        yield Wire(base_url, headers)


Serving = Callable[..., Any]


@pytest.fixture(scope="session")
def serving() -> Serving:
    """`with serving(app) as wire`: the app on a socket, and a `Wire` to it."""
    return _serving


@pytest.fixture(scope="session")
def wire_to() -> Callable[..., Wire]:
    """`wire_to(base_url)`: speaks to a server that somebody else started."""
    return Wire


def _executor_of(file: Path) -> int | None:
    inode = file.with_name(file.name + ".executor-lock").stat().st_ino
    holders = [line.split() for line in Path("/proc/locks").read_text().splitlines()]
    return next((int(words[4]) for words in holders if words[5].endswith(f":{inode}") and words[3] == "WRITE"), None)


@pytest.fixture(scope="session")
def executor_of() -> Callable[[Path], int | None]:
    """`executor_of(file)`: the process that holds the lock of a file's executor, None while none does. Linux only."""
    return _executor_of
