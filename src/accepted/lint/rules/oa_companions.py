"""OA: what a create needs beside it - a poll and the link to it, a list in which a lost id is found, and a cancel."""

from __future__ import annotations

from collections.abc import Iterator

from accepted.documents.detect import EXTENSION
from accepted.documents.nodes import mapping
from accepted.documents.openapi import Operation
from accepted.documents.parts import Link
from accepted.documents.schemas import leads
from accepted.documents.subjects import levels
from accepted.documents.words import PAGES, tokens
from accepted.lint.rule import Context, Fix, Found, Insert, Severity, rule
from accepted.lint.rules import _oa
from accepted.lint.subjects import Api, Create, Poll


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
    found, name it: `x-async-request-reply: {role: create, step: 1, of: 2, poll: getReport}` at the create, or
    `confirm.getReport = "poll"` in the configuration. A name that no operation has is told.

    ## When it may be wrong
    Where the end is told by a webhook alone: ignore the rule for that operation. Where nobody is meant to know it, as
    for a notification, say so in the description, "fire and forget" or "there is no status to poll", or in the
    configuration, `dismiss = ["sendMail"]`: then no rule takes the operation for a create.

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
    said = mapping(create.operation.extensions.get(EXTENSION)).get("poll")
    if said and _oa.named_poll(create.api, create.operation) is None:
        instead = f", `{create.pair}` is taken for it" if create.poll else ""
        told = f"`{EXTENSION}` names the poll `{said}`, and no operation is called that{instead}; name one that exists"
        grade = Severity.WARNING if create.poll else Severity.ERROR
        yield Found(create.operation, told, operation=create.name, pair=create.pair, severity=grade)
    elif create.poll is None:
        told = f"no operation returns the status of `{create.name}`; add one, or say that there is no status to poll"
        message = f"{told}{_oa.way_out(create)}"
        yield Found(create.operation, message, operation=create.name, severity=_oa.unpromised(create))


@rule("OA522", "no-link", Severity.INFORMATION, on=Create, fix="partly")
def no_link(create: Create, context: Context) -> Iterator[Found]:
    """The answer of a create has no link to its poll.

    ## What it does
    Looks at the `links` of the create's answers of success (OpenAPI 3) for one that leads to the poll. A link that
    leads to no operation of the document is a warning, and so is one to the poll that takes its id from a property
    which the answer does not have.

    ## Why it matters
    A link says in a form that programs read which operation comes next, and with which value of this answer.

    ## How to fix
    Add to the 202: `links: {poll: {operationId: getReport, parameters: {id: $response.body#/id}}}`.

    ## When it may be wrong
    Where the poll takes something that no part of the create's answer or request has.

    ## Bad
    ```yaml bad
    openapi: 3.1.0
    info: {title: Jobs, version: "1"}
    paths:
      /jobs:
        post:
          operationId: createJob
          responses: {"202": {description: Accepted}}
      /jobs/{id}:
        get:
          operationId: getJob
          responses:
            "200":
              description: The job
              content: {application/json: {schema: {properties: {status: {enum: [queued, completed, failed]}}}}}
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
              links:
                poll: {operationId: getJob, parameters: {id: $response.body#/id}}
      /jobs/{id}:
        get:
          operationId: getJob
          responses:
            "200":
              description: The job
              content: {application/json: {schema: {properties: {status: {enum: [queued, completed, failed]}}}}}
    ```
    """
    del context
    links = [link for answer in create.operation.successes for link in answer.links.values()]
    targets = [(link, create.api.description.linked(link)) for link in links]
    for link, target in targets:
        if target is None and not link.operation_ref.startswith(("http:", "https:")):
            name = link.operation_id or link.operation_ref
            told = f"a link leads to `{name}`, and no operation is called that; name one that exists"
            yield _oa.found(create, link, told, severity=Severity.WARNING)
        elif target is create.poll and (absent := _absent(create, link)):
            told = f"a link takes {absent}, and the answer has no such property; take one that it has"
            yield _oa.found(create, link, told, severity=Severity.WARNING)
    answer = _oa.success(create.operation)
    if create.poll is None or answer is None or _oa.version(create.api) == "2.0":
        return
    if not any(target is create.poll for _, target in targets):
        told = f"the {answer.code} has no link to the poll; add one below `links`"
        fix = _link(create, create.poll) if _oa.inside(create.operation, answer) else ()
        yield _oa.found(create, answer, told, fix=fix)


