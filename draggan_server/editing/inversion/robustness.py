"""Which places of a photo the generator cannot explain: a hat that was painted on, say."""

from __future__ import annotations

import torch
from torch.nn import functional

_NEAR = 5  # pixels: outliers are places, not pixels


def weights(residual: torch.Tensor, seen: torch.Tensor, scale: float) -> torch.Tensor:
    """residual [C, h, w], what is seen [h, w] -> weights [h, w], Geman and McClure's.

    A place whose residual, in [-1, 1], is `scale` large counts by a quarter.
    """
    return seen * (scale**2 / (scale**2 + near(residual, seen))).square()


def near(residual: torch.Tensor, seen: torch.Tensor) -> torch.Tensor:
    """residual [C, h, w], what is seen [h, w] -> [h, w]: the mean square about each place."""
    square = residual.square().mean(dim=0) * seen
    local = functional.avg_pool2d(
        torch.stack([square, seen])[None], _NEAR, stride=1, padding=_NEAR // 2
    )[0]
    return local[0] / local[1].clamp(min=1e-3)
