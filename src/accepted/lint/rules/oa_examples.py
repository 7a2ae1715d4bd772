"""OA: the examples of a create and of its poll, one for each thing that may happen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from accepted.documents.nodes import Node, mapping
from accepted.documents.openapi import Operation
from accepted.documents.parts import Answer
from accepted.documents.schemas import Schema
from accepted.documents.statuses import vocabulary
from accepted.lint.rule import Context, Found, Severity, rule
from accepted.lint.rules import _oa
from accepted.lint.rules._oa_fits import misfit
from accepted.lint.subjects import Api, Create, Poll


@rule("OA526", "no-examples", Severity.WARNING, on=Api)
def no_examples(api: Api, context: Context) -> Iterator[Found]:
    """A create or a poll has no examples, lacks some, or has one that its schema does not allow.

    ## What it does
    Looks for an example at the body of a create's success, and at that of the poll for one that is pending and one of
    each final status. An example at the schema counts. With the extra `lint` installed, every example is held against
    its schema.

    ## Why it matters
    Examples are what people copy and what mock servers answer. A poll with one example, a completed task, makes clients
    that have never seen another.

    ## How to fix
    Give `examples` by name: `queued`, `completed`, `failed`, ... with whole bodies.

    ## When it may be wrong
    Where a final status cannot be reached by this operation.

    ## Bad
    ```yaml bad
    openapi: 3.1.0
    info: {title: Jobs, version: "1"}
    paths:
      /jobs:
        post:
          operationId: createJob
          responses:
            "202":
              description: Accepted
              content:
                application/json:
                  schema: {required: [id], properties: {id: {type: string}}}
                  example: {id: 7}
    ```

    ## Good
    ```yaml good
    openapi: 3.1.0
    info: {title: Jobs, version: "1"}
    paths:
      /jobs:
        post:
          operationId: createJob
          responses:
            "202":
              description: Accepted
              content:
                application/json:
                  schema: {required: [id], properties: {id: {type: string}}}
                  example: {id: job_7}
    ```
    """
    del context
    for create in (Create(api=api, detected=one) for one in _oa.asynchronous(api, "create")):
        answer = _oa.success(create.operation)
        if answer is not None and answer.schema is not None:
            if not _examples(answer):
                yield _oa.found(create, answer, f"the {answer.code} has no example; add one of a task that has begun")
            yield from _misfits(api, create, answer)
    for poll in _oa.polls(api):
        answer = _oa.polled(poll.operation)
        if answer is not None:
            yield from _of_poll(poll, answer)
            yield from _misfits(api, poll, answer)


def _of_poll(poll: Poll, answer: Answer) -> Iterator[Found]:
    lacking = _lacking(poll.operation, [one.value for one in _examples(answer)])
    if lacking:
        yield _oa.found(poll, answer, f"the {answer.code} has no example of {', '.join(lacking)}; add one of each")


def _lacking(operation: Operation, examples: list[object]) -> list[str]:
    """What no example shows: a pending task, and each final status."""
    told = _oa.status(operation)
    if told is None or not told[1].values:
        return [] if examples else ["a pending and of a finished task"]
    name, schema, _ = told
    known = vocabulary(name, schema.values)
    shown = {word for one in examples for word in _words(one, name)}
    pending = (*known.waiting, *known.running)
    final = (*known.succeeded, *(() if known.succeeded else known.settled), *known.failed)
    first = ["a pending task"] if pending and shown.isdisjoint(pending) else []
    return first + [f"`{word}`" for word in final if word not in shown]


def _words(value: object, name: str, depth: int = 4) -> Iterator[str]:
    """The values of a status in an example, a few levels deep."""
    for key, below in mapping(value).items() if depth else ():
        if key == name and isinstance(below, str):
            yield below
        yield from _words(below, name, depth - 1)


def _examples(answer: Answer) -> list[Node]:
    """The examples of an answer; where it has none, those of its schema."""
    return list(answer.examples.values()) or list(_of_schema(answer.schema))


def _of_schema(schema: Schema | None) -> Iterator[Node]:
    if schema is None:
        return
    single = schema.get("example")
    if single is not None:
        yield Node(single, f"{schema.pointer}/example", schema.file)
    several = schema.get("examples")
    for number, one in enumerate(cast("list[Any]", several) if isinstance(several, list) else ()):
        yield Node(one, f"{schema.pointer}/examples/{number}", schema.file)
    if single is None and not several and schema.type == "object" and _complete(schema):
        yield Node({name: _of_property(one) for name, one in schema.properties.items()}, schema.pointer, schema.file)


def _complete(schema: Schema) -> bool:
    """Whether every property that is required, or else every one, has an example: together they are a whole one."""
    names = schema.required or frozenset(schema.properties)
    return bool(names) and all(
        _of_property(one) is not None for name, one in schema.properties.items() if name in names
    )


def _of_property(schema: Schema) -> object:
    return schema.get("example")


def _misfits(api: Api, subject: Create | Poll, answer: Answer) -> Iterator[Found]:
    for node in answer.examples.values() if answer.schema else ():
        wrong = misfit(api, answer.schema, node.value) if answer.schema else ""
        if wrong:
            yield _oa.found(subject, node, f"this example does not fit its schema: {wrong}; correct one of them")
