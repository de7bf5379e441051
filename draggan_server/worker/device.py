"""Which device a worker computes on."""

from __future__ import annotations

import logging

import torch
from torch.nn import functional

logger = logging.getLogger(__name__)


def choose_device() -> str:
    """The name of one that works: "cuda", else "mps", else "cpu"."""
    for device, backend in (("cuda", torch.cuda), ("mps", torch.backends.mps)):
        if backend.is_available() and _works(device):
            return device
    return "cpu"


def _works(device: str) -> bool:
    """A driver may be there whose device runs nothing that this torch was built for."""
    try:
        ones = torch.ones(3, 3, 3, 3, device=device)
        return bool(functional.conv2d(ones, ones).sum().item() == 3 * 3 * 27)
    except (RuntimeError, AssertionError) as error:
        logger.warning("%s is there and does not work, so the processor is used: %s", device, error)
        return False
