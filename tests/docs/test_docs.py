"""The pages keep to the code: generated ones are up to date, examples run, links lead somewhere.

A block that begins with ```python is executed, in order, all blocks of a page in one namespace; a block that begins
with ```py is only compiled. A client of any service reaches its simulator over loopback HTTP, in virtual time on both
sides.
"""

import ast
import inspect
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import fields
from itertools import takewhile
from pathlib import Path
from typing import Any, get_args

import pytest

import accepted.client
from accepted import errors
from accepted.asgi import application, running
from accepted.cli._inputs import command, gather
from accepted.core.contract import Contract, Step
from accepted.core.events import Send
from accepted.core.verbs import Effect, checked_inputs
from accepted.drivers.exchange import Pacer
from accepted.lint.rule import rules
from accepted.services import find
from accepted.simulate import handler, load, names
from accepted.testing import VirtualClock

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = {path.relative_to(ROOT).as_posix(): path for path in (*sorted(ROOT.glob("*.md")), *sorted(DOCS.rglob("*.md")))}

LANGUAGES = {"", "python", "py", "elixir", "sh", "console", "text", "json", "yaml", "mermaid", "toml", "make"}
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^]]*\]\(([^)\s]+)\)")


def blocks(text: str, language: str) -> list[str]:
    """The code of every block in that language, behind as many empty lines as stand before it on its page."""
    found = (one for one in FENCE.finditer(text) if one[1] == language)
    return ["\n" * text.count("\n", 0, one.start(2)) + one[2] for one in found]


def having(language: str) -> list[str]:
    return [name for name, path in PAGES.items() if blocks(path.read_text(encoding="utf-8"), language)]


