"""The strongest feature of a picture near a point, for a handle that is to hold something.

Shi and Tomasi, "Good Features to Track" (1994): a place can be found again where both eigenvalues
of the gradients' second moments around it are large, so where the smaller one is.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from draggan_server.wire.messages import Pixels
from draggan_server.wire.state import Point

_MOST_CELLS = 20
"""From the middle of what is looked at to its side: what a search costs, whatever its radius."""

_HALF_WINDOW = 2
"""Cells on each side of one whose gradients count for it."""

_ONE = 5.0
"""Cells: what is nearer to a feature is strong because of it."""

_FINER_CELLS = 3.0
"""Around what was found in coarse cells: so far away it may be."""

_LEAST = 30.0
"""Of the smaller eigenvalue, in squared grey levels (0 to 255) a cell: less is noise."""

_HALF_PATCH, _SPREAD = 4, 1.5
"""Pixels about a feature that say where exactly it lies, and how fast their weight falls."""

_ROUNDS, _CLOSE = 10, 0.01
"""The pixels are those about the place found so far: so often, or until it moves by less."""

_FARTHEST = 3.0
"""Pixels: a window of `_HALF_WINDOW` holds all of a corner up to so far inside of it."""

_LEAST_AREA = 1e-3
"""Of the second moments' determinant, over their trace's square: below there is one edge only."""

Rows = Sequence[Sequence[float]]


def strong_feature(picture: Pixels, near: Point, radius: float) -> Point | None:
    """The most distinct place of an RGBA picture within `radius` pixels of a point, to a part of a
    pixel; None where nothing stands out. Points are (x, y) with 0 at the centre of the first one.

    Where the radius is large the picture is looked at in cells of several pixels first, and then
    more closely around what was found.
    """
    places = _by_strength(picture, near, radius)
    return next((place for place in places if math.dist(place, near) <= radius), None)


def _by_strength(picture: Pixels, near: Point, radius: float) -> Iterator[Point]:
    """What stands out there, the most distinct first, each place once. Looked at more closely, one
    may lie a little beyond the radius."""
    cell = max(1, math.ceil(radius / _MOST_CELLS))
    reach = math.ceil(radius / cell)
    margin = reach + _HALF_WINDOW + 1
    left, top = (round(value) - margin * cell - (cell - 1) // 2 for value in near)
    grey = _grey_cells(picture, left, top, cell, 2 * margin + 1)
    score = _smaller_eigenvalues(grey)  # of the cells from `_HALF_WINDOW` + 1 on
    strong = [
        (value, u, v)
        for v, row in enumerate(score)
        for u, value in enumerate(row)
        if value > _LEAST and math.hypot(u - reach, v - reach) * cell <= radius
    ]
    offset = (_HALF_WINDOW + 1) * cell + (cell - 1) / 2
    known: list[Point] = []
    for _value, u, v in sorted(strong, reverse=True):
        found = left + offset + u * cell, top + offset + v * cell
        if any(math.dist(found, one) < _ONE * cell for one in known):
            continue
        places = [found]
        if cell > 1:
            places = [*_by_strength(picture, found, _FINER_CELLS * cell)] or places
        else:
            x, y = _exactly(picture, found)
            place = min(max(x, 0.0), picture.width - 1.0), min(max(y, 0.0), picture.height - 1.0)
            places = [place]
        known += [found, *places]
        yield from places


def _grey_cells(picture: Pixels, left: int, top: int, cell: int, count: int) -> Rows:
    """`count` x `count` means of squares of `cell` pixels, from 0 to 255, the first of which begins
    at (left, top); beyond the picture its border goes on, and what is transparent is black."""
    data, width, height = picture.data, picture.width, picture.height

    def value(x: int, y: int) -> float:
        at = 4 * (min(max(y, 0), height - 1) * width + min(max(x, 0), width - 1))
        red, green, blue, alpha = data[at : at + 4]
        return (0.299 * red + 0.587 * green + 0.114 * blue) * alpha / 255

    # Of a large cell its corners speak for all of it, so that the cost is bounded.
    inside = sorted({0, cell - 1})
    return [
        [
            sum(value(left + u * cell + dx, top + v * cell + dy) for dx in inside for dy in inside)
            / len(inside) ** 2
            for u in range(count)
        ]
        for v in range(count)
    ]


def _smaller_eigenvalues(grey: Rows) -> Rows:
    """Of the second moments of the gradients, the mean over a window around each cell that has
    one."""
    count = len(grey) - 2
    products = [
        [_gradient_products(grey, u + 1, v + 1) for u in range(count)] for v in range(count)
    ]
    side = 2 * _HALF_WINDOW + 1
    sums = [
        [
            [
                sum(products[v + dv][u + du][k] for dv in range(side) for du in range(side))
                for k in range(3)
            ]
            for u in range(count - side + 1)
        ]
        for v in range(count - side + 1)
    ]
    return [[_smaller(*(value / side**2 for value in one)) for one in row] for row in sums]


def _gradient_products(grey: Rows, u: int, v: int) -> tuple[float, float, float]:
    across = (grey[v][u + 1] - grey[v][u - 1]) / 2
    down = (grey[v + 1][u] - grey[v - 1][u]) / 2
    return across * across, across * down, down * down


def _smaller(xx: float, xy: float, yy: float) -> float:
    """Of the eigenvalues of [[xx, xy], [xy, yy]]."""
    return (xx + yy) / 2 - math.hypot((xx - yy) / 2, xy)


def _exactly(picture: Pixels, found: Point) -> Point:
    """Where the edges about what was found cross, or the middle of a spot, whichever it is more
    like. What was found where neither is near."""
    ends = filter(None, (_settled(picture, found, spot) for spot in (False, True)))
    _, place = min(ends, default=(0.0, found))
    return place


def _settled(picture: Pixels, found: Point, spot: bool) -> tuple[float, Point] | None:
    """How unlike that it is, and where it lies: by the pixels about the place found so far, again
    and again; None where that leads away."""
    place = found
    for _ in range(_ROUNDS):
        moments = _Moments.about(picture, place, spot)
        across, down = moments.way
        place = place[0] + across, place[1] + down
        if math.dist(place, found) > _FARTHEST:
            return None
        if math.hypot(across, down) < _CLOSE:
            break
    return moments.left, place


@dataclass(frozen=True)
class _Moments:
    """Of pixels about a place, each with a line through it: across its gradient, which goes through
    where edges cross, or along it, which goes through the middle of a `spot`. Förstner and Gülch,
    "A fast operator for detection and precise location of distinct points, corners and centres of
    circular features" (1987): the equations for the point that is nearest to all such lines.
    """

    xx: float
    xy: float
    yy: float
    x: float
    y: float
    square: float

    @classmethod
    def about(cls, picture: Pixels, place: Point, spot: bool) -> _Moments:
        """Near pixels count more."""
        left, top = (round(value) - _HALF_PATCH - 1 for value in place)
        grey = _grey_cells(picture, left, top, 1, 2 * _HALF_PATCH + 3)
        sums = [0.0] * 6
        for v in range(1, len(grey) - 1):
            for u in range(1, len(grey) - 1):
                dx, dy = left + u - place[0], top + v - place[1]
                weight = math.exp(-(dx * dx + dy * dy) / (2 * _SPREAD * _SPREAD))
                xx, xy, yy = (weight * one for one in _gradient_products(grey, u, v))
                if spot:
                    xx, xy, yy = yy, -xy, xx
                x, y = xx * dx + xy * dy, xy * dx + yy * dy
                of_pixel = xx, xy, yy, x, y, x * dx + y * dy
                sums = [before + one for before, one in zip(sums, of_pixel, strict=True)]
        return cls(*sums)

    @property
    def way(self) -> Point:
        """From the place to that point; none along a single edge."""
        area = self.xx * self.yy - self.xy * self.xy
        if area <= _LEAST_AREA * (self.xx + self.yy) ** 2:
            return 0.0, 0.0
        return (
            (self.yy * self.x - self.xy * self.y) / area,
            (self.xx * self.y - self.xy * self.x) / area,
        )

    @property
    def left(self) -> float:
        """The mean of the lines' squared distances from that point, by their gradients."""
        across, down = self.way
        rest = self.square - self.x * across - self.y * down
        return rest / max(self.xx + self.yy, _LEAST)
