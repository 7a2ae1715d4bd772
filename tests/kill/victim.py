"""A client that is killed: it performs orders, each in a process of its own, up to the point at which it has to die.

It listens on a loopback port, which it prints. An order comes as a JSON line on a connection of its own, and what
became of it goes back as one. An order is performed in a fork, so that a killed process costs no interpreter start.
A point is a place in the life of a client where a kill matters:

    before and after whatever it asks of the journal (Claim, Save, Recall, Forget),
    before and after a request (`before POST /sessions`),
    and on the service's side of it: `arrived`, `late`, `answered`.

The latter three the service has to bring about: it is told in the field `x-die` who is to be killed and when.
A client can also be paused at a point: it stands still, with all that it knows, until it is sent SIGCONT.
"""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import traceback
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

import hasty
import httpcore2  # noqa: F401  # with the next: what would otherwise be imported anew in every fork

import accepted.drivers.performance  # noqa: F401
from accepted.client import Client
from accepted.core.events import Forget, Save
from accepted.core.task import Task
from accepted.core.verbs import Claim, Recall
from accepted.core.wire import Dropped, Request, Response, with_headers
from accepted.drivers.http import HttpTransport
from accepted.drivers.http import Settings as HttpSettings
from accepted.drivers.journal import Journal
from accepted.errors import AcceptedError
from accepted.services import codex

REQUEST_TIMEOUT = 1.0
CONTRACTS: dict[str, Any] = {"hasty": hasty.contract, "codex": codex.contract}


class Life:
    """Tells each point as it is passed, and ends at the fatal one. The second of a name is `name (2)`, and so on."""

    def __init__(self, fatal: str | None, pause: str | None, tell: Callable[[str], object]) -> None:
        self._fatal = fatal
        self._pause = pause
        self._tell = tell
        self._passed: Counter[str] = Counter()

    def passes(self, name: str) -> bool:
        """Tell a point; True where it is the fatal one."""
        self._passed[name] += 1
        point = name if self._passed[name] == 1 else f"{name} ({self._passed[name]})"
        self._tell(point)
        if point == self._pause:
            os.kill(os.getpid(), signal.SIGSTOP)
        return point == self._fatal

    def may_end(self, name: str) -> None:
        """Tell a point, and die where it is the fatal one."""
        if self.passes(name):
            os.kill(os.getpid(), signal.SIGKILL)


class MortalJournal(Journal):
    def __init__(self, path: Path, life: Life) -> None:
        super().__init__(path)
        self._life = life

    def perform(self, wish: Save | Forget | Claim | Recall) -> Task[Any] | None:
        match wish:
            case Save(must=True):
                name = "Save must"
            case Save(task=task):
                name = f"Save {task.status}"
            case _:
                name = type(wish).__name__
        self._life.may_end(f"before {name}")
        done = super().perform(wish)
        self._life.may_end(f"after {name}")
        return done


class MortalTransport(HttpTransport):
    def __init__(self, life: Life) -> None:
        super().__init__(HttpSettings(verify=False))  # plain HTTP only; reading certificates takes time
        self._life = life

    def send(self, request: Request, timeout: float) -> Response | Dropped:
        path = re.sub(r"\d{9,}", "{id}", urlsplit(request.url).path.removeprefix("/v1alpha"))
        name = f"{request.method} {path}"
        self._life.may_end(f"before {name}")
        for moment in ("arrived", "late", "answered") if request.method == "POST" else ("arrived", "answered"):
            if self._life.passes(f"{moment} {name}"):
                request = with_headers(request, {"x-die": f"{os.getpid()} {moment}"})
        answer = super().send(request, timeout)
        self._life.may_end(f"after {name}")
        return answer


def create(client: Client[..., Any], order: dict[str, Any], _: Journal) -> dict[str, Any]:
    """Create the task; the same key again where the order has one."""
    ready = client.with_options(key=order["key"])
    of_jules = {"prompt": order["name"], "title": order["name"], "source": order.get("source")}
    return {"id": ready.create_task(**order.get("inputs", of_jules)).id}


