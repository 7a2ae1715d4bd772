"""Any Azure long-running operation - Async Request-Reply Pattern, long-running and asynchronous.

Step 1/2, `create_task`: PUT, PATCH, POST or DELETE of a path -> 200, 201, 202; returns immediately, while Azure works.
Step 2/2, `poll_task`: GET of the monitor that the answer named; blocks until the operation is final.
Then `task.result.value` is the final document, None where there is none.

The monitor is the Azure-AsyncOperation field, else Operation-Location, else Location, else the resource itself with its
`properties.provisioningState` (or a `status` that reads like an operation's); which one it was decides what an answer
means.
Codes: 200, 201, 202, 204, 400, 401, 403, 404 (also just after a create), 409, 410, 412, 429, 500, 502, 503.
Statuses: queued, in_progress, cancelling, and final: completed, failed, cancelled.
Only Succeeded, Failed, Canceled (and Cancelled) are final words; an unfinished or wrong value is never a success.

Example:
    >>> import accepted
    >>> from accepted.services import azure_lro
    >>> with accepted.Client(azure_lro.contract) as client:  # doctest: +SKIP
    ...     task = client.create_task(method="DELETE", path="/subscriptions/1/resourceGroups/g?api-version=2021")
    ...     task = client.poll_task(task, timeout=1800)
    ...     print(task.result.value)

Facts checked on 2026-11-24 against azure-core 1.41.0, azure-mgmt-core 1.6.0 and `@microsoft.azure/autorest.testserver`
3.3.51, and https://learn.microsoft.com/azure/azure-resource-manager/management/async-operations; never yet against the
live service. What the guidelines for Azure's APIs say (Operation-Location, Operation-Id, Repeatability-Request-ID) is
from memory.
See also: AsyncAPI https://www.asyncapi.com/ - the Azure pattern
https://learn.microsoft.com/azure/architecture/patterns/async-request-reply - RESTful long-running tasks
https://restfulapi.net/rest-api-design-for-long-running-tasks/
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal, cast
from urllib.parse import parse_qsl, urlsplit

from msgspec import Meta

from accepted.core import codec, monitor
from accepted.core.build import with_query
from accepted.core.codec import Struct
from accepted.core.contract import Ask, Contract, Credential, Facts, Idempotent, Step
from accepted.core.read import Answer, Found, OfTask, Reading, Secret, Words
from accepted.core.schedule import Schedule
from accepted.core.task import Progress, Status, Task
from accepted.core.wire import header, join, origin

Method = Literal["PUT", "PATCH", "POST", "DELETE"]
FinalStateVia = Literal["azure-async-operation", "location", "original-uri", "operation-location"]
Kind = Literal["operation", "location", "resource"]
"""What is polled: a document about the operation, a place that is empty until the result is there, the resource."""

_Path = Annotated[
    str, Meta(pattern=r"^[^\s#]+$", examples=["/subscriptions/1/resourceGroups/g?api-version=2021-04-01"])
]
_Name = Annotated[str, Meta(pattern=r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")]
_Value = Annotated[str, Meta(pattern=r"^[\x20-\x7e\t]*$")]
_Parameter = str | int | float | bool | None

_SECRET = frozenset(
    {
        *("authorization", "proxy-authorization", "cookie", "api-key", "x-api-key", "x-functions-key"),
        *("ocp-apim-subscription-key", "x-ms-authorization-auxiliary"),
    }
)
"""Fields that carry a credential: inputs are no place for one, for they are kept and shown."""

_FRAMING = frozenset({"host", "connection", "content-length", "transfer-encoding"})

_ABOUT_THE_CREATE = re.compile(r"content-.*|if-.*|repeatability-.*|operation-id|prefer|expect")
"""Fields of the create that would say something else on a GET; all others go along with it."""

_KEYS = frozenset({"repeatability-request-id", "operation-id"})
"""Fields with which a POST may be sent again: the service answers as it did the first time."""


class Inputs(Struct, kw_only=True, forbid_unknown_fields=True):
    """What is sent.

    Attributes:
        path: relative to the base URL, with its query if you like.
        method: what is done. Without one it is a POST, the only method that is an act and neither replaces nor removes.
        query: further parameters, such as `api-version`; those that are None are left out.
        headers: further fields. Those that are not about the create alone go along on each poll of the same origin.
            Credentials do not belong here.
        body: any JSON, or None.
        final_state_via: what the operation's specification says in `x-ms-long-running-operation-options`.
    """

    path: _Path
    method: Method = "POST"
    query: dict[str, _Parameter] = codec.field(default_factory=dict[str, _Parameter])
    headers: dict[_Name, _Value] = codec.field(default_factory=dict[str, str])
    body: Any = None
    final_state_via: FinalStateVia | None = None

    def __post_init__(self) -> None:
        """Refuse what leads elsewhere and what carries a credential."""
        self.path = _relative(self.path)
        names = {name.lower() for name in self.headers}
        if secret := sorted(names & _SECRET):
            raise ValueError(f"headers: {secret[0]} carries a credential; give that as auth= or in the environment")
        if framing := sorted(names & _FRAMING):
            raise ValueError(f"headers: {framing[0]} is made from the request itself")


class Result(Struct, kw_only=True):
    """What the operation yielded: the final document as plain JSON values, None where there is none."""

    value: Any = None


def _relative(path: str) -> str:
    """The path as one that begins at the base URL, whatever it holds; the same for one that was made so before."""
    bare = path.removeprefix("./")
    if re.match(r"[a-z][a-z0-9+.-]*://|//", bare, re.IGNORECASE):
        raise ValueError("path is relative to the base URL; give the rest of the URL as base_url")
    bare = bare.removeprefix("/")
    if {".", ".."} & {*bare.partition("?")[0].split("/")}:
        raise ValueError("path: a segment `.` or `..` would lead elsewhere")
    return f"./{bare}"


# ---- words

_STATUSES: Mapping[str, Status] = {
    "succeeded": Status.COMPLETED,
    "failed": Status.FAILED,
    "canceled": Status.CANCELLED,
    "cancelled": Status.CANCELLED,  # nobody documents it; azure-core polls on for ever
    "notstarted": Status.QUEUED,
    "canceling": Status.CANCELLING,
    "cancelling": Status.CANCELLING,
}
"""In lower case; every other word is still in progress."""

WORDS: Words = {
    "NotStarted": Status.QUEUED,
    "Running": Status.IN_PROGRESS,
    "InProgress": Status.IN_PROGRESS,
    "Accepted": Status.IN_PROGRESS,
    "Creating": Status.IN_PROGRESS,
    "Updating": Status.IN_PROGRESS,
    "Deleting": Status.IN_PROGRESS,
    "Canceling": Status.CANCELLING,
    "Succeeded": Status.COMPLETED,
    "Failed": Status.FAILED,
    "Canceled": Status.CANCELLED,
    "Cancelled": Status.CANCELLED,
}
"""Words that were seen, for the pages. Their case does not matter, and any other is in progress."""

_LIKE_AN_OPERATION = re.compile(
    r"\w*ing|in.?progress|not.?started|accepted|queued|submitted|scheduled|succeeded|failed|cancell?ed", re.IGNORECASE
)
"""A `status` in a document that may be a result: these are taken for an operation's, others are the document's own."""


def _status_of(word: str) -> Status:
    return _STATUSES.get(word.lower(), Status.IN_PROGRESS)


def _word_in(document: Any) -> str | None:
    """What a document that may be a resource says of how far it is; None where it says nothing of it."""
    match document:
        case {"properties": {"provisioningState": found}} if found is not None:
            return _text(found, "$.properties.provisioningState")
        case {"provisioningState": found} if found is not None:
            return _text(found, "$.provisioningState")
        case {"status": str(found)} if _LIKE_AN_OPERATION.fullmatch(found):
            return found
        case _:
            return None


def _text(found: object, where: str) -> str:
    if isinstance(found, str) and found.strip():
        return found
    raise codec.WrongShape("expected a word", where, codec.shorten(codec.encode(found)))


# ---- answers

_CODES = frozenset({200, 201, 202, 204})

_MARK = b"\xef\xbb\xbf"


def _bare(raw: bytes) -> bytes:
    """The body without a byte order mark, which some services of Azure send, and without white space around it."""
    return raw.removeprefix(_MARK).strip()


def _document(answer: Answer) -> Any:
    return codec.anything(_bare(answer.raw))


def _object(answer: Answer) -> dict[str, Any]:
    return codec.decode(_bare(answer.raw), dict[str, Any])


def _word_if_any(answer: Answer) -> str | None:
    """The word in an answer whose body decides nothing."""
    try:
        return _word_in(_document(answer))
    except codec.WrongShape:
        return None


def _expected(answer: Answer) -> Answer:
    """azure-core takes no other code for an answer; a 206, say, is a part of something."""
    if answer.code not in _CODES:
        raise codec.WrongShape("expected 200, 201, 202 or 204", "$", str(answer.code))
    return answer


def _said(kind: Kind, answer: Answer) -> tuple[Status, str | None]:
    """What the answer of a monitor means, and its word."""
    match kind, _expected(answer).code:
        case "operation", _:
            return _said_of_operation(answer)
        case _, 202:
            return Status.IN_PROGRESS, _word_if_any(answer)
        case "location", _ if not _bare(answer.raw):
            return Status.COMPLETED, None
        case "location", _:
            word = _word_in(_document(answer))
        case _:
            word = _word_in(_object(answer))
    if word is None:
        unfinished = kind == "resource" and answer.code == 201
        return (Status.IN_PROGRESS if unfinished else Status.COMPLETED), None
    return _status_of(word), word


def _said_of_operation(answer: Answer) -> tuple[Status, str | None]:
    """The body decides. Only a 202 may do without a status."""
    if answer.code == 202 and not _bare(answer.raw):
        return Status.IN_PROGRESS, None
    found = _object(answer).get("status")
    if answer.code == 202 and found is None:
        return Status.IN_PROGRESS, None
    word = _text(found, "$.status")
    return _status_of(word), word


def _said_of_final(task: Task[Any], answer: Answer) -> tuple[Status, str | None]:
    """What the final GET brought. A Location may hold nothing; a resource that is no document is none."""
    empty = _bare(answer.raw) in {b"", b"null"}
    if empty and _expected(answer).code != 202 and not _from_location(task):
        raise codec.WrongShape("expected the resource", "$", codec.shorten(answer.raw))
    return _said("location", answer)


def _from_location(task: Task[Any]) -> bool:
    final = _known(task, "final")
    return final == _known(task, "location") and final != _known(task, "original")


def _reading(status: Status, word: str | None, answer: Answer, task_id: str | None = None) -> Reading:
    document: Any = _document_if_any(answer)
    error = next((one for place in ("/error", "/properties/error") if (one := codec.at(document, place))), None)
    ill = status in {Status.FAILED, Status.CANCELLED}
    code, message = _problem(error) if ill else (None, None)
    percent = codec.at(document, "/percentComplete")
    counted = isinstance(percent, int | float) and 0 <= percent <= 100
    return Reading(
        id=task_id,
        status=status,
        service_status=word,
        reason=code,
        message=message,
        progress=Progress(fraction=percent / 100) if counted else None,
    )


def _document_if_any(answer: Answer) -> Any:
    try:
        return _document(answer)
    except codec.WrongShape:
        return None


def _problem(error: Any) -> tuple[str | None, str | None]:
    """The code and the sentence of an error object, or of whatever stands in its place."""
    match error:
        case None:
            return None, None
        case str():
            return None, error
        case {"code": str() | int() as code, **rest}:
            told = rest.get("message")
            return str(code), told if isinstance(told, str) else None
        case {"message": str(told)}:
            return None, told
        case _:
            return None, codec.shorten(codec.encode(error))


# ---- URLs


def _known(task: Task[Any], name: str) -> str | None:
    """What a step yielded under a name, secret or not."""
    return task.private.yields.get(name) or task.doing.yields.get(name)


def _kept(task: Task[Any], name: str, url: str) -> str:
    """The URL, apart where it is signed. One that follows a signed one must take its place, so it stays there."""
    return Secret(url) if name in task.private.yields else monitor.kept_as(url)


def _inputs(task: Task[Any]) -> Inputs:
    return codec.decode(task.private.inputs or b"{}", Inputs)


def _original(task: Task[Any]) -> str:
    """The URL of the create."""
    inputs = _inputs(task)
    return with_query(join(task.base_url.rstrip("/") + "/", inputs.path), inputs.query)


def _resolved(target: str, seen_from: str, original: str) -> str:
    """A URL that an answer names: absolute, with the create's query where it needs it and is of the same origin."""
    url = join(seen_from, target.strip())
    urlsplit(url)  # raises where it is none
    if origin(url) != origin(original):
        return url
    return monitor.carried(
        url, dict(parse_qsl(urlsplit(original).query, keep_blank_values=True)), always=("api-version",)
    )


