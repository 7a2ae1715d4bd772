"""The detector on habits of API that the first styles do not have: what they report, and what they must not."""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

from accepted.documents.detect import detect
from accepted.documents.openapi import Description

_SPEC = spec_from_file_location("styles", Path(__file__).with_name("styles.py"))
_STYLES = module_from_spec(_SPEC)
_SPEC.loader.exec_module(_STYLES)
T, WORK, api, op = _STYLES.T, _STYLES.WORK, _STYLES.api, _STYLES.op

TASK = {"taskUid": T, "status": WORK}
JOB = {"id": T, "state": WORK}


def reported(*operations, **more):
    several = detect(Description(api(*operations, **more))).operations
    return {one.operation.key: (one.role, one.pair.key if one.pair else None) for one in several if one.reported}


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_any_method_may_answer_with_a_task(method):
    found = reported(
        op(f"{method} /indexes/{{index}}/settings", "settings", _200=TASK),
        op("PATCH /indexes/{index}", "rename", body={"name": T}, _200={"name": T}),
        op("GET /tasks/{taskUid}", "getTask", _200=TASK),
    )
    assert found == {"settings": ("create", "getTask"), "getTask": ("poll", "settings")}


def test_a_change_of_a_task_that_answers_with_it_begins_none():
    found = reported(
        op("PATCH /tasks/{taskUid}", "renameTask", body={"name": T}, _200=TASK),
        op("GET /tasks/{taskUid}", "getTask", _200=TASK),
    )
    assert "renameTask" not in found


@pytest.mark.parametrize("answer", [{"clip": T, "task": {"id": T}}, {"taskId": T}, {"task_guid": T}, {"task_sid": T}])
def test_the_id_of_a_task_by_its_names(answer):
    (name,) = [key for key in answer if key != "clip"]
    param = "task_id" if name == "task" else name
    found = reported(
        op("POST /clips", "createClip", body={"from": T}, _200=answer),
        op(f"GET /tasks/{{{param}}}", "getTask", _200={"id": T, "status": WORK}),
    )
    assert found["createClip"] == ("create", "getTask")


def test_the_id_of_a_queue_of_tasks_is_not_that_of_a_task():
    call = {"sid": T, "task_queue_sid": T, "assignment_status": "pending|assigned|wrapping|completed|canceled"}
    found = reported(
        op("POST /workspaces/{w}/tasks", "createTask", body={"to": T}, _201=call),
        op("GET /workspaces/{w}/tasks/{task_sid}", "getTask", _200=call),
        op("GET /queues/{task_queue_sid}/statistics", "queueStatistics", _200={"tasks_by_status": WORK}),
    )
    assert found == {}


def test_what_is_started_elsewhere_is_read_where_the_status_has_the_same_words():
    found = reported(
        op("POST /rules/{rule}/runs", "runRule", _201={"run": JOB}),
        op("GET /runs/{run}", "getRun", _200={"run": JOB}),
        op("GET /sites/{site}/runs/{run}", "getSiteRun", _200={"state": "queued|running|done|error|lost"}),
    )
    assert found["runRule"] == ("create", "getRun")


def test_a_post_may_only_ask_by_a_noun_or_by_its_name():
    found = reported(
        op("POST /exports/rejects", "exports/rejects", _200=JOB),
        op("POST /exports/info", "exports/info", body={"id": T}, _200=JOB),
        op("POST /logs/filter", "read_logs_filter", body={"since": T}, _200={"status": WORK}),
    )
    assert found == {"exports/rejects": ("create", "exports/info"), "exports/info": ("poll", "exports/rejects")}


def test_a_schema_is_enough_for_rpc():
    found = reported(
        op("POST /connections/sync", "syncConnection", body={"id": T}, _200="#Job"),
        op("POST /jobs/get", "getJob", body={"id": T}, _200="#Job"),
        schemas={"Job": JOB},
    )
    assert found == {"syncConnection": ("create", "getJob"), "getJob": ("poll", "syncConnection")}


def test_a_poll_may_be_of_another_version():
    found = reported(
        op("POST /v1/jobs", "createJob", _202={"id": T}),
        op("GET /v3/jobs/{id}", "getJob", _200=JOB),
    )
    assert found["createJob"] == ("create", "getJob")


def test_what_is_started_by_a_verb_behind_it_is_polled_where_it_stands():
    found = reported(
        op("POST /jobs/{id}/results", "startJob", _202=None),
        op("GET /jobs/{id}/results", "getResults", _200={"status": WORK}),
        op("GET /jobs/{id}", "getJob", _200=JOB),
        op("POST /servers/{id}/resize", "resizeServer", body={"size": T}, _202=None),
        op("GET /servers/{id}", "getServer", _200={"id": T, "status": "starting|running|failed"}),
    )
    assert (found["startJob"], found["resizeServer"]) == (("create", "getJob"), ("create", "getServer"))


def test_work_on_a_thing_that_answers_with_the_thing_at_work_begins():
    found = reported(
        op("POST /images/{id}/upscale", "upscale", _200="#Image"),
        op("POST /images/{id}/rename", "rename", body={"name": T}, _200="#Image"),
        op("GET /images/{id}", "getImage", _200="#Image"),
        schemas={"Image": {"id": T, "state": "queued|drawing|completed|failed", "callback_url": T}},
    )
    assert found["upscale"] == ("create", "getImage")
    assert "rename" not in found


