"""Bad input and bad answers: what is said about them, and what is not sent."""

import logging
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from accepted import AsyncClient, BadRequest, Client, ContractBroken, CreateUnknown, Status, Unsupported
from accepted.core.wire import Dropped, Request, Response
from accepted.services import jules
from accepted.testing import EPOCH

# ---- inputs

INPUTS: list[tuple[dict[str, Any], str]] = [
    ({}, "missing input 'prompt'"),
    ({"promt": "x"}, "unknown input 'promt'; missing input 'prompt'"),
    ({"prompt": "x", "sauce": "y", "colour": "z"}, "unknown input 'sauce'; unknown input 'colour'"),
    ({"prompt": 7}, "input 'prompt': expected text, got 7"),
    ({"prompt": None}, "input 'prompt'"),
    ({"prompt": ""}, "input 'prompt'"),
    ({"prompt": "x", "auto_create_pr": "yes"}, "input 'auto_create_pr': expected true or false, got \"yes\""),
    ({"prompt": "x", "require_plan_approval": 1}, "input 'require_plan_approval'"),
    ({"prompt": "x", "source": "https://github.com/a/b"}, "input 'source'"),
    ({"prompt": "x", "source": "github/a"}, "input 'source'"),
    ({"prompt": "x", "title": ["t"]}, "input 'title'"),
]


@pytest.mark.parametrize(("inputs", "told"), INPUTS)
def test_a_wrong_input_is_named_and_nothing_is_sent(bench: Any, inputs: dict[str, Any], told: str) -> None:
    here = bench()
    with pytest.raises(BadRequest) as caught:
        here.client().create_task(**inputs)
    assert told in str(caught.value)
    assert "It takes: prompt, source, branch" in str(caught.value)
    assert (caught.value.service, caught.value.exit_code, here.sent) == ("jules", 2, [])


def test_what_the_service_finds_wrong_is_named_too(bench: Any) -> None:
    here = bench()
    with pytest.raises(BadRequest) as caught:
        here.client().create_task(prompt="   ")
    assert "prompt: prompt is required" in str(caught.value)
    assert caught.value.status_code == 400
    assert here.asked() == ["POST /sessions"]


SETTINGS: list[tuple[Any, dict[str, Any], str]] = [
    ("jule", {}, "did you mean 'jules'"),
    ("", {}, "known are azure-lro, codex, "),
    ("no.such:contract", {}, "cannot load the contract 'no.such:contract'"),
    ("accepted.services.jules:WORDS", {}, "is not a contract"),
    (jules.contract, {"base_url": "jules.googleapis.com"}, "begins with http:// or https://"),
    (jules.contract, {"base_url": "file:///etc/passwd"}, "begins with http:// or https://"),
]


@pytest.mark.parametrize("kind", [Client, AsyncClient])
@pytest.mark.parametrize(("contract", "settings", "told"), SETTINGS)
def test_a_client_of_nothing_is_refused(kind: Any, contract: Any, settings: dict[str, Any], told: str) -> None:
    with pytest.raises(BadRequest) as caught:
        kind(contract, **settings)
    assert told in str(caught.value)


def test_a_service_is_found_by_name(bench: Any) -> None:
    assert Client("jules", journal=None).contract is jules.contract
    assert AsyncClient("accepted.services.jules:contract", journal=None).contract is jules.contract


@pytest.mark.parametrize(
    ("given", "environ", "found"),
    [
        (None, None, "https://jules.googleapis.com/v1alpha"),
        (None, "http://127.0.0.1:9/v1alpha", "http://127.0.0.1:9/v1alpha"),
        ("http://localhost/x/", "http://127.0.0.1:9/v1alpha", "http://localhost/x"),
    ],
)
def test_base_url(monkeypatch: pytest.MonkeyPatch, given: str | None, environ: str | None, found: str) -> None:
    if environ:
        monkeypatch.setenv("ACCEPTED_JULES_BASE_URL", environ)
    assert Client(jules.contract, base_url=given, journal=None).base_url == found


# ---- answers

HTML = Response(status=200, headers=(("content-type", "text/html"),), body=b"<html>\n <h1>Sign in to the network</h1>")

ANSWERS: list[tuple[Response | Dropped, list[str]]] = [
    (HTML, ["expected JSON", "<html> <h1>Sign in"]),
    (Response(status=200, body=b'{"id": 314}'), ["$.id", "314"]),
    (Response(status=200, body=b'{"id": "314", "outputs": {"a": 1}}'), ["$.outputs", '{"a":1}']),
    (Response(status=200, body=b'{"id": "314", "createTime": "yesterday"}'), ["$.createTime", "yesterday"]),
    (Response(status=200, body=b"[1, 2]"), ["object", "[1,2]"]),
    (Response(status=200, body=b'"ok"'), ["ok"]),
    (Response(status=200, body=b'{"id": "3'), ["expected JSON", '{"id": "3']),
    (Response(status=200, body=b"\xff\xfe\x00"), ["expected JSON"]),
    (Response(status=200, body=b'{"extra": ' + b"[" * 100_000), ["expected JSON"]),  # nested beyond reason
    (Dropped(reason="its answer is larger than 33554432 bytes", hopeless=True), ["larger than 33554432 bytes"]),
]


