"""What a fork may not tear apart: locks that another thread holds, and files that SQLite has open.

A lock that another thread held would stay held in the child for ever. SQLite's own notes of the locks on a file are
copied into the child, the locks are not: with a connection left open, the child would take none, and its parent could
remove the log in which the child's changes stand. So everybody holds still for a fork, and begins anew in the child.
"""

from __future__ import annotations

import os
import threading
from typing import Protocol
from weakref import WeakSet


class Follower(Protocol):
    """Somebody with state that a child must not share."""

    def hold(self) -> None:
        """A fork is about to happen: wait until nothing is under way, and let nothing begin."""
        ...

    def go_on(self) -> None:
        """It has happened, and this is the parent."""
        ...

    def begin_anew(self) -> None:
        """It has happened, and this is the child."""
        ...


_FOLLOWERS: WeakSet[Follower] = WeakSet()
_HOLDING: list[Follower] = []
_ONE_AT_A_TIME = threading.Lock()
"""Two threads that fork at once would each let go of what the other holds."""


def follow(who: Follower) -> None:
    """Tell `who` of every fork from now on, for as long as it lives."""
    _FOLLOWERS.add(who)


def _before() -> None:
    _ONE_AT_A_TIME.acquire()
    _HOLDING[:] = _FOLLOWERS
    for who in _HOLDING:
        who.hold()


def _in_parent() -> None:
    while _HOLDING:
        _HOLDING.pop().go_on()
    _ONE_AT_A_TIME.release()


def _in_child() -> None:
    while _HOLDING:
        _HOLDING.pop().begin_anew()
    _ONE_AT_A_TIME.release()


if hasattr(os, "register_at_fork"):  # not on Windows, which knows no fork
    os.register_at_fork(before=_before, after_in_parent=_in_parent, after_in_child=_in_child)
