"""What is known of a task of the `http` contract: its inputs until the create is over, then what its steps yielded.

What may live here: pure functions of a task.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from accepted.core import codec
from accepted.core.task import Task
from accepted.core.wire import join
from accepted.services._words import Given


def given_of(task: Task[Any], default: Given) -> Given:
    """What a person said about a task; `default` is what its contract says, where nothing is kept of the create."""
    if task.doing.operation == "create" and task.private.inputs is not None:
        return codec.decode(task.private.inputs, Given)
    kept = task.doing.yields.get("given")
    return codec.decode(kept.encode(), Given) if kept else default


def create_url(task: Task[Any]) -> str:
    """The URL that the create was sent to, without its query."""
    path: str = codec.decode(task.private.inputs or b"{}", dict[str, Any]).get("path", "")
    return join(task.base_url.rstrip("/") + "/", path) if path else task.base_url


def yielded(task: Task[Any], name: str) -> str:
    """What a step yielded under a name, kept apart or not; empty where none did."""
    return task.private.yields.get(name) or task.doing.yields.get(name) or ""


def monitor_url(task: Task[Any]) -> str:
    """Where a task is asked about: as a step yielded, else as its id says."""
    return yielded(task, "monitor") or join(task.base_url.rstrip("/") + "/", task.id or "")


def of_every_request(headers: Mapping[str, str]) -> dict[str, str]:
    """The fields of a create that belong to the requests after it, too: not those about its body and its answer."""
    fields = {name.lower(): text for name, text in headers.items()}
    return {name: text for name, text in fields.items() if name != "prefer" and not name.startswith("content-")}
