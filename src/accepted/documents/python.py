"""Python source as clients of tasks: read by its syntax tree, and never imported.

What may live here: from a `Source` to a `Module`, with its public functions, docstrings, clients and their places.
What a contract says is read in `declared`; what functions do, when a rule asks, in `flow`.

Hostile source is refused by name: whatever Python itself will not parse (a NUL, nesting without end) is `Unreadable`.
"""

from __future__ import annotations

import ast
import inspect
import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from accepted.documents import declared
from accepted.documents.code import (
    Client,
    Declared,
    Docs,
    Function,
    Module,
    Parameter,
    Role,
    Route,
    Sure,
    canonical,
    declared_role,
    roles,
)
from accepted.documents.prose import LONGEST
from accepted.documents.sections import derived
from accepted.documents.source import Place, Source, Unreadable

_NO_NAMES: Mapping[str, tuple[str, ...]] = {}

Definition = ast.FunctionDef | ast.AsyncFunctionDef


def parse(source: Source) -> ast.Module:
    """The syntax tree.

    Raises:
        Unreadable: with line and column where Python tells them.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an escape that Python warns of is not our business
            return ast.parse(source.text)
    except SyntaxError as error:
        line, column = error.lineno or 0, max(error.offset or 1, 1)
        raise Unreadable(source.path, f"this is not Python: {error.msg}", line=line, column=column) from None
    except (RecursionError, MemoryError):
        raise Unreadable(source.path, "it is nested too deeply") from None
    except ValueError as error:
        raise Unreadable(source.path, f"this is not Python: {error}") from None


def read(source: Source, aliases: Mapping[str, Iterable[str]] = _NO_NAMES, *, named: bool = False) -> Module:
    """A module with its clients.

    `aliases`: role -> names that configuration gives it. `named`: configuration says that this is a task module, so
    that one create or one poll is enough.

    Example:
        `read(load("client.py")).clients[0].one("create")`

    Raises:
        Unreadable: as `parse`.
    """
    try:
        return _Reading(source, parse(source)).module(aliases, named=named)
    except RecursionError:
        raise Unreadable(source.path, "it is nested too deeply") from None


@dataclass(frozen=True, slots=True)
class _Scope:
    """The functions of a class, or those of a module (no class)."""

    node: ast.ClassDef | None
    functions: tuple[Function, ...]


@dataclass(frozen=True, slots=True)
class _Reading:
    source: Source
    tree: ast.Module

    def module(self, aliases: Mapping[str, Iterable[str]], *, named: bool) -> Module:
        scopes = list(self.scopes())
        docs = self.docs(self.tree, self.source.at(0, 0))
        clients = [client for scope in scopes for client in self.clients(scope, aliases, named=named)]
        contracts = [self.derived(one) for one in declared.contracts(self.tree, self.source)]
        return Module(
            path=self.source.path,
            language="python",
            text=self.source.text,
            docs=docs,
            clients=tuple(_surest([*contracts, *clients], docs)),
            functions=tuple(one for scope in scopes for one in scope.functions),
            tree=self.tree,
        )

    def derived(self, contract: Declared) -> Client:
        """The client that a contract stands for: its verbs say what the contract says."""
        nothing = Docs(text="", place=contract.place)
        functions = tuple(derived(contract))
        name = contract.service
        return Client(
            name=name, place=contract.place, docs=nothing, sure=Sure.DECLARED, functions=functions, declared=contract
        )

    def scopes(self) -> Iterator[_Scope]:
        """The module itself, then its classes."""
        body = list(_top(self.tree.body))
        yield _Scope(None, tuple(self.functions(body, "")))
        bases = {one.name: one for one in body if isinstance(one, ast.ClassDef)}
        for one in bases.values():
            if not one.name.startswith("_"):
                yield _Scope(one, tuple(self.inherited(one, bases)))

    def inherited(self, node: ast.ClassDef, known: Mapping[str, ast.ClassDef]) -> Iterator[Function]:
        """The methods of a class, and those of private bases in the same module, which are public through it."""
        found = {
            one.name: one
            for base in reversed(list(_bases(node, known)))
            for one in self.functions(base.body, base.name)
        }
        yield from found.values()

    def clients(self, scope: _Scope, aliases: Mapping[str, Iterable[str]], *, named: bool) -> Iterator[Client]:
        found = list(roles(scope.functions, aliases))
        if not found and named:
            found = [
                (one, role, Sure.DECLARED)
                for one in scope.functions
                if (role := declared_role(one, aliases) or canonical(one.name))
            ]
        if not {"create", "poll"} & {role for _, role, _ in found}:
            return
        node = scope.node
        place = self.name(node) if node else self.source.at(0, 0)
        functions = sorted(
            (replace(one, role=role) for one, role, _ in found), key=lambda one: canonical(one.name) is None
        )
        yield Client(
            name=node.name if node else "",
            place=place,
            docs=self.docs(node, place) if node else Docs(text="", place=place),
            sure=Sure.DECLARED if named else found[0][2],
            functions=tuple(functions),
            confirmed=frozenset(name for names in aliases.values() for name in names),
        )

    def functions(self, body: Iterable[ast.stmt], owner: str) -> Iterator[Function]:
        last = {one.name: one for one in _top(body) if isinstance(one, Definition) and _public(one)}
        for one in last.values():
            yield self.function(one, owner)

    def function(self, node: Definition, owner: str) -> Function:
        place = self.name(node)
        role, route, codes = _tagged(node)
        bound = bool(owner) and "staticmethod" not in {_last(one) for one in node.decorator_list}
        return Function(
            name=node.name,
            owner=owner,
            place=place,
            docs=self.docs(node, place),
            role=role,
            parameters=tuple(_parameters(node.args))[bound:],
            returns=ast.unparse(node.returns) if node.returns else "",
            asynchronous=isinstance(node, ast.AsyncFunctionDef),
            node=node,
            route=route,
            codes=codes,
        )

    def name(self, node: Definition | ast.ClassDef) -> Place:
        """Where the name of a definition stands."""
        # Decorators are not counted: the line of `def` and `class` is the node's own.
        begin = self.source.span(node.lineno, node.col_offset)
        start = self.source.text.find(node.name, begin.start)
        return self.source.at(start, start + len(node.name)) if start >= 0 else begin

    def docs(self, node: Definition | ast.ClassDef | ast.Module, place: Place) -> Docs:
        match node.body:
            case [ast.Expr(value=ast.Constant(value=str(text)) as literal), *_]:
                at = self.source.span(
                    literal.lineno,
                    literal.col_offset,
                    literal.end_lineno or literal.lineno,
                    literal.end_col_offset or 0,
                )
                return _docs(self.source, at, text)
            case _:
                return Docs(text="", place=place)


def _docs(source: Source, at: Place, text: str) -> Docs:
    """A docstring; only one in plain triple quotes takes an addition."""
    written, line = source.text[at.start : at.end], source.line(at.line)
    plain = written.startswith(('"""', "'''")) and written.endswith(('"""', "'''"))
    indent = line[: len(line) - len(line.lstrip(" \t"))]
    body = written[:-3]
    told = body.rstrip()
    space = body[len(told) :]
    if "\n" not in space and not indent.endswith(space):  # it cannot become a part of the indentation
        told, space = body, ""
    return Docs(
        text=inspect.cleandoc(text)[:LONGEST],
        place=at,
        end=at.start + len(told) if plain and len(body.rstrip()) > 3 else None,
        indent=indent,
        closing="" if "\n" in space else f"\n{indent.removesuffix(space)}",
    )


