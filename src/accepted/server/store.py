"""The record of a task, and the port to whatever keeps it: the truth of the server.

What may live here: values, and the promises that every store keeps. `sqlite.py` keeps them on one machine.

Promises: what `accept` returned as accepted is on disk; one idempotency key makes one task; `begin` gives a token to
one attempt at a time, and only `finish` with that token ends it; a final record never changes; tenant is part of every
question, so that another tenant's task is none; a poll and a list cost the same with a hundred kept as with a million.

What is made for every request or task is a struct: a frozen dataclass takes ten times as long.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from accepted.core import codec
from accepted.core.task import Status


class New(codec.Struct, frozen=True, kw_only=True):
    """A task to accept. Moments are epoch seconds.

    Attributes:
        id: chosen by us, unguessable; where it begins with the time, a big store accepts it about twice as fast.
            `type`: the name of the task type. `input`: its typed input as JSON.
        key: the caller's idempotency key, or None; `fingerprint`: of what was sent, so that another body is noticed.
        callback_url: where the end is reported, or None.
        retention: seconds that the record is kept after an end that no attempt reports (cancelled while it was queued,
            or left by a dead executor while it was to be cancelled); None: for ever. Any other end is an `Ending`'s.
    """

    id: str
    tenant: str
    type: str
    input: bytes
    created_at: float
    retention: float | None = None
    key: str | None = None
    fingerprint: str = ""
    callback_url: str | None = None


class Record(codec.Struct, frozen=True, kw_only=True):
    """A task as it is kept `version` grows by one with every change; moments are epoch seconds.

    Attributes:
        seq: its place in the order of acceptance; lists and cursors go by it.
        input, progress, result, error: JSON, or None. `error` is a problem document (RFC 9457).
        attempt: how many times it was begun; `failures` and `lost`: how many of these failed and were retried, and how
            many ended with their process. One that was given back is neither. `not_before`: a retry waits until then.
    """

    seq: int
    id: str
    tenant: str
    type: str
    status: Status
    input: bytes
    created_at: float
    attempt: int = 0
    failures: int = 0
    lost: int = 0
    version: int = 1
    progress: bytes | None = None
    result: bytes | None = None
    error: bytes | None = None
    callback_url: str | None = None
    started_at: float | None = None
    finished_at: float | None = None
    expires_at: float | None = None
    cancel_requested_at: float | None = None
    not_before: float = 0.0
    artifacts: tuple[Kept, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A file that a task yielded: its name, media type and size in bytes. Its content lies beside the database."""

    name: str
    media_type: str
    size: int


class Accepted(codec.Struct, frozen=True):
    """What became of an accept: the one task of that key.

    `how`: `created`; `replayed` (the same key and body: the task that is there); `conflict` (another body).
    """

    record: Record
    how: Literal["created", "replayed", "conflict"]


@dataclass(frozen=True, slots=True)
class Removed:
    """A record that was removed or has expired; it answers 410 for a while. `at`: epoch seconds."""

    id: str
    at: float


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list, newest first, and the `seq` after which the next one begins (None: it was the last).

    Its records have no `input`, which no list shows, and it ends early once its results are long (about 1 MiB).
    """

    records: tuple[Record, ...]
    after: int | None


class Begun(codec.Struct, frozen=True):
    """The right to execute one attempt of a task, and what it needs of it: only `finish` with this token ends it.

    `attempt`, `failures` and `lost` are those of the Record, and so is `started_at` (epoch seconds).
    """

    id: str
    token: str
    type: str
    tenant: str
    attempt: int
    failures: int
    lost: int
    started_at: float
    input: bytes


class Ending(codec.Struct, frozen=True, kw_only=True):
    """How an attempt ended.

    Attributes:
        status: a final one, or `queued` for another attempt, not before `not_before` (epoch seconds) where this one
            failed. Without it the task is given back: the attempt counts neither as failed nor as lost.
        result, error: JSON. `artifacts`: the files that it wrote.
        expires_at: when the record is removed (epoch seconds), None: never.
    """

    status: Status
    result: bytes | None = None
    error: bytes | None = None
    artifacts: tuple[Kept, ...] = ()
    expires_at: float | None = None
    not_before: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """An API key as it is kept: never itself, only its hash. Moments are epoch seconds."""

    id: str
    name: str
    tenant: str
    created_at: float
    revoked_at: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What is kept, for `/metrics` and `/readyz`: tasks by type and status.

    `oldest_queued_at`: when the oldest queued task was accepted that does not wait for a retry (epoch seconds).
    """

    tasks: Mapping[tuple[str, Status], int] = field(default_factory=dict[tuple[str, Status], int])
    oldest_queued_at: float | None = None


