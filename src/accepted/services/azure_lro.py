"""Any Azure long-running operation - Async Request-Reply Pattern, long-running and asynchronous.

Step 1/2, `create_task`: `PUT {path}` (or PATCH, POST, DELETE) -> 200, 201, 202; returns immediately, while Azure works.
Step 2/2, `poll_task`: `GET {monitor}`, which the answer named -> 200, 202; blocks until the operation is final.
Then `task.result.value` is the final document, None where there is none.

The monitor is the Azure-AsyncOperation field, else Operation-Location, else Location, else the resource itself with its
`properties.provisioningState` (or a `status` that reads like an operation's); which one it was decides what an answer
means. One that is named is always asked, whatever the first answer says, but for the one case that the AutoRest test
server has: PATCH 200 whose body says Succeeded beside a monitor on `localhost`.
Codes: 200, 201, 202, 204, 400, 401, 403, 404 (also just after a create), 409, 410, 412, 429, 500, 502, 503.
Statuses: queued, in_progress, cancelling, and final: completed, failed, cancelled.
Only Succeeded, Failed, Canceled (and Cancelled) are final words; an unfinished or wrong value is never a success, nor
are two words that contradict each other, or Succeeded beside an error.

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
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal
from urllib.parse import parse_qsl, urlencode, urlsplit

from msgspec import Meta

from accepted.core import codec, monitor
from accepted.core.build import with_query
from accepted.core.codec import Struct
from accepted.core.contract import Ask, Contract, Credential, Facts, Idempotent, Step
from accepted.core.read import Answer, Found, OfTask, Reading, Secret
from accepted.core.schedule import Schedule
from accepted.core.task import Progress, Status, Task
from accepted.core.wire import MONITORS, join, origin, pairs_of
from accepted.errors import BadRequest
from accepted.services import _azure_words as words
from accepted.services._azure_words import Said
from accepted.services._kept import (
    CREDENTIAL,
    create_url,
    headers_to,
    kept_headers,
    monitor_url,
    relative,
    yielded,
)
from accepted.services._monitors import bare, document_of, named_in, placed

Method = Literal["PUT", "PATCH", "POST", "DELETE"]
FinalStateVia = Literal["azure-async-operation", "location", "original-uri", "operation-location"]
Kind = Literal["operation", "location", "resource"]
"""What is polled: a document about the operation, a place that is empty until the result is there, the resource."""

_Path = Annotated[
    str, Meta(pattern=r"^[^\s#]+\Z", examples=["/subscriptions/1/resourceGroups/g?api-version=2021-04-01"])
]
_Name = Annotated[str, Meta(pattern=r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")]
_Value = Annotated[str, Meta(pattern=r"^[\x20-\x7e\t]*\Z")]
_Parameter = str | int | float | bool | None

_FRAMING = frozenset({"host", "connection", "content-length", "transfer-encoding"})

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
        self.path = _below(self.path)
        names = {name.lower() for name in self.headers}
        if secret := sorted(filter(CREDENTIAL.search, names)):
            raise ValueError(f"headers: {secret[0]} carries a credential; give that as auth= or in the environment")
        if framing := sorted(names & _FRAMING):
            raise ValueError(f"headers: {framing[0]} is made from the request itself")


class Result(Struct, kw_only=True):
    """What the operation yielded: the final document as plain JSON values, None where there is none."""

    value: Any = None


def _below(path: str) -> str:
    """The path as one that begins at the base URL, whatever it holds; the same for one that was made so before."""
    inner = path.removeprefix("./")
    if re.match(r"[a-z][a-z0-9+.-]*://|//", inner, re.IGNORECASE):
        raise ValueError("path is relative to the base URL; give the rest of the URL as base_url")
    if {".", ".."} & {*inner.removeprefix("/").partition("?")[0].split("/")}:
        raise ValueError("path: a segment `.` or `..` would lead elsewhere")
    return relative(path)


# ---- answers

_CODES = frozenset({200, 201, 202, 204})


def _document(answer: Answer) -> Any:
    return codec.anything(bare(answer.raw))


def _object(answer: Answer) -> dict[str, Any]:
    return codec.decode(bare(answer.raw), dict[str, Any])


def _expected(answer: Answer) -> Answer:
    """azure-core takes no other code for an answer; a 206, say, is a part of something."""
    if answer.code not in _CODES:
        raise codec.WrongShape("expected 200, 201, 202 or 204", "$", str(answer.code))
    return answer


def _said(kind: Kind, answer: Answer) -> tuple[Status, str | None]:
    """What the answer of a monitor means, and its word."""
    match kind, _expected(answer).code:
        case "operation", 202 if not bare(answer.raw) or _object(answer).get("status") is None:
            return Status.IN_PROGRESS, None  # only a 202 may do without a status
        case "operation", _:
            said = words.of_operation(_object(answer))
        case _, 202:
            return _under_way(answer)
        case "location", _ if not bare(answer.raw):
            return Status.COMPLETED, None
        case "location", _:
            said = words.of_result(_document(answer), resource=False)
        case _:
            said = words.of_result(_object(answer), resource=True)
    unfinished = kind == "resource" and answer.code == 201
    return said[0] or (Status.IN_PROGRESS if unfinished else Status.COMPLETED), said[1]


def _under_way(answer: Answer) -> tuple[Status, str | None]:
    """A 202 is not over, whatever its body says."""
    return Status.IN_PROGRESS, _said_if_readable(answer, resource=False)[1]


def _said_if_readable(answer: Answer, *, resource: bool) -> Said:
    """What an answer says whose body need not say anything."""
    try:
        return words.of_result(document_of(answer), resource=resource)
    except codec.WrongShape:
        return None, None


def _said_of_final(task: Task[Any], answer: Answer) -> tuple[Status, str | None]:
    """What the final GET brought. A Location may hold nothing; a resource that is no document is none."""
    resource = not _from_location(task)
    if _expected(answer).code == 202:
        return _under_way(answer)
    if resource and bare(answer.raw) in {b"", b"null"}:
        raise codec.WrongShape("expected the resource", "$", codec.shorten(answer.raw))
    status, word = words.of_result(_document(answer) if bare(answer.raw) else None, resource=resource)
    return status or Status.COMPLETED, word


def _from_location(task: Task[Any]) -> bool:
    final = _place(task, "final")
    return final == _place(task, "location") and final != _place(task, "original")


def _reading(status: Status, word: str | None, answer: Answer, task_id: str | None = None) -> Reading:
    document = document_of(answer)
    ill = status in {Status.FAILED, Status.CANCELLED}
    code, message = _problem(words.error_of(document)) if ill else (None, None)
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


# ---- what is known of a task, and its URLs


def _inputs(task: Task[Any]) -> Inputs:
    return codec.decode(task.private.inputs or b"{}", Inputs)


def _known(task: Task[Any], name: str) -> str:
    """What the create yielded under a name, else what the fragment of the id says of it; empty where neither does."""
    return yielded(task, name) or dict(parse_qsl(_fragment(task))).get(name, "")


def _fragment(task: Task[Any]) -> str:
    return (task.id or "").partition("#")[2]


def _kind(task: Task[Any]) -> Kind:
    """What is polled: a word in the fragment of the id; other words there are a marker."""
    match [word for word in _fragment(task).split("&") if word and "=" not in word]:
        case []:
            return "operation"
        case ["location"]:
            return "location"
        case _:
            return "resource"


_ENDED = "ended-"
"""What stands before the marker in the id of an operation that ended in the answer to its create."""


def _kept(task: Task[Any], name: str, url: str) -> str:
    """The URL, apart where it is signed. One that follows a signed one must take its place, so it stays there."""
    return Secret(url) if name in task.private.yields else monitor.kept_as(url)


def _original(task: Task[Any]) -> str:
    """The URL of the create, while that goes on."""
    return with_query(create_url(task), _inputs(task).query)


def _place(task: Task[Any], name: str) -> str:
    """A URL that is known under a name: absolute, empty where there is none."""
    known = _known(task, name)
    return join(task.base_url.rstrip("/") + "/", known) if known else ""


def _resolved(target: str, seen_from: str, original: str) -> str:
    """A URL that an answer names: absolute, with the create's query where it needs it and is of the same origin."""
    url = placed(target, seen_from)
    return monitor.carried(url, dict(pairs_of(original)), ("api-version",)) if origin(url) == origin(original) else url


