from __future__ import annotations

import math

import pytest

from draggan_server.host.digits import DIGITS
from draggan_server.host.pairs import Mark
from draggan_server.host.shapes import Ink, Ring, Shape, Stroke, pair_shapes
from draggan_server.wire.state import Point

HANDLE, TARGET = (100.0, 100.0), (160.0, 100.0)


def shapes(
    handle: Point = HANDLE,
    target: Point = TARGET,
    *,
    number: int = 1,
    arrived: bool = False,
    hot: bool = False,
) -> list[Shape]:
    return list(pair_shapes([Mark(number, handle, target, arrived, hot, False)]))


def rings(drawn: list[Shape], ink: Ink) -> list[Ring]:
    return [shape for shape in drawn if isinstance(shape, Ring) and shape.ink is ink]


def test_a_handle_is_red_and_its_target_blue() -> None:
    drawn = shapes()
    assert [ring.centre for ring in rings(drawn, Ink.HANDLE)] == [HANDLE]
    assert [ring.centre for ring in rings(drawn, Ink.TARGET)] == [TARGET]


def test_a_handle_that_has_arrived_is_green() -> None:
    drawn = shapes(arrived=True)
    assert [ring.centre for ring in rings(drawn, Ink.ARRIVED)] == [HANDLE]
    assert rings(drawn, Ink.HANDLE) == []


def test_a_hot_end_is_larger() -> None:
    drawn = shapes(hot=True)
    assert rings(drawn, Ink.HANDLE)[0].radius > rings(drawn, Ink.TARGET)[0].radius


def test_the_arrow_leads_from_ring_to_ring() -> None:
    arrow = shapes()[1]
    assert isinstance(arrow, Stroke)
    (tail, tip), head = arrow.lines
    assert 100 < tail[0] < 115 < 145 < tip[0] < 160
    assert head[1] == tip
    assert head[0][1] - tip[1] == pytest.approx(tip[1] - head[2][1])


@pytest.mark.parametrize("target", [HANDLE, (112.0, 100.0)])
def test_there_is_no_arrow_between_rings_that_touch(target: Point) -> None:
    drawn = shapes(target=target)
    assert isinstance(drawn[0], Ring)


@pytest.mark.parametrize("target", [TARGET, (100.0, 30.0), HANDLE])
@pytest.mark.parametrize("number", [1, 28, 100])
def test_the_number_lies_beside_the_handle_where_no_arrow_is(target: Point, number: int) -> None:
    drawn = shapes(target=target, number=number)[-1]
    assert isinstance(drawn, Stroke)
    assert len(drawn.lines) == sum(len(DIGITS[digit]) for digit in str(number))
    points = [point for line in drawn.lines for point in line]
    assert min(math.dist(point, HANDLE) for point in points) > 9
    assert max(math.dist(point, HANDLE) for point in points) < 50
    away = (target[0] - HANDLE[0], target[1] - HANDLE[1])
    for x, y in points:
        assert (x - HANDLE[0]) * away[0] + (y - HANDLE[1]) * away[1] <= 0


def test_every_digit_is_drawn_within_its_square() -> None:
    assert "".join(DIGITS) == "0123456789"
    assert len(set(DIGITS.values())) == 10
    for lines in DIGITS.values():
        assert all(0 <= u <= 1 and 0 <= v <= 1 for line in lines for u, v in line)


def test_light_lies_on_dark() -> None:
    inks = [shape.ink for shape in shapes()]
    assert inks[:2] == [Ink.DARK, Ink.LIGHT]
    assert inks[-2:] == [Ink.DARK, Ink.LIGHT]
