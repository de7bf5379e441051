"""Shapes that are painted once, and put down again while they are only moved over the view."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeVar

from draggan_server.host.shapes import Ring, Shape
from draggan_server.wire.state import Point

PictureT = TypeVar("PictureT")

_RIM = 1.0  # what is smoothed at a shape's edge
_ALMOST = 1e-3


@dataclass(frozen=True)
class Look:
    """How something is drawn: `what` is equal where it is the same, `moved` by (x, y) pixels of the
    view."""

    what: Any
    moved: Point


class Box(NamedTuple):
    """A part of the view, in its pixels."""

    left: float
    top: float
    width: float
    height: float


class Put(NamedTuple, Generic[PictureT]):
    """A picture and where in the view its upper left corner belongs."""

    picture: PictureT
    corner: Point


class Stamp(Generic[PictureT]):
    """`draw(shapes, box, pixels)` makes the host's picture of what of the shapes lies in a box,
    with so many `pixels` in one of the view."""

    def __init__(self, draw: Callable[[Iterable[Shape], Box, float], PictureT]) -> None:
        self._draw = draw
        self._look: Look | None = None
        self._pixels = 0.0
        self._put: Put[PictureT] | None = None

    def of(
        self,
        look: Look | None,
        shapes: Callable[[], Iterable[Shape]],
        width: float,
        height: float,
        pixels: float,
    ) -> Put[PictureT] | None:
        """The picture of the shapes that look so, in a view of that size. None where there is no
        look, or its picture would be larger than the view: then paint the shapes themselves."""
        by = None if look is None else self._moved_by(look, pixels)
        if look is not None and by is None:
            listed = tuple(shapes())
            self._look, self._pixels, by = look, pixels, (0.0, 0.0)
            box = box_of(listed, pixels)
            fits = box.width * box.height <= width * height
            picture = Put(self._draw(listed, box, pixels), box[:2]) if fits else None
            self._put = picture
        if by is None or self._put is None:
            return None
        left, top = self._put.corner
        return Put(self._put.picture, (left + by[0], top + by[1]))

    def _moved_by(self, look: Look, pixels: float) -> Point | None:
        """From where it was drawn; None where it has to be drawn anew: what is moved by parts of a
        pixel is smoothed in another way."""
        was = self._look
        if was is None or self._pixels != pixels or was.what != look.what:
            return None
        by = look.moved[0] - was.moved[0], look.moved[1] - was.moved[1]
        whole = all(abs(one * pixels - round(one * pixels)) < _ALMOST for one in by)
        return by if whole else None


def box_of(shapes: Iterable[Shape], pixels: float) -> Box:
    """What shapes cover, from pixel's edge to pixel's edge of the screen; one pixel of nothing."""
    spots: list[tuple[float, float, float]] = []
    for shape in shapes:
        if isinstance(shape, Ring):
            spots.append((*shape.centre, shape.radius + shape.width / 2 + _RIM))
        else:
            reach = shape.width / 2 + _RIM
            spots += ((x, y, reach) for line in shape.lines for x, y in line)
    left, right = _reach(((x, reach) for x, _y, reach in spots), pixels)
    top, bottom = _reach(((y, reach) for _x, y, reach in spots), pixels)
    return Box(left, top, right - left, bottom - top)


def _reach(spots: Iterable[tuple[float, float]], pixels: float) -> tuple[float, float]:
    listed = list(spots) or [(0.0, 0.0)]
    first = math.floor(min(at - reach for at, reach in listed) * pixels)
    last = math.ceil(max(at + reach for at, reach in listed) * pixels)
    return first / pixels, max(last, first + 1) / pixels
