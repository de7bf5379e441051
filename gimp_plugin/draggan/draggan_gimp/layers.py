"""Layers as a drag finds them and leaves them behind."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gi.repository import Gimp

from draggan_server.host.corner_points import to_layer
from draggan_server.host.dialog.layer import DialogLayer
from draggan_server.host.layer_names import dragged_name
from draggan_server.host.layer_notes import (
    read_pairs,
    read_region,
    read_state,
    write_pairs,
    write_region,
    write_state,
)
from draggan_server.host.pairs import PointPair
from draggan_server.host.raw_pixels import is_opaque
from draggan_server.host.region import Region
from draggan_server.host.request import Request
from draggan_server.host.results import Found
from draggan_server.host.sentences import refusals, words
from draggan_server.host.translation import tr, tr_count
from draggan_server.wire.errors import BadInput
from draggan_server.wire.messages import Pixels, check_layer_size
from draggan_server.wire.state import EditState

from .paths import selected_pairs
from .pixels import read_rgba, read_selection, selected_part, write_rgba
from .state import Parasites


@dataclass(frozen=True)
class SourceLayer(DialogLayer):
    """Its picture lies in `region`, in the layer's pixels; `offset` is the corner of that one's
    first pixel, in image coordinates."""

    image: Gimp.Image
    layer: Gimp.Layer
    region: Region
    offset: tuple[int, int]

    @property
    def size(self) -> tuple[int, int]:
        """The picture's width and height."""
        return self.region.width, self.region.height

    def found(self) -> Found:
        if not self.image.is_valid():
            return Found.CLOSED
        there = self.layer.is_valid() and self.layer.get_image() is not None
        return Found.THERE if there else Found.REMOVED

    def now(self) -> SourceLayer:
        return find_source(self.image, [self.layer])

    def as_photo(self) -> SourceLayer:
        return _photo_on(self.image, _one_layer(self.image, [self.layer]))

    def whole(self) -> SourceLayer:
        return dataclasses.replace(self, region=Region(0, 0, *Parasites(self.layer).size()))

    def fills_same(self, other: SourceLayer) -> bool:
        return self.region == other.region

    def pixels(self) -> Pixels:
        return read_rgba(self.layer, self.region)

    def selected(self) -> Pixels | None:
        return read_selection(self.image, self.layer, self.region)

    def path_pairs(self) -> list[PointPair]:
        return to_layer(selected_pairs(self.image), self.offset)

    def kept_pairs(self) -> list[PointPair]:
        return read_pairs(Parasites(self.layer))

    def keep_pairs(self, pairs: Sequence[PointPair], *, lasting: bool) -> None:
        write_pairs(Parasites(self.layer), pairs, lasting=lasting)

    def keep_state(self, saved_state: str) -> None:
        with _one_step(self.image):
            write_state(Parasites(self.layer), saved_state)
            write_region(Parasites(self.layer), self.region)

    def add_result(
        self,
        request: Request[SourceLayer],
        picture: Pixels,
        saved_state: str,
        pairs: Sequence[PointPair],
    ) -> SourceLayer:
        layer = insert_dragged(request, picture, saved_state, pairs)
        Gimp.displays_flush()
        return find_source(self.image, [layer])


def find_source(image: Gimp.Image, drawables: Sequence[Gimp.Drawable]) -> SourceLayer:
    """The layer that is to be dragged: one with a state, or what is selected of one without.

    Raises `BadInput` with what is wrong with it.
    """
    layer = _one_layer(image, drawables)
    saved_state = read_state(Parasites(layer))
    if not saved_state:
        return _photo_on(image, layer)
    is_photo = EditState.from_json(saved_state).photo is not None
    return _source(image, layer, read_region(Parasites(layer)), saved_state, is_photo)


def _photo_on(image: Gimp.Image, layer: Gimp.Layer) -> SourceLayer:
    region = selected_part(image, layer)
    if region.is_empty:
        raise BadInput(refusals.SELECTION_MISSES)
    return _source(image, layer, region, "", True)


def _source(
    image: Gimp.Image, layer: Gimp.Layer, region: Region, saved_state: str, is_photo: bool
) -> SourceLayer:
    check_layer_size(region.width, region.height)
    _ok, x, y = layer.get_offsets()
    offset = x + region.x, y + region.y
    key, name = str(layer.get_id()), layer.get_name()
    return SourceLayer(key, name, saved_state, is_photo, image, layer, region, offset)


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
    if not source.is_there:
        layer = _new_layer(image, name, pixels, saved_state)
        layer.set_offsets(*source.offset)
        write_pairs(Parasites(layer), pairs)
        _insert(layer, image, None, 0, tr(words.UNDO_DRAG))
        return layer
    below = source.layer
    parent, position = below.get_parent(), image.get_item_position(below)
    opaque = is_opaque(pixels)
    _ok, *offset = below.get_offsets()
    place = read_region(Parasites(below)) if source.saved_state else source.region
    part = place != Region(0, 0, below.get_width(), below.get_height())
    if (place.width, place.height) == (pixels.width, pixels.height):
        layer = below.copy()
        layer.set_name(name)
        layer.set_visible(True)
        if not opaque:
            layer.add_alpha()
        write_rgba(layer, pixels, place, request.movable_mask)
        write_state(Parasites(layer), saved_state)
        write_region(Parasites(layer), place)
    else:
        layer = _new_layer(image, name, pixels, saved_state)
        layer.set_offsets(offset[0] + place.x, offset[1] + place.y)
    write_pairs(Parasites(layer), pairs)
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
    write_state(Parasites(layer), saved_state)
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
    with _one_step(image):
        if not image.insert_layer(layer, parent, position):
            raise BadInput(refusals.NOT_INSERTED, step=step)
        if hide is not None:
            hide.set_visible(False)


@contextlib.contextmanager
def _one_step(image: Gimp.Image) -> Iterator[None]:
    """What is done in it is one step of the image's undo."""
    image.undo_group_start()
    try:
        yield
    finally:
        image.undo_group_end()
