"""Pivotal tuning, as published (Roich et al. 2021, arXiv 2106.05744, sections 3.1 and 3.2), to
compare with: the generator's weights are tuned until the pivot shows the photo.

All weights of the synthesis by Adam at 3e-4, the latent held. The paper's LPIPS needs weights that
do not come along: mean absolute differences at five scales stand in its place, beside the mean
square, and no threshold of LPIPS ends the tuning, so that its figures here are not the paper's. Its
locality regularisation is left out, as it is by default in what its authors have released.
"""

from __future__ import annotations

import copy

import torch

from draggan_server.bench.inversion.projection import unlike
from draggan_server.editing.inversion.explanation import Explanation
from draggan_server.editing.inversion.photo import Photo
from stylegan2.generator import Generator

STEPS = 350
LEARNING_RATE = 3e-4


def tuned(generator: Generator, photo: Photo, pivot: Explanation, steps: int = STEPS) -> Generator:
    """A copy of the generator that shows the photo, where the pivot says that it lies."""
    own = copy.deepcopy(generator)
    seen, weight = (
        part.to(own.w_avg) for part in photo.seen(pivot.matrix, generator.img_resolution)
    )
    weights = list(own.synthesis_network.requires_grad_(True).parameters())
    optimiser = torch.optim.Adam(weights, lr=LEARNING_RATE)
    for _ in range(steps):
        residual = (own.synthesis(pivot.w_plus)[0] - seen) * weight
        loss = residual.square().mean() + unlike(residual)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
    return own.requires_grad_(False)
