"""What the `http` contract finds in documents that nobody declared: pure cases, hostile ones among them."""

import json
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from accepted.core.read import Answer
from accepted.core.task import Doing, Status, Task
from accepted.errors import ContractBroken
from accepted.services import _monitors as monitors
from accepted.services import _readings as readings
from accepted.services import _words as words
from accepted.services import _yields as yields
from accepted.services._words import Given

CREATE = "https://api.test/v1/reports"


def raw(document: Any) -> bytes:
    return document if isinstance(document, bytes) else json.dumps(document).encode()


def answer(document: Any = b"", code: int = 200, **fields: str) -> Answer:
    headers = tuple((name.replace("_", "-"), value) for name, value in fields.items())
    return Answer(code=code, headers=headers, raw=raw(document))


def task(status: Status = Status.IN_PROGRESS, **yielded: str) -> Task[Any]:
    known = {"monitor": f"{CREATE}/7", **yielded}
    doing = Doing(operation="poll", yields={name: text for name, text in known.items() if text})
    return Task(service="http", id="/v1/reports/7", base_url=CREATE, status=status, doing=doing)


# ---- the status: document -> its place and meaning, or what is said against it

STATUS = [
    # the usual places, in order
    ({"status": "running"}, ("/status", Status.IN_PROGRESS)),
    ({"state": "QUEUED"}, ("/state", Status.QUEUED)),
    ({"Status": "Succeeded"}, ("/Status", Status.COMPLETED)),
    ({"status": {"state": "TASK_STATE_WORKING"}}, ("/status/state", Status.IN_PROGRESS)),
    ({"data": {"status": "pending"}}, ("/data/status", Status.QUEUED)),
    ({"data": {"attributes": {"status": "completed"}}}, ("/data/attributes/status", Status.COMPLETED)),
    ({"task": {"state": "failed"}}, ("/task/state", Status.FAILED)),
    ({"job": {"jobStatus": "dismissed"}}, ("/job/jobStatus", Status.CANCELLED)),
    ({"properties": {"provisioningState": "Updating"}}, ("/properties/provisioningState", Status.IN_PROGRESS)),
    ({"runtimeStatus": "Completed", "output": 1}, ("/runtimeStatus", Status.COMPLETED)),
    # spelling
    ({"status": "In Progress"}, ("/status", Status.IN_PROGRESS)),
    ({"status": "in-progress"}, ("/status", Status.IN_PROGRESS)),
    ({"status": "notStarted"}, ("/status", Status.QUEUED)),
    ({"status": "JOB_STATE_SUCCEEDED"}, ("/status", Status.COMPLETED)),
    ({"status": "CANCELED"}, ("/status", Status.CANCELLED)),
    # words that are no promise
    ({"status": "done"}, ("/status", Status.UNKNOWN)),
    ({"status": "finished"}, ("/status", Status.UNKNOWN)),
    ({"status": "incomplete"}, ("/status", Status.UNKNOWN)),
    ({"status": "not completed"}, ("/status", Status.UNKNOWN)),
    ({"status": "succeeded?"}, ("/status", Status.UNKNOWN)),
    ({"status": "Сompleted"}, ("/status", Status.UNKNOWN)),  # noqa: RUF001  # its first letter is Cyrillic
    ({"status": "ok"}, ("/status", Status.UNKNOWN)),
    # no status at all
    ({}, None),
    (None, None),
    ([], None),
    ("completed", None),
    ([{"status": "completed"}], None),
    ({"status": None}, None),
    ({"status": ""}, None),
    ({"status": 200}, None),
    ({"status": True}, None),
    ({"status": ["completed"]}, None),
    ({"statusCode": "completed"}, None),
    ({"items": [{"status": "completed"}]}, None),
    ({"a": {"b": {"status": "completed"}}}, None),
    # the status of the request is not that of the task
    ({"status": "success", "data": {"id": 7}}, None),
    ({"status": "success", "data": {"status": "running"}}, ("/data/status", Status.IN_PROGRESS)),
    ({"status": "success", "message": "still working on it"}, None),
    ({"status": "error", "message": "no such task"}, None),
    # Google operations
    ({"name": "operations/1", "done": False}, ("/done", Status.IN_PROGRESS)),
    ({"name": "operations/1", "metadata": {}}, ("/done", Status.IN_PROGRESS)),
    ({"name": "operations/1"}, ("/done", Status.IN_PROGRESS)),
    ({"name": "Q3"}, None),
    ({"done": True, "response": {}}, ("/done", Status.COMPLETED)),
    ({"done": True, "response": {}, "metadata": {"state": "RUNNING"}}, ("/done", Status.COMPLETED)),
    ({"done": True, "error": {"code": 5}}, ("/done", Status.FAILED)),
    ({"done": True, "error": {"code": 1}}, ("/done", Status.CANCELLED)),
    ({"done": True}, ("/done", Status.UNKNOWN)),
    ({"done": True, "result": 3}, ("/done", Status.UNKNOWN)),
    ({"done": "true"}, None),
    # several places that agree, or of which one is not final
    ({"status": "completed", "state": "SUCCEEDED"}, ("/status", Status.COMPLETED)),
    ({"status": "weird", "state": "running"}, ("/state", Status.IN_PROGRESS)),
    ({"status": "completed", "done": True}, ("/status", Status.COMPLETED)),
    ({"status": "completed", "result": {"state": "CA"}}, ("/status", Status.COMPLETED)),
    ({"status": "completed", "conclusion": "success"}, ("/status", Status.COMPLETED)),
    ({"status": "completed", "progress": 40}, ("/status", Status.COMPLETED)),
    # an error beside a success is a failure
    ({"status": "COMPLETED", "error": "out of memory"}, ("/status", Status.FAILED)),
    ({"status": "completed", "error": {"message": "no"}}, ("/status", Status.FAILED)),
    ({"status": "completed", "error": None}, ("/status", Status.COMPLETED)),
    ({"status": "completed", "error": {"code": 0, "message": ""}}, ("/status", Status.COMPLETED)),
    ({"status": "completed", "error": []}, ("/status", Status.COMPLETED)),
]

