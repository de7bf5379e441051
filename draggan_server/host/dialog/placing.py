"""What is put into an image: the result of a drag, and a new picture."""

from __future__ import annotations

from collections.abc import Sequence

from draggan_server.host.dialog.item import ItemT
from draggan_server.host.dialog.layer import DialogLayer, look, whole_of
from draggan_server.host.layer_names import dragged_name
from draggan_server.host.layer_notes import (
    read_region,
    write_mask,
    write_pairs,
    write_region,
    write_state,
)
from draggan_server.host.mask_rows import MaskRows
from draggan_server.host.pairs import PointPair
from draggan_server.host.raw_pixels import is_opaque
from draggan_server.host.region import Region
from draggan_server.host.request import Request
from draggan_server.host.results import Found
from draggan_server.host.sentences import refusals, words
from draggan_server.host.translation import tr
from draggan_server.wire.errors import BadInput
from draggan_server.wire.messages import Pixels


def add_result(
    request: Request[DialogLayer[ItemT]],
    picture: Pixels,
    saved_state: str,
    pairs: Sequence[PointPair] = (),
    painted: MaskRows | None = None,
) -> DialogLayer[ItemT]:
    """Put a drag's result on a new layer above its source, in one undo step.

    The result is a copy of the source with other pixels where its picture may move, so it has its
    opacity, mode, mask, filters, colour label and locks. A source that would show through it is
    hidden. The user may have moved, scaled or deleted the source meanwhile: the result follows it,
    or lies on top where the source has been. `pairs` (in the picture's pixels) are kept with it,
    and what was `painted` to move. Raises `BadInput` where the image was closed.
    """
    source, below = request.layer, request.layer.item
    found, name = source.found(), dragged_name(source.name)
    size = picture.width, picture.height
    if found is Found.CLOSED:
        raise BadInput(refusals.IMAGE_CLOSED)
    if found is not Found.THERE:
        item = _fill(below.blank(name, *size), picture, saved_state, source.offset)
        write_pairs(item, pairs, size)
        write_mask(item, painted)
        _put(item, None, words.UNDO_DRAG)
        return look(item)
    opaque = is_opaque(picture)
    place = read_region(below) if source.saved_state else source.region
    part = place != whole_of(below)
    if (place.width, place.height) == size:
        item = below.copied(name)
        if not opaque:
            item.add_alpha()
        item.write_rgba(picture, place, request.movable_mask)
        write_state(item, saved_state)
        write_region(item, place)
    else:
        x, y = below.offset
        corner = x + place.x, y + place.y
        item = _fill(below.blank(name, *size), picture, saved_state, corner)
    write_pairs(item, pairs, size)
    write_mask(item, painted)
    covers = opaque and not (part and below.has_alpha) and item.is_plain
    _put(item, below, words.UNDO_DRAG, hide=not covers)
    return look(item)


def add_picture(
    item: ItemT,
    above: ItemT | None,
    image_size: tuple[int, int],
    picture: Pixels,
    saved_state: str,
) -> None:
    """Put a new picture on a blank `item` of its size into the middle of an image, in one undo
    step."""
    place = Region(0, 0, *image_size).middle(picture.width, picture.height)
    _fill(item, picture, saved_state, (place.x, place.y))
    _put(item, above, words.UNDO_NEW_PICTURE)


def _fill(item: ItemT, picture: Pixels, saved_state: str, offset: tuple[int, int]) -> ItemT:
    """Complete a blank layer before the image sees it, so that inserting it is all there is."""
    item.write_rgba(picture, whole_of(item), None)
    write_state(item, saved_state)
    item.move_to(offset)
    return item


def _put(item: ItemT, above: ItemT | None, step: str, hide: bool = False) -> None:
    """`hide`: what it lies above is not to be seen any more."""
    with item.one_step():
        if not item.put_above(above):
            raise BadInput(refusals.NOT_INSERTED, step=tr(step))
        if hide and above is not None:
            above.hide()
