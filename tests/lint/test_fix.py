"""`--fix`: what it adds, and the laws that it keeps over documents in every style, whole ones and broken ones.

The laws: the new text parses; fewer findings; only insertions; a second run changes nothing; the overlay, applied to
the document as it was, gives the document as it is.
"""

import ast
import doctest
import json
import os
import random
import re
import stat
from collections import Counter
from copy import deepcopy
from pathlib import Path
from runpy import run_path

import pytest
import yaml

from accepted.documents.source import Unreadable, load
from accepted.lint.config import Config, parse
from accepted.lint.files import Given
from accepted.lint.fix import mend, write
from accepted.lint.overlay import overlay, written
from accepted.lint.rule import find, rules
from accepted.lint.run import run

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent
CHANCE = run_path(str(HERE / "chance.py"))
broken, mutated, watched = CHANCE["broken"], CHANCE["mutated"], CHANCE["watched"]
BAD, GOOD = load(HERE / "bad_202.yaml"), load(HERE / "good_202.yaml")
TAG = "Async Request-Reply"


def only_inserted(before, after):
    """Whether a text has all letters of another one, in their order: then a diff shows insertions only."""
    letters = iter(after)
    return all(letter in letters for letter in before)


# ---- a reader of overlays, for tests: members are merged, values replaced, items appended


def applied(document, actions):
    whole = deepcopy(document)
    for action in actions:
        assert action.keys() == {"target", "update"}
        place = selected(whole, action["target"])
        if isinstance(place, list):
            place.append(deepcopy(action["update"]))
        else:
            merge(place, action["update"])
    return whole


STEP = re.compile(r"\.([A-Za-z_]\w*)|\[(\d+)\]|\['((?:[^'\\]|\\.)*)'\]")


def selected(document, path):
    assert path.startswith("$")
    place, end = document, 1
    for step in STEP.finditer(path, 1):
        assert step.start() == end
        end = step.end()
        name, number, quoted = step.groups()
        place = place[int(number) if number else name or unquoted(quoted)]
    assert end == len(path)
    assert isinstance(place, dict | list)
    return place


def unquoted(text):
    return json.loads('"' + text.replace("\\'", "'").replace('"', '\\"') + '"')


def merge(place, update):
    for name, value in update.items():
        if isinstance(place.get(name), dict) and isinstance(value, dict):
            merge(place[name], value)
        else:
            place[name] = deepcopy(value)


# ---- the laws


def lawful(name, text, config=None):
    """Mend a text, hold the result against every law, and give it."""
    config = config or Config()
    mended = mend([Given(name, content=text)], config)
    before = run([Given(name, content=text)], config)
    assert len(mended.report.findings) == len(before.findings) if not mended.changed else True
    for one in mended.changed:
        assert only_inserted(one.source.text, one.text)
        assert len(mended.report.findings) < len(before.findings)
        assert mend([Given(name, content=one.text)], config).changed == ()
        data = load(name, one.text).data
        made = overlay(json.loads(json.dumps(one.source.data)), json.loads(json.dumps(data)), "An API")
        for text_, kind in ((written(made, as_json=True), "json"), (written(made, as_json=False), "yaml")):
            actions = load("overlay", text_, kind=kind).data["actions"]
            assert applied(json.loads(json.dumps(one.source.data)), actions) == data
    return mended


def lawful_code(name, text, config):
    """The same for any kind of file: an overlay is of documents alone."""
    mended = mend([Given(name, content=text)], config)
    for one in mended.changed:
        assert only_inserted(text, one.text)
        assert mend([Given(name, content=one.text)], config).changed == ()
    return mended


# ---- styles


class Dumper(yaml.SafeDumper):
    """Lines of a text as a block, and everything else as it comes."""


def texts_as(style):
    class Styled(Dumper):
        pass

    def represent(dumper, text):
        return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style if "\n" in text else None)

    Styled.add_representer(str, represent)
    return Styled


def in_yaml(data, *, dumper=Dumper, **options):
    return yaml.dump(data, Dumper=dumper, sort_keys=False, **{"width": 90, "allow_unicode": True, **options})


