"""What a rule is: one function over one subject, whose docstring is its page and whose examples are its test.

What may live here: the values that rules are made of and yield, and how they are found. No rule, and no reading.

A rule stands in `lint/rules/`, in any module; nothing is registered by hand::

    @rule("FN201", "missing-step", Severity.ERROR, on=Function, fix="yes")
    def missing_step(function: Function, context: Context) -> Iterator[Found]:
        \"\"\"A function of the pattern does not say which step it is.

        ## What it does
        ...
        ## Why it matters
        ...
        ## How to fix
        ...
        ## When it may be wrong
        ...
        ## Bad
        ```python bad
        ...
        ```
        ## Good
        ```python good
        ...
        ```
        \"\"\"
        if ...:
            yield Found(function.place, "...", operation=function.name)

Its subject decides when it runs. What subjects there are, and how they come out of files, is in `lint/subjects.py`.

An example is linted with this rule alone: Bad gives findings of this id and no other, Good gives none. Its lines may
begin with directives in comments: `# config: profile = "aip"` is a line of configuration; `# file: test_reports.py`
begins another file, for rules that look at several (what stands before the first is `module.py`, `openapi.yaml`, ...).
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, Literal, Protocol, TypeVar

from accepted.documents.source import Place, Source
from accepted.lint.config import Config
from accepted.lint.severity import Severity

__all__ = [
    "Context",
    "Edit",
    "Example",
    "Finding",
    "Found",
    "Insert",
    "Located",
    "Rule",
    "Severity",
    "find",
    "rule",
    "rules",
]

S = TypeVar("S")

HEADINGS = ("What it does", "Why it matters", "How to fix", "When it may be wrong", "Bad", "Good")
"""What every page has, in this order."""

EXAMPLES = ("Bad", "Good")
"""Those that hold examples."""

Fixable = Literal["yes", "partly", "no"]
"""Whether `--fix` can: where there is a place for it, where a fact is written down as well, or never.

Tests hold this against the examples: "yes" mends every Bad one, "no" none.
"""

_FIXES: Mapping[Fixable, str] = {
    "yes": "`--fix` mends it",
    "partly": "`--fix` mends it where a contract, the document or the signature has the fact",
    "no": "an author is needed",
}

FIRST_FILE = {"python": "module.py", "elixir": "module.ex", "yaml": "openapi.yaml", "json": "openapi.json"}
"""The name of an example's first file, by the language of its block."""


# ---- what a rule yields


@dataclass(frozen=True, slots=True)
class Edit:
    """Put `text` in place of the characters `start` to `end` (an insertion where both are equal)."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Insert:
    """Add a member to a JSON or YAML document.

    Attributes:
        pointer: where the value will be (`/paths/~1tasks/post/tags/-` is behind the last of a list).
        value: plain JSON values. Nothing is replaced: what is already there stays, and members are merged into it.
        promise: what the document then says that the service does, and cannot prove; its author is to check it.
    """

    pointer: str
    value: Any
    promise: str = ""


Fix = Edit | Insert

_FACTS = re.compile(r"(?:`[^`]*`|\d+)(?:(?:, | and | or )(?:`[^`]*`|\d+))*")


class Located(Protocol):
    """Anything that has a JSON pointer into a file: an `Operation`, an `Answer`, a `Schema`, a `Node`."""

    @property
    def pointer(self) -> str:
        """Where it is in its file."""
        ...

    @property
    def file(self) -> str:
        """The file, from the document's folder; "" for the document itself."""
        ...


