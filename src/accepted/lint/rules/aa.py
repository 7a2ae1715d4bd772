"""AA: what an AsyncAPI document says of the events of tasks, alone and beside the OpenAPI document of the same run."""

from __future__ import annotations

import re
from collections.abc import Iterator

from accepted.documents.asyncapi import AsyncOperation, Message
from accepted.documents.nodes import mapping
from accepted.documents.schemas import Schema, leads
from accepted.documents.signals import IDS, Signals
from accepted.documents.statuses import vocabulary
from accepted.documents.subjects import Subject, subject_of
from accepted.documents.tiers import Detected
from accepted.documents.words import JOB_NOUNS, WORK_NOUNS, singular, tokens
from accepted.lint.rule import Context, Fix, Found, Insert, Severity, rule
from accepted.lint.rules import _oa
from accepted.lint.subjects import Api, Events, Poll


@rule("AA601", "events-undescribed", Severity.WARNING, on=object)
def events_undescribed(subject: object, context: Context) -> Iterator[Found]:
    """The events of an asynchronous API are described nowhere, or in an old version of AsyncAPI.

    ## What it does
    Looks at an asynchronous API whose creates take the URL of a callback, or whose text speaks of webhooks: something
    describes what is sent there, an AsyncAPI document of the same run, `callbacks` or `webhooks`. An AsyncAPI document
    is of version 3.

    ## Why it matters
    An OpenAPI document without callbacks tells half of the conversation. Version 2 names everything from the other
    side: what its `publish` means is the most common question about it.

    ## How to fix
    Write an AsyncAPI 3 document with one operation for each event, and lint both together. `asyncapi convert` turns
    version 2 into 3.

    ## When it may be wrong
    Where the AsyncAPI document is in another place: name it to the linter, too, or link to it.

    ## Bad
    ```yaml bad
    openapi: 3.1.0
    info: {title: Jobs, version: "1"}
    paths:
      /jobs:
        post:
          operationId: createJob
          requestBody: {content: {application/json: {schema: {properties: {webhook_url: {type: string}}}}}}
          responses: {"202": {description: Accepted}}
    ```

    ```yaml bad
    asyncapi: 2.6.0
    info: {title: Jobs, version: "1"}
    channels: {}
    ```

    ## Good
    ```yaml good
    openapi: 3.1.0
    info: {title: Jobs, version: "1"}
    paths:
      /jobs:
        post:
          operationId: createJob
          requestBody: {content: {application/json: {schema: {properties: {webhook_url: {type: string}}}}}}
          responses: {"202": {description: Accepted}}
    # file: asyncapi.yaml
    asyncapi: 3.0.0
    info: {title: Jobs, version: "1"}
    channels: {}
    ```
    """
    match subject:
        case Events(description=description) if not description.version.startswith("3"):
            told = f"AsyncAPI {description.version} calls everything from the receiver's side; convert it to version 3"
            yield Found("/asyncapi", told)
        case Api() if not _described(subject, context):
            yield from (_untold(one) for one in _oa.asynchronous(subject, "create") if Signals(one.operation).callback)
        case _:
            pass


def _untold(create: Detected) -> Found:
    name, pair = create.operation.key, create.poll.key if create.poll else ""
    told = f"nothing describes what is sent to `{Signals(create.operation).callback}`; write AsyncAPI or callbacks"
    return Found(create.operation, f"`{name}`: {told}", operation=name, pair=pair)


def _described(api: Api, context: Context) -> bool:
    """Whether anything says what the service sends, or links to what does."""
    description = api.description
    linked = mapping(description.files.root.value).get("externalDocs")
    declared = description.webhooks or description.callers
    return bool(
        declared or "asyncapi" in f"{description.description}{linked}".lower() or next(context.all(Events), None)
    )


# ---- one event


_EVENT_WORDS = re.compile(
    r"complet|succe|fail|finish|done|error|cancel|expire|status|updated|changed|ended", re.IGNORECASE
)


def _task_events(events: Events) -> Iterator[tuple[AsyncOperation, Message, Subject | None]]:
    """The messages that are sent about tasks: with the words of an end, and a job in their name or a status inside."""
    for operation in events.description.operations:
        for message in operation.messages if operation.action == "send" else ():
            about = subject_of(message.payload) if message.payload else None
            names = f"{message.name} {operation.key} {operation.channel.address if operation.channel else ''}"
            nouns = {singular(word) for word in tokens(names)} & (JOB_NOUNS | WORK_NOUNS)
            tells = about is not None and about.vocabulary is not None and about.vocabulary.strength >= 1
            if tells or (nouns and _EVENT_WORDS.search(names)):
                yield operation, message, about


