"""Plain HTTP values, and the pure rules about them.

What may live here: requests and answers as frozen values, and functions of nothing but such values
(header look-up, origins, safe redirects).
Drivers turn them into sockets, `asgi/` turns them into a server; nothing else knows a HTTP library.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from urllib.parse import SplitResult, parse_qsl, urljoin, urlsplit

Headers = tuple[tuple[str, str], ...]
"""Header fields in order; names are compared without regard to case."""

MAX_ANSWER = 32 * 1024 * 1024
"""Bytes of one answer that are read before it is refused; larger things are streamed to a file."""

MAX_REDIRECTS = 5

REDIRECTS = frozenset({301, 302, 303, 307, 308})

MONITORS = ("azure-asyncoperation", "operation-location", "location", "content-location")
"""The fields in which an answer says where its task is asked about, the first one first."""

_OPENS = re.compile(
    r"signature|hmac|secret|passw|jwt|credential|(api|subscription|account)[-_]?key"
    r"|(?<!page)(?<!page_)(?<!next)(?<!next_)(?<!continuation)token|^(sig|sign|auth)$",
    re.IGNORECASE,
)
"""Names of parameters that open what is behind a URL."""

_MAY_OPEN = frozenset({"key", "code", "policy", "key-pair-id", "c", "s", "h"})
"""Names that may stand for anything, and for a key where the value is as long as one (`c`, `s` and `h`: those of the
signed operation URLs of Azure Resource Manager)."""

_AS_LONG_AS_A_KEY = 16
"""Characters from which on a text stands nowhere by chance."""

_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Upload:
    """A request body that is streamed from a file, so that its size never matters."""

    path: str
    content_type: str = "application/octet-stream"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One HTTP request. `url` is absolute."""

    method: str
    url: str
    headers: Headers = ()
    body: bytes | Upload = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """One whole HTTP answer."""

    status: int
    headers: Headers = ()
    body: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropped:
    """No whole answer came.

    `sent` is False only where the service cannot have seen the request (the connection was never made):
    whether a create may be repeated hangs on it, so in doubt it is True.
    `hopeless`: asking again would bring the same (an answer that is too large).
    """

    reason: str
    sent: bool = True
    hopeless: bool = False


def header(headers: Headers, name: str) -> str | None:
    """The first field of that name, or None."""
    wanted = name.lower()
    return next((value for key, value in headers if key.lower() == wanted), None)


def all_headers(headers: Headers, name: str) -> tuple[str, ...]:
    """Every field of that name, in order (`Set-Cookie` may come several times)."""
    wanted = name.lower()
    return tuple(value for key, value in headers if key.lower() == wanted)


def with_headers(request: Request, extra: Mapping[str, str]) -> Request:
    """The same request with these fields set; a field of the same name is replaced."""
    names = {name.lower() for name in extra}
    kept = tuple(pair for pair in request.headers if pair[0].lower() not in names)
    return replace(request, headers=kept + tuple(extra.items()))


def without_headers(request: Request, names: Iterable[str]) -> Request:
    """The same request without these fields."""
    gone = {name.lower() for name in names}
    return replace(request, headers=tuple(pair for pair in request.headers if pair[0].lower() not in gone))


def origin(url: str) -> str:
    """Scheme, host and port of a URL, lower case, the default port left out."""
    parts = urlsplit(url)
    port = _port(parts)
    shown = "" if port in (None, _DEFAULT_PORTS.get(parts.scheme.lower())) else f":{port}"
    host = (parts.hostname or "").lower()
    return f"{parts.scheme.lower()}://{f'[{host}]' if ':' in host else host}{shown}"


def pairs_of(url: str) -> list[tuple[str, str]]:
    """The parameters in the query of a URL, in order."""
    return parse_qsl(urlsplit(url).query, keep_blank_values=True)


def signs(name: str, value: str) -> bool:
    """Whether a parameter signs a URL, or opens what is behind it."""
    return bool(_OPENS.search(name)) or (name.lower() in _MAY_OPEN and is_long(value))


def is_long(text: str) -> bool:
    """Whether a text is so long that it stands nowhere by chance, so that it can be masked wherever it stands."""
    return len(text) >= _AS_LONG_AS_A_KEY


def may_see_credentials(url: str, base_url: str, trusted: Iterable[str]) -> bool:
    """Whether a request to `url` may carry the credential: only the base URL's origin and the declared ones."""
    return origin(url) in {origin(base_url), *(origin(one) for one in trusted)}


def why_refused(url: str, base_url: str, trusted: Iterable[str]) -> str | None:
    """Why a URL that a service gave us is not asked, or None where it may be.

    Anything at the base URL's own origin or a declared one is fine.
    Elsewhere plain http and private addresses are refused: a service must not be able to
    send a client into its own network.
    Only literal addresses and local names are recognised: names are not resolved here.
    """
    parts = urlsplit(url)
    if may_see_credentials(url, base_url, trusted):
        return None
    if parts.username or parts.password:
        return "it carries a user name"
    if parts.scheme.lower() != "https" and not (parts.scheme.lower() == "http" == urlsplit(base_url).scheme.lower()):
        return f"its scheme is {parts.scheme or 'missing'}, not https"
    if is_private(parts.hostname or "") and not is_private(urlsplit(base_url).hostname or ""):
        return "it points into a private network"
    return None


def is_private(host: str) -> bool:
    """Whether a host is a private, loopback or link-local address, or a name that only a local network knows."""
    name = host.lower().rstrip(".")
    # A name that is not ASCII may be normalised to an address on its way; one without a dot is a local one.
    if not name.isascii() or not ("." in name or ":" in name) or name.endswith((".localhost", ".local", ".internal")):
        return True
    try:
        address = ipaddress.ip_address(name.strip("[]"))
        return not address.is_global or address.is_multicast
    except ValueError:
        # Hosts such as 127.1, 2130706433 or 0x7f000001 are addresses to a resolver although not to us.
        return name.replace(".", "").isdigit() or name.startswith("0x")


def join(url: str, target: str) -> str:
    """A target, absolute or relative, as seen from `url`."""
    return urljoin(url, target)


def _port(parts: SplitResult) -> int | None:
    try:
        return parts.port or _DEFAULT_PORTS.get(parts.scheme.lower())
    except ValueError:
        return None
