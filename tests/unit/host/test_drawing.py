from __future__ import annotations

import pytest

from draggan_server.host.drawing import Drawing
from draggan_server.host.shapes import Ink, Ring, Shape, Stroke
from draggan_server.wire.state import Point

WIDTH, HEIGHT = 60, 40
GREY = bytes([100, 100, 100, 255])
OPAQUE = Ink.HANDLE


@pytest.fixture
def drawing() -> Drawing:
    return Drawing(bytearray(GREY * WIDTH * HEIGHT), WIDTH, HEIGHT)


def pixel(drawing: Drawing, x: int, y: int) -> tuple[int, ...]:
    start = (y * drawing.width + x) * 4
    return tuple(drawing.data[start : start + 4])


def stroke(*points: Point, width: float = 4.0, ink: Ink = OPAQUE) -> Stroke:
    return Stroke((points,), width, ink)


def test_a_ring_covers_its_line_and_nothing_else(drawing: Drawing) -> None:
    drawing.paint(Ring((30.5, 20.5), 10.0, 3.0, OPAQUE))
    for x, y in ((40, 20), (20, 20), (30, 10), (30, 30)):
        assert pixel(drawing, x, y) == OPAQUE.value
    for x, y in ((30, 20), (36, 20), (44, 20)):
        assert pixel(drawing, x, y) == tuple(GREY)


def test_what_is_transparent_becomes_as_opaque_as_what_is_drawn() -> None:
    drawing = Drawing(bytearray(4 * WIDTH * HEIGHT), WIDTH, HEIGHT)
    drawing.paint(Ring((30.5, 20.5), 10.0, 3.0, Ink.DARK))
    drawing.paint(Ring((30.5, 20.5), 10.0, 1.0, Ink.LIGHT))
    assert pixel(drawing, 30, 20) == (0, 0, 0, 0)
    assert pixel(drawing, 41, 20) == (*Ink.DARK.value[:3], Ink.DARK.value[3])
    red, green, blue, alpha = pixel(drawing, 40, 20)
    light, dark = Ink.LIGHT.value[3] / 255, Ink.DARK.value[3] / 255
    over = light + dark * (1 - light)
    assert alpha == pytest.approx(255 * over, abs=1)
    assert (red, green, blue) == (pytest.approx(255 * light / over, abs=1),) * 3


def test_a_line_of_one_point_is_a_dot(drawing: Drawing) -> None:
    drawing.paint(stroke((30.5, 20.5), width=5.0))
    assert pixel(drawing, 32, 20) == pixel(drawing, 30, 18) == OPAQUE.value
    assert pixel(drawing, 34, 20) == tuple(GREY)


@pytest.mark.parametrize(
    "shape",
    [
        stroke((-30.0, 20.0), (20.0, -30.0)),
        stroke((59.9, 39.9), (200.0, 300.0)),
        stroke((30.0, -500.0), (30.0, 500.0)),
        Ring((0.0, 0.0), 8.0, 3.0, OPAQUE),
        Ring((-500.0, 20.0), 8.0, 3.0, OPAQUE),
    ],
)
def test_what_lies_outside_is_cut_off(drawing: Drawing, shape: Shape) -> None:
    drawing.paint(shape)
    assert len(drawing.data) == WIDTH * HEIGHT * 4
    assert set(drawing.data[3::4]) == {255}


def test_a_stroke_is_blended_once_a_pixel_also_where_its_lines_cross(drawing: Drawing) -> None:
    lines = (((10.0, 20.0), (50.0, 20.0)), ((30.0, 5.0), (30.0, 35.0), (20.0, 20.0)))
    drawing.paint(Stroke(lines, 6.0, Ink.DARK))
    assert {pixel(drawing, x, y)[0] for x in (28, 29, 30) for y in (18, 19, 20)} == {
        round(100 * (1 - Ink.DARK.value[3] / 255))
    }


@pytest.mark.parametrize("turned", [False, True])
def test_a_line_is_as_wide_as_asked_in_any_direction(drawing: Drawing, turned: bool) -> None:
    ends = ((30.0, -50.0), (30.0, 90.0)) if turned else ((-50.0, 20.0), (110.0, 20.0))
    drawing.paint(stroke(*ends, width=4.0))
    across = (
        [pixel(drawing, x, 20)[0] for x in range(WIDTH)]
        if turned
        else [pixel(drawing, 30, y)[0] for y in range(HEIGHT)]
    )
    assert sum(value > 100 for value in across) == pytest.approx(4, abs=1)


def test_bytes_of_another_size_are_refused() -> None:
    with pytest.raises(ValueError, match="60 x 40"):
        Drawing(bytearray(100), 60, 40)
