"""Look after a server's file, while servers use it: tasks of every tenant, API keys, copies.

accepted admin tasks [--status STATUS] [--type TYPE] [--tenant TENANT] [--limit N]
accepted admin show ID
accepted admin cancel ID ...
accepted admin retry ID ...       a new task with the same input; what the old one came to stays
accepted admin export             every task with its input and result, JSON Lines
accepted admin backup FILE        a copy as of one moment (artifacts are files beside it: copy those after it)
accepted admin keys create NAME [--tenant TENANT]
accepted admin keys list
accepted admin keys revoke ID
"""

from __future__ import annotations

import argparse
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from accepted.cli import _options

if TYPE_CHECKING:
    from accepted.server.administration import Administration
    from accepted.server.store import Key, Record


@dataclass(frozen=True, slots=True)
class Action:
    """What may be asked for: the words that follow it, and whether the last of them may come several times."""

    run: Callable[[Administration, list[str], argparse.Namespace], Awaitable[int]]
    words: tuple[str, ...] = ()
    many: bool = False
    makes_the_file: bool = False


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("action", choices=("tasks", "show", "cancel", "retry", "export", "backup", "keys"))
    parser.add_argument("words", metavar="WORD", nargs="*", help="what it is about: ids, a file, a name; see above")
    told = "the server's file; ACCEPTED_DB, or accepted-tasks.db in this folder"
    parser.add_argument("--db", metavar="FILE", help=told)
    parser.add_argument("--tenant", help="only its tasks; or whose a new key is")
    parser.add_argument("--type", help="only tasks of this type")
    parser.add_argument("--status", help="only tasks of this status")
    told = "so many tasks, the newest; 50 by default, 0 for all"
    parser.add_argument("--limit", metavar="N", type=_options.whole, default=50, help=told)
    _options.output(parser)


def run(options: argparse.Namespace) -> int:
    """Do one thing, and let go of the file."""
    import asyncio

    from accepted.cli._command import begin
    from accepted.errors import AcceptedError
    from accepted.server.store import StoreFailed

    action, words = _action(options)
    begin()
    try:
        return asyncio.run(_perform(action, words, options))
    except StoreFailed as error:
        raise AcceptedError(str(error)) from None


async def _perform(action: Action, words: list[str], options: argparse.Namespace) -> int:
    from accepted.server.administration import Administration

    admin = Administration(_path(options.db, may_be_new=action.makes_the_file))
    try:
        return await action.run(admin, words, options)
    finally:
        await admin.store.close()


def _action(options: argparse.Namespace) -> tuple[Action, list[str]]:
    from accepted.errors import BadRequest

    name, words = options.action, options.words
    if name == "keys":
        name, words = f"keys {words[0] if words else '?'}", words[1:]
    action = ACTIONS.get(name)
    if action is None:
        known = ", ".join(one for one in ACTIONS if one.startswith("keys"))
        raise BadRequest(f"{name} is nothing that can be done: {known}")
    if len(words) < len(action.words) or (len(words) > len(action.words) and not action.many):
        usage = " ".join((name, *action.words)) + (" ..." if action.many else "")
        raise BadRequest(f"write: accepted admin {usage}")
    return action, words


def _path(given: str | None, *, may_be_new: bool) -> Any:
    import os
    from pathlib import Path

    from accepted.errors import BadRequest

    path = Path(given or os.environ.get("ACCEPTED_DB") or "accepted-tasks.db")
    if not may_be_new and not path.is_file():
        raise BadRequest(f"there is no file {path}: --db or ACCEPTED_DB names the one that the server uses")
    return path


# ---- tasks


async def _tasks(admin: Administration, _words: list[str], options: argparse.Namespace) -> int:
    from accepted.cli import _show

    rows: list[tuple[str, ...]] = []
    async for record in _first(_chosen(admin, options), options.limit):
        if options.json:
            _show.emit(_document(record))
        else:
            rows.append(_row(record))
    _show.table(("ID", "TENANT", "TYPE", "STATUS", "AGE", "WHAT IT SAYS"), rows)
    if not rows and not options.json:
        _show.say("no such tasks")
    return 0


async def _show_task(admin: Administration, words: list[str], options: argparse.Namespace) -> int:
    from accepted.cli import _show
    from accepted.core import codec

    document = _document(await _found(admin, words[0]))
    if options.json:
        _show.emit(document)
    else:
        _show.put(codec.pretty(document))
    return 0


async def _cancel(admin: Administration, words: list[str], options: argparse.Namespace) -> int:
    import time

    from accepted.core.task import Status
    from accepted.errors import AcceptedError
    from accepted.server.store import Record

    for task_id in words:
        record = await _found(admin, task_id)
        asked = await admin.store.request_cancel(record.tenant, task_id, time.time())
        if isinstance(asked, Record) and asked.status.final and asked.status is not Status.CANCELLED:
            raise AcceptedError(f"{task_id} is {asked.status} already; a final status never changes")
        if isinstance(asked, Record):
            _told(asked, options)
    return 0


async def _retry(admin: Administration, words: list[str], options: argparse.Namespace) -> int:
    import time

    from accepted.core.task import Status
    from accepted.errors import AcceptedError

    for task_id in words:
        record = await _found(admin, task_id)
        if not record.status.final or record.status is Status.COMPLETED:
            raise AcceptedError(f"{task_id} is {record.status}: only what failed, expired or was cancelled is retried")
        _told(await admin.again(record, time.time()), options, retry_of=task_id)
    return 0


async def _export(admin: Administration, _words: list[str], options: argparse.Namespace) -> int:
    from accepted.cli import _show

    async for record in _chosen(admin, options):
        _show.emit(_document(record))
    return 0


