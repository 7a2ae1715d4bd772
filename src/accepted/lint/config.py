"""What a project says to the linter: `[tool.accepted.lint]` of `pyproject.toml`, or `[lint]` of `accepted.toml`.

What may live here: the values, and reading them so that a mistake is named with the nearest thing that is known.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Literal, cast, get_args

from accepted.documents.code import Role
from accepted.documents.tiers import Role as OperationRole
from accepted.errors import BadRequest
from accepted.lint.severity import Severity

Profile = Literal["generic", "azure-data", "azure-arm", "aip", "zalando", "ogc"]
"""Whose house rules are in force, for the rules where houses contradict each other."""

_Names = tuple[str, ...]


class BadConfig(BadRequest):
    """The configuration is wrong; nothing was linted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The configuration in force. In a file the names have hyphens: `per-file-ignores`.

    Attributes:
        select: ids, beginnings of ids (`FN`, `OA5`) or aliases; only these rules run. All where empty.
        ignore: the same; these rules do not run.
        per_file_ignores: glob of paths (`*` matches a `/`, too; a folder is all below it) -> as `ignore`, for those
            files.
        per_operation_ignores: operationId, `METHOD /path` or name of a function -> as `ignore`, for it. This is how a
            JSON document, which has no comments, says what an inline comment says.
        severity: as `select` -> `error`, `warning` or `information`; of several names the longest counts.
        aliases: role -> names of callables that play it, beside `create_task`, `poll_task`, `get_status`, `list_tasks`.
        synonyms: other names of the pattern that count as naming it.
        task_modules: globs of Python and Elixir modules that are task modules, whatever they define.
        copied_from: glob of modules -> names of the service and paths of the modules that they were copied from.
        profile: whose house rules.
        exclude: globs of files and folders that are passed over in folders.
        confirm: operation (operationId or `METHOD /path`) -> `create`, `poll`, `cancel` or `list`, whatever detection
            thinks.
        dismiss: operations that are not asynchronous, whatever detection thinks.
        baseline: the file of findings that are accepted for now, relative to the configuration; None for none.
        pages: the URL below which the rules' pages are published, for links in reports.
        root: the folder that globs and the baseline are relative to.
        file: what messages call the configuration.
    """

    select: _Names = ()
    ignore: _Names = ()
    per_file_ignores: Mapping[str, _Names] = field(default_factory=dict[str, _Names])
    per_operation_ignores: Mapping[str, _Names] = field(default_factory=dict[str, _Names])
    severity: Mapping[str, Severity] = field(default_factory=dict[str, Severity])
    aliases: Mapping[str, _Names] = field(default_factory=dict[str, _Names])
    synonyms: _Names = ()
    task_modules: _Names = ()
    copied_from: Mapping[str, _Names] = field(default_factory=dict[str, _Names])
    profile: Profile = "generic"
    exclude: _Names = ()
    confirm: Mapping[str, OperationRole] = field(default_factory=dict[str, "OperationRole"])
    dismiss: _Names = ()
    baseline: str | None = None
    pages: str | None = None
    root: Path = field(default_factory=Path.cwd)
    file: str = "configuration"
    _called: dict[str, tuple[str, str]] = field(
        default_factory=dict[str, tuple[str, str]], init=False, repr=False, compare=False
    )
    """What paths are called that were asked for: each finding asks again."""

    def of_file(self, path: str) -> _Names:
        """What is ignored in that file."""
        return self._of(path, self.per_file_ignores)

    def sources_of(self, path: str) -> _Names:
        """The names and paths of what that module was copied from."""
        return self._of(path, self.copied_from)

    def _of(self, path: str, by_glob: Mapping[str, _Names]) -> _Names:
        return tuple(name for glob, names in by_glob.items() if self.matches(path, glob) for name in names)

    def excludes(self, path: str) -> bool:
        """Whether a file or folder is passed over where it is found in a folder."""
        globs = [each for glob in self.exclude for each in _spelt(glob)]
        return bool(globs) and self._is_any(path, globs)

    def matches(self, path: str, glob: str) -> bool:
        """Whether a file is one that a glob of this configuration means, or below a folder that it means."""
        return self._is_any(path, [one for each in _spelt(glob) for one in (each, f"{each}/*")])

    def _is_any(self, path: str, globs: Iterable[str]) -> bool:
        names = {*self._names_of(path)}
        return any(fnmatchcase(name, glob) for glob in globs for name in names)

    def relative(self, path: str) -> str:
        """A path as this configuration calls it, whatever links lead to it: from its folder where it is below it."""
        return self._names_of(path)[1]

    def _names_of(self, path: str) -> tuple[str, str]:
        """A path from the folder of the configuration as it is written, and with its links followed."""
        if path not in self._called:
            real, root = Path(os.path.realpath(path)), os.path.realpath(self.root)
            written = below(path, self.root)
            self._called[path] = (written, real.relative_to(root).as_posix() if real.is_relative_to(root) else written)
        return self._called[path]


def below(path: str, folder: Path) -> str:
    """A path from a folder where it is below it, else as it was named; with slashes, and without `.` and `..`."""
    full, above = absolute(path), absolute(folder)
    return (full.relative_to(above) if full.is_relative_to(above) else Path(os.path.normpath(path))).as_posix()


def absolute(path: str | Path) -> Path:
    """A path from the root, without `.` and `..`; links keep their own names."""
    return Path(os.path.normpath(Path(path).absolute()))


def _spelt(glob: str) -> set[str]:
    """A glob as paths are spelt; `**/` may stand for no folder."""
    plain = glob.replace("\\", "/").removeprefix("./").rstrip("/")
    return {plain, plain.replace("**/", "")}


# ---- finding it

_FILES = ("accepted.toml", "pyproject.toml")


def find(folder: Path) -> Config:
    """The configuration of a folder: the nearest upwards that says anything; the usual one where none does.

    Raises:
        BadConfig: it is wrong.
    """
    for place in (folder, *folder.parents):
        for name in _FILES:
            table = _table(place / name) if (place / name).is_file() else None
            if table is not None:
                return _made(table, place / name)
    return Config(root=folder)


def load(path: Path) -> Config:
    """The configuration in a file of any name.

    Raises:
        BadConfig: it cannot be read, is wrong, or says nothing.
    """
    try:
        table = _table(path)
    except OSError as error:
        raise BadConfig(f"{path}: {error.strerror}") from None
    if table is None:
        raise BadConfig(f"{path} says nothing to the linter: it has no [{'.'.join(_way(path))}]")
    return _made(table, path)


def parse(text: str, root: Path | None = None) -> Config:
    """The configuration that some lines of TOML are, without a table around them."""
    return _made(_toml(text, "configuration"), (root or Path.cwd()) / "configuration")


def _table(path: Path) -> dict[str, Any] | None:
    document: Any = _toml(path.read_bytes().decode(errors="replace"), str(path))
    way = _way(path)
    for key in way[:-1]:
        document = cast("dict[str, Any]", document).get(key, {})
        if not isinstance(document, dict):
            return None
    ours = cast("dict[str, Any]", document)  # all of it is: what is not known is in the wrong place
    for key in ours:
        if key != "lint":
            raise BadConfig(f"{path}: {_misplaced(key, '.'.join(way))}")
    if not isinstance(ours.get("lint", {}), dict):
        raise BadConfig(f"{path}: lint is to be a table")
    return cast("dict[str, Any] | None", ours.get("lint"))


def _way(path: Path) -> tuple[str, ...]:
    """The names of the tables that lead to what is ours."""
    return ("tool", "accepted", "lint") if path.name == "pyproject.toml" else ("lint",)


def _misplaced(key: str, table: str) -> str:
    if key in _KEYS:
        return f"{key} belongs below [{table}]"
    return f"no table {key!r}; what the linter is told stands in [{table}]"


def _toml(text: str, name: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadConfig(f"{name}: not TOML: {error}") from None


# ---- reading it


def _made(table: Mapping[str, Any], path: Path) -> Config:
    values: dict[str, Any] = {}
    for key, value in table.items():
        if key not in _KEYS:
            raise BadConfig(f"{path}: no setting {key!r}{nearest(key, _KEYS)}")
        try:
            values[key.replace("-", "_")] = _KEYS[key](value)
        except _Wrong as wrong:
            raise BadConfig(f"{path}: {key}{wrong.args[0]}") from None
    made = Config(**values, root=path.parent.absolute(), file=str(path))
    for name in made.dismiss:
        if name in made.confirm:
            raise BadConfig(f"{path}: {name!r} is in confirm and in dismiss")
    return made


_MANY = 20
"""So many names are not listed."""


def nearest(name: str, known: Iterable[str]) -> str:
    """What a message says behind an unknown name."""
    every = list(known)
    near = get_close_matches(name, every, n=1, cutoff=0.5)
    listed = f"; there are {', '.join(every)}" if len(every) < _MANY else ""
    return f"; did you mean {near[0]!r}?" if near else listed


class _Wrong(Exception):
    """A value that is not what its key takes; the text follows the key's name."""


