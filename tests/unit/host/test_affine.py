from __future__ import annotations

import math

import pytest
from hypothesis import given

from draggan_server.host.affine import Affine
from tests.unit.host.views import points, views


@given(views(), points)
def test_the_way_back_leads_back(view: Affine, point: tuple[float, float]) -> None:
    assert view.inverted().map(view.map(point)) == pytest.approx(point, abs=1e-5)


@given(views(), points, points)
def test_moved_first_is_a_move_and_then_the_map(
    view: Affine, point: tuple[float, float], by: tuple[float, float]
) -> None:
    moved = point[0] + by[0], point[1] + by[1]
    assert view.moved_first(*by).map(point) == pytest.approx(view.map(moved), abs=1e-4)


@given(views(), points, points)
def test_lengths_are_multiplied_by_the_magnification(
    view: Affine, start: tuple[float, float], end: tuple[float, float]
) -> None:
    length = math.dist(view.map(start), view.map(end))
    assert length == pytest.approx(view.magnification * math.dist(start, end), abs=1e-4)


@given(views(), views(), points)
def test_one_map_then_another_takes_a_point_as_both_do(
    one: Affine, other: Affine, point: tuple[float, float]
) -> None:
    both = other.map(one.map(point))
    assert one.then(other).map(point) == pytest.approx(both, rel=1e-6, abs=1e-4)


def test_corners_of_a_picture_lie_on_corners_when_it_is_scaled() -> None:
    way = Affine.between((4, 10), (8, 5))
    assert way.map((-0.5, -0.5)) == (-0.5, -0.5)
    assert way.map((3.5, 9.5)) == (7.5, 4.5)
