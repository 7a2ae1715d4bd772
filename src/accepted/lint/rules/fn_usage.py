"""FN: what the docstring of a function says of its use: the example, the outcome, the companion, the timeout."""

from __future__ import annotations

import re
from collections.abc import Iterator

from accepted.documents import prose
from accepted.documents.code import CANONICAL, Role
from accepted.lint.rule import Context, Found, rule
from accepted.lint.rules import _told
from accepted.lint.severity import Severity
from accepted.lint.subjects import TaskFunction


@rule("FN205", "no-example", Severity.WARNING, on=TaskFunction, fix="partly")
def no_example(subject: TaskFunction, _: Context) -> Iterator[Found]:
    """A create or a poll has no example of itself that parses.

    ## What it does
    Looks in the docstring for an example that calls the create and then its poll, of the colour of the function; for a
    poll a call of itself is enough. An example at prompts is to be readable for doctest.

    ## Why it matters
    An example is what people copy, and the one part of a docstring that a program can check.

    ## How to fix
    Show the create and then the poll, at prompts or in a fenced block.
    `--fix` writes both calls of a Python client with what their signatures take, to be passed over by doctest.

    ## When it may be wrong
    An example in a README is not seen.

    ## Bad
    ```python bad
    def create_task(title):
        '''Create a report.

        >>> task_id = create_task("Sales"
        '''


    def poll_task(task_id, timeout=60):
        '''Wait for a report.

        >>> report = poll_task(task_id)
        '''
    ```

    ## Good
    ```python good
    def create_task(title):
        '''Create a report.

        >>> task_id = create_task("Sales")
        >>> report = poll_task(task_id)
        '''


    def poll_task(task_id, timeout=60):
        '''Wait for a report.

        >>> report = poll_task(task_id)
        '''
    ```
    """
    function = subject.function
    if function.role not in _told.PAIR:
        return
    runs = prose.called(function.docs.text, subject.module.language)
    creates, polls = (_of_its_colour(subject, role) for role in _told.PAIR)
    shown = any(
        prose.in_order(run, creates, polls) or (function.role == "poll" and set(run) & set(polls)) for run in runs
    )
    broken = prose.broken_examples(function.docs.text) if subject.module.language == "python" else []
    if broken:
        yield _told.at_function(subject, "FN205", f" has an example that does not parse: {broken[0]}", mend=False)
    elif not shown:
        calls = f"`{function.name}`, then `{polls[0]}`" if function.role == "create" else f"`{function.name}`"
        yield _told.at_function(subject, "FN205", f" has no example that calls {calls}")


def _of_its_colour(subject: TaskFunction, role: Role) -> list[str]:
    """The names of that role, those that are awaited beside a function that is; all where there is no such one."""
    every = subject.client.having(role)
    alike = [one.name for one in every if one.asynchronous == subject.function.asynchronous]
    return alike or [one.name for one in every] or list(CANONICAL[role])


_AS_OTHER = re.compile(r"\breturns?\b.{0,40}\braises?\b.{0,80}?\bas `", re.IGNORECASE)
_FAILURE = re.compile(
    r"\b(?:error|errors|fails?|failed|failure|raises?|None if|exception|timed out)\b|Error\b|:error\b", re.IGNORECASE
)
_TYPE = re.compile(r"[\w.\[\], |`:*\"']+")


@rule("FN206", "outcome-untold", Severity.ERROR, on=TaskFunction)
def outcome_untold(subject: TaskFunction, _: Context) -> Iterator[Found]:
    """A create or a poll does not say what it returns, or not how it fails.

    ## What it does
    Looks for a section on what is returned that says more than its type, and for what tells of failure: a section on
    what is raised, or the error among what is returned. Google, NumPy, Sphinx and Markdown styles are read;
    "returns and raises as `Client.poll_task`" refers to another docstring.

    ## Why it matters
    A task can fail long after its create succeeded: where that appears is the first question of whoever calls.

    ## How to fix
    Add `Returns:` and `Raises:`, with the errors for a failed task and for the timeout.

    ## When it may be wrong
    Prose outside of a section is read only where it begins a sentence with "Returns" or "Raises", or has it behind
    "and".

    ## Bad
    ```python bad
    def create_task(title):
        '''Create a report.

        Returns:
            str
        '''


    def poll_task(task_id, timeout=60):
        '''Wait for a report.

        Returns:
            The report, with its pages.
        '''
    ```

    ## Good
    ```python good
    def create_task(title):
        '''Create a report.

        Returns:
            The id to poll.

        Raises:
            ValueError: the title is empty.
        '''


    def poll_task(task_id, timeout=60):
        '''Wait for a report.

        Returns:
            The report, with its pages.

        Raises:
            TimeoutError: it was not there in time.
        '''
    ```
    """
    function = subject.function
    if function.role not in _told.PAIR:
        return
    text = function.docs.text
    if _AS_OTHER.search(" ".join(text.split())):
        return
    returned = " ".join(prose.sections(text, "returns", "return", "yields"))
    raised = " ".join(prose.sections(text, "raises", "raise", "except", "exceptions", "errors"))
    returned = returned or _sentence(text, "returns?")
    if function.returns == "None":
        pass
    elif not returned:
        yield _told.at_function(subject, "FN206", " does not say what it returns: add a section Returns", mend=False)
    elif _only_type(returned):
        yield _told.at_function(
            subject, "FN206", f" says of what it returns only the type, {returned!r}: say what is in it", mend=False
        )
    if not raised and not _FAILURE.search(prose.without_examples(text)):
        failures = "a failed task and the timeout" if function.role == "poll" else "a create that was refused"
        yield _told.at_function(
            subject, "FN206", f" does not document failure: say what is raised for {failures}", mend=False
        )


