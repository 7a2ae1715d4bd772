"""The task as a plain, frozen, storable value, and its words.

What may live here: the words of a task and the value itself, with what can be computed from it alone.
How a task changes is `machine`; what a service's document says about it is `read`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from functools import reduce
from typing import Any, Generic, Literal, TypeVar, cast
from urllib.parse import quote, unquote

from accepted.core import codec
from accepted.core.wire import is_long, pairs_of, signs
from accepted.errors import BadRequest

R = TypeVar("R")

Outcome = Literal["all", "some", "none"]

_SHORTEST = 6


class Status(StrEnum):
    """The canonical status words. A service's own word stands beside it, in `Task.service_status`."""

    SUBMITTING = "submitting"
    QUEUED = "queued"
    IN_PROGRESS = "in_progress"
    INPUT_REQUIRED = "input_required"
    PAUSED = "paused"
    CANCELLING = "cancelling"
    UNKNOWN = "unknown"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    GONE = "gone"

    @property
    def final(self) -> bool:
        """True where the status never changes again (within one attempt)."""
        return self in _FINAL


_FINAL = frozenset({Status.COMPLETED, Status.FAILED, Status.CANCELLED, Status.EXPIRED, Status.GONE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a task says it is: `fraction` from 0 to 1 where the service counts, `text` where it tells."""

    fraction: float | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many rows of a batch ended how."""

    total: int = 0
    completed: int = 0
    failed: int = 0
    cancelled: int = 0
    expired: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """A file that a task yielded: fetched from `url`, or given whole in `content`."""

    name: str
    media_type: str = "application/octet-stream"
    url: str | None = None
    content: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Doing:
    """Where the machine stands with a task. Saved with it, so that another process goes on from here.

    Moments are epoch seconds.

    Attributes:
        operation: the operation that is under way or was the last. `step`: index of its current step.
        page: which page of that step, from 0; `cursor` is what its request carries.
        yields: what earlier steps yielded, by name.
        sent_at: when the committing step left for the first time; None while it never did. `left_at`: for the last
            time, after refusals that are no doubt. `committed`: it was answered, so that the task exists.
        made_at: when the create was over: from then on the service owes us the task.
        looking_since: when the search for a create whose answer was lost began.
        searches: how often it looked; `found`: the ids that carry our marker.
        warned: the unknown word that was warned about.
        failures: errors in a row. `polls`: polls answered. `hops`: redirects followed in a row.
        requested_at: when the current request left: its answer may come much later, but tells of no later moment.
        abroad: the current request left for another origin than the service's, whose cookies are not the task's.
        asked_at: when the task was last asked. `not_before`: the service's own wish for the next time.
        attempt_id: the service's own id of the attempt that was read last.
        reopened_at: when an act reopened the task; a final reading of the attempt `reopened_attempt`, or one that is
            not newer than `reopened_after`, is from before it.
    """

    operation: str = "create"
    step: int = 0
    page: int = 0
    cursor: str | None = None
    yields: Mapping[str, str] = field(default_factory=dict[str, str])
    sent_at: float | None = None
    left_at: float | None = None
    committed: bool = False
    made_at: float | None = None
    looking_since: float | None = None
    warned: str | None = None
    failures: int = 0
    polls: int = 0
    hops: int = 0
    requested_at: float | None = None
    abroad: bool = False
    searches: int = 0
    found: tuple[str, ...] = ()
    asked_at: float | None = None
    not_before: float = 0.0
    attempt_id: str | None = None
    reopened_at: float | None = None
    reopened_attempt: str | None = None
    reopened_after: datetime | None = None

    @property
    def left(self) -> float | None:
        """When a create left that was not refused: from then on the service may know the task."""
        return self.sent_at if self.left_at is None else self.left_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Private:
    """What may be a secret: kept only in memory and in the journal's masked column, erased with the result.

    `inputs` are the typed inputs as JSON; the journal keeps them only where sending them again is safe.
    `yields` are what steps yielded under a secret name: a monitor URL with a signature, for example.
    `etags` are those of the steps of a poll, by name.
    `redirected_to` is the URL to which the current step was redirected last.
    """

    inputs: bytes | None = None
    cookies: Mapping[str, str] = field(default_factory=dict[str, str])
    yields: Mapping[str, str] = field(default_factory=dict[str, str])
    etags: Mapping[str, str] = field(default_factory=dict[str, str])
    callback_url: str | None = None
    redirected_to: str | None = None

    def secrets(self) -> tuple[str, ...]:
        """The texts that are cut out of all that is shown and saved, longest first.

        Of a URL with a query, where signatures are, that is also what follows its host, and each signature alone, as it
        is written there and as it is read. A short text stands everywhere by chance and is none.
        """
        urls = {url for url in (self.callback_url, self.redirected_to) if url and "?" in url}
        texts = {*self.yields.values()} | urls
        targets = {"/" + text.split("/", 3)[-1] for text in texts if "://" in text and "?" in text}
        signed = [pair for text in texts if "?" in text for pair in pairs_of(text) if signs(*pair)]
        written = {form for _, value in signed for form in (value, quote(value, safe=""))}
        every = texts | targets | written | {value for value in self.cookies.values() if is_long(value)}
        return tuple(sorted((text for text in every if len(text) >= _SHORTEST), key=len, reverse=True))

    def hide(self, text: str) -> str:
        """The text without what may be secret."""
        return reduce(lambda shown, secret: shown.replace(secret, codec.MASK), self.secrets(), text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Task(Generic[R]):
    """One unit of accepted work, as it was last known. Frozen: every verb returns a new one.

    Attributes:
        service: name of the service. `id`: the service's own identifier, None while the create has no answer.
        status: a canonical word. `service_status`: the service's own word, verbatim.
        outcome: `all`, `some`, `none`, or None where it has no meaning.
        reason: one word for why. `message`: the service's own sentence.
        progress, counts: how far it is, where the service says so.
        retry_after: seconds, as the service last asked for.
        created_at, updated_at, finished_at, expires_at: aware datetimes in UTC, or None.
        attempt: 1, and one more each time an act reopened the task.
        anomalies: answers that contradicted a final status; recorded, not believed.
        key: the caller's own idempotency key. `marker`: ours, by which a lost create is found again.
        raw: the service's last document, as its bytes.
        documents: the result documents, by step name, a page each.
        value: what the task yielded, or None; `result` is the same for a completed task, typed.
        artifacts: the files among it, for `Client.download`.
    """

    service: str
    id: str | None = None
    status: Status = Status.SUBMITTING
    service_status: str | None = None
    outcome: Outcome | None = None
    reason: str | None = None
    message: str | None = None
    progress: Progress | None = None
    counts: Counts | None = None
    retry_after: float | None = None
    title: str | None = None
    page_url: str | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    finished_at: datetime | None = None
    expires_at: datetime | None = None
    attempt: int = 1
    anomalies: tuple[str, ...] = ()
    key: str | None = None
    marker: str = ""
    base_url: str = ""
    account: str = ""
    digest: str = ""
    raw: bytes | None = field(default=None, repr=False)
    documents: Mapping[str, tuple[bytes, ...]] = field(default_factory=dict[str, "tuple[bytes, ...]"], repr=False)
    doing: Doing = field(default=Doing(), repr=False)
    private: Private = field(default=Private(), repr=False, compare=False)
    value: R | None = field(default=None, repr=False, compare=False)
    artifacts: tuple[Artifact, ...] = field(default=(), repr=False, compare=False)

    @property
    def ok(self) -> bool:
        """Completed, and not only in part."""
        return self.status is Status.COMPLETED and self.outcome not in ("some", "none")

    @property
    def ref(self) -> str:
        """`service:id`, percent-encoded; `service:@marker` while the create has no answer."""
        return make_ref(self.service, self.id) if self.id is not None else f"{self.service}:@{self.marker}"

    @property
    def result(self) -> R:
        """What the completed task yielded.

        Raises:
            BadRequest: the task has yielded nothing (yet); the status is in the message.
        """
        if self.value is None:
            message = f"{self.ref} has no result: its status is {self.status}. poll_task waits until it is final."
            raise BadRequest(message, service=self.service, ref=self.ref, task=self)
        return self.value


def make_ref(service: str, task_id: str) -> str:
    """`service:id` with the id percent-encoded, fit for a shell, a URL and a table."""
    return f"{service}:{quote(task_id, safe='')}"


def split_ref(text: str) -> tuple[str | None, str]:
    """The service name (None where there is no colon) and the decoded rest.

    Whether that service exists is for the caller to know: ids may contain a colon of their own.
    """
    service, colon, rest = text.partition(":")
    return (service, unquote(rest)) if colon else (None, text)


def store(task: Task[Any]) -> tuple[bytes, bytes]:
    """The task as two JSON texts: what may be read by anyone who may read the journal, and what may not."""
    return codec.encode(replace(task, value=None, artifacts=(), private=Private())), codec.encode(task.private)


def load(record: bytes, private: bytes) -> Task[Any]:
    """The task that `store` wrote.

    Raises:
        WrongShape: the texts are not of this form.
    """
    task = codec.decode(record, Task[Any])
    return replace(task, private=codec.decode(private, Private))


def moment(seconds: float) -> datetime:
    """Epoch seconds as an aware UTC datetime."""
    return datetime.fromtimestamp(seconds, UTC)


def document(task: Task[Any]) -> dict[str, Any]:
    """The task as one JSON-ready document: what `--json` prints."""
    facts = {name: getattr(task, name) for name in _SHOWN}
    counts = {"counts": task.counts, "progress": task.progress, "result": task.value}
    return cast("dict[str, Any]", codec.plain({"ref": task.ref, **facts, "ok": task.ok, **counts}))


_SHOWN = (
    "service",
    "id",
    "status",
    "service_status",
    "outcome",
    "reason",
    "message",
    "retry_after",
    "title",
    "page_url",
    "created_at",
    "updated_at",
    "finished_at",
    "expires_at",
    "attempt",
    "anomalies",
    "key",
)
