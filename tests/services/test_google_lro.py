"""AIP-151 operations through the client: each row is a conversation, and what a caller learns of it.

Sources: https://google.aip.dev/151 (also 135, 155, 193) and the comments of
https://github.com/googleapis/googleapis/blob/master/google/longrunning/operations.proto, checked 2026-11-24.
"""

import contextlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

import accepted
from accepted import Status
from accepted.core.read import Answer, meaning
from accepted.core.task import Task
from accepted.core.wire import Dropped, Request, Response, header
from accepted.drivers.transport import AsyncMemoryTransport, MemoryTransport
from accepted.services.google_lro import API_KEY, CODES, contract
from accepted.testing import VirtualClock, simulation

BASE = "https://library.test/v1"
PLACE = "projects/p/locations/l"
NAME = f"{PLACE}/operations/314"
BOOK = {"@type": "type.googleapis.com/example.v1.Book", "name": "publishers/1/books/2"}
EMPTY = {"@type": "type.googleapis.com/google.protobuf.Empty"}
STARTED = {"name": NAME}
DONE = {"name": NAME, "done": True, "response": BOOK}
LOST = Dropped(reason="the line went dead")
PAGE = Response(status=200, headers=(("content-type", "text/html"),), body=b"<html>Sign in</html>")


def error(code: int, message: str = "no") -> dict[str, Any]:
    return {"name": NAME, "done": True, "error": {"code": code, "message": message}}


def refusal(code: int, status: str, *, reason: str | None = None, **fields: str) -> Response:
    """An error of AIP-193."""
    details = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason}] if reason else []
    document = {"error": {"code": code, "status": status, "message": "no", "details": details}}
    return Response(status=code, headers=tuple(fields.items()), body=json.dumps(document).encode())


def answer(what: Any) -> Response | Dropped:
    match what:
        case Response() | Dropped():
            return what
        case bytes():
            return Response(status=200, body=what)
        case int():
            return Response(status=what)
        case (int(code), document):
            return Response(status=code, body=json.dumps(document).encode())
        case _:
            return Response(status=200, body=json.dumps(what).encode())


@dataclass
class Service:
    """Answers creates and polls in turn; the last answer of either is given for ever."""

    begun: list[Any]
    polls: list[Any] = field(default_factory=list)
    other: Any = None
    sent: list[Request] = field(default_factory=list)
    creates: int = 0

    def __call__(self, request: Request) -> Response | Dropped:
        self.sent.append(request)
        path = request.url.removeprefix(BASE).partition("?")[0]
        if request.method != "GET" and "/operations" not in path:
            self.creates += 1
            return answer(self.begun.pop(0) if len(self.begun) > 1 else self.begun[0])
        if request.method == "GET" and not path.endswith("/operations"):
            return answer(self.polls.pop(0) if len(self.polls) > 1 else self.polls[0])
        return answer(self.other)

    @property
    def asked(self) -> list[str]:
        return [f"{one.method} {one.url.removeprefix(BASE)}" for one in self.sent]


def client_of(service: Service, **settings: Any) -> accepted.Client[..., Any]:
    settings = {"contract": contract, "clock": VirtualClock(), "auth": "a-token-of-tests", "journal": None, **settings}
    known = settings.pop("contract")
    return accepted.Client(known, base_url=BASE, transport=MemoryTransport(service), **settings)


INPUTS = {"path": f"{PLACE}/books", "body": {"title": "Async"}}


def told(task: Task[Any]) -> str:
    """A task in a word: its status, and why."""
    return f"{task.status}:{task.reason}" if task.reason else str(task.status)


@dataclass(frozen=True)
class Case:
    """A conversation: inputs, answers to the create and to the polls; what is learned, and how many creates left."""

    name: str
    begun: list[Any]
    polls: list[Any]
    told: str
    value: Any
    creates: int
    inputs: dict[str, Any]


def row(name: str, begun: Any, polls: Any, told: str, value: Any = None, *, creates: int = 1, **inputs: Any) -> Case:
    """A row of the table; what is no list is one answer for ever."""
    begun, polls = (each if isinstance(each, list) else [each] for each in (begun, polls))
    return Case(name, begun, polls, told, value, creates, inputs)