@rule("AA602", "event-incomplete", Severity.WARNING, on=Events, fix="partly")
def event_incomplete(events: Events, context: Context) -> Iterator[Found]:
    """An event of a task has no payload or no correlation id, or only success is an event.

    ## What it does
    Looks at the messages that are sent about tasks (their names say that something is completed, failed, updated, ...;
    or their payload has a status): each has a payload, and a `correlationId`, which is the id of the task and leads to
    what the payload or the headers have. Where success is an event, failure is one, too.

    ## Why it matters
    The receiver has to find the task that an event belongs to. One who only hears of success waits for ever.

    ## How to fix
    Add `correlationId: {location: $message.payload#/id}`, a payload, and the event of the other end.
    `--fix` adds the correlation id where the payload has one `id`.

    ## When it may be wrong
    Where the receiver knows the task by the channel: then the address has its id; say so.

    ## Bad
    ```yaml bad
    # file: asyncapi.yaml
    asyncapi: 3.0.0
    info: {title: Jobs, version: "1"}
    channels:
      jobs: {address: jobs, messages: {jobCompleted: {payload: {properties: {id: {type: string}}}}}}
    operations:
      jobCompleted: {action: send, channel: {$ref: "#/channels/jobs"}}
    ```

    ## Good
    ```yaml good
    # file: asyncapi.yaml
    asyncapi: 3.0.0
    info: {title: Jobs, version: "1"}
    channels:
      jobs:
        address: jobs
        messages:
          jobEnded:
            correlationId: {location: $message.payload#/id}
            payload: {properties: {id: {type: string}, status: {enum: [completed, failed]}}}
    operations:
      jobEnded: {action: send, channel: {$ref: "#/channels/jobs"}}
    ```
    """
    del context
    told = list(_task_events(events))
    for operation, message, about in told:
        if message.payload is None:
            yield Found(
                message, f"`{message.name}` has no payload; add the schema of the task", operation=operation.key
            )
        addressed = operation.channel is not None and "{" in operation.channel.address
        if not message.correlation_id and not addressed:
            why = f"`{message.name}` does not say which task it is about; {_to_add(message, about)}"
            yield Found(message, why, operation=operation.key, fix=_correlated(message))
        elif not _correlates(message):
            why = f"the `correlationId` of `{message.name}` is `{message.correlation_id}`, which it does not have"
            yield Found(message, f"{why}; {_to_add(message, about)}", operation=operation.key)
    ends = vocabulary("", [word for _, message, about in told for word in _ends(message, about)])
    if told and (ends.succeeded or ends.settled) and not ends.failed:
        first = told[0][0]
        yield Found(first, "success is an event, and failure is none; add an operation for it", operation=first.key)


def _correlated(message: Message) -> tuple[Fix, ...]:
    """The correlation id, where the payload has one id and no other."""
    ids = [one for one in _oa.handles(message.payload) if not one.link]
    location = {"location": f"$message.payload#{ids[0].pointer}"} if len(ids) == 1 else None
    return (Insert(f"{message.pointer}/correlationId", location),) if location and ids[0].name == "id" else ()


def _correlates(message: Message) -> bool:
    """Whether its correlation id leads to what its schemas have, as far as they say what there is."""
    where, _, pointer = message.correlation_id.partition("#")
    schema = {"$message.payload": message.payload, "$message.header": message.headers}.get(where)
    return leads(schema, pointer)


def _to_add(message: Message, about: Subject | None) -> str:
    """What to add, by the id that the payload has."""
    known = [one for one in _oa.handles(message.payload) if not one.link and {*one.words[-1:]} <= IDS]
    nouns = {singular(word) for word in tokens(f"{message.name} {about.schema.name if about else ''}")}
    ours = nouns | JOB_NOUNS | WORK_NOUNS
    chosen = min(known, key=lambda one: (len(one.words) > 1, not ours & {*one.words[:-1]}), default=None)
    if chosen is None:
        return "add the id of the task to its payload, and a `correlationId` that leads there"
    return f"let `correlationId` be `$message.payload#{chosen.pointer}`"


def _ends(message: Message, about: Subject | None) -> tuple[str, ...]:
    """The ends that a message may tell of: the words of its status, and its name."""
    words = about.vocabulary.words if about and about.vocabulary else ()
    return (*words, *tokens(message.name))


