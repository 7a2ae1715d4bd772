import os
import sys

import pytest

from accepted.server.ids import new_id


def test_ids_differ_and_stand_in_the_order_of_time() -> None:
    ids = [new_id(1_800_000_000.0 + number / 1000) for number in range(1000)]
    assert ids == sorted(set(ids))


def test_the_time_is_all_that_ids_of_one_moment_share() -> None:
    random = {new_id(1_800_000_000.0).removeprefix("task_01a3185c5000") for _ in range(1000)}
    assert len(random) == 1000
    assert {len(one) for one in random} == {16}


@pytest.mark.skipif(sys.platform == "win32", reason="no fork there")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_child_makes_no_id_that_its_parent_makes() -> None:
    new_id(1.0)  # from here on there is something drawn
    out, into = os.pipe()
    child = os.fork()
    if not child:
        os.write(into, " ".join(new_id(1.0) for _ in range(100)).encode())
        os._exit(0)
    os.waitpid(child, 0)
    os.close(into)
    with os.fdopen(out) as read:
        assert not {new_id(1.0) for _ in range(300)} & set(read.read().split())
