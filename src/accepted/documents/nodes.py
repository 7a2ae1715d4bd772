"""Values of a document with the place where they stand, and references between them.

What may live here: JSON pointers (RFC 6901) and `$ref`, resolved when somebody asks, remembered, and bounded.
Nothing here knows OpenAPI or AsyncAPI.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from posixpath import dirname, join, normpath
from typing import Any, cast
from urllib.parse import unquote

Loader = Callable[[str], Any]
"""From the path of a file, relative to the document's folder and never above it, to its data; None: not to be had."""

_LONGEST_CHAIN = 32


@dataclass(frozen=True, slots=True)
class Node:
    """A value, the JSON pointer to it, and the file that the pointer is into ("" for the document itself).

    Every method takes what it finds as it is: a member that is absent or of another type gives None or nothing,
    since a linter reads documents that are wrong.
    """

    value: Any
    pointer: str = ""
    file: str = ""

    def get(self, *keys: str) -> Node | None:
        """The member below, through mappings only; references are not followed."""
        node = self
        for key in keys:
            value = node.value
            if not isinstance(value, dict) or key not in value:
                return None
            node = Node(value[key], f"{node.pointer}/{escape(key)}", self.file)
        return node

    def members(self) -> Iterator[tuple[str, Node]]:
        """The members of a mapping with their names, in order; names that are no text (a YAML `200`) become text."""
        for key, value in mapping(self.value).items():
            name = str(key)
            yield name, Node(value, f"{self.pointer}/{escape(name)}", self.file)

    def items(self) -> Iterator[Node]:
        """The items of a list, in order."""
        for number, value in enumerate(several_of(self.value)):
            yield Node(value, f"{self.pointer}/{number}", self.file)

    def text(self, *keys: str) -> str:
        """The text below, or ""."""
        node = self.get(*keys)
        return node.value if node is not None and isinstance(node.value, str) else ""


class Files:
    """The document and the files that it refers to.

    Args:
        data: the document, as plain Python values.
        load: reads another file; without it, references into other files lead nowhere.
    """

    def __init__(self, data: object, load: Loader | None = None) -> None:
        self.root = Node(data)
        self._load = load
        self._roots: dict[str, Node | None] = {"": self.root}
        self._found: dict[tuple[str, str], Node | None] = {}

    def follow(self, node: Node) -> Node | None:
        """The node that a node stands for: itself, or the end of its chain of references.

        None where the chain is broken, goes in a circle, is longer than 32, or leaves the document's folder.
        """
        for _ in range(_LONGEST_CHAIN):
            reference = reference_of(node.value)
            if reference is None:
                return node
            found = self.find(reference, node.file)
            if found is None:
                return None
            node = found
        return None

    def find(self, reference: str, file: str = "") -> Node | None:
        """What a reference that stands in a file leads to, itself perhaps a reference."""
        key = (file, reference)
        if key not in self._found:
            self._found[key] = self._find(*key)
        return self._found[key]

    def at(self, node: Node | None, *keys: str) -> Node | None:
        """The member below with every reference on the way followed, the last one included."""
        here = node and self.follow(node)
        for key in keys:
            below = here and here.get(key)
            here = below and self.follow(below)
        return here

    def _find(self, file: str, reference: str) -> Node | None:
        path, _, fragment = reference.partition("#")
        where = _inside(file, unquote(path)) if path else file
        node = None if where is None else self._open(where)
        for part in unquote(fragment).split("/")[1:]:
            node = node and _step(node, unescape(part))
        return node

    def _open(self, file: str) -> Node | None:
        if file not in self._roots:
            data = self._load(file) if self._load else None
            self._roots[file] = None if data is None else Node(data, "", file)
        return self._roots[file]


def mapping(value: object) -> Mapping[str, Any]:
    """The value where it is a mapping, else an empty one."""
    return cast("Mapping[str, Any]", value) if isinstance(value, dict) else {}


def several_of(value: object) -> list[Any]:
    """The value where it is a list, else an empty one."""
    return cast("list[Any]", value) if isinstance(value, list) else []


def texts(value: object) -> list[str]:
    """The texts in a list, or nothing."""
    return [one for one in several_of(value) if isinstance(one, str)]


def reference_of(value: object) -> str | None:
    """The `$ref` of a mapping that has one."""
    found = mapping(value).get("$ref")
    return found if isinstance(found, str) else None


def escape(key: str) -> str:
    """A key as a part of a JSON pointer."""
    return key.replace("~", "~0").replace("/", "~1") if "/" in key or "~" in key else key


def unescape(part: str) -> str:
    """A part of a JSON pointer as the key that it names."""
    return part.replace("~1", "/").replace("~0", "~")


def pointer(*keys: str) -> str:
    """The JSON pointer through these keys."""
    return "".join(f"/{escape(key)}" for key in keys)


def _inside(file: str, path: str) -> str | None:
    """The path of a file as seen from the document's folder; None for a URL and for what is above the folder."""
    if "://" in path or path.startswith("/") or "\\" in path:
        return None
    where = normpath(join(dirname(file), path))
    return None if where.startswith("..") else where


def _step(node: Node, key: str) -> Node | None:
    """One step of a pointer, also into a list, and through a key that YAML read as a number."""
    match node.value:
        case dict():
            return node.get(key) or next((below for name, below in node.members() if name == key), None)
        case list():
            return next((below for below in node.items() if below.pointer.endswith(f"/{key}")), None)
        case _:
            return None
