"""One view over AsyncAPI 2.6 and 3.

What may live here: `AsyncDescription` and what it is made of, looked up when it is asked for, as in `openapi`.
An operation of 2.6 (`publish` or `subscribe` of a channel) is shown as 3 has it: what the described application does,
`receive` or `send`. In 2.6 the words are those of its counterpart, so `subscribe` is `send`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from accepted.documents.nodes import Files, Loader, Node, mapping
from accepted.documents.parts import Part, members
from accepted.documents.schemas import Schema, Schemas

_ACTIONS = {"subscribe": "send", "publish": "receive"}


class Channel(Part):
    """Where messages go.

    Attributes:
        name: its key in the document.
    """

    def __init__(self, schemas: Schemas, node: Node, name: str) -> None:
        super().__init__(schemas, node)
        self.name = name

    @property
    def address(self) -> str:
        """Its address; in 2.6 its key is the address."""
        return self.node.text("address") or self.name


class Message(Part):
    """A message, its traits included.

    Attributes:
        key: its key in the document, or "".
    """

    def __init__(self, schemas: Schemas, node: Node, key: str) -> None:
        super().__init__(schemas, node)
        self.key = key

    @property
    def name(self) -> str:
        """Its name, or its key."""
        return self.node.text("name") or self.key

    @property
    def title(self) -> str:
        """Its title, or summary, or ""."""
        return self.node.text("title") or self.node.text("summary")

    @cached_property
    def payload(self) -> Schema | None:
        """The schema of its payload, also within a Multi Format Schema Object."""
        node = self._member("payload")
        formatted = node is not None and node.get("schemaFormat") is not None
        return self.schemas(self.schemas.files.at(node, "schema") if formatted else node)

    @cached_property
    def headers(self) -> Schema | None:
        """The schema of its headers."""
        return self.schemas(self._member("headers"))

    @property
    def correlation_id(self) -> str:
        """The runtime expression of its correlation id (`$message.payload#/id`), or ""."""
        node = self._member("correlationId")
        return node.text("location") if node else ""

    @cached_property
    def examples(self) -> tuple[Node, ...]:
        """The payloads of its examples, where they stand."""
        several = self._member("examples")
        found = (one.get("payload") for one in (several.items() if several else ()))
        return tuple(one for one in found if one)

    def _member(self, key: str) -> Node | None:
        """A member of it, else of its first trait that has it."""
        files, traits = self.schemas.files, self.node.get("traits")
        places = (self.node, *(traits.items() if traits else ()))
        return next((found for place in places if (found := files.at(place, key))), None)


class Reply(Part):
    """Where an operation says that it is answered."""

    @property
    def address(self) -> str:
        """The runtime expression of the address (`$message.header#/replyTo`), or ""."""
        node = self.schemas.files.at(self.node, "address")
        return node.text("location") if node else ""

    @property
    def channel(self) -> Node | None:
        """The channel, if there is one and its reference leads to it."""
        return self.schemas.files.at(self.node, "channel")

    @property
    def resolves(self) -> bool:
        """Whether it leads anywhere: to a channel that is there, or else to an address."""
        return self.channel is not None if self.node.get("channel") else bool(self.address)


class AsyncOperation(Part):
    """What the application does with the messages of a channel.

    Attributes:
        name: its key in the document; in 2.6 its operationId, or "".
        action: `send` or `receive`.
        channel: where; None where the reference leads nowhere.
    """

    def __init__(self, schemas: Schemas, node: Node, name: str, action: str, channel: Channel | None) -> None:
        super().__init__(schemas, node)
        self.name = name
        self.action = action
        self.channel = channel

    @property
    def key(self) -> str:
        """What people call it: its name, else its action and channel."""
        return self.name or f"{self.action} {self.channel.name if self.channel else ''}".strip()

    @property
    def summary(self) -> str:
        """Its summary, or title, or ""."""
        return self.node.text("summary") or self.node.text("title")

    @cached_property
    def messages(self) -> tuple[Message, ...]:
        """Its messages; in 3, where it names none, all of its channel."""
        own = self.node.get("messages")
        listed = (("", one) for one in own.items()) if own else self._channel_messages()
        return tuple(self._messages(listed))

    @cached_property
    def reply(self) -> Reply | None:
        """Where it is answered, if it is."""
        node = self.schemas.files.at(self.node, "reply")
        return Reply(self.schemas, node) if node else None

    def _channel_messages(self) -> Iterator[tuple[str, Node]]:
        """The messages of its channel; in 2.6 its own one, or the alternatives of it."""
        single = self.schemas.files.at(self.node, "message")
        if single is None:
            yield from members(self.channel.node.get("messages") if self.channel else None)
            return
        several = single.get("oneOf")
        yield from (("", one) for one in several.items()) if several else [("", self.node.get("message") or single)]

    def _messages(self, listed: Iterator[tuple[str, Node]]) -> Iterator[Message]:
        for key, node in listed:
            found = self.schemas.files.follow(node)
            if found is not None:
                yield Message(self.schemas, found, key or found.pointer.rpartition("/")[2])


class AsyncDescription:
    """An AsyncAPI document.

    Args:
        data: the document, as plain Python values.
        load: reads the files that it refers to; see `nodes.Loader`.

    Example:
        `[message.name for one in AsyncDescription(data).operations for message in one.messages]`
    """

    def __init__(self, data: object, load: Loader | None = None) -> None:
        self.files = Files(data, load)
        self.schemas = Schemas(self.files)

    @property
    def version(self) -> str:
        """What the document says: `2.6.0`, `3.0.0`; "" where it is no AsyncAPI document."""
        return str(mapping(self.files.root.value).get("asyncapi") or "")

    @property
    def title(self) -> str:
        """The title of the API, or ""."""
        return self.files.root.text("info", "title")

    @property
    def extensions(self) -> Mapping[str, Any]:
        """The members of the document whose names begin with `x-`."""
        return Part(self.schemas, self.files.root).extensions

    @cached_property
    def channels(self) -> Mapping[str, Channel]:
        """Its channels by their keys, references followed."""
        below = members(self.files.root.get("channels"))
        found = ((name, self.files.follow(node)) for name, node in below)
        return {name: Channel(self.schemas, node, name) for name, node in found if node}

    @cached_property
    def operations(self) -> tuple[AsyncOperation, ...]:
        """Every operation, in the document's order."""
        return tuple(self._of_three() if self.version.startswith("3") else self._of_two())

    def _of_three(self) -> Iterator[AsyncOperation]:
        at = {(one.file, one.pointer): one for one in self.channels.values()}
        for name, node in members(self.files.root.get("operations")):
            found = self.files.follow(node)
            if found is not None:
                where = self.files.at(found, "channel")
                channel = at.get((where.file, where.pointer)) if where else None
                yield AsyncOperation(self.schemas, found, name, found.text("action"), channel)

    def _of_two(self) -> Iterator[AsyncOperation]:
        for channel in self.channels.values():
            for word, action in _ACTIONS.items():
                node = self.files.at(channel.node, word)
                if node is not None:
                    yield AsyncOperation(self.schemas, node, node.text("operationId"), action, channel)
