"""A service in which the inputs decide: the method, what an answer means, and whether a create may be sent again.

Its task is known by a URL, which may be signed; its end is a redirect that is read, and a cookie leads to the task.
"""

import json
from datetime import date

import pytest

import accepted
from accepted.core import codec
from accepted.core.contract import Ask, Contract, Facts, Idempotent, Step
from accepted.core.monitor import kept_as, known_as
from accepted.core.read import Answer, Found, OfTask, Reading
from accepted.core.schedule import Schedule
from accepted.core.task import Status, Task
from accepted.core.wire import Dropped, Request, Response, header, join
from accepted.drivers.journal import Journal
from accepted.drivers.transport import MemoryTransport
from accepted.testing import VirtualClock

BASE = "https://toy.test/api"


class Inputs(codec.Struct, kw_only=True):
    method: str = "POST"
    word: str = "done"


def _inputs(task: Task) -> Inputs:
    return codec.decode(task.private.inputs, Inputs)


def _begun(task: Task, answer: Answer) -> Reading:
    if _inputs(task).word == "strict" and answer.code != 204:
        codec.anything(answer.raw)
    return Reading(status=Status.COMPLETED if answer.code == 204 else Status.QUEUED)


def _polled(task: Task, answer: Answer) -> Reading:
    if answer.code == 303:
        return Reading(status=Status.COMPLETED)
    over = codec.at(codec.anything(answer.raw), "/word") == task.doing.yields["word"]
    return Reading(status=Status.COMPLETED if over else Status.IN_PROGRESS)


def _monitor(task: Task, answer: Answer) -> str | None:
    target = header(answer.headers, "location")
    return kept_as(join(BASE + "/", target)) if target else None


def _id(task: Task, answer: Answer) -> str:
    return known_as(str(_monitor(task, answer) or BASE), BASE) + f"#{task.marker}"


def _word(task: Task, _: Answer) -> str:
    return _inputs(task).word


def _body(ask: Ask) -> dict[str, str]:
    if ask.inputs.word == "nothing":
        raise ValueError("a word that nobody says")
    return {"word": ask.inputs.word}


CONTRACT = Contract(
    name="asked",
    title="Asked",
    base_url="",
    inputs=Inputs,
    create=(
        Step(
            name="begin",
            method="{method}",
            path="/things",
            repeat="keyed",
            body=_body,
            read=OfTask(_begun),
            yields={"monitor": Found(_monitor), "id": Found(_id), "word": Found(_word)},
        ),
    ),
    poll=(Step(name="look", method="GET", path="{+monitor}", codes=(200, 303), read=OfTask(_polled)),),
    read=lambda _: Reading(),
    result=lambda task: codec.anything(task.raw or b"null"),
    words={},
    facts=Facts(verified="a toy", checked=date(2026, 11, 24), links={}),
    id_template="{+monitor}",
    safe=Idempotent(lambda ask: ask.inputs.method == "PUT"),
    schedule=Schedule(jitter=0.0),
    cookies=True,
)


class Service:
    """Answers from a script; what is left of it is what was not asked for."""

    def __init__(self, *answers: Response | Dropped | KeyboardInterrupt) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []
        self.cookies: list[str | None] = []

    def __call__(self, request: Request) -> Response | Dropped:
        self.asked.append(f"{request.method} {request.url.removeprefix('https://toy.test')}")
        self.cookies.append(header(request.headers, "cookie"))
        reply = self.answers.pop(0)
        if isinstance(reply, KeyboardInterrupt):
            raise reply  # the process dies between the request and its answer
        return reply


def answer(code: int, body: object = None, **fields: str) -> Response:
    headers = tuple((name.replace("_", "-"), value) for name, value in fields.items())
    return Response(status=code, headers=headers, body=b"" if body is None else json.dumps(body).encode())


def client_of(service: Service, tmp_path, **more):
    settings = {"base_url": BASE, "clock": VirtualClock(), "journal": tmp_path / "journal.db", **more}
    return accepted.Client(CONTRACT, transport=MemoryTransport(service), **settings)


