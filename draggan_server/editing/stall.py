"""Noticing that a drag no longer moves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from statistics import fmean

from draggan_server.editing.problem import DragStep

WINDOW = 50
"""Steps. Handles jitter, stay and come on again. On the toy lion, 135 drags of 1, 5 and all
landmarks with and without masks: windows of 50 end 26 of them and spare 18% of all steps, and those
drags end 0.1 px nearer on average (of 5 px at the start) than if they ran on to 300 steps; 8 would
have arrived, 0.3 px nearer. Of 53 others 10 end, 0.2 px farther, and 16% are spared. Windows of 25
spare 40%; drags end 0.1 and 0.4 px farther."""


def until_stalled(steps: Iterator[DragStep]) -> Iterator[DragStep]:
    """End a drag whose handles have come no nearer on the whole, at the nearest that they came.

    It has stalled when their mean distance was, over the last `WINDOW` steps, no less than over as
    many before. The last state is then that of the nearest step, `stalled`, with the number of the
    step that was done last. A method that knows better may give a `stalled` state itself.
    """
    distances: list[float] = []
    nearest: DragStep | None = None
    for step in steps:
        distances.append(step.mean_distance)
        if nearest is None or step.mean_distance < nearest.mean_distance:
            nearest = step
        if not step.arrived and _stalled(distances):
            yield replace(nearest, step=step.step, stalled=True)
            return
        yield step


def _stalled(distances: list[float]) -> bool:
    before, last = distances[-2 * WINDOW : -WINDOW], distances[-WINDOW:]
    return len(before) == WINDOW and fmean(last) >= fmean(before)
