"""The login file of another program: read, renewed at the right moments, written back whole, shown to nobody else."""

import json
import logging
import os
import signal
import sqlite3
import tempfile
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import pytest

from accepted.auth import Aside, Do, Grant, Rest, source
from accepted.auth.login import Kept, kept
from accepted.client import AsyncClient, Client
from accepted.core import codec
from accepted.core.contract import Contract, Login
from accepted.core.wire import Dropped, Request, Response, header
from accepted.drivers.transport import AsyncMemoryTransport, MemoryTransport
from accepted.errors import AcceptedError, AuthenticationFailed, BadRequest
from accepted.services import codex
from accepted.services.codex import LOGIN
from accepted.simulate import handler
from accepted.simulate.codex import Simulator
from accepted.testing import EPOCH, VirtualClock

NOW = EPOCH
ORIGIN = "http://codex.localhost"
AUTH = "https://api.openai.com/auth"


def jwt(**claims: Any) -> str:
    parts = ({"alg": "RS256"}, claims, {"PLANTED": "signature"})
    return ".".join(urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts)


ID = jwt(exp=NOW, **{AUTH: {"chatgpt_account_id": "acct-claimed"}})
RT = "rt_PLANTED-1"


def document(left: float | None = 3600.0, **tokens: Any) -> dict[str, Any]:
    """What the official CLI keeps; its access token has so many seconds left, None: nobody can tell."""
    access = "PLANTED-opaque" if left is None else jwt(exp=NOW + left, jti="PLANTED-old")
    mine = {"id_token": ID, "access_token": access, "refresh_token": RT, "account_id": "acct-123"}
    return {
        "auth_mode": "chatgpt",
        "OPENAI_API_KEY": None,
        "last_refresh": "2026-11-22T19:00:00Z",
        "tokens": {name: token for name, token in (mine | tokens).items() if token != "absent"},
    }


# ---- what a document says


@pytest.mark.parametrize(
    ("tokens", "account"),
    [
        ({}, "acct-123"),
        ({"account_id": "absent"}, "acct-claimed"),
        ({"account_id": None}, "acct-claimed"),
        ({"account_id": ""}, "acct-claimed"),
        ({"account_id": 7}, "acct-claimed"),  # another type is as good as none
        ({"account_id": None, "id_token": "opaque"}, ""),
        ({"account_id": None, "id_token": "a.b.c"}, ""),
        ({"account_id": None, "id_token": "ä.ö.ü"}, ""),
        ({"account_id": None, "id_token": jwt(**{AUTH: "of another type"})}, ""),
        ({"account_id": None, "id_token": jwt(**{AUTH: {"chatgpt_account_id": ["x"]}})}, ""),
        ({"account_id": None, "id_token": {"a later": "form"}}, ""),
        ({"id_token": "absent"}, "acct-123"),
    ],
)
def test_account_is_the_one_that_stands_there_else_the_claimed_one(tokens: dict[str, Any], account: str) -> None:
    found = LOGIN.read(document(**tokens))
    assert (found.account, found.fields) == (account, {"chatgpt-account-id": account} if account else {})
    assert found.token


@pytest.mark.parametrize(
    ("access", "expires_at"),
    [
        (jwt(exp=NOW), NOW),
        (jwt(exp=NOW + 0.5), NOW + 0.5),
        (jwt(), None),
        (jwt(exp="soon"), None),
        (jwt(exp=None), None),
        (jwt(exp=10**400), None),  # no float holds it
        (jwt(exp=-(10**400)), None),
        ("opaque", None),
        ("a.b.c", None),
        ("a.!!!!.c", None),
        ("a." + urlsafe_b64encode(b"[1]").decode() + ".c", None),
        ("a." + urlsafe_b64encode(b"[" * 100_000).decode() + ".c", None),
    ],
)
def test_expiry_is_that_of_the_access_token_where_it_tells_one(access: str, expires_at: float | None) -> None:
    found = LOGIN.read(document(access_token=access))
    assert (found.token, found.expires_at) == (access, expires_at)


@pytest.mark.parametrize("refresh", ["absent", None, "", 7, ["rt_x"]])
def test_login_without_a_refresh_token_is_used_as_it_is(refresh: Any) -> None:
    found = LOGIN.read(document(refresh_token=refresh))
    assert (bool(found.token), found.refresh) == (True, None)


@pytest.mark.parametrize(
    ("found", "why"),
    [
        ({"OPENAI_API_KEY": "sk-PLANTED", "tokens": None}, "holds an API key"),
        ({"OPENAI_API_KEY": "sk-PLANTED"}, "holds an API key"),
        ({"auth_mode": "apikey", "OPENAI_API_KEY": "sk-PLANTED", "tokens": {"access_token": ""}}, "holds an API key"),
        ({}, "holds no login"),
        ({"tokens": None}, "holds no login"),
        ({"tokens": ["PLANTED"]}, "holds no login"),
        ({"tokens": "PLANTED"}, "holds no login"),
        (document(access_token=""), "holds no login"),
        (document(access_token=None), "holds no login"),
        (document(access_token=7), "holds no login"),
        (document(access_token={"PLANTED": 1}), "holds no login"),
    ],
)
def test_document_without_a_login_says_why(found: dict[str, Any], why: str) -> None:
    login = LOGIN.read(found)
    assert (login.token, login.refresh) == (None, None)
    assert why in login.why
    assert "PLANTED" not in login.why


def test_api_key_beside_tokens_and_unknown_fields_do_not_matter() -> None:
    extra = {**document(), "OPENAI_API_KEY": "sk", "agent_identity": {"a": [1]}}
    assert LOGIN.read(extra) == LOGIN.read(document())


# ---- what a renewal makes of it


def test_renewed_keeps_whatever_it_does_not_know_and_stamps_the_moment() -> None:
    before = {**document(scope=["PLANTED"]), "of-another-program": {"a": [1, None]}}
    answer = {"access_token": "a2", "refresh_token": "rt_2", "id_token": "i2", "expires_in": 3600}
    after = LOGIN.renewed(before, answer, NOW)
    assert after == {
        **before,
        "last_refresh": "2027-01-15T08:00:00Z",
        "tokens": {**before["tokens"], "access_token": "a2", "refresh_token": "rt_2", "id_token": "i2"},
    }
    assert before["tokens"]["refresh_token"] == RT  # the caller's own is untouched


