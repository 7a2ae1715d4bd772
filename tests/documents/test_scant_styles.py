"""The detector on descriptions that tell little: a URL, an example, a sentence, a word for an act."""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

from accepted.documents.detect import detect
from accepted.documents.openapi import Description

_SPEC = spec_from_file_location("styles", Path(__file__).with_name("styles.py"))
_STYLES = module_from_spec(_SPEC)
_SPEC.loader.exec_module(_STYLES)
T, WORK, api, op = _STYLES.T, _STYLES.WORK, _STYLES.api, _STYLES.op

BARE = {"id": T, "status": T}
CONVERTING = {"id": T, "state": "idle|converting"}


def pairs(*operations, **more):
    """The creates that are reported, each with its poll."""
    found = detect(Description(api(*operations, **more))).with_role("create")
    return {one.operation.key: one.poll.key if one.poll else None for one in found if one.reported}


FOUND = {
    "a URL of a status, and one status": (
        op("POST /v1/flux", "draw", body={"prompt": T, "webhook_url": T}, _200={"id": T, "polling_url": T}),
        op("GET /v1/get_result", "getResult", _200={"id": T, "status": "Pending|Ready|Error"}),
    ),
    "the status is in an envelope with one of its own": (
        op("POST /reports", "makeReport", text="Makes a report asynchronously.", _200={"token": T}),
        op("GET /reports", "getReport", _200={"code": T, "status": T, "data": {"report_status": WORK}}),
    ),
    "an act, and a status that has a word for it": (
        op("POST /books/{id}/convert", "convertBook", _200={"ok": T}),
        op("GET /books/{id}", "getBook", _200=CONVERTING),
    ),
    "what goes on, and its past": (
        op("POST /dubs", "dub", body={"from": T}, _200={"id": T}),
        op("GET /dubs/{id}", "getDub", _200={"id": T, "status": "dubbing|dubbed|failed", "error": T}),
    ),
    "the caller names what is started": (
        op("POST /activities/{id}", "StartActivityExecution", body={"input": T}, _200={"run_id": T}),
        op("GET /activities/{id}", "DescribeActivityExecution", _200=BARE | {"status": WORK}),
    ),
    "a bare status, and the sentence of its read": (
        op("POST /rules/{id}/executions", "runRule", summary="Run a rule", _200=None),
        op("GET /executions/{id}", "getExecution", summary="Get the status of an execution", _200=BARE),
    ),
    "a job is run, and runs are read": (
        op("POST /jobs/{id}/run", "runIt", text="Triggers a run of the job.", _200=None),
        op("GET /runs/{id}", "getRun", summary="Get the status of a run", _200=BARE),
    ),
    "an id that is called after the collection": (
        op("POST /images/animate", "animate", _200={"videoJob": {"generationId": T}}),
        op("GET /generations/{id}", "getGeneration", _200={"id": T, "status": "PENDING|COMPLETE|FAILED"}),
    ),
    "an id of several parts": (
        op("POST /executions", "CreateExecution", summary="Triggers an execution", _200={"id": T}),
        op("GET /executions/{project}/{name}", "GetExecution", _200={"id": T, "phase": WORK}),
        op("GET /executions/{project}", "ListExecutions", _200=[{"id": T, "phase": WORK}]),
    ),
    "a POST that reads": (
        op(
            "POST /document", "translateDocument", text="Translates a document asynchronously.", _200={"document_id": T}
        ),
        op("POST /document/{document_id}", "getDocumentStatus", body={"key": T}, _200=BARE | {"status": WORK}),
    ),
    "a verb behind the noun": (
        op("POST /task/new", "", text="Puts a task at the end of the queue.", body={"webhook": T}, _200={"uuid": T}),
        op("GET /task/{uuid}/info", "getTask", _200={"uuid": T, "status": T, "progress": T}),
    ),
    "202 on a part of what is busy": (
        op("POST /backups/{id}/volumes/{volume}/restore", "restoreVolume", _202=None),
        op("GET /backups/{id}", "getBackup", _200={"id": T, "status": "in-progress|available|error"}),
    ),
    "202 on a thing without a status": (
        op("PATCH /databases/{id}", "changeDatabase", body={"name": T}, _202=None),
        op("GET /databases/{id}", "getDatabase", _200={"id": T, "name": T}),
    ),
    "a status below what is changed": (
        op("PUT /contacts", "putContacts", body={"all": T}, _202={"job_id": T}),
        op("GET /contacts/imports/{id}", "getImport", _200={"id": T, "status": WORK}),
        op("GET /other/tasks/{id}", "getTask", _200={"id": T, "status": WORK}),
    ),
    "a status that has a word for an act behind a colon": (
        op("POST /clusters/{id}:pauseCluster", "PauseCluster", _200={"cluster": "#Cluster"}),
        op("GET /clusters/{id}", "GetCluster", _200="#Cluster"),
    ),
    "a status and its id behind the create": (
        op("POST /convert/document", "convert", text="Converts asynchronously.", _200={"result": [{"token": T}]}),
        op("GET /convert/document/status/{token}", "getConversion", _200={"status": WORK}),
    ),
    "the status of a task behind the create": (
        op("POST /pulls/{id}/merge", "merge", text="Polls tell when it is merged.", _200="#Pull", _202=None),
        op("GET /pulls/{id}/merge/task-status/{task}", "getMerge", _200={"task_status": "PENDING|SUCCESS"}),
        op("GET /pulls/{id}", "getPull", _200="#Pull"),
    ),
    "the same path and schema, though others have it too": (
        op("POST /issues/import", "importIssues", _202="#Work"),
        op("GET /issues/import", "getImport", _200="#Work"),
        op("GET /issues/export/{id}", "getExport", _200="#Work"),
    ),
}

