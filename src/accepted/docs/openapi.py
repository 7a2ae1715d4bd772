"""OpenAPI 3.1 of a served task API: every operation, answer, header and example, tagged as Async Request-Reply.

What may live here: one pure function from a `Described` value to a document, and the tables it is made from.
What the server answers is in `server/face.py`; the tests of the server hold both together.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from importlib.resources import files
from typing import Any

from accepted.core import codec
from accepted.core.task import Status
from accepted.docs._schemas import ref
from accepted.docs._tasks import EXAMPLE_ID, STATUSES, Book
from accepted.docs.described import Bounds, Described, TypeDescription

TAG = "Async Request-Reply"
SERVICE = "Service"
EXTENSION = "x-async-request-reply"

_Object = dict[str, Any]


def openapi(described: Described) -> dict[str, Any]:
    """The OpenAPI 3.1.0 document of an API. Pure: the same value gives the same document.

    Example:
        `openapi(Described(title="Reports", version="1", types=(render,), faults=faults))["paths"]["/tasks"]`
    """
    book = Book(described)
    components = {
        "schemas": book.components.schemas,
        "responses": _refusals(book),
        "parameters": _parameters_of(described.bounds),
        "headers": _HEADERS,
    }
    paths = _paths(book)
    return {
        "openapi": "3.1.0",
        "info": {"title": described.title, "version": described.version, "description": _introduction(described)},
        "servers": [{"url": (described.server_url + described.base_path) or "/"}],
        "security": [{name: []} for name in _SECURITY] if described.secured else [],
        "tags": [
            {"name": TAG, "description": _TAG_TOLD},
            {"name": SERVICE, "description": "About the server itself."},
        ],
        "paths": paths,
        "components": {
            **_reachable(paths, components),
            **({"securitySchemes": _SECURITY} if described.secured else {}),
        },
    }


def extension_schema() -> dict[str, Any]:
    """The published JSON Schema of what stands under `x-async-request-reply`."""
    raw = files("accepted.docs").joinpath(f"{EXTENSION}.schema.json").read_bytes()
    return codec.decode(raw, _Object)


# ---- words

_TAG_TOLD = (
    "A create returns at once with the id of a task (202 Accepted), while the task goes on. "
    "Its status is asked for until it is final, no more often than `Retry-After` says."
)

_STEPS = """\
Every operation of this API follows the **Async Request-Reply Pattern**: a create returns immediately, the task goes on.

1. Step 1/2: create a task. The answer is `202 Accepted` with `Location` and the task's id.
   The task is on disk by then; it is not done.
2. Step 2/2: poll the task at `Location`, not more often than `Retry-After` says, until its status is final.

| status | final | meaning |
|---|---|---|
| `queued` | no | accepted, not begun, or waiting for its next attempt |
| `in_progress` | no | being executed |
| `cancelling` | no | to be cancelled; it may still complete |
| `completed` | yes | `result` is there |
| `failed` | yes | `error` says why; the HTTP code of the poll is still 200 |
| `cancelled` | yes | it was cancelled |
| `expired` | yes | its time was over before it was done |

A task may be executed more than once (after a crash of the server); its outcome is recorded once.
A create may be repeated with the same `Idempotency-Key`: it makes one task.

Refusals are problem documents (RFC 9457), with everything that is wrong at once:

