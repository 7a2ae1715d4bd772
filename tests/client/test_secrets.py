"""Planted secrets are found nowhere: not in a message, a repr, a log, a byte of the journal, or what the CLI prints.

Four are planted: the credential, a signature in the URL at which a task is asked, a cookie of a task, and
the credential again wherever a service repeats it.
"""

import json
import logging
import os
import re
import sqlite3
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from accepted import AcceptedError, BadRequest, Client, Contract, CreateUnknown, Status
from accepted.asgi import application, running
from accepted.core import codec
from accepted.core.contract import Credential, Step
from accepted.core.read import Answer, Body, Reading, by_word
from accepted.core.task import Task, document
from accepted.core.wire import Dropped, Request, Response, header
from accepted.services import jules
from accepted.simulate import handler
from accepted.simulate.jules import Simulator
from accepted.testing import VirtualClock

TOKEN = "tok-PLANTED-credential-0a1b2c"
SIGNATURE = "sig-PLANTED-monitor-3d4e5f"
COOKIE = "coo-PLANTED-session-6a7b8c"
PLANTED = "PLANTED"
BASE = "https://toy.example/v1"
MONITOR = f"{BASE}/monitors/{SIGNATURE}?sig={SIGNATURE}"


# ---- a service that hands out secrets and repeats what it was sent


class Inputs(codec.Struct, kw_only=True, forbid_unknown_fields=True):
    text: str


def read(answer: Answer) -> Reading:
    return by_word("/status", id="/id", message="/message")(answer)


toy: Contract[..., str] = replace(
    jules.contract,
    name="toy",
    title="The Toy",
    base_url=BASE,
    inputs=Inputs,
    create=(
        Step(
            name="start",
            method="POST",
            path="/tasks",
            repeat="once",
            codes=(202,),
            body=lambda ask: {"text": ask.inputs.text},
            yields={"monitor": Body("/monitor")},
            secret=frozenset({"monitor"}),
        ),
    ),
    poll=(Step(name="look", method="GET", path="{+monitor}"),),
    read=read,
    words={"running": Status.IN_PROGRESS, "done": Status.COMPLETED, "broken": Status.FAILED},
    result=lambda task: "made",
    results=(),
    listing=None,
    items={},
    acts={},
    artifacts=None,
    safe=None,
    grace=0.0,
    cookies=True,
    etag=True,
    credential=Credential(variables=("TOY_KEY",), how="Ask for a key"),
    refusals={},
    trusted=(),
)

Say = Callable[[Request], Response | Dropped]


def answered(status: int, body: Any, *headers: tuple[str, str]) -> Response:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Response(status=status, headers=headers, body=raw)


class Toy:
    """Creates a task with a signed monitor and a cookie; `say` answers every look at it."""

    def __init__(self, say: Say, create: Say | None = None) -> None:
        self.say = say
        self.create = create
        self.sent: list[Request] = []

    def send(self, request: Request, timeout: float) -> Response | Dropped:
        self.sent.append(request)
        if request.method == "GET":
            return self.say(request)
        if self.create:
            return self.create(request)
        return answered(
            202,
            {"id": "7", "status": "running", "monitor": MONITOR, "seen": request.headers},
            ("set-cookie", f"session={COOKIE}; HttpOnly"),
        )

    def close(self) -> None:
        pass


def echo(code: int, **more: Any) -> Say:
    """Repeats everything that it was sent, in body and fields."""

    def say(request: Request) -> Response:
        told = " ".join(f"{name}={value}" for name, value in request.headers)
        body = {"status": "running", "message": f"you said {told} to {request.url}", "error": told, **more}
        return answered(code, body, ("x-debug", told), ("x-request-id", told))

    return say


def page(request: Request) -> Response:
    """A proxy that prints what it was asked, and in no JSON."""
    return answered(200, f"<html>{request.url} {dict(request.headers)}</html>".encode())


def target(request: Request) -> Response:
    """A server that prints the target of the request only, as many do for 404."""
    return answered(404, f"Cannot {request.method} {request.url.removeprefix('https://toy.example')}".encode())