def _asked(task: Task[Any], name: str = "monitor") -> str:
    """The URL that a step asks: what was yielded, else what the id says."""
    return join(task.base_url.rstrip("/") + "/", _known(task, name) or task.id or "")


def _location_in(task: Task[Any], answer: Answer, seen_from: str) -> str | None:
    target = (header(answer.headers, "location") or "").strip()
    return _resolved(target, seen_from, _known(task, "original") or seen_from) if target else None


# ---- the first answer

_FIELDS: Mapping[str, Kind] = {
    "azure-asyncoperation": "operation",
    "operation-location": "operation",
    "location": "location",
}
"""The fields that name a monitor, the first one first, and what is found there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Begun:
    """What the answer to the create means; without a URL there is nothing to follow."""

    status: Status
    word: str | None
    url: str | None = None
    kind: Kind | None = None


def _begun(task: Task[Any], answer: Answer) -> _Begun:
    """What follows from the answer to the create.

    A final word of a 200 or 201 is the end, unless a monitor of the service's own can still be asked: a resource may
    show the state that it had before. One elsewhere would not see the credential, so it could confirm nothing.
    """
    code, original = _expected(answer).code, _original(task)
    kind, url = _named(answer, original)
    word = _first_word(answer, strictly=url is None)
    final = word is not None and _status_of(word).final
    unasked = url is None or origin(url) != origin(original)
    resource = _inputs(task).method in {"PUT", "PATCH"}
    going_on = Status.IN_PROGRESS if word is None or final else _status_of(word)
    match code:
        case 200 | 201 if final and unasked:
            return _Begun(status=_status_of(word or ""), word=word, url=original)
        case _ if url is not None:
            return _Begun(status=going_on, word=word, url=url, kind=kind)
        case 201 | 202 if resource:
            return _Begun(status=going_on, word=word, url=original, kind="resource")
        case 200 if resource and word is not None:
            return _Begun(status=going_on, word=word, url=original, kind="resource")
        case _ if code == 202 or word is not None:
            return _Begun(status=going_on, word=word)
        case _:
            return _Begun(status=Status.COMPLETED, word=None, url=original)


def _named(answer: Answer, original: str) -> tuple[Kind | None, str | None]:
    """The monitor that an answer names. With 204 a Location names what is there, and nothing to wait for."""
    for name, kind in _FIELDS.items():
        target = (header(answer.headers, name) or "").strip()
        if target and (answer.code != 204 or kind == "operation"):
            return kind, _resolved(target, original, original)
    return None, None


def _first_word(answer: Answer, *, strictly: bool) -> str | None:
    """The word in the answer to the create; where nothing else tells, a body must be one that can be read."""
    if not strictly or not _bare(answer.raw):
        return _word_if_any(answer)
    return _word_in(_document(answer))


def _read_first(task: Task[Any], answer: Answer) -> Reading:
    begun = _begun(task, answer)
    if begun.url is None:
        return Reading()  # accepted, and nothing to follow: the machine says so
    return _reading(begun.status, begun.word, answer, _id(task, begun, begun.url))


def _id(task: Task[Any], begun: _Begun, url: str) -> str:
    """The monitor, with what a ref alone must say of it in the fragment, which is never sent.

    A resource is changed many times: our marker tells its operations apart.
    """
    known = monitor.known_as(url, task.base_url)
    match begun.kind:
        case "operation":
            return known
        case "location":
            return f"{known}#location"
        case _:
            return f"{known}#{task.marker}"


def _kind(task: Task[Any]) -> Kind:
    named = _known(task, "monitor_is")
    fragment = (task.id or "").partition("#")[2]
    return cast("Kind", named or {"": "operation", "location": "location"}.get(fragment, "resource"))


def _monitor(task: Task[Any], answer: Answer) -> str | None:
    begun = _begun(task, answer)
    return _kept(task, "monitor", begun.url) if begun.url and begun.kind else None


def _monitor_is(task: Task[Any], answer: Answer) -> str | None:
    return _begun(task, answer).kind


def _first_location(task: Task[Any], answer: Answer) -> str | None:
    """The Location beside a status monitor: where the result will be."""
    beside = _begun(task, answer).kind == "operation"
    found = _location_in(task, answer, _original(task)) if beside else None
    return _kept(task, "location", found) if found else None


def _nothing_to_follow(task: Task[Any], answer: Answer) -> str | None:
    return "no monitor" if _begun(task, answer).url is None else None


def _sent_along(task: Task[Any], _: Answer) -> str | None:
    """The fields that polls carry, too. They may say more of the caller than is to be shown."""
    every = {name.lower(): text for name, text in _inputs(task).headers.items()}
    kept = {name: text for name, text in every.items() if not _ABOUT_THE_CREATE.fullmatch(name)}
    return Secret(codec.encode(kept).decode()) if kept else None


# ---- polls


def _read_poll(task: Task[Any], answer: Answer) -> Reading:
    status, word = _said(_kind(task), answer)
    followed = status is Status.COMPLETED and _final(task, answer) is not None
    return _reading(Status.IN_PROGRESS if followed else status, word, answer)


def _read_final(task: Task[Any], answer: Answer) -> Reading:
    return _reading(*_said_of_final(task, answer), answer)


def _moved(task: Task[Any], answer: Answer) -> str | None:
    """A Location on an answer that is not the end names the next place to ask."""
    unfinished = _kind(task) == "location" and not _said("location", answer)[0].final
    found = _location_in(task, answer, _asked(task)) if unfinished else None
    return _kept(task, "monitor", found) if found else None


def _location(task: Task[Any], answer: Answer) -> str | None:
    found = _location_in(task, answer, _asked(task)) if _kind(task) == "operation" else None
    return _kept(task, "location", found) if found else None


def _final(task: Task[Any], answer: Answer) -> str | None:
    """Where the final document is, once the monitor says that the operation succeeded; None: it has it itself."""
    kind = _kind(task)
    if _said(kind, answer)[0] is not Status.COMPLETED:
        return None
    found = _final_of_operation(task, answer) if kind == "operation" else _final_of_location(task, kind)
    return _kept(task, "final", found) if found else None


def _final_of_location(task: Task[Any], kind: Kind) -> str | None:
    wanted = kind == "location" and _known(task, "final_state_via") == "original-uri"
    return _known(task, "original") if wanted and _known(task, "method") in {"PUT", "PATCH"} else None


def _final_of_operation(task: Task[Any], answer: Answer) -> str | None:
    """As azure-core's `OperationResourcePolling.get_final_get_url`, but that a DELETE asks for no resource."""
    method, original = _known(task, "method"), _known(task, "original")
    location = _location_in(task, answer, _asked(task)) or _known(task, "location")
    match _known(task, "final_state_via"), method:
        case "location", _ if location:
            return location
        case "original-uri", "PUT" | "PATCH" | "POST":
            return original
        case "azure-async-operation" | "operation-location", "POST":
            return None
        case _, "DELETE":
            return None
        case _:
            pass
    resource = _object(answer).get("resourceLocation")
    if resource:
        target = _text(resource, "$.resourceLocation")
        return _resolved(target, _asked(task), original or _asked(task))
    return original if method in {"PUT", "PATCH"} else location if method == "POST" else None


