"""What a function of a module comes to do: the calls that it reaches inside the module, each with what guards it.

What may live here: a small call graph over one syntax tree, made when a rule asks. It follows calls whose target
stands in the same module (functions, methods of the class and of its bases there) and nothing else: what leads out of
the module is a `Site` that is not followed. It never guesses: a call that only makes a coroutine, a generator or a
thread is not followed, since nothing of it runs there.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

Definition = ast.FunctionDef | ast.AsyncFunctionDef
Loop = ast.While | ast.For | ast.AsyncFor

_MOST_SITES = 5_000
"""Calls that are looked at from one function, at most: hostile modules call everything from everywhere."""

_HTTP = ("requests", "httpx", "httpx2", "urllib.request", "urllib3", "aiohttp", "http.client", "niquests")
_VERBS = frozenset({"get", "post", "put", "patch", "delete", "head", "request", "send", "urlopen", "getresponse"})
_ASKS = frozenset({"get", "head", "urlopen"})


@dataclass(frozen=True, slots=True, eq=False)
class Site:
    """A call that is reached.

    Attributes:
        call: where. `dotted`: its whole name, imports resolved (`time.sleep`); `?` stands for what has no name.
        holder: the function in which it stands. `path`: the names of the functions on the way to it.
        guards: every name, in lower case, in the tests, handlers and loops around it, on the whole way.
        handled: whether it stands in an `except`.
        loops: the loops around it, the outermost first.
        target: the definition in this module that it leads to, or None.
        followed: whether that runs right there.
    """

    call: ast.Call
    dotted: str
    holder: Definition
    path: tuple[str, ...]
    guards: frozenset[str]
    handled: bool
    loops: tuple[Loop, ...]
    target: Definition | None
    followed: bool

    @property
    def name(self) -> str:
        """The last part of its name, without underscores before it."""
        return self.dotted.rpartition(".")[2].lstrip("_")

    @property
    def sleeps(self) -> bool:
        """Whether it is a sleep."""
        return self.target is None and self.name in {"sleep", "sleep_for", "sleep_until", "async_sleep"}


@dataclass(slots=True)
class _Around:
    """What stands around a node on the way down."""

    guards: frozenset[str] = frozenset()
    handled: bool = False
    loops: tuple[Loop, ...] = ()


@dataclass(frozen=True, slots=True)
class _Inside:
    """What stands in one function: functions, calls with their parent and what is around them there, names.

    `http`: its variables and parameters that hold a client of a well-known HTTP library.
    """

    functions: Mapping[str, Definition]
    calls: list[tuple[ast.Call, ast.AST, _Around]]
    names: frozenset[str]
    http: frozenset[str]


@dataclass(slots=True)
class Flow:
    """The calls of one module."""

    tree: ast.Module
    functions: dict[str, Definition] = field(init=False)
    classes: dict[str, ast.ClassDef] = field(init=False)
    imports: dict[str, str] = field(init=False)
    http_attributes: frozenset[str] = field(init=False)
    http_variables: frozenset[str] = field(init=False)
    _reached: dict[tuple[Definition, str], list[Site]] = field(
        init=False, default_factory=dict[tuple[Definition, str], list[Site]]
    )
    _generators: dict[Definition, bool] = field(init=False, default_factory=dict[Definition, bool])
    _insides: dict[Definition, _Inside] = field(init=False, default_factory=dict[Definition, "_Inside"])

    def __post_init__(self) -> None:
        """Index what the module defines and imports."""
        nodes = list(ast.walk(self.tree))
        self.classes = {one.name: one for one in nodes if isinstance(one, ast.ClassDef)}
        inside = {id(one) for parent in self.classes.values() for one in parent.body}
        self.functions = {
            one.name: one for one in reversed(nodes) if isinstance(one, Definition) and id(one) not in inside
        }
        self.imports = dict(_imports(nodes))
        self.http_attributes = frozenset(
            one.attr
            for one in self._made_of_http(nodes)
            if isinstance(one, ast.Attribute) and isinstance(one.value, ast.Name) and one.value.id == "self"
        )
        self.http_variables = _variables(self._made_of_http(self.tree.body))

    def _made_of_http(self, nodes: Iterable[ast.AST]) -> Iterator[ast.expr | ast.arg]:
        """What holds a client of a well-known HTTP library: `self._http = httpx.Client()`, `with Session() as http`."""
        for node in nodes:
            match node:
                case ast.Assign(targets=[held], value=ast.Call(func=kind)):
                    pass
                case ast.AnnAssign(target=held, value=ast.Call(func=kind)):
                    pass
                case ast.withitem(optional_vars=ast.expr() as held, context_expr=ast.Call(func=kind)):
                    pass
                case ast.arg(annotation=ast.expr() as kind) as held:
                    pass
                case _:
                    continue
            if self._of_http(kind):
                yield held

    def _of_http(self, kind: ast.expr) -> bool:
        """Whether it is a class of a well-known HTTP library: what its functions answer is no client."""
        dotted = self.dotted(kind)
        return dotted.startswith(_HTTP) and dotted.lower().endswith(("client", "session", "manager", "connection"))

    def dotted(self, node: ast.expr) -> str:
        """The name of what is called, with what it was imported as."""
        parts: list[str] = []
        while True:
            match node:
                case ast.Attribute(value=inner, attr=name):
                    parts.append(name)
                    node = inner
                case ast.Name(id=name):
                    parts.append(self.imports.get(name, name))
                    break
                case _:
                    parts.append("?")
                    break
        return ".".join(reversed(parts))

    def is_http(self, site: Site) -> bool:
        """Whether a call surely sends a request with a well-known library."""
        match site.call.func:
            case ast.Attribute(value=ast.Attribute(value=ast.Name(id="self"), attr=holder), attr=verb):
                return holder in self.http_attributes and verb in _VERBS
            case ast.Attribute(value=ast.Name(id=holder), attr=verb) if holder in self._http(site.holder):
                return verb in _VERBS
            case _:
                return site.target is None and site.dotted.startswith(_HTTP) and site.name in _VERBS

    def asks(self, site: Site) -> bool:
        """Whether that request only looks at something."""
        match site.call.args:
            case [ast.Constant(value=str(method)), *_] if site.name == "request":
                verb = method.lower()
            case _:
                verb = site.name
        return self.is_http(site) and verb in _ASKS

    def _http(self, node: Definition) -> frozenset[str]:
        return self.http_variables | self._inside(node).http

    def reached(self, node: Definition, owner: str) -> list[Site]:
        """Every call that a run of this function may come to, callees in the module followed once each."""
        key = (node, owner)
        if key not in self._reached:
            self._reached[key] = self._walked(node, owner)
        return self._reached[key]

    def _walked(self, node: Definition, owner: str) -> list[Site]:
        found: list[Site] = []
        seen: set[Definition] = set()
        todo: list[tuple[Definition, str, tuple[str, ...], _Around]] = [(node, owner, (node.name,), _Around())]
        while todo and len(found) < _MOST_SITES:
            one, scope, path, around = todo.pop(0)
            if one in seen:
                continue
            seen.add(one)
            for site, its_scope in self._sites(one, scope, path, around):
                found.append(site)
                if site.followed and site.target is not None:
                    inner = _Around(site.guards, site.handled, site.loops)
                    todo.append((site.target, its_scope, (*path, site.target.name), inner))
        return found

    def _sites(
        self, node: Definition, owner: str, path: tuple[str, ...], around: _Around
    ) -> Iterator[tuple[Site, str]]:
        inside = self._inside(node)
        for call, parent, inner in inside.calls:
            target, scope = self._target(call.func, owner, inside.functions)
            yield (
                Site(
                    call=call,
                    dotted=self.dotted(call.func),
                    holder=node,
                    path=path,
                    guards=around.guards | inner.guards,
                    handled=around.handled or inner.handled,
                    loops=(*around.loops, *inner.loops),
                    target=target,
                    followed=target is not None and self._runs(target, parent),
                ),
                scope,
            )

    def names(self, node: Definition) -> frozenset[str]:
        """`names_in` of a function."""
        return self._inside(node).names

    def _inside(self, node: Definition) -> _Inside:
        """What stands in a function, looked through once: a helper is reached from many tests."""
        if node not in self._insides:
            self._insides[node] = _Inside(
                functions={one.name: one for one in ast.walk(node) if isinstance(one, Definition) and one is not node},
                calls=list(_calls(node)),
                names=names_in(node),
                http=_variables(self._made_of_http(ast.walk(node))),
            )
        return self._insides[node]

    def _target(self, func: ast.expr, owner: str, local: Mapping[str, Definition]) -> tuple[Definition | None, str]:
        match func:
            case ast.Name(id=name):
                return local.get(name) or self.functions.get(name), owner if name in local else ""
            case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name):
                return self._method(owner, name), owner
            case ast.Attribute(value=ast.Call(func=ast.Name(id="super")), attr=name):
                bases = [_name(base) for base in self.classes[owner].bases] if owner in self.classes else []
                return next((found for base in bases if (found := self._method(base, name))), None), owner
            case ast.Attribute(value=ast.Name(id=holder), attr=name) if holder in self.classes:
                return self._method(holder, name), holder
            case _:
                return None, owner

    def _method(self, owner: str, name: str) -> Definition | None:
        """The method of a class or of its bases in this module."""
        wanted, seen = [owner], set[str]()
        while wanted:
            holder = wanted.pop(0)
            if holder in seen or holder not in self.classes:
                continue
            seen.add(holder)
            for one in self.classes[holder].body:
                if isinstance(one, Definition) and one.name == name:
                    return one
            wanted += [_name(base) for base in self.classes[holder].bases]
        return None

    def _runs(self, target: Definition, parent: ast.AST) -> bool:
        """Whether a call of this target runs it there: a coroutine when it is awaited, a generator when it is read."""
        if target not in self._generators:
            self._generators[target] = _generates(target)
        if self._generators[target]:
            return isinstance(parent, ast.For | ast.AsyncFor | ast.YieldFrom | ast.Starred | ast.comprehension)
        return isinstance(parent, ast.Await) or not isinstance(target, ast.AsyncFunctionDef)


def _variables(held: Iterable[ast.expr | ast.arg]) -> frozenset[str]:
    """The names among what holds something."""
    return frozenset(
        one.id if isinstance(one, ast.Name) else one.arg for one in held if isinstance(one, ast.Name | ast.arg)
    )


def _name(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Subscript(value=inner):
            return _name(inner)
        case _:
            return ""


def _imports(nodes: list[ast.AST]) -> Iterator[tuple[str, str]]:
    for node in nodes:
        match node:
            case ast.Import(names=names):
                for one in names:
                    if one.asname:
                        yield one.asname, one.name
            case ast.ImportFrom(module=str(module), names=names):
                for one in names:
                    yield one.asname or one.name, f"{module}.{one.name}"
            case _:
                pass


def names_in(*nodes: ast.AST | None) -> frozenset[str]:
    """Every name, attribute, keyword and text in these nodes, in lower case, and numbers as text."""
    found: set[str] = set()
    for node in nodes:
        for one in ast.walk(node) if node is not None else ():
            match one:
                case ast.Name(id=name) | ast.Attribute(attr=name) | ast.keyword(arg=str(name)) | ast.arg(arg=name):
                    found.add(name.lower())
                case ast.Constant(value=str() | int() as constant) if not isinstance(constant, bool):
                    found.add(str(constant).lower()[:100])
                case _:
                    pass
    return frozenset(found)


_Step = tuple[ast.AST, ast.AST, _Around]


def _calls(node: Definition) -> Iterator[tuple[ast.Call, ast.AST, _Around]]:
    """The calls that stand in a function, with their parent and what is around them; not those of nested functions."""
    stack: list[_Step] = [(one, node, _Around()) for one in reversed(node.body)]
    while stack:
        one, parent, here = stack.pop()
        if isinstance(one, Definition | ast.ClassDef | ast.Lambda):
            continue
        if isinstance(one, ast.Call):
            yield one, parent, here
        stack.extend(reversed(list(_below(one, here))))


def _below(node: ast.AST, here: _Around) -> Iterator[_Step]:
    """The children of a node with what is around each."""
    match node:
        case ast.If(test=test) | ast.IfExp(test=test):
            inner = _Around(here.guards | names_in(test), here.handled, here.loops)
        case ast.While(test=test):
            inner = _Around(here.guards | names_in(test), here.handled, (*here.loops, node))
        case ast.For(target=target, iter=given) | ast.AsyncFor(target=target, iter=given):
            inner = _Around(here.guards | names_in(target, given), here.handled, (*here.loops, node))
        case ast.ExceptHandler(type=kind):
            inner = _Around(here.guards | names_in(kind), True, here.loops)
        case ast.With(items=items) | ast.AsyncWith(items=items):
            inner = _Around(here.guards | names_in(*items), here.handled, here.loops)
        case _:
            inner = here
    for child in ast.iter_child_nodes(node):
        yield child, node, inner


def _generates(node: Definition) -> bool:
    stack: list[ast.AST] = list(node.body)
    while stack:
        one = stack.pop()
        if isinstance(one, ast.Yield | ast.YieldFrom):
            return True
        if not isinstance(one, Definition | ast.Lambda | ast.ClassDef):
            stack.extend(ast.iter_child_nodes(one))
    return False
