"""The HTTP face: one request in, one answer out.

What may live here: what each operation is made of. What a request says is `reading`, what is answered is `answers`,
what takes its time is `streams`, what may be done is `tasks`.
"""

from __future__ import annotations

import inspect
import logging
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast
from urllib.parse import urlencode

from accepted.asgi import (
    Left,
    Receive,
    Scope,
    Send,
    Streamed,
    TooLarge,
    encoded_slash,
    place,
    read_body,
    request_of,
    send_streamed,
    send_whole,
)
from accepted.core import codec
from accepted.core.task import Status
from accepted.core.wire import Headers, Request, Response
from accepted.server import answers, streams
from accepted.server.answers import Answer
from accepted.server.documents import etag
from accepted.server.faults import Fault
from accepted.server.limits import Limiter, Rate
from accepted.server.metrics import metrics
from accepted.server.reading import (
    Create,
    Fields,
    create_of,
    cursor_of,
    fields_of,
    has_tag,
    idempotency_key,
    last_event,
    listing,
    preferences,
    require_json,
    wait_of,
    within,
)
from accepted.server.routes import ALLOWED, OPEN, Route, at_root, find
from accepted.server.store import StoreFailed
from accepted.server.tasks import Tasks

Authenticate = Callable[[Request], str | Awaitable[str | None] | None]
"""Whose request it is: the tenant, or None where nobody's. It sees the head of the request, and may raise Fault."""

BODY_WITHIN = 30.0
"""Seconds in which a body has to be there, so that slow clients hold nothing."""

DEFAULT_MAX_BODY = 1024 * 1024

_RETRY_AFTER = 2.0
"""Seconds, for tasks of a type that this process does not know any more."""

_STORE_LATER = 5.0

_log = logging.getLogger("accepted.server")


class _SlowError(Exception):
    """The body was not there in time."""


@dataclass(slots=True)
class Counters:
    """What was answered since this process began, by operation and HTTP code."""

    answers: Counter[tuple[str, int]] = field(default_factory=Counter[tuple[str, int]])


@dataclass(slots=True)
class _Call:
    """One request on its way. `base`: the path below which links are; `more`: fields that its answer gets as well."""

    scope: Scope
    receive: Receive
    base: str = ""
    route: str = "none"
    more: Headers = ()
    tenant: str = ""
    fields: Fields = field(default_factory=dict[bytes, bytes])


