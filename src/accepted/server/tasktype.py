"""A task type: a function with a name, whose parameters are the inputs and whose return annotation is the result.

What may live here: how a signature is read, once, when the function is declared, and what follows from it: checking
an input, calling with it, writing the result, describing both. Everything that cannot work is refused at declaration.
"""

from __future__ import annotations

import copy
import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import partial
from math import inf
from types import MappingProxyType, UnionType
from typing import Annotated, Any, Literal, Union, cast, get_args, get_origin, get_type_hints

import msgspec

from accepted.server import invalid, shapes
from accepted.server.context import Progress, Resource, TaskInfo
from accepted.server.faults import Fault, Wrong

Injected = Literal["progress", "info"] | Resource

_WEEK = 7 * 24 * 3600.0
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,99}")
_PATH = re.compile(r"(?:/[A-Za-z0-9_.~-]+)+")
_FIXED = (type(None), bool, int, float, str, bytes, Enum)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TaskType:
    """What a function is to the server. `declared` makes one.

    Attributes:
        name: the word on the wire. `function`, `is_async`: what is called, and whether it is awaited.
        summary, description: the first line of its docstring, and the rest.
        path: its own POST path below the base path, such as `/reports`, or None.
        retry_after: seconds until a poll makes sense; said on 202 and on polls before the end.
        timeout: seconds that an attempt may take, or None.
        concurrency: how many of this type run at once in a process that executes.
        retries: how many further attempts follow an exception of `retry_on`.
        retention: seconds that a record and its result are kept after the end; None: for ever.
        max_queued: how many may wait before a create is refused as busy, or None.
        injected: what is given to parameters that are no inputs.
        input_schema, result_schema: JSON Schema 2020-12, whole in themselves: `$defs`, and references to there.
    """

    name: str
    function: Callable[..., Any]
    is_async: bool
    summary: str
    description: str
    path: str | None
    retry_after: float
    timeout: float | None
    concurrency: int
    retries: int
    retry_on: tuple[type[Exception], ...]
    retention: float | None
    max_queued: int | None
    injected: Mapping[str, Injected]
    input_schema: dict[str, Any]
    result_schema: dict[str, Any]
    _inputs: type[msgspec.Struct] = field(repr=False)
    _read: msgspec.json.Decoder[Any] = field(repr=False)
    _result: Any = field(repr=False)
    _judge: msgspec.json.Decoder[Any] = field(repr=False)
    _modelled: frozenset[str] = field(repr=False)

    def __post_init__(self) -> None:
        for rule, kept in _rules(self).items():
            if not kept:
                raise ValueError(f"the task {self.name!r} cannot be declared: {rule}")

    def check(self, raw: bytes) -> bytes:
        """An input as canonical JSON: typed, defaults filled in, names in one order; equal inputs give equal bytes.

        What a model reads stays as it was sent: a model may write less than it read (secrets, aliases, what it drops).

        Raises:
            Fault: `malformed` where it is no strict JSON, `invalid` with every wrong field (JSON pointers begin at
                the input itself).
        """
        return self.check_read(raw, shapes.strict(raw))

    def check_read(self, raw: bytes, document: Any) -> bytes:
        """The same where `shapes.strict` has read it already, and gave the document."""
        typed = self._typed(raw)
        if not self._modelled:
            return shapes.canonical(typed)
        values = {name: getattr(typed, name) for name in self._inputs.__struct_fields__}
        as_sent = {name: document[name] for name in self._modelled if name in document}
        return shapes.canonical(shapes.plain({**values, **as_sent}))

    def arguments(self, raw: bytes) -> dict[str, Any]:
        """The typed keyword arguments of the function, without the injected ones.

        Raises:
            Fault: as `check`; a stored input may not fit any more after the function was changed.
        """
        typed = self._typed(raw)
        return {name: getattr(typed, name) for name in self._inputs.__struct_fields__}

    def written(self, inputs: Mapping[str, Any]) -> bytes:
        """Inputs given as Python values, as JSON for `check`. Raises TypeError where one has no JSON."""
        return shapes.write(dict(inputs), "validation")

    def encode(self, value: Any) -> bytes:
        """The result as JSON.

        What it wrote is read back as the return annotation, since msgspec writes anything: an answer that its own
        schema does not describe would break every typed client. Within models only the model is asked, and it is asked
        to write, not to read.

        Raises:
            TypeError: the value, or one within it, has no JSON, or is of another type than the annotation says.
        """
        if shapes.is_model(self._result) and not isinstance(value, self._result):
            raise TypeError(
                f"{self.name} returned a value of type {type(value).__name__}, not {self._result.__name__} "
                "as its annotation says"
            )
        try:
            raw = shapes.write(value, "serialization")
        except TypeError as error:
            raise TypeError(f"{self.name} returned what has no JSON: {error}") from None
        try:
            self._judge.decode(raw)
        except msgspec.ValidationError as error:
            raise TypeError(
                f"{self.name} returned a value of type {type(value).__name__}, not what its annotation says: {error}"
            ) from None
        return raw

    def _typed(self, raw: bytes) -> Any:
        try:
            return self._read.decode(raw)
        except msgspec.ValidationError as error:
            raise _invalid(self._wrong(shapes.strict(raw), error)) from None

    def _wrong(self, document: Any, error: msgspec.ValidationError) -> tuple[Wrong, ...]:
        if not isinstance(document, dict):
            return (Wrong("", f"expected an object, got {invalid.kind_of(document)}"),)
        # Should every field be right by itself, what is wrong with the whole is said.
        return invalid.wrong_fields(self._inputs, cast("dict[str, Any]", document)) or (Wrong("", str(error)),)


