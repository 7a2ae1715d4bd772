"""OpenAI Codex cloud (WHAM): coding tasks on a repository - Async Request-Reply Pattern, long-running and asynchronous.

Step 1/2, `create_task`: `POST {base}/wham/tasks` -> 2xx with the id; returns immediately, while Codex works on.
Step 2/2, `poll_task`: `GET {base}/wham/tasks/{id}` -> 200 with a `turn_status`; blocks until it is final.
Then `task.result` has the message, the diff and every attempt.

No source shows WHAM answering 202: it is the 202 pattern over 200. The API is unpublished, so that whatever is
unknown in an answer (fields, items, words) is passed over.
Codes: 200 (any 2xx for a create), 400, 401, 403 (as a page: the CDN in front), 404, 429, 432, 500.
Statuses: queued, in_progress, unknown, and final: completed, failed, cancelled.

Which source of status wins: the first of these that is there (`STATUS_SOURCES`).

| source | why in this place |
|---|---|
| `current_assistant_turn.turn_status` | the turn itself; seen live to follow the work |
| `task_status_display.latest_turn_status_display.turn_status` | what lists have, and all that `codex cloud` reads |
| `task_status_display.state` | another vocabulary (`ready`, `error`, `applied`), the last that `codex cloud` reads |

Where they contradict each other, `task.message` quotes all of them; none that is not final ends a wait.

SQ/EQ (submission and event queue) is the protocol between a user interface and the local codex engine: a two-way
stream of submissions and the events that they cause. WHAM is comparable to it at most: a poll is one look at the
present, without order, acknowledgement or the statuses in between.

Example:
    >>> import accepted
    >>> from accepted.services import codex
    >>> with accepted.Client(codex.contract) as client:  # doctest: +SKIP
    ...     task = client.create_task(prompt="Fix the flaky test", environment="acme/widget", attempts=2)
    ...     task = client.poll_task(task, timeout=3600)
    ...     print(task.result.message, task.result.diff)

Facts checked on 2026-11-22 against the official CLI (0.150.0 to 0.169.0) and its source
(https://github.com/openai/codex); never yet against the live service.
See also: AsyncAPI https://www.asyncapi.com/ - the Azure pattern
https://learn.microsoft.com/azure/architecture/patterns/async-request-reply - RESTful long-running tasks
https://restfulapi.net/rest-api-design-for-long-running-tasks/
"""

from __future__ import annotations

import math
from base64 import urlsafe_b64decode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import chain
from operator import itemgetter
from pathlib import PurePosixPath
from typing import Annotated, Any, Literal, cast
from urllib.parse import urlsplit

from msgspec import Meta

from accepted.core import codec
from accepted.core.codec import Struct
from accepted.core.contract import (
    Act,
    Ask,
    Contract,
    Credential,
    Facts,
    Limits,
    Listing,
    Login,
    LoginFile,
    NextToken,
    Step,
)
from accepted.core.read import Answer, Body, Found, Reading, Words, aware, meaning, utc
from accepted.core.retry_after import retry_after
from accepted.core.rows import ServerSentEvents
from accepted.core.schedule import Schedule
from accepted.core.task import Artifact, Status, Task
from accepted.core.wire import Request
from accepted.errors import AuthenticationFailed, BadRequest, RateLimited

_Text = Annotated[str, Meta(min_length=1)]
_Document = dict[str, Any]


class Inputs(Struct, kw_only=True, forbid_unknown_fields=True):
    """What a task is created from. There is no model among it: the official client sends none either.

    Attributes:
        prompt: what Codex is to do.
        environment: the id of a cloud environment, or its label without regard to case. One of `environment` and
            `repository` is needed.
        repository: `owner/repo` on GitHub, to take its environment: the only one, else the pinned one, else the one
            with the most tasks.
        branch: where it starts; the default branch of the environment's repository unless given, else `main`.
        attempts: how many times it is tried side by side (best of N), 1 to 4.
        qa_mode: only answer a question; change nothing.
        starting_diff: a unified diff that is applied before.
    """

    prompt: _Text
    environment: _Text | None = None
    repository: Annotated[str, Meta(pattern=r"^[^/\s]+/[^/\s]+$", examples=["owner/repo"])] | None = None
    branch: _Text | None = None
    attempts: Annotated[int, Meta(ge=1, le=4)] = 1
    qa_mode: bool = False
    starting_diff: _Text | None = None

    def __post_init__(self) -> None:
        """Refuse a task without a place to work in, rather than guess one."""
        if self.environment is None and self.repository is None:
            raise ValueError("environment is missing: its id or label; or repository, as owner/repo")


