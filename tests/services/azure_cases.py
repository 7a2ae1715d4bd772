"""The scenario table of `azure-lro`: what an Azure service may say, and what must follow. Written before the code.

From the Azure rows of `conventions.md` (azure-core 1.41.0 and azure-mgmt-core 1.6.0 as read), the ARM page on
asynchronous operations (https://learn.microsoft.com/azure/azure-resource-manager/management/async-operations) and the
Azure REST API guidelines (from memory). Where they leave a choice, an unfinished or wrong value is never a success.

A case is a conversation: what is asked in order, and what is answered. `REPEAT` at its end: the last pair goes on.
"""

import json
from dataclasses import dataclass, field
from typing import Any

BASE = "https://management.azure.com"
V = "?api-version=1"
NOTHING = object()


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One answer; `raw` None: the connection broke."""

    code: int = 200
    raw: bytes | None = b""
    headers: tuple[tuple[str, str], ...] = ()


def say(code: int, document: Any = NOTHING, *, raw: bytes = b"", **headers: str) -> Said:
    """An answer; header names are written with `_` for `-`."""
    body = raw if document is NOTHING else json.dumps(document).encode()
    return Said(code=code, raw=body, headers=tuple((name.replace("_", "-"), text) for name, text in headers.items()))


LOST = Said(raw=None)
REPEAT = "..."


def op(word: Any, **more: Any) -> Said:
    """200 of a status monitor."""
    return say(200, {"status": word, **more})


def res(word: Any, code: int = 200, **headers: str) -> Said:
    """A resource in some provisioning state."""
    return say(code, state(word), **headers)


def state(word: Any) -> dict[str, Any]:
    return {"id": "/r", "properties": {"provisioningState": word}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One conversation and its end: `value` of a completed task, else the name of the error.

    `sent`: header fields that the request of that index must carry (None: must not).
    """

    name: str
    inputs: dict[str, Any]
    talk: tuple[Any, ...]
    value: Any = NOTHING
    error: str = ""
    word: str | None = None
    told: str = ""
    sent: dict[int, dict[str, str | None]] = field(default_factory=dict)


def case(name: str, method: str, *talk: Any, path: str = "/r" + V, **more: Any) -> Case:
    expected = {one: more.pop(one) for one in ("value", "error", "word", "told", "sent") if one in more}
    first = f"{method} {path}"
    pairs = (
        (first, talk[0]),
        *(
            one if one == REPEAT or one[0].startswith(("GET", method)) else ("GET " + one[0], one[1])
            for one in talk[1:]
        ),
    )
    return Case(name=name, inputs={"method": method, "path": path, **more}, talk=pairs, **expected)


OK = {"id": "/r", "name": "made"}
DONE = res("Succeeded")
DONE_DOC = state("Succeeded")
SUCCEEDED = {"status": "Succeeded"}
FAILURE = {"code": "QuotaExceeded", "message": "No cores left."}
OP = "/op" + V
LOC = "/loc" + V
R = "/r" + V

AT_ONCE = [
    case("PUT 200 Succeeded", "PUT", DONE, value=DONE_DOC, word="Succeeded"),
    case("PUT 201 Succeeded", "PUT", res("Succeeded", 201), value=DONE_DOC),
    case("PUT 200 without a state", "PUT", say(200, OK), value=OK),
    case("PUT 200 empty", "PUT", say(200), value=None),
    case("PUT 204", "PUT", say(204), value=None),
    case("PUT 200, state in capitals", "PUT", res("SUCCEEDED"), value=state("SUCCEEDED"), word="SUCCEEDED"),
    case(
        "PUT 200, state on top",
        "PUT",
        say(200, {"provisioningState": "Succeeded"}),
        value={"provisioningState": "Succeeded"},
    ),
    case("PUT 200, state null", "PUT", res(None), value=state(None)),
    case("PUT 200 with a byte order mark", "PUT", say(200, raw=b'\xef\xbb\xbf{"id": "1"}'), value={"id": "1"}),
    case("PATCH 200 Succeeded", "PATCH", DONE, value=DONE_DOC),
    case("PATCH 200 without a state", "PATCH", say(200, OK), value=OK),
    case("PATCH 204", "PATCH", say(204), value=None),
    case("POST 200 with a document", "POST", say(200, OK), value=OK),
    case("POST 200 empty", "POST", say(200), value=None),
    case("POST 200 with white space", "POST", say(200, raw=b" \r\n"), value=None),
    case("POST 200 with a list", "POST", say(200, [OK]), value=[OK]),
    case("POST 200 with a text", "POST", say(200, "success"), value="success"),
    case("POST 200 null", "POST", say(200, None), value=None),
    case("POST 201 with a document", "POST", say(201, OK), value=OK),
    case("POST 204", "POST", say(204), value=None),
    case("POST 200, status Succeeded", "POST", op("Succeeded"), value=SUCCEEDED),
    case("POST 200, a status of the document's own", "POST", op("Active"), value={"status": "Active"}),
    case("POST 200, a status that is no text", "POST", op({"level": 3}), value={"status": {"level": 3}}),
    case("DELETE 200 empty", "DELETE", say(200), value=None),
    case("DELETE 200 with a document", "DELETE", say(200, OK), value=OK),
    case("DELETE 204", "DELETE", say(204), value=None),
    case("DELETE 204 with a Location is over", "DELETE", say(204, Location=LOC), value=None),
    case("PUT 200 Failed", "PUT", res("Failed"), error="TaskFailed", word="Failed"),
    case("PUT 201 Failed", "PUT", res("Failed", 201), error="TaskFailed"),
    case("PUT 200 Canceled", "PUT", res("Canceled"), error="TaskCancelled", word="Canceled"),
    case("PUT 201 Cancelled, with two l", "PUT", res("Cancelled", 201), error="TaskCancelled", word="Cancelled"),
    case("PATCH 200 Failed", "PATCH", res("Failed"), error="TaskFailed"),
    case(
        "POST 200, status Failed",
        "POST",
        op("Failed", error=FAILURE),
        error="TaskFailed",
        told="QuotaExceeded: No cores left.",
    ),
    case("DELETE 200 Failed", "DELETE", res("Failed"), error="TaskFailed"),
    case(
        "PATCH 200 Succeeded: a monitor on localhost is that of the AutoRest test server, not to be asked",
        "PATCH",
        res("Succeeded", Azure_AsyncOperation="http://localhost/never"),
        value=DONE_DOC,
    ),
    case(
        "PUT 200 Succeeded: a monitor on localhost is one like any other",
        "PUT",
        res("Succeeded", Azure_AsyncOperation="http://localhost/never"),
        error="ContractBroken",
    ),
    case(
        "PATCH 200 Updating: a monitor on localhost is one like any other",
        "PATCH",
        res("Updating", Azure_AsyncOperation="http://localhost/never"),
        error="ContractBroken",
    ),
    *(
        case(f"{method} {code} Succeeded: a monitor that is refused", method, said, error="ContractBroken")
        for method, code in (("PUT", 200), ("PUT", 201), ("PATCH", 200), ("DELETE", 200))
        for said in (res("Succeeded", code, Azure_AsyncOperation="http://169.254.169.254/op"),)
    ),
    case(
        "PUT 200, a status of the resource's own",
        "PUT",
        say(200, {**OK, "status": "Running"}),
        value={**OK, "status": "Running"},
    ),
    case("PUT 200, an error alone", "PUT", say(200, {"error": FAILURE}), error="TaskFailed", told="No cores left."),
    case("POST 200, an error alone", "POST", say(200, {"error": FAILURE}), error="TaskFailed", told="No cores left."),
    case("POST 200, an error that is empty", "POST", say(200, {"error": {"code": ""}}), value={"error": {"code": ""}}),
    case(
        "PUT 200, state in other case",
        "PUT",
        say(200, {"Properties": {"ProvisioningState": "Failed"}}),
        error="TaskFailed",
    ),
    case("POST 200 Succeeded beside an error", "POST", op("Succeeded", error=FAILURE), error="CreateUnknown"),
]

