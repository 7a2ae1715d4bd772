"""One run: files -> subjects -> findings.

What may live here: the way, and what is left out on it (configuration, comments, baseline). What is wrong, rules say.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from accepted.documents.source import Place, Source, Unreadable
from accepted.documents.tiers import Detected
from accepted.lint import baseline
from accepted.lint.config import BadConfig, Config, nearest
from accepted.lint.files import Given, Opened, walk
from accepted.lint.ignores import Ignore, ignores
from accepted.lint.rule import Context, Finding, Found, Rule, rules
from accepted.lint.severity import Severity
from accepted.lint.subjects import NotDescribed, Situated, of_run, of_source


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a run came to.

    Attributes:
        findings: by file and place.
        failures: files that could not be read.
        operations: what was detected in documents.
        rules: those that ran.
        sources: the files that were linted.
        accepted, stale: findings that the baseline has, and entries of it that are found no more.
    """

    config: Config
    findings: tuple[Finding, ...]
    failures: tuple[Unreadable, ...]
    operations: tuple[tuple[Source, Detected], ...]
    rules: tuple[Rule, ...]
    sources: tuple[Source, ...]
    accepted: int = 0
    stale: int = 0

    def reaches(self, severity: Severity) -> bool:
        """Whether a finding is as grave as that."""
        return any(one.severity.reaches(severity) for one in self.findings)


def run(given: Iterable[str | Given], config: Config | None = None) -> Report:
    """Lint files, folders and texts.

    A file that cannot be read is a failure of the report; the others are linted nevertheless.

    Example:
        `[str(one.place) for one in run(["openapi.yaml"]).findings]`

    Raises:
        BadConfig: the configuration names a rule that is not there.
    """
    config = config or Config()
    chosen = select(config)
    failures: list[Unreadable] = []
    situations = list(_situations(given, config, failures))
    sources = {one.opened.source.path: one.opened.source for one in situations}
    situations += of_run(situations)
    comments = [comment for source in sources.values() for comment in ignores(source)]
    kept = [one for one in _judged(situations, chosen, config) if not _commented(one, comments)]
    # Last, when it is known what the comments were good for; no comment ignores what is said of comments.
    kept += _judged([Situated(one, Opened(one.source)) for one in _heard(comments, chosen)], chosen, config)
    return Report(
        config=config,
        findings=tuple(sorted(kept, key=lambda one: (one.path, one.place, one.rule.id, one.operation))),
        failures=tuple(failures),
        operations=tuple((one.opened.source, one.subject) for one in situations if isinstance(one.subject, Detected)),
        rules=tuple(chosen),
        sources=tuple(sources.values()),
    )


def without_known(report: Report, path: Path) -> Report:
    """The report without what a baseline has.

    Raises:
        BadConfig: the baseline cannot be read.
    """
    matched = baseline.match(baseline.read(path), report.findings, report.config)
    return replace(report, findings=tuple(matched.new), accepted=matched.accepted, stale=matched.stale)


# ---- files and subjects


def _situations(given: Iterable[str | Given], config: Config, failures: list[Unreadable]) -> Iterator[Situated]:
    for one in walk(given, config.excludes):
        try:
            source = one.read()
            if source is not None:
                yield from [*of_source(Opened(source), config)]  # all of a file, or nothing where it is no code
        except NotDescribed as error:
            failures += [error] if one.named else []
        except Unreadable as error:
            failures.append(error)


# ---- rules


def select(config: Config) -> list[Rule]:
    """The rules that run.

    Raises:
        BadConfig: a name that is no rule's.
    """
    for names in (config.severity, *config.per_file_ignores.values(), *config.per_operation_ignores.values()):
        for name in names:
            _known(name)
    wanted = {one.id for name in config.select for one in _known(name)} or set(rules())
    unwanted = {one.id for name in config.ignore for one in _known(name)}
    return [one for one in rules().values() if one.id in wanted - unwanted]


def _known(name: str) -> list[Rule]:
    """The rules that a name of the configuration means: an id, the beginning of ids, or an alias."""
    found = [one for one in rules().values() if names(name, one)]
    if not found:
        known = [word for one in rules().values() for word in (one.id, one.alias)]
        raise BadConfig(f"no rule {name!r}{nearest(name, known)}")
    return found


def names(name: str, rule: Rule) -> bool:
    """Whether a name of the configuration means a rule."""
    return rule.id.startswith(name.upper()) or rule.alias == name.lower()


def _judged(situations: Sequence[Situated], chosen: Iterable[Rule], config: Config) -> list[Finding]:
    everything = tuple(one.subject for one in situations)
    findings: list[Finding] = []
    for situation in situations:
        context = Context(source=situation.opened.source, config=config, everything=everything)
        for rule in chosen:
            if isinstance(situation.subject, rule.on):
                findings += (_finding(rule, one, situation, config) for one in rule.judge(situation.subject, context))
    return [one for one in findings if not _configured(one, config)]


def _finding(rule: Rule, found: Found, situation: Situated, config: Config) -> Finding:
    source, pointer, place = _where(found, situation.opened)
    configured = [severity for name, severity in config.severity.items() if names(name, rule)]
    return Finding(
        rule=rule,
        severity=configured[-1] if configured else found.severity or rule.severity,
        source=source,
        place=place,
        pointer=pointer,
        message=found.message,
        operation=found.operation,
        pair=found.pair,
        fix=found.fix,
    )


def _where(found: Found, opened: Opened) -> tuple[Source, str, Place]:
    match found.at:
        case Place() as place:
            return found.source or opened.source, found.operation, place
        case str() as pointer:
            source = found.source or opened.source
        case located:
            source, pointer = opened.of(located.file) or opened.source, located.pointer
    return source, pointer, source.place(pointer, key=found.key)


# ---- what is left out


def _configured(finding: Finding, config: Config) -> bool:
    ignored = (*config.of_file(finding.path), *config.per_operation_ignores.get(finding.operation, ()))
    return any(names(name, finding.rule) for name in ignored)


def _commented(finding: Finding, comments: Iterable[Ignore]) -> bool:
    by = [
        (one, name)
        for one in comments
        if one.source is finding.source and one.covers(finding.place.line)
        for name in one.names
        if names(name, finding.rule)
    ]
    for comment, name in by:
        comment.used.add(name)
    return bool(by)


def _heard(comments: Iterable[Ignore], chosen: Iterable[Rule]) -> Iterator[Ignore]:
    """The comments, each with what became of the names in it."""
    for one in comments:
        one.ran |= {name for name in one.names if any(names(name, rule) for rule in chosen)}
        one.unknown |= {name for name in one.names if not any(names(name, rule) for rule in rules().values())}
        yield one
