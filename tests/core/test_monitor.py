"""What a monitor's URL is called, kept as and given along."""

import pytest

from accepted.core.monitor import carried, kept_as, known_as
from accepted.core.read import Secret

BASE = "https://api.test/v1"


@pytest.mark.parametrize(
    ("url", "task_id"),
    [
        ("https://api.test/v1/jobs/7", "/v1/jobs/7"),
        ("https://api.test:443/v1/jobs/7?api-version=2026-01-01", "/v1/jobs/7?api-version=2026-01-01"),
        ("https://API.test/jobs?id=7&sort=%2Fa", "/jobs?id=7&sort=%2Fa"),  # as it stood
        ("https://api.test", "/"),
        ("https://api.test/jobs/7#part", "/jobs/7"),
        ("https://other.test/jobs/7?x=1", "https://other.test/jobs/7?x=1"),
        ("http://api.test/jobs/7", "http://api.test/jobs/7"),
        (
            "https://api.test/jobs/7?api-version=1&t=63&c=MII&s=abc&h=def",
            "/jobs/7?api-version=1&t=63&c=MII&s=abc&h=def",
        ),  # too short to be keys
        (
            "https://store.test/b/7?X-Amz-Signature=abc&X-Amz-Date=1",
            "https://store.test/b/7?X-Amz-Signature=~ba7816bf&X-Amz-Date=1",
        ),
        ("https://store.test/b/7?SIG=a%2Bb&se=2026", "https://store.test/b/7?SIG=~300273da&se=2026"),
        ("https://api.test/t?token=11", "/t?token=~4fc82b26"),
        ("https://api.test/t?token=22", "/t?token=~785f3ec7"),  # another task
        ("https://api.test/t?pageToken=11", "/t?pageToken=11"),
        ("https://api.test/t?s=0123456789abcdef", "/t?s=~9f9f5111"),
        ("https://me:pass@other.test/t", "https://other.test/t"),
        ("https://api.test//other.test/x", "https://api.test//other.test/x"),  # and not another host
    ],
)
def test_a_task_is_known_by_its_monitor_and_what_signs_it_is_unreadable(url, task_id):
    assert known_as(url, BASE) == task_id


@pytest.mark.parametrize(
    ("url", "secret"),
    [
        ("https://api.test/jobs/7", False),
        ("https://api.test/jobs/7?api-version=1&id=3", False),
        ("https://api.test/jobs/7?sig=abc", True),
        ("https://api.test/jobs/7?clientSecret=abc", True),
        ("https://api.test/jobs/7?key=customer-42", False),
        ("https://api.test/jobs/7?key=0123456789abcdef", True),
        ("https://me:pass@api.test/jobs/7", True),
        ("https://api.test/jobs/7?Token=", True),
        ("/jobs/7?x-goog-signature=1", True),
    ],
)
def test_a_signed_monitor_is_a_secret(url, secret):
    assert isinstance(kept_as(url), Secret) is secret
    assert str(kept_as(url)) == url


@pytest.mark.parametrize(
    ("url", "query", "whole"),
    [
        ("/jobs/7", {"api-version": "1", "x": 2}, "/jobs/7?api-version=1&x=2"),
        ("/jobs/7?sig=a%2Fb", {"api-version": "1", "x": 2}, "/jobs/7?sig=a%2Fb&api-version=1"),
        ("/jobs/7?API-Version=3", {"api-version": "1"}, "/jobs/7?API-Version=3"),
        ("/jobs/7", {"x": None}, "/jobs/7"),
        ("/jobs/7", {}, "/jobs/7"),
        ("https://api.test/jobs/7#a", {"x": "ü"}, "https://api.test/jobs/7?x=%C3%BC#a"),
    ],
)
def test_a_monitor_gets_the_query_that_it_lacks(url, query, whole):
    assert carried(url, query, ("api-version",)) == whole