def _names(value: Any) -> _Names:
    if isinstance(value, list) and all(isinstance(one, str) for one in cast("list[Any]", value)):
        return tuple(cast("list[str]", value))
    raise _Wrong(f" is to be a list of texts, not {value!r}")


def _operation(name: str) -> str:
    """`post /reports` as `POST /reports`; an operationId as it is."""
    method, space, path = name.partition(" ")
    return f"{method.upper()} {path}" if space and path.startswith("/") else name


def _operations(value: Any) -> _Names:
    return tuple(map(_operation, _names(value)))


def _text(value: Any) -> str:
    if isinstance(value, str) and value:
        return value
    raise _Wrong(f" is to be a text, not {value!r}")


def _one_of(known: Iterable[str]) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if value in known:
            return str(value)
        hint = nearest(value, known) if isinstance(value, str) else f"; there are {', '.join(known)}"
        raise _Wrong(f" cannot be {value!r}{hint}")

    return read


def _severity(value: Any) -> Severity:
    return Severity(_one_of(tuple(map(str, Severity)))(value))


def _of_operations(read: Callable[[Any], Any]) -> Callable[[Any], Mapping[str, Any]]:
    of_table = _each(read)
    return lambda value: {_operation(name): one for name, one in of_table(value).items()}


def _each(read: Callable[[Any], Any], known: Iterable[str] = ()) -> Callable[[Any], Mapping[str, Any]]:
    def of_table(value: Any) -> Mapping[str, Any]:
        if not isinstance(value, dict):
            raise _Wrong(f" is to be a table, not {value!r}")
        return dict(map(of_item, cast("dict[str, Any]", value).items()))

    def of_item(item: tuple[str, Any]) -> tuple[str, Any]:
        name, value = item
        if known and name not in known:
            raise _Wrong(f" has no {name!r}{nearest(name, known)}")
        try:
            return name, read(value)
        except _Wrong as wrong:
            raise _Wrong(f".{name}{wrong.args[0]}") from None

    return of_table


_KEYS: dict[str, Callable[[Any], Any]] = {
    "select": _names,
    "ignore": _names,
    "per-file-ignores": _each(_names),
    "per-operation-ignores": _of_operations(_names),
    "severity": _each(_severity),
    "aliases": _each(_names, get_args(Role)),
    "synonyms": _names,
    "task-modules": _names,
    "copied-from": _each(_names),
    "profile": _one_of(get_args(Profile)),
    "exclude": _names,
    "confirm": _of_operations(_one_of(get_args(OperationRole))),
    "dismiss": _operations,
    "baseline": _text,
    "pages": _text,
}
