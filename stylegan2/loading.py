"""From a model's name or file to a generator on a device."""

from __future__ import annotations

from pathlib import Path

import torch

from stylegan2 import zoo
from stylegan2.checkpoints.safetensors_file import read_safetensors
from stylegan2.generator import Generator


def load_generator(path_or_name: str | Path, device: str | torch.device = "cpu") -> Generator:
    """Load an installed model by name, or a model file, in float32 with frozen weights.

    Raises `ModelNotFoundError` or `CheckpointError`.
    """
    model = zoo.find(path_or_name)
    header, tensors = read_safetensors(model.path)
    generator = Generator.from_tensors(header.geometry, tensors, header.card).to(device)
    generator.sha256 = model.sha256
    return generator
