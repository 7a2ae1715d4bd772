"""One chosen command: its parser, and what becomes of whatever ends it."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from importlib import import_module
from types import ModuleType

from accepted.cli import COMMANDS
from accepted.errors import AcceptedError

INTERRUPTED = 130


def perform(name: str, words: Sequence[str]) -> int:
    """Run a command and return its exit code."""
    command = import_module(f"accepted.cli.{name}")
    options = parser_of(name, command).parse_intermixed_args(words)
    options.underway = {}
    try:
        code = command.run(options)
        sys.stdout.flush()
    except AcceptedError as error:
        code = _failed(error, options)
    except BrokenPipeError:
        # Whoever read our output has gone. What Python would still flush at its end has nowhere to go either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 1
    except OSError as error:
        code = _failed(AcceptedError(str(error)), options)
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        code = _interrupted(options)
    return code


def parser_of(name: str, command: ModuleType) -> argparse.ArgumentParser:
    """The parser of a command; the first line of its module's docstring introduces its help."""
    parser = argparse.ArgumentParser(
        prog=f"accepted {name}",
        description=command.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.set_defaults(verbose=False, json=False)
    command.arguments(parser)
    return parser


def summary(name: str) -> str:
    """What a command does, in one line."""
    return COMMANDS[name]


def _failed(error: AcceptedError, options: argparse.Namespace) -> int:
    from accepted.cli import _show

    _show.error(error, as_json=options.json)
    return error.exit_code


def _interrupted(options: argparse.Namespace) -> int:
    """Ctrl-C ends our wait, never a task: say what goes on, and how to come back to it."""
    from accepted.cli import _show

    refs = list(options.underway)
    if not refs:
        _show.say("interrupted")
    elif len(refs) > 3:
        _show.say(f"interrupted; {len(refs)} tasks go on\n  accepted resume")
    else:
        goes_on = "the task goes on" if len(refs) == 1 else "the tasks go on"
        _show.say(f"interrupted; {goes_on}\n  accepted resume {' '.join(refs)}")
    return INTERRUPTED
