"""From a model's name to its generator."""

from __future__ import annotations

from pathlib import Path

import torch

import stylegan2
from draggan_server.models import zoo
from stylegan2.checkpoints.conversion import is_safetensors
from stylegan2.generator import Generator


def load_generator(name_or_path: str | Path, device: str | torch.device = "cpu") -> Generator:
    """The generator of an installed model, or of a model file of any format, on a device.

    Raises `ModelNotFoundError`, or `CheckpointError` for a file that is no model.
    """
    path = Path(name_or_path).expanduser()
    if not path.is_file() or is_safetensors(path):
        path = zoo.find(name_or_path).path
    return stylegan2.load_generator(path, device)
