"""Which read is the poll of a create, where several could be, or where little says which one it is."""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

from accepted.documents.detect import detect
from accepted.documents.openapi import Description

_SPEC = spec_from_file_location("styles", Path(__file__).with_name("styles.py"))
_STYLES = module_from_spec(_SPEC)
_SPEC.loader.exec_module(_STYLES)
T, WORK, api, op = _STYLES.T, _STYLES.WORK, _STYLES.api, _STYLES.op

WORKS = {"id": T, "status": WORK}
LONG = "This API supports long running operations."


def found(*operations, **more):
    """What is reported, by role: every operation with its partner."""
    reported = [one for one in detect(Description(api(*operations, **more))).operations if one.reported]
    return {(one.role, one.operation.key): one.pair.key if one.pair else None for one in reported}


def test_operations_of_whatever_kind_are_read_in_one_place_though_nothing_tells_what_that_answers():
    told = found(
        op("POST /spaces/{s}/items", "addItem", text=LONG, _202=None),
        op("GET /spaces/{s}/items/{id}", "getItem", _200=T),
        op("GET /pipelines/{p}/operations/{id}", "getOwn", _200=T),
        op("GET /operations/{id}", "getOperation", _200=T),
    )
    assert told["create", "addItem"] == "getOperation"


def test_an_answer_that_is_declared_for_any_code_is_one():
    told = found(
        op(
            "POST /towns/{id}/redeploy",
            "redeploy",
            x={"responses": {"default": _answer("#/components/schemas/Accepted")}},
        ),
        op("GET /towns/{id}", "getTown", _200=T),
        schemas={"Accepted": {"status": T, "code": T}},
    )
    assert ("create", "redeploy") in told


def test_what_fails_by_default_is_no_answer():
    answers = {"204": {"description": ""}, "default": _answer("#/components/schemas/Accepted")}
    made = op("POST /towns/{id}/redeploy", "redeploy", x={"responses": answers})
    assert not found(made, schemas={"Accepted": {"status": T, "code": T}})


def _answer(reference):
    return {"description": "", "content": {"application/json": {"schema": {"$ref": reference}}}}


def test_an_id_that_is_all_there_is_leads_to_what_is_begun_and_not_to_what_is_run():
    told = found(
        op("POST /actions/{name}", "invoke", _202={"activationId": T}),
        op("GET /actions/{name}", "getAction", _200={"name": T}),
        op("GET /actions/{pack}/{name}", "getPacked", _200={"name": T}),
        op("GET /activations/{activationId}", "getActivation", _200={"activationId": T, "status": T}),
    )
    assert told["create", "invoke"] == "getActivation"


def test_one_job_is_read_by_the_shortest_path():
    told = found(
        op("GET /0/admin/jobs/{job}", "adminGet", _200={"id": T}),
        op("GET /0/job/{job}", "jobGet", _200={"id": T}),
        op("POST /0/jobs", "jobSubmit", _202={"id": T}),
    )
    assert told["create", "jobSubmit"] == "jobGet"


def test_one_that_is_asked_for_itself_comes_before_what_is_below_it():
    told = found(
        op("GET /jobs/stream/{job_id}", "getStream", _200={"state": T}),
        op("GET /jobs/{job_id}", "getJob", _200={"id": T, "state": WORK}),
        op("PUT /triggers/{id}", "runTrigger", _200={"job_ids": [T]}),
    )
    assert told["create", "runTrigger"] == "getJob"


@pytest.mark.parametrize(
    ("line", "code", "is_create"),
    [
        ("GET /books/{id}/print/start", "_202", True),
        ("GET /books/{id}/print", "_202", False),
        ("GET /books/{id}/print/start", "_200", False),
    ],
)
def test_a_get_begins_work_where_its_name_says_so_and_it_is_accepted(line, code, is_create):
    told = found(
        op(line, "it", **{code: {"id": T}}), op("GET /prints/{id}", "getPrint", _200={"id": T, "status": WORK})
    )
    assert (("create", "it") in told) == is_create


def test_the_latest_run_is_a_poll_by_its_name():
    told = found(op("GET /flows/{id}/latest-run", "getLatestRun", _200={"id": T, "state": WORK, "error": T}))
    assert told == {("poll", "getLatestRun"): None}


