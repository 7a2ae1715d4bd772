"""How a function's signature becomes a task type: what is taken, what is refused, and in which words."""

from __future__ import annotations

import contextlib
import datetime as dt
import enum
import json
import math
import sys
import uuid
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, NotRequired, TypedDict

import jsonschema_rs
import msgspec
import pydantic
import pytest
from annotated_types import Gt

from accepted.server import invalid
from accepted.server.context import Cancelled, Progress, ProgressDocument, Resource, TaskInfo
from accepted.server.faults import Fault
from accepted.server.tasktype import TaskType, declared

MISSING = "is missing"
ID = "12345678-1234-5678-1234-567812345678"


class Color(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


class Page(msgspec.Struct, forbid_unknown_fields=True):
    """One page."""

    number: Annotated[int, msgspec.Meta(ge=1, le=9, description="counted from 1", examples=[3])]
    title: str = "untitled"
    made: dt.datetime | None = None
    ref: uuid.UUID | None = None


@dataclass
class Box:
    width: int
    labels: list[str] | None = None


class Row(TypedDict):
    key: int
    note: NotRequired[str]


class Circle(msgspec.Struct, tag="circle"):
    radius: float


class Square(msgspec.Struct, tag="square"):
    side: float
    turned: bool = False


class Short(msgspec.Struct, tag="short", array_like=True):
    a: int


class Long(msgspec.Struct, tag="long", array_like=True):
    a: int
    b: str


class Leaf(msgspec.Struct, tag="leaf"):
    value: int


class Branch(msgspec.Struct, tag="branch"):
    left: Leaf | Branch
    right: Leaf | Branch | None = None


class Author(pydantic.BaseModel):
    born: int


class Report(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="forbid")

    title: str = pydantic.Field(alias="Title", min_length=2, description="what it is called")
    authors: list[Author] = []
    secret: pydantic.SecretStr | None = None

    @pydantic.field_validator("title")
    @classmethod
    def _decent(cls, title: str) -> str:
        if title == "bad":
            raise ValueError("Bad is no title")
        return title

    @pydantic.computed_field
    def length(self) -> int:
        return len(self.title)


class Strict(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(strict=True)

    day: dt.date


class Tree(pydantic.BaseModel):
    children: list[Tree] = []


class Numbers(pydantic.RootModel[list[int]]):
    pass


FIRST = Page(number=1)


def everything(  # noqa: PLR0917 - one of each
    page: Page = FIRST,
    pages: list[Page] = [],  # noqa: B006 - what users write
    box: Box | None = None,
    row: Row | None = None,
    shape: Circle | Square | None = None,
    tree: Leaf | Branch | None = None,
    flat: Short | Long | None = None,
    text: Annotated[str, msgspec.Meta(min_length=1, max_length=3, pattern="^a")] = "a",
    count: Annotated[int, msgspec.Meta(ge=1, lt=10, multiple_of=3)] = 3,
    ratio: Annotated[float, msgspec.Meta(gt=0, le=1)] = 1.0,
    names: Annotated[list[str], msgspec.Meta(min_length=1, max_length=2)] = ["x"],  # noqa: B006 - as above
    flag: bool = False,
    some: int | None = None,
    either: int | str = 0,
    color: Color = Color.RED,
    level: Level = Level.LOW,
    word: Literal["p", "q"] = "p",
    when: dt.datetime | None = None,
    day: dt.date | None = None,
    length: dt.timedelta = dt.timedelta(seconds=1),
    ident: uuid.UUID | None = None,
    price: Decimal = Decimal("1.5"),
    blob: bytes = b"",
    pair: tuple[int, str] | None = None,
    marks: set[int] = {1},  # noqa: B006 - as above
    open_: dict[str, Any] = {},  # noqa: B006 - as above
    boxes: dict[str, Box] = {},  # noqa: B006 - as above
    anything: Any = None,
) -> None:
    """Take one of each."""


def modelled(  # noqa: PLR0917 - one of each
    report: Report | None = None,
    reports: list[Report] = [],  # noqa: B006 - what users write
    named: dict[str, Report] = {},  # noqa: B006 - as above
    strict: Strict | None = None,
    tree: Tree | None = None,
    numbers: Numbers | None = None,
    count: int = 1,
) -> Report: ...


def required(name: str, pages: int) -> None: ...


EVERYTHING, MODELLED, REQUIRED = declared(everything), declared(modelled), declared(required)


def refusal(task: TaskType, document: Any) -> Fault:
    with pytest.raises(Fault) as caught:
        task.check(document if isinstance(document, bytes) else json.dumps(document).encode())
    return caught.value


def wrongs(task: TaskType, document: Any) -> dict[str, str]:
    fault = refusal(task, document)
    assert fault.kind == "invalid"
    assert fault.status == 400
    assert len({one.where for one in fault.wrong}) == len(fault.wrong)
    return {one.where: one.why for one in fault.wrong}


# ---- what is taken

TAKEN: list[tuple[dict[str, Any], str, Any]] = [
    ({}, "page", Page(number=1)),
    ({}, "marks", {1}),
    ({"page": {"number": 9, "title": "t"}}, "page", Page(number=9, title="t")),
    ({"pages": [{"number": 1}]}, "pages", [Page(number=1)]),
    ({"box": {"width": 1, "labels": ["a"]}}, "box", Box(1, ["a"])),
    ({"row": {"key": 1}}, "row", {"key": 1}),
    ({"shape": {"type": "square", "side": 2}}, "shape", Square(side=2.0)),
    ({"tree": {"type": "branch", "left": {"type": "leaf", "value": 1}}}, "tree", Branch(left=Leaf(value=1))),
    ({"flat": ["long", 1, "b"]}, "flat", Long(1, "b")),
    ({"text": "abc"}, "text", "abc"),
    ({"count": 9}, "count", 9),
    ({"ratio": 1}, "ratio", 1.0),
    ({"either": "x"}, "either", "x"),
    ({"color": "blue"}, "color", Color.BLUE),
    ({"level": 2}, "level", Level.HIGH),
    ({"word": "q"}, "word", "q"),
    ({"when": "2026-11-22T10:00:00Z"}, "when", dt.datetime(2026, 11, 22, 10, tzinfo=dt.UTC)),
    ({"day": "2026-11-22"}, "day", dt.date(2026, 11, 22)),
    ({"length": "PT1M"}, "length", dt.timedelta(minutes=1)),
    ({"ident": ID}, "ident", uuid.UUID(ID)),
    ({"price": "0.10"}, "price", Decimal("0.10")),
    ({"blob": "aGk="}, "blob", b"hi"),
    ({"pair": [1, "a"]}, "pair", (1, "a")),
    ({"marks": [2, 1, 2]}, "marks", {1, 2}),
    ({"open_": {"b": [1, None, "ü"], "a": 2**70}}, "open_", {"a": 2**70, "b": [1, None, "ü"]}),
    ({"boxes": {"a/b": {"width": 1}}}, "boxes", {"a/b": Box(1)}),
    ({"anything": [{"deep": [1.5]}]}, "anything", [{"deep": [1.5]}]),
]


@pytest.mark.parametrize(("document", "name", "value"), TAKEN)
def test_what_is_taken_comes_back_typed_through_its_canonical_form(document: Any, name: str, value: Any) -> None:
    raw = EVERYTHING.check(json.dumps(document).encode())
    assert EVERYTHING.arguments(raw)[name] == value
    assert EVERYTHING.check(raw) == raw
    assert jsonschema_rs.is_valid(EVERYTHING.input_schema, json.loads(raw))
    assert set(EVERYTHING.arguments(raw)) == set(EVERYTHING.input_schema["properties"])


def test_equal_inputs_are_equal_bytes_whatever_their_order_and_defaults() -> None:
    one = EVERYTHING.check(b'{"open_": {"a": 1, "b": {"d": 1, "c": 2}}, "count": 3, "marks": [2, 1]}')
    other = EVERYTHING.check(b'{"marks":[1,2,2],"open_":{"b":{"c":2,"d":1},"a":1},"flag":false}')
    assert one == other
    assert one != EVERYTHING.check(b'{"open_": {"a": 2}}')


def test_a_default_that_can_be_changed_is_new_for_each_call() -> None:
    EVERYTHING.arguments(b"{}")["open_"]["x"] = 1
    EVERYTHING.arguments(b"{}")["page"].title = "changed"
    assert EVERYTHING.arguments(b"{}")["open_"] == {}
    assert EVERYTHING.arguments(b"{}")["page"] == Page(number=1)


# ---- what is refused: pointer and sentence

REFUSED: list[tuple[dict[str, Any], dict[str, str]]] = [
    ({"page": 1}, {"/page": "expected an object, got an integer"}),
    ({"page": None}, {"/page": "expected an object, got null"}),
    ({"page": {}}, {"/page/number": MISSING}),
    ({"page": {"number": 0}}, {"/page/number": "must be at least 1"}),
    ({"page": {"number": 10}}, {"/page/number": "must be at most 9"}),
    ({"page": {"number": 1.5}}, {"/page/number": "expected an integer, got a number"}),
    ({"page": {"number": 1.0}}, {"/page/number": "expected an integer, got a number"}),
    ({"page": {"number": True}}, {"/page/number": "expected an integer, got a boolean"}),
    ({"page": {"number": 1, "titel": 1}}, {"/page/titel": 'unknown field; did you mean "title"?'}),
    (
        {"page": {"number": "1", "ref": "x"}},
        {"/page/number": "expected an integer, got a string", "/page/ref": "must be a UUID"},
    ),
    ({"page": {"number": 1, "made": "now"}}, {"/page/made": "invalid RFC3339 encoded datetime"}),
    ({"pages": {}}, {"/pages": "expected an array, got an object"}),
    (
        {"pages": [{"number": 1}, {"number": "x"}, {}, 5]},
        {
            "/pages/1/number": "expected an integer, got a string",
            "/pages/2/number": MISSING,
            "/pages/3": "expected an object, got an integer",
        },
    ),
    (
        {"box": {"labels": [1, "a", None]}},
        {
            "/box/width": MISSING,
            "/box/labels/0": "expected a string, got an integer",
            "/box/labels/2": "expected a string, got null",
        },
    ),
    ({"row": {}}, {"/row/key": MISSING}),
    (
        {"row": {"key": "1", "note": 2}},
        {
            "/row/key": "expected an integer, got a string",
            "/row/note": "expected a string, got an integer",
        },
    ),
    ({"shape": {"side": 1}}, {"/shape/type": MISSING}),
    ({"shape": {"type": "oval"}}, {"/shape/type": 'must be one of "circle", "square"'}),
    (
        {"shape": {"type": "square", "turned": 1}},
        {
            "/shape/side": MISSING,
            "/shape/turned": "expected a boolean, got an integer",
        },
    ),
    ({"shape": 1}, {"/shape": "expected an object or null, got an integer"}),
    ({"flat": ["short"]}, {"/flat": "expected an array of at least length 2, got 1"}),
    ({"text": ""}, {"/text": "must have at least 1 character; must match the pattern ^a"}),
    ({"text": "abcd"}, {"/text": "must have at most 3 characters"}),
    ({"text": "b"}, {"/text": "must match the pattern ^a"}),
    ({"count": 0}, {"/count": "must be at least 1"}),
    ({"count": 12}, {"/count": "must be less than 10"}),
    ({"count": 4}, {"/count": "must be a multiple of 3"}),
    ({"ratio": 0}, {"/ratio": "must be more than 0"}),
    ({"names": []}, {"/names": "must have at least 1 item"}),
    ({"names": ["a", "b", "c"]}, {"/names": "must have at most 2 items"}),
    ({"flag": "true"}, {"/flag": "expected a boolean, got a string"}),
    ({"some": "1"}, {"/some": "expected an integer or null, got a string"}),
    ({"either": None}, {"/either": "expected an integer or a string, got null"}),
    ({"color": "green"}, {"/color": 'must be one of "blue", "red"'}),
    ({"level": 3}, {"/level": "must be one of 1, 2"}),
    ({"word": "r"}, {"/word": 'must be one of "p", "q"'}),
    ({"when": "yesterday"}, {"/when": "invalid RFC3339 encoded datetime"}),
    ({"day": "22.11.2026"}, {"/day": "must be a date (2026-11-22)"}),
    ({"length": "1 h"}, {"/length": "must be a duration (PT1H30M)"}),
    ({"ident": "x"}, {"/ident": "must be a UUID"}),
    ({"price": "dear"}, {"/price": "must be a decimal number"}),
    ({"blob": "!"}, {"/blob": "invalid base64 encoded string"}),
    ({"pair": [1]}, {"/pair": "must have at least 2 items"}),
    (
        {"pair": ["a", 1]},
        {
            "/pair/0": "expected an integer, got a string",
            "/pair/1": "expected a string, got an integer",
        },
    ),
    (
        {"boxes": {"a/b": {}, "c~d": {"width": None}}},
        {
            "/boxes/a~1b/width": MISSING,
            "/boxes/c~0d/width": "expected an integer, got null",
        },
    ),
    ({"colour": "red"}, {"/colour": 'unknown field; did you mean "color"?'}),
]


@pytest.mark.parametrize(("document", "expected"), REFUSED)
def test_what_is_refused_names_every_field(document: Any, expected: dict[str, str]) -> None:
    assert wrongs(EVERYTHING, document) == expected


@pytest.mark.parametrize(("document", "expected"), REFUSED)
def test_without_the_schema_validator_each_field_is_named_still(
    document: Any, expected: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "jsonschema_rs", None)
    monkeypatch.setattr(invalid, "_validator", invalid._validator.__wrapped__)
    found = wrongs(EVERYTHING, document)
    assert {where.split("/")[1] for where in found} == {where.split("/")[1] for where in expected}


def test_fields_that_are_right_are_not_named_beside_wrong_ones() -> None:
    # JSON Schema's own words would be: not unique, and no string.
    assert wrongs(EVERYTHING, {"marks": [1, 1], "price": 1.5, "count": "x"}) == {
        "/count": "expected an integer, got a string"
    }


def test_missing_and_unknown_fields_are_named_together() -> None:
    assert wrongs(REQUIRED, {"nam": "x"}) == {
        "/nam": 'unknown field; did you mean "name"?',
        "/name": MISSING,
        "/pages": MISSING,
    }
    assert wrongs(REQUIRED, {"a/~": 1, "name": "n", "pages": 1}) == {
        "/a~1~0": 'unknown field; known are "name", "pages"'
    }
    assert wrongs(REQUIRED, {"zzz": 1, "name": "n", "pages": 1}) == {"/zzz": 'unknown field; known are "name", "pages"'}
    assert refusal(REQUIRED, {"name": "n"}).detail == "/pages: is missing."
    assert refusal(REQUIRED, {}).detail == "2 fields of the input are wrong."


def test_a_task_without_inputs_takes_an_empty_object_only() -> None:
    def nothing() -> None: ...

    assert declared(nothing).check(b" {} ") == b"{}"
    assert wrongs(declared(nothing), {"a": 1}) == {"/a": "unknown field; there are none"}


def test_a_wrong_field_deep_in_a_recursive_union_is_found_at_once() -> None:
    tree: dict[str, Any] = {"type": "leaf", "value": "x"}
    for _ in range(60):
        tree = {"type": "branch", "left": tree, "right": {"type": "leaf", "value": 1}}
    assert wrongs(EVERYTHING, {"tree": tree}) == {
        "/tree" + "/left" * 60 + "/value": "expected an integer, got a string"
    }


def test_an_answer_about_wrong_fields_is_bounded() -> None:
    fault = refusal(EVERYTHING, {"pages": [{"number": "x"}] * 1000, "color": "z" * 10_000})
    assert len(fault.wrong) == 100
    assert "first 100" in fault.detail
    long = refusal(EVERYTHING, {"pages": [{"number": 1, "k" * 5000: 1}] * 10, "color": "z" * 10_000, "n" * 1000: 1})
    assert len(long.wrong) == 12
    assert len(json.dumps(long.document())) < 10_000
    # Of what is very large one fault a field is named, at once.
    assert wrongs(EVERYTHING, {"pages": [{"number": "x"}] * 50_000, "color": 1}) == {
        "/pages/0/number": "expected an integer, got a string",
        "/color": "expected a string, got an integer",
    }
    assert len(refusal(EVERYTHING, {str(number): 1 for number in range(1000)}).wrong) == 100


# ---- JSON itself

MALFORMED: list[tuple[bytes, str]] = [
    (b"", "This is not JSON: input data was truncated."),
    (b"{", "This is not JSON: input data was truncated."),
    (b"{'a': 1}", "This is not JSON: object keys must be strings (byte 1)."),
    (b'{"count": 3,}', "This is not JSON: trailing comma in object (byte 12)."),
    (b'{"count": 3} x', "This is not JSON: trailing characters (byte 14)."),
    (b'{"ratio": NaN}', "This is not JSON: invalid character (byte 10)."),
    (b'{"ratio": Infinity}', "This is not JSON: invalid character (byte 10)."),
    (b'{"ratio": -Infinity}', "This is not JSON: invalid character (byte 11)."),
    (b'{"ratio": 1e999}', "A number in the JSON is too large."),
    (b'{"count": ' + b"9" * 5000 + b"}", "A number in the JSON is too large."),
    (b'{"text": "\xff"}', "The JSON is not UTF-8."),
    (b'{"text": "\xed\xa0\x80"}', "The JSON is not UTF-8."),
    ('{"text": "a"}'.encode("utf-16"), "This is not JSON: invalid character (byte 0)."),
    (b'\xef\xbb\xbf{"text": "a"}', "This is not JSON: invalid character (byte 0)."),
    (b'{"text": "a", "text": "a"}', 'The name "text" stands twice in one object.'),
    (b'{"text": "a", "te\\u0078t": "b"}', 'The name "text" stands twice in one object.'),
    (b'{"open_": {"a": [{"b": 1, "b": 1}]}}', 'The name "b" stands twice in one object.'),
    (b'{"anything": ' + b"[" * 64 + b"]" * 64 + b"}", "The JSON is nested more than 64 levels deep."),
    (b"[" * 100_000, "The JSON is nested more than 64 levels deep."),
]


@pytest.mark.parametrize(("raw", "detail"), MALFORMED)
def test_what_is_no_strict_json_is_malformed(raw: bytes, detail: str) -> None:
    fault = refusal(EVERYTHING, raw)
    assert (fault.kind, fault.detail) == ("malformed", detail)


@pytest.mark.parametrize(
    ("raw", "kind"), [(b"[]", "an array"), (b"null", "null"), (b'"x"', "a string"), (b"1", "an integer")]
)
def test_an_input_is_an_object(raw: bytes, kind: str) -> None:
    assert wrongs(EVERYTHING, raw) == {"": f"expected an object, got {kind}"}


def test_64_levels_and_many_brackets_side_by_side_are_fine() -> None:
    EVERYTHING.check(b'{"anything": ' + b"[" * 63 + b"]" * 63 + b"}")
    EVERYTHING.check(b'{"anything": [' + b"[]," * 500 + b'"[[{{"]}')


# ---- models of pydantic


def test_models_are_read_wherever_they_stand() -> None:
    given = {
        "report": {"Title": "One", "authors": [{"born": "1900"}]},
        "reports": [{"Title": "Two"}],
        "named": {"x": {"Title": "Three"}},
        "strict": {"day": "2026-11-22"},
        "tree": {"children": [{}]},
        "numbers": [1, 2],
    }
    found = MODELLED.arguments(MODELLED.check(json.dumps(given).encode()))
    assert found["report"].authors == [Author(born=1900)]
    assert found["reports"][0].title == "Two"
    assert found["named"]["x"].title == "Three"
    assert found["strict"] == Strict(day=dt.date(2026, 11, 22))
    assert found["tree"] == Tree(children=[Tree()])
    assert found["numbers"] == Numbers([1, 2])


def test_a_model_may_be_a_default() -> None:
    def named(report: Report = Report(Title="One")) -> None: ...  # noqa: B008 - what users write

    named.__annotations__["report"] = Report
    task = declared(named)
    assert task.arguments(task.check(b"{}"))["report"].title == "One"
    assert task.input_schema["properties"]["report"]["default"]["Title"] == "One"


def test_what_a_model_would_not_write_survives() -> None:
    raw = MODELLED.check(b'{"report": {"secret": "s3cret", "Title": "One"}}')
    assert MODELLED.arguments(raw)["report"].secret.get_secret_value() == "s3cret"
    assert raw == MODELLED.check(b'{"report":{"Title":"One","secret":"s3cret"},"count":1}')


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"report": {"Title": "x"}}, {"/report/Title": "string should have at least 2 characters"}),
        ({"report": {"Title": "bad"}}, {"/report/Title": "bad is no title"}),
        ({"report": {}}, {"/report/Title": MISSING}),
        ({"report": {"Title": "ok", "more": 1}}, {"/report/more": "extra inputs are not permitted"}),
        ({"report": []}, {"/report": "input should be an object"}),
        ({"strict": {"day": 1}}, {"/strict/day": "input should be a valid date"}),
        (
            {"numbers": [1, "x"]},
            {"/numbers/1": "input should be a valid integer, unable to parse string as an integer"},
        ),
        (
            {"reports": [{"Title": "ok"}, {"Title": "bad"}, {"authors": [{}, {"born": None}]}], "count": "x"},
            {
                "/reports/1/Title": "bad is no title",
                "/reports/2/Title": MISSING,
                "/reports/2/authors/0/born": MISSING,
                "/reports/2/authors/1/born": "input should be a valid integer",
                "/count": "expected an integer, got a string",
            },
        ),
        ({"named": {"a/b": {"Title": "x"}}}, {"/named/a~1b/Title": "string should have at least 2 characters"}),
    ],
)
def test_a_model_says_itself_what_is_wrong(document: Any, expected: dict[str, str]) -> None:
    assert wrongs(MODELLED, document) == expected


