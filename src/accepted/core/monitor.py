"""The place at which a task is asked about, where the service names it by a URL and not by an id.

What may live here: pure functions of such a URL. Where it stands in an answer is for a contract to say;
whether it may be asked, and with which credential, is for `wire`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from urllib.parse import urldefrag, urlencode, urlsplit, urlunsplit

from accepted.core.read import Secret
from accepted.core.wire import origin, pairs_of, signs


def known_as(url: str, base_url: str) -> str:
    """The task id that stands for a monitor: without the base URL's own origin, and with its signature unreadable.

    Two monitors that differ in nothing but their signature are two tasks.
    """
    parts = urlsplit(url)._replace(netloc=origin(url).partition("://")[2], fragment="")
    hidden = [(name, _digest(value) if signs(name, value) else value) for name, value in pairs_of(url)]
    # As it stood, where nothing is hidden.
    bare = parts if hidden == pairs_of(url) else parts._replace(query=urlencode(hidden))
    # A path that begins with two slashes would be read as another host.
    if origin(url) == origin(base_url) and not parts.path.startswith("//"):
        bare = bare._replace(scheme="", netloc="", path=bare.path or "/")
    return urlunsplit(bare)


def _digest(value: str) -> str:
    return "~" + hashlib.sha256(value.encode()).hexdigest()[:8]


def kept_as(url: str) -> str:
    """The URL itself, as a secret where it is signed; a fragment is for whoever shows a page, and is left out."""
    bare = urldefrag(url).url
    signed = any(signs(name, value) for name, value in pairs_of(bare)) or "@" in urlsplit(bare).netloc
    return Secret(bare) if signed else bare


def carried(url: str, query: Mapping[str, object], always: tuple[str, ...] = ()) -> str:
    """The URL with the query of the create, where it has none of its own; `always` are added where they are missing."""
    there = {name.lower() for name, _ in pairs_of(url)}
    wanted = {name: value for name, value in query.items() if value is not None}
    chosen = {name: value for name, value in wanted.items() if not there or name.lower() in always}
    missing = [(name, str(value)) for name, value in chosen.items() if name.lower() not in there]
    parts = urlsplit(url)
    return urlunsplit(parts._replace(query="&".join(filter(None, (parts.query, urlencode(missing))))))