def commented(text):
    """A comment at the end of lines that can have one, and on lines of its own."""
    lines = []
    for number, line in enumerate(text.splitlines()):
        plain = re.fullmatch(r" *(?:- )?[\w$/{}-]+:(?: [\w/-]+)?", line)
        lines += [f"{line}  # said" if plain and number % 3 == 0 else line]
    return "\n".join(lines) + "\n# the end\n"


STYLES = {
    "json": lambda data: json.dumps(data, indent=2),
    "json with tabs": lambda data: json.dumps(data, indent="\t") + "\n",
    "json in one line": json.dumps,
    "json without spaces": lambda data: json.dumps(data, separators=(",", ":")),
    "json with CRLF": lambda data: json.dumps(data, indent=4).replace("\n", "\r\n"),
    "json with a mark": lambda data: "\ufeff" + json.dumps(data, indent=1),
    "yaml": in_yaml,
    "yaml by four": lambda data: in_yaml(data, indent=4),
    "yaml in quotes": lambda data: in_yaml(data, default_style='"'),
    "yaml in single quotes": lambda data: in_yaml(data, default_style="'"),
    "yaml with literals": lambda data: in_yaml(data, dumper=texts_as("|")),
    "yaml with folds": lambda data: in_yaml(data, dumper=texts_as(">")),
    "yaml in flows": lambda data: in_yaml(data, default_flow_style=True),
    "yaml with leaves in flows": lambda data: in_yaml(data, default_flow_style=None),
    "yaml with comments": lambda data: commented(in_yaml(data, width=1000)),
    "yaml with CRLF": lambda data: in_yaml(data).replace("\n", "\r\n"),
    "yaml without an end": lambda data: in_yaml(data).rstrip("\n"),
    "yaml between marks": lambda data: f"---\n{in_yaml(data)}...\n",
}


def named(style):
    return "openapi.json" if style.startswith("json") else "openapi.yaml"


@pytest.mark.parametrize("style", STYLES)
def test_a_document_of_every_style_is_mended_alike(style) -> None:
    mended = lawful(named(style), STYLES[style](BAD.data))
    assert Counter(one.rule.id for one in mended.fixed) == {"OA501": 2, "OA502": 2, "OA508": 1, "OA525": 1}
    assert mended.left == ()


def test_the_bad_document_is_mended_as_the_page_says() -> None:
    page = (HERE.parents[1] / "docs" / "lint.md").read_text(encoding="utf-8")
    mended = lawful(BAD.path, BAD.text)
    total = len(run([BAD.path]).findings)
    assert f"mends {len(mended.fixed)} of the {total} findings" in page
    assert len(mended.report.findings) == total - len(mended.fixed)


def test_in_a_clean_document_nothing_changes() -> None:
    assert mend([Given("openapi.yaml", content=GOOD.text)], Config()).changed == ()


# ---- what is added

CREATE, POLL = ("paths", "/renders", "post"), ("paths", "/renders/{id}", "get")
TASK = ("components", "schemas", "Render", "properties", "status")
CALLBACKS = {
    "ended": {
        "{$request.body#/callback_url}": {
            "post": {
                "description": "Not signed.",
                "requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}},
                "responses": {"204": {"description": "Received"}},
            }
        }
    }
}
OTHER = {"operationId": "createDraft", "callbacks": CALLBACKS, "responses": {"200": {"description": "Done"}}}


def at(data, *steps):
    for step in steps:
        data = data[step] if isinstance(data, list) else data.get(step, {})
    return data


def changed(*changes):
    data = deepcopy(GOOD.data)
    for steps, value in changes:
        at(data, *steps[:-1]).update({steps[-1]: value}) if value is not None else at(data, *steps[:-1]).pop(steps[-1])
    return data


