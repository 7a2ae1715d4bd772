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


JOBS_OF_TWO_KINDS = (
    op("POST /imports", "createImport", _202={"id": T}),
    op("GET /imports/{id}", "getImport", _200={"id": T, "status": WORK}),
    op("GET /exports/{id}", "getExport", _200={"id": T, "status": WORK}),
)


@pytest.mark.parametrize(
    ("text", "poll"),
    [
        ("Makes a file of what an import brought in (see getImport).", "getExport"),
        ("Makes a file. Its status is told by getImport, as that of all jobs.", "getImport"),
        ("Makes a file. Poll `GET /imports/{id}` until it is done.", "getImport"),
    ],
)
def test_prose_names_the_poll_only_where_it_says_how_to_follow(text, poll):
    found = reported(*JOBS_OF_TWO_KINDS, op("POST /exports", "createExport", text=text, _202={"id": T}))
    assert found["createExport"] == ("create", poll)


def test_prose_names_the_poll_where_nothing_else_leads_to_one():
    found = reported(*JOBS_OF_TWO_KINDS, op("POST /dump", "dump", text="Compare getImport.", _202=None))
    assert found["dump"] == ("create", "getImport")


def test_the_id_of_a_job_leads_to_what_says_nothing_of_its_answer():
    found = reported(
        op("POST /mails/bulk", "sendMails", body={"to": T}, _200={"bulk_job": {"bulk_job_id": T}}),
        op("GET /bulk_job/{bulk_job_id}", "bulkJobGet", _200=None),
        op("POST /pipelines", "createPipeline", body={"name": T}, _200={"pipeline_id": T}),
        op("GET /pipelines/{pipeline_id}", "getPipeline", _200=None),
        op("POST /batch", "createBatch", _200={"batch_id": T}),
        op("GET /batch/{batch_id}", "getBatch", _200=None),
    )
    assert {key for key, (role, _) in found.items() if role == "create"} == {"sendMails"}
    assert found["sendMails"] == ("create", "bulkJobGet")


def test_training_that_is_told_in_the_background_needs_no_schema():
    found = reported(
        op("POST /models/{m}/trainings", "train", text="Trains in the background.", body={"webhook": T}, _201=None),
        op("GET /trainings/{id}", "getTraining", _200=None),
    )
    assert found["train"] == ("create", "getTraining")


@pytest.mark.parametrize(("noun", "reported_as"), [("exports", ("create", "getOne")), ("domains", None)])
def test_being_ready_is_an_end_of_work_and_not_of_a_thing(noun, reported_as):
    one = {"id": T, "state": "pending|ready|error"}
    found = reported(
        op(f"POST /{noun}", "makeOne", body={"name": T}, _201=one), op(f"GET /{noun}/{{id}}", "getOne", _200=one)
    )
    assert found.get("makeOne") == reported_as


def test_what_takes_a_callback_begins_work_also_inside_of_what_it_changes():
    one = {"id": T, "state": WORK}
    found = reported(
        op("POST /films/{id}/sound", "addSound", body={"callback_url": T}, _200=one),
        op("POST /films/{id}/name", "nameFilm", body={"name": T}, _200=one),
        op("GET /films/{id}", "getFilm", _200=one),
    )
    assert found == {"addSound": ("create", "getFilm"), "getFilm": ("poll", "addSound")}


def test_what_is_only_kept_is_no_work_to_wait_for():
    found = reported(
        op("POST /events", "createEvent", body={"name": T}, _202=None),
        op("GET /events/{id}", "getEvent", _200={"id": T, "status": T}),
    )
    assert found["createEvent"] == ("create", None)


def test_a_job_may_stand_behind_what_starts_it():
    run = {"id": T, "status": T, "start_time": T}
    found = reported(
        op("POST /export/users", "exportUsers", text="Starts an export job.", _200=None),
        op("GET /export/users/execution/{execution_id}", "getExecution", _200=run),
    )
    assert found["exportUsers"] == ("create", "getExecution")


def test_the_id_that_a_start_answers_with_may_be_of_anything_whose_status_is_one_of_work():
    found = reported(
        op("POST /workflows/{id}/actions/trigger", "triggerWorkflow", body={"input": T}, _201={"instance_id": T}),
        op("GET /instances/{instance_id}", "getInstance", _200={"id": T, "status": WORK}),
        op("POST /calls", "addCall", body={"instance_id": T}, _201={"instance_id": T}),
    )
    assert found == {"triggerWorkflow": ("create", "getInstance"), "getInstance": ("poll", "triggerWorkflow")}


def test_a_thing_at_work_need_not_say_how_that_ends():
    found = reported(
        op("POST /spaces/{id}/resume", "resumeSpace", _202=None),
        op("GET /spaces/{id}", "getSpace", _200={"id": T, "state": "active|suspended|resuming"}),
    )
    assert found["resumeSpace"] == ("create", "getSpace")


def test_a_status_that_a_body_has_too_is_of_work_where_it_is_told_why_work_failed():
    one = {"id": T, "status": "running|completed|failed", "error": T}
    found = reported(
        op("POST /classifications", "classify", text="Begins a background classification task.", body=one, _201=one),
        op("GET /classifications/{id}", "getClassification", _200=one),
    )
    assert found["classify"] == ("create", "getClassification")