STATUS_MONITOR = [
    case(
        "PUT 201, Azure-AsyncOperation, then the resource",
        "PUT",
        res("Creating", 201, Azure_AsyncOperation=BASE + OP),
        (OP, op("InProgress")),
        (OP, op("Succeeded")),
        (R, DONE),
        value=DONE_DOC,
    ),
    case(
        "PUT 200 Accepted",
        "PUT",
        res("Accepted", Azure_AsyncOperation=OP),
        (OP, op("Succeeded")),
        (R, DONE),
        value=DONE_DOC,
    ),
    case("PUT 202 empty", "PUT", say(202, Azure_AsyncOperation=OP), (OP, op("Succeeded")), (R, say(200, OK)), value=OK),
    case(
        "PATCH 200", "PATCH", res("Updating", Azure_AsyncOperation=OP), (OP, op("Succeeded")), (R, DONE), value=DONE_DOC
    ),
    case(
        "PATCH 202 with both headers: the resource, not the Location",
        "PATCH",
        res("Succeeded", 202, Azure_AsyncOperation=OP, Location=LOC),
        (OP, op("InProgress")),
        (OP, op("Succeeded")),
        (R, DONE),
        value=DONE_DOC,
    ),
    case(
        "POST: the monitor's own document",
        "POST",
        say(202, Azure_AsyncOperation=OP),
        (OP, op("Succeeded", properties={"output": 1})),
        value={**SUCCEEDED, "properties": {"output": 1}},
    ),
    case(
        "POST with both headers: the Location",
        "POST",
        say(202, Azure_AsyncOperation=OP, Location=LOC),
        (OP, op("Succeeded")),
        (LOC, say(200, OK)),
        value=OK,
    ),
    case(
        "POST via azure-async-operation: no final GET",
        "POST",
        say(202, Azure_AsyncOperation=OP, Location=LOC),
        (OP, op("succeeded", id="100")),
        value={"status": "succeeded", "id": "100"},
        final_state_via="azure-async-operation",
    ),
    case(
        "POST via location",
        "POST",
        say(202, Azure_AsyncOperation=OP, Location=LOC),
        (OP, op("Succeeded")),
        (LOC, say(200, OK)),
        value=OK,
        final_state_via="location",
    ),
    case(
        "POST via location, which nothing named: the monitor's document",
        "POST",
        say(202, Azure_AsyncOperation=OP),
        (OP, op("Succeeded")),
        value=SUCCEEDED,
        final_state_via="location",
    ),
    case(
        "POST via original-uri",
        "POST",
        say(202, Azure_AsyncOperation=OP, Location=LOC),
        (OP, op("Succeeded")),
        (R, say(200, OK)),
        value=OK,
        final_state_via="original-uri",
    ),
    case(
        "PUT via azure-async-operation: the resource all the same",
        "PUT",
        res("Creating", 201, Azure_AsyncOperation=OP),
        (OP, op("Succeeded")),
        (R, DONE),
        value=DONE_DOC,
        final_state_via="azure-async-operation",
    ),
    case(
        "PUT via location",
        "PUT",
        res("Creating", 201, Azure_AsyncOperation=OP, Location=LOC),
        (OP, op("Succeeded")),
        (LOC, say(200, OK)),
        value=OK,
        final_state_via="location",
    ),
    case(
        "PUT via original-uri",
        "PUT",
        res("Creating", 201, Azure_AsyncOperation=OP, Location=LOC),
        (OP, op("Succeeded")),
        (R, DONE),
        value=DONE_DOC,
        final_state_via="original-uri",
    ),
    case(
        "DELETE: the monitor's own document",
        "DELETE",
        say(202, Azure_AsyncOperation=OP),
        (OP, op("InProgress")),
        (OP, op("Succeeded")),
        value=SUCCEEDED,
    ),
    case(
        "DELETE with both headers: no final GET",
        "DELETE",
        say(202, Azure_AsyncOperation=OP, Location="bad"),
        (OP, op("Succeeded")),
        value=SUCCEEDED,
    ),
    case(
        "DELETE via location",
        "DELETE",
        say(202, Azure_AsyncOperation=OP, Location=LOC),
        (OP, op("Succeeded")),
        (LOC, say(204)),
        value=None,
        final_state_via="location",
    ),
    case(
        "DELETE 204 with a status monitor: it is asked",
        "DELETE",
        say(204, Azure_AsyncOperation=OP),
        (OP, op("Running")),
        (OP, op("Failed")),
        error="TaskFailed",
    ),
    case(
        "POST, Operation-Location: an analysis",
        "POST",
        say(202, Operation_Location=BASE + OP, Retry_After="1"),
        (OP, op("notStarted")),
        (OP, op("running")),
        (OP, op("succeeded", analyzeResult={"pages": 2})),
        value={"status": "succeeded", "analyzeResult": {"pages": 2}},
        word="succeeded",
    ),
    case(
        "PUT, Operation-Location",
        "PUT",
        say(201, OK, Operation_Location=OP),
        (OP, op("Succeeded")),
        (R, say(200, OK)),
        value=OK,
    ),
    case(
        "POST 200, Operation-Location",
        "POST",
        say(200, {"status": "Running"}, Operation_Location=OP),
        (OP, op("Succeeded", result=7)),
        value={**SUCCEEDED, "result": 7},
    ),
    case(
        "POST via operation-location: resourceLocation is not asked",
        "POST",
        say(202, Operation_Location=OP),
        (OP, op("Succeeded", resourceLocation="/thing")),
        value={**SUCCEEDED, "resourceLocation": "/thing"},
        final_state_via="operation-location",
    ),
    case(
        "POST, resourceLocation",
        "POST",
        say(202, Operation_Location=OP),
        (OP, op("Succeeded", resourceLocation=BASE + "/thing?api-version=2")),
        ("/thing?api-version=2", say(200, OK)),
        value=OK,
    ),
    case(
        "POST, relative resourceLocation before the Location",
        "POST",
        say(202, Operation_Location="/ops/1", Location=LOC),
        ("/ops/1" + V, op("Succeeded", resourceLocation="../thing")),
        ("/thing" + V, say(200, OK)),
        value=OK,
    ),
    case(
        "PUT, resourceLocation before the original",
        "PUT",
        say(202, Operation_Location=OP),
        (OP, op("Succeeded", resourceLocation="/thing")),
        ("/thing" + V, DONE),
        value=DONE_DOC,
    ),
    case(
        "DELETE: resourceLocation is gone with it",
        "DELETE",
        say(202, Operation_Location=OP),
        (OP, op("Succeeded", resourceLocation="/r")),
        value={**SUCCEEDED, "resourceLocation": "/r"},
    ),
    case(
        "resourceLocation that is no text",
        "POST",
        say(202, Operation_Location=OP),
        (OP, op("Succeeded", resourceLocation=5)),
        error="ContractBroken",
    ),
    case(
        "Azure-AsyncOperation before the others",
        "POST",
        say(202, Location="/c", Operation_Location="/b", Azure_AsyncOperation=OP),
        (OP, op("Failed")),
        error="TaskFailed",
    ),
    case(
        "Operation-Location before Location",
        "POST",
        say(202, Location="/c", Operation_Location=OP),
        (OP, op("Failed")),
        error="TaskFailed",
    ),
    case(
        "an empty header names nothing",
        "POST",
        say(202, Azure_AsyncOperation=" ", Location=LOC),
        (LOC, say(200, OK)),
        value=OK,
    ),
    case(
        "an empty field beside a filled one of the same name",
        "POST",
        Said(code=202, headers=(("Operation-Location", ""), ("Operation-Location", OP), ("Location", LOC))),
        (OP, op("Failed")),
        error="TaskFailed",
    ),
    case(
        "a fragment is not sent",
        "POST",
        say(202, Azure_AsyncOperation="/op?api-version=1#location"),
        (OP, op("Running")),
        (OP, op("Succeeded")),
        value=SUCCEEDED,
    ),
    case(
        "header names in other letters",
        "POST",
        say(202, azure_asyncoperation=OP),
        (OP, op("Succeeded")),
        value=SUCCEEDED,
    ),
    case(
        "PUT 200 Succeeded, but its monitor runs",
        "PUT",
        res("Succeeded", Azure_AsyncOperation=OP),
        (OP, op("Running")),
        (OP, op("Succeeded")),
        (R, DONE),
        value=DONE_DOC,
    ),
    case(
        "PUT 200 Succeeded, but its monitor failed",
        "PUT",
        res("Succeeded", Azure_AsyncOperation=OP),
        (OP, op("Failed", error=FAILURE)),
        error="TaskFailed",
        told="No cores left.",
    ),
    case(
        "PUT 200 Failed, but its monitor runs",
        "PUT",
        res("Failed", Azure_AsyncOperation=OP),
        (OP, op("Running")),
        (OP, op("Succeeded")),
        (R, DONE),
        value=DONE_DOC,
    ),
    case(
        "PUT 202 Succeeded is not over",
        "PUT",
        res("Succeeded", 202, Azure_AsyncOperation=OP),
        (OP, op("Failed")),
        error="TaskFailed",
    ),
    case(
        "PUT 201 that is no JSON: the monitor tells",
        "PUT",
        say(201, raw=b"<html>", Azure_AsyncOperation=OP),
        (OP, op("Succeeded")),
        (R, DONE),
        value=DONE_DOC,
    ),
    case(
        "relative to the host",
        "POST",
        say(202, Azure_AsyncOperation="/ops/1"),
        ("/ops/1" + V, op("Succeeded")),
        value=SUCCEEDED,
    ),
    case(
        "relative to the request",
        "POST",
        say(202, Azure_AsyncOperation="operations/1"),
        ("/things/operations/1" + V, op("Succeeded")),
        value=SUCCEEDED,
        path="/things/7" + V,
    ),
    case(
        "the query goes along where there is none",
        "POST",
        say(202, Azure_AsyncOperation="/op"),
        ("/op?api-version=1&x=a+b", op("Succeeded")),
        value=SUCCEEDED,
        path="/r?api-version=1&x=a%20b",
    ),
    case(
        "api-version goes along where it is missing",
        "POST",
        say(202, Azure_AsyncOperation="/op?t2=5"),
        ("/op?t2=5&api-version=1", op("Succeeded")),
        value=SUCCEEDED,
        path="/r?api-version=1&x=2",
    ),
    case(
        "its own api-version stays",
        "POST",
        say(202, Azure_AsyncOperation="/op?api-version=9"),
        ("/op?api-version=9", op("Succeeded")),
        value=SUCCEEDED,
    ),
    case(
        "elsewhere nothing goes along",
        "POST",
        say(202, Azure_AsyncOperation="https://ops.example/1", Set_Cookie="a=bcdefgh"),
        ("https://ops.example/1", op("Succeeded")),
        value=SUCCEEDED,
        headers={"x-mine": "1"},
        sent={
            0: {"authorization": "Bearer a-token", "x-mine": "1"},
            1: {"authorization": None, "cookie": None, "x-mine": None},
        },
    ),
    case(
        "202 empty", "POST", say(202, Azure_AsyncOperation=OP), (OP, say(202)), (OP, op("Succeeded")), value=SUCCEEDED
    ),
    case(
        "202 without a status",
        "POST",
        say(202, Azure_AsyncOperation=OP),
        (OP, say(202, {})),
        (OP, op("Succeeded")),
        value=SUCCEEDED,
    ),
    case(
        "202 with a status",
        "POST",
        say(202, Azure_AsyncOperation=OP),
        (OP, say(202, {"status": "Accepted"})),
        (OP, op("Succeeded")),
        value=SUCCEEDED,
    ),
    case("201 Succeeded", "POST", say(202, Azure_AsyncOperation=OP), (OP, say(201, SUCCEEDED)), value=SUCCEEDED),
    case(
        "a monitor with a byte order mark",
        "POST",
        say(202, Azure_AsyncOperation=OP),
        (OP, say(200, raw=b'\xef\xbb\xbf{"status": "Succeeded"}')),
        value=SUCCEEDED,
    ),
    case("SUCCEEDED", "POST", say(202, Azure_AsyncOperation=OP), (OP, op("SUCCEEDED")), value={"status": "SUCCEEDED"}),
    case(
        "Cancelled, with two l, is final",
        "POST",
        say(202, Azure_AsyncOperation=OP),
        (OP, op("Cancelled")),
        error="TaskCancelled",
        word="Cancelled",
    ),
    case(
        "canceled",
        "DELETE",
        say(202, Azure_AsyncOperation=OP),
        (OP, op("canceled", error=FAILURE)),
        error="TaskCancelled",
        told="No cores left.",
    ),
    case(
        "Canceling is not final",
        "POST",
        say(202, Azure_AsyncOperation=OP),
        (OP, op("Canceling")),
        (OP, op("Canceled")),
        error="TaskCancelled",
    ),
    case(
        "words that nobody documented are not final",
        "POST",
        say(202, Azure_AsyncOperation=OP),
        (OP, op("Completed")),
        (OP, op("Done")),
        (OP, op("Success")),
        (OP, op("Expired")),
        (OP, op("Succeeded")),
        value=SUCCEEDED,
    ),
    case(
        "blanks around a word",
        "POST",
        say(202, Azure_AsyncOperation=OP),
        (OP, op(" Running ")),
        (OP, op(" Succeeded ")),
        value={"status": " Succeeded "},
    ),
    case(
        "running for ever",
        "POST",
        say(202, Azure_AsyncOperation=OP),
        (OP, op("Running")),
        REPEAT,
        error="PollTimeout",
        word="Running",
    ),
    case("202 for ever", "POST", say(202, Azure_AsyncOperation=OP), (OP, say(202)), REPEAT, error="PollTimeout"),
    case("FAILED", "POST", say(202, Azure_AsyncOperation=OP), (OP, op("FAILED")), error="TaskFailed"),
    case(
        "Failed with an error",
        "PUT",
        res("Creating", 201, Azure_AsyncOperation=OP),
        (OP, op("Failed", error=FAILURE)),
        error="TaskFailed",
        told="QuotaExceeded: No cores left.",
    ),
    case(
        "Failed with an error in its properties",
        "PUT",
        say(202, Azure_AsyncOperation=OP),
        (OP, op("Failed", properties={"error": FAILURE})),
        error="TaskFailed",
        told="QuotaExceeded: No cores left.",
    ),
    case(
        "Failed with a number for a code",
        "POST",
        say(202, Azure_AsyncOperation=OP),
        (OP, op("Failed", error={"code": 500, "message": "Internal"})),
        error="TaskFailed",
        told="500: Internal",
    ),
    case(
        "Failed with a text",
        "POST",
        say(202, Azure_AsyncOperation=OP),
        (OP, op("Failed", error="no luck")),
        error="TaskFailed",
        told="no luck",
    ),
    case("status is missing", "POST", say(202, Azure_AsyncOperation=OP), (OP, say(200, {})), error="ContractBroken"),
    case(
        "status is missing beside a provisioningState",
        "POST",
        say(202, Azure_AsyncOperation=OP),
        (OP, DONE),
        error="ContractBroken",
    ),
    case("status is null", "POST", say(202, Azure_AsyncOperation=OP), (OP, op(None)), error="ContractBroken"),
    case("status is empty", "PUT", res("Creating", 201, Azure_AsyncOperation=OP), (OP, op("")), error="ContractBroken"),
    case(
        "status is a number", "PUT", res("Creating", 201, Azure_AsyncOperation=OP), (OP, op(3)), error="ContractBroken"
    ),
    case(
        "status is true", "PUT", res("Creating", 201, Azure_AsyncOperation=OP), (OP, op(True)), error="ContractBroken"
    ),
    case(
        "status is an object", "DELETE", say(202, Azure_AsyncOperation=OP), (OP, op(SUCCEEDED)), error="ContractBroken"
    ),
    case(
        "the monitor is a list",
        "POST",
        say(202, Azure_AsyncOperation=OP),
        (OP, say(200, [SUCCEEDED])),
        error="ContractBroken",
    ),
    case(
        "the monitor is a text",
        "POST",
        say(202, Azure_AsyncOperation=OP),
        (OP, say(200, "Succeeded")),
        error="ContractBroken",
    ),
    case("the monitor is empty", "POST", say(202, Azure_AsyncOperation=OP), (OP, say(200)), error="ContractBroken"),
    case("the monitor is 204", "DELETE", say(202, Azure_AsyncOperation=OP), (OP, say(204)), error="ContractBroken"),
    case(
        "the monitor is half JSON",
        "POST",
        say(202, Azure_AsyncOperation=OP),
        (OP, say(200, raw=b'{"status": "Succeeded"')),
        error="ContractBroken",
    ),
    case(
        "the monitor is a page",
        "POST",
        say(202, Azure_AsyncOperation=OP),
        (OP, say(200, raw=b"<html>Succeeded</html>")),
        error="ContractBroken",
    ),
    case(
        "the monitor answers 203",
        "POST",
        say(202, Azure_AsyncOperation=OP),
        (OP, say(203, SUCCEEDED)),
        error="ContractBroken",
    ),
    case(
        "the monitor answers 206",
        "POST",
        say(202, Azure_AsyncOperation=OP),
        (OP, say(206, SUCCEEDED)),
        error="ContractBroken",
    ),
    case(
        "another Location on a poll is the one of the final GET",
        "POST",
        say(202, Azure_AsyncOperation=OP, Location="/old"),
        (OP, say(200, {"status": "Running"}, Location="/new")),
        (OP, op("Succeeded")),
        ("/new" + V, say(200, OK)),
        value=OK,
    ),
    case(
        "a Location that comes with the end",
        "POST",
        say(202, Azure_AsyncOperation=OP),
        (OP, say(200, SUCCEEDED, Location="/new")),
        ("/new" + V, say(200, OK)),
        value=OK,
    ),
    case(
        "percentComplete is no end",
        "POST",
        say(202, Azure_AsyncOperation=OP),
        (OP, op("Running", percentComplete=100)),
        (OP, op("Succeeded", percentComplete=12)),
        value={**SUCCEEDED, "percentComplete": 12},
    ),
]

