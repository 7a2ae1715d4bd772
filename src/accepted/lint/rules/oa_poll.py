"""OA: what a poll tells - the status and its words, the result, and why there is none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from accepted.documents.detect import EXTENSION
from accepted.documents.nodes import mapping, reference_of
from accepted.documents.schemas import Schema
from accepted.documents.signals import Signals
from accepted.documents.statuses import vocabulary
from accepted.documents.subjects import levels
from accepted.documents.words import tokens
from accepted.lint.rule import Context, Fix, Found, Insert, Severity, rule
from accepted.lint.rules import _oa
from accepted.lint.subjects import Api, Poll

_ERROR_WORDS = frozenset(
    [
        "error",
        "errors",
        "exception",
        "fail",
        "failed",
        "failure",
        "failures",
        "fault",
        "problem",
        "problems",
        "reason",
        "warnings",
    ]
)
_KEPT_WORDS = _ERROR_WORDS | {
    *(
        "at",
        "attempt",
        "attempts",
        "by",
        "created",
        "deleted",
        "done",
        "eta",
        "expires",
        "finished",
        "id",
        "kind",
        "link",
    ),
    *("links", "message", "metadata", "name", "number", "object", "percent", "phase", "progress", "self", "stage"),
    *("started", "state", "status", "step", "time", "timestamp", "type", "updated", "version"),
}
"""Words of properties that keep account of a task; anything else may be what it yielded."""


@rule("OA506", "poll-without-status", Severity.ERROR, on=Api)
def poll_without_status(api: Api, context: Context) -> Iterator[Found]:
    """A poll does not tell the status, the result, or why there is none.

    ## What it does
    Looks in the body of the poll's answer for a status, for something that may be the result, and for a place of
    errors. A missing status is an error (a warning where 202 says that the task is not done), the others are warnings.
    A result may also be had by another operation, or by a redirect (303); a delete has none.

    ## Why it matters
    A caller who sees no status cannot stop polling, and one who sees no error cannot tell why nothing came.

    ## How to fix
    Answer with `status`, with `result` once it is completed, and with `error` once it failed. The code is 200 for a
    failed task, too: the poll did not fail.

    ## When it may be wrong
    Where result or error have names that only people understand.

    ## Bad
    ```yaml bad
    openapi: 3.1.0
    info: {title: Reports, version: "1"}
    paths:
      /reports:
        post:
          operationId: createReport
          responses: {"202": {description: Accepted}}
      /reports/{id}:
        get:
          operationId: getReport
          responses:
            "200":
              description: The report
              content:
                application/json:
                  schema:
                    properties:
                      id: {type: string}
                      status: {enum: [queued, running, completed, failed]}
    ```

    ## Good
    ```yaml good
    openapi: 3.1.0
    info: {title: Reports, version: "1"}
    paths:
      /reports:
        post:
          operationId: createReport
          responses: {"202": {description: Accepted}}
      /reports/{id}:
        get:
          operationId: getReport
          responses:
            "200":
              description: The report
              content:
                application/json:
                  schema:
                    properties:
                      id: {type: string}
                      status: {enum: [queued, running, completed, failed]}
                      result: {type: object}
                      error: {type: string}
    ```
    """
    del context
    for poll in _oa.polls(api):
        yield from _status_lacks(poll)


def _status_lacks(poll: Poll) -> Iterator[Found]:
    operation, answer = poll.operation, _oa.polled(poll.operation)
    at = answer or operation
    names = {name for level in levels(answer.schema if answer else None) for name in level.properties}
    if Signals(operation).subject is None:
        told = "its answer has no status; answer 200 with `status`, and with `result` or `error` at its end"
        by_code = "202" in operation.responses  # pending is told by the code, and failure not at all
        yield _oa.found(poll, at, told, severity=Severity.WARNING if by_code else None)
        return
    error = any(_ERROR_WORDS & {*tokens(name)} for name in names)
    result = not _yields(poll) or any(_may_be_result(name) for name in names)
    lacking = _PLACES.get((error, result))
    if lacking:
        yield _oa.found(poll, at, f"its answer has no place for {lacking}", severity=Severity.WARNING)


_PLACES = {
    (False, True): "an error; add `error`, which says why a task failed",
    (True, False): "the result; add `result`, or an operation that answers with it",
    (False, False): "the result and for an error; add `result`, and `error`, which says why a task failed",
}


def _may_be_result(name: str) -> bool:
    words = {*tokens(name)}
    return bool(words) and not (
        words & _KEPT_WORDS and not words & {"result", "results", "output", "outputs", "response"}
    )


def _yields(poll: Poll) -> bool:
    """Whether a result is to be looked for in its answer."""
    operation = poll.operation
    creates = poll.detected.creates
    below = poll.api.description.reads(f"{operation.path.rstrip('/')}/")
    elsewhere = {"302", "303"} & operation.responses.keys() or below
    return not elsewhere and not (creates and all(one.method == "DELETE" for one in creates))


# ---- the words of the status


@rule("OA507", "free-status", Severity.WARNING, on=Api, fix="partly")
def free_status(api: Api, context: Context) -> Iterator[Found]:
    """The statuses of a task are not enumerated, or not all of them.

    ## What it does
    Looks at the `enum` of the status that a poll tells: it has a word for a task that is not done, one for success, and
    one for failure. A boolean `done` is an end, and enough.

    ## Why it matters
    A caller has to know which words are the end. One that is not listed is waited for until the timeout.

    ## How to fix
    Enumerate every status. If you cannot promise that there will be no others, list those that are final and say so.

    ## When it may be wrong
    Where the words are of a language or a trade that is not known here.

    ## Bad
    ```yaml bad
    openapi: 3.1.0
    info: {title: Reports, version: "1"}
    paths:
      /reports:
        post:
          operationId: createReport
          responses: {"202": {description: Accepted}}
      /reports/{id}:
        get:
          operationId: getReport
          responses:
            "200":
              description: The report
              content: {application/json: {schema: {properties: {status: {type: string}}}}}
    ```

    ## Good
    ```yaml good
    openapi: 3.1.0
    info: {title: Reports, version: "1"}
    paths:
      /reports:
        post:
          operationId: createReport
          responses: {"202": {description: Accepted}}
      /reports/{id}:
        get:
          operationId: getReport
          responses:
            "200":
              description: The report
              content: {application/json: {schema: {properties: {status: {enum: [queued, completed, failed]}}}}}
    ```
    """
    del context
    for poll in _oa.polls(api):
        yield from _free(poll)


def _free(poll: Poll) -> Iterator[Found]:
    told = _oa.status(poll.operation)
    if told is None or told[1].type == "boolean":
        return
    name, schema, node = told
    words = schema.values
    if not words:
        if not _enumerated(schema):
            lack = f"`{name}` is a free {schema.type or 'value'}; enumerate every status"
            yield _oa.found(poll, schema, lack, fix=_declared(poll, schema, mapping(node.value)))
        return
    known = vocabulary(name, words)
    groups = {
        "one that is not final": (known.waiting, known.running),
        "success": (known.succeeded, known.settled),
        "failure": (known.failed,),
    }
    missing = [what for what, several in groups.items() if not any(several)]
    if missing and len(known.other) * 2 <= len(words):
        shown = ", ".join(f"`{word}`" for word in words[:6])
        lack = f"`{name}` ({shown}) has no status for {' and '.join(missing)}; enumerate every status"
        yield _oa.found(poll, schema, lack)


def _enumerated(schema: Schema) -> bool:
    """Whether its values are listed, as texts or numbers, also one by one in alternatives."""
    return any({"enum", "const"} & mapping(part.value).keys() for part in schema.parts)


def _declared(poll: Poll, schema: Schema, raw: Mapping[str, object]) -> tuple[Fix, ...]:
    """The words that the extension of the operation declares, where the schema is the poll's own."""
    declared = mapping(mapping(poll.operation.extensions.get(EXTENSION)).get("statuses"))
    own = _oa.inside(poll.operation, schema) and reference_of(raw) is None
    return (Insert(f"{schema.pointer}/enum", list(declared)),) if declared and own else ()


