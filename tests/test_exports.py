"""The public names, and what importing them costs."""

import subprocess
import sys
from importlib import import_module

import pytest

import accepted

PUBLIC = {
    "AcceptedError",
    "Artifact",
    "AsyncClient",
    "AuthenticationFailed",
    "BadRequest",
    "Client",
    "ConnectionFailed",
    "Contract",
    "ContractBroken",
    "CreateUnknown",
    "InputRequired",
    "JournalFailed",
    "Options",
    "OutcomeUnknown",
    "PollTimeout",
    "RateLimited",
    "ServiceError",
    "Settings",
    "Status",
    "Task",
    "TaskCancelled",
    "TaskError",
    "TaskExpired",
    "TaskFailed",
    "TaskGone",
    "TaskNotFound",
    "Unsupported",
    "errors",
    "testing",
}
SERVER = {"Cancelled", "Fault", "Progress", "Rate", "StoreFailed", "TaskAPI", "TaskInfo"}
TESTING = {"EPOCH", "Simulation", "VirtualClock", "simulation", "simulator"}


def test_public_names_are_listed():
    assert set(accepted.__all__) == PUBLIC
    assert set(import_module("accepted.testing").__all__) == TESTING
    assert set(import_module("accepted.server").__all__) == SERVER


@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_public_names_are_there(name):
    assert getattr(accepted, name) is not None


@pytest.mark.parametrize("name", sorted(SERVER))
def test_public_names_of_the_server_are_there(name):
    assert getattr(import_module("accepted.server"), name) is not None


def test_every_error_is_public():
    errors = {name for name in accepted.errors.__all__ if name != "ANSWERS"}
    assert errors < PUBLIC
    assert all(getattr(accepted, name) is getattr(accepted.errors, name) for name in errors)


def test_the_tree_at_the_top_of_errors_is_the_tree():
    told = accepted.errors.__doc__ or ""
    drawn = [line.split("──")[1].split()[0] for line in told.splitlines() if "──" in line]
    assert {*drawn, "AcceptedError"} == {name for name in accepted.errors.__all__ if name != "ANSWERS"}
    children = {kind.__name__ for kind in accepted.TaskError.__subclasses__()}
    nested = {line.split("──")[1].split()[0] for line in told.splitlines() if line.startswith(" " * 8) and "──" in line}
    assert nested == children


def test_a_misspelt_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="'Clinet'"):
        _ = accepted.Clinet


def loaded_by(statement: str) -> set[str]:
    """The modules that a fresh interpreter has after a statement."""
    program = f"{statement}\nimport sys\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    return set(done.stdout.split())


@pytest.mark.parametrize(
    ("statement", "without"),
    [
        ("import accepted", {"httpx2", "asyncio", "anyio", "msgspec", "sqlite3", "ssl"}),
        ("import accepted; accepted.TaskFailed", {"httpx2", "asyncio", "anyio", "msgspec", "sqlite3", "ssl"}),
        ("from accepted import Client", {"httpx2", "asyncio", "anyio"}),
        ("from accepted.services import jules", {"httpx2", "asyncio", "anyio", "sqlite3"}),
        ("import accepted.server", {"httpx2", "asyncio", "anyio", "msgspec", "sqlite3", "ssl"}),
        ("from accepted.server import TaskAPI", {"httpx2", "anyio", "fastapi", "pydantic", "uvicorn", "jsonschema_rs"}),
        ("from accepted.core import machine, verbs", {"httpx2", "asyncio", "anyio", "sqlite3", "threading"}),
    ],
)
def test_importing_loads_nothing_heavy(statement, without):
    before = loaded_by("pass")
    assert loaded_by(statement) & (without - before) == set()


def test_the_list_of_names_is_what_dir_and_star_give():
    space: dict[str, object] = {}
    exec("from accepted import *", space)  # the test is about the statement itself
    assert space.keys() >= PUBLIC
