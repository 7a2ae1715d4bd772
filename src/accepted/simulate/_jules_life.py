"""The life of a simulated Jules session: what it is at any moment, as a function of its inputs and its age.

A session is a frozen value; approvals and messages are appended to it with their moment.
Its life is a tuple of moments in the past and the future; state, activities and outputs are read off it.
So nothing has to "run": asking twice at the same moment gives the same bytes.

Shapes: https://jules.google/docs/api/reference and npm `@google/jules-sdk` 0.2.0, checked 2026-11-22.
The order and the timing of activities, and their texts, are ours.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import reduce
from typing import Any, Literal

from accepted.simulate._google import timestamp
from accepted.simulate._texts import brief, new_file_diff

Document = dict[str, Any]
Awaited = Literal["approval", "message"]

FINAL = frozenset({"COMPLETED", "FAILED"})

_HUGE_DIFF = 4 * 1024 * 1024
"""Bytes, about."""

_HUGE_ACTIVITIES = 300
_PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
"""A whole PNG of one pixel, in base64."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """What a person did: approved the plan (`text` is None) or sent a message."""

    at: float
    text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What was asked for, and every input since."""

    id: str
    number: int
    prompt: str
    title: str
    created: float
    source_context: Document | None = None
    create_pull_request: bool = False
    approve_first: bool = False
    inputs: tuple[Input, ...] = ()
    archived: bool = False

    @property
    def source(self) -> str | None:
        """`sources/github/owner/repo`, or None for a session without a repository."""
        return self.source_context["source"] if self.source_context else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """How lives go: the scenarios, and the seconds from create to the end without waiting for a person."""

    scenarios: frozenset[str]
    duration: float


Make = Callable[[Session, Script], Document]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Something that happens at a fraction of the duration: a new state, an activity, or both."""

    at: float
    state: str | None = None
    make: Make | None = None
    awaits: Awaited | None = None
    """the later stages happen only after this input, and are shifted by the wait"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A stage with its time in seconds since the epoch; `key` is unique in its life and never changes."""

    at: float
    key: str
    stage: Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """All moments in order of time, also those to come if no input does; and the stages that wait for one."""

    moments: tuple[Moment, ...]
    waiting: tuple[Stage, ...] = ()
    awaits: Awaited | None = None
    waits_at: float = 0.0

    def until(self, now: float) -> tuple[Moment, ...]:
        """The moments that have come."""
        return tuple(moment for moment in self.moments if moment.at <= now)

    def state(self, now: float) -> str:
        """Jules' own word at `now`."""
        words = [moment.stage.state for moment in self.until(now) if moment.stage.state]
        return words[-1] if words else "QUEUED"

    def updated(self, now: float) -> float:
        """When the session last changed, seconds since the epoch."""
        return max((moment.at for moment in self.until(now)), default=self.moments[0].at)

    def has_completed(self, now: float) -> bool:
        """Once true, for ever: the outputs of a reopened session stay."""
        return any(moment.stage.state == "COMPLETED" for moment in self.until(now))


def live(session: Session, script: Script) -> Life:
    """The session's life, given everything that anybody sent to it so far."""
    first = _play(_stages(session, script), session.created, 0.0, script, "0")
    return reduce(lambda life, each: _hear(life, each[1], script, each[0]), enumerate(session.inputs, 1), first)


def activities(session: Session, life: Life, script: Script, now: float) -> Iterator[Document]:
    """The activities that exist at `now`, oldest first."""
    for moment in life.until(now):
        if moment.stage.make is not None:
            yield _activity(session, moment, moment.stage.make(session, script))


def outputs(session: Session, life: Life, script: Script, now: float) -> list[Document]:
    """The outputs, once completed; a session without a source has none (its message is an activity)."""
    if not life.has_completed(now):
        return []
    made = [_pull_request(session)] if session.create_pull_request and session.source else []
    if session.source:
        made.append({"changeSet": _change_set(session, script)})
    if "unknown-word" in script.scenarios:
        made.append({"knowledgeGraph": {"nodes": 3}})
    return made


# --- from stages to moments ------------------------------------------------------------------------------


def _play(stages: Iterable[Stage], start: float, base: float, script: Script, key: str) -> Life:
    """Stages become moments from `start` on, which is the fraction `base`, until one awaits an input."""
    moments: list[Moment] = []
    queue = tuple(stages)
    for number, stage in enumerate(queue):
        at = start + (stage.at - base) * script.duration
        moments.append(Moment(at=at, key=f"{key}.{number}", stage=stage))
        if stage.awaits:
            rest = queue[number + 1 :]
            return Life(moments=tuple(moments), waiting=rest, awaits=stage.awaits, waits_at=stage.at)
    return Life(moments=tuple(moments))


