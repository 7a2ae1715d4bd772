import pytest

from accepted.core.wire import (
    Request,
    all_headers,
    header,
    is_private,
    join,
    may_see_credentials,
    origin,
    why_refused,
    with_headers,
    without_headers,
)

FIELDS = (("Content-Type", "a"), ("Set-Cookie", "b"), ("set-cookie", "c"))


def test_fields_are_found_without_regard_to_case():
    assert header(FIELDS, "content-TYPE") == "a"
    assert header(FIELDS, "set-cookie") == "b"
    assert header(FIELDS, "cookie") is None
    assert all_headers(FIELDS, "Set-Cookie") == ("b", "c")


def test_fields_are_replaced_and_removed_without_regard_to_case():
    request = Request(method="GET", url="https://a.test", headers=FIELDS)
    assert with_headers(request, {"SET-COOKIE": "d"}).headers == (("Content-Type", "a"), ("SET-COOKIE", "d"))
    assert without_headers(request, ("SET-cookie",)).headers == (("Content-Type", "a"),)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://A.test/x?y", "https://a.test"),
        ("HTTPS://a.test:443", "https://a.test"),
        ("http://a.test:80/", "http://a.test"),
        ("http://a.test:443/", "http://a.test:443"),
        ("https://a.test:8443/x", "https://a.test:8443"),
        ("https://me:pw@a.test/x", "https://a.test"),
        ("https://[2001:DB8::1]:443/x", "https://[2001:db8::1]"),
        ("https://[::1]:8443/x", "https://[::1]:8443"),
        ("https://a.test:99999/x", "https://a.test"),  # no port that there is
        ("https://a.test:x/", "https://a.test"),
        ("/x", "://"),
    ],
)
def test_origin(url, expected):
    assert origin(url) == expected


@pytest.mark.parametrize(
    ("url", "may"),
    [
        ("https://a.test/x", True),
        ("https://a.test:443/x", True),
        ("HTTPS://A.TEST/x", True),
        ("https://b.test/x", True),  # declared trusted
        ("http://a.test/x", False),
        ("https://a.test:8443/x", False),
        ("https://sub.a.test/x", False),
        ("https://a.test.evil.test/x", False),
        ("https://a.test@evil.test/x", False),
        ("https://evil.test/https://a.test", False),
    ],
)
def test_who_may_see_the_credential(url, may):
    assert may_see_credentials(url, "https://a.test/v1", ["https://b.test"]) == may


@pytest.mark.parametrize(
    ("url", "base_url", "why"),
    [
        ("https://a.test/x", "https://a.test", None),
        ("https://b.test/x", "https://a.test", None),  # asked, without the credential
        ("https://b.test:8443/x", "https://a.test", None),
        ("http://a.test/x", "https://a.test", "scheme"),
        ("http://b.test/x", "https://a.test", "scheme"),
        ("http://b.test/x", "http://a.test", None),  # the base URL is plain itself
        ("https://b.test/x", "http://a.test", None),
        ("ftp://b.test/x", "http://a.test", "scheme"),
        ("file:///etc/passwd", "https://a.test", "scheme"),
        ("//b.test/x", "https://a.test", "scheme"),
        ("x", "https://a.test", "scheme"),
        ("", "https://a.test", "scheme"),
        ("https:///x", "https://a.test", "private"),
        ("https://me:pw@b.test/x", "https://a.test", "user name"),
        ("https://me@b.test/x", "https://a.test", "user name"),
        ("https://localhost/x", "https://a.test", "private"),
        ("https://127.0.0.1/x", "https://a.test", "private"),
        ("https://10.1.2.3/x", "https://a.test", "private"),
        ("https://192.168.0.1:8443/x", "https://a.test", "private"),
        ("https://169.254.169.254/x", "https://a.test", "private"),  # the metadata of clouds
        ("https://[::1]/x", "https://a.test", "private"),
        ("https://[fd00::1]/x", "https://a.test", "private"),
        ("https://[fe80::1]/x", "https://a.test", "private"),
        ("https://[::ffff:10.0.0.1]/x", "https://a.test", "private"),
        ("https://127.1/x", "https://a.test", "private"),
        ("https://2130706433/x", "https://a.test", "private"),
        ("https://0x7f000001/x", "https://a.test", "private"),
        ("https://0177.0.0.1/x", "https://a.test", "private"),
        ("https://8.8.8.8/x", "https://a.test", None),
        ("https://[2606:4700::1]/x", "https://a.test", None),
        ("http://127.0.0.1:9/x", "http://127.0.0.1:8", None),  # simulators talk to their neighbours
        ("http://10.0.0.1/x", "http://localhost:8", None),
        ("http://127.0.0.1:9/x", "https://127.0.0.1:8", "scheme"),
    ],
)
def test_why_a_url_of_a_service_is_not_asked(url, base_url, why):
    told = why_refused(url, base_url, ["https://trusted.test"])
    assert (told is None) == (why is None)
    assert why is None or why in told


def test_what_is_trusted_is_asked_wherever_it_is():
    assert why_refused("http://10.0.0.1:9/x", "https://a.test", ["http://10.0.0.1:9"]) is None


@pytest.mark.parametrize(
    ("host", "private"),
    [
        ("a.test", False),
        ("example.com.", False),
        ("localhost", True),
        ("LOCALHOST.", True),
        ("jules.localhost", True),
        ("printer.local", True),
        ("db.internal", True),
        ("", True),
        ("0.0.0.0", True),
        ("100.64.0.1", True),  # carrier-grade NAT
        ("224.0.0.1", True),
        ("1.1.1.1", False),
        ("0x7f.1", True),
        ("127.0.1", True),
        ("1e100.net", False),
        ("0xdeadbeef.example", True),  # in doubt
        ("123.example", False),
    ],
)
def test_private_hosts(host, private):
    assert is_private(host) == private


@pytest.mark.parametrize(
    ("url", "target", "joined"),
    [
        ("https://a.test/v1/tasks/1", "2", "https://a.test/v1/tasks/2"),
        ("https://a.test/v1/tasks/1", "/x", "https://a.test/x"),
        ("https://a.test/v1/tasks/1", "../x", "https://a.test/v1/x"),
        ("https://a.test/v1/tasks/1", "?page=2", "https://a.test/v1/tasks/1?page=2"),
        ("https://a.test/v1/tasks/1", "https://b.test/x", "https://b.test/x"),
    ],
)
def test_join(url, target, joined):
    assert join(url, target) == joined
