"""What is put into an image: the result of a drag, and a new picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from draggan_server.host.arrows import draw_arrows
from draggan_server.host.dialog.item import ItemT
from draggan_server.host.dialog.layer import DialogLayer, look, whole_of
from draggan_server.host.layer_names import dragged_name, group_name, points_name
from draggan_server.host.layer_notes import (
    are_arrows,
    mark_arrows,
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
from draggan_server.host.request import Request, Return
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
    """Put a drag's result where its request says, in one undo step: on a new layer above its
    source, in a group with that and the drag's arrows, or into the source itself.

    A new layer is a copy of the source with other pixels where its picture may move, so it has its
    opacity, mode, mask, filters, colour label and locks. A source that would show through it is
    hidden. The user may have moved, scaled or deleted the source meanwhile: the result follows it,
    or lies on top where the source has been; it does not go into one of another size. `pairs` (in
    the picture's pixels) are kept with it, and what was `painted` to move. Raises `BadInput` where
    the image was closed.
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
    x, y = below.offset
    corner = x + place.x, y + place.y
    part = place != whole_of(below)
    fits = (place.width, place.height) == size
    if fits and request.place == "same-layer":
        return _rewrite(request, place, picture, saved_state, pairs, painted)
    if fits:
        item = below.copied(name)
        if not opaque:
            item.add_alpha()
        item.write_rgba(picture, place, request.movable_mask)
        write_state(item, saved_state)
        write_region(item, place)
    else:
        item = _fill(below.blank(name, *size), picture, saved_state, corner)
    write_pairs(item, pairs, size)
    write_mask(item, painted)
    covers = opaque and not (part and below.has_alpha) and item.is_plain
    arrows = None
    if request.place == "group" and not isinstance(request, Return):
        arrows = below.blank(points_name(source.name), *size)
        arrows.write_rgba(draw_arrows(request.pairs, *size), whole_of(arrows), None)
        arrows.move_to(corner)
        mark_arrows(arrows)
    _put(item, below, words.UNDO_DRAG, hide=not covers, arrows=arrows)
    return look(item)


def _rewrite(
    request: Request[DialogLayer[ItemT]],
    place: Region,
    picture: Pixels,
    saved_state: str,
    pairs: Sequence[PointPair],
    painted: MaskRows | None,
) -> DialogLayer[ItemT]:
    """Put the result into the source, where that is in its image."""
    item = request.layer.now().item
    with item.one_step():
        if not is_opaque(picture) and not item.has_alpha:
            item.add_alpha()
        item.keep_pixels()
        item.write_rgba(picture, place, request.movable_mask)
        write_state(item, saved_state)
        write_region(item, place)
        write_pairs(item, pairs, (picture.width, picture.height))
        write_mask(item, painted)
    return replace(look(item), rewritten=True)


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
    write_region(item, whole_of(item))
    item.move_to(offset)
    return item


def _put(
    item: ItemT,
    above: ItemT | None,
    step: str,
    hide: bool = False,
    arrows: ItemT | None = None,
) -> None:
    """`hide`: what it lies above is not to be seen any more. With `arrows` both are in a group,
    with these on top; such a group has those of its last drag only."""
    with item.one_step():
        if arrows is not None and above is not None:
            earlier = above.above
            if earlier is not None and are_arrows(earlier):
                earlier.remove()
            else:
                above.wrap(group_name(above.name))
            arrows.put_above(above)
        if not item.put_above(above):
            raise BadInput(refusals.NOT_INSERTED, step=tr(step))
        if hide and above is not None:
            above.hide()
