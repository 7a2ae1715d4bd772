import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accepted.core.schedule import Retries, Schedule, draw

STEADY = Schedule(first=2.0, fraction=0.1, longest=60.0, jitter=0.0)


@pytest.mark.parametrize(
    ("age", "delay"),
    [
        (-1e9, 2.0),  # a clock that was set back
        (0, 2.0),
        (20, 2.0),
        (21, 2.1),
        (100, 10.0),  # a tenth of its age
        (600, 60.0),
        (1e9, 60.0),
    ],
)
def test_the_delay_grows_with_the_age_within_bounds(age, delay):
    assert STEADY.delay(age, 0, 0) == pytest.approx(delay)


def test_polls_grow_with_the_logarithm_of_the_duration():
    def polls(duration):
        age, count = 0.0, 0
        while age < duration:
            age += Schedule(longest=1e9, jitter=0.0).delay(age, 0, count)
            count += 1
        return count

    hour, day, fortnight = polls(3600), polls(24 * 3600), polls(14 * 24 * 3600)
    assert hour < 70
    assert day - hour < 40
    assert fortnight - day < 40


@settings(max_examples=200, derandomize=True, database=None)
@given(
    age=st.floats(-1e6, 1e6),
    seed=st.integers(0, 2**32),
    poll=st.integers(0, 10**6),
    jitter=st.sampled_from([0.0, 0.1, 1]),
)
def test_jitter_only_adds_and_is_bounded(age, seed, poll, jitter):
    steady = STEADY.delay(age, seed, poll)
    assert steady <= Schedule(jitter=jitter).delay(age, seed, poll) <= steady * (1 + jitter)


def test_jitter_spreads_tasks_and_polls_and_is_the_same_every_time():
    delays = {Schedule().delay(0, seed, poll) for seed in range(20) for poll in range(20)}
    assert len(delays) == 400
    assert delays == {Schedule().delay(0, seed, poll) for seed in range(20) for poll in range(20)}


@pytest.mark.parametrize(
    ("failures", "least"),
    [
        (1, 0.5),
        (2, 1.0),
        (3, 2.0),
        (8, 60.0),  # no longer than a minute
        (10_000, 60.0),  # no overflow
    ],
)
def test_retries_double_and_are_spread_by_half(failures, least):
    assert least <= Retries(limit=3).delay(failures, 7) < least * 1.5


def test_a_draw_is_a_number_from_0_to_1():
    numbers = [draw(seed, number) for seed in range(50) for number in range(50)]
    assert 0 <= min(numbers) < 0.01
    assert 0.99 < max(numbers) < 1
    assert sum(numbers) / len(numbers) == pytest.approx(0.5, abs=0.02)
