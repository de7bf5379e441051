"""What the mouse looks like over a picture."""

from __future__ import annotations

import enum
import math

from draggan_server.host.affine import Affine
from draggan_server.wire.state import Point


class Cursor(enum.Enum):
    """By CSS's names."""

    PLAIN = "default"
    SETS = "crosshair"
    BARRED = "not-allowed"
    GRABS = "grab"
    MOVES = "move"
    ACROSS = "ew-resize"
    FALLS = "nwse-resize"
    DOWN = "ns-resize"
    RISES = "nesw-resize"


_EIGHTHS = (Cursor.ACROSS, Cursor.FALLS, Cursor.DOWN, Cursor.RISES)
"""Of a turn, clockwise from the right; the opposite ones are the same."""


def pull_cursor(way: Point, view: Affine) -> Cursor:
    """Of what can be pulled that way in a picture, and back, as that lies in a view."""
    x0, y0 = view.map((0.0, 0.0))
    x1, y1 = view.map(way)
    return _EIGHTHS[round(math.atan2(y1 - y0, x1 - x0) / (math.pi / 4)) % 4]
