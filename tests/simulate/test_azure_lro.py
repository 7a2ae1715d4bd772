"""The double of a service of Azure: what it answers, and what our client makes of every scenario."""

import json
from dataclasses import replace
from typing import Any

import pytest

import accepted
from accepted import simulate
from accepted.core.wire import Dropped, Request, Response, header
from accepted.simulate.azure_lro import SCENARIOS, Simulator
from accepted.testing import simulation

pytestmark = pytest.mark.slow

ORIGIN = "https://management.azure.com"
PATH = "/subscriptions/1/things/widget?api-version=1"
TOKEN = (("authorization", "Bearer a-token"),)


def ask(double: Simulator, method: str, url: str, now: float, *fields: tuple[str, str], body: Any = None) -> Response:
    raw = b"" if body is None else json.dumps(body).encode()
    target = url if "://" in url else ORIGIN + url
    answer = double.answer(Request(method=method, url=target, headers=(*TOKEN, *fields), body=raw), now)
    assert isinstance(answer, Response)
    return answer


def document(answer: Response) -> Any:
    return json.loads(answer.body)


def test_it_is_found_by_its_name():
    assert "azure-lro" in simulate.names()
    assert simulate.load("azure-lro") is Simulator
    assert simulate.scenarios("azure-lro") is SCENARIOS


@pytest.mark.parametrize(("field", "wrong"), [("scenarios", "hapy"), ("duration", -1.0), ("grace", -1.0)])
def test_it_refuses_what_it_cannot_play(field, wrong):
    with pytest.raises(ValueError):
        Simulator(**{field: wrong})


@pytest.mark.parametrize("fields", [(), (("authorization", "Bearer bad-token"),)])
def test_without_a_good_token_it_is_401(fields):
    answer = Simulator().answer(Request(method="PUT", url=ORIGIN + PATH, headers=fields), 0.0)
    assert isinstance(answer, Response)
    assert (answer.status, document(answer)["error"]["code"]) == (401, "AuthenticationFailed")


def test_a_put_as_it_goes_on():
    double = Simulator(duration=20)
    first = ask(double, "PUT", PATH, 100.0, body={"properties": {"size": 3}})
    assert (first.status, document(first)["properties"]) == (201, {"size": 3, "provisioningState": "Creating"})
    monitor = header(first.headers, "azure-asyncoperation") or ""
    seen = [document(ask(double, "GET", monitor, now)) for now in (100.0, 110.0, 120.0)]
    assert [(one["status"], one["percentComplete"]) for one in seen] == [
        ("NotStarted", 0),
        ("InProgress", 50),
        ("Succeeded", 100),
    ]
    states = [document(ask(double, "GET", PATH, now))["properties"]["provisioningState"] for now in (110.0, 120.0)]
    assert states == ["Creating", "Succeeded"]


def test_what_is_deleted_is_there_until_then():
    double = Simulator(duration=20)
    assert ask(double, "DELETE", PATH, 0.0).status == 202
    assert [ask(double, "GET", PATH, now).status for now in (10.0, 20.0)] == [200, 404]


def test_a_repeated_request_makes_nothing_new():
    double = Simulator()
    key = ("repeatability-request-id", "7f")
    first, second = (ask(double, "POST", PATH, now, key) for now in (0.0, 1.0))
    assert first == second
    assert (double.counts()["creates"], double.counts()["committed"]) == (2, 1)


def test_a_failure_has_its_error():
    double = Simulator("failed", duration=1)
    monitor = header(ask(double, "POST", PATH, 0.0).headers, "azure-asyncoperation") or ""
    assert document(ask(double, "GET", monitor, 1.0))["error"]["code"] == "QuotaExceeded"


def test_the_same_requests_get_the_same_bytes():
    answers = [
        [ask(double, "PUT", PATH, 1.0), ask(double, "GET", PATH, 2.0)]
        for double in (Simulator(seed=5), Simulator(seed=5))
    ]
    assert answers[0] == answers[1]
    assert answers[0] != [ask(other := Simulator(seed=6), "PUT", PATH, 1.0), ask(other, "GET", PATH, 2.0)]


def test_the_control_path_counts_without_being_counted():
    double = Simulator("throttled")
    assert double.answer(Request(method="PUT", url=ORIGIN + PATH, headers=TOKEN), 0.0).status == 429
    told = double.answer(Request(method="GET", url=ORIGIN + simulate.CONTROL_PATH), 0.0)
    assert isinstance(told, Response)
    assert (document(told)["requests"], document(told)["routes"]) == (1, {"PUT {resource}": 1})


