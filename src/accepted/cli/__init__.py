"""The command line: one module a command, imported only when it is chosen.

A command's module has `arguments(parser)`, which declares what it takes, and `run(options) -> int`, which
parses, calls and prints, and returns the exit code. Its docstring is its help. What several commands share stands in
the modules with a leading underscore. None of them imports at its top what help and completion can do without.

Exit codes: 0 completed and ok (or the request worked) - 1 error - 2 usage, bad input, unsupported - 3 failed -
4 cancelled, expired or gone - 5 still running when the timeout ended - 6 input required - 7 authentication -
8 rate limited - 9 outcome of a create or act unknown - 130 interrupted.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from accepted import __version__

GROUPS = {
    "one task": {
        "create": "create a task and print its ref at once",
        "poll": "wait until tasks are final, and print what they yielded",
        "run": "create a task and wait for it",
        "status": "look at tasks once",
        "watch": "print every change of a task until it is final",
        "result": "print what a task yielded, or one part of it, or save its files",
        "act": "do what only this service can do to a task (approve, answer, ...)",
        "cancel": "ask the service to stop tasks",
    },
    "many tasks": {
        "list": "the tasks that a service has",
        "tasks": "the tasks that were created here and are in flight, over all services",
        "resume": "pick up everything that is in flight, after a crash, a kill or a reboot",
    },
    "services": {
        "services": "what services there are and what each can do; where its credential comes from",
        "usage": "what is left of an account's limits, where the service says",
        "doctor": "look for what is wrong: credential, network, clock, journal",
        "simulate": "a local double of a service, to try things without an account",
    },
    "a server of your own": {
        "serve": "serve a TaskAPI: functions as durable tasks over HTTP",
        "admin": "look after a server's file: its tasks, its API keys, copies",
    },
    "an API that says what it does": {
        "lint": "look whether documents and clients of an asynchronous API say what they must",
    },
    "to begin": {
        "demo": "the whole idea in about 13 s, offline",
        "completion": "shell completion for bash, zsh or fish",
    },
}
"""Every command and what it does, as the overview shows them. A command is the module of its name in this package."""

COMMANDS = {name: summary for group in GROUPS.values() for name, summary in group.items()}


INTERRUPTED = 130
"""The exit code of Ctrl-C."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Perform one command line and return its exit code; usage errors end with SystemExit(2)."""
    try:
        # Not list(): the command of that name is a module of this package.
        return _main(sys.argv[1:] if arguments is None else [*arguments])
    except KeyboardInterrupt:  # before a command was under way
        return INTERRUPTED
    except BrokenPipeError:  # whoever read the overview has seen enough
        sys.stdout = None
        return 0


def _main(words: list[str]) -> int:
    match words:
        case [] | ["-h" | "--help", *_]:
            print(overview(), file=sys.stdout if words else sys.stderr)
            return 0 if words else 2
        case ["-V" | "--version", *_]:
            print(f"accepted {__version__}")
            return 0
        case [name, *rest] if name in COMMANDS:
            from accepted.cli._command import perform

            return perform(name, rest)
        case _:
            print(_unknown(words[0]), file=sys.stderr)
            return 2


def overview() -> str:
    """What `accepted --help` prints."""
    width = max(map(len, COMMANDS))
    lines = [
        "usage: accepted COMMAND ...",
        "",
        "Call and build task APIs: create a task, get its id at once, ask until it is done.",
    ]
    for title, group in GROUPS.items():
        lines += ["", f"{title}:", *(f"  {name:{width}}  {summary}" for name, summary in group.items())]
    lines += ["", "accepted COMMAND --help says what a command takes; accepted --version which version this is."]
    return "\n".join(lines)


def _unknown(name: str) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, COMMANDS, n=1)
    hint = f"did you mean {near[0]!r}? " if near else ""
    return f"accepted: no command {name!r}: {hint}accepted --help lists them"
