"""Python and Elixir modules as clients of tasks: what is found, where it stands, and what hostile source comes to."""

import sys
from pathlib import Path

import pytest

import accepted
from accepted.documents import elixir, python
from accepted.documents.code import Route, Sure, plain
from accepted.documents.flow import Flow
from accepted.documents.source import Unreadable, load

SOURCE = Path(accepted.__file__).parent


def read(text, name="client.py", **given):
    return python.read(load(name, text), **given)


# ---- what is found


def test_the_functions_of_a_module_are_a_client():
    module = read("def create_task(title): ...\ndef poll_task(task_id, timeout=60): ...\ndef helper(): ...\n")
    (client,) = module.clients
    assert (client.name, client.sure) == ("", Sure.NAMED)
    assert [(one.name, one.role) for one in client.functions] == [("create_task", "create"), ("poll_task", "poll")]


def test_a_class_is_a_client_with_what_it_inherits_from_private_bases():
    text = """
class _Base:
    def create_task(self, title): ...
class Client(_Base):
    async def poll_task(self, task_id, *, timeout: float = 60.0) -> "Task": ...
    @property
    def status(self): ...
"""
    (client,) = read(text).clients
    poll = client.one("poll")
    assert client.name == "Client"
    assert poll.asynchronous
    assert poll.returns == "'Task'"
    assert [(one.name, one.default) for one in poll.parameters] == [("task_id", None), ("timeout", "60.0")]
    assert client.companion(poll).qualified == "_Base.create_task"


def test_places_are_those_of_names_also_behind_other_alphabets():
    text = 'é = "日本"; ñ = 1\ndef create_task(título): ...\nclass Ü:\n    async  def poll_task(self, x): ...\n'
    module = read(text)
    for one in module.functions:
        assert text[one.place.start : one.place.end] == one.name
        assert text.splitlines()[one.place.line - 1][one.place.column - 1 :].startswith(one.name)


def test_definitions_under_conditions_and_overloads():
    text = """
import sys
from typing import overload
@overload
def create_task(title: str): ...
@overload
def create_task(title: int): ...
def create_task(title):
    '''The real one.'''
if sys.platform == "win32":
    def poll_task(task_id, timeout=1): ...
else:
    try:
        def poll_task(task_id, timeout=2): ...
    except Exception:
        pass
"""
    (client,) = read(text).clients
    assert client.one("create").docs.text == "The real one."
    assert client.one("poll").parameters[1].default == "2"


def test_aliases_and_decorators_give_roles():
    text = "def fire(x): ...\ndef see(x, timeout=1): ...\n"
    assert read(text).clients == ()
    (client,) = read(text, aliases={"create": ["fire"], "poll": ["see"]}).clients
    assert client.sure is Sure.DECLARED
    text = """
@accepted.step(1, of=2, role="create", http="POST /api/tasks", codes=[202, 400])
def fire(x): ...
@step(2, of=2, role="poll", http="GET /api/tasks/{id}", codes=[200])
def see(x, timeout=1): ...
"""
    create = read(text).clients[0].one("create")
    assert (create.route, create.codes) == (Route("POST", "/api/tasks"), (202, 400))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("submitJobAsync", "submit_job"),
        ("acreate_task", "create_task"),
        ("async_poll_task", "poll_task"),
        ("create_task_sync", "create_task"),
        ("abort_task", "abort_task"),
    ],
)
def test_names_without_their_colour(name, expected):
    assert plain(name) == expected


# ---- contracts


@pytest.mark.parametrize("name", ["jules", "codex"])
def test_a_contract_is_read_as_it_is(name):
    from accepted.services import find

    real = find(name)
    (client,) = python.read(load(SOURCE / "services" / f"{name}.py")).clients
    declared = client.declared
    assert declared.service == name
    assert declared.title == real.title
    assert [str(one) for one in declared.poll] == [f"{step.method} {step.path}" for step in real.poll]
    committing = next(step for step in real.create if step.commits)
    assert str(declared.create[0]) == f"{committing.method} {committing.path}"
    assert declared.longest_wait == real.longest_wait
    assert declared.listed
    assert set(declared.statuses) >= {str(one) for one in real.examples}
    assert {one.role for one in client.functions} == {"create", "poll", "get", "list"}


def test_what_only_running_would_tell_is_unknown():
    text = 'contract = Contract(name="x", title=TITLE, create=steps(), poll=None, read=f, words=words(), result=f)\n'
    (client,) = read(text).clients
    assert client.declared.create is None
    assert client.declared.poll == ()
    assert client.declared.statuses is None
    assert client.declared.title == ""


# ---- what is reached


def reached(text, name="f"):
    flow = Flow(python.parse(load("x.py", text)))
    return [site.dotted for site in flow.reached(flow.functions[name], "")]


def test_calls_are_followed_inside_the_module_once_each():
    text = "from time import sleep as nap\ndef f():\n    g()\n    g()\ndef g():\n    nap(1)\n    f()\n    other.h()\n"
    assert reached(text) == ["g", "g", "time.sleep", "f", "other.h"]


def test_what_does_not_run_there_is_not_followed():
    text = """
def f():
    c()
    g()
    def inner():
        never()
    lambda: never()
async def c():
    asleep()
def g():
    asleep()
    yield 1
"""
    assert reached(text) == ["c", "g"]


