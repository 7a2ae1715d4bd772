"""TaskAPI: how the parts are put together, in code and as an app on a real socket."""

import asyncio
import json
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Annotated, Any

import pytest

from accepted.asgi import App, running
from accepted.server import Fault, Progress, TaskAPI, TaskInfo
from accepted.server.keys import make_key

LONG = 10.0


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def double(number: int) -> int:
    return 2 * number


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    document: Any


class Caller:
    """Speaks HTTP to an app."""

    def __init__(self, base_url: str) -> None:
        self._connection = HTTPConnection(base_url.removeprefix("http://"), timeout=LONG)

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if body is not None:
            named["content-type"] = "application/json"
        self._connection.request(method, path, None if body is None else json.dumps(body), named)
        answer = self._connection.getresponse()
        raw = answer.read()
        fields = {name.lower(): value for name, value in answer.getheaders()}
        return Answer(answer.status, fields, json.loads(raw) if raw else None)

    def final(self, path: str) -> Any:
        until = time.monotonic() + LONG
        while (document := self.ask("GET", path, Prefer="wait=1").document)["status"] not in ("completed", "failed"):
            assert time.monotonic() < until, document
        return document

    def close(self) -> None:
        self._connection.close()


@pytest.fixture
def api(tmp_path: Path) -> TaskAPI:
    made = TaskAPI("Numbers", db=tmp_path / "tasks.db")
    made.task(double)
    return made


@asynccontextmanager
async def open_api(api: TaskAPI) -> AsyncIterator[TaskAPI]:
    api.drain = 1.0
    try:
        yield api
    finally:
        await api.stop()


@pytest.fixture
async def used(api: TaskAPI) -> AsyncIterator[TaskAPI]:
    async with open_api(api):
        yield api


async def final(api: TaskAPI, task_id: str) -> dict[str, Any]:
    until = time.monotonic() + LONG
    while (document := await api.get_task(task_id))["status"] not in ("completed", "failed", "cancelled"):
        assert time.monotonic() < until, document
        await asyncio.sleep(0.01)
    return document


