"""What is known of a task of a contract that follows what answers name: inputs until the create is over, then yields.

What may live here: pure functions of a task and of its inputs, for every such contract.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from accepted.core import codec
from accepted.core.read import Answer, Secret
from accepted.core.task import Task
from accepted.core.wire import join, origin
from accepted.services._words import Given

CREDENTIAL = re.compile(
    r"authori[sz]ation|cookie|token|secret|passw|credential|signature|(api|access|account|functions|subscription)-?key",
    re.IGNORECASE,
)
"""Names of header fields that carry a credential: inputs are no place for one, for they are kept and shown."""

_OF_THE_CREATE = re.compile(r"content-.*|if-.*|repeatability-.*|operation-id|prefer|expect")
"""Fields of a create that would say something else on a GET."""


def given_of(task: Task[Any], default: Given) -> Given:
    """What a person said about a task; `default` is what its contract says, where nothing is kept of the create."""
    if task.doing.operation == "create" and task.private.inputs is not None:
        return codec.decode(task.private.inputs, Given)
    kept = task.doing.yields.get("given")
    return codec.decode(kept.encode(), Given) if kept else default


def relative(path: str) -> str:
    """A path as a relative reference (RFC 3986 4.2), so that `/reports` and `books:import` are both below the base."""
    return path if not path or path.startswith("./") else f"./{path.removeprefix('/')}"


def create_url(task: Task[Any]) -> str:
    """The URL that the create was sent to, without its query."""
    path: str = codec.decode(task.private.inputs or b"{}", dict[str, Any]).get("path", "")
    return join(task.base_url.rstrip("/") + "/", path) if path else task.base_url


def yielded(task: Task[Any], name: str) -> str:
    """What a step yielded under a name, kept apart or not; empty where none did."""
    return task.private.yields.get(name) or task.doing.yields.get(name) or ""


def monitor_url(task: Task[Any], name: str = "monitor") -> str:
    """Where a task is asked about, or what else a step yielded under a name; where none did, as its id says."""
    return join(task.base_url.rstrip("/") + "/", yielded(task, name) or task.id or "")


def of_every_request(headers: Mapping[str, str]) -> dict[str, str]:
    """The fields of a create that belong to the requests after it, too: not those about itself and its answer."""
    fields = {name.lower(): text for name, text in headers.items()}
    return {name: text for name, text in fields.items() if not _OF_THE_CREATE.fullmatch(name)}


def kept_headers(task: Task[Any], _: Answer) -> str | None:
    """The header fields for the requests to come. They may say more of the caller than is to be shown."""
    named: dict[str, Any] = codec.decode(task.private.inputs or b"{}", dict[str, Any])
    kept = of_every_request(named.get("headers", {}))
    return Secret(codec.encode(kept).decode()) if kept else None


def headers_to(task: Task[Any], place: str, always: Mapping[str, str]) -> dict[str, str]:
    """The header fields of a request to what was yielded as `place`: those of the create go to its own origin only.

    `always` are those of a task of whose create nothing is kept.
    """
    kept = yielded(task, "headers")
    fields = codec.decode(kept.encode(), dict[str, str]) if kept else dict(always)
    return fields if origin(monitor_url(task, place)) == origin(task.base_url) else {}