def _invalid(wrong: tuple[Wrong, ...]) -> Fault:
    match wrong:
        case [one]:
            detail = f"{one.where or 'The input'}: {one.why}."
        case _ if len(wrong) == invalid.MOST:
            detail = f"At least {len(wrong)} fields of the input are wrong; the first {len(wrong)} are listed."
        case _:
            detail = f"{len(wrong)} fields of the input are wrong."
    return Fault("invalid", detail, wrong=wrong)


# ---- declaration


def declared(
    function: Callable[..., Any],
    *,
    name: str | None = None,
    path: str | None = None,
    retry_after: float = 2.0,
    timeout: float | None = None,
    concurrency: int = 4,
    retries: int = 0,
    retry_on: tuple[type[Exception], ...] = (),
    retention: float | None = _WEEK,
    max_queued: int | None = None,
) -> TaskType:
    """The task type of a sync or async function; the options are attributes of `TaskType`.

    Raises:
        TypeError: its signature cannot be that of a task; function and parameter are named.
        ValueError: an option makes no sense.
    """
    called = name or str(getattr(function, "__name__", ""))
    _check_callable(function, called)
    hints = _hints(function, called)
    parameters = [_annotated(one, hints, called) for one in inspect.signature(function).parameters.values()]
    injected: dict[str, Injected] = {
        one.name: given for one in parameters if (given := _injected(one.annotation)) is not None
    }
    inputs = [one for one in parameters if one.name not in injected]
    modelled = frozenset(one.name for one in inputs if _fits(one, called))
    shape = _struct(called, inputs)
    result = _returned(hints.get("return"), called)
    documented = inspect.getdoc(function) or ""
    summary, _, description = documented.partition("\n")
    return TaskType(
        name=called,
        function=function,
        is_async=inspect.iscoroutinefunction(function),
        summary=summary.strip(),
        description=description.strip(),
        path=path,
        retry_after=retry_after,
        timeout=timeout,
        concurrency=concurrency,
        retries=retries,
        retry_on=tuple(retry_on),
        retention=retention,
        max_queued=max_queued,
        injected=MappingProxyType(injected),
        input_schema=_input_schema(called, shape, inputs),
        result_schema={} if result is Any else shapes.schema(result, "serialization"),
        _inputs=shape,
        _read=shapes.reader(shape),
        _result=result,
        _judge=shapes.judge(result),
        _modelled=modelled,
    )


def _rules(task: TaskType) -> dict[str, bool]:
    """What its options must be, and whether they are."""
    return {
        "name: letters, digits, `_`, `.` and `-`, a letter first, at most 100": bool(_NAME.fullmatch(task.name)),
        "path: such as /reports, without a slash at its end": task.path is None or bool(_PATH.fullmatch(task.path)),
        "retry_after: seconds, 0 or more, and finite": 0 <= task.retry_after < inf,
        "timeout: seconds, more than 0 and finite; None: no end": task.timeout is None or 0 < task.timeout < inf,
        "concurrency: 1 or more": task.concurrency >= 1,
        "retries: 0 or more": task.retries >= 0,
        "retention: seconds, more than 0 and finite; None: for ever": (
            task.retention is None or 0 < task.retention < inf
        ),
        "max_queued: 1 or more": task.max_queued is None or task.max_queued >= 1,
    }


def _check_callable(function: Any, called: str) -> None:
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        raise TypeError(f"{called}() cannot be a task: it yields; return one result, and report with Progress")


