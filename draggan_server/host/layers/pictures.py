"""The layer that is dragged: whether it can be, where its picture lies, and its pixels."""

from __future__ import annotations

from collections.abc import Callable

from draggan_server.host.editor import Reading
from draggan_server.host.layer_names import dragged_name
from draggan_server.host.layer_records import LayerRecord
from draggan_server.host.layers.document import Document, Kind, Node, PictureLayer
from draggan_server.host.layers.records import Records
from draggan_server.host.raw_pixels import holds_all, is_opaque, keep_held, laid_on
from draggan_server.host.region import Region
from draggan_server.host.request import Request, Spread
from draggan_server.host.results import gone
from draggan_server.host.sentences import refusals
from draggan_server.host.sheet import content_of, picture_region
from draggan_server.host.unknown import MovedPicture, UnknownPicture
from draggan_server.host.whereabouts import Search, Whereabouts, whereabouts
from draggan_server.wire.codec import MAX_FRAME_BYTES
from draggan_server.wire.errors import BadInput
from draggan_server.wire.messages import Pixels, check_layer_size
from draggan_server.wire.state import EditState


class LayerPictures:
    """What is read from a document's active layer, and what is put above it."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._asked = ""  # the picture of which the daemon has said where it lies

    def active(self, document: Document) -> tuple[Node, Region]:
        """The active layer and where its picture lies. Raises `BadInput` where it cannot be
        dragged, `UnknownPicture` where the document keeps no state for it."""
        node, record = self._draggable(document)
        return node, picture_region(node, record)

    def known(self, document: Document) -> tuple[Node, Region, str]:
        """The same, and its state. Raises as `active` does."""
        node, record = self._draggable(document)
        return node, picture_region(node, record), record.saved_state

    def moved(
        self, document: Document, keep: Callable[[Node, Whereabouts], None]
    ) -> MovedPicture | None:
        """What is to be asked where the active layer's picture is another one than was kept, or, of
        a part of it, where that is not known. `keep` gets the layer, and where its picture lies.
        Raises as `active` does."""
        node, record = self._draggable(document)
        region, whole = picture_region(node, record), content_of(node)
        seen = node.fingerprint(region)
        if (not record.fingerprint and region == whole) or seen in (
            record.fingerprint,
            self._asked,
        ):
            return None

        def found(place: Whereabouts) -> None:
            there = document.find(node.key) if document.is_open else None
            if there is None:
                return
            self._asked = seen
            if place.is_new:
                self._records.remember(document, there, place.saved_state, place.region)
                keep(there, place)

        def search() -> Search:
            return whereabouts(record.saved_state, region, whole, node.rgba)

        return MovedPicture(node.name, search, found)

    def photo(self, document: Document) -> tuple[Node, Region, Region]:
        """The active layer, what is selected of it, or all of it that the image shows, and all
        that it holds. Raises `BadInput` where no model can show it."""
        node = _paint_layer(document)
        return node, _selected_part(document, node), content_of(node)

    def read(self, document: Document) -> Reading[PictureLayer]:
        """The active layer. Raises as `active` does."""
        node, record = self._draggable(document)
        return _read(document, node, picture_region(node, record), record.saved_state)

    def read_photo(self, document: Document, region: Region) -> Reading[PictureLayer]:
        """A region of the active layer, for a model to show. Raises `BadInput` where none can."""
        return _read(document, _paint_layer(document), region, "")

    def add_result(
        self, request: Request[PictureLayer], result: Pixels, saved_state: str
    ) -> PictureLayer:
        """Put the dragged picture on a new layer above its source, in one undo step.

        The layer is a copy of the source's, so it has the same opacity, blending mode, masks,
        locked channels and label, and what is around a part of a photo. It lies at the same place,
        also where the source was moved meanwhile.
        """
        source, document, above = request.layer, request.layer.document, request.layer.node
        assert above is not None, "the layer is there"
        native = above.space.from_rgba8(result.data, result.width, result.height)
        if request.movable_mask is not None and above.space == source.space:
            native = keep_held(native, source.native, request.movable_mask.data)
        name, place = dragged_name(source.name), source.place
        alone = EditState.from_json(saved_state).photo is None
        node = above.copy_above(name, native, place, alone)
        self._records.remember(document, node, saved_state, place)
        return PictureLayer(node.key, node.name, document, place, node.offset, node.space, native)

    def add_frames(
        self, request: Spread[PictureLayer], result: Pixels, saved_state: str
    ) -> PictureLayer:
        """Put the way to the dragged picture on an animated layer above its source, in one undo
        step; where that lies as `add_result` says. Its pictures have 8 bits, whatever the source's
        depth. What is around a part of a photo is on it only where the source cannot be seen
        through it. Raises `BadInput` where that is not there any more when all is drawn."""
        source, document, above = request.layer, request.layer.document, request.layer.node
        assert above is not None, "the layer is there"
        keys, place = request.keys(result), source.place
        around, alone = place, EditState.from_json(saved_state).photo is None
        if not alone and not (above.is_plain and all(is_opaque(one) for _, one in keys)):
            around = content_of(above)
            corner, ground = (place.x - around.x, place.y - around.y), above.rgba(around)
            keys = [(time, laid_on(ground, one, corner)) for time, one in keys]
        node = above.animate_above(dragged_name(source.name), keys, (around.x, around.y))
        if node is None:
            raise gone(source.found(), source.name)
        document.reach(request.last)
        self._records.remember(document, node, saved_state, place)
        native = node.pixels(place)
        return PictureLayer(node.key, node.name, document, place, node.offset, node.space, native)

    def _draggable(self, document: Document) -> tuple[Node, LayerRecord]:
        node = _paint_layer(document)
        record = self._records.of(document).get(node.key)
        if record is None:
            raise self._unknown(document, node)
        return node, record

    def _unknown(self, document: Document, node: Node) -> UnknownPicture:
        region = content_of(node)
        _check_size(region)

        def keep(saved_state: str) -> None:
            there = document.find(node.key) if document.is_open else None
            if there is not None:
                self._records.remember(document, there, saved_state, region)

        return UnknownPicture(node.name, lambda: node.fingerprint(region), keep)


def movable_mask(document: Document, region: Region) -> Pixels | None:
    """What of `region` may move; None: all of it. Raises `BadInput` where nothing may."""
    mask = selection_mask(document, region)
    if mask is not None and holds_all(mask):
        raise BadInput(refusals.SELECTION_MISSES)
    return mask


def selection_mask(document: Document, region: Region) -> Pixels | None:
    """What is selected of `region`; None where there is no selection."""
    selected = document.selected(region)
    return None if selected is None else Pixels(region.width, region.height, 1, selected)


def _paint_layer(document: Document) -> Node:
    node = document.active()
    if node is None:
        raise BadInput(refusals.NO_LAYER)
    if node.kind is Kind.GROUP:
        raise BadInput(refusals.GROUP, name=node.name)
    if node.kind is not Kind.PAINT:
        raise BadInput(refusals.WRONG_KIND, name=node.name)
    if node.locked:
        raise BadInput(refusals.LOCKED, name=node.name)
    return node


def _selected_part(document: Document, node: Node) -> Region:
    content, bounds = content_of(node), document.selected_bounds()
    if bounds is None:
        seen = content.overlap(Region(0, 0, *document.size))
        return content if seen.is_empty else seen
    part = content.overlap(bounds)
    if part.is_empty:
        raise BadInput(refusals.SELECTION_MISSES)
    return part


def _read(
    document: Document, node: Node, region: Region, saved_state: str
) -> Reading[PictureLayer]:
    _check_size(region)
    space, native = node.space, node.pixels(region)
    rgba = space.to_rgba8(native, region.width, region.height)
    layer = PictureLayer(node.key, node.name, document, region, node.offset, space, native)
    return Reading(layer, saved_state, Pixels(region.width, region.height, 4, rgba))


def _check_size(region: Region) -> None:
    """Raises `BadInput` for a picture that is too small, or too large to be sent."""
    check_layer_size(region.width, region.height)
    if region.width * region.height * 4 > MAX_FRAME_BYTES:
        raise BadInput(
            refusals.TOO_LARGE,
            width=region.width,
            height=region.height,
            most=MAX_FRAME_BYTES // 4 // 10**6,
        )
