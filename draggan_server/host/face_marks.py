"""Both eyes and the mouth of a face in a photo: three marks that are set by clicks and pulled."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

from draggan_server.host.affine import Affine
from draggan_server.host.cursor import Cursor
from draggan_server.host.ends import GRAB_RADIUS
from draggan_server.host.shapes import Shape, mark_shapes
from draggan_server.wire.face import Marks
from draggan_server.wire.state import Point

_COUNT = 3


class FaceMarks:
    """`points` are those set so far, in pixels of the layer; positions are in pixels of the view,
    to which an `Affine` leads from these. While marks are `wanted`, each press sets one, until all
    are there. `changed` is called after the hand has changed them."""

    def __init__(self) -> None:
        self.points: list[Point] = []
        self.wanted = False
        self.changed: Callable[[], None] = lambda: None
        self._held: int | None = None
        self._at_press: list[Point] = []

    @property
    def all(self) -> Marks | None:
        """The eyes and the mouth; None while one is to come."""
        if len(self.points) < _COUNT:
            return None
        one, other, mouth = self.points
        return one, other, mouth

    @property
    def held(self) -> bool:
        return self._held is not None

    def want(self, wanted: bool) -> None:
        """They are to be set anew, or no more."""
        self.wanted = wanted
        if wanted or self.all is None:
            self.clear()

    def clear(self) -> None:
        self.points, self._held = [], None

    def press(self, position: Point, view: Affine) -> bool:
        """The left button goes down. False where it sets no mark and takes none."""
        near = self._at(position, view)
        before = self.points.copy()
        if near is None:
            if not self.wanted:
                return False
            self.points.append(view.inverted().map(position))
            near = len(self.points) - 1
        self._held, self._at_press = near, before
        return True

    def move(self, position: Point, view: Affine) -> bool:
        """False where the mouse holds none."""
        if self._held is None:
            return False
        self.points[self._held] = view.inverted().map(position)
        return True

    def release(self) -> bool:
        """The left button goes up; False where it held none."""
        if self._held is None:
            return False
        self._held = None
        self.wanted = self.wanted and self.all is None
        self.changed()
        return True

    def reset(self, position: Point, view: Affine) -> bool:
        """The right button goes down: on a mark all are to be set anew. False beside them."""
        if self._at(position, view) is None:
            return False
        self.want(True)
        self.changed()
        return True

    def give_up(self) -> bool:
        """Give up the pull of a mark, or the setting of them; False where neither is begun."""
        if self._held is not None:
            self.points, self._held = self._at_press, None
        elif self.wanted:
            self.want(False)
        else:
            return False
        self.changed()
        return True

    def cursor(self, position: Point, view: Affine) -> Cursor | None:
        """What the mouse looks like there; None where it does nothing with marks."""
        if self.held or self._at(position, view) is not None:
            return Cursor.MOVES
        return Cursor.SETS if self.wanted else None

    def shapes(self, view: Affine) -> Iterator[Shape]:
        return mark_shapes([view.map(point) for point in self.points])

    def _at(self, position: Point, view: Affine) -> int | None:
        near = [
            (math.dist(position, view.map(point)), place) for place, point in enumerate(self.points)
        ]
        distance, place = min(near, default=(math.inf, 0))
        return place if distance <= GRAB_RADIUS else None