ELSEWHERE = "https://eastus.management.azure.com/op/1"

FOREIGN = [
    case(
        f"{method} {code} Succeeded, and its monitor runs",
        method,
        res("Succeeded", code, Azure_AsyncOperation=ELSEWHERE),
        (ELSEWHERE, op("InProgress")),
        (ELSEWHERE, op("Failed", error=FAILURE)),
        error="TaskFailed",
        told="No cores left.",
        sent={1: {"authorization": None}},
    )
    for method, code in (("PUT", 200), ("PUT", 201), ("PATCH", 200), ("POST", 200), ("DELETE", 200))
] + [
    case(
        "PUT 201 Succeeded, and its monitor says so, too",
        "PUT",
        res("Succeeded", 201, Azure_AsyncOperation=ELSEWHERE),
        (ELSEWHERE, op("Succeeded")),
        (R, DONE),
        value=DONE_DOC,
        sent={1: {"authorization": None}, 2: {"authorization": "Bearer a-token"}},
    ),
    case(
        "POST 200 status Succeeded, and its monitor failed",
        "POST",
        say(200, SUCCEEDED, Operation_Location=ELSEWHERE),
        (ELSEWHERE, op("Failed")),
        error="TaskFailed",
    ),
    *(
        case(
            f"PUT 200 Succeeded, and its monitor answers {code}",
            "PUT",
            res("Succeeded", Azure_AsyncOperation=ELSEWHERE),
            (ELSEWHERE, say(code)),
            error="AuthenticationFailed",
        )
        for code in (401, 403)
    ),
    case(
        "POST 200 Succeeded, and its Location elsewhere failed",
        "POST",
        say(200, SUCCEEDED, Location=ELSEWHERE),
        (ELSEWHERE, op("Failed")),
        error="TaskFailed",
    ),
]

