"""The script that measures the detector, on a folder of two documents."""

import gzip
import json
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "tools" / "corpus.py"


def answers(code, **properties):
    schema = {"properties": properties}
    return {"responses": {code: {"description": "", "content": {"application/json": {"schema": schema}}}}}


STATUS = {"enum": ["queued", "running", "done", "failed"]}
JOBS = {
    "openapi": "3.1.0",
    "paths": {
        "/jobs": {"post": {"operationId": "createJob", **answers("202", id={})}},
        "/jobs/{id}": {"get": answers("200", id={}, status=STATUS)},
        "/odd": {"post": {"operationId": "odd", **answers("202")}, "put": {"operationId": "maybe", **answers("202")}},
        "/missed": {"post": {"operationId": "missed", **answers("200")}},
    },
}


def test_precision_and_recall_of_every_role(tmp_path):
    labels = {
        "submit": ["createJob", "missed"],
        "poll": ["GET /jobs/{id}"],
        "cancel": [],
        "list": [],
        "ambiguous": ["maybe"],
    }
    (tmp_path / "labels.json").write_text(json.dumps({"documents": {"jobs.json.gz": labels}}), encoding="utf-8")
    (tmp_path / "jobs.json.gz").write_bytes(gzip.compress(json.dumps(JOBS).encode()))
    ran = subprocess.run([sys.executable, SCRIPT, tmp_path, "--misses"], capture_output=True, text=True, check=True)
    table = [line.split() for line in ran.stdout.partition("\nall\n")[2].splitlines()]
    assert table[0][:8] == ["create", "2", "0.500", "0.500", "1/2", "0/0", "0/0", "0/0"]
    assert table[1][:4] == ["poll", "1", "1.000", "1.000"]
    assert table[2][:4] == ["cancel", "0", "-", "-"]
    assert "wrong  odd" in ran.stdout
    assert "missed missed" in ran.stdout
    assert "maybe" not in ran.stdout
