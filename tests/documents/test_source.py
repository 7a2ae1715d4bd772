"""A file is read whole or refused by name, and every value has its place."""

import json
import re
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accepted.documents.source import DEEPEST, KINDS, Missing, Unreadable, described, load

DOCUMENT = {
    "openapi": "3.1.0",
    "paths": {"/täsks": {"post": {"responses": {"202": {"description": 'Ac"cep}ted'}}, "tags": ["a", {"b": [1, 2]}]}}},
    "~": {"/": None},
}
JSON = json.dumps(DOCUMENT, indent=2, ensure_ascii=False)
YAML = """\
# täsks
openapi: 3.1.0
paths:
  /täsks:
    post:
      responses:
        200: {description: Accepted}   # as a number
      tags:
      - a
      - b: [1, 2]

# behind
"~": {/: null}
"""


def shown(source, pointer, *, key=False) -> str:
    place = source.place(pointer, key=key)
    return source.text[place.start : place.end]


@pytest.mark.parametrize(
    ("pointer", "value", "name"),
    [
        ("/openapi", '"3.1.0"', '"openapi"'),
        ("/paths/~1täsks/post/responses/202/description", '"Ac\\"cep}ted"', '"description"'),
        ("/paths/~1täsks/post/tags/0", '"a"', '"a"'),
        ("/paths/~1täsks/post/tags/1/b/1", "2", "2"),
        ("/~0/~1", "null", '"/"'),
    ],
)
@pytest.mark.parametrize("indent", [None, 1, 4])
def test_places_in_json(pointer, value, name, indent) -> None:
    source = load("x.json", json.dumps(DOCUMENT, indent=indent, ensure_ascii=False))
    assert shown(source, pointer) == value
    assert shown(source, pointer, key=True) == name


@pytest.mark.parametrize(
    ("pointer", "value", "name"),
    [
        ("/openapi", "3.1.0", "openapi"),
        ("/paths/~1täsks/post/responses/200", "{description: Accepted}", "200"),
        ("/paths/~1täsks/post/responses", "200: {description: Accepted}", "responses"),
        ("/paths/~1täsks/post/tags", "- a\n      - b: [1, 2]", "tags"),
        ("/paths/~1täsks/post/tags/1/b/1", "2", "2"),
        ("/~0/~1", "null", "/"),
    ],
)
def test_places_in_yaml(pointer, value, name) -> None:
    source = load("x.yaml", YAML)
    assert shown(source, pointer) == value
    assert shown(source, pointer, key=True) == name


def test_a_place_has_its_line_and_column() -> None:
    place = load("x.yaml", YAML).place("/paths/~1täsks/post", key=True)
    assert (place.line, place.column) == (5, 5)
    place = load("x.json", JSON).place("/paths/~1täsks/post", key=True)
    assert (place.line, place.column) == (5, 7)


@pytest.mark.parametrize("source", [load("x.json", JSON), load("x.yaml", YAML)], ids=["json", "yaml"])
def test_a_pointer_to_what_is_missing_gives_what_it_is_missing_in(source) -> None:
    there = source.place("/paths/~1täsks/post", key=True)
    assert source.place("/paths/~1täsks/post/security/0", key=True) == there
    assert source.place("/paths/~1täsks/post/tags/7/x").line == source.place("/paths/~1täsks/post/tags").line


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


def pointers(value, here=""):
    yield here, value
    below = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, one in below:
        yield from pointers(one, f"{here}/{str(name).replace('~', '~0').replace('/', '~1')}")


@given(VALUES, st.sampled_from([None, 0, 3]), st.booleans())
def test_the_text_at_a_place_is_the_value_for_any_json(value, indent, ascii_only) -> None:
    source = load("x.json", json.dumps(value, indent=indent, ensure_ascii=ascii_only))
    assert source.data == value
    for pointer, one in pointers(value):
        assert json.loads(shown(source, pointer)) == one


