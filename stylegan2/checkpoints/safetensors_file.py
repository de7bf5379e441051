"""Reads our own format: safetensors with the published key layout and the geometry as metadata."""

from __future__ import annotations

import logging
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open

from stylegan2.checkpoints.safetensors_header import Header, read_header
from stylegan2.errors import CheckpointError

logger = logging.getLogger(__name__)

_DTYPES = (torch.float16, torch.bfloat16, torch.float32, torch.float64)


def read_safetensors(path: Path) -> tuple[Header, dict[str, torch.Tensor]]:
    """The header and the tensors that its geometry asks for, in float32 on the CPU.

    Raises `CheckpointError` for a file that is damaged, misses a tensor, or has one of another
    shape, of a type other than floating point, or with values that are not finite.
    """
    header = read_header(path)
    expected = header.geometry.shapes()
    tensors: dict[str, torch.Tensor] = {}
    try:
        with safe_open(path, framework="pt") as file:
            present = set(file.keys())
            missing = sorted(expected.keys() - present)
            if missing:
                raise CheckpointError(
                    f"{path.name} lacks {len(missing)} of {len(expected)} tensors, the first of "
                    f"them {missing[0]!r}: it does not match its own geometry."
                )
            unused = sorted(present - expected.keys())
            if unused:
                logger.info("%s: %d tensors are not needed: %s", path, len(unused), unused[:8])
            for key, shape in expected.items():
                found = tuple(file.get_slice(key).get_shape())
                if found != shape:
                    raise CheckpointError(
                        f"{key} of {path.name} has the shape {list(found)}; its geometry asks for "
                        f"{list(shape)}."
                    )
                tensors[key] = _checked(key, file.get_tensor(key))
    except SafetensorError as error:
        raise CheckpointError(f"{path.name} cannot be read as safetensors: {error}.") from None
    return header, tensors


def _checked(key: str, tensor: torch.Tensor) -> torch.Tensor:
    if tensor.dtype not in _DTYPES:
        raise CheckpointError(f"{key} holds {tensor.dtype}; weights must be floating point.")
    tensor = tensor.to(torch.float32)
    if not bool(tensor.isfinite().all()):
        raise CheckpointError(f"{key} holds values that are not finite: the file is damaged.")
    return tensor
