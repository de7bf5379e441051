"""Pairs of points: where something is, and where it should go.

GIMP counts image coordinates from the corner of the first pixel (its centre is 0.5, 0.5), the wire
from the centre of the layer's first pixel. `to_layer` and `to_image` are the border between them.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from typing import NamedTuple

from draggan_server.wire.errors import BadInput
from draggan_server.wire.state import Point

_SHAPE = "Give points as [[handle x, handle y, target x, target y], ...] in image coordinates."


class PointPair(NamedTuple):
    """A handle and its target, both (x, y) in the same coordinates."""

    handle: Point
    target: Point


def parse_pairs(text: str) -> list[PointPair]:
    """Read ``[[hx, hy, tx, ty], ...]``. Raises `BadInput` for anything else, NaN included."""
    try:
        rows = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadInput(f"The points are not JSON ({error}). {_SHAPE}") from None
    if not isinstance(rows, list):
        raise BadInput(f"The points are not a list. {_SHAPE}")
    return [_parse_row(number, row) for number, row in enumerate(rows, start=1)]


def _parse_row(number: int, row: object) -> PointPair:
    if not isinstance(row, list) or len(row) != 4 or not all(map(_is_number, row)):
        raise BadInput(f"Point {number} is not a list of four numbers. {_SHAPE}")
    try:
        handle_x, handle_y, target_x, target_y = map(float, row)
    except OverflowError:
        raise BadInput(f"Point {number} has a number that is too large. {_SHAPE}") from None
    pair = PointPair((handle_x, handle_y), (target_x, target_y))
    if not all(map(math.isfinite, (*pair.handle, *pair.target))):
        raise BadInput(f"Point {number} has a coordinate that is not a finite number. {_SHAPE}")
    return pair


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def format_pairs(pairs: Iterable[PointPair]) -> str:
    """The text that `parse_pairs` reads back to equal pairs."""
    return json.dumps([[*pair.handle, *pair.target] for pair in pairs])


def to_layer(pairs: Iterable[PointPair], offset: tuple[int, int]) -> list[PointPair]:
    """From image coordinates to those of a layer whose first pixel has its corner at `offset`."""
    dx, dy = offset[0] + 0.5, offset[1] + 0.5
    return [_moved(pair, -dx, -dy) for pair in pairs]


def to_image(pairs: Iterable[PointPair], offset: tuple[int, int]) -> list[PointPair]:
    """The inverse of `to_layer`."""
    dx, dy = offset[0] + 0.5, offset[1] + 0.5
    return [_moved(pair, dx, dy) for pair in pairs]


def scaled(pairs: Iterable[PointPair], across: float, down: float) -> list[PointPair]:
    """From the pixels of a layer to those of the layer scaled by `across` and `down`."""

    def at(point: Point) -> Point:
        return (point[0] + 0.5) * across - 0.5, (point[1] + 0.5) * down - 0.5

    if across == down == 1:
        return list(pairs)
    return [PointPair(at(pair.handle), at(pair.target)) for pair in pairs]


def _moved(pair: PointPair, dx: float, dy: float) -> PointPair:
    (handle_x, handle_y), (target_x, target_y) = pair
    return PointPair((handle_x + dx, handle_y + dy), (target_x + dx, target_y + dy))


def check_inside(
    pairs: Iterable[PointPair], offset: tuple[int, int], size: tuple[int, int]
) -> None:
    """Raises `BadInput` where a point, in image coordinates, lies outside of the layer."""
    left, top = offset
    right, bottom = left + size[0], top + size[1]
    for number, pair in enumerate(pairs, start=1):
        for name, (x, y) in pair._asdict().items():
            if not (left <= x <= right and top <= y <= bottom):
                raise BadInput(
                    f"The {name} of point {number} at ({x:g}, {y:g}) lies outside the layer, which "
                    f"reaches from ({left:g}, {top:g}) to ({right:g}, {bottom:g}): move it inside."
                )