@pytest.mark.parametrize(("answer", "told"), ANSWERS)
def test_an_answer_of_another_shape_is_quoted(bench: Any, answer: Any, told: list[str]) -> None:
    here = bench()
    here.instead = lambda _: answer
    with pytest.raises(ContractBroken) as caught:
        here.client().get_status("jules:314")
    assert "Google Jules answered GET /sessions/{id} with another shape" in str(caught.value)
    assert all(text in str(caught.value) for text in told), str(caught.value)
    assert (caught.value.service, caught.value.ref) == ("jules", "jules:314")
    assert len(str(caught.value)) < 500
    assert len(here.sent) == 1


@pytest.mark.parametrize(("answer", "told"), ANSWERS)
def test_a_create_answered_in_another_shape_may_have_happened(bench: Any, answer: Any, told: list[str]) -> None:
    """It was looked for, and not found: so it is unknown, with what was said; and it is not sent again."""
    here = bench()
    here.instead = lambda request: answer if request.method == "POST" else None
    with pytest.raises(CreateUnknown):
        here.client().create_task(prompt="Fix it")
    assert here.asked().count("POST /sessions") == 1


def test_a_create_answered_in_another_shape_is_found_if_it_happened(bench: Any) -> None:
    here = bench()

    def garbled(request: Request) -> Response | None:
        if request.method != "POST":
            return None
        here.service.double.answer(request, here.clock.now())
        return HTML

    here.instead = garbled
    assert here.client().create_task(prompt="Fix it").id == here.counts()["ids"][0]


def test_a_proxy_page_during_a_wait_ends_it_and_not_the_task(bench: Any) -> None:
    here = bench()
    client = here.client()
    task = client.create_task(prompt="Fix it")
    here.instead = lambda _: HTML
    with pytest.raises(ContractBroken, match="Sign in"):
        client.poll_task(task)
    here.instead = lambda _: None
    assert client.poll_task(task).ok


@pytest.mark.parametrize("body", [HTML.body, b'{"sessions": 7}', b'{"sessions": [{"id": 7}]}'])
def test_a_list_of_another_shape_is_quoted(bench: Any, body: bytes) -> None:
    here = bench()
    here.instead = lambda _: Response(status=200, body=body)
    with pytest.raises(ContractBroken):
        list(here.client().list_tasks())


def test_a_wrong_address_is_told_as_such(bench: Any) -> None:
    """A base URL without its path: a page says 404 to a create, which is no missing task."""
    here = bench()
    client = here.client(base_url="http://jules.localhost")
    with pytest.raises(BadRequest, match="Is the base URL right"):
        client.create_task(prompt="Fix it")
    with pytest.raises(BadRequest, match="Is the base URL right"):
        list(client.list_tasks())


# ---- redirects

REDIRECTED = [
    ("https://elsewhere.test/x", True),
    ("http://jules.localhost/v1alpha/other", True),
    ("/v1alpha/other", True),
    ("file:///etc/passwd", False),
    ("https://user:word@elsewhere.test/", False),
]


@pytest.mark.parametrize(("target", "followed"), REDIRECTED)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_followed_without_the_credential(bench: Any, target: str, followed: bool, status: int) -> None:
    here = bench()
    away = Response(status=status, headers=(("location", target),))
    here.instead = lambda _: away if len(here.sent) == 1 else Response(status=200, body=b'{"state": "PAUSED"}')
    client = here.client()
    if not followed:
        with pytest.raises(ContractBroken, match="not asked"):
            client.get_status("jules:314")
        assert len(here.sent) == 1
        return
    assert client.get_status("jules:314") is Status.PAUSED
    carried = ["x-goog-api-key" in (name.lower() for name, _ in request.headers) for request in here.sent]
    assert carried == [True, "elsewhere" not in target]


def test_a_create_is_never_sent_to_another_place(bench: Any) -> None:
    here = bench()
    here.instead = lambda _: Response(status=307, headers=(("location", "https://elsewhere.test/v1alpha/sessions"),))
    with pytest.raises(ContractBroken, match="redirected"):
        here.client().create_task(prompt="Fix it")
    assert len(here.sent) == 1


def test_a_circle_of_redirects_ends(bench: Any) -> None:
    here = bench()
    here.instead = lambda request: Response(status=302, headers=(("location", request.url),))
    with pytest.raises(ContractBroken, match="redirected"):
        here.client().get_status("jules:314")
    assert len(here.sent) < 10