class StoreFailed(Exception):
    """The store cannot be used; whatever was asked for did not happen, as far as can be known.

    Where a disk fails in the middle of a commit, it may still be found there after a restart.
    """


class TaskStore(Protocol):
    """Where records are kept. Every method may be called from any thread, on any asyncio loop.

    A method that changes something returns when the change is durable. Each raises StoreFailed where it cannot.
    """

    async def accept(self, new: New) -> Accepted:
        """Keep a task and its idempotency key, in one commit; a key that is taken makes no second task."""
        ...

    async def keyed(self, tenant: str, key: str, fingerprint: str) -> Accepted | None:
        """What an accept with this key would find (`replayed` or `conflict`); None where the key is free."""
        ...

    async def get(self, tenant: str, task_id: str) -> Record | Removed | None:
        """A task of this tenant; Removed where there was one."""
        ...

    async def look(self, tenant: str, task_id: str) -> Record | Removed | None:
        """The same for a poll: without its `input`, which may be long, and which no answer shows."""
        ...

    async def list(
        self,
        tenant: str,
        *,
        limit: int,
        after: int | None = None,
        type: str | None = None,
        status: Status | None = None,
    ) -> Page:
        """The tenant's tasks, newest first, those with a `seq` below `after`."""
        ...

    async def request_cancel(self, tenant: str, task_id: str, now: float) -> Record | Removed | None:
        """Note that a task is to be cancelled: a queued one is `cancelled` at once, one in progress `cancelling`."""
        ...

    async def remove(self, tenant: str, task_id: str, now: float) -> Record | Removed | None:
        """Remove a final record; Removed where it is gone now, the record where it is not final."""
        ...

    # ---- for the engine

    async def ready(self, type: str, *, limit: int, now: float) -> tuple[str, ...]:
        """Ids of queued tasks of a type that may begin, oldest first, of all tenants."""
        ...

    async def next_retry(self, now: float) -> float | None:
        """When the next queued task that has to wait may begin (epoch seconds), or None.

        None waits longer than 300 s: where it would have to, the clock was set back, and it is ready.
        """
        ...

    async def begin(self, task_id: str, now: float) -> Begun | None:
        """The right to execute a queued task, as its next attempt; None where somebody else has it or it is over."""
        ...

    async def begin_all(self, task_ids: Sequence[str], now: float) -> tuple[Begun, ...]:
        """The same for several tasks at once: the rights to those that are queued."""
        ...

    async def progress(self, task_id: str, token: str, progress: bytes) -> bool:
        """Note how far an attempt is; False where the token is not the task's any more. Need not be durable at once."""
        ...

    async def finish(self, task_id: str, token: str, ending: Ending, now: float) -> bool:
        """End an attempt; False (and nothing changed) where the token is not the task's any more."""
        ...

    async def cancelling(self) -> tuple[str, ...]:
        """Ids of tasks in progress that are to be cancelled."""
        ...

    async def recover(self, now: float) -> int:
        """Queue again what a dead executor left in progress, as `lost`, for a further attempt; how many there were.

        What it was cancelling ends as `cancelled`. Only the executor may call this.
        """
        ...

    async def expire(self, now: float, *, limit: int = 500) -> tuple[str, ...]:
        """Remove records whose time is over, leaving what answers 410; ids of those removed (their files may go)."""
        ...

    async def recently_removed(self, *, limit: int) -> tuple[str, ...]:
        """Ids of the records that were removed or have expired last: their files may be left where a process died."""
        ...

    # ---- for waiting and administration

    def changes(self) -> int:
        """A number that differs from the last one if anything was changed, by this process or another. Cheap."""
        ...

    async def figures(self) -> Figures:
        """Counts of what is kept."""
        ...

    async def add_key(self, key: Key, digest: bytes) -> None:
        """Keep an API key by the SHA-256 of its secret."""
        ...

    async def key(self, digest: bytes) -> Key | None:
        """The key with this digest that is not revoked."""
        ...

    async def keys(self) -> tuple[Key, ...]:
        """Every key, oldest first."""
        ...

    async def revoke_key(self, key_id: str, now: float) -> bool:
        """Revoke a key; False where there is none of that id, or it was revoked before."""
        ...

    async def close(self) -> None:
        """Finish what is under way and let go of the files."""
        ...
