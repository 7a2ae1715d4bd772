"""Every field of an input that is wrong, each with its JSON pointer (RFC 6901) and a sentence for whoever sent it.

What may live here: what is done after an input was refused; nothing here is asked while inputs are right.
Whether a field is wrong is for msgspec and the models to say. They stop at the first fault, so a JSON Schema validator
(jsonschema-rs, of the extra `server`) lists the rest; without it each field of the input is named with its first fault.
"""

from __future__ import annotations

import datetime as dt
import decimal
import re
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from difflib import get_close_matches
from functools import lru_cache
from itertools import chain, islice
from typing import Any, cast

import msgspec

from accepted.core import codec
from accepted.server import shapes
from accepted.server.faults import Wrong

MOST = 100
"""How many wrong fields are named at most, so that no request makes an answer larger than itself."""

_LISTED_BYTES = 64 * 1024
"""In inputs larger than this only the first fault of each field is named: the validator finds all of them before it
tells one, and meanwhile the server does nothing else."""

_MARK = "x-model"
_MISSING = "is missing"

_SHOWN = 20
_TEXT = 60
_LONGEST = 200
"""Characters of a name or a sentence that are repeated to the sender."""

_KINDS: dict[str, str] = {
    "array": "an array",
    "bool": "a boolean",
    "boolean": "a boolean",
    "float": "a number",
    "int": "an integer",
    "integer": "an integer",
    "null": "null",
    "number": "a number",
    "object": "an object",
    "str": "a string",
    "string": "a string",
    "uuid": "a UUID",
    "datetime": "a date and time",
    "date": "a date",
    "time": "a time",
    "duration": "a duration",
    "decimal": "a decimal number",
    "bytes": "base64",
}
"""Our words for those of JSON Schema and of msgspec."""

_PYTHON_KINDS: dict[type, str] = {
    bool: "boolean",
    int: "integer",
    float: "number",
    str: "string",
    dict: "object",
    list: "array",
    type(None): "null",
}

_FORMATS: dict[str, Any] = {
    "date": dt.date,
    "date-time": dt.datetime,
    "decimal": decimal.Decimal,
    "duration": dt.timedelta,
    "time": dt.time,
    "uuid": uuid.UUID,
}
"""The formats of the types that msgspec reads from a string; other formats are not looked at."""

_FORMAT_NAMES: dict[str, str] = {
    "date": "a date (2026-11-22)",
    "date-time": "a date and time (2026-11-22T10:00:00Z)",
    "decimal": "a decimal number",
    "duration": "a duration (PT1H30M)",
    "time": "a time (10:00:00)",
    "uuid": "a UUID",
}

_SENTENCES: dict[str, Callable[[Any], str]] = {
    "const": lambda value: f"must be {_json(value)}",
    "enum": lambda values: f"must be one of {_some(_json(one) for one in values)}",
    "exclusiveMaximum": lambda limit: f"must be less than {limit}",
    "exclusiveMinimum": lambda limit: f"must be more than {limit}",
    "format": lambda name: f"must be {_FORMAT_NAMES.get(name, name)}",
    "maxItems": lambda limit: f"must have at most {_counted(limit, 'item')}",
    "maxLength": lambda limit: f"must have at most {_counted(limit, 'character')}",
    "maxProperties": lambda limit: f"must have at most {_counted(limit, 'name')}",
    "maximum": lambda limit: f"must be at most {limit}",
    "minItems": lambda limit: f"must have at least {_counted(limit, 'item')}",
    "minLength": lambda limit: f"must have at least {_counted(limit, 'character')}",
    "minProperties": lambda limit: f"must have at least {_counted(limit, 'name')}",
    "minimum": lambda limit: f"must be at least {limit}",
    "multipleOf": lambda step: f"must be a multiple of {step}",
    "pattern": lambda pattern: f"must match the pattern {pattern}",
}
"""A sentence for each keyword of JSON Schema that msgspec makes of a type, from the keyword's value."""


def wrong_fields(shape: type[msgspec.Struct], document: dict[str, Any]) -> tuple[Wrong, ...]:
    """Every wrong field of an input that `shape` refused, unknown ones first; not more than `MOST`."""
    fields = {one.encode_name: one for one in msgspec.structs.fields(shape)}
    listed = _listed(shape, document)
    sentences: dict[str, str] = {}
    for one in chain(_unknown(document, fields), _refused(document, fields, listed)):
        if one.where not in sentences and len(sentences) == MOST:
            break
        sentences[one.where] = f"{sentences[one.where]}; {one.why}" if one.where in sentences else one.why
    return tuple(Wrong(where, why) for where, why in sentences.items())


def pointer(path: Iterable[str | int]) -> str:
    """A path as a JSON pointer; an empty one is the whole document."""
    return "".join(f"/{_cut(str(part)).replace('~', '~0').replace('/', '~1')}" for part in path)


def kind_of(value: Any) -> str:
    """What a JSON value is, with its article."""
    return _KINDS[_PYTHON_KINDS[type(value)]]