def _final_moved(task: Task[Any], answer: Answer) -> str | None:
    """A Location that holds the result may move on while it is not there yet."""
    unfinished = _from_location(task) and not _said_of_final(task, answer)[0].final
    found = _location_in(task, answer, _asked(task, "final")) if unfinished else None
    return _kept(task, "final", found) if found else None


def _location_moved(task: Task[Any], answer: Answer) -> str | None:
    found = _final_moved(task, answer)
    return _kept(task, "location", found) if found else None


def _is_monitored(task: Task[Any]) -> bool:
    return not task.status.final and _known(task, "final") is None


def _has_final(task: Task[Any]) -> bool:
    return not task.status.final and _known(task, "final") is not None


def _result(task: Task[Any]) -> Result:
    raw = _bare(task.raw or b"")
    return Result(value=codec.anything(raw) if raw else None)


def _read_document(answer: Answer) -> Reading:
    return _reading(*_said("operation", answer), answer)


# ---- requests


def _query(ask: Ask) -> Mapping[str, object]:
    inputs: Inputs = ask.inputs
    return inputs.query


def _headers(ask: Ask) -> dict[str, str]:
    inputs: Inputs = ask.inputs
    return {name.lower(): text for name, text in inputs.headers.items()}


def _body(ask: Ask) -> object:
    inputs: Inputs = ask.inputs
    return inputs.body


