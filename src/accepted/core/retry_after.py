"""Retry-After: seconds or an HTTP-date (RFC 9110 section 10.2.3), never trusted blindly."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from accepted.core.wire import Headers, header

LONGEST = 3600.0
"""Seconds. A longer wish is cut to this: the task is asked once an hour rather than forgotten for days."""


def retry_after(headers: Headers, now: float) -> float | None:
    """Seconds that the service asks to wait, or None where it does not say (or not understandably).

    `now` is epoch seconds.
    A date is compared with the answer's own `Date` field where there is one,
    so that two clocks that disagree do not become a wait.
    Negative waits are 0, absurd ones are cut to `LONGEST`.
    """
    text = (header(headers, "retry-after") or "").strip()
    seconds = _number(text)
    if seconds is None:
        seconds = _until(text, headers, now)
    return None if seconds is None else bounded(seconds)


def bounded(seconds: float) -> float:
    """A wish in seconds as it is granted: not negative, not absurd."""
    return min(max(seconds, 0.0), LONGEST)


def _number(text: str) -> float | None:
    # The standard knows whole seconds only; fractions are sent all the same and are unmistakable.
    try:
        seconds = float(text)
    except ValueError:
        return None
    return None if math.isnan(seconds) else seconds


def _until(text: str, headers: Headers, now: float) -> float | None:
    moment = http_date(text)
    if moment is None:
        return None
    their_now = http_date(header(headers, "date") or "")
    return moment - (now if their_now is None else their_now)


def http_date(text: str) -> float | None:
    """An HTTP-date as epoch seconds, or None where it is none."""
    try:
        moment = parsedate_to_datetime(text)
        return _aware(moment).timestamp()
    except (ValueError, IndexError, TypeError, OverflowError):
        return None


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
