"""Documents and sources to which something happened: no crash, no hang, no file that is half written.

Whatever a file holds, `accepted lint` ends with 0, 1 or 3 and a report in the format that was asked for; with `--fix`
the file is as it was, or as `mend` says, whole. What was fixed then is the business of `test_fix.py`.
"""

import io
import json
import random
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from itertools import count
from pathlib import Path
from runpy import run_path

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
watched = CHANCE["watched"]
STYLES = run_path(str(HERE.parent / "documents" / "styles.py"))["STYLES"]
MADE = run_path(str(ROOT / "bench" / "documents.py"))["document"]

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


# ---- files that only malice or chance makes


def answered_by_all(media: dict[str, object]) -> dict[str, object]:
    """A document in which 3,000 operations have one answer."""
    answer = {"description": "", "content": {"application/json": media}}
    operation = {"post": {"responses": {"200": {"$ref": "#/components/responses/one"}}}}
    paths = {f"/a{number}": operation for number in range(3000)}
    return {"openapi": "3.1.0", "paths": paths, "components": {"responses": {"one": answer}}}


def schema(properties: dict[str, object]) -> dict[str, object]:
    """An answer with these properties."""
    return {"schema": {"type": "object", "properties": properties}}


MANY = 20_000
NAMES = ", ".join(f'"{number}": 0' for number in range(MANY))
LONG: dict[str, str] = {
    # what is long in it -> the file; far more than anybody writes, and read as everything else
    "names beside one that stands twice.json": f'{{"openapi": "3.1.0", {NAMES}, "0": 0}}',
    "comments above one line.yaml": "openapi: 3.1.0\n" + "# accepted: ignore[OA]\n" * MANY + "paths: {}\n",
    "comments each in its line.py": "x = 1  # accepted: ignore[CS]\n" * MANY,
    "comments above one module.ex": "# accepted: ignore[CS]\n" * MANY + "defmodule A do\nend\n",
    "creates of one poll.json": json.dumps(MADE("one poll", 300)),
    "steps of one path.json": json.dumps(
        {"openapi": "3.1.0", "paths": {"/a" * MANY: {"get": {"responses": {"202": {"description": ""}}}}}}
    ),
    "verbs of one path.json": json.dumps(
        {
            "openapi": "3.1.0",
            "paths": {
                "/start" * MANY: {"post": {"responses": {"202": {}}}, "get": {"responses": {"200": {}}}},
                "/a" + ".{" * MANY: {"post": {"responses": {"202": {}}}},
            },
        }
    ),
    "words of one status.json": json.dumps(
        answered_by_all(schema({"id": {"type": "string"}, "status": {"enum": [f"word{n}ing" for n in range(4000)]}}))
    ),
    "ids of one answer.json": json.dumps(
        answered_by_all(schema({f"job{n}_id": {"type": "string"} for n in range(4000)} | {"status": {}}))
    ),
    "examples of one answer.json": json.dumps(
        answered_by_all({"examples": {str(n): {"value": {}} for n in range(3000)}})
    ),
    "names in one example.json": json.dumps(answered_by_all({"example": {str(n): "" for n in range(20_000)}})),
    "sentences of one answer.json": json.dumps(
        answered_by_all({"example": {str(n): "start job " * 100 for n in range(2000)}})
    ),
    "prose that begins everywhere.json": json.dumps(
        {
            "openapi": "3.1.0",
            "paths": {
                f"/a{n}": {
                    "post": {"summary": "start " * 400, "description": "retry - - " * 200, "responses": {"200": {}}}
                }
                for n in range(1000)
            },
        }
    ),
    "references in a row.json": json.dumps(
        {
            "openapi": "3.1.0",
            "paths": {"/a": {"post": {"responses": {"202": {"$ref": "#/x/0"}}}}},
            "x": {str(number): {"$ref": f"#/x/{number + 1}"} for number in range(MANY)},
        }
    ),
    "merges of merges.yaml": "openapi: 3.1.0\nx0: &a0 {}\n"
    + "".join(f"x{number + 1}: &a{number + 1} {{<<: *a{number}, k{number}: 1}}\n" for number in range(1000)),
}


