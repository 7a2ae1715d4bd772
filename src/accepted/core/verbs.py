"""The verbs, each written once for both colours of driver.

A verb is a generator: it yields what it wants done (the machine's actions, and questions to the journal),
is sent what came of it together with the time, and returns what the caller gets.
It lives as long as one call and is never saved; what must survive a crash is in the task.
"""

from __future__ import annotations

import hashlib
from collections.abc import Generator
from dataclasses import dataclass, replace
from typing import Any, TypeVar, cast

from accepted.core import codec
from accepted.core.contract import Contract, Operation
from accepted.core.events import Event, Fail, Finish, Forget, Goal, Page, Save, Send, Sleep, Started, Tell, Wait, Warn
from accepted.core.learn import learn
from accepted.core.machine import advance
from accepted.core.read import Answer
from accepted.core.rows import Rows
from accepted.core.task import Artifact, Doing, Private, Status, Task
from accepted.core.turn import act_of, operation_of
from accepted.errors import (
    BadRequest,
    ContractBroken,
    CreateUnknown,
    InputRequired,
    TaskCancelled,
    TaskError,
    TaskExpired,
    TaskFailed,
    TaskGone,
    Unsupported,
)

T = TypeVar("T")

_LONG = 10.0
"""Seconds of a pause that must outlive the process: polls that are so far apart may each cost a write."""

_MOMENT = 0.2
"""Seconds between two looks at a create that another process has under way."""


@dataclass(frozen=True, slots=True)
class Claim:
    """Write a new task to the journal, unless one with its key is there: report the task that is there then."""

    task: Task[Any]


@dataclass(frozen=True, slots=True)
class Recall:
    """Report the journal's task with this id or this marker, or None."""

    service: str
    base_url: str
    task_id: str | None
    marker: str


@dataclass(frozen=True, slots=True)
class Now:
    """Report the time, and nothing else."""


@dataclass(frozen=True, slots=True)
class Read:
    """Report the next bytes of the streamed answer that was sent for last; none at its end."""


Effect = Send | Sleep | Save | Forget | Tell | Warn | Page | Claim | Recall | Now | Read

Flow = Generator[Effect, Any, T]
"""Yields effects, is sent `(what came of it, now)`, returns T."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a client brings to every verb: which service, where, whose, and the caller's options.

    `account` tells credentials apart without being one. `marker` is fresh for every create.
    """

    contract: Contract[..., Any]
    base_url: str
    account: str = ""
    key: str | None = None
    callback_url: str | None = None
    timeout: float | None = None
    min_interval: float = 0.0
    request_timeout: float = 30.0
    experimental: bool = False
    seed: int = 0

    def operation(self, name: str) -> Operation:
        """The steps of an operation, where the contract has it and the caller allows it.

        Raises:
            Unsupported: it has not, or only third parties have seen it work and nobody allowed it.
        """
        steps = operation_of(self.contract, name)
        if name in self.contract.experimental and not self.experimental:
            told = (
                f"{name.rpartition(':')[2]} of {self.contract.title} is known from third parties only. "
                "with_options(experimental=True), or --experimental, allows it"
            )
            raise Unsupported(told, service=self.contract.name)
        return steps

    def wait(self, goal: Goal, deadline: float | None = None, *, results: bool = True, watched: bool = True) -> Wait:
        """A wait with these terms; `deadline` in epoch seconds, None: none."""
        return Wait(
            goal=goal,
            deadline=deadline,
            min_interval=self.min_interval,
            request_timeout=self.request_timeout,
            seed=self.seed,
            results=results,
            watched=watched,
        )


# ---- the machine, driven


def drive(terms: Terms, task: Task[Any], wait: Wait, event: Event, now: float) -> Flow[Task[Any]]:
    """Perform one operation to its end. Unchanged tasks are neither shown nor written again."""
    shown, written = _visible(task), _kept(task, now)
    while True:
        task, actions = advance(terms.contract, task, wait, event, now)
        for action in actions:
            match action:
                case Finish():
                    return task
                case Fail(error=error):
                    raise error
                case Send() | Sleep():
                    event, now = yield action
                case Tell() if _visible(task) == shown:
                    pass
                case Save(must=False) if _kept(task, now) == written:
                    pass
                case _:
                    written = _kept(task, now) if isinstance(action, Save) else written
                    shown = _visible(task) if isinstance(action, Tell) else shown
                    yield action


def _visible(task: Task[Any]) -> Any:
    """What a watcher sees change."""
    return replace(task, doing=Doing(), raw=None, retry_after=None, updated_at=None), task.value is None


def _kept(task: Task[Any], now: float) -> Any:
    """What is worth a write: what is seen, what is private, how far a create came, and a wish for a longer pause."""
    doing = task.doing
    pause = doing.not_before if doing.not_before > now + _LONG else 0.0
    return _visible(task), task.private, doing.committed, doing.yields, pause


