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

from dataclasses import replace
from typing import Any

from accepted.core import build, codec
from accepted.core.contract import Contract, Named, Step
from accepted.core.endings import ENDINGS, due, ended_poll, polled
from accepted.core.events import (
    Action,
    Answered,
    Event,
    Held,
    Page,
    Seen,
    Send,
    Sleep,
    Started,
    Turn,
    Unsent,
    Wait,
    Warn,
    Woke,
)
from accepted.core.learn import ended, learn
from accepted.core.lost import ambiguous, far_enough, matched, recover, search_again
from accepted.core.read import Answer, Found, OfTask, Reading, Secret, answer_of, read_with
from accepted.core.retry_after import bounded
from accepted.core.task import Private, Status, Task
from accepted.core.turn import (
    LAST_LOOK,
    RETRIES,
    At,
    Next,
    Onward,
    after,
    ask,
    done,
    fail,
    operation_of,
    same_facts,
    save,
    sleep,
    timed_out,
    too_long,
    unknown,
)
from accepted.core.verdict import Verdict, judge
from accepted.core.wire import (
    MAX_REDIRECTS,
    Dropped,
    Headers,
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
    RateLimited,
    TaskNotFound,
    Unsupported,
)

_OUTAGE = 3
"""Failures in a row of a poll after which whoever waits is told, once."""


def advance(contract: Contract[..., Any], task: Task[Any], wait: Wait, event: Event, now: float) -> Turn:
    """What follows from an event: the task as it is now known, and the actions to perform in order.

    `now` is epoch seconds.
    The last action is always one of Send, Sleep, Finish and Fail; after Finish and Fail nothing follows.
    """
    following = _follows(At(contract, task, wait, now), event)
    while isinstance(following, Onward):
        following = after(following.first, _forward(following.at, following.index))
    return following


def _follows(at: At, event: Event) -> Next:
    match event:
        case Started(operation=operation):
            return _start(at, operation)
        case Woke():
            return _woken(at)
        case Held(until=until, limited=limited):
            return _held(at, until, limited=limited)
        case Answered(response=response):
            return _answered(at.doing(asked_at=at.now), response)
        case Dropped():
            return _dropped(at, event)
        case Unsent(error=error):
            return _refused(at, error)
        case Seen(answer=answer):
            seen = at.doing(asked_at=at.now, polls=at.task.doing.polls + 1, step=0, failures=0)
            return _read(seen, answer)


# ---- beginning


def _start(at: At, operation: str) -> Next:
    try:
        operation_of(at.contract, operation)
    except Unsupported as error:
        return fail(at.doing(operation=operation), error)
    if operation == "create" and at.task.doing.sent_at is not None:
        return recover(at)
    if operation == "poll" and at.task.status.final and at.wait.goal != "look":
        return ended_poll(at.doing(failures=0))
    at = at.doing(operation=operation, step=0, page=0, cursor=None, failures=0)
    if operation == "poll" and at.wait.goal == "final":
        return _first_poll(at)
    return _forward(at, 0)


def _first_poll(at: At) -> Next:
    """The first wait counts too: a task that was just created is not asked at once."""
    moment, earliest = due(at)
    hurried = at.wait.deadline is not None and at.wait.deadline - at.now <= LAST_LOOK
    if moment <= at.now or (hurried and earliest <= at.now):
        return _forward(at, 0)
    return sleep(at, moment, earliest)


# ---- sending


def _woken(at: At) -> Next:
    """What a poll told may have made its first step needless. Where all are, it is asked: nobody sleeps in a circle."""
    index = at.task.doing.step
    later = any(_needed(at, step) for step in at.operation[index + 1 :])
    return _send(at) if _needed(at, at.step) or not later else _forward(at, index + 1)


def _forward(at: At, index: int) -> Next:
    """On to the first step from `index` on that is needed, or to the end of the operation."""
    steps = at.operation
    while index < len(steps) and not _needed(at, steps[index]):
        index += 1
    if index == len(steps):
        return ENDINGS[at.task.doing.operation.partition(":")[0]](at)
    return _send(at.doing(step=index, page=0, cursor=None, failures=0))


