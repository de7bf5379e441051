from __future__ import annotations

import pytest

from draggan_server.host.pairs import Mark
from draggan_server.wire.state import Point
from gimp_plugin.draggan.draggan_gimp.markers import (
    ARRIVED_COLOUR,
    HANDLE_COLOUR,
    TARGET_COLOUR,
    Drawing,
)

WIDTH, HEIGHT = 60, 40
GREY = bytes([100, 100, 100, 255])


def mark(handle: Point, target: Point, *, arrived: bool = False, hot: bool = False) -> Mark:
    return Mark(1, handle, target, arrived, hot, False)


@pytest.fixture
def drawing() -> Drawing:
    return Drawing(bytearray(GREY * WIDTH * HEIGHT), WIDTH, HEIGHT)


def pixel(drawing: Drawing, x: int, y: int) -> tuple[int, ...]:
    start = (y * drawing.width + x) * 4
    return tuple(drawing.data[start : start + 4])


def test_a_pair_shows_its_handle_red_and_its_target_blue(drawing: Drawing) -> None:
    drawing.pair(mark((12.5, 20.5), (46.5, 20.5)))
    assert pixel(drawing, 12, 20) == (*HANDLE_COLOUR, 255)
    assert pixel(drawing, 46, 20) == (*TARGET_COLOUR, 255)
    assert pixel(drawing, 29, 20) == (255, 255, 255, 255)  # the arrow between them
    assert pixel(drawing, 29, 2) == tuple(GREY)


def test_a_handle_that_has_arrived_is_green(drawing: Drawing) -> None:
    drawing.pair(mark((12.5, 20.5), (46.5, 20.5), arrived=True))
    assert pixel(drawing, 12, 20) == (*ARRIVED_COLOUR, 255)
    assert pixel(drawing, 46, 20) == (*TARGET_COLOUR, 255)


def test_a_hot_end_is_larger(drawing: Drawing) -> None:
    drawing.pair(mark((12.5, 20.5), (46.5, 20.5), hot=True))
    assert pixel(drawing, 12, 20 + 6) == (*HANDLE_COLOUR, 255)
    assert pixel(drawing, 46, 20 + 6) != (*TARGET_COLOUR, 255)


@pytest.mark.parametrize(
    "pair",
    [
        mark((-30.0, 20.0), (20.0, -30.0)),
        mark((59.9, 39.9), (200.0, 300.0)),
        mark((0.0, 0.0), (0.0, 0.0)),
        mark((30.0, -500.0), (30.0, 500.0)),
    ],
)
def test_what_lies_outside_is_cut_off(drawing: Drawing, pair: Mark) -> None:
    drawing.pair(pair)
    assert len(drawing.data) == WIDTH * HEIGHT * 4
    assert set(drawing.data[3::4]) == {255}


def test_an_area_is_blended_once_a_pixel(drawing: Drawing) -> None:
    drawing.line((10.0, 10.0), (50.0, 30.0), 3.0, (0, 0, 0), 0.5)
    inside = [pixel(drawing, x, 20)[0] for x in range(28, 32)]
    assert set(inside) == {50}


@pytest.mark.parametrize("turned", [False, True])
def test_a_line_is_as_wide_as_asked_in_any_direction(drawing: Drawing, turned: bool) -> None:
    ends = ((30.0, -50.0), (30.0, 90.0)) if turned else ((-50.0, 20.0), (110.0, 20.0))
    drawing.line(*ends, 2.0, (255, 255, 255))
    across = (
        [pixel(drawing, x, 20)[0] for x in range(WIDTH)]
        if turned
        else [pixel(drawing, 30, y)[0] for y in range(HEIGHT)]
    )
    assert sum(value > 100 for value in across) == pytest.approx(4, abs=1)


def test_bytes_of_another_size_are_refused() -> None:
    with pytest.raises(ValueError, match="60 x 40"):
        Drawing(bytearray(100), 60, 40)
