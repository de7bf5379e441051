"""Point pairs on the command line: X,Y:X,Y."""

from __future__ import annotations

import click

from draggan_server.wire.state import Point

PointPair = tuple[Point, Point]
METAVAR = "X,Y:X,Y"


def point_pair(text: str) -> PointPair:
    """A handle point and its target point, (x, y) pixels, 0 the centre of the first pixel.

    Raises `click.BadParameter`.
    """
    ends = [end.split(",") for end in text.split(":")]
    try:
        (hx, hy), (tx, ty) = [[float(number) for number in end] for end in ends]
    except ValueError:
        raise click.BadParameter(
            f"{text!r} is not a point pair. Write the handle, a colon and the target in pixels, "
            "such as 64,90:64,104."
        ) from None
    return (hx, hy), (tx, ty)
