"""Task clients in source code, whatever the language: modules, their clients and functions, and which does what.

What may live here: plain values, and how a name tells its role. Reading a language is `python` and `elixir`.

A client is whatever defines a create and a poll side by side: a class, the functions of a module, or a contract, whose
client is derived from it. How sure that is stands with it (`Sure`): nothing is said of what is only likely.
"""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Literal

from accepted.documents.source import Place

Language = Literal["python", "elixir"]
Role = Literal["create", "poll", "get", "list", "cancel"]

CANONICAL: Mapping[Role, tuple[str, ...]] = {
    "create": ("create_task",),
    "poll": ("poll_task",),
    "get": ("get_status", "get_task"),
    "list": ("list_tasks",),
    "cancel": ("cancel_task",),
}
"""The names of the pattern; each first one is what a finding proposes."""


class Sure(IntEnum):
    """How sure it is that a client is one of tasks."""

    LIKELY = 1
    NAMED = 2
    DECLARED = 3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Docs:
    """A docstring.

    Attributes:
        text: without its indentation; empty where there is none.
        place: the literal in the file, or where it would be.
        end: the offset behind its last word, at which something can be added; None where nothing can.
        indent: what its lines begin with in the file.
        closing: what has to follow an addition, so that the closing quotes stand in a line of their own.
    """

    text: str
    place: Place
    end: int | None = None
    indent: str = ""
    closing: str = ""

    def appended(self, section: str) -> str:
        """A section as it is to stand at `end`: below an empty line, and with the closing quotes below it."""
        return f"\n\n{textwrap.indent(section, self.indent)}{self.closing}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One parameter; `default` as it is written, None where it must be given. `rest`: `*args` or `**kwargs`."""

    name: str
    default: str | None = None
    rest: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Function:
    """A public function or method.

    Attributes:
        owner: the class that defines it, or empty.
        place: its name in the file.
        role: what it does in the pattern, or None.
        parameters: without `self`.
        returns: the annotation as it is written, or empty.
        node: its syntax tree; None in languages that are read as text, and for derived functions.
        route, codes: what a decorator or a contract says it sends and is answered, refusals too.
    """

    name: str
    owner: str = ""
    place: Place
    docs: Docs
    role: Role | None = None
    parameters: tuple[Parameter, ...] = ()
    returns: str = ""
    asynchronous: bool = False
    node: ast.FunctionDef | ast.AsyncFunctionDef | None = None
    route: Route | None = None
    codes: tuple[int, ...] = ()

    @property
    def qualified(self) -> str:
        """The name with its class before it."""
        return f"{self.owner}.{self.name}" if self.owner else self.name

    @property
    def call(self) -> str:
        """A call with all that must be given, each parameter standing for itself: `poll_report(token, report_id)`."""
        named = {one.arg for one in self.node.args.kwonlyargs} if self.node else set[str]()
        given = (one.name for one in self.parameters if one.default is None and not one.rest)
        return f"{self.name}({', '.join(f'{name}={name}' if name in named else name for name in given)})"

    @property
    def successes(self) -> tuple[int, ...]:
        """The codes of its success."""
        return tuple(code for code in self.codes if code < 400)


@dataclass(frozen=True, slots=True)
class Route:
    """A method and a path, as in `POST /tasks`."""

    method: str
    path: str

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """What a contract says statically; a field that cannot be read without running it is None.

    Attributes:
        service: its name. `title`: as people call it.
        create, poll: the routes of their steps, in order. `codes`: their success codes.
        listed: whether it has a listing.
        statuses: every canonical word it can come to -> whether it is final.
        longest_wait: seconds, for polls without a timeout.
        inputs: what an example creates a task from.
    """

    service: str
    title: str
    place: Place
    create: tuple[Route, ...] | None
    poll: tuple[Route, ...] | None
    codes: tuple[int, ...] = (200,)
    listed: bool | None
    statuses: Mapping[str, bool] | None
    longest_wait: float | None = None
    inputs: Mapping[str, object] = field(default_factory=dict[str, object])
    places: Mapping[str, Place] = field(default_factory=dict[str, Place])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Client:
    """What defines a create and a poll.

    Attributes:
        name: of the class, `contract` for a derived one, or empty for the functions of a module.
        functions: those with a role.
        declared: what the contract says that it is derived from, or None.
        confirmed: the names that configuration gives their roles.
    """

    name: str
    place: Place
    docs: Docs
    sure: Sure
    functions: tuple[Function, ...]
    declared: Declared | None = None
    confirmed: frozenset[str] = frozenset()

    def having(self, role: Role) -> tuple[Function, ...]:
        """All functions of that role, the plainest name first."""
        return tuple(one for one in self.functions if one.role == role)

    def one(self, role: Role) -> Function | None:
        """The first function of that role."""
        return next(iter(self.having(role)), None)

    def companion(self, function: Function) -> Function | None:
        """The poll of a create and the other way round, of the same colour where there are two."""
        other = self.having("poll" if function.role == "create" else "create")
        return next((one for one in other if one.asynchronous == function.asynchronous), next(iter(other), None))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Module:
    """A source file with what is public in it.

    Attributes:
        clients: what defines a create and a poll; none: the module is no task module.
        functions: every public function, methods too.
        tree: of Python, else None.
    """

    path: str
    language: Language
    text: str
    docs: Docs
    clients: tuple[Client, ...]
    functions: tuple[Function, ...]
    tree: ast.Module | None = None

    @property
    def told(self) -> str:
        """What the module and its clients say of the pattern as a whole."""
        return "\n\n".join(filter(None, (self.docs.text, *(client.docs.text for client in self.clients))))


