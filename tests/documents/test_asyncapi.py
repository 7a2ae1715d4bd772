"""The one view over AsyncAPI 2.6 and 3."""

import pytest

from accepted.documents.asyncapi import AsyncDescription

DONE = {
    "name": "done",
    "payload": {"type": "object", "properties": {"id": {"type": "string"}}},
    "correlationId": {"location": "$message.payload#/id"},
}

TWO = {
    "asyncapi": "2.6.0",
    "channels": {
        "jobs/done": {"subscribe": {"operationId": "onDone", "message": {"$ref": "#/components/messages/Done"}}}
    },
    "components": {"messages": {"Done": DONE}},
}

THREE = {
    "asyncapi": "3.0.0",
    "channels": {"finished": {"address": "jobs/done", "messages": {"Done": {"$ref": "#/components/messages/Done"}}}},
    "operations": {"onDone": {"action": "send", "channel": {"$ref": "#/channels/finished"}}},
    "components": {"messages": {"Done": DONE}},
}


@pytest.mark.parametrize("data", [TWO, THREE])
def test_the_view_is_the_same(data):
    (operation,) = AsyncDescription(data).operations
    (message,) = operation.messages
    assert (operation.name, operation.action, operation.channel.address) == ("onDone", "send", "jobs/done")
    assert (message.name, message.key, message.pointer) == ("done", "Done", "/components/messages/Done")
    assert list(message.payload.properties) == ["id"]
    assert message.correlation_id == "$message.payload#/id"


def test_an_operation_of_three_may_name_some_of_its_channels_messages():
    messages = {"Done": DONE, "Failed": {"payload": {}}}
    data = {
        "asyncapi": "3.0.0",
        "channels": {"c": {"address": "c", "messages": messages}},
        "operations": {
            "some": {
                "action": "send",
                "channel": {"$ref": "#/channels/c"},
                "messages": [{"$ref": "#/channels/c/messages/Failed"}],
            },
        },
    }
    (operation,) = AsyncDescription(data).operations
    assert [one.name for one in operation.messages] == ["Failed"]


def test_alternatives_of_two():
    data = {"asyncapi": "2.6.0", "channels": {"c": {"publish": {"message": {"oneOf": [DONE, {"name": "failed"}]}}}}}
    (operation,) = AsyncDescription(data).operations
    assert (operation.key, [one.name for one in operation.messages]) == ("receive c", ["done", "failed"])


def test_a_trait_gives_what_the_message_lacks():
    message = {"payload": {}, "traits": [{"correlationId": {"location": "$message.header#/id"}, "name": "late"}]}
    data = {"asyncapi": "2.6.0", "channels": {"c": {"publish": {"message": message}}}}
    (one,) = AsyncDescription(data).operations[0].messages
    assert one.correlation_id == "$message.header#/id"


def test_a_payload_in_a_format_of_its_own():
    payload = {"schemaFormat": "application/schema+json", "schema": {"properties": {"id": {}}}}
    data = {"asyncapi": "2.6.0", "channels": {"c": {"publish": {"message": {"payload": payload}}}}}
    (one,) = AsyncDescription(data).operations[0].messages
    assert list(one.payload.properties) == ["id"]


@pytest.mark.parametrize(
    ("reply", "resolves"),
    [
        ({"address": {"location": "$message.header#/replyTo"}}, True),
        ({"channel": {"$ref": "#/channels/c"}}, True),
        ({"channel": {"$ref": "#/channels/nowhere"}}, False),
        ({}, False),
    ],
)
def test_a_reply_resolves_or_not(reply, resolves):
    data = {
        "asyncapi": "3.0.0",
        "channels": {"c": {}},
        "operations": {"ask": {"action": "receive", "channel": {"$ref": "#/channels/c"}, "reply": reply}},
    }
    (operation,) = AsyncDescription(data).operations
    assert operation.reply.resolves is resolves


def test_a_channel_that_is_not_there():
    data = {"asyncapi": "3.0.0", "operations": {"ask": {"action": "send", "channel": {"$ref": "#/channels/c"}}}}
    (operation,) = AsyncDescription(data).operations
    assert (operation.channel, operation.messages) == (None, ())
