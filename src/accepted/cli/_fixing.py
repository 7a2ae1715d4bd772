"""The part of `accepted lint` that mends: in the files, as a diff, or as an overlay."""

from __future__ import annotations

import argparse
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
    several = group.add_mutually_exclusive_group()
    told = "mend what the contract or the document itself has the facts for, in the files; nothing else of them changes"
    several.add_argument("--fix", action="store_true", help=told)
    told = "print what --fix would change, and exit with 1 if it would change anything"
    several.add_argument("--diff", action="store_true", help=told)
    told = "with --fix: leave the document as it is, and write an OpenAPI Overlay 1.0 (.json, .yaml) that says the same"
    group.add_argument("--overlay", metavar="FILE", type=Path, help=told)


def checked(options: argparse.Namespace) -> None:
    """Refuse what cannot be done.

    Raises:
        BadRequest: an overlay without --fix; or stdin is to be mended in place.
    """
    from accepted.errors import BadRequest

    if options.overlay is not None and not options.fix:
        raise BadRequest("--overlay says where --fix writes; give both")
    if options.fix and options.overlay is None and "-" in options.paths:
        raise BadRequest("stdin cannot be mended in place; use --diff, or --fix --overlay FILE")


def mend(given: Sequence[str | Given], config: Config, options: argparse.Namespace) -> Report:
    """Mend, and write the files or the overlay; what is found afterwards. What cannot be written is a failure of that.

    Raises:
        BadRequest: an overlay of several documents.
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
    count = "1 finding" if len(mended.fixed) == 1 else f"{len(mended.fixed)} findings"
    _show.say(f"{count} mended: {names if options.overlay is None else options.overlay}")
    return mended.report


def difference(given: Sequence[str | Given], config: Config) -> Mended:
    """Print what would change."""
    from accepted.cli import _show
    from accepted.lint import fix

    mended = fix.mend(given, config)
    for one in mended.changed:
        _show.raw(_show.clean(one.diff()).encode(errors="replace"))
    _told(mended)
    for failure in mended.report.failures:
        _show.say(str(failure))
    return mended


def _told(mended: Mended) -> None:
    """What was left, and why."""
    from accepted.cli import _show

    for finding, why in mended.left:
        place = f"{finding.path}:{finding.place.line}:{finding.place.column}"
        _show.say(_show.clean(f"{place}: {finding.rule.id} not mended: {why}"))


def _overlay(changed: Sequence[Changed], place: Path) -> None:
    from accepted.documents.nodes import Node
    from accepted.errors import BadRequest
    from accepted.lint import fix
    from accepted.lint.overlay import overlay, written

    if len(changed) > 1:
        raise BadRequest(f"an overlay is of one document, and {len(changed)} would change; name one")
    for one in changed:
        title = Node(one.source.data).text("info", "title") or one.source.path
        document = overlay(one.source.data, one.data, title)
        fix.put(place, written(document, as_json=place.suffix.lower() == ".json").encode())
