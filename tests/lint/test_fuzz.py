"""Documents and sources to which something happened: no crash, no hang, no file that is half written.

Whatever a file holds, `accepted lint` ends with 0, 1 or 3 and a report in the format that was asked for; with `--fix`
the file is as it was, or as `mend` says, whole. What was fixed then is the business of `test_fix.py`.
"""

import io
import json
import random
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from runpy import run_path
from types import FrameType
from typing import NoReturn

import pytest
import yaml

from accepted.cli import main
from accepted.documents.source import Unreadable, load
from accepted.lint.config import Config
from accepted.lint.files import Given
from accepted.lint.fix import mend
from accepted.lint.rule import rules

HERE, ROOT = Path(__file__).parent, Path(__file__).parents[2]
CHANCE = run_path(str(HERE / "chance.py"))
STYLES = run_path(str(HERE.parent / "documents" / "styles.py"))["STYLES"]
MADE = run_path(str(ROOT / "bench" / "documents.py"))["document"]

PATIENCE = 10.0
"""Seconds of CPU: a file that takes more is a hang. Most take a hundredth of one."""

File = tuple[str, bytes]
"""A name, which tells what it is, and what stands in it."""


# ---- what is hurt


def in_yaml(data: object) -> str:
    return yaml.dump(data, Dumper=getattr(yaml, "CSafeDumper", yaml.SafeDumper), sort_keys=False)


def examples(*ends: str) -> list[File]:
    every = [example.files() for rule in rules().values() for example in rule.examples]
    files = [(name, text.encode()) for several in every for name, text in several.items()]
    return [(f"case{Path(name).suffix}", raw) for name, raw in files if name.endswith(ends)]


def documents() -> list[File]:
    own = [run_path(str(ROOT / "examples" / f"{name}.py"))["api"].document() for name in ("reports", "long_report")]
    made = [MADE(kind, 2) for kind in ("mixed", "creates", "one poll")]
    every = [json.loads(json.dumps(one)) for one in (*own, *made, *(style.document for style in STYLES))]
    pages = [("case.yaml", (HERE / name).read_bytes()) for name in ("good_202.yaml", "bad_202.yaml")]
    texts = [("case.json", json.dumps(one, indent=1).encode()) for one in every]
    texts += [("case.yaml", in_yaml(one).encode()) for one in every]
    return [*pages * 20, *texts, *examples(".yaml", ".json")]


def sources() -> list[File]:
    own = [*(ROOT / "src").rglob("*.py"), *(ROOT / "tests" / "lint").glob("*.py"), *(ROOT / "examples").glob("*.py")]
    files = [("case.py", path.read_bytes()) for path in sorted(own) if path.stat().st_size < 12_000]
    tests = [("test_case.py", raw) for name, raw in files[::10]]
    return [*files, *tests, *examples(".py", ".ex") * 4]


def mutated(file: File, chance: random.Random) -> File:
    """What somebody did to a file: to its values, where it has some, or to its bytes."""
    name, raw = file
    if name.endswith((".json", ".yaml")) and chance.random() < 0.3:
        data = CHANCE["mutated"](load(name, raw).data, chance)
        return name, (json.dumps(data) if name.endswith("json") else in_yaml(data)).encode()
    return name, CHANCE["hurt"](raw, chance)


# ---- what is looked at


class Hung(Exception):
    """A file took more than `PATIENCE`."""


@contextmanager
def watched() -> Iterator[None]:
    """Raise `Hung` in what takes too long; CPU time, for a busy machine is no hang."""

    def hung(number: int, frame: FrameType | None) -> NoReturn:
        raise Hung

    before = signal.signal(signal.SIGVTALRM, hung)
    signal.setitimer(signal.ITIMER_VIRTUAL, PATIENCE)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def linted(*words: str) -> str:
    """What is printed; the exit code is one of those that a file may give."""
    out, err = io.TextIOWrapper(io.BytesIO(), encoding="utf-8"), io.StringIO()
    with watched(), redirect_stdout(out), redirect_stderr(err):
        code = main(["lint", *words])
    assert code in {0, 1, 3}, err.getvalue()
    out.flush()
    return out.buffer.getvalue().decode()


PLAIN = ("text", "github", "markdown")
FORMATS = ("json", "json", "json", "sarif", *PLAIN)


def case(file: File, chance: random.Random) -> None:
    """Lint a file, and mend it."""
    name, raw = file
    Path(name).write_bytes(raw)
    format_ = chance.choice(FORMATS)
    told = linted(name, "--format", format_)
    assert format_ in PLAIN or json.loads(told)
    if chance.random() < 0.3:
        with watched():
            mended = mend([Given(name)], Config())
        linted(name, "--fix")
        wanted = [one.source.encoded(one.text) for one in mended.changed] or [raw]
        assert [Path(name).read_bytes()] == wanted
        assert not mended.changed or not _refused(name)
    assert [one.name for one in Path().iterdir()] == [name]
    Path(name).unlink()


def _refused(name: str) -> bool:
    try:
        load(name)
    except Unreadable:
        return True
    return False


CORPORA: dict[str, Callable[[], list[File]]] = {"documents": documents, "sources": sources}
SAMPLE, BATCHES, BATCH = 100, 40, 500


def fuzz(kind: str, seeds: range) -> None:
    corpus = CORPORA[kind]()
    for seed in seeds:
        chance = random.Random(seed)
        file = mutated(chance.choice(corpus), chance)
        try:
            case(file, chance)
        except BaseException as error:
            error.add_note(f"seed {seed} of {kind}: {file[0]}, {file[1][:3000]!r}")
            raise


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("kind", CORPORA)
def test_whatever_happened_to_a_file_it_is_read_or_refused(kind: str, folder: Path) -> None:
    fuzz(kind, range(SAMPLE))


@pytest.mark.soak
@pytest.mark.parametrize("batch", range(BATCHES))
@pytest.mark.parametrize("kind", CORPORA)
def test_whatever_happened_to_many_files_they_are_read_or_refused(kind: str, batch: int, folder: Path) -> None:
    fuzz(kind, range(1_000_000 + batch * BATCH, 1_000_000 + (batch + 1) * BATCH))
