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
