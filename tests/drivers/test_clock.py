"""The one place that asks the machine for the time."""

import time

import pytest

from accepted.drivers.clock import SystemClock


def test_it_says_epoch_seconds() -> None:
    assert SystemClock().now() == pytest.approx(time.time(), abs=1.0)


def test_a_clock_that_is_set_moves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = SystemClock()
    before = clock.now()
    monkeypatch.setattr(time, "time", lambda: before + 86400.0)
    assert clock.now() == pytest.approx(before, abs=5.0)


@pytest.mark.skipif(not hasattr(time, "CLOCK_BOOTTIME"), reason="another steady clock is used on this platform")
def test_it_goes_on_while_the_machine_is_suspended(monkeypatch: pytest.MonkeyPatch) -> None:
    """A suspend is what makes the two steady clocks of Linux differ: the monotonic one stands still in it."""
    suspended = time.monotonic() - 8 * 3600.0
    clock = SystemClock()
    before = clock.now()
    monkeypatch.setattr(time, "monotonic", lambda: suspended)
    assert clock.now() == pytest.approx(before, abs=5.0)
