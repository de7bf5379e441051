"""What of a picture may move, as the user has painted it."""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

from draggan_server.host.brush_stroke import BrushStroke
from draggan_server.host.brush_tip import BrushTip
from draggan_server.host.mask_rows import MaskRows
from draggan_server.host.raw_pixels import at_size
from draggan_server.wire.messages import Pixels
from draggan_server.wire.state import Point

ROOM = 64 * 2**20
"""Bytes for what strokes can be taken back to; the last one always can."""


class _Step(NamedTuple):
    """The mask before an edit, and how many bytes it takes beside what came after it."""

    before: MaskRows | None
    room: int


class PaintedMask:
    """Positions are in pixels of the picture, 0 at the centre of the first one.

    `mask` has a byte a pixel, 255 where the picture may move and 0 where it is held; None where
    nothing is painted. A brush that paints begins on a picture that is held, one that erases on one
    that may move. Where all was erased nothing is painted any more.
    """

    def __init__(self) -> None:
        self._mask: MaskRows | None = None
        self._stroke: BrushStroke | None = None
        self._done: deque[_Step] = deque()
        self._undone: list[MaskRows | None] = []

    @property
    def mask(self) -> Pixels | None:
        rows = self.rows
        return None if rows is None else rows.pixels

    @property
    def rows(self) -> MaskRows | None:
        """The same, in less time; after an edit it is another object."""
        return self._mask if self._stroke is None else self._stroke.mask

    @property
    def there(self) -> bool:
        """Whether anything is painted."""
        return self.stroking or self._mask is not None

    @property
    def seen(self) -> Pixels | None:
        """The mask as it is shown: where it is large, with fewer pixels, and quickly had during a
        stroke."""
        shown = self._mask if self._stroke is None else self._stroke
        return None if shown is None else shown.seen

    @property
    def stroking(self) -> bool:
        """Whether a stroke is under way."""
        return self._stroke is not None

    def load(self, mask: MaskRows | None) -> None:
        """Take the mask of another picture; there is nothing to be undone."""
        self.give_up()
        self._mask = mask
        self._done.clear()
        self._undone.clear()

    def at_size(self, width: int, height: int) -> Pixels | None:
        """The mask on the picture scaled to another size."""
        mask = self.mask
        return None if mask is None else at_size(mask, width, height)

    # -- a stroke ---------------------------------------------------------------------------------

    def begin(self, size: tuple[int, int], tip: BrushTip, at: Point) -> None:
        """A stroke begins with a touch, on a picture of that width and height."""
        ground = self._mask
        if ground is not None and ground.size != size:
            ground = MaskRows.of(at_size(ground.pixels, *size))
        self._stroke = BrushStroke(size, ground, tip, at)

    def go_on(self, at: Point) -> bool:
        """It goes straight on to there; whether the mask is another one then."""
        return self._stroke is not None and self._stroke.go_on(at)

    def end(self) -> None:
        """It is over, and one edit."""
        if self._stroke is not None:
            before, self._mask, self._stroke = self._mask, self._stroke.mask, None
            self._note(before)

    def give_up(self) -> bool:
        """Take the stroke back that is under way; False where none is."""
        there, self._stroke = self.stroking, None
        return there

    # -- other edits ------------------------------------------------------------------------------

    def invert(self) -> bool:
        """What may move is held, and the other way round; False where nothing is painted."""
        self.give_up()
        before = self._mask
        if before is None:
            return False
        self._mask = before.inverted()
        self._note(before)
        return True

    def take(self, mask: Pixels) -> None:
        """Take another mask in the place of what is painted, as one edit."""
        self.give_up()
        before, self._mask = self._mask, MaskRows.of(mask)
        self._note(before)

    def clear(self) -> bool:
        """Nothing is painted any more; False where nothing was."""
        self.give_up()
        before, self._mask = self._mask, None
        self._note(before)
        return before is not None

    def undo(self) -> bool:
        """Take the last edit back; False where there is none."""
        if self.give_up():
            return True
        if not self._done:
            return False
        self._undone.append(self._mask)
        self._mask = self._done.pop().before
        return True

    def redo(self) -> bool:
        """Do again what was taken back last; False where that is nothing."""
        if self.stroking or not self._undone:
            return False
        before, self._mask = self._mask, self._undone.pop()
        self._keep(before)
        return True

    # -- helpers ----------------------------------------------------------------------------------

    def _note(self, before: MaskRows | None) -> None:
        if self._mask is not None and self._mask.holds_all:
            self._mask = None
        if self._mask == before:
            return
        self._keep(before)
        self._undone.clear()
        while len(self._done) > 1 and sum(step.room for step in self._done) > ROOM:
            self._done.popleft()

    def _keep(self, before: MaskRows | None) -> None:
        room = 0 if before is None else before.own_bytes(self._mask)
        self._done.append(_Step(before, room))
