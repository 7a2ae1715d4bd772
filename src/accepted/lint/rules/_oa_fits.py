"""Whether an example is what its schema says, as far as jsonschema-rs is installed.

No rule stands here. A schema of a document becomes one that stands alone: what it refers to is copied beside it, and
the words of OpenAPI 3.0 and Swagger 2 (`nullable`) become those of JSON Schema.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from accepted.documents.nodes import Files, Node, mapping, reference_of
from accepted.documents.schemas import Schema
from accepted.lint.rules import _oa
from accepted.lint.subjects import Api

_MOST_VALUES = 100_000
"""Values of a schema with all that it refers to; above that an example is taken to fit."""

_PLAIN = frozenset({"const", "default", "enum", "example", "examples", "required", "x-ms-enum"})
"""Members whose values are no schemas."""


def misfit(api: Api, schema: Schema, example: object) -> str:
    """What is wrong with an example, in words; "" where it fits, or where nobody can tell."""
    alone = _Alone(api.description.files, old=_oa.version(api) in {"2.0", "3.0"})
    try:
        return unlike(alone.whole(schema.node), example)
    except _TooLarge:
        return ""


def unlike(schema: dict[str, Any], value: object) -> str:
    """What a value has that its JSON Schema does not allow, in words; "" where it fits, or where nobody can tell."""
    try:
        import jsonschema_rs
    except ModuleNotFoundError:
        return ""
    try:
        validator = jsonschema_rs.Draft202012Validator(schema, validate_formats=False)
        error = next(iter(validator.iter_errors(value)), None)
    except ValueError:  # a schema that is none, or refers to what is not there: no value is to blame
        return ""
    if error is None:
        return ""
    where = "/".join(map(str, error.instance_path))
    return f"{f'`{where}`: ' if where else ''}{_short(error.message)}"


def _short(message: str) -> str:
    return message if len(message) <= 120 else f"{message[:117]}..."


class _TooLarge(Exception):
    """A schema refers to more than is copied."""


class _Alone:
    """Makes a schema that refers to nothing outside itself."""

    def __init__(self, files: Files, *, old: bool) -> None:
        self._files = files
        self._old = old
        self._names: dict[tuple[str, str], str] = {}
        self._waiting: list[tuple[str, Node]] = []
        self._count = 0

    def whole(self, node: Node) -> dict[str, Any]:
        root = self._made(node.value, node)
        definitions: dict[str, Any] = {}
        while self._waiting:
            name, target = self._waiting.pop()
            definitions[name] = self._made(target.value, target)
        return {**root, "$defs": definitions} if isinstance(root, dict) else {"$defs": definitions}

    def _made(self, value: object, at: Node) -> Any:
        self._count += 1
        if self._count > _MOST_VALUES:
            raise _TooLarge
        match value:
            case dict():
                return self._object(cast("Mapping[str, Any]", value), at)
            case list():
                return [self._made(one, at) for one in cast("list[Any]", value)]
            case _:
                return value

    def _object(self, value: Mapping[str, Any], at: Node) -> dict[str, Any]:
        reference = reference_of(value)
        beside: Mapping[str, Any] = {"$ref": reference} if reference is not None and self._old else value
        made = {
            name: one if name in _PLAIN else self._made(one, at) for name, one in beside.items() if name not in _LEFT
        }
        if reference is not None:
            made["$ref"] = self._target(reference, at)
        return self._modern(made, value) if self._old else made

    def _modern(self, made: dict[str, Any], value: Mapping[str, Any]) -> dict[str, Any]:
        """Without the booleans of old drafts, and with null where it is allowed."""
        kept = {name: one for name, one in made.items() if not (name.startswith("exclusive") and isinstance(one, bool))}
        if value.get("nullable") is True or value.get("x-nullable") is True:
            return {"anyOf": [{"type": "null"}, kept]}
        return kept

    def _target(self, reference: str, at: Node) -> str:
        found = self._files.find(reference, at.file)
        if found is None or not mapping(found.value):
            return "#/$defs/nothing"
        key = (found.file, found.pointer)
        if key not in self._names:
            self._names[key] = f"d{len(self._names)}"
            self._waiting.append((self._names[key], found))
        return f"#/$defs/{self._names[key]}"


_LEFT = frozenset(
    {"$schema", "$id", "$anchor", "$dynamicAnchor", "$dynamicRef", "nullable", "x-nullable", "$defs", "xml"}
)
"""Members that mean something else where the schema stands alone."""
