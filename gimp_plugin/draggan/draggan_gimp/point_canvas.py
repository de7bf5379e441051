"""A picture on which point pairs are set with the mouse."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from gi.repository import Gdk, Gtk

from draggan_server.wire.messages import Pixels
from draggan_server.wire.state import Point

from .markers import Drawing
from .pair_editor import PairEditor
from .picture_view import PictureView
from .points import PointPair
from .view import View

_REACH = 9.0  # how near to a point, in pixels of the view, a press takes hold of it
_LEFT, _RIGHT = 1, 3
_DELETE = (Gdk.KEY_Delete, Gdk.KEY_KP_Delete, Gdk.KEY_BackSpace)


class PointCanvas:
    """Shows a layer and its pairs; `editor` has the pairs, in the layer's coordinates.

    While `editable` is false it only shows. `on_change` is called when the user changed a pair.
    """

    def __init__(self, layer: Pixels, room: tuple[int, int], on_change: Callable[[], None]) -> None:
        self.editor = PairEditor()
        self._shown: list[tuple[PointPair, bool]] | None = None  # the bool: whether it arrived
        self._on_change = on_change
        self.picture = PictureView((layer.width, layer.height), room)
        self.picture.set_picture(layer)
        self.picture.set_painter(self._paint)
        self.widget = self.picture.widget
        self._editable = True
        self._mouse: tuple[Point, float] | None = None
        events = self.picture.events
        events.set_can_focus(True)
        events.add_events(
            Gdk.EventMask.BUTTON_PRESS_MASK
            | Gdk.EventMask.BUTTON_RELEASE_MASK
            | Gdk.EventMask.POINTER_MOTION_MASK
            | Gdk.EventMask.KEY_PRESS_MASK
        )
        events.connect("button-press-event", self._on_press)
        events.connect("motion-notify-event", self._on_motion)
        events.connect("button-release-event", self._on_release)
        events.connect("key-press-event", self._on_key)
        events.connect("realize", self._on_realize)

    @property
    def editable(self) -> bool:
        return self._editable

    @editable.setter
    def editable(self, value: bool) -> None:
        self._editable = value
        self._show_cursor()

    def give_up_pending(self) -> bool:
        """Give up the pair in the making; False where there is none."""
        if not self.editor.give_up():
            return False
        self._changed()
        return True

    def set_pairs(self, pairs: Iterable[PointPair]) -> None:
        """Replace the pairs, without `on_change`."""
        self.editor.replace(pairs)
        self._shown = None
        self.picture.queue_redraw()

    def show_handles(self, handle_points: Iterable[Point], arrived: Iterable[bool]) -> None:
        """Draw the handles elsewhere, as a drag moves them; the pairs stay as they are."""
        self._shown = [
            (pair._replace(handle=handle), there)
            for pair, handle, there in zip(self.editor.pairs, handle_points, arrived, strict=True)
        ]
        self.picture.queue_redraw()

    def _paint(self, data: bytearray, view: View) -> None:
        drawing = Drawing(data, view.width, view.height)
        pairs = self._shown
        if pairs is None:
            pairs = [(pair, False) for pair in self.editor.pairs]
        if self.editor.pending is not None:
            pairs = [*pairs, (self.editor.pending, False)]
        for (handle, target), arrived in pairs:
            drawing.pair(PointPair(view.to_view(handle), view.to_view(target)), arrived=arrived)

    def _on_press(self, _widget: Gtk.Widget, event: Gdk.EventButton) -> bool:
        if not self.editable or event.type != Gdk.EventType.BUTTON_PRESS:
            return False
        self.picture.events.grab_focus()
        point, reach = self._mouse = self._place(event)
        if event.button == _LEFT:
            self.editor.press(point, reach)
        elif event.button == _RIGHT:
            self.editor.remove(point, reach)
        self._changed()
        return True

    def _on_motion(self, _widget: Gtk.Widget, event: Gdk.EventMotion) -> bool:
        if not self.editable:
            return False
        self._mouse = self._place(event)
        if self.editor.move(self._mouse[0]):
            self.picture.queue_redraw()
        return True

    def _on_key(self, _widget: Gtk.Widget, event: Gdk.EventKey) -> bool:
        """Delete removes the pair under the mouse."""
        if not self.editable or self._mouse is None or event.keyval not in _DELETE:
            return False
        self.editor.remove(*self._mouse)
        self._changed()
        return True

    def _on_release(self, _widget: Gtk.Widget, event: Gdk.EventButton) -> bool:
        if not self.editable or event.button != _LEFT:
            return False
        self.editor.release(*self._place(event))
        self._changed()
        return True

    def _place(self, event: Gdk.EventButton | Gdk.EventMotion) -> tuple[Point, float]:
        view = self.picture.view
        return view.to_layer((event.x, event.y)), _REACH / view.scale

    def _changed(self) -> None:
        self._shown = None
        self.picture.queue_redraw()
        self._on_change()

    def _on_realize(self, _widget: Gtk.Widget) -> None:
        self._show_cursor()

    def _show_cursor(self) -> None:
        window = self.picture.events.get_window()
        if window is not None:
            name = "crosshair" if self._editable else "default"
            window.set_cursor(Gdk.Cursor.new_from_name(window.get_display(), name))
