"""The life of a simulated Codex cloud task: what it is at any moment, as a function of its inputs and its age.

A task is a frozen value, a series of turns; each turn has one to four attempts, which live and end together.
A turn's life is a short table of moments and words; statuses, items and events are read off it.
So nothing has to "run": asking twice at the same moment gives the same bytes.

Shapes: what the CLI reads (github.com/openai/codex, codex-rs/backend-client/src/types.rs) and third-party notes; the
parts of a file snapshot, worklog, log line and stream event from a third-party catalogue of traffic captured in
autumn 2025. Nothing was compared with the live service. Texts, and the timing between create and the end, are ours;
whatever else is guessed says "unverified" where it stands.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from accepted.simulate._texts import brief, new_file_diff

Document = dict[str, Any]

FINAL = frozenset({"completed", "failed", "cancelled"})

CANCEL_DELAY = 1.0
"""Seconds from the answer of a cancel to the word `cancelled` (third-party live probe, 2026-09-15)."""

_HUGE_DIFF = 4 * 1024 * 1024
"""Bytes, about."""

_HUGE_WORKLOG = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """Where tasks run: an opaque id, and the label that people know it by."""

    id: str
    label: str
    repository: str
    pinned: bool = False

    @property
    def repo_id(self) -> str:
        """Key of `repo_map` (its form is unverified)."""
        return f"github-{int(_hex(self.repository, 4), 16)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One request of the user and the attempts at it; the first attempt is the one that is current."""

    task_id: str
    number: int
    started: float
    input_items: tuple[Document, ...]
    attempts: int = 1
    asks: bool = False
    """a question about the code: the answer has no diff (unverified)"""
    cancelled: float | None = None

    @property
    def ids(self) -> tuple[str, ...]:
        """The id of each attempt, by placement."""
        stem = f"{self.task_id}/{self.number}"
        return tuple(f"{self.task_id}~assttrn_e_{_hex(f'{stem}/{each}')}" for each in range(self.attempts))

    @property
    def user_id(self) -> str:
        """Id of the user's half (its form is unverified)."""
        return f"{self.task_id}~usrtrn_e_{_hex(f'{self.task_id}/{self.number}/user')}"

    @property
    def prompt(self) -> str:
        """What the user wrote."""
        return prompt(self.input_items)


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What was asked for, and every turn since."""

    id: str
    number: int
    title: str
    environment: Environment
    branch: str
    created: float
    turns: tuple[Turn, ...]
    archived: bool = False
    turns_read: int = 0
    pull_requests: tuple[str, ...] = ()
    """turn ids of which one was made"""

    @property
    def turn(self) -> Turn:
        """The current one."""
        return self.turns[-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """How lives go: the scenarios, the seed, and the seconds from create to the end."""

    scenarios: frozenset[str]
    seed: int
    duration: float


# --- statuses --------------------------------------------------------------------------------------------


def status(turn: Turn, script: Script, now: float) -> str:
    """The turn's own `turn_status`."""
    return _at(_moments(turn, script, _end(script)), now)[1]


def shown_status(turn: Turn, script: Script, now: float) -> str:
    """The one in `task_status_display`, which can contradict it (openai/codex issue 46174)."""
    end = "failed" if "conflicting" in script.scenarios else _end(script)
    return _at(_moments(turn, script, end), now)[1]


def updated(turn: Turn, script: Script, now: float) -> float:
    """When the turn last changed, seconds since the epoch."""
    return _at(_moments(turn, script, _end(script)), now)[0]


_ENDS = (("stuck", None), ("conflicting", None), ("failed", "failed"), ("cancelled", "cancelled"))
"""Scenario, and the last word of every turn; None never ends. The first that is played decides."""


def _end(script: Script) -> str | None:
    return next((word for name, word in _ENDS if name in script.scenarios), "completed")


def _moments(turn: Turn, script: Script, end: str | None) -> list[tuple[float, str]]:
    """When which word begins, in order. Live: pending about 5 s, in_progress 37-54 s, completed."""
    stages = [(0.0, "pending"), (0.1, "in_progress")]
    if "unknown-word" in script.scenarios:
        stages += [(0.4, "verifying"), (0.7, "in_progress")]
    if end is not None:
        stages.append((1.0, end))
    moments = [(turn.started + share * script.duration, word) for share, word in stages]
    if turn.cancelled is None:
        return moments
    return [
        *(moment for moment in moments if moment[0] <= turn.cancelled),
        (turn.cancelled + CANCEL_DELAY, "cancelled"),
    ]


def _at(moments: list[tuple[float, str]], now: float) -> tuple[float, str]:
    return next((moment for moment in reversed(moments) if moment[0] <= now), moments[0])


# --- turns -----------------------------------------------------------------------------------------------


