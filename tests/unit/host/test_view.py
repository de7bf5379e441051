from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from draggan_server.host.view import MAX_SCALE, View

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


def test_pixel_centres_lie_half_a_pixel_inside_the_view() -> None:
    view = View(100, 100, 4.0).affine
    assert view.map((0, 0)) == (2.0, 2.0)
    assert view.map((99, 99)) == (398.0, 398.0)
