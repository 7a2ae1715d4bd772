"""`accepted admin` as an operator runs it, on a file that servers use."""

import asyncio
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import pytest
from msgspec import Meta

from accepted.server import Progress, TaskAPI


class Server:
    """An API on the file `tasks.db` of a folder, which executes beside the commands."""

    def __init__(self, folder: Path) -> None:
        self.api = TaskAPI("Reports", db=folder / "tasks.db")

        @self.api.task
        async def render(
            name: str, seconds: Annotated[float, Meta(ge=0)] = 0.0, *, progress: Progress
        ) -> dict[str, str]:
            """Render."""
            progress(1, 2, "half")
            await asyncio.sleep(seconds)
            if name == "bad":
                raise ValueError("no such template")
            progress.artifact("a.txt", name)
            return {"name": name}

        @self.api.task
        def count(n: int) -> int:
            """Count."""
            return n

        self.api.start()

    def create(self, type: str = "render", *, tenant: str = "", **inputs: Any) -> str:
        return self.api.sync.create_task(type, tenant=tenant, **inputs)["id"]

    def until(self, task_id: str, *statuses: str, tenant: str = "") -> Any:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            document = self.api.sync.get_task(task_id, tenant=tenant)
            if document["status"] in statuses:
                return document
            time.sleep(0.02)
        raise AssertionError(f"{task_id} is {document['status']}")


@pytest.fixture
def server(machine: Any) -> Iterator[Server]:
    server = Server(machine.folder)
    yield server
    asyncio.run(server.api.stop())


@pytest.fixture
def admin(machine: Any) -> Any:
    there = machine.with_variables(ACCEPTED_DB="tasks.db")
    return lambda *words: there.run("admin", *words)


def test_tasks_of_every_tenant_are_shown(server: Server, admin: Any) -> None:
    done = server.create(name="x", tenant="acme")
    server.until(done, "completed", tenant="acme")
    failed = server.create(name="bad", tenant="globex")
    server.until(failed, "failed", tenant="globex")
    ran = admin("tasks")
    assert ran.code == 0
    lines = ran.out.splitlines()
    assert lines[0].split()[:5] == ["ID", "TENANT", "TYPE", "STATUS", "AGE"]
    assert lines[1].split()[:4] == [failed, "globex", "render", "failed"]
    assert "no such template" in lines[1]
    assert lines[2].split()[:4] == [done, "acme", "render", "completed"]


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ([], ["d", "c", "b", "a"]),
        (["--tenant", "acme"], ["b", "a"]),
        (["--status", "failed"], ["c"]),
        (["--type", "count"], ["d"]),
        (["--tenant", "acme", "--type", "count"], []),
        (["--limit", "1"], ["d"]),
        (["--limit", "0"], ["d", "c", "b", "a"]),
    ],
)
def test_tasks_are_narrowed(words, names, server: Server, admin: Any) -> None:
    made = {
        "a": server.create(name="x", tenant="acme"),
        "b": server.create(name="y", tenant="acme"),
        "c": server.create(name="bad"),
        "d": server.create("count", n=1),
    }
    for name, tenant in {"a": "acme", "b": "acme", "c": "", "d": ""}.items():
        server.until(made[name], "completed", "failed", tenant=tenant)
    assert [one["id"] for one in admin("tasks", "--json", *words).documents] == [made[name] for name in names]


def test_a_task_is_shown_with_what_only_the_operator_sees(server: Server, admin: Any) -> None:
    task_id = server.create(name="x", tenant="acme")
    server.until(task_id, "completed", tenant="acme")
    document = admin("show", task_id, "--json").document
    assert (document["tenant"], document["input"]) == ("acme", {"name": "x", "seconds": 0.0})
    assert document["result"] == {"name": "x"}
    assert document["artifacts"] == [{"name": "a.txt", "media_type": "text/plain; charset=utf-8", "size": 1}]
    assert '"tenant": "acme"' in admin("show", task_id).out


def test_a_task_in_progress_is_cancelled(server: Server, admin: Any) -> None:
    task_id = server.create(name="x", seconds=60, tenant="acme")
    server.until(task_id, "in_progress", tenant="acme")
    assert admin("cancel", task_id).out == f"{task_id}  cancelling\n"
    server.until(task_id, "cancelled", tenant="acme")
    assert admin("cancel", task_id).out == f"{task_id}  cancelled\n"


def test_what_has_ended_is_not_cancelled(server: Server, admin: Any) -> None:
    task_id = server.create(name="x")
    server.until(task_id, "completed")
    ran = admin("cancel", task_id)
    assert (ran.code, ran.out) == (1, "")
    assert "completed already" in ran.err


