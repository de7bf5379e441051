"""The points of layers, kept in the document: they are there again when it is opened."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from draggan_server.host.affine import Affine
from draggan_server.host.kept_pairs import KeptPairs
from draggan_server.host.pairs import PointPair
from draggan_server.host.region import Region
from draggan_server.host.sheet import picture_region
from draggan_server.wire.errors import BadInput, ProtocolError
from draggan_server.wire.json_record import from_document, parse

from .memory import records_of
from .nodes import node_id, offset_of
from .qt import QByteArray
from .sheet import NodeSheet

KEY = "draggan-points"
DESCRIPTION = "DragGAN: the layers' points"


def read_points(document: Any, node: Any) -> list[PointPair]:
    """The points kept of a layer, in its pixels, also where its picture was scaled since. What is
    damaged is as good as none."""
    place, text = _place(document, node), _read(document).get(node_id(node))
    kept = None if text is None else KeptPairs.from_json(text)
    if place is None or kept is None:
        return []
    back = _to_picture(place, node).inverted()
    return [pair.mapped(back) for pair in kept.at_size(place.width, place.height)]


def keep_points(document: Any, node: Any, pairs: Sequence[PointPair]) -> None:
    """Keep a layer's points, in its pixels, unless they are kept already. Of a layer that has no
    picture of DragGAN's, and so no points to be dragged, nothing is kept."""
    place = _place(document, node)
    if place is None or list(pairs) == read_points(document, node):
        return
    way = _to_picture(place, node)
    in_picture = tuple(pair.mapped(way) for pair in pairs)
    known = records_of(document)
    kept = {key: text for key, text in _read(document).items() if key in known}
    kept[node_id(node)] = KeptPairs(place.width, place.height, in_picture).to_json()
    data = QByteArray(json.dumps(kept, separators=(",", ":")).encode("ascii"))
    document.setAnnotation(KEY, DESCRIPTION, data)
    document.setModified(True)


def _place(document: Any, node: Any) -> Region | None:
    """Where the picture of a layer lies; None for a layer without one."""
    try:
        record = records_of(document).get(node_id(node))
        return None if record is None else picture_region(NodeSheet(node), record)
    except BadInput:
        return None


def _to_picture(place: Region, node: Any) -> Affine:
    dx, dy = place.shift_from(offset_of(node))
    return Affine(e=dx, f=dy)


def _read(document: Any) -> dict[str, str]:
    try:
        return from_document(dict[str, str], parse(bytes(document.annotation(KEY)) or b"{}"))
    except ProtocolError:
        return {}
