"""A painted mask as text, as it is kept with its layer in a document: ASCII, because GIMP's
parasites take nothing else."""

from __future__ import annotations

import binascii
import json
import zlib
from base64 import b64decode, b64encode
from dataclasses import dataclass

from draggan_server.wire.codec import MAX_FRAME_BYTES
from draggan_server.wire.errors import ProtocolError
from draggan_server.wire.json_record import from_document, parse, to_document
from draggan_server.wire.messages import Pixels

_FASTEST = 1


@dataclass(frozen=True)
class _Record:
    """`packed` is the mask's bytes by zlib, in base64."""

    size: tuple[int, int]
    packed: str


def mask_to_text(mask: Pixels | None) -> str:
    """The text that `mask_from_text` reads back to an equal mask; empty for none."""
    if mask is None:
        return ""
    packed = b64encode(zlib.compress(mask.data, _FASTEST)).decode("ascii")
    document = to_document(_Record((mask.width, mask.height), packed))
    return json.dumps(document, separators=(",", ":"))


def mask_from_text(text: str) -> Pixels | None:
    """What `mask_to_text` wrote; None for anything else, which is as good as no mask."""
    try:
        record = from_document(_Record, parse(text))
        packed = b64decode(record.packed, validate=True)
        width, height = record.size
        if min(width, height) < 1 or width * height * 4 > MAX_FRAME_BYTES:
            return None
        unpacked = zlib.decompressobj()
        data = unpacked.decompress(packed, width * height + 1)
        whole = unpacked.eof and len(data) == width * height
        return Pixels(width, height, 1, data) if whole else None
    except (ProtocolError, ValueError, binascii.Error, zlib.error):
        return None