SUCCESSES = [
    row("it works for a while", STARTED, [STARTED, STARTED, DONE], "completed", BOOK),
    row(
        "done is false in so many words",
        {**STARTED, "done": False},
        [{**STARTED, "done": False}, DONE],
        "completed",
        BOOK,
    ),
    row("the first answer is done", DONE, 500, "completed", BOOK),  # it is never asked for
    row("null is absent", {**STARTED, "done": None, "error": None}, {**DONE, "error": None}, "completed", BOOK),
    row("an empty response is a response", STARTED, {**DONE, "response": {}}, "completed", {}),
    row("a delete yields an empty message", STARTED, {**DONE, "response": EMPTY}, "completed", EMPTY, method="DELETE"),
    row("a put", STARTED, DONE, "completed", BOOK, method="PUT"),
    row("a patch", STARTED, DONE, "completed", BOOK, method="PATCH"),
    row("fields that nobody knows", {**STARTED, "mood": 1}, {**DONE, "mood": [None]}, "completed", BOOK),
    row("a create answered 202", Response(status=202, body=json.dumps(STARTED).encode()), DONE, "completed", BOOK),
    row(
        "a parent by its number",
        STARTED,
        {**DONE, "name": "projects/123/locations/l/operations/314"},
        "completed",
        BOOK,
    ),
    *(
        row(f"the create is answered with {code}, and the poll with 200", (code, DONE), DONE, "completed", BOOK)
        for code in (201, 202, 203, 206)
    ),
    row("a poll without a name that says done", STARTED, {"done": True, "response": BOOK}, "completed", BOOK),
    row("not found just after the create", STARTED, [404, 404, DONE], "completed", BOOK),
    row("polls meet a 503", STARTED, [503, refusal(503, "UNAVAILABLE"), DONE], "completed", BOOK),
    row("polls meet a dead line", STARTED, [LOST, LOST, DONE], "completed", BOOK),
    row(
        "polls are throttled",
        STARTED,
        [refusal(429, "RESOURCE_EXHAUSTED", **{"retry-after": "7"}), DONE],
        "completed",
        BOOK,
    ),
    row("throttled in a 403", STARTED, [refusal(403, "RESOURCE_EXHAUSTED"), DONE], "completed", BOOK),
    row("the create is throttled", [refusal(429, "RESOURCE_EXHAUSTED"), STARTED], DONE, "completed", BOOK, creates=2),
]

FAILURES = [
    *(
        row(f"code {code}", STARTED, error(code), f"failed:{word.lower()}")
        for code, word in CODES.items()
        if code not in {1, 4}
    ),
    row("code 1 is a cancel", STARTED, error(1), "cancelled"),
    row("code 4 is a deadline", STARTED, error(4), "failed:deadline"),
    row("a code that nobody declared", STARTED, error(99), "failed:unknown"),
    row("an HTTP code for a code", STARTED, error(404), "failed:unknown"),
    row("code 0 in an error", STARTED, error(0), "failed:unknown"),
    row("an empty error", STARTED, {**STARTED, "done": True, "error": {}}, "failed:unknown"),
    row("an error that is a text", STARTED, {**STARTED, "done": True, "error": "boom"}, "failed:unknown"),
    row("a code that is a text", STARTED, {**STARTED, "done": True, "error": {"code": "5"}}, "failed:unknown"),
    row("an error and no response but null", STARTED, {**error(5), "response": None}, "failed:not_found"),
    row("the first answer has failed", error(9), 500, "failed:failed_precondition"),
    row("forgotten", STARTED, [STARTED] * 20 + [404], "gone"),
    row("removed", STARTED, [STARTED, 410], "gone"),
    row("removed, after a response before the end", STARTED, [{**DONE, "done": False}, 410], "gone"),
]

