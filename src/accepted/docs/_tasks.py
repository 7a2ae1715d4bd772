"""The schemas of what a task API takes and answers, type by type, and example documents of every status."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from accepted.core.task import Status
from accepted.docs._schemas import PLACE, Components, NoExample, ref
from accepted.docs.described import Described, TypeDescription

STATUSES = (
    Status.QUEUED,
    Status.IN_PROGRESS,
    Status.CANCELLING,
    Status.COMPLETED,
    Status.FAILED,
    Status.CANCELLED,
    Status.EXPIRED,
)
"""The words of a served task."""

EXAMPLE_ID = "task_k3Jv0Qm8T1x5ZrWb7Yc2Ng"

_MOMENT = {"type": "string", "format": "date-time"}
_MOMENTS = {
    "created_at": "2026-11-22T09:30:00.000Z",
    "started_at": "2026-11-22T09:30:00.250Z",
    "finished_at": "2026-11-22T09:30:41.500Z",
    "expires_at": "2026-11-29T09:30:41.500Z",
}
_REASONS = ("error", "deadline", "rejected", "result", "attempts", "internal")
_EXAMPLES = (Status.QUEUED, Status.IN_PROGRESS, Status.COMPLETED, Status.FAILED, Status.CANCELLED, Status.EXPIRED)


class Book:
    """The schemas of one API among the components of its document, and where each of them is.

    Attributes:
        status, problem, task, page, request: names of schemas.
        words: each type as a word in CamelCase, by its name. `inputs`, `tasks`: the name of its schema of those.
    """

    def __init__(self, described: Described) -> None:
        self.described = described
        self.components = Components()
        reserve = self.components.reserve
        self.status, self.problem, self.failure = reserve("TaskStatus"), reserve("Problem"), reserve("TaskFailure")
        self.progress, self.links = reserve("TaskProgress"), reserve("TaskLinks")
        self.task, self.page, self.request = reserve("Task"), reserve("TaskPage"), reserve("TaskRequest")
        self.words = _words([one.name for one in described.types])
        self.inputs, self._results, self.tasks, self._requests = (
            {name: reserve(word + part) for name, word in self.words.items()}
            for part in ("Input", "Result", "Task", "Request")
        )
        self.components.schemas |= dict(self._schemas())

    def _schemas(self) -> Iterator[tuple[str, Any]]:
        yield self.status, {"type": "string", "enum": list(STATUSES), "readOnly": True, "description": _STATUS_TOLD}
        yield self.problem, _problem(self.described)
        yield self.failure, _FAILURE
        yield self.progress, _PROGRESS
        yield self.links, _LINKS
        for one in self.described.types:
            yield self.inputs[one.name], self.components.adopt(one.input_schema)
            yield self._results[one.name], self.components.adopt(one.result_schema)
            yield self.tasks[one.name], self._task(one)
            yield self._requests[one.name], self._request(one)
        yield self.task, _one_of(self.tasks)
        yield self.request, _one_of(self._requests, optional=len(self._requests) == 1)
        yield self.page, _page(self.task)

    def _task(self, one: TypeDescription) -> dict[str, Any]:
        moments = {name: {"type": ["string", "null"], "format": "date-time"} for name in _MOMENTS}
        properties = {
            "id": {"type": "string", "minLength": 1, "description": "An opaque text."},
            "type": {"const": one.name},
            "status": ref(self.status),
            "progress": {"anyOf": [ref(self.progress), {"type": "null"}]},
            **moments,
            "created_at": _MOMENT,
            "attempt": {"type": "integer", "minimum": 0, "description": "How many times it was begun."},
            "result": ref(self._results[one.name]),
            "error": ref(self.failure),
            "links": ref(self.links),
        }
        required = [name for name in properties if name not in ("result", "error")]
        return {"type": "object", "description": f"A task of the type `{one.name}`.", "properties": properties} | {
            "required": required
        }

    def _request(self, one: TypeDescription) -> dict[str, Any]:
        alone = len(self.described.types) == 1
        properties = {
            "type": {"enum": [one.name, None]} if alone else {"const": one.name},
            "input": ref(self.inputs[one.name]),
            "callback_url": _CALLBACK_URL,
        }
        required = ["input"] if alone else ["type", "input"]
        return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}

    # ---- examples

    def input_examples(self, one: TypeDescription) -> dict[str, Any]:
        """An example of a type's input, by its name; none where nothing is known to fit its schema."""
        try:
            value = self.components.example(self.components.schemas[self.inputs[one.name]])
        except NoExample:
            return {}
        return {one.name: {"summary": one.summary, "value": value}}

    def request_examples(self) -> dict[str, Any]:
        """An example of a create for each type."""
        return {
            name: {**example, "value": {"type": name, "input": example["value"]}}
            for one in self.described.types
            for name, example in self.input_examples(one).items()
        }

    def task_examples(self, one: TypeDescription, *statuses: Status) -> dict[str, Any]:
        """An example document for each of these statuses."""
        found = {status: self._example(one, status) for status in statuses or _EXAMPLES}
        return {f"{one.name}_{status}": {"value": value} for status, value in found.items() if value is not None}

    def _example(self, one: TypeDescription, status: Status) -> dict[str, Any] | None:
        begun, final = status is not Status.QUEUED, status.final
        there = {"created_at": True, "started_at": begun, "finished_at": final, "expires_at": final}
        document: dict[str, Any] = {
            "id": EXAMPLE_ID,
            "type": one.name,
            "status": status,
            "progress": {"done": 3, "total": 12, "message": "page 3"} if status is Status.IN_PROGRESS else None,
            **{name: _MOMENTS[name] if is_there else None for name, is_there in there.items()},
            "attempt": int(begun),
            "links": _links(self.described.server_url + self.described.base_path, final=final),
        }
        match status:
            case Status.COMPLETED:
                return self._completed(one, document)
            case Status.FAILED:
                return {**document, "error": _FAILURE["examples"][0]}
            case _:
                return document

    def _completed(self, one: TypeDescription, document: dict[str, Any]) -> dict[str, Any] | None:
        try:
            result = self.components.example(self.components.schemas[self._results[one.name]])
        except NoExample:
            return None
        return {**document, "result": result}