SAYINGS: dict[str, Say] = {
    "running": echo(200),
    "done": echo(200, status="done"),
    "failed": echo(200, status="broken"),
    "unknown word": echo(200, status=f"word {TOKEN}"),
    "no status": echo(200, status=None),
    "another shape": echo(200, status={"url": MONITOR}),
    "html": page,
    "target": target,
    "400": echo(400),
    "401": echo(401),
    "403": echo(403),
    "404": echo(404),
    "429": echo(429),
    "500": echo(500),
    "redirect away": lambda request: answered(302, {}, ("location", f"https://elsewhere.example/?next={request.url}")),
    "redirect within": lambda request: answered(302, {}, ("location", f"{BASE}/again?sig={SIGNATURE}")),
    "redirect to a private place": lambda request: answered(302, {}, ("location", f"http://127.0.0.1/?{SIGNATURE}")),
    "dropped": lambda request: Dropped(reason=f"reset while asking {request.url} with {TOKEN}"),
    "refused": lambda request: Dropped(reason=f"no route to {request.url}", sent=False),
    "too large": lambda request: Dropped(reason=f"its answer to {request.url} is larger", hopeless=True),
}


# ---- where they are looked for


def told_by(error: BaseException) -> Iterator[str]:
    """Everything that an error shows, also when it is printed with all that led to it."""
    yield from (str(error), repr(error), *getattr(error, "__notes__", ()))
    yield "".join(traceback.format_exception(error))
    if isinstance(error, AcceptedError):
        yield repr(vars(error))
        yield json.dumps(codec.plain(error.problem))
        yield from told_by_task(error.task) if error.task else ()


def told_by_task(task: Task[Any]) -> Iterator[str]:
    yield from (repr(task), str(task), json.dumps(document(task)), repr(task.raw), repr(task.documents))


def shown(found: object) -> Iterator[str]:
    """The repr of an object and of everything that it is made of, as a debugger would print it."""
    yield repr(found)
    yield str(found)
    if is_dataclass(found):
        for one in fields(found):
            if one.name != "private":  # the one place where they belong
                yield repr(getattr(found, one.name))


def look(texts: Iterator[str]) -> None:
    for text in texts:
        found = re.search(f".{{0,60}}{PLANTED}.{{0,20}}", text)
        assert found is None, found.group()


def bytes_of(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir() if path.is_file())


def without_private(path: Path) -> bytes:
    """All bytes of the journal's rows but those of the masked column."""
    with closing(sqlite3.connect(path)) as db:
        names = [row[1] for row in db.execute("PRAGMA table_info(tasks)") if row[1] != "private"]
        return repr(db.execute(f"SELECT {', '.join(names)} FROM tasks").fetchall()).encode()


@pytest.fixture
def everything(caplog: pytest.LogCaptureFixture) -> Callable[[], Iterator[str]]:
    """Every log record of every library, with its fields, as a formatter of any kind would see it."""
    caplog.set_level(1)
    logging.getLogger("accepted").setLevel(1)

    def records() -> Iterator[str]:
        for record in caplog.records:
            yield record.getMessage()
            yield repr(vars(record))

    return records


@pytest.fixture
def toy_client(tmp_path: Path) -> Iterator[Callable[..., Client[..., str]]]:
    made: list[Client[..., Any]] = []

    def client(transport: Toy) -> Client[..., str]:
        path = tmp_path / "kept" / "journal.db"
        made.append(Client(toy, auth=TOKEN, journal=path, transport=transport, clock=VirtualClock()))
        return made[-1]

    yield client
    for one in made:
        one._bench.journal.close()


# ---- the tests


def test_they_are_really_planted(toy_client: Any, tmp_path: Path) -> None:
    """A search that finds nothing means nothing where nothing was: they are sent, and kept where they may be."""
    service = Toy(echo(200))
    client = toy_client(service)
    client.poll_task(client.create_task(text="x"), timeout=30.0, check=False)
    look_at = service.sent[-1]
    assert look_at.url == MONITOR
    assert header(look_at.headers, "authorization") == f"Bearer {TOKEN}"
    assert header(look_at.headers, "cookie") == f"session={COOKIE}"
    private = bytes_of(tmp_path / "kept")
    assert SIGNATURE.encode() in private
    assert COOKIE.encode() in private


@pytest.mark.parametrize("said", SAYINGS)
def test_no_secret_is_shown(toy_client: Any, everything: Any, tmp_path: Path, said: str) -> None:
    client = toy_client(Toy(SAYINGS[said]))
    task = client.create_task(text="x")
    texts: list[Iterator[str]] = [told_by_task(task)]
    seen: list[Task[Any]] = []
    verbs: list[Callable[[], Any]] = [
        lambda: client.poll_task(task, timeout=100.0, on_update=seen.append),
        lambda: client.get_task(task),
        lambda: client.get_status(task.ref),
        lambda: list(client.poll_tasks([task], timeout=50.0)),
        lambda: client.cancel_task(task),
    ]
    for verb in verbs:
        try:
            found = verb()
        except AcceptedError as error:
            texts.append(told_by(error))
        else:
            texts.append(told_by_task(found) if isinstance(found, Task) else shown(found))
    texts += [told_by_task(one) for one in seen]
    bench = client._bench
    texts += [shown(thing) for thing in (client, bench, bench.lane, bench.lane.source, bench.terms(), bench.journal)]
    for text in texts:
        look(text)
    look(everything())
    look(iter([without_private(tmp_path / "kept" / "journal.db").decode()]))
    assert TOKEN.encode() not in bytes_of(tmp_path / "kept")


