"""Schemathesis makes requests from our OpenAPI document, fitting and unfitting ones, and judges every answer by it.

No 5xx, no status and no media type that is not documented, every body and header field valid against its schema, no
method answered that is not there, nothing accepted that the schema forbids. Two things are left out, with reasons:
the events of a task (`taskEvents`), which go on for as long as it does; and the check that all which fits the schema
is accepted, because a schema cannot say which cursors were given out and which idempotency keys were used.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest

from accepted.server import reading

EXAMPLE = Path(__file__).parents[2] / "examples" / "long_report.py"

CONFIG = """
[[operations]]
include-operation-id = "getArtifact"
parameters = {{ "path.id" = "{id}", "path.name" = "chapter-1.md" }}
"""
"""A file that is there: no request would find its name by itself."""

STARTED = "from schemathesis.cli import schemathesis; schemathesis()"


@pytest.fixture
def wire(tmp_path: Path, serving: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setattr(reading, "LONGEST_WAIT", 1)  # second: many of the requests ask for ten and more
    spec = spec_from_file_location("long_report", EXAMPLE)
    assert spec
    assert spec.loader
    module: Any = module_from_spec(spec)
    spec.loader.exec_module(module)
    module.api.db, module.api.drain = tmp_path / "tasks.db", 0.0
    with serving(module.api) as wire:
        yield wire


@pytest.mark.oracle("schemathesis")
@pytest.mark.parametrize(
    ("each", "wanted"),
    [pytest.param(3, 300, marks=pytest.mark.slow), pytest.param(1000, 5000, marks=pytest.mark.soak)],
)
def test_no_answer_is_one_that_the_document_does_not_have(wire: Any, tmp_path: Path, each: int, wanted: int) -> None:
    made = wire.ask("POST", "/api/long-reports", {"title": "Q3", "chapters": 1, "seconds_each": 0})
    assert wire.final(made.headers["location"])["status"] == "completed"
    (tmp_path / "schemathesis.toml").write_text(CONFIG.format(id=made.json["id"]))
    options = {
        "--exclude-operation-id": "taskEvents",
        "--checks": "all",
        "--exclude-checks": "positive_data_acceptance",
        "--max-examples": str(each),
        "--seed": "4",
        "--report-json-path": "report.json",
    }
    flags = ["--continue-on-failure", "--no-shrink", "--report", "json"]
    words = [*(word for option in options.items() for word in option), *flags]
    ran = subprocess.run(
        [sys.executable, "-c", STARTED, "run", *words, wire.base_url + "/api/openapi.json"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    report = json.loads((tmp_path / "report.json").read_text())
    cases = report["test_cases"]
    print(cases, report["operations"])
    assert (ran.returncode, report["failures"], report["errors"]) == (0, [], []), ran.stdout
    assert cases["generated"] >= wanted
    assert report["operations"]["tested"] == report["operations"]["total"] - 1
