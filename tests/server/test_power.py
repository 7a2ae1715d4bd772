"""A power cut: what was written and not synced may be on the disk or not, whole or in part, in any order.

The store runs as it is, its own SQL included, on a file layer that remembers what reached the disk.
"""

from __future__ import annotations

import asyncio
import random
import sqlite3
import threading
from collections import defaultdict
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import apsw
import pytest
from msgspec import structs

from accepted.core.task import Status
from accepted.server import TaskAPI
from accepted.server.sqlite import SqliteStore
from accepted.server.store import Ending, New, StoreFailed

SECTOR = 512


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@dataclass
class Content:
    """A file as it is on the disk for certain, and what was done to it since: (offset, data) or a new length."""

    certain: bytearray = field(default_factory=bytearray)
    since: list[tuple[int, bytes] | int] = field(default_factory=list)

    def sync(self) -> None:
        for change in self.since:
            apply(self.certain, change)
        self.since.clear()

    def after_a_cut(self, chance: random.Random) -> bytes:
        content = bytearray(self.certain)
        for change in self.since:
            for part in sectors(change):
                if chance.random() < 0.5:
                    apply(content, part)
        return bytes(content)


def apply(content: bytearray, change: tuple[int, bytes] | int) -> None:
    if isinstance(change, int):
        del content[change:]
        return
    offset, data = change
    content.extend(bytes(max(0, offset - len(content))))
    content[offset : offset + len(data)] = data


def sectors(change: tuple[int, bytes] | int) -> list[tuple[int, bytes] | int]:
    if isinstance(change, int):
        return [change]
    offset, data = change
    return [(offset + at, data[at : at + SECTOR]) for at in range(0, len(data), SECTOR)]


class Disk(apsw.VFS):
    """The files of the machine, and what would be left of them."""

    def __init__(self) -> None:
        self.name = f"disk-{id(self)}"
        self.lock = threading.Lock()
        self.files: dict[str, Content] = defaultdict(Content)
        self.syncs = 0
        super().__init__(self.name, base="")

    def xOpen(self, name: Any, flags: list[int]) -> apsw.VFSFile:  # noqa: N802  # the name of SQLite's own interface
        return File(self, name, flags)

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: N802  # the name of SQLite's own interface
        with self.lock:
            self.files.pop(Path(filename).name, None)
        super().xDelete(filename, syncdir)

    def connect(self, path: Path) -> Any:
        connection = Connection(str(path), vfs=self.name)
        connection.wal_autocheckpoint(20)  # pages: often enough that power goes in the middle of one
        return connection

    def cut(self, folder: Path, chance: random.Random) -> Path:
        """What a machine finds that is switched on again, in a folder of its own."""
        folder.mkdir()
        with self.lock:
            for name, content in self.files.items():
                (folder / name).write_bytes(content.after_a_cut(chance))
        return folder / "tasks.db"


class File(apsw.VFSFile):
    def __init__(self, disk: Disk, name: Any, flags: list[int]) -> None:
        self.disk = disk
        # The database comes as a URIFilename, what belongs to it as a text, what is temporary as nothing.
        self.name = Path(name.filename() if isinstance(name, apsw.URIFilename) else name or "temporary").name
        super().__init__("", name, flags)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802  # the name of SQLite's own interface
        with self.disk.lock:
            self.disk.files[self.name].since.append((offset, bytes(data)))
        super().xWrite(data, offset)

    def xTruncate(self, newsize: int) -> None:  # noqa: N802  # the name of SQLite's own interface
        with self.disk.lock:
            self.disk.files[self.name].since.append(newsize)
        super().xTruncate(newsize)

    def xSync(self, flags: int) -> None:  # noqa: N802  # the name of SQLite's own interface
        super().xSync(flags)
        with self.disk.lock:
            self.disk.files[self.name].sync()
            self.disk.syncs += 1


class Connection(apsw.Connection):
    """As much of the standard library's connection as the store uses."""

    isolation_level = None

    def execute(self, sql: str, values: Any = ()) -> Any:
        try:
            rows = super().execute(sql, values).fetchall()
            return Rows(rows, self.changes(), self.last_insert_rowid())
        except apsw.Error as error:
            failed = sqlite3.OperationalError(str(error))
            failed.sqlite_errorcode = getattr(error, "extendedresult", apsw.SQLITE_IOERR)
            raise failed from error


class Rows:
    def __init__(self, rows: list[Any], rowcount: int, lastrowid: int) -> None:
        self.rows = rows
        self.rowcount = rowcount
        self.lastrowid = lastrowid

    def fetchall(self) -> list[Any]:
        return self.rows

    def __iter__(self) -> Any:
        return iter(self.rows)

    def close(self) -> None:
        """They were read."""


@dataclass
class Known:
    """What the callers of a store had been told when the power went: they hold it against the store."""

    accepted: set[str] = field(default_factory=set)
    begun: set[str] = field(default_factory=set)
    finished: set[str] = field(default_factory=set)
    cancelled: set[str] = field(default_factory=set)

    def copy(self) -> Known:
        return Known(set(self.accepted), set(self.begun), set(self.finished), set(self.cancelled))


