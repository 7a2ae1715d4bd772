"""What is seen while tasks are waited for: a live table on a terminal, a line for every change elsewhere.

Both go to stderr: stdout belongs to what came of it.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Literal, Protocol, Self

from accepted.cli import _show
from accepted.core import codec
from accepted.core.task import Status, Task

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text


class Board(Protocol):
    """Shows how tasks are doing. `update` may be called from another thread."""

    def update(self, task: Task[Any], next_poll: float | None) -> None:
        """Something changed, or the moment (epoch seconds) of the next poll is known."""
        ...

    def remove(self, task: Task[Any]) -> None:
        """The wait for this task is over."""
        ...


def board() -> AbstractContextManager[Board]:
    """The board for this stderr."""
    if sys.stderr.isatty():
        try:
            return _Live()
        except ModuleNotFoundError:
            _show.say("a live table needs rich: python -m pip install 'accepted[cli]'")
    return _Lines()


class _Lines:
    """A line for every change. The end of a task is told on stdout."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """There is nothing to tidy up."""

    def update(self, task: Task[Any], next_poll: float | None) -> None:
        """A line where something changed."""
        if next_poll is None and not (task.status.final or task.status is Status.INPUT_REQUIRED):
            print(_show.clean(_show.line(task)), file=sys.stderr, flush=True)

    def remove(self, task: Task[Any]) -> None:
        """Its end is told by who waits."""


_STYLES = {
    Status.COMPLETED: "green",
    Status.FAILED: "red",
    Status.CANCELLED: "red",
    Status.EXPIRED: "red",
    Status.GONE: "red",
    Status.INPUT_REQUIRED: "yellow",
    Status.UNKNOWN: "yellow",
    Status.QUEUED: "dim",
    Status.SUBMITTING: "dim",
}


class _Live:
    """A table that is drawn anew four times a second, no longer than the terminal is high."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.live import Live

        self._console = Console(stderr=True)
        self._rows: dict[str, tuple[Task[Any], float | None]] = {}
        self._live = Live(
            get_renderable=self._table,
            console=self._console,
            refresh_per_second=4,
            transient=True,
            redirect_stdout=False,
        )

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def update(self, task: Task[Any], next_poll: float | None) -> None:
        """The row of a task; one that has just got its id replaces the row of its marker."""
        self._rows.pop(f"{task.service}:@{task.marker}", None)
        self._rows[task.ref] = task, next_poll

    def remove(self, task: Task[Any]) -> None:
        """Its row stays as it is, without a next poll."""
        self.update(task, None)

    def _table(self) -> Table:
        from rich.table import Table

        rows = sorted(self._rows.copy().values(), key=lambda row: row[0].status.final)
        room = max(3, self._console.height - 4)
        cells = [_cells(task, next_poll) for task, next_poll in rows[:room]]
        shown = Table(box=None, padding=(0, 2, 0, 0), header_style="bold", expand=False)
        for title, width in _widths(cells, self._console.width).items():
            justify: Literal["left", "right"] = "right" if title in {"age", "next"} else "left"
            shown.add_column(title, width=width, no_wrap=True, overflow="ellipsis", justify=justify)
        for (task, _), (ref, status, *more) in zip(rows, cells, strict=False):
            shown.add_row(ref, f"[{_STYLES.get(task.status, 'default')}]{status}[/]", *map(_plain, more))
        if rows[room:]:
            rest = Counter(str(task.status) for task, _ in rows[room:])
            shown.caption_justify, shown.caption_style = "left", "dim"
            shown.caption = f"and {len(rows) - room} more: " + ", ".join(f"{n} {word}" for word, n in rest.items())
        return shown


_TITLES = ("ref", "status", "service says", "age", "next", "progress")


def _cells(task: Task[Any], next_poll: float | None) -> tuple[str, ...]:
    due = "" if next_poll is None or task.status.final else _due(next_poll - time.time())
    said, told = (_show.clean(text) for text in (task.service_status or "-", codec.shorten(_show.told(task))))
    return task.ref, _show.status(task), said, _show.age(task), due, told


def _widths(cells: list[tuple[str, ...]], whole: int) -> dict[str, int]:
    """How wide each column is: what the service says and the progress make room for the others."""
    wanted = {title: max(map(len, (title, *column))) for title, column in zip(_TITLES, _columns(cells), strict=True)}
    spare = whole - sum(wanted.values()) - 2 * len(wanted)
    for title, least in (("progress", 20), ("service says", 12), ("progress", 8), ("ref", 12)):
        given = min(max(0, -spare), max(0, wanted[title] - least))
        wanted[title] -= given
        spare += given
    return wanted


def _columns(cells: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    return list(zip(*cells, strict=True)) or [() for _ in _TITLES]


def _plain(text: str) -> Text:
    """Text in which brackets are brackets."""
    from rich.text import Text

    return Text(text)


def _due(seconds: float) -> str:
    return "now" if seconds < 0.5 else f"in {_show.duration(seconds)}"
