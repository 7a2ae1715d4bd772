"""Every rule of the machine as tables: who, what happens, and what it wants done then.

A scene is played by hand (`conftest.Scene`); its `story` is the actions of the last turn, in words.
The rules are those of DESIGN section 4, in its order.
"""

from dataclasses import replace

import pytest

from accepted.core.contract import Keyed
from accepted.core.events import Forget, Save, Tell, Unsent, Woke
from accepted.core.machine import advance
from accepted.core.task import Doing, Private, Status, load, moment, store
from accepted.core.turn import LAST_LOOK, PATIENCE, RETRIES
from accepted.core.wire import MAX_REDIRECTS, header
from accepted.errors import (
    AuthenticationFailed,
    BadRequest,
    ConnectionFailed,
    ContractBroken,
    OutcomeUnknown,
    PollTimeout,
    ServiceError,
    TaskGone,
    TaskNotFound,
    Unsupported,
)

NOW = 1_800_000_000.0
RUNNING = {"id": "t1", "state": "running"}
DONE = {"id": "t1", "state": "done"}


def mine(task_id="t9"):
    """A list item that carries our marker."""
    return {"id": task_id, "state": "running", "mark": "accepted-1"}


OTHER = {"id": "t5", "state": "running", "mark": "accepted-2"}
NOBODY = {"items": [OTHER]}


def exhausted(scene, *events):
    """The same failure again and again until the machine gives up; how often it asked."""
    sent = 0
    while True:
        sent += 1
        for event in events:
            event(scene)
        if not scene.story.startswith("sleep") and ", sleep" not in scene.story:
            return sent
        scene.woke()


# ---- rule 1: never two creates by accident


def test_a_create_is_saved_before_it_leaves(fresh):
    scene = fresh("bare").start("create")
    saved, sent = scene.actions
    assert isinstance(saved, Save)
    assert saved.must
    assert (saved.task.status, saved.task.doing.sent_at) == (Status.SUBMITTING, scene.now)
    assert sent.task == saved.task


@pytest.mark.parametrize(
    ("toy", "kept"),
    [
        ("keyed", True),
        ("named", True),
        ("marked", False),  # it is never sent again, so its inputs are not kept
        ("bare", False),
    ],
)
def test_inputs_are_saved_only_where_sending_again_is_safe(fresh, toy, kept):
    saved = fresh(toy).start("create").actions[0]
    assert (saved.task.private.inputs is not None) == kept


@pytest.mark.parametrize("toy", ["bare", "marked", "keyed", "named"])
@pytest.mark.parametrize("code", [200, 201, 202])
def test_a_create_that_was_answered_is_over(fresh, toy, code):
    scene = fresh(toy).start("create").answer(code, {"id": "t1", "state": "queued"})
    assert scene.story == "save, tell, finish"
    assert (scene.task.id, scene.task.status) == ("t1", Status.QUEUED)
    assert scene.task.private.inputs is None


def test_a_create_whose_answer_names_no_status_is_queued(fresh):
    scene = fresh("mute").start("create").answer(202, {"id": "t1"})
    assert scene.task.id == "t1"
    assert not scene.task.status.final


WITHOUT_AN_ID = {"wrong shape", "no id", "no body and no id", "200 as HTML", "304 and no id"}
AMBIGUOUS = [
    pytest.param(lambda s: s.drop(), id="dropped"),
    pytest.param(lambda s: s.drop(hopeless=True), id="answer too large"),
    pytest.param(lambda s: s.answer(500), id="500"),
    pytest.param(lambda s: s.answer(503, retry_after="1"), id="503"),
    pytest.param(lambda s: s.answer(504, b"<html>"), id="504 as HTML"),
    pytest.param(lambda s: s.answer(200, b"<html>hello</html>"), id="200 as HTML"),
    pytest.param(lambda s: s.answer(202, {"id": 7}), id="wrong shape"),
    pytest.param(lambda s: s.answer(202, {"state": "queued"}), id="no id"),
    pytest.param(lambda s: s.answer(202, b""), id="no body and no id"),
    pytest.param(lambda s: s.answer(408), id="408"),
    pytest.param(lambda s: s.answer(304), id="304 and no id"),
]


@pytest.mark.parametrize("lost", AMBIGUOUS)
@pytest.mark.parametrize(
    ("toy", "story"),
    [
        ("bare", "save, CreateUnknown"),
        ("mute", "save, CreateUnknown"),
        ("marked", "save, GET /tasks?limit=10"),  # the list is searched for our marker
    ],
)
def test_a_create_that_may_have_been_seen_goes_the_declared_way(fresh, lost, toy, story):
    scene = fresh(toy).start("create")
    lost(scene)
    assert scene.story == story


@pytest.mark.parametrize("lost", [one for one in AMBIGUOUS if "no id" not in one.id])
@pytest.mark.parametrize("toy", ["keyed", "named"])
def test_a_key_or_name_is_sent_again(fresh, lost, toy):
    scene = fresh(toy, key="nightly").start("create")
    first = scene.request
    lost(scene)
    assert scene.story.startswith("save, sleep ")
    scene.woke()
    assert scene.story == "save!, POST /tasks"
    assert scene.request == first


def test_a_named_create_needs_no_id_in_its_answer(fresh):
    scene = fresh("named", key="nightly").start("create").answer(202, {"state": "queued"})
    assert (scene.story, scene.task.id) == ("save, tell, finish", "mine-nightly")


@pytest.mark.parametrize(("key", "sent"), [("nightly", "nightly"), (None, "accepted-1")])
def test_the_callers_key_is_the_services_key_else_our_marker_is(fresh, key, sent):
    assert header(fresh("keyed", key=key).start("create").request.headers, "idempotency-key") == sent


@pytest.mark.parametrize("lost", AMBIGUOUS)
def test_a_key_is_not_sent_again_for_ever(fresh, lost):
    scene = fresh("keyed").start("create")
    assert exhausted(scene, lost) == 1 + RETRIES["answer"].limit
    assert scene.story == "save, CreateUnknown"


def test_a_refusal_after_a_lost_answer_says_nothing_about_the_first_attempt(fresh):
    scene = fresh("keyed").start("create").drop().woke().answer(400, {"message": "no"})
    assert scene.story == "save, CreateUnknown"


def test_a_key_without_its_inputs_cannot_be_sent_again(fresh):
    scene = fresh("keyed").start("create")
    scene.task = replace(scene.task, private=Private())
    assert scene.start("create").story == "save, CreateUnknown"


