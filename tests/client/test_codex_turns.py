"""Turns of a Codex task that the simulator does not play: reopened ones, siblings that still work or cannot be had."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from accepted import BadRequest, Client, RateLimited, ServiceError
from accepted.core.wire import Request, Response
from accepted.drivers.transport import MemoryTransport
from accepted.services import codex
from accepted.testing import VirtualClock

BASE = "https://codex.test/api/codex"
ENVIRONMENTS = [{"id": "env_1", "label": "acme/widget"}]


def turn(name: str, status: str, diff: str | None = None, **more: Any) -> dict[str, Any]:
    items = [{"type": "output_diff", "diff": diff}] if diff else []
    return {"id": f"t~{name}", "turn_status": status, "output_items": items, **more}


def details(current: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"task": {"id": "t", **more}, "current_assistant_turn": current}


def client(answer: Callable[[str, str], Any], asked: list[str] | None = None) -> Client[..., Any]:
    """A client of a service that answers from a function: a document, or a code with one."""

    def handle(request: Request) -> Response:
        path = request.url.removeprefix(BASE)
        if asked is not None:
            asked.append(f"{request.method} {path}")
        found = ENVIRONMENTS if path == "/environments" else answer(request.method, path)
        code, document = found if isinstance(found, tuple) else (200, found)
        return Response(status=code, body=json.dumps(document).encode())

    transport = MemoryTransport(handle)
    return Client(
        codex.contract, base_url=BASE, auth="a-token", journal=None, transport=transport, clock=VirtualClock()
    )


@pytest.mark.parametrize("updated", [{}, {"updated_at": 1_900_000_000.0}], ids=["no moment", "a later moment"])
def test_the_end_of_the_turn_that_was_followed_up_is_not_the_end_of_the_next(updated: dict[str, Any]) -> None:
    polls = iter([*["old"] * 20, "new"])
    done = {"old": turn("old", "completed", "diff old"), "new": turn("new", "completed", "diff new")}
    followed: list[bool] = []

    def answer(method: str, path: str) -> Any:
        if method == "POST":
            followed.append(True)
            return {"task": {"id": "t"}}
        if path.endswith("sibling_turns"):
            return {"sibling_turns": []}
        return details(done[next(polls)] if followed else done["old"], **(updated if followed else {}))

    one = client(answer).with_options(experimental=True)
    task = one.poll_task("t")
    assert task.result.diff == "diff old"
    task = one.act(task, "follow_up", prompt="And the other one")
    assert (task.status, task.attempt) == ("queued", 2)
    assert one.poll_task(task).result.diff == "diff new"


@pytest.mark.parametrize("answered", [(404, {"detail": "no"}), (500, {"detail": "no"}), (200, {"sibling_turns": None})])
def test_a_result_is_not_lost_with_its_siblings(answered: Any) -> None:
    def answer(_: str, path: str) -> Any:
        return answered if path.endswith("sibling_turns") else details(turn("a", "completed", "diff a"))

    task = client(answer).poll_task("t")
    assert (task.ok, task.result.diff, len(task.result.attempts)) == (True, "diff a", 1)


def test_attempts_that_still_work_are_counted_and_asked_for_again() -> None:
    sibling = {"turn_status": "in_progress"}

    def answer(_: str, path: str) -> Any:
        if path.endswith("sibling_turns"):
            working = sibling["turn_status"] == "in_progress"
            return {"sibling_turns": [turn("b", sibling["turn_status"], None if working else "diff b")]}
        return details(turn("a", "completed", "diff a", sibling_turn_ids=["t~b"]))

    one = client(answer)
    task = one.poll_task("t")
    assert (len(task.result.attempts), task.result.unfinished) == (1, 1)
    sibling["turn_status"] = "completed"
    task = one.get_task(task)
    assert (len(task.result.attempts), task.result.unfinished) == (2, 0)


# ---- a quota


USED_UP = {"error": {"type": "usage_limit_reached", "message": "used up", "resets_in_seconds": 86400}}


def test_a_poll_that_meets_a_quota_is_merely_asked_again() -> None:
    answers = iter([(429, USED_UP), (429, USED_UP), (200, details(turn("a", "completed", sibling_turn_ids=[])))])
    assert client(lambda *_: next(answers)).poll_task("t", timeout=3600).ok


def test_a_follow_up_is_held_by_a_quota_as_a_create_is() -> None:
    asked: list[str] = []
    look = details(turn("a", "completed", sibling_turn_ids=[]))
    one = client(lambda method, _: (429, USED_UP) if method == "POST" else look, asked)
    allowed = one.with_options(experimental=True)
    for _ in range(3):
        with pytest.raises(RateLimited):
            allowed.act("t", "follow_up", prompt="And the other one")
    assert asked.count("POST /tasks") == 1


# ---- what cannot be


@pytest.mark.parametrize("moment", [1e15, -1e15])
def test_a_usage_of_another_shape_is_told(moment: float) -> None:
    window = {"used_percent": 1, "limit_window_seconds": 60, "reset_after_seconds": 1, "reset_at": moment}
    limit = {"allowed": True, "limit_reached": False, "primary_window": window}
    with pytest.raises(Exception, match="another shape in its usage"):
        client(lambda *_: {"plan_type": "pro", "rate_limit": limit}).get_usage()


@pytest.mark.parametrize(
    ("base_url", "told"),
    [
        ("http://[::1", "Invalid IPv6 URL"),
        ("chatgpt.com", "'chatgpt.com': it begins with http"),
        ("https://chatgpt.com/backend-api?x=1", "nothing may follow"),
        ("https://chatgpt.com/backend-api#x", "nothing may follow"),
    ],
)
def test_a_base_url_is_judged_as_it_was_given(base_url: str, told: str) -> None:
    with pytest.raises(BadRequest, match="base URL") as caught:
        Client(codex.contract, base_url=base_url, auth="a-token", journal=None)
    assert told in str(caught.value)


def test_a_page_instead_of_an_answer_is_no_judgement_of_the_credential() -> None:
    def handle(_: Request) -> Response:
        return Response(status=403, headers=(("content-type", "text/html"),), body=b"<p>no")

    transport = MemoryTransport(handle)
    one: Client[..., Any] = Client(
        codex.contract, base_url=BASE, auth="a-token", journal=None, transport=transport, clock=VirtualClock()
    )
    with pytest.raises(ServiceError):
        one.get_status("t")