def test_a_model_is_asked_without_the_schema_validator_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(invalid, "_validator", lambda shape: None)
    assert wrongs(MODELLED, {"reports": [{"Title": "ok"}, {"Title": "bad", "more": " - at `$.x`"}]}) == {
        "/reports/1/Title": "bad is no title",
        "/reports/1/more": "extra inputs are not permitted",
    }


# ---- results


def returning(annotation: Any) -> TaskType:
    def made(): ...

    made.__annotations__ = {"return": annotation}
    return declared(made)


@pytest.mark.parametrize(
    ("annotation", "value", "expected"),
    [
        (int, 1, b"1"),
        (Page, Page(number=1), b'{"number":1,"title":"untitled","made":null,"ref":null}'),
        (Box, Box(1), b'{"width":1,"labels":null}'),
        (Row, {"key": 1}, b'{"key":1}'),
        (list[Box], [Box(1)], b'[{"width":1,"labels":null}]'),
        (dt.datetime, dt.datetime(2026, 11, 22, tzinfo=dt.UTC), b'"2026-11-22T00:00:00Z"'),
        (Report, Report(Title="One"), b'{"Title":"One","authors":[],"secret":null,"length":3}'),
        (list[Report], [Report(Title="One")], b'[{"Title":"One","authors":[],"secret":null,"length":3}]'),
        (Report | None, None, b"null"),
        (Numbers, Numbers([1]), b"[1]"),
        (Any, {"a": [Report(Title="One")]}, b'{"a":[{"Title":"One","authors":[],"secret":null,"length":3}]}'),
        (None, None, b"null"),
        (None, "something after all", b'"something after all"'),
    ],
)
def test_results_are_written(annotation: Any, value: Any, expected: bytes) -> None:
    task = returning(annotation)
    assert task.encode(value) == expected
    assert jsonschema_rs.is_valid(task.result_schema, json.loads(expected))


