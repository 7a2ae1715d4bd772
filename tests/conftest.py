"""What holds for every test: it finds no credential, has a journal of its own, and is never silently skipped in CI.

A test marked `node` needs Node with the packages of `tests/sdk`; one marked `oracle("module")` needs a package of
`requirements-oracles.txt`; one marked `linted` needs those of `requirements-lint-corpus.txt`, as text. Where that is
missing the test is skipped with the reason, and fails if CI=true.
"""

import os
import shutil
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import settings

# A machine that is busy makes an example slow, and no bug.
settings.register_profile("accepted", deadline=None)
settings.load_profile("accepted")

collect_ignore = ["typing"]  # for type checkers to read, not to be run

_LINTED = Path(sys.prefix) / "lint-corpus"
_SDK = Path(__file__).parent / "sdk" / "node_modules" / "@google" / "jules-sdk"


def pytest_configure(config: pytest.Config) -> None:
    # A job in the background inherits SIGINT as ignored, and so would every process that a test interrupts.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    config.addinivalue_line(
        "markers", "oracle(module): needs a package of requirements-oracles.txt; skipped without it, an error in CI"
    )
    config.addinivalue_line(
        "markers", "linted: needs requirements-lint-corpus.txt in .venv/lint-corpus; skipped without it, an error in CI"
    )


def _missing_node(_: str = "") -> str | None:
    if shutil.which("node") is None:
        return "node is not on the PATH"
    return None if _SDK.exists() else "npm install was not run in tests/sdk (make test-all does it)"


def _missing_oracle(module: str) -> str | None:
    try:
        found = find_spec(module)
    except ModuleNotFoundError:  # the package that it is in is missing
        found = None
    return None if found else f"{module} is not installed (make test-all does it)"


def _missing_linted() -> str | None:
    return None if (_LINTED / ".ready").exists() else f"{_LINTED} is not there (make test-all makes it)"


_NEEDS: dict[str, Callable[..., str | None]] = {
    "node": _missing_node,
    "oracle": _missing_oracle,
    "linted": _missing_linted,
}


def pytest_runtest_setup(item: pytest.Item) -> None:
    for name, missing in _NEEDS.items():
        for mark in item.iter_markers(name):
            if reason := missing(*mark.args):
                (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(reason)


def _alone(patch: pytest.MonkeyPatch, home: Path) -> None:
    for name in list(os.environ):
        if name.startswith("ACCEPTED_") or name == "JULES_API_KEY":
            patch.delenv(name)
    patch.setenv("ACCEPTED_HOME", str(home))
    patch.setenv("CODEX_HOME", str(home / "codex"))


@pytest.fixture(scope="session", autouse=True)
def _no_real_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """For whatever runs outside of a single test: fixtures of a module, and what they start."""
    with pytest.MonkeyPatch.context() as patch:
        _alone(patch, tmp_path_factory.mktemp("accepted-home"))
        yield


@pytest.fixture(autouse=True)
def _a_home_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _alone(monkeypatch, tmp_path / "accepted-home")


@pytest.fixture(autouse=True)
def _threads_end_with_their_test() -> Iterator[None]:
    """An engine that is left behind would fail whatever test runs beside it, and not its own."""
    before = set(threading.enumerate())
    yield
    left = [each for each in threading.enumerate() if each.name == "accepted-engine" and each not in before]
    assert not left, f"left running: {left}"
