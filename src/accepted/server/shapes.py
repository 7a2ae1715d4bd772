"""Types as JSON: reading, writing and describing values of every kind that a task's function may be annotated with.

What may live here: what depends on a type alone. msgspec does the work; models of pydantic are recognised by what they
can do (`model_validate_json`, `model_dump_json`, `model_json_schema`), so that pydantic is never imported here.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any, Literal, cast

import msgspec

from accepted.server.faults import Fault

MAX_DEPTH = 64
"""How many objects and arrays of an input may lie within each other."""

Mode = Literal["validation", "serialization"]

_MODEL = ("model_validate_json", "model_dump_json", "model_json_schema")

_CONTAINERS = (dict, list)

_ESCAPED_COLON = b"\\u003a"


# ---- JSON as it comes in


def strict(raw: bytes) -> Any:
    """Read JSON of a stranger as dicts, lists, strings and numbers.

    Raises:
        Fault: `malformed`: not JSON (NaN and Infinity are not), not UTF-8, a name twice in one object, more than
            `MAX_DEPTH` levels, a number beyond what a double holds.
    """
    try:
        document = msgspec.json.decode(raw)
    except msgspec.ValidationError:  # a subclass of DecodeError: it was JSON, but a number was beyond all bounds
        raise Fault("malformed", "A number in the JSON is too large.") from None
    except msgspec.DecodeError as error:
        reason = str(error).removeprefix("JSON is malformed: ")
        raise Fault("malformed", f"This is not JSON: {reason[0].lower()}{reason[1:]}.") from None
    except UnicodeDecodeError:
        raise Fault("malformed", "The JSON is not UTF-8.") from None
    except RecursionError:
        raise _too_deep() from None
    # Only where there are that many brackets at all is it worth looking how they lie.
    if raw.count(b"[") + raw.count(b"{") > MAX_DEPTH and _deeper(document, MAX_DEPTH):
        raise _too_deep()
    # A name that stands twice is one in the document, and its colon is missing where that is written again. One more
    # may be there only where it was escaped.
    if raw.count(b":") != canonical(document).count(b":") or _ESCAPED_COLON in raw.lower():
        _refuse_twins(raw)
    return document


def _too_deep() -> Fault:
    return Fault("malformed", f"The JSON is nested more than {MAX_DEPTH} levels deep.")


def _deeper(document: Any, levels: int) -> bool:
    level = [document]
    for _ in range(levels):
        level = [one for node in level for one in _children(node) if isinstance(one, _CONTAINERS)]
    return bool(level)


def _children(node: Any) -> Iterable[Any]:
    return cast("Iterable[Any]", node.values() if isinstance(node, dict) else node)


def _refuse_twins(raw: bytes) -> None:
    # msgspec lets the last of two equal names win, as most readers do, and some take the first:
    # what two readers understand differently is refused.
    json.loads(raw, object_pairs_hook=_unique)


def _unique(pairs: list[tuple[str, Any]]) -> None:
    seen = Counter(name for name, _ in pairs)
    if len(seen) < len(pairs):
        twin = next(name for name, times in seen.items() if times > 1)
        raise Fault("malformed", f"The name {json.dumps(twin)} stands twice in one object.")


# ---- types


def is_model(kind: Any) -> bool:
    """Whether a type is a model of pydantic, by what it can do."""
    return isinstance(kind, type) and all(hasattr(kind, one) for one in _MODEL)


def reader(kind: Any) -> msgspec.json.Decoder[Any]:
    """What reads JSON as a type, models checked by themselves. Its errors are msgspec.ValidationError."""
    return msgspec.json.Decoder(kind, dec_hook=_validated)


def judge(kind: Any) -> msgspec.json.Decoder[Any]:
    """What tells whether JSON that we wrote is of a type.

    Models are passed over: what a model writes need not be what it reads (aliases, computed fields, secrets).
    """
    return msgspec.json.Decoder(kind, dec_hook=_stand_in)


def write(value: Any, mode: Mode) -> bytes:
    """A value as JSON; the order of names is that of the value.

    Models write themselves: as a result (`serialization`), or as they can be read again (`validation`: without
    computed fields; what they hide, such as secrets, stays hidden).

    Raises:
        TypeError: the value, or one within it, has no JSON; its type is named.
    """
    try:
        return _WRITERS[mode].encode(value)
    except RecursionError:
        raise TypeError(f"a {type(value).__name__} that is nested too deep, or contains itself, has no JSON") from None
    except (ValueError, OverflowError) as error:
        raise TypeError(f"a {type(value).__name__} has no JSON: {error}") from None


def canonical(value: Any) -> bytes:
    """A plain or typed value as JSON with all names in one order, so that equal inputs are equal bytes."""
    return _SORTER.encode(value)


def plain(value: Any) -> Any:
    """An input as dicts, lists, strings and numbers; raises TypeError as `write` does."""
    return msgspec.json.decode(write(value, "validation"))


def _validated(kind: type, value: Any) -> Any:
    # As JSON, since a strict model takes a text for a date from JSON only.
    return cast("Any", kind).model_validate_json(msgspec.json.encode(value))


def _stand_in(kind: type, _value: Any) -> Any:
    return cast("Any", object.__new__(kind))


def _result(value: Any) -> Any:
    return msgspec.Raw(_model(value).model_dump_json(by_alias=True).encode())


def _input(value: Any) -> Any:
    return msgspec.Raw(_model(value).model_dump_json(by_alias=True, round_trip=True).encode())


def _model(value: Any) -> Any:
    if not is_model(type(value)):
        raise TypeError(f"a value of type {_full_name(type(value))} has no JSON")
    return value


def _refuse_unknown(kind: Any) -> None:
    if not is_model(kind):
        raise TypeError(
            f"{_full_name(kind)} has no JSON: use a plain type, a dataclass, a TypedDict, a msgspec Struct or a "
            "pydantic model"
        )


def _full_name(kind: Any) -> str:
    name, module = str(getattr(kind, "__qualname__", kind)), str(getattr(kind, "__module__", "builtins"))
    return name if module == "builtins" else f"{module}.{name}"


_WRITERS: dict[Mode, msgspec.json.Encoder] = {
    "validation": msgspec.json.Encoder(enc_hook=_input),
    "serialization": msgspec.json.Encoder(enc_hook=_result),
}
_SORTER = msgspec.json.Encoder(order="deterministic")


# ---- schemas


def has_model(kind: Any) -> bool:
    """Whether a model is, or lies within, a type. Raises TypeError where a type has no JSON at all."""
    found: list[Any] = []

    def note(model: Any) -> dict[str, Any]:
        found.append(model)
        return {"title": "a model"}  # msgspec takes an empty one for none

    raw_schema(kind, note)
    return bool(found)


def raw_schema(kind: Any, of_model: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
    """JSON Schema of a type, with what the caller wants to stand where a model is.

    Raises:
        TypeError: it has no JSON; the reason names the type.
    """

    def hook(found: type) -> dict[str, Any]:
        _refuse_unknown(found)
        return of_model(found)

    # The schema alone does not say that a type cannot be read (a union of two models), the reader does.
    reader(kind)
    return msgspec.json.schema(kind, schema_hook=hook)


def schema(kind: Any, mode: Mode) -> dict[str, Any]:
    """JSON Schema (2020-12) of a type: whole, its definitions in `$defs`, all references to there.

    Models are described as they read (`validation`) or write (`serialization`).
    """
    models: dict[Any, str] = {}

    def mark(model: Any) -> dict[str, Any]:
        return {"$ref": models.setdefault(model, f"#model-{len(models)}")}

    document = raw_schema(kind, mark)
    definitions: dict[str, Any] = document.pop("$defs", {})
    marks = {mark: _define(definitions, model, mode) for model, mark in models.items()}
    whole = cast("dict[str, Any]", _pointed({**document, "$defs": definitions}, marks))
    return _unfolded(whole)


def _define(definitions: dict[str, Any], model: Any, mode: Mode) -> str:
    """Add a model's definitions to the others; the reference to it.

    Two classes may have one name: a definition that would replace another is put under a longer name.
    """
    title = re.sub(r"[^A-Za-z0-9._-]", "_", model.__name__)
    number = 1
    prefix = ""
    while True:
        described = model.model_json_schema(mode=mode, ref_template=f"#/$defs/{prefix}{{model}}")
        added = {prefix + name: one for name, one in described.pop("$defs", {}).items()}
        # A model that contains itself is a mere reference to one of its own definitions.
        if set(described) != {"$ref"}:
            own = f"{prefix}{title}_" if prefix + title in added else prefix + title
            added[own] = described
            described = {"$ref": f"#/$defs/{own}"}
        if all(definitions.get(name, one) == one for name, one in added.items()):
            definitions.update(added)
            return str(described["$ref"])
        number += 1
        prefix = f"{title}{number}."


def _pointed(node: Any, references: dict[str, str]) -> Any:
    match node:
        case dict():
            found = cast("dict[str, Any]", node)
            return {
                name: references.get(one, one) if name == "$ref" and isinstance(one, str) else _pointed(one, references)
                for name, one in found.items()
            }
        case list():
            return [_pointed(one, references) for one in cast("list[Any]", node)]
        case _:
            return node


def _unfolded(document: dict[str, Any]) -> dict[str, Any]:
    """A schema that is a reference to one of its own definitions, as that definition itself (unless others need it)."""
    definitions: dict[str, Any] = document.pop("$defs")
    reference = document.get("$ref")
    if reference is not None:
        name = str(reference).rpartition("/")[2]
        document = {**definitions[name], **{key: one for key, one in document.items() if key != "$ref"}}
        others = {key: one for key, one in definitions.items() if key != name}
        definitions = definitions if _refers({"root": document, "others": others}, reference) else others
    return {**document, "$defs": definitions} if definitions else document


def _refers(node: Any, reference: str) -> bool:
    match node:
        case dict():
            found = cast("dict[str, Any]", node)
            return found.get("$ref") == reference or any(_refers(one, reference) for one in found.values())
        case list():
            return any(_refers(one, reference) for one in cast("list[Any]", node))
        case _:
            return False
