"""AA: the events of tasks, alone and beside the OpenAPI document of the same run; AsyncAPI 2.6 and 3 alike."""

import json
from copy import deepcopy
from pathlib import Path

import pytest

from accepted.documents.source import load
from accepted.lint.config import Config
from accepted.lint.files import Given
from accepted.lint.run import run

OPENAPI = load(Path(__file__).parent / "good_202.yaml").data

RENDER = {
    "type": "object",
    "properties": {
        "id": {"type": "string"},
        "status": {"enum": ["completed", "failed", "cancelled"]},
        "film_url": {"type": "string"},
    },
}
ENDED = {"name": "renderEnded", "correlationId": {"location": "$message.payload#/id"}, "payload": RENDER}

THREE = {
    "asyncapi": "3.0.0",
    "info": {"title": "Acme Render", "version": "1.0.0"},
    "channels": {"ended": {"address": "renders", "messages": {"renderEnded": ENDED}}},
    "operations": {"renderEnded": {"action": "send", "channel": {"$ref": "#/channels/ended"}}},
}
TWO = {
    "asyncapi": "2.6.0",
    "info": {"title": "Acme Render", "version": "1.0.0"},
    "channels": {"renders": {"subscribe": {"operationId": "renderEnded", "message": ENDED}}},
}
MESSAGES = {"3": ("channels", "ended", "messages", "renderEnded"), "2": ("channels", "renders", "subscribe", "message")}
DOCUMENTS = {"3": THREE, "2": TWO}
OLD = {"3": set(), "2": {"AA601"}}
each_version = pytest.mark.parametrize("version", DOCUMENTS)


def made(version, **change):
    """A document of that version with another message."""
    document = deepcopy(DOCUMENTS[version])
    place = document
    for step in MESSAGES[version]:
        place = place[step]
    place.update(deepcopy(change))
    for name in [name for name, value in change.items() if value is None]:
        del place[name]
    return document


def found(*documents):
    given = [Given(f"{number}.json", content=json.dumps(one)) for number, one in enumerate(documents)]
    report = run(given, Config(select=("AA",)))
    assert report.failures == ()
    return report.findings


def ids(*documents):
    return {one.rule.id for one in found(*documents)}


def payload(**properties):
    return {"type": "object", "properties": {**RENDER["properties"], **properties}}


@each_version
def test_a_whole_document_has_no_finding_but_its_age_alone_and_beside_openapi(version) -> None:
    assert ids(made(version)) == ids(made(version), OPENAPI) == OLD[version]


@each_version
@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"payload": None}, "no payload"),
        ({"correlationId": None}, "which task"),
        ({"payload": payload(status={"enum": ["queued", "completed"]})}, "success is an event, and failure is none"),
    ],
)
def test_an_event_that_lacks_something_is_told_what(version, change, words) -> None:
    assert any(words in one.message for one in found(made(version, **change)) if one.rule.id == "AA602")


@each_version
@pytest.mark.parametrize(
    ("properties", "location", "words"),
    [
        ({"renderId": {}, "status": {}}, None, "let `correlationId` be `$message.payload#/renderId`"),
        ({"userId": {}, "id": {}}, None, "let `correlationId` be `$message.payload#/id`"),
        ({"userId": {}, "renderId": {}}, None, "let `correlationId` be `$message.payload#/renderId`"),
        ({"status": {}}, None, "add the id of the task to its payload"),
        ({"renderId": {}}, "$message.payload#/id", "is `$message.payload#/id`, which it does not have"),
        ({"renderId": {}}, "$message.header#/id", None),  # the headers have no schema: nobody can tell
        ({"render": {"properties": {"id": {}}}}, "$message.payload#/render/id", None),
        ({"render": {"properties": {"id": {}}}}, "$message.payload#/render/key", "which it does not have"),
        ({"render": {"type": "object"}}, "$message.payload#/render/key", None),
    ],
)
def test_a_correlation_id_leads_to_what_the_message_has(version, properties, location, words) -> None:
    correlation = {"location": location} if location else None
    document = made(version, correlationId=correlation, payload={"properties": properties})
    told = [one.message for one in found(document) if one.rule.id == "AA602" and "failure" not in one.message]
    assert [words in one for one in told] == ([True] if words else [])


@each_version
@pytest.mark.parametrize(
    ("properties", "words"),
    [
        ({"status": {"enum": ["done", "failed"]}}, "`done` is unknown to `getRender`"),
        ({"id": {"type": "integer"}}, "`id` is integer, and in `getRender` string"),
    ],
)
def test_an_event_in_other_words_than_the_poll_is_an_error(version, properties, words) -> None:
    told = [one for one in found(made(version, payload=payload(**properties)), OPENAPI) if one.rule.id == "AA604"]
    assert [words in one.message for one in told] == [True]
    assert (str(told[0].severity), told[0].pair) == ("error", "getRender")


def test_the_id_of_the_task_is_one_property_whatever_it_is_called() -> None:
    event = {"properties": {"renderId": {"type": "string"}, "status": {"enum": ["finished", "broken"]}}}
    told = [one.message for one in found(made("3", payload=event), OPENAPI) if one.rule.id == "AA604"]
    assert ["`finished`, `broken` is unknown to `getRender`" in one for one in told] == [True]


def test_an_event_about_something_else_is_not_compared() -> None:
    other = {"type": "object", "properties": {"order": {"type": "string"}, "status": {"enum": ["paid", "failed"]}}}
    assert "AA604" not in ids(made("3", payload=other), OPENAPI)


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ({"channel": {"$ref": "#/channels/ended"}}, set()),
        ({"address": {"location": "$message.header#/replyTo"}}, set()),
        ({"channel": {"$ref": "#/channels/nowhere"}}, {"AA603"}),
        ({}, {"AA603"}),
    ],
)
def test_a_promised_reply_leads_somewhere(reply, expected) -> None:
    document = made("3")
    document["operations"]["create"] = {"action": "receive", "channel": {"$ref": "#/channels/ended"}, "reply": reply}
    assert ids(document) == expected


def undescribed():
    document = deepcopy(OPENAPI)
    del document["paths"]["/renders"]["post"]["callbacks"]
    return document


def test_events_are_described_by_callbacks_by_asyncapi_or_by_a_link() -> None:
    linked = {**undescribed(), "externalDocs": {"url": "https://acme.test/asyncapi.yaml"}}
    assert ids(undescribed()) == {"AA601"}
    assert ids(OPENAPI) == ids(undescribed(), THREE) == ids(linked) == set()


def test_messages_that_are_not_about_tasks_are_not_judged() -> None:
    speech = {
        "asyncapi": "3.0.0",
        "info": {"title": "Speech", "version": "1"},
        "channels": {"listen": {"messages": {"Results": {"payload": {"properties": {"text": {"type": "string"}}}}}}},
        "operations": {"hear": {"action": "send", "channel": {"$ref": "#/channels/listen"}}},
    }
    assert ids(speech) == set()