NEVER_A_SUCCESS = [
    row("done with neither", STARTED, {**STARTED, "done": True}, "ContractBroken"),
    row("done with neither, and null", STARTED, {**DONE, "response": None}, "ContractBroken"),
    row("done with neither at once", {**STARTED, "done": True}, {**STARTED, "done": True}, "ContractBroken"),
    row("a delete done with neither", STARTED, {**STARTED, "done": True}, "ContractBroken", method="DELETE"),
    row("done with both", STARTED, {**DONE, **error(5)}, "ContractBroken"),
    row("done with both, the error empty", STARTED, {**DONE, "error": {}}, "ContractBroken"),
    row("done with both at once", {**DONE, **error(5)}, {**DONE, **error(5)}, "ContractBroken"),
    row("a response before the end", STARTED, {**DONE, "done": False}, "in_progress"),
    row("a response and no word of the end", STARTED, {"name": NAME, "response": BOOK}, "in_progress"),
    row("an error before the end", STARTED, {**error(5), "done": False}, "in_progress"),
    row("100 percent before the end", STARTED, {**STARTED, "metadata": {"progressPercent": 100}}, "in_progress"),
    row("done is a text", STARTED, {**DONE, "done": "true"}, "ContractBroken"),
    row("done is a number", STARTED, {**DONE, "done": 1}, "ContractBroken"),
    row("a response that is a text", STARTED, {**DONE, "response": "ok"}, "ContractBroken"),
    row("a response that is a list", STARTED, {**DONE, "response": [BOOK]}, "ContractBroken"),
    row("another operation", STARTED, {**DONE, "name": f"{PLACE}/operations/315"}, "ContractBroken"),
    *(
        row(f"another operation, with the same end: {name}", STARTED, {**DONE, "name": name}, "ContractBroken")
        for name in (
            "314",
            "operations/314",
            "books/314",
            "projects/q/locations/l/operations/314",
            "projects/p/locations/z/operations/314",
            "projects/p/locations/7/operations/314",
            "projects/p/locations/l/books/314",
            "folders/p/locations/l/operations/314",
            "projects/\u0663/locations/l/operations/314",
            f"v1/{NAME}",
            f"{NAME}\n",
        )
    ),
    *(
        row(f"an outcome with code {code}", STARTED, (code, DONE), "ContractBroken")
        for code in (201, 202, 203, 204, 206, 226)
    ),
    row("an outcome with code 206 at once", (206, DONE), (206, DONE), "ContractBroken"),
    row("the book itself", STARTED, {"name": "publishers/1/books/2", "title": "Async"}, "ContractBroken"),
    row("an empty object", STARTED, {}, "ContractBroken"),
    row("an empty body", STARTED, b"", "ContractBroken"),
    row("no content", STARTED, 204, "ContractBroken"),
    row("a list", STARTED, [[DONE]], "ContractBroken"),
    row("null", STARTED, b"null", "ContractBroken"),
    row("a page of whatever stands in front", STARTED, PAGE, "ContractBroken"),
    row("half a document", STARTED, json.dumps(DONE).encode()[:-9], "ContractBroken"),
]

NO_OPERATION = [
    row("nothing", {}, DONE, "CreateUnknown"),
    row("no content at all", 204, DONE, "CreateUnknown"),
    row("created at once: the book itself", {"name": "publishers/1/books/2", "title": "Async"}, DONE, "CreateUnknown"),
    row("an outcome without a name", {"done": True, "response": BOOK}, DONE, "CreateUnknown"),
    row("a name that is null", {**DONE, "name": None}, DONE, "CreateUnknown"),
    row("a name that is empty", {**DONE, "name": ""}, DONE, "CreateUnknown"),
    row("a name that is a number", {**DONE, "name": 314}, DONE, "CreateUnknown"),
    row(
        "another kind of operation",
        {"kind": "compute#operation", "name": "operation-1", "status": "DONE"},
        DONE,
        "CreateUnknown",
    ),
    row("a list of them", [[STARTED]], DONE, "CreateUnknown"),
    row("created: a page of whatever stands in front", PAGE, DONE, "CreateUnknown"),
]

REFUSED = [
    row("INVALID_ARGUMENT", refusal(400, "INVALID_ARGUMENT"), DONE, "BadRequest"),
    row("FAILED_PRECONDITION", refusal(400, "FAILED_PRECONDITION"), DONE, "BadRequest"),
    row("OUT_OF_RANGE", refusal(400, "OUT_OF_RANGE"), DONE, "BadRequest"),
    row("a bad API key", refusal(400, "INVALID_ARGUMENT", reason="API_KEY_INVALID"), DONE, "AuthenticationFailed"),
    row("UNAUTHENTICATED", refusal(401, "UNAUTHENTICATED"), DONE, "AuthenticationFailed"),
    row("UNAUTHENTICATED in a 400", refusal(400, "UNAUTHENTICATED"), DONE, "AuthenticationFailed"),
    row("PERMISSION_DENIED", refusal(403, "PERMISSION_DENIED"), DONE, "AuthenticationFailed"),
    row("NOT_FOUND", refusal(404, "NOT_FOUND"), DONE, "BadRequest"),
    row("ABORTED: another one is under way", refusal(409, "ABORTED"), DONE, "BadRequest"),
    row("ALREADY_EXISTS", refusal(409, "ALREADY_EXISTS"), DONE, "BadRequest"),
    row("RESOURCE_EXHAUSTED", refusal(429, "RESOURCE_EXHAUSTED"), DONE, "RateLimited", creates=4),
    row(
        "too many, in a 403",
        refusal(403, "PERMISSION_DENIED", reason="RATE_LIMIT_EXCEEDED"),
        DONE,
        "RateLimited",
        creates=4,
    ),
    row("UNIMPLEMENTED", refusal(501, "UNIMPLEMENTED"), DONE, "Unsupported"),
    row("INTERNAL", refusal(500, "INTERNAL"), DONE, "CreateUnknown"),
    row("UNAVAILABLE", refusal(503, "UNAVAILABLE"), DONE, "CreateUnknown"),
    row("DEADLINE_EXCEEDED", refusal(504, "DEADLINE_EXCEEDED"), DONE, "CreateUnknown"),
    row("a bad gateway", 502, DONE, "CreateUnknown"),
    row("a poll refused as UNAUTHENTICATED", STARTED, refusal(401, "UNAUTHENTICATED"), "AuthenticationFailed"),
    row("a poll refused as PERMISSION_DENIED", STARTED, refusal(403, "PERMISSION_DENIED"), "AuthenticationFailed"),
    row("a poll refused as INVALID_ARGUMENT", STARTED, refusal(400, "INVALID_ARGUMENT"), "BadRequest"),
    row("polls never get through", STARTED, 503, "ServiceError"),
]

