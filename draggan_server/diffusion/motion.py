"""Motion supervision and point tracking on UNet features (2306.14435, equations 3, 4 and 6).

Features are [1, C, h, w], points [P, 2] (x, y) in their pixels, 0 = the centre of the first.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch.nn import functional

_SQUARE = 2
"""Pixels on each side of a place that is to be found again."""


def offsets(radius: int, like: torch.Tensor) -> torch.Tensor:
    """[(2 radius + 1)^2, 2]: the square about a point, itself in the middle, row by row."""
    line = torch.arange(-radius, radius + 1).to(like)
    y, x = torch.meshgrid(line, line, indexing="ij")
    return torch.stack([x, y], dim=2).view(-1, 2)


def sample(features: torch.Tensor, points: torch.Tensor) -> torch.Tensor:
    """[..., C] at points [..., 2], linear between pixels; beyond the border as at the border."""
    size = points.new_tensor([features.shape[3], features.shape[2]])
    grid = ((2 * points + 1) / size - 1).view(1, 1, -1, 2)
    found = functional.grid_sample(
        features, grid.to(features), mode="bilinear", padding_mode="border", align_corners=False
    )
    return found[0, :, 0].T.reshape(*points.shape[:-1], features.shape[1])


def supervision(
    features: torch.Tensor, handle_points: torch.Tensor, target_points: torch.Tensor, r1: int
) -> torch.Tensor:
    """Scalar: what is about a handle is to be found a step of one pixel nearer to its target.

    sum over points i and q about h_i of |F(q + d_i) - sg(F(q))|_1, d_i of length 1, or to the
    target where that is nearer.
    """
    way = target_points - handle_points
    step = way / way.norm(dim=1, keepdim=True).clamp(min=1)
    about = handle_points[:, None] + offsets(r1, handle_points)
    before = sample(features.detach(), about)
    return (sample(features, about + step[:, None]) - before).abs().sum()


def held(z: torch.Tensor, start: torch.Tensor, movable: torch.Tensor) -> torch.Tensor:
    """Scalar: |(z - sg(start)) (1 - M)|_1, the mask term on latents [1, C, h, w] one rung down.

    `movable` [h, w] in [0, 1].
    """
    return ((z - start.detach()) * (1 - movable)).abs().sum()


def track(
    features: torch.Tensor, sought: torch.Tensor, handle_points: torch.Tensor, r2: int
) -> torch.Tensor:
    """Handles [P, 2] where features are most like `sought` [P, C], in the squares about where they
    were: the nearest neighbour by L1."""
    about = handle_points[:, None] + offsets(r2, handle_points)
    last = about.new_tensor([features.shape[3] - 1, features.shape[2] - 1])
    about = about.clamp(min=torch.zeros_like(last), max=last)
    unlike = (sample(features, about) - sought[:, None]).abs().sum(dim=2)
    best = unlike.argmin(dim=1)
    return about[torch.arange(len(about)), best]


def find_again(
    before: Sequence[torch.Tensor],
    after: Sequence[torch.Tensor],
    points: torch.Tensor,
    about: torch.Tensor,
    reach: int,
) -> torch.Tensor:
    """Places [P, 2], whole pixels, that `after` shows most like points [P, 2] of `before`: by the
    cosine of squares of 5 pixels, no farther from `about` [P, 2] than `reach` along either axis.

    Both are several views of one size, [1, C, h, w], of which each counts alike, and in it every
    channel, from its mean.
    """
    views = [
        (_standardised(earlier), _standardised(later))
        for earlier, later in zip(before, after, strict=True)
    ]
    height, width = after[0].shape[2:]
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    places = torch.stack([x, y], dim=2).to(about)
    found = []
    for point, near in zip(points, about, strict=True):
        alike = torch.stack([_likeness(*pair, point) for pair in views]).sum(dim=0)
        far = ((places - near).abs() > reach).any(dim=2)
        best = int(alike.masked_fill(far, -torch.inf).argmax())
        found.append(places.view(-1, 2)[best])
    return torch.stack(found)


def _likeness(before: torch.Tensor, after: torch.Tensor, point: torch.Tensor) -> torch.Tensor:
    """[h, w]: the cosine of the square about each place to that about the point [2] before."""
    side = 2 * _SQUARE + 1
    square = sample(before, point + offsets(_SQUARE, point)).T.view(1, -1, side, side)
    sizes = functional.avg_pool2d(
        after.square().sum(dim=1, keepdim=True), side, 1, _SQUARE, divisor_override=1
    ).sqrt()
    product: torch.Tensor = functional.conv2d(after, square, padding=_SQUARE)[0, 0]
    alike: torch.Tensor = product / (sizes[0, 0] * square.norm())
    return alike.nan_to_num()


def _standardised(features: torch.Tensor) -> torch.Tensor:
    mean, deviation = (of(features, dim=(2, 3), keepdim=True) for of in (torch.mean, torch.std))
    return (features - mean) / deviation.clamp(min=1e-6)