def _needed(at: At, step: Step) -> bool:
    """What only a watcher of a poll sees is not asked for where nobody watches, unless the task asks for something."""
    shown = step.optional and at.task.doing.operation == "poll"
    wanted = not shown or at.wait.watched or at.task.status is Status.INPUT_REQUIRED
    return wanted and step.when(at.task)


def _send(at: At) -> Next:
    if at.task.doing.hops:
        at = at.become(private=replace(at.task.private, redirected_to=None)).doing(hops=0)
    try:
        request = build.request_for(at.contract, at.step, ask(at))
    except AcceptedError as error:
        # What a final task was asked with may be erased: what is known of it does not change any more.
        known = at.task.status.final and at.task.doing.operation == "poll"
        return done(at) if known else fail(at, error)
    except Exception as error:  # noqa: BLE001  # a contract's function, over inputs of any value
        why = f"{type(error).__name__}: {error}"
        return fail(at, BadRequest(f"{at.contract.title}: no request can be built of these inputs ({why})"))
    return _leave(at, request)


def _leave(at: At, request: Request) -> Next:
    """The one place from which requests leave."""
    if at.wait.deadline is not None and at.now > at.wait.deadline:
        return timed_out(at, None)
    refused = why_refused(request.url, at.task.base_url, at.contract.trusted)
    if refused:
        return fail(at, ContractBroken(f"{at.contract.title} points to {origin(request.url)}, not asked: {refused}"))
    at = at.doing(requested_at=at.now)
    saves: tuple[Action, ...] = ()
    if at.contract.cookies:
        at = at.doing(abroad=origin(request.url) != origin(at.task.base_url))
    if at.step.commits and at.task.doing.operation == "create":
        first = at.now if at.task.doing.sent_at is None else at.task.doing.sent_at
        at = at.doing(sent_at=first, left_at=at.task.doing.left_at if at.looking else at.now)
        saves = (save(at, must=True),)
    timeout = at.wait.request_timeout
    if at.wait.deadline is not None:
        timeout = max(1.0, min(timeout, at.wait.deadline - at.now))
    return at.task, (*saves, Send(request, at.step, timeout, at.task))


# ---- answers


def _answered(at: At, response: Response) -> Next:
    verdict = judge(at.contract, at.step, _refusal(at, response), at.now, at.task)
    at = _wished(_with_cookies(at, response), verdict.retry_after)
    if _already_there(at, response):
        return _forward(_calm(at), at.task.doing.step + 1)
    match verdict.kind:
        case "ok":
            return _good(at, response)
        case "unchanged" if at.task.doing.operation != "poll" and at.step.method == "GET":
            return _refused(at, verdict.error)  # only polls are conditional
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
            return ambiguous(at, verdict.error) if at.step.commits else _again(at, verdict.error)
        case "refused":
            return _refused(at, verdict.error)


def _wished(at: At, wish: float | None) -> At:
    """Note how long the service wants to be left alone: the longest wish of all that one operation is told."""
    doing = at.task.doing
    before = at.task.retry_after if doing.step or doing.page else None
    if wish is None:
        return at if before == at.task.retry_after else at.become(retry_after=before)
    longest = max(bounded(wish), before or 0.0, at.not_before - at.now)
    return at.become(retry_after=longest).doing(not_before=at.now + longest)


def _refusal(at: At, response: Response) -> Response:
    """An answer that is an error, without what may be secret: a service or a proxy may repeat what it was asked."""
    private = at.task.private
    if response.status < 300 or not private.secrets():
        return response
    fields = tuple((name, private.hide(value)) for name, value in response.headers)
    return replace(response, headers=fields, body=codec.without(response.body, private.secrets()))


def _good(at: At, response: Response) -> Next:
    at = _calm(at)
    private = at.task.private
    if at.contract.etag and at.task.doing.operation == "poll":
        tag = header(response.headers, "etag")
        private = replace(private, etags={**private.etags, at.step.name: tag or ""})
    polled = at.task.doing.polls + (at.task.doing.operation == "poll" and not at.step.optional)
    return _read(at.become(private=private).doing(polls=polled), answer_of(response))