@pytest.mark.parametrize(("status", "poll"), [({"status": T}, "getDisk"), ({"size": T}, None)])
def test_a_deletion_that_is_accepted_is_followed_by_whatever_status_the_thing_has(status, poll):
    told = found(
        op("DELETE /disks/{id}", "dropDisk", _202=None), op("GET /disks/{id}", "getDisk", _200={"id": T} | status)
    )
    assert told["create", "dropDisk"] == poll


def test_an_id_of_another_job_is_not_followed_where_those_of_the_path_are():
    told = found(
        op("POST /executions/restart/by-ids", "restartThese", _202={"operationId": T, "total": T}),
        op("GET /executions/{id}", "getExecution", _200={"id": T, "state": T}),
        op("POST /executions/restart/by-name", "restartNamed", _202={"total": T}),
    )
    assert told["create", "restartThese"] is None
    assert told["create", "restartNamed"] == "getExecution"


def test_what_never_answers_anything_but_202_begins_work_whatever_its_verb_says():
    told = found(
        op("POST /scenes/describe", "describeScene", _202={"id": T, "status": WORK}),
        op("GET /status/{id}", "getStatus", _200={"id": T, "status": WORK}),
    )
    assert told == {("create", "describeScene"): "getStatus", ("poll", "getStatus"): "describeScene"}


PROCESS = {"processId": T, "status": "PENDING|SUCCESS|FAILURE", "errorMessage": T}


def test_a_read_that_tells_less_than_the_answer_is_no_poll():
    offer = op("GET /offers/{id}", "getOffer", _200={"title": T, "prices": [{"price": T}]})
    export = op("GET /offers/exports/{id}", "getExport", _200={"rows": T})
    told = found(
        op("POST /offers", "addOffer", _202=PROCESS),
        offer,
        op("POST /offers/exports", "exportAll", _202=PROCESS),
        export,
    )
    assert told["create", "addOffer"] is None
    assert told["create", "exportAll"] == "getExport"


def test_a_get_that_begins_work_polls_nothing():
    text = "Trigger a new execution by GET."
    told = found(
        op("POST /hooks/{key}", "triggerByPost", text=text, _200="#Execution"),
        op("GET /hooks/{key}", "triggerByGet", text=text, _200="#Execution"),
        op("GET /executions/{id}", "getExecution", _200="#Execution"),
        schemas={"Execution": {"id": T, "state": T}},
    )
    assert told["create", "triggerByPost"] == told["create", "triggerByGet"] == "getExecution"


def test_of_a_name_with_dots_the_last_part_is_the_act():
    told = found(
        op("POST /v1/{resource}:setPolicy", "backup.restorePlans.restores.setPolicy", _200={"etag": T}),
        op(
            "GET /v1/{resource}",
            "backup.restorePlans.restores.get",
            _200={"name": T, "state": "RESTORING|SUCCEEDED|FAILED"},
        ),
    )
    assert ("create", "backup.restorePlans.restores.setPolicy") not in told


def test_of_a_name_with_dots_what_is_started_is_the_part_before():
    told = found(
        op("POST /v1/{name}:start", "safety.scanConfigs.start", _200={"name": T}),
        op("GET /v1/{name}", "safety.scanConfigs.get", _200={"name": T, "state": "QUEUED|SCANNING|FINISHED"}),
    )
    assert told["create", "safety.scanConfigs.start"] == "safety.scanConfigs.get"


def test_of_two_ids_that_of_the_operation_is_followed():
    told = found(
        op("POST /plans", "addPlan", _202={"planId": T, "operationId": T}),
        op("GET /plans/{planId}", "getPlan", _200={"planId": T, "status": T}),
        op("GET /operations/{operationId}", "getOperation", _200={"operationId": T, "operationStatus": T}),
    )
    assert told["create", "addPlan"] == "getOperation"


def test_an_id_that_the_path_has_is_that_of_no_other_job():
    told = found(
        op(
            "POST /jobs/{batch_id}/retry", "retryAll", summary="Retry the failed jobs", _200={"batch_id": T, "count": T}
        ),
        op("GET /jobs/{batch_id}", "getBatch", _200={"batch_id": T, "count": T}),
    )
    assert told["create", "retryAll"] == "getBatch"


