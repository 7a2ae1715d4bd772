"""One file: its text, its values, and where in the text each value stands.

What may live here: reading a file once, bounded in size and depth, whatever its bytes are.
What the values mean is the business of `openapi`, `asyncapi` and `python`; how YAML is read, of `yaml`.

Places are computed when somebody asks: a large document without findings costs one decoding and nothing more. In JSON
the way down to a value is found by decoding what stands beside it (C code), each container once.

Offsets are characters of `Source.text` (a byte order mark is no part of it); lines and columns count from 1.
"""

from __future__ import annotations

import json
import re
import stat
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, Protocol, cast

from accepted.documents.nodes import escape, unescape

DEEPEST = 200
"""Containers in one another, at most; whoever walks the values may recurse."""

Kind = Literal["json", "yaml", "python", "elixir"]

KINDS: dict[str, Kind] = {
    ".json": "json",
    ".yaml": "yaml",
    ".yml": "yaml",
    ".py": "python",
    ".ex": "elixir",
    ".exs": "elixir",
}
"""What a file is, by the end of its name."""

LARGEST: dict[Kind, int] = {"json": 64 * 2**20, "yaml": 16 * 2**20, "python": 8 * 2**20, "elixir": 8 * 2**20}
"""Bytes of a file, at most: what is read within seconds."""


class Unreadable(Exception):
    """A file cannot be read. `line` and `column` count from 1, and are 0 where the whole file is meant."""

    def __init__(self, path: str, why: str, *, line: int = 0, column: int = 0) -> None:
        place = f":{line}:{column}" if line else ""
        super().__init__(f"{path}{place}: {why}")
        self.path = path
        self.why = why
        self.line = line
        self.column = column


class Missing(Unreadable):
    """A file cannot be read because a package is not installed; `why` has the command that installs it."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A part of a text: the characters `start` to `end`, which begin at `line` and `column` (both from 1)."""

    line: int
    column: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a value stands, and its name; a list's item, like the whole document, has itself for its name."""

    start: int
    end: int
    key_start: int
    key_end: int


class Places(Protocol):
    """The places in one document."""

    def find(self, steps: list[str]) -> Spot:
        """The value at the end of these steps; where they lead nowhere, the last one that is there."""
        ...


@dataclass(eq=False, kw_only=True)
class Source:
    """A file that was read.

    Attributes:
        path: as it was named; findings repeat it.
        text: all of it, line ends as they are.
        kind: `json`, `yaml`, `python` or `elixir`.
        data: plain values (dict with text keys, list, str, int, float, bool, None); None for code.
        duplicates: pointers of the members whose name stands in their object more than once; the last one counts.
        marked: whether a byte order mark stands before the text (`encoded` puts it back).
        quoted: where a `#` begins no comment: the texts of YAML that have one and are in quotes or blocks.
    """

    path: str
    text: str = field(repr=False)
    kind: Kind
    data: Any = field(default=None, repr=False)
    duplicates: tuple[str, ...] = ()
    marked: bool = False
    places: Places | None = field(default=None, repr=False)
    quoted: tuple[tuple[int, int], ...] = field(default=(), repr=False)

    def place(self, pointer: str = "", *, key: bool = False) -> Place:
        """Where the value of a JSON pointer stands; with `key`, where its name stands.

        A pointer that leads nowhere gives the last container on its way, so that what is missing can be told where it
        would be. In code there is nothing to point at: the place is the beginning.

        Example:
            `load("api.json").place("/paths/~1tasks/post", key=True).line`
        """
        if self.places is None:
            return self.at(0, 0)
        spot = self.places.find([unescape(part) for part in pointer.split("/")[1:]])
        return self.at(spot.key_start, spot.key_end) if key else self.at(spot.start, spot.end)

    def at(self, start: int, end: int | None = None) -> Place:
        """The place of these characters."""
        line = bisect_right(self._starts, start)
        return Place(line, start - self._starts[line - 1] + 1, start, start if end is None else end)

    def span(self, line: int, column: int, end_line: int | None = None, end_column: int | None = None) -> Place:
        """The place of a node of `ast`: lines from 1, columns in UTF-8 bytes from 0."""
        start = self._offset(line, column)
        end = start if end_line is None or end_column is None else self._offset(end_line, end_column)
        return self.at(start, end)

    def line(self, number: int) -> str:
        """A line of the text, from 1, without its end."""
        stop = self._starts[number] if number < len(self._starts) else len(self.text)
        return self.text[self._starts[number - 1] : stop].rstrip("\r\n")

    @property
    def lines(self) -> int:
        """How many lines there are."""
        return len(self._starts)

    def encoded(self, text: str) -> bytes:
        """Another text of this file, as the bytes to be written."""
        return text.encode("utf-8-sig" if self.marked else "utf-8")

    def _offset(self, line: int, column: int) -> int:
        return self._starts[line - 1] + len(self.line(line).encode()[:column].decode(errors="ignore"))

    @cached_property
    def _starts(self) -> list[int]:
        """Where each line begins."""
        return [0, *map(re.Match[str].end, _LINE_END.finditer(self.text))]


