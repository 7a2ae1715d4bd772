"""The contract: what a service promises, declared once as a value.

What may live here: the values a service file is made of, and their own consistency.
Nothing here sends, waits or decides; `machine` reads a contract, `docs` and `lint` print and check it.

A contract is `Contract[P, R]`: `P` are the typed inputs of its create, `R` is the type of its result,
so that an editor knows the real signature of `create_task` and the real type of `task.result`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Generic, Literal, ParamSpec, TypeVar

from accepted.core.read import Answer, Found, Place, Reader, Reading, Words
from accepted.core.rows import JsonLines, Rows
from accepted.core.schedule import Schedule
from accepted.core.task import Artifact, Status, Task
from accepted.core.wire import Request
from accepted.errors import AcceptedError

P = ParamSpec("P")
R = TypeVar("R")

Repeat = Literal["safe", "keyed", "once"]
"""How a step may be repeated: at will; with the same key or name; never after it may have been seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What the request of a step is built from.

    Attributes:
        inputs: the typed inputs of the create or act.
        task: the task as it is known.
        name: the key that the caller gave, else our marker: what a keyed or named create sends.
        marker: ours alone, unique: what a marked create carries, to be found again in a list.
        callback_url: where the service may report, or None.
    """

    inputs: Any
    task: Task[Any]
    callback_url: str | None = None

    @property
    def marker(self) -> str:
        """Our own mark of this create."""
        return self.task.marker

    @property
    def name(self) -> str:
        """The caller's key, else our marker."""
        return self.task.key or self.task.marker


# ---- how lists are paged: each names where the next page is found and how it is asked for


@dataclass(frozen=True, slots=True)
class NextToken:
    """A token in the body (a page token or cursor) is sent back as a query parameter."""

    param: str
    at: str


@dataclass(frozen=True, slots=True)
class PageNumber:
    """Pages are counted; a page with fewer items than asked for is the last."""

    param: str
    first: int = 1


@dataclass(frozen=True, slots=True)
class LinkNext:
    """The answer's `Link: <...>; rel="next"` field (RFC 8288) names the next page."""


@dataclass(frozen=True, slots=True)
class NextUrl:
    """The body carries the URL of the next page, absolute or relative."""

    at: str


Paging = NextToken | PageNumber | LinkNext | NextUrl


def _always(_: Task[Any]) -> bool:
    return True


