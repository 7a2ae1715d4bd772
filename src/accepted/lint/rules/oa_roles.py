"""OA: which operations there are - what may be asynchronous, and what a create needs beside it."""

from __future__ import annotations

import json
from collections.abc import Iterator

from accepted.lint.rule import Context, Found, Severity, rule
from accepted.lint.rules import _oa
from accepted.lint.subjects import Create, Suspect


@rule("OA500", "looks-asynchronous", Severity.INFORMATION, on=Suspect)
def looks_asynchronous(suspect: Suspect, context: Context) -> Iterator[Found]:
    """An operation looks asynchronous, and nothing says whether it is.

    ## What it does
    Asks about each operation with some signs of a task and too few to judge it by. Nothing else is said of it until
    somebody answers.

    ## Why it matters
    Callers read the same signs, and guess: some wait for a result that comes later, some poll what was done at once.

    ## How to fix
    Answer with one line of configuration, the one that the finding prints: `confirm` says that it is a create (or a
    poll), and the other rules then judge it; `dismiss` says that it is not asynchronous. Better still, say it in the
    document: give the operation the tag `Async Request-Reply`, or the extension `x-async-request-reply`.

    ## When it may be wrong
    It only asks. That is what it is for.

    ## Bad
    ```yaml bad
    openapi: 3.1.0
    info: {title: Reports, version: "1"}
    paths:
      /reports:
        post:
          operationId: buildReport
          description: Runs asynchronously in the background; this may take some minutes.
          responses: {"200": {description: Done}}
    ```

    ## Good
    ```yaml good
    # config: dismiss = ["buildReport"]
    openapi: 3.1.0
    info: {title: Reports, version: "1"}
    paths:
      /reports:
        post:
          operationId: buildReport
          description: Runs asynchronously in the background; this may take some minutes.
          responses: {"200": {description: Done}}
    ```
    """
    del context
    detected, operation = suspect.detected, suspect.detected.operation
    name = json.dumps(operation.key, ensure_ascii=False)
    yield Found(
        operation,
        f"looks like a {detected.role} ({'; '.join(detected.why)}); "
        f'confirm it with confirm.{name} = "{detected.role}", or dismiss it with dismiss = [{name}]',
        operation=operation.key,
        pair=detected.pair.key if detected.pair else "",
    )


@rule("OA521", "no-poll", Severity.ERROR, on=Create)
def no_poll(create: Create, context: Context) -> Iterator[Found]:
    """No operation tells what became of the task.

    ## What it does
    Looks for the operation that a create is polled with: a link, a path below that of the create, the same id, the
    same schema, or what configuration and extension name. It is a warning where nothing but the code 202 speaks for a
    task: no id or URL in the answer, no noun or verb of a task in the name, no word about what goes on.

    ## Why it matters
    A client that gets 202 and nothing to ask can only hope. It will create the task again.

    ## How to fix
    Add a GET that takes the id which the create returns, and answers with the status. Where there is one that was not
    found, name it: `x-async-request-reply: {role: create, poll: getReport}`.

    ## When it may be wrong
    Where the end is told by a webhook alone: ignore the rule for that operation. Where nobody is meant to know it, as
    for a notification, say so in the description, "fire and forget" or "there is no status to poll": then no rule takes
    the operation for a create.

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
          responses: {"202": {description: Accepted}}
      /reports/{id}:
        get:
          operationId: getReport
          parameters: [{name: id, in: path, required: true, schema: {type: string}}]
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
    """
    del context
    if create.poll is None:
        told = f"no operation returns the status of `{create.name}`; add one, or say that there is no status to poll"
        yield Found(create.operation, told, operation=create.name, severity=_oa.unpromised(create))


@rule("OA524", "no-cancel", Severity.INFORMATION, on=Create)
def no_cancel(create: Create, context: Context) -> Iterator[Found]:
    """A task cannot be cancelled.

    ## What it does
    Looks for the operation that cancels what a create began, where there is one to poll it with.

    ## Why it matters
    Who created a task by mistake pays for it to its end.

    ## How to fix
    Add `POST /reports/{id}/cancel`. It asks; the task may still complete.

    ## When it may be wrong
    Where tasks are short, or cannot be stopped: say that in the description, and ignore the rule.

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
          parameters: [{name: id, in: path, required: true, schema: {type: string}}]
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
          parameters: [{name: id, in: path, required: true, schema: {type: string}}]
          responses:
            "200":
              description: The report
              content:
                application/json:
                  schema:
                    properties:
                      id: {type: string}
                      status: {enum: [queued, running, completed, failed, cancelled]}
      /reports/{id}/cancel:
        post:
          operationId: cancelReport
          parameters: [{name: id, in: path, required: true, schema: {type: string}}]
          responses: {"200": {description: The report}}
    ```
    """
    del context
    if create.poll is not None and create.detected.cancel is None:
        told = f"no operation cancels what `{create.name}` began"
        yield Found(create.operation, told, operation=create.name, pair=create.pair)
