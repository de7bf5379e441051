"""Points that are to stay, and points that go to what stands out beside them."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Callable

import pytest

from draggan_server.host.affine import Affine
from draggan_server.host.kept_pairs import KeptPairs, format_pairs, parse_pairs
from draggan_server.host.keys import Key
from draggan_server.host.pair_editor import PairEditor
from draggan_server.host.pairs import HANDLE, TARGET, Bounds, End, PointPair
from draggan_server.host.request import Layer, Request
from draggan_server.host.shapes import Ink, Ring, pair_shapes
from draggan_server.host.strong_feature import strong_feature
from draggan_server.wire.drag_config import drag_config
from draggan_server.wire.errors import BadInput
from draggan_server.wire.messages import Pixels
from draggan_server.wire.state import Point

VIEW = Affine()
PAIR = PointPair((20.0, 20.0), (60.0, 40.0))
PIN = PointPair.pin((100.0, 50.0))


class TestPinning:
    def test_a_place_is_pinned_let_go_and_pinned_again(self) -> None:
        editor = PairEditor([PAIR])
        assert editor.pin_at((100.0, 50.0), VIEW)
        assert editor.pairs == [PAIR, PIN]
        assert editor.selected == End(1, HANDLE)
        assert editor.pin_at((101.0, 50.0), VIEW)
        assert editor.pairs == [PAIR, PIN._replace(pinned=False)]
        assert editor.pin_at((101.0, 50.0), VIEW)
        assert editor.pairs == [PAIR, PIN]
        for _ in range(3):
            assert editor.key(Key.UNDO, VIEW)
        assert editor.pairs == [PAIR]
        assert editor.key(Key.REDO, VIEW)
        assert editor.pairs == [PAIR, PIN]

    def test_a_pair_is_pinned_where_it_begins(self) -> None:
        editor = PairEditor([PAIR])
        assert not editor.wants(Key.PIN)
        editor.move((60.0, 40.0), VIEW)
        assert editor.key(Key.PIN, VIEW)
        assert editor.pairs == [PointPair.pin(PAIR.handle)]

    def test_nothing_is_pinned_far_outside(self) -> None:
        editor = PairEditor()
        editor.bounds = Bounds.of_picture(50, 50)
        assert not editor.pin_at((90.0, 90.0), VIEW)
        assert editor.pairs == []

    def test_one_that_is_moved_stays_whole(self) -> None:
        editor = PairEditor([PIN])
        editor.press(PIN.handle, VIEW)
        editor.release((110.0, 60.0), VIEW)
        assert editor.pairs == [PointPair.pin((110.0, 60.0))]
        assert editor.key(Key.LEFT, VIEW)
        assert editor.pairs == [PointPair.pin((109.0, 60.0))]

    def test_one_that_the_hand_pulls_at_goes_along_with_it(self) -> None:
        editor = PairEditor([PIN])
        editor.press(PIN.handle, VIEW, live=True)
        editor.move((120.0, 50.0), VIEW)
        editor.release((120.0, 50.0), VIEW)
        assert editor.pairs == [PointPair(PIN.handle, (120.0, 50.0))]
        assert editor.key(Key.UNDO, VIEW)
        assert editor.pairs == [PIN]

    def test_a_click_on_one_leaves_it_pinned(self) -> None:
        editor = PairEditor([PIN])
        editor.press(PIN.handle, VIEW, live=True)
        editor.release(PIN.handle, VIEW)
        assert editor.pairs == [PIN]

    def test_it_is_drawn_otherwise_and_without_an_arrow(self) -> None:
        def rings(pair: PointPair) -> set[Ink]:
            return {
                one.ink for one in pair_shapes(PairEditor([pair]).marks()) if isinstance(one, Ring)
            }

        assert Ink.PINNED in rings(PIN)
        assert not {Ink.HANDLE, Ink.TARGET} & rings(PIN)
        assert Ink.PINNED not in rings(PAIR)

    def test_after_a_drag_it_is_pinned_where_it_was_found(self) -> None:
        assert PIN.dragged_to((101.0, 50.0), PIN.target) == PointPair.pin((101.0, 50.0))
        assert PAIR.dragged_to((59.0, 40.0), (60.0, 40.0)) == ((59.0, 40.0), (60.0, 40.0), False)

    def test_it_is_kept_as_such(self) -> None:
        arrived = PointPair((5.0, 5.0), (5.0, 5.0))
        kept = KeptPairs(100, 50, (PAIR, arrived, PIN))
        again = KeptPairs.from_json(kept.to_json())
        assert again == kept
        assert [one.pinned for one in kept.at_size(200, 100)] == [False, False, True]
        document = json.loads(kept.to_json())
        del document["pinned"]  # as a plug-in wrote it that knew of none
        older = KeptPairs.from_json(json.dumps(document))
        assert older is not None
        assert [one.pinned for one in older.pairs] == [False] * 3

    def test_a_script_gives_one_by_two_ends_that_lie_together(self) -> None:
        assert parse_pairs("[[1, 2, 1, 2], [1, 2, 3, 4]]") == [
            PointPair.pin((1.0, 2.0)),
            PointPair((1.0, 2.0), (3.0, 4.0)),
        ]
        assert parse_pairs(format_pairs([PIN])) == [PIN]


def request_of(*pairs: PointPair) -> Request[Layer]:
    picture = Pixels(200, 100, 4, bytes(200 * 100 * 4))
    return Request(Layer("1", "lion"), "state", picture, None, pairs, drag_config())


def test_a_drag_with_a_pinned_point_is_asked_for() -> None:
    request = request_of(PAIR, PIN)
    assert request.handles[1] == request.targets[1] == PIN.handle


@pytest.mark.parametrize(
    ("pairs", "number"), [((PIN,), 1), ((PAIR, PIN._replace(pinned=False)), 2)]
)
def test_what_has_nowhere_to_go_is_refused(pairs: tuple[PointPair, ...], number: int) -> None:
    with pytest.raises(BadInput, match=f"Point {number} is already at its target"):
        request_of(*pairs)


def picture_of(width: int, height: int, corner: Point, noise: int = 0) -> Pixels:
    """Grey, and white below and right of a corner between two pixels' centres."""
    dice = random.Random(1)
    rows = bytearray()
    for y in range(height):
        for x in range(width):
            value = 220 if x > corner[0] and y > corner[1] else 60
            value += dice.randint(-noise, noise)
            rows += bytes((value, value, value, 255))
    return Pixels(width, height, 4, bytes(rows))


