"""What is seen of a layer at a time."""

from __future__ import annotations

import pytest

from draggan_server.host.pair_editor import PairEditor
from draggan_server.host.pairs import PointPair
from draggan_server.host.request import Layer, Request
from draggan_server.host.results import Result
from draggan_server.host.sight import Sight
from draggan_server.host.split import left_part
from draggan_server.wire.drag_config import drag_config
from draggan_server.wire.messages import Pixels

PAIR = PointPair((8.0, 8.0), (20.0, 8.0))
LAYER, OTHER = Layer("1", "Lion"), Layer("2", "Tiger")
FRAME = Pixels(8, 8, 4, bytes(256))
PICTURE = Pixels(32, 32, 4, bytes(4 * 32 * 32))
MASK, OTHER_MASK = (Pixels(32, 32, 1, bytes([0, value] * 512)) for value in (255, 127))
RESULT = Result(
    Request(LAYER, "state", PICTURE, None, (PAIR,), drag_config()), OTHER, (PAIR,), True, "There."
)


@pytest.fixture
def points() -> PairEditor:
    return PairEditor([PAIR])


@pytest.fixture
def sight(points: PairEditor) -> Sight[Layer]:
    return Sight(lambda _layer: points)


def test_at_first_there_is_nothing_to_be_seen(sight: Sight[Layer]) -> None:
    sight.select(MASK)
    assert [sight.wanted, sight.editable, sight.veil] == [False, False, None]
    assert sight.picture is None


def test_while_points_are_set_it_is_seen_what_is_held(sight: Sight[Layer]) -> None:
    sight.edit(True)
    assert sight.wanted
    assert sight.editable
    assert sight.veil is None
    sight.select(MASK)
    assert sight.veil == MASK
    sight.select(None)
    assert sight.veil is None
    sight.select(MASK)
    sight.edit(False)
    assert not sight.wanted
    assert sight.veil is None


def test_in_a_drag_its_frames_are_seen_and_points_stay_as_they_are(sight: Sight[Layer]) -> None:
    sight.edit(True)
    sight.select(MASK)
    assert sight.show_work(LAYER, held=False)
    assert (sight.busy, sight.editable, sight.veil) == (True, False, None)
    assert sight.picture is None
    sight.show_frame(FRAME)
    assert sight.picture == (FRAME, LAYER)
    assert not sight.show_work(LAYER, held=True)  # the same one, whose point is pulled at
    assert sight.editable
    assert sight.picture == (FRAME, LAYER)


def test_after_a_drag_the_result_is_seen_until_points_or_the_selection_are_edited(
    sight: Sight[Layer], points: PairEditor
) -> None:
    sight.edit(True)
    sight.select(MASK)
    sight.show_work(LAYER, held=False)
    sight.show_frame(FRAME)
    points.follow_drag([(15.0, 8.0)], [False])
    assert points.marks()[0].handle == (15.0, 8.0)
    assert sight.show_work(None, held=False)
    assert points.marks()[0].handle == PAIR.handle
    assert sight.picture is None
    sight.select(Pixels(32, 32, 1, MASK.data))  # read again, and the same
    assert (sight.editable, sight.veil) == (True, None)
    sight.points_edited()
    assert sight.veil == MASK
    sight.show_work(OTHER, held=False)
    sight.show_work(None, held=False)
    assert sight.veil is None
    sight.select(OTHER_MASK)
    assert sight.veil == OTHER_MASK


def test_a_frame_that_comes_too_late_is_not_seen(sight: Sight[Layer]) -> None:
    sight.show_frame(FRAME)
    assert sight.picture is None
    sight.show_work(LAYER, held=False)
    assert sight.picture is None


def test_what_a_result_came_from_is_seen_in_its_place_but_in_no_drag(sight: Sight[Layer]) -> None:
    sight.compare(RESULT)
    assert sight.wanted
    assert sight.picture == (PICTURE, OTHER)
    sight.show_work(LAYER, held=False)
    assert sight.picture is None
    sight.show_work(None, held=False)
    sight.compare(RESULT, 0.5)
    assert (sight.picture, sight.part, sight.split) == ((left_part(PICTURE, 0.5), OTHER), 0.5, True)
    sight.compare(None)
    assert sight.picture is None
    assert not sight.wanted
