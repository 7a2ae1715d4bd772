"""What several rules for docstrings share: who is meant, and the fix that the facts allow.

No rule stands here.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from accepted.documents.code import Client, Declared, Docs, Function, Module, Role, Route, Sure
from accepted.documents.sections import Facts, facts_of, section
from accepted.lint.rule import Edit, Found
from accepted.lint.severity import Severity
from accepted.lint.subjects import TaskFunction, is_test


@lru_cache(maxsize=4)
def clients(module: Module) -> Sequence[Client]:
    """The clients of a task module, as far as that is sure; none in a file of tests."""
    return () if is_test(module.path) else [one for one in module.clients if one.sure > Sure.LIKELY]


def names(module: Module, role: Role) -> list[str]:
    """What the functions of that role are called, in all clients of the module."""
    return [one.name for client in clients(module) for one in client.having(role)]


def contract(module: Module) -> Declared | None:
    """The contract that a module declares."""
    return next((one.declared for one in clients(module) if one.declared), None)


def routes(module: Module, role: Role) -> tuple[Route, ...]:
    """The routes that a contract, or a decorator, declares for that role; empty where nobody does."""
    declared = contract(module)
    if declared:
        return (declared.create if role == "create" else declared.poll) or ()
    return tuple(one.route for client in clients(module) for one in client.having(role) if one.route)


def shown(route: Route) -> str:
    """A route as a person writes it: `{method} /{+path}`, which a contract leaves to its inputs, as `POST /{path}`."""
    return str(route).replace("{method}", "POST").replace("{+", "{")


def facts(module: Module, client: Client, function: Function | None = None) -> Facts:
    """What is known about a client of that module: its first pair, or that of a function."""
    if client.declared:
        return facts_of(client.declared)
    known = function or client.one("create") or client.one("poll")
    other = client.companion(known) if known else None
    create, poll = (known, other) if known and known.role == "create" else (other, known)
    instance = "client." if client.name else ""
    wait = "await " if create and create.asynchronous else ""
    return Facts(
        language=module.language,
        create=create.route if create else None,
        poll=poll.route if poll else None,
        create_codes=create.successes if create else (),
        create_name=create.name if create else "create_task",
        poll_name=poll.name if poll else "poll_task",
        receiver=f"{client.name}." if module.language == "elixir" else f"{wait}{instance}",
    )


_NEEDS_NO_FACT = {"MD101", "MD106", "MD107", "MD108", "FN201:create", "FN201:poll", "FN205:create", "FN205:poll"}
_NEEDS_ROUTE = {"FN204:create", "FN204:poll"}


def insertion(
    docs: Docs, rule_id: str, module: Module, client: Client, function: Function | None = None
) -> tuple[Edit, ...]:
    """The section that a rule misses, at the end of a docstring; nothing where its facts are not declared."""
    known = facts(module, client, function)
    routed = known.create and known.create_codes if rule_id.endswith("create") else known.poll
    if docs.end is None or not (rule_id in _NEEDS_NO_FACT or client.declared or (rule_id in _NEEDS_ROUTE and routed)):
        return ()
    return (Edit(docs.end, docs.end, docs.appended(section(rule_id, known))),)


def pair(client: Client, function: Function) -> str:
    """The name of the companion."""
    companion = client.companion(function)
    return companion.name if companion else ""


def at_module(module: Module, rule_id: str, message: str, severity: Severity | None = None) -> Found:
    """A finding at the module's docstring, with the section that would mend it."""
    client = clients(module)[0]
    fix: tuple[Edit, ...] = insertion(module.docs, rule_id, module, client)
    create, poll = (next(iter(names(module, role)), "") for role in ("create", "poll"))
    return Found(module.docs.place, message, operation=create, pair=poll, severity=severity, fix=fix)


PAIR: tuple[Role, ...] = ("create", "poll")
ASKING: tuple[Role, ...] = ("create", "poll", "get", "list")


def asks(subject: TaskFunction) -> bool:
    """Whether it sends something and somebody writes its docstring: what follows from a contract has none."""
    return subject.function.role in ASKING and bool(subject.function.docs.text or not subject.client.declared)


def at_function(subject: TaskFunction, rule_id: str, message: str, *, mend: bool = True) -> Found:
    """A finding at the function's name, with the section that would mend its docstring."""
    function = subject.function
    rule_and_role = f"{rule_id}:{function.role}"
    fix = insertion(function.docs, rule_and_role, subject.module, subject.client, function) if mend else ()
    companion = pair(subject.client, function)
    return Found(function.place, f"`{function.name}`{message}", operation=function.qualified, pair=companion, fix=fix)
