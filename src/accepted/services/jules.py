"""Google Jules: a coding agent that works on a repository - Async Request-Reply Pattern, long-running and asynchronous.

Step 1/2, `create_task`: `POST /sessions` -> 200 with the id; returns immediately, while Jules works on.
Step 2/2, `poll_task`: `GET /sessions/{id}` -> 200 with the `state`; blocks until it is final.
Then `task.result` has the message, the diff and the pull request.

Jules calls a task a session, and answers a create with 200, not 202.
Codes: 200, 400 (also for a bad API key), 401, 403, 404 (also just after a create), 429, 500.
Statuses: queued, in_progress, input_required, paused, and final: completed, failed.

Example:
    >>> import accepted
    >>> from accepted.services import jules
    >>> with accepted.Client(jules.contract) as client:  # doctest: +SKIP
    ...     task = client.create_task(prompt="Fix the flaky test", source="github/acme/widget")
    ...     task = client.poll_task(task, timeout=1800)
    ...     print(task.result.message, task.result.diff)

Facts checked on 2026-11-22 against https://jules.google/docs/api/reference and `@google/jules-sdk` 0.2.0;
never yet against the live service.
See also: AsyncAPI https://www.asyncapi.com/ - the Azure pattern
https://learn.microsoft.com/azure/architecture/patterns/async-request-reply - RESTful long-running tasks
https://restfulapi.net/rest-api-design-for-long-running-tasks/
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime
from typing import Annotated, Any

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
    Marked,
    NextToken,
    Repeat,
    Step,
)
from accepted.core.read import Answer, Found, Meaning, Reading, Words, aware
from accepted.core.schedule import Schedule
from accepted.core.task import Artifact, Progress, Status, Task
from accepted.errors import AuthenticationFailed

_Text = Annotated[str, Meta(min_length=1)]
_Source = Annotated[str, Meta(pattern=r"^(sources/)?github/[^/]+/[^/]+$", examples=["github/owner/repo"])]


class Inputs(Struct, kw_only=True, forbid_unknown_fields=True):
    """What a session is created from.

    Attributes:
        prompt: what Jules is to do.
        source: the repository, as `github/owner/repo`; without one Jules works in an empty place.
        branch: where it starts; `main` unless given.
        title: what people see; our marker is put behind it.
        require_plan_approval: stop at the plan (status `input_required`) until the act `approve_plan`.
        auto_create_pr: open a pull request with the changes.
    """

    prompt: _Text
    source: _Source | None = None
    branch: _Text | None = None
    title: str | None = None
    require_plan_approval: bool = False
    auto_create_pr: bool = False

    def __post_init__(self) -> None:
        """Refuse a branch of no repository, rather than leave it out silently."""
        if self.branch is not None and self.source is None:
            raise ValueError("branch needs a source: the repository that it is in")


class Message(Struct, kw_only=True, forbid_unknown_fields=True):
    """What the act `send_message` says to Jules."""

    prompt: _Text


class PullRequest(Struct, rename="camel", kw_only=True):
    """A pull request that Jules opened."""

    url: str
    title: str = ""
    description: str = ""
    base_ref: str | None = None
    head_ref: str | None = None


class GitPatch(Struct, rename="camel", kw_only=True):
    """Changes as a unified diff."""

    unidiff_patch: str = ""
    base_commit_id: str | None = None
    suggested_commit_message: str | None = None


class ChangeSet(Struct, rename="camel", kw_only=True):
    """Changes to one source."""

    source: str | None = None
    git_patch: GitPatch | None = None


class Result(Struct, kw_only=True):
    """What a session yielded.

    Attributes:
        message: the last thing that Jules said, or None.
        diff: its changes as a unified diff, or None; `git apply` takes it.
        base_commit, commit_message: what the diff applies to, and Jules' proposal for the message.
        pull_requests: those that it opened.
    """

    message: str | None = None
    diff: str | None = None
    base_commit: str | None = None
    commit_message: str | None = None
    pull_requests: tuple[PullRequest, ...] = ()


# ---- the documents of the wire; every field may be absent, whatever is unknown is passed over


class _Output(Struct, rename="camel"):
    pull_request: PullRequest | None = None
    change_set: ChangeSet | None = None


class _Session(Struct, rename="camel"):
    name: str | None = None
    id: str | None = None
    title: str | None = None
    state: str | None = None
    url: str | None = None
    create_time: datetime | None = None
    update_time: datetime | None = None
    outputs: list[_Output] | None = None


class _Said(Struct, rename="camel"):
    agent_message: str | None = None
    title: str | None = None
    description: str | None = None
    reason: str | None = None


class _Media(Struct, rename="camel"):
    data: str = ""
    mime_type: str = "application/octet-stream"


class _Made(Struct, rename="camel"):
    change_set: ChangeSet | None = None
    media: _Media | None = None


class _Activity(Struct, rename="camel"):
    create_time: datetime | None = None
    description: str | None = None
    artifacts: list[_Made] | None = None
    agent_messaged: _Said | None = None
    progress_updated: _Said | None = None
    plan_generated: _Said | None = None
    session_completed: _Said | None = None
    session_failed: _Said | None = None


class _Activities(Struct, rename="camel"):
    activities: list[_Activity] | None = None


WORDS: Words = {
    "": Status.QUEUED,
    "STATE_UNSPECIFIED": Status.QUEUED,
    "QUEUED": Status.QUEUED,
    "PLANNING": Status.IN_PROGRESS,
    "IN_PROGRESS": Status.IN_PROGRESS,
    "AWAITING_PLAN_APPROVAL": Meaning(Status.INPUT_REQUIRED, reason="approve"),
    "AWAITING_USER_FEEDBACK": Meaning(Status.INPUT_REQUIRED, reason="message"),
    "PAUSED": Status.PAUSED,
    "COMPLETED": Status.COMPLETED,
    "FAILED": Status.FAILED,
}

_MARK = re.compile(r" \[accepted-[0-9a-f]+\]$")


# ---- requests


def _create_body(ask: Ask) -> dict[str, Any]:
    inputs: Inputs = ask.inputs
    title = inputs.title or codec.shorten(inputs.prompt)
    body: dict[str, Any] = {"prompt": inputs.prompt, "title": f"{title} [{ask.marker}]"}
    if inputs.source is not None:
        source = f"sources/{inputs.source.removeprefix('sources/')}"
        body["sourceContext"] = {"source": source, "githubRepoContext": {"startingBranch": inputs.branch or "main"}}
    if inputs.auto_create_pr:
        body["automationMode"] = "AUTO_CREATE_PR"
    return {**body, "requirePlanApproval": inputs.require_plan_approval}


def _message_body(ask: Ask) -> dict[str, str]:
    return {"prompt": ask.inputs.prompt}


def _empty_body(_: Ask) -> dict[str, str]:
    return {}


def _newer_only(ask: Ask) -> dict[str, str | None]:
    """The filter that the official SDK sends to read only what is new; a question may have come before its status."""
    last = None if ask.task.status is Status.INPUT_REQUIRED else _since(ask.task)
    return {"filter": f'create_time>"{last}"' if last else None}


# ---- readings


def _read_session(answer: Answer) -> Reading:
    session = answer.read_as(_Session)
    state = session.state or ""
    return Reading(
        id=session.id or (session.name or "").removeprefix("sessions/") or None,
        service_status=state,
        title=_MARK.sub("", session.title) if session.title else None,
        page_url=session.url,
        created_at=session.create_time,
        updated_at=session.update_time,
        finished_at=session.update_time if state in {"COMPLETED", "FAILED"} else None,
    )


def _read_progress(answer: Answer) -> Reading:
    """The newest activity as progress; what Jules said last is what it wants to be answered."""
    activities = answer.read_as(_Activities).activities or []
    texts = [text for text in map(_headline, activities) if text]
    said = _last_said(activities)
    return Reading(progress=Progress(text=texts[-1]) if texts else None, message=said)


def _headline(activity: _Activity) -> str | None:
    told = activity.progress_updated
    if told:
        return told.title or told.description
    return "the plan is ready" if activity.plan_generated else activity.description


def _last_said(activities: Iterable[_Activity]) -> str | None:
    said = [one.agent_messaged.agent_message for one in activities if one.agent_messaged]
    return said[-1] if said else None


def _updated(task: Task[Any], _: Answer | None = None) -> str | None:
    return task.updated_at.isoformat() if task.updated_at else None


def _moved_on(task: Task[Any]) -> bool:
    """Activities are asked for only where the session says that something happened."""
    return not task.status.final and _updated(task) != task.doing.yields.get("seen")


def _last_activity(_: Task[Any], answer: Answer) -> str | None:
    times = [aware(one.create_time) for one in answer.read_as(_Activities).activities or () if one.create_time]
    return max(times).astimezone(UTC).isoformat().replace("+00:00", "Z") if times else None


def _since(task: Task[Any], _: Answer | None = None) -> str | None:
    """What was last known before the first page: a page token belongs to its filter (https://google.aip.dev/158)."""
    return task.doing.yields.get("since" if task.doing.page else "last_activity")


def _carries(answer: Answer, marker: str) -> bool:
    return f"[{marker}]" in (answer.read_as(_Session).title or "")


# ---- results


def _result(task: Task[Any]) -> Result:
    session = codec.decode(task.raw or b"{}", _Session)
    outputs = session.outputs or []
    patch = _last_patch(output.change_set for output in outputs) or _last_patch(_change_sets(task))
    return Result(
        message=_last_said(_activities(task)),
        diff=(patch.unidiff_patch or None) if patch else None,
        base_commit=patch.base_commit_id if patch else None,
        commit_message=patch.suggested_commit_message if patch else None,
        pull_requests=tuple(output.pull_request for output in outputs if output.pull_request),
    )


def _conclude(task: Task[Any]) -> Reading:
    """Why a session failed stands only in its activities; a failure before a completion is from an earlier attempt."""
    ends = [end for one in _activities(task) if (end := one.session_failed or one.session_completed)]
    return Reading(message=ends[-1].reason if ends else None)


def _last_patch(changes: Iterable[ChangeSet | None]) -> GitPatch | None:
    patches = [change.git_patch for change in changes if change and change.git_patch]
    return patches[-1] if patches else None


def _activities(task: Task[Any]) -> Iterator[_Activity]:
    """Every activity that was fetched with the result, oldest first."""
    pages = (codec.decode(page or b"{}", _Activities) for page in task.documents.get("activities", ()))
    return (activity for page in pages for activity in page.activities or ())


def _made(task: Task[Any]) -> Iterator[_Made]:
    return (made for activity in _activities(task) for made in activity.artifacts or ())


def _change_sets(task: Task[Any]) -> Iterator[ChangeSet | None]:
    return (made.change_set for made in _made(task))


def _artifacts(task: Task[Any]) -> tuple[Artifact, ...]:
    """The diff and the pictures: Jules gives them inline, so that a download makes no request."""
    diff = _result(task).diff
    patch = (Artifact(name="changes.patch", media_type="text/x-diff", content=diff.encode()),) if diff else ()
    pictures = (made.media for made in _made(task) if made.media)
    return patch + tuple(
        Artifact(
            name=f"media-{number}.{media.mime_type.rpartition('/')[2]}",
            media_type=media.mime_type,
            content=codec.unbase64(media.data),
        )
        for number, media in enumerate(pictures, start=1)
    )


_PAGED = NextToken("pageToken", "/nextPageToken")

_ACTIVITIES = Step(
    name="activities",
    method="GET",
    path="/sessions/{id}/activities",
    items="/activities",
    pages=_PAGED,
    page_size=("pageSize", 100),
)


def _act(name: str, repeat: Repeat = "once", body: Callable[[Ask], object] = _empty_body) -> Step:
    return Step(name=name, method="POST", path=f"/sessions/{{id}}:{name}", repeat=repeat, body=body)


contract = Contract(
    name="jules",
    title="Google Jules",
    base_url="https://jules.googleapis.com/v1alpha",
    inputs=Inputs,
    create=(Step(name="session", method="POST", path="/sessions", repeat="once", body=_create_body),),
    poll=(
        Step(name="session", method="GET", path="/sessions/{id}"),
        Step(
            name="activities",
            method="GET",
            path="/sessions/{id}/activities",
            pages=_PAGED,
            page_size=("pageSize", 100),
            query=_newer_only,
            read=_read_progress,
            yields={"seen": Found(_updated), "since": Found(_since), "last_activity": Found(_last_activity)},
            when=_moved_on,
            optional=True,
        ),
    ),
    results=(
        Step(
            name="activities",
            method="GET",
            path="/sessions/{id}/activities",
            pages=_PAGED,
            page_size=("pageSize", 100),
            keep=True,
        ),
    ),
    listing=Listing(
        step=Step(
            name="sessions",
            method="GET",
            path="/sessions",
            items="/sessions",
            pages=_PAGED,
            page_size=("pageSize", 100),
        ),
        full=True,
    ),
    items={"activities": (_ACTIVITIES,)},
    acts={
        "approve_plan": Act(steps=(_act("approvePlan"),), reopens=True, summary="let the plan be carried out"),
        "send_message": Act(
            steps=(_act("sendMessage", body=_message_body),),
            inputs=Message,
            reopens=True,
            summary="say something to Jules, also after it has finished",
        ),
        "archive": Act(steps=(_act("archive", repeat="safe"),), summary="hide the session from lists"),
        "unarchive": Act(steps=(_act("unarchive", repeat="safe"),), summary="show it again"),
    },
    read=_read_session,
    words=WORDS,
    result=_result,
    conclude=_conclude,
    artifacts=_artifacts,
    safe=Marked(_carries),
    grace=60.0,
    missing="gone",
    schedule=Schedule(first=2.0, fraction=0.1, longest=30.0),
    longest_wait=6 * 3600.0,
    credential=Credential(
        header="X-Goog-Api-Key",
        prefix="",
        variables=("JULES_API_KEY",),
        how="Make an API key at https://jules.google.com/settings and put it into JULES_API_KEY",
    ),
    refusals={"API_KEY_INVALID": AuthenticationFailed},
    limits=Limits(creates_at_once=5),
    facts=Facts(
        verified=(
            "@google/jules-sdk 0.2.0 and jules-agent-sdk 0.1.1 drive our simulator; our client only against the "
            "simulator; against the live service: not yet"
        ),
        checked=date(2026, 11, 22),
        links={
            "reference": "https://jules.google/docs/api/reference",
            "SDK": "https://www.npmjs.com/package/@google/jules-sdk",
        },
        cost="counts against the plan's daily number of tasks (about 100 on one paid plan; unverified)",
        typical="minutes; a session may stay IN_PROGRESS for ever after it has finished (jules-sdk issue 23)",
        notes=(
            "A create is answered with 200, not 202, and there is no idempotency key: our marker travels in the title.",
            "Just after a create the session or its activities may be answered with 404 (jules-sdk issue 19).",
            "There is no cancel; archive is not cancel.",
            "Ten creates at once were seen to fail with a misleading 'Could not get source' (jules-sdk issue 20).",
        ),
    ),
    examples={
        Status.QUEUED: {"name": "sessions/314", "id": "314", "title": "Fix the flaky test", "state": "QUEUED"},
        Status.IN_PROGRESS: {"name": "sessions/314", "id": "314", "title": "Fix the flaky test", "state": "PLANNING"},
        Status.INPUT_REQUIRED: {"name": "sessions/314", "id": "314", "state": "AWAITING_PLAN_APPROVAL"},
        Status.PAUSED: {"name": "sessions/314", "id": "314", "state": "PAUSED"},
        Status.COMPLETED: {
            "name": "sessions/314",
            "id": "314",
            "state": "COMPLETED",
            "outputs": [{"changeSet": {"source": "sources/github/acme/widget", "gitPatch": {"unidiffPatch": "..."}}}],
        },
        Status.FAILED: {"name": "sessions/314", "id": "314", "state": "FAILED"},
    },
    example_inputs={"prompt": "Fix the flaky test", "source": "github/acme/widget"},
)
