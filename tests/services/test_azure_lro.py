"""The Azure contract against its scenario table (`azure_cases.py`), through the clients, in memory and virtual time."""

import sys
from dataclasses import dataclass, field
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import accepted
from accepted import AsyncClient, Client, Status
from accepted.core import codec
from accepted.core.read import Answer
from accepted.core.task import make_ref
from accepted.core.wire import Dropped, Request, Response, header, origin
from accepted.drivers.transport import AsyncMemoryTransport, MemoryTransport
from accepted.services.azure_lro import contract
from accepted.testing import EPOCH, VirtualClock


def _table() -> Any:
    spec = spec_from_file_location("azure_cases", Path(__file__).parent / "azure_cases.py")
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


table = _table()
say, op, res = table.say, table.op, table.res
BASE, V, OP, LOC, R, OK = table.BASE, table.V, table.OP, table.LOC, table.R, table.OK
MANY = 170
"""Requests after which a wait is called one without bound: a wait of an hour makes fewer, and so do thirteen errors."""


@dataclass
class Conversation:
    """A service that answers in a fixed order, and notes what it did not expect."""

    talk: tuple[Any, ...]
    clock: VirtualClock
    requests: list[Request] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    strange: list[str] = field(default_factory=list)

    def __call__(self, request: Request) -> Response | Dropped:
        number = len(self.requests)
        self.requests.append(request)
        self.times.append(self.clock.now() - EPOCH)
        asked = f"{request.method} {request.url.removeprefix(BASE)}"
        expected, said = self._pair(number)
        if asked != expected:
            self.strange.append(f"{number}: {asked}, not {expected}")
            return Response(status=418)
        if said.raw is None:
            return Dropped(reason="the line went dead")
        return Response(status=said.code, headers=said.headers, body=said.raw)

    def _pair(self, number: int) -> Any:
        *pairs, last = self.talk
        if last != table.REPEAT:
            pairs = [*pairs, last]
        elif number >= len(pairs):
            return pairs[-1]
        return pairs[number] if number < len(pairs) else ("nothing", None)

    @property
    def complete(self) -> bool:
        return len(self.requests) == len(self.talk) or self.talk[-1] == table.REPEAT


def settings(clock: VirtualClock) -> dict[str, Any]:
    return {"auth": "a-token", "journal": None, "clock": clock}


def conversation(*talk: Any) -> Conversation:
    return Conversation(talk, VirtualClock())


def client_of(service: Conversation, **more: Any) -> Client[..., Any]:
    return Client(contract, transport=MemoryTransport(service), **settings(service.clock), **more)


def carried_out(service: Conversation, inputs: dict[str, Any]) -> Any:
    """The task, or the error."""
    with client_of(service) as client:
        try:
            return client.with_options(timeout=3600).run_task(**inputs)
        except accepted.AcceptedError as error:
            return error


def check(case: Any, service: Conversation, ended: Any) -> None:
    assert service.strange == []
    assert service.complete, [one.url for one in service.requests]
    assert len(service.requests) <= MANY
    for request in service.requests:
        own = origin(request.url) == origin(BASE)
        assert header(request.headers, "authorization") == ("Bearer a-token" if own else None)
    if isinstance(ended, accepted.AcceptedError):
        assert (type(ended).__name__, str(ended)) == (case.error, str(ended))
        assert case.told in str(ended)
        task = ended.task
    else:
        task = ended
        assert not case.error
        assert task.ok
        assert (task.result.value, type(task.result.value)) == (case.value, type(case.value))
    if case.word:
        assert task.service_status == case.word
    for number, fields in case.sent.items():
        sent = service.requests[number].headers
        assert {name: header(sent, name) for name in fields} == fields


@pytest.mark.parametrize("case", [pytest.param(case, id=name) for name, case in table.CASES])
def test_case(case):
    service = conversation(*case.talk)
    check(case, service, carried_out(service, case.inputs))