def _with_cookies(at: At, response: Response) -> At:
    """An error may set a cookie, too. Another origin's are not kept: they would be sent to the service's own."""
    private = at.task.private
    if not at.contract.cookies or at.task.doing.abroad:
        return at
    return at.become(private=replace(private, cookies=build.set_cookies(response.headers, private.cookies, at.now)))


def _calm(at: At) -> At:
    # What commits is calm when it is over: an answer without an id, again and again, is a failure each time.
    return at if at.step.commits or not at.task.doing.failures else at.doing(failures=0)


def _already_there(at: At, response: Response) -> bool:
    """A name that we chose and that is taken: an earlier attempt of ours succeeded."""
    match at.contract.safe:
        case Named(taken=taken):
            return at.task.doing.operation == "create" and at.step.commits and response.status in taken
        case _:
            return False


def _read(at: At, answer: Answer) -> Next:
    """Take from an answer all that its step declares; then the next page, the next step, or the end."""
    before = at.task
    try:
        clean = _clean(at, answer)
        at = _yielded(_learned(at, answer, clean), answer)
        items = codec.split(clean.raw, at.step.items) if at.step.items is not None else []
        cursor = build.next_cursor(at.step, at.task, answer, len(items)) if at.step.pages else None
    except codec.WrongShape as error:
        # What stood there is quoted only where nothing secret can be in it: a shortened secret is not recognised.
        quiet = before.private.secrets() or at.step.secret
        return _broken(replace(at, task=before), codec.WrongShape(error.reason, error.path) if quiet else error)
    except AcceptedError as error:
        # A contract's function refuses: what was looked up does not allow what was asked for.
        at = replace(at, task=before)
        return ambiguous(at, error, answered=True) if at.step.commits else _refused(at, error)
    except Exception as error:  # noqa: BLE001  # a contract's function, over a document of any form
        return _broken(replace(at, task=before), codec.WrongShape(f"{type(error).__name__}: {error}"))
    if at.step.keep:
        kept = at.task.documents.get(at.step.name, ()) if at.task.doing.page else ()
        at = at.become(documents={**at.task.documents, at.step.name: (*kept, clean.raw)})
    if at.task.doing.operation == "find":
        at = matched(at, items)
    if at.step.commits and at.task.doing.operation == "create":
        at, index = at.doing(committed=True), at.task.doing.step + 1
        # A step that follows may fail or be killed: what this one yielded must outlive it.
        return Onward(at, index, (save(at),) if index < len(at.operation) else ())
    following = _turn_page(at, cursor, items)
    kind = at.task.doing.operation.partition(":")[0]
    shown = kind == "usage" or (kind in {"list", "items"} and at.step.items is not None)
    return after((Page(tuple(Answer(raw=item) for item in items), clean),), following) if shown else following


def _clean(at: At, answer: Answer) -> Answer:
    """The answer as it is read, shown and saved; what may be secret in it, only `yields` see."""
    found = {name: str(text) for name in at.step.yields if (text := _secret(at, name, answer)) is not None}
    private = replace(at.task.private, yields={**at.task.private.yields, **found})
    secrets = private.secrets()
    return replace(answer, raw=codec.without(answer.raw, secrets)) if secrets else answer


def _learned(at: At, answer: Answer, clean: Answer) -> At:
    operation = at.task.doing.operation
    reader = at.step.read or (at.contract.read if _speaks_of_task(at, operation) else None)
    reading = read_with(reader, at.task, answer) if reader else Reading()
    silent = reading.status is None and reading.service_status is None
    if silent and operation == "poll" and at.step.read is None and not at.step.optional:
        raise codec.WrongShape("expected a status", "$", codec.shorten(answer.raw))
    task = learn(at.task, replace(reading, retry_after=None), at.contract.words, at.now, at.contract.grace)
    believed = task is not at.task and task.anomalies == at.task.anomalies
    if believed and _speaks_of_task(at, operation):
        task = replace(task, raw=clean.raw)
    at = replace(at, task=_hidden(task))
    return (
        at
        if reading.retry_after is None or task.status.final
        else _wished(at, max(reading.retry_after, at.task.retry_after or 0.0))
    )


