"""What of a picture may move, painted by a brush, and what is kept of that in a document."""

from __future__ import annotations

import base64
import json
import math
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from draggan_server.host import painted_mask
from draggan_server.host.affine import Affine
from draggan_server.host.brush_tip import MOST_SIZE, BrushTip, rows_of
from draggan_server.host.byte_lanes import larger, smaller
from draggan_server.host.kept_mask import mask_from_text, mask_to_text
from draggan_server.host.mask_rows import MaskRows
from draggan_server.host.painted_mask import PaintedMask
from draggan_server.wire.messages import Pixels

SIZE = WIDTH, HEIGHT = 40, 30
HARD, SOFT = BrushTip(10.0, 1.0), BrushTip(20.0, 0.2)
ERASER = BrushTip(6.0, 1.0, erases=True)
MIDDLE = (20.0, 15.0)


def stroke(mask: PaintedMask, tip: BrushTip, *way: tuple[float, float]) -> None:
    mask.begin(SIZE, tip, way[0])
    for point in way[1:]:
        mask.go_on(point)
    mask.end()


def value(mask: PaintedMask, x: int, y: int) -> int:
    assert mask.mask is not None
    return mask.mask.data[y * mask.mask.width + x]


@pytest.fixture
def mask() -> PaintedMask:
    return PaintedMask()


def test_a_hard_tip_covers_a_disc_and_nothing_else(mask: PaintedMask) -> None:
    stroke(mask, HARD, MIDDLE)
    for y in range(HEIGHT):
        for x in range(WIDTH):
            inside = (x - 20) ** 2 + (y - 15) ** 2 <= 25
            assert value(mask, x, y) == (255 if inside else 0)


def test_a_soft_tip_fades_to_its_rim_and_touches_do_not_add_up(mask: PaintedMask) -> None:
    stroke(mask, SOFT, MIDDLE)
    once = [value(mask, 20 + x, 15) for x in range(11)]
    assert once[:3] == [255] * 3
    assert once[2:] == sorted(once[2:], reverse=True)
    assert 120 <= once[6] <= 136
    assert once[10] == 0
    stroke(mask, SOFT, MIDDLE)
    assert [value(mask, 20 + x, 15) for x in range(11)] == once


def test_a_stroke_is_covered_all_along_however_far_the_mouse_jumps(mask: PaintedMask) -> None:
    stroke(mask, HARD, (5.0, 15.0), (35.0, 15.0))
    for x in range(5, 36):
        assert value(mask, x, 15) == value(mask, x, 12) == 255
    assert value(mask, 20, 9) == value(mask, 20, 21) == 0


def test_a_stroke_over_the_border_is_cut_off(mask: PaintedMask) -> None:
    stroke(mask, HARD, (-3.0, -3.0), (WIDTH + 3.0, -3.0), (WIDTH + 3.0, HEIGHT + 3.0))
    assert value(mask, 20, 0) == 255
    assert value(mask, 0, 20) == 0
    assert value(mask, WIDTH - 1, 20) == 255


def test_erasing_holds_a_part_of_what_may_move(mask: PaintedMask) -> None:
    stroke(mask, ERASER, MIDDLE)
    assert value(mask, 20, 15) == 0
    assert value(mask, 0, 0) == 255
    stroke(mask, BrushTip(2.0, 1.0), MIDDLE)
    assert value(mask, 20, 15) == 255


def test_a_soft_eraser_takes_away_as_much_as_it_covers(mask: PaintedMask) -> None:
    stroke(mask, BrushTip(20.0, 0.2, erases=True), MIDDLE)
    erased = [value(mask, 20 + x, 15) for x in range(11)]
    mask.clear()
    stroke(mask, SOFT, MIDDLE)
    assert erased == [255 - value(mask, 20 + x, 15) for x in range(11)]


def test_where_all_was_erased_nothing_is_painted(mask: PaintedMask) -> None:
    stroke(mask, HARD, MIDDLE)
    stroke(mask, BrushTip(30.0, 1.0, erases=True), MIDDLE)
    assert mask.mask is None


def test_strokes_are_undone_and_done_again_one_by_one(mask: PaintedMask) -> None:
    states = [mask.mask]
    for way in ((MIDDLE,), ((5.0, 5.0), (9.0, 9.0))):
        stroke(mask, HARD, *way)
        states.append(mask.mask)
    assert mask.invert()
    states.append(mask.mask)
    assert mask.clear()
    states.append(mask.mask)
    for state in states[-2::-1]:
        assert mask.undo()
        assert mask.mask == state
    assert not mask.undo()
    for state in states[1:]:
        assert mask.redo()
        assert mask.mask == state
    assert not mask.redo()


