"""Where additions go in a JSON or YAML text, and how they are written there.

What may live here: pure functions from a `Source` and `Additions` to texts by offset, in the style of what is around
them. Nothing is ever replaced or moved: every character of the text stays. Whether the text then says what it should is
not believed but read again, by `fix`; so a case that is not understood here is left, and never made wrong.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

from accepted.documents.nodes import escape
from accepted.documents.source import Place, Source
from accepted.lint.insert import Additions, Impossible, at, tail


def insertions(source: Source, more: Additions) -> list[tuple[int, str]]:
    """The offsets and texts of all additions, in order; at one offset, what is deeper comes first.

    Raises:
        Impossible: the text has a form that is not understood here.
    """
    text = (YamlText if source.kind == "yaml" else JsonText)(source)
    found = [
        *((pointer, text.members(pointer, members)) for pointer, members in more.members.items()),
        *((pointer, text.items(pointer, items)) for pointer, items in more.items.items()),
        *((pointer, text.sentences(pointer, texts)) for pointer, texts in more.texts.items()),
    ]
    return [place for _, place in sorted(found, key=lambda one: (one[1][0], -one[0].count("/")))]


class JsonText:
    """Where something is added to a JSON text, and how it is written there."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.text = source.text
        self.newline = "\r\n" if self.text[: self.text.find("\n") + 1].endswith("\r\n") else "\n"
        unit = re.search(r"[{\[]\r?\n([ \t]+)", self.text)
        self.unit = unit[1] if unit else ""
        self.compact = re.search(r'"\s*:\S', self.text[:2000]) is not None

    def members(self, pointer: str, members: Mapping[str, Any]) -> tuple[int, str]:
        """Members behind the last one of an object."""
        return self._into(pointer, [f"{json.dumps(name)}{self._colon}{{}}" for name in members], list(members.values()))

    def items(self, pointer: str, items: list[Any]) -> tuple[int, str]:
        """Items behind the last one of a list."""
        return self._into(pointer, ["{}"] * len(items), items)

    def sentences(self, pointer: str, texts: list[str]) -> tuple[int, str]:
        """Sentences at the end of a text."""
        place = self.source.place(pointer)
        whole = json.loads(self.text[place.start : place.end])
        return quoted_end(self.text, place, whole), json.dumps(tail(whole, texts), ensure_ascii=False)[1:-1]

    @property
    def _colon(self) -> str:
        return ":" if self.compact else ": "

    def _into(self, pointer: str, forms: list[str], values: list[Any]) -> tuple[int, str]:
        place = self.source.place(pointer)
        offset, empty = last_thing(self.text, place)
        lead = re.match(r"[\s]*", self.text[place.start + 1 : place.end])
        space = lead[0] if lead else ""
        indent = self._indent(place, space, empty=empty)
        written = [
            form.replace("{}", self._dumped(value, indent), 1) for form, value in zip(forms, values, strict=True)
        ]
        between = f"{self.newline}{indent}" if indent is not None else "" if self.compact else " "
        first = "" if empty and indent is None else between
        closing = f"{self.newline}{indent[: -len(self.unit)]}" if empty and indent and not space else ""
        return offset, ("" if empty else ",") + first + f",{between}".join(written) + closing

    def _indent(self, place: Place, space: str, *, empty: bool) -> str | None:
        """The indentation of members that have lines of their own, or None."""
        if "\n" in space and not empty:
            return space.rpartition("\n")[2]
        if not empty or not self.unit:
            return None
        line = self.text[self.text.rfind("\n", 0, place.start) + 1 : place.start]
        return line[: len(line) - len(line.lstrip())] + self.unit

    def _dumped(self, value: Any, indent: str | None) -> str:
        if indent is None:
            return json.dumps(value, ensure_ascii=False, separators=(",", self._colon) if self.compact else None)
        text = json.dumps(value, ensure_ascii=False, indent=self.unit or "  ", separators=(",", self._colon))
        return text.replace("\n", f"{self.newline}{indent}")


def last_thing(text: str, place: Place) -> tuple[int, bool]:
    """The offset behind the last thing in a pair of brackets, and whether there is none."""
    inner = text[place.start + 1 : place.end - 1]
    return place.start + 1 + len(inner.rstrip()), not inner.strip()


def quoted_end(text: str, place: Place, value: str) -> int:
    """The offset behind the last line of a text in double quotes; the line ends behind it stay there."""
    ends = "\\n" * (len(value) - len(value.rstrip("\n")))
    offset = place.end - 1 - len(ends)
    if text[offset : place.end - 1] != ends:
        raise Impossible("the text ends in lines that are written in an unusual way")
    return offset


