"""CS, continued: the loop of a poll, its pause and its bound."""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Iterator

from accepted.documents.code import Function
from accepted.documents.flow import Loop, Site, names_in
from accepted.documents.prose import word_set
from accepted.lint.rule import Context, Found, rule
from accepted.lint.rules import _reach
from accepted.lint.severity import Severity
from accepted.lint.subjects import TaskClient

_WORDS = re.compile(r"[a-z]+")
_BOUND = word_set(
    "timeout deadline elapsed remaining max attempt attempts tries retries count counter limit monotonic perf "
    "until expires expired expiry expiration budget left end stop stopped cancel seconds secs waited total "
    "polls time now clock times shutdown closed iteration iterations duration"
)
_WAITS = re.compile(r"wait|sleep|delay|pause|backoff|back_off|throttl|nap|idle|tick|poll")
_HARMLESS = word_set(
    "json get raise_for_status lower upper monotonic time perf_counter format append debug info warning error "
    "exception log print len str int float dict list loads read decode min max isinstance getattr now update "
    "items strip"
)


@rule("CS308", "poll-loop-unbounded", Severity.ERROR, on=TaskClient)
def poll_loop_unbounded(subject: TaskClient, _: Context) -> Iterator[Found]:
    """A poll loops without a pause, or without a bound.

    ## What it does
    Looks at the loops that a poll comes to in its module and that look at a status: each has a sleep, and something
    that ends it whatever the status is. A sleep of a constant length in a module that never reads Retry-After is a
    warning. Of a contract it asks that its longest wait is a number of seconds.

    ## Why it matters
    A loop without a pause is an attack; one without a bound waits for ever for a task that was lost.

    ## How to fix
    Compute a deadline before the loop; sleep in it, as long as Retry-After says.

    ## When it may be wrong
    A call that leads out of the module may wait or end the loop by itself; then nothing, or a warning, is found.

    ## Bad
    ```python bad
    import time


    def create_task(title): ...


    def get_status(task_id): ...


    def poll_task(task_id, timeout=60):
        while get_status(task_id) != "completed":
            time.sleep(2)
    ```

    ## Good
    ```python good
    import time


    def create_task(title): ...


    def get_status(task_id): ...


    def poll_task(task_id, timeout=60):
        deadline = time.monotonic() + timeout
        while (status := get_status(task_id))["status"] != "completed":
            if time.monotonic() > deadline:
                raise TimeoutError(task_id)
            time.sleep(status["retry_after"])
    ```
    """
    declared = subject.client.declared
    if declared and declared.longest_wait is not None and not 0 < declared.longest_wait < math.inf:
        place = declared.places.get("longest_wait", declared.place)
        message = f"the contract waits {declared.longest_wait:g} seconds at most: give it a number that ends"
        yield Found(place, message, operation=declared.service)
    for function in subject.client.having("poll"):
        for loop, inside in _poll_loops(subject, function):
            yield from _of_loop(subject, function, loop, inside)


def _poll_loops(subject: TaskClient, function: Function) -> Iterator[tuple[Loop, list[Site]]]:
    """The loops of a poll that look at a status, each with the calls in it."""
    sites = _reach.sites(subject.module, function)
    loops = dict.fromkeys(loop for site in sites for loop in site.loops)
    gets = [one.name for one in subject.client.having("get")]
    for loop in loops:
        inside = [site for site in sites if loop in site.loops]
        looks = _reach.on_status(loop) or any(site.name in gets for site in inside)
        # A retry of one request, in a helper, is no poll loop.
        if looks and _counts_or_waits(loop) and not _retries(loop, inside):
            yield loop, inside


def _counts_or_waits(loop: Loop) -> bool:
    """`while`, or a `for` that only counts; any other goes through something that ends by itself."""
    if isinstance(loop, ast.While):
        return True
    match loop.iter:
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
            return name in {"range", "count", "repeat"}
        case _:
            return False


def _retries(loop: Loop, inside: list[Site]) -> bool:
    return any(_reach.again(site) for site in inside if site.sleeps) and not _reach.on_status(loop)


def _of_loop(subject: TaskClient, function: Function, loop: Loop, inside: list[Site]) -> Iterator[Found]:
    sleeps = [site for site in inside if site.sleeps]
    waits = [site for site in inside if _WAITS.search(site.name) and site.target is None]
    if not sleeps and not waits and not _yields(loop):
        known = all(_known(subject, site) for site in inside)
        yield _at(function, "polls without a pause: sleep between two looks", None if known else Severity.WARNING)
    if not _bounded(loop, inside):
        own = all(site.sleeps or not _takes_time(site) for site in waits)
        if own:
            yield _at(function, "has a poll loop without a deadline: stop when its timeout ends", None)
    constant = bool(sleeps) and all(_constant(site) for site in sleeps)
    if constant and not _reach.says(subject.module, r"retry[-_]?after"):
        yield _at(function, "sleeps for a constant time and ignores Retry-After", Severity.WARNING)


def _at(function: Function, message: str, severity: Severity | None) -> Found:
    return Found(function.place, f"`{function.name}` {message}", operation=function.qualified, severity=severity)


def _known(subject: TaskClient, site: Site) -> bool:
    """Whether it is known that a call does not wait by itself."""
    http = subject.module.tree is not None and _reach.flow(subject.module.tree).is_http(site)
    return site.followed or site.name in _HARMLESS or (http and not site.name.startswith("?"))


def _yields(loop: Loop) -> bool:
    """A loop that yields is paced by its reader; an `async for` or `async with` in it by something else."""
    kinds = (ast.Yield, ast.YieldFrom, ast.AsyncFor, ast.AsyncWith)
    return any(isinstance(one, kinds) for one in ast.walk(loop))


def _bounded(loop: Loop, inside: list[Site]) -> bool:
    """Whether something beside the status may end it."""
    if isinstance(loop, ast.For) and "count" not in names_in(loop.iter):
        return True
    words = {word for name in names_in(*_reach.tests(loop)) for word in _WORDS.findall(name)}
    around = {word for site in inside for name in site.guards for word in _WORDS.findall(name)}
    scopes = {"timeout", "deadline"} & around or {"fail", "move"} <= around
    checks = any(re.search(r"deadline|timeout|expire|check_time|raise_if", site.name) for site in inside)
    return bool(words & _BOUND or scopes or checks)


def _takes_time(site: Site) -> bool:
    """Whether a waiting call is given something like a deadline, by which it may end the loop."""
    return any({"timeout", "deadline"} & set(_WORDS.findall(name)) for name in names_in(site.call))


def _constant(site: Site) -> bool:
    match site.call.args:
        case [ast.Constant(value=int() | float())]:
            return True
        case [ast.Name(id=name)]:
            return name.isupper()
        case _:
            return False