LOOP: list[Any] = []
LOOP.append(LOOP)


@pytest.mark.parametrize(
    ("annotation", "value", "said"),
    [
        (Any, object(), "made returned what has no JSON: a value of type object has no JSON"),
        (Any, {"a": Path()}, "a value of type pathlib"),
        (Any, {1.5: lambda: None}, "has no JSON"),
        (Any, LOOP, "nested too deep"),
        (Any, "\ud800", "a str has no JSON"),
        (int, "x", "made returned a value of type str, not what its annotation says: Expected `int`, got `str`"),
        (float, float("nan"), "Expected `float`, got `null`"),  # JSON has no NaN
        (list[Box], [Box(1), Box("x")], "Expected `int`, got `str` - at `$[1].width`"),
        (Page, {"number": 0}, "Expected `int` >= 1"),
        (Report, {"Title": "One"}, "made returned a value of type dict, not Report as its annotation says"),
    ],
)
def test_a_result_that_breaks_its_promise_is_refused(annotation: Any, value: Any, said: str) -> None:
    with pytest.raises(TypeError) as caught:
        returning(annotation).encode(value)
    assert said in str(caught.value)


# ---- schemas


@pytest.mark.parametrize("task", [EVERYTHING, MODELLED, REQUIRED])
def test_schemas_are_valid_and_whole(task: TaskType) -> None:
    for schema in (task.input_schema, task.result_schema):
        assert jsonschema_rs.meta.is_valid({**schema, "$schema": "https://json-schema.org/draft/2020-12/schema"})
        references = set(_references(schema))
        assert references <= {f"#/$defs/{name}" for name in schema.get("$defs", {})}
        jsonschema_rs.Draft202012Validator(schema)
    assert task.input_schema["type"] == "object"
    assert task.input_schema["title"] == task.name


