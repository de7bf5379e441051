"""How a generator's picture moves when its latent does, seen from the generator's own features.

Features say more of a place than its colour does, where the subject is smooth most of all. The way
of a generator's latent is gone in steps, so that what moves far moves little at a time. Then the
two pictures make the motion finer, and tell where it is wrong for grain: detail then gains 3.2 dB,
at least 0.6, and 4.2 by the exact motion (`draggan bench carrying --seed 4141 --pictures 12`).
"""

from __future__ import annotations

import torch

from draggan_server.editing.picture_model import PictureModel
from draggan_server.editing.rendering import render
from draggan_server.layer.motion import Motion
from draggan_server.layer.optical_flow import follow, refine
from draggan_server.layer.pixels import as_seen
from draggan_server.layer.resemblance import resize
from stylegan2.generator import Generator

CELLS = 64
"""Features are read from the first block whose longer side has so many cells, or the last."""
STEPS = 4
"""Parts of the latent's way. Twice as many were no better."""
FINE = 256
"""Pixels of the longer side of the pictures on which the motion is made finer."""
CHANNELS = 32
"""Directions of the features that are kept: those that vary most."""


@torch.no_grad()
def picture_motion(generator: PictureModel, before: torch.Tensor, after: torch.Tensor) -> Motion:
    """From the picture of one latent to that of another, w+ [1, num_ws, w_dim], in its pixels."""
    features = _leading(torch.cat(_on_the_way(generator, before, after)))
    motion = follow(torch.split(features, 1))
    whole = generator.img_resolution
    scale = min(1.0, FINE / max(whole))
    size = max(1, round(whole[0] * scale)), max(1, round(whole[1] * scale))
    pictures = (
        resize(as_seen(render(generator, w_plus)), size).cpu() for w_plus in (before, after)
    )
    return refine(motion.resized(size), *pictures).resized(whole)


def _on_the_way(
    generator: PictureModel, before: torch.Tensor, after: torch.Tensor
) -> list[torch.Tensor]:
    """Features [1, C, h, w] each, on the processor."""
    if not isinstance(generator, Generator):
        return [generator.seen(w_plus).float().cpu() for w_plus in (before, after)]
    way = [torch.lerp(before, after, step / STEPS) for step in range(STEPS + 1)]
    return [_features(generator, w_plus) for w_plus in way]


def _features(generator: Generator, w_plus: torch.Tensor) -> torch.Tensor:
    """[1, C, h, w], on the processor."""
    for output in generator.outputs(w_plus):
        features = output.features
        if max(features.shape[2:]) >= CELLS:
            break
    return features.float().cpu()


def _leading(features: torch.Tensor) -> torch.Tensor:
    """[N, C, h, w] -> [N, at most `CHANNELS`, h, w], of a mean square of 1."""
    flat = features.transpose(0, 1).flatten(1)
    flat = flat - flat.mean(dim=1, keepdim=True)
    _, directions = torch.linalg.eigh(flat @ flat.T / flat.shape[1])
    count = min(CHANNELS, len(directions))
    leading: torch.Tensor = directions[:, -count:].T @ flat
    scale = leading.square().mean().sqrt().clamp(min=1e-12)
    shape = (count, len(features), *features.shape[2:])
    return (leading / scale).view(shape).transpose(0, 1)
