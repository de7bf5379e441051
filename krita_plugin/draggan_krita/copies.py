"""Copies of layers: Krita gives a copy an id of its own, of which the document knows nothing."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

from krita import Krita

from draggan_server.host.layer_records import LayerRecord
from draggan_server.host.sheet import copied_region
from draggan_server.wire.errors import BadInput

from .memory import keep, records_of
from .nodes import find_layer, node_id
from .sheet import NodeSheet


def recognise(document: Any, node: Any) -> None:
    """Give the layer the record of the one, in any open document, that it is a copy of, where there
    is one. Raises `BadInput` where what the document remembers cannot be read."""
    if node.type() != "paintlayer" or node_id(node) in records_of(document):
        return
    sheet = NodeSheet(node)
    others = [other for other in Krita.instance().documents() if other != document]
    for other in (document, *others):
        for key, record in _readable_records(other):
            origin = find_layer(other, key)
            region = copied_region(sheet, None if origin is None else NodeSheet(origin), record)
            if region is not None:
                copied = dataclasses.replace(record, region=region, offset=sheet.offset)
                keep(document, node, copied)
                return


def _readable_records(document: Any) -> Iterator[tuple[str, LayerRecord]]:
    try:
        yield from records_of(document).items()
    except BadInput:
        return
