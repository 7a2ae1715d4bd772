"""`accepted demo --server`: a function becomes a durable API, which is killed in the middle of its work.

The server is `accepted serve` in a process of its own. Tasks are created with curl (with the standard library where
there is none) and polled by our client, which is told in a contract of a few lines what this server promises; it goes
on while there is no server.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from threading import Timer
from typing import Any
from urllib.request import Request, urlopen

from accepted.client import Client
from accepted.core import codec
from accepted.core.contract import Contract, Facts, Keyed, Step
from accepted.core.read import by_word
from accepted.core.schedule import Schedule
from accepted.core.task import Status, Task
from accepted.errors import AcceptedError

MODULE = '''\
import asyncio
from accepted.server import Progress, TaskAPI, TaskInfo

api = TaskAPI("Reports")

@api.task(path="/reports", retry_after=1)
async def render(name: str, pages: int = 5, *, progress: Progress, task: TaskInfo) -> dict[str, int]:
    """Render a report, page by page."""
    for page in range(1, pages + 1):
        await asyncio.sleep(0.5)  # stands for the work
        progress(page, pages, f"page {page} of {pages}")
    progress.artifact("report.md", f"# {name}\\n" + "A page.\\n" * pages)
    return {"pages": pages, "attempt": task.attempt}
'''

NAMES = ("Q1", "Q2", "Q3")
PAGES = 5

_PATIENCE = 15.0
"""Seconds after which something that should have happened has not."""

_ABSENCE = 1.0
"""Seconds for which there is no server."""


class _Report(codec.Struct, kw_only=True):
    """What the demo's tasks are created from."""

    name: str
    pages: int = 1


def _contract(base_url: str) -> Contract[..., Any]:
    """What the demo's server promises."""
    return Contract(
        name="reports",
        title="Reports",
        base_url=base_url,
        inputs=_Report,
        create=(
            Step(
                name="task",
                method="POST",
                path="/reports",
                codes=(202,),
                repeat="keyed",
                body=lambda ask: codec.plain(ask.inputs),
            ),
        ),
        poll=(Step(name="task", method="GET", path="/tasks/{id}"),),
        read=by_word("/status", id="/id"),
        words={status.value: status for status in Status},
        result=lambda task: codec.at(codec.anything(task.raw or b"null"), "/result"),
        safe=Keyed(),
        schedule=Schedule(first=0.2, longest=1.0),
        facts=Facts(verified="by this demo", checked=date(2026, 11, 24), links={}),
    )


