"""What happens to a task (events) and what the machine wants done about it (actions): plain values.

A driver performs actions and reports events; it decides nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from accepted.core.contract import Step
from accepted.core.read import Answer
from accepted.core.task import Task
from accepted.core.wire import Dropped, Request, Response
from accepted.errors import AcceptedError

Goal = Literal["look", "answer", "final"]
"""What a wait is for: one look that never sleeps; one operation's answer, with short patience; a final status."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """How long somebody is ready to wait, and how. Moments are epoch seconds, durations seconds.

    Attributes:
        deadline: no request leaves after it; None: none.
        min_interval: the user's own minimum between two polls.
        request_timeout: the bound of one request.
        seed: of the jitter; the core draws no random numbers.
        results: whether the result of a task found final is fetched.
        watched: whether somebody sees more than the end, so that optional steps (progress) are worth their requests.
    """

    goal: Goal
    deadline: float | None = None
    min_interval: float = 0.0
    request_timeout: float = 30.0
    seed: int = 0
    results: bool = True
    watched: bool = True


# ---- events


@dataclass(frozen=True, slots=True)
class Started:
    """An operation is asked for: `create`, `poll`, `cancel`, `list`, `items`, `usage`, `download` or `act:<name>`.

    A create that is started although it was sent before is a recovery: it goes the contract's declared way.
    """

    operation: str


@dataclass(frozen=True, slots=True)
class Answered:
    """A whole answer came."""

    response: Response


@dataclass(frozen=True, slots=True)
class Woke:
    """The moment that a sleep waited for has come."""


@dataclass(frozen=True, slots=True)
class Held:
    """The pace of this credential and host allows no request before `until`; nothing was sent.

    `limited` is True where the service itself asked for the pause.
    """

    until: float
    limited: bool = True


@dataclass(frozen=True, slots=True)
class Unsent:
    """The request cannot leave at all: there is no credential for it, or none that a header can carry."""

    error: AcceptedError


@dataclass(frozen=True, slots=True)
class Seen:
    """The task stood in a list page that was asked for many at once."""

    answer: Answer


Event = Started | Answered | Dropped | Woke | Held | Unsent | Seen


# ---- actions


@dataclass(frozen=True, slots=True)
class Send:
    """Send this request, waiting at most `timeout` seconds; report Answered, Dropped, Held or Unsent.

    The answer of a streamed step is reported without its body where it is a 2xx; what follows is read chunk by chunk.
    """

    request: Request
    step: Step
    timeout: float
    task: Task[Any]


@dataclass(frozen=True, slots=True)
class Sleep:
    """Do nothing before `until` (epoch seconds); report Woke, or Seen.

    What saves requests may come sooner, but not before `earliest`.
    """

    until: float
    task: Task[Any]
    earliest: float


@dataclass(frozen=True, slots=True)
class Save:
    """Write the task to the journal. `must`: nothing may be sent if that fails."""

    task: Task[Any]
    must: bool = False


@dataclass(frozen=True, slots=True)
class Forget:
    """Take the task out of the journal: it was refused, so it does not exist."""

    task: Task[Any]


@dataclass(frozen=True, slots=True)
class Tell:
    """Show something: the task, because something about it changed; a page; a chunk."""

    what: Any


@dataclass(frozen=True, slots=True)
class Warn:
    """Tell whoever looks after this program, once: something is not as declared, and the wait goes on all the same."""

    task: Task[Any]
    text: str


@dataclass(frozen=True, slots=True)
class Page:
    """Hand over the items of one page (tasks of a list, rows of a result)."""

    items: tuple[Answer, ...]
    whole: Answer


@dataclass(frozen=True, slots=True)
class Finish:
    """The operation is done; the task beside it is what came of it."""


@dataclass(frozen=True, slots=True)
class Fail:
    """The operation ended with this error."""

    error: AcceptedError


Action = Send | Sleep | Save | Forget | Tell | Warn | Page | Finish | Fail
Turn = tuple[Task[Any], tuple[Action, ...]]
