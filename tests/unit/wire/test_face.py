"""Where a model's picture lies, by both eyes and the mouth."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from draggan_server.wire.errors import BadInput
from draggan_server.wire.face import Face, Marks

FACE = Face(
    ((90.0, 110.0), (160.0, 112.0)),
    (126.0, 170.0),
    tuple((0.04 if row == column else 0.0) for row in range(6) for column in range(6)),
)
"""Each number spreads by 5 pixels."""


def moved(
    point: tuple[float, float], angle: float, scale: float, shift: float
) -> tuple[float, float]:
    cos, sin = scale * math.cos(angle), scale * math.sin(angle)
    return cos * point[0] - sin * point[1] + shift, sin * point[0] + cos * point[1] - 2 * shift


def seen(angle: float = 0.0, scale: float = 1.0, shift: float = 0.0) -> Marks:
    """The mean face in a photo."""
    one, other, mouth = (moved(point, angle, scale, shift) for point in (*FACE.eyes, FACE.mouth))
    return one, other, mouth


def at(matrix: tuple[float, ...], x: float, y: float) -> tuple[float, float]:
    assert matrix[6:] == (0, 0, 1)
    return (
        matrix[0] * x + matrix[1] * y + matrix[2],
        matrix[3] * x + matrix[4] * y + matrix[5],
    )


@given(st.floats(-0.5, 0.5), st.floats(0.05, 40), st.floats(-3000, 3000))
def test_the_mean_face_is_found_wherever_it_is(angle: float, scale: float, shift: float) -> None:
    """A prior for upright photos and the spread of faces give way by a little."""
    matrix = FACE.placement(seen(angle, scale, shift))
    for corner in ((0.0, 0.0), (255.0, 0.0), (127.5, 255.0)):
        true = moved(corner, angle, scale, shift)
        assert math.dist(at(matrix, *corner), true) < 16 * scale


def test_upside_down_is_found_too_and_which_eye_comes_first_is_the_same() -> None:
    for angle in (0.2, 1.7, 3.1, -2.5):
        one, other, mouth = seen(angle, 2.0, 50.0)
        matrix = FACE.placement((one, other, mouth))
        assert FACE.placement((other, one, mouth)) == matrix
        assert math.atan2(matrix[3], matrix[0]) == pytest.approx(angle, abs=0.15)
        assert matrix[0] * matrix[4] - matrix[1] * matrix[3] > 0


@given(st.floats(0.1, 20), st.floats(-2000, 2000))
def test_a_larger_photo_moves_and_scales_what_is_found(scale: float, shift: float) -> None:
    marks: Marks = ((90.0, 100.0), (150.0, 120.0), (100.0, 180.0))
    larger: Marks = tuple((x * scale + shift, y * scale - shift) for x, y in marks)  # type: ignore[assignment]
    first, second = FACE.placement(marks), FACE.placement(larger)
    for corner in ((0.0, 0.0), (255.0, 255.0)):
        x, y = at(first, *corner)
        assert at(second, *corner) == pytest.approx(
            (x * scale + shift, y * scale - shift), rel=1e-6, abs=1e-5 * scale
        )


def test_all_of_the_picture_lies_in_the_box_around() -> None:
    marks = seen(0.3, 1.5, 40.0)
    left, top, right, bottom = FACE.around(marks, 256, 300)
    for corner in ((0, 0), (255, 0), (0, 299), (255, 299)):
        x, y = at(FACE.placement(marks), *corner)
        assert left < x - 20 < x + 20 < right
        assert top < y - 20 < y + 20 < bottom
    assert right - left < 2.2 * 1.5 * 300


@pytest.mark.parametrize(
    ("marks", "sentence"),
    [
        (((1.0, 1.0), (1.5, 1.0), (9.0, 9.0)), "three different places"),
        (((1.0, 1.0), (30.0, 1.0), (30.0, 1.0)), "three different places"),
        (((math.nan, 1.0), (30.0, 1.0), (9.0, 9.0)), "outside of any picture"),
        (((1.0, 1.0), (30.0, math.inf), (9.0, 9.0)), "outside of any picture"),
        (((1.0, 1.0), (30.0, -20000.0), (9.0, 9.0)), "outside of any picture"),
    ],
)
def test_marks_that_are_no_face_are_refused(marks: Marks, sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence):
        FACE.placement(marks)


@pytest.mark.parametrize("precision", [(), (0.0,) * 35, (math.nan,) * 36])
def test_a_face_of_other_numbers_is_refused(precision: tuple[float, ...]) -> None:
    with pytest.raises(BadInput, match="cannot be read"):
        Face(FACE.eyes, FACE.mouth, precision)
