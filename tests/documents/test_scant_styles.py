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
FOLLOWED = BARE | {"error": T, "progress": T}
MANY = dict.fromkeys("abcdefghi", T)
STARTING = {"status": "starting|running|failed"}
ASKED = {"parameters": [{"name": "job_id", "in": "query", "required": True, "schema": {"type": "string"}}]}
STARRED = {"workflow_id": T, "status": T, "error": T}
STORED = "pending|processed|error"
LIVES = "provisioning|active|error|deleting|rebooting"
QUEUED = {"201": {"description": "Activity queued for processing."}}
STREAMED = {"200": {"description": "", "content": {"text/event-stream": {}}}}
STORE = {"id": T, "job_id": T, "last_sync_job": T, "status": WORK}
CONVERTING = {"id": T, "state": "idle|converting"}
SHOP = {"id": T, "name": T, "callback_url": T, "address": {"state": T, "street": T}}
PARCEL = {"id": T, "tracking_url": T, "delivery_status": "pending|in_transit|delivered|failed_delivery"}
STATE = {"id": T, "state": WORK, "url": T}
RESUMING = {"id": T, "lastTask": T, "status": "running|resuming|paused|failed"}


def showing(name, text):
    """The answers of an operation that shows a text of a property."""
    media = {"schema": {"properties": {name: {"type": "string", "example": text}}}}
    return {"200": {"description": "", "content": {"application/json": media}}}


def failing(text):
    """The answers of an operation that declares nothing but an error."""
    return {"default": showing("message", text)["200"] | {"description": "Error"}}


def pairs(*operations, **more):
    """The creates that are reported, each with its poll."""
    found = detect(Description(api(*operations, **more))).with_role("create")
    return {one.operation.key: one.poll.key if one.poll else None for one in found if one.reported}


