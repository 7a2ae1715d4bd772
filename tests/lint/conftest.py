"""Files in a folder of their own, linted."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from accepted.lint.config import parse
from accepted.lint.run import Report, run

Lint = Callable[..., Report]


@pytest.fixture
def lint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lint:
    """Write the files into an empty folder and lint them, by their names or as a folder (`given`)."""
    monkeypatch.chdir(tmp_path)

    def linted(files: Mapping[str, str | bytes], config: str = "", given: list[str] | None = None) -> Report:
        for name, content in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        return run([*files] if given is None else given, parse(config, tmp_path))

    return linted


BARE = """\
openapi: 3.1.0
info: {title: Reports, version: "1"}
paths:
  /reports:
    post:
      operationId: createReport
      responses: {"202": {description: Accepted}}
"""
"""A create without a poll: OA521 finds something at line 5."""


@pytest.fixture
def bare() -> str:
    return BARE
