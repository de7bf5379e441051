"""Where a search stands."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch

from draggan_server.editing.features.pyramid import PyramidView
from draggan_server.editing.methods.newton.motion import Motion


@dataclass(slots=True)
class Place:
    """A move of the latent and what is seen there; the linear model of the handles' motion as soon
    as it is needed.

    `x` [size] is the move, `free` [1, rows, w_dim] are the latent's first rows, `seen` [P, 2] is
    where what looks like the handles is, `misfit` how unlike it is at the mean.
    """

    x: torch.Tensor
    free: torch.Tensor
    seen: torch.Tensor
    misfit: torch.Tensor
    lost: tuple[bool, ...]
    doubtful: tuple[bool, ...]
    view: PyramidView
    motion: Motion | None = field(default=None)
