"""The move of a latent that moves handles where they should go and changes the least else."""

from __future__ import annotations

import torch

RIDGE = 1e-3
"""Ridge over the mean of A M^-1 A': keeps handles apart that can only move alike."""
MANY = 8
"""Handles. Of more none has to be where it should be: where a handle is seen errs by a pixel or so,
and to follow every one of many errors takes a picture far away from what they agree on."""
EACH_OF_MANY = 0.1
"""What each of many handles adds to the damping, of that of a few."""


class MinimumNorm:
    """Minimises |x|^2 + |U x|^2 among the moves x [D] of a latent that do what is asked.

    The first term keeps to the latents that the model knows, each x counted in its unit [D]; the
    second is what the picture changes elsewhere: `factor` U [k, D] makes M = unit^-2 + U'U.
    `inner` [k, k] is U unit^2 U', for who has it cheaper. `damping` (px^2 per unit of x^2) gives up
    what would cost too much. Everything is done in float64 on the processor: the matrices are
    small.
    """

    def __init__(
        self, unit: torch.Tensor, factor: torch.Tensor, inner: torch.Tensor, damping: float
    ) -> None:
        self._square = unit.square()
        self._factor = factor
        self._damping = damping
        self._cholesky = torch.linalg.cholesky(inner + torch.eye(len(inner), dtype=inner.dtype))

    def move(
        self, motion: torch.Tensor, way: torch.Tensor, gone: torch.Tensor, held: torch.Tensor
    ) -> torch.Tensor:
        """The next move [D]: motion [2P, D] is dp/dx, way [2P] px, gone [D] all moves so far,
        held [2P] what is to stay as it is: nothing of that is given up.

        Of what has been gone it takes back what moves no handle, so that all moves together change
        the least. With more than `MANY` handles it also takes back what costs too much for how
        near it brings them.
        """
        spread = self._inverse(motion)  # [2P, D]
        response = motion @ spread.T
        ridge = RIDGE * response.diagonal().mean()
        response = response + ridge * torch.eye(len(response), dtype=response.dtype)
        given_up = torch.diag((~held).to(response.dtype))
        handles = len(way) // 2
        if handles > MANY:
            damping = EACH_OF_MANY * handles * self._damping
            needed = torch.linalg.solve(response + damping * given_up, way + motion @ gone)
        else:
            needed = torch.linalg.solve(response, motion @ gone)
            needed = needed + torch.linalg.solve(response + self._damping * given_up, way)
        move: torch.Tensor = spread.T @ needed - gone
        return move

    def _inverse(self, rows: torch.Tensor) -> torch.Tensor:
        """rows [n, D] times M^-1, by Woodbury's identity."""
        rows = rows * self._square
        inner = torch.cholesky_solve(self._factor @ rows.T, self._cholesky)
        return rows - (inner.T @ self._factor) * self._square