def test_what_sets_something_begins_work_where_it_answers_with_that():
    told = found(
        op("POST /walls/{id}/actions/set_rules", "setRules", body={"rules": [T]}, _201={"actions": ["#Action"]}),
        op("GET /walls/{id}/actions", "listActions", _200={"actions": ["#Action"]}),
        op("GET /walls/{id}/actions/{action_id}", "getAction", _200={"action": "#Action"}),
        schemas={"Action": {"id": T, "progress": T, "error": T, "status": "running|success|error"}},
    )
    assert told["create", "setRules"] == "getAction"


NO_WORK = {
    "whose work it is": (
        op("POST /projects/{p}/purge", "purge", _202={"tenant_id": T, "message": T}),
        op("GET /projects/{p}/purges/{id}", "getPurge", _200={"status": WORK}),
        op("GET /tenants/{tenant_id}", "getTenant", _200={"tenant_id": T, "status": "active|suspended"}),
    ),
    "who is asking": (
        op("POST /users", "addUser", _202={"id": T}),
        op("GET /users/{id}", "getUser", _200={"id": T, "status": "pending|active|failed"}),
        op("GET /users/current", "getMe", _200={"id": T, "status": "pending|active|failed"}),
    ),
    "the last of what is measured": (
        op("POST /devices/{id}/readings", "pushReading", _202=None),
        op("GET /devices/{id}/readings/latest", "getLatest", _200={"value": T, "status": "ok|fault"}),
    ),
    "how well a server is": (
        op("POST /servers", "addServer", _202={"id": T}),
        op("GET /servers/{id}", "getServer", _200={"id": T, "status": "creating|active|failed"}),
        op("GET /servers/{id}/info", "getInfo", _200={"health": {"status": "pending|ok|failed"}}),
    ),
    "the status of a person's work": (
        op("POST /candidates", "addCandidate", _202={"id": T}),
        op("GET /loans/{id}", "getLoan", _200={"workflowStatus": "pending|in_progress|passed|failed"}),
    ),
}


@pytest.mark.parametrize("operations", NO_WORK.values(), ids=NO_WORK)
def test_what_only_stands_near_polls_nothing(operations):
    *_, (path, _, last) = operations
    assert ("poll", last["operationId"]) not in found(*operations), path


POLLS = {
    "a text that says how it is asked": (
        op("POST /v1/generate", _202={"id": T}),
        op("GET /v1/generate/{id}", text="Check the generation status; all is generated asynchronously.", _200=WORKS),
    ),
    "a name that says `queue`": (
        op("POST /queue", "submit", _201=WORKS),
        op("GET /queue/{id}", "queueStatus", text="It is executed asynchronously; check the job status.", _200=WORKS),
    ),
    "a name that says `execute`": (
        op("POST /execute", "executePost", _202={"id": T}),
        op("GET /execute/{id}", "executeGet", _200=WORKS, _202=WORKS),
    ),
}


@pytest.mark.parametrize("operations", POLLS.values(), ids=POLLS)
def test_a_get_that_tells_a_status_begins_nothing_whatever_it_is_called(operations):
    told = found(*operations)
    (path, _, create), (_, _, poll) = operations
    names = (create.get("operationId", f"POST {path}"), poll.get("operationId", f"GET {path}/{{id}}"))
    assert told["create", names[0]] == names[1]
    assert ("create", names[1]) not in told


def test_a_list_of_runs_is_no_beginning_of_one_though_it_may_not_be_there_yet():
    assert not found(op("GET /runs", "runList", _202={"items": [T]}))


def test_a_lone_poll_has_no_creates_of_what_stands_beside_it():
    told = found(
        op("POST /start", "startIt", _202=None),
        op("GET /status", "getStatus", _200={"status": "starting|running|failed"}),
        op("GET /latest-export-job", "getLatestExportJob", _200={"status": WORK, "error": T}),
    )
    assert told["poll", "getLatestExportJob"] is None


def test_a_read_whose_answer_is_not_told_may_tell_anything():
    told = found(
        op("POST /images", "makeImage", text="Returns immediately; poll until done.", _200={"id": T, "status": WORK}),
        op("GET /images/{id}", "getImage", _200=None),
    )
    assert told["create", "makeImage"] == "getImage"