def test_a_lost_answer_is_carried_out():
    double = Simulator("lost-answer")
    answer = double.answer(Request(method="PUT", url=ORIGIN + PATH, headers=TOKEN), 0.0)
    assert isinstance(answer, Dropped)
    assert double.counts()["committed"] == 1


@pytest.mark.parametrize("method", ["GET", "OPTIONS", "TRACE"])
def test_nothing_else_creates(method):
    double = Simulator()
    assert ask(double, method, PATH, 0.0).status in {404, 405}
    assert double.counts()["creates"] == 0


# ---- our client, scenario by scenario

SUCCESS = {"PUT": "resource", "PATCH": "resource", "POST": "status", "DELETE": "status"}
RESULT = {**SUCCESS, "POST": "result"}
PLACE = {**RESULT, "DELETE": "nothing"}
ALWAYS = {
    "failed": "TaskFailed",
    "cancelled": "TaskCancelled",
    "two-l": "TaskCancelled",
    "stuck": "PollTimeout",
    "missing-status": "ContractBroken",
    "broken-json": "ContractBroken",
    "lost-answer": "CreateUnknown",
    "expired-token": "AuthenticationFailed",
}
ONLY_RESOURCES = {"failed-resource": "TaskFailed", "lost-document": "TaskGone"}
SPECIAL = {
    "location": PLACE,
    "moved-location,location": PLACE,
    "location,signed": PLACE,
    "location,late-document": PLACE,
    "provisioning-state": PLACE,
    "inline": PLACE,
    "both-headers": RESULT,
    "both-headers,late-document": RESULT,
    "both-headers,lost-document": {**dict.fromkeys(("PUT", "PATCH", "POST"), "TaskGone"), "DELETE": "status"},
    "resource-location": RESULT,
    "no-monitor": {**SUCCESS, "POST": "CreateUnknown", "DELETE": "CreateUnknown"},
    "location,failed": dict.fromkeys(SUCCESS, "TaskFailed"),
    "provisioning-state,failed": {**PLACE, "PUT": "TaskFailed", "PATCH": "TaskFailed"},
    **{name: {**SUCCESS, "PUT": end, "PATCH": end} for name, end in ONLY_RESOURCES.items()},
    **{name: dict.fromkeys(SUCCESS, end) for name, end in ALWAYS.items()},
    # A PUT or DELETE that met a 500 is sent again.
    "flaky": {**SUCCESS, "PATCH": "CreateUnknown", "POST": "CreateUnknown"},
}
PLAYED = [*SCENARIOS, *(name for name in SPECIAL if name not in SCENARIOS)]


@pytest.mark.parametrize("scenarios", PLAYED)
@pytest.mark.parametrize("method", SUCCESS)
def test_what_becomes_of_it(scenarios, method):
    played = simulation("azure-lro", *scenarios.split(","), duration=20)
    client = played.client.with_options(timeout=900)
    try:
        value = client.run_task(method=method, path=PATH, body={"properties": {"size": 3}}).result.value
        found = _which(value)
    except accepted.AcceptedError as error:
        found = type(error).__name__
    assert found == SPECIAL.get(scenarios, SUCCESS)[method]
    assert played.counts()["requests"] < 100
    assert played.counts()["too_early"] == 0


def _which(value: Any) -> str:
    match value:
        case None:
            return "nothing"
        case {"status": "Succeeded"}:
            return "status"
        case {"output": {"properties": {"size": 3}}}:
            return "result"
        case {"properties": {"provisioningState": "Succeeded", "size": 3}}:
            return "resource"
        case _:
            return f"not a success: {value}"


async def test_both_colours():
    played = simulation("azure-lro", "both-headers", "cookies", duration=20)
    async with played.async_client as client:
        task = await client.run_task(path=PATH, body={"properties": {"size": 3}})
    assert _which(task.result.value) == "result"


def test_another_host_is_another_base_url():
    played = simulation("azure-lro", "operation-location")
    settings = {**played.settings, "base_url": "https://my.cognitiveservices.azure.com/language"}
    assert replace(played, settings=settings).client.run_task(path="/jobs?api-version=1").ok
