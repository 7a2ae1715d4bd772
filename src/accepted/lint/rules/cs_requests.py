"""CS, continued: what a task client does when it is refused."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from accepted.documents.code import Function
from accepted.documents.flow import Loop
from accepted.lint.rule import Context, Found, rule
from accepted.lint.rules import _reach
from accepted.lint.severity import Severity
from accepted.lint.subjects import TaskClient


def _at_client(subject: TaskClient, message: str, severity: Severity | None = None) -> Found:
    """A finding at the create of a client, where its requests begin."""
    create, poll = subject.client.one("create"), subject.client.one("poll")
    place = create.place if create else subject.client.place
    return Found(
        place,
        message,
        operation=create.qualified if create else subject.client.name,
        pair=poll.name if poll else "",
        severity=severity,
    )


_ANY_REFUSAL = (
    r"raise_for_status|urlopen|\bok\b|is_success|is_error|is_client_error|http_?status_?error|http_?error|mount\b|tenacity"
    r"|backoff|stamina|transport|hooks\b|\b400\b|retry(?![-_]?after)"
)
"""What shows that refusals of any kind are seen somewhere, or handed to something that sees them."""

_GENERAL = rf"{_ANY_REFUSAL}|status_code|\bstatus\b"
"""The same for 429, where a comparison with any status is taken for one."""


@rule("CS305", "rate-limit-unhandled", Severity.ERROR, on=TaskClient)
def rate_limit_unhandled(subject: TaskClient, _: Context) -> Iterator[Found]:
    """A task client does nothing about 429.

    ## What it does
    Where a create or poll surely sends its own requests (with requests, httpx, urllib and their like), looks in the
    module for 429 or an error of that name. A general check, such as `raise_for_status`, is a warning unless
    Retry-After is read anywhere. A client that leaves its requests to something else is left alone.

    ## Why it matters
    Polling is what rate limits are made for: who ignores Retry-After is refused the longer.

    ## How to fix
    On 429 raise an error of its own that carries Retry-After, or wait that long and ask again.

    ## When it may be wrong
    A transport that retries by itself may be set up elsewhere.

    ## Bad
    ```python bad
    import requests


    def create_task(title):
        return requests.post("https://api.example.com/reports", json={"title": title}).json()["id"]


    def poll_task(task_id, timeout=60): ...
    ```

    ## Good
    ```python good
    import requests


    class RateLimited(Exception): ...


    def create_task(title):
        answer = requests.post("https://api.example.com/reports", json={"title": title})
        if answer.status_code == 429:
            raise RateLimited(answer.headers["Retry-After"])
        return answer.json()["id"]


    def poll_task(task_id, timeout=60): ...
    ```
    """
    module = subject.module
    if not _reach.sends(module, subject.client) or _reach.says(module, r"\b429\b|rate_?limit|too_?many|throttl"):
        return
    if not _reach.says(module, _GENERAL):
        yield _at_client(subject, "429 is not handled and Retry-After ignored: raise an error that carries it, or wait")
    elif not _reach.says(module, r"retry[-_]?after|retry|tenacity|backoff|stamina|mount\b|transport|hooks\b"):
        message = "429 is an answer like any other, and Retry-After is ignored: raise an error that carries it, or wait"
        yield _at_client(subject, message, Severity.WARNING)


_EVERYTHING = re.compile(r"^(?:Base)?Exception$|RequestException$|HTTPError$|HTTPStatusError$|ClientError$|URLError$")


@rule("CS306", "refused-credential-unhandled", Severity.ERROR, on=TaskClient)
def refused_credential_unhandled(subject: TaskClient, _: Context) -> Iterator[Found]:
    """A task client does nothing about 401 and 403, or repeats a request that was refused.

    ## What it does
    As CS305, for 401; 403 is a warning. A loop that goes on after any error at all repeats a refused credential, too:
    that is a warning wherever it is seen.

    ## Why it matters
    A poll that goes on with a dead credential ends in a timeout that says nothing, or in a locked account.

    ## How to fix
    On 401 raise an error of its own at once; repeat only what may succeed the next time (429, 5xx, a lost connection).

    ## When it may be wrong
    An API without credentials has no 401.

    ## Bad
    ```python bad
    import requests


    def create_task(title):
        return requests.post("https://api.example.com/reports", json={"title": title}).json()["id"]


    def poll_task(task_id, timeout=60): ...
    ```

    ## Good
    ```python good
    import requests


    def create_task(title):
        answer = requests.post("https://api.example.com/reports", json={"title": title})
        if answer.status_code in {401, 403}:
            raise PermissionError("the API key was refused")
        return answer.json()["id"]


    def poll_task(task_id, timeout=60): ...
    ```
    """
    module = subject.module
    if not _reach.sends(module, subject.client):
        return
    general = _reach.says(module, _ANY_REFUSAL)
    knows_401 = _reach.says(module, r"\b401\b|unauthori[sz]ed|authentication|auth\w*(?:error|failed)|permission")
    knows_403 = _reach.says(module, r"\b403\b|forbidden|permission|auth\w*(?:error|failed)|>= ?400")
    if not general and not knows_401:
        # A status that is compared with something may well be compared with every refusal at once.
        unsure = Severity.WARNING if _reach.says(module, r"status_code|\bstatus\b") else None
        yield _at_client(subject, "401 is not handled: raise an error of its own at once", unsure)
    elif not general and not knows_403:
        yield _at_client(subject, "403 is not handled, only 401", Severity.WARNING)
    for function in _stubborn(subject):
        yield Found(
            function.place,
            f"`{function.name}` repeats its request after any error, 401 among them: repeat only what may succeed",
            operation=function.qualified,
            severity=Severity.WARNING,
        )


def _stubborn(subject: TaskClient) -> Iterator[Function]:
    """Creates and polls that reach a loop which swallows whatever goes wrong."""
    for function in (*subject.client.having("create"), *subject.client.having("poll")):
        loops = {loop for site in _reach.sites(subject.module, function) for loop in site.loops}
        if any(_swallows(handler) for loop in loops for handler in _handlers(loop)):
            yield function


def _handlers(loop: Loop) -> Iterator[ast.ExceptHandler]:
    for one in ast.walk(loop):
        if isinstance(one, ast.ExceptHandler):
            yield one


def _swallows(handler: ast.ExceptHandler) -> bool:
    """Whether it catches everything and never leaves: no raise, return or break in it, no look at what it caught."""
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    caught = any(kind is None or _EVERYTHING.search(ast.unparse(kind)) for kind in kinds)
    leaves = (ast.Raise, ast.Return, ast.Break, ast.If, ast.Match)
    return caught and not any(isinstance(one, leaves) for line in handler.body for one in ast.walk(line))