@pytest.mark.parametrize("said", ["400", "401", "403", "404", "429", "500", "html", "dropped", "refused", "no status"])
def test_no_secret_is_shown_by_a_create(toy_client: Any, everything: Any, tmp_path: Path, said: str) -> None:
    client = toy_client(Toy(echo(200), create=SAYINGS[said]))
    with pytest.raises(AcceptedError) as caught:
        client.create_task(text="x")
    look(told_by(caught.value))
    look(everything())
    assert PLANTED.encode() not in bytes_of(tmp_path / "kept")


def test_nothing_is_left_of_them_at_the_end(toy_client: Any, tmp_path: Path) -> None:
    client = toy_client(Toy(echo(200, status="done")))
    task = client.run_task(text="x")
    assert task.ok
    assert task.private.yields == {}
    assert task.private.cookies == {}
    with closing(sqlite3.connect(tmp_path / "kept" / "journal.db")) as db:
        assert PLANTED not in repr(db.execute("SELECT * FROM tasks").fetchall())


def test_a_lost_create_says_nothing_of_the_credential(toy_client: Any) -> None:
    def lost(request: Request) -> Dropped:
        return Dropped(reason=f"broken pipe after {dict(request.headers)}")

    with pytest.raises(CreateUnknown) as caught:
        toy_client(Toy(echo(200), create=lost)).create_task(text="x")
    look(told_by(caught.value))


# ---- the command line


@pytest.fixture(scope="module")
def service() -> Iterator[str]:
    """A simulator behind something that repeats the credential in every answer, as careless proxies do."""
    simulator = Simulator("happy", duration=0.2)
    handle = handler(simulator)

    def careless(request: Request) -> Response | Dropped:
        key = header(request.headers, "x-goog-api-key") or ""
        answer = handle(request)
        if isinstance(answer, Dropped):
            return answer
        body = answer.body.replace(b'"Requested', f'"{key}: Requested'.encode())
        return replace(answer, headers=(*answer.headers, ("x-key", key)), body=body)

    with running(application(careless)) as base_url:
        yield f"{base_url}/v1alpha"


COMMANDS: list[tuple[list[str], int]] = [
    (["services", "jules"], 0),
    (["create", "jules", "prompt=x", "-v"], 0),
    (["run", "jules", "prompt=x", "--interval", "0.1", "--json", "-v"], 0),
    (["list", "jules", "-v"], 0),
    (["status", "jules:404", "-v"], 1),
    (["poll", "jules:404", "-v"], 1),
    (["act", "jules:404", "approve_plan", "-v"], 1),
    (["cancel", "jules:404"], 2),
    (["create", "jules", "promt=x"], 2),
    (["create", "jules", "prompt=x", "--base-url", "http://127.0.0.1:9/v1alpha", "-v"], 1),
    (["tasks", "--all"], 0),
    (["tasks", "--all", "--json"], 0),
    (["doctor", "jules", "-v"], 0),
]


def test_the_command_line_prints_none(service: str, tmp_path: Path) -> None:
    environ = {**os.environ, "ACCEPTED_JULES_BASE_URL": service, "JULES_API_KEY": TOKEN}
    environ["ACCEPTED_HOME"] = str(tmp_path / "kept")
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "env": environ}
    started = [subprocess.Popen([sys.executable, "-m", "accepted", *arguments], **pipes) for arguments, _ in COMMANDS]
    ends = [process.communicate(timeout=60) for process in started]
    for output, errors in ends:
        look(iter([output, errors]))
        assert "Traceback" not in errors, errors
    assert [process.returncode for process in started] == [code for _, code in COMMANDS], ends
    assert PLANTED.encode() not in bytes_of(tmp_path / "kept")


def test_a_credential_in_the_base_url_is_refused_and_not_repeated() -> None:
    with pytest.raises(BadRequest, match="user name or password") as caught:
        Client("jules", base_url="https://me:PLANTED-pass@jules.example/v1", auth="k")
    assert "PLANTED" not in str(caught.value)
