"""What a reading changes in a task: final is absorbing within an attempt, an unknown word is never final."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from accepted.core.learn import UNMAPPED, ended, learn, reopened
from accepted.core.read import Meaning, Reading
from accepted.core.task import Counts, Doing, Private, Progress, Status, Task, moment

NOW = 1_800_000_000.0
EARLIER = datetime(2027, 1, 15, 7, tzinfo=UTC)
WORDS = {
    "": Status.QUEUED,
    "running": Status.IN_PROGRESS,
    "waiting": Meaning(Status.INPUT_REQUIRED, reason="approve"),
    "done": Status.COMPLETED,
    "half": Meaning(Status.COMPLETED, reason="some rows failed", outcome="some"),
    "failed": Status.FAILED,
}
FINAL = [status for status in Status if status.final]


def task(status=Status.IN_PROGRESS, **facts):
    return Task(service="toy", id="t1", status=status, **facts)


@pytest.mark.parametrize(
    ("reading", "facts"),
    [
        (Reading(service_status="running"), {"status": Status.IN_PROGRESS, "service_status": "running"}),
        (Reading(service_status=""), {"status": Status.QUEUED, "service_status": None}),  # an absent word is a word
        (Reading(status=Status.PAUSED), {"status": Status.PAUSED, "service_status": None}),
        (
            Reading(status=Status.PAUSED, service_status="running"),
            {"status": Status.PAUSED, "service_status": "running"},
        ),
        (Reading(service_status="waiting"), {"status": Status.INPUT_REQUIRED, "reason": "approve"}),
        (Reading(service_status="waiting", reason="message"), {"reason": "message"}),
        (Reading(service_status="half"), {"status": Status.COMPLETED, "outcome": "some", "ok": False}),
        (Reading(service_status="half", outcome="none"), {"outcome": "none", "ok": False}),
        (Reading(service_status="done"), {"status": Status.COMPLETED, "outcome": None, "ok": True}),
        (Reading(service_status="dreaming"), {"status": Status.UNKNOWN, "service_status": "dreaming", "reason": None}),
        (Reading(service_status="dreamt", over=True), {"status": Status.UNKNOWN, "reason": UNMAPPED}),
        (Reading(service_status="done", over=True), {"status": Status.COMPLETED, "reason": None}),
        (Reading(service_status="running", id="t2"), {"id": "t1"}),  # its id never changes
        (Reading(), {"status": Status.IN_PROGRESS}),
    ],
)
def test_what_a_reading_says_about_the_status(reading, facts):
    learned = learn(task(), reading, WORDS, NOW)
    assert {name: getattr(learned, name) for name in facts} == facts


def test_the_id_is_learned_once():
    assert learn(Task(service="toy"), Reading(service_status="", id="t1"), WORDS, NOW).id == "t1"


def test_facts_come_without_a_status_too():
    reading = Reading(
        progress=Progress(fraction=0.5), counts=Counts(total=2), title="t", message="m", created_at=EARLIER
    )
    learned = learn(task(), reading, WORDS, NOW)
    assert (learned.progress, learned.counts, learned.title) == (Progress(fraction=0.5), Counts(total=2), "t")
    assert (learned.message, learned.created_at, learned.status) == ("m", EARLIER, Status.IN_PROGRESS)


def test_what_a_reading_leaves_out_stays():
    before = task(title="t", page_url="u", progress=Progress(text="half way"))
    assert learn(before, Reading(), WORDS, NOW) == before
    after = learn(before, Reading(service_status="running"), WORDS, NOW)
    assert (after.title, after.page_url, after.progress) == ("t", "u", Progress(text="half way"))


@pytest.mark.parametrize(
    ("word", "kept"),
    [
        ("waiting", "may I?"),  # another step told why it waits
        ("running", None),  # it does not wait any more
    ],
)
def test_a_sentence_stays_as_long_as_the_status_that_it_explains(word, kept):
    before = task(Status.INPUT_REQUIRED, message="may I?")
    assert learn(before, Reading(service_status=word), WORDS, NOW).message == kept


@pytest.mark.parametrize("finished", [EARLIER, None])
def test_the_end_is_noted(finished):
    before = task(retry_after=5.0)
    after = learn(before, Reading(service_status="failed", finished_at=finished), WORDS, NOW)
    assert after.finished_at == (finished or moment(NOW))
    assert after.retry_after is None


def test_an_end_keeps_its_own_moment():
    assert ended(task(finished_at=EARLIER), NOW).finished_at == EARLIER


@pytest.mark.parametrize("status", FINAL)
@pytest.mark.parametrize(
    ("reading", "conflicts_with"),
    [
        (Reading(service_status="running"), Status.IN_PROGRESS),
        (Reading(service_status="done"), Status.COMPLETED),
        (Reading(service_status="failed"), Status.FAILED),
        (Reading(status=Status.CANCELLED), Status.CANCELLED),
        (Reading(service_status="dreaming"), Status.UNKNOWN),
    ],
)
def test_final_is_absorbing_and_conflicts_are_recorded_once(status, reading, conflicts_with):
    before = task(status)
    after = learn(before, reading, WORDS, NOW)
    assert after.status is status
    assert len(after.anomalies) == (conflicts_with is not status)
    assert learn(after, reading, WORDS, NOW + 60) == after


def test_an_anomaly_quotes_both():
    after = learn(task(Status.COMPLETED), Reading(service_status="running"), WORDS, NOW)
    assert after.anomalies == ("completed was final, then the service said running",)


def test_facts_about_a_final_task_are_still_learned_where_nothing_is_said_about_its_status():
    assert learn(task(Status.FAILED), Reading(message="boom"), WORDS, NOW).message == "boom"


def test_reopening_begins_the_next_attempt_with_a_clean_slate():
    before = task(
        Status.FAILED,
        service_status="failed",
        outcome="none",
        reason="r",
        message="m",
        documents={"a": (b"1",)},
        value=1,
        artifacts=(),
        finished_at=EARLIER,
        updated_at=EARLIER,
        title="stays",
    )
    after = reopened(before, NOW)
    assert (after.attempt, after.status, after.title, after.id) == (2, Status.QUEUED, "stays", "t1")
    cleared = ("service_status", "outcome", "reason", "message", "value", "finished_at")
    assert [getattr(after, name) for name in cleared] == [None] * 6
    assert after.documents == {}
    assert (after.doing.reopened_at, after.doing.reopened_after, after.doing.asked_at) == (NOW, EARLIER, NOW)


@pytest.mark.parametrize(
    ("reading", "seconds", "status"),
    [
        (Reading(service_status="failed", updated_at=EARLIER), 5, Status.QUEUED),  # from before the act
        (Reading(service_status="failed"), 5, Status.QUEUED),  # it does not say from when: in doubt, from before
        (Reading(service_status="failed", updated_at=moment(NOW)), 5, Status.FAILED),
        (Reading(service_status="failed", updated_at=EARLIER), 31, Status.FAILED),  # the grace is over
        (Reading(service_status="running", updated_at=EARLIER), 5, Status.IN_PROGRESS),  # no end: nothing to doubt
    ],
)
def test_an_end_from_before_the_reopening_is_not_believed(reading, seconds, status):
    after = reopened(task(Status.FAILED, updated_at=EARLIER), NOW)
    assert learn(after, reading, WORDS, NOW + seconds, grace=30.0).status is status


def test_the_attempt_before_leaves_no_anomaly_behind():
    again = reopened(task(Status.FAILED, updated_at=EARLIER), NOW)
    done = learn(again, Reading(service_status="done", updated_at=moment(NOW + 1)), WORDS, NOW + 60)
    assert (done.status, done.attempt, done.anomalies) == (Status.COMPLETED, 2, ())


def test_learning_changes_nothing_of_where_the_machine_stands():
    before = replace(task(), doing=Doing(polls=3), private=Private(callback_url="1"))
    after = learn(before, Reading(service_status="running"), WORDS, NOW)
    assert (after.doing, after.private) == (before.doing, before.private)
