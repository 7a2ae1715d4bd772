"""How a simulated operation of Azure goes on: what its word is at a moment, and what its documents say of it.

What may live here: values and functions of them and of a moment. What is answered to whom is in `azure_lro`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

Document = dict[str, Any]

FAILURE: Document = {"code": "QuotaExceeded", "message": "Operation could not be completed: no cores are left."}

_WORKING: Mapping[str, str] = {"PUT": "Creating", "PATCH": "Updating", "DELETE": "Deleting", "POST": "Running"}
_ENDS: Mapping[str, str] = {"failed": "Failed", "cancelled": "Canceled", "two-l": "Cancelled"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One accepted operation. `done` is the moment (epoch seconds) at which it ends; `end` the word it ends with."""

    id: str
    number: int
    method: str
    path: str
    version: str
    body: Any
    created: float
    done: float
    end: str = "Succeeded"

    def over(self, now: float) -> bool:
        """Whether it has ended."""
        return now >= self.done

    def completed(self, now: float) -> bool:
        """Whether it has ended well."""
        return self.over(now) and self.end == "Succeeded"

    def word(self, now: float, *, strange: bool) -> str:
        """The word of its status monitor; `strange`: one that nobody documented, until the end."""
        unfinished = (
            "Wobbling" if strange else "NotStarted" if now < min(self.created + 1.0, self.done - 1.0) else "InProgress"
        )
        return self.end if self.over(now) else unfinished

    def status(self, now: float, *, strange: bool) -> Document:
        """The document of its status monitor (the guidelines' `id`, `status`, `error`; ARM's `percentComplete`)."""
        share = 1.0 if self.over(now) else (now - self.created) / (self.done - self.created)
        document: Document = {
            "id": f"/operations/{self.id}",
            "name": self.id,
            "status": self.word(now, strange=strange),
            "percentComplete": round(100 * share),
        }
        failed = self.over(now) and self.end != "Succeeded"
        return {**document, "error": FAILURE} if failed else document

    def resource(self, now: float, *, settled: float = 0.0, end: str | None = None) -> Document:
        """The resource that it works on; it shows its end `settled` seconds late, and `end` instead of its own."""
        name = self.path.rpartition("/")[2]
        over = now >= self.done + settled
        properties: Document = {"provisioningState": (end or self.end) if over else _WORKING[self.method]}
        properties = {**_properties(self.body), **properties}
        if over and self.end != "Succeeded":
            properties["error"] = FAILURE
        return {"id": self.path, "name": name, "properties": properties}

    def result(self) -> Document:
        """What a POST yields."""
        return {"id": self.id, "name": self.path.rpartition("/")[2], "output": self.body}


def _properties(body: Any) -> Document:
    """Those that a resource was given."""
    given: Any = cast("Document", body).get("properties") if isinstance(body, dict) else None
    return cast("Document", given) if isinstance(given, dict) else {}


def end_of(scenarios: frozenset[str]) -> str:
    """The word with which operations end."""
    return next((word for name, word in _ENDS.items() if name in scenarios), "Succeeded")