RELOAD = {"id": T, "status": WORK}
LINES = {"application/x-ndjson": {"schema": {"type": "object", "properties": {"state": {"enum": WORK.split("|")}}}}}
PLANNED = {"name": T, "state": "enabled|running|paused|failed|completed"}
VOTE = {"id": T, "title": T, "status": "notstart|started|ended|sharing"}
CODES = "|".join(f"{word}_{number}" for word in WORK.split("|") for number in range(16))
REQUEST = {"id": T, "status": T, "error": T, "progress": T, "startTime": T}


def test_the_id_that_a_header_of_202_has_is_asked_with():
    told = found(
        op("POST /sites", "addSite", _201={"name": T}, _202={"name": T}, headers=("Reload-ID",)),
        op("GET /sites/{name}", "getSite", _200={"name": T}),
        op("GET /reloads/{id}", "getReload", _200=RELOAD),
    )
    assert told["create", "addSite"] == "getReload"


def test_the_id_that_a_header_has_of_a_trace_leads_nowhere():
    told = found(
        op("POST /sites", "addSite", _202={"name": T}, headers=("X-Trace-Id",)),
        op("GET /traces/{id}", "getTrace", _200=RELOAD),
    )
    assert told["create", "addSite"] is None


def test_what_202_answers_with_is_read_before_what_is_acted_on():
    told = found(
        op("POST /hosts/snapshots/{id}/export", "exportIt", _202="#Request"),
        op("GET /hosts/snapshots/{id}", "getSnapshot", _200={"id": T, "indexState": WORK}),
        op("GET /hosts/requests/{id}", "getRequest", _200="#Request"),
        schemas={"Request": REQUEST},
    )
    assert told["create", "exportIt"] == "getRequest"


def test_the_status_of_what_is_read_is_told_below_it():
    told = found(
        op("POST /machines/{m}/migrate", "migrate", text="Moves it. Creates a new migration task.", _200=T),
        op("GET /tasks/{id}", "getTask", _200={"data": {"log": T}}),
        op("GET /tasks/{id}/status", "getTaskStatus", _200={"status": T}),
    )
    assert told["create", "migrate"] == "getTaskStatus"


def test_a_link_in_the_prose_is_read_as_its_text():
    text = "It is [asynchronous](#async). Follow the status with [Get task](#api-task-get)."
    told = found(
        op("DELETE /priorities/{id}", "deletePriority", text=text, _303=None),
        op("GET /tasks/{id}", "getTask", summary="Get task", _200=WORKS),
        op("GET /priorities/{id}", "getPriority", summary="Get priority", _200={"id": T}),
    )
    assert told["create", "deletePriority"] == "getTask"


def test_a_long_running_extension_makes_a_poll_of_any_status():
    long = {"x-ms-long-running-operation": True}
    told = found(
        op("PUT /disks/{name}", "putDisk", _200={"provisioningState": T}, x=long),
        op("GET /disks/{name}", "getDisk", _200={"provisioningState": T}),
    )
    assert told["poll", "getDisk"] == "putDisk"


def test_what_is_stopped_is_work_of_its_own_where_a_thing_is_stopped():
    told = found(
        op("POST /apps/{id}/deploy", "deploy", _202=None),
        op("POST /apps/{id}/stop", "stop", _202=None),
        op("GET /apps/{id}/status", "getStatus", _200={"status": WORK}),
    )
    assert told["create", "stop"] == "getStatus"


def test_a_task_that_a_deletion_answers_with_is_followed():
    told = found(
        op("DELETE /users/{name}", "dropUser", _200={"ownerId": T, "taskId": T, "mergeTaskId": T}),
        op("GET /tasks/{taskId}", "getTask", _200={"taskId": T, "status": WORK}),
    )
    assert told["create", "dropUser"] == "getTask"


def test_a_job_that_is_created_where_it_is_named_is_one():
    told = found(
        op("PUT /jobs/{name}", "Jobs_Create", _201={"name": T, "state": WORK}),
        op("GET /jobs/{name}", "Jobs_Get", _200={"name": T, "state": WORK}),
    )
    assert told["create", "Jobs_Create"] == "Jobs_Get"