@pytest.mark.parametrize(
    ("answer", "changed"),
    [
        ({"access_token": "a2"}, {"access_token": "a2"}),  # the old refresh token goes on
        ({"access_token": "a2", "refresh_token": None}, {"access_token": "a2"}),
        ({"access_token": "a2", "refresh_token": ""}, {"access_token": "a2"}),
        ({"access_token": "a2", "refresh_token": 7, "id_token": {}}, {"access_token": "a2"}),
        ({"refresh_token": "rt_2"}, {"refresh_token": "rt_2"}),  # rotated is rotated
    ],
)
def test_renewed_takes_the_tokens_that_came(answer: dict[str, Any], changed: dict[str, str]) -> None:
    assert LOGIN.renewed(document(), answer, NOW)["tokens"] == {**document()["tokens"], **changed}


@pytest.mark.parametrize("answer", [None, [], "a2", 7, {}, {"access_token": ""}, {"access_token": 7}, {"error": "x"}])
def test_answer_without_tokens_renews_nothing(answer: Any) -> None:
    with pytest.raises(codec.WrongShape):
        LOGIN.renewed(document(), answer, NOW)


def test_renewal_is_what_the_official_program_sends() -> None:
    asked = LOGIN.renewal(RT)
    assert (asked.method, asked.url) == ("POST", "https://auth.openai.com/oauth/token")
    assert isinstance(asked.body, bytes)
    assert json.loads(asked.body) == {
        "client_id": "app_EMoamEEZ73f0CkXaXp7hrann",
        "grant_type": "refresh_token",
        "refresh_token": RT,
    }


# ---- the flow, by hand


@pytest.fixture
def home(tmp_path: Path) -> Path:
    made = tmp_path / "codex"
    made.mkdir()
    return made


@pytest.fixture
def planted(home: Path) -> Callable[..., Kept]:
    """A function that writes a login file, and gives its source."""

    def write(found: dict[str, Any], *, renews: bool = True) -> Kept:
        (home / "auth.json").write_text(json.dumps(found))
        (home / "auth.json").chmod(0o600)
        return kept(LOGIN, {"CODEX_HOME": str(home)}, "Log in with `codex login`", renews=renews)

    return write


def tokens(home: Path) -> dict[str, Any]:
    return json.loads((home / "auth.json").read_bytes())["tokens"]


def left_over(home: Path) -> list[str]:
    """What stands in the folder besides the file and the lock (while it is held, SQLite keeps a journal with it)."""
    others = (one.name for one in home.iterdir() if not one.name.startswith("auth.json.accepted-lock"))
    return sorted(name for name in others if name != "auth.json")


FRESH = jwt(exp=NOW + 3600, jti="PLANTED-fresh")
OTHER = jwt(exp=NOW + 3600, jti="PLANTED-other")
RENEWED = Response(status=200, body=json.dumps({"access_token": FRESH, "refresh_token": "rt_PLANTED-2"}).encode())
REUSED = Response(status=401, body=b'{"error": {"code": "refresh_token_reused", "message": "PLANTED"}}')
REFUSED = Response(status=401, body=b"{}")

Came = Response | Dropped


def play(
    given: Kept,
    *answers: Came | Callable[[], Came],
    refused: str | None = None,
    rested: Callable[[], object] | None = None,
) -> tuple[str | None, list[Any]]:
    """The token that the flow grants, and what it yielded but for files; each `Aside` gets the next answer."""
    flow = given.granted(NOW, Grant(refused) if refused else None)
    coming, yielded = list(answers), []
    reply: Any = None
    try:
        while True:
            wanted = flow.send(reply)
            reply = None
            if isinstance(wanted, Do):
                reply = wanted.work()
                continue
            yielded.append(type(wanted))
            if isinstance(wanted, Aside):
                answer = coming.pop(0)
                reply = wanted.then(answer() if callable(answer) else answer)
            elif rested:
                rested()
    except StopIteration as done:
        assert coming == []
        return done.value.secret, yielded


@pytest.mark.parametrize(
    ("left", "renewed"),
    [
        (3600.0, False),
        (301.0, False),
        (300.0, True),  # the limit itself
        (299.0, True),
        (-1.0, True),
        (None, False),  # opaque: whether it still does is for the service to say
    ],
)
def test_login_is_renewed_five_minutes_before_its_end(
    planted: Callable[..., Kept], home: Path, left: float | None, renewed: bool
) -> None:
    old = document(left)
    given = planted(old)
    token = FRESH if renewed else old["tokens"]["access_token"]
    assert play(given, *[RENEWED] * renewed) == (token, [Aside] * renewed)
    assert (tokens(home)["access_token"], left_over(home)) == (token, [])
    assert tokens(home)["refresh_token"] == ("rt_PLANTED-2" if renewed else RT)
    assert (home / "auth.json.accepted-lock").exists() == renewed  # no file of ours where nothing is to be done


def test_never_neither_renews_what_ends_nor_what_was_refused(planted: Callable[..., Kept], home: Path) -> None:
    given = planted(document(-1.0), renews=False)
    old = tokens(home)["access_token"]
    assert play(given) == (old, [])
    assert play(given, refused=old) == (old, [])
    assert play(given, refused="another") == (old, [])  # but the file is read again
    assert left_over(home) == []


def test_variable_turns_renewal_off(home: Path, planted: Callable[..., Kept]) -> None:
    planted(document())
    for said, renews in ((None, True), ("", True), ("auto", True), ("never", False)):
        environ = {"CODEX_HOME": str(home)} | ({} if said is None else {"ACCEPTED_CODEX_REFRESH": said})
        found = source(codex.contract, None, environ)
        assert isinstance(found, Kept)
        assert found.renews is renews


@pytest.mark.parametrize("left", [300.0, -1.0, None])
def test_refused_token_that_may_be_at_its_end_is_renewed_once(
    planted: Callable[..., Kept], home: Path, left: float | None
) -> None:
    given = planted(document(left))
    assert play(given, RENEWED, refused=tokens(home)["access_token"]) == (FRESH, [Aside])
    assert play(given, refused="PLANTED-the-one-before") == (FRESH, [])


