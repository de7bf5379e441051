"""One stroke of a brush over a mask, touch by touch, without a copy of what it does not touch."""

from __future__ import annotations

import math
from collections.abc import Iterable

from draggan_server.host.brush_tip import BrushTip, rows_of
from draggan_server.host.byte_lanes import larger, smaller
from draggan_server.host.mask_rows import MaskRows, thinned
from draggan_server.wire.messages import Pixels
from draggan_server.wire.state import Point


class BrushStroke:
    """Begins with a touch on a mask of that width and height, which stays as it is; None: on one
    that all is to be painted on, or erased from. Positions are in pixels of the mask, 0 at the
    centre of the first one."""

    def __init__(
        self, size: tuple[int, int], ground: MaskRows | None, tip: BrushTip, at: Point
    ) -> None:
        (width, height), value = size, b"\xff" if tip.erases else b"\x00"
        rows = (value * width,) * height if ground is None else ground.rows
        self._rows: list[bytes | bytearray] = list(rows)
        self._tip = tip
        self._at = at
        self._touch([at])

    def go_on(self, at: Point) -> bool:
        """It goes straight on to there; whether the mask was touched."""
        (x, y), (dx, dy) = self._at, (at[0] - self._at[0], at[1] - self._at[1])
        count = math.floor(math.hypot(dx, dy) / self._tip.spacing)
        if not count:
            return False
        part = self._tip.spacing / math.hypot(dx, dy)
        touched = [(x + dx * part * one, y + dy * part * one) for one in range(1, count + 1)]
        self._at = touched[-1]
        self._touch(touched)
        return True

    @property
    def mask(self) -> MaskRows:
        """What it has made of the mask."""
        return MaskRows(tuple(map(bytes, self._rows)))

    @property
    def seen(self) -> Pixels:
        """The same as `thinned` has it."""
        return thinned(self._rows)

    def _touch(self, touched: Iterable[Point]) -> None:
        rows, width = self._rows, len(self._rows[0])
        better = smaller if self._tip.erases else larger
        for at in touched:
            x, y = round(at[0]), round(at[1])
            for down, left, values in rows_of(self._tip):
                row, start = y + down, x + left
                if not 0 <= row < len(rows):
                    continue
                first, last = max(start, 0), min(start + len(values), width)
                if first >= last:
                    continue
                data = rows[row]
                if isinstance(data, bytes):
                    data = rows[row] = bytearray(data)
                data[first:last] = better(data[first:last], values[first - start : last - start])