def test_a_get_that_acts_under_the_name_of_a_post_polls_nothing():
    told = found(
        op("POST /#Action=StartExportTask", "POST_StartExportTask", _200="#Task"),
        op("GET /#Action=StartExportTask", "GET_StartExportTask", _200="#Task"),
        op("POST /#Action=DescribeExportTasks", "POST_DescribeExportTasks", _200={"Marker": T, "Tasks": ["#Task"]}),
        schemas={"Task": {"TaskIdentifier": T, "Status": WORK}},
    )
    assert told["create", "POST_StartExportTask"] == "POST_DescribeExportTasks"
    assert ("poll", "GET_StartExportTask") not in told


def test_a_status_is_asked_before_what_is_acted_on_though_that_is_the_answer():
    told = found(
        op("POST /apps/{id}/clone", "cloneApp", _202="#App"),
        op("GET /apps/{id}", "getApp", _200="#App"),
        op("GET /apps/{id}/status", "getStatus", _200={"status": WORK}),
        schemas={"App": {"id": T, "state": T}},
    )
    assert told["create", "cloneApp"] == "getStatus"


def test_what_stops_a_job_is_its_cancel_though_its_status_is_told_below_it():
    told = found(
        op("POST /jobs/{id}/deploy", "deploy", _202=None),
        op("POST /jobs/{id}/stop", "stop", _202=None),
        op("GET /jobs/{id}/status", "getStatus", _200={"status": WORK}),
    )
    assert told["cancel", "stop"] == "deploy"


NO_CREATE = {
    "it waits, as its path says": (
        op("POST /sync-tasks", "runIt", body={"callback_url": T}, _200=WORKS),
        op("POST /async-tasks", "begin", _200=WORKS),
        op("GET /async-tasks/{id}", "getTask", _200=WORKS),
    ),
    "it waits, where there is another that does not": (
        op("POST /convert", "convert", body={"file": T}, _200=WORKS | {"document": T}),
        op("POST /convert/async", "begin", body={"file": T}, _200=WORKS),
        op("GET /tasks/{id}", "getTask", _200=WORKS),
    ),
    "the status of what an added thing does later": (
        op("POST /indexers", "Indexers_Create", body={"name": T}, _201={"name": T}),
        op("GET /indexers/{name}/search.status", "Indexers_GetStatus", _200={"status": WORK}),
    ),
    "a thing that is deleted, and may only be creating": (
        op("POST /#S.DeleteModel", "DeleteModel", body={"Id": T}, _200={}),
        op("POST /#S.DescribeModel", "DescribeModel", body={"Id": T}, _200={"Id": T, "ModelStatus": WORK}),
    ),
    "a record of work that is changed": (
        op("POST /#S.UpdateScanRun", "UpdateScanRun", body={"Id": T}, _200={}),
        op("POST /#S.DescribeScanRun", "DescribeScanRun", body={"Id": T}, _200={"Id": T, "Status": WORK}),
    ),
    "a name, of what a machine works on": (
        op("POST /#S.RenameScanRun", "RenameScanRun", body={"Id": T}, _200={}),
        op("POST /#S.DescribeScanRun", "DescribeScanRun", body={"Id": T}, _200={"Id": T, "Status": WORK, "Error": T}),
    ),
    "what nobody does any more": (
        op("POST /#S.DeleteModel", "DeleteModel", text="Deletes it.", body={"Id": T}, _200={}),
        op("POST /#S.DescribeModel", "DescribeModel", body={"Id": T}, _200={"ModelStatus": f"{WORK}|deleted"}),
    ),
    "a thing to do": (
        op("POST /lists/{list_id}/tasks", "addTask", body={"title": T}, _201={"task_id": T}),
        op("DELETE /lists/{list_id}/tasks/{task_id}", "dropTask", _204=None),
    ),
    "it answers as it goes on": (
        op("POST /execute", "execute", text="Executes it and streams back the results.", _200=WORKS),
    ),
    "people vote in it": (
        op("POST /meetings/{m}/polls", "addPoll", text="People vote. Polling has to be on.", _201=VOTE),
        op("GET /meetings/{m}/polls/{id}", "getPoll", summary="Get a poll", _200=VOTE),
    ),
    "it answers line by line": (
        op("POST /execute", "execute", x={"responses": {"200": {"description": "", "content": LINES}}}),
    ),
    "a worker asks what to do": (
        op("POST /jobs/next", "nextJob", text="Long-running workers poll with it.", _200=WORKS),
        op("GET /jobs/{id}", "getJob", _200=WORKS),
    ),
    "it gets several": (
        op("POST /tasks/batchget", "BatchGetTasks", text="The caller polls it.", _200={"status": WORK}),
    ),
    "a word of its name that is no act": (
        op("POST /sites/{id}/usage", "generateSiteBuildUsageReport", _200={"url": T}),
        op("GET /sites/{id}", "getSite", _200={"id": T, "state": "building|ready|failed"}),
    ),
    "an edit of a thing that belongs to a task": (
        op("DELETE /comments/{comment_id}", "deleteComment", _200={"comment_id": T, "text": T, "task_id": T}),
        op("GET /tasks/{task_id}", "getTask", _200={"task_id": T, "title": T, "status": "todo|in_progress|done"}),
    ),
    "an item whose job is told beside it": (
        op("PUT /candidates/{name}", "putCandidate", _200={"name": T, "job": {"id": T, "title": T}}),
        op("GET /jobs/{job_id}", "getJob", _200={"id": T, "title": T, "status": WORK}),
    ),
    "a task whose status the caller sets": (
        op("PATCH /cards/{card_id}", "setCard", body={"status": T}, _200=WORKS),
        op("GET /tasks/{id}", "getTask", _200=WORKS),
    ),
    "a job that is planned": (
        op("PUT /cron-jobs/{name}", "createCronJob", _201=PLANNED),
        op("GET /cron-jobs/{name}", "getCronJob", _200=PLANNED),
    ),
    "something of which the last one has a status": (
        op("POST /releases", "createRelease", body={"name": T}, _201={"id": T, "name": T}),
        op("GET /releases/latest", "latestRelease", _200={"id": T, "status": "pending|processing|completed|failed"}),
    ),
    "what is acted on, in its name": (
        op("POST /snapshots/{id}/disable", "disableSnapshot", _200={"id": T}),
        op("GET /snapshots/{id}", "getSnapshot", _200={"id": T, "state": "snapshotting|ready|failed"}),
    ),
    "the status of what ran last": (
        op("POST /pipelines", "addPipeline", body={"name": T}, _201={"id": T, "latest_run_status": WORK}),
        op("GET /pipelines/{id}", "getPipeline", _200={"id": T, "latest_run_status": WORK}),
    ),
    "a code for whatever may happen": (
        op("POST /concepts", "addConcept", body={"name": T}, _200={"status": {"code": CODES}}),
        op("GET /concepts/{id}", "getConcept", _200={"status": {"code": CODES}}),
    ),
}