FOUND = {
    "what is made stands in its own place, though tasks answer the same": (
        op("POST /exports", "makeExport", _202="#Job"),
        op("GET /exports/{id}", "getExport", _200="#Job"),
        op("GET /jobs/{id}", "getJob", _200="#Job"),
        op("POST /jobs", "makeJob", _202="#Job"),
    ),
    "a word for what is done, which is no operation": (
        op("POST /servers/{id}/restart", "restart", _202={"id": T, "operation": "restart|stop"}),
        op("GET /servers/{id}", "getServer", _200={"id": T, "status": "starting|running|failed"}),
        op("GET /operations/{id}", "getOperation", _200={"id": T, "status": T}),
    ),
    "a POST that asks for a status, and may answer 202": (
        op("POST /export", "export", _202={"id": T}),
        op("POST /export/status", "exportStatus", body={"id": T}, _200={"id": T, "status": T}, _202=None),
    ),
    "work that costs": (
        op("POST /generations", "generate", _200={"price": T, "task": {"id": T, "status": WORK}}),
        op("GET /generations/{id}", "getGeneration", _200={"id": T, "status": WORK}),
    ),
    "everything answers with a task, and tasks are read in one place": (
        op("POST /books/{id}/endpoints", "addEndpoint", _202="#Begun"),
        op("GET /tasks/{taskId}", "getTask", _200="#Begun"),
        op("GET /books/{id}/endpoints/{endpoint}", "getEndpoint", _202="#Begun"),
        op("POST /tasks/{taskId}/state", "reportState", body={"state": T}, _202=None),
    ),
    "the answer has the URL of an operation as a text": (
        op(
            "POST /instances/{name}/backups",
            "backup",
            _202={"type": T, "status": T, "operation": T, "metadata": {"id": T}},
        ),
        op("GET /operations/{id}", "getOperation", _200={"type": T, "status": T, "metadata": {"id": T}}),
        op("GET /instances/{name}/backups/{backup}", "getBackup", _200={"type": T, "status": T, "metadata": {"id": T}}),
    ),
    "an id whose two words are run together": (
        op("POST /accounts/{id}/sync", "sync", _202={"commandid": T}),
        op("GET /commands/{commandid}", "getCommand", _200={"commandid": T, "status": T}),
        op("POST /commands/{commandid}/note", "note", _200={"x": T}),
        op("GET /accounts/{id}", "getAccount", _200={"id": T, "status": T}),
    ),
    "the id of a request is all that reads the answer": (
        op("POST /entities/{id}/verify", "verify", _202={"requestId": T, "entityId": T}),
        op("GET /retrieve/{requestId}", "getAnswer", _200={"payload": T}),
    ),
    "the id of a run, called more precisely than where it is taken": (
        op("POST /branches/{id}/push", "push", text="Pushes it.", _201={"workflow_run_id": T, "message": T}),
        op("GET /actions/{run_id}", "getAction", _200={"run_id": T, "status": WORK, "completed_at": T}),
    ),
    "a name that starts what another name describes": (
        op("POST /#Media.StartConversion", "StartConversion", _200={"RequestIdentifier": T}),
        op("POST /#Media.DescribeConversions", "DescribeConversions", _200={"Requests": [{"Status": T}]}),
    ),
    "a sentence that names a job to be read": (
        op("POST /projects/{id}/command", "command", text="The job has been scheduled.", _200={"x": T}),
        op("GET /jobs/{id}", "getJob", _200={"status": T}),
        op("GET /projects/{id}", "getProject", _200={"id": T}),
    ),
    "the path is one, what it makes are several": (
        op("POST /compose", "compose", summary="compose an image", _201={"id": T}),
        op("GET /composes/{id}", "getCompose", _200={"status": "building|success|failure", "error": T}),
    ),
    "prose names what reads it, in other words": (
        op(
            "POST /items/{id}/restore",
            "Restores_Trigger",
            text="To know the status, use GetItemOperationResult.",
            _202=None,
        ),
        op("GET /vaults/{id}/results/{op}", "ItemOperationResults_Get", _200={"id": T, "status": WORK}),
        op("GET /items/{id}", "Items_Get", _200={"id": T, "provisioningState": WORK}),
    ),
    "what is begun on a part is told by the whole": (
        op("POST /videos/{id}/features/captions", "caption", text="Dispatch captioning of a video.", _200={"id": T}),
        op("GET /videos/{id}", "getVideo", _200={"id": T, "status": "uploaded|uploading|failed"}),
    ),
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
    "a job is told beside the thing": (
        op("PATCH /branches/{id}", "changeBranch", body={"name": T}, _200={"branch": "#Branch", "operations": ["#Op"]}),
        op("GET /operations/{id}", "getOperation", _200={"operation": "#Op"}),
        op("GET /branches/{id}", "getBranch", _200={"branch": "#Branch"}),
    ),
    "an act in the name, and a status that has a word for it": (
        op("POST /clusters/{id}/logs", "EnableLogs", body={"to": T}, _200="#Switch"),
        op("GET /clusters/{id}/logs", "GetLogs", _200="#Switch"),
    ),
    "a verb in whose place there is a word for status": (
        op("POST /scan/start/malware", "startMalwareScan", _202=None),
        op("POST /scan/status/malware", "statusMalwareScan", body={"ids": [T]}, _200={"statuses": T}),
    ),
    "a read that is named after the act": (
        op("POST /layout/analyze", "analyze", _202=None),
        op("GET /layout/analyzeResults/{id}", "getAnalysis", _200={"status": WORK}),
        op("GET /layout/models/{id}", "getModel", _200={"status": WORK}),
    ),
    "the one read of tasks of all kinds": (
        op("POST /reports", "makeReport", _202={"rq": T}),
        op("GET /requests/{id}", "getRequest", _200={"id": T, "status": WORK}),
        op("POST /renders", "render", _202=None),
        op("GET /renders/{id}", "getRender", _200={"id": T, "status": WORK}),
    ),
    "prose that says that a job starts": (
        op("POST /studies/{id}/merge", "merge", text="Start a job that merges studies.", _200=None),
        op("GET /jobs/{id}", "getJob", _200=None),
    ),
    "one read of whatever has a name": (
        op("POST /v2/{parent}/nodes", "nodes.create", body={"name": T}, _200="#Google"),
        op("GET /v2/{name}", "runtimeVersions.get", _200={"name": T, "version": T}),
    ),
    "a status below what is acted on, with a word for the act": (
        op("PUT /streams/{id}/reset", "resetStream", _200={"ok": T}),
        op("GET /streams/{id}/state", "getState", _200={"state": "started|stopped|starting|resetting"}),
    ),
    "a record that a machine moves": (
        op("POST /projects/{id}/pause", "pauseProject", _200=None),
        op("GET /projects/{id}", "getProject", _200={"id": T, "status": "active|pausing|paused|init_failed"}),
    ),
    "a bare status, and why it failed": (
        op("POST /scans", "createScan", body={"target": T}, _200={"id": T}),
        op("GET /scans/{id}", "getScan", _200={"id": T, "status": T, "progress": T, "failure_reason": T}),
    ),
    "a PUT whose name says async": (
        op("PUT /datasets/{id}/upload", "updateDatasetAsync", _200=None),
        op("GET /datasets/{id}", "getDataset", _200={"id": T, "statusMsg": T, "state": "new|loading|failed"}),
    ),
    "a deletion of a task that another one stops": (
        op("DELETE /jobs/{id}", "deleteJob", _202=None),
        op("GET /jobs/{id}", "getJob", _200="#Job"),
        op("POST /jobs/{id}/cancel", "cancelJob", _202=None),
    ),
    "one of the collection that the path begins with": (
        op("POST /analyses/groups/{group}", "analyse", _202={"id": T}),
        op("GET /analyses/{id}", "getAnalysis", _200={"id": T, "state": T}),
        op("GET /groups/{id}", "getGroup", _200={"id": T, "state": T}),
    ),
    "a verb in whose place there is a word for status, before an id": (
        op("POST /replay/start", "startReplay", _202={"job_id": T}),
        op("GET /replay/status", "getReplayStatus", _200={"error": T}),
        op("GET /searches/{job_id}", "getSearch", _200={"id": T, "status": WORK}),
    ),
    "an act behind a word for acts": (
        op("POST /servers/{id}/actions/reboot", "rebootPost", _200={"result": T}),
        op("GET /servers/{id}", "getServer", _200={"id": T, "status": "powered-on|rebooting|error"}),
    ),
    "a read that checks": (
        op("POST /projects/{id}/package", "package", _200={"ok": T}),
        op("GET /projects/{id}/package/check", "trackPackage", _200={"status": "started|packaging|completed"}),
    ),
    "a collection whose name begins with a verb": (
        op("POST /search-reindex-jobs", "", body={"index": T}, _201="#Job"),
        op("GET /search-reindex-jobs/{id}", "getSearchReindexJob", _200="#Job"),
    ),
    "a PUT that says that it merges asynchronously": (
        op("PUT /reports/merge/jobs", "mergeReports", summary="Asynchronously merge reports.", _201="#Job"),
        op("GET /reports/merge/jobs/{id}", "getMerge", _200="#Job"),
    ),
    "a deletion by name of what can be on its way": (
        op("POST /#S.DeletePool", "DeletePool", body={"Id": T}, _200={"Pool": "#Pool"}),
        op("POST /#S.DescribePool", "DescribePool", body={"Id": T}, _200={"Pool": "#Pool"}),
    ),
    "a noun that is also a verb of change": (
        op("POST /sets/{id}/restore", "RestoreDataSet", _200=None),
        op("GET /sets/{id}", "GetDataSet", _200={"id": T, "status": "ok|restoring"}),
    ),
    "the id of a second answer, 202": (
        op("POST /vouchers", "addVouchers", body={"n": T}, _200={"id": T, "status": T}, _202={"async_action_id": T}),
        op("GET /async-actions/{asyncActionId}", "getAction", _200={"id": T, "status": WORK}),
        op("GET /others/{id}", "getOther", _200={"id": T, "status": WORK}),
    ),
    "what is trained has a word for that": (
        op("POST /v1/train-model", "train_model", _200={"model_id": T, "training_status": T}),
        op("GET /models/{model_id}", "get_model", _200={"id": T, "status": "DRAFT|TRAINING|COMPLETED|ERRORED"}),
    ),
    "a status of work, and an id": (
        op("POST /memories/add", "add", body={"text": T}, _200={"slip_id": T, "status": "PENDING|SUCCEEDED|FAILED"}),
        op("GET /slips/{slip_id}", "getSlip", _200={"id": T, "status": "PENDING|RUNNING|SUCCEEDED|FAILED"}),
    ),
    "a URL to report to, and one status of all that is ingested": (
        op("POST /api/ingest/text", "text_ingestion", body={"text": T, "webHookUrl": T}, _201={"document_id": T}),
        op("GET /api/ingest/status", "getStatus", _200={"completed": True, "steps": [T]}),
    ),
    "a job that is asked for by a query": (
        op("POST /ops/tables/flush", "flush", body={"table": T}, _202=None),
        op("GET /ops/executor/job", "getJob", x=ASKED, _200={"id": T, "status": "WAITING|COMPLETED|ERROR"}),
        op("POST /renders", "render", _202=None),
        op("GET /renders/{id}", "getRender", _200={"id": T, "status": WORK}),
    ),
    "what a deletion answers with can be on its way": (
        op("DELETE /pools/{id}", "DeletePool", _200="#Pool"),
        op("GET /pools/{id}", "GetPool", _200="#Pool"),
    ),
    "what a machine takes from state to state": (
        op("POST /pools", "CreatePool", body={"size": T}, _200="#Pool"),
        op("GET /pools/{id}", "GetPool", _200="#Pool"),
    ),
    "those that a filter describes": (
        op("POST /#S.CreateReplica", "CreateReplica", body={"Name": T}, _200={"Replica": "#Pool"}),
        op("POST /#S.DescribeReplicas", "DescribeReplicas", body={"Filters": [T]}, _200={"Replicas": ["#Pool"]}),
    ),
    "no more than that it waits": (
        op("POST /orders/export", "exportOrders", body={"fields": [T]}, _200={"id": T, "status": "=SCHEDULED"}),
        op("GET /exports/{id}", "getExport", _200={"id": T, "status": WORK}),
    ),
    "only what comes of it is read": (
        op("POST /renders", "render", _202={"id": T}),
        op("GET /renders/{id}/result", "getResult", _200={"url": T}),
    ),
    "it says async, and its read has no status that one knows": (
        op("POST /train_async", "train", _200={"key": T}),
        op("GET /train_async/{key}", "getTraining", _200={"status": "sucess|fail"}),
    ),
    "where a result can be fetched": (
        op("POST /merged", "merge", body={"ids": [T]}, _201={"id": T}),
        op("GET /merged/{id}", "getMerged", _200={"state": STORED, "error": T, "finished_at": T, "download_url": T}),
    ),
    "an id of work in the answer": (
        op("POST /apps/{uuid}/start", "startApp", _200={"message": T, "deployment_uuid": T}),
        op("GET /deployments/{uuid}", "getDeployment", _200={"uuid": T, "status": T}),
    ),
    "prose that says how it is followed": (
        op("POST /#P.CreateGroup", "CreateGroup", text="For its status call <code>DescribeGroup</code>.", _200=None),
        op("POST /#P.DescribeGroup", "DescribeGroup", _200={"status": "PENDING|ACTIVE|FAILED", "failureReason": T}),
    ),
    "a verb of reading that may be asked for in the background": (
        op("POST /queries/{id}/retrieve", "retrieveAll", text="Start a job.", body={"Asynchronous": True}, _200=T),
        op("GET /jobs/{id}", "getJob", _200=T),
    ),
    "an export that is there to be fetched": (
        op("POST /exports", "createExport", _200={"id": T, "status": "pending|complete", "file_download_url": T}),
        op("GET /exports/{id}", "getExport", _200={"id": T, "status": "pending|complete", "file_download_url": T}),
    ),
    "a status in an object of details": (
        op("PUT /studios/{id}/start", "StartStudio", _200=MANY | {"statusInfo": STARTING}),
        op("GET /studios/{id}", "GetStudio", _200=MANY | {"statusInfo": STARTING}),
    ),
}

