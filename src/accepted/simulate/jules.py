"""A double of Google Jules, wire-exact as far as that is known.

Sources: https://jules.google/docs/api/reference and npm `@google/jules-sdk` 0.2.0, checked 2026-11-22.
The SDK completes its work against this double (`tests/sdk`); nothing was compared with the live service.
What is answered is decided here; how a session lives is in `_jules_life`, what is common to Google's APIs in
`_google`, what every double shares in `_world`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from random import Random
from typing import Any, cast
from urllib.parse import parse_qsl, unquote, urlsplit

from accepted.core.wire import Dropped, Request, Response, Upload, header
from accepted.simulate import _google as google
from accepted.simulate._jules_life import (
    FINAL,
    Input,
    Life,
    Script,
    Session,
    activities,
    default_title,
    live,
    outputs,
)
from accepted.simulate._world import (
    CONTROL_PATH,
    FAULTS,
    Call,
    Counts,
    Verb,
    World,
    parse_scenarios,
    proxy_page,
)

Document = dict[str, Any]

SCENARIOS: Mapping[str, str] = {
    "happy": "QUEUED to COMPLETED in --duration seconds; where plan approval was asked for, it waits for it",
    "slow": "everything takes ten times as long",
    "failed": "every session ends FAILED; only its last activity says why",
    "needs-input": "a session without plan approval stops at a question until it is sent a message",
    **FAULTS,
    "eventual": "a new session is 404, and missing from the list, for --grace seconds",
    "unknown-word": "a state, activities, an artifact, an output and fields that nobody documented",
    "stuck": "sessions stay IN_PROGRESS for ever and updateTime stands still",
    "gone": "a session is 404, and missing from the list, from half of its duration on",
    "huge": "a diff of 4 MB, 300 activities more, long texts",
}
"""Every scenario and what it does; they combine."""

REPOSITORIES = ("acme/widget", "acme/gadget", "octo/hello-world")
"""The sources that exist: `sources/github/{owner}/{repo}`."""

_SERVICE = "jules.googleapis.com"
_BAD_KEY = "bad-key"
_SLOWER = 10
_HUGE_PAGE = 4
"""Sessions on a page in `huge`, about 17 MB; a page may be shorter than asked (https://google.aip.dev/158)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request, taken apart. `path` holds the decoded ids of the route."""

    path: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes
    now: float


@dataclass(frozen=True, slots=True)
class Record:
    """A session and its life, which changes only when somebody sends it something."""

    session: Session
    life: Life


class Simulator:
    """A Jules of its own: an empty store, a key for everybody, and the scenarios it was asked to play."""

    base_path: str = "/v1alpha"

    def __init__(
        self,
        scenarios: str | Iterable[str] = "happy",
        seed: int = 0,
        duration: float = 2.0,
        grace: float = 1.5,
    ) -> None:
        """Scenarios are names of `SCENARIOS`, also joined by commas; they combine.

        `duration` is the seconds from create to the end (0 ends at once), `grace` those for which `eventual`
        hides a new session. The same seed, requests and moments give the same bytes.
        Raises `ValueError` for an unknown scenario or a negative time.
        """
        if duration < 0 or grace < 0:
            raise ValueError("duration and grace are seconds, 0 or more")
        self._scenarios = parse_scenarios(scenarios, SCENARIOS)
        slower = _SLOWER if "slow" in self._scenarios else 1
        self._script = Script(scenarios=self._scenarios, duration=duration * slower)
        self._seed = seed
        self._grace = grace if "eventual" in self._scenarios else 0.0
        self._records: dict[str, Record] = {}
        self._world = World(self._scenarios, seed, google.error)

    def answer(self, request: Request, now: float) -> Response | Dropped:
        """The service's answer at `now` (seconds since the epoch); no other clock is read, nothing waits.

        Any path outside the API gets Google's page, not its error document (unverified for Jules).
        """
        url = urlsplit(request.url)
        if url.path == CONTROL_PATH:
            return self._world.report()
        route, path = _route(request.method, url.path)
        body = b"" if isinstance(request.body, Upload) else request.body
        query = dict(parse_qsl(url.query, keep_blank_values=True))
        asked = Asked(path=path, query=query, body=body, now=now)
        return self._world.answer(_call(request, route, body), now, partial(self._work, route, asked))

    def counts(self) -> Counts:
        """What was asked and done so far; also at `GET /_simulator`."""
        return self._world.counts()

    def _work(self, route: Route, asked: Asked) -> Response:
        try:
            return route.serve(self, asked)
        except google.Refused as refused:
            return refused.answer

    # --- sessions ---

    def create(self, asked: Asked) -> Response:
        """200, not 202, with the session; `state` is not in it yet, as in the service's own quickstart."""
        wanted = _wanted(google.read_json(asked.body))
        session = self._new(wanted, asked.now)
        self._store(session)
        self._world.committed(session.id, _text(wanted, "title"))
        answer = self._document(self._records[session.id], asked.now)
        del answer["state"]
        return google.document(answer)

    def get(self, asked: Asked) -> Response:
        """The whole session."""
        return google.document(self._document(self._record(asked), asked.now))

    def list(self, asked: Asked) -> Response:
        """Newest first, whole sessions, archived ones hidden unless the filter asks for them."""
        archived = google.flag_filter(asked.query.get("filter", ""), "archived") or False
        newest_first = (
            (-record.session.number, record)
            for record in reversed(self._records.values())
            if record.session.archived is archived and self._is_visible(record.session, asked.now)
        )
        most = _HUGE_PAGE if "huge" in self._scenarios else google.MAX_PAGE
        found, token = google.page(newest_first, asked.query, default=30, most=most)
        return _listing("sessions", [self._document(record, asked.now) for record in found], token)

    # --- acts ---

    def approve_plan(self, asked: Asked) -> Response:
        """Empty. Refused where nothing awaits it (unverified), except after the end.

        That a session which says COMPLETED accepts it is in a comment of the SDK's source.
        """
        record = self._record(asked)
        google.read_json(asked.body)
        state = record.life.state(asked.now)
        if state != "AWAITING_PLAN_APPROVAL" and state not in FINAL:
            raise google.Refused(google.error(400, "Session is not awaiting approval.", status="FAILED_PRECONDITION"))
        self._hear(record, Input(at=asked.now))
        return google.document({})

    def send_message(self, asked: Asked) -> Response:
        """Empty. Answers a question; reopens a session that is over; otherwise is replied to."""
        record = self._record(asked)
        prompt = _checked(google.read_json(asked.body), _MESSAGE, "request").get("prompt")
        if not prompt:
            raise google.invalid([("prompt", "prompt is required")])
        self._hear(record, Input(at=asked.now, text=cast("str", prompt)))
        return google.document({})

    def archive(self, asked: Asked, *, archived: bool) -> Response:
        """Empty. In SDK 0.2.0, absent from the public reference."""
        record = self._record(asked)
        google.read_json(asked.body)
        self._records[record.session.id] = replace(record, session=replace(record.session, archived=archived))
        return google.document({})

    # --- activities ---

    def list_activities(self, asked: Asked) -> Response:
        """Oldest first."""
        is_wanted = google.time_filter(asked.query.get("filter", ""), "create_time")
        numbered = enumerate(self._activities(asked))
        wanted = ((number, each) for number, each in numbered if is_wanted(each["createTime"]))
        found, token = google.page(wanted, asked.query, default=50)
        return _listing("activities", found, token)

    def get_activity(self, asked: Asked) -> Response:
        """One activity."""
        for activity in self._activities(asked):
            if activity["id"] == asked.path["activity"]:
                return google.document(activity)
        raise google.Refused(google.error(404))

    def _activities(self, asked: Asked) -> Iterable[Document]:
        record = self._record(asked)
        return activities(record.session, record.life, self._script, asked.now)

    # --- sources ---

    def list_sources(self, asked: Asked) -> Response:
        """Every connected repository."""
        found, token = google.page(enumerate(_source(name) for name in REPOSITORIES), asked.query, default=30)
        return _listing("sources", found, token)

    def get_source(self, asked: Asked) -> Response:
        """One repository; the official SDK asks for it before each create that names it."""
        name = asked.path["source"].removeprefix("github/")
        if name not in REPOSITORIES or not asked.path["source"].startswith("github/"):
            raise google.Refused(google.error(404))
        return google.document(_source(name))

    # --- the store ---

    def _new(self, wanted: Document, now: float) -> Session:
        number = len(self._records) + 1
        prompt: str = wanted["prompt"]
        return Session(
            id=_session_id(self._seed, number),
            number=number,
            prompt=prompt,
            title=_text(wanted, "title") or default_title(prompt),
            created=now,
            source_context=wanted.get("sourceContext"),
            create_pull_request=wanted.get("automationMode") == "AUTO_CREATE_PR",
            approve_first=wanted.get("requirePlanApproval") is True,
        )

    def _store(self, session: Session) -> None:
        self._records[session.id] = Record(session, live(session, self._script))

    def _hear(self, record: Record, heard: Input) -> None:
        self._store(replace(record.session, inputs=(*record.session.inputs, heard)))

    def _record(self, asked: Asked) -> Record:
        record = self._records.get(asked.path["session"])
        if record is None or not self._is_visible(record.session, asked.now):
            raise google.Refused(google.error(404))
        return record

    def _is_visible(self, session: Session, now: float) -> bool:
        age = now - session.created
        is_gone = "gone" in self._scenarios and age >= self._script.duration / 2
        return age >= self._grace and not is_gone

    def _document(self, record: Record, now: float) -> Document:
        session, life = record.session, record.life
        answer: Document = {
            "name": f"sessions/{session.id}",
            "id": session.id,
            "prompt": session.prompt,
            "title": session.title,
            "state": life.state(now),
            "url": f"https://jules.google.com/session/{session.id}",
            "createTime": google.timestamp(session.created),
            "updateTime": google.timestamp(life.updated(now)),
        }
        optional = {
            "sourceContext": session.source_context,
            "archived": session.archived,
            "outputs": outputs(session, life, self._script, now),
        }
        # proto JSON leaves out what is false or empty
        answer |= {name: value for name, value in optional.items() if value}
        if "unknown-word" in self._scenarios:
            answer |= {"priority": "PRIORITY_HIGH", "telemetry": {"tokens": 1234, "models": ["m1", None]}}
        return answer


# --- routes ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Route:
    """What one method and path does; `template` is the path as counted."""

    method: str
    template: str
    verb: Verb
    serve: Callable[[Simulator, Asked], Response]

    @property
    def name(self) -> str:
        """As in the counts."""
        return f"{self.method} {self.template}".strip()


def _nothing_here(_simulator: Simulator, _asked: Asked) -> Response:
    return proxy_page(404)


_ELSEWHERE = Route("", "elsewhere", "read", _nothing_here)

_ROUTES = (
    Route("POST", "/v1alpha/sessions", "create", Simulator.create),
    Route("GET", "/v1alpha/sessions", "list", Simulator.list),
    Route("GET", "/v1alpha/sessions/{session}", "poll", Simulator.get),
    Route("POST", "/v1alpha/sessions/{session}:approvePlan", "act", Simulator.approve_plan),
    Route("POST", "/v1alpha/sessions/{session}:sendMessage", "act", Simulator.send_message),
    Route("POST", "/v1alpha/sessions/{session}:archive", "act", partial(Simulator.archive, archived=True)),
    Route("POST", "/v1alpha/sessions/{session}:unarchive", "act", partial(Simulator.archive, archived=False)),
    Route("GET", "/v1alpha/sessions/{session}/activities", "read", Simulator.list_activities),
    Route("GET", "/v1alpha/sessions/{session}/activities/{activity}", "read", Simulator.get_activity),
    Route("GET", "/v1alpha/sources", "read", Simulator.list_sources),
    Route("GET", "/v1alpha/sources/{source=**}", "read", Simulator.get_source),
)


def _pattern(template: str) -> re.Pattern[str]:
    """`{x}` is one segment without a colon, `{x=**}` the rest of the path; as sent, so `%2F` is no slash."""
    several = re.sub(r"\{(\w+)=\*\*\}", r"(?P<\1>.+)", template)
    return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/:]+)", several))


