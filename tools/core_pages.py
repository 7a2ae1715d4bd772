"""The pages about the core: errors, statuses, the machine. What they say is asked of the running code."""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Iterator
from pkgutil import iter_modules
from typing import Any, get_args

from text import bullets, code, fence, first_line, listed, number, page, pairs, section, table

from accepted import errors, services
from accepted.cli._docstrings import attributes
from accepted.core.contract import Contract
from accepted.core.endings import ENDINGS
from accepted.core.events import Action, Event
from accepted.core.learn import learn, reopened
from accepted.core.read import Meaning, Reading
from accepted.core.retry_after import LONGEST
from accepted.core.task import Outcome, Status, Task
from accepted.core.turn import LAST_LOOK, PATIENCE, RETRIES
from accepted.core.verbs import raise_for_outcome
from accepted.core.wire import MAX_ANSWER, MAX_REDIRECTS
from accepted.errors import AcceptedError, TaskError

NOW = 1_800_000_000.0


def our_contracts() -> list[Contract[..., Any]]:
    """The contracts of this package, not those of whatever else is installed."""
    ours = (module.name for module in iter_modules(services.__path__))
    return [services.find(name.replace("_", "-")) for name in ours if not name.startswith("_")]


# ---- errors.md


def errors_page() -> str:
    """What can go wrong, and what follows."""
    tree = textwrap.dedent((errors.__doc__ or "").partition("::\n\n")[2].partition("\n\n")[0])
    return page(
        "Errors",
        "Every error that leaves the package is an `accepted.AcceptedError`.\n"
        "They are split by who must act, and each carries what is needed to act on it.",
        section("The tree", fence("text", tree)),
        section("What each carries", table("attribute | meaning", pairs(attributes(AcceptedError)))),
        section("Each error", table("error | default message | exit code", map(_error_row, _family(AcceptedError)))),
        section("From an HTTP code", _ANSWERS_NOTE, table("code | error | repeated | exit code | why", _answers())),
        section("Exit codes", table("exit code | when", _exit_codes()), _EXIT_NOTE),
    )


_ANSWERS_NOTE = (
    "This is what a code means unless a contract knows better; its own error words are on the service's page.\n"
    "A create or an act that may already have happened is never simply sent again, whatever the code."
)
_EXIT_NOTE = "For several refs it is the first of 9, 7, 8, 1, 3, 4, 6, 5, 0 that occurred."
_EXITS = {
    0: "the task completed and is `ok`, or the request of a command that does not wait worked",
    2: "wrong usage",
    3: "completed with outcome `some` or `none` (`--allow-partial` makes `some` 0)",
}
"""What an exit code stands for beside the errors that have it."""


def _family(kind: type[AcceptedError]) -> list[type[AcceptedError]]:
    """An error class and all below it that are ours, in the order of the file."""
    below = [one for child in kind.__subclasses__() if child.__module__ == kind.__module__ for one in _family(child)]
    return [kind, *below]


def _error_row(kind: type[AcceptedError]) -> tuple[str, str, int]:
    return code(kind.__name__), first_line(kind), kind.exit_code


def _answers() -> Iterator[tuple[object, ...]]:
    for status, row in errors.ANSWERS.items():
        name, exit_code = (row.error.__name__, row.error.exit_code) if row.error else ("", "")
        yield status, code(name), "yes" if row.repeated else "no", exit_code, row.why


def _exit_codes() -> Iterator[tuple[int, str]]:
    kinds = [kind for kind in _family(AcceptedError) if kind is not TaskError]
    for exit_code in sorted({0, *(kind.exit_code for kind in kinds)}):
        names = listed(kind.__name__ for kind in kinds if kind.exit_code == exit_code)
        yield exit_code, "; ".join(filter(None, (names, _EXITS.get(exit_code))))


# ---- statuses.md