async def work(store: SqliteStore, known: Known, name: str, told: Callable[[], None]) -> None:
    """The life of one task; `told` is called each time that the store has promised something."""
    await store.accept(New(id=name, tenant="ada", type="t", input=b"x" * 700, created_at=0.0, key=name))
    known.accepted.add(name)
    told()
    if name.endswith("0"):
        await store.request_cancel("ada", name, 1.0)
        known.cancelled.add(name)
        told()
        return
    right = await store.begin(name, 1.0)
    assert right is not None
    known.begun.add(name)
    told()
    await store.finish(name, right.token, Ending(status=Status.COMPLETED, result=b"y" * 700), 2.0)
    known.finished.add(name)
    told()


def broken_promises(path: Path, known: Known) -> set[str]:
    """The tasks of which the file, opened anew, knows less than was promised."""
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        if not db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            return known.accepted
        there = dict(db.execute("SELECT id, status FROM tasks"))
        attempts = dict(db.execute("SELECT id, attempt FROM tasks"))
    return {
        *(name for name in known.accepted if name not in there),
        *(name for name in known.begun if attempts.get(name) != 1),
        *(name for name in known.finished if there.get(name) != "completed"),
        *(name for name in known.cancelled if there.get(name) != "cancelled"),
    }


async def broken_by_cuts(folder: Path, synchronous: Literal["FULL", "NORMAL"], seed: int) -> int:
    """How many promises are broken, over a few dozen power cuts in the life of one store."""
    chance = random.Random(seed)
    disk, known, cuts = Disk(), Known(), list[tuple[Path, Known]]()
    path = folder / "live" / "tasks.db"
    store = SqliteStore(path, connect=disk.connect, synchronous=synchronous)

    def told() -> None:
        if chance.random() < 0.1:
            promised = known.copy()  # before the cut: what is promised later may not be in it
            cuts.append((disk.cut(folder / str(len(cuts)), chance), promised))

    for group in range(6):
        await asyncio.gather(*(work(store, known, f"{group}-{i}", told) for i in range(20)))
    await store.close()
    assert len(cuts) > 10
    return sum(len(broken_promises(found, promised)) for found, promised in cuts)


@pytest.mark.parametrize("seed", range(3))
async def test_a_power_cut_takes_nothing_that_was_promised(tmp_path: Path, seed: int) -> None:
    assert await broken_by_cuts(tmp_path, "FULL", seed) == 0


async def test_without_full_a_power_cut_takes_promises_so_this_file_would_notice(tmp_path: Path) -> None:
    assert await broken_by_cuts(tmp_path, "NORMAL", 0) > 0


async def test_no_answer_before_a_sync(tmp_path: Path) -> None:
    disk = Disk()
    store = SqliteStore(tmp_path / "tasks.db", connect=disk.connect)

    for i in range(5):
        before = disk.syncs
        await store.accept(New(id=str(i), tenant="ada", type="t", input=b"{}", created_at=0.0))
        assert disk.syncs > before
        before = disk.syncs
        right = await store.begin(str(i), 1.0)
        assert disk.syncs > before
        assert right is not None
        before = disk.syncs
        await store.finish(str(i), right.token, Ending(status=Status.FAILED), 2.0)
        assert disk.syncs > before
    await store.close()


async def test_a_202_is_sent_when_its_task_would_survive_a_power_cut(tmp_path: Path) -> None:
    """The whole path, from the request: at the moment in which the answer begins the power goes."""
    disk, chance = Disk(), random.Random(7)
    api = TaskAPI(store=SqliteStore(tmp_path / "live" / "tasks.db", connect=disk.connect), execute=False)
    answers: list[str] = []

    @api.task
    def render(name: str) -> str:
        return name

    async def create(name: str) -> None:
        asked = disk.syncs

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                assert message["status"] == 202
                assert disk.syncs > asked
                task_id = dict(message["headers"])[b"location"].decode().rpartition("/")[2]
                found = disk.cut(tmp_path / f"cut-{len(answers)}", chance)
                answers.append(task_id)
                assert broken_promises(found, Known(accepted={task_id})) == set()

        await api(create_scope(name), body_of(b'{"type": "render", "input": {"name": "%s"}}' % name.encode()), send)

    await create("first")
    await asyncio.gather(*(create(f"together-{i}") for i in range(20)))
    assert len(set(answers)) == 21
    await api.stop()


def create_scope(key: str) -> dict[str, Any]:
    headers = [(b"host", b"x"), (b"content-type", b"application/json"), (b"idempotency-key", key.encode())]
    place = {"path": "/api/tasks", "raw_path": b"/api/tasks", "root_path": "", "query_string": b""}
    return {"type": "http", "http_version": "1.1", "method": "POST", "scheme": "http", "headers": headers, **place}


def body_of(content: bytes) -> Callable[[], Any]:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": content, "more_body": False}

    return receive


async def test_where_a_disk_cannot_sync_nothing_is_promised_and_the_same_key_makes_one_task(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = Disk()
    store = SqliteStore(tmp_path / "tasks.db", connect=disk.connect)
    await store.accept(New(id="before", tenant="ada", type="t", input=b"{}", created_at=0.0))
    doubtful = New(id="doubtful", tenant="ada", type="t", input=b"{}", created_at=0.0, key="k", fingerprint="f")

    def broken(*_: Any) -> None:
        raise apsw.IOError("the disk is gone")

    with monkeypatch.context() as patch:
        patch.setattr(File, "xSync", broken)
        with pytest.raises(StoreFailed, match="the disk is gone"):
            await store.accept(doubtful)

    # It was written before the sync failed: nobody can know whether it stays.
    assert (await store.accept(structs.replace(doubtful, id="again"))).how in ("created", "replayed")
    assert len((await store.list("ada", limit=9)).records) == 2
    await store.close()
