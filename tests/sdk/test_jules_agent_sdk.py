"""The community's Python SDK (jules-agent-sdk 0.1.1) against our simulator, and ours beside it.

What goes wrong there is asserted, because the README's table of what clients do wrong links here.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

import accepted
from accepted.asgi import application, running
from accepted.services import jules
from accepted.simulate import handler
from accepted.simulate.jules import Simulator

pytestmark = pytest.mark.oracle("jules_agent_sdk")

SEED_OF_A_500_AFTER_THE_COMMIT = 17
"""In `flaky`, the first request with this seed is carried out and answered 500, the second is left alone."""

SOURCE = "sources/github/acme/widget"


@contextmanager
def served(*scenarios: str, seed: int = 0) -> Iterator[tuple[Simulator, str]]:
    simulator = Simulator(scenarios, seed, duration=0.3, grace=0.2)
    with running(application(handler(simulator))) as base_url:
        yield simulator, base_url + Simulator.base_path


def theirs(base_url: str) -> Any:
    from jules_agent_sdk import JulesClient

    return JulesClient(api_key="a-simulated-key", base_url=base_url, retry_backoff_factor=0.01)


def ours(base_url: str) -> Any:
    return accepted.Client(jules.contract, base_url=base_url, auth="a-simulated-key", journal=None)


def test_it_completes_against_our_simulator() -> None:
    with served("happy") as (simulator, base_url):
        sdk = theirs(base_url)
        session = sdk.sessions.create("Fix the flaky test", SOURCE, starting_branch="main")
        done = sdk.sessions.wait_for_completion(session.id, poll_interval=0.05, timeout=10)
        assert done.state.value == "COMPLETED"
        assert [one.id for one in sdk.sessions.list()["sessions"]] == [session.id]
        assert sdk.activities.list(session.id)["activities"]
        assert simulator.counts()["committed"] == 1


def test_it_creates_twice_after_a_500() -> None:
    with served("flaky", seed=SEED_OF_A_500_AFTER_THE_COMMIT) as (simulator, base_url):
        theirs(base_url).sessions.create("Fix the flaky test", SOURCE)
        assert simulator.counts()["committed"] == 2


def test_ours_creates_once_after_a_500() -> None:
    with served("flaky", seed=SEED_OF_A_500_AFTER_THE_COMMIT) as (simulator, base_url), ours(base_url) as client:
        task = client.create_task(prompt="Fix the flaky test", source="github/acme/widget")
        assert simulator.counts()["ids"] == [task.id]


def test_it_gives_up_at_the_first_429() -> None:
    from jules_agent_sdk.exceptions import JulesRateLimitError

    with served("throttled") as (simulator, base_url):
        with pytest.raises(JulesRateLimitError):
            theirs(base_url).sessions.create("Fix the flaky test", SOURCE)
        assert simulator.counts()["committed"] == 0


def test_ours_waits_as_long_as_the_429_says() -> None:
    with served("throttled") as (simulator, base_url), ours(base_url) as client:
        client.create_task(prompt="Fix the flaky test")
        counts = simulator.counts()
        assert (counts["committed"], counts["throttled"], counts["too_early"]) == (1, 1, 0)