CONTRADICTIONS = [
    ({"status": "completed", "state": "running"}, "status_pointer=/status"),
    ({"status": "running", "state": "completed"}, "status_pointer=/state"),
    ({"status": "failed", "state": "succeeded"}, "status_pointer=/status"),
    ({"status": "completed", "data": {"status": "pending"}}, "'pending' at /data/status"),
    ({"status": "completed", "state": "archived"}, "'archived' at /state"),
    ({"status": "completed", "done": False}, "'done: false' at /done"),
    ({"status": "completed", "conclusion": "failure"}, "'failure' at /conclusion"),
    ({"status": "completed", "success": False}, "'false' at /success"),
    ({"status": "completed", "isFinished": False}, "'false' at /isFinished"),
    ({"status": "success", "progress": 40}, "'40' at /progress"),
    ({"status": "success", "progress": 0.4}, "'0.4' at /progress"),
    ({"status": "completed", "render": {"status": "running"}}, "'running' at /render/status"),
    ({"status": "completed", "result": {"status": "failed"}}, "'failed' at /result/status"),
]


@pytest.mark.parametrize(("document", "expected"), STATUS)
def test_status(document: Any, expected: Any) -> None:
    found = words.find(document, Given())
    assert (found and (found.at, found.meaning.status)) == expected


@pytest.mark.parametrize(("document", "told"), CONTRADICTIONS)
def test_a_status_that_contradicts_itself(document: Any, told: str) -> None:
    with pytest.raises(ContractBroken, match="contradicts itself") as caught:
        words.find(document, Given())
    assert told in str(caught.value)
    assert "status_pointer=" in str(caught.value)


