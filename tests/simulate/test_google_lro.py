"""The double through `answer()` alone: no socket, no clock, no sleep. Times are seconds after `T`.

And our client against each of its scenarios, in virtual time.
"""

import json
from pathlib import Path
from typing import Any

import pytest

import accepted
from accepted import simulate
from accepted.core.wire import Dropped, Request, Response, header
from accepted.simulate.google_lro import FAILURES, METADATA, SCENARIOS, Simulator
from accepted.testing import simulation

T = 1_800_000_000.25
PLACE = "projects/p/locations/l"
BOOKS = f"{PLACE}/books"
Json = dict[str, Any]


class Library:
    """A client of ten lines: sends JSON at a moment, reads JSON."""

    def __init__(self, scenarios: str = "happy", **options: float) -> None:
        self.simulator = Simulator(scenarios, **{"duration": 10.0, **options})  # type: ignore[arg-type]

    def raw(
        self, method: str, path: str, at: float = 0.0, body: object = None, **fields: str | None
    ) -> Response | Dropped:
        fields = {"authorization": "Bearer t", **fields}
        headers = tuple((name.replace("_", "-"), value) for name, value in fields.items() if value is not None)
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        url = f"https://library.googleapis.com{path}"
        return self.simulator.answer(Request(method=method, url=url, headers=headers, body=content), T + at)

    def ask(self, method: str, path: str, at: float = 0.0, body: object = None, **fields: str | None) -> Response:
        answer = self.raw(method, f"/v1/{path}", at, body, **fields)
        assert isinstance(answer, Response)
        return answer

    def json(self, method: str, path: str, at: float = 0.0, body: object = None) -> Json:
        answer = self.ask(method, path, at, body)
        assert answer.status == 200, answer.body
        return json.loads(answer.body)

    def create(self, at: float = 0.0, *, path: str = BOOKS, method: str = "POST", body: object = None) -> str:
        return self.json(method, path, at, body)["name"]

    def code(self, method: str, path: str, at: float = 0.0, body: object = None, **fields: str | None) -> int:
        return self.ask(method, path, at, body, **fields).status


# --- what begins an operation ----------------------------------------------------------------------------


def test_a_create_is_answered_200_with_an_operation() -> None:
    answer = Library().ask("POST", f"{PLACE}/books:import", 0, {"title": "Async"})
    assert header(answer.headers, "content-type") == "application/json; charset=UTF-8"
    operation = json.loads(answer.body)
    assert operation == {  # proto JSON leaves out what is false
        "name": operation["name"],
        "metadata": {
            "@type": METADATA,
            "createTime": "2027-01-15T08:00:00.250000Z",
            "target": f"{PLACE}/books:import",
            "verb": "import",
            "apiVersion": "v1",
        },
    }
    parent, _, number = operation["name"].rpartition("/")
    assert (parent, number.isdigit()) == (f"{PLACE}/operations", True)


@pytest.mark.parametrize(
    ("method", "path", "verb", "parent"),
    [
        ("POST", "publishers/1/books", "create", "operations"),
        ("PATCH", f"{PLACE}/books/2", "update", f"{PLACE}/operations"),
        ("PUT", f"{PLACE}/books/2", "update", f"{PLACE}/operations"),
        ("DELETE", f"{PLACE}/books/2", "delete", f"{PLACE}/operations"),
        ("POST", f"{PLACE}:run", "run", f"{PLACE}/operations"),
    ],
)
def test_every_method_begins_one(method: str, path: str, verb: str, parent: str) -> None:
    operation = Library().json(method, path)
    assert (operation["metadata"]["verb"], operation["name"].rpartition("/")[0]) == (verb, parent)


