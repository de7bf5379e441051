"""The strongest feature of a picture near a point, for a handle that is to hold something.

Shi and Tomasi, "Good Features to Track" (1994): a place can be found again where both eigenvalues
of the gradients' second moments around it are large, so where the smaller one is.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from draggan_server.wire.messages import Pixels
from draggan_server.wire.state import Point

_MOST_CELLS = 20
"""From the middle of what is looked at to its side: what a search costs, whatever its radius."""

_HALF_WINDOW = 2
"""Cells on each side of one whose gradients count for it."""

_FINER_CELLS = 3.0
"""Around what was found in coarse cells: so far away it may be."""

_LEAST = 30.0
"""Of the smaller eigenvalue, in squared grey levels (0 to 255) a cell: less is noise."""

Rows = Sequence[Sequence[float]]


def strong_feature(picture: Pixels, near: Point, radius: float) -> Point | None:
    """The most distinct place of an RGBA picture within `radius` pixels of a point; None where
    nothing stands out. Points are (x, y) with 0 at the centre of the first pixel.

    Where the radius is large the picture is looked at in cells of several pixels first, and then
    more closely around what was found.
    """
    cell = max(1, math.ceil(radius / _MOST_CELLS))
    reach = math.ceil(radius / cell)
    margin = reach + _HALF_WINDOW + 1
    left, top = (round(value) - margin * cell - (cell - 1) // 2 for value in near)
    grey = _grey_cells(picture, left, top, cell, 2 * margin + 1)
    score = _smaller_eigenvalues(grey)  # of the cells from `_HALF_WINDOW` + 1 on
    best = _LEAST
    place: tuple[int, int] | None = None
    for v, row in enumerate(score):
        for u, value in enumerate(row):
            if value > best and math.hypot(u - reach, v - reach) * cell <= radius:
                best, place = value, (u, v)
    if place is None:
        return None
    across, down = _summit(score, *place)
    offset = (_HALF_WINDOW + 1) * cell + (cell - 1) / 2
    x = left + offset + (place[0] + across) * cell
    y = top + offset + (place[1] + down) * cell
    found = min(max(x, 0.0), picture.width - 1.0), min(max(y, 0.0), picture.height - 1.0)
    if cell == 1:
        return found
    return strong_feature(picture, found, _FINER_CELLS * cell) or found


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


def _summit(score: Rows, u: int, v: int) -> tuple[float, float]:
    """From a cell to the top of the parabolas through it and its neighbours, at most half a cell
    away in each direction."""
    if not (0 < v < len(score) - 1 and 0 < u < len(score[v]) - 1):
        return 0.0, 0.0
    middle = score[v][u]
    return (
        _top(score[v][u - 1], middle, score[v][u + 1]),
        _top(score[v - 1][u], middle, score[v + 1][u]),
    )


def _top(before: float, middle: float, after: float) -> float:
    bend = before + after - 2 * middle
    return 0.0 if bend >= 0 else min(max((before - after) / (2 * bend), -0.5), 0.5)
