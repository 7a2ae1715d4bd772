"""MD: what the docstring of a task module refers to: the statuses, the links and an example."""

from __future__ import annotations

import re
from collections.abc import Iterator

from accepted.documents import prose
from accepted.documents.code import CANONICAL, Module
from accepted.lint.rule import Context, Found, rule
from accepted.lint.rules import _told
from accepted.lint.severity import Severity


@rule("MD105", "statuses-undocumented", Severity.WARNING, on=Module, fix="partly")
def statuses_undocumented(module: Module, _: Context) -> Iterator[Found]:
    """The docstring of a task module does not list the statuses of a task, or not which are final.

    ## What it does
    With a contract: every status that it can come to appears literally. Without one: a line about statuses has one
    that goes on and one that ends. In both cases some are said to be final.

    ## Why it matters
    Whoever polls needs to know when to stop; a status that nobody mentioned is polled for ever.

    ## How to fix
    "Statuses: queued, in_progress, and final: completed, failed, cancelled."
    `--fix` writes it where a contract declares them.

    ## When it may be wrong
    Without a contract only usual words are known; a service with words of its own is better declared.

    ## Bad
    ```python bad
    '''Reports. A report has a status.'''


    def create_task(title): ...


    def poll_task(task_id, timeout=60): ...
    ```

    ## Good
    ```python good
    '''Reports.

    Statuses: queued, in_progress, and final: completed, failed.
    '''


    def create_task(title): ...


    def poll_task(task_id, timeout=60): ...
    ```
    """
    if not _told.clients(module):
        return
    told = prose.without_examples(module.told)
    declared = _told.contract(module)
    missing = sorted(set(declared.statuses) - prose.words(told)) if declared and declared.statuses else []
    if missing:
        plural = "statuses are" if len(missing) > 1 else "status is"
        yield _told.at_module(module, "MD105", f"{plural} undocumented: {', '.join(f'`{one}`' for one in missing)}")
    elif declared is None and not any(_vocabulary(line) for line in _status_lines(told)):
        yield _told.at_module(
            module, "MD105", "the statuses of a task are not listed: name each, and say which are final"
        )
    elif not prose.tells_final(told):
        yield _told.at_module(module, "MD105", "the docs do not say which statuses are final")


def _vocabulary(text: str) -> bool:
    words = prose.words(text)
    return bool(words & prose.PENDING and words & prose.FINAL)


def _status_lines(text: str) -> Iterator[str]:
    """From each mention of statuses to the end of its paragraph, or of the list that it announces."""
    for found in re.finditer(r"\b(?:status(?:es)?|states?)\b(?!\s+codes?)", text, re.IGNORECASE):
        rest = text[found.start() :]
        line = rest.partition("\n")[0].rstrip(" *")
        paragraphs = re.split(r"\n[ \t]*\n", rest, maxsplit=2)
        yield "\n".join(paragraphs[:2]) if line.endswith(":") or "\n" not in paragraphs[0] else paragraphs[0]


@rule("MD106", "no-asyncapi-link", Severity.WARNING, on=Module, fix="yes")
def no_asyncapi_link(module: Module, _: Context) -> Iterator[Found]:
    """The docstring of a task module does not link to the AsyncAPI specification.

    ## What it does
    Looks for an https URL whose host is asyncapi.com or below it.

    ## Why it matters
    AsyncAPI is where events and callbacks of such an API are described; a link says which words are meant.

    ## How to fix
    Add `https://www.asyncapi.com/` under "See also".

    ## When it may be wrong
    A link in another place of the documentation is not seen.

    ## Bad
    ```python bad
    '''Reports.'''


    def create_task(title): ...


    def poll_task(task_id, timeout=60): ...
    ```

    ## Good
    ```python good
    '''Reports. See also: https://www.asyncapi.com/'''


    def create_task(title): ...


    def poll_task(task_id, timeout=60): ...
    ```
    """
    if not _told.clients(module):
        return
    hosts = [prose.host(one) for one in prose.links(module.told) if one.startswith("https:")]
    if not any(one == "asyncapi.com" or one.endswith(".asyncapi.com") for one in hosts):
        yield _told.at_module(module, "MD106", "no link to the AsyncAPI specification: https://www.asyncapi.com/")