SENT_AGAIN = [
    row("a POST is not", LOST, DONE, "CreateUnknown"),
    row("a PATCH is not", LOST, DONE, "CreateUnknown", method="PATCH"),
    row("with a request id", [LOST, STARTED], DONE, "completed", BOOK, creates=2, request_id="r-1"),
    row("with a request id, after a 503", [503, STARTED], DONE, "completed", BOOK, creates=2, request_id="r-1"),
    row(
        "with a request id in the body",
        [LOST, LOST, STARTED],
        DONE,
        "completed",
        BOOK,
        creates=3,
        request_id="r-1",
        request_id_in="body",
    ),
    row(
        "a PATCH with a request id", [LOST, STARTED], DONE, "completed", BOOK, creates=2, method="PATCH", request_id="r"
    ),
    row("a PUT", [LOST, STARTED], DONE, "completed", BOOK, creates=2, method="PUT"),
    row("a DELETE", [500, STARTED], DONE, "completed", BOOK, creates=2, method="DELETE"),
    row("not without end", LOST, DONE, "CreateUnknown", creates=4, request_id="r-1"),
    row("what is gone by then may have been deleted", [LOST, 404], DONE, "CreateUnknown", creates=2, method="DELETE"),
    row("what is aborted by then may be under way", [LOST, 409], DONE, "CreateUnknown", creates=2, method="PUT"),
]

TABLE = [*SUCCESSES, *FAILURES, *NEVER_A_SUCCESS, *NO_OPERATION, *REFUSED, *SENT_AGAIN]


@pytest.mark.parametrize("case", TABLE, ids=lambda case: case.name)
def test_what_a_caller_learns(case: Case) -> None:
    service = Service([*case.begun], [*case.polls])
    client = client_of(service)
    try:
        task = client.create_task(**{**INPUTS, **case.inputs})
        task = client.poll_task(task, timeout=900, check=False)
    except accepted.AcceptedError as error:
        learned = (type(error).__name__, None)
    else:
        learned = (told(task), task.value.value if task.value else None)
    assert learned == (case.told, case.value)
    assert service.creates == case.creates


@pytest.mark.parametrize("case", TABLE[::5], ids=lambda case: case.name)
async def test_the_same_awaited(case: Case) -> None:
    service = Service([*case.begun], [*case.polls])
    settings: dict[str, Any] = {"auth": "a-token-of-tests", "journal": None, "clock": VirtualClock()}
    transport = AsyncMemoryTransport(service)
    async with accepted.AsyncClient(contract, base_url=BASE, transport=transport, **settings) as client:
        try:
            task = await client.create_task(**{**INPUTS, **case.inputs})
            task = await client.poll_task(task, timeout=900, check=False)
        except accepted.AcceptedError as error:
            learned = (type(error).__name__, None)
        else:
            learned = (told(task), task.value.value if task.value else None)
    assert learned == (case.told, case.value)
    assert service.creates == case.creates


def test_a_value_is_only_ever_that_of_a_completed_operation() -> None:
    assert [case.name for case in TABLE if (case.value is not None) != (case.told == "completed")] == []
    assert len({case.name for case in TABLE}) == len(TABLE) >= 50


# ---- requests


def test_a_create_is_what_was_asked_for() -> None:
    service = Service([STARTED])
    client_of(service).create_task(path="/projects/p/locations/l:batchRun/", query={"dryRun": True}, body={"a": None})
    (request,) = service.sent
    assert (request.method, request.url) == ("POST", f"{BASE}/projects/p/locations/l:batchRun?dryRun=true")
    assert request.body == b'{"a":null}'
    assert header(request.headers, "authorization") == "Bearer a-token-of-tests"


