"""Layers as a drag finds them and leaves them behind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gi.repository import Gimp

from draggan_server.host.layer_names import dragged_name
from draggan_server.host.pairs import PointPair
from draggan_server.host.request import Layer
from draggan_server.host.results import Found
from draggan_server.host.sentences import refusals, words
from draggan_server.host.translation import tr, tr_count
from draggan_server.host.unknown import UnknownPicture
from draggan_server.wire.errors import BadInput
from draggan_server.wire.messages import Pixels, check_layer_size
from draggan_server.wire.state import EditState

from .kept_pairs import write_pairs
from .pixels import read_rgba, write_rgba
from .state import read_state, write_state


@dataclass(frozen=True)
class SourceLayer(Layer):
    """A layer that can be dragged, as it was when it was looked at. Its `saved_state`, and with
    it the name of its model, is empty where the image does not know it."""

    image: Gimp.Image
    layer: Gimp.Layer
    size: tuple[int, int]
    offset: tuple[int, int]  # of its first pixel's corner, in image coordinates
    saved_state: str
    model: str

    def find(self) -> Found:
        """What became of it."""
        if not self.image.is_valid():
            return Found.CLOSED
        there = self.layer.is_valid() and self.layer.get_image() is not None
        return Found.THERE if there else Found.REMOVED

    def check_known(self) -> None:
        """Raises `UnknownPicture` where the image knows nothing of its picture."""

        def keep(saved_state: str) -> None:
            if self.still_there():
                write_state(self.layer, saved_state)

        if not self.saved_state:
            raise UnknownPicture(self.name, lambda: read_rgba(self.layer).fingerprint(), keep)

    def still_there(self) -> bool:
        return self.find() is Found.THERE


def find_source(image: Gimp.Image, drawables: Sequence[Gimp.Drawable]) -> SourceLayer:
    """The layer that is to be dragged. Raises `BadInput` with what is wrong with it."""
    if len(drawables) != 1:
        raise BadInput(tr_count(refusals.MANY_LAYERS, len(drawables)))
    layer = drawables[0]
    if isinstance(layer, Gimp.LayerMask):
        layer = Gimp.Layer.from_mask(layer)
    if not isinstance(layer, Gimp.Layer):
        raise BadInput(refusals.CHANNEL, name=layer.get_name())
    name = layer.get_name()
    if layer.is_group():
        raise BadInput(refusals.GROUP, name=name)
    if locked := _locked_by(layer):
        raise BadInput(refusals.LOCKED, name=locked)
    if image.get_base_type() == Gimp.ImageBaseType.INDEXED:
        raise BadInput(refusals.INDEXED)
    size = layer.get_width(), layer.get_height()
    check_layer_size(*size)
    saved_state = read_state(layer)
    _ok, x, y = layer.get_offsets()
    model = EditState.from_json(saved_state).model if saved_state else ""
    return SourceLayer(str(layer.get_id()), name, image, layer, size, (x, y), saved_state, model)


def _locked_by(layer: Gimp.Layer) -> str | None:
    """The name of what locks a layer's pixels: itself, or a group that it is in."""
    item = layer
    while item is not None:
        if item.get_lock_content():
            return str(item.get_name())
        item = item.get_parent()
    return None


def insert_dragged(
    source: SourceLayer, pixels: Pixels, saved_state: str, pairs: Sequence[PointPair] = ()
) -> Gimp.Layer:
    """Put a drag's result on a new layer above its source, in one undo step.

    The result is a copy of the source with other pixels, so it has its opacity, mode, mask,
    filters, colour label and locks. A source that would show through it is hidden. The user may
    have moved, scaled or deleted the source meanwhile: the result follows it, or lies on top where
    the source has been. `pairs` (in its pixels) are kept with it. Raises `BadInput` where the image
    was closed.
    """
    image = source.image
    if not image.is_valid():
        raise BadInput(refusals.IMAGE_CLOSED)
    name = dragged_name(source.name)
    if not source.still_there():
        layer = _new_layer(image, name, pixels, saved_state)
        layer.set_offsets(*source.offset)
        write_pairs(layer, pairs)
        _insert(layer, image, None, 0, tr(words.UNDO_DRAG))
        return layer
    below = source.layer
    parent, position = below.get_parent(), image.get_item_position(below)
    opaque = _is_opaque(pixels)
    if (below.get_width(), below.get_height()) == (pixels.width, pixels.height):
        layer = below.copy()
        layer.set_name(name)
        layer.set_visible(True)
        if not opaque:
            layer.add_alpha()
        write_rgba(layer, pixels)
        write_state(layer, saved_state)
    else:
        layer = _new_layer(image, name, pixels, saved_state)
        _ok, *offset = below.get_offsets()
        layer.set_offsets(*offset)
    write_pairs(layer, pairs)
    shows_through = not (opaque and _is_plain(layer))
    hide = below if shows_through else None
    _insert(layer, image, parent, position, tr(words.UNDO_DRAG), hide)
    return layer


def _is_opaque(pixels: Pixels) -> bool:
    alpha = pixels.data[3::4]
    return alpha.count(255) == len(alpha)


def _is_plain(layer: Gimp.Layer) -> bool:
    """Whether a layer's pixels are seen as they are, with nothing of what is below them."""
    return (
        layer.get_opacity() == 100.0
        and layer.get_mode() in (Gimp.LayerMode.NORMAL, Gimp.LayerMode.NORMAL_LEGACY)
        and layer.get_mask() is None
        and not layer.get_filters()
    )


def insert_picture(
    image: Gimp.Image | None, name: str, pixels: Pixels, saved_state: str
) -> Gimp.Layer:
    """Put a new picture in the middle of an image, above the selected layer, in one undo step.

    Without an image, makes one of the picture's size.
    """
    if image is None:
        image = Gimp.Image.new(pixels.width, pixels.height, Gimp.ImageBaseType.RGB)
        image.undo_disable()
        layer = _new_layer(image, name, pixels, saved_state)
        image.insert_layer(layer, None, 0)
        image.undo_enable()
        return layer
    parent, position = None, 0
    if selected := image.get_selected_layers():
        parent = selected[0].get_parent()
        position = image.get_item_position(selected[0])
    offset = (
        (image.get_width() - pixels.width) // 2,
        (image.get_height() - pixels.height) // 2,
    )
    layer = _new_layer(image, name, pixels, saved_state)
    layer.set_offsets(*offset)
    _insert(layer, image, parent, position, tr(words.UNDO_NEW_PICTURE))
    return layer


def _new_layer(image: Gimp.Image, name: str, pixels: Pixels, saved_state: str) -> Gimp.Layer:
    """A layer that is complete before the image sees it, so that inserting it is all there is."""
    gray = image.get_base_type() == Gimp.ImageBaseType.GRAY
    kind = Gimp.ImageType.GRAYA_IMAGE if gray else Gimp.ImageType.RGBA_IMAGE
    size = pixels.width, pixels.height
    layer = Gimp.Layer.new(image, name, *size, kind, 100.0, Gimp.LayerMode.NORMAL)
    write_rgba(layer, pixels)
    write_state(layer, saved_state)
    return layer


def _insert(
    layer: Gimp.Layer,
    image: Gimp.Image,
    parent: Gimp.Layer | None,
    position: int,
    step: str,
    hide: Gimp.Layer | None = None,
) -> None:
    """In one undo step; `hide`: a layer that is not to be seen any more."""
    image.undo_group_start()
    try:
        if not image.insert_layer(layer, parent, position):
            raise BadInput(refusals.NOT_INSERTED, step=step)
        if hide is not None:
            hide.set_visible(False)
    finally:
        image.undo_group_end()
