"""Two processes and one journal: nothing is created twice, whoever is slow, stands still, or is told to stop."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

COMMIT = "POST /sessions"
Order = dict[str, Any]


@pytest.fixture
def order(tmp_path: Path) -> Callable[..., Order]:
    def of(service: Any, name: str = "a task", **more: Any) -> Order:
        return {"base_url": service.base_url, "journal": str(tmp_path / "journal.db"), "name": name, **more}

    return of


# ---- a client that stands still (a suspended laptop, a busy machine) while another takes over, and then goes on


@pytest.mark.parametrize("other", ["create", "settle", "resume"])
@pytest.mark.parametrize(
    "point",
    ["after Claim", "before Save must", "after Save must", f"before {COMMIT}", f"after {COMMIT}", "before Save queued"],
)
def test_a_client_that_stood_still_creates_nothing_twice(
    serve: Callable[..., Any], victims: Any, order: Callable[..., Order], read_journal: Any, point: str, other: str
) -> None:
    service = serve("happy")
    wanted = order(service, key="a key")
    with victims.paused("create", at=point, **wanted) as go_on:
        meanwhile = victims.perform(other, **wanted)["told"]
        in_the_end = go_on()["told"]
    told = f"{other} meanwhile: {meanwhile}; in the end: {in_the_end}; {service.commits}"
    assert service.created_twice() == 0, told
    assert "traceback" not in {meanwhile.get("error"), in_the_end.get("error")}, told
    settled = victims.perform("settle", **wanted)["told"]
    (row,) = read_journal(wanted["journal"])
    assert [commit.id for commit in service.commits] == [row.id], f"{told}; {settled}"
