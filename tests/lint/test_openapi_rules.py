"""OA: a document with every fault and the same document without any, fault by fault; and how findings are graded."""

import json
import os
import re
import subprocess
from collections import Counter
from copy import deepcopy
from functools import cache
from pathlib import Path
from runpy import run_path

import pytest

from accepted.documents.source import load
from accepted.lint.config import parse
from accepted.lint.files import Given
from accepted.lint.run import run
from accepted.server import TaskAPI

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
BAD, GOOD = HERE / "bad_202.yaml", HERE / "good_202.yaml"
TOOLS = ROOT / "tests" / "sdk" / "node_modules" / ".bin"
CREATE, POLL = ("paths", "/renders", "post"), ("paths", "/renders/{id}", "get")
ACCEPTED, RENDER = (*CREATE, "responses", "202"), ("components", "schemas", "Render", "properties")


@cache
def _good():
    return load(GOOD).data


def good():
    return deepcopy(_good())


def at(document, *steps):
    for step in steps:
        document = document[step]
    return document


def found(document, config=""):
    report = run([Given("openapi.json", content=json.dumps(document))], parse(config))
    assert report.failures == ()
    return report.findings


def ids(document, config=""):
    return {one.rule.id for one in found(document, config)}


def without(*steps):
    """A fault: the member at the end of these steps is gone."""

    def take(document):
        del at(document, *steps[:-1])[steps[-1]]

    return take


def with_(*steps, value):
    """A fault: another value."""

    def put(document):
        at(document, *steps[:-1])[steps[-1]] = value

    return put


def both(*faults):
    def put(document):
        for one in faults:
            one(document)

    return put


# ---- the two documents

FAULTS = {
    "no Location and no id: nothing to poll with": "OA503",
    "no Retry-After": "OA504",
    "no body": "OA505",
    "no error and no result in the poll": "OA506",
    "no enum of statuses": "OA507",
    "a status that callers may set": "OA508",
    "errors in two shapes": "OA509",
    "no 401, no 429, no 500": "OA519",
    "no link to the poll": "OA522",
    "no list": "OA523",
    "no cancel": "OA524",
    "no word of not waiting": "OA525",
    "no examples": "OA526",
    "a callback URL, and no callback": "OA530",
    "events that nothing describes": "AA601",
    "no mark": "OA501",
    "no step": "OA502",
}


def test_the_bad_document_has_every_fault_and_no_other() -> None:
    report = run([str(BAD)])
    assert {one.rule.id for one in report.findings} == set(FAULTS.values())


@pytest.mark.parametrize(("fault", "rule"), FAULTS.items())
def test_each_fault_of_the_bad_document_is_found_where_it_is_and_names_the_pair(fault, rule) -> None:
    for one in (one for one in run([str(BAD)]).findings if one.rule.id == rule):
        assert {one.operation, one.pair} == {"createRender", "getRender"}
        assert "`createRender`" in one.message
        line = one.source.line(one.place.line).strip(" :\"'")
        assert line in {"post", "get", "202", "200", "status", "callback_url"}


def test_the_good_document_has_no_finding_at_all() -> None:
    assert run([str(GOOD)]).findings == ()


