"""The pollers of azure-core and azure-mgmt-core against our simulator over real loopback HTTP, our client beside them.

One table has what each of the three makes of a scenario; where they differ, the reason stands beside it.
"""

from dataclasses import replace
from typing import Any

import pytest

import accepted
from accepted.asgi import application, running
from accepted.core.schedule import Schedule
from accepted.services.azure_lro import contract
from accepted.simulate import handler
from accepted.simulate.azure_lro import Simulator

pytestmark = pytest.mark.oracle("azure.core")

PATH = "/subscriptions/1/things/widget?api-version=2024-03-01"
DURATION, GRACE, PAUSE = 0.12, 0.15, 0.02
MANY = 40
"""Pauses after which a poller is said to go on for ever."""

QUICK = replace(contract, schedule=Schedule(first=PAUSE, fraction=0.0, longest=PAUSE, jitter=0.0), grace=0.5)


class GoesOn(Exception):
    """It would poll for ever."""


def ours(base_url: str, method: str, via: str | None) -> Any:
    with accepted.Client(QUICK, base_url=base_url, auth="a-token", journal=None) as client:
        waiting = client.with_options(timeout=MANY * PAUSE * 2)
        return waiting.run_task(method=method, path=PATH, body=_body(method), final_state_via=via).result.value


def theirs(polling: Any, base_url: str, method: str) -> Any:
    from azure.core import PipelineClient
    from azure.core.pipeline.policies import HeadersPolicy, RequestIdPolicy
    from azure.core.polling import LROPoller
    from azure.core.rest import HttpRequest

    policies = [HeadersPolicy({"Authorization": "Bearer a-token"}), RequestIdPolicy()]
    with PipelineClient(base_url, policies=policies) as client:
        request = HttpRequest(method, base_url + PATH, json=_body(method))
        first = client.send_request(request, _return_pipeline_response=True)
        first.http_response.raise_for_status()
        poller = LROPoller(client, first, lambda answer: answer.http_response.json(), polling)
        return poller.result()


def azure_core(base_url: str, method: str, via: str | None) -> Any:
    from azure.core.polling.base_polling import LROBasePolling

    return theirs(_bounded(LROBasePolling, via), base_url, method)


def azure_mgmt_core(base_url: str, method: str, via: str | None) -> Any:
    from azure.mgmt.core.polling.arm_polling import ARMPolling

    return theirs(_bounded(ARMPolling, via), base_url, method)


def _bounded(kind: Any, via: str | None) -> Any:
    class Bounded(kind):
        pauses = 0

        def _sleep(self, delay: float) -> None:
            self.pauses += 1
            if self.pauses > MANY:
                raise GoesOn
            super()._sleep(delay)

    return Bounded(timeout=PAUSE, lro_options={"final-state-via": via} if via else None)


def _body(method: str) -> Any:
    return None if method == "DELETE" else {"properties": {"size": 3}}


CLIENTS = {"ours": ours, "azure-core": azure_core, "azure-mgmt-core": azure_mgmt_core}


def outcome(name: str, scenarios: str, method: str, via: str | None = None) -> Any:
    """The value, else the name of the error."""
    simulator = Simulator(scenarios, duration=DURATION, grace=GRACE)
    with running(application(handler(simulator))) as base_url:
        try:
            return CLIENTS[name](base_url, method, via)
        except Exception as error:  # noqa: BLE001  # whatever a client says of what did not succeed
            return type(error).__name__


def shape(found: Any) -> Any:
    """A value in short: which document it is, and what it says."""
    match found:
        case {"status": word}:
            return f"status {word}"
        case {"output": _}:
            return "result"
        case {"properties": {"provisioningState": word}}:
            return f"resource {word}"
        case _:
            return found


MADE, RESULT, STATUS = "resource Succeeded", "result", "status Succeeded"
REFUSED = "HttpResponseError"
NO_AAO = "azure-core alone does not know Azure-AsyncOperation: it takes the first answer for the end"
NO_OL = "azure-mgmt-core does not know Operation-Location"
ALIKE = ""

