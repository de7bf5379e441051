"""A GTK widget that shows an RGBA picture as large as there is room for."""

from __future__ import annotations

from collections.abc import Iterable

from gi.repository import Gdk, GdkPixbuf, GLib, Gtk

from draggan_server.host.drawing import Drawing
from draggan_server.host.raw_pixels import veil_over_held
from draggan_server.host.shapes import Shape
from draggan_server.host.view import View
from draggan_server.host.viewer import Viewer
from draggan_server.wire.messages import Pixels

_LEAST_SIDE = 160
_CHECK_SIZE = 8
_CHECK_LIGHT, _CHECK_DARK = 0x999999, 0x666666  # behind transparent parts, as GIMP shows them


class PictureView:
    """Shows a picture, darkened where it is held, and shapes over it.

    `widget` is what goes into a dialog; `events` gets the mouse. The picture is scaled to the room
    that the widget has; after that `viewer` is asked, and `queue_rescale` called where it says so.
    """

    def __init__(self, layer_size: tuple[int, int], room: tuple[int, int]) -> None:
        self.viewer = Viewer(layer_size, room)
        self._picture: GdkPixbuf.Pixbuf | None = None
        self._movable_mask: Pixels | None = None
        self._shade: GdkPixbuf.Pixbuf | None = None
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
        self.widget.set_size_request(self.view.width, self.view.height)
        self.widget.add(self.events)
        self.widget.connect("map", self._on_map)
        self.widget.connect("size-allocate", self._on_size)
        self.widget.connect("destroy", self._on_destroy)

    @property
    def view(self) -> View:
        return self.viewer.view

    def shapes(self) -> Iterable[Shape]:
        """What is drawn over the picture, in pixels of the `view`."""
        return ()

    def set_picture(self, picture: Pixels) -> None:
        self.viewer.set_layer(picture.width, picture.height)
        self._picture = pixbuf_of(picture)
        self.queue_rescale()

    def show_frame(self, frame: Pixels) -> None:
        """Show what the layer looks like meanwhile; a frame may be smaller than it."""
        self._picture = pixbuf_of(frame)
        self.queue_rescale()

    def set_movable(self, movable_mask: Pixels | None) -> None:
        """Darken what the mask holds; None holds nothing."""
        if movable_mask == self._movable_mask:
            return
        self._movable_mask, self._shade = movable_mask, None
        if movable_mask is not None:
            data = bytearray(len(movable_mask.data) * 4)
            data[3::4] = veil_over_held(movable_mask.data)
            self._shade = _pixbuf(bytes(data), movable_mask.width, movable_mask.height)
        self.queue_rescale()

    def queue_redraw(self) -> None:
        """Draw once before the next frame, however often this is called until then."""
        if not self._redraw_source:
            self._redraw_source = GLib.idle_add(self._redraw, priority=GLib.PRIORITY_HIGH_IDLE)

    def queue_rescale(self) -> None:
        """The same for another picture, or another view of it."""
        self._scaled = None
        self.queue_redraw()

    def _on_map(self, _widget: Gtk.Widget) -> None:
        # Shown at its first size; from now on the user may make it smaller.
        self.widget.set_size_request(_LEAST_SIDE, _LEAST_SIDE)

    def _on_size(self, _widget: Gtk.Widget, allocation: Gdk.Rectangle) -> None:
        if self.viewer.set_room((max(allocation.width, 1), max(allocation.height, 1))):
            self.queue_rescale()

    def _on_destroy(self, _widget: Gtk.Widget) -> None:
        if self._redraw_source:
            GLib.source_remove(self._redraw_source)
            self._redraw_source = 0

    def _redraw(self) -> bool:
        self._redraw_source = 0
        if self._picture is not None:
            width, height = self.view.width, self.view.height
            if self._scaled is None:
                self._scaled = self._scale(self._picture, self.view)
            data = bytearray(self._scaled)
            drawing = Drawing(data, width, height)
            for shape in self.shapes():
                drawing.paint(shape)
            self._image.set_from_pixbuf(_pixbuf(bytes(data), width, height))
        return GLib.SOURCE_REMOVE

    def _scale(self, picture: GdkPixbuf.Pixbuf, view: View) -> bytes:
        smooth = GdkPixbuf.InterpType.BILINEAR
        box, edge = (0, 0, view.width, view.height), (-view.left, -view.top)
        shown = GdkPixbuf.Pixbuf.new(GdkPixbuf.Colorspace.RGB, True, 8, view.width, view.height)
        check = (round(view.left), round(view.top), _CHECK_SIZE, _CHECK_LIGHT, _CHECK_DARK)
        scales = _scales(picture, view)
        picture.composite_color(shown, *box, *edge, *scales, smooth, 255, *check)
        if self._shade is not None:
            scales = _scales(self._shade, view)
            self._shade.composite(shown, *box, *edge, *scales, smooth, 255)
        return bytes(shown.get_pixels())


def _scales(picture: GdkPixbuf.Pixbuf, view: View) -> tuple[float, float]:
    """By which a picture of the layer, of whatever size, is as large as the view has it."""
    return (
        view.layer_width * view.scale / picture.get_width(),
        view.layer_height * view.scale / picture.get_height(),
    )


def pixbuf_of(picture: Pixels) -> GdkPixbuf.Pixbuf:
    """An RGBA picture as GTK shows it."""
    return _pixbuf(picture.data, picture.width, picture.height)


def small_pixbuf(picture: Pixels | None, side: int) -> GdkPixbuf.Pixbuf:
    """A picture as a square; an empty one keeps its place."""
    if picture is not None:
        return pixbuf_of(picture).scale_simple(side, side, GdkPixbuf.InterpType.BILINEAR)
    empty = GdkPixbuf.Pixbuf.new(GdkPixbuf.Colorspace.RGB, True, 8, side, side)
    empty.fill(0)
    return empty


def _pixbuf(data: bytes, width: int, height: int) -> GdkPixbuf.Pixbuf:
    return GdkPixbuf.Pixbuf.new_from_bytes(
        GLib.Bytes.new(data), GdkPixbuf.Colorspace.RGB, True, 8, width, height, width * 4
    )