@pytest.mark.parametrize(
    ("given_", "document", "expected"),
    [
        (Given(status_pointer="/work/phase"), {"work": {"phase": "succeeded"}}, Status.COMPLETED),
        (Given(status_pointer="/state"), {"status": "completed", "state": "running"}, Status.IN_PROGRESS),
        (Given(status_pointer="/done", final_words="true"), {"done": True}, Status.COMPLETED),
        (Given(status_pointer="/code", final_words=["3"]), {"code": 3}, Status.COMPLETED),
        (Given(status_pointer="/code", final_words=["3"]), {"code": 2}, Status.UNKNOWN),
        (Given(final_words="done, finished"), {"status": "Finished"}, Status.COMPLETED),
        (Given(failed_words=["succeeded"]), {"status": "succeeded"}, Status.FAILED),
        (Given(cancelled_words=["gone away"]), {"status": "GONE_AWAY"}, Status.CANCELLED),
        (Given(pending_words="completed"), {"status": "completed"}, Status.IN_PROGRESS),
    ],
)
def test_what_is_given_decides(given_: Given, document: Any, expected: Status) -> None:
    found = words.find(document, given_)
    assert found
    assert found.meaning.status is expected


@pytest.mark.parametrize("document", [{}, None, [], {"work": None}, {"work": {}}, {"work": []}])
def test_a_pointer_that_leads_nowhere(document: Any) -> None:
    with pytest.raises(ContractBroken, match="nothing stands at /work"):
        words.find(document, Given(status_pointer="/work"))


# ---- where the task is asked about

MONITORS = [
    # a header field, in the order of `wire.MONITORS`
    (answer(code=202, location="/jobs/1"), "https://api.test/jobs/1", "Location"),
    (answer(code=202, location="jobs/1"), "https://api.test/v1/jobs/1", "Location"),
    (answer(code=202, location="https://jobs.test/1?sig=x"), "https://jobs.test/1?sig=x", "Location"),
    (answer(code=202, content_location="/a", location="/b"), "https://api.test/b", "Location"),
    (answer(code=202, location="/b", operation_location="/c"), "https://api.test/c", "Operation-Location"),
    (answer(operation_location="/c", azure_asyncoperation="/d"), "https://api.test/d", "Azure-AsyncOperation"),
    (answer(code=202, location="  ", content_location="/a"), "https://api.test/a", "Content-Location"),
    (answer({"id": 1, "job_id": 2}, code=202, location="/b"), "https://api.test/b", "Location"),
    # a link in the body
    (answer({"links": {"self": "/jobs/1"}}), "https://api.test/jobs/1", "body /links/self"),
    (answer({"links": {"self": "/jobs/1", "status": "/s"}}), "https://api.test/s", "body /links/status"),
    (answer({"_links": {"status": {"href": "/s"}}}), "https://api.test/s", "body /_links/status"),
    (answer({"_links": {"status": [{"href": "/s"}]}}), "https://api.test/s", "body /_links/status/0"),
    (answer({"links": [{"rel": "up", "href": "/"}, {"rel": "monitor", "href": "/m"}]}), "https://api.test/m", None),
    (answer({"links": [{"rel": ["monitor", "x"], "href": "/m"}]}), "https://api.test/m", "body /links/0"),
    (answer({"data": {"links": {"self": "/p/1"}}}), "https://api.test/p/1", "body /data/links/self"),
    (answer({"links": {"self": "/v1/reports"}, "id": "7"}), f"{CREATE}/7", None),  # the place of the create is none
    (answer({"status_url": "/s", "response_url": "/r"}), "https://api.test/s", "body /status_url"),
    (answer({"statusUrl": "/s"}), "https://api.test/s", "body /statusUrl"),
    (answer({"statusQueryGetUri": "/s"}), "https://api.test/s", "body /statusQueryGetUri"),
    (answer({"polling_url": "/p", "id": "1"}), "https://api.test/p", "body /polling_url"),
    (answer({"id": "1", "urls": {"get": "/g", "cancel": "/c"}}), "https://api.test/g", "body /urls/get"),
    # an id in the body, and a guess
    (answer({"id": "7"}), f"{CREATE}/7", f"{monitors.GUESSED} at /id"),
    (answer({"task_id": "7"}), f"{CREATE}/7", f"{monitors.GUESSED} at /task_id"),
    (answer({"taskId": "7"}), f"{CREATE}/7", f"{monitors.GUESSED} at /taskId"),
    (answer({"jobID": 7}), f"{CREATE}/7", f"{monitors.GUESSED} at /jobID"),
    (answer({"data": {"id": "7"}}), f"{CREATE}/7", f"{monitors.GUESSED} at /data/id"),
    (answer({"job": {"id": "7"}}), f"{CREATE}/7", f"{monitors.GUESSED} at /job/id"),
    (answer({"id": "7", "request_id": "r"}), f"{CREATE}/7", f"{monitors.GUESSED} at /id"),
    (answer({"request_id": "r"}), f"{CREATE}/r", f"{monitors.GUESSED} at /request_id"),
    (answer({"id": "7", "job_id": "7"}), f"{CREATE}/7", f"{monitors.GUESSED} at /id"),
    (answer({"id": "a/../b?c"}), f"{CREATE}/a%2F..%2Fb%3Fc", None),
    (answer({"name": "operations/o"}), "https://api.test/v1/operations/o", f"{monitors.GUESSED} at /name"),
]


