"""Elixir source as clients of tasks: `@moduledoc` and `@doc` read as text, the language of the pattern's first guide.

What may live here: from a `Source` to the `Module`s in it, one per `defmodule`. There is no syntax tree: attributes and
`def` are found by their line, strings by their quotes, and what stands inside of one is no code. A string without an
end is refused with its line, since all behind it would be taken for something else. Rules over code do not run here.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from accepted.documents.code import Client, Docs, Function, Module, Parameter, Sure, canonical, roles
from accepted.documents.prose import LONGEST
from accepted.documents.source import Place, Source, Unreadable

_NO_NAMES: Mapping[str, tuple[str, ...]] = {}

_TOKEN = re.compile(
    r"""^[ \t]*(?:
        @(?P<attribute>\w+)[ \t]+(?:~[sS])?(?:(?P<heredoc>\"{3})|"(?P<text>(?:[^"\\\n]|\\.)*)"|(?P<hidden>false\b))
      | defmodule[ \t]+(?P<module>[\w.]+)[ \t]+do\b
      | def[ \t]+(?P<name>[a-z_]\w*[?!]?)(?:\((?P<head>(?:[^()]|\([^()]*\))*)\))?
      | [^\n"#]*(?P<other>\"{3})
    )""",
    re.MULTILINE | re.VERBOSE,
)
_CLOSE = re.compile(r'^[ \t]*"{3}', re.MULTILINE)


def read(source: Source, aliases: Mapping[str, Iterable[str]] = _NO_NAMES, *, named: bool = False) -> list[Module]:
    """Every module of a file; those without a create and a poll have no client.

    `aliases` and `named` are those of `python.read`.

    Example:
        `read(load("task_client.ex"))[0].clients`

    Raises:
        Unreadable: a string has no end; with line and column of its beginning.
    """
    endless = _endless(source.text)
    if endless is not None:
        place = source.at(endless, endless + 1)
        why = "this is not Elixir: the string that begins here has no end"
        raise Unreadable(source.path, why, line=place.line, column=place.column)
    found = list(_modules(source))
    ends = [*(one.name.start for one in found[1:]), len(source.text)][: len(found)]
    return [one.module(source, end, aliases, named=named) for one, end in zip(found, ends, strict=True)]


@dataclass(slots=True)
class _Module:
    """One `defmodule` as it is found."""

    name: Place
    docs: Docs
    functions: dict[str, Function] = field(default_factory=dict[str, Function])

    def module(self, source: Source, end: int, aliases: Mapping[str, Iterable[str]], *, named: bool) -> Module:
        functions = tuple(self.functions.values())
        return Module(
            path=source.path,
            language="elixir",
            text=source.text[self.name.start : end],
            docs=self.docs,
            clients=tuple(self.clients(source, functions, aliases, named=named)),
            functions=functions,
        )

    def clients(
        self, source: Source, functions: tuple[Function, ...], aliases: Mapping[str, Iterable[str]], *, named: bool
    ) -> Iterator[Client]:
        found = list(roles(functions, aliases))
        if not found and named:
            found = [(one, role, Sure.DECLARED) for one in functions if (role := canonical(one.name))]
        if {"create", "poll"} & {role for _, role, _ in found}:
            yield Client(
                name=source.text[self.name.start : self.name.end],
                place=self.name,
                docs=Docs(text="", place=self.name),
                sure=Sure.DECLARED if named else found[0][2],
                functions=tuple(replace(one, role=role) for one, role, _ in found),
                confirmed=frozenset(name for names in aliases.values() for name in names),
            )


def _modules(source: Source) -> Iterator[_Module]:
    """Each module with the first clause of its public functions; `@doc false` hides one."""
    current: _Module | None = None
    told: Docs | None = None
    hidden = False
    for token, docs in _tokens(source):
        match token.lastgroup:
            case "module":
                if current:
                    yield current
                place = source.at(token.start("module"), token.end("module"))
                current = _Module(place, Docs(text="", place=place))
            case "name" | "head" if current:
                name, place = token["name"], source.at(token.start("name"), token.end("name"))
                if not hidden and name not in current.functions:
                    parameters = tuple(_parameters(token["head"] or ""))
                    its_docs = told or Docs(text="", place=place)
                    current.functions[name] = Function(name=name, place=place, docs=its_docs, parameters=parameters)
                told, hidden = None, False
            case _ if token["attribute"] == "moduledoc" and docs and current:
                current.docs = docs
            case _ if token["attribute"] == "doc":
                told, hidden = docs, bool(token["hidden"])
            case _:
                pass
    if current:
        yield current


def _tokens(source: Source) -> Iterator[tuple[re.Match[str], Docs | None]]:
    """What begins a line and matters, with the string behind it; what stands inside of long strings is passed over."""
    text, at = source.text, 0
    while token := _TOKEN.search(text, at):
        at = max(token.end(), at + 1)
        if token["heredoc"] or token["other"]:
            close = _CLOSE.search(text, token.end())
            if close is None:
                return
            at = close.end()
            yield token, _docs(source, token.end(), close.start())
        elif token["text"] is not None:
            place = source.at(token.start("text"), token.end("text"))
            yield token, Docs(text=token["text"], place=place)
        else:
            yield token, None


def _docs(source: Source, start: int, end: int) -> Docs:
    text = source.text[start:end]
    indent = re.search(r"^([ \t]*)\S", text, re.MULTILINE)
    return Docs(
        text=textwrap.dedent(text).strip()[:LONGEST],
        place=source.at(start, end),
        end=start + len(text.rstrip()),
        indent=indent[1] if indent else "",
    )


def _parameters(head: str) -> Iterator[Parameter]:
    r"""Parameters that are named plainly or by a default, as in `opts \\ []`; a pattern keeps its first word."""
    for one in re.split(r",(?![^\[{(]*[\]})])", head):
        name, _, default = (part.strip() for part in one.partition("\\\\"))
        if name:
            yield Parameter(name=re.sub(r"\W.*", "", name.lstrip("%{")) or "_", default=default or None)


# ---- strings without an end

_OPENING = re.compile(
    r"""\#[^\n]*
      | (?<!\w)\?(?:\\.|\S)                                    # one character: `?"`
      | (?P<attribute>^[ \t]*@\w+[ \t]+)?(?:~(?P<sigil>[a-z]|[A-Z][A-Z0-9]*))?(?P<quote>\"{3}|\'{3}|["'])
      | ~(?P<other>[a-z]|[A-Z][A-Z0-9]*)(?P<bracket>[(\[{<|/])
      | (?P<brace>[{}])
    """,
    re.MULTILINE | re.VERBOSE,
)
_PAIRS = {"(": ")", "[": "]", "{": "}", "<": ">"}


@dataclass(frozen=True, slots=True)
class _String:
    """A string that has begun: where, what ends it, whether `#{}` in it is code, and where a next attribute ends it."""

    start: int
    end: re.Pattern[str]
    interpolates: bool
    swallows: re.Pattern[str] | None


def _endless(text: str) -> int | None:
    """Where a string begins that has no end; None where there is none.

    That of `@doc` has none either where it holds what stands beside `@doc`: it would end at the quote of a later one.
    """
    inside: list[_String] = []
    depths = [0]  # of braces, in the code around and in each `#{}`
    at = 0
    while True:
        # As many depths as strings: the innermost is a string. One more: it is code.
        if len(depths) > len(inside):
            found = _OPENING.search(text, at)
            if found is None:
                return inside[0].start if inside else None
            at = found.end()
            if found["brace"]:
                depths[-1] += 1 if found["brace"] == "{" else -1
                if depths[-1] < 0 and inside:
                    depths.pop()
            elif found["quote"] or found["bracket"]:
                inside.append(_begun(found))
        else:
            string = inside[-1]
            found = string.end.search(text, at)
            if found is None:
                return string.start
            at = found.end()
            if found[0].endswith("#{") and string.interpolates:
                depths.append(0)
            elif found["end"]:
                inside.pop()
                if string.swallows and string.swallows.search(text, string.start, at):
                    return string.start


def _begun(found: re.Match[str]) -> _String:
    sigil = found["sigil"] or found["other"] or ""
    mark = found["quote"] or found["bracket"]
    heredoc = rf"^[ \t]*{mark}" if len(mark) == 3 else re.escape(_PAIRS.get(mark, mark))
    swallows = None
    if found["attribute"]:
        indent = re.match(r"[ \t]*", found["attribute"])
        beside = rf"^{indent[0] if indent else ''}(?:@(?:doc|spec|impl)[ \t]|defp?[ \t]+\w+[(,])"
        swallows = re.compile(beside, re.MULTILINE)
    return _String(
        start=found.start("quote") if found["quote"] else found.start("bracket"),
        end=re.compile(rf"\\.|\#{{|(?P<end>{heredoc})", re.MULTILINE | re.DOTALL),
        interpolates=not sigil.isupper(),
        swallows=swallows,
    )
