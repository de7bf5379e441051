"""Point pairs drawn into the bytes of an RGBA picture.

Plain Python, because a GTK drawing needs pycairo, which GIMP on plain Debian comes without. A pair
costs a millisecond or two.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

from draggan_server.host.pairs import Mark
from draggan_server.wire.state import Point

Colour = tuple[int, int, int]

HANDLE_COLOUR: Colour = (227, 38, 54)
ARRIVED_COLOUR: Colour = (40, 170, 70)
TARGET_COLOUR: Colour = (38, 110, 235)
_LINE_COLOUR: Colour = (255, 255, 255)
_SHADE: Colour = (20, 20, 20)
_DOT_RADIUS = 4.5
_HOT_RADIUS = 6.5  # the end under the mouse, and the one that the keys move
_RING = 1.5
_SHADE_WIDTH = 1.0
_LINE_RADIUS = 1.1
_ARROW_LENGTH = 9.0
_ARROW_ANGLE = math.radians(152)


class Drawing:
    """An RGBA picture of `width` x `height` pixels that shapes are blended into.

    Coordinates are (x, y) with 0 at the corner of the first pixel. Alpha is left as it is.
    """

    def __init__(self, data: bytearray, width: int, height: int) -> None:
        if len(data) != width * height * 4:
            raise ValueError(f"{len(data)} bytes are not {width} x {height} RGBA pixels")
        self.data = data
        self.width = width
        self.height = height

    def pair(self, mark: Mark) -> None:
        """A red handle, green once it has arrived, a blue target and an arrow between them."""
        handle, target = mark.handle, mark.target
        strokes = [(handle, target), *_arrow_head(handle, target)]
        for start, end in strokes:
            self.line(start, end, _LINE_RADIUS + _SHADE_WIDTH, _SHADE, 0.6)
        for start, end in strokes:
            self.line(start, end, _LINE_RADIUS, _LINE_COLOUR)
        self.dot(target, TARGET_COLOUR, _HOT_RADIUS if mark.hot_target else _DOT_RADIUS)
        colour = ARRIVED_COLOUR if mark.arrived else HANDLE_COLOUR
        self.dot(handle, colour, _HOT_RADIUS if mark.hot_handle else _DOT_RADIUS)

    def dot(self, centre: Point, colour: Colour, radius: float) -> None:
        """A filled circle in a white ring that stands out on dark and on light."""
        self.disc(centre, radius + _RING + _SHADE_WIDTH, _SHADE, 0.6)
        self.disc(centre, radius + _RING, _LINE_COLOUR)
        self.disc(centre, radius, colour)

    def disc(self, centre: Point, radius: float, colour: Colour, opacity: float = 1.0) -> None:
        left, right = math.floor(centre[0] - radius - 1), math.ceil(centre[0] + radius + 1)
        top, bottom = math.floor(centre[1] - radius - 1), math.ceil(centre[1] + radius + 1)
        for y in range(max(top, 0), min(bottom, self.height)):
            for x in range(max(left, 0), min(right, self.width)):
                distance = math.dist(centre, (x + 0.5, y + 0.5))
                self._blend(x, y, colour, opacity, radius + 0.5 - distance)

    def line(
        self, start: Point, end: Point, radius: float, colour: Colour, opacity: float = 1.0
    ) -> None:
        """A stroke with round ends, `radius` to either side."""
        dx, dy = end[0] - start[0], end[1] - start[1]
        square = dx * dx + dy * dy
        for x, y in self._pixels_along(start, end, radius + 1):
            px, py = x + 0.5 - start[0], y + 0.5 - start[1]
            along = min(max((px * dx + py * dy) / square, 0.0), 1.0) if square else 0.0
            distance = math.hypot(px - along * dx, py - along * dy)
            self._blend(x, y, colour, opacity, radius + 0.5 - distance)

    def _pixels_along(self, start: Point, end: Point, radius: float) -> Iterator[tuple[int, int]]:
        """The pixels within `radius` of a stroke, and some more, each once."""
        steep = abs(end[1] - start[1]) > abs(end[0] - start[0])
        (a0, b0), (a1, b1) = sorted([start[::-1], end[::-1]] if steep else [start, end])
        slope = (b1 - b0) / (a1 - a0) if a1 > a0 else 0.0
        across = radius * math.hypot(1.0, slope)
        a_limit, b_limit = (self.height, self.width) if steep else (self.width, self.height)
        for a in range(max(math.floor(a0 - radius), 0), min(math.ceil(a1 + radius), a_limit)):
            middle = b0 + slope * (min(max(a + 0.5, a0), a1) - a0)
            first, last = math.floor(middle - across), math.ceil(middle + across)
            for b in range(max(first, 0), min(last, b_limit)):
                yield (b, a) if steep else (a, b)

    def _blend(self, x: int, y: int, colour: Colour, opacity: float, coverage: float) -> None:
        if coverage <= 0:
            return
        weight = opacity * min(coverage, 1.0)
        start = (y * self.width + x) * 4
        for channel, value in enumerate(colour, start):
            old = self.data[channel]
            self.data[channel] = round(old + (value - old) * weight)


def _arrow_head(handle: Point, target: Point) -> Iterable[tuple[Point, Point]]:
    """Two strokes that end where the target's ring begins; none where there is no room."""
    length = math.dist(handle, target)
    gap = _DOT_RADIUS + _RING
    if length < 2 * gap + _ARROW_LENGTH:
        return []
    angle = math.atan2(target[1] - handle[1], target[0] - handle[0])
    tip = (target[0] - gap * math.cos(angle), target[1] - gap * math.sin(angle))
    return [
        (
            tip,
            (
                tip[0] + _ARROW_LENGTH * math.cos(angle + turn),
                tip[1] + _ARROW_LENGTH * math.sin(angle + turn),
            ),
        )
        for turn in (_ARROW_ANGLE, -_ARROW_ANGLE)
    ]
