"""What holds for any sequence of events: Hypothesis plays service, network, clock, user and power failure.

A `World` is one task of one toy service. It sees everything the machine does and checks each turn against the rules;
the moves decide what comes of it. A crash loads what was saved last, with another clock.
"""

import json
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from accepted.core import codec
from accepted.core.contract import Keyed, Named
from accepted.core.events import (
    Answered,
    Fail,
    Finish,
    Forget,
    Held,
    Page,
    Save,
    Seen,
    Send,
    Sleep,
    Started,
    Tell,
    Unsent,
    Wait,
    Warn,
    Woke,
)
from accepted.core.machine import advance
from accepted.core.read import Answer, problem_of
from accepted.core.task import Doing, Private, Status, Task, load, store
from accepted.core.turn import PATIENCE
from accepted.core.wire import Dropped, Response, header
from accepted.errors import AuthenticationFailed

START = 1_800_000_000.0
NAMES = ["bare", "marked", "keyed", "named", "mute", "fading", "strict", "chatty", "papered", "absolute", "odd"]

CODES = [200, 200, 200, 202, 202, 201, 204, 302, 303, 307, 304, 400, 401, 403, 404, 408, 409, 410, 422, 429, 500, 503]
REFUSALS = {302, 304, 307, 400, 401, 403, 404, 405, 409, 410, 422, 429}
"""Answers after which a create cannot have happened. After 303 it has: its task is elsewhere."""

STATES = ["queued", "running", "running", "waiting", "done", "partly", "failed", "stopped", "dreaming", "", None]
BODIES = st.one_of(
    st.sampled_from(
        [
            b"",
            b"<html>Sign in</html>",
            b"null",
            b"[]",
            b"7",
            b'"x"',
            b"\xff\xfe",
            b'{"id": 7}',
            b'{"state": []}',
            b'{"items": 3}',
            b'{"items": [1, null, {"mark": "accepted-1", "id": 5}]}',
            b'{"error": {"status": "BAD_KEY"}}',
            b'{"error": {"status": "SLOW_DOWN"}}',
            b'{"rows": 3, "files": {"a": "https://toy.test/a"}}',
        ]
    ),
    st.fixed_dictionaries(
        {},
        optional={
            "id": st.sampled_from(["t1", "t1", "t2"]),
            "state": st.sampled_from(STATES),
            "over": st.booleans(),
            "retry_in": st.sampled_from([-1.0, 0.0, 7.0, 1e9]),
            "updated": st.sampled_from(["2027-01-15T08:00:00Z", "2027-01-15T09:00:00Z", "2020-01-01T00:00:00Z"]),
            "items": st.lists(
                st.sampled_from([{"id": "t1", "mark": "accepted-1"}, {"id": "t3", "mark": "accepted-1"}, {"id": "t4"}]),
                max_size=3,
            ),
            "next": st.sampled_from(["p2", "p3"]),
            "rows": st.sampled_from([[1], [], None]),
            "monitor": st.sampled_from(["https://toy.test/m", "https://else.test/m", "http://else.test/m", "/m"]),
        },
    ).map(lambda one: json.dumps(one).encode()),
)
FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "retry-after": st.sampled_from(["0", "1", "5", "30", "300", "99999", "-5", "soon", "nan", "inf", "0.5"]),
        "location": st.sampled_from(["/api/things/t1", "https://else.test/x", "http://127.0.0.1/", "next"]),
        "set-cookie": st.just("who=me; Path=/"),
        "etag": st.sampled_from(['"1"', '"2"']),
        "x-upload-id": st.just("u1"),
    },
)
SECONDS = st.sampled_from([0.0, 0.0, 0.1, 1.0, 10.0, 100.0, 4000.0])
OPERATIONS = [
    *["poll"] * 4,
    *["create"] * 3,
    *["cancel", "list", "items:rows", "usage", "download", "act:rerun", "act:approve", "act:nudge", "act:nothing"],
]


@dataclass(frozen=True)
class Reply:
    """What comes of a request, if one is out; a sleep goes by otherwise."""

    code: int
    fields: dict[str, str]
    body: bytes
    after: float
    saved: bool


@dataclass(frozen=True)
class Loss:
    """No answer comes, or the request could not leave at all; a sleep goes by otherwise."""

    sent: bool
    hopeless: bool
    left: bool = True


