"""A double of OpenAI Codex cloud (WHAM), wire-exact as far as that is known.

Sources: `codex cloud` of CLI 0.150.0 and 0.151.0, run against a local server, and its code (github.com/openai/codex,
codex-rs/backend-client and cloud-tasks), for what is sent and accepted; what the service answers is known from
third-party notes only (a live probe of 2026-09-15, a catalogue of traffic captured in autumn 2025), and nothing was
compared with the live service. Checked 2026-11-23.
The API is unpublished: the status of a create, all texts of errors and every reply to an act are unverified.
What is answered is decided here; how a task lives is in `_codex_life`, what it looks like in `_codex_documents`,
what may be asked in `_codex_asked`, the login in `_codex_login`, what every double shares in `_world`.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from math import ceil
from random import Random
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from accepted.core.wire import Dropped, Request, Response, Upload, header
from accepted.simulate import _codex_documents as documents
from accepted.simulate import _codex_life as life
from accepted.simulate import _codex_login as login
from accepted.simulate._codex_asked import (
    Asked,
    Refused,
    Wanted,
    cursor,
    document,
    error,
    is_follow_up,
    limit,
    position,
    task_filter,
    wanted,
)
from accepted.simulate._codex_life import FINAL, Environment, Script, Task, Turn
from accepted.simulate._world import CONTROL_PATH, FAULTS, Call, Counts, Verb, World, parse_scenarios, proxy_page

Document = dict[str, Any]

SCENARIOS: Mapping[str, str] = {
    "happy": "pending, in_progress, completed in --duration seconds, with a message and a diff",
    "slow": "everything takes ten times as long",
    "failed": "every turn ends failed, with an error in the turn",
    "cancelled": "every turn ends cancelled, though nobody asked for it",
    **FAULTS,
    "eventual": "a new task is 404, and missing from the list, for --grace seconds",
    "unknown-word": "a turn_status, item types and fields that nobody documented",
    "stuck": "tasks stay in_progress for ever and updated_at stands still",
    "gone": "a task is 404, and missing from the list, from half of its duration on",
    "huge": "a diff of 4 MB, a worklog of 300 messages more, long texts",
    "conflicting": "list and display end failed while the turn says in_progress for ever (openai/codex #46174)",
    "no-display": "no task_status_display anywhere: only the assistant turn tells",
    "no-turn": "a task is answered without turn and display, for ever: its status cannot be known",
    "no-id": "a create is carried out and answered 2xx, without an id",
    "usage-limit": "3 creates, then 429 usage_limit_reached for 600 s, without Retry-After",
    "cdn": "every second poll is the HTML 403 page of what stands in front",
    "no-environments": "the workspace has no environment: both lists are empty, every create is 500",
}
"""Every scenario and what it does; they combine."""

ENVIRONMENTS = (
    Environment(id="env_68f1c2a4", label="acme/widget", repository="acme/widget", pinned=True),
    Environment(id="68f1c2b7e0d48191a3c5", label="acme/gadget", repository="acme/gadget"),
    Environment(id="env_68f1c2c9", label="octo/hello-world", repository="octo/hello-world"),
    Environment(id="env_68f1c2d1", label="acme/monorepo", repository="acme/monorepo"),
    Environment(id="env_68f1c2d2", label="acme/monorepo", repository="acme/monorepo", pinned=True),
)
"""Ids are opaque. The last two share a label, which names neither of them."""

_SLOWER = 10
_CREATES_ALLOWED = 3
_LIMIT_WINDOW = 600


@dataclass(frozen=True, slots=True)
class _Usage:
    """Creates of one account, and when they count no longer: some time after the last one."""

    creates: int = 0
    until: float = 0.0


class Simulator:
    """A Codex cloud of its own: an empty store, a token for everybody, and the scenarios it was asked to play.

    Both path styles are served at once: `{origin}/backend-api/wham/...` and `{origin}/api/codex/...`.
    """

    base_path: str = "/backend-api"

    def __init__(
        self,
        scenarios: str | Iterable[str] = "happy",
        seed: int = 0,
        duration: float = 2.0,
        grace: float = 1.5,
    ) -> None:
        """Scenarios are names of `SCENARIOS`, also joined by commas; they combine.

        `duration` is the seconds from create to the end (0 ends at once), `grace` those for which `eventual`
        hides a new task. The same seed, requests and moments give the same bytes.
        Raises `ValueError` for an unknown scenario or a negative time.
        """
        if duration < 0 or grace < 0:
            raise ValueError("duration and grace are seconds, 0 or more")
        self._scenarios = parse_scenarios(scenarios, SCENARIOS)
        slower = _SLOWER if "slow" in self._scenarios else 1
        self._script = Script(scenarios=self._scenarios, seed=seed, duration=duration * slower)
        self._grace = grace if "eventual" in self._scenarios else 0.0
        self._environments = () if "no-environments" in self._scenarios else ENVIRONMENTS
        self._tasks: dict[str, Task] = {}
        self._usages: dict[str, _Usage] = {}
        self._polls = 0
        self._login = login.Login(seed)
        self._world = World(self._scenarios, seed, error)

    def answer(self, request: Request, now: float) -> Response | Dropped:
        """The service's answer at `now` (seconds since the epoch); no other clock is read, nothing waits.

        Any path outside the API gets a page, not an error document.
        """
        url = urlsplit(request.url)
        if url.path == CONTROL_PATH:
            return self._world.report()
        route, path = _route(request.method, url.path)
        token = login.bearer(header(request.headers, "authorization")) or ""
        body = b"" if isinstance(request.body, Upload) else request.body
        asked = Asked(path=path, query=parse_qs(url.query), body=body, now=now, account=login.account(token))
        return self._world.answer(_call(request, route, asked, token), now, partial(self._work, route, asked))

    def counts(self) -> Counts:
        """What was asked and done so far; also at `GET /_simulator`. Titles are the prompts of new tasks."""
        return self._world.counts()

    def _work(self, route: Route, asked: Asked) -> Response:
        try:
            return route.serve(self, asked)
        except Refused as refused:
            return refused.answer

    # --- tasks ---

    def create(self, asked: Asked) -> Response:
        """A new task, or the next turn of one. Every second task is answered in the other shape that the CLI takes."""
        asks_for, usage = wanted(asked.body), self._admitted(asked)
        task = self._next_turn(asks_for, asked.now) if asks_for.follow_up else self._new_task(asks_for, asked.now)
        self._tasks[task.id] = task
        self._usages[asked.account] = _Usage(creates=usage.creates + 1, until=asked.now + _LIMIT_WINDOW)
        told = {} if "no-id" in self._scenarios else {"id": task.id}
        return document({"task": told}) if task.number % 2 else document(told, 201)

    def _new_task(self, asks_for: Wanted, now: float) -> Task:
        environment = next((each for each in self._environments if each.id == asks_for.environment_id), None)
        if environment is None:
            raise Refused(error(500))  # seen live: a label where an id belongs
        number = len(self._tasks) + 1
        task_id = _task_id(self._script.seed, number)
        text = life.prompt(asks_for.input_items)
        self._world.committed(task_id, text or None)
        return Task(
            id=task_id,
            number=number,
            title=life.default_title(text),
            environment=environment,
            branch=asks_for.branch,
            created=now,
            turns=(asks_for.turn(task_id, 1, now),),
        )

    def _next_turn(self, asks_for: Wanted, now: float) -> Task:
        """The same task with one turn more, whatever became of the last one (unverified)."""
        task = self._visible(asks_for.task_id, now)
        _attempt(task, asks_for.turn_id)
        return replace(task, turns=(*task.turns, asks_for.turn(task.id, len(task.turns) + 1, now)))

    def list(self, asked: Asked) -> Response:
        """Newest first. The order, and the 400 of a bad parameter, are unverified."""
        most, before = limit(asked), position(asked)
        is_wanted = task_filter(asked)
        environments = asked.query.get("environment_id")
        found = (
            task
            for task in reversed(self._tasks.values())
            if (before is None or task.number < before)
            and is_wanted(task)
            and (environments is None or task.environment.id in environments)
            and self._is_visible(task, asked.now)
        )
        page = tuple(islice(found, most + 1))
        items = [documents.item(task, self._script, asked.now) for task in page[:most]]
        return document({"items": items, "cursor": cursor(page[most - 1].number) if len(page) > most else None})

    def get(self, asked: Asked) -> Response:
        """The task with its current turns."""
        self._polls += 1
        if "cdn" in self._scenarios and self._polls % 2 == 0:
            raise Refused(proxy_page(403))
        return document(documents.details(self._task(asked), self._script, asked.now))

    def cancel(self, asked: Asked) -> Response:
        """`success`, and a second later the word. What a finished task is answered is unverified."""
        task = self._task(asked)
        if life.status(task.turn, self._script, asked.now) in FINAL:
            return document({"success": False})
        if task.turn.cancelled is None:
            turns = (*task.turns[:-1], replace(task.turn, cancelled=asked.now))
            self._tasks[task.id] = replace(task, turns=turns)
        return document({"success": True})

    def archive(self, asked: Asked, *, archived: bool) -> Response:
        """Archive, and `recover`, which is its opposite and no retry."""
        task = self._task(asked)
        self._tasks[task.id] = replace(task, archived=archived)
        return document({"success": True})

    def mark_read(self, asked: Asked) -> Response:
        """The list says `has_unread_turn` no longer."""
        task = self._task(asked)
        self._tasks[task.id] = replace(task, turns_read=len(task.turns))
        return document({"success": True})

    # --- turns ---

    def list_turns(self, asked: Asked) -> Response:
        """Every turn by its id, the user's too (that they stand side by side is third-party)."""
        task = self._task(asked)
        mapping: Document = {}
        for turn in task.turns:
            mapping[turn.user_id] = life.user_turn(turn)
            for placement, turn_id in enumerate(turn.ids):
                mapping[turn_id] = life.assistant_turn(task, turn, placement, self._script, asked.now)
        return document({"current_turn_id": task.turn.ids[0], "turn_mapping": mapping})

    def get_turn(self, asked: Asked) -> Response:
        """One attempt with its task and the user's half."""
        task, turn, placement = self._attempt(asked)
        answer = {
            "task": documents.head(task, self._script, asked.now),
            "turn": life.assistant_turn(task, turn, placement, self._script, asked.now),
            "user_turn": life.user_turn(turn),
        }
        return document(answer)

    def sibling_turns(self, asked: Asked) -> Response:
        """The other attempts, last one first: their order is the client's to make."""
        task, turn, placement = self._attempt(asked)
        others = [each for each in reversed(range(turn.attempts)) if each != placement]
        found = [life.sibling(task, turn, each, self._script, asked.now) for each in others]
        return document({"sibling_turns": found})

    def logs(self, asked: Asked) -> Response:
        """The log lines so far."""
        _, turn, _ = self._attempt(asked)
        return document({"logs": life.logs(turn, self._script, asked.now)})

    def stream(self, asked: Asked) -> Response:
        """The events so far, then the end of the stream, which does not mean that the turn is finished."""
        _, turn, _ = self._attempt(asked)
        kinds = asked.query.get("item_type", ["thread_event", "log"])
        found = [event for event in life.events(turn, self._script, asked.now) if event["item_type"] in kinds]
        body = "".join(f"event: {event['item_type']}\ndata: {json.dumps(event)}\n\n" for event in found)
        headers = (("content-type", "text/event-stream; charset=utf-8"),)
        return Response(status=200, headers=headers, body=body.encode())

    def make_pull_request(self, asked: Asked) -> Response:
        """The pull request shows in the list. The refusal without a diff, and the reply, are unverified."""
        task, turn, placement = self._attempt(asked)
        if not life.has_diff(turn, placement, self._script, asked.now):
            raise Refused(error(400, "Turn has no diff"))
        made = dict.fromkeys((*task.pull_requests, turn.ids[placement]))
        self._tasks[task.id] = replace(task, pull_requests=tuple(made))
        return document({"success": True})

    # --- environments, usage, login ---

    def list_environments(self, _asked: Asked) -> Response:
        """A bare array."""
        return document(self._environments_where(lambda _: True))

    def environments_by_repo(self, asked: Asked) -> Response:
        """Those of one repository; none for an unknown one (unverified: the CLI ignores any failure here)."""
        repository = f"{asked.path['owner']}/{asked.path['repository']}"
        return document(self._environments_where(lambda each: each.repository == repository))

    def usage(self, asked: Asked) -> Response:
        """Percentages of windows. Figures are those of a real capture, unless the scenario `usage-limit` counts."""
        usage = self._usage(asked)
        reached = self._is_limited(usage)
        wait = _left(usage, asked.now) if reached else 6625
        percent = min(100 * usage.creates // _CREATES_ALLOWED, 100) if "usage-limit" in self._scenarios else 8
        rate_limit = {
            "allowed": not reached,
            "limit_reached": reached,
            "primary_window": _window(percent, 17940, wait, asked.now),
            "secondary_window": _window(15, 604740, 54618, asked.now),
        }
        answer: Document = {
            "plan_type": login.PLAN,
            "rate_limit": rate_limit,
            "credits": None,
            "additional_rate_limits": [],
            "rate_limit_reached_type": {"type": "rate_limit_reached"} if reached else None,
        }
        return document(answer)

    def rate_limit(self, asked: Asked) -> Response:
        """Only the names of its members are known; units and figures are unverified."""
        usage = self._usage(asked)
        limit = _CREATES_ALLOWED if "usage-limit" in self._scenarios else 60
        wait = _left(usage, asked.now)
        answer: Document = {
            "allowed": not self._is_limited(usage),
            "limit": limit,
            "remaining": max(limit - usage.creates, 0),
            "resets_after": wait,
            "resets_after_text": f"{ceil(wait / 60)} minutes",
            "user_plan_type": login.PLAN,
            "windows": [],
        }
        return document(answer)

    def refresh(self, asked: Asked) -> Response:
        """New tokens for a refresh token, which is used up even where the answer gets lost."""
        return self._login.refresh(asked.body, asked.now)

    def _environments_where(self, is_wanted: Callable[[Environment], bool]) -> tuple[Document, ...]:
        used = Counter(task.environment.id for task in self._tasks.values())
        return tuple(documents.environment(each, used[each.id]) for each in self._environments if is_wanted(each))

    def _usage(self, asked: Asked) -> _Usage:
        usage = self._usages.get(asked.account, _Usage())
        return usage if asked.now < usage.until else _Usage(until=asked.now)

    def _is_limited(self, usage: _Usage) -> bool:
        return "usage-limit" in self._scenarios and usage.creates >= _CREATES_ALLOWED

    def _admitted(self, asked: Asked) -> _Usage:
        """The usage before one create more. Raises `Refused` at the limit (seen on model calls, here unverified)."""
        usage = self._usage(asked)
        if not self._is_limited(usage):
            return usage
        fault = {
            "type": "usage_limit_reached",
            "message": "The usage limit has been reached",
            "plan_type": login.PLAN,
            "resets_at": ceil(usage.until),
            "resets_in_seconds": _left(usage, asked.now),
        }
        raise Refused(document({"error": fault}, 429))

    # --- the store ---

    def _task(self, asked: Asked) -> Task:
        return self._visible(asked.path["task"], asked.now)

    def _visible(self, task_id: str, now: float) -> Task:
        task = self._tasks.get(task_id)
        if task is None or not self._is_visible(task, now):
            raise Refused(error(404))
        return task

    def _is_visible(self, task: Task, now: float) -> bool:
        age = now - task.created
        is_gone = "gone" in self._scenarios and age >= self._script.duration / 2
        return age >= self._grace and not is_gone

    def _attempt(self, asked: Asked) -> tuple[Task, Turn, int]:
        task = self._task(asked)
        return task, *_attempt(task, asked.path["turn"])


def _attempt(task: Task, turn_id: str) -> tuple[Turn, int]:
    """The turn, and the placement of this attempt at it. Raises `Refused`."""
    for turn in task.turns:
        if turn_id in turn.ids:
            return turn, turn.ids.index(turn_id)
    raise Refused(error(404, "Turn not found"))


# --- routes ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Route:
    """What one method and path does; `template` is the path as counted."""

    method: str
    template: str
    verb: Verb
    serve: Callable[[Simulator, Asked], Response]
    is_open: bool = False
    """no bearer token is asked for"""

    @property
    def name(self) -> str:
        """As in the counts."""
        return f"{self.method} {self.template}".strip()


def _nothing_here(_simulator: Simulator, _asked: Asked) -> Response:
    return proxy_page(404)


_ELSEWHERE = Route("", "elsewhere", "read", _nothing_here, is_open=True)
_TOKEN = Route("POST", "/oauth/token", "read", Simulator.refresh, is_open=True)

_STYLES = ("/backend-api/wham", "/api/codex")

_API: tuple[tuple[str, str, Verb, Callable[[Simulator, Asked], Response]], ...] = (
    ("GET", "/environments", "read", Simulator.list_environments),
    ("GET", "/environments/by-repo/github/{owner}/{repository}", "read", Simulator.environments_by_repo),
    ("GET", "/usage", "read", Simulator.usage),
    ("POST", "/tasks", "create", Simulator.create),
    ("GET", "/tasks/list", "list", Simulator.list),
    ("GET", "/tasks/rate_limit", "read", Simulator.rate_limit),
    ("GET", "/tasks/{task}", "poll", Simulator.get),
    ("POST", "/tasks/{task}/cancel", "act", Simulator.cancel),
    ("POST", "/tasks/{task}/archive", "act", partial(Simulator.archive, archived=True)),
    ("POST", "/tasks/{task}/recover", "act", partial(Simulator.archive, archived=False)),
    ("POST", "/tasks/{task}/mark_read", "act", Simulator.mark_read),
    ("GET", "/tasks/{task}/turns", "read", Simulator.list_turns),
    ("GET", "/tasks/{task}/turns/{turn}", "read", Simulator.get_turn),
    ("GET", "/tasks/{task}/turns/{turn}/sibling_turns", "read", Simulator.sibling_turns),
    ("GET", "/tasks/{task}/turns/{turn}/logs", "read", Simulator.logs),
    ("GET", "/tasks/{task}/turns/{turn}/stream", "read", Simulator.stream),
    ("POST", "/tasks/{task}/turns/{turn}/pr", "act", Simulator.make_pull_request),
)
"""Below either style; the first that matches is taken."""

_ROUTES = (
    _TOKEN,
    *(Route(method, style + path, verb, serve) for style in _STYLES for method, path, verb, serve in _API),
)


def _pattern(template: str) -> re.Pattern[str]:
    """`{x}` is one segment as sent, so `%2F` is no slash, and `~` may come as `%7E`."""
    return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", template))


_PATTERNS = tuple((route, _pattern(route.template)) for route in _ROUTES)


def _route(method: str, path: str) -> tuple[Route, Mapping[str, str]]:
    for route, pattern in _PATTERNS:
        if route.method == method and (found := pattern.fullmatch(path)):
            return route, {name: unquote(value) for name, value in found.groupdict().items()}
    return _ELSEWHERE, {}


def _call(request: Request, route: Route, asked: Asked, token: str) -> Call:
    is_refused = not route.is_open and not login.is_good(token, asked.now)
    return Call(
        verb="act" if route.verb == "create" and is_follow_up(asked.body) else route.verb,
        route=route.name,
        credential="" if route.is_open else token,
        fingerprint=hash((request.method, request.url, asked.body)),
        denied=error(401) if is_refused else None,
    )


# --- small documents -------------------------------------------------------------------------------------


def _window(percent: int, seconds: int, wait: int, now: float) -> Document:
    return {
        "used_percent": percent,
        "limit_window_seconds": seconds,
        "reset_after_seconds": wait,
        "reset_at": ceil(now) + wait,
    }


def _left(usage: _Usage, now: float) -> int:
    """Whole seconds until the limit ends; rounded first, because a difference of floats is a hair too large."""
    return ceil(round(usage.until - now, 3))


def _task_id(seed: int, number: int) -> str:
    return f"task_e_{Random(f'{seed}/task/{number}').getrandbits(128):032x}"  # noqa: S311 - repeatable on purpose