WORKING, DONE = answer(200, {"word": "working"}), answer(200, {"word": "done"})


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_the_method_is_an_input_and_the_word_decides(tmp_path, method):
    service = Service(answer(202, location="/api/t/1"), WORKING, DONE)
    with client_of(service, tmp_path) as client:
        task = client.poll_task(client.create_task(method=method))
    assert task.ok
    assert task.result == {"word": "done"}
    assert service.asked == [f"{method} /api/things", "GET /api/t/1", "GET /api/t/1"]


def test_a_task_may_be_over_with_the_first_answer(tmp_path):
    with client_of(Service(answer(204)), tmp_path) as client:
        task = client.create_task()
        assert task.status == "completed"
        assert client.poll_task(task).ok


def test_a_redirect_that_is_declared_is_read_and_not_followed(tmp_path):
    service = Service(answer(202, location="/api/t/1"), answer(303, location="https://elsewhere.test/"))
    with client_of(service, tmp_path) as client:
        assert client.run_task().ok
    assert not service.answers


def test_another_process_polls_by_the_ref_alone(tmp_path):
    service = Service(answer(202, location="/api/t/1?page=2"), answer(303))
    with client_of(service, tmp_path) as client:
        ref = client.create_task().ref
    assert "page%3D2%23accepted-" in ref
    with client_of(service, tmp_path, journal=None) as stranger:
        assert stranger.get_status(ref) == "completed"
    assert service.asked[-1] == "GET /api/t/1?page=2"  # what tells two tasks of one place apart is not sent


def test_a_signed_monitor_is_asked_whole_and_shown_nowhere(tmp_path, caplog):
    caplog.set_level("DEBUG")
    service = Service(answer(202, location="/api/t/1?v=1&sig=0123456789"), answer(404, {"message": "sig=0123456789"}))
    with client_of(service, tmp_path) as client:
        task = client.create_task()
        with pytest.raises(accepted.AcceptedError) as told:
            client.poll_task(task)
    assert service.asked[-1] == "GET /api/t/1?v=1&sig=0123456789"
    shown = " ".join((task.ref, repr(task), str(task.doing), str(told.value), str(told.value.problem), caplog.text))
    assert "0123456789" not in shown


LOST = Dropped(reason="the line went dead")


@pytest.mark.parametrize("lost", [LOST, answer(500), answer(202, location="/api/t/1") and answer(502)])
def test_what_may_be_sent_again_is(tmp_path, lost):
    service = Service(lost, answer(202, location="/api/t/1"))
    with client_of(service, tmp_path) as client:
        assert client.create_task(method="PUT").status == "queued"
    assert service.asked == ["PUT /api/things"] * 2


@pytest.mark.parametrize("lost", [LOST, answer(500)])
def test_what_may_not_be_sent_again_is_not(tmp_path, lost):
    service = Service(lost)
    with client_of(service, tmp_path) as client, pytest.raises(accepted.CreateUnknown):
        client.create_task(method="POST")
    assert service.asked == ["POST /api/things"]


@pytest.mark.parametrize(("method", "again"), [("PUT", ["PUT /api/things"]), ("POST", [])])
def test_after_a_crash_the_same_holds(tmp_path, method, again):
    with client_of(Service(KeyboardInterrupt()), tmp_path) as client, pytest.raises(KeyboardInterrupt):
        client.create_task(method=method)
    service, journal = Service(answer(202, location="/api/t/1")), Journal(tmp_path / "journal.db")
    with client_of(service, tmp_path, journal=journal) as client:
        [task] = journal.in_flight()
        with pytest.raises((accepted.CreateUnknown, IndexError)):  # the script of the service ends with its create
            client.poll_task(task)
    journal.close()
    assert service.asked[:1] == again


UNREADABLE = [answer(202, location="http://[bad"), answer(303), Response(status=200, body=b"OK")]


