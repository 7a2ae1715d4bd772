"""TS: what the tests of a task client show.

Rules here look at all test files of a run together: one test anywhere is enough. They show that a test exists, and not
that it tests well.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from accepted.documents.code import CANONICAL, Role
from accepted.documents.flow import Definition, names_in
from accepted.documents.prose import calls
from accepted.lint.rule import Context, Found, rule
from accepted.lint.rules import _reach
from accepted.lint.severity import Severity
from accepted.lint.subjects import Tests


@dataclass(frozen=True, slots=True)
class _Test:
    """One test function, with what it reaches in its file.

    Attributes:
        calls: the name of each call with its line. `names`: all names and texts in it, in lower case.
    """

    node: Definition
    bodies: tuple[Definition, ...]
    calls: tuple[tuple[str, int], ...]
    names: frozenset[str]

    def called(self, names: set[str]) -> int | None:
        """The line of the first call of one of these."""
        return min((line for name, line in self.calls if name in names), default=None)

    def named(self, functions: set[str]) -> set[str]:
        """The variables, in lower case, that hold what one of these functions returned."""
        return {
            name
            for body in self.bodies
            for one in ast.walk(body)
            if isinstance(one, ast.Assign | ast.AnnAssign | ast.NamedExpr) and one.value is not None
            if not functions.isdisjoint(calls(one.value))
            for name in names_in(*(one.targets if isinstance(one, ast.Assign) else [one.target]))
        }

    def asserted(self) -> Iterator[ast.stmt]:
        """Its assertions, in either style."""
        for body in self.bodies:
            for one in ast.walk(body):
                match one:
                    case ast.Assert():
                        yield one
                    case ast.Expr(value=ast.Call(func=ast.Attribute(attr=name))) if name.startswith("assert"):
                        yield one
                    case _:
                        pass


@lru_cache(maxsize=1)
def _tests(subject: Tests) -> list[_Test]:
    """Every test of a run, worked out once for all rules."""
    return list(_each_test(subject))


def _each_test(subject: Tests) -> Iterator[_Test]:
    for module in subject.modules:
        if module.tree is None:
            continue
        flow = _reach.flow(module.tree)
        for node in ast.walk(module.tree):
            if isinstance(node, Definition) and node.name.startswith("test"):
                sites = flow.reached(node, "")
                bodies = tuple({node: None, **{site.holder: None for site in sites}})
                # A helper's calls stand at the line of the test where it is called, as far as order goes.
                calls = tuple(
                    (site.dotted.rpartition(".")[2], site.call.lineno) for site in sites if site.holder is node
                )
                inner = tuple(
                    (site.dotted.rpartition(".")[2], node.end_lineno or 0) for site in sites if site.holder is not node
                )
                yield _Test(node, bodies, (*calls, *inner), frozenset[str]().union(*map(flow.names, bodies)))


def _names(subject: Tests, role: Role) -> set[str]:
    """What the functions of a role are called, in the clients of the run and by the pattern."""
    own = {one.name for client in subject.clients for one in client.client.having(role)}
    return own | set(CANONICAL[role])


def _lacking(subject: Tests, context: Context, message: str, shows: Callable[[_Test], bool]) -> Iterator[Found]:
    """A finding, at the first test file, where no test shows it; none where no client is tested."""
    tests = _tests(subject)
    # Without a client beside them, tests of something else may well call a `create_task` of their own.
    pair = [_names(subject, role) for role in ("create", "poll")]
    concerned = bool(subject.clients) or all(any(one.called(names) is not None for one in tests) for names in pair)
    if concerned and not any(map(shows, tests)):
        clients = [one.client for one in subject.clients]
        create, poll = (
            next((one.name for client in clients for one in client.having(role)), CANONICAL[role][0])
            for role in ("create", "poll")
        )
        yield Found(context.source.at(0, 0), message.format(create=create, poll=poll), operation=create, pair=poll)


_EARLY = re.compile(
    r"(?:^|_)(?:id|ref|elapsed|duration|time|monotonic|perf_counter|seconds|calls?|count|requests?|sent|status|queued|pending"
    r"|in_progress|running|location)(?:$|_)"
)


@rule("TS401", "immediate-return-untested", Severity.WARNING, on=Tests)
def immediate_return_untested(subject: Tests, context: Context) -> Iterator[Found]:
    """No test shows that a create returns before its task is done.

    ## What it does
    Looks for a test that calls the create and, before any poll, asserts something about what it returned (as in
    `assert create_task(...) == "1"`, or by the name that it was given), or about an id, a status, the time that went by
    or the requests that were sent.

    ## Why it matters
    That a create does not wait is the promise of the pattern; nothing else notices when it is broken.

    ## How to fix
    Let the service be slow, create a task, and assert that its id is there and its status is not final.

    ## When it may be wrong
    An assertion in a helper of another file is not seen.

    ## Bad
    ```python bad
    # file: test_reports.py
    def test_report():
        task = create_task("Sales")
        assert poll_task(task, timeout=5).result == "done"
    ```

    ## Good
    ```python good
    # file: test_reports.py
    def test_create_returns_before_the_report_is_done():
        task = create_task("Sales")
        assert task.status == "queued"
        assert poll_task(task, timeout=5).result == "done"
    ```

    ```python good
    # file: test_reports.py
    def test_create_returns_the_id():
        assert create_task("Sales") == "1"
    ```
    """
    creates, polls = _names(subject, "create"), _names(subject, "poll")

    def shows(test: _Test) -> bool:
        begun, waited = test.called(creates), test.called(polls)
        if begun is None:
            return False
        last = ((one, one.end_lineno or one.lineno) for one in test.asserted())
        early = (one for one, line in last if begun <= line and (waited is None or line < waited))
        telling = test.named(creates) | {name.lower() for name in creates}
        return any(_EARLY.search(name) or name in telling for one in early for name in names_in(one))

    message = (
        "no test shows that `{create}` returns before its task is done: assert on what it returned (an id, a status)"
        " before `{poll}`"
    )
    yield from _lacking(subject, context, message, shows)


@rule("TS402", "poll-timeout-untested", Severity.WARNING, on=Tests)
def poll_timeout_untested(subject: Tests, context: Context) -> Iterator[Found]:
    """No test shows what happens when the timeout of a poll ends.

    ## What it does
    Looks for a poll with a timeout inside `raises(...)` or `assertRaises(...)` of an error of that name.

    ## Why it matters
    The timeout is the path that is taken on the worst day, and on no other.

    ## How to fix
    Poll a task that never ends, with a short timeout and a virtual clock.

    ## When it may be wrong
    A poll that returns instead of raising is tested in another way.

    ## Bad
    ```python bad
    # file: test_reports.py
    def test_report():
        assert poll_task(create_task("Sales"), timeout=5).result == "done"
    ```

    ## Good
    ```python good
    # file: test_reports.py
    import pytest


    def test_a_report_that_never_ends():
        with pytest.raises(TimeoutError):
            poll_task(create_task("Endless"), timeout=5)
    ```
    """
    polls = _names(subject, "poll")

    def shows(test: _Test) -> bool:
        return any(_raises_timeout(one, polls) for body in test.bodies for one in ast.walk(body))

    yield from _lacking(
        subject, context, "no test polls with `timeout=` until it ends: `{poll}` inside raises(...)", shows
    )


def _raises_timeout(node: ast.AST, polls: set[str]) -> bool:
    match node:
        case ast.With(items=items, body=body) | ast.AsyncWith(items=items, body=body):
            expected = names_in(*(one.context_expr for one in items))
            inside = names_in(*body)
        case ast.Call(func=ast.Attribute(attr="assertRaises" | "raises"), args=[error, *rest]):
            expected = names_in(error) | {"raises"}
            inside = names_in(*rest, *(one.value for one in node.keywords)) | {str(one.arg) for one in node.keywords}
        case _:
            return False
    raising = any(name in expected for name in ("raises", "assertraises"))
    told = any("timeout" in name or "timedout" in name for name in expected)
    return raising and told and not inside.isdisjoint(map(str.lower, polls))


_401 = re.compile(r"^401$|unauthori[sz]ed|authentication|auth_?(?:error|failed)")
_429 = re.compile(r"^429$|rate_?limit|too_?many_?requests")


@rule("TS403", "refusals-untested", Severity.WARNING, on=Tests)
def refusals_untested(subject: Tests, context: Context) -> Iterator[Found]:
    """No test shows a refused credential, or none a rate limit.

    ## What it does
    Looks for 401 and for 429 in the bodies of tests, or for errors of such names.

    ## Why it matters
    Both come while a task goes on; what becomes of it then is worth knowing before.

    ## How to fix
    Let the fake service answer 401, and 429 with Retry-After, once in a create and once in a poll.

    ## When it may be wrong
    A table of codes outside of the test's body is not seen.

    ## Bad
    ```python bad
    # file: test_reports.py
    def test_key_is_refused():
        with refused(401):
            poll_task(create_task("Sales"))
    ```

    ## Good
    ```python good
    # file: test_reports.py
    def test_key_is_refused():
        with refused(401):
            poll_task(create_task("Sales"))


    def test_too_many_reports():
        with refused(429):
            poll_task(create_task("Sales"))
    ```
    """
    yield from _lacking(
        subject, context, "no test shows a refused credential (401) with `{create}` or `{poll}`", _with(_401)
    )
    yield from _lacking(subject, context, "no test shows a rate limit (429) with `{create}` or `{poll}`", _with(_429))


def _with(pattern: re.Pattern[str]) -> Callable[[_Test], bool]:
    return lambda test: any(pattern.search(name) for name in test.names)


_RESULT = re.compile(r"(?:^|_)(?:results?|outputs?|artifacts?|answer|message|diff|url|data|content|text|report)(?:$|_)")


@rule("TS404", "result-untested", Severity.WARNING, on=Tests)
def result_untested(subject: Tests, context: Context) -> Iterator[Found]:
    """No test looks at the result of a task that was polled.

    ## What it does
    Looks for a test that polls and asserts on a result, an output, an artifact or the like.

    ## Why it matters
    Where the result stands in the answer is what differs most between services, and changes most often.

    ## How to fix
    Assert on what was extracted, not only on the status.

    ## When it may be wrong
    An assertion that is called something else is not seen.

    ## Bad
    ```python bad
    # file: test_reports.py
    def test_report():
        task = poll_task(create_task("Sales"), timeout=5)
        assert task.status == "completed"
    ```

    ## Good
    ```python good
    # file: test_reports.py
    def test_report():
        task = poll_task(create_task("Sales"), timeout=5)
        assert task.result.pages == 3
    ```
    """
    polls = _names(subject, "poll")

    def shows(test: _Test) -> bool:
        polled = test.called(polls) is not None
        return polled and any(_RESULT.search(name) for one in test.asserted() for name in names_in(one))

    yield from _lacking(subject, context, "no test asserts on the result of `{poll}`, only on the status", shows)
