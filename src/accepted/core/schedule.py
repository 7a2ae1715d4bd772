"""When the next poll of one task is due, and how long to wait after an error.

Polling (asking again because the task is not final) and retrying (repeating a request that errored)
are two things with two names; neither borrows the other's numbers.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """The proportional schedule: the next delay is a fraction of the task's age.

    delay = min(longest, max(first, fraction * age)), plus up to `jitter` of itself.
    So the moment of completion is noticed late by at most `fraction` of the duration (or `first`),
    and the number of polls grows with the logarithm of the duration until `longest` is reached.
    All times are in seconds.
    """

    first: float = 2.0
    fraction: float = 0.1
    longest: float = 60.0
    jitter: float = 0.1

    def delay(self, age: float, seed: int, poll: int) -> float:
        """Seconds until the next poll of a task of that age; a negative age (a clock set back) counts as 0."""
        wanted = min(self.longest, max(self.first, self.fraction * max(age, 0.0)))
        return wanted * (1.0 + self.jitter * draw(seed, poll))


@dataclass(frozen=True, slots=True, kw_only=True)
class Retries:
    """How often one request that errored is repeated, and after how many seconds."""

    limit: int
    first: float = 0.5
    longest: float = 60.0

    def delay(self, failures: int, seed: int) -> float:
        """Seconds to wait after so many failures in a row: doubling, at most `longest`, spread by half."""
        wanted = min(self.longest, self.first * 2.0 ** min(failures - 1, 30))
        return wanted * (1.0 + 0.5 * draw(seed, failures))


def draw(seed: int, number: int) -> float:
    """A number in [0, 1) that looks random and is not: the core draws none, so the seed comes from outside."""
    digest = hashlib.blake2b(f"{seed}:{number}".encode(), digest_size=8).digest()
    return int.from_bytes(digest) / 2**64