@pytest.mark.parametrize("case", [pytest.param(case, id=name) for name, case in table.CASES[::4]])
async def test_case_awaited(case):
    service = conversation(*case.talk)
    transport = AsyncMemoryTransport(service)
    async with AsyncClient(contract, transport=transport, **settings(service.clock)) as client:
        try:
            ended: Any = await client.with_options(timeout=3600).run_task(**case.inputs)
        except accepted.AcceptedError as error:
            ended = error
    check(case, service, ended)


def test_the_table_is_as_large_as_was_asked_for():
    assert len(table.CASES) >= 100
    assert len({name for name, _ in table.CASES}) == len(table.CASES)


# ---- inputs


@pytest.mark.parametrize(
    ("inputs", "told"),
    [
        ({}, "missing input 'path'"),
        ({"path": ""}, "'path'"),
        ({"path": "https://management.azure.com/r"}, "relative to the base URL"),
        ({"path": "//evil.example/r"}, "relative to the base URL"),
        ({"path": "/a/../b"}, "would lead elsewhere"),
        ({"path": "/a/./b"}, "would lead elsewhere"),
        ({"path": "/a b"}, "'path'"),
        ({"path": "/a\r\nx: y"}, "'path'"),
        ({"path": "/a#b"}, "'path'"),
        ({"path": "/r", "method": "GET"}, "'method'"),
        ({"path": "/r", "method": "put"}, "'method'"),
        ({"path": "/r", "final_state_via": "somewhere"}, "'final_state_via'"),
        ({"path": "/r", "headers": {"Authorization": "Bearer x"}}, "authorization carries a credential"),
        ({"path": "/r", "headers": {"cookie": "a=b"}}, "cookie carries a credential"),
        ({"path": "/r", "headers": {"Ocp-Apim-Subscription-Key": "x"}}, "carries a credential"),
        ({"path": "/r", "headers": {"X-Auth-Token": "x"}}, "x-auth-token carries a credential"),
        ({"path": "/r", "headers": {"x-functions-key": "x"}}, "carries a credential"),
        ({"path": "/r", "headers": {"x-ms-authorization-auxiliary": "x"}}, "carries a credential"),
        ({"path": "/r", "headers": {"x-client-secret": "x"}}, "carries a credential"),
        ({"path": "/r", "headers": {"a": "b\n"}}, "headers"),
        ({"path": "/r", "headers": {"a\n": "b"}}, "headers"),
        ({"path": "/r\n"}, "'path'"),
        ({"path": "/r", "headers": {"Host": "x"}}, "host is made from the request"),
        ({"path": "/r", "headers": {"a": "b\r\nc: d"}}, "headers"),
        ({"path": "/r", "headers": {"a b": "c"}}, "headers"),
        ({"path": "/r", "query": {"a": [1]}}, "query"),
        ({"path": "/r", "verb": "PUT"}, "unknown input 'verb'"),
    ],
)
def test_inputs_that_make_no_sense_are_refused_before_any_request(inputs, told):
    service = conversation()
    with client_of(service) as client, pytest.raises(accepted.BadRequest, match=told):
        client.create_task(**inputs)
    assert service.requests == []


@pytest.mark.parametrize(
    ("base_url", "inputs", "url"),
    [
        (BASE, {"path": "/r"}, "https://management.azure.com/r"),
        (BASE, {"path": "r"}, "https://management.azure.com/r"),
        (
            BASE + "/",
            {"path": "/r?a=1", "query": {"b": 2, "c": None, "d": True}},
            "https://management.azure.com/r?a=1&b=2&d=true",
        ),
        (
            "https://x.example/formrecognizer",
            {"path": "/models/m:analyze"},
            "https://x.example/formrecognizer/models/m:analyze",
        ),
        ("https://x.example/language", {"path": "indexes:analyze"}, "https://x.example/language/indexes:analyze"),
        (BASE, {"path": "/a%2Fb/c?d=%20"}, "https://management.azure.com/a%2Fb/c?d=%20"),
        (BASE, {"path": "/"}, "https://management.azure.com/"),
    ],
)
def test_what_is_asked(base_url, inputs, url):
    seen: list[str] = []

    def service(request: Request) -> Response:
        seen.append(f"{request.method} {request.url}")
        return Response(status=204)

    with Client(
        contract, transport=MemoryTransport(service), base_url=base_url, auth="a-token", journal=None
    ) as client:
        assert client.run_task(**inputs).result.value is None
    assert seen == [f"POST {url}"]


