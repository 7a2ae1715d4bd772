"""The page of one service, from its contract and the docstrings of its inputs and result."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from types import ModuleType
from typing import Any

from core_pages import follows
from decisions import decisions, lost_create
from text import (
    bullets,
    code,
    example_of,
    fence,
    first_line,
    lines,
    listed,
    number,
    page,
    pairs,
    section,
    sentence,
    table,
)

from accepted import auth, services, simulate
from accepted.cli import _inputs
from accepted.cli._docstrings import attributes
from accepted.core import codec
from accepted.core.contract import Contract, LoginFile, Step
from accepted.core.read import Meaning
from accepted.core.task import Task

AnyContract = Contract[..., Any]

VERBS = {
    "create": "create_task",
    "poll": "poll_task",
    "list": "list_tasks",
    "cancel": "cancel_task",
    "items": "iter_items",
    "download": "download",
    "usage": "get_usage",
}
"""Operation -> method of the client; acts have one of their own, `act`."""

STANDARDS = {
    "our errors": "../errors.md",
    "our statuses": "../statuses.md",
    "the machine": "../machine.md",
    "AsyncAPI": "https://www.asyncapi.com/",
    "the Azure pattern": "https://learn.microsoft.com/azure/architecture/patterns/async-request-reply",
    "RESTful long-running tasks": "https://restfulapi.net/rest-api-design-for-long-running-tasks/",
}


def service_page(contract: AnyContract) -> str:
    """What one service promises, and what our client makes of it."""
    return page(
        contract.title,
        _opening(contract),
        section("Walk through", fence("mermaid", _sequence(contract)), fence("text", _walk(contract))),
        section("Example", *_examples(contract)),
        section("Credential", _credential(contract)),
        section("What it can do", table("verb | method | begins with", _capabilities(contract))),
        section("Inputs", table("name | type | default | meaning", _input_rows(contract.inputs))),
        section("Result", *_result(contract)),
        section("Filters of the list", *_filters(contract)),
        section("Statuses", table("its word | ours | reason | final | `poll_task`", _words(contract)), _UNMAPPED),
        section("Acts", table("act | what it does | request | inputs | reopens a final task", _acts(contract))),
        section("Requests", table("operation | step | request | codes | repeat | notes", _requests(contract))),
        section("When it is asked again", *_guidance(contract)),
        section("What follows an answer", *decisions(contract)),
        section("My create timed out", lost_create(contract)),
        section("Cancel", _cancel(contract)),
        section("Finding lost ids", _finding(contract)),
        section("Limits, cost, retention", bullets(_limits(contract))),
        section("Good to know", bullets(contract.facts.notes)),
        section("A simulator of it", *_simulator(contract)),
        section("One document per status", *_documents(contract)),
        section("Links", bullets(f"[{name}]({url})" for name, url in {**contract.facts.links, **STANDARDS}.items())),
    )


_UNMAPPED = "Any other word is `unknown`: not final, warned about once, and bounded by the timeout."


def _module(contract: AnyContract) -> ModuleType:
    return import_module(f"{services.__name__}.{contract.name.replace('-', '_')}")


def _opening(contract: AnyContract) -> str:
    return lines(
        sentence(first_line(_module(contract))),
        "Creating a task returns at once with its id; this does not mean that it is done.",
        f"Base URL: `{contract.base_url}`."
        if contract.base_url
        else "Base URL: only you know it; give it as `base_url`.",
        f"Facts checked on {contract.facts.checked}.",
        f"Verified: {contract.facts.verified}.",
    )


# ---- the walk through


def _sequence(contract: AnyContract) -> str:
    """The create, the polls and the result as a sequence diagram."""
    return "\n".join(
        (
            "sequenceDiagram",
            "    participant client",
            f"    participant service as {contract.title}",
            *_exchanges(contract.create, "the task's id: create_task returns"),
            *_poll_loop(contract),
            *_exchanges(contract.results, "the result: poll_task returns"),
        )
    )


def _exchanges(steps: Sequence[Step], last: str) -> Iterator[str]:
    for step in steps:
        answer = " or ".join(map(str, step.codes)) + (f", {last}" if step is steps[-1] else "")
        yield f"    client->>service: {_ask(step)}"
        yield f"    service-->>client: {answer}"


def _poll_loop(contract: AnyContract) -> Iterator[str]:
    if contract.poll:
        schedule = contract.schedule
        yield f"    loop every {number(schedule.first)} to {number(schedule.longest)}, until final"
        yield from (f"    {line}" for line in _exchanges(contract.poll, "what it says of the task"))
        yield "    end"


def _ask(step: Step) -> str:
    return f"{step.method} {step.path}{' (where needed)' if step.optional else ''}"


def _walk(contract: AnyContract) -> str:
    """The same as plain text."""
    operations = contract.operations()
    parts = (("Step 1/2", "create"), ("Step 2/2", "poll"), ("then", "result"))
    told = [
        ("" if index else label, step)
        for label, operation in parts
        for index, step in enumerate(operations.get(operation, ()))
    ]
    width = max(len(_ask(step)) for _, step in told)
    return "\n".join(f"{label:9} {_ask(step):{width}} -> {'/'.join(map(str, step.codes))}" for label, step in told)


def _examples(contract: AnyContract) -> Iterator[str]:
    if source := example_of(_module(contract)):
        yield fence("python", source)
    yield fence("sh", f"{_inputs.command('create', contract)}\naccepted poll {contract.name}:ID")


def _credential(contract: AnyContract) -> str:
    declared = contract.credential
    if declared is None:
        return "It needs none."
    variables = auth.variables(contract)
    return lines(
        sentence(declared.how),
        f"It travels in the field `{declared.header}`.",
        f"Looked for in {listed(variables)}{', first one first' if len(variables) > 1 else ''}.",
        _login(contract, declared.file) if declared.file else "",
    )


def _login(contract: AnyContract, file: LoginFile) -> str:
    never = f"{auth.prefix(contract.name)}_REFRESH=never"
    return lines(
        f"Otherwise it is the login in `${file.variable}/{file.name}` (`{file.folder}` unless set),"
        f" which is sent to {listed(file.origins)} only, whatever the base URL.",
        f"A token with less than {number(file.early)} left is renewed and written back,"
        f" in one step, under a lock in a file beside it (`{file.name}.accepted-lock`);"
        f" everything else in the file stays. `{never}` turns that off.",
        "After a 401 the file is read again, and a token whose end nobody can tell is renewed; one that is still fresh"
        " is not.",
    )


def _capabilities(contract: AnyContract) -> Iterator[tuple[str, str, str]]:
    operations = {name.partition(":")[0]: (name, steps) for name, steps in reversed(contract.operations().items())}
    for operation, method in VERBS.items():
        name, steps = operations.get(operation, ("", ()))
        asks = _request(steps[0]) if steps else "none: `Unsupported`, before any request"
        yield operation, code(method), asks + (" (experimental)" if name in contract.experimental else "")


def _request(step: Step) -> str:
    # The one step with such a path is the download of a file, wherever it is.
    return (
        "`GET` of the file's URL; nothing if it came inline"
        if step.path == "{+url}"
        else code(f"{step.method} {step.path}")
    )


# ---- inputs and results


def _input_rows(shape: Any) -> Iterator[tuple[str, ...]]:
    for name, schema, one in _fields(shape):
        default = "required" if one.required else code(schema.get("default"))
        yield code(name), in_words(schema), default, attributes(shape).get(name, "")


def _fields(shape: Any) -> Iterator[tuple[str, Mapping[str, Any], Any]]:
    """Each field: its name, its JSON Schema, and what `codec` knows of it."""
    schema = codec.schema(shape)
    inner = schema["$defs"][schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    for one in codec.fields(shape):
        yield one.name, inner["properties"][one.encode_name], one


def in_words(schema: Mapping[str, Any]) -> str:
    """A JSON Schema in words."""
    match schema:
        case {"anyOf": options}:
            return " or ".join(in_words(one) for one in options if one.get("type") != "null")
        case {"$ref": ref}:
            return code(ref.rpartition("/")[2])
        case {"enum": values}:
            return " or ".join(map(code, values))
        case {"pattern": pattern}:
            return f"text that matches `{pattern}`"
        case {"type": "string"}:
            return schema.get("format", "text, not empty" if schema.get("minLength") else "text")
        case {"type": "array", "items": items}:
            return f"list of {in_words(items)}"
        case {"type": "boolean"}:
            return "true or false"
        case _:
            return str(schema.get("type", "anything"))


def _filters(contract: AnyContract) -> Iterator[str]:
    if contract.listing and contract.listing.filters:
        yield table("name | type | default | meaning", _input_rows(contract.listing.filters))


def _result(contract: AnyContract) -> Iterator[str]:
    shape = inspect.signature(contract.result, eval_str=True).return_annotation
    if not (inspect.isclass(shape) and issubclass(shape, codec.Struct)):
        return
    yield lines(
        sentence(first_line(shape)),
        "Its files are in `task.artifacts`; `client.download` writes one." if contract.artifacts else "",
    )
    told = attributes(shape)
    yield table(
        "`task.result` | type | meaning",
        ((code(name), in_words(schema), told.get(name, "")) for name, schema, _ in _fields(shape)),
    )
    yield bullets(_parts(shape))


def _parts(shape: Any) -> Iterator[str]:
    """The types that a result is made of."""
    for name in codec.schema(shape).get("$defs", {}):
        part = getattr(inspect.getmodule(shape), name, shape)
        if part is not shape:
            yield f"`{name}`: {first_line(part).removesuffix('.')}, with {listed(one for one, _, _ in _fields(part))}."


# ---- statuses, acts, requests


def _words(contract: AnyContract) -> Iterator[tuple[str, ...]]:
    for word, means in contract.words.items():
        meaning = means if isinstance(means, Meaning) else Meaning(means)
        task: Task[Any] = Task(service=contract.name, id="1", status=meaning.status, outcome=meaning.outcome)
        outcome = f", outcome `{meaning.outcome}`" if meaning.outcome else ""
        final = "yes" if meaning.status.final else "no"
        yield code(word) or "(absent)", code(meaning.status) + outcome, code(meaning.reason), final, follows(task)


def _acts(contract: AnyContract) -> Iterator[tuple[str, ...]]:
    for name, act in contract.acts.items():
        inputs = listed(one.name for one in codec.fields(act.inputs)) if act.inputs else "none"
        does = next((step for step in act.steps if step.commits), act.steps[-1])
        tried = " (experimental)" if f"act:{name}" in contract.experimental else ""
        yield code(name), act.summary + tried, _request(does), inputs, "yes" if act.reopens else "no"


def _requests(contract: AnyContract) -> Iterator[tuple[str, ...]]:
    for operation, steps in contract.operations().items():
        if operation not in {"find", "download"}:
            for step in steps:
                codes = ", ".join(map(str, step.codes))
                notes = [*_notes(step), *(["experimental"] if operation in contract.experimental else [])]
                name = operation.rpartition(":")[2]
                yield name, step.name, _request(step), codes, code(step.repeat), "; ".join(notes)


def _notes(step: Step) -> Iterator[str]:
    if step.pages:
        yield f"paged, {step.page_size[1]} a page" if step.page_size else "paged"
    if step.optional:
        yield "only where needed; its failure is no failure"
    if step.streamed:
        yield "streamed"


# ---- when it is asked again


def _guidance(contract: AnyContract) -> Iterator[str]:
    if contract.poll is None:
        yield "There is nothing to poll: this service has no request for the status of a task."
        return
    schedule = contract.schedule
    first, fraction, longest = number(schedule.first), f"{schedule.fraction:.0%}", number(schedule.longest)
    yield lines(
        f"The first poll comes {first} after the create; later ones after {fraction} of the task's age.",
        f"They are at least {first} and at most {longest} apart, each up to {schedule.jitter:.0%} later (jitter).",
        "Retry-After wins where it is longer, also for the first poll; so does your own `min_interval`.",
        "A 429 or 503 pauses everything of that credential and host, not only one task.",
        f"Without a `timeout`, `poll_task` waits {number(contract.longest_wait)}, then raises `PollTimeout`.",
        "The task goes on all the same.",
    )
    yield table("a task of | is polled at most | and noticed late by at most", _lags(contract))


def _lags(contract: AnyContract) -> Iterator[tuple[str, str, str]]:
    for duration in (30.0, 600.0, 3600.0):
        ages = _poll_ages(contract, duration)
        gap = (ages[-1] - ages[-2]) * (1 + contract.schedule.jitter)
        yield number(duration), f"{len(ages)} times", f"{gap:.2g} s"


def _poll_ages(contract: AnyContract, duration: float) -> list[float]:
    """A task's ages in seconds at its polls, without jitter, from 0 up to the one that finds it done."""
    schedule = replace(contract.schedule, jitter=0.0)
    ages = [schedule.delay(0.0, 0, 0)]
    while ages[-1] < duration:
        ages.append(ages[-1] + schedule.delay(ages[-1], 0, 0))
    return ages


