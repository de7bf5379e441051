"""How far a drag has come, as a fraction and as words, in both hosts and on the command line."""

from __future__ import annotations

import math
from collections.abc import Sequence

from draggan_server.host.sentences import said
from draggan_server.host.translation import decimal, tr
from draggan_server.wire.messages import DragProgress, LiveFrame
from draggan_server.wire.state import Point


def mean_distance(handles: Sequence[Point], targets: Sequence[Point]) -> float:
    """The mean way from the handles to their targets, in the pixels that both are given in.

    An event's own `mean_distance` is in the model's pixels, of which a layer that was scaled has
    more or fewer.
    """
    return sum(map(math.dist, handles, targets)) / max(len(handles), 1)


class DragMeter:
    """Turns a drag's progress events into a fraction that never goes back, 0 to 1.

    `targets` are in the layer's pixels, as an event's handles are. While a model is prepared, once,
    the fraction is that of the preparation.
    """

    def __init__(self, targets: Sequence[Point]) -> None:
        self._targets = targets
        self._preparing = 0.0
        self._dragged = 0.0
        self._first_distance: float | None = None

    @property
    def fraction(self) -> float:
        return self._dragged if self._first_distance is not None else self._preparing

    def take(self, event: DragProgress) -> str:
        """Note an event; returns it as words."""
        if event.prepared < 1:
            self._preparing = event.prepared
            return _prepared(event.prepared)
        distance = mean_distance(event.handle_points, self._targets)
        if self._first_distance is None:
            self._first_distance = max(distance, 1e-6)
        done = 1.0 - distance / self._first_distance
        steps = event.step / event.max_steps
        self._dragged = min(max(self._dragged, done, steps), 1.0)
        return tr(said.STEP, step=event.step, distance=decimal(distance))

    def take_live(self, event: LiveFrame) -> str:
        """Note a frame of a live drag, which has no end that is known; returns it as words."""
        if event.prepared < 1:
            self._preparing = event.prepared
            return _prepared(event.prepared)
        self._preparing = 1.0
        if "flat" in event.grips:
            return tr(said.NOTHING_TO_HOLD)
        if "lost" in event.grips:
            return tr(said.HOLD_IS_LOST)
        distance = mean_distance(event.handle_points, event.target_points)
        return tr(said.TO_GO, distance=decimal(distance))


def _prepared(fraction: float) -> str:
    return tr(said.PREPARING, percent=round(100 * fraction))
