"""Pairs as text: as scripts give them, and as they are kept with their layer in a document.

ASCII, because GIMP's parasites take nothing else.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass

from draggan_server.host.affine import Affine
from draggan_server.host.pairs import PointPair
from draggan_server.host.sentences import refusals
from draggan_server.wire.errors import BadInput, ProtocolError
from draggan_server.wire.json_record import from_document, parse, to_document

_SHAPE = "[[handle x, handle y, target x, target y], ...]"


def parse_pairs(text: str) -> list[PointPair]:
    """Read ``[[hx, hy, tx, ty], ...]``; a pair whose ends lie together is pinned.

    Raises `BadInput` for anything else, NaN included.
    """
    try:
        rows = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadInput(refusals.POINTS_NO_JSON, error=error, shape=_SHAPE) from None
    return _read_rows(rows)


def format_pairs(pairs: Iterable[PointPair]) -> str:
    """The text that `parse_pairs` reads back to equal pairs."""
    return json.dumps([[*pair.handle, *pair.target] for pair in pairs])


@dataclass(frozen=True)
class KeptPairs:
    """Pairs in the pixels of a picture that was `width` x `height` pixels when they were kept."""

    width: int
    height: int
    pairs: tuple[PointPair, ...]

    def at_size(self, width: int, height: int) -> list[PointPair]:
        """The pairs on the picture scaled to another size."""
        if (width, height) == (self.width, self.height):
            return list(self.pairs)
        way = Affine.between((self.width, self.height), (width, height))
        return [pair.mapped(way) for pair in self.pairs]

    def to_json(self) -> str:
        rows = tuple((*pair.handle, *pair.target) for pair in self.pairs)
        pinned = tuple(place for place, pair in enumerate(self.pairs) if pair.pinned)
        document = to_document(_Record((self.width, self.height), rows, pinned))
        return json.dumps(document, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> KeptPairs | None:
        """What `to_json` wrote; None for anything else, which is as good as no pairs."""
        try:
            record = from_document(_Record, parse(text))
        except ProtocolError:
            return None
        width, height = record.size
        pairs = (
            PointPair((hx, hy), (tx, ty), place in record.pinned and (hx, hy) == (tx, ty))
            for place, (hx, hy, tx, ty) in enumerate(record.pairs)
        )
        return cls(width, height, tuple(pairs)) if min(width, height) > 0 else None


@dataclass(frozen=True)
class _Record:
    """`KeptPairs` as they are written; `pinned` are places in `pairs`."""

    size: tuple[int, int]
    pairs: tuple[tuple[float, float, float, float], ...]
    pinned: tuple[int, ...] = ()


def _read_rows(rows: object) -> list[PointPair]:
    if not isinstance(rows, list):
        raise BadInput(refusals.POINTS_NO_LIST, shape=_SHAPE)
    return [_read_row(number, row) for number, row in enumerate(rows, start=1)]


def _read_row(number: int, row: object) -> PointPair:
    if not isinstance(row, list) or len(row) != 4 or not all(map(_is_number, row)):
        raise BadInput(refusals.POINT_NO_ROW, number=number, shape=_SHAPE)
    try:
        handle_x, handle_y, target_x, target_y = map(float, row)
    except OverflowError:
        raise BadInput(refusals.POINT_TOO_LARGE, number=number, shape=_SHAPE) from None
    handle, target = (handle_x, handle_y), (target_x, target_y)
    pair = PointPair(handle, target, handle == target)
    if not all(map(math.isfinite, (*pair.handle, *pair.target))):
        raise BadInput(refusals.POINT_NOT_FINITE, number=number, shape=_SHAPE)
    return pair


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
