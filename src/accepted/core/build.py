"""From a declared step and what is known to the request that is sent, and from a page to the next one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urldefrag, urlencode, urlsplit, urlunsplit

from accepted.core import codec
from accepted.core.contract import Ask, Contract, Keyed, LinkNext, NextToken, NextUrl, PageNumber, Step
from accepted.core.read import Answer
from accepted.core.retry_after import http_date
from accepted.core.task import Task
from accepted.core.wire import Headers, Request, Upload, all_headers, join, origin
from accepted.errors import BadRequest

PLACEHOLDER = re.compile(r"\{(\+?)([a-z_]+)\}")
_ABSOLUTE = re.compile(r"^https?://", re.IGNORECASE)
_LINK = re.compile(r'<([^>]*)>\s*;[^,]*?\brel=(?:next(?![\w-])|"(?:[^"]* )?next(?: [^"]*)?")', re.IGNORECASE)


def request_for(contract: Contract[..., Any], step: Step, ask: Ask) -> Request:
    """The request of a step.

    Raises:
        BadRequest: the task id has not the parts that the path needs; they are named.
    """
    url = _url(contract, step, ask)
    body, kind = _body(step, ask)
    fields = {**_standing(contract, step, ask, url), **kind, **(step.headers(ask) if step.headers else {})}
    return Request(method=method_of(step, ask.task), url=url, headers=tuple(fields.items()), body=body)


def method_of(step: Step, task: Task[Any]) -> str:
    """The method of a step: what it declares, or what the inputs say."""
    if step.method.isalpha():
        return step.method
    given: dict[str, Any] = codec.decode(task.private.inputs or b"{}", dict[str, Any])
    return PLACEHOLDER.sub(lambda named: str(given.get(named.group(2), "a request")), step.method)


def id_parts(template: str, task_id: str) -> dict[str, str]:
    """The named parts of a task id, as in `{owner}/{repo}/{run}`.

    Raises:
        BadRequest: the id has not this form.
    """
    if template == "{id}":
        return {"id": task_id}
    named = PLACEHOLDER.findall(template)
    names = [name for _, name in named]
    *heads, last = re.split(PLACEHOLDER.pattern, template)[::3]
    parts = ("(.+?)" if slashes else "([^/]+?)" for slashes, _ in named)
    pattern = "".join(re.escape(head) + part for head, part in zip(heads, parts, strict=True)) + re.escape(last)
    found = re.fullmatch(pattern, task_id)
    if not found:
        raise BadRequest(f"task id {codec.shorten(task_id)!r} is not of the form {template}")
    return {"id": task_id, **dict(zip(names, found.groups(), strict=True))}


def next_cursor(step: Step, task: Task[Any], answer: Answer, items: int) -> str | None:
    """What the request for the next page carries, or None after the last."""
    match step.pages:
        case NextToken(at=at) | NextUrl(at=at):
            found = codec.at(codec.anything(answer.raw or b"null"), at)
            return str(found) if found else None
        case PageNumber(first=first):
            full = step.page_size is None or items >= step.page_size[1]
            return str(first + task.doing.page + 1) if items and full else None
        case LinkNext():
            found = _LINK.search(", ".join(all_headers(answer.headers, "link")))
            return found.group(1) if found else None
        case None:
            return None


def variables(contract: Contract[..., Any], ask: Ask) -> dict[str, str]:
    """What a path may name: the inputs that are text or numbers, the parts of the id, and what steps yielded."""
    task = ask.task
    inputs: dict[str, Any] = codec.plain(ask.inputs) if ask.inputs is not None else {}
    named = {name: str(value) for name, value in inputs.items() if isinstance(value, str | int)}
    parts = id_parts(contract.id_template, task.id) if task.id is not None else {}
    return {**named, **parts, **task.doing.yields, **task.private.yields, "name": ask.name}


def _url(contract: Contract[..., Any], step: Step, ask: Ask) -> str:
    base = ask.task.base_url.rstrip("/")
    path = _expand(step, variables(contract, ask), base)
    # A place that a service named was joined to the base already; whether it may be asked is for `wire` to say.
    url = path if _ABSOLUTE.match(path) or step.path.startswith("{+") else base + path
    cursor = ask.task.doing.cursor
    if cursor is not None and isinstance(step.pages, NextUrl | LinkNext):
        return join(url, cursor)
    size = {step.page_size[0]: step.page_size[1]} if step.page_size else {}
    own: Mapping[str, object] = step.query(ask) if step.query else {}
    return with_query(url, {**size, **own, **_page_query(step, cursor)})


def _expand(step: Step, known: Mapping[str, str], base: str) -> str:
    def replaced(found: re.Match[str]) -> str:
        raw, name = found.groups()
        if name not in known:
            raise BadRequest(f"step {step.name}: nothing yielded {name!r}, which its path {step.path} needs")
        # A fragment is never sent: it only tells apart two tasks that are asked about at one place. An empty place is
        # the base URL itself, without the slash that would make it another one.
        if raw and not found.start():
            return urldefrag(join(base + "/", known[name])).url if known[name] else base
        return _encoded(known[name], raw)

    return PLACEHOLDER.sub(replaced, step.path)


def _encoded(value: str, raw: str) -> str:
    # A dot segment would be resolved away on the way: it is the one thing that quoting leaves dangerous.
    if {".", ".."} & set(value.split("/") if raw else (value,)):
        raise BadRequest(f"{value!r} cannot be part of a path")
    return quote(value, safe="/:@!$&'()*+,;=~-._" if raw else "")


def _page_query(step: Step, cursor: str | None) -> dict[str, object]:
    """What asks for the page; it stands where the step's own query has the same name, else at the end."""
    match step.pages:
        case NextToken(param=param):
            return {param: cursor}
        case PageNumber(param=param, first=first):
            return {param: cursor or first}
        case _:
            return {}