_PARTS = 8  # of a pixel's side


def drawn(kind: str, place: Point) -> Pixels:
    """White on grey, its edges as smooth as a camera has them: a corner, the crossing of two
    corners, or a spot, at a place between pixels."""
    inside: Callable[[float, float], bool] = {
        "corner": lambda x, y: x > 0 and y > 0,
        "crossing": lambda x, y: x * y > 0,
        "small spot": lambda x, y: x * x + y * y < 1.5**2,
        "spot": lambda x, y: x * x + y * y < 3.0**2,
    }[kind]
    width, height, rows = 64, 48, bytearray()
    parts = [(part + 0.5) / _PARTS - 0.5 for part in range(_PARTS)]
    for y in range(height):
        for x in range(width):
            covered = sum(inside(x + u - place[0], y + v - place[1]) for v in parts for u in parts)
            value = 60 + round(160 * covered / _PARTS**2)
            rows += bytes((value, value, value, 255))
    return Pixels(width, height, 4, bytes(rows))


class TestStrongFeature:
    @pytest.mark.parametrize("place", [(30.0, 22.0), (30.5, 22.5), (30.25, 22.7), (30.8, 22.1)])
    @pytest.mark.parametrize(
        ("kind", "off"),
        [("corner", 0.25), ("crossing", 0.15), ("spot", 0.05), ("small spot", 0.05)],
    )
    def test_it_is_found_to_a_part_of_a_pixel(self, kind: str, off: float, place: Point) -> None:
        picture = drawn(kind, place)
        for near in ((27.0, 25.0), (34.0, 20.0)):
            found = strong_feature(picture, near, 12.0)
            assert found is not None
            assert math.dist(found, place) < off

    @pytest.mark.parametrize("near", [(40.0, 30.0), (36.0, 34.0), (47.0, 24.0), (40.4, 30.9)])
    def test_a_corner_is_found_from_anywhere_near(self, near: Point) -> None:
        found = strong_feature(picture_of(96, 64, (40.5, 30.5), noise=2), near, 12.0)
        assert found is not None
        assert math.dist(found, (40.5, 30.5)) < 0.25

    def test_on_large_pictures_it_is_looked_at_in_coarser_cells(self) -> None:
        picture = picture_of(400, 300, (200.5, 150.5))
        found = strong_feature(picture, (150.0, 110.0), 100.0)
        assert found is not None
        assert math.dist(found, (200.5, 150.5)) < 0.25

    def test_what_is_farther_does_not_count(self) -> None:
        assert strong_feature(picture_of(96, 64, (40.5, 30.5)), (70.0, 50.0), 12.0) is None

    @pytest.mark.parametrize("radius", [11.0, 50.0])
    def test_what_it_finds_is_never_farther(self, radius: float) -> None:
        picture = drawn("crossing", (30.5, 22.5))
        for tenths in range(-12, 13):
            near = 30.5 + radius + tenths / 10, 22.5
            found = strong_feature(picture, near, radius)
            assert (found is not None) == (tenths <= 0)
            assert found is None or math.dist(found, (30.5, 22.5)) < 0.25

    def test_a_weaker_one_within_comes_before_a_stronger_one_beyond(self) -> None:
        grey = [40] * 96 * 64
        for y in range(20, 40):
            for x in range(96):
                grey[96 * y + x] = 240 if x < 30 else grey[96 * y + x]
                grey[96 * y + x] = 80 if x >= 52 else grey[96 * y + x]
        picture = Pixels(96, 64, 4, b"".join(bytes((one, one, one, 255)) for one in grey))
        found = strong_feature(picture, (41.0, 20.0), 11.2)
        assert found is not None
        assert math.dist(found, (51.5, 19.5)) < 0.3

    def test_an_edge_is_no_feature(self) -> None:
        edge = picture_of(96, 64, (40.5, -1.0))
        assert strong_feature(edge, (40.0, 30.0), 12.0) is None

    def test_noise_is_no_feature(self) -> None:
        assert strong_feature(picture_of(96, 64, (200.0, 0.0), 3), (40.0, 30.0), 20.0) is None

    @pytest.mark.parametrize("near", [(0.0, 0.0), (95.0, 63.0), (-5.0, 70.0)])
    def test_a_border_is_no_feature_and_does_no_harm(self, near: Point) -> None:
        assert strong_feature(picture_of(96, 64, (40.5, 30.5)), near, 12.0) is None


def test_a_handle_is_snapped_as_one_edit_that_can_be_taken_back() -> None:
    editor = PairEditor([PAIR])
    assert editor.snap(0, (25.0, 22.0))
    assert editor.pairs == [PointPair((25.0, 22.0), PAIR.target)]
    assert not editor.snap(0, (25.0, 22.0))
    assert editor.key(Key.UNDO, VIEW)
    assert editor.pairs == [PAIR]
    pinned = PairEditor([PIN])
    assert pinned.snap(0, (90.0, 50.0))
    assert pinned.pairs == [PointPair.pin((90.0, 50.0))]


def test_both_ends_of_a_pair_by_their_sides() -> None:
    assert (PAIR.end(HANDLE), PAIR.end(TARGET)) == (PAIR.handle, PAIR.target)
