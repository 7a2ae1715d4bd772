"""The double of a 202 API: our own client completes every convention that it plays, with no option given."""

import contextlib

import pytest

import accepted
from accepted import simulate
from accepted.simulate import http
from accepted.testing import simulation, simulator

CONVENTIONS = ["happy", *http._STYLES]


@pytest.mark.parametrize("convention", CONVENTIONS)
def test_a_convention_is_completed_with_no_option(convention: str) -> None:
    with simulator("http", convention) as client:
        task = client.run_task(body={"name": "Q3"})
        assert task.ok
        assert task.result.value == {"pages": 3, "of": {"name": "Q3"}}


@pytest.mark.parametrize("convention", CONVENTIONS)
@pytest.mark.parametrize(("scenario", "error"), [("failed", "TaskFailed"), ("cancelled", "TaskCancelled")])
def test_what_did_not_complete_is_raised(convention: str, scenario: str, error: str) -> None:
    with simulator("http", convention, scenario) as client, pytest.raises(getattr(accepted, error)) as caught:
        client.run_task(body={})
    assert ("ink" in str(caught.value)) == (scenario == "failed")


@pytest.mark.parametrize(("scenario", "told"), [("contradiction", "status_pointer"), ("lost-answer", "may or may not")])
def test_what_is_not_understood_is_told(scenario: str, told: str) -> None:
    with simulator("http", scenario) as client, pytest.raises(accepted.AcceptedError, match=told):
        client.run_task(body={})


def test_an_unknown_word_is_no_end() -> None:
    with simulator("http", "unknown-word") as client, pytest.raises(accepted.PollTimeout):
        client.poll_task(client.create_task(body={}), timeout=600)


@pytest.mark.parametrize("scenario", ["throttled", "slow"])
def test_faults_are_borne(scenario: str) -> None:
    with simulator("http", scenario) as client:
        assert client.run_task(body={}).ok


def test_a_lost_answer_makes_no_second_report_where_a_key_is_honoured() -> None:
    played = simulation("http", "flaky", seed=3)
    for _ in range(10):
        with contextlib.suppress(accepted.CreateUnknown):
            played.client.run_task(body={}, key_header="Idempotency-Key")
    assert played.counts()["created_twice"] == 0


def test_cancel_by_a_link_and_as_given() -> None:
    with simulator("http", "links") as client:
        assert client.cancel_task(client.create_task(body={})).status == "cancelling"
    with simulator("http") as client:
        task = client.cancel_task(client.create_task(body={}, cancel="POST cancel"))
        with pytest.raises(accepted.TaskCancelled):
            client.poll_task(task)


def test_gone_is_not_found() -> None:
    with simulator("http", "gone") as client, pytest.raises(accepted.TaskNotFound):
        client.run_task(body={})


def test_it_is_found_by_its_file() -> None:
    assert "http" in simulate.names()
    assert set(CONVENTIONS) <= set(simulate.scenarios("http"))
    with pytest.raises(ValueError, match="seconds"):
        http.Simulator(duration=-1)
