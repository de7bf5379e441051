"""What NVIDIA's tools would have written of a config-f model with random weights: G, D and G_ema.

    python -m tests.unit.stylegan2.checkpoints.network_snapshot snapshot.pkl 512

writes a file of 360 MB.
"""

from __future__ import annotations

import sys
from pathlib import Path

import torch

from stylegan2 import Geometry
from stylegan2.discriminator_geometry import DiscriminatorGeometry
from tests.unit.stylegan2.checkpoints import nvlabs_writer
from tests.unit.stylegan2.generators import random_tensors

CHANNELS = (512, 512, 512, 512, 512, 256, 128, 64, 32)


def write_snapshot(path: Path, resolution: int, channels: tuple[int, ...] = CHANNELS) -> None:
    channels = channels[: resolution.bit_length() - 2]
    size = (resolution, resolution)
    widest = channels[0]
    generator = Geometry(
        z_dim=widest, w_dim=widest, mapping_layers=8, img_resolution=size, channels=channels
    )
    discriminator = DiscriminatorGeometry(img_resolution=size, channels=channels)
    value = {
        "G": _module(generator, 0),
        "D": nvlabs_writer.discriminator_module(
            discriminator, random_tensors(discriminator, 1, torch.float32)
        ),
        "G_ema": _module(generator, 2),
    }
    path.write_bytes(nvlabs_writer.pickle_bytes(value))


def _module(geometry: Geometry, seed: int) -> nvlabs_writer.Module:
    return nvlabs_writer.generator_module(geometry, random_tensors(geometry, seed, torch.float32))


if __name__ == "__main__":
    write_snapshot(Path(sys.argv[1]), int(sys.argv[2]))
