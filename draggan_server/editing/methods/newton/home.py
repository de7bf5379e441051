"""Where moves of a latent lead back to: what the mapping network makes.

Common moves are straight in W, and the mapping network's outputs are not. What a far drag has gone
beside them is not what was asked for: the picture melts by it, and handles are lost by that.
"""

from __future__ import annotations

import torch

from draggan_server.editing import manifold
from draggan_server.editing.mapped import Mapped
from draggan_server.editing.methods.newton.moves import Moves
from draggan_server.editing.preparation import picture_metric
from draggan_server.editing.problem import DragProblem

SPREAD = 0.02
"""What a move by W's spread counts, over what it changes of the picture: how near is judged by the
picture, and where that does not change, by the spread."""


class Home:
    """Leads moves of a drag back. What its latent had beside the mapping network's outputs when the
    drag began, as a photo's has, it keeps."""

    def __init__(self, problem: DragProblem, moves: Moves) -> None:
        self._moves = moves
        self._start = problem.w_plus[0].mean(dim=0).cpu().double()
        directions = moves.directions
        self._in_units = directions / directions.square().sum(dim=1, keepdim=True)  # [D, w_dim]
        changes = picture_metric(problem.generator)[:, : moves.rows]
        changes = changes.double().sum(dim=1)  # [K, w_dim], by all rows that move
        usual = (changes @ directions.T).norm().clamp(min=torch.finfo(changes.dtype).tiny)
        spread = SPREAD * self._in_units / len(directions) ** 0.5
        self._mapped = Mapped(problem.generator, torch.cat([changes / usual, spread]))
        self._first = self._mapped.nearest(self._start)
        self._begun = self._mapped.found

    def nearest(self, x: torch.Tensor) -> torch.Tensor:
        """Moves [size] that are x [size] but for the common one, which leads to the nearest of the
        mapping network's outputs."""
        common = x[: self._moves.common]
        output = self._mapped.nearest(self._start + common @ self._moves.directions)
        return torch.cat([self._in_units @ (output - self._first), x[self._moves.common :]])

    def way(self, begin: torch.Tensor, end: torch.Tensor, count: int) -> torch.Tensor:
        """[count, size]: the parts of a way from moves begin [size] to end [size], which is the
        last of them. Straight but for the common move, which goes through outputs."""
        shares = torch.arange(1, count + 1, dtype=end.dtype)[:, None] / count
        way = begin.lerp(end, shares)
        first, last = self._found(begin), self._found(end)
        outputs = self._mapped.between(first, last, shares[:, 0])
        straight = first.w.cpu().double().lerp(last.w.cpu().double(), shares)
        way[:, : self._moves.common] += (outputs - straight) @ self._in_units.T
        return way

    def _found(self, x: torch.Tensor) -> manifold.Outputs:
        """The output that moves x [size] lead to."""
        if not bool(x.any()):
            return self._begun
        self.nearest(x)
        return self._mapped.found
