"""YAML as plain values with their places: one pass over the parser's events.

What may live here: what a YAML text says, in the words of JSON. Values are those of YAML 1.2's core schema (`on` and
`2026-11-24` are texts), names are always texts (`200:` is "200"), tags are not followed, nothing is constructed.

Bounded: depth, aliases (what they stand for is counted, not copied), aliases to what they are part of.
Recursion is not used, so that no document can exhaust a stack.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from accepted.documents.nodes import escape
from accepted.documents.source import DEEPEST, Missing, Places, Spot, Unreadable

MOST_REPEATED = 1_000_000
"""Values that all aliases together may stand for."""

_INSTALL = f"YAML is read by PyYAML, which is not installed: {sys.executable or 'python'} -m pip install PyYAML"

_TOO_DEEP = f"more than {DEEPEST} lists and objects in one another"

_WORDS: dict[str, Any] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_NUMBER = re.compile(
    r"(?P<int>[-+]?[0-9]+)|(?P<oct>0o[0-7]+)|(?P<hex>0x[0-9a-fA-F]+)"
    r"|(?P<float>[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))"
)
_SPELT = re.compile(r"\.(inf|nan)", re.IGNORECASE)
"""Infinity and what is no number, as Python has them without the point."""

_BASES = {"int": 10, "oct": 8, "hex": 16}


@dataclass(frozen=True, slots=True)
class Read:
    """What a text says."""

    data: Any
    places: Places
    duplicates: tuple[str, ...]
    quoted: tuple[tuple[int, int], ...]


@dataclass(eq=False, slots=True)
class _Value:
    """A value, where it stands, and what is below it; `named` where that has names: in a mapping."""

    data: Any
    start: int
    end: int
    count: int = 1
    depth: int = 0
    named: bool = False
    below: dict[str, tuple[int, int, _Value]] = field(default_factory=dict[str, "tuple[int, int, _Value]"])


@dataclass(eq=False, slots=True)
class _Open:
    """A container whose end has not come."""

    value: _Value
    flow: bool
    name: str | None = None
    name_start: int = 0
    name_end: int = 0
    merged: list[_Value] = field(default_factory=list["_Value"])
    twice: list[str] = field(default_factory=list[str])


def read(path: str, text: str) -> Read:
    """Read one document.

    Raises:
        Unreadable: not YAML, too deep, too many aliases, several documents.
        Missing: PyYAML is not installed.
    """
    try:
        import yaml
    except ModuleNotFoundError:
        raise Missing(path, _INSTALL) from None
    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text)
    builder = _Builder(path)
    try:
        while not builder.done:
            event = loader.get_event()
            builder.take[type(event).__name__](event)
    except yaml.MarkedYAMLError as error:
        mark: Any = error.problem_mark or error.context_mark
        place = {"line": mark.line + 1, "column": mark.column + 1} if mark else {}
        raise Unreadable(path, f"not YAML: {error.problem or error.context}", **place) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise Unreadable(path, f"not YAML: {error.reason}", line=line, column=1) from None
    finally:
        loader.dispose()
    root = builder.root or _Value(None, 0, 0)
    quoted = tuple(_inside(text, start, end) for start, end in builder.quoted)
    return Read(root.data, _YamlPlaces(root), tuple(builder.duplicates()), quoted)


def _inside(text: str, start: int, end: int) -> tuple[int, int]:
    """A quoted text, or a block without the line of its `|`, which may have a comment."""
    return (text.find("\n", start, end) if text[start] in "|>" else start), end


class _YamlPlaces:
    """The places in a YAML text."""

    def __init__(self, root: _Value) -> None:
        self._root = root

    def find(self, steps: list[str]) -> Spot:
        """The value at the end of these steps; where they lead nowhere, the last one that is there."""
        start, end, value = self._root.start, self._root.start, self._root
        for step in steps:
            found = value.below.get(step)
            if found is None:
                break
            start, end, value = found
        return Spot(value.start, value.end, start, end)


class _Builder:
    """Values from events, without recursion."""

    def __init__(self, path: str) -> None:
        self.root: _Value | None = None
        self.done = False
        self.quoted: list[tuple[int, int]] = []
        self._path = path
        self._open: list[_Open] = []
        self._anchors: dict[str, _Value | None] = {}
        self._repeated = 0
        self._documents = 0
        self._twice: list[tuple[_Value, str]] = []
        self.take: Mapping[str, Callable[[Any], None]] = {
            "StreamStartEvent": self._pass,
            "DocumentStartEvent": self._document,
            "MappingStartEvent": lambda event: self._begin(event, {}),
            "SequenceStartEvent": lambda event: self._begin(event, []),
            "ScalarEvent": self._scalar,
            "AliasEvent": self._alias,
            "SequenceEndEvent": self._finish,
            "MappingEndEvent": self._finish,
            "DocumentEndEvent": self._pass,
            "StreamEndEvent": self._end,
        }

    def duplicates(self) -> Iterator[str]:
        """Pointers of the names that stand twice in their mapping."""
        owners: dict[int, list[str]] = {}
        for owner, name in self._twice:
            owners.setdefault(id(owner), []).append(name)
        waiting: list[tuple[str, _Value]] = [("", self.root)] if owners and self.root else []
        while waiting:
            pointer, value = waiting.pop()
            yield from (f"{pointer}/{escape(name)}" for name in owners.pop(id(value), ()))
            waiting.extend((f"{pointer}/{escape(name)}", one) for name, (_, _, one) in value.below.items())

    def _pass(self, event: Any) -> None:
        """Nothing that says anything."""

    def _end(self, event: Any) -> None:
        del event
        self.done = True

    def _document(self, event: Any) -> None:
        self._documents += 1
        if self._documents > 1:
            raise self._refused(event, "several documents in one file")

    def _scalar(self, event: Any) -> None:
        start, end = event.start_mark.index, event.end_mark.index
        if event.style and "#" in event.value:
            self.quoted.append((start, end))
        held = self._open[-1] if self._open else None
        if held and held.name is None and held.value.named:
            held.name, held.name_start, held.name_end = event.value, start, end
            return
        plain = event.implicit[0] and event.tag is None and event.style in {None, ""}
        value = _Value(_plain(event.value) if plain else event.value, start, end)
        if event.anchor is not None:
            self._anchors[event.anchor] = value
        self._put(value, event, start, end)

    def _begin(self, event: Any, data: Any) -> None:
        held = self._open[-1] if self._open else None
        if held and held.name is None and held.value.named:
            raise self._refused(event, "a name that is no text")
        if len(self._open) == DEEPEST:
            raise self._refused(event, _TOO_DEEP)
        if event.anchor is not None:
            self._anchors[event.anchor] = None
        value = _Value(data, event.start_mark.index, event.end_mark.index, named=data == {})
        self._open.append(_Open(value, flow=bool(event.flow_style), twice=[event.anchor] if event.anchor else []))

    def _finish(self, event: Any) -> None:
        held = self._open.pop()
        value = held.value
        if held.flow:  # a block's end is only told where the next thing begins, behind comments and empty lines
            value.end = event.end_mark.index
        for one in held.merged:
            for name, found in one.below.items():
                if name not in value.below:
                    value.below[name] = found
                    value.data[name] = found[2].data
        for anchor in held.twice:
            self._anchors[anchor] = value
        self._put(value, event, value.start, value.end)

    def _alias(self, event: Any) -> None:
        value = self._anchors.get(event.anchor)
        if value is None:
            why = "an alias to what it is part of" if event.anchor in self._anchors else "an alias to nothing"
            raise self._refused(event, f"{why}: *{event.anchor}")
        self._repeated += value.count
        if self._repeated > MOST_REPEATED:
            raise self._refused(event, f"aliases that stand for more than {MOST_REPEATED} values")
        self._put(value, event, event.start_mark.index, event.end_mark.index)

    def _put(self, value: _Value, event: Any, start: int, end: int) -> None:
        """Enter a value where it is due; it, or the alias that stands for it, is at `start` to `end`."""
        if not self._open:
            self.root = value
            return
        held = self._open[-1]
        into = held.value
        data: Any = into.data
        into.count += value.count
        into.depth = max(into.depth, value.depth + 1)
        into.end = max(into.end, end)
        if into.depth > DEEPEST:  # through aliases: `_begin` has counted what is open
            raise self._refused(event, _TOO_DEEP)
        if not into.named:
            into.below[str(len(data))] = (start, end, value)
            data.append(value.data)
            return
        name, held.name = held.name or "", None
        if name == "<<":
            held.merged.extend([value] if value.named else [one for _, _, one in value.below.values()])
            return
        if name in data:
            self._twice.append((into, name))
        into.below[name] = (held.name_start, held.name_end, value)
        data[name] = value.data

    def _refused(self, event: Any, why: str) -> Unreadable:
        mark = event.start_mark
        return Unreadable(self._path, why, line=mark.line + 1, column=mark.column + 1)


def _plain(text: str) -> Any:
    """A plain scalar by the core schema of YAML 1.2."""
    if text in _WORDS:
        return _WORDS[text]
    found = _NUMBER.fullmatch(text) if text[0] in "-+.0123456789" else None
    if found is None:
        return text
    kind = found.lastgroup or ""
    try:
        return int(text, _BASES[kind]) if kind in _BASES else float(_SPELT.sub(r"\1", text))
    except ValueError:  # more digits than are read as a number
        return text
