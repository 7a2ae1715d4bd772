"""Print what a task yielded, or one part of it exactly as it is, or save its files. Never waits.

accepted result jules:314
accepted result jules:314 --diff | git apply
accepted result codex:task_e_1 --diff --attempt 2
accepted result jules:314 --download .
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from accepted.cli import _options

if TYPE_CHECKING:
    from accepted.client import Client
    from accepted.core.task import Task


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    _options.refs(parser, many=False)
    part = parser.add_mutually_exclusive_group()
    part.add_argument("--field", metavar="NAME", help="only this part, exactly as it is")
    for name in ("message", "diff"):
        part.add_argument(f"--{name}", dest="field", action="store_const", const=name, help=f"--field {name}")
    parser.add_argument("--attempt", metavar="N", type=_options.count, help="of the N-th attempt, where it has several")
    part.add_argument("--download", metavar="DIR", help="save its files here")
    _options.output(parser)
    _options.connection(parser)


def run(options: argparse.Namespace) -> int:
    """Get the result, from the journal where it is there, and print it."""
    from accepted.cli import _exits, _show
    from accepted.cli._clients import Clients

    with Clients(options) as clients:
        client, wanted = clients.locate(options.ref)
        task = _final(client, wanted)
        if task.value is None:
            _show.say(f"{task.ref} has no result: it is {_show.status(task)}")
            if options.json:
                _show.task(task, as_json=True)
        elif options.field:
            _field(task, options.field, options.attempt)
        elif options.download:
            _download(client, task, options)
        elif options.json:
            _show.task(task, as_json=True)
        else:
            _show.result(task, whole=True)
        return _exits.of_task(task)


def _final(client: Client[..., Any], wanted: Task[Any] | str) -> Task[Any]:
    """The task as it is now. One that the journal knows as final needs no look, and mostly no request."""
    if isinstance(wanted, str) or not wanted.status.final:
        return client.get_task(wanted)
    return client.poll_task(wanted, check=False)


def _field(task: Task[Any], name: str, attempt: int | None) -> None:
    from accepted.cli import _show
    from accepted.errors import AcceptedError, BadRequest

    parts = _show.parts(task) if attempt is None else _attempt(task, attempt)
    if name not in parts:
        known = ", ".join(parts)
        raise BadRequest(f"a result of {task.service} has no {name!r}; it has: {known}", ref=task.ref)
    if parts[name] is None:
        raise AcceptedError(f"{task.ref} yielded no {name}", service=task.service, ref=task.ref)
    text = _show.as_text(parts[name])
    _show.raw((text if text.endswith("\n") else text + "\n").encode())


def _attempt(task: Task[Any], number: int) -> dict[str, Any]:
    """The parts of one attempt, counted from 1."""
    from accepted.cli import _show
    from accepted.errors import BadRequest

    attempts = _show.parts(task).get("attempts")
    if attempts is None:
        raise BadRequest(f"a result of {task.service} has no attempts", ref=task.ref)
    if number > len(attempts):
        raise BadRequest(f"{task.ref} has {len(attempts)} attempts with a diff, no attempt {number}", ref=task.ref)
    parts: dict[str, Any] = attempts[number - 1]
    return parts


def _download(client: Client[..., Any], task: Task[Any], options: argparse.Namespace) -> None:
    from pathlib import Path

    from accepted.cli import _show

    folder = Path(options.download)
    folder.mkdir(parents=True, exist_ok=True)
    if not task.artifacts:
        _show.say(f"{task.ref} yielded no files")
    for artifact in task.artifacts:
        path = client.download(artifact, folder)
        if options.json:
            _show.emit({"ref": task.ref, "name": artifact.name, "media_type": artifact.media_type, "path": str(path)})
        else:
            _show.put(str(path))
