import http.client
from collections.abc import AsyncGenerator
from typing import Any
from urllib.parse import urlsplit

import pytest

from accepted.asgi import Streamed, encoded_slash, place, running, send_streamed


@pytest.mark.parametrize(
    "row",
    [
        # Not mounted, with and without `raw_path`
        ("/api/tasks", "", b"/api/tasks", {}, "", "/api/tasks"),
        ("/api/tasks", "", None, {}, "", "/api/tasks"),
        ("/api/tasks/a b", "", b"/api/tasks/a%20b", {}, "", "/api/tasks/a b"),
        ("/api/tasks/", "", b"/api/tasks/", {}, "", "/api/tasks/"),
        # Decoded once: what shows an encoded percent sign stays
        ("/api/%2e", "", b"/api/%252e", {}, "", "/api/%2e"),
        # Starlette, FastAPI; a server with a root path
        ("/svc/api/tasks", "/svc", b"/svc/api/tasks", {}, "/svc", "/api/tasks"),
        ("/svc/api/tasks", "/svc/", b"/svc/api/tasks", {}, "/svc", "/api/tasks"),
        ("/svc/", "/svc", b"/svc/", {}, "/svc", "/"),
        # A proxy, or a server, that strips the prefix
        ("/api/tasks", "/proxy", b"/api/tasks", {}, "/proxy", "/api/tasks"),
        ("/svcs/api", "/svc", b"/svcs/api", {}, "/svc", "/svcs/api"),
        # Starlette behind such a proxy
        ("/svc/api/tasks", "/proxy/svc", b"/svc/api/tasks", {"app_root_path": "/proxy"}, "/proxy/svc", "/api/tasks"),
        # Litestar
        ("/api/tasks/", "", b"/svc/api/tasks", {}, "/svc", "/api/tasks"),
        ("/api/tasks/", "", b"/svc/api/tasks/", {}, "/svc", "/api/tasks/"),
        ("/", "", b"/svc", {}, "/svc", ""),
        # Whoever changed the path to what was not sent is believed
        ("/other", "", b"/svc/api/tasks", {}, "", "/other"),
    ],
)
def test_what_is_before_an_app_and_what_is_its_own(row: tuple[str, str, bytes | None, Any, str, str]) -> None:
    path, root_path, raw_path, more, prefix, own = row
    assert place({"path": path, "root_path": root_path, "raw_path": raw_path, **more}) == (prefix, own)


@pytest.mark.parametrize(
    ("raw_path", "found"),
    [(b"/a/b", False), (b"/a%2Fb", True), (b"/a%2fb", True), (b"/a%252fb", False), (b"/a%20b", False), (None, False)],
)
def test_an_encoded_slash_is_seen(raw_path: bytes | None, found: bool) -> None:
    assert encoded_slash({"path": "/a/b", "raw_path": raw_path}) is found


class Source:
    def __init__(self) -> None:
        self.asked = 0
        self.closed = False

    async def chunks(self) -> AsyncGenerator[bytes]:
        try:
            for chunk in (b"one ", b"two ", b"three"):
                self.asked += 1
                yield chunk
        finally:
            self.closed = True


def test_a_streamed_answer_comes_whole_and_of_a_head_nothing_is_made() -> None:
    sources: list[Source] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            sources.append(Source())
            answer = Streamed(status=200, headers=(("Content-Type", "text/plain"),), chunks=sources[-1].chunks())
            await send_streamed(send, answer, head_only=scope["method"] == "HEAD")

    with running(app) as base_url:
        connection = http.client.HTTPConnection(urlsplit(base_url).netloc, timeout=5)
        for method, body in (("GET", b"one two three"), ("HEAD", b""), ("GET", b"one two three")):
            connection.request(method, "/")
            answer = connection.getresponse()
            assert (answer.status, answer.headers["content-type"], answer.read()) == (200, "text/plain", body)
        connection.close()
    assert [source.asked for source in sources] == [3, 0, 3]
    assert [source.closed for source in sources] == [True, False, True]
