import asyncio
import http.client
import logging
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest

from accepted.asgi import Answer, Handler, application, running
from accepted.core.wire import Dropped, Request, Response


@contextmanager
def connected(handler: Handler, **options: int) -> Iterator[http.client.HTTPConnection]:
    with running(application(handler, **options)) as base_url:
        connection = http.client.HTTPConnection(urlsplit(base_url).netloc, timeout=5)
        try:
            yield connection
        finally:
            connection.close()


def echo(request: Request) -> Response:
    """The request line and the body as the handler saw them."""
    assert isinstance(request.body, bytes)
    return Response(status=200, body=f"{request.method} {request.url}\n".encode() + request.body)


@pytest.mark.parametrize(
    "target",
    [
        "/a/b",
        "/projects/p%2Fq/tasks/1%3A2",  # an encoded slash is part of an id
        "/a?filter=create_time%3E%222026%22&x=1+2",
        "/%E2%82%AC//double",
    ],
)
def test_url_is_absolute_and_as_sent(target: str) -> None:
    with connected(echo) as connection:
        connection.request("GET", target)
        line = connection.getresponse().read().decode()
        assert line == f"GET http://{connection.host}:{connection.port}{target}\n"


def test_method_headers_and_body_arrive() -> None:
    seen: list[Request] = []

    def handler(request: Request) -> Response:
        seen.append(request)
        return Response(status=201, headers=(("X-Twice", "1"), ("X-Twice", "2")), body=b"{}")

    with connected(handler) as connection:
        connection.request("PUT", "/x", body=b"hello", headers={"X-Goog-Api-Key": "k"})
        answer = connection.getresponse()
        assert (answer.status, answer.headers.get_all("x-twice"), answer.read()) == (201, ["1", "2"], b"{}")
    assert (seen[0].method, seen[0].body) == ("PUT", b"hello")
    assert ("x-goog-api-key", "k") in seen[0].headers


def test_awaitable_answers_are_awaited() -> None:
    async def handler(request: Request) -> Response:
        await asyncio.sleep(0)
        return echo(request)

    with connected(handler) as connection:
        connection.request("POST", "/x", body=b"later")
        assert connection.getresponse().read().endswith(b"later")


def test_dropped_gives_no_whole_answer_and_no_log(caplog: pytest.LogCaptureFixture) -> None:
    answers: list[Answer] = [Dropped(reason="on purpose"), Response(status=200, body=b"whole")]

    with caplog.at_level(logging.ERROR), connected(lambda _: answers.pop(0)) as connection:
        connection.request("POST", "/x", body=b"{}")
        with pytest.raises(http.client.IncompleteRead):
            connection.getresponse().read()
        connection.close()
        connection.request("GET", "/x")
        assert connection.getresponse().read() == b"whole"
    assert not caplog.records


def test_head_has_the_head_only() -> None:
    with connected(echo) as connection:
        connection.request("HEAD", "/x")
        answer = connection.getresponse()
        assert int(answer.headers["content-length"]) > 0
        assert answer.read() == b""
        connection.request("GET", "/x")  # the same connection goes on
        assert connection.getresponse().read().startswith(b"GET ")


def test_no_content_has_no_length() -> None:
    with connected(lambda _: Response(status=204)) as connection:
        connection.request("DELETE", "/x")
        assert "content-length" not in connection.getresponse().headers


@pytest.mark.parametrize("chunked", [False, True], ids=["announced", "chunked"])
def test_body_beyond_the_bound_is_413_unseen(chunked: bool) -> None:
    seen: list[Request] = []

    def handler(request: Request) -> Response:
        seen.append(request)
        return Response(status=200)

    with connected(handler, max_body=10) as connection:
        body = iter([b"123456", b"789012"]) if chunked else b"x" * 11
        connection.request("POST", "/x", body=body, encode_chunked=chunked)
        assert connection.getresponse().status == 413
        connection.close()
        connection.request("POST", "/x", body=b"x" * 10)
        assert connection.getresponse().status == 200
    assert len(seen) == 1


