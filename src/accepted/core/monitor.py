"""The place at which a task is asked about, where the service names it by a URL and not by an id.

What may live here: pure functions of such a URL. Where it stands in an answer is for a contract to say;
whether it may be asked, and with which credential, is for `wire`.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode, urlsplit, urlunsplit

from accepted.core.read import Secret
from accepted.core.wire import origin, pairs_of, signs


def known_as(url: str, base_url: str) -> str:
    """The task id that stands for a monitor: without its signature, and without the base URL's own origin."""
    parts = urlsplit(url)
    kept = [pair for pair in pairs_of(url) if not signs(pair[0])]
    # As it stood, where nothing is taken out.
    query = urlencode(kept) if len(kept) < len(pairs_of(url)) else parts.query
    bare = parts._replace(query=query, fragment="")
    if origin(url) == origin(base_url):
        bare = bare._replace(scheme="", netloc="", path=bare.path or "/")
    return urlunsplit(bare)


def kept_as(url: str) -> str:
    """The URL itself, as a secret where it is signed."""
    return Secret(url) if any(signs(name) for name, _ in pairs_of(url)) else url


def carried(url: str, query: Mapping[str, object], always: tuple[str, ...] = ()) -> str:
    """The URL with the query of the create, where it has none of its own; `always` are added where they are missing."""
    there = {name.lower() for name, _ in pairs_of(url)}
    wanted = {name: value for name, value in query.items() if value is not None}
    chosen = {name: value for name, value in wanted.items() if not there or name.lower() in always}
    missing = [(name, str(value)) for name, value in chosen.items() if name.lower() not in there]
    parts = urlsplit(url)
    return urlunsplit(parts._replace(query="&".join(filter(None, (parts.query, urlencode(missing))))))
