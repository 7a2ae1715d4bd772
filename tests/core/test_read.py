import json
from datetime import UTC, datetime

import pytest

from accepted.core.codec import WrongShape
from accepted.core.read import Answer, Body, Header, Meaning, Reading, by_word, meaning, problem_of, utc
from accepted.core.task import Status
from accepted.core.wire import Response

ANSWER = Answer(
    headers=(("Location", "/v1/tasks/t%201?x=1"),),
    raw=b'{"id": "t1", "n": 7, "ok": true, "none": null, "deep": {"list": [1, {"a/b": "c~d"}]}, "url": "/x/t9"}',
)


@pytest.mark.parametrize(
    ("place", "found"),
    [
        (Body("/id"), "t1"),
        (Body("/n"), "7"),
        (Body("/none"), None),
        (Body("/nothing"), None),
        (Body("/deep"), None),  # an object is no text
        (Body("/deep/list"), None),
        (Body("/deep/list/0"), "1"),
        (Body("/deep/list/-1/a~1b"), "c~d"),
        (Body("/url", r"/x/(\w+)$"), "t9"),
        (Body("/url", r"/y/(\w+)$"), None),
        (Header("location"), "/v1/tasks/t%201?x=1"),
        (Header("LOCATION", r"/tasks/([^?]+)"), "t 1"),
        (Header("location", r"/runs/(.+)"), None),
        (Header("etag"), None),
    ],
)
def test_places(place, found):
    assert place.find(ANSWER) == found


def test_a_place_in_an_empty_body_is_not_there():
    assert Body("/id").find(Answer()) is None


def test_a_place_in_what_is_no_json():
    with pytest.raises(WrongShape):
        Body("/id").find(Answer(raw=b"<html>"))


WORDS = {"done": Status.COMPLETED, "half": Meaning(Status.COMPLETED, outcome="some"), "": Status.QUEUED}


@pytest.mark.parametrize(
    ("word", "means"),
    [
        ("done", Meaning(Status.COMPLETED)),
        ("half", Meaning(Status.COMPLETED, outcome="some")),
        ("", Meaning(Status.QUEUED)),
        ("DONE", Meaning(Status.UNKNOWN)),  # another word until somebody declares it
        ("dreaming", Meaning(Status.UNKNOWN)),
    ],
)
def test_words(word, means):
    assert meaning(WORDS, word) == means


@pytest.mark.parametrize(
    ("raw", "reading"),
    [
        (b'{"state": "done", "id": "t1"}', Reading(service_status="done", id="t1")),
        (
            b'{"state": "done", "at": "2027-01-15T08:00:00Z"}',
            Reading(service_status="done", updated_at=utc(1_800_000_000)),
        ),
        (b'{"id": "t1"}', Reading(service_status="", id="t1")),
        (b'{"state": null}', Reading(service_status="")),
        (b"", Reading(service_status="")),
    ],
)
def test_by_word(raw, reading):
    assert by_word("/state", id="/id", updated_at="/at")(Answer(raw=raw)) == reading


@pytest.mark.parametrize("raw", [b'{"state": 7}', b'{"state": {}}', b'{"state": "done", "id": 7}', b"<html>"])
def test_by_word_of_another_shape(raw):
    with pytest.raises(WrongShape):
        by_word("/state", id="/id")(Answer(raw=raw))


def test_utc():
    assert utc(1_800_000_000) == datetime(2027, 1, 15, 8, tzinfo=UTC)
    assert utc(None) is None


def said(body, kind="application/json"):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return problem_of(Response(status=400, headers=(("Content-Type", kind),), body=raw))


RFC_9457 = {
    "type": "https://a.test/problems/invalid",
    "title": "Invalid",
    "detail": "two fields are wrong",
    "status": 422,
    "errors": [{"pointer": "/name", "detail": "is empty"}, {"pointer": "/size", "detail": "is negative"}],
}
GOOGLE = {
    "error": {
        "code": 400,
        "message": "API key not valid.",
        "status": "INVALID_ARGUMENT",
        "details": [
            {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"},
            {"fieldViolations": [{"field": "prompt", "description": "is required"}]},
        ],
    }
}
OPENAI = {"error": {"message": "Rate limit reached", "type": "requests", "param": None, "code": "rate_limit_exceeded"}}


@pytest.mark.parametrize(
    ("body", "message", "codes"),
    [
        pytest.param(
            RFC_9457,
            "two fields are wrong; /name: is empty; /size: is negative",
            ("https://a.test/problems/invalid", "422"),
            id="RFC 9457",
        ),
        pytest.param(
            GOOGLE,
            "API key not valid.; prompt: is required",
            ("API_KEY_INVALID", "400", "INVALID_ARGUMENT"),
            id="google.rpc.Status",
        ),
        pytest.param(OPENAI, "Rate limit reached", ("rate_limit_exceeded", "requests"), id="OpenAI"),
        pytest.param({"title": "Gone"}, "Gone", (), id="title only"),
        pytest.param({"detail": "Not found."}, "Not found.", (), id="detail"),
        pytest.param(
            {"detail": [{"loc": ["body"], "msg": "bad"}]}, '{"detail":[{"loc":["body"],"msg":"bad"}]}', (), id="list"
        ),
        pytest.param({"message": "Bad credentials"}, "Bad credentials", (), id="GitHub"),
        pytest.param(
            {"error": "invalid_grant", "error_description": "expired"}, "expired", ("invalid_grant",), id="OAuth"
        ),
        pytest.param({"error": "nope"}, "nope", ("nope",), id="error is a word"),
        pytest.param({"error": {}}, "{}", (), id="error is empty"),
        pytest.param({"error": [1]}, '{"error":[1]}', (), id="error is a list"),
        pytest.param({}, "{}", (), id="empty object"),
        pytest.param([1, 2], "[1, 2]", (), id="array"),
        pytest.param(b'"no"', '"no"', (), id="a string"),
        pytest.param(b"", "", (), id="nothing"),
        pytest.param(b"null", "", (), id="null"),
        pytest.param(
            {"error": {"details": "x", "errors": 7, "message": 3}},
            '{"details":"x","errors":7,"message":3}',
            (),
            id="odd types",
        ),
        pytest.param(
            {"error": {"message": "m", "details": [1, None, {"fieldViolations": None}]}}, "m", (), id="odd details"
        ),
    ],
)
def test_problems(body, message, codes):
    problem = said(body)
    assert (problem.message, problem.codes) == (message, codes)


@pytest.mark.parametrize(
    "details", [[{"fieldViolations": 7}], [{"fieldViolations": [7, None]}], [{"fieldViolations": [{"field": 1}]}]]
)
def test_a_problem_with_strange_details_is_still_told(details):
    assert said({"error": {"message": "m", "details": details}}).message == "m"


def test_a_problem_keeps_its_document():
    assert said(GOOGLE).document == GOOGLE
    assert said([1]).document == {}


def test_html_is_told_as_such_and_shortened():
    problem = said(b"<html>\n <h1>Bad gateway</h1>" + b"x" * 1000, "text/html; charset=utf-8")
    assert problem.message.startswith("text/html: <html> <h1>Bad gateway</h1>x")
    assert len(problem.message) < 200
    assert problem_of(Response(status=500, body=b"\xff<x")).message.startswith("a body that is not JSON: ")
