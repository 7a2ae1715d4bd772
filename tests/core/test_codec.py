import json

import pytest

from accepted.core import codec
from accepted.core.codec import WrongShape


class Inner(codec.Struct):
    name: str
    size: int = 0


class Outer(codec.Struct):
    state: str
    parts: list[Inner] = codec.field(default_factory=list)


@pytest.mark.parametrize(
    ("raw", "path", "value"),
    [
        (b'{"state": 7}', "$.state", "7"),
        (b'{"state": "x", "parts": [{"name": "a"}, {"name": null}]}', "$.parts[1].name", ""),
        (b'{"state": "x", "parts": [{"name": "a", "size": "big"}]}', "$.parts[0].size", '"big"'),
        (b'{"state": "x", "parts": {"a": 1}}', "$.parts", '{"a":1}'),
        (b"{}", "$", "{}"),
        (b"[1]", "$", "[1]"),
        (b"<html>hello</html>", "$", "<html>hello</html>"),
        (b"", "$", ""),
        (b"\xff\xfe", "$", "\ufffd\ufffd"),
        (b'{"state": ' + b'"' + b"x" * 1000 + b'"' + b', "parts": 1}', "$.parts", "1"),
    ],
)
def test_a_wrong_shape_says_where_and_what(raw, path, value):
    with pytest.raises(WrongShape) as caught:
        codec.decode(raw, Outer)
    assert (caught.value.path, caught.value.value) == (path, value)
    assert path in str(caught.value)


def test_a_quoted_value_is_short():
    with pytest.raises(WrongShape) as caught:
        codec.decode(json.dumps({"state": ["x" * 1000]}).encode(), Outer)
    assert len(caught.value.value) <= 120


def test_nesting_without_end_is_a_wrong_shape():
    with pytest.raises(WrongShape, match="expected JSON"):
        codec.anything(b"[" * 100_000)


def test_what_a_service_adds_is_passed_over():
    assert codec.decode(b'{"state": "x", "new": {"a": 1}}', Outer) == Outer(state="x")


def test_convert_names_the_field():
    with pytest.raises(WrongShape) as caught:
        codec.convert({"state": "x", "parts": [{"name": 3}]}, Outer)
    assert (caught.value.path, caught.value.value) == ("$.parts[0].name", "3")


DOCUMENT = {"a": {"b": [10, {"c": None, "d": 0}], "x/y": 1, "m~n": 2, "": 3, "0": 4}, "list": []}


@pytest.mark.parametrize(
    ("pointer", "found"),
    [
        ("", DOCUMENT),
        ("/a/b/0", 10),
        ("/a/b/-1/d", 0),
        ("/a/b/-2", 10),
        ("/a/b/-3", None),
        ("/a/b/2", None),
        ("/a/b/1/c", None),
        ("/a/b/x", None),
        ("/a/b/--1", None),
        ("/a/b/²", None),
        ("/a/b/-", None),
        ("/a/b/01", {"c": None, "d": 0}),
        ("/a/x~1y", 1),
        ("/a/m~0n", 2),
        ("/a/", 3),
        ("/a/0", 4),
        ("/a/b/0/deeper", None),
        ("/nothing/at/all", None),
        ("/list/0", None),
    ],
)
def test_pointers(pointer, found):
    assert codec.at(DOCUMENT, pointer) == found


@pytest.mark.parametrize(
    ("raw", "pointer", "items"),
    [
        (b'{"items": [1, {"a":  2}, "x"]}', "/items", [b"1", b'{"a":  2}', b'"x"']),  # bytes as they came
        (b"[1, 2]", "", [b"1", b"2"]),
        (b'{"a": {"b/c": [3]}}', "/a/b~1c", [b"3"]),
        (b'{"items": []}', "/items", []),
        (b'{"items": null}', "/items", []),
        (b"{}", "/items", []),
        (b"{}", "/data/items", []),
        (b'{"data": null}', "/data/items", []),
        (b"null", "", []),
        (b"null", "/items", []),
    ],
)
def test_split(raw, pointer, items):
    assert codec.split(raw, pointer) == items


@pytest.mark.parametrize(
    ("raw", "pointer"), [(b'{"items": {}}', "/items"), (b'{"a": 3}', "/a/b"), (b"[1]", "/a"), (b"", "/a"), (b"<", "")]
)
def test_split_of_another_shape(raw, pointer):
    with pytest.raises(WrongShape):
        codec.split(raw, pointer)


@pytest.mark.parametrize(
    ("raw", "masked"),
    [
        (b'{"a": "https://x.test/?s=1&t=2"}', b'{"a":"***"}'),
        (b'{"a": "https:\\/\\/x.test\\/?s=1\\u0026t=2"}', b'{"a":"***"}'),
        (b'{"a": "see https://x.test/?s=1&t=2 there"}', b'{"a":"see *** there"}'),
        (b'{"a":  "other"}', b'{"a":  "other"}'),  # untouched, to the byte
        (b"<a href=https://x.test/?s=1&t=2>", b"<a href=***>"),
    ],
)
def test_secrets_are_cut_out_however_they_are_escaped(raw, masked):
    assert codec.without(raw, ["https://x.test/?s=1&t=2", ""]) == masked


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("a\n  b\tc", "a b c"),
        (b"a\xffb", "a\ufffdb"),
        ("x" * 120, "x" * 120),
        ("x" * 121, "x" * 119 + "…"),
    ],
)
def test_shorten(text, short):
    assert codec.shorten(text) == short


@pytest.mark.parametrize(("text", "raw"), [("aGk=", b"hi"), ("", b""), ("%%%", b""), ("aGk", b"")])
def test_base64(text, raw):
    assert codec.unbase64(text) == raw


def test_json_for_people_and_machines():
    assert codec.encode(Outer(state="ü")) == '{"state":"ü","parts":[]}'.encode()
    assert json.loads(codec.pretty(Outer(state="ü"))) == {"state": "ü", "parts": []}
    assert "\n" in codec.pretty(Outer(state="ü"))
    assert [one.name for one in codec.fields(Inner)] == ["name", "size"]
    assert codec.schema(Inner)["$defs"]["Inner"]["required"] == ["name"]
