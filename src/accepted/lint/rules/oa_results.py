"""OA: where the result of a task is and of which type, as the profile's house has it; and what is no task at all."""

from __future__ import annotations

from collections.abc import Iterator

from accepted.documents.nodes import Node, mapping, reference_of
from accepted.documents.openapi import Operation
from accepted.documents.parts import Answer
from accepted.documents.schemas import Schema
from accepted.lint.rule import Context, Found, Severity, rule
from accepted.lint.rules import _oa
from accepted.lint.rules._oa_houses import HOUSES
from accepted.lint.subjects import Api, Create, Poll

_OPTIONS = "x-ms-long-running-operation-options"


@rule("OA514", "result-untold", Severity.WARNING, on=Create)
def result_untold(create: Create, context: Context) -> Iterator[Found]:
    """A create does not say where its result will be, or of which type it is, as its house does.

    ## What it does
    Profiles of Azure: a create that is no delete has `x-ms-long-running-operation-options` with `final-state-via`.
    AIP: the Operation that it answers with has `response` and `metadata`, and both say what is in them. OGC: an
    operation below the poll answers with the results. The other profiles leave it open, and nothing is found.

    ## Why it matters
    A generated client returns the result, so it has to know its type and where to get it.

    ## How to fix
    Add what the finding names.

    ## When it may be wrong
    Where a task has no result.

    ## Bad
    ```yaml bad
    # config: profile = "azure-arm"
    openapi: 3.1.0
    info: {title: Labs, version: "1"}
    paths:
      /labs/{id}/start:
        post:
          operationId: startLab
          responses: {"202": {description: Accepted}}
    ```

    ## Good
    ```yaml good
    # config: profile = "azure-arm"
    openapi: 3.1.0
    info: {title: Labs, version: "1"}
    paths:
      /labs/{id}/start:
        post:
          operationId: startLab
          x-ms-long-running-operation-options: {final-state-via: location}
          responses: {"202": {description: Accepted}}
    ```
    """
    house = HOUSES[context.config.profile]
    if house.result is None or create.operation.method == "DELETE":
        return
    ways = {"final-state-via": _final_state, "operation": _of_operation, "results": _below_poll}
    told = ways[house.told](create)
    if told:
        message = f"{told} (profile {context.config.profile})"
        yield _oa.found(create, create.operation, message, severity=house.result)


def _final_state(create: Create) -> str:
    options = mapping(create.operation.extensions.get(_OPTIONS))
    known = options.get("final-state-via") or options.get("final-state-schema")
    return "" if known else f"nothing says where the result is; add `{_OPTIONS}` with `final-state-via`"


def _of_operation(create: Create) -> str:
    answer = _oa.success(create.operation)
    schema = answer.schema if answer else None
    missing = [
        f"`{name}`"
        for name in ("response", "metadata")
        if schema is None or not _says_something(schema.properties.get(name))
    ]
    return f"the Operation does not say what is in {' and '.join(missing)}; give both a schema" if missing else ""


def _says_something(schema: Schema | None) -> bool:
    return schema is not None and bool(schema.properties or schema.name or schema.type not in {"", "object"})


def _below_poll(create: Create) -> str:
    if create.poll is None:
        return ""
    below = f"{create.poll.path.rstrip('/')}/"
    has = create.api.description.reads(below)
    return "" if has else f"no operation answers with the results; add `GET {below}results`"


