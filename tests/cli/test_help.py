"""Help and completion answer at once, whatever else is installed or broken."""

import re
import shutil
import subprocess
import sys

import pytest

from accepted.cli import COMMANDS, main

HEAVY = ("httpx2", "asyncio", "rich", "msgspec", "sqlite3", "ssl")


def modules_after(words: list[str]) -> set[str]:
    """What a fresh interpreter has imported after a command line."""
    program = f"""
import sys
from accepted.cli import main
try: main({words!r})
except SystemExit: pass
sys.stderr.write(" ".join(sys.modules))
"""
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout
    return set(ran.stderr.split())


@pytest.mark.parametrize(
    "words", [["--help"], ["--version"], ["completion", "bash"], ["completion", "zsh"], ["create", "--help"]]
)
def test_nothing_heavy_is_imported(words) -> None:
    assert not modules_after(words) & set(HEAVY)


def test_the_overview_does_not_even_import_argparse() -> None:
    assert not modules_after(["--help"]) & {"argparse", "dataclasses", "typing"}


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_an_example(name, capsys) -> None:
    with pytest.raises(SystemExit) as ended:
        main([name, "--help"])
    assert ended.value.code == 0
    told = capsys.readouterr().out
    assert f"usage: accepted {name}" in told
    assert f"\n  accepted {name}" in told or name == "demo"


def test_the_overview_names_every_command(capsys) -> None:
    assert main(["--help"]) == 0
    told = capsys.readouterr().out
    assert all(re.search(rf"^  {name} ", told, re.MULTILINE) for name in COMMANDS)


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        ([], 2, "usage: accepted COMMAND"),
        (["crate"], 2, "did you mean 'create'?"),
        (["--nonsense"], 2, "no command '--nonsense'"),
    ],
)
def test_usage_errors(words, code, told, capsys) -> None:
    assert main(words) == code
    assert told in capsys.readouterr().err


def test_the_version_is_told(capsys) -> None:
    assert main(["--version"]) == 0
    assert re.fullmatch(r"accepted \d+\.\d+\.\d+\n", capsys.readouterr().out)


# ---- completion

CHECK = {"bash": ["bash", "-n"], "zsh": ["zsh", "-n"], "fish": ["fish", "-n"]}


def script(shell: str, capsys: pytest.CaptureFixture[str]) -> str:
    assert main(["completion", shell]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("shell", CHECK)
def test_completion_scripts_parse(shell, capsys) -> None:
    told = script(shell, capsys)
    assert all(name in told for name in (*COMMANDS, "base-url", "jules"))
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    subprocess.run(CHECK[shell], input=told, text=True, check=True)


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("accepted cre", {"create"}),
        ("accepted create ju", {"jules"}),
        ("accepted create jules --ba", {"--base-url"}),
        ("accepted create jules --base-url ", set()),
        ("accepted completion ", {"bash", "fish", "zsh"}),
        ("accepted result jules:1 --d", {"--diff", "--download"}),
        ("accepted nonsense ", set()),
    ],
)
def test_bash_offers(line, offered, capsys) -> None:
    words = " ".join(f"'{word}'" for word in line.split(" "))
    position = len(line.split(" ")) - 1
    ask = f"COMP_WORDS=({words})\nCOMP_CWORD={position}\n_accepted\n"
    probe = "\n".join((script("bash", capsys), ask, 'printf "%s\\n" "${COMPREPLY[@]}"'))
    ran = subprocess.run(["bash"], input=probe, capture_output=True, text=True, check=True)
    assert set(ran.stdout.split()) == offered, ran.stderr
