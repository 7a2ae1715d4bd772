"""The journal: what survives the process, who may read it, who gets a key, and what happens when it cannot be used."""

import os
import re
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from accepted import Client
from accepted.asgi import application, running
from accepted.core.contract import Keyed, Named
from accepted.core.events import Forget, Save
from accepted.core.task import Private, Status, Task
from accepted.core.verbs import Claim, Recall
from accepted.drivers import journal as module
from accepted.drivers.journal import KEPT, VERSION, Journal, NoJournal, home
from accepted.errors import BadRequest, JournalFailed
from accepted.services import jules
from accepted.simulate import handler
from accepted.simulate.jules import Simulator
from accepted.testing import simulation

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such file modes")
PLACE = "https://example.test/v1"


def task_of(name: str, **facts: Any) -> Task[Any]:
    return Task(service="jules", marker=f"accepted-{name}", base_url=PLACE, account="me", **facts)


@pytest.fixture
def journal(tmp_path: Path) -> Any:
    with closing(Journal(tmp_path / "kept" / "journal.db")) as made:
        yield made


def rows(path: Path) -> list[dict[str, Any]]:
    with closing(sqlite3.connect(path)) as db:
        db.row_factory = sqlite3.Row
        return [dict(row) for row in db.execute("SELECT * FROM tasks ORDER BY marker")]


# ---- where it is and who may read it


@POSIX
def test_only_its_owner_may_read_it(journal: Journal) -> None:
    journal.perform(Save(task_of("1")))
    modes = {
        path.name: stat.S_IMODE(path.stat().st_mode) for path in (journal.path.parent, *journal.path.parent.iterdir())
    }
    assert modes == {"kept": 0o700, "journal.db": 0o600, "journal.db-wal": 0o600, "journal.db-shm": 0o600}


def test_writers_do_not_block_readers(journal: Journal) -> None:
    journal.perform(Save(task_of("1")))
    with closing(sqlite3.connect(journal.path)) as other:
        assert other.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        other.execute("BEGIN IMMEDIATE")
        assert [task.marker for task in journal.tasks()] == ["accepted-1"]


@pytest.mark.parametrize(
    ("platform", "environ", "folder"),
    [
        ("linux", {"ACCEPTED_HOME": "/somewhere"}, "/somewhere"),
        ("linux", {"XDG_STATE_HOME": "/state"}, "/state/accepted"),
        ("linux", {}, "~/.local/state/accepted"),
        ("linux", {"ACCEPTED_HOME": ""}, "~/.local/state/accepted"),  # empty is unset
        ("linux", {"ACCEPTED_HOME": "~/mine"}, "~/mine"),
        ("darwin", {}, "~/Library/Application Support/accepted"),
        ("win32", {"LOCALAPPDATA": "/local"}, "/local/accepted"),
        ("win32", {}, "~/AppData/Local/accepted"),
    ],
)
def test_home(monkeypatch: pytest.MonkeyPatch, platform: str, environ: dict[str, str], folder: str) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    assert home(environ) == Path(folder).expanduser()


def test_nothing_is_made_before_it_is_needed(tmp_path: Path) -> None:
    Journal(tmp_path / "deep" / "er" / "journal.db").close()
    assert list(tmp_path.glob("deep*")) == []


# ---- keeping


def test_a_task_comes_back_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    secret = Private(yields={"monitor": "https://x/?sig=s"}, cookies={"a": "b"}, etags={"status": '"1"'})
    task = task_of("1", id="a/b:c", status=Status.IN_PROGRESS, private=secret, raw=b'{"state": "X"}', key="k")
    with closing(Journal(path)) as first:
        first.perform(Save(task))
    with closing(Journal(path)) as second:
        found = second.perform(Recall("jules", PLACE, "a/b:c", ""))
        assert found == task
        assert found.private == secret


def test_an_id_is_known_at_its_own_place_only(journal: Journal) -> None:
    journal.perform(Save(task_of("1", id="314")))
    assert journal.perform(Recall("jules", PLACE, "314", ""))
    assert journal.perform(Recall("jules", "https://elsewhere.test", "314", "")) is None
    assert journal.perform(Recall("other", PLACE, "314", "")) is None
    assert journal.perform(Recall("jules", PLACE, None, "accepted-1"))


