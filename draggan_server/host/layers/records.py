"""What documents remember of their layers: the state of each, and where its picture lies."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from draggan_server.host import layer_records
from draggan_server.host.layer_memory import LayerMemory
from draggan_server.host.layer_records import LayerRecord
from draggan_server.host.layers.document import Document, Kind, Node
from draggan_server.host.region import Region
from draggan_server.host.sheet import copied_region, record_of
from draggan_server.wire.errors import BadInput


class Records:
    """Of all documents, for as long as the editor runs."""

    def __init__(self) -> None:
        self._memory = LayerMemory()

    def of(self, document: Document) -> dict[str, LayerRecord]:
        """By the layers' keys. Raises `BadInput` as `layer_records.load` does."""
        return layer_records.load(_Notes(document).read())

    def note_layers(self, document: Document) -> None:
        """Take note of which layers with a record are there. Raises `BadInput` as `of`."""
        self._memory.note(_Notes(document))

    def remember(self, document: Document, node: Node, saved_state: str, region: Region) -> None:
        """Add a layer, whose picture lies in `region`."""
        self._keep(document, node, record_of(node, saved_state, region))

    def recognise(self, document: Document, node: Node) -> None:
        """Give a layer the record of the one, in any open document, that it is a copy of, where
        there is one: editors give a copy a key of its own, of which the document knows nothing.
        Raises `BadInput` where what the document remembers cannot be read."""
        if node.kind is not Kind.PAINT or node.key in self.of(document):
            return
        for other in (document, *document.others()):
            for key, record in self._readable(other):
                region = copied_region(node, other.find(key), record)
                if region is not None:
                    copied = dataclasses.replace(record, region=region, offset=node.offset)
                    self._keep(document, node, copied)
                    return

    def _keep(self, document: Document, node: Node, record: LayerRecord) -> None:
        self._memory.keep(_Notes(document), node.key, record)

    def _readable(self, document: Document) -> Iterator[tuple[str, LayerRecord]]:
        try:
            yield from self.of(document).items()
        except BadInput:
            return


@dataclasses.dataclass(frozen=True)
class _Notes:
    """A document as the memory wants it."""

    document: Document

    def read(self) -> bytes:
        return self.document.read(layer_records.KEY)

    def write(self, annotation: bytes) -> None:
        self.document.write(layer_records.KEY, layer_records.DESCRIPTION, annotation)

    def has(self, key: str) -> bool:
        return self.document.find(key) is not None