def test_no_body_is_none() -> None:
    service = Service([STARTED])
    client_of(service).create_task(path="publishers/1", method="DELETE")
    assert [(one.body, header(one.headers, "content-type")) for one in service.sent] == [(b"", None)]


@pytest.mark.parametrize(
    ("inputs", "url", "body"),
    [
        ({"request_id": "r-1"}, f"{BASE}/books?requestId=r-1", b'{"title":"t"}'),
        ({"request_id": "r-1", "request_id_in": "body"}, f"{BASE}/books", b'{"title":"t","requestId":"r-1"}'),
    ],
)
def test_a_request_id_goes_where_the_api_takes_it(inputs, url, body) -> None:
    service = Service([LOST, STARTED], [DONE])
    client_of(service).create_task(path="books", body={"title": "t"}, **inputs)
    assert [(one.url, one.body) for one in service.sent] == [(url, body)] * 2


def test_an_api_key_is_a_credential_too() -> None:
    service = Service([DONE])
    with client_of(service, contract=replace(contract, credential=API_KEY)) as client:
        assert client.run_task(path="books").ok
    fields = service.sent[0].headers
    assert (header(fields, "x-goog-api-key"), header(fields, "authorization")) == ("a-token-of-tests", None)


NO_PATHS = ["", "/", "https://elsewhere.test/v1/books", "books?a=1", "books#a", "a/../b", "..", "./a"]


@pytest.mark.parametrize("inputs", [*({"path": path} for path in NO_PATHS), {"path": "books", "operations": "a/.."}])
def test_a_path_is_a_path_below_the_base_url(inputs: dict[str, str]) -> None:
    service = Service([STARTED])
    with pytest.raises(accepted.BadRequest):
        client_of(service).create_task(**inputs)
    assert service.sent == []


# ---- where operations are


@pytest.mark.parametrize(
    ("name", "operations", "place"),
    [
        (NAME, "", NAME),
        ("operations/314", "", "operations/314"),
        ("314", "operations", "operations/314"),
        (NAME, "v2", f"v2/{NAME}"),
        ("operations/acat.p2-1:x", "", "operations/acat.p2-1:x"),
        ("operations/ü 1", "", "operations/ü 1"),
    ],
)
def test_an_operation_is_found_at_its_name(name: str, operations: str, place: str) -> None:
    service = Service([{"name": name, "metadata": {}}], [{**DONE, "name": name}])
    client = client_of(service)
    task = client.create_task(path="books", operations=operations)
    assert task.id == place
    assert client.poll_task(task.ref).ok  # the ref alone says where
    assert [one.url for one in service.sent[1:]] == [f"{BASE}/{place.replace('ü 1', '%C3%BC%201')}"]


def polled(ref: str, name: str) -> Status:
    """What a poll of a ref alone, or of another client's, makes of an outcome under a name."""
    return client_of(Service([STARTED], [{**DONE, "name": name}])).poll_task(f"google-lro:{ref}").status


@pytest.mark.parametrize(
    ("ref", "name"),
    [
        (NAME, NAME),
        (NAME, "projects/123/locations/l/operations/314"),
        ("projects/123/locations/l/operations/314", NAME),
        ("operations/314", "314"),
        (f"v2/{NAME}", NAME),
        (f"v2/{NAME}", "projects/123/locations/l/operations/314"),
    ],
)
def test_a_ref_alone_ends_with_the_name(ref: str, name: str) -> None:
    assert polled(ref.replace("/", "%2F"), name) is Status.COMPLETED


@pytest.mark.parametrize(
    ("ref", "name"),
    [
        (NAME, "projects/q/locations/l/operations/314"),
        ("projects/12/locations/l/operations/314", "projects/123/locations/l/operations/314"),
        ("operations/314", NAME),
        ("operations/314", "books/314"),
        ("314", "operations/314"),
        ("projects/1", "projects/p"),
    ],
)
def test_a_ref_alone_is_of_no_other_name(ref: str, name: str) -> None:
    with pytest.raises(accepted.ContractBroken, match="expected the operation"):
        polled(ref.replace("/", "%2F"), name)


@pytest.mark.parametrize("name", ["operations/314", "v2/operations/314", "v3/314"])
def test_what_is_found_below_a_place_has_the_name_that_it_was_created_with(name: str, tmp_path) -> None:
    service = Service([{"name": "314"}], [{**DONE, "name": name}, {**DONE, "name": "314"}])
    with client_of(service, journal=tmp_path / "journal.db") as client:
        ref = client.create_task(path="books", operations="v2/operations").ref
    with client_of(service, journal=tmp_path / "journal.db") as client:
        with pytest.raises(accepted.ContractBroken, match="expected the operation 314 "):
            client.poll_task(ref)
        assert client.poll_task(ref).ok


