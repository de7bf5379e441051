"""A toy lion's z with one parameter changed: what the model itself makes of an edit."""

from __future__ import annotations

import math

import numpy as np
import torch
from numpy.typing import NDArray

from stylegan2.toy_lion import parameters


def changed_latent(z: NDArray[np.float32], k: int, value: float) -> torch.Tensor:
    """z [1, P] whose parameter k is `value`, inside its range.

    The others change a little, since only a z's direction counts.
    """
    low, high = parameters.LOW[k], parameters.HIGH[k]
    scaled = torch.from_numpy(z).double()
    scaled *= parameters.LATENT_RADIUS / scaled.norm()
    share = torch.tensor((value - low) / (high - low), dtype=torch.float64)
    own = float(torch.special.ndtri(share))
    square = parameters.LATENT_RADIUS**2
    scaled *= math.sqrt((square - own**2) / (square - float(scaled[0, k]) ** 2))
    scaled[0, k] = own
    return scaled.float()
