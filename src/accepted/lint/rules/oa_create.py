"""OA: what the answer of a create gives to its caller - where to ask, when, and for which id."""

from __future__ import annotations

import re
from collections.abc import Iterator

from accepted.documents.signals import Signals
from accepted.documents.subjects import levels
from accepted.lint.rule import Context, Found, Severity, rule
from accepted.lint.rules import _oa
from accepted.lint.subjects import Create


@rule("OA503", "nothing-to-poll-with", Severity.ERROR, on=Create)
def nothing_to_poll_with(create: Create, context: Context) -> Iterator[Found]:
    """The answer of a create leads nowhere.

    ## What it does
    Looks for what leads a caller from the create to the status: a header (`Location`, `Operation-Location`,
    `Content-Location`, `Azure-AsyncOperation`), or an id or a URL in the body that a documented poll takes. Neither is
    an error, or a warning where nothing but the 202 speaks for a task. An id counts by its name: the poll's own
    parameter, a bare `id`, a word for a job or for work, or what the paths and the schema are about; `userId` is no id
    of an export. The id of a task, and no operation in the document that takes it, is told as information: the header
    would make it usable.

    ## Why it matters
    Without it the task runs, and nobody can find it again.

    ## How to fix
    Answer 202 with `Location`, the URL of the task's status, and with the task's id in the body.

    ## When it may be wrong
    Where nobody should wait for the end, as for a notification: say so in the description, as OA521 tells, or in the
    configuration: `dismiss = ["sendMail"]`.

    ## Bad
    ```yaml bad
    openapi: 3.1.0
    info: {title: Reports, version: "1"}
    paths:
      /reports:
        post:
          operationId: createReport
          responses: {"202": {description: Accepted}}
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
              headers:
                Location: {description: Where the report is., schema: {type: string, format: uri-reference}}
    ```
    """
    del context
    answer = _oa.success(create.operation)
    if _oa.monitors(answer) or _oa.needs_nothing(create):
        return
    at, code = answer or create.operation, answer.code if answer else "answer"
    held = _oa.task_handles(create)
    add = f"add the header `Location`, the URL of {f'`{create.pair}`' if create.poll else 'its status'}"
    if not held:
        told = f"the {code} {_of_others(create)}; {add}, and the task's id in its body{_oa.way_out(create)}"
        yield _oa.found(create, at, told, severity=_oa.unpromised(create))
    elif create.poll is None:
        told = f"the {code} has `{held[0].name}`, and no operation takes it; {add}"
        yield _oa.found(create, at, told, severity=Severity.INFORMATION)


def _of_others(create: Create) -> str:
    """What the answer has instead of the id that the poll takes."""
    answer = _oa.success(create.operation)
    others = [one.name for one in _oa.handles(answer.schema if answer else None)]
    asked = ", ".join(f"`{name}`" for name in _oa.taken(create.poll)) if create.poll else ""
    if others and asked:
        return f"has `{others[0]}`, and `{create.pair}` takes {asked}"
    return "gives the client nothing to poll with"


# ---- when to ask

_UNIT = r"(?:s|secs?|seconds?|ms|milliseconds?|min|minutes?)\b"
_TIME = rf"\d+(?:\.\d+)?\s*(?:(?:-|to|and)\s*\d+\s*)?{_UNIT}|(?:one|two|few|five|ten) seconds?\b"
_BEFORE_TIME = r"\b(?:every|each|interval|wait|poll\w*|at least)\b[^.\n]{0,60}?"
_INTERVAL = re.compile(rf"{_BEFORE_TIME}(?:{_TIME})", re.IGNORECASE)
_GUIDED = re.compile(rf"{_INTERVAL.pattern}|\bretry-after\b|\bback[- ]?off\b", re.IGNORECASE)
"""In the text of the whole API `Retry-After` may be about limits; in that of a create or a poll it is guidance."""