@pytest.mark.parametrize(
    "before",
    [pytest.param(lambda s: s.drop().woke(), id="again"), pytest.param(lambda s: s, id="at once")],
)
def test_a_name_that_is_taken_is_ours(fresh, before):
    scene = before(fresh("named", key="nightly").start("create")).answer(409, {"message": "exists"})
    assert (scene.story, scene.task.id) == ("save, tell, finish", "mine-nightly")
    assert scene.task.status is Status.QUEUED


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (400, BadRequest),
        (401, AuthenticationFailed),
        (403, AuthenticationFailed),
        (404, BadRequest),  # no such path: the base URL is wrong
        (409, BadRequest),
        (422, BadRequest),
    ],
)
@pytest.mark.parametrize("toy", ["bare", "marked", "keyed"])
def test_a_create_that_was_refused_is_forgotten(fresh, toy, code, error):
    scene = fresh(toy).start("create").answer(code, {"message": "no"})
    assert scene.story == f"forget, {error.__name__}"
    assert scene.error.status_code == code
    assert scene.error.ref is None


def test_a_redirected_create_is_not_followed(fresh):
    scene = fresh("bare").start("create").answer(307, location="https://toy.test/elsewhere")
    assert scene.story == "forget, ContractBroken"


def test_a_create_answered_with_see_other_was_accepted(fresh):
    scene = fresh("odd").start("create").answer(204, x_upload_id="u1")
    scene.answer(303, location="/api/things/a7")
    assert (scene.story, scene.task.id) == ("save, tell, finish", "a7")


@pytest.mark.parametrize("toy", ["bare", "marked", "keyed", "named"])
@pytest.mark.parametrize(
    "unseen",
    [
        pytest.param(lambda s: s.drop(sent=False), id="never connected"),
        pytest.param(lambda s: s.answer(429, retry_after="1"), id="limited"),
    ],
)
def test_a_create_that_cannot_have_been_seen_is_sent_again(fresh, toy, unseen):
    scene = fresh(toy).start("create")
    unseen(scene)
    assert scene.story.startswith("sleep ")
    assert scene.woke().story == "save!, POST /tasks"


def test_a_create_that_never_got_through_is_forgotten(fresh):
    scene = fresh("bare").start("create")
    assert exhausted(scene, lambda s: s.drop(sent=False)) == 1 + RETRIES["answer"].limit
    assert scene.story == "forget, ConnectionFailed"


def test_the_committing_step_of_two_is_the_one_that_is_not_repeated(fresh):
    scene = fresh("odd").start("create")
    scene.drop()
    assert scene.story.startswith("sleep ")  # the upload may be repeated
    scene.woke().answer(204, x_upload_id="u1")
    assert scene.story == "save!, POST /uploads/u1/things"


# ---- rule 1: our marker, looked for in the list


def looking(fresh, goal="answer"):
    return fresh("marked", goal).start("create").drop()


def test_the_one_task_that_carries_our_marker_is_adopted(fresh):
    scene = looking(fresh).answer(200, {"items": [OTHER, mine()]})
    assert scene.story == "save, tell, finish"
    assert (scene.task.id, scene.task.status) == ("t9", Status.IN_PROGRESS)


def test_a_task_that_is_listed_twice_is_one_task(fresh):
    scene = looking(fresh).answer(200, {"items": [mine()], "next": "p2"})
    assert scene.story == "GET /tasks?limit=10&page=p2"
    assert scene.answer(200, {"items": [mine()]}).task.id == "t9"


def test_several_tasks_with_our_marker_are_not_adopted(fresh):
    scene = looking(fresh).answer(200, {"items": [mine("t8"), mine("t9")]})
    assert (scene.story, scene.task.id) == ("save, CreateUnknown", None)
    assert "t8, t9" in str(scene.error)


def test_it_is_looked_for_until_the_grace_is_over(fresh):
    scene = looking(fresh)
    began, looks = scene.now, 0
    while True:
        looks += 1
        scene.answer(200, NOBODY)
        if not scene.story.startswith("sleep"):
            break
        scene.woke()
    assert scene.story == "save, CreateUnknown"
    assert scene.now == began + scene.contract.grace  # the last look is when the grace ends, not before
    assert looks <= 12


@pytest.mark.parametrize(
    "strange",
    [
        pytest.param({"items": [{"id": 7, "mark": "accepted-1"}]}, id="id of another type"),
        pytest.param({"items": ["x", None, 3, []]}, id="no objects"),
        pytest.param({"items": [{"mark": "accepted-1"}]}, id="no id"),
        pytest.param({}, id="no list"),
    ],
)
def test_items_that_cannot_be_read_are_somebody_elses(fresh, strange):
    assert looking(fresh).answer(200, strange).story.startswith("sleep ")


def test_a_list_that_fails_is_asked_again_until_the_grace_is_over_and_a_little_longer(fresh):
    scene = looking(fresh)
    end = scene.now + scene.contract.grace
    assert 3 < exhausted(scene, lambda s: s.answer(500)) <= 16
    assert scene.story == "save, CreateUnknown"
    assert end < scene.now <= end + 6  # three more: what failed has seen nothing


def test_the_last_look_is_one_that_was_answered(fresh):
    scene = looking(fresh)
    scene.now += scene.contract.grace
    scene.answer(429, retry_after="7")
    assert scene.story.startswith("sleep 7")
    assert scene.woke().answer(200, {"items": [mine("t9")]}).task.id == "t9"


@pytest.mark.parametrize("code", [400, 401, 403, 404])
def test_a_list_that_is_refused_finds_nothing(fresh, code):
    assert looking(fresh).answer(code).story == "save, CreateUnknown"


def test_a_search_ends_at_items_older_than_the_create(fresh):
    scene = looking(fresh)
    old = {**OTHER, "created": moment(scene.now - 7200).isoformat()}
    scene.answer(200, {"items": [old], "next": "p2"})
    assert scene.story.startswith("sleep ")


def test_a_search_goes_on_over_items_that_clocks_may_disagree_about(fresh):
    scene = looking(fresh)
    old = {**OTHER, "created": moment(scene.now - 60).isoformat()}
    scene.answer(200, {"items": [old], "next": "p2"})
    assert scene.story == "GET /tasks?limit=10&page=p2"


