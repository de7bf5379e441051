"""What DragGAN's step looks at: where the handles are now, the loss, and its gradient."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from draggan_server.editing.features import WholeMap
from draggan_server.editing.mask_term import MaskTerm
from draggan_server.editing.motion_supervision import MotionSupervision
from draggan_server.editing.point_tracking import PointTracker
from draggan_server.editing.problem import DragProblem


@dataclass(frozen=True, slots=True)
class Evaluation:
    """One look at a latent: tracked handles [P, 2] and, there, the loss and its gradient.

    `gradient` [1, rows, w_dim] is with respect to the optimised rows.
    """

    handle_points: torch.Tensor
    loss: torch.Tensor
    gradient: torch.Tensor


class Objective:
    """Tracks the handles of one drag and measures its loss, from the first latent on."""

    def __init__(self, problem: DragProblem) -> None:
        self._fixed = problem.w_plus[:, problem.rows :]
        self._features = WholeMap(problem.generator, problem.feature_resolution)
        self._supervision = MotionSupervision(problem.r1, problem.target_points)
        with torch.no_grad():
            field = self._features.at(problem.w_plus)
        self._tracker = PointTracker(field, problem.handle_points, problem.r2)
        self._mask_term = None
        if problem.movable_mask is not None:
            self._mask_term = MaskTerm(field.map, problem.movable_mask, problem.config.mask_weight)

    def evaluate(
        self, free: torch.Tensor, handle_points: torch.Tensor, *, track: bool
    ) -> Evaluation:
        """Look at the latent whose first rows are free [1, rows, w_dim].

        `handle_points` [P, 2] is where the handles were last; with `track` they are searched from
        there, without it they are taken as they are.
        """
        free = free.detach().requires_grad_(True)
        field = self._features.at(torch.cat([free, self._fixed], dim=1))
        if track:
            handle_points = self._tracker.track(field, handle_points)
        loss = self._supervision.loss(field, handle_points)
        if self._mask_term is not None:
            loss = loss + self._mask_term.loss(field.map)
        (gradient,) = torch.autograd.grad(loss, [free])
        return Evaluation(handle_points, loss.detach(), gradient)
