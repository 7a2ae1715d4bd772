"""Toy services of every shape, and a stage on which the machine is played by hand.

The schedule of the toys has no jitter, so that every moment in a table can be worked out: the first delay is 2 seconds,
later ones are a tenth of the task's age, at most 60. `NOW` is when a scene begins.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any, Self

import pytest

from accepted.core import codec
from accepted.core.contract import (
    Act,
    Ask,
    Contract,
    Credential,
    Facts,
    Keyed,
    Listing,
    Marked,
    Named,
    NextToken,
    Step,
)
from accepted.core.events import (
    Answered,
    Event,
    Fail,
    Finish,
    Forget,
    Goal,
    Held,
    Page,
    Save,
    Seen,
    Send,
    Sleep,
    Started,
    Tell,
    Wait,
    Warn,
    Woke,
)
from accepted.core.machine import advance
from accepted.core.read import Answer, Body, Header, Meaning, Reading, by_word
from accepted.core.schedule import Schedule
from accepted.core.task import Artifact, Doing, Private, Progress, Status, Task
from accepted.core.wire import Dropped, Request, Response, Upload

NOW = 1_800_000_000.0
BASE = "https://toy.test/api"
FACTS = Facts(verified="a toy", checked=date(2026, 11, 22), links={})


class Inputs(codec.Struct, kw_only=True, forbid_unknown_fields=True):
    prompt: str
    size: int = 1


class Note(codec.Struct, kw_only=True, forbid_unknown_fields=True):
    text: str


class Document(codec.Struct):
    """What the toys say about a task."""

    id: str | None = None
    state: str | None = None
    over: bool = False
    why: str | None = None
    retry_in: float | None = None
    updated: datetime | None = None
    created: datetime | None = None


WORDS = {
    "queued": Status.QUEUED,
    "running": Status.IN_PROGRESS,
    "waiting": Meaning(Status.INPUT_REQUIRED, reason="approve"),
    "done": Status.COMPLETED,
    "partly": Meaning(Status.COMPLETED, outcome="some"),
    "failed": Status.FAILED,
    "stopped": Status.CANCELLED,
}


def _read(answer: Answer) -> Reading:
    said = answer.read_as(Document)
    return Reading(
        id=said.id,
        service_status=said.state or "",
        over=said.over,
        message=said.why,
        retry_after=said.retry_in,
        updated_at=said.updated,
        created_at=said.created,
    )


def _body(ask: Ask) -> dict[str, Any]:
    return {"prompt": ask.inputs.prompt, "mark": ask.marker, "name": ask.name}


def _carries(answer: Answer, marker: str) -> bool:
    return codec.at(codec.anything(answer.raw), "/mark") == marker


def _named_id(ask: Ask) -> str:
    return f"mine-{ask.name}"


def _raw_result(task: Task[Any]) -> Any:
    return codec.anything(task.raw or b"null")


def _create(repeat: Any) -> tuple[Step, ...]:
    return (Step(name="create", method="POST", path="/tasks", codes=(202,), repeat=repeat, body=_body),)


def _note(ask: Ask) -> Any:
    return {"text": ask.inputs.text}


def _toy(name: str, **changes: Any) -> Contract[..., Any]:
    """The plainest service: everything in a JSON document, ids in the body, nothing that makes a create safe."""
    promised: dict[str, Any] = {
        "name": name,
        "title": "Toy",
        "base_url": BASE,
        "inputs": Inputs,
        "create": _create("once"),
        "poll": (Step(name="status", method="GET", path="/tasks/{id}"),),
        "cancel": (Step(name="cancel", method="POST", path="/tasks/{id}/cancel"),),
        "acts": {
            "rerun": Act(
                steps=(Step(name="rerun", method="POST", path="/tasks/{id}/rerun", repeat="once"),), reopens=True
            ),
            "approve": Act(steps=(Step(name="approve", method="POST", path="/tasks/{id}/approve", repeat="once"),)),
            "note": Act(
                steps=(Step(name="note", method="POST", path="/tasks/{id}/note", repeat="once", body=_note),),
                inputs=Note,
            ),
            "nudge": Act(steps=(Step(name="nudge", method="POST", path="/tasks/{id}/nudge"),)),
        },
        "listing": Listing(
            step=Step(
                name="list",
                method="GET",
                path="/tasks",
                items="/items",
                pages=NextToken("page", "/next"),
                page_size=("limit", 10),
            ),
            full=True,
        ),
        "read": _read,
        "words": WORDS,
        "result": _raw_result,
        "facts": FACTS,
        "grace": 30.0,
        "schedule": Schedule(first=2.0, fraction=0.1, longest=60.0, jitter=0.0),
        "longest_wait": 600.0,
        "refusals": {"BAD_KEY": _error("AuthenticationFailed"), "SLOW_DOWN": _error("RateLimited")},
    }
    return Contract(**{**promised, **changes})


def _error(name: str) -> Any:
    from accepted import errors

    return getattr(errors, name)


# ---- the odd one: nothing of a task is in a body


class Manifest(codec.Struct):
    rows: int
    files: dict[str, str] = {}  # noqa: RUF012  # msgspec copies a default


def _by_code(answer: Answer) -> Reading:
    return Reading(status=Status.COMPLETED if answer.code == 200 else Status.IN_PROGRESS)


def _manifest(task: Task[Any]) -> Manifest:
    return codec.decode(task.documents["manifest"][0], Manifest)


def _files(task: Task[Any]) -> tuple[Artifact, ...]:
    return tuple(Artifact(name=name, url=url) for name, url in _manifest(task).files.items())


class Parts(codec.Struct, kw_only=True, forbid_unknown_fields=True):
    file: str


def _upload(ask: Ask) -> Upload:
    return Upload(ask.inputs.file, "text/csv")


ODD = Contract(
    name="odd",
    title="Odd",
    base_url=BASE,
    inputs=Parts,
    create=(
        Step(
            name="upload",
            method="PUT",
            path="/uploads",
            codes=(204,),
            body=_upload,
            yields={"upload": Header("X-Upload-Id")},
        ),
        Step(
            name="create",
            method="POST",
            path="/uploads/{upload}/things",
            codes=(202,),
            repeat="keyed",
            yields={"id": Header("Location", r"/things/([^/?]+)$")},
        ),
    ),
    poll=(Step(name="status", method="GET", path="/things/{id}", codes=(200, 202)),),
    results=(Step(name="manifest", method="GET", path="/things/{id}/manifest", keep=True),),
    cancel=(Step(name="cancel", method="DELETE", path="/things/{id}", codes=(204,)),),
    items={"rows": (Step(name="rows", method="GET", path="/things/{id}/rows", streamed=True),)},
    usage=(Step(name="usage", method="GET", path="/usage"),),
    read=_by_code,
    words={},
    result=_manifest,
    artifacts=_files,
    safe=Keyed("X-Once"),
    facts=FACTS,
)


# ---- further shapes


def _log(answer: Answer) -> Reading:
    return Reading(progress=Progress(text=codec.at(codec.anything(answer.raw or b"null"), "/line")))


def _not_final(task: Task[Any]) -> bool:
    return not task.status.final


def _pages(task: Task[Any]) -> list[Any]:
    return [codec.anything(page) for page in task.documents.get("rows", ())]


_LOG = Step(name="log", method="GET", path="/tasks/{id}/log", read=_log, when=_not_final, optional=True)
_ROWS = Step(
    name="rows",
    method="GET",
    path="/tasks/{id}/rows",
    items="/rows",
    pages=NextToken("page", "/next"),
    keep=True,
)
_EXTRA = Step(name="extra", method="GET", path="/tasks/{id}/extra", keep=True, optional=True)

ABSOLUTE = _toy(
    "absolute",
    create=(
        replace(
            _create("once")[0],
            yields={"id": Body("/id"), "monitor": (Header("Operation-Location"), Body("/monitor"))},
            secret=frozenset({"monitor"}),
        ),
    ),
    poll=(Step(name="status", method="GET", path="{+monitor}"),),
    cookies=True,
    etag=True,
    trusted=("https://trusted.test",),
    credential=Credential(how="ask a friend"),
)


class Toys(dict[str, Contract[..., Any]]):
    """Contracts by name; told in one word where Hypothesis tells how to see a failure again."""

    def __repr__(self) -> str:
        return "toys"


TOYS = Toys(
    bare=_toy("bare"),
    marked=_toy("marked", safe=Marked(_carries)),
    keyed=_toy("keyed", create=_create("keyed"), safe=Keyed()),
    named=_toy("named", create=_create("keyed"), safe=Named(_named_id)),
    mute=_toy("mute", poll=None, cancel=None, listing=None, acts={}, read=by_word("/state", id="/id")),
    fading=_toy("fading", missing="gone", safe=Marked(_carries)),
    strict=_toy("strict", missing="not_found"),
    chatty=_toy("chatty", poll=(Step(name="status", method="GET", path="/tasks/{id}"), _LOG)),
    papered=_toy("papered", results=(_ROWS, _EXTRA), result=_pages, items={"rows": (replace(_ROWS, keep=False),)}),
    absolute=ABSOLUTE,
    odd=ODD,
)


# ---- the stage


def response(code: int, body: object = None, headers: Mapping[str, str] | None = None) -> Response:
    """An answer; what is no bytes becomes JSON."""
    raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    return Response(status=code, headers=tuple((headers or {}).items()), body=raw)


def told(action: object, now: float) -> str:
    """An action in a word or two; sleeps in seconds from now."""
    match action:
        case Send(request=request):
            return f"{request.method} {request.url.removeprefix(BASE)}"
        case Sleep(until=until):
            return f"sleep {round(until - now, 3):g}"
        case Save(must=must):
            return "save!" if must else "save"
        case Tell():
            return "tell"
        case Page(items=items):
            return f"page of {len(items)}"
        case Fail(error=error):
            return type(error).__name__
        case Finish() | Forget() | Warn():
            return type(action).__name__.lower()
        case _:
            raise AssertionError(action)


class Scene:
    """One task, one wait, and the machine: events go in, `story` tells what it wanted done last."""

    def __init__(self, contract: Contract[..., Any], task: Task[Any], wait: Wait) -> None:
        self.contract = contract
        self.task = task
        self.wait = wait
        self.now = NOW
        self.actions: tuple[Any, ...] = ()

    def on(self, event: Event, *, after: float = 0.0) -> Self:
        """An event, some seconds later."""
        self.now += after
        self.task, self.actions = advance(self.contract, self.task, self.wait, event, self.now)
        return self

    def start(self, operation: str, **options: float) -> Self:
        return self.on(Started(operation), **options)

    def answer(self, code: int, body: object = None, *, after: float = 0.0, **headers: str) -> Self:
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.on(Answered(response(code, body, fields)), after=after)

    def drop(self, *, sent: bool = True, hopeless: bool = False) -> Self:
        return self.on(Dropped(reason="the line went dead", sent=sent, hopeless=hopeless))

    def woke(self) -> Self:
        """The sleep goes by."""
        self.now = max(self.now, self.last.until)
        return self.on(Woke())

    def held(self, seconds: float, *, limited: bool = True) -> Self:
        return self.on(Held(self.now + seconds, limited=limited))

    def seen(self, body: object) -> Self:
        return self.on(Seen(Answer(raw=json.dumps(body).encode())))

    @property
    def last(self) -> Any:
        return self.actions[-1]

    @property
    def request(self) -> Request:
        assert isinstance(self.last, Send), self.story
        return self.last.request

    @property
    def error(self) -> Any:
        assert isinstance(self.last, Fail), self.story
        return self.last.error

    @property
    def story(self) -> str:
        """The actions of the last turn."""
        return ", ".join(told(action, self.now) for action in self.actions)


@pytest.fixture(scope="session")
def toys() -> Mapping[str, Contract[..., Any]]:
    """The toy services by name."""
    return TOYS


@pytest.fixture
def fresh() -> Any:
    """Make a scene before its create."""

    def make(toy: str, goal: Goal = "answer", *, key: str | None = None, **wait: Any) -> Scene:
        contract = TOYS[toy]
        inputs = Parts(file="/dev/null") if toy == "odd" else Inputs(prompt="p")
        task: Task[Any] = Task(
            service=contract.name,
            marker="accepted-1",
            key=key,
            base_url=BASE,
            private=Private(inputs=codec.encode(inputs)),
        )
        return Scene(contract, task, Wait(goal=goal, **wait))

    return make


@pytest.fixture
def known() -> Any:
    """Make a scene with a task that was created `age` seconds ago and has an id."""

    def make(
        toy: str,
        goal: Goal = "final",
        *,
        status: Status = Status.IN_PROGRESS,
        age: float = 0.0,
        task: Mapping[str, Any] | None = None,
        doing: Mapping[str, Any] | None = None,
        **wait: Any,
    ) -> Scene:
        place: dict[str, Any] = {"sent_at": NOW - age, "asked_at": NOW - age, **(doing or {})}
        place.setdefault("made_at", place["sent_at"])
        facts: dict[str, Any] = {"id": "t1", "status": status, "marker": "accepted-1", "base_url": BASE}
        one: Task[Any] = Task(service=toy, doing=Doing(**place), **{**facts, **(task or {})})
        return Scene(TOYS[toy], one, Wait(goal=goal, **wait))

    return make
