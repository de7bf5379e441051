"""From a model's name or file to its networks on a device."""

from __future__ import annotations

from pathlib import Path

import torch

from stylegan2 import zoo
from stylegan2.checkpoints.cache import converted
from stylegan2.checkpoints.conversion import is_safetensors
from stylegan2.checkpoints.safetensors_file import read_discriminator, read_generator
from stylegan2.discriminator import Discriminator
from stylegan2.generator import Generator


def load_generator(path_or_name: str | Path, device: str | torch.device = "cpu") -> Generator:
    """Load an installed model by name, or a model file, in float32 with frozen weights.

    A file of another format than ours is converted once into the cache, see
    `stylegan2.checkpoints`. Raises `ModelNotFoundError` or `CheckpointError`.
    """
    model = _find(path_or_name)
    header, tensors = read_generator(model.path)
    generator = Generator.from_tensors(header.geometry, tensors, header.card).to(device)
    generator.model = model
    return generator


def load_discriminator(
    path_or_name: str | Path, device: str | torch.device = "cpu"
) -> Discriminator:
    """The same for the model's discriminator; a file without one is a `CheckpointError`."""
    geometry, tensors = read_discriminator(_find(path_or_name).path)
    return Discriminator.from_tensors(geometry, tensors).to(device)


def _find(path_or_name: str | Path) -> zoo.Model:
    path = Path(path_or_name).expanduser()
    if path.is_file() and not is_safetensors(path):
        path_or_name = converted(path)
    return zoo.find(path_or_name)