@rule("OA515", "result-elsewhere", Severity.WARNING, on=Create)
def result_elsewhere(create: Create, context: Context) -> Iterator[Found]:
    """A create says that its result is where it cannot be.

    ## What it does
    Holds `final-state-via` of `x-ms-long-running-operation-options` against the document: a header that it names is
    declared at the answer; `original-uri` is a path that can be read, and not that of a POST.

    ## Why it matters
    A generated client goes there when the task is done, and fails after the work has succeeded.

    ## How to fix
    Declare the header, or name another place.

    ## When it may be wrong
    Where the header is sent and not declared: declare it.

    ## Bad
    ```yaml bad
    openapi: 3.1.0
    info: {title: Labs, version: "1"}
    paths:
      /labs/{id}/start:
        post:
          operationId: startLab
          x-ms-long-running-operation-options: {final-state-via: original-uri}
          responses: {"202": {description: Accepted}}
    ```

    ## Good
    ```yaml good
    openapi: 3.1.0
    info: {title: Labs, version: "1"}
    paths:
      /labs/{id}/start:
        post:
          operationId: startLab
          x-ms-long-running-operation-options: {final-state-via: location}
          responses:
            "202":
              description: Accepted
              headers: {Location: {schema: {type: string}}}
    ```
    """
    options = create.operation.node.get(_OPTIONS)
    via = options.text("final-state-via").lower() if options else ""
    told = _wrong_target(create, via)
    if options is not None and told:
        yield _oa.found(create, options.pointer, told, severity=HOUSES[context.config.profile].target)


_HEADERS = {
    "location": "location",
    "azure-async-operation": "azure-asyncoperation",
    "operation-location": "operation-location",
}


def _wrong_target(create: Create, via: str) -> str:
    operation = create.operation
    declared = {name for answer in operation.successes for name in answer.headers}
    read = create.api.description.reads(operation.path) == operation.path
    if via in _HEADERS and _HEADERS[via] not in declared:
        return f"the result is said to be via `{via}`, and no success declares that header; declare it"
    if via == "original-uri" and (operation.method == "POST" or not read):
        return (
            f"the result is said to be at the path of the {operation.method}, which nobody can read; name another place"
        )
    return ""


@rule("OA516", "type-unresolved", Severity.WARNING, on=Api)
def type_unresolved(api: Api, context: Context) -> Iterator[Found]:
    """The type of what a create or a poll answers with leads nowhere.

    ## What it does
    Follows the references of the schemas of success, two levels deep, and `final-state-schema`. A reference into this
    document that leads nowhere is found. An error in the profiles of Azure, AIP and OGC.

    ## Why it matters
    The result of the task is of a type that nobody knows.

    ## How to fix
    Correct the reference, or add the schema.

    ## When it may be wrong
    Never: the reference is into this document.

    ## Bad
    ```yaml bad
    openapi: 3.1.0
    info: {title: Reports, version: "1"}
    paths:
      /reports:
        post:
          operationId: createReport
          responses:
            "202":
              description: Accepted
              content: {application/json: {schema: {$ref: "#/components/schemas/Task"}}}
    ```

    ## Good
    ```yaml good
    openapi: 3.1.0
    info: {title: Reports, version: "1"}
    paths:
      /reports:
        post:
          operationId: createReport
          responses:
            "202":
              description: Accepted
              content: {application/json: {schema: {$ref: "#/components/schemas/Task"}}}
    components:
      schemas:
        Task: {properties: {id: {type: string}}}
    ```
    """
    grade = HOUSES[context.config.profile].types
    told = set[tuple[str, str]]()
    for one in _oa.asynchronous(api, "create", "poll"):
        subject = Create(api=api, detected=one) if one.role == "create" else Poll(api=api, detected=one)
        for node, reference in _broken(api, one.operation):
            if (node.file, node.pointer) not in told:
                told.add((node.file, node.pointer))
                yield _oa.found(subject, node, f"`{reference}` leads nowhere; add that schema", severity=grade)


def _broken(api: Api, operation: Operation) -> Iterator[tuple[Node, str]]:
    """The references of the types of an operation's successes that lead nowhere in their own file."""
    files = api.description.files
    options = operation.node.get(_OPTIONS)
    final = options.text("final-state-schema") if options else ""
    if options is not None and final.startswith("#") and files.find(final, operation.file) is None:
        yield options, final
    for answer in operation.successes:
        for node in _types(answer):
            reference = reference_of(node.value)
            if reference is not None and reference.startswith("#") and files.find(reference, node.file) is None:
                yield node, reference


def _types(answer: Answer) -> Iterator[Node]:
    for media in answer.content:
        outer = answer.node.get("schema") or media.node.get("schema")
        if outer is not None:
            yield outer
        for part in media.schema.parts if media.schema else ():
            below = part.get("properties")
            yield from (node for _, node in below.members()) if below else ()


