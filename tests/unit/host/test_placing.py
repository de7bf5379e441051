"""What a drag's result and a new picture are in an image whose layers keep their notes."""

from __future__ import annotations

import pytest

from draggan_server.host.arrows import draw_arrows
from draggan_server.host.dialog.layer import look
from draggan_server.host.dialog.placing import add_picture, add_result
from draggan_server.host.layer_notes import (
    read_mask,
    read_region,
    read_state,
    write_mask,
    write_region,
)
from draggan_server.host.layer_notes import write_state as keep
from draggan_server.host.mask_rows import MaskRows
from draggan_server.host.pairs import PointPair
from draggan_server.host.region import Region
from draggan_server.host.request import Request, Return
from draggan_server.host.result_place import ResultPlace
from draggan_server.wire.drag_config import drag_config
from draggan_server.wire.errors import BadInput
from draggan_server.wire.messages import Pixels
from draggan_server.wire.state import EditState
from tests.unit.host.items import MemoryImage, MemoryItem, plain

STATE, NEW = (EditState(name, "0" * 64, 1, 1, bytes(4)).to_json() for name in ("lion", "cat"))
SIDE = 30
PAIR = PointPair((5.0, 6.0), (9.0, 6.0))


def source(
    *, state: str = STATE, part: Region | None = None, has_alpha: bool = False
) -> MemoryItem:
    """A layer in an image, with a picture on all of it, or on a part."""
    image = MemoryImage()
    item = MemoryItem(image, "Lion", plain(SIDE, SIDE), has_alpha)
    item.place = (30, 10)
    image.items.append(item)
    keep(item, state)
    if part is not None:
        write_region(item, part)
    return item


def asked(
    item: MemoryItem, mask: Pixels | None = None, place: ResultPlace = "new-layer"
) -> Request:
    layer = look(item)
    state, pixels = layer.saved_state, layer.pixels()
    return Request(layer, state, pixels, mask, (PAIR,), drag_config(), place=place)


def test_a_result_lies_where_its_source_does_in_one_step() -> None:
    item = source()
    made = add_result(asked(item), plain(SIDE, SIDE, 9), NEW, [PAIR])
    assert item.image.items == [made.item, item]
    assert item.image.steps == [["put Dragged: Lion"]]
    assert (made.item.place, made.item.shown) == ((30, 10), plain(SIDE, SIDE, 9))
    assert (made.saved_state, made.kept_pairs()) == (NEW, [PAIR])
    assert item.visible


@pytest.mark.parametrize(("opacity", "faint"), [(200, 1.0), (255, 0.5)])
def test_a_source_that_would_show_through_is_hidden(opacity: int, faint: float) -> None:
    item = source()
    item.opacity = faint
    made = add_result(asked(item), plain(SIDE, SIDE, 9, opacity), NEW)
    assert item.image.steps == [["put Dragged: Lion", "hide Lion"]]
    assert made.item.has_alpha == (opacity < 255)
    assert made.item.visible


@pytest.mark.parametrize("has_alpha", [False, True])
def test_of_a_part_what_is_around_it_stays_and_may_show_through(has_alpha: bool) -> None:
    part = Region(4, 6, 20, 18)
    item = source(part=part, has_alpha=has_alpha)
    made = add_result(asked(item), plain(20, 18, 9), NEW)
    assert made.region == part
    assert made.item.rgba(part) == plain(20, 18, 9)
    assert made.item.rgba(Region(0, 0, SIDE, 6)) == plain(SIDE, 6)
    assert item.visible is not has_alpha


def test_what_is_held_keeps_its_own_pixels() -> None:
    item = source()
    mask = Pixels(SIDE, SIDE, 1, bytes([255] * (SIDE * SIDE - 1)) + b"\0")
    made = add_result(asked(item, mask), plain(SIDE, SIDE, 9), NEW)
    assert made.item.shown.data[-8:] == bytes([9, 9, 9, 255, 7, 7, 7, 255])


@pytest.mark.parametrize("found", [True, False])
def test_what_was_painted_is_kept_with_the_result_and_its_source_keeps_its_own(found: bool) -> None:
    item, earlier = source(), Pixels(SIDE, SIDE, 1, bytes(SIDE) + b"\xff" * (SIDE * SIDE - SIDE))
    painted = Pixels(SIDE, SIDE, 1, b"\xff" * (SIDE * SIDE - 1) + b"\0")
    kept, own = MaskRows.of(painted), MaskRows.of(earlier)
    write_mask(item, own)
    request = asked(item, painted)
    if not found:
        item.image.items.clear()
    made = add_result(request, plain(SIDE, SIDE, 9), NEW, [PAIR], kept)
    assert (made.kept_mask(), read_mask(item)) == (kept, own)
    assert len(item.image.steps) == 1
    assert add_result(request, plain(SIDE, SIDE, 9), NEW, [PAIR]).kept_mask() is None


def test_a_photo_without_a_state_is_found_where_it_was_selected() -> None:
    item = source(state="")
    item.image.selection = Region(32, 12, 19, 19)
    request = asked(item)
    item.image.selection = None
    made = add_result(request, plain(19, 19, 9), NEW)
    assert made.region == Region(2, 2, 19, 19)


def test_points_set_before_a_selected_photo_is_known_stay_where_they_are() -> None:
    item = source(state="")
    item.image.selection = Region(32, 12, 19, 19)
    layer = look(item)
    layer.keep_pairs([PAIR], lasting=True)
    assert look(item).kept_pairs() == [PAIR]
    layer.keep_state(STATE)
    assert look(item).kept_pairs() == [PAIR]


