"""One view over OpenAPI 3.0, 3.1, 3.2 and Swagger 2.

What may live here: `Description` and what it is made of. It reads nothing and judges nothing: everything is looked up
when it is asked for, and a part that is absent or of the wrong type is empty.
Swagger's body and form parameters, `produces` and `schema` of an answer are shown as OpenAPI 3 has them.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from accepted.documents.nodes import Files, Loader, Node, mapping, texts
from accepted.documents.parts import Answer, Body, Link, Parameter, Part, SwaggerBody, members
from accepted.documents.schemas import Schemas

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")


class Callback(Part):
    """A request that the service makes: the expression of its URL, and its operations."""

    def __init__(self, description: Description, node: Node, name: str, expression: str) -> None:
        super().__init__(description.schemas, node)
        self.name = name
        self.expression = expression
        self.operations = tuple(_operations_of(description, node, expression))


class Operation(Part):
    """One method of one path.

    Attributes:
        method: in capitals.
        path: as the document writes it.
    """

    def __init__(self, description: Description, node: Node, method: str, path: str, item: Node) -> None:
        super().__init__(description.schemas, node)
        self._description = description
        self._item = item
        self.method = method
        self.path = path

    def __repr__(self) -> str:
        return f"<{self.method} {self.path}>"

    @property
    def key(self) -> str:
        """What people call it: its operationId, else `METHOD path`."""
        return self.operation_id or self.route

    @property
    def route(self) -> str:
        """`METHOD path`."""
        return f"{self.method} {self.path}"

    @property
    def operation_id(self) -> str:
        """Its operationId, or ""."""
        return self.node.text("operationId")

    @property
    def summary(self) -> str:
        """Its summary, or ""."""
        return self.node.text("summary")

    @cached_property
    def tags(self) -> tuple[str, ...]:
        """Its tags."""
        return tuple(texts(mapping(self.node.value).get("tags")))

    @property
    def deprecated(self) -> bool:
        """Whether it says that it is."""
        return mapping(self.node.value).get("deprecated") is True

    @cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        """Its parameters and those of its path that it does not replace; Swagger's body and form are not among them."""
        return tuple(one for one in self._all_parameters if one.where not in {"body", "formData"})

    @cached_property
    def body(self) -> Body | None:
        """The body of its request."""
        node = self.schemas.files.at(self.node, "requestBody")
        return self._swagger_body() if node is None else Body(self.schemas, node)

    @cached_property
    def responses(self) -> Mapping[str, Answer]:
        """Its answers, by code."""
        produces = self._media_types("produces")
        return {
            code: Answer(self.schemas, node, code, produces)
            for code, node in self.named("responses")
            if not code.startswith("x-")
        }

    @cached_property
    def successes(self) -> tuple[Answer, ...]:
        """Its answers of a 2xx code, 202 first."""
        found = [one for one in self.responses.values() if one.ok]
        return tuple(sorted(found, key=lambda one: (one.code != "202", one.code)))

    @cached_property
    def answers(self) -> tuple[Answer, ...]:
        """Its successes; where it declares nothing but a default, that, unless it tells of an error."""
        alone = self.responses.get("default") if len(self.responses) == 1 else None
        return self.successes or (() if alone is None or alone.fails else (alone,))

    @property
    def failures(self) -> tuple[Answer, ...]:
        """Its answers of a 4xx or 5xx code, and what it answers by default unless that is all there is of a success."""
        failed = (one for one in self.responses.values() if one.code[:1] in {"4", "5", "d"})
        return tuple(one for one in failed if one not in self.answers)

    @cached_property
    def callbacks(self) -> tuple[Callback, ...]:
        """The requests that it makes the service send."""
        return tuple(
            Callback(self._description, found, name, expression)
            for name, node in self.named("callbacks")
            for expression, below in node.members()
            if not expression.startswith("x-") and (found := self.schemas.files.follow(below))
        )

    @cached_property
    def security(self) -> tuple[Mapping[str, Any], ...]:
        """Its security requirements, else the document's; one of them is to be met."""
        own = self.node.get("security") or self._description.files.root.get("security")
        return () if own is None else tuple(mapping(one.value) for one in own.items())

    @property
    def secured(self) -> bool:
        """Whether a caller has to authenticate."""
        return bool(self.security) and all(self.security)

    @cached_property
    def _all_parameters(self) -> tuple[Parameter, ...]:
        found: dict[tuple[str, str], Parameter] = {}
        for place in (self._item, self.node):
            for one in self._parameters_at(place):
                found[one.where, one.name] = one
        return tuple(found.values())

    def _parameters_at(self, place: Node) -> Iterator[Parameter]:
        several = place.get("parameters")
        for node in several.items() if several else ():
            found = self.schemas.files.follow(node)
            if found is not None:
                yield Parameter(self.schemas, found)

    def _media_types(self, key: str) -> list[str]:
        own = texts(mapping(self.node.value).get(key))
        return own or texts(mapping(self._description.files.root.value).get(key)) or ["application/json"]

    def _swagger_body(self) -> Body | None:
        consumes = self._media_types("consumes")
        for one in self._all_parameters:
            if one.where == "body":
                return SwaggerBody(self.schemas, one.node, consumes, one.node.get("schema"))
        form = {one.name: one.node.value for one in self._all_parameters if one.where == "formData"}
        if not form:
            return None
        place = Node({"type": "object", "properties": form}, f"{self.pointer}/parameters", self.file)
        return SwaggerBody(self.schemas, place, consumes, place)


