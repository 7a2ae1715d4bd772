"""What the operations of a description are made of: parameters, bodies, answers, links.

What may live here: views over one place of a document, for OpenAPI 3 and Swagger 2, looked up when they are asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any, cast

from accepted.documents.nodes import Node, mapping
from accepted.documents.schemas import Schema, Schemas

_FIRST_WORDS = 200
_ERROR = re.compile(r"error|exception|fail|fault|problem|unexpected", re.IGNORECASE)


class Part:
    """What stands at one place of a document."""

    def __init__(self, schemas: Schemas, node: Node) -> None:
        self.schemas = schemas
        self.node = node

    @property
    def pointer(self) -> str:
        """The JSON pointer to it, into `file`."""
        return self.node.pointer

    @property
    def file(self) -> str:
        """The file that it stands in; "" for the document itself."""
        return self.node.file

    @property
    def description(self) -> str:
        """Its description, or ""."""
        return self.node.text("description")

    @cached_property
    def extensions(self) -> Mapping[str, Any]:
        """Its members whose names begin with `x-`."""
        return {name: value for name, value in mapping(self.node.value).items() if str(name).startswith("x-")}

    def named(self, key: str) -> Iterator[tuple[str, Node]]:
        """The members below a key, references followed."""
        for name, node in members(self.node.get(key)):
            found = self.schemas.files.follow(node)
            if found is not None:
                yield name, found


class Parameter(Part):
    """A parameter, or a header of an answer."""

    @property
    def name(self) -> str:
        """Its name; "" for a header, whose name is its key."""
        return self.node.text("name")

    @property
    def where(self) -> str:
        """`path`, `query`, `querystring`, `header`, `cookie`; of Swagger also `body` and `formData`."""
        return self.node.text("in")

    @property
    def required(self) -> bool:
        """Whether it has to be given."""
        return mapping(self.node.value).get("required") is True

    @cached_property
    def schema(self) -> Schema | None:
        """Its schema; that of Swagger is the parameter itself."""
        content = next((media for _, media in members(self.node.get("content"))), None)
        return self.schemas(self.node.get("schema") or (content and content.get("schema")) or self.node)


class Media(Part):
    """A body in one media type."""

    def __init__(self, schemas: Schemas, node: Node, media_type: str, schema: Node | None) -> None:
        super().__init__(schemas, node)
        self.media_type = media_type
        self._schema = schema

    @cached_property
    def schema(self) -> Schema | None:
        """The schema of the body; for a sequence (3.2), that of one item."""
        return self.schemas(self._schema)

    @cached_property
    def examples(self) -> Mapping[str, Node]:
        """Its examples by name: the values, where they stand; a single `example` has the name ""."""
        return dict(self.each_example())

    def each_example(self) -> Iterator[tuple[str, Node]]:
        """The same one after the other, for whoever needs only the first of them."""
        single = self.node.get("example")
        if single is not None:
            yield "", single
        for name, node in self.named("examples"):
            yield name, node.get("value") or node


class WithContent(Part):
    """What has a body."""

    @cached_property
    def content(self) -> tuple[Media, ...]:
        """The body, once for each media type."""
        return tuple(
            Media(self.schemas, node, name, node.get("schema") or node.get("itemSchema"))
            for name, node in members(self.node.get("content"))
        )

    @cached_property
    def media(self) -> Media | None:
        """The body as JSON where it is had as JSON, else in the first media type that has a schema."""
        ranked = sorted(self.content, key=lambda one: ("json" not in one.media_type, one.schema is None))
        return ranked[0] if ranked else None

    @property
    def schema(self) -> Schema | None:
        """The schema of `media`."""
        return self.media.schema if self.media else None


class Body(WithContent):
    """The body of a request."""

    @property
    def required(self) -> bool:
        """Whether it has to be sent."""
        return mapping(self.node.value).get("required") is True


class SwaggerBody(Body):
    """Swagger's one body parameter, or its form parameters as one object."""

    def __init__(self, schemas: Schemas, node: Node, consumes: Iterable[str], schema: Node | None) -> None:
        super().__init__(schemas, node)
        self._consumes = tuple(consumes)
        self._schema = schema

    @cached_property
    def content(self) -> tuple[Media, ...]:
        """The body, once for each media type that the operation consumes."""
        return tuple(Media(self.schemas, self.node, one, self._schema) for one in self._consumes)


class Link(Part):
    """What may be asked next, with which values of this answer."""

    @property
    def operation_id(self) -> str:
        """The operation that it leads to, or "" where `operation_ref` names it."""
        return self.node.text("operationId")

    @property
    def operation_ref(self) -> str:
        """A reference to the operation that it leads to, or ""."""
        return self.node.text("operationRef")

    @property
    def parameters(self) -> Mapping[str, Any]:
        """Parameters of that operation and the runtime expressions that they are taken from."""
        return mapping(mapping(self.node.value).get("parameters"))


class Answer(WithContent):
    """An answer of an operation, by its code (`202`, `2XX`, `default`)."""

    def __init__(self, schemas: Schemas, node: Node, code: str, produces: Iterable[str]) -> None:
        super().__init__(schemas, node)
        self.code = code
        self._produces = tuple(produces)

    @property
    def ok(self) -> bool:
        """Whether it is one of the codes of success."""
        return self.code.startswith("2")

    @property
    def fails(self) -> bool:
        """Whether its text or the name of its schema says that it tells of an error."""
        return bool(_ERROR.search(f"{self.description[:_FIRST_WORDS]} {self.schema.name if self.schema else ''}"))

    @cached_property
    def headers(self) -> Mapping[str, Parameter]:
        """Its headers, by their names in small letters."""
        return {name.lower(): Parameter(self.schemas, node) for name, node in self.named("headers")}

    @cached_property
    def content(self) -> tuple[Media, ...]:
        """The body, once for each media type; Swagger's schema stands for each that the operation produces."""
        schema = self.node.get("schema")
        if schema is None:
            return super().content
        return tuple(SwaggerMedia(self.schemas, self.node, one, schema) for one in self._produces)

    @property
    def examples(self) -> Mapping[str, Node]:
        """The examples of `media`."""
        return self.media.examples if self.media else {}

    @cached_property
    def links(self) -> Mapping[str, Link]:
        """Its links, by name."""
        return {name: Link(self.schemas, node) for name, node in self.named("links")}


class SwaggerMedia(Media):
    """Swagger's answer in one media type; its examples are named by media types."""

    def each_example(self) -> Iterator[tuple[str, Node]]:
        """The example of this media type, under the name ""."""
        found = self.node.get("examples", self.media_type)
        if found is not None:
            yield "", found


def members(node: Node | None) -> Iterable[tuple[str, Node]]:
    """The members of a node with their names, or nothing where there is no node."""
    return cast("Iterable[tuple[str, Node]]", ()) if node is None else node.members()
