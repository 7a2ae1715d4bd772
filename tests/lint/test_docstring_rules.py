"""Modules that follow the guide's two templates heading by heading, in Python and in Elixir, in words of our own.

Whole, they give no finding at all; without one of their parts, exactly the finding that names it.
"""

import re
import textwrap

import pytest

from accepted.lint.config import Config
from accepted.lint.files import Given
from accepted.lint.run import run

OURS = Config(select=("MD", "FN", "CS"))

# ---- the parts of the two templates: what each says, and which rules miss it

MODULE = {
    "pattern": (
        """
        Acme Render, a task-based API: the **Async Request-Reply Pattern**.

        Renders are long-running: a create is answered asynchronously, with an id to ask for.
        """,
        {"MD101"},
    ),
    "step 1": (
        """
        **Step 1: Submit a render**
        ```
        POST /v1/renders
        -> 202 Accepted
        -> the id of the task
        ```
        """,
        {"MD102"},
    ),
    "step 2": (
        """
        **Step 2: Ask for its status**
        ```
        GET /v1/renders/{id}
        -> 200 with what is known
        ```
        """,
        {"MD102"},
    ),
    "statuses": ("Statuses: `queued`, `in_progress`, and final: `completed`, `failed`.", {"MD105"}),
    "step 3": (
        """
        **Step 3: Take the frames**
        ```
        The answer has:
        - frames[]
        - preview_url
        ```
        """,
        {"MD103"},
    ),
    "status codes": (
        """
        ## Status codes

        - **200 OK**: look at the status
        - **202 Accepted**: work begins
        - **400 Bad Request**: a scene is wrong
        - **401 Unauthorized**: the key was refused
        - **429 Too Many Requests**: slower
        - **500 Internal Server Error**: the farm burns
        """,
        {"MD104"},
    ),
    "usage": (
        """
        ## Usage

            >>> # first the create, which returns at once
            >>> task_id = create_task("scene.blend")

            >>> # then the poll, which takes its time
            >>> render = poll_task(task_id)
        """,
        {"MD108"},
    ),
    "AsyncAPI": ("- **AsyncAPI**: https://www.asyncapi.com/docs", {"MD106"}),
    "standards": (
        "- **Azure**: https://learn.microsoft.com/azure/architecture/patterns/async-request-reply",
        {"MD107"},
    ),
}

CREATE = {
    "header": ("Create a render (Async Request-Reply Pattern - Step 1/2).", {"FN201"}),
    "what happens": ("**Async Pattern:** it returns immediately, with an id.", {"FN203"}),
    "companion": ("See `poll_task` for the rest.", {"FN207"}),
    "HTTP": ("**HTTP:** `POST /v1/renders` -> 202 Accepted", {"FN204"}),
    "returns": ("Returns:\n    The id of the task that was created.", {"FN206"}),
    "raises": ("Raises:\n    RenderError: it was refused.", {"FN206"}),
    "example": (
        """
        Example:
            >>> task_id = create_task("scene.blend")
            >>> render = poll_task(task_id)
        """,
        {"FN205"},
    ),
}

POLL = {
    "header": ("See a render through (Async Request-Reply Pattern - Step 2/2).", {"FN201"}),
    "what happens": ("**Async Pattern:** blocks the caller.", {"FN203"}),
    "companion": ("Comes behind `create_task`.", {"FN207"}),
    "HTTP": ("**HTTP:** `GET /v1/renders/{id}` -> 200 with the status", {"FN204"}),
    "timeout": ("`timeout` is in seconds, 60 by default; when it ends, the render goes on.", {"FN208"}),
    "returns": ("Returns:\n    The render with its frames.", {"FN206"}),
    "raises": ("Raises:\n    RenderError: it failed.", {"FN206"}),
    "example": (
        """
        Example:
            >>> # this takes a while
            >>> render = poll_task(task_id)
        """,
        {"FN205"},
    ),
}


def told(parts, without=None):
    return "\n\n".join(textwrap.dedent(text).strip() for name, (text, _) in parts.items() if name != without)


def docstring(text, indent=""):
    return textwrap.indent(f'"""{text}\n"""', indent, lambda line: bool(line.strip()))


