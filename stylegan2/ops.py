"""The few operations that StyleGAN2's layers are made of, in plain torch, any floating type."""

from __future__ import annotations

import math
from functools import lru_cache

import torch
from torch.nn import functional

from stylegan2.geometry import RESAMPLE_FILTER

GAIN = math.sqrt(2)
"""Scale after a leaky ReLU that keeps the second moment of its input."""

RESIDUAL_GAIN = math.sqrt(0.5)
"""Scale of the sum in a residual block that keeps the second moment of its two parts."""

SLOPE = 0.2
EPSILON = 1e-8
FILTER_TAPS = tuple(2 * tap / sum(RESAMPLE_FILTER) for tap in RESAMPLE_FILTER)
"""The low-pass along one axis, for upsampling by 2."""


def normalise_second_moment(x: torch.Tensor) -> torch.Tensor:
    """x [N, C] scaled so that each row's mean square is 1."""
    return x * (x.square().mean(dim=1, keepdim=True) + EPSILON).rsqrt()


def leaky_relu(x: torch.Tensor) -> torch.Tensor:
    return functional.leaky_relu(x, SLOPE) * GAIN


def clamp(x: torch.Tensor, limit: float | None) -> torch.Tensor:
    return x if limit is None else x.clamp(-limit, limit)


def low_pass(like: torch.Tensor, channels: int) -> torch.Tensor:
    """[channels, 1, 4, 4]: the published filter for upsampling by 2, its gain of 4 included."""
    return _kernel(like.dtype, like.device).expand(channels, 1, 4, 4)


@lru_cache(maxsize=16)
def _kernel(dtype: torch.dtype, device: torch.device) -> torch.Tensor:
    taps = torch.tensor(FILTER_TAPS, dtype=dtype, device=device)
    return torch.outer(taps, taps)


def upsample(x: torch.Tensor) -> torch.Tensor:
    """x [N, C, H, W] -> [N, C, 2H, 2W]: zeros inserted, then low-passed, zeros outside."""
    channels = x.shape[1]
    return functional.conv_transpose2d(
        x, low_pass(x, channels), stride=2, padding=1, groups=channels
    )


def downsample(x: torch.Tensor) -> torch.Tensor:
    """x [N, C, 2H, 2W] -> [N, C, H, W]: low-passed, then every second; zeros outside."""
    channels = x.shape[1]
    return functional.conv2d(x, low_pass(x, channels) / 4, stride=2, padding=1, groups=channels)


def convolve(
    x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None = None
) -> torch.Tensor:
    """x [N, I, H, W] correlated with weight [O, I, k, k] -> [N, O, H, W], zeros outside."""
    return functional.conv2d(x, weight, bias, padding=weight.shape[2] // 2)


def convolve_up(
    x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None = None
) -> torch.Tensor:
    """x [N, I, H, W] -> [N, O, 2H, 2W]: convolution transposed with stride 2, then the low-pass."""
    outputs = weight.shape[0]
    # A transposed view would cost the convolution more than its copy does.
    weight = weight.transpose(0, 1).contiguous()
    x = functional.conv_transpose2d(x, weight, stride=2)  # [N, O, 2H+1, 2W+1]
    return functional.conv2d(x, low_pass(x, outputs), bias, padding=1, groups=outputs)


def convolve_down(
    x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None = None
) -> torch.Tensor:
    """x [N, I, 2H, 2W] -> [N, O, H, W]: the low-pass, then convolution with stride 2."""
    inputs = weight.shape[1]
    x = functional.conv2d(x, low_pass(x, inputs) / 4, padding=2, groups=inputs)
    return functional.conv2d(x, weight, bias, stride=2)