def test_a_stroke_that_is_given_up_leaves_nothing(mask: PaintedMask) -> None:
    stroke(mask, HARD, MIDDLE)
    before = mask.mask
    mask.begin(SIZE, HARD, (5.0, 5.0))
    assert mask.mask != before
    assert mask.give_up()
    assert mask.mask == before
    assert not mask.give_up()
    mask.end()
    assert mask.undo()
    assert mask.mask is None
    assert not mask.undo()


def test_inverting_twice_is_what_it_was_and_nothing_is_not_inverted(mask: PaintedMask) -> None:
    assert not mask.invert()
    stroke(mask, SOFT, MIDDLE)
    before = mask.mask
    mask.invert()
    assert value(mask, 20, 15) == 0
    assert value(mask, 0, 0) == 255
    mask.invert()
    assert mask.mask == before


def test_what_can_be_undone_has_its_room(
    mask: PaintedMask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(painted_mask, "ROOM", 3 * 11 * WIDTH)  # of the rows that it touches
    for x in range(5, 35, 5):
        stroke(mask, HARD, (float(x), 5.0))
    undone = 0
    while mask.undo():
        undone += 1
    assert undone == 3


def test_another_pictures_mask_cannot_be_undone(mask: PaintedMask) -> None:
    stroke(mask, HARD, MIDDLE)
    mask.load(None)
    assert mask.mask is None
    assert not mask.undo()


def test_the_mask_goes_with_a_picture_that_was_scaled(mask: PaintedMask) -> None:
    stroke(mask, BrushTip(16.0, 1.0), MIDDLE)
    larger = mask.at_size(2 * WIDTH, 2 * HEIGHT)
    assert larger is not None
    assert (larger.width, larger.height) == (2 * WIDTH, 2 * HEIGHT)
    assert larger.data[30 * 2 * WIDTH + 40] == 255
    assert larger.data[30 * 2 * WIDTH + 10] == 0
    assert mask.at_size(WIDTH, HEIGHT) is mask.mask
    mask.begin((2 * WIDTH, 2 * HEIGHT), HARD, (10.0, 10.0))
    mask.end()
    assert mask.mask is not None
    assert mask.mask.data[30 * 2 * WIDTH + 40] == mask.mask.data[10 * 2 * WIDTH + 10] == 255


def test_keys_make_a_tip_larger_and_smaller_within_limits() -> None:
    tip = BrushTip(60.0, 1.0)
    assert (tip.resized(larger=True), tip.resized(larger=False)) == (72.0, 50.0)
    assert BrushTip(1.0, 1.0).resized(larger=False) == 1.0
    assert BrushTip(MOST_SIZE, 1.0).resized(larger=True) == MOST_SIZE
    for size in range(1, 6):  # no size is one that a key does not leave
        assert size == 1 or BrushTip(float(size), 1.0).resized(larger=False) < size


masks = st.tuples(st.integers(1, 9), st.integers(1, 9)).flatmap(
    lambda size: st.builds(
        Pixels,
        *(st.just(size[0]), st.just(size[1]), st.just(1)),
        st.binary(min_size=size[0] * size[1], max_size=size[0] * size[1]),
    )
)


@given(masks)
def test_a_mask_is_read_back_from_ascii_text(mask: Pixels) -> None:
    text = mask_to_text(MaskRows.of(mask))
    assert text.isascii()
    assert mask_from_text(text) == MaskRows.of(mask)
    assert MaskRows.of(mask).pixels == mask
    assert mask_to_text(None) == ""
    assert mask_from_text("") is None


def test_a_mask_with_equal_rows_is_read_back_and_one_that_was_kept_earlier() -> None:
    rows = [b"\x00\x00\xff\x07"] * 5 + [bytes(4)] + [b"\x00\x00\xff\x07"] * 2
    mask = Pixels(4, 8, 1, b"".join(rows))
    text = mask_to_text(MaskRows.of(mask))
    assert json.loads(text)["rows"] == [5, 1, 2]
    assert mask_from_text(text) == MaskRows.of(mask)
    packed = base64.b64encode(zlib.compress(mask.data)).decode()
    assert mask_from_text(json.dumps({"size": [4, 8], "packed": packed})) == MaskRows.of(mask)


def test_damaged_text_is_no_mask() -> None:
    good = json.loads(mask_to_text(MaskRows.of(Pixels(4, 3, 1, bytes(range(12))))))
    for change in (
        {"size": [4, 4]},
        {"size": [0, 3]},
        {"size": [100_000, 100_000]},
        {"packed": "%%%"},
        {"packed": "AAAA"},
        {"packed": good["packed"][:-8]},
        {"rows": [1, 1, 2]},
        {"rows": [2, 1]},
        {"rows": [4, -1]},
    ):
        assert mask_from_text(json.dumps({**good, **change})) is None
    for text in ("{", "[]", '{"size": 4}'):
        assert mask_from_text(text) is None


def test_of_a_large_mask_as_many_pixels_are_shown_as_a_view_has(mask: PaintedMask) -> None:
    side, tip = 4000, BrushTip(400.0, 0.0)
    mask.begin((side, side), tip, (2000.0, 1000.0))
    assert mask.go_on((2600.0, 1000.0))
    shown = mask.seen
    assert shown is not None
    assert (shown.width, shown.height) == (1000, 1000)
    assert shown.data[250 * 1000 + 500] > 230
    assert shown.data[250 * 1000 + 640] > 230
    assert shown.data[(250 + 45) * 1000 + 500] in range(1, 50)
    assert shown.data[(250 + 51) * 1000 + 500] == shown.data[250 * 1000 + 440] == 0
    mask.end()
    assert mask.seen == shown
    assert mask.mask is not None
    assert mask.mask.width == side
    assert mask.mask.data[1002 * side + 2002] == shown.data[250 * 1000 + 500]


def test_a_small_mask_is_shown_as_it_is(mask: PaintedMask) -> None:
    assert mask.seen is None
    stroke(mask, SOFT, MIDDLE)
    assert mask.seen == mask.mask
    mask.begin(SIZE, HARD, (5.0, 5.0))
    assert mask.there
    assert mask.seen == mask.mask
    mask.give_up()
    assert mask.clear()
    assert not mask.there


@pytest.mark.parametrize("hardness", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("size", [1.0, 2.0, 7.0, 40.0])
def test_a_touch_covers_as_much_as_the_distance_says(size: float, hardness: float) -> None:
    radius = max(size / 2, 0.5)
    whole = radius * hardness
    covered = {
        (left + across, down): value
        for down, left, values in rows_of(BrushTip(size, hardness))
        for across, value in enumerate(values)
    }
    for y in range(-25, 26):
        for x in range(-25, 26):
            distance = math.hypot(x, y)
            if distance > radius:
                assert (x, y) not in covered
            elif distance <= whole:
                assert covered[x, y] == 255
            else:
                exact = 255 * (radius - distance) / (radius - whole)
                assert abs(covered[x, y] - exact) <= 0.5 + 1e-9
    erased = rows_of(BrushTip(size, hardness, erases=True))
    assert {
        (left + across, down): 255 - value
        for down, left, values in erased
        for across, value in enumerate(values)
    } == covered


pairs_of_bytes = st.integers(0, 40).flatmap(
    lambda count: st.tuples(*[st.binary(min_size=count, max_size=count)] * 2)
)


@given(pairs_of_bytes)
def test_the_larger_and_the_smaller_of_many_bytes(pair: tuple[bytes, bytes]) -> None:
    assert larger(*pair) == bytes(map(max, *pair))
    assert smaller(*pair) == bytes(map(min, *pair))


def test_edits_share_the_rows_that_they_leave(mask: PaintedMask) -> None:
    stroke(mask, HARD, MIDDLE)
    before = mask.rows
    stroke(mask, HARD, (20.0, 5.0))
    after = mask.rows
    assert before is not None
    assert after is not None
    kept = [one is other for one, other in zip(before.rows, after.rows, strict=True)]
    assert kept == [row > 10 for row in range(HEIGHT)]
    assert before.own_bytes(after) == WIDTH  # a row that was empty, and all of these are one
    inverted = after.inverted()
    assert len({id(row) for row in inverted.rows}) == len({id(row) for row in after.rows})


@given(masks)
def test_of_inverted_rows_all_values_are(mask: Pixels) -> None:
    rows = MaskRows.of(mask)
    assert rows.inverted().pixels.data == bytes(255 - value for value in mask.data)
    assert rows.inverted().inverted() == rows
    assert rows.holds_all == (not any(mask.data))
    assert rows.size == (mask.width, mask.height)


@given(masks)
def test_on_a_flipped_and_turned_picture_each_pixel_is_that_of_its_place(mask: Pixels) -> None:
    rows, (width, height) = MaskRows.of(mask), (mask.width, mask.height)
    flipped = rows.moved(Affine(a=-1, e=width - 1 + 0.01), (width, height))
    assert flipped.rows == tuple(row[::-1] for row in rows.rows)
    turned = rows.moved(Affine(a=0, b=1, c=-1, d=0, e=height - 1, f=0.01), (height, width))
    assert turned.rows == tuple(bytes(row) for row in zip(*rows.rows[::-1], strict=True))
    twice = rows.moved(Affine.between((width, height), (2 * width, 2 * height)), rows.size)
    assert twice.rows[0][:2] == rows.rows[0][:1] * min(2, width)


@given(masks)
def test_what_is_beyond_the_mask_is_held(mask: Pixels) -> None:
    moved = MaskRows.of(mask).moved(Affine(e=2, f=1), (mask.width + 3, mask.height + 2))
    inner = [row[2:-1] for row in moved.rows[1:-1]]
    assert tuple(inner) == MaskRows.of(mask).rows
    around = [moved.rows[0], moved.rows[-1], *(row[:2] + row[-1:] for row in moved.rows)]
    assert not any(map(any, around))
