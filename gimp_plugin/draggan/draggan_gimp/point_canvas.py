"""A picture on which point pairs are set with mouse and keyboard."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

from gi.repository import Gdk, Gtk

from draggan_server.host.pair_editor import Key, PairEditor
from draggan_server.host.pairs import Bounds, PointPair
from draggan_server.host.shapes import pair_shapes
from draggan_server.wire.messages import Pixels
from draggan_server.wire.state import Point

from .drawing import Drawing
from .picture_view import PictureView
from .view import View

_LEFT, _RIGHT = 1, 3
_KEYS = {
    Gdk.KEY_Delete: Key.REMOVE,
    Gdk.KEY_KP_Delete: Key.REMOVE,
    Gdk.KEY_BackSpace: Key.REMOVE,
    Gdk.KEY_Tab: Key.NEXT,
    Gdk.KEY_ISO_Left_Tab: Key.PREVIOUS,
    Gdk.KEY_Left: Key.LEFT,
    Gdk.KEY_Right: Key.RIGHT,
    Gdk.KEY_Up: Key.UP,
    Gdk.KEY_Down: Key.DOWN,
}
_UNDO, _REDO = Gdk.KEY_z, Gdk.KEY_y


class Hand(Protocol):
    """Is told what the hand does to a picture that follows it."""

    def press(self) -> None: ...
    def pull(self) -> None: ...
    def release(self) -> None: ...
    def escape(self) -> None: ...


class PointCanvas:
    """Shows a layer and its pairs; `editor` has the pairs, in the layer's coordinates.

    While `editable` is false it only shows. `on_change` is called when the user changed a pair.
    """

    def __init__(
        self, layer: Pixels, room: tuple[int, int], on_change: Callable[[], None], hand: Hand
    ) -> None:
        self.editor = PairEditor()
        self._on_change = on_change
        self._hand = hand
        self._pressed = False
        self.picture = PictureView((layer.width, layer.height), room)
        self.widget = self.picture.widget
        self.show_layer(layer)
        self.picture.set_painter(self._paint)
        self._editable = True
        events = self.picture.events
        events.set_can_focus(True)
        events.add_events(
            Gdk.EventMask.BUTTON_PRESS_MASK
            | Gdk.EventMask.BUTTON_RELEASE_MASK
            | Gdk.EventMask.POINTER_MOTION_MASK
            | Gdk.EventMask.LEAVE_NOTIFY_MASK
            | Gdk.EventMask.KEY_PRESS_MASK
        )
        events.connect("button-press-event", self._on_press)
        events.connect("motion-notify-event", self._on_motion)
        events.connect("button-release-event", self._on_release)
        events.connect("leave-notify-event", self._on_leave)
        events.connect("key-press-event", self._on_key)
        events.connect("realize", self._on_realize)

    @property
    def editable(self) -> bool:
        return self._editable

    @editable.setter
    def editable(self, value: bool) -> None:
        self._editable = value
        self._show_cursor()

    def show_layer(self, layer: Pixels) -> None:
        """Show a picture of the layer, which may have another size now."""
        self.editor.bounds = Bounds.of_picture(layer.width, layer.height)
        self.picture.set_picture(layer)

    def give_up(self) -> bool:
        """Give up what the mouse has begun; False where that is nothing."""
        return self._after(self.editor.give_up())

    def load_pairs(self, pairs: Iterable[PointPair]) -> None:
        """Show the pairs of another layer, without `on_change`."""
        self.editor.load(pairs)
        self.picture.queue_redraw()

    def set_all(self, pairs: Iterable[PointPair]) -> None:
        """Put these in place of all pairs, as the user's edit."""
        self.editor.set_all(pairs)
        self._after(True)

    def show_handles(
        self, handle_points: Iterable[Point] | None = None, arrived: Iterable[bool] = ()
    ) -> None:
        """Draw the handles where a drag has brought them; None: where they were set."""
        if handle_points is None:
            self.editor.forget_drag()
        else:
            self.editor.follow_drag(list(handle_points), list(arrived))
        self.picture.queue_redraw()

    def _paint(self, data: bytearray, view: View) -> None:
        drawing = Drawing(data, view.width, view.height)
        for shape in pair_shapes(mark.mapped(view.affine) for mark in self.editor.marks()):
            drawing.paint(shape)

    def _on_press(self, _widget: Gtk.Widget, event: Gdk.EventButton) -> bool:
        if not self.editable or event.type != Gdk.EventType.BUTTON_PRESS:
            return False
        self.picture.events.grab_focus()
        if event.button == _LEFT:
            self._pressed = self.editor.press(self._position(event), self.picture.view.affine)
        elif event.button == _RIGHT and self._pressed and self.editor.live:
            self._hand.escape()
        elif event.button == _RIGHT:
            self.editor.remove_at(self._position(event), self.picture.view.affine)
        self._after(True)
        if event.button == _LEFT and self._pressed and self.editor.live:
            self._hand.press()
        return True

    def _on_motion(self, _widget: Gtk.Widget, event: Gdk.EventMotion) -> bool:
        if not self.editable:
            return False
        if self.editor.move(self._position(event), self.picture.view.affine):
            self.picture.queue_redraw()
            if self._pressed and self.editor.live:
                self._hand.pull()
        return True

    def _on_release(self, _widget: Gtk.Widget, event: Gdk.EventButton) -> bool:
        if not self.editable or event.button != _LEFT:
            return False
        self.editor.release(self._position(event), self.picture.view.affine)
        pressed, self._pressed = self._pressed, False
        self._after(True)
        if pressed and self.editor.live:
            self._hand.pull()
            self._hand.release()
        return True

    def _on_leave(self, _widget: Gtk.Widget, _event: Gdk.EventCrossing) -> bool:
        if self.editor.leave():
            self.picture.queue_redraw()
        return False

    def _on_key(self, _widget: Gtk.Widget, event: Gdk.EventKey) -> bool:
        key = _key_of(event)
        if not self.editable or key is None:
            return False
        far = bool(event.state & Gdk.ModifierType.SHIFT_MASK)
        wanted = self.editor.wants(key)
        done = self._after(self.editor.key(key, self.picture.view.affine, far))
        # Beyond the last end, Tab goes on to the next widget.
        return done if key in (Key.NEXT, Key.PREVIOUS) else wanted

    def _position(self, event: Gdk.EventButton | Gdk.EventMotion) -> Point:
        """The middle of the screen's pixel that the mouse is on: an event names its corner. A pen
        names fractions of pixels."""
        pixels = self.picture.events.get_scale_factor()
        half = 0.5 / pixels if (event.x * pixels) % 1 == (event.y * pixels) % 1 == 0 else 0.0
        return event.x + half, event.y + half

    def _after(self, changed: bool) -> bool:
        if changed:
            self.picture.queue_redraw()
            self._on_change()
        return changed

    def _on_realize(self, _widget: Gtk.Widget) -> None:
        self._show_cursor()

    def _show_cursor(self) -> None:
        window = self.picture.events.get_window()
        if window is not None:
            name = "crosshair" if self._editable else "default"
            window.set_cursor(Gdk.Cursor.new_from_name(window.get_display(), name))


def _key_of(event: Gdk.EventKey) -> Key | None:
    if event.state & Gdk.ModifierType.CONTROL_MASK:
        letter = Gdk.keyval_to_lower(event.keyval)
        if letter == _UNDO:
            return Key.REDO if event.state & Gdk.ModifierType.SHIFT_MASK else Key.UNDO
        return Key.REDO if letter == _REDO else None
    return _KEYS.get(event.keyval)
