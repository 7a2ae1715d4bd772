"""Under granian, a server that shares no code with the one that we test with: the same operations, the same end."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def wire(tmp_path: Path, wire_to: Any) -> Iterator[Any]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    options = ["--interface", "asgi", "--port", str(port), "--working-dir", str(EXAMPLES), "reports:api"]
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "granian", *options],
            env={**os.environ, "ACCEPTED_DB": str(tmp_path / "tasks.db")},
            stdout=log,
            stderr=log,
        )
    wire, deadline = wire_to(f"http://127.0.0.1:{port}"), time.monotonic() + 20
    while not answers(wire):
        assert time.monotonic() < deadline, (tmp_path / "log").read_text()
        time.sleep(0.05)
    yield wire
    process.terminate()
    process.wait(20)
    assert "Traceback" not in (tmp_path / "log").read_text()


def answers(wire: Any) -> bool:
    try:
        return wire.ask("GET", "/readyz").status == 200
    except OSError:
        return False


@pytest.mark.oracle("granian")
def test_tasks_are_created_polled_and_listed_under_granian(wire: Any) -> None:
    made = wire.ask("POST", "/api/reports", {"name": "Q3", "pages": 3})
    assert (made.status, made.headers["location"]) == (202, made.json["links"]["self"])
    ended = wire.final(made.headers["location"])
    assert (ended["status"], ended["result"]) == ("completed", {"pages": 3})
    (file,) = ended["links"]["artifacts"]
    assert wire.ask("GET", file["url"]).body.startswith(b"# Q3\n")
    assert [one["id"] for one in wire.ask("GET", "/api/tasks").json["items"]] == [made.json["id"]]
    assert wire.ask("GET", made.json["links"]["events"]).body.startswith(b"id: ")
    refused = wire.ask("POST", "/api/reports", {"name": 3})
    assert (refused.status, refused.kind, refused.wrong) == (400, "invalid", ["/name"])
