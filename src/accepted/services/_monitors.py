"""Where a task is asked about, where its result is, and how it is cancelled: what an answer says of that.

What may live here: pure functions of one answer and of what a person has said. Each says where it found what it
found, so that `--explain` can tell.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import quote, unquote, urldefrag, urlsplit

from accepted.core import codec
from accepted.core.read import Answer
from accepted.core.wire import MONITORS, all_headers, join
from accepted.errors import ContractBroken
from accepted.services._words import Given, outline, plain

GUESSED = "a guess: the create's URL and the id"
"""What `monitor_found_in` begins with where the place was made up: it may be no place at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Monitor:
    """Where a task is asked about: the URL, where that stood, and the service's own id with where that stood."""

    url: str
    found_in: str
    id: str = ""
    id_found_in: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A link of a document: what it is to it (`status`, `cancel`), its target, where it stands, and its method."""

    rel: str
    href: str
    at: str
    method: str = ""
    type: str = ""


def monitor_of(answer: Answer, given: Given, create_url: str) -> Monitor:
    """Where the task of a create's answer is asked about: as given, in a header field, in a link, else a guess.

    Raises:
        ContractBroken: nothing says so. The message names the one input that would.
    """
    document = document_of(answer)
    found, at = id_of(document, given)
    if given.poll_path:
        _only_one_id(document, given)
        url, how = _given_path(given.poll_path, found, create_url), "poll_path"
    elif named := _in_header(answer):
        url, how = named
    elif link := _first_link(document, _MONITOR_RELS, create_url):
        url, how = link.href, f"body {link.at}"
    elif found:
        _only_one_id(document, given)
        url, how = _guess(found, at, create_url), f"{GUESSED} at {at}"
    else:
        raise ContractBroken(_nowhere(answer, document, given))
    return Monitor(url=placed(url, create_url), found_in=how, id=found, id_found_in=at)


def bare(raw: bytes) -> bytes:
    """A body without a byte order mark, which some services of Azure send, and without white space around it."""
    return raw.removeprefix(b"\xef\xbb\xbf").strip()


def document_of(answer: Answer) -> Any:
    """The JSON of an answer; None where it is none."""
    try:
        return codec.anything(bare(answer.raw) or b"null")
    except codec.WrongShape:
        return None


_USER = re.compile(r"([a-z][a-z0-9+.-]*:)?[/\\]{2}[^/?#]*@", re.IGNORECASE)
"""What a URL begins with that names a user, and mostly his password."""


def placed(target: str, url: str) -> str:
    """A target as seen from a URL, without its fragment, which is never sent.

    Raises:
        ContractBroken: it is no place that can be asked, or carries a user name, which would be kept and shown.
    """
    target = target.strip()
    if _USER.match(target):
        raise ContractBroken("it points to a place with a user name in its URL, which is not asked")
    try:
        found = urldefrag(join(url, target)).url
        parts = urlsplit(found)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        usable, found = False, target
    if not usable or re.search(r"[\s\x00-\x1f]", found):
        shown = codec.shorten(re.split(r"[?#@]", target)[0])
        raise ContractBroken(f"it points to {shown!r}, which is no place that can be asked")
    return found


def named_in(answer: Answer, name: str) -> str:
    """What the first field of that name says that is not empty; empty where none says anything."""
    return next((text for field in all_headers(answer.headers, name) if (text := field.strip())), "")


def _in_header(answer: Answer) -> tuple[str, str] | None:
    return next(((text, SPELLED[name]) for name in MONITORS if (text := named_in(answer, name))), None)


SPELLED = {name: "-".join(part.capitalize() for part in name.split("-")) for name in MONITORS} | {
    "azure-asyncoperation": "Azure-AsyncOperation"
}
"""The header fields as people write them."""


def _given_path(path: str, found: str, create_url: str) -> str:
    if "{id}" in path and not found:
        told = "poll_path has an {id}, and the answer has none at the usual places: say where with id_pointer"
        raise ContractBroken(told)
    return placed_below(_filled(path, found), create_url)


def _filled(path: str, task_id: str) -> str:
    return path.replace("{id}", quote(task_id, safe="")).replace("{+id}", quote(task_id, safe="/"))


def placed_below(path: str, url: str) -> str:
    """A path as a person gives it: with a leading slash from the origin, a URL as it is, else appended to the URL."""
    if path.startswith("/") or "://" in path:
        return join(url, path)
    place = url.partition("?")[0].partition("#")[0]
    return f"{place.rstrip('/')}/{path}" if path else url


def _guess(found: str, at: str, create_url: str) -> str:
    """`{create URL}/{id}`; the name of a Google operation is a path of its own below the version."""
    if at.rpartition("/")[2] == "name":
        version = re.match(r"/v[0-9][^/]*(?=/)", urlsplit(create_url).path)
        return join(create_url, f"{version.group() if version else '/v1'}/{quote(found, safe='/')}")
    return placed_below(quote(found, safe=""), create_url)


def _nowhere(answer: Answer, document: Any, given: Given) -> str:
    if given.id_pointer:
        return f"nothing stands at {given.id_pointer} (id_pointer): {outline(document)}"
    told = f"answered {answer.code} and says nowhere where the task is asked about: no {', no '.join(SPELLED.values())}"
    if document is None:
        return f"{told}, and no JSON with an id. Say where with poll_path (a path, with {{id}} where the id belongs)"
    return f"{told}, no link, no id that is known. Say where the id stands with id_pointer: {outline(document)}"


# ---- ids


_IDS = ("id", "task_id", "job_id", "operation_id")
_LESSER_IDS = ("request_id", "uuid")
_ID_HOMES = ("", "/data", "/task", "/job", "/operation")


def id_of(document: Any, given: Given) -> tuple[str, str]:
    """The service's own id of a task and the pointer at which it stands; two empty texts where there is none."""
    if given.id_pointer:
        return _as_id(codec.at(document, given.id_pointer)), given.id_pointer
    names = (*_IDS, "name") if _is_operation(document) else _IDS
    found = (*_ids(document, names), *_ids(document, _LESSER_IDS), ("", ""))
    return found[0][1], found[0][0]


