"""OA: what a create and its poll say about the pattern - the mark, the step, and that it does not wait."""

from __future__ import annotations

import re
from collections.abc import Iterator

from accepted.docs.openapi import extension_schema
from accepted.documents.detect import EXTENSION, ROLES, TAG
from accepted.documents.nodes import mapping
from accepted.documents.openapi import Operation
from accepted.documents.prose import HEADER
from accepted.documents.signals import LRO_EXTENSIONS, Signals
from accepted.documents.tiers import Detected
from accepted.lint.rule import Context, Fix, Found, Insert, Severity, rule
from accepted.lint.rules import _oa
from accepted.lint.rules._oa_fits import unlike
from accepted.lint.subjects import Api, Create, Poll

_MARKS = re.compile(r"\basync|\blong[- ]?running|\blro\b", re.IGNORECASE)
_ABOUT = "A create returns immediately with an id, while the work goes on; its status is polled until it is final."


@rule("OA501", "not-marked", Severity.WARNING, on=Api, fix="partly")
def not_marked(api: Api, context: Context) -> Iterator[Found]:
    """A create or a poll is not marked as asynchronous, or its mark is wrong.

    ## What it does
    Looks for a mark at every create and poll: the tag `Async Request-Reply` (any tag that says "async" or
    "long-running" will do), the extension `x-async-request-reply`, or another vendor's (`x-ms-long-running-operation`).
    Our extension is compared with its schema, at every operation. One whose `role` is none of create, poll, result,
    list and cancel declares nothing: what the operation is, is then inferred.

    ## Why it matters
    Tools and readers have to infer what the operation is, and some infer wrongly.

    ## How to fix
    Add the tag `Async Request-Reply` to the operation. The extension says more: the role, and which operation polls, as
    in `x-async-request-reply: {role: create, step: 1, of: 2, poll: getReport}`.

    ## When it may be wrong
    Where the operation is not asynchronous: name it in `dismiss`.

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
          tags: [Async Request-Reply]
          responses: {"202": {description: Accepted}}
    ```
    """
    del context
    yield from (found for one in api.description.operations for found in _wrong(api, one))
    for one in _oa.asynchronous(api, "create", "poll"):
        operation = one.operation
        if not any(_MARKS.search(tag) for tag in operation.tags) and not _extended(one):
            partner = one.pair.key if one.pair else ""
            names = [f"`{name}`" for name in (operation.key, partner) if name]
            pair = " -> ".join(names if one.role == "create" else reversed(names))
            told = f"{pair}: {_ROLES[one.role]} is not marked as asynchronous; add the tag `{TAG}`"
            yield Found(operation, told, operation=operation.key, pair=partner, fix=_tagging(api, one))


_ROLES = {"create": "the create", "poll": "the poll"}


def _wrong(api: Api, operation: Operation) -> Iterator[Found]:
    """What is wrong with our own extension."""
    if EXTENSION not in operation.extensions:
        return
    said = operation.extensions[EXTENSION]
    role, poll = mapping(said).get("role"), mapping(said).get("poll")
    if role not in ROLES:
        told = f"has `{role}`, which is no role," if role else "has no role"
        told += f" and declares nothing; use {', '.join(ROLES[:-1])} or {ROLES[-1]}"
    elif role != "create" and poll and _oa.named_poll(api, operation) is None:
        told = f"names the poll `{poll}`, and no operation is called that"
    elif unfit := unlike(extension_schema(), said):
        told = f"is not what its schema says: {unfit}"
    else:
        return
    detected = api.detection.of(operation)
    pair = detected.pair.key if detected and detected.pair else ""
    yield Found(f"{operation.pointer}/{EXTENSION}", f"`{operation.key}`: `{EXTENSION}` {told}", operation.key, pair)


def _extended(one: Detected) -> bool:
    return bool({EXTENSION, *LRO_EXTENSIONS} & one.operation.extensions.keys())


