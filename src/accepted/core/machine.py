"""The machine: every decision about one task, as one pure function.

    advance(contract, task, wait, event, now) -> (task, actions)

Theory of operation. An operation (create, poll, result, cancel, list, an act) is a declared sequence of steps.
The machine sends the current step; an answer is judged (`verdict`), read (`read`), learned (`learn`),
and then either the next page, the next step, or the end of the operation follows.
Where an operation ends is one table (`_ENDINGS`); how a failure is met depends on one question only:
may the request be repeated? A step that is `safe` may. One that commits may not once it may have been seen,
so its lost answer goes the contract's declared way: the key is sent again, the marker is looked for,
or the outcome is unknown and a person decides.

Rules of this file: no clock (`now` is given), no random number (the wait has a seed), nothing remembered
between two calls but what is in the task, so that a task that was saved and loaded acts as the unsaved one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, cast

from accepted.core import build, codec
from accepted.core.contract import Act, Ask, Contract, Keyed, Marked, Named, Operation, Step
from accepted.core.events import (
    Action,
    Answered,
    Event,
    Fail,
    Finish,
    Forget,
    Held,
    Page,
    Save,
    Seen,
    Send,
    Sleep,
    Started,
    Tell,
    Turn,
    Wait,
    Woke,
)
from accepted.core.learn import UNMAPPED, ended, learn, reopened
from accepted.core.read import Answer, Found, Reading, answer_of
from accepted.core.schedule import Retries
from accepted.core.task import Private, Status, Task
from accepted.core.verdict import Verdict, judge
from accepted.core.wire import (
    MAX_REDIRECTS,
    Dropped,
    Request,
    Response,
    header,
    join,
    origin,
    why_refused,
    without_headers,
)
from accepted.errors import (
    AcceptedError,
    BadRequest,
    ConnectionFailed,
    ContractBroken,
    CreateUnknown,
    OutcomeUnknown,
    PollTimeout,
    RateLimited,
    TaskError,
    TaskNotFound,
    Unsupported,
)

RETRIES = {"look": Retries(limit=0), "answer": Retries(limit=3), "final": Retries(limit=12)}
"""How many errors in a row are borne, by what the wait is for: a long wait outlives an outage of minutes."""

PATIENCE = 60.0
"""Seconds for which a create, a list, a cancel or an act bears being told to wait before it gives up."""

LAST_LOOK = 0.25
"""Seconds before the deadline at which a task whose next poll would come too late is asked once more."""

CLOCK_SKEW = 3600.0
"""Seconds by which a service's clock may differ from ours when an old list item ends a search."""

_SEARCH = Retries(limit=0, first=0.5, longest=10.0)


@dataclass(frozen=True, slots=True)
class _At:
    """Where the machine stands: what `advance` was given, in one hand."""

    contract: Contract[..., Any]
    task: Task[Any]
    wait: Wait
    now: float

    @property
    def operation(self) -> Operation:
        return operation_of(self.contract, self.task.doing.operation)

    @property
    def step(self) -> Step:
        return self.operation[self.task.doing.step]

    def become(self, **changes: Any) -> _At:
        return replace(self, task=replace(self.task, **changes))

    def doing(self, **changes: Any) -> _At:
        return self.become(doing=replace(self.task.doing, **changes))


def advance(contract: Contract[..., Any], task: Task[Any], wait: Wait, event: Event, now: float) -> Turn:
    """What follows from an event: the task as it is now known, and the actions to perform in order.

    `now` is epoch seconds.
    The last action is always one of Send, Sleep, Finish and Fail; after Finish and Fail nothing follows.
    """
    at = _At(contract, task, wait, now)
    match event:
        case Started(operation=operation):
            return _start(at, operation)
        case Woke():
            return _send(at)
        case Held(until=until, limited=limited):
            return _held(at, until, limited=limited)
        case Answered(response=response):
            return _answered(at.doing(asked_at=now), response)
        case Dropped():
            return _dropped(at, event)
        case Seen(answer=answer):
            return _read(at.doing(asked_at=now, polls=task.doing.polls + 1, step=0, failures=0), answer)


