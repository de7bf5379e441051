"""Point pairs as the user edits them with the mouse, in a layer's coordinates.

Press on the picture and drag to where the point should go; or click the point, then its target.
Press on a point or a target that is there to move it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

from draggan_server.wire.state import Point

from .points import PointPair


@dataclass
class PairEditor:
    """The pairs, and what the mouse is doing to them.

    `reach` in the methods is the distance, in the layer's pixels, within which a press takes hold
    of a point, and below which a drag counts as a click.
    """

    pairs: list[PointPair] = field(default_factory=list)
    pending: PointPair | None = None
    """A pair in the making: its handle is set, its target follows the mouse."""

    _held: tuple[int, str] | None = None  # number of the pair, "handle" or "target"

    def replace(self, pairs: Iterable[PointPair]) -> None:
        """Take other pairs in place of those that are there."""
        self.pairs = list(pairs)
        self.pending = None
        self._held = None

    def press(self, point: Point, reach: float) -> None:
        if self.pending is not None:
            self._finish(point)
            self._held = (len(self.pairs) - 1, "target")
        elif (found := self.find(point, reach)) is not None:
            self._held = found
        else:
            self.pending = PointPair(point, point)

    def move(self, point: Point) -> bool:
        """The mouse is at `point`, with a button down or not; True where something changed."""
        if self._held is not None:
            number, end = self._held
            self.pairs[number] = self.pairs[number]._replace(**{end: point})
            return True
        if self.pending is not None:
            self.pending = self.pending._replace(target=point)
            return True
        return False

    def release(self, point: Point, reach: float) -> None:
        self.move(point)
        self._held = None
        if self.pending is not None and math.dist(*self.pending) > reach:
            self._finish(point)

    def remove(self, point: Point, reach: float) -> bool:
        """Delete the pair at `point`, or give up the one in the making; True where one was."""
        if self.give_up():
            return True
        found = self.find(point, reach)
        if found is None:
            return False
        del self.pairs[found[0]]
        self._held = None
        return True

    def give_up(self) -> bool:
        """Give up the pair in the making; False where there is none."""
        there, self.pending = self.pending is not None, None
        return there

    def find(self, point: Point, reach: float) -> tuple[int, str] | None:
        """The nearest end of a pair within `reach` of `point`: its pair's number and its name."""
        ends = [
            (math.dist(end, point), number, name)
            for number, pair in enumerate(self.pairs)
            for name, end in (("handle", pair.handle), ("target", pair.target))
        ]
        distance, number, name = min(ends, default=(math.inf, -1, ""))
        return (number, name) if distance <= reach else None

    def _finish(self, target: Point) -> None:
        if self.pending is not None:
            self.pairs.append(self.pending._replace(target=target))
            self.pending = None