# ---- roles by name

_NOUN = (
    r"(?P<noun>(?:\w+_)?(?:task|job|run|session|batch|operation|prediction|transcription|transcript|workflow|render|export"
    r"|import|report|generation|query|execution|build|training|inference))"
)
_STARTS = "create|submit|start|launch|enqueue|begin|schedule|trigger|queue"
_ENDS = "completion|complete|completed|result|results|output|done|finish|finished|end|ready|final|status|to_finish"
_WAITS = "poll_until|poll_for|poll|wait_for|wait_until|wait_on|wait|await"

_LIKE: tuple[tuple[Role, str], ...] = (
    ("create", rf"(?:{_STARTS})_{_NOUN}"),
    ("poll", rf"(?:{_WAITS})_{_NOUN}(?:_(?:until_)?(?:{_ENDS}))?"),
    ("poll", r"(?:poll_until|wait_for|wait_until)_(?:completion|completed?|results?|done|finish(?:ed)?)"),
    ("get", rf"(?:get|retrieve|fetch|check|describe|read)_(?:{_NOUN}(?:_(?:status|state))?|status|state)"),
    ("list", rf"list_(?:{_NOUN}e?s|{_NOUN.replace('<noun>', '<other>')}ies)"),
    ("cancel", rf"(?:cancel|stop|abort|terminate)_{_NOUN}"),
)
_BARE: tuple[tuple[Role, str], ...] = (
    ("create", "create|submit"),
    ("poll", "poll"),
    ("get", "get|retrieve|status"),
    ("list", "list"),
    ("cancel", "cancel"),
)
_SCHEDULE = re.compile(r"_(?:cron|periodic|recurring|scheduled)_")
"""What is done again and again: `create_scheduled_job` makes a schedule, and `wait_for_job` waits for none."""

_COLOUR = re.compile(r"^(?:async_|a(?=(?:create|poll|get|list|cancel)_))|_(?:async|sync|aio)$")
_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")

_LOOPS = frozenset({"coro", "coroutine", "coro_or_task", "awaitable", "func", "fn", "function", "callable", "message"})
"""First parameters of a `create_task` that makes a task of an event loop or a worker, and not one of a service."""


def plain(name: str) -> str:
    """A name in lower case with underscores, without the mark of its colour: `submitJobAsync` -> `submit_job`."""
    return _COLOUR.sub("", _written(name))


def _written(name: str) -> str:
    return _WORD.sub("_", name).lower()


def coloured(name: str, like: str) -> str:
    """A name of the pattern in the colour of another name: `create_task`, `submitJobAsync` -> `create_task_async`."""
    return _written(like).replace(plain(like), name, 1)


def canonical(name: str) -> Role | None:
    """The role of a name of the pattern."""
    return next((role for role, names in CANONICAL.items() if plain(name) in names), None)


@dataclass(frozen=True, slots=True)
class _Guess:
    role: Role
    noun: str
    sure: Sure


def _guess(function: Function, aliases: Mapping[str, Iterable[str]]) -> _Guess | None:
    declared = declared_role(function, aliases)
    told = _by_name(function)
    if declared:
        # Its name may tell what else is of the same noun.
        return _Guess(declared, told.noun if told and told.role == declared else "", Sure.DECLARED)
    return told


def declared_role(function: Function, aliases: Mapping[str, Iterable[str]]) -> Role | None:
    """The role that configuration or a decorator gives."""
    for role in CANONICAL:
        if function.name in aliases.get(role, ()):
            return role
    return function.role


def _by_name(function: Function) -> _Guess | None:
    name = plain(function.name)
    tables = ((_LIKE, Sure.NAMED), (_BARE, Sure.LIKELY)) if function.owner else ((_LIKE, Sure.NAMED),)
    if "_and_" in name or _SCHEDULE.search(name):  # `create_and_poll` is both, and neither
        return None
    for table, sure in tables:
        for role, pattern in table:
            if found := re.fullmatch(pattern, name):
                return _Guess(role, (found.groupdict().get("noun") or ""), sure)
    return None


def _no_loop(function: Function) -> bool:
    return not (function.parameters and function.parameters[0].name in _LOOPS)


def roles(functions: Iterable[Function], aliases: Mapping[str, Iterable[str]]) -> Iterator[tuple[Function, Role, Sure]]:
    """The functions that belong to the pattern; nothing where there is no create with its poll.

    `aliases`: role -> names, from configuration: they are sure. Otherwise the name tells, a verb with the noun of
    something that takes long; a create and a poll belong together by their noun. `create` beside `poll` is likely.
    Beside such a pair, the names of the pattern itself count whatever the noun is.
    """
    guessed = [(one, found) for one in functions if _no_loop(one) and (found := _guess(one, aliases))]
    creates = [found for _, found in guessed if found.role == "create"]
    polls = [found for _, found in guessed if found.role == "poll"]
    pairs = [(create, poll) for create in creates for poll in polls if _alike(create.noun, poll.noun)]
    # The best pair alone counts: a client with `create_task` may have a plain `create` of something else.
    sure = max((min(create.sure, poll.sure) for create, poll in pairs), default=None)
    if sure is None:
        return
    nouns = [create.noun for create, poll in pairs if min(create.sure, poll.sure) == sure]
    for function, guess in guessed:
        known = guess.sure >= sure
        belongs = any(_alike(guess.noun, noun) and (known or (guess.noun and noun)) for noun in nouns)
        if belongs or canonical(function.name):
            yield function, guess.role, sure


def _alike(one: str, other: str) -> bool:
    return not (one and other) or one.endswith(other) or other.endswith(one)