@dataclass(frozen=True)
class Pause:
    """The pace holds a request back; a sleep is cut short by a list page otherwise."""

    seconds: float
    limited: bool
    body: bytes


@dataclass(frozen=True)
class Begin:
    """The user asks for something, at once or when the last thing has ended; after a crash where `crashed`."""

    operation: str
    goal: str
    timeout: float | None
    crashed: bool
    clock: float
    min_interval: float = 0.0


REPLIES = st.builds(
    Reply,
    code=st.sampled_from(CODES),
    fields=FIELDS,
    body=BODIES,
    after=SECONDS,
    saved=st.sampled_from([True, True, False]),
)
GOOD = st.builds(
    Reply,
    code=st.sampled_from([200, 200, 202]),
    fields=FIELDS,
    body=st.fixed_dictionaries(
        {"id": st.just("t1"), "state": st.sampled_from(["queued", "running", "done", "failed", "waiting"])}
    ).map(lambda one: json.dumps(one).encode()),
    after=SECONDS,
    saved=st.booleans(),
)
RECOVERIES = st.builds(
    Begin,
    operation=st.just("create"),
    goal=st.sampled_from(["answer", "look"]),
    timeout=st.sampled_from([None, 60.0]),
    crashed=st.just(True),
    clock=st.sampled_from([0.0, 1.0, 45.0, 3600.0, -3600.0]),
)
LATER = st.builds(
    Begin,
    operation=st.just("poll"),
    goal=st.sampled_from(["final", "final", "look"]),
    timeout=st.sampled_from([None, 60.0]),
    crashed=st.booleans(),
    clock=st.sampled_from([0.0, 45.0]),
)
MOVES = st.one_of(
    REPLIES,
    GOOD,
    GOOD,
    LATER,
    st.builds(
        Loss,
        sent=st.booleans(),
        hopeless=st.sampled_from([False, False, True]),
        left=st.sampled_from([True, True, False]),
    ),
    st.builds(Pause, seconds=st.sampled_from([0.1, 5.0, 100.0]), limited=st.booleans(), body=BODIES),
    st.builds(
        Begin,
        operation=st.sampled_from(OPERATIONS),
        goal=st.sampled_from(["look", "answer", "final", "final"]),
        timeout=st.sampled_from([None, 0.0, 1.0, 60.0, 4000.0]),
        crashed=st.booleans(),
        clock=st.sampled_from([0.0, 0.0, 1.0, 3600.0, -1.0, -3600.0]),
        min_interval=st.sampled_from([0.0, 0.0, 15.0]),
    ),
)


def whole(action):
    """All of an action that matters, comparable."""
    match action:
        case Send():
            return "send", action.request, action.step.name, action.timeout, store(action.task)
        case Sleep():
            return "sleep", action.until, action.earliest, store(action.task)
        case Save() | Forget() | Warn():
            return type(action).__name__, store(action.task), getattr(action, "must", None)
        case Tell(what=Task() as task):
            return "tell", store(task)
        case Fail(error=error):
            return type(error), str(error), error.ref, error.status_code, error.retry_after
        case Tell() | Page() | Finish():
            return action