MEANINGS = {
    Status.SUBMITTING: "our side only: the create was sent, and no answer is recorded",
    Status.QUEUED: "accepted, and not begun",
    Status.IN_PROGRESS: "being worked on",
    Status.INPUT_REQUIRED: "it waits for an answer, which is given by an act",
    Status.PAUSED: "it stands still for now",
    Status.CANCELLING: "it was asked to stop; it may still complete",
    Status.UNKNOWN: "a word that the contract does not map: not final, bounded by the timeout",
    Status.COMPLETED: "done; look at `outcome` where a part of it may have failed",
    Status.FAILED: "it ended without a result; `reason` and `message` say why",
    Status.CANCELLED: "it was stopped",
    Status.EXPIRED: "its time was up before it completed; creating it again is the right reaction",
    Status.GONE: "the service forgot it: its outcome cannot be known from this API",
}


def statuses_page() -> str:
    """The canonical words."""
    contracts = our_contracts()
    said = ((code(status), *(listed(_words(one, status)) for one in contracts)) for status in Status)
    head = " | ".join(("status", *(f"[{one.title}](services/{one.name}.md)" for one in contracts)))
    return page(
        "Statuses",
        "Every service has words of its own; these are ours, one for each thing that can be.\n"
        "The service's own word stands beside it, verbatim, in `task.service_status`.\n"
        "A final status never changes again: a later answer that contradicts it is kept in `task.anomalies`.\n"
        "Only an act that reopens a task changes it, and begins its next attempt.",
        table("status | meaning | final | `poll_task` | exit code", map(_status_row, Status)),
        section("Completed, and how far", table("outcome | `task.ok` | `poll_task`", _outcomes())),
        section("What services say", table(head, said)),
        "How one follows from another: [machine.md](machine.md).",
    )


def raised_for(task: Task[Any]) -> TaskError | None:
    """What `poll_task` raises for a task as it is, or None."""
    try:
        raise_for_outcome(task)
    except TaskError as error:
        return error
    return None


def follows(task: Task[Any]) -> str:
    """What `poll_task` does about a task as it is."""
    error = raised_for(task)
    if error:
        return f"raises `{type(error).__name__}`"
    return "returns" if task.status.final else "waits on"


def _task(status: Status, outcome: Outcome | None = None) -> Task[Any]:
    return Task(service="any", id="1", status=status, outcome=outcome)


def _status_row(status: Status) -> tuple[object, ...]:
    error = raised_for(_task(status))
    exit_code = error.exit_code if error else 0 if status.final else ""
    return code(status), MEANINGS[status], "yes" if status.final else "no", follows(_task(status)), exit_code


def _outcomes() -> Iterator[tuple[str, str, str]]:
    for outcome in (*get_args(Outcome), None):
        task = _task(Status.COMPLETED, outcome)
        yield f"`{outcome}`", "yes" if task.ok else "no", follows(task)


def _words(contract: Contract[..., Any], status: Status) -> Iterator[str]:
    """The words of a service that mean this status."""
    for word, means in contract.words.items():
        if (means.status if isinstance(means, Meaning) else means) is status:
            yield word or "(absent)"


# ---- machine.md


def machine_page() -> str:
    """How a task moves, and what one turn of the machine is."""
    return page(
        "The machine",
        "Every decision about one task is one pure function: `advance(contract, task, wait, event, now)`.\n"
        "It reads no clock, draws no random number and opens nothing; a driver performs what it answers.\n"
        "How to write a driver: [sansio.md](sansio.md).",
        section("How a status follows from another", fence("mermaid", _status_chart()), fence("text", _status_text())),
        section("One turn", fence("mermaid", _turn_chart()), fence("text", _turn_text()), _TURN_NOTE),
        section("Events", table("event | meaning", ((code(one.__name__), first_line(one)) for one in get_args(Event)))),
        section("Actions", table("action | meaning | answered by", _actions())),
        section("Operations", _OPERATIONS_NOTE, bullets(code(name) for name in ENDINGS)),
        section("Errors in a row", _RETRY_NOTE, table("the wait is for | repeated | after", _retries())),
        section("Numbers", bullets(_numbers())),
    )


_TURN_NOTE = (
    "The last action of a turn is always one of `Send`, `Sleep`, `Finish` and `Fail`.\n"
    "After `Finish` and `Fail` nothing follows."
)
_OPERATIONS_NOTE = (
    "An operation is a declared sequence of steps, each of them one HTTP request.\n"
    "`find` looks for a create whose answer was lost; `act` stands for each act by its name."
)
_RETRY_NOTE = (
    "Polling (asking again because it is not final) is no retry and is not counted here.\n"
    "`look` is one look (`get_status`), `answer` one operation (create, list, cancel, an act), `final` a `poll_task`.\n"
    "A limit (429) is no error to `final`: it is waited for as long as the timeout allows."
)