NEW = {
    "no mark": (with_(*CREATE, "tags", value=["Renders"]), {"OA501"}),
    "no mark of the poll": (with_(*POLL, "tags", value=[]), {"OA501"}),
    "no step": (with_(*CREATE, "summary", value="Render a scene"), {"OA502"}),
    "a step that is none": (with_(*CREATE, "summary", value="Render a scene (Step 3/2)"), {"OA502"}),
    "no step of the poll": (with_(*POLL, "summary", value="Read"), {"OA502"}),
    "no Location, but an id that the poll takes": (without(*ACCEPTED, "headers", "Location"), set()),
    "no body, but Location": (without(*ACCEPTED, "content"), {"OA505"}),
    "no body and no Location": (
        both(without(*ACCEPTED, "content"), without(*ACCEPTED, "headers", "Location")),
        {"OA503", "OA505"},
    ),
    "no Retry-After": (
        both(
            without(*ACCEPTED, "headers", "Retry-After"),
            without(*POLL, "responses", "200", "headers"),
            with_(*CREATE, "description", value="Returns immediately."),
            with_(*POLL, "description", value="Answers."),
        ),
        {"OA504"},
    ),
    "an interval in prose": (
        both(
            without(*ACCEPTED, "headers", "Retry-After"),
            without(*POLL, "responses", "200", "headers"),
            with_(*CREATE, "description", value="Returns immediately."),
            with_(*POLL, "description", value="Poll every 5 seconds."),
        ),
        set(),
    ),
    "no error": (without(*RENDER, "error"), {"OA506"}),
    "no result": (without(*RENDER, "film_url"), {"OA506"}),
    "a free status": (with_(*RENDER, "status", value={"type": "string", "readOnly": True}), {"OA507"}),
    "no failure": (with_(*RENDER, "status", "enum", value=["queued", "in_progress", "completed"]), {"OA507", "OA526"}),
    "a writable status": (without(*RENDER, "status", "readOnly"), {"OA508"}),
    "another error": (
        with_(
            *CREATE,
            "responses",
            "400",
            value={"description": "", "content": {"application/json": {"schema": {"properties": {"code": {}}}}}},
        ),
        {"OA509"},
    ),
    "no 401": (without(*CREATE, "responses", "401"), {"OA519"}),
    "no 429": (without(*POLL, "responses", "429"), {"OA519"}),
    "no 404 of the poll": (without(*POLL, "responses", "404"), {"OA519"}),
    "default instead of 500": (
        both(without(*CREATE, "responses", "500"), with_(*CREATE, "responses", "default", value={"description": ""})),
        set(),
    ),
    "4XX instead of each": (
        both(
            *(without(*CREATE, "responses", code) for code in ("400", "401", "429")),
            with_(*CREATE, "responses", "4XX", value={"description": ""}),
        ),
        set(),
    ),
    "nobody authenticates": (both(with_("security", value=[]), without(*CREATE, "responses", "401")), set()),
    "429 without Retry-After": (without("components", "responses", "TooMany", "headers"), {"OA520"}),
    "no poll": (
        both(
            without("paths", "/renders/{id}"),
            without("paths", "/renders/{id}/cancel"),
            without("paths", "/renders", "get"),
            without(*ACCEPTED, "links"),
            with_("info", "description", value="."),
            with_(*CREATE, "description", value="Returns immediately."),
        ),
        {"OA521"},
    ),
    "no link": (without(*ACCEPTED, "links"), {"OA522"}),
    "a link to nowhere": (with_(*ACCEPTED, "links", "next", value={"operationId": "getReport"}), {"OA522"}),
    "no list": (without("paths", "/renders", "get"), {"OA523"}),
    "a list without pages": (
        both(
            without("paths", "/renders", "get", "parameters"),
            without(
                "paths",
                "/renders",
                "get",
                "responses",
                "200",
                "content",
                "application/json",
                "schema",
                "properties",
                "next_cursor",
            ),
        ),
        {"OA523"},
    ),
    "no cancel": (without("paths", "/renders/{id}/cancel"), {"OA524"}),
    "no word of not waiting": (
        both(
            with_(*CREATE, "description", value="Poll `getRender` every 2 seconds."),
            with_(*ACCEPTED, "description", value="Accepted"),
        ),
        {"OA525"},
    ),
    "an example of no failure": (
        without(*POLL, "responses", "200", "content", "application/json", "examples", "failed"),
        {"OA526"},
    ),
    "an example that does not fit": (
        with_(
            *ACCEPTED, "content", "application/json", "examples", "queued", "value", value={"id": 7, "status": "queued"}
        ),
        {"OA526"},
    ),
    "no callback": (without(*CREATE, "callbacks"), {"OA530", "AA601"}),
    "a callback that nobody can check": (
        both(
            without(*CREATE, "callbacks", "ended", "{$request.body#/callback_url}", "post", "parameters"),
            without(*CREATE, "callbacks", "ended", "{$request.body#/callback_url}", "post", "description"),
            without(*CREATE, "callbacks", "ended", "{$request.body#/callback_url}", "post", "security"),
        ),
        {"OA532"},
    ),
    "webhooks in 3.0": (both(with_("openapi", value="3.0.4"), with_("webhooks", value={})), {"OA531"}),
    "a type that leads nowhere": (
        with_(*ACCEPTED, "content", "application/json", "schema", value={"$ref": "#/components/schemas/Film"}),
        {"OA505", "OA516"},
    ),
    "a create that streams": (
        both(
            with_(*ACCEPTED, "content", "text/event-stream", value={"schema": {"$ref": "#/components/schemas/Render"}}),
            without(*ACCEPTED, "content", "application/json"),
            with_(*ACCEPTED, "content", "text/event-stream", "example", value={"id": "1", "status": "queued"}),
        ),
        {"OA517"},
    ),
}


