"""One run: files -> subjects -> findings.

What may live here: the way, and what is left out on it (configuration, comments, baseline). What is wrong, rules say.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from accepted.documents.code import Module
from accepted.documents.source import Place, Source, Unreadable
from accepted.documents.tiers import Detected
from accepted.lint import baseline
from accepted.lint.config import BadConfig, Config, nearest
from accepted.lint.files import Given, NotDescribed, Opened, walk
from accepted.lint.ignores import Ignore, ignores
from accepted.lint.rule import Context, Finding, Found, Rule, rules
from accepted.lint.severity import Severity
from accepted.lint.subjects import Api, Events, LikelyClient, Situated, TestFile, of_run, of_source


class RuleFailed(Unreadable):
    """A rule broke off at a file, by a fault of its own; the other rules went on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a run came to.

    Attributes:
        findings: by file and place.
        failures: files that could not be read, and rules that broke off (`RuleFailed`).
        operations: what was detected in documents.
        rules: those that ran.
        sources: the files that were linted.
        read: what the configuration calls them, and the files that they refer to.
        named: what operations and functions in them are called.
        accepted, stale: findings that the baseline has, and entries of it that this run would have found again.
    """

    config: Config
    findings: tuple[Finding, ...]
    failures: tuple[Unreadable, ...]
    operations: tuple[tuple[Source, Detected], ...]
    rules: tuple[Rule, ...]
    sources: tuple[Source, ...]
    read: frozenset[str] = frozenset()
    named: frozenset[str] = frozenset()
    accepted: int = 0
    stale: int = 0

    def reaches(self, severity: Severity) -> bool:
        """Whether a finding is as grave as that."""
        return any(one.severity.reaches(severity) for one in self.findings)

    def judges(self, path: str, rule: str) -> bool:
        """Whether this run would have found a finding of that rule in that file again; True if either is gone."""
        looked = path in self.read or not (self.config.root / path).exists()
        return looked and (rule not in rules() or any(one.id == rule for one in self.rules))


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
    judge = _Judge(config, chosen, failures)
    kept = [one for one in judge.findings(situations) if not _commented(one, comments)]
    # Last, when it is known what the comments were good for; no comment ignores what is said of comments.
    kept += judge.findings([Situated(one, Opened(one.source)) for one in _heard(comments, chosen)])
    opened = dict.fromkeys(one.opened for one in situations)
    return Report(
        config=config,
        findings=tuple(_once(kept, config)),
        failures=tuple(failures),
        operations=tuple((one.opened.source, one.subject) for one in situations if isinstance(one.subject, Detected)),
        rules=tuple(chosen),
        sources=tuple(sources.values()),
        read=frozenset(config.relative(source.path) for one in opened for source in one.sources),
        named=frozenset(name for one in situations for name in _called(one.subject)),
    )


def _called(subject: object) -> Iterator[str]:
    """What the operations or functions of a subject are called."""
    match subject:
        case Api(description=description):
            for operation in (*description.operations, *description.webhooks):
                yield from (operation.key, operation.route)
        case Module(functions=functions):
            for function in functions:
                yield from (function.name, function.qualified, function.owner)
        case LikelyClient(module=module) | TestFile(module=module):
            yield from _called(module)
        case Events(description=events):
            yield from (one.key for one in events.operations)
        case _:
            pass


def _once(findings: Iterable[Finding], config: Config) -> list[Finding]:
    """In their order; what two documents find in a file that both refer to, once."""
    ordered = sorted(findings, key=lambda one: (one.path, one.place, one.rule.id, one.operation, one.message))
    return list({(config.relative(one.path), one.place, one.known_by, one.message): one for one in ordered}.values())


def without_known(report: Report, path: Path) -> Report:
    """The report without what a baseline has.

    Raises:
        BadConfig: the baseline cannot be read.
    """
    matched = baseline.match(baseline.read(path), report.findings, report.config)
    stale, _ = baseline.parted(matched.left, report.judges)
    return replace(report, findings=tuple(matched.new), accepted=matched.accepted, stale=stale.total())


def accept(report: Report, path: Path) -> int:
    """Write a baseline of what was found, and tell how many entries it has.

    Entries of a baseline that is there are kept where this run did not look: other files, other rules.

    Raises:
        BadConfig: what is there is no baseline.
    """
    known = baseline.read(path) if path.exists() else Counter[baseline.Key]()
    _, kept = baseline.parted(known, report.judges)
    return baseline.write(path, report.findings, report.config, kept.elements())


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
    for setting, told in _settings(config):
        for name in told:
            known(name, f"{config.file}: {setting}: ")
    wanted = {one.id for name in config.select for one in known(name)} or set(rules())
    unwanted = {one.id for name in config.ignore for one in known(name)}
    return [one for one in rules().values() if one.id in wanted - unwanted]


def _settings(config: Config) -> Iterator[tuple[str, Iterable[str]]]:
    """Each setting that names rules, and what it names."""
    yield from (("select", config.select), ("ignore", config.ignore), ("severity", config.severity))
    yield from ((f"per-file-ignores.{name}", told) for name, told in config.per_file_ignores.items())
    yield from ((f"per-operation-ignores.{name}", told) for name, told in config.per_operation_ignores.items())


def known(name: str, where: str = "") -> list[Rule]:
    """The rules that a name of the configuration means: an id, the beginning of ids, or an alias.

    Raises:
        BadConfig: it means none; the message begins with `where`.
    """
    found = [one for one in rules().values() if names(name, one)]
    if not found:
        every = [word for one in rules().values() for word in (one.id, one.alias)]
        raise BadConfig(f"{where}no rule {name!r}{nearest(name, every)}")
    return found


_FAMILY = 2
"""Letters that a beginning of ids has at least: `OA`."""


def names(name: str, rule: Rule) -> bool:
    """Whether a name of the configuration means a rule."""
    return rule.alias == name.lower() or (len(name) >= _FAMILY and rule.id.startswith(name.upper()))


@dataclass(frozen=True, slots=True)
class _Judge:
    """The rules of a run, and what becomes of what they find."""

    config: Config
    chosen: Sequence[Rule]
    failures: list[Unreadable]

    def findings(self, situations: Sequence[Situated]) -> list[Finding]:
        """What the rules find in these subjects, without what the configuration leaves out."""
        everything = tuple(one.subject for one in situations)
        routes = {one.opened: _routes(one.subject) for one in situations if isinstance(one.subject, Api)}
        found: list[Finding] = []
        for situation in situations:
            context = Context(source=situation.opened.source, config=self.config, everything=everything)
            called = routes.get(situation.opened, {})
            judged = (self._judged(rule, situation, context) for rule in self.chosen)
            found += (one for some in judged for one in some if not self._ignored(one, called))
        return found

    def _judged(self, rule: Rule, situation: Situated, context: Context) -> list[Finding]:
        if not isinstance(situation.subject, rule.on):
            return []
        try:
            return [self._finding(rule, one, situation) for one in rule.judge(situation.subject, context)]
        except Exception as error:  # noqa: BLE001 whatever it is: the other rules and files are judged nevertheless
            why = f"the rule {rule.id} failed here, which is a fault of its own: {type(error).__name__}: {error}"
            self.failures.append(RuleFailed(situation.opened.source.path, why))
            return []

    def _finding(self, rule: Rule, found: Found, situation: Situated) -> Finding:
        source, pointer, place = _where(found, situation.opened)
        return Finding(
            rule=rule,
            severity=self._configured(rule) or found.severity or rule.severity,
            source=source,
            place=place,
            pointer=pointer,
            message=found.message,
            operation=found.operation,
            pair=found.pair,
            fix=found.fix,
        )

    def _configured(self, rule: Rule) -> Severity | None:
        """The severity that the longest beginning of its id gives it; an alias is as good as the whole id."""
        fitting = [name for name in self.config.severity if names(name, rule)]
        exact = {rule.id.lower(), rule.alias}
        best = max(fitting, key=lambda name: (name.lower() in exact, len(name)), default=None)
        return None if best is None else self.config.severity[best]

    def _ignored(self, finding: Finding, routes: Mapping[str, str]) -> bool:
        by_operation = self.config.per_operation_ignores
        operation = finding.operation
        ignored = (
            *self.config.of_file(finding.path),
            *by_operation.get(operation, ()),
            *by_operation.get(routes.get(operation, ""), ()),
        )
        return any(names(name, finding.rule) for name in ignored)


def _routes(api: Api) -> dict[str, str]:
    """What else people call an operation: operationId -> `METHOD /path`."""
    return {one.operation_id: one.route for one in api.description.operations if one.operation_id}


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
