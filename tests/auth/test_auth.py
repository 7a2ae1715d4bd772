"""The credential on its way: where it comes from, where it goes, and that nobody else gets to see it."""

import json
from collections.abc import Generator, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from accepted.auth import Do, Given, authorised, masked, source, variables
from accepted.client import AsyncClient, Client
from accepted.core import codec
from accepted.core.contract import Contract, Credential
from accepted.core.task import Task
from accepted.core.wire import Dropped, Request, Response, header
from accepted.drivers.journal import Journal
from accepted.drivers.transport import AsyncMemoryTransport, MemoryTransport
from accepted.errors import AcceptedError, AuthenticationFailed, BadRequest, ConnectionFailed
from accepted.services import jules
from accepted.testing import Simulation, VirtualClock, simulation

BASE = "https://jules.test/v1alpha"
SECRET = "AIza-a-secret-of-the-tests"
NEW = "AIza-a-renewed-secret"
FIELD = "X-Goog-Api-Key"
GET = Request(method="GET", url=f"{BASE}/sessions/1", headers=(("accept", "application/json"), ("cookie", "a=b")))
OK = Response(status=200, body=b"{}")
REFUSED = Response(status=401, body=b"{}")
NOW = 1_800_000_000.0


def unasked() -> str:
    raise AssertionError("only a driver gets it")


GIVEN = Given("auth", unasked)
ASKED = Do(unasked, at_hand=True)


# ---- sources


@pytest.mark.parametrize(
    ("given", "environ", "where", "secret"),
    [
        ("given", {}, "auth", "given"),
        ("given", {"ACCEPTED_JULES_TOKEN": "ours", "JULES_API_KEY": "theirs"}, "auth", "given"),
        (lambda: "called", {"JULES_API_KEY": "theirs"}, "auth", "called"),
        (None, {"JULES_API_KEY": "theirs", "ACCEPTED_JULES_TOKEN": "ours"}, "ACCEPTED_JULES_TOKEN", "ours"),
        (None, {"JULES_API_KEY": "theirs"}, "JULES_API_KEY", "theirs"),
        # set, but to nothing: as good as not set
        (None, {"ACCEPTED_JULES_TOKEN": "", "JULES_API_KEY": "theirs"}, "JULES_API_KEY", "theirs"),
        (None, {}, "ACCEPTED_JULES_TOKEN or JULES_API_KEY", None),
        (None, {"ACCEPTED_OTHER_TOKEN": "x", "JULES_TOKEN": "x"}, "ACCEPTED_JULES_TOKEN or JULES_API_KEY", None),
    ],
)
def test_secret_comes_from_what_was_given_else_from_the_environment(
    given: Any, environ: dict[str, str], where: str, secret: str | None
) -> None:
    found = source(jules.contract, given, environ)
    assert isinstance(found, Given)
    assert (found.where, found.get()) == (where, secret)


def test_environment_is_that_of_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JULES_API_KEY", "theirs")
    found = source(jules.contract, None)
    assert isinstance(found, Given)
    monkeypatch.setenv("JULES_API_KEY", "theirs-anew")
    assert found.get() == "theirs-anew"  # read again each time, so that it can be renewed


@pytest.mark.parametrize(
    ("name", "credential", "names"),
    [
        ("jules", jules.contract.credential, ("ACCEPTED_JULES_TOKEN", "JULES_API_KEY")),
        ("my-own", Credential(variables=("A", "B")), ("ACCEPTED_MY_OWN_TOKEN", "A", "B")),
        ("open", None, ("ACCEPTED_OPEN_TOKEN",)),
    ],
)
def test_our_variable_stands_before_those_of_the_service(
    name: str, credential: Credential | None, names: tuple[str, ...]
) -> None:
    assert variables(replace(jules.contract, name=name, credential=credential)) == names


# ---- account


def test_account_tells_secrets_apart() -> None:
    same, other = (Given("auth", lambda one=one: one).account() for one in (SECRET, NEW))
    assert source(jules.contract, None, {"JULES_API_KEY": SECRET}).account() == same
    assert source(jules.contract, f"{SECRET}\n").account() == same  # a line break is not sent, so it tells nothing
    assert len({same, other, ""}) == 3


@pytest.mark.parametrize("secret", [SECRET, "k", "ünï", "x" * 4096])
def test_account_does_not_reveal_the_secret(secret: str) -> None:
    word = source(jules.contract, secret).account()
    assert len(word) == 16
    assert secret not in word
    assert secret not in repr(source(jules.contract, secret))


def test_account_of_what_changes_or_is_missing_is_empty_and_asks_for_nothing() -> None:
    def never() -> str:
        raise AssertionError("asked for")

    assert source(jules.contract, never).account() == ""
    assert source(jules.contract, None, {}).account() == ""


# ---- the flow, by hand


