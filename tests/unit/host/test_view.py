from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from draggan_server.host.view import MAX_SCALE, MAX_ZOOM, View
from draggan_server.host.viewer import WHEEL_STEP, Viewer, Zoom

sides = st.integers(16, 8192)
rooms = st.integers(100, 2000)
shifts = st.floats(-900, 900)


@given(sides, sides, rooms, rooms)
def test_a_view_fits_its_room_and_cannot_be_larger(
    w: int, h: int, room_w: int, room_h: int
) -> None:
    view = View.fitting(w, h, (room_w, room_h))
    assert 1 <= view.width <= room_w
    assert 1 <= view.height <= room_h
    assert view.fits
    if view.scale < MAX_SCALE:
        assert view.width == room_w or view.height == room_h


def test_pixel_centres_lie_half_a_pixel_inside_the_view() -> None:
    view = View.fitting(100, 100, (400, 400)).affine
    assert view.map((0, 0)) == (2.0, 2.0)
    assert view.map((99, 99)) == (398.0, 398.0)


class TestViewer:
    def test_the_wheel_zooms_at_the_pointer(self) -> None:
        viewer = Viewer((256, 256), (512, 512))
        at = (128.0, 300.0)
        point = viewer.view.affine.inverted().map(at)
        for notches in (1.0, 2.0, -1.0, 0.5):
            assert viewer.wheel(at, notches)
            assert viewer.view.affine.map(point) == pytest.approx(at)
        assert viewer.view.scale == pytest.approx(2 * WHEEL_STEP**2.5)
        assert (viewer.view.width, viewer.view.height) == (512, 512)

    def test_zooming_ends_at_what_fits_and_at_single_pixels(self) -> None:
        viewer = Viewer((256, 128), (512, 512))
        assert not viewer.wheel((5.0, 5.0), -3.0)
        assert viewer.view.fits
        viewer.wheel((5.0, 5.0), 100.0)
        assert viewer.view.scale == MAX_ZOOM
        viewer.wheel((300.0, 100.0), -100.0)
        assert viewer.view == View.fitting(256, 128, (512, 512))

    def test_a_grabbed_picture_moves_with_the_mouse_as_far_as_there_is_more(self) -> None:
        viewer = Viewer((256, 256), (512, 512))
        viewer.wheel((256.0, 256.0), 4.0)
        point = viewer.view.affine.inverted().map((200.0, 200.0))
        assert not viewer.move((10.0, 10.0))
        viewer.grab((200.0, 200.0))
        assert viewer.move((180.0, 230.0))
        assert viewer.view.affine.map(point) == pytest.approx((180.0, 230.0))
        viewer.move((9000.0, 9000.0))
        assert viewer.view.affine.inverted().map((0.0, 0.0)) == pytest.approx((-0.5, -0.5))
        viewer.move((-9000.0, -9000.0))
        assert viewer.view.affine.inverted().map((512.0, 512.0)) == pytest.approx((255.5, 255.5))
        assert viewer.let_go()
        assert not viewer.let_go()
        assert not viewer.move((0.0, 0.0))

    def test_what_fits_is_not_moved(self) -> None:
        viewer = Viewer((256, 128), (512, 512))
        viewer.grab((1.0, 1.0))
        assert not viewer.move((100.0, 100.0))

    def test_keys_and_buttons(self) -> None:
        viewer = Viewer((1000, 800), (500, 500))
        assert viewer.zoom(Zoom.FULL)
        assert viewer.view.scale == 1.0
        middle = viewer.view.affine.inverted().map(viewer.view.middle)
        assert middle == pytest.approx((499.5, 399.5))
        assert viewer.zoom(Zoom.IN)
        assert viewer.view.scale == WHEEL_STEP
        assert viewer.zoom(Zoom.OUT)
        assert viewer.view.scale == pytest.approx(1.0)
        assert viewer.zoom(Zoom.FIT)
        assert viewer.view.fits
        assert not viewer.zoom(Zoom.OUT)

    def test_a_small_layer_that_fits_enlarged_stays_so_at_100_percent(self) -> None:
        viewer = Viewer((100, 100), (500, 500))
        assert not viewer.zoom(Zoom.FULL)
        assert viewer.view.scale == 5.0

    def test_another_room_keeps_the_middle_and_another_layer_begins_anew(self) -> None:
        viewer = Viewer((1000, 1000), (500, 500))
        viewer.wheel((100.0, 400.0), 8.0)
        point = viewer.view.affine.inverted().map(viewer.view.middle)
        assert viewer.set_room((700, 600))
        assert viewer.view.affine.inverted().map(viewer.view.middle) == pytest.approx(point)
        assert (viewer.view.width, viewer.view.height) == (700, 600)
        assert not viewer.set_layer(1000, 1000)
        assert viewer.set_layer(400, 300)
        assert viewer.view == View.fitting(400, 300, (700, 600))
        assert viewer.set_room((350, 300))
        assert viewer.view == View.fitting(400, 300, (350, 300))