def _tagging(api: Api, one: Detected) -> tuple[Fix, ...]:
    """The tag, where its reader sees what was inferred: the create in a POST, the poll in a GET of one thing."""
    about = Signals(one.operation).subject
    told = {("create", "POST"): True, ("poll", "GET"): about is not None and not about.several}
    if not told.get((one.role, one.operation.method)):
        return ()
    tag = Insert(f"{one.operation.pointer}/tags/-", TAG)
    listed = api.description.files.root.get("tags")
    known = {node.text("name") for node in listed.items()} if listed else set[str]()
    if one.operation.file or TAG in known:
        return (tag,)
    return (tag, Insert("/tags/-", {"name": TAG, "description": _ABOUT}))


# ---- steps

_HEADER = "Async Request-Reply Pattern - Step {}/2"


def _step(subject: Create | Poll, number: int) -> Iterator[Found]:
    operation = subject.operation
    steps = HEADER.findall(f"{operation.summary}\n{operation.description}")
    header = _HEADER.format(number)
    if any(1 <= int(step) <= int(of) for step, of in steps):
        return
    where = "it says `Step {}/{}`, which is no step".format(*steps[0]) if steps else "no step is named"
    # Two steps are a fact only where the second one is known.
    fix = _oa.appended(operation, f"({header})") if subject.pair and not steps else ()
    yield _oa.found(subject, operation, f"{where}; add `{header}` to the description", fix=fix)


@rule("OA502", "step-unnamed", Severity.WARNING, on=Create, fix="partly")
def step_unnamed(create: Create, context: Context) -> Iterator[Found]:
    """A create, or its poll, does not say which step of the pattern it is.

    ## What it does
    Looks for `Step X/Y` in the summary or description of a create, and of the poll that belongs to it.

    ## Why it matters
    Who meets one operation alone, in a generated reference, learns that there is another one to call.

    ## How to fix
    End the summary or the description of the create with "(Async Request-Reply Pattern - Step 1/2)", and that of the
    poll with Step 2/2.
    `--fix` does so where the poll is known.

    ## When it may be wrong
    Where an operation only stops or deletes something and nobody polls, there is one step; say "Step 1/1".

    ## Bad
    ```yaml bad
    openapi: 3.1.0
    info: {title: Reports, version: "1"}
    paths:
      /reports:
        post:
          operationId: createReport
          summary: Create a report
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
          summary: Create a report (Async Request-Reply Pattern - Step 1/2)
          responses: {"202": {description: Accepted}}
    ```
    """
    del context
    yield from _step(create, 1)
    poll = create.poll and create.api.detection.of(create.poll)
    if poll and poll.role == "poll" and poll.creates[:1] == (create.operation,):
        yield from _step(Poll(api=create.api, detected=poll), 2)


# ---- that it does not wait


@rule("OA525", "does-not-say-at-once", Severity.WARNING, on=Create, fix="partly")
def does_not_say_at_once(create: Create, context: Context) -> Iterator[Found]:
    """The text of a create does not say that it returns immediately.

    ## What it does
    Looks in the summary, the description, and the descriptions of the answers of success for a phrase such as "returns
    immediately", "asynchronously" or "in the background".

    ## Why it matters
    A reader takes the answer for the result, or waits on the connection for one.

    ## How to fix
    Say in one sentence that the call returns immediately, and which operation tells when the work is done.
    `--fix` writes what 202 means, where that is the only answer of success.

    ## When it may be wrong
    Where the text says it in words that are not known here: "Accepted" alone is not enough, as it says nothing of time.

    ## Bad
    ```yaml bad
    openapi: 3.1.0
    info: {title: Reports, version: "1"}
    paths:
      /reports:
        post:
          operationId: createReport
          description: Creates a report.
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
          description: Returns immediately with the id of a report that is being written.
          responses: {"202": {description: Accepted}}
    ```
    """
    del context
    if _oa.says_at_once(create.operation):
        return
    # What 202 means, RFC 9110 says (15.3.3). One that does not wait only if it is asked not to needs an author.
    known = all(answer.code == "202" for answer in create.operation.successes) and not Signals(create.operation).flag
    ask = f" Poll `{create.pair}` until its status is final." if create.poll else ""
    answered = f"Answers 202 Accepted; the work is done asynchronously.{ask}"
    fix = _oa.appended(create.operation, answered) if known and create.operation.successes else ()
    told = "nothing says that the create does not wait; say in its description that it returns immediately"
    yield _oa.found(create, create.operation, told, fix=fix)