def _surest(clients: Iterable[Client], docs: Docs) -> Iterator[Client]:
    """Where the module itself names the pattern, what was likely is sure."""
    for client in clients:
        told = f"{docs.text} {client.docs.text}".lower()
        marked = client.sure is Sure.LIKELY and "async request-reply" in told
        yield replace(client, sure=Sure.NAMED) if marked else client


ROLES: tuple[Role, ...] = ("create", "poll", "get", "list", "cancel")


def _top(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements that run when a module or class is made, also those below `if`, `try` and `with`."""
    stack = list(body)[::-1]
    while stack:
        one = stack.pop()
        match one:
            case ast.If(body=inside, orelse=other):
                stack += [*inside, *other][::-1]
            case ast.Try(body=inside, handlers=handlers, orelse=other, finalbody=final):
                stack += [*inside, *(line for one in handlers for line in one.body), *other, *final][::-1]
            case ast.With(body=inside):
                stack += inside[::-1]
            case _:
                yield one


def _bases(node: ast.ClassDef, known: Mapping[str, ast.ClassDef]) -> Iterator[ast.ClassDef]:
    """The class, and its bases in the module that are not public themselves; each once."""
    seen: dict[str, ast.ClassDef] = {}
    wanted = [node]
    while wanted:
        one = wanted.pop()
        if one.name in seen:
            continue
        seen[one.name] = one
        wanted += [known[name] for base in one.bases if (name := _last(base)) in known and name.startswith("_")]
    yield from seen.values()


def _last(node: ast.expr) -> str:
    """The last name of an expression: `abc.abstractmethod` -> `abstractmethod`, `Generic[T]` -> `Generic`."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Call(func=inner) | ast.Subscript(value=inner):
            return _last(inner)
        case _:
            return ""


_HIDDEN = {"overload", "property", "cached_property", "setter", "deleter"}


def _public(node: Definition) -> bool:
    return not node.name.startswith("_") and _HIDDEN.isdisjoint(_last(one) for one in node.decorator_list)


def _parameters(given: ast.arguments) -> Iterator[Parameter]:
    positional = [*given.posonlyargs, *given.args]
    without = len(positional) - len(given.defaults)
    defaults = [None] * without + [ast.unparse(one) for one in given.defaults]
    for one, default in zip(positional, defaults, strict=True):
        yield Parameter(name=one.arg, default=default)
    if given.vararg:
        yield Parameter(name=given.vararg.arg, rest=True)
    for one, written in zip(given.kwonlyargs, given.kw_defaults, strict=True):
        yield Parameter(name=one.arg, default=ast.unparse(written) if written else None)
    if given.kwarg:
        yield Parameter(name=given.kwarg.arg, rest=True)


def _tagged(node: Definition) -> tuple[Role | None, Route | None, tuple[int, ...]]:
    """What `@accepted.step(1, of=2, role="create", http="POST /tasks", codes=[202])` says."""
    for one in node.decorator_list:
        if isinstance(one, ast.Call) and _last(one) == "step":
            said = {word.arg: declared.value(word.value) for word in one.keywords if word.arg}
            for role in ROLES:
                if role == said.get("role"):
                    method, _, path = str(said.get("http") or "").partition(" ")
                    return role, Route(method, path) if path else None, declared.numbers(said.get("codes"))
    return None, None, ()
