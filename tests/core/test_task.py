import json
from dataclasses import fields, replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accepted.core.codec import WrongShape
from accepted.core.task import (
    Artifact,
    Counts,
    Doing,
    Private,
    Progress,
    Status,
    Task,
    document,
    load,
    make_ref,
    moment,
    split_ref,
    store,
)
from accepted.errors import BadRequest

NOW = 1_800_000_000.0
QUICK = settings(max_examples=200, derandomize=True, database=None, deadline=None)

TEXT = st.text(max_size=20)
MAYBE = st.none() | TEXT
MOMENTS = st.none() | st.datetimes(datetime(1970, 1, 2), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  # bounds
SECONDS = st.none() | st.floats(0, 4e9)
WORDS = st.dictionaries(TEXT, TEXT, max_size=2)

DOING = st.builds(
    Doing,
    operation=TEXT,
    step=st.integers(0, 9),
    page=st.integers(0, 9),
    cursor=MAYBE,
    yields=WORDS,
    sent_at=SECONDS,
    made_at=SECONDS,
    looking_since=SECONDS,
    requested_at=SECONDS,
    failures=st.integers(0, 99),
    polls=st.integers(0, 99),
    found=st.lists(TEXT, max_size=2).map(tuple),
    asked_at=SECONDS,
    not_before=st.floats(0, 4e9),
    reopened_at=SECONDS,
    reopened_after=MOMENTS,
)
PRIVATE = st.builds(
    Private, inputs=st.none() | st.binary(), cookies=WORDS, yields=WORDS, etags=WORDS, callback_url=MAYBE
)
TASKS = st.builds(
    Task,
    service=TEXT,
    id=MAYBE,
    status=st.sampled_from(Status),
    service_status=MAYBE,
    outcome=st.sampled_from([None, "all", "some", "none"]),
    reason=MAYBE,
    message=MAYBE,
    progress=st.none() | st.builds(Progress, fraction=st.none() | st.floats(0, 1), text=MAYBE),
    counts=st.none() | st.builds(Counts, total=st.integers(0, 9)),
    retry_after=SECONDS,
    created_at=MOMENTS,
    updated_at=MOMENTS,
    attempt=st.integers(1, 9),
    anomalies=st.lists(TEXT, max_size=2).map(tuple),
    key=MAYBE,
    marker=TEXT,
    raw=st.none() | st.binary(),
    documents=st.dictionaries(TEXT, st.lists(st.binary(), max_size=2).map(tuple), max_size=2),
    doing=DOING,
    private=PRIVATE,
)


@pytest.mark.parametrize(
    ("status", "final"),
    [
        ("submitting", False),
        ("queued", False),
        ("in_progress", False),
        ("input_required", False),
        ("paused", False),
        ("cancelling", False),
        ("unknown", False),
        ("completed", True),
        ("failed", True),
        ("cancelled", True),
        ("expired", True),
        ("gone", True),
    ],
)
def test_the_canonical_words(status, final):
    assert Status(status).final == final


def test_there_are_no_other_words():
    assert len(Status) == 12


@pytest.mark.parametrize(
    ("status", "outcome", "ok"),
    [
        (Status.COMPLETED, None, True),
        (Status.COMPLETED, "all", True),
        (Status.COMPLETED, "some", False),
        (Status.COMPLETED, "none", False),
        (Status.FAILED, None, False),
        (Status.IN_PROGRESS, "all", False),
    ],
)
def test_ok(status, outcome, ok):
    assert Task(service="toy", status=status, outcome=outcome).ok == ok


# ---- refs


@pytest.mark.parametrize(
    ("task", "ref"),
    [
        (Task(service="toy", id="t1"), "toy:t1"),
        (Task(service="toy", id="a/b:c d"), "toy:a%2Fb%3Ac%20d"),
        (Task(service="toy", id="@x"), "toy:%40x"),  # never mistaken for a marker
        (Task(service="toy", marker="accepted-1"), "toy:@accepted-1"),
    ],
)
def test_refs(task, ref):
    assert task.ref == ref


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("toy:t1", ("toy", "t1")),
        ("toy:a%2Fb%3Ac", ("toy", "a/b:c")),
        ("toy:a:b", ("toy", "a:b")),
        ("t1", (None, "t1")),
        ("50%25", (None, "50%25")),  # an id is taken as it is
        (":x", ("", "x")),
        ("toy:", ("toy", "")),
    ],
)
def test_split_ref(text, parts):
    assert split_ref(text) == parts


