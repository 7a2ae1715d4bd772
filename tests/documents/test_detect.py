"""The detector on many styles of API (`styles.py`), and what beats it."""

import itertools
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

from accepted.documents.detect import detect
from accepted.documents.openapi import Description
from accepted.documents.statuses import told_words, vocabulary
from accepted.documents.tiers import Confirmed

_SPEC = spec_from_file_location("styles", Path(__file__).with_name("styles.py"))
_STYLES = module_from_spec(_SPEC)
_SPEC.loader.exec_module(_STYLES)
STYLES, T, api, op = _STYLES.STYLES, _STYLES.T, _STYLES.api, _STYLES.op


def found(document, confirmed=None):
    detection = detect(Description(document), confirmed)
    return {one.operation.key: one for one in detection.operations}


def reported(document, confirmed=None):
    several = found(document, confirmed).items()
    return {key: (one.role, one.pair.key if one.pair else None) for key, one in several if one.reported}


@pytest.mark.parametrize("style", STYLES, ids=[style.name for style in STYLES])
def test_style(style):
    assert reported(style.document) == style.expected


@pytest.mark.parametrize("style", [style for style in STYLES if style.expected], ids=lambda style: style.name)
def test_every_detected_operation_says_why(style):
    assert all(one.why and all(one.why) for one in found(style.document).values())


WORK = "queued|running|succeeded|failed"
JOBS = api(
    op("POST /jobs", "createJob", body={"input": T}, _202={"id": T}),
    op("GET /jobs/{id}", "getJob", _200={"id": T, "status": WORK}),
    op("GET /jobs", "listJobs", _200={"items": [{"id": T, "status": WORK}]}),
    op("POST /jobs/{id}/cancel", "cancelJob", _202={"id": T}),
    op("POST /things", "createThing", body={"name": T}, _201={"id": T}),
    op("GET /things/{id}", "getThing", _200={"id": T}),
)


def test_the_reasons_are_words():
    jobs = found(JOBS)
    assert "answers 202" in jobs["createJob"].why
    assert "`GET /jobs/{id}` reads one of `/jobs`" in jobs["createJob"].why
    assert "exposes `status` with queued, running, succeeded, failed" in jobs["getJob"].why


def test_a_create_names_all_its_partners():
    create = found(JOBS)["createJob"]
    assert create.tier == "A"
    assert [one.key for one in (create.poll, create.cancel, create.listing)] == ["getJob", "cancelJob", "listJobs"]


def test_a_detection_is_asked_by_operation_and_by_role():
    description = Description(JOBS)
    detection = detect(description)
    assert detection.of(description.by_id["createThing"]) is None
    assert detection.of(description.by_id["createJob"]).role == "create"
    assert [one.operation.key for one in detection.with_role("poll")] == ["getJob"]


# ---- what is declared


def tagged(**members):
    return api(
        op("POST /things", "createThing", body={"name": T}, _200={"id": T}, x=members),
        op("GET /things/{id}", "getThing", _200={"id": T}),
        op("GET /other/{id}", "getOther", _200={"id": T}),
    )


def test_the_extension_beats_inference_and_names_the_poll():
    role = {"role": "create", "step": 1, "of": 2, "poll": "getOther"}
    marked = found(tagged(**{"x-async-request-reply": role}))
    assert (marked["createThing"].tier, marked["createThing"].declared) == ("A", True)
    assert marked["createThing"].poll.key == "getOther"
    assert (marked["getOther"].role, marked["getOther"].tier) == ("poll", "A")


def test_the_tag_is_enough():
    marked = found(tagged(tags=["Async Request-Reply"]))
    assert (marked["createThing"].role, marked["createThing"].declared) == ("create", True)


@pytest.mark.parametrize(
    "said", [{"role": "creat"}, {"step": 1, "of": 2, "poll": "getJob"}, {"role": ["create"]}, {}, "create", True]
)
def test_an_extension_without_a_role_that_there_is_declares_nothing(said):
    create = op("POST /jobs", "createJob", body={}, _202={"id": T}, x={"x-async-request-reply": said})
    assert reported(api(create)) == {"createJob": ("create", None)}
    assert not found(api(create))["createJob"].declared
    create[2]["tags"] = ["Async Request-Reply"]
    assert found(api(create))["createJob"].declared