def with_query(url: str, query: Mapping[str, object]) -> str:
    """The URL with these parameters added; those that are None are left out."""
    pairs = [(name, _text(value)) for name, value in query.items() if value is not None]
    if not pairs:
        return url
    parts = urlsplit(url)
    joined = "&".join(filter(None, (parts.query, urlencode(pairs, quote_via=quote))))
    return urlunsplit(parts._replace(query=joined))


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _body(step: Step, ask: Ask) -> tuple[bytes | Upload, dict[str, str]]:
    match step.body(ask) if step.body else None:
        case None:
            return b"", {}
        case Upload() as upload:
            return upload, {"content-type": upload.content_type}
        case bytes() as raw:
            return raw, {}
        case value:
            return codec.encode(value), {"content-type": "application/json"}


def _standing(contract: Contract[..., Any], step: Step, ask: Ask, url: str) -> dict[str, str]:
    """The fields that every request of the contract carries, beside what the step itself declares."""
    private = ask.task.private
    fields = {"accept": "*/*" if step.streamed else "application/json"}
    if step.repeat == "keyed" and isinstance(contract.safe, Keyed):
        fields[contract.safe.header] = ask.name
    if contract.etag and private.etags.get(step.name) and ask.task.doing.operation == "poll":
        fields["if-none-match"] = private.etags[step.name]
    if contract.cookies and private.cookies and origin(url) == origin(ask.task.base_url):
        fields["cookie"] = "; ".join(f"{name}={value}" for name, value in private.cookies.items())
    return fields


def set_cookies(headers: Headers, known: Mapping[str, str], now: float) -> dict[str, str]:
    """The cookies of a task after an answer: names and values only, for they go nowhere but to the same origin.

    One that is taken back (emptied, or expired at `now`, epoch seconds) is dropped.
    """
    cookies = dict(known)
    for field in all_headers(headers, "set-cookie"):
        pair, *attributes = field.split(";")
        name, _, value = (part.strip() for part in pair.partition("="))
        cookies[name] = "" if _is_over(attributes, now) else value
    return {name: value for name, value in cookies.items() if value}


def _is_over(attributes: list[str], now: float) -> bool:
    named = {name.strip().lower(): value.strip() for name, _, value in (one.partition("=") for one in attributes)}
    if re.fullmatch(r"-?[0-9]+", age := named.get("max-age", "")):
        return int(age) <= 0
    expires = http_date(named.get("expires", ""))
    return expires is not None and expires <= now
