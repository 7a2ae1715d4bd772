"""`--fix`: what rules know how to mend, put into the texts, as long as each text then says exactly that and no more.

What may live here: rounds of linting and mending, what is done and what is left, and writing files.

A fix is done whole or not at all. It counts as done where the new text, read again, has the old values with the
additions in them (JSON, YAML), or parses (code). Where several together do not, halves are tried, so that one bad fix
costs the others nothing. What one fix makes possible or necessary, a later round mends; a second run finds nothing.
"""

from __future__ import annotations

import ast
import difflib
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from pathlib import Path

from accepted.documents.source import Kind, Source, Unreadable, load
from accepted.lint.config import Config
from accepted.lint.files import Given, walk
from accepted.lint.insert import Impossible, added, additions
from accepted.lint.placing import insertions
from accepted.lint.rule import Edit, Finding, Insert
from accepted.lint.run import Report, run

MOST_ROUNDS = 20
"""A docstring gets one section a round, and there are a dozen of them."""

_FEWEST_TRIES, _MOST_TRIES = 8, 64
_MOST_READ: dict[Kind, int] = {"json": 2**28, "yaml": 2**24, "python": 2**24, "elixir": 2**26}
"""How often the fixes of one file are tried in halves, and how many letters may be read for that: some seconds."""

_ALONE = 8
"""Fixes that are tried one by one, for a report, may read a part as much: about a second for each file."""

_CODE = {"python", "elixir"}


@dataclass(frozen=True, slots=True)
class Changed:
    """A file: as it was read, and as it is to be."""

    source: Source
    text: str

    @property
    def data(self) -> object:
        """The values of a document as it is to be."""
        return load(self.source.path, self.text, kind=self.source.kind).data

    def diff(self) -> str:
        """A unified diff."""
        mark = "\ufeff" if self.source.marked else ""
        before, after = (_lines(mark + text) for text in (self.source.text, self.text))
        lines = difflib.unified_diff(before, after, f"a/{self._name}", f"b/{self._name}")
        return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)

    @property
    def _name(self) -> str:
        """Its path from the current folder, as far as it is below it."""
        path, here = Path(self.source.path), Path.cwd()
        return (path.relative_to(here) if path.is_relative_to(here) else path).as_posix()


def _lines(text: str) -> list[str]:
    """The lines as `patch` counts them: a form feed or another mark ends none."""
    *whole, last = text.split("\n")
    return [*(f"{line}\n" for line in whole), *([last] if last else [])]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mended:
    """What fixing came to.

    Attributes:
        changed: the files that change.
        fixed: the findings that were mended.
        left: findings that a rule knows how to mend and that were not, each with the reason.
        report: what is found in the texts as they are to be.
        before: what was found in the files as they were read.
    """

    changed: tuple[Changed, ...]
    fixed: tuple[Finding, ...]
    left: tuple[tuple[Finding, str], ...]
    report: Report
    before: Report

    @property
    def as_read(self) -> Report:
        """What is left to be found, at its places in the files as they were read: for whoever leaves them so."""
        known = {_key(one): one for one in self.before.findings}
        read = {one.source.path: one.source for one in self.changed}
        return replace(
            self.report, findings=tuple(known.get(_key(one)) or _placed(one, read) for one in self.report.findings)
        )

    @property
    def promises(self) -> Mapping[str, list[str]]:
        """What the documents now say that the service does, and cannot prove -> the operations that it is said of."""
        found: dict[str, list[str]] = {}
        for one in self.fixed:
            for fix in one.fix:
                if isinstance(fix, Insert) and fix.promise:
                    found.setdefault(fix.promise, []).append(one.operation)
        return found


def _placed(one: Finding, read: Mapping[str, Source]) -> Finding:
    source = read.get(one.path)
    return replace(one, source=source, place=source.place(one.pointer, key=True)) if source else one


def mend(given: Iterable[str | Given], config: Config) -> Mended:
    """Lint and mend until nothing changes. No file is written.

    Example:
        `[one.diff() for one in mend(["openapi.yaml"], Config()).changed]`
    """
    rounds = _Rounds(list(walk(given, config.excludes)), config)
    return rounds.run()