def test_a_retry_is_a_new_task_and_the_old_one_stays(server: Server, admin: Any) -> None:
    task_id = server.create(name="bad", tenant="acme")
    before = server.until(task_id, "failed", tenant="acme")
    document = admin("retry", task_id, "--json").document
    assert document["id"] != task_id
    assert (document["retry_of"], document["tenant"], document["input"]["name"]) == (task_id, "acme", "bad")
    assert server.until(document["id"], "failed", tenant="acme")["attempt"] == 1
    assert server.until(task_id, "failed", tenant="acme") == before


def test_only_what_did_not_complete_is_retried(server: Server, admin: Any) -> None:
    task_id = server.create(name="x")
    server.until(task_id, "completed")
    ran = admin("retry", task_id)
    assert ran.code == 1
    assert "is completed" in ran.err


def test_everything_is_exported(server: Server, admin: Any) -> None:
    made = [server.create("count", n=n, tenant=f"t{n}") for n in range(3)]
    for n, task_id in enumerate(made):
        server.until(task_id, "completed", tenant=f"t{n}")
    found = {one["id"]: (one["tenant"], one["input"], one["result"]) for one in admin("export").documents}
    assert found == {task_id: (f"t{n}", {"n": n}, n) for n, task_id in enumerate(made)}


def test_a_backup_is_whole_and_of_one_moment(server: Server, admin: Any, machine: Any) -> None:
    task_id = server.create(name="x")
    server.until(task_id, "completed")
    ran = admin("backup", "copy.db", "--json")
    assert ran.document == {"backup": "copy.db", "bytes": (machine.folder / "copy.db").stat().st_size}
    assert sqlite3.connect(machine.folder / "copy.db").execute("SELECT id FROM tasks").fetchall() == [(task_id,)]
    assert admin("tasks", "--db", "copy.db", "--json").document["id"] == task_id


def test_the_file_itself_is_no_backup(server: Server, admin: Any) -> None:
    server.create(name="x")
    assert admin("backup", "./tasks.db").code == 2


def test_keys_are_made_listed_and_revoked(machine: Any, admin: Any) -> None:
    made = admin("keys", "create", "ci", "--tenant", "acme")
    assert made.out.startswith("acc_")
    assert "the tenant 'acme'" in made.err
    secret = made.out.strip()
    assert secret.encode() not in (machine.folder / "tasks.db").read_bytes()
    second = admin("keys", "create", "laptop", "--json").document
    assert second["tenant"] == ""
    assert secret != second["secret"]
    listed = admin("keys", "list", "--json").documents
    assert [(one["name"], one["tenant"], one["revoked_at"]) for one in listed] == [
        ("ci", "acme", None),
        ("laptop", "", None),
    ]
    assert all("secret" not in one for one in listed)
    assert admin("keys", "revoke", second["id"]).code == 0
    assert admin("keys", "list", "--json").documents[1]["revoked_at"] is not None
    assert admin("keys", "list").out.splitlines()[2].split()[:2] == [second["id"], "laptop"]
    again = admin("keys", "revoke", second["id"])
    assert again.code == 1


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["show"], 2, "write: accepted admin show ID"),
        (["show", "a", "b"], 2, "write: accepted admin show ID"),
        (["cancel"], 2, "write: accepted admin cancel ID ..."),
        (["keys"], 2, "keys create, keys list, keys revoke"),
        (["keys", "steal"], 2, "keys create, keys list, keys revoke"),
        (["keys", "create"], 2, "write: accepted admin keys create NAME"),
        (["tasks", "--status", "done"], 2, "--status done is none of"),
        (["tasks", "--limit", "-1"], 2, "0 or more"),
        (["explode"], 2, "invalid choice"),
        (["show", "task_1"], 1, "there is no task task_1"),
        (["cancel", "task_1"], 1, "there is no task task_1"),
        (["retry", "task_1"], 1, "there is no task task_1"),
        (["keys", "revoke", "key_1"], 1, "there is no key key_1"),
        (["backup", "missing/copy.db"], 1, "missing/copy.db"),
    ],
)
def test_what_cannot_be_done_is_said(words, code, told, server: Server, admin: Any) -> None:
    server.create("count", n=1)
    ran = admin(*words)
    assert (ran.code, ran.out) == (code, "")
    assert told in ran.err


def test_a_file_that_is_not_there_is_not_made(machine: Any, admin: Any) -> None:
    ran = admin("tasks")
    assert ran.code == 2
    assert "there is no file tasks.db" in ran.err
    assert not (machine.folder / "tasks.db").exists()


def test_a_file_of_somebody_else_is_said(machine: Any, admin: Any) -> None:
    with sqlite3.connect(machine.folder / "tasks.db") as other:
        other.execute("CREATE TABLE theirs (x)")
    ran = admin("tasks")
    assert ran.code == 1
    assert "another program" in ran.err


def test_nothing_is_said_as_nothing(server: Server, admin: Any) -> None:
    _ = server.api.sync.list_tasks()
    ran = admin("tasks")
    assert (ran.code, ran.out) == (0, "")
    assert "no such tasks" in ran.err
    assert "no keys" in admin("keys", "list").err
