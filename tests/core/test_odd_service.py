"""A complete extra service, declared in a test and nowhere else, end to end through the client of either colour.

Nothing of a task is in a body: its id is in a Location field, its status is the code, its create takes two steps.
The contract is `odd` of `conftest`; the service is the function-like class below.
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path

import pytest

import accepted
from accepted.core.wire import Dropped, Request, Response, header
from accepted.drivers.transport import AsyncMemoryTransport, MemoryTransport
from accepted.testing import VirtualClock

DURATION = 30.0
TABLE = b"name,size\nwidget,3\n"


class Service:
    """Uploads, things made of them, and their manifests; a thing takes half a minute."""

    def __init__(self, clock: VirtualClock) -> None:
        self.clock = clock
        self.uploads: list[bytes] = []
        self.things: dict[str, float] = {}
        self.keys: dict[str, str] = {}
        self.cancelled: list[str] = []
        self.asked: list[str] = []
        self.lost_answers = 0

    def __call__(self, request: Request) -> Response | Dropped:
        path = request.url.removeprefix("https://toy.test/api").removeprefix("https://files.test")
        self.asked.append(f"{request.method} {path}")
        match request.method, *path.strip("/").split("/"):
            case "PUT", "uploads":
                assert isinstance(request.body, bytes)
                self.uploads.append(request.body)
                return Response(status=204, headers=(("X-Upload-Id", f"u{len(self.uploads)}"),))
            case "POST", "uploads", _, "things":
                return self.create(header(request.headers, "x-once") or "")
            case "GET", "things", thing:
                done = self.clock.now() >= self.things[thing] + DURATION
                return Response(status=200 if done else 202, headers=(("Retry-After", "5"),))
            case "GET", "things", thing, "manifest":
                return manifest(thing)
            case "GET", "things", _, "rows":
                return Response(status=200, body=b'{"row": 1}\n\n{"row": 2}\n{"row": 3}')
            case "DELETE", "things", thing:
                self.cancelled.append(thing)
                return Response(status=204)
            case "GET", "usage":
                return Response(status=200, body=b'{"things": 1}')
            case "GET", "table.csv":
                return Response(status=200, body=TABLE)
            case _:
                return Response(status=404)

    def create(self, key: str) -> Response | Dropped:
        thing = self.keys.setdefault(key, f"a{len(self.keys) + 1}")
        self.things.setdefault(thing, self.clock.now())
        if self.lost_answers:
            self.lost_answers -= 1
            return Dropped(reason="the line went dead")
        fields = (("Location", f"https://toy.test/api/things/{thing}"), ("Retry-After", "5"))
        return Response(status=202, headers=fields)


def manifest(thing: str) -> Response:
    files = {"table.csv": "https://files.test/table.csv"}
    return Response(status=200, body=json.dumps({"rows": 3, "thing": thing, "files": files}).encode())


@pytest.fixture
def service() -> Service:
    return Service(VirtualClock())


@pytest.fixture
def source(tmp_path: Path) -> str:
    path = tmp_path / "in.csv"
    path.write_bytes(b"a,b\n" * 1000)
    return str(path)


def settings(service: Service, tmp_path: Path) -> Mapping[str, object]:
    return {"clock": service.clock, "journal": tmp_path / "journal.db"}


@pytest.fixture
def client(toys, service, tmp_path):
    with accepted.Client(toys["odd"], transport=MemoryTransport(service), **settings(service, tmp_path)) as one:
        yield one


def test_from_create_to_download(client, service, source, tmp_path):
    task = client.create_task(file=source)
    assert (task.status, task.id) == ("in_progress", "a1")
    assert service.uploads == [b"a,b\n" * 1000]

    updates = []
    began = service.clock.now()
    task = client.poll_task(task, on_update=updates.append)
    assert task.ok
    assert task.result.rows == 3
    assert DURATION <= service.clock.now() - began <= DURATION * 1.3
    assert [update.status for update in updates] == ["completed"]

    path = client.download(task.artifacts[0], tmp_path)
    assert (path.name, path.read_bytes()) == ("table.csv", TABLE)
    assert list(client.iter_items(task)) == [{"row": 1}, {"row": 2}, {"row": 3}]
    assert client.get_usage() == {"things": 1}
    assert client.cancel_task(task).status == "completed"  # asked too late


def test_requests_are_those_that_were_declared(client, service, source):
    client.run_task(file=source)
    polls = [asked for asked in service.asked if re.fullmatch(r"GET /things/a1", asked)]
    assert 4 <= len(polls) <= 6  # every 5 seconds, as Retry-After says
    assert [asked for asked in service.asked if asked not in polls] == [
        "PUT /uploads",
        "POST /uploads/u1/things",
        "GET /things/a1/manifest",
    ]


@pytest.mark.parametrize("lost", [1, 3])
def test_a_lost_answer_makes_no_second_thing(client, service, source, lost):
    service.lost_answers = lost
    assert client.run_task(file=source).ok
    assert len(service.things) == 1
    assert len(service.uploads) == 1


def test_an_answer_that_is_always_lost_is_an_unknown_create_and_is_found_later(client, service, source):
    service.lost_answers = 4
    with pytest.raises(accepted.CreateUnknown) as caught:
        client.create_task(file=source)
    assert len(service.things) == 1
    task = client.poll_task(caught.value.ref)  # the journal kept what is needed to ask again
    assert (task.ok, len(service.things)) == (True, 1)


def test_the_same_key_gives_back_the_same_task(client, service, source):
    nightly = client.with_options(key="nightly")
    first = nightly.create_task(file=source)
    assert nightly.create_task(file=source).ref == first.ref
    assert list(service.keys) == ["nightly"]


def test_cancel_asks(client, service, source):
    task = client.create_task(file=source)
    assert client.cancel_task(task).status == "cancelling"
    assert service.cancelled == ["a1"]


@pytest.mark.parametrize("verb", ["list_tasks", "act"])
def test_what_it_cannot_do_is_named_before_any_request(client, service, source, verb):
    with pytest.raises(accepted.Unsupported, match="Odd has no"):
        list(client.list_tasks()) if verb == "list_tasks" else client.act("odd:x", "rerun")
    assert service.asked == []


async def test_from_create_to_download_awaited(toys, service, source, tmp_path):
    transport = AsyncMemoryTransport(service)
    async with accepted.AsyncClient(toys["odd"], transport=transport, **settings(service, tmp_path)) as client:
        task = await client.run_task(file=source)
        assert task.result.rows == 3
        path = await client.download(task.artifacts[0], tmp_path / "out.csv")
        assert path.read_bytes() == TABLE
        assert [row async for row in client.iter_items(task)] == [{"row": 1}, {"row": 2}, {"row": 3}]
        assert await client.get_usage() == {"things": 1}