def _hear(life: Life, heard: Input, script: Script, number: int) -> Life:
    """The life after one more input.

    A message to a finished session reopens it (the official SDK's documents say that it is accepted; how the
    states go then is unverified). Any other message that nobody awaited is only replied to.
    """
    state = life.state(heard.at)
    match state, heard.text:
        case "AWAITING_PLAN_APPROVAL", None:
            return _resume(
                life, heard.at, Stage(at=0, state="IN_PROGRESS", make=_plan_approved("user")), script, number
            )
        case "AWAITING_USER_FEEDBACK", str(text):
            return _resume(life, heard.at, Stage(at=0, state="IN_PROGRESS", make=_user_message(text)), script, number)
        case (("COMPLETED" | "FAILED"), str(text)):
            return _append(life, _play(_follow_up(text, script), heard.at, 0.0, script, f"{number}"))
        case _, str(text):
            return _append(life, _play(_reply(text), heard.at, 0.0, script, f"{number}"))
        case _:
            return life


def _resume(life: Life, at: float, first: Stage, script: Script, number: int) -> Life:
    said = Moment(at=at, key=f"{number}", stage=first)
    rest = _play(life.waiting, at, life.waits_at, script, f"{number}")
    done = Life(moments=life.moments)
    return _append(
        done,
        Life(moments=(said, *rest.moments), waiting=rest.waiting, awaits=rest.awaits, waits_at=rest.waits_at),
    )


def _append(life: Life, more: Life) -> Life:
    """Both; at most one of the two is waiting for somebody."""
    waiting = more if more.awaits else life
    moments = sorted((*life.moments, *more.moments), key=lambda moment: moment.at)
    return Life(moments=tuple(moments), waiting=waiting.waiting, awaits=waiting.awaits, waits_at=waiting.waits_at)


# --- the stages of each scenario -------------------------------------------------------------------------


def _stages(session: Session, script: Script) -> list[Stage]:
    return sorted(_written(session, script), key=lambda stage: stage.at)


def _written(session: Session, script: Script) -> Iterator[Stage]:
    """The stages of a session's first run, in no order."""
    yield from _OPENING
    yield from _approval(session)
    yield Stage(at=0.35, make=_progress("Reading the code", "Looked for what the prompt speaks of."))
    if "stuck" in script.scenarios:
        return
    yield from _WORK
    if session.source:
        yield Stage(at=0.7, make=_change)
    if "needs-input" in script.scenarios and not session.approve_first:
        yield _QUESTION
    if "unknown-word" in script.scenarios:
        yield from _DRIFT
    if "huge" in script.scenarios:
        yield from _FLOOD
    yield from _FAILURE if "failed" in script.scenarios else _SUCCESS


def _approval(session: Session) -> Iterator[Stage]:
    """Without a person the plan approves itself; that this shows as an activity is unverified."""
    if session.approve_first:
        yield Stage(at=0.25, state="AWAITING_PLAN_APPROVAL", awaits="approval")
    else:
        yield Stage(at=0.25, state="IN_PROGRESS", make=_plan_approved("system"))


def _follow_up(text: str, script: Script) -> Iterator[Stage]:
    yield Stage(at=0.0, state="IN_PROGRESS", make=_user_message(text))
    yield Stage(at=0.5, make=_progress("Working on the message", text))
    yield from _FAILURE if "failed" in script.scenarios else _SUCCESS


def _reply(text: str) -> Iterator[Stage]:
    yield Stage(at=0.0, make=_user_message(text))
    yield Stage(at=0.05, make=_agent_message(f"Noted: {brief(text)}"))


# --- activities ------------------------------------------------------------------------------------------


def _activity(session: Session, moment: Moment, made: Document) -> Document:
    name = hashlib.blake2s(f"{session.id}/{moment.key}".encode(), digest_size=16).hexdigest()
    head = {
        "name": f"sessions/{session.id}/activities/{name}",
        "id": name,
        "createTime": timestamp(moment.at),
    }
    return head | made


def _plan_id(session: Session) -> str:
    return hashlib.blake2s(f"{session.id}/plan".encode(), digest_size=16).hexdigest()


def _plan(session: Session, script: Script) -> Document:
    texts = (
        ("Read the code", "Find the place."),
        ("Change it", session.title),
        ("Run the tests", "All of them."),
    )
    # proto JSON leaves out an index of 0; the SDK's own types want it, so it is sent
    steps = [
        {"id": f"step-{index}", "title": title, "description": text, "index": index}
        for index, (title, text) in enumerate(texts)
    ]
    created = timestamp(session.created + 0.2 * script.duration)
    return {
        "originator": "agent",
        "planGenerated": {"plan": {"id": _plan_id(session), "steps": steps, "createTime": created}},
    }


def _plan_approved(originator: str) -> Make:
    return lambda session, _script: {"originator": originator, "planApproved": {"planId": _plan_id(session)}}


