"""CS: what the verbs of a task client do: who waits, who does not, and what they are called.

Read from the syntax tree, with the calls inside the module followed. What a contract stands for does what our own
client does; there the contract itself is looked at.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from accepted.documents.code import CANONICAL, Client, Function, Parameter, Role, canonical, coloured
from accepted.documents.words import PAGES
from accepted.lint.rule import Context, Found, rule
from accepted.lint.rules import _reach, _told
from accepted.lint.severity import Severity
from accepted.lint.subjects import TaskClient, TaskFunction


def _each(subject: TaskClient, role: Role) -> Iterator[TaskFunction]:
    """The functions of that role."""
    for one in subject.client.having(role):
        yield TaskFunction(module=subject.module, client=subject.client, function=one)


def _found(subject: TaskFunction, message: str, *, certain: bool = True) -> Found:
    function = subject.function
    companion = subject.companion
    return Found(
        function.place,
        f"`{function.name}` {message}",
        operation=function.qualified,
        pair=companion.name if companion else "",
        severity=None if certain else Severity.WARNING,
    )


def _absent(subject: TaskClient, role: Role, severity: Severity | None = None) -> Iterator[Found]:
    """The finding that nothing in the module plays a role; a verb may be there by another name."""
    client = subject.client
    if client.having(role):
        return
    siblings = _told.clients(subject.module)
    # Told once, for a module where it is in no client.
    if not client.declared and (client is not siblings[0] or any(one.having(role) for one in siblings)):
        return
    name = CANONICAL[role][0]
    message = f'no `{name}`: add it, or declare what it is called: aliases.{role} = ["..."]'
    if client.declared:
        message = f"the contract of {client.name} declares nothing for `{name}`"
    yield Found(client.place, message, operation=client.name, severity=severity)


def _unknown(client: Client) -> bool:
    """Whether a contract's poll can only be known by running it."""
    return client.declared is not None and client.declared.poll is None


def _in_python(subject: TaskClient) -> bool:
    return subject.module.language == "python"


@rule("CS301", "create-blocks", Severity.ERROR, on=TaskClient)
def create_blocks(subject: TaskClient, _: Context) -> Iterator[Found]:
    """A create waits for its task, or there is none.

    ## What it does
    Follows the calls of a create inside the module: none may lead to the poll, to a sleep, or to requests in a loop
    that goes on until a status changes, with a pause or without one.
    What a caller asked for by a parameter, and the repetition of a request that failed, do not count.

    ## Why it matters
    A create that blocks holds its caller for as long as the work takes, and hides that there is an id to keep.

    ## How to fix
    Return the id, and leave the waiting to the poll. A function that does both is a third one, `run_task`.

    ## When it may be wrong
    What leads out of the module is not seen. A call of `result` or `wait` on something unknown is only a warning, and
    so is a loop on the status that asks by POST.

    ## Bad
    ```python bad
    import time


    def create_task(title):
        task_id = _send(title)
        _settle()
        return task_id


    def _settle():
        time.sleep(5)


    def poll_task(task_id, timeout=60): ...
    ```

    ```python bad
    import requests


    def create_task(title):
        report = requests.post("https://api.example.com/reports", json={"title": title}).json()
        while report["state"] != "done":
            report = requests.get(f"https://api.example.com/reports/{report['id']}").json()
        return report["id"]


    def poll_task(task_id, timeout=60): ...
    ```

    ## Good
    ```python good
    def create_task(title):
        return _send(title)


    def poll_task(task_id, timeout=60): ...
    ```
    """
    if _in_python(subject):
        yield from _absent(subject, "create")
    for one in _each(subject, "create"):
        yield from _waits(one, "creating would block")


def _waits(subject: TaskFunction, why: str) -> Iterator[Found]:
    """One finding, the surest."""
    found = sorted(_reach.waiting(subject), key=lambda one: not one[2])
    for site, what, certain in found[:1]:
        yield _found(subject, f"{what}{_reach.way(site)}: {why}", certain=certain)


_LIMIT = re.compile(
    r"timeout|deadline|max_?|limit|attempt|retries|tries|until|wait|seconds|secs|opts|options|config|policy|settings",
    re.IGNORECASE,
)


@rule("CS302", "poll-without-timeout", Severity.ERROR, on=TaskClient)
def poll_without_timeout(subject: TaskClient, _: Context) -> Iterator[Found]:
    """A poll takes no task id or no timeout, or there is none.

    ## What it does
    Looks at the parameters of the poll: one for the task (or it is a method of one), and one that bounds the wait.

    ## Why it matters
    A task may never end; without a timeout its caller does not either.

    ## How to fix
    Add a parameter `timeout` in seconds, and raise when it ends.

    ## When it may be wrong
    A bound that the object or the module holds is a bound, but not the caller's: that is only a warning.

    ## Bad
    ```python bad
    def create_task(title): ...


    def poll_task(task_id): ...
    ```

    ## Good
    ```python good
    def create_task(title): ...


    def poll_task(task_id, timeout=60): ...
    ```
    """
    if not _in_python(subject) or _unknown(subject.client):
        return
    # A contract may say that its service has no status to ask for: that is so, and no fault of the client.
    yield from _absent(subject, "poll", Severity.WARNING if subject.client.declared else None)
    for one in _each(subject, "poll"):
        function = one.function
        if not (any(not _bounds(given) for given in function.parameters) or function.owner):
            yield _found(one, "takes no task id")
        if not any(_bounds(given) or given.rest for given in function.parameters):
            held = function.node is not None and _holds_bound(function.node)
            hint = ": its bound is not the caller's" if held else ""
            yield _found(one, f"has no timeout parameter{hint}", certain=not held)


