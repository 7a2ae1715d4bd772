"""How the items of a streamed answer are told apart, chunk by chunk.

What may live here: functions from what has arrived so far to the whole items in it and the rest.
"""

from __future__ import annotations

import re
from collections.abc import Callable

Rows = Callable[[bytes, bool], tuple[list[bytes], bytes]]
"""From what has arrived, and whether that is all of it, to the whole items and the rest that is still to come."""

_BLANK = re.compile(rb"\r\n\r\n|\n\n|\r\r")
_LINE = re.compile(rb"\r\n|\n|\r")


def json_lines(arrived: bytes, over: bool) -> tuple[list[bytes], bytes]:  # noqa: FBT001  # the form of `Rows`
    """One item a line (https://jsonlines.org/); blank lines are none."""
    *lines, rest = arrived.split(b"\n")
    if over:
        lines, rest = [*lines, rest], b""
    return [line for line in map(bytes.strip, lines) if line], rest


def server_sent_events(arrived: bytes, over: bool) -> tuple[list[bytes], bytes]:  # noqa: FBT001  # the form of `Rows`
    """One item an event: its data, whatever its name (https://html.spec.whatwg.org/multipage/server-sent-events.html).

    An event that the end cuts off is none, as the standard has it.
    """
    *events, rest = _BLANK.split(arrived)
    found = [data for event in events if (data := _data(event))]
    return found, b"" if over else rest


def _data(event: bytes) -> bytes:
    fields = (line.partition(b":") for line in _LINE.split(event))
    return b"\n".join(value.removeprefix(b" ") for name, _, value in fields if name == b"data")
