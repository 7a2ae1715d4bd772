"""Small descriptions in the styles of well-known kinds of API, in our own words, and what is to be found in them.

`STYLES` is the table: a name, the operations, and the roles that have to be reported (tiers A and B), each with the key
of its partner. What is not in the third column must not be reported.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

Json = dict[str, Any]


class Style(NamedTuple):
    name: str
    document: Json
    expected: dict[str, tuple[str, str | None]]


def schema(told: Any) -> Json:
    """A schema in short: a dict is an object, `a|b` or `=a` an enum, `?text` a text, [x] many.

    `#Name` is a reference, `&Name` one with a text beside it.
    """
    match told:
        case {"oneOf": several}:
            return {"oneOf": [schema(one) for one in several]}
        case str() if told.startswith("&"):
            return {"allOf": [{"$ref": f"#/components/schemas/{told[1:]}"}, {"description": "What is meant here."}]}
        case dict():
            return {"type": "object", "properties": {name: schema(one) for name, one in told.items()}}
        case [one]:
            return {"type": "array", "items": schema(one)}
        case bool() | int():
            return {"type": "boolean" if told is True else "integer"}
        case str() if told.startswith("#"):
            return {"$ref": f"#/components/schemas/{told[1:]}"}
        case str() if told.startswith("?"):
            return {"type": "string", "description": told[1:]}
        case str() if told.startswith("="):
            return {"type": "string", "enum": [told[1:]]}
        case str() if "|" in told:
            return {"type": "string", "enum": told.split("|")}
        case _:
            return {"type": "string"}


def op(
    line: str,
    name: str = "",
    /,
    *,
    body: Any = None,
    text: str = "",
    summary: str = "",
    headers: Iterable[str] = (),
    **more: Any,
):
    """One operation: `op("POST /jobs", "createJob", _202={...})`; `x` holds more members of the operation."""
    method, path = line.split(" ", 1)
    answers = {
        code[1:]: {
            "description": "",
            "headers": {header: {"schema": {"type": "string"}} for header in headers},
            **({} if told is None else {"content": {"application/json": {"schema": schema(told)}}}),
        }
        for code, told in more.items()
        if code.startswith("_")
    }
    operation: Json = {"summary": summary, "description": text, "responses": answers, **more.get("x", {})}
    if name:
        operation["operationId"] = name
    if body is not None:
        operation["requestBody"] = {"content": {"application/json": {"schema": schema(body)}}}
    return path, method.lower(), operation


def api(*operations: Any, schemas: Json | None = None, **more: Any) -> Json:
    paths: Json = {}
    for path, method, operation in operations:
        paths.setdefault(path, {})[method] = operation
    named = {name: schema(told) for name, told in (schemas or {}).items()}
    return {
        "openapi": "3.1.0",
        "info": {"title": "T", "version": "1"},
        "paths": paths,
        "components": {"schemas": named},
        **more,
    }


T = ""  # any text
WORK = "queued|running|succeeded|failed"

GOOGLE_OPERATION = {"name": T, "done": True, "metadata": {}, "error": {}, "response": {}}

STYLES = [
    Style(
        "azure data plane: a monitor in a header",
        api(
            op(
                "POST /documents:analyze", "AnalyzeDocument", body={"url": T}, _202=None, headers=["Operation-Location"]
            ),
            op(
                "GET /analyzeResults/{resultId}",
                "GetAnalyzeResult",
                _200={"status": "notStarted|running|failed|succeeded", "createdDateTime": T},
            ),
            op("GET /models", "ListModels", _200={"value": [{"modelId": T}]}),
            op("GET /models/{modelId}", "GetModel", _200={"modelId": T, "description": T}),
        ),
        {"AnalyzeDocument": ("create", "GetAnalyzeResult"), "GetAnalyzeResult": ("poll", "AnalyzeDocument")},
    ),
    Style(
        "azure resource manager: an extension and an operations service",
        api(
            op(
                "PUT /subscriptions/{s}/disks/{disk}",
                "Disks_Create",
                _200="#Disk",
                _201="#Disk",
                x={"x-ms-long-running-operation": True},
            ),
            op("GET /subscriptions/{s}/disks/{disk}", "Disks_Get", _200="#Disk"),
            op("GET /subscriptions/{s}/disks", "Disks_List", _200={"value": ["#Disk"], "nextLink": T}),
            op(
                "POST /subscriptions/{s}/disks/{disk}/restart",
                "Disks_Restart",
                _202=None,
                x={"x-ms-long-running-operation": True},
            ),
            op(
                "GET /subscriptions/{s}/operations/{operationId}",
                "Operations_Get",
                _200={"id": T, "status": T, "error": {}},
            ),
            schemas={
                "Disk": {
                    "id": T,
                    "properties": {"provisioningState": "Creating|Succeeded|Failed|Canceled", "sizeGb": 1},
                }
            },
        ),
        {
            "Disks_Create": ("create", "Disks_Get"),
            "Disks_Get": ("poll", "Disks_Create"),
            "Disks_Restart": ("create", "Operations_Get"),
            "Operations_Get": ("poll", "Disks_Restart"),
        },
    ),
    Style(
        "google AIP-151: every slow method answers with an Operation",
        api(
            op("POST /v1/{parent}/books:import", "ImportBooks", body={"uri": T}, _200="#Operation"),
            op("POST /v1/{parent}/books", "CreateBook", body={"title": T}, _200={"name": T, "title": T}),
            op("GET /v1/{parent}/books/{book}", "GetBook", _200={"name": T, "title": T}),
            op("GET /v1/operations/{operation}", "GetOperation", _200="#Operation"),
            op("GET /v1/operations", "ListOperations", _200={"operations": ["#Operation"], "nextPageToken": T}),
            op("POST /v1/operations/{operation}:cancel", "CancelOperation", _200={}),
            op("POST /v1/operations/{operation}:wait", "WaitOperation", _200="#Operation"),
            schemas={"Operation": GOOGLE_OPERATION},
        ),
        {
            "ImportBooks": ("create", "GetOperation"),
            "GetOperation": ("poll", "ImportBooks"),
            "ListOperations": ("list", "ImportBooks"),
            "CancelOperation": ("cancel", "ImportBooks"),
        },
    ),
    Style(
        "predictions: 201, a webhook, urls to ask and to cancel",
        api(
            op(
                "POST /predictions",
                "predictions.create",
                body={"version": T, "input": {}, "webhook": T},
                _201="#Prediction",
            ),
            op("GET /predictions/{prediction_id}", "predictions.get", _200="#Prediction"),
            op("GET /predictions", "predictions.list", _200={"next": T, "results": ["#Prediction"]}),
            op("POST /predictions/{prediction_id}/cancel", "predictions.cancel", _200=None),
            op("GET /models", "models.list", _200={"results": [{"name": T}]}),
            schemas={
                "Prediction": {
                    "id": T,
                    "status": "starting|processing|succeeded|failed|canceled",
                    "urls": {"get": T, "cancel": T},
                    "error": T,
                    "output": {},
                }
            },
        ),
        {
            "predictions.create": ("create", "predictions.get"),
            "predictions.get": ("poll", "predictions.create"),
            "predictions.list": ("list", "predictions.create"),
            "predictions.cancel": ("cancel", "predictions.create"),
        },
    ),
    Style(
        "message batches: processing_status that ends",
        api(
            op(
                "POST /v1/messages",
                "messages_post",
                body={"model": T},
                _200={"id": T, "content": [{}], "stop_reason": "end_turn|max_tokens"},
            ),
            op("POST /v1/messages/batches", "batches_post", body={"requests": [{}]}, _200="#MessageBatch"),
            op("GET /v1/messages/batches", "batches_list", _200={"data": ["#MessageBatch"], "has_more": True}),
            op("GET /v1/messages/batches/{batch_id}", "batches_retrieve", _200="#MessageBatch"),
            op("POST /v1/messages/batches/{batch_id}/cancel", "batches_cancel", _200="#MessageBatch"),
            op("DELETE /v1/messages/batches/{batch_id}", "batches_delete", _200={"id": T}),
            op("GET /v1/messages/batches/{batch_id}/results", "batches_results", _200=None),
            schemas={"MessageBatch": {"id": T, "processing_status": "in_progress|canceling|ended", "ended_at": T}},
        ),
        {
            "batches_post": ("create", "batches_retrieve"),
            "batches_retrieve": ("poll", "batches_post"),
            "batches_list": ("list", "batches_post"),
            "batches_cancel": ("cancel", "batches_post"),
        },
    ),
    Style(
        "workflow dispatch: 204 and no id, runs are looked up; a run is run again",
        api(
            op("POST /repos/{o}/{r}/workflows/{w}/dispatches", "createWorkflowDispatch", body={"ref": T}, _204=None),
            op("GET /repos/{o}/{r}/runs", "listWorkflowRuns", _200={"total": 1, "workflow_runs": ["#Run"]}),
            op("GET /repos/{o}/{r}/runs/{run_id}", "getWorkflowRun", _200="#Run"),
            op("POST /repos/{o}/{r}/runs/{run_id}/cancel", "cancelWorkflowRun", _202={}),
            op("POST /repos/{o}/{r}/runs/{run_id}/rerun", "reRunWorkflow", _201={}),
            op("GET /repos/{o}/{r}/issues/{n}", "getIssue", _200={"number": 1, "state": "open|closed"}),
            op(
                "POST /repos/{o}/{r}/issues",
                "createIssue",
                body={"title": T},
                _201={"number": 1, "state": "open|closed"},
            ),
            schemas={
                "Run": {
                    "id": 1,
                    "status": "queued|in_progress|completed|waiting",
                    "conclusion": "success|failure|cancelled",
                }
            },
        ),
        {
            "reRunWorkflow": ("create", "getWorkflowRun"),
            "getWorkflowRun": ("poll", "reRunWorkflow"),
            "listWorkflowRuns": ("list", "reRunWorkflow"),
            "cancelWorkflowRun": ("cancel", "reRunWorkflow"),
        },
    ),
    Style(
        "rpc over POST: Start, Get, List, Stop",
        api(
            op(
                "POST /#Transcribe.StartTranscriptionJob",
                "StartTranscriptionJob",
                body={"TranscriptionJobName": T},
                _200={"TranscriptionJob": "#Job"},
            ),
            op(
                "POST /#Transcribe.GetTranscriptionJob",
                "GetTranscriptionJob",
                body={"TranscriptionJobName": T},
                _200={"TranscriptionJob": "#Job"},
            ),
            op(
                "POST /#Transcribe.ListTranscriptionJobs",
                "ListTranscriptionJobs",
                body={"NextToken": T},
                _200={"TranscriptionJobSummaries": ["#Job"]},
            ),
            op(
                "POST /#Transcribe.StopTranscriptionJob",
                "StopTranscriptionJob",
                body={"TranscriptionJobName": T},
                _200={},
            ),
            op(
                "POST /#Transcribe.CreateVocabulary",
                "CreateVocabulary",
                body={"VocabularyName": T},
                _200={"VocabularyName": T},
            ),
            op("POST /#Transcribe.TagResource", "TagResource", body={"ResourceArn": T}, _200={}),
            schemas={
                "Job": {"TranscriptionJobName": T, "TranscriptionJobStatus": "QUEUED|IN_PROGRESS|FAILED|COMPLETED"}
            },
        ),
        {
            "StartTranscriptionJob": ("create", "GetTranscriptionJob"),
            "GetTranscriptionJob": ("poll", "StartTranscriptionJob"),
            "ListTranscriptionJobs": ("list", "StartTranscriptionJob"),
            "StopTranscriptionJob": ("cancel", "StartTranscriptionJob"),
        },
    ),
    Style(
        "rpc with paths: /startExport and /describeExport",
        api(
            op("POST /startQueryExecution", "startQueryExecution", body={"sql": T}, _200={"queryExecutionId": T}),
            op(
                "POST /getQueryExecution",
                "getQueryExecution",
                body={"queryExecutionId": T},
                _200={"queryExecution": {"queryExecutionId": T, "state": "QUEUED|RUNNING|SUCCEEDED|FAILED|CANCELLED"}},
            ),
            op("POST /stopQueryExecution", "stopQueryExecution", body={"queryExecutionId": T}, _200={}),
            op("POST /getTable", "getTable", body={"name": T}, _200={"table": {"name": T}}),
            op("POST /createTable", "createTable", body={"name": T}, _200={"table": {"name": T}}),
        ),
        {
            "startQueryExecution": ("create", "getQueryExecution"),
            "getQueryExecution": ("poll", "startQueryExecution"),
            "stopQueryExecution": ("cancel", "startQueryExecution"),
        },
    ),
    Style(
        "ogc processes: execution answers 201 or 200, jobs stand elsewhere",
        api(
            op("GET /processes/{processID}", "getProcessDescription", _200={"id": T, "title": T}),
            op(
                "POST /processes/{processID}/execution",
                "execute",
                body={"inputs": {}},
                _200={},
                _201="#StatusInfo",
                x={
                    "parameters": [
                        {
                            "name": "Prefer",
                            "in": "header",
                            "description": "respond-async asks for asynchronous execution",
                        }
                    ]
                },
            ),
            op("GET /jobs", "getJobs", _200={"jobs": ["#StatusInfo"], "links": [{}]}),
            op("GET /jobs/{jobId}", "getStatus", _200="#StatusInfo"),
            op("DELETE /jobs/{jobId}", "dismiss", _200="#StatusInfo"),
            op("GET /jobs/{jobId}/results", "getResult", _200={}),
            schemas={
                "StatusInfo": {"jobID": T, "status": "accepted|running|successful|failed|dismissed", "progress": 1}
            },
        ),
        {
            "execute": ("create", "getStatus"),
            "getStatus": ("poll", "execute"),
            "getJobs": ("list", "execute"),
            "dismiss": ("cancel", "execute"),
        },
    ),
    Style(
        "fhir bulk export: a GET that answers 202 is not a create here, its kick-off POST is",
        api(
            op(
                "POST /Patient/$export",
                "exportPatients",
                _202=None,
                headers=["Content-Location"],
                text="Kick-off. Send Prefer: respond-async.",
            ),
            op(
                "GET /bulkstatus/{id}",
                "exportStatus",
                _202=None,
                _200={"transactionTime": T, "output": [{"url": T}], "error": [{}]},
                text="Poll for the status of an export.",
            ),
            op("DELETE /bulkstatus/{id}", "exportCancel", _202=None, summary="Cancel an export"),
            op("GET /Patient/{id}", "readPatient", _200={"id": T, "active": True}),
        ),
        {
            "exportPatients": ("create", "exportStatus"),
            "exportStatus": ("poll", "exportPatients"),
            "exportCancel": ("cancel", "exportPatients"),
        },
    ),
    Style(
        "zalando jobs: a job resource is created with 201",
        api(
            op("POST /report-jobs", "createReportJob", body={"from": T}, _201="#ReportJob", headers=["Location"]),
            op("GET /report-jobs/{job-id}", "getReportJob", _200="#ReportJob"),
            op("GET /reports/{report-id}", "getReport", _200={"id": T, "rows": [{}]}),
            schemas={"ReportJob": {"job_id": T, "state": "PENDING|RUNNING|FINISHED|FAILED", "report": T}},
        ),
        {"createReportJob": ("create", "getReportJob"), "getReportJob": ("poll", "createReportJob")},
    ),
    Style(
        "media transcoding with callback_url",
        api(
            op(
                "POST /encodes",
                "createEncode",
                body={"source": T, "callback_url": T},
                _201={"id": T, "status": "pending"},
            ),
            op(
                "GET /encodes/{id}",
                "getEncode",
                _200={"id": T, "status": "pending|encoding|complete|error", "percent": 1},
            ),
            op("GET /presets", "listPresets", _200=[{"id": T, "name": T}]),
            op("POST /presets", "createPreset", body={"name": T}, _201={"id": T, "name": T}),
        ),
        {"createEncode": ("create", "getEncode"), "getEncode": ("poll", "createEncode")},
    ),
    Style(
        "plain CRUD",
        api(
            op("POST /customers", "createCustomer", body={"name": T}, _201={"id": T, "name": T}),
            op("GET /customers/{id}", "getCustomer", _200={"id": T, "name": T}),
            op("GET /customers", "listCustomers", _200=[{"id": T}]),
            op("PUT /customers/{id}", "updateCustomer", body={"name": T}, _200={"id": T}),
            op("DELETE /customers/{id}", "deleteCustomer", _204=None),
        ),
        {},
    ),
    Style(
        "to-dos: people move the status on",
        api(
            op(
                "POST /tasks",
                "createTask",
                body={"title": T, "status": "todo|in_progress|done|cancelled"},
                _201="#Task",
            ),
            op("GET /tasks/{id}", "getTask", _200="#Task"),
            op("PATCH /tasks/{id}", "updateTask", body={"status": "todo|in_progress|done|cancelled"}, _200="#Task"),
            op("GET /tasks", "listTasks", _200=["#Task"]),
            schemas={"Task": {"id": T, "title": T, "status": "todo|in_progress|done|cancelled"}},
        ),
        {},
    ),
    Style(
        "to-dos whose status is changed later",
        api(
            op("POST /tasks", "createTask", body={"title": T}, _201="#Task"),
            op("GET /tasks/{id}", "getTask", _200="#Task"),
            op("PATCH /tasks/{id}", "updateTask", body={"status": "todo|in_progress|done|cancelled"}, _200="#Task"),
            schemas={
                "Task": {"id": T, "title": T, "assignee": T, "due_date": T, "status": "todo|in_progress|done|cancelled"}
            },
        ),
        {},
    ),
    Style(
        "webhook subscriptions",
        api(
            op("POST /webhooks", "createWebhook", body={"url": T, "callback_url": T, "events": [T]}, _201="#Hook"),
            op("GET /webhooks/{id}", "getWebhook", _200="#Hook"),
            op("POST /webhooks/{id}/test", "testWebhook", _200={"delivered": True}),
            schemas={"Hook": {"id": T, "url": T, "status": "pending|active|disabled|failed"}},
        ),
        {},
    ),
    Style(
        "search by POST",
        api(
            op("POST /search", "search", body={"query": T}, _200={"hits": [{"id": T, "score": 1}], "took": 1}),
            op(
                "POST /orders/search",
                "searchOrders",
                body={"status": WORK},
                _200={"items": [{"id": T, "status": WORK}]},
            ),
        ),
        {},
    ),
    Style(
        "payment intents",
        api(
            op("POST /payment_intents", "createPaymentIntent", body={"amount": 1, "currency": T}, _200="#Intent"),
            op("GET /payment_intents/{intent}", "getPaymentIntent", _200="#Intent"),
            op("POST /payment_intents/{intent}/cancel", "cancelPaymentIntent", _200="#Intent"),
            op("POST /payment_intents/{intent}/capture", "capturePaymentIntent", _200="#Intent"),
            op("GET /payment_intents", "listPaymentIntents", _200={"data": ["#Intent"]}),
            schemas={
                "Intent": {
                    "id": T,
                    "amount": 1,
                    "currency": T,
                    "status": "requires_payment_method|processing|succeeded|canceled",
                    "last_payment_error": {},
                }
            },
        ),
        {},
    ),
    Style(
        "payouts, whose words are those of work",
        api(
            op("POST /payouts", "createPayout", body={"amount": 1, "notification_url": T}, _201="#Payout"),
            op("GET /payouts/{id}", "getPayout", _200="#Payout"),
            op("POST /payouts/{id}/cancel", "cancelPayout", _200="#Payout"),
            schemas={
                "Payout": {
                    "id": T,
                    "amount": 1,
                    "currency": T,
                    "status": "pending|processing|completed|failed|cancelled",
                }
            },
        ),
        {},
    ),
    Style(
        "orders and shipments",
        api(
            op("POST /orders", "placeOrder", body={"lines": [{}]}, _201="#Order"),
            op("GET /orders/{id}", "getOrder", _200="#Order"),
            op("POST /orders/{id}/cancel", "cancelOrder", _200="#Order"),
            op(
                "POST /shipments",
                "createShipment",
                body={},
                _201={"id": T, "status": "created|in_transit|delivered|failed"},
            ),
            op("GET /shipments/{id}", "getShipment", _200={"id": T, "status": "created|in_transit|delivered|failed"}),
            schemas={"Order": {"id": T, "status": "pending|processing|shipped|completed|cancelled", "completed_at": T}},
        ),
        {},
    ),
    Style(
        "appointments",
        api(
            op("POST /appointments", "bookAppointment", body={"start_time": T}, _201="#Appointment"),
            op("GET /appointments/{id}", "getAppointment", _200="#Appointment"),
            op("POST /appointments/{id}/cancel", "cancelAppointment", _200="#Appointment"),
            schemas={
                "Appointment": {"id": T, "start_time": T, "status": "scheduled|in_progress|completed|cancelled|no_show"}
            },
        ),
        {},
    ),
    Style(
        "email: 202, fire and forget",
        api(
            op("POST /mail/send", "sendMail", body={"to": T}, _202=None),
            op("GET /templates/{id}", "getTemplate", _200={"id": T}),
        ),
        {"sendMail": ("create", None)},
    ),
    Style(
        "device commands",
        api(
            op("POST /devices/{deviceId}/commands", "sendCommand", body={"name": T}, _201="#Command"),
            op("GET /devices/{deviceId}/commands/{commandId}", "getCommand", _200="#Command"),
            op("GET /devices/{deviceId}", "getDevice", _200={"id": T, "status": "online|offline"}),
            schemas={"Command": {"id": T, "status": "PENDING|SENT|EXECUTING|SUCCEEDED|FAILED|TIMED_OUT"}},
        ),
        {"sendCommand": ("create", "getCommand"), "getCommand": ("poll", "sendCommand")},
    ),
    Style(
        "a queue: request ids, a status and a result below",
        api(
            op(
                "POST /queue/{app}",
                "submitToQueue",
                body={"prompt": T},
                _200={"request_id": T, "status_url": T, "response_url": T},
                text="Returns immediately; poll the status.",
            ),
            op(
                "GET /queue/{app}/requests/{request_id}/status",
                "queueStatus",
                _200={"status": "IN_QUEUE|IN_PROGRESS|COMPLETED", "queue_position": 1},
            ),
            op("GET /queue/{app}/requests/{request_id}", "queueResult", _200={"images": [{"url": T}]}),
            op("PUT /queue/{app}/requests/{request_id}/cancel", "queueCancel", _202={"status": T}),
        ),
        {
            "submitToQueue": ("create", "queueStatus"),
            "queueStatus": ("poll", "submitToQueue"),
            "queueCancel": ("cancel", "submitToQueue"),
        },
    ),
    Style(
        "serverless endpoints: run, runsync, status, cancel as verbs",
        api(
            op("POST /{endpoint}/run", "run", body={"input": {}, "webhook": T}, _200={"id": T, "status": "IN_QUEUE"}),
            op(
                "GET /{endpoint}/status/{job_id}",
                "status",
                _200={"id": T, "status": "IN_QUEUE|IN_PROGRESS|COMPLETED|FAILED|CANCELLED|TIMED_OUT"},
            ),
            op("POST /{endpoint}/cancel/{job_id}", "cancel", _200={"id": T, "status": T}),
            op("GET /{endpoint}/health", "health", _200={"jobs": {"completed": 1}}),
        ),
        {"run": ("create", "status"), "status": ("poll", "run"), "cancel": ("cancel", "run")},
    ),
    Style(
        "a crawl: an id and a url are all that the create answers",
        api(
            op(
                "POST /crawl",
                "crawlUrls",
                body={"url": T, "webhook": {"url": T}},
                _200={"success": True, "id": T, "url": T},
            ),
            op(
                "GET /crawl/{id}",
                "getCrawlStatus",
                _200={"status": "?scraping, completed, or failed", "total": 1, "completed": 1, "data": [{}]},
            ),
            op("DELETE /crawl/{id}", "cancelCrawl", _200={"status": "cancelled"}, summary="Cancel a crawl"),
            op("POST /scrape", "scrapeUrl", body={"url": T}, _200={"success": True, "data": {"markdown": T}}),
        ),
        {
            "crawlUrls": ("create", "getCrawlStatus"),
            "getCrawlStatus": ("poll", "crawlUrls"),
            "cancelCrawl": ("cancel", "crawlUrls"),
        },
    ),
    Style(
        "bulk jobs of a warehouse: jobs inserted, getQueryResults",
        api(
            op("POST /projects/{p}/jobs", "jobs.insert", body={"configuration": {}}, _200="#Job"),
            op("GET /projects/{p}/jobs/{jobId}", "jobs.get", _200="#Job"),
            op("GET /projects/{p}/jobs", "jobs.list", _200={"jobs": ["#Job"]}),
            op("POST /projects/{p}/jobs/{jobId}/cancel", "jobs.cancel", _200={"job": "#Job"}),
            op("POST /projects/{p}/datasets", "datasets.insert", body={"id": T}, _200={"id": T}),
            op("GET /projects/{p}/datasets/{datasetId}", "datasets.get", _200={"id": T}),
            schemas={
                "Job": {
                    "id": T,
                    "jobReference": {"jobId": T},
                    "status": {"state": "?Output only. PENDING, RUNNING or DONE.", "errorResult": {}},
                }
            },
        ),
        {
            "jobs.insert": ("create", "jobs.get"),
            "jobs.get": ("poll", "jobs.insert"),
            "jobs.list": ("list", "jobs.insert"),
            "jobs.cancel": ("cancel", "jobs.insert"),
        },
    ),
    Style(
        "pipelines of a continuous integration service",
        api(
            op("POST /projects/{id}/pipeline", "createPipeline", body={"ref": T}, _201="#Pipeline"),
            op("GET /projects/{id}/pipelines/{pipeline_id}", "getPipeline", _200="#Pipeline"),
            op("GET /projects/{id}/pipelines", "listPipelines", _200=["#Pipeline"]),
            op("POST /projects/{id}/pipelines/{pipeline_id}/cancel", "cancelPipeline", _200="#Pipeline"),
            op("POST /projects/{id}/pipelines/{pipeline_id}/retry", "retryPipeline", _201="#Pipeline"),
            op(
                "POST /projects/{id}/merge_requests",
                "createMergeRequest",
                body={"title": T},
                _201={"iid": 1, "state": "opened|closed|merged"},
            ),
            op(
                "GET /projects/{id}/merge_requests/{iid}",
                "getMergeRequest",
                _200={"iid": 1, "state": "opened|closed|merged"},
            ),
            schemas={
                "Pipeline": {
                    "id": 1,
                    "status": "created|pending|running|success|failed|canceled|skipped|manual",
                    "started_at": T,
                    "finished_at": T,
                }
            },
        ),
        {
            "createPipeline": ("create", "getPipeline"),
            "retryPipeline": ("create", "getPipeline"),
            "getPipeline": ("poll", "createPipeline"),
            "listPipelines": ("list", "createPipeline"),
            "cancelPipeline": ("cancel", "createPipeline"),
        },
    ),
    Style(
        "exports in an envelope of data and attributes",
        api(
            op("POST /exports", "createExport", body={"data": {"type": T}}, _201={"data": "#Export"}),
            op("GET /exports/{export_id}", "getExport", _200={"data": "#Export"}),
            op("GET /people/{person_id}", "getPerson", _200={"data": {"id": T, "attributes": {"name": T}}}),
            schemas={
                "Export": {
                    "id": T,
                    "type": T,
                    "attributes": {"status": "queued|processing|complete|failed", "download_url": T},
                }
            },
        ),
        {"createExport": ("create", "getExport"), "getExport": ("poll", "createExport")},
    ),
    Style(
        "a statement executed now or later",
        api(
            op(
                "POST /statements",
                "submitStatement",
                body={"statement": T},
                _200={"handle": T},
                _202={"handle": T, "statementStatusUrl": T},
                x={"parameters": [{"name": "async", "in": "query", "schema": {"type": "boolean"}}]},
            ),
            op(
                "GET /statements/{handle}",
                "getStatementStatus",
                _200={"handle": T, "data": [[T]]},
                _202={"handle": T, "message": T},
            ),
            op("POST /statements/{handle}/cancel", "cancelStatement", _200={"handle": T}),
        ),
        {
            "submitStatement": ("create", "getStatementStatus"),
            "getStatementStatus": ("poll", "submitStatement"),
            "cancelStatement": ("cancel", "submitStatement"),
        },
    ),
    Style(
        "tickets and issues",
        api(
            op("POST /tickets", "createTicket", body={"subject": T}, _201="#Ticket"),
            op("GET /tickets/{id}", "getTicket", _200="#Ticket"),
            op("PUT /tickets/{id}", "updateTicket", body={"status": "new|open|pending|solved|closed"}, _200="#Ticket"),
            op("POST /imports/tickets", "importTickets", body={"tickets": [{}]}, _200={"job_status": "#JobStatus"}),
            op("GET /job_statuses/{job_status_id}", "showJobStatus", _200={"job_status": "#JobStatus"}),
            op("GET /job_statuses", "listJobStatuses", _200={"job_statuses": ["#JobStatus"]}),
            schemas={
                "Ticket": {"id": 1, "status": "new|open|pending|solved|closed"},
                "JobStatus": {"id": T, "status": "queued|working|failed|completed|killed", "progress": 1, "total": 1},
            },
        ),
        {
            "importTickets": ("create", "showJobStatus"),
            "showJobStatus": ("poll", "importTickets"),
            "listJobStatuses": ("list", "importTickets"),
        },
    ),
    Style(
        "sign-ups, members and invitations",
        api(
            op(
                "POST /invitations",
                "invite",
                body={"email": T},
                _201={"id": T, "status": "pending|accepted|expired|failed"},
            ),
            op("GET /invitations/{id}", "getInvitation", _200={"id": T, "status": "pending|accepted|expired|failed"}),
            op("POST /users", "createUser", body={"email": T}, _201={"id": T, "status": "active|pending|suspended"}),
            op("GET /users/{id}", "getUser", _200={"id": T, "status": "active|pending|suspended"}),
        ),
        {},
    ),
    Style(
        "documents that are processed after their upload",
        api(
            op("POST /documents", "uploadDocument", body={"file": T}, _201="#Document"),
            op("GET /documents/{document_id}", "getDocument", _200="#Document"),
            op("PATCH /documents/{document_id}", "renameDocument", body={"title": T}, _200="#Document"),
            schemas={
                "Document": {"id": T, "title": T, "status": "queued|processing|completed|failed", "error_message": T}
            },
        ),
        {"uploadDocument": ("create", "getDocument"), "getDocument": ("poll", "uploadDocument")},
    ),
    Style(
        "subscriptions and campaigns",
        api(
            op(
                "POST /subscriptions",
                "subscribe",
                body={"plan": T},
                _201={"id": T, "status": "incomplete|active|past_due|canceled"},
            ),
            op(
                "GET /subscriptions/{id}",
                "getSubscription",
                _200={"id": T, "status": "incomplete|active|past_due|canceled"},
            ),
            op("POST /campaigns", "createCampaign", body={"name": T}, _201="#Campaign"),
            op("GET /campaigns/{id}", "getCampaign", _200="#Campaign"),
            op("POST /campaigns/{id}/pause", "pauseCampaign", _200="#Campaign"),
            schemas={"Campaign": {"id": T, "name": T, "status": "draft|active|paused|completed"}},
        ),
        {},
    ),
    Style(
        "links lead from the create to its poll",
        {
            "openapi": "3.0.3",
            "info": {"title": "T", "version": "1"},
            "paths": {
                "/convert": {
                    "post": {
                        "operationId": "convert",
                        "responses": {
                            "202": {
                                "description": "",
                                "content": {"application/json": {"schema": schema({"ticket": T})}},
                                "links": {
                                    "next": {"operationId": "lookUp", "parameters": {"t": "$response.body#/ticket"}}
                                },
                            }
                        },
                    }
                },
                "/tickets/{t}": {"get": {"operationId": "lookUp", "responses": {"200": {"description": ""}}}},
            },
        },
        {"convert": ("create", "lookUp"), "lookUp": ("poll", "convert")},
    ),
]

STYLES += [
    Style(
        "recruiting: a job is a record here",
        api(
            op("POST /jobs", "createJob", body={"title": T}, _201={"job_id": T, "status": "open|closed|draft"}),
            op("GET /jobs/{job_id}", "getJob", _200={"job_id": T, "status": "open|closed|draft"}),
            op("GET /jobs", "listJobs", _200={"jobs": [{"job_id": T, "status": "open|closed|draft"}]}),
        ),
        {},
    ),
    Style(
        "an envelope whose status says that the request was good",
        api(
            op(
                "POST /processes", "createProcess", body={}, _200={"status": "success|error", "data": {"process_id": T}}
            ),
            op("GET /processes/{id}", "getProcess", _200={"status": "success|error", "data": {"process_id": T}}),
        ),
        {},
    ),
    Style(
        "deployments that are queued, built and then stay",
        api(
            op("POST /deployments", "createDeployment", body={"ref": T}, _201="#Deployment"),
            op("GET /deployments/{id}", "getDeployment", _200="#Deployment"),
            op("PATCH /deployments/{id}/cancel", "cancelDeployment", _200="#Deployment"),
            schemas={"Deployment": {"id": T, "readyState": "QUEUED|BUILDING|READY|ERROR|CANCELED"}},
        ),
        {
            "createDeployment": ("create", "getDeployment"),
            "getDeployment": ("poll", "createDeployment"),
            "cancelDeployment": ("cancel", "createDeployment"),
        },
    ),
    Style(
        "exports that are pending, then ready or failed",
        api(
            op("POST /exports", "createExport", body={"format": T}, _201={"id": T}),
            op("GET /exports/{id}", "getExport", _200={"id": T, "status": "pending|completed|failed", "url": T}),
        ),
        {"createExport": ("create", "getExport"), "getExport": ("poll", "createExport")},
    ),
    Style(
        "expense reports and performance evaluations",
        api(
            op("POST /reports", "createReport", body={"month": T}, _201="#Report"),
            op("GET /reports/{id}", "getReport", _200="#Report"),
            op("POST /evaluations", "createEvaluation", body={"employee": T}, _201="#Evaluation"),
            op("GET /evaluations/{id}", "getEvaluation", _200="#Evaluation"),
            schemas={
                "Report": {"id": T, "status": "draft|submitted|approved|rejected|reimbursed"},
                "Evaluation": {"id": T, "status": "pending|completed|cancelled", "reviewer": T},
            },
        ),
        {},
    ),
]