def test_refused_token_that_is_fresh_is_not_renewed(planted: Callable[..., Kept], home: Path) -> None:
    """Who is always refused would spend a renewal token with each command; the official CLI renews by the end alone."""
    given = planted(document(301.0))
    old = tokens(home)["access_token"]
    assert play(given, refused=old) == (old, [])
    assert play(given, refused="PLANTED-the-one-before") == (old, [])
    assert not (home / "auth.json.accepted-lock").exists()


def test_refused_token_without_a_refresh_token_stays(planted: Callable[..., Kept], home: Path) -> None:
    given = planted(document(refresh_token=None))
    old = tokens(home)["access_token"]
    assert play(given, refused=old) == (old, [])


@pytest.mark.parametrize(
    "answer",
    [
        Response(status=500),
        Response(status=502, body=b"<html>PLANTED"),
        Response(status=401, body=b'{"error": "invalid_client"}'),
        Response(status=307, headers=(("location", "https://evil.test"),)),  # a renewal follows nobody
        Dropped(reason="PLANTED"),
        Response(status=200, body=b"<html>a hotel's page</html>"),
        Response(status=200, body=b'["PLANTED"]'),
        Response(status=204),
        Response(status=200, body=b'{"access_token": ""}'),
    ],
)
def test_renewal_that_fails_leaves_the_old_token_and_the_file(
    planted: Callable[..., Kept], home: Path, answer: Came, caplog: pytest.LogCaptureFixture
) -> None:
    given = planted(document(299.0))
    before = (home / "auth.json").read_bytes()
    assert play(given, answer) == (tokens(home)["access_token"], [Aside])
    assert ((home / "auth.json").read_bytes(), left_over(home)) == (before, [])
    assert "not renewed" in caplog.text
    assert "PLANTED" not in caplog.text


@pytest.mark.parametrize("code", ["refresh_token_reused", "refresh_token_expired", "refresh_token_invalidated"])
@pytest.mark.parametrize("shape", ['{"error": {"code": "%s"}}', '{"error": "%s"}', '{"code": "%s"}'])
@pytest.mark.parametrize("refused", [False, True])
def test_permanent_error_says_that_a_person_has_to_log_in(
    planted: Callable[..., Kept], home: Path, code: str, shape: str, refused: bool
) -> None:
    given = planted(document(299.0 if refused else 0.0))
    answer = Response(status=401, body=(shape % code).encode())
    rests: list[None] = []
    with pytest.raises(AuthenticationFailed, match=f"is over .{code}.*codex login") as caught:
        play(
            given,
            answer,
            refused=tokens(home)["access_token"] if refused else None,
            rested=lambda: rests.append(None),
        )
    assert "PLANTED" not in str(caught.value)
    assert left_over(home) == []
    assert 2 <= len(rests) * 0.05 <= 5


@pytest.mark.parametrize("refused", [False, True])
def test_login_is_not_called_over_before_whoever_renewed_it_had_time_to_write(
    planted: Callable[..., Kept], home: Path, refused: bool
) -> None:
    """The official CLI knows no lock of ours: it has the new tokens a moment before its file has them."""
    given = planted(document(-1.0))
    waits = iter(range(20, -1, -1))

    def rested() -> None:
        with holding(home):  # the lock is free meanwhile: all who wait for it would wait for one another
            pass
        match next(waits):
            case 1:
                (home / "auth.json").write_text('{"tokens": {"acc')  # it does not write in one step
            case 0:
                planted(document(access_token=OTHER, refresh_token="rt_PLANTED-theirs"))

    old = tokens(home)["access_token"]
    assert play(given, REUSED, refused=old if refused else None, rested=rested) == (OTHER, [Aside, *[Rest] * 21])
    assert (tokens(home)["refresh_token"], left_over(home)) == ("rt_PLANTED-theirs", [])