FOUND |= {
    "a status whose words stand in alternatives": (
        op("POST /locks/open", "openLock", _200={"action_attempt": "#Attempt", "ok": True}),
        op(
            "POST /action_attempts/get",
            "getAttempt",
            body={"action_attempt_id": T},
            _200={"action_attempt": "#Attempt"},
        ),
    ),
    "it answers with a task of which the path knows nothing, though there is no word for its status": (
        op("DELETE /books/{id}/pages", "dropPages", _200="#Command"),
        op("GET /commands/{id}", "getCommand", _200="#Command"),
    ),
    "an id of a task beside that of the thing": (
        op("POST /towns/{id}/metrics", "sendMetrics", _200="#Task"),
        op("GET /tasks/{task_uuid}", "getTask", _200=T),
    ),
    "a verb of reading in the name of what is said to be queued": (
        op("POST /activities/list_delete", "postListDelete", x={"responses": QUEUED}),
        op("GET /activities/{activity_id}", "getActivity", _200={"activity_id": T, "state": WORK}),
    ),
    "work with a thing whose status the caller could give": (
        op("POST /stores/{id}/sync", "syncStore", body={"url": T, "status": WORK}, _200="#Store"),
        op("GET /stores/{id}", "getStore", _200="#Store"),
    ),
    "a PUT that only ever makes a command, with the caller's own id": (
        op("PUT /prints/print-commands/{commandId}", "print", _201={"id": T}),
        op("GET /prints/print-commands/{commandId}", "getPrint", _200={"id": T, "status": "IN_PROGRESS|SUCCESS|ERROR"}),
    ),
    "it answers with a URL of the status": (
        op("POST /jobs/{job_id}/log", "collectLog", _200={"task_id": T, "status_href": T, "result_href": T}),
        op("GET /tasks/{task_id}", "getTask", _200=T),
    ),
    "a change beside the thing, each told with a word more": (
        op("DELETE /zones/{id}", "deleteZone", _200={"changeInfo": "&Change"}),
        op(
            "GET /changes/{id}",
            "getChange",
            text="Tells the current status of a change.",
            _200={"changeInfo": "&Change"},
        ),
        op("GET /zones/{id}", "getZone", _200={"zone": {"id": T}}),
    ),
    "it answers with nothing but an id of a job, whatever it is written to": (
        op("PUT /releases/{id}/report", "refreshReport", _200={"job_id": T}),
        op("GET /jobs/{job_id}", "getJob", _200={"id": T, "state": WORK, "error": T}),
    ),
    "the key of a job beside a status that may wait, for a record": (
        op("POST /push/invoices", "createInvoice", _200="#Push"),
        op("GET /push/{pushOperationKey}", "getPush", _200="#Push"),
    ),
    "to check is work where it is given an id": (
        op("POST /books/{id}/validate", "validateBook", summary="Schedule a validation", _200={"validationId": T}),
        op("GET /validations/{validationId}", "getValidation", _200={"id": T, "status": WORK}),
    ),
    "a status that is asked for by the id of a batch": (
        op("POST /v1/labels", "labelAll", _200=T),
        op("GET /v1/labels/{batch_id}/status", "getLabels", _200=T),
    ),
    "what is imported, though the caller could give a status": (
        op("POST /imports", "addImport", body={"status": WORK, "url": T}, _201={"id": T, "status": WORK}),
        op("GET /imports/{id}", "getImport", _200={"id": T, "status": WORK}),
    ),
    "the text of an id says that one asks with it how far it is": (
        op(
            "POST /films/color",
            "colorFilm",
            _200={"id": "?Fetch its status with [this](https://a.b/get-film-details)."},
        ),
        op("GET /projects/{id}", "readProject", summary="Get film details", _200={"error": T, "status": WORK}),
    ),
}

FOUND |= {
    "a query that begins, though its rows are a list": (
        op("POST /v1/query", "query", body={"sql": T}, _200={"queryId": T, "state": WORK, "data": [{"c": T}]}),
        op("GET /v1/query/{queryId}", "getQuery", _200={"queryId": T, "state": WORK, "data": [{"c": T}]}),
    ),
    "nothing but an id of what may also be a thing": (
        op("POST /sql", "sql", body={"q": T}, _200={"query_id": T}),
        op("GET /queries/{query_id}", "getQuery", _200={"status": WORK}),
    ),
    "an id of what the text calls work": (
        op("POST /sites/{id}/crawl", "crawl", _200={"audit_id": T, "url": T, "depth": T}),
        op("GET /audits/{audit_id}", "getAudit", _200={"status": WORK}),
    ),
    "updates that are added to, and change nothing": (
        op("POST /devices/{id}/updates", "updateDevice", _200={"id": T, "status": WORK}),
        op("GET /devices/{id}/updates/{u}", "getUpdate", _200={"id": T, "status": WORK}),
    ),
    "a thing that is `modifying` after it": (
        op("POST /#A.ModifyCluster", "ModifyCluster", _200="#Modified"),
        op("POST /#A.DescribeClusters", "DescribeClusters", _200={"Clusters": ["#Modified"]}),
    ),
    "an act that makes something else, beside a status": (
        op("POST /v1/music/createSong", "createSong", _200={"id": T}),
        op("GET /v1/music/status/{id}", "songStatus", _200={"status": WORK}),
    ),
    "an export, whose status is that of the last time": (
        op("POST /exports", "createExport", _201={"id": T, "status": "pending|done|failed", "last_export_at": T}),
        op("GET /exports/{id}", "getExport", _200={"id": T, "status": "pending|done|failed", "last_export_at": T}),
    ),
    "what is there to be made, and is acted on time and again": (
        op("POST /servers", "addServer", _201={"id": T, "status": LIVES, "last_action": T}),
        op("GET /servers/{id}", "getServer", _200={"id": T, "status": LIVES, "last_action": T}),
    ),
}

