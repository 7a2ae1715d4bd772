"""`TaskAPI`: functions become tasks, tasks an API over HTTP and in code. An ASGI app.

What may live here: how the parts are put together, and when they begin and end. Each part has a module of its own.

Async Request-Reply Pattern:
Step 1/2: `create_task` - `POST {base}/tasks` -> 202, returns as soon as the record is on disk.
Step 2/2: `get_task` - `GET {base}/tasks/{id}` -> 200, one look; repeat it until `status` is final.
"""

from __future__ import annotations

import asyncio
import logging
import math
import os
import threading
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import AbstractAsyncContextManager, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self, TypedDict, TypeVar, Unpack, overload
from urllib.parse import urlencode

from accepted.asgi import Receive, Scope, Send
from accepted.core import codec
from accepted.core.wire import Response
from accepted.drivers import forks
from accepted.server import answers, reading, routes
from accepted.server.blocking import Blocking
from accepted.server.context import Resource
from accepted.server.documents import task_document
from accepted.server.engine import Embedded
from accepted.server.face import DEFAULT_MAX_BODY, Authenticate, Face
from accepted.server.faults import FAULTS
from accepted.server.inline import InlineTasks
from accepted.server.keys import KeyAuthenticator
from accepted.server.limits import Rate
from accepted.server.resources import living
from accepted.server.sqlite import SqliteStore
from accepted.server.store import Record, StoreFailed, TaskStore
from accepted.server.tasks import Tasks
from accepted.server.tasktype import TaskType, declared

F = TypeVar("F", bound=Callable[..., Any])

Lifespan = Callable[["TaskAPI"], AbstractAsyncContextManager[Mapping[str, Any] | None]]

_DOCUMENTS = 16
"""OpenAPI documents that are kept: one for each place at which an API is mounted."""

DRAIN = 10.0
"""Seconds that tasks in progress are given when the server stops."""

_AT_ONCE = 0.01
"""Seconds within which two requests are there at the same time."""

log = logging.getLogger("accepted.server")


class TaskOptions(TypedDict, total=False):
    """The options of `@api.task`; `tasktype.TaskType` says what each is."""

    name: str | None
    path: str | None
    retry_after: float
    timeout: float | None
    concurrency: int
    retries: int
    retry_on: tuple[type[Exception], ...]
    retention: float | None
    max_queued: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parts:
    """What an API is made of once it is used. `engine`: None where nothing is executed here."""

    store: TaskStore
    tasks: Tasks
    files: Path
    face: Face
    keys: _KeysIfAny
    engine: Embedded | None


