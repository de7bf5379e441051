"""How far a drag has come, as a fraction and as words, in both hosts and on the command line."""

from __future__ import annotations

from draggan_server.wire.messages import DragProgress


class DragMeter:
    """Turns a drag's progress events into a fraction that never goes back, 0 to 1.

    While a model is prepared, once, the fraction is that of the preparation.
    """

    def __init__(self) -> None:
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
            return f"Preparing the model, once: {event.prepared:.0%}"
        if self._first_distance is None:
            self._first_distance = max(event.mean_distance, 1e-6)
        done = 1.0 - event.mean_distance / self._first_distance
        steps = event.step / event.max_steps
        self._dragged = min(max(self._dragged, done, steps), 1.0)
        return f"Step {event.step}: {event.mean_distance:.1f} px to go"
