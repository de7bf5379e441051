"""What a step of `newton` does to a latent: one move for all rows, and one for each of the first.

The common move runs over the manifold that the mapping network's outputs make, in units of their
spread along each of its directions, so that far drags end at latents that the model knows. The
rows' own moves place points exactly, and change what a common move cannot change by itself. Of few
points each coordinate of w counts alike there; many say so much of what should change that the rest
is best taken from W.
"""

from __future__ import annotations

import math

import torch

from draggan_server.editing import manifold
from draggan_server.editing.latent_space import LatentSpace
from draggan_server.editing.methods.newton.minimum_norm import MANY
from draggan_server.editing.problem import DragProblem

COMMON = 0.3
"""What 1 of the common move is, of the spread of W along each direction. 1 of a row's own move is
the spread of w. Common moves are dear, because each of them changes the whole picture."""


class Moves:
    """Moves x [size], float64 on the processor, of the first `rows` rows of a drag's latent.

    The rows' own moves, in `w` one that they share, are those of the problem's rows: along w's
    coordinates, with more than `MANY` handles along W's directions, each by its spread. With a mask
    all moves are of these rows, which is what the mask's metric is measured for; without one the
    common move is of all rows. `common` is how many of x are of the common move: the first. They
    are along `directions` [common, w_dim], float64 on the processor.
    """

    def __init__(self, problem: DragProblem) -> None:
        generator = problem.generator
        self.directions = COMMON * manifold.directions(generator)
        self._space = LatentSpace(problem)
        self._spread = generator.w_spread()
        self._varying = problem.rows
        self.rows = generator.num_ws if problem.movable_mask is None else problem.rows
        self._start = problem.w_plus[:, : self.rows]
        many = len(problem.handle_points) > MANY
        self._along = manifold.directions(generator) if many else None
        _, rows, w_dim = self._space.start().shape
        self._own = 1, rows, w_dim if self._along is None else len(self._along)
        self.common = len(self.directions)
        self.size = self.common + math.prod(self._own)

    def apply(self, x: torch.Tensor) -> torch.Tensor:
        """[1, rows, w_dim]: the rows after the move x from where the drag began."""
        common, own = x[: self.common], x[self.common :]
        rows = self._start + (common @ self.directions).to(self._start)
        own = own.view(self._own)
        own = self._spread * own if self._along is None else own @ self._along
        moved = self._space.moves(own.to(rows))
        return torch.cat([rows[:, : self._varying] + moved, rows[:, self._varying :]], dim=1)

    def vjp(self, gradients: torch.Tensor) -> torch.Tensor:
        """[K, size]: gradients by x, given those by the rows [K, rows, w_dim]."""
        common = gradients.sum(dim=1).cpu().double() @ self.directions.T
        own = self._space.vjp(gradients[:, : self._varying]).cpu().double()
        own = self._spread * own if self._along is None else own @ self._along.T
        return torch.cat([common, own.flatten(1)], dim=1)
