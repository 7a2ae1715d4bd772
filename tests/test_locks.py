"""The lock on a file, between connections, processes and forks."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from accepted.locks import FileLock

PRELUDE = """
import os, sys
from pathlib import Path
from accepted.locks import FileLock

lock = FileLock(Path(sys.argv[1]))
"""
TRY = "print(lock.acquire(), flush=True)"


def elsewhere(path: Path, program: str = TRY) -> str:
    command = [sys.executable, "-c", f"{PRELUDE}\n{program}", str(path)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    return ended.stdout.strip() or ended.stderr


def test_one_has_it_at_a_time(tmp_path: Path):
    one, other = FileLock(tmp_path / "lock"), FileLock(tmp_path / "lock")
    assert one.acquire()
    assert one.acquire(), "it has it already"
    assert not other.acquire()
    assert elsewhere(tmp_path / "lock") == "False"
    one.release()
    one.release()
    assert elsewhere(tmp_path / "lock") == "True"
    assert other.acquire()
    other.release()


def test_it_is_let_go_when_its_process_is_killed(tmp_path: Path):
    process = subprocess.Popen(
        [sys.executable, "-c", f"{PRELUDE}\n{TRY}; input()", str(tmp_path / "lock")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    assert process.stdout.readline() == "True\n"
    lock = FileLock(tmp_path / "lock")
    assert not lock.acquire()
    process.kill()
    process.communicate()
    assert lock.acquire()
    lock.release()


def test_a_folder_that_is_not_there_is_said(tmp_path: Path):
    with pytest.raises(OSError, match="cannot be used"):
        FileLock(tmp_path / "nowhere" / "lock").acquire()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_child_neither_has_nor_loses_its_parents_lock(tmp_path: Path):
    program = textwrap.dedent(
        """
        assert lock.acquire()
        if os.fork() == 0:
            assert not lock.acquire()
            lock.release()
            os._exit(0)
        assert os.wait()[1] == 0
        assert lock.acquire()
        print("held", flush=True)
        sys.stdin.read()
        """
    )
    process = subprocess.Popen(
        [sys.executable, "-c", f"{PRELUDE}\n{program}", str(tmp_path / "lock")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    assert process.stdout.readline() == "held\n"
    assert elsewhere(tmp_path / "lock") == "False"
    process.communicate()
    assert elsewhere(tmp_path / "lock") == "True"