def operation_of(contract: Contract[..., Any], name: str) -> Operation:
    """The steps of an operation of the contract.

    Raises:
        Unsupported: the contract has no such operation; the ones that it has are named.
    """
    steps = contract.operations().get(name)
    if steps is None:
        verb = f"act {name[4:]!r}" if name.startswith("act:") else name
        known = ", ".join(sorted(one.removeprefix("act:") for one in contract.operations() if one != "find"))
        raise Unsupported(f"{contract.title} has no {verb}; it has: {known}", service=contract.name)
    return steps


def act_of(contract: Contract[..., Any], operation: str) -> Act | None:
    """The act that an operation name stands for, or None."""
    return contract.acts.get(operation.removeprefix("act:")) if operation.startswith("act:") else None


# ---- beginning


def _start(at: _At, operation: str) -> Turn:
    try:
        operation_of(at.contract, operation)
    except Unsupported as error:
        return _fail(at, error)
    if operation == "create" and at.task.doing.sent_at is not None:
        return _recover(at)
    if operation == "poll" and at.task.status.final and at.wait.goal != "look":
        return _ended_poll(at)
    at = at.doing(operation=operation, step=0, page=0, cursor=None, failures=0, hops=0)
    if operation == "poll" and at.wait.goal == "final":
        return _first_poll(at)
    return _forward(at, 0)


def _first_poll(at: _At) -> Turn:
    """The first wait counts too: a task that was just created is not asked at once."""
    due, earliest = _due(at)
    hurried = at.wait.deadline is not None and at.wait.deadline - at.now <= LAST_LOOK
    if due <= at.now or (hurried and earliest <= at.now):
        return _forward(at, 0)
    return _sleep(at, due, earliest)


def _recover(at: _At) -> Turn:
    """A create that was sent before: the contract's declared way to its answer, and never another create."""
    if at.task.id is not None or at.task.doing.sent_at is None:
        return _asked_only(at)
    # The request may have been processed until its time was up; the grace counts from there.
    since = min(at.now, at.task.doing.sent_at + at.wait.request_timeout)
    lost = CreateUnknown("its answer was never recorded")
    return _ambiguous(at.doing(operation="create", step=_committing(at), looking_since=since, failures=0), lost)


def _committing(at: _At) -> int:
    return next(index for index, step in enumerate(at.contract.create) if step.commits)


# ---- sending


def _forward(at: _At, index: int) -> Turn:
    """On to the first step from `index` on that is needed, or to the end of the operation."""
    steps = at.operation
    while index < len(steps) and not _needed(at, steps[index]):
        index += 1
    if index == len(steps):
        return _ENDINGS.get(at.task.doing.operation.partition(":")[0], _done)(at)
    return _send(at.doing(step=index, page=0, cursor=None))


def _needed(at: _At, step: Step) -> bool:
    return step.when(at.task) and (at.wait.results or not step.optional)


def _send(at: _At) -> Turn:
    try:
        request = build.request_for(at.contract, at.step, _ask(at))
    except AcceptedError as error:
        return _fail(at, error)
    return _leave(at, request)


def _leave(at: _At, request: Request) -> Turn:
    """The one place from which requests leave."""
    if at.wait.deadline is not None and at.now > at.wait.deadline:
        return _timed_out(at, None)
    refused = why_refused(request.url, at.task.base_url, at.contract.trusted)
    if refused:
        return _fail(at, ContractBroken(f"{at.contract.title} points to {origin(request.url)}, not asked: {refused}"))
    saves: tuple[Action, ...] = ()
    if at.step.commits and at.task.doing.operation == "create":
        at = at.doing(sent_at=at.now if at.task.doing.sent_at is None else at.task.doing.sent_at)
        saves = (_save(at, must=True),)
    timeout = at.wait.request_timeout
    if at.wait.deadline is not None:
        timeout = max(1.0, min(timeout, at.wait.deadline - at.now))
    return at.task, (*saves, Send(request, at.step, timeout, at.task))


def _ask(at: _At) -> Ask:
    act = act_of(at.contract, at.task.doing.operation)
    shape = act.inputs if act else at.contract.inputs
    raw = at.task.private.inputs
    inputs: Any = codec.decode(raw, cast("type[Any]", shape)) if raw is not None else None
    return Ask(inputs=inputs, task=at.task, callback_url=at.task.private.callback_url)