def _location_in(task: Task[Any], answer: Answer, seen_from: str) -> str:
    target = named_in(answer, "location")
    return _resolved(target, seen_from, _place(task, "original") or seen_from) if target else ""


# ---- the first answer

_FIELDS: Mapping[str, Kind] = {name: "location" if name == "location" else "operation" for name in MONITORS[:3]}
"""The fields that name a monitor, the first one first, and what is found there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Begun:
    """What the answer to the create means: without a URL there is nothing to follow, without a kind it is the end."""

    status: Status
    word: str | None
    url: str | None = None
    kind: Kind | None = None


def _begun(task: Task[Any], answer: Answer) -> _Begun:
    """What follows from the answer to the create.

    A monitor that is named wins: a resource may show the state that it had before. It is asked on another origin, too,
    where it sees no credential; one that may not or cannot be asked is an error, and no success.
    """
    code, original, method = _expected(answer).code, _original(task), _inputs(task).method
    resource = method in {"PUT", "PATCH"}
    kind, url = _named(answer, original)
    # Where nothing else tells, the body must be one that can be read.
    readable = words.of_result(_document(answer), resource=resource) if url is None and bare(answer.raw) else None
    status, word = readable or _said_if_readable(answer, resource=resource)
    going_on = Status.IN_PROGRESS if status is None or status.final else status
    match code:
        case 200 if status is Status.COMPLETED and method == "PATCH" and url and _is_this_machine(url, original):
            return _Begun(status=status, word=word, url=original)
        case _ if url is not None:
            return _Begun(status=going_on, word=word, url=url, kind=kind)
        case 200 | 201 if status is not None and status.final:
            return _Begun(status=status, word=word, url=original)
        case 201 | 202 if resource:
            return _Begun(status=going_on, word=word, url=original, kind="resource")
        case 200 if resource and status is not None:
            return _Begun(status=going_on, word=word, url=original, kind="resource")
        case _ if code == 202 or status is not None:
            return _Begun(status=going_on, word=word)
        case _:
            return _Begun(status=Status.COMPLETED, word=None, url=original)


def _is_this_machine(url: str, original: str) -> bool:
    """Whether a monitor is like that of `/lro/patch/200/succeeded/ignoreheaders` of the AutoRest test server.

    It is on `localhost`, where the service is not, and must not be asked.
    """
    return urlsplit(url).hostname == "localhost" and origin(url) != origin(original)


def _named(answer: Answer, original: str) -> tuple[Kind | None, str | None]:
    """The monitor that an answer names. With 204 a Location names what is there, and nothing to wait for."""
    for name, kind in _FIELDS.items():
        target = named_in(answer, name)
        if target and (answer.code != 204 or kind == "operation"):
            return kind, _resolved(target, original, original)
    return None, None


def _read_first(task: Task[Any], answer: Answer) -> Reading:
    begun = _begun(task, answer)
    if begun.url is None:
        return Reading()  # accepted, and nothing to follow: the machine says so
    fragment = _told_by_id(task, answer, begun.kind)
    known = monitor.known_as(begun.url, task.base_url)
    return _reading(begun.status, begun.word, answer, f"{known}#{fragment}" if fragment else known)


def _told_by_id(task: Task[Any], answer: Answer, kind: Kind | None) -> str:
    """What a ref alone must say: the fragment of the id, which is never sent.

    A resource is changed many times: our marker tells its operations apart. What ended at once is not asked about.
    """
    match kind:
        case None:
            return f"{_ENDED}{task.marker}"
        case "resource":
            return task.marker
        case "location":
            inputs = _inputs(task)
            back = inputs.final_state_via == "original-uri" and inputs.method in {"PUT", "PATCH"}
            return "&".join(("location", *([urlencode(_needs(task, answer))] if back else [])))
        case "operation":
            return urlencode(_needs(task, answer))


def _needs(task: Task[Any], answer: Answer) -> dict[str, str]:
    """What the final GET hangs on; a POST that says nothing of it needs nothing."""
    inputs = _inputs(task)
    back = inputs.method in {"PUT", "PATCH"} or inputs.final_state_via == "original-uri"
    every = {
        "method": inputs.method if inputs.method != "POST" else "",
        "final_state_via": inputs.final_state_via or "",
        "original": monitor.known_as(_original(task), task.base_url) if back else "",
        "location": monitor.known_as(found, task.base_url) if (found := _first_location(task, answer)) else "",
    }
    return {name: text for name, text in every.items() if text}


def _monitor(task: Task[Any], answer: Answer) -> str | None:
    begun = _begun(task, answer)
    return _kept(task, "monitor", begun.url) if begun.url and begun.kind else None


def _first_location(task: Task[Any], answer: Answer) -> str | None:
    """The Location beside a status monitor, where the result will be there."""
    original, inputs = _original(task), _inputs(task)
    beside = _named(answer, original)[0] == "operation" and _at_location(inputs.method, inputs.final_state_via or "")
    found = _location_in(task, answer, original) if beside else ""
    return _kept(task, "location", found) if found else None


def _at_location(method: str, via: str) -> bool:
    return via == "location" or (method == "POST" and via not in {"azure-async-operation", "operation-location"})


def _nothing_to_follow(task: Task[Any], _: Answer) -> str | None:
    return "no monitor" if task.id is None else None


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
    found = _location_in(task, answer, monitor_url(task)) if unfinished else ""
    return _kept(task, "monitor", found) if found else None


def _location(task: Task[Any], answer: Answer) -> str | None:
    found = _new_location(task, answer)
    return _kept(task, "location", found) if found else None


def _new_location(task: Task[Any], answer: Answer) -> str:
    """The Location of a status monitor, where the result will be there."""
    wanted = _kind(task) == "operation" and _at_location(_method(task), _known(task, "final_state_via"))
    return _location_in(task, answer, monitor_url(task)) if wanted else ""


def _method(task: Task[Any]) -> str:
    """That of the create; a ref that says nothing of it is that of a POST."""
    return _known(task, "method") or "POST"


def _final(task: Task[Any], answer: Answer) -> str | None:
    """Where the final document is, once the monitor says that the operation succeeded; None: it has it itself."""
    kind = _kind(task)
    if _said(kind, answer)[0] is not Status.COMPLETED:
        return None
    found = _final_of_operation(task, answer) if kind == "operation" else _final_of_location(task, kind)
    return _kept(task, "final", found) if found else None


def _final_of_location(task: Task[Any], kind: Kind) -> str:
    wanted = kind == "location" and _known(task, "final_state_via") == "original-uri"
    return _place(task, "original") if wanted and _method(task) in {"PUT", "PATCH"} else ""


def _final_of_operation(task: Task[Any], answer: Answer) -> str:
    """As azure-core's `OperationResourcePolling.get_final_get_url`, but that a DELETE asks for no resource."""
    method, original = _method(task), _place(task, "original")
    location = _new_location(task, answer) or _place(task, "location")
    match _known(task, "final_state_via"), method:
        case "location", _ if location:
            return location
        case "original-uri", "PUT" | "PATCH" | "POST":
            return original
        case "azure-async-operation" | "operation-location", "POST":
            return ""
        case _, "DELETE":
            return ""
        case _:
            pass
    resource = _object(answer).get("resourceLocation")
    if resource:
        target = words.text(resource, "$.resourceLocation")
        return _resolved(target, monitor_url(task), original or monitor_url(task))
    return original if method in {"PUT", "PATCH"} else location