MADE = res("Creating", 201, Azure_AsyncOperation=OP)
WON = (OP, op("Succeeded"))

FINAL_GET = [
    case("202, then the document", "PUT", MADE, WON, (R, say(202)), (R, DONE), value=DONE_DOC),
    case("still Updating, then Succeeded", "PUT", MADE, WON, (R, res("Updating")), (R, DONE), value=DONE_DOC),
    case("Updating for ever", "PUT", MADE, WON, (R, res("Updating")), REPEAT, error="PollTimeout", word="Updating"),
    case("202 for ever", "PUT", MADE, WON, (R, say(202)), REPEAT, error="PollTimeout"),
    case("Failed", "PUT", MADE, WON, (R, res("Failed")), error="TaskFailed", word="Failed"),
    case("Canceled", "PATCH", MADE, WON, (R, res("Canceled")), error="TaskCancelled"),
    case("a state that is no text", "PUT", MADE, WON, (R, res(7)), error="ContractBroken"),
    case("an empty state", "PUT", MADE, WON, (R, res("")), error="ContractBroken"),
    case("no state", "PUT", MADE, WON, (R, say(200, OK)), value=OK),
    case("empty, of a resource", "PUT", MADE, WON, (R, say(200)), error="ContractBroken"),
    case("204, of a resource", "PUT", MADE, WON, (R, say(204)), error="ContractBroken"),
    case("null, of a resource", "PUT", MADE, WON, (R, say(200, None)), error="ContractBroken"),
    case("half JSON", "PUT", MADE, WON, (R, say(200, raw=b'{"id": "/r"')), error="ContractBroken"),
    case(
        "404, of a resource",
        "PUT",
        MADE,
        ("GET " + OP, say(200, {"status": "Running"}, Retry_After="60")),
        WON,
        (R, say(404)),
        error="TaskGone",
    ),
    case("404 at once, then the document", "PUT", MADE, WON, (R, say(404)), (R, DONE), value=DONE_DOC),
    case("410", "PUT", MADE, WON, (R, say(410)), error="TaskGone"),
    case("400", "PUT", MADE, WON, (R, say(400)), error="BadRequest"),
    case("403", "PUT", MADE, WON, (R, say(403, {"error": FAILURE})), error="AuthenticationFailed"),
    case("500, then the document", "PUT", MADE, WON, (R, say(500)), (R, DONE), value=DONE_DOC),
    case("lost, then the document", "PUT", MADE, WON, (R, LOST), (R, DONE), value=DONE_DOC),
    case("429, then the document", "PUT", MADE, WON, (R, say(429, Retry_After="3")), (R, DONE), value=DONE_DOC),
    case("203", "PUT", MADE, WON, (R, say(203, OK)), error="ContractBroken"),
    case("201", "PUT", MADE, WON, (R, res("Succeeded", 201)), value=DONE_DOC),
    case(
        "the Location has nothing",
        "POST",
        say(202, Azure_AsyncOperation=OP, Location=LOC),
        WON,
        (LOC, say(204)),
        value=None,
    ),
    case(
        "the Location is not ready",
        "POST",
        say(202, Azure_AsyncOperation=OP, Location=LOC),
        WON,
        (LOC, say(202)),
        (LOC, say(200, OK)),
        value=OK,
    ),
    case(
        "the Location says InProgress",
        "POST",
        say(202, Azure_AsyncOperation=OP, Location=LOC),
        WON,
        (LOC, op("InProgress")),
        (LOC, say(200, OK)),
        value=OK,
    ),
    case(
        "the Location says Failed",
        "POST",
        say(202, Azure_AsyncOperation=OP, Location=LOC),
        WON,
        (LOC, op("Failed", error=FAILURE)),
        error="TaskFailed",
        told="No cores left.",
    ),
    case(
        "the Location moves on",
        "POST",
        say(202, Azure_AsyncOperation=OP, Location=LOC),
        WON,
        (LOC, say(202, Location="/l2")),
        ("/l2" + V, say(200, OK)),
        value=OK,
    ),
    case(
        "the Location is gone",
        "POST",
        say(202, Azure_AsyncOperation=OP, Location=LOC),
        WON,
        (LOC, say(410)),
        error="TaskGone",
    ),
    case(
        "resourceLocation is empty",
        "POST",
        say(202, Operation_Location=OP),
        (OP, op("Succeeded", resourceLocation="/t")),
        ("/t" + V, say(200)),
        error="ContractBroken",
    ),
    case(
        "resourceLocation in another place",
        "POST",
        say(202, Operation_Location=OP),
        (OP, op("Succeeded", resourceLocation="https://data.example/t")),
        ("https://data.example/t", say(200, OK)),
        value=OK,
        sent={2: {"authorization": None}},
    ),
    case(
        "resourceLocation in a private network",
        "POST",
        say(202, Operation_Location=OP),
        (OP, op("Succeeded", resourceLocation="https://10.0.0.1/t")),
        error="ContractBroken",
    ),
]

