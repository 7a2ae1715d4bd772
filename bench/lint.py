"""Our linter beside Spectral and Redocly, and how its time grows: parts of `run.py`.

A measure is a whole command in a process of its own, that reports as JSON. The documents are made by `documents.py`,
3.4 MB (what a big provider's description has) and 12. Where BENCH_DOCUMENTS names real ones in JSON (with the separator
of PATH between them), these are measured, too: as they are, and grown to 12 MB. The peers need `make sdk`; without them
they are left out, with a sentence.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml
from documents import KINDS, Json, document, grown
from rounds import Figures, interleaved, show

BIN = Path(__file__).parents[1] / "tests" / "sdk" / "node_modules" / ".bin"
SIZES = (3.4, 12.0)
GROWING = (1.7, 3.4, 6.8, 13.6)
"""MB of a document in JSON."""

MB = 1_000_000
QUIET = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}
COMMANDS: dict[str, list[str | Path]] = {
    "python -c pass": [sys.executable, "-c", "pass"],
    "accepted lint": [sys.executable, "-m", "accepted", "lint", "--format", "json"],
    "Spectral, spectral:oas": [BIN / "spectral", "lint", "--quiet", "--format", "json", "--ruleset", "ruleset.yaml"],
    "Redocly, recommended-strict": [BIN / "redocly", "lint", "--extends", "recommended-strict", "--format", "json"],
}
RULESET = 'extends: ["spectral:oas"]\n'


# ---- 8: one document


def lint(rounds: int) -> None:
    """How long one document takes, and how much memory."""
    there = {name: command for name, command in COMMANDS.items() if Path(command[0]).exists()}
    notes = [f"{name}: not installed (make sdk)" for name in COMMANDS.keys() - there.keys()]
    notes += ["A process from start to end, which reads one file and reports as JSON; s and CPU s are seconds."]
    with tempfile.TemporaryDirectory(prefix="accepted-bench-") as folder:
        for title, whole in _documents():
            files = _written(Path(folder), whole)
            measures = {name: _run(command, files["json"]) for name, command in there.items()}
            measures["accepted lint, as YAML"] = _run(COMMANDS["accepted lint"], files["yaml"])
            sizes = ", ".join(f"{path.stat().st_size / MB:.1f} MB as {kind.upper()}" for kind, path in files.items())
            show(f"8. Lint {title}: {sizes}", interleaved(measures, rounds), base="accepted lint", notes=notes)


def _documents() -> Iterator[tuple[str, Json]]:
    """Every document, and what it is."""
    for size in SIZES:
        yield "a made document", _sized("mixed", size)
    for path in map(Path, filter(None, os.environ.get("BENCH_DOCUMENTS", "").split(os.pathsep))):
        whole = json.loads(path.read_bytes())
        yield path.name, whole
        yield f"{path.name}, grown", grown(whole, round(SIZES[-1] * MB / len(_in_json(whole))))


def _written(folder: Path, whole: Json) -> dict[str, Path]:
    """A document in a file of each format, beside what Spectral asks for."""
    (folder / "ruleset.yaml").write_text(RULESET, encoding="utf-8")
    files = {kind: folder / f"openapi.{kind}" for kind in ("json", "yaml")}
    files["json"].write_text(_in_json(whole), encoding="utf-8")
    files["yaml"].write_text(_in_yaml(whole), encoding="utf-8")
    return files


_MEASURE = """
import os, subprocess, sys, time
began = time.perf_counter()
process = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
_, status, used = os.wait4(process.pid, 0)
took = time.perf_counter() - began
print(os.waitstatus_to_exitcode(status), took, used.ru_utime + used.ru_stime, used.ru_maxrss)
"""
"""A small process in between, for on Linux no peak is below that of the process that started another one."""


def _run(command: Sequence[str | Path], path: Path) -> Callable[[], Figures]:
    def measure() -> Figures:
        between = [sys.executable, "-S", "-c", _MEASURE, *command, path]
        ran = subprocess.run(between, cwd=path.parent, env={**os.environ, **QUIET}, stdout=subprocess.PIPE, check=True)
        code, took, cpu, peak = map(float, ran.stdout.split())
        if code not in {0, 1}:  # 1: something was found
            raise RuntimeError(f"{command[0]} ended with {code:g}")
        return {"s": took, "CPU s": cpu, "peak MB": peak * (1 if sys.platform == "darwin" else 1024) / MB}

    return measure


# ---- 9: growth


def growth(rounds: int) -> None:
    """Whether twice as large a document takes twice as long, whatever it is made of."""
    with tempfile.TemporaryDirectory(prefix="accepted-bench-") as folder:
        for kind in KINDS:
            measures = {}
            for size in GROWING:
                path = Path(folder) / f"{size}.json"
                path.write_text(_in_json(_sized(kind, size)), encoding="utf-8")
                measures[f"{size} MB"] = _a_megabyte(path)
            notes = ["Where time grows with the document, the seconds of a megabyte stay as they are."]
            found = interleaved(measures, rounds)
            show(f"9. Growth, {kind}", found, base=f"{GROWING[0]} MB", notes=notes)


def _a_megabyte(path: Path) -> Callable[[], Figures]:
    run = _run(COMMANDS["accepted lint"], path)

    def measure() -> Figures:
        found = run()
        return {**found, **{f"{name} a MB": found[name] * MB / path.stat().st_size for name in ("s", "CPU s")}}

    return measure


# ---- documents


def _sized(kind: str, size: float) -> Json:
    """A made document of about so many MB."""
    return document(kind, round(size * MB * 64 / len(_in_json(document(kind, 64)))))


def _in_json(whole: Json) -> str:
    return json.dumps(whole, indent=2)


def _in_yaml(whole: Json) -> str:
    return yaml.dump(whole, Dumper=_Plain, sort_keys=False, allow_unicode=True)


_Dumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


class _Plain(_Dumper):
    """Without anchors: people write none."""

    def ignore_aliases(self, data: object) -> bool:
        del data
        return True


LINT: dict[str, Callable[[int], None]] = {"lint": lint, "growth": growth}
