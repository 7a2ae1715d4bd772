"""What only the SQLite store has: group commit, its file, several processes on it, and its ways to fail."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Self

import pytest

from accepted.core.task import Status
from accepted.server import database, sqlite
from accepted.server.sqlite import SqliteStore
from accepted.server.store import Ending, New, Record, StoreFailed

HERE = Path(__file__).parent


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "tasks.db"


def new(name: str, **facts: Any) -> New:
    usual: dict[str, Any] = {"tenant": "ada", "type": "render", "input": b"{}", "created_at": 1.0}
    return New(id=name, **{**usual, **facts})


def stored(path: Path) -> set[str]:
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return {row[0] for row in db.execute("SELECT id FROM tasks")}


def connecting(factory: type[sqlite3.Connection]) -> Callable[[Path], sqlite3.Connection]:
    return lambda path: sqlite3.connect(path, timeout=0, check_same_thread=False, factory=factory)


class Watched(sqlite3.Connection):
    """A connection that writes down its commits, and fails where it is told to."""

    commits = 0
    failing: str | None = None

    def execute(self, sql: str, /, *values: Any) -> sqlite3.Cursor:
        if type(self).failing and sql.startswith(str(type(self).failing)):
            raise sqlite3.OperationalError("disk I/O error")
        type(self).commits += sql == "COMMIT"
        return super().execute(sql, *values)


@pytest.fixture
def watched() -> type[Watched]:
    return type("Fresh", (Watched,), {})


class Held:
    """The right to write, held by somebody else: whatever is asked for meanwhile goes into the next commits."""

    def __init__(self, path: Path) -> None:
        self.db = sqlite3.connect(path, isolation_level=None)
        self.db.execute("BEGIN IMMEDIATE")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.db.execute("ROLLBACK")
        self.db.close()


async def asked(*whats: Any) -> list[asyncio.Task[Any]]:
    """Ask for all of it, in this order, and come back when it is queued."""
    tasks = [asyncio.ensure_future(what) for what in whats]
    await asyncio.sleep(0)
    return tasks


# ---- group commit


async def test_what_was_asked_for_while_a_commit_was_under_way_is_one_commit(
    path: Path, watched: type[Watched]
) -> None:
    store = SqliteStore(path, connect=connecting(watched))
    await store.accept(new("first"))
    before = watched.commits

    with Held(path):
        tasks = await asked(*(store.accept(new(f"t{i}")) for i in range(300)))
    await asyncio.gather(*tasks)

    # The first may be alone in its commit, and no commit is of more than 256.
    assert 2 <= watched.commits - before <= 3
    assert len(stored(path)) == 301
    await store.close()


def half_done(db: sqlite3.Connection) -> None:
    db.execute("UPDATE tasks SET type = 'spoiled'")
    raise ValueError("half way")


@pytest.mark.parametrize("taken", ["first", "new"], ids=["two fail", "one fails"])
async def test_a_change_that_fails_leaves_no_trace_and_its_neighbours_alone(path: Path, taken: str) -> None:
    store = SqliteStore(path)
    await store.accept(new("first"))

    with Held(path):
        tasks = await asked(
            store.accept(new("alone")),
            store.accept(new("before")),
            store._writer.do(half_done),
            store.accept(new(taken)),
            store.accept(new("after")),
        )
    answers = await asyncio.gather(*tasks, return_exceptions=True)

    assert [isinstance(one, StoreFailed) for one in answers] == [False, False, True, taken == "first", False]
    assert stored(path) == {"first", "alone", "before", taken, "after"}
    assert {one.type for one in (await store.list("ada", limit=9)).records} == {"render"}
    figures = await store.figures()
    assert figures.tasks == {("render", Status.QUEUED): len(stored(path))}
    await store.close()


@pytest.mark.parametrize("where", ["BEGIN", "COMMIT"])
async def test_a_commit_that_fails_is_heard_of_by_all_and_the_next_succeeds(
    path: Path, watched: type[Watched], where: str, caplog: pytest.LogCaptureFixture
) -> None:
    store = SqliteStore(path, connect=connecting(watched))
    await store.accept(new("first"))

    watched.failing = where
    answers = await asyncio.gather(*(store.accept(new(f"t{i}")) for i in range(5)), return_exceptions=True)
    watched.failing = None

    assert [type(one) for one in answers] == [StoreFailed] * 5
    assert len({id(one) for one in answers}) == 5
    assert all(str(path) in str(one) and "disk I/O error" in str(one) for one in answers)
    assert "disk I/O error" in caplog.text
    assert stored(path) == {"first"}
    assert (await store.accept(new("t1"))).how == "created"
    await store.close()


async def test_what_cannot_be_bound_fails_alone(path: Path) -> None:
    store = SqliteStore(path)

    answers = await asyncio.gather(
        store.accept(new("a")), store.accept(new("b", tenant="\ud800")), store.accept(new("c")), return_exceptions=True
    )

    assert [isinstance(one, StoreFailed) for one in answers] == [False, True, False]
    await store.close()


# ---- waiters


async def test_a_waiter_that_was_cancelled_holds_nobody_up(path: Path) -> None:
    store = SqliteStore(path)
    await store.accept(new("first"))

    with Held(path):
        tasks = await asked(*(store.accept(new(f"t{i}")) for i in range(4)))
        tasks[1].cancel()
        await asyncio.wait([tasks[1]])
    await asyncio.gather(tasks[0], *tasks[2:])

    await store.close()


def test_a_loop_that_is_gone_holds_nobody_up(path: Path) -> None:
    store = SqliteStore(path)
    asyncio.run(_accept(store, "before"))

    with Held(path):
        asyncio.run(_gave_up(store))
    asyncio.run(_accept_and_close(store))

    assert stored(path) >= {"before", "after"}


async def _accept(store: SqliteStore, name: str) -> None:
    await store.accept(new(name))


async def _gave_up(store: SqliteStore) -> None:
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(store.accept(new("late")), 0.01)


async def _accept_and_close(store: SqliteStore) -> None:
    await _accept(store, "after")
    await store.close()


def _made(path: Path) -> Path:
    database.Database(path=path).open().close()
    return path


def test_many_threads_with_loops_of_their_own_share_one_store(path: Path) -> None:
    store = SqliteStore(path)

    async def some(name: str) -> None:
        await asyncio.gather(*(store.accept(new(f"{name}-{i}")) for i in range(25)))
        assert isinstance(await store.get("ada", f"{name}-24"), Record)

    threads = [threading.Thread(target=lambda name=name: asyncio.run(some(name))) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert len(stored(path)) == 100
    asyncio.run(store.close())


async def test_close_finishes_what_was_asked_for_and_the_store_opens_again(path: Path) -> None:
    store = SqliteStore(path)
    tasks = await asked(*(store.accept(new(f"t{i}")) for i in range(20)))

    await store.close()

    assert all(task.done() for task in tasks)
    assert not path.with_name("tasks.db-wal").exists(), "every connection is closed"
    assert (await store.accept(new("later"))).how == "created"
    await store.close()
    await store.close()


def test_a_store_that_nobody_used_touches_nothing(path: Path) -> None:
    asyncio.run(SqliteStore(path).close())

    assert not path.exists()


# ---- the file


async def test_it_is_readable_by_its_owner_only(path: Path) -> None:
    store = SqliteStore(path)
    await store.accept(new("a"))

    modes = {one.name: one.stat().st_mode & 0o777 for one in path.parent.glob("tasks.db*")}

    assert modes == {"tasks.db": 0o600, "tasks.db-wal": 0o600, "tasks.db-shm": 0o600}
    await store.close()


@pytest.mark.parametrize(("asked_for", "number"), [("FULL", 2), ("NORMAL", 1)])
async def test_every_connection_syncs_as_it_was_told(path: Path, asked_for: Any, number: int) -> None:
    for _ in ("made", "opened again"):
        with closing(database.Database(path=path, synchronous=asked_for).open()) as db:
            assert db.execute("PRAGMA synchronous").fetchone() == (number,)
            assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert SqliteStore(path)._database.synchronous == "FULL"


async def test_a_backup_is_whole_while_tasks_come(path: Path, tmp_path: Path) -> None:
    store = SqliteStore(path)
    await store.accept(new("first", key="k", fingerprint="f"))
    target = tmp_path / "backup.db"
    target.write_text("an older one")

    tasks = await asked(*(store.accept(new(f"t{i}")) for i in range(200)))
    await asyncio.to_thread(store.backup, target)
    await asyncio.gather(*tasks)

    assert "first" in stored(target)
    assert target.stat().st_mode & 0o777 == 0o600
    copy = SqliteStore(target)
    assert (await copy.accept(new("again", key="k", fingerprint="f"))).how == "replayed"
    await copy.close()
    await store.close()


async def test_a_backup_that_cannot_be_written_says_so(path: Path) -> None:
    store = SqliteStore(path)
    await store.accept(new("a"))

    with pytest.raises(StoreFailed, match=r"no-folder/backup\.db"):
        store.backup(path.parent / "no-folder" / "backup.db")
    await store.close()


def corrupt(path: Path) -> None:
    path.write_bytes(b"no database, and longer than the header of one" * 40)


def foreign(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE tasks (name)")


def newer(path: Path) -> None:
    with closing(sqlite3.connect(_made(path))) as db:
        db.execute("PRAGMA user_version=99")


def folder(path: Path) -> None:
    path.mkdir()


def below_a_file(path: Path) -> None:
    path.parent.rmdir()
    path.parent.touch()


@pytest.mark.parametrize(
    ("spoil", "advice"),
    [
        (corrupt, "put a backup in its place"),
        (foreign, "of another program"),
        (newer, r"newer `accepted` \(99, not 1\): update it"),
        (folder, "ACCEPTED_DB names another one"),
        (below_a_file, "ACCEPTED_DB names another one"),
    ],
)
async def test_a_file_that_cannot_be_used_is_refused_with_its_name_and_what_to_do(
    tmp_path: Path, spoil: Callable[[Path], None], advice: str
) -> None:
    path = tmp_path / "data" / "tasks.db"
    path.parent.mkdir()
    spoil(path)
    before = path.read_bytes() if path.is_file() else None
    store = SqliteStore(path)

    for what in (store.accept(new("a")), store.get("ada", "a"), store.figures()):
        with pytest.raises(StoreFailed, match=advice) as caught:
            await what
        assert str(path) in str(caught.value)
    with pytest.raises(StoreFailed, match=advice):
        store.changes()
    await store.close()
    assert (path.read_bytes() if path.is_file() else None) == before


async def test_it_works_as_soon_as_the_file_can_be_used(path: Path) -> None:
    folder(path)
    store = SqliteStore(path)
    with pytest.raises(StoreFailed):
        await store.accept(new("a"))

    shutil.rmtree(path)

    assert (await store.accept(new("a"))).how == "created"
    await store.close()


def damage(path: Path) -> None:
    """All but the first page."""
    content = path.read_bytes()
    path.write_bytes(content[:4096] + b"x" * (len(content) - 4096))


async def test_questions_are_answered_again_when_the_file_is_mended(path: Path, tmp_path: Path) -> None:
    store = SqliteStore(path)
    await store.accept(new("a"))
    store.backup(tmp_path / "backup.db")
    await store.close()
    damage(path)

    with pytest.raises(StoreFailed, match="put a backup in its place"):
        await store.get("ada", "a")
    shutil.copy(tmp_path / "backup.db", path)

    assert isinstance(await store.get("ada", "a"), Record)
    await store.close()


async def test_a_full_disk_fails_what_does_not_fit_and_nothing_else(path: Path) -> None:
    def small(path: Path) -> sqlite3.Connection:
        connection = database.connect(path)
        connection.execute("PRAGMA max_page_count=60")
        return connection

    store = SqliteStore(path, connect=small)
    await store.accept(new("before"))

    answers = await asyncio.gather(
        store.accept(new("big", input=b"x" * 500_000)), store.accept(new("small")), return_exceptions=True
    )

    assert isinstance(answers[0], StoreFailed)
    assert f"the disk of {path} is full" in str(answers[0])
    assert stored(path) - {"small"} == {"before"}
    assert ("small" in stored(path)) == (not isinstance(answers[1], BaseException))
    assert (await store.accept(new("after"))).how == "created"
    await store.close()


async def test_a_record_that_nobody_wrote_is_no_crash(path: Path) -> None:
    store = SqliteStore(path)
    await store.accept(new("a"))
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE tasks SET status = 'unheard of'")

    with pytest.raises(StoreFailed, match="unheard of"):
        await store.get("ada", "a")
    await store.close()


# ---- several processes


async def test_it_waits_for_another_process_that_writes(path: Path) -> None:
    store = SqliteStore(_made(path))

    with Held(path):
        (task,) = await asked(store.accept(new("a")))
        done, _ = await asyncio.wait([task], timeout=0.05)
        assert not done

    assert (await task).how == "created"
    await store.close()


async def test_another_process_that_never_stops_writing_is_an_error(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "_BUSY", 0.02)
    store = SqliteStore(_made(path))

    with Held(path), pytest.raises(StoreFailed, match="another process has been writing"):
        await store.accept(new("a"))

    assert (await store.accept(new("a"))).how == "created"
    await store.close()


async def test_changes_tells_of_another_process(path: Path) -> None:
    store, other = SqliteStore(path), SqliteStore(path)
    await store.accept(new("a"))
    before = store.changes()

    await other.begin("a", 2.0)

    assert store.changes() != before
    await store.close()
    await other.close()


async def test_changes_tells_that_it_cannot_know_what_happened_meanwhile(path: Path) -> None:
    store = SqliteStore(_made(path))
    seen: set[int] = set()
    for _ in range(3):
        seen.add(store.changes())
        await store.close()
    assert len(seen) == 3


class Process:
    """An `acceptor.py`, waiting to begin."""

    def __init__(self, path: Path, name: str, *, most: int, at_once: int) -> None:
        command = [sys.executable, str(HERE / "acceptor.py"), str(path), name, str(most), str(at_once)]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "ready\n"

    def begin(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def heard(self, count: int) -> list[str]:
        assert self.process.stdout is not None
        return [self.process.stdout.readline().strip() for _ in range(count)]

    def end(self) -> tuple[list[str], str]:
        out, err = self.process.communicate(timeout=60)
        return out.split(), err


@pytest.fixture
def processes(path: Path) -> Iterator[Callable[..., Process]]:
    started: list[Process] = []

    def start(name: str, *, most: int, at_once: int) -> Process:
        started.append(Process(path, name, most=most, at_once=at_once))
        return started[-1]

    yield start
    for one in started:
        one.process.kill()
        one.process.communicate(timeout=10)


@pytest.mark.parametrize(("count", "most"), [(4, 100), (8, 1)], ids=["4 with 100 each", "8 open a new file at once"])
def test_processes_accept_on_one_file(path: Path, processes: Callable[..., Process], count: int, most: int) -> None:
    started = [processes(f"p{i}", most=most, at_once=10 if most > 1 else 1) for i in range(count)]
    for one in started:
        one.begin()
    ends = [one.end() for one in started]

    assert [error for _, error in ends] == [""] * count
    assert stored(path) == {name for names, _ in ends for name in names}
    assert len(stored(path)) == count * most


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL on this platform")
@pytest.mark.parametrize("after", [1, 40, 150, 400])
def test_what_was_acknowledged_before_a_kill_is_there(
    path: Path, processes: Callable[..., Process], after: int
) -> None:
    victim, witness = processes("victim", most=0, at_once=32), processes("witness", most=20, at_once=5)
    victim.begin()
    witness.begin()
    told = victim.heard(after)
    victim.process.kill()
    told += [name for name in victim.end()[0] if name]

    others, error = witness.end()

    assert error == ""
    assert len(told) >= after
    assert stored(path) >= {*told, *others}
    assert (asyncio.run(_replayed(path, told[0]))) == "replayed"


async def _replayed(path: Path, name: str) -> str:
    store = SqliteStore(path)
    answer = await store.accept(new("again", key=name))
    await store.close()
    return answer.how


async def test_what_is_accepted_outlives_another_process_that_closes(path: Path) -> None:
    """Reader and writer are two connections: opening the second must not drop the locks of the first."""
    store = SqliteStore(path)
    await store.accept(new("one"))
    assert len((await store.list("ada", limit=9)).records) == 1
    program = """
