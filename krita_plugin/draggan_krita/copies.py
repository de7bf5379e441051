"""Copies of layers: Krita gives a copy an id of its own, of which the document knows nothing.

A copy is recognised by its pixels. They are those that a layer with a record has now, in any open
document, or those that one had when its record was made.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Iterator
from typing import Any

from krita import Krita

from draggan_server.host.layer_records import LayerRecord
from draggan_server.host.region import Region
from draggan_server.wire.errors import BadInput

from .colours import ColourSpace
from .layers import picture_region
from .memory import fingerprint_of, keep, records_of
from .nodes import bounds_of, find_layer, node_id, offset_of, pixels_of

_PATCH = 8  # pixels a side, compared before whole pictures are


def recognise(document: Any, node: Any) -> None:
    """Give the layer the record of the one that it is a copy of, where there is one.

    Raises `BadInput` where what the document remembers cannot be read.
    """
    if node.type() != "paintlayer" or node_id(node) in records_of(document):
        return
    others = [other for other in Krita.instance().documents() if other != document]
    fingerprint_at = functools.cache(functools.partial(fingerprint_of, node))
    for other in (document, *others):
        for key, record in _readable_records(other):
            origin = find_layer(other, key)
            region = _place(node, origin, record, fingerprint_at)
            if region is not None:
                copied = dataclasses.replace(record, region=region, offset=offset_of(node))
                keep(document, node, copied)
                return


def _readable_records(document: Any) -> Iterator[tuple[str, LayerRecord]]:
    try:
        yield from records_of(document).items()
    except BadInput:
        return


def _place(
    node: Any, origin: Any, record: LayerRecord, fingerprint_at: Callable[[Region], str]
) -> Region | None:
    """Where the layer has the picture of `record`, whose layer `origin` may be gone (None)."""
    if origin is not None and ColourSpace.of(origin) == ColourSpace.of(node):
        try:
            region = picture_region(origin, record)
        except BadInput:  # it was emptied
            return None
        for place in _places(node, region, offset_of(origin)):
            if _same_pixels(node, place, origin, region):
                return place
    if record.fingerprint:
        for place in _places(node, record.region, record.offset):
            if fingerprint_at(place) == record.fingerprint:
                return place
    return None


def _places(node: Any, region: Region, offset: tuple[int, int]) -> Iterator[Region]:
    """Where a copy may have what lay in `region` of a layer of that offset."""
    x, y = offset_of(node)
    moved = region.moved(x - offset[0], y - offset[1])
    content = bounds_of(node)
    yield moved
    if (content.width, content.height) == (region.width, region.height) and content != moved:
        yield content


def _same_pixels(node: Any, place: Region, origin: Any, region: Region) -> bool:
    return pixels_of(node, _patch(place)) == pixels_of(origin, _patch(region)) and pixels_of(
        node, place
    ) == pixels_of(origin, region)


def _patch(region: Region) -> Region:
    x, y = region.x + region.width // 2, region.y + region.height // 2
    return Region(x, y, _PATCH, _PATCH)