@pytest.mark.parametrize("name", ["../../secret/operations/1", "operations/.."])
def test_a_name_does_not_climb(name: str) -> None:
    service = Service([{"name": name}], [DONE])
    client = client_of(service)
    task = client.create_task(path="books")
    with pytest.raises(accepted.BadRequest, match="cannot be part of a path"):
        client.poll_task(task)
    assert len(service.sent) == 1


def test_without_a_base_url_nothing_is_asked() -> None:
    with pytest.raises(accepted.BadRequest, match="ACCEPTED_GOOGLE_LRO_BASE_URL"):
        accepted.Client(contract, auth="a-token-of-tests", journal=None)


# ---- what an operation tells beside its end

METADATA: list[tuple[dict[str, Any], float | None]] = [
    ({"progressPercent": 40}, 0.4),
    ({"progress_percent": 40.5}, 0.405),
    ({"progressPercentage": "40"}, 0.4),
    ({"progressPercent": 0}, 0.0),
    ({"progressPercent": 100}, 1.0),
    ({"progressPercent": 101}, None),
    ({"progressPercent": -1}, None),
    ({"progressPercent": "NaN"}, None),
    ({"progressPercent": "most"}, None),
    ({"progressPercent": [40]}, None),
    ({"progressPercent": None, "progressPercentage": 7}, 0.07),
    ({"percent": 40}, None),
    ({}, None),
]


@pytest.mark.parametrize(("metadata", "fraction"), METADATA)
def test_progress(metadata: dict[str, Any], fraction: float | None) -> None:
    service = Service([STARTED], [{**STARTED, "metadata": metadata}])
    client = client_of(service)
    progress = client.get_task(client.create_task(**INPUTS)).progress
    assert (progress.fraction if progress else None) == fraction


def test_what_the_metadata_tells() -> None:
    metadata = {
        "@type": "type.googleapis.com/example.v1.OperationMetadata",
        "createTime": "2026-11-24T10:00:00.123456789Z",
        "updateTime": "yesterday",
        "endTime": "2026-11-24T10:05:00Z",
        "statusMessage": "binding",
    }
    service = Service([{**STARTED, "metadata": metadata}], [{**DONE, "metadata": metadata}])
    client = client_of(service)
    task = client.create_task(**INPUTS)
    assert task.finished_at is None  # not over, whatever the metadata says
    task = client.poll_task(task)
    assert (task.created_at.isoformat()[:19], task.updated_at) == ("2026-11-24T10:00:00", None)
    assert task.finished_at.isoformat() == "2026-11-24T10:05:00+00:00"
    assert task.progress.text == "binding"
    assert (task.result.value, task.result.metadata, task.result.error) == (BOOK, metadata, None)
    assert task.service_status == "OK"


def test_a_failure_has_its_error_in_the_exception_and_in_the_task() -> None:
    details = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "FULL"}]
    failed = {**STARTED, "done": True, "error": {"code": 9, "message": "It is full.", "details": details}}
    client = client_of(Service([STARTED], [failed]))
    with pytest.raises(accepted.TaskFailed, match=r"It is full\.") as caught:
        client.run_task(**INPUTS)
    task = caught.value.task
    assert (task.service_status, task.reason) == ("FAILED_PRECONDITION", "failed_precondition")
    assert (task.value.error.code, task.value.error.details, task.value.value) == (9, details, None)


def test_what_an_api_says_that_breaks_the_proto_is_quoted() -> None:
    client = client_of(Service([STARTED], [{**STARTED, "done": True}]))
    with pytest.raises(accepted.ContractBroken, match=r'"done": ?true'):
        client.run_task(**INPUTS)


def test_final_is_final() -> None:
    service = Service([STARTED], [DONE, error(5)])
    client = client_of(service)
    task = client.run_task(**INPUTS)
    again = client.get_task(task)
    assert (again.status, again.result.value) == (Status.COMPLETED, BOOK)
    assert again.anomalies == ("completed was final, then the service said NOT_FOUND",)


@pytest.mark.parametrize("status", contract.examples)
def test_an_example_reads_as_the_status_under_which_it_stands(status: Status) -> None:
    reading = contract.read(Answer(raw=json.dumps(contract.examples[status]).encode()))
    assert (reading.status or meaning(contract.words, reading.service_status or "").status) is status
    assert reading.id == NAME


# ---- cancel, wait, delete, list


