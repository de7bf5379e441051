"""Small random generators of gray pictures and of pictures with alpha, as model files."""

from __future__ import annotations

from pathlib import Path

import torch

from stylegan2 import Geometry
from stylegan2.checkpoints.contents import Contents
from stylegan2.checkpoints.writing import write_safetensors
from tests.unit.stylegan2.generators import random_tensors

SIDE = 64
CHANNELS = {"gray": 1, "alpha": 4}
"""Names of models and how many colour channels each has."""


def geometry(img_channels: int) -> Geometry:
    return Geometry(
        z_dim=4,
        w_dim=6,
        mapping_layers=1,
        img_resolution=(SIDE, SIDE),
        channels=(6, 5, 4, 4, 4),
        img_channels=img_channels,
    )


def tensors(img_channels: int) -> dict[str, torch.Tensor]:
    return random_tensors(geometry(img_channels), 5, torch.float32)


def write_model(path: Path, img_channels: int) -> None:
    """Write a file of our own format."""
    weights = {key: value.numpy() for key, value in tensors(img_channels).items()}
    write_safetensors(Contents("test", generator=(geometry(img_channels), weights)), path)


def install(home: Path) -> None:
    """Install the models of `CHANNELS` for programs in `tests.daemon.private_environment`."""
    folder = home / "data" / "draggan" / "models"
    folder.mkdir(parents=True)
    for name, count in CHANNELS.items():
        write_model(folder / f"{name}.safetensors", count)
