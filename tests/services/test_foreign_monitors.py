"""Monitors, redirects and result links that lead away from the service: refused, or asked without its credential.

The service is at `https://api.test/v1`. A row says where the create's answer leads, what each further answer does,
and which requests follow: `*` marks those that carried the credential. None of the others carries the task's cookie or
the create's own header either.
"""

import json

import pytest

import accepted
from accepted.core.wire import Request, Response, header
from accepted.drivers.transport import MemoryTransport
from accepted.testing import VirtualClock

BASE = "https://api.test/v1"
SECRET = "planted-secret-7319"
REFUSED = None


def to(target: str, code: int = 302) -> Response:
    return Response(status=code, headers=(("Location", target),))


DONE = Response(status=200, headers=(("Content-Type", "application/json"),), body=b'{"status": "Succeeded"}')

OWN = "https://api.test/v1/jobs/7"
ABROAD = "https://other.test/jobs/7"

ROWS = {
    "its own place": (OWN, [], [f"*{OWN}"]),
    "a path": ("/v1/jobs/7", [], [f"*{OWN}"]),
    "the default port": ("https://api.test:443/v1/jobs/7", [], ["*https://api.test:443/v1/jobs/7"]),
    "capital letters": ("https://API.test/v1/jobs/7", [], ["*https://API.test/v1/jobs/7"]),
    "another host": (ABROAD, [], [ABROAD]),
    "another host, no scheme": ("//other.test/jobs/7", [], [ABROAD]),
    "a host below it": ("https://sub.api.test/jobs/7", [], ["https://sub.api.test/jobs/7"]),
    "a host that begins like it": ("https://api.test.other.test/7", [], ["https://api.test.other.test/7"]),
    "another port": ("https://api.test:8443/jobs/7", [], ["https://api.test:8443/jobs/7"]),
    "plain http at its host": ("http://api.test/v1/jobs/7", [], REFUSED),
    "plain http elsewhere": ("http://other.test/jobs/7", [], REFUSED),
    "a user name": ("https://me:pass@other.test/jobs/7", [], REFUSED),
    "its name as a user name": ("https://api.test@other.test/jobs/7", [], REFUSED),
    "its name and a backslash": ("https://api.test\\@other.test/jobs/7", [], REFUSED),
    "loopback": ("https://127.0.0.1/jobs/7", [], REFUSED),
    "loopback by name": ("https://localhost/jobs/7", [], REFUSED),
    "loopback, shortened": ("https://127.1/jobs/7", [], REFUSED),
    "loopback as one number": ("https://2130706433/jobs/7", [], REFUSED),
    "loopback in base 16": ("https://0x7f000001/jobs/7", [], REFUSED),
    "loopback of IPv6": ("https://[::1]/jobs/7", [], REFUSED),
    "a private address": ("https://10.0.0.8/jobs/7", [], REFUSED),
    "a private address in IPv6": ("https://[::ffff:10.0.0.8]/jobs/7", [], REFUSED),
    "the metadata of a cloud": ("https://169.254.169.254/latest/meta-data", [], REFUSED),
    "a name of the local network": ("https://intranet/jobs/7", [], REFUSED),
    "an internal name": ("https://metadata.google.internal/7", [], REFUSED),
    "a host that is not ASCII": ("https://api。test/jobs/7", [], REFUSED),
    "a redirect at home": (OWN, [to("/v1/jobs/8")], [f"*{OWN}", "*https://api.test/v1/jobs/8"]),
    "a redirect abroad": (OWN, [to(ABROAD)], [f"*{OWN}", ABROAD]),
    "a redirect from abroad to home": (ABROAD, [to(OWN)], [ABROAD, f"*{OWN}"]),
    "a redirect down to plain http": (OWN, [to("http://api.test/v1/jobs/7", 307)], REFUSED),
    "a redirect into the local network": (OWN, [to("https://10.0.0.8/", 308)], REFUSED),
    "a redirect abroad that leads inside": (OWN, [to(ABROAD), to("https://169.254.169.254/")], REFUSED),
    "a chain without an end": (OWN, [to(f"/v1/jobs/{number}") for number in range(9)], REFUSED),
    "a circle": (OWN, [to(OWN)] * 9, REFUSED),
}

KINDS = {
    "azure-lro, its operation": ("azure-lro", "Azure-AsyncOperation"),
    "azure-lro, a location": ("azure-lro", "Location"),
    "http, a location": ("http", "Location"),
    "http, an operation": ("http", "Operation-Location"),
    "http, a link": ("http", None),
}


class Service:
    """Answers the create with where it leads, then from the script, and notes who was asked with what."""

    def __init__(self, field: str | None, target: str, answers: list[Response]) -> None:
        self.answers = [self._begun(field, target), *answers]
        self.asked: list[Request] = []

    def __call__(self, request: Request) -> Response:
        self.asked.append(request)
        return self.answers.pop(0) if self.answers else DONE

    def _begun(self, field: str | None, target: str) -> Response:
        fields = (("Set-Cookie", "seat=7"), *(((field, target),) if field else ()))
        body = {} if field else {"status": "running", "links": {"self": target}}
        return Response(status=202, headers=fields, body=json.dumps(body).encode())

    def told(self) -> list[str]:
        return [("*" if _trusted(one) else "") + one.url for one in self.asked[1:]]


def _trusted(request: Request) -> bool:
    """Whether a request carried the credential; one that did not must carry nothing else that is the service's."""
    trusted = header(request.headers, "authorization") is not None
    others = [header(request.headers, name) for name in ("cookie", "x-mine")]
    assert trusted or others == [None, None], request.headers
    return trusted


def _refusal(client: accepted.Client) -> accepted.AcceptedError | None:
    """The error with which a task ends, or None."""
    try:
        client.poll_task(client.create_task(path="/jobs", headers={"x-mine": "1"}, body={}))
    except accepted.AcceptedError as error:
        return error
    return None


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("row", ROWS)
def test_what_leads_away(row, kind):
    (name, field), (target, answers, asked) = KINDS[kind], ROWS[row]
    service = Service(field, target, list(answers))
    with accepted.Client(
        name, base_url=BASE, auth=SECRET, journal=None, clock=VirtualClock(), transport=MemoryTransport(service)
    ) as client:
        error = _refusal(client)
    if asked is REFUSED:
        assert isinstance(error, accepted.ContractBroken | accepted.CreateUnknown)
        assert SECRET not in str(error)
    else:
        assert (error, service.told()) == (None, asked)
    homes = ("https://api.test", ABROAD) if asked is REFUSED else ("https://",)
    assert all(one.url.lower().startswith(homes) for one in service.asked)
    assert all("/v1/" in one.removeprefix("*") for one in service.told() if one.startswith("*"))


@pytest.mark.parametrize("kind", KINDS)
def test_a_service_of_the_local_network_may_lead_within_it(kind):
    name, field = KINDS[kind]
    service = Service(field, "http://127.0.0.1:8081/v1/jobs/7", [])
    with accepted.Client(
        name,
        base_url="http://127.0.0.1:8080/v1",
        auth=SECRET,
        journal=None,
        clock=VirtualClock(),
        transport=MemoryTransport(service),
    ) as client:
        assert client.poll_task(client.create_task(path="/jobs", headers={"x-mine": "1"}, body={})).ok
    assert service.told() == ["http://127.0.0.1:8081/v1/jobs/7"]
