"""Print a completion script, made from the commands' own parsers. It runs nothing when it completes.

accepted completion bash > ~/.local/share/bash-completion/completions/accepted
accepted completion zsh  > "${fpath[1]}/_accepted"
accepted completion fish > ~/.config/fish/completions/accepted.fish
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import NamedTuple

from accepted.cli import COMMANDS


class Option(NamedTuple):
    """One option as shells know it. `takes` is what it takes: nothing, a value, a file or a folder."""

    names: tuple[str, ...]
    takes: str
    told: str


class Command(NamedTuple):
    """One command as shells know it. `words` may stand first after it."""

    name: str
    options: tuple[Option, ...]
    words: tuple[str, ...]


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("shell", choices=sorted(SCRIPTS), help="for which shell")


def run(options: argparse.Namespace) -> int:
    """Print the script."""
    print(SCRIPTS[options.shell]([_command(name) for name in COMMANDS]), end="")
    return 0


def _command(name: str) -> Command:
    from accepted.cli._command import parser_of

    parser = parser_of(name, import_module(f"accepted.cli.{name}"))
    # argparse has no public list of what a parser takes; argcomplete and shtab read this one too.
    actions: list[argparse.Action] = parser._actions  # noqa: SLF001
    options = tuple(_option(action) for action in actions if action.option_strings)
    return Command(name, options, tuple(_words(actions)))


def _option(action: argparse.Action) -> Option:
    kinds = {"FILE": "file", "DIR": "folder"}
    takes = "" if action.nargs == 0 else kinds.get(str(action.metavar), "value")
    return Option(tuple(action.option_strings), takes, action.help or "")


def _words(actions: list[argparse.Action]) -> Iterator[str]:
    """What the first positional argument may be: one of its choices, or a service."""
    first = next((action for action in actions if not action.option_strings), None)
    if first is not None and first.choices:
        yield from map(str, first.choices)
    elif first is not None and (first.metavar == "SERVICE" or first.dest == "name"):
        from accepted import services

        yield from services.names()


# ---- one function a shell


def _bash(commands: list[Command]) -> str:
    cases = [
        f"    {one.name}) options={_quoted(_names(one.options))} words={_quoted(' '.join(one.words))}"
        f" files={_quoted(_names(one.options, 'file', 'folder'))}"
        f" values={_quoted(_names(one.options, 'value'))} ;;"
        for one in commands
    ]
    return f"""\
# bash completion of accepted, made by `accepted completion bash`
_accepted() {{
  local current=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD-1]}} options words files values
  COMPREPLY=()
  if (( COMP_CWORD == 1 )); then
    COMPREPLY=($(compgen -W {_quoted(" ".join((*COMMANDS, "--help", "--version")))} -- "$current"))
    return
  fi
  case ${{COMP_WORDS[1]}} in
{chr(10).join(cases)}
    *) return ;;
  esac
  if [[ " $files " == *" $previous "* ]]; then
    COMPREPLY=($(compgen -f -- "$current"))
  elif [[ " $values " == *" $previous "* ]]; then
    return
  elif [[ $current == -* ]]; then
    COMPREPLY=($(compgen -W "$options" -- "$current"))
  elif (( COMP_CWORD == 2 )); then
    COMPREPLY=($(compgen -W "$words" -- "$current"))
  fi
}}
complete -o default -F _accepted accepted
"""


def _zsh(commands: list[Command]) -> str:
    summaries = "\n".join(f"    {_quoted(f'{name}:{_flat(told)}')}" for name, told in COMMANDS.items())
    cases = "\n".join(f"    {one.name}) _arguments {' '.join(_zsh_arguments(one))} ;;" for one in commands)
    return f"""\
#compdef accepted
# zsh completion of accepted, made by `accepted completion zsh`
_accepted() {{
  local -a commands
  commands=(
{summaries}
  )
  if (( CURRENT == 2 )); then
    _describe -t commands 'accepted command' commands
    return
  fi
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  case $command in
{cases}
  esac
}}
_accepted "$@"
"""


def _zsh_arguments(command: Command) -> Iterator[str]:
    actions = {"": "", "value": ":value: ", "file": ":file:_files", "folder": ":folder:_files -/"}
    for option in command.options:
        told = re.sub(r"[\[\]:]", " ", _flat(option.told))
        for name in option.names:
            yield _quoted(f"{name}[{told}]{actions[option.takes]}")
    words = " ".join(word.replace(":", r"\:") for word in command.words)
    yield _quoted(f"1:first:({words})" if words else "1:first:_files")
    yield _quoted("*:more:_files")


def _fish(commands: list[Command]) -> str:
    lines = ["# fish completion of accepted, made by `accepted completion fish`", "complete -c accepted -f"]
    for name, told in COMMANDS.items():
        lines.append(f"complete -c accepted -n __fish_use_subcommand -a {name} -d {_fish_quoted(told)}")
    for command in commands:
        here = f"complete -c accepted -n '__fish_seen_subcommand_from {command.name}'"
        if command.words:
            lines.append(f"{here} -a {_fish_quoted(' '.join(command.words))}")
        for option in command.options:
            names = " ".join(f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}" for name in option.names)
            takes = {"": "", "value": " -x", "file": " -r -F", "folder": " -r -F"}[option.takes]
            lines.append(f"{here} {names}{takes} -d {_fish_quoted(option.told)}")
    return "\n".join(lines) + "\n"


def _names(options: tuple[Option, ...], *takes: str) -> str:
    wanted = (option for option in options if not takes or option.takes in takes)
    return " ".join(name for option in wanted for name in option.names)


def _flat(text: str) -> str:
    return " ".join(text.split())


def _quoted(text: str) -> str:
    """Text as bash and zsh take it literally."""
    return "'" + text.replace("'", "'\\''") + "'"


def _fish_quoted(text: str) -> str:
    return "'" + _flat(text).replace("\\", "\\\\").replace("'", "\\'") + "'"


SCRIPTS: dict[str, Callable[[list[Command]], str]] = {"bash": _bash, "fish": _fish, "zsh": _zsh}
