"""OpenAPI of an API: valid for three independent readers, tagged, linked, and every example fits its schema."""

import inspect
import json
import re
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from runpy import run_path
from typing import Annotated, Any

import jsonschema_rs
import msgspec
import pytest

from accepted import server
from accepted.core.codec import at
from accepted.docs import STATUSES, Bounds, Described, FaultDescription, TypeDescription, extension_schema, openapi
from accepted.server.faults import FAULTS

SDK = Path(__file__).parents[1] / "sdk"
TOOLS = SDK / "node_modules" / ".bin"
EXTENSION = "x-async-request-reply"


class Chapter(msgspec.Struct):
    title: str
    words: Annotated[int, msgspec.Meta(ge=1)]


class Report(msgspec.Struct):
    chapters: list[Chapter]
    url: str | None = None


class RenderInput(msgspec.Struct):
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    chapter: Chapter
    pages: Annotated[int, msgspec.Meta(ge=1, le=500)] = 1


def described_type(name: str, *, takes: Any = RenderInput, gives: Any = Report, **more: Any) -> TypeDescription:
    schemas = {"input_schema": msgspec.json.schema(takes), "result_schema": msgspec.json.schema(gives)}
    return TypeDescription(**{"name": name, "summary": f"Do {name}.", **schemas, **more})


RENDER = described_type("render_report", path="/reports", description="Renders a report.")
COUNT = described_type("count", gives=int)
FAULT_ROWS = tuple(FaultDescription(kind=kind, status=row.status, title=row.title) for kind, row in FAULTS.items())

BOUNDS = Bounds(listed=20, most_listed=100, longest_wait=60, longest_key=255)


def described(*types: TypeDescription, **more: Any) -> Described:
    whole = {"title": "Reports", "version": "1.2.3", "types": types, "faults": FAULT_ROWS, "bounds": BOUNDS}
    return Described(**{**whole, **more})


APIS = {
    "two types": described(RENDER, COUNT),
    "one type": described(COUNT),
    "none": described(),
    "secured": described(RENDER, COUNT, secured=True, limited=True, server_url="https://x.test/root", base_path="/v1"),
    "at the root": described(COUNT, base_path=""),
}
each_api = pytest.mark.parametrize("api", APIS.values(), ids=APIS)

EXAMPLES = Path(__file__).parents[2] / "examples"


def of_example(name: str) -> Any:
    """The document of an example's API."""
    return run_path(str(EXAMPLES / f"{name}.py"))["api"].document()


DOCUMENTS = {
    **{name: partial(openapi, api) for name, api in APIS.items()},
    **{name: partial(of_example, name) for name in ("reports", "long_report")},
}
each_document = pytest.mark.parametrize("made", DOCUMENTS.values(), ids=DOCUMENTS)


def operations(document: Any) -> dict[str, Any]:
    """Every operation by its id; a second one of an id is an error."""
    found: dict[str, Any] = {}
    for path, item in document["paths"].items():
        for method in item.keys() - {"parameters"}:
            operation = item[method]
            assert operation["operationId"] not in found
            found[operation["operationId"]] = {**operation, "at": f"{method.upper()} {path}"}
    return found


def walk(value: Any) -> Iterator[dict[str, Any]]:
    match value:
        case dict():
            yield value
            for each in value.values():
                yield from walk(each)
        case list():
            for each in value:
                yield from walk(each)
        case _:
            pass


# ---- by other readers


@each_document
@pytest.mark.oracle("openapi_spec_validator")
def test_the_official_schema_takes_it(made) -> None:
    from openapi_spec_validator import validate

    validate(json.loads(json.dumps(made())))


@pytest.mark.node
@pytest.mark.parametrize(
    "command",
    [
        ["spectral", "lint", "--quiet", "--ruleset", "ruleset.yaml"],
        ["redocly", "lint", "--extends", "recommended", "--format", "stylish"],
    ],
    ids=lambda command: command[0],
)
def test_linters_find_no_error(command, tmp_path) -> None:
    (tmp_path / "ruleset.yaml").write_text('extends: ["spectral:oas"]\n')
    files = [f"{number}.json" for number, _ in enumerate(DOCUMENTS)]
    for file, made in zip(files, DOCUMENTS.values(), strict=True):
        (tmp_path / file).write_text(json.dumps(made()))
    words = [str(TOOLS / command[0]), *command[1:], *files]
    ran = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr


# ---- structure

TAG = "Async Request-Reply"

