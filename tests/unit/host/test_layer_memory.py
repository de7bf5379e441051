"""What a document remembers of layers that come and go."""

from __future__ import annotations

import pytest

from draggan_server.host.layer_memory import LayerMemory
from draggan_server.host.layer_records import DamagedAnnotation, LayerRecord, load
from draggan_server.host.region import Region
from draggan_server.wire.errors import BadInput

RECORD = LayerRecord("state", Region(0, 0, 8, 8), (0, 0))


class Notebook:
    """A document whose layers are `there`."""

    def __init__(self, *there: str) -> None:
        self.there = set(there)
        self.annotation = b""

    def read(self) -> bytes:
        return self.annotation

    def write(self, annotation: bytes) -> None:
        self.annotation = annotation

    def has(self, key: str) -> bool:
        return key in self.there


def test_a_layer_that_undo_may_bring_back_is_remembered() -> None:
    document, memory = Notebook("one", "two"), LayerMemory()
    memory.keep(document, "one", RECORD)
    document.there.remove("one")
    memory.keep(document, "two", RECORD)
    assert set(load(document.annotation)) == {"one", "two"}


def test_a_layer_that_was_never_seen_is_dropped() -> None:
    document = Notebook("one")
    LayerMemory().keep(document, "one", RECORD)
    document.there = {"two"}
    LayerMemory().keep(document, "two", RECORD)  # the editor was started anew
    assert set(load(document.annotation)) == {"two"}


def test_one_that_was_there_when_the_document_was_looked_at_is_not() -> None:
    document, memory = Notebook("one"), LayerMemory()
    LayerMemory().keep(document, "one", RECORD)
    memory.note(document)
    document.there = {"two"}
    memory.keep(document, "two", RECORD)
    assert set(load(document.annotation)) == {"one", "two"}


def test_what_is_damaged_makes_way_and_what_is_newer_does_not() -> None:
    document, memory = Notebook("one"), LayerMemory()
    document.annotation = b"{"
    with pytest.raises(DamagedAnnotation):
        memory.note(document)
    memory.keep(document, "one", RECORD)
    assert load(document.annotation) == {"one": RECORD}
    document.annotation = newer = b'{"draggan": 99, "layers": {}}'
    with pytest.raises(BadInput):
        memory.keep(document, "one", RECORD)
    assert document.annotation == newer
