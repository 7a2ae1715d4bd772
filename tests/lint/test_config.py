"""What a project says: where it is found, what it changes, and how a mistake is named."""

from pathlib import Path

import pytest

from accepted.lint.config import BadConfig, find, load, parse
from accepted.lint.run import run

DOCUMENT = Path("openapi.yaml")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("selct = ['OA']", "no setting 'selct'; did you mean 'select'?"),
        ("per_file_ignores = {}", "did you mean 'per-file-ignores'?"),
        ("xyzzy = 1", "no setting 'xyzzy'; there are select, ignore"),
        ("select = 'OA'", "select is to be a list of texts, not 'OA'"),
        ("ignore = [1]", "ignore is to be a list of texts"),
        ("baseline = 1", "baseline is to be a text"),
        ("profile = 'azure'", "profile cannot be 'azure'; did you mean 'azure-arm'?"),
        ("severity = {OA521 = 'warn'}", "severity.OA521 cannot be 'warn'; did you mean 'warning'?"),
        ("severity = 'error'", "severity is to be a table"),
        ("aliases = {creates = ['submit']}", "aliases has no 'creates'; did you mean 'create'?"),
        ("aliases.create = 'submit'", "aliases.create is to be a list of texts"),
        ("confirm = {createJob = 'creates'}", "confirm.createJob cannot be 'creates'; did you mean 'create'?"),
        ("per-file-ignores = {'tests/*' = 'OA'}", "per-file-ignores.tests/* is to be a list of texts"),
        ("a = ", "not TOML"),
    ],
)
def test_a_mistake_is_named_with_what_is_near(text, told) -> None:
    with pytest.raises(BadConfig) as wrong:
        parse(text)
    assert told in str(wrong.value)


@pytest.mark.parametrize(
    "text",
    ["select = ['OA5211']", "ignore = ['no-pol']", "severity.OA52x = 'error'", "per-file-ignores = {'*' = ['OA52x']}"],
)
def test_a_name_that_is_no_rule_is_an_error_with_the_nearest(text) -> None:
    with pytest.raises(BadConfig, match=r"no rule '.*'; did you mean"):
        run([], parse(text))


def test_it_is_found_upwards_and_the_nearest_that_says_anything_counts(tmp_path) -> None:
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    (tmp_path / "pyproject.toml").write_text("[tool.accepted.lint]\nprofile = 'aip'\n")
    (tmp_path / "a" / "pyproject.toml").write_text("[project]\nname = 'x'\n")  # says nothing to us
    assert find(below).profile == "aip"
    assert find(below).root == tmp_path
    (below / "accepted.toml").write_text("[lint]\nprofile = 'zalando'\n")
    assert find(below).profile == "zalando"
    assert load(below / "accepted.toml") == find(below)


def test_without_one_everything_is_as_usual(tmp_path) -> None:
    assert find(tmp_path).select == ()
    assert find(tmp_path).profile == "generic"


def test_one_that_cannot_be_read_is_an_error(tmp_path) -> None:
    with pytest.raises(BadConfig, match="No such file"):
        load(tmp_path / "none.toml")
    (tmp_path / "accepted.toml").write_text("lint = 1\n")
    with pytest.raises(BadConfig, match="lint is to be a table"):
        find(tmp_path)
    (tmp_path / "accepted.toml").write_bytes(b"\xff\xfe[lint]")
    with pytest.raises(BadConfig, match="not TOML"):
        find(tmp_path)


@pytest.mark.parametrize(
    ("config", "found"),
    [
        ("", {"OA521"}),
        ("select = ['OA521']", {"OA521"}),
        ("select = ['no-poll']", {"OA521"}),
        ("select = ['OA52']", {"OA521"}),
        ("select = ['MD', 'LN']", set()),
        ("ignore = ['OA521']", set()),
        ("ignore = ['oa']", set()),
        ("per-file-ignores = {'api/*' = ['no-poll']}", set()),
        ("per-file-ignores = {'*.yaml' = ['OA']}", set()),
        ("per-file-ignores = {'other/*' = ['OA']}", {"OA521"}),
        ("per-operation-ignores = {createReport = ['OA521']}", set()),
        ("per-operation-ignores = {createOther = ['OA521']}", {"OA521"}),
        ("dismiss = ['createReport']", set()),
        ("exclude = ['api']", {"OA521"}),  # it was named
    ],
)
def test_what_runs_and_what_is_left_out(lint, bare, config, found) -> None:
    report = lint({"api/openapi.yaml": bare}, config)
    assert {one.rule.id for one in report.findings} & {"OA521"} == found


def test_a_severity_is_the_configured_one_and_the_last_that_fits_counts(lint, bare) -> None:
    config = "severity = {OA = 'information', no-poll = 'warning'}\nselect = ['OA521']"
    assert [str(one.severity) for one in lint({"openapi.yaml": bare}, config).findings] == ["warning"]


def test_what_only_looks_asynchronous_is_confirmed_or_dismissed_by_the_line_that_is_told(lint, bare) -> None:
    document = bare.replace('"202": {description: Accepted}', '"200": {description: Done}').replace(
        "operationId", "description: Runs asynchronously in the background.\n      operationId"
    )
    select = "select = ['OA500', 'OA521']\n"
    (asked,) = lint({"openapi.yaml": document}, select).findings
    assert asked.rule.id == "OA500"
    confirm, dismiss = asked.message.rpartition("confirm it with ")[2].split(", or dismiss it with ")
    assert [one.rule.id for one in lint({"openapi.yaml": document}, select + confirm).findings] == ["OA521"]
    assert lint({"openapi.yaml": document}, select + dismiss).findings == ()


COPIED = {
    "clients/jules.py": """\
'''A client of Jules.'''


def create_task(prompt):
    '''Create a session, as at Codex: `POST /wham/tasks`.'''


def poll_task(task_id, timeout=60): ...
""",
    "clients/jules.ex": """\
defmodule Acme.Codex do
  def create_task(prompt), do: post("/wham/tasks", prompt)
  def poll_task(task_id, timeout), do: wait(task_id, timeout)
end

defmodule Acme.Jules do
  def create_task(prompt), do: post("/wham/tasks", prompt)
  def poll_task(task_id, timeout), do: wait(task_id, timeout)
end
""",
}


@pytest.mark.parametrize(
    ("config", "found"),
    [
        ("", []),
        ("copied-from = {'clients/*.py' = ['Codex', '/wham', 'Acme']}", ["py:5 `Codex`", "py:5 `/wham`"]),
        ("copied-from = {'clients/*.ex' = ['/WHAM']}", ["ex:2 `/wham`", "ex:7 `/wham`"]),
        ("copied-from = {'other/*' = ['Codex']}", []),
        ("copied-from = {'clients/*.py' = ['Codex'], '*' = ['Codex', ' ']}", ["ex:1 `Codex`", "py:5 `Codex`"]),
    ],
)
def test_what_a_module_was_copied_from_may_be_configured(lint, config, found) -> None:
    report = lint(COPIED, f"select = ['CS310']\n{config}")
    told = [f"{one.path[-2:]}:{one.place.line} {one.message.split(' is left')[0]}" for one in report.findings]
    assert told == found
