"""The search of `newton`: Gauss-Newton steps, each a line search on the tracked distance."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch

from draggan_server.editing.methods.handle_tracker import LONGEST, HandleTracker, Sight
from draggan_server.editing.methods.minimum_norm import MinimumNorm
from draggan_server.editing.methods.moves import Moves
from draggan_server.editing.problem import DragProblem, DragStep

CLOSER = 0.75
"""Of the arrival distance: steps are large, and to stop at the first place that will do would waste
what one more gains."""

PROGRESS = 0.98
"""A step is a success if the mean distance after it is at most this part of that before."""

SHORTEST = 1 / 4
"""Of a full step. When even that is no success the drag has stalled."""

LOST = 1.25
"""A handle whose disc differs by more from the first picture's is not there. The difference is the
mean square of that of unit vectors, 0 to 4. On the toy lion it is 0.1 to 1.1 for handles that were
found again 20 to 140 pixels of 256 away, and 1.6 for one that was mistaken for another place."""

MOST_LOST = 0.5
"""Of the handles: where as many are lost, the picture is not one to go on from. Of many points some
may be covered on the way."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the search stands: the last move that was a success, and its linear model."""

    x: torch.Tensor
    step: DragStep
    lost: bool  # some handle
    motion: torch.Tensor
    way: torch.Tensor


def approach(
    problem: DragProblem,
    moves: Moves,
    sight: Sight,
    tracker: HandleTracker,
    change: MinimumNorm,
) -> Iterator[DragStep]:
    """Go nearer until the handles have arrived or no step is a success any more.

    A step after which most handles are not found again is no success either, and a handle that is
    not has not arrived. The last state of a drag that stalls is that of the last success, `lost`
    where some handle was not found there, or most beyond it.
    """
    longest = LONGEST * max(problem.generator.img_resolution)
    x, handles = torch.zeros(moves.size, dtype=torch.float64), problem.handle_points
    place: _Place | None = None
    length = 1.0
    for number in range(problem.config.max_steps + 1):
        rows = moves.apply(x)
        views = sight.at(rows, handles)
        if number:
            handles = tracker.find(views, handles)
        misfit = tracker.misfit(views, handles)
        lost = (misfit > LOST).tolist()
        step = _not_arrived(problem.state(number, rows, handles, misfit.mean()), lost)
        most_lost = sum(lost) >= MOST_LOST * len(lost)
        if place is None or (
            not most_lost and step.mean_distance <= PROGRESS * place.step.mean_distance
        ):
            yield step
            near = problem.arrival_distance * (CLOSER if number else 1)
            if bool((problem.distances(handles) <= near).all()) and not any(lost):
                return
            motion = moves.pull(tracker.motion(views, handles).flatten(0, 1))
            way = problem.target_points - handles
            way = way * (longest / way.norm(dim=1, keepdim=True)).clamp(max=1)
            place = _Place(x, step, any(lost), motion, way.flatten().cpu().double())
            length = min(1.0, 2 * length)
        elif length > SHORTEST:
            # What is shown meanwhile is where the search stands.
            yield replace(place.step, step=number)
            length /= 2
        else:
            stalled = not place.step.arrived
            gone = stalled and (place.lost or most_lost)
            yield replace(place.step, step=number, stalled=stalled, lost=gone)
            return
        move = change.move(place.motion, place.way * length, place.x)
        x = place.x + move
        handles = place.step.handle_points + (place.motion @ move).to(handles).view_as(handles)
        handles = handles.clamp(min=torch.zeros_like(tracker.last), max=tracker.last)


def _not_arrived(step: DragStep, lost: list[bool]) -> DragStep:
    """The step, with those of its handles that are lost not arrived."""
    arrived = tuple(a and not gone for a, gone in zip(step.points_arrived, lost, strict=True))
    return replace(step, points_arrived=arrived)