def mounted(app: App, path: str) -> App:
    """As frameworks mount: requests only, and the path in front is in `root_path`."""

    async def outer(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
            return
        await app({**scope, "root_path": path}, receive, send)

    return outer


# ---- declaration


def test_a_declared_function_stays_as_it_is():
    api = TaskAPI()

    @api.task
    def one(number: int) -> int:
        return number

    @api.task(name="other", path="/others", retry_after=5)
    def two(number: int) -> int:
        return number

    assert (one(1), two(2)) == (1, 2)
    assert {name: kind.retry_after for name, kind in api.types.items()} == {"one": 2.0, "other": 5}


@pytest.mark.parametrize("options", [{"name": "double"}, {"path": "/doubles"}, {"path": "/tasks"}])
def test_a_name_or_path_that_is_taken_is_refused(options: dict[str, Any]):
    api = TaskAPI()
    api.task(path="/doubles")(double)
    with pytest.raises(ValueError, match="already"):
        api.task(**{"name": "other", **options})(double)


def test_nothing_is_opened_before_it_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ACCEPTED_DB", str(tmp_path / "later.db"))
    api = TaskAPI()
    api.task(double)
    assert list(tmp_path.iterdir()) == []
    assert api.sync.list_tasks()["items"] == []
    assert (tmp_path / "later.db").exists()


# ---- in code


async def test_a_task_is_created_and_looked_at_in_code(used: TaskAPI):
    created = await used.create_task(double, number=4)
    assert created["status"] == "queued"
    assert created["links"]["self"] == f"/api/tasks/{created['id']}"
    assert (await final(used, created["id"]))["result"] == 8
    assert [one["id"] for one in (await used.list_tasks(type="double"))["items"]] == [created["id"]]


async def test_lists_are_paged(used: TaskAPI):
    ids = [(await used.create_task("double", number=number))["id"] for number in range(3)]
    page = await used.list_tasks(limit=2)
    rest = await used.list_tasks(limit=2, cursor=page["next_cursor"])
    assert [one["id"] for one in page["items"] + rest["items"]] == ids[::-1]
    assert rest["next_cursor"] is None
    with pytest.raises(Fault):
        await used.list_tasks(limit=2, cursor="nonsense")


async def test_one_key_makes_one_task(used: TaskAPI):
    made = await asyncio.gather(*(used.create_task(double, key="k", number=1) for _ in range(20)))
    assert len({one["id"] for one in made}) == 1
    assert (await used.create_task(double, key="k", tenant="other", number=1))["id"] != made[0]["id"]
    with pytest.raises(Fault) as refused:
        await used.create_task(double, key="k", number=2)
    assert refused.value.status == 422


async def test_what_cannot_be_created_is_said(used: TaskAPI):
    with pytest.raises(ValueError, match="no task of this API"):
        await used.create_task(print)
    with pytest.raises(TypeError):
        await used.create_task(double, number=object())
    with pytest.raises(Fault) as refused:
        await used.create_task("duoble", number=1)
    assert "did you mean double?" in refused.value.detail
    with pytest.raises(Fault) as refused:
        await used.create_task(double, number="one")
    assert [one.where for one in refused.value.wrong] == ["/number"]


async def test_another_tenants_task_is_none(used: TaskAPI):
    created = await used.create_task(double, tenant="acme", number=1)
    for ask in (used.get_task, used.cancel_task):
        with pytest.raises(Fault) as refused:
            await ask(created["id"], tenant="other")
        assert refused.value.kind == "unknown"
    assert (await used.list_tasks(tenant="other"))["items"] == []


def test_the_same_verbs_block_where_no_loop_runs(api: TaskAPI):
    created = api.sync.create_task(double, number=1)
    until = time.monotonic() + LONG
    while (seen := api.sync.get_task(created["id"]))["status"] != "completed":
        assert time.monotonic() < until
        time.sleep(0.01)
    assert seen["result"] == 2
    assert len(api.sync.list_tasks()["items"]) == 1
    with pytest.raises(Fault):
        api.sync.cancel_task(created["id"])
    asyncio.run(api.stop())


async def test_where_a_loop_runs_the_blocking_verbs_are_refused(used: TaskAPI):
    with pytest.raises(RuntimeError, match="await"):
        used.sync.create_task(double, number=1)


async def test_a_process_that_may_not_execute_only_accepts(tmp_path: Path):
    api = TaskAPI(db=tmp_path / "tasks.db", execute=False)
    api.task(double)
    async with open_api(api):
        created = await api.create_task(double, number=1)
        await asyncio.sleep(0.1)
        assert (await api.get_task(created["id"]))["status"] == "queued"


async def test_what_the_lifespan_opens_is_there_for_resources(tmp_path: Path):
    @asynccontextmanager
    async def lifespan(of: TaskAPI) -> AsyncIterator[dict[str, Any]]:
        yield {"greeting": f"hello from {of.title}"}

    api = TaskAPI("Greetings", db=tmp_path / "tasks.db", lifespan=lifespan)

    def greeting() -> str:
        return api.resources["greeting"]

    def greet(it: Annotated[str, api.resource(greeting)]) -> str:
        return it

    api.task(greet)
    assert api.types["greet"].input_schema["properties"] == {}
    async with open_api(api):
        created = await api.create_task("greet")
        assert (await final(api, created["id"]))["result"] == "hello from Greetings"


async def test_the_answer_for_a_route_of_ones_own(used: TaskAPI):
    task = await used.create_task(double, number=1)
    answer = used.accepted(task, "https://acme.example/jobs")
    headers = dict(answer.headers)
    location = f"https://acme.example/jobs/api/tasks/{task['id']}"
    assert (answer.status, headers["Location"], headers["Retry-After"]) == (202, location, "2")
    assert json.loads(answer.body)["links"]["self"] == location
    record = await used.tasks.get("", task["id"])
    assert dict(used.accepted(record).headers)["Location"] == f"/api/tasks/{task['id']}"


# ---- over HTTP


@pytest.fixture
def caller(api: TaskAPI) -> Iterator[Caller]:
    with running(api) as base_url:
        caller = Caller(base_url)
        yield caller
        caller.close()


def test_a_task_over_http(api: TaskAPI, caller: Caller):
    created = caller.ask("POST", "/api/tasks", {"input": {"number": 21}})
    assert created.status == 202
    assert created.headers["retry-after"] == "2"
    assert caller.final(created.headers["location"])["result"] == 42


def test_lifespan_events_start_and_stop_the_engine(api: TaskAPI):
    assert api.engine
    with running(api):
        until = time.monotonic() + LONG
        while not api.engine.executing:
            assert time.monotonic() < until
            time.sleep(0.01)
    assert not api.engine.executing
    assert not [one for one in threading.enumerate() if one.name == "accepted-engine"]


def test_without_lifespan_events_the_first_request_starts_it(api: TaskAPI):
    with running(mounted(api, "")) as base_url:
        caller = Caller(base_url)
        created = caller.ask("POST", "/api/tasks", {"input": {"number": 1}})
        assert caller.final(created.headers["location"])["result"] == 2
        caller.close()
    asyncio.run(api.stop())


def test_a_file_that_cannot_be_used_keeps_it_from_starting(tmp_path: Path):
    (tmp_path / "tasks.db").write_text("this is no database, and long enough to be seen as none " * 20)
    sent: list[dict[str, Any]] = []

    async def start() -> None:
        async def receive() -> dict[str, Any]:
            return {"type": "lifespan.startup"}

        async def send(message: Any) -> None:
            sent.append(message)

        await TaskAPI(db=tmp_path / "tasks.db")({"type": "lifespan"}, receive, send)

    asyncio.run(start())
    assert [one["type"] for one in sent] == ["lifespan.startup.failed"]
    assert "tasks.db" in sent[0]["message"]


def test_a_server_that_stops_takes_nothing_more(api: TaskAPI, caller: Caller):
    api.tasks.draining = True
    refused = caller.ask("POST", "/api/tasks", {"input": {"number": 1}})
    assert refused.status == 503
    assert refused.headers["retry-after"]


def test_keys_are_asked_for_as_soon_as_there_is_one(api: TaskAPI, caller: Caller):
    assert caller.ask("GET", "/api/tasks").status == 200
    assert "securitySchemes" not in caller.ask("GET", "/api/openapi.json").document["components"]
    secret, key, digest = make_key("mine", "acme")
    asyncio.run(api.store.add_key(key, digest))
    assert "securitySchemes" in caller.ask("GET", "/api/openapi.json").document["components"]
    assert caller.ask("GET", "/api/tasks").status == 401
    assert caller.ask("GET", "/api/tasks", Authorization=f"Bearer {secret}").status == 200
    asyncio.run(api.store.revoke_key(key.id, time.time()))
    assert caller.ask("GET", "/api/tasks", Authorization=f"Bearer {secret}").status == 401
    assert caller.ask("GET", "/api/tasks").status == 401, "a revoked key opens nothing"


def test_the_document_names_every_type(api: TaskAPI, caller: Caller):
    document = caller.ask("GET", "/api/openapi.json").document
    assert document["openapi"].startswith("3.1")
    assert document["info"]["title"] == "Numbers"
    assert "double" in json.dumps(document)


def test_a_document_is_made_once_and_few_are_kept(api: TaskAPI):
    for number in range(100):
        assert api._openapi(f"/mount{number}") is api._openapi(f"/mount{number}")
    assert len(api._documents) <= 16


async def test_websockets_are_closed(api: TaskAPI):
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        sent.append(message)

    await api({"type": "websocket", "path": "/"}, receive, send)
    assert [one["type"] for one in sent] == ["websocket.close"]


# ---- testing


async def test_in_tests_tasks_run_where_they_are_created(api: TaskAPI, tmp_path: Path):
    @api.task
    async def write(progress: Progress, info: TaskInfo) -> int:
        progress(1, 1, "written")
        progress.artifact("a.txt", "a")
        return info.attempt

    with api.testing() as inline:
        assert inline is api
        assert (await api.create_task(double, number=1))["result"] == 2
        written = await api.create_task(write)
        assert (written["status"], written["progress"]["message"]) == ("completed", "written")
        assert (api.files / written["id"] / "1" / "a.txt").read_text() == "a"
    assert not (tmp_path / "tasks.db").exists()


def test_in_tests_retries_do_not_wait_and_failures_are_told(api: TaskAPI):
    def flaky(info: TaskInfo, needed: int) -> int:
        if info.attempt < needed:
            raise ConnectionError("not yet")
        return info.attempt

    api.task(retries=3, retry_on=(ConnectionError,))(flaky)
    with api.testing():
        assert api.sync.create_task(flaky, needed=4)["result"] == 4
        failed = api.sync.create_task(flaky, needed=5)
        assert (failed["status"], failed["error"]["detail"]) == ("failed", "ConnectionError: not yet")
        again = api.sync.create_task(flaky, key="k", needed=2)
        assert api.sync.create_task(flaky, key="k", needed=2) == again


async def test_in_tests_the_lifespan_is_open_around_each_task(tmp_path: Path):
    log: list[str] = []

    @asynccontextmanager
    async def lifespan(_: TaskAPI) -> AsyncIterator[dict[str, Any]]:
        log.append("open")
        yield {"here": True}
        log.append("closed")

    api = TaskAPI(db=tmp_path / "tasks.db", lifespan=lifespan)

    @api.task
    async def outer() -> Any:
        inner_task = await api.create_task(inner)
        return {"inner": inner_task["result"], "here": api.resources["here"]}

    @api.task
    async def inner() -> bool:
        return api.resources["here"]

    with api.testing():
        assert (await api.create_task(outer))["result"] == {"inner": True, "here": True}
    assert log == ["open", "open", "closed", "closed"]


def test_in_tests_a_request_is_answered_when_its_task_is_done(api: TaskAPI):
    with api.testing(), running(mounted(api, "")) as base_url:
        caller = Caller(base_url)
        created = caller.ask("POST", "/api/tasks", {"input": {"number": 5}})
        assert (created.status, created.document["status"], created.document["result"]) == (202, "completed", 10)
        caller.close()
