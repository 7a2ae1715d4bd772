"""What is measured: each contestant is one process of its own, started by `run.py`, and prints one JSON document.

    python bench/contestants.py NAME BASE_URL

For `*_one` it creates one task and waits for it; for `*_many` it waits for the tasks whose ids come on stdin.
Every task is asked for its result, too: what it said last stands in its activities.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any

PROMPT = "Fix the flaky test"
SOURCE = "github/acme/widget"
KEY = "a-simulated-key"
PAUSE = 2.0
"""Seconds between two polls of the naive loop."""

Noticed = dict[str, float]
"""Task id -> the moment (epoch seconds) at which it was known to be over, with its result."""


def ours_one(base_url: str) -> Noticed:
    """`Client`, with its journal."""
    from accepted import Client
    from accepted.services import jules

    with Client(jules.contract, base_url=base_url, auth=KEY) as client:
        task = client.create_task(prompt=PROMPT, source=SOURCE)
        task = client.poll_task(task)
        return {str(task.id): time.time()}


def ours_async_one(base_url: str) -> Noticed:
    """`AsyncClient` on asyncio, with its journal."""
    from accepted import AsyncClient
    from accepted.services import jules

    async def main() -> Noticed:
        async with AsyncClient(jules.contract, base_url=base_url, auth=KEY) as client:
            task = await client.create_task(prompt=PROMPT, source=SOURCE)
            task = await client.poll_task(task)
            return {str(task.id): time.time()}

    return asyncio.run(main())


def sdk_one(base_url: str) -> Noticed:
    """The community's `jules-agent-sdk`, as its own example has it."""
    from jules_agent_sdk import JulesClient  # type: ignore[import-not-found]

    with JulesClient(api_key=KEY, base_url=base_url) as client:
        session = client.sessions.create(prompt=PROMPT, source=f"sources/{SOURCE}", starting_branch="main")
        client.sessions.wait_for_completion(session.id)
        client.activities.list_all(session.id)
        return {session.id: time.time()}


def ours_many(base_url: str) -> Noticed:
    """`Client.poll_tasks`."""
    from accepted import Client
    from accepted.services import jules

    with Client(jules.contract, base_url=base_url, auth=KEY) as client:
        return {str(task.id): time.time() for task in client.poll_tasks(sys.stdin.read().split())}


def naive_many(base_url: str) -> Noticed:
    """A coroutine a task over httpx2: ask, sleep, ask again."""
    import httpx2

    noticed: Noticed = {}

    async def wait_for(client: httpx2.AsyncClient, task_id: str) -> None:
        url = f"{base_url}/sessions/{task_id}"
        while (await client.get(url)).json()["state"] not in {"COMPLETED", "FAILED"}:  # noqa: ASYNC110  # as people do
            await asyncio.sleep(PAUSE)
        (await client.get(f"{url}/activities?pageSize=100")).json()
        noticed[task_id] = time.time()

    async def main() -> None:
        headers = {"x-goog-api-key": KEY}
        async with httpx2.AsyncClient(headers=headers, timeout=60.0) as client, asyncio.TaskGroup() as group:
            for task_id in sys.stdin.read().split():
                group.create_task(wait_for(client, task_id))

    asyncio.run(main())
    return noticed


CONTESTANTS: dict[str, Callable[[str], Noticed]] = {
    one.__name__: one for one in (ours_one, ours_async_one, sdk_one, ours_many, naive_many)
}


def _peak_mb() -> float | None:
    """Peak resident memory, where the platform tells."""
    try:
        import resource
    except ImportError:
        return None
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def main() -> None:
    """Run the contestant that is named, and say what it took: CPU seconds of the whole process, imports included."""
    name, base_url = sys.argv[1:]
    noticed: Any = CONTESTANTS[name](base_url)
    report = {"noticed": noticed, "cpu": time.process_time(), "peak_mb": _peak_mb(), "pid": os.getpid()}
    print(json.dumps(report))


if __name__ == "__main__":
    main()
