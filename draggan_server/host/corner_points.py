"""Points of an editor that counts from the corner of the image's first pixel, as GIMP does.

There that pixel's centre is (0.5, 0.5); for the wire the centre of the layer's first pixel is
(0, 0).
"""

from __future__ import annotations

from collections.abc import Iterable

from draggan_server.host.affine import Affine
from draggan_server.host.pairs import PointPair
from draggan_server.host.sentences import refusals
from draggan_server.wire.errors import BadInput

_OUTSIDE = {"handle": refusals.HANDLE_OUTSIDE_LAYER, "target": refusals.TARGET_OUTSIDE_LAYER}


def to_layer(pairs: Iterable[PointPair], offset: tuple[int, int]) -> list[PointPair]:
    """From image coordinates to those of a layer whose first pixel has its corner at `offset`."""
    way = Affine(e=-offset[0] - 0.5, f=-offset[1] - 0.5)
    return [pair.mapped(way) for pair in pairs]


def to_image(pairs: Iterable[PointPair], offset: tuple[int, int]) -> list[PointPair]:
    """The inverse of `to_layer`."""
    way = Affine(e=offset[0] + 0.5, f=offset[1] + 0.5)
    return [pair.mapped(way) for pair in pairs]


def check_inside(
    pairs: Iterable[PointPair], offset: tuple[int, int], size: tuple[int, int]
) -> None:
    """Raises `BadInput` where a point, in image coordinates, lies outside of the layer."""
    left, top = offset
    right, bottom = left + size[0], top + size[1]
    for number, pair in enumerate(pairs, start=1):
        for name, (x, y) in (("handle", pair.handle), ("target", pair.target)):
            if not (left <= x <= right and top <= y <= bottom):
                raise BadInput(
                    _OUTSIDE[name],
                    number=number,
                    x=f"{x:g}",
                    y=f"{y:g}",
                    left=left,
                    top=top,
                    right=right,
                    bottom=bottom,
                )