NAMED = {
    "Modified": {"Name": T, "Status": "available|modifying|creating|deleting|failed"},
    "Attempt": {
        "oneOf": [{"status": "=pending", "action_attempt_id": T}, {"status": "=success"}, {"status": "=error"}]
    },
    "Command": {"id": T, "status": T, "progress": T, "error": T},
    "Store": STORE,
    "Task": {"resource_uuid": T, "task_uuid": T},
    "Change": {"id": T, "status": "PENDING|INSYNC", "submittedAt": T},
    "Push": {"pushOperationKey": T, "status": "Pending|Success|Failed", "errorMessage": T},
    "Branch": {"id": T, "state": "init|ready|archived"},
    "Google": {"name": T, "done": True, "response": {"x": T}, "error": {"code": T}},
    "Job": {"id": T, "status": WORK},
    "Op": {"id": T, "status": "scheduling|running|finished|failed", "error": T},
    "Pool": {"id": T, "status": "creating|ready|deleting|deleted|upgrading|locked"},
    "Switch": {"status": "DISABLED|DISABLING|ENABLED|ENABLING|ENABLE_FAILED"},
    "Cluster": {"id": T, "state": "CREATING|ACTIVE|PAUSING|PAUSED"},
    "Pull": {"id": T, "state": "OPEN|MERGED"},
    "Begun": {"task_id": T, "status": WORK},
    "Work": {"pct": T, "status": "ACCEPTED|STARTED|FAILURE"},
}


@pytest.mark.parametrize("operations", FOUND.values(), ids=FOUND)
def test_a_little_is_enough_where_it_fits_together(operations):
    (_, _, create), (_, _, poll), *_ = operations
    name = create.get("operationId") or f"POST {operations[0][0]}"
    assert pairs(*operations, schemas=NAMED).get(name) == poll["operationId"]


