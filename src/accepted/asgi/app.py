"""From a handler of plain wire values to an ASGI 3 application, and nothing about any service.

The one thing ASGI has no word for is an answer that never arrives whole, which clients must survive.
A `Dropped` is played by promising more bytes than are sent and returning: a server can then only close
the connection, and no client can take what came for a whole answer.
"""

from __future__ import annotations

import inspect
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, MutableMapping
from contextlib import aclosing
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from accepted.core.wire import MAX_ANSWER, Dropped, Headers, Request, Response, header

Answer = Response | Dropped
Handler = Callable[[Request], Answer | Awaitable[Answer]]

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

_TOO_LARGE = Response(
    status=413, headers=(("content-type", "text/plain"), ("connection", "close")), body=b"too large\n"
)
"""The rest of the body stays unread, so this connection cannot carry another request."""

_BODILESS = frozenset({204, 304})


@dataclass(frozen=True, slots=True, kw_only=True)
class Streamed:
    """An answer whose body is made while it is sent: a file, or events that go on."""

    status: int
    headers: Headers = ()
    chunks: AsyncGenerator[bytes]


class Left(Exception):
    """The client went away before its request was whole, or before its answer was."""


class TooLarge(Exception):
    """The request body is larger than the application takes."""


def application(handler: Handler, *, max_body: int = MAX_ANSWER) -> App:
    """An ASGI 3 application that answers every HTTP request with `handler(request)`.

    The request's url is absolute and keeps path and query exactly as they were sent, because an encoded
    slash (`%2F`) inside an id is not a slash. `handler` may be a plain function, called on the server's loop
    and thus one request at a time, or return an awaitable. A body of more than `max_body` bytes is answered
    413 without asking the handler; `HEAD` gets the head of whatever the handler answers; `Dropped` closes the
    connection in the middle of an answer. What the handler raises is the server's to log and answer with 500.
    """

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        match scope["type"]:
            case "http":
                await _http(handler, max_body, scope, receive, send)
            case "lifespan":
                await _lifespan(receive, send)
            case other:
                raise NotImplementedError(f"only http is served here, not {other}")

    return app


async def _http(handler: Handler, max_body: int, scope: Scope, receive: Receive, send: Send) -> None:
    try:
        body = await read_body(scope, receive, max_body)
    except Left:
        return
    except TooLarge:
        await send_whole(send, _TOO_LARGE, head_only=False)
        return
    answer = handler(request_of(scope, body))
    if inspect.isawaitable(answer):
        answer = await answer
    match answer:
        case Dropped():
            await _drop(send)
        case Response():
            await send_whole(send, answer, head_only=scope["method"] == "HEAD")


def request_of(scope: Scope, body: bytes) -> Request:
    """The request of a scope as a wire value, its path and query exactly as they were sent."""
    headers = tuple([(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]])
    path: bytes = scope.get("raw_path") or quote(scope["path"]).encode()
    query: bytes = scope.get("query_string", b"")
    target = path.decode("latin-1") + ("?" + query.decode("latin-1") if query else "")
    authority = header(headers, "host") or _address(scope)
    return Request(
        method=scope["method"],
        url=f"{scope.get('scheme', 'http')}://{authority}{target}",
        headers=headers,
        body=body,
    )


def _address(scope: Scope) -> str:
    """For a client that sent no Host (HTTP/1.0)."""
    host, port = scope.get("server") or ("localhost", None)
    return f"{host}:{port}" if port else host


async def read_body(scope: Scope, receive: Receive, limit: int) -> bytes:
    """The whole body of a request; raises Left, or TooLarge beyond `limit` bytes, as soon as that is known."""
    if _announced(scope["headers"]) > limit:
        raise TooLarge
    body = bytearray()
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Left
        body += message.get("body", b"")
        if len(body) > limit:
            raise TooLarge
        more = message.get("more_body", False)
    return bytes(body)


def _announced(headers: Iterable[tuple[bytes, bytes]]) -> int:
    for name, value in headers:
        if name == b"content-length":
            return int(value) if value.isdigit() else 0
    return 0


async def send_whole(send: Send, answer: Response, *, head_only: bool) -> None:
    """Send an answer, or the head of it, with its length."""
    headers = _encoded(answer.headers)
    sized = any(name == b"content-length" for name, _ in headers)
    if not sized and answer.status not in _BODILESS:
        headers.append((b"content-length", str(len(answer.body)).encode()))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if head_only else answer.body})


async def send_streamed(send: Send, answer: Streamed, *, head_only: bool) -> None:
    """Send an answer as its chunks come; they are closed whatever happens. Of a HEAD none is asked for."""
    async with aclosing(answer.chunks) as chunks:
        await send({"type": "http.response.start", "status": answer.status, "headers": _encoded(answer.headers)})
        if not head_only:
            async for chunk in chunks:
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


def _encoded(headers: Headers) -> list[tuple[bytes, bytes]]:
    return [(_lower(name), value.encode("latin-1")) for name, value in headers]


@lru_cache(maxsize=256)
def _lower(name: str) -> bytes:
    return name.lower().encode("latin-1")


async def _drop(send: Send) -> None:
    promised = [(b"content-type", b"application/json"), (b"content-length", b"1000000")]
    await send({"type": "http.response.start", "status": 200, "headers": promised})
    await send({"type": "http.response.body", "body": b"{", "more_body": True})


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
