"""A picture on which point pairs are set with mouse and keyboard."""

from __future__ import annotations

from gi.repository import Gdk, Gtk

from draggan_server.host.drawing import Drawing
from draggan_server.host.hand import Button, Hand
from draggan_server.host.keys import Key
from draggan_server.host.pair_editor import PairEditor
from draggan_server.host.pairs import Bounds
from draggan_server.host.shapes import pair_shapes
from draggan_server.host.view import View
from draggan_server.host.viewer import Zoom
from draggan_server.wire.messages import Pixels
from draggan_server.wire.state import Point

from .layers import SourceLayer
from .picture_view import PictureView

_BUTTONS = {1: Button.LEFT, 3: Button.RIGHT}
_KEYS = {
    Gdk.KEY_Delete: Key.REMOVE,
    Gdk.KEY_KP_Delete: Key.REMOVE,
    Gdk.KEY_BackSpace: Key.REMOVE,
    Gdk.KEY_p: Key.PIN,
    Gdk.KEY_s: Key.SNAP,
    Gdk.KEY_Tab: Key.NEXT,
    Gdk.KEY_ISO_Left_Tab: Key.PREVIOUS,
    Gdk.KEY_Left: Key.LEFT,
    Gdk.KEY_Right: Key.RIGHT,
    Gdk.KEY_Up: Key.UP,
    Gdk.KEY_Down: Key.DOWN,
}
_ZOOMS = {
    Gdk.KEY_plus: Zoom.IN,
    Gdk.KEY_KP_Add: Zoom.IN,
    Gdk.KEY_minus: Zoom.OUT,
    Gdk.KEY_KP_Subtract: Zoom.OUT,
    Gdk.KEY_0: Zoom.FIT,
    Gdk.KEY_KP_0: Zoom.FIT,
    Gdk.KEY_1: Zoom.FULL,
    Gdk.KEY_KP_1: Zoom.FULL,
}
_NOTCHES = {Gdk.ScrollDirection.UP: 1.0, Gdk.ScrollDirection.DOWN: -1.0}
_PANS = 2  # the mouse's middle button
_UNDO, _REDO = Gdk.KEY_z, Gdk.KEY_y


