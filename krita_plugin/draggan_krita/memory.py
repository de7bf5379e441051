"""What a document of Krita's remembers of its layers, as an annotation."""

from __future__ import annotations

from typing import Any

from draggan_server.host import layer_records
from draggan_server.host.layer_memory import LayerMemory
from draggan_server.host.layer_records import LayerRecord
from draggan_server.host.region import Region
from draggan_server.host.sheet import record_of

from .nodes import find_layer, node_id
from .qt import QByteArray
from .sheet import NodeSheet

_memory = LayerMemory()


class _Document:
    """As the memory wants it."""

    def __init__(self, document: Any) -> None:
        self._document = document

    def read(self) -> bytes:
        return bytes(self._document.annotation(layer_records.KEY))

    def write(self, annotation: bytes) -> None:
        data = QByteArray(annotation)
        self._document.setAnnotation(layer_records.KEY, layer_records.DESCRIPTION, data)
        self._document.setModified(True)

    def has(self, key: str) -> bool:
        return find_layer(self._document, key) is not None


def records_of(document: Any) -> dict[str, LayerRecord]:
    """What the document remembers. Raises `BadInput` as `layer_records.load` does."""
    return layer_records.load(_Document(document).read())


def note_layers(document: Any) -> None:
    """Take note of which layers with a record are there. Raises `BadInput` as `records_of`."""
    _memory.note(_Document(document))


def remember(document: Any, node: Any, saved_state: str, region: Region) -> None:
    """Add a layer, whose picture lies in `region`, to what the document remembers."""
    keep(document, node, record_of(NodeSheet(node), saved_state, region))


def keep(document: Any, node: Any, record: LayerRecord) -> None:
    """Add a layer's record to what the document remembers, to be saved with it."""
    _memory.keep(_Document(document), node_id(node), record)
