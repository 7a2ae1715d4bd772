"""The part of `accepted lint` that mends: in the files, as a diff, or as an overlay."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from accepted.lint.config import Config
    from accepted.lint.files import Given
    from accepted.lint.fix import Changed, Mended
    from accepted.lint.run import Report


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes for it."""
    group = parser.add_argument_group("mending")
    told = "mend what the contract or the document itself has the facts for, in the files; nothing else of them changes"
    group.add_argument("--fix", action="store_true", help=told)
    told = (
        "print what --fix would change and write nothing (with --fix or without); exit with 1 if anything would change"
    )
    group.add_argument("--diff", action="store_true", help=told)
    told = "with --fix: leave the document as it is, and write an OpenAPI Overlay 1.0 (.json, .yaml) that says the same"
    group.add_argument("--overlay", metavar="FILE", type=Path, help=told)


def checked(options: argparse.Namespace) -> None:
    """Refuse what cannot be done, before anything is read.

    Raises:
        BadRequest: options that do not go together; stdin is to be mended in place; an overlay would replace
            something else.
    """
    from accepted.errors import BadRequest

    why = _why_not(options) or (_why_not_there(options.overlay, options.paths) if options.overlay else "")
    if why:
        raise BadRequest(why)


def _why_not(options: argparse.Namespace) -> str:
    mends, printed = options.fix or options.diff, options.json or options.format != "text"
    refused = {
        "--overlay says where --fix writes; give both": options.overlay and not options.fix,
        "--diff writes nothing; leave out --overlay": options.overlay and options.diff,
        "--operations tells what was detected and mends nothing; leave out --fix and --diff": mends
        and options.operations,
        "--diff prints a diff and no report; leave out --json and --format": options.diff and printed,
        "--diff writes nothing; leave out --write-baseline": options.diff and options.write_baseline,
        "stdin cannot be mended in place; use --diff, or --fix --overlay FILE": (
            options.fix and not options.diff and options.overlay is None and "-" in options.paths
        ),
    }
    return next((why for why, true in refused.items() if true), "")


_OVERLAYS = (".json", ".yaml", ".yml")


def _why_not_there(place: Path, inputs: Sequence[str]) -> str:
    """Why an overlay is not written to that file: it would replace what is no overlay."""
    from accepted.documents.nodes import mapping
    from accepted.documents.source import Unreadable, load

    if place.suffix.lower() not in _OVERLAYS:
        return f"--fix --overlay {place}: an overlay is JSON or YAML; name it {', '.join(_OVERLAYS)}"
    if any(one != "-" and place.resolve() == Path(one).resolve() for one in inputs):
        return f"--fix --overlay {place}: the overlay would replace the document itself; name another file"
    if not place.exists():
        return ""
    try:
        known = "overlay" in mapping(load(place).data)
    except Unreadable:
        known = False
    return "" if known else f"--fix --overlay {place}: that file is there, and is no overlay; name another one"


def mend(given: Sequence[str | Given], config: Config, options: argparse.Namespace) -> Report:
    """Mend, and write the files or the overlay; what is found afterwards. What cannot be written is a failure of that.

    Raises:
        BadRequest: an overlay of several documents, or of code.
    """
    from dataclasses import replace

    from accepted.cli import _show
    from accepted.documents.source import Unreadable
    from accepted.lint import fix

    mended = fix.mend(given, config)
    try:
        if options.overlay is not None:
            _overlay(mended.changed, options.overlay)
        else:
            fix.write(mended.changed)
    except Unreadable as failure:
        return replace(mended.report, failures=(*mended.report.failures, failure))
    _told(mended)
    names = ", ".join(one.source.path for one in mended.changed) or "nothing"
    written = options.overlay if mended.changed and options.overlay else names
    _show.say(f"{_counted(len(mended.fixed))} mended: {written}")
    return mended.as_read if options.overlay else mended.report


def _counted(count: int) -> str:
    return "1 finding" if count == 1 else f"{count} findings"


def difference(given: Sequence[str | Given], config: Config) -> Mended:
    """Print what would change: to a terminal without control characters, and else as it is, for `patch`."""
    import sys

    from accepted.cli import _show
    from accepted.lint import fix

    mended = fix.mend(given, config)
    for one in mended.changed:
        diff = one.diff()
        _show.raw((_show.clean(diff) if sys.stdout.isatty() else diff).encode(errors="replace"))
    _told(mended)
    for failure in mended.report.failures:
        _show.say(str(failure))
    return mended


_MOST_NAMED = 5


def _told(mended: Mended) -> None:
    """What was left, and why; and what somebody who knows the service has to check."""
    from accepted.cli import _show

    for finding, why in mended.left:
        place = f"{finding.path}:{finding.place.line}:{finding.place.column}"
        _show.say(f"{place}: {finding.rule.id} not mended: {why}")
    lacking = Counter(one.rule.id for one in mended.report.findings if one.rule.fix != "no" and not one.fix)
    if lacking:
        counts = ", ".join(f"{rule} ({count})" for rule, count in sorted(lacking.items()))
        _show.say(f"not mended, for want of a written fact, or of a docstring in triple quotes: {counts}")
    for promise, operations in mended.promises.items():
        several = list(dict.fromkeys(operations))
        more = f" and {len(several) - _MOST_NAMED} more" if len(several) > _MOST_NAMED else ""
        _show.say(f"check that your service does this: it {promise} ({', '.join(several[:_MOST_NAMED])}{more})")


def _overlay(changed: Sequence[Changed], place: Path) -> None:
    from accepted.documents.nodes import Node
    from accepted.errors import BadRequest
    from accepted.lint import fix
    from accepted.lint.overlay import overlay, written

    if len(changed) > 1:
        raise BadRequest(f"--fix --overlay is of one document, and {len(changed)} would change; name one")
    for one in changed:
        if one.source.data is None:
            raise BadRequest(f"--fix --overlay is of one OpenAPI or AsyncAPI document; {one.source.path} is none")
        title = Node(one.source.data).text("info", "title") or one.source.path
        document = overlay(one.source.data, one.data, title)
        fix.put(place, written(document, as_json=place.suffix.lower() == ".json").encode())
