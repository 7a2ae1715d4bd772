"""What `--fix` does to real API descriptions, held against its laws.

    python tools/fix_corpus.py FOLDER [--variants]

FOLDER holds descriptions (JSON or YAML, also gzipped); nothing in it is written. For each: the new text parses, there
are fewer findings (or there was nothing to mend), only insertions, a second run changes nothing, and an overlay gives
the same. With `--variants` each is also written anew in other styles, as JSON and YAML. Exits with 1 where a law is
broken.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

from accepted.documents.source import load
from accepted.lint.config import Config
from accepted.lint.files import Given
from accepted.lint.fix import Changed, Mended, mend
from accepted.lint.overlay import overlay
from accepted.lint.placing import block
from accepted.lint.run import run

STYLES: dict[str, tuple[str, Callable[[Any], str]]] = {
    "two spaces": (".json", lambda data: json.dumps(data, indent=2, ensure_ascii=False)),
    "tabs": (".json", lambda data: json.dumps(data, indent="\t")),
    "one line": (".json", lambda data: json.dumps(data, separators=(",", ":"))),
    "CRLF": (".json", lambda data: json.dumps(data, indent=4).replace("\n", "\r\n")),
    "YAML": (".yaml", lambda data: "\n".join(block(data)) + "\n"),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Print a row for each description and style."""
    parser = argparse.ArgumentParser(description="What --fix does to real API descriptions, held against its laws.")
    parser.add_argument("folder", type=Path, help="descriptions, also gzipped")
    parser.add_argument("--variants", action="store_true", help="also in other styles")
    options = parser.parse_args(argv)
    print(f"{'document':36} {'style':10} {'before':>6} {'mended':>6} {'after':>6} {'left':>5} {'s':>6}  laws")
    broken = 0
    for path in sorted(options.folder.iterdir()):
        name = path.name.removesuffix(".gz")
        if name.endswith((".json", ".yaml", ".yml")) and name != "labels.json":
            raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
            for style, given in _given(name, raw, variants=options.variants):
                broken += _row(style, given)
    return 1 if broken else 0


def _given(name: str, raw: bytes, *, variants: bool) -> Iterator[tuple[str, Given]]:
    yield "as it is", Given(name, content=raw)
    data = load(name, raw).data if variants else None
    for style, (suffix, text) in STYLES.items() if variants else ():
        yield style, Given(Path(name).stem + suffix, content=text(data))


def _row(style: str, given: Given) -> bool:
    """Print one; whether a law is broken."""
    before = len(run([given]).findings)
    started = time.perf_counter()
    mended = mend([given], Config())
    seconds = time.perf_counter() - started
    broken = [law for one in mended.changed for law in _broken(one, mended, before)]
    counts = (
        f"{before:>6} {len(mended.fixed):>6} {len(mended.report.findings):>6} {len(mended.left):>5} {seconds:>6.1f}"
    )
    print(f"{given.path:36} {style:10} {counts}  {', '.join(broken) or 'kept'}", flush=True)
    return bool(broken)


def _broken(one: Changed, mended: Mended, before: int) -> Iterator[str]:
    """The laws that are broken."""
    data = json.loads(json.dumps(one.source.data))
    actions = overlay(data, one.data, "")["actions"]
    again = mend([Given(one.source.path, content=one.text)], Config())
    letters = iter(one.text)
    laws = {
        "it does not parse": not mended.report.failures,
        "no fewer findings": len(mended.report.findings) < before,
        "more than insertions": all(letter in letters for letter in one.source.text),
        "a second run changes more": not again.changed,
        "the overlay differs": _applied(data, actions) == one.data,
    }
    yield from (law for law, kept in laws.items() if not kept)


def _applied(data: Any, actions: list[dict[str, Any]]) -> Any:
    """The document with an overlay: targets are found by comparing them with the path of each place."""
    whole = deepcopy(data)
    by_target = {action["target"]: _place(whole, action["target"]) for action in actions}
    for action in actions:
        place: Any = by_target[action["target"]]
        place.append(deepcopy(action["update"])) if isinstance(place, list) else place.update(
            deepcopy(action["update"])
        )
    return whole


def _place(data: Any, target: str) -> Any:
    """The place that a target of our own overlays names: members in dots and quotes, items in numbers."""
    here, rest = data, target[1:]
    while rest:
        if rest.startswith("['"):
            end = rest.index("']")
            while rest[end - 1] == "\\":
                end = rest.index("']", end + 1)
            here, rest = here[json.loads(f'"{_plain(rest[2:end])}"')], rest[end + 2 :]
        elif rest.startswith("["):
            number, _, rest = rest[1:].partition("]")
            here = here[int(number)]
        else:
            end = min((rest.find(mark, 1) for mark in ".[" if mark in rest[1:]), default=len(rest))
            here, rest = here[rest[1:end]], rest[end:]
    return here


def _plain(quoted: str) -> str:
    return quoted.replace("\\'", "'").replace('"', '\\"')


if __name__ == "__main__":
    sys.exit(main())