# ---- answers


def _answered(at: _At, response: Response) -> Turn:
    verdict = judge(at.contract, at.step, response, at.now)
    if verdict.retry_after is not None:
        wish = verdict.retry_after
        at = at.become(retry_after=wish).doing(not_before=at.now + wish)
    if _already_there(at, response):
        return _read(at, Answer(code=response.status, headers=response.headers))
    match verdict.kind:
        case "ok":
            return _good(at, response)
        case "unchanged":
            return _forward(_calm(at).doing(polls=at.task.doing.polls + 1), at.task.doing.step + 1)
        case "redirect":
            return _redirected(at, response, verdict)
        case "missing":
            return _missing(at, verdict)
        case "gone":
            return _lost(at, verdict)
        case "throttled":
            return _again(at, verdict.error, throttled=True)
        case "transient":
            return _ambiguous(at, verdict.error) if at.step.commits else _again(at, verdict.error)
        case "refused":
            return _refused(at, verdict.error)


def _good(at: _At, response: Response) -> Turn:
    at = _calm(at)
    private = at.task.private
    if at.contract.cookies:
        private = replace(private, cookies=build.set_cookies(response.headers, private.cookies))
    if at.contract.etag and at.task.doing.operation == "poll":
        private = replace(private, etag=header(response.headers, "etag"))
    polled = at.task.doing.polls + (at.task.doing.operation == "poll" and at.task.doing.step == 0)
    return _read(at.become(private=private).doing(polls=polled), answer_of(response))


def _calm(at: _At) -> _At:
    return at.doing(failures=0, hops=0)


def _already_there(at: _At, response: Response) -> bool:
    """A name that we chose and that is taken: an earlier attempt of ours succeeded."""
    match at.contract.safe:
        case Named(taken=taken):
            return at.task.doing.operation == "create" and at.step.commits and response.status in taken
        case _:
            return False


def _read(at: _At, answer: Answer) -> Turn:
    """Take from an answer all that its step declares; then the next page, the next step, or the end."""
    before = at.task
    try:
        at = _yielded(_learned(at, answer), answer)
        items = codec.split(answer.raw, at.step.items) if at.step.items is not None else []
        cursor = build.next_cursor(at.step, at.task, answer, len(items)) if at.step.pages else None
    except codec.WrongShape as error:
        return _broken(replace(at, task=before), error)
    if at.step.keep:
        kept = at.task.documents.get(at.step.name, ()) if at.task.doing.page else ()
        at = at.become(documents={**at.task.documents, at.step.name: (*kept, answer.raw)})
    if at.task.doing.operation == "find":
        at = _matched(at, items)
    turn = _turn_page(at, cursor, items)
    if at.task.doing.operation not in {"list", "items", "usage"}:
        return turn
    return _with((Page(tuple(Answer(raw=item) for item in items), answer),), turn)


def _learned(at: _At, answer: Answer) -> _At:
    operation = at.task.doing.operation
    reader = at.step.read or (at.contract.read if _speaks_of_task(at, operation) else None)
    reading = reader(answer) if reader else Reading()
    if operation == "poll" and not at.step.optional and reading.status is None and reading.service_status is None:
        raise codec.WrongShape("expected a status", "$", codec.shorten(answer.raw))
    task = learn(at.task, reading, at.contract.words, at.now, at.contract.grace)
    if reading.retry_after is not None and not task.status.final:
        task = replace(task, doing=replace(task.doing, not_before=at.now + reading.retry_after))
    return replace(at, task=replace(task, raw=answer.raw) if _speaks_of_task(at, operation) else task)


def _speaks_of_task(at: _At, operation: str) -> bool:
    """Whether an answer is about the task as a whole, so that the contract's own reader reads it."""
    if operation == "poll":
        return not at.step.optional
    return at.step.read is None and bool(at.step.commits and operation == "create")