class FollowUp(Struct, kw_only=True, forbid_unknown_fields=True):
    """What the act `follow_up` says: the task goes on with a new turn, in `code` or `ask` mode."""

    prompt: _Text
    mode: Literal["code", "ask"] = "code"


class Filters(Struct, kw_only=True, forbid_unknown_fields=True):
    """What a list is narrowed by: which tasks, and of which environment (its id)."""

    task_filter: Literal["current", "all", "archived", "code_review"] = "current"
    environment_id: _Text | None = None


class PullRequest(Struct, kw_only=True):
    """A proposal for a pull request, with its statistics. It is no proof that one was opened."""

    title: str | None = None
    text: str | None = None
    files_modified: int | None = None
    lines_added: int | None = None
    lines_removed: int | None = None
    base_commit: str | None = None
    commit_message: str | None = None


class FileSnapshot(Struct, kw_only=True):
    """A file as the answer cites it: whole, or the ranges of lines that were cited."""

    path: str
    language: str | None = None
    content: str | None = None


class Attempt(Struct, kw_only=True):
    """One of the N tries: its turn, its status in Codex' word, and what it yielded."""

    turn_id: str | None = None
    placement: int | None = None
    status: str | None = None
    message: str | None = None
    diff: str | None = None


class TurnError(Struct, kw_only=True):
    """Why a turn failed, in Codex' words."""

    code: str | None = None
    message: str | None = None


