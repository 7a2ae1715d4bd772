"""The one view over OpenAPI 3 and Swagger 2: the same questions, the same answers."""

import pytest

from accepted.documents.openapi import Description

POINTER = "/paths/~1jobs~1{id}/post"
STATUS = {"type": "string", "enum": ["queued", "done"]}

THREE = {
    "openapi": "3.1.0",
    "info": {"title": "Jobs", "description": "About."},
    "security": [{"key": []}],
    "paths": {
        "/jobs/{id}": {
            "parameters": [{"$ref": "#/components/parameters/Id"}],
            "post": {
                "operationId": "create",
                "tags": ["jobs"],
                "parameters": [{"name": "wait", "in": "query", "schema": {"type": "boolean"}}],
                "requestBody": {"content": {"application/json": {"schema": {"properties": {"size": {}}}}}},
                "responses": {
                    "202": {
                        "description": "Later.",
                        "headers": {"Location": {"schema": {"type": "string"}}},
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Job"}, "example": 1}},
                        "links": {"poll": {"operationId": "read", "parameters": {"id": "$response.body#/id"}}},
                    },
                    "429": {"description": "Slow down."},
                },
                "callbacks": {
                    "done": {"{$request.body#/url}": {"post": {"responses": {"204": {"description": ""}}}}},
                },
                "x-async-request-reply": {"role": "create"},
            },
            "get": {"operationId": "read", "security": [], "responses": {}},
        },
    },
    "webhooks": {"finished": {"post": {"responses": {}}}},
    "components": {
        "parameters": {"Id": {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}},
        "schemas": {
            "Base": {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}},
            "Job": {"allOf": [{"$ref": "#/components/schemas/Base"}, {"properties": {"status": STATUS}}]},
        },
    },
}

TWO = {
    "swagger": "2.0",
    "info": {"title": "Jobs", "description": "About."},
    "security": [{"key": []}],
    "produces": ["application/json"],
    "paths": {
        "/jobs/{id}": {
            "parameters": [{"$ref": "#/parameters/Id"}],
            "post": {
                "operationId": "create",
                "tags": ["jobs"],
                "parameters": [
                    {"name": "wait", "in": "query", "type": "boolean"},
                    {"name": "body", "in": "body", "schema": {"properties": {"size": {}}}},
                ],
                "responses": {
                    "202": {
                        "description": "Later.",
                        "headers": {"Location": {"type": "string"}},
                        "schema": {"$ref": "#/definitions/Job"},
                        "examples": {"application/json": 1},
                    },
                    "429": {"description": "Slow down."},
                },
                "x-async-request-reply": {"role": "create"},
            },
            "get": {"operationId": "read", "security": [], "responses": {}},
        },
    },
    "parameters": {"Id": {"name": "id", "in": "path", "required": True, "type": "string"}},
    "definitions": {
        "Base": {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}},
        "Job": {"allOf": [{"$ref": "#/definitions/Base"}, {"properties": {"status": STATUS}}]},
    },
}


@pytest.mark.parametrize("data", [THREE, {**THREE, "openapi": "3.0.4"}, {**THREE, "openapi": "3.2.0"}, TWO])
def test_the_view_is_the_same(data):
    description = Description(data)
    create, read = description.operations
    answer = create.responses["202"]
    assert (description.title, description.description) == ("Jobs", "About.")
    assert (create.method, create.path, create.pointer, create.key) == ("POST", "/jobs/{id}", POINTER, "create")
    assert create.tags == ("jobs",)
    assert [(one.name, one.where, one.schema.type) for one in create.parameters] == [
        ("id", "path", "string"),
        ("wait", "query", "boolean"),
    ]
    assert list(create.body.schema.properties) == ["size"]
    assert list(create.responses) == ["202", "429"]
    assert (answer.pointer, answer.description) == (f"{POINTER}/responses/202", "Later.")
    assert answer.headers["location"].schema.type == "string"
    assert list(answer.schema.properties) == ["status", "id"] or list(answer.schema.properties) == ["id", "status"]
    assert answer.schema.name == "Job"
    assert answer.schema.required == {"id"}
    assert answer.schema.properties["status"].values == ("queued", "done")
    assert answer.examples[""].value == 1
    assert create.extensions == {"x-async-request-reply": {"role": "create"}}
    assert (create.secured, read.secured) == (True, False)


def test_a_property_is_found_where_it_stands():
    (create, _) = Description(THREE).operations
    properties = create.responses["202"].schema.properties
    assert properties["id"].pointer == "/components/schemas/Base/properties/id"
    assert properties["status"].pointer == "/components/schemas/Job/allOf/1/properties/status"


def test_links_callbacks_and_webhooks():
    description = Description(THREE)
    create, read = description.operations
    link = create.responses["202"].links["poll"]
    (callback,) = create.callbacks
    (webhook,) = description.webhooks
    assert description.linked(link) is read
    assert link.parameters == {"id": "$response.body#/id"}
    assert (callback.name, callback.expression) == ("done", "{$request.body#/url}")
    assert callback.operations[0].pointer.startswith(f"{POINTER}/callbacks/done/")
    assert (webhook.path, webhook.method) == ("finished", "POST")


def test_a_link_by_reference_leads_to_its_operation():
    link = {"operationRef": "#/paths/~1b/get"}
    responses = {"202": {"description": "", "links": {"poll": link}}}
    data = {"paths": {"/a": {"post": {"responses": responses}}, "/b": {"get": {"responses": {}}}}}
    description = Description(data)
    create, read = description.operations
    assert description.linked(create.responses["202"].links["poll"]) is read