def test_a_body_is_sent_as_json():
    service = conversation(("PUT /r", say(204)))
    carried_out(service, {"method": "PUT", "path": "/r", "body": {"a": [1, None]}})
    assert service.requests[0].body == b'{"a":[1,null]}'


# ---- when it is asked


@pytest.mark.parametrize(
    ("wish", "waits"),
    [
        ("7", (7, 8)),
        ("0", (0, 1)),
        ("-5", (0, 1)),
        ("soon", (0.5, 1)),
        ("", (0.5, 1)),
        ("NaN", (0.5, 1)),
        ("86400", (3600, 3601)),
        ("Fri, 15 Jan 2027 08:00:20 GMT", (19, 21)),
        ("Fri, 15 Jan 2021 08:00:20 GMT", (0, 1)),
    ],
)
@pytest.mark.parametrize("on", ["create", "poll"])
def test_retry_after_is_kept_to(wish, waits, on):
    first = say(202, Azure_AsyncOperation=OP, **({"Retry_After": wish} if on == "create" else {}))
    running = say(200, {"status": "Running"}, **({"Retry_After": wish} if on == "poll" else {}))
    service = conversation(("POST " + R, first), ("GET " + OP, running), ("GET " + OP, op("Succeeded")))
    with client_of(service) as client:
        assert client.with_options(timeout=9000).run_task(path=R).ok
    index = 1 if on == "create" else 2
    waited = service.times[index] - service.times[index - 1]
    assert waits[0] <= waited <= waits[1]


# ---- ids, refs and the journal

ACCEPTED = say(202, Azure_AsyncOperation=OP)


@pytest.mark.parametrize(
    ("method", "first", "task_id"),
    [
        ("POST", ACCEPTED, OP),
        ("POST", say(202, Azure_AsyncOperation=BASE + OP), OP),
        ("POST", say(202, Azure_AsyncOperation="https://ops.example/1?a=2"), "https://ops.example/1?a=2"),
        ("POST", say(202, Azure_AsyncOperation="/op?api-version=1&sig=c2lnbmF0dXJl"), OP + "&sig=~5b46b282"),
        ("POST", say(202, Location=LOC), LOC + "#location"),
        ("PUT", say(202), R + "#MARKER"),
        ("PUT", say(200, OK), R + "#ended-MARKER"),
        ("PUT", res("Failed"), R + "#ended-MARKER"),
        ("POST", op("Failed"), R + "#ended-MARKER"),
        ("DELETE", say(204), R + "#ended-MARKER"),
        ("DELETE", ACCEPTED, OP + "#method=DELETE"),
        ("PUT", ACCEPTED, OP + "#method=PUT&original=%2Fr%3Fapi-version%3D1"),
        ("POST", say(202, Azure_AsyncOperation=OP, Location=LOC), OP + "#location=%2Floc%3Fapi-version%3D1"),
    ],
)
def test_the_id_is_the_monitor(method, first, task_id):
    service = conversation((f"{method} {R}", first))
    with client_of(service) as client:
        task = client.create_task(method=method, path=R)
    assert task.id == task_id.replace("MARKER", task.marker)