def _references(node: Any) -> list[str]:
    match node:
        case dict():
            own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
            return own + [one for child in node.values() for one in _references(child)]
        case list():
            return [one for child in node for one in _references(child)]
        case _:
            return []


def test_schemas_say_what_annotations_say() -> None:
    schema = EVERYTHING.input_schema
    assert schema["additionalProperties"] is False
    assert "required" not in schema or schema["required"] == []
    assert schema["$defs"]["Page"]["description"] == "One page."
    assert schema["$defs"]["Page"]["properties"]["number"] == {
        "type": "integer",
        "minimum": 1,
        "maximum": 9,
        "description": "counted from 1",
        "examples": [3],
    }
    defaults = {name: one["default"] for name, one in schema["properties"].items()}
    assert (defaults["page"]["number"], defaults["names"], defaults["color"]) == (1, ["x"], "red")
    assert REQUIRED.input_schema["required"] == ["name", "pages"]
    assert REQUIRED.result_schema == {}


def test_a_model_is_described_as_it_reads_and_as_it_writes() -> None:
    assert "length" not in MODELLED.input_schema["$defs"]["Report"]["properties"]
    assert MODELLED.input_schema["$defs"]["Report"]["properties"]["Title"]["description"] == "what it is called"
    assert "length" in MODELLED.result_schema["properties"]
    assert MODELLED.result_schema["$defs"]["Author"]["required"] == ["born"]