def test_a_look_searches_once(fresh):
    scene = looking(fresh, "look").answer(200, NOBODY)
    assert scene.story == "save, CreateUnknown"


# ---- rule 1: after a crash


@pytest.mark.parametrize(
    ("toy", "story"),
    [
        ("bare", "save, CreateUnknown"),
        ("marked", "save, GET /tasks?limit=10"),
        ("keyed", "save, sleep "),
        ("named", "save, sleep "),
    ],
)
@pytest.mark.parametrize("later", [0.0, 5.0, 86400.0])
def test_a_create_that_was_sent_before_is_recovered_and_not_sent_anew(fresh, toy, story, later):
    saved = fresh(toy).start("create").actions[0].task
    scene = fresh(toy)
    scene.task = load(*store(saved))
    assert scene.start("create", after=later).story.startswith(story)


def test_a_create_that_has_its_answer_needs_no_recovery(known):
    assert known("marked", "answer").start("create").story == "finish"


def test_long_after_the_crash_one_look_is_enough(fresh):
    scene = fresh("marked").start("create")
    scene.start("create", after=86400.0)
    assert scene.answer(200, NOBODY).story == "save, CreateUnknown"


def test_the_search_after_a_crash_has_its_grace_too(fresh):
    scene = fresh("marked").start("create")
    scene.start("create", after=1.0)
    assert scene.answer(200, NOBODY).story.startswith("sleep ")


def test_what_could_not_be_found_can_be_looked_for_again(fresh):
    scene = looking(fresh, "look").answer(200, NOBODY)
    assert scene.start("create", after=60.0).story == "save, GET /tasks?limit=10"
    assert scene.answer(200, {"items": [mine()]}).task.id == "t9"


@pytest.mark.parametrize("toy", ["bare", "marked"])
@pytest.mark.parametrize(
    "lost",
    [
        one
        for one in AMBIGUOUS
        if one.id not in {"wrong shape", "no id", "no body and no id", "200 as HTML", "304 and no id"}
    ],
)
def test_an_act_that_may_have_been_seen_is_not_repeated(known, toy, lost):
    scene = known(toy, "answer").start("act:rerun")
    assert scene.story == "POST /tasks/t1/rerun"
    lost(scene)
    assert isinstance(scene.error, OutcomeUnknown)
    assert scene.error.task.id == "t1"


def test_an_act_that_is_safe_is_repeated(known):
    scene = known("bare", "answer").start("act:nudge").drop()
    assert scene.story.startswith("sleep ")
    assert scene.woke().story == "POST /tasks/t1/nudge"


# ---- rule 2: the wait is the longest of what everybody asks for, first wait included


@pytest.mark.parametrize(
    ("age", "doing", "wait", "story"),
    [
        (0, {}, {}, "sleep 2"),  # the first wait of the schedule
        (1, {}, {}, "sleep 1"),  # a second of it has gone by
        (60, {}, {}, "GET /tasks/t1"),  # long due
        (0, {"not_before": 7.0}, {}, "sleep 7"),  # Retry-After of the create
        (0, {"not_before": 1.0}, {}, "sleep 2"),  # it asks for less than the schedule
        (0, {}, {"min_interval": 9.0}, "sleep 9"),  # the user's minimum
        (0, {"not_before": 7.0}, {"min_interval": 9.0}, "sleep 9"),
        (0, {"not_before": 11.0}, {"min_interval": 9.0}, "sleep 11"),
        (0, {"asked_at": None, "sent_at": None}, {}, "GET /tasks/t1"),  # a bare id: nobody asked yet
    ],
)
def test_the_first_wait(known, age, doing, wait, story):
    scene = known("bare", age=age, **wait)
    moments = {name: scene.now + value if name == "not_before" else value for name, value in doing.items()}
    wish = doing.get("not_before")
    scene.task = replace(scene.task, retry_after=wish, doing=replace(scene.task.doing, **moments))
    assert scene.start("poll").story == story


@pytest.mark.parametrize(
    ("age", "headers", "wait", "story"),
    [
        (2, {}, {}, "save, tell, sleep 2"),
        (100, {}, {}, "save, tell, sleep 10"),  # a tenth of its age
        (9999, {}, {}, "save, tell, sleep 60"),  # at most a minute
        (100, {"retry_after": "30"}, {}, "save, tell, sleep 30"),
        (100, {"retry_after": "3"}, {}, "save, tell, sleep 10"),
        (100, {"retry_after": "-3"}, {}, "save, tell, sleep 10"),
        (100, {"retry_after": "soon"}, {}, "save, tell, sleep 10"),
        (100, {"retry_after": "999999"}, {}, "save, tell, sleep 3600"),
        (100, {"retry_after": "Fri, 15 Jan 2027 08:00:40 GMT"}, {}, "save, tell, sleep 40"),
        (100, {}, {"min_interval": 25.0}, "save, tell, sleep 25"),
        (100, {"retry_after": "30"}, {"min_interval": 25.0}, "save, tell, sleep 30"),
    ],
)
def test_the_next_wait(known, age, headers, wait, story):
    scene = known("bare", age=age, **wait).start("poll")
    if story and not scene.story.startswith("GET"):
        scene.wait = replace(scene.wait, min_interval=0.0)
        scene.start("poll")
    scene.wait = replace(scene.wait, **wait)
    assert scene.answer(200, RUNNING, **headers).story == story


def test_a_wait_in_the_body_counts_like_the_field(known):
    scene = known("bare", age=60).start("poll").answer(200, {**RUNNING, "retry_in": 44.0})
    assert scene.story == "save, tell, sleep 44"
    assert scene.task.retry_after == 44.0


@pytest.mark.parametrize(("wish", "story"), [(1e300, "sleep 3600"), (-1e300, "sleep 10")])
def test_an_absurd_wait_in_the_body_is_bounded_like_the_field(known, wish, story):
    scene = known("bare", age=100).start("poll").answer(200, {**RUNNING, "retry_in": wish})
    assert scene.story == f"save, tell, {story}"


def test_what_may_not_be_shortened_is_told_apart_from_the_schedule(known):
    scene = known("bare", age=100).start("poll").answer(200, RUNNING, retry_after="3")
    assert (scene.last.until, scene.last.earliest) == (scene.now + 10, scene.now + 3)


@pytest.mark.parametrize("hours", [1.0, 24.0])
def test_a_clock_that_was_set_back_does_not_prolong_the_wait(known, hours):
    scene = known("bare", age=100).start("poll").answer(200, RUNNING, retry_after="20")
    scene.start("poll", after=-hours * 3600)
    assert scene.story == "sleep 20"


