"""The types that a user meets, checked by pyright and mypy in strict mode; never run."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, assert_type

import accepted
from accepted import AsyncClient, Client, Contract, Status, Task
from accepted.services import jules
from accepted.testing import simulator


def blocking(path: Path) -> None:
    with Client(jules.contract) as client:
        task = client.create_task(prompt="Fix the flaky test", source="github/acme/widget")
        assert_type(task, Task[jules.Result])
        done = client.poll_task(task, timeout=1800)
        assert_type(done, Task[jules.Result])
        assert_type(done.result, jules.Result)
        assert_type(done.result.diff, str | None)
        assert_type(done.status, Status)
        assert_type(done.ok, bool)

        assert_type(client.run_task(prompt="Fix it").result.message, str | None)
        assert_type(client.get_status("jules:314"), Status)
        assert_type(client.get_task("jules:314"), Task[jules.Result])
        assert_type(client.list_tasks(limit=3), Iterator[Task[jules.Result]])
        assert_type(client.poll_tasks([task, "jules:314"]), Iterator[Task[jules.Result]])
        assert_type(client.watch_task(task), Iterator[Task[jules.Result]])
        assert_type(client.act(task, "send_message", prompt="Go on"), Task[jules.Result])
        assert_type(client.download(done.artifacts[0], path), Path)
        assert_type(client.with_options(key="nightly").create_task(prompt="Fix it"), Task[jules.Result])


async def awaited() -> None:
    async with AsyncClient(jules.contract) as client:
        task = await client.create_task(prompt="Fix the flaky test")
        assert_type(task, Task[jules.Result])
        assert_type((await client.poll_task(task)).result, jules.Result)
        assert_type(await client.get_status(task), Status)
        assert_type(client.list_tasks(), AsyncIterator[Task[jules.Result]])
        assert_type(client.poll_tasks([task]), AsyncIterator[Task[jules.Result]])


def wrong_inputs(client: Client[..., Any]) -> None:
    typed = Client(jules.contract)
    typed.create_task(promt="Fix it")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    typed.create_task(prompt=3)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    typed.create_task()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    typed.create_task("Fix it")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    client.create_task(whatever=1)


def untyped() -> None:
    client = Client("jules")
    assert_type(client, Client[..., Any])
    assert_type(client.create_task(prompt="Fix it"), Task[Any])


def public_names(contract: Contract[..., Any]) -> None:
    assert_type(accepted.Client(contract), Client[..., Any])
    with simulator("jules", "throttled") as client:
        assert_type(client, Client[..., Any])