@pytest.mark.parametrize("where", ["query", "body"])
def test_a_request_id_is_honoured(where: str) -> None:
    library = Library()
    path = f"{BOOKS}?requestId=r-1" if where == "query" else BOOKS
    body = {"requestId": "r-1"} if where == "body" else {}
    assert library.create(0, path=path, body=body) == library.create(5, path=path, body=body)
    assert library.create(5) != library.create(5)
    assert library.simulator.counts()["committed"] == 3
    assert library.simulator.counts()["created_twice"] == 0


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff"])
def test_what_is_no_message_is_refused(body: bytes) -> None:
    library = Library()
    assert library.code("POST", BOOKS, 0, body) == 400
    assert library.simulator.counts()["committed"] == 0


# --- the bindings ----------------------------------------------------------------------------------------


def test_it_is_done_after_its_duration() -> None:
    library = Library()
    name = library.create(body={"title": "Async"})
    assert [library.json("GET", name, at).get("done") for at in (0, 9.9, 10, 99)] == [None, None, True, True]
    assert [library.json("GET", name, at)["metadata"].get("progressPercent") for at in (0, 4, 99)] == [None, 40, 100]
    operation = library.json("GET", name, 10)
    assert operation["response"] == {
        "@type": "type.googleapis.com/google.protobuf.Struct",
        "value": {"name": BOOKS, "madeOf": {"title": "Async"}},
    }
    assert operation["metadata"]["endTime"] == "2027-01-15T08:00:10.250000Z"


def test_a_delete_yields_nothing() -> None:
    library = Library(duration=0)
    name = library.create(method="DELETE", path=f"{BOOKS}/1")
    assert library.json("GET", name)["response"] == {"@type": "type.googleapis.com/google.protobuf.Empty"}


def test_cancel_takes_a_moment() -> None:
    library = Library()
    name = library.create()
    assert library.json("POST", f"{name}:cancel", 4, {}) == {}
    assert library.json("GET", name, 4)["metadata"]["requestedCancellation"] is True
    done = library.json("GET", name, 5)
    assert (done["done"], done["error"]["code"], "response" in done) == (True, 1, False)
    assert library.json("POST", f"{name}:cancel", 6, {}) == {}
    assert library.json("GET", name, 9) == done


def test_cancel_may_come_too_late() -> None:
    library = Library()
    name = library.create()
    library.json("POST", f"{name}:cancel", 9.9, {})
    assert "response" in library.json("GET", name, 10)


def test_delete_forgets() -> None:
    library = Library()
    name = library.create()
    assert library.json("DELETE", name, 1) == {}
    assert [library.code(method, name, 2) for method in ("GET", "DELETE")] == [404, 404]
    assert library.json("GET", f"{PLACE}/operations", 2) == {}


@pytest.mark.parametrize(("body", "code"), [({}, 200), ({"timeout": "5s"}, 200), ({"timeout": "0.5s"}, 200)])
def test_wait_returns_at_once(body: Json, code: int) -> None:
    library = Library()
    name = library.create()
    assert library.json("POST", f"{name}:wait", 3, body) == library.json("GET", name, 3)
    assert library.json("POST", f"{name}:wait", 10, body)["done"] is True


@pytest.mark.parametrize("timeout", ["5", "5 s", 7, "1e3s", "-1s", "s"])
def test_wait_takes_a_duration(timeout: object) -> None:
    library = Library()
    assert library.code("POST", f"{library.create()}:wait", 0, {"timeout": timeout}) == 400


@pytest.mark.parametrize("parent", ["", f"{PLACE}/"])
@pytest.mark.parametrize(("size", "pages"), [(1, 7), (3, 3), (7, 1), (100, 1)])
def test_every_page_newest_first(parent: str, size: int, pages: int) -> None:
    library = Library()
    made = [library.create(path=BOOKS if parent else "books") for _ in range(7)]
    library.create(path="books" if parent else BOOKS)
    found, token, asked = [], "", 0
    while asked == 0 or token:
        page = library.json("GET", f"{parent}operations?pageSize={size}&pageToken={token}", 1)
        found += [each["name"] for each in page["operations"]]
        token, asked = page.get("nextPageToken", ""), asked + 1
    assert (found, asked) == (made[::-1], pages)


