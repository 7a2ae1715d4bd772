"""What kind of answer a response is: every row of `errors.ANSWERS`, and what a contract says against it."""

import json
from dataclasses import replace

import pytest

from accepted.core.verdict import judge
from accepted.core.wire import Response
from accepted.errors import (
    ANSWERS,
    AuthenticationFailed,
    BadRequest,
    ContractBroken,
    RateLimited,
    ServiceError,
    TaskGone,
    TaskNotFound,
)

NOW = 1_800_000_000.0


@pytest.fixture
def judged(toys):
    def make(code, body=None, headers=(), contract=None):
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        known = contract or toys["bare"]
        return judge(known, known.create[0], Response(status=code, headers=headers, body=raw), NOW)

    return make


KINDS = {
    "200": ("ok", ContractBroken),
    "202": ("ok", ContractBroken),
    "400": ("refused", BadRequest),
    "401": ("refused", AuthenticationFailed),
    "403": ("refused", AuthenticationFailed),
    "404": ("missing", TaskNotFound),
    "409": ("refused", BadRequest),
    "410": ("gone", TaskGone),
    "422": ("refused", BadRequest),
    "429": ("throttled", RateLimited),
    "4xx": ("refused", BadRequest),
    "5xx": ("transient", ServiceError),
}
EXAMPLES = {"4xx": (402, 405, 406, 411, 413, 415, 418, 451, 499), "5xx": (500, 501, 502, 503, 504, 524, 599)}


def test_every_row_of_the_table_has_its_kind():
    assert KINDS.keys() == ANSWERS.keys()


@pytest.mark.parametrize("row", KINDS)
def test_rows_of_the_table(judged, row):
    kind, error = KINDS[row]
    for code in EXAMPLES.get(row) or (int(row),):
        verdict = judged(code)
        assert (verdict.kind, type(verdict.error)) == (kind, error)
        assert verdict.error.status_code == code
        assert kind == "ok" or ANSWERS[row].repeated == (kind in {"throttled", "transient"})


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (201, "ok"),
        (203, "ok"),
        (204, "ok"),
        (206, "ok"),
        (301, "redirect"),
        (302, "redirect"),
        (303, "redirect"),
        (307, "redirect"),
        (308, "redirect"),
        (304, "unchanged"),
        (300, "refused"),  # a choice that nobody makes
        (305, "refused"),
        (100, "refused"),
        (408, "transient"),
        (425, "transient"),
        (600, "transient"),
    ],
)
def test_codes_beside_the_table(judged, code, kind):
    assert judged(code).kind == kind


@pytest.mark.parametrize(
    ("code", "body", "kind", "error"),
    [
        (
            400,
            {"error": {"details": [{"reason": "BAD_KEY"}]}},
            "refused",
            AuthenticationFailed,
        ),  # a bad key that is a 400
        (404, {"error": {"code": "BAD_KEY"}}, "refused", AuthenticationFailed),
        (500, {"error": {"type": "BAD_KEY"}}, "refused", AuthenticationFailed),
        (429, {"error": {"status": "BAD_KEY"}}, "refused", AuthenticationFailed),
        (403, {"error": "SLOW_DOWN"}, "throttled", RateLimited),  # a limit under another code
        (400, {"error": {"code": "OTHER"}}, "refused", BadRequest),
        (400, {"error": {"message": "BAD_KEY"}}, "refused", BadRequest),  # a sentence is no code
        (200, {"error": {"code": "BAD_KEY"}}, "ok", ContractBroken),
    ],
)
def test_a_contract_knows_its_codes_better(judged, code, body, kind, error):
    verdict = judged(code, body)
    assert (verdict.kind, type(verdict.error)) == (kind, error)


def test_an_error_carries_its_facts(judged):
    body = {"title": "Too many", "detail": "slow down, please"}
    headers = (("Retry-After", "7"), ("X-Request-Id", "r-1"))
    error = judged(429, body, headers).error
    assert (error.service, error.status_code, error.request_id, error.retry_after) == ("bare", 429, "r-1", 7.0)
    assert error.problem == body
    assert str(error) == "Toy answered 429 to POST /tasks: slow down, please"


@pytest.mark.parametrize("name", ["X-Request-ID", "request-id", "x-goog-request-id", "X-GitHub-Request-Id", "cf-ray"])
def test_request_ids_have_many_names(judged, name):
    assert judged(500, headers=((name, "r-1"),)).error.request_id == "r-1"


def test_good_answers_have_wishes_too(judged):
    assert judged(202, headers=(("Retry-After", "7"),)).retry_after == 7.0


@pytest.mark.parametrize(("code", "hint"), [(401, "ask a friend"), (405, "Is the base URL right?"), (400, "")])
def test_an_error_tells_what_to_do(judged, toys, code, hint):
    told = str(judged(code, contract=replace(toys["absolute"], title="Toy")).error)
    assert told.partition("/tasks")[2] == (f". {hint}" if hint else "")


def test_a_path_in_a_message_shows_no_secret(judged, toys):
    step = toys["absolute"].poll[0]
    error = judge(toys["absolute"], step, Response(status=500), NOW).error
    assert "{+monitor}" in str(error)