ROWS = [
    ("createTask", "POST /tasks", TAG, "create", "202 400 408 413 415 422 429 500 503"),
    ("createRenderReport", "POST /reports", TAG, "create", "202 400 408 413 415 422 429 500 503"),
    ("getTask", "GET /tasks/{id}", TAG, "poll", "200 304 400 404 410 429 500 503"),
    ("listTasks", "GET /tasks", TAG, "list", "200 400 429 500 503"),
    ("cancelTask", "POST /tasks/{id}/cancel", TAG, "cancel", "200 202 400 404 409 410 429 500 503"),
    ("removeTask", "DELETE /tasks/{id}", TAG, None, "204 400 404 409 410 429 500 503"),
    ("taskEvents", "GET /tasks/{id}/events", TAG, None, "200 204 400 404 410 429 500 503"),
    ("getArtifact", "GET /tasks/{id}/artifacts/{name}", TAG, None, "200 206 304 400 404 410 416 429 500 503"),
    ("getOpenapi", "GET /openapi.json", "Service", None, "200 400 500 503"),
    ("isAlive", "GET /healthz", "Service", None, "200 400 500 503"),
    ("isReady", "GET /readyz", "Service", None, "200 400 500 503"),
    ("getMetrics", "GET /metrics", "Service", None, "200 400 429 500 503"),
]


def test_every_operation_is_a_row() -> None:
    assert operations(openapi(APIS["two types"])).keys() == {row[0] for row in ROWS}


@pytest.mark.parametrize(("operation", "place", "tag", "role", "codes"), ROWS)
def test_an_operation_says_where_it_is_and_what_it_answers(operation, place, tag, role, codes) -> None:
    said = operations(openapi(APIS["two types"]))[operation]
    assert said["at"] == place
    assert said["tags"] == [tag]
    assert sorted(said["responses"]) == codes.split()
    assert said.get(EXTENSION, {}).get("role") == role


def test_an_api_with_keys_says_so() -> None:
    document = openapi(APIS["secured"])
    assert document["security"] == [{"bearer": []}, {"apiKey": []}]
    assert document["components"]["securitySchemes"].keys() == {"bearer", "apiKey"}
    for one in operations(document).values():
        assert ({"401", "403"} <= one["responses"].keys()) == (one.get("security") != [])
    assert openapi(APIS["one type"])["security"] == []


def test_steps_are_said_in_words_and_for_programs() -> None:
    said = operations(openapi(APIS["two types"]))
    assert said["createTask"]["summary"].endswith("(Async Request-Reply Pattern - Step 1/2)")
    assert said["getTask"]["summary"].endswith("(Async Request-Reply Pattern - Step 2/2)")
    assert said["createRenderReport"]["summary"] == "Do render_report (Async Request-Reply Pattern - Step 1/2)"
    steps = {
        name: (one[EXTENSION].get("step"), one[EXTENSION]["poll"]) for name, one in said.items() if EXTENSION in one
    }
    assert steps["createTask"] == steps["createRenderReport"] == (1, "getTask")
    assert steps["getTask"] == (2, "getTask")
    assert steps["listTasks"] == steps["cancelTask"] == (None, "getTask")


@each_api
def test_the_extension_is_what_its_published_schema_says(api) -> None:
    schema = extension_schema()
    jsonschema_rs.meta.validate(schema)
    validator = jsonschema_rs.validator_for(schema)
    said = operations(openapi(api))
    marked = [one[EXTENSION] for one in said.values() if EXTENSION in one]
    assert len(marked) >= 3 or not api.types  # what nobody creates, nobody polls
    for one in [*marked, *schema["examples"]]:
        validator.validate(one)
    assert {one["poll"] for one in marked} <= said.keys()


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"role": "create"},
        {"role": "create", "step": 2, "of": 2, "poll": "getTask"},
        {"role": "poll", "step": 2, "of": 2},
        {"role": "list", "step": 2},
        {"role": "list", "statuses": {"DONE": "done"}},
        {"role": "list", "polls": "getTask"},
    ],
)
def test_the_published_schema_refuses(wrong) -> None:
    assert not jsonschema_rs.validator_for(extension_schema()).is_valid(wrong)