def test_login_that_cannot_be_renewed_any_more_is_used_until_its_token_ends(
    planted: Callable[..., Kept], home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    given = planted(document(299.0))
    assert play(given, REUSED) == (tokens(home)["access_token"], [Aside])
    assert "not renewed (refresh_token_reused)" in caplog.text
    assert "PLANTED" not in caplog.text


def test_log_out_while_a_login_is_looked_for_is_told_as_that(planted: Callable[..., Kept], home: Path) -> None:
    given = planted(document(-1.0))
    with pytest.raises(AuthenticationFailed, match=r"missing.*codex login"):
        play(given, REUSED, rested=lambda: (home / "auth.json").unlink(missing_ok=True))


@pytest.mark.parametrize("answer", [REUSED, Response(status=500), Dropped(reason="x"), RENEWED])
def test_what_another_program_wrote_meanwhile_stands(planted: Callable[..., Kept], home: Path, answer: Came) -> None:
    """It knows no lock of ours: it renewed the file, or somebody logged in with another account."""
    given = planted(document(299.0))

    def meanwhile() -> Came:
        planted(document(access_token=OTHER, refresh_token="rt_PLANTED-theirs", account_id="acct-other"))
        return answer

    assert play(given, meanwhile) == (OTHER, [Aside])
    assert tokens(home)["refresh_token"] == "rt_PLANTED-theirs"


def test_other_token_beside_the_same_refresh_token_is_used_after_a_refusal(
    planted: Callable[..., Kept], home: Path
) -> None:
    given = planted(document(299.0))

    def meanwhile() -> Came:
        planted(document(access_token=OTHER))
        return REUSED

    assert play(given, meanwhile) == (OTHER, [Aside])


@pytest.mark.parametrize("answer", [REUSED, Response(status=500), RENEWED])
def test_log_out_meanwhile_stands(planted: Callable[..., Kept], home: Path, answer: Came) -> None:
    given = planted(document(299.0))

    def meanwhile() -> Came:
        (home / "auth.json").unlink()
        return answer

    with pytest.raises(AuthenticationFailed, match=r"missing.*codex login"):
        play(given, meanwhile)
    assert [one.name for one in home.iterdir()] == ["auth.json.accepted-lock"]


def holding(home: Path) -> closing[sqlite3.Connection]:
    """The lock, held as another process holds it."""
    lock = sqlite3.connect(home / "auth.json.accepted-lock", isolation_level=None)
    lock.execute("BEGIN EXCLUSIVE")
    return closing(lock)


@pytest.mark.parametrize("refused", [False, True])
def test_who_waits_for_the_lock_uses_what_was_renewed_meanwhile(
    planted: Callable[..., Kept], home: Path, refused: bool
) -> None:
    given = planted(document(-1.0))
    old, waits = tokens(home)["access_token"], iter(range(3, -1, -1))

    def rested() -> None:
        if not next(waits):
            planted(document(access_token=OTHER))

    with holding(home):
        assert play(given, refused=old if refused else None, rested=rested) == (OTHER, [Rest] * 4)


def test_lock_that_was_let_go_without_a_renewal_is_taken(planted: Callable[..., Kept], home: Path) -> None:
    given = planted(document(-1.0))
    with holding(home) as lock:
        assert play(given, RENEWED, rested=lock.close) == (FRESH, [Rest, Aside])


def test_renewed_between_the_look_and_the_lock_is_not_renewed_again(planted: Callable[..., Kept], home: Path) -> None:
    given = planted(document(-1.0))
    flow = given.granted(NOW)
    look = next(flow)
    assert isinstance(look, Do)
    lock = flow.send(look.work())
    assert isinstance(lock, Do)
    got = lock.work()
    planted(document(access_token=OTHER))
    again = flow.send(got)
    assert isinstance(again, Do)
    with pytest.raises(StopIteration) as ended:
        flow.send(again.work())
    assert ended.value.value.secret == OTHER


def test_lock_that_is_never_let_go_ends_the_wait_with_the_old_token(planted: Callable[..., Kept], home: Path) -> None:
    given = planted(document(-1.0))
    with holding(home):
        token, waits = play(given)
    assert (token, set(waits)) == (tokens(home)["access_token"], {Rest})
    assert len(waits) * 0.05 == pytest.approx(30)


def test_flow_that_is_given_up_lets_the_lock_go_and_leaves_nothing(planted: Callable[..., Kept], home: Path) -> None:
    flow = planted(document(-1.0)).granted(NOW)
    wanted = next(flow)
    while isinstance(wanted, Do):
        wanted = flow.send(wanted.work())
    assert isinstance(wanted, Aside)
    assert len(left_over(home)) == 1
    flow.close()
    assert left_over(home) == []
    with holding(home):
        pass


# ---- a contract's function that raises


def broken(*_: Any) -> Any:
    raise TypeError("PLANTED")


@pytest.mark.parametrize("name", ["renewal", "renewed"])
def test_contract_that_cannot_renew_is_no_crash(
    planted: Callable[..., Kept], home: Path, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    given = planted(document(299.0))
    given = replace(given, file=replace(LOGIN, **{name: broken}))
    assert play(given, *[RENEWED] * (name == "renewed"))[0] == tokens(home)["access_token"]
    assert "TypeError" in caplog.text
    assert "PLANTED" not in caplog.text
    assert left_over(home) == []


def test_contract_that_cannot_read_a_document_is_explained(planted: Callable[..., Kept]) -> None:
    given = replace(planted(document()), file=replace(LOGIN, read=broken))
    with pytest.raises(AuthenticationFailed, match=r"cannot be read: it is not what.*codex login") as caught:
        play(given)
    assert "PLANTED" not in str(caught.value)
    assert (given.account(), "cannot be read" in (given.missing() or "")) == ("", True)


def test_renewed_login_that_is_no_json_is_used_and_told(
    planted: Callable[..., Kept], home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    given = planted(document(299.0))
    odd = replace(LOGIN, renewed=lambda *args: {**LOGIN.renewed(*args), "odd": {1, 2}})
    assert play(replace(given, file=odd), RENEWED) == (FRESH, [Aside])
    assert "soon you have to log in again" in caplog.text


@pytest.mark.parametrize("found", [{}, {"tokens": None}, {"tokens": "PLANTED"}, {"tokens": ["PLANTED"]}])
def test_tokens_are_put_into_a_document_without_any(found: dict[str, Any]) -> None:
    assert LOGIN.renewed(found, {"access_token": "a2"}, NOW)["tokens"] == {"access_token": "a2"}


# ---- the file


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (None, "missing"),
        (b"", "cannot be read"),
        (b"PLANTED", "cannot be read"),
        (b'{"tokens": {"access_token": "PLANTED', "cannot be read"),
        (b'["PLANTED"]', "cannot be read"),
        (b"\xff\xfe\x00PLANTED", "cannot be read"),
        (b"[" * 200_000, "cannot be read"),
    ],
)
def test_file_that_cannot_be_read_is_explained_and_not_repeated(home: Path, content: bytes | None, why: str) -> None:
    if content is not None:
        (home / "auth.json").write_bytes(content)
    given = kept(LOGIN, {"CODEX_HOME": str(home)}, "Log in with `codex login`", renews=True)
    with pytest.raises(AuthenticationFailed, match=f"{why}.*codex login") as caught:
        play(given)
    assert str(home / "auth.json") in str(caught.value)
    assert "PLANTED" not in str(caught.value)
    assert (given.account(), why in (given.missing() or "")) == ("", True)


def test_folder_in_the_place_of_the_file_is_explained(home: Path) -> None:
    (home / "auth.json").mkdir()
    with pytest.raises(AuthenticationFailed, match="cannot be read: Is a directory"):
        play(kept(LOGIN, {"CODEX_HOME": str(home)}, "", renews=True))


def test_usual_place_is_in_the_home_and_a_home_that_nobody_knows_is_no_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/somewhere")
    assert kept(LOGIN, {}, "", renews=True).where == str(Path("/somewhere/.codex/auth.json"))
    assert kept(LOGIN, {"CODEX_HOME": ""}, "", renews=True).where == str(Path("/somewhere/.codex/auth.json"))
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)  # as it does for a user without an entry
    assert (kept(LOGIN, {}, "", renews=True).missing() or "").startswith("missing")


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o400])
def test_mode_is_kept(planted: Callable[..., Kept], home: Path, mode: int) -> None:
    given = planted(document(-1.0))
    (home / "auth.json").chmod(mode)
    play(given, RENEWED)
    assert (home / "auth.json").stat().st_mode & 0o777 == mode
    assert tokens(home)["access_token"] == FRESH


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root may give a file away")
def test_owner_is_kept_where_root_renews(planted: Callable[..., Kept], home: Path) -> None:
    given = planted(document(-1.0))
    os.chown(home / "auth.json", 12345, 12346)
    play(given, RENEWED)
    found = (home / "auth.json").stat()
    assert (found.st_uid, found.st_gid, tokens(home)["access_token"]) == (12345, 12346, FRESH)


