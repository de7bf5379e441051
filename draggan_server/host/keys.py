"""What the keyboard asks for while points are edited, and how far it moves one."""

from __future__ import annotations

import enum
import math

from draggan_server.host.affine import Affine
from draggan_server.wire.state import Point

NUDGE, FAR_NUDGE = 1.0, 10.0
"""Pixels of the layer by which a key moves a point, without and with Shift."""


class Key(enum.Enum):
    """What the keyboard asks for; SMALLER and LARGER of a brush, the last two of a comparison."""

    UNDO = "undo"
    REDO = "redo"
    GIVE_UP = "give up"
    REMOVE = "remove"
    PIN = "pin"
    SNAP = "snap"
    NEXT = "next"
    PREVIOUS = "previous"
    LEFT = "left"
    RIGHT = "right"
    UP = "up"
    DOWN = "down"
    SMALLER = "smaller"
    LARGER = "larger"
    SPLIT = "split"
    BEFORE = "before"


_NAMED = {
    "delete": Key.REMOVE,
    "del": Key.REMOVE,
    "kp_delete": Key.REMOVE,
    "backspace": Key.REMOVE,
    "escape": Key.GIVE_UP,
    "esc": Key.GIVE_UP,
    "p": Key.PIN,
    "s": Key.SNAP,
    "tab": Key.NEXT,
    "iso_left_tab": Key.PREVIOUS,
    "backtab": Key.PREVIOUS,
    "left": Key.LEFT,
    "right": Key.RIGHT,
    "up": Key.UP,
    "down": Key.DOWN,
    "bracketleft": Key.SMALLER,
    "[": Key.SMALLER,
    "bracketright": Key.LARGER,
    "]": Key.LARGER,
    "c": Key.SPLIT,
    "b": Key.BEFORE,
}
"""By their names in small letters, as GTK and Qt have them."""

_UNDO, _REDO = "z", "y"

DIRECTIONS = {
    Key.LEFT: (-1.0, 0.0),
    Key.RIGHT: (1.0, 0.0),
    Key.UP: (0.0, -1.0),
    Key.DOWN: (0.0, 1.0),
}
"""Where the arrows point in the view."""


def key_of(name: str, shift: bool, control: bool) -> Key | None:
    """What a key of that name, in small or capital letters, asks for with these held; None:
    nothing."""
    name = name.lower()
    if not control:
        return _NAMED.get(name)
    if name == _REDO or (name == _UNDO and shift):
        return Key.REDO
    return Key.UNDO if name == _UNDO else None


def nudged(point: Point, key: Key, view: Affine, far: bool) -> Point:
    """Where an arrow moves a point of the layer: to where it points in the view."""
    back = view.inverted()
    (x0, y0), (x1, y1) = back.map((0.0, 0.0)), back.map(DIRECTIONS[key])
    step = (FAR_NUDGE if far else NUDGE) / math.hypot(x1 - x0, y1 - y0)
    return point[0] + (x1 - x0) * step, point[1] + (y1 - y0) * step
