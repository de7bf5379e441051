"""The layer that is dragged: whether it can be, where its picture lies, and its pixels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from draggan_server.host.affine import Affine
from draggan_server.host.layer_names import dragged_name
from draggan_server.host.layer_records import LayerRecord
from draggan_server.host.raw_pixels import keep_held
from draggan_server.host.region import Region
from draggan_server.host.request import Layer, Request
from draggan_server.host.sentences import refusals
from draggan_server.host.sheet import content_of, picture_region
from draggan_server.host.unknown import UnknownPicture
from draggan_server.wire.codec import MAX_FRAME_BYTES
from draggan_server.wire.errors import BadInput
from draggan_server.wire.messages import Pixels, check_layer_size
from draggan_server.wire.state import EditState

from .colours import ColourSpace, from_rgba8, to_rgba8
from .memory import records_of, remember
from .nodes import active_layer, bounds_of, find_layer, is_open, node_id, offset_of, pixels_of
from .qt import QByteArray
from .sheet import NodeSheet


@dataclass(frozen=True)
class PictureLayer(Layer):
    """A layer as it was when it was looked at: its picture lay in `region`, and its own offset was
    `offset`. `native` are the bytes of `region` in `space`."""

    document: Any
    region: Region
    offset: tuple[int, int]
    space: ColourSpace
    native: bytes

    @property
    def to_picture(self) -> Affine:
        """From pixels of the layer, (0, 0) at its offset, to those of the picture."""
        return self.region.way_from(self.offset)

    @property
    def node(self) -> Any:
        """Krita's own; None where it was removed. The document must be open."""
        return find_layer(self.document, self.key)

    @property
    def place(self) -> Region:
        """Where its picture lies now, in the image. The layer must be there."""
        return self.region.carried(self.offset, offset_of(self.node))


def draggable_layer(document: Any) -> tuple[Any, LayerRecord]:
    """The active layer and its record. Raises `BadInput` where it cannot be dragged."""
    node = _paint_layer(document)
    record = records_of(document).get(node_id(node))
    if record is None:
        raise _unknown(document, node)
    return node, record


def active_picture(document: Any) -> tuple[Any, Region]:
    """The active layer and where its picture lies. Raises as `draggable_layer` does."""
    node, record = draggable_layer(document)
    return node, picture_region(NodeSheet(node), record)


def _paint_layer(document: Any) -> Any:
    node = active_layer(document)
    if node is None:
        raise BadInput(refusals.NO_LAYER)
    name = node.name()
    if node.type() == "grouplayer":
        raise BadInput(refusals.GROUP, name=name)
    if node.type() != "paintlayer":
        raise BadInput(refusals.WRONG_KIND, name=name)
    if node.locked():
        raise BadInput(refusals.LOCKED, name=name)
    ColourSpace.of(node).check_usable(name)
    return node


def _unknown(document: Any, node: Any) -> UnknownPicture:
    sheet = NodeSheet(node)
    region = content_of(sheet)
    check_layer_size(region.width, region.height)
    check_not_huge(region)

    def keep(saved_state: str) -> None:
        if is_open(document) and find_layer(document, node_id(node)) is not None:
            remember(document, node, saved_state, region)

    return UnknownPicture(node.name(), lambda: sheet.fingerprint(region), keep)


def read_picture(document: Any) -> tuple[PictureLayer, str, Pixels]:
    """The active layer, its saved state and what it shows. Raises as `draggable_layer` does."""
    node, record = draggable_layer(document)
    layer, pixels = _read(document, node, picture_region(NodeSheet(node), record))
    return layer, record.saved_state, pixels


def read_photo(document: Any) -> tuple[PictureLayer, Pixels]:
    """What is selected of the active layer, or all of it that the image shows, for a model to show.
    Raises `BadInput` where no model can."""
    node = _paint_layer(document)
    return _read(document, node, _selected_part(document, node))