def _hidden(task: Task[Any]) -> Task[Any]:
    """The task without secrets in what the service told: it is shown and saved."""
    private = task.private
    if not private.secrets():
        return task
    texts: dict[str, Any] = {name: private.hide(text) for name in _TOLD if (text := getattr(task, name)) is not None}
    progress = task.progress and replace(task.progress, text=task.progress.text and private.hide(task.progress.text))
    return replace(task, progress=progress, **texts)


_TOLD = ("title", "message", "reason", "page_url", "service_status")


def _speaks_of_task(at: At, operation: str) -> bool:
    """Whether an answer is about the task as a whole, so that the contract's own reader reads it."""
    if operation == "poll":
        return not at.step.optional
    of_task = isinstance(at.step.read, OfTask)
    if operation.startswith("act:"):
        return of_task
    return operation == "create" and at.step.commits and (of_task or at.step.read is None)


def _yielded(at: At, answer: Answer) -> At:
    if not at.step.yields:
        return at
    open_, secret = dict(at.task.doing.yields), dict(at.task.private.yields)
    for name in at.step.yields:
        found = _found(at, name, answer)
        if found is not None:
            (secret if name in at.step.secret or isinstance(found, Secret) else open_)[name] = str(found)
    at = at.become(id=at.task.id or open_.get("id"), private=replace(at.task.private, yields=secret))
    return at.doing(yields=open_)


def _secret(at: At, name: str, answer: Answer) -> str | None:
    """What the current step yields under a name, where that is to be kept apart."""
    if name in at.step.secret:
        return _found(at, name, answer)
    found = _found(at, name, answer) if isinstance(at.step.yields[name], Found) else None
    return found if isinstance(found, Secret) else None


def _found(at: At, name: str, answer: Answer) -> str | None:
    """What the current step yields under a name."""
    places = at.step.yields.get(name, ())
    every = places if isinstance(places, tuple) else (places,)
    texts = (place.take(at.task, answer) if isinstance(place, Found) else place.find(answer) for place in every)
    return next((text for text in texts if text), None)


def _turn_page(at: At, cursor: str | None, items: list[bytes]) -> Next:
    page = at.task.doing.page + 1
    if cursor is None or cursor == at.task.doing.cursor or page >= at.step.max_pages or far_enough(at, items):
        return Onward(at, at.task.doing.step + 1)
    return _send(at.doing(page=page, cursor=cursor))


def _redirected(at: At, response: Response, verdict: Verdict) -> Next:
    """A redirect is followed for what is safe to repeat; a create or act is never sent to another place."""
    target = header(response.headers, "location")
    if response.status == 303 and at.step.commits:
        return _read(at, Answer(code=response.status, headers=response.headers))
    if target is None or at.step.repeat != "safe" or at.task.doing.hops >= MAX_REDIRECTS:
        where = f" to {origin(join(at.task.base_url, target))}" if target else ""
        told = f"{at.contract.title} redirected {build.method_of(at.step, at.task)} {at.step.path}{where}, not followed"
        return _refused(at, same_facts(verdict.error, ContractBroken(f"{told}. Is the base URL right?")))
    try:
        request = build.request_for(at.contract, at.step, ask(at))
    except AcceptedError as error:
        return fail(at, error)
    url = join(at.task.private.redirected_to or request.url, target)
    kept = request if origin(url) == origin(request.url) else replace(request, headers=_impersonal(request.headers))
    if response.status == 303:
        kept = replace(without_headers(kept, ("content-type",)), method="GET", body=b"")
    at = at.become(private=replace(at.task.private, redirected_to=url)).doing(hops=at.task.doing.hops + 1)
    return _leave(at, replace(kept, url=url))


def _impersonal(headers: Headers) -> Headers:
    """The fields that say nothing of the caller or the task: all that another origin sees."""
    return tuple(pair for pair in headers if pair[0].lower() in {"accept", "content-type"})


