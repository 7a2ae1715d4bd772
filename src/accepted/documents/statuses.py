"""What the words of a status tell: whether it is the status of work, of a thing, or of a record.

What may live here: tables of words and stems with the sense that any reader gives them, and pure functions over them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from accepted.documents.words import tokens

_WAITING = frozenset(
    [
        "accepted",
        "created",
        "enqueued",
        "idle",
        "initial",
        "initialized",
        "new",
        "pending",
        "planned",
        "prepared",
        "queue",
        "queued",
        "received",
        "registered",
        "requested",
        "scheduled",
        "submitted",
        "uploaded",
        "waiting",
    ]
)
_SETTLED = frozenset(
    ["active", "available", "deployed", "enabled", "live", "online", "processed", "provisioned", "ready", "started"]
)
_RUNNING = frozenset(["busy", "inprogress", "progress", "run", "started", "underway"])
_ENDED = ("complet", "done", "ended", "finish", "passed", "succe")
_FAILED = (
    "abort",
    "cancel",
    "crash",
    "died",
    "dismiss",
    "error",
    "expir",
    "fail",
    "fault",
    "kill",
    "stopp",
    "terminat",
    "timedout",
    "timeout",
    "unsucce",
)
"""How such words begin: `fail`, `failed` and `failure` say the same."""

_COMING = frozenset(
    [
        "building",
        "creating",
        "deploying",
        "importing",
        "ingesting",
        "initializing",
        "installing",
        "preparing",
        "provisioning",
        "training",
        "transcoding",
    ]
)
"""What is said of a thing that was asked for and is not there yet."""

_TOLD_OTHERWISE = frozenset(
    [
        "billing",
        "existing",
        "following",
        "incoming",
        "missing",
        "outgoing",
        "outstanding",
        "pending",
        "setting",
        "string",
        "waiting",
    ]
)
_DETAILS = frozenset(["unspecified", "unknown", "none", "invalid"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """The words of a status, sorted by what they say of a task.

    Attributes:
        field: the property that has them.
        words: as the document writes them.
        waiting, running, succeeded, settled, failed: those that say so; `settled` is how a thing that stays says that
            it is ready (`active`).
        other: those that say something else.
        open: whether there may be more: examples or prose name some, no enum names all.
        going: the last words, in small letters, of those that end in -ing.
    """

    field: str
    words: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()
    running: tuple[str, ...] = ()
    succeeded: tuple[str, ...] = ()
    settled: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    other: tuple[str, ...] = ()
    open: bool = False
    going: frozenset[str] = frozenset()

    @property
    def strength(self) -> int:
        """How much it tells of work.

        3: begins, succeeds and fails as only work does. 2: begins and ends, or is queued until it is ready or fails.
        1: not yet, or failed. 0: a bare field, one end of several, or a single word that says so. -1: the words say
        something else.
        Words of a record (approved, shipped) take away: with more than a third of them it is 2 at most.
        """
        begins, ends = bool(self.waiting or self.running), bool(self.succeeded)
        queued = any(tokens(word)[-1:] in _MOVED for word in self.waiting)
        moving = queued or bool(self.running)
        pure = len(self.other) * 3 <= len(self.words)
        match begins, ends, bool(self.failed):
            case True, True, True:
                return 3 if pure and moving else 2
            case True, True, False:
                return 2 if moving and pure else 1
            case True, False, True:
                return 2 if queued and pure and self.settled else 1
            case (True, False, False) | (False, True, _) if self.open or self.running or len(self.words) == 1:
                return 0
            case _:
                return -1 if self.words else 0

    @property
    def coming(self) -> str:
        """The word for a thing that is not there yet (`creating`), or ""."""
        return next((word for word in self.running if _COMING & {*tokens(word)}), "")

    @property
    def lives(self) -> bool:
        """Whether a machine takes the thing from one state to another: it is not there yet, and more goes on later."""
        return bool(_SET_UP & self.going) and len(self.going - _TOLD_OTHERWISE) >= _OFTEN

    def __str__(self) -> str:
        shown = ", ".join(
            [*self.waiting[:1], *self.running[:1], *(self.succeeded or self.settled)[:1], *self.failed[:1]]
        )
        return f"`{self.field}` with {shown}" if shown else f"`{self.field}`"


_SET_UP = frozenset(["creating", "deploying", "initializing", "provisioning"])
_OFTEN = 3
_MOVED = (("queued",), ("enqueued",), ("submitted",))


def vocabulary(field: str, words: Iterable[str], *, open: bool = False) -> Vocabulary:
    """What the words of a status tell; `open` where there may be more of them.

    Example:
        `vocabulary("state", ["QUEUED", "RUNNING", "DONE", "FAILED"]).strength == 3`
    """
    return _vocabulary(field, tuple(words), open=open)


@lru_cache(maxsize=1000)
def _vocabulary(field: str, given: tuple[str, ...], *, open: bool) -> Vocabulary:
    """The same of words that many operations may share: each asks for itself."""
    split = [tokens(word) for word in given]
    shared = _shared_prefix([one for one in split if len(one) > 1]) if len(given) > 1 else 0
    sorted_: dict[str, list[str]] = {}
    for word, parts in zip(given, split, strict=True):
        sense = _sense(parts[shared:] if len(parts) > shared else parts)
        if sense != "detail":
            sorted_.setdefault(sense, []).append(word)
    if _is_past(sorted_.get("other", []), sorted_.get("running", [])):
        sorted_["succeeded"] = sorted_.pop("other")
    senses = {sense: tuple(found) for sense, found in sorted_.items()}
    going = frozenset(parts[-1] for parts in split if parts and parts[-1].endswith("ing"))
    return Vocabulary(field=field, words=given, open=open, going=going, **senses)


def _is_past(others: list[str], running: list[str]) -> bool:
    """Whether the one word that says something else is the past of the one that goes on: `dubbing`, `dubbed`."""
    if len(others) != 1 or len(running) != 1:
        return False
    past, going = (tokens(one[0])[-1:] or ("",) for one in (others, running))
    return past[0].endswith("ed") and past[0].removesuffix("ed") == going[0].removesuffix("ing")


def told_words(text: str) -> list[str]:
    """The status words that a description names: those in quotes, and where an end is named, all that it names.

    What is quoted are statuses only where one of them is a word that a status has. Marks of HTML are none.
    """
    text = _HTML.sub(" ", text)
    marked = re.findall(r"(?<!\w)[`\"'“](\w[\w -]{1,24})[`\"'”]", text)
    quoted = marked if any(_sense(tokens(one)) != "other" for one in marked) else []
    parts = {part: _sense(tokens(part)) for part in re.split(r"[\s,;:|/.()\[\]*`\"']+", text) if part}
    ends = {"succeeded", "failed"} & set(parts.values())
    named = [part for part, sense in parts.items() if ends and sense in _TELLING]
    return list(dict.fromkeys([*quoted, *named]))


_HTML = re.compile(
    r"</?(?:a|b|br|code|dd|div|dl|dt|em|i|li|ol|p|span|strong|table|td|th|tr|ul)\b[^<>]{0,200}>|&\w{2,8};"
)
_TELLING = {"failed", "running", "succeeded", "waiting"}


def _shared_prefix(split: list[tuple[str, ...]]) -> int:
    """How many words all begin with (`JOB_STATE_QUEUED`, `JOB_STATE_DONE`: 2)."""
    if len(split) < 2:
        return 0
    first, last = min(split), max(split)
    same = next((n for n, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last)))
    return min(same, *(len(one) - 1 for one in split))


def _sense(parts: tuple[str, ...]) -> str:
    """What one status word says; of several words in one a failure counts most, then an end that is the last one."""
    not_yet = len(parts) > 1 and parts[0] == "not"
    found = {"waiting"} if not_yet else {_sense_of(part) for part in parts}
    first, last = (parts[0], parts[-1]) if parts else ("", "")
    over = last.endswith(_OVER) and _sense_of(last) == "succeeded" and first not in _WAITING
    if over and not found & {"failed"} and not not_yet:
        return "succeeded"
    return next((sense for sense in _MOST_TELLING if sense in found), "other")


_OVER = ("complete", "done", "ed", "success")
_MOST_TELLING = ("failed", "running", "waiting", "succeeded", "settled", "detail")


def _sense_of(part: str) -> str:
    moving = part.endswith("ing") and len(part) > 5 and part not in _TOLD_OTHERWISE
    if part.startswith((*_FAILED, "delet", "destroy", "stop")):
        return "detail" if moving or not part.startswith(_FAILED) else "failed"
    known = next((sense for words, sense in _TABLES if part in words), "")
    ended = "succeeded" if part.startswith(_ENDED) and not moving else ""
    return known or ended or ("running" if moving else "other")


_TABLES = ((_WAITING, "waiting"), (_SETTLED - _RUNNING, "settled"), (_RUNNING, "running"), (_DETAILS, "detail"))
