"""One stroke of a brush over a mask, touch by touch, without a copy of the mask for each."""

from __future__ import annotations

import math
from collections.abc import Iterable

from draggan_server.host.brush_tip import BrushTip, rows_of
from draggan_server.host.byte_lanes import larger, smaller
from draggan_server.host.raw_pixels import thinned
from draggan_server.wire.messages import Pixels
from draggan_server.wire.state import Point


class BrushStroke:
    """Begins with a touch on a mask of that width and height, which stays as it is; None: on one
    that all is to be painted on, or erased from. Positions are in pixels of the mask, 0 at the
    centre of the first one."""

    def __init__(
        self, size: tuple[int, int], ground: Pixels | None, tip: BrushTip, at: Point
    ) -> None:
        self._size = size
        if ground is not None:
            self._data = bytearray(ground.data)
        elif tip.erases:
            self._data = bytearray(b"\xff") * (size[0] * size[1])
        else:
            self._data = bytearray(size[0] * size[1])
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
    def mask(self) -> Pixels:
        """What it has made of the mask."""
        return Pixels(*self._size, 1, bytes(self._data))

    @property
    def seen(self) -> Pixels:
        """The same as `thinned` has it."""
        return thinned(*self._size, self._data)

    def _touch(self, touched: Iterable[Point]) -> None:
        data, (width, height) = self._data, self._size
        better = smaller if self._tip.erases else larger
        for at in touched:
            x, y = round(at[0]), round(at[1])
            for down, left, values in rows_of(self._tip):
                row, start = y + down, x + left
                if not 0 <= row < height:
                    continue
                first, last = max(start, 0), min(start + len(values), width)
                if first >= last:
                    continue
                begin, end = row * width + first, row * width + last
                data[begin:end] = better(data[begin:end], values[first - start : last - start])