ADDED = {
    # fault -> (changes of the good document, where something is added, what)
    "OA501 a tag": ([((*CREATE, "tags"), ["Renders"])], (*CREATE, "tags"), ["Renders", TAG]),
    "OA501 the tag is declared": ([(("tags",), None), ((*CREATE, "tags"), None)], ("tags", 0, "name"), TAG),
    "OA502": (
        [((*CREATE, "summary"), "Render")],
        (*CREATE, "description"),
        f"{at(GOOD.data, *CREATE, 'description')}\n\n(Async Request-Reply Pattern - Step 1/2)",
    ),
    "OA502 of the poll": (
        [((*POLL, "summary"), "Read"), ((*POLL, "description"), "Reads a render")],
        (*POLL, "description"),
        "Reads a render (Async Request-Reply Pattern - Step 2/2)",
    ),
    "OA504": (
        [
            ((*CREATE, "responses", "202", "headers"), {"Location": {"schema": {"type": "string"}}}),
            ((*POLL, "responses", "200", "headers"), None),
            ((*POLL, "description"), "Reads."),
            ((*CREATE, "description"), "Returns immediately."),
        ],
        (*CREATE, "responses", "202", "headers", "Retry-After"),
        {"$ref": "#/components/headers/Retry-After"},
    ),
    "OA507": (
        [
            (
                (*POLL, "x-async-request-reply"),
                {"role": "poll", "statuses": {"new": "queued", "done": "completed", "bad": "failed"}},
            ),
            (
                (*POLL, "responses", "200", "content", "application/json"),
                {"schema": {"properties": {"status": {"type": "string"}, "film": {}, "error": {}}}},
            ),
        ],
        (*POLL, "responses", "200", "content", "application/json", "schema", "properties", "status", "enum"),
        ["new", "done", "bad"],
    ),
    "OA508": ([((*TASK, "readOnly"), None)], (*TASK, "readOnly"), True),
    "OA519 as others refer": (
        [((*CREATE, "responses", "401"), None)],
        (*CREATE, "responses", "401"),
        {"$ref": "#/components/responses/Problem"},
    ),
    "OA519 its own answer of the limit": (
        [((*POLL, "responses", "429"), None)],
        (*POLL, "responses", "429"),
        {"$ref": "#/components/responses/TooMany"},
    ),
    "OA520": (
        [(("components", "responses", "TooMany", "headers"), None)],
        ("components", "responses", "TooMany", "headers", "Retry-After"),
        {"$ref": "#/components/headers/Retry-After"},
    ),
    "OA522": (
        [((*CREATE, "responses", "202", "links"), None)],
        (*CREATE, "responses", "202", "links"),
        {"poll": {"operationId": "getRender", "parameters": {"id": "$response.body#/id"}}},
    ),
    "OA525": (
        [((*CREATE, "description"), "Renders"), ((*CREATE, "responses", "202", "description"), "Accepted")],
        (*CREATE, "description"),
        "Renders. Answers 202 Accepted; the work is done asynchronously. Poll `getRender` until its status is final.",
    ),
    "OA530 as another operation has it": (
        [((*CREATE, "callbacks"), None), (("paths", "/drafts"), {"post": OTHER})],
        (*CREATE, "callbacks"),
        CALLBACKS,
    ),
}


@pytest.mark.parametrize("style", ["json", "yaml"])
@pytest.mark.parametrize(("changes", "where", "value"), ADDED.values(), ids=ADDED)
def test_what_is_added_and_where(changes, where, value, style) -> None:
    (one,) = lawful(named(style), STYLES[style](changed(*changes))).changed
    assert at(load(named(style), one.text).data, *where) == value


def test_a_promise_is_told_with_the_operations_that_make_it() -> None:
    data = changed(*ADDED["OA504"][0], ((*POLL, "responses", "429"), None))
    mended = lawful("openapi.json", json.dumps(data, indent=2), Config(select=("OA504", "OA519")))
    assert mended.promises == {
        "sends `Retry-After` with the 202": ["createRender"],
        "answers 429 where it has to": ["getRender"],
    }


UNKNOWN = {
    "OA502": "no poll, so nobody knows how many steps there are",
    "OA504": "when to poll",
    "OA505": "the body",
    "OA507": "the words",
    "OA519": "what it answers",
    "OA520": "how long to wait",
    "OA521": "the poll",
    "OA523": "the list",
    "OA524": "the cancel",
    "OA526": "the examples",
    "OA530": "what is sent",
}


