"""Google long-running operations (AIP-151) - Async Request-Reply Pattern, long-running and asynchronous.

One contract for every API that answers with a `google.longrunning.Operation`: you say which method and path begin it.
Step 1/2, `create_task`: `POST /{path}` (or PUT, PATCH, DELETE) -> 200 with an Operation; returns immediately, while
the work goes on.
Step 2/2, `poll_task`: `GET /{name}` -> 200 with the Operation; blocks until it says `done`.
Then `task.result.value` is its `response`, and `task.result.metadata` what it told beside it.

Codes: 200, 400 (also for a bad API key), 401, 403, 404 (also just after a create), 409, 429, 500, 501 (the API has no
such method), 503, 504.
Statuses: in_progress, cancelling, and final: completed, failed, cancelled.

An Operation has no status word: `done` says whether it is over, and then exactly one of `response` and `error` is set.
So the word that stands beside our status is the `google.rpc.Code`: OK for a response, that of the error otherwise.
What is done with neither or with both is never taken for a success: the wait ends with ContractBroken.

Example:
    >>> import accepted
    >>> from accepted.services import google_lro
    >>> with accepted.Client(google_lro.contract) as client:  # doctest: +SKIP
    ...     task = client.create_task(path="projects/p/locations/us-central1/books", body={"title": "Async"})
    ...     task = client.poll_task(task, timeout=1800)
    ...     print(task.result.value, task.result.metadata)

Each API is at a place of its own: `base_url="https://translation.googleapis.com/v3"`, or the same in
ACCEPTED_GOOGLE_LRO_BASE_URL.

Facts checked on 2026-11-24 against https://google.aip.dev/151 (and 135, 155, 193, 194) and
https://github.com/googleapis/googleapis/blob/master/google/longrunning/operations.proto; never yet against a live API.
See also: AsyncAPI https://www.asyncapi.com/ - the Azure pattern
https://learn.microsoft.com/azure/architecture/patterns/async-request-reply - RESTful long-running tasks
https://restfulapi.net/rest-api-design-for-long-running-tasks/
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Annotated, Any, Literal, cast

from msgspec import Meta

from accepted.core import codec
from accepted.core.codec import Struct
from accepted.core.contract import (
    Act,
    Ask,
    Contract,
    Credential,
    Facts,
    Idempotent,
    Listing,
    NextToken,
    Step,
)
from accepted.core.read import Answer, Body, Meaning, OfTask, Reading, Words
from accepted.core.schedule import Schedule
from accepted.core.task import Progress, Status, Task
from accepted.errors import AuthenticationFailed, BadRequest, RateLimited, Unsupported

_Text = Annotated[str, Meta(min_length=1)]


class Inputs(Struct, kw_only=True, forbid_unknown_fields=True):
    """The request that begins an operation, as the API's own page describes it.

    Attributes:
        path: what follows the base URL, unencoded; what it asks stands in `query`.
        method: its HTTP method.
        query: its query parameters. `body`: its JSON body.
        request_id: a UUID of yours (https://google.aip.dev/155), where the API documents one: the API then answers a
            repetition with the first operation, so that a create whose answer was lost is sent again.
        request_id_in: where the API takes it: as the query parameter `requestId` (where the body is the resource), or
            as a field of the body (where the body is the whole request).
        operations: the path below the base URL under which operations are found by their name; empty: directly there.
    """

    path: _Text
    method: Literal["POST", "PUT", "PATCH", "DELETE"] = "POST"
    query: dict[str, str | int | float | bool] = codec.field(default_factory=dict[str, "str | int | float | bool"])
    body: dict[str, Any] | None = None
    request_id: _Text | None = None
    request_id_in: Literal["query", "body"] = "query"
    operations: str = ""

    def __post_init__(self) -> None:
        """Refuse what is more than a path, rather than ask for something else."""
        self.path, self.operations = self.path.strip("/"), self.operations.strip("/")
        both = f"{self.path}/{self.operations}"
        if not self.path or {".", ".."} & {*both.split("/")} or any(mark in both for mark in ("://", "?", "#")):
            raise ValueError("path and operations are paths below the base URL; parameters stand in query")


class Filters(Struct, kw_only=True, forbid_unknown_fields=True):
    """What narrows a list.

    Attributes:
        parent: whose operations: `projects/p/locations/l`, say; empty: those of `/operations`. It is part of their
            names: what stands before the names (`v1`, say) belongs to the base URL, and is refused here.
        filter: an expression that the API defines (https://google.aip.dev/160).
    """

    parent: str = ""
    filter: str | None = None

    def __post_init__(self) -> None:
        """A parent ends with a slash, so that the list of none is at `/operations`."""
        self.parent = f"{bare}/" if (bare := self.parent.strip("/")) else ""


class Waiting(Struct, kw_only=True, forbid_unknown_fields=True):
    """How long the act `wait` may hold its answer.

    Attributes:
        timeout: seconds; less than a request may take (`request_timeout`), or its answer comes too late.
    """

    timeout: Annotated[float, Meta(gt=0)] = 20.0


class Error(Struct, kw_only=True):
    """The `google.rpc.Status` with which an operation ended.

    Attributes:
        code: a number of `google.rpc.Code`, or whatever else the API wrote. `message`: its sentence.
        details: further messages, each with its `@type`.
    """

    code: int = 0
    message: str = ""
    details: list[dict[str, Any]] = codec.field(default_factory=list[dict[str, Any]])


class Result(Struct, kw_only=True):
    """What an operation left.

    Attributes:
        value: its `response`, with the `@type` in it; None where it did not complete.
        metadata: what it told beside it, with the `@type` in it, or None.
        error: why it did not complete, or None.
    """

    value: dict[str, Any] | None = None
    metadata: dict[str, Any] | None = None
    error: Error | None = None


class _Operation(Struct):
    """The document of the wire. What is null is absent, as in every JSON form of a protocol buffer."""

    name: str | None = None
    done: bool | None = None
    error: Any = None
    response: dict[str, Any] | None = None
    metadata: dict[str, Any] | None = None

    @property
    def told(self) -> dict[str, Any]:
        """The metadata, empty where there is none."""
        return self.metadata or {}


_FIELDS = frozenset(_Operation.__struct_fields__)

CODES: Mapping[int, str] = {
    1: "CANCELLED",
    2: "UNKNOWN",
    3: "INVALID_ARGUMENT",
    4: "DEADLINE_EXCEEDED",
    5: "NOT_FOUND",
    6: "ALREADY_EXISTS",
    7: "PERMISSION_DENIED",
    8: "RESOURCE_EXHAUSTED",
    9: "FAILED_PRECONDITION",
    10: "ABORTED",
    11: "OUT_OF_RANGE",
    12: "UNIMPLEMENTED",
    13: "INTERNAL",
    14: "UNAVAILABLE",
    15: "DATA_LOSS",
    16: "UNAUTHENTICATED",
}
"""https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto; 0 is OK, which is no error."""

WORDS: Words = {
    **{word: Meaning(Status.FAILED, reason=word.lower()) for word in CODES.values()},
    "DEADLINE_EXCEEDED": Meaning(Status.FAILED, reason="deadline"),
    "CANCELLED": Status.CANCELLED,
    "OK": Status.COMPLETED,
    "": Status.IN_PROGRESS,
}
"""What an operation that is over says, and the empty word of one that is not."""

_PERCENT = ("progressPercent", "progress_percent", "progressPercentage")
_TEXT = ("statusMessage", "statusDetail", "status_message", "status_detail")
_ASKED_TO_CANCEL = ("requestedCancellation", "cancelRequested", "requested_cancellation", "cancel_requested")
"""What the metadata of Google's APIs call these facts; none of them must be there.

https://github.com/googleapis/googleapis/blob/master/google/cloud/common/operation_metadata.proto
"""


# ---- requests


def _create_query(ask: Ask) -> dict[str, Any]:
    inputs: Inputs = ask.inputs
    named = inputs.request_id if inputs.request_id_in == "query" else None
    return {**inputs.query, **({"requestId": named} if named else {})}


def _create_body(ask: Ask) -> dict[str, Any] | None:
    inputs: Inputs = ask.inputs
    named = inputs.request_id if inputs.request_id_in == "body" else None
    return {**(inputs.body or {}), "requestId": named} if named else inputs.body


def _may_be_repeated(ask: Ask) -> bool:
    """A request that the API tells apart by its id (AIP-155), and the idempotent methods (RFC 9110 9.2.2)."""
    inputs: Inputs = ask.inputs
    return inputs.request_id is not None or inputs.method in {"PUT", "DELETE"}


def _empty_body(_: Ask) -> dict[str, str]:
    return {}


def _wait_body(ask: Ask) -> dict[str, str]:
    """A `google.protobuf.Duration` is written in seconds, without an exponent."""
    waiting: Waiting = ask.inputs
    return {"timeout": f"{waiting.timeout:.3f}".rstrip("0").rstrip(".") + "s"}


def _list_query(ask: Ask) -> dict[str, str | None]:
    filters: Filters = ask.inputs
    return {"filter": filters.filter}


# ---- readings

_OK = 200
_NAME = "operation_name"
_LISTED = "/operations"


def _read(answer: Answer) -> Reading:
    """What an Operation says."""
    operation = _operation(answer)
    told = operation.told
    return replace(
        _ending(operation) if operation.done else _going_on(operation),
        id=(operation.name or "").strip("/") or None,
        progress=_progress(told),
        created_at=_moment(told, "createTime"),
        updated_at=_moment(told, "updateTime"),
        finished_at=_moment(told, "endTime") if operation.done else None,
    )


def _read_created(task: Task[Any], answer: Answer) -> Reading:
    """The id is the path at which the operation is found: its name, below the place where the API keeps them.

    What is answered with another code than 200 names the operation and no more: polls say what became of it.
    """
    reading = _read(answer)
    if reading.id is None:
        raise _no_operation(answer)
    place = codec.decode(task.private.inputs or b"{}", Inputs).operations
    path = f"{place}/{reading.id}" if place else reading.id
    return replace(reading, id=path) if answer.code == _OK else Reading(id=path, service_status="")


def _read_again(task: Task[Any], answer: Answer) -> Reading:
    """Another operation's outcome is not this one's, and neither is what a proxy made of it or a part of it."""
    _whole(answer)
    reading = _read(answer)
    if reading.id is not None and task.id is not None and not _is_of(task, task.id, reading.id):
        expected = task.doing.yields.get(_NAME, task.id)
        raise codec.WrongShape(f"expected the operation {expected}", "$.name", codec.shorten(reading.id))
    return reading


def _read_listed(answer: Answer) -> Reading:
    """A name of one part is found where it was listed, at `/operations/{name}`; any other is a path itself."""
    reading = _read(answer)
    if reading.id is None:
        raise _no_operation(answer)
    return reading if "/" in reading.id else replace(reading, id=f"operations/{reading.id}")


def _read_page(task: Task[Any], answer: Answer) -> Reading:
    """Says nothing of a task, and refuses a list of names at which nothing would be found: those not below its parent.

    Only the first part is compared: a parent may have a wildcard, or be spelt by number.
    """
    _whole(answer)
    parent = codec.decode(task.private.inputs or b"{}", Filters).parent
    names = [_operation(Answer(raw=raw)).name or "" for raw in codec.split(answer.raw, _LISTED)] if parent else []
    strange = next((name for name in names if _first_part(name) != _first_part(parent)), None)
    if strange is not None:
        told = f"operations listed under {parent.strip('/')} are named {codec.shorten(strange)}, not below it"
        raise BadRequest(f"{told}: end the base URL with what stands before the names, and leave it out of parent")
    return Reading()


def _whole(answer: Answer) -> None:
    """A method of an API is answered with 200; what else is a success of HTTP (203, 204, 206) proves no outcome."""
    if answer.code != _OK:
        raise codec.WrongShape("expected 200", "the status code", str(answer.code))


def _is_of(task: Task[Any], path: str, name: str) -> bool:
    """Whether a name is that of the task: the one that its create was answered with.

    Of a task that is known by its ref alone only the path is known: it ends with the name.
    """
    known = task.doing.yields.get(_NAME)
    expected = known.strip("/").split("/") if known else path.split("/")[-len(name.split("/")) :]
    return _are_same(expected, name.split("/"))


def _are_same(one: list[str], other: list[str]) -> bool:
    """Whether two names are one operation's: part by part, but for a project, which has an id and a number."""
    if len(one) != len(other) or one[-2:] != other[-2:]:
        return False
    after = zip(["", *one], one, other, strict=False)
    return all(a == b or (before == "projects" and _is_number(a) != _is_number(b)) for before, a, b in after)


def _is_number(part: str) -> bool:
    return part.isascii() and part.isdigit()


def _operation(answer: Answer) -> _Operation:
    """The Operation in an answer.

    A resource has a name, too, and is none: an API that works at once answers with one. A document without a name
    must at least say `done`.
    """
    operation = answer.read_as(_Operation)
    known: dict[str, Any] = codec.anything(answer.raw or b"{}")
    name = operation.name or ""
    named = name and ("operations" in name.split("/") or known.keys() <= _FIELDS)
    if not named and operation.done is None:
        raise _no_operation(answer)
    return operation


def _no_operation(answer: Answer) -> codec.WrongShape:
    return codec.WrongShape("expected a google.longrunning.Operation", "$", codec.shorten(answer.raw))


def _first_part(name: str) -> str:
    return name.strip("/").partition("/")[0]


def _going_on(operation: _Operation) -> Reading:
    """Not over, whatever else is set; an error that is told before the end is shown."""
    message = _error(operation.error).message if operation.error is not None else None
    asked = any(operation.told.get(name) is True for name in _ASKED_TO_CANCEL)
    return Reading(status=Status.CANCELLING if asked else None, service_status="", message=message or None)


def _ending(operation: _Operation) -> Reading:
    match operation.error, operation.response:
        case None, dict():
            return Reading(service_status="OK")
        case None, None:
            return Reading(status=Status.UNKNOWN, over=True, message="done, with neither an error nor a response")
        case error, None:
            return Reading(service_status=_word(error), message=_error(error).message or None)
        case _:
            return Reading(status=Status.UNKNOWN, over=True, message="done, with both an error and a response")


def _error(found: Any) -> Error:
    """The error, in whatever shape it came: it stays an error."""
    try:
        return cast("Error", codec.convert(found, Error))
    except codec.WrongShape:
        return Error(message=codec.shorten(codec.encode(found)))


def _word(found: Any) -> str:
    """The word of an error; a number that nobody declared, and 0, are UNKNOWN, as for every `google.rpc.Status`."""
    return CODES.get(_error(found).code, "UNKNOWN")


def _progress(told: Mapping[str, Any]) -> Progress | None:
    fraction, text = _fraction(_first(told, _PERCENT)), _first(told, _TEXT)
    text = text if isinstance(text, str) and text else None
    return Progress(fraction=fraction, text=text) if fraction is not None or text else None


def _fraction(percent: Any) -> float | None:
    """From 0 to 1; a 64-bit number stands as a text in JSON, and anything else says nothing."""
    try:
        part = float(percent) / 100
    except (TypeError, ValueError):
        return None
    return part if 0 <= part <= 1 else None


def _moment(told: Mapping[str, Any], name: str) -> datetime | None:
    try:
        return cast("datetime | None", codec.convert(told.get(name), datetime | None))
    except codec.WrongShape:
        return None


def _first(told: Mapping[str, Any], names: tuple[str, ...]) -> Any:
    return next((told[name] for name in names if told.get(name) is not None), None)


# ---- results


def _result(task: Task[Any]) -> Result:
    operation = codec.decode(task.raw or b"{}", _Operation)
    if task.status is Status.COMPLETED and operation.response is None:
        raise codec.WrongShape("expected a response")
    return Result(
        value=operation.response if task.status is Status.COMPLETED else None,
        metadata=operation.told or None,
        error=None if operation.error is None else _error(operation.error),
    )


API_KEY = Credential(
    header="X-Goog-Api-Key",
    prefix="",
    how="Make an API key at https://console.cloud.google.com/apis/credentials and put it into "
    "ACCEPTED_GOOGLE_LRO_TOKEN",
)
"""For APIs that take an API key instead: `Client(dataclasses.replace(contract, credential=API_KEY), ...)`."""

_ITSELF = "/{+operation}"

contract = Contract(
    name="google-lro",
    title="Google operations",
    base_url="",
    inputs=Inputs,
    create=(
        Step(
            name="request",
            method="{method}",
            path="/{+path}",
            repeat="keyed",
            query=_create_query,
            body=_create_body,
            read=OfTask(_read_created),
            yields={_NAME: Body("/name")},
        ),
    ),
    poll=(Step(name="operation", method="GET", path=_ITSELF, read=OfTask(_read_again)),),
    listing=Listing(
        step=Step(
            name="operations",
            method="GET",
            path="/{+parent}operations",
            items=_LISTED,
            read=OfTask(_read_page),
            query=_list_query,
            pages=NextToken("pageToken", "/nextPageToken"),
            page_size=("pageSize", 100),
        ),
        newest_first=False,
        filters=Filters,
    ),
    cancel=(Step(name="cancel", method="POST", path=f"{_ITSELF}:cancel", body=_empty_body),),
    acts={
        "wait": Act(
            steps=(
                Step(name="wait", method="POST", path=f"{_ITSELF}:wait", body=_wait_body, read=OfTask(_read_again)),
            ),
            inputs=Waiting,
            summary="let the service hold its answer until the operation is over; it may answer sooner, unfinished",
        ),
        "delete": Act(
            steps=(Step(name="delete", method="DELETE", path=_ITSELF),),
            summary="let the service forget the operation and its outcome; that does not cancel it",
        ),
    },
    read=_read_listed,
    words=WORDS,
    result=_result,
    id_template="{+operation}",
    safe=Idempotent(_may_be_repeated),
    grace=30.0,
    missing="gone",
    schedule=Schedule(first=2.0, fraction=0.1, longest=60.0),
    credential=Credential(
        how="Get an access token with `gcloud auth print-access-token` "
        "(https://cloud.google.com/sdk/gcloud/reference/auth/print-access-token) and put it into "
        "ACCEPTED_GOOGLE_LRO_TOKEN; it lasts an hour, so that a longer wait needs an `auth` function",
    ),
    refusals={
        "API_KEY_INVALID": AuthenticationFailed,
        "UNAUTHENTICATED": AuthenticationFailed,
        "RESOURCE_EXHAUSTED": RateLimited,
        "RATE_LIMIT_EXCEEDED": RateLimited,
        "UNIMPLEMENTED": Unsupported,
    },
    facts=Facts(
        verified=(
            "google-api-core 2.44.0 drives our simulator, and its outcomes stand beside our client's; "
            "against a live API: not yet"
        ),
        checked=date(2026, 11, 24),
        links={
            "AIP-151": "https://google.aip.dev/151",
            "AIP-155": "https://google.aip.dev/155",
            "AIP-193": "https://google.aip.dev/193",
            "proto": "https://github.com/googleapis/googleapis/blob/master/google/longrunning/operations.proto",
        },
        retention="as each API says; AIP-151 calls 30 days after the end a good rule of thumb, then 404",
        cost="as each API says",
        typical="seconds to days; AIP-151 is for what takes more than about 10 seconds",
        notes=(
            "A create is answered with 200 and an Operation, not with 202.",
            "A create is sent again after a lost answer where it has a request_id, or is a PUT or DELETE.",
            (
                "Done with neither an error nor a response, or with both, is ContractBroken, also after a DELETE: "
                "its response would be an empty message, and is there."
            ),
            "Cancel is a request: an operation that was cancelled is done with error code 1 (CANCELLED).",
            "What failed in part may stand in the metadata or in the response, where each API has its own form.",
            "An API need not have list, cancel, delete or wait: it answers 501, which is Unsupported.",
        ),
    ),
    examples={
        Status.IN_PROGRESS: {
            "name": "projects/p/locations/l/operations/314",
            "metadata": {"@type": "type.googleapis.com/example.v1.OperationMetadata", "progressPercent": 40},
        },
        Status.CANCELLING: {
            "name": "projects/p/locations/l/operations/314",
            "metadata": {"@type": "type.googleapis.com/example.v1.OperationMetadata", "requestedCancellation": True},
        },
        Status.COMPLETED: {
            "name": "projects/p/locations/l/operations/314",
            "done": True,
            "response": {"@type": "type.googleapis.com/example.v1.Book", "name": "publishers/1/books/2"},
        },
        Status.FAILED: {
            "name": "projects/p/locations/l/operations/314",
            "done": True,
            "error": {"code": 9, "message": "The book is not empty."},
        },
        Status.CANCELLED: {
            "name": "projects/p/locations/l/operations/314",
            "done": True,
            "error": {"code": 1, "message": "The operation was cancelled."},
        },
    },
    example_inputs={"path": "projects/p/locations/us-central1/books", "body": {"title": "Async"}},
)