@pytest.mark.parametrize(
    ("polls", "told"),
    [
        ([STARTED, error(1)], "cancelled"),
        ([DONE], "completed"),  # too late, or not heeded
        ([{**STARTED, "metadata": {"requestedCancellation": True}}, error(1)], "cancelled"),
    ],
)
def test_cancel_is_a_request(polls: list[Any], told: str) -> None:
    service = Service([STARTED], polls, other={})
    client = client_of(service)
    task = client.cancel_task(client.create_task(**INPUTS))
    assert task.status is Status.CANCELLING
    assert (service.asked[-1], service.sent[-1].body) == (f"POST /{NAME}:cancel", b"{}")
    assert client.poll_task(task, check=False).status == told


@pytest.mark.parametrize("name", ["requestedCancellation", "cancelRequested", "requested_cancellation"])
def test_an_operation_that_is_asked_to_end_is_cancelling(name: str) -> None:
    client = client_of(Service([STARTED], [{**STARTED, "metadata": {name: True}}]))
    assert client.get_status(client.create_task(**INPUTS)) is Status.CANCELLING


@pytest.mark.parametrize(
    ("seconds", "text"), [(20.0, "20s"), (0.5, "0.5s"), (100, "100s"), (1.2345, "1.234s"), (None, "20s")]
)
def test_wait_says_how_long(seconds: float | None, text: str) -> None:
    service = Service([STARTED], other=STARTED)
    client = client_of(service)
    inputs = {} if seconds is None else {"timeout": seconds}
    task = client.act(client.create_task(**INPUTS), "wait", **inputs)
    assert (service.asked[-1], service.sent[-1].body) == (
        f"POST /{NAME}:wait",
        json.dumps({"timeout": text}).replace(" ", "").encode(),
    )
    assert task.status is Status.IN_PROGRESS  # it may return early, unfinished


WAITS = [(DONE, "completed", BOOK), (error(5), "failed:not_found", None), (error(1), "cancelled", None)]


@pytest.mark.parametrize(("last", "told_", "value"), WAITS)
def test_wait_is_read_like_a_poll(last: Any, told_: str, value: Any) -> None:
    service = Service([STARTED], [STARTED], other=last)
    client = client_of(service)
    task = client.act(client.create_task(**INPUTS), "wait")
    asked = len(service.sent)
    task = client.poll_task(task, check=False)
    assert (told(task), task.value.value) == (told_, value)
    assert len(service.sent) == asked  # it is final: nothing is asked


@pytest.mark.parametrize(
    "broken",
    [
        {**STARTED, "done": True},
        {},
        PAGE,
        {**DONE, "name": "operations/7"},
        {**DONE, "name": "operations/314"},
        (206, DONE),
    ],
)
def test_wait_makes_no_success_of_what_is_none(broken: Any) -> None:
    service = Service([STARTED], [STARTED], other=broken)
    client = client_of(service)
    task = client.create_task(**INPUTS)
    with contextlib.suppress(accepted.ContractBroken):
        task = client.act(task, "wait")
    assert not task.status.final
    assert task.value is None


@pytest.mark.parametrize("seconds", [0, -1])
def test_wait_takes_some_time(seconds: float) -> None:
    with pytest.raises(accepted.BadRequest, match="timeout"):
        client_of(Service([STARTED])).act("google-lro:operations/1", "wait", timeout=seconds)


def test_delete_forgets_and_does_not_cancel() -> None:
    service = Service([STARTED], [STARTED, 410], other={})
    client = client_of(service)
    task = client.act(client.create_task(**INPUTS), "delete")
    assert (service.asked[-1], task.status) == (f"DELETE /{NAME}", Status.IN_PROGRESS)


ASKING: dict[str, Callable[[Any, Any], object]] = {
    "cancel": lambda client, task: client.cancel_task(task),
    "list": lambda client, _: list(client.list_tasks()),
    "wait": lambda client, task: client.act(task, "wait"),
    "delete": lambda client, task: client.act(task, "delete"),
}


@pytest.mark.parametrize("verb", ASKING)
def test_what_an_api_does_not_implement_is_unsupported(verb: str) -> None:
    service = Service([STARTED], other=refusal(501, "UNIMPLEMENTED"))
    client = client_of(service)
    task = client.create_task(**INPUTS)
    with pytest.raises(accepted.Unsupported):
        ASKING[verb](client, task)
    assert len(service.sent) == 2