class Description:
    """An OpenAPI or Swagger document.

    Args:
        data: the document, as plain Python values.
        load: reads the files that it refers to; see `nodes.Loader`.

    Example:
        `[one.key for one in Description(json.loads(text)).operations]`
    """

    def __init__(self, data: object, load: Loader | None = None) -> None:
        self.files = Files(data, load)
        self.schemas = Schemas(self.files)

    @property
    def version(self) -> str:
        """What the document says: `2.0`, `3.0.4`, `3.1.1`, `3.2.0`; "" where it is neither OpenAPI nor Swagger."""
        root = mapping(self.files.root.value)
        return str(root.get("openapi") or root.get("swagger") or "")

    @property
    def title(self) -> str:
        """The title of the API, or ""."""
        return self.files.root.text("info", "title")

    @property
    def description(self) -> str:
        """The introduction of the API, or ""."""
        return self.files.root.text("info", "description")

    @cached_property
    def operations(self) -> tuple[Operation, ...]:
        """Every operation of every path, in the document's order."""
        return tuple(self._operations_below("paths", "x-ms-paths"))

    @cached_property
    def webhooks(self) -> tuple[Operation, ...]:
        """The requests that the service makes to a URL that was registered; their `path` is the webhook's name."""
        return tuple(self._operations_below("webhooks", "x-webhooks"))

    @cached_property
    def by_id(self) -> Mapping[str, Operation]:
        """The operations that have an operationId, by it; of several with the same, the first."""
        return {one.operation_id: one for one in reversed(self.operations) if one.operation_id}

    @cached_property
    def by_pointer(self) -> Mapping[tuple[str, str], Operation]:
        """The operations by file and JSON pointer."""
        return {(one.file, one.pointer): one for one in self.operations}

    @cached_property
    def callers(self) -> tuple[Operation, ...]:
        """The operations that make the service send a request."""
        return tuple(one for one in self.operations if one.callbacks)

    @cached_property
    def _read(self) -> list[str]:
        """The paths that have a GET, sorted."""
        return sorted(one.path for one in self.operations if one.method == "GET")

    def reads(self, beginning: str) -> str | None:
        """The first of the paths with a GET that begin so, in the order of letters; found without a search."""
        number = bisect_left(self._read, beginning)
        found = self._read[number] if number < len(self._read) else ""
        return found if found.startswith(beginning) else None

    def linked(self, link: Link) -> Operation | None:
        """The operation that a link leads to, or None where it leads nowhere."""
        if not link.operation_ref:
            return self.by_id.get(link.operation_id)
        node = self.files.find(link.operation_ref, link.file)
        return self.by_pointer.get((node.file, node.pointer)) if node else None

    def _operations_below(self, *keys: str) -> Iterator[Operation]:
        for key in keys:
            for path, node in members(self.files.root.get(key)):
                found = None if path.startswith("x-") else self.files.follow(node)
                if found is not None:
                    yield from _operations_of(self, found, path)


def _operations_of(description: Description, item: Node, path: str) -> Iterator[Operation]:
    """The operations of one path item, the additional ones of 3.2 included."""
    for name, node in item.members():
        if name in METHODS and isinstance(node.value, dict):
            yield Operation(description, node, name.upper(), path, item)
    for name, node in members(item.get("additionalOperations")):
        if isinstance(node.value, dict):
            yield Operation(description, node, name.upper(), path, item)
