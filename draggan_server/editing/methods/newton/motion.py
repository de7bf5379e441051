"""How handles move with the latent: the linear model that a step is solved by."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from draggan_server.editing.methods.newton.asked import carried
from draggan_server.editing.methods.newton.minimum_norm import MinimumNorm


@dataclass(frozen=True, slots=True)
class Motion:
    """How those `asked` [N] of the handles seen at points [P, 2] move with x: `by_x` [2N, size]."""

    points: torch.Tensor
    asked: torch.Tensor
    by_x: torch.Tensor

    def solve(
        self,
        change: MinimumNorm,
        way: torch.Tensor,
        held: torch.Tensor,
        gone: torch.Tensor | None = None,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """The move [size] that takes the handles by way [P, 2] px, after all moves `gone` [size],
        and how they all move by it, [P, 2]."""
        wanted = way[self.asked].flatten().cpu().double()
        still = held[self.asked].repeat_interleave(2).cpu()
        gone = torch.zeros_like(self.by_x[0]) if gone is None else gone
        move = change.move(self.by_x, wanted, gone, still)
        moved = (self.by_x @ move).to(self.points).view(-1, 2)
        return move, carried(self.points, self.asked, moved)
