"""What others run: the hook of `.pre-commit-hooks.yaml` in a repository, and the steps of `action.yml`.

An environment of its own is not made for them (that needs a package index): the command that they find is ours.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
HOOKS = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
BIN = Path(sys.executable).parent
GOOD = 'openapi: 3.1.0\ninfo: {title: x, version: "1"}\npaths: {}\n'


def environment(**more: str) -> dict[str, str]:
    return {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", **more}


# ---- the hook


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    return tmp_path


def hook(repository: Path, **files: str) -> subprocess.CompletedProcess[str]:
    """Run the hook as pre-commit does: its entry, and behind it the staged files of its types."""
    for name, text in files.items():
        (repository / name.replace("__", ".")).write_text(text)
    subprocess.run(["git", "add", "."], cwd=repository, check=True)
    listed = ["git", "diff", "--cached", "--name-only"]
    staged = subprocess.run(listed, cwd=repository, capture_output=True, text=True, check=True)
    suffixes = {"yaml": (".yaml", ".yml"), "json": (".json",), "python": (".py",), "elixir": (".ex", ".exs")}
    wanted = tuple(suffix for kind in HOOKS[0]["types_or"] for suffix in suffixes[kind])
    names = [name for name in staged.stdout.split() if name.endswith(wanted)]
    command = [*HOOKS[0]["entry"].split(), *HOOKS[0].get("args", []), *names]
    return subprocess.run(command, cwd=repository, env=environment(), capture_output=True, text=True, check=False)


def test_the_hook_passes_what_is_good_and_what_is_not_ours(repository) -> None:
    ran = hook(repository, openapi__yaml=GOOD, package__json="{}", notes__md="x", x__py="x = 1\n", ci__yml="on: push\n")
    assert (ran.returncode, ran.stderr) == (0, "")


def test_the_hook_fails_on_a_finding_and_names_it(repository, bare) -> None:
    ran = hook(repository, openapi__yaml=bare)
    assert ran.returncode == 1
    assert "openapi.yaml:5:5: error OA521" in ran.stdout


def test_the_hook_installs_what_reads_yaml_and_sees_all_files_at_once() -> None:
    (only,) = HOOKS
    assert only["id"] == "accepted-lint"
    assert only["language"] == "python"
    assert only["additional_dependencies"] == [".[lint]"]
    assert only["require_serial"] is True


# ---- the action

BASH = ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail"]
"""How a runner starts `shell: bash`."""


EXPRESSION = re.compile(r"\$\{\{ ([\w.-]+) \}\}")


def step(name: str, folder: Path, inputs: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run one step of the action with these inputs, as a runner does."""
    given = {key: str(one.get("default", "")) for key, one in ACTION["inputs"].items()} | inputs
    values = {f"inputs.{key}": value for key, value in given.items()} | {"github.action_path": str(ROOT)}
    (found,) = (one for one in ACTION["runs"]["steps"] if one["name"] == name)
    assert found["shell"] == "bash"
    assert "${{" not in found["run"]  # an input that is written into a script is part of the script
    told = {key: EXPRESSION.sub(lambda one: values[one[1]], text) for key, text in found["env"].items()}
    files = {name: str(folder / f".{name.lower()}") for name in ("GITHUB_STEP_SUMMARY", "GITHUB_PATH", "RUNNER_TEMP")}
    return subprocess.run(
        [*BASH, "-c", found["run"]],
        cwd=folder,
        env={**environment(), **files, **told},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("inputs", "code", "found"),
    [
        ({}, 1, True),
        ({"fail-on": "never"}, 0, True),
        ({"paths": "good.yaml"}, 0, False),
        ({"paths": "good.yaml\n\nsub folder\n"}, 1, True),
        ({"config": "quiet.toml"}, 0, False),
        ({"paths": "$(touch broken-out); `touch broken-out`"}, 3, False),
        ({"paths": "none.yaml"}, 3, False),
    ],
)
def test_the_action_annotates_summarises_and_ends_as_it_found(tmp_path, bare, inputs, code, found) -> None:
    (tmp_path / "good.yaml").write_text(GOOD)
    (tmp_path / "sub folder").mkdir()
    (tmp_path / "sub folder" / "openapi.yaml").write_text(bare)
    (tmp_path / "quiet.toml").write_text("[lint]\nignore = ['OA']\n")
    ran = step("Lint", tmp_path, inputs)
    assert ran.returncode == code, ran.stdout + ran.stderr
    assert ("::error file=sub folder/openapi.yaml,line=5" in ran.stdout) == found
    assert (tmp_path / ".github_step_summary").read_text().startswith("## accepted lint\n")
    assert len(ran.stderr.splitlines()) <= 1
    assert not (tmp_path / "broken-out").exists()


def test_the_action_tells_a_wrong_configuration_once_and_reports_nothing(tmp_path) -> None:
    (tmp_path / "wrong.toml").write_text("[lnt]\n")
    ran = step("Lint", tmp_path, {"config": "wrong.toml", "sarif": "found.sarif"})
    assert ran.returncode == 2
    assert ran.stderr.count("no table 'lnt'") == 1
    assert not (tmp_path / "found.sarif").exists()
    assert not (tmp_path / ".github_step_summary").exists()


def test_the_action_takes_a_path_that_looks_like_an_option(tmp_path, bare) -> None:
    (tmp_path / "-x.yaml").write_text(bare)
    ran = step("Lint", tmp_path, {"paths": "-x.yaml"})
    assert ran.returncode == 1
    assert "::error file=-x.yaml,line=5" in ran.stdout


def test_the_action_writes_sarif_where_it_is_asked_to(tmp_path, bare) -> None:
    (tmp_path / "openapi.yaml").write_text(bare)
    assert step("Lint", tmp_path, {"sarif": "found.sarif"}).returncode == 1
    assert '"version":"2.1.0"' in (tmp_path / "found.sarif").read_text()


PYTHON = """\
#!/bin/sh
if [ "$1 $2" = "-m venv" ]; then
    mkdir -p "$3/bin"
    cp "$0" "$3/bin/python"
else
    echo "$@" >> "$INSTALLED"
fi
"""
"""A Python that makes environments without a package index, and writes down what is to be installed."""


def test_the_action_installs_itself_with_what_reads_yaml(tmp_path, monkeypatch) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python3").write_text(PYTHON)
    (tmp_path / "bin" / "python3").chmod(0o755)
    monkeypatch.setattr(f"{__name__}.BIN", tmp_path / "bin", raising=False)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("INSTALLED", str(tmp_path / "installed"))
    ran = step("Install", tmp_path, {})
    assert ran.returncode == 0, ran.stderr
    assert (tmp_path / "installed").read_text().split()[-1] == f"{ROOT}[lint]"
    assert (tmp_path / ".github_path").read_text() == f"{tmp_path / '.runner_temp' / 'accepted' / 'bin'}\n"


def test_every_input_of_the_action_is_used_and_described() -> None:
    text = (ROOT / "action.yml").read_text(encoding="utf-8")
    for name, one in ACTION["inputs"].items():
        assert one["description"]
        assert f"${{{{ inputs.{name} }}}}" in text
