"""OA: what the service sends when a task is done - callbacks, webhooks, and what their receiver has to know."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from accepted.documents.nodes import mapping, reference_of
from accepted.documents.openapi import Operation
from accepted.documents.schemas import Schema
from accepted.documents.words import takes_callback, tokens
from accepted.lint.rule import Context, Fix, Found, Insert, Located, Severity, rule
from accepted.lint.rules import _oa
from accepted.lint.subjects import Api, Create


@rule("OA530", "callback-undeclared", Severity.WARNING, on=Create, fix="partly")
def callback_undeclared(create: Create, context: Context) -> Iterator[Found]:
    """A create takes the URL of a callback and does not declare the request that is sent to it.

    ## What it does
    Looks at the inputs of a create for a name such as `callback_url` or `webhook_url`, and at its `callbacks` (OpenAPI
    3) for one whose URL is that input: `{$request.body#/callback_url}`.

    ## Why it matters
    The caller has to write the receiver, and is not told what it receives.

    ## How to fix
    Add `callbacks` with that expression, a `post` with the schema of its body, and the answers that you accept.
    `--fix` takes up what another operation declares for the same input.

    ## When it may be wrong
    Where the input has such a name and is no URL to report to, as a browser's page to return to.

    ## Bad
    ```yaml bad
    openapi: 3.1.0
    info: {title: Jobs, version: "1"}
    paths:
      /jobs:
        post:
          operationId: createJob
          requestBody: {content: {application/json: {schema: {properties: {callback_url: {type: string}}}}}}
          responses: {"202": {description: Accepted}}
    ```

    ## Good
    ```yaml good
    openapi: 3.1.0
    info: {title: Jobs, version: "1"}
    paths:
      /jobs:
        post:
          operationId: createJob
          requestBody: {content: {application/json: {schema: {properties: {callback_url: {type: string}}}}}}
          responses: {"202": {description: Accepted}}
          callbacks:
            done:
              "{$request.body#/callback_url}":
                post:
                  requestBody: {content: {application/json: {schema: {properties: {id: {type: string}}}}}}
                  responses: {"204": {description: Received}}
    ```
    """
    del context
    operation = create.operation
    for name, (expression, at) in _urls(operation).items() if _oa.version(create.api) != "2.0" else ():
        if not any(_leads_to(one.expression, name) for one in operation.callbacks):
            told = f"`{name}` takes a URL, and no callback says what is sent there; add `callbacks` with `{expression}`"
            yield _oa.found(create, at, told, fix=_as_others(create, name))


def _urls(operation: Operation) -> Mapping[str, tuple[str, Located]]:
    """The inputs that take a URL to report to: by name, the expression and where it is declared."""
    schema = operation.body.schema if operation.body else None
    found: dict[str, tuple[str, Located]] = {}
    for name, one in schema.properties.items() if schema else ():
        inside = _url_in(one)
        if takes_callback(name) and (inside or one.type in {"string", ""}):
            found[name] = (f"{{$request.body#/{name}{inside}}}", one)
    for other in operation.parameters:
        if other.where in {"query", "header"} and takes_callback(other.name):
            found[other.name] = (f"{{$request.{other.where}.{other.name}}}", other)
    return found


def _url_in(schema: Schema) -> str:
    """The pointer to the URL in an object such as `webhook: {url, events}`, or ""."""
    return next((f"/{name}" for name in schema.properties if tokens(name)[-1:] in _PLACES), "")


_PLACES = {("url",), ("uri",), ("endpoint",)}


def _leads_to(expression: str, name: str) -> bool:
    return re.search(rf"[/.]{re.escape(name)}\b", expression) is not None


def _as_others(create: Create, name: str) -> tuple[Fix, ...]:
    """The callbacks that another operation of the document declares for an input of the same name."""
    operation = create.operation
    for other in create.api.description.callers:
        for callback in other.callbacks if other.file == operation.file else ():
            if _leads_to(callback.expression, name):
                raw: Any = mapping(mapping(other.node.value).get("callbacks")).get(callback.name)
                own = reference_of(raw) is not None or callback.expression in mapping(raw)
                value = (
                    raw
                    if reference_of(raw) is not None
                    else {callback.expression: mapping(raw).get(callback.expression)}
                )
                promise = f"sends `{callback.name}` to `{name}`, as that of `{other.key}` does"
                return (Insert(f"{operation.pointer}/callbacks/{callback.name}", value, promise),) if own else ()
    return ()


# ---- webhooks

_WEBHOOK = re.compile(r"\bweb[- ]?hooks?\b", re.IGNORECASE)


@rule("OA531", "webhooks-undeclared", Severity.WARNING, on=Api)
def webhooks_undeclared(api: Api, context: Context) -> Iterator[Found]:
    """The text speaks of webhooks, and the document declares none.

    ## What it does
    Looks in the introduction of an asynchronous API and in the text of its creates and polls for the word; since
    OpenAPI 3.1 there are then `webhooks` at the top of the document, or `callbacks`. In OpenAPI 3.0 `webhooks` is
    unknown: one that stands there is an error, as tools pass over it.

    ## Why it matters
    The receiver of a webhook is written after the document, like a client.

    ## How to fix
    Declare each webhook: its `post`, the schema of its body, and the answers that you accept. In 3.0 use `callbacks`,
    or move on to 3.1.

    ## When it may be wrong
    Where the text says that there are no webhooks.

    ## Bad
    ```yaml bad
    openapi: 3.1.0
    info: {title: Jobs, version: "1", description: A webhook tells when a job is done.}
    paths:
      /jobs:
        post:
          operationId: createJob
          responses: {"202": {description: Accepted}}
    ```

    ## Good
    ```yaml good
    openapi: 3.1.0
    info: {title: Jobs, version: "1", description: A webhook tells when a job is done.}
    paths:
      /jobs:
        post:
          operationId: createJob
          responses: {"202": {description: Accepted}}
    webhooks:
      jobDone:
        post:
          requestBody: {content: {application/json: {schema: {properties: {id: {type: string}}}}}}
          responses: {"204": {description: Received}}
    ```
    """
    del context
    description, root = api.description, api.description.files.root
    misplaced = root.get("webhooks")
    if misplaced is not None and _oa.version(api) in {"2.0", "3.0"}:
        told = f"`webhooks` is unknown in {description.version}; use `callbacks`, or OpenAPI 3.1"
        yield Found(misplaced, told, severity=Severity.ERROR)
    creates = [one.operation for one in _oa.asynchronous(api, "create", "poll")]
    if _oa.version(api) in {"2.0", "3.0"} or not creates or description.webhooks or description.callers:
        return
    places = [("/info", description.description), *((one.pointer, _oa.text(one)) for one in creates if not one.file)]
    pointer = next((pointer for pointer, told in places if _WEBHOOK.search(told)), None)
    if pointer is not None:
        yield Found(pointer, "the text speaks of webhooks, and none is declared; add `webhooks` with what they send")


# ---- what a receiver has to know

_SIGNED = re.compile(
    r"sign(?:ed|ature|ing)?\b|hmac|unsigned|digest|\bjwt\b|jws|authori[sz]ation|secret|svix|webhook-id", re.IGNORECASE
)


@rule("OA532", "callback-incomplete", Severity.WARNING, on=Api)
def callback_incomplete(api: Api, context: Context) -> Iterator[Found]:
    """A callback or webhook does not say all that its receiver has to know.

    ## What it does
    Looks at the callbacks of creates, and at the webhooks of an asynchronous API, for an answer 2xx, the schema of the
    body, and a header with a signature - or a sentence that says that requests are not signed.

    ## Why it matters
    Anybody can send a request to a public URL. A receiver that cannot check it believes all of them.

    ## How to fix
    Declare the header of the signature as a parameter, and say how it is made; say "not signed" where it is so.

    ## When it may be wrong
    Where the sender authenticates in another way: say which, or declare it as `security` of the callback.

    ## Bad
    ```yaml bad
    openapi: 3.1.0
    info: {title: Jobs, version: "1"}
    paths:
      /jobs:
        post:
          operationId: createJob
          responses: {"202": {description: Accepted}}
    webhooks:
      jobDone: {post: {description: A job is done., responses: {default: {description: Whatever}}}}
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
    webhooks:
      jobDone:
        post:
          description: A job is done.
          parameters: [{name: Webhook-Signature, in: header, schema: {type: string}}]
          requestBody: {content: {application/json: {schema: {properties: {id: {type: string}}}}}}
          responses: {"204": {description: Received}}
    ```
    """
    del context
    for name, sender, request in _requests(api):
        lacking = list(_lacking(api, request))
        if lacking:
            told = f"`{name}` does not declare {', '.join(lacking)}"
            create = api.detection.of(sender) if sender else None
            pair = create.poll.key if create and create.poll else ""
            yield Found(request, told, operation=sender.key if sender else name, pair=pair)


def _requests(api: Api) -> Iterator[tuple[str, Operation | None, Operation]]:
    """What the service sends: its name, the create that it belongs to, and the request; a shared callback once."""
    creates = [one.operation for one in _oa.asynchronous(api, "create")]
    seen = set[tuple[str, str]]()
    for create in creates:
        for callback in create.callbacks:
            for request in callback.operations:
                if (request.file, request.pointer) not in seen:
                    seen.add((request.file, request.pointer))
                    yield callback.name, create, request
    for request in api.description.webhooks if creates else ():
        yield request.path, None, request


def _lacking(api: Api, request: Operation) -> Iterator[str]:
    if not request.successes:
        yield "which answer means that it was received (2xx)"
    if request.method == "POST" and (request.body is None or request.body.schema is None):
        yield "the schema of its body"
    headers = [one for one in request.parameters if one.where == "header"]
    told = f"{request.summary}\n{request.description}\n{api.description.description}"
    named = any(_SIGNED.search(f"{one.name} {one.description}") for one in headers)
    if not named and request.node.get("security") is None and not _SIGNED.search(told):
        yield "the header of a signature, and does not say that there is none"