def test_a_fact_that_nothing_tells_is_not_invented() -> None:
    answers = {"202": {"description": "Accepted"}, "429": {"description": "Slower"}}
    alone = {"operationId": "createReport", "responses": answers}
    document = {
        "openapi": "3.1.0",
        "info": {"title": "Reports", "version": "1"},
        "paths": {"/reports": {"post": alone}},
    }
    for content in (json.dumps(document), BAD.text):
        mended = mend([Given("openapi.yaml", content=content)], Config(select=tuple(UNKNOWN)))
        assert {one.rule.id for one in mended.fixed} <= {"OA502"}
    assert "Step" not in str(mend([Given("openapi.json", content=json.dumps(document))], Config()).changed)


def test_that_an_answer_of_another_code_comes_early_is_not_invented() -> None:
    data = changed(*ADDED["OA525"][0])
    answers = at(data, *CREATE, "responses")
    answers["201"] = answers.pop("202")
    mended = mend([Given("openapi.json", content=json.dumps(data))], Config(select=("OA525",)))
    assert [one.rule.id for one in mended.report.findings] == ["OA525"]
    assert mended.changed == ()


# ---- what the column `fix` says

DECORATED = '''\
"""Reports."""


@accepted.step(1, of=2, role="create", http="POST /reports", codes=[202, 400, 401, 429, 500])
def create_task(title):
    """Create a report."""


@accepted.step(2, of=2, role="poll", http="GET /reports/{id}", codes=[200, 401, 404, 429, 500])
def poll_task(task_id, timeout=60):
    """Get a report; when it ends, TimeoutError."""
'''
CONTRACT = '''\
"""Reports."""

contract = Contract(
    name="reports",
    create=(Step(name="create", method="POST", path="/reports", codes=(202,)),),
    poll=(Step(name="poll", method="GET", path="/reports/{id}"),),
    words={"new": Status.QUEUED, "done": Status.COMPLETED},
)
'''
WHERE_KNOWN = {
    **dict.fromkeys(("MD102", "MD104", "FN203", "FN204", "FN205", "FN208", "MD108"), ("client.py", DECORATED)),
    **dict.fromkeys(("MD103", "MD105"), ("client.py", CONTRACT)),
    "AA602": ("asyncapi.yaml", next(iter(find("AA602").examples[0].files().values()))),
}
PARTLY = {one.id for one in rules().values() if one.fix == "partly"}


def test_every_rule_that_can_be_mended_partly_has_a_case_here() -> None:
    assert {name.split()[0] for name in ADDED} | WHERE_KNOWN.keys() == PARTLY


@pytest.mark.parametrize("id", WHERE_KNOWN)
def test_where_a_fact_is_declared_it_is_added(id) -> None:
    name, text = WHERE_KNOWN[id]
    mended = lawful_code(name, text, Config(select=(id,)))
    assert id in {one.rule.id for one in mended.fixed}


BAD_EXAMPLES = [
    pytest.param(rule, example, id=f"{rule.id}-{number}")
    for rule in rules().values()
    for number, example in enumerate(one for one in rule.examples if not one.good)
]


@pytest.mark.parametrize(("rule", "example"), BAD_EXAMPLES)
def test_the_column_says_what_becomes_of_the_bad_examples(rule, example, lint, tmp_path) -> None:
    alone = "" if "select =" in example.config() else f'select = ["{rule.id}"]\n'
    found = lint(example.files(), alone + example.config()).findings
    if rule.fix == "no":
        assert not any(one.fix for one in found)
    if rule.fix == "yes":
        mended = mend([*example.files()], parse(alone + example.config(), tmp_path))
        assert {one.rule.id for one in mended.fixed} == {rule.id}
        assert mended.report.findings == ()


# ---- what cannot be mended

SHARED = """\
openapi: 3.1.0
info: {title: Jobs, version: "1"}
paths:
  /jobs:
    post:
      operationId: createJob
      responses: &answers
        "202":
          description: Accepted
        "429":
          description: Slower
  /films:
    post:
      operationId: createFilm
      responses: *answers
components:
  headers:
    Retry-After: {schema: {type: integer}}
"""


def test_what_an_anchor_shares_is_left_and_said() -> None:
    mended = lawful("openapi.yaml", SHARED, Config(select=("OA520", "OA504")))
    assert mended.changed == ()
    assert {one.rule.id for one, _ in mended.left} == {"OA504", "OA520"}
    assert all(why for _, why in mended.left)