class YamlText:
    """Where something is added to a YAML text, and how it is written there."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.text = source.text
        self.newline = "\r\n" if "\r\n" in self.text else "\n"
        indented = re.search(r"^( +)[^\s#-]", self.text, re.MULTILINE)
        self.unit = indented[1] if indented else "  "

    def members(self, pointer: str, members: Mapping[str, Any]) -> tuple[int, str]:
        """Members behind the last one of a mapping."""
        place = self._place(pointer)
        quote = self._quote(pointer)
        if self.text[place.start] == "{":
            return self._flow(place, [f"{_key(name, quote)}: {flow(value)}" for name, value in members.items()])
        return self._below(
            place, [line for name, value in members.items() for line in _member(name, value, self.unit, quote)]
        )

    def items(self, pointer: str, items: list[Any]) -> tuple[int, str]:
        """Items behind the last one of a sequence."""
        place = self._place(pointer)
        if self.text[place.start] == "[":
            return self._flow(place, [flow(one) for one in items])
        return self._below(place, [line for one in items for line in _item(one, self.unit)])

    def sentences(self, pointer: str, texts: list[str]) -> tuple[int, str]:
        """Sentences at the end of a scalar, in its style."""
        place = self._place(pointer)
        before: str = at(self.source.data, pointer)
        new = tail(before, texts)
        column = self.source.place(pointer, key=True).column - 1
        match self.text[place.start]:
            case '"':
                return quoted_end(self.text, place, before), json.dumps(new, ensure_ascii=False)[1:-1]
            case "'":
                return place.end - 1, self._folded(new.replace("'", "''"), column)
            case "|" | ">" as style:
                return self._block(place, new, style)
            case _:
                if re.search(r": | #|:$", new):
                    raise Impossible("the text is plain, and what is added needs quotes")
                return place.end, self._folded(new, column)

    def _place(self, pointer: str) -> Place:
        place = self.source.place(pointer)
        if self.text[place.start : place.start + 1] in {"*", "&", "!", "?", ""}:
            raise Impossible("an anchor, an alias or a tag is in the way")
        return place

    def _quote(self, pointer: str) -> str:
        """The quotes of the names that stand there already, or ""."""
        first = next(iter(cast("dict[str, Any]", at(self.source.data, pointer))), None)
        if first is None:
            return '"'
        mark = self.text[self.source.place(f"{pointer}/{escape(first)}", key=True).start]
        return mark if mark in "'\"" else ""

    def _flow(self, place: Place, written: list[str]) -> tuple[int, str]:
        offset, empty = last_thing(self.text, place)
        lead = "" if empty else " " if self.text[offset - 1] == "," else ", "
        return offset, lead + ", ".join(written)

    def _below(self, place: Place, lines: list[str]) -> tuple[int, str]:
        """Lines behind the last line of a block."""
        indent = " " * (place.column - 1)
        end = len(self.text[: place.end].rstrip())
        stop = self.text.find("\n", end)
        offset = len(self.text) if stop < 0 else stop - (self.text[stop - 1] == "\r")
        return offset, "".join(f"{self.newline}{indent}{line}" for line in lines)

    def _folded(self, new: str, column: int) -> str:
        """In a scalar whose lines are folded, n line ends are written as n + 1."""
        return re.sub(r"\n+", lambda ends: self.newline * (len(ends[0]) + 1) + " " * column + self.unit, new)

    def _block(self, place: Place, new: str, style: str) -> tuple[int, str]:
        head, _, body = self.text[place.start : place.end].partition("\n")
        content = body.rstrip()
        if re.search(r"\d", head) or not content:
            raise Impossible("the block scalar says how far it is indented")
        indent = content[: len(content) - len(content.lstrip())].rpartition("\n")[2]
        offset = place.start + len(head) + 1 + len(content)
        more = 1 if style == ">" else 0
        return offset, re.sub(r"\n+", lambda ends: self.newline * (len(ends[0]) + more) + indent, new)


# ---- YAML, written


_PLAIN = re.compile(r"[A-Za-z/](?:[\w ./()<>$+-]*[\w./()>])?")
_WORDS = {"true", "false", "null", "yes", "no", "on", "off", "y", "n"}


def _scalar(value: Any) -> str:
    if isinstance(value, str) and _PLAIN.fullmatch(value) and value.lower() not in _WORDS:
        return value
    return json.dumps(value, ensure_ascii=False)


def _key(name: str, quote: str) -> str:
    if (
        re.fullmatch(r"[\w$./-]*[A-Za-z][\w$./{}-]*", name)
        and not re.search(r"[{}]", name)
        and name.lower() not in _WORDS
    ):
        return name
    if quote == "'":
        return f"'{name}'" if "'" not in name else json.dumps(name)
    return name if not quote and name.isdecimal() else json.dumps(name, ensure_ascii=False)


def flow(value: Any) -> str:
    """A value in one line."""
    match value:
        case dict():
            return (
                "{"
                + ", ".join(f"{_key(n, chr(34))}: {flow(one)}" for n, one in cast("dict[str, Any]", value).items())
                + "}"
            )
        case list():
            return "[" + ", ".join(flow(one) for one in cast("list[Any]", value)) + "]"
        case _:
            return _scalar(value)


def block(value: Any, unit: str = "  ") -> list[str]:
    """A value in lines, not indented."""
    match value:
        case dict() if value:
            members = cast("dict[str, Any]", value).items()
            return [line for name, one in members for line in _member(name, one, unit, '"')]
        case list() if value:
            return [line for one in cast("list[Any]", value) for line in _item(one, unit)]
        case _:
            return [flow(value)]


def _member(name: str, value: Any, unit: str, quote: str) -> Iterator[str]:
    if isinstance(value, dict | list) and value:
        yield f"{_key(name, quote)}:"
        yield from (f"{unit}{line}" for line in block(value, unit))
    else:
        yield f"{_key(name, quote)}: {flow(value)}"


def _item(value: Any, unit: str) -> Iterator[str]:
    first, *rest = block(value, unit)
    yield f"- {first}"
    yield from (f"  {line}" for line in rest)
