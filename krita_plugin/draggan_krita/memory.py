"""What a document remembers of its layers, read and written; records of lost layers are dropped."""

from __future__ import annotations

from typing import Any

from draggan_server.host import layer_records
from draggan_server.host.layer_records import DamagedAnnotation, LayerRecord
from draggan_server.host.region import Region
from draggan_server.wire.messages import Pixels

from .colours import ColourSpace, to_rgba8
from .nodes import bounds_of, find_layer, node_id, offset_of, pixels_of
from .qt import QByteArray

_seen: set[str] = set()
"""Ids of layers that were there at some time since Krita was started: its undo may bring them
back. A layer that was never seen, though the document has a record of it, is gone for good."""


def records_of(document: Any) -> dict[str, LayerRecord]:
    """What the document remembers. Raises `BadInput` as `layer_records.load` does."""
    return layer_records.load(bytes(document.annotation(layer_records.KEY)))


def note_layers(document: Any) -> None:
    """Take note of which layers with a record are there. Raises `BadInput` as `records_of`."""
    _seen.update(key for key in records_of(document) if find_layer(document, key) is not None)


def remember(document: Any, node: Any, saved_state: str, region: Region) -> None:
    """Add a layer, whose picture lies in `region`, to what the document remembers."""
    filled = bounds_of(node) == region
    mark = fingerprint_of(node, region)
    keep(document, node, LayerRecord(saved_state, region, offset_of(node), filled, mark))


def keep(document: Any, node: Any, record: LayerRecord) -> None:
    """Add a layer's record to what the document remembers, to be saved with it."""
    try:
        note_layers(document)
        records = {key: kept for key, kept in records_of(document).items() if key in _seen}
    except DamagedAnnotation:
        records = {}
    _seen.add(node_id(node))
    records[node_id(node)] = record
    data = QByteArray(layer_records.dump(records))
    document.setAnnotation(layer_records.KEY, layer_records.DESCRIPTION, data)
    document.setModified(True)


def fingerprint_of(node: Any, region: Region) -> str:
    """The fingerprint of the picture that a layer shows in a region."""
    width, height = region.width, region.height
    rgba = to_rgba8(pixels_of(node, region), width, height, ColourSpace.of(node))
    return Pixels(width, height, 4, rgba).fingerprint()
