"""The options that several commands take, each declared once."""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence

_LAST_PORT = 65535


def service(parser: argparse.ArgumentParser) -> None:
    """The service that a command is about."""
    parser.add_argument("service", metavar="SERVICE", help="its name (`accepted services` lists them), or module:name")


def refs(parser: argparse.ArgumentParser, *, many: bool = True) -> None:
    """The tasks that a command is about."""
    told = "the task: service:id, as create printed it"
    if many:
        parser.add_argument("refs", metavar="REF", nargs="+", help=told)
    else:
        parser.add_argument("ref", metavar="REF", help=told)
    parser.add_argument("--service", metavar="NAME", help="its service, where REF is an id alone")


def inputs(parser: argparse.ArgumentParser) -> None:
    """Inputs of a create or an act."""
    told = "an input: name=text, name=@FILE (the text of a file) or name:=JSON"
    parser.add_argument("inputs", metavar="NAME=VALUE", nargs="*", help=told)
    parser.add_argument("--input", metavar="FILE", help="a JSON object of inputs; - reads it from stdin")


def filters(parser: argparse.ArgumentParser) -> None:
    """What the service itself narrows a list by."""
    told = "narrow the list, where the service can (`accepted services NAME` tells by what)"
    parser.add_argument("filters", metavar="NAME=VALUE", nargs="*", help=told)


def experimental(parser: argparse.ArgumentParser) -> None:
    """What nobody but third parties has seen work."""
    told = "allow what only third parties have seen the service do"
    parser.add_argument("--experimental", action="store_true", help=told)


def words(given: Sequence[str]) -> list[str]:
    """A command line with the options that are inputs of its service written as such."""
    if {"-h", "--help"} & {*given}:
        return [*given]
    from accepted.cli._inputs import spelled

    return spelled(given)


def creating(parser: argparse.ArgumentParser) -> None:
    """What a create takes beside its inputs."""
    group = parser.add_argument_group("creating")
    group.add_argument("--each", metavar="FILE", help="create one task per line: JSON Lines of inputs; - reads stdin")
    group.add_argument("--key", type=text, help="the same key gives back the same task, so that a script may run twice")
    group.add_argument("--callback-url", metavar="URL", help="where the service may report the end, if it can")
    told = "say on stderr what the answer to the create told: where the task is asked about, and how that was found"
    group.add_argument("--explain", action="store_true", help=told)


def waiting(parser: argparse.ArgumentParser) -> None:
    """How long, and how often, a command that waits asks."""
    group = parser.add_argument_group("waiting")
    timeout(group)
    group.add_argument("--interval", metavar="SECONDS", type=seconds, help="ask a task no more often than this")
    group.add_argument("--allow-partial", action="store_true", help="exit 0 also where only a part completed")


def timeout(parser: argparse.ArgumentParser | argparse._ArgumentGroup) -> None:  # pyright: ignore[reportPrivateUsage]  # the type of a group has no public name
    """How long to wait."""
    told = "wait so long at most; the task goes on (exit 5)"
    parser.add_argument("--timeout", metavar="SECONDS", type=seconds, help=told)


def connection(parser: argparse.ArgumentParser, *, place: bool = True) -> None:
    """How the service is reached; `place` where the command may say where it is."""
    group = parser.add_argument_group("connection")
    if place:
        told = "where the service is (ACCEPTED_<SERVICE>_BASE_URL)"
        group.add_argument("--base-url", "--url", metavar="URL", help=told)
        group.add_argument("--token-env", metavar="VARIABLE", help="the environment variable that holds the credential")
    told = "what one request may take; 30 by default"
    group.add_argument("--request-timeout", metavar="SECONDS", type=seconds, default=30.0, help=told)
    group.add_argument("--proxy", metavar="URL", help="a proxy, http:// or https://")
    group.add_argument("--ca-file", metavar="FILE", help="certificates to trust instead of the system's")
    group.add_argument("--no-journal", action="store_true", help="keep no record of the task on this machine")


def output(parser: argparse.ArgumentParser) -> None:
    """How a command speaks."""
    group = parser.add_argument_group("output")
    told = "print JSON on stdout, one document (one line) a task, and nothing else there"
    group.add_argument("--json", action="store_true", help=told)
    group.add_argument("-v", "--verbose", action="store_true", help="tell every request on stderr")


def seconds(text: str) -> float:
    """A duration as it is written on the command line."""
    value = float(text)
    if not (math.isfinite(value) and value >= 0):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds")
    return value


def text(text: str) -> str:
    """A text that says something."""
    if not text.strip():
        raise argparse.ArgumentTypeError("it is empty")
    return text


def port(text: str) -> int:
    """A TCP port; 0 for a free one."""
    value = int(text)
    if not 0 <= value <= _LAST_PORT:
        raise argparse.ArgumentTypeError(f"{text!r}: 0 to {_LAST_PORT}")
    return value


def count(text: str) -> int:
    """A number of things."""
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text!r}: 1 or more")
    return value


def whole(text: str) -> int:
    """A number of things, or 0."""
    value = int(text)
    if value < 0:
        raise argparse.ArgumentTypeError(f"{text!r}: 0 or more")
    return value
