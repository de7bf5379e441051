"""What mouse and keys do to a view while it is painted what of the picture may move."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from draggan_server.host.affine import Affine
from draggan_server.host.brush_tip import BrushTip
from draggan_server.host.keys import Key
from draggan_server.host.pair_editor import PairEditor
from draggan_server.host.pairs import Bounds
from draggan_server.host.shapes import Shape, brush_shapes
from draggan_server.wire.state import Point

_KEYS = (Key.UNDO, Key.REDO, Key.SMALLER, Key.LARGER)


class Painter:
    """Positions are in pixels of the view; an `Affine` leads from points to them.

    While `active` the left button paints with the `tip`. `points` has those of the layer, whose
    bounds are those of its picture once `may_begin` was asked. `painted` is called where the mask
    is another one, `changed` after an edit, `resized` after the keys gave the tip another size.
    """

    def __init__(self, points: Callable[[], PairEditor], may_begin: Callable[[], bool]) -> None:
        self.active = False
        self.tip = BrushTip(60.0, 0.8)
        self.painted: Callable[[], None] = lambda: None
        self.changed: Callable[[], None] = lambda: None
        self.resized: Callable[[], None] = lambda: None
        self._points = points
        self._may_begin = may_begin
        self._at: Point | None = None

    def press(self, position: Point, view: Affine, other: bool) -> None:
        """The left button goes down; `other`: with the key by which the tip erases what it would
        paint, or paints what it would erase."""
        self._at = position
        bounds = self._points().bounds if self._may_begin() else None
        if bounds is None:
            return
        tip = replace(self.tip, erases=self.tip.erases != other)
        size = round(bounds.right - bounds.left), round(bounds.bottom - bounds.top)
        self._points().painted.begin(size, tip, _in_picture(position, view, bounds))
        self.painted()

    def move(self, position: Point, view: Affine) -> None:
        """The mouse moves, with the button down or not."""
        self._at = position
        painted, bounds = self._points().painted, self._points().bounds
        if bounds is not None and painted.go_on(_in_picture(position, view, bounds)):
            self.painted()

    def release(self, position: Point, view: Affine) -> bool:
        """The left button goes up. False where it did not paint."""
        painted = self._points().painted
        if not painted.stroking:
            return False
        self.move(position, view)
        painted.end()
        self.tell()
        return True

    def leave(self) -> bool:
        """The mouse has left the view; True where something is drawn differently."""
        there, self._at = self._at is not None, None
        return there

    def wants(self, key: Key) -> bool:
        """Whether a key is for the painting."""
        return key in _KEYS

    def key(self, key: Key) -> bool:
        """Do what a key asks for; False where it is for others."""
        painted = self._points().painted
        if key is Key.UNDO or key is Key.REDO:
            if painted.undo() if key is Key.UNDO else painted.redo():
                self.tell()
        elif key in _KEYS:
            self.tip = replace(self.tip, size=self.tip.resized(key is Key.LARGER))
            self.resized()
        return key in _KEYS

    def give_up(self) -> bool:
        """Take back the stroke that is under way; False where none is."""
        given_up = self._points().painted.give_up()
        if given_up:
            self.tell()
        return given_up

    def shapes(self, view: Affine) -> Iterator[Shape]:
        """The rim of the tip at the mouse."""
        if self.active and self._at is not None:
            yield from brush_shapes(self._at, self.tip.size / 2 * view.magnification)

    def tell(self) -> None:
        """The mask was edited, by the painter or from elsewhere."""
        self.painted()
        self.changed()


def _in_picture(position: Point, view: Affine, bounds: Bounds) -> Point:
    x, y = view.inverted().map(position)
    return x - bounds.left - 0.5, y - bounds.top - 0.5
