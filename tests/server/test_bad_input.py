"""What is refused, with which code, kind and place; and nothing is kept of it."""

import asyncio
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import pytest

from accepted.core.task import Status
from accepted.server import TaskAPI
from accepted.server.faults import Fault
from accepted.server.keys import make_key
from accepted.server.reading import create_of
from accepted.server.store import Ending, Kept

MAX_BODY = 4096
NOW = 1_700_000_000.0


class Margins(msgspec.Struct, forbid_unknown_fields=True):
    top: float
    left: float = 1.0


@dataclass(frozen=True)
class Bad:
    """A request and what is answered. Words in braces are ids and secrets that the test has made."""

    name: str
    status: int
    kind: str
    method: str = "POST"
    target: str = "/api/tasks"
    body: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict[str, str])
    wrong: tuple[str, ...] = ()


def create(name: str, body: bytes | str, *wrong: str, status: int = 400, kind: str = "invalid", **headers: str) -> Bad:
    """A create that is refused."""
    raw = body if isinstance(body, bytes) else body.encode()
    fields = {key.replace("_", "-"): value for key, value in headers.items()}
    return Bad(name, status, kind, body=raw, headers=fields, wrong=wrong)


def own(name: str, body: str, *wrong: str, kind: str = "invalid") -> Bad:
    """A create at the type's own path that is refused."""
    return Bad(name, 400, kind, target="/api/reports", body=body.encode(), wrong=wrong)


def get(name: str, target: str, status: int, kind: str, *wrong: str, method: str = "GET", **headers: str) -> Bad:
    """A request without a body that is refused."""
    fields = {key.replace("_", "-"): value for key, value in headers.items()}
    return Bad(name, status, kind, method=method, target=target, headers=fields, wrong=wrong)


GOOD = '{"type": "render", "input": {"name": "q3"}}'
DEEP = '{"type": "render", "input": {"name": "q3", "extra": %s}}' % ("[" * 150 + "]" * 150)

