"""`accepted lint` over all that is ours: source, tests, docs, examples, tools, and the documents of the examples' APIs.

Anything that is found fails, information too; what is left out stands in `pyproject.toml`, each with its reason.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from runpy import run_path

from accepted.core import codec
from accepted.lint.config import load
from accepted.lint.files import Given
from accepted.lint.report import render
from accepted.lint.run import run

ROOT = Path(__file__).parents[1]
FOLDERS = ("src", "tests", "docs", "examples", "tools")
SERVED = ("reports", "long_report")
"""Examples that need nothing but us."""


def documents() -> Iterator[Given]:
    """The OpenAPI documents that the examples serve."""
    for name in SERVED:
        api = run_path(str(ROOT / "examples" / f"{name}.py"))["api"]
        yield Given(f"examples/{name}.json", content=codec.encode(api.document()))


def main() -> int:
    """Print what is found and answer 1, or say nothing."""
    report = run([*FOLDERS, *documents()], load(ROOT / "pyproject.toml"))
    unclean = bool(report.findings or report.failures)
    if unclean:
        print(render(report, "text"), end="")
    return int(unclean)


if __name__ == "__main__":
    sys.exit(main())