def poll(client: Client[..., Any], order: dict[str, Any], _: Journal) -> dict[str, Any]:
    """Wait for one task."""
    return _told(client.poll_task(order["ref"], timeout=20))


def settle(client: Client[..., Any], _: dict[str, Any], journal: Journal) -> dict[str, Any]:
    """Settle every row of the journal, one after the other."""
    return {task.marker: _settled(client, task.ref) for task in journal.tasks()}


def resume(client: Client[..., Any], _: dict[str, Any], journal: Journal) -> dict[str, Any]:
    """Wait for every row of the journal at once."""
    ended: dict[str, Any] = {}
    try:
        for task in client.poll_tasks(journal.tasks(), timeout=20):
            ended[task.marker] = _told(task)
    except AcceptedError as error:
        ended["error"] = type(error).__name__
    return ended


def look(client: Client[..., Any], _: dict[str, Any], journal: Journal) -> dict[str, Any]:
    """Look once at every row of the journal."""
    return {task.marker: {"status": client.get_status(task)} for task in journal.tasks()}


def _settled(client: Client[..., Any], ref: str) -> dict[str, Any]:
    try:
        return _told(client.poll_task(ref, timeout=20, check=False))
    except AcceptedError as error:
        return {"error": type(error).__name__, "exit": error.exit_code, "told": str(error)}


def _told(task: Task[Any]) -> dict[str, Any]:
    return {"id": task.id, "status": task.status, "message": task.result.message if task.ok else None}


VERBS = {verb.__name__: verb for verb in (create, poll, settle, resume, look)}


def perform(order: dict[str, Any], tell: Callable[[object], object]) -> dict[str, Any]:
    """Perform one order; what came of it, or the error that it ended with."""
    life = Life(order["fatal"], order["pause"], tell)
    journal = MortalJournal(Path(order["journal"]), life)
    transport = MortalTransport(life)
    settings = {"base_url": order["base_url"], "auth": order["auth"], "request_timeout": REQUEST_TIMEOUT}
    contract = CONTRACTS[order.get("contract", "hasty")]
    client: Client[..., Any] = Client(contract, **settings, journal=journal, transport=transport)
    try:
        return VERBS[order["verb"]](client, order, journal)
    except AcceptedError as error:
        return {"error": type(error).__name__, "exit": error.exit_code, "told": str(error)}
    finally:
        transport.close()
        journal.close()


def in_a_fork(order: dict[str, Any], answer: Callable[[dict[str, Any]], object]) -> None:
    """Perform an order in a process of its own; answer which points it passed, and what came of it."""
    reading, writing = os.pipe()
    pid = os.fork()
    if not pid:
        os.close(reading)
        _perform_and_leave(order, writing)
    os.close(writing)
    told: list[Any] = []
    with os.fdopen(reading, encoding="utf-8") as pipe:
        for line in pipe:
            told.append(json.loads(line))
            if told[-1] == order["pause"]:
                os.waitpid(pid, os.WUNTRACED)
                answer({"paused": pid})
    killed = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGKILL
    points = [line for line in told if isinstance(line, str)]
    answer({"killed": killed, "points": points, "told": None if killed else told[-1]})


def _perform_and_leave(order: dict[str, Any], writing: int) -> NoReturn:
    def tell(what: object) -> None:
        os.write(writing, json.dumps(what).encode() + b"\n")

    try:
        tell(perform(order, tell))
    except BaseException:  # noqa: BLE001  # whatever it is, this process must not return into its parent's loop
        tell({"error": "traceback", "told": traceback.format_exc()})
    os._exit(0)


def serve() -> None:
    """Take orders until this process is killed, each connection in a fork."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those
    with socket.create_server(("127.0.0.1", 0)) as listener:
        print(listener.getsockname()[1], flush=True)
        while True:
            connection, _ = listener.accept()
            with connection, connection.makefile("rw", encoding="utf-8") as stream:
                if not os.fork():
                    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                    order = json.loads(stream.readline())
                    in_a_fork(order, lambda told: print(json.dumps(told), file=stream, flush=True))
                    os._exit(0)


if __name__ == "__main__":
    serve()
