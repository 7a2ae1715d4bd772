"""FN: what the docstring of a function says of its request: which step it is, whether it waits, what is sent."""

from __future__ import annotations

from collections.abc import Iterator

from accepted.documents import prose
from accepted.documents.code import Function
from accepted.lint.rule import Context, Found, rule
from accepted.lint.rules import _told
from accepted.lint.severity import Severity
from accepted.lint.subjects import TaskClient, TaskFunction


@rule("FN201", "step-missing", Severity.ERROR, on=TaskFunction, fix="yes")
def step_missing(subject: TaskFunction, _: Context) -> Iterator[Found]:
    """A create or a poll does not say which step of the pattern it is.

    ## What it does
    Looks for "Step X/Y" in the docstring, with X from 1 to Y.

    ## Why it matters
    A reader who meets one function alone learns that there is another one.

    ## How to fix
    End the first line with "(Async Request-Reply Pattern - Step 1/2)", and that of the poll with Step 2/2.

    ## When it may be wrong
    Never for a task client; a class that is none, but looks like one, is better ignored as a whole.

    ## Bad
    ```python bad
    def create_task(title):
        '''Create a report.'''


    def poll_task(task_id, timeout=60):
        '''Wait for a report (Step 3/2).'''
    ```

    ## Good
    ```python good
    def create_task(title):
        '''Create a report (Async Request-Reply Pattern - Step 1/2).'''


    def poll_task(task_id, timeout=60):
        '''Wait for a report (Async Request-Reply Pattern - Step 2/2).'''
    ```
    """
    if subject.function.role not in _told.PAIR:
        return
    expected = f"Step {_told.PAIR.index(subject.function.role) + 1}/2"
    found = prose.HEADER.findall(subject.function.docs.text)
    if not found:
        yield _told.at_function(subject, "FN201", f': missing "{expected}"')
    elif not any(1 <= int(x) <= int(y) for x, y in found):
        x, y = found[0]
        yield _told.at_function(subject, "FN201", f' says "Step {x}/{y}", which is no step; expected "{expected}"')


@rule("FN202", "steps-disagree", Severity.ERROR, on=TaskClient)
def steps_disagree(subject: TaskClient, _: Context) -> Iterator[Found]:
    """The create and the poll of a client number their steps in ways that do not fit together.

    ## What it does
    Compares the "Step X/Y" of each create with that of its poll: Y is the same, and the create comes before the poll.

    ## Why it matters
    "Step 1/2" beside "Step 2/3" sends the reader to look for a third step.

    ## How to fix
    Count the steps once, and number them in the order in which they are called.

    ## When it may be wrong
    A function that takes part in two flows may name two steps; the first one counts.

    ## Bad
    ```python bad
    def create_task(title):
        '''Create a report (Step 1/2).'''


    def poll_task(task_id, timeout=60):
        '''Wait for a report (Step 2/3).'''
    ```

    ## Good
    ```python good
    def create_task(title):
        '''Create a report (Step 1/2).'''


    def poll_task(task_id, timeout=60):
        '''Wait for a report (Step 2/2).'''
    ```
    """
    for poll in subject.client.having("poll"):
        create = subject.client.companion(poll)
        first, second = _step(create), _step(poll)
        if create is None or first is None or second is None:
            continue
        told = f"`{create.name}` says {first[0]}/{first[1]}, `{poll.name}` says {second[0]}/{second[1]}"
        if first[1] != second[1]:
            yield Found(poll.place, f"{told}: count the same steps in both", operation=poll.qualified, pair=create.name)
        elif first[0] >= second[0]:
            yield Found(poll.place, f"{told}: the create comes first", operation=poll.qualified, pair=create.name)


def _step(function: Function | None) -> tuple[int, int] | None:
    found = prose.HEADER.search(function.docs.text) if function else None
    return (int(found[1]), int(found[2])) if found else None