def _only_one_id(document: Any, given: Given) -> None:
    """Refuse to choose between two ids; the message names the input that does."""
    found = {} if given.id_pointer else {text: at for at, text in _ids(document, _IDS)}
    if len(found) > 1:
        (first, one), (second, other) = list(found.items())[:2]
        told = f"the answer has two ids, {first!r} at {one} and {second!r} at {other}: say which with id_pointer={one}"
        raise ContractBroken(told)


def _is_operation(document: Any) -> bool:
    """Whether a `name` is that of an operation (https://google.aip.dev/151), and not what a person calls something."""
    return isinstance(document, dict) and ("done" in document or "/" in str(cast("Any", document).get("name")))


def _ids(document: Any, wanted: Iterable[str]) -> Iterator[tuple[str, str]]:
    names = [plain(name) for name in wanted]
    for home in _ID_HOMES:
        fields = codec.at(document, home) if home else document
        if not isinstance(fields, dict):
            continue
        known = {plain(name): name for name in reversed(list(cast("dict[str, Any]", fields)))}
        for name in names:
            if name in known and (text := _as_id(fields[known[name]])):
                yield f"{home}/{known[name]}", text


def _as_id(found: Any) -> str:
    match found:
        case bool() | None | dict() | list() | float():
            return ""
        case _:
            return str(found)


# ---- links


_MONITOR_RELS = ("monitor", "status", "polling", "self", "get", "response")
_RESULT_RELS = ("results", "result", "output", "response", "resource", "download")
_LINK_HOMES = ("/links", "/_links", "/data/links", "/urls", "/data/urls", "/task/links", "/job/links")
_OGC = "http://www.opengis.net/def/rel/ogc/1.0/"
_FLAT = re.compile(r"(status|polling|monitor|result|results|response|output|download|cancel)(url|uri|link|href)")
_FLAT_NAMES = {"statusquerygeturi": "status", "resourcelocation": "resource"}


def links_in(document: Any) -> list[Link]:
    """Every link of a document: HAL and JSON:API objects, arrays of `{rel, href}`, and fields such as `status_url`."""
    found: list[Link] = []
    for home in _LINK_HOMES:
        found += _linked(home, codec.at(document, home))
    for home in ("", "/data", "/task", "/job"):
        fields = codec.at(document, home) if home else document
        found += _flat(home, cast("dict[str, Any]", fields)) if isinstance(fields, dict) else ()
    return found


def _linked(home: str, links: Any) -> Iterator[Link]:
    match links:
        case dict():
            for name, value in cast("dict[str, Any]", links).items():
                yield from _target(name, value, f"{home}/{name}")
        case list():
            for number, value in enumerate(cast("list[Any]", links)):
                rel = cast("dict[str, Any]", value).get("rel") if isinstance(value, dict) else None
                for one in cast("list[Any]", rel if isinstance(rel, list) else [rel]):
                    if isinstance(one, str):
                        yield from _target(one, value, f"{home}/{number}")
        case _:
            pass


def _target(rel: str, value: Any, at: str) -> Iterator[Link]:
    rel = plain(rel.removeprefix(_OGC))
    match value:
        case str() if value:
            yield Link(rel=rel, href=value, at=at)
        case {"href": str(href)} if href:
            fields = cast("dict[str, Any]", value)
            method, kind = str(fields.get("method") or "").upper(), str(fields.get("type") or "")
            yield Link(rel=rel, href=href, at=at, method=method, type=kind)
        case [first, *_]:
            yield from _target(rel, first, f"{at}/0")
        case _:
            pass


def _flat(home: str, fields: Mapping[str, Any]) -> Iterator[Link]:
    for name, value in fields.items():
        known = _FLAT.fullmatch(plain(name))
        rel = known.group(1) if known else _FLAT_NAMES.get(plain(name))
        if rel and isinstance(value, str) and value:
            yield Link(rel=rel, href=value, at=f"{home}/{name}")


def _first_link(document: Any, rels: Iterable[str], create_url: str = "") -> Link | None:
    """The first link by the order of `rels`; the place that the create was sent to is no monitor."""
    every = [one for one in links_in(document) if not create_url or _elsewhere(one, create_url)]
    return next((one for rel in rels for one in every if one.rel == rel), None)


def _elsewhere(link: Link, create_url: str) -> bool:
    try:
        return join(create_url, link.href) != create_url
    except ValueError:
        return True


def result_link(document: Any) -> Link | None:
    """Where a document says that the result is; JSON before the same as a page."""
    first = _first_link(document, _RESULT_RELS)
    same = [one for one in links_in(document) if first and one.rel == first.rel]
    return next((one for one in same if "json" in one.type), first)


def cancel_link(document: Any) -> Link | None:
    """Where a document says that the task is cancelled."""
    return _first_link(document, ("cancel",))


# ---- what is given as a path


def own_id(monitor: str) -> str:
    """The last part of a monitor's path: the service's own id, where nothing else says it."""
    return unquote(urlsplit(monitor).path.rstrip("/").rpartition("/")[2])


def beside(path: str, monitor: str, task_id: str) -> str:
    """A path given for something of a task, as seen from its monitor."""
    return placed_below(_filled(path, task_id or own_id(monitor)), monitor)
