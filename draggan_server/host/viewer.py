"""What wheel, mouse and keys do to a view beside the editor's own canvas: zoom and pan."""

from __future__ import annotations

import enum
from dataclasses import replace

from draggan_server.host.view import Room, View
from draggan_server.wire.state import Point

WHEEL_STEP = 1.25
"""By which a notch of the wheel, or a key, zooms."""


class Zoom(enum.Enum):
    """What a key or a button asks for."""

    IN = "closer"
    OUT = "farther away"
    FIT = "all of it"
    FULL = "a pixel of the layer in each of the screen"


HOLDS = "space"
"""The key while which is held the left button moves the picture."""

_NAMED = {
    "plus": Zoom.IN,
    "kp_add": Zoom.IN,
    "minus": Zoom.OUT,
    "kp_subtract": Zoom.OUT,
    "0": Zoom.FIT,
    "kp_0": Zoom.FIT,
    "1": Zoom.FULL,
    "kp_1": Zoom.FULL,
}


def zoom_of(key: str) -> Zoom | None:
    """What a key asks for; None: nothing."""
    return _NAMED.get(key.lower())


class Viewer:
    """Keeps the `view` of a layer. Positions are in pixels of it.

    While `holds` is set, as by the Space key, the left button pans as the middle one does.
    """

    def __init__(self, layer_size: tuple[int, int], room: Room) -> None:
        self.view = View.fitting(*layer_size, room)
        self.holds = False
        self._grip: Point | None = None

    def set_layer(self, width: int, height: int) -> bool:
        """Another layer is shown; one of the same size stays where it is. True where something is
        drawn differently, as from all that follow."""
        same = (width, height) == (self.view.layer_width, self.view.layer_height)
        layer = replace(self.view, layer_width=width, layer_height=height)
        return not same and self._take(layer.fitted)

    def set_room(self, room: Room, screen_pixels: int = 1) -> bool:
        return self._take(replace(self.view.in_room(room), screen_pixels=screen_pixels))

    def wheel(self, at: Point, notches: float) -> bool:
        """The wheel turned, away from the user where `notches` are above 0."""
        return self._take(self.view.scaled(self.view.scale * WHEEL_STEP**notches, at))

    def zoom(self, asked: Zoom) -> bool:
        """In the middle of what is seen."""
        view = self.view
        if asked is Zoom.FIT:
            return self._take(view.fitted)
        if asked is Zoom.FULL:
            return self._take(view.about_its_middle(view.full_scale, view.room))
        factor = WHEEL_STEP if asked is Zoom.IN else 1 / WHEEL_STEP
        return self._take(view.about_its_middle(view.scale * factor, view.room))

    @property
    def grabbed(self) -> bool:
        """Whether the picture is being moved."""
        return self._grip is not None

    def grab(self, at: Point) -> None:
        """A button goes down to move the picture."""
        self._grip = at

    def move(self, at: Point) -> bool:
        """The mouse moves; nothing happens unless it has grabbed the picture."""
        if self._grip is None:
            return False
        (x, y), self._grip = self._grip, at
        return self._take(self.view.moved(at[0] - x, at[1] - y))

    def let_go(self) -> bool:
        """The button goes up; whether it had grabbed the picture."""
        grabbed, self._grip = self.grabbed, None
        return grabbed

    def _take(self, view: View) -> bool:
        before, self.view = self.view, view
        return view != before