class TaskAPI:
    """An API of long-running tasks. Nothing is opened before it is used.

    Args:
        title, version: of the API, in its own documents. `base_path`: below which its operations are.
        db: the SQLite file (ACCEPTED_DB, else accepted-tasks.db); or `store`: where records are kept instead.
        lifespan: a function of this API that gives an async context manager, opened in the process that executes,
            before its first task; what it gives is in `resources` for as long.
        authenticate: from a request to its tenant, or None where it is nobody's. Without it API keys are asked for
            as soon as there is one (`accepted admin keys create`), and before everybody is the tenant "".
        rate: how often a tenant may ask. `max_body`: bytes of a request.
        execute: whether this process may execute; it may always accept.

    Attributes:
        types: the declared types, by name. `resources`: what `lifespan` gave, in the process that executes.
        db: may be changed until the API is used. `drain`: seconds that tasks get to end when the server stops.
        sync: the verbs for code without a loop.
    """

    def __init__(
        self,
        title: str = "Tasks",
        *,
        version: str = "0.1.0",
        base_path: str = "/api",
        db: str | Path | None = None,
        store: TaskStore | None = None,
        lifespan: Lifespan | None = None,
        authenticate: Authenticate | None = None,
        rate: Rate | None = None,
        execute: bool = True,
        max_body: int = DEFAULT_MAX_BODY,
    ) -> None:
        self.title = title
        self.version = version
        self.base_path = base_path.rstrip("/")
        self.db = db
        self.authenticate = authenticate
        self.rate = rate
        self.execute = execute
        self.max_body = max_body
        self.drain = DRAIN
        self.types: dict[str, TaskType] = {}
        self.resources: dict[str, Any] = {}
        self.sync = Blocking(self)
        self._lifespan = None if lifespan is None else partial(lifespan, self)
        self._given = store
        self._parts: _Parts | None = None
        self._lock = threading.Lock()
        self._documents: dict[Any, bytes] = {}
        forks.follow(self)

    # ---- declaration

    @overload
    def task(self, function: F, /) -> F: ...

    @overload
    def task(self, function: None = None, /, **options: Unpack[TaskOptions]) -> Callable[[F], F]: ...

    def task(self, function: Any = None, /, **options: Unpack[TaskOptions]) -> Any:
        """Declare a function as a task, bare or with options; the function itself stays as it is.

        Work is done at least once: after a crash it is begun again, with the same `TaskInfo.id`. A sync function gets
        a thread; an async one shares a loop with its like, and must not block it.

        Raises:
            TypeError: its signature cannot be that of a task.
            ValueError: an option makes no sense, or its name or path is taken.
        """
        if function is None:
            return partial(self._declare, options)
        return self._declare(options, function)

    def _declare(self, options: TaskOptions, function: F) -> F:
        made = declared(function, **options)
        if made.name in self.types:
            raise ValueError(f"there is a task {made.name} already; name= gives this one another name")
        taken = {one.path for one in self.types.values()}
        if made.path and (made.path in taken or routes.find(made.path)):
            raise ValueError(f"the path {made.path} is taken already")
        self.types[made.name] = made
        return function

    def resource(self, factory: Callable[..., Any]) -> Resource:
        """For `Annotated[T, api.resource(factory)]`: the parameter is made for each attempt, and is no input.

        The factory is called without arguments: a function, a generator that yields once, or a context manager,
        sync or async. It is closed after the attempt, and sees what the function raised.
        """
        return Resource(factory)

    # ---- in code

    async def create_task(
        self,
        function: Callable[..., Any] | str,
        /,
        *,
        tenant: str = "",
        key: str | None = None,
        callback_url: str | None = None,
        **inputs: Any,
    ) -> dict[str, Any]:
        """Step 1/2: accept a task, and return its document as soon as it is on disk.

        `function` is a declared function or the name of a type. The same tenant, key and inputs give the same task.
        An input that is called like one of the options here can be given over HTTP only.

        Raises:
            Fault: invalid inputs, a key that was used with others, a full queue.
            ValueError: the function is none of this API's. TypeError: an input has no JSON.
            StoreFailed: the task is not accepted.
        """
        self._start_once()
        name = self._name(function)
        raw = self.types[name].written(inputs) if name in self.types else b"{}"
        accepted = await self.tasks.create(name, raw, tenant=tenant, key=key, callback_url=callback_url)
        return task_document(accepted.record, self.base_path)

    async def get_task(self, task_id: str, *, tenant: str = "") -> dict[str, Any]:
        """Step 2/2: one look at a task. Raises Fault where there is none (any more)."""
        return task_document(await self.tasks.get(tenant, task_id), self.base_path)

    async def list_tasks(
        self,
        *,
        tenant: str = "",
        limit: int | None = None,
        cursor: str | None = None,
        type: str | None = None,
        status: str | None = None,
    ) -> dict[str, Any]:
        """One page of tasks, newest first: `items`, and the `next_cursor` (None: it was the last).

        Raises Fault for a cursor that belongs to another list.
        """
        given = {"limit": limit, "cursor": cursor, "type": type, "status": status}
        query = urlencode({name: value for name, value in given.items() if value is not None})
        asked = reading.listing(query.encode(), tenant)
        found = await self.tasks.list(
            tenant, limit=asked.limit, after=asked.after, type=asked.type, status=asked.status
        )
        following = None if found.after is None else reading.cursor_of(found.after, tenant, asked.type, asked.status)
        items = [task_document(record, self.base_path) for record in found.records]
        return {"items": items, "next_cursor": following}

    async def cancel_task(self, task_id: str, *, tenant: str = "") -> dict[str, Any]:
        """Ask for the end of a task; one in progress may still complete. Raises Fault where it has ended otherwise."""
        return task_document(await self.tasks.cancel(tenant, task_id), self.base_path)

    def accepted(self, task: Mapping[str, Any] | Record, request_base: str = "") -> Response:
        """The 202 answer about a task, for a route of your own.

        `request_base` is where this API is mounted, as the client sees it (`/jobs`, `https://acme.example/jobs`).
        """
        document = task_document(task, self.base_path) if isinstance(task, Record) else task
        links = _moved(document["links"], request_base)
        declared = self.types.get(document["type"])
        headers = (
            answers.JSON,
            ("Location", links["self"]),
            *((("Retry-After", str(math.ceil(declared.retry_after))),) if declared else ()),
            answers.NO_STORE,
        )
        return Response(status=202, headers=headers, body=codec.encode({**document, "links": links}))

    @contextmanager
    def testing(self) -> Generator[Self]:
        """Within the block tasks run where they are created, on a store of their own that is gone afterwards.

        `create_task`, and a POST, return when the task is final; retries do not wait.
        """
        with TemporaryDirectory(prefix="accepted-") as folder:
            store = SqliteStore(Path(folder) / "tasks.db", synchronous="NORMAL")
            opened = partial(living, self._lifespan, self.resources)
            files = _beside(store.path, ".files")
            before, self._parts = self._parts, self._made(InlineTasks(store, self.types, files, opened), files, None)
            try:
                yield self
            finally:
                self._parts = before
                _aside(store)

    # ---- parts

    @property
    def store(self) -> TaskStore:
        """Where the records are."""
        return self._assembled().store

    @property
    def tasks(self) -> Tasks:
        """The operations on tasks, as HTTP uses them."""
        return self._assembled().tasks

    @property
    def face(self) -> Face:
        """What answers HTTP requests."""
        return self._assembled().face

    @property
    def files(self) -> Path:
        """The folder of artifacts."""
        return self._assembled().files

    @property
    def engine(self) -> Embedded | None:
        """What executes in this process; None where `execute` is false."""
        return self._assembled().engine

    def _assembled(self) -> _Parts:
        parts = self._parts
        if parts is None:
            with self._lock:
                parts = self._parts = self._parts or self._from_file()
        return parts

    def _from_file(self) -> _Parts:
        path = Path(self.db or os.environ.get("ACCEPTED_DB") or "accepted-tasks.db").absolute()
        store = self._given or SqliteStore(path)
        path = getattr(store, "path", path)
        files = _beside(path, ".files")
        tasks = Tasks(store, self.types, files=files)
        engine = None
        if self.execute:
            lock = _beside(path, ".executor-lock")
            engine = Embedded(tasks, lock=lock, files=files, lifespan=self._lifespan, resources=self.resources)
        return self._made(tasks, files, engine)

    def _made(self, tasks: Tasks, files: Path, engine: Embedded | None) -> _Parts:
        keys = _KeysIfAny(tasks.store)
        face = Face(
            self.title,
            tasks,
            base_path=self.base_path,
            authenticate=self.authenticate or keys.authenticate,
            asked=None if self.authenticate else keys.asked_for,
            rate=self.rate,
            files=files,
            openapi=self._openapi,
            max_body=self.max_body,
        )
        return _Parts(store=tasks.store, tasks=tasks, files=files, face=face, keys=keys, engine=engine)

    def hold(self) -> None:
        """A fork is about to happen: nobody is in the midst of assembling the parts."""
        self._lock.acquire()

    def go_on(self) -> None:
        """It has happened; the parts look after themselves."""
        self._lock.release()

    begin_anew = go_on

    # ---- the app

    def start(self) -> None:
        """Execute in this process from now on, if it may and no other does; returns at once.

        An ASGI server that sends lifespan events does this; else the first request and the first create do.
        """
        parts = self._assembled()
        parts.tasks.draining = False
        if parts.engine is not None:
            parts.engine.start()

    async def stop(self) -> None:
        """Accept nothing more, give tasks in progress `drain` seconds, leave the rest to the next executor."""
        parts = self._assembled()
        parts.tasks.draining = True
        if parts.engine is not None:
            await asyncio.to_thread(parts.engine.stop, self.drain)
        await parts.store.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One connection, as ASGI has it."""
        match scope["type"]:
            case "http":
                await self._http(scope, receive, send)
            case "lifespan":
                await self._live(receive, send)
            case "websocket":
                await receive()
                await send({"type": "websocket.close", "code": 1000})
            case other:
                raise NotImplementedError(f"only http is served here, not {other}")

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._start_once()
        parts = self._assembled()
        if scope["path"].endswith("/openapi.json"):
            with suppress(StoreFailed):  # the document is served without it, and says what was known before
                await parts.keys.look()
        await parts.face(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        try:
            await self.store.get("", "")
        except StoreFailed as error:
            await send({"type": "lifespan.startup.failed", "message": str(error)})
            return
        self.start()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self.stop()
        await send({"type": "lifespan.shutdown.complete"})

    def _start_once(self) -> None:
        if not self._assembled().tasks.draining:
            self.start()

    def _openapi(self, prefix: str) -> bytes:
        secured = self.authenticate is not None or self._assembled().keys.seen
        known = (prefix, tuple(self.types), secured)
        made = self._documents.get(known)
        if made is None:
            made = codec.encode(self.document(prefix, secured=secured))
            if len(self._documents) >= _DOCUMENTS:  # the prefix may be what a client says
                self._documents.clear()
            self._documents[known] = made
        return made

    def document(self, prefix: str = "", *, secured: bool = False) -> dict[str, Any]:
        """The OpenAPI document: of what is mounted at `prefix`, `secured` where it asks for API keys."""
        from accepted.docs import openapi
        from accepted.docs.described import Bounds, Described, FaultDescription, TypeDescription

        types = tuple(
            TypeDescription(
                name=one.name,
                summary=one.summary,
                description=one.description,
                path=one.path,
                input_schema=one.input_schema,
                result_schema=one.result_schema,
                retry_after=one.retry_after,
            )
            for one in self.types.values()
        )
        faults = tuple(FaultDescription(kind=kind, status=row.status, title=row.title) for kind, row in FAULTS.items())
        bounds = Bounds(
            listed=reading.LISTED,
            most_listed=reading.MOST_LISTED,
            longest_wait=reading.LONGEST_WAIT,
            longest_key=reading.LONGEST_KEY,
        )
        return openapi(
            Described(
                title=self.title,
                version=self.version,
                server_url=prefix,
                base_path=self.base_path,
                types=types,
                faults=faults,
                bounds=bounds,
                secured=secured,
                limited=self.rate is not None,
            )
        )

    def _name(self, function: Callable[..., Any] | str) -> str:
        if isinstance(function, str):
            return function
        name = next((name for name, one in self.types.items() if one.function is function), None)
        if name is None:
            raise ValueError(f"{function!r} is no task of this API; @api.task declares it")
        return name


class _KeysIfAny:
    """API keys are asked for as soon as there is one. Even where all are revoked: that opens nothing."""

    def __init__(self, store: TaskStore) -> None:
        self.seen = False
        self._store = store
        self._looked_at = -math.inf
        self.authenticate = KeyAuthenticator(store)

    async def look(self) -> None:
        """Whether there is one by now; no key is ever removed."""
        self.seen = self.seen or bool(await self._store.keys())

    async def asked_for(self) -> bool:
        """Whether a request needs one. Looked up once for all that are there at the same time: it costs too much."""
        now = time.monotonic()
        if not self.seen and now - self._looked_at > _AT_ONCE:
            await self.look()
            self._looked_at = now
        return self.seen


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)


def _moved(links: Mapping[str, Any], base: str) -> dict[str, Any]:
    """Links as seen from where the API is mounted."""
    moved = {name: base + link for name, link in links.items() if isinstance(link, str)}
    files = [{**one, "url": base + one["url"]} for one in links.get("artifacts", ())]
    return {**moved, "artifacts": files} if files else moved


def _aside(store: TaskStore) -> None:
    """Close a store from anywhere: a loop may run in this thread."""
    thread = threading.Thread(target=lambda: asyncio.run(store.close()))
    thread.start()
    thread.join()