@rule("OA517", "create-streams", Severity.WARNING, on=Create)
def create_streams(create: Create, context: Context) -> Iterator[Found]:
    """A create answers with a stream.

    ## What it does
    Looks at the media types of a create's success for one that is a stream (`text/event-stream`, lines of JSON) and
    nothing else. With the profile `aip` a stream beside another type is found, too, and is an error.

    ## Why it matters
    An answer that goes on until the work is done is not asynchronous, whatever its code: the caller holds a connection.

    ## How to fix
    Answer with the task, and stream from an operation of its own, such as `GET /reports/{id}/events`.

    ## When it may be wrong
    Where the stream is short and no part of the work.

    ## Bad
    ```yaml bad
    openapi: 3.1.0
    info: {title: Reports, version: "1"}
    paths:
      /reports:
        post:
          operationId: createReport
          responses: {"202": {description: Accepted, content: {text/event-stream: {schema: {type: string}}}}}
    ```

    ## Good
    ```yaml good
    openapi: 3.1.0
    info: {title: Reports, version: "1"}
    paths:
      /reports:
        post:
          operationId: createReport
          responses: {"202": {description: Accepted, content: {application/json: {schema: {type: object}}}}}
    ```
    """
    house, answer = HOUSES[context.config.profile], _oa.success(create.operation)
    types = [one.media_type for one in answer.content] if answer else []
    streams = [one for one in types if one.partition(";")[0].strip().lower() in _STREAMS]
    if answer and streams and (house.any_stream or len(streams) == len(types)):
        told = f"the {answer.code} is a stream (`{streams[0]}`); answer with the task, and stream elsewhere"
        yield _oa.found(create, answer, told, severity=house.stream)


_STREAMS = {
    "application/json-seq",
    "application/jsonl",
    "application/stream+json",
    "application/x-ndjson",
    "multipart/mixed",
    "text/event-stream",
}


@rule("OA518", "some-writes-wait", Severity.INFORMATION, on=Api)
def some_writes_wait(api: Api, context: Context) -> Iterator[Found]:
    """Some writes of a resource are tasks, and others of the same resource are not.

    ## What it does
    With the profile `aip`: where the create of a resource is a task, its update, delete and undelete are looked at.

    ## Why it matters
    Declarative tools treat all changes of a resource alike; a change that takes as long as the create times out.

    ## How to fix
    Let all of them answer with an Operation.

    ## When it may be wrong
    Where a change is done at once.

    ## Bad
    ```yaml bad
    # config: profile = "aip"
    openapi: 3.1.0
    info: {title: Labs, version: "1"}
    paths:
      /labs:
        post: {operationId: createLab, x-long-running: true, responses: {"200": {description: An Operation}}}
      /labs/{id}:
        patch: {operationId: updateLab, responses: {"200": {description: The lab}}}
    ```

    ## Good
    ```yaml good
    # config: profile = "aip"
    openapi: 3.1.0
    info: {title: Labs, version: "1"}
    paths:
      /labs:
        post: {operationId: createLab, x-long-running: true, responses: {"200": {description: An Operation}}}
      /labs/{id}:
        patch: {operationId: updateLab, x-long-running: true, responses: {"200": {description: An Operation}}}
    ```
    """
    grade = HOUSES[context.config.profile].declarative
    if grade is None:
        return
    tasks = {one.operation.pointer for one in _oa.asynchronous(api, "create", "cancel")}
    created = {one.path: one for one in api.description.operations if one.pointer in tasks and one.method == "POST"}
    for one in api.description.operations:
        collection, _, item = one.path.rpartition("/")
        write = one.method in {"DELETE", "PATCH", "PUT"} or item.endswith("}:undelete")
        if write and item.startswith("{") and collection in created and one.pointer not in tasks:
            told = f"`{created[collection].key}` begins a task and `{one.key}` does not; answer with an Operation, too"
            yield Found(one, told, operation=one.key, pair=created[collection].key, severity=grade)
