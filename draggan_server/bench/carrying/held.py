"""Random placements, masks and layers: does anything outside of a mask change?

Of 8 bits, which the composite takes, and of 16, which picture files hold. (Deeper layers are the
hosts': what they write of a result is tested in them.)
"""

from __future__ import annotations

import math

import numpy as np
import torch
from PIL import Image
from torch.nn import functional

from draggan_server.files.colour_space import ColourSpace
from draggan_server.files.raster import Raster
from draggan_server.layer import homography
from draggan_server.layer.compositing import Composite
from draggan_server.layer.motion import Motion
from draggan_server.layer.photo_placement import PhotoPlacement
from draggan_server.layer.placement import AnyPlacement, Placement

PICTURE = (48, 40)


def changed_outside(seed: int) -> tuple[int, int]:
    """How many values of a random layer changed where its random mask is 0, and where it is not."""
    random = np.random.default_rng(seed)
    placement = _placement(random)
    size = placement.layer
    channels = int(random.choice([3, 4]))
    layer = torch.from_numpy(random.integers(0, 256, (1, 4, *size), np.uint8))
    mask = _mask(random, size)
    before, after = (_picture(random, channels) for _ in range(2))
    composite = Composite(placement, layer, before, mask)
    result = composite.apply(after, _motion(random) if random.random() < 0.8 else None)
    changed = result != layer
    if random.random() < 0.5:
        changed = _changed_of_16_bits(random, layer, result)
    held = (mask == 0).expand_as(layer)
    return int((changed & held).sum()), int((changed & ~held).sum())


def _changed_of_16_bits(
    random: np.random.Generator, layer: torch.Tensor, result: torch.Tensor
) -> torch.Tensor:
    """Where a file that looks like `layer` differs from the same that looks like `result`."""
    old, new = (image[0].permute(1, 2, 0).contiguous().numpy() for image in (layer, result))
    samples = old.astype(np.uint16) * 256 + random.integers(0, 256, old.shape, np.uint16)
    raster = Raster(samples, ColourSpace("rgb"), "straight")
    written = raster.seen_as(Image.fromarray(old), Image.fromarray(new)).samples
    return torch.from_numpy(written != samples).permute(2, 0, 1)[None]


def _placement(random: np.random.Generator) -> AnyPlacement:
    if random.random() < 0.3:
        scale = random.choice([0.5, 1, 1.5, 2, 3.125])
        return Placement((round(48 * scale), round(40 * scale)), PICTURE)
    size = (int(random.integers(20, 150)), int(random.integers(20, 150)))
    move = homography.similarity(
        angle=random.uniform(-math.pi, math.pi),
        scale=random.uniform(0.5, 2),
        shift=(random.uniform(-0.8, 0.8), random.uniform(-0.8, 0.8)),
    )
    if random.random() < 0.3:
        move = move @ homography.mirror()
    if random.random() < 0.3:
        move = homography.motion(torch.from_numpy(random.normal(0, 0.05, 8))) @ move
    frame = torch.linalg.inv(homography.unit_frame(size))
    return PhotoPlacement(frame @ move @ homography.unit_frame(PICTURE), size, PICTURE)


def _mask(random: np.random.Generator, size: tuple[int, int]) -> torch.Tensor:
    """[1, 1, H, W] of uint8: soft or hard blobs, at times all or nothing."""
    blobs = torch.from_numpy(random.normal(random.uniform(-1, 1), 1, (1, 1, 4, 4)))
    mask = functional.interpolate(blobs, size, mode="bilinear").clamp(0, 1)
    if random.random() < 0.5:
        mask = (mask > 0).double()
    return (mask * 255).to(torch.uint8)


def _picture(random: np.random.Generator, channels: int) -> torch.Tensor:
    coarse = torch.from_numpy(random.uniform(0, 1, (1, channels, 6, 5)).astype(np.float32))
    picture = functional.interpolate(coarse, PICTURE, mode="bicubic").clamp(0, 1)
    return (picture * 255).round() / 255


def _motion(random: np.random.Generator) -> Motion:
    coarse = torch.from_numpy(random.normal(0, 1, (1, 5, 4, 4)).astype(np.float32))
    fine = functional.interpolate(coarse, PICTURE, mode="bicubic")
    back, shares = 10 * fine[:, :2], fine[:, 2:].clamp(0, 1)
    return Motion(back, *torch.split(shares, 1, dim=1))