TAGGED = {"tags": ["Async Request-Reply"]}
THING = op("GET /things/{id}", "getThing", _200={"id": T})


@pytest.mark.parametrize("code", ["_200", "_204"])
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_the_tag_makes_a_create_of_every_method(method, code):
    document = api(op(f"{method} /things/{{id}}", "act", x=TAGGED, **{code: None}), THING)
    assert reported(document)["act"] == ("create", None)


def test_to_delete_a_task_cancels_it_unless_another_operation_does():
    job = op("GET /jobs/{id}", "getJob", _200={"id": T, "status": WORK})
    delete = op("DELETE /jobs/{id}", "deleteJob", _204=None, x=TAGGED)
    cancel = op("POST /jobs/{id}/cancel", "cancelJob", _202=None)
    assert reported(api(job, delete))["deleteJob"][0] == "cancel"
    assert "deleteJob" not in reported(api(job, delete, cancel))


@pytest.mark.parametrize(
    ("line", "answer", "role"),
    [
        ("GET /reports/{id}", None, "poll"),
        ("GET /reports/{id}/status", None, "poll"),
        ("GET /reports", None, "list"),
        ("GET /reports", [{"id": T, "status": WORK}], "list"),
    ],
)
def test_a_tagged_read_of_one_thing_is_a_poll_and_of_several_a_list(line, answer, role):
    assert found(api(op(line, "read", _200=answer, x=TAGGED)))["read"].role == role


def test_a_tagged_file_is_neither():
    read = op("GET /reports/{id}/file", "read", _200={}, x=TAGGED)
    read[2]["responses"]["200"]["content"] = {"application/pdf": {}}
    assert found(api(read)) == {}


@pytest.mark.parametrize(
    ("create", "get", "paired"),
    [
        ("POST /reports", "GET /reports/{id}", True),
        ("POST /reports/start", "GET /reports/{id}/status", True),
        ("POST /films/{film}/print", "GET /reports/{report_id}", True),
        ("POST /films", "GET /reports/{id}", False),
    ],
)
def test_a_poll_that_is_declared_is_that_of_its_collection_or_its_id(create, get, paired):
    operations = (op(create, "create", _202={"report_id": T}), op(get, "poll", _200=None))
    told = reported(api(*operations), Confirmed(roles={"poll": "poll"}))
    assert told["create"] == ("create", "poll" if paired else None)
    assert told["poll"] == ("poll", "create" if paired else None)


@pytest.mark.parametrize("status", [T, WORK])
def test_a_list_is_there_whatever_the_status_says(status):
    document = api(
        op("POST /reports", "createReport", _202={"id": T}),
        op("GET /reports/{id}", "getReport", _200="#Report"),
        op("GET /reports", "listReports", _200=["#Report"]),
        schemas={"Report": {"id": T, "status": status}},
    )
    assert found(document)["createReport"].listing.key == "listReports"


def test_an_operation_that_yields_the_result_has_no_role_of_ours():
    document = api(
        op("POST /jobs", "createJob", body={}, _202={"id": T}, x={"x-async-request-reply": {"role": "result"}}),
    )
    assert found(document) == {}


@pytest.mark.parametrize("name", ["createThing", "POST /things"])
def test_the_configuration_confirms(name):
    confirmed = Confirmed(roles={name: "create"})
    assert reported(tagged(), confirmed)["createThing"] == ("create", None)


@pytest.mark.parametrize("name", ["createJob", "POST /jobs"])
def test_the_configuration_dismisses(name):
    assert "createJob" not in found(JOBS, Confirmed(dismissed=frozenset({name})))


def test_the_configuration_beats_the_extension():
    document = tagged(**{"x-async-request-reply": {"role": "create", "poll": "getThing"}})
    assert "createThing" not in found(document, Confirmed(dismissed=frozenset({"createThing"})))


# ---- tiers


