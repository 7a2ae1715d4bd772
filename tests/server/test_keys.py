import asyncio
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from accepted.core.wire import Request, header
from accepted.server import Fault, Rate, TaskAPI
from accepted.server.keys import KeyAuthenticator, digest, make_key
from accepted.server.limits import Limiter
from accepted.server.sqlite import SqliteStore
from accepted.server.store import Key


def api_of(db: Path, **options: Any) -> TaskAPI:
    api = TaskAPI("Reports", db=db, execute=False, **options)

    @api.task
    def render(name: str) -> str:
        return name

    return api


@pytest.fixture
def db(tmp_path: Path) -> Path:
    return tmp_path / "tasks.db"


def add(db: Path, tenant: str) -> tuple[str, Key]:
    """A key, added by another user of the file."""
    secret, key, hashed = make_key("nightly", tenant)
    _elsewhere(db, lambda store: store.add_key(key, hashed))
    return secret, key


def revoke(db: Path, key: Key) -> None:
    _elsewhere(db, lambda store: store.revoke_key(key.id, 1.0))


def _elsewhere(db: Path, act: Any) -> None:
    async def use() -> None:
        store = SqliteStore(db)
        await act(store)
        await store.close()

    asyncio.run(use())


@pytest.fixture
def wire(db: Path, serving: Any) -> Iterator[Any]:
    with serving(api_of(db)) as wire:
        yield wire


def test_a_secret_is_random_and_kept_as_a_hash() -> None:
    secret, key, hashed = make_key("nightly", "acme", clock=lambda: 5.0)
    assert secret.startswith("acc_")
    assert len(secret) == len("acc_") + 43
    assert (key.name, key.tenant, key.created_at, key.revoked_at) == ("nightly", "acme", 5.0, None)
    assert hashed == digest(secret) == hashlib.sha256(secret.encode()).digest()
    assert secret not in repr(key)
    other, another, _ = make_key("nightly", "acme")
    assert (other, another.id) != (secret, key.id)


def test_a_secret_is_nowhere_on_disk(db: Path) -> None:
    secret, _ = add(db, "acme")
    for path in db.parent.iterdir():
        content = path.read_bytes()
        assert secret.encode() not in content
        assert secret.removeprefix("acc_").encode() not in content


def test_a_key_opens_its_tenants_tasks(db: Path, wire: Any) -> None:
    one, other = add(db, "acme")[0], add(db, "umbrella")[0]
    made = wire.ask(
        "POST", "/api/tasks", {"type": "render", "input": {"name": "x"}}, Authorization=f"Bearer {one}"
    ).json
    path = made["links"]["self"]
    for fields in ({"Authorization": f"bearer  {one}"}, {"X_API_Key": one}):
        assert wire.ask("GET", path, **fields).status == 200
        assert len(wire.ask("GET", "/api/tasks", **fields).json["items"]) == 1
    assert wire.ask("GET", path, X_API_Key=other).status == 404
    assert wire.ask("GET", "/api/tasks", X_API_Key=other).json["items"] == []


def test_one_idempotency_key_of_two_tenants_makes_two_tasks(db: Path, wire: Any) -> None:
    body = {"type": "render", "input": {"name": "x"}}
    keys = [add(db, tenant)[0] for tenant in ("acme", "umbrella")]
    made = [wire.ask("POST", "/api/tasks", body, X_API_Key=key, Idempotency_Key="k").json["id"] for key in keys]
    assert len(set(made)) == 2


def test_a_key_that_is_revoked_elsewhere_is_refused_at_once(db: Path, wire: Any) -> None:
    secret, key = add(db, "acme")
    for _ in range(3):
        assert wire.ask("GET", "/api/tasks", X_API_Key=secret).status == 200
    revoke(db, key)
    answer = wire.ask("GET", "/api/tasks", X_API_Key=secret)
    assert (answer.status, answer.kind, answer.headers["www-authenticate"]) == (401, "unauthenticated", "Bearer")
    assert secret.encode() not in answer.body


def test_a_key_that_was_unknown_is_known_when_it_is_added(db: Path, wire: Any) -> None:
    add(db, "umbrella")
    secret, key, hashed = make_key("late", "acme")
    assert wire.ask("GET", "/api/tasks", X_API_Key=secret).status == 401
    _elsewhere(db, lambda store: store.add_key(key, hashed))
    assert wire.ask("GET", "/api/tasks", X_API_Key=secret).status == 200


def test_nothing_about_tasks_is_open(db: Path, wire: Any) -> None:
    add(db, "acme")
    statuses = {
        path: wire.ask("GET", path).status
        for path in ("/healthz", "/readyz", "/api/openapi.json", "/metrics", "/api/tasks", "/api/tasks/x")
    }
    assert statuses == {
        "/healthz": 200,
        "/readyz": 200,
        "/api/openapi.json": 200,
        "/metrics": 401,
        "/api/tasks": 401,
        "/api/tasks/x": 401,
    }
    assert wire.ask("OPTIONS", "/api/tasks").status == 204


class Counting:
    """A store that has one key, and counts how often it is asked for it."""

    def __init__(self, tenant: str | None = "acme") -> None:
        self.tenant = tenant
        self.version = 0
        self.asked = 0

    def changes(self) -> int:
        return self.version

    async def key(self, hashed: bytes) -> Key | None:
        self.asked += 1
        return self.tenant and Key(id="key_1", name="x", tenant=self.tenant, created_at=0.0)  # type: ignore[return-value]


