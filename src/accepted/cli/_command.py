"""One chosen command: its parser, and what becomes of whatever ends it."""

from __future__ import annotations

import argparse
import os
import re
import signal
import sys
import threading
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from accepted.cli import INTERRUPTED
from accepted.errors import AcceptedError, BadRequest, Unsupported

EXTRAS = {"uvicorn": "server", "rich": "cli"}
"""Modules that not every installation has, and the extra that brings each."""

_FEW = 3
"""So many tasks are named; of more than these only the number."""


def perform(name: str, words: Sequence[str]) -> int:
    """Run a command and return its exit code."""
    options = argparse.Namespace(json=False, underway={})
    before = _on_interrupt(_leave)
    try:
        _usable(words)
        command = import_module(f"accepted.cli.{name}")
        words = getattr(command, "words", list)(words)
        parser_of(name, command).parse_intermixed_args(words, options)
        code: int = command.run(options)
        sys.stdout.flush()
    except AcceptedError as error:
        code = _failed(error, options)
    except ModuleNotFoundError as error:
        if error.name not in EXTRAS:
            raise
        extra = f"python -m pip install 'accepted[{EXTRAS[error.name]}]' (in a checkout: '.[{EXTRAS[error.name]}]')"
        code = _failed(Unsupported(f"{name} needs {error.name}, which is not installed: {extra}"), options)
    except OSError as error:
        code = _unwritable(error, options)
    except KeyboardInterrupt:
        _on_interrupt(signal.SIG_IGN)
        code = _interrupted(options)
    finally:
        _on_interrupt(before)
    return code


def begin() -> None:
    """From here on something is under way, and Ctrl-C is a KeyboardInterrupt that lets everybody tidy up.

    Until then it ends the process where it stands: there is nothing to tidy up, and an exception in the midst of an
    import can break more than it ends (extension modules crash, `exec` makes Python forget the exit code).
    """
    _on_interrupt(signal.default_int_handler)


def _on_interrupt(handler: Any) -> Any:
    """From now on this answers Ctrl-C; returns what did before. Other threads than the main one hear of no signals."""
    if threading.current_thread() is not threading.main_thread():
        return None
    return signal.signal(signal.SIGINT, handler)


def _leave(_signal: int, _frame: object) -> None:
    os.write(2, b"accepted: interrupted\n")
    os._exit(INTERRUPTED)


def _usable(words: Sequence[str]) -> None:
    """What a shell may hand over and nothing here can use: closed streams, and bytes that are no text."""
    # Open as long as this process is.
    sys.stdout = sys.stdout or Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
    sys.stderr = sys.stderr or Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
    for word in words:
        if not word.isprintable() and any("\udc80" <= letter <= "\udcff" for letter in word):
            raise BadRequest(f"{word!a} is not UTF-8 text")


def parser_of(name: str, command: ModuleType) -> argparse.ArgumentParser:
    """The parser of a command; its module's docstring introduces its help."""
    parser = argparse.ArgumentParser(
        prog=f"accepted {name}",
        description=re.sub("^accepted ", "  accepted ", command.__doc__ or "", flags=re.MULTILINE),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    command.arguments(parser)
    return parser


def _failed(error: AcceptedError, options: argparse.Namespace) -> int:
    from accepted.cli import _show

    _show.error(error, as_json=options.json)
    return error.exit_code


def _unwritable(failure: OSError, options: argparse.Namespace) -> int:
    """A file, a socket or our own output cannot be used. A reader of our output that has gone wants no message."""
    try:
        if not isinstance(failure, BrokenPipeError):
            _failed(AcceptedError(str(failure)), argparse.Namespace(**{**vars(options), "json": False}))
        sys.stdout.flush()
    except OSError:
        # What Python would still flush at its end has nowhere to go either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return AcceptedError.exit_code


def _interrupted(options: argparse.Namespace) -> int:
    """Ctrl-C ends our wait, never a task: say what goes on, and how to come back to it."""
    from accepted.cli import _show

    refs = list(options.underway)
    if not refs:
        _show.say("interrupted")
    elif len(refs) > _FEW:
        _show.say(f"interrupted; {len(refs)} tasks go on\n  accepted resume")
    else:
        goes_on = "the task goes on" if len(refs) == 1 else "the tasks go on"
        # A create without an answer is only in the journal, anything else can be asked for by its id.
        command = "resume" if any(":@" in ref for ref in refs) else "poll"
        _show.say(f"interrupted; {goes_on}\n  accepted {command} {' '.join(refs)}")
    return INTERRUPTED
