"""Reads our own format: safetensors with the published key layout and the geometry as metadata."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open

from stylegan2.checkpoints.safetensors_header import DISCRIMINATOR_PREFIX, Header, read_header
from stylegan2.discriminator_geometry import DiscriminatorGeometry
from stylegan2.errors import CheckpointError

logger = logging.getLogger(__name__)

_DTYPES = (torch.float16, torch.bfloat16, torch.float32, torch.float64)

Tensors = dict[str, torch.Tensor]


def read_generator(path: Path) -> tuple[Header, Tensors]:
    """The header and the tensors that its geometry asks for, in float32 on the CPU.

    Values that are float32 in the file are mapped, not read. Raises `CheckpointError` for a file
    that is damaged, misses a tensor, or has one of another shape, of a type other than floating
    point, or with values that are not finite.
    """
    header = read_header(path)
    return header, _read(path, header, header.geometry.shapes())


def read_discriminator(path: Path) -> tuple[DiscriminatorGeometry, Tensors]:
    """The same for the discriminator; also a `CheckpointError` if the file has none."""
    header = read_header(path)
    if header.discriminator is None:
        raise CheckpointError("{name} holds no discriminator.", name=path.name)
    shapes = {
        DISCRIMINATOR_PREFIX + key: shape for key, shape in header.discriminator.shapes().items()
    }
    tensors = _read(path, header, shapes)
    return header.discriminator, {
        key.removeprefix(DISCRIMINATOR_PREFIX): tensor for key, tensor in tensors.items()
    }


def _read(path: Path, header: Header, expected: Mapping[str, tuple[int, ...]]) -> Tensors:
    tensors: Tensors = {}
    try:
        with safe_open(path, framework="pt") as file:
            present = set(file.keys())
            missing = sorted(expected.keys() - present)
            if missing:
                raise CheckpointError(
                    "{name} lacks {count} of {others} tensors, the first of them '{missing}': it "
                    "does not match its own geometry.",
                    name=path.name,
                    count=len(missing),
                    others=len(expected),
                    missing=missing[0],
                )
            unused = sorted(present - header.shapes().keys())
            if unused:
                logger.info("%s: %d tensors are not needed: %s", path, len(unused), unused[:8])
            for key, shape in expected.items():
                found = tuple(file.get_slice(key).get_shape())
                if found != shape:
                    raise CheckpointError(
                        "{key} of {name} has the shape {found}; its geometry asks for {shape}.",
                        key=key,
                        name=path.name,
                        found=list(found),
                        shape=list(shape),
                    )
                tensors[key] = _checked(key, file.get_tensor(key))
    except SafetensorError as error:
        raise CheckpointError(
            "{name} cannot be read as safetensors: {error}.", name=path.name, error=error
        ) from None
    return tensors


def _checked(key: str, tensor: torch.Tensor) -> torch.Tensor:
    if tensor.dtype not in _DTYPES:
        raise CheckpointError(
            "{key} holds {dtype}; weights must be floating point.", key=key, dtype=tensor.dtype
        )
    tensor = tensor.to(torch.float32)
    if not bool(tensor.isfinite().all()):
        raise CheckpointError(
            "{key} holds values that are not finite: the file is damaged.", key=key
        )
    return tensor
