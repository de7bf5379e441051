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
    gets the larger of its own and these, or with a tip that erases the smaller. `whole`: they
    cover what is below them."""

    down: int
    left: int
    values: bytes
    whole: bool


@functools.lru_cache(maxsize=8)
def rows_of(tip: BrushTip) -> tuple[TipRow, ...]:
    """The rows of a touch on the middle of a pixel."""
    radius = max(tip.size / 2, 0.5)
    whole, reach = radius * min(max(tip.hardness, 0.0), 1.0), math.floor(radius)
    rows: list[TipRow] = []
    for down in range(-reach, reach + 1):
        half = math.floor(math.sqrt(radius * radius - down * down))
        covered = bytes(
            _coverage(math.hypot(across, down), whole, radius) for across in range(-half, half + 1)
        )
        # Without a pixel that is covered wholly there is one part, the last.
        first, last = covered.find(255), covered.rfind(255)
        for start, end in ((0, first), (first, last + 1), (last + 1, len(covered))):
            if 0 <= start < end:
                values = covered[start:end]
                shown = values.translate(_INVERTED) if tip.erases else values
                rows.append(TipRow(down, start - half, shown, start == first))
    return tuple(rows)


def _coverage(distance: float, whole: float, radius: float) -> int:
    if distance <= whole:
        return 255
    return round(255 * (radius - distance) / (radius - whole))