@pytest.mark.parametrize(
    ("states", "expected"),
    [("enqueued|processing|completed|failed", True), ("enqueued|completed|archived", False)],
)
def test_every_stage_of_work_needs_no_word_for_it(states, expected):
    thing = {"sid": T, "status": states}
    found = reported(
        op("POST /compositions", "createComposition", _201=thing),
        op("GET /compositions/{sid}", "getComposition", _200=thing),
    )
    assert ("createComposition" in found) is expected


def test_a_state_may_be_an_object_with_a_type():
    run = {"id": T, "state": {"id": T, "type": "SCHEDULED|RUNNING|COMPLETED|FAILED", "message": T}}
    found = reported(op("POST /runs", "createRun", _201=run), op("GET /runs/{id}", "getRun", _200=run))
    assert found["createRun"] == ("create", "getRun")


def test_an_approval_is_no_work():
    request = {"id": T, "approval_status": "pending|running|approved|failed|completed"}
    found = reported(
        op("POST /access", "askAccess", body={"why": T}, _201=request),
        op("GET /access/{id}", "getAccess", _200=request),
    )
    assert found == {}


def test_a_run_whose_status_a_client_may_correct_is_still_work():
    run = {"run_id": T, "state": WORK}
    found = reported(
        op("POST /runs", "createRun", body=run, _200=run),
        op("GET /runs/{run_id}", "getRun", _200=run),
        op("PATCH /runs/{run_id}", "correctRun", body={"state": WORK}, _200=run),
    )
    assert found["createRun"] == ("create", "getRun")


def test_prose_that_says_asynchronous_task_leads_to_the_only_task():
    found = reported(
        op("POST /lip_sync", "lipSync", text="Starts a new asynchronous task.", _200={"id": T}),
        op("POST /voices", "addVoice", text="Voices are scheduled for review.", _200={"id": T}),
        op("GET /tasks/{id}", "getTask", _200={"id": T, "status": WORK}),
    )
    assert found == {"lipSync": ("create", "getTask"), "getTask": ("poll", "lipSync")}


def test_a_new_task_is_not_asynchronous_for_being_new():
    task = {"id": T, "completed": True, "completed_at": T}
    found = reported(
        op("POST /tasks", "createTask", text="Creating a new task is easy.", body={"name": T}, _201=task),
        op("GET /tasks/{id}", "getTask", _200=task),
    )
    assert found == {}


def test_a_job_that_is_accepted_needs_no_schema():
    found = reported(
        op("POST /models/{m}/predictions", "predict", _201=None, _202=None),
        op("GET /predictions/{id}", "getPrediction", _200=None),
    )
    assert found["predict"] == ("create", "getPrediction")


@pytest.mark.xfail(strict=True, reason="examples' status values and a poll's own words are no signs yet")
def test_a_create_that_only_its_examples_give_away_is_asked_about_at_least():
    document = api(
        op("POST /exports", "startExport", body={"format": T}, _201={"id": T, "status": T}),
        op("GET /exports/{id}", "getExport", summary="Poll the export until it is done", _200={"id": T, "status": T}),
    )
    for path, method, code, status in (
        ("/exports", "post", "201", "pending"),
        ("/exports/{id}", "get", "200", "running"),
    ):
        answer = document["paths"][path][method]["responses"][code]["content"]["application/json"]
        answer["example"] = {"id": "e1", "status": status}
    roles = {one.operation.key: one.role for one in detect(Description(document)).operations}
    assert roles["startExport"] == "create"


@pytest.mark.parametrize(
    ("states", "pair"),
    [("active|deleting", "getSpace"), ("active|inactive", None)],
)
def test_a_deletion_is_polled_only_where_the_thing_says_that_it_goes_on(states, pair):
    space = {"id": T, "state": states}
    found = reported(
        op("DELETE /spaces/{id}", "deleteSpace", _202=None),
        op("GET /spaces/{id}", "getSpace", _200=space),
    )
    assert found["deleteSpace"] == ("create", pair)


def test_a_list_is_no_poll_because_its_envelope_has_a_status():
    found = reported(
        op("POST /snapshots", "createSnapshot", _202={"status": T}),
        op("GET /snapshots", "listSnapshots", _200={"status": T, "result": [{"name": T}]}),
    )
    assert found == {"createSnapshot": ("create", None)}


def test_a_verb_that_stops_is_a_cancel_behind_work_and_a_create_behind_a_thing():
    found = reported(
        op("POST /artifacts/{a}/scan/stop", "stopScan", _202=None),
        op("POST /servers/{s}/stop", "stopServer", _202=None),
    )
    assert found == {"stopScan": ("cancel", None), "stopServer": ("create", None)}


def test_a_status_callback_is_a_callback():
    thing = {"sid": T, "status": "queued|sending|failed|done"}
    found = reported(
        op("POST /faxes", "sendFax", body={"to": T, "StatusCallback": T}, _201=thing),
        op("GET /faxes/{sid}", "getFax", _200=thing),
    )
    assert found["sendFax"] == ("create", "getFax")