AT = say(202, Location=LOC)

LOCATION = [
    case("202, 202, 200", "POST", AT, (LOC, say(202)), (LOC, say(202)), (LOC, say(200, OK)), value=OK),
    case("204", "POST", AT, (LOC, say(204)), value=None),
    case("200 empty", "POST", AT, (LOC, say(200)), value=None),
    case("200 null", "POST", AT, (LOC, say(200, None)), value=None),
    case("201", "POST", AT, (LOC, say(201, OK)), value=OK),
    case("200 list", "POST", AT, (LOC, say(200, [1])), value=[1]),
    case("202 for ever", "DELETE", AT, (LOC, say(202)), REPEAT, error="PollTimeout"),
    case("a new Location", "POST", AT, (LOC, say(202, Location="/l2")), ("/l2" + V, say(200, OK)), value=OK),
    case(
        "a new Location, relative to the last",
        "POST",
        say(202, Location="/a/b/1"),
        ("/a/b/1" + V, say(202, Location="2")),
        ("/a/b/2" + V, say(202, Location="../c/3")),
        ("/a/c/3" + V, say(200, OK)),
        value=OK,
    ),
    case(
        "a new Location, elsewhere",
        "POST",
        AT,
        (LOC, say(202, Location="https://ops.example/1")),
        ("https://ops.example/1", say(200, OK)),
        value=OK,
        sent={1: {"authorization": "Bearer a-token"}, 2: {"authorization": None}},
    ),
    case(
        "a new Location in a private network",
        "POST",
        AT,
        (LOC, say(202, Location="https://169.254.169.254/")),
        error="ContractBroken",
    ),
    case("a Location beside the end is not followed", "POST", AT, (LOC, say(200, OK, Location="/l2")), value=OK),
    case("an empty Location on a poll", "POST", AT, (LOC, say(202, Location="")), (LOC, say(200, OK)), value=OK),
    case("200 with a state that is not final", "PUT", AT, (LOC, res("Updating")), (LOC, DONE), value=DONE_DOC),
    case("200 Succeeded", "PUT", AT, (LOC, DONE), value=DONE_DOC, word="Succeeded"),
    case(
        "200 with a state that nobody documented",
        "PUT",
        AT,
        (LOC, res("Wobbling")),
        (LOC, res("Failed")),
        error="TaskFailed",
    ),
    case("200 Failed", "DELETE", AT, (LOC, res("Failed")), error="TaskFailed"),
    case("200 Canceled", "DELETE", AT, (LOC, res("Canceled")), error="TaskCancelled"),
    case(
        "200, status InProgress",
        "POST",
        AT,
        (LOC, op("InProgress")),
        (LOC, op("Succeeded", a=1)),
        value={**SUCCEEDED, "a": 1},
    ),
    case(
        "200, status Failed",
        "POST",
        AT,
        (LOC, op("Failed", error=FAILURE)),
        error="TaskFailed",
        told="QuotaExceeded: No cores left.",
    ),
    case("200, status Cancelled", "POST", AT, (LOC, op("Cancelled")), error="TaskCancelled"),
    case("200, a status of the document's own", "POST", AT, (LOC, op("Active")), value={"status": "Active"}),
    case(
        "202 with a final word is not over",
        "POST",
        AT,
        (LOC, say(202, SUCCEEDED)),
        (LOC, say(202, {"status": "Failed"})),
        (LOC, say(200, OK)),
        value=OK,
    ),
    case("202 that is no JSON", "POST", AT, (LOC, say(202, raw=b"wait")), (LOC, say(200, OK)), value=OK),
    case("200 that is no JSON", "POST", AT, (LOC, say(200, raw=b"{")), error="ContractBroken"),
    case("200, a state that is no text", "PUT", AT, (LOC, res([])), error="ContractBroken"),
    case("206", "POST", AT, (LOC, say(206, OK)), error="ContractBroken"),
    case("303 to the result", "POST", AT, (LOC, say(303, Location="/result")), ("/result", say(200, OK)), value=OK),
    case("PUT 202", "PUT", AT, (LOC, say(202)), (LOC, say(200, OK)), value=OK),
    case("PUT via original-uri", "PUT", AT, (LOC, say(200)), (R, DONE), value=DONE_DOC, final_state_via="original-uri"),
    case("PUT 201 with the Location of what was made", "PUT", say(201, OK, Location=R), (R, DONE), value=DONE_DOC),
    case("PATCH 202", "PATCH", AT, (LOC, say(200, OK)), value=OK),
    case("POST 200", "POST", say(200, Location=LOC), (LOC, say(202)), (LOC, say(200, OK)), value=OK),
    case("POST 201", "POST", say(201, Location=LOC), (LOC, say(200, OK)), value=OK),
    case("DELETE 202, then 204", "DELETE", AT, (LOC, say(202)), (LOC, say(204)), value=None),
    case("DELETE 202, then 404", "DELETE", AT, (LOC, say(202, Retry_After="60")), (LOC, say(404)), error="TaskGone"),
    case("404 at once, then 200", "POST", AT, (LOC, say(404)), (LOC, say(200, OK)), value=OK),
]