def _absent(create: Create, link: Link) -> str:
    """The expression of a link that leads to nothing in the answers of success, or ""."""
    schemas = [one.schema for one in create.operation.successes if one.schema and one.schema.properties]
    told = [one for one in link.parameters.values() if isinstance(one, str) and one.startswith(_BODY)]
    lost = (one for one in told if schemas and not any(leads(each, one.removeprefix(_BODY)) for each in schemas))
    return next((f"`{one}`" for one in lost), "")


_BODY = "$response.body#"


def _link(create: Create, poll: Operation) -> tuple[Fix, ...]:
    """A link, where every parameter of the poll is known."""
    answer, parameters = _oa.success(create.operation), _oa.expressions(create)
    if answer is None or parameters is None or poll.method != "GET" or poll.file != create.operation.file:
        return ()
    target = {"operationId": poll.operation_id} if poll.operation_id else {"operationRef": _oa.reference(poll)}
    value = target | ({"parameters": parameters} if parameters else {})
    name = "poll" if "poll" not in answer.links else "pollStatus"
    return (Insert(f"{answer.pointer}/links/{name}", value),)


# ---- the list

_NEXT = frozenset(
    ["next", "cursor", "page", "pages", "pagination", "paging", "links", "more", "meta", "continuation", "token"]
)


@rule("OA523", "no-listing", Severity.INFORMATION, on=Api)
def no_listing(api: Api, context: Context) -> Iterator[Found]:
    """Tasks cannot be listed, or not page by page.

    ## What it does
    Looks for the operation that lists what a poll tells of one by one, and at that operation for a parameter of pages
    (`cursor`, `limit`, `page`, ...), a header `Link`, or a cursor in its body. A list is a GET of the path above that
    of the poll, which answers with several objects or is named for it (`listReports`), whatever its status says.

    ## Why it matters
    A caller whose create timed out, or who lost the id, finds the task in the list; without it, the task is lost.

    ## How to fix
    Add `GET /reports` with `limit` and `cursor`.

    ## When it may be wrong
    Where tasks are few, or nobody may see them: ignore the rule.

    ## Bad
    ```yaml bad
    openapi: 3.1.0
    info: {title: Jobs, version: "1"}
    paths:
      /jobs:
        post:
          operationId: createJob
          responses: {"202": {description: Accepted}}
      /jobs/{id}:
        get:
          operationId: getJob
          responses:
            "200":
              description: The job
              content: {application/json: {schema: {properties: {status: {enum: [queued, completed, failed]}}}}}
    ```

    ## Good
    ```yaml good
    openapi: 3.1.0
    info: {title: Jobs, version: "1"}
    paths:
      /jobs:
        post:
          operationId: createJob
          responses: {"202": {description: Accepted}}
        get:
          operationId: listJobs
          parameters: [{name: cursor, in: query, schema: {type: string}}]
          responses:
            "200":
              description: The jobs
              content:
                application/json: {schema: {items: {properties: {status: {enum: [queued, completed, failed]}}}}}
      /jobs/{id}:
        get:
          operationId: getJob
          responses:
            "200":
              description: The job
              content: {application/json: {schema: {properties: {status: {enum: [queued, completed, failed]}}}}}
    ```
    """
    del context
    for poll in _oa.polls(api):
        creates = [one for one in poll.detected.creates if one.method == "POST"]
        known = [found for one in creates if (found := api.detection.of(one))]
        listing = next((one.listing for one in known if one.listing), None)
        if not creates:
            continue
        if listing is None:
            yield _oa.found(poll, poll.operation, f"no operation lists what `{poll.name}` tells of one by one; add one")
        elif not _paged(listing):
            yield _unpaged(poll, listing)


def _unpaged(poll: Poll, listing: Operation) -> Found:
    told = f"`{listing.key}` has no pages; give it `limit` and `cursor`"
    return Found(listing, f"{_oa.who(poll)}: {told}", operation=listing.key, pair=poll.name)


def _paged(listing: Operation) -> bool:
    names = [one.name for one in listing.parameters if one.where == "query"]
    names += listing.body.schema.properties if listing.body and listing.body.schema else ()
    bodies = (name for one in listing.successes for level in levels(one.schema) for name in level.properties)
    linked = any("link" in one.headers for one in listing.successes)
    return linked or any(map(PAGES.search, names)) or any(_NEXT & {*tokens(name)} for name in bodies)


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