def _selected_part(document: Any, node: Any) -> Region:
    content, selection = content_of(NodeSheet(node)), document.selection()
    if selection is None:
        seen = content.overlap(Region(0, 0, document.width(), document.height()))
        return content if seen.is_empty else seen
    bounds = Region(selection.x(), selection.y(), selection.width(), selection.height())
    part = content.overlap(bounds)
    if part.is_empty:
        raise BadInput(refusals.SELECTION_MISSES)
    return part


def _read(document: Any, node: Any, region: Region) -> tuple[PictureLayer, Pixels]:
    """A region of a layer, and how the wire has it. Raises `BadInput` for one too small or too
    large."""
    check_layer_size(region.width, region.height)
    check_not_huge(region)
    space = ColourSpace.of(node)
    native = pixels_of(node, region)
    rgba = to_rgba8(native, region.width, region.height, space)
    layer = PictureLayer(
        node_id(node), node.name(), document, region, offset_of(node), space, native
    )
    return layer, Pixels(region.width, region.height, 4, rgba)


def selection_mask(document: Any, region: Region) -> bytes | None:
    """What is selected of `region`, a byte a pixel; None where there is no selection."""
    selection = document.selection()
    return None if selection is None else pixels_of(selection, region)


def movable_mask(document: Any, region: Region) -> Pixels | None:
    """What of `region` may move; None: all of it. Raises `BadInput` where nothing may."""
    data = selection_mask(document, region)
    if data is None:
        return None
    if data.count(0) == len(data):
        raise BadInput(refusals.SELECTION_MISSES)
    return Pixels(region.width, region.height, 1, data)


def add_result(request: Request[PictureLayer], result: Pixels, saved_state: str) -> PictureLayer:
    """Put the dragged picture on a new layer above its source, in one undo step.

    The layer is a copy of the source's, so it has the same opacity, blending mode, masks, locked
    channels and label, and what is around a part of a photo. It lies at the same place, also where
    the source was moved meanwhile.
    """
    source, document, above = request.layer, request.layer.document, request.layer.node
    space = ColourSpace.of(above)
    native = from_rgba8(result.data, result.width, result.height, space)
    if request.movable_mask is not None and space == source.space:
        native = keep_held(native, source.native, request.movable_mask.data)
    region = source.place
    node = above.clone()
    node.setName(dragged_name(source.name))
    node.setLocked(False)
    node.setVisible(True)
    if EditState.from_json(saved_state).photo is None:
        _clear(node, len(native) // (region.width * region.height))
    _add(document, node, region, native, saved_state, above)
    return PictureLayer(
        node_id(node), node.name(), document, region, offset_of(node), space, native
    )


def add_layer(
    document: Any, name: str, region: Region, native: bytes, saved_state: str, above: Any
) -> Any:
    """A new paint layer of `native` bytes above the node `above` (None: on top of all)."""
    node = document.createNode(name, "paintlayer")
    return _add(document, node, region, native, saved_state, above)


def _add(
    document: Any, node: Any, region: Region, native: bytes, saved_state: str, above: Any
) -> Any:
    # Pixels first: Krita records only the adding, which then brings the pixels with it.
    node.setPixelData(QByteArray(native), *_corners(region))
    parent = document.rootNode() if above is None else above.parentNode()
    parent.addChildNode(node, above)
    remember(document, node, saved_state, region)
    document.refreshProjection()
    return node


def _clear(node: Any, pixel_bytes: int) -> None:
    """Make all of a layer that is in no document transparent."""
    bounds = bounds_of(node)
    nothing = bytes(pixel_bytes * bounds.width * bounds.height)
    node.setPixelData(QByteArray(nothing), *_corners(bounds))


def _corners(region: Region) -> tuple[int, int, int, int]:
    return region.x, region.y, region.width, region.height


def check_not_huge(region: Region) -> None:
    """Raises `BadInput` for a picture that is too large to be sent."""
    if region.width * region.height * 4 > MAX_FRAME_BYTES:
        raise BadInput(
            refusals.TOO_LARGE,
            width=region.width,
            height=region.height,
            most=MAX_FRAME_BYTES // 4 // 10**6,
        )