@pytest.mark.parametrize(("fault", "expected"), NEW.values(), ids=NEW)
def test_one_fault_in_the_good_document_gives_its_findings_and_no_other(fault, expected) -> None:
    document = good()
    fault(document)
    assert ids(document) == expected


# ---- grading


def graded(document, rule):
    return {str(one.severity) for one in found(document) if one.rule.id == rule}


def test_a_body_that_nothing_takes_is_information_and_nothing_at_all_is_an_error() -> None:
    document = good()
    del (
        document["paths"]["/renders/{id}"],
        document["paths"]["/renders/{id}/cancel"],
        document["paths"]["/renders"]["get"],
    )
    at(document, *CREATE)["description"] = at(document, "info")["description"] = "Returns immediately."
    del at(document, *ACCEPTED)["links"], at(document, *ACCEPTED)["headers"]["Location"]
    assert graded(document, "OA503") == {"information"}
    del at(document, *ACCEPTED)["content"]
    assert graded(document, "OA503") == {"error"}


def test_a_create_whose_poll_needs_only_what_the_caller_has_needs_no_id() -> None:
    document = good()
    document["paths"]["/films/{id}"] = {
        "delete": {
            "operationId": "deleteFilm",
            "summary": "Step 1/2; returns immediately. Poll every 2 s.",
            "responses": {"202": {"description": ""}, "4XX": {"description": ""}, "default": {"description": ""}},
        },
        "get": {"operationId": "getFilm", "responses": at(document, *POLL, "responses")},
    }
    assert not {"OA503", "OA505"} & ids(document)


def test_what_is_answered_by_default_is_the_answer_where_no_other_is_declared() -> None:
    document = good()
    at(document, *CREATE)["responses"] = {"default": at(document, *ACCEPTED)}
    assert not {"OA503", "OA505", "OA509"} & ids(document)


@pytest.mark.parametrize(
    ("mark", "words"), [({}, 'dismiss = ["startRender"]'), ({"x-async": True}, "take the mark off")]
)
def test_a_get_that_begins_work_is_found_and_told_how_to_be_let_alone(mark, words) -> None:
    document = good()
    document["paths"]["/renders/start"] = {
        "get": {"operationId": "startRender", "responses": {"202": {"description": ""}}, **mark}
    }
    (told,) = found(document, "select = ['OA510']")
    assert told.operation == "startRender"
    assert words in told.message


def test_one_who_is_told_by_a_header_is_informed_of_the_body() -> None:
    document = good()
    del at(document, *ACCEPTED)["content"]
    assert graded(document, "OA505") == {"information"}


def test_an_api_that_is_not_asynchronous_is_not_spoken_of() -> None:
    document = {
        "openapi": "3.0.4",
        "info": {"title": "Films", "version": "1"},
        "paths": {
            "/films": {
                "get": {"operationId": "listFilms", "responses": {"200": {"description": "Films"}}},
                "post": {"operationId": "addFilm", "responses": {"201": {"description": "Added"}}},
            },
            "/films/{id}": {"get": {"operationId": "getFilm", "responses": {"200": {"description": "A film"}}}},
        },
    }
    assert found(document) == ()


UNPOLLED = {
    # an operation that answers 202 and has no poll: its text, its answer -> the severity of OA521; None: no create
    "a message": ("/signals", "sendSignal", "Send a signal.", {}, "warning"),
    "a change": ("/nodes/recycle", "recycleNodes", "Recycle the nodes.", {}, "warning"),
    "it creates": ("/reports", "createReport", "Make a report.", {}, "error"),
    "it starts something": ("/reports/rerun", "rerunReport", "", {}, "error"),
    "a job": ("/jobs", "addJob", "", {}, "error"),
    "it goes on": ("/signals", "sendSignal", "Sends in the background.", {}, "error"),
    "an id": ("/signals", "sendSignal", "", {"properties": {"id": {"type": "string"}}}, "error"),
    "a status": ("/signals", "sendSignal", "", {"properties": {"status": {"enum": ["queued", "failed"]}}}, "error"),
    "forgotten": ("/jobs", "createJob", "Fire and forget.", {}, None),
    "nothing to ask": ("/jobs", "createJob", "Runs in the background; there is no status to poll.", {}, None),
}