# ---- rule 2: deadlines


def test_the_last_look_is_just_before_the_deadline(known):
    scene = known("bare", age=100, deadline=1_800_000_005.0).start("poll").answer(200, RUNNING)
    assert scene.story == f"save, tell, sleep {5 - LAST_LOOK:g}"
    assert scene.woke().story == "GET /tasks/t1"
    assert scene.answer(200, RUNNING).story == "save, tell, save, PollTimeout"
    assert scene.error.task.id == "t1"


def test_no_last_look_before_the_service_wishes_it(known):
    scene = known("bare", age=100, deadline=1_800_000_005.0).start("poll").answer(200, RUNNING, retry_after="30")
    assert isinstance(scene.error, PollTimeout)
    assert scene.error.retry_after == 30.0


@pytest.mark.parametrize(("timeout", "story"), [(0.0, "GET /tasks/t1"), (-1.0, "save, PollTimeout")])
def test_a_wait_of_no_time_is_one_look(known, timeout, story):
    scene = known("bare", deadline=1_800_000_000.0 + timeout).start("poll")
    assert scene.story == story


def test_no_request_outlasts_the_deadline_by_much(known):
    scene = known("bare", age=100, deadline=1_800_000_005.0).start("poll")
    assert scene.last.timeout == 5.0


def test_a_request_has_a_second_even_at_the_deadline(known):
    assert known("bare", age=100, deadline=1_800_000_000.0).start("poll").last.timeout == 1.0


def test_waking_after_the_deadline_sends_nothing(known):
    scene = known("bare", deadline=1_800_000_003.0).start("poll")
    scene.now += 100  # the machine was asleep with its owner
    assert scene.woke().story == "save, PollTimeout"


# ---- rule 4: pace


@pytest.mark.parametrize(
    ("goal", "limited", "seconds", "story"),
    [
        ("final", True, 20.0, "sleep 20"),
        ("final", False, 0.1, "sleep 0.1"),
        ("answer", True, 20.0, "sleep 20"),
        ("answer", True, PATIENCE + 1, "RateLimited"),
        ("look", True, 20.0, "RateLimited"),  # a look does not wait because of a limit
        ("look", False, 0.1, "sleep 0.1"),  # only for its turn
    ],
)
def test_a_request_that_the_pace_held_back(known, goal, limited, seconds, story):
    assert known("bare", goal, age=100).start("poll").held(seconds, limited=limited).story == story


def test_a_shorter_wish_does_not_cut_a_longer_one(known):
    place = {"retry_after": 30.0}
    scene = known("bare", "answer", task=place, doing={"not_before": NOW + 30}).start("act:nudge")
    scene.answer(429, retry_after="5").woke().answer(200, retry_after="5")
    scene.wait = replace(scene.wait, goal="final")
    assert scene.start("poll").last.until >= NOW + 30


def test_held_does_not_shorten_what_the_service_wished(known):
    scene = known("bare", age=100).start("poll").answer(302, location="/elsewhere", retry_after="9")
    assert scene.held(0.1, limited=False).story == "sleep 9"


def test_held_beyond_the_deadline_is_a_timeout(known):
    scene = known("bare", age=100, deadline=1_800_000_005.0).start("poll").held(20.0)
    assert isinstance(scene.error, PollTimeout)


def test_a_create_that_was_held_back_is_not_ambiguous(fresh):
    scene = fresh("bare").start("create").held(5.0)
    assert scene.story == "sleep 5"
    assert scene.woke().story == "save!, POST /tasks"
    assert scene.held(PATIENCE + 1).story == "forget, RateLimited"


@pytest.mark.parametrize(
    ("play", "story"),
    [
        pytest.param(lambda s: s, "forget, AuthenticationFailed", id="at once"),
        pytest.param(
            lambda s: s.drop(sent=False).woke(), "forget, AuthenticationFailed", id="after it never got through"
        ),
        pytest.param(lambda s: s.drop().woke(), "save, CreateUnknown", id="after a lost answer"),
    ],
)
def test_a_create_that_cannot_leave(fresh, play, story):
    scene = play(fresh("keyed").start("create")).on(Unsent(AuthenticationFailed("no credential")))
    assert scene.story == story


def test_a_poll_that_cannot_leave_is_not_repeated(known):
    scene = known("bare", age=100).start("poll").on(Unsent(AuthenticationFailed("no credential")))
    assert (scene.story, scene.error.ref) == ("AuthenticationFailed", "bare:t1")


# ---- rule 5: transient and permanent failures


TRANSIENT = [
    pytest.param(lambda s: s.answer(500), ServiceError, id="500"),
    pytest.param(lambda s: s.answer(503), ServiceError, id="503"),
    pytest.param(lambda s: s.answer(599, b"<html>"), ServiceError, id="599"),
    pytest.param(lambda s: s.answer(408), BadRequest, id="408"),
    pytest.param(lambda s: s.drop(), ConnectionFailed, id="dropped"),
    pytest.param(lambda s: s.drop(sent=False), ConnectionFailed, id="not connected"),
]


@pytest.mark.parametrize(("failure", "error"), TRANSIENT)
@pytest.mark.parametrize("goal", ["look", "answer", "final"])
def test_a_poll_is_repeated_as_often_as_its_goal_bears(known, goal, failure, error):
    scene = known("bare", goal, age=100).start("poll")
    assert exhausted(scene, failure) == 1 + RETRIES[goal].limit
    assert type(scene.error) is error
    assert scene.task.id == "t1"


def test_one_good_answer_forgives_the_failures_before_it(known):
    scene = known("bare", age=100).start("poll")
    for _ in range(50):
        scene.answer(500).woke().answer(200, RUNNING).woke()
    assert scene.story == "GET /tasks/t1"


def test_an_outage_is_told_once(known):
    scene, told = known("bare", age=100).start("poll"), []
    for _ in range(6):
        told.append("warn" in scene.drop().story)
        scene.woke()
    assert told == [False, False, True, False, False, False]


def test_retry_after_wins_over_the_delay_of_a_retry(known):
    assert known("bare", age=100).start("poll").answer(503, retry_after="90").story == "save, sleep 90"