def play(
    secrets: Iterable[str | None],
    *answers: Response | Dropped,
    request: Request = GET,
    contract: Contract[..., Any] = jules.contract,
) -> tuple[Response | Dropped, list[Any]]:
    """What the flow returns, and what it yielded. Unused secrets and answers are a fault of the test."""
    flow: Generator[Any, Any, Response | Dropped] = authorised(contract, request, BASE, GIVEN, NOW)
    rest, coming = list(secrets), list(answers)
    yielded: list[Any] = []
    reply: Any = None
    try:
        while True:
            yielded.append(flow.send(reply))
            reply = (rest if isinstance(yielded[-1], Do) else coming).pop(0)
    except StopIteration as done:
        assert (rest, coming) == ([], [])
        return done.value, yielded


def signed(secret: str, request: Request = GET) -> Request:
    return replace(request, headers=(*request.headers, (FIELD, secret)))


@pytest.mark.parametrize(
    ("secrets", "answers", "yielded"),
    [
        ([SECRET], [OK], [ASKED, signed(SECRET)]),
        # a refusal with a new secret: once more
        ([SECRET, NEW], [REFUSED, OK], [ASKED, signed(SECRET), ASKED, signed(NEW)]),
        # and not a third time
        ([SECRET, NEW], [REFUSED, REFUSED], [ASKED, signed(SECRET), ASKED, signed(NEW)]),
        # the same secret would be refused again, also where only its line break went
        ([SECRET, SECRET], [REFUSED], [ASKED, signed(SECRET), ASKED]),
        ([SECRET, f"{SECRET}\n"], [REFUSED], [ASKED, signed(SECRET), ASKED]),
        ([SECRET, None], [REFUSED], [ASKED, signed(SECRET), ASKED]),
        # only a 401 speaks of the secret
        *(([SECRET], [Response(status=code)], [ASKED, signed(SECRET)]) for code in (400, 403, 404, 429, 500)),
        ([SECRET], [Dropped(reason="gone")], [ASKED, signed(SECRET)]),
    ],
)
def test_flow_signs_and_renews_at_most_once(
    secrets: list[str | None], answers: list[Response | Dropped], yielded: list[Any]
) -> None:
    assert play(secrets, *answers) == (answers[-1], yielded)


@pytest.mark.parametrize("given", [None, "", " \r\n"])
def test_without_a_secret_nothing_leaves(given: str | None) -> None:
    flow = authorised(jules.contract, GET, BASE, replace(GIVEN, where="HERE or THERE"), NOW)
    assert next(flow) == ASKED
    with pytest.raises(AuthenticationFailed, match=r"missing \(HERE or THERE\).*https://jules\.google\.com/settings"):
        flow.send(given)


@pytest.mark.parametrize("secret", ["nul\0-in-the-middle", "schlüssel-secret", "\x7f-delete-secret", "鍵鍵鍵鍵鍵鍵鍵"])
def test_secret_that_no_header_carries_is_neither_sent_nor_shown(secret: str) -> None:
    flow = authorised(jules.contract, GET, BASE, GIVEN, NOW)
    next(flow)
    with pytest.raises(AuthenticationFailed, match="no header carries") as caught:
        flow.send(secret)
    assert secret not in str(caught.value)
    assert secret not in repr(str(caught.value))


@pytest.mark.parametrize(
    ("secret", "field"),
    [
        ("key\n", "key"),  # as a file or a shell leaves it
        (" key\t", "key"),
        ("key\r\nX-Evil: 1", "keyX-Evil:1"),
        ("key\nX-Evil: 1", "keyX-Evil:1"),
        ("key\x0b\x0c\x85\u2028X-Evil: 1", "keyX-Evil:1"),  # whatever anybody takes for the end of a line
    ],
)
def test_line_break_in_a_secret_injects_no_header(secret: str, field: str) -> None:
    _, (_, sent) = play([secret], OK)
    assert sent.headers == (*GET.headers, (FIELD, field))


def test_field_that_the_request_had_is_replaced_and_the_prefix_stands_before_the_secret() -> None:
    bearer = replace(jules.contract, credential=Credential())
    stale = replace(GET, headers=(("authorization", "Bearer old"),))
    _, (_, sent) = play([SECRET], OK, request=stale, contract=bearer)
    assert sent.headers == (("Authorization", f"Bearer {SECRET}"),)


def test_service_without_a_credential_is_asked_as_it_stands() -> None:
    assert play([], REFUSED, contract=replace(jules.contract, credential=None)) == (REFUSED, [GET])


# ---- other origins


