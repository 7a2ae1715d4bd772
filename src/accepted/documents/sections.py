"""Sections of docstrings, made from facts: the one generator of what a module and a function say about the pattern.

What may live here: facts as plain values, and from each rule that asks for a section to that section's text. A fact
that nobody declared becomes a TODO that says what is to be written; nothing is invented.

Step 1/2 of a pair is its create (`POST`, returns immediately), Step 2/2 its poll (`GET`, blocks until it is final).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from accepted.documents.code import CANONICAL, Declared, Docs, Function, Language, Parameter, Role, Route

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known about one create and its poll. What is None or empty is not known.

    Attributes:
        language: in which examples are written.
        title: the service, as people call it.
        create, poll: their routes. `create_codes`, `poll_codes`: the codes of their success.
        create_name, poll_name: the functions. `receiver`: what stands before them in examples, as in `await client.`.
        arguments: what an example creates a task with, as it is written.
        statuses: word -> whether it is final.
        result: the expression that has the result, as in `task.result`.
        wait: seconds that a poll without a timeout waits.
        codes: further HTTP codes that the service answers with.
    """

    language: Language = "python"
    title: str = ""
    create: Route | None = None
    poll: Route | None = None
    create_codes: tuple[int, ...] = ()
    poll_codes: tuple[int, ...] = (200,)
    create_name: str = "create_task"
    poll_name: str = "poll_task"
    receiver: str = "client."
    arguments: str = "..."
    statuses: Mapping[str, bool] = field(default_factory=dict[str, bool])
    result: str = ""
    wait: float | None = None
    codes: tuple[int, ...] = ()


def facts_of(contract: Declared) -> Facts:
    """What a contract says."""
    return Facts(
        title=contract.title,
        create=next(iter(contract.create or ()), None),
        poll=next(iter(contract.poll or ()), None),
        create_codes=contract.codes,
        arguments=", ".join(f"{name}={given!r}" for name, given in contract.inputs.items()) or "...",
        statuses=contract.statuses or {},
        result="task.result",
        wait=contract.longest_wait,
    )


def section(rule_id: str, facts: Facts) -> str:
    """The section that a rule asks for; an error where it asks for none.

    Example:
        `section("MD106", Facts())`

    Raises:
        KeyError: the rule asks for no section.
    """
    return SECTIONS[rule_id](facts)


# ---- of a module


def _pattern(facts: Facts) -> str:
    subject = f"{facts.title}: l" if facts.title else "L"
    return f"{subject}ong-running tasks after the Async Request-Reply Pattern: creates are answered asynchronously."


def _flow(facts: Facts) -> str:
    return "\n".join(
        (
            f"Step 1/2, `{facts.create_name}`: {_sent(facts.create, facts.create_codes)}; returns immediately.",
            f"Step 2/2, `{facts.poll_name}`: {_sent(facts.poll, facts.poll_codes)}, a status; blocks until final.",
        )
    )


def _sent(route: Route | None, codes: tuple[int, ...]) -> str:
    sent = f"`{route}`" if route else "TODO: method and path"
    return f"{sent} -> {' or '.join(map(str, codes)) or 'TODO: code'}"


def _extract(facts: Facts) -> str:
    return (
        f"Then `{facts.result}` is what the task yielded."
        if facts.result
        else "Then TODO: which fields have the result."
    )


def _codes(facts: Facts) -> str:
    known = sorted({*_EXPECTED, *facts.create_codes, *facts.poll_codes, *facts.codes})
    return "\n".join(("Codes:", *(f"- {code}: {CODES.get(code, 'as the service says')}" for code in known)))


def _statuses(facts: Facts) -> str:
    if not facts.statuses:
        return "Statuses: TODO: every status, and which of them are final."
    pending, final = ([word for word, end in facts.statuses.items() if end is ended] for ended in (False, True))
    return f"Statuses: {', '.join(pending)}, and final: {', '.join(final)}."


def _asyncapi(_: Facts) -> str:
    return f"See also: AsyncAPI {ASYNCAPI}"


