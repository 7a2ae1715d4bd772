"""What is done to its end although whoever blocks for it is interrupted."""

import os
import signal
import threading
import time
from contextvars import ContextVar
from typing import Any

import pytest

from accepted.drivers.shielded import through_interrupts

NAME: ContextVar[str] = ContextVar("NAME")


def interrupt() -> None:
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(0.05)


def test_it_returns_what_the_work_returns_and_sees_what_the_caller_sees() -> None:
    NAME.set("ours")
    assert through_interrupts(lambda: (NAME.get(), threading.current_thread() is threading.main_thread())) == (
        "ours",
        False,
    )
    assert through_interrupts(lambda: None) is None


@pytest.mark.parametrize("error", [ValueError("x"), SystemExit(3)])
def test_its_error_is_whoever_waits_for_it(error: BaseException) -> None:
    def fail() -> None:
        raise error

    with pytest.raises(type(error)) as caught:
        through_interrupts(fail)
    assert caught.value is error


@pytest.mark.parametrize("fails", [False, True])
def test_interrupts_take_effect_after_it(fails: bool) -> None:
    done: list[int] = []

    def work() -> None:
        for number in range(3):
            interrupt()
            done.append(number)
        if fails:
            raise ValueError

    with pytest.raises(KeyboardInterrupt):
        through_interrupts(work)
    assert done == [0, 1, 2]


@pytest.mark.parametrize("begun", [False, True])
def test_interrupted_while_its_thread_starts_it_is_done_whole_or_not_at_all(
    begun: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    start, made, done = threading.Thread.start, [], []

    def torn(thread: threading.Thread) -> None:
        made.append(thread)
        if begun:
            start(thread)
            time.sleep(0.05)
        raise KeyboardInterrupt

    monkeypatch.setattr(threading.Thread, "start", torn)
    with pytest.raises(KeyboardInterrupt):
        through_interrupts(lambda: (time.sleep(0.2), done.append(1)))
    assert done == [1] * begun
    if not begun:
        start(made[0])  # should the thread come after all, it is too late
        made[0].join()
        assert done == []


def test_where_no_thread_is_to_be_had_it_is_done_without(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise RuntimeError("can't create new thread at interpreter shutdown")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    assert through_interrupts(lambda: 7) == 7