def assistant_turn(task: Task, turn: Turn, placement: int, script: Script, now: float) -> Document:
    """One attempt. Until it is completed, items and worklog are empty: there is no progress to be seen."""
    word = status(turn, script, now)
    answer: Document = {
        "id": turn.ids[placement],
        "attempt_placement": placement,
        "created_at": turn.started + placement / 1000,
        "previous_turn_id": turn.user_id,
        "turn_status": word,
        "sibling_turn_ids": [each for each in turn.ids if each != turn.ids[placement]],
        "output_items": [],
        "worklog": {"messages": []},
        "error": None,
    }
    match word:
        case "failed":
            answer["error"] = dict(_ERROR)
        case "completed" if not _is_barren(turn, placement):
            answer["output_items"] = list(_output_items(task, turn, placement, script))
            answer["worklog"] = {"messages": list(_worklog(turn, script))}
        case "completed":
            answer |= {"turn_status": "failed", "error": dict(_ERROR)}
        case _:
            pass
    if "unknown-word" in script.scenarios:
        answer |= {"telemetry": {"tokens": 1234, "models": ["m1", None]}, "reasoning_effort": "HIGH"}
    return answer


_ERROR = {"code": "tests_failed", "message": "The tests still fail after 3 attempts."}
"""Its two members are known from the CLI's source; codes and texts of the service are not."""


def user_turn(turn: Turn) -> Document:
    """The user's half, with the items as they were sent."""
    return {"id": turn.user_id, "created_at": turn.started, "input_items": list(turn.input_items)}


def diff_turn(task: Task, turn: Turn, script: Script, now: float) -> Document | None:
    """What stands in `current_diff_task_turn`: the assistant turn once more, or the bare diff; None without one."""
    if not has_diff(turn, 0, script, now):
        return None
    if _has_pr(task, script):
        return assistant_turn(task, turn, 0, script, now)
    return {"output_items": [{"type": "output_diff", "diff": _diff(task, turn, 0, script)}]}


def sibling(task: Task, turn: Turn, placement: int, script: Script, now: float) -> Document:
    """The attempt as its siblings' reply shows it: its own diff is in it, for there is no diff turn here."""
    whole = assistant_turn(task, turn, placement, script, now)
    names = ("id", "attempt_placement", "created_at", "turn_status", "output_items")
    answer = {name: whole[name] for name in names}
    if has_diff(turn, placement, script, now) and not _has_pr(task, script):
        answer["output_items"].append({"type": "output_diff", "diff": _diff(task, turn, placement, script)})
    return answer


def has_diff(turn: Turn, placement: int, script: Script, now: float) -> bool:
    """Whether this attempt has one by now."""
    return status(turn, script, now) == "completed" and not turn.asks and not _is_barren(turn, placement)


def diff_stats(task: Task, turn: Turn, script: Script) -> Document:
    """Those of the current attempt."""
    added = len(list(_notes(task, turn, 0, script)))
    return {"files_modified": 1, "lines_added": added, "lines_removed": 0}


def _is_barren(turn: Turn, placement: int) -> bool:
    """Of three attempts or more the second brings nothing, so that numbering by placement goes wrong."""
    return turn.attempts >= 3 and placement == 1


def _has_pr(task: Task, script: Script) -> bool:
    """Half of the tasks have a `pr` item, in both turns; the others an `output_diff` in the diff turn alone."""
    return (task.number + script.seed) // 2 % 2 == 0


# --- items -----------------------------------------------------------------------------------------------


def _output_items(task: Task, turn: Turn, placement: int, script: Script) -> Iterator[Document]:
    yield _message(turn, placement, script)
    yield _snapshot(turn)
    if _has_pr(task, script) and not turn.asks:
        yield _pr(task, turn, placement, script)
    if "unknown-word" in script.scenarios:
        yield {"type": "hologram", "frames": [1, None]}
        yield {"type": "message", "role": "assistant", "content": ["A bare string.", {"content_type": "sketch"}]}


def _message(turn: Turn, placement: int, script: Script) -> Document:
    text = f"Done, attempt {placement + 1}: {brief(turn.prompt)}"
    if "huge" in script.scenarios:
        text += "\n" + "All of it, at length. " * 5000
    lines = {"line_range_start": 1, "line_range_end": 2}
    content = [
        {"content_type": "text", "text": text},
        {"content_type": "repo_file_citation", "path": "README.md", **lines},
        {"content_type": "terminal_chunk_citation", "terminal_chunk_id": _hex(turn.ids[placement], 3), **lines},
    ]
    return {"type": "message", "role": "assistant", "content": content}


def _snapshot(turn: Turn) -> Document:
    lines = {"line_range_start": 1, "line_range_end": 2, "contains_end_of_file": False}
    chunk = lines | {"content": ["# Widget", brief(turn.prompt)]}
    file = {"path": "README.md", "contents": None, "missing_reason": None, "line_range_contents": [chunk]}
    return {"type": "partial_repo_snapshot", "files": [file]}


