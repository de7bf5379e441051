"""DragGAN's loop (arXiv 2305.10973, section 3.2): track, push, step, until all handles arrive."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from draggan_server.editing.latent_space import LatentSpace
from draggan_server.editing.methods.draggan.objective import Objective
from draggan_server.editing.problem import DragProblem, DragStep


def draggan(problem: DragProblem) -> Iterator[DragStep]:
    """Run the paper's method: Adam on the rows that vary, its state kept over the drag."""
    space = LatentSpace(problem)
    free = space.start()
    optimiser = torch.optim.Adam([free], lr=problem.learning_rate)
    objective = Objective(problem)
    handles = problem.handle_points
    for step in range(problem.config.max_steps + 1):
        # In the first picture the handles are where the user put them.
        rows = space.rows(free)
        seen = objective.evaluate(rows, handles, track=step > 0)
        handles = seen.handle_points
        state = problem.state(step, rows, handles, seen.loss)
        yield state
        if state.arrived:
            return
        free.grad = space.vjp(seen.gradient)
        optimiser.step()