_PATTERNS = tuple((route, _pattern(route.template)) for route in _ROUTES)


def _route(method: str, path: str) -> tuple[Route, Mapping[str, str]]:
    for route, pattern in _PATTERNS:
        if route.method == method and (found := pattern.fullmatch(path)):
            return route, {name: unquote(value) for name, value in found.groupdict().items()}
    return _ELSEWHERE, {}


def _call(request: Request, route: Route, body: bytes) -> Call:
    key = header(request.headers, "x-goog-api-key")
    return Call(
        verb=route.verb,
        route=route.name,
        credential=key or "",
        fingerprint=hash((request.method, request.url, body)),
        denied=_denial(key),
    )


def _denial(key: str | None) -> Response | None:
    """Every key is good but one; whose keys they are is no business of a double."""
    if not key:
        return google.error(403)
    return google.bad_key(_SERVICE) if key == _BAD_KEY else None


# --- what a create may say -------------------------------------------------------------------------------

_AUTOMATION = ("AUTOMATION_MODE_UNSPECIFIED", "AUTO_CREATE_PR")
"""Any other word is a 400 (it broke a published extension in August 2026)."""

_CREATE: Mapping[str, tuple[type, str]] = {
    "prompt": (str, "TYPE_STRING"),
    "title": (str, "TYPE_STRING"),
    "sourceContext": (dict, "TYPE_MESSAGE"),
    "requirePlanApproval": (bool, "TYPE_BOOL"),
    "automationMode": (str, "TYPE_ENUM"),
}
_MESSAGE: Mapping[str, tuple[type, str]] = {"prompt": (str, "TYPE_STRING")}


