"""What kind of answer a response is, from the one table in `errors` and the contract's own refusals."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal

from accepted.core.build import PLACEHOLDER, id_parts, method_of
from accepted.core.contract import Contract, Step
from accepted.core.read import Problem, answer_of, problem_of
from accepted.core.retry_after import retry_after
from accepted.core.task import Task
from accepted.core.wire import REDIRECTS, Response, header
from accepted.errors import (
    AcceptedError,
    AuthenticationFailed,
    BadRequest,
    ContractBroken,
    RateLimited,
    ServiceError,
    TaskNotFound,
    row,
)

Kind = Literal["ok", "unchanged", "redirect", "missing", "gone", "throttled", "transient", "refused"]

_REQUEST_IDS = ("x-request-id", "request-id", "x-goog-request-id", "x-github-request-id", "x-amzn-requestid", "cf-ray")
_TRY_AGAIN = frozenset({408, 425})


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The kind of an answer, the error that it is (None for a good one), and the wait it asks for in seconds.

    `quota`: seconds in which this credential can create nothing more (0: it can), None where it does not say.
    """

    kind: Kind
    error: AcceptedError
    retry_after: float | None = None
    quota: float | None = None


def judge(
    contract: Contract[..., Any], step: Step, response: Response, now: float, task: Task[Any] | None = None
) -> Verdict:
    """What an answer is. `now` is epoch seconds; `task` is the one that was asked about, for the message."""
    quota = _quota(contract, step, response, now)
    wish = retry_after(response.headers, now)
    # Only what a quota counts waits for it: a poll that meets it is merely one too many.
    wish = quota if wish is None and step.commits else wish
    problem = problem_of(response) if response.status >= 300 else Problem()
    kind, error = _classify(contract, step, response, problem)
    said = f": {problem.message}" if problem.message else ""
    method = step.method if task is None else method_of(step, task)
    message = f"{contract.title} answered {response.status} to {method} {_path(contract, step, task)}{said}"
    return Verdict(
        kind=kind,
        error=error(
            message + _hint(contract, error, response.status) + advice(contract, task, response.status),
            service=contract.name,
            status_code=response.status,
            request_id=next((value for name in _REQUEST_IDS if (value := header(response.headers, name))), None),
            retry_after=wish,
            problem=problem.document,
        ),
        retry_after=wish,
        quota=quota,
    )


def _path(contract: Contract[..., Any], step: Step, task: Task[Any] | None) -> str:
    """The path as it was asked, for a message. What is more than a name, as a whole URL is, may hold a signature."""
    if task is None:
        return step.path
    parts = id_parts(contract.id_template, task.id) if task.id is not None else {}
    names = {**task.doing.yields, **parts}

    def filled(found: re.Match[str]) -> str:
        raw, name = found.groups()
        return parts.get(name, "...") if raw else names.get(name, "...")

    return task.private.hide(PLACEHOLDER.sub(filled, step.path))


def _quota(contract: Contract[..., Any], step: Step, response: Response, now: float) -> float | None:
    """What the two kinds of answer that may speak of a quota say about it."""
    speaks = response.status == 429 or (response.status == 200 and step in (contract.usage or ()))
    if contract.quota is None or not speaks:
        return None
    try:
        return contract.quota(answer_of(response), now)
    except Exception:  # noqa: BLE001  # a contract's function, over a document of any form: it says nothing then
        return None


def _classify(
    contract: Contract[..., Any], step: Step, response: Response, problem: Problem
) -> tuple[Kind, type[AcceptedError]]:
    code = response.status
    words = (*problem.codes, str(code))
    refusal = next((contract.refusals[word] for word in words if word in contract.refusals), None)
    error = refusal or row(code).error or ContractBroken
    match code:
        case _ if code in step.codes:
            return "ok", error
        case _ if code in step.early:
            return "missing", ServiceError
        case 403 if _is_page(response):
            # Of whatever stands in front: the service itself was not asked, and the credential not judged.
            return "refused" if step.commits else "transient", ServiceError
        case 304:
            return "unchanged", error
        case _ if 200 <= code < 300:
            return "ok", error
        case _ if code in REDIRECTS:
            return "redirect", ContractBroken
        case _ if issubclass(error, RateLimited):
            return "throttled", error
        case _ if refusal is not None:
            return "refused", error
        case 404:
            return "missing", TaskNotFound
        case 410:
            return "gone", error
        case _ if code >= 500 or code in _TRY_AGAIN:
            return "transient", error
        case _:
            return "refused", error


def _is_page(response: Response) -> bool:
    return (header(response.headers, "content-type") or "").startswith("text/html")


def _hint(contract: Contract[..., Any], kind: type[AcceptedError], code: int) -> str:
    if issubclass(kind, AuthenticationFailed) and contract.credential:
        return f". {contract.credential.how}"
    if issubclass(kind, BadRequest) and code == 405:
        return ". Is the base URL right?"
    return ""


def advice(contract: Contract[..., Any], task: Task[Any] | None, code: int | None) -> str:
    """What the contract adds to what is told of an answer, or of a word that is not declared."""
    said = contract.advice(task, code) if contract.advice and task is not None else ""
    return f". {said}" if said else ""
