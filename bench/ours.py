"""The server that is measured: a task that does nothing, with validation; its file is ACCEPTED_DB.

Run by `bench/server.py`. `accepting` never executes; `api` executes as many at once as there are connections.
"""

from __future__ import annotations

from accepted.server import TaskAPI

api = TaskAPI("Bench")
accepting = TaskAPI("Bench", execute=False)


@accepting.task(concurrency=64)
@api.task(concurrency=64)
async def report(name: str, pages: int = 1) -> str:
    """A report of some pages."""
    return f"{name}: {pages}"