class Face:
    """Answers HTTP requests for the tasks of one API. An ASGI app for `http` scopes.

    Args:
        base_path: where the operations begin (`/api`), or empty.
        authenticate: see `Authenticate`; None: everybody is the tenant "". `asked`: whether it is needed by now.
        rate: how often a tenant may ask in this process; None: as often as it likes.
        files: the folder of artifacts. `max_body`: bytes.
        openapi: the API's own document as JSON; called with the prefix of a mount.
    """

    def __init__(
        self,
        api_title: str,
        tasks: Tasks,
        *,
        base_path: str,
        authenticate: Authenticate | None,
        rate: Rate | None,
        files: Path,
        openapi: Callable[[str], bytes] | None,
        asked: Callable[[], Awaitable[bool]] | None = None,
        max_body: int = DEFAULT_MAX_BODY,
    ) -> None:
        self.counters = Counters()
        self._title = api_title
        self._tasks = tasks
        self._base = base_path.rstrip("/")
        self._authenticate = authenticate
        self._asked = asked
        self._limiter = Limiter(rate) if rate else None
        self._files = files
        self._openapi = openapi
        self._max_body = max_body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; what goes wrong is logged, and the client is told an id to ask about."""
        call = _Call(scope, receive)
        try:
            answer = await self._answer(call)
        except Left:
            return
        head_only = scope["method"] == "HEAD"
        self.counters.answers[call.route, answer.status] += 1
        match answers.with_more(answer, call.more):
            case Response() as answer:
                await send_whole(send, answer, head_only=head_only)
            case Streamed() as answer if head_only:
                await send_streamed(send, answer, head_only=True)
            case Streamed() as answer:
                await _stream(receive, send, answer)

    async def _answer(self, call: _Call) -> Answer:
        try:
            return await self._operate(call)
        except Fault as fault:
            return answers.refusal(fault)
        except _SlowError:
            why = f"the body was not there within {BODY_WITHIN:.0f} s"
            return answers.plain_problem(408, "Request Timeout", why, answers.CLOSE)
        except TooLarge:
            why = f"the body is larger than {self._max_body} bytes"
            return answers.refusal(Fault("too_large", why, headers=(answers.CLOSE,)))
        except StoreFailed:
            instance = _logged("the store failed")
            busy = Fault("busy", "the records cannot be reached now", retry_after=_STORE_LATER)
            return answers.refusal(busy, instance=instance)
        except Left:
            raise
        except Exception:  # noqa: BLE001 - whatever it is, the client gets an answer and the log the traceback
            instance = _logged("a request failed")
            return answers.refusal(Fault("internal", "the log of the server says more"), instance=instance)

    async def _operate(self, call: _Call) -> Answer:
        route = self._route(call)
        call.route = route.name
        method = call.scope["method"]
        allowed = ALLOWED[route.name]
        if method == "OPTIONS":
            return answers.empty(("Allow", ", ".join(allowed)))
        if method not in allowed:
            told = f"{codec.shorten(method)} is not one of {', '.join(allowed)}"
            raise Fault("method", told, headers=(("Allow", ", ".join(allowed)),))
        call.fields = fields_of(call.scope["headers"])
        if route.name not in OPEN:
            call.tenant = await self._tenant(call.scope)
            self._limit(call)
        match route.name, method:
            case "tasks", "POST":
                return await self._create(call)
            case "own", _:
                return await self._create_own(call, route)
            case "tasks", _:
                return await self._list(call)
            case "task", "DELETE":
                await self._tasks.remove(call.tenant, route.id)
                return answers.empty()
            case "task", _:
                return await self._get(call, route)
            case "cancel", _:
                return await self._cancel(call, route)
            case "events", _:
                record = await self._tasks.get(call.tenant, route.id)
                return streams.events(self._tasks, record, call.base, last_event(call.fields))
            case "artifact", _:
                return await self._artifact(call, route)
            case _:
                return await self._service(call, route)

    # ---- whose request, and where to

    def _route(self, call: _Call) -> Route:
        prefix, path = place(call.scope)
        call.base = prefix + self._base
        if not encoded_slash(call.scope):
            below = path[len(self._base) :] if path.startswith(self._base + "/") else ""
            found = find(below) or self._own(below) or at_root(path)
            if found:
                return found
        raise Fault("unknown", "there is nothing at this path")

    def _own(self, path: str) -> Route | None:
        """A type's own path."""
        types = self._tasks.types
        name = next((name for name, one in types.items() if one.path == path), None) if path else None
        return None if name is None else Route("own", name)

    async def _tenant(self, scope: Scope) -> str:
        if self._authenticate is None or not (self._asked is None or await self._asked()):
            return ""
        tenant = cast("object", self._authenticate(request_of(scope, b"")))  # it is the user's: it may give anything
        if inspect.isawaitable(tenant):
            tenant = await tenant
        if tenant is None:
            told = "send a valid API key as Authorization: Bearer"
            raise Fault("unauthenticated", told, headers=(("WWW-Authenticate", "Bearer"),))
        if not isinstance(tenant, str):  # False, say: whoever wrote it meant anything but that everybody may come in
            raise TypeError(f"authenticate gives a text or None, not {type(tenant).__name__}")
        return tenant

    def _limit(self, call: _Call) -> None:
        if self._limiter is None:
            return
        taken = self._limiter.take(call.tenant)
        call.more = taken.headers
        if taken.retry_after is not None:
            raise Fault("limited", "more requests than this tenant may send", retry_after=taken.retry_after)

    # ---- operations

    async def _create(self, call: _Call) -> Response:
        key = idempotency_key(call.fields)
        types = self._tasks.types
        asked = create_of(await self._body(call), types)
        try:
            return await self._accept(call, key, asked)
        except Fault as fault:
            # A type that is not known is said at /type, which is no place in the input.
            known = asked.type in types or (asked.type is None and len(types) == 1)
            raise (within("/input", fault) if known else fault) from None

    async def _create_own(self, call: _Call, route: Route) -> Response:
        key = idempotency_key(call.fields)
        return await self._accept(call, key, Create(route.id, await self._body(call)))

    async def _accept(self, call: _Call, key: str | None, asked: Create) -> Response:
        done = await self._tasks.create(
            asked.type, asked.input, tenant=call.tenant, key=key, callback_url=asked.callback_url
        )
        prefers = "respond-async" in preferences(call.fields)
        applied = (("Preference-Applied", "respond-async"),) if prefers else ()
        return answers.accepted(done.record, call.base, self._retry_after(done.record.type), *applied)

    async def _body(self, call: _Call) -> bytes:
        require_json(call.fields)
        try:
            return await streams.in_time(read_body(call.scope, call.receive, self._max_body), BODY_WITHIN)
        except TimeoutError:
            raise _SlowError from None

    async def _get(self, call: _Call, route: Route) -> Response:
        record = await self._tasks.get(call.tenant, route.id)
        known = call.fields.get(b"if-none-match")
        retry_after, wait = self._retry_after(record.type), wait_of(call.fields)
        more: Headers = () if wait is None else (("Preference-Applied", f"wait={wait}"),)
        # A client that names another version than the task's is told at once what it does not know.
        current = known is None or has_tag(known, etag(record))
        if wait is not None and current and not record.status.final:
            waiting = self._tasks.changed(call.tenant, route.id, record.version, wait)
            record = await streams.while_there(call.receive, waiting)
        if has_tag(known, etag(record)):
            return answers.unchanged(record, retry_after, *more)
        return answers.task(record, call.base, retry_after, *more)

    async def _list(self, call: _Call) -> Response:
        asked = listing(call.scope.get("query_string", b""), call.tenant)
        found = await self._tasks.list(
            call.tenant, limit=asked.limit, after=asked.after, type=asked.type, status=asked.status
        )
        if found.after is None:
            return answers.page(found.records, call.base, None, None)
        cursor = cursor_of(found.after, call.tenant, asked.type, asked.status)
        query = {"limit": asked.limit, "type": asked.type, "status": asked.status, "cursor": cursor}
        following = urlencode({name: value for name, value in query.items() if value is not None})
        return answers.page(found.records, call.base, cursor, f"{call.base}/tasks?{following}")

    async def _cancel(self, call: _Call, route: Route) -> Response:
        record = await self._tasks.cancel(call.tenant, route.id)
        status = 200 if record.status is Status.CANCELLED else 202
        return answers.task(record, call.base, self._retry_after(record.type), status=status)

    async def _artifact(self, call: _Call, route: Route) -> Answer:
        record = await self._tasks.get(call.tenant, route.id)
        folder = self._files / record.id / str(record.attempt)
        return await streams.artifact(folder, record, route.file, call.fields)

    async def _service(self, call: _Call, route: Route) -> Response:
        match route.name:
            case "openapi" if self._openapi:
                return _whole("application/json", self._openapi(call.base.removesuffix(self._base)))
            case "healthz":
                return _whole("application/json", codec.encode({"status": "ok", "title": self._title}))
            case "readyz":
                return await self._ready()
            case "metrics":
                text = metrics(await self._tasks.store.figures(), self.counters)
                return _whole("text/plain; version=0.0.4; charset=utf-8", text.encode())
            case _:
                raise Fault("unknown", "there is nothing at this path")

    async def _ready(self) -> Response:
        if self._tasks.draining:
            raise Fault("busy", "the server is about to stop", retry_after=_RETRY_AFTER)
        await self._tasks.store.get("", "")
        return _whole("application/json", codec.encode({"status": "ready"}))

    def _retry_after(self, type: str) -> float:
        declared = self._tasks.types.get(type)
        return declared.retry_after if declared else _RETRY_AFTER


async def _stream(receive: Receive, send: Send, answer: Streamed) -> None:
    with suppress(Left):
        await streams.while_there(receive, send_streamed(send, answer, head_only=False))


def _whole(media_type: str, body: bytes) -> Response:
    return Response(status=200, headers=(("Content-Type", media_type), answers.NO_STORE), body=body)


def _logged(what: str) -> str:
    """Log the exception that is being handled; the id under which it is found."""
    instance = uuid.uuid4().urn
    _log.exception("%s (%s)", what, instance)
    return instance
