"""What a document remembers of DragGAN: for each layer its state and where the picture lies.

Krita keeps it as one annotation in the .kra file: ASCII JSON keyed by the layers' unique ids,
which stay the same over saving and loading.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from draggan_server.host.region import Region
from draggan_server.host.sentences import refusals
from draggan_server.wire.errors import BadInput

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


def dump(records: Mapping[str, LayerRecord]) -> bytes:
    """The annotation for `records` by unique id."""
    layers = {
        unique_id: {
            "state": record.saved_state,
            "region": [record.region.x, record.region.y, record.region.width, record.region.height],
            "offset": list(record.offset),
            "filled": record.filled,
            "fingerprint": record.fingerprint,
        }
        for unique_id, record in records.items()
    }
    document = {"draggan": FORMAT, "layers": layers}
    return json.dumps(document, separators=(",", ":")).encode("ascii")


def load(data: bytes) -> dict[str, LayerRecord]:
    """The records of an annotation, none for an empty one.

    Raises `DamagedAnnotation` for what is no such annotation, `BadInput` for a newer format.
    """
    if not data:
        return {}
    try:
        document = json.loads(data)
        found = int(document["draggan"])
        if found > FORMAT:
            raise BadInput(refusals.NEWER_NOTES, found=found, known=FORMAT)
        return {key: _record(entry) for key, entry in document["layers"].items()}
    except (
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        ArithmeticError,
        RecursionError,
    ) as error:
        raise DamagedAnnotation(refusals.DAMAGED_NOTES, error=repr(error)) from None


def _record(entry: Any) -> LayerRecord:
    x, y, width, height = map(int, entry["region"])
    dx, dy = map(int, entry["offset"])
    state, mark = entry["state"], entry.get("fingerprint", "")
    if not (isinstance(state, str) and isinstance(mark, str)) or min(width, height) < 1:
        raise ValueError("a layer's entry is not what it should be")
    filled = bool(entry.get("filled", True))
    return LayerRecord(state, Region(x, y, width, height), (dx, dy), filled, mark)