| type | code | title |
|---|---|---|
"""


def _introduction(described: Described) -> str:
    rows = "".join(f"| `#{one.kind}` | {one.status} | {one.title} |\n" for one in described.faults)
    return f"{described.description}\n\n{_STEPS}{rows}".strip()


# ---- parameters and headers, by the name of their component


def _parameter(where: str, name: str, told: str, schema: Mapping[str, Any], **more: Any) -> _Object:
    return {"name": name, "in": where, "description": told, "schema": dict(schema), **more}


def _header(told: str, schema: Mapping[str, Any], **more: Any) -> _Object:
    return {"description": told, "schema": dict(schema), **more}


_TEXT = {"type": "string"}
_SOME_TEXT = {"type": "string", "minLength": 1}


def _parameters_of(bounds: Bounds) -> _Object:
    key = {"type": "string", "pattern": "^[!#-~][!-~]*$", "minLength": 1, "maxLength": bounds.longest_key}
    limit = {"type": "integer", "minimum": 1, "maximum": bounds.most_listed, "default": bounds.listed}
    words = {"type": "string", "enum": list(STATUSES)}
    number = {"type": "string", "pattern": "^[0-9]{1,18}$"}
    told = (
        f"`wait=N` holds the answer until the task changes or N seconds pass, {bounds.longest_wait} at most (RFC 7240)."
    )
    return {
        "Id": _parameter("path", "id", "The id of a task.", _SOME_TEXT, required=True, example=EXAMPLE_ID),
        "Name": _parameter("path", "name", "The name of a file.", _SOME_TEXT, required=True, example="report.pdf"),
        "Key": _parameter("header", "Idempotency-Key", _KEY_TOLD, key, example="nightly-2026-11-22"),
        "PreferAsync": _parameter("header", "Prefer", _ASYNC_TOLD, _TEXT, example="respond-async"),
        "PreferWait": _parameter("header", "Prefer", told, _TEXT, example="wait=10"),
        "IfNoneMatch": _parameter("header", "If-None-Match", _NONE_MATCH_TOLD, _TEXT, example='"3"'),
        "IfRange": _parameter("header", "If-Range", "The `ETag` that a range has to belong to.", _TEXT),
        "Range": _parameter("header", "Range", "One range of bytes (RFC 9110).", _TEXT, example="bytes=0-1023"),
        "LastEventId": _parameter("header", "Last-Event-ID", _LAST_TOLD, number),
        "Limit": _parameter("query", "limit", "Tasks on a page at most; fewer where results are long.", limit),
        "Cursor": _parameter("query", "cursor", "`next_cursor` of the page before; the filters stay.", _SOME_TEXT),
        "Status": _parameter("query", "status", "Only tasks of this status.", words),
        "Type": _parameter("query", "type", "Only tasks of this type.", _TEXT),
    }


_KEY_TOLD = (
    "The same key with the same body gives the one task again, however often and whenever it is sent. "
    "A body is the same where it is the same JSON, whatever the order of its names."
)
_ASYNC_TOLD = "`respond-async` says what happens anyway (RFC 7240)."
_NONE_MATCH_TOLD = "An `ETag` that was answered; 304 where nothing has changed since."
_LAST_TOLD = "The id of the last event that was received; what is newer is sent."

_SECONDS = {"type": "integer", "minimum": 0}

_HEADERS: _Object = {
    "Location": _header("Where the task is polled.", {"type": "string", "format": "uri-reference"}, required=True),
    "Retry-After": _header("Seconds to wait before the next request.", _SECONDS, example=2),
    "ETag": _header("Changes with the task.", _TEXT, example='"3"'),
    "Preference-Applied": _header("The preference that was honoured.", _TEXT, example="wait=10"),
    "Link": _header('The next page, where there is one: `<...>; rel="next"`.', _TEXT),
    "WWW-Authenticate": _header("How to authenticate.", _TEXT, example="Bearer"),
    "RateLimit": _header("What is left, and until when it is whole again.", _TEXT, example='"tenant";r=9;t=6'),
    "RateLimit-Policy": _header("How much may be asked in how many seconds.", _TEXT, example='"tenant";q=10;w=60'),
    "Accept-Ranges": _header("Ranges may be asked for.", _TEXT, example="bytes"),
    "Content-Disposition": _header("The name to save the file under.", _TEXT),
    "Content-Range": _header("Which bytes of how many.", _TEXT, example="bytes 0-1023/4096"),
}

_SECURITY: _Object = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "An API key, as `Authorization: Bearer acc_...`."},
    "apiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": "The same in a field of its own."},
}


def _parameters(*names: str) -> list[_Object]:
    return [{"$ref": f"#/components/parameters/{name}"} for name in names]


def _answer(book: Book, told: str, *headers: str, content: _Object | None = None) -> _Object:
    """A good answer."""
    answer: _Object = {"description": told, "headers": _headers(*headers, *_counted(book))}
    return answer if content is None else {**answer, "content": content}


def _counted(book: Book) -> tuple[str, ...]:
    return ("RateLimit", "RateLimit-Policy") if book.described.limited else ()


def _headers(*names: str) -> _Object:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _reachable(paths: _Object, components: Mapping[str, _Object]) -> _Object:
    """The components that the paths refer to, directly or through each other."""
    found: set[str] = set()
    waiting: list[Any] = [paths]
    while waiting:
        for place in re.findall(r'"#/components/([^"]+)"', codec.encode(waiting.pop()).decode()):
            if place not in found:
                found.add(place)
                waiting.append(codec.at(components, f"/{place}"))
    kept = {
        part: {name: one for name, one in several.items() if f"{part}/{name}" in found}
        for part, several in components.items()
    }
    return {part: several for part, several in kept.items() if several}


# ---- refusals

_REFUSAL_HEADERS = {401: ("WWW-Authenticate",), 429: ("Retry-After",), 503: ("Retry-After",)}
_EVERYWHERE = ("malformed", "internal", "busy")
_OF_TENANTS = ("limited",)
_SECURED = ("unauthenticated", "forbidden")


def _refusals(book: Book) -> _Object:
    """A response for each code of a fault."""
    codes = sorted({one.status for one in book.described.faults})
    return {f"Problem{code}": _refusal(book, code) for code in codes}


def _refusal(book: Book, code: int) -> _Object:
    kinds = [one for one in book.described.faults if one.status == code]
    examples = {
        one.kind: {
            "value": {"type": f"#{one.kind}", "title": one.title, "status": code, "detail": f"{one.title}."},
        }
        for one in kinds
    }
    return {
        "description": "; ".join(one.title for one in kinds),
        "headers": _headers(*_REFUSAL_HEADERS.get(code, ()), *(_counted(book) if code == 429 else ())),
        "content": {"application/problem+json": {"schema": ref(book.problem), "examples": examples}},
    }


def _refused(book: Book, *kinds: str) -> _Object:
    """The refusals that an operation of a tenant may answer, by code."""
    return _refused_to_all(book, *kinds, *_OF_TENANTS, *(_SECURED if book.described.secured else ()))


def _refused_to_all(book: Book, *kinds: str) -> _Object:
    asked = {*kinds, *_EVERYWHERE}
    codes = sorted({one.status for one in book.described.faults if one.kind in asked})
    return {str(code): {"$ref": f"#/components/responses/Problem{code}"} for code in codes}


# ---- operations


def _paths(book: Book) -> _Object:
    types = book.described.types
    own = {one.path: {"post": _create_own(book, one)} for one in types if one.path is not None}
    create = {"post": _create(book)} if types else {}
    return {
        **own,
        "/tasks": {**create, "get": _list(book)},
        "/tasks/{id}": {"parameters": _parameters("Id"), "get": _get(book), "delete": _remove(book)},
        "/tasks/{id}/cancel": {"parameters": _parameters("Id"), "post": _cancel(book)},
        "/tasks/{id}/events": {"parameters": _parameters("Id"), "get": _events(book)},
        "/tasks/{id}/artifacts/{name}": {"parameters": _parameters("Id", "Name"), "get": _artifact(book)},
        **_service(book),
    }


def _tagged(book: Book, operation: str, summary: str, told: str, role: str | None = None) -> _Object:
    """What every operation begins with; those of the pattern say it and their role, as far as anything is created."""
    steps = {"create": {"step": 1, "of": 2}, "poll": {"step": 2, "of": 2}}
    tag = TAG if book.described.types else SERVICE
    head = {"operationId": operation, "tags": [tag], "summary": summary, "description": told}
    if role is None or not book.described.types:
        return head
    statuses = {str(word): str(word) for word in STATUSES}
    return {**head, EXTENSION: {**steps.get(role, {}), "role": role, "poll": "getTask", "statuses": statuses}}


def _create(book: Book) -> _Object:
    told = (
        "Returns immediately with the id of a task that is queued; the work goes on. "
        "Poll `getTask` until the status is final. Repeated with the same `Idempotency-Key` it makes no second one.\n\n"
        "| type | what | first poll after |\n|---|---|---|\n"
    )
    told += "".join(f"| `{one.name}` | {one.summary} | {one.retry_after:g} s |\n" for one in book.described.types)
    content = {"schema": ref(book.request), "examples": book.request_examples()}
    head = _tagged(book, "createTask", "Create a task (Async Request-Reply Pattern - Step 1/2)", told, "create")
    return {**head, **_creating(book, book.described.types, book.task, content)}


def _create_own(book: Book, one: TypeDescription) -> _Object:
    what = one.summary.rstrip(".") or f"Create a task of the type {one.name}"
    told = (
        f"{one.description or what}\n\nReturns immediately with the id of a task of the type `{one.name}` that "
        f"is queued; the work goes on. Poll `getTask`, first after {one.retry_after:g} s, until the status is final."
    )
    content = {"schema": ref(book.inputs[one.name]), "examples": book.input_examples(one)}
    summary = f"{what} (Async Request-Reply Pattern - Step 1/2)"
    head = _tagged(book, f"create{book.words[one.name]}", summary, told, "create")
    return {**head, **_creating(book, (one,), book.tasks[one.name], content)}


def _creating(book: Book, types: Iterable[TypeDescription], task: str, content: _Object) -> _Object:
    examples = {name: value for one in types for name, value in book.task_examples(one, Status.QUEUED).items()}
    told = "Accepted: the task is on disk and will be executed; it is not done."
    answered = {"application/json": {"schema": ref(task), "examples": examples}}
    links = {
        "poll": _link("getTask", "Step 2/2: what became of it."),
        "cancel": _link("cancelTask", "Ask to cancel it."),
    }
    headers = ("Location", "Retry-After", "Preference-Applied")
    accepted = {**_answer(book, told, *headers, content=answered), "links": links}
    slow = _answer(book, "The body did not come in time; send it again.", content=_problem_of(book))
    return {
        "parameters": _parameters("Key", "PreferAsync"),
        "requestBody": {"required": True, "content": {"application/json": content}},
        "responses": {"202": accepted, "408": slow, **_refused(book, "invalid", "key", "too_large", "media")},
    }


def _link(operation: str, told: str) -> _Object:
    return {"operationId": operation, "parameters": {"id": "$response.body#/id"}, "description": told}


def _get(book: Book) -> _Object:
    told = (
        "What became of the task; the answer is 200 whatever its status, a failed one included. "
        "While the status is not final, `Retry-After` says when to ask again."
    )
    head = _tagged(book, "getTask", "Poll a task (Async Request-Reply Pattern - Step 2/2)", told, "poll")
    found = _a_task(book, "The task as it is now.", "Retry-After", "ETag", "Preference-Applied")
    return {
        **head,
        "parameters": _parameters("IfNoneMatch", "PreferWait"),
        "responses": {
            "200": found,
            "304": _answer(book, "It has not changed.", "ETag", "Retry-After", "Preference-Applied"),
            **_refused(book, "unknown", "gone"),
        },
    }


def _a_task(book: Book, told: str, *headers: str, statuses: tuple[Status, ...] = ()) -> _Object:
    examples = {
        name: value for one in book.described.types for name, value in book.task_examples(one, *statuses).items()
    }
    content = {"application/json": {"schema": ref(book.task), "examples": examples}}
    return _answer(book, told, *headers, content=content)


def _list(book: Book) -> _Object:
    told = "The tasks of the caller, newest first, a page at a time. It is how a lost id is found again."
    page: _Object = {"items": [], "next_cursor": None}
    content = {"application/json": {"schema": ref(book.page), "examples": {"last": {"value": page}}}}
    found = _answer(book, "A page.", "Link", content=content)
    return {
        **_tagged(book, "listTasks", "List tasks", told, "list"),
        "parameters": _parameters("Status", "Type", "Limit", "Cursor"),
        "responses": {"200": found, **_refused(book, "invalid")},
    }


def _cancel(book: Book) -> _Object:
    told = "Asks to cancel the task; one that is being executed may still complete, so poll it on."
    asked = _a_task(book, "It will be cancelled.", "Retry-After", statuses=(Status.CANCELLING,))
    already = _a_task(book, "It is cancelled already.", statuses=(Status.CANCELLED,))
    return {
        **_tagged(book, "cancelTask", "Cancel a task", told, "cancel"),
        "responses": {"200": already, "202": asked, **_refused(book, "unknown", "conflict", "gone")},
    }


def _remove(book: Book) -> _Object:
    told = "Removes a task whose status is final, with its result and files. Afterwards it answers 410."
    return {
        **_tagged(book, "removeTask", "Remove a task", told),
        "responses": {"204": _answer(book, "Removed."), **_refused(book, "unknown", "conflict", "gone")},
    }


def _events(book: Book) -> _Object:
    told = (
        "Server-sent events: the task document at once and whenever it changes; the stream ends with a final status. "
        "It ends after about 30 s as well: connect again with `Last-Event-ID`, as an EventSource does by itself."
    )
    stream = {"text/event-stream": {"schema": _TEXT, "examples": {"change": {"value": _EVENT}}}}
    return {
        **_tagged(book, "taskEvents", "Watch a task", told),
        "parameters": _parameters("LastEventId"),
        "responses": {
            "200": _answer(book, "Events.", content=stream),
            "204": _answer(book, "The end was seen already; do not connect again."),
            **_refused(book, "unknown", "gone"),
        },
    }


_EVENT = f'id: 3\nevent: task\ndata: {{"id":"{EXAMPLE_ID}","status":"in_progress"}}\n\n'


def _artifact(book: Book) -> _Object:
    content: _Object = {"*/*": {"schema": {}}}
    about = ("ETag", "Accept-Ranges", "Content-Disposition")
    return {
        **_tagged(book, "getArtifact", "Download a file of a task", "A file that the task yielded."),
        "parameters": _parameters("Range", "IfRange", "IfNoneMatch"),
        "responses": {
            "200": _answer(book, "The file.", *about, content=content),
            "206": _answer(book, "A part of it.", *about, "Content-Range", content=content),
            "304": _answer(book, "It has not changed.", "ETag"),
            "416": _answer(book, "It has no such bytes.", "Content-Range", content=_problem_of(book)),
            **_refused(book, "unknown", "gone"),
        },
    }


def _problem_of(book: Book) -> _Object:
    return {"application/problem+json": {"schema": ref(book.problem)}}


# ---- about the server itself


def _service(book: Book) -> _Object:
    """What is asked by whoever runs or explores the server."""
    ok, ready = {"status": "ok", "title": book.described.title}, {"status": "ready"}
    text = {"text/plain": {"schema": _TEXT, "examples": {"metrics": {"value": _METRIC}}}}
    return {
        "/openapi.json": {"get": _open(book, "getOpenapi", "This document", _json({"openapi": "3.1.0"}))},
        "/healthz": {"get": _open(book, "isAlive", "Whether the server answers", _json(ok))},
        "/readyz": {"get": _open(book, "isReady", "Whether the server takes requests", _json(ready))},
        "/metrics": {
            "get": {
                **_of_service("getMetrics", "Figures in the text format of Prometheus"),
                "responses": {"200": _answer(book, "Figures.", content=text), **_refused(book)},
            }
        },
    }


_METRIC = 'accepted_tasks{type="render",status="queued"} 3\n'


def _open(book: Book, operation: str, summary: str, content: _Object) -> _Object:
    """An operation that everybody may ask for, as often as they like."""
    answered = {"description": f"{summary}.", "content": content}
    responses = {"200": answered, **_refused_to_all(book)}
    return {**_of_service(operation, summary), "security": [], "responses": responses}


def _of_service(operation: str, summary: str) -> _Object:
    return {"operationId": operation, "tags": [SERVICE], "summary": summary, "description": f"{summary}."}


def _json(example: _Object) -> _Object:
    return {"application/json": {"schema": {"type": "object"}, "examples": {"answer": {"value": example}}}}
