"""How well a generator shows a photo, and where."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import torch
from torch.nn import functional

from draggan_server.editing.inversion.explanation import Explanation
from draggan_server.editing.inversion.glance import glance
from draggan_server.editing.inversion.photo import Photo
from draggan_server.editing.inversion.world import World
from draggan_server.layer import homography
from draggan_server.layer.homography import Size

SIDE = 128
"""The photo is compared at this many pixels, or the model's."""
RIGHT, WRONG = 0.08, 0.25
"""Differences in [-1, 1]: a place off by less is explained, off by more it is not."""
GRAIN = 0.04
"""Deviation in [-1, 1]: what varies about a place's mean by so much is grain, which no latent has
to show."""
STRUCTURE = 17
"""Pixels of `SIDE`: what varies within so many is structure."""
_NEAR = 5
_FINE = 3
_ABOUT = 9
_LEAST_STRUCTURE = 0.03  # deviation in [-1, 1]


class Explained(NamedTuple):
    """`share` of the photo, 0 to 1, where it matters, and `psnr` in dB, of all that the picture
    covers; `map` [h, w] in the picture's frame: 1 where it is explained, 0 where it is not.
    `likeness`, 0 to 1: see `_likeness`; None where the model has no encoder.

    `share` is the least of three: of the area whose colours are met, of the structure, and of the
    area that is the model's, as its encoder sees it, where there is one. Colours alone are soon met
    by a fit: much of a drawing is one colour, and so is much of the lion. A long fit meets more of
    a drawing with rows that leave W; what the encoder sees does not depend on it.
    """

    share: float
    psnr: float
    map: torch.Tensor
    likeness: float | None


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
    shown = _shown(world, explanation, size)
    seen = seen.to(shown)
    residual = shown - seen
    square = residual.square().mean(dim=0)
    mean_square = float((square * weight).sum() / weight.sum().clamp(min=1e-3))
    mean = _local(residual * weight, weight).square().mean(dim=0)
    about = _local((square * weight)[None], weight)[0] - mean
    off = (mean + (about - GRAIN**2).clamp(min=0)).sqrt()
    colours = ((WRONG - off) / (WRONG - RIGHT)).clamp(0, 1)
    met, structure = _structure(seen, shown, weight)
    own, likeness = None, None
    if world.encoder is not None:
        seen_own = glance(world, world.encoder, photo, explanation.matrix).own.likely()
        own = seen_own.seen(matrix, size)[1].to(weight)
        likeness = _likeness(seen, _shown(world, _in_w(world, explanation), size), weight, own)
    whole_weight = weight
    if matters is not None:
        weight = weight * matters.seen(matrix, size)[1]
    parts = [(colours, weight), (met, structure * weight)]
    if own is not None:
        parts.append((own / whole_weight.clamp(min=1e-3), weight))
    share = min(float((part * by).sum() / by.sum().clamp(min=1e-3)) for part, by in parts)
    psnr = float(10 * torch.log10(torch.tensor(4 / max(mean_square, 1e-10))))
    return Explained(share, psnr, colours * met, likeness)


def _shown(world: World, explanation: Explanation, size: Size) -> torch.Tensor:
    """[C, h, w] in [-1, 1]: the picture with its tone."""
    picture = world.generator.synthesis(explanation.w_plus)
    picture = functional.interpolate(picture, size, mode="area")
    return explanation.tone.apply(picture).clamp(-1, 1)[0].cpu()


def _in_w(world: World, explanation: Explanation) -> Explanation:
    """The same by the nearest latent of W's leading directions."""
    coordinates = world.coordinates_of(explanation.w_plus.mean(dim=1))
    return replace(explanation, w_plus=world.w_plus(coordinates))


def _likeness(
    seen: torch.Tensor, shown: torch.Tensor, weight: torch.Tensor, own: torch.Tensor
) -> float:
    """How much of the photo's structure is met, where that is the model's own as its encoder sees
    it, by what the model `shown` with a latent of W: a long fit's rows leave W, and meet drawings.

    It does not depend on how much of the region is the model's own.
    """
    met, structure = _structure(seen, shown, weight)
    by = structure * own
    return float((met * by).sum() / by.sum().clamp(min=1e-6))


def _structure(
    seen: torch.Tensor, shown: torch.Tensor, weight: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """How much of the photo's structure about each place is met, 0 to 1, and how much there is, in
    [-1, 1]; [h, w] each.
    """

    def fine(image: torch.Tensor) -> torch.Tensor:
        smooth = _local(image * weight, weight, _FINE)
        return smooth - _local(smooth * weight, weight, STRUCTURE)

    def power(image: torch.Tensor) -> torch.Tensor:
        square = image.square().mean(dim=0, keepdim=True)
        return _local(square * weight, weight, _ABOUT)[0]

    there, missed = fine(seen), fine(shown) - fine(seen)
    structure = power(there)
    met = (1 - power(missed) / (structure + _LEAST_STRUCTURE**2)).clamp(0, 1)
    return met, structure


def _local(values: torch.Tensor, weight: torch.Tensor, side: int = _NEAR) -> torch.Tensor:
    """[C, h, w] -> the means near by, within `side` pixels, of what is seen."""

    def near(image: torch.Tensor) -> torch.Tensor:
        return functional.avg_pool2d(image[None], side, stride=1, padding=side // 2)[0]

    return near(values) / near(weight[None]).clamp(min=1e-3)
