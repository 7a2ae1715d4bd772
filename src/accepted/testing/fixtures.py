"""Pytest fixtures; use them with `pytest_plugins = ["accepted.testing.fixtures"]`.

For tests of Async Request-Reply code: Step 1/2 (`create_task`) and Step 2/2 (`poll_task`) without a network.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from accepted.testing import Simulation, simulation


@pytest.fixture
def accepted_simulation(tmp_path: Path) -> Callable[..., Simulation]:
    """A function that makes simulations, as `accepted.testing.simulation`, each journal in the test's own folder.

    Example:
        def test_my_code(accepted_simulation):
            service = accepted_simulation("jules", "throttled")
            my_code(service.client)
            assert service.counts()["created_twice"] == 0
    """
    return partial(simulation, journal=tmp_path / "journal.db")