_LINE_END = re.compile(r"\r\n?|\n")


# ---- reading


def load(path: str | Path, content: str | bytes | None = None, *, kind: Kind | None = None) -> Source:
    """Read a file, or `content` under that name.

    Without a `kind` the end of the name tells it, else what the text begins with.

    Example:
        `load("api.yaml").data["paths"]`, `load("<text>", '{"openapi": "3.1.0"}').place("/openapi").line`

    Raises:
        Unreadable: too large, too deep, not UTF-8, not what its name says; or the file cannot be opened.
        Missing: YAML, without PyYAML.
    """
    name = str(path)
    kind = kind or KINDS.get(Path(name).suffix.lower())
    text = text_of(name, content, kind)
    kind = kind or _guess(text)
    if len(text) > LARGEST[kind]:
        raise _too_large(name, kind)
    bare = text.removeprefix("\ufeff")
    source = Source(path=name, text=bare, kind=kind, marked=bare is not text and len(bare) < len(text))
    _READERS[kind](source)
    return source


def text_of(path: str, content: str | bytes | None = None, kind: Kind | None = None) -> str:
    """The text of a file, a byte order mark included, without a look at what it says.

    Raises:
        Unreadable: too large, not UTF-8, or it cannot be opened.
    """
    raw = _bytes(path, kind) if content is None else content
    return raw if isinstance(raw, str) else _decoded(path, raw)


def _bytes(path: str, kind: Kind | None) -> bytes:
    largest = LARGEST[kind or "json"]
    try:
        mode = Path(path).stat().st_mode
        if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):  # a pipe would be waited for, without end
            raise Unreadable(path, "not a regular file")
        with Path(path).open("rb") as file:
            raw = file.read(largest + 1)
    except OSError as error:
        raise Unreadable(path, error.strerror or str(error)) from None
    if len(raw) > largest:
        raise _too_large(path, kind or "json")
    return raw


def _too_large(path: str, kind: Kind) -> Unreadable:
    return Unreadable(path, f"larger than {LARGEST[kind] // 2**20} MiB, which is the most that is read of {kind}")


def _decoded(path: str, raw: bytes) -> str:
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in raw[:64]:
        raise Unreadable(path, "UTF-16 or UTF-32, or no text at all; save it as UTF-8")
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        before = raw[: error.start]
        line, column = before.count(b"\n") + 1, error.start - (before.rfind(b"\n") + 1) + 1
        why = f"not UTF-8: the byte 0x{raw[error.start]:02x}; save it as UTF-8"
        raise Unreadable(path, why, line=line, column=column) from None


def _guess(text: str) -> Kind:
    """What a text without a telling name is."""
    if text.lstrip("\ufeff \t\r\n").startswith("{"):
        return "json"
    return "yaml" if described(text) else "python"


_HEAD = re.compile(r"""(?:^|[{,\n]) *["']?(openapi|swagger|asyncapi)["']? *:""")


def described(text: str) -> bool:
    """Whether a text may be an OpenAPI or AsyncAPI document: cheap, and never wrong where it says no."""
    return _HEAD.search(text) is not None


# ---- JSON


def _read_json(source: Source) -> None:
    try:
        source.data, twice = _values(source.text)
    except json.JSONDecodeError as error:
        raise Unreadable(source.path, f"not JSON: {error.msg}", line=error.lineno, column=error.colno) from None
    except (RecursionError, ValueError) as error:
        deep = isinstance(error, RecursionError)
        raise Unreadable(source.path, _TOO_DEEP if deep else f"not JSON: {error}") from None
    if deeper_than(source.data, DEEPEST):
        raise Unreadable(source.path, _TOO_DEEP)
    source.places = JsonPlaces(source.text)
    source.duplicates = tuple(_pointers_of(source.data, twice)) if twice else ()
    if _HALF.search(source.text):
        source.data, source.duplicates = _whole(source.data), tuple(map(_whole, source.duplicates))


_HALF = re.compile(r"\\u[dD][89a-fA-F]")
"""What may be half of a letter: JSON can spell one without the other (`\\ud800`), and nothing can write it as UTF-8."""