import asyncio, sys
from pathlib import Path
from accepted.server.sqlite import SqliteStore

async def look():
    store = SqliteStore(Path(sys.argv[1]))
    assert len((await store.list("ada", limit=9)).records) == 1
    await store.close()

asyncio.run(look())
"""
    command = [sys.executable, "-c", program, str(path)]
    await asyncio.to_thread(subprocess.run, command, check=True, timeout=30)
    await store.accept(new("two"))
    await store.close()
    fresh = SqliteStore(path)
    assert [record.id for record in (await fresh.list("ada", limit=9)).records] == ["two", "one"]
    await fresh.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this platform")
def test_a_child_of_a_process_that_used_the_store_uses_it_too(path: Path) -> None:
    program = """
import asyncio, os, sys
from pathlib import Path
from accepted.server.sqlite import SqliteStore
from accepted.server.store import New

store = SqliteStore(Path(sys.argv[1]))

async def accept(name):
    await store.accept(New(id=name, tenant="ada", type="t", input=b"{}", created_at=0.0))
    return len((await store.list("ada", limit=9)).records)

asyncio.run(accept("parent"))
child = os.fork()
if not child:
    os._exit(asyncio.run(accept("child")))
_, status = os.waitpid(child, 0)
print(os.waitstatus_to_exitcode(status), asyncio.run(accept("after")))
"""
    command = [sys.executable, "-W", "ignore::DeprecationWarning", "-c", program, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert (done.stdout, done.stderr) == ("2 3\n", "")


# ---- cost

_WHOLE = {
    "recover": "SCAN tasks USING INDEX tasks_running",  # an index of running tasks only
    "keys": "SCAN api_keys",  # asked for by a person
    "counts": "SCAN counts",  # a row for each type and status
    "recently_removed": "SCAN removed USING COVERING INDEX removed_at",  # from its end, as far as the limit
}

_GIVEN = ("(subquery", "CONSTANT ROW", "json_each")
"""What holds only what was handed over with the question, or was found by an index before."""

_LISTS = {
    "list": "(tenant=? AND rowid<?)",
    "list_of_type": "(tenant=? AND type=? AND rowid<?)",
    "list_of_status": "(tenant=? AND status=? AND rowid<?)",
    "list_of_both": "(tenant=? AND type=? AND status=? AND rowid<?)",
}


@pytest.mark.parametrize("analysed", [False, True], ids=["as made", "with statistics"])
def test_no_query_looks_at_more_than_it_answers(path: Path, analysed: bool) -> None:
    asyncio.run(_filled(path))
    with closing(sqlite3.connect(path)) as db:
        if analysed:
            db.execute("ANALYZE")
        for name, query in sqlite._SQL.items():
            if query.sql.startswith("PRAGMA"):
                continue
            rows = db.execute(f"EXPLAIN QUERY PLAN {query.sql}", [None] * len(query.names)).fetchall()
            steps = [row[3] for row in rows if row[3] != _WHOLE.get(name)]
            scans = [step for step in steps if step.startswith("SCAN") and not any(one in step for one in _GIVEN)]
            assert scans == [], name
            # Every condition is in the index, or the rows of others would be read as well.
            assert name not in _LISTS or steps[0].endswith(_LISTS[name]), name
            assert name == "ready" or not any("TEMP B-TREE" in step for step in steps), name


async def _filled(path: Path) -> None:
    store = SqliteStore(path, synchronous="NORMAL")
    await asyncio.gather(
        *(store.accept(new(f"t{i}", tenant=f"tenant-{i % 3}", type=f"type-{i % 2}", key=f"k{i}")) for i in range(500))
    )
    for i in range(400):
        right = await store.begin(f"t{i}", 2.0)
        assert right is not None
        status, expires_at = (Status.QUEUED, None) if i % 40 == 0 else (Status.COMPLETED, 1e9)
        ending = Ending(status=status, expires_at=expires_at, not_before=5.0)
        await store.finish(f"t{i}", right.token, ending, 3.0)
    await store.close()


def test_every_migration_is_numbered_and_the_file_knows_how_many_it_has(path: Path) -> None:
    folder = Path(database.__file__).parent / "sql" / "migrations"
    numbers = [int(one.name[:4]) for one in sorted(folder.glob("*.sql"))]

    with closing(sqlite3.connect(_made(path))) as db:
        assert numbers == [*range(1, len(numbers) + 1)]
        assert db.execute("PRAGMA user_version").fetchone() == (len(numbers),)


def test_a_migration_that_fails_leaves_the_file_as_it_was(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _made(path)
    before = shutil.copy(path, path.with_name("before.db"))
    broken = "CREATE TABLE further (a);\nCREATE TABLE tasks (a);\n"
    monkeypatch.setattr(database, "_MIGRATIONS", (*database._MIGRATIONS, broken))

    with pytest.raises(StoreFailed, match="already exists"):
        _made(path)
    monkeypatch.undo()

    with closing(sqlite3.connect(_made(path))) as db, closing(sqlite3.connect(before)) as old:
        schema = "SELECT name FROM sqlite_master ORDER BY name"
        assert db.execute(schema).fetchall() == old.execute(schema).fetchall()