class PointCanvas:
    """Shows a layer and its pairs, which the hand's editor has in the layer's coordinates.

    While `editable` is false it only shows.
    """

    def __init__(self, layer: Pixels, room: tuple[int, int], hand: Hand[SourceLayer]) -> None:
        self._hand = hand
        self.picture = PictureView((layer.width, layer.height), room)
        self.widget = self.picture.widget
        self.show_layer(layer)
        self.picture.set_painter(self._paint)
        events = self.picture.events
        events.set_can_focus(True)
        events.add_events(
            Gdk.EventMask.BUTTON_PRESS_MASK
            | Gdk.EventMask.BUTTON_RELEASE_MASK
            | Gdk.EventMask.POINTER_MOTION_MASK
            | Gdk.EventMask.LEAVE_NOTIFY_MASK
            | Gdk.EventMask.KEY_PRESS_MASK
            | Gdk.EventMask.KEY_RELEASE_MASK
            | Gdk.EventMask.FOCUS_CHANGE_MASK
            | Gdk.EventMask.SCROLL_MASK
        )
        events.connect("button-press-event", self._on_press)
        events.connect("motion-notify-event", self._on_motion)
        events.connect("button-release-event", self._on_release)
        events.connect("leave-notify-event", self._on_leave)
        events.connect("key-press-event", self._on_key)
        events.connect("key-release-event", self._on_key_release)
        events.connect("focus-out-event", self._on_focus_out)
        events.connect("scroll-event", self._on_scroll)
        events.connect("realize", self._on_realize)

    @property
    def editable(self) -> bool:
        return self._hand.editable

    @editable.setter
    def editable(self, value: bool) -> None:
        self._hand.editable = value
        self._show_cursor()

    def show_layer(self, layer: Pixels) -> None:
        """Show a picture of the layer, which may have another size now."""
        self.editor.bounds = Bounds.of_picture(layer.width, layer.height)
        self.picture.set_picture(layer)

    @property
    def editor(self) -> PairEditor:
        return self._hand.editor

    def _paint(self, data: bytearray, view: View) -> None:
        drawing = Drawing(data, view.width, view.height)
        for shape in pair_shapes(mark.mapped(view.affine) for mark in self.editor.marks()):
            drawing.paint(shape)

    def zoom(self, asked: Zoom) -> None:
        """As a button of the dialog asks for it."""
        self._show_view(self.picture.viewer.zoom(asked))

    def _show_view(self, changed: bool) -> None:
        if changed:
            self.picture.queue_rescale()

    def _on_scroll(self, _widget: Gtk.Widget, event: Gdk.EventScroll) -> bool:
        notches = _NOTCHES.get(event.direction, 0.0)
        if notches:
            self._show_view(self.picture.viewer.wheel((event.x, event.y), notches))
        return bool(notches)

    def _hold(self, held: bool) -> None:
        """Space is held, or no more."""
        self.picture.viewer.holds = held
        self._show_cursor()

    def _on_key_release(self, _widget: Gtk.Widget, event: Gdk.EventKey) -> bool:
        if event.keyval == Gdk.KEY_space:
            self._hold(False)
        return bool(event.keyval == Gdk.KEY_space)

    def _on_focus_out(self, _widget: Gtk.Widget, _event: Gdk.EventFocus) -> bool:
        self._hold(False)
        return False

    def _on_press(self, _widget: Gtk.Widget, event: Gdk.EventButton) -> bool:
        button, viewer = _BUTTONS.get(event.button), self.picture.viewer
        if event.button == _PANS or (button is Button.LEFT and viewer.holds):
            viewer.grab((event.x, event.y))
            return True
        if not self.editable or event.type != Gdk.EventType.BUTTON_PRESS:
            return False
        self.picture.events.grab_focus()
        if button is not None:
            aside = bool(event.state & Gdk.ModifierType.SHIFT_MASK)
            pins = bool(event.state & Gdk.ModifierType.CONTROL_MASK)
            view = self.picture.view.affine
            self._hand.press(button, self._position(event), view, aside, pins)
            self.picture.queue_redraw()
        return True

    def _on_motion(self, _widget: Gtk.Widget, event: Gdk.EventMotion) -> bool:
        if self.picture.viewer.grabbed:
            self._show_view(self.picture.viewer.move((event.x, event.y)))
            return True
        if self._hand.move(self._position(event), self.picture.view.affine):
            self.picture.queue_redraw()
        return self.editable

    def _on_release(self, _widget: Gtk.Widget, event: Gdk.EventButton) -> bool:
        if self.picture.viewer.let_go():
            return True
        if _BUTTONS.get(event.button) is not Button.LEFT:
            return False
        released = self._hand.release(self._position(event), self.picture.view.affine)
        self.picture.queue_redraw()
        return released

    def _on_leave(self, _widget: Gtk.Widget, _event: Gdk.EventCrossing) -> bool:
        if self.editor.leave():
            self.picture.queue_redraw()
        return False

    def _on_key(self, _widget: Gtk.Widget, event: Gdk.EventKey) -> bool:
        if event.keyval == Gdk.KEY_space:
            self._hold(True)
            return True
        if event.keyval in _ZOOMS:
            self.zoom(_ZOOMS[event.keyval])
            return True
        key = _key_of(event)
        far = bool(event.state & Gdk.ModifierType.SHIFT_MASK)
        taken = key is not None and self._hand.key(key, self.picture.view.affine, far)
        self.picture.queue_redraw()
        return taken

    def _position(self, event: Gdk.EventButton | Gdk.EventMotion) -> Point:
        """The middle of the screen's pixel that the mouse is on: an event names its corner. A pen
        names fractions of pixels."""
        pixels = self.picture.events.get_scale_factor()
        half = 0.5 / pixels if (event.x * pixels) % 1 == (event.y * pixels) % 1 == 0 else 0.0
        return event.x + half, event.y + half

    def _on_realize(self, _widget: Gtk.Widget) -> None:
        self._show_cursor()

    def _show_cursor(self) -> None:
        window = self.picture.events.get_window()
        if window is not None:
            name = "crosshair" if self.editable else "default"
            name = "grab" if self.picture.viewer.holds else name
            window.set_cursor(Gdk.Cursor.new_from_name(window.get_display(), name))


def _key_of(event: Gdk.EventKey) -> Key | None:
    if event.state & Gdk.ModifierType.CONTROL_MASK:
        letter = Gdk.keyval_to_lower(event.keyval)
        if letter == _UNDO:
            return Key.REDO if event.state & Gdk.ModifierType.SHIFT_MASK else Key.UNDO
        return Key.REDO if letter == _REDO else None
    return _KEYS.get(event.keyval, _KEYS.get(Gdk.keyval_to_lower(event.keyval)))