def _user_message(text: str) -> Make:
    return lambda _session, _script: {"originator": "user", "userMessaged": {"userMessage": text}}


def _agent_message(text: str) -> Make:
    return lambda _session, _script: {"originator": "agent", "agentMessaged": {"agentMessage": text}}


def _progress(title: str, text: str, artifact: Document | None = None) -> Make:
    made: Document = {
        "originator": "agent",
        "description": title,
        "progressUpdated": {"title": title, "description": text},
    }
    if artifact:
        made["artifacts"] = [artifact]
    return lambda _session, _script: made


def _change(session: Session, script: Script) -> Document:
    made = _progress("Changed the code", "One file.", {"changeSet": _change_set(session, script)})
    return made(session, script)


def _final_message(session: Session, script: Script) -> Document:
    text = f"Done: {brief(session.prompt)}"
    if "huge" in script.scenarios:
        text += "\n" + "All of it, at length. " * 5000
    return _agent_message(text)(session, script)


def _completed(_session: Session, _script: Script) -> Document:
    return {"originator": "system", "sessionCompleted": {}}


def _failed(session: Session, _script: Script) -> Document:
    """The reason is nowhere else: the session itself says only FAILED."""
    reason = f"The tests still fail after 3 attempts at: {brief(session.prompt)}"
    return {"originator": "system", "sessionFailed": {"reason": reason}}


def _started(_session: Session, _script: Script) -> Document:
    """No union member, as in an example of the service's own documents; the official SDK throws on it."""
    return {"originator": "system", "description": "Session started"}


def _undocumented(_session: Session, _script: Script) -> Document:
    return {
        "originator": "agent",
        "sessionPondered": {"depth": 3},
        "artifacts": [{"hologram": {"data": "..."}}],
    }


_TESTS = {"bashOutput": {"command": "pytest -q", "output": "3 passed in 0.04s\n", "exitCode": 0}}
_SCREENSHOT = {"media": {"data": _PIXEL, "mimeType": "image/png"}}

_OPENING = (
    Stage(at=0.0, state="QUEUED"),
    Stage(at=0.1, state="PLANNING"),
    Stage(at=0.2, make=_plan),
)
_WORK = (
    Stage(at=0.55, make=_progress("Ran the tests", "Before the change.", _TESTS)),
    Stage(at=0.8, make=_progress("Took a screenshot", "After the change.", _SCREENSHOT)),
)
_QUESTION = Stage(
    at=0.5,
    state="AWAITING_USER_FEEDBACK",
    make=_agent_message("Which branch should this go to?"),
    awaits="message",
)
_DRIFT = (
    Stage(at=0.05, make=_started),
    Stage(at=0.45, state="REVIEWING"),
    Stage(at=0.5, make=_undocumented),
    Stage(at=0.65, state="IN_PROGRESS"),
)
_FLOOD = tuple(
    Stage(at=0.36 + 0.5 * number / _HUGE_ACTIVITIES, make=_progress(f"Step {number}", "A long report. " * 100))
    for number in range(_HUGE_ACTIVITIES)
)
_SUCCESS = (Stage(at=0.9, make=_final_message), Stage(at=1.0, state="COMPLETED", make=_completed))
_FAILURE = (Stage(at=1.0, state="FAILED", make=_failed),)


# --- what was made ---------------------------------------------------------------------------------------


def _pull_request(session: Session) -> Document:
    repository = (session.source or "").removeprefix("sources/github/")
    context: Document = (session.source_context or {}).get("githubRepoContext", {})
    return {
        "pullRequest": {
            "url": f"https://github.com/{repository}/pull/{session.number}",
            "title": session.title,
            "description": f"{session.prompt}\n\nPR created by Jules for session {session.id}",
            "baseRef": context.get("startingBranch", "main"),
            "headRef": f"jules-{session.id}",
        }
    }


def _change_set(session: Session, script: Script) -> Document:
    patch = {
        "unidiffPatch": new_file_diff(f"NOTES-{session.id}.md", list(_notes(session, script))),
        "baseCommitId": hashlib.sha1((session.source or "").encode(), usedforsecurity=False).hexdigest(),
        "suggestedCommitMessage": session.title,
    }
    return {"source": session.source, "gitPatch": patch}


def _notes(session: Session, script: Script) -> Iterator[str]:
    yield f"# {brief(session.title)}"
    yield ""
    yield from (line.rstrip("\r") for line in session.prompt.split("\n"))
    if "huge" in script.scenarios:
        line = "A line of a very large change."
        yield from (f"{number:7d} {line}" for number in range(_HUGE_DIFF // (len(line) + 9)))


def default_title(prompt: str) -> str:
    """The name of a session that was given none: its prompt's first line (unverified for Jules)."""
    return brief(prompt, 60)
