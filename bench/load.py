"""Load for one HTTP server on this machine: keep-alive connections, prepared requests, little work a request.

    python bench/load.py URL --connections 64 --seconds 5 < requests.jsonl

Each line of stdin is a request: {"method", "path", "headers", "body"}; they are sent in turn. `{u}` in a header becomes
another unguessable text for each request, so that idempotency keys differ, and lie as far apart as real ones do.
It prints one JSON document: how many answers a second there were, of which codes, and their latencies in seconds.
It stops by itself, and speaks to 127.0.0.1 only.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import time
from collections import Counter
from collections.abc import Iterator
from itertools import cycle
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import uvloop

_STUCK = 30.0
"""Seconds after the end until a server that does not answer is given up."""


def prepared(request: dict[str, Any], host: str) -> tuple[bytes, bytes]:
    """The bytes of a request, made before the first is sent: what is before its unguessable text, and after it."""
    body = str(request.get("body", "")).encode()
    fields = {"host": host, **request.get("headers", {}), "content-length": str(len(body))}
    if body:
        fields["content-type"] = "application/json"
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    head = f"{request['method']} {request['path']} HTTP/1.1\r\n{lines}\r\n".encode()
    before, _, after = (head + body).partition(b"{u}")
    return before, after


class Connection(asyncio.Protocol):
    """Sends a request, reads its answer, sends the next, until the time is over."""

    def __init__(self, requests: Iterator[tuple[bytes, bytes]], until: float, seen: Counter[int]) -> None:
        self.took: list[float] = []
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._requests = requests
        self._until = until
        self._seen = seen
        self._began = 0.0
        self._read = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport: Any = transport
        self._ask()

    def data_received(self, data: bytes) -> None:
        """A part of an answer, or all of it."""
        self._read += data
        head, found, body = self._read.partition(b"\r\n\r\n")
        if not found or len(body) < _length(head):
            return
        self._read = b""
        self._seen[int(head[9:12])] += 1
        self.took.append(time.perf_counter() - self._began)
        self._ask()

    def connection_lost(self, exc: Exception | None) -> None:
        """It is over, as wanted or not."""
        if not self.over.done():
            self.over.set_exception(exc or ConnectionError("the server closed a connection"))

    def _ask(self) -> None:
        self._began = time.perf_counter()
        if self._began > self._until:
            self.over.set_result(None)
            self._transport.close()
            return
        before, after = next(self._requests)
        self._transport.write(before + uuid4().hex.encode() + after if after else before)


def _length(head: bytes) -> int:
    _, found, rest = head.lower().partition(b"content-length:")
    return int(rest.partition(b"\r\n")[0]) if found else 0


async def load(url: str, requests: list[dict[str, Any]], connections: int, seconds: float) -> dict[str, object]:
    """The figures of one run."""
    parts = urlsplit(url)
    if parts.hostname != "127.0.0.1" or parts.port is None:
        raise SystemExit("load goes to 127.0.0.1 with a port only")
    made = cycle([prepared(one, parts.netloc) for one in requests])
    seen, began, loop = Counter[int](), time.perf_counter(), asyncio.get_running_loop()
    each = [Connection(made, began + seconds, seen) for _ in range(connections)]
    for one in each:
        await loop.create_connection(lambda one=one: one, parts.hostname, parts.port)
    async with asyncio.timeout(seconds + _STUCK):
        await asyncio.gather(*(one.over for one in each))
    took = sorted(latency for one in each for latency in one.took)
    return {
        "per_second": len(took) / (time.perf_counter() - began),
        "codes": {str(code): number for code, number in sorted(seen.items())},
        "p50": statistics.median(took),
        "p99": took[int(len(took) * 0.99)],
    }


def main() -> None:
    """Read the requests, load, print."""
    parser = argparse.ArgumentParser(description="Load for one HTTP server on this machine.")
    parser.add_argument("url")
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=5.0)
    given = parser.parse_args()
    requests = [json.loads(line) for line in sys.stdin if line.strip()]
    print(json.dumps(uvloop.run(load(given.url, requests, given.connections, given.seconds))))


if __name__ == "__main__":
    main()
