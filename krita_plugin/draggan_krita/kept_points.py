"""The points of layers, kept in the document: they are there again when it is opened."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from draggan_server.host import point_memory
from draggan_server.host.pairs import PointPair
from draggan_server.host.region import Region
from draggan_server.host.sheet import picture_region
from draggan_server.wire.errors import BadInput

from .memory import records_of
from .nodes import node_id, offset_of
from .qt import QByteArray
from .sheet import NodeSheet


def read_points(document: Any, node: Any) -> list[PointPair]:
    """The points kept of a layer, in its pixels."""
    place = _place(document, node)
    if place is None:
        return []
    return point_memory.read(_annotation(document), node_id(node), place, offset_of(node))


def keep_points(document: Any, node: Any, pairs: Sequence[PointPair]) -> None:
    """Keep a layer's points, in its pixels, unless they are kept already. Of a layer that has no
    picture of DragGAN's, and so no points to be dragged, nothing is kept."""
    place = _place(document, node)
    if place is None:
        return
    layer, known = (node_id(node), place, offset_of(node)), records_of(document)
    annotation = point_memory.keep(_annotation(document), *layer, pairs, known)
    if annotation is not None:
        data = QByteArray(annotation)
        document.setAnnotation(point_memory.KEY, point_memory.DESCRIPTION, data)
        document.setModified(True)


def _place(document: Any, node: Any) -> Region | None:
    """Where the picture of a layer lies; None for a layer without one."""
    try:
        record = records_of(document).get(node_id(node))
        return None if record is None else picture_region(NodeSheet(node), record)
    except BadInput:
        return None


def _annotation(document: Any) -> bytes:
    return bytes(document.annotation(point_memory.KEY))