def test_a_limit_is_waited_for_until_the_deadline(known):
    scene = known("bare", age=100, deadline=1_800_000_000.0 + 3600).start("poll")
    asked = exhausted(scene, lambda s: s.answer(429, retry_after="60"))
    assert asked > RETRIES["final"].limit
    assert isinstance(scene.error, PollTimeout)
    assert scene.now <= scene.wait.deadline


@pytest.mark.parametrize(
    ("goal", "wish", "story"),
    [
        ("answer", "5", "save, sleep 5"),
        ("answer", "61", "RateLimited"),  # more than its patience
        ("look", "5", "RateLimited"),
    ],
)
def test_a_limit_met_with_less_patience(known, goal, wish, story):
    scene = known("bare", goal, age=100).start("poll").answer(429, retry_after=wish)
    assert scene.story == story
    if story == "RateLimited":
        assert scene.error.retry_after == float(wish)


PERMANENT = [
    pytest.param((400, {"message": "no"}), BadRequest, id="400"),
    pytest.param((401,), AuthenticationFailed, id="401"),
    pytest.param((403,), AuthenticationFailed, id="403"),
    pytest.param((405,), BadRequest, id="405"),
    pytest.param((422,), BadRequest, id="422"),
    pytest.param((400, {"error": {"status": "BAD_KEY"}}), AuthenticationFailed, id="a bad key that is a 400"),
    pytest.param((200, b"<html>"), ContractBroken, id="HTML"),
    pytest.param((200, {"id": "t1", "state": 7}), ContractBroken, id="wrong shape"),
    pytest.param((200, []), ContractBroken, id="array"),
    pytest.param((101,), ContractBroken, id="101"),
]


@pytest.mark.parametrize(("answer", "error"), PERMANENT)
@pytest.mark.parametrize("goal", ["look", "answer", "final"])
def test_what_would_be_refused_again_ends_the_wait(known, goal, answer, error):
    scene = known("bare", goal, age=100).start("poll")
    scene.answer(*answer)
    assert type(scene.error) is error
    assert scene.error.ref == "bare:t1"


def test_an_answer_that_is_too_large_ends_the_wait(known):
    assert known("bare", age=100).start("poll").drop(hopeless=True).story == "ContractBroken"


def test_a_limit_under_another_code_is_still_a_limit(known):
    scene = known("bare", age=100).start("poll").answer(403, {"error": {"status": "SLOW_DOWN"}}, retry_after="9")
    assert scene.story == "save, sleep 9"


# ---- rule 6: 404 and 410


@pytest.mark.parametrize("goal", ["final", "answer"])
@pytest.mark.parametrize(
    ("toy", "age", "doing", "ending"),
    [
        ("bare", 5, {}, None),  # within the grace after our create: not yet
        ("bare", 29, {"polls": 3}, None),
        ("bare", 29, {"made_at": None}, None),  # of a create that was answered, and whose later steps failed
        ("bare", 30, {"made_at": None}, Status.GONE),
        ("bare", 30, {}, Status.GONE),
        ("fading", 300, {"polls": 3}, Status.GONE),  # gone means over, its outcome cannot be known
        ("strict", 300, {"polls": 3}, TaskNotFound),
        ("bare", 0, {"sent_at": None, "asked_at": None}, TaskNotFound),  # an id that was never known
        ("bare", 0, {"sent_at": None, "asked_at": None, "polls": 1}, Status.GONE),
    ],
)
def test_404(known, toy, goal, *, age, doing, ending):
    scene = known(toy, goal, age=age, doing=doing).start("poll")
    if scene.story.startswith("sleep"):
        scene.woke()
    scene.answer(404, {"message": "who?"})
    if ending is None:
        assert scene.story.startswith("save, tell, sleep ")
    elif isinstance(ending, Status):
        assert (scene.story, scene.task.status, scene.task.private) == ("save, tell, finish", ending, Private())
    else:
        assert type(scene.error) is ending


@pytest.mark.parametrize(("age", "ending"), [(29, "save, tell, sleep 4.9"), (30, "save, tell, finish")])
def test_a_404_tells_of_the_moment_when_it_was_asked_for(known, age, ending):
    scene = known("bare", "answer", age=age).start("poll")
    scene.now += 20.0  # the answer is slow in coming
    assert scene.answer(404).story == ending


def test_the_grace_counts_from_the_answer_of_the_create(fresh):
    scene = fresh("bare", "answer").start("create")
    scene.now += 25.0  # the create is slow, so that the service may know of the task for no longer than that
    scene.answer(202, {"id": "t1"})
    scene.start("poll", after=29.0).answer(404)
    assert scene.story.startswith("save, tell, sleep ")
    assert scene.start("poll", after=1.0).answer(404).task.status is Status.GONE


@pytest.mark.parametrize("age", [0, 300])
@pytest.mark.parametrize("toy", ["bare", "strict"])
def test_410_is_gone_at_once(known, toy, age):
    scene = known(toy, "look", age=age).start("poll").answer(410)
    assert (scene.story, scene.task.status) == ("save, tell, finish", Status.GONE)


@pytest.mark.parametrize("code", [404, 410])
def test_a_final_status_outlives_its_record(known, code):
    scene = known("bare", "look", age=300, status=Status.COMPLETED).start("poll").answer(code)
    assert (scene.story, scene.task.status) == ("save, tell, finish", Status.COMPLETED)


@pytest.mark.parametrize(
    ("operation", "code", "error"),
    [
        ("cancel", 404, TaskNotFound),
        ("act:rerun", 404, TaskNotFound),
        ("list", 404, BadRequest),  # there is always a list: the base URL is wrong
        ("cancel", 410, TaskGone),
    ],
)
def test_404_and_410_of_other_operations(known, operation, code, error):
    assert type(known("bare", "answer").start(operation).answer(code).error) is error


def test_an_optional_step_that_is_missing_is_passed_over(known):
    for code in (403, 404, 410, 500):
        scene = known("chatty", age=100).start("poll").answer(200, RUNNING)
        assert scene.story == "GET /tasks/t1/log"
        assert scene.answer(code).story == "save, tell, sleep 10"
        assert scene.task.status is Status.IN_PROGRESS


# ---- rule 7: other places


def polling(known, toy="bare", **options):
    return known(toy, age=100, **options).start("poll")


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    ("target", "url"),
    [
        ("/api/v2/t1", "https://toy.test/api/v2/t1"),
        ("other", "https://toy.test/api/tasks/other"),
        ("https://else.test/t1", "https://else.test/t1"),
        ("//else.test/t1", "https://else.test/t1"),
    ],
)
def test_a_redirected_poll_is_followed(known, code, target, url):
    assert polling(known).answer(code, location=target).request.url == url