@pytest.mark.parametrize(
    ("ref", "said", "value"),
    [
        (OP, op("Succeeded", a=1), {"status": "Succeeded", "a": 1}),
        (LOC + "#location", say(200, OK), OK),
        (LOC + "#location", say(204), None),
        (R + "#accepted-0123", say(200, OK), OK),
    ],
)
def test_a_ref_alone_can_be_polled(ref, said, value):
    service = conversation(("GET " + ref.partition("#")[0], said))
    with client_of(service) as client:
        task = client.poll_task(make_ref("azure-lro", ref))
    assert task.result.value == value


def test_a_ref_alone_of_a_status_monitor_without_a_status_is_no_success():
    service = conversation(("GET " + OP, say(200, OK)))
    with client_of(service) as client, pytest.raises(accepted.ContractBroken):
        client.poll_task(make_ref("azure-lro", OP))


@pytest.mark.parametrize("method", ["PUT", "PATCH", "POST", "DELETE"])
@pytest.mark.parametrize("first", [res("Failed"), say(200, {"v": 1}), res("Succeeded"), say(204)])
def test_a_ref_alone_of_what_ended_in_the_first_answer_is_refused(method, first):
    service = conversation((f"{method} {R}", first))
    with client_of(service) as client:
        ref = client.create_task(method=method, path=R).ref
        for look in (client.poll_task, client.get_status):
            with pytest.raises(accepted.BadRequest, match="ended in the answer to its create"):
                look(ref)
    assert len(service.requests) == 1


def test_with_its_journal_it_is_known(tmp_path):
    service = conversation(("PATCH " + R, res("Failed")))
    several = {"transport": MemoryTransport(service), "auth": "a-token", "journal": tmp_path / "j.db"}
    with Client(contract, **several) as client:
        ref = client.create_task(method="PATCH", path=R).ref
    with Client(contract, **several) as client, pytest.raises(accepted.TaskFailed):
        client.poll_task(ref)


BOTH = say(202, Azure_AsyncOperation=OP, Location=LOC)
WON = ("GET " + OP, op("Succeeded"))


@pytest.mark.parametrize(
    ("inputs", "talk", "ends"),
    [
        ({"method": "PUT"}, [ACCEPTED, WON, ("GET " + R, res("Succeeded"))], table.DONE_DOC),
        ({"method": "PUT"}, [ACCEPTED, WON, ("GET " + R, res("Failed"))], "TaskFailed"),
        ({"method": "PATCH"}, [BOTH, WON, ("GET " + R, res("Failed"))], "TaskFailed"),
        ({"method": "DELETE"}, [BOTH, WON], table.SUCCEEDED),
        ({"method": "POST"}, [BOTH, WON, ("GET " + LOC, say(200, OK))], OK),
        ({"method": "POST"}, [BOTH, WON, ("GET " + LOC, say(204))], None),
        (
            {"method": "POST"},
            [BOTH, WON, ("GET " + LOC, say(202, Location="/l2")), (f"GET /l2{V}", say(200, OK))],
            OK,
        ),
        ({"method": "POST"}, [BOTH, WON, ("GET " + LOC, op("Failed"))], "TaskFailed"),
        ({"method": "POST", "final_state_via": "azure-async-operation"}, [BOTH, WON], table.SUCCEEDED),
        (
            {"method": "POST", "final_state_via": "original-uri"},
            [BOTH, WON, ("GET " + R, say(200, OK))],
            OK,
        ),
        (
            {"method": "PUT", "final_state_via": "location"},
            [BOTH, WON, ("GET " + LOC, res("Failed"))],
            "TaskFailed",
        ),
        (
            {"method": "PUT", "final_state_via": "original-uri"},
            [say(202, Location=LOC), ("GET " + LOC, say(200)), ("GET " + R, res("Failed"))],
            "TaskFailed",
        ),
    ],
)
@pytest.mark.parametrize("alone", [False, True])
def test_a_ref_alone_ends_as_its_task_does(inputs, talk, ends, alone):
    first, *rest = talk
    service = conversation((f"{inputs['method']} {R}", first), *rest)
    with client_of(service) as client:
        task = client.create_task(path=R, **inputs)
        try:
            found = client.poll_task(task.ref if alone else task, timeout=600).result.value
        except accepted.AcceptedError as error:
            found = type(error).__name__
    assert (found, service.strange, service.complete) == (ends, [], True)