NAMED = {
    "Cluster": {"id": T, "state": "CREATING|ACTIVE|PAUSING|PAUSED"},
    "Pull": {"id": T, "state": "OPEN|MERGED"},
    "Work": {"pct": T, "status": "ACCEPTED|STARTED|FAILURE"},
}


@pytest.mark.parametrize("operations", FOUND.values(), ids=FOUND)
def test_a_little_is_enough_where_it_fits_together(operations):
    (_, _, create), (_, _, poll), *_ = operations
    name = create.get("operationId") or f"POST {operations[0][0]}"
    assert pairs(*operations, schemas=NAMED).get(name) == poll["operationId"]


NOT_FOUND = {
    "it says that it waits": (
        op("POST /docs", "makeDoc", text="Makes a document synchronously.", _200="#Status"),
        op("GET /status/{id}", "getStatus", _200="#Status"),
    ),
    "an act for which the status has no word": (
        op("POST /books/{id}/rename", "renameBook", _200={"ok": T}),
        op("GET /books/{id}", "getBook", _200=CONVERTING),
    ),
    "runs that belong to something else": (
        op("POST /retentions/{id}/executions", "apply", _200=None),
        op("GET /projects/{p}/preheats/{h}/executions/{e}", "getPreheat", summary="Get the status", _200=BARE),
    ),
    "an id that the caller gave": (
        op("POST /artifacts", "addArtifact", body={"run_id": T}, _201={"run_id": T, "name": T}),
        op("GET /runs/{id}", "getRun", _200={"id": T, "state": WORK}),
    ),
    "the time that something may take, and one status of something else": (
        op("POST /signal/evaluate", "evaluate", text="This may take some time.", _200={"request_id": T}),
        op("GET /switches/{id}", "getSwitch", _200={"id": T, "state": WORK}),
    ),
    "it grades by running at once": (
        op("POST /graders/run", "runGrader", summary="Run a grader", _200={"reward": T}),
        op("GET /graders/{id}", "getGrader", _200={"id": T}),
    ),
}


@pytest.mark.parametrize("operations", NOT_FOUND.values(), ids=NOT_FOUND)
def test_what_does_not_fit_together_is_not_reported(operations):
    name = operations[0][2]["operationId"]
    assert name not in pairs(*operations, schemas={"Status": BARE | {"status": WORK}})


def test_operations_by_name_are_paired_by_what_they_are_about_and_not_by_an_id_that_all_have():
    job = {"JobStatus": WORK}
    found = pairs(
        op("POST /#S.GetDocumentAnalysis", "GetDocumentAnalysis", body={"JobId": T}, _200=job),
        op("POST /#S.GetTextDetection", "GetTextDetection", body={"JobId": T}, _200=job),
        op("POST /#S.StartTextDetection", "StartTextDetection", body={"File": T}, _200={"JobId": T}),
    )
    assert found == {"StartTextDetection": "GetTextDetection"}


