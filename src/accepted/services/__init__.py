"""One file a service, its value named `contract`. No registry: a service is found by its file or its entry point.

Each declares the Async Request-Reply Pattern of its service: Step 1/2 (create) and Step 2/2 (poll),
which `accepted.Client` performs. Nothing here makes a request.

Outside this package a contract works the same, through the entry-point group `accepted.contracts`,
by `module:name`, or as a TOML file (`orders.toml`), which says what is particular to one 202 API; those in this folder
are services, too.
"""

from __future__ import annotations

import difflib
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any, cast

from accepted.errors import BadRequest

if TYPE_CHECKING:  # names alone are wanted by shell completion, which has no time for more
    from accepted.core.contract import Contract

GROUP = "accepted.contracts"
_FILE = ".toml"


def names() -> list[str]:
    """Every known service, ours and those of installed packages, sorted."""
    ours = (one.name.replace("_", "-") for one in iter_modules(__path__) if not one.name.startswith("_"))
    return sorted({*ours, *_files(), *(entry.name for entry in entry_points(group=GROUP))})


def find(name: str) -> Contract[..., Any]:
    """The contract of a service, by its name, as `module:name`, or as the path of a TOML file.

    Raises:
        BadRequest: there is none; the nearest name is offered.
    """
    from accepted.core.contract import Contract

    contract = _load(name)
    if not isinstance(contract, Contract):
        raise BadRequest(f"{name} is not a contract")
    return cast("Contract[..., Any]", contract)


def _load(name: str) -> object:
    if name.endswith(_FILE):
        return _in_file(Path(name))
    if ":" in name:
        return _attribute(name)
    if name not in names():
        near = difflib.get_close_matches(name, names(), n=1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        file = f"a contract in a file is named by it ({name}{_FILE}, or --service {name}{_FILE} for a ref)"
        raise BadRequest(f"unknown service {name!r}: {hint}known are {', '.join(names())}; {file}")
    for entry in entry_points(group=GROUP, name=name):
        return entry.load()
    if name in (files := _files()):
        return _in_file(files[name])
    return import_module(f"{__name__}.{name.replace('-', '_')}").contract


def _files() -> dict[str, Path]:
    """The TOML files of this folder, by the names of their services."""
    files = (file for folder in __path__ for file in Path(folder).glob(f"*{_FILE}"))
    return {file.stem.replace("_", "-"): file for file in files}


def _in_file(file: Path) -> object:
    from accepted.services._declared import declared

    return declared(file)


def _attribute(path: str) -> object:
    module, _, attribute = path.partition(":")
    try:
        return getattr(import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise BadRequest(f"cannot load the contract {path!r}: {error}") from None
