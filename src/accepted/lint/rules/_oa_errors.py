"""What a document says of errors in general: the answer for a code that others refer to, and the schema they share.

No rule stands here. Only what the document itself repeats is taken up by a fix.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from http import HTTPStatus
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


@dataclass(frozen=True, slots=True)
class Errors:
    """What the answers of errors in a document have in common.

    Attributes:
        answers: code -> the reference that operations give for it most often.
        schema: the media type and the reference of the schema that answers share most often, or None.
    """

    answers: Mapping[str, str] = field(default_factory=dict[str, str])
    schema: tuple[str, str] | None = None

    def row(self, api: Api, code: str) -> dict[str, Any] | None:
        """The answer of a code, as the document would write it; None where it shows nothing of the kind."""
        if code in self.answers:
            return {"$ref": self.answers[code]}
        if self.schema is None:
            return None
        media_type, reference = self.schema
        told: dict[str, Any] = {"description": HTTPStatus(int(code)).phrase}
        body = {"schema": {"$ref": reference}}
        return told | (body if _oa.version(api) == "2.0" else {"content": {media_type: body}})


@lru_cache(maxsize=4)
def errors(api: Api) -> Errors:
    """What the answers of errors in a document have in common."""
    references: Counter[tuple[str, str]] = Counter()
    schemas: Counter[tuple[str, str]] = Counter()
    for code, node in _answers(api):
        reference = reference_of(node.value)
        if reference is not None:
            references[code, reference] += 1
        else:
            schemas.update(_schemas(node))
    root = api.description.files.root
    for place in (("components", "responses"), ("responses",)):
        for name, node in members(root.get(*place)):
            schemas.update(_schemas(node))
            for code in (one for one, pattern in _NAMES.items() if _is_named(name, one, pattern)):
                references[code, _oa.reference(node)] += 0
    ranked = sorted(references.items(), key=lambda row: row[1])
    shared, count = next(iter(schemas.most_common(1)), (None, 0))
    return Errors({code: reference for (code, reference), _ in ranked}, shared if count > 1 else None)


def _is_named(name: str, code: str, pattern: re.Pattern[str]) -> bool:
    plain = re.sub(r"[^a-z0-9]", "", name.lower())
    return bool(pattern.search(plain)) or code in re.findall(r"\d{3}", name)


def _answers(api: Api) -> Iterator[tuple[str, Node]]:
    """The answers of errors of operations in the document itself, as they are written there."""
    for operation in api.description.operations:
        for code, node in members(operation.node.get("responses")) if not operation.file else ():
            if code[:1] in {"4", "5"}:
                yield code, node


def _schemas(answer: Node) -> Iterator[tuple[str, str]]:
    own = answer.get("schema")
    several = [("application/json", own)] if own else [(n, m.get("schema")) for n, m in members(answer.get("content"))]
    for media_type, node in several:
        reference = reference_of(node.value) if node else None
        if reference is not None:
            yield media_type, reference


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
    own = [one.schema for code, one in operation.responses.items() if code[:1] in {"4", "5", "d"} and one.schema]
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