@rule("FN203", "waiting-untold", Severity.ERROR, on=TaskFunction, fix="partly")
def waiting_untold(subject: TaskFunction, _: Context) -> Iterator[Found]:
    """A function does not say whether it returns immediately or blocks, or says the wrong one.

    ## What it does
    Asks a create, a status look and a list for words such as "returns immediately" or "does not block", and a poll for
    "blocks", "waits" or "until". The opposite claim alone is a finding, too.

    ## Why it matters
    Whoever takes a create for a blocking call uses an id as a result; whoever takes a poll for a look stops a program.

    ## How to fix
    Say in the first paragraph: "Returns immediately with the task's id", or "Blocks until the task is final".
    `--fix` writes it where a decorator declares the step.

    ## When it may be wrong
    It shows that the words are there, not that they are true: for that see CS301 to CS303.

    ## Bad
    ```python bad
    def create_task(title):
        '''Create a report, without waiting for it.'''


    def poll_task(task_id, timeout=60):
        '''Look at a report; returns immediately.'''
    ```

    ## Good
    ```python good
    def create_task(title):
        '''Create a report; returns immediately with its id.'''


    def poll_task(task_id, timeout=60):
        '''Block until a report is there.'''
    ```
    """
    function = subject.function
    if not _told.asks(subject):
        return
    other = _told.pair(subject.client, function) if function.role in _told.PAIR else "poll_task"
    text = function.docs.text
    at_once, blocks = prose.returns_at_once(text, other), prose.waits(text, other)
    match function.role, at_once, blocks:
        case "poll", True, False:
            yield _told.at_function(
                subject, "FN203", " claims to return immediately: a poll blocks until the task is final"
            )
        case "poll", False, False:
            yield _told.at_function(subject, "FN203", " does not say that it blocks: until when?")
        case "create" | "get" | "list", False, True:
            yield _told.at_function(subject, "FN203", " claims to block: it is to return immediately")
        case "create" | "get" | "list", False, False:
            yield _told.at_function(subject, "FN203", ' does not say that it does not wait: "returns immediately"')
        case _:
            pass


@rule("FN204", "request-untold", Severity.ERROR, on=TaskFunction, fix="partly")
def request_untold(subject: TaskFunction, _: Context) -> Iterator[Found]:
    """A function does not name its HTTP method, path and status code, or not those of its contract.

    ## What it does
    Looks for `METHOD /path` and a code of three digits; where a contract or a decorator declares them, for those.
    Of the codes, those of success are compared: one that is declared is there, and behind the route no other.
    A generic client may leave the path to its contracts: "`POST`, as the contract says -> 202". A contract whose method
    is that of its inputs (`{method}`) is told by any of them: "`PUT {path}` (or PATCH) -> 202".

    ## Why it matters
    With the request in the docstring a reader can look it up, log it, or try it without the client.

    ## How to fix
    Add a line "HTTP: `POST /tasks` -> 202".
    `--fix` writes it where a decorator declares it.

    ## When it may be wrong
    A function that sends nothing itself has no request to name.

    ## Bad
    ```python bad
    def create_task(title):
        '''Create a report: `POST /reports`.'''


    def poll_task(task_id, timeout=60):
        '''Wait for a report: `GET /reports/{id}` -> 200.'''
    ```

    ## Good
    ```python good
    def create_task(title):
        '''Create a report: `POST /reports` -> 202.'''


    def poll_task(task_id, timeout=60):
        '''Wait for a report: `GET /reports/{id}` -> 200.'''
    ```
    """
    function = subject.function
    if not _told.asks(subject):
        return
    routes, codes = prose.routes(function.docs.text), prose.codes(function.docs.text)
    declared = function.route
    if not routes or not codes:
        missing = _UNTOLD[bool(routes), bool(codes)]
        yield _told.at_function(subject, "FN204", f" does not name its {missing}, as in {_expected(function)}")
    elif declared and not any(prose.same_route(one, declared) for one in routes):
        message = f": the docstring says {routes[0]}, the contract says {declared}"
        # To add what is declared would only contradict what is there.
        yield _told.at_function(subject, "FN204", message, mend=False)
    elif function.successes:
        told = prose.answers(function.docs.text, declared or routes[0])
        if told - {*function.successes} or codes.isdisjoint(function.successes):
            said = ", ".join(map(str, sorted(told or codes)))
            message = f": the docstring says {routes[0].method} -> {said}, the contract says {_meant(function)}"
            yield _told.at_function(subject, "FN204", message, mend=False)


def _meant(function: Function) -> str:
    return " or ".join(map(str, function.successes))


_UNTOLD = {
    (False, False): "method, path and status code",
    (False, True): "method and path",
    (True, False): "status code",
}
"""What is missing, by whether a route and a code are told."""

_PLAIN = {"create": "`POST /tasks` -> 202", "list": "`GET /tasks` -> 200"}


def _expected(function: Function) -> str:
    """The request as it is declared, else the shape of one."""
    if function.route is None:
        return _PLAIN.get(str(function.role), "`GET /tasks/{id}` -> 200")
    return f"`{_told.shown(function.route)}`" + (f" -> {_meant(function)}" if function.successes else "")
