"""What the durable 202 is measured against: a POST that reads its JSON, keeps nothing and answers 202.

`app` is bare ASGI, `starlette_app` the same as most people would write it. Run by `bench/server.py`.
"""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

_ANSWER = {"id": "0123456789abcdef", "status": "queued"}
_BODY = msgspec.json.encode(_ANSWER)
_HEADERS = [(b"content-type", b"application/json"), (b"content-length", str(len(_BODY)).encode())]


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """An ASGI 3 application."""
    if scope["type"] != "http":
        raise NotImplementedError  # so a server knows that there is nothing to start
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    msgspec.json.decode(body)
    await send({"type": "http.response.start", "status": 202, "headers": _HEADERS})
    await send({"type": "http.response.body", "body": _BODY})


async def _create(request: Request) -> JSONResponse:
    await request.json()
    return JSONResponse(_ANSWER, status_code=202)


starlette_app = Starlette(routes=[Route("/api/tasks", _create, methods=["POST"])])
