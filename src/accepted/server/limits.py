"""How often a tenant may ask: a token bucket each, in this process.

Several processes that serve one file each have buckets of their own, so together they allow that many times as much.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

from accepted.core.wire import Headers

_MANY = 10_000
"""Buckets that are kept before the full ones are dropped; a full bucket says no more than none."""


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `requests` at once, and as many every `seconds`, evenly."""

    requests: int
    seconds: float

    def __post_init__(self) -> None:
        if self.requests < 1 or not 0 < self.seconds < math.inf:
            raise ValueError(f"a rate is at least one request in some seconds, not {self.requests} in {self.seconds}")


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a request for a token. `retry_after`: seconds until there is one, None where one was had."""

    retry_after: float | None
    headers: Headers


class Limiter:
    """The buckets of all tenants. For one thread, the loop's."""

    def __init__(self, rate: Rate, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._each = rate.seconds / rate.requests
        self._clock = clock
        self._full_at: dict[str, float] = {}
        self._policy = ("RateLimit-Policy", f'"tenant";q={rate.requests};w={math.ceil(rate.seconds)}')

    def take(self, tenant: str) -> Taken:
        """Take a token of a tenant, and say how many are left (draft-ietf-httpapi-ratelimit-headers)."""
        now = self._clock()
        full_at = max(self._full_at.get(tenant, now), now)
        after = full_at + self._each
        short = after - now - self._rate.seconds
        # A token that is a rounding error short is there.
        if short > self._each * 1e-6:
            return Taken(short, self._told(0, full_at - now))
        self._full_at[tenant] = after
        if len(self._full_at) > _MANY:
            self._full_at = {name: moment for name, moment in self._full_at.items() if moment > now}
        return Taken(None, self._told(self._rate.requests - math.ceil((after - now) / self._each - 1e-6), after - now))

    def _told(self, left: int, until_full: float) -> Headers:
        return (self._policy, ("RateLimit", f'"tenant";r={max(left, 0)};t={math.ceil(until_full)}'))