def test_one_fix_that_cannot_be_made_costs_the_others_nothing() -> None:
    mended = lawful("openapi.yaml", SHARED, Config(select=("OA501", "OA504", "OA520", "OA525")))
    assert Counter(one.rule.id for one in mended.fixed) == {"OA501": 2, "OA525": 2}
    assert {one.rule.id for one, _ in mended.left} == {"OA504", "OA520"}


@pytest.mark.soak
def test_aliases_that_stand_for_very_much_are_mended_in_time() -> None:
    rows = "".join(f"x-{n + 1}: &s{n + 1} {{properties: {{a: *s{n}, b: *s{n}, status: {{}}}}}}\n" for n in range(15))
    schemas = f"x-0: &s0 {{type: object}}\n{rows}"
    answer = "{'200': {content: {application/json: {schema: *s15, example: {}}}}}"
    poll = f"  /jobs/{{id}}:\n    get:\n      responses: {answer}\n"
    text = SHARED.replace("paths:\n", f"{schemas}paths:\n{poll}")
    with watched():
        assert mend([Given("openapi.yaml", content=text)], Config()).report.failures == ()


def test_a_shared_answer_of_the_create_is_not_changed() -> None:
    data = changed(
        ((*CREATE, "responses", "202"), {"$ref": "#/components/responses/Begun"}),
        (("components", "responses", "Begun"), {"description": "Begun", "headers": {"Location": {"schema": {}}}}),
        ((*POLL, "responses", "200", "headers"), None),
        ((*POLL, "description"), "Reads."),
        ((*CREATE, "description"), "Returns immediately."),
    )
    mended = lawful("openapi.json", json.dumps(data, indent=2), Config(select=("OA504", "OA522")))
    assert {one.rule.id for one in mended.report.findings} == {"OA504", "OA522"}
    assert mended.changed == ()


# ---- code

MODULE = '''\
"""Reports.
"""


def create_task(title):
    """Create a report."""
    return send("POST", "/reports", title)


def poll_task(task_id, timeout=60):
    """Wait.

    Args:
        timeout: seconds, 60 unless given.
    """
    return wait(task_id)
'''


def test_sections_are_put_into_docstrings_and_nothing_else_changes() -> None:
    mended = mend([Given("client.py", content=MODULE)], Config())
    (one,) = mended.changed
    assert only_inserted(MODULE, one.text)
    assert without_docs(one.text) == without_docs(MODULE)
    assert {"MD101", "MD106", "FN201", "FN205"} <= {finding.rule.id for finding in mended.fixed}
    assert not {finding.rule.id for finding in mended.fixed} & {
        finding.rule.id for finding in mended.report.findings
    } - {"FN204"}
    assert mend([Given("client.py", content=one.text)], Config()).changed == ()


ASYNC = '''\
"""Reports."""


class Reports:
    async def create_task(self, title):
        """Create a report."""

    async def poll_task(self, task_id, timeout=60):
        """Wait."""
'''

ELIXIR = '''\
defmodule Acme.Reports do
  @moduledoc """
  Reports.
  """

  @doc """
  Create a report.
  """
  def create_task(title), do: send(title)

  @doc """
  Wait.
  """
  def poll_task(task_id, timeout \\\\ 60), do: wait(task_id, timeout)
end
'''

NEEDS_NO_FACT = {"MD101", "MD106", "MD107", "FN201"}
NEEDS_A_SIGNATURE = {"MD108", "FN205"}


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("client.py", MODULE, "\n    >>> poll_task(task_id)  # doctest: +SKIP\n"),
        ("client.py", ASYNC, "\n            >>> await client.poll_task(task_id)  # doctest: +SKIP\n"),
        ("client.ex", ELIXIR, "\n  Async Request-Reply Pattern - Step 2/2, after `create_task`\n"),
    ],
    ids=["functions", "async", "elixir"],
)
def test_what_is_put_into_a_docstring_satisfies_the_rule_that_asked_for_it(name, text, line) -> None:
    mended = mend([Given(name, content=text)], Config(select=("MD", "FN")))
    (one,) = mended.changed
    assert only_inserted(text, one.text)
    known = NEEDS_NO_FACT | (set() if name.endswith(".ex") else NEEDS_A_SIGNATURE)
    assert {finding.rule.id for finding in mended.fixed} == known
    assert not {finding.rule.id for finding in mended.report.findings} & {*known, "FN207"}  # a step names the other
    assert mended.left == ()
    assert line in one.text
    quoted = {one.strip() for one in one.text.splitlines() if one.endswith('"""')}
    assert quoted <= {'"""', '@moduledoc """', '@doc """'}  # no quotes close on the line of a word