ROWS: list[tuple[str, str, str | None, Any, Any, Any, str]] = [
    # scenarios, method, final-state-via, ours, azure-core, azure-mgmt-core, why they differ
    ("happy", "PUT", None, MADE, "resource Creating", MADE, NO_AAO),
    ("happy", "PATCH", None, MADE, "resource Updating", MADE, NO_AAO),
    ("happy", "POST", None, STATUS, None, STATUS, NO_AAO),
    ("happy", "DELETE", None, STATUS, None, STATUS, NO_AAO),
    ("operation-location", "PUT", None, MADE, MADE, MADE, ALIKE),
    ("operation-location", "PATCH", None, MADE, MADE, MADE, ALIKE),
    ("operation-location", "POST", None, STATUS, STATUS, None, NO_OL),
    ("operation-location", "DELETE", None, STATUS, STATUS, None, NO_OL),
    ("location", "PUT", None, MADE, MADE, MADE, ALIKE),
    ("location", "POST", None, RESULT, RESULT, RESULT, ALIKE),
    ("location", "DELETE", None, None, None, None, ALIKE),
    ("provisioning-state", "PUT", None, MADE, "resource Creating", MADE, "azure-core alone does not read a state"),
    ("provisioning-state", "POST", None, RESULT, RESULT, RESULT, ALIKE),
    ("provisioning-state", "DELETE", None, None, None, None, ALIKE),
    ("inline", "PUT", None, MADE, MADE, MADE, ALIKE),
    ("inline", "POST", None, RESULT, RESULT, RESULT, ALIKE),
    ("inline", "DELETE", None, None, None, None, ALIKE),
    ("both-headers", "POST", None, RESULT, RESULT, RESULT, ALIKE),
    ("both-headers", "DELETE", None, STATUS, None, STATUS, NO_AAO),
    ("both-headers", "POST", "azure-async-operation", STATUS, RESULT, STATUS, NO_AAO),
    ("both-headers", "DELETE", "location", None, None, None, ALIKE),
    ("operation-location,both-headers", "POST", "location", RESULT, RESULT, RESULT, ALIKE),
    ("operation-location,both-headers", "POST", "operation-location", STATUS, STATUS, RESULT, NO_OL),
    ("operation-location,resource-location", "POST", None, RESULT, RESULT, None, NO_OL),
    ("operation-location,resource-location", "PUT", None, MADE, MADE, MADE, ALIKE),
    (
        "operation-location,resource-location",
        "DELETE",
        None,
        STATUS,
        None,
        None,
        "azure-core asks resourceLocation after a DELETE too; what is removed has no document",
    ),
    ("failed", "PUT", None, "TaskFailed", "resource Creating", REFUSED, NO_AAO),
    ("operation-location,failed", "PUT", None, "TaskFailed", REFUSED, REFUSED, ALIKE),
    (
        "location,failed",
        "POST",
        None,
        "TaskFailed",
        "status Failed",
        "status Failed",
        "they take any 200 of a Location for a success, whatever its body says",
    ),
    ("provisioning-state,failed", "PUT", None, "TaskFailed", "resource Creating", REFUSED, "as above"),
    ("cancelled", "POST", None, "TaskCancelled", None, REFUSED, NO_AAO),
    ("operation-location,cancelled", "PATCH", None, "TaskCancelled", REFUSED, REFUSED, ALIKE),
    (
        "operation-location,two-l",
        "PUT",
        None,
        "TaskCancelled",
        "GoesOn",
        "GoesOn",
        "they do not stop on Cancelled, with two l",
    ),
    ("operation-location,unknown-word", "PUT", None, MADE, MADE, MADE, ALIKE),
    (
        "operation-location,missing-status",
        "PUT",
        None,
        "ContractBroken",
        REFUSED,
        MADE,
        NO_OL,
    ),
    ("missing-status", "POST", None, "ContractBroken", None, REFUSED, NO_AAO),
    ("broken-json", "DELETE", None, "ContractBroken", None, "DecodeError", NO_AAO),
    (
        "location,moved-location",
        "POST",
        None,
        RESULT,
        "ServiceResponseError",
        "ServiceResponseError",
        "they do not resolve a relative Location",
    ),
    (
        "late-document",
        "PUT",
        None,
        MADE,
        "resource Creating",
        "resource Creating",
        "they take whatever the final GET brings; ours waits until the resource says that it is ready",
    ),
    (
        "both-headers,late-document",
        "POST",
        None,
        RESULT,
        RESULT,
        None,
        "azure-mgmt-core takes a 202 of the final GET for the result; azure-core follows the Location itself",
    ),
    (
        "failed-resource",
        "PUT",
        None,
        "TaskFailed",
        "resource Creating",
        "resource Failed",
        "they do not read the state of the final document",
    ),
    ("lost-document", "PUT", None, "TaskGone", "resource Creating", REFUSED, NO_AAO),
    ("operation-location,cookies", "POST", None, STATUS, STATUS, None, NO_OL),
    ("signed", "PUT", None, MADE, "resource Creating", MADE, NO_AAO),
    (
        "no-monitor",
        "POST",
        None,
        "CreateUnknown",
        None,
        None,
        "they take a 202 that names no monitor for a success",
    ),
    ("no-monitor", "PUT", None, MADE, None, MADE, "as above; azure-mgmt-core asks the resource"),
    (
        "operation-location,eventual",
        "POST",
        None,
        STATUS,
        REFUSED,
        None,
        "a 404 just after the create is not yet for ours, and the end for azure-core",
    ),
    ("stuck", "PUT", None, "PollTimeout", "resource Creating", "GoesOn", NO_AAO),
]


@pytest.mark.parametrize("row", [pytest.param(row, id=" ".join(filter(None, row[:3]))) for row in ROWS])
def test_scenario(row):
    scenarios, method, via, *expected, why = row
    found = [outcome(name, scenarios, method, via) for name in CLIENTS]
    assert [shape(one) for one in found] == expected
    differ = [one for one, told in zip(found, expected, strict=True) if told == expected[0] and one != found[0]]
    assert differ == []  # what looks alike in short is the same document
    assert bool(why) == (not _alike(*expected))


def _alike(mine: Any, *others: Any) -> bool:
    """Whether all three came to the same value, or all to an error that says so."""
    ended = {"TaskFailed", "TaskCancelled"}
    return all(other == mine or (mine in ended and other == REFUSED) for other in others)
