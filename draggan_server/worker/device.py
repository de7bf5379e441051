"""Which device a worker computes on.

python -m draggan_server.worker.device     prints it
"""

from __future__ import annotations

import logging

import torch
from torch.nn import functional

from draggan_server.worker.messages import CardMemory

logger = logging.getLogger(__name__)


def choose_device(number: int = 0) -> str:
    """The name of one that works: "cuda" (NVIDIA's and AMD's cards), "xpu" (Intel's), "mps"
    (Apple's), else "cpu". Of several cards the one of this number, counted round and round."""
    backends = {"cuda": torch.cuda, "xpu": getattr(torch, "xpu", None), "mps": torch.backends.mps}
    for device, backend in backends.items():  # torch has xpu from 2.4 on
        if backend is None or not backend.is_available():
            continue
        # MPS knows of one only, and has no such function.
        if (count := getattr(backend, "device_count", lambda: 1)()) > 1:
            device = f"{device}:{number % count}"
        if _works(device):
            return device
    return "cpu"


def empty_cache(device: str) -> None:
    """Give back the memory that torch holds on a device without using it."""
    for name in ("cuda", "xpu", "mps"):
        if device.startswith(name):
            getattr(torch, name).empty_cache()


def card_memory(device: str) -> CardMemory | None:
    """What of a card's memory is taken and free; None for the processor, and where torch does not
    tell."""
    name = device.partition(":")[0]
    backend = getattr(torch, name, None)
    if name == "cpu" or backend is None or not hasattr(backend, "mem_get_info"):
        return None
    try:
        free, _whole = backend.mem_get_info(device)
        return CardMemory(int(backend.memory_reserved(device)), int(free))
    except RuntimeError as error:  # some cards have no counter
        logger.warning("%s does not say how much memory is free: %s", device, error)
        return None


def _works(device: str) -> bool:
    """A driver may be there whose device runs nothing that this torch was built for."""
    try:
        ones = torch.ones(3, 3, 3, 3, device=device)
        return bool(functional.conv2d(ones, ones).sum().item() == 3 * 3 * 27)
    except (RuntimeError, AssertionError) as error:
        logger.warning("%s is there and does not work, so the processor is used: %s", device, error)
        return False


if __name__ == "__main__":
    print(choose_device())
