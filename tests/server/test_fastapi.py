"""The operations inside of a FastAPI app: in its document, behind its authentication, wherever it puts them."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Annotated, Any
from urllib.error import HTTPError
from urllib.request import Request as Asked
from urllib.request import urlopen

import pytest
from fastapi import Depends, FastAPI, Header, HTTPException
from fastapi.security import HTTPBearer
from pydantic import BaseModel

from accepted.asgi import running
from accepted.server import Progress, TaskAPI
from accepted.server.fastapi import router

EXAMPLES = Path(__file__).parents[2] / "examples"


class Order(BaseModel):
    name: str
    inner: "Order | None" = None


def tenant_of(x_user: Annotated[str, Header()]) -> str:
    if x_user == "mallory":
        raise HTTPException(403, "not you")
    return x_user


def api_at(folder: Path, **options: Any) -> TaskAPI:
    api = TaskAPI("Reports", db=folder / "tasks.db", **options)

    @api.task(path="/reports")
    async def render(order: Order, seconds: float = 0.0, *, progress: Progress) -> Order:
        """Render a report."""
        progress(1, 2)
        await asyncio.sleep(seconds)
        progress.artifact("a.txt", order.name)
        return order

    @api.task
    def count(n: int) -> int:
        """Count."""
        return n

    return api


class There:
    """An app that is served, and what is asked of it."""

    def __init__(self, origin: str) -> None:
        self.origin = origin

    def ask(self, method: str, path: str, body: Any = None, user: str | None = "alice", **fields: str) -> Any:
        data = None if body is None else json.dumps(body).encode()
        sent = {"Content-Type": "application/json", **({"X-User": user} if user else {}), **fields}
        try:
            with urlopen(Asked(self.origin + path, data, sent, method=method), timeout=10) as answer:
                return answer.status, dict(answer.headers), answer.read()
        except HTTPError as refused:
            return refused.code, dict(refused.headers), refused.read()

    def create(self, path: str, **inputs: Any) -> Any:
        code, headers, raw = self.ask("POST", path, {"order": {"name": "x"}, **inputs})
        assert code == 202, raw
        assert headers["location"] == json.loads(raw)["links"]["self"]
        return json.loads(raw)


@pytest.fixture
def there(tmp_path: Path):
    app = FastAPI(title="Acme")
    app.include_router(router(api_at(tmp_path), tenant=tenant_of), prefix="/v1")
    with running(app) as origin:
        yield There(origin)


def test_a_task_is_created_polled_and_completed(there: There) -> None:
    made = there.create("/v1/api/reports")
    assert made["links"]["self"].startswith("/v1/api/tasks/task_")
    code, headers, raw = there.ask("GET", made["links"]["self"], Prefer="wait=10")
    while not json.loads(raw)["finished_at"]:
        code, headers, raw = there.ask("GET", made["links"]["self"], Prefer="wait=10")
    assert (code, json.loads(raw)["result"]) == (200, {"name": "x", "inner": None})
    assert there.ask("GET", made["links"]["self"], **{"If-None-Match": headers["etag"]})[0] == 304
    (file,) = json.loads(raw)["links"]["artifacts"]
    assert there.ask("GET", file["url"])[2] == b"x"
    assert there.ask("GET", made["links"]["events"])[2].startswith(b"id: ")
    assert there.ask("POST", made["links"]["self"] + "/cancel")[0] == 409
    assert there.ask("DELETE", made["links"]["self"])[0] == 204
    assert there.ask("GET", made["links"]["self"])[0] == 410


def test_the_tenant_is_whom_the_app_says(there: There) -> None:
    made = there.create("/v1/api/reports")
    assert there.ask("GET", made["links"]["self"], user="bob")[0] == 404
    assert json.loads(there.ask("GET", "/v1/api/tasks", user="bob")[2])["items"] == []
    assert json.loads(there.ask("GET", "/v1/api/tasks")[2])["items"][0]["id"] == made["id"]
    assert there.ask("GET", "/v1/api/tasks", user="mallory")[0] == 403
    assert there.ask("GET", "/v1/api/tasks", user=None)[0] == 422


@pytest.mark.parametrize(
    ("method", "path", "body", "code"),
    [
        ("POST", "/v1/api/tasks", {"type": "count", "input": {"n": "x"}}, 400),
        ("POST", "/v1/api/tasks", {"type": "nothing", "input": {}}, 400),
        ("GET", "/v1/api/tasks/task_1", None, 404),
        ("GET", "/v1/api/tasks?limit=0", None, 400),
        ("PUT", "/v1/api/tasks", {}, 405),
        ("GET", "/v1/api/reports", None, 405),
    ],
)
def test_refusals_are_the_problems_that_they_are_everywhere(method, path, body, code, there: There) -> None:
    answered, headers, raw = there.ask(method, path, body)
    assert (answered, headers["content-type"]) == (code, "application/problem+json")
    assert json.loads(raw)["status"] == code


def test_head_and_options_are_answered(there: There) -> None:
    assert there.ask("HEAD", "/v1/api/tasks")[::2] == (200, b"")
    code, headers, _ = there.ask("OPTIONS", "/v1/api/tasks")
    assert (code, headers["allow"]) == (204, "GET, HEAD, POST, OPTIONS")


def test_mounted_below_another_app_links_lead_back(tmp_path: Path) -> None:
    inner, outer, api = FastAPI(), FastAPI(), api_at(tmp_path, base_path="")
    inner.include_router(router(api), prefix="/jobs")
    outer.mount("/inner", inner)
    with running(outer) as origin:
        made = There(origin).create("/inner/jobs/reports")
        assert made["links"]["self"].startswith("/inner/jobs/tasks/task_")
        assert There(origin).ask("GET", made["links"]["self"])[0] == 200
    asyncio.run(api.stop())  # a mounted app hears of no lifespan


def test_a_tenant_that_is_no_text_is_an_error_of_the_app(tmp_path: Path) -> None:
    app = FastAPI()
    app.include_router(router(api_at(tmp_path), tenant=lambda: 7))
    with running(app) as origin:
        assert There(origin).ask("GET", "/api/tasks")[0] == 500


def test_tasks_run_inline_in_tests(tmp_path: Path) -> None:
    api = api_at(tmp_path)
    app = FastAPI()
    app.include_router(router(api))
    with api.testing(), running(app) as origin:
        assert There(origin).create("/api/reports")["status"] == "completed"


# ---- the document


def document_of(app: FastAPI) -> Any:
    return json.loads(json.dumps(app.openapi()))


def test_the_operations_are_in_the_document_of_the_app(tmp_path: Path) -> None:
    app = FastAPI(title="Acme")
    app.include_router(router(api_at(tmp_path), dependencies=[Depends(HTTPBearer())], tenant=tenant_of), prefix="/v1")
    document = document_of(app)
    said = {one["operationId"]: one for item in document["paths"].values() for one in item.values()}
    assert said.keys() == {
        "createTask",
        "createRender",
        "getTask",
        "listTasks",
        "cancelTask",
        "removeTask",
        "taskEvents",
        "getArtifact",
    }
    create = said["createRender"]
    assert create["summary"] == "Render a report (Async Request-Reply Pattern - Step 1/2)"
    assert create["security"] == [{"HTTPBearer": []}]
    assert {one["name"] for one in create["parameters"]} == {"x-user", "Idempotency-Key", "Prefer"}
    assert create["x-async-request-reply"]["poll"] == "getTask"
    schema = create["requestBody"]["content"]["application/json"]["schema"]
    assert schema["properties"]["order"]["properties"]["name"]["type"] == "string"
    assert {"202", "400", "415", "422"} <= create["responses"].keys()
    assert [one["name"] for one in said["getTask"]["parameters"] if one["in"] == "path"] == ["id"]


@pytest.mark.oracle("openapi_spec_validator")
def test_the_document_of_the_app_is_valid(tmp_path: Path) -> None:
    from openapi_spec_validator import validate

    app = FastAPI()
    app.include_router(router(api_at(tmp_path), tenant=tenant_of))
    validate(document_of(app))


# ---- the example


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


@pytest.fixture
def example(tmp_path: Path):
    """The example under four workers."""
    port = free_port()
    words = ["-m", "uvicorn", "fastapi_app:app", "--port", str(port), "--workers", "4", "--app-dir", str(EXAMPLES)]
    environment = {**os.environ, "ACCEPTED_DB": str(tmp_path / "tasks.db"), "APP_DB": f"sqlite:///{tmp_path}/app.db"}
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen([sys.executable, *words], env=environment, cwd=tmp_path, stdout=log, stderr=log)
    there = There(f"http://127.0.0.1:{port}")
    until(lambda: answers(there))
    yield there
    process.terminate()
    process.wait(30)
    assert "Traceback" not in (tmp_path / "log").read_text()


def answers(there: There) -> bool:
    try:
        return there.ask("GET", "/openapi.json")[0] == 200
    except OSError:
        return False


def until(happened: Any, within: float = 30.0) -> None:
    deadline = time.monotonic() + within
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.skipif(sys.platform != "linux", reason="who holds a lock is read from /proc")
def test_killing_the_worker_that_executes_loses_nothing(example: There, tmp_path: Path, executor_of: Any) -> None:
    order = {"order": {"customer": "Acme", "pages": 5}}
    secret = {"Authorization": "Bearer alice-secret"}
    assert example.ask("POST", "/api/reports", order)[0] == 401
    made = [json.loads(example.ask("POST", "/api/reports", order, **secret)[2]) for _ in range(8)]

    def statuses() -> list[str]:
        return [json.loads(example.ask("GET", one["links"]["self"], **secret)[2])["status"] for one in made]

    until(lambda: "in_progress" in statuses())
    os.kill(executor_of(tmp_path / "tasks.db"), signal.SIGKILL)

    def all_completed() -> bool:
        try:
            return set(statuses()) == {"completed"}
        except OSError:  # the connection was the killed worker's
            return False

    until(all_completed)
    result = json.loads(example.ask("GET", made[0]["links"]["self"], **secret)[2])["result"]
    assert "page 5" in json.loads(example.ask("GET", result["report"], **secret)[2])["text"]
    assert example.ask("GET", result["report"], Authorization="Bearer bob-secret")[0] == 404
