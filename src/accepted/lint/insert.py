"""Additions to a JSON or YAML document: what they are together, and what the document says with them.

What may live here: pure functions from values and the `Insert`s of fixes to values. What is there already stays.

    Insert -> Additions   members, items and sentences, by the pointer of what is there already
    Additions -> data     `added`: the values as they will be
    Additions -> text     `lint.placing`
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from copy import copy, deepcopy
from dataclasses import dataclass, field
from typing import Any, cast

from accepted.documents.nodes import escape, unescape
from accepted.lint.rule import Insert


class Impossible(Exception):
    """An addition cannot be made; the text says why."""


@dataclass(slots=True)
class Additions:
    """What is added, by the JSON pointer of the object, list or text that it is added to."""

    members: dict[str, dict[str, Any]] = field(default_factory=dict[str, "dict[str, Any]"])
    items: dict[str, list[Any]] = field(default_factory=dict[str, "list[Any]"])
    texts: dict[str, list[str]] = field(default_factory=dict[str, "list[str]"])

    def __bool__(self) -> bool:
        return any(below for part in (self.members, self.items, self.texts) for below in part.values())


# ---- what is added


def additions(data: Any, inserts: Iterable[Insert]) -> Additions:
    """What is to be added, together: nothing twice, and nothing that is there already.

    Raises:
        Impossible: something is to be added to a number, to nothing, or to what only refers to something.
    """
    found = Additions()
    for one in inserts:
        steps = [unescape(part) for part in one.pointer.split("/")[1:]]
        here, pointer, rest = _reached(data, steps)
        if isinstance(here, str) and not rest and isinstance(one.value, str):
            told = found.texts.setdefault(pointer, [])
            told += [] if one.value in here or one.value in told else [one.value]
        else:
            _collect(found, here, pointer, rest, one.value)
    return found


def _reached(data: Any, steps: list[str]) -> tuple[Any, str, list[str]]:
    """The last thing on a way that is there, the pointer to it, and the steps that are left."""
    here, pointer = data, ""
    for number, step in enumerate(steps):
        match here:
            case dict() if step in here:
                here = cast("dict[str, Any]", here)[step]
            case list() if step.isdecimal() and int(step) < len(cast("list[Any]", here)):
                here = cast("list[Any]", here)[int(step)]
            case _:
                return here, pointer, steps[number:]
        pointer += f"/{escape(step)}"
    return here, pointer, []


def _collect(found: Additions, here: Any, pointer: str, rest: list[str], value: Any) -> None:
    """Add a value below what is there, which stays as it is."""
    refers = isinstance(here, dict) and "$ref" in here
    if isinstance(here, dict) and not rest and isinstance(value, dict) and not refers:
        _complete(found, cast("dict[str, Any]", here), pointer, cast("dict[str, Any]", value))
    elif isinstance(here, dict) and rest and rest[0] != "-" and not (refers and (rest[1:] or isinstance(value, dict))):
        _merge(found.members.setdefault(pointer, {}), {rest[0]: _nested(rest[1:], value)})
    elif isinstance(here, list) and rest == ["-"]:
        several = found.items.setdefault(pointer, [])
        several += [] if value in here or value in several else [value]
    elif rest or here is None or refers:
        raise Impossible(f"nothing can be added at {pointer or 'the top'}")


def _complete(found: Additions, here: dict[str, Any], pointer: str, value: dict[str, Any]) -> None:
    """Add the members that an object lacks, and look into those that it has."""
    for name, below in value.items():
        if name in here:
            _collect(found, here[name], f"{pointer}/{escape(name)}", [], below)
        else:
            _collect(found, here, pointer, [name], below)


def _nested(steps: list[str], value: Any) -> Any:
    """The value below new objects and lists."""
    for step in reversed(steps):
        value = [value] if step == "-" else {step: value}
    return value


def _merge(into: dict[str, Any], more: Mapping[str, Any]) -> None:
    """Add members; objects are merged, lists joined, and a second sentence goes behind the first."""
    for name, value in more.items():
        known = into.get(name)
        if name not in into:
            into[name] = deepcopy(value)
        elif isinstance(known, dict) and isinstance(value, dict):
            _merge(cast("dict[str, Any]", known), cast("dict[str, Any]", value))
        elif isinstance(known, list) and isinstance(value, list):
            several = cast("list[Any]", known)
            several += [one for one in cast("list[Any]", value) if one not in several]
        elif isinstance(known, str) and isinstance(value, str) and value not in known:
            into[name] = joined(known, value)


def joined(before: str, more: str) -> str:
    """A text with a sentence behind it: in the same line, or a paragraph of its own where there are several lines."""
    body = before.rstrip("\n")
    return f"{body}{separator(before, more)}{more}{before[len(body) :]}"


def separator(before: str, more: str) -> str:
    """What stands between a text and the sentence behind it."""
    body = before.rstrip("\n")
    if not body or body.endswith(" "):
        return ""
    if "\n" in body:
        return "\n\n"
    return ". " if body[-1].isalnum() and more[:1].isupper() else " "


def added(data: Any, more: Additions) -> Any:
    """The values with the additions. What is changed is copied on the way to it, so that nothing shared is changed."""
    for pointer, texts in more.texts.items():
        data = _changed(data, pointer, _longer, texts)
    for pointer, items in more.items.items():
        data = _changed(data, pointer, list[Any].__add__, items)
    for pointer, members in more.members.items():
        data = _changed(data, pointer, dict[str, Any].__or__, members)
    return data


def _changed(data: Any, pointer: str, change: Callable[[Any, Any], Any], more: Any) -> Any:
    """The values with another one at a pointer."""
    way, values = pointer.split("/")[1:], [data]
    for part in way:
        values.append(_step(values[-1], part))
    new = change(values.pop(), more)
    for part, holder in zip(reversed(way), reversed(values), strict=True):
        copied: Any = copy(holder)
        copied[int(part) if isinstance(holder, list) else unescape(part)] = new
        new = copied
    return new


def _longer(before: str, texts: Iterable[str]) -> str:
    body = before.rstrip("\n")
    return f"{body}{tail(before, texts)}{before[len(body) :]}"


def tail(before: str, texts: Iterable[str]) -> str:
    """All that is new at the end of a text, without the line ends that stay behind it."""
    whole = before
    for text in texts:
        whole = joined(whole, text)
    body = before.rstrip("\n")
    return whole[len(body) : len(whole) - (len(before) - len(body))]


def at(data: Any, pointer: str) -> Any:
    """The value at a pointer."""
    for part in pointer.split("/")[1:]:
        data = _step(data, part)
    return data


def _step(data: Any, part: str) -> Any:
    return cast("list[Any]", data)[int(part)] if isinstance(data, list) else data[unescape(part)]
