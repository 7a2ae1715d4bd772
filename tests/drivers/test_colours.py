"""Every colour of driver does the same: one table of scenarios, four drivers, equal traces.

A trace is what the transport carried (when, what, with which fields), what the journal was told, what was shown,
and how it ended.
"""

from collections.abc import Callable
from itertools import combinations
from typing import Any

import pytest

from accepted.core import verbs
from accepted.core.task import Status, Task, store
from accepted.core.verbs import Flow
from accepted.errors import AcceptedError
from accepted.simulate import scenarios

Trace = dict[str, Any]

EVERY = tuple(scenarios("jules"))
LIGHT = tuple(name for name in EVERY if name != "huge")  # 4 MB an answer: once is enough
PAIRS = [f"{one},{other}" for one, other in combinations(LIGHT, 2)]
INPUTS = {"prompt": "Fix the flaky test", "source": "github/acme/widget"}

VERBS: dict[str, Callable[[Any, Task[Any]], Flow[Any]]] = {
    "create": lambda bench, task: bench.create(source="github/acme/widget"),
    "careful": lambda bench, task: bench.create(require_plan_approval=True),
    "wrong": lambda bench, task: bench.create(source="github/nobody/nothing"),
    "poll": lambda bench, task: bench.poll(task),
    "wait": lambda bench, task: bench.poll(task, 300.0),
    "glance": lambda bench, task: bench.poll(task, 5.0),
    "status": lambda bench, task: verbs.look(bench.terms, task, results=False),
    "get": lambda bench, task: verbs.look(bench.terms, task, results=True),
    "unknown": lambda bench, task: verbs.look(
        bench.terms, Task(service="jules", id="404", base_url=bench.base_url), results=False
    ),
    "list": lambda bench, task: verbs.listing(bench.terms, None, None, {}),
    "some": lambda bench, task: verbs.listing(bench.terms, 1, Status.IN_PROGRESS, {}),
    "items": lambda bench, task: verbs.items(bench.terms, task),
    "approve": lambda bench, task: verbs.operate(bench.terms, task, "act:approve_plan"),
    "say": lambda bench, task: verbs.operate(bench.terms, task, "act:send_message", {"prompt": "main"}),
    "archive": lambda bench, task: verbs.operate(bench.terms, task, "act:archive"),
    "cancel": lambda bench, task: verbs.operate(bench.terms, task, "cancel"),
    "usage": lambda bench, task: verbs.usage(bench.terms),
}
"""What the scripts below are made of; a verb that makes or changes a task hands it to the next."""

WHOLE = "create status glance list poll get items archive"

ROWS = [
    *((name, WHOLE, 0) for name in LIGHT),
    ("huge", "create poll", 0),
    ("happy", "careful poll approve poll get items", 0),
    ("needs-input", "create poll say poll get", 0),
    ("happy", "create poll say poll", 0),  # a message reopens what was final: the next attempt
    ("failed", "create poll say poll", 0),
    ("happy", "create cancel usage poll", 0),  # both unsupported: nothing is sent
    ("happy", "wrong unknown create some", 0),  # refusals
    ("happy", "approve poll", 0),  # no task at all
    ("lost-answer,eventual", WHOLE, 0),
    ("slow,throttled", WHOLE, 0),
    ("throttled,eventual", WHOLE, 0),
    ("needs-input,throttled", "create poll say poll", 0),
    ("unknown-word,throttled,slow", WHOLE, 0),
    ("lost-answer,throttled,eventual", WHOLE, 0),
    ("gone,lost-answer", WHOLE, 0),
    *(("flaky,lost-answer,eventual", WHOLE, seed) for seed in range(6)),
    *(("flaky,throttled", WHOLE, seed) for seed in range(6)),
]


def trace(bench: Any, perform: Any, script: str) -> Trace:
    """What became of a script."""
    task: Task[Any] = Task(service="jules", base_url=bench.base_url, marker="accepted-nothing")
    ends: list[Any] = []
    shown: list[Any] = []
    for verb in script.split():
        ended, told = perform(bench, VERBS[verb](bench, task))
        shown.append([store(one) if isinstance(one, Task) else one for one in told])
        ends.append(told_end(ended))
        known = ended.task if isinstance(ended, AcceptedError) else ended
        task = known if isinstance(known, Task) else task
    return {"carried": bench.carried, "journal": bench.ledger.told, "shown": shown, "ends": ends}


def told_end(ended: object) -> object:
    match ended:
        case AcceptedError():
            facts = {name: getattr(ended, name) for name in ("service", "ref", "status_code", "retry_after")}
            return type(ended).__name__, str(ended), facts, ended.problem, ended.task and store(ended.task)
        case Task():
            return store(ended), ended.value
        case _:
            return ended


@pytest.mark.parametrize(
    ("scenario", "script", "seed"),
    ROWS,
    ids=["-".join((name, *script.split(), str(seed))) for name, script, seed in ROWS],
)
def test_every_colour_leaves_the_same_trace(bench: Any, colours: Any, scenario: str, script: str, seed: int) -> None:
    traces = {name: trace(bench(scenario, seed), perform, script) for name, perform in colours.items()}
    whole = traces.pop("sync")
    for name, other in traces.items():
        for what, told in whole.items():
            assert other[what] == told, (name, what)


@pytest.mark.slow
@pytest.mark.parametrize("pair", PAIRS)
def test_every_colour_leaves_the_same_trace_in_any_pair_of_scenarios(bench: Any, colours: Any, pair: str) -> None:
    traces = [trace(bench(pair, 1), perform, "create wait") for perform in colours.values()]
    assert traces.count(traces[0]) == len(traces)


@pytest.mark.parametrize("colour", ["sync", "asyncio", pytest.param("trio", marks=pytest.mark.slow), "many"])
def test_a_trace_is_not_empty(bench: Any, colours: Any, colour: str) -> None:
    """The comparison above would hold for drivers that do nothing, too."""
    done = trace(bench("throttled"), colours[colour], "create poll")
    paths = [(method, path.partition("?")[0]) for _, method, path, _, _ in done["carried"]]
    assert paths[:2] == [("POST", "/sessions")] * 2
    assert {kind for _, kind, _ in done["journal"]} == {"Claim", "Save", "Recall"}
    assert done["carried"][-1][0] > 60.0
    assert any(done["shown"])
    assert any(value == "(secret)" for _, _, _, fields, _ in done["carried"] for _, value in fields)