@given(
    st.tuples(sides, sides),
    st.tuples(rooms, rooms),
    st.lists(
        st.tuples(
            st.sampled_from(("wheel", "pan", "room")), st.floats(-900, 900), st.floats(-900, 900)
        ),
        max_size=12,
    ),
)
def test_whatever_is_done_the_room_is_filled_as_far_as_it_can_be(
    layer: tuple[int, int], room: tuple[int, int], acts: list[tuple[str, float, float]]
) -> None:
    viewer = Viewer(layer, room)
    viewer.grab((0.0, 0.0))
    for what, x, y in acts:
        if what == "wheel":
            viewer.wheel((abs(x), abs(y)), x / 100)
        elif what == "pan":
            viewer.move((x, y))
        else:
            viewer.set_room((100 + round(abs(x)), 100 + round(abs(y))))
    view = viewer.view
    back = view.affine.inverted()
    first, last = back.map((0.0, 0.0)), back.map((float(view.width), float(view.height)))
    slack = 1.0 / view.scale + 1e-6  # a rounded pixel of the view
    for side, near, far in zip(layer, first, last, strict=True):
        assert near >= -0.5 - slack
        assert far <= side - 0.5 + slack
    assert math.isfinite(view.left)
    assert math.isfinite(view.top)
    for seen, most, side in zip((view.width, view.height), view.room, layer, strict=True):
        assert seen == most or abs(seen - side * view.scale) <= 0.5 or seen == 1


@given(
    st.tuples(st.integers(200, 900), st.integers(200, 900)),
    st.tuples(st.integers(50, 190), st.integers(50, 190)),
    st.integers(50, 190),
    st.integers(1, 2),
)
def test_at_100_percent_pixels_lie_on_pixels_of_the_screen(
    layer: tuple[int, int], room: tuple[int, int], narrower: int, screen_pixels: int
) -> None:
    viewer = Viewer((layer[0] * screen_pixels, layer[1] * screen_pixels), room)
    viewer.set_room(room, screen_pixels)
    viewer.wheel((20.5, 30.5), 3)
    viewer.zoom(Zoom.FULL)
    for width in (room[0], narrower):
        seen = viewer.view.on_screen
        assert seen.scale == 1.0
        assert seen.left.is_integer()
        assert seen.top.is_integer()
        assert seen.room == (width * screen_pixels, room[1] * screen_pixels)
        assert (seen.width, seen.height) == seen.room
        viewer.set_room((narrower, room[1]), screen_pixels)


def test_a_screen_drawn_larger_shows_the_same_at_the_same_places() -> None:
    viewer = Viewer((256, 256), (560, 560))
    before = viewer.view.affine
    assert viewer.set_room((560, 560), 2)
    assert viewer.view.fits
    assert viewer.view.affine == before
    assert viewer.view.on_screen.room == (1120, 1120)
