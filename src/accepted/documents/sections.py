"""Sections of docstrings, made from facts: the one generator of what a module and a function say about the pattern.

What may live here: facts as plain values, and from each rule that asks for a section to that section's text. Where a
fact is missing that a section needs, there is no section: nothing is invented, and nothing is left to be filled in.

Step 1/2 of a pair is its create (`POST`, returns immediately), Step 2/2 its poll (`GET`, blocks until it is final).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from accepted.documents.code import CANONICAL, Declared, Docs, Function, Parameter, Role, Route

ASYNCAPI = "https://www.asyncapi.com/"
AZURE = "https://learn.microsoft.com/azure/architecture/patterns/async-request-reply"
RESTFUL = "https://restfulapi.net/rest-api-design-for-long-running-tasks/"

CODES: Mapping[int, str] = {
    200: "OK: the status is in the body; the task need not be done",
    202: "Accepted: the task was created, and work begins",
    400: "Bad Request: an input is wrong",
    401: "Unauthorized: the credential is missing or no longer valid",
    404: "Not Found: there is no such task",
    429: "Too Many Requests: wait as long as Retry-After says",
    500: "Internal Server Error: the service failed",
}
"""What the codes of the pattern mean."""

_EXPECTED = (200, 400, 401, 429, 500)
"""What the client of every contract tells apart."""

_ASKED = {400, 401, 429, 500}
"""Codes without which a list of codes is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known about one create and its poll. What is None or empty is not known.

    Attributes:
        title: the service, as people call it.
        create, poll: their routes, as a contract or a decorator declares them.
        create_codes, poll_codes: the codes of their success.
        create_name, poll_name: the functions.
        create_line, poll_line: how an example calls them, with what their signatures take.
        statuses: word -> whether it is final.
        result: the expression that has the result, as in `task.result`.
        wait: seconds that a poll without a timeout waits.
        codes: every HTTP code that the service answers with.
    """

    title: str = ""
    create: Route | None = None
    poll: Route | None = None
    create_codes: tuple[int, ...] = ()
    poll_codes: tuple[int, ...] = ()
    create_name: str = ""
    poll_name: str = ""
    create_line: str = ""
    poll_line: str = ""
    statuses: Mapping[str, bool] = field(default_factory=dict[str, bool])
    result: str = ""
    wait: float | None = None
    codes: tuple[int, ...] = ()


def facts_of(contract: Declared) -> Facts:
    """What a contract says, and with it what `accepted.Client` does."""
    arguments = ", ".join(f"{name}={given!r}" for name, given in contract.inputs.items()) or "**inputs"
    return Facts(
        title=contract.title,
        create=next(iter(contract.create or ()), None),
        poll=next(iter(contract.poll or ()), None),
        create_codes=contract.codes,
        poll_codes=contract.codes,
        create_name="create_task",
        poll_name="poll_task",
        create_line=f"task = client.create_task({arguments})",
        poll_line="task = client.poll_task(task)",
        statuses=contract.statuses or {},
        result="task.result",
        wait=contract.longest_wait,
        codes=tuple(sorted({*_EXPECTED, *contract.codes})),
    )


def section(rule_id: str, facts: Facts) -> str:
    """The section that a rule asks for; empty where a fact is missing, or where the rule asks for none.

    Example:
        `section("MD106", Facts())`
    """
    made = SECTIONS.get(rule_id)
    return made(facts) if made else ""


# ---- of a module


def _pattern(facts: Facts) -> str:
    subject = f"{facts.title}: the" if facts.title else "The"
    return f"{subject} Async Request-Reply Pattern for long-running tasks."


def _flow(facts: Facts) -> str:
    create, poll = _sent(facts.create, facts.create_codes), _sent(facts.poll, facts.poll_codes)
    if not (create and poll):
        return ""
    return (
        f"Step 1/2, `{facts.create_name}`: {create}; returns immediately.\n"
        f"Step 2/2, `{facts.poll_name}`: {poll}, a status; blocks until final."
    )


def _sent(route: Route | None, codes: tuple[int, ...]) -> str:
    return f"`{route}` -> {' or '.join(map(str, codes))}" if route and codes else ""


def _extract(facts: Facts) -> str:
    return f"Then `{facts.result}` is what the task yielded." if facts.result else ""


def _codes(facts: Facts) -> str:
    if not set(facts.codes) >= _ASKED:
        return ""
    return "\n".join(("Codes:", *(f"- {code}: {CODES.get(code, 'as the service says')}" for code in facts.codes)))


def _statuses(facts: Facts) -> str:
    pending, final = ([word for word, end in facts.statuses.items() if end is ended] for ended in (False, True))
    return f"Statuses: {', '.join(pending)}, and final: {', '.join(final)}." if pending and final else ""


def _asyncapi(_: Facts) -> str:
    return f"See also: AsyncAPI {ASYNCAPI}"


def _standards(_: Facts) -> str:
    return f"See also: the Azure pattern {AZURE}\nRESTful long-running tasks {RESTFUL}"


def _usage(facts: Facts) -> str:
    """Both calls, which doctest is to pass over: it has neither a client nor the values that are named."""
    if not (facts.create_line and facts.poll_line):
        return ""
    lines = (f"    >>> {line}  # doctest: +SKIP" for line in (facts.create_line, facts.poll_line))
    return "\n".join(("Example:", *lines))


# ---- of a function


_HEADER = "Async Request-Reply Pattern - Step"


def _create_header(facts: Facts) -> str:
    return f"{_HEADER} 1/2{f', before `{facts.poll_name}`' if facts.poll_name else ''}"


def _poll_header(facts: Facts) -> str:
    return f"{_HEADER} 2/2{f', after `{facts.create_name}`' if facts.create_name else ''}"


def _create_waits(facts: Facts) -> str:
    return "Returns immediately, while the work goes on." if facts.create else ""


def _poll_waits(facts: Facts) -> str:
    return "Blocks until the task is final or the timeout ends." if facts.poll else ""


def _create_sends(facts: Facts) -> str:
    sent = _sent(facts.create, facts.create_codes)
    return f"HTTP: {sent}." if sent else ""


def _poll_sends(facts: Facts) -> str:
    sent = _sent(facts.poll, facts.poll_codes)
    return f"HTTP: {sent} with a status." if sent else ""


def _create_leads(facts: Facts) -> str:
    return f"Its poll is `{facts.poll_name}`." if facts.poll_name else ""


def _poll_leads(facts: Facts) -> str:
    return f"Its create is `{facts.create_name}`." if facts.create_name else ""


SECTIONS: Mapping[str, Callable[[Facts], str]] = {
    "MD101": _pattern,
    "MD102": _flow,
    "MD103": _extract,
    "MD104": _codes,
    "MD105": _statuses,
    "MD106": _asyncapi,
    "MD107": _standards,
    "MD108": _usage,
    "FN201:create": _create_header,
    "FN201:poll": _poll_header,
    "FN203:create": _create_waits,
    "FN203:poll": _poll_waits,
    "FN204:create": _create_sends,
    "FN204:poll": _poll_sends,
    "FN205:create": _usage,
    "FN205:poll": _usage,
    "FN207:create": _create_leads,
    "FN207:poll": _poll_leads,
}
"""Rule, for functions with the role behind it -> the section that satisfies it."""


# ---- of the functions that a contract stands for


_OUTCOMES: Mapping[str, str] = {
    "create": "Returns:\n    The task with its id, and its first status.\n\n"
    "Raises:\n    BadRequest: nothing was created.\n    CreateUnknown: it may have been created.",
    "poll": "Returns:\n    The task with its result.\n\n"
    "Raises:\n    TaskFailed: it failed.\n    PollTimeout: it was not final in time; it goes on.",
}


def _timeout(facts: Facts) -> str:
    wait = "" if facts.wait is None else f", {facts.wait:g}"
    return f"Args:\n    timeout: seconds to wait at most, by default the longest wait of the contract{wait}."


def docstring(role: Role, facts: Facts) -> str:
    """The whole docstring of the create or the poll of `accepted.Client`."""
    summary = {"create": "Create a task", "poll": "Wait until a task is final"}[role]
    body = (section(f"{rule}:{role}", facts) for rule in ("FN203", "FN204"))
    ends = (_timeout(facts) if role == "poll" else "", _OUTCOMES[role], section(f"FN205:{role}", facts))
    head = f"{summary} ({section(f'FN201:{role}', facts)})."
    return "\n\n".join(filter(None, (head, *body, *ends)))


def derived(contract: Declared) -> Iterator[Function]:
    """The functions of the client that a contract stands for, with what it says about them.

    A verb that the contract lacks, or that cannot be read without running it, is left out.
    """
    facts = facts_of(contract)
    task = Parameter(name="task")
    rows: tuple[tuple[Role, str, tuple[Route, ...] | None, tuple[Parameter, ...]], ...] = (
        ("create", "create", contract.create, (Parameter(name="inputs", rest=True),)),
        ("poll", "poll", contract.poll, (task, Parameter(name="timeout", default="None"))),
        ("get", "poll", contract.poll, (task,)),
        ("list", "listing", (), (Parameter(name="limit", default="None"),)),
    )
    for role, name, routes, parameters in rows:
        place = contract.places.get(name, contract.place)
        told = docstring(role, facts) if role in {"create", "poll"} and routes else ""
        if routes or (role == "list" and contract.listed):
            yield Function(
                name=CANONICAL[role][0],
                owner=contract.service,
                place=place,
                docs=Docs(text=told, place=place),
                role=role,
                parameters=parameters,
                route=next(iter(routes or ()), None),
                codes=contract.codes,
            )
