"""The transport protocol over httpx2: the one module that knows it.

Its errors become `Dropped`, with the one fact that matters: whether the service may have seen the request.
"""

from __future__ import annotations

import os
import ssl
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path
from typing import Any

import httpx2

from accepted.core.wire import MAX_ANSWER, Dropped, Request, Response, Upload
from accepted.drivers.transport import AsyncOpened, Opened, nothing_to_close
from accepted.errors import ConnectionFailed

KEEP_ALIVE = 300.0
"""Seconds that an idle connection is kept: longer than the longest poll interval, so that a poll finds one open."""

_LIMITS = httpx2.Limits(max_connections=100, max_keepalive_connections=100, keepalive_expiry=KEEP_ALIVE)
_UNSENT = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.PoolTimeout,
    httpx2.ProxyError,
    httpx2.UnsupportedProtocol,
    httpx2.LocalProtocolError,
    httpx2.InvalidURL,
    UnicodeError,
)
_ERRORS = (httpx2.HTTPError, *_UNSENT, OSError)
"""What may go wrong on the way; what cannot be encoded is a host name or a field."""

_CHUNK = 64 * 1024
_LAST_PORT = 65535

Verify = ssl.SSLContext | str | bool


@dataclass(frozen=True, slots=True)
class Settings:
    """How to reach the network: a proxy URL, and what vouches for certificates (a CA file, a context, or True)."""

    proxy: str | None = None
    verify: Verify = True

    def client(self) -> dict[str, Any]:
        """What both colours of httpx2 client are made with. Cookies are the machine's, so the client keeps none."""
        verify = ssl.create_default_context(cafile=self.verify) if isinstance(self.verify, str) else self.verify
        jar = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
        agent = {"user-agent": "accepted/0.1"}
        return {"proxy": self.proxy, "verify": verify, "cookies": jar, "headers": agent, "limits": _LIMITS}


class HttpTransport:
    """Blocking HTTP. Safe to use from many threads, and after a fork: a child makes connections of its own."""

    def __init__(self, settings: Settings | None = None) -> None:
        self._settings = settings or Settings()
        self._lock = threading.Lock()
        self._clients: dict[int, httpx2.Client] = {}

    def send(self, request: Request, timeout: float) -> Response | Dropped:
        """As `Transport.send`."""
        opened = self.open(request, timeout, whole=True)
        opened.close()
        return opened.head

    def open(self, request: Request, timeout: float, *, whole: bool = False) -> Opened:
        """As `Transport.open`; `whole` reads a 2xx to its end too."""
        try:
            client = self._client()
            answer = client.send(_outgoing(client, request, timeout, _file(request)), stream=True)
        except _ERRORS as error:
            return Opened(_dropped(error), iter(()), _nothing)
        if whole or not answer.is_success:
            return Opened(_whole(answer, timeout), iter(()), answer.close)
        return Opened(_head(answer), _chunks(answer), answer.close)

    def close(self) -> None:
        """Let go of this process's connections."""
        client = self._clients.pop(os.getpid(), None)
        if client:
            client.close()

    def _client(self) -> httpx2.Client:
        pid = os.getpid()
        if pid not in self._clients:
            # A lock that another thread held at the fork would stay held in the child for ever.
            self._lock = threading.Lock() if self._clients else self._lock
            with self._lock:
                self._clients.setdefault(pid, httpx2.Client(**self._settings.client()))
        return self._clients[pid]


class AsyncHttpTransport:
    """HTTP on a loop."""

    def __init__(self, settings: Settings | None = None) -> None:
        self._settings = settings or Settings()
        self._client: httpx2.AsyncClient | None = None

    async def send(self, request: Request, timeout: float) -> Response | Dropped:
        """As `AsyncTransport.send`."""
        opened = await self.open(request, timeout, whole=True)
        return opened.head

    async def open(self, request: Request, timeout: float, *, whole: bool = False) -> AsyncOpened:
        """As `AsyncTransport.open`; `whole` reads a 2xx to its end too."""
        from anyio import fail_after

        client = self._client = self._client or httpx2.AsyncClient(**self._settings.client())
        try:
            with fail_after(_patience(request, timeout)):
                answer = await client.send(_outgoing(client, request, timeout, _async_file(request)), stream=True)
        except TimeoutError:
            return AsyncOpened(Dropped(reason="no answer in time"), _no_chunks(), nothing_to_close)
        except _ERRORS as error:
            return AsyncOpened(_dropped(error), _no_chunks(), nothing_to_close)
        if whole or not answer.is_success:
            return AsyncOpened(await _async_whole(answer, timeout), _no_chunks(), nothing_to_close)
        return AsyncOpened(_head(answer), _async_chunks(answer), answer.aclose)

    async def close(self) -> None:
        """Let go of connections."""
        if self._client:
            await self._client.aclose()
            self._client = None