@given(VALUES)
def test_json_read_as_yaml_is_the_same(value) -> None:
    text = json.dumps({"openapi": value}, ensure_ascii=True)
    source = load("x.yaml", " " + text)
    assert source.data == {"openapi": value}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("on", "on"),
        ("no", "no"),
        ("2026-11-24", "2026-11-24"),
        ("1:30", "1:30"),
        ("010", 10),
        ("0o10", 8),
        ("0x1F", 31),
        ("1e3", 1000.0),
        ("-1.5", -1.5),
        (".inf", float("inf")),
        ("-.INF", float("-inf")),
        ("~", None),
        ("", None),
        ("True", True),
        ("'true'", "true"),
        ("!!str 5", "5"),
        ("!!python/object:os.system x", "x"),
        ("!Ref x", "x"),
        ("1" * 5000, "1" * 5000),
        ("|\n  1\n", "1\n"),
    ],
)
def test_yaml_values_are_those_of_its_core_schema(text, value) -> None:
    assert load("x.yaml", f"a: {text}").data == {"a": value}


def test_yaml_merges_and_aliases_keep_their_places() -> None:
    text = "base: &b {x: 1, y: 2}\nlist: &l [1]\nmore:\n  <<: *b\n  y: 3\nagain:\n  one: *l\n  two: *l\nlast: 0\n"
    source = load("x.yaml", text)
    assert source.data["more"] == {"x": 1, "y": 3}
    assert source.data["again"] == {"one": [1], "two": [1]}
    assert shown(source, "/more/x") == "1"
    assert shown(source, "/more/y") == "3"
    assert shown(source, "/again/two/0") == "1"
    assert shown(source, "/again") == "one: *l\n  two: *l"


def test_names_that_stand_twice_are_noted_and_the_last_one_counts() -> None:
    for name, text in (("x.json", '{"a": {"b": 1, "c": 2, "b": 3}}'), ("x.yaml", "a:\n  b: 1\n  c: 2\n  b: 3\n")):
        source = load(name, text)
        assert source.data == {"a": {"b": 3, "c": 2}}
        assert source.duplicates == ("/a/b",)
        assert shown(source, "/a/b") == "3"


# ---- kinds, encodings


def test_a_kind_is_told_by_name_or_guessed_from_the_text(tmp_path) -> None:
    assert {name: load(f"x{name}", "{}").kind for name in (".json", ".py", ".ex", ".exs")} == {
        ".json": "json",
        ".py": "python",
        ".ex": "elixir",
        ".exs": "elixir",
    }
    assert load("<stdin>", '\ufeff {"openapi": 1}').kind == "json"
    assert load("<stdin>", "# x\nswagger: '2.0'\n").kind == "yaml"
    assert load("<stdin>", "def create_task(): ...\n").kind == "python"
    assert set(KINDS.values()) == {"json", "yaml", "python", "elixir"}


def test_a_document_is_told_from_other_data_without_reading_it() -> None:
    assert described('{"info": {}, "openapi": "3.1.0"}')
    assert described("info: 1\n'swagger': '2.0'\n")
    assert described("{asyncapi: 3.0.0}")
    assert not described('{"name": "openapi", "version": 1}')
    assert not described("apiVersion: v1\nkind: Service\n")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_byte_order_mark_and_line_ends_are_kept_and_places_are_right(end) -> None:
    raw = b"\xef\xbb\xbf" + JSON.replace("\n", end).encode()
    source = load("x.json", raw)
    assert source.marked
    assert source.encoded(source.text) == raw
    assert source.place("/paths/~1täsks/post", key=True).line == 5
    assert source.line(5).strip().startswith('"post"')


def test_a_place_of_a_syntax_tree_counts_bytes() -> None:
    source = load("x.py", "x = 1\nä = f('é', y)\n")
    place = source.span(2, 13, 2, 14)
    assert source.text[place.start : place.end] == "y"
    assert (place.line, place.column) == (2, 12)


# ---- what is refused


