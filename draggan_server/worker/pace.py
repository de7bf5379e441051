"""How sharp the pictures of a live drag may be for it to keep up with the hand."""

from __future__ import annotations

from collections.abc import Sequence

TICK_SECONDS = 1 / 14
"""What steps and their picture may take together while the hand moves."""

GROWTH = 2.0
"""Times the seconds of the next smaller size that one not tried yet is taken to need."""

NEWEST = 0.5
"""Weight of the newest figure in the mean that is kept of each."""


class Pace:
    """What steps and pictures have taken so far. `sides` are those of the pictures, rising."""

    def __init__(self, sides: Sequence[int]) -> None:
        self._sides = list(sides)
        self._step = 0.0
        self._pictures: dict[int, float] = {}

    @property
    def sharpest(self) -> int:
        return self._sides[-1]

    def stepped(self, seconds: float) -> None:
        self._step = _mean(self._step, seconds)

    def pictured(self, side: int, seconds: float) -> None:
        self._pictures[side] = _mean(self._pictures.get(side, 0.0), seconds)

    def another(self, spent: float) -> bool:
        """Whether after `spent` seconds one more step is in time, and the smallest picture."""
        needed = self._pictures.get(self._sides[0], TICK_SECONDS)
        return spent + self._step + needed <= TICK_SECONDS

    def side(self, spent: float = 0.0) -> int:
        """The largest side whose picture is in time with a step, or with steps that took `spent`
        seconds; at least the smallest."""
        spent = max(spent, self._step)
        best = self._sides[0]
        needed = self._pictures.get(best, TICK_SECONDS)
        for side in self._sides[1:]:
            needed = self._pictures.get(side, GROWTH * needed)
            if spent + needed > TICK_SECONDS:
                break
            best = side
        return best

    def sharper(self, side: int) -> int:
        """The next side above `side`."""
        return self._sides[min(self._sides.index(side) + 1, len(self._sides) - 1)]

    def give_up(self, side: int) -> bool:
        """Make no more pictures of `side`: there was no memory. False where it is the last one."""
        if self._sides == [side]:
            return False
        self._sides.remove(side)
        return True


def _mean(before: float, now: float) -> float:
    return now if not before else before + NEWEST * (now - before)
