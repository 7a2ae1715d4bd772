"""How the items of a streamed answer are told apart, chunk by chunk.

What may live here: values that are fed what arrives and yield what is whole. Each byte is looked at a bounded number
of times, and an item that does not end is refused.
"""

from __future__ import annotations

import re

from accepted.core.codec import WrongShape
from accepted.core.wire import MAX_ANSWER

_BOM = b"\xef\xbb\xbf"
_LINE = re.compile(rb"\r\n|\n|\r")


class Rows:
    """Told apart by `end`, of which at most four bytes may stand on both sides of two chunks."""

    end: re.Pattern[bytes] = re.compile(rb"\n")

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._size = 0
        self._edge: bytes = b""

    def feed(self, chunk: bytes) -> list[bytes]:
        """The items that are whole now.

        Raises:
            WrongShape: one is larger than any answer may be.
        """
        chunk = chunk if self._size or self._edge else chunk.removeprefix(_BOM)
        self._parts.append(chunk)
        self._size += len(chunk)
        seam = self._edge + chunk
        self._edge = seam[-4:]
        if self.end.search(seam):
            *whole, rest = self.end.split(b"".join(self._parts))
            self._parts, self._size = [rest], len(rest)
            return [item for part in whole if (item := self.item(part))]
        if self._size > MAX_ANSWER:
            raise WrongShape(f"expected an item of at most {MAX_ANSWER} bytes")
        return []

    def close(self) -> list[bytes]:
        """The items in what is left."""
        rest = b"".join(self._parts)
        self._parts = []
        return [item] if (item := self.last(rest)) else []

    def item(self, part: bytes) -> bytes:
        """The item in a part; nothing where it holds none."""
        return part

    def last(self, rest: bytes) -> bytes:
        """The item in what the end cut off."""
        return self.item(rest)


class JsonLines(Rows):
    """One item a line (https://jsonlines.org/); blank lines are none."""

    def item(self, part: bytes) -> bytes:
        """The line."""
        return part.strip()


class ServerSentEvents(Rows):
    """One item an event: its data, whatever its name (https://html.spec.whatwg.org/multipage/server-sent-events.html).

    An event that the end cuts off is none, as the standard has it.
    """

    end = re.compile(rb"(?:\r\n|\n|\r)(?:\r\n|\n|\r)")

    def item(self, part: bytes) -> bytes:
        """The data of an event."""
        fields = (line.partition(b":") for line in _LINE.split(part))
        return b"\n".join(value.removeprefix(b" ") for name, _, value in fields if name == b"data")

    def last(self, rest: bytes) -> bytes:  # noqa: ARG002  # as the standard has it
        """Nothing."""
        return b""