def nested(depth: int) -> str:
    return "[" * depth + "]" * depth


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("x.json", b"\xff\xfe{\x00}\x00", "save it as UTF-8"),
        ("x.json", b'{"a": "\xe9"}', "not UTF-8: the byte 0xe9"),
        ("x.json", "{'a': 1}", "not JSON"),
        ("x.json", "", "not JSON"),
        ("x.json", '{"a": NaN}', "NaN is no number"),
        ("x.json", f'{{"a": {"1" * 5000}}}', "not JSON"),
        ("x.json", nested(DEEPEST + 1), "in one another"),
        ("x.json", nested(200_000), "in one another"),
        ("x.json", '{"a":' * 100_000, "in one another"),
        ("x.yaml", nested(DEEPEST + 1), "in one another"),
        ("x.yaml", nested(200_000), "in one another"),
        ("x.yaml", "- " * 100_000, "in one another"),
        (
            "x.yaml",
            "".join(f"a{i}: &a{i} [*a{i - 1}]\n" if i else "a0: &a0 [1]\n" for i in range(300)),
            "in one another",
        ),
        ("x.yaml", "? [a]\n: 1", "a name that is no text"),
        ("x.yaml", "a: &a [*a]", "an alias to what it is part of: *a"),
        ("x.yaml", "a: *b", "an alias to nothing: *b"),
        ("x.yaml", "a: 1\n---\nb: 1", "several documents"),
        ("x.yaml", "a: [", "not YAML"),
        ("x.yaml", "a: \x01", "not YAML"),
        ("x.yaml", "a: 'b", "not YAML"),
        (
            "x.yaml",
            "a0: &a0 [x]\n" + "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 9)),
            "aliases that stand for more than",
        ),
    ],
)
def test_what_cannot_be_read_is_refused_at_once_and_by_name(name, content, why) -> None:
    began = time.perf_counter()
    with pytest.raises(Unreadable) as refused:
        load(name, content)
    assert why in str(refused.value)
    assert str(refused.value).startswith(name)
    assert time.perf_counter() - began < 5


def test_an_error_has_its_line_and_column() -> None:
    for name, content, place in (
        ("x.json", '{\n  "a": x}', (2, 8)),
        ("x.json", b'{\n  "a": "\xe9"}', (2, 9)),
        ("x.yaml", "a: 1\nb: [}", (2, 5)),
        ("x.yaml", "a: 1\nb: *c", (2, 4)),
    ):
        with pytest.raises(Unreadable) as refused:
            load(name, content)
        assert (refused.value.line, refused.value.column) == place


def test_as_deep_as_is_allowed_is_read() -> None:
    assert load("x.json", nested(DEEPEST)).data
    assert load("x.yaml", nested(DEEPEST)).data


def test_a_file_that_is_too_large_is_not_read(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("accepted.documents.source.LARGEST", dict.fromkeys(("json", "yaml", "python", "elixir"), 2**20))
    path = tmp_path / "x.json"
    path.write_bytes(b" " * (2**20 + 1))
    with pytest.raises(Unreadable, match="larger than 1 MiB"):
        load(path)
    with pytest.raises(Unreadable, match="larger than 1 MiB"):
        load("x.json", " " * (2**20 + 1))


def test_a_file_that_cannot_be_opened_says_why(tmp_path) -> None:
    for path, why in ((tmp_path / "none.json", "No such file"), (tmp_path, "Is a directory")):
        with pytest.raises(Unreadable, match=why):
            load(path)


def test_yaml_without_its_reader_names_the_command_that_installs_it(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "yaml", None)
    with pytest.raises(Missing, match=re.escape(f"{sys.executable} -m pip install PyYAML")):
        load("x.yaml", "openapi: 3.1.0")
    assert load("x.json", '{"openapi": "3.1.0"}').data  # JSON needs nothing


def test_yaml_is_read_the_same_without_the_c_library(monkeypatch) -> None:
    import yaml

    fast = load("x.yaml", YAML)
    monkeypatch.delattr(yaml, "CSafeLoader")
    slow = load("x.yaml", YAML)
    assert slow.data == fast.data
    for pointer, _ in pointers(fast.data):
        assert slow.place(pointer) == fast.place(pointer)
        assert slow.place(pointer, key=True) == fast.place(pointer, key=True)
