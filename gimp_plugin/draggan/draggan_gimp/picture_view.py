"""A GTK widget that shows a canvas of the brain's as large as there is room for."""

from __future__ import annotations

import functools
from typing import Any

from gi.repository import Gdk, GdkPixbuf, GLib, Gtk

from draggan_server.host.dialog.canvas import Canvas
from draggan_server.host.drawing import Drawing
from draggan_server.host.shapes import enlarged
from draggan_server.host.view import View
from draggan_server.wire.messages import Pixels

_LEAST_SIDE = 160
_CHECK_SIZE = 8
_CHECK_LIGHT, _CHECK_DARK = 0x999999, 0x666666  # behind transparent parts, as GIMP shows them
_SHARP, _SMOOTH = GdkPixbuf.InterpType.NEAREST, GdkPixbuf.InterpType.BILINEAR


class PictureView:
    """`widget` is what goes into a dialog; `events` gets the mouse."""

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self._scaled: bytes | None = None
        self._redraw_source = 0
        self._image = Gtk.Image()
        self.events = Gtk.EventBox()
        self.events.add(self._image)
        self.events.set_halign(Gtk.Align.CENTER)
        self.events.set_valign(Gtk.Align.START)  # does not move when the room beside it grows
        # An image asks for its own size, so only inside a scroller can the dialog become smaller.
        self.widget = Gtk.ScrolledWindow()
        self.widget.set_policy(Gtk.PolicyType.EXTERNAL, Gtk.PolicyType.EXTERNAL)
        self.widget.set_size_request(canvas.view.width, canvas.view.height)
        self.widget.add(self.events)
        self.widget.connect("map", self._on_map)
        self.widget.connect("size-allocate", self._on_size)
        self.widget.connect("notify::scale-factor", self._on_size)
        self.widget.connect("destroy", self._on_destroy)
        self.events.connect("realize", lambda _widget: self.show_cursor())
        canvas.show_in(self)

    # -- what the canvas asks for -----------------------------------------------------------------

    def redraw(self, anew: bool) -> None:
        if anew:
            self._scaled = None
        if not self._redraw_source:
            self._redraw_source = GLib.idle_add(self._redraw, priority=GLib.PRIORITY_HIGH_IDLE)

    def show_cursor(self) -> None:
        window, name = self.events.get_window(), self._canvas.cursor.value
        if window is not None:
            window.set_cursor(Gdk.Cursor.new_from_name(window.get_display(), name))

    # -- helpers ----------------------------------------------------------------------------------

    def _on_map(self, _widget: Gtk.Widget) -> None:
        # Shown at its first size; from now on the user may make it smaller.
        self.widget.set_size_request(_LEAST_SIDE, _LEAST_SIDE)

    def _on_size(self, widget: Gtk.Widget, _changed: object) -> None:
        size = widget.get_allocation()
        self._canvas.set_room((size.width, size.height), widget.get_scale_factor())

    def _on_destroy(self, _widget: Gtk.Widget) -> None:
        if self._redraw_source:
            GLib.source_remove(self._redraw_source)
            self._redraw_source = 0

    def _redraw(self) -> bool:
        self._redraw_source = 0
        picture, view = self._canvas.picture, self._canvas.view
        if picture is not None:
            self._scaled = self._scaled or self._scale(picture, view.on_screen)
            data, size = bytearray(self._scaled), view.on_screen.room
            drawing = Drawing(data, *size)
            for shape in self._canvas.shapes():
                drawing.paint(enlarged(shape, view.screen_pixels))
            # As an icon, for which GTK takes the screen's own pixels; it is not scaled.
            icon = pixbuf_of(Pixels(*size, 4, bytes(data)))
            self._image.set_from_gicon(icon, Gtk.IconSize.BUTTON)
        return GLib.SOURCE_REMOVE

    def _scale(self, picture: Pixels, view: View) -> bytes:
        shown, place = _placed(view, picture)
        check = (round(view.left), round(view.top), _CHECK_SIZE, _CHECK_LIGHT, _CHECK_DARK)
        pixbuf_of(picture).composite_color(shown, *place, 255, *check)
        if (veil := self._canvas.veil) is not None:
            _scaled_veil(view, veil).composite(shown, *place[:4], 0, 0, 1, 1, _SHARP, 255)
        return bytes(shown.get_pixels())


def _placed(view: View, picture: Pixels) -> tuple[GdkPixbuf.Pixbuf, tuple[Any, ...]]:
    """An empty picture of what a view shows, and where and how another one is put into it."""
    size, scales = view.room, view.scales(picture)
    how = _SHARP if scales == (1.0, 1.0) else _SMOOTH  # which takes much longer
    place = (0, 0, *size, -view.left, -view.top, *scales, how)
    return GdkPixbuf.Pixbuf.new(GdkPixbuf.Colorspace.RGB, True, 8, *size), place


@functools.lru_cache(maxsize=1)  # frame after frame is seen below the same one
def _scaled_veil(view: View, veil: Pixels) -> GdkPixbuf.Pixbuf:
    scaled, place = _placed(view, veil)
    pixbuf_of(veil).scale(scaled, *place)
    return scaled


def pixbuf_of(picture: Pixels) -> GdkPixbuf.Pixbuf:
    """An RGBA picture as GTK shows it."""
    width, height = picture.width, picture.height
    data, kind = GLib.Bytes.new(picture.data), GdkPixbuf.Colorspace.RGB
    return GdkPixbuf.Pixbuf.new_from_bytes(data, kind, True, 8, width, height, width * 4)
