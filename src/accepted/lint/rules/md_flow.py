"""MD: what the docstring of a task module says of the pattern: its name, the flow, where the result is, the codes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from accepted.documents import prose
from accepted.documents.code import Module, Role, Route
from accepted.lint.rule import Context, Found, rule
from accepted.lint.rules import _told
from accepted.lint.severity import Severity

_PATTERN = r"async(?:hronous)?[\s-]+request[\s/-]+reply"
_EXPLAINED = re.compile(r"asynchron|long[\s-]running|\b202\b", re.IGNORECASE)


@rule("MD101", "pattern-not-named", Severity.ERROR, on=Module, fix="yes")
def pattern_not_named(module: Module, context: Context) -> Iterator[Found]:
    """The docstring of a task module does not name the Async Request-Reply pattern, or does not explain it.

    ## What it does
    Looks in the docstrings of the module and its clients for "Async Request-Reply" (or a synonym from the
    configuration) and for a word that explains it: asynchronous, long-running, or 202.

    ## Why it matters
    People take a call for one that blocks until its work is done, unless they are told otherwise at once.

    ## How to fix
    Name the pattern in the first paragraph, and say that tasks are long-running or created asynchronously.
    A house word for the pattern counts where the configuration lists it: `synonyms = ["fire and poll"]`.

    ## When it may be wrong
    It shows that the words are there, not that the prose is true.

    ## Bad
    ```python bad
    '''A client for reports.'''


    def create_task(title): ...


    def poll_task(task_id, timeout=60): ...
    ```

    ## Good
    ```python good
    '''A client for reports, which are long-running: the Async Request-Reply Pattern.'''


    def create_task(title): ...


    def poll_task(task_id, timeout=60): ...
    ```
    """
    if not _told.clients(module):
        return
    named = re.compile("|".join((_PATTERN, *map(re.escape, context.config.synonyms))), re.IGNORECASE)
    told = prose.without_links(module.told)  # the addresses of standards have the name in them
    if not named.search(told):
        yield _told.at_module(module, "MD101", "the module docstring does not name the Async Request-Reply pattern")
    elif not _EXPLAINED.search(named.sub("", told)):
        message = "the module docstring names the pattern without explaining it: say asynchronous, long-running or 202"
        yield _told.at_module(module, "MD101", message)


@rule("MD102", "flow-without-step", Severity.ERROR, on=Module, fix="partly")
def flow_without_step(module: Module, _: Context) -> Iterator[Found]:
    """The docstring of a task module does not show the flow, step by step.

    ## What it does
    Looks for numbered steps ("Step 1", "Step 2/2", or a numbered list): one with the method and path of the create,
    and a later one with those of the poll. Where a contract declares them, they are to be the contract's.
    A generic client may leave the path to its contracts: "`POST`, as the contract says". A contract whose method is
    that of its inputs (`{method}`) is told by any of them: "`PUT {path}` (or PATCH)".

    ## Why it matters
    The order is the pattern: who polls what, with which id, cannot be guessed from two separate operations.

    ## How to fix
    Write one line for each step, beginning with "Step 1" and "Step 2", each with the method and the path.
    `--fix` writes them where a contract or decorators declare them.

    ## When it may be wrong
    Steps inside examples do not count, since an example may be cut out; nor do steps that stand in another file.

    ## Bad
    ```python bad
    '''Reports.

    Step 1: `POST /reports` answers 202 with an id.
    '''


    def create_task(title): ...


    def poll_task(task_id, timeout=60): ...
    ```

    ## Good
    ```python good
    '''Reports.

    Step 1: `POST /reports` answers 202 with an id.
    Step 2: `GET /reports/{id}` answers 200 with the status.
    '''


    def create_task(title): ...


    def poll_task(task_id, timeout=60): ...
    ```
    """
    if not _told.clients(module):
        return
    steps = prose.steps(module.told)
    create = next((at for at, step in enumerate(steps) if _tells(module, "create", step.text)), None)
    poll = next((at for at, step in enumerate(steps) if at != create and _tells(module, "poll", step.text)), None)
    if create is None:
        yield _told.at_module(
            module, "MD102", f"the flow has no step for creating; expected {_expected(module, 'create')}"
        )
    if poll is None and _has_poll(module):
        yield _told.at_module(
            module, "MD102", f"the flow has no step for polling; expected {_expected(module, 'poll')}"
        )
    if create is not None and poll is not None and poll < create:
        yield _told.at_module(module, "MD102", "the flow polls before it creates: number the steps in their order")


def _has_poll(module: Module) -> bool:
    """A contract may say that its service has no status to ask for."""
    declared = _told.contract(module)
    return declared is None or declared.poll != ()


_PLAIN: dict[Role, Route] = {"create": Route("POST", "/tasks"), "poll": Route("GET", "/tasks/{id}")}


def _expected(module: Module, role: Role) -> str:
    """A step with the route as it is declared, else with the shape of one."""
    step = f"Step {_told.PAIR.index(role) + 1}: "
    declared = next(iter(_told.routes(module, role)), None)
    return f'"{step}`{_told.shown(declared)}`"' if declared else f'a method and path, as in "{step}`{_PLAIN[role]}`"'


def _tells(module: Module, role: Role, text: str) -> bool:
    """Whether a step has the route: that of the contract, else any that fits the role."""
    told = prose.routes(text)
    declared = _told.routes(module, role)
    if declared:
        return any(prose.same_route(one, its) for one in told for its in declared)
    # A create sends, a poll asks; services in the style of remote calls poll by POST, too.
    return any(role == "poll" or one.method != "GET" for one in told)


_RESULT = re.compile(r"`[^`\n]*\b(?:results?|outputs?|output_\w+|artifacts?|answer|response)\b[^`\n]*`", re.IGNORECASE)
_FIELD = re.compile(r"`[^`\n]+`|\b\w+_\w+\b|\b\w+\[\]|^\s*[-*] \S", re.MULTILINE)


@rule("MD103", "result-not-located", Severity.WARNING, on=Module, fix="partly")
def result_not_located(module: Module, _: Context) -> Iterator[Found]:
    """The docstring of a task module never says where the result is.

    ## What it does
    Looks for a third step, or a section about results, that names a field; or for a field such as `task.result`.

    ## Why it matters
    Many services put the result beside the status only when the task is done, or in another document altogether.

    ## How to fix
    Add a last step that names the fields that hold the result: "Step 3: `outputs` has one entry per file".
    `--fix` writes `task.result` where a contract is declared.

    ## When it may be wrong
    Tasks that yield nothing have no result to find; ignore it there, with that reason.

    ## Bad
    ```python bad
    '''Reports.

    Step 1: `POST /reports` answers 202 with an id.
    Step 2: `GET /reports/{id}` answers 200.
    '''


    def create_task(title): ...


    def poll_task(task_id, timeout=60): ...
    ```

    ## Good
    ```python good
    '''Reports.

    Step 1: `POST /reports` answers 202 with an id.
    Step 2: `GET /reports/{id}` answers 200.
    Step 3: `pages` and `url` have the report.
    '''


    def create_task(title): ...


    def poll_task(task_id, timeout=60): ...
    ```
    """
    if not _told.clients(module):
        return
    told = prose.without_examples(module.told)
    third = [step.text for step in prose.steps(module.told) if step.number > 2]
    sections = [text for name in ("result", "results", "output", "outputs") for text in prose.sections(told, name)]
    if not (_RESULT.search(told) or any(_FIELD.search(text) for text in (*third, *sections))):
        yield _told.at_module(
            module, "MD103", "the docs never say where the result is: name its fields in a third step"
        )


@rule("MD104", "codes-missing", Severity.ERROR, on=Module, fix="partly")
def codes_missing(module: Module, _: Context) -> Iterator[Found]:
    """The docstring of a task module does not list the HTTP codes.

    ## What it does
    Asks for 202 (or 200, where a service answers so), 401, 429 and 500; `5xx` counts as 500.
    That 400 is missing is only information.

    ## Why it matters
    202 and 429 ask a caller for more than an error handler: to poll, and to wait as long as Retry-After says.

    ## How to fix
    Add a list of codes with what each means here.
    `--fix` writes it where a contract or decorators declare it.

    ## When it may be wrong
    A service that never asks for a credential has no 401; ignore it there, with that reason.

    ## Bad
    ```python bad
    '''Reports. Codes: 202 accepted, 200 the status, 400 an input is wrong, 500 the service failed.'''


    def create_task(title): ...


    def poll_task(task_id, timeout=60): ...
    ```

    ## Good
    ```python good
    '''Reports. Codes: 202 accepted, 200 the status, 400 an input is wrong, 401, 429 (wait), 500.'''


    def create_task(title): ...


    def poll_task(task_id, timeout=60): ...
    ```
    """
    if not _told.clients(module):
        return
    told = prose.codes(module.told)
    missing = [code for code in (401, 429, 500) if code not in told]
    if not told & {200, 201, 202}:
        missing = [202, *missing]
    if missing:
        yield _told.at_module(module, "MD104", f"status codes missing: {', '.join(map(str, missing))}")
    if 400 not in told and not missing:
        yield _told.at_module(
            module, "MD104", "status code 400 is not mentioned: say what a wrong input gives", _INFORMATION
        )


_INFORMATION = Severity.INFORMATION