@pytest.mark.parametrize(("text", "found"), [("done=true", 1), ("done = false", 1), ("", 2)])
def test_a_list_is_filtered(text: str, found: int) -> None:
    library = Library()
    library.create(0)
    library.create(5)
    listed = library.json("GET", f"{PLACE}/operations?filter={text.replace(' ', '%20')}", 12)
    assert len(listed["operations"]) == found


@pytest.mark.parametrize("query", ["filter=target:x", "pageSize=x", "pageToken=!"])
def test_bad_queries_are_400(query: str) -> None:
    assert Library().code("GET", f"{PLACE}/operations?{query}") == 400


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", BOOKS), ("GET", ""), ("POST", "operations"), ("POST", "operations/1"), ("HEAD", "operations/1")],
)
def test_what_is_no_binding_is_a_page(method: str, path: str) -> None:
    answer = Library().ask(method, path)
    assert (answer.status, header(answer.headers, "content-type")) == (404, "text/html; charset=UTF-8")


@pytest.mark.parametrize(("method", "suffix"), [("GET", ""), ("DELETE", ""), ("POST", ":cancel"), ("POST", ":wait")])
def test_what_does_not_exist_is_404(method: str, suffix: str) -> None:
    answer = Library().ask(method, f"{PLACE}/operations/1{suffix}", 0, {} if suffix else None)
    assert (answer.status, json.loads(answer.body)["error"]["status"]) == (404, "NOT_FOUND")


# --- credentials -----------------------------------------------------------------------------------------

CREDENTIALS = [
    ({"authorization": None}, "", 403, "PERMISSION_DENIED"),
    ({"authorization": "Bearer bad-key"}, "", 401, "UNAUTHENTICATED"),
    ({"authorization": None, "x_goog_api_key": "bad-key"}, "", 400, "INVALID_ARGUMENT"),
    ({"authorization": None}, "?key=bad-key", 400, "INVALID_ARGUMENT"),
]


@pytest.mark.parametrize(("fields", "query", "code", "word"), CREDENTIALS)
def test_a_credential_is_asked_for(fields: dict[str, str | None], query: str, code: int, word: str) -> None:
    library = Library()
    answer = library.ask("POST", f"{BOOKS}{query}", 0, {}, **fields)
    assert (answer.status, json.loads(answer.body)["error"]["status"]) == (code, word)
    assert library.simulator.counts()["committed"] == 0


@pytest.mark.parametrize(
    ("fields", "query"),
    [({}, ""), ({"authorization": None, "x_goog_api_key": "k"}, ""), ({"authorization": None}, "?key=k")],
)
def test_a_token_and_an_api_key_are_taken(fields: dict[str, str | None], query: str) -> None:
    assert Library().code("POST", f"{BOOKS}{query}", 0, {}, **fields) == 200


# --- scenarios -------------------------------------------------------------------------------------------


def test_unknown_scenario_names_the_nearest() -> None:
    with pytest.raises(ValueError, match="did you mean failed"):
        Simulator("faild")


def test_negative_times_are_refused() -> None:
    with pytest.raises(ValueError, match="seconds"):
        Simulator(duration=-1)


def test_errors_take_turns() -> None:
    library = Library("failed", duration=0)
    errors = [library.json("GET", library.create())["error"] for _ in range(len(FAILURES) + 1)]
    assert [(each["code"], each["message"]) for each in errors] == [*FAILURES, FAILURES[0]]


def test_same_seed_and_requests_give_the_same_bytes() -> None:
    def conversation(seed: int) -> list[Response | Dropped]:
        library = Library("flaky,throttled,eventual,failed", seed=seed)
        return [library.raw("POST", f"/v1/{BOOKS}", at, {}) for at in range(60)]

    assert conversation(7) == conversation(7)
    assert conversation(7) != conversation(8)


def test_the_figures_need_no_credential_and_hold_none() -> None:
    library = Library()
    library.create()
    library.code("POST", BOOKS, 0, {}, authorization="Bearer s3cret")
    answer = library.raw("GET", "/_simulator", authorization=None)
    assert isinstance(answer, Response)
    assert json.loads(answer.body)["creates"] == 2
    assert b"s3cret" not in answer.body