BODIES = [
    create("nothing", b"", kind="malformed"),
    create("not JSON", "name=q3", kind="malformed"),
    create("cut off", GOOD[:-1], kind="malformed"),
    create("more after the end", GOOD + "{}", kind="malformed"),
    create("single quotes", "{'type': 'render'}", kind="malformed"),
    create("a trailing comma", '{"type": "render", "input": {"name": "q3",}}', kind="malformed"),
    create("a comment", GOOD + "// please", kind="malformed"),
    create("NaN", '{"type": "render", "input": {"name": "q3", "scale": NaN}}', kind="malformed"),
    create("Infinity", '{"type": "render", "input": {"name": "q3", "scale": -Infinity}}', kind="malformed"),
    create("a number beyond a double", '{"type": "render", "input": {"name": "q3", "scale": 1e999}}', kind="malformed"),
    create("not UTF-8", b'{"type": "render", "input": {"name": "\xff"}}', kind="malformed"),
    create("UTF-16", GOOD.encode("utf-16"), kind="malformed"),
    create("half a surrogate", '{"type": "render", "input": {"name": "\\ud800"}}', kind="malformed"),
    create("a raw line feed in a text", '{"type": "render", "input": {"name": "\n"}}', kind="malformed"),
    create("nested deep", DEEP, kind="malformed"),
    create("nested very deep", "[" * 4000, kind="malformed"),
    create("nested deep at the top", '{"type":' * 300 + "1" + "}" * 300, kind="malformed"),
    create("a name twice", '{"type": "render", "type": "render", "input": {"name": "q3"}}', kind="malformed"),
    create(
        "a name twice, once in disguise",
        '{"type": "none", "\\u0074ype": "render", "input": {"name": "q3"}}',
        kind="malformed",
    ),
    create("a name twice in the input", '{"type": "render", "input": {"name": "a", "name": "b"}}', kind="malformed"),
    create("null", "null", ""),
    create("a list", f"[{GOOD}]", ""),
    create("a text", '"render"', ""),
    create("no type", '{"input": {"name": "q3"}}', "/type"),
    create("a type of null", '{"type": null, "input": {"name": "q3"}}', "/type"),
    create("an unknown type", '{"type": "rendr", "input": {"name": "q3"}}', "/type"),
    create("a type that is no text", '{"type": 1, "input": {"name": "q3"}}', "/type"),
    create("a type that is a list", '{"type": ["render"], "input": {"name": "q3"}}', "/type"),
    create("no input", '{"type": "render"}', "/input"),
    create("an input of null", '{"type": "render", "input": null}', "/input"),
    create("an input that is a list", '{"type": "render", "input": ["q3"]}', "/input"),
    create("an unknown member", '{"type": "render", "input": {"name": "q3"}, "prio/rity~": 1}', "/prio~1rity~0"),
    create("an unknown field", '{"type": "render", "input": {"name": "q3", "page": 1}}', "/input/page"),
    create("a missing field", '{"type": "render", "input": {}}', "/input/name"),
    create("a wrong type", '{"type": "render", "input": {"name": 3}}', "/input/name"),
    create("true is no number", '{"type": "render", "input": {"name": "q3", "pages": true}}', "/input/pages"),
    create("a text is no number", '{"type": "render", "input": {"name": "q3", "pages": "1"}}', "/input/pages"),
    create("a fraction is no integer", '{"type": "render", "input": {"name": "q3", "pages": 1.5}}', "/input/pages"),
    create(
        "deep in the input",
        '{"type": "render", "input": {"name": "q3", "margins": [{"top": 1}, {"left": "x"}]}}',
        "/input/margins/1/left",
        "/input/margins/1/top",
    ),
    create(
        "everything at once",
        '{"type": "render", "input": {"name": 3, "pages": "x", "other": 1}, "callback_url": 5, "more": 1}',
        "/callback_url",
        "/input/name",
        "/input/other",
        "/input/pages",
        "/more",
    ),
    create("a callback to a file", GOOD[:-1] + ', "callback_url": "file:///etc/passwd"}', "/callback_url"),
    create("a callback without a host", GOOD[:-1] + ', "callback_url": "https:///hook"}', "/callback_url"),
    create("a callback with a user", GOOD[:-1] + ', "callback_url": "https://a:b@example.org/"}', "/callback_url"),
    create("a callback with a line feed", GOOD[:-1] + ', "callback_url": "https://example.org/\\n"}', "/callback_url"),
    create("a callback with no port", GOOD[:-1] + ', "callback_url": "https://example.org:x/"}', "/callback_url"),
    create("a callback that is no text", GOOD[:-1] + ', "callback_url": 1e999}', kind="malformed"),
    create("a callback of many digits", GOOD[:-1] + f', "callback_url": {"7" * 3900}}}', "/callback_url"),
    create("a callback that is not UTF-8", GOOD[:-1].encode() + b', "callback_url": "\xff"}', kind="malformed"),
    create("a type that is not UTF-8", b'{"type": "\xff", "input": {}}', kind="malformed"),
    create("a relative callback", GOOD[:-1] + ', "callback_url": "/hook"}', "/callback_url"),
    create("too long", GOOD + " " * MAX_BODY, status=413, kind="too_large"),
    own("own path: nothing", "", kind="malformed"),
    own("own path: a name twice", '{"name": "a", "name": "b"}', kind="malformed"),
    own("own path: NaN", '{"name": "a", "scale": NaN}', kind="malformed"),
    own("own path: the envelope of the other", GOOD, "/input", "/name", "/type"),
    own("own path: a list", "[]", ""),
    own("own path: wrong fields", '{"name": 1, "pages": null}', "/name", "/pages"),
]

MEDIA = [
    create("a form", "name=q3", status=415, kind="media", Content_Type="application/x-www-form-urlencoded"),
    create("plain text", GOOD, status=415, kind="media", Content_Type="text/plain"),
    create("text that ends with json", GOOD, status=415, kind="media", Content_Type="application/notjson"),
    create("a bare suffix", GOOD, status=415, kind="media", Content_Type="application/+json"),
    create("no media type", GOOD, status=415, kind="media", Content_Type=""),
    create("another charset", GOOD, status=415, kind="media", Content_Type="application/json; charset=iso-8859-1"),
    create("compressed", GOOD, status=415, kind="media", Content_Encoding="gzip"),
]

