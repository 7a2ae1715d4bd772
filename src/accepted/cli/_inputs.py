"""Inputs as they are written on a command line, in a JSON file, or in a file of JSON lines."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import UnionType
from typing import TYPE_CHECKING, Annotated, Any, Union, cast, get_args, get_origin

from accepted import services
from accepted.core import codec
from accepted.errors import BadRequest

if TYPE_CHECKING:
    from accepted.core.contract import Contract

_TRUE = frozenset({"true", "yes", "on", "1"})
_FALSE = frozenset({"false", "no", "off", "0"})


def gather(words: Sequence[str], file: str | None, shape: Any) -> dict[str, Any]:
    """The inputs of a JSON file with those of the command line over them, each as its declared type.

    Raises:
        BadRequest: one cannot be read; it is named. Whether they fit together is for the contract to say.
    """
    types = {one.name: one.type for one in codec.fields(shape)} if shape is not None else {}
    given = _object(_text(file), f"--input {file}") if file else {}
    named: dict[str, Any] = {}
    for word in words:
        name, value = _pair(word, types)
        if name in named:
            raise BadRequest(f"input {name!r} is given twice")
        named[name] = value
    return {**given, **named}


def contract_of(service: str) -> Contract[..., Any]:
    """The contract that a command line names; one of `module:name` is mostly of the folder that we are in."""
    if ":" in service and str(Path.cwd()) not in sys.path:
        sys.path.append(str(Path.cwd()))
    return services.find(service)


def spelled(words: Sequence[str]) -> list[str]:
    """A command line whose options that are inputs of its service are written as such: `--final-words done`."""
    known = next((names for word in words if (names := _input_names(word))), frozenset[str]())
    rest, spelled = iter(words), list[str]()
    for word in rest:
        name, equals, text = word.removeprefix("--").partition("=")
        if not word.startswith("--") or name.replace("-", "_") not in known:
            spelled.append(word)
            continue
        value = text if equals else next(rest, "--")
        # An option without its value stays one, and is refused as such.
        written = [word, value] if value.startswith("--") and not equals else [f"{name.replace('-', '_')}={value}"]
        spelled += written
    return spelled


def _input_names(service: str) -> frozenset[str]:
    """The inputs of a service; none where the word names no service."""
    if service.startswith("-") or "=" in service or "//" in service:
        return frozenset()
    try:
        return frozenset(one.name for one in codec.fields(contract_of(service).inputs))
    except BadRequest:
        return frozenset()  # the command itself says what is wrong


def command(verb: str, contract: Contract[..., Any]) -> str:
    """A command that creates what the contract gives as an example, ready for a shell; else with dots to fill in."""
    given = contract.example_inputs
    words = [_word(name, value) for name, value in given.items()]
    dots = [f"{one.name}=..." for one in codec.fields(contract.inputs) if one.required and one.name not in given]
    return " ".join(("accepted", verb, contract.name, *words, *dots))


def _word(name: str, value: object) -> str:
    if isinstance(value, str) and not value.startswith("@"):
        return f"{name}={shlex.quote(value)}"
    return f"{name}:={shlex.quote(json.dumps(value))}"


def lines(file: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """The objects of a file of JSON lines, each with the number of its line; empty lines are passed over."""
    for number, line in enumerate(_text(file).splitlines(), start=1):
        if line.strip():
            yield number, _object(line, f"{file}, line {number}")


def _pair(word: str, types: Mapping[str, Any]) -> tuple[str, Any]:
    name, equals, text = word.partition("=")
    if not equals or not name.strip(":"):
        raise BadRequest(f"{codec.shorten(word)!r} is no input: write name=text, name=@FILE or name:=JSON")
    if name.endswith(":"):
        return name[:-1], _json(text, f"input {name[:-1]!r}")
    if text.startswith("@"):
        return name, _text(text[1:])
    return name, _typed(name, text, types.get(name, str))


def _typed(name: str, text: str, declared: Any) -> Any:
    """A text as the first plain type that the input takes; a text where it takes one."""
    taken = _kinds(declared)
    kind = next((one for one in (str, bool, int, float) if one in taken), str)
    try:
        return _READERS[kind](text)
    except ValueError:
        told = f"input {name!r}: expected {codec.in_words(declared)}, got {codec.shorten(text)!r}"
        raise BadRequest(told) from None


def _kinds(declared: Any) -> set[Any]:
    """The types in a union, without what is annotated to them."""
    match get_origin(declared):
        case origin if origin is Annotated:
            return _kinds(get_args(declared)[0])
        case origin if origin in (Union, UnionType):
            return set[Any]().union(*map(_kinds, get_args(declared)))
        case _:
            return {declared}


def _bool(text: str) -> bool:
    word = text.lower()
    if word not in _TRUE | _FALSE:
        raise ValueError(text)
    return word in _TRUE


_READERS: Mapping[type, Callable[[str], object]] = {str: str, bool: _bool, int: int, float: float}


def _text(file: str) -> str:
    try:
        raw = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        return raw.decode()
    except OSError as error:
        raise BadRequest(f"cannot read {file}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise BadRequest(f"{file} is not UTF-8 text") from None


def _object(text: str, where: str) -> dict[str, Any]:
    value = _json(text, where)
    if not isinstance(value, dict):
        raise BadRequest(f"{where}: expected a JSON object of inputs, got {codec.shorten(text)}")
    return cast("dict[str, Any]", value)


def _no_number(word: str) -> None:
    raise ValueError(f"{word} is no JSON")


def _json(text: str, where: str) -> Any:
    try:
        return json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise BadRequest(f"{where}: not JSON ({error}): {codec.shorten(text)}") from None