@pytest.mark.parametrize(
    "target",
    [
        "http://else.test/t1",  # plain
        "http://toy.test/api/tasks/t1",  # plain, even at home
        "https://127.0.0.1/t1",
        "https://10.0.0.8/t1",
        "https://[::1]/t1",
        "https://127.1/t1",
        "https://2130706433/t1",
        "https://db.internal/t1",
        "https://me:secret@else.test/t1",
        "ftp://else.test/t1",
    ],
)
def test_a_redirect_to_a_place_that_must_not_be_asked(known, target):
    scene = polling(known).answer(302, location=target)
    assert isinstance(scene.error, ContractBroken)
    assert "secret" not in str(scene.error)


def test_a_private_base_url_may_redirect_within_its_network(known):
    scene = known("bare", age=100, task={"base_url": "http://127.0.0.1:8000"}).start("poll")
    assert scene.answer(302, location="http://127.0.0.1:9000/t1").request.url == "http://127.0.0.1:9000/t1"


def test_redirects_are_followed_a_few_times_only(known):
    scene = polling(known)
    for _ in range(MAX_REDIRECTS):
        scene.answer(302, location="/api/again")
        assert scene.story == "GET /again"
    assert isinstance(scene.answer(302, location="/api/again").error, ContractBroken)


def test_a_second_redirect_counts_from_where_the_first_one_led(known):
    scene = polling(known).answer(302, location="https://else.test/a/b").answer(302, location="c")
    assert scene.request.url == "https://else.test/a/c"


def test_a_redirect_to_nowhere(known):
    assert isinstance(polling(known).answer(302).error, ContractBroken)


def test_a_retry_begins_at_the_steps_own_url_again(known):
    scene = polling(known)
    for _ in range(MAX_REDIRECTS + 1):
        scene.answer(302, location="https://else.test/a/b").answer(503).woke()
        assert scene.story == "GET /tasks/t1"
    assert scene.answer(302, location="c").request.url == "https://toy.test/api/tasks/c"


def test_cookies_stay_at_home(known):
    place = {"private": Private(cookies={"who": "me"}, yields={"monitor": "https://toy.test/api/m/1"})}
    scene = polling(known, "absolute", task=place)
    assert header(scene.request.headers, "cookie") == "who=me"
    assert header(scene.answer(302, location="/other").request.headers, "cookie") == "who=me"
    scene = polling(known, "absolute", task=place).answer(302, location="https://else.test/m")
    assert header(scene.request.headers, "cookie") is None


@pytest.mark.parametrize(
    ("monitor", "asked"),
    [
        ("https://toy.test/m/1?sig=a%2Fb", "https://toy.test/m/1?sig=a%2Fb"),  # as it stands
        ("https://trusted.test/m/1", "https://trusted.test/m/1"),
        ("https://else.test/m/1", "https://else.test/m/1"),  # asked, without the credential (`auth`)
        ("/m/1", "https://toy.test/m/1"),
        ("m/1", "https://toy.test/api/m/1"),
        ("https://169.254.169.254/latest", None),
        ("http://else.test/m/1", None),
        ("file:///etc/passwd", None),
    ],
)
def test_an_absolute_poll_url(fresh, monitor, asked):
    scene = fresh("absolute").start("create").answer(202, {"id": "t1", "state": "queued"}, operation_location=monitor)
    scene.wait = replace(scene.wait, goal="look")
    scene.start("poll")
    if asked is None:
        assert isinstance(scene.error, ContractBroken)
    else:
        assert scene.request.url == asked


def test_a_monitor_url_is_kept_apart_and_masked(fresh):
    body = {"id": "t1", "state": "queued", "monitor": "https://toy.test/m?sig=hush"}
    scene = fresh("absolute").start("create").answer(202, body)
    assert scene.task.private.yields == {"monitor": "https://toy.test/m?sig=hush"}
    assert scene.task.raw == b'{"id":"t1","state":"queued","monitor":"***"}'
    assert "hush" not in repr(scene.task)


@pytest.mark.parametrize(
    "body",
    [
        b'{"id": "t1", "state": "queued", "monitor": "https:\\/\\/toy.test\\/m?sig=hush"}',
        b'{"id": "t1", "state": "queued", "monitor": "https://toy.test/m?a=1\\u0026sig=hush"}',
    ],
)
def test_a_monitor_url_is_masked_however_it_is_escaped(fresh, body):
    scene = fresh("absolute").start("create").answer(202, body)
    assert scene.task.private.yields["monitor"].endswith("sig=hush")
    assert b"***" in scene.task.raw
    assert b"hush" not in scene.task.raw


@pytest.mark.parametrize("state", ["running", "done"])
def test_a_monitor_url_is_masked_in_later_documents_too(fresh, state):
    monitor = "https://toy.test/m?sig=hush"
    scene = fresh("absolute").start("create").answer(202, {"id": "t1", "state": "queued", "monitor": monitor})
    scene.wait = replace(scene.wait, goal="look")
    scene.start("poll").answer(200, {"id": "t1", "state": state, "monitor": monitor})
    assert scene.task.status in {Status.IN_PROGRESS, Status.COMPLETED}
    assert b"hush" not in scene.task.raw


def test_secrets_are_erased_when_the_task_is_final(fresh):
    scene = fresh("absolute").start("create")
    scene.answer(202, {"id": "t1", "state": "queued", "monitor": "/m"}, set_cookie="who=me; Path=/")
    assert scene.task.private.cookies == {"who": "me"}
    scene.wait = replace(scene.wait, goal="look")
    scene.start("poll").answer(200, DONE, etag='"1"', set_cookie="who=you")
    assert scene.task.private == Private()


# ---- rule 8: a saved task


def test_a_saved_and_loaded_task_acts_as_the_unsaved_one(known):
    place = {"private": Private(cookies={"who": "me"}, etags={"status": '"1"'}, yields={"monitor": "/m"})}
    scene = polling(known, "absolute", task=place)
    scene.answer(200, RUNNING, retry_after="20", etag='"2"')
    stored = load(*store(scene.task))
    assert stored == scene.task
    assert stored.private == scene.task.private
    unsaved, loaded = (advance(scene.contract, task, scene.wait, Woke(), scene.now) for task in (scene.task, stored))
    assert unsaved == loaded


