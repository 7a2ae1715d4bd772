"""JSON Schemas of several types as the components of one document, and example values made from them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, cast

from accepted.core import codec

PLACE = "#/components/schemas/"
_LOCAL = "#/$defs/"

_DATA = frozenset({"const", "default", "enum", "examples", "example"})
"""Keywords whose values are no schemas."""

_NAMED = frozenset({"properties", "patternProperties", "dependentSchemas"})
"""Keywords whose values are schemas by name."""


class NoExample(Exception):
    """Nothing simple is known to fit a schema."""


class Components:
    """The schemas of one document, each under a name of its own."""

    def __init__(self) -> None:
        self.schemas: dict[str, Any] = {}
        self._known: dict[tuple[str, bytes], str] = {}

    def reserve(self, wanted: str) -> str:
        """A name that nothing else has, for a schema that comes later."""
        base = re.sub(r"[^A-Za-z0-9._-]+", "_", wanted) or "_"
        names = (base, *(f"{base}{number}" for number in range(2, len(self.schemas) + 3)))
        name = next(name for name in names if name not in self.schemas)
        self.schemas[name] = {}
        return name

    def adopt(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        """The schema with its own `$defs` moved among the components; equal ones of several types are one."""
        defs: dict[str, Any] = dict(schema.get("$defs", {}))
        names: dict[str, str] = {}
        fresh: list[str] = []
        for name in defs:
            key = (name, codec.encode(_reachable(name, defs)))
            if key not in self._known:
                self._known[key] = self.reserve(name)
                fresh.append(name)
            names[name] = self._known[key]
        for name in fresh:
            self.schemas[names[name]] = _moved(defs[name], names)
        kept = {key: value for key, value in schema.items() if key not in ("$defs", "$schema")}
        return cast("dict[str, Any]", _moved(kept, names))

    def example(self, schema: Mapping[str, Any]) -> Any:
        """A value that fits the schema.

        Raises:
            NoExample: the schema says more than is understood here (a pattern, an unknown format, a recursion).
        """
        return _example(schema, self.schemas, ())


def example_of(schema: Mapping[str, Any]) -> Any:
    """A value that fits a schema of its own, or None where nothing simple is known to."""
    components = Components()
    try:
        return components.example(components.adopt(schema))
    except NoExample:
        return None


def ref(name: str) -> dict[str, str]:
    """A reference to a schema among the components."""
    return {"$ref": PLACE + name}


# ---- moving


def _reachable(name: str, defs: Mapping[str, Any]) -> dict[str, Any]:
    """A definition with all that it refers to, which is what makes two of one name equal."""
    found: dict[str, Any] = {}
    waiting = [name]
    while waiting:
        one = waiting.pop()
        if one in defs and one not in found:
            found[one] = defs[one]
            waiting += re.findall(r'"#/\$defs/([^"]+)"', codec.encode(defs[one]).decode())
    return dict(sorted(found.items()))


def _moved(schema: Any, names: Mapping[str, str]) -> Any:
    match schema:
        case dict():
            return {key: _under(key, value, names) for key, value in cast("dict[str, Any]", schema).items()}
        case list():
            return [_moved(one, names) for one in cast("list[Any]", schema)]
        case _:
            return schema


def _under(keyword: str, value: Any, names: Mapping[str, str]) -> Any:
    match keyword:
        case "$ref":
            return _renamed(value, names)
        case "discriminator" if "mapping" in value:
            return {**value, "mapping": {word: _renamed(one, names) for word, one in value["mapping"].items()}}
        case _ if keyword in _DATA:
            return value
        case _ if keyword in _NAMED:
            return {name: _moved(one, names) for name, one in value.items()}
        case _:
            return _moved(value, names)


def _renamed(target: str, names: Mapping[str, str]) -> str:
    return PLACE + names[target.removeprefix(_LOCAL)] if target.startswith(_LOCAL) else target


# ---- examples

_FORMATS = {
    "date-time": "2026-11-22T09:30:00Z",
    "date": "2026-11-22",
    "time": "09:30:00Z",
    "duration": "PT30S",
    "uuid": "0b6e3f0c-6f4e-4b0e-9a53-5f5c3a1d2e47",
    "email": "someone@example.org",
    "uri": "https://example.org/",
    "decimal": "1.5",
}

Seen = tuple[str, ...]


def _example(schema: Mapping[str, Any], schemas: Mapping[str, Any], seen: Seen) -> Any:
    match schema:
        case {"examples": [first, *_]} | {"enum": [first, *_]}:
            return first
        case {"default": value} | {"const": value}:
            return value
        case {"$ref": str(target)}:
            return _referred(target.removeprefix(PLACE), schemas, seen)
        case {"anyOf": [*several]} | {"oneOf": [*several]}:
            return _first(several, schemas, seen)
        case {"allOf": [only]}:
            return _example(only, schemas, seen)
        case {"type": [*several]}:
            return _first([{**schema, "type": one} for one in several], schemas, seen)
        case {"type": str(kind)}:
            return _plain(kind, schema, schemas, seen)
        case _ if not schema.keys() - {"title", "description"}:
            return "anything"
        case _:
            raise NoExample


def _referred(name: str, schemas: Mapping[str, Any], seen: Seen) -> Any:
    if name in seen or name not in schemas:
        raise NoExample
    return _example(schemas[name], schemas, (*seen, name))


def _first(several: list[Any], schemas: Mapping[str, Any], seen: Seen) -> Any:
    """The first of several that something is known to fit; null only where nothing else does."""
    for one in sorted(several, key=lambda each: each.get("type") == "null"):
        try:
            return _example(one, schemas, seen)
        except NoExample:
            continue
    raise NoExample


def _plain(kind: str, schema: Mapping[str, Any], schemas: Mapping[str, Any], seen: Seen) -> Any:
    match kind:
        case "object":
            return _object(schema, schemas, seen)
        case "array":
            return _array(schema, schemas, seen)
        case "string":
            return _string(schema)
        case "integer" | "number":
            return _number(schema)
        case "boolean":
            return True
        case "null":
            return None
        case _:
            raise NoExample


def _object(schema: Mapping[str, Any], schemas: Mapping[str, Any], seen: Seen) -> dict[str, Any]:
    required = schema.get("required", ())
    if schema.get("minProperties", 0) > len(required):
        raise NoExample
    found: dict[str, Any] = {}
    for name, one in schema.get("properties", {}).items():
        try:
            found[name] = _example(one, schemas, seen)
        except NoExample:
            if name in required:
                raise
    if not found.keys() >= set(required):
        raise NoExample
    return found


def _array(schema: Mapping[str, Any], schemas: Mapping[str, Any], seen: Seen) -> list[Any]:
    first = [_example(one, schemas, seen) for one in schema.get("prefixItems", ())]
    items: Any = schema.get("items", {})
    least, most = schema.get("minItems", 0), schema.get("maxItems", len(first) + 1)
    if least > len(first) + 1 or most < len(first):
        raise NoExample
    wants_one = least > len(first) or (not first and most and items)
    return [*first, _example(items, schemas, seen)] if wants_one else first


def _string(schema: Mapping[str, Any]) -> str:
    if "pattern" in schema or schema.get("format", "uuid") not in _FORMATS:
        raise NoExample
    if schema.get("contentEncoding") == "base64":
        return "aGVsbG8="
    text = _FORMATS.get(schema.get("format", ""), "text")
    if "format" in schema:
        return text
    return text.ljust(schema.get("minLength", 0), "t")[: schema.get("maxLength")]


def _number(schema: Mapping[str, Any]) -> float:
    step: float = schema.get("multipleOf", 1)
    low: float | None = schema.get("minimum", _beyond(schema.get("exclusiveMinimum"), step))
    high: float | None = schema.get("maximum", _beyond(schema.get("exclusiveMaximum"), -step))
    value = step if low is None else -(-low // step) * step
    if high is not None and value > high:
        value = high // step * step
    if low is not None and value < low:
        raise NoExample
    return value


def _beyond(bound: float | None, step: float) -> float | None:
    return None if bound is None else bound + step
