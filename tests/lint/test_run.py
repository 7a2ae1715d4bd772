"""Which files are linted, what becomes of those that cannot be, and where findings are."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from accepted.lint.files import Given
from accepted.lint.report import render
from accepted.lint.rule import Context, Found, rule, rules
from accepted.lint.run import run
from accepted.lint.severity import Severity
from accepted.lint.subjects import Api


def places(report) -> list[tuple[str, str, int, int]]:
    return [(one.path, one.rule.id, one.place.line, one.place.column) for one in report.findings]


def local(path: str) -> str:
    """With the slashes of this machine."""
    return str(Path(path))


def test_a_finding_has_file_line_column_pointer_and_operation(lint, bare) -> None:
    (found,) = lint({"openapi.yaml": bare}, "select = ['OA521']").findings
    assert places(lint({"openapi.yaml": bare}, "select = ['OA521']")) == [("openapi.yaml", "OA521", 5, 5)]
    assert (found.operation, found.pointer) == ("createReport", "/paths/~1reports/post")
    assert found.source.text[found.place.start : found.place.end] == "post"


def test_a_folder_is_walked_and_what_is_nobodys_or_no_description_is_passed_over(lint, bare) -> None:
    report = lint(
        {
            "a/openapi.yaml": bare,
            "a/b/api.json": json.dumps({"openapi": "3.1.0", "paths": {}}),
            "a/package.json": '{"name": "x"}',
            "a/broken.json": '{"name": ',
            "a/data.json": b"\xff\xfe\x00",
            "a/compose.yaml": "services: {}\n---\nmore: {}\n",
            "a/client.py": "x = 1\n",
            "a/notes.md": "openapi: 3.1.0",
            "a/.hidden/openapi.yaml": bare,
            "a/.openapi.yaml": bare,
            "a/node_modules/openapi.yaml": bare,
            "a/.venv/x.py": "x = (",
            "a/__pycache__/x.py": "x = (",
        },
        "select = ['OA521']",
        given=["a"],
    )
    assert report.failures == ()
    assert [one.path for one in report.sources] == [
        local(name) for name in ("a/client.py", "a/openapi.yaml", "a/b/api.json")
    ]
    assert places(report) == [(local("a/openapi.yaml"), "OA521", 5, 5)]


def test_what_is_excluded_is_passed_over_unless_it_is_named(lint, bare) -> None:
    files = {"a/openapi.yaml": bare, "a/old/openapi.yaml": bare, "a/old/x.py": "x = ("}
    report = lint(files, "exclude = ['a/old']", given=["a"])
    assert [one.path for one in report.sources] == [local("a/openapi.yaml")]
    assert report.failures == ()
    assert len(lint(files, "exclude = ['a/old']", given=["a/old/openapi.yaml"]).sources) == 1


def test_a_file_that_is_named_twice_is_linted_once(lint, bare, tmp_path) -> None:
    lint({"a/openapi.yaml": bare})
    (tmp_path / "link.yaml").symlink_to(tmp_path / "a" / "openapi.yaml")
    (tmp_path / "a" / "again").symlink_to(tmp_path / "a", target_is_directory=True)
    assert len(lint({}, given=["a", "a/openapi.yaml", "link.yaml", "."]).sources) == 1


def test_what_two_documents_refer_to_is_told_once(lint, bare) -> None:
    whole = "openapi: 3.1.0\ninfo: {title: x, version: '1'}\npaths:\n  /reports: {$ref: part.yaml}\n"
    part = "post:\n  operationId: createReport\n  responses: {'202': {description: Accepted}}\n"
    files = {"a.yaml": whole, "b.yaml": whole, "part.yaml": part}
    report = lint(files, "select = ['OA521']", given=["a.yaml", "./b.yaml"])
    assert [one.path for one in report.findings] == ["part.yaml"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this machine has no named pipes")
def test_a_pipe_is_not_waited_for(lint, tmp_path) -> None:
    (tmp_path / "a").mkdir()
    os.mkfifo(tmp_path / "a" / "x.yaml")
    assert lint({}, given=["a"]).failures == ()
    (failure,) = lint({}, given=["a/x.yaml"]).failures
    assert failure.why == "not a regular file"


@pytest.mark.parametrize("name", ["x.py", "x.yaml", "x.ex"])
def test_what_could_not_be_read_is_not_counted_as_linted(lint, name) -> None:
    report = lint({name: "x = (" if name == "x.py" else "a: [" if name == "x.yaml" else b"\xff"})
    assert (len(report.failures), report.sources) == (1, ())


@pytest.mark.parametrize("version", ["4.0.0", "3.10.0", "2.0", "'1'"])
def test_an_unknown_version_is_told_also_where_it_is_found(lint, version) -> None:
    (failure,) = lint({"a/x.yaml": f"info: {{}}\nopenapi: {version}\npaths: {{}}\n"}, given=["a"]).failures
    assert f"openapi {version.strip(chr(39))} is not known; OpenAPI 3.0 to 3.2" in failure.why
    assert failure.line == 2


@pytest.mark.parametrize(
    "version", ["openapi: 3.0.4", "openapi: 3.1", "openapi: '3.2.0'", "swagger: 2.0", "asyncapi: 2.6.0"]
)
def test_the_versions_that_are_read(lint, version) -> None:
    report = lint({"x.yaml": f"{version}\ninfo: {{title: x, version: '1'}}\npaths: {{}}\nchannels: {{}}\n"})
    assert (report.failures, len(report.sources)) == ((), 1)


@rule("LN999", "broken", Severity.ERROR, on=Api)
def broken(api: Api, context: Context) -> Iterator[Found]:
    """A rule with a fault."""
    if "x" in api.description.title:
        raise TypeError("unhashable")
    yield Found(context.source.at(0), "found")


def test_a_rule_that_fails_is_a_failure_and_the_others_go_on(lint, bare, monkeypatch) -> None:
    known = {**rules(), "LN999": broken}
    monkeypatch.setattr("accepted.lint.run.rules", lambda: known)
    files = {"a.yaml": bare.replace("Reports", "x"), "b.yaml": bare}
    report = lint(files, "select = ['OA521', 'LN999']")
    assert {(one.path, one.rule.id) for one in report.findings} == {
        ("a.yaml", "OA521"),
        ("b.yaml", "OA521"),
        ("b.yaml", "LN999"),
    }
    (failure,) = report.failures
    assert (failure.path, "LN999" in failure.why, "TypeError" in failure.why) == ("a.yaml", True, True)
    assert render(report, "text").endswith("3 findings (3 errors) in 2 files; 1 rule failed\n")


def test_an_extension_may_be_of_any_type(lint) -> None:
    text = (
        "openapi: 3.1.0\ninfo: {title: x, version: '1'}\npaths:\n  /pets:\n    get:\n      x-async: {queue: pets}\n"
        "      responses: {'200': {description: x}}\n"
    )
    assert lint({"x.yaml": text}).failures == ()


def test_an_order_is_the_same_in_every_process(lint) -> None:
    names = ("create_task", "poll_task", "cancel_task", "get_task", "list_tasks")
    verbs = "".join(f"    def {name}(self, task_id): ...\n" for name in names)
    code = f"class Client:\n{verbs}\n\nclass AsyncClient:\n" + "\n".join(
        f"    async def {verb}_task(self, task_id): ..." for verb in ("create", "poll")
    )
    told = [one.message for one in lint({"x.py": code}, "select = ['CS309']").findings]
    assert len(told) == 3
    assert told == sorted(told)


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("notes.md", "notes", "neither OpenAPI nor AsyncAPI, nor code"),
        ("data.txt", "{}", "neither OpenAPI nor AsyncAPI, nor code"),
        ("package.json", '{"name": "x"}', "neither OpenAPI nor AsyncAPI"),
        ("list.json", "[1]", "neither OpenAPI nor AsyncAPI"),
        ("broken.yaml", "openapi: [", "not YAML"),
        ("broken.py", "x = (", "not Python"),
        ("deep.py", "x = " + "(" * 5000 + ")" * 5000, ""),
        ("nul.py", "x = '\0'", ""),
    ],
)
def test_a_named_file_that_cannot_be_linted_is_a_failure_and_the_others_are_linted(
    lint, bare, name, content, why
) -> None:
    report = lint({name: content, "openapi.yaml": bare}, "select = ['OA521']")
    (failure,) = report.failures
    assert failure.path == name
    assert why in failure.why
    assert len(report.findings) == 1


def test_code_that_does_not_parse_is_a_failure_also_where_it_is_found(lint) -> None:
    (failure,) = lint({"a/x.py": "x = ("}, given=["a"]).failures
    assert (failure.line, failure.column) == (1, 5)


def test_a_text_is_linted_under_its_name(bare) -> None:
    report = run([Given("<stdin>", content=bare), Given("x.yaml", content=bare.encode())])
    assert sorted({one.path for one in report.findings}) == ["<stdin>", "x.yaml"]


def test_findings_in_a_file_that_a_document_refers_to_are_there(lint, bare) -> None:
    whole = "openapi: 3.1.0\ninfo: {title: x, version: '1'}\npaths:\n  /reports: {$ref: paths/reports.yaml}\n"
    part = "# the create\npost:\n  operationId: createReport\n  responses: {'202': {description: Accepted}}\n"
    report = lint({"api/openapi.yaml": whole, "api/paths/reports.yaml": part}, "select = ['OA521']", given=["api"])
    assert [(one.path, one.place.line) for one in report.findings] == [(local("api/paths/reports.yaml"), 2)]


@pytest.mark.parametrize(
    "target", ["../secret.yaml", "/etc/hosts", "https://example.org/x.yaml", "link.yaml", "none.yaml"]
)
def test_nothing_above_its_folder_is_opened_for_a_document(lint, tmp_path, target) -> None:
    whole = f"openapi: 3.1.0\npaths:\n  /reports: {{$ref: '{target}'}}\n"
    secret = "post: {operationId: createSecret, responses: {'202': {description: Accepted}}}\n"
    (tmp_path / "api").mkdir()
    (tmp_path / "api" / "link.yaml").symlink_to(tmp_path / "secret.yaml")
    report = lint({"api/openapi.yaml": whole, "secret.yaml": secret}, given=["api/openapi.yaml"])
    assert report.findings == ()
    assert report.failures == ()


def test_findings_stand_in_the_order_of_files_and_places(lint, bare) -> None:
    report = lint({"b.yaml": bare, "a.yaml": bare.replace("paths:", "paths:\n  /reports: {}")}, "")
    assert places(report) == sorted(places(report), key=lambda one: (one[0], one[2], one[3], one[1]))


def test_what_was_detected_is_told_with_its_pair(lint) -> None:
    document = {
        "openapi": "3.1.0",
        "paths": {
            "/reports": {"post": {"responses": {"202": {"description": "Accepted"}}}},
            "/reports/{id}": {
                "get": {
                    "operationId": "getReport",
                    "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
                    "responses": {
                        "200": {
                            "description": "x",
                            "content": {
                                "application/json": {
                                    "schema": {"properties": {"status": {"enum": ["queued", "running", "completed"]}}}
                                }
                            },
                        }
                    },
                }
            },
        },
    }
    report = lint({"openapi.json": json.dumps(document)})
    assert [(one.operation.key, one.role) for _, one in report.operations] == [
        ("POST /reports", "create"),
        ("getReport", "poll"),
    ]
