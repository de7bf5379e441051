"""Shapes drawn into the bytes of an RGBA picture, for a toolkit that draws none.

A GTK drawing needs pycairo, which GIMP on plain Debian comes without. A pair costs a few
milliseconds when it moves.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator

from draggan_server.host.shapes import Ring, Shape
from draggan_server.wire.state import Point

Pixel = tuple[int, int]
_REMEMBERED = 500  # shapes: most stay where they are while one is moved


class Drawing:
    """An RGBA picture of `width` x `height` pixels that shapes are blended into.

    Coordinates are (x, y) with 0 at the corner of the first pixel. What is transparent becomes as
    opaque as what is drawn there.
    """

    def __init__(self, data: bytearray, width: int, height: int) -> None:
        if len(data) != width * height * 4:
            raise ValueError(f"{len(data)} bytes are not {width} x {height} RGBA pixels")
        self.data = data
        self.width = width
        self.height = height

    def paint(self, shape: Shape) -> None:
        """Blend a shape in; what of it lies outside is cut off."""
        *colour, opacity = shape.ink.value
        for (x, y), coverage in _covered(shape, self.width, self.height):
            weight = coverage * opacity / 255
            start = (y * self.width + x) * 4
            under = self.data[start + 3] / 255
            if under < 1:
                over = weight + under * (1 - weight)
                self.data[start + 3], weight = round(255 * over), weight / over
            for channel, value in enumerate(colour, start):
                old = self.data[channel]
                self.data[channel] = round(old + (value - old) * weight)


@functools.lru_cache(maxsize=_REMEMBERED)
def _covered(shape: Shape, width: int, height: int) -> list[tuple[Pixel, float]]:
    """Which pixels of a picture a shape covers, and how much of each, up to 1."""
    covered: dict[Pixel, float] = {}
    for pixel, distance in _reached(shape, width, height):
        coverage = shape.width / 2 + 0.5 - distance
        if coverage > covered.get(pixel, 0.0):
            covered[pixel] = min(coverage, 1.0)
    return list(covered.items())


def _reached(shape: Shape, width: int, height: int) -> Iterator[tuple[Pixel, float]]:
    """The pixels that a shape may cover, and how far their middles are from its line."""
    if isinstance(shape, Ring):
        (cx, cy), reach = shape.centre, shape.radius + shape.width / 2 + 1
        for x, y in _pixels_along(shape.centre, shape.centre, reach, width, height):
            yield (x, y), abs(math.hypot(x + 0.5 - cx, y + 0.5 - cy) - shape.radius)
        return
    for line in shape.lines:
        for start, end in zip(line, line[1:] or line, strict=False):
            dx, dy = end[0] - start[0], end[1] - start[1]
            square = dx * dx + dy * dy
            for x, y in _pixels_along(start, end, shape.width / 2 + 1, width, height):
                px, py = x + 0.5 - start[0], y + 0.5 - start[1]
                along = min(max((px * dx + py * dy) / square, 0.0), 1.0) if square else 0.0
                yield (x, y), math.hypot(px - along * dx, py - along * dy)


def _pixels_along(
    start: Point, end: Point, reach: float, width: int, height: int
) -> Iterator[Pixel]:
    """The pixels within `reach` of a line, and some more, each once."""
    steep = abs(end[1] - start[1]) > abs(end[0] - start[0])
    (a0, b0), (a1, b1) = sorted([start[::-1], end[::-1]] if steep else [start, end])
    slope = (b1 - b0) / (a1 - a0) if a1 > a0 else 0.0
    across = reach * math.hypot(1.0, slope)
    a_limit, b_limit = (height, width) if steep else (width, height)
    for a in range(max(math.floor(a0 - reach), 0), min(math.ceil(a1 + reach), a_limit)):
        middle = b0 + slope * (min(max(a + 0.5, a0), a1) - a0)
        first, last = math.floor(middle - across), math.ceil(middle + across)
        for b in range(max(first, 0), min(last, b_limit)):
            yield (b, a) if steep else (a, b)