@pytest.mark.parametrize(("told", "url", "found_in"), MONITORS)
def test_monitor(told: Answer, url: str, found_in: str | None) -> None:
    found = monitors.monitor_of(told, Given(), CREATE)
    assert found.url == url
    assert found_in in {None, found.found_in}


@pytest.mark.parametrize(
    ("poll_path", "document", "url"),
    [
        ("/jobs/{id}", {"id": "7"}, "https://api.test/jobs/7"),
        ("/jobs/{id}", {"id": "a/b"}, "https://api.test/jobs/a%2Fb"),
        ("/v1/{+id}", {"name": "operations/o"}, "https://api.test/v1/operations/o"),
        ("status/{id}", {"id": "7"}, f"{CREATE}/status/7"),
        ("https://jobs.test/{id}", {"id": "7"}, "https://jobs.test/7"),
        ("/only", {}, "https://api.test/only"),
    ],
)
def test_a_path_that_is_given(poll_path: str, document: Any, url: str) -> None:
    told = answer(document, code=202, location="/elsewhere")
    found = monitors.monitor_of(told, Given(poll_path=poll_path), CREATE)
    assert (found.url, found.found_in) == (url, "poll_path")


@pytest.mark.parametrize(
    ("told", "given_", "option"),
    [
        (answer(), Given(), "poll_path"),
        (answer(code=202), Given(), "poll_path"),
        (answer(b"<html>", code=202), Given(), "poll_path"),
        (answer({"reference": "7"}), Given(), "id_pointer"),
        (answer({"name": "Q3"}), Given(), "id_pointer"),
        (answer({"id": None}), Given(), "id_pointer"),
        (answer({"id": {"a": 1}}), Given(), "id_pointer"),
        (answer({"id": True}), Given(), "id_pointer"),
        (answer({"id": ""}), Given(), "id_pointer"),
        (answer({"id": "7", "job_id": "8"}), Given(), "id_pointer=/id"),
        (answer({"id": "7", "task": {"id": "8"}}), Given(poll_path="/t/{id}"), "id_pointer=/id"),
        (answer({"reference": "7"}), Given(poll_path="/t/{id}"), "id_pointer"),
        (answer({"id": "7"}), Given(id_pointer="/reference"), "/reference (id_pointer)"),
        (answer(["7"]), Given(), "id_pointer"),
        (answer(code=202, location="ftp://api.test/1"), Given(), "no place"),
        (answer(code=202, location="javascript:alert(1)"), Given(), "no place"),
        (answer(code=202, location="http://[::1"), Given(), "no place"),
        (answer(code=202, location="https://api.test:0/"), Given(), "no place"),
        (answer(code=202, location="/a b"), Given(), "no place"),
    ],
)
def test_a_create_that_leads_nowhere_names_the_input(told: Answer, given_: Given, option: str) -> None:
    with pytest.raises(ContractBroken) as caught:
        monitors.monitor_of(told, given_, CREATE)
    assert option in str(caught.value)


