"""The size of a difference of features, where rounding alone is no difference.

Features are often equal by construction: all of them before the first step, and those of pixels in
the flat rim that bilinear upsampling leaves at the picture's border. There the gradient of an
absolute value would be the sign of a rounding error, and Adam's first step, which has the same
length however small the gradient is, would follow it.
"""

from __future__ import annotations

import torch

UNITS = 64
"""Differences up to this many units in the last place of the largest feature count as none."""


def rounding(features: torch.Tensor) -> torch.Tensor:
    """Scalar: how far equal `features` may lie apart by rounding."""
    return features.detach().abs().amax() * (UNITS * torch.finfo(features.dtype).eps)


def magnitude(difference: torch.Tensor, rounding: torch.Tensor) -> torch.Tensor:
    """|difference|, 0 and without a gradient up to `rounding`."""
    size = difference.abs()
    return size * (size > rounding)
