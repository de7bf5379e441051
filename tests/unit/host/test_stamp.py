"""Shapes painted once and put down again."""

from __future__ import annotations

import pytest

from draggan_server.host.pairs import Mark
from draggan_server.host.shapes import Ink, Ring, Stroke, pair_shapes
from draggan_server.host.stamp import Box, Look, Stamp, box_of

VIEW = (400.0, 300.0, 1.0)
MARK = Mark(1, (40.0, 50.0), (80.0, 50.0), False, False, False)


class Painter:
    """Counts how often it draws."""

    def __init__(self) -> None:
        self.boxes: list[Box] = []

    def __call__(self, shapes: object, box: Box, pixels: float) -> int:
        self.boxes.append(box)
        return len(self.boxes)


@pytest.fixture
def painter() -> Painter:
    return Painter()


@pytest.fixture
def stamp(painter: Painter) -> Stamp[int]:
    return Stamp(painter)


def shapes() -> tuple[Ring | Stroke, ...]:
    return tuple(pair_shapes([MARK]))


def test_what_is_only_moved_is_put_down_again(stamp: Stamp[int]) -> None:
    first = stamp.of(Look("same", (3.0, 4.0)), shapes, *VIEW)
    again = stamp.of(Look("same", (13.0, -1.0)), shapes, *VIEW)
    assert first is not None
    assert again is not None
    assert (first.picture, again.picture) == (1, 1)
    assert again.corner == (first.corner[0] + 10, first.corner[1] - 5)


@pytest.mark.parametrize(
    ("look", "view"),
    [
        (Look("other", (0.0, 0.0)), VIEW),
        (Look("same", (0.5, 0.0)), VIEW),
        (Look("same", (0.0, 0.0)), (400.0, 300.0, 2.0)),
    ],
)
def test_what_would_be_smoothed_otherwise_is_drawn_anew(
    stamp: Stamp[int], painter: Painter, look: Look, view: tuple[float, float, float]
) -> None:
    stamp.of(Look("same", (0.0, 0.0)), shapes, *VIEW)
    put = stamp.of(look, shapes, *view)
    assert put is not None
    assert put.picture == 2
    assert put.corner == painter.boxes[1][:2]


def test_half_a_pixel_of_the_view_is_a_whole_one_of_a_finer_screen(stamp: Stamp[int]) -> None:
    fine = (400.0, 300.0, 2.0)
    stamp.of(Look("same", (0.0, 0.0)), shapes, *fine)
    put = stamp.of(Look("same", (0.5, 0.0)), shapes, *fine)
    assert put is not None
    assert put.picture == 1


def test_no_picture_is_larger_than_the_view(stamp: Stamp[int], painter: Painter) -> None:
    for _ in range(2):
        assert stamp.of(Look("same", (0.0, 0.0)), shapes, 20.0, 20.0, 1.0) is None
    assert not painter.boxes
    assert stamp.of(None, shapes, *VIEW) is None


def test_a_box_holds_all_of_its_shapes() -> None:
    ring, line = (
        Ring((40.0, 50.0), 10.0, 3.0, Ink.DARK),
        Stroke((((0.0, 60.0), (80.0, 60.0)),), 2.0, Ink.LIGHT),
    )
    assert box_of([ring, line], 1.0) == Box(-2.0, 37.0, 84.0, 26.0)
    assert box_of([ring], 2.0) == Box(27.5, 37.5, 25.0, 25.0)
    assert box_of([], 1.0) == Box(0.0, 0.0, 1.0, 1.0)
