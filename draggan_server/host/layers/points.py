"""The points of layers, with what of them was painted to move: the same in all windows, and there
again when a document is opened."""

from __future__ import annotations

from draggan_server.host import mask_memory, point_memory
from draggan_server.host.layers.document import Document, Node
from draggan_server.host.layers.records import Records
from draggan_server.host.mask_rows import MaskRows
from draggan_server.host.pair_editor import PairEditor
from draggan_server.host.pairs import PointPair
from draggan_server.host.region import Region
from draggan_server.host.sheet import picture_region
from draggan_server.wire.errors import BadInput


class Points:
    """Of all layers, for as long as the editor runs, in pixels of their layers."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._editors: dict[str, PairEditor] = {}
        self._kept_masks: dict[str, MaskRows | None] = {}

    def of(self, document: Document, node: Node) -> PairEditor:
        """The points of a layer, in the beginning those that the document keeps."""
        if node.key not in self._editors:
            points = self._editors[node.key] = PairEditor(self.kept(document, node))
            points.painted.load(mask_memory.read(document.read(mask_memory.KEY), node.key))
            self._kept_masks[node.key] = points.painted.rows
        return self._editors[node.key]

    def known(self, key: str) -> PairEditor:
        """The points of a layer that may be gone."""
        return self._editors.setdefault(key, PairEditor())

    def kept(self, document: Document, node: Node) -> list[PointPair]:
        """Those that the document keeps of a layer."""
        place = self._place(document, node)
        if place is None:
            return []
        return point_memory.read(document.read(point_memory.KEY), node.key, place, node.offset)

    def keep(self, document: Document, node: Node) -> None:
        """Let the document keep a layer's points, and what was painted to move. Of a layer that has
        no picture of DragGAN's, and so no points to be dragged, nothing is kept."""
        place = self._place(document, node)
        if place is None:
            return
        points, known = self.of(document, node), self._records.of(document)
        before, layer = document.read(point_memory.KEY), (node.key, place, node.offset)
        annotation = point_memory.keep(before, *layer, points.pairs, known)
        if annotation is not None:
            document.write(point_memory.KEY, point_memory.DESCRIPTION, annotation)
        mask = points.painted.rows
        if mask is not self._kept_masks.get(node.key):
            self._kept_masks[node.key] = mask
            annotation = mask_memory.keep(document.read(mask_memory.KEY), node.key, mask, known)
            document.write(mask_memory.KEY, mask_memory.DESCRIPTION, annotation)

    def _place(self, document: Document, node: Node) -> Region | None:
        """Where the picture of a layer lies; None for a layer without one."""
        try:
            record = self._records.of(document).get(node.key)
            return None if record is None else picture_region(node, record)
        except BadInput:
            return None
