"""What a task's function may be given beside its inputs: who it is, how it reports, what it borrows.

What may live here: the values and marks that users annotate parameters with. Nothing here knows a store or an engine:
whoever runs the function supplies what these do.
"""

from __future__ import annotations

import math
import mimetypes
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_MESSAGE = 1000
_NAME = re.compile(r"""(?!\.)[^/\\:*?"<>|\x00-\x1f\x7f]{1,100}(?<![. ])""")
_NAME_BYTES = 200
"""File systems count bytes, most of them up to 255, and something may be put before or after a name."""

_MEDIA_TYPE = re.compile(r"[!#$&^_.+\w-]+/[!#$&^_.+\w-]+(?:; *[\w-]+=[\w.:+-]+)*", re.ASCII)


class Cancelled(BaseException):
    """The task is to end now: it was cancelled, or its time is over.

    Raised into a sync function by its next report; an async function is cancelled by asyncio as well.
    It is no Exception, for the reason that `asyncio.CancelledError` is none: an `except Exception` around one step of
    the work must not swallow it. Clean up in `finally`, and do not report progress there.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskInfo:
    """Which task runs. A parameter annotated so is given it.

    Attributes:
        id: the task's; with `attempt` it is a good idempotency key for what the function does elsewhere.
        type: the name of its type. `tenant`: whose it is.
        attempt: 1 at first; more after a retry or after the process died.
        deadline: when the attempt is ended (epoch seconds), or None.
    """

    id: str
    type: str
    tenant: str
    attempt: int
    deadline: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgressDocument:
    """How far a task is, in units of its own choice."""

    done: float | None = None
    total: float | None = None
    message: str | None = None


class Progress:
    """How a function reports. A parameter annotated so is given one; it may be used from any thread.

    Attributes that are callables are supplied by whoever runs the task: `report` notes how far it is, `cancelled`
    says whether it is to end, `keep` takes a file (name, content or where it lies, media type).
    """

    def __init__(
        self,
        report: Callable[[ProgressDocument], None],
        cancelled: Callable[[], bool],
        keep: Callable[[str, bytes | Path, str], None],
    ) -> None:
        self._report = report
        self._cancelled = cancelled
        self._keep = keep

    def __call__(self, done: float | None = None, total: float | None = None, message: str | None = None) -> None:
        """Tell how far the task is: `done` of `total`, and a line for people (cut after 1,000 characters).

        Raises:
            Cancelled: the task is to end now.
            ValueError: a number is negative, infinite or none.
        """
        if self.cancelled:
            raise Cancelled
        for name, number in (("done", done), ("total", total)):
            if number is not None and not (math.isfinite(number) and number >= 0):
                raise ValueError(f"{name} is {number!r}; progress counts from 0 up")
        cut = None if message is None else message[:_MESSAGE]
        self._report(ProgressDocument(done=done, total=total, message=cut))

    @property
    def cancelled(self) -> bool:
        """Whether the task is to end. Where a function has no steps to report it looks at this."""
        return self._cancelled()

    def artifact(self, name: str, content: bytes | str | Path, media_type: str | None = None) -> None:
        """Keep a file as part of the result: bytes, a text (as UTF-8), or a file that exists (it is copied).

        The media type is guessed from the name where none is given. A second file of the same name replaces the first.

        Raises:
            ValueError: the name or the media type is none that every file system and HTTP can carry.
        """
        if not _NAME.fullmatch(name) or len(name.encode("utf-8", "surrogatepass")) > _NAME_BYTES:
            raise ValueError(
                f"{name!r} is no name for an artifact: 1 to 100 characters, without slashes, control characters or "
                'any of :*?"<>|, no dot in front, no dot or space at the end'
            )
        kind = media_type or _guessed(name, content)
        if not _MEDIA_TYPE.fullmatch(kind):
            raise ValueError(f"{kind!r} is no media type")
        self._keep(name, content.encode() if isinstance(content, str) else content, kind)


@dataclass(frozen=True, slots=True)
class Resource:
    """Marks a parameter that is made for each attempt and is no input: `Annotated[Session, api.resource(session)]`."""

    factory: Callable[..., Any]


def _guessed(name: str, content: bytes | str | Path) -> str:
    unknown = "text/plain" if isinstance(content, str) else "application/octet-stream"
    kind = mimetypes.guess_type(name)[0] or unknown
    return f"{kind}; charset=utf-8" if isinstance(content, str) and kind.startswith("text/") else kind