@pytest.mark.parametrize(
    ("filters", "asked"),
    [
        ({}, "GET /operations?pageSize=100"),
        ({"parent": PLACE}, f"GET /{PLACE}/operations?pageSize=100"),
        ({"parent": f"/{PLACE}/"}, f"GET /{PLACE}/operations?pageSize=100"),
        ({"filter": "done = true"}, "GET /operations?pageSize=100&filter=done%20%3D%20true"),
    ],
)
def test_a_list_is_narrowed_by_the_service(filters: dict[str, str], asked: str) -> None:
    service = Service([STARTED], other={"operations": [STARTED, DONE, error(1)]})
    client = client_of(service)
    tasks = list(client.list_tasks(**filters))
    assert service.asked == [asked]
    assert [str(task.status) for task in tasks] == ["in_progress", "completed", "cancelled"]
    assert client.poll_task(tasks[1]).result.value == BOOK


def test_a_list_is_followed_to_its_end() -> None:
    found = simulation("google-lro", duration=0)
    client = found.client
    made = [client.create_task(path=f"{PLACE}/books").id for _ in range(230)]
    assert [task.id for task in client.list_tasks(parent=PLACE)] == made[::-1]
    assert found.counts()["lists"] == 3


@pytest.mark.parametrize("parent", ["", PLACE])
def test_a_list_of_nothing_is_empty(parent: str) -> None:
    assert list(client_of(Service([STARTED], other={})).list_tasks(parent=parent)) == []


@pytest.mark.parametrize(
    ("parent", "name", "place"),
    [
        ("", "314", "operations/314"),  # as with operations=operations at the create
        ("", "operations/314", "operations/314"),
        ("", NAME, NAME),
        (PLACE, NAME, NAME),
        ("projects/p/locations/-", NAME, NAME),
        ("projects/123/locations/l", NAME, NAME),
        ("operations/projects/p", "operations/projects/p/operations/1", "operations/projects/p/operations/1"),
    ],
)
def test_what_was_listed_can_be_polled(parent: str, name: str, place: str) -> None:
    service = Service([STARTED], [{**DONE, "name": name}], other={"operations": [{"name": name}]})
    client = client_of(service)
    (task,) = client.list_tasks(parent=parent)
    assert client.poll_task(task.ref).ok
    assert service.asked[1:] == [f"GET /{place}"]


def test_a_listed_bare_name_can_be_polled() -> None:
    client = simulation("google-lro", "bare-names", duration=0).client
    made = client.create_task(path="books", operations="operations")
    (listed,) = client.list_tasks()
    assert listed.ref == made.ref
    assert client.poll_task(client.act(listed.ref, "wait")).ok


@pytest.mark.parametrize(
    ("parent", "name"),
    [("v1", "operations/1"), ("v1", NAME), (f"v1/{PLACE}", NAME), (PLACE, "314"), ("v1/operations", "314")],
)
def test_a_list_of_names_that_are_not_below_its_parent_is_refused(parent: str, name: str) -> None:
    service = Service([STARTED], other={"operations": [{"name": f"{parent}/operations/1"}, {"name": name}]})
    with pytest.raises(accepted.BadRequest, match="end the base URL with what stands before the names"):
        list(client_of(service).list_tasks(parent=parent))


@pytest.mark.parametrize("item", [{"done": True, "response": BOOK}, {"name": "publishers/1", "title": "x"}, {}])
def test_a_list_of_anything_else_is_none(item: dict[str, Any]) -> None:
    with pytest.raises(accepted.ContractBroken):
        list(client_of(Service([STARTED], other={"operations": [item]})).list_tasks())


@pytest.mark.parametrize("code", [203, 204, 206])
def test_a_list_with_another_code_proves_no_outcome(code: int) -> None:
    with pytest.raises(accepted.ContractBroken, match="expected 200"):
        list(client_of(Service([STARTED], other=(code, {"operations": [DONE]}))).list_tasks())


def test_a_create_that_was_lost_is_sent_again_by_another_process(tmp_path) -> None:
    service = Service([LOST], [DONE])
    with client_of(service, journal=tmp_path / "journal.db") as client, pytest.raises(accepted.CreateUnknown) as caught:
        client.create_task(**INPUTS, request_id="r-1")
    service.begun = [STARTED]
    with client_of(service, journal=tmp_path / "journal.db") as client:
        assert client.poll_task(caught.value.ref).ok
    assert {one.url for one in service.sent if one.method == "POST"} == {f"{BASE}/{PLACE}/books?requestId=r-1"}


def test_a_create_without_a_request_id_is_not(tmp_path) -> None:
    service = Service([LOST], [DONE])
    with client_of(service, journal=tmp_path / "journal.db") as client, pytest.raises(accepted.CreateUnknown) as caught:
        client.create_task(**INPUTS)
    with client_of(service, journal=tmp_path / "journal.db") as client, pytest.raises(accepted.CreateUnknown):
        client.poll_task(caught.value.ref)
    assert service.creates == 1
