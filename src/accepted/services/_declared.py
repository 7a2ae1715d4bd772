"""A contract in a TOML file: the `http` contract with what a person says of one API.

What may live here: reading and checking such a file. What its fields do is for `http` to know.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from datetime import UTC, date, datetime
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import Any, cast

import msgspec

from accepted.core import codec
from accepted.core.codec import Struct
from accepted.core.contract import Contract, Credential, Facts, LinkNext, Listing, NextToken, NextUrl, Paging, Step
from accepted.errors import BadRequest
from accepted.services import http
from accepted.services._results import Result
from accepted.services._words import Given

_PLACES = re.compile(r"\{([a-z_]+)\}")


class Declaration(Struct, kw_only=True):
    """What a file may say beside the inputs of `http`, which are what a create sends where a person gives none.

    Attributes:
        name: begins refs and environment variables; the file's name unless given. `title`: what people read.
        base_url: where the API is; empty where only the caller knows.
        token_header, token_prefix: the field that carries the credential, and what stands before it.
        token_variables: environment variables that hold it, after ACCEPTED_<NAME>_TOKEN; a request then needs it.
        token_how: one sentence on how to get one.
        list_path: appended to the base URL: where tasks are listed. `items_pointer`: the list in the answer.
        next_pointer: what names the next page, a URL, or a token that is sent back as `next_param`; without one it is
            the answer's Link field.
        docs: a link to the API's own pages. `verified`, `checked`: against what, and when, the file was tried.
    """

    name: str = ""
    title: str = ""
    base_url: str = ""
    token_header: str = "Authorization"  # noqa: S105  # a field's name, no secret
    token_prefix: str = "Bearer "  # noqa: S105  # the same
    token_variables: list[str] = codec.field(default_factory=list[str])
    token_how: str = ""
    list_path: str = ""
    items_pointer: str = ""
    next_pointer: str = ""
    next_param: str = ""
    docs: str = ""
    verified: str = ""
    checked: date | None = None


def declared(path: str | Path) -> Contract[..., Result]:
    """The contract in a TOML file. Its fields are the inputs of `http` and those of `Declaration`.

    Example:
        name = "orders"
        base_url = "https://api.example.com/v1"
        path = "/orders"
        final_words = ["shipped"]

    Raises:
        BadRequest: the file cannot be read, or a field is unknown or of another type; it is named.
    """
    file = Path(path)
    fields = _fields(file)
    try:
        return _contract(file, fields)
    except codec.WrongShape as error:
        where = error.path.removeprefix("$").removeprefix(".")
        told = f"{where}: {error.reason}" + (f", got {error.value}" if error.value else "") if where else error.reason
        raise BadRequest(f"{file}: {told}") from None
    except ValueError as error:
        raise BadRequest(f"{file}: {error}") from None


def _fields(file: Path) -> dict[str, Any]:
    try:
        fields = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadRequest(f"cannot read {file}: {error.strerror}") from None
    except ValueError as error:  # of TOML, or of its encoding
        raise BadRequest(f"{file}: not TOML ({error})") from None
    known = [one.name for shape in (Declaration, http.Inputs) for one in codec.fields(shape)]
    for name in fields:
        if name not in known:
            near = get_close_matches(name, known, 1, 0.0)[0]
            raise BadRequest(f"{file}: unknown field {name!r}: did you mean {near!r}? There are: {', '.join(known)}")
    return fields


def _contract(file: Path, fields: Mapping[str, Any]) -> Contract[..., Result]:
    own = {one.name for one in codec.fields(Declaration)}
    said: Declaration = codec.convert({name: value for name, value in fields.items() if name in own}, Declaration)
    given = {name: value for name, value in fields.items() if name not in own}
    name = said.name or file.stem.lower().replace("_", "-")
    return http.made(
        name=name,
        title=said.title or name,
        base_url=said.base_url.rstrip("/"),
        inputs=_inputs(given),
        default=_default(given),
        headers=given.get("headers"),
        credential=_credential(said, name),
        listing=_listing(said),
        facts=Facts(
            verified=said.verified or f"by whoever wrote {file.name}",
            checked=said.checked or datetime.fromtimestamp(file.stat().st_mtime, UTC).date(),
            links={"docs": said.docs} if said.docs else {},
        ),
    )


def _default(given: Mapping[str, Any]) -> Given:
    known = {one.name for one in codec.fields(Given)}
    default: Given = codec.convert({name: value for name, value in given.items() if name in known}, Given)
    return default


def _inputs(given: Mapping[str, Any]) -> Any:
    """The inputs of `http` with other defaults; what the path names in braces is a further input, and needed."""
    places = _PLACES.findall(given.get("path", "") if isinstance(given.get("path"), str) else "")
    kinds = {one.name: one.type for one in codec.fields(http.Inputs)}
    if taken := [name for name in places if name in kinds]:
        raise ValueError(f"path: {taken[0]!r} is an input already, and cannot stand in braces")
    told = "".join(f"\n        {name}: what stands for {{{name}}} in the path." for name in places)
    shape = msgspec.defstruct(
        "Inputs",
        [*((name, str) for name in places), *((name, kinds[name], _fresh(value)) for name, value in given.items())],
        bases=(http.Inputs,),
        namespace={"__doc__": (http.Inputs.__doc__ or "").rstrip() + told},
        kw_only=True,
        forbid_unknown_fields=True,
    )
    codec.convert({**dict.fromkeys(places, "x"), **given}, shape)  # a wrong default is told now, not by each create
    return shape


def _fresh(value: Any) -> Any:
    """A default of its own for every create."""
    match value:
        case dict():
            return codec.field(default_factory=partial(dict[str, Any], cast("dict[str, Any]", value)))
        case list():
            return codec.field(default_factory=partial(list[Any], cast("list[Any]", value)))
        case _:
            return value


def _credential(said: Declaration, name: str) -> Credential:
    variable = f"ACCEPTED_{name.upper().replace('-', '_')}_TOKEN"
    return Credential(
        header=said.token_header,
        prefix=said.token_prefix,
        variables=tuple(said.token_variables),
        optional=not said.token_variables,
        how=said.token_how or f"Put it into {(said.token_variables or [variable])[0]}",
    )


def _listing(said: Declaration) -> Listing | None:
    if not said.list_path:
        return None
    pages = cast("Paging", LinkNext())
    if said.next_pointer:
        pages = NextToken(said.next_param, said.next_pointer) if said.next_param else NextUrl(said.next_pointer)
    path = "/" + said.list_path.removeprefix("/")
    return Listing(step=Step(name="list", method="GET", path=path, items=said.items_pointer, pages=pages))