@pytest.mark.parametrize(("path", "name", "told", "schema", "severity"), UNPOLLED.values(), ids=UNPOLLED)
def test_a_202_that_promises_no_task_is_no_error(path, name, told, schema, severity) -> None:
    answer = {"description": "Accepted", **({"content": {"application/json": {"schema": schema}}} if schema else {})}
    operation = {"operationId": name, "description": told, "responses": {"202": answer}}
    document = {"openapi": "3.1.0", "info": {"title": "Acme", "version": "1"}, "paths": {path: {"post": operation}}}
    found_ = found(document)
    assert {str(one.severity) for one in found_ if one.rule.id == "OA521"} == ({severity} if severity else set())
    assert severity != "warning" or "error" not in {str(one.severity) for one in found_}
    assert severity or found_ == ()
    declared = {**operation, "x-async-request-reply": {"role": "create"}}
    document["paths"][path]["post"] = declared
    assert {str(one.severity) for one in found(document) if one.rule.id == "OA521"} == {"error"}


# ---- what is declared

MARK = "x-async-request-reply"


def marked(**said):
    document = good()
    at(document, *CREATE)[MARK] = {"role": "create", "step": 1, "of": 2, "poll": "getRender", **said}
    for name in [name for name, value in said.items() if value is None]:
        del at(document, *CREATE)[MARK][name]
    return document


@pytest.mark.parametrize(
    ("said", "rule", "words"),
    [
        ({}, None, None),
        ({"role": "result"}, None, None),
        ({"role": "creat"}, "OA501", "has `creat`, which is no role,"),
        ({"role": None}, "OA501", "has no role"),
        ({"step": None}, "OA501", '"step" is a required property'),
        ({"polls": "getRender"}, "OA501", "is not what its schema says"),
        ({"role": "cancel", "poll": "nosuch"}, "OA501", "names the poll `nosuch`, and no operation is called that"),
        ({"poll": "nosuch"}, "OA521", "names the poll `nosuch`, and no operation is called that"),
    ],
)
def test_the_extension_is_held_against_its_schema_and_the_operations_that_there_are(said, rule, words) -> None:
    told = [one for one in found(marked(**said)) if MARK in one.message]
    assert [(one.rule.id, words in one.message) for one in told] == ([(rule, True)] if rule else [])


def test_an_extension_that_is_none_switches_nothing_off() -> None:
    document = marked(role="creat")
    del at(document, *CREATE)["tags"]
    without(*ACCEPTED, "content")(document)
    assert {"OA501", "OA505"} <= ids(document)


def test_a_named_poll_that_is_missing_is_an_error_where_there_is_no_other() -> None:
    document = marked(poll="nosuch")
    for path in [path for path in document["paths"] if path != "/renders"]:
        del document["paths"][path]
    del document["paths"]["/renders"]["get"], at(document, *ACCEPTED)["links"]
    at(document, *CREATE)["description"] = document["info"]["description"] = "Returns immediately."
    (told,) = (one for one in found(document) if one.rule.id == "OA521")
    assert (str(told.severity), "`nosuch`" in told.message) == ("error", True)


# ---- the id of the task


def exporting(*names, param="exportId", code="202", polled=True):
    """`POST /exports` that answers with these properties, and its poll."""
    status = {"enum": ["queued", "running", "completed", "failed"]}
    told = {"content": {"application/json": {"schema": {"properties": {name: {} for name in names}}}}}
    poll = {"content": {"application/json": {"schema": {"properties": {"status": status}}}}}
    create = {"operationId": "startExport", "responses": {code: {"description": "", **told}}}
    read = {"operationId": "getExport", "responses": {"200": {"description": "", **poll}}}
    paths = {"/exports": {"post": create}, **({f"/exports/{{{param}}}": {"get": read}} if polled else {})}
    return {"openapi": "3.1.0", "info": {"title": "Exports", "version": "1"}, "paths": paths}


