"""What a project says: where it is found, what it changes, and how a mistake is named."""

import re
from pathlib import Path

import pytest

from accepted.lint.config import BadConfig, find, load, parse
from accepted.lint.run import run
from accepted.lint.unmatched import unmatched

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
        ("confirm = {a = 'poll'}\ndismiss = ['a']", "'a' is in confirm and in dismiss"),
        ("confirm = {'post /a' = 'create'}\ndismiss = ['POST /a']", "'POST /a' is in confirm and in dismiss"),
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
def test_a_name_that_is_no_rule_is_an_error_with_its_place_and_the_nearest(text) -> None:
    with pytest.raises(
        BadConfig, match=r"configuration: (select|ignore|severity|per-file-ignores\.\*): no rule '.*'; did"
    ):
        run([], parse(text))


@pytest.mark.parametrize("name", ["", "o", "O"])
def test_a_name_of_a_rule_has_the_letters_of_a_family_at_least(name) -> None:
    with pytest.raises(BadConfig, match=f"ignore: no rule '{name}'"):
        run([], parse(f"ignore = ['{name}']"))


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("accepted.toml", "[tool.accepted.lint]\nselect = ['OA']", "no table 'tool'; what .* stands in \\[lint\\]"),
        ("accepted.toml", "select = ['OA']", "select belongs below \\[lint\\]"),
        ("accepted.toml", "[lnt]\nselect = ['OA']", "no table 'lnt'"),
        ("pyproject.toml", "[tool.accepted.lnt]\nselect = ['OA']", "no table 'lnt'; what .* \\[tool.accepted.lint\\]"),
        ("pyproject.toml", "[tool.accepted]\nselect = ['OA']", "select belongs below \\[tool.accepted.lint\\]"),
    ],
)
def test_what_stands_in_the_wrong_place_is_an_error(tmp_path, name, text, told) -> None:
    (tmp_path / name).write_text(text)
    for read in (find, lambda folder: load(folder / name)):
        with pytest.raises(BadConfig, match=f"{name}: {told}"):
            read(tmp_path)


@pytest.mark.parametrize(("name", "table"), [("c.toml", "lint"), ("pyproject.toml", "tool.accepted.lint")])
@pytest.mark.parametrize("text", ["", "[tool.other]\nx = 1\n"])
def test_a_named_file_that_says_nothing_is_an_error(tmp_path, name, table, text) -> None:
    (tmp_path / name).write_text(text if table != "lint" else "")
    with pytest.raises(BadConfig, match=rf"says nothing to the linter: it has no \[{table}\]"):
        load(tmp_path / name)


def test_of_two_files_in_a_folder_accepted_toml_counts(tmp_path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.accepted.lint]\nprofile = 'aip'\n")
    (tmp_path / "accepted.toml").write_text("[lint]\nprofile = 'zalando'\n")
    assert find(tmp_path).profile == "zalando"
    (tmp_path / "accepted.toml").write_text("# nothing\n")
    assert find(tmp_path).profile == "aip"


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
        ("per-file-ignores = {'./api/*' = ['OA']}", set()),
        ("per-file-ignores = {'api/' = ['OA']}", set()),
        ("per-file-ignores = {'ap' = ['OA']}", {"OA521"}),
        ("per-file-ignores = {'api\\*' = ['OA']}", set()),
        ("per-file-ignores = {'**/*.yaml' = ['OA']}", set()),
        ("per-file-ignores = {'**/api/**/*.yaml' = ['OA']}", set()),
        ("per-operation-ignores = {createReport = ['OA521']}", set()),
        ("per-operation-ignores = {createOther = ['OA521']}", {"OA521"}),
        ("per-operation-ignores = {'POST /reports' = ['OA521']}", set()),
        ("per-operation-ignores = {'post /reports' = ['OA521']}", set()),
        ("per-operation-ignores = {'POST /others' = ['OA521']}", {"OA521"}),
        ("dismiss = ['post /reports']", set()),
        ("dismiss = ['createReport']", set()),
        ("exclude = ['api']", {"OA521"}),  # it was named
    ],
)
def test_what_runs_and_what_is_left_out(lint, bare, config, found) -> None:
    report = lint({"api/openapi.yaml": bare}, config)
    assert {one.rule.id for one in report.findings} & {"OA521"} == found


@pytest.mark.parametrize(
    "configured",
    [
        "OA = 'information', no-poll = 'warning'",
        "no-poll = 'warning', OA = 'information'",
        "OA521 = 'warning', OA5 = 'error', OA = 'information'",
        "OA52 = 'warning', OA5 = 'error'",
    ],
)
def test_of_several_severities_that_of_the_longest_name_counts(lint, bare, configured) -> None:
    config = f"severity = {{{configured}}}\nselect = ['OA521']"
    assert [str(one.severity) for one in lint({"openapi.yaml": bare}, config).findings] == ["warning"]


@pytest.mark.parametrize("glob", ["old/", "./old", "old", "**/old", "ol*"])
def test_an_excluded_folder_may_be_spelt_in_any_way(lint, bare, glob) -> None:
    report = lint({"old/openapi.yaml": bare, "new/openapi.yaml": bare}, f"exclude = ['{glob}']", given=["."])
    assert [one.path for one in report.sources] == [str(Path("new/openapi.yaml"))]


UNMATCHED = [
    # what the configuration says, what is told of a run over all, and of one over this file alone
    ("dismiss = ['createReprot']", "dismiss: .* 'createReprot'; did you mean 'createReport'", True),
    ("confirm.createReprot = 'create'", "confirm: .* did you mean 'createReport'", True),
    ("confirm.'GET /xyz' = 'poll'", "confirm: .* 'GET /xyz'", False),
    ("per-operation-ignores.noSuch = ['OA']", "per-operation-ignores: .* 'noSuch'", False),
    ("task-modules = ['sep.py']", "task-modules: no file that was linted matches 'sep.py'", False),
    ("dismiss = ['post /reports', 'createReport']", None, False),
    ("per-operation-ignores.create_task = ['FN']", None, False),
    ("task-modules = ['x.py']", None, False),
]


@pytest.mark.parametrize(("config", "told", "near"), UNMATCHED)
def test_a_name_that_means_nothing_is_told(lint, bare, config, told, near) -> None:
    report = lint({"openapi.yaml": bare, "x.py": "def create_task(a): ...\ndef poll_task(b): ...\n"}, config)
    assert [bool(re.search(f"configuration: {told}", one)) for one in unmatched(report, whole=True)] == [True] * bool(
        told
    )
    assert len(list(unmatched(report, whole=False))) == near


def test_what_only_looks_asynchronous_is_confirmed_or_dismissed_by_the_line_that_is_told(lint, bare) -> None:
    document = bare.replace('"202": {description: Accepted}', '"200": {description: Done}').replace(
        "operationId", "description: It may take some time.\n      operationId"
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
