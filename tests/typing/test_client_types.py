"""What a type checker knows of the public face: read by pyright and mypy, both strict; never run.

A line that must be refused carries the suppression of exactly that refusal; both checkers refuse an unused one.
"""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, assert_type

from accepted import Artifact, AsyncClient, Client, Contract, InputRequired, Status, Task, TaskFailed
from accepted.services import jules
from accepted.testing import simulation, simulator


def a_contract_types_the_create(client: Client[..., Any]) -> None:
    with Client(jules.contract) as typed:
        task = typed.create_task(prompt="Fix it", source="github/acme/widget", auto_create_pr=True)
        assert_type(task, Task[jules.Result])
        assert_type(typed.create_task(prompt="Fix it", title=None, branch="main"), Task[jules.Result])
        assert_type(typed.run_task(prompt="Fix it"), Task[jules.Result])

        typed.create_task(promt="Fix it")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
        typed.create_task()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
        typed.create_task(prompt=7)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        typed.create_task("Fix it")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
        typed.run_task(prompt="Fix it", sauce="x")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


def a_contract_types_the_result(client: Client[..., jules.Result]) -> None:
    task = client.poll_task("jules:314", timeout=1800)
    assert_type(task, Task[jules.Result])
    assert_type(task.ok, bool)
    assert_type(task.status, Status)
    assert_type(task.result, jules.Result)
    assert_type(task.result.message, str | None)
    assert_type(task.result.diff, str | None)
    assert_type(task.result.pull_requests, tuple[jules.PullRequest, ...])
    _ = task.result.massage  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownVariableType]


def every_verb_has_its_type(client: Client[..., jules.Result], task: Task[jules.Result]) -> None:
    assert_type(client.get_status(task), Status)
    assert_type(client.get_task("314"), Task[jules.Result])
    assert_type(client.list_tasks(limit=3, status="completed"), Iterator[Task[jules.Result]])
    assert_type(client.poll_tasks([task, "jules:315"]), Iterator[Task[jules.Result]])
    assert_type(client.watch_task(task), Iterator[Task[jules.Result]])
    assert_type(client.cancel_task(task), Task[jules.Result])
    assert_type(client.act(task, "send_message", prompt="x"), Task[jules.Result])
    assert_type(client.iter_items(task), Iterator[Any])
    assert_type(client.download(task.artifacts[0], "file"), Path)
    assert_type(task.artifacts, tuple[Artifact, ...])
    client.poll_task(task, 30)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    client.poll_task(314)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def options_keep_the_types() -> None:
    client = Client(jules.contract, base_url="http://127.0.0.1:1/v1alpha", auth=lambda: "secret", journal=None)
    keyed = client.with_options(key="nightly", timeout=1800, min_interval=5)
    assert_type(keyed.create_task(prompt="Fix it"), Task[jules.Result])
    keyed.create_task(promt="Fix it")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    client.with_options(kee="nightly")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    Client(jules.contract, base_uri="x")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]


def on_update_is_told_typed_tasks(client: Client[..., jules.Result]) -> None:
    def shown(task: Task[jules.Result]) -> None:
        assert_type(task.value, jules.Result | None)

    client.poll_task("jules:314", on_update=shown, check=False)


def a_name_is_untyped_and_convenient() -> None:
    client = Client("jules", auth="secret")
    assert_type(client, Client[..., Any])
    task = client.create_task(prompt="Fix it", whatever=[1, 2])
    assert_type(task, Task[Any])


async def the_other_colour_has_the_same_types() -> None:
    async with AsyncClient(jules.contract) as client:
        task = await client.create_task(prompt="Fix it")
        assert_type(task, Task[jules.Result])
        assert_type(await client.poll_task(task), Task[jules.Result])
        assert_type((await client.run_task(prompt="Fix it")).result, jules.Result)
        assert_type(await client.get_status(task), Status)
        assert_type(await client.get_task(task), Task[jules.Result])
        assert_type(client.list_tasks(), AsyncIterator[Task[jules.Result]])
        assert_type(client.poll_tasks([task]), AsyncIterator[Task[jules.Result]])
        assert_type(client.watch_task(task), AsyncIterator[Task[jules.Result]])
        assert_type(client.iter_items(task), AsyncIterator[Any])
        assert_type(await client.download(task.artifacts[0], "file"), Path)
        await client.create_task(promt="Fix it")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
        await client.with_options(key="k").create_task(prompt=b"x")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    assert_type(AsyncClient("jules"), AsyncClient[..., Any])


def a_contract_carries_both() -> None:
    contract: Contract[..., jules.Result] = jules.contract
    assert_type(Client(contract).poll_task("314").result, jules.Result)


def what_users_test_with_has_types_too() -> None:
    with simulator("jules", "throttled") as client:
        assert_type(client, Client[..., Any])
    service = simulation("jules")
    assert_type(service.client, Client[..., Any])
    assert_type(service.async_client, AsyncClient[..., Any])


def errors_carry_their_facts(client: Client[..., jules.Result]) -> None:
    try:
        client.poll_task("jules:314")
    except (InputRequired, TaskFailed) as error:
        assert_type(error.retry_after, float | None)
        assert_type(error.ref, str | None)
        assert_type(error.status_code, int | None)
        assert_type(error.exit_code, int)
