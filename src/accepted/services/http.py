"""Any API that follows the 202 pattern - Async Request-Reply Pattern, long-running and asynchronous.

One contract for every API that takes a request, answers at once, and tells later how it went.
Step 1/2, `create_task`: `POST`, or what you say -> 202 (or 200, 201); returns immediately, while the work goes on.
Step 2/2, `poll_task`: `GET` where the answer said -> 200 or 202 with a status, or 303; blocks until it is final.
Then `task.result.value` is what it yielded.

Nothing is declared beforehand: where the task is asked about, where its status stands, what the word means, and where
the result is, are looked for in the answers (`docs/http.md` has the order). Whatever is not found there, or is wrong,
can be said in an input instead, or once and for all in a TOML file, which is a contract like any other (`declared`).
No guess ever leads to `completed`: what is not understood is `unknown` or an error that names the input.

Codes: 200, 201, 202, 303 an answer; 400, 401, 403, 404 (also just after a create), 410, 429, 500.
Statuses: queued, in_progress, input_required, paused, cancelling, unknown, and final: completed, failed, cancelled,
expired, gone.

Example:
    >>> import accepted
    >>> from accepted.services import http
    >>> with accepted.Client(http.contract) as client:  # doctest: +SKIP
    ...     task = client.create_task(body={"name": "Q3"})
    ...     task = client.poll_task(task, timeout=1800)
    ...     print(task.result.value)

The conventions: https://www.rfc-editor.org/rfc/rfc9110#name-202-accepted,
https://github.com/microsoft/api-guidelines/blob/vNext/azure/Guidelines.md, https://google.aip.dev/151,
https://opensource.zalando.com/restful-api-guidelines/#253, https://jsonapi.org/recommendations/#asynchronous-processing
and https://docs.ogc.org/is/18-062r2/18-062r2.html.
See also: AsyncAPI https://www.asyncapi.com/ - the Azure pattern
https://learn.microsoft.com/azure/architecture/patterns/async-request-reply - RESTful long-running tasks
https://restfulapi.net/rest-api-design-for-long-running-tasks/
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from functools import partial
from typing import Any, ParamSpec
from urllib.parse import quote

from accepted.core import codec
from accepted.core.codec import Struct
from accepted.core.contract import Ask, Contract, Credential, Facts, Idempotent, Listing, Operation, Step
from accepted.core.read import Found, OfTask
from accepted.core.read import Header as InHeader
from accepted.core.task import Status, Task
from accepted.errors import BadRequest
from accepted.services import _readings as readings
from accepted.services import _words as words
from accepted.services import _yields as yields
from accepted.services._kept import CREDENTIAL, headers_to, kept_headers, of_every_request, relative, yielded
from accepted.services._results import Result, artifacts_of, is_fetched, result_of
from accepted.services._words import Given, Spelled

P = ParamSpec("P")

_METHODS = ("POST", "PUT", "PATCH", "DELETE", "GET")
_PATH = re.compile(r"\{([a-z_]+)\}")
_POLLED = (200, 202, 303)
_ACCEPT = "application/json, */*;q=0.5"


class Inputs(Struct, kw_only=True, forbid_unknown_fields=True):
    """The request that makes a task, and whatever is not to be looked for in the answers.

    A pointer is a JSON pointer (RFC 6901) such as `/data/state`. Words are a list, or a text with commas between.
    A path begins at the origin where it has a leading slash, else it is appended: `poll_path` to the create's URL, the
    others to the URL at which the task is asked about. `{id}` in it is the service's own id.

    Attributes:
        method: POST, PUT, PATCH, DELETE or GET.
        path: appended to the base URL; without one the base URL itself is where the request goes.
        query: its query parameters. `body`: its JSON body.
        headers: further header fields, of every request to the same origin. Credentials are none of them.
        poll_path: where the task is asked about.
        id_pointer: where its id stands in the answer to the create.
        status_pointer: where its status stands. `status_pointer` alone then decides, whatever the code is.
        result_pointer: where the result stands, in the last status document or in what `result_path` yields.
        result_path: where the result is fetched.
        error_pointer: where the sentence stands that says why it failed.
        cancel: how it is cancelled: a method and a path, such as `POST cancel`, or a method alone.
        final_words: words that mean completed; `200` stands for a 200 that has no status.
        failed_words: words that mean failed.
        cancelled_words: words that mean cancelled.
        pending_words: words that mean not yet.
        key_header: the field in which the API honours an idempotency key: a create whose answer was lost is then
            sent again.
    """

    method: str = "POST"
    path: str = ""
    query: dict[str, Any] = codec.field(default_factory=dict[str, Any])
    headers: dict[str, str] = codec.field(default_factory=dict[str, str])
    body: Any = None
    poll_path: str = ""
    id_pointer: str = ""
    status_pointer: str = ""
    result_pointer: str = ""
    result_path: str = ""
    error_pointer: str = ""
    cancel: str = ""
    final_words: Spelled = ""
    failed_words: Spelled = ""
    cancelled_words: Spelled = ""
    pending_words: Spelled = ""
    key_header: str = ""

    def __post_init__(self) -> None:
        """Refuse what cannot be meant, naming the input, and write the method and the path as they are sent."""
        self.method = self.method.upper()
        self.path = relative(_PATH.sub(self._filled, self.path))
        _check(self)

    def _filled(self, found: re.Match[str]) -> str:
        value = getattr(self, found.group(1), None)
        if not isinstance(value, str) or not value or value in {".", ".."}:
            raise ValueError(f"path has {found.group()}: {value!r} cannot stand there")
        return quote(value, safe="")


def _check(given: Inputs) -> None:
    if given.method not in _METHODS:
        raise ValueError(f"method {given.method!r}: one of {', '.join(_METHODS)}")
    for name in ("id_pointer", "status_pointer", "result_pointer", "error_pointer"):
        pointer: str = getattr(given, name)
        if pointer and not pointer.startswith("/"):
            raise ValueError(f"{name} {pointer!r}: a JSON pointer begins with a slash, as in /{pointer}")
    if given.cancel and given.cancel.partition(" ")[0].upper() not in yields.CANCELS:
        methods = ", ".join(yields.CANCELS)
        raise ValueError(f"cancel {given.cancel!r}: a method ({methods}) and a path, as in 'POST cancel'")
    for name in given.headers:
        if CREDENTIAL.search(name):
            told = "a credential is given as auth= or in ACCEPTED_HTTP_TOKEN, a field of its own in a contract file"
            raise ValueError(f"headers: {name} looks like a credential, which would be kept with the task; {told}")


# ---- requests


def _create_headers(ask: Ask) -> dict[str, str]:
    inputs: Inputs = ask.inputs
    key = {inputs.key_header: ask.name} if inputs.key_header else {}
    return {name.lower(): text for name, text in {**inputs.headers, **key}.items()}


def _create_query(ask: Ask) -> Mapping[str, object]:
    inputs: Inputs = ask.inputs
    return inputs.query


def _create_body(ask: Ask) -> object:
    return ask.inputs.body


def _applies(ask: Ask) -> bool:
    """Whether a create may be sent again: with its key, or as RFC 9110 9.2.2 allows. A GET that starts work is none."""
    return bool(ask.inputs.key_header) or ask.inputs.method in {"PUT", "DELETE"}


def _headers_to(place: str, always: Mapping[str, str]) -> Callable[[Ask], dict[str, str]]:
    """The header fields of a request to what was yielded as `place`: those of the create go to its own origin only."""

    def headers(ask: Ask) -> dict[str, str]:
        return {"accept": _ACCEPT, **headers_to(ask.task, place, always)}

    return headers


def _cancels_by(method: str) -> Callable[[Task[Any]], bool]:
    return lambda task: task.doing.yields.get("cancel_by") == method


def _cancel_unknown(task: Task[Any]) -> bool:
    return not yielded(task, "cancel_at") and not task.status.final


def _refuse_cancel(ask: Ask) -> Mapping[str, object]:
    raise BadRequest(
        f"nothing says how {ask.task.ref} is cancelled: no link `cancel`. Say it when it is created, with cancel "
        "(--cancel 'POST cancel', --cancel DELETE), or in a contract file"
    )


# ---- the contract


def made(
    *,
    name: str,
    title: str,
    base_url: str,
    facts: Facts,
    inputs: Callable[P, object],
    default: Given | None = None,
    headers: Mapping[str, str] | None = None,
    credential: Credential | None = None,
    listing: Listing | None = None,
) -> Contract[P, Result]:
    """A contract for a 202 API. `default` and `headers` are what its inputs are where a person gives none."""
    given, always = default or Given(), of_every_request(headers or {})
    list_url = (base_url or "https://nowhere.invalid") + (listing.step.path if listing else "")
    return Contract(
        name=name,
        title=title,
        base_url=base_url,
        inputs=inputs,
        create=(_create(given),),
        poll=(_poll(given, always),),
        results=(_fetch(always),),
        cancel=_cancel(given, always),
        listing=listing,
        read=partial(readings.read_item, given, list_url),
        words=words.WORDS,
        result=partial(result_of, given),
        artifacts=artifacts_of,
        id_template="{+monitor}",
        safe=Idempotent(_applies),
        grace=10.0,
        missing="not_found",
        credential=credential,
        advice=readings.advice,
        facts=facts,
        examples=_EXAMPLES,
        example_inputs={"body": {"name": "2026-Q3"}},
    )


def _create(given: Given) -> Step:
    return Step(
        name="create",
        method="{method}",
        path="{+path}",
        codes=(200, 201, 202, 303),
        repeat="keyed",
        query=_create_query,
        headers=_create_headers,
        body=_create_body,
        read=OfTask(readings.read_create),
        yields={
            "monitor": Found(yields.take_monitor),
            "monitor_found_in": Found(yields.found_in),
            "id": Found(yields.take_id),
            "own_id": Found(yields.own_id),
            "own_id_found_in": Found(yields.id_found_in),
            **_on_the_way(given),
            "given": Found(yields.kept),
            "headers": Found(kept_headers),
        },
        secret=frozenset({"headers"}),
    )


def _poll(given: Given, always: Mapping[str, str]) -> Step:
    return Step(
        name="status",
        method="GET",
        path="{+monitor}",
        codes=_POLLED,
        headers=_headers_to("monitor", always),
        read=OfTask(partial(readings.read_poll, given)),
        yields={
            "monitor": Found(yields.new_monitor),
            "seen_202": Found(yields.seen_202),
            **_on_the_way(given),
            "result_at": Found(partial(yields.result_at, given)),
            "result_found_in": Found(partial(yields.result_found_in, given)),
            "result_type": InHeader("content-type"),
        },
    )


def _on_the_way(given: Given) -> dict[str, Found]:
    """What the answers to a create and to a poll may both tell."""
    takes = {"status_at": yields.status_at, "cancel_by": yields.cancel_by, "cancel_at": yields.cancel_at}
    return {name: Found(partial(take, given)) for name, take in takes.items()}


def _fetch(always: Mapping[str, str]) -> Step:
    return Step(
        name="result",
        method="GET",
        path="{+result_at}",
        early=(202,),
        headers=_headers_to("result_at", always),
        yields={"result_type": InHeader("content-type")},
        keep=True,
        when=is_fetched,
    )


def _cancel(given: Given, always: Mapping[str, str]) -> Operation:
    """A look where nothing is known of how, a refusal where that told nothing, and the request by its method."""
    look = Step(
        name="look",
        method="GET",
        path="{+monitor}",
        codes=_POLLED,
        headers=_headers_to("monitor", always),
        read=OfTask(partial(readings.read_look, given)),
        yields=_on_the_way(given),
        when=_cancel_unknown,
    )
    refused = Step(name="refused", method="POST", path="{+monitor}", query=_refuse_cancel, when=_cancel_unknown)
    return look, refused, *(_cancel_with(method, given, always) for method in yields.CANCELS)


def _cancel_with(method: str, given: Given, always: Mapping[str, str]) -> Step:
    return Step(
        name=method.lower(),
        method=method,
        path="{+cancel_at}",
        codes=(200, 202, 204),
        headers=_headers_to("cancel_at", always),
        read=OfTask(partial(readings.read_cancel, given)),
        when=_cancels_by(method),
    )


_EXAMPLES: Mapping[Status, Mapping[str, Any]] = {
    Status.QUEUED: {"id": "7", "status": "queued"},
    Status.IN_PROGRESS: {"id": "7", "status": "in_progress", "progress": 40},
    Status.COMPLETED: {"id": "7", "status": "completed", "result": {"pages": 3}},
    Status.FAILED: {"id": "7", "status": "failed", "error": {"message": "no such report"}},
    Status.CANCELLED: {"id": "7", "status": "cancelled"},
}


contract = made(
    name="http",
    title="HTTP API",
    base_url="",
    inputs=Inputs,
    credential=Credential(optional=True, how="Put the token that the API wants as Bearer into ACCEPTED_HTTP_TOKEN"),
    facts=Facts(
        verified=(
            "against our own server, pygeoapi 0.21.0 and twelve small servers that each follow one convention; "
            "against a live service: not yet"
        ),
        checked=date(2026, 11, 22),
        links={
            "RFC 9110": "https://www.rfc-editor.org/rfc/rfc9110#name-202-accepted",
            "Azure": "https://github.com/microsoft/api-guidelines/blob/vNext/azure/Guidelines.md",
            "Google": "https://google.aip.dev/151",
            "Zalando": "https://opensource.zalando.com/restful-api-guidelines/#253",
        },
        notes=(
            "The base URL is the URL that the create is sent to.",
            "What is not found in the answers can be said in an input, or in a TOML file that is a contract.",
            "A create is sent again only where it is a PUT or DELETE, or where key_header is given.",
        ),
    ),
)
