"""A budget is one credential at one host; a moment that is not after now means: go."""

import pytest

from accepted.core.contract import Limits
from accepted.core.pace import Allowed, Budget, Ended, Wanted, pace

NOW = 1000.0
LIMITS = Limits(creates_at_once=2, requests_at_once=4)


@pytest.mark.parametrize(
    ("budget", "wanted", "allowed"),
    [
        (Budget(), Wanted(), Allowed(NOW)),
        (Budget(), Wanted(creates=True), Allowed(NOW)),
        (Budget(not_before=NOW + 9), Wanted(), Allowed(NOW + 9, limited=True)),
        (Budget(not_before=NOW), Wanted(), Allowed(NOW)),
        (Budget(asking=3), Wanted(), Allowed(NOW)),
        (Budget(asking=4), Wanted(), Allowed(NOW + 0.1)),  # every place is taken: look again soon
        (Budget(asking=2, creating=2), Wanted(creates=True), Allowed(NOW + 0.1)),
        (Budget(asking=2, creating=2), Wanted(), Allowed(NOW)),  # only creates wait for creates
        (Budget(asking=4, not_before=NOW + 9), Wanted(), Allowed(NOW + 9, limited=True)),
        (Budget(creates_from=NOW + 9), Wanted(creates=True, spends=True), Allowed(NOW + 9, limited=True)),
        (Budget(creates_from=NOW + 9), Wanted(spends=True), Allowed(NOW + 9, limited=True)),  # futile as well
        (Budget(creates_from=NOW + 9), Wanted(), Allowed(NOW)),  # a quota is no limit of polls
        (Budget(asking=2, creating=2), Wanted(spends=True), Allowed(NOW)),
    ],
)
def test_who_may_go_and_whose_wish_a_pause_is(budget, wanted, allowed):
    after, told = pace(budget, LIMITS, wanted, NOW)
    assert told == allowed
    went = told.moment <= NOW
    assert after.asking == budget.asking + went
    assert after.creating == budget.creating + (went and wanted.creates)


@pytest.mark.parametrize(
    ("ended", "not_before"),
    [
        (Ended(code=200), 0.0),
        (Ended(code=404), 0.0),
        (Ended(code=500), 0.0),  # its own failure, not a limit
        (Ended(code=None), 0.0),
        (Ended(code=429), NOW + 1),
        (Ended(code=503), NOW + 1),
        (Ended(code=403, throttled=True), NOW + 1),  # a limit by the service's own word
        (Ended(code=429, retry_after=30.0), NOW + 30),
        (Ended(code=503, retry_after=0.0), NOW),
        (Ended(code=200, retry_after=30.0), 0.0),  # a wish about one task, not about the credential
    ],
)
def test_a_limit_pauses_everything(ended, not_before):
    budget, _ = pace(Budget(asking=1), LIMITS, ended, NOW)
    assert (budget.not_before, budget.asking) == (not_before, 0)
    _, allowed = pace(budget, LIMITS, Wanted(), NOW)
    assert allowed.moment == max(NOW, not_before)


def test_pauses_without_a_wish_grow_up_to_a_minute():
    budget, now, pauses = Budget(), NOW, []
    for _ in range(9):
        budget, (until, _) = pace(budget, LIMITS, Ended(code=429), now)
        pauses.append(until - now)
        now = until
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_many_refusals_of_one_burst_are_one_strike():
    budget = Budget(asking=20)
    for _ in range(20):
        budget, _ = pace(budget, LIMITS, Ended(code=429), NOW)
    assert (budget.pauses, budget.not_before) == (1, NOW + 1)


def test_a_shorter_wish_does_not_cut_a_longer_pause():
    budget, _ = pace(Budget(), LIMITS, Ended(code=429, retry_after=60.0), NOW)
    budget, told = pace(budget, LIMITS, Ended(code=429, retry_after=1.0), NOW + 5)
    assert told == Allowed(NOW + 60, limited=True)


@pytest.mark.parametrize(
    ("code", "after", "pauses"),
    [
        (200, 0.5, 3),  # it left before the pause began
        (200, 2.0, 0),
        (404, 2.0, 0),
        (None, 2.0, 3),  # no answer says nothing
    ],
)
def test_only_an_answer_after_the_pause_ends_the_strikes(code, after, pauses):
    budget, _ = pace(Budget(not_before=NOW + 1, pauses=3), LIMITS, Ended(code=code), NOW + after)
    assert budget.pauses == pauses


def test_creates_are_freed_when_they_end():
    budget, _ = pace(Budget(asking=2, creating=2), LIMITS, Ended(creates=True, code=202), NOW)
    assert budget == Budget(asking=1, creating=1)
    assert pace(Budget(), LIMITS, Ended(creates=True, code=202), NOW)[0] == Budget()  # never below nothing
