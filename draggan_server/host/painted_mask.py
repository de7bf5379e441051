"""What of a picture may move, as the user has painted it."""

from __future__ import annotations

import math
from collections import deque

from draggan_server.host.brush_tip import BrushTip, rows_of
from draggan_server.host.raw_pixels import at_size
from draggan_server.wire.messages import Pixels
from draggan_server.wire.state import Point

ROOM = 64 * 2**20
"""Bytes for what strokes can be taken back to; the last one always can."""

_INVERTED = bytes(255 - value for value in range(256))


class PaintedMask:
    """Positions are in pixels of the picture, 0 at the centre of the first one.

    `mask` has a byte a pixel, 255 where the picture may move and 0 where it is held; None where
    nothing is painted. A brush that paints begins on a picture that is held, one that erases on one
    that may move. Where all was erased nothing is painted any more.
    """

    def __init__(self, mask: Pixels | None = None) -> None:
        self.mask = mask
        self._done: deque[Pixels | None] = deque()
        self._undone: list[Pixels | None] = []
        self._before: Pixels | None = None
        self._tip: BrushTip | None = None
        self._at: Point = (0.0, 0.0)

    @property
    def stroking(self) -> bool:
        """Whether a stroke is under way."""
        return self._tip is not None

    def load(self, mask: Pixels | None) -> None:
        """Take the mask of another picture; there is nothing to be undone."""
        self.give_up()
        self.mask = mask
        self._done.clear()
        self._undone.clear()

    def at_size(self, width: int, height: int) -> Pixels | None:
        """The mask on the picture scaled to another size."""
        return None if self.mask is None else at_size(self.mask, width, height)

    # -- a stroke ---------------------------------------------------------------------------------

    def begin(self, size: tuple[int, int], tip: BrushTip, at: Point) -> None:
        """A stroke begins with a touch, on a picture of that width and height."""
        self._before, self._tip, self._at = self.mask, tip, at
        ground = b"\xff" if tip.erases else b"\x00"
        now = self.at_size(*size) or Pixels(*size, 1, ground * (size[0] * size[1]))
        self._touch(now, [at])

    def go_on(self, at: Point) -> None:
        """It goes straight on to there."""
        if self._tip is None or self.mask is None:
            return
        (x, y), (dx, dy) = self._at, (at[0] - self._at[0], at[1] - self._at[1])
        count = math.floor(math.hypot(dx, dy) / self._tip.spacing)
        if not count:
            return
        part = self._tip.spacing / math.hypot(dx, dy)
        touched = [(x + dx * part * one, y + dy * part * one) for one in range(1, count + 1)]
        self._at = touched[-1]
        self._touch(self.mask, touched)

    def end(self) -> None:
        """It is over, and one edit."""
        if self._tip is not None:
            self._tip, before = None, self._before
            self._note(before)

    def give_up(self) -> bool:
        """Take the stroke back that is under way; False where none is."""
        if self._tip is None:
            return False
        self._tip, self.mask = None, self._before
        return True

    # -- other edits ------------------------------------------------------------------------------

    def invert(self) -> bool:
        """What may move is held, and the other way round; False where nothing is painted."""
        self.give_up()
        before = self.mask
        if before is None:
            return False
        self.mask = Pixels(before.width, before.height, 1, before.data.translate(_INVERTED))
        self._note(before)
        return True

    def clear(self) -> bool:
        """Nothing is painted any more; False where nothing was."""
        self.give_up()
        before, self.mask = self.mask, None
        self._note(before)
        return before is not None

    def undo(self) -> bool:
        """Take the last edit back; False where there is none."""
        if self.give_up():
            return True
        if not self._done:
            return False
        self._undone.append(self.mask)
        self.mask = self._done.pop()
        return True

    def redo(self) -> bool:
        """Do again what was taken back last; False where that is nothing."""
        if self.stroking or not self._undone:
            return False
        self._done.append(self.mask)
        self.mask = self._undone.pop()
        return True

    # -- helpers ----------------------------------------------------------------------------------

    def _touch(self, now: Pixels, touched: list[Point]) -> None:
        assert self._tip is not None
        data, width, height = bytearray(now.data), now.width, now.height
        better = min if self._tip.erases else max
        for at in touched:
            x, y = round(at[0]), round(at[1])
            for down, left, values, whole in rows_of(self._tip):
                row, start = y + down, x + left
                if not 0 <= row < height:
                    continue
                first, last = max(start, 0), min(start + len(values), width)
                if first >= last:
                    continue
                begin, end = row * width + first, row * width + last
                new = values[first - start : last - start]
                data[begin:end] = new if whole else bytes(map(better, data[begin:end], new))
        self.mask = Pixels(width, height, 1, bytes(data))

    def _note(self, before: Pixels | None) -> None:
        if self.mask is not None and not any(self.mask.data):
            self.mask = None
        if self.mask == before:
            return
        self._done.append(before)
        self._undone.clear()
        while len(self._done) > 1 and sum(len(one.data) for one in self._done if one) > ROOM:
            self._done.popleft()