def _sentence(text: str, word: str) -> str:
    """What follows this word, of a sentence or behind "and"; "Returns immediately" says nothing of a value."""
    told = " ".join(prose.without_examples(text).split())
    begins = rf"(?:^|[.;:)] |\b(?:and|then) ){word}"
    found = re.search(rf"{begins} (?!immediately\b|at once\b)([^.]+)", told, re.IGNORECASE)
    return found[1] if found else ""


def _only_type(text: str) -> bool:
    words = re.findall(r"[A-Za-z_.]+", text)
    return (
        bool(_TYPE.fullmatch(text.strip()))
        and len(words) < 3
        and not re.search(r"\b(?:id|it|the|a|an)\b", text, re.IGNORECASE)
    )


@rule("FN207", "companion-unnamed", Severity.WARNING, on=TaskFunction, fix="yes")
def companion_unnamed(subject: TaskFunction, _: Context) -> Iterator[Found]:
    """A create does not name its poll, or a poll not its create.

    ## What it does
    Looks for the name of the other function in the docstring, its examples left out.

    ## Why it matters
    A step that does not lead to the next one leaves the reader with an id.

    ## How to fix
    Name it: "`poll_task` waits for its end", "call it after `create_task`".

    ## When it may be wrong
    Where a create returns an object whose own method waits, that method is the companion: declare it as an alias.

    ## Bad
    ```python bad
    def create_task(title):
        '''Create a report.'''


    def poll_task(task_id, timeout=60):
        '''Wait for what `create_task` made.'''
    ```

    ## Good
    ```python good
    def create_task(title):
        '''Create a report, for `poll_task` to wait for.'''


    def poll_task(task_id, timeout=60):
        '''Wait for what `create_task` made.'''
    ```
    """
    function = subject.function
    if function.role not in _told.PAIR:
        return
    other: Role = "poll" if function.role == "create" else "create"
    names = [one.name for one in subject.client.having(other)]
    text = prose.without_examples(function.docs.text)
    if names and not any(re.search(rf"\b{re.escape(name)}\b", text) for name in names):
        yield _told.at_function(
            subject, "FN207", f" does not name its companion `{_told.pair(subject.client, function)}`"
        )


_ENDS = re.compile(
    r"timeout\w{0,30}error|\wtimeout\b|timed?[- ]out|when it ends"
    r"|raise|exceed|expire|elapse|passe[sd]|run(?:s|ning)? out|gives? up|is over",
    re.IGNORECASE,
)
_TIMEOUT = re.compile(r"timeout|deadline|max_?wait|wait_|_wait|max_?time|max_?seconds", re.IGNORECASE)


@rule("FN208", "timeout-untold", Severity.WARNING, on=TaskFunction, fix="partly")
def timeout_untold(subject: TaskFunction, _: Context) -> Iterator[Found]:
    """A poll does not say what its timeout is, what it is by default, or what happens when it ends.

    ## What it does
    Looks in the docstring for the parameter, for its default, and for what is raised or returned when it ends.

    ## Why it matters
    A timeout may mean that the task is lost, or only that nobody waits for it any more.

    ## How to fix
    "timeout: seconds, 60 by default. When it ends, TimeoutError is raised and the task goes on."
    `--fix` writes the name and the default, where only they are missing.

    ## When it may be wrong
    A timeout inside of an options value is not seen; then nothing is found.

    ## Bad
    ```python bad
    def create_task(title): ...


    def poll_task(task_id, timeout=60):
        '''Wait for a report.'''
    ```

    ## Good
    ```python good
    def create_task(title): ...


    def poll_task(task_id, timeout=60):
        '''Wait for a report, `timeout` seconds (60 by default), then raise TimeoutError.'''
    ```
    """
    function = subject.function
    limits = [one for one in function.parameters if _TIMEOUT.search(one.name) and not one.rest]
    if function.role != "poll" or not limits:
        return
    text, limit = function.docs.text, limits[0]
    missing = [
        what
        for what, told in (
            (f"`{limit.name}`", re.search(rf"\b{re.escape(limit.name)}\b", text)),
            ("its default", limit.default is None or _default(limit.default, text)),
            ("what happens when it ends", _ENDS.search(text)),
        )
        if not told
    ]
    if missing:
        signed = limit.default is not None and bool(_ENDS.search(text))  # what then happens, no signature says
        told = f"`{limit.name}` is {limit.default} by default." if signed else ""
        yield _told.at_function(subject, "FN208", f" does not tell of its timeout: {', '.join(missing)}", text=told)


def _default(written: str, text: str) -> bool:
    number = re.sub(r"\.0*$", "", written)
    return bool(
        re.search(rf"\bdefaults?\b|(?<![\w.]){re.escape(number)}(?!\w)|\bwithout one\b|\bunless\b", text, re.IGNORECASE)
    )