def _missing(at: At, verdict: Verdict) -> Next:
    """404: not yet, gone, or never there."""
    operation = at.task.doing.operation
    if at.step.optional:
        return _forward(at, at.task.doing.step + 1)
    if operation == "result":
        return _again(at, verdict.error)
    if operation != "poll":
        asks_of_task = operation.startswith(("act", "cancel", "items", "download"))
        nowhere = same_facts(verdict.error, BadRequest(f"{verdict.error}. Is the base URL right?"))
        return _refused(at, verdict.error if asks_of_task else nowhere)
    doing = at.task.doing
    made = doing.left if doing.made_at is None else doing.made_at
    asked = at.now if doing.requested_at is None else doing.requested_at
    # Either way, for the clock may have been set back since.
    if made is not None and abs(asked - made) < at.contract.grace:
        return polled(_calm(at))
    return _lost(at, verdict)


def _lost(at: At, verdict: Verdict) -> Next:
    """The service has no such task any more. A final status outlives its record."""
    known = at.task.doing.polls > 0 or at.task.doing.sent_at is not None
    if at.task.doing.operation != "poll" or at.step.optional:
        return _refused(at, verdict.error)
    if at.task.status.final:
        return done(at)
    if verdict.kind == "missing" and (not known or at.contract.missing == "not_found"):
        return fail(at, same_facts(verdict.error, TaskNotFound(str(verdict.error))))
    gone = ended(replace(at.task, status=Status.GONE, message=str(verdict.error), private=Private()), at.now)
    return done(replace(at, task=gone))


# ---- failures


def _dropped(at: At, event: Dropped) -> Next:
    reason = at.task.private.hide(event.reason)
    if event.hopeless:
        return _broken(at, codec.WrongShape(reason))
    error = ConnectionFailed(f"{at.contract.title}: {reason} ({origin(at.task.base_url)})")
    return ambiguous(at, error) if at.step.commits and event.sent else _again(at, error)


def _again(at: At, error: AcceptedError, *, throttled: bool = False) -> Next:
    """Repeat the current step later, if this wait bears one more failure.

    A limit is not a failure to a wait for a final status: it is waited for as long as the deadline allows.
    """
    if at.task.doing.operation == "find":
        return search_again(at, str(error), failed=True)
    failures = at.task.doing.failures + 1
    at = at.doing(failures=failures)
    limit = RETRIES[at.wait.goal]
    if at.step.optional and not throttled and at.task.doing.operation != "result":
        return _forward(at.doing(failures=0), at.task.doing.step + 1)
    if failures > limit.limit and not (throttled and at.wait.goal == "final"):
        return _refused(at, error)
    until = max(at.now + limit.delay(failures, at.wait.seed), at.not_before)
    task, then = sleep(at, until, until, error)
    if not isinstance(then[-1], Sleep) or at.task.doing.operation not in {"poll", "result"}:
        return task, then
    told = f"{task.ref}: {error}; it is asked again, {failures} times so far"
    return task, (save(at), *((Warn(task, told),) if failures == _OUTAGE else ()), *then)


def _refused(at: At, error: AcceptedError) -> Next:
    """The current step will not succeed."""
    if at.step.optional:
        return _forward(at.doing(failures=0), at.task.doing.step + 1)
    return unknown(at, str(error)) if at.looking else fail(at, error)


def _broken(at: At, error: codec.WrongShape) -> Next:
    asked = f"{build.method_of(at.step, at.task)} {at.step.path}"
    broken = ContractBroken(f"{at.contract.title} answered {asked} with another shape: {error}")
    return ambiguous(at, broken, answered=True) if at.step.commits else _refused(at, broken)


def _held(at: At, until: float, *, limited: bool) -> Next:
    """The pace forbids a request now. Nothing was sent, so nothing is ambiguous."""
    until = max(until, at.not_before) if at.wait.goal == "final" else until
    pause = max(0.0, until - at.now)
    error = RateLimited(f"{at.contract.title} asked for a pause of this credential", retry_after=pause)
    if at.wait.goal == "look" and limited:
        return fail(at, error)
    if too_long(at, until):
        return timed_out(at, error)
    return at.task, (Sleep(until, at.task, until),)
