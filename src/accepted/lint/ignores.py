"""What comments say is to be ignored: `# accepted: ignore[FN204] the service answers 200`.

What may live here: finding such comments and what each covers. Python, Elixir and YAML have comments; a JSON document
says the same in the configuration (`per-operation-ignores`).

A comment covers the statement on whose line it ends; on the head of a `def` or `class` all of it; on a line of its own
what follows it. In YAML and Elixir it covers its line and whatever is indented deeper below.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from accepted.documents import python
from accepted.documents.source import Place, Source

_COMMENT = re.compile(r"#\s*accepted:\s*ignore\b(?:\[(?P<names>[^\]\n]*)\])?(?P<reason>[^\n]*)")


@dataclass(eq=False, slots=True, kw_only=True)
class Ignore:
    """One comment.

    Attributes:
        source, place: where it stands.
        names: the rules, by id or alias; empty where it names none, and then it ignores nothing.
        reason: what it says behind them.
        first, last: the lines that it covers.
        used: the names that a finding was ignored by.
        ran: the names whose rules ran, so that something could have been found.
        unknown: the names that are no rule's.
    """

    source: Source
    place: Place
    names: tuple[str, ...]
    reason: str
    first: int
    last: int
    used: set[str] = field(default_factory=set[str])
    ran: set[str] = field(default_factory=set[str])
    unknown: set[str] = field(default_factory=set[str])

    def covers(self, line: int) -> bool:
        """Whether that line is one of its lines."""
        return self.first <= line <= self.last


def ignores(source: Source) -> list[Ignore]:
    """The comments of a file, in its order."""
    if source.kind == "json" or _COMMENT.search(source.text) is None:
        return []
    found = _python(source) if source.kind == "python" else _indented(source, _HASHES[source.kind](source))
    return sorted(found, key=lambda one: one.place)


def _made(source: Source, start: int, comment: re.Match[str], lines: tuple[int, int]) -> Ignore:
    names = tuple(name.strip() for name in (comment["names"] or "").split(",") if name.strip())
    place = source.at(start, start + len(comment[0].rstrip()))
    return Ignore(
        source=source,
        place=place,
        names=names,
        reason=comment["reason"].strip(" \t\r-:"),
        first=min(lines[0], place.line),
        last=max(lines[1], place.line),
    )


# ---- Python


def _python(source: Source) -> Iterator[Ignore]:
    spans = sorted(_statements(python.parse(source)))
    heads = _heads(spans)
    for line, column, text in _comments(source):
        comment = _COMMENT.match(text)
        if comment is None:
            continue
        start = source.span(line, 0).start + column
        alone = not source.line(line)[:column].strip()
        yield _made(source, start, comment, _below(spans, line) if alone else heads.get(line, (line, line)))


def _comments(source: Source) -> Iterator[tuple[int, int, str]]:
    for token in tokenize.generate_tokens(io.StringIO(source.text).readline):
        if token.type == tokenize.COMMENT:
            yield (*token.start, token.string)


_Span = tuple[int, int, int]
"""First line, last line, and the last line of its head: what a comment stands behind."""


def _statements(tree: ast.Module) -> Iterator[_Span]:
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt):
            body: list[ast.stmt] | None = getattr(node, "body", None)
            last = node.end_lineno or node.lineno
            decorators: list[ast.expr] = getattr(node, "decorator_list", [])
            first = min([node.lineno, *(one.lineno for one in decorators)])
            yield first, last, max(node.lineno, body[0].lineno - 1) if body else last


def _heads(spans: list[_Span]) -> dict[int, tuple[int, int]]:
    """For each line the innermost statement whose head has it."""
    inwards = sorted(spans, key=lambda span: (span[0], -span[1]))
    return {line: (first, last) for first, last, head in inwards for line in range(first, head + 1)}


def _below(spans: list[_Span], line: int) -> tuple[int, int]:
    """The statement that follows."""
    number = bisect_left(spans, (line + 1, 0, 0))
    return spans[number][:2] if number < len(spans) else (line, line)


# ---- what is told by indentation


def _in_yaml(source: Source) -> Iterator[int]:
    """Where comments begin: at a `#` behind a space, in no text."""
    at = 0
    while one := _COMMENT.search(source.text, at):
        start, at = one.span()
        if (not start or source.text[start - 1].isspace()) and not _within(source.quoted, start):
            yield start
        else:
            at = start + 1


def _within(spans: Sequence[tuple[int, int]], at: int) -> bool:
    number = bisect_right(spans, at, key=lambda span: span[0])
    return number > 0 and at < spans[number - 1][1]


_ELIXIR = re.compile(
    r"""(?P<comment>\#[^\n]*)
    |\?\\?.                                                   # a character: ?"
    |~[a-zA-Z]+(?:\([^)\n]{0,999}\)|\[[^\]\n]{0,999}\]|\{[^}\n]{0,999}\}|<[^>\n]{0,999}>|[|/][^|/\n]{0,999}[|/])
    |(?P<long>\"{3}|'{3}).*?(?:(?P=long)|\Z)
    |"(?:\\.|[^"\\])*+"? | '(?:\\.|[^'\\])*+'?""",
    re.DOTALL | re.VERBOSE,
)
"""Comments, and the texts in which a `#` begins none; one that is not closed goes on to the end."""


def _in_elixir(source: Source) -> Iterator[int]:
    return (one.start() for one in _ELIXIR.finditer(source.text) if one["comment"])


_HASHES: dict[str, Callable[[Source], Iterator[int]]] = {"yaml": _in_yaml, "elixir": _in_elixir}


def _indented(source: Source, starts: Iterable[int]) -> Iterator[Ignore]:
    last = _blocks(source)
    told = sorted(last)
    for start in starts:
        comment = _COMMENT.match(source.text, start)
        if comment is None:
            continue
        place = source.at(start)
        number = bisect_left(told, place.line)  # this line, or the next one that says something
        first = told[number] if number < len(told) else place.line
        yield _made(source, start, comment, (place.line, last.get(first, first)))


def _blocks(source: Source) -> dict[int, int]:
    """For each line that says something the last one of what is indented deeper below it.

    The items of a list may stand as deep as its name.
    """
    blocks: dict[int, int] = {}
    above: list[tuple[int, bool, int]] = []
    before = 0
    for line in range(1, source.lines + 1):
        text = source.line(line)
        if _told(text):
            depth = (_depth(text), text.lstrip().startswith("- "))
            while above and depth <= above[-1][:2]:
                blocks[above.pop()[2]] = before
            above.append((*depth, line))
            before = line
    return blocks | {line: before for *_, line in above}


def _told(text: str) -> bool:
    return bool(text.strip()) and not text.lstrip().startswith("#")


def _depth(text: str) -> int:
    return len(text) - len(text.lstrip())