@pytest.mark.parametrize(
    ("url", "sees"),
    [
        ("https://jules.test/elsewhere", True),
        ("https://JULES.test:443/v1alpha", True),
        ("https://trusted.test/x", True),  # declared in the contract
        ("https://other.test/v1alpha/sessions/1", False),
        ("http://jules.test/v1alpha/sessions/1", False),  # in the clear
        ("https://jules.test:8443/v1alpha/sessions/1", False),
        ("https://jules.test.evil.test/v1alpha", False),
        ("https://jules.test@evil.test/v1alpha", False),
        ("https://evil.trusted.test/x", False),
        ("https://evil.test/https://jules.test/v1alpha", False),
    ],
)
def test_only_the_origin_of_the_service_and_those_it_trusts_see_the_secret(url: str, sees: bool) -> None:
    trusting = replace(jules.contract, trusted=("https://trusted.test/any/path",))
    asked = replace(GET, url=url)
    if sees:
        assert play([SECRET], OK, request=asked, contract=trusting) == (OK, [ASKED, signed(SECRET, asked)])
    else:
        stranger = replace(asked, headers=(("accept", "application/json"),))
        assert play([], OK, request=asked, contract=trusting) == (OK, [stranger])


def test_redirect_to_another_origin_is_followed_without_the_secret() -> None:
    asked: list[Request] = []

    def handle(request: Request) -> Response:
        asked.append(request)
        if len(asked) == 1:
            return Response(status=307, headers=(("location", "https://mirror.test/s/1"),))
        return Response(status=200, body=b'{"id": "1", "state": "PLANNING"}')

    client(handle).get_status("1")
    assert [(one.url, header(one.headers, FIELD)) for one in asked] == [
        (f"{BASE}/sessions/1", SECRET),
        ("https://mirror.test/s/1", None),
    ]
    assert SECRET not in repr(asked[1])


# ---- echoes


@pytest.mark.parametrize(
    ("answer", "clean"),
    [
        (Response(status=200, body=f"you sent {SECRET}".encode()), Response(status=200, body=b"you sent ***")),
        (
            Response(status=302, headers=(("location", f"https://x.test/?key={SECRET}"), ("a", "b"))),
            Response(status=302, headers=(("location", "https://x.test/?key=***"), ("a", "b"))),
        ),
        (
            Response(status=400, body=f"{SECRET} and {SECRET}".encode()),  # every time
            Response(status=400, body=b"*** and ***"),
        ),
        (Dropped(reason=f"refused {SECRET!r}", sent=False), Dropped(reason="refused '***'", sent=False)),
        (Response(status=200, body=b"\xff\x00 no text"), Response(status=200, body=b"\xff\x00 no text")),
    ],
)
@pytest.mark.parametrize("given", [SECRET, f"{SECRET}\n"])  # what comes back is what was sent: without the line break
def test_echo_of_the_secret_is_masked(given: str, answer: Response | Dropped, clean: Response | Dropped) -> None:
    assert play([given], answer)[0] == clean


def test_echo_of_the_renewed_secret_is_masked() -> None:
    assert play([SECRET, NEW], REFUSED, Response(status=200, body=NEW.encode()))[0] == Response(
        status=200, body=codec.MASK.encode()
    )


def test_one_secret_inside_another_leaves_nothing_of_it() -> None:
    assert masked(Dropped(reason="no acct-123-secret"), "acct-123", "acct-123-secret").reason == "no ***"


def test_secret_of_a_few_characters_is_left_alone() -> None:
    """It stands in every text by chance; masking it would break the documents."""
    answer = Response(status=200, body=b'{"id": "1"}')
    assert masked(answer, "id") == answer


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Response(status=400, body=json.dumps({"error": {"message": f"bad key {SECRET}"}}).encode()), BadRequest),
        (Response(status=403, body=f"<p>{SECRET}</p>".encode()), AuthenticationFailed),
        (Response(status=401, headers=(("x-request-id", SECRET),)), AuthenticationFailed),
        (Dropped(reason=f"illegal header value {SECRET}", sent=False), ConnectionFailed),
    ],
)
def test_no_error_shows_the_secret(answer: Response | Dropped, error: type[AcceptedError]) -> None:
    with pytest.raises(error) as caught:
        client(lambda _: answer).get_status("1")
    assert SECRET not in f"{caught.value} {vars(caught.value)}"


def test_task_keeps_no_echo_of_the_secret() -> None:
    echo = Response(status=200, body=json.dumps({"id": "1", "state": "PLANNING", "title": SECRET}).encode())
    task = client(lambda _: echo).get_task("1")
    assert task.title == "***"
    assert SECRET.encode() not in (task.raw or b"")


# ---- through the client


def client(handle: Any, **settings: Any) -> Client[..., Any]:
    told: dict[str, Any] = {"auth": SECRET, "journal": None, "base_url": BASE, "clock": VirtualClock(), **settings}
    return Client(jules.contract, transport=MemoryTransport(handle), **told)