def _yielded(at: _At, answer: Answer) -> _At:
    open_, secret = dict(at.task.doing.yields), dict(at.task.private.yields)
    for name, places in at.step.yields.items():
        found = _first(places if isinstance(places, tuple) else (places,), at.task, answer)
        if found is not None:
            (secret if name in at.step.secret else open_)[name] = found
    private = at.task.private if at.task.status.final else replace(at.task.private, yields=secret)
    at = at.become(id=at.task.id or open_.get("id"), private=private)
    return _masked(at.doing(yields=open_))


def _first(places: tuple[Any, ...], task: Task[Any], answer: Answer) -> str | None:
    texts = (place.take(task, answer) if isinstance(place, Found) else place.find(answer) for place in places)
    return next((text for text in texts if text), None)


def _masked(at: _At) -> _At:
    """Secret yields are cut out of the document that is kept: it is printed and saved."""
    raw = at.task.raw
    for value in at.task.private.yields.values():
        raw = raw.replace(value.encode(), b"***") if raw and value else raw
    return at.become(raw=raw)


def _turn_page(at: _At, cursor: str | None, items: list[bytes]) -> Turn:
    page = at.task.doing.page + 1
    if cursor is None or cursor == at.task.doing.cursor or page >= at.step.max_pages or _far_enough(at, items):
        return _forward(at, at.task.doing.step + 1)
    return _send(at.doing(page=page, cursor=cursor))


def _redirected(at: _At, response: Response, verdict: Verdict) -> Turn:
    """A redirect is followed for what is safe to repeat; a create or act is never sent to another place."""
    target = header(response.headers, "location")
    if response.status == 303 and at.step.commits:
        return _read(at, Answer(code=response.status, headers=response.headers))
    if target is None or at.step.repeat != "safe" or at.task.doing.hops >= MAX_REDIRECTS:
        where = f" to {origin(join(at.task.base_url, target))}" if target else ""
        told = f"{at.contract.title} redirected {at.step.method} {at.step.path}{where}, not followed"
        return _refused(at, _same_facts(verdict.error, ContractBroken(f"{told}. Is the base URL right?")))
    try:
        request = build.request_for(at.contract, at.step, _ask(at))
    except AcceptedError as error:
        return _fail(at, error)
    url = join(request.url, target)
    kept = request if origin(url) == origin(request.url) else without_headers(request, ("cookie",))
    return _leave(at.doing(hops=at.task.doing.hops + 1), replace(kept, url=url))


def _missing(at: _At, verdict: Verdict) -> Turn:
    """404: not yet, gone, or never there."""
    operation = at.task.doing.operation
    if at.step.optional:
        return _forward(at, at.task.doing.step + 1)
    if operation == "result":
        return _again(at, verdict.error)
    if operation != "poll":
        asks_of_task = operation.startswith(("act", "cancel", "items", "download"))
        nowhere = _same_facts(verdict.error, BadRequest(f"{verdict.error}. Is the base URL right?"))
        return _refused(at, verdict.error if asks_of_task else nowhere)
    sent_at = at.task.doing.sent_at
    if sent_at is not None and at.now < sent_at + at.contract.grace:
        return _polled(_calm(at))
    return _lost(at, verdict)


def _lost(at: _At, verdict: Verdict) -> Turn:
    """The service has no such task any more. A final status outlives its record."""
    known = at.task.doing.polls > 0 or at.task.doing.sent_at is not None
    if at.task.doing.operation != "poll":
        return _refused(at, verdict.error)
    if at.task.status.final:
        return _done(at)
    if verdict.kind == "missing" and (not known or at.contract.missing == "not_found"):
        return _fail(at, _same_facts(verdict.error, TaskNotFound(str(verdict.error))))
    return _done(replace(at, task=ended(replace(at.task, status=Status.GONE, message=str(verdict.error)), at.now)))


# ---- failures


def _dropped(at: _At, event: Dropped) -> Turn:
    if event.hopeless:
        return _broken(at, codec.WrongShape(event.reason))
    error = ConnectionFailed(f"{at.contract.title}: {event.reason} ({origin(at.task.base_url)})")
    return _ambiguous(at, error) if at.step.commits and event.sent else _again(at, error)