@pytest.fixture
def _simulated(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every service that has a double, where its environment variables say that it is."""
    clock = VirtualClock()
    monkeypatch.setattr(accepted.client, "_CLOCK", clock)
    monkeypatch.setattr(accepted.client, "_PACER", Pacer())
    with ExitStack() as stack:
        for name in names():
            double = handler(load(name)("happy", duration=60.0), clock.now)
            origin = stack.enter_context(running(application(double)))
            stem = f"ACCEPTED_{name.upper().replace('-', '_')}"
            monkeypatch.setenv(f"{stem}_BASE_URL", origin + load(name).base_path)
            monkeypatch.setenv(f"{stem}_TOKEN", "a-simulated-key")
        yield


@pytest.mark.usefixtures("_simulated")
@pytest.mark.parametrize("name", having("python"))
def test_examples_run(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    page = {"__name__": "__page__"}
    for source in blocks(PAGES[name].read_text(encoding="utf-8"), "python"):
        exec(compile(source, name, "exec"), page)


@pytest.mark.parametrize("name", having("py"))
def test_examples_that_are_not_run_are_python(name: str) -> None:
    for source in blocks(PAGES[name].read_text(encoding="utf-8"), "py"):
        compile(source, name, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)


@pytest.mark.parametrize("name", PAGES)
def test_every_block_is_closed_and_has_a_known_language(name: str) -> None:
    """An example whose language is misspelt would be neither run nor compiled."""
    text = PAGES[name].read_text(encoding="utf-8")
    assert "```" not in FENCE.sub("", text)
    assert {one[1] for one in FENCE.finditer(text)} <= LANGUAGES


@pytest.mark.parametrize("name", PAGES)
def test_links_lead_somewhere(name: str) -> None:
    path = PAGES[name]
    targets = [link for link in LINK.findall(FENCE.sub("", path.read_text(encoding="utf-8"))) if "://" not in link]
    assert [link for link in targets if not leads_somewhere(path, link)] == []


def leads_somewhere(page: Path, link: str) -> bool:
    """A file or folder that exists, and in a page of ours a heading that is there."""
    file, _, anchor = link.partition("#")
    target = (page.parent / file).resolve() if file else page
    return target.exists() and (target.suffix != ".md" or not anchor or anchor in anchors(target))


def anchors(page: Path) -> set[str]:
    """The names that a renderer gives to headings: lower case, hyphens for spaces, other punctuation gone."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", page.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("name", PAGES)
def test_every_test_that_a_page_names_exists(name: str) -> None:
    named = re.findall(r"`(tests/[^`]*)`", FENCE.sub("", PAGES[name].read_text(encoding="utf-8")))
    assert [one for one in named if "::" in one and not is_a_test(*one.split("::"))] == []


def is_a_test(file: str, function: str) -> bool:
    path = ROOT / file
    return path.exists() and bool(
        re.search(rf"^(async )?def {function}\(", path.read_text(encoding="utf-8"), re.MULTILINE)
    )


def test_the_page_for_writers_of_drivers_names_all_that_a_driver_meets() -> None:
    page = PAGES["docs/sansio.md"].read_text(encoding="utf-8")
    sent = re.findall(r"\w+", (inspect.getdoc(Send) or "").partition("report ")[2].partition(".")[0])
    met = {*(effect.__name__ for effect in get_args(Effect)), *sent} - {"or"}
    assert {"Send", "Claim", "Dropped", "Held"} <= met
    assert [name for name in sorted(met) if f"`{name}" not in page] == []


def test_the_page_for_writers_of_contracts_names_all_that_can_be_declared() -> None:
    page = PAGES["docs/contracts.md"].read_text(encoding="utf-8")
    known = {one.name for kind in (Contract, Step) for one in fields(kind) if one.init}
    assert [name for name in sorted(known) if not re.search(rf"`{name}`|\b{name}=", page)] == []


def commands() -> Iterator[tuple[str, list[str]]]:
    """Every command on a page that creates something, with its inputs; one with dots in it is no example."""
    for name, path in PAGES.items():
        for block in FENCE.finditer(path.read_text(encoding="utf-8")):
            for line in re.findall(r"^(?:\$ )?(accepted (?:create|run) .*)$", block[2], re.MULTILINE):
                words = shlex.split(line, comments=True)
                if "..." not in line and "killed" not in words:
                    yield name, words


@pytest.mark.parametrize(("name", "words"), list(commands()))
def test_every_create_on_a_page_has_inputs_that_its_service_takes(name: str, words: list[str]) -> None:
    del name
    contract = find(words[2])
    shape: Any = contract.inputs
    given = list(takewhile(lambda word: not word.startswith("--"), words[3:]))
    checked_inputs(contract.name, shape, gather(given, None, shape))


@pytest.mark.parametrize("service", names())
def test_an_example_is_inputs_that_its_service_takes_and_stands_on_its_page_and_in_the_readme(service: str) -> None:
    contract = find(service)
    checked_inputs(contract.name, contract.inputs, dict(contract.example_inputs))
    shown = {name: [words for page, words in commands() if page == name] for name in PAGES}
    example = shlex.split(command("create", contract))
    assert example in shown[f"docs/services/{service}.md"]
    assert any(words[: len(example)] == example for words in shown["README.md"])


@pytest.mark.parametrize("service", names())
def test_a_page_promises_to_find_a_lost_create_only_where_it_can_be_found(service: str) -> None:
    page = PAGES[f"docs/services/{service}.md"].read_text(encoding="utf-8")
    assert ("looks again" in page) == (find(service).safe is not None)


# ---- the generated pages


def docs(*arguments: str | Path) -> tuple[int, list[str]]:
    command = [sys.executable, "-W", "error", str(ROOT / "tools" / "docs.py"), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.stderr == ""
    return done.returncode, done.stdout.splitlines()


def test_the_generated_pages_are_what_the_code_says() -> None:
    assert docs("--check") == (0, []), "run: make docs"


@pytest.mark.slow
def test_a_stale_page_is_named_and_left_alone_then_mended(tmp_path: Path) -> None:
    code, written = docs("--into", tmp_path)
    made = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.md"))
    assert (code, sorted(written)) == (0, [f"written: {name}" for name in made])
    assert {"errors.md", "statuses.md", "machine.md", "services/jules.md"} <= set(made)

    stale = tmp_path / "services" / "jules.md"
    stale.write_text("once upon a time\n", encoding="utf-8")
    (tmp_path / "errors.md").unlink()
    assert docs("--check", "--into", tmp_path) == (1, ["stale: errors.md", "stale: services/jules.md"])
    assert stale.read_text(encoding="utf-8") == "once upon a time\n"

    assert docs("--into", tmp_path)[0] == 0
    assert docs("--check", "--into", tmp_path) == (0, [])


def test_every_service_has_a_page() -> None:
    services = {path.stem.replace("_", "-") for path in (ROOT / "src/accepted/services").glob("[!_]*.py")}
    assert services
    assert {path.stem for path in (DOCS / "services").glob("*.md")} == services


def test_every_rule_has_a_page() -> None:
    assert {path.stem for path in (DOCS / "rules").glob("*.md")} == {"README", *rules()}


def test_the_tree_of_errors_is_drawn_as_the_classes_are() -> None:
    """`docs/errors.md` copies the drawing at the top of `errors.py`."""
    drawn: list[tuple[str, str]] = []
    parents = ["AcceptedError"]
    for one in re.finditer(r"^ {4}([│ ]*)[├└]── (\w+)", errors.__doc__ or "", re.MULTILINE):
        del parents[len(one[1]) // 4 + 1 :]
        drawn.append((one[2], parents[-1]))
        parents.append(one[2])
    assert sorted(drawn) == sorted((kind.__name__, kind.__base__.__name__) for kind in every_error())


def every_error(kind: type[errors.AcceptedError] = errors.AcceptedError) -> Iterator[type[errors.AcceptedError]]:
    for child in kind.__subclasses__():
        if child.__module__ == errors.__name__:
            yield child
            yield from every_error(child)
