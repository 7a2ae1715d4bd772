"""Heads of requests within bounds, for uvicorn over httptools: that parser knows none.

Imported by uvicorn, by its name, and only where httptools is there. h11, which stands in elsewhere, refuses a head of
more than 64 KiB by itself.
"""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_HEAD = 64 * 1024
"""Bytes of a request line and its fields."""

HEAD_WITHIN = 30.0
"""Seconds in which a head has to be there, from the connection or from its first byte on."""


class BoundedHeads(HttpToolsProtocol):
    """One connection. A head that is too large is answered 400, one that is too slow not at all."""

    _head: int | None = 0
    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """As uvicorn's; a head is expected."""
        super().connection_made(transport)
        self._expect()

    def connection_lost(self, exc: Exception | None) -> None:
        """As uvicorn's."""
        self._have()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """As uvicorn's, unless what came of a head is too much already."""
        if self._head is not None:
            if self._head > MAX_HEAD:
                return self.send_400_response(f"The head is larger than {MAX_HEAD} bytes.")
            self._head += len(data)
        return super().data_received(data)

    def on_message_begin(self) -> None:
        """The first byte of a head."""
        super().on_message_begin()
        self._expect()

    def on_headers_complete(self) -> None:
        """The last one."""
        self._have()
        super().on_headers_complete()

    def _expect(self) -> None:
        came = self._head or 0
        self._have()
        self._head = came
        self._timer = self.loop.call_later(HEAD_WITHIN, self.transport.close)

    def _have(self) -> None:
        self._head = None
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None