def _again(at: _At, error: AcceptedError, *, throttled: bool = False) -> Turn:
    """Repeat the current step later, if this wait bears one more failure.

    A limit is not a failure to a wait for a final status: it is waited for as long as the deadline allows.
    """
    failures = at.task.doing.failures + 1
    at = at.doing(failures=failures)
    limit = RETRIES[at.wait.goal]
    if at.step.optional and not throttled:
        return _forward(at.doing(failures=0), at.task.doing.step + 1)
    if failures > limit.limit and not (throttled and at.wait.goal == "final"):
        return _refused(at, error)
    until = max(at.now + limit.delay(failures, at.wait.seed), at.task.doing.not_before)
    return _sleep(at, until, until, error)


def _refused(at: _At, error: AcceptedError) -> Turn:
    """The current step will not succeed."""
    if at.step.optional:
        return _forward(at.doing(failures=0), at.task.doing.step + 1)
    operation = at.task.doing.operation
    if operation == "find" or (operation == "create" and at.task.doing.looking_since is not None):
        return _unknown(at, str(error))
    return _fail(at, error)


def _broken(at: _At, error: codec.WrongShape) -> Turn:
    broken = ContractBroken(f"{at.contract.title} answered {at.step.method} {at.step.path} with another shape: {error}")
    return _ambiguous(at, broken) if at.step.commits else _refused(at, broken)


def _held(at: _At, until: float, *, limited: bool) -> Turn:
    """The pace forbids a request now. Nothing was sent, so nothing is ambiguous."""
    pause = max(0.0, until - at.now)
    error = RateLimited(f"{at.contract.title} asked for a pause of this credential", retry_after=pause)
    if at.wait.goal == "look" and limited:
        return _fail(at, error)
    if _too_long(at, until):
        return _timed_out(at, error)
    return at.task, (Sleep(until, at.task, until),)


def _too_long(at: _At, until: float) -> bool:
    late = at.wait.deadline is not None and until > at.wait.deadline
    return late or (at.wait.goal == "answer" and until - at.now > PATIENCE)


def _ambiguous(at: _At, error: AcceptedError) -> Turn:
    """A committing step may have been seen: it is never simply sent again."""
    since = at.task.doing.looking_since
    at = at.doing(looking_since=at.now if since is None else since)
    if at.task.doing.operation != "create":
        return _fail(at, OutcomeUnknown(f"{error}. The act may or may not have happened; look before repeating it."))
    failures = at.task.doing.failures + 1
    match at.contract.safe:
        case Keyed() | Named() if failures <= RETRIES["answer"].limit and at.task.private.inputs is not None:
            until = max(at.now + RETRIES["answer"].delay(failures, at.wait.seed), at.task.doing.not_before)
            return _with((_save(at),), _sleep(at.doing(failures=failures), until, until, error))
        case Marked():
            found = at.doing(operation="find", step=0, page=0, cursor=None, failures=0, found=())
            return _with((_save(at),), _send(found))
        case _:
            return _unknown(at, str(error))


def _unknown(at: _At, why: str) -> Turn:
    at = at.doing(operation="create", step=_committing(at))
    ref = at.task.ref
    told = (
        f"{at.contract.title}: the create was sent and may or may not have made a task ({why}). "
        f"It is kept as {ref}: `accepted resume` looks again, `accepted tasks --forget {ref}` gives it up."
    )
    return at.task, (_save(at), Fail(_about(at.task, CreateUnknown(told))))


# ---- looking for a create whose answer was lost


def _matched(at: _At, items: list[bytes]) -> _At:
    safe = at.contract.safe
    if not isinstance(safe, Marked):
        return at
    answers = [answer for item in items if safe.carries(answer := Answer(raw=item), at.task.marker)]
    ids = (at.contract.read(answer).id for answer in answers)
    found = dict.fromkeys((*at.task.doing.found, *(one for one in ids if one)))
    return at.become(raw=answers[-1].raw if answers else at.task.raw).doing(found=tuple(found))


def _far_enough(at: _At, items: list[bytes]) -> bool:
    """Whether a search has come to items that are older than the create."""
    listing, sent_at = at.contract.listing, at.task.doing.sent_at
    if at.task.doing.operation != "find" or not items or listing is None or sent_at is None:
        return False
    created_at = at.contract.read(Answer(raw=items[-1])).created_at
    return listing.newest_first and created_at is not None and created_at.timestamp() < sent_at - CLOCK_SKEW