def test_a_public_service_may_not_point_into_a_private_network(bench: Any) -> None:
    here = bench()
    client = here.client(base_url="https://jules.example/v1alpha")
    for target in ("https://127.0.0.1/", "https://169.254.169.254/latest", "http://elsewhere.test/", "https://[::1]/"):
        here.sent.clear()
        here.instead = lambda _, target=target: Response(status=302, headers=(("location", target),))
        with pytest.raises(ContractBroken, match="not asked"):
            client.get_status("jules:314")
        assert len(here.sent) == 1


# ---- words nobody documented


def test_an_unknown_word_is_warned_about_once_and_waited_out(bench: Any, caplog: pytest.LogCaptureFixture) -> None:
    here = bench("unknown-word")
    client = here.client()
    shown: list[Any] = []
    assert client.poll_task(client.create_task(prompt="Fix it"), on_update=shown.append).ok
    (unknown,) = {(task.status, task.service_status) for task in shown if task.status is Status.UNKNOWN}
    assert unknown == (Status.UNKNOWN, "REVIEWING")
    warned = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert len(warned) == 1
    assert "REVIEWING" in warned[0].getMessage()


def test_an_unknown_word_is_bounded_by_the_timeout(bench: Any) -> None:
    here = bench()
    client = here.client()
    task = client.create_task(prompt="Fix it")
    here.instead = lambda _: Response(status=200, body=b'{"id": "1", "state": "DONE_I_THINK"}')
    ended = client.poll_task(task, timeout=600.0, check=False)
    assert (ended.status, ended.service_status) == (Status.UNKNOWN, "DONE_I_THINK")
    assert here.clock.now() <= EPOCH + 600.0


# ---- logging


@pytest.fixture
def debug(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.DEBUG, logger="accepted")
    return caplog


def test_one_record_a_request_with_its_fields(bench: Any, debug: Any) -> None:
    here = bench()
    client = here.client()
    task = client.create_task(prompt="Fix it")
    client.get_status(task)
    list(client.list_tasks())
    told = [record for record in debug.records if record.name == "accepted" and record.levelno == logging.DEBUG]
    names = ("service", "operation", "step", "method", "path", "outcome")
    assert [tuple(getattr(record, name) for name in names) for record in told] == [
        ("jules", "create", "session", "POST", "/v1alpha/sessions", "200"),
        ("jules", "poll", "session", "GET", f"/v1alpha/sessions/{task.id}", "200"),
        ("jules", "list", "sessions", "GET", "/v1alpha/sessions", "200"),
    ]
    assert [record.ref for record in told[:2]] == [f"jules:@{task.marker}", task.ref]
    assert all(record.seconds >= 0.0 for record in told)
    assert told[1].getMessage() == f"GET /v1alpha/sessions/{task.id} -> 200"


@pytest.mark.parametrize("scenario", ["throttled", "flaky", "lost-answer"])
def test_as_many_records_as_requests(bench: Any, debug: Any, scenario: str) -> None:
    here = bench(scenario)
    with suppress(CreateUnknown):  # where the create itself met a fault after which nothing was made
        here.client().run_task(prompt="Fix it")
    assert len(here.sent) > 3
    assert sum(hasattr(record, "outcome") for record in debug.records) == len(here.sent)


def test_a_lost_answer_is_logged_with_its_reason(bench: Any, debug: Any) -> None:
    here = bench("lost-answer")
    here.client().create_task(prompt="Fix it")
    assert "closed after the request" in debug.records[0].outcome


def test_nothing_is_logged_unless_it_is_asked_for(bench: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="accepted")
    here = bench()
    client = here.client()
    client.poll_task(client.create_task(prompt="Fix it"))
    assert [record for record in caplog.records if record.name.startswith("accepted")] == []


# ---- what is misspelt or could only be ignored


def test_a_misspelt_setting_or_option_names_the_nearest(bench: Any) -> None:
    strange: dict[str, Any] = {"base_ulr": "http://127.0.0.1:1"}
    for kind in (Client, AsyncClient):
        with pytest.raises(TypeError, match="no setting 'base_ulr': 'base_url'"):
            kind(jules.contract, **strange)
    with pytest.raises(TypeError, match="no option 'time_out': 'timeout'"):
        bench().client().with_options(time_out=3.0)


@pytest.mark.parametrize("verb", ["create_task", "run_task"])
def test_inputs_are_given_by_name(bench: Any, verb: str) -> None:
    here = bench()
    with pytest.raises(TypeError, match="by name"):
        getattr(here.client(), verb)("Fix it")
    assert here.asked() == []


def test_a_callback_url_is_refused_where_nobody_would_call_it(bench: Any) -> None:
    here = bench()
    with pytest.raises(Unsupported, match="takes no callback URL"):
        here.client().with_options(callback_url="https://example.test/done")
    calling = bench(contract=replace(jules.contract, callbacks=True))
    assert calling.client().with_options(callback_url="https://example.test/done").create_task(prompt="Fix it").id
    assert here.asked() == []