NOT_FOUND = {
    "a title that is an example": (
        op("POST /posts", "addPost", x={"responses": showing("title", "Marathon training started")}),
        op("GET /posts/{id}", "getPost", _200={"id": T}),
    ),
    "an input called async that is kept": (
        op("POST /script_tags", "addScript", body={"src": T, "async": True}, _201={"src": T, "async": True}),
        op("GET /script_tags/{id}", "getScript", _200={"src": T, "async": True}),
    ),
    "a session that is started, and is no work": (
        op("POST /#S.StartSession", "StartSession", _200={"SessionId": T}),
        op("POST /#S.GetSession", "GetSession", _200={"SessionId": T, "Status": T}),
    ),
    "the run that a report is made of": (
        op("POST /reports", "saveReport", _201={"id": T, "source_run_id": T}),
        op("GET /runs/{run_id}", "getRun", _200={"id": T, "status": WORK, "finished_at": T}),
    ),
    "a note on the run that its path names": (
        op("POST /projects/{p}/runs/{run_id}/notes", "addNote", _201={"note": T, "workflow_run_id": T}),
        op("GET /runs/{run_id}", "getRun", _200={"id": T, "status": WORK, "finished_at": T}),
    ),
    "a document that people are sent": (
        op("POST /documents/{id}/send", "sendDocument", _200={"ok": T}),
        op("GET /documents/{id}", "getDocument", _200={"id": T, "status": "draft|sending|signed"}),
    ),
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
    "an id that stands in its own path": (
        op("POST /workflows/{workflow_id}/star", "star", _200=STARRED),
        op("GET /workflows/{workflow_id}/star", "getStar", summary="Get the star status", _200=STARRED),
    ),
    "a word for yes or no is no URL to report to": (
        op("POST /people", "addPerson", body={"notify": True}, _201=FOLLOWED),
        op("GET /people/{id}", "getPerson", _200=FOLLOWED),
    ),
    "the one who does the work says that it is over": (
        op("POST /runs/{id}/complete", "completeRun", _200="#Status"),
        op("GET /runs/{id}", "getRun", _200="#Status"),
    ),
    "the other way has a path of its own": (
        op("POST /commits/prepare", "prepare", _200={"run_id": T, "location": T}),
        op("POST /commits/prepare/async", "prepareAsync", _202={"id": T}),
        op("GET /commits/prepare/status", "getPrepared", _200={"id": T, "completed": True, "error": T}),
    ),
    "the tasks below it are begun there": (
        op("POST /embed", "embed", text="For long files, create an async task.", _200={"vector": [T]}),
        op("POST /embed/tasks", "createTask", _200={"id": T}),
        op("GET /embed/tasks/{id}", "getTask", _200="#Status"),
    ),
    "a text that names the other way": (
        op("POST /detect", "detect", text="To detect asynchronously, use startDetection.", _200={"text": T}),
        op("GET /detections/{id}", "getDetection", _200="#Status"),
    ),
    "a change of a task, which the answer tells": (
        op("PATCH /update-call/{call_id}", "updateCall", body={"tag": T}, _200="#Status"),
        op("GET /get-call/{call_id}", "getCall", _200="#Status"),
    ),
    "the status of a part": (
        op("POST /knowledge", "makeKnowledge", body={"name": T}, _200={"id": T}),
        op("GET /knowledge/{id}", "getKnowledge", _200={"id": T, "disk_status": "CREATING|ONLINE|RESIZING|FORKING"}),
    ),
    "a POST that changes a status": (
        op("POST /entity/{id}", "makeEntity", body={"name": T}, _200="#Status"),
        op("POST /entity/{id}/state", "UpdateEntityState", body={"to": T}, _200="#Status"),
    ),
    "several jobs are no poll, though the name of their list ends so": (
        op("POST /#S.GetJobList", "GetJobList", body={"Page": T}, _200={"Jobs": [{"Id": T}], "Status": WORK}),
        op("POST /#S.StartJob", "StartJob", body={"Name": T}, _200={"Id": T}),
    ),
    "what is searched": (
        op("POST /#S.SearchOpenJobs", "SearchOpenJobs", body={"Text": T}, _200={"Jobs": [{"Id": T, "Status": WORK}]}),
        op("POST /#S.DescribeJob", "DescribeJob", body={"Id": T}, _200={"Id": T, "Status": WORK}),
    ),
    "async in the name of what is made": (
        op("POST /documents", "createAsyncApiDocument", body={"text": T}, _200={"id": T}),
        op("GET /documents/{id}", "getDocument", _200={"id": T, "title": T}),
    ),
    "a list whose name is status": (
        op("POST /imports", "doImport", body={"rows": [T]}, _201={"operationStatus": [{"state": WORK}]}),
        op("GET /tables/{id}", "getTable", _200={"id": T, "operationStatus": [{"state": WORK}]}),
    ),
    "an id of what was there before": (
        op("POST /reports/{id}/clone", "cloneReport", _200={"id": T, "originalReportId": T}),
        op("GET /reports/{id}/exports/{e}", "getExport", _200={"id": T, "status": WORK, "percentComplete": T}),
    ),
    "an id of what is there": (
        op("POST /tiles/{id}/clone", "cloneTile", _200={"id": T, "reportId": T}),
        op("GET /cards/{reportId}", "getCard", _200={"id": T, "status": WORK}),
    ),
    "the workflow that a rule belongs to": (
        op("POST /rules/{id}/disable", "disableRule", _200={"id": T, "workflowId": T}),
        op("GET /workflows/{workflowId}", "getWorkflow", _200={"id": T, "runState": WORK, "finishedAt": T}),
    ),
    "a pipeline that is set up": (
        op("POST /pipelines", "addPipeline", body={"name": T}, _201={"pipeline": {"id": T, "status": T}, "notes": [T]}),
        op("GET /pipelines/{id}", "getPipeline", _200={"pipeline": {"id": T, "status": T}}),
    ),
    "a place for what will be imported": (
        op("POST /imports/createPlace", "createPlace", _200={"url": T, "expires": T}),
        op("GET /imports/{id}", "getImport", _200={"id": T, "importState": "Publishing|Succeeded|Failed"}),
    ),
    "a part of a country": (
        op("POST /shops", "addShop", body={"callback_url": T}, _201=SHOP),
        op("GET /shops/{id}", "getShop", _200=SHOP),
    ),
    "a place whose status is that of the last time it was read": (
        op("POST /places", "addPlace", body={"url": T}, _201={"id": T, "last_sync_job": T, "status": WORK}),
        op("GET /places/{id}", "getPlace", _200={"id": T, "last_sync_job": T, "status": WORK}),
    ),
    "a task that is done time and again": (
        op("POST /tasks", "addTask", body={"cron": T}, _201={"id": T, "lastRun": T, "currentState": "=WAITING"}),
        op("GET /tasks/{id}", "getTask", _200=T),
        op("POST /tasks/{id}/stop", "stopTask", _204=None),
    ),
    "what is planned with a pipeline": (
        op("POST /pipelines/plan", "planPipeline", _200={"pipelineId": T, "changes": [T]}),
        op("GET /pipelines/{pipelineId}", "getPipeline", _200={"id": T, "state": {"status": "RUNNING|STOPPED"}}),
        op("POST /pipelines/{pipelineId}/stop", "stopPipeline", _204=None),
    ),
    "a change, by whatever method": (
        op(
            "POST /maps/{id}/layers",
            "updateLayer",
            _200=[{"id": T, "progress": T, "status": "uploading|completed|failed"}],
        ),
        op(
            "GET /maps/{id}/layers/{l}",
            "getLayer",
            _200={"id": T, "progress": T, "status": "uploading|completed|failed"},
        ),
    ),
    "a note on the run that its path has the id of": (
        op("POST /runs/{id}/feedback", "rateRun", _201={"id": T, "run_id": T, "rating": T}),
        op("GET /runs/{run_id}", "getRun", _200={"id": T, "status": T}),
    ),
    "the task that a comment is on": (
        op("POST /comments", "addComment", body={"text": T}, _201={"task_id": T, "text": T}),
        op("GET /tasks/{task_id}", "getTask", _200={"id": T, "title": T}),
    ),
    "hours that were worked on a task": (
        op("PUT /hours/{id}", "setHours", body={"hours": T}, _200={"task_id": T, "hours": T}),
        op("GET /tasks/{task_id}", "getTask", _200={"id": T, "completed": True}),
    ),
    "the job that a posting was of": (
        op("DELETE /postings/{id}", "dropPosting", _200={"job_id": T}),
        op("GET /jobs/{job_id}", "getJob", _200={"title": T}),
    ),
    "an item that is itself a task": (
        op("PATCH /items/{id}", "setItem", body={"name": T}, _200="#Todo"),
        op("GET /items/{id}", "getItem", _200="#Todo"),
    ),
    "money that is followed by an id": (
        op("POST /payments", "pay", _201={"payment_id": "?Use this ID to query the payment status.", "amount": T}),
        op("GET /payments/{payment_id}", "getPayment", _200={"payment_id": T, "status": "pending|paid|failed"}),
    ),
    "an id to look someone up with": (
        op("PATCH /users/{id}", "setUser", body={"n": T}, _200={"id": "?Id to retrieve the user's profile and status"}),
    ),
    "what was accepted by somebody": (op("POST /quotes/{id}/accept", "acceptQuote", _200="#AcceptedQuote"),),
    "a report of abuse": (
        op(
            "POST /posts/{id}/report", "reportPost", body={"status": T}, _200={"report_id": T, "status": "pending|done"}
        ),
        op("GET /reports/{report_id}", "getReport", _200={"id": T, "status": "pending|in_progress|completed|rejected"}),
    ),
    "a command that is put, or put again": (
        op("PUT /prints/print-commands/{commandId}", "print", _200={"id": T}, _201={"id": T}),
        op("GET /prints/print-commands/{commandId}", "getPrint", _200={"id": T, "status": "IN_PROGRESS|SUCCESS|ERROR"}),
    ),
    "a task that is put where it is named": (
        op("PUT /tasks/{id}", "putTask", body={"title": T}, _201={"id": T, "status": WORK}),
        op("GET /tasks/{id}", "getTask", _200={"id": T, "status": WORK}),
    ),
    "an attempt at a quiz": (
        op("POST /quizzes/{id}/begin", "beginQuiz", _200={"quiz": {"id": T}, "attempt": "#Attempt"}),
        op("GET /attempts/{id}", "getAttempt", _200={"attempt": "#Attempt"}),
    ),
    "a search that may be asynchronous, and lists": (
        op("POST /search", "search", body={"q": T, "async": True}, _200={"hits": [{"id": T}]}),
        op("GET /hits/{id}", "getHit", _200={"id": T}),
    ),
    "an error that is declared as what is answered by default": (
        op("POST /items", "addItem", x={"responses": failing("The job was queued by another user")}),
    ),
    "a place that is only checked": (
        op("POST /stores/validate", "checkStore", body={"url": T}, _200=STORE),
        op("GET /stores/{id}", "getStore", _200=STORE),
    ),
    "it answers as the work goes on": (
        op("POST /threads/{id}/runs/stream", "stream", text="Starts a run.", x={"responses": STREAMED}),
        op("GET /threads/{id}", "getThread", _200={"id": T}),
    ),
    "a query that lists": (
        op("POST /runs/query", "queryRuns", _200={"runs": ["#Run"], "cursor": T}),
        op("GET /runs/{id}", "getRun", _200="#Run"),
    ),
    "what one is notified of": (
        op("POST /pipes", "addPipe", body={"notifications": {"done": T}}, _201=BARE),
        op("GET /pipes/{id}", "getPipe", _200=BARE),
    ),
    "where a parcel is": (
        op("POST /orders/{id}/parcels", "addParcel", body={"name": T}, _201=PARCEL),
        op("GET /orders/{id}/parcels/{p}", "getParcel", _200=PARCEL),
        op("POST /orders/{id}/parcels/{p}/cancel", "cancelParcel", _200={"id": T}),
    ),
    "a pipeline whose executions are begun elsewhere": (
        op("POST /flows", "addFlow", _200={"id": T, "workflowId": T}),
        op("GET /flows/{workflowId}/executions/{e}", "getExecution", _200={"status": WORK, "endTime": T}),
        op("POST /flows/{workflowId}/executions", "execute", _200={"id": T}),
    ),
    "a status that is told by the caller": (
        op("POST /deployments/{id}/statuses", "createDeploymentStatus", body={"state": WORK}, _201=STATE),
        op("GET /deployments/{id}/statuses/{s}", "getDeploymentStatus", _200=STATE),
    ),
    "a workflow, whose executions are all that tells anything": (
        op("POST /workflows", "addWorkflow", body={"name": T}, _200={"workflowId": T}),
        op("GET /workflows/{workflowId}/executions/{e}", "getExecution", _200={"status": WORK, "endTime": T}),
    ),
    "a task that is changed, as its path says": (
        op("PATCH /annotationtasks/{id}", "setTask", body={"name": T}, _200=FOLLOWED | {"status": STORED}),
    ),
    "a job that tells nothing of how far it is": (op("PATCH /labels/{id}", "setLabel", body={"name": T}, _200="#Job"),),
    "it grades by running at once": (
        op("POST /graders/run", "runGrader", summary="Run a grader", _200={"reward": T}),
        op("GET /graders/{id}", "getGrader", _200={"id": T}),
    ),
}