@pytest.mark.parametrize("place", ["https://me:hunter2@ops.example/op", "/op#access_token=hunter2"])
def test_what_opens_a_monitor_is_kept_nowhere(place):
    service = conversation(("POST " + R, say(202, Location=place)))
    with client_of(service) as client:
        try:
            told: Any = client.create_task(path=R)
        except accepted.CreateUnknown as error:
            told = error
    task = getattr(told, "task", told)
    assert "hunter2" not in f"{told}"
    assert "hunter2" not in repr(task) + repr(task.doing) + repr(task.private)


def test_a_lost_document_is_told_with_what_is_known():
    service = conversation(("PUT " + R, ACCEPTED), WON, ("GET " + R, say(410)))
    with client_of(service) as client, pytest.raises(accepted.TaskGone, match="The operation itself succeeded"):
        client.run_task(method="PUT", path=R)


def test_another_process_goes_on_with_all_that_is_known(tmp_path):
    service = conversation(
        (
            "PUT " + R,
            res(
                "Creating", 201, Azure_AsyncOperation="/op?api-version=1&sig=c2lnbmF0dXJl", Set_Cookie="node=seventeen"
            ),
        ),
        ("GET /op?api-version=1&sig=c2lnbmF0dXJl", op("Running")),
        ("GET /op?api-version=1&sig=c2lnbmF0dXJl", op("Succeeded")),
        ("GET " + R, res("Succeeded")),
    )
    several = {
        "transport": MemoryTransport(service),
        "auth": "a-token",
        "clock": service.clock,
        "journal": tmp_path / "j.db",
    }
    with Client(contract, **several) as client:
        ref = client.create_task(
            method="PUT", path=R, headers={"x-mine": "a-value"}, body={"secret": "s3cr3t-body"}
        ).ref
        assert "c2lnbmF0dXJl" not in ref
    with Client(contract, **several) as client:
        assert client.get_status(ref) == "in_progress"
    with Client(contract, **several) as client:
        assert client.poll_task(ref).result.value == table.DONE_DOC
    assert (service.strange, len(service.requests)) == ([], 4)
    assert {header(one.headers, "x-mine") for one in service.requests} == {"a-value"}
    assert {header(one.headers, "cookie") for one in service.requests[1:]} == {"node=seventeen"}


def test_two_operations_on_one_resource_are_two_tasks(tmp_path):
    service = conversation(("PUT /r", say(200, OK)), ("PUT /r", say(200, OK)), ("DELETE /r", say(204)))
    with Client(
        contract, transport=MemoryTransport(service), auth="a-token", clock=service.clock, journal=tmp_path / "j.db"
    ) as client:
        refs = {client.run_task(method=method, path="/r").ref for method in ("PUT", "PUT", "DELETE")}
    assert len(refs) == 3


def test_a_signature_is_shown_nowhere():
    service = conversation(
        ("POST " + R, say(202, Location="/l?sig=c2lnbmF0dXJl")),
        ("GET /l?sig=c2lnbmF0dXJl&api-version=1", say(400, {"at": "/l?sig=c2lnbmF0dXJl"})),
    )
    with client_of(service) as client:
        task = client.create_task(path=R)
        assert "c2lnbmF0dXJl" not in repr(task) + repr(task.doing) + task.ref
        with pytest.raises(accepted.BadRequest) as caught:
            client.poll_task(task)
    assert "c2lnbmF0dXJl" not in str(caught.value) + repr(caught.value.problem)
    assert service.strange == []