@dataclass(frozen=True, slots=True)
class Found:
    """What one rule found at one place.

    Attributes:
        at: what is wrong or lacks something: a place, a JSON pointer into the subject's file, or what has one.
        message: one sentence without a capital or a full stop, that names the fix in the user's own terms.
        operation: the operation, function or class concerned, as its author calls it.
        pair: its companion: `getJob` of `createJob`.
        source: the file of a place, where it is another than the subject's own.
        key: whether a pointer's name is meant, or its value.
        severity: where it differs from the rule's own.
        fix: what would mend it, all of it or nothing; empty where an author is needed.
    """

    at: Place | str | Located
    message: str
    operation: str = ""
    pair: str = ""
    source: Source | None = None
    key: bool = True
    severity: Severity | None = None
    fix: tuple[Fix, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What is reported: a rule, a place, and who is concerned.

    Attributes:
        pointer: the JSON pointer, or the qualified name of a function.
    """

    rule: Rule
    severity: Severity
    source: Source
    place: Place
    pointer: str
    message: str
    operation: str = ""
    pair: str = ""
    fix: tuple[Fix, ...] = ()

    @property
    def path(self) -> str:
        """The file, as it was named."""
        return self.source.path

    @property
    def known_by(self) -> tuple[str, ...]:
        """What tells it from other findings of its file when lines move: rule, severity, operation, pointer, message.

        The message without numbers and what it quotes, so that it is the same when half of it was mended.
        """
        return self.rule.id, str(self.severity), self.operation, self.pointer, _FACTS.sub("...", self.message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a rule may look at beside its subject.

    Attributes:
        source: the file of the subject.
        config: the configuration in force (aliases, profile, synonyms, ...).
        everything: all subjects of this run, for rules that compare documents.
    """

    source: Source
    config: Config
    everything: Sequence[Any] = ()

    def all(self, kind: type[S]) -> Iterator[S]:
        """Every subject of that kind in this run."""
        return (one for one in self.everything if isinstance(one, kind))


# ---- a rule


@dataclass(frozen=True, slots=True)
class Example:
    """A block of a page."""

    language: str
    good: bool
    text: str

    def files(self) -> dict[str, str]:
        """File name -> text; directives are left out, their lines stay (empty), so that places are true."""
        names_and_texts = re.split(r"^# file: (\S+)$", self.text, flags=re.MULTILINE)
        texts = {
            FIRST_FILE[self.language]: names_and_texts[0],
            **dict(zip(*[iter(names_and_texts[1:])] * 2, strict=True)),
        }
        bare = {name: re.sub(r"^# config: .*$", "", text, flags=re.MULTILINE) for name, text in texts.items()}
        return {name: text for name, text in bare.items() if text.strip()}

    def config(self) -> str:
        """Its lines of configuration, as TOML."""
        return "\n".join(re.findall(r"^# config: (.*)$", self.text, re.MULTILINE))


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule.

    Attributes:
        id, alias: `FN201`, `missing-step`; either names it everywhere.
        severity: unless configured otherwise.
        on: the type of its subjects.
        fix: whether `--fix` can mend what it finds.
        judge: the function itself.
    """

    id: str
    alias: str
    severity: Severity
    on: type[Any]
    fix: Fixable
    judge: Callable[[Any, Context], Iterable[Found]] = field(repr=False)

    @property
    def title(self) -> str:
        """What is wrong, in one line."""
        return _page(self.judge).partition("\n")[0]

    @property
    def graded(self) -> str:
        """How grave it is, and who can mend it, in one sentence."""
        return f"Severity: {self.severity}; {_FIXES[self.fix]}."

    @property
    def page(self) -> str:
        """All that its docstring says, as Markdown, below a heading and its grade."""
        _, _, text = _page(self.judge).partition("\n")
        return f"# {self.id} {self.alias}\n\n{self.title}\n\n{self.graded}\n{text}\n"

    @property
    def sections(self) -> Mapping[str, str]:
        """Heading -> text, as they stand."""
        parts = re.split(r"^## (.+)$", _page(self.judge), flags=re.MULTILINE)
        return {name: text.strip() for name, text in zip(*[iter(parts[1:])] * 2, strict=True)}

    @property
    def told(self) -> Mapping[str, str]:
        """The sections that are prose."""
        return {name: text for name, text in self.sections.items() if name not in EXAMPLES}

    @property
    def examples(self) -> list[Example]:
        """Every block that says whether it is bad or good."""
        blocks = re.finditer(r"^```(\w+) (bad|good)\n(.*?)^```$", _page(self.judge), re.MULTILINE | re.DOTALL)
        return [Example(one[1], one[2] == "good", one[3]) for one in blocks]


def rule(
    id: str, alias: str, severity: Severity, *, on: type[S], fix: Fixable = "no"
) -> Callable[[Callable[[S, Context], Iterable[Found]]], Rule]:
    """Make a function a rule."""
    return lambda judge: Rule(id=id, alias=alias, severity=severity, on=on, fix=fix, judge=judge)


def _page(judge: Callable[..., object]) -> str:
    return inspect.getdoc(judge) or ""


# ---- all of them


@cache
def rules() -> Mapping[str, Rule]:
    """Every rule by its id, in order: all that the modules of `lint/rules/` define."""
    from accepted.lint import rules as folder

    modules = (import_module(f"{folder.__name__}.{one.name}") for one in iter_modules(folder.__path__))
    found = [one for module in modules for one in vars(module).values() if isinstance(one, Rule)]
    return {one.id: one for one in sorted(found, key=lambda one: one.id)}


def find(name: str) -> Rule | None:
    """The rule of that id or alias, in any case; None where there is none."""
    wanted = name.strip().lower()
    return next((one for one in rules().values() if wanted in (one.id.lower(), one.alias)), None)