def test_no_value_of_an_answer_is_quoted_that_may_be_a_secret() -> None:
    with pytest.raises(ContractBroken) as caught:
        monitors.monitor_of(answer({"upload": "https://x.test/?sig=secret"}), Given(), CREATE)
    assert "secret" not in str(caught.value)
    assert "upload" in str(caught.value)


# ---- what a poll says

POLLS = [
    # 202 is in progress, whatever its body
    (answer(code=202), {}, Status.IN_PROGRESS),
    (answer({"status": "running"}, code=202), {}, Status.IN_PROGRESS),
    (answer({"status": "IN_QUEUE"}, code=202), {}, Status.QUEUED),
    (answer({"status": "gruntled"}, code=202), {}, Status.IN_PROGRESS),
    (answer({"status": "completed", "result": 1}, code=202), {}, Status.UNKNOWN),
    (answer({"status": "failed"}, code=202), {}, Status.UNKNOWN),
    (answer({"status": "completed", "state": "running"}, code=202), {}, Status.UNKNOWN),
    (answer(b"<html>", code=202), {}, Status.IN_PROGRESS),
    # 303 is the end
    (answer(code=303, location="/r"), {}, Status.COMPLETED),
    # a status
    (answer({"status": "completed"}), {}, Status.COMPLETED),
    (answer({"status": "nonsense"}), {}, Status.UNKNOWN),
    # the Location style: the codes are the status
    (answer({"pages": 3}), {"monitor_found_in": "Location", "seen_202": "yes"}, Status.COMPLETED),
    (answer({"progress": 3}), {"monitor_found_in": "Location", "seen_202": "yes"}, Status.COMPLETED),
    (answer({"pages": 3}), {"monitor_found_in": "Content-Location"}, Status.COMPLETED),
    (answer(code=204), {"monitor_found_in": "Location"}, Status.COMPLETED),
    (answer(), {"monitor_found_in": "Location"}, Status.COMPLETED),
    (answer(b"a,b\n1,2", content_type="text/csv"), {"monitor_found_in": "Location"}, Status.COMPLETED),
    (answer({"error": {"message": "no"}}), {"monitor_found_in": "Location", "seen_202": "yes"}, Status.FAILED),
    (
        answer({"title": "No"}, content_type="application/problem+json"),
        {"monitor_found_in": "Location", "seen_202": "yes"},
        Status.FAILED,
    ),
    (answer({"pages": 3}), {"monitor_found_in": "", "seen_202": "yes"}, Status.COMPLETED),
    # a 200 that is given as the end
    (answer({"pages": 3}), {"given": '{"final_words":"200"}'}, Status.COMPLETED),
    (answer({"status": "completed"}, code=202), {"given": '{"status_pointer":"/status"}'}, Status.COMPLETED),
]