@rule("AA603", "reply-unresolved", Severity.WARNING, on=Events)
def reply_unresolved(events: Events, context: Context) -> Iterator[Found]:
    """An operation promises a reply, and nothing says where it comes.

    ## What it does
    Looks at each `reply` of an operation (AsyncAPI 3): its channel exists, or it has an address.

    ## Why it matters
    Request and reply is what the pattern is; a reply at an unknown place is none.

    ## How to fix
    Let `reply.channel` refer to a channel of this document, or give `reply.address` a `location`, such as
    `$message.header#/replyTo`.

    ## When it may be wrong
    Never: the document itself promises the reply.

    ## Bad
    ```yaml bad
    # file: asyncapi.yaml
    asyncapi: 3.0.0
    info: {title: Jobs, version: "1"}
    channels: {jobs: {address: jobs}}
    operations:
      createJob:
        action: receive
        channel: {$ref: "#/channels/jobs"}
        reply: {channel: {$ref: "#/channels/replies"}}
    ```

    ## Good
    ```yaml good
    # file: asyncapi.yaml
    asyncapi: 3.0.0
    info: {title: Jobs, version: "1"}
    channels: {jobs: {address: jobs}, replies: {address: replies}}
    operations:
      createJob:
        action: receive
        channel: {$ref: "#/channels/jobs"}
        reply: {channel: {$ref: "#/channels/replies"}}
    ```
    """
    del context
    for one in events.description.operations:
        if one.reply is not None and not one.reply.resolves:
            told = f"`{one.key}`: its reply leads to no channel and no address; let it refer to one that exists"
            yield Found(one.reply, told, operation=one.key)


# ---- beside OpenAPI


@rule("AA604", "event-differs", Severity.ERROR, on=Events)
def event_differs(events: Events, context: Context) -> Iterator[Found]:
    """An event and the poll tell of the same task in different words.

    ## What it does
    Compares the payload of each event of a task with the body of the poll in the OpenAPI document of the same run,
    where both have two properties in common: a status that the poll does not know, or a property of another type, is an
    error. The id of the task counts as one property, be it called `id` or `reportId`. An event may tell less than the
    poll.

    ## Why it matters
    A client reads both with one reader, and trusts whichever comes first.

    ## How to fix
    Use one schema for both: `$ref` leads from one file to the other.

    ## When it may be wrong
    Where the two are not about the same thing: lint them apart.

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
              content:
                application/json:
                  schema: {properties: {id: {type: string}, status: {enum: [queued, completed, failed]}}}
    # file: asyncapi.yaml
    asyncapi: 3.0.0
    info: {title: Jobs, version: "1"}
    channels:
      jobs:
        address: jobs
        messages: {ended: {payload: {properties: {id: {type: string}, status: {enum: [done, failed]}}}}}
    operations:
      jobEnded: {action: send, channel: {$ref: "#/channels/jobs"}}
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
              description: The job
              content:
                application/json:
                  schema: {properties: {id: {type: string}, status: {enum: [queued, completed, failed]}}}
    # file: asyncapi.yaml
    asyncapi: 3.0.0
    info: {title: Jobs, version: "1"}
    channels:
      jobs:
        address: jobs
        messages: {ended: {payload: {properties: {id: {type: string}, status: {enum: [completed, failed]}}}}}
    operations:
      jobEnded: {action: send, channel: {$ref: "#/channels/jobs"}}
    ```
    """
    polls = [poll for api in context.all(Api) for poll in _oa.polls(api)]
    for operation, message, about in _task_events(events):
        poll = _same(about, polls) if about else None
        for told in _differences(about.schema, poll) if about and poll else ():
            yield Found(message, f"`{message.name}`: {told}", operation=operation.key, pair=poll.name if poll else "")


def _same(about: Subject, polls: list[Poll]) -> Poll | None:
    """The poll that tells of the same thing: most properties in common, of two at least."""
    alike = {
        poll: len(_plainly(about.schema, poll) & _plainly(its.schema, poll))
        for poll in polls
        if (its := _oa.subject(poll.operation))
    }
    best = max(alike, key=lambda one: alike[one], default=None)
    return best if best is not None and alike[best] >= 2 else None


def _plainly(schema: Schema, poll: Poll) -> set[str]:
    """The names of its properties; that of the id of what the poll tells of is `id`, whatever is put before it."""
    own = _oa.own_nouns(poll.operation) | JOB_NOUNS | {""}
    found = {name: tuple(map(singular, tokens(name))) for name in schema.properties}
    return {"id" if words[-1:] == ("id",) and "".join(words[:-1]) in own else name for name, words in found.items()}


def _differences(schema: Schema, poll: Poll) -> Iterator[str]:
    its = _oa.subject(poll.operation)
    status = _oa.status(poll.operation)
    for name, mine in schema.properties.items():
        other = its.schema.properties.get(name) if its else None
        if other is None:
            continue
        if mine.type and other.type and {mine.type, other.type} not in ({mine.type}, {"integer", "number"}):
            yield f"`{name}` is {mine.type}, and in `{poll.name}` {other.type}; use one schema for both"
        unknown = [word for word in mine.values if word not in other.values]
        if status and name == status[0] and other.values and unknown:
            words = ", ".join(f"`{word}`" for word in unknown)
            yield f"the status {words} is unknown to `{poll.name}`; use one schema for both"
