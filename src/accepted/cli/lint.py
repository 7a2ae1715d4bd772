"""Look whether API documents and clients say what an asynchronous API must say: OpenAPI, AsyncAPI, Python, Elixir.

Exit codes: 0 nothing found, 1 findings (as grave as --fail-on, or graver), 2 wrong usage or configuration, 3 a file
could not be read.

accepted lint openapi.yaml src tests
accepted lint - --stdin-name openapi.json < openapi.json
accepted lint . --format sarif > accepted.sarif
accepted lint . --write-baseline
accepted lint openapi.yaml --diff
accepted lint openapi.yaml --fix --overlay overlay.yaml
accepted lint --operations --json openapi.yaml
accepted lint --explain FN204
"""

from __future__ import annotations

import argparse
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from accepted.cli import _fixing, _options

if TYPE_CHECKING:
    from accepted.lint.config import Config
    from accepted.lint.files import Given
    from accepted.lint.run import Report

_FOUND = 1
_NOT_READ = 3
_BASELINE = "accepted-baseline.json"
_FORMATS = ("text", "json", "sarif", "github", "markdown")
_NEVER = "never"


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("paths", metavar="PATH", nargs="*", help="files and folders; - reads a document from stdin")
    parser.add_argument("--stdin-name", metavar="NAME", default="<stdin>", help="what stdin is called, and what it is")
    told = "pass over named JSON and YAML files that are neither OpenAPI nor AsyncAPI, as it is done in folders"
    parser.add_argument("--skip-others", action="store_true", help=told)
    group = parser.add_argument_group("rules")
    group.add_argument("--select", metavar="RULES", type=_names, default=(), help="run only these (FN, OA52, no-poll)")
    group.add_argument("--ignore", metavar="RULES", type=_names, default=(), help="do not run these")
    group.add_argument("--explain", metavar="RULE", help="print the page of a rule, by its id or alias")
    group.add_argument("--config", metavar="FILE", type=Path, help="instead of accepted.toml or pyproject.toml")
    _baseline(parser)
    _fixing.arguments(parser)
    group = parser.add_argument_group("report")
    group.add_argument("--format", choices=_FORMATS, default="text", help="text by default")
    group.add_argument("--json", action="store_true", help="as --format json")
    severities = ("error", "warning", "information", _NEVER)
    told = "exit with 1 where something as grave was found; error by default"
    group.add_argument("--fail-on", choices=severities, default="error", help=told)
    told = "print what was detected in documents instead: every asynchronous operation, its role and why"
    group.add_argument("--operations", action="store_true", help=told)