def _bounds(parameter: Parameter) -> bool:
    return bool(_LIMIT.search(parameter.name))


def _holds_bound(node: ast.AST) -> bool:
    """Whether something else than a parameter seems to bound it: an attribute, or a constant."""
    return any(
        _LIMIT.search(name)
        for one in ast.walk(node)
        for name in ([one.attr] if isinstance(one, ast.Attribute) else [one.id] if isinstance(one, ast.Name) else [])
    )


@rule("CS303", "status-blocks", Severity.ERROR, on=TaskClient)
def status_blocks(subject: TaskClient, _: Context) -> Iterator[Found]:
    """A look at the status waits or takes no task id, or there is none.

    ## What it does
    Follows the calls of `get_status` (and its aliases) as CS301 does, and looks for a parameter for the task.

    ## Why it matters
    A look is for those who cannot wait: a page that shows a status, a loop of one's own.

    ## How to fix
    Make one request and return what it says.

    ## When it may be wrong
    As CS301. A method of a task's own object needs no id.

    ## Bad
    ```python bad
    import time


    def create_task(title): ...


    def poll_task(task_id, timeout=60): ...


    def get_status(task_id):
        while (status := _ask(task_id)) == "queued":
            time.sleep(1)
        return status
    ```

    ## Good
    ```python good
    def create_task(title): ...


    def poll_task(task_id, timeout=60): ...


    def get_status(task_id):
        return _ask(task_id)
    ```
    """
    if not _in_python(subject) or _unknown(subject.client):
        return
    yield from _absent(subject, "get", Severity.WARNING)
    for one in _each(subject, "get"):
        yield from _waits(one, "a look returns at once")
        if not one.function.parameters and not one.function.owner:
            yield _found(one, "takes no task id")


@rule("CS304", "no-list", Severity.WARNING, on=TaskClient)
def no_list(subject: TaskClient, _: Context) -> Iterator[Found]:
    """A task client has no list, or one without an end and pages.

    ## What it does
    Looks for a list, by name or alias, and that it takes or returns something of pages: a limit, a cursor, an iterator.
    Of a contract it asks for the listing.

    ## Why it matters
    An id that was lost is found again only in a list.

    ## How to fix
    Add the verb, or name in the configuration what it is called: `aliases.list = ["all_reports"]`.

    ## When it may be wrong
    Some services have no list; say so where it is ignored.

    ## Bad
    ```python bad
    def create_task(title): ...


    def poll_task(task_id, timeout=60): ...


    def list_tasks(): ...
    ```

    ## Good
    ```python good
    def create_task(title): ...


    def poll_task(task_id, timeout=60): ...


    def list_tasks(limit=20): ...
    ```
    """
    if not _in_python(subject):
        return
    yield from _absent(subject, "list")
    for one in _each(subject, "list"):
        if one.function.node is not None and not _paged(one.function):
            yield _found(one, "takes no limit and no cursor")


_HOLDS = re.compile(r"param|query|filter|opt|request", re.IGNORECASE)
"""Parameters that may hold those of pages."""

_PAGED = re.compile(r"iter|gener|page|paginat|cursor", re.IGNORECASE)


def _paged(function: Function) -> bool:
    given = any(one.rest or PAGES.search(one.name) or _HOLDS.search(one.name) for one in function.parameters)
    yields = any(isinstance(one, ast.Yield | ast.YieldFrom) for one in ast.walk(function.node or ast.Pass()))
    return given or yields or bool(_PAGED.search(function.returns))


@rule("CS307", "name-of-its-own", Severity.WARNING, on=TaskFunction)
def name_of_its_own(subject: TaskFunction, _: Context) -> Iterator[Found]:
    """A verb has a name of its own, and no alias is declared for it.

    ## What it does
    Compares the names with `create_task`, `poll_task`, `get_status`, `get_task`, `list_tasks` and `cancel_task`, in
    either colour (`create_task_async`), and with the aliases of the configuration.

    ## Why it matters
    Whoever knows one client knows the next, and every tool finds the verbs without guessing.

    ## How to fix
    Rename it, or declare `aliases.create = ["submit_job"]`; the names of the pattern count beside those of the list.

    ## When it may be wrong
    A client that keeps to its service's own words is right to; the alias says so.

    ## Bad
    ```python bad
    def submitJob(title): ...


    def waitForJob(job_id, timeout=60): ...
    ```

    ## Good
    ```python good
    # config: aliases = {create = ["submitJob"], poll = ["waitForJob"]}
    def submitJob(title): ...


    def waitForJob(job_id, timeout=60): ...
    ```
    """
    function, client = subject.function, subject.client
    if function.role is None or canonical(function.name) or function.name in client.confirmed:
        return
    plainest = CANONICAL[function.role][0]
    name = coloured(plainest, function.name)
    # Where another of its role would be called the same, only an alias tells them apart.
    taken = name in {coloured(plainest, one.name) for one in client.having(function.role) if one is not function}
    rename = "" if taken else f", or rename it to `{name}`"
    told = f'`{function.name}`: declare aliases.{function.role} = ["{function.name}"]{rename}'
    yield Found(function.place, told, operation=function.qualified)
