"""What is said about an API, as plain values: documents are made from these alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeDescription:
    """One type of task.

    Attributes:
        name: as `type` says it. `path`: its own path below the base path, or None.
        input_schema, result_schema: JSON Schema 2020-12, with `$defs` of their own.
        retry_after: seconds that a client is asked to wait between two looks.
    """

    name: str
    summary: str
    description: str = ""
    path: str | None = None
    input_schema: Mapping[str, Any]
    result_schema: Mapping[str, Any]
    retry_after: float = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultDescription:
    """One kind of refusal: its word, its HTTP code and the title of its problem document."""

    kind: str
    status: int
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What a server takes at most, as its documents say it.

    Attributes:
        listed, most_listed: tasks on a page, where no `limit` is given and at most.
        longest_wait: seconds for which `Prefer: wait=N` holds an answer. `longest_key`: characters.
    """

    listed: int
    most_listed: int
    longest_wait: int
    longest_key: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """A served API.

    Attributes:
        server_url: origin and root path, without a slash at its end; empty where the document's own origin is meant.
        base_path: where the operations begin, below that.
        faults: every kind of refusal that the server knows. `bounds`: what it takes at most.
        secured: whether it asks for an API key. `limited`: whether it counts requests, and says so in every answer.
    """

    title: str
    version: str
    description: str = ""
    server_url: str = ""
    base_path: str = "/api"
    types: tuple[TypeDescription, ...]
    faults: tuple[FaultDescription, ...]
    bounds: Bounds
    secured: bool = False
    limited: bool = False