def python(module=None, create=None, poll=None):
    """The Python module without one part of its module's, create's or poll's docstring."""
    return "\n".join(
        (
            docstring(told(MODULE, module)),
            "def create_task(scene):",
            docstring(told(CREATE, create), "    "),
            "    return _send(scene)",
            "def poll_task(task_id, timeout=60):",
            docstring(told(POLL, poll), "    "),
            "    return _wait(task_id, timeout)",
            "def get_status(task_id):",
            '    """The status; returns immediately. `GET /v1/renders/{id}` -> 200."""',
            "    return _send(task_id)",
            "def list_tasks(limit=20):",
            '    """The renders, page by page; does not block. `GET /v1/renders` -> 200."""',
            "    return _send(limit)",
        )
    )


def elixir(module=None, create=None, poll=None):
    """The same in Elixir, with examples at its own prompt and results as tuples."""

    def heredoc(attribute, text):
        return textwrap.indent(f'{attribute} """\n{text}\n"""', "  ")

    def ours(parts, without):
        text = told(parts, without).replace(">>>", "iex>")
        text = text.replace("Returns:\n    ", "## Returns\n\n- `{:ok, task}` - ")
        return text.replace("Raises:\n    RenderError: ", "- `{:error, reason}` - ").replace("Example:", "## Example\n")

    return "\n".join(
        (
            "defmodule Acme.Render do",
            heredoc("@moduledoc", ours(MODULE, module)),
            heredoc("@doc", ours(CREATE, create)),
            "  def create_task(scene), do: send(scene)",
            heredoc("@doc", ours(POLL, poll)),
            "  def poll_task(task_id, timeout \\\\ 60), do: wait(task_id, timeout)",
            "end",
        )
    )


def findings(name, text, config=OURS):
    report = run([Given(name, content=text)], config)
    assert report.failures == ()
    return report.findings


CUTS = [
    *(("module", name, ids) for name, (_, ids) in MODULE.items()),
    *(("create", name, ids) for name, (_, ids) in CREATE.items()),
    *(("poll", name, ids) for name, (_, ids) in POLL.items()),
]


@pytest.mark.parametrize(("language", "name"), [(python, "client.py"), (elixir, "client.ex")])
def test_a_whole_template_gives_no_finding(language, name):
    assert [str(one.message) for one in findings(name, language())] == []


@pytest.mark.parametrize(("where", "part", "ids"), CUTS)
@pytest.mark.parametrize(("language", "name"), [(python, "client.py"), (elixir, "client.ex")])
def test_each_part_taken_away_gives_the_finding_that_names_it(language, name, where, part, ids):
    found = findings(name, language(**{where: part}))
    assert {one.rule.id for one in found} == ids


def test_findings_name_the_function_and_its_companion():
    (found,) = findings("client.py", python(create="header"))
    assert (found.operation, found.pair, found.message) == (
        "create_task",
        "poll_task",
        '`create_task`: missing "Step 1/2"',
    )
    assert found.source.line(found.place.line).startswith("def create_task")


ANY_METHOD = """
contract = Contract(
    name="acme",
    title="Acme",
    create=(Step(name="create", method="{method}", path="{+path}"),),
    poll=(Step(name="poll", method="GET", path="{+monitor}"),),
)
"""


@pytest.mark.parametrize(
    ("told", "wrong"),
    [
        ("`POST /api/reports` -> 202; 400, 401 or 429 where it is refused", ""),
        ("`POST https://acme.example/v1/api/reports` answers 202. Then `GET /api/reports/{id}` -> 200", ""),
        ("`POST /api/reports`, for 429 see below.\n\n    Codes: 202", ""),
        ("`POST /api/reports` -> 200; 401 when refused", "POST -> 200"),
        ("`POST /api/reports` -> 200 or 202", "POST -> 200, 202"),
        ("`POST /api/reports` -> 200. A report that is ready has 202 pages", "POST -> 200"),
        ("`POST /api/reports` -> 500 or 429", "POST -> 429, 500"),
    ],
)
def test_the_success_that_is_told_is_the_one_that_is_declared(told, wrong):
    declared = 'role="create", http="POST /api/reports", codes=[202, 400, 401, 429]'
    text = f'@accepted.step(1, of=2, {declared})\ndef create_report(title):\n    """Create: {told}."""\n'
    text += "def poll_report(report_id, timeout=60): ...\n"
    found = [one for one in findings("client.py", text, Config(select=("FN204",))) if one.operation == "create_report"]
    assert [one.message for one in found] == (
        [f"`create_report`: the docstring says {wrong}, the contract says 202"] if wrong else []
    )
    assert not any(one.fix for one in found)  # it would stand beside what is wrong


