"""A picture in a dialog: a layer's, on which points are set, or one that is only looked at."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Generic, Protocol

from draggan_server.host.cursor import Cursor
from draggan_server.host.hand import Button, Hand
from draggan_server.host.keys import key_of
from draggan_server.host.raw_pixels import veil_picture
from draggan_server.host.request import LayerT
from draggan_server.host.shapes import Shape
from draggan_server.host.surface import Surface
from draggan_server.host.view import Room, View
from draggan_server.host.viewer import HOLDS, Viewer, Zoom, zoom_of
from draggan_server.wire.messages import Pixels
from draggan_server.wire.state import Point


class CanvasView(Protocol):
    """The widget that shows a canvas."""

    def redraw(self, anew: bool) -> None:
        """Draw, once before the next frame is shown; `anew`: the picture or the view of it is
        another one, not only what is drawn over it."""

    def show_cursor(self) -> None:
        """The canvas has another `cursor`."""


class Canvas:
    """A `picture` as its `view` shows it, below a `veil` (RGBA, of any size); None: no such.

    Positions are in pixels of the view. What a layer looks like meanwhile may be a smaller picture
    than the layer.
    """

    def __init__(self, size: tuple[int, int], room: Room) -> None:
        self._viewer = Viewer(size, room)
        self._widget: CanvasView | None = None
        self._mask: Pixels | None = None
        self._veil: Pixels | None = None
        self.picture: Pixels | None = None

    def show_in(self, widget: CanvasView) -> None:
        """Show it there from now on."""
        self._widget = widget
        self._redraw(anew=True)

    @property
    def view(self) -> View:
        return self._viewer.view

    @property
    def cursor(self) -> Cursor:
        return Cursor.PLAIN

    def shapes(self) -> Iterable[Shape]:
        """What is drawn over the picture."""
        return ()

    def set_room(self, room: Room, screen_pixels: int = 1) -> None:
        """The widget has another size, or is drawn larger or smaller by the screen."""
        self._show_view(self._viewer.set_room(room, screen_pixels))

    def show_picture(self, picture: Pixels) -> None:
        """Show a layer, which may have another size now."""
        self._viewer.set_layer(picture.width, picture.height)
        self.show_frame(picture)

    def show_frame(self, frame: Pixels) -> None:
        """Show what the layer looks like meanwhile."""
        self.picture = frame
        self._show_view(changed=True)

    def show_veil(self, mask: Pixels | None) -> None:
        """Darken what a mask holds; None: nothing."""
        if mask != self._mask:
            self._mask, self._veil = mask, None
            self._redraw(anew=True)

    @property
    def veil(self) -> Pixels | None:
        """Made when it is drawn: a brush changes the mask more often."""
        if self._veil is None and self._mask is not None:
            self._veil = veil_picture(self._mask)
        return self._veil

    def _show_view(self, changed: bool) -> None:
        if changed:
            self._redraw(anew=True)

    def _redraw(self, anew: bool) -> None:
        if self._widget is not None:
            self._widget.redraw(anew)


class PointCanvas(Canvas, Generic[LayerT]):
    """With the pairs of the hand over it, in the layer's pixels. The wheel, keys and the middle
    button zoom and move the picture; so does the left one while Space is held."""

    def __init__(self, hand: Hand[LayerT], size: tuple[int, int], room: Room) -> None:
        super().__init__(size, room)
        self._surface = Surface(hand, lambda: self._redraw(anew=False))
        self._surface.way = self.view.affine
        self._shown = self.cursor

    @property
    def cursor(self) -> Cursor:
        if self._viewer.holds:
            return Cursor.GRABS
        return self._surface.cursor

    def shapes(self) -> Iterable[Shape]:
        return self._surface.shapes()

    def let_edit(self, editable: bool) -> None:
        """Whether mouse and keys set points."""
        self._surface.edit(editable)
        self._show_cursor()

    def points_changed(self) -> None:
        """Not by mouse or keys over it."""
        self._redraw(anew=False)

    # -- what the widget tells --------------------------------------------------------------------

    def press(self, button: Button | None, at: Point, shift: bool, control: bool) -> bool:
        """A button of the mouse goes down. False where it is for others, as from all of these."""
        if button is Button.MIDDLE or (button is Button.LEFT and self._viewer.holds):
            self._viewer.grab(at)
            return True
        return self._surface.press(button, at, aside=shift, pins=control)

    def move(self, at: Point) -> bool:
        if self._viewer.grabbed:
            self._show_view(self._viewer.move(at))
            return True
        self._surface.move(at)
        self._show_cursor()
        return self._surface.editable

    def release(self, button: Button | None, at: Point) -> bool:
        return self._viewer.let_go() or self._surface.release(button, at)

    def leave(self) -> None:
        """The mouse has left the picture."""
        self._surface.leave()

    def wheel(self, at: Point, notches: float) -> bool:
        """The wheel turned, away from the user where `notches` are above 0."""
        self._show_view(self._viewer.wheel(at, notches))
        return bool(notches)

    def key(self, name: str, shift: bool, control: bool) -> bool:
        """A key goes down; names are those of `keys` and `viewer`."""
        if name == HOLDS:
            self.hold(True)
        elif (zoom := zoom_of(name)) is not None:
            self.zoom(zoom)
        else:
            return self._surface.key(key_of(name, shift, control), far=shift)
        return True

    def key_up(self, name: str) -> bool:
        if name == HOLDS:
            self.hold(False)
            return True
        return self._surface.key_up(key_of(name, shift=False, control=False))

    def hold(self, held: bool) -> None:
        """Space is held, or no more: the keyboard may have gone elsewhere."""
        self._viewer.holds = held
        self._show_cursor()

    def zoom(self, asked: Zoom) -> None:
        self._show_view(self._viewer.zoom(asked))

    # -- helpers ----------------------------------------------------------------------------------

    def _show_view(self, changed: bool) -> None:
        self._surface.way = self.view.affine
        super()._show_view(changed)

    def _show_cursor(self) -> None:
        if self._widget is not None and self._shown is not self.cursor:
            self._shown = self.cursor
            self._widget.show_cursor()