def _unknown(document: dict[str, Any], fields: Iterable[str]) -> Iterator[Wrong]:
    known = list(fields)
    return (_unexpected((), name, known) for name in document if name not in known)


def _unexpected(path: Sequence[str | int], name: str, known: Sequence[str]) -> Wrong:
    near = get_close_matches(name, known, n=1) if len(name) <= _LONGEST else []
    hint = f"did you mean {_json(near[0])}?" if near else f"known are {_some(_json(one) for one in known)}"
    return Wrong(pointer((*path, name)), f"unknown field; {hint}" if known else "unknown field; there are none")


def _refused(
    document: dict[str, Any], fields: dict[str, msgspec.structs.FieldInfo], listed: Sequence[Wrong]
) -> Iterator[Wrong]:
    for name, field in fields.items():
        here = pointer([name])
        if name not in document:
            if field.required:
                yield Wrong(here, _MISSING)
        elif first := _first(document[name], field.type, name):
            inside = [one for one in listed if one.where == here or one.where.startswith(f"{here}/")]
            yield from inside or first


# ---- what msgspec and the models say: the first fault of a field


def _first(value: Any, kind: Any, name: str) -> tuple[Wrong, ...]:
    try:
        shapes.reader(kind).decode(msgspec.json.encode(value))
    except msgspec.ValidationError as error:
        return tuple(_said(error, value, name))
    return ()


def _said(error: msgspec.ValidationError, value: Any, name: str) -> Iterator[Wrong]:
    # A model's own exception was wrapped by msgspec, which added where the model lies.
    # Its text may hold anything, so it is the last of these that is meant.
    message, _, where = str(error).rpartition(" - at `$")
    path = (name, *_path(where.rstrip("`"))) if message else (name,)
    if hasattr(error.__cause__, "errors"):
        yield from _of_model(error.__cause__, codec.at({name: value}, pointer(path)), path)
    else:
        missing = re.fullmatch(r"Object missing required field `(.+)`", message or str(error))
        yield (
            Wrong(pointer((*path, missing[1])), _MISSING)
            if missing
            else Wrong(pointer(path), _sentence(message or str(error)))
        )


def _path(text: str) -> Iterator[str | int]:
    """The parts of msgspec's path (`.rows[2].name`), as far as it names them (`[...]` is any name of an object)."""
    for name, index in re.findall(r"\.([^.\[\]]+)|\[([0-9]+)\]", text.partition("[...]")[0]):
        yield int(index) if index else name


def _sentence(message: str) -> str:
    words = re.sub(r"`([^`]*)`", lambda found: _either(found[1].split(" | ")), message)
    return _began(words)


def _of_model(error: Any, value: Any, path: Sequence[str | int]) -> Iterator[Wrong]:
    for one in error.errors(include_url=False, include_context=False, include_input=False):
        within = _within(value, one["loc"], missing=one["type"] == "missing")
        why = _MISSING if one["type"] == "missing" else str(one["msg"]).removeprefix("Value error, ")
        yield Wrong(pointer((*path, *within)), _began(why))


def _within(value: Any, places: Sequence[str | int], *, missing: bool) -> Iterator[str | int]:
    """A model's location without what is no place in the document: the names of a union's members and of validators."""
    for number, place in enumerate(places):
        match value:
            case dict() if place in value:
                value = cast("dict[Any, Any]", value)[place]
                yield place
            case list() if isinstance(place, int) and place < len(cast("list[Any]", value)):
                value = cast("list[Any]", value)[place]
                yield place
            case _ if missing and number == len(places) - 1:
                yield place
            case _:
                pass


# ---- what the schema says: all faults of a field


def _listed(shape: type[msgspec.Struct], document: dict[str, Any]) -> list[Wrong]:
    validator = _validator(shape)
    if validator is None or len(msgspec.json.encode(document)) > _LISTED_BYTES:
        return []
    # Far more than are named: those of fields that msgspec takes are left out again.
    errors = islice(cast("Iterator[Any]", validator.lister.iter_errors(document)), 10 * MOST)
    return list(islice(chain.from_iterable(map(validator.wrong, errors)), 10 * MOST))


@lru_cache(maxsize=256)
def _validator(shape: type[msgspec.Struct]) -> _Validator | None:
    try:
        return _Validator(shape)
    except (ImportError, ValueError):  # not installed; or a pattern that is one to Python only
        return None


