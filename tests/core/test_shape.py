"""The code keeps what it promises about itself: short functions, short drivers, the pattern told where it is used.

(That `core` imports nothing that waits or touches the machine is import-linter's to say, in `make check`.)
"""

import ast
import inspect
import statistics
from collections.abc import Iterator
from importlib import import_module
from itertools import chain
from pathlib import Path
from pkgutil import iter_modules

import pytest

import accepted
from accepted import services, testing
from accepted.client import AsyncClient, Client

SOURCE = Path(accepted.__file__).parent
Function = ast.FunctionDef | ast.AsyncFunctionDef


def lines_of(node: ast.AST) -> set[int]:
    return set(range(node.lineno, node.end_lineno + 1))


def docstring_of(node: ast.AST) -> set[int]:
    """The lines of a docstring."""
    documented = isinstance(node, Function | ast.ClassDef | ast.Module) and ast.get_docstring(node, clean=False)
    return lines_of(node.body[0]) if documented else set()


def functions() -> Iterator[tuple[str, int]]:
    """Every function with its length in lines, from `def` to its end, its own docstring left out."""
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, Function):
                yield f"{path.relative_to(SOURCE)}:{node.name}", len(lines_of(node) - docstring_of(node))


def test_functions_fit_one_glance():
    lengths = dict(functions())
    assert len(lengths) > 300
    assert statistics.median(lengths.values()) < 12
    assert statistics.quantiles(lengths.values(), n=10)[-1] < 35
    assert {name: length for name, length in lengths.items() if length > 80} == {}


@pytest.mark.parametrize(("driver", "name"), [("sync", "Driver"), ("async_", "AsyncDriver"), ("many", "Many")])
def test_drivers_are_short(driver, name):
    text = (SOURCE / "drivers" / f"{driver}.py").read_text(encoding="utf-8")
    tree = ast.parse(text)
    (driving,) = (node for node in ast.walk(tree) if isinstance(node, ast.ClassDef) and node.name == name)
    told = set(chain.from_iterable(docstring_of(node) for node in ast.walk(tree)))
    imports = set(
        chain.from_iterable(lines_of(node) for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom))
    )
    blank = {number for number, line in enumerate(text.splitlines(), 1) if line.strip()[:1] in {"", "#"}}
    assert len(lines_of(driving) - told - blank) < 80
    assert len(set(range(1, tree.body[-1].end_lineno + 1)) - told - blank - imports) < 80


# ---- the pattern's documentation

PUBLIC = [module.name for module in iter_modules(services.__path__) if not module.name.startswith("_")]
CONTRACTS = [f"accepted.services.{name}" for name in PUBLIC]
MODULES = [
    "accepted",
    "accepted.client",
    "accepted.server",
    "accepted.server.app",
    "accepted.services",
    "accepted.testing",
    "accepted.testing.fixtures",
    *CONTRACTS,
]


def told_by(thing: object) -> str:
    return " ".join((inspect.getdoc(thing) or "").split())


@pytest.mark.parametrize("name", MODULES)
def test_modules_tell_the_pattern(name):
    told = told_by(import_module(name))
    assert "Async Request-Reply" in told
    assert "Step 1/2" in told
    assert "Step 2/2" in told


@pytest.mark.parametrize("name", ["accepted", "accepted.client", *CONTRACTS])
def test_modules_of_verbs_tell_what_waits_and_what_is_sent(name):
    told = told_by(import_module(name))
    assert "returns immediately" in told
    assert "blocks until" in told
    assert "asynchronous" in told.lower()
    assert "long-running" in told.lower()
    assert "POST" in told
    assert "GET" in told


@pytest.mark.parametrize("name", ["accepted.client", *CONTRACTS])
def test_modules_of_verbs_link_what_they_follow(name):
    told = told_by(import_module(name))
    assert "https://www.asyncapi.com/" in told
    assert "https://learn.microsoft.com/azure/architecture/patterns/async-request-reply" in told
    assert "https://restfulapi.net/rest-api-design-for-long-running-tasks/" in told
    assert "Example:" in told
    codes = ("200", "400", "401", "404", "429", "500")
    assert [code for code in codes if code not in told] == []


NO_REQUEST = {"close", "with_options", "contract", "base_url"}
VERBS = [name for name in dir(Client) if not name.startswith("_") and name not in NO_REQUEST]


def test_the_verbs_are_those_of_the_design():
    assert set(VERBS) == {
        "act",
        "cancel_task",
        "create_task",
        "download",
        "get_status",
        "get_task",
        "get_usage",
        "iter_items",
        "list_tasks",
        "poll_task",
        "poll_tasks",
        "run_task",
        "watch_task",
    }
    assert [name for name in dir(AsyncClient) if not name.startswith("_") and name not in NO_REQUEST] == VERBS


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("client", [Client, AsyncClient])
def test_verbs_tell_their_step_and_what_waits(client, verb):
    method = getattr(client, verb)
    told = told_by(method)
    assert "Step 1/2" in told or "Step 2/2" in told
    assert "immediately" in told or "Blocks" in told or "blocks" in told
    assert "HTTP: " in told
    assert any(code in told for code in ("200", "202"))
    assert "Example:" in told
    lowered = told.lower()
    assert "raises" in lowered or "returns" in lowered


@pytest.mark.parametrize("verb", VERBS)
def test_both_colours_take_the_same_arguments(verb):
    one, other = (inspect.signature(getattr(client, verb)) for client in (Client, AsyncClient))
    assert one.parameters == other.parameters


@pytest.mark.parametrize("name", ["with_options", "close"])
@pytest.mark.parametrize("client", [Client, AsyncClient])
def test_what_makes_no_request_says_so(client, name):
    assert "Makes no request" in told_by(getattr(client, name))


@pytest.mark.parametrize("function", [services.names, services.find, testing.simulation, testing.simulator])
def test_public_functions_are_documented(function):
    assert told_by(function)