def test_several_that_are_read_at_once_are_the_poll_of_one_that_is_started_by_name():
    builds = {"builds": [{"id": T, "buildStatus": WORK}]}
    found = pairs(
        op("POST /#S.BatchGetBuilds", "BatchGetBuilds", body={"ids": [T]}, _200=builds),
        op("POST /#S.BatchGetBuildBatches", "BatchGetBuildBatches", body={"ids": [T]}, _200=builds),
        op("POST /#S.StartBuild", "StartBuild", body={"project": T}, _200={"build": "#Build"}),
        op("POST /#S.StopBuild", "StopBuild", body={"id": T}, _200={"build": "#Build"}),
        schemas={"Build": {"id": T, "buildStatus": WORK}},
    )
    assert found == {"StartBuild": "BatchGetBuilds"}


def test_what_begins_an_operation_is_no_poll_whatever_its_verb_says_and_to_wait_for_one_begins_none():
    operation = {"name": T, "done": True, "response": {"x": T}, "error": {"code": T}}
    found = pairs(
        op("POST /environments/{id}:checkUpgrade", "environments.checkUpgrade", body={"to": T}, _200="#Operation"),
        op("POST /environments", "environments.create", body={"name": T}, _200="#Operation"),
        op("POST /operations/{id}:wait", "operations.wait", body={"timeout": T}, _200="#Operation"),
        op("GET /operations/{id}", "operations.get", _200="#Operation"),
        schemas={"Operation": operation},
    )
    assert found["environments.create"] == "operations.get"
    assert "operations.wait" not in found


def test_what_answers_with_a_status_is_polled_where_the_same_is_told_and_not_where_the_thing_is_read():
    found = pairs(
        op("POST /volumes", "createVolume", _201={"action": "#Action", "volume": "#Volume"}),
        op("GET /volumes/{id}", "getVolume", _200={"volume": "#Volume"}),
        op("GET /actions/{id}", "getAction", _200={"action": "#Action"}),
        schemas={
            "Action": {"id": T, "status": "running|success|error", "error": T},
            "Volume": {"id": T, "status": "creating|available"},
        },
    )
    assert found == {"createVolume": "getAction"}


@pytest.mark.parametrize(("state", "poll"), [("pending|ready|failed", "getThing"), ("open|closed", None)])
def test_a_deletion_that_is_accepted_is_followed_where_the_thing_can_say_that_it_is_busy(state, poll):
    found = pairs(
        op("DELETE /things/{id}", "deleteThing", _202=None),
        op("GET /things/{id}", "getThing", _200={"id": T, "state": state}),
    )
    assert found == {"deleteThing": poll}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("When the report has been generated, you will receive an email with a link.", True),
        ("Starts an asynchronous process; the report can be downloaded later.", True),
        ("Makes a report. You will receive an email if you asked for one.", False),
    ],
)
def test_prose_about_work_that_ends_later_needs_no_poll(text, expected):
    assert ("makeReport" in pairs(op("POST /report/create", "makeReport", text=text, _200={"report": T}))) is expected


def test_a_text_in_an_example_is_no_list_of_words_however_long_it_is():
    create = op("POST /lipsync", "createLipsync", body={"callback_url": T}, _200=BARE)
    long = {"example": {"id": "l1", "status": "started|" * 200_000}}
    create[2]["responses"]["200"]["content"]["application/json"] |= long
    assert pairs(create, op("GET /lipsync/{id}", "getLipsync", _200=BARE)) == {}


def test_an_example_says_that_work_is_not_over():
    lipsync = op("POST /lipsync", "createLipsync", body={"callback_url": T}, _200=BARE)
    read = op("GET /lipsync/{id}", "getLipsync", _200=BARE)
    assert pairs(lipsync, read) == {}
    shown = {"example": {"id": "l1", "status": "started"}}
    lipsync[2]["responses"]["200"]["content"]["application/json"] |= shown
    assert pairs(lipsync, read) == {"createLipsync": "getLipsync"}