def _baseline(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("baseline")
    group.add_argument("--baseline", metavar="FILE", type=Path, help="leave out the findings that this file has")
    told = f"accept what is found now: write it to --baseline, the configured file, or {_BASELINE}"
    group.add_argument("--write-baseline", action="store_true", help=told)


def _names(text: str) -> tuple[str, ...]:
    return tuple(one.strip() for one in _options.text(text).split(",") if one.strip())


def run(options: argparse.Namespace) -> int:
    """Lint, and print."""
    from accepted.errors import BadRequest

    if options.explain is not None:
        return _explained(options.explain)
    if not options.paths:
        raise BadRequest("name files or folders; - reads stdin")
    _fixing.checked(options)
    if options.operations and options.format not in {"text", "json"}:
        raise BadRequest(f"--operations is told as text or json, not as {options.format}")
    with _collecting_later():
        return _linted(options)


def _linted(options: argparse.Namespace) -> int:
    from accepted.cli import _show
    from accepted.lint import run as running
    from accepted.lint.report import render

    config = _config(options)
    if options.diff:
        mended = _fixing.difference(list(_given(options)), config)
        return _NOT_READ if mended.report.failures else _FOUND if mended.changed else 0
    mends = options.fix and _fixing.mend(list(_given(options)), config, options)
    report = mends or running.run(_given(options), config)
    _noted(report, options)
    if options.operations:
        return _operations(report, as_json=options.json or options.format == "json")
    place = _place(options, config)
    if options.write_baseline:
        return _written(report, place or config.root / _BASELINE)
    if place is not None:
        report = running.without_known(report, place)
    _show.raw(_clean(render(report, "json" if options.json else options.format)))
    return _code(report, options.fail_on)


def _noted(report: Report, options: argparse.Namespace) -> None:
    """Say which names of the configuration meant nothing, unless others chose the files."""
    from accepted.cli import _show
    from accepted.lint.unmatched import unmatched

    root = report.config.root.resolve()
    whole = any(root.is_relative_to(Path(one).resolve()) for one in options.paths if Path(one).is_dir())
    if whole or not (options.skip_others or "-" in options.paths):
        for note in unmatched(report, whole=whole):
            _show.say(note)


def _code(report: Report, fail_on: str) -> int:
    from accepted.lint.severity import Severity

    if report.failures:
        return _NOT_READ
    return _FOUND if fail_on != _NEVER and report.reaches(Severity(fail_on)) else 0


@contextmanager
def _collecting_later() -> Generator[None]:
    """Without garbage collection, which would look at each value of a large document many times, and free nothing.

    Nor at the end of the process, where it takes a fifth of the time: what is left then, the system frees.
    """
    import atexit
    import gc

    was = gc.isenabled()
    gc.disable()
    atexit.register(gc.freeze)
    try:
        yield
    finally:
        if was:
            gc.enable()


# ---- what is given


def _config(options: argparse.Namespace) -> Config:
    from dataclasses import replace

    from accepted.lint import config
    from accepted.lint.run import known

    found = config.load(options.config) if options.config else config.find(Path.cwd())
    for name in (*options.select, *options.ignore):
        known(name)  # told before what the file says, so that a message about it names the right one
    # What is selected here is wanted, whatever the file ignores.
    ignore = options.ignore if options.select else (*found.ignore, *options.ignore)
    return replace(found, select=options.select or found.select, ignore=ignore)


def _given(options: argparse.Namespace) -> Iterator[str | Given]:
    import sys

    from accepted.documents.source import LARGEST
    from accepted.lint.files import Given

    for path in options.paths:
        if path == "-":
            yield Given(options.stdin_name, content=sys.stdin.buffer.read(max(LARGEST.values()) + 1))
        elif options.skip_others and Path(path).is_file():
            yield Given(path, named=False)
        else:
            yield path


def _place(options: argparse.Namespace, config: Config) -> Path | None:
    """Where the baseline is, or None where nobody wants one."""
    if options.baseline is not None:
        return Path(options.baseline)
    return None if config.baseline is None else config.root / config.baseline


# ---- what is told


def _clean(text: str) -> bytes:
    from accepted.cli import _show

    return _show.clean(text).encode(errors="replace")


def _explained(name: str) -> int:
    from accepted.cli import _show
    from accepted.errors import BadRequest
    from accepted.lint.config import nearest
    from accepted.lint.rule import find, rules

    rule = find(name)
    if rule is None:
        known = [word for one in rules().values() for word in (one.id, one.alias)]
        raise BadRequest(f"no rule {name!r}{nearest(name, known)}")
    _show.put(rule.page.rstrip())
    return 0


def _operations(report: Report, *, as_json: bool) -> int:
    from accepted.cli import _show
    from accepted.lint.report.json import operations

    rows = operations(report)
    if as_json:
        _show.emit(rows)
    else:
        header = ("ROLE", "TIER", "OPERATION", "NAME", "PAIR", "WHY")
        _show.table(header, map(_row, rows))
    if not rows:
        _show.say("no asynchronous operation was detected; only OpenAPI documents are searched for them")
    for failure in report.failures:
        _show.say(str(failure))
    return _NOT_READ if report.failures else 0


def _row(row: Mapping[str, Any]) -> tuple[str, ...]:
    told = (row["operation_id"] or "-", row["pair"] or "-", "; ".join(row["why"]))
    return row["role"], row["tier"], f"{row['method']} {row['path']}", *told


def _written(report: Report, place: Path) -> int:
    from accepted.cli import _show
    from accepted.lint import run as running

    count = running.accept(report, place)
    kept = count - len(report.findings)
    written = "1 finding" if count == kept + 1 else f"{count - kept} findings"
    beside = f", beside {kept} of files and rules that were not looked at" if kept else ""
    named = "" if report.config.baseline else f"; name it in the configuration: baseline = {place.name!r}"
    _show.say(f"{written} written to {place}{beside}{named}")
    for failure in report.failures:
        _show.say(str(failure))
    return _NOT_READ if report.failures else 0
