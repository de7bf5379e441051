"""Records kept as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from draggan_server.wire.errors import ProtocolError
from draggan_server.wire.json_record import from_document, parse, to_document
from tests.unit.wire import examples


@dataclass(frozen=True)
class Inner:
    data: bytes
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Record:
    name: str
    place: Path
    count: int
    sure: bool
    inner: Inner | None = None
    words: tuple[str, ...] = ()
    shares: Mapping[str, float] = field(default_factory=dict)


numbers = st.floats(allow_nan=False, allow_infinity=False)
records = st.builds(
    Record,
    st.text(),
    st.sampled_from([Path("/a/ö b"), Path("c")]),
    st.integers(),
    st.booleans(),
    st.none()
    | st.builds(Inner, st.binary(), st.lists(st.tuples(numbers, numbers), max_size=3).map(tuple)),
    st.lists(st.text(), max_size=3).map(tuple),
    st.dictionaries(st.text(), numbers, max_size=3),
)
EXAMPLE = Record("n", Path("p"), 1, True, Inner(b"abc", ((1.0, 2.0),)), ("x",), {"y": 0.5})


@given(records)
def test_a_record_comes_back_equal(record: Record) -> None:
    assert from_document(Record, parse(json.dumps(to_document(record)))) == record


def test_fields_of_a_newer_version_are_ignored_and_defaults_taken() -> None:
    document = {"name": "n", "place": "p", "count": 1, "sure": True, "later": [1]}
    assert from_document(Record, document) == Record("n", Path("p"), 1, True)


@given(st.sampled_from(sorted(to_document(EXAMPLE))), examples.json_like)
def test_any_value_gives_a_record_or_an_error(name: str, value: Any) -> None:
    document = parse(json.dumps({**to_document(EXAMPLE), name: value}))
    try:
        record = from_document(Record, document)
    except ProtocolError:
        return
    assert from_document(Record, to_document(record)) == record


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"count": True}, "count is not a whole number"),
        ({"count": 1.0}, "count is not a whole number"),
        ({"place": 5}, "place is not a text"),
        ({"inner": {"data": "ä", "points": []}}, "data is not base64"),
        ({"inner": {"data": 5, "points": []}}, "data is not a text"),
        ({"inner": {"data": "", "points": [[10**400, 0]]}}, "points is too large a number"),
        ({"inner": {"data": "", "points": [[1]]}}, "points is not a list of 2"),
        ({"shares": [1]}, "shares is not a map"),
        ({"shares": {"a": 1, "b": "2"}}, r"shares\.b is not a number"),
        ({"inner": {}}, "inner lacks the fields"),
    ],
)
def test_what_is_wrong_is_said(change: dict[str, Any], reason: str) -> None:
    with pytest.raises(ProtocolError, match=reason):
        from_document(Record, {**to_document(EXAMPLE), **change})


def test_a_mapping_is_read_as_records_are() -> None:
    assert from_document(dict[str, Inner], {"a": {"data": "", "points": []}}) == {
        "a": Inner(b"", ())
    }
    with pytest.raises(ProtocolError, match=r"dict\.a is not a text"):
        from_document(dict[str, str], {"a": 5})


@pytest.mark.parametrize("text", ["", "[]", "5", "{", "[" * 100_000, b"\xff\xfe"])
def test_what_is_no_object_is_refused(text: str | bytes) -> None:
    with pytest.raises(ProtocolError, match="It is not"):
        parse(text)