def _links(base: str, *, final: bool) -> dict[str, str]:
    """The links of the example task."""
    place = f"{base}/tasks/{EXAMPLE_ID}"
    return {"self": place, "events": f"{place}/events", **({} if final else {"cancel": f"{place}/cancel"})}


def _words(names: Sequence[str]) -> dict[str, str]:
    """`render_report` as `RenderReport`, each another one, and none `Task`, which is what all of them are."""
    found: dict[str, str] = {}
    for name in names:
        parts = re.split(r"[^A-Za-z0-9]+", name)
        word = "".join(part[:1].upper() + part[1:] for part in parts)
        numbered = (word, *(f"{word}{number}" for number in range(2, len(names) + 2)))
        found[name] = next(one for one in numbered if one not in {"", "Task", *found.values()})
    return found


# ---- schemas that every API has

_STATUS_TOLD = "`completed`, `failed`, `cancelled` and `expired` are final: they never change again."

_CALLBACK_URL = {
    "type": ["string", "null"],
    "format": "uri",
    "pattern": "^https?://",
    "description": "Kept with the task; this server sends nothing there yet, so poll.",
}

_PROGRESS = {
    "type": "object",
    "properties": {
        "done": {"type": ["number", "null"]},
        "total": {"type": ["number", "null"]},
        "message": {"type": ["string", "null"]},
    },
}

_PLACE = {"type": "string", "format": "uri-reference"}

_ARTIFACT = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "media_type": {"type": "string"},
        "size": {"type": "integer", "minimum": 0, "description": "Bytes."},
        "url": _PLACE,
    },
    "required": ["name", "media_type", "size", "url"],
}

_LINKS = {
    "type": "object",
    "properties": {
        "self": {**_PLACE, "description": "Where the task is polled."},
        "events": _PLACE,
        "cancel": {**_PLACE, "description": "There while the task is not final."},
        "artifacts": {"type": "array", "items": _ARTIFACT, "description": "The files that the task yielded."},
    },
    "required": ["self", "events"],
}

_FAILURE: dict[str, Any] = {
    "type": "object",
    "description": "Why the task failed: a problem document (RFC 9457).",
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "detail": {"type": "string"},
        "reason": {"type": "string", "description": "One word: " + ", ".join(f"`{one}`" for one in _REASONS) + "."},
    },
    "required": ["type", "title", "detail", "reason"],
    "examples": [
        {
            "type": "#error",
            "title": "The task failed",
            "detail": "ValueError: no such template",
            "reason": "error",
        }
    ],
}


def _problem(described: Described) -> dict[str, Any]:
    wrong = {
        "type": "object",
        "properties": {
            "pointer": {"type": "string", "description": "A JSON pointer into the body, or the name of a field."},
            "detail": {"type": "string"},
        },
        "required": ["pointer", "detail"],
    }
    properties = {
        "type": {"type": "string", "enum": [*(f"#{one.kind}" for one in described.faults), "about:blank"]},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string", "format": "uri-reference", "description": "What the server logged it under."},
        "errors": {"type": "array", "items": wrong, "description": "Everything that is wrong, not only the first."},
    }
    told = "A refusal (RFC 9457). Programs go by `type`; `detail` is for people."
    required = ["type", "title", "status", "detail"]
    return {"type": "object", "description": told, "properties": properties, "required": required}


def _one_of(names: Mapping[str, str], *, optional: bool = False) -> dict[str, Any]:
    """One of several documents that their `type` tells apart; `optional` where it may be left out."""
    several: dict[str, Any] = {"oneOf": [ref(name) for name in names.values()]} if names else {"type": "object"}
    if not names or optional:
        return several
    mapping = {word: PLACE + name for word, name in names.items()}
    return {**several, "discriminator": {"propertyName": "type", "mapping": mapping}}


def _page(task: str) -> dict[str, Any]:
    properties = {
        "items": {"type": "array", "items": ref(task)},
        "next_cursor": {"type": ["string", "null"], "description": "null on the last page."},
    }
    return {"type": "object", "properties": properties, "required": ["items", "next_cursor"]}