BLANK = 'def create_task(a):\n    """  """\n\n\ndef poll_task(b):\n    """Wait."""\n'


def test_a_docstring_that_says_nothing_is_left_to_its_author() -> None:
    (one,) = mend([Given("client.py", content=BLANK)], Config(select=("FN201",))).changed
    assert ast.get_docstring(ast.parse(one.text).body[0]) == ""


REPORTS = '''\
class Reports:
    """Reports, long-running."""

    async def create_report(self, token, *, start, end=None):
        """Create a report."""

    async def poll_report(self, token, report_id, *, timeout=60):
        """Wait for a report."""
'''


def test_an_example_takes_what_the_signatures_take_and_doctest_passes_over_it() -> None:
    (one,) = mend([Given("reports.py", content=REPORTS)], Config(select=("FN205",))).changed
    told = ast.get_docstring(ast.parse(one.text).body[0].body[1])
    calls = ["await client.create_report(token, start=start)", "await client.poll_report(token, report_id)"]
    assert re.findall(r">>> (.*)  # doctest: \+SKIP", told) == calls
    test = doctest.DocTestParser().get_doctest(told, {}, "reports", None, None)
    assert doctest.DocTestRunner().run(test)[:2] == (0, 0)


def test_without_a_companion_no_example_is_made_up() -> None:
    alone = REPORTS.partition("    async def poll")[0]
    config = Config(select=("MD", "FN"), task_modules=("reports.py",), aliases={"create": ["create_report"]})
    for one in mend([Given("reports.py", content=alone)], config).changed:
        assert "poll" not in one.text


@pytest.mark.parametrize("indent", ["\t", "    ", "  "])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_section_is_indented_and_ends_its_lines_as_the_file_does(indent, newline) -> None:
    text = REPORTS.replace("    ", indent).replace("\n", newline)
    (one,) = mend([Given("reports.py", content=text)], Config(select=("MD", "FN"))).changed
    assert all(len(line) == len(line.lstrip()) or line.startswith(indent) for line in one.text.split(newline))
    assert one.text.count("\r") == (one.text.count("\n") if newline == "\r\n" else 0)
    told = ast.get_docstring(ast.parse(one.text).body[0].body[1])
    assert "\nAsync Request-Reply Pattern - Step 1/2, before `poll_report`\n" in f"{told}\n"


@pytest.mark.parametrize("indent", ["\t", "    "])
@pytest.mark.parametrize("space", ["", " ", "  ", "\n"])
def test_the_closing_quotes_stand_in_a_line_of_their_own_below_a_section(indent, space) -> None:
    text = REPORTS.replace('."""', f'.{space}"""').replace("    ", indent)
    (one,) = mend([Given("reports.py", content=text)], Config(select=("FN",))).changed
    assert only_inserted(text, one.text)
    ends = [line for line in one.text.splitlines() if line.endswith('"""') and not line.strip().startswith('"""R')]
    assert ends[-2:] == [f'{"" if space == chr(10) else indent * 2}"""'] * 2


def without_docs(text):
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.FunctionDef) and ast.get_docstring(node) is not None:
            node.body = node.body[1:]
    return ast.dump(tree)


# ---- files


@pytest.fixture
def file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "openapi.yaml"
    path.write_text(BAD.text, encoding="utf-8")
    return path