def _searched(at: _At) -> Turn:
    doing = at.task.doing
    match doing.found:
        case (only,):
            return _adopted(at, only)
        case ():
            return _search_again(at)
        case several:
            return _unknown(at, f"{len(several)} tasks carry its marker: {', '.join(several)}")


def _adopted(at: _At, task_id: str) -> Turn:
    reading = at.contract.read(Answer(raw=at.task.raw or b"null"))
    task = learn(replace(at.task, id=task_id), reading, at.contract.words, at.now)
    return _made(replace(at, task=replace(task, doing=replace(task.doing, operation="create", found=()))))


def _search_again(at: _At) -> Turn:
    doing = at.task.doing
    until = at.now + _SEARCH.delay(doing.failures + 1, at.wait.seed)
    since = at.now if doing.looking_since is None else doing.looking_since
    if at.wait.goal == "look" or _too_long(at, until) or at.now >= since + at.contract.grace:
        return _unknown(at, "no task in the list carries its marker")
    at = at.doing(failures=doing.failures + 1, step=0, page=0, cursor=None)
    until = min(until, since + at.contract.grace)
    return at.task, (Sleep(until, at.task, until),)


# ---- endings, by operation


def _made(at: _At) -> Turn:
    """The create is over: from here on the task has an id, and its inputs are no longer needed."""
    if at.task.id is None and isinstance(at.contract.safe, Named):
        at = at.become(id=at.contract.safe.task_id(_ask(at)))
    if at.task.id is None:
        at = at.doing(step=_committing(at))
        return _ambiguous(at, ContractBroken(f"{at.contract.title} accepted the task but gave no id"))
    status = Status.QUEUED if at.task.status is Status.SUBMITTING else at.task.status
    private = Private() if status.final else replace(at.task.private, inputs=None)
    at = at.become(status=status, private=private).doing(failures=0, looking_since=None, cursor=None, page=0)
    return at.task, (_save(at), Tell(at.task), Finish())


def _polled(at: _At) -> Turn:
    if at.task.status.final:
        return _ended_poll(at)
    if at.task.status is Status.UNKNOWN and at.task.reason == UNMAPPED:
        word = at.task.service_status or codec.shorten(at.task.raw or b"")
        told = f"{at.contract.title} calls {at.task.ref} over, in a word that nobody documented: {word!r}"
        return _with((_save(at), Tell(at.task)), _fail(at, ContractBroken(told)))
    if at.wait.goal == "look" or at.task.status is Status.INPUT_REQUIRED:
        return _done(at)
    return _with((_save(at), Tell(at.task)), _sleep(at.doing(step=0), *_due(at)))


def _due(at: _At) -> tuple[float, float]:
    """When the next poll is due, and before when it must not come: for the service's wish, and for the user's."""
    doing = at.task.doing
    asked = doing.asked_at if doing.asked_at is not None else doing.sent_at
    if asked is None:
        return at.now, at.now
    # A clock that was set back must not make a task wait for the future to come again.
    asked = min(asked, at.now)
    born = doing.reopened_at or doing.sent_at or (at.task.created_at.timestamp() if at.task.created_at else asked)
    delay = at.contract.schedule.delay(at.now - born, at.wait.seed, doing.polls)
    earliest = max(doing.not_before, asked + at.wait.min_interval)
    return max(asked + delay, earliest), earliest


def _ended_poll(at: _At) -> Turn:
    """The task is final: its result documents follow, where they are wanted and not there yet."""
    if at.wait.results and at.contract.results and not at.task.documents and at.task.status is not Status.GONE:
        at = at.doing(operation="result", step=0, page=0, cursor=None)
        return _with((_save(at),), _forward(at, 0))
    return _concluded(at)


def _concluded(at: _At) -> Turn:
    at = at.doing(operation="poll", step=0, page=0, cursor=None)
    if at.wait.results and at.task.status is not Status.GONE:
        try:
            files = at.contract.artifacts(at.task) if at.contract.artifacts else ()
            at = at.become(value=at.contract.result(at.task), artifacts=files)
        except codec.WrongShape as error:
            told = f"{at.contract.title}: the result of {at.task.ref} has another shape: {error}"
            return _refused(at, ContractBroken(told))
    return _done(at)


