"""Wire values <-> ASGI: how simulators, the server and the webhook receiver get onto a socket.

`application` turns a function of `core.wire` values into an ASGI 3 app; what it is made of is here for an app that
needs more (streamed answers, a mount, a body that is read late). `serve` and `running` put an app on a loopback port
with uvicorn (extra `server`, imported only when they are called).
"""

from accepted.asgi.app import (
    Answer,
    App,
    Handler,
    Left,
    Message,
    Receive,
    Scope,
    Send,
    Streamed,
    TooLarge,
    application,
    read_body,
    request_of,
    send_streamed,
    send_whole,
)
from accepted.asgi.mount import encoded_slash, place
from accepted.asgi.serve import is_loopback, running, serve

__all__ = [
    "Answer",
    "App",
    "Handler",
    "Left",
    "Message",
    "Receive",
    "Scope",
    "Send",
    "Streamed",
    "TooLarge",
    "application",
    "encoded_slash",
    "is_loopback",
    "place",
    "read_body",
    "request_of",
    "running",
    "send_streamed",
    "send_whole",
    "serve",
]