def test_two_types_of_one_name_stay_two() -> None:
    other = pydantic.create_model("Author", died=(int, ...))
    another = pydantic.create_model("Author", authors=(list[other], ...))
    struct = msgspec.defstruct("Author", [("alive", bool)])

    def named(a, b, c, d): ...

    named.__annotations__ = {"a": Author, "b": other, "c": struct, "d": another}
    task = declared(named)
    good = {"a": {"born": 1}, "b": {"died": 1}, "c": {"alive": True}, "d": {"authors": [{"died": 1}]}}
    schema = jsonschema_rs.Draft202012Validator(task.input_schema)
    assert schema.is_valid(good)
    for name in good:
        assert not schema.is_valid({**good, name: {"x": 1}})


def test_a_result_that_contains_itself_keeps_its_definition() -> None:
    schema = returning(Tree).result_schema
    validator = jsonschema_rs.Draft202012Validator(schema)
    assert validator.is_valid({"children": [{"children": []}]})
    assert not validator.is_valid({"children": [{"children": 1}]})


# ---- declaration


def borrow() -> str:
    return "borrowed"


LENT = Resource(borrow)


async def injecting(
    name: str,
    progress: Progress,
    info: TaskInfo,
    session: Annotated[object, LENT],
    maybe: Progress | None = None,
) -> str:
    """Render it.

    With care,
    and slowly.
    """
    return name