@pytest.mark.soak
@pytest.mark.parametrize("name", LONG)
def test_what_is_long_takes_no_longer_than_its_length(name: str, folder: Path) -> None:
    Path(name).write_text(LONG[name], encoding="utf-8")
    linted(name, "--format", "json")


REFERENCE = '{"openapi": "3.1.0", "paths": {"/a": {"$ref": "%s#/a"}}}'
EXTENSION = "openapi: 3.1.0\npaths: {/a: {post: {x-long-running: {a: 1}, responses: {}}}}\n"
ODD = {
    # what chance found -> the file, what stands in it, and how many files cannot be read
    "an extension that is an object": ("case.yaml", EXTENSION, 0),
    "half a letter in a name": (
        "case.json",
        '{"openapi": "3.1.0", "paths": {"/\\ud800": {"post": {"responses": {"202": 0}}}}}',
        0,
    ),
    "a reference to half a letter": ("case.json", REFERENCE % "\\ud800", 0),
    "a reference to no name of a file": ("case.json", REFERENCE % "\\u0000", 0),
    "a comment in what is no Python": ("case.py", "# accepted: ignore[CS]\ndef\n", 1),
}


@pytest.mark.parametrize(("name", "text", "failures"), ODD.values(), ids=ODD)
def test_what_chance_found_once_is_read_or_refused(name: str, text: str, failures: int, folder: Path) -> None:
    Path(name).write_text(text, encoding="utf-8")
    assert len(json.loads(linted(name, "--format", "json"))["failures"]) == failures


# ---- kill -9

STEPWISE = """
import os, signal, sys
from accepted.cli import main

left = int(sys.argv.pop(1))

def step(frame, event, argument):
    global left
    if frame.f_code.co_filename.endswith("fix.py") and frame.f_code.co_name in {"write", "put"}:
        left -= event == "line"
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return step
    return None

sys.settrace(step)
sys.exit(main(sys.argv[1:]))
"""
"""The command, killed before the line of the writing code that is as many lines away as its first argument says."""


@pytest.mark.slow
def test_a_kill_at_any_line_of_writing_leaves_the_old_file_or_the_new_one(folder: Path) -> None:
    old = (HERE / "bad_202.yaml").read_bytes()
    (change,) = mend([Given("case.yaml", content=old)], Config()).changed
    new = change.source.encoded(change.text)
    left = list[bytes]()
    for line in count():
        Path("case.yaml").write_bytes(old)
        command = [sys.executable, "-c", STEPWISE, str(line), "lint", "case.yaml", "--fix"]
        ran = subprocess.run(command, capture_output=True, check=False)
        left.append(Path("case.yaml").read_bytes())
        if ran.returncode != -signal.SIGKILL:
            break
    assert (ran.returncode, {*left}) == (1, {old, new})
    assert left.index(new) > 8  # the lines before the file is replaced


WRITING = """
import sys
from itertools import cycle
from pathlib import Path
from accepted.lint.fix import put

for letter in cycle((b"a", b"b")):
    put(Path("case.json"), letter * 300_000)
    print(flush=True)
"""
"""Writes one file again and again, and says each time that it has."""


@pytest.mark.parametrize("kills", [3, pytest.param(200, marks=pytest.mark.soak)])
def test_a_kill_at_any_moment_leaves_a_whole_file(kills: int, folder: Path) -> None:
    chance = random.Random(kills)
    for _ in range(kills):
        with subprocess.Popen([sys.executable, "-c", WRITING], stdout=subprocess.PIPE) as process:
            assert process.stdout
            for _ in range(chance.randrange(1, 20)):
                process.stdout.readline()
            for _ in range(chance.randrange(20_000)):
                pass
            process.kill()
        assert Path("case.json").read_bytes() in {b"a" * 300_000, b"b" * 300_000}
