"""A line between before and after, as mouse and keys move it, and what is seen beside it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from draggan_server.host.affine import Affine
from draggan_server.host.drawing import Drawing
from draggan_server.host.hand import Button, Hand
from draggan_server.host.keys import Key
from draggan_server.host.pairs import Bounds, PointPair
from draggan_server.host.shapes import Ring
from draggan_server.host.split import Split, left_part, split_picture
from draggan_server.host.surface import Surface
from draggan_server.wire.messages import Pixels

RED, BLUE = b"\xff\x00\x00\xff", b"\x00\x00\xff\xff"
BEFORE, NOW = Pixels(8, 4, 4, RED * 32), Pixels(8, 4, 4, BLUE * 32)
TWICE = Affine(a=2.0, d=2.0, e=1.0, f=1.0)
"""A picture of 40 x 20 pixels lies at 0 to 80 and 0 to 40 of the view."""


@pytest.fixture
def surface() -> Surface[Any]:
    hand: Hand[Any] = Hand(cast(Any, SimpleNamespace(request=None)), lambda: None)
    surface = Surface(hand, lambda: None)
    surface.way = TWICE
    surface.edit(True)
    hand.split.bounds = Bounds.of_picture(40, 20)
    return surface


def test_the_mouse_takes_the_line_to_where_it_is_pressed_and_sets_no_points(
    surface: Surface[Any],
) -> None:
    split, moved = surface.hand.split, []
    split.moved = lambda: moved.append(split.at)
    assert surface.press(Button.LEFT, (20.0, 5.0), aside=False)
    assert surface.pressed
    surface.move((60.0, 7.0))
    surface.move((900.0, 7.0))
    assert surface.release(Button.LEFT, (900.0, 7.0))
    surface.move((20.0, 5.0))
    assert moved == [0.25, 0.75, 1.0]
    assert not surface.pressed
    assert surface.press(Button.RIGHT, (20.0, 5.0), aside=False)
    assert surface.hand.editor.pairs == []
    assert not surface.press(Button.MIDDLE, (20.0, 5.0), aside=False)


def test_keys_move_the_line_and_points_are_neither_seen_nor_edited(surface: Surface[Any]) -> None:
    surface.hand.editor.load([PointPair((5.0, 5.0), (9.0, 5.0))])
    assert surface.key(Key.LEFT, far=True)
    assert surface.key(Key.RIGHT, far=False)
    assert surface.hand.split.at == pytest.approx(0.41)
    assert not surface.wants(Key.REMOVE)
    assert not surface.key(Key.REMOVE, far=False)
    assert len(surface.hand.editor.pairs) == 1
    line = list(surface.shapes())
    assert [shape.centre for shape in line if isinstance(shape, Ring)] == [
        pytest.approx((32.8, 20))
    ] * 2
    surface.hand.split.bounds = None
    assert len(list(surface.shapes())) > len(line)


def test_the_line_follows_a_view_that_is_turned(surface: Surface[Any]) -> None:
    surface.way = Affine(a=0.0, b=2.0, c=-2.0, d=0.0)  # a quarter to the right
    surface.press(Button.LEFT, (-10.0, 19.0), aside=False)
    assert surface.hand.split.at == pytest.approx(0.25)


def test_keys_ask_for_it_where_there_is_something_to_be_compared() -> None:
    split, told = Split(), []
    split.switch = lambda: told.append("switch")
    split.hold = told.append  # type: ignore[assignment]
    assert not split.key(Key.SPLIT, far=False)
    assert not split.key(Key.LEFT, far=False)
    split.offered = True
    assert split.key(Key.SPLIT, far=False)
    assert split.key(Key.BEFORE, far=False)
    assert split.key_up(Key.BEFORE)
    assert not split.key_up(Key.LEFT)
    assert told == ["switch", True, False]


def test_left_of_the_line_is_before_and_right_of_it_now() -> None:
    assert split_picture(BEFORE, NOW, 0.25).data == (RED * 2 + BLUE * 6) * 4
    assert split_picture(BEFORE, NOW, 0.0) == NOW
    assert split_picture(BEFORE, NOW, 1.0) == BEFORE
    small = Pixels(2, 1, 4, RED + BLUE)
    assert split_picture(small, NOW, 1.0).data == (RED * 4 + BLUE * 4) * 4
    assert left_part(BEFORE, 0.25) == Pixels(2, 4, 4, RED * 8)
    assert left_part(BEFORE, 0.0).width == 1


def test_the_line_is_drawn_over_any_picture(surface: Surface[Any]) -> None:
    for value in (b"\x00", b"\xff"):
        ground = value * (80 * 40 * 4)
        drawing = Drawing(bytearray(ground), 80, 40)
        for shape in surface.shapes():
            drawing.paint(shape)
        row = drawing.data[: 80 * 4]
        assert row[36 * 4 : 44 * 4] != ground[36 * 4 : 44 * 4]
        assert row[: 30 * 4] == ground[: 30 * 4]
