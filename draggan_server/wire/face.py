"""Where eyes and mouths lie in a model's pictures, and so where its picture lies on a photo whose
eyes and mouth are known.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from draggan_server.wire.drag_record import Point
from draggan_server.wire.errors import BadInput
from draggan_server.wire.photo_record import MAX_PHOTO_SIDE

Marks = tuple[Point, Point, Point]
"""Both eyes, in any order, and the middle of the mouth."""

TURN = math.radians(20)
"""Spread of how far pictures are turned: photos are mostly upright."""
_STEP, _STEPS = math.radians(3), 60
_NUMBERS = 6
_MARGIN = 0.1
"""Of the picture's longer side, by which it may lie elsewhere than the marks alone say."""


@dataclass(frozen=True, slots=True)
class Face:
    """The eyes, that on the left first, and the mouth, (x, y) pixels of a model's picture.

    They are those of its mean picture; `precision` is the inverse of their covariance [6, 6], row
    by row, in the order eye, eye, mouth, x before y. Raises `BadInput` for what is none.
    """

    eyes: tuple[Point, Point]
    mouth: Point
    precision: tuple[float, ...]

    def __post_init__(self) -> None:
        numbers = (*self._mean, *self.precision)
        if len(self.precision) != _NUMBERS**2 or not all(map(math.isfinite, numbers)):
            raise BadInput("Where eyes and mouths lie in the model's pictures cannot be read.")

    def placement(self, marks: Marks) -> tuple[float, ...]:
        """The similarity, a matrix [3, 3] row by row, that most likely takes the pixels of the
        model's picture to those in which the marks lie.

        The marks, taken back into the picture, are drawn from a normal distribution; so is how far
        it is turned. For each turn the likeliest scale and shift are known exactly. Raises
        `BadInput` for marks that lie on one another.
        """
        check_marks(marks)
        left, right, mouth = marks
        if _turns_left(left, right, mouth):
            left, right = right, left
        seen = (left, right, mouth)
        middle = tuple(sum(mark[axis] for mark in seen) / 3 for axis in (0, 1))
        about = [(x - middle[0], y - middle[1]) for x, y in seen]
        free = _without_shift(self.precision)
        mean = self._mean
        aims = _times(free, mean)
        best = (math.inf, 0.0, 1.0)
        for step in (_STEP, _STEP / _STEPS):
            around = best[1]
            for count in range(-_STEPS, _STEPS + 1):
                angle = around + count * step
                turned = _turned(about, -angle)
                square = _dot(turned, _times(free, turned))
                along = _dot(turned, aims)
                # The least of square * k^2 / 2 - along * k - 4 log k: the last is what a scale does
                # to a density, once the two numbers of the shift are set free.
                k = (along + math.sqrt(along**2 + 16 * square)) / (2 * square)
                cost = square * k**2 / 2 - along * k - 4 * math.log(k) + (angle / TURN) ** 2 / 2
                best = min(best, (cost, angle, k))
        _cost, angle, k = best
        turned = [k * value for value in _turned(about, -angle)]
        shift = _shift(
            self.precision, [one - other for one, other in zip(mean, turned, strict=True)]
        )
        cos, sin = math.cos(angle) / k, math.sin(angle) / k
        x = middle[0] - cos * shift[0] + sin * shift[1]
        y = middle[1] - sin * shift[0] - cos * shift[1]
        return cos, -sin, x, sin, cos, y, 0.0, 0.0, 1.0

    def around(self, marks: Marks, width: int, height: int) -> tuple[int, int, int, int]:
        """Left, top, right and bottom, in whole pixels, of a box in which all of the model's
        picture, of `width` x `height` pixels, most likely lies."""
        m = self.placement(marks)
        over = max(width, height) * _MARGIN
        across = (-over, width - 1 + over)
        down = (-over, height - 1 + over)
        places = [
            (m[0] * x + m[1] * y + m[2], m[3] * x + m[4] * y + m[5]) for x in across for y in down
        ]
        left, top = (math.floor(min(place[axis] for place in places)) for axis in (0, 1))
        right, bottom = (math.ceil(max(place[axis] for place in places)) + 1 for axis in (0, 1))
        return left, top, right, bottom

    @property
    def _mean(self) -> list[float]:
        return [*self.eyes[0], *self.eyes[1], *self.mouth]


def check_marks(marks: Marks) -> None:
    """Raises `BadInput` unless they are three points of a picture."""
    for mark in marks:
        if not all(abs(value) <= MAX_PHOTO_SIDE for value in mark):  # nor is what is no number
            raise BadInput("An eye or the mouth lies outside of any picture.")
    if min(math.dist(*pair) for pair in pairwise((*marks, marks[0]))) < 1:
        raise BadInput("Both eyes and the mouth must be marked in three different places.")


def _turns_left(one: Point, other: Point, mouth: Point) -> bool:
    """Whether the first eye is on the right for whom the mouth is below."""
    across = other[0] - one[0], other[1] - one[1]
    down = mouth[0] - (one[0] + other[0]) / 2, mouth[1] - (one[1] + other[1]) / 2
    return across[0] * down[1] - across[1] * down[0] < 0


def _turned(points: Sequence[Point], angle: float) -> list[float]:
    """The coordinates of all of them, turned about the origin."""
    cos, sin = math.cos(angle), math.sin(angle)
    return [value for x, y in points for value in (cos * x - sin * y, sin * x + cos * y)]


def _dot(one: Sequence[float], other: Sequence[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


def _times(matrix: Sequence[float], vector: Sequence[float]) -> list[float]:
    size = len(vector)
    return [_dot(matrix[row * size : (row + 1) * size], vector) for row in range(size)]


def _sums(vector: Sequence[float]) -> tuple[float, float]:
    """Of what is along x, and along y."""
    return sum(vector[0::2]), sum(vector[1::2])


def _shift(precision: Sequence[float], off: Sequence[float]) -> tuple[float, float]:
    """The common shift of all points that is most like `off`: weighted least squares."""
    ones = [[1.0, 0.0] * 3, [0.0, 1.0] * 3]
    (a, b), (c, d) = (_sums(_times(precision, one)) for one in ones)
    x, y = _sums(_times(precision, off))
    scale = a * d - b * c
    return (d * x - b * y) / scale, (a * y - c * x) / scale


def _without_shift(precision: Sequence[float]) -> list[float]:
    """The precision of what is left once all points were shifted to where they are likeliest."""
    columns = []
    for place in range(_NUMBERS):
        unit = [float(row == place) for row in range(_NUMBERS)]
        x, y = _shift(precision, unit)
        left = [value - (y if row % 2 else x) for row, value in enumerate(unit)]
        columns.append(_times(precision, left))
    return [columns[place][row] for row in range(_NUMBERS) for place in range(_NUMBERS)]