RESOURCE = [
    case("PUT 201 Creating", "PUT", res("Creating", 201), (R, res("Creating")), (R, DONE), value=DONE_DOC),
    case("PUT 200 Updating", "PUT", res("Updating"), (R, DONE), value=DONE_DOC),
    case("PUT 200 Accepted, then Canceled", "PUT", res("Accepted"), (R, res("Canceled")), error="TaskCancelled"),
    case("PUT 201 Created, then Failed", "PUT", res("Created", 201), (R, res("Failed")), error="TaskFailed"),
    case(
        "Failed with its error",
        "PUT",
        res("Creating", 201),
        (R, say(200, {"properties": {"provisioningState": "Failed", "error": FAILURE}})),
        error="TaskFailed",
        told="No cores left.",
    ),
    case("PATCH 200 Updating", "PATCH", res("Updating"), (R, DONE), value=DONE_DOC),
    case("PUT 202 without anything", "PUT", say(202), (R, say(202)), (R, say(200, OK)), value=OK),
    case("PUT 202 Succeeded is asked once more", "PUT", res("Succeeded", 202), (R, DONE), value=DONE_DOC),
    case("PATCH 202 without anything", "PATCH", say(202), (R, DONE), value=DONE_DOC),
    case("PUT 201 without a state is asked once more", "PUT", say(201, OK), (R, say(200, OK)), value=OK),
    case("PUT 201 empty, and then nothing", "PUT", say(201), (R, say(200)), error="ContractBroken"),
    case("PUT 201, then 204", "PUT", res("Creating", 201), (R, say(204)), error="ContractBroken"),
    case("201 without a state is not over", "PUT", res("Creating", 201), (R, say(201, OK)), (R, DONE), value=DONE_DOC),
    case("201 Succeeded is over", "PUT", res("Creating", 201), (R, res("Succeeded", 201)), value=DONE_DOC),
    case(
        "202 Succeeded is not over", "PUT", res("Creating", 201), (R, res("Succeeded", 202)), (R, DONE), value=DONE_DOC
    ),
    case("200 without a state is over", "PUT", res("Creating", 201), (R, say(200, OK)), value=OK),
    case("200, state null", "PUT", res("Creating", 201), (R, res(None)), value=state(None)),
    case("200, state empty", "PUT", res("Creating", 201), (R, res("")), error="ContractBroken"),
    case("200, state a number", "PUT", res("Creating", 201), (R, res(1)), error="ContractBroken"),
    case("200 list", "PUT", res("Creating", 201), (R, say(200, [OK])), error="ContractBroken"),
    case("200 half JSON", "PUT", res("Creating", 201), (R, say(200, raw=b'{"id":')), error="ContractBroken"),
    case(
        "Creating for ever",
        "PUT",
        res("Creating", 201),
        (R, res("Creating")),
        REPEAT,
        error="PollTimeout",
        word="Creating",
    ),
    case(
        "properties is no object",
        "PUT",
        res("Creating", 201),
        (R, say(200, {"properties": "none"})),
        value={"properties": "none"},
    ),
    case(
        "status in the body",
        "PUT",
        say(201, {"status": "NotStarted"}),
        (R, op("Running")),
        (R, op("Succeeded")),
        value=SUCCEEDED,
    ),
    case(
        "status Failed in the body",
        "PUT",
        say(200, {"status": "Running"}),
        (R, op("Failed", error=FAILURE)),
        error="TaskFailed",
    ),
    case(
        "provisioningState before status",
        "PUT",
        res("Creating", 201),
        (R, say(200, {"status": "Succeeded", **state("Updating")})),
        (R, DONE),
        value=DONE_DOC,
    ),
    case(
        "400",
        "PUT",
        res("Creating", 201),
        (R, say(400, {"message": "Error from the server"})),
        error="BadRequest",
        told="Error from the server",
    ),
    case("400 that is no JSON", "PUT", res("Creating", 201), (R, say(400, raw=b"<no>")), error="BadRequest"),
    case("404 at once, then made", "PUT", res("Creating", 201), (R, say(404)), (R, DONE), value=DONE_DOC),
]

STILL = (
    *("InQueue", "Enqueued", "Started", "PendingApproval", "Waiting for approval", "CancelRequested", "Aborted"),
    *("TimedOut", "Timed Out", "PartiallySucceeded", "Rejected", "Error", "Not ready", " Running ", "Processing"),
)
"""Words that nobody calls final, in a `status` that may be an operation's."""

WORDS = [
    one
    for word in STILL
    for one in (
        case(f"a Location says {word}", "POST", AT, (LOC, op(word)), (LOC, say(200, OK)), value=OK),
        case(f"a resource says {word}", "PUT", say(201), (R, op(word)), (R, DONE), value=DONE_DOC),
        case(f"the first PUT says {word}", "PUT", op(word), (R, DONE), value=DONE_DOC),
        case(f"the first POST says {word}", "POST", op(word), error="CreateUnknown"),
        case(f"the final GET says {word}", "PUT", MADE, WON, (R, op(word)), (R, DONE), value=DONE_DOC),
        case(f"a monitor says {word}", "POST", say(202, Azure_AsyncOperation=OP), (OP, op(word)), WON, value=SUCCEEDED),
    )
] + [
    case("a Location says Failed, with blanks", "POST", AT, (LOC, op(" Failed ")), error="TaskFailed", word=" Failed "),
    case("a resource says Failed, with blanks", "PUT", say(201), (R, op(" Failed ")), error="TaskFailed"),
    case("the first POST says Failed, with blanks", "POST", op(" Failed "), error="TaskFailed"),
    case("a state with blanks", "PUT", say(201), (R, res(" Failed ")), error="TaskFailed"),
    *(
        case(f"{name}: Error, with an error", method, *talk, error="TaskFailed", told="QuotaExceeded: No cores left.")
        for wrong in (op("Error", error=FAILURE),)
        for name, method, talk in (
            ("a Location", "POST", (AT, (LOC, wrong))),
            ("a resource", "PUT", (say(201), (R, wrong))),
            ("a monitor", "POST", (say(202, Azure_AsyncOperation=OP), (OP, wrong))),
            ("the first POST", "POST", (wrong,)),
        )
    ),
    case(
        "what goes on may tell of an error",
        "POST",
        AT,
        (LOC, op("Canceling", error=FAILURE)),
        (LOC, op("Failing over", error=FAILURE)),
        (LOC, say(200, OK)),
        value=OK,
    ),
    case(
        "Running is a resource's own",
        "PUT",
        say(201),
        (R, say(200, {**OK, "status": "Running"})),
        word=None,
        value={**OK, "status": "Running"},
    ),
    case(
        "so it is in the final GET",
        "PUT",
        MADE,
        WON,
        (R, say(200, {**DONE_DOC, "status": "Started"})),
        value={**DONE_DOC, "status": "Started"},
        word="Succeeded",
    ),
    case(
        "InProgress is none", "PUT", say(201), (R, say(200, {**OK, "status": "InProgress"})), (R, DONE), value=DONE_DOC
    ),
    case("Failed is none", "PUT", say(201), (R, say(200, {**OK, "status": "Failed"})), error="TaskFailed"),
    case("Running in a Location is no end", "POST", AT, (LOC, op("Running", **OK)), (LOC, say(200, OK)), value=OK),
]