def each_alone(report: Report) -> Iterator[tuple[Finding, tuple[Edit, ...]]]:
    """What mends a finding by itself, as characters of its file; of as many findings as a file's length allows."""
    for source, findings in _by_file(report):
        for one in findings[: min(_MOST_TRIES, _readings(source) // _ALONE)]:
            if _holds(source, [one]):
                yield one, tuple(_edits(source, [one]))


def write(changed: Iterable[Changed]) -> None:
    """Write the files, each as a whole or not at all, with the rights that it had.

    Raises:
        Unreadable: a file is another now than when it was read, or cannot be written; it is as it was.
    """
    for one in changed:
        path = Path(one.source.path).resolve()  # through a symbolic link
        if _read(path) != one.source.encoded(one.source.text):
            raise Unreadable(one.source.path, "it was changed meanwhile; nothing was written, run again")
        put(path, one.source.encoded(one.text))


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def put(path: Path, content: bytes) -> None:
    """Write a file as a whole or not at all; one that was there keeps its rights.

    Raises:
        Unreadable: it cannot be written; it is as it was.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        with beside.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            shutil.copymode(path, beside)
        beside.replace(path)
    except OSError as error:
        raise Unreadable(str(path), f"not written: {error.strerror}") from None
    finally:
        beside.unlink(missing_ok=True)


# ---- rounds


_Key = tuple[str, str, str, str, str]


def _key(one: Finding) -> _Key:
    """A finding, wherever its line is by now."""
    return one.rule.id, one.path, one.pointer, one.operation, one.message


@dataclass(slots=True)
class _Rounds:
    given: list[Given]
    config: Config
    sources: dict[str, Source] = field(default_factory=dict[str, Source])
    texts: dict[str, str] = field(default_factory=dict[str, str])
    left: dict[_Key, tuple[Finding, str]] = field(default_factory=dict[_Key, "tuple[Finding, str]"])

    def run(self) -> Mended:
        report, done = self._report(), list[Finding]()
        first = report
        for _ in range(MOST_ROUNDS):
            before = dict(self.texts)
            fixed = self._round(report, {one.path for one in done})
            after = self._report() if fixed else report
            again = {_key(one) for one in after.findings} & {_key(one) for one in fixed if one.source in report.sources}
            if again or (fixed and len(after.findings) > len(report.findings)):
                self.texts = before
                blamed = [one for one in fixed if not again or _key(one) in again]
                self._leave(blamed, report, after)
                continue
            done += fixed
            report = after
            if not fixed:
                break
        elsewhere = sum(not any(source.path == one.path for source in first.sources) for one in done)
        if len(report.findings) - elsewhere >= len(first.findings):  # each mended finding gave way to another one
            self._leave(done, first, report)
            report, done, self.texts = first, [], {}
        changed = tuple(Changed(self.sources[path], text) for path, text in self.texts.items())
        left = tuple(self.left.values())
        return Mended(changed=changed, fixed=tuple(done), left=left, report=report, before=first)

    def _leave(self, findings: Iterable[Finding], before: Report, after: Report) -> None:
        """Remember fixes that were taken back, and why: the same is found with them, or something else."""
        known, found = {_key(one) for one in before.findings}, {_key(one): one for one in after.findings}
        new = sorted({f"{one.rule.id} {one.rule.alias}" for key, one in found.items() if key not in known})
        for one in findings:
            still = _key(one) in found
            self.left[_key(one)] = (
                one,
                _HIDDEN if still else f"with that added there would be {', '.join(new)} instead",
            )

    def _report(self) -> Report:
        return run(map(self._as_it_is_now, self.given), self.config)

    def _as_it_is_now(self, one: Given) -> Given:
        return replace(one, named=True, content=self.texts[one.path]) if one.path in self.texts else one

    def _round(self, report: Report, done: AbstractSet[str]) -> list[Finding]:
        """Mend each file once; a file that is only referred to is not read again, and so not mended again."""
        fixed = list[Finding]()
        for source, findings in _by_file(report):
            if source in report.sources or source.path not in done:
                fixed += self._mended(source, [one for one in findings if _key(one) not in self.left])
        return fixed

    def _mended(self, source: Source, findings: Sequence[Finding]) -> list[Finding]:
        done = _done(source, findings)
        self.left |= {_key(one): (one, why) for one, why in done.left}
        if done.text != source.text:
            self.sources.setdefault(source.path, source)
            self.texts[source.path] = done.text
        return done.fixed


_HIDDEN = "what stands there already hides what would be added, and the same would be found again"


def _by_file(report: Report) -> Iterator[tuple[Source, list[Finding]]]:
    found: dict[str, tuple[Source, list[Finding]]] = {}
    for one in report.findings:
        if one.fix:
            found.setdefault(one.path, (one.source, []))[1].append(one)
    yield from found.values()


@dataclass(frozen=True, slots=True)
class _Done:
    text: str
    fixed: list[Finding]
    left: list[tuple[Finding, str]]


def _done(source: Source, findings: Sequence[Finding]) -> _Done:
    possible, left = list[Finding](), list[tuple[Finding, str]]()
    for one in _one_an_offset(findings) if source.kind in _CODE else findings:
        try:
            changes = any(edit.text for edit in _edits(source, [one]))
        except Impossible as error:
            left.append((one, str(error)))
        else:
            possible += [one] if changes else []
            left += [] if changes else [(one, "something stands there already")]
    tries = max(_FEWEST_TRIES, min(_MOST_TRIES, _readings(source)))
    kept = _kept(possible, lambda several: _holds(source, several), tries)
    done = set(map(id, kept))
    left += [(one, _UNSAFE) for one in possible if id(one) not in done]
    return _Done(_text(source, kept), kept, left)


def _readings(source: Source) -> int:
    """How often a text may be read again."""
    return _MOST_READ[source.kind] // (len(source.text) + 1)


def _one_an_offset(findings: Sequence[Finding]) -> list[Finding]:
    """Those that put something at a place of their own: sections of one docstring are put in one a round."""
    taken, chosen = set[int](), list[Finding]()
    for one in findings:
        starts = {fix.start for fix in one.fix if isinstance(fix, Edit)}
        if not starts & taken:
            taken |= starts
            chosen.append(one)
    return chosen


_UNSAFE = "the text around it (an anchor, an alias, a comment, a flow) leaves no place where it would say only this"


def _kept(findings: list[Finding], holds: Callable[[list[Finding]], bool], tries: int) -> list[Finding]:
    """As many of the fixes as hold together, tried in halves."""
    kept, waiting = list[Finding](), [findings]
    while waiting and tries:
        part = waiting.pop()
        tries -= 1
        if holds([*kept, *part]):
            kept += part
        elif len(part) > 1:
            waiting += [part[len(part) // 2 :], part[: len(part) // 2]]
    return kept


def _holds(source: Source, findings: list[Finding]) -> bool:
    """Whether a text with these fixes says what it is to say."""
    try:
        text = _text(source, findings)
        if source.kind == "python":
            ast.parse(text)
        read = load(source.path, text, kind=source.kind)
    except (Unreadable, Impossible, SyntaxError, ValueError):
        return False
    if source.kind in _CODE:
        return True
    expected = added(source.data, additions(source.data, _inserts(findings)))
    return (read.data, read.duplicates, read.kind) == (expected, source.duplicates, source.kind)


# ---- the text


def _text(source: Source, findings: list[Finding]) -> str:
    parts, here = list[str](), 0
    for edit in _edits(source, findings):
        parts += [source.text[here : edit.start], edit.text]
        here = edit.end
    return "".join((*parts, source.text[here:]))


def _edits(source: Source, findings: list[Finding]) -> list[Edit]:
    """What the fixes put into a text, in its order.

    Raises:
        Impossible: a document has a form in which something cannot be added.
    """
    if source.kind in _CODE:
        given = {fix.start: fix for one in findings for fix in one.fix if isinstance(fix, Edit)}
        newline = "\r\n" if "\r\n" in source.text else "\n"
        return [replace(given[start], text=given[start].text.replace("\n", newline)) for start in sorted(given)]
    more = additions(source.data, _inserts(findings))
    return [Edit(offset, offset, new) for offset, new in insertions(source, more)]


def _inserts(findings: Iterable[Finding]) -> list[Insert]:
    return [fix for one in findings for fix in one.fix if isinstance(fix, Insert)]
