"""What photos have and a generator's pictures lack: drawn at random, for the encoder to learn from.

Another background, things in front, another placement, light, blur, noise, transparent parts.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch.nn import functional

from draggan_server.editing.inversion.encoder import as_input
from draggan_server.editing.inversion.tone import polynomials

TURN, SCALE, SHIFT = 0.2, 0.15, 0.15
"""At most: radians, logarithm, share of half a side. Most placements are half as far off."""
BACKGROUND, THING, STRANGE_BORDER, UNSEEN = 0.5, 0.4, 0.5, 0.1
"""How often there is another background, something in front, something else beyond the picture's
edge, and a part that is transparent."""
PIECES = 0.4
"""How often the other background is made of pieces of other pictures, in other colours."""
_GAINS = (0.12, 0.06, 0.06, 0.08, 0.04, 0.08)
_OFFSETS = 0.04
_NOISE = 0.08


class Disturbed(NamedTuple):
    """`seen` [N, C + 1, h, w]: what an encoder would see. `motions` [N, 4]: how each was placed:
    right, down, turned, scaled. `own` [N, h, w]: 1 where the picture is still seen, 0 elsewhere.
    """

    seen: torch.Tensor
    motions: torch.Tensor
    own: torch.Tensor


def disturbed(pictures: torch.Tensor, random: torch.Generator) -> Disturbed:
    """pictures [N, C, h, w] in about [-1, 1], as photos of them."""
    count, _, height, width = pictures.shape
    size = (height, width)

    def chance(share: float) -> torch.Tensor:
        return (torch.rand(count, 1, 1, 1, generator=random) < share).float()

    def uniform(*shape: int) -> torch.Tensor:
        return torch.rand(*shape, generator=random) * 2 - 1

    grid = _unit_grid(size)
    # another background: all beyond a wavy outline about the middle
    middle = 0.2 * uniform(count, 1, 1, 2)
    radii = 0.75 + 0.3 * uniform(count, 1, 1, 2)
    outline = ((grid - middle) / radii).norm(dim=-1)[:, None] + 0.5 * _field(count, 1, size, random)
    share = ((outline - 1) * 12).sigmoid() * chance(BACKGROUND)
    other = torch.where(
        chance(PIECES) > 0,
        _pieces(pictures, random),
        _field(count, pictures.shape[1], size, random),
    )
    image = pictures.lerp(other, share)
    own = 1 - share
    # something in front
    middle, radii = uniform(count, 1, 1, 2), 0.2 + 0.15 * uniform(count, 1, 1, 2)
    away = ((grid - middle) / radii).abs()
    box, round_ = away.amax(dim=-1), away.norm(dim=-1)
    inside = torch.where(uniform(count, 1, 1) > 0, box, round_)[:, None] < 1
    colour = uniform(count, pictures.shape[1], 1, 1)
    thing = inside.float() * chance(THING)
    image = image.lerp(colour.expand_as(image), thing)
    own = own * (1 - thing)
    # placed
    motions = uniform(count, 4) * uniform(count, 4).abs().sqrt()
    motions = motions * torch.tensor([SHIFT, SHIFT, TURN, SCALE])
    at = _source(grid, motions, size)
    image, own = (
        functional.grid_sample(part, at, padding_mode="border", align_corners=False)
        for part in (image, own)
    )
    beyond = (at.abs().amax(dim=-1) > 1).float()[:, None] * chance(STRANGE_BORDER)
    image = image.lerp(_field(count, pictures.shape[1], size, random), beyond)
    own = own * (1 - beyond)
    # light
    spreads = torch.tensor(_GAINS)
    each = 0.6 * torch.randn(count, pictures.shape[1], len(_GAINS), generator=random)
    common = 0.8 * torch.randn(count, 1, len(_GAINS), generator=random)
    gains = torch.einsum("nck,khw->nchw", (each + common) * spreads, polynomials(size))
    offset = _OFFSETS * torch.randn(count, pictures.shape[1], 1, 1, generator=random)
    image = ((image + 1) * (1 + gains) + offset - 1).clamp(-1.2, 1.2)
    # blur and noise
    image = image.lerp(_blurred(image), torch.rand(count, 1, 1, 1, generator=random))
    strength = _NOISE * torch.rand(count, 1, 1, 1, generator=random)
    image = image + strength * torch.randn(image.shape, generator=random)
    # transparent parts
    normal = functional.normalize(torch.randn(count, 1, 1, 2, generator=random), dim=-1)
    side = (grid * normal).sum(dim=-1)[:, None]
    hidden = (side > 0.6 + 0.3 * uniform(count, 1, 1, 1)).float() * chance(UNSEEN)
    return Disturbed(as_input(image, (1 - hidden)[:, 0]), motions, own[:, 0])


def _unit_grid(size: tuple[int, int]) -> torch.Tensor:
    """[1, h, w, 2]: (x, y) in the unit frame."""
    _, x, y, *_ = polynomials(size)
    return torch.stack([x, y], dim=-1)[None]


def _source(grid: torch.Tensor, motions: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
    """[N, h, w, 2]: where in the picture, for `grid_sample`, each pixel of the moved one lies."""
    right, down, angle, scale = motions[:, :, None, None].unbind(dim=1)
    x, y = grid[..., 0] - right, grid[..., 1] - down
    cos, sin = angle.cos() / scale.exp(), angle.sin() / scale.exp()
    longest = max(size)
    return torch.stack(
        [(cos * x + sin * y) * longest / size[1], (cos * y - sin * x) * longest / size[0]], dim=-1
    )


def _pieces(pictures: torch.Tensor, random: torch.Generator) -> torch.Tensor:
    """[N, C, h, w]: of each a part of another picture of the batch, turned, made larger, and in
    colours that are mixed anew.
    """
    count, channels, height, width = pictures.shape
    angle = 2 * math.pi * torch.rand(count, 1, 1, generator=random)
    scale = 0.2 + 0.6 * torch.rand(count, 1, 1, generator=random)
    x, y = (_unit_grid((height, width)) * scale[..., None]).unbind(dim=-1)
    shift = 0.6 * (torch.rand(count, 1, 1, 2, generator=random) * 2 - 1)
    at = torch.stack([angle.cos() * x - angle.sin() * y, angle.sin() * x + angle.cos() * y], dim=-1)
    part = functional.grid_sample(
        pictures.roll(1, 0), at + shift, padding_mode="reflection", align_corners=False
    )
    mixed = torch.randn(count, channels, channels, generator=random)
    offset = 0.4 * torch.randn(count, channels, 1, 1, generator=random)
    return (torch.einsum("ndc,nchw->ndhw", mixed, part) + offset).clamp(-1, 1)


def _field(
    count: int, channels: int, size: tuple[int, int], random: torch.Generator
) -> torch.Tensor:
    """[N, C, h, w] in about [-1, 1]: smooth, with some finer parts."""
    total = torch.zeros(count, channels, *size)
    for cells, strength in ((2, 0.7), (5, 0.5), (16, 0.2)):
        part = torch.rand(count, channels, cells, cells, generator=random) * 2 - 1
        amount = strength * torch.rand(count, 1, 1, 1, generator=random) * 1.6
        total += amount * functional.interpolate(
            part, size, mode="bicubic" if cells > 2 else "bilinear", align_corners=False
        )
    return total.clamp(-1, 1)


def _blurred(image: torch.Tensor) -> torch.Tensor:
    padded = functional.pad(image, (1, 1, 1, 1), mode="replicate")
    return functional.avg_pool2d(padded, 3, stride=1)
