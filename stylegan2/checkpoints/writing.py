"""Writes what was found as our own format, tensor by tensor, so that little memory is needed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from stylegan2.checkpoints.contents import Contents, Tensors, Weights
from stylegan2.checkpoints.safetensors_header import DISCRIMINATOR_PREFIX, Header
from stylegan2.errors import CheckpointError


def write_safetensors(contents: Contents, destination: Path) -> None:
    """Write a new file. Raises `CheckpointError`, and `OSError` where it cannot be written."""
    if contents.generator is None:
        if contents.warnings:
            raise CheckpointError(" ".join(contents.warnings))
        raise CheckpointError("It holds no generator, so there is nothing to sample or to drag.")
    geometry, found = contents.generator
    discriminator = None
    tensors: dict[str, Weights] = {key: found[key] for key in geometry.shapes()}
    if contents.discriminator is not None:
        discriminator, found = contents.discriminator
        for key in discriminator.shapes():
            tensors[DISCRIMINATOR_PREFIX + key] = found[key]
    write_tensors(tensors, Header(geometry, contents.card, discriminator).metadata(), destination)


def write_tensors(tensors: Tensors, metadata: Mapping[str, str], destination: Path) -> None:
    """Write a new file, float32; raises as `write_safetensors` does."""
    header: dict[str, object] = {"__metadata__": metadata}
    end = 0
    for key, value in tensors.items():
        start, end = end, end + 4 * value.size
        header[key] = {"dtype": "F32", "shape": value.shape, "data_offsets": [start, end]}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)  # the data begin at a multiple of 8
    with destination.open("xb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for key, value in tensors.items():
            with np.errstate(over="ignore"):
                values = np.ascontiguousarray(value, "<f4")
            if not np.isfinite(values).all():
                raise CheckpointError(
                    "Its tensor {name} holds values that are not finite: the file is damaged.",
                    name=repr(key),
                )
            file.write(values.data)