KEY = "Idempotency-Key"
HEADERS = [
    create("an empty key", GOOD, KEY, kind="malformed", Idempotency_Key='""'),
    create("a key too long", GOOD, KEY, kind="malformed", Idempotency_Key="k" * 256),
    create("a key with a space", GOOD, KEY, kind="malformed", Idempotency_Key="a b"),
    create("a key beyond ASCII", GOOD, KEY, kind="malformed", Idempotency_Key="schlüssel"),
    create("a key with half a quote", GOOD, KEY, kind="malformed", Idempotency_Key='"abc'),
    create("a key with a parameter", GOOD, KEY, kind="malformed", Idempotency_Key='"abc";v=1'),
    create("a key with a bad escape", GOOD, KEY, kind="malformed", Idempotency_Key='"a\\bc"'),
    create("a key of another body", GOOD, status=422, kind="key", Idempotency_Key="used"),
    get("an event that is none", "/api/tasks/{done}/events", 400, "malformed", "Last-Event-ID", Last_Event_ID="x"),
    get("a negative event", "/api/tasks/{done}/events", 400, "malformed", "Last-Event-ID", Last_Event_ID="-1"),
]

LISTS = [
    get("limit 0", "/api/tasks?limit=0", 400, "invalid", "limit"),
    get("limit 101", "/api/tasks?limit=101", 400, "invalid", "limit"),
    get("limit -1", "/api/tasks?limit=-1", 400, "invalid", "limit"),
    get("a limit that is a word", "/api/tasks?limit=ten", 400, "invalid", "limit"),
    get("a limit in other digits", "/api/tasks?limit=%D9%A3", 400, "invalid", "limit"),
    get("an endless limit", "/api/tasks?limit=" + "9" * 5000, 400, "invalid", "limit"),
    get("an empty limit", "/api/tasks?limit=", 400, "invalid", "limit"),
    get("an unknown status", "/api/tasks?status=done", 400, "invalid", "status"),
    get("a status that only clients have", "/api/tasks?status=submitting", 400, "invalid", "status"),
    get("an unknown parameter", "/api/tasks?stauts=queued", 400, "invalid", "stauts"),
    get("a parameter twice", "/api/tasks?limit=1&limit=2", 400, "invalid", "limit"),
    get("a cursor of nobody", "/api/tasks?cursor=abc", 400, "invalid", "cursor"),
    get("an empty cursor", "/api/tasks?cursor=", 400, "invalid", "cursor"),
    get("a cursor beyond ASCII", "/api/tasks?cursor=%C3%A4", 400, "invalid", "cursor"),
    get("a cursor with a quote", "/api/tasks?cursor=%27%20OR%201=1--", 400, "invalid", "cursor"),
    get("a cursor that was changed", "/api/tasks?cursor={cursor}A", 400, "invalid", "cursor"),
    get("a cursor of another filter", "/api/tasks?type=other&cursor={cursor}", 400, "invalid", "cursor"),
    get("a cursor of another tenant", "/api/tasks?cursor={cursor}", 400, "invalid", "cursor", X_API_Key="{beta}"),
    get(
        "all parameters at once",
        "/api/tasks?x=1&limit=0&status=y&cursor=z",
        400,
        "invalid",
        "cursor",
        "limit",
        "status",
        "x",
    ),
]

