"""OA: the codes that a create and a poll may answer with, and what an answer of an error says."""

from __future__ import annotations

from collections.abc import Iterator

from accepted.documents.nodes import mapping
from accepted.documents.openapi import Operation
from accepted.lint.rule import Context, Fix, Found, Insert, Severity, rule
from accepted.lint.rules import _oa
from accepted.lint.rules._oa_errors import declares, differ, errors, fits
from accepted.lint.subjects import Api, Create, Poll


@rule("OA509", "errors-differ", Severity.WARNING, on=Create)
def errors_differ(create: Create, context: Context) -> Iterator[Found]:
    """The errors of a create and its poll have no schema in common.

    ## What it does
    Compares the schemas of all errors that a create and its poll declare. One that extends another is like it; answers
    without a schema do not count.

    ## Why it matters
    A caller needs a reader of errors for each of them, and writes one.

    ## How to fix
    Use one schema for all; problem documents (RFC 9457, `application/problem+json`) are one that tools know.

    ## When it may be wrong
    Where a gateway before the service answers some codes in its own way, and that cannot be changed.

    ## Bad
    ```yaml bad
    openapi: 3.1.0
    info: {title: Reports, version: "1"}
    paths:
      /reports:
        post:
          operationId: createReport
          responses:
            "202": {description: Accepted}
            "400":
              description: Wrong
              content: {application/json: {schema: {properties: {message: {type: string}}}}}
            "500":
              description: Failed
              content: {application/json: {schema: {properties: {reason: {type: string}}}}}
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
            "202": {description: Accepted}
            "400": {$ref: "#/components/responses/Problem"}
            "500": {$ref: "#/components/responses/Problem"}
    components:
      responses:
        Problem:
          description: What is wrong
          content: {application/problem+json: {schema: {properties: {title: {type: string}}}}}
    ```
    """
    del context
    asked = [one for one in (create.operation, create.poll) if one]
    answers = [answer for one in asked for answer in one.failures]
    different = differ(answers)
    if different:
        told = f"its errors have {different[0]} and {different[1]}; use one schema, such as problem+json (RFC 9457)"
        yield _oa.found(create, create.operation, told)


# ---- the codes

_CREATE = ("400", "401", "429", "500")
_POLL = ("401", "404", "429", "500")


@rule("OA519", "undeclared-codes", Severity.WARNING, on=Api, fix="partly")
def undeclared_codes(api: Api, context: Context) -> Iterator[Found]:
    """A create or a poll does not declare the codes that a caller has to handle.

    ## What it does
    Looks at the answers of a create for 202 (or 200, 201), 400 (or 422), 401, 429, and 500 (or any 5xx, or `default`);
    at those of a poll for 200, 401, 404, 429 and 500. `4XX` stands for all that begin with 4. A poll without a
    parameter in its path needs no 404. 401 is asked for unless the document says that nobody has to authenticate
    (`security: []`).

    ## Why it matters
    Polling goes on for minutes: in that time tokens expire, limits are reached and tasks are removed. Who has not been
    told writes a loop that retries all of it, or nothing.

    ## How to fix
    Declare the codes; refer to shared answers in `components/responses`.
    `--fix` does so where the document has a shared answer for each of them.

    ## When it may be wrong
    Where a limit of requests does not exist: then 429 is never sent. Gateways add one later; callers are glad to know.

    ## Bad
    ```yaml bad
    openapi: 3.1.0
    info: {title: Reports, version: "1"}
    paths:
      /reports:
        post:
          operationId: createReport
          responses: {"202": {description: Accepted}, "400": {description: Wrong}}
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
            "202": {description: Accepted}
            "400": {description: Wrong}
            "401": {description: No or an expired token}
            "429": {description: Too many requests}
            default: {description: Failed}
    ```
    """
    del context
    for one in _oa.asynchronous(api, "create", "poll"):
        subject = Create(api=api, detected=one) if one.role == "create" else Poll(api=api, detected=one)
        missing = list(_missing(api, one.operation, _CREATE if one.role == "create" else _POLL))
        if missing:
            hint = {} if _decides(api, one.operation) else {"401": "401 (or `security: []`)"}
            told = f"it does not declare {', '.join(hint.get(code, code) for code in missing)}; add the answers"
            yield _oa.found(subject, one.operation, told, fix=_rows(api, one.operation, missing))


def _missing(api: Api, operation: Operation, wanted: tuple[str, ...]) -> Iterator[str]:
    codes = operation.responses
    if not operation.successes:
        yield "202" if wanted is _CREATE else "200"
    for code in wanted:
        public = code == "401" and _decides(api, operation) and not operation.secured
        needless = code == "404" and not _oa.parameters(operation)
        if not declares(codes, code) and not public and not needless:
            yield code


def _decides(api: Api, operation: Operation) -> bool:
    """Whether anything is said about who has to authenticate."""
    return "security" in {**mapping(operation.node.value), **mapping(api.description.files.root.value)}


def _rows(api: Api, operation: Operation, missing: list[str]) -> tuple[Fix, ...]:
    """The document's own answer for each code, where it has one for all of them."""
    if operation.file or ("401" in missing and not _decides(api, operation)):
        return ()
    known = {code: {"$ref": reference} for code, reference in errors(api).items() if code in missing}
    if len(known) < len(missing) or not fits(api, operation, known.values()):
        return ()
    pointer = f"{operation.pointer}/responses"
    return tuple(Insert(f"{pointer}/{code}", known[code], f"answers {code} where it has to") for code in missing)


@rule("OA520", "limit-without-retry-after", Severity.WARNING, on=Api, fix="partly")
def limit_without_retry_after(api: Api, context: Context) -> Iterator[Found]:
    """An answer 429 does not declare `Retry-After`.

    ## What it does
    Looks at the 429 of every create and poll. An answer that several operations share is told once.

    ## Why it matters
    A caller who is told to slow down and not for how long comes back at once, and so do all others.

    ## How to fix
    Send `Retry-After` with every 429, and declare it.
    `--fix` refers to `components/headers/Retry-After`, where that is there.

    ## When it may be wrong
    Where another header says the same, such as `RateLimit-Reset`: standard clients look for `Retry-After`.

    ## Bad
    ```yaml bad
    openapi: 3.1.0
    info: {title: Reports, version: "1"}
    paths:
      /reports:
        post:
          operationId: createReport
          responses: {"202": {description: Accepted}, "429": {description: Too many requests}}
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
            "202": {description: Accepted}
            "429":
              description: Too many requests
              headers:
                Retry-After: {description: Seconds to wait., schema: {type: integer}}
    ```
    """
    del context
    told = set[tuple[str, str]]()
    for one in _oa.asynchronous(api, "create", "poll"):
        answer = one.operation.responses.get("429")
        if answer is None or "retry-after" in answer.headers or (answer.file, answer.pointer) in told:
            continue
        told.add((answer.file, answer.pointer))
        subject = Create(api=api, detected=one) if one.role == "create" else Poll(api=api, detected=one)
        yield _oa.found(
            subject, answer, "its 429 does not declare `Retry-After`; add it", fix=_oa.retry_after(api, answer)
        )
