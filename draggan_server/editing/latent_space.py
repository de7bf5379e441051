"""What a drag varies of a latent: each of the first rows of w+ by itself, or all of them alike."""

from __future__ import annotations

import torch

from draggan_server.editing.problem import DragProblem


class LatentSpace:
    """The free parameters of a drag and the rows that they make.

    Free is a move of the rows from where the drag began: in `w+` `[1, rows, w_dim]`, one for each
    of the rows that vary (arXiv 2305.10973, section 3.2), in `w` `[1, 1, w_dim]`, the same for all
    of them. A picture of the mapping network's, whose rows are equal, so stays one whose varying
    rows are.
    """

    def __init__(self, problem: DragProblem) -> None:
        self._start = problem.w_plus[:, : problem.rows]
        self._shared = problem.config.latent_space == "w"

    def start(self) -> torch.Tensor:
        """The free parameters where the drag begins: no move."""
        return torch.zeros_like(self._start[:, :1] if self._shared else self._start)

    def rows(self, free: torch.Tensor) -> torch.Tensor:
        """[1, rows, w_dim]: the rows that vary."""
        return self._start + free

    def moves(self, free: torch.Tensor) -> torch.Tensor:
        """[1, rows, w_dim]: the move of each row that varies."""
        return free.expand_as(self._start)

    def vjp(self, gradient: torch.Tensor) -> torch.Tensor:
        """The gradient of the free parameters, given that of the rows [1, rows, w_dim]."""
        return gradient.sum(dim=1, keepdim=True) if self._shared else gradient