NO_STATUS = [
    (answer({"pages": 3}), {}),
    (answer({"pages": 3}), {"monitor_found_in": "Operation-Location", "seen_202": "yes"}),
    (answer({"pages": 3}), {"monitor_found_in": "body /links/self"}),
    (answer({"pages": 3}), {"monitor_found_in": f"{monitors.GUESSED} at /id"}),
    (answer({"pages": 3}), {"monitor_found_in": "poll_path"}),
    (answer(code=204), {"monitor_found_in": "poll_path"}),
    (answer({"pages": 3}), {"monitor_found_in": "Location", "status_at": "/status"}),
    (answer({"progress": 40}), {"monitor_found_in": "Location"}),
    (answer({"job": {"phase": "running"}}), {"monitor_found_in": "Location"}),
    (answer({"message": "still working on it"}), {"monitor_found_in": "Location"}),
    (answer({"status": "success", "data": {"id": 7}}), {"monitor_found_in": "Location"}),
    (answer("working"), {"monitor_found_in": "Location"}),
    (answer(False), {"monitor_found_in": "Location"}),
    (answer(b"still working", content_type="text/plain"), {"monitor_found_in": "Location"}),
    (answer(b"<html>log in", content_type="text/html"), {"monitor_found_in": "Location", "seen_202": "yes"}),
    (answer(code=206), {"monitor_found_in": "Location", "seen_202": "yes"}),
    (answer(b"{", content_type="application/json"), {}),
]


@pytest.mark.parametrize(("told", "known", "expected"), POLLS)
def test_poll(told: Answer, known: dict[str, str], expected: Status) -> None:
    reading = readings.read_poll(Given(), task(**known), told)
    assert (reading.status, reading.over) == (expected, False)


@pytest.mark.parametrize(("told", "known"), NO_STATUS)
def test_an_answer_without_a_status_names_the_input(told: Answer, known: dict[str, str]) -> None:
    with pytest.raises(ContractBroken, match="status_pointer, or final_words=20"):
        readings.read_poll(Given(), task(**known), told)


def test_done_and_nothing_else_is_over_and_no_success() -> None:
    reading = readings.read_poll(Given(), task(), answer({"done": True}))
    assert (reading.status, reading.over) == (Status.UNKNOWN, True)


def test_a_303_that_leads_nowhere() -> None:
    with pytest.raises(ContractBroken, match="without a Location"):
        readings.read_poll(Given(), task(), answer(code=303))


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ({"status": "failed", "error": {"message": "no ink"}}, "no ink"),
        ({"status": "failed", "error": "no ink"}, "no ink"),
        ({"status": "failed", "errors": [{"detail": "no ink"}]}, "no ink"),
        ({"status": "failed", "detail": "no ink"}, "no ink"),
        ({"status": "failed", "error": {"title": "Ink", "detail": "no ink"}}, "no ink"),
        ({"status": "failed", "message": "no ink"}, "no ink"),
        ({"data": {"status": "failed", "error": {"message": "no ink"}}}, "no ink"),
        ({"status": "failed", "failureReason": "no ink"}, "no ink"),
        ({"status": "failed"}, None),
        ({"status": "failed", "error": {"message": 3}}, None),
    ],
)
def test_why_it_failed(document: Any, told: str | None) -> None:
    assert readings.read_poll(Given(), task(), answer(document)).message == told


@pytest.mark.parametrize("word", ["completed", "failed", "success", "cancelled"])
def test_the_answer_to_a_create_is_never_an_end(word: str) -> None:
    assert readings.read_create(task(), answer({"status": word, "id": "7"})).status is None


# ---- where the result is


@pytest.mark.parametrize(
    ("document", "given_", "found_in"),
    [
        ({"status": "completed", "result": 3}, Given(), "/result"),
        ({"status": "completed", "output": []}, Given(), "/output"),
        ({"status": "completed", "result": None, "outputs": {"a": 1}}, Given(), "/outputs"),
        ({"done": True, "response": {"a": 1}}, Given(), "/response"),
        ({"data": {"status": "completed", "result": 3}}, Given(), "/data/result"),
        ({"data": {"attributes": {"status": "completed"}}}, Given(), "nowhere"),
        ({"status": "completed", "data": {"rows": 3}}, Given(), "/data"),
        ({"status": "completed", "links": {"result": "/r"}}, Given(), "link /links/result"),
        ({"status": "completed", "result": 3, "links": {"result": "/r"}}, Given(), "/result"),
        ({"status": "completed", "response_url": "/r"}, Given(), "link /response_url"),
        ({"status": "completed", "video": "/v"}, Given(), "nowhere"),
        ({"status": "completed", "video": "/v"}, Given(result_pointer="/video"), "/video"),
        ({"status": "completed", "result": 3}, Given(result_path="results"), "result_path"),
    ],
)
def test_result(document: Any, given_: Given, found_in: str) -> None:
    assert yields.result_found_in(given_, task(Status.COMPLETED), answer(document)) == found_in


