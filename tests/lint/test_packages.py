"""Five real, well-documented packages (`requirements-lint-corpus.txt`): nothing that is said of them is false.

As they stand they give no finding: none names its verbs as the pattern does, and what is only likely is left alone.
Told by configuration which of their modules and verbs are meant, the rules for code say what stands below, each
read in the source and found true; and nothing of what stands in `DOCUMENTED`.

The packages are linted as source and never imported; `make test-all` puts them where they are looked for.
"""

import re
import sys
from pathlib import Path

import pytest

from accepted.lint.config import Config
from accepted.lint.run import run
from accepted.lint.severity import Severity

FOLDER = Path(sys.prefix) / "lint-corpus"
REQUIREMENTS = Path(__file__).parents[2] / "requirements-lint-corpus.txt"
PINNED = dict(re.findall(r"^([\w-]+)==(\S+)$", REQUIREMENTS.read_text(encoding="utf-8"), re.MULTILINE))
OURS = ("MD", "FN", "CS", "TS")

pytestmark = [pytest.mark.slow, pytest.mark.linted]

TOLD = Config(
    select=OURS,
    task_modules=(
        "*/replicate/prediction.py",
        "*/azure/core/polling/_poller.py",
        "*/azure/core/polling/_async_poller.py",
        "*/azure/core/polling/base_polling.py",
        "*/google/api_core/future/polling.py",
        "*/openai/resources/videos.py",
        "*/openai/resources/vector_stores/file_batches.py",
        "*/openai/lib/_assistants_runs.py",
        "*/openai/lib/_files.py",
        "*/apify_client/_resource_clients/run.py",
    ),
    aliases={
        "create": ("create", "start", "async_create", "from_continuation_token"),
        "poll": (
            *("poll", "wait", "async_wait", "wait_for_finish", "result", "run"),
            *("runs_poll", "async_runs_poll", "wait_for_file_processing"),
        ),
        "get": ("retrieve", "get", "async_get", "status", "done"),
        "list": ("list", "async_list"),
        "cancel": ("cancel", "async_cancel"),
    },
)

NO_TIMEOUT = "has no timeout parameter"
NO_DEADLINE = "has a poll loop without a deadline: stop when its timeout ends"

TRUE = {
    # azure-core: a poller's thread is joined with a timeout; the loop that runs in it has none
    ("CS302", "PollingMethod.run", NO_TIMEOUT),
    ("CS302", "NoPolling.run", NO_TIMEOUT),
    ("CS302", "LROBasePolling.run", NO_TIMEOUT),
    ("CS308", "LROBasePolling.run", NO_DEADLINE),
    ("CS302", "AsyncPollingMethod.run", NO_TIMEOUT),
    ("CS302", "AsyncNoPolling.run", NO_TIMEOUT),
    ("CS302", "AsyncLROPoller.wait", NO_TIMEOUT),
    # openai: `while True` until the status is final; `timeout`, where there is one, is that of each request
    ("CS302", "Videos.poll", NO_TIMEOUT),
    ("CS308", "Videos.poll", NO_DEADLINE),
    ("CS302", "AsyncVideos.poll", NO_TIMEOUT),
    ("CS308", "AsyncVideos.poll", NO_DEADLINE),
    ("CS302", "FileBatches.poll", NO_TIMEOUT),
    ("CS302", "AsyncFileBatches.poll", NO_TIMEOUT),
    ("CS308", "runs_poll", NO_DEADLINE),
    ("CS308", "async_runs_poll", NO_DEADLINE),
    # replicate: `while self.status not in [...]`, a sleep, a reload
    ("CS302", "Prediction.wait", NO_TIMEOUT),
    ("CS308", "Prediction.wait", NO_DEADLINE),
    ("CS302", "Prediction.async_wait", NO_TIMEOUT),
    ("CS308", "Prediction.async_wait", NO_DEADLINE),
    # modules that hold the poll alone, whose create stands in another file
    ("CS301", "", "no `create_task`"),
    ("CS301", "PollingFuture", "no `create_task`"),
    ("CS301", "RunClient", "no `create_task`"),
}

DOCUMENTED = [
    # (rule, function): what its docstring does say, in words of its own
    ("FN203", "Prediction.wait"),  # "Wait for prediction to finish."
    ("FN203", "RunClient.wait_for_finish"),  # "Wait synchronously until the run finishes or the server times out."
    ("FN203", "LROPoller.wait"),  # "Wait on the long running operation for a specified length of time."
    ("FN203", "Videos.poll"),  # "Wait for the vector store file to finish processing."
    ("FN206", "RunClient.wait_for_finish"),  # a section Returns that tells of runs that have not finished
    ("CS301", "Videos.create"),  # one request
    ("CS308", "wait_for_file_processing"),  # bounded by time.monotonic()
    ("CS308", "RunClient.wait_for_finish"),  # waits in the server
    ("CS308", "PollingFuture.result"),  # bounded by a retry object
]


def findings(config):
    report = run([str(FOLDER)], config)
    assert report.failures == ()
    assert len(report.sources) > 500
    return report.findings


@pytest.fixture(scope="module")
def told():
    return findings(TOLD)


def test_the_packages_are_those_that_are_pinned():
    there = {path.name.removesuffix(".dist-info") for path in FOLDER.glob("*.dist-info")}
    assert len(PINNED) == 5
    assert there == {f"{name.replace('-', '_')}-{version}" for name, version in PINNED.items()}


def test_as_they_stand_nothing_is_said_of_them():
    assert [str(one) for one in findings(Config(select=OURS))] == []


def test_every_error_about_their_code_is_one_that_was_read_and_found_true(told):
    errors = [one for one in told if one.severity is Severity.ERROR and one.rule.id.startswith(("CS", "TS"))]
    said = {(one.rule.id, one.operation, re.sub(r"^`\w+` (?!:)|: add it.*", "", one.message)) for one in errors}
    assert said == TRUE


@pytest.mark.parametrize(("rule", "function"), DOCUMENTED)
def test_what_they_do_say_is_read(told, rule, function):
    assert [one.message for one in told if (one.rule.id, one.operation) == (rule, function)] == []
