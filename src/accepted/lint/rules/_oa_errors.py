"""What a document says of errors in general: the answer for a code that others refer to, and whether all are alike.

No rule stands here. Only what the document itself repeats is taken up by a fix.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from accepted.documents.nodes import Node, mapping, reference_of
from accepted.documents.openapi import Operation
from accepted.documents.parts import Answer, members
from accepted.documents.schemas import Schema
from accepted.lint.rules import _oa
from accepted.lint.subjects import Api

_NAMES = {
    "400": re.compile(r"badrequest|invalid(?:request|input)"),
    "401": re.compile(r"unauthori[sz]ed|unauthenticated"),
    "404": re.compile(r"notfound"),
    "429": re.compile(r"toomanyrequests|ratelimit"),
    "500": re.compile(r"internalserver|internalerror|servererror|unexpectederror"),
}
"""What an answer of a code is called in `components/responses`."""


@lru_cache(maxsize=4)
def errors(api: Api) -> Mapping[str, str]:
    """For each code, the answer of the document itself: the reference that operations give for it most often."""
    references: Counter[tuple[str, str]] = Counter()
    for code, node in _answers(api):
        reference = reference_of(node.value)
        if reference is not None:
            references[code, reference] += 1
    root = api.description.files.root
    for place in (("components", "responses"), ("responses",)):
        for name, node in members(root.get(*place)):
            for code in (one for one, pattern in _NAMES.items() if _is_named(name, one, pattern)):
                references[code, _oa.reference(node)] += 0
    ranked = sorted(references.items(), key=lambda row: row[1])
    return {code: reference for (code, reference), _ in ranked}


def _is_named(name: str, code: str, pattern: re.Pattern[str]) -> bool:
    plain = re.sub(r"[^a-z0-9]", "", name.lower())
    return bool(pattern.search(plain)) or code in re.findall(r"\d{3}", name)


def _answers(api: Api) -> Iterator[tuple[str, Node]]:
    """The answers of errors of operations in the document itself, as they are written there."""
    for operation in api.description.operations:
        for code, node in members(operation.node.get("responses")) if not operation.file else ():
            if code[:1] in {"4", "5"}:
                yield code, node


# ---- whether errors are alike


def differ(answers: list[Answer]) -> tuple[str, str] | None:
    """Two schemas of errors that have nothing in common, by name; None where all share one."""
    schemas = [one.schema for one in answers if one.schema is not None]
    for one in schemas[1:]:
        if not _alike(schemas[0], one):
            return _named(schemas[0]), _named(one)
    return None


def fits(api: Api, operation: Operation, rows: Iterable[Mapping[str, Any] | None]) -> bool:
    """Whether answers as the document writes them are like the errors that an operation has already."""
    schemas = api.description.schemas
    own = [one.schema for one in operation.failures if one.schema]
    for row in rows:
        node = api.description.files.follow(Node(row)) if row else None
        new = Answer(schemas, node, "", ["application/json"]).schema if node else None
        if new is not None and not all(_alike(one, new) for one in own):
            return False
    return True


def _alike(one: Schema, other: Schema) -> bool:
    """Whether one is the other, is written the same, extends it or what it extends, or has its properties."""
    if one.node.value == other.node.value:
        return True
    mine, its = ({(part.file, part.pointer) for part in schema.parts} for schema in (one, other))
    few, many = sorted((one.properties.keys(), other.properties.keys()), key=len)
    return bool(mine & its) or few <= many


def _named(schema: Schema) -> str:
    shown = ", ".join(list(schema.properties)[:3])
    return f"`{schema.name}`" if schema.name else f"an object with {shown}" if shown else "an object"


def declares(codes: Mapping[str, object], code: str) -> bool:
    """Whether there is an answer for a code: that code, its class (`4XX`), or for 500 any failure and default."""
    also = {"400": {"422"}, "500": {"default", *(one for one in codes if one.startswith("5"))}}
    return bool({code, f"{code[0]}XX", f"{code[0]}xx", *also.get(code, ())} & mapping(codes).keys())
