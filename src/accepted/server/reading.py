"""What a request says: its header fields, its query and its JSON, as values, or a Fault that names every wrong place.

What may live here: pure functions from bytes to values. What is answered is `face`.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from contextlib import suppress
from dataclasses import dataclass
from hashlib import blake2s
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import msgspec

from accepted.core import codec
from accepted.core.task import Status
from accepted.server.faults import Fault, Wrong
from accepted.server.invalid import pointer
from accepted.server.shapes import strict
from accepted.server.tasktype import TaskType

Fields = Mapping[bytes, bytes]
"""Header fields by lower-case name; several of one name are one, joined by commas (RFC 9110 section 5.3)."""

LONGEST_WAIT = 60
"""Seconds for which an answer is held at most, whatever `Prefer: wait=N` says."""

MOST_LISTED = 100
LISTED = 20

LONGEST_KEY = 255
_LONGEST_URL = 2000
_LONGEST_NUMBER = 18
"""Digits: below what an SQLite integer holds."""

SERVED = (
    Status.QUEUED,
    Status.IN_PROGRESS,
    Status.CANCELLING,
    Status.COMPLETED,
    Status.FAILED,
    Status.CANCELLED,
    Status.EXPIRED,
)
"""The words that a task of this server can have."""


# ---- header fields


def fields_of(headers: list[tuple[bytes, bytes]]) -> Fields:
    """The header fields of a scope. Raises Fault where one that can be there only once comes twice."""
    fields = dict(headers)
    return fields if len(fields) == len(headers) else _joined(headers)


def _joined(headers: list[tuple[bytes, bytes]]) -> Fields:
    fields: dict[bytes, bytes] = {}
    twice: list[str] = []
    for name, value in headers:
        if name in fields and name in _ONCE:
            twice.append(name.decode("latin-1").title())
        fields[name] = fields[name] + b", " + value if name in fields else value
    if twice:
        raise Fault("malformed", "a header field came twice", wrong=[Wrong(name, "came twice") for name in twice])
    return fields


_ONCE = frozenset(
    {b"authorization", b"content-type", b"idempotency-key", b"last-event-id", b"range", b"x-api-key", b"if-range"}
)


def require_json(fields: Fields) -> None:
    """Raise Fault where a body is anything but JSON in UTF-8, not compressed."""
    given = fields.get(b"content-type", b"")
    if given != b"application/json" and not _is_json(given.decode("latin-1")):
        raise _media(f"send application/json, not {codec.shorten(given) or 'a body without a Content-Type'}")
    coding = fields.get(b"content-encoding", b"identity").strip().lower()
    if coding not in (b"identity", b""):
        raise _media("send the body without a Content-Encoding", ("Accept-Encoding", "identity"))


def _media(why: str, *headers: tuple[str, str]) -> Fault:
    return Fault("media", why, headers=headers)


def _is_json(given: str) -> bool:
    essence, *parameters = (part.strip().lower() for part in given.split(";"))
    kind, _, subtype = essence.partition("/")
    charset = next((one.partition("=")[2].strip('"') for one in parameters if one.startswith("charset=")), "utf-8")
    known = essence == "application/json" or (kind != "" and len(subtype) > len("+json") and subtype.endswith("+json"))
    return known and charset in ("utf-8", "utf8")


def idempotency_key(fields: Fields) -> str | None:
    """The key as it was sent, or without the quotes of a structured field; None where there is none."""
    given = fields.get(b"idempotency-key")
    if given is None:
        return None
    key = given.decode("latin-1").strip()
    if key.startswith('"'):
        key = _unquoted(key)
    if not (1 <= len(key) <= LONGEST_KEY and key.isascii() and key.isprintable() and " " not in key):
        raise _wrong_header("Idempotency-Key", f"is 1 to {LONGEST_KEY} visible ASCII characters")
    return key


def _unquoted(text: str) -> str:
    """The text of a structured-field string (RFC 9651 section 3.3.3); what is none reads as nothing."""
    inner = text[1:-1] if len(text) > 1 and text.endswith('"') else ""
    plain = inner.replace("\\\\", "").replace('\\"', "")
    if '"' in plain or "\\" in plain:
        return ""
    return inner.replace("\\\\", "\0").replace('\\"', '"').replace("\0", "\\")


def preferences(fields: Fields) -> Mapping[str, str]:
    """What `Prefer` asks for (RFC 7240): lower-case names and values, the first of each name."""
    given = fields.get(b"prefer")
    if given is None:
        return {}
    found: dict[str, str] = {}
    for part in given.decode("latin-1").split(","):
        name, _, value = part.partition(";")[0].partition("=")
        found.setdefault(name.strip().lower(), value.strip().strip('"'))
    return found


def wait_of(fields: Fields) -> int | None:
    """Seconds that the client prefers to wait, bounded; None where it does not say, or not understandably."""
    given = preferences(fields).get("wait", "")
    return min(int(given), LONGEST_WAIT) if _is_number(given) else None


def last_event(fields: Fields) -> int | None:
    """The version that the client saw last on a stream, or None."""
    given = fields.get(b"last-event-id", b"").decode("latin-1").strip()
    if not given:
        return None
    if not _is_number(given):
        raise _wrong_header("Last-Event-ID", "is the id of an event of this stream: a number")
    return int(given)


def has_tag(field: bytes | None, tag: str) -> bool:
    """Whether an `If-None-Match` names this tag; compared weakly, as it has to be (RFC 9110 section 13.1.2)."""
    if field is None:
        return False
    names = [one.strip().removeprefix("W/") for one in field.decode("latin-1").split(",")]
    return tag in names or names == ["*"]


def byte_range(fields: Fields, size: int, tag: str) -> tuple[int, int] | None:
    """First and last byte that are asked for; None where the whole is to be sent (also for several ranges).

    Raises:
        Unsatisfiable: there is no such byte.
    """
    unit, _, wanted = fields.get(b"range", b"").decode("latin-1").partition("=")
    if unit.strip().lower() != "bytes" or fields.get(b"if-range", tag.encode()).decode("latin-1").strip() != tag:
        return None
    first, dash, last = wanted.strip().partition("-")
    match (_is_number(first), _is_number(last), dash):
        case (True, _, "-") if not last or (_is_number(last) and int(last) >= int(first)):
            begin, end = int(first), min(int(last or size - 1), size - 1)
        case (False, True, "-") if not first:
            begin, end = max(size - int(last), 0), size - 1
        case _:
            return None
    if begin > end:
        raise Unsatisfiable
    return begin, end


class Unsatisfiable(Exception):
    """A range begins beyond the end."""


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER


def _wrong_header(name: str, why: str) -> Fault:
    return Fault("malformed", f"the header field {name} {why}", wrong=[Wrong(name, why)])


# ---- queries


@dataclass(frozen=True, slots=True)
class Listing:
    """What a list is asked for."""

    limit: int = LISTED
    after: int | None = None
    type: str | None = None
    status: Status | None = None


def listing(query: bytes, tenant: str) -> Listing:
    """The parameters of a list; raises Fault that names every wrong one."""
    if not query:
        return Listing()
    given: dict[str, str] = {}
    wrong: list[Wrong] = []
    for name, value in parse_qsl(query.decode("latin-1"), keep_blank_values=True, errors="replace"):
        if name in given or name not in _LIST_PARAMETERS:
            wrong.append(Wrong(codec.shorten(name), "came twice" if name in given else "is not a parameter here"))
        given[name] = value
    limit, status, cursor = given.get("limit"), given.get("status"), given.get("cursor")
    after = None if cursor is None else _seq(cursor, tenant, given.get("type"), status)
    if limit is not None and not (_is_number(limit) and 1 <= int(limit) <= MOST_LISTED):
        wrong.append(Wrong("limit", f"is a number from 1 to {MOST_LISTED}"))
    if status is not None and status not in SERVED:
        wrong.append(Wrong("status", f"is one of {', '.join(SERVED)}"))
    if cursor is not None and after is None:
        wrong.append(Wrong("cursor", "is not a next_cursor of this list (its filters have to stay the same)"))
    if wrong:
        raise Fault("invalid", "the query is invalid", wrong=wrong)
    return Listing(int(limit or LISTED), after, given.get("type"), Status(status) if status else None)


_LIST_PARAMETERS = frozenset({"limit", "cursor", "type", "status"})


def cursor_of(after: int, tenant: str, type: str | None, status: str | None) -> str:
    """What the next page of a list is asked with: where it begins, and a check over what the list is of."""
    return base64.urlsafe_b64encode(f"{after}.".encode() + _check(after, tenant, type, status)).decode().rstrip("=")


def _seq(cursor: str, tenant: str, type: str | None, status: str | None) -> int | None:
    """Where a page begins, or None for a cursor that this list never gave."""
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except ValueError:
        return None
    after = raw.partition(b".")[0].decode("latin-1")
    known = _is_number(after) and cursor == cursor_of(int(after), tenant, type, status)
    return int(after) if known else None


def _check(after: int, tenant: str, type: str | None, status: str | None) -> bytes:
    # No secret: the tenant is part of every query, so that a made-up cursor shows nobody else's tasks.
    return blake2s(codec.encode((after, tenant, type, status)), digest_size=6).digest()


# ---- bodies


class Create(codec.Struct, frozen=True):
    """What a create asks for. `input` is JSON as it was sent."""

    type: str | None
    input: bytes
    callback_url: str | None = None


_MEMBERS = frozenset({"type", "input", "callback_url"})
_PLAIN = tuple(f'"{name}"'.encode() for name in _MEMBERS)


class _Usual(msgspec.Struct, forbid_unknown_fields=True):
    """The body of most creates, whose only members are these."""

    input: msgspec.Raw
    type: str | None = None


_usual = msgspec.json.Decoder(_Usual).decode
_members = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


def create_of(raw: bytes, types: Mapping[str, TaskType]) -> Create:
    """A create from the body of `POST /tasks`; raises Fault with all that is wrong, the input's own faults included.

    The input is neither decoded nor judged here where the rest is right: `TaskType.check` does it.
    """
    if b"\\" not in raw and raw.count(b'"type"') <= 1 and raw.count(b'"input"') <= 1:
        with suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError):  # what is wrong is found below
            usual = _usual(raw)
            return Create(usual.type, bytes(usual.input))
    try:
        members = _members(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        strict(raw)
        raise Fault("invalid", "the body is not an object", wrong=[Wrong("", "must be an object")]) from None
    if b"\\" in raw or any(raw.count(name) > 1 for name in _PLAIN):
        strict(raw)  # a name may stand twice
    try:
        body = {name: codec.anything(bytes(members[name])) for name in members.keys() & {"type", "callback_url"}}
    except (ValueError, msgspec.DecodeError):  # above it was passed over: it is no UTF-8, or a number beyond all bounds
        strict(raw)
        raise Fault("malformed", "type or callback_url cannot be read") from None
    wrong = [*_wrong_members(members.keys(), body)]
    if wrong:
        raise Fault("invalid", "the request is invalid", wrong=[*wrong, *_wrong_type_and_input(members, body, types)])
    return Create(body.get("type"), bytes(members["input"]), body.get("callback_url"))


def _wrong_members(names: AbstractSet[str], body: Mapping[str, Any]) -> Iterator[Wrong]:
    for name in sorted(names - _MEMBERS):
        yield Wrong(pointer([name]), f"unknown field; known are {', '.join(sorted(_MEMBERS))}")
    if "input" not in names:
        yield Wrong("/input", "is missing")
    if not isinstance(body.get("type"), str | None):
        yield Wrong("/type", "must be a string")
    callback_url = body.get("callback_url")
    if callback_url is not None and not _is_url(callback_url):
        yield Wrong("/callback_url", "must be an absolute http or https URL without a user name")


def _wrong_type_and_input(
    members: Mapping[str, msgspec.Raw], body: Mapping[str, Any], types: Mapping[str, TaskType]
) -> list[Wrong]:
    """What else is wrong, so that all of it is said at once."""
    name = body.get("type") or (next(iter(types)) if len(types) == 1 else "")
    if not isinstance(name, str):
        return []
    if name not in types:
        return [Wrong("/type", f"must be one of {', '.join(types)}")]
    if "input" in members:
        try:
            types[name].check(bytes(members["input"]))
        except Fault as fault:
            return list(within("/input", fault).wrong)
    return []


def within(place: str, fault: Fault) -> Fault:
    """A fault of an input as one of the body that it stands in, at `place`."""
    wrong = [Wrong(place + one.where, one.why) for one in fault.wrong]
    return Fault(fault.kind, fault.detail, wrong=wrong, retry_after=fault.retry_after, headers=fault.headers)


def _is_url(given: object) -> bool:
    if not (isinstance(given, str) and given.isascii() and given.isprintable() and " " not in given):
        return False
    try:
        parts = urlsplit(given)
        _ = parts.port
    except ValueError:
        return False
    whole = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.username is None
    return whole and len(given) <= _LONGEST_URL