@pytest.mark.parametrize("operations", NO_CREATE.values(), ids=NO_CREATE)
def test_what_only_sounds_like_work_is_no_create(operations):
    assert ("create", operations[0][2]["operationId"]) not in found(*operations)


def test_a_list_of_statuses_tells_none():
    told = found(
        op("DELETE /rest/api/v3/webhooks", "dropWebhooks", _202=None),
        op("GET /rest/api/v3/status", "getStatuses", _200=[{"name": T}]),
    )
    assert told["create", "dropWebhooks"] is None


def test_what_converts_units_is_no_poll_though_it_tells_the_same_status():
    told = found(
        op("POST /files/mass", "weigh", text="It is done asynchronously.", _201=WORKS),
        op("GET /units/mass/{from}/{to}", "convertMass", _200=WORKS),
        op("GET /async/operations/{id}", "getOperation", _200=WORKS),
    )
    assert told["create", "weigh"] == "getOperation"


CALLED = {
    "after its act": (
        op("POST /sources/{id}/refresh_tables", "", _202=None),
        op("GET /sources/{id}/refresh_tables_status", "", _200={"status": WORK}),
        op("GET /sources/{id}", "getSource", _200=WORKS),
    ),
    "after what is started": (
        op("POST /backup/begin", "startBackup", text="The backup is done in the background.", _200=None),
        op("GET /backup/how-far", "getBackupProgress", _200={"percent": T}),
    ),
    "after its status, at the same path": (
        op("POST /versions/{id}/train", "trainVersion", _202=None),
        op("GET /versions/{id}/train", "Train_GetStatus", _200={"status": WORK}),
        op("GET /versions/{id}", "getVersion", _200={"id": T, "status": "training|trained|failed"}),
    ),
    "the last operation": (
        op("PUT /instances/{id}", "provision", _202=None),
        op("GET /instances/{id}/last_operation", "lastOperation", _200={"state": WORK}),
        op("GET /instances/{id}", "getInstance", _200=WORKS),
    ),
    "after what is rebooted": (
        op("POST /#S.RebootWorkspace", "RebootWorkspace", text="Reboots it asynchronously.", _200={}),
        op("POST /#S.DescribeWorkspace", "DescribeWorkspace", _200={"State": "PENDING|REBOOTING|AVAILABLE|ERROR"}),
    ),
    "after what is deleted, and may be busy with that": (
        op("POST /#S.DeleteEndpoint", "DeleteEndpoint", text="Deletes it asynchronously.", _200={}),
        op("POST /#S.DescribeEndpoint", "DescribeEndpoint", _200={"Status": "CREATING|DELETING|FAILED|IN_SERVICE"}),
    ),
    "in prose, without a slash": (
        op(
            "POST /extract", "extract", text="To poll its status, call the GET documents/{id} endpoint.", _202={"id": T}
        ),
        op("GET /v1/documents/{id}", "getDocument", _200=WORKS),
        op("GET /v1/reports/{id}", "getReport", _200=WORKS),
    ),
    "by the id that a shorter path takes": (
        op("POST /orders/async", "placeOrder", _202={"jobId": T}),
        op("GET /jobs/{jobId}", "getJob", _200=WORKS),
        op("GET /accounts/files/removals/{jobId}", "getRemoval", _200=WORKS),
    ),
}