# ---- hostile source

DEEP = sys.getrecursionlimit() * 20

HOSTILE = {
    "no syntax": b"def create_task(:\n",
    "a NUL": b"x = '\0'\n",
    "brackets": b"x = " + b"(" * DEEP,
    "a long chain": b"x = " + b"a." * DEEP + b"a",
    "many signs": b"x = " + b"-" * DEEP + b"1",
    "a deep sum": b"x = " + b"1+" * DEEP + b"1",
    "nested blocks": b"".join(b" " * depth + b"if x:\n" for depth in range(150)) + b" " * 150 + b"pass\n",
    "UTF-16": "x = 1".encode("utf-16"),
    "an unknown encoding": b"# -*- coding: no-such-thing -*-\nx = 1\n",
    "bytes that are none": b"# -*- coding: utf-8 -*-\nx = '\xff'\n",
    "tabs and spaces": b"if x:\n\ty\n        z\n",
    "a form feed": b"\x0c\x0cx = 1\n",
    "only a carriage return": b"x = 1\ry = 2\r",
    "nothing": b"",
    "a surrogate": b"x = '\\ud800'\n",
    "a bad escape": b"x = '\\d'\n",
    "a large number": b"x = " + b"9" * 5000 + b"\n",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_source_is_read_or_refused_by_name(name):
    try:
        clients, refused = python.read(load("hostile.py", HOSTILE[name])).clients, "hostile.py: not refused"
    except Unreadable as error:
        clients, refused = (), str(error)
    assert clients == ()
    assert refused.startswith("hostile.py")


def test_a_syntax_error_has_its_place():
    with pytest.raises(Unreadable) as caught:
        read("x = 1\ndef create_task(:\n")
    assert (caught.value.line, caught.value.column) == (2, 17)


def test_many_functions_that_call_each_other_are_followed_to_a_bound():
    calls = "\n".join(f"    f{n}()" for n in range(120))
    text = "\n".join(f"def f{n}():\n{calls}" for n in range(120))
    flow = Flow(python.parse(load("x.py", text)))
    assert len(flow.reached(flow.functions["f0"], "")) < 5200


# ---- Elixir

CLIENT = '''
defmodule Acme.Render do
  @moduledoc """
  Renders.

      def create_task(in_a_string), do: nil
  """

  @doc ~S"""
  Create a render.
  """
  @spec create_task(map()) :: {:ok, binary()}
  def create_task(opts) when is_map(opts), do: post(opts)
  def create_task(other), do: other

  @doc "Wait for a render."
  def poll_task(task_id, opts \\\\ []) do
    task_id
  end

  @doc false
  def get_status(id), do: id

  defp secret(x), do: x
end

defmodule Acme.Other do
  def plain(x), do: x
end
'''


def test_elixir_modules_functions_and_places():
    render, other = elixir.read(load("client.ex", CLIENT))
    assert render.docs.text.startswith("Renders.")
    assert [one.name for one in render.functions] == ["create_task", "poll_task"]
    assert [one.docs.text for one in render.functions] == ["Create a render.", "Wait for a render."]
    assert render.functions[1].parameters[1].default == "[]"
    assert render.clients[0].name == "Acme.Render"
    assert other.clients == ()
    for one in render.functions:
        assert CLIENT[one.place.start : one.place.end] == one.name


ENDLESS = [
    # (what stands in place of `@doc "Wait for a render."`, the line of what has no end or None)
    ('@doc "Wait for a render.', 16),
    ('@doc "Wait for \\"a\\" render, said she.', 16),
    ('@doc """\n  Wait for a render.', 16),
    ('@doc ~S"""\n  Wait for a render.', 16),
    ("@doc false\n  @path ~s(/renders/#{@id", 17),
    ('@doc "Wait\n  for a render."', None),
    ('@doc "Wait for #{inspect("a" <> %{b: ~S(")}.b)} render."', None),
    ('@quotes [?", ?\\", ?\', "\'", ~s("), ~S[\\], :"a b"]  # it\'s "', None),
    ('@doc ~s"""\n  A "quote", and\n\n      @doc "Create.\n      def create_task(a)\n  """', None),
]


def endless_at(text):
    """The line of a string without an end, or None."""
    try:
        elixir.read(load("client.ex", text))
    except Unreadable as error:
        return (error.line, "the string that begins here has no end" in str(error))
    return None


@pytest.mark.parametrize(("doc", "line"), ENDLESS)
def test_an_elixir_string_without_an_end_is_refused_at_its_line(doc, line):
    assert endless_at(CLIENT.replace('@doc "Wait for a render."', doc)) == ((line, True) if line else None)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "defmodule",
        'defmodule A do\n@moduledoc """\n' * 5000,
        '@doc """\n' * 20_000,
        "def create_task(" * 20_000,
        "defmodule A do\n" + "  def create_task(" + "(" * 20_000,
        '"#{' * 50_000,
        "@doc ~" + "A" * 100_000,
        "defmodule A do\n" + "\n".join(f"  def f{n}(x), do: x" for n in range(5000)),
    ],
)
def test_hostile_elixir_comes_to_an_end(text):
    assert endless_at(text) in {None, (1, True), (2, True)}
