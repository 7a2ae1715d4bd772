"""Edge cases of the rules for code: what is certain is an error, what is not is a warning or nothing."""

import textwrap

import pytest

from accepted.lint.config import Config
from accepted.lint.files import Given
from accepted.lint.run import run

VERBS = """
def create_task(title): ...
def poll_task(task_id, timeout=60): ...
def get_status(task_id): ...
def list_tasks(limit=20): ...
"""


def found(text, *select, **config):
    report = run([Given("client.py", content=textwrap.dedent(text))], Config(select=select or ("CS",), **config))
    assert report.failures == ()
    return [(one.rule.id, one.severity.value, one.message) for one in report.findings]


def ids(text, *select, **config):
    return {(rule, severity) for rule, severity, _ in found(text, *select, **config)}


# ---- CS301, CS303: who must not wait

BLOCKING = [
    # (body of create_task, severity or None)
    ("time.sleep(5)\nreturn send()", "error"),
    ("task = send()\nwhile task.status != 'done':\n    time.sleep(1)\nreturn task", "error"),
    ("task = send()\nreturn poll_task(task)", "error"),
    ("task = send()\nhelper(task)\nreturn task", "error"),  # the helper sleeps in a loop on the status
    ("task = send()\nif wait:\n    poll_task(task)\nreturn task", None),  # asked for by the caller
    ("for attempt in range(3):\n    try:\n        return send()\n    except OSError:\n        time.sleep(1)", None),
    ("answer = send()\nif answer.status_code == 429:\n    time.sleep(1)\nreturn answer", None),
    ("return request_with_retries()", None),
    ("return pool.submit(send).result()", "warning"),
    ("threading.Thread(target=poll_task).start()\nreturn send()", None),
    ("def later():\n    time.sleep(1)\nschedule(later)\nreturn send()", None),
    ("return send()", None),
]


@pytest.mark.parametrize(("body", "severity"), BLOCKING)
def test_a_create_that_waits(body, severity):
    text = f"""
import threading, time

def create_task(title, wait=False):
{textwrap.indent(body, "    ")}

def helper(task):
    while not task.is_done():
        time.sleep(1)

def request_with_retries():
    while True:
        try:
            return send()
        except OSError:
            time.sleep(1)

def poll_task(task_id, timeout=60): ...
"""
    assert ids(text, "CS301") == ({("CS301", severity)} if severity else set())


def test_a_create_says_through_what_it_waits():
    text = """
        import time
        def create_task(title):
            return first(title)
        def first(title):
            second()
        def second():
            time.sleep(3)
        def poll_task(task_id, timeout=60): ...
    """
    ((_, _, message),) = found(text, "CS301")
    assert message == "`create_task` sleeps (through `first` -> `second`): creating would block"


def test_a_coroutine_that_is_only_made_does_not_run():
    text = """
        import asyncio
        class Client:
            async def create_task(self, title):
                asyncio.create_task(self.poll_task("1"))
                return "1"
            async def poll_task(self, task_id, timeout=60):
                return await self.poll_task(task_id)
    """
    assert found(text, "CS301") == []
    assert ids(text.replace('asyncio.create_task(self.poll_task("1"))', 'await self.poll_task("1")'), "CS301") == {
        ("CS301", "error")
    }


def test_a_look_that_waits():
    text = VERBS.replace("def get_status(task_id): ...", "def get_status(task_id):\n    return poll_task(task_id)")
    assert ids(text, "CS303") == {("CS303", "error")}


# ---- CS302: who must be bounded

POLLS = [
    ("def poll_task(task_id, timeout=60): ...", set()),
    ("def poll_task(task_id, *, max_wait=None): ...", set()),
    ("def poll_task(task_id, **options): ...", set()),
    ("def poll_task(task_id): ...", {("CS302", "error")}),
    ("def poll_task(timeout=60): ...", {("CS302", "error")}),
    ("def poll_task(task_id):\n    return wait(task_id, TIMEOUT)", {("CS302", "warning")}),
]


@pytest.mark.parametrize(("poll", "expected"), POLLS)
def test_a_poll_takes_an_id_and_a_timeout(poll, expected):
    assert ids(f"TIMEOUT = 60\ndef create_task(title): ...\n{poll}\n", "CS302") == expected


def test_verbs_that_are_missing():
    text = "def create_task(title): ...\ndef poll_task(task_id, timeout=60): ...\n"
    assert ids(text) == {("CS303", "warning"), ("CS304", "warning")}
    assert ids("def create_task(title): ...\n", task_modules=("*client.py",)) == {
        ("CS302", "error"),
        ("CS303", "warning"),
        ("CS304", "warning"),
    }


# ---- CS305, CS306: refusals

REQUESTS = [
    ("", {("CS305", "error"), ("CS306", "error")}),
    ("answer.raise_for_status()", {("CS305", "warning")}),
    ("if answer.status_code in {401, 403, 429}:\n    raise Refused(answer)", set()),
    ("if answer.status_code == 429:\n    raise RateLimited", {("CS306", "warning")}),
    ("if answer.status_code == 429:\n    time.sleep(answer.headers['Retry-After'])", {("CS306", "warning")}),
    ("if answer.status_code >= 400:\n    raise Refused(answer.headers['Retry-After'])", set()),
]


@pytest.mark.parametrize(("lines", "expected"), REQUESTS)
def test_refusals_of_requests_that_the_module_sends(lines, expected):
    text = f"""
import requests

def create_task(title):
    answer = requests.post("https://api.example.com/tasks", json={{"title": title}})
{textwrap.indent(lines, "    ")}
    return answer.json()["id"]

def poll_task(task_id, timeout=60): ...
"""
    assert ids(text, "CS305", "CS306") == expected


