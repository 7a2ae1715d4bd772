"""What `accepted serve` gives uvicorn: the API, in whichever process serves it. How it is served stands in a variable.

uvicorn's workers and reloads are new processes that are told nothing but an import string and the environment.
"""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from accepted.errors import AcceptedError, BadRequest

if TYPE_CHECKING:
    from accepted.asgi import App, Receive, Scope, Send
    from accepted.server import TaskAPI

APPLICATION = "accepted.cli._served:application"
VARIABLE = "ACCEPTED_SERVE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """What is served, and how. `db` None: as the API or ACCEPTED_DB says. `drain`: seconds, None: as the API says."""

    target: str
    folder: str
    db: str | None
    execute: bool
    drain: float | None
    verbose: bool


def application() -> App:
    """The app that VARIABLE describes; uvicorn calls it in every process that serves."""
    from accepted.core import codec

    served = codec.decode(os.environ[VARIABLE].encode(), Served)
    log(served)
    api = load(served)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            _drain_when_told_to_end(api)
        await api(scope, receive, send)

    return app


def log(served: Served) -> None:
    """Tell on stderr what goes wrong, or every request too."""
    import logging

    level = logging.INFO if served.verbose else logging.WARNING
    logging.basicConfig(level=level, format="%(asctime)s %(levelname)s %(name)s: %(message)s")


def load(served: Served) -> TaskAPI:
    """The API at `module:name`, imported from the folder, as it is to be served.

    Raises:
        BadRequest: there is none. AcceptedError: the module itself fails.
    """
    from accepted.server import TaskAPI

    module, colon, name = served.target.partition(":")
    if not colon or not name:
        raise BadRequest(f"{served.target!r} is no module:name, such as reports:api")
    if served.folder not in sys.path:
        sys.path.insert(0, served.folder)
    found: Any = _imported(module, served.folder)
    for part in name.split("."):
        if not hasattr(found, part):
            raise BadRequest(f"{module} has no {name}")
        found = getattr(found, part)
    if not isinstance(found, TaskAPI):
        kind = type(found).__name__
        raise BadRequest(f"{served.target} is a {kind}, no TaskAPI; uvicorn serves what one is mounted in")
    found.db = served.db if served.db is not None else found.db
    found.execute = found.execute and served.execute
    found.drain = found.drain if served.drain is None else served.drain
    return found


def _imported(name: str, folder: str) -> Any:
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        if error.name is not None and (name == error.name or name.startswith(error.name + ".")):
            raise BadRequest(f"there is no module {name} in {folder}") from None
        raise AcceptedError(f"{name} cannot be imported: {_told(error)}") from None
    except Exception as error:  # noqa: BLE001  # whatever a module does, its author wants to know where
        raise AcceptedError(f"{name} cannot be imported: {_told(error)}") from None


def _told(error: Exception) -> str:
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__}: {error} ({Path(last.filename).name}, line {last.lineno})"


def _drain_when_told_to_end(api: TaskAPI) -> None:
    """Answers that wait end at once, so that the server need not wait for them; it closes connections before it tells.

    uvicorn has put its own handlers there, which come after ours.
    """
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _chained(api, signal.getsignal(number)))


def _chained(api: TaskAPI, following: Any) -> Callable[[int, Any], None]:
    def handle(number: int, frame: Any) -> None:
        api.tasks.draining = True
        following(number, frame)

    return handle
