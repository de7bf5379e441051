"""From a model file to its networks on a device."""

from __future__ import annotations

from pathlib import Path

import torch

from stylegan2.checkpoints.cache import converted
from stylegan2.checkpoints.conversion import is_safetensors
from stylegan2.checkpoints.safetensors_file import read_discriminator, read_generator
from stylegan2.digest import sha256_of
from stylegan2.discriminator import Discriminator
from stylegan2.generator import Generator


def load_generator(path: str | Path, device: str | torch.device = "cpu") -> Generator:
    """Load a model file, in float32 with frozen weights.

    A file of another format than ours is converted once into the cache, see
    `stylegan2.checkpoints`. Raises `CheckpointError`, and `OSError` where it cannot be read.
    """
    ours = _ours(path)
    digest = sha256_of(ours)
    header, tensors = read_generator(ours)
    generator = Generator.from_tensors(header.geometry, tensors, header.card).to(device)
    generator.path, generator.sha256 = ours, digest
    return generator


def load_discriminator(path: str | Path, device: str | torch.device = "cpu") -> Discriminator:
    """The same for the model's discriminator; a file without one is a `CheckpointError`."""
    geometry, tensors = read_discriminator(_ours(path))
    return Discriminator.from_tensors(geometry, tensors).to(device)


def _ours(path: str | Path) -> Path:
    path = Path(path).expanduser().resolve()
    return path if is_safetensors(path) else converted(path)
