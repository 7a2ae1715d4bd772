"""The README's twelve lines, served with `accepted serve`, do every row of the README's table. Raw HTTP, no client."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
SECTION = (ROOT / "README.md").read_text().partition("## Build one")[2].partition("\n## ")[0]
SOURCE = SECTION.partition("```python\n")[2].partition("```")[0]


@pytest.fixture(scope="module")
def wire(tmp_path_factory: pytest.TempPathFactory, wire_to: Any) -> Iterator[Any]:
    folder = tmp_path_factory.mktemp("served")
    (folder / "reports.py").write_text(SOURCE)
    words = [sys.executable, "-m", "accepted", "serve", "reports:api", "--port", "0", "--json"]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(words, cwd=folder, stdout=subprocess.PIPE, stderr=log, text=True)
    assert process.stdout
    told = json.loads(process.stdout.readline())
    yield wire_to(told["url"].removesuffix("/api"))
    process.terminate()
    process.communicate(timeout=30)
    assert process.returncode == 0
    assert (folder / "log").read_text().startswith("accepted: stopped")


@pytest.fixture
def path(wire: Any) -> str:
    """A task that is completed."""
    made = wire.ask("POST", "/api/reports", {"name": "Q3", "pages": 3})
    assert wire.final(made.headers["location"])["status"] == "completed"
    return made.headers["location"]


def test_they_are_the_example_and_twelve() -> None:
    assert (ROOT / "examples" / "reports.py").read_text() == SOURCE
    assert len([line for line in SOURCE.splitlines() if line]) <= 12


def test_the_table_of_the_readme_has_the_rows_that_are_tested_here() -> None:
    assert re.findall(r"^\| `([A-Z]+) /api([^`?]*)", SECTION, re.MULTILINE) == [
        ("POST", "/tasks"),
        ("GET", "/tasks/{id}"),
        ("GET", "/tasks"),
        ("POST", "/tasks/{id}/cancel"),
        ("DELETE", "/tasks/{id}"),
        ("GET", "/tasks/{id}/events"),
        ("GET", "/tasks/{id}/artifacts/{name}"),
        ("GET", "/openapi.json"),
    ]


@pytest.mark.parametrize(
    ("target", "body"),
    [
        ("/api/reports", {"name": "Q3"}),
        ("/api/tasks", {"type": "render", "input": {"name": "Q3"}}),
        ("/api/tasks", {"input": {"name": "Q3"}}),
    ],
)
def test_a_create(wire: Any, target: str, body: Any) -> None:
    answer = wire.ask("POST", target, body)
    assert (answer.status, answer.headers["retry-after"]) == (202, "1")
    assert answer.headers["location"] == answer.json["links"]["self"] == f"/api/tasks/{answer.json['id']}"
    assert answer.json["status"] in ("queued", "in_progress", "completed")


def test_a_create_with_a_key(wire: Any) -> None:
    first = wire.ask("POST", "/api/reports", {"name": "Q4"}, Idempotency_Key="q4")
    again = wire.ask("POST", "/api/reports", {"name": "Q4"}, Idempotency_Key="q4")
    assert (again.status, again.json["id"]) == (202, first.json["id"])
    other = wire.ask("POST", "/api/reports", {"name": "Q5"}, Idempotency_Key="q4")
    assert (other.status, other.kind) == (422, "key")


def test_a_poll(wire: Any, path: str) -> None:
    answer = wire.ask("GET", path)
    assert (answer.status, answer.json["result"]) == (200, {"pages": 3})
    assert answer.json["progress"] == {"done": 3, "total": 3, "message": "page 3"}
    assert wire.ask("GET", path, If_None_Match=answer.headers["etag"]).status == 304
    unknown = wire.ask("GET", "/api/tasks/task_of_nobody")
    assert (unknown.status, unknown.kind) == (404, "unknown")


def test_a_list(wire: Any, path: str) -> None:
    wire.create(name="another")
    page = wire.ask("GET", "/api/tasks?type=render&limit=1")
    assert (page.status, len(page.json["items"])) == (200, 1)
    following = page.headers["link"].partition("<")[2].partition(">")[0]
    assert page.json["next_cursor"] in following
    assert path in [
        one["links"]["self"] for one in wire.ask("GET", following.replace("limit=1", "limit=9")).json["items"]
    ]
    assert all(one["status"] == "completed" for one in wire.ask("GET", "/api/tasks?status=completed").json["items"])


def test_a_cancel(wire: Any, path: str) -> None:
    refused = wire.ask("POST", f"{path}/cancel")
    assert (refused.status, refused.kind) == (409, "conflict")
    # Enough pages to be in progress for a while: each is told of, and that ends it.
    long = wire.ask("POST", "/api/reports", {"name": "Q3", "pages": 100_000_000}).headers["location"]
    assert wire.ask("POST", f"{long}/cancel").status in (200, 202)
    assert wire.final(long)["status"] == "cancelled"
    assert wire.ask("POST", f"{long}/cancel").status == 200


def test_a_removal(wire: Any, path: str) -> None:
    assert wire.ask("DELETE", path).status == 204
    assert wire.ask("GET", path).status == 410


def test_its_events(wire: Any, path: str) -> None:
    answer = wire.ask("GET", f"{path}/events")
    assert (answer.status, answer.headers["content-type"].partition(";")[0]) == (200, "text/event-stream")
    assert answer.body.startswith(b"id: ")
    number = answer.body.split(b"\n")[0].removeprefix(b"id: ").decode()
    assert wire.ask("GET", f"{path}/events", Last_Event_ID=number).status == 204


def test_its_file(wire: Any, path: str) -> None:
    whole = wire.ask("GET", f"{path}/artifacts/report.md")
    assert (whole.status, whole.body) == (200, b"# Q3\n" + b"A page.\n" * 3)
    part = wire.ask("GET", f"{path}/artifacts/report.md", Range="bytes=2-3")
    assert (part.status, part.body) == (206, b"Q3")


def test_its_document_and_its_figures(wire: Any) -> None:
    document = wire.ask("GET", "/api/openapi.json").json
    assert document["openapi"] == "3.1.0"
    assert "/reports" in document["paths"]
    assert [wire.ask("GET", path).status for path in ("/healthz", "/readyz", "/metrics")] == [200, 200, 200]


def test_wrong_input_is_refused_with_every_wrong_field(wire: Any) -> None:
    answer = wire.ask("POST", "/api/reports", {"name": 3, "pages": "many"})
    assert (answer.status, answer.kind, sorted(answer.wrong)) == (400, "invalid", ["/name", "/pages"])
