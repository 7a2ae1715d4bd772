"""A JSON Schema as a reader of an API sees it: what properties it has, whatever they are composed of.

What may live here: `Schema`, a view that resolves references and merges compositions when asked.
It validates nothing. `allOf`, `anyOf` and `oneOf` are merged alike: a property of one alternative is a property that
a caller may meet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from itertools import chain, islice
from typing import Any, TypeVar

from accepted.documents.nodes import Files, Node, mapping, reference_of, texts

T = TypeVar("T")

_COMPOSED = ("allOf", "anyOf", "oneOf")
_TOLD = frozenset({"deprecated", "description", "example", "nullable", "readOnly", "title", "xml"})
"""What says nothing of the shape of a schema."""

_SAYING = _TOLD | {"$ref", "allOf"}
"""What a schema may have and still be of the shape of the one that it refers to."""

_DEEPEST = 12
_MOST_PARTS = 200


class Schemas:
    """The schemas of a document; the same place gives the same `Schema`, so that what it found is found once."""

    def __init__(self, files: Files) -> None:
        self.files = files
        self._made: dict[tuple[str, str], Schema] = {}

    def __call__(self, node: Node | None) -> Schema | None:
        """The schema at a node, or None where there is no schema."""
        found = None if node is None else self._target(node)
        if found is None or not isinstance(found.value, dict):
            return None
        key = (found.file, found.pointer)
        if key not in self._made:
            self._made[key] = Schema(self, found)
        return self._made[key]

    def _target(self, node: Node) -> Node | None:
        """The end of the references; one with keywords beside it (as 3.1 allows) is kept and merged instead."""
        bare = reference_of(node.value) is None or len(node.value) == 1
        return self.files.follow(node) if bare else node


class Schema:
    """One schema with its compositions merged.

    Attributes:
        node: where it stands, references followed.
    """

    def __init__(self, schemas: Schemas, node: Node) -> None:
        self._schemas = schemas
        self.node = node
        self._seen: dict[Callable[[Schema], Any], Any] = {}

    def once(self, look: Callable[[Schema], T]) -> T:
        """What a look at it finds, looked for once, however many operations answer with it."""
        if look not in self._seen:
            self._seen[look] = look(self)
        found: T = self._seen[look]
        return found

    @property
    def pointer(self) -> str:
        """The JSON pointer to it, into `file`."""
        return self.node.pointer

    @property
    def file(self) -> str:
        """The file that it stands in; "" for the document itself."""
        return self.node.file

    @cached_property
    def home(self) -> tuple[str, str]:
        """The file of its shape and the pointer into it: where it only says more of another schema, those of that one.

        `{"allOf": [{"$ref": ...}, {"description": ...}]}` is of the shape that it refers to.
        """
        node = self.node
        for _ in range(_DEEPEST):
            below = list(self._composed(node)) if {*mapping(node.value)} <= _SAYING else []
            shaped = [one for one in below if not {*mapping(one.value)} <= _TOLD]
            if len(shaped) != 1:
                break
            node = self._schemas.files.follow(shaped[0]) or shaped[0]
        return node.file, node.pointer

    @cached_property
    def name(self) -> str:
        """The name of the component that it is or extends, or ""."""
        for part in self.parts:
            *above, last = part.pointer.rsplit("/", 1)
            if above and above[0] in {"/components/schemas", "/definitions"}:
                return last
        return ""

    @cached_property
    def parts(self) -> tuple[Node, ...]:
        """Itself and all that it is composed of, outermost first; at most 200, 12 deep, each once."""
        return tuple(islice(self._walk(self.node, _DEEPEST, set()), _MOST_PARTS))

    @cached_property
    def properties(self) -> Mapping[str, Schema]:
        """Every property by its name; of a name in several parts, the outermost."""
        found: dict[str, Schema] = {}
        for part in self.parts:
            for name, node in _below(part, "properties"):
                if name not in found and (schema := self._schemas(node)):
                    found[name] = schema
        return found

    @cached_property
    def values(self) -> tuple[str, ...]:
        """The texts that it may be, of every `enum` and `const`; for a list, those of its items."""
        found = [word for part in self.parts for word in _enumerated(part.value)]
        return tuple(dict.fromkeys(found))

    @cached_property
    def _alternatives(self) -> bool:
        return any({"anyOf", "oneOf"} & mapping(part.value).keys() for part in self.parts)

    def values_of(self, name: str) -> tuple[str, ...]:
        """The texts that a property may be; where its text tells alternatives apart (`oneOf`), that of each of them."""
        if not self._alternatives:
            return self.properties[name].values
        told = (below.get(name) for part in self.parts if (below := part.get("properties")) is not None)
        several = [schema.values for node in told if (schema := self._schemas(node))]
        apart = all(len(values) == 1 for values in several)
        return tuple(dict.fromkeys(chain.from_iterable(several))) if apart else self.properties[name].values

    @cached_property
    def items(self) -> Schema | None:
        """The schema of its items, for a list."""
        return self._schemas(next((below for part in self.parts if (below := part.get("items"))), None))

    @cached_property
    def description(self) -> str:
        """What it says of itself: the outermost description, or title."""
        return self._first_text("description") or self._first_text("title")

    @cached_property
    def type(self) -> str:
        """Its type, null apart; "object" and "array" also where only their keywords say so; else ""."""
        found = self.get("type")
        named = [found] if isinstance(found, str) else [one for one in texts(found) if one != "null"]
        shape = "object" if self.properties else "array" if self.items else ""
        return named[0] if named else shape

    @cached_property
    def required(self) -> frozenset[str]:
        """The properties that any of its parts requires."""
        return frozenset(name for part in self.parts for name in texts(mapping(part.value).get("required")))

    def get(self, keyword: str) -> Any:
        """The value of a keyword in the outermost part that has it, or None."""
        return next((part.value[keyword] for part in self.parts if keyword in mapping(part.value)), None)

    def _first_text(self, keyword: str) -> str:
        return next((text for part in self.parts if (text := part.text(keyword))), "")

    def _walk(self, node: Node, depth: int, seen: set[tuple[str, str]]) -> Iterator[Node]:
        here = (node.file, node.pointer)
        if depth == 0 or here in seen or not isinstance(node.value, dict):
            return
        seen.add(here)
        yield node
        for below in self._composed(node):
            yield from self._walk(below, depth - 1, seen)

    def _composed(self, node: Node) -> Iterable[Node]:
        reference = reference_of(node.value)
        target = None if reference is None else self._schemas.files.find(reference, node.file)
        if target is not None:
            yield target
        for keyword in _COMPOSED:
            several = node.get(keyword)
            if several is not None:
                yield from several.items()


def leads(schema: Schema | None, pointer: str) -> bool:
    """Whether a JSON pointer into a value leads to what its schema names; also where the schema leaves it open."""
    for step in pointer.strip("/").split("/") if pointer.strip("/") else ():
        if schema is None or not (schema.properties or schema.items):
            return True
        name = step.replace("~1", "/").replace("~0", "~")
        if not step.isdigit() and name not in schema.properties:
            return False
        schema = schema.properties.get(name) or schema.items
    return True


def _below(node: Node, keyword: str) -> Iterable[tuple[str, Node]]:
    below = node.get(keyword)
    return () if below is None else below.members()


def _enumerated(value: Mapping[str, Any]) -> list[str]:
    const = value.get("const")
    found = texts(value.get("enum")) or texts(mapping(value.get("items")).get("enum"))
    return [*found, const] if isinstance(const, str) else found
