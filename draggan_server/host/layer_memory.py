"""What a document remembers of its layers, where the editor keeps that in one place."""

from __future__ import annotations

from typing import Protocol

from draggan_server.host import layer_records
from draggan_server.host.layer_records import DamagedAnnotation, LayerRecord


class Document(Protocol):
    """A document as its layers' keys and one annotation; empty where it has none."""

    def read(self) -> bytes:
        """The annotation."""

    def write(self, annotation: bytes) -> None:
        """Keep it, so that it is saved with the document."""

    def has(self, key: str) -> bool:
        """Whether the layer of that key is there."""


class LayerMemory:
    """The records of documents; those of lost layers are dropped.

    An undo may bring a layer back that was there since the editor was started. One that was never
    seen, though the document has a record of it, is gone for good.
    """

    def __init__(self) -> None:
        self._seen: set[str] = set()

    def note(self, document: Document) -> None:
        """Take note of which layers are there. Raises `BadInput` as `layer_records.load`."""
        self._seen.update(filter(document.has, layer_records.load(document.read())))

    def keep(self, document: Document, key: str, record: LayerRecord) -> None:
        """Add a layer's record. What is damaged cannot be read, and makes way. Raises `BadInput`
        for what a newer version wrote."""
        try:
            self.note(document)
            known = layer_records.load(document.read())
        except DamagedAnnotation:
            known = {}
        records = {one: kept for one, kept in known.items() if one in self._seen}
        self._seen.add(key)
        records[key] = record
        document.write(layer_records.dump(records))
