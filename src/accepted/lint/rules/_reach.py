"""What several rules for code share: what a function reaches, and how sure that is.

No rule stands here. A finding is an error only where the module itself shows it; what leads out of the module is
unknown, and an unknown call never makes an error.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from accepted.documents.code import Client, Function, Module
from accepted.documents.flow import Flow, Loop, Site, names_in
from accepted.documents.prose import word_set
from accepted.lint.subjects import TaskFunction

STATUS = word_set(
    "status state done is_done finished is_finished completed is_completed complete is_complete terminal "
    "is_terminal final is_final ready is_ready succeeded pending running in_progress"
)
"""Names that tell how a task stands."""

_AGAIN = re.compile(r"retr(?:y|ies|ied)|attempt|backoff|back_off|429|503|throttl|rate_?limit|limiter|\btries\b|\btry_")


@lru_cache(maxsize=4)
def flow(tree: ast.Module) -> Flow:
    """The calls of a module, worked out once."""
    return Flow(tree)


@lru_cache(maxsize=4)
def everything(tree: ast.Module) -> str:
    """All names and texts of a module, docstrings left out, to be searched for evidence."""
    docs = {id(one.value) for one in ast.walk(tree) if isinstance(one, ast.Expr)}
    found: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Constant(value=str() | int() as constant) if id(node) not in docs:
                found.add(str(constant)[:200].lower())
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.keyword(arg=str(name)) | ast.alias(name=name):
                found.add(name.lower())
            case _:
                pass
    return "\n".join(sorted(found))


def says(module: Module, pattern: str) -> bool:
    """Whether any name or text of the module's code matches, in lower case."""
    return module.tree is not None and bool(re.search(pattern, everything(module.tree)))


def sites(module: Module, function: Function) -> list[Site]:
    """Every call that a run of this function comes to."""
    if module.tree is None or function.node is None:
        return []
    return flow(module.tree).reached(function.node, function.owner)


def again(site: Site) -> bool:
    """Whether it belongs to the repetition of a request that failed, which is no waiting for a task."""
    return site.handled or any(_AGAIN.search(word) for word in (*site.guards, *map(str.lower, site.path)))


def asked_for(function: Function, site: Site) -> bool:
    """Whether only a caller who asked for it comes there: it is guarded by a parameter with a default."""
    return any(one.name.lower() in site.guards for one in function.parameters if one.default is not None)


def on_status(loop: Loop) -> bool:
    """Whether a loop looks at how a task stands."""
    return not STATUS.isdisjoint(names_in(loop))


def tests(loop: Loop) -> Iterator[ast.expr]:
    """What decides whether a loop goes on: its own test, and those inside of it."""
    if isinstance(loop, ast.While):
        yield loop.test
    yield from (one.test for one in ast.walk(loop) if isinstance(one, ast.If | ast.IfExp | ast.While | ast.Assert))


def leads_to(site: Site, functions: Iterable[Function], *, asynchronous: bool) -> bool:
    """Whether a call runs one of these functions; an inherited one is known by its name."""
    for one in functions:
        if site.target is not None and site.target is one.node:
            return site.followed
        inherited = site.target is None and site.dotted in {f"self.{one.name}", f"cls.{one.name}"}
        if inherited and not asynchronous:
            return True
    return False


def waiting(subject: TaskFunction) -> Iterator[tuple[Site, str, bool]]:
    """The calls by which a function that should not wait does: each with what it does, and whether that is certain."""
    function, client = subject.function, subject.client
    for site in sites(subject.module, function):
        if again(site) or asked_for(function, site):
            continue
        if leads_to(site, client.having("poll"), asynchronous=function.asynchronous):
            yield site, f"calls `{site.name}`", True
        elif site.sleeps:
            looped = [loop for loop in site.loops if on_status(loop)]
            yield site, "sleeps until a status changes" if looped else "sleeps", bool(looped or not site.loops)
        elif looked := _looks(subject, site):
            yield site, f"{looked[0]} in a loop on the status", looked[1]
        elif site.target is None and site.name in {"result", "wait", "wait_until_done"} and "." in site.dotted:
            yield site, f"calls `{site.name}`, which may wait", False


def _looks(subject: TaskFunction, site: Site) -> tuple[str, bool] | None:
    """What a call in a `while` does to see whether a status changed, and whether that is certain; None: nothing.

    A POST may ask or carry something there piece by piece, and so may a helper that is not seen through: neither is
    certain. PUT, PATCH and DELETE ask nothing.
    """
    if subject.module.tree is None or not any(on_status(one) for one in site.loops if isinstance(one, ast.While)):
        return None
    function, known = subject.function, flow(subject.module.tree)
    tested = any(not STATUS.isdisjoint(names_in(*tests(one))) for one in site.loops)
    if leads_to(site, subject.client.having("get"), asynchronous=function.asynchronous):
        return f"calls `{site.name}`", True
    if tested and known.is_http(site) and site.name not in {"put", "patch", "delete"}:
        return "sends requests", known.asks(site)
    if tested and site.followed and site.target is not None:
        asks = any(map(known.asks, known.reached(site.target, function.owner)))
        return (f"calls `{site.name}`", asks) if asks or site.name in STATUS else None
    return None


def way(site: Site) -> str:
    """How it gets there, where that is not direct."""
    return f" (through {' -> '.join(f'`{name}`' for name in site.path[1:])})" if len(site.path) > 1 else ""


def sends(module: Module, client: Client) -> bool:
    """Whether a create or poll of the client surely sends its requests itself, with a well-known HTTP library."""
    if module.tree is None:
        return False
    known = flow(module.tree)
    functions = (*client.having("create"), *client.having("poll"))
    return any(known.is_http(site) for one in functions for site in sites(module, one))
