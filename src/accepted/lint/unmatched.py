"""What the configuration names and a run has not: a name that is misspelt would say nothing, and nobody would know.

What may live here: comparing names. A run over a part of a project has not all that its configuration names, so what is
missing is told only of a run over all of it (`whole`); elsewhere, what is nearly the name of something that is there.
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from accepted.lint.run import Report

_NEAR, _NEARLY_SAME = 0.5, 0.8


def unmatched(report: Report, *, whole: bool) -> Iterator[str]:
    """A sentence for each name of an operation or function, and each glob of task modules, that meant nothing."""
    config, cutoff = report.config, _NEAR if whole else _NEARLY_SAME
    settings = {
        "confirm": config.confirm,
        "dismiss": config.dismiss,
        "per-operation-ignores": config.per_operation_ignores,
    }
    for setting, names in settings.items():
        for name in names:
            near = [] if name in report.named else get_close_matches(name, report.named, n=1, cutoff=cutoff)
            if near or (whole and name not in report.named):
                hint = f"; did you mean {near[0]!r}?" if near else ""
                yield f"{config.file}: {setting}: nothing that was linted is called {name!r}{hint}"
    for glob in config.task_modules if whole else ():
        if not any(config.matches(one.path, glob) for one in report.sources):
            yield f"{config.file}: task-modules: no file that was linted matches {glob!r}"
