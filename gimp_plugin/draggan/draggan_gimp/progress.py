"""How far a drag has come, as a fraction and as words."""

from __future__ import annotations

from draggan_server.wire.messages import DragFinished, DragProgress


class DragMeter:
    """Turns a drag's progress events into a fraction that never goes back."""

    def __init__(self) -> None:
        self.fraction = 0.0
        self._first_distance: float | None = None

    def take(self, event: DragProgress) -> str:
        """Note an event; returns it as words."""
        if event.prepared < 1:
            return f"Preparing the model, once: {event.prepared:.0%}"
        if self._first_distance is None:
            self._first_distance = max(event.mean_distance, 1e-6)
        way = 1.0 - event.mean_distance / self._first_distance
        steps = event.step / event.max_steps
        self.fraction = min(max(self.fraction, way, steps), 1.0)
        return f"Step {event.step} of at most {event.max_steps}: {event.mean_distance:.1f} px to go"


def describe_end(event: DragFinished) -> str:
    """What a finished drag came to, as a sentence."""
    if event.steps == 0 and event.reason == "arrived":
        return (
            "Every point is at its target already, or nearly so; nothing was changed: move the "
            "targets further away."
        )
    if event.steps == 0:
        return "Stopped before the first step; nothing was changed."
    steps = "1 step" if event.steps == 1 else f"{event.steps} steps"
    if event.reason == "arrived":
        return f"Arrived after {steps} ({event.mean_distance:.1f} px from the targets)."
    if event.reason == "stalled":
        return (
            f"Came no nearer any more after {steps}: {event.mean_distance:.1f} px to go. Drag less "
            "far, or let more of the picture move."
        )
    if event.reason == "max-steps":
        return f"Not there after {steps}: {event.mean_distance:.1f} px to go."
    return f"Stopped after {steps}: {event.mean_distance:.1f} px to go."