PATHS = [
    get("an unknown path", "/api/nothing", 404, "unknown"),
    get("the root", "/", 404, "unknown"),
    get("the base path", "/api", 404, "unknown"),
    get("the base path with a slash", "/api/", 404, "unknown"),
    get("a longer base path", "/apis/tasks", 404, "unknown"),
    get("another case", "/API/tasks", 404, "unknown"),
    get("an unknown id", "/api/tasks/task_0000000000000000000000", 404, "unknown"),
    get("an empty id", "/api/tasks/", 404, "unknown"),
    get("an empty segment", "/api/tasks//events", 404, "unknown"),
    get("a double slash", "/api//tasks", 404, "unknown"),
    get("a slash at the end", "/api/tasks/{done}/", 404, "unknown"),
    get("one more segment", "/api/tasks/{done}/events/x", 404, "unknown"),
    get("up", "/api/tasks/../tasks", 404, "unknown"),
    get("up, encoded", "/api/tasks/%2e%2e", 404, "unknown"),
    get("up, encoded twice", "/api/tasks/%252e%252e%252f", 404, "unknown"),
    get("here", "/api/tasks/.", 404, "unknown"),
    get("an encoded slash in an id", "/api/tasks/{done}%2Fevents", 404, "unknown"),
    get("an encoded slash for a slash", "/api%2ftasks", 404, "unknown"),
    get("a NUL", "/api/tasks/{done}%00", 404, "unknown"),
    get("a line feed", "/api/tasks/%0a", 404, "unknown"),
    get("no UTF-8", "/api/tasks/%ff", 404, "unknown"),
    get("a long id", "/api/tasks/" + "x" * 3000, 404, "unknown"),
    get("an id with a quote", "/api/tasks/'%20OR%20'1'='1", 404, "unknown"),
    get("an id with a wildcard", "/api/tasks/task_%25", 404, "unknown"),
    get("an unknown artifact", "/api/tasks/{done}/artifacts/other.txt", 404, "unknown"),
    get("an artifact up", "/api/tasks/{done}/artifacts/..", 404, "unknown"),
    get("an artifact up and away", "/api/tasks/{done}/artifacts/..%2f..%2f..%2ftasks.db", 404, "unknown"),
    get("an artifact by a backslash", "/api/tasks/{done}/artifacts/..%5c..%5ctasks.db", 404, "unknown"),
    get("an artifact that is a folder", "/api/tasks/{done}/artifacts/.", 404, "unknown"),
    get("a removed task", "/api/tasks/{removed}", 410, "gone"),
]

METHODS = [
    get("PUT a list", "/api/tasks", 405, "method", method="PUT"),
    get("DELETE a list", "/api/tasks", 405, "method", method="DELETE"),
    get("PATCH a task", "/api/tasks/{done}", 405, "method", method="PATCH"),
    get("POST to a task", "/api/tasks/{done}", 405, "method", method="POST"),
    get("GET a cancel", "/api/tasks/{queued}/cancel", 405, "method"),
    get("GET a type's own path", "/api/reports", 405, "method"),
    get("POST to events", "/api/tasks/{done}/events", 405, "method", method="POST"),
    get("TRACE", "/api/tasks", 405, "method", method="TRACE"),
    get("PROPFIND", "/api/tasks", 405, "method", method="PROPFIND"),
    get("MERGE", "/api/tasks/{done}", 405, "method", method="MERGE"),
    get("cancel what is completed", "/api/tasks/{done}/cancel", 409, "conflict", method="POST"),
    get("remove what is not final", "/api/tasks/{queued}", 409, "conflict", method="DELETE"),
]

