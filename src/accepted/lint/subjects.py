"""What rules look at, and how it comes out of files.

What may live here: the subjects, and the way from a file to them. Reading is the business of `documents`.

    Source                    every file, whatever it is
    Module                    a task module (`documents.code.Module` that has sure clients; no test file): MD
    TaskClient, TaskFunction  a client in it, and each function of that client that has a role: CS, FN
    LikelyClient              a client that may not be one of tasks: it is asked about, and no other rule sees it
    Tests                     all test files of a run, beside the clients of that run: TS
    Api                       a whole OpenAPI or Swagger document: OA
    Create, Poll              an operation that detection is sure of (tiers A and B), with its companions: OA; a create
                              that says that nobody can ask for its end is left alone
    Suspect                   an operation that only looks asynchronous (tiers C and D): it is asked about, once
    Events                    an AsyncAPI document: AA
    Ignore                    (`lint.ignores`) a comment that ignores something, after all else was judged
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from accepted.documents import elixir, prose, python
from accepted.documents.asyncapi import AsyncDescription
from accepted.documents.code import Client, Function, Module, Sure
from accepted.documents.detect import Detection, detect
from accepted.documents.nodes import mapping
from accepted.documents.openapi import Description, Operation
from accepted.documents.source import Unreadable
from accepted.documents.tiers import Confirmed, Detected
from accepted.lint.config import Config
from accepted.lint.files import NotDescribed, Opened


@dataclass(frozen=True, slots=True)
class Situated:
    """A subject, and the file that it was found in."""

    subject: Any
    opened: Opened


# ---- code


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TaskClient:
    """A client of a task module: a class, the functions of a module, or what a contract stands for."""

    module: Module
    client: Client


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TaskFunction:
    """A function of a client that has a role."""

    module: Module
    client: Client
    function: Function

    @property
    def companion(self) -> Function | None:
        """The poll of a create, and the other way round."""
        return self.client.companion(self.function)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LikelyClient:
    """A client that looks like one of tasks, and may not be."""

    module: Module
    client: Client


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TestFile:
    """One test file, for `Tests`."""

    module: Module


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tests:
    """The test files of a run (`test_*.py`, `*_test.py`), and the clients that it saw beside them."""

    modules: tuple[Module, ...]
    clients: tuple[TaskClient, ...]


# ---- documents


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Api:
    """An OpenAPI or Swagger document with all that was detected in it."""

    description: Description
    detection: Detection


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Create:
    """A create that detection is sure of."""

    api: Api
    detected: Detected

    @property
    def operation(self) -> Operation:
        """The create itself."""
        return self.detected.operation

    @property
    def poll(self) -> Operation | None:
        """What tells its status."""
        return self.detected.poll

    @property
    def name(self) -> str:
        """What people call it."""
        return self.operation.key

    @property
    def pair(self) -> str:
        """What people call its poll, or ""."""
        return self.poll.key if self.poll else ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Poll:
    """A poll that detection is sure of."""

    api: Api
    detected: Detected

    @property
    def operation(self) -> Operation:
        """The poll itself."""
        return self.detected.operation

    @property
    def name(self) -> str:
        """What people call it."""
        return self.operation.key

    @property
    def pair(self) -> str:
        """What people call the first create that it belongs to, or ""."""
        return self.detected.creates[0].key if self.detected.creates else ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Suspect:
    """An operation that looks asynchronous, and may not be."""

    api: Api
    detected: Detected


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Events:
    """An AsyncAPI document."""

    description: AsyncDescription


# ---- from files


def of_source(opened: Opened, config: Config) -> Iterator[Situated]:
    """The subjects of one file.

    Raises:
        NotDescribed: a document that is neither OpenAPI nor AsyncAPI.
        Unreadable: code that does not parse, or a document of an unknown version.
    """
    found = list(_READERS[opened.source.kind](opened, config))
    for subject in (opened.source, *found):
        yield Situated(subject, opened)


def of_run(situations: Iterable[Situated]) -> Iterator[Situated]:
    """The subjects that several files make together: the tests, beside the first file of them."""
    every = list(situations)
    tests = [(one.subject.module, one.opened) for one in every if isinstance(one.subject, TestFile)]
    if tests:
        clients = tuple(one.subject for one in every if isinstance(one.subject, TaskClient))
        yield Situated(Tests(modules=tuple(module for module, _ in tests), clients=clients), tests[0][1])


def is_test(path: str) -> bool:
    """Whether a file is one of tests, by its name."""
    stem, suffix = Path(path).stem, Path(path).suffix
    return suffix == ".py" and (stem.startswith("test_") or stem.endswith("_test"))


def _documents(opened: Opened, config: Config) -> Iterator[Any]:
    source = opened.source
    told = mapping(source.data)
    name = next((one for one in _KINDS if isinstance(told.get(one), str | int | float)), None)
    if name is None:
        raise NotDescribed(source.path, "neither OpenAPI nor AsyncAPI: it has no member openapi, swagger or asyncapi")
    known, make = _KINDS[name]
    if not re.match(known, str(told[name])):
        place = source.place(f"/{name}")
        why = f"{name} {told[name]} is not known; OpenAPI 3.0 to 3.2, Swagger 2, and AsyncAPI 2 and 3 are read"
        raise Unreadable(source.path, why, line=place.line, column=place.column)
    yield from make(opened, config)


def _api(opened: Opened, config: Config) -> Iterator[Any]:
    description = Description(opened.source.data, opened.data)
    confirmed = Confirmed(roles=config.confirm, dismissed=frozenset(config.dismiss))
    api = Api(description=description, detection=detect(description, confirmed))
    yield api
    for one in api.detection.operations:
        yield one
        match one.role:
            case _ if not one.reported:
                if one.role == "create" or not one.creates:
                    yield Suspect(api=api, detected=one)
            case "create" if not untracked(one):
                yield Create(api=api, detected=one)
            case "poll":
                yield Poll(api=api, detected=one)
            case _:
                pass


def untracked(one: Detected) -> bool:
    """Whether a create says that no reply follows, as for a notification: then it is none of the pattern."""
    operation = one.operation
    told = (operation.summary, operation.description, *(answer.description for answer in operation.successes))
    alone = one.role == "create" and one.poll is None and not one.declared
    return alone and any(map(prose.untracked, told))


def _events(opened: Opened, config: Config) -> Iterator[Any]:
    del config
    yield Events(description=AsyncDescription(opened.source.data, opened.data))


_Reader = Callable[[Opened, Config], Iterator[Any]]
_KINDS: dict[str, tuple[str, _Reader]] = {
    "openapi": (r"3\.[012](?!\d)", _api),
    "swagger": (r"2(?!\d)", _api),
    "asyncapi": (r"[23](?!\d)", _events),
}
"""The member that says what a document is -> the versions that are read, and its reader."""


def _python(opened: Opened, config: Config) -> Iterator[Any]:
    yield from _code([python.read(opened.source, config.aliases, named=_named(opened, config))])


def _elixir(opened: Opened, config: Config) -> Iterator[Any]:
    yield from _code(elixir.read(opened.source, config.aliases, named=_named(opened, config)))


def _named(opened: Opened, config: Config) -> bool:
    return any(config.matches(opened.source.path, glob) for glob in config.task_modules)


def _code(modules: Iterable[Module]) -> Iterator[Any]:
    for module in modules:
        if is_test(module.path):
            yield TestFile(module=module)
        else:
            yield from _clients(module)


def _clients(module: Module) -> Iterator[Any]:
    sure = [client for client in module.clients if client.sure > Sure.LIKELY]
    if sure:
        yield module
    for client in module.clients:
        if client not in sure:
            yield LikelyClient(module=module, client=client)
            continue
        yield TaskClient(module=module, client=client)
        for function in client.functions:
            yield TaskFunction(module=module, client=client, function=function)


_READERS: dict[str, _Reader] = {"json": _documents, "yaml": _documents, "python": _python, "elixir": _elixir}
