"""What a step of `newton` may do to a latent, in units in which a unit is a usual distance."""

from __future__ import annotations

from typing import Protocol

import torch

from draggan_server.editing import manifold
from draggan_server.editing.latent_space import LatentSpace
from draggan_server.editing.problem import DragProblem


class Moves(Protocol):
    """Moves x [D], float64 on the processor, of the first `rows` rows of a drag's latent."""

    rows: int
    size: int

    def apply(self, x: torch.Tensor) -> torch.Tensor:
        """[1, rows, w_dim]: the rows after the move x from where the drag began."""

    def pull(self, gradients: torch.Tensor) -> torch.Tensor:
        """[K, D]: gradients by x, given those by the rows [K, rows, w_dim]."""


class OwnRows:
    """Each of the rows that may change by itself (in `w` all of them alike), in spreads of w."""

    def __init__(self, problem: DragProblem) -> None:
        self._space = LatentSpace(problem)
        self._unit = problem.generator.w_spread()
        self.rows = problem.rows
        self._start = self._space.start()
        self.size = self._start.numel()

    def apply(self, x: torch.Tensor) -> torch.Tensor:
        return self._space.rows((x * self._unit).to(self._start).view_as(self._start))

    def pull(self, gradients: torch.Tensor) -> torch.Tensor:
        return self._space.pull(gradients).flatten(1).cpu().double() * self._unit


class OverManifold:
    """One move for the first `rows` rows, over the manifold that the mapping network makes."""

    def __init__(self, problem: DragProblem, rows: int) -> None:
        self._directions = manifold.directions(problem.generator)
        self._start = problem.w_plus[:, :rows]
        self.rows = rows
        self.size = len(self._directions)

    def apply(self, x: torch.Tensor) -> torch.Tensor:
        move: torch.Tensor = (x @ self._directions).to(self._start)
        return self._start + move

    def pull(self, gradients: torch.Tensor) -> torch.Tensor:
        return gradients.sum(dim=1).cpu().double() @ self._directions.T


class Combined:
    """A move over the manifold for all rows, and one of its own for each of the first rows."""

    def __init__(self, problem: DragProblem, rows: int, unit: float) -> None:
        import os
        self._directions = manifold.directions(problem.generator) * float(os.environ.get("X_CW", "1"))
        self._space = LatentSpace(problem)
        self._unit = problem.generator.w_spread() * unit
        self._own = self._space.start()
        self._problem_rows = problem.rows
        self._start = problem.w_plus[:, :rows]
        self.rows = rows
        self.size = len(self._directions) + self._own.numel()

    def apply(self, x: torch.Tensor) -> torch.Tensor:
        common, own = x.split([len(self._directions), self._own.numel()])
        rows = self._start + (common @ self._directions).to(self._start)
        n = self._problem_rows
        d = (own * self._unit).to(self._start).view_as(self._own)
        return torch.cat([rows[:, :n] + d, rows[:, n:]], dim=1)

    def pull(self, gradients: torch.Tensor) -> torch.Tensor:
        common = gradients.sum(dim=1).cpu().double() @ self._directions.T
        own = self._space.pull(gradients[:, : self._problem_rows]).flatten(1).cpu().double() * self._unit
        return torch.cat([common, own], dim=1)