def test_requests_that_something_else_sends_are_left_alone():
    text = """
        class Client:
            def __init__(self, transport):
                self._transport = transport
            def create_task(self, title):
                return self._transport.post("/tasks", {"title": title})
            def poll_task(self, task_id, timeout=60): ...
    """
    assert found(text, "CS305", "CS306") == []


def test_a_loop_that_repeats_after_any_error():
    text = """
        import requests, time
        def create_task(title):
            while True:
                try:
                    answer = requests.post("https://api.example.com/tasks")
                    answer.raise_for_status()
                    return answer
                except Exception:
                    time.sleep(1)
        def poll_task(task_id, timeout=60): ...
    """
    assert ids(text, "CS306") == {("CS306", "warning")}


# ---- CS307: names

NAMES = [
    ("submitJob", "waitForJob", True),
    ("create_job", "poll_job", True),
    ("start_transcription_job", "wait_for_transcription_job_completion", True),
    ("create_task", "poll_task", False),
    ("create_task_async", "poll_task_async", False),
]


@pytest.mark.parametrize(("create", "poll", "own"), NAMES)
def test_names_of_their_own(create, poll, own):
    text = f"def {create}(title): ...\ndef {poll}(task_id, timeout=60): ...\n"
    assert len(found(text, "CS307")) == (2 if own else 0)
    assert found(text, "CS307", aliases={"create": (create,), "poll": (poll,)}) == []


# ---- CS308: the loop

LOOPS = [
    ("while look(i)['status'] != 'done':\n    time.sleep(delay)", {("CS308", "error")}),
    ("while True:\n    if look(i)['status'] == 'done':\n        return\n    time.sleep(delay)", {("CS308", "error")}),
    (
        "while look(i)['status'] != 'done':\n    if time.monotonic() > end:\n        raise TimeoutError",
        {("CS308", "error")},
    ),
    ("for _ in range(100):\n    if look(i)['status'] == 'done':\n        return\n    time.sleep(delay)", set()),
    (
        "for _ in range(100):\n    if look(i)['status'] == 'done':\n        return\n    time.sleep(5)",
        {("CS308", "warning")},
    ),
    ("while time.monotonic() < deadline and look(i)['status'] != 'done':\n    time.sleep(delay)", set()),
    ("with timeout_after(timeout):\n    while look(i)['status'] != 'done':\n        time.sleep(delay)", set()),
    ("while not future.status:\n    event.wait(timeout)", set()),  # may end the loop by itself
    ("return service.wait(i, timeout)", set()),
    ("for page in pages(i):\n    if page['status']:\n        return page", set()),
]


@pytest.mark.parametrize(("loop", "expected"), LOOPS)
def test_poll_loops(loop, expected):
    text = f"""
import time

def create_task(title): ...

def poll_task(i, timeout=60, delay=2):
{textwrap.indent(loop, "    ")}

def look(i):
    return {{}}
"""
    assert ids(text, "CS308") == expected


# ---- CS309


def test_colours_that_differ():
    text = """
        class JobsClient:
            def create_task(self, title, *, priority=0): ...
            def poll_task(self, task_id, timeout=60): ...
            def list_tasks(self, limit=20): ...
        class AsyncJobsClient:
            async def create_task(self, title): ...
            async def poll_task(self, task_id, timeout=60): ...
    """
    messages = [message for _, _, message in found(text, "CS309")]
    assert messages == [
        "`AsyncJobsClient` has no `list_tasks`, which `JobsClient` has",
        "`AsyncJobsClient.create_task` and `JobsClient.create_task` take different parameters: `priority`",
    ]


# ---- what is no task client

QUIET = [
    "def create_task(coro): ...\ndef poll_task(x): ...\n",  # of an event loop
    "def create_user(name): ...\ndef wait_for_user(name): ...\n",
    "def create(x): ...\ndef poll(x): ...\n",
    "class Loop:\n    def create_task(self, coro): ...\n    def poll(self, timeout): ...\n",
    "class Engine:\n    def begin_run(self): ...\n    def wait_until_ready(self): ...\n",
    "class Popen:\n    def start(self): ...\n    def poll(self): ...\n    def wait(self, timeout=None): ...\n",
    "class Runs:\n    def create(self): ...\n    def poll(self): ...\n",  # only likely
    "class A:\n    def create_task(self): ...\nclass B:\n    def poll_task(self): ...\n",
    "def create_and_poll_job(x): ...\ndef poll_job(x): ...\n",
]


@pytest.mark.parametrize("text", QUIET)
def test_plain_modules_give_nothing(text):
    assert found(text, "MD", "FN", "CS", "TS") == []


def test_a_module_that_names_the_pattern_is_one_where_it_was_only_likely():
    text = (
        '"""The Async Request-Reply Pattern."""\nclass Runs:\n    def create(self): ...\n    def poll(self, run): ...\n'
    )
    assert ("FN201", "error") in ids(text, "FN")


def test_a_schedule_is_no_task():
    text = (
        "class Api:\n    def create_scheduled_job(self, x): ...\n    def wait_for_job(self, job_id, timeout=9): ...\n"
    )
    assert found(text, "MD", "FN", "CS") == []
    assert ("FN201", "error") in ids(text.replace("scheduled_", ""), "FN")


@pytest.mark.parametrize(("told", "expected"), [("return it", False), ("look at it", True)])
def test_what_is_returned_may_stand_behind_and(told, expected):
    text = f'''
    def submit_job(x): ...

    def wait_for_job(job_id, timeout=60):
        """Poll a job until it is final and {told}. Raises TimeoutError."""
    '''
    messages = [message for _, _, message in found(text, "FN206")]
    assert any("`wait_for_job`" in one and "what it returns" in one for one in messages) is expected
