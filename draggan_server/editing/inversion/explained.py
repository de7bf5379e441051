"""How well a generator shows a photo, and where."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch.nn import functional

from draggan_server.editing.inversion.explanation import Explanation
from draggan_server.editing.inversion.photo import Photo
from draggan_server.editing.inversion.world import World
from draggan_server.layer import homography

SIDE = 128
"""The photo is compared at this many pixels, or the model's."""
RIGHT, WRONG = 0.08, 0.25
"""Differences in [-1, 1]: a place off by less is explained, off by more it is not."""
GRAIN = 0.04
"""Deviation in [-1, 1]: what varies about a place's mean by so much is grain, which no latent has
to show."""
_NEAR = 5


class Explained(NamedTuple):
    """`share` of the photo, 0 to 1, where it matters, and `psnr` in dB, of all that the picture
    covers; `map` [h, w] in the picture's frame: 1 where it is explained, 0 where it is not.
    """

    share: float
    psnr: float
    map: torch.Tensor


@torch.no_grad()
def judge(
    world: World, photo: Photo, explanation: Explanation, matters: Photo | None = None
) -> Explained:
    """`matters`: an image of the photo's size whose alpha says where it matters."""
    block = world.block_of(SIDE)
    size = world.size(block)
    whole = world.generator.img_resolution
    matrix = explanation.matrix @ homography.resized(size, whole)
    seen, weight = photo.seen(matrix, size)
    picture = world.generator.synthesis(explanation.w_plus)
    picture = functional.interpolate(picture, size, mode="area")
    residual = (explanation.tone.apply(picture).clamp(-1, 1)[0] - seen.to(picture)).cpu()
    square = residual.square().mean(dim=0)
    mean_square = float((square * weight).sum() / weight.sum().clamp(min=1e-3))
    mean = _local(residual * weight, weight).square().mean(dim=0)
    about = _local((square * weight)[None], weight)[0] - mean
    off = (mean + (about - GRAIN**2).clamp(min=0)).sqrt()
    explained = ((WRONG - off) / (WRONG - RIGHT)).clamp(0, 1)
    if matters is not None:
        weight = weight * matters.seen(matrix, size)[1]
    share = float((explained * weight).sum() / weight.sum().clamp(min=1e-3))
    psnr = float(10 * torch.log10(torch.tensor(4 / max(mean_square, 1e-10))))
    return Explained(share, psnr, explained)


def _local(values: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """[C, h, w] -> the means near by of what is seen."""

    def near(image: torch.Tensor) -> torch.Tensor:
        return functional.avg_pool2d(image[None], _NEAR, stride=1, padding=_NEAR // 2)[0]

    return near(values) / near(weight[None]).clamp(min=1e-3)