OTHERS = {
    "AcceptedQuote": {"id": T},
    "Attempt": {"id": T, "state": "pending|submitted|graded"},
    "Job": {"id": T, "status": WORK},
    "Todo": {"id": T, "name": T, "progress": T, "status": "not_started|in_progress|completed|cancelled"},
    "Status": BARE | {"status": WORK},
    "Run": {"id": T, "status": T, "end_time": T, "error": T},
}


@pytest.mark.parametrize("operations", NOT_FOUND.values(), ids=NOT_FOUND)
def test_what_does_not_fit_together_is_not_reported(operations):
    name = operations[0][2]["operationId"]
    assert name not in pairs(*operations, schemas=OTHERS)


def test_an_ending_that_may_be_chosen_is_no_parameter():
    found = pairs(
        op("POST /phrases.{format}", "addPhrases", _202=None),
        op("GET /documents.{format}", "getDocument", _200={"id": T, "status": WORK}),
    )
    assert found == {"addPhrases": None}


def test_the_one_read_of_all_tasks_is_not_asked_where_the_answer_is_the_thing_itself():
    found = pairs(
        op("POST /branding", "brand", _202=MANY),
        op("GET /jobs/{id}", "getJob", _200={"id": T, "status": T}),
    )
    assert found == {"brand": None}


def test_the_jobs_of_another_thing_are_not_its_own():
    found = pairs(
        op("POST /logs/export", "exportLogs", _202=None),
        op("GET /assets/{id}/exports/{export}", "getExport", _200={"id": T, "status": WORK}),
        op("POST /assets/{id}/exports", "exportAsset", _202=None),
        op("GET /scans/{id}", "getScan", _200={"id": T, "status": WORK}),
    )
    assert found["exportLogs"] is None


def test_what_answers_that_it_is_being_deleted_needs_no_poll():
    assert pairs(op("DELETE /images/{id}", "deleteImage", _200={"status": "not_found|deleting|delete_failed"})) == {
        "deleteImage": None
    }


def test_a_read_that_no_create_of_its_own_has_is_that_of_others():
    found = pairs(
        op("POST /video/upscale", "upscale", _202="#Job"),
        op("GET /video/upscale/{id}", "getUpscaled", _200="#Job"),
        op("POST /video/trim", "trim", _202="#Job"),
        op("GET /video/all/{id}", "getVideo", _200="#Job"),
        schemas=NAMED,
    )
    assert found == {"upscale": "getUpscaled", "trim": "getVideo"}


def test_one_at_a_time_is_asked_before_several():
    found = pairs(
        op("POST /#S.BatchGetQuery", "BatchGetQuery", body={"Ids": [T]}, _200={"Queries": [{"State": WORK}]}),
        op("POST /#S.StartQuery", "StartQuery", body={"Text": T}, _200={"Id": T}),
        op("POST /#S.GetQuery", "GetQuery", body={"Id": T}, _200={"Query": {"State": WORK}}),
    )
    assert found == {"StartQuery": "GetQuery"}


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


@pytest.mark.parametrize(
    ("method", "text"),
    [
        ("POST", "This operation is asynchronous: a success only means that the job has been queued."),
        ("POST", "The contacts are imported in the background."),
        ("POST", "Submits a task that converts all files."),
        ("POST", "Process all subscriptions asynchronously"),
        ("PATCH", "Repairs the tables. The work is queued."),
        ("PUT", "The change is processed asynchronously."),
        ("PUT", "Software will be updated asynchronously."),
        ("DELETE", "Deletes the site. The response returns before the removal finishes."),
        ("DELETE", "Deletes the document; runs async."),
    ],
)
def test_prose_that_says_outright_that_work_is_done_later_is_enough_for_any_method(method, text):
    assert pairs(op(f"{method} /sites/{{id}}/plugins", "change", text=text, _200=None)) == {"change": None}


@pytest.mark.parametrize(
    "text",
    [
        "Accounts of disabled users will not be updated in the background.",
        "To do this asynchronously, use `startChange`.",
        "This method can be called asynchronously.",
        "It will not be processed in the background.",
        "It cannot be done asynchronously.",
        "It is never done asynchronously.",
        " To do this asynchronously.",
        "**To** do this asynchronously.",
        "This is useful to reindex in the background.",
        "Lists what can be done for a new run.",
    ],
)
def test_prose_that_speaks_of_something_else_is_not(text):
    assert pairs(op("POST /sites/{id}/plugins", "change", text=text, _200=None)) == {}


@pytest.mark.parametrize("said", ["description", "example", "schema"])
def test_an_answer_says_that_the_work_is_queued(said):
    create = op("POST /databases/{id}/restart", "restart", _200={"message": T})
    answer = create[2]["responses"]["200"]
    media = answer["content"]["application/json"]
    assert pairs(create) == {}
    match said:
        case "description":
            answer["description"] = "Restart queued."
        case "example":
            media["example"] = {"message": "Database restart queued."}
        case _:
            media["schema"]["properties"]["message"]["example"] = "Database restart queued."
    assert pairs(create) == {"restart": None}


