"""Wire values <-> ASGI: how simulators, the server and the webhook receiver get onto a socket.

`application` turns a function of `core.wire` values into an ASGI 3 app; `serve` and `running` put an app on a
loopback port with uvicorn (extra `server`, imported only when they are called).
"""

from accepted.asgi.app import Answer, App, Handler, application
from accepted.asgi.serve import running, serve

__all__ = ["Answer", "App", "Handler", "application", "running", "serve"]
