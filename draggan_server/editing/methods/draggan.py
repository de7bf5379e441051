"""DragGAN's loop (arXiv 2305.10973, section 3.2): track, push, step, until all handles arrive."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from draggan_server.editing.features import WholeMap
from draggan_server.editing.mask_term import MaskTerm
from draggan_server.editing.motion_supervision import MotionSupervision
from draggan_server.editing.point_tracking import PointTracker
from draggan_server.editing.problem import DragProblem, DragStep


def draggan(problem: DragProblem) -> Iterator[DragStep]:
    """Run the paper's method: Adam on the first rows of w+, one latent for the whole drag."""
    free = problem.w_plus[:, : problem.rows].clone().requires_grad_(True)
    fixed = problem.w_plus[:, problem.rows :]
    optimiser = torch.optim.Adam([free], lr=problem.learning_rate)
    features = WholeMap(problem.generator, problem.feature_resolution)
    supervision = MotionSupervision(problem.r1, problem.target_points)
    handles = problem.handle_points
    tracker: PointTracker | None = None
    mask_term: MaskTerm | None = None
    for step in range(problem.config.max_steps + 1):
        w_plus = torch.cat([free, fixed], dim=1)
        field = features.at(w_plus)
        if tracker is None:
            tracker = PointTracker(field, handles, problem.r2)
            if problem.movable_mask is not None:
                mask_term = MaskTerm(field.map, problem.movable_mask, problem.config.mask_weight)
        else:
            handles = tracker.track(field, handles)
        arrived = problem.arrived(handles)
        last = arrived or step == problem.config.max_steps
        loss = supervision.loss(field, handles)
        if mask_term is not None:
            loss = loss + mask_term.loss(field.map)
        yield DragStep(
            step=step,
            w_plus=w_plus.detach().clone(),
            handle_points=handles.clone(),
            mean_distance=float(problem.distances(handles).mean()),
            loss=float(loss.detach()),
            arrived=arrived,
        )
        if last:
            return
        (free.grad,) = torch.autograd.grad(loss, [free])
        optimiser.step()