def reachable(status: Status) -> frozenset[Status]:
    """What a status can become by what a service says, asked of `learn`."""
    said = (one for one in Status if one is not Status.SUBMITTING)
    return frozenset(learn(_task(status), Reading(status=one), {}, NOW).status for one in said)


def _moving() -> list[Status]:
    """Those that a service can change; `submitting` is ours, and left when any answer comes."""
    return [one for one in Status if one is not Status.SUBMITTING and reachable(one) != {one}]


def _still() -> list[Status]:
    return [one for one in Status if reachable(one) == {one}]


def _next_attempt() -> Status:
    return reopened(_task(Status.COMPLETED), NOW).status


def _status_chart() -> str:
    return "\n".join(
        (
            "stateDiagram-v2",
            "    [*] --> submitting : the create is sent",
            "    submitting --> not_final : an answer came",
            "    submitting --> final : an answer came",
            "    state not_final {",
            *(f"        {status}" for status in _moving()),
            "    }",
            "    state final {",
            *(f"        {status}" for status in _still()),
            "    }",
            "    not_final --> final : a poll says so",
            f"    final --> not_final : an act that reopens it ({_next_attempt()}, the next attempt)",
            "    note left of not_final : each may become any other, as polls say",
        )
    )


def _status_text() -> str:
    return "\n".join(
        (
            "submitting -- an answer came --> any below",
            "",
            f"not final:  {', '.join(_moving())}",
            "            -- a poll says so --> each other, and any that is final",
            "",
            f"final:      {', '.join(_still())}",
            "            stays; what contradicts it is recorded and not believed",
            f"            -- an act that reopens it --> {_next_attempt()}, attempt + 1",
        )
    )


def _answered_by(action: type[Any]) -> list[str]:
    """The events that a driver reports after an action: those that its docstring names."""
    names = {kind.__name__ for kind in get_args(Event)}
    return [word for word in dict.fromkeys(re.findall(r"\w+", inspect.getdoc(action) or "")) if word in names]


def _actions() -> Iterator[tuple[str, str, str]]:
    return ((code(one.__name__), first_line(one), listed(_answered_by(one))) for one in get_args(Action))


def _turn_chart() -> str:
    actions = get_args(Action)
    return "\n".join(
        (
            "flowchart LR",
            *(f"    {event.__name__}([{event.__name__}]) --> advance" for event in get_args(Event)),
            *(f"    advance --> {action.__name__}" for action in actions),
            *(f"    {action.__name__} -.-> {event}" for action in actions for event in _answered_by(action)),
        )
    )


def _turn_text() -> str:
    actions = [action.__name__ for action in get_args(Action)]
    answered = [f"{one.__name__} -> {' | '.join(_answered_by(one))}" for one in get_args(Action) if _answered_by(one)]
    return "\n".join(
        (
            f"event:      {' | '.join(event.__name__ for event in get_args(Event))}",
            "            -- advance -->",
            f"actions:    {' | '.join(actions)}",
            f"then:       {'; '.join(answered)}",
        )
    )


def _retries() -> Iterator[tuple[str, str, str]]:
    for goal, retries in RETRIES.items():
        delays = f"{number(retries.first)}, doubling, at most {number(retries.longest)}" if retries.limit else ""
        yield code(goal), f"{retries.limit} times" if retries.limit else "never", delays


def _numbers() -> Iterator[str]:
    yield f"A Retry-After is honoured up to {number(LONGEST)}; a longer one is cut to that, a negative one is 0."
    yield f"A create, list, cancel or act bears being told to wait {number(PATIENCE)}, then it gives up."
    yield f"A task whose next poll would come after the deadline is asked once more, {number(LAST_LOOK)} before it."
    yield f"An answer is refused above {MAX_ANSWER // 2**20} MiB; larger things are streamed."
    yield f"At most {MAX_REDIRECTS} redirects in a row are followed, and none of a create or act."