@pytest.mark.parametrize(("flag", "expected"), [("Asynchronous", True), ("run_async", True), ("background", False)])
def test_an_input_that_is_called_asynchronous_is_enough(flag, expected):
    found = pairs(op("POST /studies/{id}/archive", "archive", body={flag: True}, _200={"ID": T, "Path": T}))
    assert found == ({"archive": None} if expected else {})


@pytest.mark.parametrize(("told", "expected"), [("Output only. How far it is.", True), ("How far it is.", False)])
def test_a_status_that_only_goes_out_is_set_by_no_caller(told, expected):
    export = {"type": "object", "properties": {"id": {"type": "string"}, "status": {"description": told}}}
    export["properties"]["status"]["enum"] = ["IN_PROGRESS", "COMPLETED", "FAILED"]
    operations = (
        op("POST /exports", "export", body="#Export", _200="#Export"),
        op("GET /exports/{id}", "getExport", _200="#Export"),
    )
    document = api(*operations)
    document["components"]["schemas"]["Export"] = export
    found = detect(Description(document)).with_role("create")
    assert [one.reported for one in found] == [expected]


@pytest.mark.parametrize(
    ("answer", "more"),
    [
        ({"_200": None}, {"x-ms-long-running-operation": True}),
        ({"_200": {"job_id": T}}, {}),
        ({"_200": "#Google"}, {}),
    ],
    ids=["an extension", "the id of a job", "an operation"],
)
def test_what_gets_something_may_begin_work(answer, more):
    create = op("POST /vaults/{id}/archive", "archive", summary="Retrieve an archive", x=more, **answer)
    read = op("GET /jobs/{job_id}", "getJob", _200={"id": T, "status": WORK})
    assert "archive" in pairs(create, read, schemas=NAMED)


def test_prose_is_read_across_the_ends_of_its_lines():
    assert pairs(op("PUT /x", "put", text="The change is processed\nasynchronously.", _200=None)) == {"put": None}


@pytest.mark.parametrize(("prose", "expected"), [("getTaskByUser", None), ("deliveryOrderStatus", None)])
def test_words_in_another_order_are_no_name_of_a_read(prose, expected):
    found = pairs(
        op("POST /x", "begin", text=f"Check {prose} for its progress.", _202=None),
        op("GET /a/{id}", "getUserByTask", _200={"id": T, "status": T}),
        op("GET /b/{id}", "order_delivery_status", _200={"id": T, "status": T}),
        op("GET /c", "getTaskByUser", _200=[{"id": T}]),
    )
    assert found == {"begin": expected}


@pytest.mark.parametrize(
    ("body", "answer"),
    [({"session_id": T}, {"session_id": T}), ({}, {"parent_task_id": T})],
    ids=["given by the caller", "of the parent"],
)
def test_an_id_that_was_there_before_leads_nowhere(body, answer):
    found = pairs(
        op("POST /messages", "say", body=body, _202=answer),
        op("GET /sessions/{session_id}", "getSession", _200={"user": T}),
        op("GET /tasks/{task_id}", "getTask", _200={"title": T}),
    )
    assert found == {"say": None}


def test_a_callback_of_jsonp_is_no_url_to_report_to():
    asked = {"name": "callback", "in": "query", "schema": {"type": "string"}}
    create = op("POST /lipsync", "createLipsync", _200=BARE, x={"parameters": [asked]})
    read = op("GET /lipsync/{id}", "getLipsync", _200=BARE)
    assert pairs(create, read) == {"createLipsync": "getLipsync"}
    asked["description"] = "JSONP"
    assert pairs(create, read) == {}


def test_a_post_whose_summary_gets_is_no_create_unless_it_says_so():
    read = op("GET /videos/{id}", "getVideo", _200={"id": T, "status": WORK})
    metadata = op("POST /videos/metadata", "metadata", summary="Get metadata", _200={"id": T, "status": WORK})
    assert pairs(metadata, read) == {}
    metadata[2]["description"] = "This is done asynchronously."
    assert "metadata" in pairs(metadata, read)


def test_a_create_at_a_word_for_asking_reads_nothing():
    found = pairs(
        op("POST /bulk/download", "createDownload", summary="Create an asynchronous job.", _200="#Job"),
        op("POST /bulk/query", "createQuery", summary="Create an asynchronous job.", _200="#Job"),
        op("GET /bulk/{id}", "getBulk", _200="#Job"),
        schemas=NAMED,
    )
    assert found == {"createDownload": "getBulk", "createQuery": "getBulk"}


def test_what_is_accepted_is_not_followed_by_the_jobs_that_stand_beside_it():
    found = pairs(
        op("POST /services/{id}/suspend", "suspend", _202=None),
        op("POST /services/{id}/jobs", "runJob", _201={"id": T, "status": WORK}),
        op("GET /services/{id}/jobs/{job}", "getJob", _200={"id": T, "status": WORK}),
    )
    assert found == {"suspend": None, "runJob": "getJob"}


def test_a_session_of_money_is_no_create_though_its_prose_says_asynchronously():
    found = pairs(
        op(
            "POST /sessions",
            "begin",
            text="A webhook tells what became of it, asynchronously or not.",
            _201={"id": T, "amount": T},
        ),
        op("GET /sessions/{id}", "getSession", _200={"id": T, "status": "pending|completed|canceled"}),
    )
    assert found == {}


def test_the_run_that_is_there_already_is_not_the_one_that_is_begun():
    found = pairs(
        op("POST /sessions/{id}/close", "close", _200={"id": T, "currentRunId": T}),
        op("GET /runs/{runId}", "getRun", _200={"id": T, "status": WORK, "finished_at": T}),
    )
    assert found == {}


@pytest.mark.parametrize(("name", "expected"), [("exportPlayers", True), ("evaluate", False)])
def test_minutes_are_long_where_there_is_a_word_for_work(name, expected):
    line = "POST /players/csv_export" if expected else "POST /players/signal"
    found = pairs(op(line, name, text="This may take several minutes.", _200={"file": T}))
    assert found == ({name: None} if expected else {})


def test_what_stops_work_or_deletes_a_task_is_no_create_though_it_is_accepted():
    found = pairs(
        op("POST /scan/stop/malware", "stopMalwareScan", _202=None),
        op("DELETE /jobs/{id}", "deleteJob", _202=None),
        op("GET /jobs/{id}", "getJob", _200={"id": T, "status": WORK}),
    )
    assert found == {}


def test_a_url_to_report_to_is_enough_beside_a_status_and_not_without_one():
    read = op("GET /lipsync/{id}", "getLipsync", _200=BARE)
    told = op("POST /lipsync", "createLipsync", body={"callback_url": T}, _200=BARE)
    assert pairs(told, read) == {"createLipsync": "getLipsync"}
    assert pairs(op("POST /lipsync", "createLipsync", body={"callback_url": T}, _200={"id": T}), read) == {}


