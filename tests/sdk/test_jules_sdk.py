"""The official Jules SDK, unchanged, does its work against our simulator over real loopback HTTP.

What it does badly is asserted too (two sessions for one request, a bad key as a plain error, a crash on an
activity it does not know): the README's table of what official clients do wrong links here.
"""

import os
import subprocess
from pathlib import Path

import pytest

from accepted.asgi import application, running
from accepted.simulate import Counts, handler
from accepted.simulate.jules import Simulator

HERE = Path(__file__).parent
DURATION = 0.8

SEED_OF_A_500_AFTER_THE_COMMIT = 17
"""In `flaky`, the first request with this seed is carried out and answered 500, the second is left alone."""

pytestmark = pytest.mark.node


def run_sdk(step: str, scenarios: str, tmp_path: Path, *, seed: int = 0) -> tuple[list[str], Counts]:
    """The lines that the step printed, and what the simulator counted."""
    simulator = Simulator(scenarios, seed, duration=DURATION, grace=0.3)
    with running(application(handler(simulator))) as base_url:
        done = subprocess.run(
            ["node", str(HERE / "jules.mjs"), step, base_url + Simulator.base_path],
            cwd=tmp_path,
            env={**os.environ, "JULES_HOME": str(tmp_path), "HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.splitlines(), simulator.counts()


ACTIVITIES = "planGenerated planApproved progressUpdated progressUpdated progressUpdated progressUpdated"

STEPS = [
    (
        "sources",
        "happy",
        [
            "sources: sources/github/acme/widget sources/github/acme/gadget sources/github/octo/hello-world",
            "source: main",
            "unknown source: SourceNotFoundError",
        ],
    ),
    (
        "run",
        "happy",
        [
            "created: true",
            f"activities: {ACTIVITIES} agentMessaged sessionCompleted",
            "artifacts: bashOutput changeSet media",
            "command: $ pytest -q",
            "result: completed a title",
            "pull request: https://github.com/acme/widget/pull/1",
            "files: created",
            "change set: 1",
            "snapshot: completed true 0",
            "page: 1 true",
            "one activity: planGenerated",
        ],
    ),
    ("repoless", "happy", ["message: Done: Explain 202", "outputs: 0"]),
    (
        "approve",
        "happy",
        [
            "waits: awaitingPlanApproval",
            "result: completed",
            "approved by: user",
            "twice: undefined",
            "told: 1",
        ],
    ),
    ("ask", "happy", ["reply: Done: Rename it", "result: completed"]),
    (
        "list",
        "happy",
        [
            "newest first, all pages: true",
            "first page: 2 true",
            "archived: 4 true",
            "unarchived: 5",
            "synced: 5 true",
        ],
    ),
    ("feedback", "needs-input", ["waits: awaitingUserFeedback", "result: completed"]),
    (
        "failed",
        "failed",
        [
            "last: sessionFailed",
            "reason: The tests still fail after 3 attempts at: Fix it",
            "result: AutomatedSessionFailedError",
        ],
    ),
    # a bad key looks like any other 400 to the SDK
    ("errors", "happy", ["400: 400", "bad key: 400", "no key: JulesAuthenticationError", "404: 404"]),
    ("expired", "expired-token", ["401: 401 JulesAuthenticationError", "new key: 0"]),
    ("eventual", "eventual", ["404 at first: 404", "stream: sessionCompleted"]),
    ("stuck", "stuck", ["result: TimeoutError", "state: inProgress"]),
    ("gone", "gone", ["result: 404"]),
    ("huge", "huge", ["diff: true", "activities: true"]),
    ("lost", "lost-answer", ["error: terminated"]),
    # it throws where the service says something new
    ("unknown", "unknown-word", ["stream: Unknown activity type", "result: Unknown output type"]),
]


@pytest.mark.parametrize(("step", "scenarios", "lines"), STEPS, ids=[row[0] for row in STEPS])
def test_the_official_sdk_completes(step: str, scenarios: str, lines: list[str], tmp_path: Path) -> None:
    printed, _ = run_sdk(step, scenarios, tmp_path)
    assert printed == lines


def test_the_official_sdk_ignores_retry_after(tmp_path: Path) -> None:
    printed, counts = run_sdk("throttled", "throttled", tmp_path)
    assert printed == ["429: JulesRateLimitError", "retried: completed"]
    assert counts["too_early"] > 0


def test_the_official_sdk_creates_twice_after_a_500(tmp_path: Path) -> None:
    printed, counts = run_sdk("flaky", "flaky", tmp_path, seed=SEED_OF_A_500_AFTER_THE_COMMIT)
    assert printed == ["created: 1"]
    assert (counts["creates"], counts["committed"], counts["created_twice"]) == (2, 2, 1)
