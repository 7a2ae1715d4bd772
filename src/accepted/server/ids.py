"""Ids of tasks: unguessable, and in the order of time, so that an index takes a new one at its end.

What may live here: how an id is made, wherever a task comes from.
"""

from __future__ import annotations

import base64
import os
from collections import deque

_BYTES = 12
"""Of randomness in an id: 96 bits, of which nothing can be guessed from the time or from other ids."""

_LETTERS = _BYTES * 4 // 3
"""In which base64 writes them, without a rest."""

_DRAWN = 256
"""Ids for which randomness is drawn at once: each draw lets go of the interpreter's lock, which is dear."""

_RANDOM: deque[str] = deque()

if hasattr(os, "register_at_fork"):  # not on Windows, which knows no fork
    # A child must not use what its parent has drawn.
    os.register_at_fork(after_in_child=_RANDOM.clear)


def new_id(now: float) -> str:
    """An id for a task that is accepted now (epoch seconds): milliseconds, then randomness. From any thread.

    In a big store that is worth about half of the time of an accept: with ids all over the index, every commit
    would read and write a page of its own for each task.
    """
    return f"task_{int(now * 1000):012x}{_random()}"


def _random() -> str:
    while True:
        try:
            return _RANDOM.pop()
        except IndexError:
            drawn = base64.urlsafe_b64encode(os.urandom(_BYTES * _DRAWN)).decode()
            _RANDOM.extend(drawn[at : at + _LETTERS] for at in range(0, len(drawn), _LETTERS))
