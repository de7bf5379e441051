"""What of a picture may move, as the user has painted it."""

from __future__ import annotations

from collections import deque

from draggan_server.host.brush_stroke import BrushStroke
from draggan_server.host.brush_tip import BrushTip
from draggan_server.host.raw_pixels import at_size, holds_all, thinned
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
        self._mask = mask
        self._stroke: BrushStroke | None = None
        self._seen: tuple[Pixels, Pixels] | None = None
        self._done: deque[Pixels | None] = deque()
        self._undone: list[Pixels | None] = []

    @property
    def mask(self) -> Pixels | None:
        return self._mask if self._stroke is None else self._stroke.mask

    @property
    def there(self) -> bool:
        """Whether anything is painted."""
        return self.stroking or self._mask is not None

    @property
    def seen(self) -> Pixels | None:
        """The mask as it is shown: where it is large, with fewer pixels, and quickly had during a
        stroke."""
        mask = self._mask
        if self._stroke is not None:
            return self._stroke.seen
        if mask is None:
            return None
        if self._seen is None or self._seen[0] is not mask:
            self._seen = mask, thinned(mask.width, mask.height, mask.data)
        return self._seen[1]

    @property
    def stroking(self) -> bool:
        """Whether a stroke is under way."""
        return self._stroke is not None

    def load(self, mask: Pixels | None) -> None:
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
        self._stroke = BrushStroke(size, self.at_size(*size), tip, at)

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
        self._mask = Pixels(before.width, before.height, 1, before.data.translate(_INVERTED))
        self._note(before)
        return True

    def take(self, mask: Pixels) -> None:
        """Take another mask in the place of what is painted, as one edit."""
        self.give_up()
        before, self._mask = self._mask, mask
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
        self._mask = self._done.pop()
        return True

    def redo(self) -> bool:
        """Do again what was taken back last; False where that is nothing."""
        if self.stroking or not self._undone:
            return False
        self._done.append(self._mask)
        self._mask = self._undone.pop()
        return True

    # -- helpers ----------------------------------------------------------------------------------

    def _note(self, before: Pixels | None) -> None:
        if self._mask is not None and holds_all(self._mask):
            self._mask = None
        if self._mask == before:
            return
        self._done.append(before)
        self._undone.clear()
        while len(self._done) > 1 and sum(len(one.data) for one in self._done if one) > ROOM:
            self._done.popleft()