def _whole(value: Any) -> Any:
    """The values with a question mark for every half of a letter."""
    match value:
        case str():
            return value.encode(errors="replace").decode()
        case dict():
            return {_whole(name): _whole(one) for name, one in cast("dict[str, Any]", value).items()}
        case list():
            return [_whole(one) for one in cast("list[Any]", value)]
        case _:
            return value


_TOO_DEEP = f"more than {DEEPEST} lists and objects in one another"


def _values(text: str) -> tuple[Any, list[tuple[dict[str, Any], str]]]:
    """The values, and the members that stand there twice: their object and name."""
    twice: list[tuple[dict[str, Any], str]] = []

    def made(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            counts = Counter(name for name, _ in pairs)
            twice.extend((found, name) for name, count in counts.items() if count > 1)
        return found

    return json.loads(text, object_pairs_hook=made, parse_constant=_no_number), twice


def _no_number(word: str) -> Any:
    raise ValueError(f"{word} is no number in JSON")


def _pointers_of(data: Any, members: Iterable[tuple[dict[str, Any], str]]) -> Iterator[str]:
    names: dict[int, list[str]] = {}
    for owner, name in members:
        names.setdefault(id(owner), []).append(name)
    waiting: list[tuple[str, Any]] = [("", data)]
    while waiting:
        pointer, value = waiting.pop()
        yield from (f"{pointer}/{escape(name)}" for name in names.get(id(value), ()))
        waiting.extend((f"{pointer}/{escape(str(name))}", below) for name, below in _below(value))


def _below(value: Any) -> Iterable[tuple[str | int, Any]]:
    match value:
        case dict():
            return cast("dict[str, Any]", value).items()
        case list():
            return enumerate(cast("list[Any]", value))
        case _:
            return ()


def deeper_than(data: Any, depth: int) -> bool:
    """Whether more than `depth` containers stand in one another; without recursion."""
    level: list[Any] = [data] if isinstance(data, dict | list) else []
    for _ in range(depth):
        level = [one for held in level for one in _values_of(held) if isinstance(one, dict | list)]
        if not level:
            return False
    return True


def _values_of(held: Any) -> Iterable[Any]:
    return cast("dict[str, Any]", held).values() if type(held) is dict else held


_SPACE = cast("Callable[[str, int], re.Match[str]]", re.compile(r"[ \t\r\n]*").match)
_SCAN = json.JSONDecoder(strict=False).raw_decode


class JsonPlaces:
    """The places in a JSON text that was decoded before, so that it has no errors."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._known: dict[int, dict[str, Spot]] = {}

    def find(self, steps: list[str]) -> Spot:
        """The value at the end of these steps; where they lead nowhere, the last one that is there."""
        start = _SPACE(self._text, 0).end()
        spot = Spot(start, len(self._text.rstrip()), start, start + 1)
        for step in steps:
            below = self._children(spot.start).get(step)
            if below is None:
                break
            spot = below
        return spot

    def _children(self, start: int) -> dict[str, Spot]:
        if start not in self._known:
            read = {"{": self._members, "[": self._items}.get(self._text[start])
            self._known[start] = dict(read(start)) if read else {}
        return self._known[start]

    def _members(self, start: int) -> Iterator[tuple[str, Spot]]:
        text, here = self._text, self._next(start + 1)
        while text[here] != "}":
            name, key_end = _SCAN(text, here)
            begin = self._next(self._next(key_end) + 1)
            end = _SCAN(text, begin)[1]
            yield name, Spot(begin, end, here, key_end)
            here = self._next(end)
            here = self._next(here + 1) if text[here] == "," else here

    def _items(self, start: int) -> Iterator[tuple[str, Spot]]:
        text, here, number = self._text, self._next(start + 1), 0
        while text[here] != "]":
            end = _SCAN(text, here)[1]
            yield str(number), Spot(here, end, here, end)
            number, here = number + 1, self._next(end)
            here = self._next(here + 1) if text[here] == "," else here

    def _next(self, here: int) -> int:
        return _SPACE(self._text, here).end()


# ---- the others


def _read_yaml(source: Source) -> None:
    if source.text.lstrip()[:1] == "{":  # JSON is YAML, and read much faster as what it is
        try:
            _read_json(source)
        except Unreadable:
            pass
        else:
            source.kind = "json"
            return
    from accepted.documents import yaml

    read = yaml.read(source.path, source.text)
    source.data, source.places, source.duplicates = read.data, read.places, read.duplicates
    source.quoted = read.quoted


def _read_code(source: Source) -> None:
    """Code is text; whoever parses it has the places."""


_READERS: dict[Kind, Callable[[Source], None]] = {
    "json": _read_json,
    "yaml": _read_yaml,
    "python": _read_code,
    "elixir": _read_code,
}
