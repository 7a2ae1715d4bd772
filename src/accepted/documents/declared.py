"""What a contract says, read from the source that declares it.

What may live here: the assignment `contract = Contract(...)` in a syntax tree, with the constants, steps and words that
it names in the same module. Nothing is run or imported: what only running it would tell is unknown (None), and rules
say nothing of it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from accepted.core.task import Status
from accepted.documents.code import Declared, Route
from accepted.documents.source import Source

_DEEPEST = 20


def value(node: ast.expr) -> Any:
    """A literal as a value, or None."""
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None


def numbers(found: Any) -> tuple[int, ...]:
    """The whole numbers of a list or tuple; none where it is something else."""
    given = cast("list[Any]", found) if isinstance(found, list | tuple) else []
    return tuple(one for one in given if isinstance(one, int))


def contracts(tree: ast.Module, source: Source) -> Iterator[Declared]:
    """Every contract that a module assigns at its top."""
    names = dict(_constants(tree))
    for node in tree.body:
        match node:
            case ast.Assign(value=ast.Call() as call) | ast.AnnAssign(value=ast.Call() as call) if (
                _called(call) == "Contract"
            ):
                fields = {one.arg: one.value for one in call.keywords if one.arg}
                if {"name", "create"} <= set(fields):
                    yield _Contract(fields, names, source).declared(call)
            case _:
                pass


def _constants(tree: ast.Module) -> Iterator[tuple[str, ast.expr]]:
    for node in tree.body:
        match node:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=given)
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as given)
            ):
                yield name, given
            case _:
                pass


def _called(call: ast.Call) -> str:
    match call.func:
        case (
            ast.Name(id=name)
            | ast.Attribute(attr=name)
            | ast.Subscript(value=ast.Name(id=name) | ast.Attribute(attr=name))
        ):
            return name
        case _:
            return ""


@dataclass(frozen=True, slots=True)
class _Contract:
    fields: Mapping[str, ast.expr]
    names: Mapping[str, ast.expr]
    source: Source

    def declared(self, call: ast.Call) -> Declared:
        create, poll = self.operation("create"), self.operation("poll")
        steps = [*(create or ()), *(poll or ())]
        wait = value(self.resolved(self.fields["longest_wait"])) if "longest_wait" in self.fields else 24 * 3600.0
        wait = _number(self.fields["longest_wait"]) if wait is None else wait
        inputs = value(self.fields["example_inputs"]) if "example_inputs" in self.fields else None
        return Declared(
            service=self.text("name"),
            title=self.text("title"),
            place=self.source.span(call.lineno, call.col_offset, call.func.end_lineno, call.func.end_col_offset),
            create=_routes(create),
            poll=_routes(poll),
            codes=tuple(sorted({code for step in steps for code in self.codes(step)})) or (200,),
            listed=self.has("listing"),
            statuses=self.statuses(),
            longest_wait=wait if isinstance(wait, int | float) else None,
            inputs=cast("dict[str, object]", inputs) if isinstance(inputs, dict) else {},
            places={
                name: self.source.span(one.lineno, one.col_offset, one.end_lineno, one.end_col_offset)
                for name, one in self.fields.items()
            },
        )

    def text(self, name: str) -> str:
        found = value(self.resolved(self.fields[name])) if name in self.fields else None
        return found if isinstance(found, str) else ""

    def has(self, name: str) -> bool:
        return name in self.fields and not _is_none(self.fields[name])

    def resolved(self, node: ast.expr) -> ast.expr:
        """A name as what it stands for, if that is a constant of this module."""
        for _ in range(_DEEPEST):
            if not (isinstance(node, ast.Name) and node.id in self.names):
                break
            node = self.names[node.id]
        return node

    def operation(self, name: str) -> tuple[Mapping[str, ast.expr], ...] | None:
        """The fields of each step; None where they cannot be read, empty where there is no such operation."""
        node = self.resolved(self.fields[name]) if name in self.fields else ast.Constant(None)
        if _is_none(node):
            return ()
        if not isinstance(node, ast.Tuple | ast.List):
            return None
        steps = [self.step(one) for one in node.elts]
        known = [one for one in steps if one is not None]
        return tuple(known) if len(known) == len(steps) else None

    def step(self, node: ast.expr, depth: int = 0) -> Mapping[str, ast.expr] | None:
        """The fields of `Step(...)`, of a constant that is one, or of `replace(a step, ...)`."""
        node = self.resolved(node)
        if not isinstance(node, ast.Call) or depth > _DEEPEST:
            return None
        given = {one.arg: one.value for one in node.keywords if one.arg}
        match _called(node), node.args:
            case "Step", _:
                return given
            case "replace", [first, *_]:
                base = self.step(first, depth + 1)
                return None if base is None else {**base, **given}
            case _:
                return None

    def codes(self, step: Mapping[str, ast.expr]) -> tuple[int, ...]:
        return numbers(value(self.resolved(step["codes"]))) if "codes" in step else (200,)

    def statuses(self) -> Mapping[str, bool] | None:
        """The canonical words that `words` and `examples` name."""
        tables = [self.resolved(self.fields[name]) for name in ("words", "examples") if name in self.fields]
        named = {
            one.attr
            for table in tables
            for one in ast.walk(table)
            if isinstance(one, ast.Attribute) and isinstance(one.value, ast.Name) and one.value.id == "Status"
        }
        known = [Status[name] for name in named if name in Status.__members__]
        # `unknown` is our word for a service's word that nobody knows; a service need not document it.
        return {one.value: one.final for one in sorted(known) if one is not Status.UNKNOWN} or None


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _number(node: ast.expr) -> float | None:
    """A product of numbers, as in `6 * 3600.0`; `inf` however it is written."""
    match node:
        case ast.BinOp(left=left, op=ast.Mult(), right=right):
            one, other = _number(left), _number(right)
            return None if one is None or other is None else one * other
        case ast.Constant(value=int() | float() as number):
            return float(number)
        case ast.Attribute(attr="inf") | ast.Call(args=[ast.Constant(value="inf")]):
            return float("inf")
        case _:
            return None


def _routes(steps: tuple[Mapping[str, ast.expr], ...] | None) -> tuple[Route, ...] | None:
    """The routes of an operation's steps, those that commit first: they are the create; None where one is unknown."""
    if steps is None:
        return None
    ordered = sorted(steps, key=_safe)
    pairs = [(value(one["method"]), value(one["path"])) for one in ordered if {"method", "path"} <= set(one)]
    known = [Route(method, path) for method, path in pairs if isinstance(method, str) and isinstance(path, str)]
    return tuple(known) if len(known) == len(steps) else None


def _safe(step: Mapping[str, ast.expr]) -> bool:
    return "repeat" not in step or value(step["repeat"]) == "safe"