def test_injected_parameters_are_no_inputs() -> None:
    task = declared(injecting)
    assert task.injected == {"progress": "progress", "info": "info", "session": LENT, "maybe": "progress"}
    assert list(task.input_schema["properties"]) == ["name"]
    assert task.arguments(b'{"name": "x"}') == {"name": "x"}
    assert wrongs(task, {"name": "x", "info": 1}) == {"/info": 'unknown field; known are "name"'}


def test_what_is_known_of_a_function() -> None:
    task = declared(injecting)
    assert (task.name, task.is_async, task.path) == ("injecting", True, None)
    assert (task.summary, task.description) == ("Render it.", "With care,\nand slowly.")
    assert (task.retry_after, task.timeout, task.concurrency, task.retries) == (2.0, None, 4, 0)
    assert (task.retry_on, task.retention, task.max_queued) == ((), 604800.0, None)
    assert not declared(required).is_async
    assert declared(required, name="other", path="/others", retry_on=(OSError,)).name == "other"


def test_inputs_given_in_python_are_what_is_sent() -> None:
    raw = MODELLED.check(MODELLED.written({"report": Report(Title="One", authors=[Author(born=1)]), "count": 2}))
    assert MODELLED.arguments(raw)["report"].authors == [Author(born=1)]
    raw = EVERYTHING.check(EVERYTHING.written({"page": Page(number=2), "ident": uuid.UUID(ID), "marks": {3}}))
    assert EVERYTHING.arguments(raw)["page"] == Page(number=2)
    with pytest.raises(TypeError, match="object has no JSON"):
        EVERYTHING.written({"anything": object()})