@each_api
def test_every_reference_leads_somewhere_and_no_component_is_left_over(api) -> None:
    document = openapi(api)
    targets = set(re.findall(r'"#(/[^"]+)"', json.dumps(document["paths"]) + json.dumps(document["components"])))
    problems = {f"/{kind}" for kind in FAULTS}
    assert all(at(document, target) is not None for target in targets if target not in problems)
    there = {
        f"/components/{part}/{name}"
        for part, several in document["components"].items()
        if part != "securitySchemes"
        for name in several
    }
    assert there <= targets


def test_a_create_links_to_its_poll() -> None:
    said = operations(openapi(APIS["two types"]))
    for name in ("createTask", "createRenderReport"):
        links = said[name]["responses"]["202"]["links"]
        assert links["poll"]["operationId"] == "getTask"
        assert links["poll"]["parameters"] == {"id": "$response.body#/id"}
        assert links["cancel"]["operationId"] == "cancelTask"
        assert said[name]["responses"]["202"]["headers"].keys() >= {"Location", "Retry-After"}


@each_api
def test_every_fault_is_told(api) -> None:
    document = openapi(api)
    assert document["components"]["schemas"]["Problem"]["properties"]["type"]["enum"] == [
        *(f"#{kind}" for kind in FAULTS),
        "about:blank",
    ]
    for kind, row in FAULTS.items():
        assert f"| `#{kind}` | {row.status} | {row.title} |" in document["info"]["description"]


def test_the_server_is_where_it_is_served() -> None:
    assert [openapi(APIS[name])["servers"][0]["url"] for name in ("one type", "secured", "at the root")] == [
        "/api",
        "https://x.test/root/v1",
        "/",
    ]


# ---- schemas and examples


@each_document
def test_every_example_fits_its_schema(made) -> None:
    document = made()
    checked = 0
    for one in walk(document):
        if {"schema", "examples"} <= one.keys():
            validator = jsonschema_rs.validator_for({**one["schema"], "components": document["components"]})
            for example in one["examples"].values():
                validator.validate(json.loads(json.dumps(example["value"])))
                checked += 1
    assert checked >= 9


def test_examples_show_a_pending_task_and_every_end() -> None:
    found = operations(openapi(APIS["one type"]))["getTask"]["responses"]["200"]["content"]["application/json"]
    statuses = {example["value"]["status"] for example in found["examples"].values()}
    assert statuses >= {"queued", "in_progress", "completed", "failed", "cancelled", "expired"}


def test_a_type_may_be_left_out_where_there_is_one() -> None:
    one = openapi(APIS["one type"])["components"]["schemas"]
    two = openapi(APIS["two types"])["components"]["schemas"]
    assert one["CountRequest"]["required"] == ["input"]
    assert two["CountRequest"]["required"] == ["type", "input"]
    assert two["TaskRequest"]["discriminator"]["mapping"] == {
        "render_report": "#/components/schemas/RenderReportRequest",
        "count": "#/components/schemas/CountRequest",
    }


def nested(name: str, leaf: dict[str, Any]) -> dict[str, Any]:
    return {"$ref": "#/$defs/Outer", "$defs": {"Outer": {"properties": {"x": {"$ref": f"#/$defs/{name}"}}}, name: leaf}}


def with_schemas(*schemas: dict[str, Any]) -> dict[str, Any]:
    """The components of an API whose types t0, t1, ... take inputs of these schemas."""
    types = (described_type(f"t{number}", input_schema=schema) for number, schema in enumerate(schemas))
    return openapi(described(*types))["components"]["schemas"]


@pytest.mark.parametrize(
    ("second", "same"),
    [
        (nested("Inner", {"type": "string"}), True),
        # equal at its face, but what it refers to differs
        (nested("Inner", {"type": "integer"}), False),
    ],
)
def test_equal_definitions_of_two_types_are_one_and_others_are_told_apart(second, same) -> None:
    schemas = with_schemas(nested("Inner", {"type": "string"}), second)
    targets = {name: schemas[name]["$ref"].rpartition("/")[2] for name in ("T0Input", "T1Input")}
    assert (targets["T0Input"] == targets["T1Input"]) is same
    inner = schemas[targets["T1Input"]]["properties"]["x"]["$ref"].rpartition("/")[2]
    assert schemas[inner] == ({"type": "string"} if same else {"type": "integer"})


def test_a_type_of_the_user_does_not_hide_ours() -> None:
    schemas = with_schemas(nested("Problem", {"type": "boolean"}))
    assert schemas["Problem"]["required"] == ["type", "title", "status", "detail"]
    assert schemas["Problem2"] == {"type": "boolean"}