def _hints(function: Any, called: str) -> dict[str, Any]:
    try:
        return get_type_hints(function, include_extras=True)
    except (NameError, SyntaxError) as error:
        raise TypeError(
            f"{called}() cannot be a task: its annotations cannot be read ({error}); "
            "types must be imported at run time and stand at the top of a module"
        ) from None


def _annotated(parameter: inspect.Parameter, hints: Mapping[str, Any], called: str) -> inspect.Parameter:
    match parameter.kind:
        case inspect.Parameter.VAR_POSITIONAL:
            raise _refusal(called, f"*{parameter.name}", "inputs have names")
        case inspect.Parameter.VAR_KEYWORD:
            raise _refusal(called, f"**{parameter.name}", "every input is declared; use a dict for what is open")
        case inspect.Parameter.POSITIONAL_ONLY:
            raise _refusal(called, parameter.name, "it is positional only, and inputs are given by name")
        case _ if parameter.name not in hints:
            raise _refusal(called, parameter.name, "it has no annotation")
        case _:
            return parameter.replace(annotation=hints[parameter.name])


def _refusal(called: str, parameter: str, why: str) -> TypeError:
    return TypeError(f"parameter {parameter} of {called}() cannot be an input: {why}")


def _injected(annotation: Any) -> Injected | None:
    if get_origin(annotation) is Annotated:
        mark = next((one for one in get_args(annotation)[1:] if isinstance(one, Resource)), None)
        return mark if mark is not None else _injected(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        # `progress: Progress | None = None` is how a function stays callable without a server.
        given = [one for one in get_args(annotation) if one is not type(None)]
        return _injected(given[0]) if len(given) == 1 else None
    if annotation is Progress:
        return "progress"
    return "info" if annotation is TaskInfo else None


def _fits(parameter: inspect.Parameter, called: str) -> bool:
    """Whether a model is in an input's type; raises TypeError where type or default cannot be an input."""
    kind: Any = parameter.annotation
    for one in _unchecked(kind):
        raise _refusal(called, parameter.name, f"{one!r} would not be checked; use msgspec.Meta, or a pydantic model")
    try:
        modelled = shapes.has_model(kind)
    except (TypeError, ValueError, NameError) as error:
        raise _refusal(called, parameter.name, str(error)) from None
    if parameter.default is not inspect.Parameter.empty:
        _check_default(parameter, called)
    return modelled


def _unchecked(annotation: Any) -> Iterator[Any]:
    """Constraints in an annotation that msgspec passes over in silence."""
    if get_origin(annotation) is Annotated:
        marks = cast("tuple[Any, ...]", annotation.__metadata__)
        yield from (one for one in marks if type(one).__module__.partition(".")[0] in ("annotated_types", "pydantic"))
    if get_origin(annotation) is not Literal:
        for one in get_args(annotation):
            yield from _unchecked(one)


def _check_default(parameter: inspect.Parameter, called: str) -> None:
    # In a struct, since UNSET is a value of fields only.
    shape = _struct(called, [parameter])
    try:
        shapes.reader(shape).decode(shapes.write(shape(), "validation"))
    except (TypeError, msgspec.ValidationError) as error:
        why = f"its default {parameter.default!r} does not fit its annotation: {error}"
        raise _refusal(called, parameter.name, why) from None


def _struct(called: str, inputs: list[inspect.Parameter]) -> type[msgspec.Struct]:
    fields = [(one.name, one.annotation, *_default(one.default)) for one in inputs]
    return msgspec.defstruct(called, fields, kw_only=True, forbid_unknown_fields=True)


def _default(value: Any) -> tuple[Any, ...]:
    if value is inspect.Parameter.empty:
        return ()
    if value is msgspec.UNSET or isinstance(value, _FIXED):
        return (value,)
    return (msgspec.field(default_factory=partial(copy.deepcopy, value)),)


def _returned(annotation: Any, called: str) -> Any:
    """The type of the result; Any where nothing is said about it, or only that there is none."""
    if annotation is None or annotation is type(None):
        return Any
    try:
        shapes.has_model(annotation)
    except (TypeError, ValueError, NameError) as error:
        raise TypeError(f"the return annotation of {called}() cannot be that of a result: {error}") from None
    return annotation


def _input_schema(called: str, shape: type[msgspec.Struct], inputs: list[inspect.Parameter]) -> dict[str, Any]:
    document: dict[str, Any] = {**shapes.schema(shape, "validation"), "title": called}
    for one in inputs:
        # msgspec shows only defaults that are values; ours are made anew for each call where they can be changed.
        if one.default is not inspect.Parameter.empty and one.default is not msgspec.UNSET:
            document["properties"][one.name]["default"] = shapes.plain(one.default)
    return document
