"""Threads that leave signals to the main one.

What may live here: how a thread of ours begins. The kernel hands a signal to any thread that takes it, and Python then
only notes it: a main thread that waits for another one is not woken, and Ctrl-C has no effect until something is
answered. A signal that every other thread refuses can only strike the main one.
"""

from __future__ import annotations

import signal
from threading import Thread

_LEFT_TO_MAIN = {signal.SIGINT, signal.SIGTERM}


def start(thread: Thread) -> None:
    """Start a thread that refuses interrupts. One that comes meanwhile takes effect at the end of this.

    A thread inherits what its maker refuses, so that there is no moment at which it does not.

    Raises:
        RuntimeError: no thread is to be had.
    """
    if not hasattr(signal, "pthread_sigmask"):  # Windows hands an interrupt to nobody else
        return thread.start()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _LEFT_TO_MAIN)
    try:
        thread.start()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
