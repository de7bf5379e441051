"""Our own method: the handles' motion is solved for, not descended to.

Where a handle is follows from the latent, so its motion can be linearised (`patches`), and the
latent's move that takes all handles where they should go and changes the least else
(`least_change`, `picture_metric`) is a small linear system. A few such steps arrive where gradient
descent needs a hundred.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch

from draggan_server.editing.features import WindowSource
from draggan_server.editing.latent_space import LatentSpace
from draggan_server.editing.methods.held_metric import held_metric
from draggan_server.editing.methods.least_change import LeastChange
from draggan_server.editing.methods.patches import Patches
from draggan_server.editing.picture_metric import picture_metric
from draggan_server.editing.problem import DragProblem, DragStep

LONGEST = 1 / 32
"""Of the picture's longer side: how far a step moves a handle at most. The linear model is not to
be trusted farther, and a handle is looked for no farther from where it is expected."""

STILLNESS = 6.0
"""What a change of the picture weighs, against a move of w by its spread. The change is that which
such a move in every direction makes on average, so that models of any contrast are held alike."""

HELD = 9.0
"""Over the mask's weight, what the same change of what a mask holds weighs."""

DAMPING = 0.3 / 128**2
"""Over the square of the picture's longer side: how much of the way is given up to be spared a move
of w by its spread."""

CLOSER = 0.75
"""Of the arrival distance: steps are large, and to stop at the first place that will do would waste
what one more gains."""

PROGRESS = 0.98
"""A step is a success if the mean distance after it is at most this part of that before."""

SHORTEST = 1 / 4
"""Of a full step. When even that is no success the drag has stalled."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the search stands: the last latent that was a success, and its linear model."""

    free: torch.Tensor
    step: DragStep
    motion: torch.Tensor
    way: torch.Tensor


def newton(problem: DragProblem) -> Iterator[DragStep]:
    """Run Gauss-Newton steps with a line search on the tracked distance."""
    side = max(problem.generator.img_resolution)
    longest = LONGEST * side
    push_reach = Patches.reach(problem)
    source = WindowSource(
        problem.generator,
        problem.feature_resolution,
        problem.w_plus,
        problem.rows,
        len(problem.handle_points),
        track_reach=int(longest + 1) + push_reach,
        push_reach=push_reach,
        hold=problem.movable_mask is not None,
    )
    space = LatentSpace(problem)
    unit = problem.generator.w_spread()
    free, handles = space.start(), problem.handle_points
    view = source.at(space.rows(free), handles)
    patches = Patches(problem, view.field, longest)
    factor = picture_metric(problem.generator)[:, : problem.rows]
    usual = (factor * unit).square().sum()  # what a move by the spread changes
    factor = factor * (STILLNESS / usual) ** 0.5
    if problem.movable_mask is not None:
        held = held_metric(view, problem.movable_mask).cpu()
        weight = HELD * problem.config.mask_weight / usual
        factor = torch.cat([factor, held * weight**0.5])
    change = LeastChange(space.pull(factor).flatten(1) * unit, DAMPING * side**2)
    place: _Place | None = None
    length = 1.0
    for number in range(problem.config.max_steps + 1):
        if number:
            view = source.at(space.rows(free), handles)
            handles = patches.find(view.field, handles)
        misfit = patches.misfit(view.field, handles).mean()
        step = problem.state(number, space.rows(free), handles, misfit)
        if place is None or step.mean_distance <= PROGRESS * place.step.mean_distance:
            yield step
            near = problem.arrival_distance * (CLOSER if number else 1)
            if bool((problem.distances(handles) <= near).all()):
                return
            motion = space.pull(patches.motion(view, handles).flatten(0, 1)).flatten(1)
            way = problem.target_points - handles
            way = way * (longest / way.norm(dim=1, keepdim=True)).clamp(max=1)
            place = _Place(free, step, motion.cpu().double() * unit, way.flatten().cpu().double())
            length = min(1.0, 2 * length)
        elif length > SHORTEST:
            yield step
            length /= 2
        else:
            yield replace(place.step, step=number, stalled=not place.step.arrived)
            return
        move = change.move(
            place.motion, place.way * length, place.free.flatten().cpu().double() / unit
        )
        free = place.free + (move * unit).to(free).view_as(free)
        handles = place.step.handle_points + (place.motion @ move).to(handles).view_as(handles)
        handles = handles.clamp(min=torch.zeros_like(patches.last), max=patches.last)
