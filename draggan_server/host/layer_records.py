"""What a document remembers of DragGAN: for each layer its state and where the picture lies.

Krita keeps it as one annotation in the .kra file: ASCII JSON keyed by the layers' unique ids,
which stay the same over saving and loading.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass

from draggan_server.host.region import Region
from draggan_server.host.sentences import refusals
from draggan_server.wire.errors import BadInput, ProtocolError
from draggan_server.wire.json_record import from_document, parse, to_document

KEY = "draggan-layers"
DESCRIPTION = "DragGAN: the layers' states, to go on dragging"
FORMAT = 1


class DamagedAnnotation(BadInput):
    """The annotation cannot be read; nothing in it can be saved any more."""


@dataclass(frozen=True)
class LayerRecord:
    """`region` held the picture when the layer's own offset was `offset`; moves change both.

    `filled` says whether the picture filled the region, so that the layer's bounds tell where the
    picture lies: a picture with transparent borders does not.

    `fingerprint` tells the picture that lay there from others; empty where it was not kept.
    """

    saved_state: str
    region: Region
    offset: tuple[int, int]
    filled: bool = True
    fingerprint: str = ""

    def region_at(self, offset: tuple[int, int]) -> Region:
        """Where the picture lies once the layer was moved there."""
        return self.region.carried(self.offset, offset)


def dump(records: Mapping[str, LayerRecord]) -> bytes:
    """The annotation for `records` by unique id."""
    layers = {unique_id: _written(record) for unique_id, record in records.items()}
    document = to_document(_Annotation(FORMAT, layers))
    return json.dumps(document, separators=(",", ":")).encode("ascii")


def load(data: bytes) -> dict[str, LayerRecord]:
    """The records of an annotation, none for an empty one.

    Raises `DamagedAnnotation` for what is no such annotation, `BadInput` for a newer format.
    """
    return dict(_loaded(data)) if data else {}


@functools.lru_cache(maxsize=8)
def _loaded(data: bytes) -> Mapping[str, LayerRecord]:
    """Kept, since a press alone asks a dozen times, and to read it takes 1.4 ms."""
    try:
        document = parse(data)
        found = from_document(_Format, document).draggan
        if found > FORMAT:
            raise BadInput(refusals.NEWER_NOTES, found=found, known=FORMAT)
        layers = from_document(_Annotation, document).layers
        return {key: _read(entry) for key, entry in layers.items()}
    except ProtocolError as error:
        raise DamagedAnnotation(refusals.DAMAGED_NOTES, error=error) from None


@dataclass(frozen=True)
class _Entry:
    """A `LayerRecord` as it is written; `region` is x, y, width and height."""

    state: str
    region: tuple[int, int, int, int]
    offset: tuple[int, int]
    filled: bool = True
    fingerprint: str = ""


@dataclass(frozen=True)
class _Format:
    draggan: int


@dataclass(frozen=True)
class _Annotation(_Format):
    layers: Mapping[str, _Entry]


def _written(record: LayerRecord) -> _Entry:
    region = record.region
    sides = region.x, region.y, region.width, region.height
    return _Entry(record.saved_state, sides, record.offset, record.filled, record.fingerprint)


def _read(entry: _Entry) -> LayerRecord:
    region = Region(*entry.region)
    if min(region.width, region.height) < 1:
        raise DamagedAnnotation(refusals.DAMAGED_NOTES, error=f"{region.width} x {region.height}")
    return LayerRecord(entry.state, region, entry.offset, entry.filled, entry.fingerprint)