def _final_moved(task: Task[Any], answer: Answer) -> str | None:
    """A Location that holds the result may move on while it is not there yet."""
    unfinished = _from_location(task) and not _said_of_final(task, answer)[0].final
    found = _location_in(task, answer, monitor_url(task, "final")) if unfinished else ""
    return _kept(task, "final", found) if found else None


def _location_moved(task: Task[Any], answer: Answer) -> str | None:
    found = _final_moved(task, answer)
    return _kept(task, "location", found) if found else None


def _is_monitored(task: Task[Any]) -> bool:
    return not task.status.final and not yielded(task, "final")


def _has_final(task: Task[Any]) -> bool:
    return not task.status.final and bool(yielded(task, "final"))


def _result(task: Task[Any]) -> Result:
    raw = bare(task.raw or b"")
    return Result(value=codec.anything(raw) if raw else None)


def _read_document(answer: Answer) -> Reading:
    return _reading(*_said("operation", answer), answer)


def _advice(task: Task[Any], code: int | None) -> str:
    """What a 404 or 410 does not say of itself."""
    lost = code in {404, 410} and bool(yielded(task, "final"))
    return "The operation itself succeeded; its result is not there, or not any more" if lost else ""


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


def _headers_to_monitor(ask: Ask) -> Mapping[str, str]:
    if _fragment(ask.task).startswith(_ENDED):
        told = "ended in the answer to its create, which is not in this journal: nothing can be asked about it"
        raise BadRequest(f"{ask.task.ref} {told}")
    return headers_to(ask.task, "monitor", {})


