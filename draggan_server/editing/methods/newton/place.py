"""Where a search stands."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch

from draggan_server.editing.features.pyramid import PyramidView
from draggan_server.editing.methods.newton.motion import Motion

LOST = 1.25
"""A handle whose disc differs by more from the first picture's is not there. The difference is the
mean square of that of unit vectors, 0 to 4. On the toy lion it is 0.1 to 1.1 for handles that were
found again 20 to 140 pixels of 256 away, and 1.6 for one that was mistaken for another place."""

DOUBTFUL = 1.08
"""Likewise: one whose disc differs by more may be found, or mistaken for what looks like it. The
search goes on by it, but has not arrived with it."""


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