def _positional(a: int, /) -> None: ...
def _star(*parts: int) -> None: ...
def _stars(**parts: int) -> None: ...
def _bare(a) -> None: ...
def _odd(a: Path) -> None: ...
def _nested(a: list[Progress]) -> None: ...
def _two_models(a: Report | Author) -> None: ...
def _default(a: int = None) -> None: ...  # type: ignore[assignment]  # noqa: RUF013 - that is what is refused
def _beyond(a: Annotated[int, msgspec.Meta(ge=1)] = 0) -> None: ...
def _unchecked(a: list[Annotated[int, Gt(1)]]) -> None: ...
def _field(a: Annotated[int, pydantic.Field(gt=1)]) -> None: ...
def _unread(a: Nowhere) -> None: ...  # noqa: F821 - that is what is refused
def _yields(a: int) -> Any:
    yield a


def _result() -> Path: ...


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (_positional, "parameter a of _positional() cannot be an input: it is positional only"),
        (_star, "parameter *parts of _star() cannot be an input: inputs have names"),
        (_stars, "parameter **parts of _stars() cannot be an input: every input is declared"),
        (_bare, "parameter a of _bare() cannot be an input: it has no annotation"),
        (_odd, "parameter a of _odd() cannot be an input: pathlib.Path has no JSON"),
        (_nested, "parameter a of _nested() cannot be an input: accepted.server.context.Progress has no JSON"),
        (
            _two_models,
            "parameter a of _two_models() cannot be an input: Type unions may not contain more than one custom type",
        ),
        (_default, "parameter a of _default() cannot be an input: its default None does not fit its annotation"),
        (_beyond, "parameter a of _beyond() cannot be an input: its default 0 does not fit its annotation"),
        (_unchecked, "parameter a of _unchecked() cannot be an input: Gt(gt=1) would not be checked"),
        (_field, "parameter a of _field() cannot be an input: FieldInfo"),
        (_unread, "_unread() cannot be a task: its annotations cannot be read (name 'Nowhere' is not defined)"),
        (_yields, "_yields() cannot be a task: it yields"),
        (_result, "the return annotation of _result() cannot be that of a result: pathlib.Path has no JSON"),
    ],
)
def test_what_cannot_be_a_task_is_refused_when_declared(function: Any, said: str) -> None:
    with pytest.raises(TypeError) as caught:
        declared(function)
    assert said in str(caught.value).replace("pathlib._local", "pathlib")


