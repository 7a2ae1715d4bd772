"""What a server refuses and why: one exception, one table, one problem document (RFC 9457).

A fault says which row of the table it is, a sentence, and every field that is wrong, each with its JSON pointer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from accepted.core import codec

Kind = Literal[
    "malformed",
    "invalid",
    "unauthenticated",
    "forbidden",
    "unknown",
    "method",
    "conflict",
    "key",
    "gone",
    "too_large",
    "media",
    "limited",
    "internal",
    "busy",
]


@dataclass(frozen=True, slots=True)
class Row:
    """What one kind of fault is to HTTP."""

    status: int
    title: str


FAULTS: dict[Kind, Row] = {
    "malformed": Row(400, "The request is malformed"),
    "invalid": Row(400, "The input is invalid"),
    "unauthenticated": Row(401, "Authentication is needed"),
    "forbidden": Row(403, "Not allowed"),
    "unknown": Row(404, "There is no such thing"),
    "method": Row(405, "The method is not allowed here"),
    "conflict": Row(409, "The task does not allow this now"),
    "key": Row(422, "The idempotency key was used with another request"),
    "gone": Row(410, "The task was removed"),
    "too_large": Row(413, "The request is too large"),
    "media": Row(415, "The media type is not supported"),
    "limited": Row(429, "Too many requests"),
    "internal": Row(500, "The server failed"),
    "busy": Row(503, "The server takes no tasks now"),
}
"""Every fault that an answer may be; `docs` makes the OpenAPI responses from it."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """One field that is wrong: where (a JSON pointer into the body, or the name of a parameter or header), and why."""

    where: str
    why: str


class Fault(Exception):
    """A refusal.

    Attributes:
        kind: the row of `FAULTS`. `detail`: a sentence for people, without internals. `wrong`: all wrong fields.
        retry_after: seconds. `headers`: fields that the answer needs (`Allow`, `WWW-Authenticate`).
    """

    def __init__(
        self,
        kind: Kind,
        detail: str,
        *,
        wrong: Sequence[Wrong] = (),
        retry_after: float | None = None,
        headers: Sequence[tuple[str, str]] = (),
    ) -> None:
        super().__init__(detail)
        self.kind: Kind = kind
        self.detail = detail
        self.wrong = tuple(wrong)
        self.retry_after = retry_after
        self.headers = tuple(headers)

    @property
    def status(self) -> int:
        """Its HTTP code."""
        return FAULTS[self.kind].status

    def document(self) -> dict[str, Any]:
        """The problem document."""
        return problem(self.kind, self.detail, wrong=self.wrong)


def problem(kind: Kind, detail: str, *, wrong: Sequence[Wrong] = ()) -> dict[str, Any]:
    """A problem document of a kind. `type` is a relative reference into the API's own documentation of its problems."""
    row = FAULTS[kind]
    errors = [{"pointer": one.where, "detail": one.why} for one in wrong]
    document = {"type": f"#{kind}", "title": row.title, "status": row.status, "detail": detail}
    return {**document, "errors": errors} if errors else document


def failure(reason: str, detail: str) -> bytes:
    """The problem that a failed task carries: `reason` is one word (`error`, `deadline`, `attempts`, `rejected`)."""
    return codec.encode({"type": f"#{reason}", "title": "The task failed", "detail": detail, "reason": reason})