async def _backup(admin: Administration, words: list[str], options: argparse.Namespace) -> int:
    from accepted.cli import _show

    size, source = _copied(admin, words[0]), admin.store.path
    if options.json:
        _show.emit({"backup": words[0], "bytes": size})
    else:
        _show.say(f"{source} was copied to {words[0]}; artifacts are files in {source}.files")
    return 0


def _copied(admin: Administration, name: str) -> int:
    """Copy the file; how many bytes that were."""
    from pathlib import Path

    from accepted.errors import BadRequest

    target = Path(name)
    if target.exists() and target.samefile(admin.store.path):
        raise BadRequest(f"{target} is the file itself: name another one")
    admin.store.backup(target)
    return target.stat().st_size


async def _found(admin: Administration, task_id: str) -> Record:
    from accepted.errors import TaskNotFound

    record = await admin.get(task_id)
    if record is None:
        raise TaskNotFound(f"there is no task {task_id} in {admin.store.path}")
    return record


def _chosen(admin: Administration, options: argparse.Namespace) -> AsyncIterator[Record]:
    from accepted.core.task import Status
    from accepted.errors import BadRequest

    known = [str(status) for status in Status]
    if options.status is not None and options.status not in known:
        raise BadRequest(f"--status {options.status} is none of {', '.join(known)}")
    status = None if options.status is None else Status(options.status)
    return admin.tasks(tenant=options.tenant, type=options.type, status=status)


async def _first(records: AsyncIterator[Record], limit: int) -> AsyncIterator[Record]:
    count = 0
    async for record in records:
        yield record
        count += 1
        if count == limit:
            return


def _told(record: Record, options: argparse.Namespace, **more: str) -> None:
    from accepted.cli import _show

    if options.json:
        _show.emit({**_document(record), **more})
    else:
        _show.put("  ".join((record.id, record.status, *(f"({name} {text})" for name, text in more.items()))))


def _document(record: Record) -> dict[str, Any]:
    """A task as its own tenant sees it, and what only the operator sees besides."""
    from accepted.core import codec
    from accepted.server.documents import task_document

    document = task_document(record, "")
    links = document.pop("links")
    ours = {"tenant": record.tenant, "input": codec.anything(record.input), "callback_url": record.callback_url}
    artifacts = [{name: one[name] for name in ("name", "media_type", "size")} for one in links.get("artifacts", ())]
    return {**document, **ours, "artifacts": artifacts}


def _row(record: Record) -> tuple[str, ...]:
    import time

    from accepted.cli import _show

    age = (record.finished_at or time.time()) - record.created_at
    return record.id, record.tenant or "-", record.type, record.status, _show.duration(age), _said(record)


def _said(record: Record) -> str:
    """Why a task stands where it stands, or how far it is."""
    from accepted.core import codec

    problem: Mapping[str, Any] = codec.anything(record.error) if record.error else {}
    progress: Mapping[str, Any] = codec.anything(record.progress) if record.progress else {}
    done = "/".join(f"{progress[name]:g}" for name in ("done", "total") if progress.get(name) is not None)
    told = (problem.get("reason"), problem.get("detail")) if problem else (done, progress.get("message"))
    return codec.shorten(" ".join(str(one) for one in told if one)) or "-"


# ---- keys


async def _create_key(admin: Administration, words: list[str], options: argparse.Namespace) -> int:
    from accepted.cli import _show
    from accepted.server.keys import make_key

    secret, key, digest = make_key(words[0], options.tenant or "")
    await admin.store.add_key(key, digest)
    if options.json:
        _show.emit({**_key_document(key), "secret": secret})
    else:
        _show.put(secret)
        _show.say(f"{key.id} for the tenant {key.tenant!r}. The key is shown this once; it is sent as")
        _show.say("  Authorization: Bearer acc_...")
    return 0


async def _list_keys(admin: Administration, _words: list[str], options: argparse.Namespace) -> int:
    from accepted.cli import _show

    keys = await admin.store.keys()
    if options.json:
        for key in keys:
            _show.emit(_key_document(key))
        return 0
    _show.table(("ID", "NAME", "TENANT", "CREATED", "REVOKED"), map(_key_row, keys))
    if not keys:
        _show.say("no keys")
    return 0


async def _revoke_key(admin: Administration, words: list[str], options: argparse.Namespace) -> int:
    import time

    from accepted.cli import _show
    from accepted.errors import AcceptedError

    if not await admin.store.revoke_key(words[0], time.time()):
        raise AcceptedError(f"there is no key {words[0]} that is not revoked: accepted admin keys list")
    if options.json:
        _show.emit({"id": words[0], "revoked": True})
    else:
        _show.say(f"{words[0]} is refused from the next request on")
    return 0


def _key_document(key: Key) -> dict[str, Any]:
    from accepted.core.task import moment

    revoked_at = None if key.revoked_at is None else moment(key.revoked_at)
    whose = {"id": key.id, "name": key.name, "tenant": key.tenant}
    return {**whose, "created_at": moment(key.created_at), "revoked_at": revoked_at}


def _key_row(key: Key) -> tuple[str, ...]:
    moments = [f"{one:%Y-%m-%d %H:%M}Z" if one else "-" for one in list(_key_document(key).values())[3:]]
    return key.id, key.name, key.tenant or "-", *moments


ACTIONS: Mapping[str, Action] = {
    "tasks": Action(_tasks),
    "show": Action(_show_task, ("ID",)),
    "cancel": Action(_cancel, ("ID",), many=True),
    "retry": Action(_retry, ("ID",), many=True),
    "export": Action(_export),
    "backup": Action(_backup, ("FILE",)),
    "keys create": Action(_create_key, ("NAME",), makes_the_file=True),
    "keys list": Action(_list_keys),
    "keys revoke": Action(_revoke_key, ("ID",)),
}