@pytest.mark.parametrize("unreadable", UNREADABLE)
def test_a_create_that_was_answered_is_not_sent_again(tmp_path, unreadable):
    service = Service(unreadable)
    with client_of(service, tmp_path) as client, pytest.raises(accepted.CreateUnknown) as told:
        client.create_task(method="PUT", word="strict")
    with client_of(service, tmp_path) as later, pytest.raises(accepted.CreateUnknown, match="look at the service"):
        later.poll_task(told.value.ref)
    assert len(service.asked) == 1


def test_long_after_it_left_a_create_is_not_sent_again(tmp_path):
    clock, journal = VirtualClock(), Journal(tmp_path / "journal.db")
    with client_of(Service(KeyboardInterrupt()), tmp_path, clock=clock) as client, pytest.raises(KeyboardInterrupt):
        client.create_task(method="PUT")
    [task] = journal.in_flight()
    clock.sleep_until(clock.now() + 3600)
    service = Service(answer(204))
    with (
        client_of(service, tmp_path, clock=clock, journal=journal) as client,
        pytest.raises(accepted.CreateUnknown, match="look at the service"),
    ):
        client.poll_task(task)
    journal.close()
    assert not service.asked


def test_a_short_secret_leaves_results_as_they_are(tmp_path):
    whole = {"word": "done", "place": "westeurope", "key": "/kv?key=customer-42"}
    service = Service(
        answer(202, location="/api/kv?key=customer-42", set_cookie="region=westeurope"), answer(200, whole)
    )
    with client_of(service, tmp_path) as client:
        assert client.run_task().result == whole


@pytest.mark.parametrize("wish", ["0", "0.0001", "0.001"])
def test_the_last_moment_before_the_deadline_is_no_busy_loop(tmp_path, wish):
    service = Service(answer(202, location="/api/t/1"), *[answer(200, {"word": "working"}, retry_after=wish)] * 40)
    with client_of(service, tmp_path) as client, pytest.raises(accepted.PollTimeout):
        client.poll_task(client.create_task(), timeout=30)
    assert len(service.asked) < 20


def test_a_body_too_deep_to_be_read_is_no_crash(tmp_path):
    deep = b"[" * 900 + b'"\\u0041"' + b"]" * 900
    service = Service(answer(202, location="/api/t/1?sig=0123456789abcdef"), Response(status=200, body=deep), DONE)
    with client_of(service, tmp_path) as client:
        assert client.run_task().ok


def test_a_cookie_is_kept_even_of_an_error_and_dropped_when_it_is_taken_back(tmp_path):
    service = Service(
        answer(500, set_cookie="seat=7; Path=/"),
        answer(202, location="/api/t/1"),
        answer(200, {"word": "working"}, set_cookie="seat=; Expires=Thu, 01 Jan 1970 00:00:00 GMT"),
        DONE,
    )
    with client_of(service, tmp_path) as client:
        client.run_task(method="PUT")
    assert service.cookies == [None, "seat=7", "seat=7", None]


def test_a_cookie_belongs_to_its_origin(tmp_path):
    service = Service(
        answer(202, location="https://elsewhere.test/t/1", set_cookie="seat=7"),
        answer(200, {"word": "working"}, set_cookie="seat=theirs"),
        DONE,
    )
    with client_of(service, tmp_path) as client:
        task = client.poll_task(client.create_task())
    assert service.cookies == [None, None, None]
    assert task.ok


def test_a_request_that_cannot_be_built_is_bad_input_and_nothing_is_sent(tmp_path):
    service = Service()
    with client_of(service, tmp_path) as client, pytest.raises(accepted.BadRequest, match="a word that nobody says"):
        client.create_task(word="nothing")
    assert not service.asked


def test_a_service_without_a_place_of_its_own_asks_for_one():
    with pytest.raises(accepted.BadRequest, match=r"base_url \(--base-url, ACCEPTED_ASKED_BASE_URL\)"):
        accepted.Client(CONTRACT)


def test_a_message_names_the_method_that_was_asked_with(tmp_path):
    with (
        client_of(Service(answer(400)), tmp_path) as client,
        pytest.raises(accepted.BadRequest, match="to PUT /things"),
    ):
        client.create_task(method="PUT")
