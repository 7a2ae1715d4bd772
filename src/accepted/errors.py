"""Every error that leaves this package, as one tree.

Split by who must act; an error's docstring is its default message::

    AcceptedError
    ├── BadRequest            the caller: the request is wrong, nothing was created
    ├── Unsupported           the caller: the service cannot do this; no request was made
    ├── AuthenticationFailed  the caller: the credential is missing, wrong or expired
    ├── TaskNotFound          the caller: the service does not know this task
    ├── JournalFailed         the caller: the journal cannot be used; nothing was sent
    ├── RateLimited           time: ask again after `retry_after` seconds
    ├── ConnectionFailed      the network: the service was not reached
    ├── ServiceError          the service: it answered, but with its own failure
    ├── ContractBroken        us or the service: the answer is not what the contract says
    ├── CreateUnknown         a person: a create was sent and its answer lost; it may or may not exist
    ├── OutcomeUnknown        a person: the same for an act
    └── TaskError             nobody: the request worked, the task did not complete
        ├── TaskFailed
        ├── TaskCancelled
        ├── TaskExpired
        ├── TaskGone          its outcome cannot be known from this API
        ├── InputRequired     the task waits for an answer (an act)
        └── PollTimeout       the wait ended, the task goes on

Beside the tree stands one table, `ANSWERS`: HTTP code -> error -> repeated or not (the exit code is the error's).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

__all__ = [
    "ANSWERS",
    "AcceptedError",
    "AuthenticationFailed",
    "BadRequest",
    "ConnectionFailed",
    "ContractBroken",
    "CreateUnknown",
    "InputRequired",
    "JournalFailed",
    "OutcomeUnknown",
    "PollTimeout",
    "RateLimited",
    "ServiceError",
    "TaskCancelled",
    "TaskError",
    "TaskExpired",
    "TaskFailed",
    "TaskGone",
    "TaskNotFound",
    "Unsupported",
]


class AcceptedError(Exception):
    """Something went wrong.

    Attributes:
        service: name of the service, or None.
        ref: `service:id` of the task concerned, or None.
        status_code: the HTTP code that was answered, or None.
        request_id: the service's own id of the request, or None; quote it to its support.
        retry_after: seconds to wait before asking again, or None.
        problem: the parsed problem document of the answer, empty where there was none.
        task: the `accepted.Task` as it was last known, or None.
    """

    exit_code: ClassVar[int] = 1

    def __init__(
        self,
        message: str | None = None,
        *,
        service: str | None = None,
        ref: str | None = None,
        status_code: int | None = None,
        request_id: str | None = None,
        retry_after: float | None = None,
        problem: Mapping[str, Any] | None = None,
        task: Any = None,
    ) -> None:
        super().__init__(message or (type(self).__doc__ or "").partition("\n")[0])
        self.service = service
        self.ref = ref
        self.status_code = status_code
        self.request_id = request_id
        self.retry_after = retry_after
        self.problem: Mapping[str, Any] = problem or {}
        self.task = task


class BadRequest(AcceptedError):
    """The request is wrong; nothing was created."""

    exit_code = 2


class Unsupported(AcceptedError):
    """The service cannot do this; no request was made."""

    exit_code = 2


class AuthenticationFailed(AcceptedError):
    """The credential is missing, wrong or expired."""

    exit_code = 7


class TaskNotFound(AcceptedError):
    """The service does not know this task."""


class JournalFailed(AcceptedError):
    """The journal cannot be used; nothing was sent."""


class RateLimited(AcceptedError):
    """The service asks to slow down."""

    exit_code = 8


class ConnectionFailed(AcceptedError):
    """The service was not reached."""


class ServiceError(AcceptedError):
    """The service answered with a failure of its own."""


class ContractBroken(AcceptedError):
    """The answer is not what the contract says."""


class CreateUnknown(AcceptedError):
    """The create was sent and its answer lost: the task may or may not exist."""

    exit_code = 9


class OutcomeUnknown(AcceptedError):
    """The act was sent and its answer lost: it may or may not have happened."""

    exit_code = 9


class TaskError(AcceptedError):
    """The task did not complete."""


class TaskFailed(TaskError):
    """The task failed."""

    exit_code = 3


class TaskCancelled(TaskError):
    """The task was cancelled."""

    exit_code = 4


class TaskExpired(TaskError):
    """The task expired before it completed."""

    exit_code = 4


class TaskGone(TaskError):
    """The service forgot the task: its outcome cannot be known from this API."""

    exit_code = 4


class InputRequired(TaskError):
    """The task waits for an answer."""

    exit_code = 6


class PollTimeout(TaskError):
    """The wait ended; the task goes on."""

    exit_code = 5


@dataclass(frozen=True, slots=True)
class Row:
    """What one HTTP code means unless a contract says otherwise."""

    error: type[AcceptedError] | None
    repeated: bool
    why: str


ANSWERS: Mapping[str, Row] = {
    "200": Row(None, False, "an answer: look at the status in it"),
    "202": Row(None, False, "accepted: the work goes on"),
    "400": Row(BadRequest, False, "asking again would be refused again"),
    "401": Row(AuthenticationFailed, False, "asked once more only where the credential can be read anew"),
    "403": Row(
        AuthenticationFailed, False, "unless the contract knows it as a limit, or is a page of what stands in front"
    ),
    "404": Row(TaskNotFound, False, "within the grace after our own create it means not yet"),
    "409": Row(BadRequest, False, "in conflict with what the service has"),
    "410": Row(TaskGone, False, "the record was removed"),
    "422": Row(BadRequest, False, "well-formed, but refused"),
    "429": Row(RateLimited, True, "after Retry-After; everything of that credential and host pauses"),
    "4xx": Row(BadRequest, False, "any other refusal"),
    "5xx": Row(ServiceError, True, "never a create or an act that may already have happened"),
}
"""HTTP code -> error -> repeated or not. `row()` looks it up; the page in `docs/errors.md` is made from it."""


def row(code: int) -> Row:
    """The row of one HTTP code: its own, else its class's."""
    return ANSWERS.get(str(code)) or ANSWERS.get(f"{code // 100}xx") or ANSWERS["200"]