def _wanted(body: dict[str, object]) -> Document:
    """The body of a create, valid. Raises `Refused` with every fault at once."""
    wanted = _checked(body, _CREATE, "session")
    faults = [*_prompt_faults(wanted), *_mode_faults(wanted), *_source_faults(wanted)]
    if faults:
        raise google.invalid(faults)
    return wanted


def _checked(body: dict[str, object], fields: Mapping[str, tuple[type, str]], where: str) -> Document:
    """The body, its fields known and of their types (null is absent), or what Google's JSON parser says."""
    faults = [fault for name, value in body.items() if (fault := _field_fault(name, value, fields, where))]
    if faults:
        raise google.invalid(faults)
    return {name: value for name, value in body.items() if value is not None}


def _field_fault(
    name: str, value: object, fields: Mapping[str, tuple[type, str]], where: str
) -> tuple[str, str] | None:
    if name not in fields:
        return (
            where,
            f"Invalid JSON payload received. Unknown name \"{name}\" at '{where}': Cannot find field.",
        )
    kind, word = fields[name]
    if value is None or isinstance(value, kind):
        return None
    path = f"{where}.{_snake(name)}"
    return path, f"Invalid value at '{path}' ({word}), {json.dumps(value)}"


def _prompt_faults(wanted: Document) -> list[tuple[str, str]]:
    return [] if str(wanted.get("prompt", "")).strip() else [("prompt", "prompt is required")]


