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
OFF = 0.004
"""Of the picture's longer side: what of many handles the others' move would leave so far off counts
half, what is farther off less. Single ones are taken for what looks like them, and what they ask
for goes against what the others agree on."""
ROUNDS = 8
"""Of finding which those are."""


class MinimumNorm:
    """Minimises |x|^2 + |U x|^2 among the moves x [D] of a latent that do what is asked.

    The first term keeps to the latents that the model knows, each x counted in its unit [D]; the
    second is what the picture changes elsewhere: `factor` U [k, D] makes M = unit^-2 + U'U.
    `inner` [k, k] is U unit^2 U', for who has it cheaper. `damping` (px^2 per unit of x^2) gives up
    what would cost too much; `side` is the picture's longer one, px. Everything is done in float64
    on the processor: the matrices are small.
    """

    def __init__(
        self,
        unit: torch.Tensor,
        factor: torch.Tensor,
        inner: torch.Tensor,
        damping: float,
        side: int,
    ) -> None:
        self._square = unit.square()
        self._factor = factor
        self._damping = damping
        self._off = OFF * side
        self._cholesky = torch.linalg.cholesky(inner + torch.eye(len(inner), dtype=inner.dtype))

    def move(
        self, motion: torch.Tensor, way: torch.Tensor, gone: torch.Tensor, held: torch.Tensor
    ) -> torch.Tensor:
        """The next move [D]: motion [2P, D] is dp/dx, way [2P] px, gone [D] all moves so far,
        held [2P] what is to stay as it is: nothing of that is given up.

        Of what has been gone it takes back what moves no handle, so that all moves together change
        the least. With more than `MANY` handles it also takes back what costs too much for how
        near it brings them, and goes by what they agree on.
        """
        spread = self._inverse(motion)  # [2P, D]
        response = motion @ spread.T
        ridge = RIDGE * response.diagonal().mean()
        response = response + ridge * torch.eye(len(response), dtype=response.dtype)
        given_up = torch.diag((~held).to(response.dtype))
        if len(way) > 2 * MANY:
            needed = self._agreed(response, given_up, way + motion @ gone)
        else:
            needed = torch.linalg.solve(response, motion @ gone)
            needed = needed + torch.linalg.solve(response + self._damping * given_up, way)
        move: torch.Tensor = spread.T @ needed - gone
        return move

    def _agreed(
        self, response: torch.Tensor, given_up: torch.Tensor, wanted: torch.Tensor
    ) -> torch.Tensor:
        """[2P]: what is asked for, if handles want to go `wanted` [2P] px and need not all.

        With the cost log(1 + |r|^2 / `OFF`^2) of each handle is least, r px what it is left off:
        weighed least squares, the weights taken from the last ones (Cauchy's estimator).
        """
        handles = len(wanted) // 2
        given_up = EACH_OF_MANY * handles * self._damping * given_up
        needed, off = torch.zeros_like(wanted), torch.zeros(handles, dtype=wanted.dtype)
        for _ in range(ROUNDS):
            doubt = (1 + (off / self._off).square()).repeat_interleave(2)
            needed = torch.linalg.solve(response + doubt[:, None] * given_up, wanted)
            off = (wanted - response @ needed).view(handles, 2).norm(dim=1)
        return needed

    def _inverse(self, rows: torch.Tensor) -> torch.Tensor:
        """rows [n, D] times M^-1, by Woodbury's identity."""
        rows = rows * self._square
        inner = torch.cholesky_solve(self._factor @ rows.T, self._cholesky)
        return rows - (inner.T @ self._factor) * self._square
