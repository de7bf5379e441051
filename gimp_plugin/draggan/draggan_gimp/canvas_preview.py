"""What a drag under way looks like, in the image itself."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from gi.repository import GdkPixbuf, Gimp

from draggan_server.host.layer_names import dragged_name
from draggan_server.wire.messages import Pixels

from .layers import SourceLayer
from .picture_view import pixbuf_of
from .pixels import write_rgba


class CanvasPreview:
    """Shows frames on a layer of its own above the one that is dragged.

    That layer comes and goes without a step of GIMP's undo, whose steps stay as they are. Undo is
    off only in these moments: were it off for as long as the layer is there, it would be off for
    good where this process dies, and what the user does meanwhile could not be undone.
    """

    def __init__(self) -> None:
        self._image: Gimp.Image | None = None
        self._layer: Gimp.Layer | None = None

    def show(self, source: SourceLayer, frame: Pixels) -> None:
        """Show what the picture of `source` looks like; a frame may be smaller than it."""
        if not source.is_there:
            self.end()
            return
        if self._layer is None:
            self._begin(source)
        layer = self._layer
        if layer is not None and layer.is_valid():
            write_rgba(layer, _in_size(frame, *source.size), source.region)
            Gimp.displays_flush()

    def end(self) -> None:
        """Leave the image as it was."""
        image, layer = self._image, self._layer
        self._image = self._layer = None
        if image is None or not image.is_valid():
            return
        if layer is not None and layer.is_valid():
            with _no_undo(image):
                image.remove_layer(layer)
        Gimp.displays_flush()

    def _begin(self, source: SourceLayer) -> None:
        image, below = source.item.image, source.item.layer
        layer = below.copy()
        layer.set_name(dragged_name(source.name))
        with _no_undo(image):
            image.insert_layer(layer, below.get_parent(), image.get_item_position(below))
        self._image, self._layer = image, layer


@contextlib.contextmanager
def _no_undo(image: Gimp.Image) -> Iterator[None]:
    """What is done to the image is no step of its undo, and the same layers stay selected."""
    chosen = image.get_selected_layers()
    image.undo_freeze()
    try:
        yield
        image.set_selected_layers([each for each in chosen if each.is_valid()])
    finally:
        image.undo_thaw()


def _in_size(frame: Pixels, width: int, height: int) -> Pixels:
    if (frame.width, frame.height) == (width, height):
        return frame
    larger = pixbuf_of(frame).scale_simple(width, height, GdkPixbuf.InterpType.BILINEAR)
    rows, stride = bytes(larger.get_pixels()), larger.get_rowstride()
    data = b"".join(rows[stride * y : stride * y + width * 4] for y in range(height))
    return Pixels(width, height, 4, data)
