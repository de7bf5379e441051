from __future__ import annotations

from draggan_server.host.advice import advice, held_points
from draggan_server.host.affine import Affine
from draggan_server.host.pair_editor import PairEditor
from draggan_server.host.pairs import PointPair
from draggan_server.host.sentences import said
from draggan_server.wire.messages import Pixels

LEFT_HALF = Pixels(4, 2, 1, bytes([255, 255, 0, 0] * 2))
PAIRS = [PointPair((1.4, 0.0), (3.0, 1.0)), PointPair((1.6, 0.0), (0.0, 1.0))]


def test_points_that_begin_in_the_held_part_have_their_numbers() -> None:
    assert held_points(PAIRS, LEFT_HALF) == [2]
    assert held_points(PAIRS, None) == []
    outside = [PointPair((9.0, 9.0), (0.0, 0.0)), PointPair((-9.0, -9.0), (0.0, 0.0))]
    assert held_points(outside, LEFT_HALF) == [1]


def test_a_held_point_is_warned_of_in_the_pixels_of_the_picture() -> None:
    warning = said.POINT_IS_HELD.format(number=2), True
    assert advice(PairEditor(PAIRS), LEFT_HALF, Affine()) == warning
    assert advice(PairEditor(PAIRS), LEFT_HALF, Affine(e=-1.0)) == ("", False)


def test_half_a_pair_wants_its_target() -> None:
    editor = PairEditor()
    editor.press((1.0, 1.0), Affine())
    editor.release((1.0, 1.0), Affine())
    assert advice(editor, LEFT_HALF, Affine()) == (said.CLICK_TARGET, False)
    editor.give_up()
    assert advice(editor, LEFT_HALF, Affine()) == ("", False)
