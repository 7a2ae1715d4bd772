"""What `accepted doctor` says of a login file and a base URL that do not belong together."""

import json
from pathlib import Path
from typing import Any

import pytest

from accepted.cli import main

PLACE = "http://127.0.0.1:9"
"""Nobody answers there: what is said of the credential does not hang on it."""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CODEX_HOME", str(tmp_path))
    monkeypatch.setenv("ACCEPTED_CODEX_BASE_URL", PLACE)
    return tmp_path


def said(capsys: pytest.CaptureFixture[str], *more: str) -> dict[str, Any]:
    """The line on the credential."""
    main(["doctor", "codex", "--json", *more])
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    (line,) = (one for one in lines if one["check"] == "credential")
    return line


def test_login_that_is_for_another_place_is_told_as_that(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "auth.json").write_text(json.dumps({"tokens": {"access_token": "PLANTED"}}))
    line = said(capsys)
    assert not line["ok"]
    assert f"the login in {home / 'auth.json'} is for https://chatgpt.com" in line["seen"]
    assert f"not for {PLACE}. Give a token for that place in ACCEPTED_CODEX_TOKEN" in line["seen"]


def test_without_any_a_token_is_asked_for_and_no_login(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = said(capsys)
    seen = f"there is no credential for {PLACE}. Give a token for that place in ACCEPTED_CODEX_TOKEN"
    assert (line["ok"], line["seen"]) == (False, seen)


def test_token_that_was_given_is_fine_anywhere(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MINE", "PLANTED")
    line = said(capsys, "--token-env", "MINE")
    assert (line["ok"], line["seen"]) == (True, "MINE")
    monkeypatch.setenv("ACCEPTED_CODEX_TOKEN", "PLANTED")
    line = said(capsys)
    assert (line["ok"], line["seen"]) == (True, "ACCEPTED_CODEX_TOKEN")


def test_login_at_its_own_place_is_fine(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ACCEPTED_CODEX_BASE_URL", "https://chatgpt.com:1")  # closed; and another origin, too
    assert not said(capsys)["ok"]
    monkeypatch.setenv("ACCEPTED_CODEX_BASE_URL", "https://chatgpt.com")
    assert "codex login" in said(capsys, "--proxy", "http://127.0.0.1:9")["seen"]
    (home / "auth.json").write_text(json.dumps({"tokens": {"access_token": "PLANTED"}}))
    line = said(capsys, "--proxy", "http://127.0.0.1:9")
    assert (line["ok"], line["seen"]) == (True, str(home / "auth.json"))