def _outgoing(
    client: httpx2.Client | httpx2.AsyncClient, request: Request, timeout: float, content: Any
) -> httpx2.Request:
    if (httpx2.URL(request.url).port or 0) > _LAST_PORT:
        raise httpx2.InvalidURL("no such port")  # each colour would find this out in a way of its own
    fields = list(request.headers)
    if isinstance(request.body, Upload):
        fields.append(("content-length", str(Path(request.body.path).stat().st_size)))
    extensions = {"timeout": httpx2.Timeout(timeout).as_dict()}
    return client.build_request(request.method, request.url, headers=fields, content=content, extensions=extensions)


def _patience(request: Request, timeout: float) -> float | None:
    """Seconds until the head of an answer: to connect, and as many again. A file takes as long as it takes."""
    return None if isinstance(request.body, Upload) else 2 * timeout


def _file(request: Request) -> bytes | Iterator[bytes]:
    return _read_file(request.body.path) if isinstance(request.body, Upload) else request.body


def _read_file(path: str) -> Iterator[bytes]:
    with Path(path).open("rb") as file:
        yield from iter(partial(file.read, _CHUNK), b"")


def _async_file(request: Request) -> bytes | AsyncIterator[bytes]:
    return _async_read_file(request.body.path) if isinstance(request.body, Upload) else request.body


async def _async_read_file(path: str) -> AsyncIterator[bytes]:
    import anyio

    async with await anyio.open_file(path, "rb") as file:
        while chunk := await file.read(_CHUNK):
            yield chunk


def _head(answer: httpx2.Response, body: bytes = b"") -> Response:
    return Response(status=answer.status_code, headers=tuple(answer.headers.multi_items()), body=body)


class _Bounded:
    """A body as it arrives: refused where it is too large or takes too long."""

    def __init__(self, answer: httpx2.Response, timeout: float) -> None:
        self._answer = answer
        self._until = time.monotonic() + timeout
        self._body = bytearray()
        self.refused: Dropped | None = None

    def add(self, chunk: bytes) -> bool:
        """Take a chunk; False where no more is wanted."""
        self._body += chunk
        if len(self._body) > MAX_ANSWER:
            self.refused = Dropped(reason=f"its answer is larger than {MAX_ANSWER} bytes", hopeless=True)
        elif time.monotonic() > self._until:
            self.refused = Dropped(reason="its answer took too long to arrive")
        return self.refused is None

    def answer(self) -> Response | Dropped:
        """What came of it."""
        return self.refused or _head(self._answer, bytes(self._body))


def _whole(answer: httpx2.Response, timeout: float) -> Response | Dropped:
    body = _Bounded(answer, timeout)
    try:
        all(body.add(chunk) for chunk in answer.iter_bytes())
    except httpx2.HTTPError as error:
        return _dropped(error)
    finally:
        answer.close()
    return body.answer()


async def _async_whole(answer: httpx2.Response, timeout: float) -> Response | Dropped:
    body = _Bounded(answer, timeout)
    try:
        async with aclosing(answer.aiter_bytes()) as chunks:
            async for chunk in chunks:
                if not body.add(chunk):
                    break
    except httpx2.HTTPError as error:
        return _dropped(error)
    finally:
        await answer.aclose()
    return body.answer()


def _chunks(answer: httpx2.Response) -> Iterator[bytes]:
    try:
        yield from answer.iter_bytes(_CHUNK)
    except httpx2.HTTPError as error:
        raise ConnectionFailed(f"a download broke off: {_reason(error)}") from None


async def _async_chunks(answer: httpx2.Response) -> AsyncIterator[bytes]:
    try:
        async with aclosing(answer.aiter_bytes(_CHUNK)) as chunks:
            async for chunk in chunks:
                yield chunk
    except httpx2.HTTPError as error:
        raise ConnectionFailed(f"a download broke off: {_reason(error)}") from None


async def _no_chunks() -> AsyncIterator[bytes]:
    return
    yield b""


def _nothing() -> None:
    """There is nothing to close."""


def _dropped(error: Exception) -> Dropped:
    # A body that cannot be read never leaves whole; only errors of files have a name in them.
    unreadable = isinstance(error, OSError) and error.filename is not None
    return Dropped(reason=_reason(error), sent=not (unreadable or isinstance(error, _UNSENT)))


def _reason(error: Exception) -> str:
    said = _said(error)
    match error:
        case httpx2.TimeoutException():
            return f"no answer in time ({type(error).__name__})"
        case httpx2.ConnectError():
            return f"not reached: {said}"
        case _:
            return said


def _said(error: BaseException) -> str:
    """What an error says, or the first of its causes that says something: under trio the outer ones are silent."""
    cause: BaseException | None = error
    while cause is not None and not str(cause):
        cause = cause.__cause__ or cause.__context__
    return str(cause) if cause is not None else type(error).__name__