def test_a_file_keeps_its_rights_its_mark_and_its_name(file) -> None:
    file.write_bytes(b"\xef\xbb\xbf" + BAD.text.encode())
    file.chmod(0o640)
    link = file.with_name("link.yaml")
    link.symlink_to(file.name)
    write(mend(["link.yaml"], Config()).changed)
    assert link.is_symlink()
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert file.read_bytes().startswith(b"\xef\xbb\xbfopenapi") or file.read_bytes().startswith(b"\xef\xbb\xbf#")
    assert TAG in file.read_text(encoding="utf-8-sig")


def test_a_file_that_changed_meanwhile_is_left(file) -> None:
    changed_ = mend([file.name], Config()).changed
    file.write_text(BAD.text + "# mine\n")
    with pytest.raises(Unreadable, match="changed meanwhile"):
        write(changed_)
    assert file.read_text() == BAD.text + "# mine\n"


def test_a_file_is_written_as_a_whole_or_not_at_all(file, monkeypatch) -> None:
    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Unreadable, match="No space left"):
        write(mend([file.name], Config()).changed)
    assert file.read_text(encoding="utf-8") == BAD.text
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_what_stands_in_another_file_is_mended_there(file) -> None:
    data = deepcopy(BAD.data)
    (file.parent / "renders.json").write_text(json.dumps(data["paths"].pop("/renders"), indent=2))
    data["paths"]["/renders"] = {"$ref": "renders.json"}
    file.write_text(in_yaml(data))
    mended = mend([file.name], Config())
    write(mended.changed)
    assert {one.source.path for one in mended.changed} == {"openapi.yaml", "renders.json"}
    assert json.loads((file.parent / "renders.json").read_text())["post"]["tags"] == ["Renders", TAG]
    assert mend([file.name], Config()).changed == ()


def test_a_document_may_stay_as_it_is_while_another_file_is_mended(file) -> None:
    data = deepcopy(BAD.data)
    (file.parent / "renders.json").write_text(json.dumps(data["paths"].pop("/renders")))
    data["paths"]["/renders"] = {"$ref": "renders.json"}
    file.write_text(in_yaml(data))
    (one,) = mend([file.name], Config(select=("OA525",))).changed
    assert one.source.path == "renders.json"
    write([one])
    assert run([file.name], Config(select=("OA525",))).findings == ()


# ---- documents of chance

PROFILES = ("generic", "azure-data", "azure-arm", "aip", "zalando", "ogc")


def one_of_chance(seed):
    """Law-abiding or not: a document of chance in a style of chance is mended by the laws, in time."""
    chance = random.Random(seed)
    data = mutated(chance.choice((BAD.data, GOOD.data, EVENTS)), chance)
    style = chance.choice(list(STYLES))
    config = Config(profile=chance.choice(PROFILES))
    with watched():
        lawful(named(style), STYLES[style](data), config)
        text = broken(STYLES[style](data), chance)
        known = run([Given(named(style), content=text)], config)
        if not known.failures:
            lawful(named(style), text, config)
        source = broken(chance.choice(PYTHON), chance)
        if not run([Given("client.py", content=source)], config).failures:
            mended = mend([Given("client.py", content=source)], config)
            assert all(only_inserted(one.source.text, one.text) for one in mended.changed)
            assert (
                not mended.changed or mend([Given("client.py", content=mended.changed[0].text)], config).changed == ()
            )


EVENTS = {
    "asyncapi": "3.0.0",
    "info": {"title": "Renders", "version": "1"},
    "channels": {
        "ended": {"messages": {"ended": {"payload": {"properties": {"status": {"enum": ["done", "failed"]}}}}}}
    },
    "operations": {
        "renderEnded": {
            "action": "send",
            "channel": {"$ref": "#/channels/ended"},
            "reply": {"address": {"location": "x"}},
        }
    },
}
PYTHON = [MODULE, (HERE / "test_fix.py").read_text(encoding="utf-8")[:4000]]


@pytest.mark.parametrize("batch", range(4))
def test_documents_of_chance_are_mended_by_the_laws(batch) -> None:
    for seed in range(batch * 15, batch * 15 + 15):
        one_of_chance(seed)


@pytest.mark.soak
@pytest.mark.parametrize("batch", range(200))
def test_many_documents_of_chance_are_mended_by_the_laws(batch) -> None:
    for seed in range(1000 + batch * 100, 1100 + batch * 100):
        one_of_chance(seed)