@pytest.mark.parametrize("operations", CALLED.values(), ids=CALLED)
def test_a_poll_is_called_after_what_it_tells_of(operations):
    create, poll = (one[2].get("operationId", f"{one[1].upper()} {one[0]}") for one in operations[:2])
    assert found(*operations)["create", create] == poll
    assert found(*reversed(operations))["create", create] == poll


def test_a_deletion_that_is_long_running_is_followed_by_a_bare_state():
    told = found(
        op("DELETE /disks/{name}", "dropDisk", _202=None, x={"x-ms-long-running-operation": True}),
        op("GET /disks/{name}", "getDisk", _200={"provisioningState": T}),
    )
    assert told["create", "dropDisk"] == "getDisk"


def test_nothing_but_the_id_of_a_task_is_one_that_has_begun_though_nothing_reads_it():
    split = op("POST /split/voice", "split_voice", body={"file": T}, _200="#Task")
    told = found(split, schemas={"Task": {"task_id": T}})
    assert told == {("create", "split_voice"): None}


def test_what_hands_out_links_polls_nothing_though_it_tells_a_status_too():
    told = found(op("POST /jobs/upload-files", "get-upload-links", body={"job_id": T}, _200=WORKS | {"urls": T}))
    assert told == {}


@pytest.mark.parametrize("name", ["getUrlScan", "getLinkCheckJob"])
def test_work_on_links_is_polled(name):
    assert ("poll", name) in found(op("GET /scans/{id}/status", name, _200=WORKS))


def test_of_several_there_is_no_status_of_one():
    told = found(
        op("POST /deployments/trigger", "triggerDeployment", _202={"id": T}),
        op("GET /ops/deployments", "getDeploymentsState", _200={"state": "idle|pending|running|failed"}),
    )
    assert told["create", "triggerDeployment"] is None


def test_a_slash_behind_a_verb_says_nothing():
    told = found(
        op("POST /sheets/tidy/", "tidy", body={"file": T}, _202={"job_id": T}),
        op("POST /sheets/check/", "it", body={"job_id": T}, _200=WORKS),
    )
    assert told["create", "tidy"] == "it"