def test_it_is_found_by_the_name_of_its_service() -> None:
    assert "google-lro" in simulate.names()
    assert simulate.load("google-lro") is Simulator
    assert simulate.scenarios("google-lro") == SCENARIOS


# --- our client against it -------------------------------------------------------------------------------

LIVES = [
    ("happy", "completed"),
    ("slow", "completed"),
    ("failed", "failed:failed_precondition"),
    ("cancelled", "cancelled"),
    ("neither", "ContractBroken"),
    ("both", "ContractBroken"),
    ("both,failed", "ContractBroken"),
    ("deaf", "completed"),
    ("throttled", "completed"),
    ("eventual", "completed"),
    ("gone", "gone"),
    ("unknown-field", "completed"),
    ("unknown-field,failed", "failed:failed_precondition"),
    ("at-once", "CreateUnknown"),
    ("lost-answer", "CreateUnknown"),
    ("expired-token", "AuthenticationFailed"),
    ("get-only", "completed"),
    ("throttled,eventual,slow", "completed"),
]


def life(scenarios: str, **inputs: Any) -> tuple[str, Any]:
    found = simulation("google-lro", *scenarios.split(","))
    client = found.client
    try:
        task = client.create_task(path=BOOKS, **inputs)
        task = client.poll_task(task, check=False)
    except accepted.AcceptedError as error:
        return type(error).__name__, found.counts()
    assert (task.value is not None and task.value.value is not None) == task.ok
    return f"{task.status}:{task.reason}" if task.reason else str(task.status), found.counts()


@pytest.mark.parametrize(("scenarios", "told"), LIVES)
def test_our_client_tells_them_apart(scenarios: str, told: str) -> None:
    learned, counts = life(scenarios)
    assert learned == told
    assert (counts["committed"], counts["too_early"]) == (1, 0)


def test_every_scenario_is_met_by_our_client() -> None:
    met = {name for scenarios, _ in LIVES for name in scenarios.split(",")}
    assert met | {"bare-names", "flaky"} == SCENARIOS.keys()


def test_bare_names_need_one_word() -> None:
    assert life("bare-names", operations="operations")[0] == "completed"


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(12))
def test_flaky_makes_nothing_twice(seed: int, tmp_path: Path) -> None:
    found = simulation("google-lro", "flaky", seed=seed, journal=tmp_path / "journal.db")
    client = found.client
    for number in range(5):
        try:
            ref = client.create_task(path=BOOKS, request_id=f"r-{number}").ref
        except accepted.CreateUnknown as unknown:
            ref = unknown.ref  # a poll sends the same request id again
        assert client.poll_task(ref).ok
    counts = found.counts()
    assert (counts["committed"], counts["created_twice"]) == (5, 0)


def test_a_request_id_does_not_help_where_every_answer_is_lost() -> None:
    learned, counts = life("lost-answer", request_id="r-1")
    assert (learned, counts["committed"], counts["creates"]) == ("CreateUnknown", 1, 4)


@pytest.mark.parametrize(("scenarios", "told"), [("happy", "cancelled"), ("deaf", "completed")])
def test_cancel(scenarios: str, told: str) -> None:
    client = simulation("google-lro", scenarios).client
    task = client.cancel_task(client.create_task(path=BOOKS))
    assert client.poll_task(task, check=False).status == told


def test_delete_then_poll_is_gone() -> None:
    found = simulation("google-lro", duration=600)
    client = found.client
    task = client.act(client.create_task(path=BOOKS), "delete")
    found.clock.sleep_until(found.clock.now() + 60)  # beyond the grace in which 404 means not yet
    with pytest.raises(accepted.TaskGone):
        client.poll_task(task)


async def test_awaited() -> None:
    client = simulation("google-lro", "throttled").async_client
    task = await client.run_task(path=BOOKS, method="DELETE")
    assert task.result.value == {"@type": "type.googleapis.com/google.protobuf.Empty"}