def _standards(_: Facts) -> str:
    return f"See also: the Azure pattern {AZURE}\nRESTful long-running tasks {RESTFUL}"


_EXAMPLE: Mapping[Language, tuple[str, str]] = {"python": ("Example:", ">>>"), "elixir": ("## Examples\n", "iex>")}
"""What an example stands below, and the prompt of its lines."""


def _usage(facts: Facts) -> str:
    heading, prompt = _EXAMPLE[facts.language]
    create, poll = f"{facts.receiver}{facts.create_name}", f"{facts.receiver}{facts.poll_name}"
    return "\n".join(
        (
            heading,
            f"    {prompt} task = {create}({facts.arguments})  # Step 1/2: returns immediately",
            f"    {prompt} task = {poll}(task)  # Step 2/2: blocks until final",
        )
    )


# ---- of a function


def _header(step: int) -> str:
    return f"Async Request-Reply Pattern - Step {step}/2"


def _create_says(facts: Facts) -> str:
    return f"Returns immediately, while the work goes on; `{facts.poll_name}` waits for its end."


def _poll_says(facts: Facts) -> str:
    return f"Blocks until the task is final or the timeout ends; call it after `{facts.create_name}`."


def _create_sends(facts: Facts) -> str:
    return f"HTTP: {_sent(facts.create, facts.create_codes)}."


def _poll_sends(facts: Facts) -> str:
    return f"HTTP: {_sent(facts.poll, facts.poll_codes)} with a status."


def _create_returns(_: Facts) -> str:
    return (
        "Returns:\n    The task with its id, and its first status.\n\n"
        "Raises:\n    TODO: what is raised where nothing was created."
    )


def _poll_returns(_: Facts) -> str:
    return (
        "Returns:\n    The task with its result.\n\n"
        "Raises:\n    TODO: what is raised where it failed, and at the timeout."
    )


def _timeout(facts: Facts) -> str:
    default = "TODO: the default" if facts.wait is None else f"by default {facts.wait:g}"
    return (
        f"Args:\n    timeout: seconds to wait at most, {default}. When it ends, an error is raised; the task goes on."
    )


SECTIONS: Mapping[str, Callable[[Facts], str]] = {
    "MD101": _pattern,
    "MD102": _flow,
    "MD103": _extract,
    "MD104": _codes,
    "MD105": _statuses,
    "MD106": _asyncapi,
    "MD107": _standards,
    "MD108": _usage,
    "FN201:create": lambda _: _header(1),
    "FN201:poll": lambda _: _header(2),
    "FN203:create": _create_says,
    "FN203:poll": _poll_says,
    "FN204:create": _create_sends,
    "FN204:poll": _poll_sends,
    "FN205:create": _usage,
    "FN205:poll": _usage,
    "FN206:create": _create_returns,
    "FN206:poll": _poll_returns,
    "FN207:create": _create_says,
    "FN207:poll": _poll_says,
    "FN208:poll": _timeout,
}
"""Rule, for functions with the role behind it -> the section that satisfies it."""


def module_docstring(facts: Facts) -> str:
    """A whole module docstring: every section that the rules for modules ask for.

    Example:
        `module_docstring(facts_of(contract))`
    """
    return "\n\n".join(section(one, facts) for one in SECTIONS if one.startswith("MD"))


def function_docstring(role: Role, facts: Facts) -> str:
    """A whole docstring of a create or a poll."""
    summary = {"create": "Create a task", "poll": "Wait until a task is final"}[role]
    body = [section(f"{rule}:{role}", facts) for rule in ("FN203", "FN204", *(("FN208",) if role == "poll" else ()))]
    ends = [section(f"{rule}:{role}", facts) for rule in ("FN206", "FN205")]
    return "\n\n".join((f"{summary} ({section(f'FN201:{role}', facts)}).", *body, *ends))


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
        told = function_docstring(role, facts) if role in {"create", "poll"} and routes else ""
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