@dataclass(slots=True)
class _Server:
    """`accepted serve` in a folder."""

    folder: Path
    process: subprocess.Popen[str] | None = None
    url: str = ""

    def start(self) -> None:
        """Start it, and wait until it answers; always on the port that it had first."""
        ours = {name: value for name, value in os.environ.items() if not name.startswith("ACCEPTED_")}
        port = self.url.rpartition(":")[2].partition("/")[0] or "0"
        log = self.folder / "server.log"
        with log.open("a") as errors:
            self.process = subprocess.Popen(  # noqa: S603  # our own interpreter with our own words
                [sys.executable, "-m", "accepted", "serve", "reports:api", "--port", port, "--json"],
                cwd=self.folder,
                env=ours,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
        told = self.process.stdout.readline() if self.process.stdout else ""
        if not told:
            raise AcceptedError(f"the server of the demo did not start: {log.read_text().strip()}")
        self.url = json.loads(told)["url"]

    def kill(self) -> None:
        """End it at once, without a word; nothing where it has ended."""
        if self.process is not None:
            self.process.kill()
            self.process.communicate()
        self.process = None


@dataclass(slots=True)
class _Demo:
    """One run: what was created, how it ended, and what was measured (`slowest` in milliseconds)."""

    server: _Server
    put: Callable[[str], None]
    step: Callable[[int, str], None]
    created: list[Any] = field(default_factory=list[Any])
    ended: list[Task[Any]] = field(default_factory=list[Task[Any]])
    again: Any = None
    slowest: float = 0.0
    seconds: float = 0.0

    def show(self) -> bool:
        """All of it; True if the figures hold."""
        self.step(1, "a function becomes an API: reports.py, and `accepted serve reports:api`")
        self.put(MODULE)
        self.server.start()
        self.put(f"$ accepted serve reports:api   # at {self.server.url}")
        self.step(2, "create: 202 once the task is on disk, while the work goes on")
        self.created = [self._create(name) for name in NAMES]
        self.step(3, "kill -9: the server, in the middle of the work")
        self._kill()
        self.step(4, "our client polls all the same; a second later the server is back, with the same file")
        self._restart()
        self.step(5, "the first create again, with its Idempotency-Key: the same task")
        self.again = self._create(NAMES[0])
        return self._figures()

    def _create(self, name: str) -> Any:
        """Create a task with curl; its document."""
        url, body = f"{self.server.url}/reports", json.dumps({"name": name, "pages": PAGES})
        fields = {"Content-Type": "application/json", "Idempotency-Key": f"demo-{name}"}
        said = " ".join(f"-H '{field}: {value}'" for field, value in fields.items())
        self.put(f"$ curl {url} {said} -d '{body}'")
        began = time.perf_counter()
        curl = shutil.which("curl")
        raw = _by_curl(curl, url, body, fields) if curl else _asked(url, fields, body.encode())
        milliseconds = 1000 * (time.perf_counter() - began)
        self.slowest = max(self.slowest, milliseconds)
        document = json.loads(raw)
        self.put(f"{_line(document)}{milliseconds:.0f} ms")
        return document

    def _get(self, document: Any) -> Any:
        url = self.server.url.removesuffix("/api") + document["links"]["self"]
        return json.loads(_asked(url, {}))

    def _kill(self) -> None:
        _until(lambda: all(self._get(one)["progress"] for one in self.created))
        for one in self.created:
            self.put(_line(self._get(one)))
        self.server.kill()
        self.put("$ kill -9 ...")

    def _restart(self) -> None:
        back = Timer(_ABSENCE, self.server.start)
        back.start()
        began = time.monotonic()
        with Client(_contract(self.server.url), journal=None) as client:
            self.put("client.poll_tasks([...])")
            for task in client.poll_tasks([one["id"] for one in self.created], timeout=_PATIENCE):
                self.ended.append(task)
                self.put(f"{task.id}  {task.status:13}{task.result if task.ok else ''}")
        back.join()
        self.seconds = time.monotonic() - began - _ABSENCE

    def _figures(self) -> bool:
        asked = len(NAMES)
        completed = sum(task.ok for task in self.ended)
        second = sum(task.ok and task.result["attempt"] > 1 for task in self.ended)
        left = asked - sum(task.status.final for task in self.ended)
        polls = sum(task.doing.polls for task in self.ended)
        same = self.again["id"] == self.created[0]["id"]
        facts = (
            (self.slowest < 1000, "create", f"answered within {self.slowest:.0f} ms, each task takes 2.5 s"),
            (
                completed == asked,
                "lost",
                f"{asked - completed} of {asked} tasks, with the server killed meanwhile",
            ),
            (left == 0, "stuck", f"{left}; the last one was final {self.seconds:.1f} s after the restart"),
            (second == asked, "attempts", f"{second} tasks were executed again, from their beginning: at least once"),
            (same, "twice", f"{int(not same)} tasks created, with 1 create repeated"),
            (polls > 0, "polls", f"{polls} answered, by a client that outlived the server"),
        )
        self.step(6, "what was shown")
        for holds, name, told in facts:
            self.put(f"{'ok' if holds else 'NOT':4}{name:11}{told}")
        return all(holds for holds, _, _ in facts)


def show(folder: Path, *, put: Callable[[str], None], step: Callable[[int, str], None]) -> bool:
    """All of it, in an empty folder; True if the figures hold."""
    (folder / "reports.py").write_text(MODULE, encoding="utf-8")
    server = _Server(folder)
    try:
        return _Demo(server, put, step).show()
    finally:
        server.kill()


def _by_curl(curl: str, url: str, body: str, fields: dict[str, str]) -> bytes:
    said = [word for name, value in fields.items() for word in ("-H", f"{name}: {value}")]
    command = [curl, "--silent", "--show-error", "--fail", "--noproxy", "*", url, *said, "-d", body]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, timeout=_PATIENCE).stdout  # noqa: S603  # ours


def _asked(url: str, fields: dict[str, str], body: bytes | None = None) -> bytes:
    with urlopen(Request(url, body, fields), timeout=_PATIENCE) as answer:  # noqa: S310  # our own server
        return bytes(answer.read())


def _line(document: Any) -> str:
    progress: Any = document["progress"] or {}
    said: str = str(document["result"]) if "result" in document else progress.get("message", "")
    return f"{document['id']}  attempt {document['attempt']}  {document['status']:13}{said:31}"


def _until(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _PATIENCE
    while not happened():
        if time.monotonic() > deadline:
            raise AcceptedError("the demo waited in vain; is this machine very busy?")
        time.sleep(0.05)