STILL = {
    "the id of its owner in a header": (
        op("POST /accounts/{accountId}/exports", "createExport", _202={"id": T}, headers=("Account-Id",)),
        op("GET /accounts/{accountId}/exports/{id}", "getExport", _200=WORKS),
        op("GET /accounts/{accountId}", "getAccount", _200={"id": T, "status": "pending|active|failed"}),
    ),
    "a thing whose task is told by its id": (
        op("POST /servers", "createServer", _202="#Server"),
        op("GET /tasks/{task_id}", "getTask", _200={"task_id": T, "status": WORK}),
        op("GET /servers/{id}", "getServer", _200="#Server"),
    ),
    "a status that is called that of the processing": (
        op("POST /documents", "addDocument", body={"file": T}, _200={"document_id": T}),
        op("GET /documents/processing-status/{document_id}", "getStatus", _200={"document_id": T, "status": WORK}),
    ),
    "it may stream": (
        op("POST /threads/{t}/runs", "createRun", text="Set `stream` to true to stream back the events.", _200=WORKS),
        op("GET /threads/{t}/runs/{r}", "getRun", _200=WORKS),
    ),
    "a noun that is a verb, behind the method": (
        op("POST /requests", "POST_requests", body={"q": T}, _200={"request_id": T}),
        op("GET /requests/{request_id}", "GET_request", _200={"request_id": T, "status": WORK}),
    ),
    "the next stage, which is accepted": (
        op("POST /rollouts/{id}/next", "startNextStage", _202=None),
        op("GET /rollouts/{id}", "getRollout", _200=WORKS),
    ),
    "an act in the middle of its name": (
        op("POST /servers/{id}/power", "serverRebootById", _200={"id": T}),
        op("GET /servers/{id}", "getServer", _200={"id": T, "state": "rebooting|ready|off"}),
    ),
    "a status of the last time that it was acted on": (
        op("POST /indexes/{id}/rebuild", "rebuildIndex", _200={"id": T}),
        op("GET /indexes/{id}", "getIndex", _200={"id": T, "last_rebuild_status": WORK}),
    ),
    "a link to what has to be there before": (
        op("POST /films", "makeFilm", text="The status has to be active, see [Get workspace](#ws).", _202={"id": T}),
        op("GET /films/{id}", "getFilm", _200=WORKS),
        op("GET /workspaces/{id}", "getWs", summary="Get workspace", _200={"id": T, "state": "creating|active|failed"}),
    ),
    "a list of statuses that is called so, too": (
        op("POST /backup/begin", "startBackup", _202=None),
        op("GET /backups/{id}/now", "getBackupStatus", _200=WORKS),
        op("GET /backups/overview", "listBackupStatus", _200=[WORKS]),
    ),
    "a state of another kind, which is called so, too": (
        op("POST /sync/begin", "startSync", _202=None),
        op("GET /y/sync", "getSyncStatus", _200={"status": WORK}),
        op("GET /x/sync", "getSyncState", _200={"state": "on|off"}),
    ),
    "a twin that is called asynchronous, beside what is read": (
        op("POST /predictions", "createPrediction", body={"q": T}, _200=WORKS),
        op("GET /predictions/{id}", "getPrediction", _200=WORKS),
        op("POST /predictions/async", "createLater", body={"q": T}, _202=WORKS),
    ),
    "a twin that is called asynchronous, beside a flag": (
        op("POST /convert", "convert", body={"file": T, "async": True}, _200={"job_id": T}),
        op("GET /jobs/{job_id}", "getJob", _200={"job_id": T, "status": WORK}),
        op("POST /convert/async", "convertLater", body={"file": T}, _202={"job_id": T}),
    ),
    "a setting that is called asynchronous": (
        op("POST /scans", "startScan", body={"q": T}, _200=WORKS),
        op("GET /tasks/{id}", "getTask", _200=WORKS),
        op("PUT /scans/async", "setAsync", body={"on": True}, _200={"on": True}),
    ),
    "a job of a tenant": (
        op("POST /convert", "convert", _200=WORKS),
        op("GET /jobs/{tenant}/{id}", "getJob", _200=WORKS | {"url": T}),
    ),
}


@pytest.mark.parametrize("operations", STILL.values(), ids=STILL)
def test_what_leads_to_a_poll_is_no_more_than_it_says(operations):
    create, poll = operations[0][2]["operationId"], operations[1][2]["operationId"]
    for order in (operations, operations[::-1]):
        told = found(*order, schemas={"Server": {"id": T, "status": T, "task_id": T}})
        assert told["create", create] == poll


def test_what_stops_at_a_word_is_the_cancel_of_what_starts_there():
    told = found(
        op("POST /crawler/start", "startCrawler", _202=None),
        op("POST /crawler/stop", "stopCrawler", _202=None),
        op("GET /crawler/status", "getCrawlerStatus", _200={"status": f"idle|{WORK}"}),
    )
    assert told["cancel", "stopCrawler"] == "startCrawler"