# ---- what else people ask


def _cancel(contract: AnyContract) -> str:
    if contract.cancel is None:
        return "There is none: `cancel_task` raises `Unsupported`, before any request."
    return lines(
        f"{_request(contract.cancel[0])}: the task is then `cancelling`, or final.",
        "It may still complete; only a poll tells.",
    )


def _finding(contract: AnyContract) -> str:
    ours = "`accepted tasks` shows what was created from this machine and is in flight, without a request."
    if contract.listing is None:
        return lines(ours, "The service has no list.")
    full = "Where many tasks are waited for, a page of it may stand for many polls." if contract.listing.full else ""
    return lines(ours, f"`client.list_tasks()` asks the service: {_request(contract.listing.step)}.", full)


def _limits(contract: AnyContract) -> Iterator[str]:
    yield f"Creates under way at once, per credential and host: {contract.limits.creates_at_once}."
    yield f"Requests under way at once: {contract.limits.requests_at_once}."
    yield f"Cost: {contract.facts.cost}."
    yield f"Duration: {contract.facts.typical}."
    yield f"Retention: {contract.facts.retention}."
    gone = "becomes `gone`" if contract.missing == "gone" else "raises `TaskNotFound`"
    yield f"A task that was known, was not final, and is answered with 404 {gone}."


def _simulator(contract: AnyContract) -> Iterator[str]:
    if contract.name in simulate.names():
        known = simulate.scenarios(contract.name)
        yield fence("sh", f"accepted simulate {contract.name} --scenario {','.join(sorted(known)[:2])}")
        yield "Scenarios combine."
        yield table("scenario | what it does", pairs(known))


def _documents(contract: AnyContract) -> Iterator[str]:
    for status, document in contract.examples.items():
        yield f"`{status}`:"
        yield fence("json", codec.pretty(document))
