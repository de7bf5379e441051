"""Our own method: the handles' motion is solved for, not descended to.

Where a handle is follows from the latent, so its motion can be linearised (`handle_tracker`), and
the latent's move that takes all handles where they should go and changes the least else
(`minimum_norm`, `picture_metric`) is a small linear system. A few such steps arrive where gradient
descent needs a hundred. `METHODS.md` has the derivation and what was tried.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch

from draggan_server.editing.methods.approach import approach
from draggan_server.editing.methods.handle_tracker import HandleTracker, Sight
from draggan_server.editing.methods.held_metric import held_metric
from draggan_server.editing.methods.minimum_norm import MinimumNorm
from draggan_server.editing.methods.moves import Moves
from draggan_server.editing.preparation import picture_metric
from draggan_server.editing.problem import DragProblem, DragStep

NEAR = 0.1
"""Of the picture's longer side. Up to here a drag is near: the smallest change of the picture shows
what is meant, and the rows may part. Farther ones leave the latents that the model knows if rows
go so far each by itself, and cannot leave the picture as it is."""

STILLNESS = 6.0
"""What a change of the picture weighs in a near drag, against a move by a unit in every direction,
so that models of any contrast are held alike. In a far one it falls with the square of the way."""

HELD = 9.0
"""Over the mask's weight, what the same change of what a mask holds weighs."""

DAMPING = 0.3 / 128**2
"""Over the square of the picture's longer side: how much of the way is given up to be spared a move
by a unit."""


def newton(problem: DragProblem) -> Iterator[DragStep]:
    """Run Gauss-Newton steps with a line search on the tracked distance."""
    side = max(problem.generator.img_resolution)
    way = float(problem.distances(problem.handle_points).max()) / side
    nearness = min(1.0, NEAR / way)
    moves = Moves(problem, own=nearness)
    sight = Sight(problem, rows=moves.rows, hold=problem.movable_mask is not None)
    rows = moves.apply(torch.zeros(moves.size, dtype=torch.float64))
    views = sight.at(rows, problem.handle_points)
    tracker = HandleTracker(problem, views)
    factor = moves.pull(picture_metric(problem.generator)[:, : moves.rows])
    usual = factor.square().sum()  # what a move by a unit in every direction changes
    factor = factor * (STILLNESS / usual) ** 0.5 * nearness
    if problem.movable_mask is not None:
        held = moves.pull(held_metric(views[-1], problem.movable_mask))
        weight = HELD * problem.config.mask_weight / usual
        factor = torch.cat([factor, held * weight**0.5])
    change = MinimumNorm(factor, DAMPING * side**2)
    return approach(problem, moves, sight, tracker, change)