def _mode_faults(wanted: Document) -> list[tuple[str, str]]:
    mode = wanted.get("automationMode", _AUTOMATION[0])
    path = "session.automation_mode"
    return [] if mode in _AUTOMATION else [(path, f"Invalid value at '{path}' (TYPE_ENUM), \"{mode}\"")]


def _source_faults(wanted: Document) -> list[tuple[str, str]]:
    """A repository that is not connected is 404, as for `GET` of it (the code is unverified)."""
    context: Document | None = wanted.get("sourceContext")
    if context is None:
        return []
    source = context.get("source")
    if not isinstance(source, str) or not source:
        return [("source_context.source", "source is required")]
    if source not in {f"sources/github/{name}" for name in REPOSITORIES}:
        raise google.Refused(google.error(404))
    return []


# --- small documents -------------------------------------------------------------------------------------


def _listing(name: str, items: list[Document], token: str | None) -> Response:
    """An empty list and a last token are left out, as proto JSON does."""
    answer: Document = {name: items} if items else {}
    if token:
        answer["nextPageToken"] = token
    return google.document(answer)


def _source(name: str) -> Document:
    owner, _, repository = name.partition("/")
    branch = {"displayName": "main"}
    details = {
        "owner": owner,
        "repo": repository,
        "isPrivate": False,
        "defaultBranch": branch,
        "branches": [branch],
    }
    return {"name": f"sources/github/{name}", "id": f"github/{name}", "githubRepo": details}


def _session_id(seed: int, number: int) -> str:
    """Digits only, as in logs of the real service."""
    return str(Random(f"{seed}/session/{number}").randrange(10**18, 10**19))  # noqa: S311 - repeatable on purpose


def _text(document: Document, name: str) -> str | None:
    value = document.get(name)
    return value if isinstance(value, str) and value else None


def _snake(name: str) -> str:
    return re.sub(r"[A-Z]", lambda found: f"_{found[0].lower()}", name)
