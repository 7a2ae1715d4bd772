"""Print what a task yielded, or one part of it exactly as it is, or save its files. Never waits.

accepted result jules:314
accepted result jules:314 --diff | git apply
accepted result codex:task_e_1 --attempt 2
accepted result codex:task_e_1 --diff --attempt 2
accepted result jules:314 --download .
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from accepted.cli import _options

if TYPE_CHECKING:
    from accepted.client import Client
    from accepted.core.task import Artifact, Task


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    _options.refs(parser, many=False)
    part = parser.add_mutually_exclusive_group()
    part.add_argument("--field", metavar="NAME", help="only this part, exactly as it is")
    for name in ("message", "diff"):
        part.add_argument(f"--{name}", dest="field", action="store_const", const=name, help=f"--field {name}")
    parser.add_argument("--attempt", metavar="N", type=_options.count, help="only its N-th attempt")
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
        else:
            _put(client, task, options)
        return _exits.of_task(task)


def _put(client: Client[..., Any], task: Task[Any], options: argparse.Namespace) -> None:
    from accepted.cli import _show

    parts = _show.parts(task) if options.attempt is None else _attempt(task, options.attempt)
    if options.field:
        _field(task, options.field, parts)
    elif options.download:
        _download(client, task, options, _files(task, options.attempt))
    elif options.json and options.attempt is None:
        _show.task(task, as_json=True)
    elif options.json:
        _show.emit({"ref": task.ref, "attempt": options.attempt, **parts})
    else:
        _show.result(task, whole=True, only=parts)


def _final(client: Client[..., Any], wanted: Task[Any] | str) -> Task[Any]:
    """The task as it is now. One that the journal knows as final needs no look, and mostly no request."""
    if isinstance(wanted, str) or not wanted.status.final:
        return client.get_task(wanted)
    return client.poll_task(wanted, check=False)


def _field(task: Task[Any], name: str, parts: dict[str, Any]) -> None:
    from accepted.cli import _show
    from accepted.errors import AcceptedError, BadRequest

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


def _files(task: Task[Any], attempt: int | None) -> tuple[Artifact, ...]:
    """The files of the task, or the one of an attempt: its diff, given as it is."""
    from accepted.cli import _show
    from accepted.errors import BadRequest

    if attempt is None:
        return task.artifacts
    diff = str(_attempt(task, attempt).get("diff") or "").encode()
    found = task.artifacts[attempt - 1 : attempt]
    if len(task.artifacts) == len(_show.parts(task)["attempts"]) and diff and found[0].content == diff:
        return found
    told = f"no file of {task.ref} is known to be of attempt {attempt} alone; without --attempt all are saved"
    raise BadRequest(told, service=task.service, ref=task.ref)


def _download(
    client: Client[..., Any], task: Task[Any], options: argparse.Namespace, files: tuple[Artifact, ...]
) -> None:
    from pathlib import Path

    from accepted.cli import _show

    folder = Path(options.download)
    folder.mkdir(parents=True, exist_ok=True)
    if not files:
        _show.say(f"{task.ref} yielded no files")
    for artifact in files:
        path = client.download(artifact, folder)
        if options.json:
            _show.emit({"ref": task.ref, "name": artifact.name, "media_type": artifact.media_type, "path": str(path)})
        else:
            _show.put(str(path))