def test_form_parameters_of_swagger_are_one_body():
    form = [{"name": "file", "in": "formData", "type": "file"}, {"name": "callback_url", "in": "formData"}]
    data = {"swagger": "2.0", "paths": {"/a": {"post": {"parameters": form, "responses": {}}}}}
    (create,) = Description(data).operations
    assert (list(create.body.schema.properties), create.parameters) == (["file", "callback_url"], ())


def test_methods_of_three_point_two():
    item = {"query": {"responses": {}}, "additionalOperations": {"COPY": {"responses": {}}}}
    operations = Description({"openapi": "3.2.0", "paths": {"/a": item}}).operations
    assert [(one.method, one.pointer) for one in operations] == [
        ("QUERY", "/paths/~1a/query"),
        ("COPY", "/paths/~1a/additionalOperations/COPY"),
    ]


def test_json_is_preferred_to_other_media_types():
    content = {"text/csv": {"schema": {"type": "string"}}, "application/json": {"schema": {"type": "object"}}}
    data = {"paths": {"/a": {"get": {"responses": {"200": {"description": "", "content": content}}}}}}
    (read,) = Description(data).operations
    assert read.responses["200"].schema.type == "object"


def test_codes_that_yaml_reads_as_numbers():
    (read,) = Description({"paths": {"/a": {"get": {"responses": {200: {"description": "Yes."}}}}}}).operations
    assert (read.responses["200"].pointer, read.successes[0].description) == ("/paths/~1a/get/responses/200", "Yes.")


# ---- references


def test_references_into_other_files():
    files = {
        "paths/jobs.yaml": {"get": {"responses": {"200": {"$ref": "../shared.yaml#/answers/Job"}}}},
        "shared.yaml": {
            "answers": {"Job": {"description": "", "content": {"application/json": {"schema": {"$ref": "#/Job"}}}}},
            "Job": {"properties": {"id": {}}},
        },
    }
    (read,) = Description({"paths": {"/jobs": {"$ref": "paths/jobs.yaml"}}}, files.get).operations
    answer = read.responses["200"]
    assert (read.file, read.pointer, read.path) == ("paths/jobs.yaml", "/get", "/jobs")
    assert (answer.file, answer.pointer) == ("shared.yaml", "/answers/Job")
    assert (answer.schema.pointer, list(answer.schema.properties)) == ("/Job", ["id"])


@pytest.mark.parametrize("reference", ["../above.yaml", "/etc/passwd", "https://example.com/a.yaml", "a/../../b.yaml"])
def test_nothing_above_the_folder_is_asked_for(reference):
    asked = []
    assert Description({"paths": {"/a": {"$ref": reference}}}, asked.append).operations == ()
    assert asked == []


@pytest.mark.parametrize(
    "schemas",
    [
        {"A": {"$ref": "#/components/schemas/A"}},
        {"A": {"$ref": "#/components/schemas/B"}, "B": {"$ref": "#/components/schemas/A"}},
        {"A": {"allOf": [{"$ref": "#/components/schemas/A"}], "properties": {"id": {}}}},
        {"A": {"$ref": "#/components/schemas/A", "description": "And more."}},
        {"A": {"properties": {"a": {"$ref": "#/components/schemas/A"}}}},
        {"A": {"items": {"$ref": "#/components/schemas/A"}}},
        {"A": {"$ref": "#/nowhere"}},
        {"A": {"$ref": 5}},
    ],
)
def test_circles_and_broken_references_end(schemas):
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/A"}}}
    data = {
        "paths": {"/a": {"post": {"responses": {"202": {"description": "", "content": content}}}}},
        "components": {"schemas": schemas},
    }
    (one,) = Description(data).operations
    schema = one.responses["202"].schema
    assert schema is None or (schema.properties is not None and schema.type in {"", "object", "array"})


def test_what_only_says_more_of_a_schema_is_of_its_shape():
    said = {"description": "What is meant."}
    base = {"$ref": "#/components/schemas/Base"}
    schemas = {
        "Base": {"properties": {"id": {"type": "string"}}},
        "Said": {"allOf": [base, said]},
        "Beside": base | said,
        "Twice": {"allOf": [{"$ref": "#/components/schemas/Said"}], "title": "Twice"},
        "More": {"allOf": [base, {"properties": {"name": {"type": "string"}}}]},
        "Either": {"oneOf": [base]},
        "Round": {"allOf": [{"$ref": "#/components/schemas/Round"}]},
    }
    paths = {f"/{name}": {"get": {"responses": {"200": _body(name)}}} for name in schemas}
    read = Description({"openapi": "3.1.0", "paths": paths, "components": {"schemas": schemas}})
    homes = {one.path[1:]: one.successes[0].schema.home[1].rpartition("/")[2] for one in read.operations}
    assert homes == dict.fromkeys(schemas, "Base") | {name: name for name in ("More", "Either", "Round")}


def _body(name):
    return {"content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}}


def test_a_reference_with_keywords_beside_it_has_both():
    schema = {"$ref": "#/components/schemas/A", "description": "Here.", "properties": {"own": {}}}
    data = {
        "paths": {"/a": {"get": {"responses": {"200": {"content": {"application/json": {"schema": schema}}}}}}},
        "components": {"schemas": {"A": {"description": "There.", "properties": {"far": {}}}}},
    }
    found = Description(data).operations[0].responses["200"].schema
    assert (found.description, list(found.properties)) == ("Here.", ["own", "far"])


@pytest.mark.parametrize(
    "data", [None, [], "text", {"paths": []}, {"paths": {"/a": None}}, {"paths": {"/a": {"get": 1}}}]
)
def test_what_is_no_description_has_no_operations(data):
    assert Description(data).operations == ()