def _as_it_is(base_url: str) -> str:
    return base_url


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One HTTP request of an operation.

    Attributes:
        method: one of HTTP, or `{name}`: that of an input.
        path: appended to the base URL after `{name}` is replaced, percent-encoded, and `{+name}` verbatim.
            Names are the parts of the task id, what earlier steps yielded, and the inputs.
            A path that begins with `{+name}` and yields an absolute URL is asked as it stands.
        codes: the documented success codes; any other 2xx is taken too. A redirect among them is an answer to be read,
            and not followed.
        early: codes that say that it is not there yet: it is asked for again as after a 404, and nothing is read.
        repeat: the one step of a create or act that is not `safe` is the one that commits.
        query, headers, body: built from an `Ask`; a None value in a mapping is left out;
            a body is something JSON-ready, bytes, a `wire.Upload` (a file, streamed), or None.
        read: what its answer says about the task; None: nothing.
        yields: names for later steps; the first place that is there wins. `id` is the task's id.
            A name in `secret` is kept apart and masked.
        items, pages, page_size: the list in the answer, how its next page is asked for, and the size asked for.
        keep: keep the answer as a result document under the step's name.
        when: whether the step is needed at all, given the task so far.
        optional: its failure is no failure of the operation.
        streamed: its answer is of any size and is not read whole: a file, or items.
        rows: how the items of a streamed answer are told apart.
    """

    name: str
    method: str
    path: str
    codes: tuple[int, ...] = (200,)
    early: tuple[int, ...] = ()
    repeat: Repeat = "safe"
    query: Callable[[Ask], Mapping[str, object]] | None = None
    headers: Callable[[Ask], Mapping[str, str]] | None = None
    body: Callable[[Ask], object] | None = None
    read: Reader | None = None
    yields: Mapping[str, Place | Found | tuple[Place | Found, ...]] = field(default_factory=dict[str, "Place"])
    secret: frozenset[str] = frozenset()
    items: str | None = None
    pages: Paging | None = None
    page_size: tuple[str, int] | None = None
    max_pages: int = 1000
    keep: bool = False
    when: Callable[[Task[Any]], bool] = _always
    optional: bool = False
    streamed: bool = False
    rows: Callable[[], Rows] = JsonLines

    @property
    def commits(self) -> bool:
        """Whether this step makes or changes something that must not happen twice."""
        return self.repeat != "safe"


Operation = tuple[Step, ...]


# ---- the ways in which a create can be made safe


@dataclass(frozen=True, slots=True)
class Keyed:
    """The service honours an idempotency key: after a lost answer the same request is sent again."""

    header: str = "Idempotency-Key"


@dataclass(frozen=True, slots=True)
class Named:
    """The client chooses the name: sending again is refused with `taken`, which then means that it exists.

    `task_id` builds the id from the ask, so that it is known before anything is sent.
    """

    task_id: Callable[[Ask], str]
    taken: frozenset[int] = frozenset({409})


@dataclass(frozen=True, slots=True)
class Marked:
    """Our marker travels in the create and is found again in the list: exactly one match is adopted."""

    carries: Callable[[Answer, str], bool]


@dataclass(frozen=True, slots=True)
class Idempotent:
    """Some creates may be sent again as they are: a PUT, say (RFC 9110 9.2.2), or one that carries its own key.

    `within`: seconds after which it is not: somebody may have changed meanwhile what it would change again.
    """

    applies: Callable[[Ask], bool]
    within: float = 900.0


SafeCreate = Keyed | Named | Marked | Idempotent

SENT_AGAIN = (Keyed, Named, Idempotent)
"""The ways in which a create whose answer was lost is sent once more, so that its inputs are kept until then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """How tasks are listed.

    `full`: an item says as much as a poll does, so that one page can stand for many polls.
    `newest_first`: a search may stop at items older than what it looks for.
    `filters`: the typed inputs of a list, where the service can narrow it itself.
    """

    step: Step
    full: bool = False
    newest_first: bool = True
    filters: Callable[..., Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Something a service can do to a task beyond the five verbs.

    `reopens`: the act may make a final task go on, as its next attempt.
    """

    steps: Operation
    inputs: Callable[..., Any] | None = None
    reopens: bool = False
    summary: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """What a login file says.

    Attributes:
        token: what is sent, or None; `why` then says what is wrong and what to do.
        fields: further header fields that go with it. `account`: whose it is; an id, no secret.
        refresh: what renews it, or None. `expires_at`: when the token expires (epoch seconds), or None.
    """

    token: str | None = field(default=None, repr=False)
    fields: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    account: str = field(default="", repr=False)
    refresh: str | None = field(default=None, repr=False)
    expires_at: float | None = None
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginFile:
    """A JSON file in which the vendor's own program keeps its login, declared; `auth/` reads and renews it.

    Attributes:
        variable, folder, name: the environment variable that names its folder, the usual one, and its name there.
        origins: the only origins that see what is in it.
        read: what its document says; raises ValueError (WrongShape) where it is of another shape.
        renewal: the request that renews it, from what `Login.refresh` holds.
        renewed: the document with what the renewal answered, at a moment (epoch seconds); all else as it was. Raises
            ValueError where the answer renews nothing.
        permanent: the error codes of a renewal after which only a new login helps.
        early: seconds before its end at which a token is renewed.
    """

    variable: str
    folder: str
    name: str
    origins: tuple[str, ...]
    read: Callable[[Mapping[str, Any]], Login]
    renewal: Callable[[str], Request]
    renewed: Callable[[Mapping[str, Any], Any, float], Mapping[str, Any]]
    permanent: frozenset[str] = frozenset()
    early: float = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """One way to authenticate, declared; `auth/` turns it into header fields.

    Attributes:
        header: the field that carries it. `prefix`: what stands before the secret there.
        variables: environment variables that hold the secret, first one first
            (`ACCEPTED_<SERVICE>_TOKEN` stands before them all).
        fields: further header fields that go with a secret that was given, each with the end of its variable
            (`ACCEPTED_<SERVICE>_<END>`).
        file: the login of the vendor's own program, used where no secret was given.
        optional: where there is none, requests go without.
        how: one sentence on how to get one, with its link.
    """

    header: str = "Authorization"
    prefix: str = "Bearer "
    variables: tuple[str, ...] = ()
    fields: Mapping[str, str] = field(default_factory=dict[str, str])
    file: LoginFile | None = None
    optional: bool = False
    how: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a client should keep to: creates and requests under way at once, per credential and host."""

    creates_at_once: int = 5
    requests_at_once: int = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What people ask of a service and no field of the wire says; shown by `accepted services NAME` and the docs."""

    verified: str
    checked: date
    links: Mapping[str, str]
    retention: str = "not documented"
    cost: str = "not documented"
    typical: str = "not documented"
    notes: tuple[str, ...] = ()


_DOWNLOAD = Step(name="download", method="GET", path="{+url}", streamed=True)

_NAME = re.compile(r"[a-z][a-z0-9-]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract(Generic[P, R]):
    """What one service promises.

    Attributes:
        name: the service name: lower case, digits and hyphens; it begins refs and environment variables.
        base_url: where the service is; empty where only the caller knows.
        inputs: the type of the create's inputs (a `codec.Struct` with keyword-only fields).
        create, poll, results, cancel, acts: operations; `poll` None: the service has no status to ask.
        listing, usage: where the service has them. `read_usage`: what the usage says, typed.
        items: what can be streamed of a task, by name; the first is what `iter_items` gives unless told otherwise.
        experimental: operations that only third parties have seen; refused unless the caller allows them.
        root: from the base URL that a person gives to the one that paths are appended to.
        quota: for how many seconds nothing more can be created, where a 429 or the usage says that it is used up,
            at a moment (epoch seconds); polls go on meanwhile.
        read: what a document says about a task. `words`: what its status words mean.
        result: what a final task yielded, from its documents. `artifacts`: the files among it.
        conclude: what the result documents, all of them together, add to the reading: why it failed, for example.
        settled: whether those documents are the last word; else they are fetched anew the next time. None: they are.
        id_template: the parts of a task id, as in `{owner}/{repo}/{run}`; `{+name}` may hold slashes.
        safe: the way in which a create is made safe; None: there is none, so a lost answer is `CreateUnknown`.
        grace: seconds after our own create was answered in which a 404 means "not yet"; as long a list may lack a task
            whose create was not.
        missing: what 404 means for a task that was known: `gone`, or `not_found`.
        longest_wait: seconds that `poll_task` waits when no timeout is given.
        refusals: the service's own error codes and the error they are, where the HTTP code misleads.
        advice: a sentence on what a person can do about an answer of a code to a question about a task, or (None)
            about its status word, which is not declared; empty: nothing.
        trusted: further origins that may see the credential.
        etag: polls carry If-None-Match. `cookies`: cookies are kept, per task.
        callbacks: a step of the create sends the callback URL; without it, giving one is refused.
        examples: one document per status, used by docs, simulators and tests.
        example_inputs: inputs that a create takes as they stand, in the examples that are printed.
    """

    name: str
    title: str
    base_url: str
    inputs: Callable[P, object]
    create: Operation
    poll: Operation | None
    read: Callable[[Answer], Reading]
    result: Callable[[Task[Any]], R]
    words: Words
    facts: Facts
    results: Operation = ()
    cancel: Operation | None = None
    acts: Mapping[str, Act] = field(default_factory=dict[str, Act])
    listing: Listing | None = None
    items: Mapping[str, Operation] = field(default_factory=dict[str, Operation])
    usage: Operation | None = None
    read_usage: Callable[[Answer], Any] | None = None
    quota: Callable[[Answer, float], float | None] | None = None
    experimental: frozenset[str] = frozenset()
    root: Callable[[str], str] = _as_it_is
    conclude: Callable[[Task[Any]], Reading] | None = None
    settled: Callable[[Task[Any]], bool] | None = None
    artifacts: Callable[[Task[Any]], tuple[Artifact, ...]] | None = None
    id_template: str = "{id}"
    safe: SafeCreate | None = None
    grace: float = 0.0
    missing: Literal["gone", "not_found"] = "gone"
    schedule: Schedule = Schedule()
    longest_wait: float = 24 * 3600.0
    credential: Credential | None = None
    trusted: tuple[str, ...] = ()
    refusals: Mapping[str, type[AcceptedError]] = field(default_factory=dict[str, "type[AcceptedError]"])
    advice: Callable[[Task[Any], int | None], str] | None = None
    limits: Limits = Limits()
    etag: bool = False
    cookies: bool = False
    callbacks: bool = False
    examples: Mapping[Status, Mapping[str, Any]] = field(default_factory=dict[Status, "Mapping[str, Any]"])
    example_inputs: Mapping[str, object] = field(default_factory=dict[str, object])
    _operations: Mapping[str, Operation] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Refuse a contract that contradicts itself, naming the field."""
        # Frozen for everyone else: this is looked up several times in every turn of the machine.
        object.__setattr__(self, "_operations", self._named_operations())
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"contract name {self.name!r}: use lower case letters, digits and hyphens")
        for name, operation in self.operations().items():
            _check_operation(self.name, name, operation)
        if sum(step.commits for step in self.create) != 1:
            raise ValueError(f"{self.name}: exactly one step of create must be `once` or `keyed`: the one that commits")
        if isinstance(self.safe, Marked) and self.listing is None:
            raise ValueError(f"{self.name}: a marker is found again in a list, but no listing is declared")
        if strange := self.experimental - self.operations().keys():
            raise ValueError(f"{self.name}: experimental names no operation: {', '.join(sorted(strange))}")
        if isinstance(self.safe, SENT_AGAIN) != any(step.repeat == "keyed" for step in self.create):
            raise ValueError(f"{self.name}: a create with a step repeat='keyed' is one made `safe` by a key or name")

    def operations(self) -> Mapping[str, Operation]:
        """Every operation that the contract has, by name; acts as `act:<name>`."""
        return self._operations

    def _named_operations(self) -> dict[str, Operation]:
        listed = (self.listing.step,) if self.listing else None
        named: dict[str, Operation | None] = {
            "create": self.create,
            "poll": self.poll,
            "result": self.results or None,
            "cancel": self.cancel,
            "list": listed,
            "find": listed if isinstance(self.safe, Marked) else None,
            "download": (_DOWNLOAD,) if self.artifacts else None,
            "usage": self.usage,
        }
        items = {f"items:{name}": steps for name, steps in self.items.items()}
        acts = {f"act:{name}": act.steps for name, act in self.acts.items()}
        return {name: steps for name, steps in named.items() if steps} | items | acts


def _check_operation(service: str, name: str, operation: Operation) -> None:
    names = [step.name for step in operation]
    if len(set(names)) != len(names):
        raise ValueError(f"{service}.{name}: step names must differ: {names}")
    if name != "create" and any(step.repeat == "keyed" for step in operation):
        raise ValueError(f"{service}.{name}: only a create has a key or name; use `once` or `safe`")
    if sum(step.commits for step in operation) > 1:
        raise ValueError(f"{service}.{name}: at most one step may commit")