_STANDARD = re.compile(
    r"async-request-reply\b|restfulapi\.net/\S*long-running|rfc[\s-]?(?:9110|7240)\b|google\.aip\.dev/15[13]"
    r"|opensource\.zalando\.com/restful-api-guidelines",
    re.IGNORECASE,
)


@rule("MD107", "no-standard-link", Severity.INFORMATION, on=Module, fix="yes")
def no_standard_link(module: Module, _: Context) -> Iterator[Found]:
    """The docstring of a task module refers to no standard of the pattern.

    ## What it does
    Looks for a link to the Azure pattern, to RESTful long-running tasks, to AIP-151, or for RFC 9110 or RFC 7240.

    ## Why it matters
    A pattern that others have described need not be described again.

    ## How to fix
    Add one of them under "See also".

    ## When it may be wrong
    Other good descriptions exist; ignore it where one of them is linked.

    ## Bad
    ```python bad
    '''Reports.'''


    def create_task(title): ...


    def poll_task(task_id, timeout=60): ...
    ```

    ## Good
    ```python good
    '''Reports. Answers 202 as RFC 9110 says.'''


    def create_task(title): ...


    def poll_task(task_id, timeout=60): ...
    ```
    """
    if _told.clients(module) and not _STANDARD.search(module.told):
        yield _told.at_module(
            module, "MD107", "no link to a standard of the pattern, such as the Azure pattern or RFC 9110"
        )


@rule("MD108", "no-usage-example", Severity.ERROR, on=Module, fix="partly")
def no_usage_example(module: Module, _: Context) -> Iterator[Found]:
    """The docstring of a task module has no example that creates a task and then polls it.

    ## What it does
    Looks in every example (at prompts, fenced or indented) that parses for a call of the create and, behind it, one of
    the poll.

    ## Why it matters
    The two calls and what is handed from one to the other are what a reader copies first.

    ## How to fix
    Show both calls in one example: what create returns is what poll is given.
    `--fix` writes both calls of a Python client with what their signatures take, to be passed over by doctest.

    ## When it may be wrong
    An example in a README is not seen; nor is one that does not parse as Python.

    ## Bad
    ```python bad
    '''Reports.

    Example:
        >>> report = poll_task(task_id)
    '''


    def create_task(title): ...


    def poll_task(task_id, timeout=60): ...
    ```

    ## Good
    ```python good
    '''Reports.

    Example:
        >>> task_id = create_task("Sales")
        >>> report = poll_task(task_id)
    '''


    def create_task(title): ...


    def poll_task(task_id, timeout=60): ...
    ```
    """
    if not _told.clients(module):
        return
    creates, polls = (_told.names(module, role) or list(CANONICAL[role]) for role in ("create", "poll"))
    runs = prose.called(module.told, module.language)
    if any(prose.in_order(run, creates, polls) for run in runs):
        return
    called = {name for run in runs for name in run}
    create, poll = bool(called & set(creates)), bool(called & set(polls))
    yield _told.at_module(module, "MD108", _why_no_example(creates[0], polls[0], create=create, poll=poll))


def _why_no_example(create_name: str, poll_name: str, *, create: bool, poll: bool) -> str:
    match create, poll:
        case True, True:
            return f"the example polls before it creates: call `{create_name}`, then `{poll_name}`"
        case True, False:
            return f"the example creates without polling: call `{poll_name}` behind `{create_name}`"
        case False, True:
            return f"the example polls without creating: call `{create_name}` before `{poll_name}`"
        case _:
            return f"no usage example calls `{create_name}`, then `{poll_name}`"
