"""What a comment covers, in each language; and what is said of comments that say too little or too much."""

import pytest

from accepted.documents.source import load
from accepted.lint.ignores import ignores


def covered(name: str, text: str) -> list[tuple[int, int]]:
    return [(one.first, one.last) for one in ignores(load(name, text))]


PYTHON = '''\
"""Module.

More.
"""  # accepted: ignore[MD101] covers the docstring: 1 to 4

import x  # accepted: ignore[A] 6

# accepted: ignore[A] a line of its own: 8 to 13, what follows it
@decorated
def one(
    a,
):
    """Docs."""


@decorated
def two(  # accepted: ignore[A] on its head: 16 to 22
    a,
):
    """Docs."""
    y = "# accepted: ignore[B] in a text is no comment"
    return y


class Three:  # accepted: ignore[A] 25 to 28
    def four(self):
        z = 1
        return z  # accepted: ignore[A] 28
# accepted: ignore[A] at the end covers itself: 29
'''


def test_python() -> None:
    assert covered("x.py", PYTHON) == [(1, 4), (6, 6), (8, 13), (16, 22), (25, 28), (28, 28), (29, 29)]


YAML = """\
paths:  # accepted: ignore[A] 1 to 15
  /a:
    post:  # accepted: ignore[A] 3 to 8
      tags:  # accepted: ignore[A] 4 to 7: items may stand as deep as their name

      - a
      - b
      summary: x
  # accepted: ignore[A] a line of its own: 9 to 14
  # another
  /b:
    get:
      tags:
      - a  # accepted: ignore[A] 14
  /c: "x# accepted: ignore[A] is no comment"
info: {}
"""


def test_yaml() -> None:
    assert covered("x.yaml", YAML) == [(1, 15), (3, 8), (4, 7), (9, 14), (14, 14)]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ('a: {post: {text: "Text # accepted: ignore[OA] in a string", b: 1}}\n', []),
        ("a: 'it''s # accepted: ignore[OA] no' # accepted: ignore[OA] yes\n", [(1, 1)]),
        ('"a # accepted: ignore[OA]": 1\n', []),
        (
            "a: |\n  text # accepted: ignore[OA] no\n  # accepted: ignore[OA] no\nb: 1  # accepted: ignore[OA] yes\n",
            [(4, 4)],
        ),
        (
            "a: >  # accepted: ignore[OA] yes\n  # accepted: ignore[OA] no\n# accepted: ignore[OA] yes\nb: 1\n",
            [(1, 1), (3, 4)],
        ),
        ("a:\n  - |\n    x # accepted: ignore[OA] no\n  - y  # accepted: ignore[OA] yes\n", [(4, 4)]),
    ],
)
def test_what_stands_in_a_text_of_yaml_is_no_comment(text, lines) -> None:
    assert covered("x.yaml", text) == lines


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ('x = "a # accepted: ignore[OA] #{b} c"\n', []),
        ("x = 'a # accepted: ignore[OA]'\n", []),
        ('@doc """\n# accepted: ignore[OA]\n"""\nx  # accepted: ignore[OA]\n', [(4, 4)]),
        ("~s(# accepted: ignore[OA]) <> ~S|# accepted: ignore[OA]|\n", []),
        ('f(?") # accepted: ignore[OA] yes\n', [(1, 1)]),
        ('x = "\\"# accepted: ignore[OA]"  # don\'t "\ny  # accepted: ignore[OA]\n', [(2, 2)]),
        ('x = "never closed # accepted: ignore[OA]\n' + '\\"' * 100_000, []),
    ],
)
def test_what_stands_in_a_text_of_elixir_is_no_comment(text, lines) -> None:
    assert covered("x.ex", text) == lines


def test_elixir() -> None:
    text = "defmodule A do\n  # accepted: ignore[FN201] x\n  def create_task(a) do\n    a\n  end\nend\n"
    assert covered("x.ex", text) == [(2, 4)]


def test_json_has_no_comments() -> None:
    assert covered("x.json", '{"a": "# accepted: ignore[A] x"}') == []


def test_names_and_reason() -> None:
    (one,) = ignores(load("x.yaml", "a: 1  # accepted: ignore[FN204, no-poll] - the service answers 200\r\n"))
    assert one.names == ("FN204", "no-poll")
    assert one.reason == "the service answers 200"
    place = one.place
    assert one.source.text[place.start : place.end].endswith("answers 200")


@pytest.mark.parametrize(
    ("comment", "found"),
    [
        ("accepted: ignore[OA521] told by webhook", []),
        ("accepted: ignore[no-poll] told by webhook", []),
        ("accepted: ignore[OA] told by webhook", []),
        ("accepted: ignore[OA521]", ["LN001"]),
        ("accepted: ignore[OA521, LN003] told by webhook", ["LN002"]),
        ("accepted: ignore[OA521, OA999] told by webhook", ["LN002"]),
        ("accepted: ignore[OA999] told by webhook", ["OA521", "LN002"]),
        ("accepted: ignore told by webhook", ["OA521", "LN002"]),
        ("accepted: ignore[MD101] did not run", ["OA521"]),
        ("an accepted task", ["OA521"]),
    ],
)
def test_what_is_found_with_a_comment(lint, bare, comment, found) -> None:
    document = bare.replace("post:", f"post:  # {comment}")
    report = lint({"openapi.yaml": document}, "select = ['OA521', 'LN']")
    assert [one.rule.id for one in report.findings] == found


def test_what_is_said_of_comments_is_ignored_by_configuration_and_not_by_comments(lint, bare) -> None:
    document = bare.replace("post:", "post:  # accepted: ignore[OA521, LN]")
    select = "select = ['OA521', 'LN']\n"
    assert [one.rule.id for one in lint({"x.yaml": document}, select).findings] == ["LN001", "LN002"]
    assert lint({"x.yaml": document}, select + "per-file-ignores = {'*.yaml' = ['LN']}").findings == ()


def test_a_comment_ignores_in_its_own_file_only(lint, bare) -> None:
    ignoring = bare.replace("post:", "post:  # accepted: ignore[OA521] told by webhook")
    report = lint({"a.yaml": ignoring, "b.yaml": bare}, "select = ['OA521', 'LN']")
    assert [(one.path, one.rule.id) for one in report.findings] == [("b.yaml", "OA521")]


def test_a_comment_on_a_def_ignores_what_is_found_in_its_docstring(lint) -> None:
    module = (
        '"""Reports."""\n\n\ndef create_task(title):{}\n    """Create a task."""\n\n\n'
        'def poll_task(task_id, timeout=1):\n    """Poll a task."""\n'
    )
    config = "select = ['FN201', 'LN']"
    before = lint({"x.py": module.format("")}, config).findings
    assert [(one.rule.id, one.operation) for one in before] == [("FN201", "create_task"), ("FN201", "poll_task")]
    after = lint({"x.py": module.format("  # accepted: ignore[FN201] it is no step")}, config).findings
    assert [(one.rule.id, one.operation) for one in after] == [("FN201", "poll_task")]
