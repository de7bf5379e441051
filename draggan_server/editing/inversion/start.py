"""Where a fit begins: the samples that are most like the photo, in any likely placement."""

from __future__ import annotations

import itertools
import math

import torch

from draggan_server.editing.inversion.joint_fit import Estimate
from draggan_server.editing.inversion.photo import Photo
from draggan_server.editing.inversion.tone import Tone
from draggan_server.editing.inversion.world import SAMPLE_BLOCK, World
from draggan_server.layer import homography
from draggan_server.layer.homography import Size

ANGLES = (-10.0, -5.0, 0.0, 5.0, 10.0)  # degrees
SCALES = (0.9, 1.0, 1.1)
SHIFTS = (-0.12, 0.0, 0.12)  # of half the longer side
DIFFERENT = 0.3
"""Difference in [-1, 1]: colours so far apart are half different."""


def covering(picture: Size, region: Size) -> torch.Tensor:
    """The placement in which the picture covers the region about, at one scale."""
    scale_y, scale_x = region[0] / picture[0], region[1] / picture[1]
    scale = math.sqrt(scale_x * scale_y)
    back = torch.linalg.inv(homography.unit_frame(region))
    ratio = scale * max(picture) / max(region)
    way: torch.Tensor = back @ homography.similarity(scale=ratio) @ homography.unit_frame(picture)
    return way


def placements(plain: torch.Tensor, picture: Size) -> list[torch.Tensor]:
    """Ways about `plain` in which the picture may lie, each followed by its mirror image."""
    frame = homography.unit_frame(picture)
    back = torch.linalg.inv(frame)
    moves = [
        homography.similarity(angle=math.radians(angle), scale=scale, shift=(across, down))
        for angle, scale, across, down in itertools.product(ANGLES, SCALES, SHIFTS, SHIFTS)
    ]
    return [
        plain @ back @ move @ flip @ frame
        for move in moves
        for flip in (torch.eye(3, dtype=torch.float64), homography.mirror())
    ]


@torch.no_grad()
def starts(
    world: World, photo: Photo, count: int, way: torch.Tensor | None = None
) -> list[Estimate]:
    """For either side, plain first, then mirrored, the `count` samples that are most like the photo
    in their best placements about `way`, which covers it where it is not given; the best first.
    Raises `Interrupted`.
    """
    size = world.size(SAMPLE_BLOCK)
    whole = world.generator.img_resolution
    shrink = homography.resized(size, whole)
    ways = placements(covering(whole, photo.size) if way is None else way, whole)
    rows = []
    for matrix in ways:
        world.check()
        colours, weight = photo.seen(matrix @ shrink, size)
        picture = world.filtered(colours.to(world.samples), SAMPLE_BLOCK)
        rows.append(_unlike(picture, weight.to(picture), world.samples))
    unlike = torch.stack(rows)  # [ways, samples]
    channels = world.samples.shape[1]
    found = []
    for side in (0, 1):
        best = unlike[side::2].min(dim=0)
        for sample in best.values.argsort()[:count].tolist():
            matrix = ways[side + 2 * int(best.indices[sample])]
            found.append(Estimate(world.coordinates[sample], matrix, Tone.none(channels)))
    return found


def _unlike(photo: torch.Tensor, weight: torch.Tensor, samples: torch.Tensor) -> torch.Tensor:
    """photo [C, h, w], weight [h, w], samples [S, C, h, w] -> [S]: the share of the photo that
    looks different, softly counted, so that what no sample shows decides nothing.
    """
    flat = samples.flatten(2)
    square = flat.square().sum(dim=1) + photo.square().sum(dim=0).flatten()
    square = square - 2 * (flat * photo.flatten(1)).sum(dim=1)  # [S, h * w]
    different = square / (square + len(photo) * DIFFERENT**2)
    unlike: torch.Tensor = different @ weight.flatten() / weight.sum().clamp(min=1e-3)
    return unlike