def asks(*headers: tuple[str, str]) -> Request:
    return Request(method="GET", url="http://x/", headers=headers)


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_the_store_is_asked_again_only_after_a_change(anyio_backend: str) -> None:
    store: Any = Counting()
    authenticate = KeyAuthenticator(store)
    request = asks(("authorization", "Bearer acc_abc"))
    assert [await authenticate(request) for _ in range(3)] == ["acme"] * 3
    assert store.asked == 1
    store.version, store.tenant = 1, None
    assert await authenticate(request) is None
    assert store.asked == 2


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
@pytest.mark.parametrize(
    "headers",
    [
        (),
        (("authorization", "Bearer"),),
        (("authorization", "Bearer xyz"),),
        (("authorization", "acc_abc"),),
        (("authorization", "Basic acc_abc"),),
        (("x-api-key", "xyz"),),
        (("x-api-key", "acc_\xe4"),),
        (("x-api-key", "acc_" + "a" * 300),),
    ],
)
async def test_what_is_no_key_is_not_looked_up(anyio_backend: str, headers: tuple[tuple[str, str], ...]) -> None:
    store: Any = Counting()
    assert await KeyAuthenticator(store)(asks(*headers)) is None
    assert store.asked == 0


# ---- authentication of your own


def by_header(request: Request) -> str | None:
    assert request.body == b""
    assert request.url.endswith("/api/tasks?limit=1")
    return header(request.headers, "x-tenant")


async def by_header_later(request: Request) -> str | None:
    await asyncio.sleep(0)
    return by_header(request)


@pytest.mark.parametrize("authenticate", [by_header, by_header_later])
def test_authentication_of_your_own(db: Path, serving: Any, authenticate: Any) -> None:
    with serving(api_of(db, authenticate=authenticate)) as wire:
        assert wire.ask("GET", "/api/tasks?limit=1", X_Tenant="acme").status == 200
        assert wire.ask("GET", "/api/tasks?limit=1").status == 401


def test_authentication_may_forbid(db: Path, serving: Any) -> None:
    def never(_: Request) -> str | None:
        raise Fault("forbidden", "this account is closed")

    with serving(api_of(db, authenticate=never)) as wire:
        answer = wire.ask("GET", "/api/tasks")
        assert (answer.status, answer.kind, answer.json["detail"]) == (403, "forbidden", "this account is closed")


def test_authentication_that_fails_opens_nothing(db: Path, serving: Any) -> None:
    def broken(_: Request) -> str | None:
        raise ConnectionError("the directory at 10.0.0.7 is down")

    with serving(api_of(db, authenticate=broken)) as wire:
        answer = wire.ask("GET", "/api/tasks")
        assert (answer.status, answer.kind) == (500, "internal")
        assert b"10.0.0.7" not in answer.body


@pytest.mark.parametrize("said", [False, True, 0, b"acme"])
def test_authentication_that_says_no_name_opens_nothing(db: Path, serving: Any, said: Any) -> None:
    async def later(_: Request) -> Any:
        return said

    for authenticate in (lambda _: said, later):
        with serving(api_of(db, authenticate=authenticate)) as wire:
            answer = wire.ask("GET", "/api/tasks?limit=1")
            assert (answer.status, answer.kind) == (500, "internal")


# ---- rates


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_bucket_empties_and_fills_evenly() -> None:
    clock = Clock()
    limiter = Limiter(Rate(3, 60), clock=clock)

    def take(at: float, tenant: str = "a") -> tuple[float | None, str]:
        clock.now = 100.0 + at
        taken = limiter.take(tenant)
        return taken.retry_after, dict(taken.headers)["RateLimit"]

    assert take(0) == (None, '"tenant";r=2;t=20')
    assert take(0) == (None, '"tenant";r=1;t=40')
    assert take(0) == (None, '"tenant";r=0;t=60')
    assert take(0) == (20.0, '"tenant";r=0;t=60')
    assert take(15) == (5.0, '"tenant";r=0;t=45')  # a refusal costs nothing
    assert take(15, "b") == (None, '"tenant";r=2;t=20')
    assert take(20) == (None, '"tenant";r=0;t=60')
    assert take(1000) == (None, '"tenant";r=2;t=20')  # it never holds more than three


def test_a_rate_allows_no_more_than_it_says() -> None:
    clock = Clock()
    limiter = Limiter(Rate(7, 0.3), clock=clock)
    allowed = 0
    for _ in range(10_000):
        clock.now += 0.001
        allowed += limiter.take("a").retry_after is None
    assert allowed == pytest.approx(7 + 10 / 0.3 * 7, abs=1)


def test_full_buckets_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("accepted.server.limits._MANY", 10)
    clock = Clock()
    limiter = Limiter(Rate(1, 10), clock=clock)
    for number in range(100):
        clock.now += 5
        assert limiter.take(str(number)).retry_after is None
    assert limiter.take("99").retry_after == 10
    assert len(limiter._full_at) <= 12


@pytest.mark.parametrize(
    ("requests", "seconds"), [(0, 1), (-1, 1), (1, 0), (1, -1), (1, float("inf")), (1, float("nan"))]
)
def test_a_rate_that_is_none_is_refused(requests: int, seconds: float) -> None:
    with pytest.raises(ValueError):
        Rate(requests, seconds)
