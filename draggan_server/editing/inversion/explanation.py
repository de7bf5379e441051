"""How a photo is explained: where it lies, its tone, and the latent."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from draggan_server.editing.inversion.tone import Tone


@dataclass(frozen=True)
class Explanation:
    """region = placement [ tone [ generator(w+) ] ] + detail.

    `matrix` [3, 3], float64, takes the pixels of the generator's picture to those of the region.
    `w_plus` [1, num_ws, w_dim].
    """

    matrix: torch.Tensor
    tone: Tone
    w_plus: torch.Tensor
