"""OpenAPI documents of any size, the same ones everywhere: what the linters of `lint.py` read.

An area is a resource with its reads, writes and schemas, as big descriptions have them by the hundred. Its names are a
pair of nouns of its own, its sentences are drawn by its number. What it has of tasks is the difference between kinds.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from typing import Any

Json = dict[str, Any]

_NOUNS = """
account address agent album article asset badge basket batch bill board booking branch bucket bundle campaign card
channel charge claim client cluster coupon course dataset delivery device discount driver event field folder form
invoice item label lease ledger letter member meter network note offer order parcel partner permit photo plan policy
price product profile quote record refund region rental review room route seat sensor shelf ship shop site slot
station store survey table team ticket token tour track trip user vault vendor video visit voucher zone
""".split()  # noqa: SIM905  a list of strings would be twice as long
_OTHERS = """
the a this each every that which is are has may must can given set shown kept used sent read changed removed before
after while within for of in by with and or not only first last current default optional name value number limit
date currency owner reason version
""".split()  # noqa: SIM905  a list of strings would be twice as long
_TYPES: tuple[Json, ...] = (
    {"type": "string"},
    {"type": "string", "format": "date-time"},
    {"type": "string", "enum": ["small", "medium", "large"]},
    {"type": "integer", "minimum": 0},
    {"type": ["number", "null"]},
    {"type": "boolean", "default": False},
    {"type": "array", "items": {"type": "string"}},
)


def document(kind: str, areas: int) -> Json:
    """A document of so many areas of a kind: see `KINDS`."""
    whole: Json = {
        "openapi": "3.1.0",
        "info": {"title": f"An API of {areas} areas", "version": "1.0.0", "description": "Made to be measured."},
        "servers": [{"url": "https://api.example.com/v1"}],
        "security": [{"key": []}],
        "paths": {},
        "components": {
            "securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "x-key"}},
            "parameters": {"id": {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}},
            "responses": {"Problem": _answer("Something is wrong", {"type": "object"})},
            "schemas": {"Operation": _job("operation", random.Random(0))},
        },
    }
    for number in range(areas):
        area = _Area(number)
        for add in KINDS[kind]:
            add(area)
        whole["paths"] |= area.paths
        whole["components"]["schemas"] |= area.schemas
    if kind == "one poll":
        whole["paths"]["/operations/{id}"] = {"parameters": [_ID], "get": _Area(0).operation("get", "operation", 200)}
    return whole


def grown(whole: Json, times: int) -> Json:
    """A document with its paths and schemas so many times, each time under other names."""
    schemas = whole.get("components", {}).get("schemas", {})
    text = json.dumps({"paths": whole["paths"], "schemas": schemas})
    paths, named = dict(whole["paths"]), dict(schemas)
    for number in range(1, times):
        copy = json.loads(_NAMES.sub(rf"\g<0>_{number}", text))
        paths |= {f"/{number}{path}": one for path, one in copy["paths"].items()}
        named |= {f"{name}_{number}": one for name, one in copy["schemas"].items()}
    return whole | {"paths": paths, "components": {**whole.get("components", {}), "schemas": named}}


_NAMES = re.compile(r'#/components/schemas/[^"/]+|"operationId": "[^"]+')


# ---- one area


_ID = {"$ref": "#/components/parameters/id"}


class _Area:
    """A resource, as its paths and schemas."""

    def __init__(self, number: int) -> None:
        first, second = divmod(number, len(_NOUNS))
        self.chance = random.Random(number)
        self.words = [_NOUNS[first % len(_NOUNS)], _NOUNS[second]]
        self.number = number
        self.name = "".join(map(str.title, self.words))
        self.base = f"/{'-'.join(self.words)}s"
        self.paths: Json = {}
        self.schemas: Json = {}

    def operation(self, verb: str, thing: str, code: int, schema: str = "", body: str = "") -> Json:
        """An operation of the area: `verb` is what it does, in the words of its name."""
        schema = schema or f"#/components/schemas/{thing.title().replace(' ', '')}"
        return {
            "operationId": verb + thing.title().replace(" ", ""),
            "summary": f"{verb.title()} a {thing}",
            "description": _prose(self.chance, 4),
            "tags": [self.words[0]],
            **({"requestBody": {"required": True, "content": _json({"$ref": body})}} if body else {}),
            "responses": {
                str(code): _answer(_prose(self.chance, 1), {"$ref": schema}),
                **{other: {"$ref": "#/components/responses/Problem"} for other in ("400", "401", "404", "429")},
            },
        }


def _resource(area: _Area) -> None:
    """What an area has that is no task: a resource that is created, read, listed, changed and removed."""
    thing, schema = " ".join(area.words), f"#/components/schemas/{area.name}"
    properties = {"id": {"type": "string"}} | {name: _property(area) for name in area.chance.sample(_NOUNS, 24)}
    area.schemas[area.name] = {
        "type": "object",
        "description": _prose(area.chance, 2),
        "required": ["id"],
        "properties": properties,
        "example": {name: _prose(area.chance, 1) for name in properties},
    }
    area.schemas[f"{area.name}List"] = {
        "type": "object",
        "properties": {"items": {"type": "array", "items": {"$ref": schema}}, "next_cursor": {"type": "string"}},
    }
    area.paths[area.base] = {
        "get": area.operation("list", f"{thing} list", 200),
        "post": area.operation("create", thing, 201, body=schema),
    }
    area.paths[f"{area.base}/{{id}}"] = {
        "parameters": [_ID],
        "get": area.operation("get", thing, 200),
        "patch": area.operation("update", thing, 200, body=schema),
        "delete": area.operation("delete", thing, 200),
    }


def _jobs(area: _Area) -> None:
    """Exports of the area: a create, its poll, its list and its cancel."""
    thing, base = f"{' '.join(area.words)} export", f"{area.base}/exports"
    schema = f"#/components/schemas/{area.name}Export"
    area.schemas[f"{area.name}Export"] = _job(thing, area.chance)
    area.schemas[f"{area.name}ExportList"] = {
        "type": "object",
        "properties": {"items": {"type": "array", "items": {"$ref": schema}}, "next_cursor": {"type": "string"}},
    }
    area.paths[base] = {
        "post": area.operation("create", thing, 202),
        "get": area.operation("list", f"{thing} list", 200),
    }
    area.paths[f"{base}/{{id}}"] = {"parameters": [_ID], "get": area.operation("get", thing, 200)}
    area.paths[f"{base}/{{id}}/cancel"] = {"parameters": [_ID], "post": area.operation("cancel", thing, 200, schema)}


def _some_jobs(area: _Area) -> None:
    """Exports in one area of eight."""
    if area.number % 8 == 0:
        _jobs(area)


def _operations(area: _Area) -> None:
    """Two acts that take a while, and answer with the operation that all areas share."""
    shared = "#/components/schemas/Operation"
    for verb in ("rebuild", "archive"):
        operation = area.operation(verb, " ".join(area.words), 202, shared)
        area.paths[f"{area.base}/{{id}}/{verb}"] = {"parameters": [_ID], "post": operation}


KINDS: dict[str, tuple[Callable[[_Area], None], ...]] = {
    "mixed": (_resource, _some_jobs),
    "creates": (_jobs,),
    "one poll": (_operations,),
}
"""What a document is made of: mostly plain resources; creates that each have a poll, a list and a cancel; creates that
all have one poll."""


# ---- what it is made of


def _job(thing: str, chance: random.Random) -> Json:
    states = ["queued", "running", "succeeded", "failed", "cancelled"]
    return {
        "type": "object",
        "description": f"A {thing}. {_prose(chance, 2)}",
        "required": ["id", "status"],
        "properties": {
            "id": {"type": "string", "description": _prose(chance, 1)},
            "status": {"type": "string", "enum": states, "description": _prose(chance, 1)},
            "url": {"type": "string", "description": _prose(chance, 1)},
            "error": {"type": "object", "properties": {"message": {"type": "string"}}},
        },
    }


def _property(area: _Area) -> Json:
    return {**area.chance.choice(_TYPES), "description": _prose(area.chance, 1)}


def _answer(told: str, schema: Json) -> Json:
    return {"description": told, "content": _json(schema)}


def _json(schema: Json) -> Json:
    return {"application/json": {"schema": schema}}


def _prose(chance: random.Random, sentences: int) -> str:
    """Sentences, of which no reader learns anything."""
    said = (" ".join(chance.choices([*_NOUNS, *_OTHERS], k=chance.randint(6, 18))) for _ in range(sentences))
    return " ".join(f"{one.capitalize()}." for one in said)