def test_link_stays_a_link(planted: Callable[..., Kept], home: Path, tmp_path: Path) -> None:
    given = planted(document(-1.0))
    elsewhere = tmp_path / "dotfiles"
    elsewhere.mkdir()
    (home / "auth.json").rename(elsewhere / "secret.json")
    (home / "auth.json").symlink_to(elsewhere / "secret.json")
    assert play(given, RENEWED) == (FRESH, [Aside])
    assert (home / "auth.json").is_symlink()
    assert json.loads((elsewhere / "secret.json").read_bytes())["tokens"]["access_token"] == FRESH
    assert sorted(one.name for one in elsewhere.iterdir()) == ["secret.json", "secret.json.accepted-lock"]


def test_fields_of_other_programs_survive_in_value_and_order(planted: Callable[..., Kept], home: Path) -> None:
    odd = {"z": 12345678901234567890123, "lone": "\ud800", "text": "naïve 鍵", "f": 1.0, "list": [None, {"a": []}]}
    given = planted({**odd, **document(-1.0), "after": True})
    play(given, RENEWED)
    found = json.loads((home / "auth.json").read_bytes())
    assert list(found) == [*odd, *document(), "after"]
    assert {name: found[name] for name in odd} == odd


def refuse(*_: Any, **__: Any) -> Any:
    raise PermissionError(13, "Permission denied")


