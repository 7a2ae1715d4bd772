"""Heads of requests that are too large or too slow, over a real socket."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import uvicorn

from accepted.asgi import application
from accepted.core.wire import Response

pytest.importorskip("httptools", reason="h11 has bounds of its own")
from accepted.asgi import heads

OK = b"HTTP/1.1 200"


@contextmanager
def serving() -> Iterator[tuple[str, int]]:
    listener = socket.create_server(("127.0.0.1", 0))
    app = application(lambda _: Response(status=200, body=b"ok"))
    server = uvicorn.Server(uvicorn.Config(app, http=heads.BoundedHeads, log_config=None, ws="none"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[:2]
    finally:
        server.should_exit = True
        thread.join(5)


@pytest.fixture(scope="module")
def place() -> Iterator[tuple[str, int]]:
    with serving() as made:
        yield made


def said(place: tuple[str, int], *parts: bytes) -> bytes:
    with socket.create_connection(place, timeout=10) as one:
        for part in parts:
            try:
                one.sendall(part)
            except ConnectionError:
                break
        try:
            return one.recv(65536)
        except ConnectionError:
            return b""


def test_an_ordinary_head_passes_also_in_pieces_and_again_on_its_connection(place: tuple[str, int]) -> None:
    assert said(place, b"GET / HTTP/1.1\r\nHo", b"st: x\r\n", b"\r\n").startswith(OK)
    with socket.create_connection(place, timeout=10) as one:
        for _ in range(3):
            one.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 200000\r\n\r\n" + b"x" * 200_000)
            answer = b""
            while not answer.endswith(b"ok"):  # the body may come by itself
                answer += one.recv(65536) or pytest.fail(f"ended in {answer!r}")
            assert answer.startswith(OK)


@pytest.mark.parametrize(
    "endless", [b"x" * 65536, b"a: b\r\n" * 8192], ids=["one field without an end", "fields without an end"]
)
def test_a_head_without_an_end_is_refused(place: tuple[str, int], endless: bytes) -> None:
    answer = said(place, b"GET / HTTP/1.1\r\nHost: x\r\nlong: ", *[endless] * 64)
    assert answer == b"" or answer.startswith(b"HTTP/1.1 400")


@pytest.mark.parametrize("begun", [b"", b"GET / HT"])
def test_a_head_that_does_not_come_is_not_waited_for(monkeypatch: pytest.MonkeyPatch, begun: bytes) -> None:
    monkeypatch.setattr(heads, "HEAD_WITHIN", 0.2)
    with serving() as place:
        assert said(place, begun) == b""
