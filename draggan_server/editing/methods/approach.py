"""The Gauss-Newton search of `newton`: handles go nearer step by step, by one kind of moves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import torch

from draggan_server.editing.features import WindowView
from draggan_server.editing.methods.handle_tracker import HandleTracker, Sight
from draggan_server.editing.methods.least_change import LeastChange
from draggan_server.editing.methods.moves import Moves
from draggan_server.editing.problem import DragProblem, DragStep

import os
RESTART = bool(os.environ.get("X_FINE"))
CLOSER = 0.75
"""Of the arrival distance: steps are large, and to stop at the first place that will do would waste
what one more gains."""

PROGRESS = 0.98
"""A step is a success if the mean distance after it is at most this part of that before."""

SHORTEST = float(os.environ.get("X_SHORTEST", "0.25"))
"""Of a full step. When even that is no success the search has stalled."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the search stands: the last move that was a success, and its linear model."""

    x: torch.Tensor
    step: DragStep
    motion: torch.Tensor
    way: torch.Tensor


def approach(
    problem: DragProblem,
    moves: Moves,
    sight: Sight,
    tracker: HandleTracker,
    change: LeastChange,
    *,
    longest: float,
) -> Iterator[DragStep]:
    """Steps of at most `longest` px, each a line search on the mean tracked distance.

    Begins at the problem's latent and handles, and ends where the handles have arrived or no step
    is a success any more: the last state is then that of the last success, `stalled`.
    """
    x, handles = torch.zeros(moves.size, dtype=torch.float64), problem.handle_points
    zero = torch.zeros_like(tracker.last)
    place: _Place | None = None
    length = 1.0
    for number in range(problem.config.max_steps + 1):
        rows = moves.apply(x)
        views = sight.at(rows, handles)
        found, misfit = tracker.find(views, handles)
        if number or RESTART:
            handles = found
        step = problem.state(number, rows, handles, misfit.mean())
        if place is None or step.mean_distance <= PROGRESS * place.step.mean_distance:
            yield step
            near = problem.arrival_distance * (CLOSER if number else 1)
            if bool((problem.distances(handles) <= near).all()):
                return
            motion = moves.pull(tracker.motion(views, handles).flatten(0, 1))
            way = problem.target_points - handles
            way = way * (longest / way.norm(dim=1, keepdim=True)).clamp(max=1)
            place = _Place(x, step, motion, way.flatten().cpu().double())
            length = min(1.0, 2 * length)
        elif length > SHORTEST:
            yield step
            length /= 2
        else:
            yield replace(place.step, step=number, stalled=not place.step.arrived)
            return
        move = change.move(place.motion, place.way * length, place.x)
        x = place.x + move
        handles = place.step.handle_points + (place.motion @ move).to(handles).view_as(handles)
        handles = handles.clamp(min=zero, max=tracker.last)