@pytest.mark.parametrize(
    ("names", "param", "held"),
    [
        (("exportId",), "exportId", True),
        (("export_id",), "exportId", True),
        (("id",), "exportId", True),
        (("exportId",), "id", True),
        (("jobId",), "id", True),
        (("token",), "token", True),
        (("status_url",), "exportId", True),
        (("userId",), "exportId", False),
        (("phoneNumber",), "id", False),
        (("accessToken", "status"), "exportId", False),
        (("callback_url",), "exportId", False),
    ],
)
def test_an_id_counts_where_it_is_that_of_the_task(names, param, held) -> None:
    told = {one.rule.id: one.message for one in found(exporting(*names, param=param), "select = ['OA503', 'OA505']")}
    assert ("OA503" not in told, "OA505" not in told or "no status" in told["OA505"]) == (held, held)
    assert held or names[0] == "callback_url" or f"has `{names[0]}`, and `getExport` takes `{param}`" in told["OA503"]


@pytest.mark.parametrize(
    ("names", "severity"),
    [(("id",), "information"), (("jobId",), "information"), (("exportId",), "information"), (("userId",), "error")],
)
def test_without_a_poll_an_id_counts_by_its_own_name(names, severity) -> None:
    assert graded(exporting(*names, polled=False), "OA503") == {severity}


def test_a_link_takes_its_value_from_what_the_answer_has() -> None:
    document = good()
    (link,) = at(document, *ACCEPTED, "links").values()
    link["parameters"] = {"id": "$response.body#/renderId"}
    (told,) = (one for one in found(document) if one.rule.id == "OA522")
    assert "`$response.body#/renderId`, and the answer has no such property" in told.message


def test_who_only_sends_a_message_is_told_the_way_out() -> None:
    operation = {"operationId": "sendMail", "responses": {"202": {"description": "Accepted"}}}
    paths = {"/emails": {"post": operation}}
    document = {"openapi": "3.1.0", "info": {"title": "Mail", "version": "1"}, "paths": paths}
    told = {one.rule.id: one.message for one in found(document)}
    assert all('dismiss = ["sendMail"]' in told[rule] for rule in ("OA503", "OA521"))
    assert found(document, 'dismiss = ["sendMail"]') == ()


@pytest.mark.parametrize("status", [{"type": "string"}, {"enum": ["queued", "running", "completed", "failed"]}])
def test_whether_there_is_a_list_does_not_hang_on_the_words_of_a_status(status) -> None:
    document = exporting("id")
    export = document["paths"]["/exports/{exportId}"]["get"]["responses"]["200"]["content"]["application/json"]
    export["schema"]["properties"]["status"] = status
    items = {"content": {"application/json": {"schema": {"type": "array", "items": export["schema"]}}}}
    listing = {"operationId": "listExports", "responses": {"200": {"description": "", **items}}}
    document["paths"]["/exports"]["get"] = listing
    assert [one.message for one in found(document, "select = ['OA523']")] == [
        "`getExport` (the poll of `startExport`): `listExports` has no pages; give it `limit` and `cursor`"
    ]
    listing["parameters"] = [{"name": "cursor", "in": "query", "schema": {"type": "string"}}]
    assert found(document, "select = ['OA523']") == ()


@pytest.mark.parametrize(("code", "told"), [("201", 1), ("200", 0), ("202", 0)])
def test_a_post_that_answers_201_for_work_that_goes_on_is_told_of_202(code, told) -> None:
    document = exporting("id", code=code)
    config = "select = ['OA513']\nconfirm.startExport = 'create'"
    messages = [one.message for one in found(document, config)]
    assert ["answer 202" in one for one in messages] == [True] * told
    assert found(document, f"profile = 'zalando'\n{config}") == () or code == "200"


@pytest.mark.parametrize(
    ("name", "schema", "expression"),
    [
        ("status_callback", {"type": "string"}, "#/status_callback"),
        ("callback-url", {"type": "string"}, "#/callback-url"),
        ("postback_url", {"type": "string"}, "#/postback_url"),
        ("completionWebhook", {"type": "string"}, "#/completionWebhook"),
        ("StatusCallbackUrl", {}, "#/StatusCallbackUrl"),
        ("webhook", {"properties": {"url": {}, "events": {}}}, "#/webhook/url"),
        ("callbackMethod", {"type": "string"}, None),
        ("webhook", {"type": "boolean"}, None),
    ],
)
def test_inputs_that_take_a_url_to_report_to_are_known_by_their_names(name, schema, expression) -> None:
    document = exporting("id")
    body = {"content": {"application/json": {"schema": {"properties": {name: schema}}}}}
    document["paths"]["/exports"]["post"]["requestBody"] = body
    told = [one.message for one in found(document, "select = ['OA530']")]
    assert [f"{{$request.body{expression}}}" in one for one in told] == ([True] if expression else [])