@dataclass
class World:
    """One task, what the world knows of it, and the rules."""

    contract: object
    task: Task
    wait: Wait
    now: float = START
    last: object = None
    journal: Task | None = None
    forgotten: bool = False
    seen_creates: list[object] = field(default_factory=list)
    set_back: float = 0.0

    # -- moves

    def play(self, move):
        match move, self.last:
            case Begin(), _:
                self.begin(move)
            case Reply(), Send():
                self.now += min(move.after, self.last.timeout)
                response = Response(status=move.code, headers=tuple(move.fields.items()), body=move.body)
                if self.refused(move):
                    self.settle()
                self.turn(Answered(response), saved=move.saved)
            case Loss(), Send():
                if not (move.sent and move.left):
                    self.settle()
                error = AuthenticationFailed("no credential")
                self.turn(
                    Unsent(error)
                    if not move.left
                    else Dropped(reason="lost", sent=move.sent, hopeless=move.hopeless and move.sent)
                )
            case Pause(), Send():
                self.settle()
                self.turn(Held(self.now + move.seconds, limited=move.limited))
            case Pause(), Sleep() if self.listable():
                self.now = max(self.now, self.last.earliest)
                self.turn(Seen(Answer(raw=move.body)))
            case _, Sleep():
                self.now = max(self.now, self.last.until)
                self.turn(Woke())

    def begin(self, move):
        """A user does one thing at a time; a crash ends whatever was under way."""
        if not move.crashed and isinstance(self.last, Send | Sleep):
            return
        if move.crashed:
            if self.journal is None:
                return
            self.task = load(*store(self.journal))
            self.now += move.clock
            self.set_back += max(0.0, -move.clock)
        if self.forgotten and move.operation == "create":
            return
        self.last = None
        deadline = None if move.timeout is None else self.now + move.timeout
        if move.goal == "final" and deadline is None:
            deadline = self.now + 600.0
        self.wait = Wait(goal=move.goal, deadline=deadline, min_interval=move.min_interval)
        self.turn(Started(move.operation))

    def listable(self):
        task = self.last.task
        listed = self.contract.listing is not None and self.contract.listing.full
        return listed and task.doing.operation == "poll" and not task.status.final

    def refused(self, move):
        """Whether an answer says that nothing happened: by its code, or in a word that the contract declares."""
        if isinstance(self.contract.safe, Named) and move.code in self.contract.safe.taken:
            return False
        problem = problem_of(Response(status=move.code, body=move.body))
        declared = move.code >= 400 and any(word in self.contract.refusals for word in problem.codes)
        return move.code in REFUSALS or declared

    def settle(self):
        """The last request cannot have been seen, or was refused."""
        if self.seen_creates and self.last.step.commits and self.last.task.doing.operation == "create":
            self.seen_creates.pop()

    # -- rules

    def turn(self, event, *, saved=True):
        before, loaded = self.task, load(*store(self.task))
        self.task, actions = advance(self.contract, before, self.wait, event, self.now)
        again, same = advance(self.contract, loaded, self.wait, event, self.now)
        assert [whole(one) for one in actions] == [whole(one) for one in same], "a loaded task acts differently"
        assert store(self.task) == store(again)
        ends = [isinstance(one, Send | Sleep | Finish | Fail) for one in actions]
        assert ends == [False] * (len(ends) - 1) + [True], "exactly one end, and it is the last"
        if before.status.final and not isinstance(event, Started):
            assert self.task.status is before.status or self.task.attempt > before.attempt, "final changed"
        self.last = actions[-1]
        for action in actions:
            match action:
                case Save(task=task) if saved or action.must:
                    self.journal = task
                case Forget():
                    self.forgotten, self.journal = True, None
        if isinstance(self.last, Send):
            self.sent(before, self.last)
        if isinstance(self.last, Sleep):
            self.slept(event, self.last)

    def sent(self, before, send):
        doing, goal = send.task.doing, self.wait.goal
        assert self.wait.deadline is None or self.now <= self.wait.deadline, "sent after the deadline"
        assert send.request.url.startswith("https://")
        if send.step.commits and doing.operation == "create":
            key = self.key(send)
            assert isinstance(key, str) or not self.seen_creates, "a second create"
            assert all(one == key for one in self.seen_creates), "another key"
            assert self.journal is not None, "sent before it was saved"
            assert self.journal.doing.sent_at is not None
            self.seen_creates.append(key)
        first_of_poll = doing.operation == "poll" and (doing.step, doing.page, doing.hops) == (0, 0, 0)
        if first_of_poll and goal == "final":
            assert not before.status.final, "asked although it is final"
            # An answer that wishes nothing takes back what one before it (a redirect) wished.
            wished = send.task.retry_after is not None
            assert not wished or self.now >= doing.not_before - self.set_back, "before Retry-After"

    def key(self, send):
        """What makes this create the same as another one."""
        if isinstance(self.contract.safe, Keyed):
            return header(send.request.headers, self.contract.safe.header)
        if isinstance(self.contract.safe, Named):
            return json.loads(send.request.body)["name"]
        return None

    def slept(self, event, sleep):
        assert sleep.until >= sleep.earliest
        assert self.wait.deadline is None or sleep.until <= self.wait.deadline, "slept past the deadline"
        assert self.wait.goal != "answer" or sleep.until <= self.now + PATIENCE, "no patience"
        if isinstance(event, Held):
            assert sleep.until >= event.until
        elif self.task.retry_after is not None and self.task.doing.not_before > self.now:
            wish = min(self.task.doing.not_before, self.now + self.task.retry_after)
            assert sleep.until >= wish, "slept less than Retry-After"