# ---- what answers say


@pytest.mark.parametrize(
    ("state", "status", "story"),
    [
        ("queued", Status.QUEUED, "save, tell, sleep 10"),
        ("running", Status.IN_PROGRESS, "save, tell, sleep 10"),
        ("waiting", Status.INPUT_REQUIRED, "save, tell, finish"),  # only the caller can go on
        ("done", Status.COMPLETED, "save, tell, finish"),
        ("partly", Status.COMPLETED, "save, tell, finish"),
        ("failed", Status.FAILED, "save, tell, finish"),
        ("stopped", Status.CANCELLED, "save, tell, finish"),
        ("dreaming", Status.UNKNOWN, "warn, save, tell, sleep 10"),  # a word nobody declared is never final
        ("", Status.UNKNOWN, "save, tell, sleep 10"),
    ],
)
def test_words(known, state, status, story):
    scene = polling(known).answer(200, {"id": "t1", "state": state})
    assert (scene.task.status, scene.task.service_status or "", scene.story) == (status, state, story)


def test_an_unknown_word_is_warned_about_once(known):
    scene = polling(known).answer(200, {"state": "dreaming"}).woke().answer(200, {"state": "dreaming"})
    assert scene.story.startswith("save, tell, sleep ")
    assert scene.woke().answer(200, {"state": "snoring"}).story.startswith("warn, save, tell, sleep ")


@pytest.mark.parametrize("goal", ["look", "answer", "final"])
def test_over_in_a_word_nobody_declared_breaks_the_contract(known, goal):
    scene = known("bare", goal, age=100).start("poll").answer(200, {"id": "t1", "state": "dreamt", "over": True})
    assert (scene.story, scene.task.reason) == ("save, tell, ContractBroken", "unmapped")
    assert "dreamt" in str(scene.error)


def test_over_in_a_known_word_is_that_word(known):
    scene = polling(known).answer(200, {"id": "t1", "state": "failed", "over": True, "why": "boom"})
    assert (scene.task.status, scene.task.reason, scene.task.message) == (Status.FAILED, None, "boom")


def test_unchanged_is_an_answer_without_a_document(known):
    place = {"private": Private(etags={"status": '"1"'}, yields={"monitor": "/m"}), "raw": b"{}"}
    scene = polling(known, "absolute", task=place, doing={"failures": 2, "polls": 4})
    assert header(scene.request.headers, "if-none-match") == '"1"'
    scene.answer(304, retry_after="33")
    assert scene.story == "save, tell, sleep 33"
    assert (scene.task.doing.polls, scene.task.doing.failures, scene.task.raw) == (5, 0, b"{}")


@pytest.mark.parametrize(
    ("toy", "operation"), [("bare", "list"), ("odd", "items:rows"), ("odd", "usage"), ("papered", "items:rows")]
)
def test_unchanged_is_no_answer_to_a_question_without_a_condition(known, toy, operation):
    assert known(toy, "answer").start(operation).answer(304).story == "ContractBroken"


def test_an_unchanged_result_is_none(known):
    assert polling(known, "odd").answer(200).answer(304).story == "ContractBroken"


@pytest.mark.parametrize("operation", ["cancel", "act:rerun"])
def test_an_act_that_changed_nothing_worked(known, operation):
    assert known("bare", "answer").start(operation).answer(304).story == "save, tell, finish"


@pytest.mark.parametrize("operation", ["cancel", "act:nudge"])
def test_only_polls_are_conditional(known, operation):
    place = {"private": Private(etags={"status": '"1"'}, yields={"monitor": "/m"})}
    request = known("absolute", "answer", task=place).start(operation).request
    assert header(request.headers, "if-none-match") is None


def test_a_status_in_the_code_alone(known):
    scene = polling(known, "odd")
    assert scene.answer(202, b"").task.status is Status.IN_PROGRESS
    assert scene.woke().answer(200, b"").story == "save, GET /things/t1/manifest"


def test_a_list_page_stands_for_a_poll(known):
    scene = known("bare", age=0).start("poll").seen(RUNNING)
    assert scene.story == "save, tell, sleep 2"
    assert scene.task.doing.polls == 1
    scene.now += 1
    assert scene.seen(DONE).story == "save, tell, finish"


# ---- results


def test_results_are_fetched_page_by_page_when_the_task_is_final(known):
    scene = polling(known, "papered").answer(200, DONE)
    assert scene.story == "save, GET /tasks/t1/rows"
    assert scene.answer(200, {"rows": [1], "next": "p2"}).story == "GET /tasks/t1/rows?page=p2"
    assert scene.answer(200, {"rows": [2]}).story == "GET /tasks/t1/extra"
    assert scene.answer(404).story == "save, tell, finish"
    assert scene.task.value == [{"rows": [1], "next": "p2"}, {"rows": [2]}]
    assert scene.actions[0].task.documents.keys() == {"rows"}


def test_results_that_are_there_are_not_fetched_again(known):
    place = {"documents": {"rows": (b'{"rows":[1]}',)}}
    scene = known("papered", status=Status.COMPLETED, task=place).start("poll")
    assert (scene.story, scene.task.value) == ("save, tell, finish", [{"rows": [1]}])


@pytest.mark.parametrize("goal", ["answer", "final"])
def test_a_final_task_is_not_asked_for_its_status_again(known, goal):
    assert known("bare", goal, status=Status.FAILED).start("poll").story == "save, tell, finish"


def test_half_a_result_is_fetched_anew(known):
    scene = (
        polling(known, "papered", deadline=1_800_000_002.0).answer(200, DONE).answer(200, {"rows": [1], "next": "2"})
    )
    while not scene.story.endswith("ServiceError"):
        scene.answer(503)
        if "sleep" in scene.story:
            scene.woke()
    scene.task = load(*store(scene.error.task))
    scene.wait = replace(scene.wait, deadline=None)
    assert scene.start("poll").story == "save, GET /tasks/t1/rows"


def test_a_look_for_the_status_fetches_no_results(known):
    scene = known("papered", "look", age=100, results=False).start("poll").answer(200, DONE)
    assert (scene.story, scene.task.value) == ("save, tell, finish", None)


def test_a_task_that_is_gone_has_no_result(known):
    assert polling(known, "papered").answer(410).story == "save, tell, finish"


