from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from draggan_server.host.layer_records import (
    DamagedAnnotation,
    LayerRecord,
    dump,
    load,
)
from draggan_server.host.region import Region
from draggan_server.wire.errors import BadInput

whole = st.integers(-(2**20), 2**20)
sides = st.integers(1, 2**14)
records = st.builds(
    LayerRecord,
    st.text(),
    st.builds(Region, whole, whole, sides, sides),
    st.tuples(whole, whole),
    st.booleans(),
    st.text(),
)


@given(st.dictionaries(st.uuids().map(lambda unique: f"{{{unique}}}"), records))
def test_what_was_kept_is_read_back(known: dict[str, LayerRecord]) -> None:
    data = dump(known)
    assert load(data) == known
    assert max(data, default=0) < 128


def test_what_is_read_belongs_to_who_asked_for_it() -> None:
    known = {"{a}": LayerRecord("s", Region(1, 2, 3, 4), (0, 0))}
    data = dump(known)
    load(data).clear()
    assert load(data) == known


def test_an_entry_of_an_earlier_version_is_of_a_picture_that_fills_its_region() -> None:
    entry = {"state": "s", "region": [1, 2, 3, 4], "offset": [0, 0]}
    (record,) = load(json.dumps({"draggan": 1, "layers": {"a": entry}}).encode()).values()
    assert record.filled


def test_a_document_without_one_knows_no_layer() -> None:
    assert load(b"") == {}


@pytest.mark.parametrize(
    "document",
    [
        [],
        {},
        {"draggan": "x", "layers": {}},
        {"draggan": 1},
        {"draggan": 1, "layers": [1]},
        {"draggan": 1, "layers": {"a": 5}},
        {"draggan": 1, "layers": {"a": {"state": "", "region": [0, 0, 1], "offset": [0, 0]}}},
        {"draggan": 1, "layers": {"a": {"state": "", "region": [0, 0, 0, 1], "offset": [0, 0]}}},
        {"draggan": 1, "layers": {"a": {"state": 7, "region": [0, 0, 1, 1], "offset": [0, 0]}}},
        {
            "draggan": 1,
            "layers": {"a": {"state": "", "region": [0, 0, 1, 1], "offset": [1e999, 0]}},
        },
    ],
)
def test_damage_is_told(document: Any) -> None:
    with pytest.raises(DamagedAnnotation, match="damaged"):
        load(json.dumps(document).encode())


@pytest.mark.parametrize("data", [b"\xff\xfe", b"{", b"[" * 100_000])
def test_what_is_no_json_is_told(data: bytes) -> None:
    with pytest.raises(DamagedAnnotation, match="damaged"):
        load(data)


def test_a_newer_format_is_not_called_damaged() -> None:
    with pytest.raises(BadInput, match="newer version") as caught:
        load(b'{"draggan": 2, "layers": {}}')
    assert not isinstance(caught.value, DamagedAnnotation)


def test_a_region_is_moved_by_an_offset() -> None:
    assert Region(1, 2, 30, 40).moved(-5, 6) == Region(-4, 8, 30, 40)


def test_records_made_before_there_were_fingerprints_are_read() -> None:
    known = {"a": LayerRecord("{}", Region(1, 2, 3, 4), (5, 6))}
    document = json.loads(dump(known))
    del document["layers"]["a"]["fingerprint"]
    assert load(json.dumps(document).encode()) == known
