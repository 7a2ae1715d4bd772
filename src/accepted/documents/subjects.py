"""What an answer is about: the schema in it that has a status, whatever it is wrapped in.

What may live here: functions from one schema to its subject. Nothing here knows an operation.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from accepted.documents.nodes import mapping, several_of
from accepted.documents.schemas import Schema
from accepted.documents.statuses import Vocabulary, told_words, vocabulary
from accepted.documents.words import RECORD_NOUNS, STATUS_NOUNS, tokens

WRAPPING = frozenset({"attributes", "data", "item", "job", "payload", "properties", "response", "result", "task"})
_MOST_WRAPPED = 8
_DEEPEST_SHOWN = 3
_WIDEST_SHOWN = 100
_LONGEST_SHOWN = 200
_PROSE_LIMIT = 1000
_MOST_WORDS = 60
"""A status with more words is a code for whatever may happen to a request."""

_DETAILS = re.compile(r"[_-]?(?:details?|info)$", re.IGNORECASE)
_DONE = frozenset({"done", "isdone", "finished", "isfinished", "iscomplete", "completed", "iscompleted"})


@dataclass(frozen=True, slots=True)
class Subject:
    """What an answer is about: the schema that has a status, and the path of properties that leads to it."""

    schema: Schema
    vocabulary: Vocabulary | None
    several: bool = False


def levels(schema: Schema | None) -> list[Schema]:
    """The answer, and the objects directly below it where it is little more than their wrapping."""
    return [] if schema is None else [schema, *schema.once(_wrapped)]


def subject_of(schema: Schema) -> Subject | None:
    """The schema itself where it has a status, else what it wraps, one or two levels below."""
    return schema.once(_subject_of)


def _subject_of(schema: Schema) -> Subject | None:
    own = _status(schema)
    inside = _of_envelope(schema) if own is not None and own.strength < 1 else None
    if own is not None:
        return inside or Subject(schema, own)
    listed = listed_in(schema)
    if listed is not None and schema.items is not None:
        return listed
    wrapped = [below for below in _wrapped(schema) if below is not schema]
    nearest = [Subject(one, told) for one in wrapped if (told := _status(one))]
    deeper = (Subject(one, told) for outer in wrapped for one in _wrapped(outer) if (told := _status(one)))
    best = sorted(nearest, key=_telling) or list(deeper)
    return best[0] if best else listed


def _of_envelope(schema: Schema) -> Subject | None:
    """What an envelope holds that has a status of its own for how the request went: `{status, data: {status}}`."""
    held = (Subject(one, told) for one in _wrapped(schema) if (told := _status(one)))
    return next((one for one in held if one.vocabulary and one.vocabulary.strength >= 2), None)


def shown_status(examples: Iterable[object]) -> Vocabulary | None:
    """The status that examples of an answer show, of the thing itself or of what it is wrapped in."""
    found: dict[str, dict[str, None]] = {}
    for example in examples:
        for name, word in _shown(example, _DEEPEST_SHOWN):
            found.setdefault(name, {})[word] = None
    told = (vocabulary(name, words, open=True) for name, words in found.items())
    return max(told, key=lambda one: one.strength, default=None)


def _shown(value: object, depth: int) -> Iterator[tuple[str, str]]:
    for name, below in islice(mapping(value).items(), _WIDEST_SHOWN) if depth else ():
        if isinstance(below, str) and _names_status(str(name)):
            told = below if len(below) <= _LONGEST_SHOWN else ""
            yield from ((str(name), word) for word in re.split(r"\s*[/|,]\s*", told))
        elif str(name).lower() in WRAPPING or len(mapping(value)) <= _MOST_WRAPPED:
            yield from _shown(below, depth - 1)


def _telling(subject: Subject) -> int:
    return -subject.vocabulary.strength if subject.vocabulary else 1


def _wrapped(schema: Schema) -> list[Schema]:
    """The objects that a schema is little more than the wrapping of."""
    several = len(schema.properties) > _MOST_WRAPPED
    return [
        below
        for name, below in schema.properties.items()
        if (not several or name.lower() in WRAPPING)
        and below.items is None
        and below.properties
        and not _is_place(name)
    ]


def _is_place(name: str) -> bool:
    """Whether a property has an address, whose `state` is a part of a country."""
    return tokens(name)[-1:] in (("address",), ("location",))


def listed_in(schema: Schema) -> Subject | None:
    """What the items of a list are about: of the schema itself, or of the first list among its properties."""
    lists = [schema] if schema.items is not None else [one for one in schema.properties.values() if one.items]
    for one in lists:
        if one.items is not None and one.items.properties:
            return Subject(one.items, _status(one.items), several=True)
    return None


def _status(schema: Schema) -> Vocabulary | None:
    """The most telling of the properties that are called a status."""
    named = [(name, below) for name, below in schema.properties.items() if _is_status(name, below)]
    given = ((name, below, schema.values_of(name)) for name, below in named)
    found = [vocabulary(name, words) if words else _vocabulary(name, below) for name, below, words in given]
    found += [vocabulary(name, ()) for name, one in schema.properties.items() if _is_done(name, one)]
    told = (one for one in found if len(one.words) <= _MOST_WORDS)
    return max(told, key=lambda one: (one.strength, bool(one.running) + bool(one.failed)), default=None)


def _is_status(name: str, schema: Schema) -> bool:
    """Whether a property tells a status; one that has an id is a thing, whatever it is called."""
    thing = "id" in schema.properties and _typed(name, schema) is None
    named = _names_status(name) or (bool(schema.properties) and _names_status(_DETAILS.sub("", name)))
    return named and not thing and schema.items is None


def _names_status(name: str) -> bool:
    *of, last = tokens(name) or ("",)
    return last in STATUS_NOUNS - {"progress"} and not _OF_SOMETHING & set(of)


_OF_SOMETHING = RECORD_NOUNS | {
    "billing",
    "by",
    "http",
    "item",
    "resolution",
    "review",
    "shipping",
    "sync",
    "address",
    "country",
}


def _is_done(name: str, schema: Schema) -> bool:
    return "".join(tokens(name)) in _DONE and schema.type == "boolean"


def _vocabulary(name: str, schema: Schema, depth: int = _DEEPEST_SHOWN) -> Vocabulary:
    """The words of a status: of its enum, else of its examples and description; of an object, of what is in it."""
    if schema.values:
        return vocabulary(name, schema.values)
    below = schema.properties.items() if depth else ()
    inner = [_vocabulary(f"{name}.{key}", one, depth - 1) for key, one in below if _is_status(key, one)]
    if inner:
        return max(inner, key=lambda one: one.strength)
    return _typed(name, schema) or vocabulary(name, _told(schema), open=True)


def _typed(name: str, schema: Schema) -> Vocabulary | None:
    """The words of a status that is an object with a kind (`state: {type: RUNNING, ...}`)."""
    kinds = (
        (key, schema.properties[key].values) for key in ("type", "value", "name", "code") if key in schema.properties
    )
    told = (vocabulary(f"{name}.{key}", words) for key, words in kinds if words)
    return next((one for one in told if one.strength >= 2), None)


def _told(schema: Schema) -> list[str]:
    """The status words of its examples, of Azure's `x-ms-enum`, and of its description."""
    coded = mapping(schema.get("x-ms-enum")).get("values")
    named = [mapping(one).get("value") for one in several_of(coded)]
    examples = [schema.get("example"), schema.get("default"), *several_of(schema.get("examples"))]
    return [
        *(one for one in (*named, *examples) if isinstance(one, str)),
        *told_words(schema.description[:_PROSE_LIMIT]),
    ]
