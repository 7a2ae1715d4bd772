"""What several rules for docstrings share: who is meant, and the fix that the facts allow.

No rule stands here.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from accepted.documents.code import Client, Declared, Docs, Function, Language, Module, Role, Route, Sure
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


def facts(client: Client, language: Language, function: Function | None = None) -> Facts:
    """What is known about a client (the pair of that function): by its contract, else its decorators and signatures."""
    if client.declared:
        return facts_of(client.declared)
    create, poll = client.one("create"), client.one("poll")
    if function and function.role in PAIR:
        both = (function, client.companion(function))
        create, poll = both if function.role == "create" else both[::-1]
    return Facts(
        create=create.route if create else None,
        poll=poll.route if poll else None,
        create_codes=create.successes if create else (),
        poll_codes=poll.successes if poll else (),
        create_name=create.name if create else "",
        poll_name=poll.name if poll else "",
        create_line=_line(client, create, language),
        poll_line=_line(client, poll, language),
        codes=tuple(sorted({code for one in (create, poll) if one for code in one.codes})),
    )


def _line(client: Client, function: Function | None, language: Language) -> str:
    """A call in an example; none in Elixir, where a doctest cannot be told to pass over it."""
    if function is None or language == "elixir":
        return ""
    return f"{'await ' if function.asynchronous else ''}{'client.' if client.name else ''}{function.call}"


def insertion(docs: Docs, text: str) -> tuple[Edit, ...]:
    """A section at the end of a docstring; nothing where there is none, or no place for it."""
    return (Edit(docs.end, docs.end, docs.appended(text)),) if text and docs.end is not None else ()


def pair(client: Client, function: Function) -> str:
    """The name of the companion."""
    companion = client.companion(function)
    return companion.name if companion else ""


def at_module(module: Module, rule_id: str, message: str, severity: Severity | None = None) -> Found:
    """A finding at the module's docstring, with the section that would mend it."""
    client = clients(module)[0]
    fix: tuple[Edit, ...] = insertion(module.docs, section(rule_id, facts(client, module.language)))
    create, poll = (next(iter(names(module, role)), "") for role in ("create", "poll"))
    return Found(module.docs.place, message, operation=create, pair=poll, severity=severity, fix=fix)


PAIR: tuple[Role, ...] = ("create", "poll")
ASKING: tuple[Role, ...] = ("create", "poll", "get", "list")


def asks(subject: TaskFunction) -> bool:
    """Whether it sends something and somebody writes its docstring: what follows from a contract has none."""
    return subject.function.role in ASKING and bool(subject.function.docs.text or not subject.client.declared)


def at_function(subject: TaskFunction, rule_id: str, message: str, *, mend: bool = True, text: str = "") -> Found:
    """A finding at the function's name, with what would mend its docstring: the rule's section, or this text."""
    function = subject.function
    made = text or section(f"{rule_id}:{function.role}", facts(subject.client, subject.module.language, function))
    fix = insertion(function.docs, made) if mend else ()
    companion = pair(subject.client, function)
    return Found(function.place, f"`{function.name}`{message}", operation=function.qualified, pair=companion, fix=fix)