def _pr(task: Task, turn: Turn, placement: int, script: Script) -> Document:
    """No proof that a pull request exists. The words of `output_diff.type` are unverified."""
    title = brief(turn.prompt, 60)
    output_diff = {
        "type": "git",
        "repo_id": task.environment.repo_id,
        "base_commit_sha": hashlib.sha1(task.environment.repository.encode(), usedforsecurity=False).hexdigest(),
        "diff": _diff(task, turn, placement, script),
        **diff_stats(task, turn, script),
        "commit_message": title,
        "external_storage_diff": None,
    }
    return {"type": "pr", "pr_title": title, "pr_message": turn.prompt, "output_diff": output_diff}


def _worklog(turn: Turn, script: Script) -> Iterator[Document]:
    texts = [text for _, kind, text in _HAPPENINGS if kind == "thread_event"]
    if "huge" in script.scenarios:
        texts += [f"Step {number}: " + "a long report. " * 100 for number in range(_HUGE_WORKLOG)]
    for text in texts:
        part = {"content_type": "text", "text": f"{text}: {brief(turn.prompt)}"}
        yield {"author": {"role": "assistant"}, "channel": "commentary", "content": {"parts": [part]}}


def _diff(task: Task, turn: Turn, placement: int, script: Script) -> str:
    return new_file_diff(f"NOTES-{_hex(turn.ids[0], 4)}.md", list(_notes(task, turn, placement, script)))


def _notes(task: Task, turn: Turn, placement: int, script: Script) -> Iterator[str]:
    yield f"# {brief(task.title)}"
    yield f"Attempt {placement + 1}"
    yield from (line.rstrip("\r") for line in turn.prompt.split("\n"))
    if "huge" in script.scenarios:
        line = "A line of a very large change."
        yield from (f"{number:7d} {line}" for number in range(_HUGE_DIFF // (len(line) + 9)))


# --- logs and the stream ---------------------------------------------------------------------------------

_HAPPENINGS = (
    (0.12, "log", "Cloning the repository"),
    (0.2, "log", "Running the setup script"),
    (0.3, "thread_event", "Read the code"),
    (0.55, "thread_event", "Changed one file"),
    (0.6, "log", "$ pytest -q"),
    (0.8, "thread_event", "Ran the tests"),
)
"""Fraction of the duration, item type, text. Item types are known, kinds and payloads of events unverified."""

_STUCK_AT = 0.25


def logs(turn: Turn, script: Script, now: float) -> list[Document]:
    """The log lines so far."""
    return [
        {"timestamp": at, "level": "info", "message": text, "source": "environment"}
        for at, kind, text in _happened(turn, script, now)
        if kind == "log"
    ]


def events(turn: Turn, script: Script, now: float) -> Iterator[Document]:
    """The stream's events so far, oldest first: the same from the start each time, for there is no cursor."""
    stem = _hex(turn.ids[0], 4)
    for number, (at, kind, text) in enumerate(_happened(turn, script, now)):
        yield {"id": f"{stem}-{number}", "item_type": kind, "timestamp": at, "payload": _PAYLOADS[kind](text)}
    word = status(turn, script, now)
    if word in FINAL:
        payload = {"type": f"turn.{word}"}
        at = updated(turn, script, now)
        yield {"id": f"{stem}-end", "item_type": "thread_event", "timestamp": at, "payload": payload}


def _happened(turn: Turn, script: Script, now: float) -> Iterator[tuple[float, str, str]]:
    until = now if turn.cancelled is None else min(now, turn.cancelled)
    for share, kind, text in _HAPPENINGS:
        at = turn.started + share * script.duration
        if at <= until and not ("stuck" in script.scenarios and share > _STUCK_AT):
            yield at, kind, text


def _log_payload(text: str) -> Document:
    return {"level": "info", "message": text}


def _event_payload(text: str) -> Document:
    return {"type": "item.completed", "item": {"type": "agent_message", "text": text}}


_PAYLOADS: Mapping[str, Callable[[str], Document]] = {"log": _log_payload, "thread_event": _event_payload}


# --- texts -----------------------------------------------------------------------------------------------


def prompt(input_items: tuple[Document, ...]) -> str:
    """The text of all messages among them; other items (`pre_apply_patch`) have none."""
    contents: list[object] = [item.get("content") for item in input_items if item.get("type") == "message"]
    parts = [part for content in contents if isinstance(content, list) for part in cast("list[object]", content)]
    texts = [cast("Document", part).get("text") for part in parts if isinstance(part, dict)]
    return "\n".join(text for text in texts if isinstance(text, str))


def default_title(text: str) -> str:
    """The title is the service's own (unverified): here the prompt's first line."""
    return brief(text, 60) or "Untitled"


def _hex(text: str, size: int = 16) -> str:
    return hashlib.blake2s(text.encode("utf-8", "replace"), digest_size=size).hexdigest()
