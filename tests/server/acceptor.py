"""A process that accepts tasks, to be started many at once or killed: it prints each id once that is acknowledged.

Its arguments are the file, a name for its ids, how many tasks (0: until it is killed) and how many at once.
It says `ready` and begins when it is sent a line.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from accepted.server.sqlite import SqliteStore
from accepted.server.store import New


async def main(path: str, name: str, most: int, at_once: int) -> None:
    store = SqliteStore(Path(path))

    async def accept(lane: int) -> None:
        i = lane
        while not most or i < most:
            task_id = f"{name}-{i}"
            await store.accept(New(id=task_id, tenant="ada", type="t", input=b"{}", created_at=0.0, key=task_id))
            os.write(1, f"{task_id}\n".encode())  # at once: what a buffer holds dies with the process
            i += at_once

    await asyncio.gather(*(accept(lane) for lane in range(at_once)))
    await store.close()


os.write(1, b"ready\n")
sys.stdin.readline()
asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
