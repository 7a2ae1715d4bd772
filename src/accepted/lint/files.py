"""Which files are linted, and what a document refers to.

What may live here: walking folders, and opening files below a document's folder. What is in them is not looked at.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from accepted.documents.source import KINDS, Source, Unreadable, described, load, text_of

_SKIPPED = {"node_modules", "__pycache__", "venv"}
"""Folders that hold other people's files; hidden ones are passed over, too."""

MOST_REFERRED = 1000
"""Files that one document may refer to."""


class NotDescribed(Unreadable):
    """A file that is nothing of what is read: an error only where somebody named it."""


@dataclass(frozen=True, slots=True)
class Given:
    """A file to be linted: named by somebody, or found in a folder that was named; or a text under a name."""

    path: str
    named: bool = True
    content: str | bytes | None = None

    def read(self) -> Source | None:
        """The file; None for one that was only found, and is clearly no description of an API.

        Raises:
            Unreadable: it cannot be read.
            NotDescribed: its name ends in something else, and it is no description of an API.
        """
        suffix = Path(self.path).suffix.lower()
        kind = KINDS.get(suffix)
        if self.named and suffix and kind is None and self.content is None:
            return self._other()
        if self.named or kind in {"python", "elixir"}:
            return load(self.path, self.content)
        try:
            text = text_of(self.path, kind=kind)
        except Unreadable:  # some data, and not ours to judge
            return None
        return load(self.path, text) if described(text) else None

    def _other(self) -> Source:
        text = text_of(self.path)
        if not described(text):
            raise NotDescribed(self.path, f"neither OpenAPI nor AsyncAPI, nor code: {', '.join(KINDS)}")
        return load(self.path, text)


def walk(given: Iterable[str | Given], excluded: Callable[[str], bool]) -> Iterator[Given]:
    """Every file, once, in the order of the names; folders with all that is below them."""
    seen = set[str]()
    for one in given:
        for each in _below(one, excluded) if isinstance(one, str) else [one]:
            real = each.path if each.content is not None else os.path.realpath(each.path)
            if real not in seen:
                seen.add(real)
                yield each


def _below(path: str, excluded: Callable[[str], bool]) -> Iterator[Given]:
    if not Path(path).is_dir():
        yield Given(path)
        return

    def kept(folder: str, names: Iterable[str]) -> list[str]:
        return sorted(one for one in names if not one.startswith(".") and not excluded(str(Path(folder, one))))

    for folder, folders, files in os.walk(path):  # symbolic links to folders are not followed
        folders[:] = kept(folder, set(folders) - _SKIPPED)
        for name in kept(folder, (one for one in files if Path(one).suffix.lower() in KINDS)):
            if Path(folder, name).is_file():  # no pipe and no socket
                yield Given(str(Path(folder, name)), named=False)


@dataclass(eq=False, slots=True)
class Opened:
    """A document and the files that it refers to, each read once; never one above its folder.

    Attributes:
        source: the document.
        closed: nothing is opened (a text that came from nowhere).
    """

    source: Source
    closed: bool = False
    _known: dict[str, Source | None] = field(default_factory=dict[str, "Source | None"])

    def data(self, file: str) -> Any:
        """The values in a file, by its path from the document's folder; None where there are none."""
        found = self.of(file)
        return None if found is None else found.data

    def of(self, file: str) -> Source | None:
        """The file; "" is the document itself."""
        if not file:
            return self.source
        if file not in self._known:
            self._known[file] = self._load(file)
        return self._known[file]

    @property
    def sources(self) -> Iterator[Source]:
        """The document, and the files that were read for it."""
        yield self.source
        yield from filter(None, self._known.values())

    def _load(self, file: str) -> Source | None:
        folder = Path(self.source.path).parent
        path = folder / file
        if self.closed or len(self._known) >= MOST_REFERRED:
            return None
        try:
            return load(path) if path.resolve().is_relative_to(folder.resolve()) else None
        except (Unreadable, ValueError, RuntimeError):  # no name of a file (`\0`, half a letter), links in a circle
            return None
