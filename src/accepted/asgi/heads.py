"""Heads of requests within bounds, for uvicorn: its faster parser (httptools) knows none.

h11, which stands in where httptools is missing, refuses a head of more than 64 KiB by itself.
"""

from __future__ import annotations

import asyncio
from typing import Any

MAX_HEAD = 64 * 1024
"""Bytes of a request line and its fields."""

HEAD_WITHIN = 30.0
"""Seconds in which a head has to be there, from the connection or from its first byte on."""


def bounded_heads() -> Any:
    """What uvicorn's `http` setting is to be: a protocol that bounds heads, or `auto` where httptools is missing."""
    try:
        from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
    except ModuleNotFoundError:
        return "auto"

    class BoundedHeads(HttpToolsProtocol):
        """One connection. A head that is too large is answered 400, one that is too slow not at all."""

        _head: int | None = 0
        _timer: asyncio.TimerHandle | None = None

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
            super().connection_made(transport)
            self._expect()

        def connection_lost(self, exc: Exception | None) -> None:
            self._have()
            super().connection_lost(exc)

        def data_received(self, data: bytes) -> None:
            if self._head is not None:
                if self._head > MAX_HEAD:
                    return self.send_400_response(f"The head is larger than {MAX_HEAD} bytes.")
                self._head += len(data)
            return super().data_received(data)

        def on_message_begin(self) -> None:
            super().on_message_begin()
            self._expect()

        def on_headers_complete(self) -> None:
            self._have()
            super().on_headers_complete()

        def _expect(self) -> None:
            """A head is on its way."""
            came = self._head or 0
            self._have()
            self._head = came
            self._timer = self.loop.call_later(HEAD_WITHIN, self.transport.close)

        def _have(self) -> None:
            """It is there."""
            self._head = None
            if self._timer is not None:
                self._timer.cancel()
            self._timer = None

    return BoundedHeads
