"""An OpenAPI Overlay 1.0.0: what fixing would add to a document that somebody generates, as a document of its own.

What may live here: the difference of two versions of a document as actions, and how it is written.
An object that is to get members is a target with an `update` of those members; a list gets its new items one by one; a
text that gets longer is a member that is replaced. Nothing is ever removed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, cast

from accepted.lint.placing import block

VERSION = "1.0.0"


def overlay(before: Any, after: Any, title: str) -> dict[str, Any]:
    """The overlay that makes `after` of `before`, where `after` has more and nothing less.

    Example:
        `overlay({"a": {}}, {"a": {"b": 1}}, "API")["actions"] == [{"target": "$.a", "update": {"b": 1}}]`
    """
    told = {"title": f"{title}: the Async Request-Reply Pattern", "version": VERSION}
    return {"overlay": VERSION, "info": told, "actions": list(_actions("$", before, after))}


def written(document: dict[str, Any], *, as_json: bool) -> str:
    """The text of an overlay."""
    text = json.dumps(document, ensure_ascii=False, indent=2) if as_json else "\n".join(block(document))
    return f"{text}\n"


def _actions(target: str, before: Any, after: Any) -> Iterator[dict[str, Any]]:
    match before, after:
        case dict(), dict():
            old, new = cast("dict[str, Any]", before), cast("dict[str, Any]", after)
            update = {name: one for name, one in new.items() if name not in old or _replaced(old[name], one)}
            if update:
                yield {"target": target, "update": update}
            for name, one in old.items():
                yield from _actions(f"{target}{_step(name)}", one, new[name])
        case list(), list():
            several, more = cast("list[Any]", before), cast("list[Any]", after)
            for number, (one, other) in enumerate(zip(several, more, strict=False)):
                yield from _actions(f"{target}[{number}]", one, other)
            yield from ({"target": target, "update": one} for one in more[len(several) :])
        case _:
            pass


def _replaced(one: Any, other: Any) -> bool:
    """Whether a member is a value, not a container, and another one."""
    return not isinstance(one, dict | list) and one != other


def _step(name: str) -> str:
    """A member as a step of a JSONPath (RFC 9535)."""
    if re.fullmatch(r"[A-Za-z_]\w*", name, re.ASCII):
        return f".{name}"
    quoted = json.dumps(name, ensure_ascii=False)[1:-1].replace('\\"', '"').replace("'", "\\'")
    return f"['{quoted}']"
