from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gimp_plugin.draggan.draggan_gimp.view import MAX_SCALE, View

sides = st.integers(16, 8192)
rooms = st.integers(100, 2000)


@given(sides, sides, rooms, rooms)
def test_a_view_fits_its_room_and_cannot_be_larger(
    w: int, h: int, room_w: int, room_h: int
) -> None:
    view = View.fitting(w, h, (room_w, room_h))
    assert 1 <= view.width <= room_w
    assert 1 <= view.height <= room_h
    if view.scale < MAX_SCALE:
        assert view.width == room_w or view.height == room_h


@given(st.floats(-0.5, 127.5), st.floats(-0.5, 63.5), rooms, rooms)
def test_to_layer_is_the_inverse_of_to_view(x: float, y: float, room_w: int, room_h: int) -> None:
    view = View.fitting(128, 64, (room_w, room_h))
    assert view.to_layer(view.to_view((x, y))) == pytest.approx((x, y), abs=1e-9)


def test_pixel_centres_lie_half_a_pixel_inside_the_view() -> None:
    view = View(100, 100, 4.0)
    assert view.to_view((0, 0)) == (2.0, 2.0)
    assert view.to_view((99, 99)) == (398.0, 398.0)


def test_places_outside_come_back_to_the_border() -> None:
    view = View(100, 50, 2.0)
    assert view.to_layer((-10, 500)) == (-0.5, 49.5)
    assert view.to_layer((500, -10)) == (99.5, -0.5)
