"""LPIPS, where it is installed. It is no dependency: its network's weights are 233 MB more."""

from __future__ import annotations

import importlib
import logging
from collections.abc import Callable
from urllib.error import URLError

import torch

logger = logging.getLogger(__name__)

Distance = Callable[[torch.Tensor, torch.Tensor], float]


def load_lpips() -> Distance | None:
    """LPIPS (AlexNet) of two pictures [3, H, W] in [-1, 1], or None where it cannot be had."""
    try:
        network = importlib.import_module("lpips").LPIPS(net="alex", verbose=False).eval()
    except ImportError:
        logger.info("lpips is not installed: perceptual distances are left out.")
        return None
    except (URLError, OSError) as error:
        logger.warning("LPIPS's weights cannot be had, it is left out: %s", error)
        return None

    @torch.no_grad()
    def distance(a: torch.Tensor, b: torch.Tensor) -> float:
        return float(network(a[None], b[None]))

    return distance