def test_a_request_that_is_not_told_is_added_with_its_success_alone():
    declared = 'role="create", http="POST /api/reports", codes=[202, 400, 401, 429]'
    text = f'@accepted.step(1, of=2, {declared})\ndef create_report(title):\n    """Create."""\n'
    text += "def poll_report(report_id, timeout=60): ...\n"
    one = findings("client.py", text, Config(select=("FN204",)))[0]
    assert [edit.text.strip() for edit in one.fix] == ["HTTP: `POST /api/reports` -> 202."]


@pytest.mark.parametrize(
    ("create", "poll", "missing"),
    [
        ("`PUT {path}` (or PATCH, POST, DELETE)", "`GET {monitor}`", []),
        ("`POST https://acme.example/{path}`", "`GET /{monitor}`", []),
        ("`{method} {path}`", "`GET {monitor}`", []),
        ("`PUT /reports`", "`GET {monitor}`", ["create"]),  # that is one path, and not any
        ("`PUT {path}`", "`POST {monitor}`", ["poll"]),  # whose method is declared
        ("PUT of a path", "GET of a monitor", ["create", "poll"]),
    ],
)
def test_a_contract_for_any_request_is_told_by_one_of_its_methods(create, poll, missing):
    text = f'"""Acme.\n\nStep 1/2: {create} -> 202.\nStep 2/2: {poll} -> 200.\n"""\n{ANY_METHOD}'
    found = findings("client.py", text, Config(select=("MD102", "FN204")))
    verbs = {
        "create": 'creating; expected "Step 1: `POST {path}`"',
        "poll": 'polling; expected "Step 2: `GET {monitor}`"',
    }
    assert [one.message for one in found] == [f"the flow has no step for {verbs[one]}" for one in missing]


# ---- what a finding says, done to the letter, makes it go away

COLOURS = """
def create_report(title):
    '''Report.'''

def poll_report(report_id, timeout=60):
    '''Report.'''

async def create_report_async(title):
    '''Report.'''

async def poll_report_async(report_id, timeout=60):
    '''Report.'''
"""


def test_an_example_is_asked_for_and_added_in_the_colour_of_its_function():
    found = findings("client.py", COLOURS, Config(select=("FN205", "FN207")))
    told = {(one.rule.id, one.operation): one.message for one in found}
    assert told["FN205", "create_report"].endswith("that calls `create_report`, then `poll_report`")
    assert told["FN205", "create_report_async"].endswith("that calls `create_report_async`, then `poll_report_async`")
    assert told["FN205", "poll_report_async"].endswith("that calls `poll_report_async`")
    assert told["FN207", "poll_report_async"].endswith("its companion `create_report_async`")
    (edit,) = next(one.fix for one in found if (one.rule.id, one.operation) == ("FN205", "create_report_async"))
    assert "await create_report_async(" in edit.text
    assert "await poll_report_async(" in edit.text


@pytest.mark.parametrize(
    ("create", "asked"),
    [
        ("Report.", "its method, path and status code, as in `POST /tasks` -> 202"),
        ("Report: `POST /reports`.", "its status code, as in `POST /tasks` -> 202"),
        ("Report -> 202.", "its method and path, as in `POST /tasks` -> 202"),
        ("Report: `POST /tasks` -> 202", ""),
    ],
)
def test_what_is_missing_of_a_request_is_named(create, asked):
    text = f"def create_task(title):\n    '''{create}'''\ndef poll_task(task_id, timeout=60): ...\n"
    found = [one for one in findings("client.py", text, Config(select=("FN204",))) if one.operation == "create_task"]
    assert [one.message for one in found] == ([f"`create_task` does not name {asked}"] if asked else [])


def test_the_steps_that_are_asked_for_are_enough_as_they_are_asked_for():
    verbs = "def create_task(title): ...\ndef poll_task(task_id, timeout=60): ...\n"
    found = findings("client.py", f'"""Reports."""\n{verbs}', Config(select=("MD102",)))
    steps = "\n".join(re.findall(r'as in "(.+)"', "\n".join(one.message for one in found)))
    assert len(found) == 2
    assert findings("client.py", f'"""Reports.\n\n{steps}\n"""\n{verbs}', Config(select=("MD102",))) == ()