@rule("OA508", "status-writable", Severity.INFORMATION, on=Api, fix="partly")
def status_writable(api: Api, context: Context) -> Iterator[Found]:
    """The status of a task is not marked as read-only.

    ## What it does
    Looks for `readOnly: true` at the status that a poll tells.

    ## Why it matters
    The schema of a task is often that of its create, too. Generated clients then ask their users for a status.

    ## How to fix
    Add `readOnly: true` to the property.

    ## When it may be wrong
    Where callers do set the status, as in a process that people move on.

    ## Bad
    ```yaml bad
    openapi: 3.1.0
    info: {title: Reports, version: "1"}
    paths:
      /reports:
        post:
          operationId: createReport
          responses: {"202": {description: Accepted}}
      /reports/{id}:
        get:
          operationId: getReport
          responses:
            "200":
              description: The report
              content: {application/json: {schema: {properties: {status: {type: string}}}}}
    ```

    ## Good
    ```yaml good
    openapi: 3.1.0
    info: {title: Reports, version: "1"}
    paths:
      /reports:
        post:
          operationId: createReport
          responses: {"202": {description: Accepted}}
      /reports/{id}:
        get:
          operationId: getReport
          responses:
            "200":
              description: The report
              content: {application/json: {schema: {properties: {status: {type: string, readOnly: true}}}}}
    ```
    """
    del context
    for poll in _oa.polls(api):
        yield from _writable(poll)


def _writable(poll: Poll) -> Iterator[Found]:
    told = _oa.status(poll.operation)
    if told is None:
        return
    name, schema, node = told
    if schema.get("readOnly") is True or mapping(node.value).get("readOnly") is True:
        return
    # Beside a $ref a keyword counts only since 3.1, and not in Swagger.
    beside = reference_of(node.value) is None or _oa.version(poll.api) not in {"2.0", "3.0"}
    taken = any(one.takes(name) for one in map(Signals, poll.detected.creates))
    fix = (Insert(f"{node.pointer}/readOnly", value=True),) if beside and not taken else ()
    yield _oa.found(poll, node, f"`{name}` is not read-only; add `readOnly: true`", fix=fix)
