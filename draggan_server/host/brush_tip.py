"""What one touch of a brush covers."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from typing import NamedTuple

LEAST_SIZE, MOST_SIZE = 1, 1000
SIZE_STEP = 1.2
"""By which a key makes the brush larger or smaller."""

_INVERTED = bytes(255 - value for value in range(256))


@dataclass(frozen=True, slots=True)
class BrushTip:
    """`size` is its diameter in pixels of the picture; `hardness` the share of it, from 0 to 1,
    that is covered wholly: from there it fades out to the rim. It `erases`, or paints."""

    size: float
    hardness: float
    erases: bool = False

    @property
    def spacing(self) -> float:
        """Pixels from touch to touch in a stroke, whose edges then look smooth."""
        return max(self.size / 8, 1.0)

    def resized(self, larger: bool) -> float:
        """The size that a key asks for."""
        size = math.ceil(self.size * SIZE_STEP) if larger else math.floor(self.size / SIZE_STEP)
        return float(min(max(size, LEAST_SIZE), MOST_SIZE))


class TipRow(NamedTuple):
    """What a touch does in one row: `values` from the pixel `left` of the touched one on. A picture
    gets the larger of its own and these, or with a tip that erases the smaller."""

    down: int
    left: int
    values: bytes


@functools.lru_cache(maxsize=8)
def rows_of(tip: BrushTip) -> tuple[TipRow, ...]:
    """The rows of a touch on the middle of a pixel."""
    radius = max(tip.size / 2, 0.5)
    covered, reach = _coverage(radius, tip.hardness), math.floor(radius)
    shown = covered.translate(_INVERTED) if tip.erases else covered
    squares = [across * across for across in range(reach + 1)]
    below: list[TipRow] = []
    for down in range(reach + 1):
        half = math.floor(math.sqrt(radius * radius - down * down))
        apart = map((down * down).__add__, squares[: half + 1])
        right = bytes(map(shown.__getitem__, apart))
        below.append(TipRow(down, -half, right[:0:-1] + right))
    above = (row._replace(down=-row.down) for row in below[:0:-1])
    return (*above, *below)


def _coverage(radius: float, hardness: float) -> bytes:
    """How much is covered, by the square of the distance from the middle in pixels."""
    fade = radius * (1.0 - min(max(hardness, 0.0), 1.0))
    covered, reached = [], 0
    for value in range(255, -1, -1):
        # So far out what is covered is rounded to the value, or to a higher one.
        distance = min(radius - fade * max(value - 0.5, 0.0) / 255, radius)
        end = math.floor(distance * distance) + 1
        covered.append(bytes([value]) * (end - reached))
        reached = end
    return b"".join(covered)
