"""Projection to W, as StyleGAN2's paper does it (arXiv 1912.04958, section 5 and appendix D), to
compare with: no placement, no tone.

From w_avg, Adam at 0.1 times the spread of w in place of the paper's fixed units, ramped up over
the first 5% and down by a cosine over the last 25% of the steps, with noise on w that fades over
the first 75%. The paper's LPIPS needs weights that do not come along: mean absolute differences at
five scales stand in its place, so that its figures here are not the paper's.
"""

from __future__ import annotations

import math

import torch
from torch.nn import functional

from draggan_server.editing.inversion.explanation import Explanation
from draggan_server.editing.inversion.photo import Photo
from draggan_server.editing.inversion.start import covering
from draggan_server.editing.inversion.tone import Tone
from draggan_server.editing.inversion.world import World

STEPS = 300
LEARNING_RATE = 0.1
NOISE = 0.05
RAMP_UP, RAMP_DOWN, NOISE_RAMP = 0.05, 0.25, 0.75
SCALES = 5


def project(world: World, photo: Photo, steps: int = STEPS, seed: int = 0) -> Explanation:
    """The w whose picture is most like the photo, taken as it lies."""
    generator = world.generator
    matrix = covering(generator.img_resolution, photo.size)
    seen, weight = (
        part.to(generator.w_avg) for part in photo.seen(matrix, generator.img_resolution)
    )
    spread = generator.w_spread()
    random = torch.Generator().manual_seed(seed)
    w = generator.w_avg.clone().requires_grad_(True)
    optimiser = torch.optim.Adam([w], betas=(0.9, 0.999))
    for step in range(steps):
        share = step / steps
        ramp = 0.5 - 0.5 * math.cos(math.pi * min(1.0, (1 - share) / RAMP_DOWN))
        ramp *= min(1.0, share / RAMP_UP + 1 / steps)
        optimiser.param_groups[0]["lr"] = LEARNING_RATE * spread * ramp
        fade = NOISE * spread * max(0.0, 1 - share / NOISE_RAMP) ** 2
        drawn = torch.randn(w.shape, generator=random).to(w)
        w_plus = (w + fade * drawn).expand(1, generator.num_ws, -1)
        loss = unlike((generator.synthesis(w_plus)[0] - seen) * weight)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
    w_plus = w.detach().expand(1, generator.num_ws, -1).clone()
    return Explanation(matrix, Tone.none(len(seen)), w_plus)


def unlike(residual: torch.Tensor) -> torch.Tensor:
    """residual [C, h, w] -> mean absolute differences, summed over scales."""
    total = residual.new_zeros(())
    for _ in range(SCALES):
        total = total + residual.abs().mean()
        residual = functional.avg_pool2d(residual, 2)
    return total