CONTRARY = {
    "Failed beside a state": {"status": "Failed", "error": FAILURE, **DONE_DOC},
    "a state beside Failed": {"status": "Succeeded", **state("Failed")},
    "a state beside Canceled": {"status": "Succeeded", **state("Canceled")},
    "two states": {"provisioningState": "Failed", **DONE_DOC},
    "two states in other case": {"ProvisioningState": "Succeeded", "properties": {"provisioningstate": "Failed"}},
    "an error beside a state": {"error": FAILURE, **DONE_DOC},
    "an error in the properties": {"properties": {"provisioningState": "Succeeded", "error": FAILURE}},
    "an error beside Succeeded": {"status": "Succeeded", "error": FAILURE},
}
"""Documents that say Succeeded and the contrary."""

UNDECIDED = {
    "InProgress beside a state": {"status": "InProgress", **DONE_DOC},
    "a state beside Succeeded": {"status": "Succeeded", **state("Updating")},
    "a state on top": {"provisioningState": "Updating", **DONE_DOC},
    "in other case": {"properties": {"ProvisioningState": "Creating"}},
    "in lower case": {"provisioningstate": "Creating"},
}
"""Documents that say, also or only, that it goes on."""

CONTRADICTIONS = (
    [
        one
        for name, document in CONTRARY.items()
        for said in (say(200, document),)
        for one in (
            case(f"a Location: {name}", "POST", AT, (LOC, said), error="ContractBroken"),
            case(f"a resource: {name}", "PUT", say(201), (R, said), error="ContractBroken"),
            case(f"the final GET: {name}", "PUT", MADE, WON, (R, said), error="ContractBroken"),
            case(f"the first PUT: {name}", "PUT", said, error="CreateUnknown"),
            case(
                f"the first PUT, with a monitor: {name}",
                "PUT",
                say(200, document, Azure_AsyncOperation=OP),
                WON,
                (R, DONE),
                value=DONE_DOC,
            ),
        )
    ]
    + [
        one
        for name, document in UNDECIDED.items()
        for said in (say(200, document),)
        for one in (
            case(f"a Location: {name}", "POST", AT, (LOC, said), (LOC, say(200, OK)), value=OK),
            case(f"a resource: {name}", "PUT", say(201), (R, said), (R, DONE), value=DONE_DOC),
            case(f"the final GET: {name}", "PUT", MADE, WON, (R, said), (R, DONE), value=DONE_DOC),
            case(f"the first PUT: {name}", "PUT", said, (R, DONE), value=DONE_DOC),
        )
    ]
    + [
        case(
            "a monitor: Succeeded beside an error",
            "POST",
            say(202, Azure_AsyncOperation=OP),
            (OP, op("Succeeded", error=FAILURE)),
            error="ContractBroken",
        ),
        case(
            "a monitor: Succeeded beside a state that failed",
            "PUT",
            MADE,
            (OP, op("Succeeded", **state("Failed"))),
            error="ContractBroken",
        ),
        case(
            "a monitor: Succeeded beside a state that goes on",
            "POST",
            say(202, Azure_AsyncOperation=OP),
            (OP, op("Succeeded", **state("Updating"))),
            (OP, op("Succeeded")),
            value=SUCCEEDED,
        ),
        case(
            "a monitor: Failed beside a state",
            "POST",
            say(202, Azure_AsyncOperation=OP),
            (OP, op("Failed", **DONE_DOC)),
            error="TaskFailed",
        ),
        case(
            "a monitor: an error that is null or empty",
            "POST",
            say(202, Azure_AsyncOperation=OP),
            (OP, op("Succeeded", error=None, properties={"error": {}})),
            value={**SUCCEEDED, "error": None, "properties": {"error": {}}},
        ),
        case(
            "a Location: an error alone",
            "POST",
            AT,
            (LOC, say(200, {"error": FAILURE})),
            error="TaskFailed",
            told="No cores left.",
        ),
        case("a resource: an error alone", "PUT", say(201), (R, say(200, {"error": FAILURE})), error="TaskFailed"),
    ]
)

POLL_ERRORS = [
    case(
        "400",
        "POST",
        say(202, Azure_AsyncOperation=OP),
        (OP, say(400, {"error": FAILURE})),
        error="BadRequest",
        told="No cores left.",
    ),
    case("401", "POST", say(202, Azure_AsyncOperation=OP), (OP, say(401)), error="AuthenticationFailed"),
    case("403", "DELETE", AT, (LOC, say(403, {"error": FAILURE})), error="AuthenticationFailed"),
    case("404 late", "POST", say(202, Azure_AsyncOperation=OP, Retry_After="60"), (OP, say(404)), error="TaskGone"),
    case(
        "404 early", "POST", say(202, Azure_AsyncOperation=OP), (OP, say(404)), (OP, op("Succeeded")), value=SUCCEEDED
    ),
    case("410", "POST", say(202, Azure_AsyncOperation=OP), (OP, say(410)), error="TaskGone"),
    case("409", "POST", say(202, Azure_AsyncOperation=OP), (OP, say(409)), error="BadRequest"),
    case(
        "429, then on",
        "POST",
        say(202, Azure_AsyncOperation=OP),
        (OP, say(429, Retry_After="9")),
        (OP, op("Succeeded")),
        value=SUCCEEDED,
    ),
    case(
        "500, then on",
        "POST",
        say(202, Azure_AsyncOperation=OP),
        (OP, say(500)),
        (OP, op("Succeeded")),
        value=SUCCEEDED,
    ),
    case("503, then on", "POST", AT, (LOC, say(503, Retry_After="9")), (LOC, say(200, OK)), value=OK),
    case("500 that says Succeeded", "POST", AT, (LOC, say(500, SUCCEEDED)), (LOC, op("Failed")), error="TaskFailed"),
    case("lost, then on", "POST", AT, (LOC, LOST), (LOC, say(200, OK)), value=OK),
    case("500 for ever", "POST", AT, (LOC, say(500)), REPEAT, error="ServiceError"),
    case("lost for ever", "POST", AT, (LOC, LOST), REPEAT, error="ConnectionFailed"),
]