def world_of(toys, name, key=None, *, known=False, goal="answer"):
    contract = toys[name]
    inputs = {"file": "/dev/null"} if name == "odd" else {"prompt": "p"}
    facts = {"service": name, "marker": "accepted-1", "key": key, "base_url": contract.base_url}
    if known:
        doing = Doing(sent_at=START, made_at=START, asked_at=START)
        task = Task(**facts, id="t1", status=Status.QUEUED, doing=doing, private=Private(yields={"monitor": "/m"}))
        return World(contract, task, Wait(goal=goal), journal=task)
    task = Task(**facts, private=Private(inputs=codec.encode(inputs)))
    # The journal has it from the beginning only where it was claimed under a key.
    return World(contract, task, Wait(goal=goal), journal=task if key else None)


def any_sequence(toys, name, key, known, moves):
    world = world_of(toys, name, key, known=known)
    world.turn(Started("poll" if known else "create"))
    for move in moves:
        world.play(move)


def ends(toys, name, *, known, replies, timeout, latency):
    """Whatever it is answered, in whatever rhythm, a wait with a deadline comes to its end."""
    world = world_of(toys, name, known=known, goal="final" if known else "answer")
    world.wait = replace(world.wait, deadline=START + timeout)
    world.turn(Started("poll" if known else "create"))
    turns = 0
    while isinstance(world.last, Send | Sleep):
        turns += 1
        assert turns < 5000, "no end"
        move = replies[turns % len(replies)]
        world.play(replace(move, after=latency) if isinstance(move, Reply) else move)
    assert world.now <= START + timeout + 1.0 + latency


PHASES = [Phase.explicit, Phase.generate, Phase.shrink]
QUICK = settings(max_examples=200, derandomize=True, deadline=None, database=None, phases=PHASES)
SOAK = settings(
    max_examples=20_000, deadline=None, database=None, phases=PHASES, suppress_health_check=[HealthCheck.too_slow]
)
SEQUENCES = {
    "name": st.sampled_from(NAMES),
    "key": st.sampled_from([None, "nightly"]),
    "known": st.booleans(),
    "moves": st.lists(MOVES, max_size=40),
}
CREATES = {
    "name": st.sampled_from(["bare", "marked", "keyed", "named", "odd", "absolute"]),
    "key": st.sampled_from([None, "nightly"]),
    "known": st.just(False),
    "moves": st.lists(st.one_of(MOVES, RECOVERIES), max_size=40),
}
WAITS = {
    "name": st.sampled_from([name for name in NAMES if name != "mute"]),
    "known": st.booleans(),
    "replies": st.lists(
        st.one_of(REPLIES, GOOD, st.builds(Loss, sent=st.booleans(), hopeless=st.just(False))), min_size=1, max_size=6
    ),
    "timeout": st.sampled_from([0.0, 0.3, 5.0, 600.0, 3600.0]),
    "latency": st.sampled_from([0.0, 0.05, 2.0]),
}


@QUICK
@given(**SEQUENCES)
def test_every_rule_holds_for_any_sequence_of_events(toys, name, key, known, moves):
    any_sequence(toys, name, key, known, moves)


@QUICK
@given(**CREATES)
def test_no_sequence_of_events_makes_a_second_create(toys, name, key, known, moves):
    any_sequence(toys, name, key, known, moves)


@QUICK
@given(**WAITS)
def test_a_wait_with_a_deadline_ends(toys, *, name, known, replies, timeout, latency):
    ends(toys, name, known=known, replies=replies, timeout=timeout, latency=latency)


@pytest.mark.soak
@pytest.mark.parametrize(
    ("strategies", "play"),
    [
        pytest.param(SEQUENCES, any_sequence, id="any sequence"),
        pytest.param(CREATES, any_sequence, id="creates"),
        pytest.param(WAITS, ends, id="waits end"),
    ],
)
def test_soak(toys, strategies, play):
    @SOAK
    @given(**strategies)
    def at_length(**moves):
        play(toys, **moves)

    at_length()