def test_a_text_in_an_example_is_no_list_of_words_however_long_it_is():
    create = op("POST /lipsync", "createLipsync", _200=BARE)
    long = {"example": {"id": "l1", "status": "started|" * 200_000}}
    create[2]["responses"]["200"]["content"]["application/json"] |= long
    assert pairs(create, op("GET /lipsync/{id}", "getLipsync", _200=BARE)) == {}


def test_an_example_says_that_work_is_not_over():
    lipsync = op("POST /lipsync", "createLipsync", _200=BARE)
    read = op("GET /lipsync/{id}", "getLipsync", _200=BARE | {"result_url": T})
    assert pairs(lipsync, read) == {}
    shown = {"example": {"id": "l1", "status": "started"}}
    lipsync[2]["responses"]["200"]["content"]["application/json"] |= shown
    assert pairs(lipsync, read) == {"createLipsync": "getLipsync"}


def test_a_status_that_has_itself_is_read_as_deep_as_a_status_goes():
    deep = {"Deep": {"id": T, **{f"{name}_info": "#Deep" for name in ("status", "state", "phase", "stage")}}}
    found = pairs(
        op("POST /things", "makeThing", _201="#Deep"), op("GET /things/{id}", "getThing", _200="#Deep"), schemas=deep
    )
    assert found == {}


@pytest.mark.parametrize("states", [None, "new|active|failed"])
def test_a_weak_poll_makes_prose_no_less_sure(states):
    read = op("GET /x/{id}", "getX", _200={"id": T, "status": states}) if states else op("GET /y", "getY", _200=[T])
    assert "makeX" in pairs(op("POST /x", "makeX", text="The work is done asynchronously.", _201={"id": T}), read)


def test_a_deletion_that_says_that_it_cancels_is_the_cancel_though_nothing_is_read():
    assert pairs(op("DELETE /jobs/{id}", "cancelJob", _202=None)) == {}


def test_what_says_a_status_itself_is_a_create_though_jobs_stand_below_it():
    found = pairs(
        op("POST /scans", "scan", _201="#Job"),
        op("GET /scans/{id}", "getScan", _200="#Job"),
        op("POST /scans/jobs", "scanMany", _202=None),
        schemas=NAMED,
    )
    assert found["scan"] == "getScan"


def test_a_job_that_is_added_to_where_it_is_asked_for_is_not_that_of_others():
    found = pairs(
        op("POST /ops/job", "addJob", body={"name": T}, _200={"id": T}),
        op("GET /ops/job", "getJob", x=ASKED, _200={"id": T, "status": T}),
        op("POST /renders", "render", _202=None),
    )
    assert found["render"] is None


def test_what_reads_any_name_is_asked_only_for_operations():
    found = pairs(
        op("POST /links", "addLink", _201={"x": T}, headers=["Operation-Location"]),
        op("GET /{name}", "follow", _200={"x": T}),
    )
    assert found == {"addLink": None}


TELLING_MORE = {
    "its progress": op("GET /jobs/{id}/progress", "getProgress", _200=T),
    "what is known of it": op("GET /jobs/{id}/info", "getInfo", _200={"state": WORK}),
}


@pytest.mark.parametrize("more", TELLING_MORE.values(), ids=TELLING_MORE)
@pytest.mark.parametrize("poll", ["/jobs/{id}", "/jobs/{id}/status"])
def test_whatever_else_tells_how_far_a_task_is_polls_it_too(poll, more):
    made = op("POST /jobs", "addJob", _202={"id": T})
    told = Description(api(made, op(f"GET {poll}", "getJob", _200={"id": T, "status": WORK}), more))
    polls = [one for one in detect(told).with_role("poll") if one.reported]
    assert [[create.key for create in one.creates] for one in polls] == [["addJob"], ["addJob"]]


def test_the_last_one_polls_what_adds_to_them():
    made = op("POST /books/{id}/builds", _202={"state": T})
    last = op("GET /books/{id}/builds/latest", _200={"state": T})
    assert pairs(made, last) == {"POST /books/{id}/builds": "GET /books/{id}/builds/latest"}
    both = detect(Description(api(made, last, op("GET /books/{id}/builds/{n}", _200={"state": WORK}))))
    assert [one.operation.path[-6:] for one in both.with_role("poll") if one.reported] == ["latest", "ds/{n}"]
    assert pairs(made, op("GET /books/{id}/builds/latest", _200={"title": T})) == {"POST /books/{id}/builds": None}


def test_an_input_that_is_called_asynchronous_is_enough_where_a_thing_is_run():
    assert pairs(op("POST /query/{id}", "runQuery", body={"asynchronous": True}, _200=T)) == {"runQuery": None}


def test_a_status_is_asked_before_a_result():
    made = op("POST /forecast/days", "forecast", _202={"jobId": T})
    reads = [op(f"GET /forecast/{word}/{{jobId}}", word, _200=T) for word in ("result", "status")]
    assert pairs(made, *reads) == {"forecast": "status"}
    assert pairs(made, reads[0]) == {"forecast": "result"}


@pytest.mark.parametrize(
    ("create", "found"), [("POST /setup/configure", None), ("POST /books/{id}/pages/print", "getJob")]
)
def test_the_jobs_of_one_thing_tell_nothing_of_what_is_done_outside_it(create, found):
    job = op("GET /books/{id}/jobs/{job}", "getJob", _200={"id": T, "status": WORK})
    assert pairs(op(create, "begin", _202=None), job) == {"begin": found}


def test_what_stands_below_a_thing_that_is_no_task_tells_of_none():
    thing = op("GET /books/{id}", "getBook", _200={"id": T, "title": T})
    assert not detect(Description(api(thing, *TELLING_MORE.values()))).operations


@pytest.mark.parametrize(("field", "found"), [("jobStatus", True), ("exportStatus", True), ("status", False)])
def test_a_status_that_is_called_that_of_work_is_one(field, found):
    film = op("GET /films/{id}", "getFilm", _200={"id": T, field: WORK})
    assert bool(detect(Description(api(film))).with_role("poll")) == found


def test_what_is_called_a_change_begins_work_where_there_is_a_url_to_report_to():
    found = pairs(
        op("POST /cases", "updateCases", body={"callbackUrl": T}, _200={"id": T}),
        op("GET /cases/{id}", "getCase", _200={"id": T, "status": WORK}),
    )
    assert found == {"updateCases": "getCase"}


def test_a_job_that_is_all_that_is_given_is_enough_though_nothing_reads_it():
    found = pairs(op("POST /clusters/{id}/restore", "startRestoreJob", _200={"resource_uuid": T, "job_id": T}))
    assert found == {"startRestoreJob": None}


def test_an_act_on_what_is_done_time_and_again_is_one_time():
    found = pairs(
        op("POST /services/{id}/resume", "resumeService", _200=RESUMING),
        op("GET /services/{id}", "getService", _200=RESUMING),
    )
    assert found == {"resumeService": "getService"}


def test_what_stands_at_the_top_is_beside_no_act():
    found = pairs(
        op("POST /run", "runIt", body={"url": T}, _202={"id": T}),
        op("GET /info", "getInfo", _200={"version": T, "status": "up|down"}),
    )
    assert found == {"runIt": None}