@pytest.mark.parametrize(
    ("tier", "document"),
    [
        ("A", api(op("POST /x", "x", _202=None))),
        ("A", api(op("POST /x", "x", _200=None, headers=["Operation-Location"]))),
        ("A", api(op("DELETE /x/{id}", "x", _204=None, x={"x-ms-long-running-operation": True}))),
        ("B", api(op("POST /scans", "x", _201={"id": T}), op("GET /scans/{id}", "y", _200={"status": WORK}))),
        ("C", api(op("POST /x", "x", _201={"id": T}), op("GET /x/{id}", "y", _200={"status": "new|active|failed"}))),
        ("B", api(op("POST /x", "x", _201={"id": T}, text="The work is done asynchronously."))),
        ("C", api(op("POST /x", "x", _201={"id": T}, text="This may take some minutes."))),
        ("D", api(op("POST /jobs", "x", _201={"id": T}))),
    ],
)
def test_tiers(tier, document):
    assert (found(document)["x"].role, found(document)["x"].tier) == ("create", tier)


def test_suggestions_are_not_reported():
    assert not found(api(op("POST /jobs", "x", _201={"id": T})))["x"].reported


def test_a_get_is_never_a_create():
    assert found(api(op("GET /files/{id}", "x", _202=None, x={"x-ms-long-running-operation": True}))) == {}


def test_not_asynchronous_is_not_asynchronous():
    assert found(api(op("POST /x", "x", _201={"id": T}, text="This is not an asynchronous call."))) == {}


def test_webhooks_are_no_operations_of_the_api():
    document = api(webhooks={"done": {"post": {"responses": {"202": {"description": ""}}}}})
    assert found(document) == {}


# ---- speed


def many(count):
    """A document of `count` kinds of jobs, all with one schema."""
    operations = []
    for number in range(count):
        operations += [
            op(
                f"POST /area{number}/jobs", f"createJob{number}", body={"a": T}, _201="#Job", text="Starts a job. " * 20
            ),
            op(f"GET /area{number}/jobs/{{id}}", f"getJob{number}", _200="#Job"),
            op(f"GET /area{number}/jobs", f"listJob{number}", _200={"items": ["#Job"]}),
            op(f"POST /area{number}/jobs/{{id}}/cancel", f"cancelJob{number}", _200="#Job"),
        ]
    return api(*operations, schemas={"Job": {"id": T, "status": WORK, **{f"p{n}": T for n in range(20)}}})


def steps(document):
    """How many calls detection makes: the work, whatever machine does it."""
    made = itertools.count()
    description = Description(document)
    sys.setprofile(lambda *_: next(made))
    try:
        detect(description)
    finally:
        sys.setprofile(None)
    return next(made)


def test_work_grows_with_the_document_and_not_faster():
    assert steps(many(240)) < 8 * 1.1 * steps(many(30))


@pytest.mark.parametrize(
    ("words", "strength"),
    [
        (["TRAINING_IN_PROGRESS", "TRAINING_COMPLETED", "TRAINING_FAILED"], 3),
        (["STARTED", "PASSED", "TIMED_OUT"], 2),
        (["PENDING"], 0),
        (["SHIPPED"], -1),
        (["creating", "ready", "deleting"], 0),
    ],
)
def test_the_words_of_a_status_tell_how_much_it_says_of_work(words, strength):
    assert vocabulary("status", words).strength == strength


def test_what_waits_for_its_end_is_not_over():
    told = vocabulary("status", ["pending_completion", "queued_complete", "WAITING_TO_FINISH", "COPYING_COMPLETED"])
    assert told.succeeded == ("COPYING_COMPLETED",)


def test_a_thing_that_a_machine_takes_from_state_to_state_lives():
    assert vocabulary("state", ["creating", "ready", "upgrading", "deleting"]).lives
    assert not vocabulary("state", ["creating", "ready", "deleting"]).lives
    assert not vocabulary("state", ["CREATING", "PENDING", "WAITING", "READY"]).lives
    assert not vocabulary("state", ["transcoding", "ready", "uploading", "deleting"]).lives


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("It defines the common `type` element and Swagger's `discriminator`.", []),
        ("One of `queued`, `held` and `done`.", ["queued", "held", "done"]),
        ("<dl><dt>Creating</dt><dd>It is made.</dd><dt>Failed</dt></dl>", ["Creating", "Failed"]),
        ("* **queued** it waits * **failed** it does not", ["queued", "failed"]),
        ("One of the following:<ul><li>PENDING</li> &gt; <li>CREATE FAILED</li></ul>", ["PENDING", "FAILED"]),
    ],
)
def test_what_a_text_quotes_are_statuses_where_one_of_them_is_a_word_for_one(text, words):
    assert told_words(text) == words
