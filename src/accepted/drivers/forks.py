"""What a fork leaves behind: a lock that another thread held would stay held in the child for ever.

So whoever has one is told in the child, before anything else runs there.
"""

from __future__ import annotations

import os
from typing import Protocol
from weakref import WeakSet


class Follower(Protocol):
    """Somebody with state that a child must not share."""

    def forked(self) -> None:
        """Begin anew: this is the child."""
        ...


_FOLLOWERS: WeakSet[Follower] = WeakSet()


def follow(who: Follower) -> None:
    """Tell `who` in every child from now on, for as long as it lives."""
    _FOLLOWERS.add(who)


def _in_child() -> None:
    for who in list(_FOLLOWERS):
        who.forked()


if hasattr(os, "register_at_fork"):  # not on Windows, which knows no fork
    os.register_at_fork(after_in_child=_in_child)
