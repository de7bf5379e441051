"""Whether a device has the memory for a model, before anything is loaded onto it."""

from __future__ import annotations

import logging
from math import prod
from typing import Any

import psutil
import torch
from safetensors import SafetensorError, safe_open

from draggan_server.models.diffusion_folder import DiffusionFolder
from draggan_server.wire.errors import OutOfMemory

logger = logging.getLogger(__name__)

VALUES_PER_CELL = 400
"""That a drag keeps beside the weights, for each channel of each cell of the latent at the
network's own resolution."""


def check_memory(folder: DiffusionFolder, device: str | torch.device, dtype: torch.dtype) -> None:
    """Raises `OutOfMemory` where less is free than a drag needs. A device that does not say what is
    free is taken to have enough."""
    needed, free = needed_memory(folder, dtype), free_memory(device)
    if free is not None and needed > free:
        raise OutOfMemory(
            "The model {model} needs about {needed} GiB of memory on the device ({device}), and "
            "{free} GiB are free: close other programs, or choose a smaller model.",
            model=folder.path.name,
            needed=_gib(needed),
            device=device,
            free=_gib(free),
        )


def needed_memory(folder: DiffusionFolder, dtype: torch.dtype) -> int:
    """Bytes, about."""
    weights = sum(_values(folder, part) for part in ("unet", "vae") if part in folder.parts)
    config = folder.config("unet")
    try:
        cells = config["sample_size"] ** 2 * config["block_out_channels"][0]
    except (KeyError, TypeError, IndexError):
        raise folder.damaged("unet/config.json") from None
    return int((weights + VALUES_PER_CELL * cells) * dtype.itemsize)


def free_memory(device: str | torch.device) -> int | None:
    """Bytes, None where nobody knows."""
    device = torch.device(device)
    if device.type == "cpu":
        return int(psutil.virtual_memory().available)
    backend: Any = getattr(torch, device.type, None)
    if backend is None or not hasattr(backend, "mem_get_info"):
        return None
    try:
        unused = backend.memory_reserved(device) - backend.memory_allocated(device)
        return int(backend.mem_get_info(device)[0]) + int(unused)
    except RuntimeError as error:  # some cards have no counter
        logger.warning("%s does not say how much memory is free: %s", device, error)
        return None


def _values(folder: DiffusionFolder, part: str) -> int:
    path = folder.weights[part]
    try:
        with safe_open(path, framework="pt") as file:
            return sum(prod(file.get_slice(key).get_shape()) for key in file.keys())  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        logger.warning("%s cannot be read: %s", path, error)
        raise folder.damaged(part) from None


def _gib(size: int) -> str:
    return f"{size / 2**30:.1f}"