def async_client(handle: Any, **settings: Any) -> AsyncClient[..., Any]:
    told: dict[str, Any] = {"auth": SECRET, "journal": None, "base_url": BASE, "clock": VirtualClock(), **settings}
    return AsyncClient(jules.contract, transport=AsyncMemoryTransport(handle), **told)


async def created(blocking: Client[..., Any], awaited: AsyncClient[..., Any], colour: str) -> Task[Any]:
    """A task, created in that colour."""
    return blocking.create_task(prompt="x") if colour == "sync" else await awaited.create_task(prompt="x")


def _never(request: Request) -> Response:
    raise AssertionError(request)


@pytest.mark.parametrize("colour", ["sync", "async"])
async def test_missing_credential_names_the_variables_before_any_request(colour: str, tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.db")
    told: dict[str, Any] = {"auth": None, "journal": journal, "base_url": BASE, "clock": VirtualClock()}
    with pytest.raises(AuthenticationFailed, match="ACCEPTED_JULES_TOKEN or JULES_API_KEY") as caught:
        await created(client(_never, **told), async_client(_never, **told), colour)
    assert caught.value.exit_code == 7
    assert list(journal.tasks()) == []  # nothing left, so there is nothing to look for
    journal.close()


def test_create_works_under_its_key_once_the_credential_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: dict[str, Any] = {"auth": None, "journal": tmp_path / "journal.db"}
    with pytest.raises(AuthenticationFailed):
        client(_never, **told).with_options(key="nightly").create_task(prompt="x")
    monkeypatch.setenv("JULES_API_KEY", SECRET)
    created = client(lambda _: Response(status=200, body=b'{"id": "1"}'), **told)
    assert created.with_options(key="nightly").create_task(prompt="x").id == "1"


class Keys:
    """A source of secrets that counts how often it is asked; the first `good` answers are the old one."""

    def __init__(self, good: int) -> None:
        self.good = good
        self.asked = 0

    def __call__(self) -> str:
        self.asked += 1
        return "the-old-secret" if self.asked <= self.good else "the-new-secret"


def expired(keys: Keys) -> Simulation:
    """A service that is about to refuse the old secret: it was good for three requests."""
    service: Simulation = simulation("jules", "expired-token", auth=keys)  # type: ignore[arg-type]
    for _ in range(3):
        assert list(service.client.list_tasks()) == []
    return service


@pytest.mark.parametrize("colour", ["sync", "async"])
async def test_secret_is_asked_for_anew_after_a_401_and_the_create_is_not_doubled(colour: str) -> None:
    keys = Keys(good=4)
    service = expired(keys)
    task = await created(service.client, service.async_client, colour)
    counts = service.counts()
    assert counts["ids"] == [task.id]
    assert (counts["creates"], counts["committed"], counts["unauthorised"]) == (2, 1, 1)
    assert keys.asked == 5  # once for each of four requests, once more for the refused one


def test_refused_secret_that_stays_the_same_is_not_sent_again() -> None:
    keys = Keys(good=100)
    service = expired(keys)
    with pytest.raises(AuthenticationFailed) as caught:
        service.client.create_task(prompt="x")
    assert caught.value.status_code == 401
    assert (service.counts()["creates"], service.counts()["committed"], keys.asked) == (1, 0, 5)


def test_poll_goes_on_with_the_renewed_secret() -> None:
    keys = Keys(good=4)
    service = simulation("jules", "expired-token", auth=keys)  # type: ignore[arg-type]
    assert service.client.run_task(prompt="x").ok
    assert (service.counts()["unauthorised"], service.counts()["committed"]) == (1, 1)


def test_an_auth_function_that_fails_leaves_nothing_behind(tmp_path, caplog):
    def broken() -> str:
        raise KeyError("vault")

    service = simulation("jules", journal=tmp_path / "journal.db", auth=broken)
    with pytest.raises(AuthenticationFailed):
        service.client.create_task(prompt="Fix it")
    assert service.counts()["requests"] == 0
    assert Journal(tmp_path / "journal.db").tasks() == []
    assert "vault" in caplog.text


def test_an_echo_is_masked_also_as_json_escapes_it():
    echo = Response(status=400, body=b'{"error": "key sec\\"ret-42 is bad"}')
    assert b"ret-42" not in masked(echo, 'sec"ret-42').body


def test_echo_of_the_refused_secret_is_masked_in_the_answer_to_the_renewed_one() -> None:
    flow = authorised(jules.contract, GET, BASE, GIVEN, NOW)
    next(flow)  # asks for the secret
    flow.send(SECRET)
    flow.send(REFUSED)  # asks for a fresh one
    flow.send(NEW)
    with pytest.raises(StopIteration) as ended:
        flow.send(Response(status=200, body=f"{SECRET} {NEW}".encode()))
    assert ended.value.value.body == b"*** ***"
