"""OA: methods and codes of creates and polls, as the profile's house has them (`profile = "aip"`)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from accepted.documents.signals import LRO_EXTENSIONS, Signals
from accepted.lint.rule import Context, Found, Severity, rule
from accepted.lint.rules import _oa
from accepted.lint.rules._oa_houses import HOUSES
from accepted.lint.subjects import Api, Create


@rule("OA510", "get-creates", Severity.WARNING, on=Api)
def get_creates(api: Api, context: Context) -> Iterator[Found]:
    """A GET begins a task.

    ## What it does
    Looks for a GET that the document or the configuration calls a create, that has a vendor's extension for
    long-running operations, or whose name says that it starts something and whose answer that this is not over. An
    error in the profiles of Azure, AIP and Zalando.

    ## Why it matters
    GET is safe: browsers, crawlers and caches send it unasked and repeat it. Each time a task would begin.

    ## How to fix
    Create with POST. If the operation only reads, take the mark off it; where there is none, say so in the
    configuration: `dismiss = ["startReport"]`.

    ## When it may be wrong
    Never by the rules of HTTP.

    ## Bad
    ```yaml bad
    openapi: 3.1.0
    info: {title: Reports, version: "1"}
    paths:
      /reports/new:
        get:
          operationId: newReport
          x-ms-long-running-operation: true
          responses: {"202": {description: Accepted}}
    ```

    ## Good
    ```yaml good
    openapi: 3.1.0
    info: {title: Reports, version: "1"}
    paths:
      /reports:
        post:
          operationId: newReport
          x-ms-long-running-operation: true
          responses: {"202": {description: Accepted}}
    ```
    """
    grade = HOUSES[context.config.profile].get
    for one in api.description.operations:
        detected = api.detection.of(one)
        marked = any(one.extensions.get(name) not in (None, False) for name in LRO_EXTENSIONS)
        if one.method == "GET" and (marked or (detected and detected.role == "create")):
            declared = marked or (detected is not None and detected.declared)
            otherwise = "take the mark off" if declared else f"dismiss = [{json.dumps(one.key, ensure_ascii=False)}]"
            told = f"`{one.key}`: a GET begins a task; create with POST, or, if it only reads, {otherwise}"
            yield Found(one, told, operation=one.key, severity=grade)


@rule("OA511", "accepts-by-method", Severity.WARNING, on=Create)
def accepts_by_method(create: Create, context: Context) -> Iterator[Found]:
    """A PUT or PATCH answers 202 where its house forbids it, or does not where its house asks for it.

    ## What it does
    With the profile `azure-data`, PUT and PATCH do not answer 202; with `azure-arm`, PUT does not, and a PATCH that
    begins a task does. The other profiles leave it open, and nothing is found.

    ## Why it matters
    Generated clients of a house know one way, and do not wait for a task that is begun in another.

    ## How to fix
    Answer 200 or 201 with the resource, whose state says that it is not done, or 202, as the house has it.

    ## When it may be wrong
    With the wrong profile.

    ## Bad
    ```yaml bad
    # config: profile = "azure-data"
    openapi: 3.1.0
    info: {title: Labs, version: "1"}
    paths:
      /labs/{id}:
        put:
          operationId: putLab
          responses: {"202": {description: Accepted}}
    ```

    ## Good
    ```yaml good
    # config: profile = "azure-data"
    openapi: 3.1.0
    info: {title: Labs, version: "1"}
    paths:
      /labs/{id}:
        put:
          operationId: putLab
          x-ms-long-running-operation: true
          responses: {"201": {description: Created}}
    ```
    """
    house, method = HOUSES[context.config.profile], create.operation.method
    accepts = "202" in create.operation.responses
    told = {
        ("never", True): f"a {method} does not answer 202 here; answer 200 or 201 with the resource",
        ("always", False): f"a {method} that begins a task answers 202 here; declare it",
    }.get((house.accepts.get(method, ""), accepts))
    if told:
        message = f"{told} (profile {context.config.profile})"
        yield _oa.found(create, create.operation, message, severity=house.accepts_grade)


_OTHERWISE = re.compile(
    r"idempoten|replay|already|exist|synchron|wait|prefer|immediately|cache|dry[ -]?run|no change|unchanged|previous",
    re.IGNORECASE,
)


@rule("OA512", "success-beside-accepted", Severity.INFORMATION, on=Create)
def success_beside_accepted(create: Create, context: Context) -> Iterator[Found]:
    """A create answers with 202 and with another success, and does not say when.

    ## What it does
    Looks for another 2xx beside 202. Nothing is found where the text of that answer, or an input (`Prefer`, `async`),
    tells when it comes: a repeated create with the same idempotency key, or a caller who asked to wait. An error in the
    profile `azure-data`; not asked for with `azure-arm`, `aip`, `zalando` and `ogc`.

    ## Why it matters
    With 200 the work is done and with 202 it is not; a client has to be ready for both.

    ## How to fix
    Answer 202 always, or say in the description of the other answer when it is given.

    ## When it may be wrong
    Where that is told at another place.

    ## Bad
    ```yaml bad
    openapi: 3.1.0
    info: {title: Reports, version: "1"}
    paths:
      /reports:
        post:
          operationId: createReport
          responses: {"200": {description: OK}, "202": {description: Accepted}}
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
            "200": {description: The report of an earlier request with the same idempotency key.}
            "202": {description: Accepted}
    ```
    """
    grade = HOUSES[context.config.profile].alone
    answers = {one.code: one for one in create.operation.successes}
    if grade is None or "202" not in answers or Signals(create.operation).flag:
        return
    for code, answer in answers.items():
        if code != "202" and not _OTHERWISE.search(answer.description):
            told = f"{code} stands beside 202, and nothing says when it comes; say it, or answer 202 always"
            yield _oa.found(create, answer, told, severity=grade)


_UNFINISHED = "201 says that something is there, and not that work goes on; answer 202"

_NOT_YET = re.compile(
    r"pending|in progress|not (?:yet )?(?:ready|done|finished|complete)|still|processing|running", re.IGNORECASE
)


@rule("OA513", "codes-of-the-house", Severity.WARNING, on=Api)
def codes_of_the_house(api: Api, context: Context) -> Iterator[Found]:
    """A create or a poll answers with a code that its house does not have.

    ## What it does
    Looks at the codes of success of creates, by method and profile (AIP knows 200; OGC 200, 201 and 204; Zalando 201
    and 202 for a POST; Azure has a set for each method). Where no house decides (`generic`), a POST that answers 201 is
    told as information: 201 says that something is there, and only 202 that work goes on. A poll that answers 202 has
    `Location`. A poll does not answer 204, nor 404 for a task that is not done: both look like a task that is not
    there.

    ## Why it matters
    Clients decide by the code before they read anything.

    ## How to fix
    Poll with 200 and a status; create with the codes that the finding names.

    ## When it may be wrong
    With the wrong profile. Where the task is a resource of its own, and its creation is all that 201 tells: ignore it.

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
            "204": {description: Nothing yet}
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
      /jobs/{id}:
        get:
          operationId: getJob
          responses:
            "200":
              description: The job, done or not
              content: {application/json: {schema: {properties: {status: {enum: [queued, completed, failed]}}}}}
    ```
    """
    profile = context.config.profile
    house = HOUSES[profile]
    for one in (Create(api=api, detected=each) for each in _oa.asynchronous(api, "create")):
        allowed = house.codes.get(one.operation.method)
        for answer in one.operation.successes if allowed else ():
            if allowed and answer.code not in allowed:
                told = f"{answer.code} is no code of a {one.operation.method} here; use {' or '.join(sorted(allowed))}"
                yield _oa.found(one, answer, f"{told} (profile {profile})", severity=house.codes_grade)
        created = one.operation.responses.get("201") if one.operation.method == "POST" else None
        if house.created and created and "202" not in one.operation.responses:
            yield _oa.found(one, created, _UNFINISHED, severity=house.created)
    for poll in _oa.polls(api):
        for code, answer in poll.operation.responses.items():
            pending = code == "404" and _NOT_YET.search(answer.description)
            if code == "202" and not _oa.monitors(answer):
                told = "the poll answers 202 without `Location`; add it, or answer 200 with a status"
                yield _oa.found(poll, answer, told, severity=house.poll_202)
            elif house.poll_empty and (pending or code == "204"):
                told = f"the poll answers {code} for a task that is there; answer 200 with its status"
                yield _oa.found(poll, answer, told, severity=house.poll_empty)