@pytest.mark.parametrize(
    "options",
    [
        {"name": "a b"}, {"name": "1"}, {"path": "reports"}, {"path": "/a/"}, {"path": "/{id}"}, {"retry_after": -1},
        {"timeout": 0}, {"concurrency": 0}, {"retries": -1}, {"retention": 0}, {"max_queued": 0},
        {"retry_after": math.inf}, {"timeout": math.inf}, {"retention": math.inf}, {"retention": math.nan},
    ],
)  # fmt: skip
def test_options_that_make_no_sense_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=f"cannot be declared: {next(iter(options))}"):
        declared(required, **options)


# ---- what a function may do while it runs


def reporting(*, cancelled: bool = False) -> tuple[Progress, list[ProgressDocument], list[tuple[str, Any, str]]]:
    told: list[ProgressDocument] = []
    kept: list[tuple[str, Any, str]] = []
    return Progress(told.append, lambda: cancelled, lambda *file: kept.append(file)), told, kept


def test_progress_is_told() -> None:
    progress, told, _ = reporting()
    progress(1, 3, "rendering")
    progress(message="x" * 2000)
    assert told == [ProgressDocument(done=1, total=3, message="rendering"), ProgressDocument(message="x" * 1000)]


def test_a_report_of_what_is_cancelled_ends_it_even_within_except_exception() -> None:
    progress, told, _ = reporting(cancelled=True)
    assert progress.cancelled
    with pytest.raises(Cancelled), contextlib.suppress(Exception):
        progress(1)
    assert told == []


@pytest.mark.parametrize("numbers", [(-1, None), (1, float("inf")), (float("nan"), 1)])
def test_progress_counts_up_from_zero(numbers: tuple[Any, Any]) -> None:
    with pytest.raises(ValueError, match="progress counts from 0 up"):
        reporting()[0](*numbers)


@pytest.mark.parametrize(
    ("name", "content", "media_type", "expected"),
    [
        ("a.pdf", b"x", None, ("a.pdf", b"x", "application/pdf")),
        ("a.csv", "ü", None, ("a.csv", "ü".encode(), "text/csv; charset=utf-8")),
        ("log", "x", None, ("log", b"x", "text/plain; charset=utf-8")),
        ("data", b"x", None, ("data", b"x", "application/octet-stream")),
        ("année 1.bin", Path("/x"), "image/png", ("année 1.bin", Path("/x"), "image/png")),
    ],
)
def test_artifacts_are_kept(name: str, content: Any, media_type: Any, expected: Any) -> None:
    progress, _, kept = reporting()
    progress.artifact(name, content, media_type)
    assert kept == [expected]


@pytest.mark.parametrize(
    "name", ["", ".", "..", ".x", "a/b", "a\\b", "C:x", "a\n", "a\x00", "x" * 101, "ü" * 101, "a.", "a ", "€" * 70]
)
def test_names_of_artifacts_are_checked(name: str) -> None:
    with pytest.raises(ValueError, match="no name for an artifact"):
        reporting()[0].artifact(name, b"")


@pytest.mark.parametrize("media_type", ["text", "text/html\r\nX: y", "a/b; c", "/"])
def test_media_types_are_checked(media_type: str) -> None:
    with pytest.raises(ValueError, match="no media type"):
        reporting()[0].artifact("a", b"", media_type)
