"""What DragGAN's step looks at: where the handles are now, the loss, and its gradient."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from draggan_server.editing.features import source_of
from draggan_server.editing.mask_term import mask_term_of
from draggan_server.editing.methods.draggan.motion_supervision import MotionSupervision
from draggan_server.editing.problem import DragProblem
from draggan_server.editing.trackers.choice import chosen_tracker, track_reach
from draggan_server.editing.trackers.look import Look


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
        push_reach = problem.r1 + 1  # one step beyond the disc
        self._source = source_of(
            problem, track_reach=track_reach(problem) + push_reach, push_reach=push_reach
        )
        first = Look(self._source, problem.w_plus[:, : problem.rows])
        view = first.view(problem.handle_points)
        self._supervision = MotionSupervision(
            problem.r1, view.field, problem.handle_points, problem.target_points
        )
        self._tracker = chosen_tracker(problem, first)
        self._mask_term = mask_term_of(problem, view)

    def evaluate(
        self, free: torch.Tensor, handle_points: torch.Tensor, *, track: bool
    ) -> Evaluation:
        """Look at the latent whose first rows are free [1, rows, w_dim].

        `handle_points` [P, 2] is where the handles were last; with `track` they are searched from
        there, without it they are taken as they are.
        """
        look = Look(self._source, free)
        if track:
            expected = self._supervision.looked_at(handle_points)
            handle_points = self._tracker.find(look, expected).points
        seen = self._supervision.looked_at(handle_points)
        view = look.view(seen)
        loss = self._supervision.loss(view.near(seen), handle_points)
        if self._mask_term is not None and view.held is not None:
            loss = loss + self._mask_term.loss(view.held)
        return Evaluation(handle_points, loss.detach(), view.gradient(loss))
