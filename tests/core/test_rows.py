"""Items of a streamed answer, however its chunks fall."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accepted.core import rows as module
from accepted.core.codec import WrongShape
from accepted.core.rows import JsonLines, Rows, ServerSentEvents


def told_apart(rows: Rows, *chunks: bytes) -> list[bytes]:
    return [*(item for chunk in chunks for item in rows.feed(chunk)), *rows.close()]


@pytest.mark.parametrize(
    ("arrived", "items"),
    [
        (b'{"a": 1}\n{"a": 2}\n', [b'{"a": 1}', b'{"a": 2}']),
        (b'{"a": 1}\r\n\r\n  {"a": 2}', [b'{"a": 1}', b'{"a": 2}']),  # the last line need not end
        (b"\xef\xbb\xbf1\n2", [b"1", b"2"]),  # a mark at the beginning is none of the first item
        (b"", []),
        (b"\n\n \n", []),
    ],
)
def test_lines(arrived: bytes, items: list[bytes]) -> None:
    assert told_apart(JsonLines(), arrived) == items


@pytest.mark.parametrize(
    ("arrived", "items"),
    [
        (b"data: 1\n\ndata: 2\n\n", [b"1", b"2"]),
        (b"event: log\nid: 7\ndata: {\ndata: }\n\n", [b"{\n}"]),
        (b": a comment\n\ndata:1\r\n\r\n", [b"1"]),
        (b"data: 1\n\r\ndata: 2\r\rdata: 3\n\n", [b"1", b"2", b"3"]),  # every end of a line, mixed
        (b"\xef\xbb\xbfdata: 1\n\n", [b"1"]),
        (b"data: 1\n\ndata: cut off", [b"1"]),  # as the standard has it
        (b"id: 1\n\n", []),
    ],
)
def test_events(arrived: bytes, items: list[bytes]) -> None:
    assert told_apart(ServerSentEvents(), arrived) == items


@given(st.lists(st.sampled_from([b"data: 1", b"data: 22", b"\n", b"\r\n", b"\r", b": x", b"event: e"])), st.data())
def test_events_are_the_same_however_the_chunks_fall(parts: list[bytes], data: st.DataObject) -> None:
    arrived = b"".join(parts)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(arrived)), max_size=6)))
    chunks = [arrived[start:end] for start, end in zip([0, *cuts], [*cuts, len(arrived)], strict=True)]
    assert told_apart(ServerSentEvents(), *chunks) == told_apart(ServerSentEvents(), arrived)
    assert told_apart(JsonLines(), *chunks) == told_apart(JsonLines(), arrived)


@pytest.mark.parametrize("kind", [JsonLines, ServerSentEvents])
def test_an_item_without_an_end_is_refused(kind: type[Rows], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_ANSWER", 1000)
    rows = kind()
    for _ in range(1000):
        assert rows.feed(b"x") == []
    with pytest.raises(WrongShape, match="at most 1000 bytes"):
        rows.feed(b"x")