def _done(at: _At) -> Turn:
    return at.task, (_save(at), Tell(at.task), Finish())


def _asked_only(at: _At) -> Turn:
    """Lists and other questions that are about no single task: nothing to save, nothing to tell."""
    return at.task, (Finish(),)


def _cancelled(at: _At) -> Turn:
    return _done(at if at.task.status.final else at.become(status=Status.CANCELLING))


def _acted(at: _At) -> Turn:
    act = act_of(at.contract, at.task.doing.operation)
    at = at.become(private=replace(at.task.private, inputs=None))
    if act and act.reopens and at.task.status.final:
        at = replace(at, task=reopened(at.task, at.now))
    elif at.task.status is Status.INPUT_REQUIRED:
        at = at.become(status=Status.IN_PROGRESS, reason=None, message=None)
    return _done(at)


_ENDINGS: dict[str, Callable[[_At], Turn]] = {
    "create": _made,
    "find": _searched,
    "poll": _polled,
    "result": _concluded,
    "cancel": _cancelled,
    "act": _acted,
    "list": _asked_only,
    "items": _asked_only,
    "usage": _asked_only,
    "download": _asked_only,
}


# ---- waiting and failing


def _sleep(at: _At, until: float, earliest: float, error: AcceptedError | None = None) -> Turn:
    """Sleep until a moment, or until one last look before the deadline where that is sooner and allowed.

    `earliest` is the part of the wait that is not ours to shorten.
    """
    if at.wait.goal != "look" and not _too_long(at, until):
        return at.task, (Sleep(until, at.task, earliest),)
    deadline = at.wait.deadline
    last = max(deadline - LAST_LOOK, earliest) if deadline is not None else at.now
    if deadline is not None and at.now < last <= deadline and at.wait.goal == "final":
        return at.task, (Sleep(last, at.task, earliest),)
    return _timed_out(at, error)


def _timed_out(at: _At, error: AcceptedError | None) -> Turn:
    operation = at.task.doing.operation
    if operation == "find" or (operation == "create" and at.task.doing.looking_since is not None):
        return _unknown(at, str(error or "the time to look for it is over"))
    if at.wait.goal != "final":
        return _fail(at, error or ConnectionFailed(f"{at.contract.title}: no answer in the time allowed"))
    because = f" ({error})" if error else ""
    told = f"{at.task.ref} is still {at.task.status}: the wait ended, the task goes on{because}"
    wish = max(0.0, at.task.doing.not_before - at.now) or None
    return _with((_save(at),), _fail(at, PollTimeout(told, retry_after=wish)))


def _fail(at: _At, error: AcceptedError) -> Turn:
    """End with an error. A create that was refused does not exist, and the journal forgets it."""
    actions: tuple[Action, ...] = (Fail(_about(at.task, error)),)
    refused = at.task.doing.operation == "create" and at.task.id is None and at.task.doing.looking_since is None
    return at.task, (Forget(at.task), *actions) if refused else actions


def _about(task: Task[Any], error: AcceptedError) -> AcceptedError:
    """The error with what the caller needs to act on it."""
    error.service = task.service
    error.ref = task.ref if task.id is not None or isinstance(error, CreateUnknown) else error.ref
    if isinstance(error, TaskError | CreateUnknown | OutcomeUnknown):
        error.task = task
    return error


def _same_facts(source: AcceptedError, target: AcceptedError) -> AcceptedError:
    target.status_code, target.request_id = source.status_code, source.request_id
    target.retry_after, target.problem = source.retry_after, source.problem
    return target


def _save(at: _At, *, must: bool = False) -> Save:
    """What the journal may keep: inputs only where sending them again is safe."""
    resend = isinstance(at.contract.safe, Keyed | Named)
    return Save(at.task if resend else replace(at.task, private=replace(at.task.private, inputs=None)), must)


def _with(actions: tuple[Action, ...], turn: Turn) -> Turn:
    """Actions before those of a turn."""
    task, then = turn
    return task, (*actions, *then)
