"""The sections that are generated satisfy the rules that ask for them, whatever the facts."""

import pytest

from accepted.documents.code import Route
from accepted.documents.sections import SECTIONS, Facts, docstring, section
from accepted.lint.config import Config
from accepted.lint.files import Given
from accepted.lint.fix import mend
from accepted.lint.run import run

KNOWN = Facts(
    title="Acme Render",
    create=Route("POST", "/v1/renders"),
    poll=Route("GET", "/v1/renders/{id}"),
    create_codes=(202,),
    poll_codes=(200,),
    create_name="create_task",
    poll_name="poll_task",
    create_line="task = client.create_task(scene='a.blend')",
    poll_line="task = client.poll_task(task)",
    codes=(200, 202, 400, 401, 429, 500),
    statuses={"queued": False, "in_progress": False, "completed": True, "failed": True},
    result="task.result",
    wait=60,
)


def quoted(text, indent=""):
    return "\n".join(f"{indent}{line}".rstrip() for line in f'"""{text}\n"""'.splitlines())


def client(facts):
    create, poll = (docstring(role, facts) for role in ("create", "poll"))
    module = "\n\n".join(filter(None, (section(one, facts) for one in SECTIONS if one.startswith("MD"))))
    return (
        f"{quoted(module)}\n\n"
        f"def create_task(scene):\n{quoted(create, '    ')}\n"
        f"def poll_task(task, timeout=60):\n{quoted(poll, '    ')}\n"
    )


def ids(text):
    report = run([Given("client.py", content=text)], Config(select=("MD", "FN")))
    assert report.failures == ()
    return {one.rule.id for one in report.findings}


def test_whole_docstrings_give_no_finding():
    assert ids(client(KNOWN)) == set()


NEEDS_NO_FACT = {"MD101", "MD106", "MD107", "FN201:create", "FN201:poll"}


@pytest.mark.parametrize("name", SECTIONS)
def test_where_a_fact_is_missing_there_is_no_section(name):
    assert section(name, KNOWN)
    assert bool(section(name, Facts())) == (name in NEEDS_NO_FACT)


def test_what_is_not_known_stays_a_finding():
    assert {"MD102", "MD103", "MD104", "MD105", "MD108", "FN203", "FN204", "FN205"} <= ids(client(Facts()))


def test_a_rule_that_asks_for_none_has_no_section():
    assert section("CS301", KNOWN) == ""


def mended(text):
    """The text with every fix of every finding."""
    changed = mend([Given("client.py", content=text)], Config(select=("MD", "FN"))).changed
    return changed[0].text if changed else text


CONTRACT = '''"""Renders."""

contract = Contract(
    name="render",
    title="Acme Render",
    create=(Step(name="render", method="POST", path="/v1/renders", codes=(202,), repeat="once"),),
    poll=(Step(name="render", method="GET", path="/v1/renders/{id}"),),
    words={"new": Status.QUEUED, "done": Status.COMPLETED, "broken": Status.FAILED},
)
'''

PLAIN = '''"""
Renders.
"""

def create_task(scene):
    """Create a render."""

class Other:
    pass

def poll_task(task, timeout=60):
    """
    Wait for a render.
    """
'''


def test_what_a_contract_declares_is_added_and_then_nothing_is_missed():
    assert len(ids(CONTRACT)) > 5
    whole = mended(CONTRACT)
    assert ids(whole) == set()
    assert mended(whole) == whole
    assert "POST /v1/renders" in whole


def test_without_a_contract_only_what_names_and_signatures_tell_is_added():
    before, whole = ids(PLAIN), mended(PLAIN)
    assert {"MD101", "MD106", "MD107", "MD108", "FN201", "FN205", "FN207"} == before - ids(whole)
    assert mended(whole) == whole
    assert not any(line != line.rstrip() for line in whole.splitlines())
