"""Markdown from values, and what docstrings say: pure functions that know neither core nor service.

What `Attributes:` sections say, `accepted.cli._docstrings` reads.
"""

from __future__ import annotations

import doctest
import inspect
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import ModuleType

# ---- Markdown


def page(title: str, *parts: str) -> str:
    """A whole page; empty parts are left out."""
    notice = "<!-- Made from the code by tools/docs.py. Change the code, then run: make docs -->"
    return "\n\n".join(part.strip("\n") for part in (f"# {title}", notice, *parts) if part) + "\n"


def section(title: str, *parts: str) -> str:
    """A section, or nothing where it would be empty."""
    body = "\n\n".join(part.strip("\n") for part in parts if part)
    return f"## {title}\n\n{body}" if body else ""


def table(head: str, rows: Iterable[Sequence[object]]) -> str:
    """A table; `head` holds the column names with bars between. Nothing where there are no rows."""
    cells = [[" ".join(str(cell).replace("|", "\\|").split()) for cell in row] for row in rows]
    if not cells:
        return ""
    return "\n".join((f"| {head} |", "|---" * len(cells[0]) + "|", *(f"| {' | '.join(row)} |" for row in cells)))


def pairs(told: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Rows of a name as code, and a sentence."""
    return ((code(name), text) for name, text in told.items())


def fence(language: str, text: str) -> str:
    """A block of code."""
    return f"```{language}\n{text.strip(chr(10))}\n```"


def code(value: object) -> str:
    """As code; nothing as nothing."""
    return "" if value in (None, "") else f"`{value}`"


def listed(values: Iterable[object]) -> str:
    """Each as code, with commas between."""
    return ", ".join(code(value) for value in values)


def lines(*sentences: str) -> str:
    """One sentence a line; empty ones are left out."""
    return "\n".join(sentence for sentence in sentences if sentence)


def bullets(items: Iterable[str]) -> str:
    """A list."""
    return "\n".join(f"- {item}" for item in items)


def sentence(text: str) -> str:
    """With a capital at its beginning and a full stop at its end."""
    return text[:1].upper() + text[1:].rstrip(".") + "." if text else ""


def number(seconds: float) -> str:
    """Seconds as people say them."""
    for unit, size in (("h", 3600.0), ("min", 60.0)):
        if seconds >= size and seconds % size == 0:
            return f"{seconds / size:g} {unit}"
    return f"{seconds:g} s"


# ---- docstrings


def first_line(thing: object) -> str:
    """The first paragraph of a docstring, in one line."""
    return " ".join((inspect.getdoc(thing) or "").partition("\n\n")[0].split())


def example_of(module: ModuleType) -> str:
    """The doctest example of a module, as code that can be run."""
    examples = doctest.DocTestParser().get_examples(module.__doc__ or "")
    source = re.sub(r" *# doctest:.*", "", "".join(example.source for example in examples))
    return re.sub(r"(^(?:import|from) .*\n)(?!import|from)", r"\1\n", source, flags=re.MULTILINE)
