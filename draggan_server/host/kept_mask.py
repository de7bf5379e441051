"""A painted mask as text, as it is kept with its layer in a document: ASCII, because GIMP's
parasites take nothing else."""

from __future__ import annotations

import binascii
import json
import zlib
from base64 import b64decode, b64encode
from dataclasses import dataclass
from itertools import chain, groupby

from draggan_server.host.mask_rows import MaskRows
from draggan_server.wire.codec import MAX_FRAME_BYTES
from draggan_server.wire.errors import ProtocolError
from draggan_server.wire.json_record import from_document, parse, to_document

_FASTEST = 1


@dataclass(frozen=True)
class _Record:
    """`packed` are the mask's rows by zlib, in base64: of equal ones below each other the first,
    and how many there are in `rows`. Without that, as it was written earlier, all of them."""

    size: tuple[int, int]
    packed: str
    rows: tuple[int, ...] = ()


def mask_to_text(mask: MaskRows | None) -> str:
    """The text that `mask_from_text` reads back to an equal mask; empty for none."""
    if mask is None:
        return ""
    # A stroke leaves most rows of a large mask equal, and to pack 16 MB takes 60 ms.
    runs = [(row, len(list(equal))) for row, equal in groupby(mask.rows)]
    rows, counts = zip(*runs, strict=True)
    packed = b64encode(zlib.compress(b"".join(rows), _FASTEST)).decode("ascii")
    document = to_document(_Record(mask.size, packed, counts))
    return json.dumps(document, separators=(",", ":"))


def mask_from_text(text: str) -> MaskRows | None:
    """What `mask_to_text` wrote; None for anything else, which is as good as no mask."""
    try:
        record = from_document(_Record, parse(text))
        packed = b64decode(record.packed, validate=True)
        width, height = record.size
        if min(width, height) < 1 or width * height * 4 > MAX_FRAME_BYTES:
            return None
        counts = record.rows or (1,) * height
        if min(counts) < 1 or sum(counts) != height:
            return None
        unpacked, expected = zlib.decompressobj(), width * len(counts)
        rows = unpacked.decompress(packed, expected + 1)
        if not unpacked.eof or len(rows) != expected:
            return None
        runs = ((rows[at * width : (at + 1) * width],) * count for at, count in enumerate(counts))
        return MaskRows(tuple(chain.from_iterable(runs)))
    except (ProtocolError, ValueError, binascii.Error, zlib.error):
        return None