# ---- houses

HOUSES = {
    # profile -> the findings of the good document that only this house has
    "generic": set(),
    "azure-data": {"OA514"},
    "azure-arm": {"OA514"},
    "aip": {"OA513", "OA514"},
    "zalando": set(),
    "ogc": {"OA513", "OA514"},
}


@pytest.mark.parametrize(("profile", "expected"), HOUSES.items())
def test_a_house_asks_for_what_others_forbid(profile, expected) -> None:
    assert ids(good(), f"profile = '{profile}'") == expected


def test_the_severity_of_a_house_rule_is_the_house_s_unless_it_is_configured() -> None:
    document = good()
    document["paths"]["/renders/{id}"]["patch"] = {
        "operationId": "changeRender",
        "responses": {"202": {"description": ""}},
    }
    for profile, grades in {"azure-data": {"error"}, "generic": set(), "azure-arm": set()}.items():
        found_ = found(document, f"profile = '{profile}'\nselect = ['OA511']")
        assert {str(one.severity) for one in found_} == grades
    quiet = found(document, "profile = 'azure-data'\nselect = ['OA511']\nseverity.OA511 = 'information'")
    assert {str(one.severity) for one in quiet} == {"information"}


# ---- our own document


@pytest.mark.parametrize("name", ["reports", "long_report"])
def test_our_own_document_lacks_its_callbacks_and_nothing_else(name) -> None:
    """The server keeps a callback_url and sends nothing there yet; once it does, `pyproject.toml` ignores too much."""
    document = run_path(str(ROOT / "examples" / f"{name}.py"))["api"].document()
    assert ids(document) == {"OA530", "AA601"}


def test_our_own_document_is_clean_without_a_type() -> None:
    assert ids(TaskAPI("Nothing yet").document()) == set()


# ---- beside others

PAGE = ROOT / "docs" / "lint.md"


def told():
    """The table of the page: file -> linter -> findings."""
    rows = re.findall(
        r"^\| `(\w+\.yaml)` \| (\d+) \| (\d+) \| (\d+) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE
    )
    return {
        name: dict(zip(("accepted", "spectral", "redocly"), map(int, counts), strict=True)) for name, *counts in rows
    }


def test_the_page_says_how_many_findings_we_have() -> None:
    assert {path.name: len(run([str(path)]).findings) for path in (BAD, GOOD)} == {
        name: row["accepted"] for name, row in told().items()
    }


def spectral(path, folder):
    (folder / "ruleset.yaml").write_text('extends: ["spectral:oas"]\n')
    command = [TOOLS / "spectral", "lint", "--format", "json", "--quiet", "--ruleset", folder / "ruleset.yaml", path]
    return Counter(row["code"] for row in json.loads(_output(command, folder) or "[]"))


def redocly(path, folder):
    command = [TOOLS / "redocly", "lint", "--extends", "recommended-strict", "--format", "json", path]
    totals = json.loads(_output(command, folder))["totals"]
    return Counter({name: count for name, count in totals.items() if name in {"errors", "warnings"} and count})


def _output(command, folder):
    environment = {**os.environ, "REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}
    ran = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder, env=environment, timeout=120)
    return ran.stdout[ran.stdout.find("{" if "redocly" in str(command[0]) else "[") :]


@pytest.mark.node
@pytest.mark.parametrize("path", [BAD, GOOD], ids=lambda path: path.stem)
@pytest.mark.parametrize("peer", [spectral, redocly])
def test_the_page_says_how_many_findings_others_have(peer, path, tmp_path) -> None:
    if not TOOLS.exists() and os.environ.get("CI") != "true":
        pytest.skip("needs Node and the packages of tests/sdk")
    assert sum(peer(path, tmp_path).values()) == told()[path.name][peer.__name__]