BEARER = "Authorization"
NOBODY = [
    get("no key", "/api/tasks", 401, "unauthenticated", X_API_Key=""),
    get("no key for a task", "/api/tasks/{done}", 401, "unauthenticated", X_API_Key=""),
    get("no key for figures", "/metrics", 401, "unauthenticated", X_API_Key=""),
    get("a revoked key", "/api/tasks", 401, "unauthenticated", X_API_Key="{revoked}"),
    get("an unknown key", "/api/tasks", 401, "unauthenticated", X_API_Key="acc_" + "A" * 43),
    get("a key in another case", "/api/tasks", 401, "unauthenticated", X_API_Key="{alpha_upper}"),
    get("half a key", "/api/tasks", 401, "unauthenticated", X_API_Key="acc_"),
    get("a long key", "/api/tasks", 401, "unauthenticated", X_API_Key="acc_" + "A" * 5000),
    get("another scheme", "/api/tasks", 401, "unauthenticated", X_API_Key="", Authorization="Basic {alpha}"),
    get("a bad bearer beside a good key", "/api/tasks", 401, "unauthenticated", Authorization="Bearer nonsense"),
    Bad("a create without a key", 401, "unauthenticated", body=GOOD.encode(), headers={"X-API-Key": ""}),
    Bad("a large create without a key", 401, "unauthenticated", body=b"x" * 3 * MAX_BODY, headers={"X-API-Key": ""}),
    get("another's task", "/api/tasks/{done}", 404, "unknown", X_API_Key="{beta}"),
    get("another's events", "/api/tasks/{done}/events", 404, "unknown", X_API_Key="{beta}"),
    get("another's file", "/api/tasks/{done}/artifacts/report.txt", 404, "unknown", X_API_Key="{beta}"),
    get("another's task to cancel", "/api/tasks/{queued}/cancel", 404, "unknown", method="POST", X_API_Key="{beta}"),
    get("another's task to remove", "/api/tasks/{done}", 404, "unknown", method="DELETE", X_API_Key="{beta}"),
    get("another's removed task", "/api/tasks/{removed}", 404, "unknown", X_API_Key="{beta}"),
]

ROWS = [*BODIES, *MEDIA, *HEADERS, *LISTS, *PATHS, *METHODS, *NOBODY]


@dataclass(frozen=True)
class Served:
    wire: Any
    db: Path
    words: dict[str, str]

    def kept(self) -> list[str]:
        with sqlite3.connect(self.db) as db:
            # The counter of rows is no record: SQLite counts an insert that did not happen as well.
            lines = [line for line in db.iterdump() if "sqlite_sequence" not in line]
        db.close()
        return lines

    def filled(self, text: str) -> str:
        for word, value in self.words.items():
            text = text.replace(f"{{{word}}}", value)
        return text


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, serving: Any) -> Iterator[Served]:
    db = tmp_path_factory.mktemp("bad") / "tasks.db"
    api = TaskAPI("Reports", db=db, execute=False, max_body=MAX_BODY)

    @api.task(path="/reports")
    def render(name: str, pages: int = 1, scale: float = 1.0, margins: list[Margins] | None = None) -> str:
        return name

    @api.task
    def other() -> None:
        pass

    words = asyncio.run(_filled(api))
    with serving(api) as wire:
        wire.headers["X-API-Key"] = words["alpha"]
        cursor = wire.ask("GET", "/api/tasks?limit=1").json["next_cursor"]
        yield Served(wire, db, words | {"cursor": cursor})


async def _filled(api: TaskAPI) -> dict[str, str]:
    """Keys of two tenants, and tasks of the first: queued, completed with a file, removed."""
    words: dict[str, str] = {}
    for name, tenant in (("alpha", "a"), ("beta", "b"), ("revoked", "a")):
        secret, key, digest = make_key(name, tenant)
        await api.store.add_key(key, digest)
        words[name] = secret
        if name == "revoked":
            await api.store.revoke_key(key.id, NOW)
    words["alpha_upper"] = "acc_" + words["alpha"][4:].swapcase()
    for name in ("removed", "done", "queued"):
        created = await api.tasks.create("render", b'{"name": "q3", "pages": 9}', tenant="a", key=f"key-{name}")
        words[name] = created.record.id
    await api.tasks.create("render", b'{"name": "another"}', tenant="a", key="used")
    files = (Kept(name="report.txt", media_type="text/plain", size=2),)
    for name in ("removed", "done"):
        begun = await api.store.begin(words[name], NOW)
        assert begun
        ending = Ending(status=Status.COMPLETED, result=b'"q3"', artifacts=files)
        assert await api.store.finish(words[name], begun.token, ending, NOW)
    folder = api.files / words["done"] / "1"
    folder.mkdir(parents=True)
    (folder / "report.txt").write_text("hi")
    await api.tasks.remove("a", words["removed"])
    return words


def test_a_number_of_more_digits_than_python_reads_is_malformed() -> None:
    with pytest.raises(Fault) as refused:
        create_of(b'{"callback_url": %s, "input": {}}' % (b"7" * 5000), {})
    assert refused.value.kind == "malformed"


@pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
def test_it_is_refused_and_nothing_is_kept(served: Served, row: Bad, caplog: pytest.LogCaptureFixture) -> None:
    before = served.kept()
    headers = {name.replace("-", "_"): served.filled(value) for name, value in row.headers.items()}
    answer = served.wire.ask(row.method, served.filled(row.target), row.body, **headers)
    assert (answer.status, answer.kind) == (row.status, row.kind), answer.body
    assert sorted(answer.wrong) == sorted(row.wrong), answer.body
    assert answer.json["title"]
    assert answer.json["detail"]
    assert (answer.headers["www-authenticate"] is not None) == (row.status == 401)
    assert (answer.headers["allow"] is not None) == (row.status == 405)
    assert answer.headers["cache-control"] == "no-store"
    assert served.kept() == before
    assert not caplog.records


def test_there_are_rows_enough_and_each_has_its_name() -> None:
    assert len({row.name for row in ROWS}) == len(ROWS) >= 60


def test_what_is_refused_here_is_taken_where_it_is_right(served: Served) -> None:
    assert served.wire.ask("GET", served.filled("/api/tasks/{done}/artifacts/report.txt")).body == b"hi"
    assert served.wire.ask("GET", served.filled("/api/tasks?cursor={cursor}")).status == 200


@pytest.mark.parametrize(
    "name", ["Idempotency-Key", "Content-Type", "Authorization", "X-API-Key", "Last-Event-ID", "Range"]
)
def test_a_field_that_comes_twice(served: Served, name: str) -> None:
    before = served.kept()
    connection = served.wire.connection()
    connection.putrequest("POST", "/api/tasks")
    fields = {"Content-Type": "application/json", "X-API-Key": served.words["alpha"], "Content-Length": str(len(GOOD))}
    for field_name, value in {**fields, name: fields.get(name, "1")}.items():
        for _ in range(2 if field_name == name else 1):
            connection.putheader(field_name, value)
    connection.endheaders(GOOD.encode())
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    assert answer.status == 400, body
    assert served.kept() == before


def test_a_chunked_body_beyond_the_bound(served: Served) -> None:
    before = served.kept()
    connection = served.wire.connection()
    parts = iter([b" " * (MAX_BODY // 2)] * 3)
    headers = {"Content-Type": "application/json", "X-API-Key": served.words["alpha"]}
    connection.request("POST", "/api/tasks", parts, headers, encode_chunked=True)
    answer = connection.getresponse()
    assert (answer.status, answer.headers["connection"]) == (413, "close")
    answer.read()
    connection.close()
    assert served.kept() == before


def test_a_body_announced_too_large_is_refused_unread(served: Served) -> None:
    head = (
        b"POST /api/tasks HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99999999999\r\n"
        b"X-API-Key: " + served.words["alpha"].encode() + b"\r\n\r\n"
    )
    answer = served.wire.raw(head)
    assert (answer.status, answer.kind, answer.headers["connection"]) == (413, "too_large", "close")


def test_hostile_bodies_make_no_endless_answers(tmp_path: Path, serving: Any) -> None:
    api = TaskAPI("Reports", db=tmp_path / "tasks.db", execute=False)

    @api.task
    def render(name: str) -> str:
        return name

    with serving(api) as wire:
        many = ",".join(f'"{number}": 1' for number in range(50_000))
        long = "x" * 500_000
        for body in (
            f"{{{many}}}",
            f'{{"input": {{{many}}}}}',
            f'{{"input": {{"name": "{long}", "{long}": 1}}}}',
            f'{{"{long}": 1}}',
            f'{{"type": "{long}", "input": {{}}}}',
            f'{{"input": {{"{long}": 1, "{long}": 1}}}}',
            f'{{"input": {{{many}, "49999": 2}}}}',
        ):
            answer = wire.ask("POST", "/api/tasks", body.encode())
            assert answer.status == 400
            assert len(answer.body) < 20_000