def full(*_: Any, **__: Any) -> Any:
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize(
    ("what", "told"),
    [
        ((tempfile, "mkstemp", refuse), "Permission denied"),  # a folder that is not writable
        ((os, "fsync", full), "No space left on device"),
        ((Path, "chmod", refuse), "Permission denied"),
    ],
)
def test_folder_that_cannot_be_written_to_spends_no_renewal_token(
    planted: Callable[..., Kept], home: Path, caplog: pytest.LogCaptureFixture, what: Any, told: str
) -> None:
    given = planted(document(299.0))
    old = tokens(home)["access_token"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(*what)
        assert play(given) == (old, [])  # nothing was asked: the old token goes on
    assert f"cannot be written to ({told})" in caplog.text
    assert left_over(home) == []


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
@pytest.mark.parametrize("locked_before", [False, True])
def test_folder_that_is_not_ours_to_write_to_renews_nothing(
    planted: Callable[..., Kept], home: Path, locked_before: bool
) -> None:
    given = planted(document(299.0))
    if locked_before:
        holding(home).close()
    home.chmod(0o500)
    try:
        assert play(given) == (tokens(home)["access_token"], [])
    finally:
        home.chmod(0o700)


@pytest.mark.parametrize("lock", ["a folder", "no database"])
def test_lock_that_cannot_be_had_is_no_lock_and_renews_nothing(
    planted: Callable[..., Kept], home: Path, lock: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Two that renew without a lock would log each other out; so the old token goes on, as with `never`."""
    given = planted(document(299.0))
    place = home / "auth.json.accepted-lock"
    place.mkdir() if lock == "a folder" else place.write_bytes(b"no database " * 100)
    assert play(given) == (tokens(home)["access_token"], [])
    assert "no place for our lock" in caplog.text


@pytest.mark.parametrize("name", ["fsync", "replace"])
def test_renewed_login_that_cannot_be_written_is_used_and_told(
    planted: Callable[..., Kept],
    home: Path,
    name: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    given = planted(document(299.0))
    before = (home / "auth.json").read_bytes()

    def meanwhile() -> Came:
        monkeypatch.setattr(*((os, "fsync") if name == "fsync" else (Path, "replace")), full)
        return RENEWED

    assert play(given, meanwhile) == (FRESH, [Aside])
    assert ((home / "auth.json").read_bytes(), left_over(home)) == (before, [])
    assert "cannot be written (No space left on device): soon you have to log in again" in caplog.text
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
    assert "PLANTED" not in caplog.text


def test_what_killed_processes_left_is_removed_and_nothing_else(planted: Callable[..., Kept], home: Path) -> None:
    given = planted(document(-1.0))
    for name in ("auth.json.abc.accepted-new", "auth.json.def.accepted-new", "auth.json.new", "other.accepted-new"):
        (home / name).write_text("x")
    play(given, RENEWED)
    assert left_over(home) == ["auth.json.new", "other.accepted-new"]


def test_nothing_that_the_flow_yields_shows_a_secret(planted: Callable[..., Kept], home: Path) -> None:
    given = planted(document(-1.0))
    shown = [repr(given)]
    flow = given.granted(NOW)
    reply: Any = None
    try:
        while True:
            wanted = flow.send(reply)
            reply = wanted.then(RENEWED) if isinstance(wanted, Aside) else wanted.work()  # type: ignore[union-attr]
            shown += [repr(wanted), repr(reply)]
    except StopIteration as done:
        shown.append(repr(done.value))
    assert len(shown) > 8
    assert "PLANTED" not in "".join(shown)
    secrets = [token for name, token in tokens(home).items() if name != "account_id"]
    assert not [part for token in secrets for part in shown if token in part]


# ---- both colours of client, against the simulator


class World:
    """A simulated Codex, the clients that use a login file there, and what they sent."""

    def __init__(self, home: Path, *scenarios: str) -> None:
        self.home, self.clock = home, VirtualClock()
        self.double = Simulator(scenarios or "happy", duration=60.0)
        self._handle = handler(self.double, self.clock.now)
        self.sent: list[Request] = []
        credential = codex.contract.credential
        assert credential
        moved = replace(LOGIN, origins=(ORIGIN,), renewal=self._renewal)
        self.contract: Contract[..., Any] = replace(codex.contract, credential=replace(credential, file=moved))
        self.told: dict[str, Any] = {"base_url": f"{ORIGIN}/backend-api", "journal": None, "clock": self.clock}

    def _renewal(self, refresh: str) -> Request:
        return replace(LOGIN.renewal(refresh), url=f"{ORIGIN}/oauth/token")

    def handle(self, request: Request) -> Came:
        self.sent.append(request)
        return self._handle(request)

    async def usage(self, colour: str) -> Any:
        if colour == "sync":
            return Client(self.contract, transport=MemoryTransport(self.handle), **self.told).get_usage()
        return await AsyncClient(self.contract, transport=AsyncMemoryTransport(self.handle), **self.told).get_usage()

    @property
    def renewals(self) -> int:
        return self.double.counts()["routes"].get("POST /oauth/token", 0)

    @property
    def asked(self) -> list[str]:
        return [request.url.removeprefix(ORIGIN) for request in self.sent]


@pytest.fixture
def world(home: Path, planted: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., World]:
    """A function that makes a `World`."""
    monkeypatch.setenv("CODEX_HOME", str(home))
    return partial(World, home)


@pytest.mark.parametrize("colour", ["sync", "async"])
async def test_client_renews_once_and_goes_on(
    planted: Callable[..., Kept], home: Path, world: Callable[..., World], colour: str
) -> None:
    planted(document(-1.0))
    here = world()
    assert (await here.usage(colour)).plan == "plus"
    assert (await here.usage(colour)).plan == "plus"
    assert here.asked == ["/oauth/token", "/backend-api/wham/usage", "/backend-api/wham/usage"]
    assert header(here.sent[1].headers, "chatgpt-account-id") == "acct-123"
    assert header(here.sent[1].headers, "authorization") == f"Bearer {tokens(home)['access_token']}"
    assert header(here.sent[0].headers, "authorization") is None
    assert tokens(home)["refresh_token"] != RT
    here.clock.sleep_until(NOW + 3600)  # rotation: the next one works with the token of the first
    await here.usage(colour)
    assert (here.renewals, here.double.counts()["unauthorised"]) == (2, 0)


@pytest.mark.parametrize("colour", ["sync", "async"])
async def test_client_that_is_refused_takes_the_other_token_of_the_file(
    planted: Callable[..., Kept], home: Path, world: Callable[..., World], colour: str
) -> None:
    planted(document(access_token="bad-key"))
    here = world()
    before = here.handle

    def replaced_meanwhile(request: Request) -> Came:
        answer = before(request)
        planted(document(access_token="PLANTED-theirs"))
        return answer

    here.handle = replaced_meanwhile  # type: ignore[method-assign]
    await here.usage(colour)
    assert (here.renewals, len(here.sent), here.double.counts()["unauthorised"]) == (0, 2, 1)


@pytest.mark.parametrize("colour", ["sync", "async"])
async def test_client_that_is_refused_with_the_token_of_the_file_renews_it_once(
    planted: Callable[..., Kept], world: Callable[..., World], colour: str
) -> None:
    planted(document(access_token="bad-key"))
    here = world()
    await here.usage(colour)
    assert here.asked == ["/backend-api/wham/usage", "/oauth/token", "/backend-api/wham/usage"]


@pytest.mark.parametrize("colour", ["sync", "async"])
async def test_client_whose_login_is_over_sends_nothing_and_says_so(
    planted: Callable[..., Kept], world: Callable[..., World], colour: str
) -> None:
    planted(document(-1.0, refresh_token="PLANTED-not-known-there"))
    here = world()
    with pytest.raises(AuthenticationFailed, match=r"refresh_token_invalidated.*codex login") as caught:
        await here.usage(colour)
    assert here.asked == ["/oauth/token"]
    assert "PLANTED" not in f"{caught.value!r} {vars(caught.value)}"


@pytest.mark.parametrize("colour", ["sync", "async"])
async def test_client_that_must_not_renew_is_refused(
    planted: Callable[..., Kept], world: Callable[..., World], colour: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ACCEPTED_CODEX_REFRESH", "never")
    planted(document(-1.0))
    here = world()
    with pytest.raises(AuthenticationFailed, match="codex login"):
        await here.usage(colour)
    assert here.asked == ["/backend-api/wham/usage"]


@pytest.mark.parametrize("colour", ["sync", "async"])
@pytest.mark.parametrize("found", [None, {"OPENAI_API_KEY": "sk-PLANTED", "tokens": None}])
async def test_client_without_a_login_says_how_to_get_one_and_that_a_keyring_is_not_read(
    planted: Callable[..., Kept], world: Callable[..., World], colour: str, found: dict[str, Any] | None
) -> None:
    if found is not None:
        planted(found)
    here = world()
    with pytest.raises(AuthenticationFailed, match=r"codex login.*keyring.*ACCEPTED_CODEX_TOKEN") as caught:
        await here.usage(colour)
    assert (here.sent, "PLANTED" in str(caught.value)) == ([], False)


def test_create_is_made_once_although_the_token_was_refused(
    planted: Callable[..., Kept], world: Callable[..., World]
) -> None:
    planted(document(access_token="bad-key"))
    here = world()
    client = Client(here.contract, transport=MemoryTransport(here.handle), **here.told)
    client.create_task(prompt="x", environment="env_68f1c2a4")
    assert (here.double.counts()["committed"], here.renewals) == (1, 1)


@pytest.mark.parametrize("colour", ["sync", "async"])
async def test_account_that_is_always_refused_spends_no_renewal_token(
    planted: Callable[..., Kept], home: Path, world: Callable[..., World], colour: str
) -> None:
    planted(document())
    here = world()
    here.handle = lambda request: here.sent.append(request) or REFUSED  # type: ignore[method-assign,func-returns-value]
    for _ in range(2):
        with pytest.raises(AuthenticationFailed, match="codex login"):
            await here.usage(colour)
    assert (here.asked, tokens(home)["refresh_token"]) == (["/backend-api/wham/usage"] * 2, RT)


@pytest.mark.parametrize("moment", ["asked", "written"])
def test_interrupted_in_the_middle_of_a_renewal_keeps_the_new_token(
    planted: Callable[..., Kept],
    home: Path,
    world: Callable[..., World],
    moment: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The answer comes but once: Ctrl-C must not log anybody out, nor a second one of whom it took too long."""
    planted(document(-1.0))
    here = world()

    def interrupt() -> None:
        for _ in range(2):
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.05)

    if moment == "asked":
        before = here.handle
        here.handle = lambda request: (before(request), interrupt())[0]  # type: ignore[method-assign,func-returns-value]
    else:
        replaces = Path.replace
        monkeypatch.setattr(Path, "replace", lambda *args: (interrupt(), replaces(*args))[1])  # type: ignore[func-returns-value]
    with pytest.raises(KeyboardInterrupt):
        Client(here.contract, transport=MemoryTransport(here.handle), **here.told).get_usage()
    assert here.asked == ["/oauth/token"]
    assert tokens(home)["refresh_token"] not in {RT, ""}
    assert left_over(home) == []
    with holding(home):
        pass


@pytest.mark.parametrize("cancelled_by", ["anyio", "asyncio"])
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_cancelled_in_the_middle_of_a_renewal_keeps_the_new_token(
    planted: Callable[..., Kept], home: Path, world: Callable[..., World], cancelled_by: str, anyio_backend: str
) -> None:
    """The answer comes but once: a time-out around a call must not log anybody out."""
    import asyncio

    planted(document(-1.0))
    here, asked, let_go = world(), anyio.Event(), anyio.Event()

    class Slow(AsyncMemoryTransport):
        async def send(self, request: Request, timeout: float) -> Came:
            answer = await super().send(request, timeout)
            asked.set()
            await let_go.wait()
            return answer

    client = AsyncClient(here.contract, transport=Slow(here.handle), **here.told)
    ended: list[str] = []

    async def call(scope: anyio.CancelScope) -> None:
        with scope:
            try:
                await client.get_usage()
            except asyncio.CancelledError:
                ended.append("cancelled")
                raise

    scope = anyio.CancelScope()
    task = asyncio.get_running_loop().create_task(call(scope))
    await asked.wait()
    scope.cancel() if cancelled_by == "anyio" else task.cancel()
    for _ in range(10):
        await anyio.lowlevel.checkpoint()
    let_go.set()
    await asyncio.wait([task])
    assert (ended, here.asked) == (["cancelled"], ["/oauth/token"])
    assert tokens(home)["refresh_token"] not in {RT, ""}
    assert left_over(home) == []
    await here.usage("async")
    assert (here.renewals, here.double.counts()["unauthorised"]) == (1, 0)
    assert task.done()


# ---- other origins


FOREIGN = [
    "http://chatgpt.com",  # in the clear
    "https://evil.test",
    "https://evil.test/chatgpt.com/backend-api",
    "https://chatgpt.com.evil.test",
    "https://evil-chatgpt.com",
    "https://sub.chatgpt.com",
    "https://chatgpt.com.",  # another name to whoever compares names
    "https://chatgpt.com:8443",
    "https://chatgpt.com\t.evil.test",
    "https://chatgpt\u3002com",  # an ideographic full stop
    "https://auth.openai.com",  # where it is renewed, it is not shown either
    "https://chatgpt.com\\.evil.test",
    "https://chatgpt.com\n.evil.test",
    "http://127.0.0.1:8080",
]


def at(base_url: str, handle: Callable[[Request], Came], **settings: Any) -> Client[..., Any]:
    told: dict[str, Any] = {"journal": None, "clock": VirtualClock(), "base_url": base_url, **settings}
    return Client(codex.contract, transport=MemoryTransport(handle), **told)


def answered(sent: list[Request]) -> Callable[[Request], Came]:
    """A service that takes whatever comes."""

    def handle(request: Request) -> Came:
        sent.append(request)
        return RENEWED if request.url.endswith("/oauth/token") else Response(status=200, body=b'{"plan_type": "plus"}')

    return handle


@pytest.fixture
def vendor_login(planted: Callable[..., Kept], home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """A login file of the usual form that has to be renewed."""
    monkeypatch.setenv("CODEX_HOME", str(home))
    found = document(-1.0)
    planted(found)
    yield found
    assert not [one for one in home.iterdir() if one.name.endswith(".accepted-new")]


@pytest.mark.parametrize("base_url", FOREIGN)
@pytest.mark.parametrize("variable", [False, True])
def test_foreign_base_url_sees_no_token_of_the_file(
    base_url: str, variable: bool, vendor_login: dict[str, Any], monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    sent: list[Request] = []
    monkeypatch.setenv("ACCEPTED_CODEX_BASE_URL", base_url)
    client = at("" if variable else base_url, answered(sent))
    for ask in (client.get_usage, lambda: list(client.list_tasks()), lambda: client.get_status("task_e_1")):
        with pytest.raises(AuthenticationFailed, match="ACCEPTED_CODEX_TOKEN") as caught:
            ask()
        assert "PLANTED" not in str(caught.value)
    assert sent == []
    assert tokens(home) == vendor_login["tokens"]  # nor was it renewed


@pytest.mark.parametrize("colour", ["sync", "async"])
@pytest.mark.parametrize("logged_in", [False, True])
async def test_error_at_a_foreign_base_url_asks_for_a_token_and_speaks_of_no_file_that_is_not_there(
    home: Path, planted: Callable[..., Kept], colour: str, logged_in: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CODEX_HOME", str(home))
    if logged_in:
        planted(document())
    told: dict[str, Any] = {"journal": None, "clock": VirtualClock(), "base_url": "https://mine.test"}
    blocking = Client(codex.contract, transport=MemoryTransport(answered([])), **told)
    awaited = AsyncClient(codex.contract, transport=AsyncMemoryTransport(answered([])), **told)
    with pytest.raises(AuthenticationFailed) as caught:
        blocking.get_usage() if colour == "sync" else await awaited.get_usage()
    said = str(caught.value)
    assert "for https://mine.test. Give a token for that place in ACCEPTED_CODEX_TOKEN" in said
    assert (str(home) in said, "no credential" in said) == (logged_in, not logged_in)
    assert "codex login" not in said


@pytest.mark.parametrize(
    "base_url", ["https://chatgpt.com@evil.test", "https://evil.test\\@chatgpt.com", "https://chatgpt.com:x@evil.test"]
)
def test_base_url_with_a_user_name_is_refused_before_that(base_url: str, vendor_login: dict[str, Any]) -> None:
    with pytest.raises(BadRequest, match="user name"):
        at(base_url, answered([]))


@pytest.mark.parametrize(
    "base_url", ["https://chatgpt.com", "https://chat.openai.com/backend-api", "HTTPS://ChatGPT.com:443"]
)
def test_hosts_of_the_vendor_see_the_token_and_only_the_renewal_the_refresh_token(
    base_url: str, vendor_login: dict[str, Any]
) -> None:
    sent: list[Request] = []
    at(base_url, answered(sent)).get_usage()
    assert sent[0].url == "https://auth.openai.com/oauth/token"
    assert header(sent[1].headers, "authorization") == f"Bearer {FRESH}"
    assert header(sent[1].headers, "chatgpt-account-id") == "acct-123"
    assert "rt_PLANTED" not in repr(sent[1])


@pytest.mark.parametrize("code", [301, 302, 307, 308])
@pytest.mark.parametrize(
    "to",
    [
        "https://evil.test/x",
        "https://chatgpt.com.evil.test/",
        "https://chatgpt.com:444/",
        "http://chatgpt.com/",
        "//evil.test",
    ],
)
def test_redirect_to_another_origin_takes_no_token_along(code: int, to: str, vendor_login: dict[str, Any]) -> None:
    sent: list[Request] = []

    def handle(request: Request) -> Came:
        if request.url.endswith("/oauth/token"):
            return RENEWED
        sent.append(request)
        if len(sent) == 1:
            return Response(status=code, headers=(("location", to),))
        return Response(status=200, body=b'{"plan_type": "plus"}')

    client = at("https://chatgpt.com", handle)
    if to.startswith("http:"):  # in the clear nothing is followed at all
        with pytest.raises(AcceptedError) as caught:
            client.get_usage()
        assert FRESH not in f"{caught.value} {vars(caught.value)}"
    else:
        client.get_usage()
    assert header(sent[0].headers, "authorization") == f"Bearer {FRESH}"
    for request in sent[1:]:
        assert header(request.headers, "authorization") is None
        assert header(request.headers, "chatgpt-account-id") is None
        assert "PLANTED" not in repr(request)
        assert FRESH not in repr(request)
    assert len(sent) == (1 if to.startswith("http:") else 2)


@pytest.mark.parametrize("base_url", [*FOREIGN, "https://chatgpt.com"])
@pytest.mark.parametrize("given", [False, True])
def test_token_that_was_given_goes_to_the_given_place(
    base_url: str, given: bool, vendor_login: dict[str, Any], monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    sent: list[Request] = []
    monkeypatch.setenv("ACCEPTED_CODEX_ACCOUNT_ID", "acct-mine")
    if not given:
        monkeypatch.setenv("ACCEPTED_CODEX_TOKEN", "my-own-token")
    at(base_url, answered(sent), **({"auth": "my-own-token"} if given else {})).get_usage()
    (asked,) = sent  # no renewal: the file is not read
    assert header(asked.headers, "authorization") == "Bearer my-own-token"
    assert header(asked.headers, "chatgpt-account-id") == "acct-mine"
    assert asked.url.startswith(base_url)
    assert not (home / "auth.json.accepted-lock").exists()


def test_account_of_the_file_outlives_its_tokens_and_is_not_shown(planted: Callable[..., Kept]) -> None:
    first, second = planted(document()).account(), planted(document(-5.0)).account()
    assert first == second
    assert "acct" not in first
    assert Login(token="PLANTED", refresh=RT, account="PLANTED").__repr__().count("PLANTED") == 0


def test_account_that_was_given_is_the_one_of_the_file_whatever_its_token(
    planted: Callable[..., Kept], home: Path
) -> None:
    """A key gives the same task on Tuesday, although the access token is another one."""
    mine = {"ACCEPTED_CODEX_ACCOUNT_ID": "acct-123\n", "CODEX_HOME": str(home)}
    word = planted(document()).account()
    for auth, more in (
        (None, {}),
        ("PLANTED-monday", {}),
        ("PLANTED-tuesday", {}),
        (lambda: "PLANTED", {}),
        (None, {"ACCEPTED_CODEX_TOKEN": "PLANTED-monday"}),
        (None, {"ACCEPTED_CODEX_TOKEN": "PLANTED-tuesday"}),
    ):
        assert source(codex.contract, auth, mine | more).account() == word
    other = {**mine, "ACCEPTED_CODEX_ACCOUNT_ID": "acct-456"}
    assert source(codex.contract, "PLANTED-monday", other).account() not in {word, ""}


def test_key_gives_the_same_task_although_the_token_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACCEPTED_CODEX_ACCOUNT_ID", "acct-123")
    double, clock = Simulator(), VirtualClock()
    found: set[str | None] = set()
    for token in ("PLANTED-monday", "PLANTED-tuesday"):
        transport = MemoryTransport(handler(double, clock.now))
        told: dict[str, Any] = {"auth": token, "journal": tmp_path / "journal.db", "clock": clock}
        with Client(codex.contract, transport=transport, base_url=f"{ORIGIN}/backend-api", **told) as client:
            found.add(client.with_options(key="k").create_task(prompt="x", environment="env_68f1c2a4").id)
    assert (len(found), double.counts()["committed"]) == (1, 1)


@pytest.mark.parametrize("given", [False, True])
def test_echo_of_the_account_is_masked(
    planted: Callable[..., Kept], home: Path, given: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CODEX_HOME", str(home))
    monkeypatch.setenv("ACCEPTED_CODEX_ACCOUNT_ID", "acct-123")
    planted(document())
    said = b'{"error": {"code": "x", "message": "acct-123 may not", "account": "acct-123"}}'
    echo = Response(status=403, headers=(("x-request-id", "acct-123"),), body=said)
    with pytest.raises(AcceptedError) as caught:
        at("https://chatgpt.com", lambda _: echo, **({"auth": "my-own-token"} if given else {})).get_usage()
    assert "acct-123" not in f"{caught.value} {vars(caught.value)}"
    assert "***" in str(caught.value)
