"""A view on which points are set: what mouse and keys over it do, and when it is drawn anew."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Generic

from draggan_server.host.affine import Affine
from draggan_server.host.cursor import Cursor
from draggan_server.host.hand import Button, Hand
from draggan_server.host.keys import Key
from draggan_server.host.request import LayerT
from draggan_server.host.shapes import Shape, pair_shapes
from draggan_server.wire.state import Point

_ALMOST = 1e-6


class Surface(Generic[LayerT]):
    """Positions are in pixels of the view. `way` leads to them from points; None while the view
    shows nothing. `repaint` is called where something is drawn differently."""

    def __init__(self, hand: Hand[LayerT], repaint: Callable[[], None]) -> None:
        self.hand = hand
        self.way: Affine | None = None
        self._repaint = repaint
        self._mouse: Point = (0.0, 0.0)

    @property
    def editable(self) -> bool:
        """Whether mouse and keys set points."""
        return self.hand.editable and self.way is not None

    @property
    def pressed(self) -> bool:
        """Whether the left button is down, and pulls, paints, divides, or has taken a point."""
        taken = self.hand.pressed or self.hand.frame.held or self.hand.split.held
        return taken or self.hand.editor.painted.stroking

    @property
    def cursor(self) -> Cursor:
        """What the mouse looks like, where it was last."""
        of_frame = None if self.way is None else self.hand.frame.cursor(self._mouse, self.way)
        return of_frame or (Cursor.SETS if self.editable else Cursor.PLAIN)

    def edit(self, editable: bool) -> None:
        """They do from now on, or not any more: then what was begun is given up."""
        if self.hand.editable and not editable:
            self.hand.let_go()
        self.hand.editable = editable

    def press(
        self, button: Button | None, position: Point, aside: bool, pins: bool = False
    ) -> bool:
        """A button of the mouse or of a pen goes down; `aside`: with Shift, `pins`: with Control.
        False where that is not for the points."""
        if button is None or button is Button.MIDDLE or self.way is None:
            return False
        frame = self.hand.frame
        if (frame.press if button is Button.LEFT else frame.reset)(position, self.way):
            self._repaint()
            return True
        if not self.hand.editable:
            return False
        if self.hand.split.there:
            if button is Button.LEFT:
                self.hand.split.press(position, self.way)
            return True
        if self._paints:
            if button is Button.LEFT:
                self.hand.painter.press(position, self.way, other=pins)
            else:
                self.hand.painter.give_up()
            self._repaint()
            return True
        self.hand.press(button, position, self.way, aside, pins)
        self._repaint()
        return True

    def move(self, position: Point) -> None:
        self._mouse = position
        if self.way is not None and self.hand.frame.move(position, self.way):
            self._repaint()
        elif self.way is not None and self.hand.split.there:
            self.hand.split.move(position, self.way)
        elif self.way is not None and self._paints:
            self.hand.painter.move(position, self.way)
            self._repaint()
        elif self.way is not None and self.hand.move(position, self.way):
            self._repaint()

    def release(self, button: Button | None, position: Point) -> bool:
        """False where the button had taken nothing."""
        if button is not Button.LEFT or self.way is None:
            return False
        if self.hand.frame.release():
            self._repaint()
            return True
        if self.hand.split.there:
            return self.hand.split.release()
        painted = self.hand.painter.release(position, self.way)
        released = painted or self.hand.release(position, self.way)
        self._repaint()
        return released

    def leave(self) -> None:
        """The mouse has left the view."""
        if self.hand.painter.leave() or self.hand.editor.leave():
            self._repaint()

    def key(self, key: Key | None, far: bool) -> bool:
        """A key goes down; `far`: with Shift. False where it is for others."""
        if key is None or self.way is None:
            return False
        taken = self.hand.split.key(key, far) or (self._paints and self.hand.painter.key(key))
        if key is Key.GIVE_UP or not (taken or self.hand.split.there):
            taken = self.hand.key(key, self.way, far)
        self._repaint()
        return taken

    def key_up(self, key: Key | None) -> bool:
        """A key goes up. False where it is for others."""
        return key is not None and self.hand.split.key_up(key)

    def wants(self, key: Key | None) -> bool:
        """Whether a key is for the points; Escape is, also where they cannot be set."""
        if key is None or key is Key.GIVE_UP:
            return key is not None
        if self.hand.split.wants(key) or (self._paints and self.hand.painter.wants(key)):
            return True
        return not self.hand.split.there and (self.hand.editable and self.hand.editor.wants(key))

    def shapes(self) -> Iterator[Shape]:
        """What is drawn over the picture."""
        way = self.way
        if way is None:
            return iter(())
        if self.hand.split.there:
            return self.hand.split.shapes(way)
        frame = self.hand.frame.shapes(way)
        if self.hand.frame.there:
            return frame  # points are of a picture that a model has shown
        pairs = pair_shapes(mark.mapped(way) for mark in self.hand.editor.marks())
        return itertools.chain(frame, pairs, self.hand.painter.shapes(way) if self._paints else ())

    @property
    def _paints(self) -> bool:
        """Whether mouse and keys are for the brush."""
        return self.hand.editable and self.hand.painter.active


def middle_of_pixel(x: float, y: float, pixels: float) -> Point:
    """The middle of the screen's pixel that the mouse is on, of which an event names the corner;
    there are so many `pixels` in one of the view. A pen's fractions of pixels stay as they are."""
    on_corner = all(abs(one * pixels - round(one * pixels)) < _ALMOST for one in (x, y))
    half = 0.5 / pixels if on_corner else 0.0
    return x + half, y + half