class Result(Struct, kw_only=True):
    """What a task yielded.

    Attributes:
        message: what Codex said, or None. `diff`: its changes as a unified diff, or None; `git apply` takes it.
        pull_request: title, text and statistics of a proposed pull request, or None.
        files: the files that the answer cites.
        attempts: all tries that yielded a diff, in the order in which `codex cloud diff --attempt` counts them.
        unfinished: how many of the tries still work; while there are any, the result is asked for anew each time.
        error: why the current turn failed, or None. `worklog`: its log, as Codex has it.
    """

    message: str | None = None
    diff: str | None = None
    pull_request: PullRequest | None = None
    files: tuple[FileSnapshot, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    unfinished: int = 0
    error: TurnError | None = None
    worklog: tuple[Any, ...] = ()


class Window(Struct, kw_only=True):
    """A window of the usage limit: how much of it is used up, how long it is and when it begins anew."""

    used_percent: float
    minutes: int
    resets_at: datetime


class Usage(Struct, kw_only=True):
    """What is left to the account: percentages only, no counts.

    Attributes:
        plan: Codex' word. `allowed`: whether more can be created. `limit_reached`: whether a window is used up.
        windows: `primary` and `secondary`, where the account has them.
    """

    plan: str
    allowed: bool = True
    limit_reached: bool = False
    windows: Mapping[str, Window] = {}


# ---- the documents of the wire; every field may be absent, whatever is unknown is passed over


class _TurnDisplay(Struct):
    turn_status: str | None = None


class _Display(Struct):
    latest_turn_status_display: _TurnDisplay | None = None
    state: str | None = None


class _Head(Struct):
    id: str | None = None
    title: str | None = None
    created_at: Any = None
    updated_at: Any = None
    task_status_display: _Display | None = None


class _Turn(Struct):
    id: str | None = None
    attempt_placement: int | None = None
    created_at: Any = None
    turn_status: str | None = None
    sibling_turn_ids: list[str] | None = None
    output_items: list[Any] | None = None
    worklog: Any = None
    error: Any = None

    def why(self) -> TurnError | None:
        """Its error: two members in the official client's source, of any form in an answer that nobody has seen."""
        match self.error:
            case str(text) if text:
                return TurnError(message=text)
            case {**members} if members:
                return TurnError(code=_words(members.get("code")), message=_words(members.get("message")))
            case _:
                return None

    def log(self) -> tuple[Any, ...]:
        """The messages of its worklog."""
        match self.worklog:
            case {"messages": list()}:
                return tuple(cast("list[Any]", self.worklog["messages"]))
            case _:
                return ()


def _words(value: Any) -> str | None:
    return None if value is None or value == "" else str(value)


class _Details(_Head):
    task: _Head | None = None
    current_assistant_turn: _Turn | None = None
    current_diff_task_turn: _Turn | None = None


class _Siblings(Struct):
    sibling_turns: list[_Turn] | None = None


class _Cancelled(Struct):
    success: Any = None


class _Environment(Struct):
    id: str
    label: str | None = None
    is_pinned: bool | None = None
    task_count: int | None = None
    repo_map: dict[str, _Document] | None = None

    def repositories(self) -> set[str]:
        """Their full names, and the label, which is `owner/repo` unless somebody changed it."""
        named = [one.get("repository_full_name") for one in (self.repo_map or {}).values()]
        return {name.lower() for name in (*named, self.label) if isinstance(name, str)}

    def default_branch(self) -> str | None:
        """The default branch, where the environment has one repository."""
        branches = {one.get("default_branch") for one in (self.repo_map or {}).values()}
        (only,) = branches if len(branches) == 1 else (None,)
        return only if isinstance(only, str) and only else None


class _WindowDocument(Struct):
    used_percent: float
    limit_window_seconds: float
    reset_after_seconds: float
    reset_at: float


class _RateLimit(Struct):
    allowed: bool = True
    limit_reached: bool = False
    primary_window: _WindowDocument | None = None
    secondary_window: _WindowDocument | None = None

    def windows(self) -> dict[str, _WindowDocument]:
        """Those that there are, by name."""
        both = {"primary": self.primary_window, "secondary": self.secondary_window}
        return {name: window for name, window in both.items() if window}


class _UsageDocument(Struct):
    plan_type: str = "unknown"
    rate_limit: _RateLimit | None = None


class _Limit(Struct):
    type: str | None = None
    resets_at: float | None = None
    resets_in_seconds: float | None = None


class _LimitDocument(Struct):
    error: _Limit | None = None


WORDS: Words = {
    "pending": Status.QUEUED,
    "in_progress": Status.IN_PROGRESS,
    "completed": Status.COMPLETED,
    "ready": Status.COMPLETED,
    "applied": Status.COMPLETED,
    "failed": Status.FAILED,
    "error": Status.FAILED,
    "cancelled": Status.CANCELLED,
}


# ---- which status


def _of_turn(details: _Details) -> str | None:
    return details.current_assistant_turn.turn_status if details.current_assistant_turn else None


def _display(details: _Details) -> _Display:
    return details.task_status_display or (details.task and details.task.task_status_display) or _Display()


def _of_display(details: _Details) -> str | None:
    shown = _display(details).latest_turn_status_display
    return shown.turn_status if shown else None


def _of_state(details: _Details) -> str | None:
    return _display(details).state


STATUS_SOURCES: Mapping[str, Callable[[_Details], str | None]] = {
    "current_assistant_turn": _of_turn,
    "latest_turn_status_display": _of_display,
    "state": _of_state,
}
"""Where a status may stand, first one first; the table in this module's docstring says why."""


def _read(answer: Answer) -> Reading:
    """A task with its turns, or one item of a list."""
    details = answer.read_as(_Details)
    head = details.task or details
    said = {name: word for name, take in STATUS_SOURCES.items() if (word := take(details))}
    error = details.current_assistant_turn.why() if details.current_assistant_turn else None
    turn = details.current_assistant_turn
    return Reading(
        id=head.id,
        attempt_id=turn.id if turn else None,
        service_status=next(iter(said.values()), ""),
        title=head.title,
        reason=error.code if error else None,
        message=(error.message if error else None) or _contradiction(said),
        created_at=_moment(head.created_at),
        updated_at=_moment(head.updated_at),
    )


def _contradiction(said: Mapping[str, str]) -> str | None:
    if len({WORDS.get(word, word) for word in said.values()}) < 2:
        return None
    return "Codex contradicts itself: " + ", ".join(f"{name} says {word}" for name, word in said.items())


def _read_created(_: Answer) -> Reading:
    """The answer to a create has an id and, as far as anybody saw, no status."""
    return Reading()


def _moment(value: Any) -> datetime | None:
    """Epoch seconds, in one place or another as ISO 8601; what is no moment is none."""
    try:
        match value:
            case int() | float():
                return utc(value)
            case str():
                return aware(datetime.fromisoformat(value)).astimezone(UTC)
            case _:
                return None
    except (ValueError, OverflowError, OSError):
        return None


# ---- the environment of a create


def _wanted(task: Task[Any]) -> Inputs:
    return codec.decode(task.private.inputs or b"{}", Inputs)


def _by_repository(task: Task[Any]) -> bool:
    return task.private.inputs is not None and _wanted(task).repository is not None


def _unknown_yet(task: Task[Any]) -> bool:
    return "environment_id" not in task.doing.yields


def _in_repository(task: Task[Any], answer: Answer) -> _Environment | None:
    return _chosen(_wanted(task), answer.read_as(list[_Environment]))


def _in_all(task: Task[Any], answer: Answer) -> _Environment:
    wanted, known = _wanted(task), answer.read_as(list[_Environment])
    if not known:
        told = "Codex has no cloud environment for this account: make one at https://chatgpt.com/codex/settings"
        raise BadRequest(told, service="codex")
    of_repository = (wanted.repository or "").lower()
    found = _chosen(wanted, [one for one in known if not of_repository or of_repository in one.repositories()])
    if found is None:
        missed = wanted.environment or wanted.repository
        labels = [(one.label or one.id).lower() for one in known]
        twice = {label for label in labels if labels.count(label) > 1}
        shown = (
            f"{one.label} ({one.id})" if label in twice else one.label or one.id
            for one, label in zip(known, labels, strict=True)
        )
        names = ", ".join(sorted(shown))
        raise BadRequest(f"codex: there is no environment {missed!r}; there are: {names}", service="codex")
    return found


def _chosen(wanted: Inputs, known: list[_Environment]) -> _Environment | None:
    """The environment that is meant: by id, by label, or, of a repository, as the full-screen CLI chooses it."""
    if wanted.environment is None:
        return max(known, key=lambda one: (bool(one.is_pinned), one.task_count or 0), default=None)
    by_id = [one for one in known if one.id == wanted.environment]
    by_label = [one for one in known if (one.label or "").lower() == wanted.environment.lower()]
    found = by_id or by_label
    if len(found) > 1:
        ids = ", ".join(one.id for one in found)
        raise BadRequest(f"codex: several environments are called {wanted.environment!r}: {ids}", service="codex")
    return found[0] if found else None


def _id_of(choose: Callable[[Task[Any], Answer], _Environment | None]) -> Found:
    return Found(lambda task, answer: found.id if (found := choose(task, answer)) else None)


def _branch_of(choose: Callable[[Task[Any], Answer], _Environment | None]) -> Found:
    return Found(lambda task, answer: found.default_branch() if (found := choose(task, answer)) else None)


# ---- requests


def _said(prompt: str) -> _Document:
    return {"type": "message", "role": "user", "content": [{"content_type": "text", "text": prompt}]}


def _create_body(ask: Ask) -> _Document:
    inputs: Inputs = ask.inputs
    known = ask.task.doing.yields
    items = [_said(inputs.prompt)]
    if inputs.starting_diff is not None:
        items.append({"type": "pre_apply_patch", "output_diff": {"diff": inputs.starting_diff}})
    body: _Document = {
        "new_task": {
            "environment_id": known["environment_id"],
            "branch": inputs.branch or known.get("default_branch", "main"),
            "run_environment_in_qa_mode": inputs.qa_mode,
        },
        "input_items": items,
    }
    return {**body, "metadata": {"best_of_n": inputs.attempts}} if inputs.attempts > 1 else body


def _follow_up_body(ask: Ask) -> _Document:
    inputs: FollowUp = ask.inputs
    turn_id = ask.task.doing.yields.get("turn_id")
    if turn_id is None:
        raise BadRequest("codex: the task has no turn that could be followed up; nothing was sent", service="codex")
    place = {
        "task_id": ask.task.id,
        "turn_id": turn_id,
        "environment_mode": inputs.mode,
    }
    return {"follow_up": place, "input_items": [_said(inputs.prompt)]}


def _read_cancelled(answer: Answer) -> Reading:
    """The answer to a cancel says whether it was taken; what a task that has ended is answered, nobody has seen."""
    if answer.read_as(_Cancelled).success is False:
        raise BadRequest("codex: the task was not cancelled; it may have ended before", service="codex")
    return Reading()


def _list_query(ask: Ask) -> _Document:
    """In the official client's order; the cursor is filled in where it stands here."""
    filters: Filters = ask.inputs or Filters()
    return {"task_filter": filters.task_filter, "cursor": None, "environment_id": filters.environment_id}


# ---- results


def _may_have_siblings(task: Task[Any]) -> bool:
    """Asked for as the official client does it, but not where the turn itself says that there are none."""
    turn = _details(task).current_assistant_turn
    return bool(turn and turn.id and turn.sibling_turn_ids != [])


def _details(task: Task[Any]) -> _Details:
    return codec.decode(task.raw or b"{}", _Details)


def _result(task: Task[Any]) -> Result:
    details = _details(task)
    turn, changed = details.current_assistant_turn or _Turn(), details.current_diff_task_turn or _Turn()
    items = _items(changed, turn)
    tries = [(_place(turn, None), _attempt(turn, diff=_diff(items)))]
    tries += [(_place(one, _moment(one.created_at), one.id), _attempt(one)) for one in _siblings(task)]
    return Result(
        message=_message(items),
        diff=_diff(items),
        pull_request=next((_pull_request(item) for item in items if item.get("type") == "pr"), None),
        files=tuple(chain.from_iterable(map(_files, items))),
        attempts=tuple(one for _, one in sorted(tries, key=itemgetter(0)) if one.diff),
        unfinished=sum(not _is_over(one) for one in _siblings(task)),
        error=turn.why(),
        worklog=turn.log(),
    )


def _is_over(turn: _Turn) -> bool:
    return meaning(WORDS, turn.turn_status or "").status.final


def _settled(task: Task[Any]) -> bool:
    """The current turn ends a task; the others of best of N may go on."""
    return all(map(_is_over, _siblings(task)))


def _siblings(task: Task[Any]) -> Iterator[_Turn]:
    """Those that the official client counts: a turn without an id is none."""
    pages = (codec.decode(page or b"{}", _Siblings) for page in task.documents.get("siblings", ()))
    return (turn for page in pages for turn in page.sibling_turns or () if turn.id)


def _attempt(turn: _Turn, diff: str | None = None) -> Attempt:
    items = _items(turn)
    return Attempt(
        turn_id=turn.id,
        placement=turn.attempt_placement,
        status=turn.turn_status,
        message=_message(items),
        diff=diff or _diff(items),
    )


def _place(turn: _Turn, made: datetime | None, name: str | None = None) -> tuple[float, float, str]:
    """As the official client sorts: by placement; those without one come last, by their making, then by their id.

    It knows no moment of the current turn. Turns of one placement stay as the service lists them.
    """
    if turn.attempt_placement is not None:
        return turn.attempt_placement, 0.0, ""
    return math.inf, math.inf if made is None else made.timestamp(), name or ""


def _items(*turns: _Turn) -> list[_Document]:
    """The output items; one that stands in both turns is the same one, whatever else is unknown."""
    found: list[_Document] = []
    for turn in turns:
        found += [item for item in turn.output_items or () if isinstance(item, dict) and item not in found]
    return found


def _diff(items: list[_Document]) -> str | None:
    """The first one with text: the same change often stands in both turns."""
    return next((diff for item in items if (diff := _diff_of(item))), None)


def _diff_of(item: _Document) -> str | None:
    holder = item.get("output_diff") if item.get("type") == "pr" else item
    known = item.get("type") in {"pr", "output_diff"} and isinstance(holder, dict)
    diff: Any = cast("_Document", holder).get("diff") if known else None
    return diff if isinstance(diff, str) and diff.strip() else None


def _message(items: list[_Document]) -> str | None:
    texts = chain.from_iterable(map(_texts, items))
    return "\n\n".join(dict.fromkeys(texts)) or None


def _texts(item: _Document) -> Iterator[str]:
    if item.get("type") != "message":
        return
    content = item.get("content")
    parts: list[Any] = cast("list[Any]", content) if isinstance(content, list) else [content]
    spans = [_text(part) for part in parts]
    if text := "".join(filter(None, spans)).strip():
        yield text


def _text(part: Any) -> str | None:
    """What people read; citations of files and terminals stand between."""
    match part:
        case str():
            return part
        case {"text": str(text)}:
            return text
        case _:
            return None


def _pull_request(item: _Document) -> PullRequest:
    found = item.get("output_diff")
    change = cast("_Document", found) if isinstance(found, dict) else {}
    texts = {
        "title": item.get("pr_title"),
        "text": item.get("pr_message"),
        "base_commit": change.get("base_commit_sha"),
        "commit_message": change.get("commit_message"),
    }
    numbers = {name: change.get(name) for name in ("files_modified", "lines_added", "lines_removed")}
    facts = {name: value for name, value in texts.items() if isinstance(value, str)}
    counts = {name: value for name, value in numbers.items() if isinstance(value, int)}
    return cast("PullRequest", codec.convert({**facts, **counts}, PullRequest))


def _files(item: _Document) -> Iterator[FileSnapshot]:
    if item.get("type") != "partial_repo_snapshot":
        return
    for file in _listed(item.get("files")):
        if isinstance(file, dict) and isinstance(path := cast("_Document", file).get("path"), str):
            language = LANGUAGES.get(PurePosixPath(path).suffix.lower())
            yield FileSnapshot(path=path, language=language, content=_content(cast("_Document", file)))


def _content(file: _Document) -> str | None:
    """The file, or its cited lines (`line_range_contents`; third parties saw both)."""
    whole = file.get("contents")
    if isinstance(whole, str):
        return whole
    lines = chain.from_iterable(map(_lines, _listed(file.get("line_range_contents"))))
    return "\n".join(lines) or None


def _listed(value: Any) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else []


def _lines(part: Any) -> Iterator[str]:
    match part:
        case str():
            yield part
        case {"content": list()}:
            yield from (line for line in cast("list[Any]", part["content"]) if isinstance(line, str))
        case {"content": str(text)}:
            yield text
        case _:
            pass


_ENDINGS = {
    "c": ".c .h",
    "cpp": ".cc .cpp .hpp",
    "csharp": ".cs",
    "css": ".css",
    "elixir": ".ex .exs",
    "go": ".go",
    "html": ".html",
    "java": ".java",
    "javascript": ".js .jsx .mjs",
    "json": ".json",
    "kotlin": ".kt",
    "markdown": ".md",
    "php": ".php",
    "python": ".py .pyi",
    "ruby": ".rb",
    "rust": ".rs",
    "shell": ".sh",
    "sql": ".sql",
    "swift": ".swift",
    "toml": ".toml",
    "typescript": ".ts .tsx",
    "yaml": ".yaml .yml",
}
LANGUAGES: Mapping[str, str] = {ending: name for name, endings in _ENDINGS.items() for ending in endings.split()}
"""The language of a file, from the ending of its name."""


def _artifacts(task: Task[Any]) -> tuple[Artifact, ...]:
    """A patch for each attempt: Codex gives them inline, so that a download makes no request."""
    result = _result(task)
    diffs = [one.diff for one in result.attempts if one.diff]
    names = ["changes.patch"] if len(diffs) == 1 else [f"attempt-{number}.patch" for number in range(1, len(diffs) + 1)]
    patches = zip(names, diffs, strict=True)
    return tuple(Artifact(name=name, media_type="text/x-diff", content=diff.encode()) for name, diff in patches)


# ---- usage


def _read_usage(answer: Answer) -> Usage:
    found = answer.read_as(_UsageDocument)
    limit = found.rate_limit or _RateLimit()
    windows = {
        name: Window(
            used_percent=window.used_percent,
            minutes=math.ceil(window.limit_window_seconds / 60),
            resets_at=datetime.fromtimestamp(window.reset_at, UTC),
        )
        for name, window in limit.windows().items()
    }
    return Usage(plan=found.plan_type, allowed=limit.allowed, limit_reached=limit.limit_reached, windows=windows)


def _quota(answer: Answer, now: float) -> float | None:
    """Hours or days, other than a limit of bursts: seconds until more can be created, where an answer says so."""
    if answer.code == 429:
        limit = answer.read_as(_LimitDocument).error
        if limit is None or limit.type != "usage_limit_reached":
            return None
        ends = None if limit.resets_at is None else limit.resets_at - now
        told = (retry_after(answer.headers, now), limit.resets_in_seconds, ends)
        return next((max(0.0, seconds) for seconds in told if seconds is not None), None)
    limits = answer.read_as(_UsageDocument).rate_limit
    if limits is None:
        return None
    if limits.allowed and not limits.limit_reached:
        return 0.0
    used_up = [window for window in limits.windows().values() if window.used_percent >= 100]
    return max((max(0.0, window.reset_at - now) for window in used_up), default=None)


# ---- the login of the official CLI


def _read_login(document: Mapping[str, Any]) -> Login:
    tokens = _tokens(document)
    access = tokens.get("access_token")
    if not isinstance(access, str) or not access:
        return Login(why=_why_no_login(document))
    claims = _claims(tokens.get("id_token"))
    named: Any = claims.get("https://api.openai.com/auth")
    claimed = cast("_Document", named).get("chatgpt_account_id") if isinstance(named, dict) else None
    accounts = (one for one in (tokens.get("account_id"), claimed) if isinstance(one, str) and one)
    account = next(accounts, "")
    expires_at, refresh = _claims(access).get("exp"), tokens.get("refresh_token")
    return Login(
        token=access,
        fields={_ACCOUNT: account} if account else {},
        account=account,
        refresh=refresh if isinstance(refresh, str) and refresh else None,
        expires_at=float(expires_at) if isinstance(expires_at, int | float) and abs(expires_at) < _FOR_EVER else None,
    )


def _tokens(document: Mapping[str, Any]) -> _Document:
    found = document.get("tokens")
    return cast("_Document", found) if isinstance(found, dict) else {}


def _why_no_login(document: Mapping[str, Any]) -> str:
    if document.get("OPENAI_API_KEY"):
        return "auth.json holds an API key, and Codex cloud takes only a ChatGPT login"
    return "auth.json holds no login"


def _claims(token: Any) -> _Document:
    """What a JWT says; nothing where it is none. Nobody's signature is checked: the service does that."""
    parts = token.split(".") if isinstance(token, str) else []
    if len(parts) != 3:
        return {}
    try:
        claims = codec.anything(urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except ValueError:
        return {}
    return cast("_Document", claims) if isinstance(claims, dict) else {}


def _renewal(refresh: str) -> Request:
    body = {"client_id": _CLIENT_ID, "grant_type": "refresh_token", "refresh_token": refresh}
    fields = (("content-type", "application/json"), ("accept", "application/json"))
    return Request(method="POST", url="https://auth.openai.com/oauth/token", headers=fields, body=codec.encode(body))


def _renewed(document: Mapping[str, Any], answer: Any, now: float) -> _Document:
    given = cast("_Document", answer) if isinstance(answer, dict) else {}
    named = ((name, given.get(name)) for name in ("id_token", "access_token", "refresh_token"))
    fresh = {name: token for name, token in named if isinstance(token, str) and token}
    if not fresh:
        raise codec.WrongShape("expected tokens")
    stamp = datetime.fromtimestamp(now, UTC).isoformat().replace("+00:00", "Z")
    return {**document, "tokens": {**_tokens(document), **fresh}, "last_refresh": stamp}


_ACCOUNT = "chatgpt-account-id"
_FOR_EVER = 1e12
"""Epoch seconds that mean no time at which anything ends."""
_CLIENT_ID = "app_EMoamEEZ73f0CkXaXp7hrann"
"""The public client id of the official CLI."""

LOGIN = LoginFile(
    variable="CODEX_HOME",
    folder="~/.codex",
    name="auth.json",
    origins=("https://chatgpt.com", "https://chat.openai.com"),
    read=_read_login,
    renewal=_renewal,
    renewed=_renewed,
    permanent=frozenset({"refresh_token_reused", "refresh_token_expired", "refresh_token_invalidated"}),
)
"""`$CODEX_HOME/auth.json`. Its tokens are for the vendor's own hosts."""


# ---- the contract


def _root(base_url: str) -> str:
    """Two styles of path, told apart as the official client does it; said twice it is the same."""
    base_url = base_url.rstrip("/")
    host = urlsplit(base_url).hostname
    if host in {"chatgpt.com", "chat.openai.com"} and "/backend-api" not in base_url:
        base_url += "/backend-api"
    end = "/wham" if "/backend-api" in base_url else "/api/codex"
    return base_url.removesuffix(end) + end


_TURN = Body("/current_assistant_turn/id")
_LOOK = Step(name="task", method="GET", path="/tasks/{id}", yields={"turn_id": _TURN})


contract = Contract(
    name="codex",
    title="OpenAI Codex cloud",
    base_url="https://chatgpt.com/backend-api",
    root=_root,
    inputs=Inputs,
    create=(
        Step(
            name="by_repository",
            method="GET",
            path="/environments/by-repo/github/{+repository}",
            when=_by_repository,
            optional=True,
            yields={"environment_id": _id_of(_in_repository), "default_branch": _branch_of(_in_repository)},
        ),
        Step(
            name="environments",
            method="GET",
            path="/environments",
            when=_unknown_yet,
            yields={"environment_id": _id_of(_in_all), "default_branch": _branch_of(_in_all)},
        ),
        Step(
            name="task",
            method="POST",
            path="/tasks",
            repeat="once",
            body=_create_body,
            read=_read_created,
            yields={"id": (Body("/task/id"), Body("/id"))},
        ),
    ),
    poll=(_LOOK,),
    results=(
        Step(
            name="siblings",
            method="GET",
            path="/tasks/{id}/turns/{turn_id}/sibling_turns",
            when=_may_have_siblings,
            keep=True,
            optional=True,
        ),
    ),
    listing=Listing(
        step=Step(
            name="tasks",
            method="GET",
            path="/tasks/list",
            items="/items",
            query=_list_query,
            pages=NextToken("cursor", "/cursor"),
            page_size=("limit", 20),
        ),
        filters=Filters,
    ),
    cancel=(Step(name="cancel", method="POST", path="/tasks/{id}/cancel", read=_read_cancelled),),
    acts={
        "follow_up": Act(
            steps=(
                replace(_LOOK, read=_read),
                Step(name="turn", method="POST", path="/tasks", repeat="once", body=_follow_up_body),
            ),
            inputs=FollowUp,
            reopens=True,
            summary="say something more; the task goes on with a new turn",
        ),
    },
    items={
        "events": (
            _LOOK,
            Step(
                name="stream",
                method="GET",
                path="/tasks/{id}/turns/{turn_id}/stream?item_type=thread_event&item_type=log",
                streamed=True,
                rows=ServerSentEvents,
            ),
        ),
        "logs": (
            _LOOK,
            Step(name="logs", method="GET", path="/tasks/{id}/turns/{turn_id}/logs", items="/logs"),
        ),
    },
    usage=(Step(name="usage", method="GET", path="/usage"),),
    read_usage=_read_usage,
    quota=_quota,
    experimental=frozenset({"cancel", "act:follow_up", "items:events", "items:logs"}),
    read=_read,
    words=WORDS,
    result=_result,
    settled=_settled,
    artifacts=_artifacts,
    safe=None,
    grace=30.0,
    missing="gone",
    schedule=Schedule(first=3.0, fraction=0.1, longest=30.0),
    longest_wait=6 * 3600.0,
    credential=Credential(
        fields={_ACCOUNT: "ACCOUNT_ID"},
        file=LOGIN,
        how="Log in with `codex login` (a ChatGPT account, kept in a file: a keyring is not read), or put an access "
        "token into ACCEPTED_CODEX_TOKEN and the account's id into ACCEPTED_CODEX_ACCOUNT_ID",
    ),
    refusals={"432": AuthenticationFailed, "usage_limit_reached": RateLimited},
    limits=Limits(creates_at_once=2),
    facts=Facts(
        verified="against the requests and answers of the official CLI 0.150.0 to 0.169.0, run against a local server; "
        "against the live service: not yet",
        checked=date(2026, 11, 22),
        links={
            "product": "https://developers.openai.com/codex/cloud",
            "source of the official client": "https://github.com/openai/codex",
        },
        retention="not documented",
        cost="counts towards the Codex limits of the ChatGPT plan (`accepted usage codex`)",
        typical="about a minute for a question, many minutes for changes",
        notes=(
            "The API is unpublished and may change: unknown fields, items and words are passed over.",
            "Nothing makes a create safe to repeat: after a lost answer (exit 9) look with `accepted list codex`.",
            "While a task works, nothing but its status is told: progress has no text.",
            "cancel, follow_up, events and logs were seen by third parties only, and need --experimental.",
            "A very large diff may be kept outside of the answer (unverified); the result then has none.",
        ),
    ),
    examples={
        Status.QUEUED: {"task": {"id": "task_e_1"}, "current_assistant_turn": {"turn_status": "pending"}},
        Status.IN_PROGRESS: {"task": {"id": "task_e_1"}, "current_assistant_turn": {"turn_status": "in_progress"}},
        Status.COMPLETED: {
            "task": {"id": "task_e_1", "title": "Fix the flaky test", "created_at": 1795000000.25},
            "task_status_display": {"latest_turn_status_display": {"turn_status": "completed"}},
            "current_assistant_turn": {
                "id": "task_e_1~assttrn_e_9",
                "turn_status": "completed",
                "sibling_turn_ids": [],
                "output_items": [
                    {"type": "message", "content": [{"content_type": "text", "text": "Fixed it."}]},
                ],
            },
            "current_diff_task_turn": {
                "output_items": [{"type": "output_diff", "diff": "diff --git a/x b/x\n"}],
            },
        },
        Status.FAILED: {
            "task": {"id": "task_e_1"},
            "current_assistant_turn": {
                "turn_status": "failed",
                "error": {"code": "setup_failed", "message": "The setup script failed."},
            },
        },
        Status.CANCELLED: {"task": {"id": "task_e_1"}, "current_assistant_turn": {"turn_status": "cancelled"}},
    },
    example_inputs={"prompt": "Fix the flaky test", "environment": "acme/widget"},
)