def test_what_only_looks_like_a_reference_stays() -> None:
    looks = {"$ref": "#/$defs/Inner"}
    schema = {
        "type": "object",
        "properties": {"$ref": {"type": "string"}, "default": {"$ref": "#/$defs/Inner"}},
        "default": {"default": looks},
        "$defs": {"Inner": {"type": "object"}},
    }
    moved = with_schemas(schema)["T0Input"]
    assert moved["properties"] == {"$ref": {"type": "string"}, "default": {"$ref": "#/components/schemas/Inner"}}
    assert moved["default"] == {"default": looks}


@pytest.mark.parametrize("names", [("a-b", "a_b"), ("task", "Task"), ("count", "Count")])
def test_types_whose_names_look_alike_are_told_apart(names) -> None:
    document = openapi(described(*(described_type(name, path=f"/p{n}") for n, name in enumerate(names))))
    assert len(operations(document)) == len(ROWS) + 1


@pytest.mark.parametrize(
    ("schema", "shown"),
    [
        ({"type": "string", "pattern": "^x+$"}, None),
        ({"type": "string", "format": "phone"}, None),
        ({"type": "string", "pattern": "^x+$", "examples": ["xx"]}, "xx"),
        ({"type": "string", "format": "date-time"}, "2026-11-22T09:30:00Z"),
        ({"type": "string", "minLength": 6}, "texttt"),
        ({"type": "string", "maxLength": 2}, "te"),
        ({"type": "integer"}, 1),
        ({"type": "integer", "minimum": 7, "multipleOf": 5}, 10),
        ({"type": "integer", "exclusiveMinimum": 7}, 8),
        ({"type": "integer", "maximum": -3}, -3),
        ({"type": "integer", "minimum": 6, "maximum": 9, "multipleOf": 5}, None),
        ({"type": ["null", "boolean"]}, True),
        ({"anyOf": [{"type": "null"}, {"type": "string", "pattern": "x"}]}, "null"),
        ({"type": "array", "items": {"type": "integer"}}, [1]),
        ({"type": "array", "prefixItems": [{"type": "integer"}, {"type": "boolean"}], "items": False}, [1, True]),
        ({"type": "array", "minItems": 5, "items": {"type": "integer"}}, None),
        ({"type": "object", "required": ["a"], "properties": {"a": {"not": {}}}}, None),
        ({"type": "object", "properties": {"a": {"not": {}}, "b": {"const": 2}}}, {"b": 2}),
        ({"$ref": "#/$defs/Node", "$defs": {"Node": {"properties": {"n": {"$ref": "#/$defs/Node"}}}}}, None),
        ({"not": {"type": "string"}}, None),
        ({}, "anything"),
    ],
)
def test_an_example_is_shown_where_one_is_known_to_fit(schema, shown) -> None:
    document = openapi(described(described_type("t", path="/t", input_schema=schema)))
    examples = operations(document)["createT"]["requestBody"]["content"]["application/json"]["examples"]
    expected = {} if shown is None else {"t": {"summary": "Do t.", "value": None if shown == "null" else shown}}
    assert examples == expected
    for example in examples.values():
        jsonschema_rs.validate(schema, example["value"])


def test_what_is_said_of_a_task_is_what_it_may_say() -> None:
    schemas = openapi(APIS["one type"])["components"]["schemas"]
    progress = jsonschema_rs.validator_for(schemas["TaskProgress"])
    assert progress.is_valid({"done": None, "total": None, "message": "it begins"})
    assert progress.is_valid({"done": 0.5, "total": 1, "message": None})
    assert not progress.is_valid({"done": "half"})
    runner = (Path(inspect.getfile(server)).parent / "runner.py").read_text(encoding="utf-8")
    reasons = set(re.findall(r'_failed\("(\w+)"', runner))
    assert set(re.findall(r"`(\w+)`", schemas["TaskFailure"]["properties"]["reason"]["description"])) == reasons


def test_what_is_said_of_the_server_is_what_it_takes() -> None:
    from accepted.server import reading

    assert tuple(reading.SERVED) == STATUSES
    parameters = of_example("reports")["components"]["parameters"]
    assert parameters["Limit"]["schema"] == {
        "type": "integer",
        "minimum": 1,
        "maximum": reading.MOST_LISTED,
        "default": reading.LISTED,
    }
    assert parameters["Key"]["schema"]["maxLength"] == reading.LONGEST_KEY
    assert f"{reading.LONGEST_WAIT} at most" in parameters["PreferWait"]["description"]