def test_a_result_that_is_not_there_yet_is_asked_for_again(known):
    scene = polling(known, "papered").answer(200, DONE).answer(404)
    assert "sleep " in scene.story
    assert scene.woke().story == "GET /tasks/t1/rows"


def test_a_result_of_another_shape_breaks_the_contract(known):
    scene = polling(known, "odd").answer(200).answer(200, {"rows": "many"})
    assert scene.story == "ContractBroken"
    assert "$.rows" in str(scene.error)


# ---- final is absorbing; reopening


@pytest.mark.parametrize(("state", "anomalies"), [("done", 0), ("running", 1), ("failed", 1)])
def test_a_later_conflicting_answer_is_recorded_and_not_believed(known, state, anomalies):
    scene = known("bare", "look", status=Status.COMPLETED, age=100).start("poll").answer(200, {"state": state})
    assert (scene.task.status, len(scene.task.anomalies)) == (Status.COMPLETED, anomalies)
    scene.start("poll").answer(200, {"state": state})
    assert len(scene.task.anomalies) == anomalies


def test_an_act_that_reopens_starts_the_next_attempt(known):
    place = {
        "value": 1,
        "documents": {"rows": (b"1",)},
        "message": "boom",
        "outcome": "none",
        "service_status": "failed",
    }
    scene = known("bare", "answer", status=Status.FAILED, task=place).start("act:rerun").answer(202, {})
    task = scene.task
    assert scene.story == "save, tell, finish"
    assert (task.attempt, task.status, task.documents, task.value, task.message) == (2, Status.QUEUED, {}, None, None)
    scene.wait = replace(scene.wait, goal="final")
    assert scene.start("poll").story == "sleep 2"


@pytest.mark.parametrize(
    ("updated", "after", "believed"),
    [
        ("2027-01-15T07:00:00Z", 5.0, False),  # from before the act
        ("2027-01-15T07:00:00Z", 31.0, True),  # the grace is over: it failed at once, or never went on
        ("2027-01-15T08:00:03Z", 5.0, True),  # newer
        (None, 5.0, False),
    ],
)
def test_a_final_reading_from_before_the_reopening(known, updated, after, believed):
    place = {"updated_at": moment(1_800_000_000.0 - 3600)}
    scene = known("bare", "answer", status=Status.FAILED, age=4000, task=place).start("act:rerun").answer(200)
    scene.wait = replace(scene.wait, goal="look")
    scene.start("poll", after=after).answer(200, {"state": "failed", "updated": updated})
    assert scene.task.status is (Status.FAILED if believed else Status.QUEUED)


def test_an_act_that_does_not_reopen_leaves_a_final_task_alone(known):
    scene = known("bare", "answer", status=Status.FAILED).start("act:nudge").answer(200)
    assert (scene.task.status, scene.task.attempt) == (Status.FAILED, 1)


def test_an_answered_question_lets_the_task_go_on(known):
    place = {"reason": "approve", "message": "may I?"}
    scene = known("bare", "answer", status=Status.INPUT_REQUIRED, task=place).start("act:approve").answer(200)
    assert (scene.task.status, scene.task.reason, scene.task.message) == (Status.IN_PROGRESS, None, None)


@pytest.mark.parametrize(
    ("status", "code", "then"),
    [
        (Status.IN_PROGRESS, 202, Status.CANCELLING),
        (Status.IN_PROGRESS, 204, Status.CANCELLING),
        (Status.COMPLETED, 200, Status.COMPLETED),
    ],
)
def test_cancel_asks_and_does_not_decide(known, status, code, then):
    scene = known("bare", "answer", status=status).start("cancel").answer(code)
    assert (scene.story, scene.task.status) == ("save, tell, finish", then)


def test_cancelling_may_still_complete(known):
    scene = known("bare", status=Status.CANCELLING, age=100).start("poll").answer(200, DONE)
    assert scene.task.status is Status.COMPLETED


# ---- questions about no single task, and what a service cannot do


def test_a_list_hands_over_pages(known):
    scene = known("bare", "answer", task={"id": None, "marker": ""}).start("list")
    assert scene.answer(200, {"items": [RUNNING, DONE], "next": "p2"}).story == "page of 2, GET /tasks?limit=10&page=p2"
    assert scene.answer(200, {"items": []}).story == "page of 0, finish"


def test_a_cursor_that_does_not_move_ends_the_list(known):
    scene = known("bare", "answer").start("list").answer(200, {"items": [], "next": "p2"})
    assert scene.answer(200, {"items": [], "next": "p2"}).story == "page of 0, finish"


@pytest.mark.parametrize(
    ("toy", "operation"), [("mute", "poll"), ("mute", "cancel"), ("bare", "act:dance"), ("bare", "usage")]
)
def test_what_a_service_cannot_do_is_said_before_any_request(fresh, known, toy, operation):
    assert known(toy, "answer").start(operation).story == "Unsupported"
    sent = fresh(toy).start("create")
    assert sent.start(operation).story == "Unsupported"  # and the create that is under way is not forgotten
    assert isinstance(sent.error, Unsupported)
    assert not any(isinstance(action, Forget) for action in sent.actions)


def test_a_task_without_an_id_cannot_be_asked_for(fresh):
    scene = fresh("bare").start("poll")
    assert isinstance(scene.error, BadRequest)


@pytest.mark.parametrize("toy", ["bare", "chatty"])
def test_a_wait_tells_what_it_saves(known, toy):
    scene = polling(known, toy).answer(200, DONE)
    saved, shown = (
        next(one.task if isinstance(one, Save) else one.what for one in scene.actions if isinstance(one, kind))
        for kind in (Save, Tell)
    )
    assert saved == shown == scene.task


def test_every_request_knows_its_step_and_task(known):
    scene = polling(known)
    assert (scene.last.step, scene.last.task, scene.last.timeout) == (scene.contract.poll[0], scene.task, 30.0)


def test_recovery_counts_the_grace_from_when_the_request_had_to_be_over(fresh):
    scene = fresh("marked").start("create")
    scene.start("create", after=45.0)  # the request may have taken its 30 seconds: 15 of the grace are gone
    assert scene.task.doing.looking_since == 1_800_000_030.0


def test_keyed_is_the_only_reason_to_send_the_key(known):
    assert isinstance(known("keyed").contract.safe, Keyed)
    assert header(known("keyed", age=100).start("poll").request.headers, "idempotency-key") is None
    assert known("keyed").task.doing.__class__ is Doing
