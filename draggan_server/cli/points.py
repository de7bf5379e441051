"""Points on the command line: pairs, X,Y:X,Y, and eyes and mouths."""

from __future__ import annotations

import click

from draggan_server.wire.face import Marks
from draggan_server.wire.state import Point

PointPair = tuple[Point, Point]
METAVAR = "X,Y:X,Y"


FACE_METAVAR = "X,Y:X,Y:X,Y"


def point_pair(text: str) -> PointPair:
    """A handle point and its target point, (x, y) pixels, 0 the centre of the first pixel.

    Raises `click.BadParameter`.
    """
    try:
        handle, target = _points(text)
    except ValueError:
        raise click.BadParameter(
            f"{text!r} is not a point pair. Write the handle, a colon and the target in pixels, "
            "such as 64,90:64,104."
        ) from None
    return handle, target


def face_marks(text: str) -> Marks:
    """Both eyes and a mouth, (x, y) pixels. Raises `click.BadParameter`."""
    try:
        one, other, mouth = _points(text)
    except ValueError:
        raise click.BadParameter(
            f"{text!r} is not a face. Write both eyes and the middle of the mouth in pixels, with "
            "colons between, such as 98,107:158,105:128,160."
        ) from None
    return one, other, mouth


def _points(text: str) -> list[Point]:
    """Raises `ValueError`."""
    points = [[float(number) for number in point.split(",")] for point in text.split(":")]
    return [(x, y) for x, y in points]