def _headers_to(name: str) -> Callable[[Ask], Mapping[str, str]]:
    """The create's fields on a later request, where it goes to the same origin."""

    def fields(ask: Ask) -> Mapping[str, str]:
        own = origin(_asked(ask.task, name)) == origin(ask.task.base_url)
        return codec.decode((_known(ask.task, "headers") or "{}").encode(), dict[str, str]) if own else {}

    return fields


def _may_be_repeated(ask: Ask) -> bool:
    """PUT and DELETE are idempotent (RFC 9110 9.2.2); others carry a key, or may not. What was accepted is not sent."""
    inputs: Inputs = ask.inputs
    keyed = {name.lower() for name in inputs.headers} & _KEYS
    return (inputs.method in {"PUT", "DELETE"} or bool(keyed)) and _known(ask.task, "accepted") is None


contract = Contract(
    name="azure-lro",
    title="Azure long-running operation",
    base_url="https://management.azure.com",
    inputs=Inputs,
    create=(
        Step(
            name="operation",
            method="{method}",
            path="{+path}",
            codes=(200, 201, 202, 204),
            repeat="keyed",
            query=_query,
            headers=_headers,
            body=_body,
            read=OfTask(_read_first),
            yields={
                "method": Found(lambda task, _: _inputs(task).method),
                "original": Found(lambda task, _: monitor.kept_as(_original(task))),
                "final_state_via": Found(lambda task, _: _inputs(task).final_state_via),
                "headers": Found(_sent_along),
                "monitor": Found(_monitor),
                "monitor_is": Found(_monitor_is),
                "location": Found(_first_location),
                "accepted": Found(_nothing_to_follow),
            },
        ),
    ),
    poll=(
        Step(
            name="monitor",
            method="GET",
            path="{+monitor}",
            headers=_headers_to("monitor"),
            read=OfTask(_read_poll),
            yields={"final": Found(_final), "location": Found(_location), "monitor": Found(_moved)},
            when=_is_monitored,
        ),
        Step(
            name="document",
            method="GET",
            path="{+final}",
            headers=_headers_to("final"),
            read=OfTask(_read_final),
            yields={"location": Found(_location_moved), "final": Found(_final_moved)},
            when=_has_final,
        ),
    ),
    read=_read_document,
    words=WORDS,
    result=_result,
    id_template="{+monitor}",
    safe=Idempotent(_may_be_repeated),
    grace=10.0,
    missing="gone",
    schedule=Schedule(first=0.5, fraction=0.1, longest=30.0),
    cookies=True,
    credential=Credential(
        how=(
            "Get a token with `az account get-access-token --query accessToken --output tsv` and put it into "
            "ACCEPTED_AZURE_LRO_TOKEN"
        ),
    ),
    facts=Facts(
        verified=(
            "our client against every long-running route of the AutoRest test server 3.3.51; the pollers of azure-core "
            "1.41.0 and azure-mgmt-core 1.6.0 beside it against our simulator; against the live service: not yet"
        ),
        checked=date(2026, 11, 24),
        links={
            "asynchronous operations": (
                "https://learn.microsoft.com/azure/azure-resource-manager/management/async-operations"
            ),
            "guidelines": "https://github.com/microsoft/api-guidelines/blob/vNext/azure/Guidelines.md",
            "azure-core": "https://pypi.org/project/azure-core/",
        },
        retention="a monitor at least 24 h after the end (guidelines)",
        cost="that of the operation; polls are free, within the limits of the subscription",
        typical="seconds to an hour",
        notes=(
            "A PUT or DELETE whose answer was lost is sent again, a POST only with a key (Repeatability-Request-ID).",
            "A ref alone, without its journal, yields the document of its monitor: it does not know the resource.",
            "There is no cancel and no list that all services have.",
        ),
    ),
    examples={
        Status.QUEUED: {"id": "1", "status": "NotStarted"},
        Status.IN_PROGRESS: {"id": "1", "status": "InProgress", "percentComplete": 50},
        Status.CANCELLING: {"id": "1", "status": "Canceling"},
        Status.COMPLETED: {"id": "1", "status": "Succeeded", "properties": {"output": "..."}},
        Status.FAILED: {
            "id": "1",
            "status": "Failed",
            "error": {"code": "QuotaExceeded", "message": "No cores left."},
        },
        Status.CANCELLED: {"id": "1", "status": "Canceled"},
    },
    example_inputs={
        "method": "DELETE",
        "path": "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/old?api-version=2021-04-01",
    },
)
