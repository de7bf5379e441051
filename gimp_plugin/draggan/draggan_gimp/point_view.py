"""A picture on which point pairs are set with mouse and keyboard."""

from __future__ import annotations

from typing import Any

from gi.repository import Gdk, Gtk

from draggan_server.host.dialog.canvas import PointCanvas
from draggan_server.host.hand import Button
from draggan_server.host.sentences import words
from draggan_server.host.surface import middle_of_pixel
from draggan_server.host.translation import tr
from draggan_server.wire.state import Point

from .layers import SourceLayer
from .picture_view import PictureView

_BUTTONS = {1: Button.LEFT, 2: Button.MIDDLE, 3: Button.RIGHT}
_NOTCHES = {Gdk.ScrollDirection.UP: 1.0, Gdk.ScrollDirection.DOWN: -1.0}


class PointView(PictureView):
    """Tells its canvas what mouse and keys do over it."""

    def __init__(self, canvas: PointCanvas[SourceLayer]) -> None:
        super().__init__(canvas)
        self._canvas: PointCanvas[SourceLayer] = canvas
        self.events.set_can_focus(True)
        self.events.get_accessible().set_name(tr(words.PICTURE))
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
        connect = self.events.connect
        connect("button-press-event", self._on_press)
        connect("motion-notify-event", lambda _, event: canvas.move(self._position(event)))
        connect("button-release-event", self._on_release)
        connect("leave-notify-event", lambda *_: canvas.leave())
        connect("key-press-event", lambda _, event: canvas.key(_name(event), *_held(event)))
        connect("key-release-event", lambda _, event: canvas.key_up(_name(event)))
        connect("focus-out-event", lambda *_: canvas.hold(False))
        connect("scroll-event", self._on_scroll)

    def _on_press(self, _widget: Gtk.Widget, event: Gdk.EventButton) -> bool:
        if event.type != Gdk.EventType.BUTTON_PRESS:
            return False
        button, position = _BUTTONS.get(event.button), self._position(event)
        if not self._canvas.press(button, position, *_held(event)):
            return False
        self.events.grab_focus()
        return True

    def _on_release(self, _widget: Gtk.Widget, event: Gdk.EventButton) -> bool:
        return self._canvas.release(_BUTTONS.get(event.button), self._position(event))

    def _on_scroll(self, _widget: Gtk.Widget, event: Gdk.EventScroll) -> bool:
        return self._canvas.wheel((event.x, event.y), _NOTCHES.get(event.direction, 0.0))

    def _position(self, event: Gdk.EventButton | Gdk.EventMotion) -> Point:
        return middle_of_pixel(event.x, event.y, self.events.get_scale_factor())


def _held(event: Any) -> tuple[bool, bool]:
    """Whether Shift and Control are held."""
    state = event.state
    shift, control = Gdk.ModifierType.SHIFT_MASK, Gdk.ModifierType.CONTROL_MASK
    return bool(state & shift), bool(state & control)


def _name(event: Gdk.EventKey) -> str:
    return Gdk.keyval_name(event.keyval) or ""
