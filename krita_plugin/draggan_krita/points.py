"""Point pairs and how the mouse edits them. Pure geometry: no Qt, no Krita.

Points are (x, y) float pixels of the layer, (0, 0) the centre of the first pixel. Positions are
(x, y) in the canvas widget's own pixels. An `Affine` leads from points to positions.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from draggan_server.host.affine import Affine
from draggan_server.wire.state import Point

Pair = tuple[Point, Point]
"""A handle point and the target point to which it shall go."""

HANDLE, TARGET = 0, 1
"""Which end of a pair."""

GRAB_RADIUS = 10.0
"""Canvas pixels: so near to an end the mouse takes hold of it. The rings have 6 to 7."""

TARGET_BIAS = 4.0
"""Canvas pixels: so much farther a target may be than its handle and still be taken. After a drag
the two lie upon each other, and it is the target that one wants to pull on."""

MIN_PULL = 4.0
"""Canvas pixels: a shorter pull is a click whose hand trembled, and makes no pair."""


class PairEditor:
    """The pairs of one layer under the mouse.

    A press on an end takes hold of it; a press elsewhere sets a new handle, whose target follows
    the mouse until the release.
    """

    def __init__(self, pairs: Sequence[Pair] = ()) -> None:
        self.pairs: list[Pair] = list(pairs)
        self.held: tuple[int, int] | None = None  # (index of the pair, HANDLE or TARGET)
        self.arrived: set[int] = set()  # indices of pairs, while a drag moves the handles
        self._grip: Point = (0.0, 0.0)  # from the mouse to the end it took hold of
        self._pressed_at: Point = (0.0, 0.0)
        self._makes_pair = False
        self._undone: list[list[Pair]] = []
        self._done: list[list[Pair]] = []

    def end_at(self, position: Point, to_widget: Affine) -> tuple[int, int] | None:
        """The end nearest to `position` within `GRAB_RADIUS`; of almost equals, the target."""
        best, best_distance = None, math.inf
        for index, pair in enumerate(self.pairs):
            for end in (HANDLE, TARGET):
                distance = math.dist(position, to_widget.map(pair[end]))
                if distance <= GRAB_RADIUS:
                    distance -= TARGET_BIAS * end
                    if distance <= best_distance:
                        best, best_distance = (index, end), distance
        return best

    def press(self, position: Point, to_widget: Affine) -> None:
        self._pressed_at = position
        self._remember()
        self.held = self.end_at(position, to_widget)
        self._makes_pair = self.held is None
        if self.held is None:
            point = to_widget.inverted().map(position)
            self.pairs.append((point, point))
            self.held, self._grip = (len(self.pairs) - 1, TARGET), (0.0, 0.0)
        else:
            index, end = self.held
            x, y = to_widget.map(self.pairs[index][end])
            self._grip = (x - position[0], y - position[1])

    def move(self, position: Point, to_widget: Affine) -> None:
        """The mouse is at `position`; does nothing while no end is held."""
        if self.held is None:
            return
        index, end = self.held
        gripped = (position[0] + self._grip[0], position[1] + self._grip[1])
        self._set(index, end, to_widget.inverted().map(gripped))

    def release(self, position: Point, to_widget: Affine) -> bool:
        """Let go. False where a press meant to make a pair was a mere click: none was made."""
        self.move(position, to_widget)
        made_nothing = self._makes_pair and math.dist(position, self._pressed_at) < MIN_PULL
        if made_nothing and self.held is not None:
            del self.pairs[self.held[0]]
        if self._done and self._done[-1] == self.pairs:
            self._done.pop()
        self.held, self._makes_pair = None, False
        return not made_nothing

    def remove_at(self, position: Point, to_widget: Affine) -> bool:
        """Remove the pair whose end is at `position`; whether there was one."""
        end = self.end_at(position, to_widget)
        if end is None:
            return False
        self.remove(end[0])
        return True

    def remove(self, index: int) -> None:
        """Remove the pair of that index."""
        self._remember()
        del self.pairs[index]
        self.held = None

    def give_up(self) -> bool:
        """Give up the pull under way; whether there was one."""
        if self.held is None:
            return False
        self.pairs = self._done.pop()
        self.held, self._makes_pair = None, False
        return True

    def undo(self) -> None:
        """Take the last edit back, or give up the pull under way; nothing where there is none."""
        self._step(self._done, self._undone)

    def redo(self) -> None:
        """Do again what was taken back; nothing where there is none."""
        self._step(self._undone, self._done)

    def clear(self) -> None:
        self._remember()
        self.pairs.clear()
        self.held = None

    def move_handles(self, handles: Sequence[Point], arrived: Sequence[bool]) -> None:
        """Put the handles where a drag has brought them; the targets stay."""
        self.arrived = {index for index, there in enumerate(arrived) if there}
        self.pairs = [
            (handle, pair[TARGET]) for handle, pair in zip(handles, self.pairs, strict=True)
        ]

    def _remember(self) -> None:
        self._done.append(list(self.pairs))
        self._undone.clear()

    def _step(self, source: list[list[Pair]], sink: list[list[Pair]]) -> None:
        if source:
            sink.append(list(self.pairs))
            self.pairs = source.pop()
            self.held, self._makes_pair = None, False

    def _set(self, index: int, end: int, point: Point) -> None:
        handle, target = self.pairs[index]
        self.pairs[index] = (point, target) if end == HANDLE else (handle, point)