def test_a_final_task_is_not_asked_about_again():
    service = conversation(("POST " + R, say(200, OK)))
    with client_of(service) as client:
        task = client.create_task(path=R)
        assert (task.status, client.get_status(task), client.poll_task(task).ok) == ("completed", "completed", True)
    assert len(service.requests) == 1


def test_one_look_asks_for_the_final_document_too():
    service = conversation(("PUT " + R, table.MADE), ("GET " + OP, op("Succeeded")), ("GET " + R, res("Updating")))
    with client_of(service) as client:
        task = client.create_task(method="PUT", path=R)
        assert client.get_status(task) == "in_progress"
    assert len(service.requests) == 3


def test_progress_is_told():
    service = conversation(
        ("POST " + R, ACCEPTED), ("GET " + OP, op("Running", percentComplete=40)), ("GET " + OP, op("Succeeded"))
    )
    told: list[Any] = []
    with client_of(service) as client:
        client.poll_task(client.create_task(path=R), on_update=lambda task: told.append(task.progress))
    assert told[0].fraction == 0.4


@pytest.mark.parametrize("verb", ["cancel_task", "list_tasks"])
def test_what_azure_has_not_is_told_without_a_request(verb):
    service = conversation()
    with client_of(service) as client, pytest.raises(accepted.Unsupported):
        list(client.list_tasks()) if verb == "list_tasks" else client.cancel_task("azure-lro:x")
    assert service.requests == []


@pytest.mark.parametrize("status", contract.examples)
def test_examples_say_what_they_stand_for(status):
    document = contract.examples[status]
    assert contract.read(codec_answer(document)).status is status
    assert contract.words[document["status"]] is status


@pytest.mark.parametrize("word", contract.words)
def test_words_are_read_as_they_are_declared(word):
    for spelt in (word, word.lower(), word.upper()):
        assert contract.read(codec_answer({"status": spelt})).status is contract.words[word]


def codec_answer(document: Any) -> Any:
    return Answer(raw=codec.encode(document))


# ---- whatever is answered

BROKEN = [
    say(200, raw=b'{"status": "Succeeded"'),
    say(206, table.SUCCEEDED),
    say(404),
    say(410),
    say(400),
    say(500, table.SUCCEEDED),
    table.LOST,
]
RUNNING = [
    op("Running"),
    op("NotStarted"),
    op("Wobbling"),
    op("Canceling"),
    say(202),
    say(202, {}),
    say(429, Retry_After="2"),
    say(503),
]
NO_STATUS = [
    say(200),
    say(200, {}),
    op(""),
    op(None),
    op(3),
    op(True),
    say(204),
    say(200, "Succeeded"),
    res("Succeeded"),
]
ENDED = [op("Failed"), op("Canceled"), op("Cancelled")]
NOT_THERE = [
    say(202),
    say(202, table.SUCCEEDED),
    res("Updating"),
    res("Failed"),
    res("Canceled"),
    res(""),
    res(1),
    op("InProgress"),
    op("Failed"),
]
NO_RESOURCE = [
    say(202, table.DONE_DOC),
    res("Updating"),
    res("Failed"),
    res("Canceled"),
    res(""),
    say(200),
    say(204),
    say(200, None),
]
"""None of these answers is that of an operation that succeeded, asked at the place of its list."""