def test_forgetting_takes_out_one(journal: Journal) -> None:
    for name in "12":
        journal.perform(Save(task_of(name)))
    journal.perform(Forget(task_of("1")))
    journal.forget("accepted-nobody")
    assert [task.marker for task in journal.tasks()] == ["accepted-2"]


def test_finished_tasks_are_kept_for_thirty_days(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    long_ago = time.time() - KEPT - 60.0
    for name, status, saved_at in [
        ("old-final", Status.COMPLETED, long_ago),
        ("old-running", Status.IN_PROGRESS, long_ago),  # what may still run is never dropped
        ("new-final", Status.FAILED, long_ago + 120.0),
    ]:
        monkeypatch.setattr(module.time, "time", lambda saved_at=saved_at: saved_at)
        journal.perform(Save(task_of(name, status=status)))
    monkeypatch.undo()
    journal.close()
    assert {task.marker for task in journal.tasks()} == {"accepted-old-running", "accepted-new-final"}


def test_a_task_without_a_marker_is_nobody(journal: Journal) -> None:
    journal.perform(Save(Task(service="jules", id="314")))
    assert journal.tasks() == []


def test_it_can_be_used_after_it_was_closed(journal: Journal) -> None:
    journal.perform(Save(task_of("1")))
    journal.close()
    journal.close()
    assert len(journal.tasks()) == 1


def test_turned_off_it_keeps_nothing() -> None:
    off = NoJournal()
    task = task_of("1", key="k")
    assert off.perform(Claim(task)) is task
    assert off.perform(Save(task)) is None
    assert off.perform(Recall("jules", PLACE, "314", task.marker)) is None
    assert (off.tasks(), off.in_flight()) == ([], [])


# ---- what the client writes


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every statement that any journal runs from here on."""
    seen: list[str] = []
    prepare = module._prepare

    def prepared(connection: sqlite3.Connection, path: Path) -> None:
        prepare(connection, path)
        connection.set_trace_callback(seen.append)

    monkeypatch.setattr(module, "_prepare", prepared)
    return seen


def writes(statements: list[str]) -> int:
    return sum(bool(re.search("^(INSERT|UPDATE|DELETE)", text, re.MULTILINE)) for text in statements)


def test_unchanged_polls_are_not_written(tmp_path: Path, statements: list[str]) -> None:
    service = simulation("jules", "stuck", journal=tmp_path / "journal.db")
    task = service.client.create_task(prompt="x")
    service.client.poll_task(task, timeout=3600.0, check=False)
    assert service.counts()["polls"] > 60
    assert 0 < writes(statements) < 12


def test_every_change_is_written(tmp_path: Path, statements: list[str]) -> None:
    service = simulation("jules", journal=tmp_path / "journal.db")
    shown: list[Task[Any]] = []
    task = service.client.create_task(prompt="x")
    before = writes(statements)
    service.client.poll_task(task, on_update=shown.append)
    assert len(shown) <= writes(statements) - before <= len(shown) + 2
    (kept,) = Journal(tmp_path / "journal.db").tasks()
    assert kept.status is Status.COMPLETED


def test_submitting_is_written_before_the_create_leaves(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    service = simulation("jules", journal=path)
    kept: list[list[dict[str, Any]]] = []
    carry = service.client._bench.transport

    class Looking:
        def send(self, request: Any, timeout: float) -> Any:
            kept.append(rows(path))
            return carry.send(request, timeout)

    client = Client(service.contract, **service.settings, transport=Looking())
    task = client.create_task(prompt="x")
    (row,) = kept[0]
    assert (row["marker"], row["id"], row["final"]) == (task.marker, None, 0)
    assert b'"submitting"' in row["record"]
    client._bench.journal.close()


def test_a_create_that_was_refused_is_forgotten(tmp_path: Path) -> None:
    service = simulation("jules", journal=tmp_path / "journal.db")
    with pytest.raises(BadRequest):
        service.client.create_task(prompt="x", source="github/nobody/nothing")
    assert rows(tmp_path / "journal.db") == []


def test_what_may_be_secret_is_erased_with_the_end(journal: Journal) -> None:
    private = Private(yields={"monitor": "https://x/?sig=s"}, cookies={"session": "s"}, inputs=b"{}")
    journal.perform(Save(task_of("1", id="1", status=Status.IN_PROGRESS, private=private)))
    assert b"sig=s" in rows(journal.path)[0]["private"]
    service = simulation("jules", journal=journal.path)
    task = service.client.run_task(prompt="x")
    empty = next(row for row in rows(journal.path) if row["marker"] == task.marker)
    assert b"null" in empty["private"]
    assert all(mark not in empty["private"] for mark in (b"prompt", b"sig=", b"http"))


@pytest.mark.parametrize(
    ("safe", "kept"),
    [
        (jules.contract.safe, False),  # a marked create is never sent again, so nothing is kept for it
        (Keyed(), True),
        (Named(lambda ask: ask.name), True),
    ],
    ids=["marked", "keyed", "named"],
)
def test_inputs_are_kept_only_where_they_may_be_sent_again(tmp_path: Path, safe: Any, kept: bool) -> None:
    (step,) = jules.contract.create
    steps = (replace(step, repeat="keyed" if kept else "once"),)
    contract: Any = replace(jules.contract, safe=safe, create=steps)
    path = tmp_path / "journal.db"
    service = simulation("jules", journal=path)
    seen: list[bytes] = []

    class Looking:
        def send(self, request: Any, timeout: float) -> Any:
            seen.append(rows(path)[0]["private"])
            return service.client._bench.transport.send(request, timeout)

    client = Client(contract, **service.settings, transport=Looking())
    client.create_task(prompt="a recognisable prompt")
    assert (b"inputs" in seen[0] and b'"inputs":null' not in seen[0]) is kept
    assert b'"inputs":null' in rows(path)[0]["private"]  # once it is created they are needed no more
    client._bench.journal.close()


# ---- keys


def test_one_claim_of_a_key_wins(journal: Journal) -> None:
    first, second = task_of("1", key="nightly"), task_of("2", key="nightly")
    assert journal.perform(Claim(first)) == first
    assert journal.perform(Claim(second)) == first
    assert journal.perform(Claim(first)) == first


@pytest.mark.parametrize(
    "facts", [{"account": "you"}, {"base_url": "https://elsewhere.test"}, {"service": "other"}, {"key": "weekly"}]
)
def test_a_key_belongs_to_service_place_and_credential(journal: Journal, facts: dict[str, str]) -> None:
    journal.perform(Claim(task_of("1", key="nightly")))
    other = replace(task_of("2", key="nightly"), **facts)
    assert journal.perform(Claim(other)) == other


def test_without_a_key_nothing_is_claimed(journal: Journal) -> None:
    for name in "12":
        assert journal.perform(Claim(task_of(name))) == task_of(name)
    assert journal.tasks() == []


RACING = """
import sys
from accepted import Client
from accepted.services import jules

with Client(jules.contract, base_url=sys.argv[1], auth="a-simulated-key").with_options(key="nightly") as client:
    print("ready", flush=True)
    sys.stdin.readline()
    print(client.create_task(prompt="x").ref, flush=True)
"""


def test_eight_processes_with_one_key_create_one_task(tmp_path: Path) -> None:
    """They begin with no journal at all, so that they race for making it, too."""
    simulator = Simulator(duration=30.0)
    with running(application(handler(simulator))) as base_url:
        command = [sys.executable, "-c", RACING, f"{base_url}/v1alpha"]
        pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        racers = [subprocess.Popen(command, text=True, **pipes) for _ in range(8)]
        for racer in racers:
            assert racer.stdout
            assert racer.stdout.readline() == "ready\n"
        for racer in racers:  # as close together as can be: nobody waits for an answer
            assert racer.stdin
            racer.stdin.write("go\n")
            racer.stdin.flush()
        ends = [racer.communicate(timeout=60) for racer in racers]
    assert [racer.returncode for racer in racers] == [0] * 8, [errors for _, errors in ends]
    assert len({ref for ref, _ in ends}) == 1
    assert simulator.counts()["committed"] == 1
    assert len(Journal().tasks()) == 1


def test_threads_with_one_key_create_one_task(tmp_path: Path) -> None:
    simulator = Simulator(duration=30.0)
    with (
        running(application(handler(simulator))) as base_url,
        Client(jules.contract, base_url=f"{base_url}/v1alpha", auth="a-simulated-key") as client,
        ThreadPoolExecutor(12) as pool,
    ):
        keyed = client.with_options(key="nightly")
        refs = {task.ref for task in pool.map(lambda _: keyed.create_task(prompt="x"), range(24))}
    assert len(refs) == 1
    assert simulator.counts()["committed"] == 1


def test_threads_write_at_once(journal: Journal) -> None:
    with ThreadPoolExecutor(12) as pool:
        list(pool.map(lambda number: journal.perform(Save(task_of(f"{number}"))), range(200)))
    assert len(journal.tasks()) == 200


def test_its_first_use_by_many_threads_is_of_one_connection(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While one thread opens the file, no other may open it too, or replace the lock."""
    opened: list[Path] = []

    def slowly(path: Path) -> sqlite3.Connection:
        opened.append(path)
        time.sleep(0.05)  # long enough for the others to arrive
        return sqlite3.connect(path, check_same_thread=False)

    with closing(Journal(tmp_path / "journal.db")) as made:
        made.tasks()
    monkeypatch.setattr(module, "_open", slowly)
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for _ in range(20):
            opened.clear()
            barrier = threading.Barrier(8)
            with closing(Journal(tmp_path / "journal.db")) as fresh, ThreadPoolExecutor(8) as pool:
                list(pool.map(lambda _, of=fresh, at=barrier: (at.wait(), of.tasks()), range(8)))
            assert len(opened) == 1
    finally:
        sys.setswitchinterval(interval)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this platform")
def test_a_fork_waits_for_a_thread_that_writes(tmp_path: Path) -> None:
    program = """
import os, sys, threading, time
from pathlib import Path
from accepted.core.events import Save
from accepted.core.task import Task
from accepted.drivers.journal import Journal

journal = Journal(Path(sys.argv[1]))
journal.perform(Save(Task(service="jules", marker="parent")))
held = threading.Event()
def hold():
    with journal._lock:
        held.set()
        time.sleep(0.2)
threading.Thread(target=hold).start()
held.wait()
child = os.fork()
if not child:
    journal.perform(Save(Task(service="jules", marker="child")))
    os._exit(len(journal.tasks()))
_, status = os.waitpid(child, 0)
journal.perform(Save(Task(service="jules", marker="after")))
print(os.waitstatus_to_exitcode(status), len(journal.tasks()))
"""
    command = [sys.executable, "-W", "ignore::DeprecationWarning", "-c", program, str(tmp_path / "journal.db")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert (done.stdout, done.stderr) == ("2 3\n", "")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this platform")
def test_what_a_child_kept_outlives_its_parents_connection(tmp_path: Path) -> None:
    """With a connection left open over the fork, the child took no lock, and its parent removed the log beneath it."""
    program = """
import os, sys
from pathlib import Path
from accepted.core.events import Save
from accepted.core.task import Task
from accepted.drivers.journal import Journal

journal = Journal(Path(sys.argv[1]))
journal.perform(Save(Task(service="jules", marker="parent"), must=True))
(saved, told), (closed, tell) = os.pipe(), os.pipe()
if not os.fork():
    journal.perform(Save(Task(service="jules", marker="child"), must=True))
    os.write(told, b".")
    os.read(closed, 1)
    journal.perform(Save(Task(service="jules", marker="child, later"), must=True))
    os._exit(0)
os.read(saved, 1)
journal.close()
os.write(tell, b".")
os.wait()
print(sorted(task.marker for task in Journal(Path(sys.argv[1])).tasks()))
"""
    command = [sys.executable, "-c", program, str(tmp_path / "journal.db")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert (done.stdout, done.stderr) == ("['child', 'child, later', 'parent']\n", "")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this platform")
def test_threads_that_fork_at_once_do_not_wait_for_each_other_for_ever(tmp_path: Path) -> None:
    program = """
import os, sys, threading
from pathlib import Path
from accepted.core.events import Save
from accepted.core.task import Task
from accepted.drivers.journal import Journal

journals = [Journal(Path(sys.argv[1])) for _ in range(4)]
def fork():
    for number in range(20):
        journals[number % 4].perform(Save(Task(service="jules", marker="parent")))
        child = os.fork()
        if not child:
            os._exit(0)
        os.waitpid(child, 0)
threads = [threading.Thread(target=fork) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print("done")
"""
    command = [sys.executable, "-W", "ignore::DeprecationWarning", "-c", program, str(tmp_path / "journal.db")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout, done.stderr) == ("done\n", "")


def test_what_one_keeps_outlives_another_process_that_closes(tmp_path: Path) -> None:
    """A file that is closed, however it was opened, takes every lock along that its process has on it.

    So a second journal in one process once left the first without its locks, and the next process that closed took
    itself for the last one and removed the log beneath it.
    """
    path = tmp_path / "journal.db"
    with closing(Journal(path)) as one, closing(Journal(path)) as other:
        one.perform(Save(task_of("1"), must=True))
        other.perform(Save(task_of("2"), must=True))
        program = "import sys; from pathlib import Path; from accepted.drivers.journal import Journal\n"
        program += "journal = Journal(Path(sys.argv[1])); assert len(journal.tasks()) == 2; journal.close()"
        subprocess.run([sys.executable, "-c", program, str(path)], check=True, timeout=30)
        one.perform(Save(task_of("3"), must=True))
        with closing(Journal(path)) as fresh:
            assert {task.marker for task in fresh.tasks()} == {task_of(name).marker for name in "123"}


# ---- when it cannot be used


def corrupt(path: Path) -> None:
    with closing(Journal(path)) as made:
        for number in range(200):
            made.perform(Save(task_of(f"{number}", raw=b"x" * 500)))
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * 4096 * 8)


def no_database(path: Path) -> None:
    path.write_text("Dear diary, " * 100)


def newer(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute(f"PRAGMA user_version={VERSION + 1}")


def a_folder(path: Path) -> None:
    path.mkdir()


def behind_a_file(path: Path) -> None:
    path.parent.rmdir()
    path.parent.write_text("not a folder")


def read_only(path: Path) -> None:
    with closing(Journal(path)) as made:
        made.perform(Save(task_of("1")))
    path.chmod(0o400)
    path.parent.chmod(0o500)


def of_another_shape(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE tasks (name TEXT)")


def held_by_another(path: Path) -> None:
    """A process that holds the file for longer than we are ready to wait."""
    with closing(Journal(path)) as made:
        made.perform(Save(task_of("1")))
    _HELD.append(sqlite3.connect(path, check_same_thread=False))
    _HELD[-1].execute("BEGIN IMMEDIATE")


_HELD: list[sqlite3.Connection] = []

UNUSABLE: list[tuple[Callable[[Path], None], str]] = [
    (corrupt, "is damaged"),
    (no_database, "is damaged"),
    (newer, "newer"),
    (a_folder, "ACCEPTED_HOME moves it"),
    (behind_a_file, "ACCEPTED_HOME moves it"),
    pytest.param(
        read_only,
        "ACCEPTED_HOME moves it",
        marks=pytest.mark.skipif(getattr(os, "geteuid", lambda: 0)() == 0, reason="nothing is read-only to root"),
    ),  # type: ignore[list-item]
    (of_another_shape, "cannot be used"),
    (held_by_another, "locked"),
]


@pytest.fixture
def unusable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(module, "_BUSY", 0.1)
    folder = tmp_path / "kept"
    folder.mkdir()
    yield folder / "journal.db"
    while _HELD:
        _HELD.pop().close()
    if folder.is_dir():
        folder.chmod(0o700)


@pytest.mark.parametrize(("spoil", "told"), UNUSABLE)
def test_a_create_is_not_sent_where_the_journal_cannot_be_used(unusable: Path, spoil: Any, told: str) -> None:
    spoil(unusable)
    service = simulation("jules", journal=unusable)
    with pytest.raises(JournalFailed) as caught:
        service.client.create_task(prompt="x")
    assert told in str(caught.value)
    assert str(unusable) in str(caught.value)
    assert service.counts()["requests"] == 0


@pytest.mark.parametrize(("spoil", "told"), UNUSABLE)
def test_a_poll_goes_on_where_the_journal_cannot_be_used(
    unusable: Path, spoil: Any, told: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The task is in nobody's danger: what is known of it comes from the service."""
    service = simulation("jules")
    task = service.client.create_task(prompt="x")
    spoil(unusable)
    settings = {**service.settings, "journal": unusable}
    done = Client(service.contract, **settings, transport=service.client._bench.transport).poll_task(task)
    assert done.ok
    warned = [record for record in caplog.records if record.levelname == "WARNING"]
    assert warned
    assert all(told in record.getMessage() and task.ref in record.getMessage() for record in warned)


def test_a_newer_journal_is_left_alone(unusable: Path) -> None:
    newer(unusable)
    before = unusable.read_bytes()
    with pytest.raises(JournalFailed):
        Journal(unusable).tasks()
    assert unusable.read_bytes() == before


def test_rows_that_nobody_wrote_are_named(journal: Journal) -> None:
    journal.perform(Save(task_of("1")))
    journal.close()
    with closing(sqlite3.connect(journal.path)) as db, db:
        db.execute("UPDATE tasks SET record = '{\"service\": 7}'")
    for wish in (journal.tasks, lambda: journal.perform(Recall("jules", PLACE, None, "accepted-1"))):
        with pytest.raises(JournalFailed, match=r"holds what nobody wrote: .*\$\.service"):
            wish()


def test_a_full_disk_stops_the_create_and_nothing_else(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    service = simulation("jules", journal=tmp_path / "journal.db")
    client = service.client
    tasks = [client.create_task(prompt="x") for _ in range(3)]
    database = client._bench.journal._connection
    assert database is not None
    pages = database.execute("PRAGMA page_count").fetchone()[0]
    database.execute(f"PRAGMA max_page_count={pages}")  # what SQLite then reports is what a full disk is
    before = service.counts()["creates"]
    with pytest.raises(JournalFailed, match="is full"):
        [client.create_task(prompt=f"{number}" * 1000) for number in range(200)]
    creates = service.counts()["creates"]
    assert creates == service.counts()["committed"]
    assert creates - before < 200
    assert client.poll_task(tasks[0]).ok


@POSIX
def test_a_file_that_may_not_grow_stops_the_create(tmp_path: Path) -> None:
    """The limit of the process, from the system itself: the nearest thing to a disk that is really full."""
    program = """
import resource, signal, sys
from accepted import JournalFailed
from accepted.testing import simulation

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
service = simulation("jules", journal=sys.argv[1])
client = service.client
client.create_task(prompt="x")
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, resource.RLIM_INFINITY))
try:
    for number in range(300):
        client.create_task(prompt=f"{number}" * 300)
except JournalFailed as error:
    counts = service.counts()
    print(type(error).__name__, counts["creates"] == counts["committed"], counts["creates"] < 300)
"""
    command = [sys.executable, "-c", program, str(tmp_path / "journal.db")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout == "JournalFailed True True\n", done.stderr
    assert "Traceback" not in done.stderr


def test_waiting_for_another_writer_does_not_block_a_loop(journal: Journal) -> None:
    """The async driver performs the journal in a thread: another task of the loop goes on meanwhile."""
    import anyio

    service = simulation("jules", journal=journal)  # type: ignore[arg-type]
    journal.tasks()
    ticks: list[float] = []

    async def tick(scope: anyio.CancelScope) -> None:
        with scope:
            while True:
                ticks.append(time.monotonic())
                await anyio.sleep(0.01)

    async def main() -> None:
        async with anyio.create_task_group() as group:
            scope = anyio.CancelScope()
            group.start_soon(tick, scope)
            with closing(sqlite3.connect(journal.path, check_same_thread=False)) as other:
                other.execute("BEGIN IMMEDIATE")
                threading.Timer(0.3, other.rollback).start()
                await service.async_client.create_task(prompt="x")
            scope.cancel()

    anyio.run(main)
    assert len(ticks) > 10
    assert max(after - before for before, after in pairwise(ticks)) < 0.25


def test_an_id_that_stands_for_tasks_that_are_asked_about_differently_is_refused(journal: Journal) -> None:
    for marker, seat in (("m-1", "1"), ("m-2", "2")):
        journal.perform(Save(task_of(marker, id="/status", private=Private(cookies={"seat": seat}))))
    known = journal.perform(Recall("jules", PLACE, "/status", "accepted-m-1"))
    assert known is not None
    assert known.private.cookies == {"seat": "1"}
    with pytest.raises(BadRequest, match=r"stands for 2 tasks.*jules:@accepted-m-"):
        journal.perform(Recall("jules", PLACE, "/status", ""))
    with pytest.raises(BadRequest, match=r"stands for 2 tasks.*jules:@accepted-m-"):
        journal.find("jules", "/status", PLACE)