def _headers_to_final(ask: Ask) -> Mapping[str, str]:
    return headers_to(ask.task, "final", {})


def _may_be_repeated(ask: Ask) -> bool:
    """PUT and DELETE are idempotent (RFC 9110 9.2.2); others carry a key, or may not. What was accepted is not sent."""
    inputs: Inputs = ask.inputs
    keyed = {name.lower() for name in inputs.headers} & _KEYS
    return (inputs.method in {"PUT", "DELETE"} or bool(keyed)) and not yielded(ask.task, "accepted")


contract = Contract(  # accepted: ignore[CS304] there is no list that all services of Azure have
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
                "headers": Found(kept_headers),
                "monitor": Found(_monitor),
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
            headers=_headers_to_monitor,
            read=OfTask(_read_poll),
            yields={"final": Found(_final), "location": Found(_location), "monitor": Found(_moved)},
            when=_is_monitored,
        ),
        Step(
            name="document",
            method="GET",
            path="{+final}",
            headers=_headers_to_final,
            read=OfTask(_read_final),
            yields={"location": Found(_location_moved), "final": Found(_final_moved)},
            when=_has_final,
        ),
    ),
    read=_read_document,
    words=words.WORDS,
    result=_result,
    id_template="{+monitor}",
    safe=Idempotent(_may_be_repeated),
    grace=10.0,
    missing="gone",
    advice=_advice,
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
            (
                "A ref alone, without its journal, says in its fragment what the final GET hangs on; that of an "
                "operation that ended in the answer to its create cannot be polled."
            ),
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
