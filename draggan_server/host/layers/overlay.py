"""What a transparent widget over the canvas shows, and whether it takes the mouse."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from draggan_server.host.affine import Affine
from draggan_server.host.cursor import Cursor
from draggan_server.host.hand import Button, Hand
from draggan_server.host.layers.document import PictureLayer
from draggan_server.host.layers.scene import Placed, Scene
from draggan_server.host.stamp import Look
from draggan_server.host.surface import Surface
from draggan_server.wire.state import Point


class OverlaySurface(Surface[PictureLayer]):
    """Shows a scene at a time: its points, and below them what is `placed` on the image.

    `takes_mouse`: also where no points can be set, since a stroke would be painted unseen below
    what is shown.
    """

    def __init__(self, hand: Hand[PictureLayer], repaint: Callable[[], None]) -> None:
        super().__init__(hand, repaint)
        self.placed: tuple[Placed, ...] = ()
        self.takes_mouse = False
        self._origin = (0, 0)
        self._to_view: Affine | None = None
        self._drawn: Any = None
        self._finger: Point = (0.0, 0.0)
        self._canvas_is_moved = False

    def show(self, scene: Scene) -> None:
        """Show this from now on."""
        if scene.points is not self.hand.editor or scene.origin != self._origin:
            self.hand.take(scene.points)
            self._origin = scene.origin
            self.follow(self._to_view)
        self.edit(scene.editable)
        self.takes_mouse = scene.editable or scene.held_off
        before, self.placed = self.placed, scene.placed
        if self.placed != before:
            self._repaint()

    def touch(self, fingers: Sequence[Point], begins: bool, ends: bool) -> bool:
        """Fingers come, move or go; `begins`: the first of them comes, `ends`: all go. One does
        what the left button does; with more the canvas is moved, and what one has begun is given
        up. False where that is for the canvas."""
        self._canvas_is_moved = len(fingers) != 1 or (self._canvas_is_moved and not begins)
        if self._canvas_is_moved or not self.takes_mouse:
            if self.pressed:
                self.press(Button.RIGHT, self._finger, aside=False)
                self.release(Button.LEFT, self._finger)
            return False
        self._finger = fingers[0]
        if begins:
            self.press(Button.LEFT, self._finger, aside=False)
        elif ends:
            self.release(Button.LEFT, self._finger)
            self.leave()
        else:
            self.move(self._finger)
        return True

    @property
    def cursor(self) -> Cursor:
        found = super().cursor
        return Cursor.BARRED if found is Cursor.PLAIN else found

    @property
    def look(self) -> Look | None:
        """How what was followed last is drawn; None where it follows the mouse."""
        way = self.way
        if way is None or self.hand.split.there or self._paints:
            return None
        return Look(((way.a, way.b, way.c, way.d), self._drawn[1:]), (way.e, way.f))

    def follow(self, to_view: Affine | None, painting: bool = False) -> None:
        """The view, which lies so over the image now, may have been zoomed, moved, turned or
        mirrored; None: it is closed. The points may have been changed from elsewhere: by a drag,
        or in another window. `painting`: it is drawn anew anyhow."""
        self._to_view = to_view
        x, y = self._origin
        self.way = None if to_view is None else to_view.moved_first(x + 0.5, y + 0.5)
        drawn = self.way, self.hand.editor.marks(), self.hand.frame.seen
        if drawn != self._drawn:
            self._drawn = drawn
            if not painting:
                self._repaint()