@QUICK
@given(st.text(alphabet=st.characters(codec="utf-8"), min_size=1))
def test_any_id_survives_its_ref(task_id):
    ref = make_ref("toy", task_id)
    assert split_ref(ref) == ("toy", task_id)
    assert ref.isascii()
    assert not set(ref) & set(" \t\n/?#&'\"\\$*;|<>()")  # fit for a shell, a URL and a table


# ---- storing


@QUICK
@given(TASKS)
def test_any_task_survives_the_journal(task):
    again = load(*store(task))
    assert again == task
    assert again.private == task.private


def test_nothing_private_is_in_the_open_record():
    private = Private(
        inputs=b"hush", cookies={"a": "hush"}, yields={"b": "hush"}, etags={"a": "hush"}, callback_url="hush"
    )
    record, kept = store(
        Task(service="toy", id="t1", private=private, value="hush", artifacts=(Artifact(name="hush"),))
    )
    assert b"hush" not in record
    assert load(record, kept).private == private


def test_what_can_be_computed_again_is_not_stored():
    again = load(*store(Task(service="toy", value=1, artifacts=(Artifact(name="a"),))))
    assert (again.value, again.artifacts) == (None, ())


@pytest.mark.parametrize(
    ("record", "private"),
    [(b"", b"{}"), (b"[]", b"{}"), (b"{}", b"{}"), (b'{"service": 1}', b"{}"), (b'{"service": "toy"}', b"7")],
)
def test_what_nobody_stored_cannot_be_loaded(record, private):
    with pytest.raises(WrongShape):
        load(record, private)


def test_a_record_with_fields_of_a_later_version_is_loaded():
    assert load(b'{"service": "toy", "later": 1}', b'{"later": 1}') == Task(service="toy")


# ---- showing


def test_the_document_is_json_and_shows_nothing_private():
    task = Task(
        service="toy",
        id="t1",
        status=Status.COMPLETED,
        created_at=moment(NOW),
        progress=Progress(fraction=1.0),
        counts=Counts(total=3, completed=2, failed=1),
        outcome="some",
        raw=b'{"secret": 1}',
        private=Private(yields={"monitor": "hush"}),
        doing=Doing(yields={"x": "inner"}),
        value={"rows": [1]},
    )
    shown = json.loads(json.dumps(document(task)))
    assert shown["ref"] == "toy:t1"
    assert shown["status"] == "completed"
    assert shown["ok"] is False
    assert shown["created_at"] == "2027-01-15T08:00:00Z"
    assert shown["counts"]["failed"] == 1
    assert shown["result"] == {"rows": [1]}
    assert not {"raw", "private", "doing", "documents", "marker"} & shown.keys()
    assert "hush" not in json.dumps(shown)


def test_the_repr_shows_no_secret():
    task = Task(
        service="toy",
        raw=b"hush",
        documents={"a": (b"hush",)},
        doing=Doing(yields={"a": "hush"}),
        private=Private(etags={"a": "hush"}, inputs=b"hush"),
        value="hush",
        artifacts=(Artifact(name="hush"),),
    )
    assert "hush" not in repr(task)


def test_a_result_is_there_only_when_it_is():
    with pytest.raises(BadRequest, match=r"toy:t1 has no result: its status is queued") as caught:
        _ = Task(service="toy", id="t1", status=Status.QUEUED).result
    assert caught.value.task.id == "t1"
    assert replace(Task(service="toy"), value={"a": 1}).result == {"a": 1}


@pytest.mark.parametrize("value", [0, "", [], False])
def test_an_empty_result_is_a_result(value):
    assert replace(Task(service="toy"), value=value).result == value


def test_tasks_are_frozen():
    with pytest.raises(AttributeError):
        Task(service="toy").status = Status.FAILED  # type: ignore[misc]
    assert all(field.name for field in fields(Task))