PLACES = {
    "operation": [*BROKEN, *RUNNING, *NO_STATUS, *ENDED],
    "location": [*BROKEN, *NOT_THERE],
    "resource": [*BROKEN, *NO_RESOURCE],
}
UNFINISHED = [
    ("PUT", table.MADE, {OP: [*PLACES["operation"], op("Succeeded")], R: PLACES["resource"]}),
    ("PATCH", ACCEPTED, {OP: [*PLACES["operation"], op("Succeeded")], R: PLACES["resource"]}),
    ("POST", ACCEPTED, {OP: PLACES["operation"]}),
    ("DELETE", ACCEPTED, {OP: PLACES["operation"]}),
    (
        "POST",
        say(202, Azure_AsyncOperation=OP, Location=LOC),
        {OP: [*PLACES["operation"], op("Succeeded")], LOC: PLACES["location"]},
    ),
    ("POST", table.AT, {LOC: PLACES["location"]}),
    ("DELETE", table.AT, {LOC: PLACES["location"]}),
    ("PUT", table.AT, {LOC: PLACES["location"]}),
    ("PUT", res("Creating", 201), {R: PLACES["resource"]}),
    ("PUT", say(202), {R: PLACES["resource"]}),
    ("PATCH", res("Updating"), {R: PLACES["resource"]}),
]


def played(method: str, first: Any, script: dict[str, list[Any]]) -> tuple[Any, int]:
    """The end of a task whose places are answered from lists, the last of each for ever; and the number of requests."""
    clock, asked = VirtualClock(), []

    def service(request: Request) -> Response | Dropped:
        place = request.url.removeprefix(BASE)
        asked.append(place)
        answers = script[place]
        said = first if request.method != "GET" else answers[min(asked.count(place) - (place == R), len(answers)) - 1]
        if said.raw is None:
            return Dropped(reason="the line went dead")
        return Response(status=said.code, headers=said.headers, body=said.raw)

    script = {R: [], **script}
    with Client(contract, transport=MemoryTransport(service), **settings(clock)) as client:
        try:
            return client.with_options(timeout=600).run_task(method=method, path=R), len(asked)
        except accepted.AcceptedError as error:
            return error, len(asked)


@given(data=st.data())
def test_nothing_that_is_unfinished_failed_or_broken_is_ever_a_success(data):
    method, first, places = data.draw(st.sampled_from(UNFINISHED))
    script = {
        place: data.draw(st.lists(st.sampled_from(pool), min_size=1, max_size=6)) for place, pool in places.items()
    }
    ended, requests = played(method, first, script)
    assert isinstance(ended, accepted.AcceptedError)
    assert ended.task is None or ended.task.status is not Status.COMPLETED
    assert requests <= MANY


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=3) | st.sampled_from(["status", "properties", "error"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(document=JSON, code=st.sampled_from([200, 201, 202, 204]))
def test_no_document_but_one_that_says_succeeded_ends_a_status_monitor_well(document, code):
    ended, _ = played("POST", ACCEPTED, {OP: [say(code, document)]})
    word = document.get("status") if isinstance(document, dict) else None
    assert isinstance(ended, accepted.AcceptedError) or (isinstance(word, str) and word.strip().lower() == "succeeded")


BENIGN = {
    "operation": [*RUNNING, table.LOST, say(500)],
    "location": [
        say(202),
        say(202, table.SUCCEEDED),
        res("Updating"),
        op("InProgress"),
        table.LOST,
        say(500),
        say(429),
    ],
    "resource": [say(202), res("Updating"), res("Wobbling", 201), table.LOST, say(500), say(429)],
}


@given(data=st.data())
def test_whatever_comes_before_success_does_not_change_the_value(data):
    kind, method, first, place, last, value = data.draw(
        st.sampled_from(
            [
                ("operation", "POST", ACCEPTED, OP, op("Succeeded"), table.SUCCEEDED),
                ("location", "POST", table.AT, LOC, say(200, OK), OK),
                ("location", "DELETE", table.AT, LOC, say(204), None),
                ("resource", "PUT", res("Creating", 201), R, res("Succeeded"), table.DONE_DOC),
            ]
        )
    )
    before = data.draw(st.lists(st.sampled_from(BENIGN[kind]), max_size=6))
    ended, requests = played(method, first, {place: [*before, last]})
    assert not isinstance(ended, accepted.AcceptedError), ended
    assert (ended.result.value, requests) == (value, len(before) + 2)
