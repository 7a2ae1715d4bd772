"""The client: the verbs of every service, blocking or awaited.

Async Request-Reply Pattern over any contract, asynchronous and long-running:
Step 1/2, `create_task`: `POST` as the contract says -> 202 (or 200, 201), returns immediately with a task.
Step 2/2, `poll_task`: `GET` as the contract says -> 200 with a status, blocks until it is final.
Then `task.result` is what it yielded.

Codes and what they become: 200, 202 an answer; 400, 409, 422 BadRequest; 401, 403 AuthenticationFailed;
404 TaskNotFound; 410 TaskGone; 429 RateLimited; 500 and above ServiceError.
Statuses: submitting, queued, in_progress, input_required, paused, cancelling, unknown,
and final: completed, failed, cancelled, expired, gone.

Example:
    >>> from accepted import Client
    >>> from accepted.services import jules
    >>> with Client(jules.contract) as client:  # doctest: +SKIP
    ...     task = client.create_task(prompt="Fix the flaky test")
    ...     task = client.poll_task(task, timeout=1800)

See also: AsyncAPI https://www.asyncapi.com/ - the Azure pattern
https://learn.microsoft.com/azure/architecture/patterns/async-request-reply - RESTful long-running tasks
https://restfulapi.net/rest-api-design-for-long-running-tasks/

Every verb is written once, in `core/verbs.py`; both classes here only hand it to their driver.
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Iterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import partial
from os import environ
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Generic, ParamSpec, Self, TypedDict, TypeVar, Unpack, cast, overload
from urllib.parse import urlsplit

from accepted import auth as credentials
from accepted import services
from accepted.core import verbs
from accepted.core.contract import Contract, Keyed, Named
from accepted.core.task import Artifact, Status, Task, split_ref
from accepted.drivers.clock import Clock, SystemClock
from accepted.drivers.exchange import Lane, Pacer
from accepted.drivers.journal import Journal, NoJournal
from accepted.drivers.sync import Driver
from accepted.drivers.transport import AsyncTransport
from accepted.errors import AcceptedError, BadRequest, Unsupported

if TYPE_CHECKING:  # asyncio is imported only where many tasks are waited for
    from accepted.drivers.jobs import Done, Job
    from accepted.drivers.performance import Performance

P = ParamSpec("P")
R = TypeVar("R")

OnUpdate = Callable[[Task[Any], float | None], object]

_PACER = Pacer()
_CLOCK = SystemClock()
_DEFAULT: Any = object()


class Settings(TypedDict, total=False):
    """How a client reaches its service.

    base_url: where the service is; `ACCEPTED_<SERVICE>_BASE_URL`, else the contract says.
    auth: the secret, or a function that gets one; else `ACCEPTED_<SERVICE>_TOKEN` and the service's own variables.
    journal: a path, a `Journal`, or None for none; by default the user's own (`ACCEPTED_HOME` moves it).
    transport: what carries requests instead of the network. clock: what time it is, for tests.
    request_timeout: seconds that one request may take; 30 by default.
    proxy: URL of a proxy. verify: True, a CA file, or an `ssl.SSLContext`.
    """

    base_url: str | None
    auth: credentials.Auth | None
    journal: str | Path | Journal | NoJournal | None
    transport: Any
    clock: Clock
    request_timeout: float
    proxy: str | None
    verify: Any


class Options(TypedDict, total=False):
    """What is not an input of the service, for `with_options`.

    key: the caller's own idempotency key: the same key, service and credential give back the same task.
    callback_url: where the service may report, if it can.
    timeout: seconds that `poll_task` waits where its call does not say. min_interval: seconds between two polls.
    experimental: allow what only third parties have seen the service do (`accepted services NAME` lists it).
    """

    key: str | None
    callback_url: str | None
    timeout: float | None
    min_interval: float
    experimental: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bench:
    """What both colours of client work with."""

    lane: Lane
    journal: Journal | NoJournal
    clock: Clock
    transport: Any
    our_transport: bool
    our_journal: bool
    network: Callable[[], Any] = field(repr=False)
    request_timeout: float
    options: Options

    def terms(self) -> verbs.Terms:
        """What a verb is told, with a fresh seed."""
        lane = self.lane
        return verbs.Terms(
            contract=lane.contract,
            base_url=lane.base_url,
            account=lane.account,
            request_timeout=self.request_timeout,
            seed=secrets.randbits(32),
            **self.options,
        )

    def task_of(self, task: Task[Any] | str) -> Task[Any]:
        """A task, a ref or an id as a task. A string is a ref only if it begins with a known service name."""
        contract = self.lane.contract
        if isinstance(task, str):
            service, rest = split_ref(task)
            ours = service == contract.name
            if not ours and service in services.names():
                raise BadRequest(f"{task} belongs to {service}, but this client is for {contract.name}")
            bare = verbs.nameless(self.terms())
            if ours and rest.startswith("@"):
                return replace(bare, marker=rest[1:], status=Status.SUBMITTING)
            return replace(bare, id=rest if ours else task)
        if task.service != contract.name:
            raise BadRequest(f"{task.ref} belongs to {task.service}, but this client is for {contract.name}")
        return task


def _bench(contract: Contract[..., Any] | str, settings: Settings) -> _Bench:
    _check_names("setting", settings, Settings)
    known = services.find(contract) if isinstance(contract, str) else contract
    source = credentials.source(known, settings.get("auth"))
    given = settings.get("base_url") or environ.get(f"{credentials.prefix(known.name)}_BASE_URL") or known.base_url
    if not given:
        variable = f"{credentials.prefix(known.name)}_BASE_URL"
        told = f"{known.title} is at no one place: give base_url (--base-url, {variable})"
        raise BadRequest(told, service=known.name)
    if (wrong := _why_no_place(given)) is not None:
        # What stands before an @ is a credential, and is not repeated.
        raise BadRequest(f"base URL {given.rpartition('@')[2]!r}: {wrong}", service=known.name)
    base_url = known.root(given.rstrip("/"))
    transport, journal = settings.get("transport"), settings.get("journal", _DEFAULT)
    clock = settings.get("clock", _CLOCK)
    # Budgets are shared in the process, but never between a real clock and one of a test.
    pacer = _PACER if transport is None and clock is _CLOCK else Pacer()
    lane = Lane(known, base_url, source, source.account(), pacer)
    return _Bench(
        lane=lane,
        journal=_journal(journal),
        clock=clock,
        transport=transport,
        our_transport=transport is None,
        our_journal=journal is _DEFAULT or journal is None or isinstance(journal, str | Path),
        network=partial(_network, settings.get("proxy"), settings.get("verify", True)),
        request_timeout=settings.get("request_timeout", 30.0),
        options={},
    )


def _check_names(what: str, given: Mapping[str, Any], shape: type) -> None:
    """A misspelt name must not be taken for silence: it might have been the place where the service is."""
    known = list(shape.__annotations__)
    for name in given:
        if name not in known:
            near = get_close_matches(name, known, 1, 0.0)[0]
            raise TypeError(f"there is no {what} {name!r}: {near!r}? There are: {', '.join(known)}")


def _check_options(bench: _Bench, options: Options) -> None:
    """Refuse what could only be ignored."""
    _check_names("option", options, Options)
    contract = bench.lane.contract
    keeps = type(bench.journal) is not NoJournal or isinstance(contract.safe, Keyed | Named)
    if options.get("key") is not None and not keeps:
        message = f"a key needs a journal: {contract.title} honours none itself, and this client has `journal=None`"
        raise BadRequest(message, service=contract.name)
    if options.get("callback_url") is not None and not contract.callbacks:
        message = f"{contract.title} takes no callback URL: poll its tasks instead"
        raise Unsupported(message, service=contract.name)


def _by_name(args: tuple[Any, ...]) -> None:
    if args:
        raise TypeError("the inputs of a task are given by name, as in create_task(prompt=...)")


def _why_no_place(url: str) -> str | None:
    """Why nothing can be asked at this URL, or None."""
    try:
        parts = urlsplit(url)
        known_port = parts.port is None or parts.port > 0
    except ValueError as error:
        return str(error)
    if parts.scheme not in {"http", "https"}:
        return "it begins with http:// or https://"
    if parts.username or parts.password:
        return "it carries a user name or password, which would be kept with every task: give the credential as `auth`"
    if parts.query or parts.fragment:
        return "paths are appended to it, so that nothing may follow its own path"
    return None if parts.hostname and known_port else "it names no host"


def _journal(given: Any) -> Journal | NoJournal:
    if given is _DEFAULT:
        return Journal()
    if given is None:
        return NoJournal()
    return Journal(Path(given)) if isinstance(given, str | Path) else given


def _network(proxy: str | None, verify: Any) -> Any:
    from accepted.drivers.http import Settings as HttpSettings

    return HttpSettings(proxy=proxy, verify=verify)


class _Client(Generic[P, R]):
    """What both colours share: which service, where, and with which options."""

    _bench: _Bench
    _owner: bool

    def _begin(self, contract: Contract[..., Any] | str, settings: Settings, network: Callable[[Any], Any]) -> None:
        bench = _bench(contract, settings)
        self._owner = True
        self._use(replace(bench, transport=network(bench.network())) if bench.our_transport else bench)

    def _use(self, bench: _Bench) -> None:
        """Work with this bench from now on."""
        raise NotImplementedError

    @property
    def contract(self) -> Contract[P, R]:
        """The contract that this client keeps to."""
        return cast("Contract[P, R]", self._bench.lane.contract)

    @property
    def base_url(self) -> str:
        """Where the service is asked."""
        return self._bench.lane.base_url

    def with_options(self, **options: Unpack[Options]) -> Self:
        """The same client with other options; it shares connections and journal. Makes no request.

        Example:
            `client.with_options(key="nightly-2026-11-22").create_task(prompt="...")`
        """
        _check_options(self._bench, options)
        other = object.__new__(type(self))
        other._owner = False
        other._use(replace(self._bench, options={**self._bench.options, **options}))
        return other

    def _many(self, tasks: Iterable[Task[Any] | str], timeout: float | None) -> Performance:
        """A poll of each of these tasks, all over one loop."""
        from accepted.drivers.performance import Performance

        return Performance(*self._jobs(tasks, timeout))

    def _jobs(
        self, tasks: Iterable[Task[Any] | str], timeout: float | None, tell: OnUpdate | None = None
    ) -> tuple[list[Job], list[AsyncTransport]]:
        """A poll of each of these tasks, and the transports to close after them."""
        transport = self._loop_transport()
        jobs = self._jobs_over(transport, tasks, timeout, tell)
        return jobs, [] if transport is self._bench.transport else [transport]

    def _jobs_over(
        self,
        transport: AsyncTransport,
        tasks: Iterable[Task[Any] | str],
        timeout: float | None,
        tell: OnUpdate | None = None,
    ) -> list[Job]:
        from accepted.drivers.async_ import AsyncDriver
        from accepted.drivers.jobs import Job

        bench = self._bench
        driver = AsyncDriver(bench.lane, transport, bench.journal, bench.clock)
        wanted = [bench.task_of(task) for task in tasks]
        watched = tell is not None
        flows = (verbs.poll(bench.terms(), task, timeout, check=False, watched=watched) for task in wanted)
        return [Job(task, flow, driver, tell) for task, flow in zip(wanted, flows, strict=True)]

    def _loop_transport(self) -> AsyncTransport:
        """What carries the requests of a loop in another thread."""
        raise NotImplementedError


class _Ended:
    """How many tasks ended; an error that is no outcome waits until the others are through."""

    def __init__(self) -> None:
        self._errors: list[AcceptedError] = []

    def add(self, done: Done) -> Iterator[Task[Any]]:
        """The task of a job, where it has one to show."""
        if done.error is not None:
            self._errors.append(done.error)
        if done.task is not None:
            yield done.task

    def raise_first(self) -> None:
        """Raise the first error; the others are noted on it."""
        for other in self._errors[1:]:
            self._errors[0].add_note(f"also: {other}")
        if self._errors:
            raise self._errors[0]


class _Part:
    """A file that appears under its name only when it is whole."""

    def __init__(self, path: str | Path, name: str) -> None:
        wanted = Path(path)
        self.path = wanted / Path(name).name if wanted.is_dir() else wanted
        self._part = self.path.with_name(self.path.name + ".part")

    def __enter__(self) -> BinaryIO:
        self._file = self._part.open("wb")
        return self._file

    def __exit__(self, kind: object, *_: object) -> None:
        self._file.close()
        if kind is None:
            self._part.replace(self.path)
        else:
            self._part.unlink()


class Client(_Client[P, R]):
    """A task API, called from ordinary code.

    Safe to use from several threads, and after a fork.

    Args:
        contract: a contract (typed), or the name of a service (convenient, untyped).
        settings: see `Settings`; all by keyword.

    Raises:
        BadRequest: unknown service (the nearest name is offered), or a base URL that is none.
    """

    @overload
    def __init__(self, contract: Contract[P, R], **settings: Unpack[Settings]) -> None: ...
    @overload
    def __init__(self: Client[..., Any], contract: str, **settings: Unpack[Settings]) -> None: ...
    def __init__(self, contract: Contract[P, R] | str, **settings: Unpack[Settings]) -> None:
        from accepted.drivers.http import HttpTransport

        self._begin(contract, settings, HttpTransport)

    def _use(self, bench: _Bench) -> None:
        self._bench = bench
        self._driver = Driver(bench.lane, bench.transport, bench.journal, bench.clock)

    def _loop_transport(self) -> AsyncTransport:
        from accepted.drivers.http import AsyncHttpTransport
        from accepted.drivers.transport import ThreadedTransport

        bench = self._bench
        return AsyncHttpTransport(bench.network()) if bench.our_transport else ThreadedTransport(bench.transport)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of connections and the journal, unless they were given. Tasks go on. Makes no request."""
        if self._owner and self._bench.our_transport:
            self._bench.transport.close()
        if self._owner and self._bench.our_journal:
            self._bench.journal.close()

    def create_task(self, *args: P.args, **inputs: P.kwargs) -> Task[R]:
        """Create a task (Async Request-Reply Pattern - Step 1/2).

        Returns immediately with the task's id, while the work goes on; `poll_task` waits for its end.
        HTTP: `POST`, as the contract says -> 202 (or 200, 201); 400, 401, 403, 409, 422, 429, 500 become errors.
        Inputs are checked before anything is sent, and the task is in the journal before the create leaves,
        so that a lost answer never becomes a second task.

        Returns:
            The task: `task.id`, `task.ref`, and its first status (`queued` or further).

        Raises:
            BadRequest: an input is missing, unknown or of another type; or the service refused them.
            AuthenticationFailed, RateLimited, ConnectionFailed, ServiceError: nothing was created.
            CreateUnknown: the answer was lost and the task not found again; it may or may not exist.
            JournalFailed: the journal cannot be written; nothing was sent.

        Example:
            >>> task = client.create_task(prompt="Fix the flaky test")  # Step 1/2: returns at once
            >>> task = client.poll_task(task, timeout=1800)  # Step 2/2: blocks until final
        """
        _by_name(args)
        return self._driver.run(verbs.create(self._bench.terms(), dict(inputs), _marker()))

    def poll_task(
        self,
        task: Task[R] | str,
        *,
        timeout: float | None = None,
        on_update: Callable[[Task[R]], object] | None = None,
        check: bool = True,
    ) -> Task[R]:
        """Wait until a task is final (Async Request-Reply Pattern - Step 2/2).

        Blocks, asking as often as Retry-After, the contract's schedule and `min_interval` allow.
        HTTP: `GET`, as the contract says -> 200 with a status; 401, 403, 404, 410, 429, 500 become errors.
        Transient errors are borne; the task is never lost by them.

        Args:
            task: a task, a ref (`service:id`) or an id; call after `create_task`.
            timeout: seconds; None (the default) means the client's `timeout` option,
                else the contract's `longest_wait`. When it ends, PollTimeout is raised and the task goes on.
            on_update: called with the task whenever something about it changed.
            check: False returns the task instead of raising for its outcome (or for a timeout).

        Returns:
            The completed task, `task.result` with it. Look at `task.ok` where a part of it may have failed.

        Raises:
            TaskFailed, TaskCancelled, TaskExpired, TaskGone, InputRequired, PollTimeout: each with `.task`.
            TaskNotFound, AuthenticationFailed, ConnectionFailed, ServiceError, ContractBroken: the wait is over,
                the task is not; poll again later.

        Example:
            >>> task = client.create_task(prompt="Fix the flaky test")
            >>> task = client.poll_task(task, timeout=1800)  # blocks until final
            >>> task.result
        """
        watched = on_update is not None
        flow = verbs.poll(self._bench.terms(), self._bench.task_of(task), timeout, check=check, watched=watched)
        return self._driver.run(flow, on_update)

    def get_status(self, task: Task[R] | str) -> Status:
        """The status of a task (a look between Step 1/2 and Step 2/2).

        Returns immediately after one request; never waits, retries or fetches results.
        HTTP: `GET`, as the contract says -> 200 with a status; 401, 404, 429, 500 become errors.

        Raises:
            TaskNotFound, AuthenticationFailed, RateLimited, ConnectionFailed, ServiceError, ContractBroken.

        Example:
            >>> client.get_status("jules:314")
            <Status.IN_PROGRESS: 'in_progress'>
        """
        return self._driver.run(verbs.look(self._bench.terms(), self._bench.task_of(task), results=False)).status

    def get_task(self, task: Task[R] | str) -> Task[R]:
        """A task as it is now (a look between Step 1/2 and Step 2/2), with its result where it is final.

        Returns immediately after one request, and those for the result; never waits.
        HTTP: `GET`, as the contract says -> 200; 401, 404, 429, 500 become errors.

        Raises:
            As `get_status`.

        Example:
            >>> client.get_task("jules:314").progress
        """
        return self._driver.run(verbs.look(self._bench.terms(), self._bench.task_of(task), results=True))

    def list_tasks(
        self, *, limit: int | None = None, status: Status | str | None = None, **filters: Any
    ) -> Iterator[Task[R]]:
        """The service's tasks, newest first where the service lists them so (beside Step 1/2 and 2/2).

        Returns immediately with an iterator, which asks for a page when it needs one; it does not wait for tasks.
        HTTP: `GET`, as the contract says -> 200 a page; 401, 429, 500 become errors.

        Args:
            limit: at most so many. status: only those with this status, filtered here.
            filters: what the service itself can narrow its list by (`accepted services NAME` tells).

        Raises:
            BadRequest: no such status or filter. Unsupported: the service has no list. Others as `get_status`.

        Example:
            >>> [task.ref for task in client.list_tasks(limit=10)]
        """
        return self._driver.each(verbs.listing(self._bench.terms(), limit, _status(status), filters))

    def cancel_task(self, task: Task[R] | str) -> Task[R]:
        """Ask a service to stop a task (beside Step 1/2 and 2/2); it may still complete.

        Returns immediately when the service answered: the status is then `cancelling`, or final.
        HTTP: as the contract says -> 200, 202 or 204; 401, 404, 409, 429, 500 become errors.

        Raises:
            Unsupported: the service has no cancel; no request was made. Others as `get_status`.

        Example:
            >>> client.cancel_task(task).status
            <Status.CANCELLING: 'cancelling'>
        """
        return self._driver.run(verbs.operate(self._bench.terms(), self._bench.task_of(task), "cancel"))

    def run_task(self, *args: P.args, **inputs: P.kwargs) -> Task[R]:
        """Create a task and wait for it: Step 1/2 and Step 2/2 of the Async Request-Reply Pattern in one call.

        Blocks until the task is final, or the `timeout` option of the client ends the wait.
        HTTP: as `create_task` (202, 200, 201), then as `poll_task` (200).

        Returns:
            The completed task. Raises: as `create_task` and `poll_task`.

        Example:
            >>> client.with_options(timeout=1800).run_task(prompt="Fix the flaky test").result
        """
        return self.poll_task(self.create_task(*args, **inputs))

    def poll_tasks(self, tasks: Iterable[Task[R] | str], *, timeout: float | None = None) -> Iterator[Task[R]]:
        """Wait for many tasks at once (Async Request-Reply Pattern - Step 2/2), yielding each as it ends.

        Blocks between two tasks. One loop in a private thread waits for thousands; one list page may stand for many
        polls. HTTP: as `poll_task` -> 200.
        Never raises for an outcome; any other error is raised when the other tasks are through.

        Args:
            tasks: tasks, refs or ids. timeout: seconds for all of them; as in `poll_task`.

        Example:
            >>> for task in client.poll_tasks(tasks):
            ...     print(task.ref, task.status)
        """
        ended = _Ended()
        with self._many(tasks, timeout) as performance:
            for done in performance:
                yield from ended.add(done)
        ended.raise_first()

    def watch_task(self, task: Task[R] | str) -> Iterator[Task[R]]:
        """Every change of a task until it is final (Async Request-Reply Pattern - Step 2/2), as an iterator.

        Blocks between two changes. HTTP: as `poll_task` -> 200. Never raises for an outcome.

        Example:
            >>> for task in client.watch_task("jules:314"):
            ...     print(task.status, task.progress)
        """
        return self._driver.each(verbs.watch(self._bench.terms(), self._bench.task_of(task)))

    def act(self, task: Task[R] | str, name: str, **inputs: Any) -> Task[R]:
        """Do something to a task beyond the five verbs, as its contract declares it (beside Step 1/2 and 2/2).

        Returns immediately when the service answered. HTTP: as the contract says -> 200, 201 or 202;
        400, 401, 404, 409, 429, 500 become errors.
        An act that makes a final task go on starts its next attempt.

        Raises:
            Unsupported: the service has no such act; those it has are named.
            OutcomeUnknown: the answer was lost; look before repeating it. Others as `get_status`.

        Example:
            >>> client.act("jules:314", "send_message", prompt="Use pytest, please")
        """
        return self._driver.run(verbs.operate(self._bench.terms(), self._bench.task_of(task), f"act:{name}", inputs))

    def iter_items(self, task: Task[R] | str, name: str | None = None) -> Iterator[Any]:
        """The rows of a task's result, streamed (after Step 2/2).

        Returns immediately with an iterator that reads as it is asked. HTTP: `GET`, as the contract says -> 200.
        `name` says which, where a service has several kinds; without it, its first.

        Raises:
            Unsupported: the service has no items. Others as `get_status`.

        Example:
            >>> for activity in client.iter_items("jules:314"):
            ...     print(activity["createTime"])
        """
        return self._driver.each(verbs.items(self._bench.terms(), self._bench.task_of(task), name))

    def download(self, artifact: Artifact, path: str | Path) -> Path:
        """Write an artifact of a completed task to a file, streamed (after Step 2/2).

        Blocks until it is whole; the file appears only then. HTTP: `GET` of its URL -> 200; none if given inline.

        Args:
            artifact: one of `task.artifacts`. path: a file, or a folder.

        Returns:
            Where the file is.

        Raises:
            ConnectionFailed: it broke off. ContractBroken: its URL must not be asked. OSError: the file.

        Example:
            >>> client.download(task.artifacts[0], "changes.patch")
        """
        part = _Part(path, artifact.name)
        with part as file:
            for chunk in self._driver.each(verbs.download(self._bench.terms(), artifact)):
                file.write(chunk)
        return part.path

    def get_usage(self) -> Any:
        """What the service says of the account's usage (beside Step 1/2 and 2/2), typed where its contract says how.

        Returns immediately after one request. HTTP: `GET`, as the contract says -> 200.

        Raises:
            Unsupported: the service does not say. Others as `get_status`.

        Example:
            >>> client.get_usage()
        """
        return self._driver.run(verbs.usage(self._bench.terms()))