# ---- Step 1/2


def create(terms: Terms, inputs: dict[str, Any], marker: str) -> Flow[Task[Any]]:
    """Async Request-Reply Pattern - Step 1/2: create a task; returns at once, while the task runs on."""
    typed = checked_inputs(terms.contract.name, terms.contract.inputs, inputs)
    raw = codec.encode(typed)
    fresh: Task[Any] = Task(
        service=terms.contract.name,
        key=terms.key,
        marker=marker,
        base_url=terms.base_url,
        account=terms.account,
        digest=hashlib.sha256(raw).hexdigest(),
        private=Private(inputs=raw, callback_url=terms.callback_url),
    )
    task, now = yield from _claimed(terms, fresh)
    if task.id is not None:
        return task
    return (yield from drive(terms, task, terms.wait("answer"), Started("create"), now))


def _claimed(terms: Terms, fresh: Task[Any]) -> Flow[tuple[Task[Any], float]]:
    """The task to go on with: ours, or the one that the journal has under the same key.

    Another process may be creating it at this moment: its answer is waited for as long as its request may last.
    """
    task, now = yield Claim(fresh)
    if task.marker == fresh.marker:
        return task, now
    _same_inputs(task, fresh)
    until = now + terms.request_timeout
    while task.id is None and now < min(until, (task.doing.sent_at or now) + terms.request_timeout):
        _, now = yield Sleep(now + _MOMENT, task, now + _MOMENT)
        found, now = yield Recall(task.service, task.base_url, None, task.marker)
        if found is None:
            # The other create was refused and forgotten: this one is the first again.
            return (yield from _claimed(terms, fresh))
        task = found
    if task.id is None and task.doing.sent_at is None:
        # It died before its create could leave. Its late ghost cannot send: its place in the journal is taken.
        yield Forget(task)
        return (yield from _claimed(terms, fresh))
    return task, now


def _same_inputs(task: Task[Any], fresh: Task[Any]) -> None:
    if task.digest != fresh.digest:
        message = f"key {task.key!r} was used with other inputs, for {task.ref}: use another key, or the same inputs"
        raise BadRequest(message, service=task.service, ref=task.ref, task=task)


def checked_inputs(service: str, shape: Any, inputs: dict[str, Any], *, what: str = "input") -> Any:
    """The inputs as their declared type; `what` is the word for one of them.

    Raises:
        BadRequest: one is missing, unknown or of another type; it is named, and so are those that exist.
    """
    known = {one.name: one.type for one in codec.fields(shape)}
    strange = [name for name in inputs if name not in known]
    takes = ", ".join(known) or f"no {what}s"
    missing = [one.name for one in codec.fields(shape) if one.required and one.name not in inputs]
    told = [f"unknown {what} {name!r}" for name in strange] + [f"missing {what} {name!r}" for name in missing]
    if told:
        raise BadRequest(f"{service}: {'; '.join(told)}. It takes: {takes}", service=service)
    try:
        return codec.convert({name: codec.plain(value) for name, value in inputs.items()}, shape)
    except codec.WrongShape as error:
        raise BadRequest(f"{service}: {_misfit(error, known, what)}. It takes: {takes}", service=service) from None


def _misfit(error: codec.WrongShape, known: dict[str, Any], what: str) -> str:
    """What is wrong with an input: what it takes, in plain words, and what was given."""
    name = error.path.removeprefix("$.")
    if error.path == "$":
        return error.reason
    if name not in known:
        return f"{what} {name!r}: {error.reason}"
    if error.value == '""':
        return f"{what} {name!r} is empty"
    return f"{what} {name!r}: expected {codec.in_words(known[name])}, got {error.value or 'null'}"


# ---- Step 2/2, and looks


def poll(
    terms: Terms, task: Task[Any], timeout: float | None, *, check: bool = True, watched: bool = False
) -> Flow[Task[Any]]:
    """Async Request-Reply Pattern - Step 2/2: wait until the task is final; blocks."""
    terms.operation("poll")
    _, now = yield Now()
    deadline = now + _longest(terms, timeout)
    try:
        task, now = yield from settled(terms, task, terms.wait("answer", deadline))
        task = yield from drive(terms, task, terms.wait("final", deadline, watched=watched), Started("poll"), now)
    except TaskError as error:
        if check:
            raise
        return cast("Task[Any]", error.task)
    if check:
        raise_for_outcome(task)
    return task


def watch(terms: Terms, task: Task[Any]) -> Flow[Task[Any]]:
    """Step 2/2 for whoever wants to see all of it: the task as it is, every change, and how it ended; each is told."""
    task, _ = yield from settled(terms, task, terms.wait("answer"))
    told = None
    if not task.status.final:
        yield Tell(task)
        told = task
    flow = poll(terms, task, None, check=False, watched=True)
    reply: Any = None
    while True:
        try:
            effect = flow.send(reply)
        except StopIteration as ended:
            task = ended.value
            break
        told = effect.what if isinstance(effect, Tell) else told
        reply = yield effect
    if told is None or _visible(told) != _visible(task):
        yield Tell(task)
    return task


