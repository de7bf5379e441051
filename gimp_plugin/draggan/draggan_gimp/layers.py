"""Layers as a drag finds them and leaves them behind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gi.repository import Gimp

from draggan_server.host.layer_names import dragged_name
from draggan_server.host.pairs import PointPair
from draggan_server.host.raw_pixels import is_opaque
from draggan_server.host.region import Region
from draggan_server.host.request import Layer, Request
from draggan_server.host.results import Found
from draggan_server.host.sentences import refusals, words
from draggan_server.host.translation import tr, tr_count
from draggan_server.host.unknown import UnknownPicture
from draggan_server.wire.errors import BadInput
from draggan_server.wire.messages import Pixels, check_layer_size
from draggan_server.wire.state import EditState

from .kept_pairs import write_pairs
from .pixels import read_rgba, read_selection, selected_part, write_rgba
from .state import read_region, read_state, write_region, write_state


@dataclass(frozen=True)
class SourceLayer(Layer):
    """A layer that can be dragged, as it was when it was looked at.

    Its picture lies in `region`, in the layer's pixels; `offset` is the corner of that one's first
    pixel, in image coordinates. Without a `saved_state` nothing is known of it yet.
    """

    image: Gimp.Image
    layer: Gimp.Layer
    region: Region
    offset: tuple[int, int]
    saved_state: str
    is_photo: bool

    @property
    def size(self) -> tuple[int, int]:
        """The picture's width and height."""
        return self.region.width, self.region.height

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
            whole = Region(0, 0, self.layer.get_width(), self.layer.get_height())
            raise UnknownPicture(
                self.name, lambda: read_rgba(self.layer, whole).fingerprint(), keep
            )

    def still_there(self) -> bool:
        return self.find() is Found.THERE


def find_source(image: Gimp.Image, drawables: Sequence[Gimp.Drawable]) -> SourceLayer:
    """The layer that is to be dragged: one with a state, or what is selected of one without.

    Raises `BadInput` with what is wrong with it.
    """
    layer = _one_layer(image, drawables)
    saved_state = read_state(layer)
    if not saved_state:
        return _photo_on(image, layer)
    is_photo = EditState.from_json(saved_state).photo is not None
    return _source(image, layer, read_region(layer), saved_state, is_photo)


def find_photo(image: Gimp.Image, layer: Gimp.Layer) -> SourceLayer:
    """What is selected of a layer, or all of it, whether that has a state or not.

    Raises `BadInput` as `find_source` does, and for a selection beside the layer.
    """
    return _photo_on(image, _one_layer(image, [layer]))


def _photo_on(image: Gimp.Image, layer: Gimp.Layer) -> SourceLayer:
    region = selected_part(image, layer)
    if not (region.width and region.height):
        raise BadInput(refusals.SELECTION_MISSES)
    return _source(image, layer, region, "", True)


def _source(
    image: Gimp.Image,
    layer: Gimp.Layer,
    region: Region,
    saved_state: str,
    is_photo: bool,
) -> SourceLayer:
    check_layer_size(region.width, region.height)
    _ok, x, y = layer.get_offsets()
    offset = x + region.x, y + region.y
    key, name = str(layer.get_id()), layer.get_name()
    return SourceLayer(key, name, image, layer, region, offset, saved_state, is_photo)


def _one_layer(image: Gimp.Image, drawables: Sequence[Gimp.Drawable]) -> Gimp.Layer:
    if len(drawables) != 1:
        raise BadInput(tr_count(refusals.MANY_LAYERS, len(drawables)))
    layer = drawables[0]
    if isinstance(layer, Gimp.LayerMask):
        layer = Gimp.Layer.from_mask(layer)
    if not isinstance(layer, Gimp.Layer):
        raise BadInput(refusals.CHANNEL, name=layer.get_name())
    if layer.is_group():
        raise BadInput(refusals.GROUP, name=layer.get_name())
    if locked := _locked_by(layer):
        raise BadInput(refusals.LOCKED, name=locked)
    if image.get_base_type() == Gimp.ImageBaseType.INDEXED:
        raise BadInput(refusals.INDEXED)
    return layer


def movable_mask(source: SourceLayer) -> Pixels | None:
    """What of the source's picture may move; None: all of it. Raises `BadInput` where nothing
    may."""
    mask = read_selection(source.image, source.layer, source.region)
    if mask is not None and not any(mask.data):
        raise BadInput(refusals.SELECTION_MISSES)
    return mask


def keep_photo(source: SourceLayer, saved_state: str) -> None:
    """Keep the state of what lies in the source's region, in one undo step. Raises `BadInput` where
    the layer is gone."""
    if not source.still_there():
        raise BadInput(refusals.LAYER_DELETED)
    source.image.undo_group_start()
    try:
        write_state(source.layer, saved_state)
        write_region(source.layer, source.region)
    finally:
        source.image.undo_group_end()


def _locked_by(layer: Gimp.Layer) -> str | None:
    """The name of what locks a layer's pixels: itself, or a group that it is in."""
    item = layer
    while item is not None:
        if item.get_lock_content():
            return str(item.get_name())
        item = item.get_parent()
    return None


def insert_dragged(
    request: Request[SourceLayer],
    pixels: Pixels,
    saved_state: str,
    pairs: Sequence[PointPair] = (),
) -> Gimp.Layer:
    """Put a drag's result on a new layer above its source, in one undo step.

    The result is a copy of the source with other pixels where its picture may move, so it has its
    opacity, mode, mask, filters, colour label and locks. A source that would show through it is
    hidden. The user may have moved, scaled or deleted the source meanwhile: the result follows it,
    or lies on top where the source has been. `pairs` (in the picture's pixels) are kept with it.
    Raises `BadInput` where the image was closed.
    """
    source = request.layer
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
    opaque = is_opaque(pixels)
    _ok, *offset = below.get_offsets()
    place = read_region(below) if source.saved_state else source.region
    part = place != Region(0, 0, below.get_width(), below.get_height())
    if (place.width, place.height) == (pixels.width, pixels.height):
        layer = below.copy()
        layer.set_name(name)
        layer.set_visible(True)
        if not opaque:
            layer.add_alpha()
        write_rgba(layer, pixels, place, request.movable_mask)
        write_state(layer, saved_state)
        write_region(layer, place)
    else:
        layer = _new_layer(image, name, pixels, saved_state)
        layer.set_offsets(offset[0] + place.x, offset[1] + place.y)
    write_pairs(layer, pairs)
    opaque = opaque and not (part and below.has_alpha())
    shows_through = not (opaque and _is_plain(layer))
    hide = below if shows_through else None
    _insert(layer, image, parent, position, tr(words.UNDO_DRAG), hide)
    return layer


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
    write_rgba(layer, pixels, Region(0, 0, *size))
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
