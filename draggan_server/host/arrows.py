"""The points of a drag as a picture, for a layer that shows them."""

from __future__ import annotations

from collections.abc import Sequence

from draggan_server.host.affine import Affine
from draggan_server.host.drawing import Drawing
from draggan_server.host.pairs import Mark, PointPair
from draggan_server.host.shapes import enlarged, pair_shapes
from draggan_server.wire.messages import Pixels

_SIDE = 512
"""Pixels of the larger side of a picture over which a view's shapes have the right size."""


def draw_arrows(pairs: Sequence[PointPair], width: int, height: int) -> Pixels:
    """What a view shows over a picture of that size, by itself: RGBA, transparent around it. The
    shapes grow with the picture. `pairs` are in its pixels."""
    factor = max(width, height) / _SIDE
    drawing = Drawing(bytearray(4 * width * height), width, height)
    way = Affine(1 / factor, 0.0, 0.0, 1 / factor, 0.5 / factor, 0.5 / factor)
    marks = [
        Mark(number, pair.handle, pair.target, False, False, False, pair.pinned).mapped(way)
        for number, pair in enumerate(pairs, start=1)
    ]
    for shape in pair_shapes(marks):
        drawing.paint(enlarged(shape, factor))
    return Pixels(width, height, 4, bytes(drawing.data))