def _longest(terms: Terms, timeout: float | None) -> float:
    """The call's timeout, else the client's, else the contract's own limit: no wait is without an end."""
    return next(one for one in (timeout, terms.timeout, terms.contract.longest_wait) if one is not None)


def look(terms: Terms, task: Task[Any], *, results: bool) -> Flow[Task[Any]]:
    """One look at a task; never waits."""
    terms.operation("poll")
    task, now = yield from settled(terms, task, terms.wait("look"))
    return (yield from drive(terms, task, terms.wait("look", results=results, watched=results), Started("poll"), now))


def operate(terms: Terms, task: Task[Any], operation: str, inputs: dict[str, Any] | None = None) -> Flow[Task[Any]]:
    """Cancel, or an act: one operation on a task; returns when the service answered, not when it took effect."""
    terms.operation(operation)
    raw = _act_inputs(terms, operation, inputs or {})
    task, now = yield from settled(terms, task, terms.wait("answer"))
    task = replace(task, private=replace(task.private, inputs=raw))
    return (yield from drive(terms, task, terms.wait("answer"), Started(operation), now))


def _act_inputs(terms: Terms, operation: str, inputs: dict[str, Any]) -> bytes | None:
    act = act_of(terms.contract, operation)
    name = operation.removeprefix("act:")
    if act and act.inputs:
        return codec.encode(checked_inputs(f"{terms.contract.name} {name}", act.inputs, inputs))
    if inputs:
        raise BadRequest(f"{name} takes no inputs, but was given {', '.join(inputs)}", service=terms.contract.name)
    return None


def settled(terms: Terms, task: Task[Any], wait: Wait) -> Flow[tuple[Task[Any], float]]:
    """The task with what the journal knows of it; a create without an answer is looked for first."""
    known, now = yield Recall(task.service, task.base_url, task.id, task.marker)
    task = _newer(task, known) if known else task
    if task.id is not None and task.status is not Status.SUBMITTING:
        return task, now
    if known is None:
        told = f"{task.ref} is not in the journal, and without an id nothing can be asked for"
        raise BadRequest(told, service=task.service, ref=task.ref)
    if known.doing.sent_at is None:
        raise _unsent(known)
    task = yield from drive(terms, known, wait, Started("create"), now)
    _, now = yield Now()
    return task, now


def _unsent(task: Task[Any]) -> CreateUnknown:
    """Only a create sends a create: whoever put it into the journal may be about to."""
    told = (
        f"{task.ref}: its create has not left, and may yet do so. "
        f"Create it again with its key {task.key!r}, or give it up: `accepted tasks --forget {task.ref}`"
    )
    return CreateUnknown(told, service=task.service, ref=task.ref, task=task)


def _newer(task: Task[Any], known: Task[Any]) -> Task[Any]:
    """What is known of a task: in hand or in the journal, whichever was asked more often; a bare id knows nothing."""
    if not task.marker or task.id is None:
        return known
    return max(task, known, key=lambda one: (one.attempt, one.doing.polls))


def raise_for_outcome(task: Task[Any]) -> None:
    """Return for a task that completed; raise what it is otherwise."""
    kind = TaskFailed if task.outcome == "none" else _OUTCOMES.get(task.status)
    if kind is None:
        return
    sentence = kind.__doc__ or ""
    because = ": ".join(filter(None, (task.reason, task.message)))
    raise kind(f"{task.ref}: {because or sentence}", service=task.service, ref=task.ref, task=task)


_OUTCOMES: dict[Status, type[TaskError]] = {
    Status.FAILED: TaskFailed,
    Status.CANCELLED: TaskCancelled,
    Status.EXPIRED: TaskExpired,
    Status.GONE: TaskGone,
    Status.INPUT_REQUIRED: InputRequired,
}


# ---- lists, items, usage, files


def listing(terms: Terms, limit: int | None, status: Status | None, filters: dict[str, Any]) -> Flow[None]:
    """Every task of the service that its own filters let through, page by page; each is told."""
    terms.operation("list")
    nobody = nameless(terms)
    told = 0
    shown = pages(terms, replace(nobody, private=Private(inputs=_filters(terms, filters))), "list")
    reply: Any = None
    while (effect := _next(shown, reply)) is not None:
        if not (isinstance(effect, Tell) and isinstance(effect.what, Page)):
            reply = yield effect
            continue
        reply = yield Now()
        for item in effect.what.items:
            task = _listed(terms, nobody, item, reply[1])
            if told != limit and status in {None, task.status}:
                told += 1
                yield Tell(task)
        if told == limit:
            return