def test_a_source_that_was_moved_is_followed() -> None:
    item = source()
    request = asked(item)
    item.place = (1, 2)
    assert add_result(request, plain(SIDE, SIDE), NEW).offset == (1, 2)


def test_a_source_that_was_scaled_meanwhile_gets_a_layer_of_the_pictures_size() -> None:
    part = Region(4, 6, 20, 18)
    item = source(part=part)
    request = asked(item)
    item.shown = plain(2 * SIDE, 2 * SIDE)
    made = add_result(request, plain(20, 18, 9), NEW, [PAIR])
    assert (made.item.size(), made.offset) == ((20, 18), (38, 22))
    assert (read_region(made.item), made.kept_pairs()) == (Region(0, 0, 20, 18), [PAIR])


def test_where_the_source_was_removed_the_result_lies_on_top_where_that_was() -> None:
    item = source()
    request, other = asked(item), MemoryItem(item.image, "Sky", plain(4, 4), False)
    item.image.items[:] = [other]
    made = add_result(request, plain(SIDE, SIDE, 9), NEW, [PAIR])
    assert item.image.items == [made.item, other]
    assert (made.offset, made.kept_pairs(), other.visible) == ((30, 10), [PAIR], True)


def test_a_closed_image_and_one_that_takes_no_layer_are_refused() -> None:
    item = source()
    request = asked(item)
    item.image.full = True
    with pytest.raises(BadInput, match="Drag points"):
        add_result(request, plain(SIDE, SIDE), NEW)
    item.image.closed = True
    with pytest.raises(BadInput, match="closed"):
        add_result(request, plain(SIDE, SIDE), NEW)


def test_a_new_picture_lies_in_the_middle_above_the_layer_that_is_selected() -> None:
    item = source()
    new = item.blank("Cat", 40, 20)
    add_picture(new, item, (100, 80), plain(40, 20, 9), NEW)
    assert item.image.items == [new, item]
    assert (new.place, new.shown, read_state(new)) == ((30, 30), plain(40, 20, 9), NEW)
    assert item.image.steps == [["put Cat"]]


def test_what_cannot_be_dragged_is_refused() -> None:
    item = source(state="")
    item.image.selection = Region(0, 0, 5, 5)
    with pytest.raises(BadInput, match="selection"):
        look(item)
    item.lock = "Group"
    with pytest.raises(BadInput, match="“Group”"):
        look(item)
    item.is_group = True
    with pytest.raises(BadInput, match="Lion"):
        look(item)


@pytest.mark.parametrize("opacity", [200, 255])
def test_in_the_same_layer_pixels_and_records_change_in_one_step(opacity: int) -> None:
    part, mask = Region(4, 6, 20, 18), Pixels(20, 18, 1, bytes([255] * 359) + b"\0")
    item = source(part=part)
    painted = MaskRows.of(mask)
    made = add_result(
        asked(item, mask, "same-layer"), plain(20, 18, 9, opacity), NEW, [PAIR], painted
    )
    assert (item.image.items, item.image.steps) == ([item], [["rewrite Lion"]])
    assert (made.item, made.name, made.region) == (item, "Lion", part)
    assert (made.saved_state, made.kept_pairs(), made.kept_mask()) == (NEW, [PAIR], painted)
    shown = item.rgba(part).data
    assert (shown[:4], shown[-4:]) == (bytes([9, 9, 9, opacity]), bytes([7, 7, 7, 255]))
    assert item.has_alpha == (opacity < 255)


def test_into_a_layer_of_another_size_no_result_goes() -> None:
    item = source()
    request = asked(item, place="same-layer")
    item.shown = plain(2 * SIDE, 2 * SIDE)
    made = add_result(request, plain(SIDE, SIDE, 9), NEW)
    assert item.image.items == [made.item, item]


def test_a_layer_that_was_locked_meanwhile_is_not_changed() -> None:
    item = source()
    request = asked(item, place="same-layer")
    item.lock = "Lion"
    with pytest.raises(BadInput):
        add_result(request, plain(SIDE, SIDE, 9), NEW)
    assert (item.image.steps, item.shown) == ([], plain(SIDE, SIDE))


def test_a_group_holds_source_result_and_arrows_in_one_step() -> None:
    item = source()
    made = add_result(asked(item, place="group"), plain(SIDE, SIDE, 9), NEW, [PAIR])
    arrows, result, below = item.image.items
    assert (result, below) == (made.item, item)
    assert arrows.shown == draw_arrows([PAIR], SIDE, SIDE)
    assert arrows.place == result.place == item.place
    assert item.image.steps == [
        ["wrap Lion into DragGAN: Lion", "put Points: Lion", "put Dragged: Lion"]
    ]
    item.image.steps.clear()
    again = add_result(asked(made.item, place="group"), plain(SIDE, SIDE, 11), NEW)
    newer, second, *others = item.image.items
    assert (second, others) == (again.item, [result, below])
    assert newer is not arrows
    assert item.image.steps == [
        ["remove Points: Lion", "put Points: Dragged: Lion", "put Dragged: Lion"]
    ]


def test_what_is_gone_back_to_has_no_arrows() -> None:
    item = source()
    layer = look(item)
    asked_for = Return(layer, STATE, layer.pixels(), None, (PAIR,), drag_config(), place="group")
    made = add_result(asked_for, plain(SIDE, SIDE, 9), NEW)
    assert item.image.items == [made.item, item]
    assert item.image.steps == [["put Dragged: Lion"]]
