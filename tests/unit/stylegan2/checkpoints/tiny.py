"""The smallest networks that every layout can hold."""

from __future__ import annotations

import torch

from stylegan2 import Geometry
from stylegan2.discriminator_geometry import DiscriminatorGeometry
from tests.unit.stylegan2.checkpoints.layouts import Networks
from tests.unit.stylegan2.generators import random_tensors


def tiny(blocks: int) -> Networks:
    """One channel, one number of everything. A discriminator has two blocks or more."""
    side = 4 << (blocks - 1)
    generator = Geometry(
        z_dim=1, w_dim=1, mapping_layers=1, img_resolution=(side, side), channels=(1,) * blocks
    )
    discriminator = DiscriminatorGeometry(img_resolution=(8, 8), channels=(1, 1))
    return Networks(
        generator,
        random_tensors(generator, 0, torch.float32),
        discriminator,
        random_tensors(discriminator, 0, torch.float32),
    )