class _Validator:
    """A type's JSON Schema with a mark where a model is, since only the model knows what it takes."""

    def __init__(self, shape: type[msgspec.Struct]) -> None:
        import jsonschema_rs

        self._models: list[Any] = []
        described = shapes.raw_schema(shape, self._marked)
        self._schema = _decided(described, described["$defs"])
        self.lister = jsonschema_rs.Draft202012Validator(
            self._schema,
            validate_formats=True,
            formats={name: _format(kind) for name, kind in _FORMATS.items()},
            keywords={_MARK: _keyword(self._models)},
        )

    def _marked(self, model: Any) -> dict[str, Any]:
        self._models.append(model)
        return {_MARK: len(self._models) - 1}

    def wrong(self, error: Any) -> Iterator[Wrong]:
        """What an error of the validator says, one for each field."""
        path = error.instance_path
        match error.kind.name:
            case "anyOf" | "oneOf":
                yield from self._union(error)
            case "additionalProperties":
                known = list(self._at(error.schema_path[:-1]).get("properties", ()))
                yield from (_unexpected(path, name, known) for name in error.kind.unexpected)
            case "required":
                yield Wrong(pointer((*path, error.kind.property)), _MISSING)
            case "type":
                yield Wrong(pointer(path), _expected(error.kind.types, error.instance))
            case "x-model":
                yield from _model_faults(self._models[self._at(error.schema_path)], error.instance, path)
            case keyword:
                sentence = _SENTENCES.get(keyword)
                yield Wrong(pointer(path), sentence(error.kind.value) if sentence else error.kind.name)

    def _union(self, error: Any) -> Iterator[Wrong]:
        """A union: the faults of the member that was meant, as far as that can be told."""
        members: list[list[Any]] = error.kind.context
        path = error.instance_path
        meant = [one for one in members if not any(_is_at(fault, "type", path) for fault in one)]
        if not meant:
            wrong = [fault for one in members for fault in one if _is_at(fault, "type", path)]
            yield Wrong(pointer(path), _expected([kind for one in wrong for kind in one.kind.types], error.instance))
            return
        for fault in min(meant, key=len):
            yield from self.wrong(fault)

    def _at(self, path: Sequence[str | int]) -> Any:
        return codec.at(self._schema, pointer(path))


def _decided(node: Any, definitions: dict[str, Any]) -> Any:
    """A schema whose tagged unions look at the tag first, and at the one member that it names.

    As `anyOf` a validator would try every member at every level: within recursive unions, for hours.
    For the same reason unions of Structs that are arrays are not looked into.
    """
    match node:
        case {"anyOf": members, "discriminator": {"propertyName": str(tag)}}:
            names = [str(one["$ref"]).rpartition("/")[2] for one in cast("list[dict[str, Any]]", members)]
            tags = [definitions[name]["properties"][tag] for name in names]
            return {
                "type": "object",
                "required": [tag],
                "properties": {tag: {"enum": [value for one in tags for value in one["enum"]]}},
                "allOf": [
                    {"if": {"properties": {tag: one}, "required": [tag]}, "then": {"$ref": f"#/$defs/{name}"}}
                    for name, one in zip(names, tags, strict=True)
                ],
            }
        case {"anyOf": members} if _arrays(members, definitions) > 1:
            return {}
        case dict():
            found = cast("dict[str, Any]", node)
            return {name: _decided(one, definitions) for name, one in found.items()}
        case list():
            return [_decided(one, definitions) for one in cast("list[Any]", node)]
        case _:
            return node


def _arrays(members: list[dict[str, Any]], definitions: dict[str, Any]) -> int:
    names = [str(one.get("$ref", "")).rpartition("/")[2] for one in members]
    return sum(definitions.get(name, {}).get("type") == "array" for name in names)


def _is_at(fault: Any, keyword: str, path: Sequence[str | int]) -> bool:
    return bool(fault.kind.name == keyword and fault.instance_path == path)


def _model_faults(model: Any, value: Any, path: Sequence[str | int]) -> Iterator[Wrong]:
    try:
        model.model_validate_json(msgspec.json.encode(value))
    except ValueError as error:
        yield from _of_model(error, value, path)


def _keyword(models: Sequence[Any]) -> type:
    class Model:
        """The keyword that stands where a model is; its value is the model's number."""

        def __init__(self, _schema: dict[str, Any], number: Any, _path: list[str | int]) -> None:
            self._model = models[number]

        def validate(self, instance: Any) -> None:
            self._model.model_validate_json(msgspec.json.encode(instance))

    return Model


def _format(kind: Any) -> Callable[[str], bool]:
    def fits(text: str) -> bool:
        try:
            msgspec.convert(text, kind)
        except msgspec.ValidationError:
            return False
        return True

    return fits


# ---- words


def _expected(kinds: Sequence[str], value: Any) -> str:
    return f"expected {_either(kinds)}, got {kind_of(value)}"


def _either(kinds: Iterable[str]) -> str:
    return " or ".join(dict.fromkeys(_KINDS.get(one, one) for one in kinds))


def _json(value: Any) -> str:
    text = msgspec.json.encode(value).decode()
    return _cut(text, _TEXT)


def _began(sentence: str) -> str:
    return _cut(sentence[:1].lower() + sentence[1:])


def _cut(text: str, length: int = _LONGEST) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"


def _some(words: Iterable[str]) -> str:
    all_words = list(words)
    return ", ".join(all_words[:_SHOWN]) + (", …" if len(all_words) > _SHOWN else "")


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
