"""What Google's JSON APIs have in common on the wire: errors, paging, times, filters.

Error document: `google.rpc.Status` (https://google.aip.dev/193, checked 2026-11-22).
The 404 is verbatim from a log of the live Jules service (github.com/google-labs-code/jules-sdk, issue 19).
All other messages are those of Google's shared front end and are unverified for Jules, so clients must go by
`status` and `reason`, never by text.
"""

from __future__ import annotations

import base64
import json
import operator
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar, cast

from accepted.core.wire import Response

T = TypeVar("T")
Document = dict[str, Any]

MAX_PAGE = 100
"""A larger pageSize is cut to it without a word (https://google.aip.dev/158)."""

_ERRORS: Mapping[int, tuple[str, str]] = {
    400: ("INVALID_ARGUMENT", "Request contains an invalid argument."),
    401: (
        "UNAUTHENTICATED",
        (
            "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or "
            "other valid authentication credential. "
            "See https://developers.google.com/identity/sign-in/web/devconsole-project."
        ),
    ),
    403: (
        "PERMISSION_DENIED",
        (
            "Method doesn't allow unregistered callers (callers without established identity). "
            "Please use API Key or other form of API consumer identity to call this API."
        ),
    ),
    404: ("NOT_FOUND", "Requested entity was not found."),
    429: ("RESOURCE_EXHAUSTED", "Resource has been exhausted (e.g. check quota)."),
    500: ("INTERNAL", "Internal error encountered."),
    503: ("UNAVAILABLE", "The service is currently unavailable."),
}


class Refused(Exception):
    """Carries the error answer out of whatever depth found the fault."""

    def __init__(self, answer: Response) -> None:
        super().__init__(answer.status)
        self.answer = answer


def document(value: Mapping[str, Any], status: int = 200) -> Response:
    """A JSON answer, spelt as Google does it: indented, not ASCII only."""
    body = json.dumps(value, indent=2, ensure_ascii=False).encode("utf-8", "replace") + b"\n"
    return Response(status=status, headers=(("content-type", "application/json; charset=UTF-8"),), body=body)


def error(
    code: int, message: str | None = None, *, status: str | None = None, details: Sequence[Document] = ()
) -> Response:
    """The error document for an HTTP code; `message` and `status` default to what Google says for it."""
    usual_status, usual_message = _ERRORS.get(code, ("UNKNOWN", "Unknown Error."))
    fault: Document = {"code": code, "message": message or usual_message, "status": status or usual_status}
    if details:
        fault["details"] = list(details)
    return document({"error": fault}, code)


def invalid(violations: Iterable[tuple[str, str]]) -> Refused:
    """400 with `BadRequest.fieldViolations`: (field, description), all of them at once."""
    pairs = list(violations)
    detail = {
        "@type": "type.googleapis.com/google.rpc.BadRequest",
        "fieldViolations": [{"field": name, "description": text} for name, text in pairs],
    }
    return Refused(error(400, "\n".join(text for _, text in pairs), details=[detail]))


def bad_key(service: str) -> Response:
    """A key nobody issued: 400, not 401, which only `reason` tells from other 400s (unverified for Jules)."""
    detail = {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": "API_KEY_INVALID",
        "domain": "googleapis.com",
        "metadata": {"service": service},
    }
    return error(400, "API key not valid. Please pass a valid API key.", details=[detail])


def read_json(body: bytes) -> dict[str, object]:
    """The request's document; an empty body is an empty one. Raises `Refused`."""
    try:
        value: object = json.loads(body or b"{}")
    except ValueError as cause:
        raise Refused(error(400, "Invalid JSON payload received. Unexpected token.")) from cause
    if not isinstance(value, dict):
        raise Refused(error(400, "Invalid JSON payload received. Root element must be a message."))
    return cast("dict[str, object]", value)


def timestamp(at: float) -> str:
    """RFC 3339 with always six digits, because the official SDK compares these as strings."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


# --- paging ----------------------------------------------------------------------------------------------


def page(
    items: Iterable[tuple[int, T]], query: Mapping[str, str], *, default: int, most: int = MAX_PAGE
) -> tuple[list[T], str | None]:
    """One page of `items`, and the token of the next or None.

    An item comes with its position; positions ascend, and an item keeps its own for ever. The token is the
    last position given, so what is added or removed between two pages is neither repeated nor skips another.
    """
    last = _position(query.get("pageToken", ""))
    rest = [(position, item) for position, item in items if last is None or position > last]
    size = min(_page_size(query.get("pageSize", "")) or default, most)
    token = _token(rest[size - 1][0]) if len(rest) > size else None
    return [item for _, item in rest[:size]], token


def _page_size(text: str) -> int:
    if re.fullmatch(r"\d*", text, re.ASCII):
        return int(text or 0)
    raise invalid([("page_size", f"Invalid value at 'page_size' (TYPE_INT32), \"{text}\"")])


def _token(position: int) -> str:
    return base64.urlsafe_b64encode(f"after:{position}".encode()).decode().rstrip("=")


def _position(token: str) -> int | None:
    if not token:
        return None
    try:
        text = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode()
        return int(text.removeprefix("after:"))
    except ValueError as cause:
        raise Refused(error(400)) from cause


# --- filters (https://google.aip.dev/160, only what the official client sends) ---------------------------

_COMPARE: Mapping[str, Callable[[datetime, datetime], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
}


def time_filter(text: str, name: str) -> Callable[[str], bool]:
    """A test of RFC 3339 times for `name>"2026-..."`; an empty `text` lets all pass. Raises `Refused`."""
    if not text.strip():
        return lambda _: True
    found = re.fullmatch(rf'\s*{name}\s*(>=|<=|>|<|=)\s*"([^"]*)"\s*', text)
    if found is None:
        raise _bad_filter(text)
    compare = _COMPARE[found[1]]
    bound = _moment(found[2], text)
    return lambda value: compare(datetime.fromisoformat(value), bound)


def flag_filter(text: str, name: str) -> bool | None:
    """True or False for `name = true` or `name = false`, None where `text` is empty. Raises `Refused`."""
    if not text.strip():
        return None
    found = re.fullmatch(rf"\s*{name}\s*=\s*(true|false)\s*", text, re.IGNORECASE)
    if found is None:
        raise _bad_filter(text)
    return found[1].lower() == "true"


def _moment(value: str, text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(value)
    except ValueError as cause:
        raise _bad_filter(text) from cause
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _bad_filter(text: str) -> Refused:
    return invalid([("filter", f"Invalid filter: {text}")])
