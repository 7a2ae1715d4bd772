"""JSON in and out: the one module of the client that knows msgspec; the server builds its task types with it, too.

Decoding is tolerant of what a service adds (unknown fields) and strict about what a contract names.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Mapping
from functools import reduce
from typing import Any, TypeVar, cast

import msgspec

T = TypeVar("T")

Struct = msgspec.Struct
"""Base of typed inputs and of typed documents; a service file needs no other import for them."""

field = msgspec.field

_QUOTED = 120

MASK = "***"
"""What stands where a secret was."""


class WrongShape(ValueError):
    """A document is not what was expected. `path` is where (`$.state`), `value` is what stood there, shortened."""

    def __init__(self, reason: str, path: str = "$", value: str = "") -> None:
        super().__init__(f"{reason} at {path}" + (f": {value}" if value else ""))
        self.reason = reason
        self.path = path
        self.value = value


def encode(value: Any) -> bytes:
    """The value as compact JSON bytes; datetimes as RFC 3339, bytes as base64."""
    return msgspec.json.encode(value)


def pretty(value: Any) -> str:
    """The value as indented JSON text for people."""
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode()


def decode(raw: bytes, shape: type[T]) -> T:
    """Read JSON bytes as `shape`.

    Raises:
        WrongShape: not JSON, or another shape; the path and a shortened value are in it.
    """
    try:
        return msgspec.json.decode(raw, type=shape, strict=True)
    except msgspec.ValidationError as error:
        raise _wrong_shape(error, raw) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise WrongShape("expected JSON", "$", shorten(raw)) from None


def anything(raw: bytes) -> Any:
    """Read JSON bytes as plain dicts, lists, strings and numbers."""
    return decode(raw, cast("type[Any]", Any))


def convert(value: Any, shape: Any) -> Any:
    """Check plain values against `shape`; raises WrongShape with the name of the first wrong field."""
    try:
        return msgspec.convert(value, shape, strict=True)
    except msgspec.ValidationError as error:
        reason, path = _split(str(error))
        raise WrongShape(reason, path, _at_path(value, path)) from None


def plain(value: Any) -> Any:
    """The value as dicts, lists, strings and numbers, ready for JSON."""
    return msgspec.to_builtins(value)


def fields(shape: Any) -> tuple[Any, ...]:
    """The fields of a typed input: each with `name`, `required`, `type` and `default`."""
    return msgspec.structs.fields(shape)


def in_words(shape: Any) -> str:
    """What a type takes, as people say it: `a whole number from 1 to 4`, `code or ask`."""
    return _in_words(schema(shape))


def _in_words(schema: Mapping[str, Any]) -> str:
    match schema:
        case {"anyOf": options}:
            return " or ".join(_in_words(one) for one in options if one.get("type") != "null")
        case {"enum": words}:
            *first, last = map(str, words)
            return f"{', '.join(first)} or {last}" if first else last
        case {"pattern": _, "examples": [example, *_]}:
            return f"text such as {example}"
        case {"pattern": pattern}:
            return f"text that matches {pattern}"
        case {"type": "string"}:
            return f"text ({schema['format']})" if "format" in schema else "text"
        case {"type": "integer" | "number" as kind}:
            return ("a whole number" if kind == "integer" else "a number") + _bounds(schema)
        case {"type": str(kind)}:
            return {"boolean": "true or false", "array": "a list (JSON)", "null": "nothing"}.get(kind, "JSON")
        case _:
            return "JSON"


def _bounds(schema: Mapping[str, Any]) -> str:
    match schema:
        case {"minimum": least, "maximum": most}:
            return f" from {least} to {most}"
        case {"minimum": least}:
            return f", {least} or more"
        case {"maximum": most}:
            return f", {most} or less"
        case _:
            return ""


def schema(shape: Any) -> dict[str, Any]:
    """JSON Schema (dialect 2020-12) of a type."""
    return msgspec.json.schema(shape)


def at(document: Any, pointer: str) -> Any:
    """What stands at a JSON pointer (RFC 6901; `-1` names the last of a list), or None where nothing does."""
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        document = _child(document, name)
        if document is None:
            return None
    return document


def split(raw: bytes, pointer: str) -> list[bytes]:
    """The items of the list at `pointer`, each as its own untouched JSON bytes; an absent list is empty."""
    for part in pointer.split("/")[1:]:
        found: Any = decode(raw, cast("type[Any]", dict[str, msgspec.Raw] | None)) or {}
        raw = bytes(found.get(part.replace("~1", "/").replace("~0", "~"), b"null"))
    return [bytes(item) for item in decode(raw, cast("type[Any]", list[msgspec.Raw] | None)) or ()]


def without(raw: bytes, secrets: Iterable[str]) -> bytes:
    """A body with these texts masked: in JSON inside of its texts only, so that it stays JSON."""
    hidden = [secret for secret in secrets if secret]
    if not any(secret.encode() in raw or encode(secret)[1:-1] in raw for secret in hidden) and b"\\" not in raw:
        return raw
    try:
        document = anything(raw)
        masked = _masked(document, hidden)
        return raw if masked == document else encode(masked)
    except (WrongShape, RecursionError):
        return reduce(lambda text, secret: text.replace(secret.encode(), MASK.encode()), hidden, raw)


def _masked(document: Any, secrets: list[str]) -> Any:
    match document:
        case str():
            return reduce(lambda text, secret: text.replace(secret, MASK), secrets, document)
        case list():
            return [_masked(one, secrets) for one in cast("list[Any]", document)]
        case dict():
            return {name: _masked(one, secrets) for name, one in cast("dict[str, Any]", document).items()}
        case _:
            return document


def shorten(raw: bytes | str) -> str:
    """The beginning of a text, fit for one line of a message."""
    text = raw.decode("utf-8", "replace") if isinstance(raw, bytes) else raw
    line = " ".join(text.split())
    return line if len(line) <= _QUOTED else line[: _QUOTED - 1] + "…"


def _child(document: Any, name: str) -> Any:
    match document:
        case dict():
            return cast("dict[str, Any]", document).get(name)
        case list():
            return _element(cast("list[Any]", document), name)
        case _:
            return None


def _element(items: list[Any], name: str) -> Any:
    if not re.fullmatch(r"-?[0-9]+", name):
        return None
    index = int(name)
    return items[index] if -len(items) <= index < len(items) else None


def _wrong_shape(error: msgspec.ValidationError, raw: bytes) -> WrongShape:
    reason, path = _split(str(error))
    try:
        return WrongShape(reason, path, _at_path(msgspec.json.decode(raw), path))
    except (ValueError, RecursionError):
        return WrongShape(reason, path, shorten(raw))


def _split(message: str) -> tuple[str, str]:
    reason, _, path = message.partition(" - at `")
    return reason.replace("`", ""), path.rstrip("`") or "$"


def _at_path(document: Any, path: str) -> str:
    """The JSON text at msgspec's own path (`$.turns[2].items`), for the message."""
    pointer = path.removeprefix("$").replace("[", ".").replace("]", "").replace(".", "/")
    found = at(document, pointer)
    return "" if found is None else shorten(encode(found))


def unbase64(text: str) -> bytes:
    """The bytes of a base64 text; one that is none reads as nothing."""
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return b""
