"""DragGAN's loop (arXiv 2305.10973, section 3.2): track, push, step, until all handles arrive."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from draggan_server.editing.objective import Objective
from draggan_server.editing.problem import DragProblem, DragStep


def draggan(problem: DragProblem) -> Iterator[DragStep]:
    """Run the paper's method: Adam on the first rows of w+, its state kept over the drag."""
    free = problem.w_plus[:, : problem.rows].clone()
    fixed = problem.w_plus[:, problem.rows :]
    optimiser = torch.optim.Adam([free], lr=problem.learning_rate)
    objective = Objective(problem)
    handles = problem.handle_points
    for step in range(problem.config.max_steps + 1):
        # In the first picture the handles are where the user put them.
        seen = objective.evaluate(free, handles, track=step > 0)
        handles = seen.handle_points
        arrived = problem.arrived(handles)
        yield DragStep(
            step=step,
            w_plus=torch.cat([free, fixed], dim=1),
            handle_points=handles.clone(),
            mean_distance=float(problem.distances(handles).mean()),
            loss=float(seen.loss),
            arrived=arrived,
        )
        if arrived:
            return
        free.grad = seen.gradient
        optimiser.step()