class AsyncClient(_Client[P, R]):
    """A task API, called from a loop (asyncio or trio): the methods of `Client`, awaited.

    Args:
        contract: a contract (typed), or the name of a service (convenient, untyped).
        settings: see `Settings`; all by keyword.
    """

    @overload
    def __init__(self, contract: Contract[P, R], **settings: Unpack[Settings]) -> None: ...
    @overload
    def __init__(self: AsyncClient[..., Any], contract: str, **settings: Unpack[Settings]) -> None: ...
    def __init__(self, contract: Contract[P, R] | str, **settings: Unpack[Settings]) -> None:
        from accepted.drivers.http import AsyncHttpTransport

        self._begin(contract, settings, AsyncHttpTransport)

    def _use(self, bench: _Bench) -> None:
        from accepted.drivers.async_ import AsyncDriver

        self._bench = bench
        self._driver = AsyncDriver(bench.lane, bench.transport, bench.journal, bench.clock)

    def _loop_transport(self) -> AsyncTransport:
        from accepted.drivers.http import AsyncHttpTransport

        if self._bench.our_transport:
            return AsyncHttpTransport(self._bench.network())
        if not self._anywhere():
            raise Unsupported(
                "many tasks are waited for on a loop of asyncio, and a transport of your own belongs to your loop: "
                "use asyncio there, leave `transport` out, or poll each task by itself",
                service=self.contract.name,
            )
        return cast("AsyncTransport", self._bench.transport)

    def _anywhere(self) -> bool:
        """Whether requests can be carried on another loop than the caller's."""
        from accepted.drivers.transport import AsyncMemoryTransport, ThreadedTransport

        return self._bench.our_transport or isinstance(self._bench.transport, AsyncMemoryTransport | ThreadedTransport)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Let go of connections and the journal, unless they were given. Tasks go on. Makes no request."""
        if self._owner and self._bench.our_transport:
            await self._bench.transport.close()
        if self._owner and self._bench.our_journal:
            self._bench.journal.close()

    async def create_task(self, *args: P.args, **inputs: P.kwargs) -> Task[R]:
        """Create a task (Async Request-Reply Pattern - Step 1/2).

        Returns immediately with the task's id, while the work goes on; `poll_task` waits for its end.
        HTTP: `POST`, as the contract says -> 202 (or 200, 201). Returns and raises as `Client.create_task`.

        Example:
            >>> task = await client.create_task(prompt="Fix the flaky test")
            >>> task = await client.poll_task(task, timeout=1800)
        """
        _by_name(args)
        return await self._driver.run(verbs.create(self._bench.terms(), dict(inputs), _marker()))

    async def poll_task(
        self,
        task: Task[R] | str,
        *,
        timeout: float | None = None,
        on_update: Callable[[Task[R]], object] | None = None,
        check: bool = True,
    ) -> Task[R]:
        """Wait until a task is final (Async Request-Reply Pattern - Step 2/2).

        Blocks the caller until then, never the loop; `timeout` in seconds, None: the contract's longest wait.
        HTTP: `GET`, as the contract says -> 200 with a status.
        Arguments, returns and raises (TaskFailed, PollTimeout, ...) as `Client.poll_task`; call after `create_task`.

        Example:
            >>> task = await client.create_task(prompt="Fix the flaky test")
            >>> task = await client.poll_task(task, timeout=1800)
        """
        watched = on_update is not None
        flow = verbs.poll(self._bench.terms(), self._bench.task_of(task), timeout, check=check, watched=watched)
        return await self._driver.run(flow, on_update)

    async def get_status(self, task: Task[R] | str) -> Status:
        """The status of a task (a look between Step 1/2 and Step 2/2): one request, returns immediately, never waits.

        HTTP: `GET`, as the contract says -> 200. Returns and raises as `Client.get_status`.

        Example:
            >>> await client.get_status("jules:314")
        """
        found = await self._driver.run(verbs.look(self._bench.terms(), self._bench.task_of(task), results=False))
        return found.status

    async def get_task(self, task: Task[R] | str) -> Task[R]:
        """A task as it is now (a look between Step 1/2 and Step 2/2); returns immediately, with the result if final.

        HTTP: `GET`, as the contract says -> 200. Returns and raises as `Client.get_task`.

        Example:
            >>> await client.get_task("jules:314")
        """
        return await self._driver.run(verbs.look(self._bench.terms(), self._bench.task_of(task), results=True))

    def list_tasks(
        self, *, limit: int | None = None, status: Status | str | None = None, **filters: Any
    ) -> AsyncIterator[Task[R]]:
        """The service's tasks (beside Step 1/2 and 2/2); returns immediately with an iterator over pages.

        HTTP: `GET`, as the contract says -> 200 a page. Arguments and raises as `Client.list_tasks`.

        Example:
            >>> async for task in client.list_tasks(limit=10):
            ...     print(task.ref)
        """
        return self._driver.each(verbs.listing(self._bench.terms(), limit, _status(status), filters))

    async def cancel_task(self, task: Task[R] | str) -> Task[R]:
        """Ask a service to stop a task (beside Step 1/2 and 2/2); returns immediately when the service answered.

        HTTP: as the contract says -> 200, 202 or 204. Returns and raises as `Client.cancel_task`.

        Example:
            >>> await client.cancel_task(task)
        """
        return await self._driver.run(verbs.operate(self._bench.terms(), self._bench.task_of(task), "cancel"))

    async def run_task(self, *args: P.args, **inputs: P.kwargs) -> Task[R]:
        """Create a task and wait for it: Step 1/2 and Step 2/2 of the Async Request-Reply Pattern in one call.

        Blocks the caller until the task is final, never the loop. HTTP: 202 (or 200, 201), then 200.
        Returns and raises as `Client.run_task`.

        Example:
            >>> (await client.run_task(prompt="Fix the flaky test")).result
        """
        return await self.poll_task(await self.create_task(*args, **inputs))

    async def poll_tasks(
        self, tasks: Iterable[Task[R] | str], *, timeout: float | None = None
    ) -> AsyncIterator[Task[R]]:
        """Wait for many tasks at once (Async Request-Reply Pattern - Step 2/2), yielding each as it ends.

        Blocks the caller between two tasks, never the loop. HTTP: as `poll_task` -> 200.
        Arguments and raises as `Client.poll_tasks`.

        Example:
            >>> async for task in client.poll_tasks(tasks):
            ...     print(task.ref, task.status)
        """
        ended = _Ended()
        async with aclosing(self._each_done(tasks, timeout)) as each:
            async for done in each:
                for shown in ended.add(done):
                    yield shown
        ended.raise_first()

    async def _each_done(self, tasks: Iterable[Task[R] | str], timeout: float | None) -> AsyncGenerator[Done]:
        from anyio.to_thread import run_sync

        from accepted.drivers.performance import on_asyncio, on_this_loop

        if on_asyncio() and not self._anywhere():
            async with aclosing(on_this_loop(self._jobs_over(self._bench.transport, tasks, timeout))) as each:
                async for done in each:
                    yield done
            return
        with self._many(tasks, timeout) as performance:
            while (ended := await run_sync(performance.next, abandon_on_cancel=True)) is not None:
                yield ended

    def watch_task(self, task: Task[R] | str) -> AsyncIterator[Task[R]]:
        """Every change of a task until it is final (Async Request-Reply Pattern - Step 2/2), as an iterator.

        Blocks the caller between two changes, never the loop. HTTP: as `poll_task` -> 200.
        Never raises for an outcome.

        Example:
            >>> async for task in client.watch_task("jules:314"):
            ...     print(task.status)
        """
        return self._driver.each(verbs.watch(self._bench.terms(), self._bench.task_of(task)))

    async def act(self, task: Task[R] | str, name: str, **inputs: Any) -> Task[R]:
        """Do something to a task beyond the five verbs (beside Step 1/2 and 2/2); returns immediately.

        HTTP: as the contract says -> 200, 201 or 202. Returns and raises as `Client.act`.

        Example:
            >>> await client.act("jules:314", "approve_plan")
        """
        flow = verbs.operate(self._bench.terms(), self._bench.task_of(task), f"act:{name}", inputs)
        return await self._driver.run(flow)

    def iter_items(self, task: Task[R] | str, name: str | None = None) -> AsyncIterator[Any]:
        """The rows of a task's result, streamed (after Step 2/2); returns immediately with an iterator.

        HTTP: `GET`, as the contract says -> 200. Raises as `Client.iter_items`.

        Example:
            >>> async for activity in client.iter_items("jules:314"):
            ...     print(activity["createTime"])
        """
        return self._driver.each(verbs.items(self._bench.terms(), self._bench.task_of(task), name))

    async def download(self, artifact: Artifact, path: str | Path) -> Path:
        """Write an artifact of a completed task to a file, streamed (after Step 2/2); blocks the caller, not the loop.

        HTTP: `GET` of its URL -> 200. Arguments, returns and raises as `Client.download`.

        Example:
            >>> await client.download(task.artifacts[0], "changes.patch")
        """
        from anyio.to_thread import run_sync

        part = _Part(path, artifact.name)
        with part as file:
            async for chunk in self._driver.each(verbs.download(self._bench.terms(), artifact)):
                await run_sync(file.write, chunk)
        return part.path

    async def get_usage(self) -> Any:
        """What the service says of the account's usage (beside Step 1/2 and 2/2); returns immediately.

        HTTP: `GET`, as the contract says -> 200. Raises as `Client.get_usage`.

        Example:
            >>> await client.get_usage()
        """
        return await self._driver.run(verbs.usage(self._bench.terms()))


def poll_across(
    tasks: Iterable[tuple[_Client[..., Any], Task[Any] | str]],
    *,
    timeout: float | None = None,
    on_update: OnUpdate | None = None,
) -> Performance:
    """Wait for tasks of several clients at once (Async Request-Reply Pattern - Step 2/2), over one loop.

    Returns immediately with an iterator of how each ended, as it ends: `done.task`, or `done.error` for what is no
    outcome; it is a context manager, whose end stops what is still under way. It blocks between two tasks.
    HTTP: as `Client.poll_task` -> 200.

    Args:
        tasks: each with the client that is to wait for it.
        timeout: seconds for all of them; as in `poll_task`.
        on_update: called, in another thread, with the task and the moment of its next poll (epoch seconds) or None.

    Example:
        >>> with poll_across([(jules, "jules:314"), (codex, "codex:7")]) as performance:
        ...     for done in performance:
        ...         print(done.task or done.error)
    """
    from accepted.drivers.performance import Performance

    by_client: dict[_Client[..., Any], list[Task[Any] | str]] = {}
    for client, task in tasks:
        by_client.setdefault(client, []).append(task)
    # A method that only this function may use: it belongs to the module, not to the face of a client.
    parts = [one._jobs(mine, timeout, on_update) for one, mine in by_client.items()]  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
    return Performance([job for jobs, _ in parts for job in jobs], [one for _, owned in parts for one in owned])


def _marker() -> str:
    """Our own mark of one create: unique, and recognised again in titles and lists."""
    return f"accepted-{secrets.token_hex(6)}"


def _status(status: Status | str | None) -> Status | None:
    try:
        return None if status is None else Status(status)
    except ValueError:
        raise BadRequest(f"no status {status!r}; there are: {', '.join(Status)}") from None
