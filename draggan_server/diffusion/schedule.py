"""DDIM (arXiv 2010.02502, equation 12, sigma 0): up to noise and down again, without chance."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch

Noise = Callable[[torch.Tensor, int], torch.Tensor]
"""The noise [N, C, h, w] that a network sees in noisy latents [N, C, h, w] at a timestep."""

RUNGS = 50  # 2306.14435, section 4.1: steps of DDIM
MOST_EVALUATIONS = 12
"""Of the network, for a rung up."""
EXACT = 1e-4
"""A rung up is found where another evaluation moves no value of it by more, or by less than the
network can tell."""


class Schedule:
    """A ladder of noise levels: rung 0 is the clean latent, rung `RUNGS` is noise alone.

    `alphas_cumprod` [T], falling: the share of the picture in the variance at each timestep that
    the network was trained for. `exact` is for `up`.
    """

    def __init__(self, alphas_cumprod: torch.Tensor, exact: float = EXACT) -> None:
        self._exact = exact
        self._count = len(alphas_cumprod)
        timesteps = [self.timestep(rung) for rung in range(1, RUNGS + 1)]
        shares = alphas_cumprod.double()[timesteps].tolist()
        self._shares: list[float] = [1.0, *shares]

    def timestep(self, rung: int) -> int:
        """That of a rung from 1 on, 0 to T - 1."""
        return max(0, round(rung * self._count / RUNGS) - 1)

    def share(self, rung: int) -> float:
        """The share of the picture in the variance."""
        return self._shares[rung]

    def clean(self, z: torch.Tensor, noise: torch.Tensor, rung: int) -> torch.Tensor:
        """The clean latent that `z` on a rung is, if `noise` is what it holds."""
        share = self._shares[rung]
        clean: torch.Tensor = (z - math.sqrt(1 - share) * noise) / math.sqrt(share)
        return clean

    def moved(self, z: torch.Tensor, noise: torch.Tensor, rung: int, to: int) -> torch.Tensor:
        """`z` [N, C, h, w] of a rung, which holds `noise`, on the rung `to`."""
        share = self._shares[to]
        clean = self.clean(z, noise, rung)
        return math.sqrt(share) * clean + math.sqrt(1 - share) * noise

    def down(self, z: torch.Tensor, network: Noise, rung: int) -> torch.Tensor:
        """`z` of a rung from 1 on, one rung nearer to the clean latent."""
        return self.moved(z, network(z, self.timestep(rung)), rung, rung - 1)

    def up(self, z: torch.Tensor, network: Noise, rung: int) -> torch.Tensor:
        """What `down` takes to `z` [N, C, h, w] of `rung`, one rung above.

        DDIM inversion takes the noise in `z` for that above. Here this is where a fixed-point
        iteration begins, which takes the noise above for it.
        """
        timestep = self.timestep(rung + 1)
        above = z
        for _ in range(MOST_EVALUATIONS):
            before, above = above, self.moved(z, network(above, timestep), rung, rung + 1)
            if float((above - before).abs().max()) < self._exact:
                break
        return above