def _filters(terms: Terms, filters: dict[str, Any]) -> bytes | None:
    shape = terms.contract.listing.filters if terms.contract.listing else None
    if shape:
        return codec.encode(checked_inputs(f"{terms.contract.name} list", shape, filters, what="filter"))
    if filters:
        told = f"{terms.contract.title} narrows no list itself, but was given {', '.join(filters)}"
        raise BadRequest(told, service=terms.contract.name)
    return None


def _listed(terms: Terms, nobody: Task[Any], item: Answer, now: float) -> Task[Any]:
    try:
        return learn(replace(nobody, raw=item.raw), terms.contract.read(item), terms.contract.words, now)
    except codec.WrongShape as error:
        raise _not_as_declared(terms, f"an item of its list: {error}") from None


def _not_as_declared(terms: Terms, what: str) -> ContractBroken:
    return ContractBroken(f"{terms.contract.title} sent another shape in {what}", service=terms.contract.name)


def _row(terms: Terms, raw: bytes) -> Any:
    try:
        return codec.anything(raw)
    except codec.WrongShape as error:
        raise _not_as_declared(terms, f"a row of the result: {error}") from None


def nameless(terms: Terms) -> Task[Any]:
    """A task that stands for no task: what a question about no single task is asked with."""
    return Task(service=terms.contract.name, base_url=terms.base_url, account=terms.account, status=Status.UNKNOWN)


def pages(terms: Terms, task: Task[Any], operation: str) -> Flow[None]:
    """The pages of an operation that only asks; each is told."""
    terms.operation(operation)
    _, now = yield Now()
    asked = drive(terms, task, terms.wait("answer"), Started(operation), now)
    reply: Any = None
    while (effect := _next(asked, reply)) is not None:
        reply = yield Tell(effect) if isinstance(effect, Page) else effect


def _next(flow: Flow[Any], reply: Any) -> Effect | None:
    try:
        return flow.send(reply)
    except StopIteration:
        return None


def items(terms: Terms, task: Task[Any], name: str | None = None) -> Flow[None]:
    """The rows of a task's result, page by page or as they are streamed; each is told."""
    operation = f"items:{name or next(iter(terms.contract.items), '')}".removesuffix(":")
    *_, last = terms.operation(operation)
    task, _ = yield from settled(terms, task, terms.wait("answer"))
    shown = content(terms, task, operation) if last.streamed else pages(terms, task, operation)
    rows, reply = last.rows(), None
    while (effect := _next(shown, reply)) is not None:
        match effect:
            case Tell(what=Page(items=items)):
                for item in items:
                    yield Tell(_row(terms, item.raw))
                reply = None
            case Tell(what=chunk):
                for line in _fed(terms, rows, chunk):
                    yield Tell(_row(terms, line))
                reply = None
            case _:
                reply = yield effect
    for line in rows.close():
        yield Tell(_row(terms, line))


def _fed(terms: Terms, rows: Rows, chunk: bytes) -> list[bytes]:
    try:
        return rows.feed(chunk)
    except codec.WrongShape as error:
        raise _not_as_declared(terms, f"its items: {error}") from None


def download(terms: Terms, artifact: Artifact) -> Flow[None]:
    """The bytes of an artifact, chunk by chunk; each is told. One that was given whole needs no request."""
    if artifact.content is not None:
        yield Tell(artifact.content)
        return
    if artifact.url is None:
        raise BadRequest(f"artifact {artifact.name!r} has neither content nor a URL", service=terms.contract.name)
    file = replace(nameless(terms), doing=Doing(yields={"url": artifact.url}))
    yield from content(terms, file, "download")


def usage(terms: Terms) -> Flow[Any]:
    """What the service says of the account's usage: as its contract reads it, else as it says it."""
    found: Any = None
    shown = pages(terms, nameless(terms), "usage")
    reply: Any = None
    while (effect := _next(shown, reply)) is not None:
        match effect:
            case Tell(what=Page(whole=whole)):
                found, reply = _usage(terms, whole), None
            case _:
                reply = yield effect
    return found


def _usage(terms: Terms, whole: Answer) -> Any:
    try:
        return terms.contract.read_usage(whole) if terms.contract.read_usage else codec.anything(whole.raw)
    except Exception as error:  # noqa: BLE001  # a contract's function, over a document of any form
        raise _not_as_declared(terms, f"its usage: {error}") from None


def content(terms: Terms, task: Task[Any], operation: str) -> Flow[None]:
    """The bytes of a streamed answer of any size, chunk by chunk; each is told."""
    _, now = yield Now()
    yield from drive(terms, task, terms.wait("answer"), Started(operation), now)
    chunk, _ = yield Read()
    while chunk:
        yield Tell(chunk)
        chunk, _ = yield Read()