CREATE = [
    case("PUT 400", "PUT", say(400, {"error": FAILURE}), error="BadRequest", told="No cores left."),
    case(
        "POST 400",
        "POST",
        say(400, {"message": "Expected bad request message"}),
        error="BadRequest",
        told="Expected bad",
    ),
    case("DELETE 404", "DELETE", say(404), error="BadRequest"),
    case("POST 401", "POST", say(401), error="AuthenticationFailed"),
    case("POST 403", "POST", say(403, {"error": FAILURE}), error="AuthenticationFailed"),
    case("PUT 409", "PUT", say(409, {"error": FAILURE}), error="BadRequest"),
    case("PUT 412", "PUT", say(412), error="BadRequest"),
    case("POST 429, then on", "POST", say(429, Retry_After="2"), ("POST " + R, say(200, OK)), value=OK),
    case("PUT 500, then on", "PUT", say(500), ("PUT " + R, DONE), value=DONE_DOC),
    case("PUT lost, then on", "PUT", LOST, ("PUT " + R, MADE), WON, (R, DONE), value=DONE_DOC),
    case("DELETE 500, then on", "DELETE", say(500), ("DELETE " + R, say(204)), value=None),
    case("DELETE lost, then on", "DELETE", LOST, ("DELETE " + R, AT), (LOC, say(204)), value=None),
    case("PUT 500 for ever", "PUT", say(500), ("PUT " + R, say(500)), REPEAT, error="CreateUnknown"),
    case("POST 500", "POST", say(500), error="CreateUnknown"),
    case("POST 502", "POST", say(502), error="CreateUnknown"),
    case("POST lost", "POST", LOST, error="CreateUnknown"),
    case("POST 503, even with Retry-After", "POST", say(503, Retry_After="2"), error="CreateUnknown"),
    case("PATCH 500", "PATCH", say(500), error="CreateUnknown"),
    case("PATCH lost", "PATCH", LOST, error="CreateUnknown"),
    case(
        "POST lost, repeatable",
        "POST",
        LOST,
        ("POST " + R, say(200, OK)),
        value=OK,
        headers={"Repeatability-Request-ID": "7f"},
        sent={0: {"repeatability-request-id": "7f"}, 1: {"repeatability-request-id": "7f"}},
    ),
    case(
        "POST 500, with an id of its own",
        "POST",
        say(500),
        ("POST " + R, say(202, Operation_Location=OP)),
        (OP, op("Succeeded")),
        value=SUCCEEDED,
        headers={"Operation-Id": "7f"},
        sent={2: {"operation-id": None}},
    ),
    case("POST 202 without a monitor", "POST", say(202), error="CreateUnknown"),
    case("POST 202 with a document and no monitor", "POST", say(202, OK), error="CreateUnknown"),
    case("POST 202 Succeeded and no monitor", "POST", say(202, SUCCEEDED), error="CreateUnknown"),
    case("DELETE 202 without a monitor", "DELETE", say(202), error="CreateUnknown"),
    case("POST 200 Running and no monitor", "POST", op("Running"), error="CreateUnknown"),
    case("DELETE 200 Deleting and no monitor", "DELETE", res("Deleting"), error="CreateUnknown"),
    case("POST 200 half JSON", "POST", say(200, raw=b'{"id":'), error="CreateUnknown"),
    case("POST 200 with a page", "POST", say(200, raw=b"<html>"), error="CreateUnknown"),
    case("POST 203", "POST", say(203, OK), error="CreateUnknown"),
    case("POST 200, a state that is no text", "POST", res(5), error="CreateUnknown"),
    case("POST 303 is not followed", "POST", say(303, Location=LOC), error="CreateUnknown"),
    case("PUT 307 is not followed", "PUT", say(307, Location="/s"), error="ContractBroken"),
    case("a monitor that is no URL", "POST", say(202, Azure_AsyncOperation="https://[bad"), error="CreateUnknown"),
    *(
        case(
            f"{method}, a monitor that is no place: {place}",
            method,
            say(202, Azure_AsyncOperation=place),
            error="CreateUnknown",
            told="which is no place that can be asked",
        )
        for place in ("ftp://management.azure.com/op", "mailto:a@b.example", "/op 1", "https://x.example:99999999/op")
        for method in ("POST", "PUT")
    ),
    *(
        case(
            f"{method}, a monitor with a user name: {place}",
            method,
            say(202, Location=place),
            error="CreateUnknown",
            told="with a user name in its URL",
        )
        for place in (
            "https://me:you@ops.example/op",
            "//me:you@ops.example/op",
            "https://me:you@management.azure.com/op",
            "https://me:you@[bad",
        )
        for method in ("POST", "PUT")
    ),
    case(
        "a Location with a user name, later",
        "POST",
        AT,
        (LOC, say(202, Location="https://me:you@management.azure.com/op")),
        error="ContractBroken",
        told="with a user name in its URL",
    ),
    case(
        "a resourceLocation with a user name",
        "POST",
        say(202, Operation_Location=OP),
        (OP, op("Succeeded", resourceLocation="https://me:you@data.example/t")),
        error="ContractBroken",
        told="with a user name in its URL",
    ),
    case(
        "a monitor over plain http",
        "POST",
        say(202, Azure_AsyncOperation="http://management.azure.com/op"),
        error="ContractBroken",
    ),
    case("a monitor in a private network", "POST", say(202, Location="https://192.168.0.1/op"), error="ContractBroken"),
    case("a monitor on this machine", "POST", say(202, Location="https://localhost/op"), error="ContractBroken"),
]

HEADERS = [
    case(
        "x-ms-client-request-id goes along on every request",
        "PUT",
        MADE,
        WON,
        (R, DONE),
        value=DONE_DOC,
        headers={"X-MS-Client-Request-Id": "9c4d"},
        sent={n: {"x-ms-client-request-id": "9c4d"} for n in range(3)},
    ),
    case(
        "any header goes along, but those about the create",
        "POST",
        AT,
        (LOC, say(200, OK)),
        value=OK,
        headers={
            "x-mine": "1",
            "Content-Type": "application/merge-patch+json",
            "If-Match": "*",
            "Prefer": "respond-async",
        },
        body={"a": 1},
        sent={
            0: {"x-mine": "1", "content-type": "application/merge-patch+json", "if-match": "*"},
            1: {"x-mine": "1", "content-type": None, "if-match": None, "prefer": None},
        },
    ),
    case(
        "cookies go along, also those of errors",
        "PUT",
        say(500, Set_Cookie="scenario=one"),
        ("PUT " + R, say(202, Azure_AsyncOperation=OP, Set_Cookie="again=two")),
        (OP, say(500, Set_Cookie="third=three")),
        (OP, op("Succeeded")),
        (R, DONE),
        value=DONE_DOC,
        sent={
            0: {"cookie": None},
            1: {"cookie": "scenario=one"},
            2: {"cookie": "scenario=one; again=two"},
            4: {"cookie": "scenario=one; again=two; third=three"},
        },
    ),
    case(
        "a large header",
        "POST",
        say(202, Azure_AsyncOperation="/op?api-version=1&t2=" + "x" * 8000),
        ("/op?api-version=1&t2=" + "x" * 8000, op("Succeeded")),
        value=SUCCEEDED,
    ),
    case(
        "a body",
        "PUT",
        DONE,
        value=DONE_DOC,
        body={"location": "westeurope"},
        sent={0: {"content-type": "application/json"}},
    ),
    case("no body", "POST", say(204), value=None, sent={0: {"content-type": None}}),
    case(
        "a signed monitor",
        "POST",
        say(202, Azure_AsyncOperation="/op?api-version=1&s=c2lnbmF0dXJl"),
        ("/op?api-version=1&s=c2lnbmF0dXJl", op("Running")),
        ("/op?api-version=1&s=c2lnbmF0dXJl", op("Succeeded")),
        value=SUCCEEDED,
    ),
    case(
        "a signed Location that moves to an unsigned one",
        "POST",
        say(202, Location="/l1?api-version=1&s=c2lnbmF0dXJl"),
        ("/l1?api-version=1&s=c2lnbmF0dXJl", say(202, Location="/l2")),
        ("/l2" + V, say(200, OK)),
        value=OK,
    ),
]

GROUPS = {
    "at once": AT_ONCE,
    "status monitor": STATUS_MONITOR,
    "foreign monitor": FOREIGN,
    "final GET": FINAL_GET,
    "location": LOCATION,
    "resource": RESOURCE,
    "words": WORDS,
    "contradictions": CONTRADICTIONS,
    "poll errors": POLL_ERRORS,
    "create": CREATE,
    "headers": HEADERS,
}
CASES = [(f"{group}: {one.name}", one) for group, cases in GROUPS.items() for one in cases]