@pytest.mark.parametrize(
    ("document", "given_", "place"),
    [
        ({"links": {"result": "/r"}}, Given(), "https://api.test/r"),
        ({"_links": {"results": {"href": "r"}}}, Given(), "https://api.test/v1/reports/r"),
        ({"links": {"result": "mailto:a@b"}}, Given(), None),
        ({"links": {"result": "http://[::1"}}, Given(), None),
        ({"resourceLocation": "https://api.test/things/1"}, Given(), "https://api.test/things/1"),
        ({}, Given(result_path="results"), "https://api.test/v1/reports/7/results"),
        ({}, Given(result_path="/results/{id}"), "https://api.test/results/7"),
        ({}, Given(), None),
    ],
)
def test_where_the_result_is_fetched(document: Any, given_: Given, place: str | None) -> None:
    assert yields.result_at(given_, task(), answer(document)) == place


# ---- no guess leads to a success

SUCCESSES = {word.replace("_", "") for word, meaning in words.WORDS.items() if "completed" in str(meaning)}
OTHERS = ("done", "data", "task", "job", "properties", "attributes", "result", "error", "response", "code", "x")
NAMES = st.sampled_from((*words.NAMES, *OTHERS))
TEXTS = st.one_of(st.text(max_size=12), st.sampled_from(("running", "failed", "done", "ok", "finished", "success?")))
PLAIN = st.one_of(st.none(), st.booleans(), st.integers(-5, 300), TEXTS)
DOCUMENTS = st.recursive(
    PLAIN,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(NAMES, inner, max_size=5)),
    max_leaves=12,
)


def texts(document: Any) -> list[str]:
    match document:
        case str():
            return [document]
        case list():
            return [text for one in document for text in texts(one)]
        case dict():
            return [text for one in document.values() for text in texts(one)]
        case _:
            return []


@given(document=DOCUMENTS, code=st.sampled_from([200, 201, 202, 203, 204, 206]))
@example(document={"status": "success", "data": {}}, code=200)
@example(document={"done": True}, code=200)
def test_no_document_without_a_word_for_it_is_a_success(document: Any, code: int) -> None:
    assume(not any(words._bare(text) in SUCCESSES for text in texts(document)))
    # `response` beside `done` is the one success that has no word (https://google.aip.dev/151).
    assume(not (isinstance(document, dict) and document.get("done") is True and "response" in document))
    for found_in in ("Operation-Location", "body /links/self", f"{monitors.GUESSED} at /id", "poll_path"):
        try:
            reading = readings.read_poll(Given(), task(monitor_found_in=found_in), answer(document, code))
        except ContractBroken as error:
            assert "status_pointer" in str(error)  # noqa: PT017  # either outcome is fine
        else:
            assert reading.status is not Status.COMPLETED


@given(document=DOCUMENTS, code=st.sampled_from([200, 202]))
def test_whatever_comes_is_read_or_refused(document: Any, code: int) -> None:
    told = answer(document, code, location="/jobs/1")
    for take in (yields.result_at, yields.cancel_at, yields.cancel_by, yields.status_at, yields.result_found_in):
        take(Given(), task(Status.COMPLETED), told)
    readings.read_create(task(), told)
    assert monitors.monitor_of(told, Given(), CREATE).url == "https://api.test/jobs/1"
