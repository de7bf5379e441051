"""Pairs of points: where something is, and where it should go.

Points are (x, y) float pixels of the layer, (0, 0) the centre of the first pixel.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

from draggan_server.host.affine import Affine
from draggan_server.wire.state import Point

HANDLE, TARGET = 0, 1
"""The ends of a pair, by which it is indexed."""


class PointPair(NamedTuple):
    """A handle and the target to which it shall go, in the same coordinates.

    A `pinned` one is to stay where it is: its ends lie together.
    """

    handle: Point
    target: Point
    pinned: bool = False

    @classmethod
    def pin(cls, point: Point) -> PointPair:
        """A point that is to stay."""
        return cls(point, point, True)

    def end(self, side: int) -> Point:
        """Its HANDLE or TARGET."""
        return self.handle if side == HANDLE else self.target

    def with_end(self, side: int, point: Point) -> PointPair:
        """The pair with its HANDLE or TARGET elsewhere; a pinned one moves as a whole."""
        if self.pinned:
            return PointPair.pin(point)
        return self._replace(handle=point) if side == HANDLE else self._replace(target=point)

    def mapped(self, way: Affine) -> PointPair:
        """The pair in the coordinates to which a map leads."""
        return PointPair(way.map(self.handle), way.map(self.target), self.pinned)

    def dragged_to(self, handle: Point, target: Point) -> PointPair:
        """The pair after a drag has brought its handle there; what is pinned stays so."""
        return PointPair.pin(handle) if self.pinned else PointPair(handle, target)


class End(NamedTuple):
    """An end of a pair: the pair's place in the row, and HANDLE or TARGET."""

    place: int
    side: int


class Bounds(NamedTuple):
    """The rectangle in which points may lie, borders included."""

    left: float
    top: float
    right: float
    bottom: float

    @classmethod
    def of_picture(cls, width: int, height: int, left: int = 0, top: int = 0) -> Bounds:
        """All of a picture whose first pixel is the layer's pixel (left, top)."""
        return cls(left - 0.5, top - 0.5, left + width - 0.5, top + height - 0.5)

    def nearest(self, point: Point) -> Point:
        """The point itself where it lies inside, else the border's point next to it."""
        x, y = point
        return min(max(x, self.left), self.right), min(max(y, self.top), self.bottom)


@dataclass(frozen=True, slots=True)
class Mark:
    """A pair as it is to be drawn; a `hot` end is the one under the mouse or of the keys."""

    number: int  # counted from 1
    handle: Point
    target: Point
    arrived: bool
    hot_handle: bool
    hot_target: bool
    pinned: bool = False

    def mapped(self, way: Affine) -> Mark:
        """The mark in the coordinates to which a map leads."""
        return replace(self, handle=way.map(self.handle), target=way.map(self.target))
