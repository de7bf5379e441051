"""A picture on which point pairs are set with mouse and keyboard."""

from __future__ import annotations

from collections.abc import Iterable

from gi.repository import Gdk, Gtk

from draggan_server.host.hand import Button, Hand
from draggan_server.host.keys import Key
from draggan_server.host.shapes import Shape
from draggan_server.host.surface import Surface, middle_of_pixel
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


class PointCanvas(PictureView):
    """Shows a layer's picture and the pairs of the hand, which are in its pixels."""

    def __init__(self, picture: Pixels, room: tuple[int, int], hand: Hand[SourceLayer]) -> None:
        self._surface = Surface(hand, self.queue_redraw)
        super().__init__((picture.width, picture.height), room)
        self._show_view(False)
        self.set_picture(picture)
        self.events.set_can_focus(True)
        self.events.add_events(
            Gdk.EventMask.BUTTON_PRESS_MASK
            | Gdk.EventMask.BUTTON_RELEASE_MASK
            | Gdk.EventMask.POINTER_MOTION_MASK
            | Gdk.EventMask.LEAVE_NOTIFY_MASK
            | Gdk.EventMask.KEY_PRESS_MASK
            | Gdk.EventMask.KEY_RELEASE_MASK
            | Gdk.EventMask.FOCUS_CHANGE_MASK
            | Gdk.EventMask.SCROLL_MASK
        )
        self.events.connect("button-press-event", self._on_press)
        self.events.connect("motion-notify-event", self._on_motion)
        self.events.connect("button-release-event", self._on_release)
        self.events.connect("leave-notify-event", lambda *_: self._surface.leave())
        self.events.connect("key-press-event", self._on_key)
        self.events.connect("key-release-event", self._on_key_release)
        self.events.connect("focus-out-event", lambda *_: self._hold(False))
        self.events.connect("scroll-event", self._on_scroll)
        self.events.connect("realize", lambda _widget: self._show_cursor())

    def let_edit(self, editable: bool) -> None:
        """Whether mouse and keys set points."""
        self._surface.edit(editable)
        self._show_cursor()

    def zoom(self, asked: Zoom) -> None:
        """As a button of the dialog asks for it."""
        self._show_view(self.viewer.zoom(asked))

    def shapes(self) -> Iterable[Shape]:
        self._surface.way = self.view.affine
        return self._surface.shapes()

    def _show_view(self, changed: bool) -> None:
        self._surface.way = self.view.affine
        if changed:
            self.queue_rescale()

    def _hold(self, held: bool) -> None:
        """Space is held, or no more."""
        self.viewer.holds = held
        self._show_cursor()

    def _on_scroll(self, _widget: Gtk.Widget, event: Gdk.EventScroll) -> bool:
        notches = _NOTCHES.get(event.direction, 0.0)
        if notches:
            self._show_view(self.viewer.wheel((event.x, event.y), notches))
        return bool(notches)

    def _on_press(self, _widget: Gtk.Widget, event: Gdk.EventButton) -> bool:
        button = _BUTTONS.get(event.button)
        if event.button == _PANS or (button is Button.LEFT and self.viewer.holds):
            self.viewer.grab((event.x, event.y))
            return True
        if not self._surface.editable or event.type != Gdk.EventType.BUTTON_PRESS:
            return False
        self.events.grab_focus()
        pins = bool(event.state & Gdk.ModifierType.CONTROL_MASK)
        self._surface.press(button, self._position(event), _shift(event), pins)
        return True

    def _on_motion(self, _widget: Gtk.Widget, event: Gdk.EventMotion) -> bool:
        if self.viewer.grabbed:
            self._show_view(self.viewer.move((event.x, event.y)))
            return True
        self._surface.move(self._position(event))
        return self._surface.editable

    def _on_release(self, _widget: Gtk.Widget, event: Gdk.EventButton) -> bool:
        if self.viewer.let_go():
            return True
        return self._surface.release(_BUTTONS.get(event.button), self._position(event))

    def _on_key(self, _widget: Gtk.Widget, event: Gdk.EventKey) -> bool:
        if event.keyval == Gdk.KEY_space:
            self._hold(True)
            return True
        if event.keyval in _ZOOMS:
            self.zoom(_ZOOMS[event.keyval])
            return True
        return self._surface.key(_key_of(event), _shift(event))

    def _on_key_release(self, _widget: Gtk.Widget, event: Gdk.EventKey) -> bool:
        if event.keyval == Gdk.KEY_space:
            self._hold(False)
        return bool(event.keyval == Gdk.KEY_space)

    def _position(self, event: Gdk.EventButton | Gdk.EventMotion) -> Point:
        return middle_of_pixel(event.x, event.y, self.events.get_scale_factor())

    def _show_cursor(self) -> None:
        window = self.events.get_window()
        if window is not None:
            name = "crosshair" if self._surface.editable else "default"
            name = "grab" if self.viewer.holds else name
            window.set_cursor(Gdk.Cursor.new_from_name(window.get_display(), name))


def _shift(event: Gdk.EventButton | Gdk.EventKey) -> bool:
    return bool(event.state & Gdk.ModifierType.SHIFT_MASK)


def _key_of(event: Gdk.EventKey) -> Key | None:
    if event.state & Gdk.ModifierType.CONTROL_MASK:
        letter = Gdk.keyval_to_lower(event.keyval)
        if letter == _UNDO:
            return Key.REDO if _shift(event) else Key.UNDO
        return Key.REDO if letter == _REDO else None
    return _KEYS.get(event.keyval, _KEYS.get(Gdk.keyval_to_lower(event.keyval)))