@rule("OA504", "no-retry-guidance", Severity.WARNING, on=Create, fix="partly")
def no_retry_guidance(create: Create, context: Context) -> Iterator[Found]:
    """Nothing says how often to poll.

    ## What it does
    Looks for `Retry-After` at the create's answer or at the poll's, and for an interval in the text of either, or of
    the whole API ("every 5 seconds").

    ## Why it matters
    Callers choose an interval themselves. Some choose ten requests a second.

    ## How to fix
    Declare the header `Retry-After` at the 202 and send it, or write the interval into the description.
    `--fix` refers to `components/headers/Retry-After`, where that is there.

    ## When it may be wrong
    Where the interval is told outside the document: tell it here, too.

    ## Bad
    ```yaml bad
    openapi: 3.1.0
    info: {title: Reports, version: "1"}
    paths:
      /reports:
        post:
          operationId: createReport
          responses: {"202": {description: Accepted}}
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
              headers:
                Retry-After: {description: Seconds to wait before the first poll., schema: {type: integer}}
    ```
    """
    del context
    asked = [one for one in (create.operation, create.poll) if one is not None]
    answers = [answer for one in asked for answer in one.successes]
    guided = any(_GUIDED.search(_oa.text(one)) for one in asked) or _INTERVAL.search(create.api.description.description)
    pollable = create.poll is not None or any(answer.code == "202" for answer in answers)
    if not pollable or guided or any("retry-after" in one.headers for one in answers):
        return
    answer = _oa.success(create.operation)
    fix = _oa.retry_after(create.api, answer) if answer and _oa.inside(create.operation, answer) else ()
    told = f"nothing says when to poll; declare the header `Retry-After` at the {answer.code if answer else 'answer'}"
    yield _oa.found(create, answer or create.operation, told, fix=fix)


# ---- for which id


@rule("OA505", "no-task-id", Severity.ERROR, on=Create)
def no_task_id(create: Create, context: Context) -> Iterator[Found]:
    """The body of a create's answer has no id of the task.

    ## What it does
    Looks in the body of the create's answer for an id (or a URL) of the task, as OA503 does. None, or no body at all,
    is an error; information where a header such as `Location` leads to the task. An id without a status is told as
    information. Nothing is asked where the poll needs no id that the caller does not have.

    ## Why it matters
    The id is what a caller stores, logs, lists and cancels by. A URL in a header is lost with the answer.

    ## How to fix
    Answer with the task: its `id`, and its `status`.

    ## When it may be wrong
    Where the id has a name that does not look like one: give the poll's parameter the same name.

    ## Bad
    ```yaml bad
    openapi: 3.1.0
    info: {title: Reports, version: "1"}
    paths:
      /reports:
        post:
          operationId: createReport
          responses: {"202": {description: Accepted}}
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
              content:
                application/json:
                  schema:
                    properties:
                      id: {type: string}
                      status: {enum: [queued, running, completed, failed]}
    ```
    """
    del context
    answer = _oa.success(create.operation)
    schema = answer.schema if answer else None
    code = answer.code if answer else "answer"
    at = answer or create.operation
    if not _oa.task_handles(create) and not _oa.needs_nothing(create):
        lacks = "has no body" if schema is None else "has no id of the task in its body"
        grade = Severity.INFORMATION if _oa.monitors(answer) else _oa.unpromised(create)
        yield _oa.found(create, at, f"the {code} {lacks}; answer with its `id` and `status`", severity=grade)
    elif schema is not None and not _tells_status(create):
        told = f"the {code} has an id and no status; answer with the `status`, too"
        yield _oa.found(create, at, told, severity=Severity.INFORMATION)


def _tells_status(create: Create) -> bool:
    """Whether a success tells a status: one that is called so, or `done`."""
    signals = Signals(create.operation)
    several = signals.answer is not None and signals.answer.items is not None
    plain = any({"status", "state", "done"} & {*map(str.lower, one.properties)} for one in levels(signals.answer))
    return several or signals.subject is not None or plain