def test_body_announced_too_large_is_refused_before_it_is_sent() -> None:
    with running(application(echo)) as base_url:
        host, port = urlsplit(base_url).hostname, urlsplit(base_url).port
        with socket.create_connection((host, port), timeout=5) as raw:
            raw.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n")
            assert raw.recv(100).startswith(b"HTTP/1.1 413")


def test_host_header_wins_over_the_address_and_may_be_missing() -> None:
    with running(application(echo)) as base_url:
        host, port = urlsplit(base_url).hostname, urlsplit(base_url).port
        for sent, seen in ((b"Host: jules.test\r\n", "http://jules.test/"), (b"", f"{base_url}/")):
            with socket.create_connection((host, port), timeout=5) as raw:
                raw.sendall(b"GET / HTTP/1.0\r\n" + sent + b"\r\n")
                answer = b"".join(iter(lambda: raw.recv(4096), b""))
            assert answer.decode().endswith(f"GET {seen}\n")


def test_several_clients_at_once() -> None:
    with running(application(echo)) as base_url:

        def ask(number: int) -> bytes:
            connection = http.client.HTTPConnection(urlsplit(base_url).netloc, timeout=5)
            connection.request("POST", f"/{number}", body=str(number).encode() * 1000)
            answer = connection.getresponse().read()
            connection.close()
            return answer

        with ThreadPoolExecutor(16) as pool:
            answers = list(pool.map(ask, range(100)))
    expected = [f"POST {base_url}/{number}\n{str(number) * 1000}".encode() for number in range(100)]
    assert answers == expected


def test_what_a_handler_raises_is_500_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    def broken(_: Request) -> Response:
        raise ZeroDivisionError

    with connected(broken) as connection:
        connection.request("GET", "/")
        assert connection.getresponse().status == 500
    assert "ZeroDivisionError" in caplog.text


def test_the_port_is_free_again_afterwards() -> None:
    with running(application(echo)) as base_url:
        port = urlsplit(base_url).port or 0
    with running(application(echo), port=port) as again:
        assert again == base_url


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "example.com", "::"])
def test_only_the_loopback_is_served(host: str) -> None:
    with pytest.raises(ValueError, match="loopback"), running(application(echo), host=host):
        pass


def test_a_taken_port_is_an_os_error() -> None:
    with running(application(echo)) as base_url:
        taken = urlsplit(base_url).port or 0
        with pytest.raises(OSError, match="in use"), running(application(echo), port=taken):
            pass


def test_an_app_that_fails_to_start_is_told() -> None:
    async def app(scope, receive, send) -> None:
        await receive()
        await send({"type": "lifespan.startup.failed", "message": "no database"})

    with pytest.raises(RuntimeError, match="before it was ready"), running(app):
        pass


def test_lifespan_is_acknowledged() -> None:
    events = iter(["lifespan.startup", "lifespan.shutdown"])
    sent: list[str] = []

    async def receive() -> dict[str, str]:
        return {"type": next(events)}

    async def send(message) -> None:
        sent.append(message["type"])

    asyncio.run(application(echo)({"type": "lifespan"}, receive, send))
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


def test_a_client_that_leaves_is_not_answered() -> None:
    messages = iter([{"type": "http.request", "body": b"half", "more_body": True}, {"type": "http.disconnect"}])

    async def receive() -> dict[str, object]:
        return next(messages)

    async def send(message) -> None:
        raise AssertionError(message)

    scope = {"type": "http", "method": "POST", "path": "/a b", "headers": []}
    asyncio.run(application(echo)(scope, receive, send))


def test_path_is_quoted_where_a_server_gives_no_raw_one() -> None:
    seen: list[str] = []

    async def receive() -> dict[str, object]:
        return {"type": "http.request"}

    async def send(message) -> None:
        pass

    def handler(request: Request) -> Response:
        seen.append(request.url)
        return Response(status=200)

    scope = {"type": "http", "method": "GET", "path": "/a b", "headers": [], "server": ("h", 1)}
    asyncio.run(application(handler)(scope, receive, send))
    assert seen == ["http://h:1/a%20b"]
